"""The call in a review's file, made anew from operation, address and body.

The fingerprint that a reviewer signs is over address, identity, method and body. The name of the
operation, and that of the environment, are words beside it: they are believed only where the
address says the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from toolkit.base.text import plain_line
from toolkit.cobo import client as cobo_client
from toolkit.cobo import operations as cobo
from toolkit.errors import InputError
from toolkit.privy import client as privy_client
from toolkit.privy import operations as privy
from toolkit.request.body import Piece, canonical, compact, pieces_of
from toolkit.request.call import Call, Operation
from toolkit.request.disclosure import must_be_public
from toolkit.request.environment import Environment

Writer = Callable[[msgspec.Struct], bytes]


@dataclass(frozen=True, slots=True)
class Service:
    """What of a service has to be known: its name for people, table, places, and how it writes."""

    title: str
    operations: tuple[Operation[Any], ...]
    official: Mapping[str, str]  # base URL → name
    written: Writer


SERVICES = {
    cobo.SERVICE: Service(
        "Cobo", cobo.OPERATIONS, cobo_client.Environment.official, compact
    ),
    privy.SERVICE: Service(
        "Privy", privy.OPERATIONS, privy_client.Environment.official, canonical
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: the call, where, and the body's bytes."""

    call: Call[Any]
    base_url: str
    body: bytes

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The body's bytes by field."""
        return pieces_of(self.body)

    @property
    def service(self) -> str:
        """Whose operation it is, as people call it."""
        return SERVICES[self.call.operation.service].title


def asked_in(
    service: str, environment: str, operation: str, method: str, url: str, body: str
) -> Asked:
    """The call that these say, each checked against the others.

    Raises:
        InputError: the first of them that does not fit.
        CredentialsRefused: a text of it is a private key.
    """
    if service not in SERVICES:
        raise InputError("service: it is not known here")
    known = next((each for each in SERVICES[service].operations if each.name == operation), None)
    if known is None:
        raise InputError("operation: it is not known here")
    if known.method != method:
        raise InputError(f"method: {operation} is {known.method}")
    address, _, query = url.partition("?")
    match = _pattern(known).fullmatch(address)
    if match is None:
        raise InputError("url: it is not the address of the operation beside it")
    ids = match.groupdict()
    base_url = ids.pop("base_url")
    _must_be_the_place(service, environment, base_url)
    facts = {
        "service": service,
        "operation": operation,
        "arguments": {name: unquote(value) for name, value in ids.items()},
        "query": dict(parse_qsl(query)),
        "body": _read(body),
    }
    asked = _made(facts, base_url)
    _must_say_the_same(asked, url, body)
    return asked


def _pattern(operation: Operation[Any]) -> re.Pattern[str]:
    parts = ["(?P<base_url>https?://[^?#]+?)"]
    for part in re.split(r"(\{\w+\})", operation.path):
        parts.append(f"(?P<{part[1:-1]}>[^/?#]+)" if part.startswith("{") else re.escape(part))
    return re.compile("".join(parts))


def _must_be_the_place(service: str, name: str, base_url: str) -> None:
    """A vendor's name for an environment stands for the vendor's own address alone."""
    Environment(base_url, name)  # raises for what is no address, or no emulator
    host = urlsplit(base_url).hostname
    for whose, each in SERVICES.items():
        its_name = {urlsplit(known).hostname: called for known, called in each.official.items()}
        if whose != service and host in its_name:
            raise InputError(f"service: the address is {each.title}’s")
        if whose == service and its_name.get(host, name) != name:
            raise InputError(f"environment: the address is that of {its_name[host]}")
    addresses = {each: known for known, each in SERVICES[service].official.items()}
    if addresses.get(name, base_url) != base_url:
        raise InputError(f"environment: {plain_line(name)} is at {addresses[name]}, not there")


def _read(body: str) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        pass
    raise InputError("body: it is not JSON")


def _made(facts: Mapping[str, Any], base_url: str) -> Asked:
    service = SERVICES[facts["service"]]
    try:
        call = Call.from_dict(facts, service.operations)
    except msgspec.ValidationError:
        call = None
    if call is None:
        raise InputError("body: it is not what the operation takes")
    must_be_public(call, lambda text: False)
    content = service.written(call.body) if call.body is not None else b""
    return Asked(call, base_url, content)


def _must_say_the_same(asked: Asked, url: str, body: str) -> None:
    """What is read is what would be sent: nothing stands in address or body unread."""
    query = asked.call.query_string
    address = asked.base_url + asked.call.path
    if query:
        address += f"?{query}"
    if address != url:
        raise InputError("url: it is not what this toolkit would send for it")
    if asked.body.decode() != body:
        raise InputError("body: it is not what this toolkit would send for it")
