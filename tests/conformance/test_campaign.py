"""A thousand faults: never two things from one click, nothing lost, and doubt only where nobody could know."""

from __future__ import annotations

import pytest

from tests.conformance import campaign


def test_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """No duplicate, no lost result, no wrong id, no open entry; what was visible in the window was adopted."""
    figures, wrong = campaign.ours(bar=False)
    with capsys.disabled():
        print(
            f"\n{campaign.CLICKS} clicks, seed {campaign.SEED}; on the change: {campaign.MIX}; on the look: {campaign.LOOKS}"
        )
        print(f"this toolkit: {dict(sorted(figures.items()))}")
    assert wrong == []
    assert figures["made twice or more"] == 0
    assert figures["at first: made"] > 300
    assert figures["asked, and it happened after that"] > 20


def test_the_official_sdks(capsys: pytest.CaptureFixture[str]) -> None:
    """The baseline: the same clicks through the vendors' SDKs make things twice, and leave their callers not knowing."""
    figures = campaign.baseline(bar=False)
    with capsys.disabled():
        print(f"\nofficial SDKs: {dict(sorted(figures.items()))}")
    assert figures["made twice or more"] > 0
    assert figures["made, and the caller got an error"] > 0
