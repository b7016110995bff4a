"""How vaults, groups, holders, TSS requests, wallets and API keys differ between two looks."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from toolkit.base.text import and_words
from toolkit.base.times import day
from toolkit.cobo import models as cobo
from toolkit.findings import Severity
from toolkit.inventory.difference import NOTHING, Both, Difference, Shift, severest
from toolkit.inventory.orders import Asked, Body
from toolkit.inventory.powers import COBO, GROUPS, Kind
from toolkit.inventory.privy_differences import renamed, says

UPGRADE = "update_key_share_holder_group_by_id"
SIGNING: tuple[Kind, ...] = ("signs", "shares")
READY = "Valid"


# ---- vaults --------------------------------------------------------------------------------------


def of_vault(both: Both, then: cobo.MPCVault, now: cobo.MPCVault) -> Iterator[Difference]:
    """What differs in one vault."""
    vault_id = now.vault_id or ""
    if then.name != now.name:
        asked = Asked("update_mpc_vault_by_id", vault_id, says("name", now.name))
        yield renamed("vault", vault_id, then.name or "", now.name or "", [asked])
    keys = _root_keys(then.root_pubkeys), _root_keys(now.root_pubkeys)
    if keys[0] != keys[1]:
        fresh = keys[0].items() <= keys[1].items()
        severity: Severity = "note"
        sentence = f"has root keys for {and_words(sorted(set(keys[1]) - set(keys[0])))} now"
        if not fresh:
            severity, sentence = "high", "has other root keys"
        yield Difference(
            "vault",
            vault_id,
            now.name or vault_id,
            "root_pubkeys",
            severity,
            sentence,
            ", ".join(sorted(keys[0])) or NOTHING,
            ", ".join(sorted(keys[1])) or NOTHING,
            by_itself=fresh,
            asked=(Asked("create_tss_request", vault_id),),
        )


def _root_keys(keys: Sequence[Any] | None) -> dict[str, str]:
    return {key.curve or "a curve": key.root_pubkey or "" for key in keys or ()}


def vault_made(both: Both, now: cobo.MPCVault) -> Iterator[Difference]:
    """A vault that was not there."""
    asked = Asked("create_mpc_vault", now.vault_id or "")
    name = now.name or now.vault_id or ""
    sentence, kind = "was made", now.type or NOTHING
    yield Difference(
        "vault", now.vault_id or "", name, "made", "note", sentence, after=kind, asked=(asked,)
    )


def vault_gone(both: Both, then: cobo.MPCVault) -> Iterator[Difference]:
    """A vault that is no longer listed."""
    name = then.name or then.vault_id or ""
    kind = then.type or NOTHING
    yield Difference(
        "vault", then.vault_id or "", name, "gone", "high", "is no longer listed", before=kind
    )


# ---- groups --------------------------------------------------------------------------------------


def group_name(both: Both, group: cobo.KeyShareHolderGroup) -> str:
    """A group as people call it."""
    kind = GROUPS.get(group.type or "", group.type or "group")
    return f"{both.vault_name(group.vault_id)}, {kind}"


def _scheme(group: cobo.KeyShareHolderGroup) -> str:
    return f"{group.threshold} of {group.participants}"


def _power_ids(group: cobo.KeyShareHolderGroup) -> tuple[str, ...]:
    group_id = group.key_share_holder_group_id or ""
    return tuple(f"{group_id}:{kind}" for kind in (*SIGNING, "rebuilds"))


def of_group(
    both: Both, then: cobo.KeyShareHolderGroup, now: cobo.KeyShareHolderGroup
) -> Iterator[Difference]:
    """What differs in one group, but for the states of its holders."""
    group_id, about = now.key_share_holder_group_id or "", group_name(both, now)
    if then.type != now.type:
        yield _type(both, then, now)
    if then.status != now.status:
        yield _status(both, then, now)
    yield from _who(both, then, now)
    keys = _root_keys(then.tss_key_share_groups), _root_keys(now.tss_key_share_groups)
    if keys[0] != keys[1] and (keys[0] or then.status == now.status):
        yield Difference(
            "group",
            group_id,
            about,
            "tss_key_share_groups",
            "medium",
            "holds shares of other keys",
            ", ".join(sorted(keys[0])) or NOTHING,
            ", ".join(sorted(keys[1])) or NOTHING,
            asked=_key_generation(now),
        )


def _who(
    both: Both, then: cobo.KeyShareHolderGroup, now: cobo.KeyShareHolderGroup
) -> Iterator[Difference]:
    """Threshold, holders, and who of them signs: each is a change of who can sign."""
    power_ids = _power_ids(now)
    shifts = both.shifts(power_ids)
    severity = severest("note", *(shift.severity for shift in shifts))
    if both.unknown(power_ids[:2]) and now.type != "RecoveryGroup":
        severity = "medium"
    for field, sentence, before, after, names in _who_rows(both, then, now):
        yield Difference(
            "group",
            now.key_share_holder_group_id or "",
            group_name(both, now),
            field,
            severity,
            sentence,
            before or NOTHING,
            after or NOTHING,
            names=names,
            shifts=shifts,
        )


def _who_rows(
    both: Both, then: cobo.KeyShareHolderGroup, now: cobo.KeyShareHolderGroup
) -> Iterator[tuple[str, str, str, str, tuple[str, ...]]]:
    """Field, sentence, before, after, and the names in them."""
    if (then.threshold, then.participants) != (now.threshold, now.participants):
        sentence = f"needs {_scheme(now)} shares instead of {_scheme(then)}"
        yield "threshold", sentence, _scheme(then), _scheme(now), ()
    nodes = _nodes(then), _nodes(now)
    came = [_holder_name(both, nodes[1][node]) for node in nodes[1] if node not in nodes[0]]
    went = [_holder_name(both, nodes[0][node]) for node in nodes[0] if node not in nodes[1]]
    if came or went:
        sentence = f"has other holders: {_came_and_went(came, went)}"
        listed = _names(both, then), _names(both, now)
        yield "key_share_holders", sentence, *listed, (*came, *went)
    signers = _signers(both, then, nodes[1]), _signers(both, now, nodes[0])
    if signers[0] != signers[1]:
        words = and_words(signers[0]), and_words(signers[1])
        yield "signer", "designates other signers", *words, (*signers[0], *signers[1])


def _came_and_went(came: list[str], went: list[str]) -> str:
    words = []
    if came:
        words.append(f"{and_words(came)} came in")
    if went:
        words.append(f"{and_words(went)} went out")
    return ", ".join(words)


def _nodes(group: cobo.KeyShareHolderGroup) -> dict[str, cobo.KeyShareHolder]:
    holders = group.key_share_holders or ()
    return {holder.tss_node_id or f"seat {at}": holder for at, holder in enumerate(holders)}


def _holder_name(both: Both, holder: cobo.KeyShareHolder) -> str:
    node = holder.tss_node_id or ""
    if node in both.persons:
        return both.persons[node]
    return holder.name or (COBO if holder.type == COBO else node)


def _names(both: Both, group: cobo.KeyShareHolderGroup) -> str:
    return ", ".join(_holder_name(both, each) for each in group.key_share_holders or ())


def _signers(both: Both, group: cobo.KeyShareHolderGroup, others: Any) -> list[str]:
    """The designated signers among those who are in both."""
    holders = [each for node, each in _nodes(group).items() if node in others]
    return [_holder_name(both, each) for each in holders if each.signer]


def _type(both: Both, then: cobo.KeyShareHolderGroup, now: cobo.KeyShareHolderGroup) -> Difference:
    group_id, vault_id = now.key_share_holder_group_id or "", now.vault_id or ""
    kinds = GROUPS.get(then.type or "", then.type), GROUPS.get(now.type or "", now.type)
    asked = Asked(UPGRADE, group_id)
    if then.type == "MainGroup":
        asked = Asked(
            UPGRADE, vault_id, says("original_main_group_handling", "ConvertToSigningGroup")
        )
    return Difference(
        "group",
        group_id,
        group_name(both, now),
        "type",
        "medium",
        f"was the {kinds[0]} and is the {kinds[1]} now",
        str(then.type),
        str(now.type),
        asked=(asked,),
    )


def _key_generation(group: cobo.KeyShareHolderGroup) -> tuple[Asked, ...]:
    """The TSS request that makes this group's keys."""
    target = group.key_share_holder_group_id

    def exactly(body: Body) -> bool:
        return body.get("target_key_share_holder_group_id") == target

    return (Asked("create_tss_request", group.vault_id or "", exactly),)


