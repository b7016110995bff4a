"""A notebook's widgets as still HTML: what each showed when the last cell had run, without a kernel or a script.

Widgets are drawn in a browser by scripts that usually come from elsewhere. A page of ours asks
nobody for anything, so it shows the fields, texts and buttons as they were, and nothing works in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_BESIDE = ("BoxModel", "HBoxModel")
_STACKED = ("VBoxModel", "GridBoxModel")
_FIELDS = (
    "TextModel",
    "TextareaModel",
    "PasswordModel",
    "ComboboxModel",
    "IntTextModel",
    "BoundedIntTextModel",
)
_PROGRESS = ("FloatProgressModel", "IntProgressModel")
NOTE = Markup(
    '<p class="still-note">As it stood when this page was made. It works in a notebook.</p>'
)


class Unknown(Exception):
    """A kind of widget that nobody has taught this page to draw."""


def stilled(notebook: dict[str, Any]) -> None:
    """Each widget of an executed notebook becomes HTML, and the notebook forgets their state."""
    held = notebook["metadata"].pop("widgets", {})
    states = held.get(STATE, {}).get("state", {})
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            view = data.pop(VIEW, None)
            if view is not None:
                drawn = _drawn(states, view["model_id"])
                data["text/html"] = str(Markup('<div class="still">{}{}</div>').format(NOTE, drawn))


def _drawn(states: Mapping[str, Any], model_id: str) -> Markup:
    """One widget and what is in it; nothing for one that is not shown."""
    model = states[model_id]
    state = model["state"]
    if _is_hidden(states, state):
        return Markup()
    name = model["model_name"]
    if name == "TabModel":
        return _tabs(states, state)
    if name in (*_BESIDE, *_STACKED):
        inner = Markup().join(_drawn(states, _id(child)) for child in state["children"])
        kind = "still-row" if name in _BESIDE else "still-column"
        classes = " ".join((kind, *state["_dom_classes"]))
        return Markup('<div class="{}">{}</div>').format(classes, inner)
    return _leaf(name, state)


def _is_hidden(states: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    layout = states[_id(state["layout"])]["state"]
    return layout.get("display") == "none" or layout.get("visibility") == "hidden"


def _id(reference: str) -> str:
    return reference.removeprefix("IPY_MODEL_")


def _tabs(states: Mapping[str, Any], state: Mapping[str, Any]) -> Markup:
    parts = []
    for at, (title, child) in enumerate(zip(state["titles"], state["children"], strict=True)):
        shown = Markup(" open") if at == state["selected_index"] else Markup()
        inner = _drawn(states, _id(child))
        parts.append(
            Markup("<details{}><summary>{}</summary>{}</details>").format(shown, title, inner)
        )
    return Markup().join(parts)


def _leaf(name: str, state: Mapping[str, Any]) -> Markup:
    label = Markup("<span>{}</span>").format(state.get("description", ""))
    if name in ("HTMLModel", "HTMLMathModel"):
        inner = Markup(state["value"])  # noqa: S704  # it passed the one gate already
        return Markup("<div>{}</div>").format(inner)
    if name == "LabelModel":
        return Markup("<div>{}</div>").format(state["value"])
    if name == "ButtonModel":
        return Markup('<button type="button" disabled>{}</button>').format(state["description"])
    if name == "CheckboxModel":
        ticked = Markup(" checked") if state["value"] else Markup()
        return Markup('<label><input type="checkbox" disabled{}> {}</label>').format(ticked, label)
    if name in _FIELDS:
        return Markup('<label>{} <input disabled value="{}" placeholder="{}"></label>').format(
            label, state["value"], state.get("placeholder") or ""
        )
    if name in ("DropdownModel", "SelectModel"):
        return Markup("<label>{} <select disabled>{}</select></label>").format(
            label, _options(state)
        )
    if name in ("RadioButtonsModel", "ToggleButtonsModel"):
        return Markup("<fieldset disabled><legend>{}</legend>{}</fieldset>").format(
            label, _radios(state)
        )
    if name in _PROGRESS:
        return Markup('<progress max="{}" value="{}"></progress>').format(
            state["max"], state["value"]
        )
    raise Unknown(f"docs/still.py cannot draw a {name}: add it to _leaf.")


def _options(state: Mapping[str, Any]) -> Markup:
    chosen = state["index"]
    return Markup().join(
        Markup("<option{}>{}</option>").format(Markup(" selected") if at == chosen else "", each)
        for at, each in enumerate(state["_options_labels"])
    )


def _radios(state: Mapping[str, Any]) -> Markup:
    chosen = state["index"]
    return Markup().join(
        Markup('<label><input type="radio"{}> {}</label>').format(
            Markup(" checked") if at == chosen else "", each
        )
        for at, each in enumerate(state["_options_labels"])
    )
