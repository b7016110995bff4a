"""What is asked: an operation of a provider's table, and a call of it.

No clock, no key, no network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from toolkit.base.typed import converted
from toolkit.errors import InputError

T = TypeVar("T")
CURSORS = ("before", "after", "cursor")  # an empty one is the first page
LONGEST_ID = 1_024  # characters; ids are opaque, and a URL has an end
# Control characters, and halves of characters (surrogates).
_NO_PART_OF_AN_ID = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, eq=False)
class Reconciliation:
    """How to find out whether a change happened, where its answer was lost or cannot be believed.

    ``unique`` says whether a call asks for something that nobody else would ask for in the same
    words: only then may what is there be taken for what it made. What many callers make alike is
    asked about.

    ``same`` compares what the call asked for with a thing: None where the thing does not say
    enough. It also guards a normal answer. ``look`` is the read that would show the thing, made of
    the call: a list for a create, the thing itself for another change; None where the service
    cannot list. ``get`` reads one thing by an id that a person names. ``made`` is the field that
    says when it was made (Unix ms), for a create. ``gone`` is the answer to a deletion: there, *not
    found* is the proof.
    """

    same: Callable[[Call[Any], Any], bool | None]
    look: Callable[[Call[Any]], Call[Any]] | None = None
    get: Callable[[Call[Any], str], Call[Any]] | None = None
    made: str = ""
    gone: Any = None
    creates: bool = False
    unique: Callable[[Call[Any]], bool] = lambda call: True


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A header whose key makes a repeated request safe.

    Under one key the service does the same request once, and answers a second one as it did the
    first. ``kept_ms``: for how long, from the first one on.
    """

    header: str
    kept_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[T]):
    """One line of a provider's table: what client, emulator and previews need to know of it.

    ``echoes`` pairs what the call said with what the answer must repeat (argument, query parameter
    or body field → field of the answer, or of each thing on a page): an answer that names something
    else is about another call. ``fills`` pairs what the call said with a field that the service
    leaves to the question (argument → field): it is filled from the call. ``pages`` is how a list
    goes on: the query parameter, where the answer holds its next value, and the largest page.
    ``service`` is whose it is, by the name that its ``Provider`` has: no other one's client takes
    its calls. ``table`` is the module whose ``OPERATIONS`` it stands in: pickled, it is found there
    again. ``idempotency`` is how a request may be repeated without being done twice, where the
    service offers that. ``alike`` compares what is echoed, by its name in the call, where equal is
    too strict.

    >>> for operation in privy.OPERATIONS[:3]:
    ...     print(operation.method, operation.path, operation.name)
    POST /v1/key_quorums create_key_quorum
    GET /v1/key_quorums/{key_quorum_id} get_key_quorum
    PATCH /v1/key_quorums/{key_quorum_id} update_key_quorum
    """

    service: str
    name: str
    method: str
    path: str
    returns: type[T]
    title: str
    source: str
    status: int = 200
    body: type[msgspec.Struct] | None = None
    query: tuple[str, ...] = ()
    changes: bool = False
    co_signed: bool = False  # members of the resource's quorum must sign
    owner_signs: bool = False  # the owner's quorum must sign, if there is an owner
    permission: str = ""
    echoes: Mapping[str, str] = field(default_factory=dict)
    fills: Mapping[str, str] = field(default_factory=dict)
    reconciliation: Reconciliation | None = None
    pages: tuple[str, str, int] | None = None
    table: str = ""
    idempotency: Idempotency | None = None
    alike: Mapping[str, Callable[[Any, Any], bool]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        if not self.table:
            raise InputError(
                f"{self.name} stands in no table, so it cannot be pickled.",
                hint="Give it the module of its table: Operation(…, table=__name__).",
            )
        return operation_of, (self.table, self.name)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names of the path's ids, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


def operation_of(table: str, name: str) -> Operation[Any]:
    """The operation of this name in the table of a provider's module."""
    operations: tuple[Operation[Any], ...] = import_module(table).OPERATIONS
    return next(operation for operation in operations if operation.name == name)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """An operation and its arguments: path ids, query pairs and body.

    Frozen; can be rebuilt from these.

    >>> call = cobo.get_mpc_vault_by_id(emulator.vault_id)
    >>> call.operation.name, call.operation.changes
    ('get_mpc_vault_by_id', False)
    """

    operation: Operation[T]
    arguments: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: msgspec.Struct | None = None

    @property
    def path(self) -> str:
        """The path with its ids percent-encoded: an id can never become another path."""
        ids = dict(self.arguments)
        parts = []
        for part in self.operation.path.split("/"):
            if part.startswith("{"):
                part = quote(ids[part[1:-1]], safe="")
            parts.append(part)
        return "/".join(parts)

    @property
    def query_string(self) -> str:
        """The form-encoded query in the order of the operation's parameters.

        Empty values are left out.
        """
        return urlencode(self.query)

    def argument(self, name: str) -> object:
        """What this call says about a path id, a query parameter or a body field.

        None where it says nothing.
        """
        for pairs in (self.query, self.arguments):
            for known, value in pairs:
                if known == name:
                    return value
        field_value: object = getattr(self.body, name, None)
        if field_value is msgspec.UNSET:
            return None
        return field_value

    def to_dict(self) -> dict[str, Any]:
        """This call written down, ready for JSON; ``from_dict`` reads it again."""
        return {
            "service": self.operation.service,
            "operation": self.operation.name,
            "arguments": dict(self.arguments),
            "query": dict(self.query),
            "body": None if self.body is None else msgspec.to_builtins(self.body),
        }

    @staticmethod
    def from_dict(
        written: Mapping[str, Any],
        operations: Iterable[Operation[Any]],
    ) -> Call[Any]:
        """A call that ``to_dict`` wrote down, of one of these operations.

        Raises:
            InputError: another operation, or arguments that are none of it.
            msgspec.ValidationError: a body that is not what the operation takes.
        """
        for operation in operations:
            # two services may call an operation alike
            service = written.get("service", operation.service)
            if (service, written["operation"]) == (operation.service, operation.name):
                break
        else:
            raise InputError(
                f"operation: {written['operation']!a} is not known here.",
                hint="Use the client of the service that it is of, or a newer toolkit.",
            )
        body = written["body"]
        if body is not None and operation.body is not None:
            body = converted(body, operation.body)
        return call(operation, written["arguments"], written["query"], body)

    def __repr__(self) -> str:
        return f"<Call {self.operation.name}: {self.operation.method} {self.path}>"


def call(
    operation: Operation[T],
    arguments: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
    body: msgspec.Struct | None = None,
) -> Call[T]:
    """Build a Call.

    Raises:
        InputError: an id that is empty, a dot segment or has control characters; an unknown query
            name, or an empty filter; a body of another type than the operation's.
    """
    ids = _ids(operation, arguments or {})
    pairs = _pairs(operation, query or {})
    _must_be_its_body(operation, body)
    return Call(operation, ids, pairs, body)


def _ids(
    operation: Operation[Any],
    arguments: Mapping[str, object],
) -> tuple[tuple[str, str], ...]:
    if set(arguments) != set(operation.placeholders):
        needed = ", ".join(operation.placeholders) or "no ids"
        raise InputError(f"{operation.name} needs {needed}.", hint="Pass exactly these.")
    # in the order of the path: JSON with sorted names is the same call
    return tuple((name, _id(name, arguments[name])) for name in operation.placeholders)


def _pairs(
    operation: Operation[Any],
    query: Mapping[str, object],
) -> tuple[tuple[str, str], ...]:
    unknown = sorted(set(query) - set(operation.query))
    if unknown:
        raise InputError(
            f"{operation.name} has no parameter {', '.join(unknown)}.",
            hint=f"It has {', '.join(operation.query) or 'none'}.",
        )
    pairs = []
    for name in operation.query:
        value = query.get(name)
        text = _text(value)
        _must_look_for_something(name, value, text)
        if text:
            pairs.append((name, text))
    return tuple(pairs)


def _must_look_for_something(name: str, value: object, text: str) -> None:
    """A filter that is empty by mistake, as a list of nothing is, would find everything."""
    if value is not None and not text and name not in CURSORS:
        raise InputError(
            f"{name} is empty, which would leave it out and find everything.",
            hint="Pass what is looked for, or None.",
        )


def _must_be_its_body(operation: Operation[Any], body: msgspec.Struct | None) -> None:
    if type(body) is (operation.body or type(None)):
        return
    wanted = "no body"
    if operation.body:
        wanted = operation.body.__name__
    raise InputError(
        f"request: {operation.name} takes {wanted}, not {type(body).__name__}.",
        hint=f"Build a {wanted}.",
    )


def _id(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(
            f"{name} is empty or not text.",
            hint="Pass the id as the service gave it.",
        )
    if len(value) > LONGEST_ID:
        raise InputError(
            f"{name} has {len(value)} characters, which no id has.",
            hint="Copy it again.",
        )
    if value in (".", "..") or _NO_PART_OF_AN_ID.search(value):
        raise InputError(
            f"{name} cannot be an id: it is a dot segment or holds control characters.",
            hint="Copy it again.",
        )
    return value


def _text(value: object) -> str:
    """A query's value as it is written; empty for one that says nothing."""
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value)
