"""Why a signature was refused: the mistake is looked for, not guessed.

Each candidate is a message (or a way to sign) that a caller may have used by mistake. The signature
itself decides: whichever candidate it fits is what was signed. The vendors' own answers say none of
this; ours travels beside them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from toolkit.cobo import signing as cobo_signing
from toolkit.emulator.core import LedgerLine, Received, Refusal
from toolkit.emulator.explanation import NAMES, Explanation
from toolkit.emulator.limits import EXPLAIN_LIMIT, EXPLAIN_PAIRS
from toolkit.emulator.mistakes import (
    FAR_MS,
    NEAR_MS,
    Mistake,
    cobo_texts,
    intent_texts,
    privy_texts,
)
from toolkit.emulator.privy import signatures_of
from toolkit.errors import KeyRefused
from toolkit.keys import Ed25519Key, Ed25519PublicKey, P256Key, P256PublicKey, Secp256k1Key
from toolkit.keys.public import is_low_s, spoken

if TYPE_CHECKING:
    from toolkit.cobo.models import ApiKeyInfo
    from toolkit.emulator.cobo import Cobo
    from toolkit.emulator.privy import Privy
    from toolkit.emulator.world import World

NAMED = 10  # members that are named; there may be thousands
RAW = 64  # bytes of r‖s, and of an Ed25519 signature
DER = b"\x30"  # what every DER signature begins with
Mistakes = Callable[[], Iterator[Mistake]]  # from the beginning, for each signature

TOO_LARGE = Explanation(
    "unknown",
    "The request is too large to look for its mistake: that is done up to "
    f"{EXPLAIN_LIMIT} characters of target, headers and body.",
)


def explain(
    world: World,
    received: Received,
    line: LedgerLine,
    deep: bool,
) -> Explanation:
    """Why a request was refused, with nothing in it that must not be shown. It never fails.

    Args:
        deep: look for Cobo nonces up to five seconds away, too.
    """
    if too_large(received):
        return TOO_LARGE
    try:
        if world.service_for(received) is world.cobo:
            reason = cobo_request(
                world.cobo,
                world.api_key,
                received,
                line,
                deep,
            )
        else:
            keys = world.authorization_keys
            reason = privy_request(world.privy, keys, received, line)
        return reason.masked(world.masks.of(received))
    except Exception:  # noqa: BLE001  # an explanation must never take the answer away
        line.trouble = traceback.format_exc()
        return Explanation("unknown", NAMES["unknown"])


def too_large(received: Received) -> bool:
    """Whether a request is larger than those whose mistake is looked for.

    Asked before anything is tried.
    """
    size = len(received.target)
    size += len(received.host)
    size += len(received.body)
    for name, value in received.headers:
        size += len(name) + len(value)
    return size > EXPLAIN_LIMIT


def plain(line: LedgerLine) -> Explanation:
    """Of a request that was not refused for a signature."""
    if line.verdict == "accepted":
        return Explanation.of("accepted")
    return Explanation.of("not-a-signature")


# ---- Cobo ----------------------------------------------------------------------------------------

ApiPublicKey = cobo_signing.ApiPublicKey
# causes that the signature itself has no part in → the name of the mistake
NOT_ABOUT_THE_TEXT = {
    "unknown-key": "key-of-another-environment",
    "pending-key": "key-not-activated",
    "address": "address-not-listed",
    "expired-key": "expired-key",
    "nonce": "nonce-refused",
}


def cobo_request(
    cobo: Cobo,
    api_key: Ed25519Key,
    received: Received,
    line: LedgerLine,
    deep: bool,
) -> Explanation:
    """Why Cobo's side refused. ``deep`` looks for nonces up to five seconds away."""
    if line.verdict == "accepted" or not line.cause:
        return plain(line)
    names = (cobo_signing.API_KEY, cobo_signing.API_NONCE, cobo_signing.API_SIGNATURE)
    absent = [name for name in names if not received.header(name.lower())]
    if absent:
        detail = f"Missing: {', '.join(absent)}."
        return Explanation.of("missing-header", line.message, detail=detail)
    key_hex = received.header(cobo_signing.API_KEY.lower()).lower()
    info = cobo.keys.get(key_hex)
    if info is None:
        if key_hex == _other_curve(api_key).public.to_hex():
            return Explanation.of("wrong-curve")
        return Explanation.of("key-of-another-environment")
    if line.cause in NOT_ABOUT_THE_TEXT:
        return Explanation.of(NOT_ABOUT_THE_TEXT[line.cause], line.message)
    return _cobo_signature(
        cobo,
        api_key,
        info,
        received,
        line.message,
        deep,
    )


