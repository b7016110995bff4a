"""The second opinion: a file of its own, which shares no code and agrees on every file, vector and random request."""

from __future__ import annotations

import ast
import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.approvals.cases import Case, cases
from tests.approvals.generated import approvals
from tests.approvals.together import an_approval, facts_of
from tests.samples import KEYS
from toolkit import Approval
from toolkit.approvals import approval_check, file
from toolkit.errors import InputError
from toolkit.keys import P256Key
from toolkit.privy import models, operations, signing
from toolkit.request import call, prepared

ROOT = Path(__file__).parents[2]
SOURCE = Path(approval_check.__file__)
VECTORS: dict[str, Any] = json.loads(
    (ROOT / "tests" / "vectors" / "privy_signing.json").read_text()
)
CASES = list(cases())
REQUESTS = 10_000 if os.environ.get("TEST_CAMPAIGN") else 200


def test_enough_cases_fail() -> None:
    """There are at least 120 files, of which at least 70 % must fail, each with its reason."""
    assert len(CASES) >= 120
    assert sum(not case.holds or case.not_counted > 0 for case in CASES) / len(CASES) >= 0.7
    assert all(case.words for case in CASES if not case.holds)
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ours_and_the_second_agree(case: Case, tmp_path: Path) -> None:
    """Both come to what the case says; where it holds, to the same id, message, digest and signers."""
    path = tmp_path / "sent.json"
    path.write_bytes(case.content)
    second = approval_check.check(case.content)
    assert (second.trouble == "") == case.holds, second.trouble
    if not case.holds:
        with pytest.raises(InputError, match=rf"sent\.json .*({case.words})"):
            Approval.load(path)
        return
    ours = Approval.load(path)
    assert (len(ours.signed_by), len(ours.not_counted)) == (case.signed, case.not_counted)
    assert set(second.signed_by) == set(ours.signed_by)
    assert (second.id, second.message, second.fingerprint) == (
        ours.id,
        ours.message,
        ours.fingerprint,
    )
    assert (second.need, second.ready, second.not_counted) == (
        ours.need,
        ours.ready,
        case.not_counted,
    )
    assert second.expires_ms == ours.expires_ms


def test_it_runs_alone(tmp_path: Path) -> None:
    """One file, without the toolkit beside it, says the same on a terminal, and ends with 1 where a file does not hold."""
    copy = tmp_path / "approval_check.py"
    copy.write_bytes(SOURCE.read_bytes())
    approval = an_approval(note="\u202eon").sign(KEYS[0])
    good = approval.save(tmp_path / "good.json")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(facts_of(approval) | {"note": "other"}))

    def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", copy, *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    said = run(good)
    assert said.returncode == 0, said.stderr
    assert approval.id in said.stdout
    assert "signed       1 of 2" in said.stdout
    assert said.stdout.isascii()
    assert run(bad).returncode == 1
    assert "DOES NOT HOLD: id" in run(bad).stdout
    assert run().returncode == 2
    assert run(tmp_path / "nowhere.json").returncode == 1


def test_it_shares_no_code() -> None:
    """It imports the standard library alone."""
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names


def test_it_knows_the_same_requests() -> None:
    """Its table of operations and fields is that of the models: a field more here is a field more there."""
    signed = {
        each.name: each for each in operations.OPERATIONS if each.co_signed or each.owner_signs
    }
    assert set(approval_check.OPERATIONS) == set(signed)
    for name, (method, path, argument, fields) in approval_check.OPERATIONS.items():
        operation = signed[name]
        assert (method, path + "{" + argument + "}") == (operation.method, operation.path)
        known = operation.body.__struct_fields__ if operation.body else ()
        assert set(fields) == set(known)
    assert set(approval_check.OWNER) == set(models.WalletOwner.__struct_fields__)
    assert set(approval_check.SIGNER) == set(models.AdditionalSigner.__struct_fields__)


whole = st.integers(-(2**53) + 1, 2**53 - 1)
# code points and UTF-16 put the last two in different orders
odd = st.sampled_from(list('ab"\\/\x00\x1f\x7f\u2028é\ufb33🔑'))
texts = st.text(odd | st.characters(exclude_categories=["Cs"]), max_size=8)
bodies = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | whole | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=8,
    ),
    max_size=5,
)


def test_the_messages_agree() -> None:
    """Over random bodies of any shape both write the same message, with the same digest."""
    agree_on_messages()


def test_the_requests_agree() -> None:
    """Over random approvals, of any request anywhere, both come to the same id, message, digest and fingerprint."""
    agree_on_requests()


def agree() -> None:
    agree_on_messages()
    agree_on_requests()


