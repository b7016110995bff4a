"""Tools that walk through objects, as debuggers and inspectors do, meet no spelling of a secret, however deep they go."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import io
import pprint
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.inside import provider_of
from toolkit import Emulator, cobo, privy
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.secret import Secret, Veiled

DEPTH = 4
HEX = "5e" + "c3a9" * 14 + "17d2b6"
TEXT = "hush-Hush/2026+MARKER==" + HEX
PLACE = privy.Environment("http://127.0.0.1:9")
COBO_PLACE = cobo.Environment("http://127.0.0.1:9/v2", Ed25519Key.from_hex(HEX).public.to_hex())

HOLDERS: list[tuple[str, Callable[[], Any]]] = [
    ("Secret", lambda: Secret(TEXT)),
    ("bytes veiled", lambda: Veiled(bytes.fromhex(HEX))),
    ("Ed25519Key", lambda: Ed25519Key.from_hex(HEX)),
    ("Secp256k1Key", lambda: Secp256k1Key.from_hex(HEX)),
    ("P256Key", lambda: P256Key.from_hex(HEX)),
    ("cobo.Client", lambda: cobo.Client(Ed25519Key.from_hex(HEX), environment=COBO_PLACE)),
    ("cobo.Client, secp256k1", lambda: cobo.Client(Secp256k1Key.from_hex(HEX), environment=COBO_PLACE)),
    ("privy.Client", lambda: privy.Client("app", TEXT, environment=PLACE)),
    ("privy.Client's wire", lambda: provider_of(privy.Client("app", TEXT, environment=PLACE))),
    ("a list of keys", lambda: [P256Key.from_hex(HEX), {"secret": Secret(TEXT)}]),
]  # fmt: skip
each = pytest.mark.parametrize(
    "make", [case[1] for case in HOLDERS], ids=[case[0] for case in HOLDERS]
)


def spellings() -> list[str]:
    """The secrets, and the scalar in every way that a repr could write it."""
    raw = bytes.fromhex(HEX)
    basic = base64.b64encode(f"app:{TEXT}".encode()).decode()
    numbers = [str(list(raw)), ", ".join(map(str, raw)), str(int(HEX, 16)), hex(int(HEX, 16))[2:]]
    encoded = [
        base64.b64encode(raw).decode()[:40],
        base64.urlsafe_b64encode(raw).decode()[:40],
        basic,
    ]
    texts = [TEXT, TEXT[::-1], str(list(TEXT.encode())), HEX, HEX.upper()]
    little = str(int.from_bytes(raw, "little"))
    return [
        *texts,
        *numbers,
        *encoded,
        little,
        repr(raw)[2:-1],
        str(int.from_bytes(TEXT.encode(), "big")),
    ]


def beside(thing: Any) -> Iterator[Any]:
    """What can be reached from a thing in one step without calling anything: attributes, slots, items, cells."""
    names = set(dir(thing))
    for kind in type(thing).__mro__:
        slots = vars(kind).get("__slots__", ())
        names.update([slots] if isinstance(slots, str) else slots)
    for name in names:
        try:
            yield getattr(thing, name)
        except Exception:  # noqa: BLE001, S112  # nothing is there
            continue
    if isinstance(thing, dict | types.MappingProxyType):
        yield from (*thing.keys(), *thing.values())
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing


LEAVES = (
    str,
    bytes,
    int,
    float,
    type,
    types.ModuleType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
)
LEAVES += (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.CodeType,
)
LEAVES += (
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.NoneType,
    types.EllipsisType,
)


def walked(start: Any, depth: int) -> Iterator[Any]:
    """Everything within so many steps, each once. What keeps nothing of its own is looked at, and not walked through."""
    seen, edge = {id(start): start}, [start]
    for _ in range(depth):
        following = []
        for thing in edge:
            if isinstance(thing, LEAVES) or is_namespace(thing):
                continue
            for other in beside(thing):
                if id(other) not in seen:
                    seen[id(other)] = other
                    following.append(other)
        edge = following
    yield from seen.values()


def found(text: str) -> list[str]:
    return [spelling for spelling in spellings() if spelling in text]


def is_namespace(thing: Any) -> bool:
    """Whether it is all that a module holds, as a function of it shows."""
    return isinstance(thing, dict) and "__builtins__" in thing


def spelled_by(thing: Any) -> str:
    """How a thing shows itself. This module's own names hold the secret on purpose."""
    if isinstance(thing, dict) and thing is globals():
        return ""
    try:
        return repr(thing)
    except Exception:  # noqa: BLE001  # what has no repr shows nothing
        return ""


