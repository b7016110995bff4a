"""For ``pytest --doctest-modules toolkit``: what examples begin with. Tests have their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.client.journal import VARIABLE as JOURNAL
from toolkit.client.names import VARIABLE as NAMES


@pytest.fixture(autouse=True)
def as_on_the_first_page(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """An example has the first lines of the pages, and a folder and a journal of its own."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    from tests.docs.python import beginning  # with what the pages are made of, which takes a while

    patch = request.getfixturevalue("monkeypatch")
    patch.chdir(tmp_path)
    patch.setenv(JOURNAL, ":memory:")
    patch.setenv(NAMES, ":memory:")
    patch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    request.getfixturevalue("doctest_namespace").update(beginning())
