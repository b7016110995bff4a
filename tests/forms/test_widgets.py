"""The widgets that forms are made of: also those of an older ipywidgets, as Colab has it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as w
import pytest

import toolkit
from toolkit.forms import widgets

ROOT = Path(toolkit.__file__).parent
PLACES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if "forms" in path.parts or path.name in ("connect.py", "html.py")
)


class OldButtons(w.RadioButtons):
    """Radio buttons of ipywidgets 7.7: they know no tooltip, and refuse it."""

    def __init__(self, **words: Any) -> None:
        assert "tooltip" not in words
        super().__init__(**words)

    def has_trait(self, name: str) -> bool:
        """As there."""
        return name != "tooltip" and bool(super().has_trait(name))


@pytest.mark.parametrize("kind", [w.RadioButtons, OldButtons], ids=["now", "7.7"])
def test_a_choice_is_labelled(monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
    """A choice has its options and its label; its tooltip where the widget has one."""
    monkeypatch.setattr(w, "RadioButtons", kind)
    buttons = widgets.choice([("One", "the first", 1), ("Two", "the second", 2)], 2, "Which")
    assert (buttons.value, buttons.description) == (2, "Which")
    assert [label for label, _ in buttons.options] == ["One\nthe first", "Two\nthe second"]
    has_tooltip = buttons.has_trait("tooltip")
    assert not has_tooltip or buttons.tooltip == "Which"


#: Words of ipywidgets 8 that 7.7 does not have, as attributes; a Tab is titled by ``set_title``.
NEWER = {"titles", "tabbable", "description_allow_html"}
NEWER_KINDS = {"TagsInput", "ColorsInput", "FloatsInput", "IntsInput", "Stack", "TimePicker", "DatetimePicker", "NaiveDatetimePicker"}  # fmt: skip


@pytest.mark.parametrize("path", PLACES, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_widgets_of_7_7(path: Path) -> None:
    """Forms use widgets and words that ipywidgets 7.7 has: no newer attribute, argument or class."""
    tree = ast.parse(path.read_text())
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    assert attributes & (NEWER | NEWER_KINDS) == set()
    assert arguments & NEWER == set()
    tooltips = [
        ast.unparse(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(word.arg == "tooltip" for word in node.keywords)
    ]
    assert set(tooltips) <= {"w.Button"}


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        (widgets.out_of_names, "it looks like one, and a name does not"),
        (widgets.out_of_ids, "no public key or id that belongs here does"),
    ],
)
def test_what_may_be_private_is_said_of_its_field(out: Any, sentence: str) -> None:
    """64 hex digits may be a private key or a public one: both fields give them up, each in words that are true of it."""
    said = out("5f" * 32)
    assert sentence in said
    assert "That may be a private key" in said
    assert "PRIVATE" not in said


def _of_ours(kind: type) -> Iterator[type]:
    """The kinds of widget that the toolkit has made from this one."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("toolkit."):
            yield each
        yield from _of_ours(each)


def test_nothing_of_ours_runs_in_a_browser() -> None:
    """Every kind of widget is drawn by ipywidgets' own code and adds nothing to what it is sent, and no template has a
    script: so no front end has to install anything, and VS Code and Colab need no CDN of somebody else.
    """
    for _, name, _ in pkgutil.walk_packages([str(ROOT)], "toolkit."):
        if ".forms" in name or ".desk" in name:
            importlib.import_module(name)
    kinds = set(_of_ours(w.Widget))
    assert len(kinds) > 20
    for kind in kinds:
        (drawn_by, *_) = (
            each for each in kind.__mro__ if each.__module__.startswith("ipywidgets.")
        )
        sent = {"_model_module", "_model_name", "_view_module", "_view_name"}
        known, ours = drawn_by.class_traits(), kind.class_traits()
        assert {name: ours[name].default_value for name in sent} == {
            name: known[name].default_value for name in sent
        }, kind
        assert ours["_view_module"].default_value.startswith("@jupyter-widgets/"), kind
        assert set(kind.class_traits(sync=True)) == set(drawn_by.class_traits(sync=True)), kind
    for template in (ROOT / "forms" / "templates").glob("*.html"):
        assert not re.search(r"<script|javascript:|\son\w+=", template.read_text(), re.IGNORECASE)
