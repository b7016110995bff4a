"""Doubt: what is looked for, what is adopted, when a person is asked, and that nothing is sent again by itself."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from tests.conftest import Door
from tests.emulated import free, lost, posts
from tests.inside import Send, raw_answers, without_keys
from tests.samples import QUORUM, VAULT, group
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import Journal
from toolkit.errors import (
    ContradictingAnswer,
    InDoubt,
    InputError,
    NotConfirmed,
    NotSent,
    RequestRefused,
)
from toolkit.keys import P256Key
from toolkit.transport.http import RawResponse

# ---- every change, its answer lost ----------------------------------------------------------------


def create_group(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    return (
        door.custody,
        cobo.create_key_share_holder_group(door.emulator.vault_id, group(door.emulator)),
        {},
    )


def create_vault(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    return door.custody, cobo.create_mpc_vault(VAULT), {}


def rename_vault(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    return (
        door.custody,
        cobo.update_mpc_vault_by_id(
            door.emulator.vault_id, cobo.UpdateMpcVaultByIdRequest(name="X")
        ),
        {},
    )


def tss_request(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    vault = list(door.emulator.cobo.state.vaults)[1]
    made = door.custody.send(
        cobo.create_key_share_holder_group(
            vault, group(door.emulator, key_share_holder_group_type="MainGroup")
        )
    )
    request = cobo.CreateTssRequestRequest(
        type="KeyGen",
        target_key_share_holder_group_id=made.key_share_holder_group_id or "",
        description="go",
    )
    return door.custody, cobo.create_tss_request(vault, request), {}


def delete_group(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    vault = door.emulator.vault_id
    found = door.custody.send(
        cobo.list_key_share_holder_groups(vault, key_share_holder_group_type="SigningGroup")
    ).data[0]
    return (
        door.custody,
        cobo.delete_key_share_holder_group_by_id(vault, found.key_share_holder_group_id or ""),
        {},
    )


ENDS = {"acknowledge": {"cobo.upgrade-invalidates"}}


def upgrade_group(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    vault = door.emulator.vault_id
    found = door.custody.send(
        cobo.list_key_share_holder_groups(vault, key_share_holder_group_type="SigningGroup")
    ).data[0]
    identifier = found.key_share_holder_group_id or ""
    door.emulator.cobo.state.groups[vault][identifier] = msgspec.structs.replace(
        found, status="Valid"
    )
    request = cobo.UpdateKeyShareHolderGroupByIdRequest()
    return door.custody, cobo.update_key_share_holder_group_by_id(vault, identifier, request), ENDS


def _two_of(emulator: Emulator) -> tuple[str, list[P256Key]]:
    quorum = next(iter(emulator.privy.quorums.values()))
    return quorum.id, [emulator.authorization_keys[name] for name in ("Alice", "Bob")]


def rename_quorum(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    identifier, keys = _two_of(door.emulator)
    call = privy.update_key_quorum(identifier, privy.UpdateKeyQuorumRequest(display_name="Other"))
    return door.app, call, {"signers": keys}


def delete_quorum(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    key = P256Key.generate()
    made = door.app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[key.public]))
    )
    return door.app, privy.delete_key_quorum(made.id), {"signers": [key]}


def create_wallet(door: Door) -> tuple[Any, Any, dict[str, Any]]:
    owner = next(iter(door.emulator.privy.quorums))
    request = privy.CreateWalletRequest(
        chain_type="ethereum", owner_id=owner, external_id="payouts-7"
    )
    without_keys(door.app)  # else it is asked for again, and nobody has to look
    return door.app, privy.create_wallet(request), {}


ADOPTED: list[Callable[[Door], tuple[Any, Any, dict[str, Any]]]] = [
    create_group, create_vault, rename_vault, tss_request, delete_group, upgrade_group, rename_quorum, delete_quorum,
    create_wallet,
]  # fmt: skip


@pytest.mark.parametrize("case", ADOPTED, ids=lambda case: case.__name__)
def test_a_lost_answer_is_found(door: Door, case: Callable[[Door], Any]) -> None:
    """It happened, the answer was lost: looking adopts it, as a value of the documented kind, and nothing is sent again."""
    client, call, options = case(door)
    before = posts(door.emulator)
    lost(door.emulator, call.operation.name)
    exchange = client.exchange(call, **options)
    assert (exchange.outcome, posts(door.emulator) - before) == ("adopted", 1)
    assert type(exchange.value) is call.operation.returns
    entry = client.journal.get(exchange.entry)
    assert entry.state == "adopted"
    assert client.pending() == ()
    remembered = client.resolve(entry)
    assert remembered.value == exchange.value
    assert remembered.value.provenance.environment == "EMULATOR"


@pytest.mark.parametrize("case", ADOPTED, ids=lambda case: case.__name__)
def test_what_never_happened_is_asked(door: Door, case: Callable[[Door], Any]) -> None:
    """It never happened: a person is asked; sending again is theirs to say, and makes it once."""
    client, call, options = case(door)
    before = posts(door.emulator)
    lost(door.emulator, call.operation.name, "status-before")
    with pytest.raises(InDoubt, match=r"(?s)not sent again by itself.*send_again=True") as caught:
        client.send(call, **options)
    assert [entry.number for entry in client.pending()] == [caught.value.number]
    assert (
        client.exchange(call, **options).error.number == caught.value.number
    )  # joins the one in doubt
    assert posts(door.emulator) - before == 1
    again = client.resolve(caught.value.number, send_again=True, **options)
    assert (again.outcome, posts(door.emulator) - before) == ("answered", 2)
    assert client.journal.get(caught.value.number).state == "replaced"
    assert client.pending() == ()


# ---- somebody else's --------------------------------------------------------------------------------


def test_anothers_wallet_is_not_adopted(door: Door) -> None:
    """Lost before it arrived, while the app's backend made one alike: it is no proof, and a person is asked."""
    request = privy.CreateWalletRequest(chain_type="ethereum")
    without_keys(door.app)
    lost(door.emulator, "create_wallet", "status-before")
    others: list[str] = []

    def meanwhile(prepared: Any, send: Send) -> RawResponse:
        if prepared.call.operation.name == "list_wallets" and not others:
            others.append(
                door.emulator.privy_client(journal=Journal()).send(privy.create_wallet(request)).id
            )
        return send()

    raw_answers(door.app, meanwhile)
    with pytest.raises(
        InDoubt, match="1 made since, and others may have asked for the same"
    ) as caught:
        door.app.send(privy.create_wallet(request))
    assert list(caught.value.candidates) == others
    assert (
        door.app.resolve(caught.value.number, adopt=others[0]).value.id == others[0]
    )  # a person may say so


