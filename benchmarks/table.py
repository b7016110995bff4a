"""Every benchmark, and the table of their figures in README.md and docs/explanation/speed.md.

``python benchmarks/table.py [NAME …]`` runs those that are named (all without a name), shows what they print, and
writes the rows between the markers; rows of those that did not run stay as they were. Names: ``SCRIPTS``.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from row import AT_MOST, Row

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- figures: make bench -->", "<!-- /figures -->"
README, PAGE = ROOT / "README.md", ROOT / "docs" / "explanation" / "speed.md"
#: By name, what is run.
SCRIPTS: Mapping[str, Sequence[str]] = {
    "start": ("client.py", "21", "start"),
    "create": ("client.py", "21", "create"),
    "journal": ("client.py", "21", "journal"),
    "list": ("client.py", "21", "list"),
    "fan-out": ("client.py", "21", "fan-out"),
    "identity": ("client.py", "21", "identity"),
    "sdk": ("compare.py",),
    "frame": ("frame.py",),
    "form": ("form.py",),
    "emulator": ("growth.py",),
    "audit": ("audit.py",),
    "partitions": ("partitions.py",),
    "table": ("large_table.py",),
    "desk": ("desk.py",),
}
#: What the README has of them, by the row's name, in fewer words.
SHORT: Mapping[str, str] = {
    "process start to a Cobo client": "start, Cobo client",
    "one signed create, journal in memory": "signed create",
    "list of 50, own CPU above raw httpx": "list of 50, own CPU",
    "60,000 holders, bytes to a frame": "60,000 holders, frame",
    "900 reads of 20 ms, 32 at a time": "900 reads, 32 at once",
    "12 rules over 1,000,000 quorums": "audit of 1,000,000",
}
COLUMNS = ("what", "ours", "beside", "theirs", "ratio", "spread", "aim", "reached")


def main(names: Sequence[str]) -> None:
    """Run, and write both tables."""
    unknown = set(names) - set(SCRIPTS)
    if unknown:
        sys.exit(
            f"No benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(SCRIPTS)}."
        )
    measured = [row for name in names or SCRIPTS for row in run(SCRIPTS[name])]
    kept = rows_of(PAGE.read_text())
    rows = {row.what: row for row in (*kept, *measured)}
    when = f"{datetime.now(UTC):%d %B %Y}".lstrip("0")
    load = f"{os.getloadavg()[2]:.0f} processes at once"
    where = f"{when}, {os.cpu_count()} cores ({processor()}, {load}), Python {platform.python_version()}"
    PAGE.write_text(between(PAGE.read_text(), long_table(rows.values(), where)))
    README.write_text(between(README.read_text(), short_table(rows, when)))


def run(command: Sequence[str]) -> Iterator[Row]:
    """What one benchmark prints, shown as it comes; its rows.

    Raises:
        CalledProcessError: it failed.
    """
    script = [sys.executable, "-u", str(Path(__file__).parent / command[0]), *command[1:]]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            row = Row.read(line)
            if row is not None:
                yield row
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, script)


def processor() -> str:
    """What the machine calls its processor."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def long_table(rows: Iterable[Row], where: str) -> str:
    """All rows, with what stands beside each."""
    head = [f"Last measured: {where}.", "", _cells(COLUMNS), _cells(["---"] * len(COLUMNS))]
    return "\n".join([*head, *(_cells(_words(row)) for row in rows)])


def short_table(rows: Mapping[str, Row], when: str) -> str:
    """The README's: a ratio and its aim."""
    lines = [f"| {when} | ours | aim |", "|---|---|---|"]
    for what, words in SHORT.items():
        row = rows.get(what)
        if row is not None:
            other = row.theirs if row.name == AT_MOST else row.name
            lines.append(f"| {words} | {row.ratio:.2g} × {other} | {row.aim:.3g} |")
    return "\n".join(lines)


def _words(row: Row) -> Sequence[str]:
    spread = f"{row.low:.3g} to {row.high:.3g}"
    figures = (f"{row.ratio:.3g}", spread, f"{row.aim:.3g}", "yes" if row.reached else "no")
    return (row.what, row.ours, row.name, row.theirs, *figures)


def _cells(words: Sequence[str]) -> str:
    return f"| {' | '.join(words)} |"


def rows_of(text: str) -> Iterator[Row]:
    """The rows that stand between the markers of a page."""
    for line in _inside(text).splitlines():
        cells = line.strip("| ").split(" | ")
        if len(cells) == len(COLUMNS) and cells[0] not in ("what", "---"):
            *words, ratio, spread, aim, _ = cells
            low, high = spread.split(" to ")
            yield Row(*words, *map(float, (ratio, low, high, aim)))


def between(text: str, table: str) -> str:
    """The text with this table between its markers."""
    before, _, after = cut(text)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _inside(text: str) -> str:
    """What stands between the markers."""
    _, inside, _ = cut(text)
    return inside


def cut(text: str) -> tuple[str, str, str]:
    """What stands before, between and after the markers.

    Raises:
        ValueError: they do not stand there once each, in this order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"{BEGIN} and {END} must stand there once each, in this order")
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    return before, inside, after


if __name__ == "__main__":
    main(sys.argv[1:])
