"""Files for their owner alone: mode 0600 where a system has modes.

Windows has none: there a new file gets the rights of its folder, and one below the user's own
folder is closed to other users but for administrators. Nothing here changes that.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

OTHERS = 0o077


def has_modes() -> bool:
    """Whether the mode of a file says here who may read it."""
    return hasattr(os, "geteuid")


def privacy() -> str:
    """How private a private file of ours is here, in words."""
    if has_modes():
        return "mode 0600"
    return "as private as its folder: keep it below your own user folder"


def close_to_others(place: Path) -> None:
    """Take every right from others, where there are modes and the file is ours."""
    status = place.stat()
    if has_modes() and status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & OTHERS:
        place.chmod(0o600)


def close_handle_to_others(handle: int) -> None:
    """The same for an open file, whatever the umask was.

    Raises:
        OSError: it is somebody else's.
    """
    if has_modes():
        os.fchmod(handle, 0o600)


def is_ours_alone(handle: int) -> bool:
    """Whether an open file is this user's and closed to others. Without modes nobody can tell:
    then yes.
    """
    if not has_modes():
        return True
    about = os.fstat(handle)
    return about.st_uid == os.geteuid() and stat.S_IMODE(about.st_mode) & 0o177 == 0
