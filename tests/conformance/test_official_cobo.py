"""The official Python SDK of Cobo, unmodified but for its one documented override, against our emulator."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import cobo_waas2
import msgspec
import pytest
from cobo_waas2.models.create_key_share_holder_group_request import CreateKeyShareHolderGroupRequest

from tests import parameters
from tests.docs.pages import DOCS, blocks
from tests.parameters import Request
from toolkit import cobo
from toolkit.cobo import OPERATIONS, signing
from toolkit.emulator import Emulator
from toolkit.emulator.http import serving
from toolkit.errors import WebhookRefused
from toolkit.keys import Ed25519Key, Secp256k1Key
from toolkit.request.call import call

Bend = Callable[[dict[str, Any]], None]


@pytest.fixture
def facts(emulator: Emulator) -> Iterator[dict[str, Any]]:
    with serving(emulator) as announced:
        yield announced["cobo"]


def client(facts: dict[str, Any], **changed: Any) -> cobo_waas2.ApiClient:
    """The SDK's client. It ties the response key to three hosts, so ``resp_pubkey`` is overridden."""

    class Configuration(cobo_waas2.Configuration):  # type: ignore[misc]
        resp_pubkey = property(lambda self: facts["response_public_key"])

    settings = {"api_private_key": facts["api_private_key"], "host": facts["base_url"], **changed}
    return cobo_waas2.ApiClient(Configuration(**settings))


def request(*nodes: str, **changed: Any) -> CreateKeyShareHolderGroupRequest:
    holders = [
        cobo_waas2.CreateKeyShareHolder(
            name=f"Holder {node}", type="API", tss_node_id=node, signer=at == 0
        )
        for at, node in enumerate(nodes)
    ]
    fields = {
        "key_share_holder_group_type": "SigningGroup",
        "participants": 3,
        "threshold": 2,
        "key_share_holders": holders,
    }
    return CreateKeyShareHolderGroupRequest(**(fields | changed))


def test_create_list_get(facts: dict[str, Any], emulator: Emulator) -> None:
    """A group made by the SDK can be read back by it, alone and in the list, paging included."""
    with client(facts) as api:
        wallets = cobo_waas2.WalletsMPCWalletsApi(api)
        made = wallets.create_key_share_holder_group(
            facts["vault_id"], create_key_share_holder_group_request=request("ü1", "n|2")
        )
        assert made.status == "New"
        assert [holder.type.value for holder in made.key_share_holders] == ["Cobo", "API", "API"]
        again = wallets.get_key_share_holder_group_by_id(
            facts["vault_id"], made.key_share_holder_group_id
        )
        assert again.to_dict() == made.to_dict()
        listed = wallets.list_key_share_holder_groups(facts["vault_id"], limit=3)
        assert listed.pagination.total_count == 4
        last = wallets.list_key_share_holder_groups(
            facts["vault_id"], limit=3, after=listed.pagination.after
        )
        assert [group.key_share_holder_group_id for group in last.data] == [
            made.key_share_holder_group_id
        ]
        main = wallets.list_key_share_holder_groups(
            facts["vault_id"], key_share_holder_group_type="MainGroup"
        )
        assert [group.type.value for group in main.data] == ["MainGroup"]
        vaults = wallets.list_mpc_vaults("Org-Controlled")
        assert [vault.name for vault in vaults.data] == ["Treasury vault", "Payroll vault"]
    assert {entry.verdict for entry in emulator.ledger} == {"accepted"}


def test_api_key_info(facts: dict[str, Any], emulator: Emulator) -> None:
    """The SDK reads name, roles and scopes of the key it signs with."""
    with client(facts) as api:
        info = cobo_waas2.DevelopersApi(api).get_api_key_info()
    assert info.key == emulator.api_key.public.to_hex()
    assert [role.role_name for role in info.role_scopes] == ["API_Operator", "API_Spender"]


def test_secp256k1_key(facts: dict[str, Any], emulator: Emulator) -> None:
    """A registered secp256k1 key works through the SDK as well."""
    key = Secp256k1Key.from_hex("07" * 32)
    info = next(iter(emulator.cobo.keys.values()))
    emulator.cobo.keys[key.public.to_hex()] = msgspec.structs.replace(
        info, key=key.public.to_hex(), curve_type="SECP256K1"
    )
    with client(facts, api_private_key="07" * 32, curve_type="SECP256K1") as api:
        for _ in range(5):
            assert cobo_waas2.DevelopersApi(api).get_api_key_info().curve_type == "SECP256K1"


