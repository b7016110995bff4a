"""A report: what every rule found, what somebody answers for, what was not seen. One value, from
which every form of it is written, so that they cannot disagree.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.base.card import Card, Carded, Count, Listed
from toolkit.base.files import replace_file
from toolkit.base.times import moment
from toolkit.errors import InputError
from toolkit.findings import EXIT_CODES, SEVERITIES, Finding, Severity, path_text
from toolkit.inventory.columns import Columns, Ints, Subject
from toolkit.inventory.controls import CONTROLS, LATER, NOTHING, PERSONS, Control
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.inventory import Unseen
from toolkit.inventory.rules.rule import AuditRule, Hits
from toolkit.inventory.words import Person, Told
from toolkit.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

NO_PASS = 3  # how a command ends where a rule could not run, or nothing was looked at
BAD: tuple[Severity, ...] = ("high", "medium", "low", "note")
SHOWN = 10  # findings on a card


@dataclass(frozen=True, eq=False)
class Run:
    """One rule as it ran: what it found, or why it could not run."""

    rule: AuditRule
    hits: Hits | None
    error: str = ""

    @property
    def looked(self) -> int:
        """How many things it looked at."""
        return 0 if self.hits is None else self.hits.looked

    @property
    def state(self) -> str:
        """``ran``, ``failed``, or ``nothing`` where there was nothing to look at."""
        if self.hits is None:
            return "failed"
        return "ran" if self.hits.looked else "nothing"


@dataclass(frozen=True, eq=False)
class Line:
    """One finding as a report has it: the rule, the thing, the sentence, and who answers for it."""

    rule: AuditRule
    subject: Subject
    told: Told
    exclusion: Exclusion | None = None
    lapsed: Exclusion | None = None  # it was set aside, and that has ended

    @property
    def severity(self) -> Severity:
        """That of its rule."""
        return self.rule.severity

    @property
    def remedy(self) -> str:
        """What to do: of this thing, or of all that the rule finds."""
        return self.told.remedy or self.rule.remedy

    @property
    def about(self) -> dict[str, str]:
        """The fields by which it is known again, and set aside."""
        return dict(zip(self.rule.identity, self.subject.identity, strict=True))

    @property
    def fingerprint(self) -> str:
        """The same for the same rule and thing in every report: 64 hex digits."""
        identity = json.dumps([self.rule.id, *self.subject.identity], ensure_ascii=True)
        return hashlib.sha256(identity.encode()).hexdigest()

    def title(self, *, names: bool = True) -> str:
        """What it is about, as people call it."""
        title = self.subject.title
        if isinstance(title, Person) and not names:
            return title.pseudonym
        return title

    def sentence(self, *, names: bool = True) -> str:
        """What is so, and whether it was once set aside."""
        sentence = self.told.sentence(names=names)
        if self.lapsed is not None:
            sentence += f" Was set aside until {self.lapsed.until}; that has ended."
        return sentence

    @property
    def finding(self) -> Finding:
        """The same as forms and checks speak of it."""
        return Finding(
            rule=self.rule.id,
            severity=self.severity,
            subject=self.title(),
            path=self.told.path,
            sentence=self.sentence(),
            remedy=self.remedy,
            source=self.rule.source,
            names=self.told.words,
        )


@dataclass(frozen=True, eq=False, repr=False)
class Report(Carded):
    """What an audit found. Moments are Unix ms; ``duration_s`` is what it took.

    ``findings`` are those that count, the worst first, and at last what is well; ``aside`` what
    somebody answers for; ``unseen`` what was not looked at. ``counted``: how many there are of what
    was looked at. Sentences are made of ``parts`` once somebody reads them.

    >>> from toolkit import audit, collect
    >>> report = audit(collect(custody, app))
    >>> report.findings[0].rule, report.exit_code("high")
    ('quorum.alone', 14)
    """

    at_ms: int
    parts: Sequence[Columns]
    runs: tuple[Run, ...]
    set_aside: Mapping[str, Mapping[int, Exclusion]] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()
    environments: tuple[str, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    duration_s: float = 0.0
    counted: Mapping[str, int] = field(default_factory=dict)

    # ---- what was found ----

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All that counts, the worst first; what is well stands last, by severity ``good``."""
        return tuple(line.finding for line in self.lines)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The same with rule, thing and identity."""
        return tuple(self._said([(run, self.counting(run)) for run in self.ordered]))

    @cached_property
    def aside(self) -> tuple[Line, ...]:
        """What somebody answers for, each with its exclusion."""
        return tuple(self._said([(run, self._at(run, aside=True)) for run in self.runs]))

    @property
    def ordered(self) -> Sequence[Run]:
        """The runs, the worst first."""
        return sorted(self.runs, key=lambda run: SEVERITIES.index(run.rule.severity))

    def _at(self, run: Run, *, aside: bool) -> Ints:
        """Which hits of a run count, or are set aside."""
        excluded = np.zeros(0 if run.hits is None else len(run.hits), np.bool_)
        excluded[list(self.set_aside.get(run.rule.id, ()))] = True
        return np.flatnonzero(excluded == aside)

    def _said(self, wanted: Sequence[tuple[Run, Ints]]) -> Sequence[Line]:
        """The lines of these hits. Each partition is looked into once, for whatever is in it."""
        ends = np.cumsum([len(at) for _, at in wanted])
        lines: dict[int, Line] = {}
        for number in range(len(self.parts)):
            here = [
                (run, int(at[place]), int(end) - len(at) + place)
                for (run, at), end in zip(wanted, ends, strict=True)
                for place in _in_part(run, at, number)
            ]
            if here:
                part = self.parts[number]
                lines |= {place: self._line(part, run, hit) for run, hit, place in here}
        return [lines[place] for place in range(len(lines))]

    def _line(self, part: Columns, run: Run, at: int) -> Line:
        assert run.hits is not None  # else nothing was found
        subject = part.subject(run.rule.about, int(run.hits.rows[at]))
        return Line(
            rule=run.rule,
            subject=subject,
            told=run.rule.say(part, run.hits, at),
            exclusion=self.set_aside.get(run.rule.id, {}).get(at),
            lapsed=self._lapsed.get(run.rule.id, {}).get(tuple(subject.identity)),
        )

    @cached_property
    def _lapsed(self) -> Mapping[str, Mapping[tuple[str, ...], Exclusion]]:
        past: dict[str, dict[tuple[str, ...], Exclusion]] = {}
        for each in self.exclusions:
            rule = self.rules_by_id.get(each.rule)
            values = None if rule is None else each.values_of(rule.identity)
            if values is not None and each.until_ms <= self.at_ms:
                past.setdefault(each.rule, {})[values] = each
        return past

    @cached_property
    def counts(self) -> Mapping[Severity, int]:
        """How many of each severity count; not one sentence is made for it."""
        counts: Counter[Severity] = Counter()
        for run in self.runs:
            if run.hits is not None:
                aside = len(self.set_aside.get(run.rule.id, ()))
                counts[run.rule.severity] += len(run.hits) - aside
        return {severity: counts[severity] for severity in SEVERITIES}

    @property
    def failed(self) -> tuple[Run, ...]:
        """Rules that could not run."""
        return tuple(run for run in self.runs if run.state == "failed")

    @property
    def looked_at(self) -> int:
        """Things that were looked at, each table counted once for the rule that saw most of it."""
        most: dict[str, int] = {}
        for run in self.runs:
            most[run.rule.about] = max(most.get(run.rule.about, 0), run.looked)
        return sum(most.values())

    @property
    def whole(self) -> bool:
        """Whether every rule ran, and something was looked at: else it is no pass."""
        return not self.failed and self.looked_at > 0

    @property
    def rules_by_id(self) -> Mapping[str, AuditRule]:
        """Every rule that was to run, by its id."""
        return {run.rule.id: run.rule for run in self.runs}

    def exit_code(self, fail_on: str = "note") -> int:
        """How a command ends: 0 where nothing from ``fail_on`` up was found, else 11 to 14 by the
        worst (note, low, medium, high); 3 where it is no pass.

        Raises:
            InputError: ``fail_on`` is none of high, medium, low and note.
        """
        if fail_on not in BAD:
            raise InputError(
                f"fail_on cannot be {fail_on!r}.", hint=f"Use one of {', '.join(BAD)}."
            )
        worst = next((each for each in BAD if self.counts[each]), None)
        if worst is not None and BAD.index(worst) <= BAD.index(fail_on):
            return EXIT_CODES[worst]
        return 0 if self.whole else NO_PASS

    # ---- controls ----

    def controls(self) -> tuple[tuple[Control, str], ...]:
        """Each control of the framework, and how it stands. What is a person's is never passed."""
        return tuple((control, self._stands(control)) for control in CONTROLS)

    def _stands(self, control: Control) -> str:
        if not control.evidenced:
            return PERSONS
        runs = self._evidence(control)
        if not runs:
            return LATER
        failed = [run.rule.id for run in runs if run.state == "failed"]
        if failed:
            return f"unknown: {', '.join(failed)} could not run"
        ran = [run for run in runs if run.state == "ran"]
        return self._in_words(ran) if ran else NOTHING

    def _evidence(self, control: Control) -> Sequence[Run]:
        """The rules that can tell something amiss with a control."""
        runs = [run for run in self.runs if run.rule.severity != "good"]
        return [run for run in runs if control.id in run.rule.controls]

    def _in_words(self, runs: Sequence[Run]) -> str:
        count = sum(map(self._count, runs))
        aside = sum(len(self.set_aside.get(run.rule.id, ())) for run in runs)
        words = f"{count or 'nothing'} found"
        if aside:
            words += f", {aside} set aside"
        return f"{words}, by {len(runs)} rules"

    def _count(self, run: Run) -> int:
        return 0 if run.hits is None else len(run.hits) - len(self.set_aside.get(run.rule.id, ()))

    # ---- tables, files, looks ----

    def frame(self) -> pd.DataFrame:
        """One row a finding, those set aside too: ``frames.findings``."""
        return findings_frame([self])

    def save(self, path: str | Path, *, names: bool | None = None) -> Path:
        """Write it: ``.html``, ``.json``, ``.sarif``, ``.xml`` (JUnit), ``.md`` or ``.txt``.

        ``names``: whether people stand in it by name. Without a word, files that other systems take
        (SARIF, JUnit) name them by pseudonym, the others by name.

        Raises:
            InputError: another ending, or a place that cannot be written.
        """
        from toolkit.inventory.formats import SUFFIXES

        place = Path(path)
        name = SUFFIXES.get(place.suffix.casefold())
        if name is None:
            raise InputError(
                f"A report cannot be written as {place.suffix or place.name}.",
                hint=f"Use one of {', '.join(SUFFIXES)}.",
            )
        return self.save_as(name, place, names=names)

    def save_as(self, name: str, path: str | Path, *, names: bool | None = None) -> Path:
        """Write one of its forms into a file of any name.

        Raises:
            InputError: no such form, or a place that cannot be written.
        """
        return replace_file(Path(path), self.written(name, names=names).encode("utf-8"))

    def written(self, name: str, *, names: bool | None = None) -> str:
        """The same as a text: ``text``, ``html``, ``json``, ``sarif``, ``junit``, ``markdown`` or
        ``github`` (annotations of GitHub Actions).

        Raises:
            InputError: another name.
        """
        from toolkit.inventory.formats import FORMATS

        form = FORMATS.get(name)
        if form is None:
            raise InputError(
                f"{name!r} is no form of a report.", hint=f"Use one of {', '.join(FORMATS)}."
            )
        return form.write(self, form.names if names is None else names)

    @property
    def read(self) -> str:
        """When it was read, in words."""
        return moment(self.at_ms, "%d %b %Y, %H:%M")

    def _card(self) -> Card:
        facts: list[tuple[str, object]] = [
            (severity, Count(count)) for severity, count in self.counts.items() if count
        ]
        rows = [(line.severity, line.title(), line.rule.title) for line in self.first(SHOWN)]
        total = sum(self.counts.values())
        listed = Listed("findings", ("severity", "what", "rule"), rows, total)
        foot = f"Read {self.read}; {len(self.runs)} rules, {len(self.failed)} could not run; "
        foot += f"{len(self.unseen)} not seen."
        return Card(
            "Report", facts, environment=", ".join(self.environments), lists=[listed], foot=foot
        )

    def first(self, most: int, runs: Sequence[Run] | None = None) -> Sequence[Line]:
        """So many lines of what counts, the worst first, of all runs or of some."""
        chosen = self.ordered if runs is None else runs
        return self.lines_of([(run, self.counting(run)) for run in chosen], most)

    def lines_of(self, hits: Iterable[tuple[Run, Ints]], most: int) -> Sequence[Line]:
        """The first lines of these hits; nothing is made of the others."""
        wanted = []
        for run, at in hits:
            wanted.append((run, at[:most]))
            most -= len(wanted[-1][1])
        return self._said(wanted)

    def counting(self, run: Run) -> Ints:
        """Which hits of a run count."""
        return self._at(run, aside=False)

    def titles(self, run: Run) -> Sequence[str]:
        """What each hit of a run that counts is about, without its sentence."""
        at = self.counting(run)
        titles: dict[int, str] = {}
        for number in range(len(self.parts)):
            here = _in_part(run, at, number)
            if run.hits is not None and len(here):
                rows = run.hits.rows[at[list(here)]].tolist()
                of_part = self.parts[number].titles(run.rule.about, rows)
                titles |= zip(here, of_part, strict=True)
        return [titles[place] for place in range(len(at))]

    def __str__(self) -> str:
        return self.written("text")


