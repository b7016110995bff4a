"""One gate from text to HTML: everything escaped, nothing invisible."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from toolkit.base import html as cards
from toolkit.base.hidden import hidden_at
from toolkit.forms import preview
from toolkit.forms.widgets import Panel
from toolkit.request.body import Piece

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
    expected = "".join(
        f"U+{ord(c):04X}" if at in hidden_at(text) else c for at, c in enumerate(text)
    )
    assert "".join(seen.words) == expected.replace("\r", "")


def cards_with(text: str) -> dict[str, Markup]:
    """Every template that shows a text from elsewhere, with this one in each such place."""
    picture = cards.picture("any 1 of 1", [cards.Seat(text, "API")])
    rows = [cards.Rows("T", "code", ("A", "B"), [(text, text)])]
    step = {"name": "Text", "how": "joined", "text": text, "parts": [("body", text)]}
    path, evidence = [("now", "Next", text)], [("1 Jan", text)]
    doubt = {"kind": "unsure", "headline": "H", "lead": "L", "verdict": text, "journal": "J"}
    return {
        "result": cards.result(text, text, [("K", text)], p=picture, path=path, tables=rows),
        "meaning": cards.render("meaning.html", p=picture, sentences=[text], advice=[("note", text)]),
        "trouble": cards.render(
            "trouble.html",
            headline="H", what=text, hint=text, doubt=False, explanation=text, facts=[("code", text)], traceback=text,
        ),
        "status": cards.render("status.html", kind="high", text=text),
        "under": cards.render("under.html", lines=[("high", text)]),
        "head": cards.render("head.html", title=text, place=text, call=text, live=False),
        "message": cards.render("message.html", steps=[step], plain=""),
        "no body": cards.render("no_body.html", line=text),
        "headers": cards.render("headers.html", rows=[(text, text, "")]),
        "diff": cards.render("diff.html", rows=[(("gone", text, ""), ("new", text, ""))], hint=text),
        "signers": cards.render("signers.html", title="Who signs", here="are here", have=0, need=1, by=text, people=[("", text, "")], lines=[("note", text)]),
        "doubt": cards.render("doubt.html", evidence=evidence, **doubt),
        "in vault": cards.render("in_vault.html", name=text, rows=[("Can", "W", text)]),
        "bytes": preview.traced([Piece(text, ("f",), 0)], lambda path: "Name"),
    }  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_every_card_escapes(text: str) -> None:
    """Hostile texts stay texts in every template that shows one."""
    for name, card in cards_with(text).items():
        seen = Elements(card)
        assert not {"img", "script"} & set(seen.tags), name
        assert text in "".join(seen.words), name


@pytest.mark.parametrize(
    "character", ["\u202e", "\u200b", "\x1b", "\u3164", "\ufe0f", "\u180b", "\U000e0002"]
)
def test_every_card_shows_what_cannot_be_seen(character: str) -> None:
    """In every template, a hidden character is a chip wherever the text is shown, and stands nowhere as it is."""
    for name, card in cards_with(f"Al{character}ice").items():
        assert character not in card, name
        assert f"U+{ord(character):04X}" in card, name


def test_initials_have_ink() -> None:
    """A name that begins with a blank letter has no blank initial."""
    (seat,) = cards.picture("g", [cards.Seat("\u3164lice \u115fb", "API")])["seats"]
    assert seat["initials"] == "•"


def test_a_form_is_named_in_what_is_saved() -> None:
    """The sentence that a saved notebook keeps of a form spells out hidden characters."""
    frame = Panel()
    frame.title = "Change key quorum: Ops\u202e"
    assert repr(frame) == "Change key quorum: Ops\\u202e: run this cell to use the form."


def test_hidden_characters_are_chips() -> None:
    """Bidi marks, zero widths and controls are shown by number and name."""
    shown = cards.visible("a\u202eb\u200b\x00")
    for mark in (
        "U+202E",
        "right-to-left override",
        "U+200B",
        "zero width space",
        "U+0000",
        "control character",
    ):
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
    card = preview.traced([Piece('"ü"', ("name",), 0), Piece("}", (), 0)], lambda path: "Name")
    assert "0–3" in card
    assert ">4<" in card
    assert "5 bytes" in card


def test_line_ends_of_our_own() -> None:
    """In a text of our own making line ends stay; what hides or moves others is shown all the same."""
    shown = str(cards.visible("one\ntwo\u202e", lines=True))
    assert "one\ntwo" in shown
    assert "U+202E" in shown
    assert "U+000A" in cards.visible("one\ntwo")
