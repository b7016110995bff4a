"""Widgets as still HTML: shown as they stood, escaped, and never blank without a word."""

from __future__ import annotations

import importlib.util
from typing import Any

import ipywidgets as w
import pytest
from ipywidgets.embed import embed_data

from tests.docs.pages import DOCS
from toolkit import Emulator, cobo
from toolkit.cobo.forms import GroupFields

SPEC = importlib.util.spec_from_file_location("still", DOCS / "still.py")
assert SPEC is not None
assert SPEC.loader is not None
still = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(still)


def drawn(widget: w.Widget) -> str:
    """The page of a notebook with one cell, which shows the widget."""
    data = embed_data(views=[widget], drop_defaults=False)  # as a kernel tells it
    (view,) = data["view_specs"]
    notebook: dict[str, Any] = {
        "metadata": {"widgets": {still.STATE: data["manager_state"]}},
        "cells": [{"outputs": [{"data": {still.VIEW: view, "text/plain": "a form"}}]}],
    }
    still.stilled(notebook)
    assert notebook["metadata"] == {}
    (output,) = notebook["cells"][0]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
    return str(output["data"]["text/html"])


def seat(name: str) -> cobo.CreateKeyShareHolder:
    return cobo.CreateKeyShareHolder(name=name, type="API")


def test_a_form_is_shown_as_it_stands(emulator: Emulator) -> None:
    """Fields with their labels and values, what is chosen, buttons that do nothing, and what it means."""
    form = cobo.forms.create_key_share_holder_group(emulator.cobo_client())
    form.fill(GroupFields(emulator.vault_id, "RecoveryGroup", 2, 2, (seat("Jon"), seat("Kaya"))))
    html = drawn(form)
    for words in ("New key share holder group", 'value="Jon"', "What this means", "Signed message"):
        assert words in html
    assert html.count("disabled") > 10
    assert "<script" not in html


def test_what_is_typed_is_escaped() -> None:
    """A text that looks like HTML is a text, in a label, a value and a choice."""
    bad = '"><script>alert(1)</script>'
    html = drawn(
        w.VBox([w.Text(bad, description=bad), w.Dropdown(options=[bad]), w.Button(description=bad)])
    )
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4


def test_what_is_hidden_stays_hidden() -> None:
    """A part that is not displayed, or invisible, is not drawn."""
    parts = [
        w.HTML("one", layout={"display": "none"}),
        w.HTML("two", layout={"visibility": "hidden"}),
        w.HTML("three"),
    ]
    html = drawn(w.VBox(parts))
    assert ("one" in html, "two" in html, "three" in html) == (False, False, True)


def test_tabs_open_at_the_chosen_one() -> None:
    """Each tab by its title; the chosen one is open."""
    tabs = w.Tab([w.HTML("first"), w.HTML("second")], titles=["One", "Two"], selected_index=1)
    assert "<details><summary>One</summary>" in drawn(tabs)
    assert "<details open><summary>Two</summary>" in drawn(tabs)


def test_an_unknown_kind_is_an_error() -> None:
    """A widget that nobody can draw stops the build, instead of leaving a gap."""
    with pytest.raises(still.Unknown, match="ColorPicker"):
        drawn(w.ColorPicker())
