"""``python -m toolkit``: the emulator for other programs, a key pair, a check of credentials, an
audit, and what changed between two saved inventories.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterable
from typing import Any

import click

from toolkit.base.text import plain_line
from toolkit.errors import InputError, ToolkitError
from toolkit.findings import Finding, Severity


def say(text: object) -> None:
    """The one way to the terminal: one line, what is hidden written out, and what it cannot encode,
    too.
    """
    click.echo(_encodable(plain_line(text), sys.stdout.encoding))


def _ask(question: str) -> str:
    answer: str = click.prompt(plain_line(question), default="", show_default=False)
    return answer


def _encodable(text: str, encoding: str | None) -> str:
    known = encoding or "utf-8"
    return text.encode(known, "backslashreplace").decode(known)


class Plain(click.Group):
    """Commands whose errors pass the same gate: the line ends in them are ours, all else is written
    out.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """As for any group."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            lines = "\n".join(map(plain_line, error.format_message().split("\n")))
            text, usage = (
                _encodable(lines, sys.stderr.encoding),
                isinstance(error, click.UsageError),
            )
            where = error.ctx if isinstance(error, click.UsageError) else None
        raise click.UsageError(text, where) if usage else click.ClickException(text)


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tools for people who decide who can sign."""


@main.command()
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
    try:
        number = secrets.randbits(64) if seed is None else seed
        seeded = Emulator.seeded(world, seed=number, size=size, choices=switched, state=state)
        serve(seeded, host, port, lambda facts: say(json.dumps(facts)), webhook)
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option(
    "--emulator",
    "emulated",
    is_flag=True,
    help="Check the built-in emulator instead of real accounts.",
)
@click.option("--proxy", metavar="URL", help="A company's proxy; HTTPS_PROXY is not read.")
@click.option(
    "--ca-bundle", type=click.Path(dir_okay=False), help="A company's certificates (PEM)."
)
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False),
    help="Read the variables from this file of NAME=value lines, instead of the environment.",
)
def check(emulated: bool, proxy: str | None, ca_bundle: str | None, env_file: str | None) -> None:
    """Read-only: do the credentials of the environment work, where, and what may the key do?

    Reads COBO_API_SECRET (with COBO_CURVE_TYPE, COBO_ENV, COBO_ENVIRONMENT or COBO_API_HOST) and
    PRIVY_APP_ID, PRIVY_APP_SECRET (with PRIVY_API_BASE_URL), whichever are set. Ends with 1 if
    anything is bad, with 3 if something could not be judged: nobody was reached, or no usable
    answer came.
    """
    from toolkit import cobo, privy
    from toolkit.app.check import check_cobo, check_privy, line_of
    from toolkit.base.outside import Variables
    from toolkit.client.options import Options

    findings: list[Finding] = []

    def show(looked_at: Iterable[Finding]) -> None:
        for finding in looked_at:
            findings.append(finding)
            say(line_of(finding))

    try:
        if emulated:
            from toolkit.emulator import Emulator

            world = Emulator.seeded()
            show(check_cobo(world.cobo_client()))
            show(check_privy(world.privy_client()))
        variables = Variables(env_file)
        options: Options = {"proxy": proxy, "ca_bundle": ca_bundle}
        if not emulated and variables.get("COBO_API_SECRET"):
            with cobo.Client.from_env(env_file=env_file, **options) as custody:
                show(check_cobo(custody))
        if not emulated and variables.get("PRIVY_APP_ID"):
            with privy.Client.from_env(env_file=env_file, **options) as app:
                show(check_privy(app))
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None
    if not findings:
        raise click.ClickException(
            "No credentials: set COBO_API_SECRET, or PRIVY_APP_ID and PRIVY_APP_SECRET, or use "
            "--emulator."
        )
    raise SystemExit(_exit_code(findings))


def _exit_code(findings: Iterable[Finding]) -> int:
    """1 where something is bad, 3 where something could not be judged, 0 where all is well."""
    severities = {finding.severity for finding in findings}
    if "high" in severities:
        return 1
    return 3 if "medium" in severities else 0


FAIL_ON = click.option(
    "--fail-on",
    type=click.Choice(["high", "medium", "low", "note"]),
    help="End with 0 where nothing of this severity, or worse, was seen.",
)


@main.command()
@click.argument("before", type=click.Path(file_okay=False))
@click.argument("after", type=click.Path(file_okay=False))
@FAIL_ON
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


