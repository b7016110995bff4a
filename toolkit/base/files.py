"""Files of ours: written whole or not at all, and read as what they say they are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from secrets import token_hex
from typing import Any

from toolkit.base.text import plain_line
from toolkit.base.validate import once
from toolkit.errors import InputError

MIB = 2**20


def replace_file(place: Path, content: bytes, *, private: bool = False) -> Path:
    """Write a file whole or not at all, with the rights that a new file has here.

    An older file of that name is replaced. ``private``: for its owner alone (mode 0600), and on the
    disk before the older one goes. Returns the path.

    Raises:
        InputError: the place cannot be written.
    """
    try:
        _replace(place, content, private)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no name that a file can have"
        raise InputError(
            f"{plain_line(place)} cannot be written: {reason}.",
            hint="Name a file in a folder that exists and that you may write to.",
        ) from error
    return place


def _replace(place: Path, content: bytes, private: bool) -> None:
    beside = place.parent / f".{token_hex(8)}.part"
    rights = 0o600 if private else 0o666
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if private:
                file.flush()
                os.fsync(handle)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


def read_document(
    place: Path, noun: str, *, form: str, version: int, largest: int, writer: str
) -> dict[str, Any]:
    """A JSON file of ours: an object that says its ``format`` and ``version``, each name once.

    Args:
        noun: what such a file is of, for the sentences of a refusal.
        form, version: what it must say.
        largest: bytes that one may have.
        writer: what writes one, for the hint.

    Raises:
        InputError: it cannot be read, is larger, or is something else.
    """
    try:
        size = place.stat().st_size
        content = place.read_bytes() if size <= largest else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no name that a file can have"
        raise InputError(
            f"{plain_line(place)} cannot be read: {reason}.", hint="Name another file."
        ) from error
    if size > largest:
        raise InputError(
            f"{place.name} is larger than {largest // MIB} MiB.", hint="Is it another file?"
        )
    try:
        document = json.loads(content.decode(), object_pairs_hook=once(_twice))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place.name} is no JSON: {error}.", hint="Mend it by hand.") from error
    if not isinstance(document, dict):
        raise _no_file_of(place, noun, "it must hold an object", writer)
    if document.get("format") != form:
        raise _no_file_of(place, noun, f"format is {document.get('format')!r}", writer)
    if document.get("version") != version:
        raise InputError(
            f"{place.name} has version {document.get('version')!r}; this toolkit reads {version}.",
            hint="Use a newer toolkit.",
        )
    return document


def _twice(name: str) -> ValueError:
    return ValueError(f"the name {name!r} stands twice")


def _no_file_of(place: Path, noun: str, why: str, writer: str) -> InputError:
    return InputError(f"{place.name} is no file of {noun}: {why}.", hint=f"{writer} writes one.")