def _status(
    both: Both, then: cobo.KeyShareHolderGroup, now: cobo.KeyShareHolderGroup
) -> Difference:
    group_id, vault_id = now.key_share_holder_group_id or "", now.vault_id or ""
    severity: Severity = "low"
    sentence = f"is {now.status} now"
    asked: tuple[Asked, ...] = ()
    shifts: tuple[Shift, ...] = ()
    if now.status == READY:
        sentence, asked = "can be used now", _key_generation(now)
        shifts = both.with_group(group_id, vault_id, _kinds(now))
        severity = _of_a_new_group(now, shifts)
    elif then.status == READY:
        shifts = both.without_group(group_id, vault_id, _kinds(now))
        severity, sentence = "medium", "cannot be used any more"
        if any(shift.change.after is None for shift in shifts):
            severity, sentence = "high", "cannot be used any more, nor any other group of its vault"
    return Difference(
        "group",
        group_id,
        group_name(both, now),
        "status",
        severity,
        sentence,
        then.status or NOTHING,
        now.status or NOTHING,
        by_itself=True,
        asked=asked,
        shifts=shifts,
    )


def _kinds(group: cobo.KeyShareHolderGroup) -> tuple[Kind, ...]:
    """The powers that a group gives."""
    return ("rebuilds",) if group.type == "RecoveryGroup" else SIGNING


