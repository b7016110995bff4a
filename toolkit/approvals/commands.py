"""What the command line does with an approval: each step asked for, shown, and told at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from toolkit.approvals import file, member_card
from toolkit.approvals import review as reviews
from toolkit.approvals.approval import Approval
from toolkit.approvals.digits import Comparison
from toolkit.approvals.member_card import MemberCard
from toolkit.approvals.reading import read
from toolkit.approvals.registered import Registered, Subject
from toolkit.approvals.review import Review
from toolkit.approvals.review_reading import read_review
from toolkit.approvals.shown import lines_of, review_lines
from toolkit.base.text import plain_line, plural
from toolkit.base.times import day
from toolkit.client.names import known_names
from toolkit.client.reviews import COUNTS_MS, Given
from toolkit.errors import InputError
from toolkit.keys.public import spoken
from toolkit.keys.signer import Signer
from toolkit.privy import signing
from toolkit.privy.members import Names

Say = Callable[[str], None]
Ask = Callable[[str], str]

_NOT_SIGNED = "Nothing was signed."


def sign(
    approval: Approval,
    signer: Signer,
    say: Say,
    ask: Ask,
    now_ms: int,
) -> Approval | None:
    """Show an approval, compare digits by voice, ask, sign. None where nothing was signed.

    The words are drawn here, after the file is loaded; the digits of this copy are shown only once
    somebody has typed what was heard.

    Raises:
        InputError: it must not be signed, the key is no member, or other digits were heard.
    """
    public = signing.public_of(signer)
    if public is None:
        raise InputError("A P-256 key signs here.", hint="Name the file of a member's key.")
    me = public.fingerprint
    reading = read(approval, now_ms, known_names(), [me])
    for line in lines_of(approval, reading):
        say(line)
    if reading.trouble:
        raise InputError("It must not be signed. Nothing was signed.", hint="Look above for why.")
    if me not in approval.as_read.keys:
        raise InputError(
            f"Key {spoken(me)} is no member of this quorum: it would not count. Nothing was signed."
        )
    if me in approval.signed_by:
        say(f"You have signed it already, with key {spoken(me)}. {approval.outlook}")
        return None
    _compare(approval.id, say, ask)
    say(f"  approval  {approval.id}")
    say(f"  request   {approval.fingerprint}")
    say("Signing sends nothing. It adds your signature to the file.")
    if not _is_yes(ask(f"Sign with key {spoken(me)}? [y/N]")):
        say("Nothing was signed.")
        return None
    signed = approval.sign(signer, signed_ms=now_ms)
    say(f"Signed. {signed.outlook}")
    return signed


def review(
    asked: Review,
    signer: Signer,
    say: Say,
    ask: Ask,
    now_ms: int,
) -> Review | None:
    """Show a change for review, compare digits by voice, ask, sign. None where nothing was signed.

    Raises:
        InputError: this key's review would not count, or other digits were heard.
    """
    me = signer.public.fingerprint
    for line in review_lines(read_review(asked, now_ms, known_names(), [me])):
        say(line)
    if asked.asked and signer.public not in asked.asked:
        raise InputError(f"Key {spoken(me)} is not asked for a review. Nothing was signed.")
    mine = [Given(key, at) for key, at, _ in asked.signatures if key == signer.public]
    if any(given.counts(now_ms) for given in mine):
        until = day(mine[0].until_ms)
        say(f"You have reviewed it already, with key {spoken(me)}. It counts until {until}.")
        return None
    _compare(asked.request, say, ask)
    say(f"  request   {asked.request}")
    say(
        "A review sends nothing, and approves nothing at a vendor. It adds a signature to the file."
    )
    if not _is_yes(ask(f"Sign that you reviewed it, with key {spoken(me)}? [y/N]")):
        say("Nothing was signed.")
        return None
    signed = asked.sign(signer, reviewed_ms=now_ms)
    until = day(now_ms + COUNTS_MS)
    say(f"Reviewed. {signed.standing}. It counts until {until}. Send it back.")
    return signed


def register(
    subject: Subject, signer: Signer, names: Names, say: Say, ask: Ask, now_ms: int
) -> Registered | None:
    """Show a quorum, ask, and sign that it was reviewed. None where it was not.

    Raises:
        InputError: a name that does not fit, or no P-256 key.
    """
    for line in subject.lines(names):
        say(line)
    say("Compare each fingerprint with its owner, at a number that you know. Later approvals of")
    say("this quorum then show only what changes, and whatever else differs is told in red.")
    if not _is_yes(ask("Is this the quorum that you have reviewed? [y/N]")):
        say("Nothing was registered.")
        return None
    return subject.register(signer, names=names, registered_ms=now_ms)


def _is_yes(answer: str) -> bool:
    return answer.strip().casefold() in ("y", "yes")


def digits(path: str | Path, words: str) -> str:
    """The digits to say for the file of an approval, a review or a member card.

    Raises:
        InputError: as the one that it is does.
    """
    kind = _COMPARED.get(file.what_it_is(path), Approval)
    return kind.load(path).digits(words)


_COMPARED: dict[str, type[Review | MemberCard]] = {
    reviews.WHAT: Review,
    member_card.WHAT: MemberCard,
}


def received_card(path: str | Path, say: Say, ask: Ask) -> MemberCard:
    """Show a card that somebody sent, and compare it with them by voice.

    Raises:
        InputError: it does not hold, or other digits were heard.
    """
    card = MemberCard.load(path)
    say(f"{card.name}, by their own word. Whoever made this card on {day(card.made_ms)} held the")
    say("private half of its key.")
    if card.purpose:
        say(f"Purpose: {card.purpose}")
    _compare(card.fingerprint, say, ask, unless="Do not take this key into a quorum.")
    say(f"  key  {card.fingerprint}")
    return card


def _compare(identity: str, say: Say, ask: Ask, unless: str = _NOT_SIGNED) -> None:
    """Compare by voice; ``identity``: the 64 hex digits that are compared.

    Args:
        unless: what follows where the digits are others.

    Raises:
        InputError: other digits were heard.
    """
    comparison = Comparison(identity)
    say("Call whoever sent it, at a number that you know. Say these words; nobody chose them:")
    say(f"    {' '.join(comparison.words)}")
    say("Their program shows 12 digits for them: their form, .digits(…), or")
    say(f"    python -m toolkit digits FILE {' '.join(comparison.words)}")
    if not comparison.heard(ask("Type the 12 digits that you hear")):
        raise InputError(
            "These are not the digits of this file: one of you has another one, or a digit was "
            f"misheard. {unless}",
            hint="Start again, with new words. If they differ again, do not go on.",
        )
    say("They are those of this file.")


def merged(paths: Sequence[str | Path], out: str | Path | None, say: Say) -> Approval:
    """The first file with the signatures of all others, saved over it or as ``out``.

    Raises:
        InputError: as ``Approval.merge`` and ``save``; nothing is written then.
    """
    approval = Approval.merge(*paths)
    for each in approval.not_counted:
        say(f"Not counted: {each}")
    for each in approval.dropped:
        say(f"Not taken: {each}")
    place = approval.save(out if out is not None else paths[0])
    files = plural(len(paths), "file")
    say(f"{files} merged. {approval.standing}{', enough' if approval.ready else ''}.")
    say(f"Saved {plain_line(place)}")
    return approval
