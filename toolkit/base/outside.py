"""The one door for what comes from outside: arguments, environment, files and prompts.

White space, carriage returns, marks of the byte order and matching quotes come off; what is set to
nothing is not set; a character that nobody sees is named. Nothing is guessed beyond that, and no
value is repeated in an error.

A file of variables (``.env``) is read where somebody names it, and never searched for. It is then
the one source: a key from the file is never paired with an environment from elsewhere.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import select
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from toolkit.base.hidden import hidden
from toolkit.errors import InputError

_QUOTES = ('""', "''", "“”", "‘’", "``")
# marks of the byte order; those of UTF-32 first, which begin as one of UTF-16 does
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# which bytes of the first ones are NUL where plain text is written without a mark
_NULS = (
    ("utf-32-le", 4, (1, 2, 3)),
    ("utf-32-be", 4, (0, 1, 2)),
    ("utf-16-le", 2, (1,)),
    ("utf-16-be", 2, (0,)),
)
LARGEST_FILE = 4 * 2**20  # bytes; no key, secret or file of variables is larger
PIPE_WAITS_S = 5.0  # for somebody who writes into a pipe
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
    """The text of a file, as editors save it: UTF-8, UTF-16 or UTF-32, with or without a mark.

    Raises:
        UnicodeDecodeError: it is no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    return content.decode(_without_a_mark(content))


def _without_a_mark(content: bytes) -> str:
    """The encoding of plain text, by where NUL stands in it."""
    for encoding, width, nuls in _NULS:
        fits = len(content) > width and len(content) % width == 0
        if fits and content[:64].strip(b"\0") and not any(any(content[at:64:width]) for at in nuls):
            return encoding
    return "utf-8-sig"


def file_bytes(path: str | Path) -> bytes:
    """What a file holds, or what a pipe gives. A path may stand in quotes, as Windows copies one.

    Raises what the system raises, OSError or ValueError, and RuntimeError for the home of nobody.
    """
    place = _place_of(path)
    if stat.S_ISFIFO(place.stat().st_mode):
        return _from_pipe(place)
    with place.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    _must_be_small(content)
    return content


def _place_of(path: str | Path) -> Path:
    if isinstance(path, str):
        if not path.strip():
            raise ValueError("no path")
        inside = path.strip()[1:-1]
        is_quoted = len(path.strip()) > 2 and path.strip()[0] + path.strip()[-1] in _QUOTES
        if is_quoted and not Path(path).exists():
            path = inside
    return Path(path).expanduser()


def _from_pipe(place: Path) -> bytes:
    """All that is written into a pipe, once somebody does: it cannot be read twice."""
    handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as pipe:
        if not select.select([handle], [], [], PIPE_WAITS_S)[0]:
            raise OSError(errno.ETIMEDOUT, "it is a pipe, and nobody writes into it")
        os.set_blocking(handle, True)
        content = pipe.read(LARGEST_FILE + 1)
    _must_be_small(content)
    return content


def _must_be_small(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise OSError(errno.EFBIG, f"it has more than {LARGEST_FILE // 2**20} MiB")


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
    except UnicodeDecodeError:
        reason = "it is no text file"
    except RuntimeError:
        reason = "the home directory that ~ stands for is not known"
    except (OSError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or "it is no path of a file"
    else:
        return _variables_in(content)
    raise InputError(f"env_file cannot be read: {reason}.", hint="Name a file of NAME=value lines.")


def _variables_in(content: str) -> dict[str, str]:
    content = re.sub(r"\r(?!\n)", "\n", content)  # line ends of old Macs
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
            trouble = _why_no_variable(content[at:].split("\n", 1)[0], line)
        elif match[1] in values and values[match[1]] != _value_of(match):
            trouble = f"{match[1]} stands in it twice, the second time in line {line}"
        else:
            values[match[1]] = _value_of(match)
            at = match.end()
    if not trouble:
        return values
    del content, values, match, nothing
    raise InputError(
        f"env_file: {trouble}.",
        hint="Write each line as NAME=value; a value of several lines stands in double quotes.",
    )


def _why_no_variable(text: str, line: int) -> str:
    """What is wrong with a line, of which nothing is repeated."""
    for place, letter in enumerate(text, 1):
        if letter != "\t" and hidden(letter):
            return f"line {line} has what nobody sees, U+{ord(letter):04X}, as character {place}"
    if re.match(r"\s*(?:set|setx|declare|typeset|local|env)\s|\s*\$env:", text):
        return f"line {line} is a command of a shell"
    return f"line {line} is no NAME=value"


def _value_of(match: re.Match[str]) -> str:
    _, literal, escaped, bare = match.groups()
    if literal is not None:
        return str(literal)
    if escaped is not None:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), str(escaped))
    return re.sub(r"[ \t]+#.*$", "", str(bare)).strip()
