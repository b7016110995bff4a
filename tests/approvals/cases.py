"""Approval files with what must come of each, for every implementation that reads them.

``python -m tests.approvals.cases FOLDER`` writes them, and ``expected.json`` beside them.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tests.approvals.together import AT_MS, STRANGER, approval_of, bent, facts_of, made, quorum_of
from tests.samples import KEYS
from toolkit import Approval, Emulator, privy
from toolkit.approvals import file
from toolkit.keys.private import P256_ORDER

Change = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Case:
    """A file and what comes of it: whether it holds, and how many signatures are counted and not.

    ``words``: what our refusal says, where it does not hold.
    """

    name: str
    content: bytes
    holds: bool
    words: str = ""
    signed: int = 0
    not_counted: int = 0


def put(name: str, value: Any) -> Change:
    """A field of the file, by its path, gets another value."""

    def change(facts: dict[str, Any]) -> None:
        *way, last = (int(step) if step.isdigit() else step for step in name.split("."))
        for step in way:
            facts = facts[step]
        facts[last] = value

    return change


def drop(name: str) -> Change:
    """A field of the file, by its path, is missing."""

    def change(facts: dict[str, Any]) -> None:
        *way, last = name.split(".")
        for step in way:
            facts = facts[step]
        del facts[last]

    return change


#: What is written instead of the file's text, and what the refusal must say.
SPOILT: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "empty": (lambda text: "", "line 1 is not JSON"),
    "a list": (lambda text: "[]", "not an object of JSON"),
    "a text": (lambda text: '"approval"', "not an object of JSON"),
    "not UTF-8": (lambda text: b"\xff\xfe" + text.encode(), "it is not UTF-8"),
    "a mark of the byte order": (lambda text: b"\xef\xbb\xbf" + text.encode(), "not JSON"),
    "UTF-16": (lambda text: text.encode("utf-16"), "it is not UTF-8"),
    "cut short": (lambda text: text[:-20], "is not JSON"),
    "something after it": (lambda text: text + "{}", "is not JSON"),
    "a comma more": (lambda text: text[:-1] + ",}", "is not JSON"),
    "a comment": (lambda text: "// note\n" + text, "is not JSON"),
    "a name twice": (lambda text: text.replace('"note"', '"note": "x", "note"'), "note stands in it twice"),
    "a nested name twice": (lambda text: text.replace('"name"', '"name": "PROD", "name"'), "name stands in it twice"),
    "a name twice, escaped": (lambda text: text.replace('"note"', r'"n\u006fte": "x", "note"'), "note stands in it twice"),
    "too large": (lambda text: text.replace('"note": ""', f'"note": "{"x" * file.LARGEST}"'), "more than 262,144 bytes"),
    "too large, with blanks": (lambda text: text + " " * file.LARGEST, "more than 262,144 bytes"),
    "too deep": (lambda text: text.replace('"note": ""', f'"note": {"[" * 20}{"]" * 20}'), "more than 12 levels"),
    "far too deep": (lambda text: "[" * 100_000, "more than 12 levels|not JSON"),
    "an unknown field too deep": (lambda text: text.replace('"note": ""', f'"x": {"[" * 20}{"]" * 20}, "note": ""'), "more than 12 levels"),
    "a float": (lambda text: text.replace('"format": 1', '"format": 1.0'), "1.0 is not a whole number"),
    "a float in an unknown field": (lambda text: text.replace('"format": 1', '"format": 1, "x": 1.5'), "1.5 is not a whole number"),
    "an exponent": (lambda text: text.replace('"format": 1', '"format": 1e0'), "1e0 is not a whole number"),
    "NaN": (lambda text: text.replace('"format": 1', '"format": NaN'), "NaN is not a whole number"),
    "Infinity": (lambda text: text.replace('"format": 1', '"format": -Infinity'), "-Infinity is not a whole number"),
    "a huge number": (lambda text: text.replace('"format": 1', f'"format": {"9" * 5000}'), "too large a number"),
    "beyond 2^53": (lambda text: text.replace('"format": 1', '"format": 1, "x": 9007199254740993'), "too large a number"),
    "another format": (lambda text: text.replace('"format": 1', '"format": 2'), "format 2: this toolkit reads format 1"),
    "true as a number": (lambda text: text.replace('"format": 1', '"format": true'), "there is no number of it"),
    "half a character": (lambda text: text.replace('"note": ""', r'"note": "\ud800"'), "half of a character"),
    "half a character in a name": (lambda text: text.replace('"note": ""', r'"\udfff": "", "note": ""'), "half of a character"),
    "something else": (lambda text: '{"people": []}', "what: it does not say that it is one"),
    "a field more inside": (lambda text: text.replace('"user_ids"', '"x": 1, "user_ids"'), "unknown field x: quorum"),
    "a field more in the environment": (lambda text: text.replace('"base_url"', '"x": 1, "base_url"'), "unknown field x: environment"),
}  # fmt: skip

_WALLET = {"id": "w", "display_name": None, "address": "", "chain_type": "", "owner_id": "", "additional_signers": []}  # fmt: skip
#: What is changed, the id worked out anew; and what the refusal must say.
CONTRADICTING: dict[str, tuple[Change, str]] = {
    "another host under a known name": (put("environment", {"name": "PROD", "base_url": "https://evil.example"}), "environment: PROD is at https://api.privy.io"),
    "a port under a known name": (put("environment", {"name": "PROD", "base_url": "https://api.privy.io:8443"}), "environment: PROD is at"),
    "a known host under another name": (put("environment", {"name": "TEST", "base_url": "https://api.privy.io"}), "environment: name and base_url"),
    "the emulator elsewhere": (put("environment", {"name": "EMULATOR", "base_url": "https://evil.example"}), "EMULATOR is for the emulator"),
    "plain http": (put("environment", {"name": "X", "base_url": "http://evil.example"}), "base_url must use https"),
    "a user in the address": (put("environment", {"name": "X", "base_url": "https://api.privy.io@evil.example"}), "base_url must be a plain address"),
    "a slash at its end": (put("environment", {"name": "EMULATOR", "base_url": "https://emulator.invalid/"}), "environment: name and base_url"),
    "a port that goes without saying": (put("environment", {"name": "EMULATOR", "base_url": "https://emulator.invalid:443"}), "environment: name and base_url"),
    "a capital in the host": (put("environment", {"name": "EMULATOR", "base_url": "https://Emulator.invalid"}), "environment: name and base_url"),
    "another app": (put("identity", "cm49410e6f9c4a24685a8e7f"), "message: it is not that of"),
    "another expiry": (put("good_until", "2030-01-01T00:00:00.000Z"), "message: it is not that of"),
    "no day": (put("good_until", "2026-02-31T00:00:00.000Z"), "good_until is no moment"),
    "a moment without milliseconds": (put("read_at", "2026-11-20T09:41:00Z"), "read_at is no moment"),
    "a moment with another zone": (put("read_at", "2026-11-20T09:41:00.000+01:00"), "read_at is no moment"),
    "another body": (put("body", '{"authorization_threshold":1}'), "message: it is not that of"),
    "blanks in the body": (put("body", '{ "authorization_threshold":3,"display_name":"Vendors"}'), "body: it is not what this toolkit would send"),
    "another order in the body": (put("body", '{"display_name":"Vendors","authorization_threshold":3}'), "body: it is not what this toolkit would send"),
    "a name twice in the body": (put("body", '{"authorization_threshold":3,"authorization_threshold":3}'), "body: it is not what this toolkit would send"),
    "no JSON in the body": (put("body", "{"), "body: it is not what the operation takes"),
    "a list as body": (put("body", "[]"), "body: it is not what the operation takes"),
    "no body": (put("body", ""), "takes UpdateKeyQuorumRequest"),
    "an unknown field in the body": (put("body", '{"x":1}'), "body: it is not what this toolkit would send"),
    "a text as threshold": (put("body", '{"authorization_threshold":"3"}'), "body: it is not what the operation takes"),
    "true as threshold": (put("body", '{"authorization_threshold":true}'), "body: it is not what the operation takes"),
    "another message": (put("message", "{}"), "message: it is not that of"),
    "an operation that nobody signs": (put("operation", "create_key_quorum"), "operation: 'create_key_quorum' is not known"),
    "a read": (put("operation", "get_key_quorum"), "operation: 'get_key_quorum' is not known"),
    "an unknown operation": (put("operation", "pay"), "operation: 'pay' is not known"),
    "another operation": (put("operation", "delete_key_quorum"), "takes no body"),
    "no id": (put("arguments", {}), "update_key_quorum needs key_quorum_id"),
    "an id more": (put("arguments.wallet_id", "w"), "update_key_quorum needs key_quorum_id"),
    "an empty id": (put("arguments.key_quorum_id", " "), "key_quorum_id is empty"),
    "a dot segment as id": (put("arguments.key_quorum_id", ".."), "cannot be an id"),
    "another quorum": (put("arguments.key_quorum_id", "q2"), "quorum: it is not the one that arguments names"),
    "a threshold out of reach": (put("quorum.authorization_threshold", 9), "can never be enough"),
    "a threshold of none": (put("quorum.authorization_threshold", 0), "does not fit 3 members"),
    "users must sign": (lambda facts: facts["quorum"].update(user_ids=["did:privy:a"], authorization_threshold=None), "quorum: the keys of .* alone can never be enough"),
    "no key as Privy has it": (put("quorum.public_keys.0", "02" + "ab" * 32), "is no key as Privy has them"),
    "a key off the curve": (put("quorum.public_keys.0", base64.b64encode(base64.b64decode(KEYS[0].public.to_base64())[:-1] + b"\0").decode()), "is no key as Privy has them"),
    "nested ones that are not named": (put("quorum.key_quorum_ids", ["n"]), "nested: these are not the quorums"),
    "nested ones too many": (lambda facts: facts["nested"].append(facts["quorum"]), "nested: these are not the quorums"),
    "a wallet": (put("wallet", _WALLET), "wallet: this is about none"),
    "a note too long": (put("note", "x" * 281), "note: it has more than 280"),
}  # fmt: skip


def signature(at: int, change: Callable[[str], Any]) -> Change:
    """A signature of the file is replaced by what is made of it."""

    def changed(facts: dict[str, Any]) -> None:
        mark = facts["signatures"][at]
        mark["signature"] = change(mark["signature"])

    return changed


def _raw(text: str) -> str:
    r, s = decode_dss_signature(base64.b64decode(text))
    return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()


def _of(r: Callable[[int], int], s: Callable[[int], int]) -> Callable[[str], str]:
    def change(text: str) -> str:
        pair = decode_dss_signature(base64.b64decode(text))
        return base64.b64encode(encode_dss_signature(r(pair[0]), s(pair[1]))).decode()

    return change


def _same(number: int) -> int:
    return number


#: Two members have signed; what is done to the file; and how many are then counted, and not.
SIGNATURES: dict[str, tuple[Change, int, int]] = {
    "both": (lambda facts: None, 2, 0),
    "high S": (signature(0, _of(_same, lambda s: max(s, P256_ORDER - s))), 2, 0),
    "low S": (signature(0, _of(_same, lambda s: min(s, P256_ORDER - s))), 2, 0),
    "another order": (lambda facts: facts["signatures"].reverse(), 2, 0),
    "one twice": (lambda facts: facts["signatures"].append(facts["signatures"][0]), 2, 0),
    "none": (lambda facts: facts["signatures"].clear(), 0, 0),
    "an unknown field": (lambda facts: facts.update(colour="green"), 2, 0),
    "an unknown field of a signature": (lambda facts: facts["signatures"][0].update(mood="good"), 2, 0),
    "another moment": (put("signatures.0.signed_at", "2026-01-01T00:00:00.000Z"), 2, 0),
    "no moment": (put("signatures.0.signed_at", "today"), 1, 1),
    "an empty one": (signature(0, lambda text: ""), 1, 1),
    "no base64": (signature(0, lambda text: "?" + text[1:]), 1, 1),
    "base64 with blanks": (signature(0, lambda text: " " + text), 1, 1),
    "base64 with padding too much": (signature(0, lambda text: text + "="), 1, 1),
    "r and s side by side": (signature(0, _raw), 1, 1),
    "bytes after it": (signature(0, lambda text: base64.b64encode(base64.b64decode(text) + b"\0").decode()), 1, 1),
    "r is zero": (signature(0, _of(lambda r: 0, _same)), 1, 1),
    "s is zero": (signature(0, _of(_same, lambda s: 0)), 1, 1),
    "r is the order": (signature(0, _of(lambda r: P256_ORDER, _same)), 1, 1),
    "s is the order": (signature(0, _of(_same, lambda s: P256_ORDER)), 1, 1),
    "r and s exchanged": (signature(0, lambda text: base64.b64encode(encode_dss_signature(*decode_dss_signature(base64.b64decode(text))[::-1])).decode()), 1, 1),
    "s one more": (signature(0, _of(_same, lambda s: s + 1)), 1, 1),
    "exchanged between them": (lambda facts: facts["signatures"][0].update(signature=facts["signatures"][1]["signature"]), 1, 1),
    "under another member's key": (put("signatures.0.public_key", KEYS[2].public.to_base64()), 1, 1),
    "under a stranger's key": (put("signatures.0.public_key", STRANGER.public.to_base64()), 1, 1),
    "under a key in PEM": (put("signatures.0.public_key", KEYS[0].public.to_pem()), 1, 1),
    "under no key": (put("signatures.0.public_key", "key"), 1, 1),
    "a stranger's": (lambda facts: facts["signatures"].append(_mark(STRANGER, facts["message"])), 2, 1),
    "over another message": (lambda facts: facts["signatures"].append(_mark(KEYS[2], facts["message"] + "\n")), 2, 1),
    "over the body": (lambda facts: facts["signatures"].append(_mark(KEYS[2], facts["body"])), 2, 1),
    "over the id": (lambda facts: facts["signatures"].append(_mark(KEYS[2], facts["id"])), 2, 1),
    "a third": (lambda facts: facts["signatures"].append(_mark(KEYS[2], facts["message"])), 3, 0),
}  # fmt: skip


def _mark(key: Any, message: str) -> dict[str, str]:
    return {
        "public_key": key.public.to_base64(),
        "signed_at": file.written_moment(AT_MS),
        "signature": made(key, message),
    }


def cases() -> Iterator[Case]:
    """Every case."""
    app = Emulator.seeded().privy_client()
    facts = facts_of(approval_of(app))
    for name, (spoil, words) in SPOILT.items():
        content = spoil(json.dumps(facts))
        yield Case(name, content if isinstance(content, bytes) else content.encode(), False, words)
    for name, (change, words) in CONTRADICTING.items():
        copy = bent(facts, change)
        yield Case(name, _written(copy | {"id": file.id_of(copy)}), False, words)
    for name in file.KNOWN:
        words = (
            "what: it does not say"
            if name == "what"
            else f"format: there is no|missing required field {name}"
        )
        yield Case(f"without {name}", _written(bent(facts, drop(name))), False, words)
        other: Any = 1 if isinstance(facts[name], str | dict | list) else "x"
        yield Case(f"{name} of another type", _written(facts | {name: other}), False, f"{name}")
    for name in file.QuorumAsRead.__struct_fields__:
        yield Case(
            f"a quorum without {name}", _written(bent(facts, drop(f"quorum.{name}"))), False, name
        )
        yield Case(
            f"a quorum’s {name} of another type",
            _written(bent(facts, put(f"quorum.{name}", {}))),
            False,
            name,
        )
    for name in ("note", "read_at", "good_until", "message", "body", "identity", "id"):
        value = facts[name] + " "
        if value.endswith("Z "):  # another millisecond, whichever it was
            value = f"{facts[name][:-2]}{(int(facts[name][-2]) + 1) % 10}Z"
        yield Case(
            f"{name} changed, the old id", _written(facts | {name: value}), False, "does not hold"
        )
    signed = approval_of(app).sign(KEYS[0], signed_ms=AT_MS).sign(KEYS[1], signed_ms=AT_MS)
    for name, (change, counted, not_counted) in SIGNATURES.items():
        copy = bent(facts_of(signed), change)
        yield Case(f"signatures: {name}", _written(copy), True, "", counted, not_counted)
    for name, approval in others(app):
        yield Case(name, approval.to_bytes(), True, "", len(approval.given))


def others(app: privy.Client) -> Iterator[tuple[str, Approval]]:
    """Approvals of the other operations, and of quorums of other shapes."""
    quorum = quorum_of(app)
    yield "a deletion", Approval.of(app, privy.delete_key_quorum(quorum.id)).sign(KEYS[0])
    request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum.id)
    wallet = app.send(privy.create_wallet(request))
    for name, change in {
        "a wallet without an owner": privy.UpdateWalletRequest(owner_id=None),
        "a wallet’s new owner": privy.UpdateWalletRequest(owner=privy.WalletOwner(public_key=STRANGER.public)),
        "a wallet’s signers": privy.UpdateWalletRequest(additional_signers=[privy.AdditionalSigner(signer_id=quorum.id)]),
    }.items():  # fmt: skip
        yield name, Approval.of(app, privy.update_wallet(wallet.id, change)).sign(KEYS[2])
    outer = quorum_of(app, [STRANGER, KEYS[0]], 2, key_quorum_ids=[quorum.id])
    hostile = privy.UpdateKeyQuorumRequest(display_name='<b>é 🔑 "\\/')
    call = privy.update_key_quorum(outer.id, hostile)
    yield "nested", Approval.of(app, call, note="ÿ 🔑").sign(KEYS[0]).sign(KEYS[1]).sign(STRANGER)
    pem = privy.CreateKeyQuorumRequest(public_keys=[KEYS[0].public.to_pem(), KEYS[1].public], user_ids=["did:privy:x"], authorization_threshold=1)  # fmt: skip
    spelled = app.send(privy.create_key_quorum(pem))
    yield (
        "a key in PEM and a user",
        Approval.of(app, privy.delete_key_quorum(spelled.id)).sign(KEYS[0]),
    )


def _written(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts).encode()


def main(folder: str) -> None:
    """Write every file and what must come of it."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    expected = {}
    for at, case in enumerate(cases()):
        name = f"{at:03}.json"
        (place / name).write_bytes(case.content)
        expected[name] = {"case": case.name, "holds": case.holds, "signed": case.signed, "not_counted": case.not_counted}  # fmt: skip
    (place / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1])
