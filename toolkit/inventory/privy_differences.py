"""How key quorums and wallets differ between two looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from toolkit.base.hidden import hidden_at
from toolkit.base.text import and_words, hidden_in_words, plural
from toolkit.base.times import day
from toolkit.findings import Severity
from toolkit.inventory.difference import NOTHING, Both, Difference, severest
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.orders import Asked, Body
from toolkit.inventory.powers import Power, app_secret, signers_of
from toolkit.privy import models as privy
from toolkit.quorum import Quorum

UPDATE_QUORUM, UPDATE_WALLET = "update_key_quorum", "update_wallet"
Members = Mapping[str, frozenset[str]]


def says(name: str, value: object) -> Callable[[Body], bool]:
    """Whether a body says exactly this of a field."""
    return lambda body: name in body and body[name] == value


def renamed(
    kind: str, thing_id: str, then: str, now: str, asked: Sequence[Asked], about: str = ""
) -> Difference:
    """Another name; what cannot be seen in it is told."""
    severity: Severity = "low"
    sentence = "was renamed"
    if hidden_at(now):
        severity = "medium"
        sentence = f"was renamed; in the new name stands {hidden_in_words(now)}"
    return Difference(
        kind,
        thing_id,
        about or now or thing_id,
        "name",
        severity,
        sentence,
        then or NOTHING,
        now or NOTHING,
        asked=tuple(asked),
    )


# ---- key quorums ---------------------------------------------------------------------------------


def members_of(quorum: privy.KeyQuorum) -> Members:
    """Keys by what identifies them, users and nested quorums, as a request lists them."""
    return {
        "public_keys": frozenset(
            privy.member_identity(key.public_key) for key in quorum.authorization_keys
        ),
        "user_ids": frozenset(quorum.user_ids or ()),
        "key_quorum_ids": frozenset(quorum.key_quorum_ids or ()),
    }


def scheme(quorum: privy.KeyQuorum) -> str:
    """``2 of 3``."""
    return f"{quorum.required} of {quorum.size}"


def of_quorum(both: Both, then: privy.KeyQuorum, now: privy.KeyQuorum) -> Iterator[Difference]:
    """What differs in one key quorum."""
    about = now.display_name or now.id
    if then.display_name != now.display_name:
        asked = Asked(UPDATE_QUORUM, now.id, says("display_name", now.display_name))
        yield renamed("quorum", now.id, then.display_name or "", now.display_name or "", [asked])
    members = members_of(then), members_of(now)
    shifts = both.shifts([now.id])
    power = severest("note", *(shift.severity for shift in shifts))
    if both.unknown([now.id]):
        power = "medium"
    facts: dict[str, Any] = {"before": scheme(then), "after": scheme(now), "shifts": shifts}
    if then.required != now.required:
        yield Difference(
            "quorum",
            now.id,
            about,
            "threshold",
            power,
            f"needs {plural(now.required, 'approval')} instead of {then.required}",
            asked=(Asked(UPDATE_QUORUM, now.id, _said_threshold(now)),),
            **facts,
        )
    if members[0] != members[1]:
        came, went = _moved(both, *members)
        yield Difference(
            "quorum",
            now.id,
            about,
            "members",
            power,
            _came_and_went(came, went),
            asked=(Asked(UPDATE_QUORUM, now.id, _said_members(*members)),),
            names=(*came, *went),
            **facts,
        )
    elif then.authorization_keys != now.authorization_keys:
        yield Difference(
            "quorum",
            now.id,
            about,
            "keys",
            "low",
            "has the same keys, spelled or called otherwise",
            _labels(then),
            _labels(now),
            asked=(Asked(UPDATE_QUORUM, now.id, _said_members(*members)),),
        )


def _labels(quorum: privy.KeyQuorum) -> str:
    keys = quorum.authorization_keys
    return ", ".join(key.display_name or key.public_key[-12:].strip() for key in keys)


def _said_threshold(now: privy.KeyQuorum) -> Callable[[Body], bool]:
    if now.authorization_threshold is None:  # all must sign: it follows from the members
        return lambda body: any(name in body for name in privy.MEMBER_LISTS)
    return says("authorization_threshold", now.required)


def _said_members(then: Members, now: Members) -> Callable[[Body], bool]:
    """Every list is as the body says; what it leaves out stayed."""

    def exactly(body: Body) -> bool:
        said = [name for name in privy.MEMBER_LISTS if body.get(name) is not None]
        alike = all(_identities(name, body[name]) == now[name] for name in said)
        kept = all(then[name] == now[name] for name in privy.MEMBER_LISTS if name not in said)
        return bool(said) and alike and kept

    return exactly


def _identities(name: str, values: list[str]) -> frozenset[str]:
    if name == "public_keys":
        return frozenset(map(privy.member_identity, values))
    return frozenset(values)


def _moved(both: Both, then: Members, now: Members) -> tuple[list[str], list[str]]:
    """Who came in, and who went, as people call them."""
    came, went = [], []
    for name in privy.MEMBER_LISTS:
        call = both.quorum_name if name == "key_quorum_ids" else both.called
        came += sorted(map(call, now[name] - then[name]))
        went += sorted(map(call, then[name] - now[name]))
    return came, went


def _came_and_went(came: list[str], went: list[str]) -> str:
    if came and went:
        return f"{and_words(came)} came in for {and_words(went)}"
    if came:
        return f"{and_words(came)} came in"
    return f"{and_words(went)} went out"


def quorum_made(both: Both, now: privy.KeyQuorum) -> Iterator[Difference]:
    """A quorum that was not there; and where it is otherwise than was ordered, how."""
    made = Asked("create_key_quorum", now.id)
    sentence = "is named for the first time; Privy does not say when it was made"
    if any(entry.operation == made.operation for entry in both.made_here(now.id)):
        sentence = f"was made, {scheme(now)}"
    owners = _by_owner(both, now.id)
    yield Difference(
        "quorum",
        now.id,
        now.display_name or now.id,
        "made",
        "note",
        sentence,
        after=scheme(now),
        asked=(made, *owners),
        shifts=both.shifts([now.id]),
    )


def _by_owner(both: Both, quorum_id: str) -> list[Asked]:
    """Privy makes a quorum of an owner that is named by key or user."""
    return [
        Asked(operation, wallet_id, lambda body: bool(body.get("owner")))
        for wallet_id in both.owned(quorum_id)
        for operation in ("create_wallet", UPDATE_WALLET)
    ]


def quorum_as_ordered(body: Body, now: privy.KeyQuorum) -> privy.KeyQuorum:
    """What a request for a quorum asked for, as the quorum that it would have made."""
    return privy.KeyQuorum(
        id=now.id,
        authorization_keys=[privy.AuthorizationKey(key) for key in body.get("public_keys") or ()],
        display_name=body.get("display_name"),
        authorization_threshold=body.get("authorization_threshold"),
        user_ids=list(body.get("user_ids") or ()),
        key_quorum_ids=list(body.get("key_quorum_ids") or ()),
    )


def quorum_gone(both: Both, then: privy.KeyQuorum) -> Iterator[Difference]:
    """A quorum that is no more."""
    owned = len(both.owned(then.id))
    severity: Severity = "medium"
    sentence = "is gone: there is no quorum of this id"
    if owned:
        severity = "high"
        sentence += f", and {plural(owned, 'wallet')} still named it as owner"
    yield Difference(
        "quorum",
        then.id,
        then.display_name or then.id,
        "gone",
        severity,
        sentence,
        before=scheme(then),
        asked=(Asked("delete_key_quorum", then.id),),
        shifts=both.shifts([then.id]),
    )


# ---- wallets -------------------------------------------------------------------------------------

ALONE = "the app secret alone decides about it"


def wallet_name(wallet: privy.Wallet) -> str:
    """A wallet as people call it."""
    return f"Wallet {wallet.display_name or wallet.id}"


def of_wallet(both: Both, then: privy.Wallet, now: privy.Wallet) -> Iterator[Difference]:
    """What differs in one wallet."""
    about = wallet_name(now)
    if then.display_name != now.display_name:
        asked = Asked(UPDATE_WALLET, now.id, says("display_name", now.display_name))
        names = then.display_name or "", now.display_name or ""
        yield renamed("wallet", now.id, *names, [asked], about)
    if then.owner_id != now.owner_id:
        yield _owner(both, then, now)
    if signers_of(then) != signers_of(now) or then.additional_signers != now.additional_signers:
        yield _signers(both, then, now)
    if now.exported_at and now.exported_at != then.exported_at:
        yield Difference(
            "wallet",
            now.id,
            about,
            "exported_at",
            "high",
            "was exported: whoever did it has its private key",
            day(then.exported_at),
            day(now.exported_at),
        )
    if sorted(then.policy_ids) != sorted(now.policy_ids):
        yield _policies(both, then, now)


def _policies(both: Both, then: privy.Wallet, now: privy.Wallet) -> Difference:
    before, after = ([both.policy_name(each) for each in w.policy_ids] for w in (then, now))
    severity: Severity = "medium"
    sentence = f"has other policies: {_listed(after)}"
    if not now.policy_ids:
        severity, sentence = "high", "is under no policy any more: no rule limits what it may do"
    return Difference(
        "wallet",
        now.id,
        wallet_name(now),
        "policy_ids",
        severity,
        sentence,
        _listed(before),
        _listed(after),
        asked=(Asked(UPDATE_WALLET, now.id, says("policy_ids", list(now.policy_ids))),),
        names=(*before, *after),
    )


def _owner(both: Both, then: privy.Wallet, now: privy.Wallet) -> Difference:
    powers = _owner_power(both, both.before, then), _owner_power(both, both.after, now)
    shift = both.shift("approves", *powers)
    names = both.quorum_name(then.owner_id), both.quorum_name(now.owner_id)
    severity, sentence = another_owner(now.owner_id, names[1], ALONE)
    return Difference(
        "wallet",
        now.id,
        wallet_name(now),
        "owner",
        severest(severity, *([shift.severity] if shift else [])),
        sentence,
        *names,
        asked=(Asked(UPDATE_WALLET, now.id, _said_owner(now)),),
        names=names,
        shifts=(shift,) if shift else (),
    )


def another_owner(owner_id: str | None, name: str, alone: str) -> tuple[Severity, str]:
    """What is said where something has another owner than before; ``alone``: what having none
    means.
    """
    if not owner_id:
        return "high", f"has no owner any more: {alone}"
    return "medium", f"has another owner: {name}"


def _said_owner(now: privy.Wallet) -> Callable[[Body], bool]:
    def exactly(body: Body) -> bool:
        if body.get("owner"):  # by key or user: Privy made a quorum of it
            return now.owner_id is not None
        return "owner_id" in body and body["owner_id"] == now.owner_id

    return exactly


def _owner_power(both: Both, inventory: Inventory, wallet: privy.Wallet) -> Power:
    """Who decides about a wallet: its owner, or without one whoever has the app secret."""
    if wallet.owner_id:
        then, now = both.powers(wallet.owner_id)
        power = then if inventory is both.before else now
        name = both.quorum_name(wallet.owner_id)
        why = f"The quorum {name} was not seen."
        return power or Power(wallet.owner_id, "approves", "privy", "", name, None, why=why)
    seat = app_secret(inventory.seen_by.get(wallet.id, ""))
    return Power(seat, "decides", "privy", "", "the app secret", Quorum(1, [seat]))


def _signers(both: Both, then: privy.Wallet, now: privy.Wallet) -> Difference:
    before, after = (
        [both.quorum_name(each) for each in signers_of(wallet)] for wallet in (then, now)
    )
    came = [name for name in after if name not in before]
    went = [name for name in before if name not in after]
    return Difference(
        "wallet",
        now.id,
        wallet_name(now),
        "additional_signers",
        "high" if came else "medium",
        _signers_in_words(came, went),
        _listed(before),
        _listed(after),
        asked=(Asked(UPDATE_WALLET, now.id, _said_signers(now.additional_signers)),),
        names=(*came, *went),
    )


def _signers_in_words(came: list[str], went: list[str]) -> str:
    words = []
    if came:
        words.append(f"{and_words(came)} may act with it now")
    if went:
        words.append(f"{and_words(went)} may no longer")
    if not words:
        return "lets its additional signers act under other policies"
    return f"has other additional signers: {', and '.join(words)}"


def _said_signers(wanted: Sequence[privy.AdditionalSigner]) -> Callable[[Body], bool]:
    expected = {each.signer_id: list(each.override_policy_ids or ()) for each in wanted}

    def exactly(body: Body) -> bool:
        said = body.get("additional_signers")
        if not isinstance(said, list):
            return False
        there = {each["signer_id"]: list(each.get("override_policy_ids") or ()) for each in said}
        return there == expected

    return exactly


def _listed(texts: list[str]) -> str:
    return ", ".join(texts) or "none"


def wallet_made(both: Both, now: privy.Wallet) -> Iterator[Difference]:
    """A wallet that was not there."""
    owner = both.quorum_name(now.owner_id)
    severity: Severity = "note"
    sentence = f"was made; {owner} owns it"
    if not now.owner_id:
        severity, sentence = "high", f"was made without an owner: {ALONE}"
    yield Difference(
        "wallet",
        now.id,
        wallet_name(now),
        "made",
        severity,
        sentence,
        after=owner,
        asked=(Asked("create_wallet", now.id),),
        names=(owner,),
    )


def wallet_as_ordered(body: Body, now: privy.Wallet) -> privy.Wallet:
    """What a request for a wallet asked for; what it does not say is as it is."""
    owner_id = now.owner_id if body.get("owner") else body.get("owner_id")
    signers = [
        privy.AdditionalSigner(
            signer_id=each["signer_id"], override_policy_ids=each.get("override_policy_ids")
        )
        for each in body.get("additional_signers") or ()
    ]
    return privy.Wallet(
        id=now.id,
        address=now.address,
        chain_type=str(body.get("chain_type", now.chain_type)),
        created_at=now.created_at,
        owner_id=owner_id,
        additional_signers=signers,
        policy_ids=list(body.get("policy_ids") or now.policy_ids),
        display_name=body.get("display_name") or now.display_name,
        external_id=now.external_id,
        imported_at=now.imported_at,
    )


def wallet_gone(both: Both, then: privy.Wallet) -> Iterator[Difference]:
    """A wallet that is no longer listed."""
    owner = both.quorum_name(then.owner_id)
    yield Difference(
        "wallet",
        then.id,
        wallet_name(then),
        "gone",
        "medium",
        "is no longer listed",
        before=owner,
    )