def test_a_wallet_is_looked_for_by_its_own_id(emulator: Emulator) -> None:
    """With an id of one's own one read finds it, however many wallets there are."""
    app = emulator.privy_client()
    without_keys(app)
    lost(emulator, "create_wallet")
    request = privy.CreateWalletRequest(chain_type="ethereum", external_id="payouts-1")
    exchange = app.exchange(privy.create_wallet(request))
    assert exchange.outcome == "adopted"
    assert [entry.target for entry in emulator.ledger[-1:]] == [
        "/v1/wallets?limit=100&external_id=payouts-1"
    ]


def test_a_tss_request_without_words_of_its_own(emulator: Emulator) -> None:
    """Two people may both ask for the same key generation: without a description nobody's is told from the other's."""
    door = Door(emulator, emulator.cobo_client(), emulator.privy_client(), "", lambda **_: door)
    client, call, _ = tss_request(door)
    body = msgspec.structs.replace(call.body, description=None)
    lost(emulator, "create_tss_request")
    with pytest.raises(InDoubt, match="others may have asked for the same"):
        client.send(cobo.create_tss_request(dict(call.arguments)["vault_id"], body))


# ---- how far a look goes ----------------------------------------------------------------------------


def endless(emulator: Emulator, size: int = 100) -> tuple[httpx.MockTransport, list[int]]:
    """A service whose list of wallets never ends: each page names another cursor."""
    pages: list[int] = []
    wallet = '{"id":"w%d","chain_type":"ethereum","address":"0x","owner_id":null,"created_at":1,"additional_signers":[]}'

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ReadError("lost")
        pages.append(len(pages))
        data = ",".join(wallet % (len(pages) * size + at) for at in range(size))
        content = f'{{"data":[{data}],"next_cursor":"c{len(pages)}"}}'.encode()
        return httpx.Response(
            200, stream=httpx.ByteStream(content), headers={"content-type": "application/json"}
        )

    return httpx.MockTransport(handle), pages


