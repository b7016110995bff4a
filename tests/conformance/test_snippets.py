"""Snippets at work: run by a real bash and by the official SDKs, every operation is accepted as it was prepared."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization

from tests.inside import native_of
from tests.shell import arguments
from toolkit import cobo, privy
from toolkit.cobo import signing as cobo_signing
from toolkit.cobo import snippets as cobo_snippets
from toolkit.emulator import Emulator
from toolkit.emulator.http import serving
from toolkit.keys import P256Key, Secp256k1Key
from toolkit.privy import signing as privy_signing
from toolkit.privy import snippets as privy_snippets
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared

MEMBERS = ("Alice", "Bob")  # of the quorums that change here


@dataclass
class Place:
    """An emulator behind a port, clients for it, and an empty folder to run things in."""

    emulator: Emulator
    facts: dict[str, Any]
    custody: cobo.Client
    app: privy.Client
    folder: Path

    def prepared(self, call: Call[Any]) -> Prepared[Any]:
        return (self.custody if call.operation in cobo.OPERATIONS else self.app).prepare(call)

    def secrets(self, prepared: Prepared[Any]) -> dict[str, str]:
        """What the variables hold. Signatures are made by the vendor's rules, over the message that is shown."""
        privy_facts = self.facts["privy"]
        keys = [self.emulator.authorization_keys[name] for name in MEMBERS]
        return {
            "COBO_API_SECRET": self.facts["cobo"]["api_private_key"],
            "COBO_API_SIGNATURE": cobo_signing.sign(self.emulator.api_key, prepared.message),
            "PRIVY_APP_ID": privy_facts["app_id"],
            "PRIVY_APP_SECRET": privy_facts["app_secret"],
            "PRIVY_AUTHORIZATION_SIGNATURE": privy_signing.signature_header(keys, prepared.message),
            "PRIVY_INTENT_SIGNATURE": getattr(prepared.call.body, "signature", ""),
            **{f"PRIVY_AUTHORIZATION_KEY_{at}": pkcs8(key) for at, key in enumerate(keys, 1)},
        }

    def touched(self) -> list[str]:
        """What was made in the folder: nothing, unless something was executed."""
        return [path.name for path in self.folder.iterdir()]


def pkcs8(key: P256Key) -> str:
    """Base64 PKCS#8 without the Dashboard's prefix."""
    der = native_of(key).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(der).decode()


@pytest.fixture
def place(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with serving(emulator) as facts:
        there = cobo.Environment(
            facts["cobo"]["base_url"], facts["cobo"]["response_public_key"], "EMULATOR"
        )
        here = privy.Environment(facts["privy"]["base_url"], "EMULATOR")
        with (
            cobo.Client(emulator.api_key, environment=there) as custody,
            privy.Client(
                facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=here
            ) as app,
        ):
            yield Place(emulator, facts, custody, app, folder)


# ---- every operation, with arguments that the emulator accepts ---------------------------------------


def holders(*nodes: str, name: str = "Jon's \u202e") -> tuple[cobo.CreateKeyShareHolder, ...]:
    return tuple(
        cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node, signer=at == 0)
        for at, node in enumerate(nodes)
    )


def signing_group(*nodes: str, name: str = "Jon's \u202e") -> cobo.CreateKeyShareHolderGroupRequest:
    return cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup",
        participants=3,
        threshold=2,
        key_share_holders=holders(*nodes, name=name),
    )


def group_id(place: Place, kind: str) -> str:
    groups = place.emulator.cobo.state.groups[place.emulator.vault_id]
    return next(found for found, group in groups.items() if group.type == kind)


def tss_request(place: Place, description: str | None = "new keys") -> cobo.CreateTssRequestRequest:
    groups = place.emulator.cobo.state.groups[place.emulator.vault_id]
    main = groups[group_id(place, "MainGroup")]
    nodes = [holder.tss_node_id or "" for holder in main.key_share_holders or ()][:2]
    source = cobo.SourceKeyShareHolderGroup(
        key_share_holder_group_id=group_id(place, "MainGroup"), tss_node_ids=tuple(nodes)
    )
    return cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id=group_id(place, "SigningGroup"),
        source_key_share_holder_group=source,
        description=description,
    )


