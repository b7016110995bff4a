"""What an answer is worth. It becomes data only if it proves itself, is of now, succeeded, decodes, and speaks of
what was asked; whatever it is, all of it is kept as evidence.
"""

from __future__ import annotations

import functools
import gc
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import msgspec

from toolkit.base.forked import renewed_in_a_child
from toolkit.base.times import WORTH_A_WORD_MS, apart, span
from toolkit.errors import (
    AnswerRefused,
    ApiError,
    ContradictingAnswer,
    StaleAnswer,
    ToolkitError,
    UnreadableAnswer,
    UnverifiedAnswer,
)
from toolkit.request.call import Call
from toolkit.request.exchange import Answer, Exchange, Outcome, Provenance, stamp, things
from toolkit.request.prepared import Prepared
from toolkit.transport.http import RawResponse
from toolkit.transport.provider import UNREADABLE, Provider

T = TypeVar("T")
EXPLANATION = "X-Emulator-Explanation"
REMEMBERED = 65_536  # proofs of answers, at most; the same one twice is an answer played back
REMEMBERED_MS = 600_000  # how long, where answers of any age are taken
SKEW_GOOD_FOR_MS = 60_000  # after this a newer look at the clock replaces a better one


class Verifier:
    """Judges the answers that one client receives, and remembers which ones it has had."""

    def __init__(self, provider: Provider, environment: str, freshness_ms: int | None) -> None:
        self._provider, self._environment, self._freshness_ms = provider, environment, freshness_ms
        self.begin_anew()
        renewed_in_a_child(self)

    def begin_anew(self) -> None:
        """Nothing heard yet, and nothing known of the clocks."""
        self._lock = threading.Lock()  # for the two below: one client answers many threads
        self._heard: OrderedDict[str, int] = OrderedDict()  # proof → when it was first received
        self._drift: tuple[int, float, int] | None = None  # skew, how long that answer took, when

    @property
    def skew_ms(self) -> int | None:
        """The service's clock minus this computer's, in ms, as the quickest of the last minute's answers told."""
        drift = self._drift
        return drift[0] if drift else None

    def skew_now_ms(self, now_ms: int) -> int | None:
        """The same, if it was learned within the last minute."""
        drift = self._drift
        return drift[0] if drift and 0 <= now_ms - drift[2] <= SKEW_GOOD_FOR_MS else None

    def judged(
        self, prepared: Prepared[T], raw: RawResponse, sent_ms: int, now_ms: int
    ) -> Exchange[T]:
        """The exchange that this makes; sent and received at these times, by this computer's clock."""
        changes = prepared.call.operation.changes
        doubt: Outcome = "unknown" if changes else "refused"
        exchange: Exchange[T] = Exchange(
            "answered", prepared, raw.status or None, tuple(raw.headers.multi_items()), raw.content,
            duration_s=raw.duration_s, struck=raw.struck,
        )  # fmt: skip
        if raw.failure is not None:
            return self._failed(exchange, "refused" if raw.unsent else doubt, raw.failure)
        place = f"{prepared.call.operation.name} on {self._environment}"
        encoding = raw.headers.get("content-encoding", "identity").strip().lower()
        proof = raw.proof
        stamped_ms = self._provider.stamp_ms(raw.headers)
        skew_ms = (
            None if stamped_ms is None or proof == "" else stamped_ms - (sent_ms + now_ms) // 2
        )
        exchange = replace(
            exchange, verified=None if proof is None else bool(proof), skew_ms=skew_ms
        )

        if encoding not in ("", "identity"):
            what = f"{place}: HTTP {raw.status}, compressed ({encoding}), though plain bytes were asked for."
            hint = "Something on the way alters answers. It was not unpacked."
            return self._failed(exchange, doubt, AnswerRefused(what, hint=hint, cause="compressed"))
        mistrust = self._mistrust(place, exchange, proof, sent_ms, now_ms)
        if mistrust is not None:
            return self._failed(exchange, doubt, mistrust)
        self._learn(skew_ms, raw.duration_s, now_ms)
        if 200 <= raw.status < 300:
            return self._read(place, exchange, now_ms)
        if 300 <= raw.status < 400:
            what = f"{place}: HTTP {raw.status}, a redirect."
            hint = "Signed calls never follow one, and nothing was sent there; mend the base URL."
            return self._failed(exchange, doubt, AnswerRefused(what, hint=hint, cause="redirect"))
        settled = self._provider.settles(raw.status, raw.headers, raw.content)
        return self._failed(
            exchange, "refused" if settled else doubt, self._refusal(place, exchange)
        )

    def _learn(self, skew_ms: int | None, took_s: float, now_ms: int) -> None:
        """Remember how far the clocks are apart: a quick answer tells it better than a slow one."""
        if skew_ms is None:
            return
        with self._lock:
            drift = self._drift
            if (
                drift is None
                or took_s <= drift[1]
                or not 0 <= now_ms - drift[2] <= SKEW_GOOD_FOR_MS
            ):
                self._drift = (skew_ms, took_s, now_ms)

    def _mistrust(
        self, place: str, exchange: Exchange[Any], proof: str | None, sent_ms: int, now_ms: int
    ) -> ToolkitError | None:
        """Why this answer may not be the service's answer of now to this request."""
        if proof is None:
            return None
        if not proof:
            what = f"{place}: HTTP {exchange.status}, and the answer carries no valid signature."
            failed = exchange.status is not None and exchange.status >= 400
            return UnverifiedAnswer(
                what,
                hint="A gateway or a proxy may have answered in the service's place."
                if failed
                else "",
            )
        if self._freshness_ms is not None:
            if exchange.skew_ms is None:
                return StaleAnswer(f"{place}: the answer does not say when it was signed.")
            if abs(exchange.skew_ms) > self._freshness_ms:
                allowed = f"More than {span(self._freshness_ms)} apart is refused (our limit): an old answer may have been played back."
                return StaleAnswer(f"{place}: {apart(exchange.skew_ms)} {allowed}")
        if (
            self._first_heard(proof, now_ms) < sent_ms
        ):  # received before this was asked; two reads in one moment may rightly have one answer
            return ContradictingAnswer(
                f"{place}: this very answer was received before.", cause="played-back"
            )
        return None

    def _first_heard(self, proof: str, now_ms: int) -> int:
        """When this very answer was received for the first time."""
        longest_ms = 2 * self._freshness_ms if self._freshness_ms is not None else REMEMBERED_MS
        with self._lock:
            heard_ms = self._heard.setdefault(proof, now_ms)
            while (
                len(self._heard) > REMEMBERED
                or now_ms - next(iter(self._heard.values())) > longest_ms
            ):
                self._heard.popitem(last=False)
        return heard_ms

    def _refusal(self, place: str, exchange: Exchange[Any]) -> ApiError:
        assert exchange.status is not None
        error = self._provider.refusal(
            exchange.prepared.call, place, exchange.status, exchange.content
        )
        wait, explanation = exchange.header("Retry-After"), exchange.header(EXPLANATION)
        if (
            exchange.status == 401
            and exchange.skew_ms is not None
            and abs(exchange.skew_ms) > WORTH_A_WORD_MS
        ):
            error.note(apart(exchange.skew_ms))
        if wait is not None:
            error.note(f"The service asks to wait (Retry-After {wait[:40]}).")
        if explanation is not None:  # the emulator says more than the vendors do
            error.explain(unquote(explanation))
        return error

    def _read(self, place: str, exchange: Exchange[T], now_ms: int) -> Exchange[T]:
        """A successful answer: decoded, and compared with the call."""
        call = exchange.prepared.call
        kind = exchange.header("Content-Type")
        plain = ("application/json" if kind is None else kind).partition(";")[0].strip().lower()
        value: T | None = None
        if plain != "application/json" and not plain.endswith("+json"):
            reason = f"it is {plain[:60]}, not JSON"
        else:
            try:
                value = decoded(call.operation.returns, exchange.content)
            except UNREADABLE as trouble:
                reason = str(trouble) or type(trouble).__name__
        if value is None:
            hint = "The whole answer is in exchange.content."
            what = f"{place}: HTTP {exchange.status}, not the documented shape: {reason}."
            # a verified answer to a change says that it happened, whatever else it says
            outcome: Outcome = (
                "answered" if exchange.verified or not call.operation.changes else "unknown"
            )
            return self._failed(exchange, outcome, UnreadableAnswer(what, hint=hint))
        found = contradiction(call, value) or self._provider.contradiction(value)
        if found:
            outcome = "unknown" if call.operation.changes else "answered"
            return self._failed(exchange, outcome, ContradictingAnswer(f"{place}: {found}."))
        ids = dict(call.arguments)
        stamp(
            value,
            Provenance(self._environment, call.operation.name, ids, exchange.verified, now_ms),
        )
        return replace(exchange, decoded=value)

    def _failed(self, exchange: Exchange[T], outcome: Outcome, error: ToolkitError) -> Exchange[T]:
        """The exchange with an error, and in the error what was seen."""
        prepared = exchange.prepared
        seen = [
            ("request", f"{prepared.method} {prepared.url}"),
            (
                "sent",
                f"{sized(prepared.body)}, fingerprint {prepared.call.fingerprint(prepared.body)[:12]}",
            ),
            ("took", f"{exchange.duration_s:.1f} s"),
        ]
        if exchange.status is not None:
            seen.append(("answer", f"HTTP {exchange.status}, {sized(exchange.content)}"))
        if exchange.skew_ms is not None:
            seen.append(("clock", apart(exchange.skew_ms)))
        if exchange.struck:
            seen.append(
                (
                    "struck",
                    f"a credential that it repeated; as it came, its SHA-256 was {exchange.struck}",
                )
            )
        error.evidence = tuple(seen)
        return replace(exchange, outcome=outcome, error=error)


