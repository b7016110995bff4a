"""Lists, page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from msgspec.structs import replace

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
    parameter = call.operation.pages[0]
    if call.argument("before"):
        raise InputError(
            "before: pages go forwards.",
            hint="Leave it out, or send the call for that one page.",
        )
    call = first_page(call)
    seen = {call.argument(parameter)}
    while True:
        exchange = ask(call)
        following = None
        if exchange.error is None:
            following = next_page(call, exchange.decoded)
        cursor = following and following.argument(parameter)
        if cursor and cursor in seen:
            yield replace(exchange, error=endless(call, str(cursor)), decoded=None)
            return
        yield exchange
        if following is None:
            return
        seen.add(cursor)
        call = following


def first_page(call: Call[T]) -> Call[T]:
    """The same call for the largest page, unless it says a limit or has no pages."""
    if call.operation.pages is None or call.argument("limit") is not None:
        return call
    return _with(call, "limit", str(call.operation.pages[2]))


def next_page(call: Call[T], page: Any) -> Call[T] | None:
    """The call for the page after this one; None where the list ends."""
    cursor = cursor_of(call, page)
    if call.operation.pages is None or not cursor:
        return None
    return _with(call, call.operation.pages[0], cursor)


def endless(call: Call[Any], cursor: str) -> ContradictingAnswer:
    """What a cursor that comes twice is: those pages would never end."""
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
    return Call(call.operation, call.arguments, tuple(pairs), call.body)
