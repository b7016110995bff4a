"""Keys that sign: Ed25519, secp256k1 and P-256, private and public.

A key has one identity, whatever its spelling: the text is parsed, the curve and the point are checked,
the key is encoded again as canonical SPKI, and ``fingerprint`` is SHA-256 of those bytes. Private keys
are shown by their public half only.

Signatures are raw bytes: 64 bytes for Ed25519 (RFC 8032), DER for the two ECDSA curves.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, Self, TypeVar

import nacl.bindings
import nacl.exceptions
import nacl.signing
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)

from toolkit.errors import InputError, KeyRefused
from toolkit.secret import Sealed, Secret, Veiled

P = ParamSpec("P")
R = TypeVar("R")
PREFIXES = ("wallet-auth:", "wallet-api:")  # the Privy Dashboard hands keys out with these
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
_LABELS = {"PUBLIC KEY", "PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "RSA PUBLIC KEY"}
_LABELS |= {"CERTIFICATE", "CERTIFICATE REQUEST", "EC PARAMETERS", "OPENSSH PRIVATE KEY"}  # others are not repeated
_SHA256 = hashes.SHA256()
_PREHASHED = Prehashed(_SHA256)


# ---- from text to bytes --------------------------------------------------------------------------


def _without_text(load: Callable[P, R]) -> Callable[P, R]:
    """A loader whose refusal carries no frame, argument or context that holds the text it was given.

    Whatever the libraries raise becomes a KeyRefused: what they raise for damaged keys changes with their releases, and
    a panic of cryptography's Rust half is not even an Exception.
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
            given = type((*args, *kwargs.values())[-1])
            if issubclass(given, str):
                what, hint = "That is no key: it is damaged, or of a kind that is not known.", "Copy it again, whole."
            else:
                what = f"Key material must be text, not {given.__name__}."
                hint = "Decode it first, or use from_file."
        del args, kwargs
        if stopped is not None:
            raise stopped
        raise kind(what, hint=hint)

    return sealed


def _from_hex(text: str, sizes: tuple[int, ...], what: str) -> bytes:
    digits = text.strip()
    digits = digits[2:] if digits[:2] in ("0x", "0X") else digits
    if re.search(r"[^0-9a-fA-F]", digits):
        raise KeyRefused(f"{what} in hex has only the digits 0-9 and a-f.", hint="Remove everything else.")
    if len(digits) not in [2 * size for size in sizes]:
        if "private" in what and re.fullmatch(r"(02|03).{64}|04.{128}", digits):
            raise KeyRefused(
                f"{what} is needed, and this is a public key: {len(digits)} digits, a point of a curve.",
                hint="Pass the private half (the API secret), not the public one (the API key).",
            )
        wanted = " or ".join(str(2 * size) for size in sizes)
        state = "truncated" if len(digits) < 2 * max(sizes) else "followed by something else"
        raise KeyRefused(
            f"{what} in hex has {wanted} digits; this has {len(digits)}, so it is {state}.",
            hint="Copy it again, whole.",
        )
    return bytes.fromhex(digits)


