"""The desk: seven answers, pages that follow one value, and nothing of a hostile name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as w
import pytest
from msgspec.structs import replace

from tests.inside import alive
from tests.names import NAMES
from toolkit import Emulator, Inventory, People, cobo, collect, open_desk, privy
from toolkit.app.desk.desk import PAGES, Desk
from toolkit.app.desk.questions import first_steps, questions
from toolkit.app.desk.sight import Sight
from toolkit.base.html import visible
from toolkit.errors import InputError
from toolkit.inventory.inventory import Unseen

DAY = 86_400_000
PERSONS = ("Alice", "Bob", "Carol", "Dana")


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    seen = collect(emulator.cobo_client(), emulator.privy_client())
    return seen.with_people(People({seat: PERSONS[at % 4] for at, seat in enumerate(seen.seats)}))


@pytest.fixture
def desk(emulator: Emulator, inventory: Inventory) -> Iterator[Desk]:
    clients = emulator.cobo_client(), emulator.privy_client()
    opened = open_desk(*clients, inventory=inventory)
    yield opened
    opened.close()


def words(widget: Any) -> str:
    """Everything that a page says."""
    text = str(getattr(widget, "value", "")) if isinstance(widget, w.HTML) else ""
    text += " ".join(
        str(getattr(widget, name, "")) for name in ("description", "placeholder", "tooltip")
    )
    return text + "".join(words(child) for child in getattr(widget, "children", ()))


def buttons(widget: Any, description: str) -> list[w.Button]:
    found = [widget] if isinstance(widget, w.Button) and widget.description == description else []
    for child in getattr(widget, "children", ()):
        found += buttons(child, description)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens(desk: Desk, page: str) -> None:
    """Each is made when it is opened, and says something."""
    desk.go(page)
    assert len(words(desk.pages[page])) > 20


def test_without_anything_it_opens_on_an_emulator() -> None:
    """As a newcomer calls it."""
    opened = open_desk()
    assert "EMULATOR" in words(opened)
    opened.close()


def test_pages_follow_the_people(desk: Desk, inventory: Inventory) -> None:
    """Who holds a seat, written on one page, is what every other page counts with."""
    for page in ("People", "Charts", "Findings"):
        desk.go(page)
    desk.look(desk.sight.with_people(People(dict.fromkeys(inventory.seats, "Mallory"))))
    assert desk.tabs.titles[list(PAGES).index("People")] == "People 1"
    for page in ("People", "Charts", "Findings"):
        assert "Mallory" in words(desk.pages[page])
        assert "Alice" not in words(desk.pages[page]).replace("Alice Moreau", "")


def test_people_are_written_down_and_saved(desk: Desk, tmp_path: Path) -> None:
    """A name typed beside a seat counts once it is taken over, and is in the file that was named."""
    desk.go("People")
    editor = desk.pages["People"].children[0]
    row = seat_rows(editor)[0]
    row.children[1].value = "Mallory"
    row.children[2].value = "call"
    editor.file.value = str(tmp_path / "people.json")
    editor.save_button.click()
    kept = People.load(tmp_path / "people.json")
    assert "Mallory" in kept.names
    assert desk.sight.people == kept
    assert "stays on this computer" in desk.status.value


def seat_rows(editor: Any) -> list[Any]:
    """The fields of each seat: what it is, a person, how we know."""
    return [row.children[0] for row in editor.rows.children[1:]]


def marks(editor: Any) -> list[str]:
    """What stands below each seat."""
    return [row.children[1].value for row in editor.rows.children[1:]]


def test_a_name_that_looks_like_another_is_marked_where_it_is_typed(desk: Desk) -> None:
    """While it is typed, beside it and beside the other one, in words; and no longer once it is mended."""
    desk.go("People")
    editor = desk.pages["People"].children[0]
    assert not any(marks(editor))
    fields = seat_rows(editor)
    alices = [at for at, row in enumerate(fields) if row.children[1].value == "Alice"]
    other = next(at for at, row in enumerate(fields) if row.children[1].value == "Bob")
    fields[other].children[1].value = "\u0410lice"
    below = marks(editor)
    assert [at for at, text in enumerate(below) if text] == sorted([*alices, other])
    assert "looks like" in below[other]
    assert "character 1 is U+0410, cyrillic capital letter a" in below[other]
    assert "two people" in below[alices[0]]
    assert fields[other].children[1].value == "\u0410lice"  # nothing is put right for anybody
    editor.on_button.click()
    editor.back_button.click()
    assert marks(editor) == below
    fields = seat_rows(editor)
    fields[other].children[1].value = "Alice"
    assert not any(marks(editor))


def test_a_look_alike_with_a_hidden_character(desk: Desk) -> None:
    """It is shown with its code point, never as it is."""
    desk.go("People")
    editor = desk.pages["People"].children[0]
    seat_rows(editor)[1].children[1].value = "Ali\u200bce"
    below = marks(editor)[1]
    assert "U+200B" in below
    assert "\u200b" not in below


def test_a_seat_that_calls_itself_like_a_person_is_marked() -> None:
    """A holder's own name that only looks like a person's is told apart from it, until somebody chose."""
    holders = [
        cobo.KeyShareHolder(name="\u0410lice", type="API", tss_node_id="n1", signer=True),
        cobo.KeyShareHolder(name="Alice", type="API", tss_node_id="n2", signer=True),
    ]
    seen = Inventory(
        0, 0, groups=(replace(group("MainGroup", "Valid"), key_share_holders=holders),),
        people=People({"n2": "Alice"}),
    )  # fmt: skip
    opened = open_desk(inventory=seen)
    opened.go("People")
    editor = opened.pages["People"].children[0]
    first, second = marks(editor)
    assert "This seat calls itself" in first
    assert "U+0410" in first
    assert not second
    seat_rows(editor)[0].children[1].value = "Alice"
    assert not any(marks(editor))
    opened.close()


def test_a_snapshot_is_compared_with(desk: Desk, emulator: Emulator, tmp_path: Path) -> None:
    """What is saved can be chosen, and what changed since then is on the page Changes."""
    desk.folder = tmp_path
    desk.go("Snapshots")
    buttons(desk.pages["Snapshots"], "Save a snapshot")[0].click()
    (saved,) = tmp_path.iterdir()
    emulator.set_holder(emulator.spare_nodes[0], "offline")
    desk.look_again()
    desk.go("Snapshots")
    choice = desk.pages["Snapshots"].children[2].children[0]
    choice.value = str(saved)
    buttons(desk.pages["Snapshots"], "Compare with it")[0].click()
    assert desk.sight.earlier is not None
    assert desk.sight.changes is not None
    assert list(PAGES)[desk.tabs.selected_index or 0] == "Changes"


def test_what_cannot_be_read_leaves_the_old_look(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed look is told, and nothing that was shown goes."""

    def refused(sight: Sight) -> Sight:
        raise InputError("nobody is there", hint="Try later.")

    before = desk.sight
    monkeypatch.setattr(Sight, "again", refused)
    desk.look_again()
    assert desk.sight is before
    assert "nobody is there" in desk.status.value


