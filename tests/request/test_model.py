"""Models, prepared requests, exchanges and powers: short to look at, and inert."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples
from tests.emulated import lost
from tests.generated import MODELS, models
from tests.inert import inert
from toolkit import Emulator, cobo, privy
from toolkit.base.hidden import hidden_at
from toolkit.quorum import Quorum
from toolkit.request.exchange import Answer
from toolkit.request.model import HIDDEN, Model

KINDS = {name: kind for name, kind in MODELS.items() if "[" not in name}


def is_a_line(text: str) -> bool:
    return text[-1] in ">)" and not hidden_at(text)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=15)
@given(data=st.data())
def test_any_model_is_shown(name: str, data: st.DataObject) -> None:
    """A model of any kind, whatever stands in it, is one line and a card that does nothing."""
    model = data.draw(models(MODELS[name]))
    assert isinstance(model, Model)
    kind = name.partition("[")[0]
    assert is_a_line(repr(model))
    assert repr(model).startswith(f"<{kind}")
    html = model._repr_html_()
    inert(html)
    assert f"<strong>{kind}</strong>" in html
    if isinstance(model, Answer) and model.provenance and model.provenance.environment:
        assert repr(model).startswith(f"<{kind} on ")


def everything(emulator: Emulator) -> dict[str, Any]:
    """What a cell may end with."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    groups = custody.send(cobo.list_key_share_holder_groups(emulator.vault_id))
    quorum = app.send(privy.get_key_quorum(next(iter(emulator.privy.quorums))))
    request = samples.group(emulator)
    call = cobo.create_key_share_holder_group(emulator.vault_id, request)
    prepared = custody.prepare(call)
    return {
        "page": groups,
        "group": groups.data[0],
        "holder": groups.data[0].key_share_holders[0],  # type: ignore[index]
        "quorum as answered": quorum,
        "page of wallets": app.send(privy.list_wallets()),
        "api key": custody.send(cobo.get_api_key_info()),
        "request": request,
        "prepared": prepared,
        "exchange": custody.exchange(prepared),
        "refused": custody.exchange(cobo.get_mpc_vault_by_id("no-such-vault")),
        "powers": cobo.powers_of(groups.data[0]),
        "quorum": privy.quorum_of(quorum),
        "small quorum": Quorum(2, ["Alice", "Bob", Quorum(1, ["Carol"])]),
    }


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("page", "<cobo.Page on EMULATOR: 3 KeyShareHolderGroup, is_last=True>"),
        ("group", "<cobo.KeyShareHolderGroup on EMULATOR: key_share_holder_group_id='"),
        ("holder", "<cobo.KeyShareHolder on EMULATOR: name='Cobo', type='Cobo', tss_node_id='"),
        ("quorum as answered", "<privy.KeyQuorum on EMULATOR: id='"),
        ("page of wallets", "<privy.WalletPage on EMULATOR: 3 Wallet, is_last=True>"),
        ("api key", "<cobo.ApiKeyInfo on EMULATOR: name='treasury-bot', curve_type='ED25519'"),
        ("request", "<cobo.CreateKeyShareHolderGroupRequest: key_share_holder_group_type='Signin"),
        ("prepared", "<Prepared create_key_share_holder_group on EMULATOR: request='POST https"),
        ("exchange", "<Exchange create_key_share_holder_group on EMULATOR: outcome='answered', s"),
        ("refused", "<Exchange get_mpc_vault_by_id on EMULATOR: outcome='refused', status=404>"),
        ("powers", "<cobo.Powers: signing='2 of 2: Cobo, Alice Moreau', shares='2 of 3: Cobo, A"),
        ("quorum", "<Quorum: who='2 of 3: "),
        ("small quorum", "Quorum(2, ['Alice', 'Bob', Quorum(1, ['Carol'])])"),
    ],
)
def test_what_a_cell_shows(emulator: Emulator, name: str, line: str) -> None:
    """A short line that names the environment where it is known, and a small card of the same."""
    value = everything(emulator)[name]
    assert is_a_line(repr(value))
    assert repr(value).startswith(line)
    assert len(repr(value)) < 260
    html = value._repr_html_()
    inert(html)
    assert len(html) < 16_000
    if "EMULATOR" in line:
        assert "EMULATOR" in html


