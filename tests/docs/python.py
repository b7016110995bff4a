"""``docs/reference/python``: what is public, and how every example begins."""

from __future__ import annotations

import importlib
import re
from types import ModuleType
from typing import Any

from tests.docs.pages import DOCS, blocks

PAGES = sorted((DOCS / "reference" / "python").glob("*.md"))
#: Whoever lists its names in ``__all__`` promises them.
PUBLIC = (
    "toolkit", "toolkit.cobo", "toolkit.cobo.forms", "toolkit.privy", "toolkit.privy.forms", "toolkit.keys", "toolkit.frames",
    "toolkit.quorum", "toolkit.emulator", "toolkit.names", "toolkit.plots",
)  # fmt: skip
_ENTRY = re.compile(
    r"^\.\. (?:auto(?:class|exception|function|method)|py:data):: ([\w.]+)(\(.*\))?$", re.M
)
(BEGINNING,) = blocks(DOCS / "reference" / "python" / "index.md", "python")


def entries() -> dict[str, str]:
    """Every name that stands on a page of Python, and the signature that the page gives it, if any."""
    found: dict[str, str] = {}
    for page in PAGES:
        for name, signature in _ENTRY.findall(page.read_text()):
            assert name not in found, f"{name} stands twice"
            found[name] = signature
    return found


def promised() -> set[str]:
    """Every name in a table of contents, each thing once; modules have a table of their own."""
    names: dict[int, str] = {}
    for home in PUBLIC:
        module = object_at(home)
        for name in module.__all__:
            thing = getattr(module, name)
            if not isinstance(thing, ModuleType):
                names.setdefault(id(thing), f"{home}.{name}")
    return set(names.values())


def object_at(path: str) -> Any:
    """What a dotted name leads to; modules are imported on the way."""
    found: Any = importlib.import_module("toolkit")
    for part in path.split(".")[1:]:
        if isinstance(found, ModuleType) and not hasattr(found, part):
            importlib.import_module(f"{found.__name__}.{part}")
        found = getattr(found, part)
    return found


def beginning() -> dict[str, Any]:
    """The names that a reader has who has run the first lines of the pages: of a world of their own."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(BEGINNING, "docs/reference/python/index.md", "exec"), names)  # noqa: S102  # our own page
    return names
