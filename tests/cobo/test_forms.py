"""Cobo's forms: what their sentences claim, what they send, and where they wait; without a browser."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import re
from html import unescape
from random import Random
from typing import Any

import msgspec
import pytest

from tests.emulated import changes, holding, last_change, received
from tests.inside import switch, switched_in
from tests.samples import node_id
from tests.screen import fill, group_form, until
from toolkit import Emulator, cobo
from toolkit.base.html import render
from toolkit.cobo.access import AREAS, CAPABILITIES, Place, in_vault, matrix, reach, together
from toolkit.cobo.forms import GroupFields, TssForm
from toolkit.cobo.forms.api_key import api_key_card, days_left
from toolkit.cobo.forms.group import meaning, result_card
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.cobo.forms.tss import progress_card
from toolkit.cobo.frames import holder_rows
from toolkit.cobo.models import TSS_REQUEST_STATUSES
from toolkit.cobo.seats import gate_of, seats_of, title_of
from toolkit.cobo.tss import FAILED, TssFields, sources_for, tss_advice, types_for
from toolkit.emulator import Fault
from toolkit.emulator.tss import EXPIRE_MS
from toolkit.errors import InputError, NotFound, RequestRefused

KINDS = ("MainGroup", "SigningGroup", "RecoveryGroup")
SCHEMES = ((2, 2), (2, 3), (3, 3))
DAY_MS = 86_400_000
NOW = 1_800_000_000_000


def plain(text: Any) -> str:
    """A sentence as it is read."""
    return unescape(re.sub(r"<[^>]*>", "", str(text)))


def seat(name: str | None, node: str | None, signer: bool | None = None, kind: str = "API") -> Any:
    return cobo.CreateKeyShareHolder(name=name, type=kind, tss_node_id=node, signer=signer)


def group_fields(
    emulator: Emulator, kind: str = "MainGroup", scheme: Any = (2, 3), **more: Any
) -> GroupFields:
    """Fields that nothing is wrong with."""
    with_cobo = kind != "RecoveryGroup"
    names = ("Alice", "Bob", "Carol")[: scheme[1] - with_cobo]
    holders = [
        seat(name, node, at < scheme[0] - 1 if with_cobo else None)
        for at, (name, node) in enumerate(zip(names, emulator.spare_nodes, strict=False))
    ]
    whole = {"vault_id": emulator.vault_id, "holders": tuple(holders)} | more
    return GroupFields(type=kind, threshold=scheme[0], participants=scheme[1], **whole)


# ---- the group form: fields ----------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "scheme"), list(itertools.product(KINDS, SCHEMES)))
def test_fill(emulator: Emulator, kind: str, scheme: Any) -> None:
    """What is filled in is what the fields say, the request holds and, sent, the emulator makes."""
    form = group_form(emulator)
    fields = group_fields(emulator, kind, scheme)
    form.fill(fields)
    assert form.fields == fields
    assert form.request == fields.request()
    ends_another = ["cobo.second-main-group"] if kind == "MainGroup" else []
    assert [problem.rule for problem in form.problems] == ends_another
    form.acknowledge = set(ends_another)
    form.refresh()
    assert "Ready" in form.status.value
    made = form.submit()
    assert (made.type, made.threshold, made.participants) == (kind, *scheme)
    own = [holder for holder in made.key_share_holders if holder.type != "Cobo"]
    assert [(h.name, h.tss_node_id) for h in own] == [
        (h.name, h.tss_node_id) for h in fields.holders
    ]
    assert (
        "A draft" not in form.card.value
    )  # the vault has it by now, and the fields are no next one


REFUSED_FILLS = [
    ("too few holders", {"holders": ()}, "holders: 2 seats"),
    ("another vault", {"vault_id": "nowhere"}, "vault_id: nowhere"),
    ("another type", {"type": "Committee"}, "type: Committee"),
    (
        "another scheme",
        {"threshold": 5, "participants": 7},
        r"threshold and participants: \(5, 7\)",
    ),
    (
        "Cobo’s own holder",
        {"holders": (seat("A", "n1", True), seat("B", "n2", False, "Cobo"))},
        "holders: type: Cobo",
    ),
]


@pytest.mark.parametrize(
    ("more", "said"), [case[1:] for case in REFUSED_FILLS], ids=[case[0] for case in REFUSED_FILLS]
)
def test_fill_refuses_what_nobody_could_choose(
    emulator: Emulator, more: dict[str, Any], said: str
) -> None:
    """What the form does not offer is refused by name, and no field has changed."""
    form = group_form(emulator)
    form.fill(group_fields(emulator))
    before = form.fields
    with pytest.raises(InputError, match=said) as refused:
        form.fill(dataclasses.replace(before, **more))
    assert refused.value.hint
    assert form.fields == before


def test_groups_that_cannot_be_read(emulator: Emulator) -> None:
    """Where the vault’s groups cannot be read the form says so, works on, and reads them when the vault is chosen again."""
    emulator.inject(
        *[
            Fault("status-before", operation="list_key_share_holder_groups", status=503)
            for _ in range(9)
        ]
    )
    form = group_form(emulator)
    emulator.inject()
    fill(form, emulator)
    assert "already could not be read" in form.notices.value
    assert "HTTP 503" in form.notices.value
    assert form.problems == ()
    other = next(value for _, value in form.vault.options if value != form.vault.value)
    form.vault.value = other
    assert "could not be read" not in form.notices.value  # of this vault they could, by now
    form.vault.value = emulator.vault_id
    assert "could not be read" not in form.notices.value
    form.rows[0].fields["tss_node_id"].value = seated_node(emulator)
    assert [problem.rule for problem in form.problems] == ["cobo.node-in-vault"]


def test_groups_that_cannot_be_read_at_first(emulator: Emulator) -> None:
    """What a second reading brings is no longer called unread."""
    emulator.inject(
        *[
            Fault("status-before", operation="list_key_share_holder_groups", status=503)
            for _ in range(3)
        ]
    )
    form = group_form(emulator)
    assert form.type.value == "SigningGroup"  # the vault’s Valid main group was seen by then
    fill(form, emulator)
    assert "could not be read" not in form.notices.value
    form.rows[0].fields["tss_node_id"].value = seated_node(emulator)
    assert [problem.rule for problem in form.problems] == ["cobo.node-in-vault"]


def seated_node(emulator: Emulator) -> str:
    group = next(iter(emulator.cobo.state.groups[emulator.vault_id].values()))
    return (
        next(
            holder.tss_node_id for holder in group.key_share_holders or () if holder.type != "Cobo"
        )
        or ""
    )


def test_a_node_that_holds_a_share_already(emulator: Emulator) -> None:
    """A warning beside that seat, which can be acknowledged; the emulator then says what it does about it."""
    form = group_form(Emulator.seeded(choices={"cobo.node_in_two_groups": "accepted"}))
    fill(form, emulator)
    form.rows[1].fields["tss_node_id"].value = f" {seated_node(emulator)} "
    (problem,) = form.problems
    assert (problem.rule, problem.field, problem.blocks) == (
        "cobo.node-in-vault", "key_share_holders[1].tss_node_id", False,
    )  # fmt: skip
    assert "this vault’s main group already" in form.rows[1].under.value
    with pytest.raises(RequestRefused, match=r"cobo\.node-in-vault"):
        form.submit()
    form.accept.value = True
    assert form.submit().status == "New"


def test_another_vault_is_read_anew(emulator: Emulator) -> None:
    """The warning follows the vault; each one’s groups are read once, until the person wants them read again."""
    form = group_form(emulator)
    fill(form, emulator)
    form.rows[0].fields["tss_node_id"].value = seated_node(emulator)
    assert [problem.rule for problem in form.problems] == ["cobo.node-in-vault"]
    other = next(value for _, value in form.vault.options if value != form.vault.value)
    emulator.ledger.clear()
    form.vault.value = other
    assert form.problems == ()
    form.vault.value = emulator.vault_id
    assert [problem.rule for problem in form.problems] == ["cobo.node-in-vault"]
    assert len(emulator.ledger) == 0
    (groups,) = [
        groups for vault, groups in emulator.cobo.state.groups.items() if vault == emulator.vault_id
    ]
    groups.clear()
    form.reread.click()
    assert form.problems == ()
    reads = [entry.operation for entry in emulator.ledger]
    vaults = ["list_mpc_vaults", "list_mpc_projects", "list_mpc_vaults"]
    assert reads == [*vaults, *["list_key_share_holder_groups"] * 3]


def test_cobos_share_of_a_recovery_group(emulator: Emulator) -> None:
    """Cobo's pages disagree on its share of a recovery group: a person says which it is, seats and
    meaning follow, the warning names both, and the emulator takes it by a choice.
    """
    switch(emulator, {"cobo.recovery_cobo_share": "either"})
    form = cobo.forms.create_key_share_holder_group(emulator.cobo_client())
    form.type.value, form.scheme.value = "RecoveryGroup", (2, 3)
    assert len(form.rows) == 3
    form.cobo_share.value = True
    assert len(form.rows) == 2
    for row, node in zip(form.rows, emulator.spare_nodes[:2], strict=True):
        row.fields["name"].value, row.fields["tss_node_id"].value = f"Seat of {node[-4:]}", node
    shares = form.fields.powers().shares
    assert shares is not None
    assert (shares.threshold, len(shares.members), "Cobo" in shares.ids) == (2, 3, True)
    assert form.fields.first_seat == 2
    (problem,) = form.problems
    assert problem.rule == "cobo.holder-count"
    assert "pages disagree" in problem.sentence
    assert "to rebuild a main group" in form.card.value
    form.acknowledge = {"cobo.holder-count"}
    form.submit()
    assert [holder.type for holder in form.result.key_share_holders] == ["Cobo", "API", "API"]


def test_a_source_with_too_few_shares(emulator: Emulator) -> None:
    """The form says that fewer shares of the source are there than are needed; not where enough are."""
    groups = list(emulator.cobo.state.groups[emulator.vault_id].values())
    main, recovery = groups[0], groups[1]
    new = msgspec.structs.replace(main, status="New")
    for source, kind, few in ((main, "KeyGenFromKeyGroup", False), (recovery, "Recovery", True)):
        told = [each.sentence for each in tss_advice(TssFields(new, kind, source))]
        (sentence,) = [each for each in told if "source group not online" in each]
        assert ("Only 1 of the 2 shares that are needed is there" in sentence) is few


def test_a_vault_that_users_control(emulator: Emulator) -> None:
    """The form offers such a vault by its type; there a node may stand in two groups. Where the
    projects cannot be read, the other vaults are there all the same, and it is said.
    """
    form = cobo.forms.create_key_share_holder_group(
        emulator.cobo_client(), nodes=emulator.spare_nodes
    )
    labels = [label for label, _ in form.vault.options]
    assert [label.partition("·")[2].strip() for label in labels] == [
        "Org-Controlled",
        "Org-Controlled",
        "User-Controlled",
    ]
    form.vault.value = form.vault.options[2][1]
    form.type.value, form.scheme.value = "MainGroup", (2, 2)
    form.rows[0].fields["name"].value = "App server"
    form.rows[0].fields["tss_node_id"].value = emulator.spare_nodes[0]
    form.rows[0].fields["signer"].value = True
    form.submit()
    assert form.result.status == "New"
    form.type.value = "SigningGroup"
    assert "cobo.node-in-vault" not in {problem.rule for problem in form.problems}
    emulator.inject(Fault("status-before", operation="list_mpc_projects", status=500, times=5))
    partly = cobo.forms.create_key_share_holder_group(emulator.cobo_client())
    assert len(partly.vault.options) == 2
    assert "Some vaults could not be read" in partly.notices.value


def test_a_tick_is_for_what_it_was_made_for(emulator: Emulator) -> None:
    """The same warning for another reason takes the tick away: a tick covers what was there to read."""
    form = group_form(emulator)
    fill(form, emulator)
    form.scheme.value = (3, 3)
    form.rows[0].fields["signer"].value = False
    form.accept.value = True
    assert not form.blocking
    form.rows[1].fields["signer"].value = True  # marked are not 0 any more, but not 2 either
    assert form.accept.value is False
    assert form.blocking


# ---- the group form: what it means ------------------------------------------------------------------------


def test_two_powers_are_never_mixed(emulator: Emulator) -> None:
    """2,000 generated groups: a sentence about shares never speaks of signing, and a recovery group signs nothing."""
    random, nodes = Random(1), [f"node{number}" for number in range(5)]
    names = ["Alice", "Bob", "Carol", "Dr. <b> Who", "", None]
    for _ in range(2_000):
        kind, (k, n) = random.choice(KINDS), random.choice(SCHEMES)
        seats = tuple(
            seat(random.choice(names), random.choice(nodes), random.choice([True, False, None]))
            for _ in range(n - (kind != "RecoveryGroup"))
        )
        fields = GroupFields("v", kind, k, n, seats)
        for draft in (False, True):
            facts = meaning(fields, draft)
            sentences = [plain(sentence) for sentence in facts["sentences"]]
            advice = [plain(text) for _, text in facts["advice"]]
            about_shares = [sentence for sentence in sentences if sentence.startswith("Shares:")]
            assert len(about_shares) == 1
            assert not any("sign" in sentence.lower() for sentence in about_shares)
            if kind == "RecoveryGroup":
                assert sentences[1:] == ["This group signs no transaction."]
                assert not any(
                    word in text.lower() for text in advice for word in ("signs", "signing")
                )
                assert not any(
                    "signs" in seat["word"]
                    for seat in facts["p"]["seats"]
                    if seat["name"] in names[:4]
                )
            else:
                assert sentences[0].startswith("Signing, day to day:")
                assert not any(
                    "share" in sentence for sentence in sentences[:1] if "unknown" not in sentence
                )
            assert "<b> Who" not in render("meaning.html", **facts)
            assert len(facts["p"]["seats"]) == n
            assert any(text.startswith("A draft:") for text in advice) is draft


SIGNERS = [
    ("one of two signs", "MainGroup", (2, 3), (True, False), "Cobo and A together."),
    ("all sign", "MainGroup", (3, 3), (True, True), "Cobo, A and B together."),
    (
        "nobody is marked",
        "SigningGroup",
        (2, 3),
        (False, False),
        "Signing, day to day: who signs is unknown: 1 signer is designated",
    ),
    (
        "too many are marked",
        "MainGroup",
        (2, 3),
        (True, True),
        "Signing, day to day: who signs is unknown: 3 signers are designated",
    ),
    ("2 of 2", "MainGroup", (2, 2), (True,), "Cobo and A together."),
]


@pytest.mark.parametrize(
    ("kind", "scheme", "marks", "said"),
    [case[1:] for case in SIGNERS],
    ids=[case[0] for case in SIGNERS],
)
def test_who_signs(kind: str, scheme: Any, marks: tuple[bool, ...], said: str) -> None:
    """Who signs day to day is told by name, or it is unknown and said why."""
    seats = tuple(seat("AB"[at], f"n{at}", mark) for at, mark in enumerate(marks))
    facts = meaning(GroupFields("v", kind, *scheme, seats), draft=False)
    assert said in plain(facts["sentences"][0])


def test_who_holds_two_seats_is_named() -> None:
    """One person in two seats, by name or by node, is named with both, and whether they hold the key alone."""
    two = (seat("Alice", "n1", True), seat("Alice", "n2", False))
    advice = [
        plain(text)
        for _, text in meaning(GroupFields("v", "MainGroup", 2, 3, two), False)["advice"]
    ]
    assert "Alice has 2 of 3 shares: alone enough for the key." in advice
    three = (seat("Alice", "n1"), seat("Bob", "n2"), seat("Alice", "n3"))
    advice = [
        plain(text)
        for _, text in meaning(GroupFields("v", "RecoveryGroup", 3, 3, three), False)["advice"]
    ]
    assert "Alice has 2 of 3 shares." in advice
    node = (seat("Alice", "n1", True), seat("Bob", "n1", False))
    advice = [
        plain(text)
        for _, text in meaning(GroupFields("v", "MainGroup", 2, 3, node), False)["advice"]
    ]
    assert any("Alice, Bob has 2 of 3 shares" in text for text in advice)


def test_losses_by_hand() -> None:
    """Which losses the sentences name, scheme by scheme, checked against counting."""
    for (k, n), kind in itertools.product(SCHEMES, KINDS):
        count = n - (kind != "RecoveryGroup")
        seats = tuple(seat("ABC"[at], f"n{at}", at < k - 1) for at in range(count))
        sentences = " ".join(
            plain(s) for s in meaning(GroupFields("v", kind, k, n, seats), False)["sentences"]
        )
        assert ("one may be lost" in sentences) is (n - k == 1)
        assert ("losing any one of them ends it" in sentences) is (n == k)
        if kind != "RecoveryGroup":
            assert ("enough without Cobo" in sentences) is (n - 1 >= k)
            assert ("Cobo’s share is always needed" in sentences) is (n - 1 < k)


def test_result_cards_of_odd_answers() -> None:
    """What Cobo leaves out is “not said”, never None; an unknown type is shown as it is."""
    bare = cobo.KeyShareHolderGroup(key_share_holder_group_id="g")
    card = plain(result_card(bare, "a vault"))
    assert "None of None" not in card
    assert "all None" not in card
    assert card.count("not said") >= 3
    assert gate_of(bare) == "how many shares is not said"
    assert (title_of("Committee"), title_of(None)) == ("Committee", "Group")
    holders = [
        cobo.KeyShareHolder(), cobo.KeyShareHolder(name="<i>", type="Cobo"), cobo.KeyShareHolder(name="A", signer=True)
    ]  # fmt: skip
    main = cobo.KeyShareHolderGroup(
        type="MainGroup", key_share_holders=holders, threshold=2, participants=3
    )
    assert [(s.state, s.word) for s in seats_of(main)] == [
        ("standby", "signs? not said"),
        ("signs", "marked"),
        ("signs", "marked"),
    ]
    recovery = msgspec.structs.replace(main, type="RecoveryGroup")
    assert {s.word for s in seats_of(recovery)} == {"rebuilds"}
    assert "<i>" not in result_card(main, "<i>")
    assert [row[3] for row in holder_rows(main, "x").rows] == ["not said", "not said", "yes"]


def test_how_a_request_is_spelled(emulator: Emulator) -> None:
    """The steps hold the whole message in five parts, and never a signature."""
    form = group_form(emulator)
    fill(form, emulator)
    form.rows[0].fields["name"].value = "A|B|C"
    text, digest, signature = SPELLING.steps(form.prepared)
    assert "".join(part for _, part in text.parts) == form.prepared.message
    assert [name for name, _ in text.parts] == ["method", "path", "nonce", "query", "body"]
    assert text.parts[-1][1] == form.prepared.body.decode()
    assert len(digest.text) == 64
    assert "none exists before" in signature.text


# ---- the keys: a TSS request --------------------------------------------------------------------------------


@pytest.fixture
def fresh() -> Emulator:
    """A vault without any group."""
    return Emulator.seeded("empty")


def node(emulator: Emulator, name: str, online: bool = True) -> str:
    whole = node_id(name)
    emulator.cobo.state.nodes[whole] = cobo.KeyShareHolder(
        tss_node_id=whole, online=online, status="Valid"
    )
    return whole


def made_group(
    emulator: Emulator, kind: str = "MainGroup", scheme: Any = (2, 2), online: bool = True
) -> Any:
    count = len(emulator.cobo.state.nodes)
    names = [f"node{count + at}" for at in range(scheme[1] - (kind != "RecoveryGroup"))]
    signer = True if kind != "RecoveryGroup" else None
    holders = tuple(seat(f"Holder {name}", node(emulator, name, online), signer) for name in names)
    request = GroupFields("v", kind, *scheme, holders).request()
    call = cobo.create_key_share_holder_group(emulator.vault_id, request)
    rules = {"cobo.signer-count"}
    return emulator.cobo_client().send(call, acknowledge=rules)


def tss_form(emulator: Emulator, group: Any) -> TssForm:
    return cobo.forms.create_tss_request(emulator.cobo_client(), emulator.vault_id, group)


def test_first_keys(fresh: Emulator) -> None:
    """A new vault’s main group: KeyGen, no source, and in the end it is Valid, with its keys on the card."""
    form = tss_form(fresh, made_group(fresh))
    assert [value for _, value in form.type.options] == ["KeyGen"]
    assert form.source.layout.display == "none"
    assert form.problems == ()
    assert "Holder node0" in form.card.value
    made = form.submit()
    assert made.type == "KeyGen"
    assert form.group.status == "Valid"
    assert "The keys are made, and the group is Valid" in form.status.value
    assert "Root public key" in form.after.card.value
    assert form.look.layout.display == "none"
    assert form.submit() is made
    assert changes(fresh).count("create_tss_request") == 1


def test_by_id(fresh: Emulator) -> None:
    """A group may be named by its id; one that is not in the vault is refused by name; so is an unknown vault."""
    group = made_group(fresh)
    assert (
        tss_form(fresh, group.key_share_holder_group_id).group.key_share_holder_group_id
        == group.key_share_holder_group_id
    )
    with pytest.raises(InputError, match="group: nowhere is not in vault") as refused:
        tss_form(fresh, "nowhere")
    assert "list_key_share_holder_groups" in refused.value.hint
    with pytest.raises(NotFound):
        cobo.forms.create_tss_request(fresh.cobo_client(), "nowhere", group)


def test_no_valid_main_group(fresh: Emulator) -> None:
    """Without a Valid main group there is nothing to make shares from: blocked, with a sentence."""
    form = tss_form(fresh, made_group(fresh, "SigningGroup"))
    assert [value for _, value in form.type.options] == ["KeyGenFromKeyGroup"]
    form.send_button.click()
    assert "The vault has no Valid MainGroup" in form.notices.value
    with pytest.raises(RequestRefused, match=r"form\.no-source"):
        form.submit()
    assert changes(fresh) == ["create_key_share_holder_group"]


def test_from_the_main_group(fresh: Emulator) -> None:
    """With a Valid main group it is the source, and the signing group becomes Valid."""
    main = tss_form(fresh, made_group(fresh))
    main.submit()
    made_group(fresh)  # a New one is no source
    form = tss_form(fresh, made_group(fresh, "SigningGroup"))
    assert len(form.source.options) == 1
    assert (
        form.request.source_key_share_holder_group.key_share_holder_group_id
        == main.group.key_share_holder_group_id
    )
    assert "Shares: 2 of the 2 shares of the source group" in plain(form.card.value)
    form.description.value = "For the auditors"
    assert form.submit().description == "For the auditors"
    assert form.group.status == "Valid"


def test_recovery(fresh: Emulator) -> None:
    """A recovery is offered where a Valid recovery group exists, and rebuilds the main group."""
    tss_form(fresh, made_group(fresh)).submit()
    recovery = tss_form(fresh, made_group(fresh, "RecoveryGroup"))
    assert [value for _, value in tss_form(fresh, made_group(fresh)).type.options] == ["KeyGen"]
    recovery.submit()
    form = tss_form(fresh, made_group(fresh))
    assert [value for _, value in form.type.options] == ["Recovery", "KeyGen"]
    assert form.type.value == "KeyGen"  # what ends another group is not preselected
    assert form.request.source_key_share_holder_group is None
    assert "first keys are probably refused" in plain(form.card.value)
    form.type.value = "Recovery"
    assert form.source.layout.display is None
    assert form.source.value.type == "RecoveryGroup"
    assert "the main group that the vault has now is deleted" in plain(form.notices.value)
    assert 'role="alert"' in form.notices.value  # drawn in red, and yet it may be acknowledged
    with pytest.raises(RequestRefused, match=r"cobo\.recovery-deletes"):
        form.submit()
    form.acknowledge = {"cobo.recovery-deletes"}
    made = form.submit()
    assert (
        made.source_key_share_holder_group.key_share_holder_group_id
        == recovery.group.key_share_holder_group_id
    )
    assert form.group.status == "Valid"


TARGETS = [
    ("MainGroup", [], ["KeyGen"]),
    ("MainGroup", [("RecoveryGroup", "New")], ["KeyGen"]),
    ("MainGroup", [("RecoveryGroup", "Valid")], ["KeyGen", "Recovery"]),
    ("MainGroup", [("MainGroup", "Valid"), ("RecoveryGroup", "Unavailable")], ["KeyGen"]),
    ("SigningGroup", [("RecoveryGroup", "Valid")], ["KeyGenFromKeyGroup"]),
    ("RecoveryGroup", [], ["KeyGenFromKeyGroup"]),
]


@pytest.mark.parametrize(("target", "there", "offered"), TARGETS)
def test_what_suits_a_target(target: str, there: list[tuple[str, str]], offered: list[str]) -> None:
    """Which types are offered follows from the target and what can give shares; a first key has no source."""
    groups = [cobo.KeyShareHolderGroup(type=kind, status=status) for kind, status in there]
    assert types_for(cobo.KeyShareHolderGroup(type=target), groups) == offered
    assert (
        sources_for("KeyGen", [*groups, cobo.KeyShareHolderGroup(type=None, status="Valid")]) == []
    )


def test_an_absent_holder(fresh: Emulator) -> None:
    """A holder who is not there is named first; the request waits and says so, until they come and it is looked again."""
    group = made_group(fresh, online=False)
    form = tss_form(fresh, group)
    assert "Not online now: Holder node0" in plain(form.card.value)
    form.submit()
    assert "still waits for its holders" in form.status.value
    assert form.group.status == "New"
    assert form.look.layout.display is None
    form.look.click()
    assert "still waits for its holders" in form.status.value
    fresh.set_holder(node_id("node0"), "online")
    form.look.click()
    assert form.group.status == "Valid"
    assert "The keys are made" in form.status.value
    assert form.look.layout.display == "none"
    assert changes(fresh).count("create_tss_request") == 1


def test_nobody_came_for_a_day(fresh: Emulator) -> None:
    """After a day it has failed, which is said; another request may then be prepared and sent."""
    form = tss_form(fresh, made_group(fresh, online=False))
    form.submit()
    fresh.advance(EXPIRE_MS)
    form.look.click()
    assert "No keys were made" in form.status.value
    assert "It failed" in form.after.card.value
    assert form.group.status == "New"
    fresh.set_holder(node_id("node0"), "online")
    form.again_button.click()
    form.send_button.click()
    assert form.group.status == "Valid"
    assert changes(fresh).count("create_tss_request") == 2


def test_a_group_that_has_its_keys(fresh: Emulator) -> None:
    """For a group that is Valid already the form warns, and the service has the last word."""
    group = made_group(fresh)
    tss_form(fresh, group).submit()
    form = tss_form(fresh, group)
    assert [problem.rule for problem in form.problems] == ["form.group-not-new"]
    form.accept.value = True
    form.send_button.click()
    assert "Refused. Nothing was made." in form.refusal.value


STATUSES = [(status, True) for status in TSS_REQUEST_STATUSES] + [(None, False), ("Paused", False)]


@pytest.mark.parametrize(("status", "known"), STATUSES)
@pytest.mark.parametrize("group_status", ["New", "Valid", None])
def test_a_status_is_never_called_what_it_is_not(
    status: str | None, known: bool, group_status: str | None
) -> None:
    """Failed is said of what failed and of nothing else: a status that nobody knows is unknown."""
    request = cobo.TSSRequest(tss_request_id="1", type="KeyGen", status=status)
    card = plain(
        progress_card(request, cobo.KeyShareHolderGroup(type="MainGroup", status=group_status))
    )
    assert ("It failed" in card) is (status in FAILED)
    assert ("is not known here" in card) is not known
    assert "None of" not in card


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("Success", "Look again in a while"),
        ("Paused", "Look again in a while"),
        ("KeyGeneratingFailed", "No keys were made"),
    ],
)
def test_the_end_is_told_as_it_is(
    fresh: Emulator, status: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Success while the group still says New, or a status that nobody knows, is no failure."""
    form = tss_form(fresh, made_group(fresh))
    monkeypatch.setattr(fresh.cobo.tss, "progress", lambda: None)
    create = fresh.cobo.handlers["create_tss_request"]

    def odd(*arguments: Any, **ids: Any) -> Any:
        made = create(*arguments, **ids)
        running = fresh.cobo.tss.requests[made.tss_request_id]
        running.request = msgspec.structs.replace(made, status=status)
        return made

    monkeypatch.setitem(fresh.cobo.handlers, "create_tss_request", odd)
    form.submit()
    assert said in form.status.value
    assert (form.look.layout.display is None) is (status not in FAILED)


