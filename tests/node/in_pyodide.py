"""What of the toolkit runs in Pyodide without packages that are compiled; run by tests/test_pyodide.py, inside.

msgspec, cryptography, PyNaCl, numpy and pandas come from Pyodide's own servers, which a test does not
ask: so journal, emulator, clients, forms and tables are not run here but in the play of tests/browser_kernel.py.
"""

import socket
import subprocess
import sys
from pathlib import Path

from toolkit.base.file_lock import lock_alone
from toolkit.base.files import replace_file
from toolkit.base.shield import shielded, threads_can_start
from toolkit.errors import InputError
from toolkit.forms.job import Job
from toolkit.quorum import Quorum


def no_threads_and_no_processes() -> None:
    """This is the kernel that is played elsewhere."""
    assert sys.platform == "emscripten"
    assert not threads_can_start()
    try:
        subprocess.run(["true"], check=False)
    except OSError:
        return
    raise AssertionError("a process began")


def work_is_done_at_once() -> None:
    """What stop must not cut, and what must not block, is done here and now."""
    ended: list[int] = []
    assert shielded(lambda: 7) == 7
    Job(lambda: 8, lambda job: ended.append(job.result())).start()
    assert ended == [8]


def files() -> None:
    """One is replaced whole, locked, and refused in a sentence where it cannot be."""
    place = replace_file(Path("file"), b"content", private=True)
    with place.open("rb") as file:
        lock_alone(file.fileno())
    told = ""
    try:
        replace_file(Path("/nowhere/file"), b"")
    except InputError as error:
        told = str(error)
    assert "cannot be written" in told


def who_can_sign() -> None:
    """The mathematics of a quorum."""
    quorum = Quorum(2, ["a", "b", "c"])
    assert quorum.can_sign({"a", "b"})
    assert len(list(quorum.signing_sets())) == 3


PARTS = [
    no_threads_and_no_processes,
    work_is_done_at_once,
    files,
    who_can_sign,
]

for part in PARTS:
    part()
    print(f"{part.__name__.replace('_', ' ')}: works")
print(f"Python {sys.version.split()[0]} on {sys.platform}, {socket.gethostname()}")
