"""A client takes the calls of its own service, and no other's: whichever door they come by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import toolkit
from tests.emulated import lost
from tests.inside import transport_of
from tests.samples import QUORUM, VAULT
from toolkit import Approval, Emulator, cobo, frames, privy
from toolkit.client.journal import Journal
from toolkit.client.submission import asked_of
from toolkit.errors import InputError, RequestRefused

CALLS: dict[str, dict[str, Any]] = {
    "cobo": {"read": privy.get_key_quorum("a" * 24), "change": privy.create_key_quorum(QUORUM)},
    "privy": {"read": cobo.get_api_key_info(), "change": cobo.create_mpc_vault(VAULT)},
}
DOORS: dict[str, Callable[[Any, Any], Any]] = {
    "prepare": lambda client, call: client.prepare(call),
    "problems": lambda client, call: client.problems(call),
    "exchange": lambda client, call: client.exchange(call),
    "send": lambda client, call: client.send(call),
    "send, with all acknowledged": lambda client, call: client.send(call, acknowledge={"x"}),
    "send_many": lambda client, call: client.send_many([call], progress=False),
    "iterate": lambda client, call: client.iterate(call),
}
COBO_DOORS: dict[str, Callable[[Any, Any], Any]] = {
    "preflight": lambda client, call: client.preflight(call),
    "access_to": lambda client, call: client.access_to(call),
}


def client_of(emulator: Emulator, service: str) -> Any:
    if service == "cobo":
        return emulator.cobo_client()
    return emulator.privy_client()


WAYS = [
    (service, kind, door)
    for service in CALLS
    for kind in ("read", "change")
    for door in DOORS | (COBO_DOORS if service == "cobo" else {})
]


@pytest.mark.parametrize(("service", "kind", "door"), WAYS, ids=[" ".join(way) for way in WAYS])
def test_every_door_refuses_another_service(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, service: str, kind: str, door: str
) -> None:
    """The error names the call, both services and the client to use; nothing was prepared, signed, written down or sent."""
    client, call = client_of(emulator, service), CALLS[service][kind]
    touched: list[str] = []
    monkeypatch.setattr(transport_of(client), "send", lambda *_: touched.append("sent"))
    monkeypatch.setattr(Journal, "begin", lambda *_, **__: touched.append("written"))
    monkeypatch.setattr(type(client), "_must_be_confirmed", lambda _: touched.append("asked"))
    with pytest.raises(InputError) as caught:
        (DOORS | COBO_DOORS)[door](client, call)
    other = "Privy" if service == "cobo" else "Cobo"
    assert type(caught.value) is InputError
    assert not isinstance(caught.value, RequestRefused)
    assert call.operation.name in str(caught.value)
    assert f"a call of {other}" in str(caught.value)
    assert f"speaks to {service.capitalize()} (EMULATOR)" in str(caught.value)
    assert f"{other.lower()}.Client" in caught.value.hint
    assert touched == []
    assert emulator.ledger == []


@pytest.mark.parametrize("service", CALLS)
def test_what_another_client_prepared(emulator: Emulator, service: str) -> None:
    """A Prepared of another service is refused as that, even where it names this environment and identity."""
    client = client_of(emulator, service)
    other = client_of(emulator, "privy" if service == "cobo" else "cobo")
    prepared = other.prepare(CALLS[service]["change"])
    for each in (
        prepared,
        replace(prepared, environment=client.environment, identity=client.identity),
    ):
        with pytest.raises(InputError, match="is a call of"):
            client.send(each)
    assert (emulator.ledger, emulator.journal.entries()) == ([], ())


def test_what_another_client_sent(emulator: Emulator) -> None:
    """What another client's journal has by a number is not settled by that number here."""
    custody, app = emulator.cobo_client(), emulator.privy_client(journal=Journal())
    lost(emulator, "create_key_quorum", "status-before")
    theirs = app.exchange(CALLS["cobo"]["change"])
    lost(emulator, "create_mpc_vault", "status-before")
    emulator.cobo_client(window_s=0).exchange(CALLS["privy"]["change"])
    assert [entry.number for entry in custody.pending()] == [theirs.entry]
    with pytest.raises(InputError, match="create_key_quorum is a call of Privy"):
        custody.resolve(theirs, give_up=True)
    with pytest.raises(InputError, match="does not know"):
        app.call_of(custody.pending()[0])
    assert [entry.open for entry in custody.journal.entries()] == [True]


def test_an_exchange_of_another_journal(emulator: Emulator) -> None:
    """An exchange of the same service names its entry in its own journal, and none in another."""
    here, there = emulator.privy_client(), emulator.privy_client(journal=Journal())
    exchanges = []
    for client, user in ((here, "did:privy:here"), (there, "did:privy:there")):
        lost(emulator, "create_key_quorum", "status-before")
        request = privy.CreateKeyQuorumRequest(user_ids=[user])
        exchanges.append(client.exchange(privy.create_key_quorum(request)))
    with pytest.raises(InputError, match="another one"):
        there.resolve(exchanges[0], give_up=True)
    assert there.resolve(exchanges[1], give_up=True).outcome == "unknown"


@pytest.mark.parametrize("service", CALLS)
def test_a_form_cannot_be_ready_for_another_service(emulator: Emulator, service: str) -> None:
    """Where a form's fields make another service's call, nothing is prepared and the form says why."""
    asked = asked_of(client_of(emulator, service), lambda: CALLS[service]["change"], (), (), "")
    assert asked.prepared is None
    assert "is a call of" in asked.blocking[0].text


#: What is no call, no client and no entry, at doors that take one.
STRANGERS: list[tuple[str, Callable[[Any, Any], Any], str]] = [
    ("an approval by nobody", lambda app, what: Approval.of(what, CALLS["cobo"]["change"]), "prepared by a client"),
    ("connect", lambda app, what: toolkit.connect(what), "emulator must be an Emulator"),
    ("a receipt", lambda app, what: app.receipt(what), "named by its number, not by"),
    ("people", lambda app, what: frames.people(what), "made of an Inventory, not of"),
    ("powers", lambda app, what: frames.powers(what), "made of an Inventory, not of"),
    ("owners", lambda app, what: frames.wallet_owners(what), "made of an Inventory, not of"),
    ("changes", lambda app, what: frames.changes(what), "cannot be made of"),
    ("exchanges", lambda app, what: frames.exchanges(what), "cannot be made of"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("door", "said"), [each[1:] for each in STRANGERS], ids=[each[0] for each in STRANGERS]
)
def test_strangers(emulator: Emulator, door: Callable[[Any, Any], Any], said: str) -> None:
    """What a door cannot take is named by its type, whatever it is; nothing is sent."""
    app = emulator.privy_client()
    for what in (CALLS["cobo"]["change"], 5.5, QUORUM):
        with pytest.raises(InputError, match=said):
            door(app, what)
    assert emulator.ledger == []
