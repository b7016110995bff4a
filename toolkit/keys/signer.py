"""Who signs: a private key, or anything elsewhere that does; and signatures that are made already.

A signature counts as a secret: a service takes it until what it signs expires. So it is sealed, as
a key is.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from typing import Any, Protocol, Self, runtime_checkable

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from toolkit.base.outside import cleaned
from toolkit.errors import InputError
from toolkit.keys.secret import Sealed, Veiled

LONGEST_P256 = 72  # bytes of DER: two numbers of at most 33 bytes, and their heads


@runtime_checkable
class Signer(Protocol):
    """Signs a message with a key that need not be here: a private key, a KMS, an HSM, a card."""

    @property
    def public(self) -> Any:
        """The public half: a PublicKey of the right curve, or any spelling of it."""

    def sign(self, message: bytes) -> bytes:
        """The signature over this message: for P-256 DER, over its SHA-256.

        A KMS is asked with the message itself (``MessageType=RAW``, ``ECDSA_SHA_256``).
        """


class Signature(Sealed):
    """One signature that was made elsewhere: DER, of P-256. Nothing shows it.

    Raises:
        InputError: it is no such signature. It is not repeated.
    """

    __slots__ = ("_der",)

    def __init__(self, der: bytes, what: str = "The signature") -> None:
        trouble = "" if isinstance(der, bytes) else f"is {type(der).__name__}, not bytes"
        if not trouble:
            trouble = _why_not_der(der)
        self._der = Veiled(b"" if trouble else der)
        del der  # no frame of the traceback holds it
        if trouble:
            raise InputError(f"{what} {trouble}.", hint="Pass DER, as every SDK and KMS makes it.")

    @classmethod
    def from_base64(cls, text: str, what: str = "The signature") -> Self:
        """From the spelling in which Privy's SDKs take it: base64 of DER, on one line.

        Args:
            what: which one, for the sentence of a refusal.

        Raises:
            InputError: not base64, or not DER.
        """
        der = None
        if isinstance(text, str):
            with contextlib.suppress(binascii.Error, ValueError):  # which would hold the text
                der = base64.b64decode(cleaned(text, what), validate=True)
        kind = type(text).__name__
        del text
        if der is not None:
            try:
                return cls(der, what)
            finally:
                del der
        trouble = "is not base64" if kind == "str" else f"is {kind}, not text"
        raise InputError(f"{what} {trouble}.", hint="Pass the base64 of its DER.")

    def reveal(self) -> bytes:
        """The DER bytes. Keep them in no variable."""
        return self._der.reveal()

    def reveal_base64(self) -> str:
        """Standard base64 of them, as Privy takes it."""
        return base64.b64encode(self._der.reveal()).decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signature) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __repr__(self) -> str:
        return "Signature(••••••••)"


def _why_not_der(der: bytes) -> str:
    if len(der) == 64 and not der.startswith(b"\x30\x3e"):
        return "has 64 bytes: that is r and s side by side, as WebCrypto makes them, and not DER"
    if len(der) > LONGEST_P256:
        return f"has {len(der)} bytes, and one of P-256 has at most {LONGEST_P256}"
    try:
        decode_dss_signature(der)
    except ValueError:
        return "is not a DER signature"
    return ""


class Signed(Sealed):
    """A signer that has signed: it gives this one signature, for this one message."""

    __slots__ = ("_message", "as_read", "public", "signature")

    def __init__(
        self, public: Any, message: bytes, signature: Signature, as_read: object = None
    ) -> None:
        #: Whose signature it is.
        self.public = public
        #: The signature, sealed.
        self.signature = signature
        #: Who had to sign when it was asked for, where that is known.
        self.as_read = as_read
        self._message = message

    def sign(self, message: bytes) -> bytes:
        """The signature that is there.

        Raises:
            InputError: another message.
        """
        if message != self._message:
            raise InputError(
                "These signatures are over another message.", hint="Sign what is prepared now."
            )
        return self.signature.reveal()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public half's canonical SPKI, 64 hex digits."""
        return str(self.public.fingerprint)

    def __repr__(self) -> str:
        return f"<Signed by {self.public!r}>"
