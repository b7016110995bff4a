"""What comes from outside comes through one door: arguments, environment, files and prompts."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from toolkit import cobo, privy
from toolkit.__main__ import main
from toolkit.base.outside import (
    Variables,
    argument,
    cleaned,
    decoded,
    file_bytes,
    read_env_file,
    variable,
)
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.secret import Secret

ROOT = Path(__file__).parents[2]
HEX = "0b" * 32
PUBLIC = Ed25519Key.from_hex(HEX).public.to_hex()

CLEANED = [
    ("plain", "value", "value"),
    ("blanks", "  value\t", "value"),
    ("a line end", "value\n", "value"),
    ("a carriage return", "value\r\n", "value"),
    ("double quotes", '"value"', "value"),
    ("single quotes", "'value'", "value"),
    ("quotes of a text program", "“value”", "value"),
    ("quotes and blanks", " ' value ' ", "value"),
    ("a mark of the byte order", "\ufeffvalue", "value"),
    ("a zero width at the end", "value\u200b", "value"),
    ("a no-break space at the end", "value\u00a0", "value"),
    ("a quote inside", 'va"lue', 'va"lue'),
    ("one quote", '"value', '"value'),
    ("two quoted words", '"a" "b"', '"a" "b"'),
    ("nothing", "", ""),
    ("nothing in quotes", '""', ""),
    ("blanks in quotes", "'  '", ""),
    ("lines inside", "a\r\nb\n", "a\nb"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "plain"), [case[1:] for case in CLEANED], ids=[c[0] for c in CLEANED]
)
def test_cleaned(text: str, plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands around a value comes off, the same for an argument, a variable and a secret."""
    assert cleaned(text, "it") == plain
    assert argument(text, "it") == (plain or None)
    monkeypatch.setenv("SOME_NAME", text)
    assert variable("SOME_NAME") == plain
    if plain:
        assert Secret(text).reveal() == plain
    else:
        with pytest.raises(InputError, match="empty"):
            Secret(text)


@pytest.mark.parametrize("hidden", ["\u200b", "\u00a0", "\u202e", "\x00", "\x1b", "\u2060"])
def test_what_nobody_sees_is_named(hidden: str) -> None:
    """A character without ink inside a value is named with its place; the value is not repeated."""
    with pytest.raises(InputError, match=rf"U\+{ord(hidden):04X}, at place 7") as caught:
        cleaned(f"secret{hidden}text", "SOME_NAME")
    assert "SOME_NAME" in str(caught.value)
    assert "secret" not in str(caught.value).replace("SOME_NAME", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_files_as_editors_save_them(encoding: str, tmp_path: Path) -> None:
    """A file is read in UTF-8 with or without a mark, and in UTF-16, which is what PowerShell writes."""
    key = P256Key.generate()
    pem = key.save(tmp_path / "key.pem").read_text()
    assert decoded(pem.encode(encoding)) == pem
    (tmp_path / "saved").write_bytes(pem.replace("\n", "\r\n").encode(encoding))
    assert P256Key.from_file(tmp_path / "saved") == key
    assert Secret.from_file(tmp_path / "saved").reveal() == pem.strip()


ENV_FILE = """\
# a comment
COBO_ENV=prod   # behind a value
export PRIVY_APP_ID='cm abc'

PLAIN=$HOME/${NOT}/#x
QUOTED="a\\nb \\"c\\" $D"
LITERAL='a\\nb'
EMPTY=
LINES="-----BEGIN
END-----"
"""


def test_env_file(tmp_path: Path) -> None:
    """A file of variables is read as it is written: comments, quotes, several lines; ``$`` is itself."""
    path = tmp_path / ".env"
    path.write_bytes(ENV_FILE.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_env_file(path) == {
        "COBO_ENV": "prod", "PRIVY_APP_ID": "cm abc", "PLAIN": "$HOME/${NOT}/#x", "QUOTED": 'a\nb "c" $D',
        "LITERAL": "a\\nb", "EMPTY": "", "LINES": "-----BEGIN\r\nEND-----",
    }  # fmt: skip
    assert Variables(path).get("LINES") == "-----BEGIN\nEND-----"
    assert Variables(path).get("EMPTY") == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("COBO_ENV=dev\nhush hush\n", "line 2 is no NAME=value"),
        ("A=1\nA=2\n", "A stands in it twice, the second time in line 2"),
        ('A="hush\n', "line 1"),
        ("set A=hush\n", "line 1 is a command of a shell"),
        ('$env:A="hush"\n', "line 1 is a command of a shell"),
        ('declare -x A="hush"\n', "line 1 is a command of a shell"),
        ("A=1\nB\u200b=hush\n", r"line 2 has what nobody sees, U\+200B, as character 2"),
        ("A\u00a0=hush\n", r"line 1 has what nobody sees, U\+00A0, as character 2"),
    ],
)
def test_env_file_refused(content: str, said: str, tmp_path: Path) -> None:
    """A line that is no variable is named by its number, and not repeated."""
    path = tmp_path / ".env"
    path.write_text(content)
    with pytest.raises(InputError, match=said) as caught:
        read_env_file(path)
    assert "hush" not in str(caught.value)
    with pytest.raises(InputError, match="env_file cannot be read: No such file"):
        read_env_file(tmp_path / "none")


