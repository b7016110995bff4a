"""What a person approves by is told where it hides something: names that are there already, too."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.samples import KEYS
from tests.screen import screen
from toolkit import cobo, privy
from toolkit.emulator import Emulator

NAME = "Treasury \u202e(evil)"
WORDS = "U+202E (right-to-left override) as character 10"


def renamed(things: dict[str, Any], field: str) -> Any:
    """The first of the emulator's things, with this name."""
    key = next(iter(things))
    things[key] = msgspec.structs.replace(things[key], **{field: NAME})
    return things[key]


def told(form: Any) -> set[str]:
    return {finding.rule for finding in form.problems if WORDS in finding.sentence}


def test_a_vault(emulator: Emulator) -> None:
    """A group is made in a vault that a person chose by its name."""
    renamed(emulator.cobo.state.vaults, "name")
    form = cobo.forms.create_key_share_holder_group(
        emulator.cobo_client(), vault_id=emulator.vault_id
    )
    assert told(form) == {"cobo.hidden-characters"}
    form.rows[0].fields["name"].value = "Alice"
    assert WORDS in screen(form)


@pytest.mark.parametrize("make", [privy.forms.update_key_quorum, privy.forms.delete_key_quorum])
def test_a_quorum(emulator: Emulator, make: Any) -> None:
    """A quorum is changed and deleted by its name."""
    quorum = renamed(emulator.privy.quorums, "display_name")
    form = make(emulator.privy_client(), quorum.id)
    assert told(form) == {"privy.hidden-characters"}
    assert WORDS in screen(form)


def test_a_wallet(emulator: Emulator) -> None:
    """A wallet is handed over by its name."""
    app = emulator.privy_client()
    quorum = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(public_keys=[KEYS[0].public], authorization_threshold=1)
        )
    )
    wallet = renamed(emulator.privy.wallets, "display_name")
    form = privy.forms.update_wallet(app, quorum, wallet_id=wallet.id)
    assert told(form) == {"privy.hidden-characters"}
    assert WORDS in screen(form)


@pytest.mark.parametrize(
    "call",
    [
        cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name=NAME, vault_type="Org-Controlled")),
        cobo.update_mpc_vault_by_id("v", cobo.UpdateMpcVaultByIdRequest(name=NAME)),
        cobo.create_tss_request(
            "v",
            cobo.CreateTssRequestRequest(
                type="KeyGen", target_key_share_holder_group_id="g", description=NAME
            ),
        ),
    ],
    ids=["a new vault", "a vault's new name", "a description"],
)
def test_in_code(emulator: Emulator, call: Any) -> None:
    """Vaults' names and descriptions are warned of in code as well."""
    rules = {finding.rule: finding for finding in emulator.cobo_client().problems(call)}
    assert WORDS in rules["cobo.hidden-characters"].sentence
    assert not rules["cobo.hidden-characters"].blocks
