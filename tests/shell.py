"""A shell that reads lines as a person types them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

CURL = 'curl() { printf \'%s\\0\' "$#" "$@"; }\n'


HISTORY = (
    "set -o history -o histexpand\ntrue first\n"  # as where a person pastes: ! means something
)


def run(
    script: str,
    environment: Mapping[str, str] | None = None,
    locale: str = "C.UTF-8",
    cwd: Path | None = None,
) -> bytes:
    """What bash writes for a script that it reads as it reads a person's lines."""
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": locale, **(environment or {})}
    command = ["bash", "--noprofile", "--norc"]
    done = subprocess.run(
        command,
        input=(HISTORY + script).encode(),
        env=env,
        cwd=cwd,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout


def arguments(
    text: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> list[bytes]:
    """What curl is given when the text is run; the text is one command."""
    count, *given_to_curl = run(CURL + text, environment, cwd=cwd).split(b"\0")[:-1]
    assert int(count) == len(given_to_curl)  # it was called once
    return given_to_curl
