"""``python -m toolkit``: the emulator for other programs."""

from __future__ import annotations

import json
import secrets

import click

from toolkit.errors import ToolkitError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tools for people who decide who can sign."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@click.option("--world", default="demo", show_default=True, help="demo, empty or large.")
@click.option("--seed", type=int, help="Ids and keys follow from it; random if left out.")
@click.option("--state", type=click.Path(dir_okay=False), help="Keep everything in this file across restarts.")
@click.option("--size", default=100_000, show_default=True, help="Quorums of the large world.")
@click.option("--choice", "choices", multiple=True, metavar="NAME=OPTION", help="Switch an undocumented point.")
def emulator(
    host: str, port: int, world: str, seed: int | None, state: str | None, size: int, choices: tuple[str, ...]
) -> None:
    """Serve both APIs. Prints one JSON line once it listens, then serves until stopped."""
    from toolkit.emulator import Emulator
    from toolkit.emulator.http import serve

    switched = dict(choice.partition("=")[::2] for choice in choices)
    try:
        number = secrets.randbits(64) if seed is None else seed
        seeded = Emulator.seeded(world, seed=number, size=size, choices=switched, state=state)
        serve(seeded, host, port, lambda facts: click.echo(json.dumps(facts)))
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main(prog_name="python -m toolkit")