def test_the_way_is_shown_off_the_loop(fresh: Emulator) -> None:
    """On a loop the form follows the request in a thread; reading that fails can be tried again."""

    async def main() -> None:
        form = tss_form(fresh, made_group(fresh, online=False))
        seen = []
        form.after.card.observe(lambda change: seen.append(plain(change["new"])), "value")
        form.send_button.click()
        await until(lambda: "still waits" in form.status.value)
        assert any("looked at again and again" in text for text in seen)
        fresh.inject(
            *[
                Fault("status-before", operation="get_tss_request_by_id", status=503)
                for _ in range(3)
            ]
        )
        form.look.click()
        assert form._watch is not None
        form.watch_again()  # one look at a time
        await until(lambda: form._watch is None)
        assert "It could not be looked" in form.status.value
        assert form.look.layout.display is None
        fresh.set_holder(node_id("node0"), "online")
        form.look.click()
        await until(lambda: form.group.status == "Valid")

    asyncio.run(main())


def test_keys_of_an_earlier_group_do_not_speak_for_the_next(fresh: Emulator) -> None:
    """A second group is made while the first one’s keys are under way: the card stays the second one’s."""

    async def main() -> None:
        form = cobo.forms.create_key_share_holder_group(fresh.cobo_client())

        async def press(name: str) -> None:
            holder = seat(name, node(fresh, f"node of {name}"), True)
            form.fill(GroupFields(fresh.vault_id, "MainGroup", 2, 2, (holder,)))
            before = form.exchange
            form.send_button.click()
            await until(lambda: form.exchange is not before)

        await press("Alice")
        (first,) = form.next_steps.children
        with holding(fresh) as (arrived, may_answer):
            first.send_button.click()
            await until(arrived.is_set)
            may_answer.set()
            await until(lambda: first.exchange)
        await press("Bob")
        await until(lambda: first.group.status == "Valid")
        assert "Bob" in form.after.card.value
        assert "Alice" not in form.after.card.value

    asyncio.run(main())


