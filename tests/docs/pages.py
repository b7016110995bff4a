"""The pages that are made from the code, and those that are there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs import causes, choices, columns, commands, request_rules, variables

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES: Mapping[str, Callable[[], str]] = {
    "how-to/troubleshooting.md": causes.page,
    "reference/choices.md": choices.page,
    "reference/columns.md": columns.page,
    "reference/commands.md": commands.page,
    "reference/request-rules.md": request_rules.page,
    "reference/variables.md": variables.page,
}


def written_by_hand() -> list[Path]:
    """README and every page of the site that nobody generates."""
    made = {DOCS / name for name in PAGES}
    return [ROOT / "README.md", *(path for path in sorted(DOCS.rglob("*.md")) if path not in made)]


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a page in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE)
