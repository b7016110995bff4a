"""The client beside raw httpx and the official SDKs, on a server that does nothing but sign.

``python benchmarks/client.py [ROUNDS [ROW …]]``. In each round both sides do the same work, one right after
the other, so that whatever else the machine does falls on both. A line has the median of each side,
the median of the rounds' ratios and how far those spread (their middle half), by the wall clock and
by the CPU time of this process alone, in which the server has no part. Beside that stands the ratio
of the least CPU time that each side ever took: what others do on the machine can only add to it.
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cobo_waas2
import httpx
import lean_server
from row import at_most, beside, show

from toolkit import cobo, privy
from toolkit.client.journal import Intent, Journal
from toolkit.cobo import signing
from toolkit.keys import Ed25519Key, P256Key
from toolkit.keys.public import P256PublicKey

OWN = httpx.Limits(max_keepalive_connections=0)  # a change's connection is its own
FAN_OUT, EACH, AT_ONCE = 300, 3, 32

Work = Callable[[], object]


def clocks() -> tuple[float, float]:
    """Wall and CPU seconds, those of ended child processes among them."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time() + children.ru_utime + children.ru_stime


def measured(work: Work, times: int) -> tuple[float, float]:
    """Wall and CPU seconds of one."""
    wall, cpu = clocks()
    for _ in range(times):
        work()
    wall_after, cpu_after = clocks()
    return (wall_after - wall) / times, (cpu_after - cpu) / times


