"""The walk through the built site notices what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.browse import main

GOOD = '<a href="second.html#place">on</a>'
SECOND = '<p id="place">here</p><a href="index.html">back</a>'


def site(folder: Path, first: str, **others: str) -> Path:
    for name, body in {"index": first, "second": SECOND, **others}.items():
        (folder / f"{name}.html").write_text(f"<!doctype html><link rel=icon href=data:,>{body}")
    return folder


def test_a_whole_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is wrong with it, and every page was seen."""
    assert main(site(tmp_path, GOOD)) == 0
    assert "2 pages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (GOOD + '<script src="https://elsewhere.invalid/x.js"></script>', "asks elsewhere"),
        (GOOD + '<a href="gone.html">gone</a>', "404 for gone.html"),
        (GOOD + '<img src="gone.png">', "404 for gone.png"),
        (GOOD + '<a href="second.html#gone">gone</a>', "no such place: second.html#gone"),
        (GOOD + "<script>throw new Error('bad')</script>", "a script failed"),
        ("nothing", "second.html: no page leads there"),
    ],
    ids=["foreign", "a link", "a picture", "a place", "a script", "a page"],
)
def test_what_is_wrong(
    first: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind of trouble is told, and ends with 1."""
    assert main(site(tmp_path, first)) == 1
    assert words in capsys.readouterr().out
