"""Each undocumented point is a switch that decides something: the same request, another outcome."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from tests.conformance.cases import Case, run
from tests.samples import node_id
from toolkit import cobo, privy
from toolkit.emulator import Emulator
from toolkit.emulator.choices import KNOWN
from toolkit.errors import ToolkitError

V = "/v2/wallets/mpc/vaults"


def roles(emulator: Emulator, *given: cobo.RoleScope) -> None:
    key = next(iter(emulator.cobo.keys))
    emulator.cobo.keys[key] = replace(emulator.cobo.keys[key], role_scopes=list(given))


def outcome(act: Callable[[Emulator], Any], name: str, option: str) -> Any:
    try:
        return act(Emulator.seeded(choices={name: option}))
    except ToolkitError as error:
        return type(error).__name__, getattr(error, "status", None), getattr(error, "code", None)


def custom_role(emulator: Emulator) -> Any:
    roles(emulator, cobo.RoleScope(role_name="Night shift", scopes=cobo.Scopes()))
    return len(emulator.cobo_client().send(cobo.list_mpc_vaults()).data)


def empty_scope(emulator: Emulator) -> Any:
    roles(emulator, cobo.RoleScope(role_name="API_Admin", scopes=cobo.Scopes(vault_ids=[])))
    return len(
        emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id)).data
    )


def forbidden(emulator: Emulator) -> Any:
    roles(emulator)
    return emulator.cobo_client().send(cobo.list_mpc_vaults())


def page_names(emulator: Emulator, **page: Any) -> list[str | None]:
    return [
        group.type
        for group in emulator.cobo_client()
        .send(cobo.list_key_share_holder_groups(emulator.vault_id, **page))
        .data
    ]


def header_names(emulator: Emulator) -> list[str]:
    response = emulator.handle(httpx.Request("GET", "https://emulator.invalid/v2/x"))
    return sorted(name for name in response.headers if name.startswith("biz"))


def cancelled(emulator: Emulator) -> str | None:
    custody, vault = emulator.cobo_client(), emulator.vault_id
    groups = custody.send(cobo.list_key_share_holder_groups(vault)).data
    source = cobo.SourceKeyShareHolderGroup(
        key_share_holder_group_id=groups[0].key_share_holder_group_id or ""
    )
    request = cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id=groups[2].key_share_holder_group_id or "",
        source_key_share_holder_group=source,
    )
    made = custody.send(cobo.create_tss_request(vault, request))
    custody.send(cobo.cancel_tss_request_by_id(vault, made.tss_request_id or ""))
    return custody.send(cobo.get_tss_request_by_id(vault, made.tss_request_id or "")).status


def unknown_node(emulator: Emulator) -> list[bool | None]:
    holder = cobo.CreateKeyShareHolder(name="N", type="API", tss_node_id=node_id("never heard of"))
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="MainGroup",
        participants=2,
        threshold=2,
        key_share_holders=[holder],
    )
    made = emulator.cobo_client().send(
        cobo.create_key_share_holder_group(emulator.vault_id, request)
    )
    return [found.online for found in made.key_share_holders or []]


def documented_code(emulator: Emulator) -> Any:
    app = emulator.privy_client()
    quorum = next(iter(emulator.privy.quorums.values()))
    return app.send(
        privy.delete_key_quorum(quorum.id), signers=[emulator.authorization_keys["Alice"]]
    )


def plain_user(emulator: Emulator) -> Any:
    call = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["alice"]))
    return len(emulator.privy_client().send(call, acknowledge={"privy.user-id"}).user_ids or [])


def same_name(emulator: Emulator) -> Any:
    call = cobo.create_mpc_vault(
        cobo.CreateMpcVaultRequest(name="Payroll vault", vault_type="Org-Controlled")
    )
    return emulator.cobo_client().send(call).name


def absent_body(emulator: Emulator) -> Any:
    app, key = emulator.privy_client(), emulator.authorization_keys["Ana"]
    made = app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[key.public])))
    return app.send(privy.delete_key_quorum(made.id), signers=[key]).success


def content_type(emulator: Emulator) -> Any:
    case = Case(
        "",
        "",
        "POST",
        V,
        0,
        body={"name": "x", "vault_type": "Org-Controlled"},
        headers={"content-type": "text/plain"},
        choices=dict(emulator.choices),
    )
    return run(case)[0]


SWITCHED: list[tuple[str, Callable[[Emulator], Any], dict[str, Any]]] = [
    ("cobo.vault_name", same_name, {"unique-30": ("ApiError", 400, 2006), "any": "Payroll vault"}),
    ("cobo.custom_role", custom_role, {"nothing": ("Forbidden", 403, 2025), "reads": 2}),
    ("cobo.empty_scope", empty_scope, {"no-limit": 3, "nothing": ("Forbidden", 403, 2025)}),
    (
        "cobo.forbidden_code",
        forbidden,
        {"2025": ("Forbidden", 403, 2025), "4001": ("Forbidden", 403, 4001)},
    ),
    (
        "cobo.unknown_id",
        lambda e: e.cobo_client().send(cobo.get_mpc_vault_by_id("x")),
        {"404": ("NotFound", 404, 2028), "403": ("Forbidden", 403, 4001)},
    ),
    (
        "cobo.list_order",
        page_names,
        {
            "oldest-first": ["MainGroup", "RecoveryGroup", "SigningGroup"],
            "newest-first": ["SigningGroup", "RecoveryGroup", "MainGroup"],
        },
    ),
    (
        "cobo.backward_page",
        lambda e: page_names(e, before="infinity", limit=2),
        {
            "list-order": ["RecoveryGroup", "SigningGroup"],
            "reversed": ["SigningGroup", "RecoveryGroup"],
        },
    ),
    (
        "cobo.response_headers",
        header_names,
        {
            "both": ["biz-resp-signature", "biz-timestamp", "biz_resp_signature", "biz_timestamp"],
            "hyphen": ["biz-resp-signature", "biz-timestamp"],
            "underscore": ["biz_resp_signature", "biz_timestamp"],
        },
    ),
    ("cobo.content_type", content_type, {"checked": 406, "ignored": 201}),
    (
        "cobo.cobo_signs",
        lambda e: e.cobo_client().send(cobo.list_cobo_key_holders())[0].signer,
        {"true": True, "absent": None},
    ),
    (
        "cobo.cancelled_status",
        cancelled,
        {
            "KeyHolderConfirmationFailed": "KeyHolderConfirmationFailed",
            "KeyGeneratingFailed": "KeyGeneratingFailed",
        },
    ),
    ("cobo.unknown_node", unknown_node, {"offline": [True, False], "online": [True, True]}),
    (
        "privy.absent_body",
        absent_body,
        {"either": True, "empty-text": True, "empty-object": ("SignatureRejected", 401, None)},
    ),
    (
        "privy.error_codes",
        documented_code,
        {
            "observed": ("SignatureRejected", 401, "invalid_data"),
            "documented": (
                "SignatureRejected",
                401,
                "incorrect_quantity_of_authorization_signatures",
            ),
        },
    ),
    ("privy.user_ids", plain_user, {"any": 1, "did-privy": ("ApiError", 400, "invalid_data")}),
]


@pytest.mark.parametrize(("name", "act", "outcomes"), SWITCHED, ids=[case[0] for case in SWITCHED])
def test_switched(name: str, act: Callable[[Emulator], Any], outcomes: dict[str, Any]) -> None:
    """Each option has its own outcome, and every option is tried."""
    (known,) = [choice for choice in KNOWN if choice.name == name]
    assert set(known.options) == set(outcomes)
    assert {option: outcome(act, name, option) for option in known.options} == outcomes


def test_the_client_reads_either_header_spelling() -> None:
    """Our client verifies answers with hyphens, with underscores, and with both."""
    for option in ("both", "hyphen", "underscore"):
        custody = Emulator.seeded(choices={"cobo.response_headers": option}).cobo_client()
        assert custody.exchange(cobo.get_api_key_info()).verified


def test_every_choice_is_tried() -> None:
    """No choice is only a word: each name stands in a test that switches it."""
    texts = "".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    texts += (Path(__file__).parents[1] / "conformance" / "cases.py").read_text()
    for choice in KNOWN:
        short = choice.name.partition(".")[2]
        assert choice.name in texts or re.search(rf"\b{short}=", texts), choice.name
