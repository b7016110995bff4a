"""The options of a client, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from toolkit import Emulator, cobo, privy
from toolkit.client.client import Client
from toolkit.client.options import Options


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
