"""What an answer is worth.

It becomes data only if it proves itself, is of now, succeeded, decodes, and speaks of what was
asked; whatever it is, all of it is kept as evidence.
"""

from __future__ import annotations

import codecs
import operator
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

import msgspec
from msgspec.structs import replace

from toolkit.base import typed
from toolkit.base.collector import paused
from toolkit.base.forked import renewed_in_a_child
from toolkit.base.text import plural
from toolkit.base.times import WORTH_A_WORD_MS, apart, span
from toolkit.errors import (
    AnswerRefused,
    ApiError,
    ClocksApart,
    ContradictingAnswer,
    StaleAnswer,
    ToolkitError,
    UnreadableAnswer,
    UnverifiedAnswer,
)
from toolkit.request.call import Call
from toolkit.request.exchange import (
    Answer,
    Exchange,
    Outcome,
    Provenance,
    by_kind,
    stamp,
    things,
)
from toolkit.request.prepared import Prepared
from toolkit.transport.http import RawResponse
from toolkit.transport.provider import UNREADABLE, Headers, Provider

T = TypeVar("T")
EXPLANATION = "X-Emulator-Explanation"
REMEMBERED = 65_536  # proofs of answers, at most; the same one twice is an answer played back
REMEMBERED_MS = 600_000  # how long, where answers of any age are taken
SKEW_GOOD_FOR_MS = 60_000  # after this a newer look at the clock replaces a better one
LARGE = 1_000_000  # bytes; decoding so many makes a million objects and drops none


class _Drift(msgspec.Struct, frozen=True):
    """How far the clocks are apart, as one answer told it."""

    skew_ms: int
    took_s: float  # that answer; a quick one tells it better than a slow one
    at_ms: int

    @property
    def give_ms(self) -> float:
        """By how much that may be wrong: the answer was made at any time while it travelled."""
        return 500 * self.took_s

    def is_recent(self, now_ms: int) -> bool:
        """Whether it was learned within the last minute."""
        return 0 <= now_ms - self.at_ms <= SKEW_GOOD_FOR_MS