def agree_on_messages() -> None:
    @settings(max_examples=REQUESTS, phases=[Phase.explicit, Phase.generate], database=None)
    @example("PATCH", "", {}, {"\ufb33": 1, "🔑": 2})  # in UTF-16 the other way round
    @given(
        st.sampled_from(["PATCH", "DELETE"]),
        texts,
        st.dictionaries(texts, texts, max_size=3),
        bodies,
    )
    def look(method: str, url: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        one = signing.message(method, url, headers, body)
        other = approval_check.message_of(method, url, headers, body)
        assert one == other
        assert sha256(one.encode()).hexdigest() == approval_check._sha256(other.encode())

    look()


def agree_on_requests() -> None:
    @settings(
        max_examples=REQUESTS,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(approvals())
    def look(approval: Approval) -> None:
        content = approval.to_bytes()
        second = approval_check.check(content)
        assert second == replace(
            second,
            trouble="",
            id=approval.id,
            message=approval.message,
            digest=sha256(approval.message.encode()).hexdigest(),
            fingerprint=approval.fingerprint,
            expires_ms=approval.expires_ms,
            need=approval.need,
            ready=approval.ready,
        )

    look()


def by_code_point(value: Any) -> str:
    """Canonical but for the order of names: by code points instead of UTF-16."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


Fault = tuple[Any, str, Callable[[Any], Any]]

#: A deliberate fault in one of the two, in each part of it that decides about message or digest: where, what, how.
FAULTS: dict[str, Fault] = {
    "second: names ordered by code point": (approval_check, "canonical", lambda real: by_code_point),
    "second: escapes": (approval_check, "_quoted", lambda real: json.dumps),
    "second: an empty body": (approval_check, "message_of", lambda real: lambda m, u, h, b: approval_check.canonical({"version": 1, "method": m, "url": u, "body": b, "headers": h})),
    "second: another digest": (approval_check, "_sha256", lambda real: lambda content: sha256(content + b" ").hexdigest()),
    "second: seconds only": (approval_check, "_moment", lambda real: lambda text, where: real(text, where) // 1000 * 1000),
    "second: a slash in an id": (approval_check.urllib.parse, "quote", lambda real: lambda text, safe="": real(text, safe="/")),
    "second: another method": (approval_check, "_request", lambda real: lambda facts: ("PUT", real(facts)[1])),
    "second: a field that it does not know": (approval_check, "OPERATIONS", lambda real: real | {"update_wallet": (*real["update_wallet"][:3], {"owner_id": approval_check.TEXT})}),
    "second: less is covered": (approval_check, "COVERED", lambda real: [name for name in real if name != "note"]),
    "ours: names ordered by code point": (signing, "rfc8785", lambda real: SimpleNamespace(dumps=lambda value: by_code_point(value).encode())),
    "ours: an empty body": (signing, "message", lambda real: lambda m, u, h, b: real(m, u, h, b or {"": 0})),
    "ours: another method": (signing, "message", lambda real: lambda m, u, h, b: real("PUT", u, h, b)),
    "ours: a header more": (signing, "SIGNED_HEADERS", lambda real: (*real, "Accept")),
    "ours: a slash in an id": (call, "quote", lambda real: lambda text, safe="": real(text, safe="/")),
    "ours: another fingerprint": (prepared, "fingerprint_of", lambda real: lambda m, u, i, b: real(m, u, "", b)),
    "ours: seconds only": (file, "written_moment", lambda real: lambda ms: real(ms // 1000 * 1000)),
    "ours: less is covered": (file, "COVERED", lambda real: tuple(name for name in real if name != "read_at")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deliberate fault in either of the two makes them disagree."""
    module, part, fault = FAULTS[name]
    monkeypatch.setattr(module, part, fault(getattr(module, part)))
    with pytest.raises(AssertionError):
        agree()


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    """Each vector's message is the SDK's, and its signatures hold; a body with floats is refused, not written otherwise."""
    given, payload = vector["input"], vector["canonical_payload"]
    body = json.loads(given.get("body_json", '""'))
    asked = (given["method"], given["url"], given["headers"], body)
    if any(isinstance(each, float) or abs(each) >= 2**53 for each in numbers(body)):
        with pytest.raises(approval_check.Wrong, match="a number"):
            approval_check.message_of(*asked)
    else:
        assert approval_check.message_of(*asked) == payload
    for key, name in ((vector["key"], "signature"), (vector["second_key"], "second_signature")):
        spki = VECTORS["keys"][key]["public_key_spki_base64"]
        der = base64.b64decode(vector[name])
        point = approval_check._point(spki)
        assert approval_check.verifies(point, payload.encode(), der)
        assert not approval_check.verifies(point, payload.encode() + b" ", der)


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [each for inner in value.values() for each in numbers(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in numbers(inner)]
    return [value] if isinstance(value, int | float) else []


def test_random_signatures() -> None:
    """Signatures by the library hold by the P-256 written out here, and bent ones do not, whichever half of S."""

    @settings(max_examples=40)
    @given(st.integers(1, 2**200), st.binary(max_size=40), st.integers(0, 70))
    def look(number: int, message: bytes, at: int) -> None:
        key = P256Key.from_hex(f"{number:064x}")
        der = key.sign(message)
        point = approval_check._point(key.public.to_base64())
        assert approval_check.verifies(point, message, der)
        assert approval_check.identity(key.public.to_pem()) == key.fingerprint
        bent = bytearray(der)
        bent[at % len(der)] ^= 1
        assert approval_check.verifies(point, message, bytes(bent)) == key.public.verify(
            bytes(bent), message
        )

    look()