BOUNDS = [("PAGES", 7, "7 pages"), ("BYTES", 100_000, "0 MB"), ("LEAST_S", 0.0, "0.0 s")]


@pytest.mark.parametrize(("bound", "value", "told"), BOUNDS)
def test_a_look_has_a_bound(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, bound: str, value: float, told: str
) -> None:
    """A list without end ends the look: by pages, bytes or seconds; it says how far it came, and a person is asked."""
    transport, pages = endless(emulator)
    monkeypatch.setattr(f"toolkit.client.reconcile.{bound}", value)
    app = emulator.privy_client(transport=transport, window_s=0, journal=Journal())
    with pytest.raises(
        InDoubt, match=rf"in the first \d+ pages?, and no further \({told} is all"
    ) as caught:
        app.send(privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum")))
    assert caught.value.finding == "partly"
    assert len(pages) <= 10


def test_what_cannot_be_told(emulator: Emulator) -> None:
    """A cancelled TSS request shows no documented status: looking names what it sees, and a person is asked."""
    door = Door(emulator, emulator.cobo_client(), emulator.privy_client(), "", lambda **_: door)
    _, call, _ = tss_request(door)
    made = door.custody.send(call)
    cancel = cobo.cancel_tss_request_by_id(
        dict(call.arguments)["vault_id"], made.tss_request_id or ""
    )
    lost(emulator, "cancel_tss_request_by_id")
    with pytest.raises(
        InDoubt, match="its status is KeyHolderConfirmationFailed, which does not tell"
    ):
        door.custody.send(cancel)


# ---- a quorum cannot be listed --------------------------------------------------------------------


def test_quorums_are_asked_about(door: Door) -> None:
    """Privy lists no quorums: the error says so; a named one is read and compared before it is taken."""
    lost(door.emulator, "create_key_quorum")
    with pytest.raises(InDoubt, match="no way to look") as caught:
        door.app.send(privy.create_key_quorum(QUORUM))
    assert "looks again" not in caught.value.hint
    made = list(door.emulator.privy.quorums)[-1]
    other = next(iter(door.emulator.privy.quorums))
    with pytest.raises(ContradictingAnswer, match="stays open"):
        door.app.resolve(caught.value.number, adopt=other)
    with pytest.raises(Exception, match="Key quorum not found"):
        door.app.resolve(caught.value.number, adopt="no-such-quorum")
    assert len(door.app.pending()) == 1
    assert door.app.resolve(caught.value.number, adopt=made).value.id == made
    assert door.app.pending() == ()


def test_give_up(emulator: Emulator) -> None:
    """Given up: nothing is sent, the entry is closed, and the same change may be sent anew."""
    app = emulator.privy_client()
    lost(emulator, "create_key_quorum", "status-before")
    number = app.exchange(privy.create_key_quorum(QUORUM)).error.number
    given_up = app.resolve(number, give_up=True)
    assert (given_up.outcome, given_up.error.cause, posts(emulator)) == ("unknown", "given-up", 1)
    assert app.send(privy.create_key_quorum(QUORUM)).display_name == "Ops"


def test_choices_exclude_each_other(emulator: Emulator) -> None:
    """One choice at a time; what has no id cannot be adopted by one; rules hold when sending again."""
    app, custody = emulator.privy_client(), emulator.cobo_client()
    lost(emulator, "create_key_quorum", "status-before")
    number = app.exchange(privy.create_key_quorum(QUORUM)).error.number
    with pytest.raises(InputError, match="Choose one"):
        app.resolve(number, adopt="x", give_up=True)
    with pytest.raises(RequestRefused, match="is not signed"):
        app.resolve(number, send_again=True, signers=[P256Key.generate()])
    lost(emulator, "update_mpc_vault_by_id", "status-before")
    rename = cobo.update_mpc_vault_by_id(
        emulator.vault_id, cobo.UpdateMpcVaultByIdRequest(name="X")
    )
    number = custody.exchange(rename).error.number
    with pytest.raises(InputError, match="no id of its own"):
        custody.resolve(number, adopt="x")


# ---- which one is it ------------------------------------------------------------------------------


def test_not_an_older_one(emulator: Emulator) -> None:
    """The same contents, made before: not adopted, and told."""
    custody = free(emulator).cobo_client()
    stranger = emulator.cobo_client(journal=Journal())
    stranger.send(cobo.create_mpc_vault(VAULT))
    emulator.advance(10_000)
    lost(emulator, "create_mpc_vault", "status-before")
    with pytest.raises(InDoubt, match="1 made before this was sent"):
        custody.send(cobo.create_mpc_vault(VAULT))


def test_not_one_that_the_journal_owns(emulator: Emulator) -> None:
    """What another click made is never this click's, however alike."""
    custody = free(emulator).cobo_client()
    custody.send(cobo.create_mpc_vault(VAULT))
    lost(emulator, "create_mpc_vault", "status-before")
    with pytest.raises(InDoubt, match="1 known to be from another entry"):
        custody.send(cobo.create_mpc_vault(VAULT))


def test_several_are_asked_about(emulator: Emulator) -> None:
    """Two that fit, made by somebody else meanwhile: a person is asked, the ids are at hand, one of them can be taken."""
    custody = free(emulator).cobo_client()
    stranger = emulator.cobo_client(journal=Journal())
    call = cobo.create_key_share_holder_group(emulator.vault_id, group(emulator))
    lost(emulator, "create_key_share_holder_group", "status-before")
    number = custody.exchange(call).error.number
    ids = [stranger.send(call).key_share_holder_group_id for _ in range(2)]
    error = custody.resolve(number).error
    assert isinstance(error, InDoubt)
    assert list(error.candidates) == ids
    assert custody.resolve(number, adopt=ids[1]).value.key_share_holder_group_id == ids[1]


def test_alike_is_not_the_same(emulator: Emulator) -> None:
    """Type, threshold, participants and nodes must agree: a group with other nodes is not adopted."""
    custody = free(emulator).cobo_client(window_s=0)
    stranger = emulator.cobo_client(journal=Journal())
    call = cobo.create_key_share_holder_group(emulator.vault_id, group(emulator))
    lost(emulator, "create_key_share_holder_group", "status-before")
    number = custody.exchange(call).error.number
    holders = [
        cobo.CreateKeyShareHolder(name="Z", type="API", tss_node_id=node, signer=at == 0)
        for at, node in enumerate(emulator.spare_nodes[1:3])
    ]
    stranger.send(
        cobo.create_key_share_holder_group(
            emulator.vault_id, group(emulator, key_share_holders=holders)
        )
    )
    assert isinstance(custody.resolve(number).error, InDoubt)
    made = stranger.send(call)
    assert custody.resolve(number).value == made


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_drifting_clocks(emulator: Emulator, hours: int) -> None:
    """The time a thing was made is read by the service's clock: this computer's may be a day off."""
    emulator = free(emulator)
    emulator.cobo_client(journal=Journal()).send(
        cobo.create_mpc_vault(VAULT)
    )  # an older one, not ours
    emulator.advance(10_000)
    off = hours * 3_600_000
    custody = emulator.cobo_client(clock=lambda: emulator.clock.now_ms() + off, freshness_s=None)
    lost(emulator, "create_mpc_vault")
    exchange = custody.exchange(cobo.create_mpc_vault(VAULT))
    assert exchange.outcome == "adopted"
    assert exchange.value.vault_id == list(emulator.cobo.state.vaults)[-1]
    assert "clocks" in custody.journal.get(exchange.entry or 0).history[-1][1]
    lost(emulator, "create_mpc_vault", "status-before")
    assert custody.exchange(cobo.create_mpc_vault(VAULT)).outcome == "unknown"


def test_late_but_found_afterwards(emulator: Emulator) -> None:
    """What commits after the window is asked about first, and found by looking again."""
    custody = emulator.cobo_client()
    lost(emulator, "create_mpc_vault", "late-commit", after_ms=60_000)
    number = custody.exchange(cobo.create_mpc_vault(VAULT)).error.number
    emulator.advance(60_000)
    assert custody.resolve(number).value.name == "New"


def test_two_in_doubt_never_share(emulator: Emulator) -> None:
    """Two changes that ask for the same, both in doubt, and one thing made: nobody takes it but by a person's word."""
    app = free(emulator).cobo_client()
    alike = [group(emulator), group(emulator)]
    renamed = [
        msgspec.structs.replace(holder, name=f"{holder.name}, again")
        for holder in alike[1].key_share_holders
    ]
    alike[1] = msgspec.structs.replace(alike[1], key_share_holders=tuple(renamed))
    calls = [cobo.create_key_share_holder_group(emulator.vault_id, request) for request in alike]
    lost(emulator, "create_key_share_holder_group", "status-before")
    first = app.exchange(calls[0]).error.number
    lost(emulator, "create_key_share_holder_group")
    second = app.exchange(calls[1]).error
    assert isinstance(second, InDoubt)
    made = list(emulator.cobo.state.groups[emulator.vault_id])[-1]
    assert (second.finding, second.candidates) == ("maybe", (made,))
    assert made in str(second)
    app.resolve(first, give_up=True)
    assert app.resolve(second.number).value.key_share_holder_group_id == made
    with pytest.raises(InputError, match="settled already, as given-up"):
        app.resolve(first, adopt=made)


# ---- double clicks --------------------------------------------------------------------------------


def test_twice_is_twice(door: Door) -> None:
    """Sent twice on purpose, it is made twice."""
    ids = {door.app.send(privy.create_key_quorum(QUORUM)).id for _ in range(2)}
    assert len(ids) == 2


def test_the_second_click_joins_the_first(emulator: Emulator) -> None:
    """Twenty threads send the same change while the first is in flight: one is made, all hear of it."""
    app = emulator.privy_client()
    started, go_on = threading.Event(), threading.Event()

    def slow(prepared: Any, send: Send) -> RawResponse:
        started.set()
        assert go_on.wait(10)
        return send()

    raw_answers(app, slow)
    heard: list[Any] = []
    threads = [
        threading.Thread(target=lambda: heard.append(app.exchange(privy.create_key_quorum(QUORUM))))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    assert started.wait(10)
    threading.Event().wait(0.3)  # let the others reach the one in flight
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(heard) == 20
    assert len({id(exchange) for exchange in heard}) == 1
    assert posts(emulator) == 1


def test_a_prepared_joins_too(emulator: Emulator) -> None:
    """The same Prepared again while it is in doubt joins; once settled it was sent already, and is not sent again."""
    app = emulator.privy_client()
    prepared = app.prepare(privy.create_key_quorum(QUORUM))
    lost(emulator, "create_key_quorum")
    number = app.exchange(prepared).error.number
    assert app.exchange(prepared).error.number == number
    app.resolve(number, give_up=True)
    with pytest.raises(InputError, match="sent already"):
        app.exchange(prepared)
    assert (posts(emulator), [entry.state for entry in app.journal.entries()]) == (1, ["given-up"])


# ---- interrupted ----------------------------------------------------------------------------------


def test_interrupted(emulator: Emulator) -> None:
    """Stop pressed while it is on its way: the entry is open, the message names it, and no frame holds the request."""
    custody = emulator.cobo_client()

    def stop(request: httpx.Request) -> httpx.Response:
        emulator.handle(request)
        raise KeyboardInterrupt

    stopped = emulator.cobo_client(transport=httpx.MockTransport(stop))
    with pytest.raises(KeyboardInterrupt, match=r"client\.resolve\(1\)") as caught:
        stopped.send(cobo.create_mpc_vault(VAULT))
    assert caught.value.__context__ is None
    (entry,) = custody.pending()
    assert custody.resolve(entry).value.name == "New"
    with pytest.raises(KeyboardInterrupt, match="It changed nothing"):
        stopped.send(cobo.get_api_key_info())


# ---- only where nobody was reached ----------------------------------------------------------------


def failing(emulator: Emulator, times: int, error: Exception) -> tuple[privy.Client, list[str]]:
    """A client whose first sends fail so, and the signed expiry or body of each send."""
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("privy-request-expiry", ""))
        if len(seen) <= times:
            raise error
        return emulator.handle(request)

    return emulator.privy_client(transport=httpx.MockTransport(handle)), seen


UNSENT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("busy"),
    httpx.ProxyError("no"),
]
MAYBE = [httpx.ReadError("cut"), httpx.WriteError("cut"), httpx.ReadTimeout("slow"), httpx.WriteTimeout("slow"), httpx.RemoteProtocolError("odd")]  # fmt: skip


