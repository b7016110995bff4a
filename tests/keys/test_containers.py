"""Files and records of keys are told by how their bytes begin, and other bytes are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spellings import COMPRESSED, ED_64, NUMBER, POINT, SPKI
from toolkit.keys.containers import LEAST, of_container

KNOWN = {
    "JKS": b"\xfe\xed\xfe\xed" + bytes(40),
    "JCEKS": b"\xce\xce\xce\xce" + bytes(40),
    "minisign": b"EdScB2" + bytes(40),
    "signify": b"EdBK" + bytes(40),
    "libp2p": b"\x08\x01\x12\x40" + ED_64,
    "multicodec": b"\x86\x26" + NUMBER,
    "COSE": b"\xa4\x01\x02\x21\x58\x20" + POINT[1:33] + b"\x23\x58\x20" + NUMBER,
    "PGP": b"\x95\x03\xbe\x04" + bytes(4) + b"\x01" + NUMBER,
    "PGP, new": b"\xc5\x58\x04" + bytes(4) + b"\x16" + NUMBER,
}
OTHERS = {
    "SPKI": SPKI,
    "a compressed point": COMPRESSED,
    "a public COSE key": b"\xa3\x01\x02\x21\x58\x20" + POINT[1:33],
    "a public key of PGP": b"\x99\x00\x33\x04" + bytes(4) + b"\x16" + NUMBER,
    "a short beginning": b"\xfe\xed\xfe\xed",
    "text": b"Treasury of the organisation in Zurich",
}


@pytest.mark.parametrize("name", KNOWN)
def test_known(name: str) -> None:
    """Each is private."""
    known = of_container(KNOWN[name])
    assert known is not None
    assert known.private == "yes"


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    """Public keys and texts are none."""
    assert of_container(OTHERS[name]) is None


@given(st.binary(max_size=LEAST + 8))
def test_any_bytes(content: bytes) -> None:
    """No bytes make it stop."""
    of_container(content)