def waiting(place: Place) -> str:
    """The id of a TSS request that is on its way."""
    in_process = place.emulator.cobo_client()
    return (
        in_process.send(
            cobo.create_tss_request(place.emulator.vault_id, tss_request(place))
        ).tss_request_id
        or ""
    )


def upgradable(place: Place) -> str:
    """The id of a signing group that has keys."""
    groups, found = (
        place.emulator.cobo.state.groups[place.emulator.vault_id],
        group_id(place, "SigningGroup"),
    )
    groups[found] = msgspec.structs.replace(groups[found], status="Valid")
    return found


def project_id(place: Place) -> str:
    return next(iter(place.emulator.cobo.state.projects))


def quorum_id(place: Place) -> str:
    """A quorum of the members who sign here; it owns nothing."""
    request = privy.CreateKeyQuorumRequest(
        public_keys=[place.emulator.authorization_keys[name].public for name in MEMBERS],
        authorization_threshold=len(MEMBERS),
    )
    return place.emulator.privy_client().send(privy.create_key_quorum(request)).id


def wallet_id(place: Place, name: str) -> str:
    return next(
        found
        for found, wallet in place.emulator.privy.wallets.items()
        if wallet.display_name == name
    )


def intent(place: Place) -> privy.Intent:
    """A change of a quorum that was just proposed."""
    change = privy.UpdateKeyQuorumRequest(display_name="it's")
    call = privy.create_key_quorum_update_intent(quorum_id(place), change)
    return place.emulator.privy_client().send(call)


def authorization(place: Place) -> Call[privy.Intent]:
    proposed, key = intent(place), place.emulator.authorization_keys["Alice"]
    given = privy.sign_intent(proposed, key, place.emulator.privy.app_id)
    return privy.authorize_intent(proposed.intent_id, given)


def member(place: Place) -> str:
    return place.emulator.authorization_keys["Alice"].public.to_base64()


