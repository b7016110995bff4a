"""Damaged keys, by the thousand: a key, or our refusal with nothing of the key in it, on every release of the libraries."""

from __future__ import annotations

import base64
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as s

from tests.inside import native_of
from toolkit.errors import KeyRefused
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.marks import PREFIXES
from toolkit.keys.private import PrivateKey
from toolkit.keys.public import PublicKey

ORDINARY, CAMPAIGN = 1_000, 20_000
RUN = 16  # characters or bytes in a row that would be a piece of the key
KINDS: list[type[PrivateKey]] = [Ed25519Key, Secp256k1Key, P256Key]
PUBLIC = {kind: type(kind.generate().public) for kind in KINDS}
LOADERS = ("parse", "from_hex", "from_pem", "from_base64")
MARKS = re.compile(r"-----(?:BEGIN|END) (?:EC )?(?:PRIVATE|PUBLIC) KEY-----|wallet-(?:auth|api):")
OIDS = [bytes.fromhex(text) for text in ("2b6570", "2b656e", "2b8104000a", "2a8648ce3d030107", "2b81040022", "2a864886f70d010101")]  # fmt: skip
CURVE_OIDS = {"Ed25519": OIDS[0], "secp256k1": OIDS[2], "P-256": OIDS[3]}


# ---- keys, in every spelling -----------------------------------------------------------------------


def encoded(native: Any, private: bool, form: str) -> bytes:
    """The key as DER, or as a PEM block."""
    if not private:
        return bytes(native.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo))
    layout = getattr(s.PrivateFormat, form)
    return bytes(native.private_bytes(s.Encoding.DER, layout, s.NoEncryption()))


def number_of(native: Any) -> bytes:
    """A private key as its 32 bytes: a seed, or a scalar."""
    if hasattr(native, "private_bytes_raw"):
        return bytes(native.private_bytes_raw())
    return int(native.private_numbers().private_value).to_bytes(32, "big")


def pem(der: bytes, label: str) -> str:
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def written(der: bytes, label: str, spelling: str) -> str:
    """DER in one of the spellings of text."""
    text = base64.b64encode(der).decode()
    if spelling == "PEM":
        return pem(der, label)
    return text if spelling == "base64" else PREFIXES[spelling == "wallet-api"] + text


# ---- damage ------------------------------------------------------------------------------------------


def flipped(der: bytes, dice: random.Random) -> bytes:
    bent = bytearray(der)
    for _ in range(dice.choice((1, 1, 2, 8))):
        bent[dice.randrange(len(bent))] ^= 1 << dice.randrange(8)
    return bytes(bent)


def cut(der: bytes, dice: random.Random) -> bytes:
    return der[: dice.randrange(len(der))]


def cut_and_announced(der: bytes, dice: random.Random) -> bytes:
    """Cut, and the outer length mended, so that only what is inside is missing."""
    rest = der[2 : dice.randrange(2, len(der))]
    return bytes([0x30, min(len(rest), 0x7F)]) + rest[:0x7F]


def inserted(der: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(der))
    return der[:at] + dice.randbytes(dice.randrange(1, 40)) + der[at:]


def doubled(der: bytes, dice: random.Random) -> bytes:
    start, end = sorted(dice.choices(range(len(der)), k=2))
    return der[:end] + der[start:end] + der[end:]


def swapped(der: bytes, dice: random.Random) -> bytes:
    a, b, c = sorted(dice.randrange(len(der) + 1) for _ in range(3))
    return der[:a] + der[b:c] + der[a:b] + der[c:]


def other_oid(der: bytes, dice: random.Random) -> bytes:
    """Another algorithm or curve, the lengths before it left alone or mended where that is one byte."""
    present = [oid for oid in OIDS if oid in der]
    if not present:
        return flipped(der, dice)
    old, new = dice.choice(present), dice.choice(OIDS)
    if dice.random() < 0.5:
        return der.replace(old, new, 1)
    return der.replace(bytes([len(old)]) + old, bytes([len(new)]) + new, 1)


def other_length(der: bytes, dice: random.Random) -> bytes:
    """A length that is wrong, the outer one or one inside, in short or long form."""
    at = dice.choice(
        [1, *(place + 1 for place, byte in enumerate(der[:-1]) if byte in (0x02, 0x03, 0x04, 0x30))]
    )
    length = dice.choice(
        [
            bytes([dice.randrange(256)]),
            b"\x80",
            b"\xff",
            b"\x84\xff\xff\xff\xff",
            b"\xa0",
            b"\x82\x00\x20",
        ]
    )
    return der[:at] + length + der[at + 1 :]


