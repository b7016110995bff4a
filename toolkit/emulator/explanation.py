"""What an explanation is: the name of a mistake, and where signed and built text differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote

from toolkit.emulator.core import sendable
from toolkit.emulator.masking import without_credentials

HEADER = "X-Emulator-Explanation"
HEADER_LIMIT = 1_000  # characters of an explanation that travel in a header
AROUND = 40  # characters shown on each side of the first difference

# name → what it means and what to do
NAMES = {
    "accepted": "This request was not refused.",
    "not-a-signature": "The refusal has nothing to do with a signature.",
    "missing-header": (
        "A header that carries the signature, its key or its nonce is missing or empty."
    ),
    "key-of-another-environment": (
        "This environment does not know the key. Keys belong to one environment: check key and "
        "base URL."
    ),
    "wrong-curve": (
        "The secret was read as a key of another curve. Set the curve type that the key was "
        "registered with."
    ),
    "expired-key": "The API key has expired. Register another one.",
    "key-not-activated": (
        "The API key waits for approval. An Admin approves it in Cobo Guard; until then it does "
        "nothing."
    ),
    "address-not-listed": (
        "The request came from an address that is not on the API key's list. Add this computer's "
        "public address in the Portal."
    ),
    "signature-not-hex": "The signature is not hex. Send its bytes as hex digits, not as base64.",
    "wrong-key": (
        "Another registered key made this signature. Name the key that signs in Biz-Api-Key."
    ),
    "nonce-refused": (
        "The signature fits; the nonce was used before or is not a current time in milliseconds."
    ),
    "high-s": "The signature is right but has a high S. Normalise it: s → n − s.",
    "raw-for-der": "The signature is raw r‖s (64 bytes). Encode it as DER.",
    "der-for-raw": "The signature is DER. An Ed25519 signature is its 64 bytes, as they are.",
    "single-sha256": "The text was hashed once. Cobo's digest is SHA-256 twice.",
    "not-hashed": "The text itself was signed. Sign its digest: SHA-256 twice.",
    "hashed-again": "The digest was hashed once more before signing. Sign it as it is.",
    "hex-digest": "The digest was signed as hex text. Sign its 32 bytes.",
    "wrong-nonce": (
        "The nonce that was signed is not the one in the header. Take the time once and use it in "
        "both places."
    ),
    "method-case": "The method was signed in lower case. Sign it in upper case.",
    "path-without-version": (
        "The path was signed without /v2. Sign the path as it travels, /v2 included."
    ),
    "full-url": "The full URL was signed. Sign the path alone, without scheme and host.",
    "trailing-slash": (
        "Signed and sent path differ by a slash at the end. Use the same path for both."
    ),
    "double-slash": (
        "Signed and sent path differ by a doubled slash: a base URL that ends in one? Join them "
        "once."
    ),
    "path-decoded": "The path was signed decoded. Sign it percent-encoded, as it travels.",
    "query-missing": (
        "The query was left out of the signed text. Sign it without the question mark."
    ),
    "query-question-mark": "The query was signed with its question mark. Leave that out.",
    "query-order": "The query's parameters were signed in another order than they were sent.",
    "query-encoding": (
        "The query was signed in another encoding than it was sent: space, comma or case of %XX."
    ),
    "body-missing": "The body was left out of the signed text. Sign the body's bytes.",
    "empty-body-as-object": (
        "An empty body was signed as {}, or {} as an empty body. Sign what is sent."
    ),
    "body-reserialised": (
        "The body was written as JSON twice, once to sign and once to send. Send the very bytes "
        "that were signed."
    ),
    "float-for-integer": (
        "A number was signed as 2.0 and sent as 2, or the other way round. Use integers."
    ),
    "fields-dropped": (
        "Empty fields were dropped from the signed text. A bare GET ends in two bars."
    ),
    "unsigned-expiry": (
        "privy-request-expiry was sent but not signed, or signed but not sent. Do both or neither."
    ),
    "intent-expiry": (
        "privy-request-expiry was signed with the intent's request, or left out, and this emulator "
        "was told the other (choice privy.intent_payload)."
    ),
    "intent-request": (
        "The intent's own request was signed. Sign the request behind it: method, URL and body of "
        "its request_details."
    ),
    "numeric-expiry": (
        "The expiry was signed as a number. Header values are texts: put it in quotes."
    ),
    "wrong-expiry": "The signed expiry is not the one in the header.",
    "expired": "The request's expiry has passed. Prepare it again and sign it again.",
    "app-id": "privy-app-id was left out of the signed headers, or another app id was signed.",
    "wrong-method": "The signed method is not the one that was sent.",
    "wrong-url": (
        "The signed URL is not the one that was called: scheme, host, port and path must be the "
        "same."
    ),
    "canonical-json": (
        "The payload was not written as RFC 8785 JSON: names sorted, no white space, non-ASCII as "
        "it is."
    ),
    "missing-co-signers": "Too few members have signed.",
    "too-many-signatures": (
        "More members signed than the threshold asks for, and this emulator was told to refuse "
        "that."
    ),
    "same-signer-twice": "One member signed twice; that counts once.",
    "not-a-member": "A valid signature came from a key that is no member of this quorum.",
    "users-cannot-sign-here": (
        "The quorum has only users as members, and users cannot sign at this emulator."
    ),
    "wrong-app": "App id and secret do not belong together, or privy-app-id names another app.",
    "unknown": (
        "No mistake we know explains this signature: most likely another key signed, or something "
        "we did not think of."
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request was refused. ``at`` is the first character where both texts differ.

    >>> from toolkit.keys import Ed25519Key
    >>> stranger = emulator.cobo_client(Ed25519Key.generate())
    >>> _ = stranger.exchange(cobo.get_org_info())
    >>> *_, line = emulator.ledger
    >>> emulator.explain(line.n).name
    'key-of-another-environment'
    """

    name: str
    sentence: str
    built: str = ""
    signed: str = ""
    at: int | None = None
    detail: str = ""

    @classmethod
    def of(
        cls,
        name: str,
        built: str = "",
        signed: str | None = None,
        detail: str = "",
    ) -> Explanation:
        """The mistake of that name. ``signed`` where another text was signed than was built."""
        if signed is None or signed == built:
            return cls(name, NAMES[name], built, detail=detail)
        at = _first_difference(signed, built)
        return cls(name, NAMES[name], built, signed, at, detail)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the control door."""
        values = asdict(self)
        return {name: sendable(value) for name, value in values.items()}

    def masked(self, shown: Callable[[str], str]) -> Explanation:
        """The same, with nothing in it that must not be shown."""
        built = shown(without_credentials(self.built))
        signed = shown(without_credentials(self.signed))
        detail = shown(without_credentials(self.detail))
        at = self.at
        if at is not None:
            at = _first_difference(signed, built)
        return replace(
            self,
            built=built,
            signed=signed,
            detail=detail,
            at=at,
        )

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.sentence}"]
        if self.detail:
            lines.append(self.detail)
        if self.at is not None:
            lines += [
                f"  you signed     {_around(self.signed, self.at)}",
                f"  emulator built {_around(self.built, self.at)}",
                f"  first difference: character {self.at}",
            ]
        return "\n".join(lines)


def header(explanation: Explanation) -> str:
    """The explanation as a header value: ASCII, of bounded length."""
    text = sendable(str(explanation))[:HEADER_LIMIT]
    return quote(text, safe=" ,;:.!?|={}[]\"'()/_-")


def _first_difference(signed: str, built: str) -> int:
    shorter = min(len(signed), len(built))
    for at in range(shorter):
        if signed[at] != built[at]:
            return at
    return shorter


def _around(text: str, at: int) -> str:
    start = max(0, at - AROUND)
    end = at + AROUND
    part = text[start:end]
    if start:
        part = "…" + part
    if end < len(text):
        part += "…"
    return part