def test_what_if_answers_both_questions(desk: Desk) -> None:
    """As soon as somebody is chosen; before that it says what is missing."""
    desk.go("What if")
    panel = desk.pages["What if"].children[0]
    assert "Choose somebody" in panel.answer.value
    panel.people["Alice"].value = True
    lost = panel.answer.value
    panel.question.value = "together"
    assert "Alice" in lost
    assert panel.answer.value != lost


# ---- the seven questions -------------------------------------------------------------------------


def key(**more: Any) -> cobo.ApiKeyInfo:
    return cobo.ApiKeyInfo(
        name="bot", curve_type="ED25519", key="k", created_timestamp=0, updated_timestamp=0, **more
    )


def quorum(threshold: int, users: list[str]) -> privy.KeyQuorum:
    return privy.KeyQuorum(
        id="q", display_name="Payouts", authorization_keys=[], user_ids=users,
        authorization_threshold=threshold,
    )  # fmt: skip


def group(kind: str, status: str, holder: dict[str, Any] | None = None) -> cobo.KeyShareHolderGroup:
    holders = [
        cobo.KeyShareHolder(name="Cobo", type="Cobo", tss_node_id="c", signer=True, online=True),
        cobo.KeyShareHolder(name="Ann", type="API", tss_node_id="a", signer=True, **(holder or {})),
    ]
    return cobo.KeyShareHolderGroup(
        key_share_holder_group_id=kind, type=kind, status=status, participants=2, threshold=2,
        key_share_holders=holders, vault_id="v",
    )  # fmt: skip


def missed(kind: str) -> Unseen:
    return Unseen("privy", "PROD", kind, "HTTP 403.", cause="forbidden", kind=kind)


