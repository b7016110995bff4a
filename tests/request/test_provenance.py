"""A model remembers where it came from, whatever becomes of it; and it is what it was."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests import samples
from toolkit import Emulator, cobo, frames, privy
from toolkit.cobo import models as cobo_models
from toolkit.cobo.operations import OPERATIONS as COBO
from toolkit.errors import InputError
from toolkit.privy import models as privy_models
from toolkit.privy.operations import OPERATIONS as PRIVY
from toolkit.request.call import Call, Operation
from toolkit.request.exchange import Answer, Provenance


def through_json(model: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(model), type=type(model))


WAYS: dict[str, Callable[[Any], Any]] = {
    "pickled": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301  # our own
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
    "replaced": msgspec.structs.replace,
    "as JSON": through_json,
}


def answers(emulator: Emulator) -> dict[str, Any]:
    """One of each kind that the two services answer with."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    vault = emulator.vault_id
    groups = custody.send(cobo.list_key_share_holder_groups(vault))
    nodes = custody.send(cobo.list_key_share_holders(vault))
    quorum_id = next(iter(emulator.privy.quorums))
    wallets = app.send(privy.list_wallets())
    main = next(g for g in groups.data if g.type == "MainGroup" and g.status == "Valid")
    signing = samples.group(emulator, key_share_holder_group_type="SigningGroup")
    made = custody.send(cobo.create_key_share_holder_group(vault, signing))
    wanted = cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id=made.key_share_holder_group_id or "",
        source_key_share_holder_group=cobo.models.SourceKeyShareHolderGroup(
            key_share_holder_group_id=main.key_share_holder_group_id or ""
        ),
    )
    request = custody.send(cobo.create_tss_request(vault, wanted))
    return {
        "vault": custody.send(cobo.get_mpc_vault_by_id(vault)),
        "group": groups.data[0],
        "holder of a group": groups.data[0].key_share_holders[0],
        "holder": nodes.data[0],
        "tss request": request,
        "api key": custody.send(cobo.get_api_key_info()),
        "organisation": custody.send(cobo.get_org_info()),
        "quorum": app.send(privy.get_key_quorum(quorum_id)),
        "wallet": wallets.data[0],
        "page of wallets": wallets,
    }


KINDS = [
    "vault", "group", "holder of a group", "holder", "tss request", "api key", "organisation",
    "quorum", "wallet", "page of wallets",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_forgotten(emulator: Emulator, kind: str, way: str) -> None:
    """Pickled, copied, changed or written down: equal, from the same place, and of the same vault."""
    model = answers(emulator)[kind]
    again = WAYS[way](model)
    assert again == model
    assert repr(again) == repr(model)
    assert again.provenance == model.provenance
    assert again.provenance.environment == "EMULATOR"
    assert getattr(again, "vault_id", None) == getattr(model, "vault_id", None)


@pytest.mark.parametrize("way", WAYS)
def test_tables_are_the_same(emulator: Emulator, way: str) -> None:
    """A table of what was copied says the same as one of the answers themselves, its origin included."""
    page = emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id))
    again = [WAYS[way](group) for group in page.data]
    for table in (frames.groups, frames.holders, frames.tss_key_share_groups):
        assert table(again).equals(table(page))
        assert table(again).attrs == table(page).attrs
    assert set(frames.groups(again)["vault_id"]) == {emulator.vault_id}


def test_holders_of_any_kind(emulator: Emulator) -> None:
    """Holders come from a group, groups, holders, a page, or pages of either; each row names its vault."""
    custody, vault = emulator.cobo_client(), emulator.vault_id
    groups = custody.send(cobo.list_key_share_holder_groups(vault))
    nodes = custody.send(cobo.list_key_share_holders(vault))
    one = custody.send(cobo.get_key_share_holder_by_tss_node_id(vault, nodes.data[0].tss_node_id))
    for what in (groups, groups.data, groups.data[0], nodes, nodes.data, one, [groups, nodes]):
        table = frames.holders(what)
        assert len(table) > 0
        assert set(table["vault_id"]) == {vault}
    assert frames.holders(one)["key_share_holder_group_id"].isna().all()


