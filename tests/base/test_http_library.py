"""httpx without its command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

ITS_OWN = "{'httpx._main', 'click', 'pygments', 'rich'}"
# A name of each statement's, then what it prints.
CASES = [
    (
        "the command line is not loaded",
        f"import toolkit.cobo, sys; print(sorted({ITS_OWN} & set(sys.modules)))",
        "[]",
    ),
    (
        "it is loaded once somebody asks for it",
        "import toolkit.cobo, httpx, sys, types;"
        "sys.modules['httpx._main'] = types.SimpleNamespace(main=lambda: print('its own'));"
        "httpx.main()",
        "its own",
    ),
    (
        "an httpx that is loaded already stays as it is",
        "import httpx; main = httpx.main; import toolkit.cobo; print(httpx.main is main)",
        "True",
    ),
]


@pytest.mark.parametrize(
    ("code", "printed"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_without_its_command_line(code: str, printed: str) -> None:
    """Nothing of httpx's command line is loaded before somebody asks for it, and then it is there."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == printed
