"""Tables: declared columns and dtypes, right for zero rows, one row one thing."""

from __future__ import annotations

import html
import pickle
import re
from collections.abc import Callable
from typing import Any

import itables
import msgspec
import pandas as pd
import pytest

from tests.names import NAMES
from toolkit import audit, cobo, collect, compare, frames, keys, privy
from toolkit import emulator as emulators
from toolkit.base.hidden import hidden_at
from toolkit.base.inert import meant
from toolkit.emulator import Emulator

TABLES = [name for name in frames.__all__ if name != "save"]


RENAMED = privy.UpdateKeyQuorumRequest(display_name="renamed")


@pytest.fixture
def world(emulator: Emulator) -> dict[str, Any]:
    custody, app = emulator.cobo_client(), emulator.privy_client()
    groups = custody.send(cobo.list_key_share_holder_groups(emulator.vault_id))
    info = custody.send(cobo.get_api_key_info())
    new = next(group for group in groups.data if group.status == "New")
    request = cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id=new.key_share_holder_group_id or "",
        source_key_share_holder_group=cobo.SourceKeyShareHolderGroup(
            key_share_holder_group_id=groups.data[0].key_share_holder_group_id or ""
        ),
    )
    tss = cobo.create_tss_request(emulator.vault_id, request)
    quorums = [app.send(privy.get_key_quorum(quorum_id)) for quorum_id in emulator.privy.quorums]
    sent = custody.send(tss)
    before = collect(custody, app, progress=False)
    first = before.wallets[0]
    emulator.privy.wallets[first.id] = msgspec.structs.replace(first, owner_id=None)
    inventory = collect(custody, app, progress=False)
    policy = app.send(privy.get_policy(next(iter(emulator.privy.policies))))
    return {
        "changes": compare(before, inventory),
        "people": inventory,
        "powers": inventory,
        "wallet_owners": inventory,
        "exchanges": [custody.exchange(cobo.get_api_key_info())],
        "permissions": info,
        "scope_matrix": info,
        "findings": audit(groups, info, quorums),
        "journal": emulator.journal.entries(),
        "vaults": custody.send(cobo.list_mpc_vaults()),
        "groups": groups,
        "holders": groups,
        "tss_key_share_groups": groups,
        "api_key": info,
        "role_scopes": info,
        "key_quorums": quorums,
        "quorum_members": quorums,
        "tss_requests": sent,
        "projects": custody.send(cobo.list_mpc_projects()),
        "cobo_wallets": custody.send(cobo.list_wallets(vault_id=emulator.vault_id)),
        "wallets": app.send(privy.list_wallets()),
        "policies": policy,
        "policy_rules": policy,
        "wallet_automations": app.send(privy.list_wallet_automations()),
        "quorum_links": [*quorums, policy],
        "intents": app.send(privy.create_key_quorum_update_intent(quorums[0].id, RENAMED)),
    }


@pytest.mark.parametrize("name", TABLES)
def test_dtypes_do_not_depend_on_rows(name: str, world: dict[str, Any]) -> None:
    """Columns and dtypes are the same for many rows, for none, and for a model that says nothing."""
    frame = getattr(frames, name)
    full, none = frame(world[name]), frame([])
    assert len(full) > 0
    assert len(none) == 0
    assert list(full.columns) == list(none.columns)
    assert (full.dtypes == none.dtypes).all()
    for dtype in full.dtypes:
        assert dtype in ("Int64", "boolean", "category", "datetime64[ms, UTC]") or isinstance(
            dtype, pd.StringDtype
        )
    assert len(set(full.columns)) == len(full.columns)


PRIVYS = (
    "key_quorums", "quorum_members", "quorum_links", "wallets", "policies", "policy_rules", "wallet_automations",
    "intents",
)  # fmt: skip
UNSIGNED, WORKED_OUT = (
    "this service signs no answers",
    "worked out from an inventory; see its origins",
)
VERIFIED_BY = {
    **dict.fromkeys(PRIVYS, UNSIGNED),
    **dict.fromkeys(("people", "powers", "wallet_owners"), WORKED_OUT),
    "changes": "see the origins of both inventories",
    "findings": "found by this computer",
    "journal": "written by this computer",
}