def group_made(both: Both, now: cobo.KeyShareHolderGroup) -> Iterator[Difference]:
    """A group that was not there, and what it does to the powers over its vault."""
    shifts = both.with_group(now.key_share_holder_group_id or "", now.vault_id or "", _kinds(now))
    sentence = f"was made, {_scheme(now)}: {_names(both, now)}"
    severity = _of_a_new_group(now, shifts)
    yield Difference(
        "group",
        now.key_share_holder_group_id or "",
        group_name(both, now),
        "made",
        severity,
        sentence,
        after=f"{now.status}, {_scheme(now)}",
        asked=(Asked("create_key_share_holder_group", now.key_share_holder_group_id or ""),),
        names=tuple(_holder_name(both, each) for each in now.key_share_holders or ()),
        shifts=shifts,
    )


def _of_a_new_group(group: cobo.KeyShareHolderGroup, shifts: tuple[Shift, ...]) -> Severity:
    """A vault's first group gives a power that nobody had; a further one may give it to others."""
    if group.type == "RecoveryGroup" and all(shift.change.before is None for shift in shifts):
        return "good"
    if any(shift.gained.members and shift.change.before is not None for shift in shifts):
        return "medium"
    return "note"


def group_as_ordered(body: Body, now: cobo.KeyShareHolderGroup) -> cobo.KeyShareHolderGroup:
    """What a request for a group asked for, as the group that it would have made."""
    there = {holder.tss_node_id: holder for holder in now.key_share_holders or ()}
    wanted = [each for each in body.get("key_share_holders") or () if isinstance(each, dict)]
    holders = [holder for holder in there.values() if holder.type == COBO]
    for each in wanted:
        node = each.get("tss_node_id")
        known = there.get(node, cobo.KeyShareHolder(name=each.get("name"), tss_node_id=node))
        holders.append(replace(known, signer=each.get("signer", known.signer)))
    return replace(
        now,
        type=body.get("key_share_holder_group_type"),
        threshold=body.get("threshold"),
        participants=body.get("participants"),
        key_share_holders=holders,
    )


