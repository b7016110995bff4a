"""What a text is, told by one recogniser: a key of any spelling, and whether it is private.

The loaders, the fields of every form and every request ask here, so what can be loaded as a private
key can never pass as a name. A text that is not the whole key (cut, quoted, with words around it)
counts all the same.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from toolkit.base.outside import decoded
from toolkit.keys import wrappings
from toolkit.keys.bare import is_base64, of_base58, of_size
from toolkit.keys.containers import of_container
from toolkit.keys.der import (
    PIECE,
    Private,
    Recognised,
    is_a_piece,
    is_a_piece_in_base64,
    of_der,
)
from toolkit.keys.jwk import TOLD_MEMBERS, of_jwk
from toolkit.keys.marks import marked
from toolkit.keys.shapes import FINGERPRINT, other, phrase

LOOKED_AT = 200_000  # characters; what stands behind so many was not pasted by a person
SHORTEST = 16  # characters; a shorter text is no key in any spelling
LONGEST_KEPT = 4_096  # characters; the verdict on a longer one is not remembered
UNKNOWN = Recognised("a text that is no known spelling of a key")
EMPTY = Recognised("empty")
MANY_DIGITS = Recognised("hex digits, more than the 64 of a private key", "possibly", whole=False)
FEW_DIGITS = Recognised("hex digits, a few less than the 64 of a private key", "possibly")
_ORDER: dict[Private, int] = {"yes": 2, "possibly": 1, "no": 0}


def recognise(text: str) -> Recognised:
    """What a text is. The worst counts, where there are several things in it."""
    text = text[:LOOKED_AT]
    plain = wrappings.tidied(text)
    if not plain:
        return EMPTY
    if re.fullmatch(r"[A-Za-z0-9+/]{40,4000}={0,2}", plain):  # the most usual spelling
        known = of_der(wrappings.of_base64(plain))
        if known is not None and known.native is not None:
            return known
    return max(_everything(plain, wrappings.LAYERS), key=_weight, default=UNKNOWN)


def of_file(content: bytes) -> Recognised | None:
    """What a file is by its bytes; None for one of text, which says itself what it is."""
    known = of_der(content) or of_container(content)
    if known is not None:
        return known
    try:
        decoded(content)
    except UnicodeDecodeError:
        return next(of_size(content, "a file"), None)
    return None


def everything_in(text: str) -> Iterator[Recognised]:
    """All that stands in a text, the same thing perhaps more than once."""
    return _everything(wrappings.tidied(text[:LOOKED_AT]), wrappings.LAYERS)


def is_private(text: str) -> bool:
    """Whether a text is, or may be, a private key: something not to show or send."""
    return privacy_of(text) != "no"


def is_surely_private(text: str) -> bool:
    """The same for what cannot be anything else, such as a public key or an id."""
    return privacy_of(text) == "yes"


def may_be_a_key(text: str) -> bool:
    """Whether a text is long enough to be a key in any spelling: a quick look before the real
    one.
    """
    return len(text) >= SHORTEST or not text.isascii()


def privacy_of(text: str) -> Private:
    """Whether a text is private: ``yes``, ``possibly`` (a public key or an id looks the same) or
    ``no``.
    """
    if not may_be_a_key(text):
        return "no"
    if len(text) > LONGEST_KEPT:
        return recognise(text).private
    try:
        return _public(text)
    except _IsPrivate as private:
        return private.how


class _IsPrivate(Exception):  # an answer that no cache keeps
    def __init__(self, how: Private) -> None:
        self.how = how
        super().__init__()


@functools.lru_cache(maxsize=4096)  # forms ask at every key; what is private is not kept
def _public(text: str) -> Private:
    how = recognise(text).private
    if how != "no":
        raise _IsPrivate(how)
    return how


def _weight(each: Recognised) -> tuple[int, bool, bool, bool]:
    loads = each.native is not None or bool(each.number)
    return _ORDER[each.private], loads, each.whole, each.what != UNKNOWN.what


def _everything(text: str, layers: int) -> Iterator[Recognised]:
    """Whatever stands in a text, in any of its readings."""
    for reading in wrappings.readings(text):
        if FINGERPRINT.fullmatch(reading):
            yield Recognised("a fingerprint")
            continue
        yield from marked(reading)
        value = _json_of(reading)
        if isinstance(value, dict | str) or (isinstance(value, list) and not _are_bytes(value)):
            yield from _in_json(value, layers)
            continue
        yield from other(wrappings.unquoted(reading))
        yield from _named(reading, layers)
        yield from _encoded(reading, layers)
        yield from phrase(reading)


# ---- JSON ----


def _json_of(text: str) -> Any:
    """The value of JSON; None for another text."""
    if text[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _in_json(value: Any, layers: int) -> Iterator[Recognised]:
    """What the members of JSON are, at any depth."""
    for name, member in _members(value, ""):
        for known in _of_json(name, member, layers):
            yield replace(known, whole=known.whole and member is value)


def _of_json(name: str, member: Any, layers: int) -> Iterator[Recognised]:
    if isinstance(member, dict):
        if "kty" in member:
            yield of_jwk(member)
        yield from _of_list(name, list(member.values()), layers)  # as JSON writes a Uint8Array
    elif isinstance(member, list):
        yield from _of_list(name, member, layers)
    elif isinstance(member, str) and layers:
        yield from _of_member(name, member, layers - 1)


def _of_list(name: str, values: list[Any], layers: int) -> Iterator[Recognised]:
    if _are_bytes(values):
        for known in _of_bytes(bytes(int(number) & 0xFF for number in values), layers):
            yield _by_name(name, known)
    elif all(isinstance(each, str) for each in values):
        yield from phrase(" ".join(values))
        for content, _ in wrappings.spelled_bytes(", ".join(values)):
            yield from (_by_name(name, known) for known in _of_bytes(content, layers))


def _are_bytes(values: list[Any]) -> bool:
    """Whether a list is of so many numbers as a key has bytes, signed or not."""
    return len(values) >= 32 and all(
        type(each) in (int, float) and -128 <= each < 256 and each == int(each) for each in values
    )


def _members(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every member of JSON, at any depth, with its name."""
    waiting = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        yield name, value
        if isinstance(value, dict):
            known = TOLD_MEMBERS if "kty" in value else frozenset()
            waiting.extend((str(key), each) for key, each in value.items() if key not in known)
        elif isinstance(value, list):
            waiting.extend((name, each) for each in value)


