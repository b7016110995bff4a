"""What stands in a terminal or in code to copy is what it looks like, whatever a service, a person or a path is called."""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from toolkit import Emulator, cobo, frames, privy
from toolkit.__main__ import main
from toolkit.app.check import check_cobo, line_of
from toolkit.base.hidden import hidden_at
from toolkit.base.text import escape_hidden, plain_line
from toolkit.base.times import apart, day, moment, span
from toolkit.cobo.access import access_to
from toolkit.cobo.forms.api_key import days_left
from toolkit.emulator import Fault
from toolkit.emulator.core import Reply
from toolkit.errors import ApiError, InputError, RequestRefused
from toolkit.findings import Finding, documented
from toolkit.request.snippets import quoted_path

FORGED = "ok  API key        treasury-bot: it signs"
HOSTILE = [
    f"x\n{FORGED}", f"x\r{FORGED}", f"x\r\n{FORGED}", f"x\x85{FORGED}", f"x\u2028{FORGED}", f"x\u2029{FORGED}", f"x\x0b{FORGED}",
    f"x\x1b[2J\x1b[H{FORGED}", "\x1b]0;title\x07", "\x1b[31mred\x1b[0m", "\x9b2J", "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "\u202eabc\u202c", "\u2066x\u2069", "a\u200bb", "\ufeffx", "\u3164", "\U0001d159", "\U000e0041\U000e0042", "\x00", "\x08\x08\x08ok",
    "\ud800", "x" * 5_000, "Zażółć gęślą jaźń", "日本語", "", "'; $(id) `id`", "\u061cx", "\u180e", "\ufe0f", "a\u00a0b", "\x7f",
]  # fmt: skip


# ---- the gate ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_one_line(text: str) -> None:
    """One line without anything hidden; what was written out is, in Python, the same text."""
    line = plain_line(text)
    assert not hidden_at(line)
    assert len(line.splitlines()) <= 1
    if "\\" not in text:
        assert ast.literal_eval(f'"{line}"') == text
    assert escape_hidden(text).replace("\n", "\\u000a") == line


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_errors_have_no_line_ends_but_ours(text: str) -> None:
    """What a service or a person says is one line in an error; only the list of problems and a hint go over several."""
    error = ApiError(f"create: HTTP 400: {text}", status=400)
    error.note(text)
    assert len(str(error).splitlines()) == 1
    finding = Finding("rule", "high", "", (f"field {text}",), text, text, documented(text))
    assert len(RequestRefused([finding] * 2, f"create {text}").what.splitlines()) == 3


# ---- python -m toolkit check -----------------------------------------------------------------------------

MOMENTS = [
    0, 1, -1, 10**15, 253_402_300_799_999, 253_402_300_800_000, 2**53, 2**63 - 1, -(2**63), 2**64, 10**30, -(10**30), 10**400,
    -(10**400), -62_135_596_800_000, -62_135_596_800_001, 1_700_000_000_000, None,
]  # fmt: skip


def checked(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator, color: bool, **changes: Any
) -> Any:
    """The command's end on an emulator whose API key info says this."""
    key = next(iter(emulator.cobo.keys))
    emulator.cobo.keys[key] = msgspec.structs.replace(emulator.cobo.keys[key], **changes)
    monkeypatch.setattr(Emulator, "seeded", classmethod(lambda kind, *_, **__: emulator))
    return CliRunner().invoke(main, ["check", "--emulator"], color=color)


STARTS = ("ok  ", "BAD ", "?   ", "    ", "Error: ")


