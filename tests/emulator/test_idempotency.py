"""One key, one wallet, for 24 hours: what Privy documents of idempotency keys, and what is a choice."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from toolkit import Emulator, privy
from toolkit.emulator import limits
from toolkit.emulator.core import Received, Reply
from toolkit.privy import signing

WALLETS, QUORUMS = "/v1/wallets", "/v1/key_quorums"
DAY_MS = 24 * 60 * 60_000
ETHEREUM = {"chain_type": "ethereum"}
MEMBERS = {"user_ids": ["did:privy:x"]}


def post(emulator: Emulator, key: str, body: Any = ETHEREUM, path: str = WALLETS) -> Reply:
    """A request with this key, as any program may write it."""
    secret = emulator.privy.app_secret.reveal()
    basic = base64.b64encode(f"{emulator.privy.app_id}:{secret}".encode()).decode()
    headers = [
        ("authorization", f"Basic {basic}"),
        (signing.APP_ID, emulator.privy.app_id),
        ("content-type", "application/json"),
        (signing.IDEMPOTENCY_KEY, key),
    ]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return emulator.answer(Received("POST", "https", "emulator.invalid", path, tuple(headers), raw))


def id_of(reply: Reply) -> str:
    assert reply.status == 200, reply.body
    identifier: str = json.loads(reply.body)["id"]
    return identifier


def text_of(reply: Reply) -> str:
    text: str = json.loads(reply.body)["error"]
    return text


def wallets(emulator: Emulator) -> int:
    return len(emulator.privy.wallets)


def test_the_same_answer_for_a_day(emulator: Emulator) -> None:
    """Same key and body: the stored answer, as it was then, and nothing is done; after 24 hours it is done anew."""
    before = wallets(emulator)
    first = post(emulator, "k")
    made = emulator.privy.wallets[id_of(first)]
    emulator.advance(DAY_MS - 60_000)  # the clock runs on by itself, too
    assert post(emulator, "k").body == first.body
    line = emulator.ledger[-1]
    assert (line.verdict, line.made) == ("accepted", "")
    assert "answered as before" in line.reason
    assert wallets(emulator) - before == 1
    emulator.advance(60_000)
    assert id_of(post(emulator, "k")) != made.id
    assert wallets(emulator) - before == 2


def test_the_answer_as_it_was_then(emulator: Emulator) -> None:
    """A wallet that was changed since is answered as it was made."""
    first = post(emulator, "k", ETHEREUM | {"display_name": "old"})
    wallet = emulator.privy.wallets[id_of(first)]
    app = emulator.privy_client()
    app.send(
        privy.update_wallet(wallet.id, privy.UpdateWalletRequest(display_name="new")),
        acknowledge={"privy.owner-signs"},
    )
    again = json.loads(post(emulator, "k", ETHEREUM | {"display_name": "old"}).body)
    assert again["display_name"] == "old"


BODIES: list[tuple[str, Any, int]] = [
    ("the same", ETHEREUM, 200),
    ("the same in other words", b'{ "chain_type" : "ether\\u0065um" }', 200),
    ("another", {"chain_type": "solana"}, 400),
    ("more", ETHEREUM | {"display_name": "x"}, 400),
    ("no JSON", b"{", 400),
]


@pytest.mark.parametrize(
    ("body", "status"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES]
)
def test_another_body(emulator: Emulator, body: Any, status: int) -> None:
    """Under a key that was used, another body is 400, and nothing is made."""
    first = id_of(post(emulator, "k"))
    count = wallets(emulator)
    reply = post(emulator, "k", body)
    assert reply.status == status
    if status == 200:
        assert id_of(reply) == first
    else:
        assert "another body" in text_of(reply)
    assert wallets(emulator) == count


def test_keys_of_their_own(emulator: Emulator) -> None:
    """Other keys make other wallets; so does none. One of 257 characters is refused."""
    made = {id_of(post(emulator, key)) for key in ("a", "b", "", "", "x" * 256)}
    assert len(made) == 5
    reply = post(emulator, "x" * 257)
    assert (reply.status, "256 characters" in text_of(reply)) == (400, True)


def test_choice_of_where(emulator: Emulator) -> None:
    """privy.idempotency_where: a quorum's schema does not name the header; or every POST knows it."""
    ids = {id_of(post(emulator, "k", MEMBERS, QUORUMS)) for _ in range(2)}
    assert len(ids) == 2
    every = Emulator.seeded(choices={"privy.idempotency_where": "every-post"})
    assert len({id_of(post(every, "k", MEMBERS, QUORUMS)) for _ in range(2)}) == 1


@pytest.mark.parametrize(("option", "status"), [("part-of-key", 200), ("not-part", 400)])
def test_choice_of_path(option: str, status: int) -> None:
    """privy.idempotency_path: at another path a key is another one; or the same, and the body differs."""
    choices = {"privy.idempotency_where": "every-post", "privy.idempotency_path": option}
    emulator = Emulator.seeded(choices=choices)
    post(emulator, "k", MEMBERS, QUORUMS)
    assert post(emulator, "k").status == status


@pytest.mark.parametrize(("option", "status"), [("not-stored", 200), ("stored", 400)])
def test_choice_of_errors(tmp_path: Path, option: str, status: int) -> None:
    """privy.idempotency_errors: what was refused is judged anew; or refused again for a day, after a restart too."""
    state = tmp_path / "state"
    choices = {"privy.idempotency_errors": option}
    emulator = Emulator.seeded(choices=choices, state=state)
    body = ETHEREUM | {"external_id": "mine"}
    holder = id_of(post(emulator, "first", body))
    assert post(emulator, "k", body).status == 400
    del emulator.privy.wallets[holder]
    assert post(emulator, "k", body).status == status
    emulator.close()
    if option == "stored":
        after = Emulator.seeded(choices=choices, state=state)
        del after.privy.wallets[holder]
        assert post(after, "k", body).status == 400
        after.advance(DAY_MS)
        assert post(after, "k", body).status == 200
        after.close()


def test_after_a_restart(tmp_path: Path) -> None:
    """A state file knows the keys of the day: what was made once is answered once more, not made."""
    state = tmp_path / "state"
    emulator = Emulator.seeded(state=state)
    first = post(emulator, "k")
    again = post(emulator, "k")
    emulator.close()
    after = Emulator.seeded(state=state)
    count = wallets(after)
    assert post(after, "k").body == first.body == again.body
    assert wallets(after) == count
    after.advance(DAY_MS)
    assert id_of(post(after, "k")) != id_of(first)
    after.close()


def test_a_secret_for_a_key_is_not_kept(tmp_path: Path) -> None:
    """Whatever is pasted where the key belongs, the state file does not hold it."""
    state = tmp_path / "state"
    emulator = Emulator.seeded(state=state)
    secret = emulator.privy.app_secret.reveal()
    post(emulator, secret)
    emulator.close()
    assert secret not in state.read_text()
    Emulator.seeded(state=state).close()


def test_no_more_than_so_many(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest keys go where there are too many; what takes no key fills nothing."""
    monkeypatch.setattr(limits, "IDEMPOTENCY_KEYS", 3)
    first = id_of(post(emulator, "0"))
    for key in "123":
        post(emulator, key)
    post(emulator, "9", MEMBERS, QUORUMS)
    assert len(emulator.privy.idempotency) == 3
    assert id_of(post(emulator, "0")) != first
