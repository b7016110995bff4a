"""Rules of a Privy request, looked at before it is sent. Each carries its source.

Documented rules refuse. Inferred ones warn and can be acknowledged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from toolkit.base.text import hidden
from toolkit.errors import KeyRefused, Problem
from toolkit.keys import P256Key
from toolkit.keys.private import PrivateKey
from toolkit.privy.models import (
    CHAIN_TYPES,
    EXTERNAL_ID,
    MEMBER_LISTS,
    NAME_LIMIT,
    NESTED_LIMIT,
    WALLET_NAME_LIMIT,
    AdditionalSigner,
    CreateKeyQuorumRequest,
    CreateWalletRequest,
    UpdateKeyQuorumRequest,
    UpdateWalletRequest,
    WalletOwner,
    member_key,
)
from toolkit.request.call import Call

PAGE = "Privy page Create key quorum"
OPENAPI = "Privy OpenAPI file"
SDK = "privy-client 0.7.0, from Privy's OpenAPI file: a later one may know more"
SIGNING = "Privy page Authorization signatures"
OURS = "not documented: our reading"


def problems(call: Call[Any], signers: Sequence[PrivateKey]) -> tuple[Problem, ...]:
    """Every rule that this call breaks: its fields first, then who signs."""
    rules = _RULES.get(call.operation.name)
    asked = call.body if call.body is not None else dict(call.query)
    return (*(rules(asked) if rules else ()), *signer_problems(call, signers))


def create_problems(request: CreateKeyQuorumRequest) -> Iterator[Problem]:
    """Rules of *Create key quorum*."""
    lists = {name: getattr(request, name) for name in MEMBER_LISTS}
    size = sum(len(members or ()) for members in lists.values())
    if not size:
        yield Problem(
            "privy.no-members",
            "public_keys",
            "A quorum needs a member: a key, a user or another quorum.",
            True,
            OPENAPI,
        )
    for name, members in lists.items():
        if members == () and size:
            yield Problem(
                "privy.empty-list", name, f"{name} is empty. Leave it out instead.", True, OPENAPI
            )
    k = request.authorization_threshold
    if k is not None and (k < 1 or (size and k > size)):
        yield Problem(
            "privy.threshold",
            "authorization_threshold",
            f"{k} of {size} cannot be reached. Choose from 1 to {size or 1}.",
            True,
            PAGE,
        )
    yield from member_problems(lists)
    yield from name_problems(request.display_name)


def update_problems(request: UpdateKeyQuorumRequest) -> Iterator[Problem]:
    """Rules of *Update key quorum*, as far as they can be seen without the quorum as it is."""
    given = {name: getattr(request, name) for name in request.__struct_fields__}
    given = {name: value for name, value in given.items() if value is not msgspec.UNSET}
    if not given:
        yield Problem(
            "privy.no-change",
            "request",
            "Nothing is changed. Set at least one field.",
            True,
            OPENAPI,
        )
    lists = {name: given.get(name) for name in MEMBER_LISTS}
    size = sum(len(members or ()) for members in lists.values())
    whole = None not in lists.values()
    k = given.get("authorization_threshold")
    if whole and not size:
        yield Problem(
            "privy.no-members",
            "public_keys",
            "This leaves the quorum without any member.",
            False,
            OURS,
        )
    if k is not None and k < 1:
        yield Problem(
            "privy.threshold",
            "authorization_threshold",
            f"{k} is below 1. Choose 1 or more.",
            False,
            "older Privy OpenAPI file",
        )
    elif k is not None and whole and size and k > size:
        yield Problem(
            "privy.threshold",
            "authorization_threshold",
            f"{k} of {size} cannot be reached. Choose from 1 to {size}.",
            True,
            PAGE,
        )
    yield from member_problems(lists)
    yield from name_problems(given.get("display_name"))


def member_problems(lists: dict[str, Any]) -> Iterator[Problem]:
    """Rules of the three member lists."""
    seen: dict[str, int] = {}
    for at, text in enumerate(lists["public_keys"] or ()):
        try:
            key = member_key(text)
        except KeyRefused as refused:
            yield Problem("privy.public-key", f"public_keys[{at}]", str(refused), True, PAGE)
            continue
        if key.fingerprint in seen:
            twin = seen[key.fingerprint] + 1
            sentence = f"Same key as key {twin}, whatever its spelling. It would still be one person's yes: remove one."
            yield Problem("privy.key-twice", f"public_keys[{at}]", sentence, False, OURS)
        seen.setdefault(key.fingerprint, at)
    for at, user in enumerate(lists["user_ids"] or ()):
        yield from user_problems(f"user_ids[{at}]", user)
    for at, quorum in enumerate(lists["key_quorum_ids"] or ()):
        yield from quorum_problems(f"key_quorum_ids[{at}]", quorum)
    for name in ("user_ids", "key_quorum_ids"):
        members = lists[name] or ()
        for at, member in enumerate(members):
            if member in members[:at]:
                yield Problem(
                    "privy.member-twice",
                    f"{name}[{at}]",
                    "The same member stands here twice: remove one.",
                    False,
                    OURS,
                )
    nested = len(lists["key_quorum_ids"] or ())
    if nested > NESTED_LIMIT:
        yield Problem(
            "privy.nested",
            "key_quorum_ids",
            f"{nested} nested quorums; at most {NESTED_LIMIT} fit.",
            True,
            PAGE,
        )


def user_problems(field: str, user_id: str) -> Iterator[Problem]:
    """The shape of a user's id."""
    if not user_id.startswith("did:privy:"):
        sentence = "A user id begins with did:privy:. Copy it from the Dashboard."
        yield Problem("privy.user-id", field, sentence, False, OPENAPI)


