"""The README as package indexes show it: links and pictures lead to the project's address."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"(?P<picture>!?)(?P<words>\[[^\]]*\])\((?![a-z]+:|#)(?P<path>[^)]+)\)")


def absolute(text: str, source: str) -> str:
    """Markdown whose relative links and pictures are absolute, below ``source``."""

    def led(link: re.Match[str]) -> str:
        view = "raw" if link["picture"] else "blob"
        return f"{link['picture']}{link['words']}({source}/{view}/main/{link['path']})"

    return RELATIVE.sub(led, text)


class LongDescription(MetadataHookInterface):
    """What the build asks for ``readme``."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set it from README.md and ``project.urls.Source``."""
        text = Path(self.root, "README.md").read_text("utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": absolute(text, metadata["urls"]["Source"]),
        }
