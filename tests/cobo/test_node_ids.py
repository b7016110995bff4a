"""The shape of a TSS node id: what has it, what has not, and the place that is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import node_id
from toolkit import Emulator, cobo
from toolkit.cobo.node_ids import has_shape, shape_sentence
from toolkit.keys.base58 import ALPHABET, decoded

# as Cobo's guides print them
REAL = (
    "cobo5yb7BNEBwwp5XXedbhnzQfvQtp132W4dH4Jz4x4eDp4KA",
    "coboBTGDvjJG99pABegvPYmavrcTU3SkjTLHVdsko8dWBga4w",
)
SEED_PAGE = "coboAbCdEfGhIjKlMnOpQrStUvWxYz1234567890abcdefghi"
GOOD = REAL[0]
ODD = [
    ("the seed page's own example", SEED_PAGE, "a capital I as character 13, a small l as character 16, a capital O as character 19 and 1 more"),
    ("a zero", GOOD[:9] + "0" + GOOD[10:], "a zero as character 10"),
    ("a capital O", GOOD[:9] + "O" + GOOD[10:], "a capital O as character 10"),
    ("a capital I", GOOD[:48] + "I", "a capital I as character 49"),
    ("a small l", "cobol" + GOOD[5:], "a small l as character 5"),
    ("a dash", GOOD[:20] + "-" + GOOD[21:], "U+002D (hyphen-minus) as character 21"),
    ("a Cyrillic letter", GOOD[:20] + "а" + GOOD[21:], "U+0430 (cyrillic small letter a) as character 21"),
    ("no prefix", GOOD[4:], "begin with cobo"),
    ("another prefix", "C" + GOOD[1:], "begin with cobo"),
    ("one character less", GOOD[:-1], "It has 48 characters; TSS node ids have 49 or 50"),
    ("two characters more", GOOD + "AB", "It has 51 characters"),
    ("too few bytes", "cobo1" + GOOD[5:], "does not spell 33 bytes"),
    ("too many bytes", "cobo" + "z" * 46, "does not spell 33 bytes"),
    ("nothing", "", "begin with cobo"),
]  # fmt: skip


@pytest.mark.parametrize("text", [*REAL, node_id("Alice"), "cobo" + "2" * 46])
def test_ids_that_have_it(text: str) -> None:
    """What Cobo prints, and what our own tests send, is shaped like a node id."""
    assert shape_sentence(text) == ""
    assert has_shape(text)


@pytest.mark.parametrize(
    ("text", "said"), [case[1:] for case in ODD], ids=[case[0] for case in ODD]
)
def test_what_is_odd_is_named_with_its_place(text: str, said: str) -> None:
    """The sentence names what no node id has and counts characters from 1; 0, O, I and l in words."""
    assert said in shape_sentence(text)
    assert shape_sentence(text).endswith((".", "misread."))
    assert not has_shape(text)


@given(st.binary(min_size=33, max_size=33), st.integers(0, 48), st.sampled_from("0OIl"))
def test_any_misread_letter_is_found(content: bytes, at: int, letter: str) -> None:
    """Whichever character of an id is replaced by 0, O, I or l, its place is named, wherever it stands."""
    number = int.from_bytes(content, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    whole = f"cobo{digits}"
    assert has_shape(whole) == (len(whole) in (49, 50) and content[0] > 0)
    at = 4 + at % max(1, len(whole) - 4)
    misread = whole[:at] + letter + whole[at + 1 :]
    assert f"as character {at + 1}." in shape_sentence(misread)


def test_an_odd_id_is_a_warning_that_can_be_acknowledged() -> None:
    """An odd node is inferred to be one: nothing is sent until somebody says that it is meant, then it is."""
    emulator = Emulator.seeded()
    custody = emulator.cobo_client()
    seats = [
        cobo.CreateKeyShareHolder(name="A", type="API", tss_node_id=SEED_PAGE, signer=True),
        cobo.CreateKeyShareHolder(
            name="B", type="API", tss_node_id=emulator.spare_nodes[0], signer=False
        ),
    ]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup",
        participants=3,
        threshold=2,
        key_share_holders=seats,
    )
    call = cobo.create_key_share_holder_group(emulator.vault_id, request)
    (problem,) = custody.problems(call)
    assert "a capital I as character 13" in problem.sentence
    assert (problem.rule, problem.blocks, problem.documented) == ("cobo.node-shape", False, False)
    assert problem.field == "key_share_holders[0].tss_node_id"
    assert custody.send(call).status == "New"


def test_nodes_of_a_source_are_looked_at() -> None:
    """The nodes that a TSS request names are looked at, too, each by its place."""
    source = cobo.SourceKeyShareHolderGroup(
        key_share_holder_group_id="g", tss_node_ids=[GOOD, GOOD[:-1] + "0"]
    )
    request = cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id="t",
        source_key_share_holder_group=source,
    )
    (problem,) = Emulator.seeded().cobo_client().problems(cobo.create_tss_request("v", request))
    assert (problem.rule, problem.field) == (
        "cobo.node-shape",
        "source_key_share_holder_group.tss_node_ids[1]",
    )


@pytest.mark.parametrize("world", ["demo", "empty", "large"])
def test_the_emulators_nodes_have_it(world: str) -> None:
    """Every node of every world, Cobo's own included, is 33 bytes; so ``nodes`` of people may be compared."""
    emulator = Emulator.seeded(world, seed=7, size=3)
    own = emulator.cobo_client().send(cobo.list_cobo_key_holders())
    ids = [*emulator.cobo.state.nodes, *(holder.tss_node_id or "" for holder in own)]
    assert ids
    assert [each for each in ids if not has_shape(each)] == []
    assert {len(decoded(each[4:])) for each in ids} == {33}


def test_our_examples_have_it() -> None:
    """No notebook, page or module of ours shows an id that no node could have; one that is cut short is no id."""
    root = Path(__file__).parents[2]
    texts = [
        *((root / "notebooks").glob("*.ipynb")),
        *((root / "toolkit").rglob("*.py")),
        *((root / "docs").rglob("*.md")),
        root / "README.md",
    ]
    shown = {
        each
        for path in texts
        for each in re.findall(r"cobo[A-Za-z0-9]{30,}\b(?!…)", path.read_text())
    }
    assert len(shown) >= 5
    assert [each for each in shown if not has_shape(each)] == []
