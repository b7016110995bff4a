"""The emulator itself: one request, one answer, and the line in the ledger that says so."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Unpack

import httpx
import msgspec
from msgspec import UNSET, UnsetType

from toolkit.base.forked import renewed_in_a_child
from toolkit.base.logs import log_request, logger
from toolkit.base.text import plural
from toolkit.base.times import wall_clock_ms
from toolkit.base.validate import whole_number
from toolkit.client.journal import Journal
from toolkit.client.options import Options, by_name
from toolkit.cobo.client import Client as CoboClient
from toolkit.cobo.client import Environment as CoboEnvironment
from toolkit.cobo.signing import ApiKey
from toolkit.emulator import explaining, explanation, limits, worlds
from toolkit.emulator.api_keys import GivenKey, GivenRoles, KeyChange, key_change
from toolkit.emulator.choices import Choices
from toolkit.emulator.cobo import BASE, Cobo
from toolkit.emulator.core import (
    Clock,
    LedgerLine,
    Received,
    Refusal,
    Reply,
    Routed,
    Service,
    answered,
    routed,
)
from toolkit.emulator.events import Event, Watch
from toolkit.emulator.explanation import Explanation
from toolkit.emulator.faults import Fault, Faults, Occasion, PutOff
from toolkit.emulator.ledger import Ledger, finish
from toolkit.emulator.privy import Privy
from toolkit.emulator.remembered import Memory
from toolkit.emulator.replay import Replay
from toolkit.emulator.world import World, holder_state, node_id, options
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key, P256Key
from toolkit.keys.secret import Secret
from toolkit.privy.client import Client as PrivyClient
from toolkit.privy.client import Environment as PrivyEnvironment

NUMBER_LIMIT = 2**64  # of a request; no ledger gets there
# A name that by RFC 2606 exists nowhere: nothing can leave by mistake.
ADDRESS = "https://emulator.invalid"
_LOG = logger("emulator")
DEMO_SEED = 2026
OUR_FAULT = 1000  # Cobo's code for an error of its own


class Emulator:
    """Both services with one clock, one ledger and one world.

    Use ``Emulator.seeded()``. Requests come in through ``handle``; ``cobo_client()`` and
    ``privy_client()`` are ready-made clients that call it directly.

    >>> from toolkit import Emulator, cobo
    >>> emulator = Emulator.seeded()
    >>> page = emulator.cobo_client().send(cobo.list_mpc_vaults())
    >>> [vault.name for vault in page][:2]
    ['Treasury vault', 'Payroll vault']
    """

    def __init__(
        self,
        world: str = "demo",
        *,
        seed: int = DEMO_SEED,
        size: int = worlds.LARGE,
        choices: Mapping[str, str] | None = None,
        state: str | Path | None = None,
    ) -> None:
        self.world, self.seed, self.size = options(world, seed, size)
        self.choices = Choices(choices)
        self.clock = Clock(wall_clock_ms)
        #: Whether refusals carry an explanation in a header beside them (some milliseconds each).
        self.explains = True
        #: What its in-process clients write their changes down in: in memory, and gone with it.
        self.journal = Journal()
        self.begin_anew()
        renewed_in_a_child(self)
        self._also_secret: list[str] = []
        self._replay = Replay(state, self.clock)
        try:
            lived = self._replay.lived_again(self.world, choices, self._also_secret)
            if lived is None:
                self.reset()
            else:
                self.seed = lived.seed
                self.size = lived.size
                self.choices = lived.choices
                self._start(lived)
        except BaseException:
            # let go of the file, or nobody could open it until this object is collected
            self.close()
            raise

    @classmethod
    def seeded(
        cls,
        world: str = "demo",
        *,
        seed: int = DEMO_SEED,
        size: int = worlds.LARGE,
        choices: Mapping[str, str] | None = None,
        state: str | Path | None = None,
    ) -> Emulator:
        """A new emulator. Ids and keys follow from the seed: a walkthrough always looks the same.

        Args:
            world: ``demo`` (three vaults, three groups, three quorums), ``empty`` (one vault) or
                ``large``.
            size: of the ``large`` world: how many quorums.
            choices: undocumented points to switch, see ``choices``.
            state: a file that keeps everything across restarts. If it exists, its world goes on,
                with its own seed.

        Raises:
            InputError: no such world, choice or option; a state file of another world or other
                choices.

        >>> Emulator.seeded("empty", choices={"cobo.high_s": "accepted"}).choices["cobo.high_s"]
        'accepted'
        """
        return cls(
            world,
            seed=seed,
            size=size,
            choices=choices,
            state=state,
        )

    def begin_anew(self) -> None:
        """A lock that no other process's thread holds. A forked child's world goes its own way."""
        self._lock = threading.RLock()

    def reset(self) -> None:
        """Back to the start: the world as it was, an empty ledger, an empty state file.

        Raises:
            InputError: the state file cannot be written.
        """
        with self._lock:
            began_ms = self.clock.wall_ms()
            self._replay.begin(
                self.world,
                self.seed,
                self.size,
                began_ms,
                self.choices,
            )
            self.clock.restart()
            self.journal.clear()
            beginning = World(
                self.world,
                seed=self.seed,
                size=self.size,
                choices=self.choices,
                clock=self.clock,
                began_ms=began_ms,
                also_secret=self._also_secret,
            )
            self._start(beginning)

    def _start(self, living: World) -> None:
        """Go on with this world, as if nothing had been asked yet."""
        self._living = living
        #: Every request with its verdict, as far as it is kept; ``ledger.dropped`` counts the rest.
        self.ledger = Ledger()
        #: The faults that wait for their request.
        self.faults = Faults()
        #: What can still be explained, by its number in the ledger.
        self.memory = Memory()
        self._put_off = PutOff()
        self._answered_so_far = 0
        self._previous: Reply | None = None

    def close(self) -> None:
        """Let go of the state file."""
        self._replay.close()

    # ---- what a caller needs to know ----

    @property
    def cobo(self) -> Cobo:
        """The emulated Cobo, as it is now."""
        return self._living.cobo

    @property
    def privy(self) -> Privy:
        """The emulated Privy, as it is now."""
        return self._living.privy

    @property
    def api_key(self) -> Ed25519Key:
        """The API key of the world's organisation."""
        return self._living.api_key

    @property
    def authorization_keys(self) -> dict[str, P256Key]:
        """The members' keys that this emulator made, by name."""
        return self._living.authorization_keys

    @property
    def vault_id(self) -> str:
        """The first vault."""
        return next(iter(self.cobo.state.vaults))

    @property
    def response_public_key(self) -> str:
        """The key that Cobo answers are signed with, 64 hex digits."""
        return self.cobo.response_key.public.to_hex()

    @property
    def webhook_secret(self) -> Secret:
        """What the emulated Privy's webhooks are signed with: ``whsec_…``."""
        return self._living.webhook_secret

    @property
    def spare_nodes(self) -> list[str]:
        """TSS nodes that run and hold no share yet: use them to fill the seats of a new group."""
        with self._lock:
            return self._living.spare_nodes()

    def new_authorization_key(self, name: str) -> P256Key:
        """A P-256 key for a member, kept in ``authorization_keys``."""
        return self._living.new_authorization_key(name)

    # ---- what befalls it beside requests ----

    def advance(self, milliseconds: int) -> None:
        """Let time pass on the emulator's clock, which its in-process clients share.

        Raises:
            InputError: no whole number, below 0, or the clock would be more than a hundred years
                ahead.

        >>> emulator = Emulator.seeded()
        >>> emulator.advance(10_000)  # ten seconds
        """
        with self._lock:
            self.clock.judge(milliseconds)
            self._replay.happened(advance_ms=milliseconds)
            self.clock.advance(milliseconds)

    def set_holder(self, tss_node_id: str, state: str) -> None:
        """Let something happen to a holder.

        It is ``online``, ``offline``, or ``changes-phone`` (then its groups are Unavailable).

        Raises:
            InputError: another word, or no id.

        >>> emulator = Emulator.seeded()
        >>> emulator.set_holder(emulator.spare_nodes[0], "offline")
        """
        node_id(tss_node_id)
        holder_state(state)
        with self._lock, self.clock.pinned(self.clock.now_ms()):
            self._replay.happened(holder=tss_node_id, state=state)
            self._living.set_holder(tss_node_id, state)

    def set_api_key(
        self,
        key: GivenKey | None = None,
        *,
        state: str | None = None,
        role_scopes: GivenRoles | None = None,
        name: str | None = None,
        valid_ips: Iterable[str] | None = None,
        expired_timestamp: int | UnsetType | None = UNSET,
    ) -> None:
        """Let something happen to an API key; what is not said stays as it is.

        Cobo answers 401 with code 2024 in each state but ``active``, and only its text says which.

        Args:
            key: the key, or its public half; the world's own where none is passed. One that is not
                known yet is registered, without a role.
            state: ``active``, ``pending-approval``, ``wrong-environment``, ``address-not-listed``
                or ``expired``.
            role_scopes: its roles, instead of those that it has: ``cobo.RoleScope`` values.
            expired_timestamp: when it ends, Unix milliseconds; None for a permanent key.

        Raises:
            InputError: no such state, no roles, too many keys.
            KeyRefused: a key that no API key can be.

        >>> from toolkit.errors import SignatureRejected
        >>> from toolkit import cobo
        >>> emulator = Emulator.seeded()
        >>> emulator.set_api_key(state="pending-approval")
        >>> try:
        ...     emulator.cobo_client().send(cobo.get_api_key_info())
        ... except SignatureRejected as error:
        ...     print(error.cause)
        not-activated
        """
        change = key_change(
            key,
            state=state,
            name=name,
            role_scopes=role_scopes,
            valid_ips=valid_ips,
            expired_timestamp=expired_timestamp,
        )
        self.change_api_key(change)

    def change_api_key(self, change: KeyChange) -> None:
        """The same, as a value. Raises InputError."""
        with self._lock, self.clock.pinned(self.clock.now_ms()):
            self.cobo.api_keys.may_change(change)
            self._replay.happened(api_key=msgspec.to_builtins(change))
            self._living.set_api_key(change)

    def inject(self, *wanted: Fault) -> None:
        """Let these faults befall the next matching requests, instead of any that were waiting.

        Raises:
            InputError: more than a thousand of them.
        """
        if len(wanted) > limits.FAULTS:
            raise InputError(
                f"At most {limits.FAULTS} faults can wait.",
                hint="Use times= to repeat one.",
            )
        with self._lock:
            self.faults.put(*wanted)

    def keep_secret(self, secret: str) -> None:
        """Mask this text, too, wherever a request is shown: the control door's token is one."""
        with self._lock:
            self._also_secret.append(secret)
            self._living.keep_secret(secret)

    # ---- the door ----

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request in process."""
        target = request.extensions.get("target", request.url.raw_path)
        headers = []
        for name, value in request.headers.multi_items():
            headers.append((name.lower(), value))
        received = Received(
            method=request.method,
            scheme=request.url.scheme,
            host=request.url.netloc.decode("ascii"),
            target=target.decode("ascii", "replace"),
            headers=tuple(headers),
            body=request.read(),
        )
        reply = self.answer(received)
        return httpx.Response(
            reply.status,
            headers=list(reply.headers),
            stream=httpx.ByteStream(reply.body),
        )

    def answer(self, received: Received) -> Reply:
        """Answer a request from either door, and write it into the ledger."""
        began_s = time.perf_counter()
        # one request, one moment: it can be lived again
        with self._lock, self.clock.pinned(self.clock.now_ms()):
            self._commit_late()
            line = self._next_line(received)
            reply = self._judged(received, line)
            line.status = reply.status
            reason = None
            if self.explains and reply.status == 401:
                reason = self._explained(received, line, deep=False)
                beside = (explanation.HEADER, explanation.header(reason))
                reply = replace(reply, headers=(*reply.headers, beside))
            self._write(received, line, reason)
            date = ("Date", formatdate(line.at_ms // 1000, usegmt=True))
            reply = replace(reply, headers=(*reply.headers, date))
        if _LOG.isEnabledFor(logging.DEBUG):
            _log(line, time.perf_counter() - began_s)
        return reply

    def _next_line(self, received: Received) -> LedgerLine:
        self._answered_so_far += 1
        return LedgerLine(
            self._answered_so_far,
            self.clock.now_ms(),
            received.method,
            received.target,
        )

    def _judged(self, received: Received, line: LedgerLine) -> Reply:
        """The answer, whatever happens: refused, broken or as it should be."""
        service = self._living.service_for(received)
        before = self._living.random.getstate()
        try:
            _judge_size(received)
            reply = self._answered(service, received, line)
        except Refusal as refusal:
            reply = service.refused(refusal, line)
        except Exception:  # noqa: BLE001  # a server answers 500 and serves the next one
            line.trouble = traceback.format_exc()
            reply = service.refused(Refusal(500, "Internal error", OUR_FAULT), line)
        if line.verdict == "refused":
            self._living.random.setstate(before)  # what was refused changes no later id
        return reply

    def _answered(
        self,
        service: Service,
        received: Received,
        line: LedgerLine,
    ) -> Reply:
        """The answer as the service gives it, or as a fault bends it."""
        fault = self._next_fault(service, received)
        if fault is None:
            return self._carried_out(service, received, line)
        occasion = Occasion(
            service,
            received,
            line,
            now_ms=self.clock.now_ms(),
            previous=self._previous,
            put_off=self._put_off,
            carry_out=lambda: self._carried_out(service, received, line),
        )
        return fault.befall(occasion)

    def _next_fault(self, service: Service, received: Received) -> Fault | None:
        if not self.faults.waiting:
            return None
        wanted = routed(service, received)
        if not isinstance(wanted, Routed):
            return None
        return self.faults.next(wanted.operation.name)

    def _carried_out(
        self,
        service: Service,
        received: Received,
        line: LedgerLine,
    ) -> Reply:
        """The service's own answer: what a later fault may play back."""
        reply = self._done(service, received, line)
        self._previous = reply
        return reply

    def _done(
        self,
        service: Service,
        received: Received,
        line: LedgerLine,
    ) -> Reply:
        """Admitted, done and written down; or refused. What cannot be written down is undone."""
        reply = answered(service, received, line)
        try:
            self._replay.keep(self._living, service, received, line)
        except InputError as error:
            self._living = self._replay.undone(self._living)
            line.made = ""
            return service.refused(Refusal(503, str(error), OUR_FAULT), line)
        return reply

    def _commit_late(self) -> None:
        """Do what was put off until now."""
        for at_ms, received in self._put_off.due(self.clock.now_ms()):
            with self.clock.pinned(at_ms):
                line = self._next_line(received)
                line.reason = "Fault: late-commit"
                self._do_late(received, line)
                self._write(received, line, None)

    def _do_late(self, received: Received, line: LedgerLine) -> None:
        service = self._living.service_for(received)
        before = self._living.random.getstate()
        try:
            line.status = self._done(service, received, line).status
        except Exception:  # noqa: BLE001  # it is that request's trouble, not the next one's
            line.trouble = traceback.format_exc()
            line.verdict = "refused"
            line.status = 500
        if line.verdict == "refused":
            self._living.random.setstate(before)

    def _write(
        self,
        received: Received,
        line: LedgerLine,
        reason: Explanation | None,
    ) -> None:
        """The line goes into the ledger; what may be asked about later is remembered."""
        if line.cause:
            # a copy: the ledger's own line is cut and masked
            self.memory.add(received, replace(line), reason)
        elif line.verdict == "accepted":
            self.memory.add(received, line, reason)
        finish(line, received.body, self._living.masks.of(received))
        self.ledger.add(line)

    def explain(self, n: int) -> Explanation:
        """Why request ``n`` of the ledger was refused: what was most likely signed, what was built.

        Raises:
            InputError: no such request, or it is too long ago.
        """
        if not 0 < whole_number(n, "n") < NUMBER_LIMIT:
            raise InputError("Requests are counted from 1.", hint="See the numbers in the ledger.")
        with self._lock:
            kept = self.memory.get(n)
            if kept is not None:
                return kept.explanation or self._explained(kept.received, kept.line, deep=True)
            if n > self._answered_so_far:
                raise InputError(
                    f"There is no request {n} to explain.",
                    hint="See the numbers in the ledger.",
                )
            for line in self.ledger:
                if line.n == n and (line.verdict == "accepted" or not line.cause):
                    return explaining.plain(line)
        raise InputError(
            f"Request {n} is too long ago: it was dropped.",
            hint=f"Of refused signatures the last {limits.EXPLAINED} are kept, "
            f"{limits.EXPLAINED_BYTES} bytes in all.",
        )

    def _explained(
        self,
        received: Received,
        line: LedgerLine,
        deep: bool,
    ) -> Explanation:
        return explaining.explain(self._living, received, line, deep)

    def news(self, watch: Watch | None) -> tuple[Watch, list[Event]]:
        """What a webhook endpoint is to be told now, and the watch to ask with the next time.

        What time alone brings is brought up first. Without a watch nothing is news yet.
        """
        with self._lock, self.clock.pinned(self.clock.now_ms()):
            self._commit_late()
            self._living.progress()
            if watch is None:
                return Watch(self._living), []
            return watch, watch.news(self._living, self.clock.now_ms())

    # ---- ready-made clients ----

    @by_name
    def cobo_client(self, key: ApiKey | None = None, **options: Unpack[Options]) -> CoboClient:
        """A client with the world's API key, in process: its clock and journal are the emulator's.

        Where it has to wait, that clock runs ahead. ``key`` is another API key: ``set_api_key``
        makes it known here.

        >>> Emulator.seeded().cobo_client().environment.name
        'EMULATOR'
        """
        here = CoboEnvironment(
            ADDRESS + BASE,
            self.response_public_key,
            "EMULATOR",
        )
        options = {**self._in_process(), **options}
        return CoboClient(key or self.api_key, environment=here, **options)

    @by_name
    def privy_client(self, **options: Unpack[Options]) -> PrivyClient:
        """A client with the world's app, in process: its clock and journal are the emulator's.

        >>> Emulator.seeded().privy_client().environment.name
        'EMULATOR'
        """
        here = PrivyEnvironment(ADDRESS, "EMULATOR")
        options = {**self._in_process(), **options}
        return PrivyClient(
            self.privy.app_id,
            self.privy.app_secret,
            environment=here,
            **options,
        )

    def _in_process(self) -> Options:
        return {
            "transport": httpx.MockTransport(self.handle),
            "clock": self.clock.now_ms,
            "sleep": lambda seconds: self.advance(round(seconds * 1000)),
            "journal": self.journal,
        }

    def __repr__(self) -> str:
        vaults = plural(len(self.cobo.state.vaults), "vault")
        quorums = plural(len(self.privy.quorums), "quorum")
        return f"<Emulator, world {self.world}: {vaults}, {quorums}>"


def _log(line: LedgerLine, took_s: float) -> None:
    """One line about a line that is finished: no secret stands in it any more."""
    log_request(
        _LOG,
        logging.DEBUG,
        operation=line.operation or "unknown",
        method=line.method,
        path=line.target.partition("?")[0],
        outcome=f"{line.verdict} HTTP {line.status}",
        took_s=took_s,
    )


def _judge_size(received: Received) -> None:
    """Raises Refusal where a request is larger than any that is looked at."""
    if len(received.body) > limits.BODY_LIMIT:
        raise Refusal(
            413,
            f"The request is too large: its body may have {limits.BODY_LIMIT} bytes",
        )
    if len(received.target) > limits.TARGET_LIMIT:
        raise Refusal(
            414,
            f"The address is too long: it may have {limits.TARGET_LIMIT} characters",
        )
