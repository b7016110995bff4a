"""The members of a quorum: who holds a key, who could sign, and in which order to change them."""

from __future__ import annotations

import click

from toolkit.commands.terminal import ask, examples, refusals, say


@click.command(
    "member-card",
    epilog=examples(
        'member-card --key carol.pem --name Carol --purpose "payouts"',
        "member-card carol-card.json",
    ),
)
@click.argument("card", metavar="[CARD]", required=False)
@click.option("--key", metavar="FILE", help="Your private key, which signs it.")
@click.option("--name", help="Whose key it is, at most 60 characters.")
@click.option("--purpose", default="", help="What the key is for, at most 80 characters.")
@click.option("--out", metavar="FILE", default="member-card.json", show_default=True)
def member_card(
    card: str | None, key: str | None, name: str | None, purpose: str, out: str
) -> None:
    """Make a card: your name, your public key, and the proof that you hold it. Send it to whoever
    makes the quorum. Or look at a CARD that was sent to you, and compare it by voice.
    """
    from toolkit.approvals import commands
    from toolkit.approvals.member_card import MemberCard
    from toolkit.keys import P256Key

    if card:
        if key or name or purpose:
            raise click.UsageError("A CARD is looked at: leave --key, --name and --purpose out.")
        with refusals():
            commands.received_card(card, say, ask)
        return
    if not key or name is None:
        raise click.UsageError("Name your --key and --name, or a CARD that you received.")
    with refusals():
        made = MemberCard.make(P256Key.from_file(key), name, purpose=purpose)
        say(f"Saved {made.save(out)}")
        say("Send it. Whoever receives it looks at it with")
        say("    python -m toolkit member-card FILE")
        say("and calls you with three words: say what  python -m toolkit digits FILE WORDS  shows.")


@click.command(
    "register-quorum",
    epilog=examples(
        "register-quorum vendors.approval.json --key carol.pem",
        "register-quorum --quorum-id cm4quorum --key carol.pem --env-file .env",
    ),
)
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
    with refusals():
        mine = P256Key.from_file(key)
        if quorum_id:
            with privy.Client.from_env(env_file=env_file) as app:
                subject = Subject.of(app, quorum_id)
        else:
            subject = Subject.in_approval(Approval.load(str(approval)))
        called = {**subject.known_names(), **subject.named(names)}
        registered = commands.register(subject, mine, called, say, ask, wall_clock_ms())
        if registered is not None:
            say(f"Saved {registered.save(out)}")


@click.command(
    epilog=examples("drill drill.json --key carol.pem", "drill drill-alice.json drill-bob.json")
)
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

    with refusals():
        challenge = Drill.merge(*files)
        if key:
            answered = challenge.answer(P256Key.from_file(key))
            say(f"Answered. Saved {answered.save(files[0])}; send it back.")
            return
        for line in (*challenge.report(known_names()), *challenge.not_counted):
            say(line)
    if not challenge.all_could:
        raise SystemExit(12 if challenge.enough else 14)


@click.command(
    epilog=examples(
        "plan before.json after.json", "plan before.json after.json --proof carol.card.json"
    )
)
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

    with refusals():
        for line in list(planned(before, after, proofs, leaving_sign, main)):
            say(line)
