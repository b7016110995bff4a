"""The options of a client, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from toolkit import Emulator, cobo, privy
from toolkit.client.client import Client
from toolkit.client.options import Options
from toolkit.errors import InputError


def test_the_options_are_the_clients() -> None:
    """What is handed on is what the client takes, by the same names and types."""
    parameters = inspect.signature(Client.__init__).parameters.values()
    named = {
        each.name: each.annotation
        for each in parameters
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    }
    assert {name: hint.__forward_arg__ for name, hint in Options.__annotations__.items()} == named


@pytest.mark.parametrize(
    "function",
    [
        cobo.Client,
        privy.Client,
        cobo.Client.from_env,
        privy.Client.from_env,
        Emulator.cobo_client,
        Emulator.privy_client,
    ],
)
def test_a_notebook_shows_them(function: Callable[..., Any]) -> None:
    """Each option stands in the signature, as completion and Shift-Tab read it."""
    parameters = inspect.signature(function).parameters
    assert set(Options.__annotations__) <= set(parameters)
    assert not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())


def test_an_unknown_option_is_refused(emulator: Emulator) -> None:
    """A misspelt option is an error, not a silence."""
    with pytest.raises(TypeError, match="time_out"):
        emulator.cobo_client(time_out=3)  # type: ignore[call-arg]


#: What is no app secret for sure, and what is said.
NO_SECRETS = {
    '"s3cr3t': "a quote at one end alone",
    "s3cr3t # mine": "a comment or another line",
    "s3\ncr3t": "a comment or another line",
    "PRIVY_APP_SECRET=s3cr3t": "the name of a variable before it",
    "export PRIVY_APP_SECRET=s3cr3t": "the name of a variable before it",
    "${PRIVY_APP_SECRET}": "the name of a variable, not its value",
    "<app-secret>": "stands for a key",
    "**********": "masked",
    "op://vault/privy/secret": "secret manager",
}


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_is_no_app_secret(text: str) -> None:
    """What stands around a secret, or in its place, is told before it is a 401; it is not repeated."""
    with pytest.raises(InputError, match=NO_SECRETS[text]) as caught:
        privy.Client("cmabc", text)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["s3cr3t", "my-secret", "a b c", 's3"cr3t', "s#3", "é==", "s"])
def test_what_may_be_an_app_secret(text: str) -> None:
    """Its letters are documented nowhere: what could be one is taken as it is."""
    with privy.Client("cmabc", text, journal=":memory:") as app:
        assert app.identity == "cmabc"
