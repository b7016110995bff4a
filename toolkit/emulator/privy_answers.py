"""What stands in an answer of Privy's, and what is left out where there is nothing to say.

Its types know two kinds of nothing: a field that is there and null, and a field that is not there.
Source: the types of ``@privy-io/node`` 0.35.0, ``Wallet``, ``KeyQuorum`` and the members of an
``IntentAuthorization``. The models alone would write every field.
"""

from __future__ import annotations

import msgspec

from toolkit.privy import intents, models


def _null() -> None:
    """Of a field that is written although it is null: what a factory makes is no default."""


def _no_items() -> list[str]:
    """Of a list that is written although it is empty."""
    return []


def _nobody() -> list[models.AdditionalSigner]:
    return []


class Wallet(models.Wallet, frozen=True, omit_defaults=True, kw_only=True):
    """A wallet as it is answered: what it has not, it does not name."""

    owner_id: str | None = msgspec.field(default_factory=_null)
    additional_signers: list[models.AdditionalSigner] = msgspec.field(default_factory=_nobody)
    policy_ids: list[str] = msgspec.field(default_factory=_no_items)
    exported_at: int | None = msgspec.field(default_factory=_null)
    imported_at: int | None = msgspec.field(default_factory=_null)


class KeyQuorum(models.KeyQuorum, frozen=True, omit_defaults=True, kw_only=True):
    """A quorum as it is answered: without nested ones it does not name them."""

    display_name: str | None = msgspec.field(default_factory=_null)
    authorization_threshold: int | float | None = msgspec.field(default_factory=_null)
    user_ids: list[str] | None = msgspec.field(default_factory=_null)


class Member(intents.IntentAuthorizationMember, frozen=True, omit_defaults=True, kw_only=True):
    """A key or user of the quorum that must authorize; ``signed_at`` is null until it has."""

    signed_at: int | None = msgspec.field(default_factory=_null)


class NestedMember(
    intents.IntentAuthorizationKeyQuorumMember, frozen=True, omit_defaults=True, kw_only=True
):
    """The same of a nested quorum."""

    signed_at: int | None = msgspec.field(default_factory=_null)