def test_a_card_says_what_happened(emulator: Emulator) -> None:
    """The card of an exchange says why and what next; that of an answer, where it is from."""
    shown = {name: value._repr_html_() for name, value in everything(emulator).items()}
    assert "no-such-vault not found" in shown["refused"]
    assert "answer’s signature held" in shown["group"]
    assert "no answer was signed" in shown["quorum as answered"]
    assert "What is signed" in shown["prepared"]
    assert "Alice Moreau" in shown["group"]
    lost(emulator, "create_mpc_vault", "status-before")
    exchange = emulator.cobo_client().exchange(cobo.create_mpc_vault(samples.VAULT))
    assert repr(exchange).endswith("outcome='unknown', status=504, entry=2>")
    assert "unknown" in exchange._repr_html_()


PRIVATE = samples.pkcs8(samples.KEYS[0])


@pytest.mark.parametrize(
    "request_with",
    [
        lambda: cobo.CreateKeyShareHolder(name=PRIVATE, type="API"),
        lambda: cobo.CreateMpcVaultRequest(name=PRIVATE, vault_type=PRIVATE, project_id=PRIVATE),
        lambda: cobo.UpdateMpcVaultByIdRequest(name=PRIVATE),
        lambda: privy.CreateKeyQuorumRequest(public_keys=[PRIVATE], user_ids=[PRIVATE]),
        lambda: privy.UpdateKeyQuorumRequest(key_quorum_ids=[PRIVATE], display_name=PRIVATE),
        lambda: privy.WalletOwner(user_id=PRIVATE),
        lambda: privy.CreateWalletRequest(
            chain_type="ethereum", owner=privy.WalletOwner(user_id=PRIVATE)
        ),
        lambda: cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type="MainGroup",
            participants=2,
            threshold=2,
            key_share_holders=[cobo.CreateKeyShareHolder(name=PRIVATE)],
        ),
        lambda: cobo.KeyShareHolder(name=PRIVATE),  # as a service would repeat it
    ],
)
def test_a_private_key_is_never_shown(request_with: Any) -> None:
    """A private key that was typed as something else stands neither in the line nor on the card."""
    request = request_with()
    html = request._repr_html_()
    assert PRIVATE[:20] not in repr(request)
    assert PRIVATE[:20] not in html
    assert HIDDEN in html


def test_a_page_is_what_is_on_it(emulator: Emulator) -> None:
    """A page has a length, is gone through, and says whether it is the last; so does an empty one."""
    custody = emulator.cobo_client()
    first = custody.send(cobo.list_key_share_holder_groups(emulator.vault_id, limit=2))
    assert (len(first), list(first), first.is_last) == (2, first.data, False)
    rest = cobo.list_key_share_holder_groups(emulator.vault_id, after=first.pagination.after)
    assert custody.send(rest).is_last
    wallets = emulator.privy_client().send(privy.list_wallets(limit=1))
    assert (len(wallets), [each.id for each in wallets]) == (1, [wallets.data[0].id])
    assert not wallets.is_last
    empty = privy.WalletPage([])
    assert (len(empty), list(empty), empty.is_last) == (0, [], True)
    assert repr(empty) == "<privy.WalletPage: 0 things, is_last=True>"


class Elsewhere(Model, frozen=True):
    """A model that somebody makes for themselves."""

    name: str


def test_a_model_of_ones_own_is_shown() -> None:
    """A model that stands outside the toolkit is shown by its own name."""
    assert repr(Elsewhere("x")) == "<Elsewhere: name='x'>"