class Verifier:
    """Says what the answers that one client receives are worth, and remembers those it has had.

    ``freshness_ms``: how far the signed time of an answer may be from this computer's clock; None:
    any.
    """

    def __init__(self, provider: Provider, environment: str, freshness_ms: int | None) -> None:
        self._provider = provider
        self._environment = environment
        self._freshness_ms = freshness_ms
        self.begin_anew()
        renewed_in_a_child(self)

    def begin_anew(self) -> None:
        """Nothing heard yet, and nothing known of the clocks."""
        self._lock = threading.Lock()  # for the two below: one client answers many threads
        self._heard: OrderedDict[str, int] = OrderedDict()  # proof → when it was first received
        self._drift: _Drift | None = None
        self._latest: _Drift | None = None  # also of an answer that was refused for its age

    @property
    def skew_ms(self) -> int | None:
        """The service's clock minus this computer's, in ms.

        As the quickest of the last minute's answers told; None before the first.
        """
        drift = self._drift
        if drift is None:
            return None
        return drift.skew_ms

    def skew_now_ms(self, now_ms: int) -> int | None:
        """The same, if it was learned within the last minute."""
        drift = self._drift
        if drift is None or not drift.is_recent(now_ms):
            return None
        return drift.skew_ms

    def too_far_apart(self, prepared: Prepared[Any], now_ms: int) -> ClocksApart | None:
        """Why a change would not be done, or be in doubt although it was answered.

        None where the last answer of this minute tells nothing of the kind. It may have been
        refused itself: then this one's would be, too.
        """
        latest = self._latest
        if latest is None or not latest.is_recent(now_ms):
            return None
        place = f"{prepared.call.operation.name} on {self._environment}"
        told = f"{place}: not sent. {apart(latest.skew_ms)}"
        expires_ms = self._provider.expires_ms(prepared)
        if expires_ms is not None and now_ms + latest.skew_ms - latest.give_ms >= expires_ms:
            return ClocksApart(f"{told} It would have expired on arrival.")
        if not self._provider.signs_answers or self._freshness_ms is None:
            return None
        if abs(latest.skew_ms) - latest.give_ms <= self._freshness_ms:
            return None
        allowed = span(self._freshness_ms)
        return ClocksApart(
            f"{told} Its answer would be refused: more than {allowed} apart are (our limit).",
            hint=f"{ClocksApart.hint} {StaleAnswer.other_clock}",
        )

    def exchange_of(
        self,
        prepared: Prepared[T],
        raw: RawResponse,
        sent_ms: int,
        now_ms: int,
        signed_by: tuple[str, ...] = (),
    ) -> Exchange[T]:
        """What became of a request, given what came back.

        Args:
            sent_ms: when it was sent, by this computer's clock, Unix milliseconds.
            now_ms: when the answer was received, by the same clock.
            signed_by: whose signatures left with it, by fingerprints.
        """
        headers = raw.headers
        exchange = self._received(prepared, raw, headers, sent_ms, now_ms, signed_by)
        if raw.failure is not None:
            outcome = _in_doubt(exchange)
            if raw.unsent:
                outcome = "refused"
            return self._failed(exchange, outcome, raw.failure)
        drift = None
        if exchange.skew_ms is not None:
            drift = self._latest = _Drift(exchange.skew_ms, exchange.duration_s, now_ms)
        mistrust = self._mistrust(exchange, raw, headers, sent_ms, now_ms)
        if mistrust is not None:
            return self._failed(exchange, _in_doubt(exchange), mistrust)
        if drift is not None:
            self._learn(drift, now_ms)
        if 200 <= raw.status < 300:
            return self._decoded(exchange, now_ms)
        if 300 <= raw.status < 400:
            redirect = AnswerRefused(
                f"{self._place(exchange)}: HTTP {raw.status}, a redirect.",
                hint="Signed calls never follow one, and nothing was sent there; "
                "put the base URL right.",
                cause="redirect",
            )
            return self._failed(exchange, _in_doubt(exchange), redirect)
        outcome = _in_doubt(exchange)
        if self._provider.settles(raw.status, headers, raw.content):
            outcome = "refused"
        return self._failed(exchange, outcome, self._refusal(exchange))

    def _received(
        self,
        prepared: Prepared[T],
        raw: RawResponse,
        headers: Headers,
        sent_ms: int,
        now_ms: int,
        signed_by: tuple[str, ...],
    ) -> Exchange[T]:
        """What came back as evidence, before it is judged."""
        verified = None
        skew_ms = None
        if raw.failure is None:
            verified = _holds(raw.proof)
            skew_ms = self._skew_ms(raw, headers, sent_ms, now_ms)
        return Exchange(
            outcome="answered",
            prepared=prepared,
            status=raw.status or None,
            headers=raw.fields,
            content=raw.content,
            verified=verified,
            duration_s=raw.duration_s,
            skew_ms=skew_ms,
            struck=raw.struck,
            signed_by=signed_by,
        )

    def _place(self, exchange: Exchange[Any]) -> str:
        return f"{exchange.prepared.call.operation.name} on {self._environment}"

    # ---- is it the service's answer of now? ----

    def _skew_ms(self, raw: RawResponse, headers: Headers, sent_ms: int, now_ms: int) -> int | None:
        """The service's clock minus this computer's half-way; None where nothing proven tells."""
        stamped_ms = self._provider.stamp_ms(headers)
        if stamped_ms is None or raw.proof == "":
            return None
        return stamped_ms - (sent_ms + now_ms) // 2

    def _learn(self, latest: _Drift, now_ms: int) -> None:
        """Remember how far the clocks are apart, if the latest answer tells it better."""
        with self._lock:
            drift = self._drift
            if drift is None or latest.took_s <= drift.took_s or not drift.is_recent(now_ms):
                self._drift = latest

    def _mistrust(
        self,
        exchange: Exchange[Any],
        raw: RawResponse,
        headers: Headers,
        sent_ms: int,
        now_ms: int,
    ) -> ToolkitError | None:
        """Why this may not be the service's answer of now to this request; None: it is."""
        place = self._place(exchange)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            return AnswerRefused(
                f"{place}: HTTP {raw.status}, compressed ({encoding}), "
                "though plain bytes were asked for.",
                hint="Something on the way alters answers. It was not unpacked.",
                cause="compressed",
            )
        if raw.proof is None:  # the service signs no answers
            return None
        if not raw.proof:
            hint = ""
            if raw.status >= 400:
                hint = "A gateway or a proxy may have answered in the service's place."
            return UnverifiedAnswer(
                f"{place}: HTTP {exchange.status}, and the answer carries no valid signature.",
                hint=hint,
            )
        staleness = self._staleness(exchange)
        if staleness:
            return StaleAnswer(f"{place}: {staleness}")
        # Received before this was asked? Two reads in one moment may rightly have one answer.
        if self._first_heard_ms(raw.proof, now_ms) < sent_ms:
            return ContradictingAnswer(
                f"{place}: this very answer was received before.",
                cause="played-back",
            )
        return None

    def _staleness(self, exchange: Exchange[Any]) -> str:
        """A sentence, where the answer was signed too long ago, or too far ahead."""
        if self._freshness_ms is None:
            return ""
        if exchange.skew_ms is None:
            return "the answer does not say when it was signed."
        if abs(exchange.skew_ms) <= self._freshness_ms:
            return ""
        allowed = span(self._freshness_ms)
        return (
            f"{apart(exchange.skew_ms)} More than {allowed} apart is refused (our limit): "
            "an old answer may have been played back."
        )

    def _first_heard_ms(self, proof: str, now_ms: int) -> int:
        """When this very answer was received for the first time."""
        longest_ms = REMEMBERED_MS
        if self._freshness_ms is not None:
            longest_ms = 2 * self._freshness_ms
        with self._lock:
            heard_ms = self._heard.setdefault(proof, now_ms)
            while len(self._heard) > REMEMBERED or now_ms - self._oldest_ms() > longest_ms:
                self._heard.popitem(last=False)
        return heard_ms

    def _oldest_ms(self) -> int:
        return next(iter(self._heard.values()))

    # ---- what does it say? ----

    def _refusal(self, exchange: Exchange[Any]) -> ApiError:
        assert exchange.status is not None
        error = self._provider.refusal(
            exchange.prepared.call,
            self._place(exchange),
            exchange.status,
            exchange.content,
        )
        skew_ms = exchange.skew_ms or 0
        if exchange.status == 401 and abs(skew_ms) > WORTH_A_WORD_MS:
            error.note(apart(skew_ms))
        wait = exchange.header("Retry-After")
        if wait is not None:
            error.note(f"The service asks to wait (Retry-After {wait[:40]}).")
        explanation = exchange.header(EXPLANATION)
        if explanation is not None:  # the emulator says more than the vendors do
            error.explain(unquote(explanation))
        return error

    def _decoded(self, exchange: Exchange[T], now_ms: int) -> Exchange[T]:
        """A successful answer: decoded, and compared with the call."""
        call = exchange.prepared.call
        place = self._place(exchange)
        reason = _not_json(exchange.header("Content-Type"), exchange.content)
        if not reason:
            try:
                value = decoded(call.operation.returns, exchange.content)
            except UNREADABLE as error:
                reason = str(error) or type(error).__name__
        if reason:
            unreadable = UnreadableAnswer(
                f"{place}: HTTP {exchange.status}, not the documented shape: {reason}.",
                hint="The whole answer is in exchange.content.",
            )
            # a verified answer to a change says that it happened, whatever else it says
            outcome: Outcome = "answered"
            if call.operation.changes and not exchange.verified:
                outcome = "unknown"
            return self._failed(exchange, outcome, unreadable)
        contradicted = contradiction(call, value) or self._provider.contradiction(value)
        if contradicted:
            outcome = "answered"
            if call.operation.changes:
                outcome = "unknown"
            return self._failed(
                exchange,
                outcome,
                ContradictingAnswer(f"{place}: {contradicted}."),
            )
        provenance = Provenance(
            environment=self._environment,
            operation=call.operation.name,
            arguments=dict(call.arguments),
            verified=exchange.verified,
            at_ms=now_ms,
        )
        stamp(value, provenance, call.operation.fills)
        return replace(exchange, decoded=value)

    def _failed(
        self,
        exchange: Exchange[T],
        outcome: Outcome,
        error: ToolkitError,
    ) -> Exchange[T]:
        """The exchange with an error, and in the error what was seen."""
        error.evidence = tuple(_evidence(exchange))
        return replace(exchange, outcome=outcome, error=error)


