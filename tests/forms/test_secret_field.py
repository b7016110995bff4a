"""A field for a secret: from a file, a variable or as typed; taken out first, and never repeated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w
import pytest

from tests.screen import states
from toolkit.errors import InputError, KeyRefused, ToolkitError
from toolkit.forms.secret_field import LONGEST_PATH, SecretField, found
from toolkit.keys.secret import Secret

TEXT = "hush-Hush/2026+MARKER=="


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, a variable and a home with a file in it, all holding the secret."""
    (tmp_path / "secret.txt").write_text(f"  {TEXT}\n")
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "binary.pem").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("HUSH", f" {TEXT} ")
    monkeypatch.setenv("BLANK", "  ")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


FOUND = [
    ("as typed", TEXT, "as you typed it"),
    ("blanks around it", f"  {TEXT} ", "as you typed it"),
    ("a variable", "$HUSH", "from the environment variable"),
    ("a path", "secret.txt", "from the file"),
    ("a path from here", "./secret.txt", "from the file"),
    ("a path from home", "~/secret.txt", "from the file"),
]


@pytest.mark.parametrize(
    ("text", "origin"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND]
)
def test_found(places: Path, text: str, origin: str) -> None:
    """Wherever it is, it is the same secret, without blanks; where it was is said without repeating it."""
    secret, where = found(text)
    assert (secret.reveal(), where) == (TEXT, origin)


NOT_FOUND = [
    ("no variable", "$NOTHERE_MARKER", "No environment variable"),
    ("an empty variable", "$BLANK", "No environment variable"),
    ("no file", "./MARKER", "There is no such file"),
    ("no file at home", "~/MARKER", "There is no such file"),
    ("nobody’s home", "~nobody-MARKER/x", "There is no such file"),
    ("a key file that is not there", "/somewhere/MARKER.pem", "There is no such file"),
    ("a folder", "/tmp", "That is a folder"),  # noqa: S108
    ("an empty file", "empty.txt", "The secret is empty"),
    ("no text in it", "binary.pem", "no text in UTF-8"),
]


@pytest.mark.parametrize(
    ("text", "said"), [case[1:] for case in NOT_FOUND], ids=[case[0] for case in NOT_FOUND]
)
def test_not_found(places: Path, text: str, said: str) -> None:
    """What cannot be found is a sentence with a remedy; it does not repeat what was typed."""
    with pytest.raises(InputError, match=said) as refused:
        found(text)
    assert refused.value.hint
    assert "MARKER" not in str(refused.value)


@pytest.mark.parametrize(
    "odd",
    [
        "~",
        "~~abc",
        "a\0b",
        "x" * (LONGEST_PATH + 1),
        "x" * 5000,
        "$",
        "$1abc",
        "line one\nline two",
        "/",
    ],
)
def test_odd_secrets(odd: str) -> None:
    """Whatever is pasted: a secret or a sentence, never another error."""
    try:
        secret, origin = found(odd)
    except InputError as refused:
        assert refused.hint  # noqa: PT017
    else:
        assert (secret.reveal(), origin) == (odd, "as you typed it")


def test_the_field_is_empty_first() -> None:
    """When the secret is taken, the field’s state has it no more; what taking it says stands below."""
    at_the_time: list[str] = []

    def taken(secret: Secret, origin: str) -> str:
        at_the_time.append(states(field.view))
        return f"Taken {origin}, <b>{len(secret.reveal())}</b> characters."

    field = SecretField("The key", taken)
    field.field.value = TEXT
    assert len(at_the_time) == 1
    for state in (*at_the_time, states(field.view), repr(field), repr(field.__dict__)):
        assert TEXT not in state
    assert "Taken as you typed it" in field.said.value
    assert "<b>" not in field.said.value
    field.field.value = TEXT  # the same once more is taken once more
    assert len(at_the_time) == 2


def refuses(error: ToolkitError) -> Callable[[Secret, str], str]:
    def taken(secret: Secret, origin: str) -> str:
        raise error

    return taken


def test_refused() -> None:
    """What refuses it is said instead, as an alert, and the field is empty all the same."""
    field = SecretField(
        "The key", refuses(KeyRefused("It is of another curve.", hint="Copy it again."))
    )
    field.field.value = TEXT
    assert "It is of another curve. Copy it again." in field.said.value
    assert 'role="alert"' in field.said.value
    assert TEXT not in states(field.view)


def test_a_mistake_of_ours_leaves_nothing(recwarn: pytest.WarningsRecorder) -> None:
    """Even where taking it fails in a way nobody foresaw, nothing stays in the field."""

    def taken(secret: Secret, origin: str) -> str:
        raise ZeroDivisionError

    field = SecretField("The key", taken)
    with pytest.raises(ZeroDivisionError):
        field.field.value = TEXT
    assert TEXT not in states(field.view)


def test_blanks_are_nothing() -> None:
    """Blanks are no secret: nothing is taken, nothing is said."""
    field = SecretField("The key", lambda *_: pytest.fail("nothing was typed"))
    field.field.value = "   "
    assert field.said.value == ""


def test_it_is_masked() -> None:
    """A password field, labelled, that sends its text only when it is left."""
    field = SecretField("The key", lambda *_: "")
    assert isinstance(field.field, w.Password)
    assert field.field.description == "The key"
    assert field.field.continuous_update is False
    field.say("note", "")
    assert field.said.value == ""
