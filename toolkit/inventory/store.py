"""An inventory as one folder: canonical JSON, one object a line, Parquet beside it, and a manifest.

The lines can be compared by any diff, and a finding can point to one: what changes with each look
(when and by which question a thing was received) stands in a file of its own, ``received.jsonl``.
``manifest.json`` has the format's version and a SHA-256 sum of each file: a folder that was changed
by hand is refused, by the name of the file. Parquet is a copy for other programs and is never read
back; it needs the extra ``parquet``, and the manifest says where it is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import rfc8785

from toolkit.base.files import replace_file
from toolkit.base.typed import decoded
from toolkit.cobo import models as cobo
from toolkit.errors import InputError
from toolkit.inventory import inventory as shapes
from toolkit.inventory.people import People
from toolkit.privy import models as privy
from toolkit.privy.intents import Intent
from toolkit.request.exchange import Provenance, stamp

if TYPE_CHECKING:
    from toolkit.inventory.inventory import Inventory

FORMAT, VERSION = "quorum-toolkit-inventory", 2
MANIFEST = "manifest.json"
PEOPLE = "people.json"
RECEIVED = "received.jsonl"
OUR_FIELD = "toolkit:received"  # of a model: where it came from
#: What stands in a file of its own, one object a line, and what each line is.
LINES: Mapping[str, Any] = {
    "origins": shapes.Origin,
    "organizations": cobo.OrgInfo,
    "api_keys": cobo.ApiKeyInfo,
    "projects": cobo.MPCProject,
    "vaults": cobo.MPCVault,
    "groups": cobo.KeyShareHolderGroup,
    "tss_requests": cobo.TSSRequest,
    "cobo_holders": cobo.KeyShareHolder,
    "cobo_wallets": cobo.WalletInfo,
    "quorums": privy.KeyQuorum,
    "wallets": privy.Wallet,
    "policies": privy.Policy,
    "intents": Intent,
    "ordered": shapes.Ordered,
    "unseen": shapes.Unseen,
}
#: What a version of the format has first: before it, nobody looked at these. With each, the
#: service, and what it is called.
SINCE: Mapping[str, tuple[int, str, str]] = {
    "cobo_wallets": (2, "cobo", "Cobo’s wallets"),
    "policies": (2, "privy", "policies"),
    "intents": (2, "privy", "intents"),
}
NOT_YET = "An earlier toolkit saved this look, which did not read them."
TABLES = (
    "vaults",
    "groups",
    "holders",
    "cobo_wallets",
    "api_keys",
    "role_scopes",
    "quorums",
    "quorum_members",
    "wallets",
    "policies",
    "policy_rules",
    "intents",
)
NO_PARQUET = "not written: pyarrow is not installed (pip install 'quorum-toolkit[parquet]')"


@dataclass(frozen=True, slots=True)
class Received:
    """Where one line came from."""

    kind: str
    line: int
    provenance: Provenance


def file_of(kind: str) -> str:
    """The file that has these things, one a line."""
    return f"{kind}.jsonl"


def save(inventory: Inventory, folder: str | Path) -> Path:
    """Write an inventory into a folder, which is made where there is none. Returns the folder.

    The manifest is written last: a folder without one was not finished. Files of other names that
    are there already stay.

    Raises:
        InputError: the folder cannot be written.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"{place} cannot be written: {error.strerror or error}.",
            hint="Name a folder that you may write to.",
        ) from error
    sums = {}
    for kind in LINES:
        lines = [line_of(thing) + b"\n" for thing in getattr(inventory, kind)]
        sums[file_of(kind)] = _put(place / file_of(kind), b"".join(lines))
    sums[RECEIVED] = _put(place / RECEIVED, b"".join(_received_lines(inventory)))
    inventory.people.save(place / PEOPLE)
    sums[PEOPLE] = _sum((place / PEOPLE).read_bytes())
    parquet = "written" if find_spec("pyarrow") else NO_PARQUET
    if parquet == "written":
        sums |= _parquet(inventory, place)
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "began_ms": inventory.began_ms,
        "at_ms": inventory.at_ms,
        "seen_by": dict(inventory.seen_by),
        "parquet": parquet,
        "sha256": sums,
    }
    content = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    replace_file(place / MANIFEST, content.encode())
    return place


def line_of(thing: Any) -> bytes:
    """A thing as it stands in its file: canonical JSON (RFC 8785), without when it was received.

    A whole number past 2**53, which RFC 8785 has no form for and a rule of a policy may have, is
    written out with all its digits.
    """
    value = _without_provenance(msgspec.to_builtins(thing))
    try:
        return rfc8785.dumps(value)
    except rfc8785.IntegerDomainError:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()


