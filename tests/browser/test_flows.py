"""What a person does with the forms, in a real JupyterLab and with the keyboard alone, from the first field to the result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.screens import (
    SHOTS,
    THEMES,
    ask,
    form,
    notebook,
    run_cell,
    set_theme,
    shot,
    tab_to,
)
from toolkit.keys import P256Key

KEYS = [P256Key.from_hex(f"{number:064x}") for number in (5, 6, 7)]
PUBLIC = [key.public.to_base64() for key in KEYS]
CELLS = (
    """import os, threading
import httpx
import toolkit
from toolkit import Emulator, cobo, privy
from toolkit.emulator.http import serving
from toolkit.client.journal import Journal

def changes(emulator):
    return [entry.operation for entry in emulator.ledger if entry.method != "GET"]""",
    """custody_world = Emulator.seeded()
custody = custody_world.cobo_client()
vaults = list(custody_world.cobo.state.vaults)
group = cobo.forms.create_key_share_holder_group(custody, vault_id=vaults[1], nodes=custody_world.spare_nodes)
group""",
    """recovery = cobo.forms.create_key_share_holder_group(custody, vault_id=vaults[1], nodes=custody_world.spare_nodes)
recovery""",
    """app_world = Emulator.seeded()
app = app_world.privy_client()
treasury, night, payouts = list(app_world.privy.quorums.values())
quorum = privy.forms.create_key_quorum(app)
quorum""",
    """keys = app_world.authorization_keys
keys["Alice"].save("alice.pem")
os.environ["BOB"] = keys["Bob"]._for_export().private_numbers().private_value.to_bytes(32, "big").hex()
change = privy.forms.update_key_quorum(app, treasury)
change""",
    """spare = app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[keys["Alice"].public.to_base64()], display_name="Spare")))
delete = privy.forms.delete_key_quorum(app, spare, signers=[keys["Alice"]])
delete""",
    """hot = next(each.id for each in app_world.privy.wallets.values() if each.owner_id == payouts.id)
owner = privy.forms.update_wallet(app, night, wallet_id=hot)
owner""",
    """info = cobo.forms.api_key_info(custody)
info""",
    """slow_world, answer_now = Emulator.seeded(), threading.Event()

class Slow(httpx.BaseTransport):
    def handle_request(self, request):
        if request.method != "GET":
            answer_now.wait()
        return slow_world.handle(request)

slow = privy.forms.create_key_quorum(slow_world.privy_client(transport=Slow()))
slow""",
    """held_world, connect_now = Emulator.seeded(), threading.Event()
server = serving(held_world)
facts = server.__enter__()["privy"]

class Held(httpx.HTTPTransport):
    def handle_request(self, request):  # as a connection that takes its time; then everything as it really is
        connect_now.wait()
        return super().handle_request(request)

journal = Journal("held.sqlite")
held_app = privy.Client(facts["app_id"], facts["app_secret"], environment=privy.Environment(facts["base_url"], "EMULATOR"),
                        transport=Held(), clock=held_world.clock.now_ms, journal=journal)
held = privy.forms.create_key_quorum(held_app)
held""",
    """copied = privy.forms.create_key_quorum(Emulator.seeded().privy_client())
copied""",
    """stale_world = Emulator.seeded()
stale = cobo.forms.create_key_share_holder_group(stale_world.cobo_client(), vault_id=list(stale_world.cobo.state.vaults)[1])
holders = [cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node, signer=name == "Alice")
           for name, node in zip(["Alice", "Bob"], stale_world.spare_nodes)]
stale.fill(cobo.forms.GroupFields(stale.vault.value, "MainGroup", 2, 3, tuple(holders)))
stale""",
    """desk = toolkit.connect()
desk""",
    """from toolkit import Approval, Review
reviewed_world, dana = Emulator.seeded(), keys["Alice"]
reviewed = reviewed_world.cobo_client(require_review=[dana.public])
groups = reviewed_world.cobo.state.groups[reviewed_world.vault_id].values()
ended = next(each for each in groups if each.type == "RecoveryGroup")
ending = cobo.forms.delete_key_share_holder_group_by_id(reviewed, reviewed_world.vault_id, ended)
ending""",
    """members = privy.CreateKeyQuorumRequest(public_keys=[keys[name].public for name in ("Alice", "Bob")], authorization_threshold=2)
