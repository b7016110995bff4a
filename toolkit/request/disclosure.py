"""What a request would disclose: no text of it may be a private key, or its sender's credential.

Looked at before a request is checked, prepared, shown, signed or written down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from toolkit.errors import CredentialsRefused
from toolkit.findings import Path, path_text
from toolkit.keys.detect import may_be_a_key, privacy_of
from toolkit.request.call import Call

# Fields of keys and ids, in which 64 hex digits are nothing special
_KEY_OR_ID = re.compile(r"(?:^|_)(?:id|ids|key|keys|address|hash|cursor|before|after)$")


def must_be_public(call: Call[Any], is_own_secret: Callable[[str], bool]) -> None:
    """Refuse a call that carries something private, by the path of its field.

    What may be a public key or an id as well is refused only where the field is neither.

    Args:
        is_own_secret: whether a text has the credential of whoever sends it.

    Raises:
        CredentialsRefused: it does; the text is not repeated.
    """
    texts = _texts(call)
    while texts:
        path, name, text = texts.pop()
        trouble = _trouble(name, text, is_own_secret)
        if trouble:
            del text, texts
            what, hint = trouble
            raise CredentialsRefused(
                f"{path_text(path)}: {what}. Nothing was signed, sent or written down.", hint=hint
            )


def _trouble(name: str, text: str, is_own_secret: Callable[[str], bool]) -> tuple[str, str] | None:
    if is_own_secret(text):
        return "this is the client's own secret", "Take it out: it proves who you are to anyone."
    privacy = privacy_of(text)
    if privacy == "yes":
        return "this is a private key", "Put the public half, the id or the name there."
    if privacy == "possibly" and not _KEY_OR_ID.search(name):
        return "this may be a private key, and no name looks so", "Put a name there."
    return None


_NO_TEXT = (int, float, msgspec.UnsetType, type(None))
_Text = tuple[Path, str, str]  # where it stands, the name of its field, and what it is


def _texts(call: Call[Any]) -> list[_Text]:
    """Wherever in a call a text stands that is long enough, the last one first."""
    texts: list[_Text] = []
    for name, value in (*call.arguments, *call.query):
        if may_be_a_key(value):
            texts.append(((name,), "id", value))
    if call.body is not None:
        _gather(texts, (), "", call.body)
    texts.reverse()
    return texts


def _gather(texts: list[_Text], path: Path, name: str, value: Any) -> None:
    """Add what stands in a value."""
    if isinstance(value, str):
        if may_be_a_key(value):
            texts.append((path, name, value))
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            each = getattr(value, field)
            if not isinstance(each, _NO_TEXT):
                _gather(texts, (*path, field), field, each)
    elif isinstance(value, list | tuple | set | frozenset):
        for at, each in enumerate(value):
            _gather(texts, (*path, at), name, each)
    elif isinstance(value, bytes):
        texts.append((path, name, value.decode("latin-1")))
    elif isinstance(value, Mapping):
        _gather_members(texts, path, value)


def _gather_members(texts: list[_Text], path: Path, value: Mapping[Any, Any]) -> None:
    """The names in a mapping are texts, too; one that is private is not repeated in a path."""
    for at, (key, each) in enumerate(value.items()):
        name = str(key)
        texts.append(((*path, f"the name of member {at + 1}"), "", name))
        shown = name if privacy_of(name) == "no" else f"member {at + 1}"
        _gather(texts, (*path, shown), name, each)
