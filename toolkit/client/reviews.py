"""A second person has looked: where a team asks for it, no change leaves without their signature.

Cobo's own approving happens in Cobo's app. What is signed here is the request's fingerprint and a
moment, in words that neither vendor could take for a request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import rfc8785

from toolkit.base.text import plural
from toolkit.base.times import DAY_MS
from toolkit.errors import InputError
from toolkit.keys.public import PublicKey, spoken
from toolkit.request.prepared import Prepared

TITLE = b"quorum toolkit, review, 1\n"
COUNTS_MS = DAY_MS  # how long a review counts; also how far ahead a reviewer's clock may be


@runtime_checkable
class Reviewed(Protocol):
    """A review, as far as a client knows: a key's signature over a request's fingerprint."""

    @property
    def request(self) -> str:
        """The fingerprint of the request, 64 hex digits."""

    @property
    def signatures(self) -> tuple[tuple[PublicKey, int, bytes], ...]:
        """Whose key, when by their word (Unix ms), and the signature over ``message_of``."""


def message_of(request: str, reviewed_ms: int) -> bytes:
    """What a reviewer signs: words of ours, then the request's fingerprint and the moment."""
    return TITLE + rfc8785.dumps({"request": request, "reviewed_ms": reviewed_ms})


@dataclass(frozen=True, slots=True)
class Given:
    """A review that a client was given: whose, and when by the word of whoever gave it.

    ``reviewed_ms``: Unix milliseconds.
    """

    key: PublicKey
    reviewed_ms: int

    @property
    def until_ms(self) -> int:
        """Until when it counts, Unix milliseconds."""
        return self.reviewed_ms + COUNTS_MS

    def counts(self, now_ms: int) -> bool:
        """Whether it counts now: it is not too old, and not of a clock that is far ahead."""
        return abs(now_ms - self.reviewed_ms) <= COUNTS_MS


class Reviews:
    """Whose review a client asks for, and the reviews that it was given.

    ``keys``: one of them must have signed; none: no review is asked for. ``identity``: whose
    requests these are, who is no second person.

    Raises:
        InputError: something else than public keys, or the client's own key.
    """

    def __init__(self, keys: Iterable[PublicKey], identity: str) -> None:
        if isinstance(keys, str) or not isinstance(keys, Iterable):
            raise InputError(
                "require_review must be a list of public keys.",
                hint="Put a single one in brackets.",
            )
        self.keys = tuple(keys)
        for at, key in enumerate(self.keys):
            if not isinstance(key, PublicKey):
                raise InputError(
                    f"require_review[{at}] is {type(key).__name__}, no public key.",
                    hint="Pass each reviewer's public half: key.public.",
                )
            if key.to_hex() == identity:
                raise InputError(
                    f"require_review[{at}] is this client's own key: it is no second person.",
                    hint="Name another person's key.",
                )
        self._given: dict[str, dict[PublicKey, int]] = {}

    def add(self, review: Reviewed) -> None:
        """Take a review, and verify each signature in it.

        Raises:
            InputError: it is no review, or a signature does not fit; nothing of it is taken.
        """
        if not isinstance(review, Reviewed):
            raise InputError(
                f"{type(review).__name__} is no review.", hint="Pass toolkit.Review.load(path)."
            )
        holding = {}
        for key, reviewed_ms, signature in review.signatures:
            if not key.verify(signature, message_of(review.request, reviewed_ms)):
                raise InputError(
                    f"The review by key {spoken(key.fingerprint)} does not fit this request.",
                    hint="Ask for it anew.",
                )
            holding[key] = reviewed_ms
        if holding:
            self._given.setdefault(review.request, {}).update(holding)

    def given(self, prepared: Prepared[Any]) -> tuple[Given, ...]:
        """The reviews of a request that are here, of keys that are asked for, in their order."""
        given = self._given.get(prepared.fingerprint, {})
        return tuple(Given(key, given[key]) for key in dict.fromkeys(self.keys) if key in given)

    def of(self, prepared: Prepared[Any], now_ms: int) -> tuple[str, ...]:
        """Who has reviewed a request, by fingerprints of the keys that are asked for.

        Raises:
            InputError: nobody has whose review is asked for, or too long ago; with what is missing.
        """
        signed = self.given(prepared)
        fresh = [each.key.fingerprint for each in signed if each.counts(now_ms)]
        if self.keys and not fresh:
            given = prepared.fingerprint in self._given
            raise self._missing(prepared.fingerprint, signed_once=bool(signed), given=given)
        return tuple(fresh)

    def _missing(self, request: str, *, signed_once: bool, given: bool) -> InputError:
        what = "has no review"
        if signed_once:
            what = "was reviewed more than a day ago, or by a clock that is not right"
        elif given:
            what = "was reviewed, and by nobody who is asked for"
        those = " or ".join(f"key {spoken(key.fingerprint)}" for key in self.keys[:5])
        return InputError(
            f"Request {spoken(request)} {what}: nothing was sent. Missing: a review by {those}, "
            f"of {plural(len(self.keys), 'key')} asked for.",
            hint="Save toolkit.Review.of(client, call), let one of them sign it, and pass it to "
            "client.reviewed(…).",
        )
