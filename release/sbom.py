"""``python release/sbom.py``: what the wheel holds and needs, as CycloneDX (PEP 770).

It follows from pyproject.toml, the version and notebooks/requirements.txt, and from nothing else:
no moment, no random number, so that the wheel that carries it is the same wherever it is built.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "release" / "sbom.cdx.json"
LOCK = ROOT / "notebooks" / "requirements.txt"

LANGUAGES = sorted(path.stem for path in (ROOT / "toolkit" / "keys" / "words").glob("*.txt"))
#: Data of others inside the wheel: where, what, under which licence.
CARRIED = [
    *(
        (
            f"toolkit/keys/words/{language}.txt",
            f"BIP-39 word list, {language}, from mnemonic 0.21",
            "MIT",
        )
        for language in LANGUAGES
    ),
    (
        "toolkit/inventory/confusables.txt",
        "Unicode confusables 15.1, from confusable_homoglyphs 3.3.1",
        "Unicode-3.0",
    ),
]


def purl(name: str, version: str) -> str:
    """A package of the Python index, as package URLs spell it."""
    return f"pkg:pypi/{name}@{version}"


def pinned() -> dict[str, list[str]]:
    """The versions of each package in the lock; several where they differ by Python."""
    pins: dict[str, list[str]] = {}
    lines = re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK.read_text("utf-8"), re.MULTILINE)
    for name, version in lines:
        pins.setdefault(name, []).append(version)
    return pins


def bill() -> dict[str, Any]:
    """The whole document."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    source = (ROOT / "toolkit" / "__init__.py").read_text("utf-8")
    (version,) = re.findall(r'^__version__ = "(.+)"', source, re.MULTILINE)
    itself, pins = purl(project["name"], version), pinned()
    names = sorted(re.split(r"[>=\[; ]", line)[0] for line in project["dependencies"])
    needed = [package(name, pin) for name in names for pin in pins[name]]
    carried = [data(*each) for each in CARRIED]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": itself,
                "name": project["name"],
                "version": version,
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": itself,
            },
            "properties": [
                {"name": "quorum-toolkit:versions", "value": "those of notebooks/requirements.txt"}
            ],
        },
        "components": needed + carried,
        "dependencies": [
            {"ref": itself, "dependsOn": [each["bom-ref"] for each in needed + carried]},
            *({"ref": each["bom-ref"]} for each in needed + carried),
        ],
    }


def package(name: str, version: str) -> dict[str, Any]:
    """A direct dependency, in the version that is tested."""
    where = purl(name, version)
    return {
        "type": "library",
        "bom-ref": where,
        "name": name,
        "version": version,
        "scope": "required",
        "purl": where,
    }


def data(path: str, description: str, licence: str) -> dict[str, Any]:
    """A file of somebody else's that the wheel carries."""
    return {
        "type": "data",
        "bom-ref": path,
        "name": path,
        "description": description,
        "scope": "required",
        "licenses": [{"license": {"id": licence}}],
    }


def written() -> str:
    """The document as it stands in the file."""
    return json.dumps(bill(), indent=2, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8", newline="\n")
