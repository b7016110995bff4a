"""Why a signature was refused: the mistake is looked for, not guessed.

Each candidate is a message (or a way to sign) that a caller may have used by mistake. The signature itself
decides: whichever candidate it fits is what was signed. The vendors' own answers say none of this; ours travels
beside them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import rfc8785
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from toolkit.cobo import signing as cobo_signing
from toolkit.emulator.core import Entry, Received, Refusal, digits, nested_too_deeply, sendable
from toolkit.emulator.limits import EXPLAIN_LIMIT, EXPLAIN_NESTING, EXPLAIN_PAIRS
from toolkit.emulator.masking import without_credentials
from toolkit.errors import KeyRefused
from toolkit.keys import Ed25519Key, Ed25519PublicKey, P256Key, P256PublicKey, Secp256k1Key
from toolkit.keys.public import is_low_s, spoken
from toolkit.privy import signing as privy_signing

if TYPE_CHECKING:
    from toolkit.emulator.cobo import Cobo
    from toolkit.emulator.privy import Privy

HEADER = "X-Emulator-Explanation"
NEAR_MS, FAR_MS = 5, 5_000  # how far around the nonce is searched at once, and on demand
AROUND = 40  # characters shown on each side of the first difference
HEADER_LIMIT = 1_000  # characters of an explanation that travel in a header
NAMED = 10  # members that are named; there may be thousands

# name → what it means and what to do
NAMES = {
    "accepted": "This request was not refused.",
    "not-a-signature": "The refusal has nothing to do with a signature.",
    "missing-header": "A header that carries the signature, its key or its nonce is missing or empty.",
    "key-of-another-environment": "This environment does not know the key. Keys belong to one environment: check key and base URL.",
    "wrong-curve": "The secret was read as a key of another curve. Set the curve type that the key was registered with.",
    "expired-key": "The API key has expired. Register another one.",
    "signature-not-hex": "The signature is not hex. Send its bytes as hex digits, not as base64.",
    "wrong-key": "Another registered key made this signature. Name the key that signs in Biz-Api-Key.",
    "nonce-refused": "The signature fits; the nonce was used before or is not a current time in milliseconds.",
    "high-s": "The signature is right but has a high S. Normalise it: s → n − s.",
    "raw-for-der": "The signature is raw r‖s (64 bytes). Encode it as DER.",
    "der-for-raw": "The signature is DER. An Ed25519 signature is its 64 bytes, as they are.",
    "single-sha256": "The text was hashed once. Cobo's digest is SHA-256 twice.",
    "not-hashed": "The text itself was signed. Sign its digest: SHA-256 twice.",
    "hashed-again": "The digest was hashed once more before signing. Sign it as it is.",
    "hex-digest": "The digest was signed as hex text. Sign its 32 bytes.",
    "wrong-nonce": "The nonce that was signed is not the one in the header. Take the time once and use it in both places.",
    "method-case": "The method was signed in lower case. Sign it in upper case.",
    "path-without-version": "The path was signed without /v2. Sign the path as it travels, /v2 included.",
    "full-url": "The full URL was signed. Sign the path alone, without scheme and host.",
    "trailing-slash": "Signed and sent path differ by a slash at the end. Use the same path for both.",
    "double-slash": "Signed and sent path differ by a doubled slash: a base URL that ends in one? Join them once.",
    "path-decoded": "The path was signed decoded. Sign it percent-encoded, as it travels.",
    "query-missing": "The query was left out of the signed text. Sign it without the question mark.",
    "query-question-mark": "The query was signed with its question mark. Leave that out.",
    "query-order": "The query's parameters were signed in another order than they were sent.",
    "query-encoding": "The query was signed in another encoding than it was sent: space, comma or case of %XX.",
    "body-missing": "The body was left out of the signed text. Sign the body's bytes.",
    "empty-body-as-object": "An empty body was signed as {}, or {} as an empty body. Sign what is sent.",
    "body-reserialised": "The body was written as JSON twice, once to sign and once to send. Send the very bytes that were signed.",
    "float-for-integer": "A number was signed as 2.0 and sent as 2, or the other way round. Use integers.",
    "fields-dropped": "Empty fields were dropped from the signed text. A bare GET ends in two bars.",
    "unsigned-expiry": "privy-request-expiry was sent but not signed, or signed but not sent. Do both or neither.",
    "numeric-expiry": "The expiry was signed as a number. Header values are texts: put it in quotes.",
    "wrong-expiry": "The signed expiry is not the one in the header.",
    "expired": "The request's expiry has passed. Prepare it again and sign it again.",
    "app-id": "privy-app-id was left out of the signed headers, or another app id was signed.",
    "wrong-method": "The signed method is not the one that was sent.",
    "wrong-url": "The signed URL is not the one that was called: scheme, host, port and path must be the same.",
    "canonical-json": "The payload was not written as RFC 8785 JSON: names sorted, no white space, non-ASCII as it is.",
    "missing-co-signers": "Too few members have signed.",
    "too-many-signatures": "More members signed than the threshold asks for, and this emulator was told to refuse that.",
    "same-signer-twice": "One member signed twice; that counts once.",
    "not-a-member": "A valid signature came from a key that is no member of this quorum.",
    "users-cannot-sign-here": "The quorum has only users as members, and users cannot sign at this emulator.",
    "wrong-app": "App id and secret do not belong together, or privy-app-id names another app.",
    "unknown": "No mistake we know explains this signature: most likely another key signed, or something we did not think of.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request was refused. ``at`` is the first character where ``signed`` and ``built`` differ."""

    name: str
    sentence: str
    built: str = ""
    signed: str = ""
    at: int | None = None
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the control door."""
        return {name: sendable(value) for name, value in asdict(self).items()}

    def masked(self, shown: Callable[[str], str]) -> Explanation:
        """The same, with nothing in it that must not be shown."""

        def seen(text: str) -> str:
            return shown(without_credentials(text))

        built, signed = seen(self.built), seen(self.signed)
        masked = replace(self, built=built, signed=signed, detail=seen(self.detail))
        if self.at is None or (built, signed) == (self.built, self.signed):
            return masked
        return replace(masked, at=_first_difference(signed, built))

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.sentence}", *([self.detail] if self.detail else [])]
        if self.at is not None:
            lines += [
                f"  you signed     {_around(self.signed, self.at)}",
                f"  emulator built {_around(self.built, self.at)}",
                f"  first difference: character {self.at}",
            ]
        return "\n".join(lines)


def header(explanation: Explanation) -> str:
    """The explanation as a header value: ASCII, of bounded length."""
    return quote(sendable(str(explanation))[:HEADER_LIMIT], safe=" ,;:.!?|={}[]\"'()/_-")


TOO_LARGE = Explanation(
    "unknown",
    f"The request is too large to look for its mistake: that is done up to {EXPLAIN_LIMIT} characters of target, "
    "headers and body.",
)


def too_large(received: Received) -> bool:
    """Whether a request is larger than those whose mistake is looked for. Asked before anything is tried."""
    size = len(received.target) + len(received.host) + len(received.body)
    return size + sum(len(name) + len(value) for name, value in received.headers) > EXPLAIN_LIMIT


def plain(entry: Entry) -> Explanation:
    """Of a request that was not refused for a signature."""
    return _explained("accepted" if entry.verdict == "accepted" else "not-a-signature")


def _explained(
    name: str, built: str = "", signed: str | None = None, detail: str = ""
) -> Explanation:
    if signed is None or signed == built:
        return Explanation(name, NAMES[name], built, detail=detail)
    return Explanation(name, NAMES[name], built, signed, _first_difference(signed, built), detail)


def _first_difference(signed: str, built: str) -> int:
    pairs = enumerate(zip(signed, built, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(signed), len(built)))


def _around(text: str, at: int) -> str:
    start, end = max(0, at - AROUND), at + AROUND
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


# ---- Cobo ----------------------------------------------------------------------------------------

Fits = Callable[[bytes], bool]


def cobo_request(
    cobo: Cobo, api_key: Ed25519Key, received: Received, entry: Entry, deep: bool
) -> Explanation:
    """Why Cobo's side refused. ``deep`` looks for nonces up to five seconds away."""
    if entry.verdict == "accepted" or not entry.cause:
        return plain(entry)
    names = (cobo_signing.API_KEY, cobo_signing.API_NONCE, cobo_signing.API_SIGNATURE)
    key_hex, nonce, signature_hex = (received.header(name.lower()) for name in names)
    absent = [
        name
        for name, value in zip(names, (key_hex, nonce, signature_hex), strict=True)
        if not value
    ]
    if absent:
        return _explained("missing-header", entry.message, detail=f"Missing: {', '.join(absent)}.")
    info = cobo.keys.get(key_hex.lower())
    if info is None:
        twin = _other_curve(api_key).public.to_hex()
        return _explained(
            "wrong-curve" if key_hex.lower() == twin else "key-of-another-environment"
        )
    if entry.cause in ("expired-key", "nonce"):
        return _explained(
            "expired-key" if entry.cause == "expired-key" else "nonce-refused", entry.message
        )
    public = cobo_signing.api_public_key(info.key)
    try:
        signature = cobo_signing.from_hex(signature_hex)
    except ValueError:
        return _explained("signature-not-hex", entry.message)
    built = entry.message
    digest = cobo_signing.digest(_bytes(built))
    if isinstance(public, Ed25519PublicKey):
        if signature[:1] == b"\x30" and len(signature) > 64:
            made_by_twin = _other_curve(api_key).public.verify_digest(signature, digest)
            return _explained("wrong-curve" if made_by_twin else "der-for-raw", built)
        fits: Fits = lambda hashed: public.verify(signature, hashed)  # noqa: E731
        again: Fits = lambda hashed: public.verify(signature, hashlib.sha256(hashed).digest())  # noqa: E731
    else:
        if public.verify_digest(signature, digest):
            return _explained("high-s" if not is_low_s(signature) else "unknown", built)
        if len(signature) == 64:
            whole = encode_dss_signature(
                int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            )
            return _explained(
                "raw-for-der" if public.verify_digest(whole, digest) else "wrong-curve", built
            )
        fits = lambda hashed: public.verify_digest(signature, hashed)  # noqa: E731
        again = lambda hashed: public.verify(signature, hashed)  # noqa: E731
    if fits(digest):
        return _explained("not-a-signature", built)
    once = hashlib.sha256(_bytes(built)).digest()
    if fits(once):
        return _explained("single-sha256", built)
    if again(digest):
        return _explained("hashed-again", built)
    if isinstance(public, Ed25519PublicKey) and public.verify(signature, _bytes(built)):
        return _explained("not-hashed", built)
    if public.verify(signature, digest.hex().encode()):
        return _explained("hex-digest", built)
    for name, text in _cobo_texts(received, nonce, FAR_MS if deep else NEAR_MS):
        if text != built and fits(cobo_signing.digest(_bytes(text))):
            return _explained(name, built, text)
    for other in cobo.keys.values():
        try:
            if other.key != info.key and cobo_signing.fits(
                cobo_signing.api_public_key(other.key), signature, _bytes(built)
            ):
                return _explained("wrong-key", built, detail=f"It was made by {other.key}.")
        except KeyRefused:
            continue
    return _explained("unknown", built)


