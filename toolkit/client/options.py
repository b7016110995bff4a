"""What every client takes by name, and how a function that hands it on shows it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypedDict, TypeVar

from toolkit.base.http_library import httpx
from toolkit.client.client import Client
from toolkit.client.journal import Journal
from toolkit.keys.public import PublicKey

if TYPE_CHECKING:
    from toolkit.transport.hooks import EventHooks

P = ParamSpec("P")
R = TypeVar("R")


class Options(TypedDict, total=False):
    """The options of ``toolkit.client.client.Client``, which says what each of them means."""

    transport: httpx.BaseTransport | None
    clock: Callable[[], int]
    sleep: Callable[[float], None]
    timeout: httpx.Timeout | float
    ca_bundle: str | None
    proxy: str | None
    journal: Journal | str | Path | None
    freshness_s: float | None
    window_s: float
    confirm: str
    require_review: Sequence[PublicKey]
    event_hooks: EventHooks | None


@functools.cache
def _parameters() -> tuple[inspect.Parameter, ...]:
    parameters = inspect.signature(Client.__init__).parameters.values()
    return tuple(each for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY)


def by_name(function: Callable[P, R]) -> Callable[P, R]:
    """In the signature the options stand by name, with their defaults, in place of ``**options``.

    A notebook shows and completes them from there.
    """
    signature = inspect.signature(function)
    own = [
        each
        for each in signature.parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    shown = signature.replace(parameters=[*own, *_parameters()])
    function.__signature__ = shown  # type: ignore[attr-defined]  # inspect looks for it
    return function
