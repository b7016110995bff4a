"""What is wrong with who can sign, what changed, and whether all is as expected."""

from __future__ import annotations

import click

from toolkit.commands.terminal import examples, refusals, say
from toolkit.errors import InputError
from toolkit.findings import Severity

SEVERITIES = click.Choice(["high", "medium", "low", "note"])


@click.command(
    epilog=examples(
        "audit --emulator",
        "audit today --out findings.html",
        "audit today --people people.json --format sarif --fail-on medium",
    )
)
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
@click.option(
    "--fail-on",
    default="note",
    show_default=True,
    type=SEVERITIES,
    help="From which severity up it ends with 11 to 14.",
)
@click.option(
    "--format",
    "form",
    default=None,
    type=click.Choice(["text", "html", "json", "sarif", "junit", "markdown", "github"]),
    help="text if left out, or what the ending of --out says.",
)
@click.option("--out", type=click.Path(dir_okay=False), help="Write it there, not here.")
@click.option(
    "--names/--no-names",
    default=None,
    help="People by name or by pseudonym; by pseudonym in sarif, junit and github if left out.",
)
@click.option(
    "--people", type=click.Path(exists=True, dir_okay=False), help="Who holds which seat."
)
@click.option(
    "--exclusions", type=click.Path(exists=True, dir_okay=False), help="What is set aside."
)
@click.option("--quorum-id", "quorum_ids", multiple=True, help="A key quorum to look at as well.")
@click.option("--emulator", "emulated", is_flag=True, help="Look at the built-in emulator.")
@click.option(
    "--env-file", type=click.Path(dir_okay=False), help="Read the credentials from this file."
)
def audit(
    folder: str | None,
    fail_on: str,
    form: str | None,
    out: str | None,
    names: bool | None,
    people: str | None,
    exclusions: str | None,
    quorum_ids: tuple[str, ...],
    emulated: bool,
    env_file: str | None,
) -> None:
    """What is wrong with who can sign, in a saved inventory; without FOLDER, in what the
    credentials of the environment can see now.

    Ends with 0 where nothing from --fail-on up was found, with 11 to 14 by the worst that was
    (note, low, medium, high), with 3 where a rule could not run or nothing was looked at.
    """
    from toolkit.app.inspecting import inventory_at, report_of, written_to

    if folder and (emulated or env_file or quorum_ids):
        raise click.UsageError("A saved inventory needs no credentials: leave those options out.")
    with refusals():
        inventory = inventory_at(folder, emulated, env_file, quorum_ids)
        report = report_of(inventory, people, exclusions)
        if out:
            say(f"Written: {written_to(report, out, form, names)}")
        else:
            for line in report.written(form or "text", names=names).split("\n")[:-1]:
                say(line)
    raise SystemExit(report.exit_code(fail_on))


@click.command(epilog=examples("compare yesterday today", "compare yesterday today --fail-on high"))
@click.argument("before", type=click.Path(file_okay=False))
@click.argument("after", type=click.Path(file_okay=False))
@click.option(
    "--fail-on",
    type=SEVERITIES,
    help="End with 0 where nothing of this severity, or worse, was seen.",
)
def compare(before: str, after: str, fail_on: Severity | None) -> None:
    """What changed between two saved inventories, and whether it was ordered here.

    Ends with 0 if nothing changed, 3 if nothing could be compared, 4 if all that changed was
    ordered here or is a state that is well, else with 11 to 14: note, low, medium, high. 2: a
    folder cannot be used.
    """
    from toolkit.inventory.compare import compare as compared
    from toolkit.inventory.inventory import Inventory

    try:
        changes = compared(Inventory.load(before), Inventory.load(after))
    except InputError as error:
        raise click.UsageError(str(error)) from None
    for line in changes.text().splitlines():
        say(line)
    raise SystemExit(changes.exit_code(fail_on))


@click.command(
    epilog=examples("expect who.yaml today", "expect who.yaml today --people people.json")
)
@click.argument("file", type=click.Path(dir_okay=False))
@click.argument("folder", type=click.Path(file_okay=False))
@click.option(
    "--people", type=click.Path(dir_okay=False), help="Who holds which seat, from this file."
)
def expect(file: str, folder: str, people: str | None) -> None:
    """Is everything so that FILE expects (who.yaml), in the saved inventory FOLDER?

    Ends with 0 if all of it is, 14 if not, 3 if something could not be judged or nothing is
    expected. 2: a file cannot be used.
    """
    from toolkit.inventory.expectations import expect as expected
    from toolkit.inventory.inventory import Inventory
    from toolkit.inventory.people import People

    try:
        inventory = Inventory.load(folder)
        if people:
            inventory = inventory.with_people(People.load(people))
        verdict = expected(file, inventory)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    for line in verdict.text().splitlines():
        say(line)
    raise SystemExit(verdict.exit_code())
