"""What a change of a quorum is, before and after, and whose signatures it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.findings import Finding, needed
from toolkit.keys import P256Key
from toolkit.keys.signer import Signed
from toolkit.privy import models
from toolkit.privy.authority import enough_of, suffices
from toolkit.privy.members import (
    NO_NAMES,
    Names,
    Nested,
    QuorumFields,
    called,
    fields_of,
    identity_of,
    name_to_compare,
    not_shown_in_words,
)
from toolkit.privy.members import needed as who_is_needed
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum

Ready = P256Key | Signed  # a key that is here, or a signature that is
Cell = tuple[str, str, str]  # state (empty, gone, new), text, kind
NONE: Cell = ("", "", "")


# ---- what changes --------------------------------------------------------------------------------


def lines_of(rows: Iterable[tuple[Cell, Cell]]) -> list[tuple[str, str]]:
    """What differs, as lines of text: before and after."""
    return [(before[1] or "–", after[1] or "–") for before, after in rows if before[0] or after[0]]


def changed(quorum: models.KeyQuorum, fields: QuorumFields) -> models.UpdateKeyQuorumRequest:
    """The request that makes the quorum what the fields say: only what differs.

    A list is sent whole: that it then replaces the old one is documented nowhere, and every public
    caller relies on it. An answer that says otherwise is not taken for the result. With other
    members the threshold is said again: what becomes of one that was left out before is documented
    nowhere.
    """
    before = fields_of(quorum)
    old, new = before.lists(), fields.lists()
    lists = {name: new[name] for name in new if not _same(old[name], new[name])}
    more: dict[str, Any] = dict(lists)
    if fields.threshold != before.threshold or lists:
        more["authorization_threshold"] = fields.threshold
    if fields.display_name != before.display_name.strip():  # a field has no blanks around its text
        more["display_name"] = fields.display_name
    return models.UpdateKeyQuorumRequest(**more)


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two lists have the same members, whatever their spelling and order."""
    return sorted(map(models.member_identity, one)) == sorted(map(models.member_identity, other))


def before_and_after(
    quorum: models.KeyQuorum, fields: QuorumFields, nested: Nested, names: Names = NO_NAMES
) -> list[tuple[Cell, Cell]]:
    """Rows of the comparison: threshold, name, then the members; those that stay side by side."""
    before = fields_of(quorum)
    lines = (
        (_threshold_line(before), _threshold_line(fields)),
        (f"Name: {before.display_name or 'none'}", f"Name: {fields.display_name or 'none'}"),
    )
    rows = [_line(old, new) for old, new in lines]
    rows += _members_before_and_after(before, fields, nested, names)
    return rows


def _threshold_line(fields: QuorumFields) -> str:
    line = f"{fields.threshold} of {fields.size} must sign"
    if fields.not_shown:
        line += f"; {not_shown_in_words(fields.not_shown)}"
    return line


def _line(old: str, new: str) -> tuple[Cell, Cell]:
    if old == new:
        return ("", old, ""), ("", new, "")
    return ("gone", old, ""), ("new", new, "")


def _members_before_and_after(
    before: QuorumFields, after: QuorumFields, nested: Nested, names: Names
) -> Iterator[tuple[Cell, Cell]]:
    there = [((kind, identity_of(kind, text)), kind, text) for kind, text in before.members]
    here = [((kind, identity_of(kind, text)), kind, text) for kind, text in after.members if text]
    # one may stand there twice
    left, known = Counter(key for key, _, _ in here), Counter(key for key, _, _ in there)
    for key, kind, text in there:
        name = name_to_compare(kind, text, nested, names)
        cell: Cell = ("", name, kind.lower())
        if left[key] > 0:
            yield cell, cell
        else:
            yield ("gone", name, kind.lower()), NONE
        left[key] -= 1
    for key, kind, text in here:
        if known[key] <= 0:
            yield NONE, ("new", name_to_compare(kind, text, nested, names), kind.lower())
        known[key] -= 1


