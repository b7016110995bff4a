"""Who signs what is sent: keys that are here, signers elsewhere, and signatures already made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from toolkit.errors import InputError
from toolkit.keys.private import PrivateKey
from toolkit.keys.signer import Signature, Signed, Signer
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared

T = TypeVar("T")


@runtime_checkable
class Gathered(Protocol[T]):
    """A Prepared and the signatures that people gave to it: an Approval, as far as a client knows.

    ``as_read`` is who had to sign when they were asked; where it is different now, nothing is sent.
    """

    @property
    def prepared(self) -> Prepared[T]:
        """The exact bytes and the message that was signed."""

    @property
    def signatures(self) -> Sequence[Signature]:
        """The signatures so far."""

    @property
    def as_read(self) -> object:
        """Who had to sign, as the vendor's package reads it."""


class Signing(msgspec.Struct, Generic[T], frozen=True):
    """What is to be sent, and who signs it."""

    what: Call[T] | Prepared[T]
    signers: tuple[Signer, ...] = ()
    signatures: tuple[Signature, ...] = ()
    as_read: object = None

    @property
    def everyone(self) -> tuple[Signer | Signature, ...]:
        """Signers, then signatures: what the rules look at."""
        return (*self.signers, *self.signatures)

    @property
    def is_elsewhere(self) -> bool:
        """Whether anything was signed, or will be, by what is no private key here."""
        if self.signatures or self.as_read is not None:
            return True
        return not all(isinstance(signer, PrivateKey) for signer in self.signers)


def signing_of(
    what: Any, signers: Iterable[Signer], signatures: Iterable[str | Signature]
) -> Signing[Any]:
    """What a caller passed, with each part checked for what it is.

    Raises:
        InputError: no list, something that does not sign, a text that is no signature, or
            signatures without the Prepared that they were made over.
    """
    gathered: tuple[Signature, ...] = ()
    as_read = None
    if not isinstance(what, Call | Prepared) and isinstance(what, Gathered):
        gathered, as_read = tuple(what.signatures), what.as_read
        what = what.prepared
    try:
        given = (*gathered, *_signatures(signatures))
    finally:
        del signatures  # no frame of a traceback holds their spelling
    if given and isinstance(what, Call):
        raise InputError(
            "signatures are over one message at one moment, and a call has neither.",
            hint="Pass the Prepared that they were made over, or an Approval.",
        )
    taken = _signers(signers)
    if as_read is None:
        as_read = next((each.as_read for each in taken if isinstance(each, Signed)), None)
    return Signing(what, taken, given, as_read)


def _signers(signers: Iterable[Signer]) -> tuple[Signer, ...]:
    if isinstance(signers, PrivateKey) or not isinstance(signers, Iterable):
        raise InputError(
            "signers must be a list of keys.", hint="Put a single key in brackets: signers=[key]."
        )
    return tuple(signers)


def _signatures(signatures: Iterable[str | Signature]) -> tuple[Signature, ...]:
    taken: list[Signature] = []
    each: object = None
    try:
        if isinstance(signatures, str | bytes | Signature) or not isinstance(signatures, Iterable):
            raise InputError(
                "signatures must be a list of texts.", hint="Put a single one in brackets."
            )
        for at, each in enumerate(signatures):
            if isinstance(each, Signature):
                taken.append(each)
            else:
                taken.append(Signature.from_base64(each, f"signatures[{at}]"))
    finally:
        del signatures, each
    return tuple(taken)
