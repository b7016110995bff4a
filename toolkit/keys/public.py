"""Public keys: one identity each, whatever the spelling."""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import Any, ClassVar, Self

import nacl.bindings
import nacl.exceptions
import nacl.signing
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
)

from toolkit.errors import KeyRefused
from toolkit.keys.der import Recognised
from toolkit.keys.detect import recognise
from toolkit.keys.encoding import (
    hex_digits,
    is_just_hex,
    must_be_of_curve,
    why_not_hex,
    why_refused,
    without_text,
)

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_SHA256 = hashes.SHA256()
_PREHASHED = Prehashed(_SHA256)


class PublicKey:
    """One public key. Equal to every other spelling of the same key."""

    __slots__ = ("_native", "spki")
    curve: ClassVar[str]
    _hex_sizes: ClassVar[tuple[int, ...]]
    _native: Any
    _natives: ClassVar[type]

    def __init__(self, native: Any) -> None:
        if not isinstance(native, self._natives):
            kind = type(native).__name__
            del native  # it may be a key's text: no frame of the traceback holds it
            raise KeyRefused(
                f"{type(self).__name__} is not made of {kind}.",
                hint="Load the key with parse.",
            )
        self._native = native
        #: Canonical SubjectPublicKeyInfo (DER): Ed25519 44 bytes, secp256k1 88, P-256 91.
        self.spki: bytes = self._native.public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )

    @classmethod
    @without_text
    def from_hex(cls, text: str) -> Self:
        """Ed25519: 64 digits. secp256k1 and P-256: 66 (compressed) or 130 digits.

        Raises:
            KeyRefused: wrong length or digits, or not a point of the curve.
        """
        digits = hex_digits(text)
        if len(digits) in [2 * size for size in cls._hex_sizes]:
            return cls(cls._from_point(bytes.fromhex(digits)))
        known = recognise(text)
        if is_just_hex(known):
            raise why_not_hex(text, cls._hex_sizes, f"The {cls.curve} public key")
        return cls._of(known, text)

    @classmethod
    @without_text
    def from_pem(cls, text: str) -> Self:
        """A ``PUBLIC KEY`` block. Raises KeyRefused as ``parse`` does."""
        return cls._of(recognise(text), text)

    @classmethod
    @without_text
    def from_base64(cls, text: str) -> Self:
        """SPKI DER in base64; line breaks inside are fine. Raises KeyRefused as ``parse`` does."""
        return cls._of(recognise(text), text)

    @classmethod
    @without_text
    def parse(cls, text: str) -> Self:
        """Any accepted spelling: SPKI as PEM, base64 or base64url, a JWK, an SSH public key, and
        the bare point (or the 32 bytes of Ed25519) in hex or base64.

        Raises:
            KeyRefused: anything else, by its name; truncated, trailing bytes, wrong curve, or off
                the curve.
        """
        return cls._of(recognise(text), text)

    @classmethod
    def _of(cls, known: Recognised, text: str) -> Self:
        what = f"The {cls.curve} public key"
        is_public = known.native is not None and known.private == "no"
        if is_public and known.whole:
            must_be_of_curve(known.native, cls.curve, what)
            return cls(cls._from_point(cls._point(known.native)))
        if known.number and known.whole and known.private != "yes":
            point = cls._as_point(known.number)
            if point:
                return cls(cls._from_point(point))
        raise why_refused(known, what, "public", text)

    @classmethod
    def _as_point(cls, number: bytes) -> bytes:
        """Bare bytes as a point, where their number allows it."""
        return number if len(number) in cls._hex_sizes else b""

    @classmethod
    def _from_point(cls, point: bytes) -> Any:
        raise NotImplementedError

    @staticmethod
    def _point(native: Any) -> bytes:
        raise NotImplementedError

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical SPKI, 64 hex digits."""
        return hashlib.sha256(self.spki).hexdigest()

    def to_hex(self) -> str:
        """Ed25519: the 32 bytes. secp256k1 and P-256: the compressed point."""
        raise NotImplementedError

    def to_base64(self) -> str:
        """SPKI DER in base64 on one line: what Privy takes."""
        return base64.b64encode(self.spki).decode()

    def to_pem(self) -> str:
        """A ``PUBLIC KEY`` block."""
        pem: bytes = self._native.public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
        return pem.decode()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` was made over ``message`` with the private half."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.spki == self.spki

    def __hash__(self) -> int:
        return hash(self.spki)

    def __repr__(self) -> str:
        if not hasattr(self, "spki"):
            return f"<{type(self).__name__}, none>"
        return f"<{type(self).__name__} {spoken(self.fingerprint)}>"


class Ed25519PublicKey(PublicKey):
    """An Ed25519 public key: 32 bytes.

    >>> from toolkit.keys import Ed25519Key, Ed25519PublicKey
    >>> key = Ed25519Key.generate()
    >>> public = Ed25519PublicKey.from_hex(key.public.to_hex())
    >>> public == key.public, public.verify(key.sign(b"hello"), b"hello")
    (True, True)
    """

    __slots__ = ("_verify",)
    curve = "Ed25519"
    _hex_sizes = (32,)

    _natives = ed25519.Ed25519PublicKey

    def __init__(self, native: ed25519.Ed25519PublicKey) -> None:
        try:
            super().__init__(native)
        finally:
            del native
        self._verify = nacl.signing.VerifyKey(self._native.public_bytes_raw())

    @classmethod
    def _from_point(cls, point: bytes) -> ed25519.Ed25519PublicKey:
        if not nacl.bindings.crypto_core_ed25519_is_valid_point(point):
            raise KeyRefused(
                "The Ed25519 public key is not a point on the curve.",
                hint="Copy it again from its owner.",
            )
        return ed25519.Ed25519PublicKey.from_public_bytes(point)

    @staticmethod
    def _point(native: ed25519.Ed25519PublicKey) -> bytes:
        return native.public_bytes_raw()

    def to_hex(self) -> str:
        """The point: 64 hex digits, lower case."""
        return self._point(self._native).hex()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether it signed this message. False for what is no signature, too."""
        try:
            self._verify.verify(message, signature)
        except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError):
            return False
        return True


