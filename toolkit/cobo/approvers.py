"""What Cobo shows the people who approve a change to key share holder groups, before it is sent.

Nobody who approves sees a request. They see a statement in Cobo's app: names of holders and the
ids of their TSS nodes are all that they can compare. Source: the statements in Cobo's template for
callback servers (``cobo-mpc-callback-server-v2-template``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from toolkit.base.card import Card, Carded, Listed, Sentence
from toolkit.base.text import plain_line
from toolkit.cobo import models
from toolkit.errors import InputError
from toolkit.findings import Source, documented, ours
from toolkit.request.call import Call

LAPSES_MS = 24 * 3_600_000
STATEMENTS = documented("Cobo's template for callback servers, its approval statements")
LAPSES = ours("inferred: in every example the statement expires 24 hours after it was made")
BY_COBO = "filled in by Cobo"
UNKNOWN = "not known here"
_TITLES = {"SigningGroup": "Signing Key", "RecoveryGroup": "Recovery Key"}
_RECREATE = "Recreate Main Key from Recovery Key"
_UPGRADE = "Upgrade Signing Key to Main Key"
_NONE = "Cobo publishes no statement for the first keys of a vault."
_WHICH = (
    "Whether the group or the TSS request for its keys is what they approve is documented nowhere."
)
_COBO = "A share of Cobo’s may be listed, too: its examples have it both ways."


class Line(NamedTuple):
    """A line of a statement: Cobo's name for it, and what stands there."""

    name: str
    value: str


class Shown(NamedTuple):
    """A holder in a statement: the name, and the id of the TSS node."""

    holder: str
    tss_node_id: str

    def __str__(self) -> str:
        """The name in quotes, and the id."""
        return f"{self.holder!r}, {self.tss_node_id}"


@dataclass(frozen=True, slots=True, repr=False)
class Statement(Carded):
    """What approvers see of one change.

    ``title``: Cobo's, empty where it publishes no statement. ``lines``: names and values, what
    Cobo fills in included. ``holders``: of the group that is made, changed or deleted; ``givers``:
    of the group that the keys are made from, where Cobo shows them. ``notes``: what else there is
    to know, in sentences. ``lapses_ms``: how long they have, in milliseconds (inferred). ``source``
    is of the lines, ``lapses`` of how long.

    >>> call = cobo.delete_key_share_holder_group_by_id(
    ...     emulator.vault_id, signing.key_share_holder_group_id
    ... )
    >>> statement = cobo.what_approvers_see(call, groups=[signing])
    >>> statement.title, [shown.holder for shown in statement.holders]
    ('Delete Signing Key', ['Cobo', 'Dana Lindqvist', 'Erin Walsh'])
    """

    title: str
    lines: tuple[Line, ...] = ()
    holders: tuple[Shown, ...] = ()
    givers: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()
    lapses_ms: int = LAPSES_MS
    source: Source = STATEMENTS
    lapses: Source = LAPSES

    def __str__(self) -> str:
        """The statement as plain text, a line each; what is hidden in a name is written out.

        Holders are quoted: a name with a comma and an id in it is seen to be a name.
        """
        told = [self.title or "No statement", *(f"{name}: {value}" for name, value in self.lines)]
        told += [f"key_share_holder: {shown!s}" for shown in self.holders]
        told += [f"from: {shown!s}" for shown in self.givers]
        return "\n".join(map(plain_line, (*told, *self.notes)))

    def _card(self) -> Card:
        facts: list[tuple[str, object]] = [("title", self.title or "no statement")]
        facts += [(line.name, line.value) for line in self.lines]
        lists = [
            Listed(name, Shown._fields, rows, len(rows))
            for name, rows in (("Holders", self.holders), ("From the holders", self.givers))
            if rows
        ]
        foot = " ".join(self.notes)
        return Card("cobo.Statement", facts[:1], more=facts[1:], lists=lists, foot=Sentence(foot))


def what_approvers_see(
    call: Call[Any],
    *,
    vault: models.MPCVault | None = None,
    groups: Iterable[models.KeyShareHolderGroup | models.Page[models.KeyShareHolderGroup]] = (),
    org: models.OrgInfo | None = None,
) -> Statement:
    """The statement that Cobo shows for a call that makes, changes or deletes a group, or its keys.

    Args:
        call: from ``cobo.create_key_share_holder_group``, ``create_tss_request``,
            ``update_key_share_holder_group_by_id`` or ``delete_key_share_holder_group_by_id``.
        vault: for its name. ``org``: for the organisation's.
        groups: the vault's groups, or pages of them: for the holders of those that the call only
            names by id.

    Raises:
        InputError: a call that nobody approves in this way, or something else than a call.

    >>> call = cobo.delete_key_share_holder_group_by_id(
    ...     emulator.vault_id, signing.key_share_holder_group_id
    ... )
    >>> print(cobo.what_approvers_see(call, groups=[signing]))
    Delete Signing Key
    org_name: filled in by Cobo
    environment: filled in by Cobo
    initiator: filled in by Cobo
    created_time: when Cobo asks them
    expired_time: 24 hours after that (inferred)
    vault_name: filled in by Cobo
    group_id: cfe24ae2-843f-4185-b899-3660f6908f31
    key_share_holder: 'Cobo', coboA1pQe7Zr5TnVw3Xy9Ks2Hd8LgJf4Mb6Cq5Eu1Ri7Yo5Nt
    key_share_holder: 'Dana Lindqvist', cobonW5fwnvJQoXC17t3MMm2WLJK8xao9XSLbg5QCv3YqTkBi
    key_share_holder: 'Erin Walsh', coboAeDtt8fBGXsPBBTzpHBXSXXG6D16TLYqrB2rMgnDdHkja
    What nobody has approved after 24 hours lapses (inferred from Cobo’s examples).
    By default at least half of the organisation’s Admins approve.
    """
    if not isinstance(call, Call) or call.operation.name not in _MAKERS:
        name = call.operation.name if isinstance(call, Call) else type(call).__name__
        what = f"call: {name} makes, changes or deletes no group."
        raise InputError(what, hint=f"It takes {', '.join(_MAKERS)}.")
    known = {group.key_share_holder_group_id: group for group in _each(groups)}
    return _MAKERS[call.operation.name](call, _begin(vault, org), known)


_Known = dict[str | None, models.KeyShareHolderGroup]


def _each(
    groups: Iterable[models.KeyShareHolderGroup | models.Page[models.KeyShareHolderGroup]],
) -> Iterator[models.KeyShareHolderGroup]:
    """Groups, and those on pages. Raises InputError for what is neither."""
    for each in groups:
        if isinstance(each, models.Page):
            yield from _each(each.data)
        elif isinstance(each, models.KeyShareHolderGroup):
            yield each
        else:
            raise InputError(
                f"groups must hold groups or pages of them, not {type(each).__name__}.",
                hint="Pass client.iterate(cobo.list_key_share_holder_groups(vault_id)).",
            )


def _begin(vault: models.MPCVault | None, org: models.OrgInfo | None) -> list[Line]:
    """The lines that stand in every statement."""
    return [
        Line("org_name", (org.name if org else None) or BY_COBO),
        Line("environment", BY_COBO),
        Line("initiator", BY_COBO),
        Line("created_time", "when Cobo asks them"),
        Line("expired_time", "24 hours after that (inferred)"),
        Line("vault_name", (vault.name if vault else None) or BY_COBO),
    ]


def _notes(*more: str) -> tuple[str, ...]:
    lapse = "What nobody has approved after 24 hours lapses (inferred from Cobo’s examples)."
    rule = "By default at least half of the organisation’s Admins approve."
    return (*more, lapse, rule)