def test_where_it_is_from_is_no_part_of_it(emulator: Emulator) -> None:
    """Two readings of one thing are equal and hash alike; what differs in itself does not."""
    custody = emulator.cobo_client()
    call = cobo.get_mpc_vault_by_id(emulator.vault_id)
    one, two = custody.send(call), custody.send(call)
    assert one.provenance is not two.provenance
    assert one == two
    assert "received" not in repr(one)
    assert one != msgspec.structs.replace(one, name="another")
    assert one != object()
    holder = cobo.KeyShareHolder(name="A")
    assert hash(holder) == hash(msgspec.structs.replace(holder))


def test_a_service_cannot_say_where_it_is_from(emulator: Emulator) -> None:
    """An answer that names its own origin or vault is written over by what was asked, and of whom."""
    stored = emulator.cobo.state.groups[emulator.vault_id]
    forged = Provenance("PROD", "x", {}, verified=True, at_ms=1)
    for group_id, group in list(stored.items()):
        people = [
            msgspec.structs.replace(holder, vault_id="another", received=forged)
            for holder in group.key_share_holders or ()
        ]
        stored[group_id] = msgspec.structs.replace(
            group, vault_id="another", received=forged, key_share_holders=people
        )
    page = emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id))
    for group in page.data:
        for answer in (group, *(group.key_share_holders or ())):
            assert answer.vault_id == emulator.vault_id
            assert answer.provenance is not None
            assert answer.provenance.environment == "EMULATOR"


ANSWERS = [
    kind
    for module in (cobo_models, privy_models)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Answer) and kind is not Answer
]


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_every_answer_in_an_answer_is_named(kind: type[Answer]) -> None:
    """A field whose type speaks of an answer is in ``nested``, so that it is stamped, too."""
    names = {each.__name__ for each in ANSWERS}
    hints = {
        name: hint
        for base in reversed(kind.__mro__)
        for name, hint in vars(base).get("__annotations__", {}).items()
    }
    holding = {
        name
        for name, hint in hints.items()
        if any(f"[{each}]" in hint or hint == f"{each} | None" for each in (*names, "T"))
    }
    assert holding - {"provenance"} == set(kind.nested)


@pytest.mark.parametrize("operation", [*COBO, *PRIVY], ids=lambda operation: operation.name)
def test_an_operation_is_itself_again(operation: Operation[Any]) -> None:
    """Pickled, an operation is found in its table again."""
    assert pickle.loads(pickle.dumps(operation)) is operation  # noqa: S301


def test_a_call_can_be_written_down(emulator: Emulator) -> None:
    """As JSON and back: the same call, which prepares the same bytes; another operation is refused by name."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    vault, quorum_id = emulator.vault_id, next(iter(emulator.privy.quorums))
    create = privy.CreateKeyQuorumRequest(user_ids=("did:privy:x",), authorization_threshold=1)
    calls = [
        (custody, cobo.create_key_share_holder_group(vault, samples.group(emulator))),
        (custody, cobo.list_key_share_holder_groups(vault, limit=2)),
        (custody, cobo.get_api_key_info()),
        (app, privy.create_key_quorum(create)),
        (app, privy.update_key_quorum(quorum_id, privy.UpdateKeyQuorumRequest(display_name=""))),
        (app, privy.delete_key_quorum(quorum_id)),
    ]
    for client, call in calls:
        written = json.loads(json.dumps(call.to_dict()))
        again = Call.from_dict(written, [*COBO, *PRIVY])
        assert again == call
        assert client.prepare(again).body == client.prepare(call).body
    with pytest.raises(InputError, match="operation: 'x' is not known here"):
        Call.from_dict({"operation": "x", "arguments": {}, "query": {}, "body": None}, COBO)


def test_a_call_is_a_value(emulator: Emulator) -> None:
    """A pickled or copied call is equal to itself, and prepares the same body."""
    request = cobo.UpdateMpcVaultByIdRequest(name="New")
    call = cobo.update_mpc_vault_by_id(emulator.vault_id, request)
    for again in (pickle.loads(pickle.dumps(call)), copy.copy(call), copy.deepcopy(call)):  # noqa: S301
        assert again == call
        assert hash(again) == hash(call)
        assert (
            emulator.cobo_client().prepare(again).body == emulator.cobo_client().prepare(call).body
        )


def test_a_written_body_is_never_dropped() -> None:
    """A call that was written down with a body, of an operation that takes none, is refused."""
    written = {"operation": "get_org_info", "arguments": {}, "query": {}, "body": {"name": "x"}}
    with pytest.raises(InputError, match="get_org_info takes no body"):
        Call.from_dict(written, COBO)
