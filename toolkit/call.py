"""The path of a request, as values: Operation → Call → Prepared → Exchange.

Nothing here has a clock, a key or a network. What will be sent is a value before it is an action, so a
form can show it, a test can compare it, and a co-signer can look at it elsewhere.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from toolkit.body import Piece, joined
from toolkit.errors import InputError, ToolkitError
from toolkit.forked import process_mark
from toolkit.inputs import text

T = TypeVar("T")
EMULATOR = "EMULATOR"  # the name of the emulator, everywhere
LONGEST_ID = 1_024  # characters; ids are opaque, and a URL has an end


# ---- where ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Environment:
    """Where requests go. ``name`` is shown on every form, table and error.

    Raises:
        InputError: not https (plain http is for loopback only), or a URL with user, query or fragment.
    """

    official: ClassVar[Mapping[str, str]] = {}  # base URL → the name that its host always has
    base_url: str
    name: str

    def __post_init__(self) -> None:
        url = text(self.base_url, "base_url")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        plain = url.isascii() and url.isprintable() and not re.search(r"[\s?#@\\%]|//.*//|/\.{1,2}(/|$)", url)
        if not host or not plain or host.endswith("."):
            raise InputError(
                "base_url must be a plain address such as https://api.example.com/v2.",
                hint="Leave out user, password, query, fragment, blanks, % and dot segments.",
            )
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise InputError(f"base_url must use https; {parts.scheme} was given.", hint="http is for loopback only.")
        if self.name == EMULATOR and not (host.endswith(".invalid") or is_loopback(host)):
            raise InputError("name: EMULATOR is for the emulator on this computer.", hint="Choose another name.")
        # one spelling: what is signed is what is called, and the HTTP library would tidy host and port
        spelled = f"[{host}]" if ":" in host else host
        default = {"http": 80, "https": 443}[parts.scheme]
        place = spelled if port in (None, default) else f"{spelled}:{port}"
        object.__setattr__(self, "base_url", f"{parts.scheme}://{place}{parts.path.rstrip('/')}")
        official = {urlsplit(known).hostname: name for known, name in self.official.items()}
        object.__setattr__(self, "name", official.get(host, self.name))

    @property
    def is_local(self) -> bool:
        """Whether it is this computer: the emulator in process, or a loopback address."""
        host = urlsplit(self.base_url).hostname or ""
        return host.endswith(".invalid") or is_loopback(host)

    @property
    def host(self) -> str:
        """Host and port, as in the URL."""
        return urlsplit(self.base_url).netloc


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own (127.0.0.0/8, ::1, localhost)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# ---- what ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """How to find out whether a change happened, where its answer was lost or cannot be believed.

    ``unique`` says whether a call asks for something that nobody else would ask for in the same words: only then
    may what is found be taken for what it made. What many callers make alike is asked about.

    ``same`` compares what the call asked for with a thing: None where the thing does not say enough. It also
    guards a normal answer. ``look`` is the read that would show the thing, made of the call: a list for a create,
    the thing itself for another change; None where the service cannot list. ``get`` reads one thing by an id that
    a person names. ``made`` is the field that says when it was made (Unix ms), for a create. ``gone`` is the
    answer to a deletion: there, *not found* is the proof.
    """

    same: Callable[[Call[Any], Any], bool | None]
    look: Callable[[Call[Any]], Call[Any]] | None = None
    get: Callable[[Call[Any], str], Call[Any]] | None = None
    made: str = ""
    gone: Any = None
    creates: bool = False
    unique: Callable[[Call[Any]], bool] = lambda call: True


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[T]):
    """One line of a provider's table: everything that client, emulator and previews need to know of it.

    ``echoes`` pairs what the call said with what the answer must repeat (argument, query parameter or body
    field → field of the answer, or of each thing on a page): an answer that names something else is about
    another call. ``pages`` is how a list goes on: the query parameter, where the answer holds its next value,
    and the largest page.
    """

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
    traces: Traces | None = None
    pages: tuple[str, str, int] | None = None

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names of the path's ids, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """An operation and its arguments: path ids, query pairs and body. Frozen; can be rebuilt from these."""

    operation: Operation[T]
    arguments: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: msgspec.Struct | None = None

    @property
    def path(self) -> str:
        """The path with its ids percent-encoded: an id can never become another path."""
        ids = dict(self.arguments)
        return "/".join(
            quote(ids[part[1:-1]], safe="") if part.startswith("{") else part for part in self.operation.path.split("/")
        )

    @property
    def query_string(self) -> str:
        """The form-encoded query in the order of the operation's parameters; empty values are left out."""
        return urlencode(self.query)

    def said(self, name: str) -> object:
        """What this call says about a path id, a query parameter or a body field; None where it says nothing."""
        value = (dict(self.arguments) | dict(self.query)).get(name, getattr(self.body, name, None))
        return None if value is msgspec.UNSET else value

    def __repr__(self) -> str:
        return f"<Call {self.operation.name}: {self.operation.method} {self.path}>"

    def fingerprint(self, body: bytes) -> str:
        """SHA-256 (hex) of method, path, query and body as they travel: the same for the same request."""
        head = f"{self.operation.method} {self.path}?{self.query_string}\n"
        return hashlib.sha256(head.encode() + body).hexdigest()