Made = Callable[[Place], Call[Any]]
CALLS: list[tuple[str, Made]] = [
    ("create_mpc_vault", lambda p: cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="Ü 金庫", vault_type="User-Controlled", project_id=project_id(p)))),
    ("list_mpc_vaults", lambda p: cobo.list_mpc_vaults(limit=2)),
    ("list_mpc_vaults", lambda p: cobo.list_mpc_vaults("User-Controlled", project_id=project_id(p))),
    ("get_mpc_vault_by_id", lambda p: cobo.get_mpc_vault_by_id(p.emulator.vault_id)),
    ("update_mpc_vault_by_id", lambda p: cobo.update_mpc_vault_by_id(p.emulator.vault_id, cobo.UpdateMpcVaultByIdRequest(name="it's"))),
    ("create_key_share_holder_group", lambda p: cobo.create_key_share_holder_group(p.emulator.vault_id, signing_group(*p.emulator.spare_nodes[:2]))),
    ("list_key_share_holder_groups", lambda p: cobo.list_key_share_holder_groups(p.emulator.vault_id, key_share_holder_group_type="MainGroup", limit=1)),
    ("get_key_share_holder_group_by_id", lambda p: cobo.get_key_share_holder_group_by_id(p.emulator.vault_id, group_id(p, "MainGroup"))),
    ("update_key_share_holder_group_by_id", lambda p: cobo.update_key_share_holder_group_by_id(p.emulator.vault_id, upgradable(p), cobo.UpdateKeyShareHolderGroupByIdRequest())),
    ("update_key_share_holder_group_by_id", lambda p: cobo.update_key_share_holder_group_by_id(p.emulator.vault_id, upgradable(p), cobo.UpdateKeyShareHolderGroupByIdRequest(original_main_group_handling="ConvertToSigningGroup"))),
    ("delete_key_share_holder_group_by_id", lambda p: cobo.delete_key_share_holder_group_by_id(p.emulator.vault_id, group_id(p, "RecoveryGroup"))),
    ("list_key_share_holders", lambda p: cobo.list_key_share_holders(p.emulator.vault_id, key_share_holder_group_ids=[group_id(p, "MainGroup"), group_id(p, "RecoveryGroup")])),
    ("get_key_share_holder_by_tss_node_id", lambda p: cobo.get_key_share_holder_by_tss_node_id(p.emulator.vault_id, tss_request(p).source_key_share_holder_group.tss_node_ids[1])),
    ("create_tss_request", lambda p: cobo.create_tss_request(p.emulator.vault_id, tss_request(p))),
    ("list_tss_requests", lambda p: cobo.list_tss_requests(p.emulator.vault_id, group_id(p, "SigningGroup"), limit=5)),
    ("get_tss_request_by_id", lambda p: cobo.get_tss_request_by_id(p.emulator.vault_id, waiting(p))),
    ("cancel_tss_request_by_id", lambda p: cobo.cancel_tss_request_by_id(p.emulator.vault_id, waiting(p))),
    ("list_cobo_key_holders", lambda p: cobo.list_cobo_key_holders()),
    ("list_mpc_projects", lambda p: cobo.list_mpc_projects(limit=1)),
    ("get_mpc_project_by_id", lambda p: cobo.get_mpc_project_by_id(project_id(p))),
    ("create_mpc_project", lambda p: cobo.create_mpc_project(cobo.CreateMpcProjectRequest(name="Ü 金庫", participants=3, threshold=2))),
    ("update_mpc_project_by_id", lambda p: cobo.update_mpc_project_by_id(project_id(p), cobo.UpdateMpcProjectByIdRequest(name="it's"))),
    ("list_wallets", lambda p: cobo.list_wallets(wallet_type="MPC", wallet_subtype="Org-Controlled", vault_id=p.emulator.vault_id, limit=1)),
    ("create_wallet", lambda p: cobo.create_wallet(cobo.CreateMpcWalletParams(name="Ü 金庫 it's", wallet_subtype="Org-Controlled", vault_id=p.emulator.vault_id, enable_auto_sweep=True))),
    ("get_org_info", lambda p: cobo.get_org_info()),
    ("get_api_key_info", lambda p: cobo.get_api_key_info()),
    ("create_key_quorum", lambda p: privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[member(p)], user_ids=["did:privy:x"], key_quorum_ids=[quorum_id(p)], authorization_threshold=2, display_name="Jon's \u202e"))),
    ("get_key_quorum", lambda p: privy.get_key_quorum(quorum_id(p))),
    ("update_key_quorum", lambda p: privy.update_key_quorum(quorum_id(p), privy.UpdateKeyQuorumRequest(public_keys=[member(p)], authorization_threshold=1, display_name="é 🔑"))),
    ("delete_key_quorum", lambda p: privy.delete_key_quorum(quorum_id(p))),
    ("create_wallet", lambda p: privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum_id(p), display_name="it's \u202e"))),
    ("create_wallet", lambda p: privy.create_wallet(privy.CreateWalletRequest(chain_type="solana", owner=privy.WalletOwner(public_key=member(p))))),
    ("list_wallets", lambda p: privy.list_wallets(authorization_key=member(p), chain_type="ethereum", limit=2)),
    ("list_wallets", lambda p: privy.list_wallets(user_id="did:privy:x", external_id="x", address="0x", entity_id="e", include_archived=True)),
    ("get_wallet", lambda p: privy.get_wallet(wallet_id(p, "Cold reserve"))),
    ("get_wallet", lambda p: privy.get_wallet(wallet_id(p, "Cold reserve"), include_archived=False)),
    ("get_wallet_by_address", lambda p: privy.get_wallet_by_address(privy.GetWalletByAddressRequest(address=next(iter(p.emulator.privy.wallets.values())).address, include_archived=True))),
    ("create_wallet_batch", lambda p: privy.create_wallet_batch(privy.CreateWalletBatchRequest(wallets=[privy.CreateWalletRequest(chain_type="solana", display_name="it's"), privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum_id(p))]))),
    ("archive_wallet", lambda p: privy.archive_wallet(wallet_id(p, "Cold reserve"))),
    ("get_policy", lambda p: privy.get_policy(next(iter(p.emulator.privy.policies)))),
    ("list_wallet_automations", lambda p: privy.list_wallet_automations(limit=2, wallet_id=wallet_id(p, "Hot wallet"))),
    ("get_wallet_automation", lambda p: privy.get_wallet_automation(next(iter(p.emulator.privy.automations)))),
    ("update_wallet", lambda p: privy.update_wallet(wallet_id(p, "Cold reserve"), privy.UpdateWalletRequest(owner_id=None, additional_signers=[privy.AdditionalSigner(signer_id=quorum_id(p))]))),
    ("create_key_quorum_update_intent", lambda p: privy.create_key_quorum_update_intent(quorum_id(p), privy.UpdateKeyQuorumRequest(public_keys=[member(p)], authorization_threshold=1, display_name="é 🔑"))),
    ("create_wallet_update_intent", lambda p: privy.create_wallet_update_intent(wallet_id(p, "Cold reserve"), privy.UpdateWalletRequest(display_name="it's"))),
    ("list_intents", lambda p: privy.list_intents(status="pending", intent_type="WALLET", current_user_has_signed=False, sort_by="expires_at_asc", limit=2)),
    ("get_intent", lambda p: privy.get_intent(intent(p).intent_id)),
    ("reject_intent", lambda p: privy.reject_intent(intent(p).intent_id)),
    ("authorize_intent", authorization),
    ("update_wallet", lambda p: privy.update_wallet(wallet_id(p, "Cold reserve"), privy.UpdateWalletRequest(owner=privy.WalletOwner(public_key=member(p)), display_name="it's"))),
]  # fmt: skip
every_call = pytest.mark.parametrize(
    "make", [case[1] for case in CALLS], ids=[case[0] for case in CALLS]
)


