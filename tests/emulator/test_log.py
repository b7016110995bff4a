"""The state file: whose it is, what stands in it, and which file is none."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator.states import seen, state_of
from toolkit import privy
from toolkit.emulator import Emulator
from toolkit.errors import InputError


def test_the_file(tmp_path: Path) -> None:
    """It is for its owner alone and holds no secret or signature; a torn last line is cut off; strangers are refused."""
    file = tmp_path / "state"
    emulator = Emulator.seeded(state=file)
    app = emulator.privy_client()
    quorum = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(public_keys=[emulator.authorization_keys["Ana"].public])
        )
    )
    app.send(privy.delete_key_quorum(quorum.id), signers=[emulator.authorization_keys["Ana"]])
    text = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert emulator.privy.app_secret.reveal() not in text
    assert "authorization" not in text.replace("authorization_", "")
    assert len(text.splitlines()) == 3
    emulator.close()
    file.write_text(text + '{"at_ms": 1, "requ')
    again = Emulator.seeded(state=file)
    assert seen(again) == seen(emulator)
    assert file.read_text() == text
    again.close()
    with pytest.raises(InputError, match="holds the world 'demo'"):
        Emulator.seeded("empty", state=file)
    (tmp_path / "other").write_text("hello\n")
    with pytest.raises(InputError, match="no emulator state"):
        Emulator.seeded(state=tmp_path / "other")
    third = Emulator.seeded(state=file)
    third.advance(86_400_000)
    third.reset()
    assert len(file.read_text().splitlines()) == 1
    third.close()
    fourth = Emulator.seeded(state=file)
    assert abs(fourth.clock.now_ms() - third.clock.now_ms()) < 5_000
    fourth.close()
    file.write_text('{"format": 1, "wor')  # killed while it was begun
    assert len(Emulator.seeded(state=file).ledger) == 0


def bent(line: str, **changes: object) -> str:
    """The line with fields changed; None takes one away."""
    value = json.loads(line) | changes
    return json.dumps({name: item for name, item in value.items() if item is not None})


DEEP = "[" * 100_000
DAMAGED: list[tuple[str, int, Callable[[list[str]], str | bytes]]] = [
    ("no JSON", 2, lambda lines: "hello"),
    ("an empty line", 3, lambda lines: ""),
    ("half a line", 2, lambda lines: lines[1][:50]),
    ("bad UTF-8", 2, lambda lines: b'{"at_ms":"\xff\xfe"}'),
    ("NUL", 2, lambda lines: "\0" * 50),
    ("NUL in a text", 4, lambda lines: bent(lines[3], state="\0")),
    ("not an object", 2, lambda lines: "[1, 2]"),
    ("null", 2, lambda lines: "null"),
    ("nested deeply", 2, lambda lines: DEEP),
    ("nested deeply in a field", 2, lambda lines: '{"at_ms": ' + DEEP),
    ("nested deeply in a body", 2, lambda lines: _body(lines[1], DEEP.encode())),
    ("an unknown field", 2, lambda lines: bent(lines[1], colour=1)),
    ("nothing that happened", 2, lambda lines: '{"at_ms": 5}'),
    ("two things that happened", 3, lambda lines: bent(lines[2], holder="x", state="online")),
    ("no moment", 2, lambda lines: bent(lines[1], at_ms=None)),
    ("a moment that is a text", 2, lambda lines: bent(lines[1], at_ms="5")),
    ("a moment before all", 2, lambda lines: bent(lines[1], at_ms=-1)),
    ("a moment after all", 2, lambda lines: bent(lines[1], at_ms=253_402_300_800_000)),
    ("a moment beyond 64 bits", 2, lambda lines: bent(lines[1], at_ms=2**63)),
    ("a moment of 4,000 digits", 2, lambda lines: bent(lines[1], at_ms=10**4_000)),
    ("a moment of 9,000 digits", 2, lambda lines: lines[1].replace('"at_ms": ', '"at_ms": ' + "9" * 9_000)),
    ("NaN", 2, lambda lines: bent(lines[1], at_ms=float("nan"))),
    ("a fraction", 3, lambda lines: bent(lines[2], advance_ms=1.5)),
    ("time that runs back", 3, lambda lines: bent(lines[2], advance_ms=-1)),
    ("too much time", 3, lambda lines: bent(lines[2], advance_ms=10**15)),
    ("a request that is none", 2, lambda lines: bent(lines[1], request=5)),
    ("a method that is a number", 2, lambda lines: _request(lines[1], method=5)),
    ("headers that are none", 2, lambda lines: _request(lines[1], headers=[["a"]])),
    ("a target that leads nowhere", 2, lambda lines: _request(lines[1], target="/v1/nowhere")),
    ("a body that is no hex", 2, lambda lines: _request(lines[1], body="zz")),
    ("another body", 2, lambda lines: _body(lines[1], b"{}")),
    ("another thing made", 2, lambda lines: bent(lines[1], made="x")),
    ("a thing made that is a number", 2, lambda lines: bent(lines[1], made=5)),
    ("no such state", 4, lambda lines: bent(lines[3], state="moon")),
    ("no holder", 4, lambda lines: bent(lines[3], holder="")),
    ("header: a world that is none", 1, lambda lines: lines[0].replace('"demo"', '"moon"')),
    ("header: a seed that is a text", 1, lambda lines: bent(lines[0], seed="5")),
    ("header: a huge seed", 1, lambda lines: bent(lines[0], seed=10**4_000)),
    ("header: no seed", 1, lambda lines: bent(lines[0], seed=None)),
    ("header: a negative size", 1, lambda lines: bent(lines[0], size=-1)),
    ("header: a huge size", 1, lambda lines: bent(lines[0], size=10**12)),
    ("header: an absurd clock", 1, lambda lines: bent(lines[0], began_ms=10**18)),
    ("header: choices that are none", 1, lambda lines: bent(lines[0], choices=[1])),
    ("header: an unknown choice", 1, lambda lines: bent(lines[0], choices={"cobo.moon": "x"})),
    ("header: an unknown option", 1, lambda lines: bent(lines[0], choices={"cobo.nonce": "x"})),
    ("header: a choice that is a number", 1, lambda lines: bent(lines[0], choices={"cobo.nonce": 5})),
]  # fmt: skip


def _request(line: str, **changes: object) -> str:
    return bent(line, request=json.loads(line)["request"] | changes)


def _body(line: str, body: bytes) -> str:
    return _request(line, body=body.hex())


@pytest.mark.parametrize(
    ("number", "damage"), [case[1:] for case in DAMAGED], ids=[case[0] for case in DAMAGED]
)
def test_a_damaged_line_is_named(
    tmp_path: Path, number: int, damage: Callable[[list[str]], str | bytes]
) -> None:
    """A state file with a damaged line is refused by file and line, with a remedy, and left byte for byte."""
    file = tmp_path / "state"
    lines: list[str | bytes] = list(state_of(file))
    lines[number - 1] = damage([str(line) for line in lines])
    content = (
        b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
        + b'{"torn'
    )
    file.write_bytes(content)
    file.chmod(0o640)
    with pytest.raises(InputError) as caught:
        Emulator.seeded(state=file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert str(file) in str(caught.value)
    assert f"line {number}" in str(caught.value)
    assert "Restore the file" in caught.value.hint or "another file" in caught.value.hint
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert file.read_bytes() == content


FOREIGN: list[tuple[str, bytes]] = [
    ("a text", b"hello\n"),
    ("empty", b""),
    ("a JSON file", b'{"format": 1, "world": "map", "name": "mine"}'),
    ("a JSON file with lines", b'{"format": 1, "worlds": []}\n{"a": 1}\n'),
    ("of a later version", b'{"format": 2, "world": "demo"}\n'),
    ("begins alike", b'{"format": 1, "wor'),
    ("zeros", b"\0" * 5_000),
    ("no UTF-8", b"\xff\xfe" * 100),
    ("one brace", b"{"),
]


@pytest.mark.parametrize(
    "content", [case[1] for case in FOREIGN], ids=[case[0] for case in FOREIGN]
)
def test_a_foreign_file_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    """A file that we did not make and that is no state of ours is refused; not a byte and no bit of its mode changes."""
    file = tmp_path / "theirs"
    file.write_bytes(content)
    file.chmod(0o644)
    with pytest.raises(InputError, match=r"holds no emulator state|line 1"):
        Emulator.seeded(state=file)
    assert file.read_bytes() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_no_file_at_all(tmp_path: Path) -> None:
    """A directory, a link, a pipe, a socket, a device, a place that is not there: refused by name, and untouched."""
    target = tmp_path / "target"
    target.write_text("hello")
    target.chmod(0o644)
    ours = tmp_path / "ours"
    state_of(ours)
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "link to ours").symlink_to(ours)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe", 0o644)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    null = Path("/dev/null").stat().st_mode
    for path, word in (
        (tmp_path, "directory"),
        (tmp_path / "link", "symbolic link"),
        (tmp_path / "link to ours", "symbolic link"),
        (tmp_path / "dangling", "symbolic link"),
        (tmp_path / "pipe", "pipe"),
        (tmp_path / "socket", "socket"),
        (Path("/dev/null"), "device"),
        (Path("/dev/full"), "device"),
        (tmp_path / "no" / "such", "No such file"),
        (Path("~nobody-has-this-home/x"), "home"),
        (Path("a\0b"), "null"),
        (tmp_path / ("x" * 300), "too long"),
        (target / "x", "Not a directory"),
    ):
        with pytest.raises(InputError, match=word):
            Emulator.seeded(state=path)
    assert Path("/dev/null").stat().st_mode == null
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("hello", 0o644)
    assert not (tmp_path / "nowhere").exists()
    assert stat.S_IMODE((tmp_path / "pipe").stat().st_mode) == 0o644


def test_a_state_of_ours_is_closed_to_others(tmp_path: Path) -> None:
    """A state file that somebody has copied with another mode is for its owner alone again; one that is cut is not begun anew."""
    file = tmp_path / "state"
    lines = state_of(file)
    file.chmod(0o644)
    again = Emulator.seeded(state=file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again.close()
    file.write_text(lines[0])  # a whole header: whoever cut it there has lost something
    with pytest.raises(InputError, match="no emulator state"):
        Emulator.seeded(state=file)
    assert file.read_text() == lines[0]


def test_it_says_what_it_holds(tmp_path: Path) -> None:
    """The file holds the seed, from which the emulator's keys follow; where it is described, that is said."""
    from toolkit.emulator import log, worlds

    file = tmp_path / "state"
    seed = json.loads(state_of(file)[0])["seed"]
    again = Emulator.seeded(state=file)
    assert worlds.derived(seed, "app secret") == again.privy.app_secret.reveal()
    again.close()
    decision = (
        Path(__file__).parents[2] / "docs" / "decisions" / "0003-the-emulator.md"
    ).read_text()
    for text in (log.__doc__ or "", decision):
        assert "seed" in text
        assert "owner alone" in text
        assert "No signature or secret is kept" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--state", "."],
        ["--state", "/dev/null"],
        ["--state", "text"],
        ["--seed", "9" * 30],
        ["--seed", "9" * 5_000],
        ["--size", "-1"],
        ["--size", "9" * 30, "--world", "large"],
    ],
)
def test_the_command_says_it_in_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    """On the command line, too, a state or a number that cannot be used ends in a sentence."""
    (tmp_path / "text").write_text("hello")
    done = subprocess.run(
        [sys.executable, "-m", "toolkit", "emulator", *arguments],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr
