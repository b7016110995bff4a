"""What an approval says, in words: what changes, what it means, which bytes, who signs.

It needs neither network nor account. Who must sign is what the sender read, and that is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from toolkit.approvals import approval_check
from toolkit.approvals.registered import pinned
from toolkit.base.text import and_words
from toolkit.base.times import day, moment, span
from toolkit.errors import InputError
from toolkit.findings import path_text
from toolkit.keys.public import spoken
from toolkit.privy.authority import Authority
from toolkit.privy.cosigning import NONE, Cell, before_and_after, what_owning_means
from toolkit.privy.members import Names, fields_of, name_to_compare, who_can_sign
from toolkit.privy.models import AuthorizationKey, KeyQuorum, Wallet, member_identity
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum, power_change
from toolkit.request.body import Piece

if TYPE_CHECKING:
    from toolkit.approvals.approval import Approval

INFERRED = "The new lists are sent whole; that they replace the old ones is inferred."


@dataclass(frozen=True, slots=True)
class Member:
    """Who can sign: a name, what it does, and whether its signature is here."""

    name: str
    what: str
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the body: its bytes (first and last), the field they are of, and the text."""

    first: int
    last: int
    label: str
    text: str
    depth: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An approval in words. ``trouble``: why it must not be signed. ``remarks``: what else to know.

    ``facts`` are names and texts; ``rows`` before and after, side by side; ``means`` a severity and
    a sentence each.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    rows: tuple[tuple[Cell, Cell], ...]
    means: tuple[tuple[str, str], ...]
    members: tuple[Member, ...]
    runs: tuple[Run, ...]
    message: str
    opinion: str
    trouble: tuple[str, ...]
    remarks: tuple[str, ...]
    by: str


def read(approval: Approval, now_ms: int, names: Names, mine: Sequence[str] = ()) -> Reading:
    """What an approval says at this moment.

    Args:
        names: what this person calls keys, by fingerprint.
        mine: fingerprints of this person's keys.
    """
    mine = (*mine, *approval.mine)
    registered = pinned(approval.registered, approval.as_read, names, mine)
    names = registered.names
    differing, opinion = second_opinion(approval)
    rows = tuple(rows_of(approval, names))
    by = f"by the quorum as the sender read it, {day(approval.as_read.read_ms)}; not checked here"
    return Reading(
        title=title_of(approval),
        facts=(
            *facts_of(approval, now_ms),
            *you_are(approval.as_read.keys, mine),
            *registered.facts,
        ),
        changes=tuple(sentences_of(approval, rows)),
        rows=changed(rows) if registered.brief else rows,
        means=tuple(meaning_of(approval, names)),
        members=tuple(members_of(approval, names, mine)),
        runs=tuple(runs_of(approval.prepared.pieces)),
        message=approval.message,
        opinion=opinion,
        trouble=(*differing, *too_late(approval, now_ms), *registered.trouble),
        remarks=(*remarks_on(approval), *registered.remarks),
        by=by,
    )


# ---- facts ---------------------------------------------------------------------------------------


def title_of(approval: Approval) -> str:
    """``Update key quorum: Vendor payments``."""
    wallet, quorum = approval.as_read.wallet, approval.as_read.quorum
    name = quorum.display_name or quorum.id
    if wallet is not None:
        name = wallet.display_name or wallet.id
    return f"{approval.call.operation.title}: {name}"


def facts_of(approval: Approval, now_ms: int) -> Iterator[tuple[str, str]]:
    """Where it is for, about what, until when."""
    place, who = approval.prepared.environment, approval.as_read
    yield "Environment", f"{place.name}, {place.base_url}"
    yield "App", approval.prepared.identity
    yield "Quorum", f"{who.quorum.display_name or 'no name'} ({who.quorum.id})"
    for nested in who.nested:
        yield "Nested in it", f"{nested.display_name or 'no name'} ({nested.id})"
    if who.wallet is not None:
        yield "Wallet", _wallet_in_words(who.wallet)
    left = approval.expires_ms - now_ms
    until = f"in {span(left)}" if left > 0 else f"ended {span(left)} ago"
    yield "Good until", f"{_to_the_millisecond(approval.expires_ms)} ({until})"
    yield "Read by the sender", _to_the_millisecond(who.read_ms)
    yield "As it was read", f"SHA-256 {_as_read_digest(approval)}"
    yield "The sender’s word", approval.note or "none"
    yield "Network", "none was used to show this"


