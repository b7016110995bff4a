"""Peer review: a change as it will leave, in a file, and who has looked at it and signed that.

It approves nothing at any vendor. A client made with ``require_review=`` sends no change without.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import msgspec

from toolkit.approvals import file, statement
from toolkit.base.text import plain_line, plural
from toolkit.base.times import day, wall_clock_ms
from toolkit.client.client import Client
from toolkit.client.reviews import message_of
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import Ed25519PublicKey, P256PublicKey, Secp256k1PublicKey
from toolkit.keys.public import PublicKey, spoken
from toolkit.keys.signer import Signer
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared, fingerprint_of

WHAT = "A change of the quorum toolkit for review: who has looked at it signs. No key in it."
CURVES: dict[str, type[PublicKey]] = {
    "P-256": P256PublicKey,
    "Ed25519": Ed25519PublicKey,
    "secp256k1": Secp256k1PublicKey,
}


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    curve: str
    public_key: str
    reviewed_at: str
    signature: str


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    what: str
    format: int
    environment: str
    operation: str
    identity: str
    method: str
    url: str
    body: str
    reviews: tuple[_Signed, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """A request in the bytes that will leave, and the reviews of it. A value.

    Each signature is verified whenever a file is read; one that does not hold refuses the file.
    """

    environment: str
    operation: str
    identity: str
    method: str
    url: str
    body: str
    signatures: tuple[tuple[PublicKey, int, bytes], ...] = ()

    @classmethod
    def of(cls, client: Client, call: Call[Any] | Prepared[Any]) -> Self:
        """A change, for somebody else to look at. Nothing is sent.

        Raises:
            InputError: it changes nothing, or has a field that may not be shown.
        """
        prepared = call if isinstance(call, Prepared) else client.prepare(call)
        if not prepared.call.operation.changes:
            raise InputError("It changes nothing.", hint="Only changes are reviewed.")
        if prepared.shown_body != prepared.body.decode():
            raise InputError("Its body may not be shown.", hint="It cannot go by file.")
        return cls(
            environment=prepared.environment.name,
            operation=prepared.call.operation.name,
            identity=prepared.identity,
            method=prepared.method,
            url=prepared.url,
            body=prepared.shown_body,
        )

    @property
    def request(self) -> str:
        """The request's fingerprint, as preview, journal and receipt have it."""
        return fingerprint_of(self.method, self.url, self.identity, self.body.encode())

    def sign(self, signer: Signer, *, reviewed_ms: int | None = None) -> Self:
        """With this person's review. Any of our keys signs, or anything with a public half of ours.

        Raises:
            InputError: its public half is none of ours, or it signed something else.
        """
        key = signer.public
        if _curve_of(key) is None:
            raise InputError("This is no key that can review.", hint="Pass one of toolkit.keys.")
        moment = wall_clock_ms() if reviewed_ms is None else reviewed_ms
        return self._with(key, moment, signer.sign(message_of(self.request, moment)))

    def _with(self, key: PublicKey, reviewed_ms: int, signature: bytes) -> Self:
        if not key.verify(signature, message_of(self.request, reviewed_ms)):
            raise InputError(f"the review by key {spoken(key.fingerprint)} does not fit")
        others = tuple(each for each in self.signatures if each[0] != key)
        return replace(self, signatures=(*others, (key, reviewed_ms, signature)))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file, and verify every review.

        Raises:
            InputError: it cannot be read, or a review in it does not fit what it says.
        """
        document = statement.read(path, _Document, WHAT)
        facts = {name: getattr(document, name) for name in _FACTS}
        review = cls(**facts)
        try:
            for each in document.reviews:
                review = review._with(*_read(each))
        except (InputError, KeyRefused) as error:
            trouble = error.what
        else:
            return review
        name = plain_line(Path(path).name)
        raise InputError(f"{name} does not hold: {trouble.rstrip('.')}.", hint="Ask for it anew.")

    def save(self, path: str | Path) -> Path:
        """Write the file. Raises InputError where it cannot be written."""
        facts = {name: getattr(self, name) for name in _FACTS}
        reviews = tuple(_written(*each) for each in self.signatures)
        return statement.write(path, _Document(what=WHAT, format=1, **facts, reviews=reviews))

    def report(self) -> Iterator[str]:
        """What it would do, every byte of it, and who has reviewed it, a line each."""
        yield f"{self.operation} on {self.environment}, as {self.identity}"
        yield f"{self.method} {self.url}"
        yield f"Body: {self.body or 'none'}"
        yield f"Request {self.request}"
        for key, reviewed_ms, _ in self.signatures:
            yield f"Reviewed by key {spoken(key.fingerprint)}, {day(reviewed_ms)}"

    def __repr__(self) -> str:
        count = plural(len(self.signatures), "review")
        return f"<Review of {self.operation} on {plain_line(self.environment)}: {count}>"


_FACTS = ("environment", "operation", "identity", "method", "url", "body")


def _curve_of(key: object) -> str | None:
    return next((name for name, kind in CURVES.items() if type(key) is kind), None)


def _read(signed: _Signed) -> tuple[PublicKey, int, bytes]:
    kind = CURVES.get(signed.curve)
    if kind is None:
        raise InputError("curve: it is none of ours")
    moment = file.read_moment(signed.reviewed_at, "reviewed_at")
    try:
        signature = base64.b64decode(signed.signature, validate=True)
    except binascii.Error:
        raise InputError("signature: it is no base64") from None
    return kind.from_base64(signed.public_key), moment, signature


def _written(key: PublicKey, reviewed_ms: int, signature: bytes) -> _Signed:
    return _Signed(
        curve=_curve_of(key) or "",
        public_key=key.to_base64(),
        reviewed_at=file.written_moment(reviewed_ms),
        signature=base64.b64encode(signature).decode(),
    )
