"""A second opinion on an approval's file: standard library only, and no code of the toolkit.

It runs alone: ``python approval_check.py FILE``. It reads the file strictly, builds the message
anew, and verifies each signature with a P-256 that is written out below. Whoever trusts neither
this nor the toolkit finds in ``docs/leaving.md`` how to do the same with openssl.

Ends with 0 if the file holds, 1 if it does not, 2 if it was not called with a file.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import json
import re
import sys
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LARGEST = 262_144
DEEPEST = 12
SAFE = 2**53 - 1
WHAT = "An approval of the quorum toolkit: a change that several people sign. No key in it."
OFFICIAL = {"https://api.privy.io": "PROD", "https://api.staging.privy.io": "STAGING"}
TEXT, NUMBER, TEXTS = "a text", "a whole number", "a list of texts"
MAYBE = " or null"
# Operations that members sign: method, path, the id in it, and the fields of the body.
OPERATIONS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "update_key_quorum": (
        "PATCH", "/v1/key_quorums/", "key_quorum_id",
        {"public_keys": TEXTS, "user_ids": TEXTS, "key_quorum_ids": TEXTS,
         "authorization_threshold": NUMBER, "display_name": TEXT},
    ),
    "delete_key_quorum": ("DELETE", "/v1/key_quorums/", "key_quorum_id", {}),
    "update_wallet": (
        "PATCH", "/v1/wallets/", "wallet_id",
        {"owner_id": TEXT + MAYBE, "display_name": TEXT + MAYBE,
         "owner": "an owner", "additional_signers": "signers",
         "policy_ids": TEXTS, "external_id": TEXT},
    ),
}  # fmt: skip
OWNER = {"public_key": TEXT, "user_id": TEXT}
SIGNER = {"signer_id": TEXT, "override_policy_ids": TEXTS}
QUORUM = {
    "id": TEXT, "display_name": TEXT + MAYBE, "authorization_threshold": NUMBER + MAYBE,
    "public_keys": TEXTS, "user_ids": TEXTS, "key_quorum_ids": TEXTS,
}  # fmt: skip
WALLET = {
    "id": TEXT, "display_name": TEXT + MAYBE, "address": TEXT, "chain_type": TEXT,
    "owner_id": TEXT, "additional_signers": TEXTS,
}  # fmt: skip
FIELDS = {
    "what": TEXT, "format": NUMBER, "id": TEXT, "environment": "an environment", "identity": TEXT,
    "operation": TEXT, "arguments": "texts by name", "body": TEXT, "message": TEXT,
    "good_until": TEXT, "read_at": TEXT, "quorum": "a quorum", "nested": "quorums",
    "wallet": "a wallet or null", "note": TEXT, "signatures": "signatures",
}  # fmt: skip
COVERED = [name for name in FIELDS if name not in ("what", "id", "signatures")]
MARK = {"public_key": TEXT, "signed_at": TEXT, "signature": TEXT}


class Wrong(Exception):
    """The first thing that is wrong with a file, in words."""


@dataclass(frozen=True)
class Verdict:
    """What comes of a file. Where ``trouble`` is not empty, nothing else of it counts.

    ``message`` is the text that is signed, ``digest`` its SHA-256 and ``fingerprint`` that of the
    request, both 64 hex digits. ``signed_by`` are the SHA-256 of the keys whose signatures hold,
    ``not_counted`` how many do not; ``need``: how many members must sign.
    """

    trouble: str = ""
    id: str = ""
    message: str = ""
    digest: str = ""
    fingerprint: str = ""
    signed_by: tuple[str, ...] = ()
    not_counted: int = 0
    need: int = 0
    ready: bool = False
    expires_ms: int = 0


def check(content: bytes) -> Verdict:
    """The verdict on a file's bytes."""
    try:
        return _verdict(_document(content))
    except Wrong as error:
        return Verdict(trouble=str(error))
    except RecursionError:
        return Verdict(trouble="too deep")


