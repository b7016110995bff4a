"""What both emulated services share: the request as received, its route, its line in the ledger."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

import msgspec

from toolkit.base.times import DAY_MS
from toolkit.base.validate import whole_number
from toolkit.emulator.limits import NESTING, VERIFICATIONS
from toolkit.errors import InputError
from toolkit.request.call import Operation


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived: the raw target, header names in lower case, the body's bytes."""

    method: str
    scheme: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        """The path as it travelled, percent-encoding included."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query as it travelled, without ``?``."""
        return self.target.partition("?")[2]

    @property
    def url(self) -> str:
        """The full URL that the caller used."""
        return f"{self.scheme}://{self.host}{self.target}"

    def header(self, name: str) -> str:
        """The first header of that name (lower case), or an empty text."""
        for key, value in self.headers:
            if key == name:
                return value
        return ""

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that its texts and its body take."""
        texts = [self.method, self.target, self.host]
        for header in self.headers:
            texts += header
        return text_bytes(texts) + sys.getsizeof(self.body)


def text_bytes(values: Iterable[str]) -> int:
    """Bytes of memory that these texts take."""
    return sum(map(sys.getsizeof, values))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to travel."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """A request that the service turns down, in the vendor's words."""

    def __init__(
        self,
        status: int,
        text: str,
        code: int | str | None = None,
        *,
        cause: str = "",
    ) -> None:
        self.status = status
        self.text = text
        self.code = code
        # what about the signature was wrong; empty where it is not about a signature
        self.cause = cause
        super().__init__(text)