def _of_member(name: str, value: str, layers: int) -> Iterator[Recognised]:
    """What a name says of its value, and what the value is."""
    for known in _everything(wrappings.tidied(value), layers):
        yield _by_name(name, known)
    if _names_a_secret(name) and _could_be_secret(value):
        yield Recognised("a secret behind a name that says so", "yes", whole=False)


def _by_name(name: str, known: Recognised) -> Recognised:
    if known.private == "possibly" and _names_a_secret(name):
        return replace(
            known, what=f"{known.what}, behind a name that says it is private", private="yes"
        )
    return known


_SECRET_NAME = re.compile(
    r"(?i)priv(?:ate)?[_\- ]?key|secret|mnemonic|seed|passphrase|signing[_\- ]?key"
    r"|\bpriv\b|\bsk\b|\bpk\b|\bwif\b|\bxprv\b|^d$"
)


def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _could_be_secret(value: str) -> bool:
    """Whether a value is one long word, as secrets are, and no name of a file or a place."""
    word = wrappings.unquoted(value)
    return (
        re.fullmatch(r"[A-Za-z0-9+/_=.~-]{20,}", word) is not None
        and re.search(r"\d", word) is not None
        and "://" not in word
        and not word.startswith((".", "/", "~"))
    )


# ---- behind a name ----

_NAMED_LINE = re.compile(
    r"[\"']?([A-Za-z_][A-Za-z0-9_\-]{0,39}(?: [A-Za-z]{1,12}){0,2})[\"']?"
    r"[ \t]{0,4}(?::=|=>|=|:)[ \t]{0,4}([^\r\n]{16,})"
)


