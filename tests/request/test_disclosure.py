"""No text of a request that a client prepares may be a private key, or the client's own secret."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.samples import group
from tests.spellings import HEX, ORDINARY, POSSIBLY, PRIVATE, RARE, WORDS
from toolkit import Emulator, cobo, privy
from toolkit.errors import CredentialsRefused, InputError
from toolkit.keys import Ed25519Key, Secp256k1Key
from toolkit.request.call import Call, Operation
from toolkit.request.disclosure import must_be_public

Make = Callable[[Emulator, str], Call[Any]]


def holder(emulator: Emulator, **changed: str) -> Call[Any]:
    first, second = group(emulator).key_share_holders
    holders = (msgspec.structs.replace(first, **changed), second)
    return cobo.create_key_share_holder_group(
        emulator.vault_id, group(emulator, key_share_holders=holders)
    )


def tss(**changed: Any) -> Call[Any]:
    facts: dict[str, Any] = {"type": "KeyGen", "target_key_share_holder_group_id": "g"} | changed
    return cobo.create_tss_request("v", cobo.CreateTssRequestRequest(**facts))


def source(**changed: Any) -> Call[Any]:
    facts: dict[str, Any] = {"key_share_holder_group_id": "g", "tss_node_ids": ["n"]} | changed
    return tss(source_key_share_holder_group=cobo.SourceKeyShareHolderGroup(**facts))


def quorum(**changed: Any) -> Call[Any]:
    return privy.create_key_quorum(privy.CreateKeyQuorumRequest(**({"user_ids": ["u"]} | changed)))


def wallet(**changed: Any) -> Call[Any]:
    return privy.create_wallet(privy.CreateWalletRequest(**({"chain_type": "ethereum"} | changed)))


def vault(**changed: Any) -> Call[Any]:
    facts = {"name": "New", "vault_type": "Org-Controlled"} | changed
    return cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(**facts))


#: Fields for names and words, by path, and a call with a text in it.
NAMES: dict[str, tuple[str, Make]] = {
    "key_share_holders[0].name": ("cobo", lambda emulator, text: holder(emulator, name=text)),
    "key_share_holders[0].type": ("cobo", lambda emulator, text: holder(emulator, type=text)),
    "key_share_holder_group_type": ("cobo", lambda emulator, text: cobo.create_key_share_holder_group("v", group(emulator, key_share_holder_group_type=text))),
    "name": ("cobo", lambda emulator, text: vault(name=text)),
    "vault_type": ("cobo", lambda emulator, text: vault(vault_type=text)),
    "name of an update": ("cobo", lambda emulator, text: cobo.update_mpc_vault_by_id("v", cobo.UpdateMpcVaultByIdRequest(name=text))),
    "type": ("cobo", lambda emulator, text: tss(type=text)),
    "description": ("cobo", lambda emulator, text: tss(description=text)),
    "display_name": ("privy", lambda emulator, text: quorum(display_name=text)),
    "display_name of an update": ("privy", lambda emulator, text: privy.update_key_quorum("q", privy.UpdateKeyQuorumRequest(display_name=text))),
    "display_name of a wallet": ("privy", lambda emulator, text: wallet(display_name=text)),
    "chain_type": ("privy", lambda emulator, text: wallet(chain_type=text)),
}  # fmt: skip
#: Fields for keys and ids.
IDS: dict[str, tuple[str, Make]] = {
    "key_share_holders[0].tss_node_id": ("cobo", lambda emulator, text: holder(emulator, tss_node_id=text)),
    "vault_id": ("cobo", lambda emulator, text: cobo.get_mpc_vault_by_id(text)),
    "project_id": ("cobo", lambda emulator, text: vault(project_id=text, vault_type="User-Controlled")),
    "target_key_share_holder_group_id": ("cobo", lambda emulator, text: tss(target_key_share_holder_group_id=text)),
    "source_key_share_holder_group.key_share_holder_group_id": ("cobo", lambda emulator, text: source(key_share_holder_group_id=text)),
    "source_key_share_holder_group.tss_node_ids[0]": ("cobo", lambda emulator, text: source(tss_node_ids=[text])),
    "before": ("cobo", lambda emulator, text: cobo.list_mpc_vaults(before=text)),
    "public_keys[0]": ("privy", lambda emulator, text: quorum(public_keys=[text])),
    "user_ids[0]": ("privy", lambda emulator, text: quorum(user_ids=[text])),
    "key_quorum_ids[0]": ("privy", lambda emulator, text: quorum(key_quorum_ids=[text])),
    "key_quorum_id": ("privy", lambda emulator, text: privy.get_key_quorum(text)),
    "external_id": ("privy", lambda emulator, text: wallet(external_id=text)),
    "owner.public_key": ("privy", lambda emulator, text: wallet(owner=privy.WalletOwner(public_key=text))),
    "owner.user_id": ("privy", lambda emulator, text: wallet(owner=privy.WalletOwner(user_id=text))),
    "owner_id": ("privy", lambda emulator, text: wallet(owner_id=text)),
    "additional_signers[0].signer_id": ("privy", lambda emulator, text: wallet(additional_signers=[privy.AdditionalSigner(signer_id=text)])),
    "cursor": ("privy", lambda emulator, text: privy.list_wallets(cursor=text)),
}  # fmt: skip
FIELDS = NAMES | IDS


def client_of(emulator: Emulator, service: str, journal: Path) -> Any:
    if service == "cobo":
        return emulator.cobo_client(journal=journal)
    return emulator.privy_client(journal=journal)


def refusals(emulator: Emulator, path: str, texts: dict[str, str], journal: Path) -> list[str]:
    """Which of these texts were refused in a field, by prepare, send and exchange; none is repeated."""
    service, make = FIELDS[path]
    client = client_of(emulator, service, journal)
    refused = []
    for name, text in texts.items():
        outcomes = []
        for door in (client.prepare, client.send, client.exchange):
            error = refusal(lambda door=door, text=text: door(make(emulator, text)))  # type: ignore[misc]
            shown = "".join(traceback.format_exception(error))
            assert text[:40] not in f"{error}{error!r}{error.args}{shown}"
            # a path's id has no line ends and is not so long: no call is made of that
            no_id = "control characters" in str(error) or "which no id has" in str(error)
            named = str(error).startswith(f"{path.split(' of ')[0]}: this ")
            outcomes.append(named or no_id)
        if all(outcomes):
            refused.append(name)
    client.close()
    return refused


def refusal(act: Callable[[], Any]) -> InputError:
    """The refusal that it ends in."""
    with pytest.raises(InputError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("path", FIELDS)
def test_private_keys_are_refused_everywhere(path: str, emulator: Emulator, tmp_path: Path) -> None:
    """Every spelling in every field is refused before anything is shown, signed, sent or journalled."""
    journal = tmp_path / "of-this-test.sqlite"
    assert refusals(emulator, path, PRIVATE, journal) == list(PRIVATE)
    assert emulator.ledger == []
    written = b"".join(file.read_bytes() for file in tmp_path.glob("of-this-test*"))
    assert not [name for name, text in PRIVATE.items() if text[:40].encode() in written]


def test_what_is_seldom_pasted_is_refused(emulator: Emulator, tmp_path: Path) -> None:
    """So are the rarer spellings; one field stands for all, which ask the same recogniser."""
    path = next(iter(NAMES))
    assert refusals(emulator, path, RARE, tmp_path / "j.sqlite") == list(RARE)
    assert emulator.ledger == []


@pytest.mark.parametrize("path", NAMES)
def test_what_may_be_private_is_no_name(path: str, emulator: Emulator, tmp_path: Path) -> None:
    """64 hex digits, or twelve words, are refused where a name belongs."""
    assert refusals(emulator, path, POSSIBLY, tmp_path / "j") == list(POSSIBLY)


@pytest.mark.parametrize("path", IDS)
def test_what_may_be_an_id_stays_one(path: str, emulator: Emulator) -> None:
    """The same is prepared where a key or an id belongs."""
    service, make = IDS[path]
    client = client_of(emulator, service, Path(":memory:"))
    for text in (HEX, "0x" + HEX, POSSIBLY["base64"]):
        assert client.prepare(make(emulator, text)).body is not None


@pytest.mark.parametrize("path", NAMES)
def test_ordinary_texts_pass(path: str, emulator: Emulator) -> None:
    """Names, sentences and ids are prepared as they are."""
    service, make = NAMES[path]
    client = client_of(emulator, service, Path(":memory:"))
    for text in ORDINARY.values():
        client.prepare(make(emulator, text))


def test_the_clients_own_secret_is_refused(emulator: Emulator) -> None:
    """The API secret or app secret of the client itself is refused, as a part and in hex or base64, even
    where an id belongs.
    """
    secret = emulator.privy.app_secret.reveal()
    app = emulator.privy_client()
    for text in (
        secret,
        f"id {secret}",
        secret.encode().hex(),
        base64.b64encode(b"x:" + secret.encode()).decode(),
    ):
        for call in (
            quorum(display_name=text),
            privy.get_key_quorum(text),
            wallet(external_id=text),
        ):
            with pytest.raises(CredentialsRefused, match="client's own secret") as caught:
                app.prepare(call)
            assert secret not in str(caught.value)
    number = emulator.api_key.reveal_hex()
    custody = emulator.cobo_client()
    for text in (number, "0x" + number.upper(), base64.b64encode(bytes.fromhex(number)).decode()):
        with pytest.raises(CredentialsRefused, match=r"vault_id: this is the client's own secret"):
            custody.prepare(cobo.get_mpc_vault_by_id(text))
    other = Ed25519Key.generate().reveal_hex()
    assert custody.prepare(cobo.get_mpc_vault_by_id(other)).call.arguments == (("vault_id", other),)


def test_a_secp256k1_secret_is_its_clients_own() -> None:
    """The other curve's API secret, too."""
    key = Secp256k1Key.from_hex(HEX)
    place = cobo.Environment("http://127.0.0.1:9/v2", Ed25519Key.generate().public.to_hex())
    with (
        cobo.Client(key, environment=place, journal=":memory:") as custody,
        pytest.raises(CredentialsRefused, match="own secret"),
    ):
        custody.prepare(cobo.get_mpc_vault_by_id(HEX))


