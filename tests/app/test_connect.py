"""connect(): the emulator first and ready, real accounts by choice, and nothing of a secret anywhere on the page."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme

import toolkit
from tests.screen import screen, states, until
from toolkit import Emulator, cobo, privy
from toolkit.app.connect import CoboPanel, Connect, PrivyPanel, ServicePanel
from toolkit.client.client import Client
from toolkit.errors import InputError, JournalRefused, NotSent, SignatureRejected
from toolkit.keys import Ed25519Key, Secp256k1Key
from toolkit.transport.http import HttpTransport

HEX = "5f" * 31 + "07"
KEY = Ed25519Key.from_hex(HEX)
APP_SECRET = "hush-hush-app-MARKER"


class Answers:
    """Instead of the network: what the first read of each client ends with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = None
        self.raises: Exception | None = None
        self.asked: list[Any] = []
        monkeypatch.setattr(Client, "exchange", self.exchange)

    def exchange(self, client_or_call: Any, *_: Any, **__: Any) -> Any:
        self.asked.append(client_or_call)
        if self.raises is not None:
            raise self.raises
        return self


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """No test reaches a real service."""
    return Answers(monkeypatch)


@pytest.fixture
def desk(emulator: Emulator, answers: Answers) -> Connect:
    return toolkit.connect(emulator)


def chosen(panel: ServicePanel, place: str) -> ServicePanel:
    panel.place.value = place
    return panel


def test_ready_without_a_click(emulator: Emulator) -> None:
    """Both clients are there at once, talk to the one emulator, and know whose they are."""
    desk = toolkit.connect(emulator)
    assert desk.emulator is emulator
    assert desk.cobo.send(cobo.get_api_key_info()).name == "treasury-bot"
    assert desk.privy.send(privy.list_wallets()).data
    assert {desk.cobo.environment.name, desk.privy.environment.name} == {"EMULATOR"}
    assert len(emulator.ledger) == 2
    assert screen(desk).count("Connected to the emulator in this kernel") == 2
    assert desk.cobo is desk.cobo


def test_an_emulator_of_its_own() -> None:
    """Without one, a fresh demo world is made."""
    desk = toolkit.connect()
    assert desk.emulator.vault_id == Emulator.seeded().vault_id
    assert repr(desk) == "Connect: run this cell to use the form."


def test_loaded_when_it_is_used() -> None:
    """``import toolkit`` loads neither the form nor widgets; ``toolkit.connect`` does."""
    heavy = "{'toolkit.app.connect', 'ipywidgets', 'toolkit.emulator'}"
    code = f"import sys, toolkit; print(sorted({heavy} & set(sys.modules))); toolkit.connect; print('toolkit.app.connect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "True"]


PANELS = [
    ("cobo", "DEV"),
    ("cobo", "PROD"),
    ("cobo", "SANDBOX"),
    ("privy", "PROD"),
    ("privy", "STAGING"),
]


@pytest.mark.parametrize(("service", "place"), PANELS)
def test_another_place_disconnects(
    desk: Connect, answers: Answers, service: str, place: str
) -> None:
    """Choosing a real place takes the emulator’s client away, sends nothing, and the error names the remedy."""
    panel = chosen(getattr(desk, f"{service}_panel"), place)
    with pytest.raises(InputError, match=f"{place} is not connected") as refused:
        getattr(desk, service)
    assert f"Press “Connect to {service.title()}”, or choose EMULATOR" in refused.value.hint
    assert f"Not connected to {place}" in panel.status.value
    assert (panel._fields.layout.display, panel.button.layout.display) == (None, None)
    other = "privy" if service == "cobo" else "cobo"
    assert getattr(desk, other).environment.name == "EMULATOR"
    chosen(panel, "EMULATOR")
    assert getattr(desk, service).environment.name == "EMULATOR"
    assert panel.button.layout.display == "none"
    assert answers.asked == []


