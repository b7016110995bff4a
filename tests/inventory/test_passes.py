"""An audit in passes over partitions gives the report that one in memory gives, byte for byte."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest

from tests.inventory.everything import organisation
from tests.inventory.organisation import NOW_MS, World, public_key
from toolkit import Inventory, People, audit, privy
from toolkit.inventory import passes
from toolkit.inventory.cluster import audit_dataset
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.formats import FORMATS
from toolkit.inventory.inventory import Unseen
from toolkit.inventory.partitions import partition
from toolkit.inventory.people import Holder
from toolkit.inventory.register import registered
from toolkit.inventory.report import Report
from toolkit.inventory.rules import BY_ID, RULES
from toolkit.inventory.rules.rule import Keyed
from toolkit.privy.models import member_identity

DAY_MS = 86_400_000


def same(one: Report, other: Report) -> None:
    """Every form of both, with names and without, and both tables."""
    for form in FORMATS:
        assert one.written(form) == other.written(form), form
    assert one.written("json", names=False) == other.written("json", names=False)
    assert one.frame().equals(other.frame())
    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()
    assert [one.exit_code(each) for each in ("high", "note")] == [
        other.exit_code(each) for each in ("high", "note")
    ]


@pytest.mark.parametrize("size", [25, 1_000])
def test_every_rule(size: int, tmp_path: Path) -> None:
    """Of the organisation with every fault in it, exclusions too, whatever the size of a partition."""
    inventory, exclusions, _ = organisation()
    partition(inventory, tmp_path / "dataset", size=size)
    whole = audit(inventory, exclusions=exclusions, duration_s=1.5)
    parted = audit_dataset(
        tmp_path / "dataset", scheduler=None, exclusions=exclusions, duration_s=1.5, progress=False
    )
    assert {run.rule.id for run in whole.runs if run.hits is not None and len(run.hits)} >= {
        "name.look-alike", "quorum.same-members", "key.many-quorums", "key.not-proven", "people.unknown",
    }  # fmt: skip
    same(whole, parted)


def random_world(rng: random.Random, size: int) -> tuple[Inventory, list[Exclusion]]:
    """Few keys in many quorums, named here and not there; users; rings; nodes of several vaults; twins of names."""
    world = World()
    texts = [public_key(at).to_base64() for at in range(9)] + [
        public_key(3).to_pem(),
        "no key",
        "user 1",
    ]
    names = ["", "Ann", "Аnn", "Treasury", "Treasury", "Ops ", None]
    for at in range(size):
        keys = [
            privy.AuthorizationKey(rng.choice(texts), rng.choice(["", "laptop", "phone", None]))
            for _ in range(rng.randrange(4))
        ]
        users = [f"user {rng.randrange(4)}" for _ in range(rng.randrange(3))]
        inner = [f"n{rng.randrange(size)}" for _ in range(rng.choice((0, 0, 0, 1)))]
        threshold = rng.choice([None, 1, 2, 2, 3])
        world.add(
            "quorums", privy.KeyQuorum(f"n{at}", keys, rng.choice(names), threshold, users, inner)
        )
        owner = rng.choice([None, f"n{rng.randrange(size)}", "not seen"])
        signers = [privy.models.AdditionalSigner(signer_id=f"n{rng.randrange(size)}")]
        world.wallet(owner, additional_signers=signers if rng.random() < 0.3 else [])
        if rng.random() < 0.2:
            vault = world.vault(
                *rng.choice([("main",), ("main", "recovery"), ("main", "signing", "recovery")])
            )
            holders = [
                world.holder(rng.choice(["Mia", "Max"]), tss_node_id=f"node {rng.randrange(5)}")
                for _ in "ab"
            ]
            world.group(vault, "SigningGroup", 2, holders)
    seats = (
        [member_identity(text) for text in texts]
        + [f"user {at}" for at in range(4)]
        + [f"node {at}" for at in range(5)]
    )
    proven = [None, NOW_MS - DAY_MS, NOW_MS - 100 * DAY_MS]
    world.seats |= {
        seat: Holder(
            rng.choice(["Ann", "Ben", "Cem", "Аnn"]), rng.choice(["call", "guess"]),
            site=rng.choice(["", "Zug", "Oslo"]), proven_ms=rng.choice(proven),
        )
        for seat in seats if rng.random() < 0.7
    }  # fmt: skip
    world.api_key("API_Operator")
    inventory = world.inventory(
        unseen=(Unseen("cobo", "EMULATOR", "groups of v3", "refused", "refused", "v3"),)
    )
    report = audit(inventory)
    lines = rng.sample(report.lines, k=min(6, len(report.lines)))
    for line in lines:
        world.exclude(line.rule.id, line.about, days=rng.choice([-1, 30]))
    return inventory, world.exclusions


def test_random_organisations(tmp_path: Path) -> None:
    """Of organisations at random: seats, names, wallets and quorums that stand in several partitions are told as one."""
    for seed in range(400 if os.environ.get("TEST_CAMPAIGN") else 8):
        rng = random.Random(seed)
        inventory, exclusions = random_world(rng, rng.randrange(1, 60))
        folder = tmp_path / str(seed)
        partition(inventory, folder, size=rng.choice([1, 3, 10]))
        options = {"exclusions": exclusions, "duration_s": 0.0}
        whole = audit(inventory, **options)
        assert not whole.failed
        same(whole, audit_dataset(folder, scheduler=None, progress=False, **options))


def test_other_people_another_moment(tmp_path: Path) -> None:
    """Who holds what, and the moment, may be given anew, as to an audit in memory."""
    inventory, _, _ = organisation()
    partition(inventory, tmp_path / "dataset", size=50)
    options = {
        "people": People({"did:privy:1": "Zoe"}),
        "at_ms": NOW_MS + 400 * DAY_MS,
        "duration_s": 0.0,
    }
    same(
        audit(inventory, **options),
        audit_dataset(tmp_path / "dataset", scheduler=None, progress=False, **options),
    )


@pytest.mark.parametrize("rule", ["quorum.alone", "name.twice"])
def test_a_rule_that_fails_is_no_pass(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that cannot run in one partition hides nothing of the others, and is named."""
    inventory, _, _ = organisation()
    partition(inventory, tmp_path / "dataset", size=50)

    def broken(_: object) -> None:
        raise ZeroDivisionError("a fault")

    step = "look" if BY_ID[rule].look is not None else "map"
    monkeypatch.setitem(BY_ID[rule].__dict__, step, broken)
    options = {"duration_s": 0.0}
    whole = audit(inventory, **options)
    assert [run.rule.id for run in whole.failed] == [rule]
    same(whole, audit_dataset(tmp_path / "dataset", scheduler=None, progress=False, **options))


def test_what_is_compared_later_is_put_down(tmp_path: Path) -> None:
    """One partition after another, no bucket waits in memory; each is read again as it was, and the folder goes."""
    inventory, _, _ = organisation()
    partitions = partition(inventory, tmp_path / "dataset", size=25)
    engine = passes.Here(progress=False)
    with engine.spilling() as spill:
        found = [passes.find(partitions, part) for part in range(len(partitions))]
        register = registered(found, 0, inventory.people, ())
        kept = passes.look(partitions, 1, register, None)
        put_down = passes.look(partitions, 1, register, spill)
        across = [rule.id for rule in RULES if rule.look is None]
        assert across
        for rule in across:
            for bucket, keyed in enumerate(kept.made[rule]):
                assert isinstance(put_down.made[rule][bucket], passes.PutDown)
                again = passes.bucket_of(put_down, rule, bucket)
                assert isinstance(keyed, Keyed)
                assert isinstance(again, Keyed)
                assert again.looked == keyed.looked
                for name in ("keys", "rows", "numbers", "places"):
                    assert np.array_equal(getattr(again, name), getattr(keyed, name))
        assert any(spill.iterdir())
    assert not spill.exists()
