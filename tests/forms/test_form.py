"""Forms without a browser: fields make a request, problems stand beside them, one press sends once."""

from __future__ import annotations

from typing import Any

import httpx
import ipywidgets as w
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulated import changes, last_change
from tests.inside import door_of, native_of
from tests.samples import KEYS
from tests.screen import fill, group_form, quorum_form, screen
from toolkit import cobo, privy
from toolkit.cobo.forms.api_key import days_left
from toolkit.emulator import Emulator
from toolkit.errors import RequestRefused, SignatureRejected


def test_group_path(emulator: Emulator) -> None:
    """Filled in, the form's request is the model; submitted, the result is what the emulator made."""
    form = group_form(emulator)
    fill(form, emulator)
    assert form.problems == ()
    assert form.request.key_share_holders[0] == cobo.CreateKeyShareHolder(
        name="Alice", type="API", tss_node_id=emulator.spare_nodes[0], signer=True
    )
    preview = form.prepared
    made = form.submit()
    assert form.result is made
    assert form.exchange.prepared is preview
    assert last_change(emulator).body.encode() == preview.body
    assert "Signing group made in Treasury vault" in screen(form)
    assert last_change(emulator).made in screen(form)


def test_untouched_is_not_wrong(emulator: Emulator) -> None:
    """A new form shows what is empty, not errors; pressed too early, it names what is missing and sends nothing."""
    form = group_form(emulator)
    assert "Still empty" in screen(form)
    assert 'role="alert"' not in screen(form)
    form.press()
    assert "Give this holder a name" in screen(form)
    assert 'role="alert"' in screen(form)
    assert changes(emulator) == []
    with pytest.raises(RequestRefused):
        form.submit()
    assert form.result is None


def test_problems_stand_beside_their_field(emulator: Emulator) -> None:
    """A problem marks its own field and row, while typing."""
    form = group_form(emulator)
    fill(form, emulator)
    form.rows[1].fields["tss_node_id"].value = emulator.spare_nodes[0]
    assert "Same node as seat 2" in form.rows[1].under.value
    assert "Same node" not in form.rows[0].under.value
    assert "tk-bad" in form.rows[1].fields["tss_node_id"]._dom_classes
    assert "tk-bad" not in form.rows[1].fields["name"]._dom_classes
    form.rows[1].fields["tss_node_id"].value = emulator.spare_nodes[1]
    assert "tk-bad" not in form.rows[1].fields["tss_node_id"]._dom_classes


@pytest.mark.parametrize(
    ("kind", "scheme", "seats"),
    [
        ("MainGroup", (2, 2), 1),
        ("MainGroup", (3, 3), 2),
        ("RecoveryGroup", (2, 3), 3),
        ("SigningGroup", (2, 3), 2),
    ],
)
def test_exactly_the_seats_to_fill(
    emulator: Emulator, kind: str, scheme: tuple[int, int], seats: int
) -> None:
    """As many rows as seats are left once Cobo has taken its own; what was typed stays."""
    form = group_form(emulator)
    fill(form, emulator)
    form.type.value, form.scheme.value = kind, scheme
    assert len(form.rows) == seats
    assert form.rows[0].fields["name"].value == "Alice"
    assert ("Cobo’s own share" in screen(form)) is (kind != "RecoveryGroup")
    hidden_signs = [row.fields["signer"].layout.display for row in form.rows]
    assert hidden_signs == [None if kind != "RecoveryGroup" else "none"] * seats
    labels = [field.description for row in form.rows for field in row.fields.values()]
    assert len(set(labels)) == len(labels)


def test_two_powers(emulator: Emulator) -> None:
    """What this means never mixes who signs with who holds enough shares."""
    form = group_form(emulator)
    fill(form, emulator)
    card = form.card.value
    assert "Signing, day to day:" in card
    assert "Shares: any 2 of the 3 are enough for the key; one may be lost." in card
    assert "signing stops although enough shares are left" in card
    form.type.value = "RecoveryGroup"
    assert "This group signs no transaction." in form.card.value
    assert "Signing, day to day" not in form.card.value