def _other_curve(api_key: Ed25519Key) -> Secp256k1Key:
    """The same secret, read as a secp256k1 key: what a wrong curve setting makes of it."""
    return Secp256k1Key.from_hex(api_key.reveal_hex())


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(
            "utf-8", "surrogatepass"
        )  # half a character, which JSON can spell and UTF-8 cannot


def _cobo_texts(received: Received, nonce: str, reach_ms: int) -> Iterator[tuple[str, str]]:
    """Messages that a caller may have signed by mistake, with the mistake's name, likelier ones first."""
    method, path, query = received.method, received.path, received.query
    body = received.body.decode("utf-8", "surrogateescape")

    def text(**changed: str) -> str:
        parts = {
            "method": method,
            "path": path,
            "nonce": nonce,
            "query": query,
            "body": body,
        } | changed
        return "|".join(parts[name] for name in ("method", "path", "nonce", "query", "body"))

    yield "method-case", text(method=method.lower())
    for name, other in _paths(path, received):
        yield name, text(path=other)
    for name, other in _queries(query):
        yield name, text(query=other)
    for name, other in bodies(body):
        yield name, text(body=other)
    yield "fields-dropped", "|".join(part for part in (method, path, nonce, query, body) if part)
    yield "fields-dropped", text().rstrip("|")
    for other in _nonces(nonce, reach_ms):
        yield "wrong-nonce", text(nonce=other)


