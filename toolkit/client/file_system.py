"""Whether a folder is on a disk of this computer, as far as that is known for sure."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Kinds of file systems whose files no other kernel has open, by Linux's names. What is not named
#: here (NFS, SMB, FUSE, what a virtual machine shares with its host) may be anybody's.
LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "tmpfs", "overlay"})
_MOUNTS = Path("/proc/self/mountinfo")
_WRITTEN_OUT = re.compile(r"\\([0-7]{3})")  # blanks and the like in a path, in octal


def is_surely_local(folder: str) -> bool:
    """Whether this folder (its path, links followed) is on a disk of this computer alone.

    False where that is not known, as on systems that do not tell as Linux does.
    """
    try:
        mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    return kind_of(folder, mounts) in LOCAL


def kind_of(folder: str, mounts: str) -> str:
    """The kind of file system that a folder is on; empty where none is told.

    ``mounts``: lines as in ``/proc/self/mountinfo`` (proc(5)). Of two at one place the later one
    hides the other.
    """
    kind = ""
    longest = -1
    for line in mounts.splitlines():
        mount, _, system = line.partition(" - ")
        place = _WRITTEN_OUT.sub(lambda octal: chr(int(octal[1], 8)), mount.split(" ")[4])
        if len(place) >= longest and _is_in(folder, place):
            longest = len(place)
            kind = system.split(" ")[0]
    return kind


def _is_in(folder: str, place: str) -> bool:
    return os.path.commonpath([folder, place]) == place
