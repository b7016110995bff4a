"""What every command shares: the one way to the terminal, and the one way to fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from toolkit.base.text import plain_line
from toolkit.errors import ToolkitError

PROGRAM = "quorum-toolkit"


def say(text: object) -> None:
    """The one way to the terminal: one line, what is hidden written out, and what it cannot encode,
    too.
    """
    click.echo(_encodable(plain_line(text), sys.stdout.encoding))


def ask(question: str) -> str:
    """One line that is typed; empty for nothing."""
    answer: str = click.prompt(plain_line(question), default="", show_default=False)
    return answer


def _encodable(text: str, encoding: str | None) -> str:
    known = encoding or "utf-8"
    return text.encode(known, "backslashreplace").decode(known)


@contextmanager
def refusals() -> Iterator[None]:
    """An error of ours ends the command with 1 and its sentences, without a traceback."""
    try:
        yield
    except ToolkitError as error:
        raise click.ClickException(str(error)) from None


def examples(*lines: str) -> str:
    """The end of a command's help: how it is typed, as written here."""
    typed = [f"  {PROGRAM} {line}" for line in lines]
    return "\n".join(["\b", "Examples:", *typed])


class Plain(click.Group):
    """Commands whose errors pass the same gate: the line ends in them are ours, all else is written
    out.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """As for any group."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            lines = "\n".join(map(plain_line, error.format_message().split("\n")))
            text, usage = (
                _encodable(lines, sys.stderr.encoding),
                isinstance(error, click.UsageError),
            )
            where = error.ctx if isinstance(error, click.UsageError) else None
        raise click.UsageError(text, where) if usage else click.ClickException(text)
