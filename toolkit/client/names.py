"""Names that people give to keys, kept on this computer and sent nowhere.

By fingerprint: the SHA-256 of the key's canonical SPKI, so that every spelling of a key has the
same name. One small JSON file in the user's state folder, beside the journal (mode 0600);
``QUORUM_TOOLKIT_NAMES`` names another place, or ``:memory:``.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.base.home import at_home
from toolkit.base.outside import cleaned, variable
from toolkit.base.validate import text as must_be_text
from toolkit.errors import InputError
from toolkit.keys.detect import is_private

__all__ = ["Names", "give", "of"]

VARIABLE = "QUORUM_TOOLKIT_NAMES"
MEMORY = ":memory:"
LONGEST = 60  # characters
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_LOCK = threading.Lock()


class Names:
    """The names in one file, or in memory. ``Names.default()`` are those of this user.

    The file is read each time: another kernel may have given one. It is
    ``{"keys": {fingerprint: {"name": …}}}``; what else stands there stays.

    >>> from toolkit import names
    >>> team = names.Names("team.json")
    >>> team.give(alice.public, "Alice")
    >>> team.of(alice.public)
    'Alice'
    """

    _in_memory: Names | None = None

    def __init__(self, path: str | Path = MEMORY) -> None:
        self.path = str(path)
        self._kept: dict[str, Any] = {}  # where there is no file

    @classmethod
    def default(cls) -> Names:
        """This user's names.

        Raises:
            InputError: the user has no home directory, and nothing names another place.
        """
        place = variable(VARIABLE)
        if place == MEMORY:
            cls._in_memory = cls._in_memory or cls()
            return cls._in_memory
        return cls(at_home(place) if place else _users_place())

    def all(self) -> dict[str, str]:
        """Every name, by the fingerprint of its key (64 hex digits).

        Raises:
            InputError: the file cannot be read, or is no file of names.
        """
        keys = self._read().get("keys", {})
        names = {fingerprint: entry.get("name") for fingerprint, entry in keys.items()}
        return {key: name for key, name in names.items() if isinstance(name, str) and name}

    def of(self, key: Any) -> str:
        """The name of a key, given itself or by its fingerprint; nothing for one without.

        Raises:
            InputError: that is neither, or the file cannot be read.
        """
        return self.all().get(_fingerprint(key), "")

    def give(self, key: Any, name: str) -> None:
        """Give a key a name, or another one; an empty one takes it away.

        Args:
            key: a key, its public half, or its fingerprint.
            name: at most 60 characters.

        Raises:
            InputError: that is no key or no name, may be a private key, or cannot be written.
        """
        fingerprint = _fingerprint(key)
        plain = cleaned(must_be_text(name, "name"), "name") if name else ""
        if is_private(plain):
            del plain, name
            raise InputError(
                "name: that is, or may be, a private key. It is neither kept nor repeated.",
                hint="Write what people call the key.",
            )
        if len(plain) > LONGEST:
            what = f"name: {len(plain)} characters are too many."
            raise InputError(what, hint=f"Use {LONGEST} at most.")
        with _LOCK:
            content = self._read()
            keys = content.setdefault("keys", {})
            if plain:
                keys[fingerprint] = {**keys.get(fingerprint, {}), "name": plain}
            else:
                keys.pop(fingerprint, None)
            self._write(content)

    def _read(self) -> dict[str, Any]:
        if self.path == MEMORY:
            return self._kept
        try:
            content = json.loads(Path(self.path).read_bytes() or b"{}")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._refused(f"cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError):
            raise self._refused("is no file of names: it is not JSON") from None
        if not _is_of_names(content):
            raise self._refused('is no file of names: it has no {"keys": {…}}')
        return dict(content)

    def _write(self, content: dict[str, Any]) -> None:
        """The whole file at once, or nothing of it."""
        if self.path == MEMORY:
            self._kept = content
            return
        target = Path(self.path)
        unfinished = ""
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp makes a file that only its owner can read
            handle, unfinished = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, ensure_ascii=True, indent=1, sort_keys=True)
                file.flush()
                os.fsync(handle)
            Path(unfinished).replace(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                Path(unfinished).unlink(missing_ok=True)
            raise self._refused(f"cannot be written: {error.strerror}") from None

    def _refused(self, why: str) -> InputError:
        hint = f"Look at the file, or name another place in {VARIABLE}."
        return InputError(f"The names of keys: {self.path} {why}.", hint=hint)

    def __repr__(self) -> str:
        return f"<Names {self.path}>"


def known_names() -> Mapping[str, str]:
    """Every name of this user; none where they cannot be read, so that all else still works."""
    try:
        return Names.default().all()
    except InputError:
        return {}


def give(key: Any, name: str) -> None:
    """Give a key a name of your own. Arguments and errors as for ``Names.give``.

    >>> from toolkit import names
    >>> names.give(alice.public, "Alice")
    >>> names.of(alice.public)
    'Alice'
    """
    Names.default().give(key, name)


def of(key: Any) -> str:
    """The name that a key was given; nothing for one without. Errors as for ``Names.of``.

    >>> from toolkit import names
    >>> names.of(bob.public)  # nobody has named it
    ''
    """
    return Names.default().of(key)


def _is_of_names(content: Any) -> bool:
    keys = content.get("keys", {}) if isinstance(content, dict) else None
    return isinstance(keys, dict) and all(isinstance(entry, dict) for entry in keys.values())


def _fingerprint(key: Any) -> str:
    plain = key if isinstance(key, str) else getattr(key, "fingerprint", None)
    if isinstance(plain, str) and _FINGERPRINT.fullmatch(plain):
        return plain
    del key, plain
    raise InputError(
        "key: that is neither a key nor the fingerprint of one.",
        hint="Pass a key of toolkit.keys, or the 64 hex digits of its fingerprint.",
    )


def _users_place() -> Path:
    import platformdirs

    try:
        return at_home(platformdirs.user_state_path("quorum-toolkit") / "names.json")
    except RuntimeError as error:  # newer platformdirs look for the home directory themselves
        reason = str(error).rstrip(".")
    hint = f"Set HOME, or name a place in {VARIABLE}."
    raise InputError(f"The names of keys have no place: {reason}.", hint=hint)
