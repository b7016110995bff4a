"""Wallets as far as ownership matters: who may change them, and what is made of a lost answer."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Door
from tests.emulated import lost, posts
from tests.inside import without_keys
from toolkit import frames, privy
from toolkit.client.journal import Journal
from toolkit.emulator import Emulator
from toolkit.emulator.keccak import eip_55
from toolkit.errors import (
    ApiError,
    ContradictingAnswer,
    InDoubt,
    NotFound,
    RequestRefused,
    SignatureRejected,
)
from toolkit.keys import P256Key, base58
from toolkit.transport.verify import contradiction


def test_wallets_of_a_key(door: Door) -> None:
    """The filter finds wallets whose owner includes the key, nested ones too (a choice); pages have cursors."""
    app, keys = door.app, door.emulator.authorization_keys
    names = {
        name: [
            w.display_name
            for w in app.send(
                privy.list_wallets(authorization_key=keys[name].public.to_base64())
            ).data
        ]
        for name in ("Alice", "Bob", "Ana")
    }
    assert names == {
        "Alice": ["Hot wallet", "Cold reserve"],
        "Bob": ["Cold reserve"],
        "Ana": ["Hot wallet"],
    }
    first = app.send(privy.list_wallets(limit=2))
    second = app.send(privy.list_wallets(limit=2, cursor=first.next_cursor))
    assert [len(first.data), len(second.data), second.next_cursor] == [2, 1, None]
    assert frames.wallets([first, second])["owner_id"].isna().tolist() == [False, False, True]
    direct = door.again(choices={"privy.nested_filter": "direct-keys"})
    assert (
        direct.app.send(privy.list_wallets(authorization_key=keys["Ana"].public.to_base64())).data
        == []
    )


def test_addresses_are_ones(emulator: Emulator) -> None:
    """A Solana address is 32 bytes in base58, as whoever reads one checks; an Ethereum address has EIP-55's letters."""
    app = emulator.privy_client()
    for _ in range(20):
        address = app.send(wallet("solana")).address
        assert len(base58.decoded(address)) == 32
        assert base58.encoded(base58.decoded(address)) == address
    assert (
        eip_55(app.send(wallet()).address.lower())
        == app.send(privy.list_wallets()).data[-1].address
    )


def test_what_an_answer_leaves_out(emulator: Emulator) -> None:
    """A plain wallet has the fields that are always there, three of them null; what Privy's types may lack is absent, not null."""
    plain = json.loads(emulator.privy_client().exchange(wallet()).content)
    assert set(plain) == {
        "id",
        "address",
        "chain_type",
        "created_at",
        "additional_signers",
        "policy_ids",
        "owner_id",
        "exported_at",
        "imported_at",
    }
    assert {name for name, value in plain.items() if value is None} == {
        "owner_id",
        "exported_at",
        "imported_at",
    }


def test_filters_together(door: Door) -> None:
    """A wallet is found where every filter fits, archived ones where they are asked for, and nowhere else."""
    app = door.app
    entity = privy.WalletEntity(id="org-1", type="organization")
    user = privy.WalletOwner(user_id="did:privy:u")
    made = app.send(wallet(external_id="a-1", entity=entity, owner=user))
    fitting: dict[str, Any] = {
        "external_id": "a-1",
        "entity_id": "org-1",
        "user_id": "did:privy:u",
        "chain_type": "ethereum",
        "address": made.address.lower(),
    }
    others: dict[str, Any] = {
        "external_id": "a-2",
        "entity_id": "org-2",
        "user_id": "did:privy:v",
        "chain_type": "solana",
        "address": "0x" + "0" * 40,
    }
    subsets = [
        dict(pairs)
        for count in range(1, len(fitting) + 1)
        for pairs in itertools.combinations(fitting.items(), count)
    ]

    def found(**query: Any) -> bool:
        return made.id in [each.id for each in app.send(privy.list_wallets(**query)).data]

    for query in subsets:
        assert found(**query)
        for name in query:
            assert not found(**query | {name: others[name]})
    app.send(privy.archive_wallet(made.id), acknowledge={"privy.archives", "privy.owner-signs"})
    for query in subsets:
        assert not found(**query)
        assert found(**query, include_archived=True)