def _verdict(facts: dict[str, Any]) -> Verdict:
    method, url = _request(facts)
    message = message_of(
        method,
        url,
        {
            "privy-app-id": facts["identity"],
            "privy-request-expiry": str(_moment(facts["good_until"], "good_until")),
        },
        _body(facts),
    )
    if message != facts["message"]:
        raise Wrong("message: it is not that of the fields beside it")
    _moment(facts["read_at"], "read_at")
    covered = {name: facts[name] for name in COVERED}
    if _sha256(canonical(covered).encode()) != facts["id"]:
        raise Wrong("id: it is not that of what stands in the file")
    if len(facts["note"]) > 280:
        raise Wrong("note: too long")
    seats = _seats(facts)
    keys = _keys(facts)
    holding = [_holds(mark, message, keys) for mark in facts["signatures"]]
    signed_by = _signed_by(facts, holding, keys)
    head = f"{method} {url}\n{facts['identity']}\n{facts['body']}"
    return Verdict(
        id=facts["id"],
        message=message,
        digest=_sha256(message.encode()),
        fingerprint=_sha256(head.encode()),
        signed_by=tuple(signed_by),
        not_counted=holding.count(False),
        need=seats[0],
        ready=len(signed_by) >= seats[0] and _reached(seats, set(signed_by)),
        expires_ms=_moment(facts["good_until"], "good_until"),
    )


# ---- the message ---------------------------------------------------------------------------------


def message_of(method: str, url: str, headers: dict[str, str], body: Any) -> str:
    """What members sign: canonical JSON (RFC 8785) of what is asked."""
    if body in ({}, []):
        body = ""
    return canonical({"version": 1, "method": method, "url": url, "body": body, "headers": headers})


def canonical(value: Any) -> str:
    """RFC 8785: names ordered by UTF-16, no blanks, whole numbers only.

    Raises:
        Wrong: a float, a number beyond 2^53, or half of a character.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if abs(value) > SAFE:
            raise Wrong("a number is too large")
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_quoted(name)}:{canonical(value[name])}" for name in names) + "}"
    raise Wrong("a number is not whole")


_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _quoted(text: str) -> str:
    written = []
    for character in text:
        if "\ud800" <= character <= "\udfff":
            raise Wrong("half of a character")
        if character in _SHORT:
            character = _SHORT[character]
        elif character < " ":
            character = f"\\u{ord(character):04x}"
        written.append(character)
    return '"' + "".join(written) + '"'


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# ---- the file ------------------------------------------------------------------------------------


def _document(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise Wrong("too large")
    facts = _json(content)
    if not isinstance(facts, dict):
        raise Wrong("not an object")
    if facts.get("what") != WHAT or type(facts.get("format")) is not int or facts["format"] != 1:
        raise Wrong("what, format: not an approval of format 1")
    for name, kind in FIELDS.items():
        if name not in facts:
            raise Wrong(f"{name} is missing")
        _must_be(facts[name], kind, name)
    return facts


def _json(content: bytes) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise Wrong("a name stands twice")
        return dict(pairs)

    def whole(digits: str) -> int:
        if len(digits) > 17 or abs(int(digits)) > SAFE:
            raise Wrong("a number is too large")
        return int(digits)

    def refuse(text: str) -> Any:
        raise Wrong(f"{text[:20]} is not a whole number")

    try:
        value = json.loads(
            content.decode(),
            object_pairs_hook=once,
            parse_int=whole,
            parse_float=refuse,
            parse_constant=refuse,
        )
    except ValueError:
        raise Wrong("not JSON in UTF-8") from None
    _must_be_shallow(value, 1)
    return value


def _must_be_shallow(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise Wrong("too deep")
    if isinstance(value, str):
        _quoted(value)  # no half of a character
    elif isinstance(value, dict):
        for name, each in value.items():
            _must_be_shallow(name, depth + 1)
            _must_be_shallow(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _must_be_shallow(each, depth + 1)


def _must_be(value: Any, kind: str, where: str) -> None:
    plain = kind.removesuffix(MAYBE)
    if plain != kind and value is None:
        return
    structures: dict[str, tuple[dict[str, str], bool]] = {
        "an environment": ({"name": TEXT, "base_url": TEXT}, True),
        "a quorum": (QUORUM, True),
        "a wallet": (WALLET, True),
    }
    lists = {"quorums": "a quorum", "signatures": "a signature", TEXTS: TEXT}
    if plain in lists:
        if not isinstance(value, list):
            raise Wrong(f"{where} is not a list")
        for at, each in enumerate(value):
            _must_be(each, lists[plain], f"{where}[{at}]")
    elif plain in structures:
        fields, closed = structures[plain]
        _must_have(value, fields, where, closed=closed)
    elif plain == "a signature":
        _must_have(value, MARK, where, closed=False)
    elif not _is(value, plain):
        raise Wrong(f"{where} is not {kind}")


def _is(value: Any, kind: str) -> bool:
    if kind == "texts by name":
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return isinstance(value, str) if kind == TEXT else type(value) is int


def _must_have(value: Any, fields: dict[str, str], where: str, *, closed: bool) -> None:
    if not isinstance(value, dict):
        raise Wrong(f"{where} is not an object")
    if closed and set(value) - set(fields):
        raise Wrong(f"{where} has a field more")
    for name, kind in fields.items():
        if name not in value:
            raise Wrong(f"{where}.{name} is missing")
        _must_be(value[name], kind, f"{where}.{name}")


def _moment(text: str, where: str) -> int:
    """Unix milliseconds of a moment as the file writes it."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", text):
        try:
            moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
        except ValueError:
            raise Wrong(f"{where} is no day") from None
        since = moment - datetime.datetime(1970, 1, 1)  # both are UTC
        return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    raise Wrong(f"{where} is no moment")