def _cobo_signature(
    cobo: Cobo,
    api_key: Ed25519Key,
    info: ApiKeyInfo,
    received: Received,
    built: str,
    deep: bool,
) -> Explanation:
    """Why a signature with a known key does not fit what was built."""
    public = cobo_signing.api_public_key(info.key)
    signature_hex = received.header(cobo_signing.API_SIGNATURE.lower())
    try:
        signature = cobo_signing.from_hex(signature_hex)
    except ValueError:
        return Explanation.of("signature-not-hex", built)
    message = _bytes(built)
    name = _encoding_mistake(api_key, public, signature, message)
    name = name or _hashing_mistake(public, signature, message)
    if name:
        return Explanation.of(name, built)
    nonce = received.header(cobo_signing.API_NONCE.lower())
    reach_ms = NEAR_MS
    if deep:
        reach_ms = FAR_MS
    for mistake, text in cobo_texts(received, nonce, reach_ms):
        if text != built and cobo_signing.fits(public, signature, _bytes(text)):
            return Explanation.of(mistake, built, text)
    signer = _other_signer(cobo, info, signature, message)
    if signer is not None:
        return Explanation.of("wrong-key", built, detail=f"It was made by {signer}.")
    return Explanation.of("unknown", built)


def _encoding_mistake(
    api_key: Ed25519Key,
    public: ApiPublicKey,
    signature: bytes,
    message: bytes,
) -> str:
    """What is wrong with how the signature is written; empty where nothing is."""
    digest = cobo_signing.digest(message)
    if isinstance(public, Ed25519PublicKey):
        if not signature.startswith(DER) or len(signature) <= RAW:
            return ""
        if _other_curve(api_key).public.verify_digest(signature, digest):
            return "wrong-curve"
        return "der-for-raw"
    if public.verify_digest(signature, digest):
        if is_low_s(signature):
            return "unknown"  # it fits: there is nothing that we know of
        return "high-s"
    if len(signature) != RAW:
        return ""
    if public.verify_digest(_as_der(signature), digest):
        return "raw-for-der"
    return "wrong-curve"


def _hashing_mistake(
    public: ApiPublicKey,
    signature: bytes,
    message: bytes,
) -> str:
    """What else than the digest of the message was signed; empty where nothing known was."""
    digest = cobo_signing.digest(message)
    if _signed(public, signature, digest):
        return "not-a-signature"
    once = hashlib.sha256(message).digest()
    if _signed(public, signature, once):
        return "single-sha256"
    again = hashlib.sha256(digest).digest()
    if _signed(public, signature, again):
        return "hashed-again"
    if isinstance(public, Ed25519PublicKey) and public.verify(signature, message):
        return "not-hashed"
    in_hex = digest.hex().encode()
    if public.verify(signature, in_hex):
        return "hex-digest"
    return ""


def _signed(
    public: ApiPublicKey,
    signature: bytes,
    digest: bytes,
) -> bool:
    """Whether these 32 bytes were signed as they are."""
    if isinstance(public, Ed25519PublicKey):
        return public.verify(signature, digest)
    return public.verify_digest(signature, digest)


def _other_signer(
    cobo: Cobo,
    info: ApiKeyInfo,
    signature: bytes,
    message: bytes,
) -> str | None:
    """Another registered key that made the signature."""
    for other in cobo.keys.values():
        if other.key == info.key:
            continue
        try:
            public = cobo_signing.api_public_key(other.key)
        except KeyRefused:
            continue
        if cobo_signing.fits(public, signature, message):
            return other.key
    return None


def _other_curve(api_key: Ed25519Key) -> Secp256k1Key:
    """The same secret, read as a secp256k1 key: what a wrong curve setting makes of it."""
    return Secp256k1Key.from_hex(api_key.reveal_hex())


def _as_der(raw: bytes) -> bytes:
    """r‖s as DER."""
    half = RAW // 2
    r = int.from_bytes(raw[:half])
    s = int.from_bytes(raw[half:])
    return encode_dss_signature(r, s)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # half a character, which JSON can spell and UTF-8 cannot
        return text.encode("utf-8", "surrogatepass")


# ---- Privy ---------------------------------------------------------------------------------------

_KNOWN_CAUSES = {
    "app": "wrong-app",
    "expired": "expired",
    "users": "users-cannot-sign-here",
    "too-many": "too-many-signatures",
}


@dataclass(frozen=True, slots=True)
class _Membership:
    """Who could sign for a quorum, and how many must."""

    members: Sequence[P256PublicKey]
    names: Mapping[str, str]  # of the keys that the emulator made, by fingerprint
    required: int

    def sentence(self, signed: Sequence[P256PublicKey]) -> str:
        """Who signed, and who could."""
        others = [key for key in self.members if key not in signed]
        have = self._listed(signed) or "nobody"
        could = self._listed(others) or "nobody else"
        return f"{self.required} must sign. Signed: {have}. Could sign: {could}."

    def _listed(self, keys: Iterable[P256PublicKey]) -> str:
        words = list(dict.fromkeys(map(self._word, keys)))
        if len(words) > NAMED:
            words[NAMED:] = [f"{len(words) - NAMED} more"]
        return ", ".join(words)

    def _word(self, key: P256PublicKey) -> str:
        return self.names.get(key.fingerprint) or f"key {spoken(key.fingerprint)}"