class _EcPublicKey(PublicKey):
    __slots__ = ()
    _natives = ec.EllipticCurvePublicKey
    _hex_sizes = (33, 65)
    _native_curve: ClassVar[ec.EllipticCurve]

    @classmethod
    def _as_point(cls, number: bytes) -> bytes:
        if len(number) != 64:
            return super()._as_point(number)
        point = b"\x04" + number  # as some write it: without the 04
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(cls._native_curve, point)
        except ValueError:
            return b""
        return point

    @classmethod
    def _from_point(cls, point: bytes) -> ec.EllipticCurvePublicKey:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(cls._native_curve, point)
        except ValueError:
            pass
        raise KeyRefused(
            f"The {cls.curve} public key is not a point on the curve.",
            hint="Copy it again from its owner.",
        )

    @staticmethod
    def _point(native: ec.EllipticCurvePublicKey) -> bytes:
        return native.public_bytes(
            serialization.Encoding.X962,
            serialization.PublicFormat.UncompressedPoint,
        )

    def to_hex(self) -> str:
        """The compressed point: 66 hex digits, lower case."""
        point: bytes = self._native.public_bytes(
            serialization.Encoding.X962,
            serialization.PublicFormat.CompressedPoint,
        )
        return point.hex()

    def _verify_with(self, signature: bytes, data: bytes, algorithm: Any) -> bool:
        try:
            self._native.verify(signature, data, ec.ECDSA(algorithm))
        except (InvalidSignature, ValueError):
            return False
        return True

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether it signed this message's SHA-256. False for what is not DER, too."""
        return self._verify_with(signature, message, _SHA256)

    def verify_digest(self, signature: bytes, digest: bytes) -> bool:
        """As ``verify``, for the SHA-256 digest of the message (32 bytes)."""
        return len(digest) == 32 and self._verify_with(signature, digest, _PREHASHED)


class Secp256k1PublicKey(_EcPublicKey):
    """A secp256k1 public key; ``verify`` accepts either S (low-S is the caller's rule to make).

    >>> from toolkit.keys import Secp256k1Key, Secp256k1PublicKey
    >>> key = Secp256k1Key.generate()
    >>> public = Secp256k1PublicKey.from_hex(key.public.to_hex())
    >>> public == key.public, public.verify(key.sign(b"hello"), b"hello")
    (True, True)
    """

    __slots__ = ()
    curve = "secp256k1"
    _native_curve = ec.SECP256K1()


class P256PublicKey(_EcPublicKey):
    """A P-256 (secp256r1, prime256v1) public key.

    >>> from toolkit.keys import P256Key, P256PublicKey
    >>> key = P256Key.generate()
    >>> public = P256PublicKey.parse(key.public.to_base64())
    >>> public == key.public, len(public.fingerprint)
    (True, 64)
    """

    __slots__ = ()
    curve = "P-256"
    _native_curve = ec.SECP256R1()

    @classmethod
    def fingerprint_of(cls, text: str) -> str | None:
        """The fingerprint of a key that is spelled as canonical SPKI in base64, on one line.

        The same as ``parse(text).fingerprint``, for who meets the same keys again and again: that
        its point is on the curve is looked at once. None for any other spelling, and for what is no
        key.
        """
        if len(text) != _P256_SIZE or not text.startswith(_P256_BEGINS):
            return None
        try:
            spki = base64.b64decode(text, validate=True)
            if len(spki) != _P256_BYTES:
                return None  # without the padding it is longer
            return _p256_fingerprint(spki)
        except (KeyRefused, ValueError):
            return None


# How the canonical SPKI of every P-256 key begins, up to its point, in base64; and its whole size
# in characters and in bytes.
_P256_BEGINS = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
_P256_SIZE, _P256_BYTES = 124, 91


@functools.lru_cache(maxsize=131_072)  # some 40 MB at most
def _p256_fingerprint(spki: bytes) -> str:
    """Raises KeyRefused where the point, the last 65 bytes, is not on the curve."""
    P256PublicKey._from_point(spki[-65:])  # noqa: SLF001  # of this module
    return hashlib.sha256(spki).hexdigest()


def spoken(fingerprint: str) -> str:
    """The first twelve hex digits in groups of four, to compare by voice: ``9b41 77e0 c2d5``."""
    return " ".join(fingerprint[i : i + 4] for i in (0, 4, 8))


def is_low_s(signature: bytes) -> bool:
    """Whether a DER secp256k1 signature has its S in the lower half. False for what is not DER."""
    try:
        _, s = decode_dss_signature(signature)
    except ValueError:
        return False
    return s <= SECP256K1_ORDER // 2
