"""Everything is seen once, or stands in a row that says why not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.inventory.troubles import Organisation
from toolkit import Emulator, Journal, audit, audit_dataset, collect, collect_into, privy
from toolkit.emulator.faults import Fault
from toolkit.errors import InputError
from toolkit.inventory import collect as collecting
from toolkit.inventory.store import LINES
from toolkit.keys import P256Key


def test_everything_is_there(emulator: Emulator) -> None:
    """Vaults, groups, requests, keys, wallets and quorums are those that the emulator has."""
    inventory = collect(emulator.cobo_client(), emulator.privy_client())
    vaults = emulator.cobo.state
    assert [vault.vault_id for vault in inventory.vaults] == list(vaults.vaults)
    groups = [group for of_vault in vaults.groups.values() for group in of_vault]
    assert [group.key_share_holder_group_id for group in inventory.groups] == groups
    assert {wallet.id for wallet in inventory.wallets} == set(emulator.privy.wallets)
    assert {policy.id for policy in inventory.policies} == set(emulator.privy.policies)
    assert [wallet.wallet_id for wallet in inventory.cobo_wallets] == list(
        emulator.cobo.wallets.wallets
    )
    assert inventory.policies
    assert inventory.cobo_wallets
    assert {quorum.id for quorum in inventory.quorums} == set(emulator.privy.quorums)
    assert [info.key for info in inventory.api_keys] == [emulator.api_key.public.to_hex()]
    assert [origin.verified for origin in inventory.origins] == [True, None]
    assert inventory.environments == ("EMULATOR",)


def test_what_has_no_list_is_said(emulator: Emulator) -> None:
    """Privy lists no quorums and no policies, and the toolkit reads no users: these are rows, and nothing else is missing."""
    inventory = collect(emulator.cobo_client(), emulator.privy_client())
    assert [row.what for row in inventory.unseen] == [
        "key quorums that nothing names",
        "policies that nothing names",
        "Privy users",
    ]


FAILURES = [
    ("list_key_share_holder_groups", "groups of vault Treasury vault", "groups"),
    ("list_mpc_vaults", "vaults of the organisation", "vaults"),
    ("get_api_key_info", "the API key itself", "api_keys"),
    ("list_wallets", "wallets", "wallets"),
    ("list_wallets", "Cobo’s wallets", "cobo_wallets"),
    ("get_policy", "policy {policy}", "policies"),
]


@pytest.mark.parametrize(("operation", "what", "kind"), FAILURES)
def test_what_cannot_be_read_is_a_row(
    emulator: Emulator, operation: str, what: str, kind: str
) -> None:
    """A list that is refused is named, with the reason, and the rest is there all the same."""
    whole = collect(emulator.cobo_client(), emulator.privy_client())
    emulator.inject(Fault("status-before", operation=operation, times=50))
    inventory = collect(emulator.cobo_client(), emulator.privy_client(), progress=False)
    rows = [row for row in inventory.unseen if row.cause]
    (policy_id,) = emulator.privy.policies
    assert what.format(policy=policy_id) in {row.what for row in rows}
    assert all(row.why for row in rows)
    assert len(getattr(inventory, kind)) < len(getattr(whole, kind))


def test_two_clients_of_one_organisation_see_it_once(emulator: Emulator) -> None:
    """What two API keys see is not counted twice; each key stands there."""
    once = collect(emulator.cobo_client())
    twice = collect(emulator.cobo_client(), emulator.cobo_client())
    assert twice.vaults == once.vaults
    assert twice.groups == once.groups
    assert len(twice.origins) == 2


def test_what_another_client_could_read_is_not_missing() -> None:
    """Where one key may not read the groups of a vault and another may, nothing is missing, in whichever order they come;
    what neither may read is a row for each.
    """
    organisation = Organisation()
    wide, narrow, _ = organisation.api
    for names in ((wide, narrow), (narrow, wide), (narrow, narrow)):
        clients = [organisation.emulator.cobo_client(organisation.api[name]) for name in names]
        seen = collect(*clients, progress=False)
        missing = [row.what for row in seen.unseen if row.cause]
        if wide in names:
            assert missing == []
            assert len(seen.groups) == 7
        else:
            assert missing == ["groups of vault Treasury vault", "groups of vault Cold reserve"] * 2


def test_quorums_come_from_everywhere(emulator: Emulator) -> None:
    """From ids given, from the journal, and from inside other quorums; what was deleted here is not asked for."""
    app = emulator.privy_client()
    keys = [P256Key.generate() for _ in range(2)]
    asked = privy.CreateKeyQuorumRequest(public_keys=[keys[0].public], authorization_threshold=1)
    inner = app.send(privy.create_key_quorum(asked))
    outer = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(
                public_keys=[keys[1].public], key_quorum_ids=[inner.id], authorization_threshold=1
            )
        )
    )
    gone = app.send(privy.create_key_quorum(asked))
    app.send(privy.delete_key_quorum(gone.id), signers=[keys[0]])
    seen = {quorum.id for quorum in collect(app).quorums}
    assert {inner.id, outer.id} <= seen
    assert gone.id not in seen
    others = {row.about for row in collect(app).unseen if row.cause}
    assert others == set()
    stranger = Emulator.seeded().privy_client()
    given = collect(stranger, quorum_ids=[outer.id])
    (row,) = [row for row in given.unseen if row.cause]
    assert (row.what, row.about) == (f"key quorum {outer.id}", outer.id)


def test_policies_come_from_wallets_and_intents(emulator: Emulator) -> None:
    """From wallets, from what their additional signers act under, and from what an intent would change; an owner
    of a policy and a quorum that an intent would change are looked at, too; what is not there is a row.
    """
    app, state = emulator.privy_client(), emulator.privy
    (policy,) = state.policies.values()
    quorums = list(state.quorums)
    for name, owner_id in (("overriding", quorums[0]), ("owned by a stranger", "q" * 24)):
        state.policies[name] = replace(policy, id=name, owner_id=owner_id)
    first, second, *_ = state.wallets.values()
    signer = privy.AdditionalSigner(signer_id=quorums[0], override_policy_ids=["overriding"])
    state.wallets[first.id] = replace(
        first, policy_ids=["owned by a stranger"], additional_signers=[signer]
    )
    state.wallets[second.id] = replace(second, policy_ids=["gone"])
    seen = collect(app)
    assert {each.id for each in seen.policies} == {"overriding", "owned by a stranger"}
    missing = {row.what: (row.cause, row.kind, row.about) for row in seen.unseen if row.cause}
    assert missing == {
        "policy gone": ("not-found", "policies", "gone"),
        f"key quorum {'q' * 24}": ("not-found", "quorums", "q" * 24),
    }


def test_a_quorum_that_only_an_intent_names(emulator: Emulator) -> None:
    """It is looked at as long as the intent is pending; the intent stands there with who has signed."""
    key = P256Key.generate()
    elsewhere = emulator.privy_client(journal=Journal())
    asked = privy.CreateKeyQuorumRequest(public_keys=[key.public], authorization_threshold=1)
    quorum = elsewhere.send(privy.create_key_quorum(asked))
    request = privy.UpdateKeyQuorumRequest(display_name="Ops")
    intent = elsewhere.send(privy.create_key_quorum_update_intent(quorum.id, request))
    seen = collect(emulator.privy_client())
    assert [each.intent_id for each in seen.intents] == [intent.intent_id]
    assert quorum.id in {each.id for each in seen.quorums}
    elsewhere.send(privy.reject_intent(intent.intent_id))
    assert quorum.id not in {each.id for each in collect(emulator.privy_client()).quorums}


def test_answers_are_read_a_few_at_a_time(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many things there are to ask for, only so many answers are held at once; nothing is left out."""
    monkeypatch.setattr(collecting, "AT_ONCE", 2)
    sizes: list[int] = []
    app = emulator.privy_client()
    many = app.send_many

    def counted(calls: Any, **options: Any) -> Any:
        sizes.append(len(calls))
        return many(calls, **options)

    monkeypatch.setattr(app, "send_many", counted)
    known = list(emulator.privy.quorums)
    assert {each.id for each in collect(app, quorum_ids=known).quorums} == set(known)
    assert max(sizes) == 2
    assert sum(sizes) > 4


