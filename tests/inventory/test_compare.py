"""Two looks with known changes: exactly those, in words, each with its origin; and nothing else is called a change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from tests.inert import inert
from toolkit import Emulator, Inventory, People, cobo, collect, compare, privy
from toolkit.__main__ import main
from toolkit.base.hidden import hidden_at
from toolkit.emulator import Fault
from toolkit.errors import InputError
from toolkit.inventory.changes import Change
from toolkit.keys import P256Key
from toolkit.quorum import Quorum

ALIEN, ITSELF, ORDERED = "not ordered here", "happened by itself", "ordered here"
KEYS = {
    name: P256Key.from_hex(f"{number:064x}")
    for number, name in enumerate(("Alice", "Bob", "Carol", "Dana", "Erin"), 11)
}
DAY_MS = 86_400_000


class World:
    """The demo world with more quorums and wallets, changed through clients and behind their backs."""

    def __init__(self) -> None:
        self.emulator = Emulator.seeded()
        self.custody, self.app = self.emulator.cobo_client(), self.emulator.privy_client()
        self.quorums: dict[str, str] = {}
        self.wallets: dict[str, str] = {}
        for name, threshold, members in (
            ("ordered threshold", 2, "Alice Bob Carol"), ("ordered members", 1, "Alice Bob"), ("ordered gone", 1, "Alice"),
            ("lowered", 2, "Alice Bob Carol"), ("raised", 1, "Alice Bob"), ("grown", 1, "Alice"), ("shrunk", 1, "Alice Bob"),
            ("swapped", 2, "Alice Bob"), ("renamed", 1, "Carol"), ("hidden", 1, "Carol"), ("gone", 1, "Carol"),
            ("gone with a wallet", 1, "Carol"), ("labelled", 1, "Dana"), ("still", 2, "Alice Bob"),
        ):  # fmt: skip
            self.quorum(name, threshold, members.split())
        self.quorum("outer", 2, ["Dana"], [self.quorums["lowered"]])
        for name, owner in (
            ("bared", "still"), ("sold", "still"), ("signed", "still"), ("unsigned", "still"), ("called", "still"), ("exported", "still"),
            ("ruled", "still"), ("lost", "still"), ("orphan", "gone with a wallet"), ("ordered owner", "still"), ("quiet", "still"),
        ):  # fmt: skip
            self.wallet(name, self.quorums[owner])
        self.edit_wallet("unsigned", additional_signers=[self.signer("still")])
        self.people = People({key.public.fingerprint: name for name, key in KEYS.items()})

    # ---- behind everybody's back ----

    def quorum(self, name: str, threshold: int, members: list[str], nested: list[str] = []) -> None:  # noqa: B006
        keys = [privy.AuthorizationKey(KEYS[member].public.to_base64()) for member in members]
        quorum = privy.KeyQuorum(
            id=self.emulator.privy.cuid(),
            display_name=name,
            authorization_threshold=threshold,
            authorization_keys=keys,
            user_ids=[],
            key_quorum_ids=nested,
        )
        self.emulator.privy.quorums[quorum.id] = quorum
        self.quorums[name] = quorum.id

    def edit_quorum(self, name: str, **changes: Any) -> None:
        quorums = self.emulator.privy.quorums
        quorums[self.quorums[name]] = replace(quorums[self.quorums[name]], **changes)

    def keys_of(self, *members: str, label: str | None = None) -> list[privy.AuthorizationKey]:
        return [privy.AuthorizationKey(KEYS[each].public.to_base64(), label) for each in members]

    def wallet(self, name: str, owner_id: str | None) -> None:
        wallet = privy.Wallet(
            id=self.emulator.privy.cuid(),
            address=self.emulator.privy.address("ethereum"),
            chain_type="ethereum",
            created_at=1,
            owner_id=owner_id,
            display_name=name,
        )
        self.emulator.privy.wallets[wallet.id] = wallet
        self.wallets[name] = wallet.id

    def edit_wallet(self, name: str, **changes: Any) -> None:
        wallets = self.emulator.privy.wallets
        wallets[self.wallets[name]] = replace(wallets[self.wallets[name]], **changes)

    def signer(self, name: str) -> privy.AdditionalSigner:
        return privy.AdditionalSigner(signer_id=self.quorums[name])

    def group(self, kind: str) -> tuple[Any, cobo.KeyShareHolderGroup]:
        """The groups of the treasury, and the first of this type."""
        groups = self.emulator.cobo.state.groups[self.emulator.vault_id]
        return groups, next(group for group in groups.values() if group.type == kind)

    def api_key(self, **changes: Any) -> None:
        keys = self.emulator.cobo.keys
        (identity,) = keys
        keys[identity] = replace(keys[identity], **changes)

    def look(self) -> Inventory:
        known = [*self.quorums.values()]
        return collect(self.custody, self.app, quorum_ids=known, people=self.people, progress=False)


def privy_behind(world: World) -> None:
    """22 changes at Privy that no journal of ours has."""
    world.edit_quorum("lowered", authorization_threshold=1)  # and with it "outer"
    world.edit_quorum("raised", authorization_threshold=2)
    world.edit_quorum("grown", authorization_keys=world.keys_of("Alice", "Erin"))
    world.edit_quorum("shrunk", authorization_keys=world.keys_of("Alice"))
    world.edit_quorum("swapped", authorization_keys=world.keys_of("Alice", "Erin"))
    world.edit_quorum("renamed", display_name="renamed since")
    world.edit_quorum("hidden", display_name="hid\u200bden")
    world.edit_quorum("labelled", authorization_keys=world.keys_of("Dana", label="laptop"))
    for name in ("gone", "gone with a wallet"):
        world.emulator.privy.quorums.pop(world.quorums[name])
    world.quorum("newcomer", 1, ["Erin"])
    world.wallet("new and bare", None)
    world.wallet("new and owned", world.quorums["newcomer"])
    del world.quorums["newcomer"]  # nobody told us its id
    world.edit_wallet("bared", owner_id=None)
    world.edit_wallet("sold", owner_id=world.quorums["grown"])
    world.edit_wallet("signed", additional_signers=[world.signer("grown")])
    world.edit_wallet("unsigned", additional_signers=[])
    world.edit_wallet("called", display_name="called otherwise")
    world.edit_wallet("exported", exported_at=1_700_000_000_000)
    world.edit_wallet("ruled", policy_ids=["p1"])
    world.emulator.privy.wallets.pop(world.wallets["lost"])


def cobo_behind(world: World) -> None:
    """11 changes at Cobo: eight by somebody else, three by themselves."""
    state, emulator = world.emulator.cobo.state, world.emulator
    groups, main_group = world.group("MainGroup")
    holders = main_group.key_share_holders or []
    emulator.set_holder(holders[1].tss_node_id or "", "offline")
    emulator.set_holder(holders[2].tss_node_id or "", "changes-phone")
    groups, recovery = world.group("RecoveryGroup")
    renamed = [replace(each, name=f"{each.name}!") for each in recovery.key_share_holders or ()]
    groups[recovery.key_share_holder_group_id] = replace(
        recovery, key_share_holders=[renamed[0], *(recovery.key_share_holders or ())[1:]]
    )
    vault = state.vaults[emulator.vault_id]
    state.vaults[emulator.vault_id] = replace(vault, name="Treasury")
    (info,) = emulator.cobo.keys.values()
    scopes = cobo.Scopes(vault_ids=[emulator.vault_id])
    operator, spender = info.role_scopes
    (other,) = [each for each in state.vaults if each not in spender.scopes.vault_ids][:1]
    wider = replace(spender.scopes, vault_ids=[*spender.scopes.vault_ids, other])
    spender = replace(spender, scopes=wider)
    roles = [operator, spender, cobo.RoleScope(role_name="API_Admin", scopes=scopes)]
    world.api_key(role_scopes=roles, valid_ips=["127.0.0.1"], updated_timestamp=9)
    sooner = info.expired_timestamp - DAY_MS
    world.api_key(callback_url="https://other.example.com", expired_timestamp=sooner)


def ordered(world: World) -> None:
    """8 orders through our clients; one of them changes two things."""
    app, emulator = world.app, world.emulator
    signers = [KEYS["Alice"], KEYS["Bob"]]
    made = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(
                display_name="ordered", authorization_threshold=1, public_keys=[KEYS["Dana"].public]
            )
        )
    )
    threshold = privy.UpdateKeyQuorumRequest(authorization_threshold=3)
    app.send(
        privy.update_key_quorum(world.quorums["ordered threshold"], threshold), signers=signers
    )
    members = privy.UpdateKeyQuorumRequest(
        public_keys=[KEYS["Bob"].public, KEYS["Carol"].public], authorization_threshold=1
    )
    app.send(privy.update_key_quorum(world.quorums["ordered members"], members), signers=signers)
    app.send(privy.delete_key_quorum(world.quorums["ordered gone"]), signers=signers)
    wallet = privy.CreateWalletRequest(
        chain_type="solana", owner_id=made.id, display_name="ordered", external_id="ordered-1"
    )
    app.send(privy.create_wallet(wallet))
    owner = privy.UpdateWalletRequest(owner_id=made.id)
    app.send(privy.update_wallet(world.wallets["ordered owner"], owner), signers=signers)
    request = cobo.CreateMpcVaultRequest(name="Ordered", vault_type="Org-Controlled")
    world.custody.send(cobo.create_mpc_vault(request))
    holders = [
        cobo.CreateKeyShareHolder(name=f"Holder {at}", type="API", tss_node_id=node, signer=at == 0)
        for at, node in enumerate(emulator.spare_nodes[:2])
    ]
    signing = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup",
        participants=3,
        threshold=2,
        key_share_holders=holders,
    )
    world.custody.send(cobo.create_key_share_holder_group(emulator.vault_id, signing))


KNOWN = [
    # of Privy, not ordered here
    (ALIEN, "high", "lowered", "needs 1 approval instead of 2"),
    (ALIEN, "high", "outer", "is approved by others now: lowered inside it changed"),
    (ALIEN, "medium", "raised", "needs 2 approvals instead of 1"),
    (ALIEN, "high", "grown", "Erin came in"),
    (ALIEN, "medium", "shrunk", "Bob went out"),
    (ALIEN, "high", "swapped", "Erin came in for Bob"),
    (ALIEN, "low", "renamed since", "was renamed"),
    (ALIEN, "medium", "hid\u200bden", "was renamed; in the new name stands U+200B"),
    (ALIEN, "low", "labelled", "has the same keys, spelled or called otherwise"),
    (ALIEN, "medium", "gone", "is gone: there is no quorum of this id"),
    (ALIEN, "high", "gone with a wallet", "and 1 wallet still named it as owner"),
    (ALIEN, "note", "newcomer", "is named for the first time"),
    (ALIEN, "high", "Wallet new and bare", "was made without an owner"),
    (ALIEN, "note", "Wallet new and owned", "was made; newcomer owns it"),
    (ALIEN, "high", "Wallet bared", "has no owner any more"),
    (ALIEN, "high", "Wallet sold", "has another owner: grown"),
    (ALIEN, "high", "Wallet signed", "grown may act with it now"),
    (ALIEN, "medium", "Wallet unsigned", "still may no longer"),
    (ALIEN, "low", "Wallet called otherwise", "was renamed"),
    (ALIEN, "high", "Wallet exported", "was exported"),
    (ALIEN, "medium", "Wallet ruled", "has other policies"),
    (ALIEN, "medium", "Wallet lost", "is no longer listed"),
    # of Cobo
    (ITSELF, "low", "Alice Moreau (Treasury, main group)", "went offline"),
    (ITSELF, "medium", "Bob Tanaka (Treasury, main group)", "is Changed now"),
    (ITSELF, "high", "Treasury, main group", "cannot be used any more, nor any other group"),
    (ALIEN, "medium", "API key treasury-bot", "as API_Spender reaches 1 more of vault_ids"),
    (ALIEN, "medium", "API key treasury-bot", "has another callback address"),
    (ALIEN, "low", "API key treasury-bot", "ends earlier"),
    (ALIEN, "low", "Carol Okafor! (Treasury, recovery group)", "is called otherwise"),
    (ALIEN, "low", "Treasury", "was renamed"),
    (ALIEN, "high", "API key treasury-bot", "got API_Admin: it changes groups and may withdraw"),
    (ALIEN, "medium", "API key treasury-bot", "may be used from other addresses"),
    # ours
    (ORDERED, "note", "ordered", "was made, 1 of 1"),
    (ORDERED, "medium", "ordered threshold", "needs 3 approvals instead of 2"),
    (ORDERED, "high", "ordered members", "Carol came in for Alice"),
    (ORDERED, "medium", "ordered gone", "is gone"),
    (ORDERED, "note", "Wallet ordered", "was made; ordered owns it"),
    (ORDERED, "high", "Wallet ordered owner", "has another owner: ordered"),
    (ORDERED, "note", "Ordered", "was made"),
    (ORDERED, "note", "API key treasury-bot", "as API_Operator reaches what was made through it"),
    (ORDERED, "note", "Treasury, signing group", "was made, 2 of 3: Cobo, Holder 0, Holder 1"),
]


@pytest.fixture(scope="module")
def looks() -> tuple[Inventory, Inventory]:
    world = World()
    before = world.look()
    ordered(world)
    privy_behind(world)
    cobo_behind(world)
    return before, world.look()


def line(change: Change) -> tuple[str, str, str, str]:
    return change.origin, change.severity, change.about, change.sentence


def test_exactly_the_known_changes(looks: tuple[Inventory, Inventory]) -> None:
    """Each of them is told once, with its severity and origin; nothing else is told."""
    changes = compare(*looks)
    lines = [line(change) for change in changes]
    left = list(lines)
    missing = []
    for origin, severity, about, words in KNOWN:
        matching = [
            each for each in left if each[:3] == (origin, severity, about) and words in each[3]
        ]
        if matching:
            left.remove(matching[0])
        else:
            missing.append((origin, severity, about, words))
    assert (missing, left) == ([], [])
    assert len(KNOWN) == 41


def test_a_day_without_changes(looks: tuple[Inventory, Inventory]) -> None:
    """The same look twice has no change and ends with 0."""
    changes = compare(looks[0], looks[0])
    assert (len(changes), changes.exit_code(), changes.headline) == (0, 0, "Nothing changed.")


def test_origins_are_counted_from_the_journal(looks: tuple[Inventory, Inventory]) -> None:
    """What was ordered names its entry, and every entry stands behind something."""
    changes = compare(*looks)
    assert Counter(change.origin for change in changes) == {ALIEN: 29, ITSELF: 3, ORDERED: 9}
    assert {change.number for change in changes.of(ORDERED)} == set(range(1, 9))
    assert all(change.number is None for change in (*changes.of(ALIEN), *changes.of(ITSELF)))


def test_power_by_person(looks: tuple[Inventory, Inventory]) -> None:
    """Each change of who can sign says who gains and who loses it; people, where they are known."""
    power = {change.about: change.power for change in compare(*looks)}
    assert power["lowered"] == "Alice alone can now approve and could not before."
    assert power["outer"] == "Alice and Dana together can now approve and could not before."
    assert power["shrunk"] == "Bob alone could approve before and cannot now."
    assert "Erin alone can now approve" in power["Wallet sold"]
    assert power["renamed since"] == ""
    assert "sign day to day before" in power["Treasury, main group"]
    assert "put enough shares together before" in power["Treasury, main group"]


def test_the_frame(looks: tuple[Inventory, Inventory]) -> None:
    """One row a change, the most urgent first, with the ids that other tables have."""
    frame = compare(*looks).frame()
    assert len(frame) == len(KNOWN)
    assert list(frame["origin"].unique()) == [ALIEN, ITSELF, ORDERED]
    assert frame["severity"].iloc[0] == "high"
    wallets = set(frame.loc[frame["kind"] == "wallet", "id"])
    assert wallets <= {each.id for look in looks for each in look.wallets}
    assert frame.attrs["environment"] == "EMULATOR"
    assert frame.loc[frame["about"] == "lowered", "gained"].item() == "approve: Alice"


def test_what_was_not_looked_at_is_no_change(looks: tuple[Inventory, Inventory]) -> None:
    """Through fewer clients less is seen: that is no change, in either direction, and it is said."""
    world = World()
    whole = world.look()
    half = collect(world.custody, people=world.people, progress=False)
    for before, after in ((whole, half), (half, whole)):
        changes = compare(before, after)
        assert len(changes) == 0
        kinds = Counter(row.kind for row in changes.not_compared)
        assert kinds == {
            "quorum": len(whole.quorums),
            "wallet": len(whole.wallets),
            "policy": len(whole.policies),
        }
        assert "NOT COMPARED" in changes.text()


UNREAD = [
    ("list_key_share_holder_groups", {"group"}),
    ("list_mpc_vaults", {"vault", "group"}),
    ("list_wallets", {"wallet", "quorum", "policy", "Cobo wallet"}),
    ("get_policy", {"policy"}),
    ("get_key_quorum", {"quorum"}),
    ("get_api_key_info", {"API key"}),
    ("list_cobo_key_holders", {"Cobo’s node"}),
]


@pytest.mark.parametrize(("operation", "kinds"), UNREAD, ids=[row[0] for row in UNREAD])
def test_what_could_not_be_read_is_no_change(operation: str, kinds: set[str]) -> None:
    """A list that failed in one look makes nothing appear or disappear, nor what stands in it."""
    world = World()
    whole = world.look()
    world.emulator.inject(Fault("status-before", operation=operation, times=500))
    half = world.look()
    assert len(half.unseen) > len(whole.unseen)
    for before, after in ((whole, half), (half, whole)):
        changes = compare(before, after)
        assert [line(change) for change in changes] == []
        assert {row.kind for row in changes.not_compared} == kinds


def test_a_quorum_that_nothing_names_is_not_gone() -> None:
    """Privy has no list of quorums: one that is no longer asked for may be there."""
    world = World()
    before = world.look()
    changes = compare(before, collect(world.custody, world.app, people=world.people))
    assert len(changes) == 0
    assert "gone" in {row.about for row in changes.not_compared}
    assert "nothing names it" in changes.not_compared[0].why


def test_made_otherwise_than_ordered() -> None:
    """Where something that we made is changed before the next look, that part is not ours."""
    world = World()
    before = world.look()
    request = privy.CreateKeyQuorumRequest(
        display_name="fresh", authorization_threshold=2, public_keys=[KEYS["Dana"].public, KEYS["Bob"].public]
    )  # fmt: skip
    made = world.app.send(privy.create_key_quorum(request))
    quorums = world.emulator.privy.quorums
    quorums[made.id] = replace(quorums[made.id], authorization_threshold=1)
    changes = compare(before, world.look())
    assert [(change.origin, change.field) for change in changes] == [
        (ALIEN, "threshold"),
        (ORDERED, "made"),
    ]
    assert "otherwise than ordered" in changes.changes[0].sentence


def test_an_order_is_for_exactly_what_it_said() -> None:
    """We ordered one threshold, another one stands there: not ordered here."""
    world = World()
    before = world.look()
    update = privy.UpdateKeyQuorumRequest(authorization_threshold=3)
    app, quorum_id = world.app, world.quorums["lowered"]
    app.send(privy.update_key_quorum(quorum_id, update), signers=[KEYS["Alice"], KEYS["Bob"]])
    world.edit_quorum("lowered", authorization_threshold=1)
    (change, nested) = compare(before, world.look())
    assert {change.origin, nested.origin} == {ALIEN}


def test_an_ended_key() -> None:
    """A key whose end has passed between two looks has ended by itself."""
    info = cobo.ApiKeyInfo(
        name="bot", curve_type="ED25519", key="ab", created_timestamp=1, updated_timestamp=1,
        expired_timestamp=50,
    )  # fmt: skip
    before, after = (Inventory(at, at, api_keys=(info,)) for at in (10, 60))
    (change,) = compare(before, after)
    assert line(change)[0::3] == (ITSELF, "has ended")
    assert len(compare(after, after)) == 0


def test_every_field_is_told() -> None:
    """A field that no sentence is made for is named all the same."""
    then, now = (
        privy.Wallet(id="w", address=address, chain_type="ethereum", created_at=1, owner_id="q")
        for address in ("a", "b")
    )
    (change,) = compare(Inventory(0, 0, wallets=(then,)), Inventory(0, 0, wallets=(now,)))
    assert (change.field, change.before, change.after) == ("address", "a", "b")


def test_two_things() -> None:
    """Two groups, two key quorums and two quorums are compared as one thing at two moments."""
    emulator = Emulator.seeded()
    groups = emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id)).data
    main = next(group for group in groups if group.type == "MainGroup")
    fields = {change.field for change in compare(main, replace(main, threshold=3))}
    assert fields == {"threshold"}
    keys = [privy.AuthorizationKey(KEYS[name].public.to_base64()) for name in ("Alice", "Bob")]
    then, now = (
        privy.KeyQuorum(id=f"q{k}", authorization_keys=keys, authorization_threshold=k)
        for k in (2, 1)
    )
    (change,) = compare(then, now)
    assert change.severity == "high"
    (change,) = compare(Quorum(2, ["a", "b"]), Quorum(1, ["a", "b"]))
    assert change.power == "a alone can now approve and could not before."
    assert len(compare(Quorum(2, ["a", "b"]), Quorum(2, ["a", "b"]))) == 0


@pytest.mark.parametrize("pair", [(1, 2), (Quorum(1, ["a"]), "x"), (Inventory(0, 0), None)])
def test_only_two_of_a_kind(pair: tuple[Any, Any]) -> None:
    """Anything else is refused by its type."""
    with pytest.raises(InputError, match="compare takes two looks"):
        compare(*pair)


# ---- exit codes ----------------------------------------------------------------------------------


def test_exit_codes(looks: tuple[Inventory, Inventory], tmp_path: Path) -> None:
    """0 nothing changed, 3 nothing looked at, 4 only what was ordered, 14 for the worst that was not, 2 for a wrong folder."""
    world = World()
    folders = [look.save(tmp_path / name) for name, look in zip("ab", looks, strict=True)]
    quiet = world.look()
    ordered(world)
    folders += [quiet.save(tmp_path / "c"), world.look().save(tmp_path / "d")]
    folders += [Inventory(0, 0).save(tmp_path / "e")]
    a, b, c, d, nothing = map(str, folders)
    cases = [
        ([a, a], 0), ([a, b], 14), ([c, d], 4), ([nothing, nothing], 3), ([a, str(tmp_path / "no")], 2),
        ([c, d, "--fail-on", "note"], 0), ([a, b, "--fail-on", "high"], 14),
    ]  # fmt: skip
    codes = [CliRunner().invoke(main, ["compare", *arguments]).exit_code for arguments, _ in cases]
    assert codes == [code for _, code in cases]


def test_nothing_runs_and_nothing_hides(looks: tuple[Inventory, Inventory]) -> None:
    """A name with controls or markup is written out in the terminal and inert on the card."""
    world = World()
    before = world.look()
    world.edit_quorum("renamed", display_name="<img src=x onerror=1>\n  HIGH    forged\u202e")
    changes = compare(before, world.look())
    assert not hidden_at(changes.text().replace("\n", ""))
    assert sum(text.lstrip().startswith("HIGH") for text in changes.text().splitlines()) == 0
    inert(changes._repr_html_())
    inert(compare(*looks)._repr_html_())


def test_many_alike_are_told_as_one() -> None:
    """Many changes of one sentence take one line in a text, with how many they are; the frame has all."""
    world = World()
    before = world.look()
    for number in range(7):
        world.wallet(f"bare {number}", None)
    changes = compare(before, world.look())
    assert len(changes.frame()) == 7
    (told,) = [text for text in changes.text().splitlines() if "each was made" in text]
    assert "and 6 more" in told