def _paths(path: str, received: Received) -> Iterator[tuple[str, str]]:
    yield "path-without-version", path.removeprefix("/v2")
    yield "path-without-version", "/v2" + path
    yield "trailing-slash", path.rstrip("/") if path.endswith("/") else path + "/"
    yield "double-slash", re.sub("/{2,}", "/", path)
    yield "double-slash", "/" + path
    yield "double-slash", path.replace("/v2/", "/v2//", 1)
    yield "path-decoded", unquote(path)
    yield "full-url", f"{received.scheme}://{received.host}{path}"
    yield "full-url", received.url


def _queries(query: str) -> Iterator[tuple[str, str]]:
    if not query:
        yield "query-question-mark", "?"
        return
    yield "query-missing", ""
    yield "query-question-mark", "?" + query
    pairs = parse_qsl(query, keep_blank_values=True)
    orders: Iterable[Sequence[tuple[str, str]]] = (
        permutations(pairs) if len(pairs) <= 5 else [sorted(pairs)]
    )
    for order in orders:
        same = list(order) == pairs
        for spelled in _spellings(order):
            yield "query-encoding" if same else "query-order", spelled


def _spellings(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield urlencode(pairs)
    yield urlencode(pairs, quote_via=quote)
    yield "&".join(f"{name}={value}" for name, value in pairs)
    yield "&".join(
        f"{name}={quote(value, safe=chr(33) + chr(39) + '()*~').replace('%20', '+')}"
        for name, value in pairs
    )
    yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), urlencode(pairs))


