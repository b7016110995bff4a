"""The loggers of the toolkit, a room each: ``toolkit.transport``, ``toolkit.client``,
``toolkit.emulator``.

Quiet until somebody turns them on. A line is about one request, and has its operation, method,
path, outcome and milliseconds: never a body, a header, a query, a signature or a secret.
"""

from __future__ import annotations

import logging

from toolkit.base.text import plain_line

logging.getLogger("toolkit").addHandler(logging.NullHandler())


def logger(room: str) -> logging.Logger:
    """The logger of a room."""
    return logging.getLogger(f"toolkit.{room}")


def log_request(
    log: logging.Logger,
    level: int,
    *,
    operation: str,
    method: str,
    path: str,
    outcome: str,
    took_s: float,
) -> None:
    """One line. To be called only where ``log.isEnabledFor(level)``.

    A handler of others that raises changes nothing.
    """
    from toolkit.base.theirs import call_theirs  # only once something is logged

    texts = [plain_line(text[:200]) for text in (operation, method, path, outcome)]
    call_theirs(log.log, level, "%s %s %s %s in %.1f ms", *texts, took_s * 1000)
