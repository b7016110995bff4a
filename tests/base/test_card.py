"""A value shown, as a line and as a card."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.generated import HOSTILE
from tests.inert import inert
from toolkit.base.card import Card, Count, Listed, Sentence
from toolkit.base.hidden import hidden_at


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_inert(text: str) -> None:
    """Wherever a text stands, the line is one line without hidden characters, and the card is inert."""
    card = Card(
        "cobo.MPCVault",
        facts=[("name", text)],
        environment=text,
        more=[("type", text)],
        lists=[Listed("holders", ("name",), [[text]], 1)],
        texts=[("Body", text)],
        foot=text,
    )
    assert not hidden_at(card.line())
    inert(card.html())


def test_what_a_line_says() -> None:
    """A text is quoted and cut, a list counted, a sentence of ours longer."""
    long = "x" * 200
    card = Card(
        "privy.KeyQuorum",
        [("id", "q"), ("name", long), ("members", Count(3)), ("why", Sentence(long)), ("at", None)],
        environment="DEV",
    )
    cut, sentence = "x" * 40 + "…", "x" * 160 + "…"
    assert card.line() == (
        f"<privy.KeyQuorum on DEV: id='q', name='{cut}', 3 members, why='{sentence}', at=None>"
    )
    assert Card("Quorum").line() == "<Quorum>"


def test_a_fact_cannot_be_forged() -> None:
    """A name with quotes in it does not read as another fact."""
    line = Card("cobo.MPCVault", [("name", "x', type='MainGroup")]).line()
    assert line == """<cobo.MPCVault: name="x', type='MainGroup">"""


def test_words_on_a_card() -> None:
    """Yes, no and none are words; a long list says how many more there are; PROD is marked."""
    rows = [[str(number)] for number in range(20)]
    html = Card(
        "cobo.Page",
        [("online", True), ("signer", False), ("owner_id", None)],
        environment="PROD",
        lists=[Listed("data", ("name",), rows, 50)],
    ).html()
    for words in (">yes<", ">no<", ">none<", "<dt>owner id</dt>", "and 30 more", 'class="live"'):
        assert words in html
    assert 'class="live"' not in Card("cobo.Page", environment="DEV").html()


def test_a_card_needs_no_widget_and_no_table() -> None:
    """Values are shown where neither ipywidgets nor pandas can be imported; Jinja is loaded on use."""
    code = """
import sys
sys.modules["ipywidgets"] = sys.modules["pandas"] = None
from toolkit import Emulator, cobo, privy
emulator = Emulator.seeded()
custody = emulator.cobo_client()
exchange = custody.exchange(cobo.list_key_share_holder_groups(emulator.vault_id))
page = exchange.value
values = [page, page.data[0], exchange, exchange.prepared, cobo.powers_of(page.data[0])]
assert all(repr(value).startswith("<") for value in values)
assert "jinja2" not in sys.modules
assert all("tk-value" in value._repr_html_() for value in values)
assert "jinja2" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
