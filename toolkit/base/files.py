"""Files of ours: written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

from toolkit.errors import InputError


def replace_file(place: Path, content: bytes) -> Path:
    """Write a file whole or not at all, with the rights that a new file has here.

    An older file of that name is replaced. Returns the path.

    Raises:
        InputError: the place cannot be written.
    """
    beside = place.with_name(f".{place.name}.{token_hex(4)}")
    try:
        beside.write_bytes(content)
        beside.replace(place)
    except OSError as error:
        raise InputError(
            f"{place} cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that exists and that you may write to.",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return place
