"""A secret in the wrong place of a request is shown nowhere, however it is spelled."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from toolkit import Emulator, cobo, privy
from toolkit.emulator import worlds
from toolkit.emulator.http import Door, serving
from toolkit.emulator.masking import MASK, without_credentials
from toolkit.keys import P256Key

URL = "https://emulator.invalid"
TOKEN = "0123456789abcdef" * 2


def percent(text: str) -> str:
    """Every character percent-encoded."""
    return "".join(f"%{ord(character):02x}" for character in text)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "upper case": str.upper,
    "mixed case": lambda text: text[:20].upper() + text[20:],
    "percent": percent,
    "percent, upper case": lambda text: percent(text).upper().replace("%X", "%x"),
    "percent twice": lambda text: quote(percent(text), safe=""),
    "half percent": lambda text: text[:10] + percent(text[10:20]) + text[20:],
    "escaped": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "base64 of the text": in_base64,
    "base64 of the text, in a longer one": lambda text: in_base64(f"ab:{text}:x"),
    "base64 of the text, in another longer one": lambda text: in_base64(f"abc:{text}"),
    "base64, percent": lambda text: quote(in_base64(text), safe=""),
    "base64 of the bytes": lambda text: base64.b64encode(bytes.fromhex(text)).decode(),
    "base64url of the bytes": lambda text: (
        base64.urlsafe_b64encode(bytes.fromhex(text)).decode().rstrip("=")
    ),
    "base64 in lines": lambda text: "\n".join(
        in_base64(text)[at : at + 20] for at in range(0, 100, 20)
    ),
    "hex of the text": lambda text: text.encode().hex().upper(),
    "a Basic pair": lambda text: "Basic " + in_base64(f"cmabc:{text}"),
    "PKCS#8": lambda text: base64.b64encode(
        bytes.fromhex("302e020100300506032b657004220420" + text)
    ).decode(),
    "a number": lambda text: str(int(text, 16)),
}


def secrets_of(emulator: Emulator) -> dict[str, str]:
    """All secrets of an emulator in hex, as it made them."""
    names = ("API key", "response key", "app secret", worlds.AUTHORIZATION_KEY.format("Alice"))
    return {name: worlds.derived(emulator.seed, name) for name in names} | {"token": TOKEN}


def everything(emulator: Emulator, folder: Path) -> str:
    """Whatever an emulator shows or writes about the requests it had."""
    lines = [entry.as_dict() for entry in emulator.ledger]
    explained = [emulator.explain(entry.n).as_dict() for entry in emulator.ledger]
    said = [str(emulator.explain(entry.n)) for entry in emulator.ledger]
    return json.dumps([lines, explained, said], ensure_ascii=False) + (folder / "state").read_text()


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our clients send no secret as data; other programs do, and the emulator hears those, too."""
    for module in ("toolkit.client.client", "toolkit.transport.sender"):
        monkeypatch.setattr(f"{module}.must_be_public", lambda call, is_own_secret: None)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_in_the_wrong_place(careless: None, tmp_path: Path, spelling: str) -> None:
    """In path, query, header, body or method: neither ledger, explanation nor state file shows it."""
    emulator = Emulator.seeded(state=tmp_path / "state", choices={"cobo.vault_name": "any"})
    Door(emulator, TOKEN)
    secrets = secrets_of(emulator)
    for secret in secrets.values():
        misplace(emulator, SPELLINGS[spelling](secret))
    assert [entry.verdict for entry in emulator.ledger] == (
        ["refused"] * 6 + ["accepted"] * 2
    ) * len(secrets)
    shown = everything(emulator, tmp_path)
    for secret in secrets.values():
        spelled = SPELLINGS[spelling](secret)
        target = addressed(spelled)
        for text in {
            spelled,
            json.dumps(spelled)[1:-1],
            target,
            quote(target, safe=""),
            spelled.replace("\n", ""),
        }:
            assert text not in shown
            assert text.encode().hex() not in shown
    assert MASK in shown
    assert all(entry.trouble == "" for entry in emulator.ledger)
    emulator.close()
    again = Emulator.seeded(state=tmp_path / "state")
    assert len(again.cobo.state.vaults) == 3 + len(secrets)
    again.close()


def addressed(spelled: str) -> str:
    """The spelling as it may stand in an address."""
    return quote(spelled, safe="%+/=:\\")


def misplace(emulator: Emulator, spelled: str) -> None:
    """Requests that have the secret where it does not belong: six are refused, two are carried out."""
    target, one_line = addressed(spelled), spelled.replace("\n", "")
    key = emulator.api_key.public.to_hex()
    plain = {"biz-api-nonce": "1", "biz-api-signature": "00" * 64}
    for path, headers in (
        (f"/v2/{target}", {"biz-api-key": key}),
        (f"/v2/wallets?x={target}", {"biz-api-key": key}),
        ("/v2/wallets", {"biz-api-key": one_line}),
        ("/v2/wallets", {"biz-api-key": key, "biz-api-nonce": one_line}),
        (f"/v1/{target}", {}),
        (f"/v1/key_quorums?{target}", {"privy-app-id": one_line}),
    ):
        emulator.handle(
            httpx.Request(
                "PUT", URL + path, headers=plain | headers, content=json.dumps({"a": spelled})
            )
        )
    vault = cobo.CreateMpcVaultRequest(name=f"a {spelled} b", vault_type="Org-Controlled")
    emulator.cobo_client().send(
        cobo.create_mpc_vault(vault), acknowledge={"cobo.vault-name", "cobo.hidden-characters"}
    )
    member = privy.CreateKeyQuorumRequest(user_ids=[f"did:privy:{spelled}"])
    # not sent: the client strikes its own secret from the answer, and then doubts that answer
    emulator.privy_client().exchange(privy.create_key_quorum(member), acknowledge={"privy.user-id"})


