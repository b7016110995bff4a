"""A quorum, its members' keys and an approval of a change of it: what the tests of approvals share."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.samples import KEYS
from toolkit import Approval, Emulator, privy
from toolkit.approvals import file
from toolkit.keys import P256Key

STRANGER = P256Key.from_hex(f"{99:064x}")
AT_MS = 1_795_000_000_000


def made(key: P256Key, message: str) -> str:
    """A signature as it comes from elsewhere."""
    return base64.b64encode(key.sign(message.encode())).decode()


def quorum_of(
    app: privy.Client, keys: list[P256Key] = KEYS, threshold: int = 2, **more: Any
) -> privy.KeyQuorum:
    request = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in keys],
        authorization_threshold=threshold,
        display_name="Vendor payments",
        **more,
    )
    return app.send(privy.create_key_quorum(request))


def approval_of(app: privy.Client, **more: Any) -> Approval:
    """2 of 3 members are asked to raise the threshold to 3."""
    quorum = quorum_of(app)
    change = privy.UpdateKeyQuorumRequest(authorization_threshold=3, display_name="Vendors")
    return Approval.of(app, privy.update_key_quorum(quorum.id, change), **more)


def an_approval(**more: Any) -> Approval:
    """One that needs no client any more."""
    return approval_of(Emulator.seeded().privy_client(), **more)


def facts_of(approval: Approval) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(approval.to_bytes())
    return facts


def write(path: Path, facts: dict[str, Any], *, fitting_id: bool = False) -> Path:
    """A file with these facts; ``fitting_id``: with the id that they have."""
    if fitting_id:
        facts = facts | {"id": file.id_of(facts)}
    path.write_text(json.dumps(facts, indent=1))
    return path


def bent(facts: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """A copy of the facts, changed."""
    copy: dict[str, Any] = json.loads(json.dumps(facts))
    change(copy)
    return copy


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in JSON where a value stands."""
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in leaves(each, (*path, name))]
    if isinstance(value, list) and value:
        return [leaf for at, each in enumerate(value) for leaf in leaves(each, (*path, at))]
    return [path]


def mutated(value: Any, random: random.Random) -> Any:
    """Another value in its place: of the same kind, or of another."""
    if isinstance(value, str) and value:
        at = random.randrange(len(value))
        letter = random.choice(
            [letter for letter in "0123456789aAzZ+/= \u202e" if letter != value[at]]
        )
        kinds = [value[:at] + letter + value[at + 1 :], value[:at], value + letter, None, 7]
        return random.choice([each for each in kinds if each != value])
    if isinstance(value, int):
        return random.choice([value + 1, value - 1, -value - 1, str(value), None])
    return random.choice(
        ["", "x", 1, [1], {"x": 1}, True] if value is None else [None, "x", 1, ["x"]]
    )
