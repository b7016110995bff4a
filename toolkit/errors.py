"""One tree of errors. Each says what happened and what to try next; none carries a secret.

::

    ToolkitError
    ├── InputError (also ValueError)   something you passed in: the field, and the remedy
    │   ├── KeyRefused                 key material that is not what it should be
    │   ├── CredentialsRefused         real credentials in a place that others can read
    │   ├── AlreadySent                a prepared request that was sent before, by any process
    │   ├── NotConfirmed               a change on PROD that nobody has confirmed
    │   └── RequestRefused             a request that breaks a rule; nothing was signed or sent
    ├── JournalRefused                 a change that cannot be written down does not leave
    ├── NotSent                        it never left, or nobody was reached; nothing was processed
    │   └── ClocksApart                a change whose answer could not be believed
    ├── NoAnswer                       it left this computer and no answer came back
    ├── AnswerRefused                  an answer came, and it is not data
    │   ├── UnverifiedAnswer           its signature is missing or wrong
    │   ├── StaleAnswer                verified, but signed at another time than now
    │   ├── UnreadableAnswer           not of the documented shape
    │   └── ContradictingAnswer        about something else than was asked, or played back
    ├── WebhookRefused                 what was posted as a webhook is not the service's of now
    ├── ApiError                       the service said no
    │   ├── SignatureRejected          401
    │   ├── Forbidden                  403
    │   ├── NotFound                   404
    │   ├── TooManyRequests            429
    │   └── ServiceTrouble             5xx
    └── InDoubt                        a change may have happened: a person must say

Each has a ``cause``, a word that programs may rely on; ``evidence``, what was seen, as (name,
value); and a ``hint``, what to check next.

>>> from toolkit.errors import NotFound
>>> try:
...     custody.send(cobo.get_mpc_vault_by_id("no such vault"))
... except NotFound as error:
...     print(error.cause, error.status)
not-found 404
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from toolkit.base.text import escape_hidden, plain_line

if TYPE_CHECKING:
    from toolkit.findings import Finding


class ToolkitError(Exception):
    """Anything this toolkit refuses or could not do."""

    hint = ""
    cause = "refused"

    def __init__(
        self, what: str, *, hint: str = "", cause: str = "", items: Iterable[str] = ()
    ) -> None:
        # a service's words may stand in these: only the line ends between the items are ours
        what = self.what = plain_line(what) + "".join(f"\n  - {plain_line(item)}" for item in items)
        if hint:
            self.hint = escape_hidden(hint)
        if cause:
            self.cause = cause
        #: What was seen, as (name, value): address, status, sizes, times. Never a secret, never a
        #: signature.
        self.evidence: tuple[tuple[str, str], ...] = ()
        super().__init__(what)

    def note(self, text: str) -> None:
        """Add a sentence to what is said, such as that the clocks are apart."""
        self.what = f"{self.what} {plain_line(text)}"

    def __str__(self) -> str:
        return f"{self.what} {self.hint}".rstrip()


class InputError(ToolkitError, ValueError):
    """Something passed in cannot be used; the message names the field and the remedy."""

    cause = "input"


class KeyRefused(InputError):
    """Key material is malformed, of another curve or not a key at all.

    Its text is never repeated.
    """


class CredentialsRefused(InputError):
    """Real credentials were offered in a place that other people can read."""


class RequestRefused(InputError):
    """A request breaks a rule, so it was neither signed nor sent. ``problems`` names each one."""

    def __init__(self, problems: Iterable[Finding], operation: str) -> None:
        self.problems = tuple(problems)
        rules = ", ".join(
            ascii(rule) for rule in sorted({finding.rule for finding in self.problems})
        )
        hint = f"\nPut it right, or send with acknowledge={{{rules}}} if you know better."
        if any(finding.blocks for finding in self.problems):
            hint = "\nPut it right and send again."
        what = f"{operation} was not sent, and nothing was signed:"
        super().__init__(what, hint=hint, items=map(str, self.problems))


class AlreadySent(InputError):
    """One prepared request is sent once, whichever process sends it."""

    def __init__(self) -> None:
        what = "This was sent already, and one Prepared is sent once."
        super().__init__(what, hint="Prepare it again to send again.")


class NotConfirmed(InputError):
    """The first change on PROD asks for a typed confirmation, and there was none.

    Nothing was signed or sent.
    """

    cause = "not-confirmed"


class JournalRefused(ToolkitError):
    """The journal cannot be read or written.

    What cannot be written down first is not sent; reads go on.
    """

    cause = "journal"


class NotSent(ToolkitError):
    """It never left this computer, or nobody was reached: nothing was processed."""

    cause = "not-sent"
    hint = "Check the base URL and the network, then send again: it is safe."


class ClocksApart(NotSent):
    """A change did not leave, because the clocks are known to be too far apart for its answer."""

    cause = "clock"
    hint = "Set this computer's clock and read something once; then send it again."


class NoAnswer(ToolkitError):
    """The request left this computer and no complete answer came back."""

    cause = "no-answer"
    hint = "Check the network. A read may simply be asked again."


class AnswerRefused(ToolkitError):
    """An answer came that must not be used as data. The exchange keeps it as evidence."""


class UnverifiedAnswer(AnswerRefused):
    """The answer's signature is missing or wrong, so anyone could have written it."""

    cause = "unverified-answer"
    hint = (
        "Do base URL and response key belong to the same environment? A gateway, a proxy or a "
        "maintenance "
        "page answers unsigned."
    )


