"""Rules of a Privy request, looked at before it is sent. Each carries its source.

Documented rules refuse. Inferred ones warn and can be acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from toolkit.call import Call
from toolkit.errors import KeyRefused, Problem
from toolkit.invisible import hidden
from toolkit.keys import P256Key, PrivateKey
from toolkit.privy.models import (
    MEMBER_LISTS,
    NAME_LIMIT,
    NESTED_LIMIT,
    CreateKeyQuorumRequest,
    UpdateKeyQuorumRequest,
    UpdateWalletRequest,
    member_key,
)

PAGE = "Privy page Create key quorum"
OPENAPI = "Privy OpenAPI file"
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
            yield Problem("privy.empty-list", name, f"{name} is empty. Leave it out instead.", True, OPENAPI)
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
        yield Problem("privy.no-change", "request", "Nothing is changed. Set at least one field.", True, OPENAPI)
    lists = {name: given.get(name) for name in MEMBER_LISTS}
    size = sum(len(members or ()) for members in lists.values())
    whole = None not in lists.values()
    k = given.get("authorization_threshold")
    if whole and not size:
        yield Problem("privy.no-members", "public_keys", "This leaves the quorum without any member.", False, OURS)
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
        if not user.startswith("did:privy:"):
            yield Problem(
                "privy.user-id",
                f"user_ids[{at}]",
                "A user id begins with did:privy:. Copy it from the Dashboard.",
                False,
                OPENAPI,
            )
    for at, quorum in enumerate(lists["key_quorum_ids"] or ()):
        if not quorum.strip():
            yield Problem(
                "privy.quorum-id",
                f"key_quorum_ids[{at}]",
                "The id is empty. Paste the id of an existing quorum.",
                True,
                OPENAPI,
            )
    for name in ("user_ids", "key_quorum_ids"):
        members = lists[name] or ()
        for at, member in enumerate(members):
            if member in members[:at]:
                yield Problem(
                    "privy.member-twice", f"{name}[{at}]", "The same member stands here twice: remove one.", False, OURS
                )
    nested = len(lists["key_quorum_ids"] or ())
    if nested > NESTED_LIMIT:
        yield Problem(
            "privy.nested", "key_quorum_ids", f"{nested} nested quorums; at most {NESTED_LIMIT} fit.", True, PAGE
        )


def name_problems(name: str | None) -> Iterator[Problem]:
    """The rule of ``display_name``; characters are Unicode code points, as in JSON Schema."""
    if name is not None and any(map(hidden, name)):
        sentence = "Hidden characters stand in this name. Type it again by hand."
        yield Problem("privy.hidden-characters", "display_name", sentence, False, "our rule: people approve by name")
    if name is not None and len(name) > NAME_LIMIT:
        yield Problem(
            "privy.display-name", "display_name", f"{len(name)} characters; {NAME_LIMIT} fit. Shorten it.", True, PAGE
        )


def wallet_problems(request: UpdateWalletRequest) -> Iterator[Problem]:
    """Rules of *Update wallet*."""
    given = [name for name in request.__struct_fields__ if getattr(request, name) is not msgspec.UNSET]
    if not given:
        yield Problem("privy.no-change", "request", "Nothing is changed. Set at least one field.", True, OPENAPI)
    if "owner" in given and "owner_id" in given:
        yield Problem(
            "privy.one-owner", "owner", "owner and owner_id exclude each other. Set one of them.", True, OPENAPI
        )


def list_wallets_problems(query: dict[str, str]) -> Iterator[Problem]:
    """Rules of *List wallets*."""
    limit = query.get("limit", "1")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 100):
        yield Problem("privy.limit", "limit", f"limit is a whole number from 1 to 100, not {limit}.", True, OPENAPI)
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
                "privy.signers", "signers", f"{call.operation.name} is not signed. Leave signers out.", True, OPENAPI
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
                "privy.signers", f"signers[{at}]", f"A P256Key signs here, not {type(key).__name__}.", True, SIGNING
            )
        elif key in signers[:at]:
            yield Problem(
                "privy.signer-twice", f"signers[{at}]", "The same key signs twice; it would count once.", False, OURS
            )


_RULES: dict[str, Callable[[Any], Iterator[Problem]]] = {
    "create_key_quorum": create_problems,
    "update_key_quorum": update_problems,
    "update_wallet": wallet_problems,
    "list_wallets": list_wallets_problems,
}