def _from_base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(re.sub(r"[ \t\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        pass
    raise KeyRefused(f"{what} is not valid base64, so it is truncated or mistyped.", hint="Copy it again, whole.")


def _from_pem(text: str, what: str) -> tuple[str, bytes]:
    found = _PEM.search(text)
    if not found:
        raise KeyRefused(f"{what} has no complete PEM block (BEGIN … END).", hint="Copy it again, both lines included.")
    if _PEM.fullmatch(text.strip()) is None:
        raise KeyRefused(
            f"Other text stands before or after the PEM block of {what.lower()}.", hint="Leave only the block."
        )
    return found[1] if found[1] in _LABELS else "kind that is not known", _from_base64(found[2], what)


def _whole(der: bytes, what: str) -> None:
    """Exactly one DER element, neither cut short nor followed by anything."""
    if len(der) < 2 or der[0] != 0x30:
        raise KeyRefused(
            f"{what} is not a DER structure.", hint="Expected base64 of PKCS#8 (private) or SPKI (public)."
        )
    head, size = 2, der[1]
    if size & 0x80:
        digits = size & 0x7F
        if digits > 4:  # no key is that long; and the number would be bytes of the key, to be read in the refusal
            raise KeyRefused(f"{what} is damaged: it announces an impossible length.", hint="Copy it again, whole.")
        head += digits
        size = int.from_bytes(der[2:head], "big")
    if len(der) < head + size:
        raise KeyRefused(
            f"{what} is truncated: it announces {head + size} bytes and has {len(der)}.", hint="Copy it again, whole."
        )
    if len(der) > head + size:
        raise KeyRefused(
            f"{what} is followed by {len(der) - head - size} bytes of something else.", hint="Remove them."
        )


def _is_spki(der: bytes) -> bool:
    try:
        serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _curve_of(native: object) -> str:
    if isinstance(native, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return "Ed25519"
    if isinstance(native, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return {"secp256r1": "P-256"}.get(native.curve.name, native.curve.name)
    return type(native).__name__.removesuffix("PublicKey").removesuffix("PrivateKey").strip("_") or "another kind of"


def _expect(native: object, curve: str, what: str) -> None:
    if _curve_of(native) != curve:
        raise KeyRefused(
            f"{what} is of the wrong curve: {_curve_of(native)}, not {curve}.", hint=f"Use a {curve} key here."
        )


# ---- public keys ---------------------------------------------------------------------------------


class PublicKey:
    """One public key. Equal to every other spelling of the same key."""

    __slots__ = ("_native", "spki")
    curve: ClassVar[str]
    _spki_size: ClassVar[int]
    _hex_sizes: ClassVar[tuple[int, ...]]
    _native: Any
    _natives: ClassVar[type]

    def __init__(self, native: Any) -> None:
        if not isinstance(native, self._natives):
            kind = type(native).__name__
            del native  # it may be a key's text: no frame of the traceback holds it
            raise KeyRefused(f"{type(self).__name__} is not made of {kind}.", hint="Load the key with parse.")
        self._native = native
        #: Canonical SubjectPublicKeyInfo (DER): Ed25519 44 bytes, secp256k1 88, P-256 91.
        self.spki: bytes = self._native.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @classmethod
    @_without_text
    def from_hex(cls, text: str) -> Self:
        """Ed25519: 64 digits. secp256k1 and P-256: 66 (compressed) or 130 digits.

        Raises:
            KeyRefused: wrong length or digits, or not a point of the curve.
        """
        return cls(cls._from_point(_from_hex(text, cls._hex_sizes, f"The {cls.curve} public key")))

    @classmethod
    @_without_text
    def from_pem(cls, text: str) -> Self:
        """A ``PUBLIC KEY`` block. Raises KeyRefused as ``from_base64`` does."""
        what = f"The {cls.curve} public key"
        label, der = _from_pem(text, what)
        if label != "PUBLIC KEY":
            raise KeyRefused(f"This is a PEM block of a {label}.", hint="A PUBLIC KEY block is needed.")
        return cls._from_der(der)

    @classmethod
    @_without_text
    def from_base64(cls, text: str) -> Self:
        """SPKI DER in base64; line breaks inside are fine.

        Raises:
            KeyRefused: not base64, not SPKI, truncated, trailing bytes, wrong curve, or off the curve.
        """
        return cls._from_der(_from_base64(text, f"The {cls.curve} public key"))

    @classmethod
    @_without_text
    def parse(cls, text: str) -> Self:
        """Any accepted spelling: PEM, hex or base64 SPKI."""
        if "-----" in text:
            return cls.from_pem(text)
        if re.fullmatch(r"(0[xX])?[0-9a-fA-F]+", text.strip()):
            return cls.from_hex(text)
        return cls.from_base64(text)

    @classmethod
    def _from_der(cls, der: bytes) -> Self:
        what = f"The {cls.curve} public key"
        _whole(der, what)
        try:
            native = serialization.load_der_public_key(der)
        except (ValueError, UnsupportedAlgorithm):
            # a key of our own curve that does not load has a bad point; anything else is not a key
            reason = (
                "names a point that is not on the curve" if len(der) == cls._spki_size else "is not a public key (SPKI)"
            )
            raise KeyRefused(f"{what} {reason}.", hint="Copy it again from its owner.") from None
        _expect(native, cls.curve, what)
        return cls(cls._from_point(cls._point(native)))

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
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
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
    """An Ed25519 public key: 32 bytes."""

    __slots__ = ("_verify",)
    curve = "Ed25519"
    _spki_size = 44
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
                "The Ed25519 public key is not a point on the curve.", hint="Copy it again from its owner."
            )
        return ed25519.Ed25519PublicKey.from_public_bytes(point)

    @staticmethod
    def _point(native: ed25519.Ed25519PublicKey) -> bytes:
        return native.public_bytes_raw()

    def to_hex(self) -> str:
        return self._point(self._native).hex()

    def verify(self, signature: bytes, message: bytes) -> bool:
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
    def _from_point(cls, point: bytes) -> ec.EllipticCurvePublicKey:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(cls._native_curve, point)
        except ValueError:
            pass
        raise KeyRefused(
            f"The {cls.curve} public key is not a point on the curve.", hint="Copy it again from its owner."
        )

    @staticmethod
    def _point(native: ec.EllipticCurvePublicKey) -> bytes:
        return native.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def to_hex(self) -> str:
        point: bytes = self._native.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
        return point.hex()

    def _verify_with(self, signature: bytes, data: bytes, algorithm: Any) -> bool:
        try:
            self._native.verify(signature, data, ec.ECDSA(algorithm))
        except (InvalidSignature, ValueError):
            return False
        return True

    def verify(self, signature: bytes, message: bytes) -> bool:
        return self._verify_with(signature, message, _SHA256)

    def verify_digest(self, signature: bytes, digest: bytes) -> bool:
        """As ``verify``, for the SHA-256 digest of the message (32 bytes)."""
        return len(digest) == 32 and self._verify_with(signature, digest, _PREHASHED)


class Secp256k1PublicKey(_EcPublicKey):
    """A secp256k1 public key; ``verify`` accepts either S (low-S is the caller's rule to make)."""

    __slots__ = ()
    curve = "secp256k1"
    _spki_size = 88
    _native_curve = ec.SECP256K1()


class P256PublicKey(_EcPublicKey):
    """A P-256 (secp256r1, prime256v1) public key."""

    __slots__ = ()
    curve = "P-256"
    _spki_size = 91
    _native_curve = ec.SECP256R1()


# ---- private keys --------------------------------------------------------------------------------


class PrivateKey(Sealed):
    """A private key. Its repr shows the public half; nothing shows the private one."""

    __slots__ = ("_native", "public")
    curve: ClassVar[str]
    _native: Any
    _natives: ClassVar[type]
    #: The public half.
    public: Any

    def __init__(self, native: Any) -> None:
        if not isinstance(native, self._natives):
            kind = type(native).__name__
            del native  # no frame of the traceback holds its spelling
            raise KeyRefused(
                f"{type(self).__name__} is not made of {kind}.",
                hint="Load the key with parse, from_file, from_env or prompt.",
            )
        self._native = native
        self.public = self._public_half(native)

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's random source."""
        raise NotImplementedError

    @classmethod
    @_without_text
    def from_hex(cls, text: str) -> Self:
        """64 hex digits: the Ed25519 seed, or the ECDSA scalar (what Cobo calls the API secret).

        Raises:
            KeyRefused: not 64 hex digits, or a scalar outside the curve's order.
        """
        return cls(cls._from_number(_from_hex(text, (32,), f"The {cls.curve} private key")))

    @classmethod
    @_without_text
    def from_pem(cls, text: str) -> Self:
        """One unencrypted ``PRIVATE KEY`` (PKCS#8) or ``EC PRIVATE KEY`` block.

        Raises:
            KeyRefused: no such block, encrypted, truncated, other text around it, or of another curve.
        """
        what = f"The {cls.curve} private key"
        label, der = _from_pem(text, what)
        if label == "ENCRYPTED PRIVATE KEY":
            raise KeyRefused(
                "The private key is encrypted.", hint="Decrypt it first: openssl pkcs8 -in key.pem -out plain.pem"
            )
        if label not in ("PRIVATE KEY", "EC PRIVATE KEY"):
            raise KeyRefused(f"This is a PEM block of a {label}.", hint="A PRIVATE KEY block is needed.")
        return cls._from_der(der)

    @classmethod
    @_without_text
    def from_base64(cls, text: str) -> Self:
        """PKCS#8 DER in base64, with or without ``wallet-auth:`` or ``wallet-api:`` before it.

        Raises:
            KeyRefused: not base64, not PKCS#8, truncated, trailing bytes, or of another curve.
        """
        for prefix in PREFIXES:
            text = text.strip().removeprefix(prefix)
        return cls._from_der(_from_base64(text, f"The {cls.curve} private key"))

    @classmethod
    @_without_text
    def parse(cls, text: str) -> Self:
        """Any accepted spelling: PEM, hex or base64 PKCS#8."""
        if "-----" in text:
            return cls.from_pem(text)
        if re.fullmatch(r"\s*(0[xX])?[0-9a-fA-F]+\s*", text):
            return cls.from_hex(text)
        return cls.from_base64(text)

    @classmethod
    @_without_text
    def from_file(cls, path: str | Path) -> Self:
        """From a file that holds any accepted spelling. Raises InputError (unreadable) or KeyRefused."""
        return cls.parse(Secret.from_file(path).reveal())

    @classmethod
    @_without_text
    def from_env(cls, name: str) -> Self:
        """From an environment variable that holds any accepted spelling. Raises InputError (unset) or KeyRefused."""
        return cls.parse(Secret.from_env(name).reveal())

    @classmethod
    def prompt(cls, label: str = "Private key") -> Self:
        """Asked for with hidden input. Raises InputError (nobody there) or KeyRefused."""
        return cls.parse(Secret.prompt(label).reveal())

    @classmethod
    def _from_number(cls, number: bytes) -> Any:
        raise NotImplementedError

    @classmethod
    def _from_der(cls, der: bytes) -> Self:
        what = f"The {cls.curve} private key"
        _whole(der, what)
        try:
            native = serialization.load_der_private_key(der, password=None)
        except TypeError:
            raise KeyRefused("The private key is encrypted.", hint="Decrypt it first.") from None
        except (ValueError, UnsupportedAlgorithm):
            if _is_spki(der):
                raise KeyRefused(
                    f"{what} is needed, and this is a public key.", hint="Pass the private half."
                ) from None
            raise KeyRefused(f"{what} is not a private key (PKCS#8).", hint="Copy it again, whole.") from None
        _expect(native, cls.curve, what)
        return cls(cls._own(native))

    @classmethod
    def _own(cls, native: Any) -> Any:
        return native

    @classmethod
    def _public_half(cls, native: Any) -> PublicKey:
        raise NotImplementedError

    def _for_export(self) -> Any:
        return self._native

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public half's canonical SPKI, 64 hex digits."""
        fingerprint: str = self.public.fingerprint
        return fingerprint

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``: 64 bytes (Ed25519) or DER over its SHA-256 (ECDSA)."""
        raise NotImplementedError

    def save(self, path: str | Path) -> Path:
        """Write it as a PKCS#8 PEM file that only you can read (mode 0600). Returns the path.

        Raises:
            InputError: the file exists (a key is never overwritten), or cannot be written.
        """
        target = Path(path).expanduser()
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise InputError(
                f"{target} exists; a key is never written over a file.", hint="Choose another name."
            ) from None
        except OSError as error:
            raise InputError(f"{target} cannot be written: {error.strerror}.", hint="Choose another place.") from None
        except ValueError:  # NUL, or half of a character
            raise InputError(f"{target} is no name that a file can have.", hint="Choose another name.") from None
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(handle, 0o600)  # whatever the umask says
                file.write(
                    self._for_export().private_bytes(
                        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                    )
                )
                file.flush()
                os.fsync(handle)
        except OSError as error:  # a full disk: half a key is none
            reason = error.strerror
        else:
            return target
        target.unlink(missing_ok=True)
        raise InputError(f"{target} cannot be written: {reason}.", hint="Choose another place.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateKey) and bool(other.public == self.public)

    def __hash__(self) -> int:
        return hash(self.public)

    def __repr__(self) -> str:
        if not hasattr(self, "public"):  # refused while it was made; a debugger shows it all the same
            return f"<{type(self).__name__}, none>"
        return f"<{type(self).__name__} {spoken(self.fingerprint)}, private half hidden>"


class Ed25519Key(PrivateKey):
    """An Ed25519 private key: what Cobo registers by default."""

    __slots__ = ()
    curve = "Ed25519"
    _natives = Veiled  # the seed and, behind it, the public half: what libsodium signs with
    public: Ed25519PublicKey

    @classmethod
    def generate(cls) -> Self:
        return cls(cls._from_number(secrets.token_bytes(32)))

    @classmethod
    def _from_number(cls, number: bytes) -> Veiled:
        return Veiled(nacl.bindings.crypto_sign_seed_keypair(number)[1])

    @classmethod
    def _own(cls, native: ed25519.Ed25519PrivateKey) -> Veiled:
        return cls._from_number(native.private_bytes_raw())

    @classmethod
    def _public_half(cls, native: Veiled) -> Ed25519PublicKey:
        return Ed25519PublicKey(ed25519.Ed25519PublicKey.from_public_bytes(native.reveal()[32:]))

    def _for_export(self) -> ed25519.Ed25519PrivateKey:
        return ed25519.Ed25519PrivateKey.from_private_bytes(self._native.reveal()[:32])

    def sign(self, message: bytes) -> bytes:
        if not isinstance(message, bytes):
            raise InputError(f"A message to sign must be bytes, not {type(message).__name__}.", hint="Encode it first.")
        try:
            signature: bytes = nacl.bindings.crypto_sign(message, self._native.reveal())[:64]
        except KeyboardInterrupt:  # the library's frame has the key in a variable
            pass
        else:
            return signature
        raise KeyboardInterrupt("Interrupted while signing.")

    def reveal_hex(self) -> str:
        """The seed itself, 64 hex digits: what Cobo calls the API secret. Do not print it."""
        seed: bytes = self._native.reveal()[:32]
        return seed.hex()


class _EcKey(PrivateKey):
    __slots__ = ()
    _natives = ec.EllipticCurvePrivateKey
    _native_curve: ClassVar[ec.EllipticCurve]
    _order: ClassVar[int]

    @classmethod
    def generate(cls) -> Self:
        return cls(ec.generate_private_key(cls._native_curve))

    @classmethod
    def _from_number(cls, number: bytes) -> ec.EllipticCurvePrivateKey:
        scalar = int.from_bytes(number, "big")
        if not 0 < scalar < cls._order:  # older releases of cryptography do not look
            raise KeyRefused(
                f"The {cls.curve} private key is zero or not below the order of the curve.",
                hint="Generate another one.",
            )
        return ec.derive_private_key(scalar, cls._native_curve)

    def sign(self, message: bytes) -> bytes:
        return self.sign_digest(hashlib.sha256(message).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        """The DER signature over a SHA-256 digest (32 bytes) that is not hashed again."""
        signature: bytes = self._native.sign(digest, ec.ECDSA(_PREHASHED))
        return signature


class Secp256k1Key(_EcKey):
    """A secp256k1 private key. Its signatures are always low-S, as Cobo's SDKs send them."""

    __slots__ = ()
    curve = "secp256k1"
    _native_curve = ec.SECP256K1()
    _order = SECP256K1_ORDER
    public: Secp256k1PublicKey

    @classmethod
    def _public_half(cls, native: ec.EllipticCurvePrivateKey) -> Secp256k1PublicKey:
        return Secp256k1PublicKey(native.public_key())

    def sign_digest(self, digest: bytes) -> bytes:
        signature = super().sign_digest(digest)
        r, s = decode_dss_signature(signature)
        return signature if s <= SECP256K1_ORDER // 2 else encode_dss_signature(r, SECP256K1_ORDER - s)


class P256Key(_EcKey):
    """A P-256 private key: what Privy calls an authorization key."""

    __slots__ = ()
    curve = "P-256"
    _native_curve = ec.SECP256R1()
    _order = P256_ORDER
    public: P256PublicKey

    @classmethod
    def _public_half(cls, native: ec.EllipticCurvePrivateKey) -> P256PublicKey:
        return P256PublicKey(native.public_key())


# ---- words about keys ----------------------------------------------------------------------------


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


# How PKCS#8 and SEC1 private keys of our three curves begin, in base64.
_PRIVATE_BEGINNINGS = ("MIGHAgEAMBMG", "MIGEAgEAMBAG", "MEECAQAwEwYH", "MHcCAQEE", "MHQCAQEE", "MC4CAQAwBQYDK2Vw")


# The same in hex.
_PRIVATE_HEX = (
    "308187020100301306",
    "308184020100301006",
    "3041020100301306",
    "30770201010420",
    "302e020100300506032b6570",
)


def is_private(text: str) -> bool:
    """Whether a text is, or begins like, a private key: something not to show or send, even if it is cut or quoted.

    PEM, base64 and base64url PKCS#8, with the Dashboard's prefixes; a JSON Web Key; and bare numbers: 32 bytes (or 64,
    with the public half) in hex, with or without blanks, colons or commas between, or 32 bytes in padded base64. All of
    it behind ``NAME=``, too, and in quotes.
    """
    plain = text.replace("-", "+").replace("_", "/") if "-----" not in text else text
    if "PRIVATE KEY" in text or any(prefix.replace("-", "+") in plain for prefix in PREFIXES):
        return True
    if any(start in plain for start in _PRIVATE_BEGINNINGS) or re.search(r'"d"\s*:\s*"', text):
        return True
    bare = re.sub(r"^\s*(export\s+)?\w+\s*=(?=.)", "", text).strip(" \t\r\n'\"")
    digits = re.sub(r"[\s:,]", "", bare).lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{128}", digits) or digits.startswith(_PRIVATE_HEX):
        return True
    return re.fullmatch(r"[A-Za-z0-9+/_-]{43}=", bare) is not None
