"""The texts that a caller may have signed by mistake, each with the name of the mistake.

All of them are made from the request as it was received; none is judged here. ``explanation.NAMES``
says what each name means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations, product
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import rfc8785

from toolkit.emulator.core import Received, digits, nested_too_deeply
from toolkit.emulator.limits import EXPLAIN_NESTING
from toolkit.emulator.privy import signed_headers
from toolkit.privy import signing as privy_signing

NEAR_MS = 5  # how far around a moment is searched at once
FAR_MS = 5_000  # and on demand
SHUFFLED = 5  # parameters of a query whose every order is tried
NUMBERS = 20  # of a body that are each respelled alone
_CODE = re.compile(r"%[0-9A-F]{2}")
EXACT = 2**53  # from here on a float skips whole numbers

Pairs = Sequence[tuple[str, str]]
Mistake = tuple[str, str]  # its name, and the text that was signed


# ---- Cobo ----------------------------------------------------------------------------------------


def cobo_texts(
    received: Received,
    nonce: str,
    reach_ms: int,
) -> Iterator[Mistake]:
    """Messages for Cobo, likelier ones first; nonces up to ``reach_ms`` away come last."""
    body = received.body.decode("utf-8", "surrogateescape")
    right = {
        "method": received.method,
        "path": received.path,
        "nonce": nonce,
        "query": received.query,
        "body": body,
    }

    def text(**changed: str) -> str:
        return "|".join((right | changed).values())

    yield "method-case", text(method=received.method.lower())
    for name, path in _paths(received):
        yield name, text(path=path)
    for name, query in _queries(received.query):
        yield name, text(query=query)
    for name, other in bodies(body):
        yield name, text(body=other)
    yield "fields-dropped", "|".join(filter(None, right.values()))
    yield "fields-dropped", text().rstrip("|")
    for other in _nonces(nonce, reach_ms):
        yield "wrong-nonce", text(nonce=other)


def _paths(received: Received) -> Iterator[Mistake]:
    path = received.path
    yield "path-without-version", path.removeprefix("/v2")
    yield "path-without-version", "/v2" + path
    yield "trailing-slash", _slash_toggled(path)
    yield "double-slash", re.sub("/{2,}", "/", path)
    yield "double-slash", "/" + path
    yield "double-slash", path.replace("/v2/", "/v2//", 1)
    yield "path-decoded", unquote(path)
    yield "full-url", f"{received.scheme}://{received.host}{path}"
    yield "full-url", received.url


def _slash_toggled(address: str) -> str:
    if address.endswith("/"):
        return address.rstrip("/")
    return address + "/"


def _queries(query: str) -> Iterator[Mistake]:
    if not query:
        yield "query-question-mark", "?"
        return
    yield "query-missing", ""
    yield "query-question-mark", "?" + query
    pairs = parse_qsl(query, keep_blank_values=True)
    for order in _orders(pairs):
        name = "query-order"
        if list(order) == pairs:
            name = "query-encoding"
        for spelled in _query_spellings(order):
            yield name, spelled


def _orders(pairs: Pairs) -> Iterable[Pairs]:
    """Every order of a few parameters; of many, the sorted one."""
    if len(pairs) <= SHUFFLED:
        return permutations(pairs)
    return [sorted(pairs)]


def _query_spellings(pairs: Pairs) -> Iterator[str]:
    """As Python, a browser and other languages write a query."""
    yield urlencode(pairs)
    yield urlencode(pairs, quote_via=quote)
    yield "&".join(f"{name}={value}" for name, value in pairs)
    yield "&".join(f"{name}={_as_javascript(value)}" for name, value in pairs)
    yield _CODE.sub(lambda code: code[0].lower(), urlencode(pairs))


def _as_javascript(value: str) -> str:
    return quote(value, safe="!'()*~").replace("%20", "+")


def _nonces(nonce: str, reach_ms: int) -> Iterator[str]:
    yield ""
    number = digits(nonce)
    if number is None:
        return
    yield str(number // 1000)  # seconds
    yield f"{nonce}.0"
    for distance in range(1, reach_ms + 1):
        yield str(number - distance)
        yield str(number + distance)


# ---- bodies, of both -----------------------------------------------------------------------------


def bodies(body: str) -> Iterator[Mistake]:
    """Other spellings of the same JSON."""
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
    for spelled in _numbers_respelled(body):
        yield "float-for-integer", spelled
    for spelled in _serialised(value):
        yield "body-reserialised", spelled
    for change in (_as_float, _as_integer):
        changed = _mapped(value, change)
        for spelled in _serialised(changed):
            yield "float-for-integer", spelled


def _numbers_respelled(body: str) -> Iterator[str]:
    """One number, or all of them, written as 2.0 instead of 2, or the other way round."""
    for pattern, instead in (
        (r"(?<=[:\[,\s])(-?\d+)(?=[,}\]\s])", r"\1.0"),
        (r"(?<=[:\[,\s])(-?\d+)\.0(?=[,}\]\s])", r"\1"),
    ):
        for number in list(re.finditer(pattern, body))[:NUMBERS]:
            before = body[: number.start()]
            after = body[number.end() :]
            yield before + number.expand(instead) + after
        yield re.sub(pattern, instead, body)


def _serialised(value: Any) -> Iterator[str]:
    """As the JSON writers of many languages write it."""
    for sort_keys, separators, ascii_only, indent in product(
        (False, True),
        ((", ", ": "), (",", ":"), (",", ": ")),
        (True, False),
        (None, 2, 4),
    ):
        text = json.dumps(
            value,
            sort_keys=sort_keys,
            separators=separators,
            ensure_ascii=ascii_only,
            indent=indent,
        )
        yield text
        yield text + "\n"
    # Go escapes what HTML would read, and ends with a line feed
    go = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for character, escaped in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        go = go.replace(character, escaped)
    yield go + "\n"


def _as_float(leaf: Any) -> Any:
    if type(leaf) is int and abs(leaf) < EXACT:
        return float(leaf)
    return leaf


def _as_integer(leaf: Any) -> Any:
    if isinstance(leaf, float) and leaf.is_integer():
        return int(leaf)
    return leaf


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Parsed JSON with every leaf changed."""
    if isinstance(value, dict):
        return {name: _mapped(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [_mapped(part, change) for part in value]
    return change(value)


# ---- Privy ---------------------------------------------------------------------------------------

Payload = dict[str, Any]


def privy_texts(received: Received) -> Iterator[Mistake]:
    """Messages that a member of a quorum may have signed."""
    right = _payload(received)
    if right is None:
        return
    yield from _other_headers(right)
    for method in ("POST", "PUT", "PATCH", "DELETE", "GET", received.method.lower()):
        yield "wrong-method", _canonical(right, method=method)
    for name, url in _urls(received):
        yield name, _canonical(right, url=url)
    without_body = {name: value for name, value in right.items() if name != "body"}
    yield "body-missing", _canonical(without_body)
    yield "body-missing", _canonical(right, body="")
    yield "empty-body-as-object", _canonical(right, body={})
    yield "empty-body-as-object", _canonical(right, body=None)
    raw = received.body.decode("utf-8", "replace")
    yield "canonical-json", _canonical(right, body=raw)
    for spelled in _serialised(right):
        yield "canonical-json", spelled
    for spelled in _with_floats(right):
        yield "float-for-integer", spelled


def intent_texts(authorizing: Received, behind: Received) -> Iterator[Mistake]:
    """Messages of an intent's own requests, signed instead of the request behind it: the one that
    brings the signature, and the one that proposed it. Of any other request there are none.
    """
    if authorizing is behind:
        return
    right, own = _payload(behind), _payload(authorizing)
    if right is None or own is None or not isinstance(own["body"], dict):
        return
    unsigned = {name: value for name, value in own["body"].items() if name != "signature"}
    asked = {"method": authorizing.method, "url": authorizing.url}
    for body in (unsigned, unsigned | {"signature": ""}, {}, ""):
        yield "intent-request", _canonical(right, **asked, body=body)
    proposed = behind.url.replace("/v1/", "/v1/intents/", 1)
    yield "intent-request", _canonical(right, url=proposed)


def _payload(received: Received) -> Payload | None:
    """What should have been signed; None where nobody could have."""
    body: Any = ""
    try:
        if received.body:
            body = privy_signing.parsed(received.body)
    except (ValueError, RecursionError):
        return None
    if nested_too_deeply(body, EXPLAIN_NESTING):
        return None
    return {
        "version": 1,
        "method": received.method,
        "url": received.url,
        "body": body,
        "headers": signed_headers(received),
    }


def _canonical(payload: Payload, **changed: Any) -> str:
    return rfc8785.dumps(payload | changed).decode()


def _other_headers(right: Payload) -> Iterator[Mistake]:
    """Without the expiry or with another one, and without the app's id."""
    headers = right["headers"]
    expiry = privy_signing.REQUEST_EXPIRY
    plain = {name: value for name, value in headers.items() if name != expiry}
    yield "unsigned-expiry", _canonical(right, headers=plain)
    number = digits(headers.get(expiry, ""))
    if number is not None and number < EXACT:
        yield "numeric-expiry", _canonical(right, headers=headers | {expiry: number})
        for other in _other_expiries(number):
            yield "wrong-expiry", _canonical(right, headers=headers | {expiry: other})
    nameless = {name: value for name, value in headers.items() if name != privy_signing.APP_ID}
    yield "app-id", _canonical(right, headers=nameless)


def _other_expiries(number: int) -> Iterator[str]:
    yield str(number // 1000)  # seconds
    for away in range(-NEAR_MS, NEAR_MS + 1):
        if away:
            yield str(number + away)


def _with_floats(right: Payload) -> Iterator[str]:
    for body in (_mapped(right["body"], _as_float), right["body"]):
        yield from _serialised(right | {"body": body})
    compact = json.dumps(
        right,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    yield from _numbers_respelled(compact)


def _urls(received: Received) -> Iterator[Mistake]:
    path = received.target
    base = f"{received.scheme}://{received.host}"
    yield "trailing-slash", _slash_toggled(received.url)
    yield "double-slash", f"{base}/{path}"
    yield "double-slash", base + re.sub("/{2,}", "/", path)
    yield "path-without-version", base + path.removeprefix("/v1")
    yield "wrong-url", path
    for host in ("https://api.privy.io", "https://api.staging.privy.io", "https://auth.privy.io"):
        yield "wrong-url", host + path
    port = received.host.rpartition(":")[2]
    for scheme in ("http", "https"):
        yield "wrong-url", f"{scheme}://{received.host}{path}"
        for name in ("localhost", "127.0.0.1", "0.0.0.0"):  # noqa: S104  # spelled, not bound
            yield "wrong-url", f"{scheme}://{name}:{port}{path}"
            yield "wrong-url", f"{scheme}://{name}{path}"