def group_gone(both: Both, then: cobo.KeyShareHolderGroup) -> Iterator[Difference]:
    """A group that is no longer listed, and what that does to the powers over its vault."""
    vault_id = then.vault_id or ""
    group_id = then.key_share_holder_group_id or ""
    shifts = both.without_group(group_id, vault_id, _kinds(then))
    asked = [Asked("delete_key_share_holder_group_by_id", group_id)]
    if then.type == "MainGroup":
        asked += [Asked(UPGRADE, vault_id), Asked("create_tss_request", vault_id, _is_recovery)]
    yield Difference(
        "group",
        then.key_share_holder_group_id or "",
        group_name(both, then),
        "gone",
        severest("low", *(shift.severity for shift in shifts)),
        "is no longer listed",
        before=f"{then.status}, {_scheme(then)}",
        asked=tuple(asked),
        shifts=shifts,
    )


def _is_recovery(body: Body) -> bool:
    return body.get("type") == "Recovery"


# ---- holders -------------------------------------------------------------------------------------


def of_holder(
    both: Both, then: cobo.KeyShareHolder, now: cobo.KeyShareHolder, groups: Sequence[str]
) -> Iterator[Difference]:
    """What differs in one node, wherever it holds a share; ``groups``: there."""
    name = _holder_name(both, now)
    about = f"{name} ({and_words(groups)})"
    for field, severity, sentence, before, after in _of_node(then, now):
        yield Difference(
            "holder",
            now.tss_node_id or "",
            about,
            field,
            severity,
            sentence,
            before or NOTHING,
            after or NOTHING,
            by_itself=field in ("online", "status"),
            names=(name,),
        )


def _of_node(
    then: cobo.KeyShareHolder, now: cobo.KeyShareHolder
) -> Iterator[tuple[str, Severity, str, str | None, str | None]]:
    """Field, severity, sentence, before and after."""
    if then.online != now.online:
        states = _online(then), _online(now)
        if now.online is True:
            yield "online", "good", "is online again", *states
        else:
            yield "online", "low", "went offline", *states
    if then.status != now.status:
        severity: Severity = "note" if now.status == READY else "medium"
        yield "status", severity, f"is {now.status} now", then.status, now.status
    if then.name != now.name:
        yield "name", "low", "is called otherwise", then.name, now.name
    if then.account_id != now.account_id:
        sentence = "stands under another account"
        yield "account_id", "medium", sentence, then.account_id, now.account_id
    if then.type != now.type:
        yield "type", "medium", "is of another type", then.type, now.type


def _online(holder: cobo.KeyShareHolder) -> str:
    if holder.online is None:
        return "not said"
    return "online" if holder.online else "offline"


# ---- TSS requests --------------------------------------------------------------------------------


def request_name(both: Both, request: cobo.TSSRequest) -> str:
    """A TSS request as people call it."""
    return f"TSS request {request.type} of {both.vault_name(request.vault_id)}"


def request_made(both: Both, now: cobo.TSSRequest) -> Iterator[Difference]:
    """A TSS request that was not there."""
    severity: Severity = "low"
    sentence = "was made: it makes key shares"
    if now.type == "Recovery":
        severity, sentence = "medium", "was made: it makes a main group anew from a recovery group"
    yield Difference(
        "TSS request",
        now.tss_request_id or "",
        request_name(both, now),
        "made",
        severity,
        sentence,
        after=now.status or NOTHING,
        asked=(Asked("create_tss_request", now.tss_request_id or ""),),
    )


