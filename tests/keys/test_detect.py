"""One recogniser: what is private is known in any spelling, and ordinary texts are left alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import spellings
from tests.spellings import ORDINARY, POSSIBLY, PRIVATE, RARE, b64, b64url
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.detect import everything_in, is_private, is_surely_private, privacy_of, recognise

GENERATED = {"Ed25519": Ed25519Key, "secp256k1": Secp256k1Key, "P-256": P256Key}


def test_enough_spellings() -> None:
    """The tables are as long as what an attacker tries."""
    assert len(PRIVATE) >= 67
    assert len(POSSIBLY) >= 25


@pytest.mark.parametrize("name", PRIVATE)
def test_private(name: str) -> None:
    """What can be nothing but a private key is told as one."""
    known = recognise(PRIVATE[name])
    assert known.private == "yes", known
    assert is_surely_private(PRIVATE[name])


@pytest.mark.parametrize("name", RARE)
def test_rare(name: str) -> None:
    """So is what is seldom pasted: pieces, dumps, files of other programs, phrases of any language."""
    known = recognise(RARE[name])
    assert known.private == "yes", known
    assert is_surely_private(RARE[name])


@pytest.mark.parametrize("name", POSSIBLY)
def test_possibly_private(name: str) -> None:
    """What a public key or an id looks like as well is *possibly* private, and never declared so."""
    known = recognise(POSSIBLY[name])
    assert known.private == "possibly", known
    assert is_private(POSSIBLY[name])
    assert not is_surely_private(POSSIBLY[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary(name: str) -> None:
    """Names, sentences, ids, addresses and public keys are not private."""
    known = recognise(ORDINARY[name])
    assert known.private == "no", known
    assert privacy_of(ORDINARY[name]) == "no"


@pytest.mark.parametrize("name", [*PRIVATE, *POSSIBLY])
def test_nothing_of_it_is_shown(name: str) -> None:
    """What is said of a private text holds no eight characters of it."""
    text = (PRIVATE | POSSIBLY)[name]
    for known in everything_in(text):
        shown = repr(known)
        pieces = {text[at : at + 12] for at in range(len(text) - 12)}
        assert not [piece for piece in pieces if piece in shown and piece.strip("-").isalnum()]


@given(
    before=st.text("abcdefghij XYZ.,()-", max_size=30),
    after=st.text("abcdefghij XYZ.,()-", max_size=30),
    name=st.sampled_from(["PEM", "PKCS#8", "SEC1", "JWK", "xprv", "Ed25519 PKCS#8"]),
)
def test_words_around_it_hide_nothing(before: str, after: str, name: str) -> None:
    """A private key in a sentence is a private key, whatever stands around it."""
    assert is_surely_private(f"{before} {PRIVATE[name]} {after}")


@given(
    width=st.integers(1, 70), between=st.sampled_from(["\n", "\r\n", " ", "\n> ", "\\n", "\n    "])
)
def test_wrapping_hides_nothing(width: int, between: str) -> None:
    """Wrapped at any width, it is the same."""
    assert is_surely_private(spellings.lines(PRIVATE["PKCS#8"], width, between))


@pytest.mark.parametrize("curve", GENERATED)
@given(
    number=st.binary(min_size=32, max_size=32).filter(
        lambda number: 0 < int.from_bytes(number, "big") < 2**255
    )
)
def test_every_key_is_known(curve: str, number: bytes) -> None:
    """Of every key the public half is public, and its number possibly private, whatever its digits."""
    key = GENERATED[curve].from_hex(number.hex())
    assert privacy_of(number.hex()) == "possibly"
    assert privacy_of(b64(number)) == "possibly"
    assert privacy_of(key.public.to_base64()) == "no"
    assert privacy_of(key.public.to_pem()) == "no"
    assert key.stands_in(f"It is {number.hex()}.")
    assert not key.stands_in(key.public.to_base64())


@given(text=st.text(max_size=400))
def test_any_text_is_judged(text: str) -> None:
    """No text at all makes it stop."""
    assert recognise(text).private in ("yes", "possibly", "no")


HUGE = {
    "letters": "A" * 100_000,
    "the letter that keys begin with": "M" * 100_000,
    "numbers": "1, " * 40_000,
    "a number and blanks": "1" + " " * 100_000,
    "beginnings without an end": "-----BEGIN A-----" * 6_000,
    "brackets": "[" * 100_000,
    "quotes": "\"+" * 50_000,
    "backslashes": "\\" * 100_000,
    "percent signs": "%25" * 30_000,
    "hex with blanks": "0f " * 40_000,
    "marks of a keystore": "'kdf'" * 20_000,
    "names": "a:" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_text_is_judged(name: str) -> None:
    """The work grows with the text, not with its square: otherwise these would take hours."""
    assert recognise(HUGE[name]).private == "no"
    assert recognise(PRIVATE["PKCS#8"] + " " + HUGE[name]).private == "yes"


def test_public_members_of_a_jwk_are_public() -> None:
    """The numbers of a public JWK are no private keys; what else somebody put into it is looked at."""
    jwk = spellings.JWK_PUBLIC | {"kid": b64url(spellings.NUMBER)}
    assert privacy_of(json.dumps(jwk)) == "no"
    assert privacy_of(json.dumps(jwk | {"note": PRIVATE["PKCS#8"]})) == "yes"