def test_what_was_ordered_stands_beside(emulator: Emulator) -> None:
    """Each change in the journal of these clients is there, with what it made."""
    app = emulator.privy_client()
    key = P256Key.generate()
    asked = privy.CreateKeyQuorumRequest(public_keys=[key.public], authorization_threshold=1)
    quorum = app.send(privy.create_key_quorum(asked))
    (ordered,) = collect(app).ordered
    assert (ordered.operation, ordered.made, ordered.state) == (
        "create_key_quorum",
        quorum.id,
        "answered",
    )


def test_only_reads_and_each_page_once() -> None:
    """Reading a large world takes one read for each page and each quorum: it grows with what there is."""
    reads = []
    for size in (60, 240):
        emulator = Emulator.seeded("large", size=size)
        before = len(emulator.ledger)
        collect(emulator.privy_client(), quorum_ids=emulator.privy.quorums, progress=False)
        lines = list(emulator.ledger)[before:]
        assert {line.method for line in lines} == {"GET"}
        assert max(Counter(line.target for line in lines).values()) == 1
        reads.append(len(lines))
    assert reads[1] < 4.2 * reads[0]


@pytest.mark.parametrize(
    ("clients", "options", "said"),
    [
        ((), {}, "needs a client"),
        (("x",), {}, "takes clients, not str"),
        (None, {"quorum_ids": [3]}, "quorum_ids"),
    ],
)
def test_wrong_arguments(
    emulator: Emulator, clients: tuple[object, ...] | None, options: dict[str, object], said: str
) -> None:
    """What is no client and no id is refused by name, and nothing is read."""
    wanted = (emulator.privy_client(),) if clients is None else clients
    with pytest.raises(InputError, match=said):
        collect(*wanted, **options)  # type: ignore[arg-type]
    assert not list(emulator.ledger)