ANSWERS = [
    ("alone", {"quorums": (quorum(1, ["u", "v"]),)}, 0, "Yes: unclaimed u (Payouts)", "high"),
    ("nobody alone", {"quorums": (quorum(2, ["u", "v", "x"]),)}, 0, "No.", "good"),
    ("one loss", {"quorums": (quorum(2, ["u", "v"]),)}, 1, "Yes: Payouts (", "high"),
    ("no loss", {"quorums": (quorum(2, ["u", "v", "x"]),)}, 1, "No.", "good"),
    ("a main group that nothing rebuilds", {"groups": (group("MainGroup", "Valid"),)}, 1, "Yes: v, main", "high"),
    ("a signing group is made anew", {"groups": (group("SigningGroup", "Valid"),)}, 1, "No.", "good"),
    ("a group that is New", {"groups": (group("MainGroup", "New"),)}, 2, "No: v, main group is New", "high"),
    ("a holder away", {"groups": (group("MainGroup", "Valid", {"online": False}),)}, 2, "1 holder away (Ann)", "medium"),
    ("a holder that is not set up", {"groups": (group("MainGroup", "Valid", {"status": "NotConfigured"}),)}, 2, "1 holder away (Ann)", "medium"),
    ("a holder of another status", {"groups": (group("MainGroup", "Valid", {"status": "Frozen"}),)}, 2, "1 holder away (Ann)", "medium"),
    ("all able", {"groups": (group("MainGroup", "Valid"),)}, 2, "Yes, as far as Cobo says", "good"),
    ("ends", {"api_keys": (key(expired_timestamp=3 * DAY),)}, 3, "Yes: bot", "medium"),
    ("ended", {"api_keys": (key(expired_timestamp=-DAY),)}, 3, "Yes: bot", "high"),
    ("ends later", {"api_keys": (key(expired_timestamp=8 * DAY),)}, 3, "Nothing in the next 7", "good"),
    ("nothing earlier", {}, 4, "Unknown: there is no earlier look", "unsure"),
    ("no client", {}, 5, "Unknown: this is a saved inventory", "unsure"),
    ("unread", {"unseen": (missed("vaults"),)}, 6, "Could not be read: vaults.", "high"),
    ("unread, of a plan that few have", {"unseen": (missed("intents"),)}, 6, "Could not be read: intents.", "unsure"),
    ("unclaimed", {"quorums": (quorum(2, ["u", "v", "x"]),)}, 6, "3 of 3 seats belong to nobody", "unsure"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "at", "answer", "mark"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
def test_answers(facts: dict[str, Any], at: int, answer: str, mark: str) -> None:
    """Each question is answered in its first word, and marked by how bad that is."""
    asked = questions(Sight(Inventory(0, 0, **facts)))
    assert len(asked) == 7
    assert answer in asked[at].answer
    assert asked[at].mark == mark
    assert {each.page for each in asked} <= set(PAGES)


def test_first_steps_are_remedies_of_what_is_high(desk: Desk) -> None:
    """Five at most, each once, none for what is not high."""
    steps = first_steps(desk.sight)
    assert 0 < len(steps) <= 5
    assert len({step.remedy for step in steps}) == len(steps)


# ---- where no widget is drawn --------------------------------------------------------------------


def test_still(desk: Desk, inventory: Inventory) -> None:
    """An export shows the answers and every finding of what the desk shows now, and makes no widget for it."""
    desk.look(desk.sight.with_people(People(dict.fromkeys(inventory.seats, "Mallory"))))
    before = alive()
    shown = desk.still()["text/html"]
    assert alive() == before
    for answer in questions(desk.sight):
        assert f'<th scope="row">{answer.question}</th><td><bdi' in shown
    for line in desk.sight.report.lines:
        assert str(visible(line.sentence())) in shown
    assert "Mallory" in shown
    assert desk._repr_mimebundle_()["text/html"] == shown


# ---- hostile -------------------------------------------------------------------------------------


def test_hostile_names_on_every_page() -> None:
    """Names that hide, break out or pose as others do nothing on any page."""
    names = [name for name in NAMES if name.strip()]
    quorums = tuple(
        privy.KeyQuorum(
            id=f"q{at}", display_name=name, authorization_keys=[], user_ids=[f"u{at}", f"v{at}"],
            authorization_threshold=1,
        )
        for at, name in enumerate(names)
    )  # fmt: skip
    vaults = tuple(cobo.MPCVault(vault_id=f"v{at}", name=name) for at, name in enumerate(names))
    people = People({f"u{at}": name for at, name in enumerate(names) if "\ud800" not in name})
    seen = Inventory(0, 0, quorums=quorums, vaults=vaults, people=people)
    opened = open_desk(inventory=seen)
    shown = {"in an export": opened.still()["text/html"]}
    for page in PAGES:
        opened.go(page)
        shown[page] = words(opened.pages[page])
    for page, html in shown.items():
        for raw in ("<img src=x", "<script", "\u202e", "\x1b", "\U000e0067"):
            assert raw not in html, (page, raw)
    opened.close()


def test_closing_frees_all(emulator: Emulator, inventory: Inventory) -> None:
    """Whatever pages were opened, and however often the desk looked again."""
    before = alive()
    clients = emulator.cobo_client(), emulator.privy_client()
    opened = open_desk(*clients, inventory=inventory)
    for page in PAGES:
        opened.go(page)
    opened.look_again()
    opened.close()
    assert alive() == before


@pytest.mark.parametrize("wrong", [{"inventory": 3}, {"earlier": "x"}])
def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    """What is no inventory is refused by name."""
    with pytest.raises(InputError, match="must be an Inventory"):
        open_desk(**wrong)