# ---- who signs -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signing:
    """Whose signatures a change needs, and which are at hand.

    ``need``: how many members must sign; ``ready``: how many of them can, with the keys at hand (a
    nested quorum is one member). ``chosen``: of the keys at hand, enough and none to spare; all of
    them where they are not enough. ``enough``: whether they are: as signatures, too, since Privy
    counts those. ``possible``: whether keys alone can be enough, without a user. ``members``: the
    ids of all, those inside nested quorums included. ``rows``: (mark, who, what).
    """

    need: int
    ready: int
    chosen: tuple[Ready, ...]
    enough: bool
    possible: bool
    members: frozenset[str]
    rows: tuple[tuple[str, str, str], ...]


def signing_of(
    quorum: models.KeyQuorum,
    nested: Mapping[str, models.KeyQuorum],
    keys: Iterable[Ready],
    names: Names = NO_NAMES,
) -> Signing:
    """What the members of a quorum, as it is now, must do for a change of it.

    Raises:
        InputError: the quorum has a threshold that cannot be reached.
    """
    power = quorum_of(quorum, nested=nested.values())
    held = {key.fingerprint: key for key in keys}
    mine = enough_of(quorum, power, held)
    enough = suffices(quorum, power, mine)
    keys_alone = [each for each in power.ids if not each.startswith("did:privy:")]
    return Signing(
        need=quorum.required,
        ready=sum(_is_ready(member, mine) for member in power.members),
        chosen=tuple(held[each] for each in mine),
        enough=enough,
        possible=power.can_sign(keys_alone),
        members=frozenset(power.ids),
        rows=tuple(_rows(quorum, nested, _Keys(held, mine, names), "")),
    )


def _is_ready(member: str | Quorum, chosen: Sequence[str]) -> bool:
    if isinstance(member, Quorum):
        return bool(member.can_sign(chosen))
    return member in chosen


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys by fingerprint: those at hand, those of them that sign, and what people call them."""

    held: Mapping[str, Ready]
    chosen: Sequence[str]
    names: Names


def _rows(
    quorum: models.KeyQuorum, nested: Mapping[str, models.KeyQuorum], keys: _Keys, where: str
) -> Iterator[tuple[str, str, str]]:
    for at, (kind, text) in enumerate(fields_of(quorum).members, 1):
        identity = identity_of(kind, text)
        name = called(kind, text, at, nested)
        if kind == "Key" and identity != text:
            name = name_to_compare(kind, text, nested, keys.names)
        if kind == "Quorum" and text in nested:
            inside = nested[text]
            yield "", f"{where}{name}", f"one yes: {who_is_needed(inside.required, inside.size)}"
            yield from _rows(inside, {}, keys, f"{name} › ")
        elif kind == "Key":
            mark, what = _key_is(identity, keys.held, keys.chosen)
            yield mark, f"{where}{name}", what
        else:
            what = "users cannot sign with this toolkit" if kind == "User" else "unknown members"
            yield "", f"{where}{name}", what


def _key_is(identity: str, held: Mapping[str, Ready], chosen: Sequence[str]) -> tuple[str, str]:
    if identity not in held:
        return "", "its key is not here"
    if isinstance(held[identity], Signed):
        return "good", "signed; the signature fits these bytes"
    if identity in chosen:
        return "good", "its key is here; it signs when you send"
    return "good", "its key is here, and not needed"


def too_few_keys(signing: Signing | None) -> Iterator[Finding]:
    """Too few keys at hand."""
    if signing is None or signing.enough:
        return
    if not signing.possible:
        sentence = "This needs the signature of a user, and users cannot sign with this toolkit."
        yield needed("form.signers", ("signers",), sentence)
        return
    verb = "are" if signing.need > 1 else "is"
    sentence = f"{signing.ready} of {signing.need} members {verb} ready:"
    remedy = "load the key of another one, or pass signers=[…]."
    yield needed("form.signers", ("signers",), sentence, remedy)


# ---- owning a wallet -----------------------------------------------------------------------------


def what_owning_means(owner: models.KeyQuorum, wallet: models.Wallet | None = None) -> list[str]:
    """What it means that a quorum owns a wallet: this one, or a new one.

    Source: Privy's pages on owners and signers (controls) and on authorization signatures.
    """
    who = who_is_needed(owner.required, owner.size)
    sentences = [
        f"Changing the wallet, its owner too, or exporting it then needs {who} of this quorum."
    ]
    if wallet is None or not wallet.additional_signers:
        sentences.append("So does moving money: nobody else may sign for it.")
    return [*sentences, "The app secret alone can still read it, and nothing else."]