def test_signatures_are_masked(emulator: Emulator) -> None:
    """A request's own signature is masked where else it stands; so is what looks like one."""
    signature = "0a1b" * 32
    key = P256Key.from_hex("11" * 32)
    der = base64.b64encode(key.sign(b"x")).decode()
    headers = {
        "biz-api-key": emulator.api_key.public.to_hex(),
        "biz-api-nonce": "1",
        "biz-api-signature": signature,
    }
    in_64 = base64.urlsafe_b64encode(bytes.fromhex(signature)).decode()
    for text in (
        signature,
        signature.upper(),
        in_64,
        der,
        quote(der, safe=""),
        key.sign(b"x").hex() * 2,
    ):
        emulator.handle(
            httpx.Request("POST", f"{URL}/v2/{text}?a={text}", headers=headers, content=f'"{text}"')
        )
        shown = repr(emulator.ledger) + repr(
            [emulator.explain(entry.n) for entry in emulator.ledger]
        )
        assert text not in shown


CREDENTIALS: list[tuple[str, str]] = [
    ("?token=abc", f"?token={MASK}"),
    ("?a=1&access_token=abc&b=2", f"?a=1&access_token={MASK}&b=2"),
    ("?Authorization=Basic%20abc", f"?Authorization={MASK}"),
    ("?%74oken=abc", f"?%74oken={MASK}"),
    ("?x[password]=abc", f"?x[password]={MASK}"),
    ("?x=Bearer%20abc&y=1", f"?x={MASK}&y=1"),
    ("?x=Basic+abc=", f"?x=Basic+{MASK}"),
    ("?api_key=abc;apikey=d", f"?api_key={MASK};apikey={MASK}"),
    ("?sig=abc&signature=d", f"?sig={MASK}&signature={MASK}"),
    ("?r=https%3A%2F%2Fh%2F%3Ftoken%3Dabc", f"?r={MASK}"),
    ("?x=eyJhbGciOiJI.eyJzdWIi.c2ln", f"?x={MASK}"),
    ("/a;token=abc", f"/a;token={MASK}"),
    ("http://user:abc@host/x", f"http://{MASK}@host/x"),
    ("?client_secret=abc|body", f"?client_secret={MASK}|body"),
    ("?authorization_key=MFkw&cursor=a&limit=1", "?authorization_key=MFkw&cursor=a&limit=1"),
    ("?key_share_holder_group_ids=a,b&vault_type=Org-Controlled", "?key_share_holder_group_ids=a,b&vault_type=Org-Controlled"),
    ("/v2/wallets/mpc/vaults/a%2Fb", "/v2/wallets/mpc/vaults/a%2Fb"),
    ("?token=", "?token="),
]  # fmt: skip


@pytest.mark.parametrize(("address", "shown"), CREDENTIALS, ids=[case[0] for case in CREDENTIALS])
def test_credentials_in_an_address(emulator: Emulator, address: str, shown: str) -> None:
    """What looks like a credential in an address is masked, by its name or by itself; an ordinary filter is not."""
    assert without_credentials(address) == shown
    if address.startswith("?"):
        emulator.handle(
            httpx.Request(
                "GET", f"{URL}/v1/wallets", extensions={"target": b"/v1/wallets" + address.encode()}
            )
        )
        assert (
            emulator.ledger[0].target
            == "/v1/wallets"
            + shown.partition("|")[0]
            + address.partition("|")[1]
            + address.partition("|")[2]
        )


def test_a_long_address_is_looked_through_once() -> None:
    """No text of the largest size makes the search run back and forth: each is done before it could be noticed."""
    for part in ("a", "=", "eyJ", "//", "%74", "a=%", "token", "&", "basic ", "f"):
        assert isinstance(without_credentials(part * (60_000 // len(part))), str)


def test_over_http_the_ledger_shows_no_token(emulator: Emulator) -> None:
    """The control door's own token, pasted into an address, does not come back from it."""
    with serving(emulator) as facts:
        token = facts["control"]["token"]
        httpx.get(f"{facts['url']}/v1/{token}", params={"q": token}, trust_env=False)
        ledger = httpx.get(
            facts["control"]["url"] + "/ledger",
            headers={"X-Emulator-Token": token},
            trust_env=False,
        )
    assert len(ledger.json()) == 1
    assert token not in ledger.text


def test_masked_names_stay_apart_in_the_state_file(careless: None, tmp_path: Path) -> None:
    """Two secrets where something must be unique are two words after a restart, and the state can be lived again."""
    emulator = Emulator.seeded(state=tmp_path / "state")
    app = emulator.privy_client()
    for secret in (emulator.privy.app_secret.reveal(), emulator.api_key.reveal_hex()):
        request = privy.CreateWalletRequest(chain_type="ethereum", external_id=secret)
        app.exchange(privy.create_wallet(request))  # the answer is struck, and doubted
    emulator.close()
    again = Emulator.seeded(state=tmp_path / "state")
    names = [wallet.external_id for wallet in again.privy.wallets.values() if wallet.external_id]
    assert len(set(names)) == 2
    assert all(name.startswith("masked-") for name in names)
    again.close()