def _in_doubt(exchange: Exchange[Any]) -> Outcome:
    """The outcome where nothing proves what was done: a read has done nothing."""
    if exchange.prepared.call.operation.changes:
        return "unknown"
    return "refused"


def _holds(proof: str | None) -> bool | None:
    """Whether an answer is proven; None where the service signs none."""
    if proof is None:
        return None
    return bool(proof)


def _not_json(content_type: str | None, content: bytes) -> str:
    """Why content of this type is not JSON; empty if it may be."""
    if content_type is None:
        return _why_unreadable(content)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return _why_unreadable(content)
    return f"it is {kind[:60]}, not JSON"


def _why_unreadable(content: bytes) -> str:
    """What tells of an answer that is no JSON at all; nothing for one that only does not fit."""
    if not content.strip():
        return "it is empty"
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "it begins with a mark of the byte order, which JSON must not have"
    return ""


def _evidence(exchange: Exchange[Any]) -> Iterator[tuple[str, str]]:
    """What was seen, each as a name and a sentence."""
    prepared = exchange.prepared
    yield "request", f"{prepared.method} {prepared.url}"
    yield "sent", f"{sized(prepared.body)}, fingerprint {prepared.fingerprint[:12]}"
    yield "took", f"{exchange.duration_s:.1f} s"
    if exchange.status is not None:
        yield "answer", f"HTTP {exchange.status}, {sized(exchange.content)}"
    if exchange.skew_ms is not None:
        yield "clock", apart(exchange.skew_ms)
    if exchange.struck:
        yield (
            "struck",
            f"a credential that it repeated; as it came, its SHA-256 was {exchange.struck}",
        )