def test_a_doubt_about_another_group_is_not_told_here(fresh: Emulator) -> None:
    """A TSS request of an earlier run, for another group, is no news of this one."""
    one, other = made_group(fresh), made_group(fresh)
    client = fresh.cobo_client(window_s=0)
    fresh.inject(Fault("status-before", operation="create_tss_request", status=504, unsigned=True))
    form = cobo.forms.create_tss_request(client, fresh.vault_id, one)
    form.send_button.click()
    assert len(form.doubts.children) == 1
    assert len(tss_form(fresh, one).doubts.children) == 1
    assert tss_form(fresh, other).doubts.children == ()
    assert len(cobo.forms.pending(client).cards) == 1


# ---- what an API key may do ------------------------------------------------------------------------------------


def scoped(name: str, **scopes: Any) -> cobo.RoleScope:
    return cobo.RoleScope(role_name=name, scopes=cobo.Scopes(**scopes))


def key_info(*roles: cobo.RoleScope, **more: Any) -> cobo.ApiKeyInfo:
    return cobo.ApiKeyInfo(
        name="bot", curve_type="ED25519", key="00", created_timestamp=NOW, updated_timestamp=NOW,
        **({"role_scopes": list(roles)} | more),
    )  # fmt: skip


REACHES = [
    ("API_Operator", {}, "mpc_key_group:create", "yes"),
    ("Operator", {}, "mpc_key_group:create", "yes"),
    ("operator", {}, "mpc_key_group:delete", "yes"),
    ("API_Operator", {}, "transaction:withdraw", "no"),
    ("API_Spender", {}, "transaction:withdraw", "yes"),
    ("API_Spender", {"wallet_ids": []}, "transaction:withdraw", "yes"),
    ("API_Spender", {"wallet_ids": None}, "transaction:withdraw", "yes"),
    ("API_Spender", {"wallet_ids": ["w"]}, "transaction:withdraw", "some"),
    ("API_Spender", {"wallet_ids": ["w"]}, "mpc_key_group:read", "yes"),
    ("API_Spender", {"wallet_ids": ["w"]}, "mpc_key_group:create", "no"),
    ("API_Viewer", {}, "wallet:read", "yes"),
    ("API_Viewer", {}, "wallet:create", "no"),
    ("API_Compliance_Officer", {}, "wallet:read", "yes"),
    ("API_Admin", {}, "api_key:edit", "yes"),
    ("Night shift", {}, "wallet:read", "unknown"),
    ("Night shift", {"wallet_ids": ["w"]}, "transaction:withdraw", "unknown"),
    ("API_Night", {}, "mpc_key_group:create", "unknown"),
    ("Admin2", {}, "mpc_key_group:create", "unknown"),
    ("", {}, "wallet:read", "unknown"),
]


