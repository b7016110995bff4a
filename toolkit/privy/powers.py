"""Who can sign for a Privy key quorum, as a Quorum that can be asked.

Source: Privy's pages on key quorums: a nested quorum that meets its own threshold counts as one
member, and without a threshold all members must sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from toolkit.base.validate import whole_number
from toolkit.errors import InputError
from toolkit.privy.models import CreateKeyQuorumRequest, KeyQuorum, member_identity
from toolkit.quorum import DEPTH, Quorum


def quorum_of(
    quorum: KeyQuorum | CreateKeyQuorumRequest, nested: Iterable[KeyQuorum] = ()
) -> Quorum:
    """Who can sign. Members: keys by fingerprint (64 hex digits), users by id, nested quorums as
    Quorums.

    Privy names nested quorums by id only: pass them as ``nested``, more than are needed if you
    like. One that is not there is a member by its id. What stands twice at one level, a key in any
    spelling, counts there once: it would be one person's yes. Between levels it counts in each. How
    Privy counts either is documented nowhere.

    Where more must sign than Privy names (team members of its Dashboard, perhaps), each of those
    that it does not show stands there by a text of its own: so many there must be, at least.

    Raises:
        InputError: a threshold that does not fit the members, a quorum inside itself, two different
            ``nested`` ones with one id, or something else than key quorums.

    >>> from toolkit import Emulator, privy
    >>> app = Emulator.seeded().privy_client()
    >>> members = privy.CreateKeyQuorumRequest(
    ...     user_ids=["did:privy:a", "did:privy:b"], authorization_threshold=1
    ... )
    >>> privy.quorum_of(app.send(privy.create_key_quorum(members))).spare
    1
    """
    known: dict[str, KeyQuorum] = {}
    for at, each in enumerate(nested):
        if not isinstance(each, KeyQuorum):
            raise InputError(
                f"nested[{at}] is {type(each).__name__}.", hint="Pass what get_key_quorum answers."
            )
        if known.setdefault(each.id, each) != each:
            raise InputError(
                f"nested: {each.id} stands there twice, and differs.", hint="Keep the newer one."
            )
    if not isinstance(quorum, KeyQuorum | CreateKeyQuorumRequest):
        raise InputError(
            f"quorum must be a key quorum or the request for one, not {type(quorum).__name__}.",
            hint="Pass a privy.KeyQuorum or a privy.CreateKeyQuorumRequest.",
        )
    return _Reading(known).quorum(quorum, ())


def not_shown_ids(quorum: KeyQuorum) -> list[str]:
    """What stands for each member that the API does not show."""
    return [
        f"member {at} of {quorum.id} that the API does not show"
        for at in range(1, quorum.not_shown + 1)
    ]


class _Reading:
    """One walk over quorums by id. Each is read once, however often it is nested."""

    def __init__(self, known: Mapping[str, KeyQuorum]) -> None:
        self._known = known
        self._read: dict[str, Quorum] = {}

    def quorum(self, quorum: KeyQuorum | CreateKeyQuorumRequest, inside: tuple[str, ...]) -> Quorum:
        if isinstance(quorum, KeyQuorum):
            spellings: Iterable[str] = [key.public_key for key in quorum.authorization_keys]
            name, inside = quorum.id, (*inside, quorum.id)
        else:
            spellings, name = quorum.public_keys or (), "this request"
        members: list[str | Quorum] = [
            *dict.fromkeys((*map(member_identity, spellings), *(quorum.user_ids or ())))
        ]
        members += [
            self._nested(nested_id, inside)
            for nested_id in dict.fromkeys(quorum.key_quorum_ids or ())
        ]
        if isinstance(quorum, KeyQuorum):
            members += not_shown_ids(quorum)
        threshold = quorum.authorization_threshold
        k = (
            len(members)
            if threshold is None
            else whole_number(threshold, "authorization_threshold")
        )
        if not 1 <= k <= len(members):
            raise InputError(
                f"authorization_threshold of {name}: {k} does not fit {len(members)} members.",
                hint="Choose from 1 to the number of members.",
            )
        return Quorum(k, members)

    def _nested(self, nested_id: str, inside: tuple[str, ...]) -> str | Quorum:
        if nested_id in inside:
            raise InputError(
                f"key_quorum_ids: {nested_id} stands inside itself.",
                hint="Privy nests one level deep.",
            )
        nested = self._known.get(nested_id)
        if nested is None:
            return nested_id
        if len(inside) >= DEPTH:
            raise InputError(
                f"key_quorum_ids: more than {DEPTH} in one another.",
                hint="Privy nests one level deep.",
            )
        if nested_id not in self._read:
            self._read[nested_id] = self.quorum(nested, inside)
        return self._read[nested_id]
