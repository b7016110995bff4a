"""The emulator for other programs."""

from __future__ import annotations

import json
import secrets

import click

from toolkit.commands.terminal import examples, refusals, say


@click.command(
    epilog=examples(
        "emulator",
        "emulator --world large --port 8080",
        "emulator --state world.jsonl --choice cobo.holder_count=accepted",
    )
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0: any free port."
)
@click.option("--world", default="demo", show_default=True, help="demo, empty or large.")
@click.option("--seed", type=int, help="Ids and keys follow from it; random if left out.")
@click.option(
    "--state", type=click.Path(dir_okay=False), help="Keep everything in this file across restarts."
)
@click.option("--size", default=100_000, show_default=True, help="Quorums of the large world.")
@click.option(
    "--choice",
    "choices",
    multiple=True,
    metavar="NAME=OPTION",
    help="Switch an undocumented point.",
)
@click.option(
    "--webhook",
    metavar="URL",
    help="Post signed events to this handler on this computer, and only there.",
)
def emulator(
    host: str,
    port: int,
    world: str,
    seed: int | None,
    state: str | None,
    size: int,
    choices: tuple[str, ...],
    webhook: str | None,
) -> None:
    """Serve both APIs. Prints one JSON line once it listens, then serves until stopped."""
    from toolkit.emulator import Emulator
    from toolkit.emulator.http import serve

    switched = dict(choice.partition("=")[::2] for choice in choices)
    with refusals():
        number = secrets.randbits(64) if seed is None else seed
        seeded = Emulator.seeded(world, seed=number, size=size, choices=switched, state=state)
        serve(seeded, host, port, lambda facts: say(json.dumps(facts)), webhook)
