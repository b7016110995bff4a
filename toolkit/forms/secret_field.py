"""A field for a secret, of which nothing stays: neither in the page, nor in the widget's state, nor
in a saved notebook.

Measured (shared notes on Jupyter, section 2): a password field that is emptied in its observer, and
sends its text only when it is left, is in no file, not even where JupyterLab saves widget state or
a program runs the notebook.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import ipywidgets as w

from toolkit.base.html import render
from toolkit.base.outside import variable
from toolkit.errors import InputError, ToolkitError
from toolkit.forms.widgets import styled
from toolkit.keys.secret import Secret

LONGEST_PATH = 1_024  # characters


def found(text: str) -> tuple[Secret, str]:
    """The secret that a text names or is, and where it came from, in words that do not repeat the
    text.

    ``$NAME`` names an environment variable, the path of a file names its contents; anything else is
    the secret itself.

    Raises:
        InputError: there is no such variable, or no such file.
    """
    text = text.strip()
    if re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", text):
        if not variable(text[1:]):
            raise InputError(
                "No environment variable of that name is set.",
                hint="Set it and start the kernel again.",
            )
        return Secret.from_env(text[1:]), "from the environment variable"
    if len(text) <= LONGEST_PATH and "\n" not in text:
        # unlike those of Path, these never raise: a pasted secret may be no path
        path = os.path.expanduser(text)  # noqa: PTH111
        if os.path.isfile(path):  # noqa: PTH113
            return Secret.from_file(path), "from the file"
        if os.path.isdir(path):  # noqa: PTH112
            raise InputError(
                "That is a folder.", hint="Name the file in it; it is read on the kernel’s machine."
            )
        if text.startswith(("~", "./", "../")) or text.endswith((".pem", ".key", ".txt")):
            raise InputError(
                "There is no such file.",
                hint="Look at the path; it is read on the kernel’s machine.",
            )
    return Secret(text), "as you typed it"


class SecretField:
    """A masked field. ``taken`` gets the secret and where it came from; what it returns is said
    below the field.

    ``taken`` may raise a ToolkitError, which is said instead. The field is empty before it is
    called. ``allowed`` raises one where no secret may be taken at all: then none is read, and the
    field is disabled.
    """

    def __init__(
        self,
        label: str,
        taken: Callable[[Secret, str], str],
        allowed: Callable[[], None] = lambda: None,
    ) -> None:
        self._taken, self._allowed = taken, allowed
        self.field = w.Password(
            description=label,
            placeholder="File, $VARIABLE or the secret; never kept",
            continuous_update=False,
        )
        self.said = w.HTML()
        self.field.observe(self._typed, "value")
        self.view = styled(w.VBox([self.field, self.said]), "tk-secret")

    def _typed(self, change: dict[str, str]) -> None:
        if not change["new"].strip():
            return
        self.field.value = (
            ""  # first of all: whatever happens below, it is not in the state any more
        )
        try:
            self._allowed()
            self.say("good", self._taken(*found(change.pop("new"))))
        except ToolkitError as error:
            self.say("high", str(error))

    def look(self) -> None:
        """Disabled, with the reason, where no secret may be taken."""
        try:
            self._allowed()
            self.field.disabled = False
        except ToolkitError as refused:
            self.field.disabled = True
            self.say("medium", str(refused))

    def say(self, kind: str, text: str) -> None:
        """A line below the field."""
        self.said.value = render("under.html", lines=[(kind, text)] if text else [])
