"""From JSON and plain values to models."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import toolkit
from tests.forked import held_by_another_thread
from toolkit.base.typed import converted, decoded

PACKAGE = Path(toolkit.__file__).parent


class Seat(msgspec.Struct):
    """One seat."""

    name: str
    site: str | None = None


class Table(msgspec.Struct):
    """A table of seats."""

    seats: list[Seat]


def test_both_ways() -> None:
    """JSON, as bytes or text, and plain values give the same model; what does not fit is refused by its place."""
    table = Table([Seat("Alice", "Zurich"), Seat("Bob")])
    plain = {"seats": [{"name": "Alice", "site": "Zurich"}, {"name": "Bob"}]}
    content = msgspec.json.encode(plain)
    assert decoded(content, Table) == decoded(content.decode(), Table) == converted(plain, Table)
    assert decoded(content, Table) == table
    with pytest.raises(msgspec.ValidationError, match=r"\$\.seats\[0\]\.name"):
        decoded(b'{"seats":[{"name":1}]}', Table)
    with pytest.raises(msgspec.ValidationError, match=r"\$\.seats\[0\]"):
        converted({"seats": [7]}, Table)


_MANY_THREADS = """
import sys, threading, msgspec
from toolkit.base.typed import converted, decoded
sys.setswitchinterval(1e-6)
READ = {"decoded": decoded, "converted": lambda content, kind: converted(msgspec.json.decode(content), kind)}[sys.argv[1]]
for _ in range(60):
    fields = [(f"field_{number}", list[dict[str, int]] | None, None) for number in range(20)]
    Seat = msgspec.defstruct("Seat", fields)
    Table = msgspec.defstruct("Table", [("seats", list[Seat]), ("by_name", dict[str, Seat] | None, None)])
    gate, read = threading.Barrier(8), []
    def work():
        gate.wait()
        read.append(READ(b'{"seats":[{"field_3":[{"a":1}]}],"by_name":{"x":{}}}', Table).seats[0].field_3)
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert read == [[{"a": 1}]] * 8, read
"""


@pytest.mark.parametrize("way", ["decoded", "converted"])
def test_many_threads_at_once(way: str) -> None:
    """Eight threads that read into a model for the first time at one moment all read it; msgspec alone ends Python."""
    program = [sys.executable, "-X", "faulthandler", "-c", _MANY_THREADS, way]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_in_a_forked_child() -> None:
    """A child that was forked while another thread was learning a model reads into it."""
    from toolkit.base import typed

    class Late(msgspec.Struct):
        name: str

    with held_by_another_thread(typed._MODELS._learning):
        child = os.fork()
        if child == 0:
            os._exit(0 if decoded(b'{"name":"x"}', Late) == Late("x") else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_nothing_else_asks_msgspec() -> None:
    """Models are read into by this module alone; what others decode has no model."""
    learns = re.compile(r"msgspec\.convert\(|json\.Decoder\(|json\.decode\([^)]*type=")
    asking = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if learns.search(path.read_text("utf-8"))
    }
    assert asking == {"base/typed.py"}
