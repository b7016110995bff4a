"""A prepared request as text for other tools: a curl command, and the pieces of Python that calls an SDK.

Where a secret belongs stands the name of a variable. Characters without ink are always written out, so what is
seen is what is copied and sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from toolkit.base.text import hidden
from toolkit.base.times import moment
from toolkit.errors import InputError
from toolkit.request.prepared import Prepared

LINE = (
    80  # characters that Python may have on one line before its arguments are put below each other
)
_PYTHON = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


# ---- for the shell -------------------------------------------------------------------------------


def curl(prepared: Prepared[Any], secret_headers: Mapping[str, str], *, user: str = "") -> str:
    """The request as a curl command for bash and zsh: these bytes, with these headers and curl's User-Agent.

    Args:
        secret_headers: header → text with variables, such as ``$COBO_API_SIGNATURE``; the shell fills them in.
            curl leaves a header out whose variable is empty.
        user: name and password with variables, ``$ID:$SECRET``.
    """
    lines = [f"curl --path-as-is --request {prepared.method} --url {quoted(prepared.url)}"]
    if any(character in prepared.url for character in "[]{}"):
        lines.append("--globoff")  # or curl reads them as patterns
    if user:
        lines.append(f'--user "{user}"')
    lines += [f"--header {quoted(f'{name}: {value}')}" for name, value in prepared.fields]
    lines += [f'--header "{name}: {value}"' for name, value in secret_headers.items()]
    if prepared.body:
        lines.append("--header 'Expect:'")  # or older curls wait for leave to send more than 1 KB
    if prepared.body or prepared.method in (
        "POST",
        "PUT",
        "PATCH",
    ):  # without a body: Content-Length: 0
        lines.append(f"--data-binary {quoted(prepared.body.decode())}")
    return " \\\n  ".join(lines)


def quoted(text: str) -> str:
    """One argument for bash and zsh: nothing in it is expanded, and nothing in it is invisible.

    Raises:
        InputError: it holds NUL or half of a character, which no argument can carry.
    """
    if _plain(text):
        return "'" + text.replace("'", "'\\''") + "'"
    # \x27, for the shell's history looks for the closing quote without knowing of \'
    return (
        "$'"
        + "".join(
            {"\\": "\\\\", "'": "\\x27"}.get(c) or (_bytes(c) if _inkless(c) else c) for c in text
        )
        + "'"
    )


def quoted_path(path: Path) -> str:
    """A path as one argument for bash and zsh, whatever its name is; bytes that are no UTF-8 are written out, too."""
    text = str(path)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return quoted(text)
    plain = {byte: chr(byte) for byte in range(0x20, 0x7F) if chr(byte) not in "'\\"}
    return "$'" + "".join(plain.get(byte, f"\\x{byte:02x}") for byte in os.fsencode(text)) + "'"


def _bytes(character: str) -> str:
    if character == "\0" or "\ud800" <= character <= "\udfff":
        raise InputError(
            "An argument cannot hold NUL, or half of a character (a lone surrogate).",
            hint="Type the text again.",
        )
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


# ---- for Python ----------------------------------------------------------------------------------


def literal(value: Any) -> str:
    """A text, whole number, bool or None as Python, and lists and dicts of these."""
    match value:
        case str():
            return _text(value)
        case dict():
            return _wrapped(
                "{", (f"{_text(name)}: {literal(item)}" for name, item in value.items()), "}"
            )
        case list() | tuple():
            return listed(map(literal, value))
        case _:
            return repr(value)


def listed(items: Iterable[str]) -> str:
    """A list of what is Python already."""
    return _wrapped("[", items, "]")


def called(name: str, arguments: Mapping[str, str]) -> str:
    """A call with keyword arguments that are Python already."""
    return _wrapped(f"{name}(", (f"{key}={value}" for key, value in arguments.items()), ")")


def queried(prepared: Prepared[Any]) -> dict[str, str]:
    """The query as keyword arguments: texts, but for ``limit``, which the SDKs take as a number."""

    def escape_hidden(name: str, value: str) -> str:
        return (
            value if name == "limit" and value.isascii() and value.isdecimal() else literal(value)
        )

    return {name: escape_hidden(name, value) for name, value in prepared.call.query}


def _wrapped(opening: str, items: Iterable[str], closing: str) -> str:
    items = tuple(items)
    line = f"{opening}{', '.join(items)}{closing}"
    if len(line) <= LINE and "\n" not in line:
        return line
    return "\n".join((opening, *(f"{_inside(item)}," for item in items), closing))


def _inside(text: str) -> str:
    return "    " + text.replace(
        "\n", "\n    "
    )  # no text in it goes over two lines: line ends are written out


def _text(text: str) -> str:
    mark = "'" if '"' in text and "'" not in text else '"'
    if _plain(text) and "\\" not in text and mark not in text:
        return mark + text + mark
    return mark + "".join(_PYTHON.get(c) or _spelled(c, mark) for c in text) + mark


def _spelled(character: str, mark: str) -> str:
    if _inkless(character):
        return f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"
    return "\\" + mark if character == mark else character


# ---- for both ------------------------------------------------------------------------------------


def commented(*sentences: str) -> str:
    """Lines that both languages skip. Never what a person typed: some shells run what follows a ``#``."""
    return "".join(f"# {sentence}\n" for sentence in sentences if sentence)


def reach(prepared: Prepared[Any]) -> str:
    """A sentence where no other program can send this: the emulator in process has no port. Empty elsewhere."""
    if not prepared.environment.host.partition(":")[0].endswith(".invalid"):
        return ""
    return "This emulator lives inside one Python process. For other programs: python -m toolkit emulator"


def freshness(prepared: Prepared[Any]) -> str:
    """A sentence: until when a signature of this is of use."""
    until = moment(prepared.fresh_until_ms, "%d %b %Y, %H:%M:%S")
    return f"Fresh until {until}. After that, prepare it again."


def _inkless(character: str) -> bool:
    return not character.isprintable() or hidden(character)


def _plain(text: str) -> bool:
    return text.isprintable() and (text.isascii() or not any(map(hidden, set(text))))