@each
def test_walked(make: Callable[[], Any]) -> None:
    """Attributes, slots, items and the cells of closures, four steps deep: nothing shows the secret."""
    things = list(walked(make(), DEPTH))
    assert len(things) > 100
    for thing in things:
        assert found(spelled_by(thing)) == [], type(thing)


@each
def test_inspected(make: Callable[[], Any]) -> None:
    """rich.inspect with everything switched on, getmembers, pprint, vars and asdict: nothing shows the secret."""
    rich = pytest.importorskip("rich", reason="the shipped lock has no rich")
    console = pytest.importorskip("rich.console")
    thing, out = make(), io.StringIO()
    everything = {
        "private": True,
        "dunder": True,
        "methods": True,
        "docs": True,
        "value": True,
        "all": True,
    }
    rich.inspect(thing, console=console.Console(file=out, width=4_000), **everything)
    shown = [
        out.getvalue(),
        repr(inspect.getmembers(thing)),
        pprint.pformat(thing),
        pprint.pformat(inspect.getmembers(thing)),
    ]
    if hasattr(thing, "__dict__"):
        shown.append(repr(vars(thing)))
    if dataclasses.is_dataclass(thing):
        with pytest.raises(TypeError, match="never pickled or copied"):
            dataclasses.asdict(thing)  # type: ignore[arg-type]
        shown.append(
            repr({field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)})
        )
    assert len(shown[0]) > 100
    for text in shown:
        assert found(text) == []


def test_the_walk_finds() -> None:
    """A control: a secret in a slot, in a closure's cell and in a list of numbers is found."""

    class Open:
        __slots__ = ("_text",)

        def __init__(self, text: object) -> None:
            self._text = text

    for plain in (TEXT, lambda text=HEX: text, [bytes.fromhex(HEX)], list(bytes.fromhex(HEX))):
        assert any(found(spelled_by(thing)) for thing in walked(Open(plain), DEPTH))


def test_clients_of_an_emulator(emulator: Emulator) -> None:
    """What an emulator's clients hold is throw-away, and does not show either, after they have signed."""
    member = P256Key.from_hex(HEX)
    app = emulator.privy_client()
    made = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[member.public]))
    )
    change = privy.update_key_quorum(made.id, privy.UpdateKeyQuorumRequest(display_name="Night"))
    exchange = app.exchange(change, signers=[member])
    hunted = [emulator.privy.app_secret.reveal(), emulator.api_key.reveal_hex(), HEX]
    for start in (app, exchange, emulator.cobo_client()):
        for thing in walked(start, DEPTH):
            shown = spelled_by(thing)
            assert not [secret for secret in hunted if secret in shown], type(thing)


@pytest.mark.parametrize("wrong", ["text", None, bytearray(b"x")])
def test_a_message_that_is_none(wrong: Any) -> None:
    """What cannot be signed is refused before the key is taken out: no frame of the traceback holds it."""
    key = Ed25519Key.from_hex(HEX)
    with pytest.raises(ValueError, match="must be bytes") as caught:
        key.sign(wrong)
    trace = caught.value.__traceback__
    while trace is not None:
        assert found(repr(trace.tb_frame.f_locals)) == []
        trace = trace.tb_next