def test_owner_changes(door: Door) -> None:
    """A new owner of an owned wallet is signed for by the old owner's quorum."""
    app, keys = door.app, door.emulator.authorization_keys
    cold = next(
        wallet
        for wallet in app.send(privy.list_wallets()).data
        if wallet.display_name == "Cold reserve"
    )
    quorum = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[keys["Ana"].public]))
    )
    change = privy.update_wallet(cold.id, privy.UpdateWalletRequest(owner_id=quorum.id))
    with pytest.raises(SignatureRejected):
        app.send(change, signers=[keys["Alice"]])
    assert app.send(change, signers=[keys["Alice"], keys["Bob"]]).owner_id == quorum.id
    back = privy.update_wallet(cold.id, privy.UpdateWalletRequest(owner_id=None))
    assert app.send(back, signers=[keys["Ana"]]).owner_id is None


def test_an_unowned_wallet(emulator: Emulator) -> None:
    """Without an owner the app secret suffices, once acknowledged; a key as owner becomes a quorum of one."""
    app, key = emulator.privy_client(), P256Key.generate()
    test = next(wallet for wallet in app.send(privy.list_wallets()).data if wallet.owner_id is None)
    call = privy.update_wallet(
        test.id,
        privy.UpdateWalletRequest(owner=privy.WalletOwner(public_key=key.public.to_base64())),
    )
    with pytest.raises(ValueError, match="If the wallet has an owner"):
        app.send(call)
    owned = app.send(call, acknowledge={"privy.owner-signs"})
    assert app.send(privy.get_key_quorum(owned.owner_id or "")).required == 1
    signer = privy.AdditionalSigner(signer_id=owned.owner_id or "")
    more = privy.update_wallet(
        test.id, privy.UpdateWalletRequest(additional_signers=[signer], display_name=None)
    )
    assert app.send(more, signers=[key]).additional_signers == [signer]
    with pytest.raises(NotFound, match="Wallet not found"):
        app.send(privy.get_wallet("nowhere"))


def test_an_owner_is_not_deleted(emulator: Emulator) -> None:
    """A quorum that owns a wallet is not deleted, unless switched."""
    app, keys = emulator.privy_client(), emulator.authorization_keys
    owner = next(
        quorum
        for quorum in emulator.privy.quorums.values()
        if quorum.display_name == "Treasury approvals, EU"
    )
    with pytest.raises(ApiError, match="owns wallet"):
        app.send(privy.delete_key_quorum(owner.id), signers=[keys["Alice"], keys["Bob"]])


# ---- a wallet is made -----------------------------------------------------------------------------


def wallet(chain_type: str = "ethereum", **fields: Any) -> Any:
    return privy.create_wallet(privy.CreateWalletRequest(chain_type=chain_type, **fields))


def test_from_nothing_to_an_owned_wallet(door: Door) -> None:
    """Three keys, a quorum of which two must sign, a wallet that it owns: from then on two sign for it, and one cannot."""
    app, keys = door.again(world="empty").app, [P256Key.generate() for _ in range(3)]
    members = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in keys], authorization_threshold=2
    )
    quorum = app.send(privy.create_key_quorum(members))
    made = app.send(wallet(owner_id=quorum.id, display_name="Treasury", external_id="treasury-1"))
    assert (made.owner_id, made.chain_type, made.display_name, made.external_id) == (
        quorum.id,
        "ethereum",
        "Treasury",
        "treasury-1",
    )
    assert app.send(privy.get_wallet(made.id)) == made
    mine = app.send(privy.list_wallets(authorization_key=keys[2].public.to_base64()))
    table = frames.wallets(mine)
    assert table[["id", "owner_id", "display_name"]].values.tolist() == [
        [made.id, quorum.id, "Treasury"]
    ]
    assert frames.wallets(made)["created"].notna().all()
    rename = privy.update_wallet(made.id, privy.UpdateWalletRequest(display_name="Reserve"))
    with pytest.raises(SignatureRejected, match="Number of signatures"):
        app.send(rename, signers=keys[:1])
    assert app.send(rename, signers=keys[1:]).display_name == "Reserve"


ADDRESSES = {
    "ethereum": r"0x[0-9a-fA-F]{40}",
    "solana": r"[1-9A-HJ-NP-Za-km-z]{44}",
    "tron": r"[1-9A-HJ-NP-Za-km-z]{44}",
}


