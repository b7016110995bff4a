"""Keccak-256, and Ethereum addresses in the letters of EIP-55.

Not SHA3-256, which pads otherwise and is all that hashlib and cryptography have. Written out: the
libraries for it bring a compiler or a whole collection of ciphers for these lines.

Source: the Keccak reference (keccak.team), and EIP-55.
"""

from __future__ import annotations

_RATE = 136  # bytes taken in at a time
_MASK = 2**64 - 1
_ROUNDS = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip
# Where each lane goes, one after another, and by how much it is rotated on the way (rho and pi).
_LANES = (10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1)
_TURNS = (1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44)


def keccak_256(content: bytes) -> bytes:
    """32 bytes."""
    padded = bytearray(content)
    padded += bytes(_RATE - len(content) % _RATE)
    padded[len(content)] ^= 0x01
    padded[-1] ^= 0x80
    state = [0] * 25
    for begin in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = begin + 8 * lane
            state[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permute(state: list[int]) -> None:
    """24 rounds: theta, rho and pi, chi, iota."""
    for constant in _ROUNDS:
        columns = [
            state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]
            for x in range(5)
        ]
        for x in range(5):
            mixed = columns[x - 1] ^ _rotated(columns[(x + 1) % 5], 1)
            for y in range(0, 25, 5):
                state[x + y] ^= mixed
        carried = state[1]
        for lane, turn in zip(_LANES, _TURNS, strict=True):
            carried, state[lane] = state[lane], _rotated(carried, turn)
        for y in range(0, 25, 5):
            row = state[y : y + 5]
            for x in range(5):
                state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5])
        state[0] ^= constant


def _rotated(lane: int, turn: int) -> int:
    return (lane << turn | lane >> (64 - turn)) & _MASK


def eip_55(address: str) -> str:
    """An Ethereum address in the letters that its hash asks for."""
    digits = address.removeprefix("0x").lower()
    nibbles = keccak_256(digits.encode()).hex()
    letters = [
        digit.upper() if nibble >= "8" else digit
        for digit, nibble in zip(digits, nibbles, strict=False)
    ]
    return "0x" + "".join(letters)
