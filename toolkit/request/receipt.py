"""A receipt: what was asked, who signed, and what became of it. A value that needs no widget and no
kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.base.card import Card, Listed, Sentence
from toolkit.base.text import plain_line
from toolkit.base.times import moment
from toolkit.keys.public import spoken

#: What became of it, in a word for a person.
OUTCOMES = {
    "answered": "done",
    "adopted": "done; the answer was lost, and looking found what it made",
    "refused": "refused: nothing was done",
    "unknown": "not known",
}
_MOMENT = "%a %d %b %Y, %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was sent, as it left, and what became of it.

    ``fingerprint`` is SHA-256 (hex) over address, identity, method and body, not over nonce or
    moment: the same request has the same. ``signed_by`` names keys by their fingerprints; empty
    where nothing was signed; None where nobody kept it, as in the journal. ``proof`` says what the
    signature of the answer is worth. ``changes`` are before and after, line by line, as far as the
    form knew both. Moments are Unix milliseconds.

    >>> request = cobo.CreateMpcVaultRequest(name="Savings vault", vault_type="Org-Controlled")
    >>> receipt = custody.exchange(cobo.create_mpc_vault(request)).receipt()
    >>> receipt.text.splitlines()[0]
    'Create vault on EMULATOR: done'
    """

    operation: str
    environment: str
    identity: str
    method: str
    url: str
    body: str
    fingerprint: str
    outcome: str
    sent_ms: int
    signed_by: tuple[str, ...] | None = None
    status: int | None = None
    proof: str = ""
    entry: int | None = None  # of the journal
    made: str = ""
    why: str = ""
    idempotency_key: str = ""  # under which the service does it once
    changes: tuple[tuple[str, str], ...] = ()
    reviewed_by: tuple[str, ...] = ()  # keys by their fingerprints, where a review was asked for

    @property
    def digits(self) -> str:
        """The first twelve digits of the fingerprint, in groups of four."""
        return spoken(self.fingerprint)

    @property
    def who_signed(self) -> str:
        """Who signed, in words."""
        if self.signed_by is None:
            return "not kept: the journal holds no signatures"
        return ", ".join(self.signed_by) or "nobody: this request is not signed"

    @property
    def text(self) -> str:
        """The receipt as plain lines."""
        head = f"{self.operation} on {self.environment}: {OUTCOMES[self.outcome]}"
        lines = [f"{name:<12} {value}" for name, value in self._facts]
        lines += [f"{'changed':<12} {before} → {after}" for before, after in self.changes]
        return "\n".join(map(plain_line, [head, *lines, f"{'body':<12} {self.body or 'none'}"]))

    @property
    def _facts(self) -> list[tuple[str, str]]:
        size = len(self.body.encode())
        facts = [
            ("sent", f"{self.method} {self.url}"),
            ("when", moment(self.sent_ms, _MOMENT)),
            ("as", self.identity),
            ("digits", f"{self.digits} (SHA-256 over address, identity, method, body)"),
            ("signed by", self.who_signed),
            ("bytes", f"{size} of body"),
        ]
        if self.reviewed_by:
            facts.append(("reviewed by", ", ".join(self.reviewed_by)))
        if self.status is not None:
            facts.append(("answer", f"HTTP {self.status}"))
        made = self.made.removeprefix("<").removesuffix(">")  # a model is shown by its facts
        if self.idempotency_key:
            facts.append(("once by", f"{self.idempotency_key} (idempotency key)"))
        named = (("answer signed", self.proof), ("made", made), ("why", self.why))
        facts += [(name, value) for name, value in named if value]
        if self.entry is not None:
            facts.append(("journal", f"entry {self.entry}"))
        return facts

    def __repr__(self) -> str:
        facts = [("outcome", self.outcome), ("digits", self.digits)]
        return Card(f"Receipt {self.operation}", facts, environment=self.environment).line()

    def _repr_html_(self) -> str:
        columns, count = ("before", "after"), len(self.changes)
        lists = [Listed("Before and after", columns, self.changes, count)] if count else []
        texts = [("The body as it was sent", self.body)] if self.body else []
        facts: list[tuple[str, object]] = [("outcome", Sentence(OUTCOMES[self.outcome]))]
        facts += self._facts
        return Card(
            f"Receipt: {self.operation}",
            facts,
            environment=self.environment,
            lists=lists,
            texts=texts,
        ).html()
