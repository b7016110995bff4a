"""Text that must never be shown, and the places it may come from."""

from __future__ import annotations

import getpass
import os
import re
import secrets
from pathlib import Path
from typing import NoReturn, Self

from toolkit.base import outside
from toolkit.base.spellings import in_base64
from toolkit.errors import CredentialsRefused, InputError

ALLOW_ON_BINDER = "QUORUM_TOOLKIT_ALLOW_CREDENTIALS_ON_BINDER"
SHORTEST = 12  # characters; what is shorter would be found by chance
LONGEST_REPEATED = 256  # characters of a path that an error repeats
# The name of a variable. A longer one is not repeated: it may be the secret itself.
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


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


class Veiled(Sealed):
    """Bytes kept as two numbers, each of which is noise without the other.

    What walks through attributes and slots without calling anything (``rich.inspect``,
    ``inspect.getmembers``, the variables of a debugger) meets no spelling of them, however deep it
    goes.
    """

    __slots__ = ("_difference", "_noise", "_size")

    def __init__(self, plain: bytes) -> None:
        self._size = len(plain)
        self._noise = secrets.randbits(8 * self._size)
        self._difference = int.from_bytes(plain, "big") ^ self._noise

    def __repr__(self) -> str:
        return "Veiled(••••••••)"

    def reveal(self) -> bytes:
        """The bytes themselves. Keep them in no variable."""
        return (self._difference ^ self._noise).to_bytes(self._size, "big")


