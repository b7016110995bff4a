"""Each credential in its own place: a secret is never taken for an id, nor read where none may be."""

from __future__ import annotations

import base64
import builtins
import getpass
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

import toolkit
from tests.inside import native_of
from tests.screen import states
from toolkit import Emulator, cobo, privy
from toolkit.errors import CredentialsRefused, InputError
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.secret import Secret
from toolkit.privy.client import is_secret, may_be_secret

HERE = privy.Environment("http://127.0.0.1:9")
APP_ID = "cm7oxq1el000e11o8iwp7d0d0"
HEX = "5f" * 12 + "c3a917d2" * 5
PEM = (
    native_of(P256Key.from_hex(HEX))
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)
APP_SECRET = base64.b64encode(bytes(range(7, 71))).decode()
SECRETS = [
    ("64 bytes in base64", APP_SECRET), ("the same for URLs", base64.urlsafe_b64encode(bytes(range(190, 254))).decode()),
    ("without padding", APP_SECRET.rstrip("=")), ("hex", HEX), ("hex, upper case", HEX.upper()), ("half as long", HEX[:32]),
    ("a member's key", "wallet-auth:" + PEM.splitlines()[1]), ("PEM", PEM), ("blanks around it", f"  {APP_SECRET}\n"),
    ("letters of both cases", "aVeryRandomTextOf24Chars"), ("a token", "sk_live_" + "x" * 40),
]  # fmt: skip
secrets = pytest.mark.parametrize(
    "secret", [case[1] for case in SECRETS], ids=[case[0] for case in SECRETS]
)


def held(error: BaseException) -> str:
    """What a refusal says, and what the frames of its traceback hold, but for those of the tests."""
    parts, trace = [str(error), repr(error), repr(error.__context__)], error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).parent != Path(__file__).parent:
            parts.append(repr(trace.tb_frame.f_locals))
        trace = trace.tb_next
    return "\n".join(parts)


def refused(make: Callable[[], Any], sentence: str, *texts: str) -> None:
    """It is an InputError that says so, and holds none of the texts."""
    with pytest.raises(InputError, match=sentence) as caught:
        make()
    for text in texts:
        for line in (text.strip(), *text.strip().splitlines()):
            assert line.startswith("-----") or line not in held(caught.value)


@secrets
def test_swapped(secret: str) -> None:
    """A secret where the app id belongs is refused, whatever stands where the secret belongs; nothing repeats it."""
    for other in (APP_ID, "another-text", Secret("another-text")):
        refused(
            lambda other=other: privy.Client(secret, other, environment=HERE), "app_id is", secret
        )
    assert is_secret(secret)


def test_a_secret_object_for_an_id() -> None:
    """A Secret is no app id, and an app id in a Secret is no app secret."""
    refused(
        lambda: privy.Client(Secret(APP_SECRET), APP_ID, environment=HERE),
        "app_id is a secret",
        APP_SECRET,
    )  # type: ignore[arg-type]
    refused(lambda: privy.Client(APP_ID, Secret(APP_ID), environment=HERE), "it is an app id")
    refused(lambda: privy.Client(b"cmabc", "secret", environment=HERE), "not an app id")  # type: ignore[arg-type]


IDS = [
    ("a cuid", APP_ID),
    ("the same as the app id", "app"),
    ("PEM", PEM),
    ("a member's key", "wallet-auth:" + PEM.splitlines()[1]),
]


@pytest.mark.parametrize("text", [case[1] for case in IDS], ids=[case[0] for case in IDS])
def test_an_id_for_a_secret(text: str) -> None:
    """An app id, or a key to sign with, where the secret belongs is refused and not repeated."""
    refused(
        lambda: privy.Client("app", text, environment=HERE),
        "app_secret is not an app secret",
        *([text] * (text != "app")),
    )