def is_plain(output: str, lines: int | None = None) -> None:
    """Each line is one of ours, and nothing in it is hidden."""
    found = output.split("\n")
    assert found[-1] == ""
    for line in found[:-1]:
        assert line.startswith(STARTS), line
        assert not hidden_at(line), line
        assert not line.startswith(FORGED)
    assert lines is None or len(found) == lines + 1


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "\ud800"], ids=ascii)
def test_hostile_names(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, color: bool, text: str
) -> None:
    """Names, roles and curves that a service gives forge no line, move no cursor and turn no text around."""
    scopes = cobo.Scopes(vault_ids=[text], wallet_ids=[text, text])
    roles = [
        cobo.RoleScope(role_name=text, scopes=scopes),
        cobo.RoleScope(role_name="API_Viewer", scopes=scopes),
    ]
    done = checked(monkeypatch, emulator, color, name=text, curve_type=text, role_scopes=roles)
    assert done.exit_code == 0, done.output
    is_plain(done.output, lines=11)
    assert plain_line(text) in done.output


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "\ud800"], ids=ascii)
def test_hostile_refusals(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, color: bool, text: str
) -> None:
    """What a service says when it refuses, and what it says beside it, is one line."""
    body = msgspec.json.encode({"error_code": 2024, "error_message": text, "error_id": text})
    monkeypatch.setattr(
        emulator.cobo,
        "refused",
        lambda refusal, entry: emulator.cobo._signed(401, body),
        raising=False,
    )
    other = msgspec.json.encode({"error": text, "code": text})
    headers = (
        ("Content-Type", "application/json"),
        ("X-Emulator-Explanation", "a%0Aok%20%20API%20key%1b[2J"),
    )
    monkeypatch.setattr(
        emulator.privy, "refused", lambda refusal, entry: Reply(401, other, headers), raising=False
    )
    emulator.inject(Fault("status-before", status=401, times=9))
    done = checked(monkeypatch, emulator, color)
    assert done.exit_code == 1
    is_plain(done.output)
    # a refusal without words may be a gateway's: not judged
    assert done.output.count("\nBAD ") + done.output.count("\n?   app") == 2


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize(
    "expires", MOMENTS, ids=lambda value: f"{value:.3g}" if value and abs(value) < 1e300 else "huge"
)
def test_any_expiry(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, color: bool, expires: int | None
) -> None:
    """No moment that a service can name breaks the check: what no calendar has is said in words."""
    key = next(iter(emulator.cobo.keys))
    emulator.cobo.keys[key] = msgspec.structs.replace(
        emulator.cobo.keys[key], expired_timestamp=expires
    )
    info = emulator.cobo.keys[key]
    client = emulator.cobo_client()
    usual = client.exchange

    def answered(call: Any) -> Any:
        return _answered(info) if call == cobo.get_api_key_info() else usual(call)

    monkeypatch.setattr(client, "exchange", answered)
    lines = list(check_cobo(client))
    (ends,) = [line for line in lines if line.subject == "ends"]
    assert len(line_of(ends).splitlines()) == 1
    if expires is not None and expires >= 253_402_300_800_000:
        assert "year 10000 or later" in ends.sentence
        assert ends.severity == "good"
    if expires is not None and expires < -62_135_596_800_000:
        assert "before the year 1" in ends.sentence
        assert ends.blocks
    assert checked(monkeypatch, emulator, color).exception.__class__ in (type(None), SystemExit)


def _answered(info: Any) -> Any:
    class Answered:
        error, skew_ms, value = None, 0, info

    return Answered


def test_fuzzed(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """API key infos thrown together at random: the check ends with 0 or 1, and every line is ours."""
    dice = random.Random(7)
    texts, moments = (
        [text for text in HOSTILE if text != "\ud800"],
        [value for value in MOMENTS if value is None or abs(value) < 2**63],
    )
    monkeypatch.setattr(Emulator, "seeded", classmethod(lambda kind, *_, **__: emulator))
    for _ in range(150):
        lists = lambda: dice.choice([None, [], msgspec.UNSET, dice.sample(texts, 3)])  # noqa: E731
        scopes = [
            cobo.Scopes(vault_ids=lists(), wallet_ids=lists(), project_ids=lists())
            for _ in range(3)
        ]
        names = [*texts, "API_Operator", "API_Viewer"]
        roles = [cobo.RoleScope(role_name=dice.choice(names), scopes=each) for each in scopes]
        changes = {
            "name": dice.choice(texts), "curve_type": dice.choice(texts), "callback_url": dice.choice([None, *texts]),
            "valid_ips": lists(), "role_scopes": dice.choice([roles, roles[:1]]),
            "expired_timestamp": dice.choice([*moments, msgspec.UNSET]), "created_timestamp": dice.choice(moments[:-1]),
        }  # fmt: skip
        done = checked(monkeypatch, emulator, dice.random() < 0.5, **changes)
        assert isinstance(done.exception, SystemExit | None), (changes, done.exception)
        is_plain(done.output)


def test_errors_of_the_command() -> None:
    """What is typed at the command line, and errors of ours, pass the gate as well."""
    for arguments in (
        ["emulator", "--world", "x\x1b[2J\nok"],
        ["keypair", "a", "--curve\x1b[2J"],
        ["keypair", "x\x1b\n/\u202e/y"],
        ["\x1b[2J"],
    ):
        done = CliRunner().invoke(main, arguments, color=True)
        assert done.exit_code in (1, 2)
        assert [at for at in hidden_at(done.output) if done.output[at] != "\n"] == [], arguments


# ---- moments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", MOMENTS, ids=lambda value: f"{value:.3g}" if value and abs(value) < 1e300 else "huge"
)
def test_every_moment(emulator: Emulator, value: int | None) -> None:
    """Everything that tells a time survives any whole number, and none."""
    info = next(iter(emulator.cobo.keys.values()))
    assert day(value)
    if value is not None:
        assert moment(value, "%H:%M")
        assert span(value)
        assert apart(value)
    for created in MOMENTS[:-1]:
        for now in (0, 1_795_000_000_000):
            one = msgspec.structs.replace(info, expired_timestamp=value, created_timestamp=created)
            left = days_left(one, now)
            assert len(left["headline"]) + len(left["of"]) < 60
            assert left["percent"] is None or 0 <= left["percent"] <= 100
            assert left["text"]
    wide = msgspec.structs.replace(info, expired_timestamp=value, updated_timestamp=value or 0)
    assert len(frames.api_key(wide)) == 1
    assert access_to(wide, cobo.list_mpc_vaults(), 1_795_000_000_000).findings