both = app.send(privy.create_key_quorum(members))
asked = Approval.of(app, privy.update_key_quorum(both.id, privy.UpdateKeyQuorumRequest(display_name="Both")))
asked.sign(keys["Alice"]).save("both.approval.json")
signing = privy.forms.sign("both.approval.json")
signing""",
    """print("another cell:", 6 * 7)""",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Every form once, each with a world of its own where it changes something."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    context = {"permissions": ["clipboard-read", "clipboard-write"]}
    with notebook(tmp_path_factory.mktemp("flows"), CELLS, **context) as opened:
        yield opened


def press(page: Any, target: Any, key: str = "Enter") -> None:
    """Go there with Tab, and press a key."""
    tab_to(page, target)
    page.keyboard.press(key)


def type_into(page: Any, target: Any, text: str) -> None:
    """Go there with Tab, and type over what is there; leave with Tab, as a person does."""
    tab_to(page, target)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Tab")


def fill(page: Any, name: str, display_name: str = "Ops") -> None:
    """Two members and a name, from Python: what is typed is tried elsewhere."""
    members = f"(('Key', {PUBLIC[0]!r}), ('Key', {PUBLIC[1]!r}))"
    assert ask(page, f"{name}.fill(privy.forms.QuorumFields({display_name!r}, {members}, 2))") == ""


def button(inside: Any, name: str) -> Any:
    return inside.get_by_role("button", name=name)


def member(inside: Any, number: int) -> Any:
    return inside.get_by_label(f"Member {number}", exact=True)


def choose(inside: Any, title: str) -> Any:
    """A radio button, by the first line of its card."""
    return inside.get_by_label(re.compile(rf"^\s*{re.escape(title)}"))


def pick(page: Any, field: Any, *keys: str) -> None:
    """In a list: open it, move, take. Closed, JupyterLab would take the arrows for its cells (ipywidgets #3912)."""
    tab_to(page, field)
    for key in ("Space", *keys, "Enter"):
        page.keyboard.press(key)


def open_page(page: Any, shown: Any, name: str) -> Any:
    """A page of the preview: Tab goes to the row of tabs, the arrows along it, Enter opens."""
    tab_to(page, shown.locator(".lm-TabBar-tab[tabindex='0']"))
    wanted = shown.get_by_role("tab", name=name)
    for _ in range(5):
        if wanted.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    shown.locator(".lm-mod-current", has_text=name).wait_for()
    return shown.locator(".widget-tab-contents")


def begin(page: Any, shown: Any) -> None:
    """Into the form from above it: the first Tab reaches its first field."""
    shown.evaluate("element => { element.tabIndex = -1; element.focus() }")
    page.keyboard.press("Tab")


# ---- Cobo: a group, its keys, and a recovery group -------------------------------------------------


def test_group_and_its_keys(page: Any) -> None:
    """Fill, create, make the keys, and see them: the group is Valid, with tables of its keys and holders."""
    shown = form(page, "New key share holder group")
    nodes = ask(page, "print(*custody_world.spare_nodes)").split()
    begin(page, shown)
    for seat, name, node in ((2, "Alice Moreau", nodes[0]), (3, "Bob Tanaka", nodes[1])):
        type_into(page, shown.get_by_label(f"Seat {seat} name"), name)
        type_into(page, shown.get_by_label(f"Seat {seat} TSS node id"), node)
        if seat == 2:
            press(page, shown.get_by_label("Seat 2 signs"), "Space")
    shown.get_by_text("Ready. Nothing has been sent.").wait_for()
    looks(page, shown, "group-filled")
    press(page, button(shown, "Create group"))
    shown.get_by_text("Main group made in Payroll vault").wait_for()
    keys = form(page, "Make the keys")
    press(page, button(keys, "Send TSS request"))
    keys.get_by_text("The group is Valid: its keys are made").wait_for()
    for column, count in (("Root public key", 2), ("TSS node id", 3)):
        table = keys.locator(".tk-after .tk-table", has_text=column)
        expect(table.locator("tbody tr")).to_have_count(count)
    shown.get_by_text("Its keys are made.").wait_for()  # the card above has followed
    looks(page, shown, "group-valid")
    assert ask(page, "print(group.next_steps.children[0].group.status)") == "Valid"


def test_recovery_group(page: Any) -> None:
    """A second group, for recovery: its keys come from the main group, which is offered and chosen already."""
    run_cell(page, "recovery = ")
    shown = form(page, "New key share holder group", 1)
    nodes = ask(page, "print(*custody_world.spare_nodes)").split()
    begin(page, shown)
    press(page, choose(shown, "Recovery group"), "Space")
    press(page, choose(shown, "2 of 2"), "Space")
    shown.get_by_label("Seat 3 name").wait_for(state="detached")
    for seat, name, node in ((1, "Carol Okafor", nodes[0]), (2, "Frank Ito", nodes[1])):
        type_into(page, shown.get_by_label(f"Seat {seat} name"), name)
        type_into(page, shown.get_by_label(f"Seat {seat} TSS node id"), node)
    press(page, button(shown, "Create group"))
    shown.get_by_text("Recovery group made in Payroll vault").wait_for()
    keys = form(page, "Make the keys", -1)
    source = keys.get_by_label("Group that gives the shares")
    expect(source.locator("option:checked")).to_have_text(re.compile("^Main"))
    type_into(page, keys.get_by_label("Description"), "For the drill")
    press(page, button(keys, "Send TSS request"))
    keys.get_by_text("The group is Valid: its keys are made").wait_for()
    assert ask(page, "print(recovery.next_steps.children[0].result.type)") == "KeyGenFromKeyGroup"


# ---- Privy: a quorum, its wallets, a change, a deletion --------------------------------------------


def test_quorum_and_its_wallet(page: Any) -> None:
    """A new key pair, a pasted PEM, a nested quorum, a duplicate; then a threshold, the quorum, and a wallet it owns."""
    shown = form(page, "New key quorum")
    begin(page, shown)
    type_into(page, shown.get_by_label("Display name"), "Payout approvals, Asia")
    press(page, button(shown, "Make a new key pair"))
    shown.get_by_text("Its private half was saved to").wait_for()
    assert not list(
        page.work.rglob("privy-key-*.pem")
    )  # not beside the notebook, where it would be committed
    saved = list(page.home.rglob("privy-key-*.pem"))
    assert [path.stat().st_mode & 0o777 for path in saved] == [0o600]
    shown.get_by_text(str(saved[0])).wait_for()
    begin(page, shown)
    type_into(page, member(shown, 2), KEYS[1].public.to_pem().replace("\n", " "))
    shown.get_by_text("· PEM").wait_for()
    press(page, button(shown, "Add a quorum"))
    member(shown, 3).wait_for()
    begin(page, shown)
    type_into(page, member(shown, 3), ask(page, "print(night.id)"))
    shown.get_by_text("Counts as one member: Night shift").wait_for()
    press(page, button(shown, "Add a key"))
    member(shown, 4).wait_for()
    begin(page, shown)
    type_into(page, member(shown, 4), PUBLIC[1])
    shown.get_by_text("Same as member 2, whatever its spelling.").wait_for()
    press(page, button(shown, "Remove member 4"))
    member(shown, 4).wait_for(state="detached")
    begin(page, shown)
    press(page, choose(shown, "2 of 3"), "Space")
    shown.get_by_text("Ready. Nothing has been sent.").wait_for()
    looks(page, shown, "quorum-nested")
    press(page, button(shown, "Create quorum"))
    shown.get_by_text("Key quorum made: Payout approvals, Asia").wait_for()
    press(page, choose(shown, "A new wallet"), "Space")
    wallet = form(shown, "New wallet for this quorum")
    type_into(page, wallet.get_by_label("Wallet name"), "Payouts, Asia")
    press(page, button(wallet, "Create wallet"))
    wallet.get_by_text("Wallet made").wait_for()
    wallet.get_by_text("Payout approvals, Asia (2 of 3) owns it now.").wait_for()
    owners = "print([each.owner_id == quorum.result.id for each in app_world.privy.wallets.values() if each.display_name == 'Payouts, Asia'])"
    assert ask(page, owners) == "[True]"


def test_a_wallet_that_is_there(page: Any) -> None:
    """The wallet without an owner is offered first, nobody has to sign for it, and the new quorum owns it then."""
    shown = form(page, "New key quorum")
    begin(page, shown.locator(".tk-follow").first)
    press(page, choose(shown, "A wallet that is there"), "Space")
    wallet = form(shown, "Make it the owner of a wallet")
    offered = wallet.get_by_label("Wallet", exact=True).locator("option:checked")
    expect(offered).to_have_text(
        re.compile(r"^Test\swallet")
    )  # ipywidgets keeps blanks apart with U+00A0
    wallet.get_by_text("Nobody has to sign: the wallet has no owner").wait_for()
    press(page, button(wallet, "Change owner"))
    wallet.get_by_text("Payout approvals, Asia (2 of 3) owns it now.").wait_for()
    owner = "print([each.owner_id == quorum.result.id for each in app_world.privy.wallets.values() if each.display_name == 'Test wallet'])"
    assert ask(page, owner) == "[True]"


def test_a_wallet_with_an_owner(page: Any) -> None:
    """Its owner's members sign, nested ones too: their keys are loaded in the form, one from a file, one pasted."""
    ask(page, "keys['Omar'].save('omar.pem')")
    shown = form(page, "Make it the owner of a wallet", -1)
    begin(page, shown)
    shown.get_by_text("0 of 2 signers are here; by the owner as it is now").wait_for()
    type_into(page, shown.get_by_label("A signer’s key"), "alice.pem")
    shown.get_by_text("taken from the file").wait_for()
    shown.get_by_text("1 of 2 signers are here; by the owner as it is now").wait_for()
    begin(page, shown)
    type_into(page, shown.get_by_label("A signer’s key"), "omar.pem")
    shown.get_by_text("2 of 2 signers are here; by the owner as it is now").wait_for()
    press(page, button(shown, "Change owner"))
    shown.get_by_text("Night shift (1 of 2) owns it now.").wait_for()


def test_change_a_quorum(page: Any) -> None:
    """Remove a member, add one, see before and after, load two signers' keys, send."""
    shown = form(page, "Change key quorum: Treasury approvals, EU")
    begin(page, shown)
    press(page, button(shown, "Remove member 3"))
    member(shown, 3).wait_for(state="detached")
    begin(page, shown)
    press(page, button(shown, "Add a key"))
    member(shown, 3).wait_for()
    begin(page, shown)
    type_into(page, member(shown, 3), PUBLIC[2])
    diff = shown.get_by_role("group", name="Before and after")
    diff.locator(".new", has_text=re.compile("Key ")).wait_for()
    expect(diff.locator(".gone", has_text=re.compile("User "))).to_have_count(1)
    field = shown.get_by_label("A signer’s key")
    type_into(page, field, "alice.pem")
    shown.get_by_text("taken from the file").wait_for()
    begin(page, shown)
    type_into(page, field, "$BOB")
    shown.get_by_text("taken from the environment variable").wait_for()
    shown.get_by_text("2 of 2 signers are here; by the quorum as it is now").wait_for()
    expect(field).to_have_value("")
    looks(page, shown, "change")
    press(page, button(shown, "Change quorum"))
    shown.get_by_text("Key quorum changed: Treasury approvals, EU").wait_for()
    told = "print(len(change.result.authorization_keys), change.result.user_ids)"
    assert ask(page, told) in ("3 []", "3 ()")


def test_delete_a_quorum(page: Any) -> None:
    """Nothing is deleted before the tick; with it, the quorum is gone."""
    shown = form(page, "Delete key quorum: Spare")
    shown.get_by_text("it owns or signs for no wallets").wait_for()
    begin(page, shown)
    press(page, button(shown, "Delete quorum"))
    shown.get_by_text("1 thing to fill in or put right first").wait_for()
    shown.get_by_text("nobody can bring it back.").wait_for()
    begin(page, shown)
    press(page, shown.get_by_label("I know that nobody can bring it back"), "Space")
    press(page, button(shown, "Delete quorum"))
    shown.get_by_text("Privy does not know it any more.").wait_for()
    assert ask(page, "print(spare.id in app_world.privy.quorums)") == "False"


# ---- a second person: a review at Cobo, a co-signer's form at Privy --------------------------------


def test_a_review_at_cobo(page: Any) -> None:
    """It waits for a review; saved, reviewed elsewhere, brought back, it is submitted: by keyboard alone."""
    shown = form(page, "Delete a recovery group")
    begin(page, shown)
    press(page, shown.get_by_label("I know these warnings and send anyway"), "Space")
    shown.get_by_text("It waits for a review:").wait_for()
    begin(page, shown)
    type_into(page, shown.get_by_label("File", exact=True), "end.review.json")
    press(page, button(shown, "Save for a reviewer"))
    shown.get_by_text("Saved end.review.json.").wait_for()
    begin(page, shown)
    type_into(page, shown.get_by_label("Words that the reviewer says"), "duck coral cry")
    said = "print(Review.load('end.review.json').digits('duck coral cry'))"
    shown.get_by_text(ask(page, said)).wait_for()
    looks(page, shown, "review-asked")
    sign = "Review.load('end.review.json').sign(dana, reviewed_ms=reviewed.now_ms()).save('end.review.json')"
    ask(page, sign)
    begin(page, shown)
    type_into(page, shown.get_by_label("A reviewed file"), "end.review.json")
    press(page, button(shown, "Add review"))
    shown.get_by_text("1 of 1 reviewed; one is enough. It counts until").wait_for()
    shown.get_by_text("Ready. Nothing has been sent.").wait_for()
    press(page, button(shown, "Delete group"))
    shown.get_by_text("Deletion submitted").first.wait_for()
    who = "print(ending.exchange.reviewed_by == (dana.public.fingerprint,))"
    assert ask(page, who) == "True"


def test_a_co_signer(page: Any) -> None:
    """The words are said, other digits bring new ones, the right ones show this file's own; a key is named, and Sign saves."""
    shown = form(page, "Sign together")
    words = shown.locator(".tk-read b").first
    before = words.inner_text()
    begin(page, shown)
    type_into(page, shown.get_by_label("The 12 digits that you hear"), "0000 0000 0000")
    shown.get_by_text("These are not the digits of this file").wait_for()
    expect(words).not_to_have_text(before)
    expect(shown.get_by_text("own digits, for these words")).to_have_count(0)
    digits = ask(page, f"print(Approval.load('both.approval.json').digits({words.inner_text()!r}))")
    begin(page, shown)
    type_into(page, shown.get_by_label("The 12 digits that you hear"), digits)
    shown.get_by_text("They are those of this file.").wait_for()
    shown.get_by_text("own digits, for these words").wait_for()
    begin(page, shown)
    key = shown.get_by_label("Your key")
    type_into(page, key, "$BOB")
    shown.get_by_text("You: key 2 of 2.").wait_for()
    expect(key).to_have_value("")
    looks(page, shown, "co-signer")
    press(page, button(shown, "Sign"))
    shown.get_by_text("2 of 2 signed: enough.").wait_for()
    assert ask(page, "print(Approval.load('both.approval.json').ready)") == "True"


# ---- the API key, and the preview ------------------------------------------------------------------


def test_api_key_in_another_vault(page: Any) -> None:
    """One press reads; another vault, chosen with the arrows, changes what the key can and cannot do there."""
    shown = form(page, "API key")
    begin(page, shown)
    press(page, button(shown, "Get API key info"))
    vault = shown.get_by_label("What it can do in")
    vault.wait_for()
    can = shown.get_by_role("group", name="What the key can do in this vault")
    can.get_by_text("API_Spender").first.wait_for()
    pick(page, vault, "ArrowDown")
    shown.get_by_text("In Payroll vault").wait_for()
    can.get_by_text("API_Spender").wait_for(state="detached")
    looks(page, shown, "api-key-matrix")


def test_each_tab_of_the_preview(page: Any) -> None:
    """The arrows and Enter open each page."""
    shown = form(page, "API key")
    for name, text in (
        ("Signed message", "SHA-256, twice"),
        ("Headers", "BIZ-API-NONCE"),
        ("curl", "curl "),
        ("Python", "import "),
        ("Request", "This request has no body."),
    ):
        begin(page, shown)
        contents = open_page(page, shown, name)
        contents.get_by_text(text).filter(visible=True).first.wait_for()


@pytest.mark.parametrize("page_name", ["curl", "Python"])
def test_copying(page: Any, page_name: str) -> None:
    """One click and Ctrl+C: the clipboard holds exactly the text that Python has, its lines included."""
    shown = form(page, "New key quorum", -1)
    fill(page, "copied", "Ops 🔑 “quoted” it's")
    name = {"curl": "as_curl", "Python": "as_python"}[page_name]
    text = ask(
        page, f"print(toolkit.privy.snippets.{name}(copied.prepared).rstrip())"
    )  # no line end: it would run it
    begin(page, shown)
    block = open_page(page, shown, page_name).locator(".tk-block").filter(visible=True)
    block.get_by_text("Ops").wait_for()
    block.click()
    page.keyboard.press("Control+c")
    page.wait_for_function(
        "text => navigator.clipboard.readText().then(copied => copied === text)", arg=text
    )


# ---- slow, cancelled, stale ------------------------------------------------------------------------


def test_while_a_slow_request_runs(page: Any) -> None:
    """It says how long it takes; fields and other cells go on; a second press joins; one thing is made."""
    fill(page, "slow")
    shown = form(page, "New key quorum", 1)
    begin(page, shown)
    press(page, button(shown, "Create quorum"))
    shown.get_by_text("Sent; waiting for the answer.").wait_for()
    shown.get_by_role("progressbar").wait_for()
    shown.locator(".tk-status", has_text=re.compile(r"\d+ s")).wait_for()
    begin(page, shown)
    press(page, button(shown, "Create quorum"))
    shown.get_by_text("this press joined it").wait_for()
    begin(page, shown)
    press(page, button(shown, "Add a key"))
    shown.locator(".tk-gate", has_text="any 2 of 3").wait_for()  # the meaning follows
    begin(page, shown)
    type_into(page, member(shown, 3), PUBLIC[2])
    shown.locator(".tk-seats li.signs").nth(2).wait_for()
    assert "another cell: 42" in run_cell(page, "another cell")
    expect(shown.get_by_text("Key quorum made")).to_have_count(0)
    begin(page, shown)
    press(page, button(shown, "Create quorum"))
    shown.get_by_text("Another request of this form is still under way.").wait_for()
    press(page, button(shown, "Cancel"))
    shown.get_by_text("Too late to cancel: it has left.").wait_for()
    ask(page, "answer_now.set()")
    shown.get_by_text("Key quorum made: Ops").wait_for()
    assert ask(page, "print(changes(slow_world), slow.result.size)") == "['create_key_quorum'] 2"


def test_cancelled_before_it_left(page: Any) -> None:
    """Cancelled while it connects: nothing was sent, the journal says so, and the next press sends it once."""
    fill(page, "held")
    shown = form(page, "New key quorum", 2)
    begin(page, shown)
    press(page, button(shown, "Create quorum"))
    shown.get_by_text("On its way.").wait_for()
    press(page, button(shown, "Cancel"))
    shown.get_by_text("Cancelled before it left. Nothing is sent;").wait_for()
    begin(page, shown)
    press(page, button(shown, "Create quorum"))
    shown.locator(".tk-status", has_text="Cancelled before it left. Nothing is sent;").locator(
        "[aria-hidden]"
    ).wait_for()
    ask(page, "connect_now.set()")
    shown.get_by_text("Cancelled before it left. Nothing was sent.").wait_for()
    told = "print(changes(held_world), [entry.state for entry in journal.entries()])"
    assert ask(page, told) == "[] ['unsent']"
    begin(page, shown)
    press(page, button(shown, "Create quorum"))
    shown.get_by_text("Key quorum made: Ops").wait_for()
    assert ask(page, told) == "['create_key_quorum'] ['unsent', 'answered']"
    ask(page, "server.__exit__(None, None, None); held_app.close(); journal.close()")


def test_stale(page: Any) -> None:
    """What was prepared too long ago is prepared again, with the same fingerprint, and sent by the second press."""
    shown = form(page, "New key share holder group", -1)
    begin(page, shown)
    press(page, button(shown, "Prepare again"))  # it may have waited for its turn for long
    digits = shown.locator(".tk-read b")
    before = digits.inner_text()
    ask(page, "stale_world.advance(61_000)")
    begin(page, shown)
    press(page, button(shown, "Create group"))
    shown.get_by_text("so it has been prepared again").wait_for()
    expect(digits).to_have_text(before)  # the same request, for another moment
    assert ask(page, "print(changes(stale_world))") == "[]"
    press(page, button(shown, "Create group"))
    shown.get_by_text("Main group made in Payroll vault").wait_for()
    assert ask(page, "print(changes(stale_world))") == "['create_key_share_holder_group']"


# ---- looks -----------------------------------------------------------------------------------------

WIDTHS = (1280, 800)


def looks(page: Any, shown: Any, name: str) -> None:
    """Light and dark, wide and narrow: nothing overflows its form. The pictures are kept."""
    for theme in THEMES:
        for width in WIDTHS:
            set_theme(page, theme, width)
            shot(shown, f"{name}-{theme.split()[1].lower()}-{width}")
            assert shown.evaluate("element => element.scrollWidth <= element.clientWidth + 1"), (
                name,
                theme,
                width,
            )
    set_theme(page, THEMES[0])


def test_connect_looks(page: Any) -> None:
    """The emulator is there from the start; another place, chosen with the keyboard, asks for its credentials."""
    shown = form(page, "Connect")
    begin(page, shown)
    expect(shown.get_by_text("Connected to the emulator in this kernel.")).to_have_count(2)
    press(page, choose(shown, "DEV"), "Space")
    shown.get_by_label("Cobo API secret").wait_for()
    press(page, button(shown, "Connect to Cobo"))
    shown.get_by_text("COBO_API_SECRET").first.wait_for()
    looks(page, shown, "connect")
