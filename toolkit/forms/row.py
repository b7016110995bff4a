"""Some labelled fields in a line, and the line below that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as w

from toolkit.base.html import render
from toolkit.forms.widgets import box, out_of_ids, out_of_names, public, styled


class Row:
    """Fields by their names, ``row.fields["name"]``, and what is said below them.

    An untouched row is not an error yet: it is "still empty". ``ids`` names the fields for keys and
    ids, which may look like a private key; ``below`` is a second line of the row.
    """

    def __init__(
        self,
        fields: Mapping[str, Any],
        head: Sequence[w.Widget],
        tail: Sequence[w.Widget],
        changed: Callable[..., None],
        touched: bool,
        ids: frozenset[str] = frozenset(),
        below: Sequence[w.Widget] = (),
    ) -> None:
        self.fields = dict(fields)
        self.head, self.tail = tuple(head), tuple(tail)
        self.touched = touched
        self.private = ""  # what is said of a private key that was pasted here and taken away
        self.under = w.HTML()
        line = box("tk-row", *head, *self.fields.values(), *tail)
        self.view = styled(w.VBox([line, *below, self.under]), "tk-item")
        for name, field in self.fields.items():
            if isinstance(field, w.Text):
                public(field, self._forgot, out_of_ids if name in ids else out_of_names)
            field.observe(self._touch, "value")
            field.observe(changed, "value")

    def value(self, name: str) -> Any:
        """What stands in a field; a text without the blanks around it."""
        value = self.fields[name].value
        return value.strip() if isinstance(value, str) else value

    def _forgot(self, sentence: str) -> None:
        self.private = sentence

    def _touch(self, _: Any) -> None:
        self.touched = True

    def show(
        self,
        problems: Sequence[tuple[str, str, str]],
        *,
        empty: str,
        notes: Sequence[tuple[str, Any]] = (),
    ) -> None:
        """Mark fields and say what is wrong, as (field, mark, sentence); or what the row means."""
        marked = {name for name, _, _ in problems}
        for name, field in self.fields.items():
            if self.touched and name in marked:
                field.add_class("tk-bad")
            else:
                field.remove_class("tk-bad")
        self.under.value = render("under.html", lines=self._lines(problems, empty, notes))

    def _lines(
        self,
        problems: Sequence[tuple[str, str, str]],
        empty: str,
        notes: Sequence[tuple[str, Any]],
    ) -> list[tuple[str, Any]]:
        if not self.touched:
            return [("note", empty)]
        lines = [(mark, sentence) for _, mark, sentence in problems]
        if self.private and not any(self.private in sentence for _, sentence in lines):
            lines.insert(0, ("high", self.private))
        return [*lines] or list(notes)
