"""Every form of a report says the same, names nobody who should not be named, and is only what it looks like."""

from __future__ import annotations

import json
import random
import re
import xml.etree.ElementTree as Xml
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.inventory.organisation import NODE, World
from tests.names import NAMES
from toolkit import audit, privy
from toolkit.base.hidden import hidden_at
from toolkit.inventory.formats import FORMATS, SUFFIXES
from toolkit.inventory.report import Report

SCHEMA = Path("/work/shared/vectors/sarif/sarif-schema-2.1.0.json")
SCRIPTS = [
    "<script>alert(1)</script>",
    "]]>",
    "{0} {} {x}",
    "%0A::error::x",
    "::error::x",
    "[x](javascript:alert(1))",
    "@octocat",
    "http://x.example",
    "`x`",
]
PIECES = [
    *NAMES,
    *SCRIPTS,
    "a",
    " ",
    "\n",
    "\x00",
    "\ufffe",
    "\u2066",
    "'",
    '"',
    "&",
    "|",
    "#",
    "*",
    "_",
    "---",
    "www.x.example",
]


def hostile(count: int) -> list[str]:
    """So many names, each of hostile pieces."""
    rng = random.Random(3)
    return [
        *NAMES,
        *SCRIPTS,
        *("".join(rng.choices(PIECES, k=3)) for _ in range(count - len(NAMES) - len(SCRIPTS))),
    ]


def world_of(names: list[str]) -> World:
    """Every name in every place that a report can show: of things, people, roles, addresses and exclusions."""
    world = World()
    for name in names:
        world.quorum(
            1,
            name=name,
            keys=[privy.AuthorizationKey(world.key(None).public_key, name), world.key("Ben")],
        )
        if name.strip():
            world.key(name)
            world.quorum(1, keys=[world.key(name)])
    for name in names[:: len(names) // 20]:
        vault = world.vault("bare", name=name)
        node = NODE.format(next(world.numbers))
        world.group(
            vault,
            "MainGroup",
            2,
            [world.holder(None, True, name=name, online=False, tss_node_id=node)],
        )
        world.api_key((name, {}), name=name, callback_url=name, valid_ips=[name])
        world.wallet(None, display_name=name, chain_type=name)
    quorum = world.quorum(1, "Ann")
    for name in names[:20]:
        if name.strip():
            exclusion = world.exclude("quorum.alone", {"quorum": quorum.id})
            world.exclusions[-1] = exclusion.__class__(
                exclusion.rule,
                exclusion.about,
                name,
                name,
                name,
                exclusion.since_ms,
                exclusion.until_ms,
            )
    return world


@pytest.fixture(scope="module")
def report() -> Report:
    """200 hostile names through everything."""
    world = world_of(hostile(200))
    return audit(world.inventory(), exclusions=world.exclusions, duration_s=1.0)


@pytest.fixture(scope="module")
def plain() -> Report:
    world = World()
    world.quorum(1, "Ann Ben")
    world.vault("main", "signing")
    vault = world.vault("main", "recovery")
    world.group(
        vault,
        "SigningGroup",
        2,
        [world.holder("Zenobia", True, online=False), world.holder("Ysolde")],
    )
    world.quorum(
        3,
        keys=[
            world.key("Xanthe"),
            world.key("Xanthe"),
            world.key("Ben"),
            world.key("Cem"),
            world.key("Dee"),
        ],
    )
    world.exclude("quorum.alone", {"quorum": "nowhere"})
    return audit(world.inventory(), exclusions=world.exclusions, duration_s=0.25)


# ---- only what it looks like ---------------------------------------------------------------------


def test_nothing_hidden_in_any_form(report: Report) -> None:
    """No form has a character that hides or moves others; lines end where the form ends them."""
    assert not report.failed
    assert len(report.lines) > 300
    for name, form in FORMATS.items():
        for line in form.write(report, True).split("\n"):
            assert not hidden_at(line), (name, line)


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


OUR_TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "li", "b", "details", "summary", "div", "span", "dl", "dt",
    "dd", "code", "bdi", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def test_the_page_has_only_our_tags(report: Report) -> None:
    """No script, no link, no picture, no event, no address; a policy that allows one style sheet and nothing else."""
    page = report.written("html")
    tags = Tags()
    tags.feed(page)
    assert tags.tags <= OUR_TAGS
    assert tags.attributes <= {
        "lang",
        "charset",
        "name",
        "content",
        "http-equiv",
        "class",
        "open",
        "scope",
        "title",
    }
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert "unsafe" not in policy
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]


def test_the_policy_names_the_style_that_is_there(report: Report) -> None:
    """The hash in the policy is that of the style sheet as a browser reads it."""
    import base64
    import hashlib

    page = report.written("html")
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"sha256-{digest}" in page.replace("&#43;", "+")


def test_markdown_has_only_our_markup(report: Report) -> None:
    """Rendered, the words of others are words: no tag, link, picture, code, heading or table of theirs."""
    from markdown_it import MarkdownIt

    text = report.written("markdown")
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    tags = Tags()
    tags.feed(rendered)
    assert tags.tags <= {"h1", "h2", "ul", "li", "p", "strong", "em", "code", "span"}
    assert not tags.attributes
    allowed = {rule.id for rule in report.rules_by_id.values()}
    assert set(re.findall(r"<code>(.*?)</code>", rendered)) <= allowed
    headings = re.findall(r"<h2>(.*?)</h2>", rendered)
    assert all(
        heading.partition(":")[0]
        in ("High", "Medium", "Low", "Note", "Good", "Set aside", "Not seen")
        for heading in headings
    )
    assert not re.search(r"(?<!>)@octocat|https?://x\.example|www\.x", text)


