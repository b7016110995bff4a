"""What happened, one JSON line each, synced before it is answered.

So a killed emulator loses nothing that it had answered. The file holds the world's seed and every
change in order. Starting again lives through them with the clock of their time (``replay.py``); ids
and keys come out the same, because they follow from the seed. So **whoever can read the file has
the emulator's throw-away keys and its app secret**: it is for its owner alone (mode 0600). Beside
the seed no secret and no signature is kept; what somebody pasted into a body is masked.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from toolkit.base.file_lock import NoLockHere, lock_alone
from toolkit.base.home import at_home
from toolkit.base.owner_only import close_handle_to_others, is_ours_alone
from toolkit.base.typed import decoded
from toolkit.emulator.api_keys import KeyChange
from toolkit.emulator.core import AHEAD_LIMIT_MS, LATEST_MS
from toolkit.errors import InputError

FORMAT = 1
BEGINNING = b'{"format": 1, "world": "'  # of every state file
HEADER_LIMIT = 64 * 1024  # bytes
MEND = "Restore the file from a copy, or name another one to begin anew."

_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)

T = TypeVar("T")


class Header(msgspec.Struct, forbid_unknown_fields=True):
    """The first line: the world, and what it follows from."""

    format: int
    world: str
    seed: int
    size: int
    began_ms: int
    choices: dict[str, str]


class KeptRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What is needed to do a request again."""

    method: str
    scheme: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str  # in hex


class Event(msgspec.Struct, forbid_unknown_fields=True):
    """A line after the first.

    A request that was carried out, time that passed, or a holder or an API key that something
    befell.
    """

    at_ms: int
    request: KeptRequest | None = None
    made: str = ""
    refused: bool = False
    signer: str = ""
    advance_ms: int | None = None
    holder: str | None = None
    state: str = ""
    api_key: KeyChange | None = None


def _flags(*names: str) -> int:
    """Those of these flags that this system has."""
    flags = 0
    for name in names:
        flags |= getattr(os, name, 0)
    return flags


# Windows would write each line end as two bytes but for the last one
_OURS = _flags("O_RDWR", "O_APPEND", "O_CLOEXEC", "O_NOFOLLOW", "O_BINARY")
_OLD = _flags("O_NONBLOCK", "O_NOCTTY")


