"""What must not be shown of a request that arrived: the emulator's own secrets, signatures, and credentials in a query.

People paste a secret into the wrong place, and a program puts it into the address. The ledger, explanations and the
state file are read by others, so a secret is masked there wherever it stands, and however it is usually spelled:
percent-encoded, escaped as in JSON, as hex digits of either case, in base64 of either alphabet, also in the middle of
a longer one (a Basic pair, a PKCS#8 key).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from toolkit.emulator.core import Received

MASK = "••••"
SHORTEST = 16  # characters: what is shorter is found everywhere by chance
_STEPS = 4  # encodings inside each other that are undone
_PARTS = 20  # signatures of one request whose other spellings are looked for
_PART = 2_048  # characters of one

# Names of query parameters whose values are credentials. ``authorization_key``, a filter of Privy's, is none.
_NAMED = re.compile(
    r"(?i)token|secret|passw|passphrase|signature|credential|bearer|jwt|private|cookie|session"
    r"|(?:authorization|auth|pwd|pass|sig|api.?key|access.?key|basic)\]?$"
)
_NAME = 200  # characters of a name that are looked at
# Each pattern begins at the edge of a word only, so that a long text is looked through once.
_PAIR = re.compile(r"(?<![^=&?;#|\s\"])([^=&?;#|\s\"]++)=([^&;#|\s\"]++)")
_LOOKS = re.compile(
    r"(?i)(?P<scheme>\b(?:basic|bearer)(?:\s|%20|\+)+)[^&;#|\s\"]++"
    r"|(?P<user>//)[^/?#@\s|\"]++(?=@)"
    r"|(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{4,}+\.[\w-]*+"
)
# 64 bytes or more in hex (Ed25519, raw or DER ECDSA), and the DER of an ECDSA signature in base64
_SIGNATURE = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{128,}|ME[QUY]CI[A-Za-z0-9+/_-]{80,91}={0,2}")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\([/nr])")


class Masks:
    """The secrets of one emulator, in every spelling that is looked for."""

    def __init__(self) -> None:
        self._exact: list[str] = []
        self._hex: list[str] = []  # of either case; kept in lower case

    def add(self, secret: str) -> None:
        """Mask this text from now on; where it is hex, its bytes, too."""
        self._take(_spellings(secret))

    def _take(self, spellings: tuple[list[str], list[str]]) -> None:
        for kept, texts in zip((self._exact, self._hex), spellings, strict=True):
            kept += [
                text for text in dict.fromkeys(texts) if len(text) >= SHORTEST and text not in kept
            ]

    def of(self, received: Received) -> Callable[[str], str]:
        """How a text about this request is shown: without secrets, and without the request's own signatures."""
        own = Masks()
        for part in _presented(received):
            own._take(_whole_spellings(part))

        def shown(text: str) -> str:
            return _without(text, [self, own], lambda hidden: MASK)

        return shown

    def kept(self, body: bytes) -> bytes:
        """A body that was carried out, as the state file may keep it.

        A secret in it becomes a word that differs for each secret, so that what must be unique stays so. What is no
        JSON was not read by anybody, and is not kept.
        """
        if not body:
            return body
        try:
            value = json.loads(body)
        except ValueError:
            return b""
        masked = self._in_value(value)
        return body if masked == value else json.dumps(masked).encode()

    def _in_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._in_value(name): self._in_value(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._in_value(item) for item in value]
        return _without(value, [self], _word) if isinstance(value, str) else value

    def hits(self, text: str) -> list[tuple[str, int]]:
        """The spellings that stand in a text, each with the flags to find it by."""
        lower = text.lower()
        return [(spelling, 0) for spelling in self._exact if spelling in text] + [
            (spelling, re.IGNORECASE) for spelling in self._hex if spelling in lower
        ]


def without_credentials(text: str) -> str:
    """An address or a signed text without credentials, known by name (``token=``) or by their looks (a JWT)."""
    return _LOOKS.sub(_looked, _PAIR.sub(_named, text))