class StaleAnswer(AnswerRefused):
    """The answer was signed at another time than now: it is old, or one of the two
    clocks is wrong.
    """

    cause = "stale-answer"
    #: What to do where not this computer's clock is the wrong one.
    other_clock = (
        "If the service's clock is the one that is off, say how much to allow: "
        "Client(…, freshness_s=…), or None to allow anything."
    )
    hint = f"Set this computer's clock. {other_clock}"


class UnreadableAnswer(AnswerRefused):
    """The answer is not of the documented shape; ``exchange.content`` holds all of it."""

    cause = "unreadable-answer"


class ContradictingAnswer(AnswerRefused):
    """The answer is about something else than was asked, or one that was received before."""

    cause = "contradicting-answer"
    hint = "An old or foreign answer may have been played back. Nothing of it was used."


class WebhookRefused(ToolkitError):
    """What was posted to a webhook endpoint is not proven to be the service's, of now.

    ``cause`` says which: ``header-missing``, ``header-malformed``, ``stale``, ``signature`` or
    ``unreadable``. A handler answers 401 or 400, and does nothing else.
    """

    cause = "signature"
    hint = "Answer 401 and do nothing: anyone can post to an open address."


class ApiError(ToolkitError):
    """The service refused. ``status``, ``code`` and ``error_id`` are its own words."""

    hint = "Compare the request with what its message says, then send it again."

    def __init__(
        self,
        what: str,
        *,
        status: int,
        code: int | str | None = None,
        error_id: str | None = None,
        hint: str = "",
        cause: str = "",
    ) -> None:
        self.status = status
        self.code = code
        self.error_id = error_id
        self.explanation = ""
        super().__init__(what, hint=hint, cause=cause)

    def explain(self, explanation: str) -> None:
        """Add what the emulator found out about a refused signature."""
        self.explanation = escape_hidden(explanation)

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.explanation}".rstrip()


class SignatureRejected(ApiError):
    """HTTP 401: who is asking was not believed.

    ``cause`` says why, as far as the service's text tells.
    """

    cause = "not-believed"
    hint = "Do the key, the clock and the base URL belong to the same environment?"


class Forbidden(ApiError):
    """HTTP 403: known, but not allowed."""

    cause = "not-allowed"
    hint = "Look at what this key or app may do; a change of that may not be in force yet."


class NotFound(ApiError):
    """HTTP 404: no such thing, or no such address."""

    cause = "not-found"
    hint = "Is the id from this environment, and is the path spelled as documented?"


class ServiceTrouble(ApiError):
    """HTTP 5xx: the service, or something before it, is broken.

    It does not say what was done before it broke.
    """

    cause = "service-error"
    hint = "The service is in trouble; try again later. Reads were tried up to three times."


class TooManyRequests(ApiError):
    """HTTP 429: asked too often."""

    cause = "too-many-requests"
    hint = "Wait a second, then twice as long each time. Reads do that by themselves, a few times."


_BY_STATUS: dict[int, type[ApiError]] = {
    401: SignatureRejected,
    403: Forbidden,
    404: NotFound,
    429: TooManyRequests,
}


def by_status(status: int) -> type[ApiError]:
    """The kind of error that a status is."""
    return _BY_STATUS.get(status, ServiceTrouble if status >= 500 else ApiError)


class InDoubt(ToolkitError):
    """A change may have happened, and looking did not settle it. It is not sent again unless a
    person says so.

    ``number`` is its line in the journal, ``because`` what went wrong at first, ``history`` what is
    known, as (Unix ms, sentence), ``finding`` what the last look found in a word, and
    ``candidates`` the ids of things that could be it.
    """

    cause = "in-doubt"

    def __init__(
        self,
        what: str,
        *,
        number: int,
        because: ToolkitError | None,
        history: Iterable[tuple[int, str]],
        candidates: Iterable[str] = (),
        finding: str = "",
        hint: str,
    ) -> None:
        self.number, self.because, self.finding = number, because, finding
        self.history, self.candidates = tuple(history), tuple(candidates)
        super().__init__(what, hint=hint)
        if because is not None:
            self.evidence = because.evidence