@pytest.mark.parametrize(("role", "scopes", "permission", "state"), REACHES)
def test_reach(role: str, scopes: dict[str, Any], permission: str, state: str) -> None:
    """A preset’s verbs, with or without API_; in listed wallets only; and unknown for a role of one’s own."""
    assert reach(scoped(role, **scopes), permission) == state


def test_together() -> None:
    """The widest of what is known; unknown where nothing known gives it; no where nothing does."""
    rank = ["no", "unknown", "some", "yes"]
    for size in range(4):
        for cells in itertools.product(rank, repeat=size):
            assert together(cells) == max(cells, key=rank.index, default="no")


def test_matrix() -> None:
    """A row a role, a cell a verb of each area; the last row is all of them together, where there are several."""
    assert matrix(key_info()) == []
    one = matrix(key_info(scoped("API_Operator")))
    assert [name for name, _ in one] == ["API_Operator"]
    assert [len(cells) for cells in one[0][1]] == [len(verbs) for _, verbs in AREAS.values()]
    info = key_info(scoped("API_Operator"), scoped("API_Spender", wallet_ids=["w"]), scoped("Mine"))
    rows = dict(matrix(info))
    assert list(rows) == ["API_Operator", "API_Spender", "Mine", "This key, in all"]
    assert {cell for area in rows["Mine"] for cell in area} == {"unknown"}
    areas = list(AREAS)
    whole = rows["This key, in all"]
    assert whole[areas.index("mpc_key_group")] == ["yes"] * 4
    assert whole[areas.index("transaction")][:2] == ["yes", "some"]
    assert whole[areas.index("api_key")] == ["yes", "unknown"]


