"""What a review says in words: the request, what it means, who has reviewed it and until when; on a card and in lines."""

from __future__ import annotations

import pytest

from tests.samples import KEYS, group
from toolkit import Emulator, Review, cobo, privy
from toolkit.approvals.review_reading import read_review
from toolkit.approvals.shown import review_lines

DAY_MS = 86_400_000


@pytest.fixture
def review(emulator: Emulator) -> Review:
    client = emulator.cobo_client(require_review=[key.public for key in KEYS[:2]])
    call = cobo.create_key_share_holder_group(emulator.vault_id, group(emulator))
    return Review.of(client, call)


def test_a_group(emulator: Emulator, review: Review) -> None:
    """Who would sign and who holds enough shares, what Cobo's approvers see, every byte, and that ids are only ids."""
    reading = read_review(review, 0, {}, [KEYS[1].public.fingerprint])
    lines = "\n".join(review_lines(reading))
    assert reading.title == "Cobo: Create key share holder group"
    assert ("Vault id", emulator.vault_id) in reading.facts
    assert any("Signing, day to day" in text for _, text in reading.means)
    assert "Create Signing Key" in reading.statement
    assert "".join(run.text for run in reading.runs) == review.body
    assert "key 2 of 2" in lines
    assert review.body in lines.replace("\n  ", "")  # nothing of it is cut
    assert "look them up yourself" in " ".join(lines.split())
    assert review.request not in lines  # it is shown once the digits were typed


def test_until_when(review: Review) -> None:
    """Each review says until when it counts, until when it did, or that its clock is ahead; a stranger's never does."""
    now_ms = 1_800_000_000_000
    for reviewed_ms, what in (
        (now_ms, "counts until"),
        (now_ms - 2 * DAY_MS, "it counted until"),
        (now_ms + 2 * DAY_MS, "ahead of this clock"),
    ):
        signed = review.sign(KEYS[0], reviewed_ms=reviewed_ms)
        first, second = read_review(signed, now_ms, {KEYS[0].fingerprint: "Alice"}).people
        assert (first.signed, second.signed) == (True, False)
        assert first.name.startswith("Alice · Key ")
        assert what in first.what
        assert second.what == "can review"
    stranger = review.sign(KEYS[2], reviewed_ms=now_ms)
    assert "does not count" in read_review(stranger, now_ms, {}).people[-1].what


def test_what_breaks_a_rule_is_told(emulator: Emulator) -> None:
    """What the rules find in a request stands in its review, at Privy too; who co-signs is not its subject."""
    app = emulator.privy_client(require_review=[KEYS[0].public])
    call = privy.delete_key_quorum("q1")
    review = Review.of(app, call)
    reading = read_review(review, 0, {})
    assert reading.title.startswith("Privy: ")
    assert all("sign" not in text for _, text in reading.means)
    twice = privy.CreateKeyQuorumRequest(
        public_keys=[KEYS[0].public] * 2, authorization_threshold=1
    )
    means = read_review(Review.of(app, privy.create_key_quorum(twice)), 0, {}).means
    assert {severity for severity, _ in means} & {"high", "medium"}


def test_the_card(review: Review) -> None:
    """A notebook shows the same, without a widget, and markup in a name stays text."""
    shown = review._repr_html_()
    assert "Create key share holder group" in shown
    assert "0 of 2 reviewed; one is enough" in shown
    body = cobo.CreateMpcVaultRequest(name="<script>x</script>", vault_type="Org-Controlled")
    client = Emulator.seeded().cobo_client()
    assert "<script>" not in Review.of(client, cobo.create_mpc_vault(body))._repr_html_()
