"""What people and programs put around a key, taken off: escapes, quotes, names, encodings.

Only what happens by accident is looked through: a key that somebody hides on purpose is hidden.
Every pattern here takes time that grows with the text, not with its square.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import sys
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

VARIETY = 6  # different digits; a run of fewer is a filler
LAYERS = 3  # of escapes around escapes, and of base64 around base64
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
# what mail, diffs, comments and listings put before each line
_LINE_MARK = re.compile(r"(?m)^[ \t]*(?:[>|*#]|\d{1,3}[.):|])?[ \t]*")
# the same, of letters that base64 has too: only where each line has it
_LETTER_MARKS = ("+", "//")
# two strings of a program that stand for one: "…" + "…", '…' \ '…'
_STRINGS_JOINED = re.compile(r"[\"'][ \t]*[+.,&\\]?\s*[+.&]?\s*[\"']")
NAMED = re.compile(
    r"[\"']?([A-Za-z_][A-Za-z0-9_.\- ]{0,39})[\"']?[ \t]*(?::=|=>|=(?!=*\s*$)|:(?!//))[ \t]*(.+)",
    re.DOTALL,
)
_HEX_GROUPS = re.compile(
    r"(?<![0-9A-Za-z+/=])(?:\\?0?[xX])?[0-9a-fA-F]{2,}"
    r"(?:[\s:_,.;/\-|\\]{1,8}(?:0?[xX])?[0-9a-fA-F]{2,}(?![0-9A-Za-z]))*(?![0-9A-Za-z+=])"
)
_HEX_BYTES = re.compile(r"\\x([0-9a-fA-F]{2})")
_NUMBERS = re.compile(
    r"(?<![\w.])-?\d{1,3}(?:(?:\s{0,8}[,;|]\s{0,8}|\s{1,8})-?\d{1,3}(?![\w.])){31,}"
)
# what languages and JSON write beside each number of a list: (byte)0xaa, 170u8, 170.0, "170"
_BESIDE_NUMBERS = re.compile(
    r"\(byte\)\s{0,2}|(?<=\d)(?:_?u8|\.0)(?![\w.])|[\"'](?=[^\"']{1,4}[\"'])|(?<=[0-9a-fA-F])[\"'](?=[,\s\]])"
)
# a run of hex digits as long as a key, whatever stands around it
_LONG_HEX = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64,400}(?![0-9a-fA-F])")
# lines of a dump (xxd, hexdump, od): a place, bytes in hex, and perhaps the same as characters
_DUMPED = re.compile(
    r"(?m)^[ \t]*[0-9a-fA-F]{4,8}:?[ \t]+"
    r"((?:[0-9a-fA-F]{2}){1,2}(?:[ \t]{1,2}(?:[0-9a-fA-F]{2}){1,2}){3,15})"
    r"(?=[ \t]*$|[ \t]{2})"
)
# a number in decimal, its digits perhaps in groups
_DECIMAL = re.compile(r"(?<![\d.])\d(?:[_,' ]?\d){69,77}(?!\d)")
_PAIR = re.compile(r"(?:^|[?&#\s])([A-Za-z_][\w.\-]{0,39})=([^&#\s]{16,4000})")

_HEX_NUMBERS = re.compile(r"(?:0[xX][0-9a-fA-F]{1,2}\b[\s,;]*){32,}")
_WORD = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_PLAIN_TEXT = re.compile(r"[\x20-\x7e\s]{16,}")


def tidied(text: str) -> str:
    """The text without what nobody sees: marks of the byte order, zero widths, full-width forms."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(
            letter for letter in text if unicodedata.category(letter) not in ("Cf", "Mn")
        )
    return text.replace("\0", "").strip()


def readings(text: str) -> list[str]:
    """The text, and what it stands for if it is escaped: the plainest last."""
    texts = [text]
    for _ in range(LAYERS):
        plainer = _unescaped(texts[-1])
        if plainer == texts[-1]:
            break
        texts.append(plainer)
    return texts


def _unescaped(text: str) -> str:
    if "\\" in text:
        text = _ESCAPE.sub(_letter, text)
    if re.search(r"%[0-9a-fA-F]{2}", text):
        text = unquote(text)
    if re.search(r"&#?\w{1,8};", text):
        text = html.unescape(text)
    if text.isascii() and re.search(r"=\r?\n|=3D|=2B|=2F", text):
        text = quopri.decodestring(text.encode()).decode("latin-1")
    return text


