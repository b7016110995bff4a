"""Snippets: what a shell and Python read is what was meant, to the byte, and nothing in it is executed or unseen."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shell import arguments, run
from toolkit import cobo
from toolkit.base.hidden import hidden
from toolkit.emulator import Emulator
from toolkit.errors import InputError
from toolkit.request import snippets
from toolkit.request.prepared import Prepared

SPECIAL = "'\"\\$`!%#&;|<>(){}[]*?~^= \t\n\r\x1b\x7f\x85\u00ad\u200b\u202e\u2066\u2028\u3164\ue000\U000e0041é🔑\u0301\ufe0f"
texts = st.text(
    st.one_of(
        st.sampled_from(SPECIAL), st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    )
)


def shell(values: Iterable[str], locale: str = "C.UTF-8") -> list[bytes]:
    script = "\n".join(f"printf '%s\\0' {snippets.quoted(value)}" for value in values)
    return run(script + "\n", locale=locale).split(b"\0")[:-1]


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@given(values=st.lists(texts, max_size=30))
def test_a_shell_reads_back_every_text(locale: str, values: list[str]) -> None:
    """Whatever the text is, bash hands over exactly its bytes: nothing expanded, nothing run, nothing lost."""
    assert shell(values, locale) == [value.encode() for value in values]


@given(st.recursive(
    st.one_of(st.text(), st.text(SPECIAL), st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
))  # fmt: skip
def test_python_reads_back_every_value(value: Any) -> None:
    """Whatever the value is, Python makes the same of it: also of halves of characters."""
    assert ast.literal_eval(snippets.literal(value)) == value


@given(st.text())
def test_nothing_in_a_literal_is_unseen(value: str) -> None:
    """Python's literals show every character, on one line."""
    assert not any(hidden(character) for character in snippets.literal(value))


@given(texts)
def test_nothing_in_an_argument_is_unseen(value: str) -> None:
    """The shell's arguments show every character, on one line."""
    assert not any(hidden(character) for character in snippets.quoted(value))


QUOTED = [
    ("plain", "Treasury", "'Treasury'"),
    ("nothing", "", "''"),
    ("apostrophe", "Jon's", "'Jon'\\''s'"),
    ("expansions", "$(touch x) `touch x` !! \\ %s", "'$(touch x) `touch x` !! \\ %s'"),
    ("letters of all scripts", "Öü 金庫 🔑", "'Öü 金庫 🔑'"),
    ("direction turned", "a\u202eb", "$'a\\xe2\\x80\\xaeb'"),
    ("blank letter", "a\u3164b", "$'a\\xe3\\x85\\xa4b'"),
    ("both quotes and a line end", "it's\n\\", "$'it\\x27s\\x0a\\\\'"),
    ("digits after an escape", "\u200b12", "$'\\xe2\\x80\\x8b12'"),
]


@pytest.mark.parametrize(
    ("text", "wanted"), [case[1:] for case in QUOTED], ids=[case[0] for case in QUOTED]
)
def test_quoting(text: str, wanted: str) -> None:
    """Plain text stays readable in single quotes; only what has no ink is written as bytes."""
    assert snippets.quoted(text) == wanted


@pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["NUL", "half a character"])
def test_what_no_argument_can_hold(text: str) -> None:
    """What a shell would cut off or cannot spell is refused, and said so."""
    with pytest.raises(InputError, match="NUL"):
        snippets.quoted(text)


LITERALS = [
    ("text", "Öü 🔑", '"Öü 🔑"'),
    ("apostrophe", "Jon's", '"Jon\'s"'),
    ("quotes", 'say "x"', "'say \"x\"'"),
    ("both", "'\"", '"\'\\""'),
    ("escapes", "a\\b\n\t\r", '"a\\\\b\\n\\t\\r"'),
    ("blank letter, which repr leaves blank", "\u3164", '"\\u3164"'),
    ("beyond 16 bits", "\U000e0041", '"\\U000e0041"'),
    ("others", [True, None, 3, {}], "[True, None, 3, {}]"),
]