def quorum_problems(field: str, key_quorum_id: str) -> Iterator[Problem]:
    """A quorum's id says something."""
    if not key_quorum_id.strip():
        sentence = "The id is empty. Paste the id of an existing quorum."
        yield Problem("privy.quorum-id", field, sentence, True, OPENAPI)


def name_problems(
    name: str | None, limit: int = NAME_LIMIT, source: str = PAGE
) -> Iterator[Problem]:
    """The rule of ``display_name``; characters are Unicode code points, as in JSON Schema."""
    if name is not None and any(map(hidden, name)):
        sentence = "Hidden characters stand in this name. Type it again by hand."
        yield Problem(
            "privy.hidden-characters",
            "display_name",
            sentence,
            False,
            "our rule: people approve by name",
        )
    if name is not None and len(name) > limit:
        sentence = f"{len(name)} characters; {limit} fit. Shorten it."
        yield Problem("privy.display-name", "display_name", sentence, True, source)


def create_wallet_problems(request: CreateWalletRequest) -> Iterator[Problem]:
    """Rules of *Create wallet*."""
    chain = request.chain_type
    if not chain.strip():
        yield Problem(
            "privy.chain-type",
            "chain_type",
            "The chain type is empty. Say ethereum, or another.",
            True,
            OPENAPI,
        )
    elif chain not in CHAIN_TYPES:
        sentence = f"{chain!r} is no chain type known here. Known are {', '.join(CHAIN_TYPES)}."
        yield Problem("privy.chain-type", "chain_type", sentence, False, SDK)
    yield from name_problems(request.display_name, WALLET_NAME_LIMIT, OPENAPI)
    if request.external_id is not None and not re.fullmatch(EXTERNAL_ID, request.external_id):
        sentence = "An external id has 1 to 64 letters (a to z), digits, - and _. Write it again."
        documented = request.external_id != ""  # of none at all, nothing is said
        yield Problem(
            "privy.external-id",
            "external_id",
            sentence,
            documented,
            OPENAPI if documented else OURS,
        )
    if request.owner is not None and request.owner_id is not None:
        yield _one_owner()
    if request.owner is not None:
        yield from owner_problems(request.owner)
    if request.owner_id is not None:
        yield from quorum_problems("owner_id", request.owner_id)
    yield from wallet_signer_problems(request.additional_signers or ())