def test_into_partitions(emulator: Emulator, tmp_path: Path) -> None:
    """Streamed into partitions it is what is collected into memory; of each thing only the id is kept meanwhile."""
    clients = (emulator.cobo_client(), emulator.privy_client())
    expected = collect(*clients, progress=False)
    partitions = collect_into(tmp_path / "dataset", *clients, progress=False, size=2)
    there = partitions.inventory()
    for kind in LINES:
        assert getattr(there, kind) == getattr(expected, kind), kind
    assert there.seen_by.items() >= {
        (quorum.id, clients[1].identity) for quorum in expected.quorums
    }
    options = {"at_ms": expected.at_ms, "duration_s": 0.0}
    parted = audit_dataset(partitions, scheduler=None, progress=False, **options)
    assert parted.written("json") == audit(expected, **options).written("json")


def test_answers_in_turns(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many questions there are, so many answers are in memory; what is collected is the same."""
    client = emulator.privy_client()
    expected = collect(client, progress=False)
    asked = []
    send_many = privy.Client.send_many

    def counted(self: Any, calls: Any, **options: Any) -> Any:
        asked.append(len(calls))
        return send_many(self, calls, **options)

    monkeypatch.setattr(privy.Client, "send_many", counted)
    monkeypatch.setattr("toolkit.inventory.collect.AT_ONCE", 2)
    again = collect(client, progress=False)
    assert max(asked) == 2
    assert (again.quorums, again.wallets) == (expected.quorums, expected.wallets)