@pytest.mark.parametrize(
    ("value", "wanted"), [case[1:] for case in LITERALS], ids=[case[0] for case in LITERALS]
)
def test_literals(value: Any, wanted: str) -> None:
    """Literals are spelled as people spell them."""
    assert snippets.literal(value) == wanted


def test_long_lines_are_broken() -> None:
    """What is too long for a line stands below each other, indented, and reads the same."""
    value = {"holders": [{"name": "x" * 30, "node": "y" * 60}], "threshold": 2}
    text = snippets.literal(value)
    assert ast.literal_eval(text) == value
    assert text.splitlines()[:4] == [
        "{",
        '    "holders": [',
        "        {",
        f'            "name": "{"x" * 30}",',
    ]
    assert snippets.called("f", {"a": "1", "b": '"c"'}) == 'f(a=1, b="c")'
    assert snippets.called("f", {"a": snippets.listed([f'"{"x" * 80}"'])}).count("\n") == 4


# ---- curl ----------------------------------------------------------------------------------------


@pytest.fixture
def prepared(emulator: Emulator) -> Prepared[Any]:
    request = cobo.CreateMpcVaultRequest(
        name="Jon's $(touch x) \u202e", vault_type="Org-Controlled"
    )
    return emulator.cobo_client().prepare(cobo.create_mpc_vault(request))


def test_curl_is_given_the_request(prepared: Prepared[Any]) -> None:
    """Address, headers in order and the body's bytes; nothing that makes curl tidy, wait or add."""
    text = snippets.curl(prepared, {"X-Signature": "of $WHOM"}, user="$ID:$SECRET")
    given_to_curl = [
        part.decode()
        for part in arguments(text, {"WHOM": "a b'\"", "ID": "me", "SECRET": "$(touch x)"})
    ]
    headers = [part for name, value in prepared.fields for part in ("--header", f"{name}: {value}")]
    assert given_to_curl == [
        *("--path-as-is", "--request", "POST", "--url", prepared.url, "--user", "me:$(touch x)"),
        *headers,
        *(
            "--header",
            "X-Signature: of a b'\"",
            "--header",
            "Expect:",
            "--data-binary",
            prepared.body.decode(),
        ),
    ]


def test_a_change_without_a_body_says_so(emulator: Emulator) -> None:
    """A POST without a body has Content-Length: 0, as ours has; a read has none."""
    custody = emulator.cobo_client()
    text = snippets.curl(custody.prepare(cobo.cancel_tss_request_by_id("v", "t")), {})
    assert text.endswith("--data-binary ''")
    assert "Expect" not in text
    assert "--data" not in snippets.curl(custody.prepare(cobo.get_org_info()), {})


@pytest.mark.parametrize("place", ["http://[::1]:8000/v2", "http://127.0.0.1/{a,b}/v2"])
def test_an_address_is_no_pattern(prepared: Prepared[Any], place: str) -> None:
    """Brackets in an address would make curl send several requests: it is told not to."""
    elsewhere = replace(prepared, url=f"{place}/x")
    assert "--globoff" in [part.decode() for part in arguments(snippets.curl(elsewhere, {}))]
    assert "--globoff" not in snippets.curl(prepared, {})


# ---- sentences -----------------------------------------------------------------------------------


def test_sentences(prepared: Prepared[Any]) -> None:
    """Until when it is fresh, in UTC; and that the emulator in process cannot be reached from outside."""
    fresh = replace(prepared, fresh_until_ms=1_767_348_000_000)
    assert (
        snippets.freshness(fresh)
        == "Fresh until 02 Jan 2026, 10:00:00 UTC. After that, prepare it again."
    )
    assert "python -m toolkit emulator" in snippets.reach(prepared)
    assert snippets.reach(replace(prepared, environment=cobo.DEV)) == ""
    assert snippets.commented("One.", "", "Two.") == "# One.\n# Two.\n"


def test_limits_are_numbers(emulator: Emulator) -> None:
    """The SDKs take a limit as a number and all else as text, digits too."""
    listed = emulator.cobo_client().prepare(cobo.list_mpc_vaults(limit=7, after="12"))
    assert snippets.queried(listed) == {
        "vault_type": '"Org-Controlled"',
        "limit": "7",
        "after": '"12"',
    }
