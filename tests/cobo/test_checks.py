"""Each rule of a Cobo request: what breaks it, what does not, and whether it is documented."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples import node_id
from toolkit import cobo
from toolkit.cobo import checks
from toolkit.errors import InputError
from toolkit.request.call import Call


def holder(**changed: Any) -> cobo.CreateKeyShareHolder:
    fields: dict[str, Any] = {
        "name": "Alice",
        "type": "API",
        "tss_node_id": node_id("n1"),
        "signer": True,
    }
    return cobo.CreateKeyShareHolder(**(fields | changed))


BOB = {"name": "Bob", "tss_node_id": node_id("n2"), "signer": False}


def group(
    kind: str = "MainGroup", k: int = 2, n: int = 3, seats: list[Any] | None = None
) -> Call[Any]:
    seats = [holder(), holder(**BOB)] if seats is None else seats
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type=kind, participants=n, threshold=k, key_share_holders=seats
    )
    return cobo.create_key_share_holder_group("v", request)


FINE: list[tuple[str, Call[Any]]] = [
    ("2 of 3", group()),
    ("2 of 2, one client", group(k=2, n=2, seats=[holder()])),
    ("2 of 2, signer unsaid", group(k=2, n=2, seats=[holder(signer=None)])),
    (
        "3 of 3, signers unsaid",
        group(
            k=3, n=3, seats=[holder(signer=None), holder(tss_node_id=node_id("n2"), signer=None)]
        ),
    ),
    ("3 of 3, all sign", group(k=3, n=3, seats=[holder(), holder(tss_node_id=node_id("n2"))])),
    (
        "recovery, both ticked",
        group("RecoveryGroup", 2, 2, [holder(), holder(tss_node_id=node_id("n2"))]),
    ),
    ("recovery, none ticked", group("RecoveryGroup", 2, 2, [holder(signer=False), holder(**BOB)])),
    ("vaults", cobo.list_mpc_vaults()),
    ("vaults of a project", cobo.list_mpc_vaults("User-Controlled", project_id="p", limit=50)),
    (
        "groups",
        cobo.list_key_share_holder_groups("v", key_share_holder_group_type="MainGroup", limit=1),
    ),
    ("api key", cobo.get_api_key_info()),
]
BROKEN: list[tuple[str, Call[Any], str, str, bool]] = [
    ("unknown type", group("Group"), "cobo.group-type", "key_share_holder_group_type", True),
    ("1 of 3", group(k=1), "cobo.scheme", "threshold", True),
    ("3 of 2", group(k=3, n=2, seats=[holder()]), "cobo.scheme", "threshold", True),
    (
        "2 of 4",
        group(
            k=2,
            n=4,
            seats=[holder(), holder(**BOB), holder(**(BOB | {"tss_node_id": node_id("n3")}))],
        ),
        "cobo.scheme",
        "threshold",
        True,
    ),
    ("too few holders", group(seats=[holder()]), "cobo.holder-count", "key_share_holders", False),
    (
        "too many holders",
        group(
            "RecoveryGroup",
            2,
            2,
            [holder()] + [holder(tss_node_id=node_id(f"m{i}")) for i in range(2)],
        ),
        "cobo.holder-count",
        "key_share_holders",
        False,
    ),
    (
        "no name",
        group(seats=[holder(name=" "), holder(**BOB)]),
        "cobo.holder-name",
        "key_share_holders[0].name",
        False,
    ),
    (
        "hidden characters",
        group(seats=[holder(name="Al\u202eice"), holder(**BOB)]),
        "cobo.hidden-characters",
        "key_share_holders[0].name",
        False,
    ),
    (
        "unknown holder type",
        group(seats=[holder(type="Paper"), holder(**BOB)]),
        "cobo.holder-type",
        "key_share_holders[0].type",
        True,
    ),
    (
        "no holder type",
        group(seats=[holder(type=None), holder(**BOB)]),
        "cobo.holder-type",
        "key_share_holders[0].type",
        False,
    ),
    (
        "own Cobo holder",
        group(seats=[holder(type="Cobo"), holder(**BOB)]),
        "cobo.own-holder",
        "key_share_holders[0].type",
        False,
    ),
    (
        "no node",
        group(seats=[holder(), holder(**(BOB | {"tss_node_id": ""}))]),
        "cobo.node-missing",
        "key_share_holders[1].tss_node_id",
        False,
    ),
    (
        "one node twice",
        group(seats=[holder(), holder(**(BOB | {"tss_node_id": node_id("n1")}))]),
        "cobo.node-twice",
        "key_share_holders[1].tss_node_id",
        False,
    ),
    (
        "a node that no node can be",
        group(seats=[holder(), holder(**(BOB | {"tss_node_id": "coboO0"}))]),
        "cobo.node-shape",
        "key_share_holders[1].tss_node_id",
        False,
    ),
    (
        "two signers of 2",
        group(seats=[holder(), holder(**(BOB | {"signer": True}))]),
        "cobo.signer-count",
        "key_share_holders",
        False,
    ),
    (
        "no signer of 2 of 3",
        group(seats=[holder(signer=None), holder(**(BOB | {"signer": None}))]),
        "cobo.signer-count",
        "key_share_holders",
        False,
    ),
    ("vault type", cobo.list_mpc_vaults("OrgControlled"), "cobo.vault-type", "vault_type", True),
    ("no project", cobo.list_mpc_vaults("User-Controlled"), "cobo.project-id", "project_id", True),
    (
        "project too many",
        cobo.list_mpc_vaults(project_id="p"),
        "cobo.project-id",
        "project_id",
        True,
    ),
    ("limit 0", cobo.list_mpc_vaults(limit=0), "cobo.limit", "limit", True),
    ("limit 51", cobo.list_key_share_holder_groups("v", limit=51), "cobo.limit", "limit", True),
    (
        "both cursors",
        cobo.list_mpc_vaults(before="a", after="b"),
        "cobo.one-cursor",
        "before",
        True,
    ),
    (
        "group type filter",
        cobo.list_key_share_holder_groups("v", key_share_holder_group_type="Main"),
        "cobo.group-type",
        "key_share_holder_group_type",
        True,
    ),
]


@pytest.mark.parametrize("call", [case[1] for case in FINE], ids=[case[0] for case in FINE])
def test_fine(call: Call[Any]) -> None:
    """What the reference describes breaks no rule."""
    assert checks.problems(call) == ()


@pytest.mark.parametrize(
    ("call", "rule", "field", "documented"), [c[1:] for c in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_broken(call: Call[Any], rule: str, field: str, documented: bool) -> None:
    """Each broken rule is named once, with its field, a remedy and its ground."""
    (problem,) = checks.problems(call)
    assert (problem.rule, problem.field, problem.documented) == (rule, field, documented)
    assert problem.sentence.endswith((".", "?"))
    assert problem.source


@pytest.mark.parametrize("bad", [True, 2.0, float("nan"), "2", None])
@pytest.mark.parametrize("field", ["participants", "threshold"])
def test_numbers_are_ints(field: str, bad: object) -> None:
    """Bools, floats and NaN are refused where they enter."""
    fields: dict[str, Any] = {
        "key_share_holder_group_type": "MainGroup",
        "participants": 3,
        "threshold": 2,
        "key_share_holders": [],
    }
    with pytest.raises(InputError, match=f"{field} must be a whole number"):
        cobo.CreateKeyShareHolderGroupRequest(**(fields | {field: bad}))


@pytest.mark.parametrize(
    "changed",
    [{"key_share_holders": None}, {"key_share_holders": [{}]}, {"key_share_holder_group_type": 1}],
)
def test_wrong_types(changed: dict[str, Any]) -> None:
    """Wrong types are refused by field, not later by a traceback from the encoder."""
    fields: dict[str, Any] = {
        "key_share_holder_group_type": "MainGroup",
        "participants": 3,
        "threshold": 2,
        "key_share_holders": [],
    }
    with pytest.raises(InputError, match=next(iter(changed))):
        cobo.CreateKeyShareHolderGroupRequest(**(fields | changed))
    with pytest.raises(InputError, match="signer"):
        holder(signer="yes")
    with pytest.raises(InputError, match="name"):
        holder(name=7)


def test_a_request_is_frozen() -> None:
    """A request cannot change after it was looked at, not even through the list it was made of."""
    seats = [holder()]
    request = group(seats=seats).body
    seats.append(holder())
    assert isinstance(request, cobo.CreateKeyShareHolderGroupRequest)
    assert len(request.key_share_holders) == 1
    with pytest.raises(AttributeError):
        request.threshold = 3  # type: ignore[misc]


def test_a_node_twice_with_blanks() -> None:
    """The same node with blanks around it is both: badly copied, and twice."""
    holders = [
        cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node, signer=at == 0)
        for at, (name, node) in enumerate((("A", node_id("n1")), ("B", f" {node_id('n1')}")))
    ]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="MainGroup",
        participants=3,
        threshold=2,
        key_share_holders=holders,
    )
    found = [(p.rule, p.field) for p in checks.group_problems(request)]
    assert found == [
        ("cobo.hidden-characters", "key_share_holders[1].tss_node_id"),
        ("cobo.node-twice", "key_share_holders[1].tss_node_id"),
    ]


def test_a_recovery_group_with_one_holder_fewer() -> None:
    """Cobo's pages disagree on its share of a recovery group: the warning says so, and both counts."""
    (finding,) = checks.problems(group("RecoveryGroup", 2, 3, [holder(), holder(**BOB)]))
    assert (finding.rule, finding.severity) == ("cobo.holder-count", "medium")
    assert "pages disagree" in finding.sentence
    assert "need 3 holders from you" in finding.sentence
    assert "2 of yours are enough" in finding.sentence