def test_annotations_are_one_a_line(report: Report) -> None:
    """Each line is one command of ours, and no text can begin another."""
    lines = report.written("github").splitlines()
    assert len(lines) == sum(line.severity != "good" for line in report.lines)
    assert all(
        re.match(r"::(error|warning|notice) (file=\w+\.jsonl,line=\d+,)?title=[^:,]+::", line)
        for line in lines
    )
    assert not any("::error::" in line.partition("::")[2].partition("::")[0] for line in lines)


def test_junit_is_read(report: Report) -> None:
    """Any reader of XML takes it; the numbers of each suite are those of its cases."""
    root = Xml.fromstring(report.written("junit"))  # noqa: S314  # written here
    assert root.tag == "testsuites"
    cases = list(root.iter("testcase"))
    assert len(cases) == sum(run.rule.severity != "good" for run in report.runs)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.get(name, "0")) == len(list(root.iter(tag)))
    failed = {
        case.get("name", "").partition(":")[0] for case in cases if case.find("failure") is not None
    }
    assert failed == {line.rule.id for line in report.lines if line.severity != "good"}


def test_json_is_whole(report: Report) -> None:
    """Every finding and every rule is in it, by its fingerprint."""
    document = json.loads(report.written("json"))
    assert document["version"] == "json-v1"
    assert [each["fingerprint"] for each in document["findings"]] == [
        line.fingerprint for line in report.lines
    ]
    assert document["counts"] == report.counts
    assert {each["id"] for each in document["rules"]} == {run.rule.id for run in report.runs}
    assert len(document["controls"]["controls"]) == 24


# ---- SARIF ---------------------------------------------------------------------------------------


def check_sarif(log: dict[str, Any], report: Report) -> None:
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [each.rule.id for each in report.runs]
    assert len({rule["name"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert re.fullmatch(r"[0-9a-f]{64}", result["partialFingerprints"]["quorumToolkit/v1"])
    assert len(run["results"]) == len(report.lines) + len(report.aside)
    assert run["invocations"][0]["executionSuccessful"] == report.whole


@pytest.mark.parametrize("names", [True, False])
def test_sarif_is_valid(report: Report, plain: Report, names: bool) -> None:
    """By the schema of OASIS where it is at hand, and by what it says of itself everywhere."""
    for each in (report, plain):
        log = json.loads(each.written("sarif", names=names))
        check_sarif(log, each)
        if SCHEMA.exists():
            jsonschema.validate(log, json.loads(SCHEMA.read_text()))


def test_lines_are_those_of_the_saved_inventory(tmp_path: Path) -> None:
    """A finding points to the line of the folder on which its thing stands."""
    world = World()
    world.quorum(2, "Ann Ben Cem")
    bad = world.quorum(1, "Ann Ben")
    inventory = world.inventory()
    inventory.save(tmp_path / "look")
    log = json.loads(audit(inventory).written("sarif"))
    (result,) = [each for each in log["runs"][0]["results"] if each["ruleId"] == "quorum.alone"]
    place = result["locations"][0]["physicalLocation"]
    lines = (tmp_path / "look" / place["artifactLocation"]["uri"]).read_text().splitlines()
    assert json.loads(lines[place["region"]["startLine"] - 1])["id"] == bad.id


# ---- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(FORMATS))
def test_people_by_pseudonym(plain: Report, form: str) -> None:
    """What other systems take names nobody, unless names are asked for; what people read does, unless they are not."""
    people = ("Zenobia", "Xanthe")
    by_pseudonym = form in ("sarif", "junit", "github")
    for name in people:
        assert (name in plain.written(form)) != by_pseudonym
        assert name in plain.written(form, names=True)
        assert name not in plain.written(form, names=False)
    assert "person-" in plain.written(form, names=False)


def test_a_pseudonym_is_one_person(plain: Report) -> None:
    """The same for all of a person's seats, whatever they are called there."""
    world = World()
    world.held("a", "Ann")
    world.held("b", "Ann")
    holders = [
        world.holder("Ann", True, online=False, name="Annie"),
        world.holder("Ann", online=False, name="A."),
    ]
    world.group(world.vault("signing", "recovery"), "MainGroup", 2, holders)
    said = [
        each
        for each in audit(world.inventory()).lines
        if each.rule.id in ("holder.away", "group.one-holds-enough")
    ]
    pseudonyms = {
        word for line in said for word in re.findall(r"person-\w+", line.sentence(names=False))
    }
    assert len(said) == 3
    assert len(pseudonyms) == 1


def test_the_same_at_the_same_moment(plain: Report, tmp_path: Path) -> None:
    """Moment and duration are arguments: the same things give the same files, byte for byte."""
    for suffix, name in SUFFIXES.items():
        path = plain.save(tmp_path / f"findings{suffix}")
        assert path.read_text("utf-8") == plain.written(name)
    assert plain.save_as("sarif", tmp_path / "x").read_text() == plain.written("sarif")
    assert "0.25 s" in plain.written("text")
    assert plain.read in plain.written("text")


def test_forms_agree(plain: Report) -> None:
    """Each form has each finding's sentence, as it writes texts."""
    for line in plain.lines:
        if line.severity == "good":
            continue
        for form in ("json", "sarif", "junit", "github"):
            assert line.sentence().replace("’", "\\u2019") in plain.written(
                form, names=True
            ) or line.sentence() in plain.written(form, names=True)
