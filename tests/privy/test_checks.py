"""Each rule of a Privy request: what breaks it, what does not, and whether it is documented."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit import privy
from toolkit.errors import InputError
from toolkit.keys import P256Key, Secp256k1Key
from toolkit.privy import checks

KEYS = [P256Key.from_hex(f"{number:064x}") for number in (5, 6)]
A, B = (key.public.to_base64() for key in KEYS)
USER = "did:privy:x"


def create(**fields: Any) -> Any:
    return privy.create_key_quorum(privy.CreateKeyQuorumRequest(**fields))


def wallet(chain_type: str = "ethereum", **fields: Any) -> Any:
    return privy.create_wallet(privy.CreateWalletRequest(chain_type=chain_type, **fields))


def update_wallet(**fields: Any) -> Any:
    return privy.update_wallet("w", privy.UpdateWalletRequest(**fields))


def signer(signer_id: str, *policies: str) -> list[privy.AdditionalSigner]:
    return [privy.AdditionalSigner(signer_id=signer_id, override_policy_ids=list(policies))]


def update(**fields: Any) -> Any:
    return privy.update_key_quorum("q", privy.UpdateKeyQuorumRequest(**fields))


FINE: list[tuple[str, Any]] = [
    ("two keys", create(public_keys=[A, B], authorization_threshold=2, display_name="x" * 50)),
    ("PEM", create(public_keys=[KEYS[0].public.to_pem()])),
    ("a key with a line break", create(public_keys=[A[:64] + "\n" + A[64:]])),
    ("public key values", create(public_keys=[key.public for key in KEYS])),
    ("no threshold", create(user_ids=[USER])),
    (
        "all kinds",
        create(public_keys=[A], user_ids=[USER], key_quorum_ids=["q"], authorization_threshold=3),
    ),
    ("name only", update(display_name="x")),
    ("clear the users", update(user_ids=[])),
    ("threshold alone", update(authorization_threshold=9)),
    ("a wallet without an owner", wallet()),
    (
        "a wallet of a quorum",
        wallet("solana", owner_id="q", display_name="x" * 100, external_id="aZ0_-" + "x" * 59),
    ),
    ("a wallet of a key", wallet(owner=privy.WalletOwner(public_key=KEYS[0].public))),  # type: ignore[arg-type]
    (
        "a wallet of a user",
        wallet(owner=privy.WalletOwner(user_id=USER), additional_signers=signer("q", "p" * 24)),
    ),
    (
        "a wallet's new owner",
        update_wallet(owner=privy.WalletOwner(public_key=A), additional_signers=signer("q")),
    ),
    ("a wallet without its owner", update_wallet(owner=None)),
]
BROKEN: list[tuple[str, Any, str, str, bool]] = [
    ("nobody", create(display_name="x"), "privy.no-members", "public_keys", True),
    (
        "empty list",
        create(public_keys=[], user_ids=[USER]),
        "privy.empty-list",
        "public_keys",
        True,
    ),
    (
        "threshold 0",
        create(user_ids=[USER], authorization_threshold=0),
        "privy.threshold",
        "authorization_threshold",
        True,
    ),
    (
        "threshold too high",
        create(user_ids=[USER], authorization_threshold=2),
        "privy.threshold",
        "authorization_threshold",
        True,
    ),
    ("not a key", create(public_keys=["hello"]), "privy.public-key", "public_keys[0]", True),
    (
        "hex that is cut",
        create(public_keys=[KEYS[0].public.to_hex()[:-2]]),
        "privy.public-key",
        "public_keys[0]",
        True,
    ),
    (
        "another curve",
        create(public_keys=[Secp256k1Key.generate().public.to_base64()]),
        "privy.public-key",
        "public_keys[0]",
        True,
    ),
    (
        "a key twice, two spellings",
        create(public_keys=[A, KEYS[0].public.to_pem()]),
        "privy.key-twice",
        "public_keys[1]",
        False,
    ),
    ("no user id", create(user_ids=["alice"]), "privy.user-id", "user_ids[0]", False),
    ("a user twice", create(user_ids=[USER, USER]), "privy.member-twice", "user_ids[1]", False),
    ("empty quorum id", create(key_quorum_ids=[" "]), "privy.quorum-id", "key_quorum_ids[0]", True),
    (
        "six quorums",
        create(key_quorum_ids=[f"q{i}" for i in range(6)]),
        "privy.nested",
        "key_quorum_ids",
        True,
    ),
    (
        "long name",
        create(user_ids=[USER], display_name="x" * 51),
        "privy.display-name",
        "display_name",
        True,
    ),
    ("no change", update(), "privy.no-change", "request", True),
    (
        "new threshold too high",
        update(public_keys=[A], user_ids=[], key_quorum_ids=[], authorization_threshold=2),
        "privy.threshold",
        "authorization_threshold",
        True,
    ),
    (
        "new threshold 0",
        update(authorization_threshold=0),
        "privy.threshold",
        "authorization_threshold",
        False,
    ),
    (
        "nobody left",
        update(public_keys=[], user_ids=[], key_quorum_ids=[]),
        "privy.no-members",
        "public_keys",
        False,
    ),
    ("no chain", wallet(" "), "privy.chain-type", "chain_type", True),
    ("a chain that is not known", wallet("etherium"), "privy.chain-type", "chain_type", False),
    (
        "two owners",
        wallet(owner=privy.WalletOwner(public_key=A), owner_id="q"),
        "privy.one-owner",
        "owner",
        True,
    ),
    ("an owner that is nobody", wallet(owner=privy.WalletOwner()), "privy.owner", "owner", True),
    (
        "an owner that is two",
        wallet(owner=privy.WalletOwner(public_key=A, user_id=USER)),
        "privy.owner",
        "owner",
        True,
    ),
    (
        "an owner that is no key",
        wallet(owner=privy.WalletOwner(public_key="hello")),
        "privy.public-key",
        "owner.public_key",
        True,
    ),
    (
        "an owner of another shape",
        wallet(owner=privy.WalletOwner(user_id="alice")),
        "privy.user-id",
        "owner.user_id",
        False,
    ),
    ("an owner of no id", wallet(owner_id=""), "privy.quorum-id", "owner_id", True),
    (
        "long name of a wallet",
        wallet(display_name="x" * 101),
        "privy.display-name",
        "display_name",
        True,
    ),
    (
        "hidden in its name",
        wallet(display_name="a\u202eb"),
        "privy.hidden-characters",
        "display_name",
        False,
    ),
    ("long external id", wallet(external_id="x" * 65), "privy.external-id", "external_id", True),
    (
        "external id with a line end",
        wallet(external_id="x\n"),
        "privy.external-id",
        "external_id",
        True,
    ),
    (
        "external id of letters elsewhere",
        wallet(external_id="é"),
        "privy.external-id",
        "external_id",
        True,
    ),
    ("empty external id", wallet(external_id=""), "privy.external-id", "external_id", False),
    (
        "a signer without id",
        wallet(additional_signers=signer(" ")),
        "privy.quorum-id",
        "additional_signers[0].signer_id",
        True,
    ),
    (
        "a signer with two policies",
        update_wallet(additional_signers=signer("q", "a" * 24, "b" * 24)),
        "privy.policies",
        "additional_signers[0].override_policy_ids",
        True,
    ),
    (
        "a signer with a policy's id cut short",
        update_wallet(additional_signers=signer("q", "p" * 23)),
        "privy.policies",
        "additional_signers[0].override_policy_ids[0]",
        True,
    ),
    ("no change of a wallet", update_wallet(), "privy.no-change", "request", True),
    (
        "two new owners",
        update_wallet(owner=None, owner_id="q"),
        "privy.one-owner",
        "owner",
        True,
    ),
    (
        "a new owner that is no key",
        update_wallet(owner=privy.WalletOwner(public_key=KEYS[0].public.to_hex()[:-2])),
        "privy.public-key",
        "owner.public_key",
        True,
    ),
]


def signers_of(call: Any) -> list[P256Key]:
    return KEYS[:1] if call.operation.co_signed or call.operation.owner_signs else []


@pytest.mark.parametrize("call", [case[1] for case in FINE], ids=[case[0] for case in FINE])
def test_fine(call: Any) -> None:
    """What the reference describes breaks no rule."""
    assert checks.problems(call, signers_of(call)) == ()


@pytest.mark.parametrize(
    ("call", "rule", "field", "documented"), [c[1:] for c in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_broken(call: Any, rule: str, field: str, documented: bool) -> None:
    """Each broken rule is named once, with its field, a remedy and its ground."""
    (problem,) = checks.problems(call, signers_of(call))
    assert (problem.rule, problem.field, problem.documented) == (rule, field, documented)
    assert problem.sentence.endswith(".")


@pytest.mark.parametrize("bad", [True, 2.0, float("nan"), "2"])
@pytest.mark.parametrize("model", [privy.CreateKeyQuorumRequest, privy.UpdateKeyQuorumRequest])
def test_thresholds_are_ints(model: Any, bad: object) -> None:
    """Bools, floats and NaN are refused where they enter."""
    with pytest.raises(InputError, match="authorization_threshold must be a whole number"):
        model(authorization_threshold=bad)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"public_keys": "MFkw"}, "public_keys must be a list"),
        ({"public_keys": [KEYS[0]]}, r"public_keys\[0\] is a private key.*Pass its .public half"),
        ({"user_ids": [7]}, r"user_ids\[0\] must be text"),
        ({"display_name": 7}, "display_name must be text"),
    ],
)
@pytest.mark.parametrize("model", [privy.CreateKeyQuorumRequest, privy.UpdateKeyQuorumRequest])
def test_wrong_types(model: Any, fields: dict[str, Any], sentence: str) -> None:
    """Wrong types are refused by field; a private key is never taken for its public half."""
    with pytest.raises(InputError, match=sentence):
        model(**fields)


@pytest.mark.parametrize("field", ["public_keys", "authorization_threshold", "display_name"])
def test_null_is_no_value_in_an_update(field: str) -> None:
    """Privy's types know no null: leaving out and setting to null are not the same."""
    with pytest.raises(InputError, match=field):
        privy.UpdateKeyQuorumRequest(**{field: None})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: wallet(7), "chain_type must be text"),
        (lambda: wallet(display_name=7), "display_name must be text"),
        (lambda: wallet(external_id=7), "external_id must be text"),
        (lambda: wallet(owner_id=7), "owner_id must be text"),
        (lambda: wallet(owner={"public_key": A}), "owner must be a WalletOwner"),
        (
            lambda: wallet(owner=privy.WalletOwner(public_key=KEYS[0])),
            r"private key.*Pass its .public half",
        ),
        (lambda: wallet(owner=privy.WalletOwner(user_id=7)), r"owner\.user_id must be text"),
        (lambda: wallet(additional_signers=["q"]), "must hold AdditionalSigner values"),
        (lambda: wallet(additional_signers=7), "must hold AdditionalSigner values"),
        (lambda: privy.AdditionalSigner(signer_id=7), "signer_id must be text"),
        (
            lambda: privy.AdditionalSigner(signer_id="q", override_policy_ids="p"),
            "must be a list of texts",
        ),
    ],
)
def test_wrong_types_of_a_wallet(made: Any, sentence: str) -> None:
    """What cannot be part of a wallet's request is refused where it enters, by field."""
    with pytest.raises(InputError, match=sentence):
        made()
