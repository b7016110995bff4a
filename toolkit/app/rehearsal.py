"""Signing together, rehearsed: the emulator, made-up people, fresh keys, both ends of the call."""

from __future__ import annotations

import re
from collections.abc import Callable

from toolkit.approvals import commands
from toolkit.approvals.approval import Approval
from toolkit.emulator import Emulator
from toolkit.keys import P256Key
from toolkit.privy.models import CreateKeyQuorumRequest, UpdateKeyQuorumRequest
from toolkit.privy.operations import create_key_quorum, update_key_quorum

_WORDS = re.compile(r"    ([a-z]+ [a-z]+ [a-z]+)")


def rehearsed(say: Callable[[str], None], ask: Callable[[str], str]) -> None:
    """Bob asks for a change of a 2-of-3 quorum and has signed; whoever sits here is Carol.

    Everything is as it will be, on the emulator: no account, no file, and keys that are thrown
    away. Bob's program is played here as well: it shows its digits once the words are said.

    Raises:
        InputError: as ``commands.sign``.
    """
    app = Emulator.seeded().privy_client()
    keys = [P256Key.generate() for _ in range(3)]
    members = CreateKeyQuorumRequest(
        public_keys=[key.public for key in keys],
        authorization_threshold=2,
        display_name="Rehearsal",
    )
    quorum = app.send(create_key_quorum(members))
    change = UpdateKeyQuorumRequest(authorization_threshold=3)
    note = "A rehearsal: nothing of it is real."
    approval = Approval.of(app, update_key_quorum(quorum.id, change), note=note).sign(keys[0])

    def heard(line: str) -> None:
        say(line)
        words = _WORDS.fullmatch(line)
        if words:
            say(f"(Rehearsal: Bob hears them, and says {approval.digits(words[1])})")

    signed = commands.sign(approval, keys[1], heard, ask, app.now_ms())
    if signed is None:
        return
    say("(Rehearsal: Bob sends it.)")
    changed = app.send(signed)
    say(f"The quorum now needs {changed.required} of {changed.size}. On the emulator alone.")
