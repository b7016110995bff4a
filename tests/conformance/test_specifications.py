"""Operations, models, words, limits, statuses and permissions are those of the vendors' OpenAPI files.

Every difference is listed here with its reason, and every reason still has its difference.
"""

from __future__ import annotations

import inspect as signatures
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from tests import specification
from tests.parameters import headers_of, outcome
from toolkit import cobo, privy
from toolkit.cobo import models as cobo_models
from toolkit.privy import intents as privy_intents
from toolkit.privy import models as privy_models

OPERATIONS: list[Any] = [*cobo.OPERATIONS, *privy.OPERATIONS]

NEWER = "Privy’s Node SDK 0.35.0, newer than its file, has it"
#: Where ours is another, and why. A star stands for anything.
DIFFERENCES = {
    "*.toolkit:received: only ours": "where an answer is from: ours, never sent",
    "cobo.KeyShareHolderGroup.vault_id: only ours": "filled from the question",
    "cobo.KeyShareHolder.vault_id: only ours": "filled from the question",
    "cobo.TSSRequest.vault_id: only ours": "filled from the question",
    "cobo.UpdateKeyShareHolderGroupByIdRequest.update_key_share_holder_group_action: may be left out": (
        "there is one action, which is our default; it is always sent"
    ),
    "cobo.list_mpc_vaults?vault_type: may be left out": (
        "Org-Controlled, our default; it is always sent"
    ),
    "cobo.CreateMpcWalletParams.wallet_type: may be left out": "MPC, our default; it is always sent",
    "cobo.WalletInfo.apikey: only theirs": "of a wallet at an exchange, which is not ours",
    "cobo.WalletInfo.exchange_id: word *": "of a wallet at an exchange, which is not ours",
    "privy.CreateWalletBatchRequest.wallets: limits": "from 1 to 100, by a rule of ours",
    "privy.*WalletRequest.policy_ids: limits": "at most one, where it enters",
    "privy.*WalletRequest.entity: only ours": NEWER,
    "privy.UpdateWalletRequest.external_id: only ours": NEWER,
    "privy.GetWalletByAddressRequest.include_archived: only ours": NEWER,
    "privy.Wallet.archived_at: only ours": NEWER,
    "privy.Wallet.automations: only ours": NEWER,
    "privy.Wallet.chain: only ours": NEWER,
    "privy.Wallet.entity: only ours": NEWER,
    "privy.get_wallet?include_archived: only ours": NEWER,
    "privy.list_wallets?address: only ours": NEWER,
    "privy.list_wallets?entity_id: only ours": NEWER,
    "privy.list_wallets?include_archived: only ours": NEWER,
    "privy.archive_wallet: POST /v1/wallets/{wallet_id}/archive is undocumented": NEWER,
    "privy.*wallet_automation*: * is undocumented": NEWER,
    "privy.Policy.*: limits": "answers are taken as they come",
    "privy.PolicyRule.*: limits": "answers are taken as they come",
    "privy.get_policy?policy_id: limits": "an id that is none is not found",
    "privy.Policy.version: word *": "read as it comes, and only shown",
    "privy.PolicyRule.*: word *": "read as it comes, and only shown",
    "privy.WalletBatchResult.success: word True, only theirs": "one model for success and failure",
    "privy.*chain_type: word xrpl, only ours": "Privy's Python SDK, newer than its file, has it",
    "privy.list_wallets?authorization_key: limits": "a key is judged by parsing it",
    "privy.list_wallets?cursor: limits": "an empty cursor is left out",
    "privy.CreateKeyQuorumRequest.authorization_threshold: limits": "a threshold from 1 up, by Quorum",
    "privy.CreateKeyQuorumRequest.public_keys: limits": "an empty list is none: it is left out",
    "privy.CreateKeyQuorumRequest.user_ids: limits": "an empty list is none: it is left out",
    "privy.list_intents?cursor: limits": "an empty cursor is left out",
    "privy.Intent.intent_type: word KEY_QUORUM, only theirs": "one model for every kind of intent",
    "privy.IntentAuthorization*Member.type: word user, only theirs": (
        "one model for users, keys and nested quorums"
    ),
    "privy.IntentRequestDetails.method: word PATCH, only theirs": "one model for every request",
    "privy.reject_intent: POST /v1/intents/{intent_id}/reject is undocumented": (
        "Privy's page Reject intent and its SDKs, newer than its file, have it"
    ),
    "privy.KeyQuorum.*: limits": "answers are taken as they come",
    "privy.AuthorizationKey.*: limits": "answers are taken as they come",
}

