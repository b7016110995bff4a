"""Event hooks, as httpx has them: functions that are shown each request and each answer.

What they are shown are copies, without credentials and signatures. They can look, count and
measure; they cannot change what is sent or what is known of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from toolkit.base.http_library import httpx
from toolkit.base.theirs import call_theirs
from toolkit.errors import InputError
from toolkit.request.exchange import Exchange
from toolkit.request.prepared import Prepared

NAMES = ("request", "response")
# Of an answer, what was about its bytes on the way: they are whole and unpacked here.
_FRAMING = ("content-encoding", "content-length", "transfer-encoding")
_SECRET = ("signature", "authorization", "authenticate", "cookie")  # in a header's name


class EventHooks(TypedDict, total=False):
    """Functions by what they are shown, called in their order.

    ``request``: right before it is signed and sent, each try of it. ``response``: once it has been
    read and judged, refusals too; where no answer came, there is none. ``response.request`` is the
    object that the first ones were shown.
    """

    request: Sequence[Callable[[httpx.Request], object]]
    response: Sequence[Callable[[httpx.Response], object]]


class Hooks:
    """The hooks of one client.

    Each is called in the thread that sends. What one raises is reported by ``sys.excepthook``; the
    next one is called, and the request goes on.

    Raises:
        InputError: hooks of another name, or that are no plain functions.
    """

    def __init__(self, given: Any = None) -> None:
        given = {} if given is None else given
        if not isinstance(given, Mapping):
            raise InputError(
                f"event_hooks must be a dict, not {type(given).__name__}.",
                hint='Pass {"request": [function], "response": [function]}.',
            )
        for name in given:
            if name not in NAMES:
                raise InputError(
                    f"event_hooks: there are none for {name!r}.", hint="Name request or response."
                )
        self._request = _functions("request", given.get("request", ()))
        self._response = _functions("response", given.get("response", ()))

    def before(self, prepared: Prepared[Any]) -> httpx.Request | None:
        """A request is about to be signed and sent. Its copy; None where nobody looks."""
        if not self._request and not self._response:
            return None
        request = _request_of(prepared)
        for hook in self._request:
            call_theirs(hook, request)
        return request

    def after(self, request: httpx.Request | None, exchange: Exchange[Any]) -> None:
        """It has been answered, or not."""
        if request is None or not self._response or exchange.status is None:
            return
        response = _response_of(request, exchange)
        for hook in self._response:
            call_theirs(hook, response)


def _functions(name: str, given: Any) -> tuple[Callable[[Any], object], ...]:
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):
        raise InputError(
            f"event_hooks: {name} must be a list of functions.", hint="Put one in brackets."
        )
    for hook in given:
        if not callable(hook) or inspect.iscoroutinefunction(hook):
            raise InputError(
                f"event_hooks: {name} has something that is no plain function.",
                hint="Each is called with the copy and awaited by nobody.",
            )
    return tuple(given)


def _request_of(prepared: Prepared[Any]) -> httpx.Request:
    """What was prepared: credentials and signatures are made after it, and are not in it."""
    return httpx.Request(
        prepared.method,
        prepared.url,
        headers=list(prepared.fields),
        content=prepared.shown_body.encode(),
    )


def _response_of(request: httpx.Request, exchange: Exchange[Any]) -> httpx.Response:
    headers = [field for field in exchange.headers if _may_be_shown(field[0].lower())]
    assert exchange.status is not None
    return httpx.Response(
        exchange.status, headers=headers, content=exchange.content, request=request
    )


def _may_be_shown(name: str) -> bool:
    if name in _FRAMING:
        return False
    return not any(part in name for part in _SECRET)
