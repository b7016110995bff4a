"""A prepared request as text for other tools: a curl command, and pieces of Python for an SDK.

Where a secret belongs stands the name of a variable. Characters without ink are always written out,
so what is seen is what is copied and sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from toolkit.base.hidden import hidden
from toolkit.base.text import written_out
from toolkit.base.times import moment
from toolkit.errors import InputError
from toolkit.request.model import DOTS
from toolkit.request.prepared import Prepared

LINE = 80  # characters on one line of Python, before its arguments are put below each other
_INDENT = "    "
_PYTHON = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# In $'…'; \x27, for the shell's history looks for the closing quote without knowing of \'
_SHELL = {"\\": "\\\\", "'": "\\x27"}


# ---- for the shell -------------------------------------------------------------------------------


def curl(
    prepared: Prepared[Any],
    secret_headers: Mapping[str, str],
    *,
    user: str = "",
    hidden_field: str = "",
) -> str:
    """The request as a curl command for bash and zsh.

    It sends these bytes, with these headers and curl's User-Agent.

    Args:
        secret_headers: header → text with variables, such as ``$COBO_API_SIGNATURE``; the shell
            fills them in. curl leaves a header out whose variable is empty.
        user: name and password with variables, ``$ID:$SECRET``.
        hidden_field: variable with the text of the body's field that is not shown; it needs no
            escaping.
    """
    lines = [f"curl --path-as-is --request {prepared.method} --url {quoted(prepared.url)}"]
    if any(character in prepared.url for character in "[]{}"):
        lines.append("--globoff")  # or curl reads them as patterns
    if user:
        lines.append(f'--user "{user}"')
    for name, value in prepared.fields:
        header = f"{name}: {value}"
        lines.append(f"--header {quoted(header)}")
    for name, value in secret_headers.items():
        lines.append(f'--header "{name}: {value}"')
    if prepared.body:
        lines.append("--header 'Expect:'")  # or older curls wait for leave to send more than 1 KB
    # POST and the like without a body: Content-Length: 0
    if prepared.body or prepared.method in ("POST", "PUT", "PATCH"):
        lines.append(f"--data-binary {_body(prepared, hidden_field)}")
    return " \\\n  ".join(lines)


def _body(prepared: Prepared[Any], hidden_field: str) -> str:
    """The body as one argument; what nobody may see of it comes from a variable."""
    before, dots, after = prepared.shown_body.partition(DOTS)
    if not dots or not hidden_field:
        return quoted(prepared.shown_body)
    return f'{quoted(before)}"{hidden_field}"{quoted(after)}'


def quoted(text: str) -> str:
    """One argument for bash and zsh: nothing in it is expanded, and nothing in it is invisible.

    Raises:
        InputError: it holds NUL or half of a character, which no argument can carry.
    """
    if _plain(text):
        return "'" + text.replace("'", "'\\''") + "'"
    characters = []
    for character in text:
        if character in _SHELL:
            character = _SHELL[character]
        elif _inkless(character):
            character = _bytes(character)
        characters.append(character)
    return "$'" + "".join(characters) + "'"


def quoted_path(path: Path) -> str:
    """A path as one argument for bash and zsh, whatever its name is.

    Bytes that are no UTF-8 are written out, too.
    """
    text = str(path)
    if not any(map(_is_half, text)):
        return quoted(text)
    characters = []
    for byte in os.fsencode(text):
        character = chr(byte)
        if not 0x20 <= byte < 0x7F or character in "'\\":
            character = f"\\x{byte:02x}"
        characters.append(character)
    return "$'" + "".join(characters) + "'"


def _is_half(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"  # a lone surrogate


def _bytes(character: str) -> str:
    if character == "\0" or _is_half(character):
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
            items = [f"{_text(name)}: {literal(item)}" for name, item in value.items()]
            return _wrapped("{", items, "}")
        case list() | tuple():
            return listed(map(literal, value))
        case _:
            return repr(value)


def listed(items: Iterable[str]) -> str:
    """A list of what is Python already."""
    return _wrapped("[", items, "]")


def called(name: str, arguments: Mapping[str, str]) -> str:
    """A call with keyword arguments that are Python already."""
    pairs = [f"{key}={value}" for key, value in arguments.items()]
    return _wrapped(f"{name}(", pairs, ")")


def queried(prepared: Prepared[Any]) -> dict[str, str]:
    """The query as keyword arguments: texts, but for ``limit``, which the SDKs take as a number,
    and for what is true or false by its name.
    """
    arguments = {}
    for name, value in prepared.call.query:
        is_number = name == "limit" and value.isascii() and value.isdecimal()
        if name.startswith("include_") and value in ("true", "false"):
            value = value.capitalize()
        elif not is_number:
            value = literal(value)
        arguments[name] = value
    return arguments


def _wrapped(opening: str, items: Iterable[str], closing: str) -> str:
    items = list(items)
    line = f"{opening}{', '.join(items)}{closing}"
    if len(line) <= LINE and "\n" not in line:
        return line
    lines = [f"{indented(item)}," for item in items]
    return "\n".join([opening, *lines, closing])


def indented(text: str) -> str:
    """Python, one level further in."""
    # no text in it goes over two lines: line ends are written out
    return _INDENT + text.replace("\n", f"\n{_INDENT}")


def _text(text: str) -> str:
    mark = '"'
    if '"' in text and "'" not in text:
        mark = "'"
    if _plain(text) and "\\" not in text and mark not in text:
        return mark + text + mark
    characters = [_escaped(character, mark) for character in text]
    return mark + "".join(characters) + mark


def _escaped(character: str, mark: str) -> str:
    """A character as it stands in a text of Python between two of these marks."""
    if character in _PYTHON:
        return _PYTHON[character]
    if _inkless(character):
        return written_out(character)
    if character == mark:
        return "\\" + mark
    return character


# ---- for both ------------------------------------------------------------------------------------


def commented(*sentences: str) -> str:
    """Lines that both languages skip.

    Never what a person typed: some shells run what follows a ``#``.
    """
    return "".join(f"# {sentence}\n" for sentence in sentences if sentence)


def reach(prepared: Prepared[Any]) -> str:
    """A sentence where no other program can send this: the emulator in process has no port.

    Empty elsewhere.
    """
    host = prepared.environment.host.partition(":")[0]
    if not host.endswith(".invalid"):
        return ""
    return (
        "This emulator lives inside one Python process. "
        "For other programs: python -m toolkit emulator"
    )


def freshness(prepared: Prepared[Any]) -> str:
    """A sentence: until when a signature of this is of use."""
    until = moment(prepared.fresh_until_ms, "%d %b %Y, %H:%M:%S")
    return f"Fresh until {until}. After that, prepare it again."


def _inkless(character: str) -> bool:
    return not character.isprintable() or hidden(character)


def _plain(text: str) -> bool:
    if not text.isprintable():
        return False
    return text.isascii() or not any(map(hidden, set(text)))