def _letter(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return _character(int(code[1:].strip("{}"), 16))
    return _LETTERS.get(code, code)


def _character(code: int) -> str:
    return chr(code) if code <= sys.maxunicode else ""


def unquoted(text: str) -> str:
    """Without the quotes, brackets and prefixes of programs that stand around all of it."""
    for _ in range(LAYERS):
        text = text.strip().rstrip(",;")
        pairs = ('""', "''", "``", "“”", "‘’", "«»", "<>", "()", "[]", "{}")
        around = [pair for pair in pairs if len(text) > 1 and text[0] + text[-1] == pair]
        if not around:
            break
        text = text[1:-1]
    return text.strip()


def name_and_value(text: str) -> tuple[str, str]:
    """``NAME=value`` and its kin taken apart; no name where there is none."""
    match = NAMED.fullmatch(re.sub(r"^\s*(?:export|set|setx|let|const|var)\s+", "", text.strip()))
    if match is None or re.fullmatch(r"[A-Za-z0-9+/_-]*=*", text.strip()):
        return "", text
    return match[1].strip(), match[2]


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """``name=value`` in an address or a form: ``…?name=value&name=value``."""
    for match in _PAIR.finditer(text):
        yield match[1], match[2]


def joined_lines(text: str) -> str:
    """One word of what was wrapped over lines, in strings or behind marks of a listing."""
    text = _STRINGS_JOINED.sub("", text)
    if "\n" in text:
        text = _LINE_MARK.sub("", text)
        lines = [line for line in text.split("\n") if line]
        for mark in _LETTER_MARKS:
            if all(line.startswith(mark) for line in lines):
                text = "\n".join(line.removeprefix(mark) for line in lines)
    return re.sub(r"[\s\\]", "", text)


def words(text: str) -> Iterator[str]:
    """What could be base64 or base58 in a text, one by one."""
    for match in _WORD.finditer(text):
        yield match[0]


def spelled_bytes(text: str) -> Iterator[tuple[bytes, bool]]:
    """The bytes that stand in a text as hex digits or as a list of numbers, and whether there is
    nothing beside them.
    """
    text = _BESIDE_NUMBERS.sub("", _UUID.sub(" ~ ", text))
    dumped = "".join(_DUMPED.findall(text))
    yield _of_hex(dumped), not _DUMPED.sub("", text).strip()
    for pattern, read in ((_NUMBERS, _of_numbers), (_HEX_NUMBERS, _of_hex_numbers)):
        for match in pattern.finditer(text):
            yield read(match[0]), _is_all(text, match)
    # numbers of a list look like digits of hex, too
    left = _NUMBERS.sub(lambda match: " " * len(match[0]), text)
    for match in _HEX_GROUPS.finditer(left):
        yield _of_hex(match[0]), _is_all(text, match)
    escapes = _HEX_BYTES.findall(text)
    yield bytes.fromhex("".join(escapes)), False


def long_hex(text: str) -> Iterator[str]:
    """Runs of so many hex digits as a key has or more, inside whatever words.

    Not the hash at the end of an address, such as that of a transaction.
    """
    for match in _LONG_HEX.finditer(text):
        before = text[: match.start()].removesuffix("0x")
        of_an_address = "://" in before and before.endswith("/")
        if not of_an_address and len(set(match[0].lower())) >= VARIETY:
            yield match[0]


def long_numbers(text: str) -> Iterator[str]:
    """Numbers of so many decimal digits as a key's has."""
    for match in _DECIMAL.finditer(text):
        yield match[0]


def _of_numbers(text: str) -> bytes:
    numbers = [int(number) for number in re.findall(r"-?\d+", text)]
    if not all(-128 <= number < 256 for number in numbers):
        return b""
    return bytes(number & 0xFF for number in numbers)


def _of_hex_numbers(text: str) -> bytes:
    return bytes(int(number, 16) for number in re.findall(r"0[xX]([0-9a-fA-F]{1,2})", text))


def _of_hex(text: str) -> bytes:
    digits = re.sub(r"0?[xX]|[^0-9a-fA-F]", "", text)
    return bytes.fromhex(digits) if len(digits) % 2 == 0 else b""


def _is_all(text: str, match: re.Match[str]) -> bool:
    return not re.search(r"\w", text[: match.start()] + text[match.end() :])


def of_base64(word: str) -> bytes:
    """The bytes of base64 in either alphabet, with or without padding; none for another text."""
    plain = word.rstrip("=").replace("-", "+").replace("_", "/")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def of_base32(word: str) -> bytes:
    """The bytes of base32; none for another text."""
    plain = word.rstrip("=")
    if not re.fullmatch(r"[A-Z2-7]{40,}", plain):
        return b""
    try:
        return base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        return b""


def text_of(content: bytes) -> str:
    """The text that bytes are, in UTF-8 or UTF-16; nothing for what is no text."""
    if len(content) < 16:
        return ""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or not any(content[1::2]):
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le"
        text = content.decode(encoding, "replace")
    else:
        text = content.decode("utf-8-sig", "replace")
    return text if _PLAIN_TEXT.fullmatch(text) else ""
