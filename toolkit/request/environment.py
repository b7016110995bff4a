"""Where requests go."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from toolkit.base.validate import text
from toolkit.errors import InputError

EMULATOR = "EMULATOR"  # the name of the emulator, everywhere


@dataclass(frozen=True, slots=True)
class Environment:
    """Where requests go. ``name`` is shown on every form, table and error.

    Raises:
        InputError: not https (plain http is for loopback only), or a URL with user, query or fragment.
    """

    official: ClassVar[Mapping[str, str]] = {}  # base URL → the name that its host always has
    base_url: str
    name: str

    def __post_init__(self) -> None:
        url = text(self.base_url, "base_url")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        plain = (
            url.isascii()
            and url.isprintable()
            and not re.search(r"[\s?#@\\%]|//.*//|/\.{1,2}(/|$)", url)
        )
        if not host or not plain or host.endswith("."):
            raise InputError(
                "base_url must be a plain address such as https://api.example.com/v2.",
                hint="Leave out user, password, query, fragment, blanks, % and dot segments.",
            )
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise InputError(
                f"base_url must use https; {parts.scheme} was given.",
                hint="http is for loopback only.",
            )
        if self.name == EMULATOR and not (host.endswith(".invalid") or is_loopback(host)):
            raise InputError(
                "name: EMULATOR is for the emulator on this computer.", hint="Choose another name."
            )
        # one spelling: what is signed is what is called, and the HTTP library would tidy host and port
        spelled = f"[{host}]" if ":" in host else host
        default = {"http": 80, "https": 443}[parts.scheme]
        place = spelled if port in (None, default) else f"{spelled}:{port}"
        object.__setattr__(self, "base_url", f"{parts.scheme}://{place}{parts.path.rstrip('/')}")
        official = {urlsplit(known).hostname: name for known, name in self.official.items()}
        object.__setattr__(self, "name", official.get(host, self.name))

    @property
    def is_local(self) -> bool:
        """Whether it is this computer: the emulator in process, or a loopback address."""
        host = urlsplit(self.base_url).hostname or ""
        return host.endswith(".invalid") or is_loopback(host)

    @property
    def host(self) -> str:
        """Host and port, as in the URL."""
        return urlsplit(self.base_url).netloc


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own (127.0.0.0/8, ::1, localhost)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
