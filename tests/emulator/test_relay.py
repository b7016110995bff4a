"""Connections that break at the exact moment one asks for."""

from __future__ import annotations

import pytest

from toolkit import privy
from toolkit.emulator import Emulator
from toolkit.emulator.http import serving
from toolkit.emulator.relay import KINDS, Relay
from toolkit.errors import InDoubt, InputError, NoAnswer

WIRE = {
    "drop-before-read": 0,
    "drop-after-read": 0,
    "drop-after-commit": 1,
    "half-answer": 1,
    "delay": 1,
    "reset": 0,
    "left-behind": 1,
}
WHOLE = ("delay", "left-behind")  # the answer comes, and whole


@pytest.mark.parametrize("kind", KINDS)
def test_wire_faults(emulator: Emulator, kind: str) -> None:
    """Connections break at the exact moment: what the emulator saw is known, and the client calls it unknown."""
    with serving(emulator) as facts, Relay(facts["url"]) as relay:
        place = privy.Environment(relay.url)
        with privy.Client(
            facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=place, timeout=5
        ) as app:
            quorums = len(emulator.privy.quorums)
            call = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
            relay.inject(kind)
            exchange = app.exchange(call)
            assert len(emulator.privy.quorums) - quorums == WIRE[kind]
            assert exchange.outcome == ("answered" if kind in WHOLE else "unknown")
            if kind not in WHOLE:
                assert isinstance(exchange.error, InDoubt)
                assert isinstance(exchange.error.because, NoAnswer)
                app.resolve(exchange.error.number, give_up=True)
            assert app.send(call).id
    with pytest.raises(InputError, match="no wire fault"):
        relay.inject("moon")
    with pytest.raises(InputError, match="on this machine"):
        Relay("http://192.0.2.1:80")