def test_a_role_of_ones_own_is_never_yes() -> None:
    """500 keys with made-up roles: nothing is claimed of them, in any cell."""
    random = Random(2)
    letters = "abcdeADMIN_ "
    for _ in range(500):
        name = "Z" + "".join(random.choices(letters, k=random.randint(0, 12)))
        info = key_info(scoped(name, vault_ids=random.choice([None, [], ["v"]])))
        assert {cell for _, areas in matrix(info) for area in areas for cell in area} == {"unknown"}
        assert {each.verdict for each in in_vault(info, Place("v"), NOW)} == {"Unknown"}


VERDICTS: list[tuple[str, list[cobo.RoleScope], dict[str, tuple[str, str]]]] = [
    ("no role", [], {"Withdraw": ("Cannot", "Cobo names no role of this key")}),
    ("other subtypes", [scoped("API_Admin", wallet_subtypes=["User-Controlled"])], {"Withdraw": ("Unknown", "API_Admin: documented nowhere")}),
    ("a project", [scoped("API_Admin", project_ids=["p"])], {"Withdraw": ("Unknown", "API_Admin: documented nowhere")}),
    ("a new wallet, under a list", [scoped("API_Admin", wallet_ids=["w"])], {"Create wallets": ("Unknown", "API_Admin: documented nowhere")}),
    ("a spender", [scoped("API_Spender")], {"Withdraw": ("Can", "API_Spender"), "Stake": ("Cannot", "no role of this key")}),
    ("another vault", [scoped("API_Admin", vault_ids=["other"])], {"Withdraw": ("Cannot", "no role reaches this vault")}),
    ("this vault", [scoped("API_Admin", vault_ids=["v", "other"])], {"Withdraw": ("Can", "API_Admin")}),
    ("empty lists", [scoped("API_Admin", vault_ids=[], wallet_types=[])], {"Stake": ("Can", "API_Admin")}),
    ("null lists", [scoped("API_Admin", vault_ids=None, wallet_types=None)], {"Stake": ("Can", "API_Admin")}),
    ("no MPC wallets", [scoped("API_Admin", wallet_types=["Custodial"])], {"Create wallets": ("Cannot", "no role reaches this vault")}),
    ("MPC among others", [scoped("API_Admin", wallet_types=["Custodial", "MPC"])], {"Create wallets": ("Can", "API_Admin")}),
    ("a role of one’s own", [scoped("Mine")], {"Withdraw": ("Unknown", "Mine: documented nowhere")}),
    (
        "its own elsewhere",
        [scoped("Mine", vault_ids=["other"]), scoped("API_Viewer")],
        {"Withdraw": ("Cannot", "no role of this key")},
    ),
    ("known beats unknown", [scoped("Mine"), scoped("API_Spender")], {"Withdraw": ("Can", "API_Spender")}),
    (
        "one role with two scopes",
        [scoped("API_Spender"), scoped("API_Spender", wallet_ids=["w"])],
        {"Withdraw": ("Can", "API_Spender")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "wanted"), [case[1:] for case in VERDICTS], ids=[case[0] for case in VERDICTS]
)
def test_in_a_vault(roles: list[cobo.RoleScope], wanted: dict[str, tuple[str, str]]) -> None:
    """What a key can and cannot do in one vault, and by which role."""
    found = {
        each.what: (each.verdict, each.why) for each in in_vault(key_info(*roles), Place("v"), NOW)
    }
    assert len(found) == len(CAPABILITIES)
    for what, verdict in wanted.items():
        assert found[what] == verdict


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ([scoped("API_Spender", wallet_ids=["w1", "w2"])], "the 2 listed wallets only"),
        ([scoped("API_Spender", wallet_ids=["w1"])], "the 1 listed wallet only"),
        ([scoped("API_Spender", wallet_ids=["w1"]), scoped("API_Operator", wallet_ids=["x", "y"])], "the 1 listed wallet"),
        ([scoped("API_Spender", wallet_ids=["w1"]), scoped("API_Spender", wallet_ids=["w1", "w2"])], "the 2 listed"),
    ],
)  # fmt: skip
def test_listed_wallets_are_those_of_the_role(roles: list[cobo.RoleScope], words: str) -> None:
    """How many wallets limit a permission is counted over the roles that give it, and over no others."""
    withdraw = [
        (each.verdict, each.what)
        for each in in_vault(key_info(*roles), Place("v"), NOW)
        if each.what.startswith("Withdraw")
    ]
    assert withdraw[0][0] == "Can"
    assert words in withdraw[0][1]


