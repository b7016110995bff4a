"""From the text of a key to its bytes, and refusals that carry none of it."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from toolkit.errors import InputError, KeyRefused

P = ParamSpec("P")
R = TypeVar("R")
# The Privy Dashboard hands keys out with these.
PREFIXES = ("wallet-auth:", "wallet-api:")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
# Labels that a refusal repeats; another one could be anything.
_LABELS = {
    "PUBLIC KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "RSA PUBLIC KEY",
    "CERTIFICATE",
    "CERTIFICATE REQUEST",
    "EC PARAMETERS",
    "OPENSSH PRIVATE KEY",
}


def without_text(load: Callable[P, R]) -> Callable[P, R]:
    """A loader whose refusal carries no frame, argument or context with the text it was given.

    Whatever the libraries raise becomes a KeyRefused: what they raise for damaged keys changes with
    their releases, and a panic of cryptography's Rust half is not even an Exception.
    """

    @functools.wraps(load)
    def sealed(*args: P.args, **kwargs: P.kwargs) -> R:
        kind: type[InputError] = KeyRefused
        stopped: type[BaseException] | None = None
        try:
            return load(*args, **kwargs)
        except InputError as refused:
            kind, what, hint = type(refused), refused.what, refused.hint
        except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError) as ending:
            stopped = type(ending)
        except BaseException:  # noqa: BLE001  # said as a refusal, below
            what, hint = _why_no_key(type((*args, *kwargs.values())[-1]))
        del args, kwargs
        if stopped is not None:
            raise stopped
        raise kind(what, hint=hint)

    return sealed


def _why_no_key(given: type) -> tuple[str, str]:
    """What to say of something of this type that is no key, and what to do."""
    if issubclass(given, str):
        return (
            "That is no key: it is damaged, or of a kind that is not known.",
            "Copy it again, whole.",
        )
    return (
        f"Key material must be text, not {given.__name__}.",
        "Decode it first, or use from_file.",
    )


def hex_bytes(text: str, sizes: tuple[int, ...], what: str) -> bytes:
    """The bytes that hex digits of one of these sizes spell, with or without ``0x``.

    Args:
        sizes: in bytes.
        what: which key it is, for the sentence of a refusal.

    Raises:
        KeyRefused: other characters, or another number of digits.
    """
    digits = text.strip()
    if digits[:2] in ("0x", "0X"):
        digits = digits[2:]
    if re.search(r"[^0-9a-fA-F]", digits):
        raise KeyRefused(
            f"{what} in hex has only the digits 0-9 and a-f.",
            hint="Remove everything else.",
        )
    lengths = [2 * size for size in sizes]
    if len(digits) in lengths:
        return bytes.fromhex(digits)
    if "private" in what and re.fullmatch(r"(02|03).{64}|04.{128}", digits):
        raise KeyRefused(
            f"{what} is needed, and this is a public key: "
            f"{len(digits)} digits, a point of a curve.",
            hint="Pass the private half (the API secret), not the public one (the API key).",
        )
    wanted = " or ".join(map(str, lengths))
    state = "followed by something else"
    if len(digits) < max(lengths):
        state = "truncated"
    raise KeyRefused(
        f"{what} in hex has {wanted} digits; this has {len(digits)}, so it is {state}.",
        hint="Copy it again, whole.",
    )


def base64_bytes(text: str, what: str) -> bytes:
    """The bytes of base64, line breaks inside it allowed. Raises KeyRefused."""
    try:
        return base64.b64decode(re.sub(r"[ \t\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        pass
    raise KeyRefused(
        f"{what} is not valid base64, so it is truncated or mistyped.",
        hint="Copy it again, whole.",
    )


def pem_block(text: str, what: str) -> tuple[str, bytes]:
    """Label and bytes of the one PEM block.

    Raises:
        KeyRefused: none, half of one, or other text around it.
    """
    block = _PEM.search(text)
    if not block:
        raise KeyRefused(
            f"{what} has no complete PEM block (BEGIN … END).",
            hint="Copy it again, both lines included.",
        )
    if _PEM.fullmatch(text.strip()) is None:
        raise KeyRefused(
            f"Other text stands before or after the PEM block of {what.lower()}.",
            hint="Leave only the block.",
        )
    label = block[1]
    if label not in _LABELS:
        label = "kind that is not known"
    return label, base64_bytes(block[2], what)


def must_be_whole(der: bytes, what: str) -> None:
    """Exactly one DER element, neither cut short nor followed by anything."""
    if len(der) < 2 or der[0] != 0x30:
        raise KeyRefused(
            f"{what} is not a DER structure.",
            hint="Expected base64 of PKCS#8 (private) or SPKI (public).",
        )
    announced = _announced(der, what)
    if len(der) < announced:
        raise KeyRefused(
            f"{what} is truncated: it announces {announced} bytes and has {len(der)}.",
            hint="Copy it again, whole.",
        )
    if len(der) > announced:
        raise KeyRefused(
            f"{what} is followed by {len(der) - announced} bytes of something else.",
            hint="Remove them.",
        )


def _announced(der: bytes, what: str) -> int:
    """How many bytes the element says that it has, its head included."""
    head = 2
    size = der[1]
    if size & 0x80:  # the long form: so many bytes of length follow
        digits = size & 0x7F
        # no key is that long; and the number would be bytes of the key, to be read in the refusal
        if digits > 4:
            raise KeyRefused(
                f"{what} is damaged: it announces an impossible length.",
                hint="Copy it again, whole.",
            )
        head += digits
        size = int.from_bytes(der[2:head], "big")
    return head + size


def is_spki(der: bytes) -> bool:
    """Whether these bytes are a public key."""
    try:
        serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def curve_of(native: object) -> str:
    """The curve of one of cryptography's keys, as we call it."""
    if isinstance(native, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return "Ed25519"
    if isinstance(native, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        if native.curve.name == "secp256r1":
            return "P-256"
        return native.curve.name
    kind = type(native).__name__
    kind = kind.removesuffix("PublicKey").removesuffix("PrivateKey")
    return kind.strip("_") or "another kind of"


def must_be_of_curve(native: object, curve: str, what: str) -> None:
    """Raises KeyRefused for a key of another curve."""
    if curve_of(native) != curve:
        raise KeyRefused(
            f"{what} is of the wrong curve: {curve_of(native)}, not {curve}.",
            hint=f"Use a {curve} key here.",
        )
