"""The walkthroughs that come with the toolkit: inside a wheel, or beside the package in a
checkout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from toolkit.base.files import replace_file
from toolkit.base.home import at_home
from toolkit.base.text import plain_line
from toolkit.errors import InputError

PACKAGE = Path(__file__).parents[1]
FIRST = "01_quickstart.ipynb"
LAB = 'pip install "quorum-toolkit[lab]"'


class Copy(NamedTuple):
    """A walkthrough in the folder that was named; ``new``: it was not there before."""

    path: Path
    new: bool


def originals() -> list[Path]:
    """The walkthroughs as they came, in their order.

    Raises:
        InputError: they are nowhere: somebody took them out of this installation.
    """
    for folder in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return sorted(folder.glob("*.ipynb"))
    raise InputError(
        f"The walkthroughs are not in this installation ({PACKAGE}).",
        hint="Install the toolkit again.",
    )


def copied(folder: str | Path) -> Iterator[Copy]:
    """Copy each walkthrough into the folder, which is made. What is there already is kept.

    Raises:
        InputError: the folder cannot be made or written.
    """
    place = at_home(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no name that a folder can have"
        raise InputError(
            f"{plain_line(place)} cannot be made: {reason}.", hint="Name another folder."
        ) from error
    for original in originals():
        target = place / original.name
        new = not target.exists()
        if new:
            replace_file(target, original.read_bytes())
        yield Copy(target, new)


def open_in_lab(folder: str | Path, options: Sequence[str], say: Callable[[str], None]) -> None:
    """Copy the walkthroughs and open the first one in JupyterLab; returns when that is stopped.

    Raises:
        InputError: JupyterLab is not installed (nothing is copied), or as ``copied``.
    """
    if find_spec("jupyterlab") is None:
        raise InputError("JupyterLab is not installed here.", hint=f"Install it: {LAB}")
    first = next(copy.path for copy in list(copied(folder)) if copy.path.name == FIRST)
    root = first.parent.resolve()
    say(f"The walkthroughs are in {root}. JupyterLab runs until you stop it here (Ctrl C).")
    start = import_module("jupyterlab.labapp").main
    start([f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{FIRST}", *options])
