"""The emulator itself: one request, one answer, and the line in the ledger that says so."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from random import Random
from typing import Any

import httpx

from toolkit.base.forked import renewed_in_a_child
from toolkit.base.times import wall_clock_ms
from toolkit.base.validate import text, whole_number
from toolkit.client.journal import Journal
from toolkit.cobo.client import Client as CoboClient
from toolkit.cobo.client import Environment as CoboEnvironment
from toolkit.emulator import explaining, faults, limits, worlds
from toolkit.emulator.choices import Choices
from toolkit.emulator.cobo import BASE, Cobo
from toolkit.emulator.core import (
    Clock,
    Entry,
    Received,
    Refusal,
    Reply,
    Routed,
    Service,
    answered,
    route,
    sendable,
)
from toolkit.emulator.faults import Fault, Faults
from toolkit.emulator.ledger import Ledger, finish, text_bytes
from toolkit.emulator.log import Event, Header, Log
from toolkit.emulator.masking import Masks
from toolkit.emulator.privy import Privy
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key, P256Key
from toolkit.keys.secret import Secret
from toolkit.privy.client import Client as PrivyClient
from toolkit.privy.client import Environment as PrivyEnvironment

SEED_LIMIT = 2**64
SIZE_LIMIT = 1_000_000
NODE_LIMIT = 1_000  # characters of a TSS node id
HOLDER_STATES = ("online", "offline", "changes-phone")
ADDRESS = "https://emulator.invalid"  # a name that by RFC 2606 exists nowhere: nothing can leave by mistake
DEMO_SEED = 2026


class Emulator:
    """Both services with one clock, one ledger and one world.

    Use ``Emulator.seeded()``. Requests come in through ``handle``; ``cobo_client()`` and
    ``privy_client()`` are ready-made clients that call it directly.
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
        self.world, self.seed, self.size = _options(world, seed, size)
        self.choices = Choices(choices)
        self.clock = Clock(wall_clock_ms)
        #: Whether refusals carry an explanation in a header beside them (some milliseconds each).
        self.explains = True
        #: What its in-process clients write their changes down in: in memory, and gone with it.
        self.journal = Journal()
        self.begin_anew()
        renewed_in_a_child(self)
        self._also_secret: list[str] = []
        self._log = Log(state) if state is not None else None
        try:
            kept = self._log.read() if self._log else None
            if self._log and kept:
                self._live_again(*kept, choices)
                self._log.take()
            else:
                self.reset()
        except BaseException:
            self.close()  # let go of the file, or nobody could open it until this object is collected
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
        """A new emulator. Ids and keys follow from the seed, so a walkthrough looks the same each time.

        Args:
            world: ``demo`` (two vaults, three groups, three quorums), ``empty`` (one vault) or ``large``.
            size: of the ``large`` world: how many quorums.
            choices: undocumented points to switch, see ``choices``.
            state: a file that keeps everything across restarts. If it exists, its world goes on, with its own seed.

        Raises:
            InputError: no such world, choice or option; a state file of another world or other choices.
        """
        return cls(world, seed=seed, size=size, choices=choices, state=state)

    def begin_anew(self) -> None:
        """A lock that no other process's thread holds. The world of a forked child goes its own way."""
        self._lock = threading.RLock()

    def reset(self) -> None:
        """Back to the start: the world as it was, an empty ledger, an empty state file.

        Raises:
            InputError: the state file cannot be written.
        """
        with self._lock:
            began_ms = self.clock.wall_ms()
            if self._log:
                header = {
                    "world": self.world,
                    "seed": self.seed,
                    "size": self.size,
                    "began_ms": began_ms,
                }
                self._log.begin({**header, "choices": dict(self.choices)})
            self.clock.restart()
            self.journal.clear()
            self._make(began_ms)

    def _make(self, began_ms: int) -> None:
        #: Every request with its verdict, as far as it is kept; ``ledger.dropped`` counts the rest.
        self.ledger = Ledger()
        self.faults = Faults()
        self._answered_so_far = 0
        self._late: list[tuple[int, Received]] = []
        self._previous: Reply | None = None
        # by number, with the reason of a refusal, found at the time: while the world was as it was
        self._requests: dict[int, tuple[Received, Entry, explaining.Explanation | None]] = {}
        self._requests_bytes = 0
        self._latest_accepted: deque[int] = deque()
        self._make_world(began_ms)

    def _make_world(self, began_ms: int) -> None:
        self._began_ms = began_ms
        random = self._random = Random(self.seed)
        self._masks = Masks()
        self.api_key = Ed25519Key.from_hex(worlds.derived(self.seed, "API key"))
        self.authorization_keys: dict[str, P256Key] = {}
        secrets = [
            worlds.derived(self.seed, name) for name in ("API key", "response key", "app secret")
        ]
        for secret in (*secrets, *self._also_secret):
            self._masks.add(secret)
        response_key = Ed25519Key.from_hex(worlds.derived(self.seed, "response key"))
        app_secret = Secret(worlds.derived(self.seed, "app secret"))
        app_id = "cm" + worlds.derived(self.seed, "app id")[:22]
        self.cobo = Cobo(response_key, self.choices, self.clock, random)
        self.privy = Privy(app_id, app_secret, self.choices, self.clock, random)
        with self.clock.pinned(began_ms):
            worlds.fill(self, self.world)

    def keep_secret(self, secret: str) -> None:
        """Mask this text, too, wherever a request is shown: the control door's token is one."""
        with self._lock:
            self._also_secret.append(secret)
            self._masks.add(secret)

    # ---- what happened, and living it again ----

    def _live_again(
        self, header: Header, events: list[Event], choices: Mapping[str, str] | None
    ) -> None:
        assert self._log is not None
        try:
            _, self.seed, self.size = _options(header.world, header.seed, header.size)
            kept_choices = Choices(header.choices)
        except InputError as error:
            raise self._log.damaged(1, str(error)) from None
        if header.world != self.world or (choices and dict(Choices(choices)) != dict(kept_choices)):
            raise InputError(
                f"The state file {self._log.path}, line 1, holds the world {header.world!r} with choices of its own.",
                hint="Start it with the same world and choices, or name another file.",
            )
        self.choices = kept_choices
        self._make(header.began_ms)
        self._live_through(events)
        for line, event in enumerate(events, 2):
            try:
                self.clock.advance(event.advance_ms or 0)
            except InputError as error:
                raise self._log.damaged(line, str(error)) from None

    def _live_through(self, events: list[Event]) -> None:
        assert self._log is not None
        for line, event in enumerate(events, 2):
            try:
                with self.clock.pinned(event.at_ms):
                    self._once_more(event)
            except Exception as error:  # noqa: BLE001  # whatever a line does not fit, the line is named
                reason = f"KeyError: {error}" if isinstance(error, KeyError) else str(error)
                raise self._log.damaged(line, f"it cannot be lived again: {reason}") from None

    def _once_more(self, event: Event) -> None:
        if event.request is not None:
            kept = event.request
            received = Received(
                kept.method,
                kept.scheme,
                kept.host,
                kept.target,
                kept.headers,
                bytes.fromhex(kept.body),
            )
            service, base = self._service(received)
            routed = route(service.operations, received.method, received.path.removeprefix(base))
            if not isinstance(routed, Routed):
                raise InputError(f"there is no {received.method} {received.path}")
            entry = Entry(
                0, 0, received.method, received.target, received.header(service.identity_header)
            )
            service.perform(routed, received, entry)
            if entry.made != event.made:
                raise InputError(f"it made {entry.made}, not {event.made}")
        elif event.holder is not None:
            self._set_holder(_node(event.holder), _holder_state(event.state))

    def _keep(self, service: Service, received: Received, entry: Entry) -> None:
        """Write down an accepted change, if there is a state file. What cannot be written down did not happen."""
        if not self._log or entry.verdict != "accepted" or received.method == "GET":
            return
        try:
            self._happened(request=self._kept(received, service.identity_header), made=entry.made)
        except InputError as error:
            self._undo()
            entry.made = ""
            raise Refusal(503, str(error), 1000) from None

    def _undo(self) -> None:
        """The world again as the state file has it."""
        assert self._log is not None
        nonces, kept = self.cobo.nonces, self._log.read()
        if kept:
            header, events = kept
            self._make_world(header.began_ms)
            self._live_through(events)
        else:
            self._make_world(self._began_ms)
        self.cobo.nonces = nonces

    def _kept(self, received: Received, identity_header: str) -> dict[str, Any]:
        """A request as the log keeps it: what is needed to do it again, no signature and no secret."""
        headers = [(identity_header, received.header(identity_header))]
        if "json" in received.header("content-type"):
            headers.append(("content-type", "application/json"))
        body = self._masks.kept(received.body).hex()
        places = {"scheme": received.scheme, "host": "", "target": received.path}
        return {"method": received.method, **places, "headers": headers, "body": body}

    def _happened(self, **event: Any) -> None:
        if self._log:
            self._log.append({"at_ms": self.clock.now_ms(), **event})

    def advance(self, milliseconds: int) -> None:
        """Let time pass on the emulator's clock, which its in-process clients share.

        Raises:
            InputError: no whole number, below 0, or the clock would be more than a hundred years ahead.
        """
        with self._lock:
            self.clock.judge(milliseconds)
            self._happened(advance_ms=milliseconds)
            self.clock.advance(milliseconds)

    def set_holder(self, tss_node_id: str, state: str) -> None:
        """Let something happen to a holder: ``online``, ``offline``, or ``changes-phone`` (its groups are Unavailable).

        Raises:
            InputError: another word, or no id.
        """
        _node(tss_node_id)
        _holder_state(state)
        with self._lock, self.clock.pinned(self.clock.now_ms()):
            self._happened(holder=tss_node_id, state=state)
            self._set_holder(tss_node_id, state)

    def _set_holder(self, tss_node_id: str, state: str) -> None:
        self.cobo.tss.progress()
        vaults = self.cobo.state
        if state == "online":
            vaults.set_node(tss_node_id, online=True, status="Valid")
            vaults.set_groups_of(
                tss_node_id, "Unavailable", "Valid"
            )  # those where nobody else is still moving
            return
        self.cobo.tss.node_left(tss_node_id)
        if state == "offline":
            vaults.set_node(tss_node_id, online=False)
        else:
            vaults.set_node(tss_node_id, online=False, status="Changed")
            vaults.set_groups_of(tss_node_id, "Valid", "Unavailable")

    def close(self) -> None:
        """Let go of the state file."""
        if self._log:
            self._log.close()
            self._log = None

    # ---- what a caller needs to know ----

    @property
    def vault_id(self) -> str:
        """The first vault."""
        return next(iter(self.cobo.state.vaults))

    @property
    def response_public_key(self) -> str:
        """The key that Cobo answers are signed with, 64 hex digits."""
        return self.cobo.response_key.public.to_hex()

    @property
    def spare_nodes(self) -> list[str]:
        """TSS nodes that run and hold no share yet: use them to fill the seats of a new group."""
        with self._lock:
            seated = {
                holder.tss_node_id
                for groups in self.cobo.state.groups.values()
                for group in groups.values()
                for holder in group.key_share_holders or ()
            }
            return [
                node
                for node, known in self.cobo.state.nodes.items()
                if known.online and node not in seated
            ]

    def new_authorization_key(self, name: str) -> P256Key:
        """A P-256 key for a member, kept in ``authorization_keys``."""
        key = self.authorization_keys[name] = worlds.authorization_key(self.seed, name)
        self._masks.add(worlds.derived(self.seed, worlds.AUTHORIZATION_KEY.format(name)))
        return key

    # ---- the door ----

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request in process."""
        target = request.extensions.get("target", request.url.raw_path)
        received = Received(
            method=request.method,
            scheme=request.url.scheme,
            host=request.url.netloc.decode("ascii"),
            target=target.decode("ascii", "replace"),
            headers=tuple((name.lower(), value) for name, value in request.headers.multi_items()),
            body=request.read(),
        )
        reply = self.answer(received)
        return httpx.Response(
            reply.status, headers=list(reply.headers), stream=httpx.ByteStream(reply.body)
        )

    def answer(self, received: Received) -> Reply:
        """Answer a request from either door, and write it into the ledger."""
        with (
            self._lock,
            self.clock.pinned(self.clock.now_ms()),
        ):  # one request, one moment: it can be lived again
            self._commit_late()
            service, base = self._service(received)
            entry = self._numbered(received, self.clock.now_ms())
            before = self._random.getstate()
            try:
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
                fault = self._fault(service, base, received)
                reply = self._answered(service, received, entry, fault)
            except Refusal as refusal:
                reply = service.refused(refusal, entry)
            except Exception:  # noqa: BLE001  # a server answers 500, keeps the evidence, and serves the next one
                entry.trouble = traceback.format_exc()
                reply = service.refused(Refusal(500, "Internal error", 1000), entry)
            if entry.verdict == "refused":
                self._random.setstate(before)  # what was refused changes no later id
            entry.status = reply.status
            reason = None
            if self.explains and reply.status == 401:
                reason = self._explained(received, entry, deep=False)
                reply = replace(
                    reply, headers=(*reply.headers, (explaining.HEADER, explaining.header(reason)))
                )
            self._write(received, entry, reason)
            date = formatdate(entry.at_ms // 1000, usegmt=True)
            return replace(reply, headers=(*reply.headers, ("Date", date)))

    def _numbered(self, received: Received, at_ms: int) -> Entry:
        self._answered_so_far += 1
        return Entry(self._answered_so_far, at_ms, received.method, received.target)

    def _write(
        self, received: Received, entry: Entry, reason: explaining.Explanation | None
    ) -> None:
        """The line goes into the ledger; what may be asked about later is remembered."""
        if entry.cause or entry.verdict == "accepted":
            self._remember(received, replace(entry) if entry.cause else entry, reason)
        finish(entry, received.body, self._masks.of(received))
        self.ledger.add(entry)

    def _remember(
        self, received: Received, entry: Entry, reason: explaining.Explanation | None
    ) -> None:
        if explaining.too_large(received):
            if entry.cause:
                reason = reason or explaining.TOO_LARGE
            received = replace(received, target="", headers=(), body=b"", method="", host="")
            entry = Entry(entry.n, entry.at_ms, "", "", verdict=entry.verdict, cause=entry.cause)
        self._requests[entry.n] = (received, entry, reason)
        if entry.verdict == "accepted":
            self._latest_accepted.append(entry.n)
            if len(self._latest_accepted) > limits.LATEST_ACCEPTED:
                del self._requests[self._latest_accepted.popleft()]
            return
        self._requests_bytes += _bytes_of(self._requests[entry.n])
        while (
            len(self._requests) > limits.EXPLAINED or self._requests_bytes > limits.EXPLAINED_BYTES
        ):
            oldest = next(
                n for n, (_, line, _) in self._requests.items() if line.verdict != "accepted"
            )
            self._requests_bytes -= _bytes_of(self._requests.pop(oldest))

    def _answered(
        self, service: Service, received: Received, entry: Entry, fault: Fault | None
    ) -> Reply:
        """The answer as the service gives it, bent by a fault if there is one."""
        kind = fault.kind if fault else ""
        if fault and kind in ("status-before", "late-commit"):
            reason = f"Fault: {kind}"
            if kind == "late-commit" and not self._put_off(
                self.clock.now_ms() + fault.after_ms, received
            ):
                reason += ", and dropped: too many are put off"
            return faults.page(fault, service.refused(Refusal(fault.status, reason, 1000), entry))
        reply = self._done(service, received, entry)
        previous, self._previous = self._previous, reply
        if fault is None:
            return reply
        entry.reason = entry.reason or f"Fault: {kind}"
        if kind == "status-after":
            return faults.page(
                fault,
                service.refused(Refusal(fault.status, f"Fault: {kind}", 1000), Entry(0, 0, "", "")),
            )
        if kind == "stale-list":
            return service.signed(faults.stale(reply, self.clock.now_ms(), fault))
        if kind == "replayed-answer":
            return previous or reply
        return (
            faults.without_proof(reply) if kind == "no-signature" else faults.with_bad_proof(reply)
        )

    def _fault(self, service: Service, base: str, received: Received) -> Fault | None:
        if not self.faults.waiting:
            return None
        routed = route(service.operations, received.method, received.path.removeprefix(base))
        return self.faults.next(routed.operation.name) if isinstance(routed, Routed) else None

    def _put_off(self, due_ms: int, received: Received) -> bool:
        """Keep a request to be done later, if there is room for it."""
        waiting = sum(_received_bytes(late) for _, late in self._late)
        if (
            len(self._late) >= limits.LATE
            or waiting + _received_bytes(received) > limits.LATE_BYTES
        ):
            return False
        self._late.append((due_ms, received))
        return True

    def _commit_late(self) -> None:
        """Do what was put off until now."""
        due = [(at_ms, received) for at_ms, received in self._late if at_ms <= self.clock.now_ms()]
        if not due:
            return
        self._late = [
            (at_ms, received) for at_ms, received in self._late if at_ms > self.clock.now_ms()
        ]
        for at_ms, received in due:
            service, _ = self._service(received)
            with self.clock.pinned(at_ms):
                entry = self._numbered(received, at_ms)
                entry.reason = "Fault: late-commit"
                before = self._random.getstate()
                try:
                    entry.status = self._done(service, received, entry).status
                except Exception:  # noqa: BLE001  # it is that request's trouble, not the next one's
                    entry.trouble, entry.verdict, entry.status = (
                        traceback.format_exc(),
                        "refused",
                        500,
                    )
                if entry.verdict == "refused":
                    self._random.setstate(before)
                self._write(received, entry, None)

    def _done(self, service: Service, received: Received, entry: Entry) -> Reply:
        """Admitted, done and written down; or refused."""
        reply = answered(service, received, entry)
        try:
            self._keep(service, received, entry)
        except Refusal as refusal:
            return service.refused(refusal, entry)
        return reply

    def inject(self, *wanted: Fault) -> None:
        """Let these faults befall the next matching requests, instead of any that were waiting.

        Raises:
            InputError: more than a thousand of them.
        """
        if len(wanted) > limits.FAULTS:
            raise InputError(
                f"At most {limits.FAULTS} faults can wait.", hint="Use times= to repeat one."
            )
        with self._lock:
            self.faults.put(*wanted)

    def explain(self, n: int) -> explaining.Explanation:
        """Why request ``n`` of the ledger was refused: what was most likely signed, and what was built.

        Raises:
            InputError: no such request, or it is too long ago.
        """
        if not 0 < whole_number(n, "n") < SEED_LIMIT:
            raise InputError("Requests are counted from 1.", hint="See the numbers in the ledger.")
        with self._lock:
            if n in self._requests:
                received, entry, reason = self._requests[n]
                known = reason is not None and (
                    reason.name != "unknown" or reason is explaining.TOO_LARGE
                )
                return reason if reason and known else self._explained(received, entry, deep=True)
            if n > self._answered_so_far:
                raise InputError(
                    f"There is no request {n} to explain.", hint="See the numbers in the ledger."
                )
            line = next((line for line in self.ledger if line.n == n), None)
            if line is not None and (line.verdict == "accepted" or not line.cause):
                return explaining.plain(line)
        raise InputError(
            f"Request {n} is too long ago: it was dropped.",
            hint=f"Of refused signatures the last {limits.EXPLAINED} are kept, {limits.EXPLAINED_BYTES} bytes in all.",
        )

    def _explained(self, received: Received, entry: Entry, deep: bool) -> explaining.Explanation:
        if explaining.too_large(received):
            return explaining.TOO_LARGE
        try:
            return self._reason(received, entry, deep).masked(self._masks.of(received))
        except Exception:  # noqa: BLE001  # an explanation must never take the answer away
            entry.trouble = traceback.format_exc()
            return explaining.Explanation("unknown", explaining.NAMES["unknown"])

    def _reason(self, received: Received, entry: Entry, deep: bool) -> explaining.Explanation:
        _, base = self._service(received)
        if base == BASE:
            return explaining.cobo_request(self.cobo, self.api_key, received, entry, deep)
        return explaining.privy_request(self.privy, self.authorization_keys, received, entry)

    def _service(self, received: Received) -> tuple[Service, str]:
        return (self.cobo, BASE) if received.path.startswith(BASE + "/") else (self.privy, "")

    # ---- ready-made clients ----

    def cobo_client(self, **options: Any) -> CoboClient:
        """A client with the world's API key, in process. Where it has to wait, the emulator's clock runs ahead."""
        environment = CoboEnvironment(ADDRESS + BASE, self.response_public_key, "EMULATOR")
        return CoboClient(self.api_key, environment=environment, **(self._in_process() | options))

    def privy_client(self, **options: Any) -> PrivyClient:
        """A client with the world's app, in process."""
        here = PrivyEnvironment(ADDRESS, "EMULATOR")
        options = self._in_process() | options
        return PrivyClient(self.privy.app_id, self.privy.app_secret, environment=here, **options)

    def _in_process(self) -> dict[str, Any]:
        return {
            "transport": httpx.MockTransport(self.handle),
            "clock": self.clock.now_ms,
            "sleep": lambda seconds: self.advance(round(seconds * 1000)),
            "journal": self.journal,
        }

    def __repr__(self) -> str:
        return f"<Emulator, world {self.world}: {len(self.cobo.state.vaults)} vaults, {len(self.privy.quorums)} quorums>"


