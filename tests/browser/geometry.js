// What is wrong with how our outputs lie in the page, as [form, what, where] for each fault.
() => {
  const faults = [];
  const roots = [...document.querySelectorAll(".jp-OutputArea-output :is(.tk.widget-vbox, .tk-value)")]
    .filter(root => !root.parentElement.closest(".tk, .tk-value"));
  const pen = document.createElement("canvas").getContext("2d");
  const widthOf = (text, element) => {
    const style = getComputedStyle(element);
    pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return pen.measureText(text).width;
  };
  const only_heard = new Map();  // words that are for those who hear them
  const heard = element => {
    if (!element || element === document.body) return false;
    if (!only_heard.has(element)) only_heard.set(element, getComputedStyle(element).clipPath !== "none" || heard(element.parentElement));
    return only_heard.get(element);
  };
  const seen = element => element.checkVisibility({visibilityProperty: true}) && !heard(element);
  const kept = new Map();
  const scrolls = element => {
    if (!kept.has(element)) kept.set(element, ["auto", "scroll"].includes(getComputedStyle(element).overflowX));
    return kept.get(element);
  };
  // the part of a rectangle that is not scrolled out of sight
  const clipped = (rect, element, root) => {
    let {left, top, right, bottom} = rect;
    for (let box = element; box && box !== root; box = box.parentElement) {
      if (!scrolls(box)) continue;
      const edge = box.getBoundingClientRect();
      left = Math.max(left, edge.left); right = Math.min(right, edge.right);
    }
    return right - left > 1 && bottom - top > 1 ? {left, top, right, bottom} : null;
  };
  const over = (a, b, by) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > by && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
  const named = element => `<${element.localName}.${[...element.classList].join(".")}> ${(element.innerText || element.value || element.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 60)}`;
  const block = node => {
    let box = node.parentElement;
    while (["inline", "contents"].includes(getComputedStyle(box).display)) box = box.parentElement;
    return box;
  };

  // the lines of each block of text: how many words stand in each, and where
  const linesOf = root => {
    const blocks = new Map(), walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, parent = node.parentElement;
      if (!node.data.trim() || !seen(parent) || ["STYLE", "OPTION"].includes(parent.tagName)) continue;
      const box = block(node);
      if (!blocks.has(box)) blocks.set(box, []);
      const lines = blocks.get(box);
      for (const word of node.data.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
        const pieces = [...range.getClientRects()].filter(rect => rect.width > 0);
        // where a text ends its line itself, nothing is squeezed
        const broken = [node, parent].some(each => each.previousSibling?.localName === "br");
        if (broken && lines.length && !word.index) lines.at(-1).ends = true;
        if (lines.length && getComputedStyle(parent).whiteSpace.startsWith("pre") && /\n\s*$/.test(node.data.slice(0, word.index))) lines.at(-1).ends = true;
        for (const rect of pieces) {
          const line = lines.at(-1), letters = word[0].length / pieces.length, part = 1 / pieces.length;
          if (line && rect.top < line.bottom - 3 && rect.bottom > line.top + 3) {
            line.words += part; line.letters += letters + 1; line.left = Math.min(line.left, rect.left); line.right = Math.max(line.right, rect.right);
            line.top = Math.min(line.top, rect.top); line.bottom = Math.max(line.bottom, rect.bottom);
          } else lines.push({words: part, letters, left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom, node});
        }
      }
    }
    return blocks;
  };

  for (const root of roots) {
    const title = root.querySelector(".tk-head strong, .tk-value-head strong")?.innerText.trim() ?? "?";
    const fault = (what, where) => faults.push([title, what, where]);
    const edge = root.getBoundingClientRect(), output = root.closest(".jp-OutputArea-output");
    if (output.scrollWidth > output.clientWidth + 1) fault("is wider than its output", `${output.scrollWidth} > ${output.clientWidth}`);
    const all = [...root.querySelectorAll("*")].filter(element => seen(element));
    for (const element of all) {
      const style = getComputedStyle(element), rect = element.getBoundingClientRect();
      if (element.closest("svg") || !rect.width) continue;
      const inside = clipped(rect, element.parentElement, root);
      if (inside && inside.right > edge.right + 1) fault("reaches out of its form", named(element));
      if (element.scrollWidth > element.clientWidth + 1 && style.display !== "inline") {
        if (scrolls(element) && !element.matches(".tk-scroll, .tk-value-list")) fault("has to be scrolled", named(element));
        if (["hidden", "clip"].includes(style.overflowX) && !element.matches("input")) fault("is cut", named(element));
      }
      if (["hidden", "clip"].includes(style.overflowY) && element.scrollHeight > element.clientHeight + 2 && !element.matches("input, select, .tk-bar")) fault("is cut below", named(element));
      const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (element.matches("input") && !element.value && widthOf(element.placeholder ?? "", element) > room + 1) fault("cuts its placeholder", element.placeholder);
      if (element.matches("select") && rect.width < 80) fault("is too narrow", named(element));
      if (element.matches("input:is([type=text], [type=password])") && rect.width < 80) fault("is too narrow", named(element));
    }
    const controls = all.filter(element => element.matches("input, select, textarea, button, summary, [role=tab]"))
      .map(element => [element, clipped(element.getBoundingClientRect(), element.parentElement, root)]).filter(([, rect]) => rect);
    controls.forEach(([one, a], at) => controls.slice(at + 1).forEach(([other, b]) => {
      if (over(a, b, 1)) fault("is laid over a control", `${named(one)} | ${named(other)}`);
    }));
    const rows = [];
    for (const [box, lines] of linesOf(root)) {
      if (getComputedStyle(box).writingMode !== "horizontal-tb") continue; // a heading that stands upright has one line
      // three words, or as long as three short ones: an id or a few long words fill a line as well
      const full = lines.slice(0, -1).filter(line => !line.ends), mean = what => full.reduce((sum, line) => sum + line[what], 0) / full.length;
      const words = lines.reduce((sum, line) => sum + line.words, 0);
      if (full.length && (words > 3 || lines.length > 3) && mean("words") < 3 && mean("letters") < 18)
        fault("has few words a line", `${named(box)} (${lines.map(line => Math.round(line.words * 10) / 10).join(" ")})`);
      for (const line of lines) {
        const rect = clipped(line, box, root);
        if (rect) rows.push([box, rect, line.node]);
      }
    }
    rows.forEach(([box, a, node], at) => {
      for (const [control, b] of controls) if (over(a, b, 1) && !control.contains(node)) fault("stands under a control", `${named(box)} | ${named(control)}`);
      for (const [other, b] of rows.slice(at + 1)) if (over(a, b, 3) && !box.contains(other) && !other.contains(box)) fault("is laid over words", `${named(box)} | ${named(other)}`);
    });
  }
  for (const page of document.querySelectorAll("html, .jp-WindowedPanel-outer"))
    if (page.scrollWidth > page.clientWidth + 1) faults.push(["the page", "has to be scrolled", `${page.scrollWidth} > ${page.clientWidth}`]);
  return [faults, roots.length];
}
