"""Small widget words, shared by forms and cards. Core ipywidgets only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import ipywidgets as w
from traitlets import MetaHasTraits

from toolkit.base.html import render
from toolkit.base.text import escape_hidden
from toolkit.forms.cell import opened
from toolkit.keys.detect import privacy_of, recognise

PRIVATE = (
    "That was a PRIVATE key. It was taken out of the field, and is neither sent nor saved by this "
    "form."
)
POSSIBLY = (
    "That may be a private key: it looks like one, and a name does not. It was taken out of the "
    "field, and is neither sent nor saved by this form."
)

POSSIBLY_AMONG_IDS = (
    "That may be a private key: it looks like one, and no public key or id that belongs here does. "
    "It was taken out of the field, and is neither sent nor saved by this form."
)

POINT_BYTES = 64  # of a point without its 04
LONGEST_OPTION = 60  # characters of each part of an option's text


def html(template: str, **facts: Any) -> w.HTML:
    """Something to read."""
    return w.HTML(render(template, **facts))


def box(classes: str, *children: w.Widget) -> w.Box:
    """Widgets in a box with CSS classes."""
    return styled(w.Box(children), *classes.split())


def styled(widget: Any, *classes: str) -> Any:
    """The widget, with CSS classes."""
    for name in classes:
        widget.add_class(name)
    return widget


def shown(widget: Any, yes: bool) -> None:
    """Show or hide a widget."""
    widget.layout.display = None if yes else "none"


def out_of_names(text: str) -> str:
    """What is said of a text that may not stand in a field for names; nothing of another."""
    known = privacy_of(text)
    if known == "yes":
        return PRIVATE
    return POSSIBLY if known == "possibly" else ""


def out_of_ids(text: str) -> str:
    """The same for a field of keys or ids, where 64 bytes may be a point of a curve: those stay."""
    sentence = out_of_names(text)
    if sentence != POSSIBLY:
        return sentence
    return "" if len(recognise(text).number) == POINT_BYTES else POSSIBLY_AMONG_IDS


def public(
    field: Any,
    forgot: Callable[[str], None] | None = None,
    out: Callable[[str], str] = out_of_names,
) -> Any:
    """A text field for what anyone may read. A private key that is pasted there is taken out at
    once, and it says so.

    To be called before anything else observes the field: nothing after it is drawn, prepared or
    saved with the key. ``forgot`` hears the sentence when that happened, and an empty one once
    something else stands there. ``out``: the sentence for a text that may not stand in this field.
    """
    usual = field.placeholder

    def look(_: Any = None) -> None:
        sentence = out(field.value)
        if not sentence and not field.value:
            return  # emptied, perhaps by the line below
        field.placeholder = sentence or usual
        if forgot is not None:
            forgot(sentence)
        if sentence:
            field.value = ""

    field.observe(look, "value")
    look()
    return field


def choice(options: Iterable[tuple[str, str, Any]], value: Any, label: str) -> w.RadioButtons:
    """Radio buttons drawn as cards, of (title, one sentence, value)."""
    buttons = w.RadioButtons(options=choice_options(options), value=value, description=label)
    if buttons.has_trait("tooltip"):  # from ipywidgets 8 on; without it "null" is under the mouse
        buttons.tooltip = label
    return buttons


def choice_options(options: Iterable[tuple[str, str, Any]]) -> list[tuple[str, Any]]:
    """Options for ``choice``: an option's text is plain, its first line is the title."""
    return [(f"{title}\n{sentence}", value) for title, sentence, value in options]


def option(*parts: object) -> str:
    """The text of one option in a list: its parts, hidden characters written out, and not longer
    than can be read.
    """
    return " · ".join(escape_hidden(str(part)[:LONGEST_OPTION]) for part in parts)


def free(widget: Any) -> None:
    """Close a widget and all that it holds: what stands in it, and the layout and style of each,
    which ipywidgets leaves in the kernel.
    """
    if isinstance(widget, Panel):
        widget.close()
        return
    for part in list(_parts(widget)):
        free(part)
    widget.close()


def _parts(widget: w.Widget) -> Iterator[w.Widget]:
    for name in widget.keys:
        value = getattr(widget, name)
        for part in value if isinstance(value, tuple | list) else (value,):
            if isinstance(part, w.Widget):
                yield part


class _WholeOrNothing(MetaHasTraits):
    """A panel that is refused half-way, such as one of what cannot be read, leaves no widget."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        new: Any = self.__new__
        panel = new(self, *arguments, **options)
        try:
            panel.__init__(*arguments, **options)
        except BaseException:
            panel.close()
            raise
        return panel


class Panel(w.VBox, metaclass=_WholeOrNothing):
    """A box that a saved notebook remembers as one sentence, not as the repr of every child.

    It owns every widget that it makes, and frees them all when it is closed: by hand, with the
    panel that it stands in, or when its cell is run again.
    """

    title = ""
    #: Whether it was closed: then it draws nothing more.
    closed = False
    is_inside = False
    _kept: tuple[w.Widget, ...] = ()  # its own, though not shown

    def __init__(self) -> None:
        super().__init__()
        opened(self)

    def keep(self, *widgets: w.Widget) -> None:
        """These are its own for as long as it is open, whether they are shown or not."""
        self._kept = (*self._kept, *widgets)

    def holds(self, *widgets: Any) -> None:
        """These are closed with this panel, and not with the cell in which they were made."""
        for widget in widgets:
            if isinstance(widget, Panel):
                widget.is_inside = True

    def swap(self, place: Any, children: Sequence[w.Widget]) -> None:
        """Put other widgets into a box of this panel; what goes for good is freed at once."""
        if self.closed:
            for child in children:
                free(child)
            return
        self.holds(*children)
        gone = [each for each in place.children if each not in children]
        place.children = tuple(children)
        for each in gone:
            if each not in self._kept:
                free(each)

    def close(self) -> None:
        """Free every widget of this panel. What is under way goes on unseen."""
        if self.closed or self.comm is None:  # refused before it was anything
            return
        self.closed = True
        for widget in self._kept:
            free(widget)
        for part in list(_parts(self)):
            free(part)
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        usual = getattr(super(), "_repr_mimebundle_", None)
        if usual is None:  # ipywidgets 7 shows itself in another way, with our repr beside it
            return None
        bundle = usual(**kwargs)
        return bundle if bundle is None else {**bundle, **self.still(), "text/plain": repr(self)}

    def still(self) -> dict[str, str]:
        """What a page shows that draws no widgets, by MIME type: an export, a viewer of files."""
        return {}

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if self.closed:
            display({"text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]
            return
        usual = getattr(super(), "_ipython_display_", None)  # ipywidgets 7
        if usual is not None:
            usual()
            return
        display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        title = escape_hidden(self.title)
        if self.closed:
            return f"{title}: closed. Make it anew to use it."
        return f"{title}: run this cell to use the form."