def test_numbers_too_large_for_a_table() -> None:
    """A count beyond 64 bits is missing in a table, and the table is there."""
    table = frames.key_quorums(
        [privy.KeyQuorum(id="q", authorization_keys=[], authorization_threshold=10**30)]
    )
    assert table["authorization_threshold"].isna().all()


DAYS = [
    (None, "not said"), (0, "not said"), (1_795_251_600_000, "Sat 21 Nov 2026, 09:00 UTC"), (253_402_300_799_999, "Fri 31 Dec 9999, 23:59 UTC"),
    (253_402_300_800_000, "year 10000 or later"), (2**63, "year 10000 or later"), (-1, "Wed 31 Dec 1969, 23:59 UTC"), (-(2**63), "before the year 1"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "words"), DAYS)
def test_days(value: int | None, words: str) -> None:
    """A moment as people read it; in words where no calendar has it."""
    assert day(value) == words


# ---- code to paste ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["C'); evil('", 'C"', "C\u202e", "C\n", "Ⅽ", "\U0001d159"], ids=ascii
)
def test_an_environment_in_code(name: str) -> None:
    """The name of an environment, in a sentence that says how to confirm in code, is a literal."""
    shown = escape_hidden(f"client.confirm({name!a})")
    assert ast.literal_eval(shown.removeprefix("client.confirm(").removesuffix(")")) == name


# ---- shell lines --------------------------------------------------------------------------------------------

NAMES = [
    "a b", "it's", 'say "hi"', "$(touch pwned)", "`touch pwned`", "-n", "--help", "a\nb", "a\\b", "$HOME", "~", "a;touch pwned", "a&b|c>d",
    "Schlüssel 🔑", "\u202egnp.mep", "a\tb", "*", "#x", "!x", "a'$(touch pwned)'b", "x\n", "\udcff\udcfe", "é", "{a,b}", "%s", "'", "\x1b[2J", "=x",
]  # fmt: skip
SHELLS = [shell for shell in ("bash", "zsh") if shutil.which(shell)]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_odd_paths(name: str, shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the file is called, the line that keypair prints reads that file, runs nothing else, and is one plain line."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(
        main, ["keypair", "--", str(tmp_path / name) if name == "~" else name]
    )
    assert done.exit_code == 0, done.output
    lines = done.output.split("\n")
    assert len(lines) == 4
    assert not any(map(hidden_at, lines))
    command = lines[1].removeprefix("Confirm with:  ").partition(" COBO_CURVE_TYPE=")[0]
    script = f'{command}\nprintf %s "$COBO_API_SECRET"'
    read = subprocess.run(
        [shell, "-c", script],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/"},
    )
    assert read.stdout.decode() == (tmp_path / name).read_text().strip()
    assert read.stderr == b""
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "journal.sqlite") == [
        name
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_quoted_paths(shell: str) -> None:
    """A path is one argument, byte for byte, in every shell that we write for."""
    for name in NAMES:
        done = subprocess.run(
            [shell, "-c", f"printf %s {quoted_path(Path(name))}"],
            capture_output=True,
            check=True,
            env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
        )
        assert done.stdout == os.fsencode(name)


def test_a_name_with_nul() -> None:
    """A path that no system takes is refused with a sentence, and not with a traceback."""
    done = CliRunner().invoke(main, ["keypair", "a\0b"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert "\0" not in done.output


def test_a_terminal_without_unicode(tmp_path: Path) -> None:
    """What the terminal cannot encode is written out, and the key is not lost in an error."""
    command = [sys.executable, "-m", "toolkit", "keypair", str(tmp_path / "Schlüssel")]
    done = subprocess.run(
        command, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"}, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"Schl\\xfcssel" in done.stdout


def test_the_line_of_a_check() -> None:
    """A line is one line wherever it is printed, not only by the command."""
    assert (
        line_of(Finding("r", "good", "API key", (), f"x\n{FORGED}\x1b", "", documented("a page")))
        == f"ok  API key        x\\u000a{FORGED}\\u001b"
    )
    assert isinstance(InputError("a\nb"), ValueError)
    assert str(InputError("a\nb")) == "a\\u000ab"
