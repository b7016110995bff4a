"""One gate from text to HTML: everything escaped, nothing invisible."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from toolkit import cards
from toolkit.body import Piece
from toolkit.invisible import hidden

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</bdi><script>x</script>",
    "{{7*7}}",
    "' onmouseover='x",
    '"><svg onload=x>',
    "&lt;b&gt;",
]


class Elements(HTMLParser):
    """The elements and the text that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@given(st.text(st.characters(codec="utf-8")))
def test_visible_adds_no_element(text: str) -> None:
    """Whatever a text holds, only our own elements come out, and every character is there to see."""
    seen = Elements(cards.visible(text))
    assert set(seen.tags) <= {"bdi", "span"}
    expected = "".join(f"U+{ord(c):04X}" if hidden(c) else c for c in text)
    assert "".join(seen.words) == expected.replace("\r", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_every_card_escapes(text: str) -> None:
    """Hostile texts stay texts in every template that shows one."""
    seat = cards.Seat(text, "API")
    rows = [cards.Rows("T", "code", ("A", "B"), [(text, text)])]
    made = [
        cards.render(
            "result.html", headline=text, lead=text, facts=[("K", text)], p=cards.picture(text, [seat]), tables=rows
        ),
        cards.render("meaning.html", p=cards.picture("g", [seat]), sentences=[text], advice=[("note", text)]),
        cards.render("trouble.html", headline=text, what=text, hint=text, doubt=False, explanation=text),
        cards.render("status.html", kind="high", text=text),
        cards.render("under.html", lines=[("high", text)]),
        cards.render("head.html", title=text, place=text, call=text, live=False),
        cards.render("message.html", signed=True, how=text, text=text),
        cards.render("no_body.html", line=text),
        cards.render("headers.html", rows=[(text, text, text)]),
        cards.traced([Piece(text, "f", 0)], lambda field: text),
    ]
    for card in made:
        seen = Elements(card)
        assert not {"img", "script"} & set(seen.tags)
        assert text in "".join(seen.words)


def test_hidden_characters_are_chips() -> None:
    """Bidi marks, zero widths and controls are shown by number and name."""
    shown = cards.visible("a\u202eb\u200b\x00")
    for mark in ("U+202E", "right-to-left override", "U+200B", "zero width space", "U+0000", "control character"):
        assert mark in shown


def test_overlong_texts_are_cut() -> None:
    """A text of any length has a bounded size on screen, and says how much is missing."""
    shown = cards.visible("x" * 10_000)
    assert "6,000 more characters" in shown
    assert len(shown) < 5_000


def test_markup_passes_once() -> None:
    """What has been through the gate is not escaped twice."""
    once = cards.visible("<b>")
    assert cards.visible(once) is once
    assert cards.code("a<b") == Markup('<code><bdi class="fold">a&lt;b</bdi></code>')


def test_bytes_are_numbered_by_bytes() -> None:
    """The numbers count bytes, not characters."""
    card = cards.traced([Piece('"ü"', "name", 0), Piece("}", "", 0)], lambda field: "Name")
    assert "0–3" in card
    assert ">4<" in card
    assert "5 bytes" in card
