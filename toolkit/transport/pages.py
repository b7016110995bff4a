"""Lists, page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from toolkit.errors import ContradictingAnswer, InputError
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange

T = TypeVar("T")


def pages(ask: Callable[[Call[T]], Exchange[T]], call: Call[T]) -> Iterator[Exchange[T]]:
    """Each page's exchange, in order; the first that has no value is the last.

    Asks for the largest page, unless the call says a limit. A list without pages is one page. A
    cursor that comes twice ends it with an error: those pages would never end.

    Raises:
        InputError: the call asks for a page before a cursor; pages go forwards.
    """
    if call.operation.pages is None:
        yield ask(call)
        return
    parameter, _, largest = call.operation.pages
    if call.argument("before"):
        raise InputError(
            "before: pages go forwards.",
            hint="Leave it out, or send the call for that one page.",
        )
    if call.argument("limit") is None:
        call = _with(call, "limit", str(largest))
    seen = {call.argument(parameter)}
    while True:
        exchange = ask(call)
        cursor = ""
        if exchange.error is None:
            cursor = cursor_of(call, exchange.decoded)
        if cursor and cursor in seen:
            yield replace(exchange, error=_endless(call, cursor), decoded=None)
            return
        yield exchange
        if not cursor:
            return
        seen.add(cursor)
        call = _with(call, parameter, cursor)


def _endless(call: Call[Any], cursor: str) -> ContradictingAnswer:
    return ContradictingAnswer(
        f"{call.operation.name}: the cursor {cursor!r} came twice, so the pages would never end.",
        hint="Something is wrong with the service's list.",
    )


def cursor_of(call: Call[Any], page: Any) -> str:
    """Where the list goes on after this page; empty where it ends, or has no pages."""
    if call.operation.pages is None:
        return ""
    _, path, _ = call.operation.pages
    for name in path.split("."):
        page = getattr(page, name, None)
    return str(page or "")


def _with(call: Call[T], parameter: str, value: str) -> Call[T]:
    """The same call with this parameter, in the order of the operation's parameters."""
    wanted = {**dict(call.query), parameter: value}
    pairs = []
    for name in call.operation.query:
        if name in wanted:
            pairs.append((name, wanted[name]))
    return replace(call, query=tuple(pairs))
