"""connect(): one form that gives ready clients, the emulator first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from toolkit import cobo, privy
from toolkit.base.html import render
from toolkit.base.outside import variable
from toolkit.client.client import Client
from toolkit.cobo.client import CURVE_VARIABLE, KEY_VARIABLE
from toolkit.cobo.client import HOSTED as COBO_HOSTED
from toolkit.emulator import Emulator
from toolkit.errors import InputError, ToolkitError
from toolkit.forms.job import Job
from toolkit.forms.secret_field import SecretField
from toolkit.forms.widgets import Panel, box, choice, html, public, shown, styled
from toolkit.keys import Ed25519Key, Secp256k1Key
from toolkit.keys.public import spoken
from toolkit.keys.secret import Secret, refuse_on_binder
from toolkit.privy.client import HOSTED as PRIVY_HOSTED
from toolkit.privy.client import ID_VARIABLE, SECRET_VARIABLE, is_secret, may_be_secret
from toolkit.request.environment import EMULATOR
from toolkit.transport.proxy import must_be_proxy

NOT_AN_ID = (
    "That was a secret, not an app id. It was taken out of the field, and is neither sent nor "
    "saved by this form."
)
NOTHING = "No account needed. Checks every signature; nothing leaves this kernel’s machine."
ABOUT = {
    "DEV": "Cobo’s development environment, with keys of its own.",
    "PROD": "The real thing. The first change asks for the word PROD.",
    "SANDBOX": "Cobo’s hosted sandbox, known to its SDKs.",
    "STAGING": "Privy’s staging environment.",
}


def connect(
    emulator: Emulator | None = None,
    *,
    proxy: str | None = None,
    ca_bundle: str | None = None,
) -> Connect:
    """A form that gives ready clients: ``desk = toolkit.connect()``, and then ``desk.cobo`` and
    ``desk.privy``.

    Both are clients of an emulator from the first moment on, so a notebook runs without a click. A
    secret is taken from a file, an environment variable or a field of which nothing stays.

    Args:
        emulator: the emulator to use; a fresh demo world otherwise.
        proxy: the URL of a company's proxy for real accounts; ``HTTPS_PROXY`` is not read.
        ca_bundle: path of a company's certificates, instead of the usual ones.

    Raises:
        InputError: a proxy that cannot be used.

    >>> import toolkit
    >>> accounts = toolkit.connect(emulator)
    >>> accounts.cobo.environment.name, accounts.privy.environment.name
    ('EMULATOR', 'EMULATOR')
    """
    if not isinstance(emulator, Emulator | None):
        raise InputError(
            f"emulator must be an Emulator, not {type(emulator).__name__}.",
            hint="Real accounts are named in the form itself.",
        )
    must_be_proxy(proxy)
    way = Way(None if proxy is None else Secret(proxy), ca_bundle)
    return Connect(emulator or Emulator.seeded(), way)


@dataclass(frozen=True, slots=True)
class Way:
    """How real accounts are reached. A proxy's URL may hold a password, so it is kept as one."""

    proxy: Secret | None = None
    ca_bundle: str | None = None

    def options(self) -> dict[str, Any]:
        """The same for a client."""
        proxy = None
        if self.proxy is not None:
            proxy = self.proxy.reveal()
        return {"proxy": proxy, "ca_bundle": self.ca_bundle}


class Connect(Panel):
    """One panel a service. ``cobo`` and ``privy`` are the clients as they are connected now."""

    title = "Connect"

    def __init__(self, emulator: Emulator, way: Way) -> None:
        super().__init__()
        #: The emulator that the clients talk to where EMULATOR is chosen.
        self.emulator = emulator
        self.cobo_panel = CoboPanel(emulator, way)
        self.privy_panel = PrivyPanel(emulator, way)
        head = html(
            "head.html",
            title="Connect",
            place="EMULATOR first",
            call="toolkit.connect()",
            live=False,
        )
        self.children = [head, box("tk-two", self.cobo_panel.view, self.privy_panel.view)]
        styled(self, "tk")

    def close(self) -> None:
        """Free every widget of this panel; its clients stay as they are."""
        for panel in (self.cobo_panel, self.privy_panel):
            panel.unheard()
        super().close()

    @property
    def cobo(self) -> cobo.Client:
        """The Cobo client. Raises InputError while the chosen environment is not connected."""
        client: cobo.Client = self.cobo_panel.ready()
        return client

    @property
    def privy(self) -> privy.Client:
        """The Privy client. Raises InputError while the chosen environment is not connected."""
        client: privy.Client = self.privy_panel.ready()
        return client


