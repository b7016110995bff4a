"""Where requests go."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from toolkit.base.outside import cleaned
from toolkit.base.validate import text
from toolkit.errors import InputError

EMULATOR = "EMULATOR"  # the name of the emulator, everywhere
_PORTS = {"http": 80, "https": 443}
# Blanks, query, fragment, user, backslash, escapes; // in the path; dot segments.
_NOT_PLAIN = re.compile(r"[\s?#@\\%]|//.*//|/\.{1,2}(/|$)")


@dataclass(frozen=True, slots=True)
class Environment:
    """Where requests go. ``name`` is shown on every form, table and error.

    Raises:
        InputError: not https (plain http is for loopback only), or a URL with user, query or
            fragment.
    """

    official: ClassVar[Mapping[str, str]] = {}  # base URL → the name that its host always has
    base_url: str
    name: str

    def __post_init__(self) -> None:
        address = _address(cleaned(text(self.base_url, "base_url"), "base_url"))
        if self.name == EMULATOR and not _is_here(address.host):
            raise InputError(
                "name: EMULATOR is for the emulator on this computer.",
                hint="Choose another name.",
            )
        official = {urlsplit(known).hostname: name for known, name in self.official.items()}
        object.__setattr__(self, "base_url", address.spelled())
        object.__setattr__(self, "name", official.get(address.host, self.name))

    @property
    def is_local(self) -> bool:
        """Whether it is this computer: the emulator in process, or a loopback address."""
        return _is_here(urlsplit(self.base_url).hostname or "")

    @property
    def host(self) -> str:
        """Host and port, as in the URL."""
        return urlsplit(self.base_url).netloc


@dataclass(frozen=True, slots=True)
class _Address:
    """The parts of a base URL. ``port`` is None where the URL names none."""

    scheme: str
    host: str
    port: int | None
    path: str

    def spelled(self) -> str:
        """The one spelling: what is signed is what is called.

        Otherwise the HTTP library would tidy host and port, after signing.
        """
        place = self.host
        if ":" in place:  # IPv6
            place = f"[{place}]"
        if self.port not in (None, _PORTS[self.scheme]):
            place += f":{self.port}"
        return f"{self.scheme}://{place}{self.path.rstrip('/')}"


def _address(url: str) -> _Address:
    """The parts of a plain URL that may be called. Raises InputError."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        host = ""
    if not host or host.endswith(".") or not _is_plain(url):
        raise InputError(
            "base_url must be a plain address such as https://api.example.com/v2.",
            hint="Leave out user, password, query, fragment, blanks, % and dot segments.",
        )
    is_allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not is_allowed:
        raise InputError(
            f"base_url must use https; {parts.scheme} was given.",
            hint="http is for loopback only.",
        )
    return _Address(parts.scheme, host, port, parts.path)


def _is_plain(url: str) -> bool:
    if not (url.isascii() and url.isprintable()):
        return False
    return _NOT_PLAIN.search(url) is None


def _is_here(host: str) -> bool:
    """Whether a host is this computer; ``.invalid`` is the emulator in process."""
    return host.endswith(".invalid") or is_loopback(host)


@functools.lru_cache(maxsize=64)  # asked of each change
def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own (127.0.0.0/8, ::1, localhost)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