class Free(msgspec.Struct):
    """A body of any shape."""

    value: Any


FREE = Operation("cobo", "free", "POST", "/free", returns=Free, title="", source="", body=Free)
SHAPES = [
    ("a list in a list", [["x", [PRIVATE["PEM"]]]], "value[0][1][0]"),
    ("a member", {"a": {"b": PRIVATE["PEM"]}}, "value.a.b"),
    ("the name of a member", {PRIVATE["PKCS#8"]: 1}, "value.the name of member 1"),
    ("behind such a name", {PRIVATE["PKCS#8"]: [WORDS]}, "value.the name of member 1"),
    ("a set", {PRIVATE["WIF"]}, "value[0]"),
    ("bytes", PRIVATE["JWK"].encode(), "value"),
    ("a model in a model", Free([Free(PRIVATE["xprv"])]), "value.value[0].value"),
    ("a member that is a name", {"name": WORDS}, "value.name"),
]


@pytest.mark.parametrize(
    ("value", "path"), [case[1:] for case in SHAPES], ids=[c[0] for c in SHAPES]
)
def test_any_depth(value: Any, path: str) -> None:
    """A text is found at any depth of a body, and named by its path."""
    call: Call[Any] = Call(FREE, body=Free(value))
    with pytest.raises(CredentialsRefused) as caught:
        must_be_public(call, lambda text: False)
    assert str(caught.value).startswith(f"{path}: ")
    must_be_public(
        Call(FREE, body=Free({"id": HEX, "names": ["Alice", None, 7]})), lambda text: False
    )