@dataclass(slots=True)
class LedgerLine:
    """One line of the ledger. No secret and no signature stands in it. ``at_ms``: Unix time.

    >>> _ = custody.send(cobo.get_org_info())
    >>> *_, line = emulator.ledger
    >>> line.operation, line.verdict, line.status
    ('get_org_info', 'accepted', 200)
    """

    n: int
    at_ms: int
    method: str
    target: str
    identity: str = ""
    operation: str = ""
    message: str = ""  # what the emulator built and checked the signature against
    body: str = ""
    body_bytes: int = 0  # of the whole body, where only its beginning is kept
    verdict: str = "accepted"
    reason: str = ""
    cause: str = ""  # of a refusal that is about a signature
    status: int = 0
    made: str = ""  # id of what this request created
    signer: str = ""  # fingerprint of the member whose signature stood in the body
    trouble: str = ""  # the emulator's own traceback, should it ever have one
    reads: bool = False  # it changes nothing, whatever its method is
    stored: bool = False  # a refusal that is given again under the same idempotency key

    def as_dict(self) -> dict[str, object]:
        """Plain values, for the control door."""
        return {name: sendable(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Routed:
    """The operation that a path and method name, and the ids in it."""

    operation: Operation[Any]
    ids: Mapping[str, str]


class Service(Protocol):
    """One emulated API."""

    @property
    def base(self) -> str:
        """What every path of it begins with."""

    @property
    def operations(self) -> Sequence[Operation[Any]]:
        """What it can do."""

    @property
    def identity_header(self) -> str:
        """The header, in lower case, that says who calls."""

    def admit(self, received: Received, line: LedgerLine) -> Routed:
        """Verify and route, or raise Refusal."""

    def perform(
        self,
        routed: Routed,
        received: Received,
        line: LedgerLine,
    ) -> Reply:
        """Do what was admitted, or raise Refusal."""

    def refused(self, refusal: Refusal, line: LedgerLine) -> Reply:
        """The vendor's error envelope."""

    def signed(self, reply: Reply) -> Reply:
        """The reply with proof of its present body, where the service signs its answers."""


def routed(service: Service, received: Received) -> Routed | int:
    """What a request asks of a service; 404 or 405 where it offers nothing of the kind."""
    path = received.path.removeprefix(service.base)
    return route(service.operations, received.method, path)


def unknown_query(wanted: Routed, received: Received) -> list[str]:
    """The query's names that the operation does not have."""
    pairs = parse_qsl(received.query, keep_blank_values=True)
    return [name for name, _ in pairs if name not in wanted.operation.query]


def repeated_query(received: Received) -> list[str]:
    """The query's names that stand in it more than once: one value could count at most."""
    pairs = parse_qsl(received.query, keep_blank_values=True)
    counts = Counter(name for name, _ in pairs)
    return [name for name, count in counts.items() if count > 1]


def route(
    operations: Sequence[Operation[Any]],
    method: str,
    path: str,
) -> Routed | int:
    """The operation for a raw path (without the base path).

    404 where there is none, 405 where only the method is wrong.
    """
    parts = path.split("/")
    status = 404
    for operation in operations:
        ids = _match(operation.path.split("/"), parts)
        if ids is None:
            continue
        if operation.method == method:
            return Routed(operation, ids)
        status = 405
    return status


def _match(
    template: Sequence[str],
    parts: Sequence[str],
) -> dict[str, str] | None:
    """The ids in a path that fits the template."""
    if len(template) != len(parts):
        return None
    ids = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{") and part:
            ids[wanted[1:-1]] = unquote(part)
        elif wanted != part:
            return None
    return ids


AHEAD_LIMIT_MS = 100 * 365 * DAY_MS
LATEST_MS = 7_258_118_400_000  # the year 2200: no emulator gets there, and a date everywhere


class Clock:
    """The emulator's time: the wall clock, plus whatever a test or a person has added.

    A hundred years at most.
    """

    def __init__(self, wall_ms: Callable[[], int]) -> None:
        self._wall_ms = wall_ms
        self._ahead_ms = 0
        self._pinned_ms: int | None = None

    def now_ms(self) -> int:
        """Unix milliseconds."""
        if self._pinned_ms is not None:
            return self._pinned_ms
        return self._wall_ms() + self._ahead_ms

    def wall_ms(self) -> int:
        """The time of this computer."""
        return self._wall_ms()

    def restart(self) -> None:
        """Back to the wall clock."""
        self._ahead_ms = 0

    @contextmanager
    def pinned(self, milliseconds: int) -> Iterator[None]:
        """Stand still at a moment: while a world is made, or what happened is lived again."""
        before = self._pinned_ms
        self._pinned_ms = milliseconds
        try:
            yield
        finally:
            self._pinned_ms = before

    def advance(self, milliseconds: int) -> None:
        """Let time pass. Raises InputError where ``judge`` does."""
        self.judge(milliseconds)
        self._ahead_ms += milliseconds

    def judge(self, milliseconds: int) -> None:
        """Whether so much time may pass.

        Raises:
            InputError: no whole number, below 0, or the clock would be more than a hundred
                years ahead.
        """
        if whole_number(milliseconds, "advance_ms") < 0:
            raise InputError(
                "advance_ms must be a whole number of milliseconds, 0 or more.",
                hint="Time does not run back.",
            )
        left_ms = AHEAD_LIMIT_MS - self._ahead_ms
        if milliseconds > left_ms:
            raise InputError(
                "The emulator's clock can be a hundred years ahead at most.",
                hint=f"Let at most {left_ms} ms pass, or reset it.",
            )


def sendable(value: Any) -> Any:
    """A text that can travel as UTF-8, whatever bytes it was read from; anything else as it is."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode()


def nested_too_deeply(value: Any, limit: int = NESTING) -> bool:
    """Whether parsed JSON has more levels than the limit.

    It walks level by level, and so never overflows itself.
    """
    level = [value]
    for _ in range(limit + 1):
        inner: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                inner += part.values()
            elif isinstance(part, list):
                inner += part
        if not inner:
            return False
        level = inner
    return True


def judge_nesting(value: Any) -> None:
    """Raises ValueError where JSON is nested too deeply, as where it is no JSON."""
    if nested_too_deeply(value):
        raise ValueError(f"more than {NESTING} levels")


def no_constant(constant: str) -> None:
    """For ``json.loads``, which would take NaN and Infinity. Raises ValueError."""
    raise ValueError(f"{constant} is not JSON")


def judge_work(verifications: int) -> None:
    """Raises Refusal where a request asks for more verifications than one may ask for."""
    if verifications > VERIFICATIONS:
        raise Refusal(
            400,
            "More signatures and members than this emulator verifies in one request",
            "invalid_data",
        )


def digits(text: str) -> int | None:
    """The number that ASCII digits spell, up to 19 of them; None for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 19:
        return int(text)
    return None


def to_json(value: Any) -> bytes:
    """Compact JSON of a model or of plain values."""
    return msgspec.json.encode(value)


def answered(
    service: Service,
    received: Received,
    line: LedgerLine,
) -> Reply:
    """Admit and do, or refuse. ``line`` says which."""
    try:
        wanted = service.admit(received, line)
        return service.perform(wanted, received, line)
    except Refusal as refusal:
        return service.refused(refusal, line)