def you_are(members: Iterable[str], mine: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Which of the keys that could sign this person's own is, by fingerprints."""
    everyone = tuple(members)
    for at, each in enumerate(everyone, 1):
        if each in mine:
            yield "You", f"key {at} of {len(everyone)}, {spoken(each)}"


def _to_the_millisecond(milliseconds: int) -> str:
    return moment(milliseconds, "%a %d %b %Y, %H:%M:%S") + f" + {milliseconds % 1000} ms"


def _as_read_digest(approval: Approval) -> str:
    facts = msgspec.to_builtins(approval.document(""))
    return file_digest({name: facts[name] for name in ("quorum", "nested", "wallet")})


def file_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of a part of the file, its first 32 hex digits in groups of four."""
    digest = hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))


def _wallet_in_words(wallet: Wallet) -> str:
    return f"{wallet.display_name or 'no name'} ({wallet.id}), {wallet.chain_type} {wallet.address}"


# ---- what changes --------------------------------------------------------------------------------


def after_of(approval: Approval) -> KeyQuorum | None:
    """The quorum as it will be; None where it is gone, or stays as it is."""
    if approval.call.operation.name != "update_key_quorum":
        return None
    asked: Any = approval.call.body
    before = approval.as_read.quorum
    keys = before.authorization_keys
    if asked.public_keys is not UNSET:
        keys = [AuthorizationKey(each) for each in asked.public_keys]
    threshold = before.authorization_threshold
    if asked.authorization_threshold is not UNSET:
        threshold = asked.authorization_threshold
    return KeyQuorum(
        id=before.id,
        authorization_keys=keys,
        display_name=_either(asked.display_name, before.display_name),
        authorization_threshold=threshold,
        user_ids=list(_either(asked.user_ids, before.user_ids) or ()),
        key_quorum_ids=list(_either(asked.key_quorum_ids, before.key_quorum_ids) or ()),
    )


def _either(asked: Any, before: Any) -> Any:
    return before if asked is UNSET else asked


def rows_of(approval: Approval, names: Names) -> Iterator[tuple[Cell, Cell]]:
    """Before and after, side by side."""
    who = approval.as_read
    nested = {each.id: each for each in who.nested}
    after = after_of(approval)
    if after is not None:
        yield from before_and_after(who.quorum, fields_of(after), nested, names)
    elif who.wallet is None:
        before = fields_of(who.quorum)
        yield ("gone", f"{before.threshold} of {before.size} must sign", ""), NONE
        for kind, text in before.members:
            yield ("gone", name_to_compare(kind, text, nested, names), kind.lower()), NONE
    else:
        yield from _wallet_rows(approval, who.wallet, names)


def _wallet_rows(approval: Approval, wallet: Wallet, names: Names) -> Iterator[tuple[Cell, Cell]]:
    asked: Any = approval.call.body
    owner = f"Owner: quorum {wallet.owner_id}"
    yield _line(owner, _new_owner(asked, names) or owner)
    name = f"Name: {wallet.display_name or 'none'}"
    new_name = name
    if asked.display_name is not UNSET:
        new_name = f"Name: {asked.display_name or 'none'}"
    yield _line(name, new_name)
    signers = f"Additional signers: {_listed(each.signer_id for each in wallet.additional_signers)}"
    new_signers = signers
    if asked.additional_signers is not UNSET:
        listed = _listed(_signer(each) for each in asked.additional_signers)
        new_signers = f"Additional signers: {listed}"
    yield _line(signers, new_signers)
    # what they were does not stand in the file
    if asked.policy_ids is not UNSET:
        yield _line("Policies: not known here", f"Policies: {_listed(asked.policy_ids)}")
    if asked.external_id is not UNSET:
        yield _line("External id: not known here", f"External id: {asked.external_id}")


def _new_owner(asked: Any, names: Names) -> str:
    if asked.owner is not UNSET and asked.owner is not None:
        if asked.owner.public_key is not None:
            return f"Owner: {name_to_compare('Key', asked.owner.public_key, {}, names)}"
        return f"Owner: user {asked.owner.user_id}"
    if asked.owner_id is not UNSET and asked.owner_id is not None:
        return f"Owner: quorum {asked.owner_id}"
    if asked.owner is None or asked.owner_id is None:
        return "Owner: none"
    return ""


def _signer(signer: Any) -> str:
    policies = signer.override_policy_ids
    return f"{signer.signer_id} ({and_words(policies)})" if policies else str(signer.signer_id)


def _listed(texts: Any) -> str:
    return and_words(sorted(texts)) or "none"


def _line(old: str, new: str) -> tuple[Cell, Cell]:
    if old == new:
        return ("", old, ""), ("", new, "")
    return ("gone", old, ""), ("new", new, "")


def sentences_of(approval: Approval, rows: Sequence[tuple[Cell, Cell]]) -> Iterator[str]:
    """What changes, a sentence each."""
    if approval.call.operation.name == "delete_key_quorum":
        yield "The quorum is deleted. Nobody can bring it back."
        return
    differing = changed(rows)
    yield from (_changed(old, new) for old, new in differing)
    if not differing:
        yield "Nothing that can be seen here changes."
    elif len(differing) < len(rows):
        yield "All else stays."


def changed(rows: Sequence[tuple[Cell, Cell]]) -> tuple[tuple[Cell, Cell], ...]:
    """The rows whose two sides differ."""
    return tuple((old, new) for old, new in rows if old[0] or new[0])


def _changed(old: Cell, new: Cell) -> str:
    if old[0] and new[0]:
        return f"“{new[1]}” instead of “{old[1]}”."
    return f"{new[1]} comes in." if new[0] else f"{old[1]} goes."


# ---- what it means -------------------------------------------------------------------------------


def meaning_of(approval: Approval, names: Names) -> Iterator[tuple[str, str]]:
    """What it means, a severity and a sentence each: power gained and lost first."""
    who, after = approval.as_read, after_of(approval)
    if who.wallet is not None:
        yield from _owner_meaning(approval)
        return
    yield from _power_in_words(who, after, names)
    if after is not None:
        nested = {each.id: each for each in who.nested}
        for finding in who_can_sign(fields_of(after), nested, names):
            yield finding.severity, finding.sentence
    if approval.call.argument("public_keys") is not None:
        yield "note", INFERRED


def _power_in_words(
    who: Authority, after: KeyQuorum | None, names: Names
) -> Iterator[tuple[str, str]]:
    known = {each: names.get(each) or f"key {spoken(each)}" for each in who.keys}
    power = None
    if after is not None:
        known |= _named(after, names)
        power = _power(after, who)
        if power is None:
            yield "high", "After it nobody can sign: the threshold is out of reach."
    for sentence in power_change(_power(who.quorum, who), power).in_words(known):
        yield ("note" if sentence.startswith("Nobody ") else "medium"), sentence


def _named(quorum: KeyQuorum, names: Names) -> dict[str, str]:
    identities = [member_identity(each.public_key) for each in quorum.authorization_keys]
    return {each: names.get(each) or f"key {spoken(each)}" for each in identities}


def _power(quorum: KeyQuorum, who: Authority) -> Quorum | None:
    try:
        return quorum_of(quorum, nested=who.nested)
    except InputError:  # out of reach: nobody can sign
        return None


def _owner_meaning(approval: Approval) -> Iterator[tuple[str, str]]:
    asked: Any = approval.call.body
    who = approval.as_read
    owner = _new_owner(asked, {})
    if not owner or owner == f"Owner: quorum {who.quorum.id}":
        for sentence in what_owning_means(who.quorum, who.wallet):
            yield "note", sentence
    elif owner == "Owner: none":
        yield "high", "After it the app secret alone decides about the wallet: nobody signs."
    else:
        name = who.quorum.display_name or who.quorum.id
        sentence = f"{name} loses the wallet. {owner}: who that is does not stand in the file."
        yield "medium", sentence
    if asked.additional_signers is not UNSET:
        yield "medium", "Additional signers may act with the wallet; they replace the ones before."
    if asked.policy_ids is not UNSET:
        yield (
            "medium",
            "A policy decides what the wallet may be used for; it replaces the one before.",
        )


# ---- who signs -----------------------------------------------------------------------------------


def members_of(approval: Approval, names: Names, mine: Sequence[str]) -> Iterator[Member]:
    """Everybody who could sign, and what each has done."""
    who = approval.as_read
    yield from _members(approval, who.quorum, names, mine, "")
    for nested in who.nested:
        where = f"{nested.display_name or nested.id} ({nested.required} of {nested.size}) › "
        yield from _members(approval, nested, names, mine, where)


def _members(
    approval: Approval, quorum: KeyQuorum, names: Names, mine: Sequence[str], where: str
) -> Iterator[Member]:
    signed = {each.fingerprint: each.signed_ms for each in approval.given}
    nested = {each.id: each for each in approval.as_read.nested}
    for kind, text in fields_of(quorum).members:
        identity = member_identity(text) if kind == "Key" else text
        name = where + name_to_compare(kind, text, nested, names)
        if identity in mine:
            name += " (you)"
        if identity in signed:
            at = moment(signed[identity], "%d %b, %H:%M:%S")
            yield Member(name, f"signed {at} by its own word; it fits these bytes", True)
        elif kind == "Key":
            yield Member(name, "can sign")
        elif kind == "User":
            yield Member(f"{where}User {text}", "users cannot sign with this toolkit")
        else:
            yield Member(name, "a quorum: its members sign below")


# ---- bytes, and the second opinion ---------------------------------------------------------------


def runs_of(pieces: Sequence[Piece]) -> Iterator[Run]:
    """Every byte of the body, by field."""
    at = 0
    for piece in pieces:
        size = len(piece.text.encode())
        label = path_text(piece.path) if piece.path else ""
        yield Run(at, at + size - 1, label, piece.text, piece.depth)
        at += size


def second_opinion(approval: Approval) -> tuple[tuple[str, ...], str]:
    """What separate code makes of the same file: what speaks against it, or that both agree."""
    read = approval.to_bytes() if approval.original is None else approval.original.reveal()
    verdict = approval_check.check(read)
    size = len(approval.message.encode())
    ours = (approval.id, approval.message, set(approval.signed_by), approval.ready)
    theirs = (verdict.id, verdict.message, set(verdict.signed_by), verdict.ready)
    if not verdict.trouble and ours == theirs:
        sentence = f"Second reading, by separate code: the same {size:,} bytes, the same SHA-256."
        return (), sentence
    where = verdict.trouble or _where(approval.message, verdict.message)
    sentence = f"Two programs read it differently. Do not sign. {where}"
    return (sentence,), sentence


def _where(one: str, other: str) -> str:
    ours, theirs = one.encode(), other.encode()
    pairs = enumerate(zip(ours, theirs, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    if ours == theirs:
        return "They count other signatures."
    return f"Message: {len(ours):,} bytes here, {len(theirs):,} in the second. First: byte {at}."


def too_late(approval: Approval, now_ms: int) -> Iterator[str]:
    """That its time is over."""
    if approval.is_expired(now_ms):
        ago = span(now_ms - approval.expires_ms)
        yield (
            f"Too late: it was good until {day(approval.expires_ms)}, {ago} ago. Its time is part "
            "of what is signed, so it has to be prepared anew, and everybody signs anew."
        )


def remarks_on(approval: Approval) -> Iterator[str]:
    """What of the file was not counted or not known."""
    yield from (f"Not counted: {each}." for each in approval.not_counted)
    if approval.dropped:
        names = and_words(approval.dropped)
        yield f"Fields that are not known here, and act on nothing: {names}."
