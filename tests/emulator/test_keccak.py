"""Known answers of Keccak-256 and of EIP-55."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from toolkit.emulator import keccak
from toolkit.emulator.keccak import eip_55, keccak_256

# the empty text and abc as everywhere on Ethereum; the others around the 136 bytes of a block, from
# their own definition: SHA3-256 differs in one byte of padding, and hashlib has that
HASHES = [
    ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
    ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    (
        "The quick brown fox jumps over the lazy dog",
        "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15",
    ),
]
# EIP-55's own examples
ADDRESSES = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize(("text", "digest"), HASHES)
def test_known_hashes(text: str, digest: str) -> None:
    """What the reference answers."""
    assert keccak_256(text.encode()).hex() == digest


@pytest.mark.parametrize("size", [0, 1, 7, 8, 134, 135, 136, 137, 271, 272, 273])
def test_against_sha3(size: int) -> None:
    """With SHA3's padding in place of Keccak's it is SHA3-256, for every length around a block."""
    content = bytes(range(256)) * 2
    source = Path(keccak.__file__).read_text().replace("^= 0x01", "^= 0x06")
    namespace: dict[str, object] = {"__name__": "sha3"}
    exec(compile(source, keccak.__file__, "exec"), namespace)  # noqa: S102  # our own source
    sha3 = namespace["keccak_256"]
    assert callable(sha3)
    assert sha3(content[:size]) == hashlib.sha3_256(content[:size]).digest()


@pytest.mark.parametrize("address", ADDRESSES)
def test_letters_of_an_address(address: str) -> None:
    """Whatever case it comes in, it leaves in that of its checksum."""
    assert eip_55(address.lower()) == eip_55("0x" + address[2:].upper()) == address
