"""The pages that are read: overview, findings, groups, quorums, API keys, requests, charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as w
from markupsafe import Markup

from toolkit import frames
from toolkit.app import plots
from toolkit.app.desk.questions import Question, first_steps
from toolkit.base.html import render
from toolkit.base.text import plural
from toolkit.base.times import moment
from toolkit.cobo.forms.api_key import api_key_card
from toolkit.cobo.models import KeyShareHolderGroup, MPCVault
from toolkit.errors import InputError
from toolkit.findings import SEVERITIES
from toolkit.forms.explore import explore
from toolkit.forms.in_doubt import pending
from toolkit.forms.widgets import box, html, styled
from toolkit.inventory.powers import GROUPS, Power, persons_of

if TYPE_CHECKING:
    from toolkit.app.desk.desk import Desk
    from toolkit.app.desk.sight import Sight
    from toolkit.inventory.report import Line

SHOWN = 200  # findings on one page; the table has all of them
IN_CARDS = 40  # groups or quorums that are drawn one by one; more stand in a table
KINDS = ("MainGroup", "SigningGroup", "RecoveryGroup")


def to_page(desk: Desk, page: str, text: str = "") -> w.Button:
    """A button that opens a page."""
    button = w.Button(description=text or page, tooltip=f"Open the page {page}")
    button.on_click(lambda _: desk.go(page))
    return button


# ---- overview ------------------------------------------------------------------------------------


def overview(desk: Desk) -> Sequence[w.Widget]:
    """Seven questions with their answers, and what to do first."""
    sight = desk.sight
    rows = [_asked(desk, each) for each in desk.answers]
    again = w.Button(description="Look again", icon="refresh", tooltip="Read everything anew")
    again.disabled = not sight.clients
    again.on_click(lambda _: desk.look_again())
    asked = styled(w.VBox(rows), "tk-asks")
    main = w.VBox([w.HTML(_verdict(sight)), asked, w.HTML(_counted(sight))])
    side = w.HTML(_first_steps(sight))
    return [
        box("tk-split", box("tk-main", main), box("tk-side", side)),
        styled(_picture(lambda: plots.margins(sight.inventory, most=6).html), "tk-after"),
        box("tk-foot", again, to_page(desk, "Snapshots", "Save a snapshot")),
    ]


def _asked(desk: Desk, each: Question) -> w.Box:
    facts = {"mark": each.mark, "question": each.question, "answer": each.answer}
    return box("tk-ask", html("question.html", **facts), to_page(desk, each.page))


def _first_steps(sight: Sight) -> Markup:
    return render("first_steps.html", steps=first_steps(sight))


def _verdict(sight: Sight) -> Markup:
    report = sight.report
    high = report.counts["high"]
    headline = "All right? Nothing is high."
    kind = "good"
    if high:
        headline = f"All right? No: {plural(high, 'thing')} need a person now."
        kind = "high"
    if not report.whole:
        headline, kind = "All right? Unknown: a rule could not run.", "unsure"
    lead = f"Read {moment(sight.inventory.at_ms, '%d %b %Y, %H:%M')}. {_verified(sight)}"
    return render("verdict.html", kind=kind, headline=headline, lead=lead)


def _verified(sight: Sight) -> str:
    verdicts = {origin.service: origin.verified for origin in sight.inventory.origins}
    words = []
    if "cobo" in verdicts:
        every = verdicts["cobo"] is True
        words.append("Every answer of Cobo carried a valid signature." if every else "")
    if "privy" in verdicts:
        words.append("Privy signs none.")
    return " ".join(filter(None, words))


def _counted(sight: Sight) -> Markup:
    inventory = sight.inventory
    counts = (
        (len(inventory.vaults), "vaults"),
        (len(inventory.groups), "key share holder groups"),
        (len(inventory.cobo_wallets), "Cobo wallets"),
        (len(inventory.quorums), "key quorums"),
        (len(inventory.wallets), "Privy wallets"),
        (len(inventory.policies), "policies"),
        (len(inventory.intents), "intents"),
        (len(inventory.api_keys), "API keys"),
        (len(inventory.seats), "seats"),
        (len(sight.people.names), "people"),
    )
    return render("counted.html", counts=[(f"{count:,}", what) for count, what in counts])


# ---- findings ------------------------------------------------------------------------------------


def findings(desk: Desk) -> Sequence[w.Widget]:
    """What is wrong, rule by rule, narrowed by severity, theme and words."""
    report = desk.sight.report
    themes = sorted({line.rule.theme for line in report.lines})
    severity = w.Dropdown(
        description="Severity",
        options=[
            ("All", ""),
            *((f"{each} and above".capitalize(), each) for each in SEVERITIES[:4]),
        ],
        value="",
    )
    about = [("Everything", ""), *((each, each) for each in themes)]
    theme = w.Dropdown(description="About", options=about, value="")
    search = styled(w.Text(description="Search", placeholder="Name, thing or rule"), "wide")
    search.continuous_update = False
    body = w.HTML()

    def draw(_: Any = None) -> None:
        lines = [
            line
            for line in report.lines
            if _is_wanted(line, severity.value, theme.value, search.value)
        ]
        body.value = _blocks(desk.sight, lines)

    for field in (severity, theme, search):
        field.observe(draw, "value")
    draw()
    return [box("tk-tools", search, severity, theme), body]


def _is_wanted(line: Line, severity: str, theme: str, words: str) -> bool:
    if severity and SEVERITIES.index(line.severity) > SEVERITIES.index(severity):
        return False
    if theme and line.rule.theme != theme:
        return False
    text = f"{line.title()} {line.rule.title} {line.rule.id} {line.sentence()}"
    return words.strip().casefold() in text.casefold()


def _blocks(sight: Sight, lines: Sequence[Line]) -> Markup:
    """One rule, one block, its things as a list."""
    rules: dict[str, list[Line]] = {}
    for line in lines[:SHOWN]:
        rules.setdefault(line.rule.id, []).append(line)
    report = sight.report
    return render(
        "findings_page.html",
        blocks=[(of_rule[0].rule, of_rule) for of_rule in rules.values()],
        more=max(0, len(lines) - SHOWN),
        aside=report.aside,
        failed=report.failed,
        unseen=report.unseen,
        rules=len(report.runs),
    )


def still(desk: Desk) -> Markup:
    """Overview and findings for a page that draws no widgets, such as an export."""
    sight = desk.sight
    return render(
        "desk_still.html",
        verdict=_verdict(sight),
        answers=desk.answers,
        counted=_counted(sight),
        first_steps=_first_steps(sight),
        findings=_blocks(sight, sight.report.lines),
    )


# ---- groups and quorums --------------------------------------------------------------------------


def groups(desk: Desk) -> Sequence[w.Widget]:
    """A row a vault, a column each kind of group; what is missing is an empty card."""
    inventory = desk.sight.inventory
    if len(inventory.groups) > IN_CARDS:
        return [explore(inventory.frame("groups"), "Groups")]
    cards = _Cards(desk.sight)
    vaults = [
        (vault.name or vault.vault_id, [(GROUPS[kind], cards.of(vault, kind)) for kind in KINDS])
        for vault in inventory.vaults
    ]
    table = explore(inventory.frame("holders"), "Holders")
    return [html("vaults_page.html", vaults=vaults), table]


class _Cards:
    """What each group's card says."""

    def __init__(self, sight: Sight) -> None:
        self._groups = sight.inventory.groups
        self._persons = persons_of(sight.inventory)
        self._powers: dict[str, list[Power]] = {}
        for power in sight.inventory.powers:
            self._powers.setdefault(power.thing, []).append(power)

    def of(self, vault: MPCVault, kind: str) -> list[dict[str, Any]]:
        """The groups of one kind in a vault; none where it has none."""
        return [
            {"status": group.status or "not said", "powers": self._words(group)}
            for group in self._groups
            if (group.vault_id, group.type) == (vault.vault_id, kind)
        ]

    def _words(self, group: KeyShareHolderGroup) -> list[tuple[str, str]]:
        powers = self._powers.get(group.key_share_holder_group_id or "", [])
        return [(power.act, _in_words(power, self._persons)) for power in powers]


