"""The preview: exactly what will be signed and sent, on tabs, with a fingerprint to read out.

Knows no vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import render
from toolkit.findings import Path
from toolkit.forms.widgets import styled
from toolkit.keys.public import spoken
from toolkit.request.body import Piece
from toolkit.request.prepared import Prepared

TABS = ("Request", "Signed message", "Headers", "curl", "Python")


@dataclass(frozen=True, slots=True)
class Step:
    """One step from the request to its signature: a text, or named parts of one."""

    name: str
    how: str
    text: str = ""
    parts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """What differs between services: pure functions of a Prepared.

    ``hidden`` names the headers that carry signatures or secrets; ``steps`` leads from the message
    to the signature; ``curl`` and ``python`` are the same request elsewhere, with names in place of
    secrets.
    """

    hidden: Callable[[Prepared[Any]], Sequence[str]]
    steps: Callable[[Prepared[Any]], Sequence[Step]]
    curl: Callable[[Prepared[Any]], str]
    python: Callable[[Prepared[Any]], str]


class Preview:
    """The tabs and the fingerprint. Only texts in them change; the widgets stay.

    ``more``: further pages by their titles, drawn from the request.
    """

    def __init__(
        self,
        spelling: Spelling,
        label: Callable[[Path], str],
        more: Mapping[str, Callable[[Prepared[Any]], str]] | None = None,
    ) -> None:
        self._spelling, self._label = spelling, label
        self._more = dict(more or {})
        self.pages = {name: w.HTML() for name in (*TABS, *self._more)}
        self._heading = w.HTML()
        self.fingerprint = w.HTML()

    def view(self, separated: bool) -> w.VBox:
        """The widgets, under a heading that says whether anything is signed."""
        tabs = w.Tab(children=list(self.pages.values()))
        for at, title in enumerate(self.pages):
            tabs.set_title(at, title)  # ipywidgets 7 has no other way
        return styled(
            w.VBox([self._heading, tabs, self.fingerprint]), *(["tk-preview"] if separated else [])
        )

    def show(self, prepared: Prepared[Any], *, draft: bool, sent: bool = False) -> None:
        """The request as it will travel, or as it was ``sent``.

        A ``draft`` has no fingerprint: there is nothing to agree on yet.
        """
        pages, spelling = self.pages, self._spelling
        title, hint = _heading(prepared.signed, sent)
        self._heading.value = render("section.html", title=title, hint=hint)
        if prepared.body:
            pages["Request"].value = traced(prepared.pieces, self._label)
        else:
            pages["Request"].value = render(
                "no_body.html", line=f"{prepared.method} {prepared.url}"
            )
        steps = spelling.steps(prepared) if prepared.signed else ()
        pages["Signed message"].value = render("message.html", steps=steps, plain=prepared.message)
        pages["Headers"].value = render("headers.html", rows=self._headers(prepared))
        hint = "Names stand for secrets. What is sent this way, our journal does not know."
        pages["curl"].value = render("code.html", text=spelling.curl(prepared), hint=hint)
        hint = f"The same call with the official SDK. {hint}"
        pages["Python"].value = render("code.html", text=spelling.python(prepared), hint=hint)
        for name, drawn in self._more.items():
            pages[name].value = drawn(prepared)
        what = (
            "The first 12 hex digits of SHA-256 over address, identity, method and body. The same "
            "request has the same digits, whenever it is prepared."
        )
        if draft:
            what = "A draft: nothing to read out until every marked field is put right."
        self.fingerprint.value = render(
            "fingerprint.html", text="" if draft else spoken(prepared.fingerprint), what=what
        )

    def _headers(self, prepared: Prepared[Any]) -> list[tuple[str, str, str]]:
        hidden = "added when it is sent, never shown"
        plain = "added when it is sent; not signed"
        rows = [(name, value, "") for name, value in prepared.headers.items()]
        rows += [(name, "••••••••", hidden) for name in self._spelling.hidden(prepared)]
        rows += [
            ("Host", prepared.environment.host, "added when it is sent"),
            ("Accept-Encoding", "identity", plain),
        ]
        return rows + (
            [("Content-Length", str(len(prepared.body)), plain)] if prepared.body else []
        )

    def nothing(self, why: str) -> None:
        """No request can be made of the fields: say why, on every page."""
        for page in self.pages.values():
            page.value = render("status.html", kind="note", text=why)
        self.fingerprint.value = ""
        self._heading.value = render(
            "section.html", title="Exactly what will be sent", hint="nothing yet"
        )

    def stale(self) -> None:
        """It is too old to be sent: there is nothing to read out any more."""
        what = "This preview is too old to be sent. Press “Prepare again” for a new one."
        self.fingerprint.value = render("fingerprint.html", text="", what=what)


def _heading(signed: bool, sent: bool) -> tuple[str, str]:
    """What stands above the tabs: title and hint."""
    time = "was" if sent else "will be"
    if signed:
        return (
            f"Exactly what {time} signed and sent",
            "made once; these bytes are shown, signed and sent",
        )
    return (
        f"Exactly what {time} sent",
        "made once; these bytes are shown and sent; nothing is signed",
    )


def traced(pieces: Sequence[Piece], label: Callable[[Path], str]) -> Markup:
    """The body's bytes, numbered, each run with the form's word for the field it came from."""
    rows, at = [], 0
    for piece in pieces:
        size = len(piece.text.encode())
        row = {"start": at, "end": at + size - 1, "depth": piece.depth, "text": piece.text}
        rows.append(row | {"origin": label(piece.path) if piece.path else ""})
        at += size
    return render("bytes.html", bytes=rows, total=at)