@pytest.mark.parametrize("name", TABLES)
def test_origin(name: str, world: dict[str, Any]) -> None:
    """Environment and verification travel with the table: Cobo's answers are verified, Privy's are never signed."""
    attrs = getattr(frames, name)(world[name]).attrs
    assert attrs["environment"] == "EMULATOR"
    words = VERIFIED_BY.get(name, "every answer carried a valid signature")
    assert attrs["verified"] is (None if name in VERIFIED_BY else True)
    assert attrs["verification"] == words


def test_origin_is_unknown_for_what_no_client_received() -> None:
    """A model made by hand claims nothing; one beside a received one makes the whole table unproven."""
    group = cobo.KeyShareHolderGroup(type="MainGroup")
    assert frames.groups(group).attrs == {
        "environment": "unknown",
        "verified": None,
        "verification": "unknown: not received by a client",
    }
    emulator = Emulator.seeded()
    page = emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id))
    mixed = frames.groups([*page.data, group]).attrs
    assert (mixed["environment"], mixed["verified"]) == ("EMULATOR, unknown", None)
    empty = frames.groups(
        Emulator.seeded("empty")
        .cobo_client()
        .send(cobo.list_key_share_holder_groups(Emulator.seeded("empty").vault_id))
    )
    assert (len(empty), empty.attrs["verified"]) == (0, True)


def test_permissions(world: dict[str, Any]) -> None:
    """Each role by each permission, and the key in all; the matrix has the same answers."""
    long, wide = frames.permissions(world["api_key"]), frames.scope_matrix(world["api_key"])
    assert list(wide["role_name"]) == ["API_Operator", "API_Spender", "This key, in all"]
    assert len(long) == len(wide) * long["permission"].nunique()
    for row in long.itertuples():
        (cell,) = wide.loc[wide["role_name"] == row.role_name, row.permission]
        assert cell == row.answer
    answers = wide.set_index("role_name")
    assert answers.loc["API_Operator", "transaction:withdraw"] == "no"
    assert answers.loc["API_Spender", "mpc_key_group:create"] == "no"
    assert answers.loc["This key, in all", "mpc_key_group:create"] == "yes"


def test_holders(world: dict[str, Any]) -> None:
    """One row a holder in a group, Cobo's included, with its state."""
    holders = frames.holders(world["groups"])
    assert len(holders) == 8
    main = holders[holders["group_type"] == "MainGroup"]
    assert list(main["name"]) == ["Cobo", "Alice Moreau", "Bob Tanaka"]
    assert list(main["signer"]) == [True, True, False]
    assert set(holders["status"]) == {"Valid", "NotActivated", "Changed"}


def test_groups_know_their_vault(world: dict[str, Any], emulator: Emulator) -> None:
    """The answer does not name the vault; the call that was answered does."""
    assert set(frames.groups(world["groups"])["vault_id"]) == {emulator.vault_id}
    assert frames.groups(cobo.KeyShareHolderGroup())["vault_id"].isna().all()


def test_one_thing_many_things_pages() -> None:
    """One model, a list, a page and a list of pages are all taken."""
    vault = cobo.MPCVault(vault_id="v")
    page = cobo.Page(
        [vault, vault],
        msgspec.convert({"before": "", "after": "", "total_count": 2}, type=cobo.models.Pagination),
    )
    counts = [
        len(frames.vaults(what)) for what in (vault, [vault], (vault, vault), page, [page, page])
    ]
    assert counts == [1, 1, 2, 2, 4]


def test_new_words_are_kept() -> None:
    """A word that a service adds tomorrow is shown, after the known ones."""
    frame = frames.groups(
        [cobo.KeyShareHolderGroup(type="NightGroup"), cobo.KeyShareHolderGroup(type="MainGroup")]
    )
    assert list(frame["type"]) == ["NightGroup", "MainGroup"]
    assert list(frame["type"].cat.categories)[:3] == ["MainGroup", "SigningGroup", "RecoveryGroup"]


KINDS: list[tuple[str, dict[str, Any], str]] = [
    ("null", {"expired_timestamp": None}, "permanent"),
    ("missing", {}, "unknown"),
    ("a time", {"expired_timestamp": 1701396866000}, "temporary"),
]