def test_warnings_can_be_acknowledged(emulator: Emulator) -> None:
    """An inferred rule blocks until it is acknowledged: by a tick on the screen, or in code."""
    form = group_form(emulator)
    fill(form, emulator)
    assert form.accept.layout.display == "none"
    form.rows[1].fields["signer"].value = True
    assert form.accept.layout.display is None
    form.press()
    assert changes(emulator) == []
    form.accept.value = True
    form.press()
    assert changes(emulator) == ["create_key_share_holder_group"]
    assert form.result.status == "New"
    again = group_form(Emulator.seeded())
    fill(again, emulator)
    again.rows[1].fields["signer"].value = True
    again.acknowledge = {"cobo.signer-count"}
    assert again.submit().status == "New"


def test_an_empty_seat_cannot_be_acknowledged(emulator: Emulator) -> None:
    """An empty field is no decision: the form does not send it, whatever is ticked."""
    form = group_form(emulator)
    fill(form, emulator)
    form.rows[1].fields["name"].value = ""
    form.accept.value = True
    form.acknowledge = {"cobo.holder-name"}
    form.press()
    assert changes(emulator) == []


def test_two_presses_one_group(emulator: Emulator) -> None:
    """The second press, and a second submit, join the first; a changed field makes another."""
    form = group_form(emulator)
    fill(form, emulator)
    form.press()
    form.press()
    assert form.submit() is form.result
    assert changes(emulator) == ["create_key_share_holder_group"]
    assert "sent already" in form.status.value
    for row, node in zip(form.rows, emulator.spare_nodes, strict=False):
        row.fields["tss_node_id"].value = node
    form.press()
    assert len(changes(emulator)) == 2


def test_a_stale_preview_is_not_sent(emulator: Emulator) -> None:
    """A press on an old preview prepares it again, says so, and waits for another press."""
    form = group_form(emulator)
    fill(form, emulator)
    emulator.clock.advance(61_000)
    old = form.prepared
    form.press()
    assert changes(emulator) == []
    assert form.prepared is not old
    assert "prepared too long ago" in form.status.value
    form.press()
    assert len(changes(emulator)) == 1


def test_refusals_are_sentences(emulator: Emulator) -> None:
    """What the service refuses is shown in its words, with a hint; the exchange keeps the evidence."""
    form = group_form(emulator)
    fill(form, emulator)
    form.rows[0].fields["tss_node_id"].value = next(iter(emulator.cobo.state.nodes))
    form.press()
    assert changes(emulator) == []
    assert "holds a share of this vault’s main group already" in form.rows[0].under.value
    form.accept.value = True
    form.press()
    assert "Refused. Nothing was made." in screen(form)
    assert "<summary>Traceback</summary>" in screen(form)
    assert "another group of this vault" in screen(form)
    assert form.exchange.status == 400
    assert form.result is None
    with pytest.raises(Exception, match="another group"):
        _ = form.exchange.value


def test_vaults_that_cannot_be_read(emulator: Emulator) -> None:
    """Where the vaults cannot be listed the form says why, and sends nothing."""
    emulator.clock.advance(40 * 86_400_000)
    form = group_form(emulator)
    assert "The vaults could not be read" in screen(form)
    assert "expired" in screen(form)
    with pytest.raises(RequestRefused, match="Vault"):
        form.submit()


def test_quorum_path(emulator: Emulator) -> None:
    """Members in any accepted spelling become one request; the preview says that nothing is signed."""
    pem = KEYS[1].public.to_pem().replace("\n", " ")
    form = quorum_form(emulator, KEYS[0].public.to_base64(), pem)
    form.members.display_name.value = "Ops"
    assert form.problems == ()
    assert form.request.public_keys == tuple(key.public.to_base64() for key in KEYS[:2])
    assert "Nothing is signed." in form.preview.pages["Signed message"].value
    assert "48 of 50" not in form.members.name_hint.value
    assert "47 of 50 characters left" in form.members.name_hint.value
    made = form.submit()
    assert (made.display_name, made.authorization_threshold) == ("Ops", 2)
    assert "Key quorum made: Ops" in screen(form)


