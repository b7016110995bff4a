"""A proxy on the way to the service: the one that is passed.

The machine's own settings are not read. A URL of a proxy may hold a password: none is repeated.
"""

from __future__ import annotations

from importlib.util import find_spec
from urllib.parse import urlsplit

from toolkit.base.http_library import httpx
from toolkit.base.outside import variable
from toolkit.errors import InputError

KINDS = ("http", "https", "socks5", "socks5h")  # socks5h from httpx 0.28 on
_EXAMPLE = "Pass e.g. http://proxy.example:3128."


def must_be_proxy(proxy: object) -> None:
    """See to it that this can be used as a proxy; None is for none.

    Raises:
        InputError: it is no URL of a proxy, of a kind that is not spoken here, or one that needs a
            package which is not installed.
    """
    if proxy is None:
        return
    if not isinstance(proxy, str):
        kind = type(proxy).__name__
        raise InputError(f"proxy must be its URL as text, not {kind}.", hint=_EXAMPLE)
    scheme = _scheme(proxy)
    if not scheme:
        raise InputError("proxy is not the URL of a proxy.", hint=_EXAMPLE)
    if scheme not in KINDS:
        raise InputError(
            f"proxy: a proxy of the kind {scheme}:// is not spoken here.",
            hint="http://, https:// and socks5:// are.",
        )
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise InputError(
            "proxy: SOCKS needs the package socksio, which is not installed.",
            hint="Install it with: pip install 'httpx[socks]'.",
        )
    if not _is_taken(proxy):
        raise InputError(f"proxy: this httpx speaks no {scheme}://.", hint=_EXAMPLE)


def _scheme(proxy: str) -> str:
    """What stands before ``://``, lower case; empty where this is no URL with a host."""
    try:
        parts = urlsplit(proxy)
        port = parts.port
    except ValueError:  # a port that is no number, half a bracket
        return ""
    if "://" not in proxy or not parts.hostname or port == 0:
        return ""
    return parts.scheme


def _is_taken(proxy: str) -> bool:
    try:
        httpx.Proxy(proxy)
    except (ValueError, httpx.InvalidURL):
        return False
    return True


def unread_variable(url: str) -> str:
    """The variable that names a proxy for this address, and is not read here; empty for none.

    As programs commonly read them: ``HTTPS_PROXY``, ``ALL_PROXY``, in either case, unless
    ``NO_PROXY`` excepts the host.
    """
    from urllib.request import getproxies_environment, proxy_bypass

    parts = urlsplit(url)
    proxies = getproxies_environment()
    if not proxies or proxy_bypass(parts.netloc, proxies):
        return ""
    for kind in (parts.scheme, "all"):
        if kind in proxies:
            names = (f"{kind}_proxy", f"{kind}_proxy".upper())
            return next((name for name in names if variable(name)), names[1])
    return ""
