"""What happened, one JSON line each, synced before it is answered: a killed emulator loses nothing it had answered.

The file holds the world's seed and every change in order. Starting again lives through them with the clock of
their time; ids and keys come out the same, because they follow from the seed. No signature or secret is kept.
"""

from __future__ import annotations

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

    def begin(self, header: dict[str, Any]) -> None:
        """Start anew with a header line."""
        self._write({"format": FORMAT, **header}, os.O_TRUNC)

    def append(self, event: dict[str, Any]) -> None:
        """Add an event; it is on disk when this returns."""
        self._write(event, os.O_APPEND)

    def read(self) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
        """Header and events; None for no file or an empty one. A torn last line was never answered: it is cut off.

        Raises:
            InputError: the file is something else.
        """
        if not self.path.exists() or not self.path.stat().st_size:
            return None
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            lines = [None]
        if not lines or not isinstance(lines[0], dict) or lines[0].get("format") != FORMAT:
            raise InputError(f"{self.path} holds no emulator state of this version.", hint="Name another file.")
        if len(whole) < len(text):
            os.truncate(self.path, len(whole))
        return lines[0], lines[1:]

    def _write(self, value: dict[str, Any], how: int) -> None:
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | how, 0o600)
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be written: {error.strerror}.", hint="Choose another place."
            ) from None
        try:
            os.write(handle, json.dumps(value).encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
