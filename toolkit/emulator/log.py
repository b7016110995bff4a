"""What happened, one JSON line each, synced before it is answered: a killed emulator loses nothing it had answered.

The file holds the world's seed and every change in order. Starting again lives through them with the clock of
their time; ids and keys come out the same, because they follow from the seed. No signature or secret is kept.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from toolkit.errors import InputError

FORMAT = 1


class Log:
    """An append-only file, for its owner alone (mode 0600)."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()
        try:
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be written: {error.strerror}.", hint="Choose another place."
            ) from None
        os.fchmod(self._handle, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._handle)
            raise InputError(
                f"{self.path} is in use by another emulator.", hint="Stop that one, or name another file."
            ) from None

    def close(self) -> None:
        """Let another emulator have the file."""
        os.close(self._handle)

    def begin(self, header: dict[str, Any]) -> None:
        """Start anew with a header line."""
        os.ftruncate(self._handle, 0)
        self.append({"format": FORMAT, **header})

    def append(self, event: dict[str, Any]) -> None:
        """Add an event; it is on disk when this returns."""
        size, line = os.fstat(self._handle).st_size, json.dumps(event).encode() + b"\n"
        try:
            while line:
                line = line[os.write(self._handle, line) :]
            os.fsync(self._handle)
        except OSError:
            os.ftruncate(self._handle, size)  # a full disk leaves no half line in the middle
            raise

    def read(self) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
        """Header and events; None for no file or an empty one. A torn last line was never answered: it is cut off.

        Raises:
            InputError: the file is something else.
        """
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if not whole and (not text or text.startswith(b'{"format"')):
            return None  # nothing was ever answered
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            lines = [None]
        if not lines or not isinstance(lines[0], dict) or lines[0].get("format") != FORMAT:
            raise InputError(f"{self.path} holds no emulator state of this version.", hint="Name another file.")
        if len(whole) < len(text):
            os.ftruncate(self._handle, len(whole))
        return lines[0], lines[1:]
