"""``docs/reference/commands.md``: every command, argument and option, as click knows them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from toolkit.__main__ import main

HEAD = """# Command line

<!-- Made from the commands by `python -m tests.docs`; a test keeps it whole. -->

`quorum-toolkit` is the same as `python -m toolkit`. Each command also answers `--help`.

Exit codes: 0 well; 1 an error of ours; 2 wrong arguments; 3 nothing was looked at, or something could not be judged; 4 changed, without a finding; 11 to 14 the worst finding (note, low, medium, high). `check` ends with 1 where something is bad.
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD.rstrip("\n")
    for name, command in sorted(main.commands.items()):
        yield from _section(name, command)


def _section(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"python -m toolkit {name}")
    yield ""
    yield f"## {name}"
    yield ""
    yield "```text"
    yield context.command_path + " " + " ".join(command.collect_usage_pieces(context))
    yield "```"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield ""
        yield _with_options(" ".join(paragraph.split()))
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        yield ""
        yield "| option | what it does |"
        yield "|---|---|"
        for option in options:
            yield f"| {_spelling(option)} | {_meaning(option)} |"


def _with_options(text: str) -> str:
    """Options that a sentence names, as code: two hyphens of a text become a dash."""
    named = re.compile(r"(`+).*?\1|--[a-z][a-z-]*")  # what is code already stays as it is
    return named.sub(lambda found: found[0] if found[1] else f"`{found[0]}`", text)


def _spelling(option: click.Option) -> str:
    spelled = ", ".join(f"`{each}`" for each in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return spelled
    if isinstance(option.type, click.Choice):
        return f"{spelled} {', '.join(option.type.choices)}"
    return f"{spelled} *{option.metavar or option.type.name.upper()}*"


def _meaning(option: click.Option) -> str:
    parts = [_with_options(option.help or "")]
    if option.show_default and not option.is_flag:
        parts.append(f"Default: `{option.default}`.")
    if option.required:
        parts.append("Required.")
    if option.multiple:
        parts.append("May be given several times.")
    return " ".join(part for part in parts if part)
