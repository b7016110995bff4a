"""The call in a review's file is made anew; what address, names and body do not agree on is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parameters import OPERATIONS, full_name, told_of, world
from tests.parameters import REQUESTS as GOOD_REQUESTS
from tests.samples import KEYS
from toolkit import Emulator, Review
from toolkit.approvals.as_asked import asked_in
from toolkit.errors import CredentialsRefused, InputError
from toolkit.request.call import Call

VAULTS = "https://api.cobo.com/v2/wallets/mpc/vaults"
BODY = '{"name":"Payroll","vault_type":"Org-Controlled"}'
GOOD = {
    "service": "cobo",
    "environment": "PROD",
    "operation": "create_mpc_vault",
    "method": "POST",
    "url": VAULTS,
    "body": BODY,
}


def test_what_fits() -> None:
    """Operation, address and body make the call, and its bytes by field."""
    asked = asked_in(**GOOD)
    assert (asked.service, asked.base_url) == ("Cobo", "https://api.cobo.com/v2")
    assert asked.call.argument("name") == "Payroll"
    assert "".join(piece.text for piece in asked.pieces) == BODY


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "a service that is known nowhere": ({"service": "x"}, "service"),
    "another service": ({"service": "privy"}, "operation"),
    "another service's address": (
        {"url": "https://api.privy.io/v1/wallets/mpc/vaults", "environment": "X"},
        "the address is Privy’s",
    ),
    "an operation that is known nowhere": ({"operation": "x"}, "operation"),
    "another operation": ({"operation": "create_wallet"}, "url"),
    "an operation of the same address": ({"operation": "list_mpc_vaults"}, "method: list_mpc_vaults is GET"),
    "another method": ({"method": "DELETE"}, "method"),
    "more behind the address": ({"url": f"{VAULTS}/v1/x"}, "url"),
    "a query that is none of it": ({"url": f"{VAULTS}?x=1"}, "has no parameter x"),
    "a query that says nothing": ({"url": f"{VAULTS}?x="}, "url"),
    "a part of the address that never travels": ({"url": f"{VAULTS}#x"}, "url"),
    "PROD at another address": ({"url": VAULTS.replace("api.cobo", "api.evil")}, "PROD is at"),
    "another name for PROD": ({"environment": "DEV"}, "the address is that of PROD"),
    "the emulator elsewhere": (
        {"environment": "EMULATOR", "url": VAULTS.replace("cobo.com", "evil.com")},
        "this computer",
    ),
    "no https": ({"environment": "X", "url": VAULTS.replace("https://api.cobo", "http://x")}, "https"),
    "a user in the address": ({"environment": "X", "url": VAULTS.replace("api.cobo", "a@b")}, "base_url"),
    "no JSON": ({"body": "{"}, "it is not JSON"),
    "JSON without an end": ({"body": "[" * 100_000}, "it is not JSON"),
    "no body": ({"body": ""}, "takes CreateMpcVaultRequest"),
    "another body": ({"body": '{"name":1}'}, "not what the operation takes"),
    "a field that nobody reads": ({"body": BODY.replace("}", ',"x":1}')}, "what this toolkit would send"),
    "a name twice": ({"body": BODY.replace("{", '{"name":"Harmless",')}, "what this toolkit would send"),
    "blanks": ({"body": BODY.replace(":", ": ")}, "what this toolkit would send"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "why"), REFUSED.values(), ids=list(REFUSED))
def test_what_does_not_fit(changed: dict[str, str], why: str) -> None:
    """Whatever one part says and another does not is refused, with the part that is wrong."""
    with pytest.raises(InputError, match=why):
        asked_in(**GOOD | changed)


def test_no_private_key_goes_round(tmp_path: Any) -> None:
    """A private key in a field is refused, and not repeated."""
    secret = KEYS[0].save(tmp_path / "key.pem").read_text().split("-----")[2].replace("\n", "")
    with pytest.raises(CredentialsRefused) as refused:
        asked_in(**GOOD | {"body": BODY.replace("Payroll", secret)})
    assert secret not in str(refused.value)


CHANGES = [each for each in OPERATIONS if each.changes]


@pytest.fixture(scope="module")
def a_world() -> Emulator:
    return world()


@pytest.mark.parametrize("operation", CHANGES, ids=full_name)
def test_every_change_goes_by_file(a_world: Emulator, operation: Any) -> None:
    """The review of a good request of each operation says what was asked; only what may not be shown is refused."""
    request = told_of(GOOD_REQUESTS, operation)(a_world)
    facts = {
        "service": operation.service,
        "operation": operation.name,
        "arguments": request.ids,
        "query": request.query,
        "body": request.body,
    }
    call = Call.from_dict(facts, OPERATIONS)
    client: Any = a_world.cobo_client()
    if operation.service == "privy":
        client = a_world.privy_client()
    if operation.name == "authorize_intent":
        with pytest.raises(InputError, match="may not be shown"):
            Review.of(client, call)
        return
    assert Review.of(client, call).as_asked().call == call