def info(**fields: Any) -> cobo.ApiKeyInfo:
    base = {
        "name": "k",
        "curve_type": "ED25519",
        "key": "00",
        "created_timestamp": 0,
        "updated_timestamp": 0,
    }
    return msgspec.convert(base | fields, type=cobo.ApiKeyInfo)


@pytest.mark.parametrize(
    ("fields", "kind"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS]
)
def test_kind_of_api_key(fields: dict[str, Any], kind: str) -> None:
    """Null means permanent; missing is not the same and stays unknown."""
    row = frames.api_key(info(**fields)).iloc[0]
    assert row["kind"] == kind
    assert pd.isna(row["expires"]) is (kind != "temporary")
    assert row["created"] == pd.Timestamp(0, tz="UTC")


def test_scope_lists() -> None:
    """Listed values are rows; empty, null and missing lists are one row each that says what is not documented."""
    scopes = {"wallet_types": ["MPC", "Exchange"], "wallet_ids": [], "vault_ids": None}
    frame = frames.role_scopes(info(role_scopes=[{"role_name": "API_Spender", "scopes": scopes}]))
    assert list(frame["value"]) == ["MPC", "Exchange", *["nothing listed"] * 4]
    assert list(frame["stated"]) == ["listed", "listed", "missing", "empty", "null", "missing"]
    assert list(frame["limited"][:2]) == [True, True]
    assert frame["limited"][2:].isna().all()  # whether an empty list limits is documented nowhere


@pytest.mark.parametrize("role_scopes", [None, []])
def test_no_roles(role_scopes: Any) -> None:
    """No roles, no rows."""
    assert frames.role_scopes(info(role_scopes=role_scopes)).empty
    assert frames.role_scopes(info()).empty


@pytest.mark.parametrize(
    "body", [b'"user_ids":null', b'"user_ids":[],"key_quorum_ids":[]', b'"display_name":null']
)
def test_quorum_lists_null_missing_empty(body: bytes) -> None:
    """Null, missing and [] all mean that there are no such members; a null threshold means all."""
    quorum = msgspec.json.decode(
        b'{"id":"q","authorization_keys":[{"public_key":"x"}],' + body + b"}", type=privy.KeyQuorum
    )
    row = frames.key_quorums(quorum).iloc[0]
    assert pd.isna(row["authorization_threshold"])
    assert (row["required"], row["members"], row["users"], row["key_quorums"]) == (1, 1, 0, 0)
    assert frames.quorum_members(quorum)["fingerprint"].isna().all()


def test_members_of_all_kinds(world: dict[str, Any]) -> None:
    """Keys, users and nested quorums are rows of their kind."""
    frame = frames.quorum_members(world["quorum_members"])
    assert list(frame["kind"]) == ["key", "key", "user", "key", "key", "key", "user", "key_quorum"]


# ---- the texts in tables ---------------------------------------------------------------------------


def named(name: str) -> pd.DataFrame:
    """Holders of which one has this name, in a group whose every word is the name too."""
    holder = cobo.KeyShareHolder(
        name=name, status=name, type=name, tss_node_id=name, account_id=name
    )
    other = cobo.KeyShareHolder(name="Bob", online=True, signer=True)
    group = cobo.KeyShareHolderGroup(type=name, key_share_holder_group_id=name)
    return frames.holders([msgspec.structs.replace(group, key_share_holders=[holder, other])])


def test_plain_frames() -> None:
    """A DataFrame like any other: comparing, copying, pickling and pandas' own tests take it."""
    frame = named("Alice")
    assert type(frame) is pd.DataFrame
    pd.testing.assert_frame_equal(frame, pickle.loads(pickle.dumps(frame)))  # noqa: S301  # our own
    assert frame.compare(frame.assign(name=["x", "y"])).shape == (2, 2)