def bodies(body: str) -> Iterator[tuple[str, str]]:
    """Other spellings of the same JSON, with the name of the mistake that makes them."""
    if not body:
        yield "empty-body-as-object", "{}"
        yield "empty-body-as-object", "null"
        return
    if body.strip() in ("{}", "null", "[]"):
        yield "empty-body-as-object", ""
    yield "body-missing", ""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    if nested_too_deeply(value, EXPLAIN_NESTING):
        return  # indented, it would grow with every level
    yield from (("float-for-integer", text) for text in _numbers(body))
    for text in _serialised(value):
        yield "body-reserialised", text
    for changed in (_floats(value), _integers(value)):
        for text in _serialised(changed):
            yield "float-for-integer", text


def _numbers(body: str) -> Iterator[str]:
    """The text with one number, or all of them, written as 2.0 instead of 2, or the other way round."""
    for pattern, instead in (
        (r"(?<=[:\[,\s])(-?\d+)(?=[,}\]\s])", r"\1.0"),
        (r"(?<=[:\[,\s])(-?\d+)\.0(?=[,}\]\s])", r"\1"),
    ):
        for found in list(re.finditer(pattern, body))[:20]:
            yield body[: found.start()] + found.expand(instead) + body[found.end() :]
        yield re.sub(pattern, instead, body)


def _serialised(value: Any) -> Iterator[str]:
    for sort_keys in (False, True):
        for separators in ((", ", ": "), (",", ":"), (",", ": ")):
            for ascii_only in (True, False):
                for indent in (None, 2, 4):
                    text = json.dumps(
                        value,
                        sort_keys=sort_keys,
                        separators=separators,
                        ensure_ascii=ascii_only,
                        indent=indent,
                    )
                    yield text
                    yield text + "\n"
    go = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for character, escaped in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        go = go.replace(character, escaped)
    yield go + "\n"


