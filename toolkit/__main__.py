"""``quorum-toolkit``, or ``python -m toolkit``: the commands by name."""

from __future__ import annotations

import click

from toolkit import __version__
from toolkit.commands.accounts import check, keypair
from toolkit.commands.inspecting import audit, compare, expect
from toolkit.commands.members import drill, member_card, plan, register_quorum
from toolkit.commands.serving import emulator
from toolkit.commands.signing import digits, merge, review, sign
from toolkit.commands.terminal import PROGRAM, Plain
from toolkit.commands.walkthroughs import notebooks, tutorial

COMPLETION = """\b
Completion of commands and options with Tab, for this shell:
  eval "$(_QUORUM_TOOLKIT_COMPLETE=bash_source quorum-toolkit)"
(zsh_source for zsh; for fish: _QUORUM_TOOLKIT_COMPLETE=fish_source quorum-toolkit | source)"""


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"]}, epilog=COMPLETION)
@click.version_option(__version__, prog_name=PROGRAM)
def main() -> None:
    """Tools for people who decide who can sign."""


for command in (
    audit,
    check,
    compare,
    digits,
    drill,
    emulator,
    expect,
    keypair,
    member_card,
    merge,
    notebooks,
    plan,
    register_quorum,
    review,
    sign,
    tutorial,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m toolkit")
