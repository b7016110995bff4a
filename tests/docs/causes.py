"""``docs/how-to/troubleshooting.md``: every word that an error's ``cause`` can be, what it means, and what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import toolkit.cobo.client
import toolkit.privy.client
from toolkit import errors
from toolkit.frames import STATES
from toolkit.transport.cancel import CANCELLED
from toolkit.transport.provider import NO_ENVELOPE, Meaning

PACKAGE = Path(toolkit.__file__).parent
#: Cause, which error, what happened, what to do. In the order in which a request meets them.
CAUSES: dict[str, tuple[str, str, str]] = {
    "input": (
        "InputError",
        "Something that you passed cannot be used, or breaks a rule. Nothing was signed or sent.",
        'The sentence names the field and the remedy. A rule that we only infer can be acknowledged: `acknowledge={"the.rule"}`.',
    ),
    "not-confirmed": (
        "NotConfirmed",
        "The first change on PROD asks for its name, typed.",
        'Type it, or pass `confirm="PROD"` in a script.',
    ),
    "journal": (
        "JournalRefused",
        "The journal cannot be read or written, so nothing is changed; reads go on.",
        "The sentence says what the system refused: room, rights, another program's file.",
    ),
    "journal-locked": (
        "JournalRefused",
        "Another process writes into it and does not finish.",
        "Wait for it, or end it; then send again: that is safe.",
    ),
    "journal-gone": (
        "JournalRefused",
        "The file was moved or deleted while it was open.",
        "Put it back, and start again.",
    ),
    "journal-damaged": (
        "JournalRefused",
        "A line of it is not what was written.",
        "Restore the file from a copy; name another one meanwhile (`journal=`).",
    ),
    "sqlite-too-old": (
        "JournalRefused",
        "This Python has an SQLite older than 3.26.",
        "Use another Python, or one that is linked to a newer SQLite.",
    ),
    "no-home": (
        "JournalRefused",
        "This user has no home directory, so there is no place for a journal.",
        "Set `HOME` or `XDG_STATE_HOME`, or name a place: `QUORUM_TOOLKIT_JOURNAL`, `journal=`.",
    ),
    "forked": (
        "NotSent",
        "The process was forked, and a `transport=` of your own cannot be used by both.",
        "Make a client in the child.",
    ),
    "clock": (
        "ClocksApart",
        "This computer's clock is known to be too far off for an answer to be believed.",
        "Set the clock, read something once, and send again.",
    ),
    "cancelled": (
        "NotSent",
        "You pressed *Cancel*, or stopped it, before its first byte left.",
        "Nothing happened; send again when you mean it.",
    ),
    "not-sent": (
        "NotSent",
        "Nobody was reached: no network, no such host, a proxy that is needed and not passed.",
        "Check the address and the network. [Proxies](proxies.md) are passed by name. Sending again is safe.",
    ),
    "certificate": (
        "NotSent",
        "The certificate of whoever answered is not trusted.",
        'A company\'s own certificates: `ca_bundle="company.pem"`, see [proxies and certificates](proxies.md).',
    ),
    "unsent": (
        "NotSent",
        "An entry of the journal that is known not to have left.",
        "It may be sent again.",
    ),
    "no-answer": (
        "NoAnswer",
        "It left, and no complete answer came back.",
        "A read may be asked again. A change is looked for: see *in-doubt*.",
    ),
    "redirect": (
        "AnswerRefused",
        "The answer sends elsewhere; nothing is ever followed.",
        "Is the base URL right, or does a gateway ask for a login?",
    ),
    "compressed": (
        "AnswerRefused",
        "The answer is compressed, which was not asked for.",
        "A proxy on the way changes answers; ask for an exception.",
    ),
    "unverified-answer": (
        "UnverifiedAnswer",
        "The answer's signature is missing or wrong: anyone may have written it.",
        "Do address and response key belong to the same environment? Gateways answer unsigned.",
    ),
    "stale-answer": (
        "StaleAnswer",
        "Signed by the service, but at another time than now.",
        "Set this computer's clock. If the service's is off: `freshness_s=`.",
    ),
    "played-back": (
        "ContradictingAnswer",
        "The answer was received before this was asked.",
        "Something on the way repeats old answers. Nothing of it was used.",
    ),
    "contradicting-answer": (
        "ContradictingAnswer",
        "The answer is about something else than was asked.",
        "An old or foreign answer. Nothing of it was used.",
    ),
    "unreadable-answer": (
        "UnreadableAnswer",
        "The answer is not of the documented shape, too large, or incomplete.",
        "`exchange.content` holds what came.",
    ),
    "no-envelope": (
        "ApiError",
        "A refusal that is not in the service's own form, so something before it may have written it.",
        "Ask whoever runs the gateway or proxy. It does not prove that nothing was done.",
    ),
    "refused": (
        "ApiError",
        "The service refused, in words of its own.",
        "Compare the request with what its message says.",
    ),
    "not-believed": (
        "SignatureRejected",
        "HTTP 401, for a reason that its text does not tell.",
        "Do key, clock and address belong to the same environment?",
    ),
    "wrong-environment": (
        "SignatureRejected",
        "Cobo does not know the key there.",
        "Development and production have separate keys: `environment=cobo.DEV` or `cobo.PROD`.",
    ),
    "not-activated": (
        "SignatureRejected",
        "An Admin has not approved the Cobo key yet.",
        "Have it approved in the app; `python -m toolkit check` says when it works.",
    ),
    "address-not-listed": (
        "SignatureRejected",
        "This computer's public address is not on the key's list.",
        "Add it in the Portal.",
    ),
    "nonce": (
        "SignatureRejected",
        "Cobo did not take the nonce, which is the time in milliseconds.",
        "Set this computer's clock.",
    ),
    "credentials": (
        "SignatureRejected",
        "App id and app secret do not belong together, or to another environment.",
        "Copy both from Privy's Dashboard, app settings.",
    ),
    "signature-missing": (
        "SignatureRejected",
        "Members must sign, and nobody did.",
        "Pass their keys: `signers=[…]`; or [sign together](second-person.md).",
    ),
    "signature-count": (
        "SignatureRejected",
        "More or fewer valid signatures than the quorum's threshold.",
        "Read the quorum again: threshold or members may have changed.",
    ),
    "signature": (
        "SignatureRejected",
        "A signature does not fit what arrived. Of a webhook: it is not the service's.",
        "The right key, the same bytes, no proxy that rewrites them? [Signing](../explanation/signing.md) says what is signed; the emulator says what differs.",
    ),
    "user-session": (
        "SignatureRejected",
        "A user member must sign with a session key.",
        "Users cannot sign with this toolkit; let other members sign.",
    ),
    "expired": (
        "SignatureRejected",
        "The request's time is over, or the Cobo key has ended.",
        "Prepare and sign again; or register another key in the Portal.",
    ),
    "policy": (
        "SignatureRejected",
        "A policy of the wallet forbids it.",
        "Look at the policy: `frames.policy_rules(…)`.",
    ),
    "not-allowed": (
        "Forbidden",
        "HTTP 403: the key's roles or scopes do not reach this.",
        "`custody.preflight(call)` says what is missing; a recent change may wait for an Admin.",
    ),
    "not-found": ("NotFound", "HTTP 404: no such thing there.", "Is the id from this environment?"),
    "too-many-requests": (
        "TooManyRequests",
        "HTTP 429: asked too often.",
        "Wait a second, then twice as long each time. Reads do that by themselves.",
    ),
    "service-error": (
        "ServiceTrouble",
        "HTTP 5xx: the service or something before it is broken.",
        "Try again later. A change is looked for before anything else: see *in-doubt*.",
    ),
    "in-doubt": (
        "InDoubt",
        "A change may have happened, and looking did not settle it. It is not sent again by itself.",
        "`client.pending()`, `client.resolve(entry)`, or the cards of `cobo.forms.pending(client)`: see [doubt](../explanation/doubt.md).",
    ),
    "header-missing": (
        "WebhookRefused",
        "A webhook without the headers that prove it.",
        "Answer 401 and do nothing.",
    ),
    "header-malformed": (
        "WebhookRefused",
        "A webhook whose headers cannot be read.",
        "Answer 401 and do nothing.",
    ),
    "stale": (
        "WebhookRefused",
        "A webhook of another time than now, or posted again.",
        "Answer 401. If it happens often, set this computer's clock.",
    ),
    "unreadable": (
        "WebhookRefused",
        "A webhook that is proven and not of the documented shape.",
        "Answer 400, and look at the body by hand.",
    ),
}
#: An entry of the journal that somebody closed is told by its own state.
CLOSED = ("replaced", "given-up")
#: What is unseen in an inventory has a cause as well: an error's, or this one.
NOT_READ = "not-read"
HEAD = """# Troubleshooting, by an error's cause

