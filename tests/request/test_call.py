"""Calls and Prepared are values: ids stay ids, queries keep their order, nothing secret is inside."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import cobo, privy
from toolkit.emulator import Emulator
from toolkit.errors import InputError
from toolkit.request.environment import Environment

printable = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30
)


@given(printable.filter(lambda text: text.strip() and text not in (".", "..")))
def test_an_id_never_becomes_another_path(key_quorum_id: str) -> None:
    """Whatever an id holds, it stays one segment of the path and comes back unchanged."""
    path = privy.get_key_quorum(key_quorum_id).path
    head, _, last = path.rpartition("/")
    assert head == "/v1/key_quorums"
    assert unquote(last) == key_quorum_id
    parts = urlsplit("https://api.privy.io" + path)
    assert (parts.path, parts.query, parts.fragment) == (path, "", "")


@pytest.mark.parametrize("bad", ["", " ", ".", "..", "a\x00b", "a\nb", "\x7f", None, 7])
def test_ids_that_are_none(bad: object) -> None:
    """Empty, dot-segment and control-character ids are refused by name."""
    with pytest.raises(InputError, match="key_quorum_id"):
        privy.get_key_quorum(bad)  # type: ignore[arg-type]


def test_query_keeps_order_and_drops_empties() -> None:
    """Query parameters travel in the operation's order, form-encoded; None and empty cursors do not travel."""
    call = cobo.list_mpc_vaults("Org-Controlled", limit=50, before="", after="a b&c")
    assert call.query_string == "vault_type=Org-Controlled&limit=50&after=a+b%26c"


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda: privy.list_wallets(external_id=""), "external_id"),
        (lambda: privy.list_wallet_automations(wallet_id=""), "wallet_id"),
        (lambda: cobo.list_wallets(vault_id=""), "vault_id"),
        (
            lambda: cobo.list_key_share_holders("v", key_share_holder_group_ids=[]),
            "key_share_holder_group_ids",
        ),
    ],
)
def test_an_empty_filter_is_refused(build: Callable[[], object], name: str) -> None:
    """A filter that was left empty by mistake would be none, and the list would show everything."""
    with pytest.raises(InputError, match=f"{name} is empty"):
        build()


def test_a_body_of_another_type_is_refused() -> None:
    """A request model of another operation is refused by name."""
    with pytest.raises(
        InputError, match="takes CreateKeyQuorumRequest, not UpdateKeyQuorumRequest"
    ):
        privy.create_key_quorum(privy.UpdateKeyQuorumRequest(display_name="x"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "http://api.cobo.com/v2",
        "ftp://api.cobo.com",
        "https://user@api.cobo.com/v2",
        "https://api.cobo.com/v2?x=1",
        "https://api.cobo.com/v2#x",
        "api.cobo.com",
        "",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
    ],
)
def test_environments_that_are_refused(url: str) -> None:
    """https only, plain addresses only; http is for this machine."""
    with pytest.raises(InputError, match="base_url"):
        Environment(url, "X")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v2", "http://[::1]:1", "http://localhost", "https://a.example/v2/"]
)
def test_environments_that_are_taken(url: str) -> None:
    """Loopback may use http; a trailing slash is dropped, because it would be signed twice."""
    assert Environment(url, "X").base_url == url.rstrip("/")


def test_prepared_holds_no_secret(emulator: Emulator) -> None:
    """A Prepared can be shown, saved and passed on: neither signature, secret nor private key is in it."""
    app, custody = emulator.privy_client(), emulator.cobo_client()
    change = privy.update_key_quorum(
        "x" * 24, privy.UpdateKeyQuorumRequest(authorization_threshold=1)
    )
    secret = emulator.privy.app_secret.reveal()
    for prepared in (app.prepare(change), custody.prepare(cobo.get_api_key_info())):
        everything = repr([getattr(prepared, field.name) for field in dataclasses.fields(prepared)])
        assert secret not in everything
        assert not {"authorization", "biz-api-signature", "privy-authorization-signature"} & {
            h.lower() for h in prepared.headers
        }
        with pytest.raises(TypeError):
            prepared.headers["x"] = "y"  # type: ignore[index]
        with pytest.raises(dataclasses.FrozenInstanceError):
            prepared.url = "https://elsewhere.example"  # type: ignore[misc]
