"""Which process began something, and whether it may still run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from toolkit.base import processes
from toolkit.base.processes import alive, this_process

HOST = socket.gethostname()


@pytest.fixture(params=["Linux", "elsewhere"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With /proc, and as on systems that have none."""
    if request.param == "elsewhere":
        monkeypatch.setattr(processes, "Path", lambda name: Path("/nothing/there"))
        monkeypatch.setattr(processes, "_OURS", {})
    return str(request.param)


def test_the_living_and_the_dead(system: str) -> None:
    """This process lives; one that ended does not, nor does another that has its number again; of elsewhere nobody knows."""
    assert alive(this_process())
    assert len(this_process().split()) == 3
    done = subprocess.Popen([sys.executable, "-c", "pass"])
    done.wait()
    assert not alive(f"{HOST} {done.pid}")
    assert not alive(f"{HOST} {os.getpid()} 1")  # began at another moment
    assert alive(f"{HOST} {os.getpid()}")  # as an older version wrote it
    assert alive("another-computer 1")
    assert alive(f"{HOST} no-number")


def test_it_is_asked_without_a_signal(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the signal 0 would end a process: psutil is asked, and what it may not look at is taken for alive."""
    monkeypatch.setattr(psutil, "pid_exists", lambda pid: True)

    def refused(pid: int) -> None:
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(psutil, "Process", refused)
    monkeypatch.setattr(processes, "Path", lambda name: Path("/nothing/there"))
    assert alive(f"{HOST} 4 1795000000.25")


def test_in_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be looked at, each may be running, and this one has a name all the same."""
    monkeypatch.setitem(sys.modules, "psutil", None)
    monkeypatch.setattr(processes, "Path", lambda name: Path("/nothing/there"))
    monkeypatch.setattr(processes, "_OURS", {})
    assert this_process() == f"{HOST} {os.getpid()}"
    assert alive(f"{HOST} 42")