def test_quorum_rows(emulator: Emulator) -> None:
    """Rows can be added and removed; labels stay unique, and the chosen threshold stays chosen."""
    form = quorum_form(emulator, KEYS[0].public.to_base64(), KEYS[1].public.to_base64())
    form.members.add("User", "did:privy:x")
    form.members.add("Quorum", next(iter(emulator.privy.quorums)))
    assert [option[1] for option in form.members.threshold.options] == [1, 2, 3, 4]
    form.members.threshold.value = 4
    form.members.remove(form.members.rows[0])
    assert (form.fields.threshold, len(form.members.rows)) == (4, 3)
    assert [finding.rule for finding in form.problems] == ["form.threshold"]
    assert "4 must sign: so it was chosen, and there are 3 members." in screen(form)
    labels = [field.description for row in form.members.rows for field in row.fields.values()]
    assert len(set(labels)) == len(labels)
    for _ in range(4):
        form.members.add("User", f"did:privy:{len(form.members.rows)}")
    assert form.members.threshold_strip.layout.display == "none"
    assert form.members.threshold_number.max == 7
    form.members.threshold_number.value = 5
    assert form.submit().authorization_threshold == 5


def test_same_key_in_two_spellings(emulator: Emulator) -> None:
    """The same key in another spelling is a warning beside its row."""
    form = quorum_form(emulator, KEYS[0].public.to_base64(), KEYS[0].public.to_pem())
    assert [problem.rule for problem in form.problems] == ["privy.key-twice"]
    assert "Same as member 1" in form.members.rows[1].under.value
    assert "P-256 key" in form.members.rows[0].under.value


def test_api_key_form(emulator: Emulator) -> None:
    """Nothing to fill in: a press asks, the card shows days left and scopes, another press asks again."""
    form = cobo.forms.api_key_info(emulator.cobo_client())
    assert form.request is None
    assert form.prepared.signed
    form.press()
    form.press()
    assert [entry.operation for entry in emulator.ledger].count("get_api_key_info") == 2
    shown = screen(form)
    for words in (
        "treasury-bot",
        "days left",
        "API_Operator",
        "nothing listed",
        "every answer carried a valid signature",
    ):
        assert words in shown
    assert form.result.name == "treasury-bot"
    emulator.clock.advance(8 * 86_400_000)
    with pytest.raises(SignatureRejected):
        form.refresh() or form.submit()


DAYS = [
    (25, "good", "25 days left"),
    (6.5, "medium", "6 days left"),
    (0.5, "high", "Less than a day left"),
    (-1, "high", "Ended"),
]


@pytest.mark.parametrize(("days", "mark", "headline"), DAYS)
def test_days_left(days: float, mark: str, headline: str) -> None:
    """A temporary key warns at 7 days and at 1."""
    now = 1_800_000_000_000
    info = cobo.ApiKeyInfo(
        name="k",
        curve_type="ED25519",
        key="0",
        created_timestamp=now,
        updated_timestamp=now,
        expired_timestamp=int(now + days * 86_400_000),
    )
    left = days_left(info, now)
    assert (left["kind"], left["headline"]) == (mark, headline)


def test_a_form_with_a_wrong_clock(emulator: Emulator) -> None:
    """A change that stays here for the clocks is told as that, not as nobody reached; with the clock set right a press sends it."""
    off_ms = [0]
    custody = emulator.cobo_client(clock=lambda: emulator.clock.now_ms() + off_ms[0])
    form: Any = cobo.forms.create_key_share_holder_group(custody, nodes=emulator.spare_nodes)
    fill(form, emulator)
    off_ms[0] = -13 * 3_600_000
    custody.exchange(cobo.get_api_key_info())
    form.again_button.click()
    form.press()
    assert "behind the service" in screen(form)
    assert "It was not sent." in screen(form)
    assert "Nobody was reached" not in screen(form)
    assert [entry.state for entry in custody.journal.entries()] == ["unsent"]
    off_ms[0] = 0
    custody.exchange(cobo.get_api_key_info())
    form.again_button.click()
    form.press()
    assert form.result is not None
    assert [entry.state for entry in custody.journal.entries()] == ["unsent", "answered"]


