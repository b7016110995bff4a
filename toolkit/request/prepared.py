"""A call ready to be signed and sent: what will leave is a value before it is an action."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from toolkit.base.card import Card, Sentence
from toolkit.base.forked import process_mark
from toolkit.base.times import day
from toolkit.request.body import Piece, pieces_of
from toolkit.request.call import Call
from toolkit.request.environment import Environment
from toolkit.request.model import DOTS

T = TypeVar("T")


BOUND = "bound-"  # what the ticket of a request begins with that goes by file


def _new_ticket() -> str:
    return f"{process_mark()}-{secrets.token_hex(8)}"


def fingerprint_of(method: str, url: str, identity: str, body: bytes) -> str:
    """SHA-256 (hex) over address, identity, method and body, wherever those are from."""
    head = f"{method} {url}\n{identity}\n"
    return hashlib.sha256(head.encode() + body).hexdigest()


@dataclass(frozen=True, slots=True)
class Prepared(Generic[T]):
    """A call for one environment at one moment: the exact bytes, and the message to sign.

    It holds no signature and no credential, so it may be shown, saved and passed on; only where a
    body is made to carry one (``privy.authorize_intent``) it does, and does not show it. Times are
    Unix milliseconds.

    >>> request = cobo.CreateMpcVaultRequest(name="Savings vault", vault_type="Org-Controlled")
    >>> prepared = custody.prepare(cobo.create_mpc_vault(request))
    >>> prepared.method, prepared.shown_body
    ('POST', '{"name":"Savings vault","vault_type":"Org-Controlled"}')
    """

    call: Call[T]
    environment: Environment
    identity: str  # whose request this is: the API key's public half, or the app id
    url: str
    fields: tuple[tuple[str, str], ...]  # the headers in order
    body: bytes  # the exact bytes that travel; empty where there is no body
    message: str  # what is signed, readable; or the plain statement that nothing is
    signed: bool
    made_ms: int
    fresh_until_ms: int
    ticket: str = field(default_factory=_new_ticket, compare=False)  # one Prepared is sent once

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The body's text, cut where one field ends and the next begins."""
        return pieces_of(self.body)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, read-only, without signatures and credentials."""
        return MappingProxyType(dict(self.fields))

    @property
    def method(self) -> str:
        """The HTTP method, upper case."""
        return self.call.operation.method

    @property
    def idempotency_key(self) -> str:
        """Under this key the service does it once, however often it arrives; empty for none.

        It travels as a header and is no part of the fingerprint.
        """
        idempotency = self.call.operation.idempotency
        if idempotency is None:
            return ""
        return self.headers.get(idempotency.header, "")

    @property
    def shown_body(self) -> str:
        """The body as it may be shown and written down: without the fields that nobody may see."""
        shown = self.body.decode()
        for name in getattr(type(self.call.body), "hidden", ()):
            value = json.dumps(getattr(self.call.body, name), ensure_ascii=False)
            shown = shown.replace(f'"{name}":{value}', f'"{name}":"{DOTS}"')
        return shown

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over address, identity, method and body.

        The same for the same request, whenever it is prepared: nonce and moment are no part of it.
        Preview, journal, receipt and errors show the same one.
        """
        return fingerprint_of(self.method, self.url, self.identity, self.body)

    @property
    def is_from_here(self) -> bool:
        """Whether this process prepared it: not a parent, and not one that pickled it."""
        return self.ticket.startswith(f"{process_mark()}-")

    @property
    def is_bound(self) -> bool:
        """Whether its ticket follows from what is asked, and not from a process.

        Then it is sent only where who must sign is still what was read: once it was done by any
        process, it is not.
        """
        return self.ticket.startswith(BOUND)

    def is_stale(self, now_ms: int) -> bool:
        """Whether it is too old to be sent, and must be prepared again."""
        return now_ms > self.fresh_until_ms

    def __repr__(self) -> str:
        kind = f"Prepared {self.call.operation.name}"
        facts = [("request", Sentence(f"{self.method} {self.url}"))]
        return Card(kind, facts, environment=self.environment.name).line()

    def _repr_html_(self) -> str:
        texts = []
        signing = self.message
        if self.signed:
            signing = "the message below"
            texts.append(("What is signed", self.message))
        if self.body:
            texts.append((f"Body, {len(self.body):,} bytes", self.shown_body))
        facts = [
            ("request", f"{self.method} {self.url}"),
            ("as", self.identity),
            ("signed", signing),
            ("prepared", day(self.made_ms)),
            ("fresh until", day(self.fresh_until_ms)),
        ]
        if self.idempotency_key:
            facts.append(("idempotency key", self.idempotency_key))
        kind = f"Prepared {self.call.operation.name}"
        return Card(kind, facts, environment=self.environment.name, texts=texts).html()