def test_the_emulator_agrees() -> None:
    """200 keys of preset roles and scopes: what the card says of a vault is what the emulator then lets the key do."""
    random = Random(3)
    emulator = Emulator.seeded()
    emulator.explains = False
    client, vault = emulator.cobo_client(), emulator.vault_id
    deeds = {
        "See the vault, its groups and TSS requests": cobo.list_key_share_holder_groups(vault),
        "Create key share holder groups and TSS requests": cobo.create_key_share_holder_group(
            vault, group_fields(emulator).request()
        ),
        "Rename the vault": cobo.update_mpc_vault_by_id(
            vault, cobo.UpdateMpcVaultByIdRequest(name="Renamed")
        ),
        "Delete groups and cancel TSS requests": cobo.delete_key_share_holder_group_by_id(
            vault, "nowhere"
        ),
    }
    names = [
        "API_Viewer",
        "API_Operator",
        "API_Spender",
        "API_Manager",
        "API_Admin",
        "API_Staker",
        "Approver",
    ]
    key = next(iter(emulator.cobo.keys))
    for _ in range(200):
        roles = [
            scoped(
                random.choice(names),
                vault_ids=random.choice([None, [], [vault], ["other"]]),
                wallet_types=random.choice([None, [], ["MPC"], ["Custodial"]]),
            )
            for _ in range(random.randint(1, 3))
        ]
        info = msgspec.structs.replace(emulator.cobo.keys[key], role_scopes=roles)
        emulator.cobo.keys[key] = info
        said = {each.what: each.verdict for each in in_vault(info, Place(vault), client.now_ms())}
        for what, call in deeds.items():
            prepared = client.prepare(call)
            reply = emulator.answer(received(client, prepared))
            assert (said[what] == "Can") is (reply.status != 403), (what, roles)
            if reply.status == 201:
                del emulator.cobo.state.groups[vault][emulator.ledger[-1].made]