def nul(der: bytes, dice: random.Random) -> bytes:
    start, end = sorted(dice.choices(range(len(der)), k=2))
    return der[:start] + bytes(end - start) + der[end:]


def nothing(der: bytes, dice: random.Random) -> bytes:
    return der


def text_unicode(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return (
        text[:at]
        + dice.choice(["\u202e", "\u00a0", "é", "\ud800", "\uff11", "\U0001f511", "\u0660"])
        + text[at:]
    )


def text_nul(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(["\0", "\0" * 20, "\r", "\x1b[2J"]) + text[at:]


def text_cut(text: str, dice: random.Random) -> str:
    return text[: dice.randrange(len(text) + 1)]


def text_doubled(text: str, dice: random.Random) -> str:
    return text + dice.choice(["", "\n", " ", "="]) + text


def text_marked(text: str, dice: random.Random) -> str:
    """The key where the name of a PEM block belongs, or behind a name, in quotes, with another prefix."""
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())[:64] or "X"
    return dice.choice(
        [
            f"-----BEGIN {plain}-----\nAAAA\n-----END {plain}-----",
            f"COBO_API_SECRET={text}", f"'{text}'", f"0x{text}", f"wallet-auth:wallet-api:{text}", f"{text}#",
            text.replace("BEGIN", "BEGIN "), text.replace("-----", "----"), text.swapcase(),
        ]
    )  # fmt: skip


def text_huge(text: str, dice: random.Random) -> str:
    return dice.choice(
        [text * 400, text + "A" * 100_000, text + " " * 100_000, "00" * 60_000 + text]
    )


DER_DAMAGE: list[Callable[[bytes, random.Random], bytes]] = [
    flipped, cut, cut_and_announced, inserted, doubled, swapped, other_oid, other_length, nul, nothing
]  # fmt: skip
TEXT_DAMAGE: list[Callable[[str, random.Random], str]] = [
    text_unicode,
    text_nul,
    text_cut,
    text_doubled,
    text_marked,
]


def damaged(dice: random.Random) -> tuple[str, Any, str, bytes]:
    """What was done to it, the loader that is to read it, the text, and the bytes that nothing may show."""
    kind, private = dice.choice(KINDS), dice.random() < 0.7
    key = kind.from_hex(dice.randbytes(32).hex())
    native, public = native_of(key), key.public
    form = (
        dice.choice(["PKCS8", "PKCS8", "TraditionalOpenSSL"]) if kind is not Ed25519Key else "PKCS8"
    )
    label = "PUBLIC KEY"
    if private:
        label = "PRIVATE KEY" if form == "PKCS8" else "EC PRIVATE KEY"
    der = encoded(native if private else native.public_key(), private, form)
    spelling = dice.choice(["hex", "PEM", "PEM", "base64", "base64", "wallet-auth", "wallet-api"])
    harm = dice.choice(DER_DAMAGE)
    if spelling == "hex":
        raw = harm(number_of(native) if private else bytes.fromhex(public.to_hex()), dice)
        text = dice.choice(["", "0x"]) + dice.choice([raw.hex(), raw.hex().upper()])
    else:
        raw = harm(der, dice)
        text = written(raw, label, spelling)
    what = harm.__name__
    if dice.random() < 0.35:
        worse = dice.choice([*TEXT_DAMAGE * 6, text_huge])
        text, what = worse(text, dice), f"{what}, {worse.__name__}"
    reader = dice.choice([kind] * 4 + KINDS)
    owner = reader if private or dice.random() < 0.3 else PUBLIC[reader]
    loader = getattr(owner, dice.choice(["parse", *LOADERS]))
    return f"{kind.curve}, {label}, {spelling}: {what}", loader, text, der + raw


# ---- what a refusal may hold ----------------------------------------------------------------------


def frames(trace: TracebackType | None) -> Iterator[dict[str, Any]]:
    """The variables of each frame but those of this file, which knows the key."""
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).name != Path(__file__).name:
            yield trace.tb_frame.f_locals
        trace = trace.tb_next