def sized(content: bytes) -> str:
    """How much it is: ``no body``, ``1 byte``, ``288 bytes``."""
    return f"{len(content)} byte{'s'[: len(content) != 1]}" if content else "no body"


def contradiction(call: Call[Any], value: Any) -> str:
    """Why an answer cannot be about this call; empty if it can."""
    operation = call.operation
    for thing in things(value):
        kind = type(thing)
        ids = kind.identified_by if isinstance(thing, Answer) else ()
        if ids and not any(getattr(thing, name) for name in ids):
            return f"a {kind.__name__} without its {ids[0]} was answered, so it is something else"
        for asked, answered in operation.echoes.items():
            said, heard = call.argument(asked), getattr(thing, answered, None)
            if said is not None and heard not in (None, msgspec.UNSET) and said != heard:
                return f"asked about {asked} {said!r}, answered with {answered} {heard!r}"
    limit, count = call.argument("limit"), sum(1 for _ in things(value))
    if operation.pages and isinstance(limit, str) and limit.isdigit() and count > int(limit):
        return f"asked for {limit} at most, answered with {count}"
    if (
        operation.reconciliation
        and operation.reconciliation.gone is None
        and operation.reconciliation.same(call, value) is False
    ):
        return f"the {type(value).__name__} that was answered is not what was asked for"
    return ""


@functools.cache
def _decoder(returns: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(returns)


def decoded(returns: type[T], content: bytes) -> T:
    """JSON as a model. Raises what ``UNREADABLE`` lists."""
    # decoding makes a million objects and drops none: the collector would walk them again and again
    pause = len(content) > 1_000_000 and gc.isenabled()
    if pause:
        gc.disable()
    try:
        value: T = _decoder(cast(Hashable, returns)).decode(content)
    finally:
        if pause:
            gc.enable()
    return value