class ServicePanel:
    """One service: where, who, and whether it is connected.

    A choice of another place disconnects.
    """

    service = ""
    secret: SecretField

    def __init__(self, places: tuple[str, ...], way: Way) -> None:
        self._way = way
        options = [
            (name.title() if name == EMULATOR else name, ABOUT.get(name, NOTHING), name)
            for name in places
        ]
        self.place = choice(options, EMULATOR, f"{self.service} environment")
        self.button = w.Button(description=f"Connect to {self.service}", button_style="primary")
        self.status = w.HTML()
        self._client: Client | None = None
        self._asked: Client | None = None  # the client whose first read is under way
        self._fields = w.VBox(self.fields())
        self.button.on_click(self._press)
        self.place.observe(self._placed, "value")
        heading = html("section.html", title=self.service, hint="")
        self.view = styled(
            w.VBox(
                [
                    heading,
                    box("tk-cards", self.place),
                    self._fields,
                    box("tk-foot", self.button, self.status),
                ]
            ),
            "tk-card",
        )
        self._placed()

    def fields(self) -> list[w.Widget]:
        """The fields for a real account."""
        raise NotImplementedError

    def allowed(self) -> None:
        """Called before a secret is read or taken.

        Raises CredentialsRefused on a public Binder session.
        """
        refuse_on_binder(f"A secret for {self.service}")

    def emulated(self) -> Client:
        """A client of the emulator."""
        raise NotImplementedError

    def real(self) -> Client:
        """A client of the chosen environment. Raises InputError where a field is missing."""
        raise NotImplementedError

    def check(self, client: Client) -> Callable[[], ToolkitError | None]:
        """One read that shows whether the service accepts these credentials."""
        raise NotImplementedError

    def ready(self) -> Any:
        """The client. Raises InputError while there is none."""
        if self._client is None:
            raise InputError(
                f"{self.service}: {self.place.value} is not connected.",
                hint=f"Press “{self.button.description}”, or choose EMULATOR.",
            )
        return self._client

    def unheard(self) -> None:
        """Whether the credentials are accepted is not said any more."""
        self._asked = None

    def _placed(self, _: Any = None) -> None:
        emulated = self.place.value == EMULATOR
        self._asked = None
        if not emulated:
            self.secret.look()
        shown(self._fields, not emulated)
        shown(self.button, not emulated)
        self._client = self.emulated() if emulated else None
        if emulated:
            self._say("good", "Connected to the emulator in this kernel.")
        else:
            self._say("note", f"Not connected to {self.place.value}.")

    def _entered(self, _: Any = None) -> None:
        """Another key, app or curve: what was connected with the old one is not what is shown any
        more.
        """
        if self.place.value != EMULATOR:
            self._placed()

    def _press(self, _: Any) -> None:
        if self._asked is not None:
            return  # a double click
        try:
            self.allowed()
            client = self.real()
        except InputError as error:
            self._say("high", str(error))
            return
        self._client = self._asked = client
        self._say(
            "note",
            f"Connected to {client.environment.name}; asking once whether it accepts the "
            "credentials …",
        )

        def ended(job: Job[ToolkitError | None]) -> None:
            if self._asked is not client:
                return  # disconnected meanwhile
            self._asked = None
            try:
                self._checked(client, job.result())
            except Exception as error:  # noqa: BLE001  # said: a click has nobody to raise it to
                self._checked(client, error)

        Job(self.check(client), ended).start()

    def _checked(self, client: Client, refused: Exception | None) -> None:
        name = client.environment.name
        if refused is None:
            self._say("good", f"Connected to {name}, and it accepts these credentials.")
        else:
            self._say("medium", f"Connected to {name}, but a first read did not succeed: {refused}")

    def _say(self, kind: str, text: str) -> None:
        self.status.value = render("status.html", kind=kind, text=text)


