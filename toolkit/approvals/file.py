"""The file of an approval: JSON that a person can read and mail, read strictly.

What is in it decides what people sign, so nothing is guessed: a name that stands twice, another
type, what is too deep or too large, half of a character, a number that is not whole: refused by
name. What a newer toolkit may add is kept apart, and acts on nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import rfc8785

from toolkit.base.home import at_home
from toolkit.base.text import plain_line
from toolkit.base.times import EPOCH
from toolkit.base.typed import converted
from toolkit.base.validate import once
from toolkit.errors import InputError

FORMAT = 1
WHAT = "An approval of the quorum toolkit: a change that several people sign. No key in it."
LARGEST = 262_144  # bytes; the largest request of either vendor is far smaller
DEEPEST = 12  # levels
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_SAFE = 2**53 - 1


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The environment: its name, and its base URL."""

    name: str
    base_url: str


class QuorumAsRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A key quorum as it was read: keys in the spelling that the service has."""

    id: str
    display_name: str | None
    authorization_threshold: int | None
    public_keys: tuple[str, ...]
    user_ids: tuple[str, ...]
    key_quorum_ids: tuple[str, ...]


class WalletAsRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A wallet as it was read, as far as it says who controls it."""

    id: str
    display_name: str | None
    address: str
    chain_type: str
    owner_id: str
    additional_signers: tuple[str, ...]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A signature in the file: whose, when (by the word of whoever signed), and the DER, base64."""

    public_key: str
    signed_at: str
    signature: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that stands in the file. Moments are texts, ``2026-11-20T09:41:00.000Z``."""

    what: str
    format: int
    id: str
    environment: Place
    identity: str
    operation: str
    arguments: dict[str, str]
    body: str
    message: str
    good_until: str
    read_at: str
    quorum: QuorumAsRead
    nested: tuple[QuorumAsRead, ...]
    wallet: WalletAsRead | None
    note: str
    signatures: tuple[Mark, ...]


#: What the id is over: everything but itself, the signatures, and what this format does not know.
COVERED = (
    "format", "environment", "identity", "operation", "arguments", "body", "message", "good_until",
    "read_at", "quorum", "nested", "wallet", "note",
)  # fmt: skip
KNOWN = Document.__struct_fields__
_OF_A_MARK = Mark.__struct_fields__


def id_of(facts: Mapping[str, Any]) -> str:
    """The approval's id, 64 hex digits: SHA-256 over the canonical JSON of what is covered."""
    covered = {name: facts[name] for name in COVERED}
    return hashlib.sha256(rfc8785.dumps(covered)).hexdigest()


# ---- moments -------------------------------------------------------------------------------------