WAYS: dict[str, Callable[[pd.DataFrame], str]] = {
    "repr": repr,
    "html": lambda frame: frame._repr_html_(),
    "to_string": lambda frame: frame.to_string(),
    "to_html": lambda frame: frame.to_html(),
    "style": lambda frame: frame.style.to_html(),
    "style, highlighted": lambda frame: frame.style.highlight_null().hide(axis="index").to_html(),
    "style as text": lambda frame: frame.style.to_string(),
    "a column": lambda frame: repr(frame["name"]),
    "a word column": lambda frame: repr(frame["status"]),
    "a column as a list": lambda frame: str(frame["name"].tolist()),
    "a column as a table": lambda frame: frame["name"].to_frame()._repr_html_(),
    "a row": lambda frame: repr(frame.iloc[0]),
    "a row as a table": lambda frame: frame.iloc[[0]].T._repr_html_(),
    "a cell": lambda frame: str(frame.loc[0, "name"]),
    "counts": lambda frame: repr(frame["name"].value_counts()),
    "counts as a table": lambda frame: frame["name"].value_counts().to_frame()._repr_html_(),
    "counts of words": lambda frame: repr(frame["type"].value_counts()),
    "groups": lambda frame: repr(frame.groupby("name").size()),
    "crosstab": lambda frame: pd.crosstab(frame["name"], frame["status"])._repr_html_(),
    "crosstab, styled": lambda frame: pd.crosstab(frame["name"], frame["type"]).style.to_html(),
    "pivot": lambda frame: repr(frame.pivot_table(index="name", columns="type", aggfunc="size", observed=True)),
    "as an index": lambda frame: frame.set_index("name")._repr_html_(),
    "unique": lambda frame: str(list(frame["name"].unique())),
    "joined": lambda frame: "; ".join(frame["name"]),
    "concatenated": lambda frame: repr(pd.concat([frame, frame])),
    "sorted": lambda frame: repr(frame.sort_values("name")),
    "melted": lambda frame: repr(frame.melt(id_vars="name", value_vars="tss_node_id")),
    "records": lambda frame: str(frame.to_dict("records")),
    "json": lambda frame: frame.to_json(force_ascii=False),
    "info of words": lambda frame: repr(frame["status"].cat.categories),
    "itables": lambda frame: itables.to_html_datatable(frame[["name", "status"]], connected=False).split("<table")[-1].split("</table")[0],
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_nothing_runs_or_hides(name: str, way: str) -> None:
    """However a table is shown, a name is what it looks like: nothing hidden or moving, no tag, no entity."""
    frame = named(name)
    text = WAYS[way](frame)
    assert not [at for at in hidden_at(text) if text[at] != "\n"]
    assert "<img" not in text
    assert "<script" not in html.unescape(text).replace("\\u003cscript", "")
    assert "1  MainGroup" not in [line.strip() for line in text.splitlines()]
    assert "\u202e" not in html.unescape(text)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_the_models_keep_the_text(name: str) -> None:
    """The raw text stays in the model; the frame's stands for it and for nothing else."""
    assert meant(named(name)["name"][0]) == name
    assert cobo.KeyShareHolder(name=name).name == name


def test_mathematics_pairs_nowhere() -> None:
    """No text in a table has what a notebook would take for the beginning and the end of a formula."""
    for name in NAMES:
        text = named(name)["name"][0]
        assert text.count("$") < 2
        assert not re.search(r"\\[()\[\]]|\\begin", text)


def test_numbers_too_large() -> None:
    """A number that no column holds, or a moment that no calendar has, is missing; nothing raises."""
    groups = [
        cobo.KeyShareHolderGroup(threshold=10**30, created_timestamp=10**30),
        cobo.KeyShareHolderGroup(threshold=2),
    ]
    frame = frames.groups(groups)
    assert frame["threshold"].isna().tolist() == [True, False]
    assert frame["created"].isna().all()


def test_what_matters_stands_first() -> None:
    """Of holders: name, status, online, signer and vault, then ids."""
    assert list(named("Alice").columns[:5]) == ["name", "status", "online", "signer", "vault_id"]


def test_tab_shows_tables() -> None:
    """What completion offers are the tables, and the way to save them."""
    assert dir(frames) == sorted(frames.__all__)


@pytest.mark.parametrize(
    "room", [cobo.forms, privy.forms, keys, emulators], ids=lambda room: room.__name__
)
def test_a_tab_offers_what_is_public(room: Any) -> None:
    """So do the other rooms that people type the name of: no module inside, no dunder."""
    assert dir(room) == sorted(room.__all__)