def test_an_env_file_is_named_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is searched for; the named one is the only source, so that no two are mixed."""
    path = tmp_path / ".env"
    path.write_text(
        f"COBO_API_SECRET='{HEX}'\nPRIVY_APP_ID=cmabc\nPRIVY_APP_SECRET=\"s3cr3t of ours\"\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="COBO_API_SECRET is not set"):
        cobo.Client.from_env()
    monkeypatch.setenv("COBO_ENV", "prod")
    custody = cobo.Client.from_env(env_file=path)
    assert custody.environment == cobo.DEV
    assert custody.identity == PUBLIC
    assert privy.Client.from_env(env_file=path).identity == "cmabc"
    assert Ed25519Key.from_env("COBO_API_SECRET", env_file=path).public.to_hex() == PUBLIC
    with pytest.raises(InputError, match="variable of the file NOT_THERE is not set"):
        Ed25519Key.from_env("NOT_THERE", env_file=path)


COBO_VARIABLES = [
    ("nothing else", {}, "DEV"),
    ("COBO_ENV", {"COBO_ENV": "prod"}, "PROD"),
    ("in quotes, upper case", {"COBO_ENV": '"PROD"'}, "PROD"),
    ("with a carriage return", {"COBO_ENV": "sandbox\r"}, "SANDBOX"),
    ("set to nothing", {"COBO_ENV": "", "COBO_CURVE_TYPE": "''", "COBO_API_HOST": " "}, "DEV"),
    ("COBO_ENVIRONMENT", {"COBO_ENVIRONMENT": "prod"}, "PROD"),
    ("its long name", {"COBO_ENVIRONMENT": "production"}, "PROD"),
    ("both alike", {"COBO_ENV": "prod", "COBO_ENVIRONMENT": "prod"}, "PROD"),
    ("a host", {"COBO_API_HOST": "https://api.cobo.com"}, "PROD"),
    ("a host in capitals", {"COBO_API_HOST": "HTTPS://API.COBO.COM/v2"}, "PROD"),
    ("a host with its port", {"COBO_API_HOST": "https://api.cobo.com:443/v2"}, "PROD"),
    ("a bare host", {"COBO_API_HOST": "api.sandbox.cobo.com"}, "SANDBOX"),
    ("a host with its path", {"COBO_API_HOST": "'https://api.dev.cobo.com/v2/'"}, "DEV"),
    ("as the CLI exports it", {"COBO_ENV": "dev", "COBO_API_HOST": "https://api.dev.cobo.com", "COBO_API_KEY": PUBLIC}, "DEV"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "place"), [c[1:] for c in COBO_VARIABLES], ids=[c[0] for c in COBO_VARIABLES]
)
def test_cobo_variables(names: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where requests go is read from the variables that Cobo's own CLI exports, however they are quoted."""
    monkeypatch.setenv("COBO_API_SECRET", f'"{HEX}"\r\n')
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    client = cobo.Client.from_env()
    assert client.environment.name == place
    assert client.identity == PUBLIC


