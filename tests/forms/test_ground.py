"""A form whose ground has changed under it says so: nothing on the screen stays false without a word."""

from __future__ import annotations

import asyncio

from tests.emulated import lost
from tests.samples import KEYS
from tests.screen import fill, group_form, until
from toolkit import Emulator, cobo, privy
from toolkit.errors import ToolkitError
from toolkit.privy.forms import QuorumFields

MOVED = "What stands here may be older than that"


def quorum_of(app: privy.Client) -> privy.KeyQuorum:
    request = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in KEYS], authorization_threshold=2
    )
    return app.send(privy.create_key_quorum(request))


def test_a_change_in_code_is_told_in_the_forms(emulator: Emulator) -> None:
    """What a cell sends is told in each open form about the same quorum, with its name and moment."""
    app = emulator.privy_client()
    quorum, other = quorum_of(app), quorum_of(app)
    forms = [
        privy.forms.update_key_quorum(app, quorum),
        privy.forms.delete_key_quorum(app, quorum),
    ]
    elsewhere = privy.forms.update_key_quorum(app, other)
    change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    app.send(privy.update_key_quorum(quorum.id, change), signers=KEYS[:2])
    for form in forms:
        assert MOVED in form.status.value
        assert "“Update key quorum”" in form.status.value
        form.refresh()
        assert MOVED in form.status.value
    assert MOVED not in elsewhere.status.value


def test_a_group_form_after_its_keys_were_made_elsewhere(emulator: Emulator) -> None:
    """The card that says New, and the step that says Ready, are told when another form sends the TSS request."""
    form = group_form(emulator)
    fill(form, emulator)
    group = form.submit()
    (step,) = form.next_steps.children
    assert MOVED not in form.status.value + step.status.value
    keys = cobo.forms.create_tss_request(form.client, emulator.vault_id, group)
    keys.submit()
    assert MOVED in form.status.value
    assert MOVED in step.status.value
    assert MOVED not in keys.status.value


def test_its_own_change_is_no_news(emulator: Emulator) -> None:
    """What a form has sent itself it shows as its own; a read and a refusal move nothing."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    form = privy.forms.update_key_quorum(app, quorum, signers=KEYS)
    other = privy.forms.update_key_quorum(app, quorum)
    app.send(privy.get_key_quorum(quorum.id))
    assert MOVED not in other.status.value
    form.fill(QuorumFields("Mine", tuple(("Key", key.public.to_base64()) for key in KEYS), 2))
    form.submit()
    assert MOVED not in form.status.value
    assert MOVED in other.status.value


def test_what_is_in_doubt_is_told_too(emulator: Emulator) -> None:
    """Where nobody knows whether it happened, what stands there may be older all the same."""
    app = emulator.privy_client(window_s=0)
    quorum = quorum_of(app)
    form = privy.forms.update_key_quorum(app, quorum)
    lost(emulator, "update_key_quorum", "status-before")
    change = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="X"))
    assert isinstance(app.exchange(change, signers=KEYS[:2]).error, ToolkitError)
    assert MOVED in form.status.value


def test_on_a_loop_it_is_told_on_the_loop(emulator: Emulator) -> None:
    """A form in a notebook hears of it on its own loop, whichever thread has sent."""

    async def main() -> None:
        app = emulator.privy_client()
        quorum = quorum_of(app)
        form = privy.forms.delete_key_quorum(app, quorum)
        change = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="X"))
        await asyncio.to_thread(lambda: app.send(change, signers=KEYS[:2]))
        await until(lambda: MOVED in form.status.value)
        form.close()
        app.send(
            privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="Y")),
            signers=KEYS[:2],
        )

    asyncio.run(main())
