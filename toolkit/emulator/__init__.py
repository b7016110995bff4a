"""An emulator of Cobo's and Privy's API that checks every signature for real.

In process it is a function from request to response: no thread, no socket. ``toolkit.emulator.http`` puts
the same function behind a port.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from random import Random

import httpx

from toolkit.client import wall_clock_ms
from toolkit.cobo.client import Client as CoboClient
from toolkit.cobo.client import Environment as CoboEnvironment
from toolkit.emulator import worlds
from toolkit.emulator.choices import Choice, Choices
from toolkit.emulator.cobo import BASE, Cobo
from toolkit.emulator.core import Clock, Entry, Received, Reply
from toolkit.emulator.privy import Privy
from toolkit.keys import Ed25519Key, P256Key
from toolkit.privy.client import Client as PrivyClient
from toolkit.privy.client import Environment as PrivyEnvironment
from toolkit.secret import Secret

__all__ = ["Choice", "Choices", "Emulator", "Entry"]

ADDRESS = "https://emulator.invalid"  # a name that by RFC 2606 exists nowhere: nothing can leave by mistake
DEMO_SEED = 2026


class Emulator:
    """Both services with one clock, one ledger and one world.

    Use ``Emulator.seeded()``. Requests come in through ``handle``; ``cobo_client()`` and
    ``privy_client()`` are ready-made clients that call it directly.
    """

    def __init__(self, world: str = "demo", *, seed: int = DEMO_SEED, choices: Mapping[str, str] | None = None) -> None:
        self.world = world
        self.seed = seed
        self.choices = Choices(choices)
        self.clock = Clock(wall_clock_ms)
        self._lock = threading.RLock()
        self.reset()

    @classmethod
    def seeded(
        cls, world: str = "demo", *, seed: int = DEMO_SEED, choices: Mapping[str, str] | None = None
    ) -> Emulator:
        """A new emulator. Ids and keys follow from the seed, so a walkthrough looks the same each time.

        Args:
            world: ``demo`` (two vaults, three groups, three quorums) or ``empty`` (one vault).
            choices: undocumented points to switch, see ``choices``.

        Raises:
            InputError: no such world, choice or option.
        """
        return cls(world, seed=seed, choices=choices)

    def reset(self) -> None:
        """Back to the start: the world as it was, an empty ledger."""
        with self._lock:
            random = Random(self.seed)
            self.ledger: list[Entry] = []
            self.api_key = Ed25519Key.from_hex(worlds.derived(self.seed, "API key"))
            self.authorization_keys: dict[str, P256Key] = {}
            response_key = Ed25519Key.from_hex(worlds.derived(self.seed, "response key"))
            secret = Secret(worlds.derived(self.seed, "app secret"))
            app_id = "cm" + worlds.derived(self.seed, "app id")[:22]
            self.cobo = Cobo(response_key, self.choices, self.clock, random)
            self.privy = Privy(app_id, secret, self.choices, self.clock, random)
            worlds.fill(self, self.world)

    # ---- what a caller needs to know ----

    @property
    def vault_id(self) -> str:
        """The first vault."""
        return next(iter(self.cobo.vaults))

    @property
    def response_public_key(self) -> str:
        """The key that Cobo answers are signed with, 64 hex digits."""
        return self.cobo.response_key.public.to_hex()

    @property
    def spare_nodes(self) -> list[str]:
        """TSS nodes that run and hold no share yet: use them to fill the seats of a new group."""
        seated = {
            holder.tss_node_id
            for groups in self.cobo.groups.values()
            for group in groups.values()
            for holder in group.key_share_holders or ()
        }
        return [node for node in self.cobo.nodes if node not in seated]

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
        with self._lock:
            entry = Entry(len(self.ledger) + 1, self.clock.now_ms(), received.method, received.target)
            entry.body = received.body.decode("utf-8", "replace")
            self.ledger.append(entry)
            service = self.cobo if received.path.startswith(BASE + "/") else self.privy
            reply = service.handle(received, entry)
            entry.status = reply.status
            return reply

    # ---- ready-made clients ----

    def cobo_client(self) -> CoboClient:
        """A client with the world's API key, in process."""
        environment = CoboEnvironment(ADDRESS + BASE, self.response_public_key, "EMULATOR")
        return CoboClient(
            self.api_key, environment=environment, transport=httpx.MockTransport(self.handle), clock=self.clock.now_ms
        )

    def privy_client(self) -> PrivyClient:
        """A client with the world's app, in process."""
        return PrivyClient(
            self.privy.app_id,
            self.privy.app_secret,
            environment=PrivyEnvironment(ADDRESS, "EMULATOR"),
            transport=httpx.MockTransport(self.handle),
            clock=self.clock.now_ms,
        )

    def __repr__(self) -> str:
        return f"<Emulator, world {self.world}: {len(self.cobo.vaults)} vaults, {len(self.privy.quorums)} quorums>"