def _in_words(power: Power, persons: dict[str, str]) -> str:
    people = power.held_by(persons)
    return f"unknown: {power.why}" if people is None else people.in_words()


def quorums(desk: Desk) -> Sequence[w.Widget]:
    """Each quorum by who approves; many of them as a table."""
    inventory = desk.sight.inventory
    if len(inventory.quorums) > IN_CARDS:
        return [explore(inventory.frame("quorums"), "Key quorums")]
    persons = persons_of(inventory)
    rows = [
        (power.name, _in_words(power, persons), plural(power.wallets, "wallet"), power.thing)
        for power in inventory.powers
        if power.kind == "approves"
    ]
    members = explore(inventory.frame("quorum_members"), "Members")
    return [html("quorums_page.html", rows=rows), members]


# ---- API keys, requests, charts ------------------------------------------------------------------


def api_keys(desk: Desk) -> Sequence[w.Widget]:
    """Each key: what its roles may do, where, and until when."""
    inventory = desk.sight.inventory
    if not inventory.api_keys:
        return [html("status.html", kind="note", text="No API key of Cobo was seen.")]
    names = {vault.vault_id or "": vault.name or "" for vault in inventory.vaults}
    at_ms = inventory.at_ms
    return [w.HTML(api_key_card(info, at_ms, names)) for info in inventory.api_keys]


def requests(desk: Desk) -> Sequence[w.Widget]:
    """Changes of ours that are in doubt, to be settled; and every one that was made."""
    sight = desk.sight
    if not sight.clients:
        text = "This is a saved inventory, and no client is here: nothing can be settled."
        return [html("status.html", kind="note", text=text)]
    tables = [
        explore(frames.journal(client), f"Requests of {client.environment.name}")
        for client in sight.clients
    ]
    return [*map(pending, sight.clients), *tables]


def charts(desk: Desk) -> Sequence[w.Widget]:
    """What one loss leaves, what ends soon, who holds power over what."""
    inventory = desk.sight.inventory
    return [
        _picture(lambda: plots.margins(inventory).html),
        _picture(lambda: plots.expiries(inventory).html),
        _picture(lambda: plots.powers(inventory).html),
    ]


def _picture(draw: Callable[[], Markup]) -> w.HTML:
    """A picture, or what it needs."""
    try:
        return w.HTML(draw())
    except InputError as error:
        return html("status.html", kind="note", text=str(error))
