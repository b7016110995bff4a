"""A program with many threads, each with a Journal object of its own on one file, beside another one like it.

Run by ``test_journalling.py``, with the emulator's facts, a journal's path, how many threads and changes, and
whether the file counts as local. It prints
one JSON line: which changes it was told were new, and what went wrong.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from toolkit import cobo, privy
from toolkit.client import journal_file
from toolkit.client.journal import Intent, Journal
from toolkit.keys import Ed25519Key


def intent(number: int) -> Intent:
    """A change that every thread of both programs begins."""
    return Intent(
        "cobo",
        "EMULATOR",
        "https://emulator.invalid/v2",
        "k",
        "create_mpc_vault",
        {},
        (),
        "{}",
        f"change {number}",
        1,
        2,
    )


def main() -> None:
    """Begin the same changes in every thread, and send some for real, with journals and clients of one's own."""
    facts, path, threads, changes = (
        json.loads(sys.argv[1]),
        sys.argv[2],
        int(sys.argv[3]),
        int(sys.argv[4]),
    )
    place_of_file = sys.argv[5]
    journal_file.is_surely_local = lambda folder: place_of_file == "local"
    new: list[int] = []
    wrong: list[str] = []

    def work(thread: int) -> None:
        try:
            key = Ed25519Key.from_hex(facts["cobo"]["api_private_key"])
            place = cobo.Environment(
                facts["cobo"]["base_url"], facts["cobo"]["response_public_key"], "EMULATOR"
            )
            here = privy.Environment(facts["privy"]["base_url"], "EMULATOR")
            for number in range(changes):
                if Journal(path).begin(intent(number))[1]:
                    new.append(number)
                if number % 10 == thread % 10:
                    send(key, place, here, number)
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test must hear of it
            wrong.append(repr(error))

    def send(key: Any, place: Any, here: Any, number: int) -> None:
        """The same for real: with clients that open the journal by its path."""
        with cobo.Client(key, environment=place, journal=path) as custody:
            custody.exchange(cobo.list_mpc_vaults(limit=1))
            custody.pending()
        facts_ = facts["privy"]
        with privy.Client(
            facts_["app_id"], facts_["app_secret"], environment=here, journal=path
        ) as app:
            request = privy.CreateKeyQuorumRequest(
                user_ids=[f"did:privy:{number}"], display_name=f"Journalled {number}"
            )
            app.exchange(privy.create_key_quorum(request))

    workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(json.dumps({"new": new, "wrong": wrong}))


if __name__ == "__main__":
    main()