def _named(text: str, layers: int) -> Iterator[Recognised]:
    """``NAME=value``: alone, on any of many lines, or inside what is no JSON."""
    name, value = wrappings.name_and_value(text)
    if not layers:
        return
    if name and "&" not in value:
        yield from _of_member(name, value, layers - 1)
        return
    lines = ((match[1], match[2]) for match in _NAMED_LINE.finditer(text))
    for name, value in (*lines, *wrappings.pairs(text)):
        if _names_a_secret(name):
            for known in _of_member(name, value, 0):
                yield replace(known, whole=False)


# ---- bytes in an encoding ----


def _encoded(text: str, layers: int) -> Iterator[Recognised]:
    """Bytes that a text spells in hex, base64, base58 or base32, and what they are."""
    literal = re.search(r"\bb(['\"])(.{32,4000})\1", text, re.DOTALL)  # bytes of Python
    if literal:
        yield from _of_bytes(literal[2].encode("latin-1", "ignore"), layers)
    plain = wrappings.unquoted(text)
    joined = wrappings.joined_lines(plain)
    for content, whole in wrappings.spelled_bytes(plain):
        for known in _of_bytes(content, layers):
            yield replace(known, whole=known.whole and whole)
    for word in dict.fromkeys((joined, *wrappings.words(plain), *wrappings.words(joined))):
        for known in _of_word(word, layers, padded=word == joined != plain):
            yield replace(known, whole=known.whole and word in (joined, plain))
    if joined != plain and re.fullmatch(r"[0-9a-fA-F]{64}", joined):  # digit by digit
        yield from _of_bytes(bytes.fromhex(joined), layers)
    yield from _of_digits(plain, joined, layers)


def _of_digits(text: str, joined: str, layers: int) -> Iterator[Recognised]:
    """Digits that spell no bytes of their own: decimal, too few, too many, or inside a word."""
    if any(wrappings.long_numbers(text)):
        yield Recognised("a number of 70 digits and more, as a private key in decimal", "possibly")
    if re.fullmatch(r"0?[xX]?[0-9a-fA-F]{60,63}", joined):
        yield FEW_DIGITS
    for digits in wrappings.long_hex(text):
        even = digits[: len(digits) & ~1]
        known = list(_of_bytes(bytes.fromhex(even), layers)) if even == digits else []
        yield from (replace(each, whole=False) for each in known)
        if not known:
            yield MANY_DIGITS


def _of_word(word: str, layers: int, padded: bool) -> Iterator[Recognised]:
    """One word, as base64, base58 and base32. ``padded``: only what ends like base64 counts by its
    size, for the word was joined from others.
    """
    if re.fullmatch(r"(?:0[xX])?[0-9a-fA-F]+", word):
        return  # hex, which is told as that
    yield from of_base58(word)
    content = wrappings.of_base64(word)
    known = of_der(content) or of_container(content) or _within(word)
    if known is not None:
        yield known
    elif len(content) in (32, 64, 33, 65, 97) and is_base64(word, padded):
        yield from of_size(content, "base64")
    text = wrappings.text_of(content) if layers else ""
    if text:
        yield from _everything(text, layers - 1)
    yield from _of_base32(word)


def _of_base32(word: str) -> Iterator[Recognised]:
    content = wrappings.of_base32(word)
    known = of_der(content)
    if known is not None:
        yield known
    elif len(content) == 32 and len(word.rstrip("=")) == 52:
        yield Recognised("32 bytes in base32", "possibly")


def _within(word: str) -> Recognised | None:
    """A private key that begins somewhere inside a word of base64, or a piece of one."""
    if is_a_piece_in_base64(word):
        return PIECE
    for match in re.finditer("M", word[1:4096]):
        at = match.start() + 1
        begun = of_der(wrappings.of_base64(word[at : at + 64]))
        if begun is not None and begun.private == "yes":
            return replace(begun, whole=False)
    return None


def _of_bytes(content: bytes, layers: int) -> Iterator[Recognised]:
    """What bytes are, by what they hold and then by their number."""
    known = of_der(content) or of_container(content)
    if known is None and is_a_piece(content):
        known = PIECE
    if known is not None:
        yield known
        return
    text = wrappings.text_of(content)
    if text and layers:
        inner = [each for each in _everything(text, layers - 1) if each.private != "no"]
        yield from inner
        if inner:
            return
    yield from of_size(content, "hex")
