"""A saved inventory is what it was, can be compared line by line, and shows what was changed by hand."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from toolkit import Emulator, Inventory, People, cobo, collect, compare, privy
from toolkit.errors import InputError
from toolkit.inventory import store

VERSIONS = Path(__file__).parent / "versions"


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    return collect(
        emulator.cobo_client(), emulator.privy_client(), people=People({"someone": "Alice"})
    )


def test_what_is_saved_is_read_again(inventory: Inventory, tmp_path: Path) -> None:
    """All of it, and where each thing came from."""
    again = Inventory.load(inventory.save(tmp_path / "a"))
    assert again == inventory
    assert [group.provenance for group in again.groups] == [
        group.provenance for group in inventory.groups
    ]
    holders = [holder for group in again.groups for holder in group.key_share_holders or ()]
    assert all(holder.provenance for holder in holders)
    assert again.frame("holders").attrs == inventory.frame("holders").attrs


def test_two_looks_at_the_same_differ_in_no_thing(emulator: Emulator, tmp_path: Path) -> None:
    """Only the manifest and when things were received change with the moment."""
    clients = emulator.cobo_client(), emulator.privy_client()
    first = collect(*clients).save(tmp_path / "a")
    emulator.advance(60_000)
    second = collect(*clients).save(tmp_path / "b")
    differ = {
        path.name
        for path in first.iterdir()
        if path.suffix != ".parquet" and path.read_bytes() != (second / path.name).read_bytes()
    }
    assert differ == {"manifest.json", "received.jsonl"}


def test_lines_are_canonical_json(inventory: Inventory, tmp_path: Path) -> None:
    """One object a line, names in order, no space between."""
    folder = inventory.save(tmp_path / "a")
    for kind in store.LINES:
        for line in (folder / store.file_of(kind)).read_text().splitlines():
            value = json.loads(line)
            assert list(value) == sorted(value)
            assert '": ' not in line or '": ' in json.dumps(value, separators=(",", ":"))


def test_parquet_is_a_copy(inventory: Inventory, tmp_path: Path) -> None:
    """Other programs read the tables; loading never does."""
    import pandas as pd

    folder = inventory.save(tmp_path / "a")
    table = pd.read_parquet(folder / "groups.parquet")
    assert len(table) == len(inventory.groups)
    (folder / "groups.parquet").unlink()
    assert Inventory.load(folder) == inventory


def test_without_pyarrow_the_manifest_says_so(
    inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Parquet cannot be written, everything else is, and the manifest names the extra."""
    monkeypatch.setattr(store, "find_spec", lambda name: None)
    folder = inventory.save(tmp_path / "a")
    assert not list(folder.glob("*.parquet"))
    assert (
        "quorum-toolkit[parquet]" in json.loads((folder / "manifest.json").read_text())["parquet"]
    )
    assert Inventory.load(folder) == inventory


def edited(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    path.write_text(path.read_text().replace(old, new, 1))


WRONG = [
    ("a line changed", "groups.jsonl", '"threshold":2', '"threshold":1', "groups.jsonl is not as"),
    ("people changed", "people.json", "Alice", "Mallory", "people.json is not as it was saved"),
    ("newer", "manifest.json", '"version": 2', '"version": 3', "version 3"),
    ("no version", "manifest.json", '"version": 2', '"version": true', "version True"),
    ("version nought", "manifest.json", '"version": 2', '"version": 0', "version 0"),
    ("other format", "manifest.json", "quorum-toolkit-inventory", "x", "of another format"),
    ("no JSON", "manifest.json", "{", "", "is no JSON"),
    ("a field gone", "manifest.json", '"at_ms"', '"at"', "at_ms is missing"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_what_was_changed_is_refused(
    inventory: Inventory, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    """By the name of the file, before anything of it is used."""
    folder = inventory.save(tmp_path / "a")
    edited(folder, name, old, new)
    with pytest.raises(InputError, match=said):
        Inventory.load(folder)


@pytest.mark.parametrize("name", ["manifest.json", "wallets.jsonl", "received.jsonl"])
def test_what_is_missing_is_named(inventory: Inventory, tmp_path: Path, name: str) -> None:
    """A folder that was not finished, or copied in part, is refused."""
    folder = inventory.save(tmp_path / "a")
    (folder / name).unlink()
    with pytest.raises(InputError, match=name):
        Inventory.load(folder)


def test_an_interrupted_save_leaves_no_manifest(
    inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where saving over an older folder ends half-way, the mixture is not taken for a whole one."""
    folder = inventory.save(tmp_path / "a")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_parquet", stopped)
    with pytest.raises(KeyboardInterrupt):
        inventory.save(folder)
    with pytest.raises(InputError, match=r"manifest\.json"):
        Inventory.load(folder)


@pytest.mark.parametrize("version", sorted(path.name for path in VERSIONS.iterdir()))
def test_every_past_version_opens(version: str) -> None:
    """A folder that an earlier toolkit wrote is read, with everything in it."""
    inventory = Inventory.load(VERSIONS / version)
    assert inventory.vaults
    assert inventory.groups
    assert inventory.quorums
    assert inventory.wallets
    assert inventory.people.names == ("Alice",)


def test_what_an_earlier_version_did_not_read_is_said(tmp_path: Path) -> None:
    """It is a row for each client, stays one when it is saved anew, and is never taken for a change."""
    old = Inventory.load(VERSIONS / "1")
    rows = [row for row in old.unseen if row.cause]
    assert [(row.service, row.what) for row in rows] == [
        ("cobo", "Cobo’s wallets"), ("privy", "policies"), ("privy", "intents"),
    ]  # fmt: skip
    assert all("earlier toolkit" in row.why for row in rows)
    assert Inventory.load(old.save(tmp_path / "a")) == old
    wallet = cobo.WalletInfo(
        wallet_id="w", wallet_type="MPC", wallet_subtype="Org-Controlled", name="W", org_id="o"
    )
    policy = privy.Policy(id="p", name="P", chain_type="solana", created_at=1, owner_id="new")
    quorum = replace(old.quorums[0], id="new")
    under = tuple(replace(each, policy_ids=["p"]) for each in old.wallets[:1])
    now = dataclasses.replace(
        old, cobo_wallets=(wallet,), policies=(policy,), quorums=(*old.quorums, quorum),
        wallets=(*under, *old.wallets[1:]), unseen=(),
    )  # fmt: skip
    changes = compare(old, now)
    assert [(each.kind, each.field) for each in changes] == [("wallet", "policy_ids")]
    assert {row.kind for row in changes.not_compared} == {"Cobo wallet", "policy", "quorum"}


def test_the_version_of_now_is_kept(inventory: Inventory) -> None:
    """A folder of each version up to this one is kept, with something in every list."""
    assert sorted(path.name for path in VERSIONS.iterdir()) == [
        str(each) for each in range(1, store.VERSION + 1)
    ]
    newest = Inventory.load(VERSIONS / str(store.VERSION))
    assert not [kind for kind in store.LINES if not getattr(newest, kind)]