ENDS = [
    ("permanent", None, "good", "Permanent"),
    ("not said", msgspec.UNSET, "unsure", "End unknown"),
    ("a month", 30 * DAY_MS, "good", "30 days left"),
    ("just over a week", 7 * DAY_MS + 1, "good", "7 days left"),
    ("a week", 7 * DAY_MS, "medium", "7 days left"),
    ("a day and a bit", DAY_MS + 1, "medium", "1 day left"),
    ("a day", DAY_MS, "high", "1 day left"),
    ("an hour", 3_600_000, "high", "Less than a day left"),
    ("now", 0, "high", "Ended"),
    ("long ago", -DAY_MS, "high", "Ended"),
]


@pytest.mark.parametrize(
    ("left", "mark", "headline"), [case[1:] for case in ENDS], ids=[case[0] for case in ENDS]
)
def test_days_left(left: Any, mark: str, headline: str) -> None:
    """How long a key still works: warned at a week and at a day; not said is not the same as permanent."""
    ends = NOW + left if isinstance(left, int) else left
    info = key_info(scoped("API_Admin"), expired_timestamp=ends)
    found = days_left(info, NOW)
    assert (found["kind"], found["headline"]) == (mark, headline)
    assert found["percent"] is None or 0 <= found["percent"] <= 100
    card = plain(api_key_card(info, NOW, {}))
    assert headline in card
    assert "UNSET" not in card
    assert "None" not in card.replace("None.", "")


def test_the_form_reads_and_looks_into_a_vault(emulator: Emulator) -> None:
    """Asked: the card, with the vaults by name; then what the key may do in each of them."""
    form = cobo.forms.api_key_info(emulator.cobo_client())
    form.send_button.click()
    assert [label for label, _ in form.vault.options] == [
        "Treasury vault",
        "Payroll vault",
        "App users",
    ]
    assert "Treasury vault" in form.after.card.value
    first = plain(form.in_vault.value)
    form.vault.value = form.vault.options[1][1]
    assert plain(form.in_vault.value) != first


