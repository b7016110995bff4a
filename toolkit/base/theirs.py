"""Code of others that is called on the way: observers, event hooks, handlers of logs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def call_theirs(function: Callable[..., object], *arguments: Any) -> None:
    """Call it. What it raises is reported by ``sys.excepthook``, as an error in a thread is.

    It goes no further: neither what is sent nor what is known of it depends on such code.

    Raises:
        KeyboardInterrupt: a person pressed stop.
    """
    try:
        function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # reported, whatever it is
        sys.excepthook(*sys.exc_info())
