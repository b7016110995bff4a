"""Whatever becomes of a value, it is what it was: pickled, copied, replaced, written down and read."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from tests.generated import ASKED, MODELS, calls, models
from tests.inside import native_of
from toolkit import Emulator, frames
from toolkit.request.call import Call

MOMENT_MS = 1_800_000_000_000
# of each kind; the journal of the test's user, which hypothesis warns of, is never opened
some = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pickled(protocol: int) -> Callable[[Any], Any]:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))  # noqa: S301  # our own


COPIES: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickled with protocol {number}": pickled(number)
        for number in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
}


def same(again: Any, value: Any, how: str) -> None:
    """Equal, shown alike, and found in the same place of a set; or as little to be hashed."""
    assert again == value, how
    assert repr(again) == repr(value), how
    try:
        number = hash(value)
    except TypeError:
        with pytest.raises(TypeError):
            hash(again)
    else:
        assert hash(again) == number, how


# ---- models --------------------------------------------------------------------------------------


def ways(kind: Any) -> dict[str, Callable[[Any], Any]]:
    """How a model of this kind becomes another one that says the same."""
    return {
        **COPIES,
        "replaced": msgspec.structs.replace,
        "as JSON": lambda model: msgspec.json.decode(msgspec.json.encode(model), type=kind),
        "as plain data": lambda model: msgspec.convert(
            json.loads(json.dumps(msgspec.to_builtins(model))), kind
        ),
    }


def origins(model: Any) -> list[Any]:
    """Where a model and every answer in it are from, and of which vault."""
    here = [getattr(model, "received", None), getattr(model, "vault_id", None)]
    for name in getattr(model, "nested", ()):
        inside = getattr(model, name) or ()
        for each in inside if isinstance(inside, list | tuple) else (inside,):
            here += origins(each)
    return here


@pytest.mark.parametrize("name", MODELS)
@some
@given(data=st.data())
def test_a_model_is_what_it_was(name: str, data: st.DataObject) -> None:
    """A model of any kind is equal whatever becomes of it, and keeps its provenance and its vault."""
    model = data.draw(models(MODELS[name]))
    for how, way in ways(MODELS[name]).items():
        again = way(model)
        same(again, model, how)
        assert type(again) is type(model), how
        assert origins(again) == origins(model), how


#: What each table is made of.
TABLES = {
    "vaults": ("cobo.MPCVault", "cobo.Page[MPCVault]"),
    "groups": ("cobo.KeyShareHolderGroup", "cobo.Page[KeyShareHolderGroup]"),
    "holders": (
        "cobo.KeyShareHolderGroup", "cobo.Page[KeyShareHolderGroup]",
        "cobo.KeyShareHolder", "cobo.Page[KeyShareHolder]",
    ),
    "tss_key_share_groups": ("cobo.KeyShareHolderGroup", "cobo.Page[KeyShareHolderGroup]"),
    "tss_requests": ("cobo.TSSRequest", "cobo.Page[TSSRequest]"),
    "projects": ("cobo.MPCProject", "cobo.Page[MPCProject]"),
    "cobo_wallets": ("cobo.WalletInfo", "cobo.Page[WalletInfo]"),
    "api_key": ("cobo.ApiKeyInfo",),
    "role_scopes": ("cobo.ApiKeyInfo",),
    "permissions": ("cobo.ApiKeyInfo",),
    "scope_matrix": ("cobo.ApiKeyInfo",),
    "key_quorums": ("privy.KeyQuorum",),
    "quorum_members": ("privy.KeyQuorum",),
    "wallets": ("privy.Wallet", "privy.WalletPage"),
    "quorum_links": ("privy.Wallet", "privy.WalletPage"),
    "policies": ("privy.Policy",),
    "policy_rules": ("privy.Policy",),
    "wallet_automations": ("privy.WalletAutomation", "privy.WalletAutomationPage"),
    "intents": ("privy.Intent", "privy.IntentPage"),
}  # fmt: skip
# of what was sent, of what was worked out, and a table written down
OF_NO_MODEL = {
    "exchanges",
    "journal",
    "people",
    "powers",
    "wallet_owners",
    "changes",
    "findings",
    "save",
}


def test_every_table_is_compared() -> None:
    """A table that is added is made of models at random, too."""
    assert set(frames.__all__) - OF_NO_MODEL == set(TABLES)


@pytest.mark.parametrize(
    ("table", "name"), [(table, name) for table, names in TABLES.items() for name in names]
)
@some
@given(data=st.data())
def test_a_table_of_it_is_the_same(table: str, name: str, data: st.DataObject) -> None:
    """A table of what was copied has the same rows, dtypes and origin as one of the model itself."""
    model = data.draw(models(MODELS[name]))
    frame = getattr(frames, table)(model)
    for way in ways(MODELS[name]).values():
        again = getattr(frames, table)(way(model))
        assert_frame_equal(again, frame)
        assert again.attrs == frame.attrs


# ---- calls and prepared requests -----------------------------------------------------------------

OPERATIONS = [asked.operation for asked in ASKED.values()]


def written_down(**options: Any) -> Callable[[Call[Any]], Call[Any]]:
    """Through our own JSON."""
    return lambda call: Call.from_dict(
        json.loads(json.dumps(call.to_dict(), **options)), OPERATIONS
    )


CALLS: dict[str, Callable[[Any], Any]] = {
    **COPIES,
    "replaced": dataclasses.replace,
    "as JSON": written_down(),
    "as JSON with sorted names": written_down(sort_keys=True),
}


@pytest.mark.parametrize("name", ASKED)
@some
@given(data=st.data())
def test_a_call_is_what_it_was(name: str, data: st.DataObject) -> None:
    """A call of any operation is equal whatever becomes of it, and asks in the same bytes."""
    call = data.draw(calls(ASKED[name]))
    hash(call)  # it stands in a set
    for how, way in CALLS.items():
        again = way(call)
        same(again, call, how)
        assert again.to_dict() == call.to_dict(), how
        assert (again.path, again.query_string) == (call.path, call.query_string), how


PREPARED: dict[str, Callable[[Any], Any]] = {**COPIES, "replaced": dataclasses.replace}


@pytest.fixture(scope="module")
def demo() -> Emulator:
    """One world for all: nothing is sent to it."""
    return Emulator.seeded()


@pytest.mark.parametrize("name", ASKED)
@some
@given(data=st.data())
def test_a_prepared_request_is_what_it_was(demo: Emulator, name: str, data: st.DataObject) -> None:
    """A prepared request is a value: equal whatever becomes of it, to the byte, and without a secret."""
    opened = {"cobo": demo.cobo_client, "privy": demo.privy_client}[ASKED[name].service]
    call = data.draw(calls(ASKED[name]))
    prepared = opened(clock=lambda: MOMENT_MS).prepare(call)
    hash(prepared)  # it stands in a set
    for how, way in PREPARED.items():
        again = way(prepared)
        same(again, prepared, how)
        assert (again.body, dict(again.headers)) == (prepared.body, dict(prepared.headers)), how
        assert again.ticket == prepared.ticket, how  # and is sent once, all of them together
    at_the_same_moment = opened(clock=lambda: MOMENT_MS).prepare(CALLS["as JSON"](call))
    key = prepared.idempotency_key
    if key:  # each request has one of its own
        fields = tuple((name, value) for name, value in prepared.fields if value != key)
        assert at_the_same_moment.fields[:-1] == fields
        assert at_the_same_moment.idempotency_key not in ("", key)
    else:
        assert at_the_same_moment == prepared
    written = pickle.dumps(prepared)
    for secret in secrets_of(demo):
        assert secret not in written


def secrets_of(emulator: Emulator) -> list[bytes]:
    """What no prepared request may hold, in the spellings that would travel."""
    private = native_of(emulator.api_key).private_bytes_raw()
    return [private, private.hex().encode(), emulator.privy.app_secret.reveal().encode()]