@pytest.mark.parametrize("chain_type", ADDRESSES)
def test_what_is_made(emulator: Emulator, chain_type: str) -> None:
    """An id and an address of its own, in the shape of the chain; made now; nobody owns what was asked for without an owner."""
    app = emulator.privy_client()
    made = [app.send(wallet(chain_type)) for _ in range(2)]
    assert all(re.fullmatch(ADDRESSES[chain_type], each.address) for each in made)
    assert made[0].address != made[1].address
    assert all(re.fullmatch("[a-z][a-z0-9]{23}", each.id) for each in made)
    assert [each.owner_id for each in made] == [None, None]
    assert emulator.clock.now_ms() - made[1].created_at < 60_000
    assert app.send(privy.list_wallets(chain_type=chain_type)).data[-2:] == made


@pytest.mark.parametrize("field", ["public_key", "user_id"])
def test_owned_by_a_key_or_user(emulator: Emulator, field: str) -> None:
    """A key or user as owner becomes a quorum of one, without a name."""
    app, key = emulator.privy_client(), P256Key.generate()
    given = {"public_key": key.public, "user_id": "did:privy:x"}[field]
    made = app.send(wallet(owner=privy.WalletOwner(**{field: given})))  # type: ignore[arg-type]
    quorum = app.send(privy.get_key_quorum(made.owner_id or ""))
    assert (quorum.size, quorum.required, quorum.display_name) == (1, 1, None)
    assert [each.public_key for each in quorum.authorization_keys] == [key.public.to_base64()][
        : field == "public_key"
    ]


def test_a_wallet_after_a_restart(tmp_path: Path) -> None:
    """What was made is there again with its ids, addresses and times; what was refused has left nothing behind."""
    file, key = tmp_path / "state", P256Key.from_hex(f"{5:064x}").public
    live = Emulator.seeded(state=file)
    app, owner = live.privy_client(), privy.WalletOwner(public_key=key.to_base64())
    app.send(wallet(external_id="taken"))
    for refused in (
        wallet(owner=owner, external_id="taken"),
        wallet(owner=owner, additional_signers=[privy.AdditionalSigner(signer_id="bad")]),
    ):
        with pytest.raises(ApiError) as caught:
            app.send(refused)
        assert (caught.value.status, caught.value.code) == (400, "invalid_data")
    assert (len(live.privy.quorums), len(live.privy.wallets)) == (3, 4)
    live.advance(90_000)
    app.send(wallet("solana", owner=owner))
    kept = dict(live.privy.wallets), dict(live.privy.quorums)
    live.close()
    after = Emulator.seeded(state=file)
    assert (dict(after.privy.wallets), dict(after.privy.quorums)) == kept
    assert after.privy_client().send(wallet()).id == live.privy_client().send(wallet()).id
    after.close()


# ---- its answer is lost ---------------------------------------------------------------------------


def lost_wallet(door: Door, kind: str = "status-after", **fields: Any) -> Any:
    """The exchange of a new wallet whose answer was lost, and whose key is of no use any more."""
    without_keys(door.app)
    lost(door.emulator, "create_wallet", kind)
    return door.app.exchange(wallet(**fields))


def quorum_of(emulator: Emulator) -> str:
    return next(iter(emulator.privy.quorums))


def test_a_lost_wallet_is_adopted_once(door: Door) -> None:
    """It was made and the answer was lost: its external id finds it, each entry its own."""
    owner_id = quorum_of(door.emulator)
    fields = {"owner_id": owner_id, "display_name": "Treasury"}
    one, two = (lost_wallet(door, **fields, external_id=name) for name in ("one", "two"))
    assert [one.outcome, two.outcome, posts(door.emulator)] == ["adopted", "adopted", 2]
    made = list(door.emulator.privy.wallets)[-2:]
    assert [one.value.id, two.value.id] == made
    assert door.app.pending() == ()
    assert door.app.resolve(one.entry).value == one.value
    never = lost_wallet(door, "status-before", **fields, external_id="three")
    assert isinstance(never.error, InDoubt)
    assert never.error.candidates == ()
    assert list(door.emulator.privy.wallets)[-2:] == made


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("another chain", {"chain_type": "solana"}),
    ("another name", {"display_name": "Other"}),
    ("no name", {"display_name": None}),
    ("an external id", {"external_id": "x"}),
    ("nobody owns it", {"owner_id": None}),
    ("a user owns it", {"owner_id": None, "owner": privy.WalletOwner(user_id="did:privy:x")}),
    ("a signer", {"additional_signers": True}),
]


#: What we did not say ourselves tells nothing apart: a person looks at these.
ASKED_ABOUT: list[dict[str, Any]] = [{"display_name": None}, {"external_id": "x"}]