def test_what_a_variable_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short text tells nothing by its shape; that the variable for the secret holds it does."""
    monkeypatch.setenv("PRIVY_APP_SECRET", "hush-hush")
    refused(
        lambda: privy.Client("hush-hush", "cm-short", environment=HERE),
        "app_id is a secret",
        "hush-hush",
    )
    monkeypatch.setenv("PRIVY_APP_ID", "my-app")
    refused(lambda: privy.Client("other-app", "my-app", environment=HERE), "it is an app id")


@secrets
def test_swapped_variables(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that hold each other's value are refused, and the names that are right are said."""
    monkeypatch.setenv("PRIVY_APP_ID", secret)
    monkeypatch.setenv("PRIVY_APP_SECRET", APP_ID)
    refused(privy.Client.from_env, "PRIVY_APP_ID and PRIVY_APP_SECRET", secret)


@secrets
def test_a_secret_for_an_address(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret in the variable for the address is refused and not repeated."""
    monkeypatch.setenv("PRIVY_APP_ID", APP_ID)
    monkeypatch.setenv("PRIVY_APP_SECRET", "hush")
    monkeypatch.setenv("PRIVY_API_BASE_URL", secret)
    refused(privy.Client.from_env, "PRIVY_API_BASE_URL is not an address", secret)


@pytest.mark.parametrize("seed", range(40))
def test_an_emulators_own(seed: int) -> None:
    """What an emulator gives passes in its place, and is known in the other one."""
    app = Emulator.seeded("empty", seed=seed).privy
    assert not is_secret(app.app_id)
    assert may_be_secret(app.app_secret)
    privy.Client(app.app_id, app.app_secret, environment=HERE)
    refused(
        lambda: privy.Client(app.app_secret.reveal(), app.app_id, environment=HERE),
        "app_id is",
        app.app_secret.reveal(),
    )


GOOD = [
    (APP_ID, APP_SECRET), ("app", "s"), ("insert-your-app-id", HEX), ("7c1f4a90-52de-4c0b-9a35-0f3f5a6f2f11", "hush"),
    ("clx", APP_SECRET.rstrip("=")), ("Treasury-Prod", "x" * 24),
]  # fmt: skip


@pytest.mark.parametrize(("app_id", "secret"), GOOD)
def test_taken(app_id: str, secret: str) -> None:
    """Where a shape is documented nowhere, what is not surely wrong is taken."""
    assert privy.Client(app_id, secret, environment=HERE).identity == app_id


PUBLIC = Secp256k1Key.from_hex(HEX).public
PUBLIC_KEYS = [
    ("compressed point", PUBLIC.to_hex()), ("behind 0x", "0x" + PUBLIC.to_hex().upper()), ("whole point", "04" + PUBLIC.spki[-64:].hex()),
    ("SPKI", PUBLIC.to_base64()), ("SPKI of Ed25519", Ed25519Key.from_hex(HEX).public.to_base64()), ("PEM", PUBLIC.to_pem()),
]  # fmt: skip


@pytest.mark.parametrize(
    "text", [case[1] for case in PUBLIC_KEYS], ids=[case[0] for case in PUBLIC_KEYS]
)
@pytest.mark.parametrize("curve", ["ED25519", "SECP256K1"])
def test_a_public_key_for_a_private_one(
    text: str, curve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An API key where the API secret belongs is called what it is, in code, in a variable and in the form."""
    kind = Ed25519Key if curve == "ED25519" else Secp256k1Key
    refused(lambda: kind.parse(text), r"(?i)this is a (public key|PEM block of a PUBLIC KEY)")
    monkeypatch.setenv("COBO_CURVE_TYPE", curve)
    monkeypatch.setenv("COBO_API_SECRET", text)
    refused(cobo.Client.from_env, "(?i)public key")
    panel = toolkit.connect(Emulator.seeded("empty")).cobo_panel
    panel.place.value, panel.curve.value = "DEV", curve
    panel.secret.field.value = text
    assert "public key" in panel.secret.said.value.lower()
    assert panel._key is None


@pytest.mark.parametrize("wrong", [HEX, Secret(HEX), PUBLIC, None, HEX.encode()])
def test_no_text_for_a_key(wrong: Any) -> None:
    """A client takes a loaded key: text is refused, and no frame holds it. A key is loaded, not constructed."""
    refused(lambda: cobo.Client(wrong), "Load the private half", HEX)
    for kind in (Ed25519Key, Secp256k1Key, P256Key):
        refused(lambda kind=kind: kind(wrong), "is not made of", HEX)
        refused(lambda kind=kind: type(kind.generate().public)(wrong), "is not made of", HEX)


SOURCES = [
    ("from_env", HEX.upper()),
    ("from_env", APP_SECRET),
    ("from_file", HEX),
    ("from_file", APP_SECRET),
    ("from_file", PEM),
]


@pytest.mark.parametrize(("source", "text"), SOURCES)
@pytest.mark.parametrize("kind", [Secret, Ed25519Key, P256Key])
def test_the_secret_itself_for_its_source(kind: Any, source: str, text: str) -> None:
    """Who passes the secret where a variable or a file is to be named sees it nowhere."""
    refused(
        lambda: getattr(kind, source)(text), "environment variable is not set|cannot be read", text
    )


@pytest.mark.parametrize("text", ["hush\ud800hush", "\udcffhush-hush"])
def test_half_a_character(text: str) -> None:
    """What cannot be written as bytes is refused where it enters; no error of a codec carries it on."""
    refused(lambda: Secret(text), "half of a character", "hush")
    refused(lambda: privy.Client("app", text, environment=HERE), "half of a character", "hush")


# ---- the form ----------------------------------------------------------------------------------------


@secrets
def test_a_secret_in_the_field_for_the_id(secret: str) -> None:
    """A secret that is put into the field for the app id is taken out at once, and the field says so."""
    panel = toolkit.connect(Emulator.seeded("empty")).privy_panel
    panel.place.value = "PROD"
    panel.app_id.value = secret
    assert panel.app_id.value == ""
    assert "a secret, not an app id" in panel.app_id.placeholder
    for line in secret.strip().splitlines():
        assert line.startswith("-----") or line not in states(panel.view)


@secrets
def test_swapped_variables_in_the_form(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that holds a secret instead of the id is not shown in the form, not even at first."""
    monkeypatch.setenv("PRIVY_APP_ID", secret)
    monkeypatch.setenv("PRIVY_APP_SECRET", APP_ID)
    panel = toolkit.connect(Emulator.seeded("empty")).privy_panel
    panel.place.value = "PROD"
    panel.button.click()
    panel.app_id.value = APP_ID
    panel.button.click()
    assert "app_secret is not an app secret" in panel.status.value
    for line in secret.strip().splitlines():
        assert line.startswith("-----") or line not in states(panel.view)


def test_an_id_in_the_field_for_the_secret(emulator: Emulator) -> None:
    """An app id in the field for the secret is refused where it is entered."""
    panel = toolkit.connect(emulator).privy_panel
    panel.place.value = "PROD"
    panel.secret.field.value = APP_ID
    assert "That is not an app secret" in panel.secret.said.value
    assert panel._secret is None


# ---- Binder --------------------------------------------------------------------------------------------


@pytest.fixture
def on_binder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A public Binder session with secrets in variables and in a file; each time that one is read or asked for is noted."""
    read: list[str] = []
    file = tmp_path / "secret.pem"
    file.write_text(PEM)
    for name, value in (
        ("COBO_API_SECRET", HEX),
        ("PRIVY_APP_ID", APP_ID),
        ("PRIVY_APP_SECRET", APP_SECRET),
        ("THE_KEY", PEM),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("THE_FILE", str(file))
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    usual = os.environ.__class__.__getitem__

    def noted(variables: Any, name: str) -> str:
        if name in ("COBO_API_SECRET", "PRIVY_APP_SECRET", "THE_KEY"):
            read.append(name)
        return usual(variables, name)

    monkeypatch.setattr(os.environ.__class__, "__getitem__", noted)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: read.append(prompt) or HEX)
    monkeypatch.setattr(builtins, "input", lambda *prompt: read.append("input") or HEX)
    monkeypatch.setattr(Path, "read_text", lambda path, **_: read.append(str(path)) or HEX)
    return read


DOORS: list[tuple[str, Callable[[], Any]]] = [
    ("cobo.Client", lambda: cobo.Client(Ed25519Key.from_hex(HEX))),
    ("cobo.Client.from_env", cobo.Client.from_env),
    ("cobo.Client.from_env, PROD", lambda: (os.environ.update(COBO_ENV="prod"), cobo.Client.from_env())),
    ("privy.Client", lambda: privy.Client(APP_ID, APP_SECRET)),
    ("privy.Client, misplaced", lambda: privy.Client(APP_SECRET, APP_ID)),
    ("privy.Client.from_env", privy.Client.from_env),
    ("Secret.prompt", lambda: Secret.prompt("App secret")),
    ("Secret.from_env", lambda: Secret.from_env("PRIVY_APP_SECRET")),
    *((f"{kind.__name__}.prompt", kind.prompt) for kind in (Ed25519Key, Secp256k1Key, P256Key)),
    *((f"{kind.__name__}.from_env", lambda kind=kind: kind.from_env("THE_KEY")) for kind in (Ed25519Key, Secp256k1Key, P256Key)),
]  # fmt: skip


@pytest.mark.parametrize("door", [case[1] for case in DOORS], ids=[case[0] for case in DOORS])
def test_refused_before_it_is_read(
    door: Callable[[], Any], on_binder: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Binder no door reads, asks for or keeps a secret before it refuses; allowed by name, it opens."""
    monkeypatch.setenv("COBO_ENV", "dev")
    with pytest.raises(CredentialsRefused, match="public Binder session") as caught:
        door()
    assert on_binder == []
    for text in (HEX, APP_SECRET, PEM.splitlines()[1]):
        assert text not in held(caught.value)
    monkeypatch.setenv("QUORUM_TOOLKIT_ALLOW_CREDENTIALS_ON_BINDER", "yes")
    try:
        door()
    except InputError as refusal:  # the key of another curve, or in the wrong place; but no longer for Binder's sake
        assert not isinstance(refusal, CredentialsRefused)  # noqa: PT017


def test_an_emulator_over_http_on_binder(
    on_binder: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is for a service on this computer is taken on Binder, too."""
    monkeypatch.setenv("PRIVY_API_BASE_URL", HERE.base_url)
    assert privy.Client.from_env().identity == APP_ID
    assert on_binder == ["PRIVY_APP_SECRET"] * len(on_binder) != []


ENTERED = [
    ("typed", HEX),
    ("a variable", "$COBO_API_SECRET"),
    ("a file", "$THE_FILE"),
    ("set before", ""),
]


@pytest.mark.parametrize("service", ["cobo", "privy"])
@pytest.mark.parametrize(
    "entered", [case[1] for case in ENTERED], ids=[case[0] for case in ENTERED]
)
def test_the_form_on_binder(service: str, entered: str, on_binder: list[str]) -> None:
    """The field for a secret is disabled with the reason; what is put there all the same is neither read nor kept."""
    panel: Any = getattr(toolkit.connect(Emulator.seeded("empty")), f"{service}_panel")
    panel.place.value = "PROD"
    on_binder.clear()  # whether a variable is set may be looked at
    assert panel.secret.field.disabled
    assert "public Binder session" in panel.secret.said.value
    panel.secret.field.value = (
        os.path.expandvars("$THE_FILE") if entered == "$THE_FILE" else entered
    )
    panel.button.click()
    assert "public Binder session" in panel.status.value
    assert on_binder == []
    assert getattr(panel, "_key", None) is None
    assert getattr(panel, "_secret", None) is None
    assert HEX not in json.dumps(states(panel.view))


def test_the_form_elsewhere(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off Binder, and where credentials are allowed by name, the field is open."""
    panel = toolkit.connect(emulator).cobo_panel
    panel.place.value = "DEV"
    assert not panel.secret.field.disabled
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    panel.place.value = "PROD"
    assert panel.secret.field.disabled
    monkeypatch.setenv("QUORUM_TOOLKIT_ALLOW_CREDENTIALS_ON_BINDER", "yes")
    panel.place.value = "DEV"
    assert not panel.secret.field.disabled
