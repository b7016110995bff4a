"""The home directory, where there is one: a container's user or a service may have none. And the
folder in it for new keys.
"""

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


def keys_folder() -> Path:
    """Where new private keys are saved if nobody names a place: a folder among this user's data,
    outside of every notebook's folder and repository. Nothing is made here.

    Raises:
        InputError: the user has no home directory.
    """
    import platformdirs

    try:
        return at_home(platformdirs.user_data_path("quorum-toolkit") / "keys")
    except RuntimeError as error:  # newer platformdirs look for the home directory themselves
        reason = str(error).rstrip(".")
    hint = "Set HOME, or pass keys_folder=…."
    raise InputError(f"There is no place for new keys: {reason}.", hint=hint)


def make_folder(place: Path) -> Path:
    """The folder, made if it is not there, for its owner alone (mode 0700).

    Raises:
        InputError: it cannot be made.
    """
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no name that a folder can have"
    else:
        return place
    raise InputError(f"{place} cannot be made: {reason}.", hint="Pass keys_folder=….")


def _who() -> str:
    if hasattr(os, "getuid"):
        return f"uid {os.getuid()}"
    return "of this process"