def _options(world: object, seed: object, size: object) -> tuple[str, int, int]:
    """World, seed and size, if they are what they must be. Raises InputError."""
    name, number, quorums = (
        text(world, "world"),
        whole_number(seed, "seed"),
        whole_number(size, "size"),
    )
    if not abs(number) < SEED_LIMIT:
        raise InputError("seed must be below 2^64.", hint="Choose a smaller one.")
    if not 0 <= quorums <= SIZE_LIMIT:
        raise InputError(
            f"size must be from 0 to {SIZE_LIMIT}.", hint="The large world has 100000 quorums."
        )
    return name, number, quorums


def _node(tss_node_id: object) -> str:
    name = text(tss_node_id, "tss_node_id")
    if not 0 < len(name) <= NODE_LIMIT or sendable(name) != name:
        raise InputError(
            f"tss_node_id must have from 1 to {NODE_LIMIT} characters.",
            hint="Copy it from a holder.",
        )
    return name


def _holder_state(state: object) -> str:
    if state not in HOLDER_STATES:
        raise InputError(f"A holder cannot be {state!r}.", hint=f"Use {', '.join(HOLDER_STATES)}.")
    return str(state)


def _received_bytes(received: Received) -> int:
    texts = [text for header in received.headers for text in header]
    return text_bytes((received.method, received.target, received.host, received.body, *texts))


def _bytes_of(remembered: tuple[Received, Entry, explaining.Explanation | None]) -> int:
    """Bytes of memory that a request takes which is kept to be explained."""
    received, entry, reason = remembered
    reasons = (reason.built, reason.signed, reason.detail) if reason else ()
    return (
        1_000
        + _received_bytes(received)
        + text_bytes((entry.message, entry.identity, entry.reason, *reasons))
    )
