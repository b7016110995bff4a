"""Whether a folder is surely on a disk of this computer: by the mounts that Linux tells of."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.client import file_system
from toolkit.client.file_system import LOCAL, is_surely_local, kind_of

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
28 27 0:40 / /home rw,relatime shared:2 master:3 - nfs4 server:/home rw
29 28 254:9 / /home/me/disk rw - xfs /dev/vdb rw
30 27 0:41 / /mnt/two\040words rw - cifs //server/share rw
31 27 254:9 / /twice rw - ext4 /dev/vdb rw
32 31 0:42 / /twice rw - fuse.sshfs me@server: rw
33 27 0:43 / /shared rw - virtiofs host rw
"""
# Name, folder, kind, whether it is surely local.
FOLDERS = [
    ("the root's disk", "/var/lib", "ext4", True),
    ("the root itself", "/", "ext4", True),
    ("a home on a server", "/home/me", "nfs4", False),
    ("a disk inside that", "/home/me/disk/deep", "xfs", True),
    ("only the same letters", "/homework", "ext4", True),
    ("a blank in its name", "/mnt/two words/x", "cifs", False),
    ("one that hides another", "/twice/x", "fuse.sshfs", False),
    ("what the host shares with a machine", "/shared", "virtiofs", False),
]


@pytest.mark.parametrize(
    ("folder", "kind", "local"), [case[1:] for case in FOLDERS], ids=[case[0] for case in FOLDERS]
)
def test_kinds(
    folder: str, kind: str, local: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The innermost mount tells the kind, the later of two at one place; only known kinds are local."""
    told = tmp_path / "mountinfo"
    told.write_text(MOUNTS)
    monkeypatch.setattr(file_system, "_MOUNTS", told)
    assert kind_of(folder, MOUNTS) == kind
    assert (kind in LOCAL, is_surely_local(folder)) == (local, local)


def test_where_nobody_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a list of mounts, or with none that fits, nothing is known, and so nothing is local."""
    monkeypatch.setattr(file_system, "_MOUNTS", tmp_path / "none")
    assert not is_surely_local(str(tmp_path))
    assert kind_of("/x", "") == ""
