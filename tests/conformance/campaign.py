"""A thousand clicks on a bad day: what the network and the service do to each is drawn from a fixed mix.

The same clicks go through our client and through the official SDKs. The emulator's ledger is the judge: it knows
what every click made. ``python -m tests.conformance.campaign`` prints the figures.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol

import httpx
import stamina
from tqdm import tqdm

from tests.samples import node_id
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import Journal
from toolkit.emulator import Fault
from toolkit.emulator.http import serving
from toolkit.emulator.relay import Relay
from toolkit.errors import InDoubt
from toolkit.keys import P256Key

SEED = 20261120
CLICKS = 1000
CLICKS_A_VAULT = 20
WINDOW_S = (
    15.0  # a stale list hides for 4 s what was late by 10.5 s at most: all of it is visible by then
)
SLOW_MS, PATIENCE_S = 700, 0.4  # a slow answer comes after the client has given up
CHOICES = {"cobo.node_in_two_groups": "accepted", "cobo.vault_name": "any"}
BROKEN, REFUSALS = (500, 502, 503, 504), (400, 401, 403, 404, 422, 429)
GATEWAY = (*REFUSALS, 407, 408, 409, 413, 425, 451, *BROKEN)

# What befalls the change itself: how often in a hundred, on the wire or in the service. A service that says no with
# its signature and does it all the same is not in the mix: no client could know.
MIX = {
    "wire: drop-before-read": 7,
    "wire: drop-after-read": 7,
    "wire: drop-after-commit": 12,
    "wire: half-answer": 7,
    "wire: reset": 6,
    "wire: slow": 4,
    "wire: left-behind": 6,
    "status-before": 8,
    "status-after": 13,
    "late-commit, within the window": 9,
    "late-commit, after it": 7,
    "no-signature": 5,
    "bad-signature": 5,
    "replayed-answer": 4,
}
# What befalls the look for it, in a hundred.
LOOKS = {
    "": 60,
    "stale-list": 12,
    "list broken once": 10,
    "list unsigned twice": 8,
    "list gone": 10,
}
CLICKED = {"create_key_share_holder_group": 50, "create_mpc_vault": 10, "create_key_quorum": 40}
COBO_ONLY = ("no-signature", "bad-signature", "replayed-answer")


@dataclass(frozen=True)
class Click:
    """One press of a button, and what will befall it."""

    number: int
    operation: str
    change: str
    look: str
    fault: Fault | None
    wire: str
    looks: tuple[Fault, ...]


def clicks(seed: int = SEED, count: int = CLICKS) -> Iterator[Click]:
    """The same clicks for the same seed."""
    random = Random(seed)

    def draw(mix: dict[str, int]) -> str:
        return random.choices(list(mix), list(mix.values()))[0]

    for number in range(count):
        operation, change, look = draw(CLICKED), draw(MIX), draw(LOOKS)
        official = operation == "create_key_quorum"
        if official and change in COBO_ONLY:
            change = "status-after"
        wire = (
            change.removeprefix("wire: ").replace("slow", "delay")
            if change.startswith("wire: ")
            else ""
        )
        yield Click(
            number,
            operation,
            change,
            look,
            _fault(random, operation, change),
            wire,
            tuple(_looks(look)),
        )


def _fault(random: Random, operation: str, change: str) -> Fault | None:
    if change.startswith("wire: "):
        return None
    kind = change.partition(",")[0]
    # Privy signs nothing: what it answers there is a gateway's page, of any status
    unsigned = operation == "create_key_quorum" or random.random() < 0.6
    signed = (*REFUSALS, *BROKEN) if kind == "status-before" else BROKEN
    statuses = GATEWAY if unsigned else signed
    after_ms = (
        random.randrange(1_000, 10_500) if "within" in change else random.randrange(40_000, 80_000)
    )
    return Fault(
        kind,
        operation=operation,
        status=random.choice(statuses),
        unsigned=unsigned,
        after_ms=after_ms,
    )


def _looks(look: str) -> Iterator[Fault]:
    if look == "stale-list":
        yield Fault("stale-list", operation="list_*", times=1000, after_ms=4_000)
    elif look == "list broken once":
        yield Fault("status-before", operation="list_*", status=503, unsigned=True)
    elif look == "list unsigned twice":
        yield Fault("no-signature", operation="list_*", times=2)
    elif look == "list gone":
        yield Fault("status-before", operation="list_*", status=502, unsigned=True, times=1000)


@dataclass
class Ground:
    """The emulator behind a relay, and what a click's driver needs to reach it."""

    emulator: Emulator
    facts: dict[str, Any]
    relay: Relay
    vault: str = ""
    slow: bool = False
    keys: list[P256Key] = field(default_factory=lambda: [P256Key.generate() for _ in range(3)])

    @property
    def cobo_url(self) -> str:
        return self.relay.url + "/v2"

    def prepare(self, click: Click) -> None:
        """A fresh vault now and then, and the faults of this click."""
        self.emulator.inject()
        if click.number % CLICKS_A_VAULT == 0:
            request = cobo.CreateMpcVaultRequest(
                name=f"Vault {click.number}", vault_type="Org-Controlled"
            )
            self.vault = (
                self.emulator.cobo_client().send(cobo.create_mpc_vault(request)).vault_id or ""
            )
            self.emulator.advance(5_000)
        self.slow = click.wire == "delay"
        self.emulator.inject(*([click.fault] if click.fault else []), *click.looks)
        if click.wire:
            self.relay.inject(click.wire)

    def sleep(self, seconds: float) -> None:
        """Waiting moves the emulator's clock; only what is slow on the wire takes real time."""
        self.emulator.advance(round(seconds * 1000))
        if self.slow:
            time.sleep(SLOW_MS / 1000)

    def request(self, click: Click) -> Any:
        """What is clicked: unlike every other click, so that the ledger tells them apart."""
        if click.operation == "create_mpc_vault":
            return cobo.CreateMpcVaultRequest(
                name=f"Click {click.number}", vault_type="Org-Controlled"
            )
        if click.operation == "create_key_quorum":
            public = [key.public.to_base64() for key in self.keys]
            return privy.CreateKeyQuorumRequest(
                display_name=f"Click {click.number}", public_keys=public, authorization_threshold=2
            )
        holders = [
            cobo.CreateKeyShareHolder(
                name=name,
                type="API",
                tss_node_id=node_id(f"{name}-{click.number}"),
                signer=name == "a",
            )
            for name in "ab"
        ]
        return cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type="SigningGroup",
            participants=3,
            threshold=2,
            key_share_holders=holders,
        )

    def made(self, click: Click) -> list[str]:
        """Ids of what this click has made so far, by the ledger."""
        mark = (
            f'Click {click.number}"'
            if click.operation != "create_key_share_holder_group"
            else node_id(f"a-{click.number}")
        )
        return [
            entry.made
            for entry in self.emulator.ledger
            if entry.made and entry.operation == click.operation and mark in entry.body
        ]

    def calm(self) -> None:
        """The bad day is over: no faults any more, and whatever was late has happened."""
        self.emulator.inject()
        self.sleep(120)
        with httpx.Client(trust_env=False) as client:
            client.get(self.facts["url"] + "/v1/wallets")


