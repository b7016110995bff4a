"""Private keys: they sign, and have no spelling."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any, ClassVar, Self

import nacl.bindings
import nacl.exceptions
import nacl.signing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from toolkit.base.home import at_home
from toolkit.base.owner_only import close_handle_to_others
from toolkit.errors import InputError, KeyRefused
from toolkit.keys.der import Recognised, curve_of
from toolkit.keys.detect import everything_in, of_file, recognise
from toolkit.keys.encoding import (
    hex_digits,
    is_just_hex,
    must_be_of_curve,
    why_not_hex,
    why_refused,
    without_text,
)
from toolkit.keys.public import (
    _PREHASHED,
    SECP256K1_ORDER,
    Ed25519PublicKey,
    P256PublicKey,
    PublicKey,
    Secp256k1PublicKey,
    spoken,
)
from toolkit.keys.secret import Sealed, Secret, Veiled, file_content, name_of_file

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


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
    @without_text
    def from_hex(cls, text: str) -> Self:
        """64 hex digits: the Ed25519 seed, or the ECDSA scalar (what Cobo calls the API secret).

        Raises:
            KeyRefused: not 64 hex digits, or a scalar outside the curve's order.
        """
        digits = hex_digits(text)
        if len(digits) == 64:
            return cls(cls._from_number(bytes.fromhex(digits)))
        known = recognise(text)
        if is_just_hex(known):
            raise why_not_hex(text, (32,), f"The {cls.curve} private key")
        return cls._of(known, text)

    @classmethod
    @without_text
    def from_pem(cls, text: str) -> Self:
        """One unencrypted ``PRIVATE KEY`` (PKCS#8) or ``EC PRIVATE KEY`` block.

        An ``EC PARAMETERS`` block may stand before it.

        Raises:
            KeyRefused: no such block, encrypted, truncated, other text around it, or of another
                curve.
        """
        return cls._of(recognise(text), text)

    @classmethod
    @without_text
    def from_base64(cls, text: str) -> Self:
        """PKCS#8 DER in base64, with or without ``wallet-auth:`` or ``wallet-api:`` before it.

        Raises:
            KeyRefused: not base64, not PKCS#8, truncated, trailing bytes, or of another curve.
        """
        return cls._of(recognise(text), text)

    @classmethod
    @without_text
    def parse(cls, text: str) -> Self:
        """Any accepted spelling: PEM, base64 or base64url of PKCS#8 or SEC1, a JWK, and the bare
        number in hex or base64.

        Raises:
            KeyRefused: anything else, by its name; encrypted, truncated, trailing bytes, of another
                curve, or a scalar outside the curve's order.
        """
        digits = hex_digits(text)
        if digits and len(digits) != 64:
            return cls.from_hex(text)
        return cls._of(recognise(text), text)

    @classmethod
    def _of(cls, known: Recognised, text: str) -> Self:
        what = f"The {cls.curve} private key"
        if known.native is not None and known.private == "yes" and known.whole:
            must_be_of_curve(known.native, cls.curve, what)
            return cls(cls._own(known.native))
        if known.whole and len(known.number) == 32:
            return cls(cls._from_number(known.number))
        raise why_refused(known, what, "private", text)

    @classmethod
    @without_text
    def from_file(cls, path: str | Path) -> Self:
        """From a file that holds any accepted spelling, DER, or the bare bytes of the number.

        Raises:
            InputError: it cannot be read.
            KeyRefused: it holds no such key.
        """
        content = file_content(path)
        known = of_file(content)
        if known is not None:
            return cls._of(known, "")
        return cls.parse(Secret.of_content(content, name_of_file(path)).reveal())

    @classmethod
    @without_text
    def from_env(cls, name: str, *, env_file: str | Path | None = None) -> Self:
        """From an environment variable that holds any accepted spelling.

        Args:
            env_file: a file of ``NAME=value`` lines to read it from, instead.

        Raises:
            InputError: it is not set, or the file cannot be read.
            KeyRefused: it holds no such key.
        """
        return cls.parse(Secret.from_env(name, env_file=env_file).reveal())

    @classmethod
    def prompt(cls, label: str = "Private key") -> Self:
        """Asked for with hidden input. Raises InputError (nobody there) or KeyRefused."""
        return cls.parse(Secret.prompt(label).reveal())

    @classmethod
    def _from_number(cls, number: bytes) -> Any:
        raise NotImplementedError

    @classmethod
    def _own(cls, native: Any) -> Any:
        return native

    @classmethod
    def _public_half(cls, native: Any) -> PublicKey:
        raise NotImplementedError

    def _for_export(self) -> Any:
        return self._native

    def stands_in(self, text: str) -> bool:
        """Whether a text has this key's private half in it, in any spelling that is recognised."""
        return any(self._is(known) for known in everything_in(text))

    def _is(self, known: Recognised) -> bool:
        if len(known.number) == 32:
            try:
                return bool(type(self)(self._from_number(known.number)).public == self.public)
            except KeyRefused:  # a number that is no key of this curve
                return False
        if known.native is None or known.private != "yes":
            return False
        return curve_of(known.native) == self.curve and bool(
            type(self)(self._own(known.native)).public == self.public
        )

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
        target = at_home(path)
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise InputError(
                f"{target} exists; a key is never written over a file.",
                hint="Choose another name.",
            ) from None
        except OSError as error:
            raise InputError(
                f"{target} cannot be written: {error.strerror}.",
                hint="Choose another place.",
            ) from None
        except ValueError:  # NUL, or half of a character
            raise InputError(
                f"{target} is no name that a file can have.",
                hint="Choose another name.",
            ) from None
        try:
            with os.fdopen(handle, "wb") as file:
                close_handle_to_others(handle)
                file.write(
                    self._for_export().private_bytes(
                        serialization.Encoding.PEM,
                        serialization.PrivateFormat.PKCS8,
                        serialization.NoEncryption(),
                    )
                )
                file.flush()
                os.fsync(handle)
        except OSError as error:  # a full disk: half a key is none
            reason = error.strerror
        else:
            return target
        target.unlink(missing_ok=True)
        raise InputError(
            f"{target} cannot be written: {reason}.",
            hint="Choose another place.",
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateKey) and bool(other.public == self.public)

    def __hash__(self) -> int:
        return hash(self.public)

    def __repr__(self) -> str:
        # one that was refused while it was made: a debugger shows it all the same
        if not hasattr(self, "public"):
            return f"<{type(self).__name__}, none>"
        return f"<{type(self).__name__} {spoken(self.fingerprint)}, private half hidden>"


class Ed25519Key(PrivateKey):
    """An Ed25519 private key: what Cobo registers by default.

    >>> from toolkit.keys import Ed25519Key
    >>> key = Ed25519Key.generate()
    >>> Ed25519Key.from_hex(key.reveal_hex()) == key
    True
    """

    __slots__ = ()
    curve = "Ed25519"
    _natives = Veiled  # the seed and, behind it, the public half: what libsodium signs with
    public: Ed25519PublicKey

    @classmethod
    def generate(cls) -> Self:
        """A new key, from the operating system's random source."""
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
        """The signature, 64 bytes. Raises InputError for a message that is not bytes."""
        if not isinstance(message, bytes):
            raise InputError(
                f"A message to sign must be bytes, not {type(message).__name__}.",
                hint="Encode it first.",
            )
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
        """A new key, from the operating system's random source."""
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
        """The DER signature over the message's SHA-256."""
        return self.sign_digest(hashlib.sha256(message).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        """The DER signature over a SHA-256 digest (32 bytes) that is not hashed again."""
        signature: bytes = self._native.sign(digest, ec.ECDSA(_PREHASHED))
        return signature


class Secp256k1Key(_EcKey):
    """A secp256k1 private key. Its signatures are always low-S, as Cobo's SDKs send them.

    >>> from toolkit.keys import Secp256k1Key
    >>> key = Secp256k1Key.generate()
    >>> key.fingerprint == key.public.fingerprint
    True
    """

    __slots__ = ()
    curve = "secp256k1"
    _native_curve = ec.SECP256K1()
    _order = SECP256K1_ORDER
    public: Secp256k1PublicKey

    @classmethod
    def _public_half(cls, native: ec.EllipticCurvePrivateKey) -> Secp256k1PublicKey:
        return Secp256k1PublicKey(native.public_key())

    def sign_digest(self, digest: bytes) -> bytes:
        """As for every curve, and always low-S."""
        signature = super().sign_digest(digest)
        r, s = decode_dss_signature(signature)
        if s <= SECP256K1_ORDER // 2:
            return signature
        return encode_dss_signature(r, SECP256K1_ORDER - s)


class P256Key(_EcKey):
    """A P-256 private key: what Privy calls an authorization key.

    >>> from toolkit.keys import P256Key
    >>> key = P256Key.generate()
    >>> key.public.fingerprint == key.fingerprint
    True
    """

    __slots__ = ()
    curve = "P-256"
    _native_curve = ec.SECP256R1()
    _order = P256_ORDER
    public: P256PublicKey

    @classmethod
    def _public_half(cls, native: ec.EllipticCurvePrivateKey) -> P256PublicKey:
        return P256PublicKey(native.public_key())