<!-- Made from `tests/docs/causes.py` by `python -m tests.docs`; a test keeps it whole. -->

Every error of the toolkit is a `toolkit.errors.ToolkitError`. `error.cause` is one of the words below, `error.evidence` what was seen (never a secret or a signature), `str(error)` a sentence and what to try next.

```python
from toolkit import Emulator, cobo
from toolkit.errors import ToolkitError

try:
    Emulator.seeded().cobo_client().send(cobo.get_mpc_vault_by_id("no such vault"))
except ToolkitError as error:
    print(error.cause, error.evidence)
```

The words stand in the order in which a request meets them; those of webhooks come last.

| cause | error | what happened | what to do |
|---|---|---|---|
"""
FOOT = """
## The errors, as a tree

`except ApiError` catches what stands under it.

```text
{tree}
```
"""


def page() -> str:
    """The page as it should be."""
    rows = [
        f"| `{cause}` | `{name}` | {what} | {remedy} |\n"
        for cause, (name, what, remedy) in CAUSES.items()
    ]
    rows.append(
        f"| {', '.join(f'`{each}`' for each in CLOSED)} | `ToolkitError` | An entry of the journal that a person closed. | "
        "Nothing: you said so. |\n"
    )
    rows.append(
        f"| `{NOT_READ}` | a row of `unseen` | An earlier toolkit saved this inventory, and did not "
        "read these. | Look again: `toolkit.collect(…)`. |\n"
    )
    return HEAD + "".join(rows) + FOOT.format(tree="\n".join(_tree(errors.ToolkitError, "")))


def _tree(error: type[errors.ToolkitError], before: str) -> Iterator[str]:
    yield before + error.__name__
    for each in error.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from _tree(each, before + "    ")


def in_code() -> set[str]:
    """Every cause that the code can say: of an error's class, passed to one, or read out of a service's words."""
    words = {CANCELLED, NO_ENVELOPE}
    for path in PACKAGE.rglob("*.py"):
        if "emulator" not in path.parts:  # which answers as the services do
            words |= set(_passed(ast.parse(path.read_text())))
    for module in (toolkit.cobo.client, toolkit.privy.client):
        for value in vars(module).values():
            if isinstance(value, tuple):
                words |= {each.cause for each in value if isinstance(each, Meaning)}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.ToolkitError):
            words.add(error.cause)
    return words | (set(STATES) & set(CLOSED))


def _passed(tree: ast.Module) -> Iterator[str]:
    """Texts that stand after ``cause=``."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.keyword)
            and node.arg == "cause"
            and isinstance(node.value, ast.Constant)
        ):
            yield str(node.value.value)