class Secret(Sealed):
    """A secret text, shown as dots. ``reveal()`` is the one way to its spelling.

    >>> from toolkit.keys.secret import Secret
    >>> Secret("a secret that is none")
    Secret(••••••••)
    """

    __slots__ = ("_kept",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or not text.strip("\ufeff \t\r\n'\""):
            what = f"{type(text).__name__}, not text"
            if isinstance(text, str):
                what = "empty"
            del text  # no frame of the traceback holds its spelling
            raise InputError(f"The secret is {what}.", hint="Pass its text.")
        try:
            text = outside.cleaned(text, "The secret")
            self._kept = Veiled(text.encode())
        except UnicodeEncodeError:  # which has the whole text in it
            pass
        else:
            return
        finally:
            del text  # as above
        raise InputError(
            "The secret holds half of a character (a lone surrogate).",
            hint="Copy it again.",
        )

    def __repr__(self) -> str:
        return "Secret(••••••••)"

    def reveal(self) -> str:
        """The text itself. Do not print it."""
        return self._kept.reveal().decode()

    def stands_in(self, text: str) -> bool:
        """Whether a text has this secret in it: as it is, or in hex, base64 or base64url.

        A secret of fewer than 12 characters counts only where it is the whole text.
        """
        plain = self._kept.reveal()
        content = text.encode("utf-8", "surrogatepass")
        if len(content) < len(plain):
            return False  # no spelling is shorter
        if len(plain) < SHORTEST:
            return content.strip() == plain
        if plain in content or plain.hex() in text.lower():
            return True
        return any(spelling in text for spelling in in_base64(plain))

    @classmethod
    def from_env(
        cls, name: str, *, local: bool = False, env_file: str | Path | None = None
    ) -> Self:
        """From an environment variable.

        Args:
            name: the variable's name.
            local: it is for a service on this computer, such as an emulator; only that is taken on
                Binder.
            env_file: a file of ``NAME=value`` lines to read it from, instead.

        Raises:
            InputError: the variable is not set.
            CredentialsRefused: this is a public Binder session.
        """
        try:
            if not local:
                refuse_on_binder("A secret from the environment")
            variables = outside.Variables(env_file)
            if variables.get(name):
                return cls(variables.get(name))
            called = ""
            hint = "Pass the name of a variable, not its value."
            if isinstance(name, str) and _VARIABLE.fullmatch(name):
                called = f" {name}"
                hint = f"Set {name} and start again."
        finally:
            del name  # it may be the secret itself: no frame of the traceback holds it
        raise InputError(f"The {variables.kind}{called} is not set.", hint=hint)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """From a text file (UTF-8 or UTF-16), without the white space and the quotes around it.

        Raises:
            InputError: the file cannot be read as text.
        """
        try:
            return cls.of_content(file_content(path), name_of_file(path))
        finally:
            del path  # it may be the secret itself: no frame of the traceback holds it

    @classmethod
    def of_content(cls, content: bytes, called: str = "The file") -> Self:
        """From what a file holds, without the white space and the quotes around it.

        Args:
            called: the file, as a refusal names it.

        Raises:
            InputError: it is no text, or empty.
        """
        from toolkit.keys.instead import kind_of_file  # only once a file is read

        kind = kind_of_file(content)
        try:
            if not kind:
                return cls(outside.decoded(content))
        except UnicodeDecodeError:
            kind = "no text in UTF-8, UTF-16 or UTF-32"
        finally:
            del content
        raise InputError(
            f"{called} cannot be read: it is {kind}.",
            hint="Name a text file that holds the secret.",
        )

    @classmethod
    def prompt(cls, label: str, variable: str = "") -> Self:
        """Asked for with hidden input; nothing of it stays in the notebook.

        Raises:
            InputError: nobody is there to answer (a notebook run by a program).
            CredentialsRefused: this is a public Binder session; nothing was asked.
        """
        refuse_on_binder(label)
        try:
            typed = getpass.getpass(f"{label}: ")
        # StdinNotImplementedError of a headless kernel is a NotImplementedError; a program whose
        # input was closed has none (None), or one that raises ValueError
        except (EOFError, NotImplementedError, AttributeError, OSError, ValueError):
            pass
        else:
            try:
                return cls(typed)
            finally:
                del typed
        hint = "Use from_env or from_file instead."
        if variable:
            hint = f"Set the environment variable {variable} instead."
        raise InputError(
            f"{label} cannot be asked for here: nobody is at the keyboard.",
            hint=hint,
        )


def file_content(path: str | Path) -> bytes:
    """What a file holds, read once.

    Raises:
        InputError: it cannot be read.
    """
    called = "The file"
    try:
        called = name_of_file(path)
        return outside.file_bytes(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except RuntimeError:
        reason = "the home directory that ~ stands for is not known"
    except (TypeError, ValueError):  # no path at all, or NUL in it
        reason = "it is no path of a file"
    finally:
        del path  # it may be the secret itself: no frame of the traceback holds it
    raise InputError(
        f"{called} cannot be read: {reason}.",
        hint="Name a text file that holds the secret.",
    )


def name_of_file(path: str | Path) -> str:
    """A path as an error may repeat it, if it was meant as one.

    What was not may be a secret in the wrong place.
    """
    if isinstance(path, Path):
        return str(path)
    if _is_meant_as_path(path) and len(path) <= LONGEST_REPEATED:
        return path
    return "The file"


def _is_meant_as_path(text: str) -> bool:
    folder, name = os.path.split(text)
    if re.search(r"\.[A-Za-z]{2,5}$", name):
        return True
    # unlike Path's, this never raises where nobody has a home
    return len(folder) > 1 and Path(os.path.expanduser(folder)).is_dir()  # noqa: PTH111


def refused_on_binder() -> bool:
    """Whether this is a Binder session, and nobody allowed real credentials in it."""
    on_binder = any(name.startswith("BINDER_") for name in outside.ENVIRONMENT)
    return on_binder and outside.variable(ALLOW_ON_BINDER) != "yes"


def refuse_on_binder(what: str) -> None:
    """Refuse real credentials on Binder, unless they were allowed by name.

    Binder's machines are public and short-lived.
    To be called before a secret is read, asked for or accepted.

    Raises:
        CredentialsRefused: this is a Binder session and nobody allowed it.
    """
    if refused_on_binder():
        raise CredentialsRefused(
            f"{what} was refused: this is a public Binder session.",
            hint="Use the emulator here. "
            f"To go ahead all the same, set {ALLOW_ON_BINDER}=yes first.",
        )
