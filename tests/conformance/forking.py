"""A program that forks while its clients have connections, and lets parent and child go on with them.

Run by ``test_forking.py``, with the emulator's facts, a journal's path, how many forks, and whether
the file counts as local. It prints one JSON line.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from typing import Any

from toolkit import cobo, privy
from toolkit.client import journal_file
from toolkit.client.journal import Journal
from toolkit.errors import InputError, ToolkitError
from toolkit.keys import Ed25519Key

READS = 4  # of each process after each fork


def asked(custody: Any, app: Any, vaults: list[str], quorums: list[str], at: int) -> bool:
    """One read of each service; whether both answers are of what was asked."""
    vault, quorum = vaults[at % len(vaults)], quorums[at % len(quorums)]
    try:
        return (
            custody.send(cobo.get_mpc_vault_by_id(vault)).vault_id == vault
            and app.send(privy.get_key_quorum(quorum)).id == quorum
        )
    except ToolkitError:  # whatever a foreign answer ends in
        return False


def sent(app: Any, prepared: Any) -> str:
    """The outcome of a prepared change that both processes send; ``twice`` where it was sent before."""
    try:
        return str(app.exchange(prepared).outcome)
    except InputError:
        return "sent before"


def main() -> None:
    """Fork, read on both sides, send one prepared change from both, and count what is not right."""
    facts, path, forks = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    place_of_file = sys.argv[4]
    journal_file.is_surely_local = lambda folder: place_of_file == "local"
    journal = Journal(path)
    key = Ed25519Key.from_hex(facts["cobo"]["api_private_key"])
    place = cobo.Environment(
        facts["cobo"]["base_url"], facts["cobo"]["response_public_key"], "EMULATOR"
    )
    custody = cobo.Client(key, environment=place, journal=journal)
    here = privy.Environment(facts["privy"]["base_url"], "EMULATOR")
    app = privy.Client(
        facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=here, journal=journal
    )
    vaults = [vault.vault_id for vault in custody.send(cobo.list_mpc_vaults()).data]
    made = [
        app.send(
            privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=[f"did:privy:{at}"]))
        )
        for at in range(8)
    ]
    quorums = [quorum.id for quorum in made]
    counts: Counter[str] = Counter()
    for fork in range(forks):
        assert asked(custody, app, vaults, quorums, fork)  # a connection is open, and free
        request = privy.CreateKeyQuorumRequest(
            user_ids=[f"did:privy:f{fork}"], display_name=f"Forked {fork}"
        )
        prepared = app.prepare(privy.create_key_quorum(request))
        told, tell = os.pipe()
        child = os.fork()
        mine = [asked(custody, app, vaults, quorums, 2 * at + (child == 0)) for at in range(READS)]
        outcome = sent(app, prepared)
        if child == 0:
            os.write(tell, json.dumps([mine.count(False), outcome]).encode())
            os._exit(0)
        os.close(tell)
        with os.fdopen(told) as pipe:
            foreign, theirs = json.load(pipe)
        os.waitpid(child, 0)
        counts["answers"] += 2 * READS * 2
        counts["foreign answers"] += mine.count(False) + foreign
        counts[f"prepared once: {' and '.join(sorted((outcome, theirs)))}"] += 1
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