def call(
    operation: Operation[T],
    arguments: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
    body: msgspec.Struct | None = None,
) -> Call[T]:
    """Build a Call.

    Raises:
        InputError: an id that is empty, a dot segment or has control characters; an unknown query
            name; a body of another type than the operation's.
    """
    arguments = arguments or {}
    if tuple(arguments) != operation.placeholders:
        raise InputError(
            f"{operation.name} needs {', '.join(operation.placeholders) or 'no ids'}.", hint="Pass exactly these."
        )
    ids = tuple((name, _id(name, value)) for name, value in arguments.items())
    given = query or {}
    unknown = sorted(set(given) - set(operation.query))
    if unknown:
        raise InputError(
            f"{operation.name} has no parameter {', '.join(unknown)}.",
            hint=f"It has {', '.join(operation.query) or 'none'}.",
        )
    pairs = tuple(
        (name, _text(given[name])) for name in operation.query if given.get(name) is not None and _text(given[name])
    )
    if type(body) is not (operation.body or type(None)):
        wanted = operation.body.__name__ if operation.body else "no body"
        raise InputError(
            f"request: {operation.name} takes {wanted}, not {type(body).__name__}.", hint=f"Build a {wanted}."
        )
    return Call(operation, ids, pairs, body)


def _id(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{name} is empty or not text.", hint="Pass the id as the service gave it.")
    if len(value) > LONGEST_ID:
        raise InputError(f"{name} has {len(value)} characters, which no id has.", hint="Copy it again.")
    if value in (".", "..") or any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in value):
        raise InputError(
            f"{name} cannot be an id: it is a dot segment or holds control characters.", hint="Copy it again."
        )
    return value


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


# ---- ready to be signed and sent -----------------------------------------------------------------


def _new_ticket() -> str:
    return f"{process_mark()}-{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Prepared(Generic[T]):
    """A call for one environment at one moment: the exact bytes, and the message that will be signed.

    It holds no signature and no credential, so it may be shown, saved and passed on. Times are Unix
    milliseconds.
    """

    call: Call[T]
    environment: Environment
    identity: str  # whose request this is: the API key's public half, or the app id
    url: str
    fields: tuple[tuple[str, str], ...]  # the headers in order
    pieces: tuple[Piece, ...]
    message: str  # what is signed, readable; or the plain statement that nothing is
    signed: bool
    made_ms: int
    fresh_until_ms: int
    ticket: str = field(default_factory=_new_ticket, compare=False)  # one Prepared is sent once
    body: bytes = field(init=False, repr=False)  # the exact bytes that travel; empty where there is no body

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", joined(self.pieces))

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, read-only, without signatures and credentials."""
        return MappingProxyType(dict(self.fields))

    @property
    def method(self) -> str:
        return self.call.operation.method

    @property
    def is_from_here(self) -> bool:
        """Whether this process prepared it: not a parent, and not one that pickled it."""
        return self.ticket.startswith(f"{process_mark()}-")

    def is_stale(self, now_ms: int) -> bool:
        """Whether it is too old to be sent, and must be prepared again."""
        return now_ms > self.fresh_until_ms

    def __repr__(self) -> str:
        return f"<Prepared {self.call.operation.name} for {self.environment.name}: {self.method} {self.url}>"


# ---- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an answer came from. ``verified`` is None where the service signs no answers."""

    environment: str
    operation: str
    arguments: Mapping[str, str]
    verified: bool | None
    at_ms: int


class Answer(msgspec.Struct, frozen=True, dict=True):
    """A model that a service answers with. It remembers where it came from.

    ``identified_by`` names its id, and what else may stand for it: without any, it is another kind of answer.
    """

    identified_by: ClassVar[tuple[str, ...]] = ()

    @property
    def provenance(self) -> Provenance | None:
        """None for a model that no client received."""
        found: Provenance | None = self.__dict__.get("provenance")
        return found


def things(value: Any) -> Iterator[Any]:
    """The things in an answer: those on a page or in a list, or the answer itself."""
    found = value if isinstance(value, list) else getattr(value, "data", None)
    yield from (value,) if found is None else found


def stamp(value: Any, provenance: Provenance) -> None:
    """Let a decoded answer, and each thing on a page of answers, remember its provenance."""
    for item in (value, *things(value)):
        if isinstance(item, Answer):
            item.__dict__["provenance"] = provenance


Outcome = Literal["answered", "adopted", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Exchange(Generic[T]):
    """What became of a request: the evidence, kept for refusals too. ``value`` raises where there is none.

    ``outcome`` is ``answered``; ``adopted`` (its answer was lost, and looking found what it made);
    ``refused`` (it provably was not processed, or the service said no); or ``unknown`` (it may have
    happened). ``verified`` is whether the answer's signature held: None where the service signs none.
    ``skew_ms`` is the service's clock minus this computer's, where the answer told. ``entry`` is the line of
    the journal, for a change. Where the answer repeated a credential, that is struck from ``headers`` and ``content``,
    and ``struck`` is the SHA-256 (hex) of the content as it came.
    """

    outcome: Outcome
    prepared: Prepared[T]
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    verified: bool | None = None
    duration_s: float = 0.0
    tries: int = 1
    error: ToolkitError | None = None
    decoded: T | None = None
    skew_ms: int | None = None
    entry: int | None = None
    struck: str = ""

    @property
    def value(self) -> T:
        """The answer as a model.

        Raises:
            ToolkitError: the error that this exchange ended with.
        """
        if self.error is not None:
            raise self.error
        assert self.decoded is not None
        return self.decoded

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case; None if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def __repr__(self) -> str:
        name = self.prepared.call.operation.name
        about = f"entry {self.entry} of the journal" if self.entry else f"HTTP {self.status or '–'}"
        return f"<Exchange {name} on {self.prepared.environment.name}: {self.outcome}, {about}>"
