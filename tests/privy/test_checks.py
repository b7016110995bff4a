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


def update(**fields: Any) -> Any:
    return privy.update_key_quorum("q", privy.UpdateKeyQuorumRequest(**fields))


FINE: list[tuple[str, Any]] = [
    ("two keys", create(public_keys=[A, B], authorization_threshold=2, display_name="x" * 50)),
    ("PEM", create(public_keys=[KEYS[0].public.to_pem()])),
    ("a key with a line break", create(public_keys=[A[:64] + "\n" + A[64:]])),
    ("public key values", create(public_keys=[key.public for key in KEYS])),
    ("no threshold", create(user_ids=[USER])),
    ("all kinds", create(public_keys=[A], user_ids=[USER], key_quorum_ids=["q"], authorization_threshold=3)),
    ("name only", update(display_name="x")),
    ("clear the users", update(user_ids=[])),
    ("threshold alone", update(authorization_threshold=9)),
]
BROKEN: list[tuple[str, Any, str, str, bool]] = [
    ("nobody", create(display_name="x"), "privy.no-members", "public_keys", True),
    ("empty list", create(public_keys=[], user_ids=[USER]), "privy.empty-list", "public_keys", True),
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
        "hex is not a spelling here",
        create(public_keys=[KEYS[0].public.to_hex()]),
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
    ("six quorums", create(key_quorum_ids=[f"q{i}" for i in range(6)]), "privy.nested", "key_quorum_ids", True),
    ("long name", create(user_ids=[USER], display_name="x" * 51), "privy.display-name", "display_name", True),
    ("no change", update(), "privy.no-change", "request", True),
    (
        "new threshold too high",
        update(public_keys=[A], user_ids=[], key_quorum_ids=[], authorization_threshold=2),
        "privy.threshold",
        "authorization_threshold",
        True,
    ),
    ("new threshold 0", update(authorization_threshold=0), "privy.threshold", "authorization_threshold", False),
    ("nobody left", update(public_keys=[], user_ids=[], key_quorum_ids=[]), "privy.no-members", "public_keys", False),
]


@pytest.mark.parametrize("call", [case[1] for case in FINE], ids=[case[0] for case in FINE])
def test_fine(call: Any) -> None:
    """What the reference describes breaks no rule."""
    assert checks.problems(call, KEYS[:1] if call.operation.co_signed else ()) == ()


@pytest.mark.parametrize(("call", "rule", "field", "documented"), [c[1:] for c in BROKEN], ids=[c[0] for c in BROKEN])
def test_broken(call: Any, rule: str, field: str, documented: bool) -> None:
    """Each broken rule is named once, with its field, a remedy and its ground."""
    (problem,) = checks.problems(call, KEYS[:1] if call.operation.co_signed else ())
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