def _named(pair: re.Match[str]) -> str:
    name, value = pair[1], pair[2]
    if _NAMED.search(unquote(name[:_NAME])):
        return f"{name}={MASK}"
    if "%" in value:  # an address in an address
        decoded = _undone(value)
        if decoded != value and without_credentials(decoded) != decoded:
            return f"{name}={MASK}"
    return pair[0]


def _looked(credential: re.Match[str]) -> str:
    return (credential["scheme"] or credential["user"] or "") + MASK


def _word(hidden: str) -> str:
    return "masked-" + hashlib.sha256(hidden.encode()).hexdigest()[:12]


def _without(text: str, masks: list[Masks], word: Callable[[str], str]) -> str:
    """The text without any of these secrets and without signatures; decoded first where that shows one."""
    while True:
        for view in _views(text):
            hits = [hit for mask in masks for hit in mask.hits(view)]
            signed = _SIGNATURE.search(view)
            if hits or signed:
                for spelling, flags in hits:
                    view = re.sub(
                        re.escape(spelling), lambda found: word(found[0]), view, flags=flags
                    )
                text = _SIGNATURE.sub(lambda found: word(found[0]), view)
                break  # what is left may hide another one
        else:
            return text


def _views(text: str) -> Iterator[str]:
    """The text, and what it says with its encodings undone."""
    yield text
    for _ in range(_STEPS):
        decoded = _undone_once(text)
        if decoded == text:
            break
        text = decoded
        yield text
    if "\n" in text or "\r" in text:
        yield text.replace("\n", "").replace("\r", "")  # base64 is often written in lines


def _undone(text: str) -> str:
    *_, last = _views(text)
    return last


def _undone_once(text: str) -> str:
    if "%" in text:
        text = unquote(text)
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else {"/": "/", "n": "\n", "r": "\r"}[match[2]]


def _presented(received: Received) -> Iterator[str]:
    """The signatures and credentials that a request carries in its headers."""
    for name in (
        "biz-api-signature",
        "privy-authorization-signature",
        "authorization",
        "x-emulator-token",
    ):
        for part in re.split(r"[,\s]+", received.header(name))[:_PARTS]:
            if SHORTEST <= len(part) <= _PART:
                yield part


def _spellings(secret: str) -> tuple[list[str], list[str]]:
    """How a secret may be spelled: exactly so, and in hex digits of either case (given in lower case)."""
    contents, exact, either = [secret.encode()], [secret], [secret.encode().hex()]
    raw = _decoded(secret)
    if raw:
        contents.append(raw)
        either.append(raw.hex())
        exact += [
            str(int.from_bytes(raw)),
            repr(raw)[2:-1],
            ", ".join(map(str, raw)),
            ",".join(map(str, raw)),
        ]
    if raw.hex() == secret.lower():
        contents += [secret.lower().encode(), secret.upper().encode()]
        either += [content.hex() for content in contents]
    return exact + [spelling for content in contents for spelling in _in_base64(content)], either


def _whole_spellings(part: str) -> tuple[list[str], list[str]]:
    """The same for what a caller has sent: only whole, because there are many of them."""
    raw = _decoded(part)
    exact = [part]
    for content in (part.encode(), raw):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            exact.append(encode(content).decode().rstrip("="))
    return exact, [raw.hex(), part.encode().hex()]


def _decoded(text: str) -> bytes:
    """The bytes that hex or base64 stands for; none for another text."""
    if re.fullmatch(r"([0-9A-Fa-f]{2})+", text):
        return bytes.fromhex(text)
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""  # a plain text


def _in_base64(content: bytes) -> Iterator[str]:
    """The characters of base64 that these bytes decide alone, wherever in a longer text they stand."""
    for ahead, first in ((0, 0), (1, 2), (2, 3)):
        whole = (ahead + len(content)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(ahead) + content).decode()[first:whole]
