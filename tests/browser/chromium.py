"""The browser for the tests: one that is there, or Debian's, installed only as root on Debian or Ubuntu.

Run by ``make test`` before anything else; imported by the browser tests for ``find``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGES = ("chromium", "fonts-dejavu-core")
REMEDY = "The tests need a browser: install Chromium or Google Chrome, or set CHROMIUM to its path."


def find() -> str | None:
    """The path of a Chromium or Chrome, or None. ``CHROMIUM`` wins."""
    named = os.environ.get("CHROMIUM")
    found = (
        [named]
        if named
        else [shutil.which(name) for name in NAMES]
        + [place for place in PLACES if Path(place).exists()]
    )
    return next((path for path in found if path), None)


def debian() -> bool:
    """Whether this is Debian, Ubuntu or a child of theirs."""
    release = Path("/etc/os-release")
    words = release.read_text() if release.exists() else ""
    return any(
        f"{key}={name}" in words.replace('"', "")
        for key in ("ID", "ID_LIKE")
        for name in ("debian", "ubuntu")
    )


def install() -> None:
    """Debian's Chromium, through apt."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    ):
        subprocess.run(
            ["apt-get", *command], check=True, env=environment, stdout=subprocess.DEVNULL
        )


def main() -> None:
    """Make sure that there is a browser, or end with one sentence."""
    if find() is None and debian() and os.geteuid() == 0:
        print("No Chromium here: installing Debian's.", flush=True)
        install()
    if find() is None:
        sys.exit(REMEDY)


if __name__ == "__main__":
    main()
