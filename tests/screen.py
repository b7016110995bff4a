"""Forms as tests fill and read them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import ipywidgets as w

from toolkit import Emulator, cobo, privy


def group_form(emulator: Emulator, **options: Any) -> Any:
    return cobo.forms.create_key_share_holder_group(
        emulator.cobo_client(), nodes=emulator.spare_nodes, **options
    )


def fill(form: Any, emulator: Emulator) -> None:
    for row, name, node, signs in zip(
        form.rows,
        ["Alice", "Bob", "Carol"],
        emulator.spare_nodes,
        [True, False, False],
        strict=False,
    ):
        row.fields["name"].value, row.fields["tss_node_id"].value, row.fields["signer"].value = (
            name,
            node,
            signs,
        )


def quorum_form(emulator: Emulator, *keys: str) -> Any:
    form = privy.forms.create_key_quorum(emulator.privy_client())
    for row, text in zip(form.members.rows, keys, strict=False):
        row.fields["text"].value = text
    return form


def screen(widget: Any) -> str:
    """All HTML that a form shows now."""
    if isinstance(widget, w.HTML):
        return str(widget.value)
    if isinstance(widget, w.Tab | w.Box):
        return "".join(screen(child) for child in widget.children)
    return str(getattr(widget, "description", ""))


def states(widget: Any) -> str:
    """The state of a widget and of everything in it, as it would be saved, its repr, and the HTML."""
    own = json.dumps(widget.get_state(), default=repr) + repr(widget)
    children = getattr(widget, "children", ())
    return (
        own
        + "".join(states(child) for child in children)
        + (screen(widget) if isinstance(widget, w.Box) else "")
    )


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until it holds; a minute at most, so that a failure is no hang."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)