# ---- what is asked -------------------------------------------------------------------------------


def _request(facts: dict[str, Any]) -> tuple[str, str]:
    """Method and URL."""
    if facts["operation"] not in OPERATIONS:
        raise Wrong("operation: not one that members sign")
    method, path, name, _ = OPERATIONS[facts["operation"]]
    if set(facts["arguments"]) != {name}:
        raise Wrong(f"arguments: not {name} alone")
    value = facts["arguments"][name]
    if not value.strip() or value in (".", "..") or len(value) > 1024:
        raise Wrong("arguments: no id")
    if re.search("[\x00-\x1f\x7f-\x9f]", value):
        raise Wrong("arguments: a control character")
    _must_be_about(facts, value)
    return method, _base_url(facts) + path + urllib.parse.quote(value, safe="")


def _must_be_about(facts: dict[str, Any], value: str) -> None:
    quorum, wallet = facts["quorum"], facts["wallet"]
    if facts["operation"] == "update_wallet":
        if wallet is None or wallet["id"] != value or wallet["owner_id"] != quorum["id"]:
            raise Wrong("wallet, quorum: not those that are asked about")
    elif wallet is not None or quorum["id"] != value:
        raise Wrong("wallet, quorum: not those that are asked about")


def _base_url(facts: dict[str, Any]) -> str:
    name, url = facts["environment"]["name"], facts["environment"]["base_url"]
    plain = re.fullmatch(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?(/[!-~]*)?", url)
    if not plain or re.search(r"[?#@\\%]|//.*//|/\.{1,2}(/|$)", url) or url.endswith(("/", ".")):
        raise Wrong("environment: no plain address")
    scheme, host, port = plain[1], plain[2].strip("[]"), plain[3] or ""
    if port in {"https": (":443",), "http": (":80",)}[scheme] or port.startswith(":0"):
        raise Wrong("environment: a port that goes without saying")
    here = re.fullmatch(r"localhost|::1|127(\.[0-9]{1,3}){3}", host) is not None
    if scheme == "http" and not here:
        raise Wrong("environment: not https")
    if name == "EMULATOR" and not (here or host.endswith(".invalid")):
        raise Wrong("environment: the emulator is not there")
    _must_be_named_so(name, url, host)
    return str(url)


def _must_be_named_so(name: str, url: str, host: str) -> None:
    known = {urllib.parse.urlsplit(each).hostname: each for each in OFFICIAL}
    if host in known and name != OFFICIAL[known[host]]:
        raise Wrong("environment: this address has another name")
    if name in OFFICIAL.values() and OFFICIAL.get(url) != name:
        raise Wrong("environment: this name has another address")


def _body(facts: dict[str, Any]) -> Any:
    fields = OPERATIONS[facts["operation"]][3]
    if not fields:
        if facts["body"]:
            raise Wrong("body: this has none")
        return ""
    body = _json(facts["body"].encode())
    if not isinstance(body, dict) or canonical(body) != facts["body"]:
        raise Wrong("body: not canonical JSON of an object")
    for name, value in body.items():
        if name not in fields:
            raise Wrong(f"body: {name} is not known")
        _must_be_a_field(value, fields[name], f"body: {name}")
    return body


def _must_be_a_field(value: Any, kind: str, where: str) -> None:
    if kind == "an owner":
        if value is not None:
            _must_have_some(value, OWNER, where)
    elif kind == "signers":
        if not isinstance(value, list):
            raise Wrong(f"{where} is not a list")
        for each in value:
            _must_have_some(each, SIGNER, where)
            if "signer_id" not in each:
                raise Wrong(f"{where}: signer_id is missing")
    else:
        _must_be(value, kind, where)


def _must_have_some(value: Any, fields: dict[str, str], where: str) -> None:
    if not isinstance(value, dict) or set(value) - set(fields):
        raise Wrong(f"{where}: not an object of these fields")
    for name, each in value.items():
        _must_be(each, fields[name], f"{where}.{name}")


# ---- who must sign, and who did ------------------------------------------------------------------

Point = tuple[int, int]
Seats = tuple[int, list[Any]]  # how many of these: identities, and seats again


def _seats(facts: dict[str, Any]) -> Seats:
    ids = [each["id"] for each in facts["nested"]]
    if ids != facts["quorum"]["key_quorum_ids"]:
        raise Wrong("nested: not the quorums that quorum names")
    known = {each["id"]: each for each in facts["nested"]}
    if any(known[each["id"]] != each for each in facts["nested"]):
        raise Wrong("nested: one id, and two quorums")
    seats = _seats_of(facts["quorum"], known, (facts["quorum"]["id"],))
    keys = set(_keys(facts))
    if len(keys) < _required(facts["quorum"]) or not _reached(seats, keys):
        raise Wrong("quorum: its keys alone can never be enough")
    return _required(facts["quorum"]), seats[1]


def _required(quorum: dict[str, Any]) -> int:
    if quorum["authorization_threshold"] is not None:
        return int(quorum["authorization_threshold"])
    return sum(len(quorum[name]) for name in ("public_keys", "user_ids", "key_quorum_ids"))


def _seats_of(quorum: dict[str, Any], known: dict[str, Any], inside: tuple[str, ...]) -> Seats:
    members: list[Any] = list(dict.fromkeys(map(identity, quorum["public_keys"])))
    members = list(dict.fromkeys([*members, *quorum["user_ids"]]))
    for each in dict.fromkeys(quorum["key_quorum_ids"]):
        if each in inside:
            raise Wrong("quorum: it stands inside itself")
        member = each
        if each in known:
            member = _seats_of(known[each], known, (*inside, each))
        members.append(member)
    if len({each for each in members if isinstance(each, str)}) < sum(
        isinstance(each, str) for each in members
    ):
        raise Wrong("quorum: a member stands twice")
    threshold = quorum["authorization_threshold"]
    if threshold is None:
        threshold = len(members)
    if not 1 <= threshold <= len(members):
        raise Wrong("quorum: a threshold that does not fit")
    return threshold, members


def _reached(seats: Seats, signed: set[str]) -> bool:
    threshold, members = seats
    there = [
        _reached(each, signed) if isinstance(each, tuple) else each in signed for each in members
    ]
    return sum(there) >= threshold


def identity(spelling: str) -> str:
    """SHA-256 of a key's canonical SPKI, whatever its spelling: base64 on any lines, or PEM."""
    return _sha256(_HEAD + _encoded(_point(spelling)))


def _keys(facts: dict[str, Any]) -> dict[str, Point]:
    spellings = [
        each for quorum in (facts["quorum"], *facts["nested"]) for each in quorum["public_keys"]
    ]
    return {identity(each): _point(each) for each in spellings}


def _signed_by(facts: dict[str, Any], holding: list[bool], keys: dict[str, Point]) -> list[str]:
    marks = zip(facts["signatures"], holding, strict=True)
    signed = {identity(mark["public_key"]) for mark, holds in marks if holds}
    return [each for each in keys if each in signed]


def _holds(mark: dict[str, Any], message: str, keys: dict[str, Point]) -> bool:
    try:
        _moment(mark["signed_at"], "signed_at")
        name = identity(mark["public_key"])
        if name not in keys:
            return False
        spki = base64.b64encode(_HEAD + _encoded(keys[name])).decode()
        der = base64.b64decode(mark["signature"], validate=True)
        spelled = (spki, base64.b64encode(der).decode())
        if spelled != (mark["public_key"], mark["signature"]):
            return False
        return verifies(keys[name], message.encode(), der)
    except (Wrong, binascii.Error, ValueError):
        return False


# ---- P-256 ---------------------------------------------------------------------------------------

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# SubjectPublicKeyInfo of P-256, up to the point: uncompressed, and compressed.
_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_SHORT_HEAD = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")


def verifies(key: Point, message: bytes, der: bytes) -> bool:
    """Whether a DER signature over the message's SHA-256 was made with this key. Either S holds."""
    pair = _pair(der)
    if pair is None:
        return False
    r, s = pair
    if not (0 < r < N and 0 < s < N):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, -1, N)
    point = _add(_times(digest * inverse % N, G), _times(r * inverse % N, key))
    return point is not None and point[0] % N == r


