"""The one door for what comes from outside: arguments, environment, files and prompts.

White space, carriage returns, marks of the byte order and matching quotes come off; what is set to
nothing is not set; a character that nobody sees is named. Nothing is guessed beyond that, and no
value is repeated in an error.

A file of variables (``.env``) is read where somebody names it, and never searched for. It is then
the one source: a key from the file is never paired with an environment from elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from toolkit.base.hidden import hidden
from toolkit.errors import InputError

_QUOTES = ('""', "''", "“”", "‘’", "``")
_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of the byte order, in UTF-16
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,99}")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
# NAME=value, the value in quotes over any number of lines, or bare up to a comment
_LINE = re.compile(
    r"\s*(?:export[ \t]+)?([^\s=#'\"]+)[ \t]*=[ \t]*"
    r"(?:'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|([^'\"\r\n][^\r\n]*|))[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)",
    re.DOTALL,
)
_NOTHING = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?\r?\n)+|[ \t]*(?:#[^\r\n]*)?$")


def cleaned(text: str, what: str) -> str:
    """The text as it was meant: nothing around it that programs and editors leave there.

    Args:
        what: the field, for the sentence of a refusal.

    Raises:
        InputError: a character inside it that nobody sees, named with its place.
    """
    text = _trimmed(text.replace("\r\n", "\n"))
    for pair in _QUOTES:
        inside = text[1:-1]
        if len(text) > 1 and text[0] + text[-1] == pair and not set(pair) & set(inside):
            text = _trimmed(inside)
            break
    for place, letter in enumerate(text, 1):
        if letter not in "\n\t\r" and hidden(letter) and not "\ud800" <= letter <= "\udfff":
            code = f"U+{ord(letter):04X}"
            del text, inside, letter  # it may be a secret: no frame of the traceback holds it
            raise InputError(
                f"{what} has a character that nobody sees, {code}, at place {place}.",
                hint="Take it out, or copy the text again from where it is plain.",
            )
    return text


def _trimmed(text: str) -> str:
    """Without white space, and what else nobody sees, at either end."""
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_blank(letter: str) -> bool:
    if "\ud800" <= letter <= "\udfff":
        return False
    return letter.isspace() or hidden(letter)


def argument(value: str | None, what: str) -> str | None:
    """An optional text that was passed in; None where it says nothing."""
    if not isinstance(value, str):
        return value
    return cleaned(value, what) or None


def decoded(content: bytes) -> str:
    """The text of a file, as editors save it: UTF-8 with or without a mark, or UTF-16.

    Raises:
        UnicodeDecodeError: it is no text.
    """
    if content[:2] in _MARKS:
        return content.decode("utf-16")
    if len(content) > 3 and len(content) % 2 == 0 and not any(content[1:64:2]):
        return content.decode("utf-16-le")
    return content.decode("utf-8-sig")


def file_bytes(path: str | Path) -> bytes:
    """What a file holds. Raises what the system raises, OSError or ValueError, and RuntimeError for
    the home of nobody.
    """
    return Path(path).expanduser().read_bytes()


class Variables:
    """Variables by name: of this process, or of one file that somebody named.

    Raises:
        InputError: the file cannot be read, or a line of it is no ``NAME=value``.
    """

    def __init__(self, env_file: str | Path | None = None) -> None:
        self._read: dict[str, str] | None = None
        #: What a missing one is called, for the sentence of a refusal.
        self.kind = "environment variable"
        if env_file is not None:
            self._read = read_env_file(env_file)
            self.kind = "variable of the file"

    @property
    def _values(self) -> Mapping[str, str]:
        return os.environ if self._read is None else self._read

    def get(self, name: str) -> str:
        """Its value, cleaned; nothing for one that is not set, or set to nothing.

        Raises:
            InputError: a character in it that nobody sees.
        """
        if not isinstance(name, str) or not name or "\0" in name or "=" in name:
            return ""
        return cleaned(self._values.get(name, ""), name if _NAME.fullmatch(name) else "The value")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __repr__(self) -> str:
        return f"<Variables: {self.kind}>"


ENVIRONMENT = Variables()


def variable(name: str) -> str:
    """A variable of this process, cleaned; nothing for one that is not set, or set to nothing."""
    return ENVIRONMENT.get(name)


def read_env_file(path: str | Path) -> dict[str, str]:
    """The variables of a ``.env`` file, as they are written: ``$`` stands for itself.

    ``NAME=value``, ``export NAME=value``, values in single quotes as they are, in double quotes
    with ``\\n``, ``\\t``, ``\\"`` and ``\\\\``, over several lines too, and comments.

    Raises:
        InputError: it cannot be read, or a line is none of these. The line is named by its number,
            never repeated.
    """
    try:
        content = decoded(file_bytes(path))
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text file"
    else:
        return _variables_in(content)
    raise InputError(f"env_file cannot be read: {reason}.", hint="Name a file of NAME=value lines.")


def _variables_in(content: str) -> dict[str, str]:
    values: dict[str, str] = {}
    at, trouble = 0, ""
    while at < len(content) and not trouble:
        nothing = _NOTHING.match(content, at)
        if nothing and nothing.end() > at:
            at = nothing.end()
            continue
        line = content.count("\n", 0, at) + 1
        match = _LINE.match(content, at)
        if match is None or not _NAME.fullmatch(match[1]):
            trouble = f"line {line} is no NAME=value"
        elif match[1] in values and values[match[1]] != _value_of(match):
            trouble = f"{match[1]} stands in it twice, the second time in line {line}"
        else:
            values[match[1]] = _value_of(match)
            at = match.end()
    if not trouble:
        return values
    del content, values, match, nothing
    raise InputError(f"env_file: {trouble}.", hint="Put a value of several lines in double quotes.")


def _value_of(match: re.Match[str]) -> str:
    _, literal, escaped, bare = match.groups()
    if literal is not None:
        return str(literal)
    if escaped is not None:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), str(escaped))
    return re.sub(r"[ \t]+#.*$", "", str(bare)).strip()