def test_every_operation_is_here() -> None:
    """No operation goes without a snippet that was proven to work."""
    assert {name for name, _ in CALLS} == {
        operation.name for operation in (*cobo.OPERATIONS, *privy.OPERATIONS)
    }


# ---- curl, by a real bash ----------------------------------------------------------------------------


def as_curl(prepared: Prepared[Any]) -> str:
    ours = prepared.call.operation in cobo.OPERATIONS
    return (cobo_snippets if ours else privy_snippets).as_curl(prepared)


def played(given_to_curl: list[bytes]) -> int:
    """Send what curl would send for these arguments, and give the status; an option it is not known to have fails.

    Bare machines have no curl. As curl does: a header without a value is left out, or takes away curl's own.
    """
    words, headers, method, url, body = iter(given_to_curl), [], "", "", None
    for option in words:
        match option:
            case b"--path-as-is":
                pass  # nothing is tidied here
            case b"--request":
                method = next(words).decode()
            case b"--url":
                url = next(words).decode()
            case b"--header":
                headers.append(next(words))
            case b"--user":
                headers.append(b"Authorization: Basic " + base64.b64encode(next(words)))
            case b"--data-binary":
                body = next(words)
            case _:
                pytest.fail(f"curl has no {option!r} here")
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.putrequest(
        method, url.removeprefix(f"http://{parts.netloc}"), skip_accept_encoding=True
    )
    for name, _, value in (header.partition(b":") for header in headers):
        if value.strip():
            connection.putheader(name.decode(), value.strip())
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    status = connection.getresponse().status
    connection.close()
    return status


def run_curl(place: Place, prepared: Prepared[Any], **changed: str) -> int:
    text = as_curl(prepared)
    return played(arguments(text, place.secrets(prepared) | changed, cwd=place.folder))


