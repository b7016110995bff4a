"""What the page of front ends says about versions is what is installed for their tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.frontdriver import FRONTS, FrontEnd, versions

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "front-ends.md"


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: front.name)
def test_versions_on_the_page(front: FrontEnd) -> None:
    """One row of the page names the versions in its lock."""
    own, *others = versions(front).items()
    told = ", ".join([own[1], *(f"{name} {version}" for name, version in others)])
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if f"| {told} |" in line]
    assert len(rows) == 1, told