@contextmanager
def ground() -> Iterator[Ground]:
    """An emulator on a port of this machine, and a relay in front of it."""
    emulator = Emulator.seeded("empty", choices=CHOICES)
    emulator.explains = False
    with serving(emulator) as facts, Relay(facts["url"], delay_ms=SLOW_MS) as relay:
        yield Ground(emulator, facts, relay)


@dataclass(frozen=True)
class Verdict:
    """What the caller was told: ``made`` with an id, ``refused``, or ``unknown``."""

    told: str
    made: str = ""
    entry: int = 0


class Driver(Protocol):
    """A client, as the campaign drives it."""

    def click(self, click: Click) -> Verdict:
        """Press once."""


class Ours:
    """This toolkit's clients, with a journal on disk and a person who answers when asked."""

    def __init__(self, ground: Ground, journal: Journal, stack: ExitStack) -> None:
        self.ground, emulator = ground, ground.emulator
        options: dict[str, Any] = {
            "clock": emulator.clock.now_ms,
            "sleep": ground.sleep,
            "journal": journal,
            "timeout": httpx.Timeout(PATIENCE_S, connect=2.0),
            "window_s": WINDOW_S,
        }
        place = cobo.Environment(ground.cobo_url, emulator.response_public_key, "EMULATOR")
        self.custody = stack.enter_context(
            cobo.Client(emulator.api_key, environment=place, **options)
        )
        facts = ground.facts["privy"]
        here = privy.Environment(ground.relay.url, "EMULATOR")
        self.app = stack.enter_context(
            privy.Client(facts["app_id"], facts["app_secret"], environment=here, **options)
        )

    def client(self, click: Click) -> Any:
        return self.app if click.operation == "create_key_quorum" else self.custody

    def click(self, click: Click) -> Verdict:
        request = self.ground.request(click)
        call = {
            "create_key_quorum": lambda: privy.create_key_quorum(request),
            "create_mpc_vault": lambda: cobo.create_mpc_vault(request),
            "create_key_share_holder_group": lambda: cobo.create_key_share_holder_group(
                self.ground.vault, request
            ),
        }[click.operation]()
        return verdict(self.client(click).exchange(call))

    def answer(self, click: Click, entry: int, made: list[str]) -> Verdict:
        """The person, asked: looks again, or takes what the dashboard shows, or sends again what was never made."""
        client = self.client(click)
        if click.operation == "create_key_quorum":
            choice: dict[str, Any] = {"adopt": made[0]} if made else {"send_again": True}
            told = verdict(client.resolve(entry, **choice))
            if (
                told.told == "unknown"
            ):  # a busy machine answered later than anybody waits: asked anew
                return self.answer(click, told.entry, self.ground.made(click))
            return told
        looked = verdict(client.resolve(entry))
        if looked.told != "unknown":
            return looked
        return verdict(
            client.resolve(
                entry, **({"send_again": True} if click.number % 2 else {"give_up": True})
            )
        )


