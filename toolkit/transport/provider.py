"""What differs between services, as one value that a client is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from toolkit.errors import ApiError
from toolkit.findings import Finding
from toolkit.keys.signer import Signature, Signer
from toolkit.request.call import Call, Operation
from toolkit.request.prepared import Prepared

Headers = Mapping[str, str]  # of an answer, by their names in lower case
# The cause of a refusal that something else than the service may have written.
NO_ENVELOPE = "no-envelope"
# What to do about an answer that is not in the service's form, where its status tells
_OF_GATEWAYS = {
    403: "A proxy, a firewall or a VPN may have refused it; exchange.content has what it said.",
    407: "A company's proxy asks who you are: pass its URL with user and password as proxy=….",
}
# What decoding hostile bytes may raise.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a refusal means: by any of these words (lower case), a ``cause`` and what to check."""

    words: tuple[str, ...]
    cause: str
    hint: str


def meant(text: str, meanings: Sequence[Meaning]) -> tuple[str, str]:
    """Cause and hint of the first meaning whose words stand in a refusal's text.

    Empty where none does.
    """
    lower = text.casefold()
    for meaning in meanings:
        if any(words in lower for words in meaning.words):
            return meaning.cause, meaning.hint
    return "", ""


class UnsignedRequest(msgspec.Struct, frozen=True):
    """A request as it will look, before anything secret is put on it. Times: Unix milliseconds."""

    headers: Mapping[str, str]
    message: str
    signed: bool
    fresh_until_ms: int


class Provider(Protocol):
    """How a service is spoken to."""

    @property
    def service(self) -> str:
        """Its name, as in the journal."""

    @property
    def signs_answers(self) -> bool:
        """Whether the service signs its answers."""

    @property
    def operations(self) -> Sequence[Operation[Any]]:
        """Its table, from which a call is rebuilt after a crash."""

    @property
    def identity(self) -> str:
        """Whose requests these are, shown in headers: the API key's public half, or the app id."""

    def is_own_secret(self, text: str) -> bool:
        """Whether a text has this client's credential in it, in any usual spelling."""

    def written(self, body: msgspec.Struct) -> bytes:
        """The body, serialised once."""

    def unsigned_request(
        self,
        call: Call[Any],
        url: str,
        body: bytes,
        now_ms: int,
        expires_in_s: int | None = None,
        idempotency_key: str = "",
    ) -> UnsignedRequest:
        """Headers and the message to sign, for one moment.

        ``idempotency_key``: for the header that the operation names; empty for none.
        ``expires_in_s``: until when it is to be taken, where the service lets the caller say so.
        Raises InputError where it does not.
        """

    def credentials(self, prepared: Prepared[Any], signers: Sequence[Signer]) -> Mapping[str, str]:
        """The headers that nobody may see: signatures and secrets."""

    def cosigners(
        self,
        prepared: Prepared[Any],
        signers: Sequence[Signer],
        signatures: Sequence[Signature],
        as_read: object,
        send: Callable[[Call[Any]], Any],
        now_ms: int,
    ) -> tuple[Signer, ...]:
        """Who signs, each with a signature that was verified: exactly as many as are needed now.

        ``send`` reads who must sign; ``as_read`` is who had to when the signatures were asked for,
        if that is known: where it is different now, nothing is sent. Raises InputError for a
        signature that does not fit.
        """

    def signed_by(self, prepared: Prepared[Any], signers: Sequence[Signer]) -> tuple[str, ...]:
        """Whose signatures those are, by fingerprints; empty where nothing is signed."""

    def proof(self, headers: Headers, content: bytes) -> str | None:
        """What proves the answer: its signature, if it holds; empty if not.

        None where the service signs no answers.
        """

    def stamp_ms(self, headers: Headers) -> int | None:
        """When the service says that it answered, Unix milliseconds."""

    def expires_ms(self, prepared: Prepared[Any]) -> int | None:
        """When the service takes it no more, by what it says of itself, Unix milliseconds.

        None where it says nothing of that.
        """

    def contradiction(self, value: object) -> str | None:
        """Why an answer is about something else than this client, e.g. another API key."""

    def settles(self, status: int, headers: Headers, content: bytes) -> bool:
        """Whether this refusal is the service's own word, and proves that nothing was done."""

    def refusal(self, call: Call[Any], place: str, status: int, content: bytes) -> ApiError:
        """The vendor's envelope as an error."""

    def problems(
        self, call: Call[Any], signers: Sequence[Signer | Signature]
    ) -> tuple[Finding, ...]:
        """Rules that this request breaks."""


def gateway_hint(status: int) -> str:
    """What to do where something before the service seems to have answered; nothing where the
    status says it.
    """
    return _OF_GATEWAYS.get(status, "")
