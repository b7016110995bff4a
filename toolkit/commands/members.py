"""The members of a quorum: who holds a key, who could sign, and in which order to change them."""

from __future__ import annotations

import click

from toolkit.commands.terminal import examples, refusals, say


@click.command(
    "member-card", epilog=examples('member-card --key carol.pem --name Carol --purpose "payouts"')
)
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

    with refusals():
        card = MemberCard.make(P256Key.from_file(key), name, purpose=purpose)
        say(f"Saved {card.save(out)}")
        say(f"Key {spoken(card.fingerprint)}: say these digits to whoever receives it.")


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
    "--leaving-sign", metavar="KEY", multiple=True, help="Who leaves, and will sign the first step."
)
def plan(before: str, after: str, proofs: tuple[str, ...], leaving_sign: tuple[str, ...]) -> None:
    """Print the order of changes from one quorum to another, so that it can always be repaired.

    BEFORE is a key quorum as Privy answers it (JSON), AFTER a copy of that file, edited to what
    shall be. Nothing is sent.
    """
    from toolkit.approvals.plan_files import planned

    with refusals():
        for line in list(planned(before, after, proofs, leaving_sign)):
            say(line)