@every_call
def test_the_command_sends_what_was_prepared(place: Place, make: Made) -> None:
    """Accepted, to the very address, with the very headers and every byte of the body."""
    prepared = place.prepared(make(place))
    status = run_curl(place, prepared)
    entry = place.emulator.ledger[-1]
    assert (status, entry.verdict, entry.operation) == (
        prepared.call.operation.status,
        "accepted",
        prepared.call.operation.name,
    )
    kept = place.emulator.memory.get(entry.n)
    assert kept is not None
    received = kept.received
    assert (received.method, received.url) == (prepared.method, prepared.url)
    assert received.body == prepared.body
    wanted = {name.lower(): value for name, value in prepared.fields}
    assert {name: value for name, value in received.headers if name in wanted} == wanted
    secret = {"biz-api-signature", "authorization", "privy-authorization-signature"}
    assert {name for name, _ in received.headers} - wanted.keys() - secret == {"host"} | (
        {"content-length"} if prepared.body or prepared.method == "POST" else set()
    )


def test_a_wallet_without_an_owner(place: Place) -> None:
    """Nobody signs for it: with the variable left empty no header is sent, and it is accepted."""
    request = privy.UpdateWalletRequest(display_name="mine")
    prepared = place.prepared(privy.update_wallet(wallet_id(place, "Test wallet"), request))
    assert run_curl(place, prepared, PRIVY_AUTHORIZATION_SIGNATURE="") == 200


# ---- Python, by the official SDKs --------------------------------------------------------------------


def as_python(prepared: Prepared[Any]) -> str:
    ours = prepared.call.operation in cobo.OPERATIONS
    return (cobo_snippets if ours else privy_snippets).as_python(prepared)