def test_text_plain_is_one_sentence(emulator: Emulator) -> None:
    """A saved notebook stores a sentence, not the repr of every widget and its value."""
    form = group_form(emulator)
    form.rows[0].fields["name"].value = "MARKER"
    # ipywidgets 7 makes no bundle: it displays the repr and the view
    bundle = form._repr_mimebundle_() or {"text/plain": repr(form)}
    assert bundle["text/plain"] == "New key share holder group: run this cell to use the form."
    assert "MARKER" not in str(bundle)


def test_every_input_is_labelled(emulator: Emulator) -> None:
    """Every input has a description of its own, and every icon button a tooltip."""
    for form in (
        group_form(emulator),
        quorum_form(emulator),
        cobo.forms.api_key_info(emulator.cobo_client()),
    ):
        labels = []

        def walk(widget: Any, labels: list[str] = labels) -> None:
            if isinstance(widget, w.Button):
                assert widget.description or widget.tooltip
            elif isinstance(widget, w.Box):
                for child in widget.children:
                    walk(child)
            elif not isinstance(widget, w.HTML):
                assert widget.description
                labels.append(widget.description)

        walk(form)
        assert len(set(labels)) == len(labels)


names = st.one_of(st.just(""), st.text(max_size=8), st.just("Al\u202eice"))


@settings(max_examples=60)
@given(st.data())
def test_sendable_exactly_when_no_problem_remains(data: st.DataObject) -> None:
    """A form in any state sends exactly when nothing blocks, and never raises anything but a sentence."""
    emulator = Emulator.seeded(choices={"cobo.node_in_two_groups": "accepted"})
    form = group_form(emulator)
    form.type.value = data.draw(st.sampled_from(["MainGroup", "SigningGroup", "RecoveryGroup"]))
    form.scheme.value = data.draw(st.sampled_from([(2, 2), (2, 3), (3, 3)]))
    for row in form.rows:
        row.fields["name"].value = data.draw(names)
        row.fields["tss_node_id"].value = data.draw(
            st.sampled_from(["", *emulator.spare_nodes[:3]])
        )
        row.fields["signer"].value = data.draw(st.booleans())
    form.accept.value = data.draw(st.booleans())
    blocked = bool(form.blocking)
    form.press()
    assert (changes(emulator) == []) is blocked


# ---- what a person must never be misled about -----------------------------------------------------


def test_the_threshold_never_changes_by_itself(emulator: Emulator) -> None:
    """Across the border where the cards become a number field, the chosen threshold stays what it was."""
    form = quorum_form(emulator)
    while len(form.members.rows) < 6:
        form.members.add("User", f"did:privy:{len(form.members.rows)}")
    form.members.threshold.value = 5
    form.members.add("User", "did:privy:x")
    assert form.fields.threshold == form.members.threshold_number.value == 5
    form.members.threshold_number.value = 6
    form.members.remove(form.members.rows[-1])
    assert form.fields.threshold == form.members.threshold.value == 6
    form.members.remove(form.members.rows[-1])
    assert form.fields.threshold == form.members.threshold.value == 6  # out of reach, and chosen
    assert "Chosen, and out of reach." in form.members.threshold.options[-1][0]
    form.members.add("User", "did:privy:y")
    assert [value for _, value in form.members.threshold.options] == [1, 2, 3, 4, 5, 6]


def test_never_another_vault(emulator: Emulator) -> None:
    """A vault that is not in the list is not replaced by the first one."""
    form = group_form(emulator, vault_id="no-such-vault")
    fill(form, emulator)
    assert form.vault.value is None
    form.press()
    assert changes(emulator) == []
    assert "no-such-vault is not among" in screen(form)


def test_a_tick_covers_only_what_was_there(emulator: Emulator) -> None:
    """A warning that appears after the tick takes the tick away."""
    form = group_form(emulator)
    fill(form, emulator)
    form.rows[1].fields["signer"].value = True
    form.accept.value = True
    assert not form.blocking
    form.rows[1].fields["name"].value = "Bob\u202e"
    assert form.accept.value is False
    form.press()
    assert changes(emulator) == []


