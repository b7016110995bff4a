"""httpx without the command line that comes with it, which takes as long to load as all the rest.

``import httpx`` loads ``httpx._main``, and with it click, pygments and rich, as far as those are
installed; httpx does without it where it cannot be loaded. Here it is left out until somebody asks
for it: ``httpx.main`` loads it then. An httpx that is loaded already stays as it is.
"""

from __future__ import annotations

import importlib
import sys

_COMMAND_LINE = "httpx._main"


def _main() -> None:
    importlib.import_module(_COMMAND_LINE).main()


if "httpx" in sys.modules:
    import httpx
else:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # so it cannot be imported
    try:
        import httpx
    finally:
        del sys.modules[_COMMAND_LINE]
    httpx.main = _main  # type: ignore[assignment]  # elsewhere a command of click

__all__ = ["httpx"]