def _in_part(run: Run, at: Ints, part: int) -> Sequence[int]:
    """Which of these hits are in a partition."""
    if run.hits is None or run.hits.parts is None:
        return range(len(at) if part == 0 else 0)
    places: list[int] = np.flatnonzero(run.hits.parts[at] == part).tolist()
    return places


def _aside(line: Line) -> Any:
    return line.exclusion is not None


FINDINGS = Table(
    (
        Column("severity", "word", SEVERITIES, of=lambda line: line.severity),
        Column("title", of=lambda line: line.rule.title),
        Column("subject", of=lambda line: line.title()),
        Column("sentence", of=lambda line: line.sentence()),
        Column("remedy", of=lambda line: line.remedy),
        Column("why", of=lambda line: line.rule.why),
        Column("documented", "flag", of=lambda line: line.rule.source.documented),
        Column("source", of=lambda line: line.rule.source.place),
        Column("set_aside", "flag", of=_aside),
        Column("controls", of=lambda line: ", ".join(line.rule.controls) or None),
        Column("field", of=lambda line: path_text(line.told.path) or None),
        Column("kind", of=lambda line: line.subject.thing[0]),
        Column("thing", "id", of=lambda line: line.subject.thing[1]),
        Column("rule", "id", of=lambda line: line.rule.id),
        Column("fingerprint", "id", of=lambda line: line.fingerprint),
    )
)


def findings_frame(reports: Sequence[Report]) -> pd.DataFrame:
    """See ``frames.findings``."""
    frame = FINDINGS.frame([line for each in reports for line in (*each.lines, *each.aside)], [])
    names = dict.fromkeys(name for each in reports for name in each.environments)
    frame.attrs.update(
        {
            "environment": ", ".join(names) or "unknown",
            "verified": None,
            "verification": "found by this computer",
        }
    )
    return frame
