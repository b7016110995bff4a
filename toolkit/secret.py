"""Text that must never be shown, and the places it may come from."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import NoReturn, Self

from toolkit.errors import CredentialsRefused, InputError

ALLOW_ON_BINDER = "QUORUM_TOOLKIT_ALLOW_CREDENTIALS_ON_BINDER"


class Sealed:
    """Has no spelling: no repr, pickle or state shows what is inside."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds a secret and is never pickled or copied.")

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds a secret and never gives its state away.")

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)


class Secret(Sealed):
    """A secret text, shown as dots. ``reveal()`` is the one way to its spelling."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or not text.strip():
            what = "empty" if isinstance(text, str) else f"{type(text).__name__}, not text"
            del text  # no frame of the traceback holds its spelling
            raise InputError(f"The secret is {what}.", hint="Pass its text.")
        self._text = text.strip()

    def __repr__(self) -> str:
        return "Secret(••••••••)"

    def reveal(self) -> str:
        """The text itself. Do not print it."""
        return self._text

    @classmethod
    def from_env(cls, name: str) -> Self:
        """From an environment variable.

        Raises:
            InputError: the variable is not set.
        """
        text = os.environ.get(name, "")
        if not text.strip():
            raise InputError(f"The environment variable {name} is not set.", hint=f"Set {name} and start again.")
        return cls(text)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """From a text file, surrounding white space removed.

        Raises:
            InputError: the file cannot be read as text.
        """
        try:
            return cls(Path(path).expanduser().read_text(encoding="utf-8"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
        except UnicodeDecodeError:
            reason = "it is not a text file"
        raise InputError(f"{path} cannot be read: {reason}.", hint="Name a text file that holds the secret.")

    @classmethod
    def prompt(cls, label: str, variable: str = "") -> Self:
        """Asked for with hidden input; nothing of it stays in the notebook.

        Raises:
            InputError: nobody is there to answer (a notebook run by a program).
        """
        try:
            return cls(getpass.getpass(f"{label}: "))
        except (EOFError, NotImplementedError):  # StdinNotImplementedError of a headless kernel is one
            pass
        hint = f"Set the environment variable {variable} instead." if variable else "Use from_env or from_file instead."
        raise InputError(f"{label} cannot be asked for here: nobody is at the keyboard.", hint=hint)


def refuse_on_binder(what: str) -> None:
    """Binder's machines are public and short-lived: no real credentials there unless allowed by name.

    Raises:
        CredentialsRefused: this is a Binder session and nobody allowed it.
    """
    on_binder = any(name.startswith("BINDER_") for name in os.environ)
    if on_binder and os.environ.get(ALLOW_ON_BINDER) != "yes":
        raise CredentialsRefused(
            f"{what} was refused: this is a public Binder session.",
            hint=f"Use the emulator here. To go ahead all the same, set {ALLOW_ON_BINDER}=yes first.",
        )
