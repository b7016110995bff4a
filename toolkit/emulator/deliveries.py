"""Webhooks of the emulator over HTTP: each event is signed, posted to one loopback URL, and tried
again as documented.

It runs beside the server in its event loop: no answer waits for a handler. What was documented:
Cobo waits 2 s for 200 or 201 and tries 10 times more (guide *Set up a callback or webhook
endpoint*; the pauses are a choice); Svix, which delivers for Privy, waits 15 s for any 2xx and has
a published schedule of 8 tries. Neither follows redirects. Every time is the emulator's: a clock
that is advanced brings the next try.
"""

from __future__ import annotations

import asyncio
import secrets
import string
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import httpx

from toolkit.base.validate import text
from toolkit.cobo import signing
from toolkit.emulator import limits
from toolkit.emulator.core import sendable, to_json
from toolkit.emulator.events import Event, Watch
from toolkit.errors import InputError
from toolkit.privy import webhooks
from toolkit.request.environment import is_loopback

if TYPE_CHECKING:
    from toolkit.emulator.server import Emulator

PULSE_S = 0.05  # how often it looks what time has brought
PATIENCE_S = 15.0  # of Svix, and the longest of all
COBO_RETRIES = 10
COBO_PAUSE_MS = 1_000  # the first pause; the choice says how they go on
# After the first try. Source: Svix, Retry schedule
SVIX_PAUSES_MS = (5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000)
_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 27  # of the random part of Svix's ids

Headers = list[tuple[str, str]]


def loopback_url(url: object) -> str:
    """The URL of a handler on this computer.

    Raises:
        InputError: anything else: events go to this computer alone.
    """
    address = text(url, "webhook")
    if address.isascii() and address.isprintable() and _is_on_this_computer(address):
        return address
    raise InputError(
        "webhook must be the address of a handler on this computer.",
        hint="Write it as http://127.0.0.1:8000/hook; events of an emulator go nowhere else.",
    )


def _is_on_this_computer(address: str) -> bool:
    try:
        parts = urlsplit(address)
        is_a_port = parts.port != 0
        httpx.URL(address)
    except (ValueError, httpx.InvalidURL):
        return False
    if parts.username or parts.password or parts.fragment or not is_a_port:
        return False
    return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


@dataclass(slots=True, eq=False)
class Delivery:
    """An event on its way. ``state`` is a word of Cobo's: Retrying, Success or Failed."""

    service: str
    type: str
    event_id: str
    body: bytes
    due_ms: int
    tries: int = 0
    state: str = "Retrying"
    came_of_it: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the control door."""
        return {
            "service": self.service,
            "event_id": self.event_id,
            "type": self.type,
            "state": self.state,
            "tries": self.tries,
            "next_try_ms": self.due_ms if self.state == "Retrying" else None,
            "came_of_it": [sendable(each) for each in self.came_of_it],
        }


class Sender(Protocol):
    """How one service posts its events."""

    timeout_s: float

    def prepared(self, event: Event, url: str) -> Delivery:
        """The event with its id and its bytes, which are the same on each try."""

    def headers(self, delivery: Delivery, now_ms: int) -> Headers:
        """The signed headers of one try."""

    def is_received(self, status: int) -> bool:
        """Whether the handler's status ends it."""

    def pauses_ms(self) -> Sequence[int]:
        """How long it waits after each failed try; after the last one it gives up."""


class CoboSender:
    """Ed25519 over body and time, by the environment's key, in both spellings of the headers."""

    timeout_s = 2.0

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def prepared(self, event: Event, url: str) -> Delivery:
        """Cobo's envelope around the data."""
        event_id = str(uuid.uuid4())
        envelope = {
            "event_id": event_id,
            "url": url,
            "created_timestamp": event.at_ms,
            "type": event.type,
            "data": event.data,
        }
        return Delivery("cobo", event.type, event_id, to_json(envelope), event.at_ms)

    def headers(self, delivery: Delivery, now_ms: int) -> Headers:
        """Signed anew for this try."""
        timestamp = str(now_ms)
        content = signing.digest(signing.response_content(delivery.body, timestamp))
        proof = {
            signing.TIMESTAMP: timestamp,
            signing.RESPONSE_SIGNATURE: self._emulator.cobo.response_key.sign(content).hex(),
        }
        headers: Headers = []
        for name, value in proof.items():
            headers += [(name.replace("-", "_"), value), (name, value)]
        return headers

    def is_received(self, status: int) -> bool:
        """200 or 201."""
        return status in (200, 201)

    def pauses_ms(self) -> Sequence[int]:
        """Ten of them; how long they are is documented nowhere."""
        if self._emulator.choices["cobo.webhook_pauses"] == "even":
            return (COBO_PAUSE_MS,) * COBO_RETRIES
        return tuple(COBO_PAUSE_MS * 2**tried for tried in range(COBO_RETRIES))