def test_vaults_of_an_earlier_answer(emulator: Emulator) -> None:
    """The vaults arrive after a second question, which failed: they say nothing over its trouble."""

    async def main() -> None:
        form = cobo.forms.api_key_info(emulator.cobo_client())
        answer = emulator.answer
        may_list = asyncio.Event()
        loop = asyncio.get_running_loop()

        def held(request: Any) -> Any:
            if "/vaults" in request.target:
                asyncio.run_coroutine_threadsafe(may_list.wait(), loop).result(10)
            return answer(request)

        emulator.answer = held  # type: ignore[method-assign]
        form.send_button.click()
        await until(lambda: form.exchange)
        emulator.inject(Fault("status-before", operation="get_api_key_info", status=503))
        first = form.exchange
        form.send_button.click()
        await until(lambda: form.exchange is not first)
        shown = form.after.card.value
        assert "No usable answer" in form.refusal.value
        may_list.set()
        await until(lambda: [e.operation for e in emulator.ledger].count("list_mpc_vaults") == 1)
        await asyncio.sleep(0.02)
        assert form.after.card.value == shown
        form.vault.options = [("x", "v")]  # and looking into a vault is no error

    asyncio.run(main())


# ---- 5,000 states: the form and the emulator agree ---------------------------------------------------------------

# The emulator's choice about what each inferred rule warns of; None: a rule of our own, about which nobody else cares.
CHOICES = {
    "cobo.node-twice": ("cobo.node_twice", ("refused", "accepted")),
    "cobo.node-in-vault": ("cobo.node_in_two_groups", ("refused", "accepted")),
    "cobo.signer-count": ("cobo.signer_count", ("threshold-1", "any")),
    "cobo.holder-name": None,
    "cobo.node-missing": None,
    "cobo.node-shape": None,
    "cobo.hidden-characters": None,
    "cobo.second-main-group": None,
}


def any_state(random: Random, vaults: list[str], nodes: list[str]) -> GroupFields:
    kind, (k, n) = random.choice(KINDS), random.choice(SCHEMES)
    odd = random.random() < 0.6
    names = ["Alice", "Bob", "Carol", "Dana"] + (["", " ", "Al\u202eice", "x" * 300] if odd else [])
    seats = n - (kind != "RecoveryGroup")
    pool = random.choices([*nodes, ""], k=seats) if odd else random.sample(nodes[:4], seats)
    marks = [at < k - 1 for at in range(seats)]
    if odd:
        marks = [random.random() < 0.5 for _ in marks]
    holders = tuple(
        seat(random.choice(names), where, mark, random.choice(["API", "Mobile"]))
        for where, mark in zip(pool, marks, strict=True)
    )
    return GroupFields(random.choice(vaults), kind, k, n, holders)


def test_5000_states_of_the_group_form() -> None:
    """Sendable exactly when nothing unacknowledged remains; and the emulator, which knows no rule of ours, agrees."""
    random, emulator = Random(20_260_101), Emulator.seeded()
    emulator.explains = False
    client = emulator.cobo_client()
    form = cobo.forms.create_key_share_holder_group(client)
    state, vaults = emulator.cobo.state, list(emulator.cobo.state.vaults)
    nodes = [*emulator.spare_nodes, seated_node(emulator), "a node that none can be"]
    switched = switched_in(emulator)
    seen: dict[str, int] = {}
    outcomes = {True: 0, False: 0}
    drawn = [any_state(random, vaults, nodes) for _ in range(500)]
    # in an order in which few widgets have to be made anew
    quiet = sorted(
        (any_state(random, vaults, nodes) for _ in range(4_500)),
        key=lambda f: (f.vault_id, f.type, f.participants, f.threshold),
    )
    for number, fields in enumerate([*drawn, *quiet]):
        ticked = random.random() < 0.3
        if number < 500:  # through the widgets, drawn and all
            form.fill(fields)
            form.accept.value = ticked
        else:
            with form.quietly(look=False):
                form.fill(fields)
                form.accept.value = ticked
        problems, prepared = form.problems, client.prepare(form.spec.call())
        accepted = ticked if number >= 500 else form.accept.value
        blocked = any(p.blocks or (p.needs_word and not accepted) for p in problems)
        assert bool(form.blocking) is blocked, fields
        if number < 500:
            assert ("Ready" in form.status.value) is not blocked
        for rule in {problem.rule for problem in problems}:
            seen[rule] = seen.get(rule, 0) + 1
        insisted = {problem.rule for problem in problems if problem.blocks}
        assert insisted <= form.spec.insists  # nothing documented can be broken here
        refused = False
        for name, options in filter(None, CHOICES.values()):
            switched[name] = random.choice(options)
        for problem in problems:
            choice = CHOICES[problem.rule]
            refused |= choice is not None and switched[choice[0]] == choice[1][0]
        reply = emulator.answer(received(client, prepared))
        assert reply.status == (400 if refused else 201), (
            fields,
            problems,
            dict(emulator.choices),
            reply.body,
        )
        outcomes[refused] += 1
        if reply.status == 201:
            del state.groups[fields.vault_id][emulator.ledger[-1].made]
        emulator.ledger.clear()
    assert set(seen) == set(CHOICES)
    assert min(seen.values()) > 100
    assert min(outcomes.values()) > 500


def test_what_the_screen_sends(emulator: Emulator) -> None:
    """100 states, pressed: sent exactly when nothing blocks, and what arrives is what the preview showed."""
    random = Random(7)
    switch(emulator, {"cobo.node_in_two_groups": "accepted"})
    form = cobo.forms.create_key_share_holder_group(emulator.cobo_client())
    nodes = [*emulator.spare_nodes, ""]
    for _ in range(100):
        form.fill(any_state(random, [emulator.vault_id], nodes))
        form.accept.value = random.random() < 0.5
        blocked, before = bool(form.blocking), len(changes(emulator))
        body = form.prepared.body
        form.prepare_again()
        form.send_button.click()
        assert len(changes(emulator)) == before + (not blocked)
        if not blocked:
            assert last_change(emulator).body.encode() == body
