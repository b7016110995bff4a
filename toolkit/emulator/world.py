"""One world: both services and every key, as they follow from a seed and a moment."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from random import Random

from toolkit.base.validate import text, whole_number
from toolkit.emulator import worlds
from toolkit.emulator.api_keys import KeyChange
from toolkit.emulator.choices import Choices
from toolkit.emulator.cobo import BASE, Cobo
from toolkit.emulator.core import Clock, Received, Service, sendable
from toolkit.emulator.limits import NAME_LIMIT
from toolkit.emulator.masking import Masks
from toolkit.emulator.privy import Privy
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key, P256Key
from toolkit.keys.secret import Secret
from toolkit.privy import webhooks

SEED_LIMIT = 2**64
SIZE_LIMIT = 1_000_000
HOLDER_STATES = ("online", "offline", "changes-phone")


class World:
    """Both services, their keys, and what must not be shown of them.

    Args:
        name: of the world, see ``worlds``.
        seed: what ids and keys follow from.
        size: of the ``large`` world: how many quorums.
        choices: the undocumented points.
        clock: shared with whoever keeps the world.
        began_ms: the moment at which it begins, Unix milliseconds.
        also_secret: texts to be masked beside the world's own secrets.

    Raises:
        InputError: no such world.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int,
        size: int,
        choices: Choices,
        clock: Clock,
        began_ms: int,
        also_secret: Sequence[str],
    ) -> None:
        self.name = name
        self.seed = seed
        self.size = size
        self.choices = choices
        self.clock = clock
        self.began_ms = began_ms
        self.also_secret = list(also_secret)
        self.random = Random(seed)
        self.masks = Masks()
        self.authorization_keys: dict[str, P256Key] = {}
        self._make_keys()
        with clock.pinned(began_ms):
            worlds.fill(self, name)

    def _make_keys(self) -> None:
        """The keys of both services, and the services that hold them."""
        api_secret = self._derived("API key")
        response_secret = self._derived("response key")
        app_secret = self._derived("app secret")
        webhook_key = self._derived("webhook secret")
        #: What Privy’s webhooks are signed with, as its Dashboard would show it.
        self.webhook_secret = Secret(
            webhooks.PREFIX + base64.b64encode(bytes.fromhex(webhook_key)).decode()
        )
        secrets = (api_secret, response_secret, app_secret, webhook_key, *self.also_secret)
        for secret in secrets:
            self.masks.add(secret)
        self.api_key = Ed25519Key.from_hex(api_secret)
        self.cobo = Cobo(
            Ed25519Key.from_hex(response_secret),
            self.choices,
            self.clock,
            self.random,
        )
        self.privy = Privy(
            "cm" + self._derived("app id")[:22],
            Secret(app_secret),
            self.choices,
            self.clock,
            self.random,
        )

    def _derived(self, name: str) -> str:
        return worlds.derived(self.seed, name)

    def again(self, began_ms: int) -> World:
        """The same world at its beginning."""
        return World(
            self.name,
            seed=self.seed,
            size=self.size,
            choices=self.choices,
            clock=self.clock,
            began_ms=began_ms,
            also_secret=self.also_secret,
        )

    def keep_secret(self, secret: str) -> None:
        """Mask this text, too, wherever a request is shown."""
        self.also_secret.append(secret)
        self.masks.add(secret)

    def service_for(self, received: Received) -> Service:
        """Which of both a request is for."""
        if received.path.startswith(BASE + "/"):
            return self.cobo
        return self.privy

    def new_authorization_key(self, name: str) -> P256Key:
        """A P-256 key for a member, kept in ``authorization_keys``."""
        key = worlds.authorization_key(self.seed, name)
        self.authorization_keys[name] = key
        secret = self._derived(worlds.AUTHORIZATION_KEY.format(name))
        self.masks.add(secret)
        return key

    def progress(self) -> None:
        """Bring what moves by itself to where it is by now."""
        self.cobo.tss.progress()
        self.privy.intents.progress()

    def set_holder(self, tss_node_id: str, state: str) -> None:
        """Let something happen to a holder, see ``HOLDER_STATES``."""
        self.cobo.tss.progress()
        vaults = self.cobo.state
        if state == "online":
            vaults.set_node(tss_node_id, online=True, status="Valid")
            self.cobo.tss.node_came(tss_node_id)
            # those where nobody else is still moving
            vaults.set_groups_of(tss_node_id, "Unavailable", "Valid")
            return
        self.cobo.tss.node_left(tss_node_id)
        if state == "offline":
            vaults.set_node(tss_node_id, online=False)
        else:
            vaults.set_node(tss_node_id, online=False, status="Changed")
            vaults.set_groups_of(tss_node_id, "Valid", "Unavailable")

    def set_api_key(self, change: KeyChange) -> None:
        """Let something happen to an API key, see ``api_keys``."""
        self.cobo.api_keys.change(change, self.api_key.public.to_hex())

    def spare_nodes(self) -> list[str]:
        """TSS nodes that run and hold no share yet."""
        state = self.cobo.state
        return [
            node
            for node, holder in state.nodes.items()
            if holder.online and node not in state.seats
        ]


def options(
    world: object,
    seed: object,
    size: object,
) -> tuple[str, int, int]:
    """World, seed and size, if they are what they must be. Raises InputError."""
    name = text(world, "world")
    number = whole_number(seed, "seed")
    quorums = whole_number(size, "size")
    if not abs(number) < SEED_LIMIT:
        raise InputError("seed must be below 2^64.", hint="Choose a smaller one.")
    if not 0 <= quorums <= SIZE_LIMIT:
        raise InputError(
            f"size must be from 0 to {SIZE_LIMIT}.",
            hint="The large world has 100000 quorums.",
        )
    return name, number, quorums


def node_id(tss_node_id: object) -> str:
    """A TSS node id, if it may be one. Raises InputError."""
    name = text(tss_node_id, "tss_node_id")
    if not 0 < len(name) <= NAME_LIMIT or sendable(name) != name:
        raise InputError(
            f"tss_node_id must have from 1 to {NAME_LIMIT} characters.",
            hint="Copy it from a holder.",
        )
    return name


def holder_state(state: object) -> str:
    """One of ``HOLDER_STATES``. Raises InputError."""
    if state not in HOLDER_STATES:
        raise InputError(
            f"A holder cannot be {state!r}.",
            hint=f"Use {', '.join(HOLDER_STATES)}.",
        )
    return str(state)


def same_choices(kept: Choices, wanted: Mapping[str, str] | None) -> bool:
    """Whether a world with these choices is the one that is wanted. None: any is."""
    return not wanted or dict(Choices(wanted)) == dict(kept)
