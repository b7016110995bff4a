"""A secret has no spelling but reveal()."""

from __future__ import annotations

import copy
import json
import os
import pickle
import sys
from pathlib import Path

import pytest

from toolkit.errors import InputError
from toolkit.keys.secret import Secret


def test_no_spelling() -> None:
    """Nothing that prints, copies or stores a secret shows it."""
    secret = Secret(" s3cret-text\n")
    assert secret.reveal() == "s3cret-text"
    for text in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>30}",
        repr([secret]),
        "%s" % secret,  # noqa: UP031  # this way of writing, too
    ):
        assert "s3cret" not in text
    for store in (
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        vars,
        lambda s: s.__getstate__(),
    ):
        with pytest.raises(TypeError):
            store(secret)


@pytest.mark.parametrize("bad", ["", "  ", None, 7])
def test_empty(bad: object) -> None:
    """An empty secret is refused where it enters."""
    with pytest.raises(InputError, match=r"empty|not text"):
        Secret(bad)  # type: ignore[arg-type]


def test_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Environment, file and prompt; where each fails, the message names it."""
    monkeypatch.setenv("MY_SECRET", "from env")
    assert Secret.from_env("MY_SECRET").reveal() == "from env"
    with pytest.raises(InputError, match="OTHER_SECRET is not set"):
        Secret.from_env("OTHER_SECRET")
    (tmp_path / "secret").write_text("from file\n")
    assert Secret.from_file(tmp_path / "secret").reveal() == "from file"
    monkeypatch.setattr("getpass.getpass", lambda prompt: "typed")
    assert Secret.prompt("App secret").reveal() == "typed"

    def headless(prompt: str) -> str:
        raise NotImplementedError  # what ipykernel raises where input is not supported

    monkeypatch.setattr("getpass.getpass", headless)
    with pytest.raises(InputError, match="PRIVY_APP_SECRET"):
        Secret.prompt("App secret", "PRIVY_APP_SECRET")


@pytest.mark.parametrize("gone", [None, "closed"])
def test_no_input_at_all(gone: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program whose input was closed is told that nobody is there."""
    stdin = None
    if gone:
        stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # to be closed
        stdin.close()
    monkeypatch.setattr("sys.stdin", stdin)
    monkeypatch.setattr("getpass.getpass", lambda prompt: sys.stdin.readline())
    with pytest.raises(InputError, match="nobody is at the keyboard"):
        Secret.prompt("App secret")