def _of_create(call: Call[Any], lines: Sequence[Line], known: _Known) -> Statement:
    request = call.body
    assert isinstance(request, models.CreateKeyShareHolderGroupRequest)
    kind = request.key_share_holder_group_type
    if kind not in _TITLES:
        return Statement("", notes=(f"{_NONE} {_MAIN_LATER}",))
    return _created(kind, lines, _shown(request.key_share_holders))


_MAIN_LATER = "A main group that is made for a recovery is shown with the Recovery request."


def _created(kind: str, lines: Sequence[Line], holders: tuple[Shown, ...]) -> Statement:
    more = [_WHICH]
    if kind == "RecoveryGroup":
        lines = [*lines, Line("recovery_type", BY_COBO)]
        more.append(_COBO)
    return Statement(f"Create {_TITLES[kind]}", tuple(lines), holders, notes=_notes(*more))


def _of_tss(call: Call[Any], lines: Sequence[Line], known: _Known) -> Statement:
    request = call.body
    assert isinstance(request, models.CreateTssRequestRequest)
    target = known.get(request.target_key_share_holder_group_id)
    if request.type == "Recovery":
        return _recreated(request, lines, known)
    kind = target.type if target else None
    if request.type == "KeyGen" or kind == "MainGroup":
        return Statement("", notes=(_NONE,))
    if kind not in _TITLES:
        title = "Create Signing Key or Create Recovery Key"
        return Statement(title, tuple(lines), _of_group(target), notes=_notes(_WHICH))
    return _created(kind, lines, _of_group(target))


def _recreated(
    request: models.CreateTssRequestRequest, lines: Sequence[Line], known: _Known
) -> Statement:
    source = request.source_key_share_holder_group
    source_id = source.key_share_holder_group_id if source else ""
    more = [*lines, Line("from_group_id", source_id or UNKNOWN)]
    return Statement(
        _RECREATE,
        tuple(more),
        _of_group(known.get(request.target_key_share_holder_group_id)),
        _of_group(known.get(source_id)),
        _notes(_COBO),
    )


def _of_update(call: Call[Any], lines: Sequence[Line], known: _Known) -> Statement:
    group_id = str(call.argument("key_share_holder_group_id"))
    group = known.get(group_id)
    more = (*lines, Line("group_id", group_id))
    note = "What becomes of the main group that is there now is not in it."
    return Statement(_UPGRADE, more, _of_group(group), notes=_notes(note))


def _of_delete(call: Call[Any], lines: Sequence[Line], known: _Known) -> Statement:
    group_id = str(call.argument("key_share_holder_group_id"))
    group = known.get(group_id)
    kind = (group.type if group else None) or ""
    title = "Delete Signing Key or Delete Recovery Key"
    more: tuple[str, ...] = ()
    if kind in _TITLES:
        title = f"Delete {_TITLES[kind]}"
    elif group is not None:
        title, more = "", (f"Cobo publishes no statement for the deletion of a {kind or 'group'}.",)
    return Statement(
        title, (*lines, Line("group_id", group_id)), _of_group(group), (), _notes(*more)
    )


_MAKERS: dict[str, Callable[[Call[Any], Sequence[Line], _Known], Statement]] = {
    "create_key_share_holder_group": _of_create,
    "create_tss_request": _of_tss,
    "update_key_share_holder_group_by_id": _of_update,
    "delete_key_share_holder_group_by_id": _of_delete,
}


def _of_group(group: models.KeyShareHolderGroup | None) -> tuple[Shown, ...]:
    """The holders as they are shown: of a group that is not known, that it is not."""
    if group is None:
        return (Shown(UNKNOWN, UNKNOWN),)
    return _shown(group.key_share_holders or ())


def _shown(
    holders: Iterable[models.KeyShareHolder | models.CreateKeyShareHolder],
) -> tuple[Shown, ...]:
    return tuple(Shown(holder.name or "", holder.tss_node_id or "") for holder in holders)
