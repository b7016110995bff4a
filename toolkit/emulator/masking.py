"""What must not be shown of a request that arrived.

That is the emulator's own secrets, signatures, and credentials in a query. People paste a secret
into the wrong place, and a program puts it into the address. The ledger, explanations and the state
file are read by others, so a secret is masked there wherever it stands, and however it is usually
spelled: percent-encoded, escaped as in JSON, as hex digits of either case, in base64 of either
alphabet, also in the middle of a longer one (a Basic pair, a PKCS#8 key).

``toolkit.transport.echoes`` knows the same spellings of one request's credentials (what they share
is ``toolkit.base.spellings``). It strikes bytes of an answer in place and keeps what lies around
them; here a text is decoded until nothing is hidden, and shown as it was read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from toolkit.base.spellings import bytes_meant, in_base64
from toolkit.emulator.core import Received

MASK = "••••"
SHORTEST = 16  # characters: what is shorter is found everywhere by chance
_STEPS = 4  # encodings inside each other that are undone
_PARTS = 20  # signatures of one request whose other spellings are looked for
_PART = 2_048  # characters of one
_WORD = 12  # hex digits that stand for a secret in the state file

# headers that carry signatures and credentials
_PRESENTED = (
    "biz-api-signature",
    "privy-authorization-signature",
    "authorization",
    "x-emulator-token",
)
# Names of query parameters whose values are credentials. ``authorization_key``, a filter of
# Privy's, is none.
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
_SIGNATURE = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{128,}"
    r"|M[DE][A-Za-z0-9+/_-]C[GHI][A-Za-z0-9+/_-]{60,91}={0,2}"
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\([/nr])")
_ESCAPED = {
    "/": "/",
    "n": "\n",
    "r": "\r",
}

Shown = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Spellings:
    """How a secret may be written: exactly so, or in hex digits of either case (in lower case)."""

    exact: list[str]
    either_case: list[str]


class Masks:
    """The secrets of one emulator, in every spelling that is looked for."""

    def __init__(self) -> None:
        self._exact: list[str] = []
        self._either_case: list[str] = []

    def add(self, secret: str) -> None:
        """Mask this text from now on; where it is hex, its bytes, too."""
        self.take(_spellings(secret))

    def take(self, spellings: Spellings) -> None:
        """Mask these from now on; what is too short is left out."""
        _extend(self._exact, spellings.exact)
        _extend(self._either_case, spellings.either_case)

    def of(self, received: Received) -> Shown:
        """How a text about this request is shown.

        Without secrets, and without the request's own signatures.
        """
        own = Masks()
        for part in _presented(received):
            own.take(_whole_spellings(part))

        def shown(text: str) -> str:
            return _without(text, [self, own], lambda hidden: MASK)

        return shown

    def kept(self, body: bytes) -> bytes:
        """A body that was carried out, as the state file may keep it.

        A secret in it becomes a word that differs for each secret, so that what must be unique
        stays so. What is no JSON was not read by anybody, and is not kept.
        """
        if not body:
            return body
        try:
            value = json.loads(body)
        except ValueError:
            return b""
        masked = self._in_value(value)
        if masked == value:
            return body
        return json.dumps(masked).encode()

    def kept_text(self, text: str) -> str:
        """A header of a request that was carried out, as the state file may keep it."""
        return _without(text, [self], _word)

    def _in_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            names = [self._in_value(name) for name in value]
            parts = [self._in_value(part) for part in value.values()]
            return dict(zip(names, parts, strict=True))
        if isinstance(value, list):
            return [self._in_value(part) for part in value]
        if isinstance(value, str):
            return _without(value, [self], _word)
        return value

    def patterns(self, text: str) -> list[re.Pattern[str]]:
        """What to replace in a text: the spellings that stand in it."""
        lower = text.lower()
        patterns = []
        for spelling in self._exact:
            if spelling in text:
                patterns.append(re.compile(re.escape(spelling)))
        for spelling in self._either_case:
            if spelling in lower:
                patterns.append(re.compile(re.escape(spelling), re.IGNORECASE))
        return patterns


def _extend(kept: list[str], spellings: Iterable[str]) -> None:
    for spelling in dict.fromkeys(spellings):
        if len(spelling) >= SHORTEST and spelling not in kept:
            kept.append(spelling)


# ---- credentials, by their names and looks -------------------------------------------------------


def without_credentials(text: str) -> str:
    """An address or a signed text without credentials.

    They are known by name (``token=``) or by their looks (a JWT).
    """
    return _LOOKS.sub(_by_looks, _PAIR.sub(_by_name, text))


def _by_name(pair: re.Match[str]) -> str:
    name = pair[1]
    value = pair[2]
    if _NAMED.search(unquote(name[:_NAME])):
        return f"{name}={MASK}"
    if "%" in value:  # an address in an address
        *_, decoded = _views(value)
        if decoded != value and without_credentials(decoded) != decoded:
            return f"{name}={MASK}"
    return pair[0]


def _by_looks(credential: re.Match[str]) -> str:
    before = credential["scheme"] or credential["user"] or ""
    return before + MASK


# ---- secrets and signatures, in any spelling -----------------------------------------------------


def _word(hidden: str) -> str:
    digest = hashlib.sha256(hidden.encode()).hexdigest()
    return f"masked-{digest[:_WORD]}"


def _without(
    text: str,
    masks: list[Masks],
    word: Shown,
) -> str:
    """The text without these secrets and without signatures; decoded where only that shows one."""
    while True:
        masked = _masked_once(text, masks, word)
        if masked is None:
            return text
        text = masked  # what is left may hide another one


def _masked_once(
    text: str,
    masks: list[Masks],
    word: Shown,
) -> str | None:
    """The first view of the text that shows a secret, without it; None where no view does."""

    def instead(secret: re.Match[str]) -> str:
        return word(secret[0])

    for view in _views(text):
        patterns = [pattern for mask in masks for pattern in mask.patterns(view)]
        if patterns or _SIGNATURE.search(view):
            for pattern in patterns:
                view = pattern.sub(instead, view)
            return _SIGNATURE.sub(instead, view)
    return None


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


def _undone_once(text: str) -> str:
    if "%" in text:
        text = unquote(text)
    if "\\" in text:
        text = _ESCAPE.sub(_character, text)
    return text


def _character(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _ESCAPED[escape[2]]


def _presented(received: Received) -> Iterator[str]:
    """The signatures and credentials that a request carries in its headers."""
    for name in _PRESENTED:
        parts = re.split(r"[,\s]+", received.header(name))
        for part in parts[:_PARTS]:
            if SHORTEST <= len(part) <= _PART:
                yield part


def _spellings(secret: str) -> Spellings:
    """Every spelling of one of our own secrets, alone or in the middle of something longer."""
    plain = secret.encode()
    contents = [plain]
    exact = [secret]
    either_case = [plain.hex()]
    raw = bytes_meant(secret)
    if raw:
        contents.append(raw)
        either_case.append(raw.hex())
        exact += _numbers(raw)
    if raw.hex() == secret.lower():
        # hex digits have two cases, and their base64 differs
        contents.append(secret.lower().encode())
        contents.append(secret.upper().encode())
        either_case += [content.hex() for content in contents]
    for content in contents:
        exact += in_base64(content)
    return Spellings(exact, either_case)


def _numbers(raw: bytes) -> list[str]:
    """Bytes as languages print them: a number, a literal, a list."""
    literal = repr(raw).removeprefix("b")[1:-1]
    decimals = [str(byte) for byte in raw]
    return [
        str(int.from_bytes(raw)),
        literal,
        ", ".join(decimals),
        ",".join(decimals),
    ]


def _whole_spellings(part: str) -> Spellings:
    """The same for what a caller has sent: only whole, because there are many of them."""
    plain = part.encode()
    raw = bytes_meant(part)
    exact = [part]
    for content in (plain, raw):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            exact.append(encode(content).decode().rstrip("="))
    return Spellings(exact, [raw.hex(), plain.hex()])