def test_rereading_makes_no_second_group(emulator: Emulator) -> None:
    """Reading the vaults again, or typing something and taking it back, is no new request; Prepare again is."""
    form = group_form(emulator)
    fill(form, emulator)
    made = form.submit()
    form.reread.click()
    form.rows[0].fields["name"].value = "Alicia"
    form.rows[0].fields["name"].value = "Alice"
    assert form.submit() is made
    assert len(changes(emulator)) == 1
    form.again_button.click()
    form.press()
    assert (
        len(changes(emulator)) == 1
    )  # by now its nodes hold shares in this vault, and that takes a word
    form.acknowledge = {"cobo.node-in-vault"}
    form.press()
    assert len(changes(emulator)) == 2


def test_not_sent_may_be_pressed_again(emulator: Emulator) -> None:
    """Where nobody was reached, the same request may be sent again, and the form says that nothing was made."""
    app = emulator.privy_client()
    door = door_of(app)
    answer, calls = door.handle_request, []

    def flaky(request: httpx.Request) -> httpx.Response:
        calls.append(1)
        if len(calls) == 1:
            raise httpx.ConnectError("refused")
        return answer(request)

    door.handle_request = flaky  # type: ignore[method-assign]
    form = privy.forms.create_key_quorum(app)
    for row, key in zip(form.members.rows, KEYS, strict=False):
        row.fields["text"].value = key.public.to_base64()
    form.press()
    assert "Nobody was reached. Nothing was made." in screen(form)
    form.press()
    assert "Key quorum made" in screen(form)


@pytest.mark.parametrize(
    "private",
    [
        "wallet-auth:AAAA",
        '"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg',
        "PRIVATE=MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
        native_of(KEYS[0])
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode(),
    ],
    ids=["prefix", "quoted and cut", "behind a name", "PEM"],
)
def test_a_private_key_is_taken_out_at_once(emulator: Emulator, private: str) -> None:
    """A private key pasted for a public one is in no field, preview or request, and the row says so."""
    form = quorum_form(emulator, KEYS[0].public.to_base64(), private)
    assert form.members.rows[1].fields["text"].value == ""
    assert private not in screen(form)
    assert "That was a PRIVATE key" in form.members.rows[1].under.value
    form.members.rows[1].fields["text"].value = KEYS[1].public.to_base64()
    assert form.problems == ()


ODD: list[tuple[str, int, bytes, str]] = [
    ("not the documented shape", 200, b"<html>", "It is not known whether this happened"),
    ("internal error", 500, b'{"error":"x"}', "It is not known whether this happened"),
    ("refused", 400, b'{"error":"x"}', "Refused. Nothing was made."),
    (
        "other keys than asked for",
        200,
        b'{"id":"q","authorization_keys":[{"public_key":"04ab"}]}',
        "It is not known",
    ),
]


@pytest.mark.parametrize(
    ("status", "body", "headline"), [case[1:] for case in ODD], ids=[case[0] for case in ODD]
)
def test_headlines_say_what_is_known(status: int, body: bytes, headline: str) -> None:
    """Doubt is called doubt, a refusal a refusal, and an answer that names other keys is doubt."""
    transport = httpx.MockTransport(
        lambda request: httpx.Response(status, stream=httpx.ByteStream(body))
    )
    app = privy.Client(
        "app",
        "secret",
        environment=privy.Environment("https://emulator.invalid"),
        transport=transport,
    )
    form = privy.forms.create_key_quorum(app)
    for row, key in zip(form.members.rows, KEYS, strict=False):
        row.fields["text"].value = key.public.to_base64()
    form.press()
    assert headline in screen(form)


def test_what_cannot_be_written_is_a_problem(emulator: Emulator) -> None:
    """Half a character in a name is a problem on the screen, not an exception on the press."""
    form = quorum_form(emulator, *(key.public.to_base64() for key in KEYS[:2]))
    form.members.display_name.value = "\ud800"
    assert form.prepared is None
    assert any("half of a character" in problem.sentence for problem in form.problems)
    form.press()
    assert changes(emulator) == []
