"""What must be so: who can, who cannot, what survives a loss, what nobody can do alone.

A file of ours (YAML)::

    can:
      - people: [Alice, Bob]
        things: Treasury approvals, EU
    cannot:
      - people: Alice
        things: [Treasury approvals, EU, Payout approvals]
    survives_loss:
      - things: Treasury vault        # of any one person; people: [Alice, Bob] are lost together
        power: signs
    never_alone:
      - things: Treasury vault

``power`` is one of signs, shares, rebuilds, approves, decides; it may be left out where a thing has
one, and in ``cannot``, ``survives_loss`` and ``never_alone``, which then mean each. ``because`` is
for people. Nothing else may stand there, and nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from toolkit.base.card import ROWS, Card, Count, Listed, Printed
from toolkit.base.text import and_words, plain_line, plural
from toolkit.errors import InputError
from toolkit.findings import Finding, ours
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.powers import COBO, KINDS, Power, persons_of, powers_over, present_of
from toolkit.quorum import Quorum
from toolkit.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["can", "cannot", "survives_loss", "never_alone"]
ASSERTIONS: tuple[Kind, ...] = ("can", "cannot", "survives_loss", "never_alone")
FIELDS = ("people", "things", "power", "because")
NEEDS_PEOPLE = ("can", "cannot")
VERDICTS = ("fails", "unknown", "holds")
LARGEST_FILE = 2**20  # bytes
TEXT = "tag:yaml.org,2002:str"
FAILED, UNJUDGED = 14, 3
REMEDY = "Change who can sign, or the expectation, whichever is wrong."


@dataclass(frozen=True, slots=True)
class Expectation:
    """One assertion of a file; ``line`` is where it stands."""

    kind: Kind
    people: tuple[str, ...]
    things: tuple[str, ...]
    power: str
    because: str
    place: str
    line: int

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.place}, line {self.line}"

    def __str__(self) -> str:
        who = and_words(self.people) or "anybody"
        what = and_words(self.things) + (f" ({self.power})" if self.power else "")
        words = {
            "can": f"{who} can: {what}",
            "cannot": f"{who} cannot: {what}",
            "survives_loss": f"survives the loss of {who}: {what}",
            "never_alone": f"never {who} alone: {what}",
        }
        return words[self.kind]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one expectation about one thing."""

    expectation: Expectation
    thing: str
    verdict: Literal["holds", "fails", "unknown"]
    sentence: str


