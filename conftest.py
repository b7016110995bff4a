"""For ``pytest --doctest-modules toolkit``: what examples begin with. Tests have their own."""

from __future__ import annotations

import pytest

from toolkit.client.journal import VARIABLE as JOURNAL
from toolkit.client.names import VARIABLE as NAMES


@pytest.fixture(autouse=True)
def as_on_the_first_page(request: pytest.FixtureRequest) -> None:
    """An example has the first lines of the pages, and a folder and a journal of its own."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    from tests.docs.python import beginning  # with what the pages are made of, which takes a while

    patch, folder = request.getfixturevalue("monkeypatch"), request.getfixturevalue("tmp_path")
    patch.chdir(folder)
    patch.setenv(JOURNAL, ":memory:")
    patch.setenv(NAMES, ":memory:")
    patch.setenv("XDG_DATA_HOME", str(folder / "data"))
    request.getfixturevalue("doctest_namespace").update(beginning())