def of_request(both: Both, then: cobo.TSSRequest, now: cobo.TSSRequest) -> Iterator[Difference]:
    """What differs in one TSS request."""
    if then.status == now.status:
        return
    severity: Severity = "note"
    if now.status in ("KeyHolderConfirmationFailed", "KeyGeneratingFailed"):
        severity = "medium"
    yield Difference(
        "TSS request",
        now.tss_request_id or "",
        request_name(both, now),
        "status",
        severity,
        f"is {now.status} now",
        then.status or NOTHING,
        now.status or NOTHING,
        by_itself=True,
        asked=(Asked("cancel_tss_request_by_id", now.tss_request_id or ""),),
    )


def request_gone(both: Both, then: cobo.TSSRequest) -> Iterator[Difference]:
    """A TSS request that is no longer listed."""
    yield Difference(
        "TSS request",
        then.tss_request_id or "",
        request_name(both, then),
        "gone",
        "note",
        "is no longer listed",
        before=then.status or NOTHING,
    )


# ---- API keys ------------------------------------------------------------------------------------


def of_api_key(both: Both, then: cobo.ApiKeyInfo, now: cobo.ApiKeyInfo) -> Iterator[Difference]:
    """What differs in one API key: its roles and how far they reach, from where and how long it may
    be used.
    """
    about = f"API key {now.name}"
    if then.name != now.name:
        yield renamed("API key", now.key, then.name, now.name, (), about)
    yield from _roles(both, about, then, now)
    if then.valid_ips != now.valid_ips:
        yield _addresses(about, then, now)
    if then.callback_url != now.callback_url:
        yield Difference(
            "API key", now.key, about, "callback_url", "medium", "has another callback address",
            _text(then.callback_url), _text(now.callback_url),
        )  # fmt: skip
    yield from _end(both, about, then, now)


def _roles(
    both: Both, about: str, then: cobo.ApiKeyInfo, now: cobo.ApiKeyInfo
) -> Iterator[Difference]:
    before, after = _role_scopes(then), _role_scopes(now)
    for role in after.keys() | before.keys():
        if role in before and role in after:
            yield from _scopes(both, now, role, before[role], after[role])
            continue
        severity: Severity = "low"
        sentence = f"has {role} no longer"
        if role in after:
            severity, sentence = _of_a_role(role), f"got {role}{_may_do_both(after)}"
        yield Difference(
            "API key",
            now.key,
            about,
            f"role {role}",
            severity,
            sentence,
            " + ".join(before) or "none",
            " + ".join(after) or "none",
            names=(role,),
        )


def _of_a_role(role: str) -> Severity:
    """High, unless it is known that this role changes nothing."""
    preset = cobo.preset_role(role)
    return "high" if preset is None or cobo.ROLE_CHANGES[preset] else "medium"


def _may_do_both(roles: Any) -> str:
    groups = any(cobo.role_may(role, "mpc_key_group:create") for role in roles)
    money = any(cobo.role_may(role, "transaction:withdraw") for role in roles)
    return ": it changes groups and may withdraw" if groups and money else ""


def _role_scopes(info: cobo.ApiKeyInfo) -> dict[str, cobo.Scopes]:
    listed = info.role_scopes if isinstance(info.role_scopes, list) else ()
    return {role.role_name: role.scopes for role in listed}


def _scopes(
    both: Both, key: cobo.ApiKeyInfo, role: str, then: cobo.Scopes, now: cobo.Scopes
) -> Iterator[Difference]:
    made = {entry.made for entry in both.after.ordered if entry.made}
    for name in cobo.SCOPE_DIMENSIONS:
        before, after = getattr(then, name), getattr(now, name)
        ours = _made_here(before, after, made)
        for each in ours:
            sentence = f"as {role} reaches what was made through it"
            asked = Asked("create_mpc_vault", each), Asked("create_mpc_project", each)
            yield _scope(key, role, name, "note", sentence, before, after, asked)
        rest = [each for each in after or () if each not in ours]
        if (before or []) != rest:
            severity, words = _reach_words(role, name, before, rest)
            yield _scope(key, role, name, severity, words, before, after)