def _pair(der: bytes) -> tuple[int, int] | None:
    """r and s, if the bytes are DER of them and nothing else."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2 or len(der) > 72:
        return None
    numbers, rest = [], der[2:]
    for _ in range(2):
        if len(rest) < 3 or rest[0] != 2 or not 1 <= rest[1] <= len(rest) - 2:
            return None
        number, rest = rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
        if number[0] & 0x80 or (len(number) > 1 and number[0] == 0 and not number[1] & 0x80):
            return None
        numbers.append(int.from_bytes(number, "big"))
    return None if rest else (numbers[0], numbers[1])


def _add(one: Point | None, other: Point | None) -> Point | None:
    if one is None or other is None:
        return other if one is None else one
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def _times(number: int, point: Point) -> Point | None:
    total: Point | None = None
    doubled: Point | None = point
    while number:
        if number & 1:
            total = _add(total, doubled)
        doubled = _add(doubled, doubled)
        number >>= 1
    return total


def _encoded(point: Point) -> bytes:
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def _point(spelling: str) -> Point:
    """The point of a key: base64 of SPKI, or PEM."""
    text = re.sub(r"-----(BEGIN|END) PUBLIC KEY-----", "", spelling)
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("a key is not base64") from None
    if der.startswith(_HEAD) and len(der) == len(_HEAD) + 65 and der[26] == 4:
        x, y = (int.from_bytes(der[at : at + 32], "big") for at in (27, 59))
    elif der.startswith(_SHORT_HEAD) and len(der) == len(_SHORT_HEAD) + 33 and der[26] in (2, 3):
        x = int.from_bytes(der[27:], "big")
        y = pow(x**3 - 3 * x + B, (P + 1) // 4, P)
        if y % 2 != der[26] - 2:
            y = P - y
    else:
        raise Wrong("a key is not P-256")
    if not (x < P and y < P) or (y * y - x**3 + 3 * x - B) % P:
        raise Wrong("a key is not on the curve")
    return x, y


# ---- run alone -----------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Print the verdict on a file; 0 if it holds."""
    if len(arguments) != 1:
        print("python approval_check.py FILE", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as file:  # noqa: PTH123  # nothing more is needed
            verdict = check(file.read(LARGEST + 1))
    except OSError as error:
        print(f"It cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    if verdict.trouble:
        print(f"DOES NOT HOLD: {ascii(verdict.trouble)[1:-1]}")
        return 1
    until = datetime.datetime.fromtimestamp(verdict.expires_ms / 1000, datetime.UTC)
    print(f"approval     {verdict.id}")
    print(f"request      {verdict.fingerprint}")
    print(f"good until   {until:%Y-%m-%d %H:%M:%S} UTC")
    print(f"signed       {len(verdict.signed_by)} of {verdict.need}, by the quorum in the file")
    for key in verdict.signed_by:
        print(f"  key        {key}")
    if verdict.not_counted:
        print(f"not counted  {verdict.not_counted}: they do not fit")
    print(f"SHA-256 of the message  {verdict.digest}")
    print(f"the message, {len(verdict.message.encode())} bytes:")
    print(ascii(verdict.message)[1:-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