@main.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
@click.option(
    "--fail-on",
    default="note",
    show_default=True,
    type=click.Choice(["high", "medium", "low", "note"]),
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
    try:
        inventory = inventory_at(folder, emulated, env_file, quorum_ids)
        report = report_of(inventory, people, exclusions)
        if out:
            say(f"Written: {written_to(report, out, form, names)}")
        else:
            for line in report.written(form or "text", names=names).split("\n")[:-1]:
                say(line)
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None
    raise SystemExit(report.exit_code(fail_on))


@main.command()
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


@main.command()
@click.argument("path")
@click.option(
    "--curve", type=click.Choice(["ED25519", "SECP256K1"]), default="ED25519", show_default=True
)
def keypair(path: str, curve: str) -> None:
    """Make a Cobo API key: the private half goes into PATH (mode 0600), the public half is printed.

    Paste the public half into the Portal (Developer console, API keys). Once an Admin has approved
    it, confirm with the command that is printed.
    """
    from toolkit.keys import Ed25519Key, Secp256k1Key
    from toolkit.request.snippets import quoted_path

    key = Ed25519Key.generate() if curve == "ED25519" else Secp256k1Key.generate()
    try:
        saved = key.save(path)
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None
    say(f"Private half: {saved} (mode 0600; never share it)")
    # for bash and zsh; -- because a name may begin with a dash
    say(
        f'Confirm with:  COBO_API_SECRET="$(cat -- {quoted_path(saved)})" '
        f"COBO_CURVE_TYPE={curve} python -m toolkit check"
    )
    say(f"Public half:  {key.public.to_hex()}")


@main.command()
@click.argument("file", required=False)
@click.option("--key", metavar="FILE", help="Your private key; otherwise it is asked for, hidden.")
@click.option("--out", metavar="FILE", help="Save the signed copy here, instead of over FILE.")
@click.option("--registered", metavar="FILE", help="The quorum as you have reviewed it.")
@click.option("--rehearse", is_flag=True, help="On the emulator, with made-up people and keys.")
def sign(
    file: str | None, key: str | None, out: str | None, registered: str | None, rehearse: bool
) -> None:
    """Read an approval FILE, compare it by voice, and add your signature. Sends nothing."""
    from toolkit.approvals import commands
    from toolkit.approvals.approval import Approval
    from toolkit.base.times import wall_clock_ms
    from toolkit.keys import P256Key

    try:
        if rehearse:
            from toolkit.app.rehearsal import rehearsed

            return rehearsed(say, _ask)
        if not file:
            raise click.UsageError("Name the approval's FILE, or use --rehearse.")
        approval = Approval.load(file)
        if registered:
            approval = approval.against(registered)
        mine = P256Key.from_file(key) if key else P256Key.prompt("Your private key")
        signed = commands.sign(approval, mine, say, _ask, wall_clock_ms())
        if signed is not None:
            say(f"Saved {signed.save(out or file)}")
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


def ask(question: str) -> str:
    """One line that is typed; empty for nothing."""
    answer: str = click.prompt(plain_line(question), default="", show_default=False)
    return answer


@main.command()
@click.argument("file")
@click.option("--key", metavar="FILE", help="Your private key; otherwise it is asked for, hidden.")
@click.option(
    "--curve",
    type=click.Choice(["P-256", "Ed25519", "secp256k1"], case_sensitive=False),
    help="Of the key, where it is a bare number.",
)
@click.option("--out", metavar="FILE", help="Save the reviewed copy here, instead of over FILE.")
def review(file: str, key: str | None, curve: str | None, out: str | None) -> None:
    """Read the FILE of a change that waits for a review, compare it by voice, and sign that you
    have looked. Sends nothing, and approves nothing at a vendor.
    """
    from toolkit.approvals import commands
    from toolkit.approvals.review import Review, own_key
    from toolkit.base.times import wall_clock_ms
    from toolkit.keys.private import PrivateKey
    from toolkit.keys.secret import Secret

    def load(kind: type[PrivateKey]) -> PrivateKey:
        return kind.from_file(key) if key else kind.parse(typed.reveal())

    try:
        asked = Review.load(file)
        if not key:
            typed = Secret.prompt("Your private key")
        signed = commands.review(
            asked, own_key(load, asked.asked, curve or ""), say, ask, wall_clock_ms()
        )
        if signed is not None:
            say(f"Saved {signed.save(out or file)}")
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--out", metavar="FILE", help="Save here, instead of over the first of FILES.")
def merge(files: tuple[str, ...], out: str | None) -> None:
    """Put the signatures of all FILES into one. The first is your own copy, and the base."""
    from toolkit.approvals import commands

    try:
        commands.merged(files, out, say)
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("file")
@click.argument("words", nargs=-1, required=True)
def digits(file: str, words: tuple[str, ...]) -> None:
    """The 12 digits to say for the FILE of an approval or a review, for the three WORDS that its
    receiver says.
    """
    from toolkit.approvals import commands

    try:
        say(commands.digits(file, " ".join(words)))
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


@main.command("member-card")
@click.option("--key", metavar="FILE", required=True, help="Your private key, which signs it.")
@click.option("--name", required=True, help="Whose key it is, at most 60 characters.")
@click.option("--purpose", default="", help="What the key is for, at most 80 characters.")
@click.option("--out", metavar="FILE", default="member-card.json", show_default=True)
def member_card(key: str, name: str, purpose: str, out: str) -> None:
    """Make a card: your name, your public key, and the proof that you hold it. Send it to whoever
    makes the quorum.
    """
    from toolkit.approvals.member_card import MemberCard
    from toolkit.keys import P256Key
    from toolkit.keys.public import spoken

    try:
        card = MemberCard.make(P256Key.from_file(key), name, purpose=purpose)
        say(f"Saved {card.save(out)}")
        say(f"Key {spoken(card.fingerprint)}: say these digits to whoever receives it.")
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


@main.command("register-quorum")
@click.argument("approval", metavar="[APPROVAL]", required=False)
@click.option("--key", metavar="FILE", required=True, help="Your own private key, which signs it.")
@click.option("--quorum-id", help="Read this quorum from Privy, instead of from an APPROVAL.")
@click.option(
    "--env-file", type=click.Path(dir_okay=False), help="Read the credentials from this file."
)
@click.option(
    "--name",
    "names",
    metavar="KEY=NAME",
    multiple=True,
    help="What you call a member: the first 12 digits of its key, and a name.",
)
@click.option("--out", metavar="FILE", default="registered-quorum.json", show_default=True)
def register_quorum(
    approval: str | None,
    key: str,
    quorum_id: str | None,
    env_file: str | None,
    names: tuple[str, ...],
    out: str,
) -> None:
    """Register a quorum that you have reviewed: as it stands in an APPROVAL, or read from Privy.

    ``sign FILE --registered`` then shows only what changes, and whatever else differs as a reason
    not to sign. Counts for 180 days.
    """
    from toolkit import privy
    from toolkit.approvals import commands
    from toolkit.approvals.approval import Approval
    from toolkit.approvals.registered import Subject
    from toolkit.base.times import wall_clock_ms
    from toolkit.keys import P256Key

    if bool(approval) == bool(quorum_id) or (env_file and not quorum_id):
        raise click.UsageError("Name an APPROVAL, or a --quorum-id that is read from Privy.")
    try:
        mine = P256Key.from_file(key)
        if quorum_id:
            with privy.Client.from_env(env_file=env_file) as app:
                subject = Subject.of(app, quorum_id)
        else:
            subject = Subject.in_approval(Approval.load(str(approval)))
        called = {**subject.known_names(), **subject.named(names)}
        registered = commands.register(subject, mine, called, say, _ask, wall_clock_ms())
        if registered is not None:
            say(f"Saved {registered.save(out)}")
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--key", metavar="FILE", help="Your private key: answer the drill in FILES.")
def drill(files: tuple[str, ...], key: str | None) -> None:
    """Answer a fire drill with --key, which approves nothing; or report who answered, over FILES.

    The report ends with 0 if every key could sign, otherwise with 14 (nobody could sign together)
    or 12 (enough could, not all).
    """
    from toolkit.approvals.drill import Drill
    from toolkit.client.names import known_names
    from toolkit.keys import P256Key

    try:
        challenge = Drill.merge(*files)
        if key:
            answered = challenge.answer(P256Key.from_file(key))
            say(f"Answered. Saved {answered.save(files[0])}; send it back.")
            return
        for line in (*challenge.report(known_names()), *challenge.not_counted):
            say(line)
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None
    if not challenge.all_could:
        raise SystemExit(12 if challenge.enough else 14)


@main.command("plan")
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@click.option("--proof", "proofs", metavar="FILE", multiple=True, help="A member card or a drill.")
@click.option(
    "--leaving-sign",
    metavar="WHO",
    multiple=True,
    help="Who leaves, and will sign the first step; of a group, help until the last.",
)
@click.option("--main", metavar="FILE", help="The vault’s main group, which gives the shares.")
def plan(
    before: str,
    after: str,
    proofs: tuple[str, ...],
    leaving_sign: tuple[str, ...],
    main: str | None,
) -> None:
    """Print the order of changes from one quorum to another, so that it can always be repaired.

    BEFORE is a key quorum as Privy answers it, or a group as Cobo does (JSON), AFTER a copy of that
    file, edited to what shall be. Nothing is sent.
    """
    from toolkit.approvals.plan_files import planned

    try:
        for line in list(planned(before, after, proofs, leaving_sign, main)):
            say(line)
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main(prog_name="python -m toolkit")