@pytest.mark.parametrize("other", [case[1] for case in OTHERS], ids=[case[0] for case in OTHERS])
def test_another_wallet_is_not_adopted(emulator: Emulator, other: dict[str, Any]) -> None:
    """What a stranger makes at the time, unlike in one point, is no candidate; one that is alike is asked about."""
    app, stranger, owner_id = (
        emulator.privy_client(),
        emulator.privy_client(journal=Journal()),
        quorum_of(emulator),
    )
    if "additional_signers" in other:
        other = {"additional_signers": [privy.AdditionalSigner(signer_id=owner_id)]}
    fields: dict[str, Any] = {"owner_id": owner_id, "display_name": "Treasury"}
    without_keys(app)
    lost(emulator, "create_wallet", "status-before")
    number = app.exchange(wallet(**fields)).entry
    stranger.send(wallet(**(fields | other)))
    unlike = app.resolve(number, window_s=0).error
    assert isinstance(unlike, InDoubt)
    assert bool(unlike.candidates) is (other in ASKED_ABOUT)
    made = stranger.send(wallet(**fields))
    alike = app.resolve(number).error
    assert isinstance(alike, InDoubt)  # without an external id nobody can tell whose it is
    assert set(alike.candidates) == {*unlike.candidates, made.id}
    assert app.resolve(number, adopt=made.id).value == made


def test_an_owner_by_key_is_asked_about(door: Door) -> None:
    """Privy made a quorum of the key, whose id was not asked for: nothing is adopted but by a person's word, nor sent again."""
    owner = privy.WalletOwner(public_key=P256Key.generate().public.to_base64())
    exchange = lost_wallet(door, owner=owner)
    assert isinstance(exchange.error, InDoubt)
    assert posts(door.emulator) == 1
    unowned = next(each.id for each in door.emulator.privy.wallets.values() if not each.owner_id)
    with pytest.raises(ContradictingAnswer):
        door.app.resolve(exchange.entry, adopt=unowned)
    made = list(door.emulator.privy.wallets)[-1]
    assert door.app.resolve(exchange.entry, adopt=made).value.id == made
    assert (door.app.pending(), posts(door.emulator)) == ((), 1)


ANSWERS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("another owner", {"owner_id": "{first}"}, {"owner_id": "{second}"}, "asked about owner_id"),
    ("no owner", {"owner_id": "{first}"}, {"owner_id": None}, "not what was asked for"),
    ("an owner of nobody's asking", {}, {"owner_id": "{first}"}, "not what was asked for"),
    (
        "a user who owns nothing",
        {"owner": privy.WalletOwner(user_id="did:privy:x")},
        {"owner_id": None},
        "not what was",
    ),
    ("another chain", {}, {"chain_type": "solana"}, "asked about chain_type"),
    (
        "another external id",
        {"external_id": "mine"},
        {"external_id": "theirs"},
        "asked about external_id",
    ),
    (
        "signers of nobody's asking",
        {},
        {"additional_signers": [privy.AdditionalSigner(signer_id="s")]},
        "not what was",
    ),
    ("a name that is not repeated", {"display_name": "Treasury"}, {"display_name": None}, ""),
]


@pytest.mark.parametrize(
    ("asked", "answer", "sentence"), [c[1:] for c in ANSWERS], ids=[c[0] for c in ANSWERS]
)
def test_an_answer_about_another_wallet(
    emulator: Emulator, asked: dict[str, Any], answer: dict[str, Any], sentence: str
) -> None:
    """An answer that names another owner, chain or id than was asked for is not believed; one that says less is."""
    first, second, *_ = emulator.privy.quorums

    def filled(fields: dict[str, Any]) -> dict[str, Any]:
        stands_for = {"{first}": first, "{second}": second}
        return {
            name: stands_for.get(value, value) if isinstance(value, str) else value
            for name, value in fields.items()
        }

    call = wallet(**filled(asked))
    made = emulator.privy_client().send(call)
    assert contradiction(call, made) == ""
    found = contradiction(call, replace(made, **filled(answer)))
    assert sentence in found
    assert bool(found) is bool(sentence)


# ---- filters, archived ones, batches ----------------------------------------------------------------


def by_name(emulator: Emulator, name: str) -> privy.Wallet:
    return next(each for each in emulator.privy.wallets.values() if each.display_name == name)


