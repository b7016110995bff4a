"""An approval, or a review, by file: read, compared by voice, signed, put together."""

from __future__ import annotations

import click

from toolkit.commands.terminal import ask, examples, refusals, say


@click.command(epilog=examples("sign vendors.approval.json --key carol.pem", "sign --rehearse"))
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

    with refusals():
        if rehearse:
            from toolkit.app.rehearsal import rehearsed

            rehearsed(say, ask)
            return
        if not file:
            raise click.UsageError("Name the approval's FILE, or use --rehearse.")
        approval = Approval.load(file)
        if registered:
            approval = approval.against(registered)
        mine = P256Key.from_file(key) if key else P256Key.prompt("Your private key")
        signed = commands.sign(approval, mine, say, ask, wall_clock_ms())
        if signed is not None:
            say(f"Saved {signed.save(out or file)}")


@click.command(
    epilog=examples(
        "review vendors.review.json --key dana.pem",
        "review vendors.review.json --key dana.hex --curve Ed25519 --out dana.review.json",
    )
)
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

    with refusals():
        asked = Review.load(file)
        if not key:
            typed = Secret.prompt("Your private key")
        signed = commands.review(
            asked, own_key(load, asked.asked, curve or ""), say, ask, wall_clock_ms()
        )
        if signed is not None:
            say(f"Saved {signed.save(out or file)}")


@click.command(
    epilog=examples("merge ours.approval.json carol.approval.json --out vendors.approval.json")
)
@click.argument("files", nargs=-1, required=True)
@click.option("--out", metavar="FILE", help="Save here, instead of over the first of FILES.")
def merge(files: tuple[str, ...], out: str | None) -> None:
    """Put the signatures of all FILES into one. The first is your own copy, and the base."""
    from toolkit.approvals import commands

    with refusals():
        commands.merged(files, out, say)


@click.command(epilog=examples("digits vendors.approval.json lemon river chair"))
@click.argument("file")
@click.argument("words", nargs=-1, required=True)
def digits(file: str, words: tuple[str, ...]) -> None:
    """The 12 digits to say for the FILE of an approval, a review or a member card, for the three
    WORDS that its receiver says.
    """
    from toolkit.approvals import commands

    with refusals():
        say(commands.digits(file, " ".join(words)))
