"""The home directory, where there is one: a container's user or a service may have none."""

from __future__ import annotations

import os
from pathlib import Path

from toolkit.errors import InputError


def at_home(path: str | Path) -> Path:
    """The path, with a ``~`` at its beginning as the home directory that it stands for.

    Raises:
        InputError: nobody knows that directory.
    """
    plain = Path(path)
    try:
        return plain.expanduser()
    except RuntimeError:  # pathlib's word for it
        pass
    owner = plain.parts[0].removeprefix("~")
    if owner:
        raise InputError(
            f"{plain}: this computer knows no user {owner}, so ~{owner} is no place.",
            hint="Write the whole path.",
        )
    raise InputError(
        f"{plain}: ~ stands for the home directory, and this user ({_who()}) has none: "
        "HOME is not set, and the system knows of none either.",
        hint="Set HOME, or write the whole path.",
    )


def _who() -> str:
    if hasattr(os, "getuid"):
        return f"uid {os.getuid()}"
    return "of this process"