def compared(
    what: str, sides: Mapping[str, Work], times: int, rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """The first side beside the others, printed; what each took in each round, by both clocks."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for work in sides.values():
        work()  # whatever is made once
    gc.collect()
    gc.freeze()
    for at in range(rounds):
        names = list(sides)
        for name in names if at % 2 else reversed(names):
            taken[name].append(measured(sides[name], times))
    gc.unfreeze()
    first, *others = taken
    print(f"\n{what}")
    for name, figures in taken.items():
        wall, cpu = (statistics.median(each) * 1000 for each in zip(*figures, strict=True))
        print(f"  {name:<24} wall {wall:9.3f} ms   cpu {cpu:9.3f} ms")
    for name in others:
        for clock, kind in enumerate(("wall", "cpu")):
            ratios = [
                ours[clock] / theirs[clock]
                for ours, theirs in zip(taken[first], taken[name], strict=True)
            ]
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(
                f"  {first} / {name}, {kind}: {middle:.3f} ({low:.3f} to {high:.3f})"
                f", {1 / middle:.2f} x faster"
            )
        print(f"  {first} / {name}, least cpu: {least(taken[first]) / least(taken[name]):.3f}")
    return taken


def least(taken: list[tuple[float, float]]) -> float:
    """The least CPU seconds of all rounds."""
    return min(cpu for _, cpu in taken)


def taken_by(taken: Mapping[str, list[tuple[float, float]]], clock: str) -> Sequence[list[float]]:
    """Of each side, what it took in each round: ``wall`` or ``cpu``."""
    at = ("wall", "cpu").index(clock)
    return [[figures[at] for figures in rounds] for rounds in taken.values()]


def process(code: str) -> Work:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def start_up(sides: Sides, rounds: int) -> None:
    """From the start of a process to a client. Both sides have bytecode: each runs once before."""
    taken = compared(
        "process start to a Cobo client",
        {
            "ours": process(
                "from toolkit import cobo; from toolkit.keys import Ed25519Key; "
                "cobo.Client(Ed25519Key.generate())"
            ),
            "cobo-waas2": process(
                "import cobo_waas2 as c; c.WalletsMPCWalletsApi(c.ApiClient("
                "c.Configuration(api_private_key='01'*32)))"
            ),
        },
        1,
        rounds,
    )
    ours, sdk = taken_by(taken, "cpu")
    show(beside("process start to a Cobo client", ours, "cobo-waas2", sdk, 0.1))
    taken = compared(
        "process start to a Privy client",
        {
            "ours": process("from toolkit import privy; privy.Client('a', 's')"),
            "privy-client": process(
                "from privy import PrivyClient; PrivyClient(app_id='a', app_secret='s')"
            ),
        },
        1,
        rounds,
    )
    ours, sdk = taken_by(taken, "cpu")
    show(beside("process start to a Privy client", ours, "privy-client", sdk, 1 / 3))


def create_call() -> Any:
    holders = [
        cobo.CreateKeyShareHolder(
            name=f"Holder {seat}", type="API", tss_node_id=lean_server.node(seat),
            signer=seat == 0,
        )
        for seat in range(2)
    ]  # fmt: skip
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup",
        participants=3,
        threshold=2,
        key_share_holders=holders,
    )
    return cobo.create_key_share_holder_group(lean_server.VAULT, request)


class Sides:
    """A client of each kind at one server."""

    def __init__(self, base_url: str) -> None:
        self.key = Ed25519Key.generate()
        self.place = cobo.Environment(base_url, lean_server.public_key())
        self.ours = cobo.Client(self.key, environment=self.place, journal=Journal())
        self.bare = httpx.Client(trust_env=False)
        self.alone = httpx.Client(trust_env=False, limits=OWN)

        class Configuration(cobo_waas2.Configuration):
            resp_pubkey = property(lambda self: lean_server.public_key())

        self.sdk = cobo_waas2.WalletsMPCWalletsApi(
            cobo_waas2.ApiClient(
                Configuration(api_private_key=self.key.reveal_hex(), host=base_url)
            )
        )

    def raw(self, http: httpx.Client, call: Any) -> Work:
        """The same bytes, signed for their moment and sent by bare httpx, as a script would.

        A nonce is taken once, so a signature that was made before would be refused. Nothing is
        serialised, checked, written down, verified or decoded.
        """
        prepared = self.ours.prepare(call)
        method, path, _, query, body = prepared.message.split("|", 4)

        def work() -> None:
            nonce = str(time.time_ns() // 1_000_000)
            signature = signing.sign(self.key, signing.message(method, path, nonce, query, body))
            headers = {
                **prepared.headers,
                signing.API_NONCE: nonce,
                signing.API_SIGNATURE: signature,
            }
            http.request(method, prepared.url, headers=headers, content=prepared.body)

        return work


def changes(sides: Sides, rounds: int) -> None:
    call = create_call()
    body = cobo_waas2.CreateKeyShareHolderGroupRequest.from_json(
        sides.ours.prepare(call).body.decode()
    )
    taken = compared(
        "one signed create, journal in memory",
        {
            "ours": lambda: sides.ours.send(call),
            "raw httpx, its own": sides.raw(sides.alone, call),
            "cobo-waas2": lambda: sides.sdk.create_key_share_holder_group(
                lean_server.VAULT, create_key_share_holder_group_request=body
            ),
        },
        20,
        rounds,
    )
    ours, raw, _ = taken_by(taken, "cpu")
    show(beside("one signed create, journal in memory", ours, "raw httpx", raw, 1.25))


def intents() -> Iterator[Intent]:
    """One change after another."""
    prepared = cobo.Client(Ed25519Key.generate(), journal=Journal()).prepare(create_call())
    number = 0
    while True:
        number += 1
        yield Intent(
            service="cobo",
            environment="DEV",
            base_url=prepared.environment.base_url,
            identity=prepared.identity,
            operation=prepared.call.operation.name,
            arguments=dict(prepared.call.arguments),
            query=(),
            body=prepared.shown_body,
            fingerprint=f"{number:064x}",
            begun_ms=prepared.made_ms,
            until_ms=prepared.made_ms + 1000,
            ticket=f"ticket-{number}",
        )


def journals(sides: Sides, rounds: int) -> None:
    """Begin and settle, beside what nothing that survives a kill can do without."""
    with TemporaryDirectory() as folder:
        wanted = intents()

        def begin_and_settle(journal: Journal) -> Work:
            def work() -> None:
                entry, _ = journal.begin(next(wanted))
                journal.settle(entry.number, "answered", 0, "Answered.", status=200, made="m")

            return work

        file = os.open(Path(folder) / "plain", os.O_WRONLY | os.O_CREAT)

        def two_synced_writes() -> None:
            for _ in range(2):
                os.write(file, b"x" * 4096)
                os.fdatasync(file)

        with closing(Journal(Path(folder) / "journal.sqlite")) as on_disk:
            taken = compared(
                "journal, begin and settle",
                {
                    "on disk": begin_and_settle(on_disk),
                    "in memory": begin_and_settle(Journal()),
                    "two synced writes": two_synced_writes,
                },
                20,
                rounds,
            )
        on_disk_s, _, synced = taken_by(taken, "wall")
        show(at_most("a change in the journal, on disk, by the wall clock", on_disk_s, 0.9e-3))
        show(
            beside("a change in the journal, on disk", on_disk_s, "two synced writes", synced, 1.25)
        )
        os.close(file)


def lists(sides: Sides, rounds: int) -> None:
    call = cobo.list_key_share_holder_groups(lean_server.VAULT, limit=lean_server.LISTED)
    assert len(sides.ours.send(call)) == lean_server.LISTED
    taken = compared(
        f"{lean_server.LISTED} groups listed, verified, decoded",
        {
            "ours": lambda: sides.ours.send(call),
            "raw httpx": sides.raw(sides.bare, call),
            "cobo-waas2": lambda: sides.sdk.list_key_share_holder_groups(
                lean_server.VAULT, limit=lean_server.LISTED
            ),
        },
        20,
        rounds,
    )
    ours, raw, _ = taken_by(taken, "wall")
    show(beside("list of 50, by the wall clock", ours, "raw httpx", raw, 1.1))
    ours, raw, sdk = taken_by(taken, "cpu")
    own = [mine - bare for mine, bare in zip(ours, raw, strict=True)]
    theirs = [other - bare for other, bare in zip(sdk, raw, strict=True)]
    show(beside("list of 50, own CPU above raw httpx", own, "cobo-waas2", theirs, 0.2))
    floor = least(taken["raw httpx"])
    own_least, theirs_least = least(taken["ours"]) - floor, least(taken["cobo-waas2"]) - floor
    print(
        f"  of the least: ours {own_least * 1e6:.0f} us, SDK {theirs_least * 1e6:.0f} us, "
        f"{own_least / theirs_least:.2f} of it"
    )


def fan_out(sides: Sides, rounds: int) -> None:
    """300 things, three reads of each, 32 at a time; a thread pool of bare httpx beside it."""
    calls = [
        cobo.get_key_share_holder_group_by_id(lean_server.VAULT, f"group-{at}")
        for at in range(FAN_OUT * EACH)
    ]
    reads = [sides.raw(sides.bare, call) for call in calls]

    def ours() -> None:
        exchanges = sides.ours.send_many(calls, concurrency=AT_ONCE, progress=False)
        assert all(exchange.verified for exchange in exchanges)

    def threads() -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda read: read(), reads):
                pass

    taken = compared(
        f"{FAN_OUT} x {EACH} reads of {lean_server.SLOW_S * 1000:.0f} ms, {AT_ONCE} at a time",
        {"ours": ours, "raw httpx threads": threads},
        1,
        rounds,
    )
    mine, bare = taken_by(taken, "cpu")
    show(beside("900 reads of 20 ms, 32 at a time", mine, "bare threads", bare, 1.1))
    ideal = FAN_OUT * EACH * lean_server.SLOW_S / AT_ONCE
    print(f"  ideal: {ideal * 1000:.0f} ms")


def identities(sides: Sides, rounds: int) -> None:
    """A key that is in canonical DER already, seen again; and seen for the first time."""
    text = P256Key.generate().public.to_base64()
    fresh = [P256Key.generate().public.to_base64() for _ in range(100 * (rounds + 1))]
    unseen = iter(fresh)
    taken = compared(
        "identity of a key in canonical DER",
        {
            "seen before": lambda: privy.models.member_identity(text),
            "seen first": lambda: privy.models.member_identity(next(unseen)),
            "loaded each time": lambda: P256PublicKey.parse(text).fingerprint,
        },
        100,
        rounds,
    )
    again, *_ = taken_by(taken, "cpu")
    show(at_most("identity of a key in canonical DER", again, 2e-6))


ROWS = {
    "start": start_up,
    "identity": identities,
    "journal": journals,
    "create": changes,
    "list": lists,
    "fan-out": fan_out,
}


def main(rounds: str = "21", *rows: str) -> None:
    with lean_server.served() as base_url:
        sides = Sides(base_url)
        for name in rows or ROWS:
            ROWS[name](sides, int(rounds))


if __name__ == "__main__":
    main(*sys.argv[1:])