@pytest.mark.parametrize("error", UNSENT, ids=lambda error: type(error).__name__)
def test_a_change_is_tried_again_where_nobody_was_reached(
    emulator: Emulator, error: Exception
) -> None:
    """Twice unreachable, then there: made once, in three tries, each signed afresh; three times unreachable: unsent."""
    identifier, keys = _two_of(emulator)
    call = privy.update_key_quorum(identifier, privy.UpdateKeyQuorumRequest(display_name="Other"))
    app, seen = failing(emulator, 2, error)
    exchange = app.exchange(call, signers=keys)
    assert (exchange.outcome, exchange.tries, posts(emulator)) == ("answered", 3, 1)
    assert len(set(seen)) == 3
    app, seen = failing(emulator, 3, error)
    exchange = app.exchange(call, signers=keys)
    assert isinstance(exchange.error, NotSent)
    assert (exchange.outcome, len(seen), app.journal.entries()[-1].state) == (
        "refused",
        3,
        "unsent",
    )


@pytest.mark.parametrize("error", MAYBE, ids=lambda error: type(error).__name__)
def test_a_change_is_never_tried_again_otherwise(emulator: Emulator, error: Exception) -> None:
    """Whatever may have left is sent once and called doubt; a read is asked again."""
    app, seen = failing(emulator, 1, error)
    assert app.exchange(privy.create_key_quorum(QUORUM)).outcome == "unknown"
    assert len(seen) == 1
    app, seen = failing(emulator, 2, error)
    exchange = app.exchange(privy.get_key_quorum(next(iter(emulator.privy.quorums))))
    assert (exchange.outcome, exchange.tries, len(seen)) == ("answered", 3, 3)


