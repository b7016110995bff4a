"""Key quorums of the emulated Privy: what there is, who is in it, and what may be made of it."""

from __future__ import annotations

from random import Random
from typing import Any

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import LedgerLine, Received, Refusal
from toolkit.emulator.privy_reading import fingerprint, invalid, object_of, texts, threshold
from toolkit.emulator.store import Index, Store
from toolkit.errors import KeyRefused
from toolkit.keys import P256PublicKey
from toolkit.privy import models
from toolkit.quorum import Quorum

FIELDS = (*models.MEMBER_LISTS, "authorization_threshold", "display_name")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_ID_TAIL = 23  # characters of an id behind its first letter


class Quorums:
    """State and operations. Handlers are named after the operations.

    Args:
        wallets: found by ``owner``; a quorum that owns one is in use.
    """

    def __init__(
        self,
        choices: Choices,
        random: Random,
        wallets: Store[models.Wallet],
    ) -> None:
        self.choices = choices
        self.random = random
        self.wallets = wallets
        self.quorums: Store[models.KeyQuorum] = Store(
            nested=Index(_nested_ids),
            key=Index(_fingerprints),
            user=Index(_user_ids),
        )

    # ---- operations ----

    def create_key_quorum(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.KeyQuorum:
        """The new quorum.

        Refuses an empty list, which Privy's schema does not allow, and a quorum without any member.
        """
        body = self._body(received)
        for name in models.MEMBER_LISTS:
            if body.get(name) == []:
                raise invalid(f"{name} must have at least 1 item")
        if not any(body.get(name) for name in models.MEMBER_LISTS):
            raise invalid("At least one of public_keys, user_ids, key_quorum_ids is required")
        quorum = self.add(body)
        line.made = quorum.id
        return quorum

    def get_key_quorum(
        self,
        received: Received,
        line: LedgerLine,
        key_quorum_id: str,
    ) -> models.KeyQuorum:
        """The quorum; 404 for an id that is not there."""
        return self.quorum(key_quorum_id)

    def update_key_quorum(
        self,
        received: Received,
        line: LedgerLine,
        key_quorum_id: str,
    ) -> models.KeyQuorum:
        """The quorum with these fields in place of the old ones; a list replaces the old one."""
        body = self._body(received)
        if not body:
            raise invalid("At least one field is required")
        quorum = self.quorum(key_quorum_id)
        current = {
            "public_keys": [key.public_key for key in quorum.authorization_keys],
            "user_ids": quorum.user_ids or [],
            "key_quorum_ids": quorum.key_quorum_ids or [],
            "authorization_threshold": quorum.authorization_threshold,
            "display_name": quorum.display_name,
        }
        changed = self._built(key_quorum_id, current | body)
        self.quorums[key_quorum_id] = changed
        return changed

    def delete_key_quorum(
        self,
        received: Received,
        line: LedgerLine,
        key_quorum_id: str,
    ) -> models.Success:
        """It is gone. Whether one that owns a wallet may go is a choice."""
        if self.choices["privy.delete_in_use"] == "refused":
            self._judge_unused(key_quorum_id)
        del self.quorums[key_quorum_id]
        return models.Success(success=True)

    def _judge_unused(self, key_quorum_id: str) -> None:
        wallet = self.wallets.first("owner", (key_quorum_id, True))  # an archived one, too
        if wallet is not None:
            raise invalid(f"Key quorum owns wallet {wallet.id}")
        parent = self.quorums.first("nested", key_quorum_id)
        if parent is not None:
            raise invalid(f"Key quorum is a member of {parent.id}")

    # ---- who is in it ----

    def quorum(self, key_quorum_id: str) -> models.KeyQuorum:
        """The quorum of this id. Raises Refusal (404) for none."""
        quorum = self.quorums.get(key_quorum_id)
        if quorum is None:
            raise Refusal(404, "Key quorum not found")
        return quorum

    def with_member(self, kind: str, member: str, nested: bool) -> list[str]:
        """Ids of the quorums that have a member, ``nested``: or a quorum that has it.

        ``kind``: ``key``, by its fingerprint, or ``user``, by id.
        """
        ids = [quorum.id for quorum in self.quorums.having(kind, member)]
        if nested:
            for inner_id in list(ids):
                ids += [quorum.id for quorum in self.quorums.having("nested", inner_id)]
        return ids

    def leaves(self, quorum: models.KeyQuorum) -> list[P256PublicKey]:
        """Every key in it and in the quorums that are nested in it."""
        nested = [
            self.quorums[nested_id]
            for nested_id in quorum.key_quorum_ids or ()
            if nested_id in self.quorums
        ]
        return [
            models.taken_key(key.public_key)
            for each in (quorum, *nested)
            for key in each.authorization_keys
        ]

    def reached(self, quorum: models.KeyQuorum, present: set[str]) -> bool:
        """Whether the keys with these fingerprints are enough to sign for it."""
        members = self._members(quorum)
        if quorum.required > len(members):
            return False
        return Quorum(quorum.required, members).can_sign(present)

    def _members(self, quorum: models.KeyQuorum) -> list[str | Quorum]:
        """Keys by fingerprint, nested quorums as themselves.

        Users and quorums that are gone are there by their ids: they count, and cannot sign.
        """
        keys = [models.member_key(key.public_key) for key in quorum.authorization_keys]
        members: list[str | Quorum] = []
        members += dict.fromkeys(key.fingerprint for key in keys)
        members += dict.fromkeys(quorum.user_ids or ())
        for nested_id in dict.fromkeys(quorum.key_quorum_ids or ()):
            members.append(self._nested_member(nested_id))
        return members

    def _nested_member(self, nested_id: str) -> str | Quorum:
        nested = self.quorums.get(nested_id)
        if nested is None:
            return nested_id
        inner = self._members(nested)
        if nested.required > len(inner):
            return nested_id
        return Quorum(nested.required, inner)

    # ---- what they are made of ----

    def add(self, fields: dict[str, Any]) -> models.KeyQuorum:
        """A new quorum of these fields."""
        quorum = self._built(self.cuid(), fields)
        self.quorums[quorum.id] = quorum
        return quorum

    def _body(self, received: Received) -> dict[str, Any]:
        value = object_of(received, FIELDS, self.choices)
        for name in FIELDS:
            if name in value and value[name] is None:
                raise invalid(f"{name} must not be null")
        return value

    def _built(self, quorum_id: str, fields: dict[str, Any]) -> models.KeyQuorum:
        """A quorum of these fields, judged whole."""
        lists = {name: _listed(fields, name) for name in models.MEMBER_LISTS}
        self._judge_twice(lists)
        self._judge_users(lists["user_ids"])
        self._judge_nesting(quorum_id, lists["key_quorum_ids"])
        size = sum(map(len, lists.values()))
        if not size:
            raise invalid("A key quorum needs at least one member")
        name = fields.get("display_name")
        _judge_name(name)
        return models.KeyQuorum(
            id=quorum_id,
            display_name=name,
            authorization_threshold=self._threshold(fields, size),
            authorization_keys=[models.AuthorizationKey(key) for key in lists["public_keys"]],
            user_ids=lists["user_ids"],
            key_quorum_ids=lists["key_quorum_ids"] or None,
        )

    def _threshold(self, fields: dict[str, Any], size: int) -> int | None:
        given = fields.get("authorization_threshold")
        if given is not None:
            return threshold(given, size)
        if self.choices["privy.omitted_threshold"] == "number":
            return size
        return None

    def _judge_twice(self, lists: dict[str, list[str]]) -> None:
        """A key counts as the same in any spelling, so keys are compared by fingerprint."""
        fingerprints = []
        for at, key in enumerate(lists["public_keys"]):
            fingerprints.append(fingerprint(key, f"public_keys[{at}]"))
        compared = lists | {"public_keys": fingerprints}
        for field, members in compared.items():
            once = set(members)
            twice = len(once) < len(members)
            if twice and self.choices["privy.member_twice"] == "refused":
                raise invalid(f"{field} has a duplicate")

    def _judge_users(self, user_ids: list[str]) -> None:
        strange = [user for user in user_ids if not user.startswith("did:privy:")]
        if strange and self.choices["privy.user_ids"] == "did-privy":
            raise invalid(f"user_ids: {strange[0]} is no user id")

    def _judge_nesting(self, quorum_id: str, nested_ids: list[str]) -> None:
        """Nested quorums exist, are not too many, and are one level deep from both sides."""
        if len(nested_ids) > models.NESTED_LIMIT:
            raise invalid(f"key_quorum_ids must have at most {models.NESTED_LIMIT} items")
        for nested_id in nested_ids:
            nested = self.quorums.get(nested_id)
            if nested is None or nested_id == quorum_id:
                raise invalid(f"key_quorum_ids: {nested_id} cannot be a member")
            if nested.key_quorum_ids:
                raise invalid("Key quorums can only be nested 1 level deep")
        if nested_ids and self.quorums.has("nested", quorum_id):
            raise invalid("Key quorums can only be nested 1 level deep")

    def cuid(self) -> str:
        """24 lower-case letters and digits, a letter first: the shape of Privy's ids."""
        first = self.random.choice(_LETTERS)
        others = self.random.choices(_LETTERS + _DIGITS, k=_ID_TAIL)
        return first + "".join(others)


def _nested_ids(quorum: models.KeyQuorum) -> list[str]:
    return quorum.key_quorum_ids or []


def _user_ids(quorum: models.KeyQuorum) -> list[str]:
    return quorum.user_ids or []


def _fingerprints(quorum: models.KeyQuorum) -> list[str]:
    """Of its own keys, as far as they are keys: a world may be given others."""
    fingerprints = []
    for key in quorum.authorization_keys:
        try:
            fingerprints.append(models.taken_key(key.public_key).fingerprint)
        except KeyRefused:
            continue
    return fingerprints


def _listed(fields: dict[str, Any], name: str) -> list[str]:
    """A list of members; absent and null are none."""
    value = fields.get(name)
    if value is None:
        value = []
    return texts(value, name)


def _judge_name(name: Any) -> None:
    if name is None:
        return
    if not isinstance(name, str) or len(name) > models.NAME_LIMIT:
        raise invalid(f"display_name must be a string of at most {models.NAME_LIMIT} characters")
