"""Event hooks: shown every request and answer, as copies without credentials; they change nothing."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest

from tests.emulated import changes
from tests.planted import Hunt, Planted
from tests.samples import QUORUM
from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
from toolkit.errors import InputError
from toolkit.request.exchange import Exchange
from toolkit.transport.hooks import Hooks


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What was told to ``sys.excepthook``."""
    errors: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: errors.append(error))
    return errors


def test_as_httpx_has_them(emulator: Emulator) -> None:
    """Requests and answers are httpx's objects; an answer's request is the very one that was shown."""
    requests: list[httpx.Request] = []
    responses: list[httpx.Response] = []
    client = emulator.cobo_client(
        event_hooks={"request": [requests.append], "response": [responses.append]}
    )
    exchange = client.exchange(cobo.list_mpc_vaults(limit=7))
    (request,), (response,) = requests, responses
    assert response.request is request
    assert str(request.url) == exchange.prepared.url
    assert request.method == "GET"
    assert response.status_code == 200
    assert response.content == exchange.content
    assert response.json()["data"]


def test_each_try_is_shown(emulator: Emulator) -> None:
    """Two tries are two requests and two answers, the first one's a refusal."""
    shown: list[Any] = []
    client = emulator.cobo_client(
        event_hooks={"request": [shown.append], "response": [shown.append]}
    )
    emulator.inject(Fault("status-before", operation="get_api_key_info"))
    client.send(cobo.get_api_key_info())
    assert [type(each).__name__ for each in shown] == ["Request", "Response"] * 2
    assert [each.status_code for each in shown[1::2]] == [503, 200]


def test_no_answer_no_response(emulator: Emulator) -> None:
    """Where nobody answered, nobody is shown an answer."""

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    shown: list[Any] = []
    client = emulator.privy_client(
        transport=httpx.MockTransport(unreachable),
        sleep=lambda _: None,
        event_hooks={"request": [shown.append], "response": [shown.append]},
    )
    exchange = client.exchange(privy.create_key_quorum(QUORUM))
    assert exchange.outcome == "refused"
    assert {type(each).__name__ for each in shown} == {"Request"}


def test_nothing_secret_in_the_copies(tmp_path: Any) -> None:
    """No credential, no signature: neither of the request nor, where a gateway repeats it, of the answer."""
    hunt = Hunt()
    planted = Planted(hunt, tmp_path / "state.jsonl")
    emulator = planted.emulator

    def repeats(request: httpx.Request) -> httpx.Response:
        answer = emulator.handle(request)
        for name, value in request.headers.items():
            answer.headers[f"echo-{name}"] = value
        answer.headers["set-cookie"] = "session=theirs"
        return answer

    def look(copy: Any) -> None:
        hunt.saw("hook", str(copy.url) + repr(copy.headers.raw) + repr(copy.content))
        assert "cookie" not in repr(copy.headers)
        assert "signature" not in repr(copy.headers).lower()

    hooks: Any = {"request": [look], "response": [look]}
    transport = httpx.MockTransport(repeats)
    member = planted.members[0]
    custody = planted.watched(
        emulator.cobo_client(planted.custody_keys[0], transport=transport, event_hooks=hooks)
    )
    custody.send(cobo.get_api_key_info())
    app = planted.watched(emulator.privy_client(transport=transport, event_hooks=hooks))
    request = privy.CreateKeyQuorumRequest(public_keys=[member.public], authorization_threshold=1)
    quorum = app.send(privy.create_key_quorum(request))
    change = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="Ops"))
    app.send(change, signers=[member])
    assert sum(what.endswith(" header") for what in hunt.planted.values()) >= 3
    assert len(hunt.texts) >= 6
    assert hunt.found() == []


@pytest.mark.parametrize("error", [RuntimeError("theirs"), SystemExit("theirs")])
def test_what_they_raise_changes_nothing(
    emulator: Emulator, reported: list[BaseException], error: BaseException
) -> None:
    """It is reported; the next hook is called, the request is sent once, and its answer is known."""

    def fails(_: Any) -> None:
        raise error

    seen: list[Any] = []
    app = emulator.privy_client(
        event_hooks={"request": [fails, seen.append], "response": [fails, seen.append]}
    )
    exchange = app.exchange(privy.create_key_quorum(QUORUM))
    assert exchange.outcome == "answered"
    assert exchange.value.id
    assert changes(emulator) == ["create_key_quorum"]
    assert reported == [error, error]
    assert len(seen) == 2


def test_what_they_write_changes_nothing(emulator: Emulator) -> None:
    """A hook that writes into its copies changes neither what is sent nor what came back."""

    def request_hook(request: httpx.Request) -> None:
        request.headers["x-added"] = "1"
        request.headers.pop("content-type", None)
        request.method = "DELETE"
        request._content = b"{}"

    def response_hook(response: httpx.Response) -> None:
        response.status_code = 500
        response._content = b"{}"
        response.headers.clear()

    received: list[httpx.Request] = []

    def watched(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return emulator.handle(request)

    app = emulator.privy_client(
        transport=httpx.MockTransport(watched),
        event_hooks={"request": [request_hook], "response": [response_hook]},
    )
    exchange: Exchange[Any] = app.exchange(privy.create_key_quorum(QUORUM))
    (sent,) = received
    assert (sent.method, sent.content) == ("POST", exchange.prepared.body)
    assert "x-added" not in sent.headers
    assert exchange.status == 200
    assert exchange.value.id


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"requests": [print]}, "requests"),
        ({"request": print}, "request must be a list"),
        ({"response": "print"}, "response must be a list"),
        ({"response": [None]}, "no plain function"),
        ([print], "must be a dict"),
    ],
)
def test_bad_hooks_are_refused(emulator: Emulator, given: Any, names: str) -> None:
    """Hooks that would never be called are an error when the client is made, with the remedy."""
    with pytest.raises(InputError, match=names):
        emulator.cobo_client(event_hooks=given)


def test_a_coroutine_function_is_refused() -> None:
    """It would be awaited by nobody."""

    async def hook(_: Any) -> None: ...

    with pytest.raises(InputError, match="no plain function"):
        Hooks({"request": [hook]})


def test_no_hooks_no_copies(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without hooks nothing is copied."""

    def fails(*_: Any) -> None:
        raise AssertionError("a copy was made")

    monkeypatch.setattr("toolkit.transport.hooks._request_of", fails)
    assert emulator.cobo_client().send(cobo.get_api_key_info())


def test_a_hidden_field_is_not_shown(emulator: Emulator) -> None:
    """A body that carries a signature is shown with dots in its place."""
    shown: list[httpx.Request] = []
    app = emulator.privy_client()
    signature = "MEUCIQ" + "Q" * 80
    request = privy.IntentAuthorizeInput(signature=signature, timestamp=1)
    call = privy.authorize_intent("intent", request)
    Hooks({"request": [shown.append]}).before(app.prepare(call))
    assert signature.encode() not in shown[0].content
    assert "•".encode() in shown[0].content