def _made_here(before: Any, after: Any, made: Collection[str]) -> list[str]:
    """What a scope lists now because the key made it: it may reach that from then on."""
    if not before or not after:
        return []
    return [each for each in after if each in made and each not in before]


def _reach_words(role: str, name: str, before: Any, after: Any) -> tuple[Severity, str]:
    if not after:
        return "medium", f"as {role} lists no {name}: whether that is all or none is undocumented"
    more = [each for each in after if each not in (before or ())]
    if more:
        return "medium", f"as {role} reaches {len(more)} more of {name}"
    return "low", f"as {role} reaches fewer {name}"


def _scope(
    key: cobo.ApiKeyInfo,
    role: str,
    name: str,
    severity: Severity,
    sentence: str,
    before: Any,
    after: Any,
    asked: tuple[Asked, ...] = (),
) -> Difference:
    return Difference(
        "API key",
        key.key,
        f"API key {key.name}",
        f"{role} {name}",
        severity,
        sentence,
        _listed(before),
        _listed(after),
        asked=asked,
        names=(role,),
    )


def _listed(values: Any) -> str:
    return ", ".join(values) if values else "nothing listed"


def _text(value: object) -> str:
    return NOTHING if value is UNSET or value is None else str(value)


def _addresses(about: str, then: cobo.ApiKeyInfo, now: cobo.ApiKeyInfo) -> Difference:
    before, after = how_many(then.valid_ips), how_many(now.valid_ips)
    severity: Severity = "medium"
    sentence = "may be used from other addresses"
    if not isinstance(now.valid_ips, list) or not now.valid_ips:
        severity, sentence = "high", "lists no addresses any more"
    elif before is not None and after is not None and before != after:
        sentence = f"may be used from {after:,} addresses instead of {before:,}"
        if after < before:
            severity = "low"
    return Difference(
        "API key",
        now.key,
        about,
        "valid_ips",
        severity,
        sentence,
        _listed(then.valid_ips or ()),
        _listed(now.valid_ips or ()),
    )


def how_many(addresses: object) -> int | None:
    """How many addresses a list of addresses and networks has; None where one is no network."""
    if not isinstance(addresses, list) or not addresses:
        return None
    try:
        return sum(ipaddress.ip_network(each, strict=False).num_addresses for each in addresses)
    except ValueError:
        return None


def _end(
    both: Both, about: str, then: cobo.ApiKeyInfo, now: cobo.ApiKeyInfo
) -> Iterator[Difference]:
    if then.expired_timestamp != now.expired_timestamp:
        severity: Severity = "medium"
        sentence = "ends at another time"
        earlier = isinstance(now.expired_timestamp, int) and not (
            isinstance(then.expired_timestamp, int)
            and then.expired_timestamp < now.expired_timestamp
        )
        if earlier:
            severity, sentence = "low", "ends earlier"
        yield Difference(
            "API key",
            now.key,
            about,
            "expired_timestamp",
            severity,
            sentence,
            _moment(then.expired_timestamp),
            _moment(now.expired_timestamp),
        )
    elif isinstance(now.expired_timestamp, int) and (
        both.before.at_ms < now.expired_timestamp <= both.after.at_ms
    ):
        yield Difference(
            "API key", now.key, about, "expired", "medium", "has ended", "in use",
            f"ended {day(now.expired_timestamp)}", by_itself=True,
        )  # fmt: skip


def _moment(value: object) -> str:
    return day(value) if isinstance(value, int) else "no end"


# ---- the rest ------------------------------------------------------------------------------------


