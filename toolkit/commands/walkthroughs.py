"""The walkthroughs: copied to where they can be run and changed, or opened at once."""

from __future__ import annotations

import click

from toolkit.commands.terminal import examples, refusals, say

FOLDER = click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))


@click.command(epilog=examples("notebooks walkthroughs"))
@FOLDER
def notebooks(folder: str) -> None:
    """Copy the walkthroughs (Jupyter notebooks) into DIR, which is made if it is not there.

    A notebook that is there already is left as it is: it may hold your changes.
    """
    _copied(folder)


def _copied(folder: str) -> None:
    from toolkit.app.walkthroughs import copied

    with refusals():
        for copy in copied(folder):
            say(f"{copy.path}{'' if copy.new else '  (was there, and is left as it is)'}")


@click.command(
    epilog=examples("tutorial", "tutorial walkthroughs", "tutorial walkthroughs -- --no-browser")
)
@click.argument(
    "folder",
    metavar="[DIR]",
    default="quorum-toolkit-notebooks",
    type=click.Path(file_okay=False),
)
@click.argument("lab_options", metavar="[-- OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def tutorial(folder: str, lab_options: tuple[str, ...]) -> None:
    """Copy the walkthroughs into DIR and open the first one in JupyterLab, which needs the extra
    lab: pip install "quorum-toolkit[lab]".

    DIR is quorum-toolkit-notebooks if left out. OPTIONS go to JupyterLab as they are.
    """
    from toolkit.app.walkthroughs import open_in_lab

    with refusals():
        open_in_lab(folder, lab_options, say)