WAYS = ["typed", "file", "variable", "set before"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def entered(
    panel: Any, way: str, text: str, variable: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret, entered in one of four ways."""
    if way == "typed":
        panel.secret.field.value = text
    elif way == "file":
        (folder / "a secret").write_text(text + "\n")
        panel.secret.field.value = str(folder / "a secret")
    elif way == "variable":
        monkeypatch.setenv("ANOTHER_NAME", text)
        panel.secret.field.value = "$ANOTHER_NAME"
    else:
        monkeypatch.setenv(variable, text)


def test_a_cobo_key(
    desk: Connect, answers: Answers, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key from anywhere connects to the chosen place, is asked about once, and is shown nowhere."""
    panel: Any = chosen(desk.cobo_panel, "DEV")
    entered(panel, way, HEX, "COBO_API_SECRET", tmp_path, monkeypatch)
    panel.button.click()
    assert desk.cobo.environment is cobo.DEV
    assert desk.cobo.identity == KEY.public.to_hex()
    assert len(answers.asked) == 1
    assert "Connected to DEV, and it accepts these credentials" in panel.status.value
    for text in (
        states(desk),
        screen(desk),
        repr(desk.__dict__),
        repr(panel.__dict__),
        repr(desk.cobo),
    ):
        assert HEX not in text


def test_a_companys_proxy(
    emulator: Emulator, answers: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Proxy and certificates that are passed are those of the real clients alone; the proxy's password is shown nowhere."""
    passed: list[tuple[str, Any, Any]] = []
    make = HttpTransport.__init__

    def noted(self: HttpTransport, environment: Any, *more: Any, **options: Any) -> None:
        passed.append((environment.name, options["proxy"], options["ca_bundle"]))
        make(self, environment, *more, **options)

    monkeypatch.setattr(HttpTransport, "__init__", noted)
    bundle = tmp_path / "company.pem"
    trustme.CA().cert_pem.write_to_path(bundle)
    proxy = f"http://me:{APP_SECRET}@proxy.example:3128"
    desk = toolkit.connect(emulator, proxy=proxy, ca_bundle=str(bundle))
    assert {(name, one) for name, one, _ in passed} == {("EMULATOR", None)}
    passed.clear()
    monkeypatch.setenv("COBO_API_SECRET", HEX)
    monkeypatch.setenv("PRIVY_APP_SECRET", "hush-hush")
    chosen(desk.cobo_panel, "DEV").button.click()
    desk.privy_panel.app_id.value = "cmabc"
    chosen(desk.privy_panel, "STAGING").button.click()
    assert passed == [("DEV", proxy, str(bundle)), ("STAGING", proxy, str(bundle))]
    panels = (repr(desk.cobo_panel.__dict__), repr(desk.privy_panel.__dict__))
    for text in (states(desk), screen(desk), repr(desk.__dict__), *panels):
        assert APP_SECRET not in text
    with pytest.raises(InputError, match="socks4://"):
        toolkit.connect(emulator, proxy="socks4://proxy.example")


def test_a_privy_app(
    desk: Connect, answers: Answers, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app’s secret from anywhere connects, and is shown nowhere; the app id is no secret."""
    panel: Any = chosen(desk.privy_panel, "STAGING")
    panel.app_id.value = " cmabc "
    entered(panel, way, APP_SECRET, "PRIVY_APP_SECRET", tmp_path, monkeypatch)
    panel.button.click()
    assert desk.privy.environment is privy.STAGING
    assert desk.privy.identity == "cmabc"
    assert len(answers.asked) == 1
    for text in (
        states(desk),
        screen(desk),
        repr(desk.__dict__),
        repr(panel.__dict__),
        json.dumps(desk.get_state(), default=repr),
    ):
        assert APP_SECRET not in text


def test_a_variable_is_named(
    emulator: Emulator, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that are set are named before anybody types, without what they hold; id and curve are filled in."""
    for name, value in {
        "COBO_API_SECRET": HEX, "COBO_CURVE_TYPE": "secp256k1", "PRIVY_APP_ID": "cmxyz", "PRIVY_APP_SECRET": APP_SECRET
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    desk = toolkit.connect(emulator)
    shown = screen(desk)
    assert "$COBO_API_SECRET is set" in shown
    assert "$PRIVY_APP_SECRET is set" in shown
    assert APP_SECRET not in states(desk)
    assert HEX not in states(desk)
    chosen(desk.cobo_panel, "DEV").button.click()
    chosen(desk.privy_panel, "PROD").button.click()
    assert desk.cobo.identity == Secp256k1Key.from_hex(HEX).public.to_hex()
    assert desk.privy.identity == "cmxyz"


def test_a_strange_curve_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A curve that nobody knows is no error here: the default is offered."""
    monkeypatch.setenv("COBO_CURVE_TYPE", "brainpool")
    assert toolkit.connect().cobo_panel.curve.value == "ED25519"


WRONG = [
    ("nothing", "cobo", "", "COBO_API_SECRET is not set"),
    ("no key", "cobo", "not a key MARKER", "no known spelling of a key"),
    ("cut", "cobo", HEX[:-2], "2 too few"),
    ("no file", "cobo", "./MARKER.pem", "There is no such file"),
    ("no variable", "cobo", "$MARKER", "No environment variable"),
    ("nothing", "privy", "", "PRIVY_APP_SECRET is not set"),
    ("no variable", "privy", "$MARKER", "No environment variable"),
    ("no app id", "privy", APP_SECRET, "app_id is empty"),
]


@pytest.mark.parametrize(
    ("service", "text", "said"),
    [case[1:] for case in WRONG],
    ids=[f"{case[1]}: {case[0]}" for case in WRONG],
)
def test_wrong(desk: Connect, answers: Answers, service: str, text: str, said: str) -> None:
    """What cannot be used is a sentence on the panel; nothing is connected, nothing sent, nothing repeated."""
    panel: Any = chosen(getattr(desk, f"{service}_panel"), "PROD")
    panel.secret.field.value = text
    panel.button.click()
    assert said in screen(panel.view)
    assert "MARKER" not in states(panel.view)
    with pytest.raises(InputError, match="not connected"):
        getattr(desk, service)
    assert answers.asked == []


def test_another_secret_disconnects(desk: Connect, answers: Answers) -> None:
    """A new key, app or curve: the old client is gone until the person connects again."""
    cobo_panel: Any = chosen(desk.cobo_panel, "DEV")
    cobo_panel.secret.field.value = HEX
    cobo_panel.button.click()
    assert desk.cobo
    cobo_panel.secret.field.value = "5f" * 31 + "08"
    with pytest.raises(InputError, match="not connected"):
        _ = desk.cobo
    cobo_panel.button.click()
    assert desk.cobo.identity == Ed25519Key.from_hex("5f" * 31 + "08").public.to_hex()
    privy_panel: Any = chosen(desk.privy_panel, "PROD")
    privy_panel.app_id.value, privy_panel.secret.field.value = "cmabc", APP_SECRET
    privy_panel.button.click()
    assert desk.privy.identity == "cmabc"
    privy_panel.app_id.value = "cmother"
    with pytest.raises(InputError, match="not connected"):
        _ = desk.privy


def test_a_key_belongs_to_its_curve(desk: Connect, answers: Answers) -> None:
    """The same 64 digits are another key on the other curve: a change of the curve asks for it again."""
    panel: Any = chosen(desk.cobo_panel, "DEV")
    panel.secret.field.value = HEX
    panel.curve.value = "SECP256K1"
    assert "enter the key again" in panel.secret.said.value
    panel.button.click()
    with pytest.raises(InputError, match="not connected"):
        _ = desk.cobo
    panel.secret.field.value = HEX
    panel.button.click()
    assert desk.cobo.identity == Secp256k1Key.from_hex(HEX).public.to_hex()


def test_entering_in_the_emulator_changes_nothing(desk: Connect) -> None:
    """While the emulator is chosen, a filled field leaves its client alone."""
    before = desk.cobo
    panel: Any = desk.cobo_panel
    panel.secret.field.value = HEX
    panel.curve.value = "SECP256K1"
    assert desk.cobo is before


@pytest.mark.parametrize(("service", "place"), PANELS)
def test_binder(
    desk: Connect, answers: Answers, service: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a public Binder session real credentials are refused, as a sentence with a remedy."""
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    panel: Any = chosen(getattr(desk, f"{service}_panel"), place)
    if service == "privy":
        panel.app_id.value = "cmabc"
    panel.secret.field.value = HEX
    panel.button.click()
    assert "this is a public Binder session" in panel.status.value
    assert "Use the emulator here" in panel.status.value
    with pytest.raises(InputError, match="not connected"):
        getattr(desk, service)
    assert answers.asked == []


CHECKS = [
    ("accepted", None, None, "accepts these credentials"),
    (
        "refused",
        SignatureRejected("HTTP 401: no.", status=401),
        None,
        "a first read did not succeed: HTTP 401",
    ),
    (
        "nobody there",
        NotSent("nobody was reached"),
        None,
        "a first read did not succeed: nobody was reached",
    ),
    ("raised", None, JournalRefused("oh dear"), "a first read did not succeed: oh dear"),
]


@pytest.mark.parametrize(
    ("error", "raises", "said"), [case[1:] for case in CHECKS], ids=[case[0] for case in CHECKS]
)
@pytest.mark.parametrize("service", ["cobo", "privy"])
def test_what_the_check_says(
    desk: Connect, answers: Answers, service: str, error: Any, raises: Any, said: str
) -> None:
    """The first read’s end is said in its words; the client stays, for whoever knows better."""
    answers.error, answers.raises = error, raises
    panel: Any = chosen(getattr(desk, f"{service}_panel"), "PROD")
    if service == "privy":
        panel.app_id.value = "cmabc"
    panel.secret.field.value = HEX
    panel.button.click()
    assert said in panel.status.value
    assert getattr(desk, service).environment.name == "PROD"
    assert getattr(desk, service).needs_confirmation


def test_off_the_loop(desk: Connect, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check runs off the loop; a double click asks once; leaving the place meanwhile forgets what it says."""
    may_answer, counted = threading.Event(), []

    def slow(*_: Any, **__: Any) -> Any:
        counted.append(1)
        assert may_answer.wait(10)
        return answers

    monkeypatch.setattr(Client, "exchange", slow)

    async def main() -> None:
        panel: Any = chosen(desk.cobo_panel, "DEV")
        panel.secret.field.value = HEX
        panel.button.click()
        panel.button.click()
        await until(lambda: counted)
        assert "asking once" in panel.status.value
        assert desk.cobo.environment is cobo.DEV  # usable at once
        chosen(panel, "SANDBOX")
        panel.button.click()  # another place: not the same click
        await until(lambda: len(counted) == 2)
        may_answer.set()
        await until(lambda: "accepts" in panel.status.value)
        assert "SANDBOX" in panel.status.value
        chosen(panel, "EMULATOR")
        await asyncio.sleep(0.01)
        assert "Connected to the emulator" in panel.status.value
        assert len(counted) == 2

    asyncio.run(main())


def test_every_place_is_a_known_one(desk: Connect) -> None:
    """The places are the hosted environments of both services, the emulator first, each with a sentence."""
    for panel, places in (
        (desk.cobo_panel, ["EMULATOR", "DEV", "PROD", "SANDBOX"]),
        (desk.privy_panel, ["EMULATOR", "PROD", "STAGING"]),
    ):
        assert isinstance(panel, CoboPanel | PrivyPanel)
        assert [value for _, value in panel.place.options] == places
        for label, _ in panel.place.options:
            assert len(label.split("\n")[1]) > 10