def of_project(both: Both, then: cobo.MPCProject, now: cobo.MPCProject) -> Iterator[Difference]:
    """What differs in one project."""
    about = f"Project {now.name or now.project_id}"
    if then.name != now.name:
        yield Difference(
            "project", now.project_id or "", about, "name", "low", "was renamed",
            then.name or NOTHING, now.name or NOTHING,
        )  # fmt: skip
    schemes = [f"{each.threshold} of {each.participants}" for each in (then, now)]
    if schemes[0] != schemes[1]:
        yield Difference(
            "project", now.project_id or "", about, "threshold", "medium",
            "has another scheme", schemes[0], schemes[1],
        )  # fmt: skip


def project_made(both: Both, now: cobo.MPCProject) -> Iterator[Difference]:
    """A project that was not there."""
    about = f"Project {now.name or now.project_id}"
    yield Difference("project", now.project_id or "", about, "made", "note", "was made")


def project_gone(both: Both, then: cobo.MPCProject) -> Iterator[Difference]:
    """A project that is no longer listed."""
    about = f"Project {then.name or then.project_id}"
    yield Difference(
        "project", then.project_id or "", about, "gone", "medium", "is no longer listed"
    )


def cobo_node_made(both: Both, now: cobo.KeyShareHolder) -> Iterator[Difference]:
    """A node of Cobo's own that was not there."""
    node = now.tss_node_id or ""
    yield Difference("Cobo’s node", node, node, "made", "note", "is one of Cobo’s nodes now")


def cobo_node_gone(both: Both, then: cobo.KeyShareHolder) -> Iterator[Difference]:
    """A node of Cobo's own that is no longer listed."""
    node = then.tss_node_id or ""
    yield Difference("Cobo’s node", node, node, "gone", "low", "is none of Cobo’s nodes any more")


# ---- wallets -------------------------------------------------------------------------------------


def wallet_name(wallet: cobo.WalletInfo) -> str:
    """One of Cobo's wallets as people call it."""
    return f"Cobo wallet {wallet.name or wallet.wallet_id}"


def of_wallet(both: Both, then: cobo.WalletInfo, now: cobo.WalletInfo) -> Iterator[Difference]:
    """What differs in one of Cobo's wallets."""
    about = wallet_name(now)
    if then.name != now.name:
        yield renamed("Cobo wallet", now.wallet_id, then.name, now.name, [], about)
    if then.vault_id != now.vault_id:
        names = both.vault_name(then.vault_id), both.vault_name(now.vault_id)
        yield Difference(
            "Cobo wallet",
            now.wallet_id,
            about,
            "vault_id",
            "high",
            f"stands in another vault: {names[1]}, whose groups decide about it",
            *names,
            names=names,
        )


def _stands_in(both: Both, wallet: cobo.WalletInfo) -> str:
    """Where a wallet stands: its vault, or its type where it has none."""
    if wallet.vault_id:
        return both.vault_name(wallet.vault_id)
    return f"{wallet.wallet_type}, no vault"


def wallet_made(both: Both, now: cobo.WalletInfo) -> Iterator[Difference]:
    """One of Cobo's wallets that was not there."""
    place = _stands_in(both, now)
    yield Difference(
        "Cobo wallet",
        now.wallet_id,
        wallet_name(now),
        "made",
        "note",
        f"was made: {place}",
        after=place,
        asked=(Asked("create_wallet", now.wallet_id),),
        names=(place,),
    )


def wallet_as_ordered(body: Body, now: cobo.WalletInfo) -> cobo.WalletInfo:
    """What a request for a wallet asked for; what it does not say is as it is."""
    said = {field: body[field] for field in ("name", "vault_id") if field in body}
    return replace(now, **said)


def wallet_gone(both: Both, then: cobo.WalletInfo) -> Iterator[Difference]:
    """One of Cobo's wallets that is no longer listed."""
    place = _stands_in(both, then)
    yield Difference(
        "Cobo wallet",
        then.wallet_id,
        wallet_name(then),
        "gone",
        "medium",
        "is no longer listed",
        before=place,
        names=(place,),
    )