FILTERS: list[tuple[str, Callable[[Emulator], dict[str, Any]], list[str]]] = [
    ("none", lambda e: {}, ["Hot wallet", "Cold reserve", "Test wallet"]),
    ("a chain", lambda e: {"chain_type": "solana"}, ["Test wallet"]),
    ("an external id", lambda e: {"external_id": "hot-1"}, ["Hot wallet"]),
    ("an external id of nobody's", lambda e: {"external_id": "hot-2"}, []),
    ("an address", lambda e: {"address": by_name(e, "Hot wallet").address}, ["Hot wallet"]),
    (
        "an address in small letters",
        lambda e: {"address": by_name(e, "Hot wallet").address.lower()},
        ["Hot wallet"],
    ),
    (
        "another chain's address in small letters",
        lambda e: {"address": by_name(e, "Test wallet").address.lower()},
        [],
    ),
    ("an entity", lambda e: {"entity_id": "org-1"}, ["Cold reserve"]),
    ("an entity of nobody's", lambda e: {"entity_id": "org-2"}, []),
    (
        "a user of its owner",
        lambda e: {"user_id": user_of(e, "Cold reserve")},
        ["Cold reserve"],
    ),
    ("a user of nobody's", lambda e: {"user_id": "did:privy:nobody"}, []),
    (
        "archived, too",
        lambda e: {"include_archived": True},
        ["Hot wallet", "Cold reserve", "Test wallet", "Old"],
    ),
    ("two of them", lambda e: {"chain_type": "solana", "external_id": "hot-1"}, []),
]


def user_of(emulator: Emulator, name: str) -> str:
    owner = emulator.privy.quorums[by_name(emulator, name).owner_id or ""]
    return (owner.user_ids or [""])[0]


def dressed(emulator: Emulator) -> None:
    """The demo's wallets with what the filters ask about, and an archived one."""
    wallets = emulator.privy.wallets
    hot, cold = by_name(emulator, "Hot wallet"), by_name(emulator, "Cold reserve")
    wallets[hot.id] = replace(hot, external_id="hot-1")
    entity = privy.WalletEntity(id="org-1", type="organization")
    wallets[cold.id] = replace(cold, entity=entity)
    wallets["old"] = replace(cold, id="old", display_name="Old", archived_at=1, entity=None)


@pytest.mark.parametrize(
    ("query", "names"), [case[1:] for case in FILTERS], ids=[case[0] for case in FILTERS]
)
def test_filters(emulator: Emulator, query: Any, names: list[str]) -> None:
    """Each documented filter leaves what fits, and nothing else; archived ones are left out unless asked for."""
    dressed(emulator)
    page = emulator.privy_client().send(privy.list_wallets(**query(emulator)))
    assert [wallet.display_name for wallet in page] == names


def test_users_of_a_nested_quorum(door: Door) -> None:
    """user_id finds by the owner's nested quorums, too, as authorization_key does: the same choice."""
    for option, count in (("members-of-owner", 1), ("direct-keys", 0)):
        there = door.again(choices={"privy.nested_filter": option}, world="empty")
        inner = there.app.send(
            privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
        )
        outer = there.app.send(
            privy.create_key_quorum(privy.CreateKeyQuorumRequest(key_quorum_ids=[inner.id]))
        )
        there.app.send(wallet(owner_id=outer.id))
        assert len(there.app.send(privy.list_wallets(user_id="did:privy:x"))) == count


def test_by_its_address(door: Door) -> None:
    """One wallet by its address, in any letters on Ethereum; an answer about another one is not believed."""
    app = door.app
    made = app.send(wallet())
    for address in (made.address, made.address.lower(), f"0x{made.address[2:].upper()}"):
        request = privy.GetWalletByAddressRequest(address=address)
        assert app.send(privy.get_wallet_by_address(request)) == made
    line = door.emulator.ledger[-1]
    assert (line.method, line.reads) == ("POST", True)
    asked = privy.get_wallet_by_address(privy.GetWalletByAddressRequest(address=made.address))
    other = replace(made, address="0x" + "1" * 40)
    assert "asked about address" in contradiction(asked, other)
    with pytest.raises(NotFound):
        app.send(privy.get_wallet_by_address(privy.GetWalletByAddressRequest(address="0xnone")))