def run_python(place: Place, prepared: Prepared[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in place.secrets(prepared).items():
        monkeypatch.setenv(name, value)
    exec(compile(as_python(prepared), "snippet.py", "exec"), {"__name__": "__main__"})  # noqa: S102  # what is tested


def same_data(place: Place, prepared: Prepared[Any]) -> None:
    """The last request was accepted, and asked for what was prepared."""
    entry = place.emulator.ledger[-1]
    assert (entry.verdict, entry.operation) == ("accepted", prepared.call.operation.name)
    path, _, query = entry.target.partition("?")
    assert (entry.method, place.facts["url"] + path) == (
        prepared.method,
        prepared.url.partition("?")[0],
    )
    assert sorted(parse_qsl(query)) == sorted(prepared.call.query)  # Privy's SDK sorts them
    if prepared.body:
        kept = place.emulator.memory.get(entry.n)  # the ledger's own line is masked
        assert kept is not None
        assert json.loads(kept.received.body) == json.loads(prepared.body)


@every_call
def test_the_script_asks_for_what_was_prepared(
    place: Place, make: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accepted: the same method, address and query, and the same data; and the answer is printed."""
    prepared = place.prepared(make(place))
    run_python(place, prepared, monkeypatch)
    same_data(place, prepared)
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("name", ["create_key_share_holder_group", "update_key_quorum"])
def test_the_script_is_whole(place: Place, name: str) -> None:
    """Saved as a file and run by itself, it needs nothing but the variables it names."""
    prepared = place.prepared(dict(CALLS)[name](place))
    script = place.folder.parent / "snippet.py"
    script.write_text(as_python(prepared))
    done = subprocess.run(
        [sys.executable, "-I", script],
        env=place.secrets(prepared),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    same_data(place, prepared)


def test_the_other_curve(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secp256k1 key signs through both snippets."""
    key = Secp256k1Key.from_hex("07" * 32)
    keys = place.emulator.cobo.keys
    info = next(iter(keys.values()))
    keys[key.public.to_hex()] = msgspec.structs.replace(
        info, key=key.public.to_hex(), curve_type="SECP256K1"
    )
    with cobo.Client(key, environment=place.custody.environment) as custody:
        prepared = custody.prepare(cobo.get_api_key_info())
    assert (
        run_curl(place, prepared, COBO_API_SIGNATURE=cobo_signing.sign(key, prepared.message))
        == 200
    )
    place.facts["cobo"]["api_private_key"] = "07" * 32
    run_python(place, prepared, monkeypatch)
    assert place.emulator.ledger[-1].verdict == "accepted"


# ---- names that want to be more ----------------------------------------------------------------------

HOSTILE = [
    ("quotes", "'\"'\"\"\"'''`"),
    ("out of single quotes", "'; touch x; '"),
    ("out of double quotes", '"; touch x; "'),
    ("command", "$(touch x)"),
    ("backticks", "`touch x`"),
    ("variable", "$PATH ${PRIVY_APP_SECRET}"),
    ("out of $'…'", "\u202e'; touch x; $'"),
    ("Python in double quotes", '"); open("x", "w") #'),
    ("Python in single quotes", "'); open('x', 'w') #\""),
    ("Python in braces", '{open("x", "w")} %s {0}'),
    ("lines", "a\nopen('x', 'w')\r\n# \\\ntouch x"),
    ("line ends of other kinds", "a\u2028touch x\u0085touch x\u000b"),
    ("backslashes", "\\ \\' \\\" \\n \\x27 \\u0027 \\"),
    ("percent and history", "%s %n 100% !! !$ !touch"),
    ("bidi and blanks", "\u202e\u2066\u200b\u00a0\u3164\u00ad"),
    ("emoji", "👩\u200d👩\u200d👧 🔑\ufe0f e\u0301"),
    ("controls", "\x01\x08\x1b[2J\x7f"),
    ("file of curl's", "@/etc/passwd"),
    ("variables", "${IFS}&&touch${IFS}x;~*?[a]"),
]
hostile = pytest.mark.parametrize(
    "name", [case[1] for case in HOSTILE], ids=[case[0] for case in HOSTILE]
)


def named(place: Place, name: str) -> list[Call[Any]]:
    """Calls that carry the name: as a holder's, as a TSS request's description, as a vault's, as a quorum's."""
    nodes = place.emulator.spare_nodes[:2]
    vault = place.emulator.vault_id
    return [
        cobo.create_key_share_holder_group(vault, signing_group(*nodes, name=name)),
        cobo.create_tss_request(vault, tss_request(place, name)),
        cobo.update_mpc_vault_by_id(vault, cobo.UpdateMpcVaultByIdRequest(name=name)),
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(public_keys=[member(place)], display_name=name)
        ),
    ]


@hostile
def test_the_command_carries_any_name(place: Place, name: str) -> None:
    """Nothing is executed, and every byte arrives."""
    for call in named(place, name):
        prepared = place.prepared(call)
        assert run_curl(place, prepared) == call.operation.status
        assert place.emulator.ledger[-1].body.encode() == prepared.body
    assert place.touched() == []


@hostile
def test_the_script_carries_any_name(
    place: Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is executed, and the name arrives as it was."""
    for call in named(place, name):
        prepared = place.prepared(call)
        run_python(place, prepared, monkeypatch)
        same_data(place, prepared)
    assert place.touched() == []


def test_ids_stay_ids(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that wants to be more is one piece of the path, in both; nothing is found there, and nothing executed."""
    from cobo_waas2 import ApiException

    prepared = place.prepared(
        cobo.get_mpc_vault_by_id("'\"$(touch x)`touch x`/../{a} ?#%2e \u202e")
    )
    assert run_curl(place, prepared) == 404
    with pytest.raises(ApiException, match="404"):
        run_python(place, prepared, monkeypatch)
    for entry in place.emulator.ledger:
        assert (entry.status, entry.target) == (404, prepared.url.removeprefix(place.facts["url"]))
    assert place.touched() == []


# ---- secrets -----------------------------------------------------------------------------------------


@every_call
def test_no_secret_is_written(place: Place, make: Made) -> None:
    """No private key, app secret or signature stands in any snippet; what a secret is for has a name."""
    prepared = place.prepared(make(place))
    secrets = place.secrets(prepared)
    del secrets["PRIVY_APP_ID"]  # public, and a header anyway
    pieces = [piece for value in secrets.values() for piece in value.split(",") if piece]
    for text in (as_curl(prepared), as_python(prepared)):
        assert not [piece for piece in pieces if piece in text]