@dataclass(frozen=True, repr=False)
class Verdict(Printed):
    """Every expectation of a file, thing by thing; what fails first.

    >>> from pathlib import Path
    >>> from toolkit import collect, expect
    >>> _ = Path("expected.yaml").write_text("never_alone: [{things: [Night shift]}]")
    >>> [outcome] = expect("expected.yaml", collect(custody, app)).of("fails")
    >>> outcome.thing
    'Night shift'
    """

    outcomes: tuple[Outcome, ...]
    environments: tuple[str, ...] = ()

    def of(self, verdict: str) -> tuple[Outcome, ...]:
        """Those that hold, fail, or are unknown."""
        return tuple(each for each in self.outcomes if each.verdict == verdict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A failed expectation is high; one that could not be judged is medium."""
        return tuple(
            Finding(
                f"expect.{each.expectation.kind}",
                "high" if each.verdict == "fails" else "medium",
                each.thing,
                (),
                f"{each.sentence} Expected: {each.expectation}.",
                REMEDY,
                ours(each.expectation.because or each.expectation.where),
                (each.thing, *each.expectation.people),
            )
            for each in (*self.of("fails"), *self.of("unknown"))
        )

    def frame(self) -> pd.DataFrame:
        """One row an expectation and a thing: ``verdict``, ``kind``, ``people``, ``thing``,
        ``power``, ``sentence``, ``because``, ``line`` (Int64).
        """
        frame = OUTCOMES.frame(self.outcomes, [])
        frame.attrs.update(
            environment=", ".join(self.environments),
            verified=None,
            verification="worked out from an inventory; see its origins",
        )
        return frame

    def exit_code(self) -> int:
        """0: all hold; 14: one fails; 3: one could not be judged, or there are none."""
        if self.of("fails"):
            return FAILED
        return UNJUDGED if self.of("unknown") or not self.outcomes else 0

    @property
    def headline(self) -> str:
        """Counts."""
        if not self.outcomes:
            return "Nothing is expected: this is no pass."
        failed, unknown = len(self.of("fails")), len(self.of("unknown"))
        return (
            f"{failed or 'None'} of {plural(len(self.outcomes), 'expectation')} failed; "
            f"{unknown or 'none'} could not be judged."
        )

    def text(self) -> str:
        """All of it for a terminal: what is hidden is written out."""
        lines = [self.headline]
        for each in self.outcomes:
            lines.append(f"  {each.verdict.upper():<8}{plain_line(each.expectation)}")
            place = each.expectation.where
            lines.append(
                f"          {plain_line(each.thing)}: {plain_line(each.sentence)} ({place})"
            )
        return "\n".join(lines)

    def __bool__(self) -> bool:
        return self.exit_code() == 0

    def _card(self) -> Card:
        rows = [
            (each.verdict, str(each.expectation), each.thing, each.sentence)
            for each in self.outcomes[:ROWS]
        ]
        columns = ("verdict", "expected", "thing", "what is so")
        return Card(
            "Verdict",
            [(name, Count(len(self.of(name)))) for name in VERDICTS],
            environment=", ".join(self.environments),
            lists=[Listed("expectations", columns, rows, len(self.outcomes))] if rows else [],
            lead=self.headline,
        )


OUTCOMES = Table(
    (
        Column("verdict", "word", VERDICTS, of=lambda row: row.verdict),
        Column("kind", "word", ASSERTIONS, of=lambda row: row.expectation.kind),
        Column("people", of=lambda row: ", ".join(row.expectation.people) or None),
        Column("thing", of=lambda row: row.thing),
        Column("power", "word", KINDS, of=lambda row: row.expectation.power or None),
        Column("sentence", of=lambda row: row.sentence),
        Column("because", of=lambda row: row.expectation.because or None),
        Column("line", "integer", of=lambda row: row.expectation.line),
    )
)


def expect(file: str | Path, inventory: Inventory) -> Verdict:
    """Whether everything that a file expects is so.

    Raises:
        InputError: the file cannot be read, says what cannot be expected, or names a person or a
            thing that is not known: with the line. PyYAML (the extra ``yaml``) is missing.

    >>> from pathlib import Path
    >>> from toolkit import collect, expect
    >>> _ = Path("expected.yaml").write_text("never_alone: [{things: [Night shift]}]")
    >>> expect("expected.yaml", collect(custody, app))
    <Verdict on EMULATOR: 1 fails, 0 unknown, 0 holds>
    """
    if not isinstance(inventory, Inventory):
        raise InputError(
            f"expect asks an Inventory, not {type(inventory).__name__}.", hint="collect makes one."
        )
    outcomes = [
        outcome
        for expectation in read_expectations(file)
        for outcome in _judged(expectation, inventory)
    ]
    outcomes.sort(key=lambda each: (VERDICTS.index(each.verdict), each.expectation.line))
    return Verdict(tuple(outcomes), inventory.environments)


# ---- the file ------------------------------------------------------------------------------------


def read_expectations(file: str | Path) -> tuple[Expectation, ...]:
    """What a file expects; nothing where it has no assertion.

    Raises:
        InputError: as ``expect``.
    """
    place = Path(file)
    root = _composed(place)
    if root is None:
        return ()
    reading = _Reading(place.name)
    expectations = []
    for key, value in reading.pairs(root, "the file", ASSERTIONS):
        for node in reading.items(value):
            expectations.append(reading.expectation(key, node))
    return tuple(expectations)


def _composed(place: Path) -> Any:
    """The file as nodes that know their lines: nothing in it is made or run."""
    if find_spec("yaml") is None:
        raise InputError(
            "Reading expectations needs PyYAML.", hint="pip install 'quorum-toolkit[yaml]'"
        )
    import yaml

    try:
        if place.stat().st_size > LARGEST_FILE:
            raise InputError(f"{place.name} is larger than 1 MiB.", hint="Is it another file?")
        return yaml.compose(place.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{place} cannot be read: {reason}.", hint="Name another file.") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{place.name} is no YAML: {error}.", hint="Mend it by hand.") from error


@dataclass(frozen=True, slots=True)
class _Reading:
    """Nodes of one file, read strictly: every error names the line."""

    place: str

    def wrong(self, node: Any, what: str, hint: str) -> InputError:
        return InputError(f"{self.place}, line {node.start_mark.line + 1}: {what}.", hint=hint)

    def pairs(self, node: Any, what: str, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """Names and values of a mapping: only these names, and each once."""
        if node.id != "mapping":
            raise self.wrong(node, f"{what} must be a mapping", f"It has {', '.join(names)}.")
        seen = set()
        for key, value in node.value:
            name = self.text(key, "a name")
            if name not in names:
                hint = f"There {'is' if len(names) == 1 else 'are'} {', '.join(names)}."
                raise self.wrong(key, f"{name!r} is nothing that can stand here", hint)
            if name in seen:
                raise self.wrong(key, f"{name!r} stands twice", "Put both into one list.")
            seen.add(name)
            yield name, value

    def items(self, node: Any) -> Sequence[Any]:
        """The nodes of a list."""
        if node.id != "sequence":
            raise self.wrong(node, "this must be a list", "Begin each assertion with a dash.")
        items: Sequence[Any] = node.value
        return items

    def text(self, node: Any, what: str) -> str:
        if node.id != "scalar" or node.tag != TEXT:
            raise self.wrong(node, f"{what} must be text", "Put it in quotes.")
        return str(node.value)

    def texts(self, node: Any, what: str) -> tuple[str, ...]:
        """One text, or a list of different ones."""
        if node.id == "scalar":
            return (self.text(node, what),)
        listed = tuple(self.text(each, what) for each in self.items(node))
        if len(set(listed)) < len(listed):
            raise self.wrong(node, f"{what} name the same twice", "Name each once.")
        return listed

    def expectation(self, kind: str, node: Any) -> Expectation:
        """One assertion."""
        fields = dict(self.pairs(node, "an assertion", FIELDS))
        people = self.texts(fields["people"], "people") if "people" in fields else ()
        things = self.texts(fields["things"], "things") if "things" in fields else ()
        if not things:
            raise self.wrong(node, "things are missing", "Name a vault, group, quorum or wallet.")
        if kind in NEEDS_PEOPLE and not people:
            raise self.wrong(node, "people are missing", "Name who.")
        power = self.text(fields["power"], "power") if "power" in fields else ""
        if power and power not in KINDS:
            hint = f"There are {', '.join(KINDS)}."
            raise self.wrong(fields["power"], f"{power!r} is no power", hint)
        because = self.text(fields["because"], "because") if "because" in fields else ""
        line = node.start_mark.line + 1
        return Expectation(kind, people, things, power, because, self.place, line)  # type: ignore[arg-type]  # one of ASSERTIONS


# ---- judging -------------------------------------------------------------------------------------

Held = tuple[Power, str, Quorum | None]  # a power, its part in a wallet, and who has it, by person


def _judged(expectation: Expectation, inventory: Inventory) -> Iterator[Outcome]:
    persons = persons_of(inventory)
    try:
        people = present_of(inventory, expectation.people, persons)
        over = {thing: powers_over(inventory, thing) for thing in expectation.things}
    except InputError as error:
        raise InputError(f"{expectation.where}: {error.what}", hint=error.hint) from error
    for thing, powers in over.items():
        held = _chosen(expectation, thing, powers, persons)
        verdict, sentence = _JUDGES[expectation.kind](held, people)
        yield Outcome(expectation, thing, verdict, sentence)


def _chosen(
    expectation: Expectation,
    thing: str,
    powers: Sequence[tuple[Power, str]],
    persons: Mapping[str, str],
) -> list[Held]:
    """The powers that it is about; two are never taken for one."""
    wanted = [each for each in powers if expectation.power in ("", each[0].kind)]
    kinds = list(dict.fromkeys(power.kind for power, _ in wanted))
    if not powers:
        raise InputError(
            f"{expectation.where}: of {thing} no group was seen, so nobody has power over it.",
            hint="Expect something of it once it has a group.",
        )
    if not wanted:
        raise InputError(
            f"{expectation.where}: {thing} has no power {expectation.power!r}.",
            hint=f"It has {', '.join(dict.fromkeys(power.kind for power, _ in powers))}.",
        )
    if expectation.kind == "can" and len(kinds) > 1:
        raise InputError(
            f"{expectation.where}: {thing} has several powers: {', '.join(sorted(kinds))}.",
            hint="Say which with power.",
        )
    return [(power, part, power.held_by(persons)) for power, part in wanted]


Answer = tuple[Literal["holds", "fails", "unknown"], str]


def _unknown(held: Sequence[Held]) -> Answer | None:
    """A power of which it is not known who has it, unless nobody can use it now anyway."""
    for power, _, quorum in held:
        if quorum is None and not power.state:
            return "unknown", f"{power.title}: {power.why}"
    return None


def _usable(held: Sequence[Held]) -> list[tuple[Power, str, Quorum]]:
    """The powers that can be used now."""
    return [
        (power, part, quorum)
        for power, part, quorum in held
        if quorum is not None and not power.state
    ]


def _can(held: Sequence[Held], people: frozenset[str]) -> Answer:
    for power, _, quorum in _usable(held):
        if quorum.can_sign(people):
            return "holds", f"They are enough: {power.title} {power.act}."
    return _unknown(held) or ("fails", f"They are not enough: {_who(held)}.")


def _cannot(held: Sequence[Held], people: frozenset[str]) -> Answer:
    for power, _, quorum in _usable(held):
        if quorum.can_sign(people):
            return "fails", f"They are enough: {power.title} {power.act}, {quorum.in_words()}."
    return _unknown(held) or ("holds", "They are not enough.")


def _survives(held: Sequence[Held], people: frozenset[str]) -> Answer:
    """Each power goes on, through whichever thing it comes, without these people; or, where none is
    named, without any one. What is known to stop is worse than what nobody knows.
    """
    answers = [_goes_on(name, ways, people) for name, ways in _by_power(held).items()]
    return min(answers, key=lambda answer: VERDICTS.index(answer[0]))


def _goes_on(name: str, ways: Sequence[Held], people: frozenset[str]) -> Answer:
    """Whether one power goes on. A way that is not known could carry it on where the others stop;
    it takes nothing away where they go on.
    """
    quorums = [quorum for _, _, quorum in _usable(ways)]
    stopping = _stopping(quorums, people)
    if quorums and not stopping:
        return "holds", "It goes on."
    why = f"Without {stopping} it stops" if stopping else "Nobody can use it now"
    return _unknown(ways) or ("fails", f"{why}: {name}.")


def _stopping(quorums: Sequence[Quorum], people: frozenset[str]) -> str:
    """Without whom none of these is satisfied: these people, or any one; empty: it goes on, or
    there is nothing that could.
    """
    losses = [people]
    if not people:
        everybody = {each for quorum in quorums for each in quorum.ids} - {COBO}
        losses = [frozenset([each]) for each in sorted(everybody)]
    for lost in losses:
        if quorums and all(quorum.without(lost) is None for quorum in quorums):
            return and_words(sorted(lost))
    return ""


def _by_power(held: Sequence[Held]) -> Mapping[str, list[Held]]:
    """The ways to each power, and to each part of a wallet."""
    ways: dict[str, list[Held]] = {}
    for way in held:
        power, part, _ = way
        ways.setdefault(f"{power.kind} {part}".strip(), []).append(way)
    return ways


def _never_alone(held: Sequence[Held], people: frozenset[str]) -> Answer:
    for power, _, quorum in _usable(held):
        for each in quorum.ids:
            if (not people or each in people) and quorum.can_sign([each]):
                return "fails", f"{each} alone is enough: {power.title} {power.act}."
    return _unknown(held) or ("holds", "Nobody is enough alone.")


def _who(held: Sequence[Held]) -> str:
    return "; ".join(quorum.in_words() for _, _, quorum in held if quorum is not None)


_JUDGES: Mapping[Kind, Callable[[Sequence[Held], frozenset[str]], Answer]] = {
    "can": _can,
    "cannot": _cannot,
    "survives_loss": _survives,
    "never_alone": _never_alone,
}