def sized(content: bytes) -> str:
    """How much it is: ``no body``, ``1 byte``, ``288 bytes``."""
    if not content:
        return "no body"
    return plural(len(content), "byte")


def contradiction(call: Call[Any], value: Any) -> str:
    """Why an answer cannot be about this call; empty if it can."""
    wanted = _wanted(call)
    about = list(things(value))
    for kind, alike in by_kind(about):
        reason = _unidentified(kind, alike) or _unechoed(wanted, kind, alike)
        if reason:
            return reason
    reason = _over_limit(call, len(about))
    if reason:
        return reason
    if _is_another_thing(call, value):
        return f"the {type(value).__name__} that was answered is not what was asked for"
    return ""


class _Wanted(NamedTuple):
    """What an answer must repeat of the call."""

    name: str
    value: object
    field: str  # of the answer
    is_alike: Callable[[Any, Any], bool]


def _wanted(call: Call[Any]) -> list[_Wanted]:
    operation = call.operation
    wanted = []
    for name, field in operation.echoes.items():
        value = call.argument(name)
        if value is not None:
            wanted.append(_Wanted(name, value, field, operation.alike.get(name, operator.eq)))
    return wanted


def _unidentified(kind: type, things_of_it: Sequence[Any]) -> str:
    if not issubclass(kind, Answer) or not kind.identified_by:
        return ""
    names = kind.identified_by
    unnamed = things_of_it
    for name in names:
        unnamed = [thing for thing in unnamed if not getattr(thing, name)]
    if not unnamed:
        return ""
    return f"a {kind.__name__} without its {names[0]} was answered, so it is something else"


def _unechoed(wanted: Sequence[_Wanted], kind: type, things_of_it: Sequence[Any]) -> str:
    """Which argument of the call one of these contradicts."""
    for name, value, field, is_alike in wanted:
        if not hasattr(kind, field):
            continue
        for answered in map(attrgetter(field), things_of_it):
            if answered is None or answered is msgspec.UNSET or is_alike(value, answered):
                continue
            return f"asked about {name} {value!r}, answered with {field} {answered!r}"
    return ""


def _over_limit(call: Call[Any], count: int) -> str:
    limit = call.argument("limit")
    if not call.operation.pages or not isinstance(limit, str) or not limit.isdigit():
        return ""
    if count <= int(limit):
        return ""
    return f"asked for {limit} at most, answered with {count}"


def _is_another_thing(call: Call[Any], value: Any) -> bool:
    reconciliation = call.operation.reconciliation
    if reconciliation is None or reconciliation.gone is not None:
        return False
    return reconciliation.same(call, value) is False


def decoded(returns: type[T], content: bytes) -> T:
    """JSON as a model. Raises what ``UNREADABLE`` lists."""
    with paused() if len(content) > LARGE else nullcontext():
        return typed.decoded(content, returns)