def refused(
    facts: dict[str, Any], call: Callable[[cobo_waas2.ApiClient], Any], **changed: Any
) -> Any:
    with client(facts, **changed) as api, pytest.raises(cobo_waas2.ApiException) as caught:
        call(api)
    return caught.value


def test_wrong_key(facts: dict[str, Any]) -> None:
    """A key of another environment is refused with Cobo's documented text, and the SDK reads the envelope."""
    stranger = "09" * 32
    error = refused(
        facts,
        lambda api: cobo_waas2.DevelopersApi(api).get_api_key_info(),
        api_private_key=stranger,
    )
    assert (error.status, error.data.error_code) == (401, 2024)
    assert "not registered in this environment" in error.data.error_message


BENDS: list[tuple[str, str, Bend]] = [
    (
        "body changed",
        "POST",
        lambda sent: sent.update(body=sent["body"].replace('"threshold": 2', '"threshold": 3')),
    ),
    (
        "body re-serialised",
        "POST",
        lambda sent: sent.update(body=sent["body"].replace('": ', '":')),
    ),
    ("body dropped", "POST", lambda sent: sent.update(body=None)),
    ("nonce changed", "GET", lambda sent: sent["headers"].update({"BIZ-API-NONCE": "1"})),
    (
        "signature of nothing",
        "GET",
        lambda sent: sent["headers"].update({"BIZ-API-SIGNATURE": "00" * 64}),
    ),
    ("signature cut", "GET", lambda sent: sent["headers"].update({"BIZ-API-SIGNATURE": "00"})),
    (
        "other key named",
        "GET",
        lambda sent: sent["headers"].update({"BIZ-API-KEY": Ed25519Key.generate().public.to_hex()}),
    ),
    ("query added", "GET", lambda sent: sent.update(url=sent["url"] + "?limit=1")),
    (
        "path changed",
        "GET",
        lambda sent: sent.update(url=sent["url"].replace("api_key_info", "api_key_inf0")),
    ),
]