#: Of what may be of several kinds, the one that we have.
KINDS = {
    ("cobo.create_wallet", "asked"): "CreateMpcWalletParams",
}

#: The listed words of a field, of its models and of a parameter: ours by name.
WORDS: dict[str, tuple[str, ...]] = {
    "cobo.*wallet_type": cobo_models.WALLET_TYPES,
    "cobo.*wallet_subtype": cobo_models.WALLET_SUBTYPES,
    "privy.Intent.status": privy_intents.INTENT_STATUSES,
    "privy.list_intents?status": privy_intents.INTENT_STATUSES,
    "privy.list_intents?intent_type": privy_intents.INTENT_TYPES,
    "privy.list_intents?sort_by": privy_intents.SORTS,
    "privy.list_intents?current_user_has_signed": ("true", "false"),
    "cobo.*.vault_type": cobo_models.VAULT_TYPES,
    "cobo.MPCVault.type": cobo_models.VAULT_TYPES,
    "cobo.list_mpc_vaults?vault_type": cobo_models.VAULT_TYPES,
    "cobo.*.curve": cobo_models.CURVE_TYPES,
    "cobo.ApiKeyInfo.curve_type": cobo_models.CURVE_TYPES,
    "cobo.*KeyShareHolder.type": cobo_models.HOLDER_TYPES,
    "cobo.KeyShareHolder.status": cobo_models.HOLDER_STATUSES,
    "cobo.*key_share_holder_group_type": cobo_models.GROUP_TYPES,
    "cobo.KeyShareHolderGroup.type": cobo_models.GROUP_TYPES,
    "cobo.KeyShareHolderGroup.status": cobo_models.GROUP_STATUSES,
    "cobo.*.update_key_share_holder_group_action": cobo_models.UPDATE_GROUP_ACTIONS,
    "cobo.*.original_main_group_handling": cobo_models.MAIN_GROUP_HANDLINGS,
    "cobo.*TssRequestRequest.type": cobo_models.TSS_REQUEST_TYPES,
    "cobo.TSSRequest.type": cobo_models.TSS_REQUEST_TYPES,
    "cobo.TSSRequest.status": cobo_models.TSS_REQUEST_STATUSES,
    "privy.*chain_type": privy_models.CHAIN_TYPES,
}

#: The stated limits of a field or parameter, by our own numbers.
LIMITS: dict[str, dict[str, Any]] = {
    "privy.*KeyQuorumRequest.display_name": {"maxLength": privy_models.NAME_LIMIT},
    "privy.CreateKeyQuorumRequest.key_quorum_ids": {
        "minItems": 1,
        "maxItems": privy_models.NESTED_LIMIT,
    },
    "privy.UpdateKeyQuorumRequest.key_quorum_ids": {"maxItems": privy_models.NESTED_LIMIT},
    "privy.AdditionalSigner.override_policy_ids": {"maxItems": 1},
    "privy.CreateWalletRequest.external_id": {"maxLength": 64, "pattern": "^[a-zA-Z0-9_-]+$"},
    "privy.*WalletRequest.display_name": {"maxLength": privy_models.WALLET_NAME_LIMIT},
    "privy.list_intents?limit": {"maximum": privy.operations.LIST_INTENTS.pages[2]},  # type: ignore[index]
    "privy.list_wallets?limit": {"maximum": privy.operations.LIST_WALLETS.pages[2]},  # type: ignore[index]
}


