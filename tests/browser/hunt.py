"""An observer in the page: which elements and attributes there are, which strings are shown whole, and whether a character
without ink stands there as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser import hostile

TEMPLATES = Path(hostile.__file__).parents[2] / "toolkit" / "forms" / "templates"
# what ipywidgets, pandas and JupyterLab themselves put into an output
ELEMENTS = {
    "select",
    "option",
    "input",
    "label",
    "datalist",
    "button",
    "a",
    "bdi",
    "br",
    "legend",
    "fieldset",
}
ATTRIBUTES = {
    "type", "value", "placeholder", "list", "for", "min", "max", "step", "name", "disabled", "required", "scoped", "border",
    "aria-selected", "aria-orientation", "data-orientation", "data-value", "data-mime-type",
}  # fmt: skip

OBSERVER = r"""([strings, spellings, surfaces, elements, attributes, sheets]) => {
  const raw = /(?![ \n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u115f\u1160\u2800\u3164\uffa0]/u;
  // blanks between words of our templates, and ipywidgets' empty label
  const ours = /^( yes \u2002 | some: in listed wallets only \u2002 | no \u2002 | unknown \u2002·\u2002 Cobo.*|\u00a0|\u200b)$/s;
  // people and things that are joined to one emoji are drawn as one: their joiners hide nothing
  const joined = /\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic})+/gu;
  const hunt = window.__hunt = {foreign: {}, raw: {}, seen: {}, changes: 0};
  const pads = new Set(["td", "th", "option"]);  // pandas and ipywidgets keep blanks apart with U+00A0
  const tags = new Set(elements), names = new Set(attributes);
  const stageOf = node => {
    const cell = node.closest(".jp-Cell"), source = cell && cell.querySelector(".jp-InputArea")?.textContent || "";
    return (/# (?:stage|cycle|after): ([a-z ]+?)!/.exec(source) || [])[1] || "?";
  };
  const note = (kind, stage, what) => { (hunt[kind][stage] ||= {})[what] ||= 0; hunt[kind][stage][what]++; };
  const vet = (element, stage) => {
    const tag = element.localName;
    if (!tags.has(tag) && !(tag === "style")) note("foreign", stage, tag);
    if (tag === "style" && !sheets.includes(element.textContent) && !/^\s*(\.dataframe [a-z: -]+\{[a-z:;\s-]+\}\s*)+$/.test(element.textContent))
      note("foreign", stage, "style: " + element.textContent.slice(0, 60));
    if (tag === "a") {  // JupyterLab makes them of addresses and file names in printed text
      if (!element.closest("pre") || element.closest(".tk, .jp-RenderedHTMLCommon:not(.jp-RenderedText)"))
        note("foreign", stage, "a: " + element.outerHTML.slice(0, 80));
      return;
    }
    for (const {name, value} of element.attributes)
      if (!names.has(name) || name.startsWith("on") || (tag !== "input" && tag !== "option" && !["title", "aria-label", "alt"].includes(name) && /^\s*javascript:/i.test(value)) ||
          (name === "style" && /url\(|@import|expression/i.test(value)))
        note("foreign", stage, `${tag}[${name}=${value.slice(0, 60)}]`);
  };
  const search = (area, stage) => {
    for (const [selector, spelling] of surfaces[stage] || []) {
      const inside = area.closest(selector);
      for (const place of inside ? [inside] : area.querySelectorAll(selector)) {
        const text = pads.has(place.localName) ? place.textContent.replaceAll("\u00a0", " ") : place.textContent;
        for (const tag of new Set(text.match(/h\d{3}/g) || [])) {
          const number = +tag.slice(1);
          if (number < strings && text.includes(spellings[spelling][number]))
            ((hunt.seen[stage] ||= {})[selector + " " + spelling] ||= {})[number] = true;
        }
      }
    }
  };
  // where a string is still to be seen, of all strings or of one
  hunt.unseen = (stage, number) => (surfaces[stage] || []).map(place => place.join(" ")).filter(where => {
    const seen = hunt.seen[stage]?.[where] || {};
    return number === undefined ? Object.keys(seen).length < strings : !seen[number];
  });
  const look = (area) => {
    const output = area.closest(".jp-OutputArea-output");
    if (!output) return;
    const stage = stageOf(output);
    for (const element of [area, ...area.querySelectorAll("*")]) if (element !== output) vet(element, stage);
    const walker = document.createTreeWalker(area, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode, place = text.parentElement.localName;
      const words = (pads.has(place) ? text.data.replaceAll("\u00a0", " ") : text.data).replace(joined, "");
      if (place !== "style" && !ours.test(words) && raw.test(words)) note("raw", stage, place + " " + escape(words.slice(0, 60)));
    }
    search(area, stage);
  };
  new MutationObserver(records => {
    hunt.changes += records.length;
    const areas = new Set();
    for (const record of records) {
      if (record.type === "attributes") {
        const output = record.target.closest(".jp-OutputArea-output");
        if (output && output !== record.target) vet(record.target, stageOf(output));
        continue;
      }
      for (const node of record.type === "childList" ? record.addedNodes : [record.target]) {
        const area = node.nodeType === 1 ? node : node.parentElement;
        if (area && area.isConnected) areas.add(area);
      }
    }
    for (const area of areas) if (![...areas].some(other => other !== area && other.contains(area))) {
      if (area.matches(".jp-OutputArea-output") || !area.querySelector(".jp-OutputArea-output")) look(area);
      else area.querySelectorAll(".jp-OutputArea-output").forEach(look);
    }
  }).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["style", "title", "href", "src", "class"]});
}"""


def spellings() -> dict[str, list[str]]:
    """How each string looks where the rule is kept, by the kind of surface."""
    return {
        name: [spell(text) for text in hostile.strings()]
        for name, spell in hostile.SPELLINGS.items()
    }


def allowed(but: Sequence[str]) -> tuple[list[str], list[str]]:
    """Elements and attributes of our own templates, and what those who show them add; ``but``: templates that stand on
    none of these pages.
    """
    templates = set(TEMPLATES.glob("*.html")) - {TEMPLATES / name for name in but}
    text = "".join(path.read_text() for path in sorted(templates))
    tags = set(re.findall(r"<([a-z][a-z0-9]*)", text, re.IGNORECASE)) - {"style"}
    names = set(re.findall(r"[\s\"'}]([a-zA-Z][a-zA-Z-]*)=\"", text)) | {
        "aria-hidden",
        "title",
        "aria-label",
        "id",
    }
    return sorted(tags | ELEMENTS), sorted(names | ATTRIBUTES)


LAST = "http://foreign.example.invalid/last"  # asked for by us, after everything else


def nothing_ran(page: Any) -> None:
    """No string ran, and the page reached for nothing but what we asked for at the end."""
    assert page.evaluate("() => window.__ran") is None
    assert [url for url in page.blocked if url != LAST] == []
    assert not [frame for frame in page.frames if "foreign" in frame.url]


def all_had_its_turn(page: Any) -> None:
    """Until what stands in the page has had its turn: a picture that we ask for last has been refused, like any before it."""
    page.evaluate(
        """url => new Promise(done => {
            const last = new Image();
            last.onerror = () => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 0);
            last.src = url })""",
        LAST,
    )