def shown(error: BaseException) -> str:
    """Everything that a refusal could show: its words, and what the frames of its traceback hold."""
    assert error.__context__ is None
    assert error.__cause__ is None
    parts = [str(error), repr(error), repr(error.args), repr(vars(error))]
    for variables in frames(error.__traceback__):
        parts += [repr(value) for value in variables.values()]
    return "\n".join(parts)


def pieces(text: str, secret: bytes) -> set[str]:
    """Every run of the text, and of the bytes in hex, base64, as a bytes literal and as numbers."""
    spellings = [
        *MARKS.split(text),
        secret.hex(),
        secret.hex().upper(),
        repr(secret)[2:-1],
        str(list(secret)),
    ]
    spellings += [base64.b64encode(secret[shift:]).decode() for shift in range(3)]
    return {
        piece
        for spelling in spellings
        for at in range(min(len(spelling), 4_000) - RUN + 1)
        if len(set(piece := spelling[at : at + RUN]))
        > 4  # a run of NULs, blanks or filler is nobody's key
    }


def leaked(error: BaseException, text: str, secret: bytes) -> list[str]:
    """Pieces of the key that a refusal holds, and numbers too long to be a count of anything."""
    said = shown(error)
    known = pieces(text, secret)
    runs = [said[at : at + RUN] for at in range(len(said) - RUN + 1)]
    return [run for run in runs if run in known] + re.findall(r"\d{13,}", said)


def outcome(load: Callable[[str], Any], text: str) -> Any:
    """The key, or what was raised."""
    try:
        return load(text)
    except BaseException as error:  # noqa: BLE001  # a panic of cryptography's Rust half is no Exception
        return error


def test_damaged_keys() -> None:
    """Whatever is done to a key, loading it gives a key or our refusal, and no frame, context or word holds a piece of it."""
    dice = random.Random(46_50)
    ends: Counter[str] = Counter()
    for number in range(CAMPAIGN if os.environ.get("TEST_CAMPAIGN") else ORDINARY):
        what, load, text, secret = damaged(dice)
        came = outcome(load, text)
        ends[type(came).__name__] += 1
        assert isinstance(came, PrivateKey | PublicKey | KeyRefused), (
            number,
            what,
            type(came).__name__,
        )
        if isinstance(came, KeyRefused):
            assert leaked(came, text, secret) == [], (number, what)
    assert len(ends) == 7, ends  # keys of each kind, too: not everything is refused


def test_the_hunt_finds() -> None:
    """A control: a refusal that holds a piece of the key in its words, or in a frame, is found."""
    text = Ed25519Key.generate().reveal_hex()
    assert leaked(KeyRefused(f"It is {text[8:30]}."), text, bytes.fromhex(text))
    assert leaked(KeyRefused(f"It announces {int(text, 16)}."), text, bytes.fromhex(text))
    in_a_frame = outcome(lambda given: base64.b64decode(given, validate=True), text + "!")
    assert isinstance(in_a_frame, ValueError)
    assert leaked(in_a_frame, text, bytes.fromhex(text))


PANICS = [ValueError, TypeError, OverflowError, KeyError, RecursionError]


@pytest.mark.parametrize("kind", [*KINDS, *PUBLIC.values()], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "raised",
    [*PANICS, type("PanicException", (BaseException,), {})],
    ids=lambda kind: kind.__name__,
)
def test_whatever_the_libraries_raise(
    kind: Any, raised: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception of any kind in a library, and a panic that is not even an Exception, is our refusal without the key."""

    def fails(der: bytes, *_: Any, **__: Any) -> Any:
        raise raised(der)

    native = native_of(P256Key.generate())
    der = encoded(native, True, "PKCS8")
    for loader in ("load_der_private_key", "load_der_public_key"):
        monkeypatch.setattr(s, loader, fails)
    for load in (kind.parse, kind.from_base64, lambda text: kind.from_pem(pem(der, "PRIVATE KEY"))):
        with pytest.raises(KeyRefused) as caught:
            load(base64.b64encode(der).decode())
        assert leaked(caught.value, base64.b64encode(der).decode(), der) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.curve)
def test_an_interruption_holds_no_key(
    kind: type[PrivateKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl C while a key is read stays an interruption, and its traceback holds no piece of the key."""

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(s, "load_der_private_key", interrupted)
    der = encoded(native_of(kind.generate()), True, "PKCS8")
    with pytest.raises(KeyboardInterrupt) as caught:
        kind.parse(base64.b64encode(der).decode())
    assert leaked(caught.value, base64.b64encode(der).decode(), der) == []
