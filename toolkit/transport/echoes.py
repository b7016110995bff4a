"""What was just sent as credential or signature, struck from whatever comes back.

A gateway may repeat a request's headers in its answer, as they were or in any usual encoding.
Nothing of that may reach an error, a journal, a log or a notebook; what was struck is marked as
such.
"""

from __future__ import annotations

import base64
import html
import logging
import re
import threading
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from urllib.parse import unquote_to_bytes

from toolkit.base.spellings import bytes_meant, in_base64

STRUCK = b"[struck: a credential]"
_SHORTEST = 6  # what is shorter is no credential, and would be found everywhere
_WINDOW = 1_048_576  # bytes read at a time
_OVERLAP = 32_768  # bytes; escapes make a credential this long at most
_LAYERS = 5  # of escapes around escapes
# constant, so that no cache of patterns ever holds a credential
_ESCAPE = re.compile(
    rb"%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\.|&#?[0-9a-zA-Z]{1,12};|\s+"
)
_ESCAPED = (b"%", b"\\", b"&", b"\n")


class Echoes:
    """The spellings of what one request carried.

    ``strike`` leaves none of them. It has no spelling itself. All spellings are written out once
    something is looked at that the service did not prove.
    """

    __slots__ = ("_plain", "_shortest", "_written_out")

    def __init__(self, credentials: Mapping[str, str]) -> None:
        parts: set[str] = set()
        for value in credentials.values():
            parts.update(_parts(value))
        # the longest first: a shorter one may be a part of it
        plain = sorted(parts, key=len, reverse=True)
        self._plain = tuple(part.encode() for part in plain)
        # the shortest spelling is base64 of what hex stands for, less what its neighbours decide
        self._shortest = min((4 * ((len(part) // 2 - 2) // 3) for part in plain), default=0)
        self._written_out: tuple[bytes, ...] | None = None

    @property
    def _spellings(self) -> tuple[bytes, ...]:
        if self._written_out is None:
            spellings: dict[bytes, None] = {}
            for part in self._plain:
                spellings.update(dict.fromkeys(_spellings(part)))
            self._written_out = tuple(sorted(spellings, key=len, reverse=True))
        return self._written_out

    def strike(self, content: bytes, proven: bool = False) -> bytes:
        """The content without them.

        ``proven``: the service signed it, so nobody on the way has added to it.
        """
        if not self._plain:
            return content
        if proven:
            return _replaced(content, self._plain)
        content = _replaced(content, self._spellings)
        if any(mark in content for mark in _ESCAPED):
            content = self._strike_escaped(content)
        return content

    def in_packed(self, content: bytes, encoding: str) -> bool | None:
        """Whether compressed content holds one of them, as far as its first megabyte.

        None where that cannot be told.
        """
        if encoding not in ("gzip", "x-gzip", "deflate"):
            return None
        unpacked = _unpacked(content)
        return self.strike(unpacked) != unpacked

    def strike_fields(
        self, fields: Sequence[tuple[str, str]], proof: str | None
    ) -> list[tuple[str, str]]:
        """Headers without them: names and values. ``proof``: the service's signature, if it holds.

        What is too short for any spelling is not searched, nor is the signature that holds: nobody
        on the way has written that.
        """

        def struck(text: str) -> str:
            if len(text) < self._shortest or text.lower() == proof:
                return text
            return self.strike_text(text)

        return [(struck(name), struck(value)) for name, value in fields]

    def strike_text(self, text: str) -> str:
        """The text without them."""
        content = text.encode("utf-8", "surrogatepass")
        return self.strike(content).decode("utf-8", "surrogatepass")

    def _strike_escaped(self, content: bytes) -> bytes:
        """The same for what is written with escapes.

        It is read as the characters that they stand for, and struck where those stand.
        """
        spans: list[tuple[int, int]] = []
        for begin in range(0, len(content), _WINDOW - _OVERLAP):
            layer: _Layer | None = _Layer.of(content[begin : begin + _WINDOW], begin)
            for _ in range(_LAYERS + 1):
                if layer is None:
                    break
                spans += layer.places(self._spellings)
                layer = layer.unescaped()
        for start, end in reversed(_merged(spans)):
            content = content[:start] + STRUCK + content[end:]
        return content

    def __repr__(self) -> str:
        return "Echoes(••••••••)"


def _replaced(content: bytes, spellings: tuple[bytes, ...]) -> bytes:
    for spelling in spellings:
        content = content.replace(spelling, STRUCK)
    return content


class _Layer:
    """A content with its escapes read: its bytes, and where in the original each stood."""

    def __init__(self, content: bytes, begins: array[int], ends: array[int]) -> None:
        self._content = content
        self._begins = begins
        self._ends = ends

    @classmethod
    def of(cls, content: bytes, begin: int) -> _Layer:
        """A content as it came, which begins so far in the original."""
        end = begin + len(content)
        begins = array("L", range(begin, end))
        ends = array("L", range(begin + 1, end + 1))
        return cls(content, begins, ends)

    def unescaped(self) -> _Layer | None:
        """The next layer; None where nothing is escaped any more."""
        parts: list[bytes] = []
        begins = array("L")
        ends = array("L")
        last = 0
        for escape in _ESCAPE.finditer(self._content):
            start, end = escape.span()
            character = _character(escape[0])
            # what stood before it, as it was; then its character, all of it where the escape stood
            parts += (self._content[last:start], character)
            begins += self._begins[last:start]
            begins += array("L", [self._begins[start]]) * len(character)
            ends += self._ends[last:start]
            ends += array("L", [self._ends[end - 1]]) * len(character)
            last = end
        if not last:
            return None
        parts.append(self._content[last:])
        begins += self._begins[last:]
        ends += self._ends[last:]
        return _Layer(b"".join(parts), begins, ends)

    def places(self, spellings: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
        """Where in the original any of these stands."""
        for spelling in spellings:
            at = self._content.find(spelling)
            while at >= 0:
                last = at + len(spelling) - 1
                yield self._begins[at], self._ends[last]
                at = self._content.find(spelling, at + 1)


def _unpacked(content: bytes) -> bytes:
    """The first megabyte of what gzip or deflate has packed, as far as it can be read."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either of the two, by its head
    parts = []
    left = _WINDOW
    for begin in range(0, len(content), _OVERLAP):
        packed = content[begin : begin + _OVERLAP]
        try:
            part = unpacking.decompress(packed, left)
        except zlib.error:
            break  # the rest is something else
        parts.append(part)
        left -= len(part)
        if left <= 0:
            break
    return b"".join(parts)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            first, until = merged.pop()
            start, end = first, max(end, until)
        merged.append((start, end))
    return merged


def _character(escape: bytes) -> bytes:
    """What an escape stands for; white space for nothing, since long texts are wrapped."""
    if escape.isspace():
        return b""
    if escape[:1] == b"%":
        return unquote_to_bytes(escape)
    if escape[:1] == b"&":
        text = html.unescape(escape.decode("ascii"))
        return text.encode("utf-8", "surrogatepass")
    if escape[1:2] in b"ux" and len(escape) > 2:
        text = chr(int(escape[2:], 16))
        return text.encode("utf-8", "surrogatepass")
    if escape[1:] in (b"n", b"r", b"t"):  # white space, written out
        return b""
    return escape[1:]


def _parts(value: str) -> Iterator[str]:
    """What of a header's value is secret: each signature; of Basic the pair and its secret."""
    scheme, _, pair = value.partition(" ")
    parts = value.split(",")
    if scheme == "Basic":
        parts = [pair, base64.b64decode(pair).decode().partition(":")[2]]
    yield from (part for part in parts if len(part) >= _SHORTEST)


def _spellings(plain: bytes) -> Iterator[bytes]:
    """A credential as it could be written.

    As itself; and itself, or the bytes that it stands for, in hex and base64.
    """
    yield plain
    for raw in dict.fromkeys((plain, bytes_meant(plain.decode()) or plain)):
        yield from (raw.hex().encode(), raw.hex().upper().encode())
        for core in in_base64(raw):
            if len(core) >= _SHORTEST:
                yield core.encode()


# ---- logs of the HTTP libraries ------------------------------------------------------------------

_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
_SENDING = threading.local()


class struck_from_logs:  # noqa: N801  # reads as a statement: with struck_from_logs(echoes)
    """While this block runs, what the HTTP libraries log in this thread has no credential in it."""

    def __init__(self, echoes: Echoes) -> None:
        self._echoes = echoes

    def __enter__(self) -> None:
        _SENDING.echoes = self._echoes

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _SENDING.echoes = None


def _strike_record(record: logging.LogRecord) -> bool:
    echoes: Echoes | None = getattr(_SENDING, "echoes", None)
    if echoes is not None:
        record.msg = echoes.strike_text(record.getMessage())
        record.args = ()
        record.exc_info = None
        record.exc_text = None
    return True


for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_strike_record)