def _without_provenance(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_provenance(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_provenance(each) for name, each in value.items() if name != OUR_FIELD}


def _received_lines(inventory: Inventory) -> Iterator[bytes]:
    """Of each thing in order: its file, its line, and where it came from."""
    for kind in LINES:
        for number, thing in enumerate(getattr(inventory, kind), 1):
            provenance = getattr(thing, "provenance", None)
            if provenance is not None:
                row = Received(kind, number, provenance)
                yield rfc8785.dumps(msgspec.to_builtins(row)) + b"\n"


def _put(place: Path, content: bytes) -> str:
    replace_file(place, content)
    return _sum(content)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _parquet(inventory: Inventory, folder: Path) -> dict[str, str]:
    from toolkit.table_files import save as save_table

    sums = {}
    for name in TABLES:
        place = save_table(inventory.frame(name), folder / f"{name}.parquet")
        sums[place.name] = _sum(place.read_bytes())
    return sums


# ---- reading -------------------------------------------------------------------------------------


def load(folder: str | Path) -> Inventory:
    """Read a folder that ``save`` wrote.

    Raises:
        InputError: no such folder, no manifest of ours, a newer format, or a file that is missing
            or not as its sum says.
    """
    place = Path(folder)
    manifest = read_manifest(place, FORMAT, VERSION, _SHAPES, "Inventory.save")
    sums = manifest["sha256"]
    kept: dict[str, Any] = {}
    version = manifest["version"]
    for kind, shape in LINES.items():
        if kind in SINCE and version < SINCE[kind][0]:
            continue
        content = checked(place, file_of(kind), sums)
        kept[kind] = tuple(_read_lines(content, shape, place / file_of(kind)))
    for row in _read_lines(checked(place, RECEIVED, sums), Received, place / RECEIVED):
        _give_back(row, kept, place)
    kept["unseen"] += tuple(_not_read_yet(version, kept["origins"]))
    checked(place, PEOPLE, sums)
    return shapes.Inventory(
        at_ms=manifest["at_ms"],
        began_ms=manifest["began_ms"],
        seen_by=manifest["seen_by"],
        people=People.load(place / PEOPLE),
        **kept,
    )


def _not_read_yet(version: int, origins: Sequence[shapes.Origin]) -> Iterator[shapes.Unseen]:
    """Through each client, what an earlier version did not look at: rows, so that nothing of it is
    taken for made since.
    """
    for kind, (since, service, what) in SINCE.items():
        for origin in origins:
            if version < since and origin.service == service:
                yield shapes.Unseen(
                    service,
                    origin.environment,
                    what,
                    NOT_YET,
                    cause="not-read",
                    kind=kind,
                    identity=origin.identity,
                )


def _give_back(row: Received, kept: Mapping[str, Sequence[Any]], folder: Path) -> None:
    """Let a thing remember where it came from, as before it was written."""
    things = kept.get(row.kind, ())
    if not 1 <= row.line <= len(things):
        raise InputError(
            f"{folder / RECEIVED} names line {row.line} of {row.kind}, which is not there.",
            hint="Take the folder from where it was saved.",
        )
    stamp(things[row.line - 1], row.provenance, {})


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "at_ms": lambda value: type(value) is int,
    "began_ms": lambda value: type(value) is int,
    "seen_by": lambda value: isinstance(value, dict),
    "sha256": lambda value: isinstance(value, dict),
}


def read_manifest(
    folder: Path,
    form: str,
    newest: int,
    shapes: Mapping[str, Callable[[Any], bool]],
    writer: str,
) -> dict[str, Any]:
    """The manifest of a folder of ours.

    Args:
        form, newest: the format that it must be of, and the newest version that is read.
        shapes: of each name in it that is read, what its value must be.
        writer: what writes such a folder, for the hints.

    Raises:
        InputError: there is none, it is of something else, or of another version.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise InputError(
            f"{folder} is no saved inventory: {MANIFEST} cannot be read.",
            hint=f"Name a folder that {writer} wrote to its end.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _not_ours(folder, f"it is no JSON ({error})", writer) from error
    if not isinstance(manifest, dict) or manifest.get("format") != form:
        raise _not_ours(folder, "it is of another format", writer)
    version = manifest.get("version")
    if type(version) is not int or not 1 <= version <= newest:
        raise InputError(
            f"{folder} has version {version!r} of the format; this toolkit reads 1 to {newest}.",
            hint="Use a newer toolkit.",
        )
    for name, fits in shapes.items():
        if not fits(manifest.get(name)):
            raise _not_ours(folder, f"{name} is missing or of another type", writer)
    return manifest


def _not_ours(folder: Path, why: str, writer: str) -> InputError:
    return InputError(
        f"{folder / MANIFEST} is no manifest of an inventory: {why}.",
        hint=f"Name a folder that {writer} wrote.",
    )


def checked(folder: Path, name: str, sums: Mapping[str, Any]) -> bytes:
    """A file's content, if it is what the sums of the manifest say.

    Raises:
        InputError: it is missing, or another one.
    """
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise InputError(
            f"{folder / name} cannot be read: {error.strerror or error}.",
            hint="Copy the whole folder.",
        ) from error
    if _sum(content) != sums.get(name):
        raise InputError(
            f"{folder / name} is not as it was saved: its SHA-256 sum is another one.",
            hint="Take the folder from where it was saved, or collect anew.",
        )
    return content


def _read_lines(content: bytes, shape: Any, place: Path) -> Sequence[Any]:
    things = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            things.append(decoded(line, shape))
        except (msgspec.DecodeError, ValueError) as error:
            raise InputError(
                f"{place}, line {number}: {error}.", hint="Was it saved by a newer toolkit?"
            ) from error
    return things
