"""Secrets planted in an emulator and its clients, and the hunt for them in whatever was written."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.inside import native_of, provider_of, replace_provider
from toolkit import Emulator
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.private import PrivateKey
from toolkit.keys.secret import Secret


def spellings(text: str) -> Iterator[str]:
    """How a secret of hex digits could show: either case, base64, as bytes and numbers."""
    raw = bytes.fromhex(text)
    yield from (
        text,
        text.upper(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    )
    yield from (repr(raw)[2:-1], str(int(text, 16)), ", ".join(map(str, raw)))


@dataclass(repr=False)
class Hunt:
    """What must not be found, and everything that was written anywhere."""

    planted: dict[str, str] = field(default_factory=dict)  # spelling → what it is
    texts: list[tuple[str, str]] = field(default_factory=list)

    def plant(self, what: str, text: str) -> None:
        for spelling in spellings(text):
            self.planted[spelling] = what

    def saw(self, where: str, text: object) -> None:
        self.texts.append((where, text if isinstance(text, str) else repr(text)))

    def found(self) -> list[tuple[str, str]]:
        whole = [(where, text) for where, text in self.texts if text]
        return sorted(
            {
                (what, where)
                for spelling, what in self.planted.items()
                for where, text in whole
                if spelling in text
            }
        )


class Planted:
    """Twenty secrets: keys of every curve, app secrets, and clients that hold them."""

    def __init__(self, hunt: Hunt, state: Path) -> None:
        def hexed(number: int) -> str:
            text = "5" + hashlib.sha256(f"planted {number}".encode()).hexdigest()[1:]
            hunt.plant(f"secret {number}", text)
            return text

        self.hunt = hunt
        self.emulator = Emulator.seeded(state=state)
        self.custody_keys = [Ed25519Key.from_hex(hexed(number)) for number in range(6)]
        self.curve_keys = [Secp256k1Key.from_hex(hexed(number)) for number in range(6, 10)]
        self.members = [P256Key.from_hex(hexed(number)) for number in range(10, 16)]
        for key in self.members:
            hunt.plant("a member key, PKCS#8", base64.b64decode(pkcs8(key)).hex())
        self.app_secrets = [Secret(hexed(number)) for number in range(16, 20)]
        hunt.plant("the emulator's own key", self.emulator.api_key.reveal_hex())
        hunt.planted[
            base64.b64encode(
                f"{self.emulator.privy.app_id}:{self.emulator.privy.app_secret.reveal()}".encode()
            ).decode()
        ] = "Basic"
        hunt.planted[self.emulator.privy.app_secret.reveal()] = "the emulator's app secret"
        known = next(iter(self.emulator.cobo.keys.values()))
        for key in (*self.custody_keys, *self.curve_keys):
            curve = "ED25519" if isinstance(key, Ed25519Key) else "SECP256K1"
            replaced = {name: getattr(known, name) for name in known.__struct_fields__}
            self.emulator.cobo.keys[key.public.to_hex()] = type(known)(
                **replaced | {"key": key.public.to_hex(), "curve_type": curve}
            )

    def watched(self, client: Any) -> Any:
        """The client; whatever signature or credential it makes is hunted from then on."""
        make = provider_of(client).credentials

        def credentials(*arguments: Any) -> Any:
            made = make(*arguments)
            for name, value in made.items():
                for part in value.removeprefix("Basic ").split(","):
                    self.hunt.planted[part] = f"{name} header"
            return made

        wire = provider_of(client)

        class Watched:
            def __getattr__(self, name: str) -> Any:
                return credentials if name == "credentials" else getattr(wire, name)

        replace_provider(client, Watched())
        return client


def pkcs8(key: PrivateKey) -> str:
    from cryptography.hazmat.primitives import serialization as s

    whole = native_of(key).private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    return base64.b64encode(whole).decode()