class Comparison:
    """What differs, by name; and which words and limits were compared."""

    def __init__(self) -> None:
        self.differences: set[str] = set()
        self.compared: set[str] = set()
        self._seen: set[tuple[str, str]] = set()

    def operation(self, operation: Any) -> None:
        name = f"{operation.service}.{operation.name}"
        if specification.documented(operation) is None:
            self.differences.add(f"{name}: {operation.method} {operation.path} is undocumented")
            return
        if operation.status not in specification.statuses(operation):
            self.differences.add(f"{name}: status")
            return
        if operation.service == "cobo" and operation.permission != permission(operation):
            self.differences.add(f"{name}: permission {permission(operation)}")
        ours = {
            "path": operation.placeholders,
            "query": operation.query,
            "header": headers_of(operation),
        }
        for place, names in ours.items():
            self.parameters(operation, place, set(names))
        body = kind_of(name, "asked") or specification.asked(operation)
        if (body is None) is not (operation.body is None):
            self.differences.add(f"{name}: body")
        if body is not None and operation.body is not None:
            self.value(operation.service, inspect.type_info(operation.body), body, "asked")
        answer = specification.answered(operation)
        self.value(operation.service, inspect.type_info(operation.returns), answer, "answered")

    def parameters(self, operation: Any, place: str, ours: set[str]) -> None:
        name = f"{operation.service}.{operation.name}"
        theirs = specification.parameters(operation, place)
        self.names(name + "?", ours, set(theirs))
        for each in ours & set(theirs):
            self.scalar(operation.service, f"{name}?{each}", theirs[each]["schema"])
            must = theirs[each].get("required", False)
            if place == "query" and must is not is_needed(operation, each):
                self.differences.add(f"{name}?{each}: {'may' if must else 'must not'} be left out")

    def names(self, where: str, ours: set[str], theirs: set[str]) -> None:
        self.differences |= {f"{where}{name}: only ours" for name in ours - theirs}
        self.differences |= {f"{where}{name}: only theirs" for name in theirs - ours}

    def scalar(self, service: str, where: str, schema: Any) -> None:
        """Words and limits are those that we have under a name of ours."""
        words = specification.words(service, schema)
        if words:
            ours = set(self.known(WORDS, where) or ())
            self.differences |= {f"{where}: word {each}, only ours" for each in ours - words}
            self.differences |= {f"{where}: word {each}, only theirs" for each in words - ours}
        limits = specification.limits(service, schema)
        if limits and limits != self.known(LIMITS, where):
            self.differences.add(f"{where}: limits")

    def known(self, table: dict[str, Any], where: str) -> Any:
        """What a table of ours has for a place; None where it has nothing."""
        keys = [key for key in table if fnmatchcase(where, key)]
        assert len(keys) < 2, f"{where} stands in the table as {keys}: keep one"
        self.compared |= set(keys)
        return table[keys[0]] if keys else None

    def value(self, service: str, ours: Any, schema: Any, way: str) -> None:
        """A type of ours beside a schema, down to the last field; a model once each way."""
        if isinstance(ours, inspect.UnionType):
            for each in ours.types:
                self.value(service, each, schema, way)
        elif isinstance(ours, inspect.ListType):
            content = specification.items(service, schema)
            assert content is not None, f"{service}: an array here, none there: {schema}"
            self.value(service, ours.item_type, content, way)
        elif isinstance(ours, inspect.StructType):
            self.model(service, ours, schema, way)

    def model(self, service: str, ours: inspect.StructType, schema: Any, way: str) -> None:
        name = ours.cls.__name__
        if (name, way) in self._seen:
            return
        self._seen.add((name, way))
        fields = {field.encode_name: field for field in ours.fields}
        theirs = specification.fields(service, schema)
        self.names(f"{service}.{name}.", set(fields), set(theirs))
        for each in set(fields) & set(theirs):
            where = f"{service}.{name}.{each}"
            content, must = theirs[each]
            if way == "asked" and must is not fields[each].required:
                self.differences.add(f"{where}: {'may' if must else 'must not'} be left out")
            self.scalar(service, where, content)
            self.value(service, fields[each].type, content, way)


def is_needed(operation: Any, name: str) -> bool:
    """Whether the function that builds the call wants this parameter."""
    module = {"cobo": cobo, "privy": privy}[operation.service]
    parameter = signatures.signature(getattr(module, operation.name)).parameters[name]
    return parameter.default is parameter.empty


def kind_of(name: str, way: str) -> dict[str, str] | None:
    """The schema of the kind that we have of it; None where there is one kind."""
    kind = KINDS.get((name, way))
    return None if kind is None else {"$ref": f"#/components/schemas/{kind}"}


def permission(operation: Any) -> str:
    """The permission that Cobo's file names, as it is written for API keys."""
    for scheme in specification.documented(operation).get("security", ()):
        for scope in scheme.get("OAuth2", ()):
            return str(scope).replace(".", ":")
    return ""


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    specification.needed()
    compared = Comparison()
    for operation in OPERATIONS:
        compared.operation(operation)
    return compared