def written_moment(milliseconds: int) -> str:
    """Unix milliseconds as the file has them."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def read_moment(text: str, field: str) -> int:
    """A moment of the file in Unix milliseconds.

    Raises:
        InputError: another spelling, or no day of the calendar.
    """
    if _MOMENT.fullmatch(text) and text.isascii():
        with contextlib.suppress(ValueError):  # 31 February
            moment = datetime.fromisoformat(text)
            return round((moment - EPOCH).total_seconds() * 1000)
    raise InputError(
        f"{field} is no moment as this format writes it.", hint="2026-11-20T09:41:00.000Z is one."
    )


# ---- reading -------------------------------------------------------------------------------------


def content_of(path: str | Path) -> bytes:
    """A file's bytes, and one more than any approval has where it is larger.

    Raises:
        InputError: it cannot be read.
    """
    place = at_home(path)
    name = plain_line(place.name)
    try:
        with place.open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no name that a file can have"
    raise InputError(f"{name} cannot be read: {reason}.", hint="Name an approval’s file.")


def what_it_is(path: str | Path) -> str:
    """What a file says of itself; nothing where it cannot be read: whoever reads it says why."""
    try:
        what = strict_json(content_of(path)).get("what")
    except (InputError, RecursionError):
        return ""
    return what if isinstance(what, str) else ""


def parsed(content: bytes, name: str) -> tuple[Document, dict[str, Any], tuple[str, ...]]:
    """What stands in a file, what this format does not know, and the names of that.

    Args:
        name: what an error calls it.

    Raises:
        InputError: it is no approval of this format: with its name, and the first thing that is
            wrong.
    """
    trouble = ""
    try:
        facts = strict_json(content)
        unknown = sorted(set(facts) - set(KNOWN))
        names = [plain_line(each) for each in unknown]
        names += _unknown_in_marks(facts.get("signatures"))
        _must_be_this_format(facts)
        document = converted(facts, Document)
    except msgspec.ValidationError as error:
        trouble = f"{error}".replace("`", "").replace(" - at $.", ": ")
    except InputError as error:
        trouble = error.what.rstrip(".")
    except RecursionError:
        trouble = _TOO_DEEP
    else:
        return document, {each: facts[each] for each in unknown}, tuple(names)
    raise InputError(
        f"{name} cannot be read as an approval: {trouble}.",
        hint="Nothing of it was used. Ask whoever sent it for the file anew.",
    )


_TOO_DEEP = f"more than {DEEPEST} levels in one another"


def strict_json(content: bytes) -> dict[str, Any]:
    """An object of JSON in UTF-8: each name once, whole numbers only, not too large nor too deep.

    Raises:
        InputError: anything else.
    """
    if len(content) > LARGEST:
        raise _wrong(f"it has more than {LARGEST:,} bytes, which no approval has")
    try:
        facts = json.loads(
            content.decode(),
            object_pairs_hook=once(_twice),
            parse_float=_whole,
            parse_int=_small,
            parse_constant=_whole,
        )
    except UnicodeDecodeError:
        raise _wrong("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _wrong(f"line {error.lineno} is not JSON") from None
    if not isinstance(facts, dict):
        raise _wrong("it is not an object of JSON")
    _must_be_plain(facts, 1)
    return facts


def _wrong(what: str) -> InputError:
    return InputError(what)


def _twice(name: str) -> InputError:
    return _wrong(f"{plain_line(name)} stands in it twice")


def _whole(text: str) -> Any:
    raise _wrong(f"{plain_line(text[:20])} is not a whole number")


def _small(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > _SAFE:
        raise _wrong(f"{digits[:20]} is too large a number")
    return int(digits)


def _must_be_plain(value: Any, depth: int) -> None:
    """No half of a character anywhere, and nothing too deep."""
    if depth > DEEPEST:
        raise _wrong(_TOO_DEEP)
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise _wrong("a text in it holds half of a character")
    elif isinstance(value, dict):
        for name, each in value.items():
            _must_be_plain(name, depth + 1)
            _must_be_plain(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _must_be_plain(each, depth + 1)


def _unknown_in_marks(marks: Any) -> list[str]:
    if not isinstance(marks, list):
        return []
    names = [set(mark) - set(_OF_A_MARK) for mark in marks if isinstance(mark, dict)]
    return [f"signatures: {plain_line(each)}" for each in sorted(set().union(*names))]


def _must_be_this_format(facts: Mapping[str, Any]) -> None:
    if facts.get("what") != WHAT:
        raise _wrong("what: it does not say that it is one")
    if type(facts.get("format")) is not int:
        raise _wrong("format: there is no number of it")
    if facts["format"] != FORMAT:
        raise _wrong(f"format {facts['format']}: this toolkit reads format {FORMAT}")


# ---- writing -------------------------------------------------------------------------------------


def written(document: Document, unknown: Mapping[str, Any]) -> bytes:
    """The file: in a fixed order, in ASCII, so that mail leaves it alone."""
    facts = msgspec.to_builtins(document) | dict(unknown)
    return (json.dumps(facts, indent=1) + "\n").encode()
