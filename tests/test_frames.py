"""Tables: declared columns and dtypes, right for zero rows, one row one thing."""

from __future__ import annotations

from typing import Any

import msgspec
import pandas as pd
import pytest

from toolkit import cobo, frames, privy
from toolkit.base.text import hidden
from toolkit.emulator import Emulator

ALL = [getattr(frames, name) for name in frames.__all__]


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
    return {
        "exchanges": [custody.exchange(cobo.get_api_key_info())],
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
        "wallets": app.send(privy.list_wallets()),
    }


@pytest.mark.parametrize("name", frames.__all__)
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


@pytest.mark.parametrize("name", frames.__all__)
def test_origin(name: str, world: dict[str, Any]) -> None:
    """Environment and verification travel with the table: Cobo's answers are verified, Privy's are never signed."""
    attrs = getattr(frames, name)(world[name]).attrs
    assert attrs["environment"] == "EMULATOR"
    signed = name not in ("key_quorums", "quorum_members", "wallets", "journal")
    assert attrs["verified"] is (True if signed else None)
    ours = "written by this computer" if name == "journal" else "this service signs no answers"
    assert attrs["verification"] == ("every answer carried a valid signature" if signed else ours)


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
    assert list(frame["value"]) == ["MPC", "Exchange", *["no limit (not documented)"] * 4]
    assert list(frame["stated"]) == ["listed", "listed", "missing", "empty", "null", "missing"]
    assert list(frame["limited"]) == [True, True, False, False, False, False]


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


# ---- how tables look --------------------------------------------------------------------------------

TRICKS = ["a\u202eb", "a\n1  MainGroup", "\x1b[31ma", "a\u3164", "a\r\tb"]


@pytest.mark.parametrize("text", TRICKS)
def test_tables_show_what_cannot_be_seen(text: str) -> None:
    """Hidden characters and line ends are written out in HTML and text, in words and labels too; the data is as it was."""
    frame = frames.groups(
        [cobo.KeyShareHolderGroup(type=text, status=text, key_share_holder_group_id=text)]
    )
    for table in (frame, frame[frame["type"].notna()], frame.set_index("status")):
        shown = repr(table) + table._repr_html_()  # type: ignore[operator]
        assert not [character for character in shown if hidden(character) and character != "\n"]
        assert "\n1  Main" not in shown
    assert frame["type"][0] == frame["key_share_holder_group_id"][0] == text
    assert text in frame.to_csv(lineterminator="|") or "\n" in text or "\r" in text


def test_tables_draw_no_mathematics() -> None:
    """JupyterLab is told to leave ``$…$`` alone, and pandas' own options still hold."""
    frame = frames.vaults([cobo.MPCVault(name="$x$", vault_id="v")] * 100)
    html = frame._repr_html_()  # type: ignore[operator]
    assert html.startswith('<div class="mathjax_ignore">')
    assert "100 rows" in html
    assert len(repr(frame).splitlines()) < 20
    with pd.option_context("display.notebook_repr_html", False):
        assert frame._repr_html_() is None  # type: ignore[operator]


def test_long_tables_are_written_out_at_both_ends() -> None:
    """Only what pandas shows is gone through: the first rows and the last."""
    text = repr(
        frames.vaults(
            [cobo.MPCVault(name=f"n{number}\u202e", vault_id="v") for number in range(1000)]
        )
    )
    assert "n0\\u202e" in text
    assert "n999\\u202e" in text
    assert "\u202e" not in text