def test_every_difference_has_a_reason(comparison: Comparison) -> None:
    """What differs from the vendors' files is meant: add it to DIFFERENCES with its reason, or mend it."""
    unlisted = {
        each
        for each in comparison.differences
        if not any(fnmatchcase(each, known) for known in DIFFERENCES)
    }
    assert sorted(unlisted) == []


def test_no_reason_is_stale(comparison: Comparison) -> None:
    """What no longer differs is no longer listed; words and limits that the files lost are not kept."""
    stale = {
        known
        for known in DIFFERENCES
        if not any(fnmatchcase(each, known) for each in comparison.differences)
    }
    assert sorted(stale) == []
    assert sorted({*WORDS, *LIMITS} - comparison.compared) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"path": "/v1/nowhere"}, "privy.list_wallets: GET /v1/nowhere is undocumented"),
        ({"status": 201}, "privy.list_wallets: status"),
        ({"query": ("cursor", "limits")}, "privy.list_wallets?limits: only ours"),
        ({"body": privy_models.CreateWalletRequest}, "privy.list_wallets: body"),
        ({"returns": privy_models.Wallet}, "privy.Wallet.chain_type: only ours"),
    ],
)
def test_a_difference_would_show(change: dict[str, Any], difference: str) -> None:
    """Another path, status, parameter, body or answer is seen."""
    specification.needed()
    comparison = Comparison()
    comparison.operation(replaced(privy.operations.LIST_WALLETS, change))
    assert difference in comparison.differences


def test_another_permission_would_show() -> None:
    """So is another permission, and a word that a vendor has added."""
    specification.needed()
    comparison = Comparison()
    comparison.operation(replaced(cobo.operations.LIST_MPC_VAULTS, {"permission": "x:read"}))
    assert "cobo.list_mpc_vaults: permission mpc_vault:read" in comparison.differences
    comparison.scalar("cobo", "cobo.KeyShareHolder.status", {"enum": ["Valid", "Lost"]})
    assert "cobo.KeyShareHolder.status: word Lost, only theirs" in comparison.differences


def replaced(operation: Any, change: dict[str, Any]) -> Any:
    fields = {name: getattr(operation, name) for name in type(operation).__dataclass_fields__}
    return type(operation)(**{**fields, **change})


#: Where a vendor's types have null, which its file does not say. Source: Privy's Node SDK 0.35.0.
NULLS = ("*.authorization_keys[].display_name", "*.members[].signed_at", "*.exported_at", "*.imported_at", "*.owner_id", "*.next_cursor")  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.service}.{each.name}")
def test_the_shape_of_answers(operation: Any) -> None:
    """What the emulator answers has every field that must be there, and null only where the vendor's types have it."""
    specification.needed()
    _, content, _ = outcome(operation)
    answer = json.loads(content)
    nulls = {
        path
        for path in nulls_of(answer, f"{operation.service}.{operation.name}")
        if not any(fnmatchcase(path, escaped(known)) for known in NULLS)
    }
    assert sorted(nulls) == []
    if specification.documented(operation) is not None:
        schema = specification.answered(operation)
        assert sorted(absent(operation.service, answer, schema, operation.name)) == []


def escaped(pattern: str) -> str:
    """A pattern in which brackets are themselves."""
    return pattern.replace("[", "[[]")


def nulls_of(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from nulls_of(each, f"{path}[]")
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from nulls_of(each, f"{path}.{name}")
    elif value is None:
        yield path


def absent(service: str, value: Any, schema: Any, path: str) -> list[str]:
    """The fields that a value must have, and has not: by the variant of its schema that fits best."""
    if isinstance(value, list):
        content = specification.items(service, schema)
        return [name for each in value for name in absent(service, each, content, f"{path}[]")]
    if not isinstance(value, dict) or schema is None:
        return []
    variants = [each for each in specification.variants(service, schema) if each.get("properties")]
    return min((_absent_of(service, value, each, path) for each in variants), key=len, default=[])


def _absent_of(service: str, value: dict[str, Any], variant: Any, path: str) -> list[str]:
    missing = [f"{path}.{name}" for name in variant.get("required", ()) if name not in value]
    for name, content in variant["properties"].items():
        missing += absent(service, value.get(name), content, f"{path}.{name}")
    return missing


def test_models_are_read_by_their_wire_names() -> None:
    """A field that has another name on the wire is compared by that one."""
    fields = msgspec.structs.fields(cobo_models.MPCVault)
    assert {"vault_id", "toolkit:received"} <= {field.encode_name for field in fields}