class PrivySender:
    """HMAC-SHA256 over id, time and body, by the signing secret: as Svix does it."""

    timeout_s = PATIENCE_S

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def prepared(self, event: Event, url: str) -> Delivery:
        """The payload with its type."""
        random = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
        body = to_json({"type": event.type, **event.data})
        return Delivery("privy", event.type, f"msg_{random}", body, event.at_ms)

    def headers(self, delivery: Delivery, now_ms: int) -> Headers:
        """Signed anew for this try."""
        at_s = str(now_ms // 1000)
        secret = self._emulator.webhook_secret
        signature = webhooks.signature_of(secret, delivery.event_id, at_s, delivery.body)
        return [
            (webhooks.ID, delivery.event_id),
            (webhooks.TIMESTAMP, at_s),
            (webhooks.SIGNATURE, webhooks.VERSION + signature),
        ]

    def is_received(self, status: int) -> bool:
        """Any 2xx."""
        return 200 <= status < 300

    def pauses_ms(self) -> Sequence[int]:
        """Svix's schedule."""
        return SVIX_PAUSES_MS


class Deliveries:
    """Every event since it was made, and what became of the latest.

    Args:
        url: of a handler on this computer; events of both services go there.

    Raises:
        InputError: the URL is another computer's.
    """

    def __init__(self, emulator: Emulator, url: str) -> None:
        self.url = loopback_url(url)
        self._emulator = emulator
        self._watch: Watch | None = None
        self._senders: dict[str, Sender] = {
            "cobo": CoboSender(emulator),
            "privy": PrivySender(emulator),
        }
        self._waiting: list[Delivery] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._bytes = 0
        #: The latest and what became of them, oldest first; those that wait are among them.
        self.latest: deque[Delivery] = deque()
        #: Events that were given up, because there was no room for so many.
        self.dropped = 0

    def look(self) -> None:
        """Take up what has happened since it was last asked. Nothing is posted yet."""
        self._watch, news = self._emulator.news(self._watch)
        for event in news:
            delivery = self._senders[event.service].prepared(event, self.url)
            self.latest.append(delivery)
            self._bytes += len(delivery.body)
            self._waiting.append(delivery)
        while len(self.latest) > 1 and self._are_too_many():
            self._drop(self.latest.popleft())

    def _are_too_many(self) -> bool:
        if len(self.latest) > limits.DELIVERIES:
            return True
        return self._bytes > limits.DELIVERIES_BYTES

    def _drop(self, delivery: Delivery) -> None:
        self._bytes -= len(delivery.body)
        if delivery.state == "Retrying":
            delivery.state = "Failed"
            self.dropped += 1
        if delivery in self._waiting:
            self._waiting.remove(delivery)

    async def run(self) -> None:
        """Post what is due, for ever."""
        self.look()
        client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=PATIENCE_S)
        async with client as http:
            while True:
                self.look()
                self._begin(http)
                await asyncio.sleep(PULSE_S)

    def _begin(self, http: httpx.AsyncClient) -> None:
        for task in [task for task in self._under_way if task.done()]:
            self._under_way.remove(task)
            task.result()  # an error of ours ends the server instead of being lost
        now_ms = self._emulator.clock.now_ms()
        due = [delivery for delivery in self._waiting if delivery.due_ms <= now_ms]
        for delivery in due[: limits.DELIVERIES_AT_ONCE - len(self._under_way)]:
            self._waiting.remove(delivery)
            self._under_way.add(asyncio.create_task(self._try(http, delivery)))

    async def _try(self, http: httpx.AsyncClient, delivery: Delivery) -> None:
        """One try; what is not received waits for the next one, if there is one."""
        sender = self._senders[delivery.service]
        received, outcome = await self._post(http, sender, delivery)
        delivery.came_of_it.append(outcome)
        delivery.tries += 1
        pauses_ms = sender.pauses_ms()
        if received:
            delivery.state = "Success"
        elif delivery.tries > len(pauses_ms) or delivery.state == "Failed":
            delivery.state = "Failed"
        else:
            pause_ms = pauses_ms[delivery.tries - 1]
            delivery.due_ms = self._emulator.clock.now_ms() + pause_ms
            self._waiting.append(delivery)

    async def _post(
        self, http: httpx.AsyncClient, sender: Sender, delivery: Delivery
    ) -> tuple[bool, str]:
        """Whether the handler has it, and what it answered; of its body nothing is read."""
        now_ms = self._emulator.clock.now_ms()
        headers = [("Content-Type", "application/json"), *sender.headers(delivery, now_ms)]
        try:
            async with (
                asyncio.timeout(sender.timeout_s),
                http.stream("POST", self.url, headers=headers, content=delivery.body) as response,
            ):
                status = response.status_code
        except TimeoutError:
            return False, f"no answer within {sender.timeout_s:g} s"
        except httpx.HTTPError as error:
            return False, type(error).__name__
        return sender.is_received(status), f"HTTP {status}"
