"""The forms of a report. Each is written from the same lines, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from toolkit.inventory.formats import document, github, junit, markdown, page, sarif, terminal
from toolkit.inventory.report import Report


class Form(NamedTuple):
    """How it is written, and whether people stand in it by name where nobody says so: they do not
    in what other systems take.
    """

    write: Callable[[Report, bool], str]
    names: bool


FORMATS: Mapping[str, Form] = {
    "text": Form(terminal.write, True),
    "html": Form(page.write, True),
    "json": Form(document.write, True),
    "sarif": Form(sarif.write, False),
    "junit": Form(junit.write, False),
    "markdown": Form(markdown.write, True),
    "github": Form(github.write, False),
}
SUFFIXES: Mapping[str, str] = {
    ".html": "html",
    ".json": "json",
    ".sarif": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".txt": "text",
}