def verdict(exchange: Any) -> Verdict:
    """What an exchange tells."""
    if exchange.outcome in ("answered", "adopted"):
        value = exchange.value
        names = type(value).identified_by
        return Verdict("made", str(getattr(value, names[0])), exchange.entry or 0)
    if isinstance(exchange.error, InDoubt):
        return Verdict("unknown", "", exchange.error.number)
    if exchange.outcome == "unknown":
        return Verdict("closed", "", exchange.entry or 0)
    return Verdict("refused", "", exchange.entry or 0)


class Official:
    """The vendors' Python SDKs, as they come: their own retries, their own timeouts (shortened, to save time)."""

    def __init__(self, ground: Ground, stack: ExitStack) -> None:
        import cobo_waas2
        from privy import PrivyClient

        class Configuration(cobo_waas2.Configuration):  # type: ignore[misc]
            resp_pubkey = property(lambda self: ground.emulator.response_public_key)

        self.ground, self.sdk = ground, cobo_waas2
        configuration = Configuration(
            api_private_key=ground.emulator.api_key.reveal_hex(), host=ground.cobo_url
        )
        self.api = cobo_waas2.WalletsMPCWalletsApi(
            stack.enter_context(cobo_waas2.ApiClient(configuration))
        )
        facts = ground.facts["privy"]
        self.app = PrivyClient(
            app_id=facts["app_id"], app_secret=facts["app_secret"], base_url=ground.relay.url
        )
        self.app._client.timeout = PATIENCE_S
        self.app._client._calculate_retry_timeout = lambda *_: 0.0  # type: ignore[method-assign]  # its tries, not its pauses
        stack.callback(self.app._client.close)

    def click(self, click: Click) -> Verdict:
        body = self.ground.request(click)
        try:
            if click.operation == "create_key_quorum":
                fields = {
                    name: getattr(body, name)
                    for name in ("public_keys", "display_name", "authorization_threshold")
                }
                return Verdict("made", self.app.key_quorums.create(**fields).id)
            plain = self.ground.emulator.cobo_client()
            if click.operation == "create_mpc_vault":
                sent = plain.prepare(cobo.create_mpc_vault(body)).body.decode()
                request = self.sdk.CreateMpcVaultRequest.from_json(sent)
                made = self.api.create_mpc_vault(
                    create_mpc_vault_request=request, _request_timeout=PATIENCE_S
                )
                return Verdict("made", made.vault_id)
            sent = plain.prepare(
                cobo.create_key_share_holder_group(self.ground.vault, body)
            ).body.decode()
            request = self.sdk.CreateKeyShareHolderGroupRequest.from_json(sent)
            made = self.api.create_key_share_holder_group(
                self.ground.vault,
                create_key_share_holder_group_request=request,
                _request_timeout=PATIENCE_S,
            )
            return Verdict("made", made.key_share_holder_group_id)
        except Exception:  # noqa: BLE001  # whatever it raises, the caller does not learn what happened
            return Verdict("unknown")


