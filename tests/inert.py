"""Whether HTML does anything but be looked at."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from toolkit.base.hidden import hidden_at

TAGS = frozenset(
    [
        "style",
        "div",
        "span",
        "strong",
        "bdi",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "p",
        "details",
        "summary",
        "pre",
        "ul",
        "li",
        "small",
        "svg",
        "path",
        "circle",
        "rect",
    ]
)
ATTRIBUTES = frozenset(
    ("class", "scope", "title", "tabindex", "role", "aria-label", "aria-hidden", "data-initials")
)
#: What a shape is made of; and how many seats a picture has beside one another.
SHAPE = frozenset(
    (
        *("viewbox", "d", "x", "y", "width", "height", "rx", "cx", "cy", "r", "fill", "stroke"),
        *("stroke-width", "stroke-dasharray"),
    )
)
SHAPES = frozenset(("svg", "path", "circle", "rect"))
SEATS = re.compile(r"--seats:[1-5]")


class _Reader(HTMLParser):
    """Every tag and attribute that a browser would see, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        allowed = ATTRIBUTES | SHAPE if tag in SHAPES else ATTRIBUTES
        for name, value in attrs:
            assert name in allowed or (name == "style" and SEATS.fullmatch(value or "")), attrs
            assert not hidden_at(value or ""), attrs
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES, tag
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_data(self, data: str) -> None:
        shown = "style" not in self.open
        assert not shown or not hidden_at(data.replace("\n", "")), data


def inert(html: str) -> None:
    """Only tags that show something, each closed; nothing that runs, loads, links or hides; no formula."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    assert 'class="tk-value mathjax_ignore' in html
