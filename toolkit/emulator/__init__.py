"""An emulator of Cobo's and Privy's API that checks every signature for real.

In process it is a function from request to response: no thread, no socket. ``toolkit.emulator.http`` puts
the same function behind a port.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Mapping
from dataclasses import asdict, replace
from email.utils import formatdate
from pathlib import Path
from random import Random
from typing import Any

import httpx

from toolkit.clock import wall_clock_ms
from toolkit.cobo.client import Client as CoboClient
from toolkit.cobo.client import Environment as CoboEnvironment
from toolkit.emulator import explaining, faults, worlds
from toolkit.emulator.choices import Choice, Choices
from toolkit.emulator.cobo import BASE, Cobo
from toolkit.emulator.core import Clock, Entry, Received, Refusal, Reply, Routed, Service, answered, route
from toolkit.emulator.faults import Fault, Faults
from toolkit.emulator.log import Log
from toolkit.emulator.privy import Privy
from toolkit.errors import InputError
from toolkit.journal import Journal
from toolkit.keys import Ed25519Key, P256Key
from toolkit.privy.client import Client as PrivyClient
from toolkit.privy.client import Environment as PrivyEnvironment
from toolkit.secret import Secret

__all__ = ["Choice", "Choices", "Emulator", "Entry", "Fault"]

REMEMBERED = 1000  # requests that can still be explained
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
        self.world, self.seed, self.size = world, seed, size
        self.choices = Choices(choices)
        self.clock = Clock(wall_clock_ms)
        #: Whether refusals carry an explanation in a header beside them (some milliseconds each).
        self.explains = True
        #: What its in-process clients write their changes down in: in memory, and gone with it.
        self.journal = Journal()
        self._lock = threading.RLock()
        self._log = Log(state) if state is not None else None
        try:
            kept = self._log.read() if self._log else None
            if kept:
                self._live_again(*kept, choices)
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

    def reset(self) -> None:
        """Back to the start: the world as it was, an empty ledger, an empty state file."""
        with self._lock:
            self.clock.restart()
            self.journal.clear()
            began_ms = self.clock.now_ms()
            self._make(began_ms)
            if self._log:
                header = {"world": self.world, "seed": self.seed, "size": self.size, "began_ms": began_ms}
                self._log.begin({**header, "choices": dict(self.choices)})

    def _make(self, began_ms: int) -> None:
        random = self._random = Random(self.seed)
        self.ledger: list[Entry] = []
        self.faults = Faults()
        self._late: list[tuple[int, Received]] = []
        self._previous: Reply | None = None
        # by number, with the reason of a refusal, found at the time: while the world was as it was
        self._requests: dict[int, tuple[Received, Entry, explaining.Explanation | None]] = {}
        self.api_key = Ed25519Key.from_hex(worlds.derived(self.seed, "API key"))
        self.authorization_keys: dict[str, P256Key] = {}
        response_key = Ed25519Key.from_hex(worlds.derived(self.seed, "response key"))
        secret = Secret(worlds.derived(self.seed, "app secret"))
        app_id = "cm" + worlds.derived(self.seed, "app id")[:22]
        self.cobo = Cobo(response_key, self.choices, self.clock, random)
        self.privy = Privy(app_id, secret, self.choices, self.clock, random)
        with self.clock.pinned(began_ms):
            worlds.fill(self, self.world)

    # ---- what happened, and living it again ----

    def _live_again(
        self, header: dict[str, Any], events: list[dict[str, Any]], choices: Mapping[str, str] | None
    ) -> None:
        if header["world"] != self.world or (choices and dict(Choices(choices)) != header["choices"]):
            raise InputError(
                f"The state file holds the world {header['world']!r} with choices of its own.",
                hint="Start it with the same world and choices, or name another file.",
            )
        self.seed, self.size, self.choices = header["seed"], header["size"], Choices(header["choices"])
        self._make(header["began_ms"])
        for line, event in enumerate(events, 2):
            try:
                with self.clock.pinned(event["at_ms"]):
                    self._once_more(event)
                self.clock.advance(event.get("advance_ms", 0))
            except (Refusal, InputError, KeyError, TypeError, ValueError) as error:
                raise InputError(
                    f"Line {line} of the state file cannot be lived again: {error}.",
                    hint="Name another file, or mend this one.",
                ) from None

    def _once_more(self, event: dict[str, Any]) -> None:
        if "request" in event:
            kept = event["request"]
            headers = tuple((name, value) for name, value in kept["headers"])
            received = Received(**{**kept, "headers": headers, "body": bytes.fromhex(kept["body"])})
            service, base = self._service(received)
            routed = route(service.operations, received.method, received.path.removeprefix(base))
            if isinstance(routed, Routed):
                entry = Entry(0, 0, received.method, received.target, received.header(service.identity_header))
                service.perform(routed, received, entry)
                if entry.made != event["made"]:
                    raise InputError(f"it made {entry.made}, not {event['made']}")
        elif "holder" in event:
            self._set_holder(event["holder"], event["state"])

    def _keep(self, service: Service, received: Received, entry: Entry) -> None:
        """Write down an accepted change, if there is a state file."""
        if self._log and entry.verdict == "accepted" and received.method != "GET":
            self._happened(request=_kept(received, service.identity_header), made=entry.made)

    def _happened(self, **event: Any) -> None:
        if self._log:
            self._log.append({"at_ms": self.clock.now_ms(), **event})

    def advance(self, milliseconds: int) -> None:
        """Let time pass on the emulator's clock, which its in-process clients share."""
        with self._lock:
            self._happened(advance_ms=milliseconds)
            self.clock.advance(milliseconds)

    def set_holder(self, tss_node_id: str, state: str) -> None:
        """Let something happen to a holder: ``online``, ``offline``, or ``changes-phone`` (its groups are Unavailable).

        Raises:
            InputError: another word.
        """
        if state not in HOLDER_STATES:
            raise InputError(f"A holder cannot be {state!r}.", hint=f"Use {', '.join(HOLDER_STATES)}.")
        with self._lock, self.clock.pinned(self.clock.now_ms()):
            self._happened(holder=tss_node_id, state=state)
            self._set_holder(tss_node_id, state)

    def _set_holder(self, tss_node_id: str, state: str) -> None:
        self.cobo.tss.progress()
        vaults = self.cobo.state
        if state == "online":
            vaults.set_node(tss_node_id, online=True, status="Valid")
            vaults.set_groups_of(tss_node_id, "Unavailable", "Valid")  # those where nobody else is still moving
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
            return [node for node, known in self.cobo.state.nodes.items() if known.online and node not in seated]

    def new_authorization_key(self, name: str) -> P256Key:
        """A P-256 key for a member, kept in ``authorization_keys``."""
        key = self.authorization_keys[name] = worlds.authorization_key(self.seed, name)
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
        return httpx.Response(reply.status, headers=list(reply.headers), stream=httpx.ByteStream(reply.body))

    def answer(self, received: Received) -> Reply:
        """Answer a request from either door, and write it into the ledger."""
        with self._lock, self.clock.pinned(self.clock.now_ms()):  # one request, one moment: it can be lived again
            entry = Entry(len(self.ledger) + 1, self.clock.now_ms(), received.method, received.target)
            entry.body = received.body.decode("utf-8", "replace")
            self.ledger.append(entry)
            service, base = self._service(received)
            before = self._random.getstate()
            try:
                self._commit_late()
                fault = self._fault(service, base, received)
                before = self._random.getstate()
                reply = self._answered(service, received, entry, fault)
            except Exception:  # noqa: BLE001  # a server answers 500, keeps the evidence, and serves the next one
                entry.trouble = traceback.format_exc()
                reply = service.refused(Refusal(500, "Internal error", 1000), entry)
            if entry.verdict == "refused":
                self._random.setstate(before)  # what was refused changes no later id
            reason = None
            if self.explains and reply.status == 401:
                reason = self._explained(received, entry, deep=False)
                reply = replace(reply, headers=(*reply.headers, (explaining.HEADER, explaining.header(reason))))
            self._requests[entry.n] = (received, entry, reason)
            if len(self._requests) > REMEMBERED:
                del self._requests[next(iter(self._requests))]  # the oldest
            entry.status = reply.status
            date = formatdate(entry.at_ms // 1000, usegmt=True)
            return replace(reply, headers=(*reply.headers, ("Date", date)))

    def _answered(self, service: Service, received: Received, entry: Entry, fault: Fault | None) -> Reply:
        """The answer as the service gives it, bent by a fault if there is one."""
        kind = fault.kind if fault else ""
        if fault and kind in ("status-before", "late-commit"):
            if kind == "late-commit":
                self._late.append((self.clock.now_ms() + fault.after_ms, received))
            return faults.page(fault, service.refused(Refusal(fault.status, f"Fault: {kind}", 1000), entry))
        reply = answered(service, received, entry)
        self._keep(service, received, entry)
        previous, self._previous = self._previous, reply
        if fault is None:
            return reply
        entry.reason = entry.reason or f"Fault: {kind}"
        if kind == "status-after":
            return faults.page(
                fault, service.refused(Refusal(fault.status, f"Fault: {kind}", 1000), Entry(0, 0, "", ""))
            )
        if kind == "stale-list":
            return service.signed(faults.stale(reply, self.clock.now_ms(), fault))
        if kind == "replayed-answer":
            return previous or reply
        return faults.without_proof(reply) if kind == "no-signature" else faults.with_bad_proof(reply)

    def _fault(self, service: Service, base: str, received: Received) -> Fault | None:
        if not self.faults.waiting:
            return None
        routed = route(service.operations, received.method, received.path.removeprefix(base))
        return self.faults.next(routed.operation.name) if isinstance(routed, Routed) else None

    def _commit_late(self) -> None:
        """Do what was put off until now."""
        due = [(at_ms, received) for at_ms, received in self._late if at_ms <= self.clock.now_ms()]
        self._late = [(at_ms, received) for at_ms, received in self._late if at_ms > self.clock.now_ms()]
        for at_ms, received in due:
            service, _ = self._service(received)
            with self.clock.pinned(at_ms):
                entry = Entry(len(self.ledger) + 1, at_ms, received.method, received.target)
                self.ledger.append(entry)
                entry.body = received.body.decode("utf-8", "replace")
                entry.reason = "Fault: late-commit"
                entry.status = answered(service, received, entry).status
                self._keep(service, received, entry)

    def inject(self, *wanted: Fault) -> None:
        """Let these faults befall the next matching requests, instead of any that were waiting."""
        with self._lock:
            self.faults.put(*wanted)

    def explain(self, n: int) -> explaining.Explanation:
        """Why request ``n`` of the ledger was refused: what was most likely signed, and what was built.

        Raises:
            InputError: no such request, or it is too long ago.
        """
        with self._lock:
            if n in self._requests:
                received, entry, reason = self._requests[n]
                known = reason is not None and reason.name != "unknown"
                return reason if reason and known else self._explained(received, entry, deep=True)
        raise InputError(
            f"There is no request {n} to explain.", hint=f"The last {REMEMBERED} are remembered; see ledger."
        )

    def _explained(self, received: Received, entry: Entry, deep: bool) -> explaining.Explanation:
        try:
            return self._reason(received, entry, deep)
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
        return (
            f"<Emulator, world {self.world}: {len(self.cobo.state.vaults)} vaults, {len(self.privy.quorums)} quorums>"
        )


def _kept(received: Received, identity_header: str) -> dict[str, Any]:
    """A request as the log keeps it: what is needed to do it again, no signature and no secret."""
    names = (identity_header, "content-type")
    headers = [(name, value) for name, value in received.headers if name in names]
    return {**asdict(received), "headers": headers, "body": received.body.hex()}