@pytest.mark.parametrize(
    ("method", "bend"), [bend[1:] for bend in BENDS], ids=[bend[0] for bend in BENDS]
)
def test_changed_on_the_way(
    facts: dict[str, Any], method: str, bend: Bend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the SDK signed is refused as soon as anything signed is changed on its way."""
    from cobo_waas2.rest import RESTClientObject

    original = RESTClientObject.request

    def bent(
        self: Any, method: str, url: str, headers: Any = None, body: Any = None, **rest: Any
    ) -> Any:
        by_name = {name.upper(): value for name, value in (headers or {}).items()}
        sent = {
            "url": url,
            "headers": by_name,
            "body": body if isinstance(body, str | None) else __import__("json").dumps(body),
        }
        bend(sent)
        return original(
            self, method, sent["url"], headers=sent["headers"], body=sent["body"], **rest
        )

    monkeypatch.setattr(RESTClientObject, "request", bent)
    calls: dict[str, Callable[[cobo_waas2.ApiClient], Any]] = {
        "GET": lambda api: cobo_waas2.DevelopersApi(api).get_api_key_info(),
        "POST": lambda api: cobo_waas2.WalletsMPCWalletsApi(api).create_key_share_holder_group(
            facts["vault_id"], create_key_share_holder_group_request=request("a", "b")
        ),
    }
    assert refused(facts, calls[method]).status == 401


REFUSED = [
    ("single holder", {"key_share_holders": []}, 400, 2006),
    ("scheme not offered", {"threshold": 3, "participants": 2}, 400, 2006),
    ("one node twice", {"nodes": ("a", "a")}, 400, 2006),
]


@pytest.mark.parametrize(
    ("changed", "status", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refused_by_the_emulator(
    facts: dict[str, Any], changed: dict[str, Any], status: int, code: int
) -> None:
    """The SDK validates little; the emulator answers with Cobo's envelope, signed, and the SDK reads it."""
    nodes = changed.pop("nodes", ("a", "b")) if "nodes" in changed else ("a", "b")
    body = request(*nodes, **changed)
    error = refused(
        facts,
        lambda api: cobo_waas2.WalletsMPCWalletsApi(api).create_key_share_holder_group(
            facts["vault_id"], create_key_share_holder_group_request=body
        ),
    )
    assert (error.status, error.data.error_code) == (status, code)


def test_unknown_ids(facts: dict[str, Any]) -> None:
    """Unknown vaults and groups are 404 with code 2028."""
    error = refused(
        facts,
        lambda api: cobo_waas2.WalletsMPCWalletsApi(api).get_key_share_holder_group_by_id(
            facts["vault_id"], "no/such group"
        ),
    )
    assert (error.status, error.data.error_code) == (404, 2028)
    error = refused(
        facts,
        lambda api: cobo_waas2.WalletsMPCWalletsApi(api).list_key_share_holder_groups("nowhere"),
    )
    assert (error.status, error.data.error_code) == (404, 2028)


def test_the_sdk_rejects_a_foreign_answer(facts: dict[str, Any]) -> None:
    """The emulator's answers are really signed: with another key to verify by, the SDK refuses them."""
    other = facts | {"response_public_key": Ed25519Key.generate().public.to_hex()}
    with (
        client(other) as api,
        pytest.raises(cobo_waas2.ApiException, match="Invalid resp signature"),
    ):
        cobo_waas2.DevelopersApi(api).get_api_key_info()


def test_a_groups_whole_life(facts: dict[str, Any], emulator: Emulator) -> None:
    """The SDK makes a group, asks for its keys, watches them being made, and cancels another request."""
    vault = facts["vault_id"]
    for node in ("x", "y"):
        emulator.set_holder(node, "online")
    with client(facts) as api:
        wallets = cobo_waas2.WalletsMPCWalletsApi(api)
        main = wallets.list_key_share_holder_groups(
            vault, key_share_holder_group_type="MainGroup"
        ).data[0]
        group = wallets.create_key_share_holder_group(
            vault, create_key_share_holder_group_request=request("x", "y")
        )
        source = cobo_waas2.SourceGroup(
            key_share_holder_group_id=main.key_share_holder_group_id,
            tss_node_ids=[holder.tss_node_id for holder in main.key_share_holders[:2]],
        )
        wanted = cobo_waas2.CreateTssRequestRequest(
            type="KeyGenFromKeyGroup",
            target_key_share_holder_group_id=group.key_share_holder_group_id,
            source_key_share_holder_group=source,
            description="new keys",
        )
        made = wallets.create_tss_request(vault, create_tss_request_request=wanted)
        assert made.status.value == "PendingKeyHolderConfirmation"
        emulator.advance(11_000)
        assert wallets.get_tss_request_by_id(vault, made.tss_request_id).status.value == "Success"
        valid = wallets.get_key_share_holder_group_by_id(vault, group.key_share_holder_group_id)
        assert valid.status.value == "Valid"
        assert len(valid.tss_key_share_groups) == 2
        listed = wallets.list_tss_requests(vault, group.key_share_holder_group_id)
        assert [found.tss_request_id for found in listed.data] == [made.tss_request_id]
        again = wallets.create_key_share_holder_group(
            vault, create_key_share_holder_group_request=request("v", "w")
        )
        wanted.target_key_share_holder_group_id = again.key_share_holder_group_id
        waiting = wallets.create_tss_request(vault, create_tss_request_request=wanted)
        assert (
            wallets.cancel_tss_request_by_id(vault, waiting.tss_request_id).status.value
            == "Success"
        )
        holders = wallets.list_key_share_holders(
            vault, key_share_holder_group_ids=group.key_share_holder_group_id
        )
        assert [holder.tss_node_id for holder in holders.data][1:] == ["x", "y"]
        assert [holder.type for holder in wallets.list_cobo_key_holders()]
        assert wallets.delete_key_share_holder_group_by_id(
            vault, again.key_share_holder_group_id
        ).submitted
    assert {entry.verdict for entry in emulator.ledger} == {"accepted"}


def test_vaults_and_organisation(facts: dict[str, Any]) -> None:
    """The SDK makes vaults and reads the organisation."""
    with client(facts) as api:
        wallets = cobo_waas2.WalletsMPCWalletsApi(api)
        made = wallets.create_mpc_vault(
            create_mpc_vault_request=cobo_waas2.CreateMpcVaultRequest(
                name="SDK", vault_type="Org-Controlled"
            )
        )
        assert made.name == "SDK"
        assert cobo_waas2.OrganizationsApi(api).get_org_info().name == "Example Custody"


def test_projects_vaults_and_wallets(facts: dict[str, Any], emulator: Emulator) -> None:
    """A project, a vault that users control, its keys and its wallet: made by the SDK and read by
    us, made by us and read by the SDK.
    """
    custody = emulator.cobo_client()
    with client(facts) as api:
        mpc, wallets = cobo_waas2.WalletsMPCWalletsApi(api), cobo_waas2.WalletsApi(api)
        project = mpc.create_mpc_project(
            create_mpc_project_request=cobo_waas2.CreateMpcProjectRequest(
                name="SDK", participants=2, threshold=2
            )
        )
        renamed = mpc.update_mpc_project_by_id(
            project.project_id,
            update_mpc_project_by_id_request=cobo_waas2.UpdateMpcProjectByIdRequest(name="App"),
        )
        assert (renamed.name, renamed.threshold, renamed.participants) == ("App", 2, 2)
        assert custody.send(cobo.get_mpc_project_by_id(project.project_id)).name == "App"
        vault = mpc.create_mpc_vault(
            create_mpc_vault_request=cobo_waas2.CreateMpcVaultRequest(
                name="Users", vault_type="User-Controlled", project_id=project.project_id
            )
        )
        main = mpc.create_key_share_holder_group(
            vault.vault_id,
            create_key_share_holder_group_request=request(
                emulator.spare_nodes[0],
                key_share_holder_group_type="MainGroup",
                participants=2,
            ),
        )
        mpc.create_tss_request(
            vault.vault_id,
            create_tss_request_request=cobo_waas2.CreateTssRequestRequest(
                type="KeyGen", target_key_share_holder_group_id=main.key_share_holder_group_id
            ),
        )
        emulator.advance(11_000)
        theirs = wallets.create_wallet(
            create_wallet_params=cobo_waas2.CreateWalletParams(
                cobo_waas2.CreateMpcWalletParams(
                    name="By the SDK",
                    wallet_type="MPC",
                    wallet_subtype="User-Controlled",
                    vault_id=vault.vault_id,
                )
            )
        ).actual_instance
        ours = custody.send(
            cobo.create_wallet(
                cobo.CreateMpcWalletParams(
                    name="By us", wallet_subtype="User-Controlled", vault_id=vault.vault_id
                )
            )
        )
        listed = wallets.list_wallets(
            wallet_type="MPC", wallet_subtype="User-Controlled", vault_id=vault.vault_id
        )
        by_them = [json.loads(each.actual_instance.to_json()) for each in listed.data]
        by_us = custody.send(cobo.list_wallets(project_id=project.project_id)).data
        assert [each["wallet_id"] for each in by_them] == [theirs.wallet_id, ours.wallet_id]
        assert [plain(each) for each in by_us] == by_them
        assert by_us[0].project_name == "App"
    assert {entry.verdict for entry in emulator.ledger} == {"accepted"}


def plain(wallet: cobo.WalletInfo) -> dict[str, Any]:
    """A wallet without what only we note of an answer."""
    fields = msgspec.to_builtins(wallet)
    return {name: value for name, value in fields.items() if name != "toolkit:received"}


def by_the_sdk(api: cobo_waas2.ApiClient, operation: Any, request: Request) -> Any:
    """The SDK's answer to a request, its content as it came included."""
    classes = (
        cobo_waas2.WalletsMPCWalletsApi,
        cobo_waas2.WalletsApi,
        cobo_waas2.DevelopersApi,
        cobo_waas2.OrganizationsApi,
    )
    (official,) = [each for each in classes if hasattr(each, operation.name)]
    function = getattr(official(api), f"{operation.name}_with_http_info")
    given = {**request.ids, **request.query}
    if request.body is not None:
        (name,) = set(inspect.signature(function).parameters) & {
            f"{operation.name}_request",
            f"{operation.name}_params",
        }
        given[name] = request.body
        if operation.name == "create_wallet":  # of several kinds: the SDK asks for its own model
            given[name] = cobo_waas2.CreateWalletParams.from_dict(request.body)
    return function(**given)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation(operation: Any) -> None:
    """The same good request by the SDK and by our client, in worlds that are alike, has the same answer to the byte,
    and both read it.
    """
    with parameters.still():
        emulator = parameters.world()
        request = parameters.told_of(parameters.REQUESTS, operation)(emulator)
        with serving(emulator) as announced, client(announced["cobo"]) as api:
            theirs = by_the_sdk(api, operation, request)
        alike = parameters.world()
        asked = parameters.told_of(parameters.REQUESTS, operation)(alike)
        body = None
        if asked.body is not None:
            body = msgspec.convert(asked.body, type=operation.body)
        made = call(operation, asked.ids, asked.query, body)
        custody = alike.cobo_client()
        words = {problem.rule for problem in custody.problems(made)}
        ours = custody.exchange(made, acknowledge=words)
    assert (theirs.status_code, ours.status) == (operation.status, operation.status)
    assert ours.content == theirs.raw_data
    assert theirs.data is not None
    assert ours.value is not None


KEY_STATES = [
    ("pending-approval", "not yet activated"),
    ("wrong-environment", "not registered in this environment"),
    ("address-not-listed", "IP whitelist"),
    ("expired", "expired"),
]


@pytest.mark.parametrize(("state", "words"), KEY_STATES)
def test_key_states(facts: dict[str, Any], emulator: Emulator, state: str, words: str) -> None:
    """The SDK hears each state of an API key in the documented words, signed and with code 2024."""
    emulator.set_api_key(state=state)
    error = refused(facts, lambda api: cobo_waas2.WalletsApi(api).list_wallets(limit=1))
    assert (error.status, error.data.error_code) == (401, 2024)
    assert words in error.data.error_message


def test_our_names_are_the_sdks() -> None:
    """Every operation has the official name, so that the vendor's documentation is one search away."""
    apis = (
        cobo_waas2.WalletsMPCWalletsApi,
        cobo_waas2.WalletsApi,
        cobo_waas2.DevelopersApi,
        cobo_waas2.OrganizationsApi,
    )
    official = {name for api in apis for name in dir(api)}
    assert {operation.name for operation in OPERATIONS} <= official


def test_the_page_says_how(
    facts: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's block for the SDK runs as it stands, beside the line that the emulator printed."""
    monkeypatch.chdir(tmp_path)
    Path("emulator.json").write_text(json.dumps({"cobo": facts}))
    page = DOCS / "how-to" / "official-sdks.md"
    (block,) = blocks(page, "python")
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(block, page.name, "exec"), names)  # noqa: S102  # our own document
    assert names["Configuration"]().resp_pubkey == facts["response_public_key"]


# ---- webhooks ----------------------------------------------------------------------------------------

EVENT = {
    "event_id": "8f2e919a-6a7b-4a9b-8c1a-4c0b3f5b8b1f",
    "url": "https://us.example/hook",
    "created_timestamp": 1_795_000_000_000,
    "type": "wallets.mpc.tss_request.created",
    "data": {"data_type": "TSSRequest", "tss_request_id": "é 🔑", "type": "KeyGen"},
}
POSTED = json.dumps(EVENT, ensure_ascii=False).encode()
AT = "1795000000001"


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The SDK's own handler, whose web framework is not needed to verify."""
    monkeypatch.setitem(sys.modules, "fastapi", MagicMock())
    monkeypatch.setitem(sys.modules, "fastapi.responses", MagicMock())
    module = __import__("cobo_waas2.server_demo").server_demo
    monkeypatch.delitem(sys.modules, "cobo_waas2.server_demo")
    return module  # type: ignore[no-any-return]


@pytest.mark.parametrize("bent", [b"", b" "], ids=["as signed", "with a byte more"])
def test_webhooks_as_the_sdk_signs(bent: bytes) -> None:
    """What the SDK's signer signs we believe, and not a byte more."""
    signer = cobo_waas2.crypto.local_ed25519_signer.LocalEd25519Signer("07" * 32)
    proof = signer.sign(signing.digest(POSTED + b"|" + AT.encode()))
    headers = {"BIZ-TIMESTAMP": AT, "BIZ-RESP-SIGNATURE": proof}
    here = cobo.Environment("https://custody.example/v2", signer.get_public_key())
    if not bent:
        event = cobo.verify_webhook(POSTED, headers, here, now_ms=int(AT))
        assert event.data.tss_request_id == "é 🔑"
        return
    with pytest.raises(WebhookRefused):
        cobo.verify_webhook(POSTED + bent, headers, here, now_ms=int(AT))


def test_webhooks_as_the_sdk_verifies(official: ModuleType) -> None:
    """What our emulated key signs, the SDK's handler verifies and its model reads; a bent one neither."""
    key = Emulator.seeded().cobo.response_key
    proof = key.sign(signing.digest(signing.response_content(POSTED, AT))).hex()
    public, message = key.public.to_hex(), f"{POSTED.decode()}|{AT}"
    assert official.verify_signature(public, proof, message)
    assert not official.verify_signature(public, proof, message + " ")
    event = cobo_waas2.WebhookEvent.from_dict(json.loads(POSTED))
    assert event.data.actual_instance.tss_request_id == "é 🔑"