def privy_request(
    privy: Privy,
    keys: Mapping[str, P256Key],
    received: Received,
    line: LedgerLine,
) -> Explanation:
    """Why Privy's side refused. ``keys`` are those the emulator made, by name."""
    if line.verdict == "accepted" or not line.cause:
        return plain(line)
    if line.cause in _KNOWN_CAUSES:
        return Explanation.of(_KNOWN_CAUSES[line.cause], line.message)
    quorum = privy.signing_quorum(received)
    if quorum is None:
        return Explanation.of("not-a-signature")
    membership = _Membership(
        members=privy.leaves(quorum),
        names={key.public.fingerprint: name for name, key in keys.items()},
        required=quorum.required,
    )
    try:
        with_other_expiry = privy.is_signed_with_other_expiry(received, membership.members)
        behind = privy.as_signed(received)
        texts = privy.messages(behind)
    except Refusal:  # nobody signed it, and it could not have been signed either
        nobody = membership.sentence([])
        return Explanation.of("missing-co-signers", detail=nobody)
    if with_other_expiry:
        return Explanation.of("intent-expiry", texts[0])
    signatures = signatures_of(behind)
    if len(signatures) * len(membership.members) > EXPLAIN_PAIRS:
        sentence = (
            "Too many signatures and members to look for a mistake: "
            f"that is done up to {EXPLAIN_PAIRS} pairs."
        )
        return Explanation("unknown", sentence, texts[0])
    return _privy_signatures(
        privy,
        keys,
        lambda: chain(intent_texts(received, behind), privy_texts(behind)),
        membership,
        signatures,
        texts,
    )


def _privy_signatures(
    privy: Privy,
    keys: Mapping[str, P256Key],
    mistakes: Mistakes,
    membership: _Membership,
    signatures: Sequence[str],
    texts: Sequence[str],
) -> Explanation:
    """Why these signatures over these texts are not enough."""
    signed: list[P256PublicKey] = []
    for signature in signatures:
        signer = privy.signer(signature, membership.members, texts)
        if signer is not None:
            signed.append(signer)
            continue
        explanation = _of_no_member(privy, keys, mistakes, membership, signature, texts)
        if explanation is not None:
            return explanation
    name = "missing-co-signers"
    if len(set(signed)) < len(signed):
        name = "same-signer-twice"
    elif len(signed) < len(signatures):
        name = "unknown"
    return Explanation.of(name, texts[0], detail=membership.sentence(signed))


def _of_no_member(
    privy: Privy,
    keys: Mapping[str, P256Key],
    mistakes: Mistakes,
    membership: _Membership,
    signature: str,
    texts: Sequence[str],
) -> Explanation | None:
    """Why a signature is no member's over these texts; None where nothing is known of it."""
    mistake = _privy_mistake(signature, membership.members, mistakes, texts)
    if mistake is not None:
        name, text = mistake
        return Explanation.of(name, texts[0], text)
    others = [key.public for key in keys.values()]
    stranger = privy.signer(signature, others, texts)
    if stranger is None:
        return None
    fingerprint = stranger.fingerprint
    who = membership.names.get(fingerprint, spoken(fingerprint))
    detail = f"{who} signed, but is no member."
    return Explanation.of("not-a-member", texts[0], detail=detail)


def _privy_mistake(
    signature: str,
    members: Sequence[P256PublicKey],
    mistakes: Mistakes,
    texts: Sequence[str],
) -> Mistake | None:
    """The mistake that this signature of a member fits, and the text that was signed."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return None
    name = _privy_encoding_mistake(raw, members, texts)
    if name:
        return name, texts[0]
    for name, text in mistakes():
        if _any_verifies(members, raw, _bytes(text)):
            return name, text
    return None


def _privy_encoding_mistake(
    raw: bytes,
    members: Sequence[P256PublicKey],
    texts: Sequence[str],
) -> str:
    """What is wrong with how the right text was signed; empty where nothing is."""
    if len(raw) == RAW:
        der = _as_der(raw)
        if any(_any_verifies(members, der, _bytes(text)) for text in texts):
            return "raw-for-der"
    for text in texts:
        digest = hashlib.sha256(_bytes(text)).digest()
        if _any_verifies(members, raw, digest):
            return "hashed-again"
        if _any_verifies(members, raw, digest.hex().encode()):
            return "hex-digest"
    return ""


def _any_verifies(
    members: Sequence[P256PublicKey],
    signature: bytes,
    content: bytes,
) -> bool:
    return any(key.verify(signature, content) for key in members)
