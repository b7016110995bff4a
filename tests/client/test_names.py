"""Names for keys: kept here by fingerprint, whole or not at all, and no private key among them."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.inside import native_of
from tests.samples import KEYS
from toolkit import names
from toolkit.client.names import LONGEST, VARIABLE, Names, known_names
from toolkit.errors import InputError

KEY = KEYS[0]


def test_a_name_is_kept_by_fingerprint(user_names: Path) -> None:
    """Given to a key, its public half or its fingerprint, it is the same name, in another process's eyes too."""
    names.give(KEY, "Alice’s laptop")
    assert names.of(KEY.public) == names.of(KEY.fingerprint) == "Alice’s laptop"
    assert Names(user_names).all() == {KEY.fingerprint: "Alice’s laptop"}
    assert names.of(KEYS[1]) == ""
    names.give(KEY.public, "Alice’s phone")
    names.give(KEYS[1], "Bob")
    names.give(KEY, "")
    assert Names(user_names).all() == {KEYS[1].fingerprint: "Bob"}


def test_the_file_is_its_owners_alone(user_names: Path) -> None:
    """Mode 0600 in a folder of mode 0700, whatever the umask; no unfinished file stays beside it."""
    place = user_names.parent / "state" / "names.json"
    before = os.umask(0)
    try:
        Names(place).give(KEY, "Alice")
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert list(place.parent.iterdir()) == [place]


def test_what_else_stands_there_stays(user_names: Path) -> None:
    """A file of people may grow out of it: what this toolkit does not know is kept."""
    more = {"keys": {KEY.fingerprint: {"name": "A", "how": "read out"}}, "people": [1]}
    user_names.write_text(json.dumps(more))
    names.give(KEY, "Alice")
    more["keys"][KEY.fingerprint]["name"] = "Alice"  # type: ignore[index, call-overload]
    assert json.loads(user_names.read_text()) == more


def test_many_threads_lose_no_name(user_names: Path) -> None:
    """Names given at once all stay."""
    kept = Names(user_names)
    digits = [f"{number:064x}" for number in range(24)]
    threads = [threading.Thread(target=kept.give, args=(key, f"name {key[-2:]}")) for key in digits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.all().keys() == set(digits)


def test_in_memory(monkeypatch: pytest.MonkeyPatch, user_names: Path) -> None:
    """``:memory:`` keeps them for this process, and writes no file."""
    monkeypatch.setenv(VARIABLE, ":memory:")
    monkeypatch.setattr(Names, "_in_memory", None)
    names.give(KEY, "Alice")
    assert names.of(KEY) == "Alice"
    assert not user_names.exists()


REFUSED: dict[str, tuple[Any, Any, str]] = {
    "no key": ("Alice", "Alice", "neither a key nor the fingerprint"),
    "nothing": (None, "Alice", "neither a key nor the fingerprint"),
    "no text": (KEY, 7, "name"),
    "too long": (KEY, "x" * (LONGEST + 1), "61 characters are too many"),
    "a private key": (KEY, f"{native_of(KEYS[2]).private_numbers().private_value + 2**200:064x}", "private key"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(case: tuple[Any, Any, str], user_names: Path) -> None:
    """What is no key or no name is refused by field, and a private key is not repeated."""
    key, name, sentence = case
    with pytest.raises(InputError, match=sentence) as refusal:
        names.give(key, name)
    assert "0" * 20 not in str(refusal.value)
    assert not user_names.exists()


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"keys": []}', '{"keys": {"a": 1}}', '{"keys": null}', "\udcff"]
)
def test_a_file_that_is_none_of_ours(content: str, user_names: Path) -> None:
    """It is told as that and never written over; forms go on without names."""
    user_names.write_bytes(content.encode(errors="surrogateescape"))
    before = user_names.read_bytes()
    with pytest.raises(InputError, match="is no file of names"):
        names.give(KEY, "Alice")
    assert user_names.read_bytes() == before
    assert known_names() == {}


def test_a_place_that_cannot_be_written(user_names: Path) -> None:
    """A folder in its place, or no folder at all: the reason, the place and the remedy."""
    (user_names.parent / "plain").write_text("")
    for place, why in ((user_names.parent, "cannot be read"), (user_names.parent / "plain" / "n", "cannot be")):  # fmt: skip
        with pytest.raises(InputError, match=why) as refusal:
            Names(place).give(KEY, "Alice")
        assert VARIABLE in refusal.value.hint


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home directory it says which variable names a place; nothing else stops."""
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr("toolkit.client.names._users_place", _nowhere)
    with pytest.raises(InputError, match="no home"):
        names.of(KEY)
    assert known_names() == {}


def _nowhere() -> Path:
    raise InputError("There is no home directory.", hint="Set HOME.")
