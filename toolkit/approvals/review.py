"""Peer review: a change as it will leave, in a file, and who has looked at it and signed that.

It approves nothing at any vendor. A client made with ``require_review=`` sends no change without.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import msgspec

from toolkit.approvals import file, statement
from toolkit.approvals.as_asked import Asked, asked_in
from toolkit.approvals.digits import Compared
from toolkit.base.home import at_home
from toolkit.base.text import plain_line, plural
from toolkit.base.times import day, wall_clock_ms
from toolkit.client.client import Client
from toolkit.client.names import known_names
from toolkit.client.reviews import COUNTS_MS, message_of
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import (
    Ed25519Key,
    Ed25519PublicKey,
    P256Key,
    P256PublicKey,
    Secp256k1Key,
    Secp256k1PublicKey,
)
from toolkit.keys.private import PrivateKey
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
KINDS: dict[str, type[PrivateKey]] = {
    "P-256": P256Key,
    "Ed25519": Ed25519Key,
    "secp256k1": Secp256k1Key,
}


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    curve: str
    public_key: str


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    curve: str
    public_key: str
    reviewed_at: str
    signature: str


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    what: str
    format: int
    service: str
    environment: str
    operation: str
    identity: str
    method: str
    url: str
    body: str
    asked: tuple[_Asked, ...] = ()
    reviews: tuple[_Signed, ...]


@dataclass(frozen=True, slots=True)
class Review(Compared):
    """A request in the bytes that will leave, and the reviews of it. A value.

    Each signature is verified whenever a file is read; one that does not hold refuses the file, and
    so does an operation or environment that the address contradicts. ``asked`` are those whose
    review the sender asks for, by the sender's word: one of them is enough.

    >>> from toolkit import Review
    >>> vault = cobo.CreateMpcVaultRequest(name="Savings vault", vault_type="Org-Controlled")
    >>> review = Review.of(custody, cobo.create_mpc_vault(vault))
    >>> review.sign(bob).standing
    '1 review'
    """

    service: str
    environment: str
    operation: str
    identity: str
    method: str
    url: str
    body: str
    asked: tuple[PublicKey, ...] = ()
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
        review = cls(
            service=prepared.call.operation.service,
            environment=prepared.environment.name,
            operation=prepared.call.operation.name,
            identity=prepared.identity,
            method=prepared.method,
            url=prepared.url,
            body=prepared.shown_body,
            asked=client.reviewers,
        )
        review.as_asked()  # what nobody could read is not saved
        return review

    # ---- what it says ----

    @property
    def request(self) -> str:
        """The request's fingerprint, as preview, journal and receipt have it."""
        return fingerprint_of(self.method, self.url, self.identity, self.body.encode())

    def as_asked(self) -> Asked:
        """The call that it is about, and the body's bytes by field.

        Raises:
            InputError: address, body and names do not say the same.
        """
        return asked_in(
            self.service, self.environment, self.operation, self.method, self.url, self.body
        )

    @property
    def reviewed_by(self) -> tuple[str, ...]:
        """Whose signatures hold, of those who are asked: fingerprints of keys, 64 hex digits."""
        signed = [key for key, _, _ in self.signatures]
        return tuple(key.fingerprint for key in self.asked or signed if key in signed)

    @property
    def standing(self) -> str:
        """``1 of 3 reviewed; one is enough``: a verification, not a count."""
        if not self.asked:
            return plural(len(self.signatures), "review")
        return f"{len(self.reviewed_by)} of {len(self.asked)} reviewed; one is enough"

    # ---- reviewing ----

    def sign(self, signer: Signer, *, reviewed_ms: int | None = None) -> Self:
        """With this person's review. Any of our keys signs, or anything with a public half of ours.

        Raises:
            InputError: its public half is none of ours, it is the key that the request itself is
                signed with, or it signed something else.
        """
        key = signer.public
        if _curve_of(key) is None:
            raise InputError("This is no key that can review.", hint="Pass one of toolkit.keys.")
        if key.to_hex() == self.identity:
            raise InputError(
                "This is the key that the request itself is signed with: it is no second person.",
                hint="Another person reviews it, with a key of their own.",
            )
        moment = wall_clock_ms() if reviewed_ms is None else reviewed_ms
        return self._with(key, moment, signer.sign(message_of(self.request, moment)))

    def _with(self, key: PublicKey, reviewed_ms: int, signature: bytes) -> Self:
        if not key.verify(signature, message_of(self.request, reviewed_ms)):
            raise InputError(f"the review by key {spoken(key.fingerprint)} does not fit")
        others = tuple(each for each in self.signatures if each[0] != key)
        return replace(self, signatures=(*others, (key, reviewed_ms, signature)))

    def merge(self, other: Review) -> Self:
        """With the reviews of another copy; of two by one person, the later one.

        Raises:
            InputError: it is of another request: with the first field that differs.
        """
        differing = [name for name in _FACTS if getattr(self, name) != getattr(other, name)]
        if differing:
            raise InputError(
                f"That is the review of another request: {differing[0]} differs. Nothing was taken "
                "from it.",
                hint="Ask whoever sent it: one of the two is not what was agreed.",
            )
        merged = self
        for key, reviewed_ms, signature in other.signatures:
            mine = [moment for known, moment, _ in self.signatures if known == key]
            if all(moment < reviewed_ms for moment in mine):
                merged = merged._with(key, reviewed_ms, signature)
        return merged

    @property
    def compared(self) -> str:
        """What is compared by voice: its ``request``."""
        return self.request

    # ---- the file ----

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file, and verify what it says of itself, and every review.

        Raises:
            InputError: it cannot be read, or a part of it does not fit the others.
        """
        document = statement.read(path, _Document, WHAT)
        try:
            review = cls._from(document)
        except (InputError, KeyRefused) as error:
            trouble = error.what
        else:
            return review
        name = plain_line(Path(path).name)
        raise InputError(f"{name} does not hold: {trouble.rstrip('.')}.", hint="Ask for it anew.")

    @classmethod
    def _from(cls, document: _Document) -> Self:
        facts = {name: getattr(document, name) for name in _FACTS}
        asked = tuple(_key(each.curve, each.public_key) for each in document.asked)
        review = cls(**facts, asked=asked)
        review.as_asked()
        for each in document.reviews:
            review = review._with(*_read(each))
        return review

    def save(self, path: str | Path) -> Path:
        """Write the file, over a copy of this one and nothing else; reviews that are there stay.

        Raises:
            InputError: another file is there, or it cannot be written.
        """
        place = at_home(path)
        review = self
        if place.exists():
            review = self.merge(_older(place))
        facts = {name: getattr(self, name) for name in _FACTS}
        asked = tuple(
            _Asked(curve=_curve_of(key) or "", public_key=key.to_base64()) for key in self.asked
        )
        reviews = tuple(_written(*each) for each in review.signatures)
        document = _Document(what=WHAT, format=1, **facts, asked=asked, reviews=reviews)
        return statement.write(place, document)

    # ---- shown ----

    def report(self) -> Iterator[str]:
        """What it would do, every byte of it, and who has reviewed it, a line each."""
        yield f"{self.operation} on {self.environment}, as {self.identity}"
        yield f"{self.method} {self.url}"
        yield f"Body: {self.body or 'none'}"
        yield f"Request {self.request}"
        for key, reviewed_ms, _ in self.signatures:
            until = f"counts until {day(reviewed_ms + COUNTS_MS)}"
            yield f"Reviewed by key {spoken(key.fingerprint)}, {day(reviewed_ms)}; {until}"

    def _repr_html_(self) -> str:
        # what reads a review knows this module
        from toolkit.approvals.review_reading import read_review
        from toolkit.approvals.shown import review_card

        reading = read_review(self, wall_clock_ms(), known_names())
        return review_card(reading, self.environment)

    def __repr__(self) -> str:
        count = plural(len(self.signatures), "review")
        return f"<Review of {self.operation} on {plain_line(self.environment)}: {count}>"


_FACTS = ("service", "environment", "operation", "identity", "method", "url", "body")


def own_key(
    load: Callable[[type[PrivateKey]], PrivateKey], asked: Collection[PublicKey], curve: str = ""
) -> PrivateKey:
    """A reviewer's private key, of whichever curve it is.

    A bare number is a key of each curve: then it is the one that is asked for.

    Args:
        load: reads it as a key of one class.
        asked: whose review is asked for.
        curve: a name of ``CURVES``, where the reviewer has said it.

    Raises:
        InputError: a bare number, and nobody can tell of which curve.
        KeyRefused: it is no key.
    """
    keys, refusals = [], []
    for name, kind in KINDS.items():
        if curve in ("", name):
            try:
                keys.append(load(kind))
            except KeyRefused as refusal:
                refusals.append(refusal)
    if not keys:
        raise refusals[0]
    wanted = [key for key in keys if key.public in asked] or keys
    if len(wanted) > 1:
        raise InputError(
            "The key is a bare number, which is a key of each curve, and none of them is asked "
            "for here.",
            hint=f"Name its curve, --curve: {', '.join(KINDS)}.",
        )
    return wanted[0]


def _older(place: Path) -> Review:
    try:
        return Review.load(place)
    except InputError:
        pass
    raise InputError(
        f"{plain_line(place)} exists, and is not a copy of this review.",
        hint="Choose another name.",
    )


def _curve_of(key: object) -> str | None:
    return next((name for name, kind in CURVES.items() if type(key) is kind), None)


def _key(curve: str, public_key: str) -> PublicKey:
    kind = CURVES.get(curve)
    if kind is None:
        raise InputError("curve: it is none of ours")
    return kind.from_base64(public_key)


def _read(signed: _Signed) -> tuple[PublicKey, int, bytes]:
    key = _key(signed.curve, signed.public_key)
    moment = file.read_moment(signed.reviewed_at, "reviewed_at")
    try:
        signature = base64.b64decode(signed.signature, validate=True)
    except binascii.Error:
        raise InputError("signature: it is no base64") from None
    return key, moment, signature


def _written(key: PublicKey, reviewed_ms: int, signature: bytes) -> _Signed:
    return _Signed(
        curve=_curve_of(key) or "",
        public_key=key.to_base64(),
        reviewed_at=file.written_moment(reviewed_ms),
        signature=base64.b64encode(signature).decode(),
    )