def baseline(bar: bool = True) -> Counter[str]:
    """The official SDKs through the same clicks."""
    count: Counter[str] = Counter()
    with ground() as here, ExitStack() as stack:
        official = Official(here, stack)
        for click in tqdm(
            clicks(), total=CLICKS, desc="official SDKs", disable=not bar, leave=False
        ):
            here.prepare(click)
            told = official.click(click)
            here.calm()
            made = here.made(click)
            count["made twice or more"] += len(made) > 1
            count["made, and the caller got an error"] += bool(made) and told.told != "made"
            count["told the wrong thing"] += told.told == "made" and told.made not in made
    return count


def ours(bar: bool = True) -> tuple[Counter[str], list[str]]:
    """Our client through the clicks: figures, and everything that is not as it must be."""
    count: Counter[str] = Counter()
    wrong: list[str] = []
    with (
        ground() as here,
        ExitStack() as stack,
        tempfile.TemporaryDirectory() as folder,
        stamina.set_testing(True, attempts=3),
    ):
        journal = Journal(Path(folder) / "journal.sqlite")
        stack.callback(journal.close)
        driver = Ours(here, journal, stack)
        for click in tqdm(
            clicks(), total=CLICKS, desc="this toolkit", disable=not bar, leave=False
        ):
            here.prepare(click)
            told = driver.click(click)
            made = here.made(click)
            count[f"at first: {told.told}"] += 1
            lists = click.operation != "create_key_quorum"
            visible = bool(made) and click.look != "list gone"
            say = f"click {click.number} ({click.operation}; {click.change}; {click.look or 'list whole'}): told {told}, made {made}"
            if told.told == "made" and made != [told.made]:
                wrong.append(f"WRONG ID {say}")
            if lists and visible and told.told != "made":
                wrong.append(f"NOT ADOPTED {say}")
            if made and told.told == "refused":
                wrong.append(f"LOST {say}")
            here.calm()
            if told.told == "unknown":
                if not made and click.change == "late-commit, after it":
                    count["asked, and it happened after that"] += 1
                told = driver.answer(click, told.entry, here.made(click))
                count[f"after asking: {told.told}"] += 1
                made = here.made(click)
                if (told.told == "made") != bool(made) or (made and told.made != made[0]):
                    wrong.append(f"SETTLED WRONGLY {say}; then {told}, made {made}")
            made = here.made(click)
            count["made twice or more"] += len(made) > 1
            if len(made) > 1:
                wrong.append(f"TWICE {say}, in the end {made}")
        left = journal.entries(only_open=True)
        if left:
            wrong.append(f"OPEN {left}")
        owned = {entry.made for entry in journal.entries() if entry.made}
        count["results in the journal"] = len(owned)
        there = {identifier for click in clicks() for identifier in here.made(click)}
        if owned != there:
            wrong.append(
                f"JOURNAL AND LEDGER DIFFER BY {len(owned ^ there)}: {sorted(owned ^ there)[:5]}"
            )
    return count, wrong


def main() -> None:
    """Both campaigns, printed."""
    print(
        f"{CLICKS} clicks, seed {SEED}. The mix of what befalls them, in a hundred: {MIX}; and the look for it: {LOOKS}"
    )
    mine, wrong = ours()
    print("this toolkit:", dict(sorted(mine.items())))
    print("official SDKs:", dict(sorted(baseline().items())))
    print("\n".join(wrong) or "nothing is wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
