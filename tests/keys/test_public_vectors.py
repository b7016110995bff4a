"""Public vectors, read from beside the project: Wycheproof signatures and RFC 8785 files.

They are not copied into the project. Where they are absent CI fails, and elsewhere the tests say that they did not run.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from toolkit.keys import Ed25519PublicKey, P256PublicKey, Secp256k1PublicKey
from toolkit.keys.public import PublicKey
from toolkit.privy import signing

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"
SIGNATURES: list[tuple[str, type[PublicKey], int]] = [
    ("ecdsa_secp256r1_sha256_test.json", P256PublicKey, 484),
    ("ecdsa_secp256k1_sha256_test.json", Secp256k1PublicKey, 476),
    ("ed25519_test.json", Ed25519PublicKey, 151),
]
CANONICAL = ["arrays", "french", "structures", "unicode", "values", "weird"]


@pytest.fixture(autouse=True)
def _present() -> None:
    if not VECTORS.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{VECTORS} is absent: the public vectors must run in CI")
        pytest.skip(f"NOT RUN: the public vectors are not at {VECTORS}")


@pytest.mark.parametrize(
    ("name", "kind", "count"), SIGNATURES, ids=[case[0] for case in SIGNATURES]
)
def test_wycheproof(name: str, kind: type[PublicKey], count: int) -> None:
    """Every signature of the file is accepted or refused as stated."""
    ran, wrong = 0, []
    for group in json.loads((VECTORS / "wycheproof" / name).read_text())["testGroups"]:
        der = bytes.fromhex(group["publicKeyDer"])
        key = kind.from_base64(base64.b64encode(der).decode())
        assert key.spki == der
        for case in group["tests"]:
            ran += 1
            verdict = key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            if verdict is not (case["result"] == "valid"):
                wrong.append((case["tcId"], case["comment"], case["flags"]))
    assert wrong == []
    assert ran == count


@pytest.mark.parametrize("name", CANONICAL)
def test_rfc8785(name: str) -> None:
    """Read as Privy reads it and written as we write it, each file is its canonical form, byte for byte."""
    value: Any = signing.parsed((VECTORS / "jcs" / "input" / f"{name}.json").read_bytes())
    written = rfc8785.dumps(value)
    assert written == (VECTORS / "jcs" / "output" / f"{name}.json").read_bytes()
    assert written == bytes.fromhex(
        "".join((VECTORS / "jcs" / "outhex" / f"{name}.txt").read_text().split())
    )
    text = signing.message("POST", "https://x.example", {}, value)
    assert written.decode() in text