class CoboPanel(ServicePanel):
    """Cobo: an API key."""

    service = "Cobo"

    def __init__(self, emulator: Emulator, way: Way) -> None:
        self._emulator = emulator
        self._key: Ed25519Key | Secp256k1Key | None = None
        super().__init__((EMULATOR, *COBO_HOSTED), way)

    def fields(self) -> list[w.Widget]:
        """The curve, and the key’s private half."""
        curve = variable(CURVE_VARIABLE).upper()
        curves = ("ED25519", "SECP256K1")
        self.curve = w.Dropdown(
            options=curves,
            value=curve if curve in curves else curves[0],
            description="Curve of the key",
        )
        self.curve.observe(self._forget, "value")
        self.secret = SecretField("Cobo API secret", self._take, self.allowed)
        if variable(KEY_VARIABLE):
            self.secret.say(
                "note", f"${KEY_VARIABLE} is set; it is used if nothing is entered here."
            )
        return [self.curve, self.secret.view]

    def _take(self, secret: Secret, origin: str) -> str:
        self._key = None
        self._entered()
        self._key = self._parsed(secret)
        return f"Key {spoken(self._key.fingerprint)} taken {origin}."

    def _forget(self, _: Any) -> None:
        if self._key is not None:  # the same 64 digits are another key on another curve
            self._key = None
            self.secret.say("note", "The curve has changed: enter the key again.")
        self._entered()

    def _parsed(self, secret: Secret) -> Ed25519Key | Secp256k1Key:
        kind = Ed25519Key if self.curve.value == "ED25519" else Secp256k1Key
        return kind.parse(secret.reveal())

    def emulated(self) -> cobo.Client:
        """A client with the emulator’s key."""
        return self._emulator.cobo_client()

    def real(self) -> cobo.Client:
        """A client with the key that was taken, or that of the variable."""
        key = self._key or self._parsed(Secret.from_env(KEY_VARIABLE))
        return cobo.Client(key, environment=COBO_HOSTED[self.place.value], **self._way.options())

    def check(self, client: Client) -> Callable[[], ToolkitError | None]:
        """The API key asks about itself."""
        return lambda: client.exchange(cobo.get_api_key_info()).error


class PrivyPanel(ServicePanel):
    """Privy: an app id and its secret."""

    service = "Privy"

    def __init__(self, emulator: Emulator, way: Way) -> None:
        self._emulator = emulator
        self._secret: Secret | None = None
        super().__init__((EMULATOR, *(place.name for place in PRIVY_HOSTED)), way)

    def fields(self) -> list[w.Widget]:
        """The app id, and the secret."""
        known = variable(ID_VARIABLE)
        text = w.Text(
            "" if is_secret(known) else known,
            description="Privy app id",
            placeholder="cm…; it is no secret",
        )
        self.app_id = public(text, out=lambda typed: NOT_AN_ID if is_secret(typed) else "")
        self.app_id.observe(self._entered, "value")
        self.secret = SecretField("Privy app secret", self._take, self.allowed)
        if variable(SECRET_VARIABLE):
            self.secret.say(
                "note", f"${SECRET_VARIABLE} is set; it is used if nothing is entered here."
            )
        return [self.app_id, self.secret.view]

    def _take(self, secret: Secret, origin: str) -> str:
        self._secret = None
        self._entered()
        if not may_be_secret(secret):
            raise InputError(
                "That is not an app secret: it is an app id, or a key.",
                hint="Copy the app secret from the Dashboard.",
            )
        self._secret = secret
        return f"Secret taken {origin}."

    def emulated(self) -> privy.Client:
        """A client with the emulator’s app."""
        return self._emulator.privy_client()

    def real(self) -> privy.Client:
        """A client with the secret that was taken, or that of the variable."""
        place = {place.name: place for place in PRIVY_HOSTED}[self.place.value]
        secret = self._secret or Secret.from_env(SECRET_VARIABLE)
        return privy.Client(self.app_id.value, secret, environment=place, **self._way.options())

    def check(self, client: Client) -> Callable[[], ToolkitError | None]:
        """One wallet at most is asked for."""
        return lambda: client.exchange(privy.list_wallets(limit=1)).error
