"""What happened in a world, written down in a state file and lived again from it.

Every change that was accepted, every passing of time and every holder's misfortune is a line of
the file. Living through the lines with the clock of their time makes the same world, because ids
and keys follow from the seed. So a change that cannot be written down can be undone as well: the
world is lived again without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, LedgerLine, Received, Refusal, Routed, Service, routed
from toolkit.emulator.log import Event, Header, KeptRequest, Log
from toolkit.emulator.privy import PROPOSING
from toolkit.emulator.world import World, holder_state, node_id, options, same_choices
from toolkit.errors import InputError
from toolkit.privy.signing import IDEMPOTENCY_KEY, REQUEST_EXPIRY

FIRST_EVENT = 2  # the line of a state file that the first event stands in


class Replay:
    """A state file, or none: then nothing is written down, and nothing comes back.

    Raises:
        InputError: the path is something else, cannot be written, or another emulator has it.
    """

    def __init__(self, path: str | Path | None, clock: Clock) -> None:
        self._clock = clock
        self._log = Log(path) if path is not None else None

    # ---- writing down ----

    def begin(
        self,
        world: str,
        seed: int,
        size: int,
        began_ms: int,
        choices: Choices,
    ) -> None:
        """Begin the file anew. Raises InputError where it cannot be written."""
        if self._log is None:
            return
        header = {
            "world": world,
            "seed": seed,
            "size": size,
            "began_ms": began_ms,
            "choices": dict(choices),
        }
        self._log.begin(header)

    def happened(self, **event: Any) -> None:
        """Write down what happens now. Raises InputError: it cannot be written, and was not."""
        if self._log is not None:
            self._log.append({"at_ms": self._clock.now_ms(), **event})

    def keep(
        self,
        world: World,
        service: Service,
        received: Received,
        line: LedgerLine,
    ) -> None:
        """Write down an accepted change, and a refusal that is to be given again.

        Raises:
            InputError: it cannot be written down. Then ``undone`` is the world without it.
        """
        if self._log is None or received.method == "GET" or line.reads:
            return
        request = _kept(world, service, received)
        if line.verdict == "accepted":
            self.happened(request=request, made=line.made, signer=line.signer)
        elif line.stored:
            self.happened(request=request, refused=True)

    def close(self) -> None:
        """Let go of the file: from now on nothing is written down."""
        if self._log is not None:
            self._log.close()
            self._log = None

    # ---- living again ----

    def lived_again(
        self,
        name: str,
        choices: Mapping[str, str] | None,
        also_secret: Sequence[str],
    ) -> World | None:
        """The world that the file holds, as it is by now; None where it holds none yet.

        The clock is moved ahead as it was. The file is not changed before all of it was lived
        through.

        Raises:
            InputError: the file holds another world or other choices, or a line is damaged.
        """
        if self._log is None:
            return None
        kept = self._log.read()
        if kept is None:
            return None
        header, events = kept
        world = self._world_of(
            self._log,
            header,
            name,
            choices,
            also_secret,
        )
        _live_through(self._log, world, events)
        self._pass_time(self._log, events)
        self._log.take()
        return world

    def undone(self, world: World) -> World:
        """The world again as the file has it: what was not written down did not happen."""
        assert self._log is not None
        kept = self._log.read()
        if kept is None:
            again = world.again(world.began_ms)
        else:
            header, events = kept
            again = world.again(header.began_ms)
            _live_through(self._log, again, events)
        again.cobo.nonces = world.cobo.nonces  # of refused requests, too: the file has none
        return again

    def _world_of(
        self,
        log: Log,
        header: Header,
        name: str,
        choices: Mapping[str, str] | None,
        also_secret: Sequence[str],
    ) -> World:
        """The world of a header at its beginning, if it is the one that was asked for."""
        try:
            _, seed, size = options(header.world, header.seed, header.size)
            kept_choices = Choices(header.choices)
        except InputError as error:
            raise log.damaged(1, str(error)) from None
        if header.world != name or not same_choices(kept_choices, choices):
            raise InputError(
                f"The state file {log.path}, line 1, holds the world {header.world!r} "
                "with choices of its own.",
                hint="Start it with the same world and choices, or name another file.",
            )
        return World(
            name,
            seed=seed,
            size=size,
            choices=kept_choices,
            clock=self._clock,
            began_ms=header.began_ms,
            also_secret=also_secret,
        )

    def _pass_time(self, log: Log, events: Sequence[Event]) -> None:
        for number, event in enumerate(events, FIRST_EVENT):
            try:
                self._clock.advance(event.advance_ms or 0)
            except InputError as error:
                raise log.damaged(number, str(error)) from None


def _live_through(
    log: Log,
    world: World,
    events: Sequence[Event],
) -> None:
    """Let everything happen again, each at its time. Raises InputError that names the line."""
    for number, event in enumerate(events, FIRST_EVENT):
        try:
            with world.clock.pinned(event.at_ms):
                _happen_again(world, event)
        except Exception as error:  # noqa: BLE001  # whatever does not fit, the line is named
            reason = str(error)
            if isinstance(error, KeyError):
                reason = f"KeyError: {error}"  # a KeyError's own text is a bare name
            raise log.damaged(number, f"it cannot be lived again: {reason}") from None


def _happen_again(world: World, event: Event) -> None:
    if event.request is not None:
        _do_again(world, event.request, event)
    elif event.holder is not None:
        world.set_holder(node_id(event.holder), holder_state(event.state))
    elif event.api_key is not None:
        world.set_api_key(event.api_key)


def _do_again(
    world: World,
    kept: KeptRequest,
    event: Event,
) -> None:
    """Do a request again, without asking whether its caller may. Raises InputError."""
    received = Received(
        kept.method,
        kept.scheme,
        kept.host,
        kept.target,
        kept.headers,
        bytes.fromhex(kept.body),
    )
    service = world.service_for(received)
    wanted = routed(service, received)
    if not isinstance(wanted, Routed):
        raise InputError(f"there is no {received.method} {received.path}")
    identity = received.header(service.identity_header)
    line = LedgerLine(
        0,
        0,
        received.method,
        received.target,
        identity,
        signer=event.signer,
    )
    try:
        service.perform(wanted, received, line)
    except Refusal:
        if not event.refused:
            raise
    if line.made != event.made:
        raise InputError(f"it made {line.made}, not {event.made}")


def _kept(
    world: World,
    service: Service,
    received: Received,
) -> dict[str, Any]:
    """A request as the file keeps it: what is needed to do it again, no signature, no secret."""
    identity = service.identity_header
    headers = [(identity, received.header(identity))]
    if "json" in received.header("content-type"):
        headers.append(("content-type", "application/json"))
    key = received.header(IDEMPOTENCY_KEY)
    if key:
        headers.append((IDEMPOTENCY_KEY, world.masks.kept_text(key)))
    host = ""
    if received.path.startswith(PROPOSING):  # it says what will be signed, and until when
        host = world.masks.kept_text(received.host)
        headers.append((REQUEST_EXPIRY, world.masks.kept_text(received.header(REQUEST_EXPIRY))))
    return {
        "method": received.method,
        "scheme": received.scheme,
        "host": host,
        "target": received.path,
        "headers": headers,
        "body": world.masks.kept(received.body).hex(),
    }