def _floats(value: Any) -> Any:
    return _mapped(
        value, lambda leaf: float(leaf) if type(leaf) is int and abs(leaf) < 2**53 else leaf
    )


def _integers(value: Any) -> Any:
    return _mapped(
        value, lambda leaf: int(leaf) if isinstance(leaf, float) and leaf.is_integer() else leaf
    )


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _mapped(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return change(value)


def _nonces(nonce: str, reach_ms: int) -> Iterator[str]:
    yield ""
    number = digits(nonce)
    if number is None:
        return
    yield str(number // 1000)
    yield f"{nonce}.0"
    for distance in range(1, reach_ms + 1):
        yield str(number - distance)
        yield str(number + distance)


# ---- Privy ---------------------------------------------------------------------------------------


def privy_request(
    privy: Privy, keys: Mapping[str, P256Key], received: Received, entry: Entry
) -> Explanation:
    """Why Privy's side refused. ``keys`` are those the emulator made, by name."""
    if entry.verdict == "accepted" or not entry.cause:
        return plain(entry)
    known = {
        "app": "wrong-app",
        "expired": "expired",
        "users": "users-cannot-sign-here",
        "too-many": "too-many-signatures",
    }
    if entry.cause in known:
        return _explained(known[entry.cause], entry.message)
    quorum = privy.signing_quorum(received)
    if quorum is None:
        return _explained("not-a-signature")
    names = {key.public.fingerprint: name for name, key in keys.items()}
    members = privy.leaves(quorum)
    given = [
        part.strip() for part in received.header(privy_signing.SIGNATURE).split(",") if part.strip()
    ]
    try:
        texts = privy.messages(received)
    except Refusal:  # nobody signed it, and it could not have been signed either
        return _explained("missing-co-signers", detail=_who([], members, names, quorum.required))
    built = texts[0]
    if len(given) * len(members) > EXPLAIN_PAIRS:
        sentence = f"Too many signatures and members to look for a mistake: that is done up to {EXPLAIN_PAIRS} pairs."
        return Explanation("unknown", sentence, built)
    who = [privy.signer(signature, members, texts) for signature in given]
    if not given:
        return _explained(
            "missing-co-signers", built, detail=_who([], members, names, quorum.required)
        )
    for signature, signer in zip(given, who, strict=True):
        if signer is None:
            found = _privy_mistake(signature, members, received, texts)
            if found:
                return _explained(found[0], built, found[1])
            stranger = privy.signer(signature, [key.public for key in keys.values()], texts)
            if stranger:
                name = names.get(stranger.fingerprint, spoken(stranger.fingerprint))
                return _explained("not-a-member", built, detail=f"{name} signed, but is no member.")
    signed = [key for key in who if key]
    if len(set(signed)) < len(signed):
        return _explained(
            "same-signer-twice", built, detail=_who(signed, members, names, quorum.required)
        )
    if None in who:
        return _explained("unknown", built, detail=_who(signed, members, names, quorum.required))
    return _explained(
        "missing-co-signers", built, detail=_who(signed, members, names, quorum.required)
    )


def _who(
    signed: Sequence[P256PublicKey],
    members: Sequence[P256PublicKey],
    names: Mapping[str, str],
    required: int,
) -> str:
    def word(key: P256PublicKey) -> str:
        return names.get(key.fingerprint) or f"key {spoken(key.fingerprint)}"

    def listed(keys: Iterable[P256PublicKey]) -> str:
        words = list(dict.fromkeys(map(word, keys)))
        more = [f"{len(words) - NAMED} more"] if len(words) > NAMED else []
        return ", ".join(words[:NAMED] + more)

    have = listed(signed) or "nobody"
    could = listed(key for key in members if key not in signed) or "nobody else"
    return f"{required} must sign. Signed: {have}. Could sign: {could}."


def _privy_mistake(
    signature: str, members: Sequence[P256PublicKey], received: Received, texts: Sequence[str]
) -> tuple[str, str] | None:
    """The mistake that this signature of a member fits, and the text that was signed."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return None
    built = texts[0]
    if len(raw) == 64:
        whole = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        if any(key.verify(whole, _bytes(text)) for key in members for text in texts):
            return "raw-for-der", built
    for text in texts:
        digest = hashlib.sha256(_bytes(text)).digest()
        if any(key.verify(raw, digest) for key in members):
            return "hashed-again", built
        if any(key.verify(raw, digest.hex().encode()) for key in members):
            return "hex-digest", built
    for name, text in _privy_texts(received):
        if any(key.verify(raw, _bytes(text)) for key in members):
            return name, text
    return None


def _privy_texts(received: Received) -> Iterator[tuple[str, str]]:
    """Messages that a member may have signed by mistake, with the mistake's name."""
    headers = {
        name: received.header(name)
        for name in privy_signing.SIGNED_HEADERS
        if received.header(name)
    }
    try:
        body = privy_signing.parsed(received.body) if received.body else ""
    except (ValueError, RecursionError):
        return
    if nested_too_deeply(body, EXPLAIN_NESTING):
        return
    right = {
        "version": 1,
        "method": received.method,
        "url": received.url,
        "body": body,
        "headers": headers,
    }

    def text(**changed: Any) -> str:
        return rfc8785.dumps(right | changed).decode()

    expiry, plain = received.header(privy_signing.REQUEST_EXPIRY), dict(headers)
    plain.pop(privy_signing.REQUEST_EXPIRY, None)
    yield "unsigned-expiry", text(headers=plain)
    number = digits(expiry)
    if number is not None and number < 2**53:
        yield "numeric-expiry", text(headers=headers | {privy_signing.REQUEST_EXPIRY: number})
        for other in (
            str(number // 1000),
            *(str(number + away) for away in range(-NEAR_MS, NEAR_MS + 1) if away),
        ):
            yield "wrong-expiry", text(headers=headers | {privy_signing.REQUEST_EXPIRY: other})
    yield (
        "app-id",
        text(
            headers={name: value for name, value in headers.items() if name != privy_signing.APP_ID}
        ),
    )
    for method in ("POST", "PUT", "PATCH", "DELETE", "GET", received.method.lower()):
        yield "wrong-method", text(method=method)
    for name, url in _urls(received):
        yield name, text(url=url)
    without = {name: value for name, value in right.items() if name != "body"}
    yield "body-missing", rfc8785.dumps(without).decode()
    yield "body-missing", text(body="")
    yield "empty-body-as-object", text(body={})
    yield "empty-body-as-object", text(body=None)
    raw = received.body.decode("utf-8", "replace")
    yield "canonical-json", text(body=raw)
    for spelled in _serialised(right):
        yield "canonical-json", spelled
    for changed in (_floats(body), body):
        for spelled in _serialised(right | {"body": changed}):
            yield "float-for-integer", spelled
    compact = json.dumps(right, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for spelled in _numbers(compact):
        yield "float-for-integer", spelled


def _urls(received: Received) -> Iterator[tuple[str, str]]:
    url, path = received.url, received.target
    base = f"{received.scheme}://{received.host}"
    yield "trailing-slash", url.rstrip("/") if url.endswith("/") else url + "/"
    yield "double-slash", f"{base}/{path}"
    yield "double-slash", base + re.sub("/{2,}", "/", path)
    yield "path-without-version", base + path.removeprefix("/v1")
    yield "wrong-url", path
    for host in ("https://api.privy.io", "https://api.staging.privy.io", "https://auth.privy.io"):
        yield "wrong-url", host + path
    for scheme in ("http", "https"):
        yield "wrong-url", f"{scheme}://{received.host}{path}"
        port = received.host.rpartition(":")[2]
        for name in ("localhost", "127.0.0.1", "0.0.0.0"):  # noqa: S104  # spelled, not bound
            yield "wrong-url", f"{scheme}://{name}:{port}{path}"
            yield "wrong-url", f"{scheme}://{name}{path}"
