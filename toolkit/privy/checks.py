"""Rules of a Privy request, looked at before it is sent. Each carries its source.

Documented rules refuse. Inferred ones warn and can be acknowledged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import UNSET

from toolkit.base.hidden import hidden_at
from toolkit.base.text import plural
from toolkit.errors import KeyRefused
from toolkit.findings import (
    TYPE_IT_AGAIN,
    Finding,
    Hit,
    Path,
    Rule,
    documented,
    found_by,
    hidden_sentence,
    ours,
)
from toolkit.keys.signer import Signature, Signer
from toolkit.privy import signing
from toolkit.privy.intents import INTENT_STATUSES, INTENT_TYPES, SORTS
from toolkit.privy.models import (
    BATCH_LIMIT,
    CHAIN_TYPES,
    ENTITY_TYPES,
    EXTERNAL_ID,
    MEMBER_LISTS,
    NAME_LIMIT,
    NESTED_LIMIT,
    POLICY_ID_LENGTH,
    POLICY_LIMIT,
    WALLET_NAME_LIMIT,
    member_key,
)
from toolkit.request.call import Call

PAGE = documented("Privy page Create key quorum")
OPENAPI = documented("Privy OpenAPI file")
SIGNING = documented("Privy page Authorization signatures")
SDK = ours("privy-client 0.7.0, from Privy's OpenAPI file: a later one may know more")
TYPES = documented("@privy-io/node 0.35.0, types of wallets")
OLDER = ours("older Privy OpenAPI file")
NOT_DOCUMENTED = ours("inferred: not documented")
OUR_RULE = ours("our rule: people approve by name")
INTENT_PAGE = documented("Privy page Authorize intent")
LARGEST_PAGE = 100
_SIGNATURE = re.compile(r"M[C-Z][A-Za-z0-9+/]{80,100}={0,2}")  # DER of two numbers of 32 bytes


def problems(call: Call[Any], signers: Sequence[Signer | Signature]) -> tuple[Finding, ...]:
    """Every rule that this call breaks: its fields first, then who signs."""
    rules = _RULES.get(call.operation.name, ())
    asked = RequestColumns.of([call.body if call.body is not None else dict(call.query)])
    who = SignerColumns([call], [tuple(signers)])
    return (*found_by(rules, asked), *_of_a_batch(call), *found_by(SIGNER_RULES, who))


def _of_a_batch(call: Call[Any]) -> Iterator[Finding]:
    """What is to be said of each wallet of a batch, at its place."""
    wallets: Any = call.argument("wallets")
    if not isinstance(wallets, tuple):
        return
    for at, wallet in enumerate(wallets):
        for finding in found_by(_RULES["create_wallet"], RequestColumns.of([wallet])):
            yield replace(finding, path=("wallets", at, *finding.path))


# ---- columns -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestColumns:
    """Requests of one kind: what each says of a field. What is left out, or None, says nothing."""

    rows: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, requests: Sequence[Any]) -> RequestColumns:
        """The columns of these requests: models, or queries as mappings."""
        return cls([_said(request) for request in requests])

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        return iter(enumerate(self.rows))

    def column(self, name: str) -> Iterator[tuple[int, Any]]:
        """A field of each row that says something of it."""
        return ((row, said[name]) for row, said in self if said.get(name) is not None)

    def members(self, name: str) -> Iterator[tuple[int, int, str]]:
        """Row, place and text of each member of one of the three lists."""
        for row, members in self.column(name):
            for at, member in enumerate(members):
                yield row, at, member


def _said(request: Any) -> Mapping[str, Any]:
    if isinstance(request, dict):
        return request
    fields = {name: getattr(request, name) for name in request.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not UNSET}


@dataclass(frozen=True, slots=True)
class SignerColumns:
    """Calls, and who signs each: keys, signers elsewhere, and signatures that are there."""

    calls: Sequence[Call[Any]]
    signers: Sequence[tuple[Signer | Signature, ...]]

    def __iter__(self) -> Iterator[tuple[int, Call[Any], tuple[Signer | Signature, ...]]]:
        for row, (call, signers) in enumerate(zip(self.calls, self.signers, strict=True)):
            yield row, call, signers


def _size(said: Mapping[str, Any]) -> int:
    return sum(len(said.get(name) or ()) for name in MEMBER_LISTS)


def _says_all_members(said: Mapping[str, Any]) -> bool:
    return all(said.get(name) is not None for name in MEMBER_LISTS)


# ---- members of a quorum -------------------------------------------------------------------------


def _no_members(requests: RequestColumns) -> Iterator[Hit]:
    for row, said in requests:
        if not _size(said):
            sentence = "A quorum needs a member: a key, a user or another quorum."
            yield Hit(row, ("public_keys",), sentence)


def _left_without_members(requests: RequestColumns) -> Iterator[Hit]:
    for row, said in requests:
        if _says_all_members(said) and not _size(said):
            yield Hit(row, ("public_keys",), "This leaves the quorum without any member.")


def _empty_lists(requests: RequestColumns) -> Iterator[Hit]:
    for row, said in requests:
        for name in MEMBER_LISTS:
            if _size(said) and said.get(name) == ():
                yield Hit(row, (name,), f"{name} is empty.")


def _unreachable(requests: RequestColumns) -> Iterator[Hit]:
    """A new quorum has all its members in the request."""
    for row, threshold in requests.column("authorization_threshold"):
        size = _size(requests.rows[row])
        if threshold < 1 or (size and threshold > size):
            yield _threshold_hit(row, threshold, size)


def _unreachable_after(requests: RequestColumns) -> Iterator[Hit]:
    """A change tells how many members there are only where it says all three lists."""
    for row, threshold in requests.column("authorization_threshold"):
        size = _size(requests.rows[row])
        if _says_all_members(requests.rows[row]) and size and threshold > size:
            yield _threshold_hit(row, threshold, size)


def _threshold_hit(row: int, threshold: int, size: int) -> Hit:
    verb = "is" if size == 1 else "are"
    sentence = f"{threshold} must sign, and there {verb} {plural(size, 'member')}: never enough."
    if threshold < 1:
        sentence = f"{threshold} is below 1: at least one member must sign."
    return Hit(row, ("authorization_threshold",), sentence, f"Choose from 1 to {size or 1}.")


def _below_one(requests: RequestColumns) -> Iterator[Hit]:
    for row, threshold in requests.column("authorization_threshold"):
        if threshold < 1:
            yield Hit(row, ("authorization_threshold",), f"{threshold} is below 1.")


def _no_keys(requests: RequestColumns) -> Iterator[Hit]:
    for row, at, text in requests.members("public_keys"):
        yield from _key_hit(row, ("public_keys", at), text)


def _key_hit(row: int, path: Path, text: str) -> Iterator[Hit]:
    try:
        member_key(text)
    except KeyRefused as refused:
        yield Hit(row, path, refused.what, refused.hint)


def _keys_twice(requests: RequestColumns) -> Iterator[Hit]:
    first: dict[tuple[int, str], int] = {}
    for row, at, text in requests.members("public_keys"):
        try:
            fingerprint = member_key(text).fingerprint
        except KeyRefused:
            continue  # told by another rule
        twin = first.setdefault((row, fingerprint), at)
        if twin != at:
            sentence = (
                f"Same key as key {twin + 1}, whatever its spelling. It would still be one "
                "person's yes."
            )
            yield Hit(row, ("public_keys", at), sentence)


def _no_user_ids(requests: RequestColumns) -> Iterator[Hit]:
    for row, at, user_id in requests.members("user_ids"):
        yield from _user_hit(row, ("user_ids", at), user_id)


def _user_hit(row: int, path: Path, user_id: str) -> Iterator[Hit]:
    if not user_id.startswith("did:privy:"):
        yield Hit(row, path, "A user id begins with did:privy:.")


def _empty_quorum_ids(requests: RequestColumns) -> Iterator[Hit]:
    for row, at, quorum_id in requests.members("key_quorum_ids"):
        yield from _empty_id_hit(row, ("key_quorum_ids", at), quorum_id)


def _empty_id_hit(row: int, path: Path, key_quorum_id: str) -> Iterator[Hit]:
    if not key_quorum_id.strip():
        yield Hit(row, path, "The id is empty.")


def _members_twice(requests: RequestColumns) -> Iterator[Hit]:
    for name in ("user_ids", "key_quorum_ids"):
        first: dict[tuple[int, str], int] = {}
        for row, at, member in requests.members(name):
            if first.setdefault((row, member), at) != at:
                yield Hit(row, (name, at), "The same member stands here twice.")


def _too_many_nested(requests: RequestColumns) -> Iterator[Hit]:
    for row, nested in requests.column("key_quorum_ids"):
        if len(nested) > NESTED_LIMIT:
            sentence = f"{plural(len(nested), 'nested quorum')}; at most {NESTED_LIMIT} fit."
            yield Hit(row, ("key_quorum_ids",), sentence)


# ---- names, wallets, lists -----------------------------------------------------------------------


def _hidden_names(requests: RequestColumns) -> Iterator[Hit]:
    for row, name in requests.column("display_name"):
        if hidden_at(name):
            yield Hit(row, ("display_name",), hidden_sentence("name", name))


def _longer_than(limit: int) -> Callable[[RequestColumns], Iterator[Hit]]:
    """Characters are Unicode code points, as in JSON Schema."""

    def look(requests: RequestColumns) -> Iterator[Hit]:
        for row, name in requests.column("display_name"):
            if len(name) > limit:
                yield Hit(row, ("display_name",), f"{len(name)} characters; {limit} fit.")

    return look


def _nothing_changed(requests: RequestColumns) -> Iterator[Hit]:
    for row, said in requests:
        if not said:
            yield Hit(row, ("request",), "Nothing is changed.")


def _empty_chains(requests: RequestColumns) -> Iterator[Hit]:
    for row, chain in requests.column("chain_type"):
        if not chain.strip():
            yield Hit(row, ("chain_type",), "The chain type is empty.")


def _unknown_chains(requests: RequestColumns) -> Iterator[Hit]:
    for row, chain in requests.column("chain_type"):
        if chain.strip() and chain not in CHAIN_TYPES:
            yield Hit(row, ("chain_type",), f"{chain!r} is no chain type known here.")


def _odd_external_ids(requests: RequestColumns) -> Iterator[Hit]:
    for row, external_id in requests.column("external_id"):
        if external_id and not re.fullmatch(EXTERNAL_ID, external_id):
            yield _external_id_hit(row)


def _empty_external_ids(requests: RequestColumns) -> Iterator[Hit]:
    for row, external_id in requests.column("external_id"):
        if not external_id:
            yield _external_id_hit(row)


def _external_id_hit(row: int) -> Hit:
    sentence = "An external id has 1 to 64 letters (a to z), digits, - and _."
    return Hit(row, ("external_id",), sentence)


def _two_owners(requests: RequestColumns) -> Iterator[Hit]:
    """A change may take an owner away: there the names alone count."""
    for row, said in requests:
        if (
            "owner" in said
            and "owner_id" in said
            and _is_said(said, "owner")
            and _is_said(said, "owner_id")
        ):
            yield Hit(row, ("owner",), "owner and owner_id exclude each other.")


def _is_said(said: Mapping[str, Any], name: str) -> bool:
    changes = "chain_type" not in said  # only a new wallet has one
    return changes or said[name] is not None


def _owners_of_two_kinds(requests: RequestColumns) -> Iterator[Hit]:
    for row, owner in requests.column("owner"):
        if (owner.public_key is None) == (owner.user_id is None):
            yield Hit(row, ("owner",), "An owner is one key or one user.")


def _owner_users(requests: RequestColumns) -> Iterator[Hit]:
    for row, owner in requests.column("owner"):
        if owner.user_id is not None and owner.public_key is None:
            yield from _user_hit(row, ("owner", "user_id"), owner.user_id)


def _owner_keys(requests: RequestColumns) -> Iterator[Hit]:
    for row, owner in requests.column("owner"):
        if owner.public_key is not None and owner.user_id is None:
            yield from _key_hit(row, ("owner", "public_key"), owner.public_key)


def _empty_owner_ids(requests: RequestColumns) -> Iterator[Hit]:
    for row, owner_id in requests.column("owner_id"):
        yield from _empty_id_hit(row, ("owner_id",), owner_id)


def _empty_signer_ids(requests: RequestColumns) -> Iterator[Hit]:
    for row, signers in requests.column("additional_signers"):
        for at, signer in enumerate(signers):
            path = ("additional_signers", at, "signer_id")
            yield from _empty_id_hit(row, path, signer.signer_id)


def _signer_policies(requests: RequestColumns) -> Iterator[Hit]:
    for row, signers in requests.column("additional_signers"):
        for at, signer in enumerate(signers):
            path = ("additional_signers", at, "override_policy_ids")
            yield from _odd_policies(row, path, signer.override_policy_ids or ())


def _wallet_policies(requests: RequestColumns) -> Iterator[Hit]:
    for row, policies in requests.column("policy_ids"):
        yield from _odd_policies(row, ("policy_ids",), policies)


def _odd_policies(
    row: int,
    path: tuple[str | int, ...],
    policies: Sequence[str],
) -> Iterator[Hit]:
    if len(policies) > POLICY_LIMIT:
        yield Hit(row, path, "At most one policy fits.")
    for at, policy_id in enumerate(policies):
        if len(policy_id) != POLICY_ID_LENGTH:
            sentence = f"A policy's id has {POLICY_ID_LENGTH} characters, not {len(policy_id)}."
            yield Hit(row, (*path, at), sentence)


def _entities(requests: RequestColumns) -> Iterator[Hit]:
    for row, entity in requests.column("entity"):
        if entity.type not in ENTITY_TYPES:
            sentence = f"An entity is one of {', '.join(ENTITY_TYPES)}, not {entity.type!r}."
            yield Hit(row, ("entity", "type"), sentence)
        yield from _empty_entity_hit(row, entity.id)


def _empty_entity_hit(row: int, entity_id: str) -> Iterator[Hit]:
    if not entity_id.strip():
        yield Hit(row, ("entity", "id"), "The id is empty.")


def _batch_sizes(requests: RequestColumns) -> Iterator[Hit]:
    for row, wallets in requests.column("wallets"):
        if not 1 <= len(wallets) <= BATCH_LIMIT:
            sentence = f"{plural(len(wallets), 'wallet')}; from 1 to {BATCH_LIMIT} fit."
            yield Hit(row, ("wallets",), sentence)


def _of_key_and_user(requests: RequestColumns) -> Iterator[Hit]:
    for row, said in requests:
        if said.get("authorization_key") and said.get("user_id"):
            sentence = "authorization_key and user_id exclude each other."
            yield Hit(row, ("user_id",), sentence)


def _empty_addresses(requests: RequestColumns) -> Iterator[Hit]:
    for row, address in requests.column("address"):
        if not address.strip():
            yield Hit(row, ("address",), "The address is empty.")


def _archived_for_good(requests: RequestColumns) -> Iterator[Hit]:
    for row, _ in requests:
        sentence = "The wallet takes no change and signs nothing any more."
        yield Hit(row, ("wallet_id",), sentence)


def _limits(requests: RequestColumns) -> Iterator[Hit]:
    for row, limit in requests.column("limit"):
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= LARGEST_PAGE):
            sentence = f"limit is a whole number from 1 to {LARGEST_PAGE}, not {limit}."
            yield Hit(row, ("limit",), sentence)


def _listed_keys(requests: RequestColumns) -> Iterator[Hit]:
    for row, text in requests.column("authorization_key"):
        yield from _key_hit(row, ("authorization_key",), text)


def _words(name: str, allowed: Sequence[str]) -> Callable[[RequestColumns], Iterator[Hit]]:
    """A field of the query that knows these words only."""

    def unknown(requests: RequestColumns) -> Iterator[Hit]:
        for row, word in requests.column(name):
            if word not in allowed:
                yield Hit(row, (name,), f"{name} is none of {', '.join(allowed)}.")

    return unknown


def _no_signatures(requests: RequestColumns) -> Iterator[Hit]:
    for row, signature in requests.column("signature"):
        if not _SIGNATURE.fullmatch(signature):
            yield Hit(row, ("signature",), "This is no ECDSA signature in base64 DER.")


def _no_moments(requests: RequestColumns) -> Iterator[Hit]:
    for row, timestamp in requests.column("timestamp"):
        if timestamp < 10**12:
            sentence = "timestamp is Unix milliseconds; this is long ago, or seconds."
            yield Hit(row, ("timestamp",), sentence)


# ---- who signs -----------------------------------------------------------------------------------


def _signed_for_nothing(columns: SignerColumns) -> Iterator[Hit]:
    for row, call, signers in columns:
        if signers and not (call.operation.co_signed or call.operation.owner_signs):
            sentence = f"{call.operation.name} is not signed."
            yield Hit(row, ("signers",), sentence, "Leave signers out.")


def _nobody_signs(columns: SignerColumns) -> Iterator[Hit]:
    for row, call, signers in columns:
        if call.operation.co_signed and not signers:
            sentence = "The quorum's current members must sign this."
            yield Hit(row, ("signers",), sentence, "Pass a threshold of their keys as signers.")


def _other_keys_sign(columns: SignerColumns) -> Iterator[Hit]:
    for row, at, key in _keys_that_sign(columns):
        if signing.public_of(key) is None:
            yield Hit(row, ("signers", at), f"A P256Key signs here, not {type(key).__name__}.")


def _owner_may_sign(columns: SignerColumns) -> Iterator[Hit]:
    for row, call, signers in columns:
        if call.operation.owner_signs and not signers:
            sentence = "If the wallet has an owner, its quorum must sign this."
            yield Hit(row, ("signers",), sentence)


def _signers_twice(columns: SignerColumns) -> Iterator[Hit]:
    first: dict[tuple[int, str], int] = {}
    for row, at, key in _keys_that_sign(columns):
        public = signing.public_of(key)
        if public is not None and first.setdefault((row, public.fingerprint), at) != at:
            yield Hit(row, ("signers", at), "The same key signs twice; it would count once.")


def _keys_that_sign(columns: SignerColumns) -> Iterator[tuple[int, int, Signer]]:
    """Not the signatures that are there: those are verified, which tells more."""
    for row, call, signers in columns:
        if call.operation.co_signed or call.operation.owner_signs:
            for at, key in enumerate(signers):
                if not isinstance(key, Signature):
                    yield row, at, key


SIGNER_RULES: tuple[Rule[SignerColumns], ...] = (
    Rule("privy.signers", "high", OPENAPI, _signed_for_nothing),
    Rule("privy.signers", "high", SIGNING, _nobody_signs),
    Rule(
        "privy.owner-signs", "medium", ours(SIGNING.place), _owner_may_sign,
        "Pass its keys as signers. Acknowledge this if it has none.",
    ),
    Rule("privy.signers", "high", SIGNING, _other_keys_sign),
    Rule("privy.signer-twice", "medium", NOT_DOCUMENTED, _signers_twice),
)  # fmt: skip


# ---- the rules, by operation ---------------------------------------------------------------------

_COPY_A_USER = "Copy it from the Dashboard."
_PASTE_A_QUORUM = "Paste the id of an existing quorum."
_MEMBER_RULES: tuple[Rule[RequestColumns], ...] = (
    Rule("privy.public-key", "high", PAGE, _no_keys),
    Rule("privy.key-twice", "medium", NOT_DOCUMENTED, _keys_twice, "Remove one."),
    Rule("privy.user-id", "medium", ours(OPENAPI.place), _no_user_ids, _COPY_A_USER),
    Rule("privy.quorum-id", "high", OPENAPI, _empty_quorum_ids, _PASTE_A_QUORUM),
    Rule("privy.member-twice", "medium", NOT_DOCUMENTED, _members_twice, "Remove one."),
    Rule("privy.nested", "high", PAGE, _too_many_nested),
)
_HIDDEN_NAME = Rule("privy.hidden-characters", "medium", OUR_RULE, _hidden_names, TYPE_IT_AGAIN)
_QUORUM_NAME = Rule("privy.display-name", "high", PAGE, _longer_than(NAME_LIMIT), "Shorten it.")
_NO_CHANGE = Rule("privy.no-change", "high", OPENAPI, _nothing_changed, "Set at least one field.")
_ONE_OWNER = Rule("privy.one-owner", "high", OPENAPI, _two_owners, "Set one of them.")
_OWNER_RULES: tuple[Rule[RequestColumns], ...] = (
    Rule("privy.owner", "high", OPENAPI, _owners_of_two_kinds, "Set one of the two."),
    Rule("privy.user-id", "medium", ours(OPENAPI.place), _owner_users, _COPY_A_USER),
    Rule("privy.public-key", "high", OPENAPI, _owner_keys),
)
_WALLET_SIGNER_RULES: tuple[Rule[RequestColumns], ...] = (
    Rule("privy.quorum-id", "high", OPENAPI, _empty_signer_ids, _PASTE_A_QUORUM),
    Rule(
        "privy.policies",
        "high",
        OPENAPI,
        _signer_policies,
        "Name one policy, by the id copied from it.",
    ),
)
_WALLET_NAME = Rule(
    "privy.display-name", "high", OPENAPI, _longer_than(WALLET_NAME_LIMIT), "Shorten it."
)
_WALLET_FIELD_RULES: tuple[Rule[RequestColumns], ...] = (
    _HIDDEN_NAME,
    _WALLET_NAME,
    Rule("privy.external-id", "high", OPENAPI, _odd_external_ids, "Write it again."),
    Rule("privy.external-id", "medium", NOT_DOCUMENTED, _empty_external_ids, "Write it again."),
    Rule("privy.policies", "high", OPENAPI, _wallet_policies, "Copy it from the policy."),
)
_LIMIT = Rule("privy.limit", "high", OPENAPI, _limits)
_KNOWN_CHAINS = f"Known are {', '.join(CHAIN_TYPES)}."
_RULES: dict[str, tuple[Rule[RequestColumns], ...]] = {
    "create_key_quorum": (
        Rule("privy.no-members", "high", OPENAPI, _no_members),
        Rule("privy.empty-list", "high", OPENAPI, _empty_lists, "Leave it out instead."),
        Rule("privy.threshold", "high", PAGE, _unreachable),
        *_MEMBER_RULES,
        _HIDDEN_NAME,
        _QUORUM_NAME,
    ),
    "update_key_quorum": (
        _NO_CHANGE,
        Rule("privy.no-members", "medium", NOT_DOCUMENTED, _left_without_members),
        Rule("privy.threshold", "medium", OLDER, _below_one, "Choose 1 or more."),
        Rule("privy.threshold", "high", PAGE, _unreachable_after),
        *_MEMBER_RULES,
        _HIDDEN_NAME,
        _QUORUM_NAME,
    ),
    "create_wallet": (
        Rule("privy.chain-type", "high", OPENAPI, _empty_chains, "Say ethereum, or another."),
        Rule("privy.chain-type", "medium", SDK, _unknown_chains, _KNOWN_CHAINS),
        *_WALLET_FIELD_RULES,
        Rule("privy.entity", "high", TYPES, _entities),
        _ONE_OWNER,
        *_OWNER_RULES,
        Rule("privy.quorum-id", "high", OPENAPI, _empty_owner_ids, _PASTE_A_QUORUM),
        *_WALLET_SIGNER_RULES,
    ),
    "update_wallet": (
        _NO_CHANGE,
        *_WALLET_FIELD_RULES,
        _ONE_OWNER,
        *_OWNER_RULES,
        *_WALLET_SIGNER_RULES,
    ),
    "list_wallets": (
        _LIMIT,
        Rule("privy.public-key", "high", OPENAPI, _listed_keys),
        Rule("privy.filters", "high", TYPES, _of_key_and_user, "Ask for one, then the other."),
    ),
    "list_wallet_automations": (_LIMIT,),
    "get_wallet_by_address": (Rule("privy.address", "high", TYPES, _empty_addresses),),
    "create_wallet_batch": (Rule("privy.batch", "high", OPENAPI, _batch_sizes, "Divide it."),),
    "archive_wallet": (
        Rule(
            "privy.archives",
            "medium",
            ours("our rule: Privy has no operation that takes it back"),
            _archived_for_good,
            "Acknowledge it if you mean it.",
        ),
    ),
    "list_intents": (
        Rule("privy.limit", "high", OPENAPI, _limits),
        Rule("privy.word", "high", OPENAPI, _words("status", INTENT_STATUSES)),
        Rule("privy.word", "high", OPENAPI, _words("intent_type", INTENT_TYPES)),
        Rule("privy.word", "high", OPENAPI, _words("sort_by", SORTS)),
    ),
    "authorize_intent": (
        Rule(
            "privy.signature",
            "high",
            INTENT_PAGE,
            _no_signatures,
            "Sign it with privy.sign_intent(intent, key, app_id).",
        ),
        Rule("privy.timestamp", "high", INTENT_PAGE, _no_moments),
    ),
}
_RULES |= {
    "create_key_quorum_update_intent": _RULES["update_key_quorum"],
    "create_wallet_update_intent": _RULES["update_wallet"],
}
RULES: tuple[Rule[Any], ...] = (
    *dict.fromkeys(rule for rules in _RULES.values() for rule in rules),
    *SIGNER_RULES,
)