# ---- PROD -----------------------------------------------------------------------------------------


def on_prod(emulator: Emulator, **options: Any) -> privy.Client:
    transport = httpx.MockTransport(emulator.handle)
    return privy.Client(
        emulator.privy.app_id,
        emulator.privy.app_secret,
        transport=transport,
        clock=emulator.clock.now_ms,
        **options,
    )


def test_prod_asks_before_the_first_change(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads go on; the first change asks for the name, typed; the second one does not ask again."""
    asked: list[str] = []
    typed = ["prod", "PROD"]
    monkeypatch.setattr(builtins, "input", lambda prompt: asked.append(prompt) or typed.pop(0))  # type: ignore[func-returns-value]
    app = on_prod(emulator)
    app.exchange(privy.get_key_quorum("x"))
    assert asked == []
    with pytest.raises(NotConfirmed, match="Nothing was signed or sent"):
        app.send(privy.create_key_quorum(QUORUM))
    assert posts(emulator) == 0
    app.send(privy.create_key_quorum(QUORUM))
    app.send(privy.create_key_quorum(QUORUM))
    assert len(asked) == 2
    assert "Type PROD" in asked[0]


def test_prod_in_a_script(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script says confirm="PROD"; another name is refused; where nobody can type, nothing is sent."""
    assert on_prod(emulator, confirm="PROD").send(privy.create_key_quorum(QUORUM)).id
    with pytest.raises(NotConfirmed, match="'yes'"):
        on_prod(emulator, confirm="yes")

    def nobody(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(builtins, "input", nobody)
    with pytest.raises(NotConfirmed, match="confirm='PROD'"):
        on_prod(emulator).send(privy.create_key_quorum(QUORUM))