def owner_problems(owner: WalletOwner) -> Iterator[Problem]:
    """Rules of an owner by key or user."""
    if (owner.public_key is None) == (owner.user_id is None):
        yield Problem(
            "privy.owner",
            "owner",
            "An owner is one key or one user. Set one of the two.",
            True,
            OPENAPI,
        )
        return
    if owner.user_id is not None:
        yield from user_problems("owner.user_id", owner.user_id)
        return
    try:
        member_key(owner.public_key or "")
    except KeyRefused as refused:
        yield Problem("privy.public-key", "owner.public_key", str(refused), True, OPENAPI)


def wallet_signer_problems(signers: Sequence[AdditionalSigner]) -> Iterator[Problem]:
    """Rules of a wallet's additional signers."""
    for at, signer in enumerate(signers):
        yield from quorum_problems(f"additional_signers[{at}].signer_id", signer.signer_id)
        if len(signer.override_policy_ids or ()) > 1:
            field = f"additional_signers[{at}].override_policy_ids"
            yield Problem(
                "privy.policies",
                field,
                "At most one policy fits. Leave the others out.",
                True,
                OPENAPI,
            )


def wallet_problems(request: UpdateWalletRequest) -> Iterator[Problem]:
    """Rules of *Update wallet*."""
    given = {name: getattr(request, name) for name in request.__struct_fields__}
    given = {name: value for name, value in given.items() if value is not msgspec.UNSET}
    if not given:
        yield Problem(
            "privy.no-change",
            "request",
            "Nothing is changed. Set at least one field.",
            True,
            OPENAPI,
        )
    if "owner" in given and "owner_id" in given:
        yield _one_owner()
    if given.get("owner") is not None:
        yield from owner_problems(given["owner"])
    yield from wallet_signer_problems(given.get("additional_signers", ()))


def _one_owner() -> Problem:
    sentence = "owner and owner_id exclude each other. Set one of them."
    return Problem("privy.one-owner", "owner", sentence, True, OPENAPI)


def list_wallets_problems(query: dict[str, str]) -> Iterator[Problem]:
    """Rules of *List wallets*."""
    limit = query.get("limit", "1")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 100):
        yield Problem(
            "privy.limit",
            "limit",
            f"limit is a whole number from 1 to 100, not {limit}.",
            True,
            OPENAPI,
        )
    if "authorization_key" in query:
        try:
            member_key(query["authorization_key"])
        except KeyRefused as refused:
            yield Problem("privy.public-key", "authorization_key", str(refused), True, OPENAPI)


def signer_problems(call: Call[Any], signers: Sequence[PrivateKey]) -> Iterator[Problem]:
    """Who signs, as far as it can be seen without the quorum."""
    if not (call.operation.co_signed or call.operation.owner_signs):
        if signers:
            yield Problem(
                "privy.signers",
                "signers",
                f"{call.operation.name} is not signed. Leave signers out.",
                True,
                OPENAPI,
            )
        return
    if call.operation.co_signed and not signers:
        sentence = "The quorum's current members must sign this. Pass a threshold of their keys as signers."
        yield Problem("privy.signers", "signers", sentence, True, SIGNING)
    if call.operation.owner_signs and not signers:
        sentence = "If the wallet has an owner, its quorum must sign this: pass its keys as signers. Acknowledge this if it has none."
        yield Problem("privy.owner-signs", "signers", sentence, False, SIGNING)
    for at, key in enumerate(signers):
        if not isinstance(key, P256Key):
            yield Problem(
                "privy.signers",
                f"signers[{at}]",
                f"A P256Key signs here, not {type(key).__name__}.",
                True,
                SIGNING,
            )
        elif key in signers[:at]:
            yield Problem(
                "privy.signer-twice",
                f"signers[{at}]",
                "The same key signs twice; it would count once.",
                False,
                OURS,
            )


_RULES: dict[str, Callable[[Any], Iterator[Problem]]] = {
    "create_key_quorum": create_problems,
    "update_key_quorum": update_problems,
    "create_wallet": create_wallet_problems,
    "update_wallet": wallet_problems,
    "list_wallets": list_wallets_problems,
}