def test_archived(door: Door) -> None:
    """It leaves the lists, is found only when asked for, takes no change, and archives once; the person acknowledges that."""
    app, made = door.app, door.app.send(wallet())
    call = privy.archive_wallet(made.id)
    with pytest.raises(RequestRefused, match="signs nothing any more"):
        app.send(call)
    archived = app.send(call, acknowledge={"privy.archives"})
    assert archived.archived_at is not None
    assert made.id not in {each.id for each in app.send(privy.list_wallets())}
    assert made.id in {each.id for each in app.send(privy.list_wallets(include_archived=True))}
    with pytest.raises(NotFound):
        app.send(privy.get_wallet(made.id))
    assert app.send(privy.get_wallet(made.id, include_archived=True)) == archived
    table = frames.wallets(archived)
    assert table["archived"].notna().all()
    with pytest.raises(NotFound):
        app.send(
            privy.update_wallet(made.id, privy.UpdateWalletRequest(display_name="x")),
            acknowledge={"privy.owner-signs"},
        )
    with pytest.raises(NotFound):
        app.send(call, acknowledge={"privy.archives"})


def test_a_lost_archiving_is_looked_for(emulator: Emulator) -> None:
    """Its answer was lost: the wallet, read as archived, tells that it was done."""
    app = emulator.privy_client()
    made = app.send(wallet())
    lost(emulator, "archive_wallet")
    exchange = app.exchange(privy.archive_wallet(made.id), acknowledge={"privy.archives"})
    assert exchange.outcome == "adopted"
    assert exchange.value.archived_at is not None


def test_a_batch(door: Door) -> None:
    """Each wallet is made or refused for itself, in order; what is refused leaves nothing behind."""
    app, key = door.app, P256Key.generate().public
    owner = privy.WalletOwner(public_key=key)
    requests = [
        privy.CreateWalletRequest(chain_type="ethereum", external_id="twin"),
        privy.CreateWalletRequest(chain_type="solana", external_id="twin", owner=owner),
        privy.CreateWalletRequest(chain_type="solana", owner=owner),
    ]
    before = len(door.emulator.privy.quorums), len(door.emulator.privy.wallets)
    call = privy.create_wallet_batch(privy.CreateWalletBatchRequest(wallets=requests))
    batch = app.send(call)
    assert [result.success for result in batch.results] == [True, False, True]
    assert [wallet.chain_type for wallet in batch.wallets] == ["ethereum", "solana"]
    assert [(each.index, each.code) for each in batch.failures] == [(1, "invalid_data")]
    after = len(door.emulator.privy.quorums), len(door.emulator.privy.wallets)
    assert (after[0] - before[0], after[1] - before[1]) == (1, 2)
    assert batch.results[0].wallet is not None
    assert batch.results[0].wallet.provenance is not None
    other = replace(batch, results=batch.results[::-1])
    assert contradiction(call, other)
    assert len(frames.wallets(batch.wallets)) == 2


def test_a_lost_batch_is_asked_about(emulator: Emulator) -> None:
    """It has no idempotency key and nothing that tells its wallets: a person decides, and nothing is sent twice."""
    app = emulator.privy_client()
    lost(emulator, "create_wallet_batch")
    requests = [privy.CreateWalletRequest(chain_type="ethereum")]
    exchange = app.exchange(
        privy.create_wallet_batch(privy.CreateWalletBatchRequest(wallets=requests))
    )
    assert isinstance(exchange.error, InDoubt)
    assert posts(emulator) == 1


def test_a_batch_after_a_restart(tmp_path: Path) -> None:
    """A state file makes a batch, an archiving and new fields again as they were."""
    file = tmp_path / "state"
    live = Emulator.seeded(state=file)
    app = live.privy_client()
    entity = privy.WalletEntity(id="did:privy:x", type="user")
    requests = [
        privy.CreateWalletRequest(chain_type="ethereum", entity=entity, policy_ids=["p" * 24]),
        privy.CreateWalletRequest(chain_type="ethereum", policy_ids=["q" * 24]),
    ]
    batch = app.send(privy.create_wallet_batch(privy.CreateWalletBatchRequest(wallets=requests)))
    app.send(privy.archive_wallet(batch.wallets[0].id), acknowledge={"privy.archives"})
    change = privy.UpdateWalletRequest(external_id="once", policy_ids=[])
    updated = app.send(
        privy.update_wallet(batch.wallets[1].id, change), acknowledge={"privy.owner-signs"}
    )
    assert (updated.external_id, updated.policy_ids) == ("once", [])
    address = privy.GetWalletByAddressRequest(address=updated.address)
    app.send(privy.get_wallet_by_address(address))
    kept = dict(live.privy.wallets)
    live.close()
    after = Emulator.seeded(state=file)
    assert dict(after.privy.wallets) == kept
    assert "wallets/address" not in file.read_text()
    after.close()