COBO_REFUSED = [
    ("unknown", {"COBO_ENV": "live"}, "COBO_ENV is none of dev, prod, sandbox"),
    ("unknown, the other name", {"COBO_ENVIRONMENT": "live"}, "COBO_ENVIRONMENT is none of"),
    ("another scheme", {"COBO_API_HOST": "http://api.cobo.com"}, "COBO_API_HOST has another scheme than https"),
    ("another host", {"COBO_API_HOST": "api.example.com"}, "COBO_API_HOST is none of Cobo's hosts"),
    ("two places", {"COBO_ENV": "dev", "COBO_API_HOST": "api.cobo.com"}, "COBO_ENV and COBO_API_HOST name different"),
    ("another curve", {"COBO_CURVE_TYPE": "P256"}, "neither ED25519 nor SECP256K1"),
    ("another public half", {"COBO_API_KEY": "0c" * 32}, "COBO_API_KEY is not the public half"),
    ("the public half on the other curve", {"COBO_API_KEY": Secp256k1Key.from_hex(HEX).public.to_hex()}, "on Ed25519"),
    ("something unseen", {"COBO_ENV": "pr\u200bod"}, r"COBO_ENV has a character that nobody sees, U\+200B"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "said"), [c[1:] for c in COBO_REFUSED], ids=[c[0] for c in COBO_REFUSED]
)
def test_cobo_variables_refused(
    names: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the variables do not say clearly is refused, by their names."""
    monkeypatch.setenv("COBO_API_SECRET", HEX)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=said) as caught:
        cobo.Client.from_env()
    assert HEX not in str(caught.value)


def test_privy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """App id, secret and address lose quotes, blanks and line ends; what is set to nothing is not set."""
    monkeypatch.setenv("PRIVY_APP_ID", '"cmabc"\r')
    monkeypatch.setenv("PRIVY_APP_SECRET", " 'a secret of ours' \n")
    monkeypatch.setenv("PRIVY_API_BASE_URL", "''")
    assert privy.Client.from_env().identity == "cmabc"
    assert privy.Client.from_env().environment == privy.PROD
    monkeypatch.setenv("PRIVY_API_BASE_URL", '"https://api.staging.privy.io/"')
    assert privy.Client.from_env().environment == privy.STAGING
    assert privy.Client(" 'cmabc' ", "'a secret of ours'").identity == "cmabc"


def test_addresses_as_arguments() -> None:
    """A base URL, a proxy and a bundle of certificates are arguments from outside, too."""
    assert privy.Environment(' "https://api.privy.io"\n') == privy.PROD
    client = privy.Client("cmabc", "a secret of ours", proxy="  ", ca_bundle="''")
    assert client.environment == privy.PROD


def test_check_reads_a_named_file(tmp_path: Path) -> None:
    """The command reads the file that is named, and says what is wrong in it, by the variable’s name."""
    path = tmp_path / ".env"
    path.write_text(f"COBO_API_SECRET={HEX}\nCOBO_ENV=live\n")
    done = CliRunner().invoke(main, ["check", "--env-file", str(path)])
    assert done.exit_code == 1
    assert "COBO_ENV is none of dev, prod, sandbox" in done.output
    done = CliRunner().invoke(main, ["check", "--env-file", str(tmp_path / "none")])
    assert "env_file cannot be read: No such file" in done.output


def test_the_one_door() -> None:
    """No other module reads the environment, or asks a person for hidden input but ``keys/secret.py``."""
    doors = []
    for path in sorted((ROOT / "toolkit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.attr if isinstance(node, ast.Attribute) else ""
            if name in ("environ", "getenv", "environb"):
                doors.append(str(path.relative_to(ROOT / "toolkit")))
    assert set(doors) == {"base/outside.py"}


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_decoded(encoding: str) -> None:
    """Text of every encoding that editors write is read, with or without a mark before it."""
    assert decoded("NAME=value of mine\n".encode(encoding)) == "NAME=value of mine\n"


def test_line_ends_of_old_macs(tmp_path: Path) -> None:
    """A line may end with a carriage return alone."""
    (tmp_path / ".env").write_bytes(b"A=1\rB=2\r")
    assert read_env_file(tmp_path / ".env") == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("path", "said"),
    [("", "no path"), ("  ", "no path"), (5, "no path"), ("a\0b", "no path"), ("/", "directory")],
)
def test_no_env_file(path: Any, said: str) -> None:
    """What is no path of a file is told as that, not as a file without text."""
    with pytest.raises(InputError, match=f"cannot be read: .*{said}"):
        read_env_file(path)


def test_paths_in_quotes(tmp_path: Path) -> None:
    """A path as Windows copies it is read; a file that has quotes in its name is that file."""
    (tmp_path / "a b").write_bytes(b"1")
    assert file_bytes(f'"{tmp_path}/a b"') == b"1"
    (tmp_path / "'q'").write_bytes(b"2")
    assert file_bytes(str(tmp_path / "'q'")) == b"2"


def test_what_never_ends(tmp_path: Path) -> None:
    """A file without an end, or far larger than any key, is refused and not read whole."""
    with pytest.raises(OSError, match="more than 4 MiB"):
        file_bytes("/dev/zero")
    assert len(file_bytes("/dev/null")) == 0


def test_pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe is read once, whole, as a shell's <(command) is; where nobody writes, it is told."""
    monkeypatch.setattr("toolkit.base.outside.PIPE_WAITS_S", 0.05)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe, and nobody writes"):
        file_bytes(tmp_path / "pipe")
    reading, writing = os.pipe()
    os.write(writing, HEX.encode())
    os.close(writing)
    try:
        assert Ed25519Key.from_file(f"/dev/fd/{reading}").public.to_hex() == PUBLIC
    finally:
        os.close(reading)