class Log:
    """An append-only file, for its owner alone (mode 0600).

    Only a file that this class made, or that is an emulator's state by its content, is ever
    changed.

    Raises:
        InputError: the path is something else, cannot be written, or another emulator has it.
    """

    def __init__(self, path: str | Path) -> None:
        if not isinstance(path, str | Path):
            raise InputError(
                f"state must be a path, not {type(path).__name__}.",
                hint="Pass its text.",
            )
        self.path = Path(path)
        self._header = b""
        self._whole = 0  # bytes of whole lines, when it was read
        self._handle = self._opened()
        try:
            lock_alone(self._handle)
        except NoLockHere:
            refusal = InputError(
                "An emulator’s state is kept in a file for one process alone, and this system "
                "has no lock that is known here.",
                hint="Leave the state out: everything else works without it.",
            )
        except OSError:
            refusal = InputError(
                f"{self.path} is in use by another emulator.",
                hint="Stop that one, or name another file.",
            )
        else:
            return
        os.close(self._handle)
        raise refusal

    def _opened(self) -> int:
        """The file, made if it is not there. Nothing of a file that is there is changed."""
        try:
            self.path = at_home(self.path)
            return self._open()
        except InputError:
            raise
        except OSError as error:
            reason = error.strerror or type(error).__name__
        except ValueError as error:  # a NUL in the path
            reason = str(error)
        raise InputError(
            f"{str(self.path)!r} cannot be written: {reason}.",
            hint="Choose another place.",
        )

    def _open(self) -> int:
        try:
            new = _OURS | os.O_CREAT | os.O_EXCL
            handle = os.open(self.path, new, 0o600)
        except FileExistsError:
            # looked at before: opening a device or a pipe could do something
            self._must_be_a_file(os.lstat(self.path).st_mode)
            handle = os.open(self.path, _OURS | _OLD)
        try:
            # and looked at again: it may be another one by now
            self._must_be_a_file(os.fstat(handle).st_mode)
        except InputError:
            os.close(handle)
            raise
        return handle

    def _must_be_a_file(self, mode: int) -> None:
        if stat.S_ISREG(mode):
            return
        kind = "a device"
        for is_kind, name in _KINDS:
            if is_kind(mode):
                kind = name
        raise InputError(
            f"{self.path} is {kind}, not a file.",
            hint="Name a file that is not there yet.",
        )

    def close(self) -> None:
        """Let another emulator have the file."""
        os.close(self._handle)

    def begin(self, header: dict[str, Any]) -> None:
        """Start anew with a header line.

        Raises:
            InputError: it cannot be written.
        """
        line = json.dumps({"format": FORMAT, **header})
        self._header = line.encode() + b"\n"
        try:
            os.ftruncate(self._handle, 0)
            self._write(self._header)
        except OSError as error:
            raise self._full(error) from None

    def append(self, event: dict[str, Any]) -> None:
        """Add an event; it is on disk when this returns.

        Raises:
            InputError: it cannot be written, and nothing was.
        """
        try:
            if not os.fstat(self._handle).st_size:
                self._write(self._header)  # there was no room for it when it was begun
            self._write(json.dumps(event).encode() + b"\n")
        except OSError as error:
            raise self._full(error) from None

    def _write(self, line: bytes) -> None:
        size = os.fstat(self._handle).st_size
        try:
            while line:
                line = line[os.write(self._handle, line) :]
            os.fsync(self._handle)
        except OSError:
            os.ftruncate(self._handle, size)  # a full disk leaves no half line in the middle
            raise

    def _full(self, error: OSError) -> InputError:
        reason = error.strerror or type(error).__name__
        return InputError(
            f"The state file {self.path} cannot be written: {reason}.",
            hint="Nothing was done.",
        )

    def read(self) -> tuple[Header, list[Event]] | None:
        """Header and events; None for a file where nothing was ever answered.

        A torn last line was not answered either: it is left out. Nothing of the file is changed
        yet.

        Raises:
            InputError: the file is something else, or a line of it is damaged.
        """
        try:
            first = self._part(0, len(BEGINNING))
            if first != BEGINNING:
                self._judge_unfinished(first)
                return None
            content = self._part(0, os.fstat(self._handle).st_size)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(f"{self.path} cannot be read: {reason}.", hint=MEND) from None
        whole = content[: content.rfind(b"\n") + 1]
        if not whole:
            self._judge_unfinished(content)
            return None
        first, *lines = whole[:-1].split(b"\n")
        header = self._parsed(first, 1, Header)
        self._judge_header(header)
        events = []
        for number, line in enumerate(lines, 2):
            event = self._parsed(line, number, Event)
            self._judge_event(event, number)
            events.append(event)
        self._header = first + b"\n"
        self._whole = len(whole)
        return header, events

    def take(self) -> None:
        """Go on with the file that was read.

        It is ours alone from now on, and a torn last line is cut off.

        Raises:
            InputError: it belongs to somebody else.
        """
        try:
            close_handle_to_others(self._handle)
            os.ftruncate(self._handle, self._whole)
        except OSError as error:
            raise self._full(error) from None

    def _part(self, start: int, size: int) -> bytes:
        parts = []
        os.lseek(self._handle, start, os.SEEK_SET)
        while size > 0:
            part = os.read(self._handle, size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _judge_unfinished(self, content: bytes) -> None:
        """A file without a whole first line is ours where it looks as we leave it when killed.

        Then it begins anew. Raises InputError otherwise.
        """
        as_we_make_it = is_ours_alone(self._handle)
        if not as_we_make_it or not _is_begun(content) or len(content) > HEADER_LIMIT:
            raise InputError(
                f"{self.path} holds no emulator state of this version (line 1).",
                hint="It was left as it is. Name a file that is not there yet.",
            )

    def _parsed(
        self,
        line: bytes,
        number: int,
        kind: type[T],
    ) -> T:
        """One line as what it must be."""
        try:
            return decoded(line, kind)
        except RecursionError:
            reason = "it is nested too deeply"
        except (ValueError, msgspec.MsgspecError) as error:
            reason = str(error)
        raise self.damaged(number, reason)

    def damaged(self, number: int, reason: str) -> InputError:
        """The error that names a line of this file."""
        return InputError(f"{self.path}, line {number}, cannot be read: {reason}.", hint=MEND)

    def _judge_header(self, header: Header) -> None:
        if header.format != FORMAT:
            raise self.damaged(1, f"its format is {header.format}, not {FORMAT}")
        if not 0 <= header.began_ms <= LATEST_MS:
            raise self.damaged(1, "began_ms is no moment between 1970 and 2200")

    def _judge_event(self, event: Event, number: int) -> None:
        happenings = (event.request, event.advance_ms, event.holder, event.api_key)
        if sum(each is not None for each in happenings) != 1:
            raise self.damaged(
                number, "it must have one of request, advance_ms, holder and api_key"
            )
        if not 0 <= event.at_ms <= LATEST_MS:
            raise self.damaged(number, "at_ms is no moment between 1970 and 2200")
        if not 0 <= (event.advance_ms or 0) <= AHEAD_LIMIT_MS:
            raise self.damaged(number, "advance_ms is not from 0 to a hundred years")


def _is_begun(content: bytes) -> bool:
    """Whether this is the beginning of a first line; a whole one has lost its end to somebody."""
    if BEGINNING.startswith(content):
        return True
    return content.startswith(BEGINNING) and not _is_json(content)


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
