"""Names that a table must neither obey nor hide: markup, terminal escapes, formulas, mathematics, and some that are plain."""

from __future__ import annotations

NAMES = [
    "<img src=x onerror=alert(1)>", "&lt;script&gt;", "&#x202e;evil", "a\u202eb", "a\n1  MainGroup", "\x1b[31mred",
    "\x9b31mred", "a\u3164", "a\r\tb", "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "a;=1+1",
    'x",=1+1', "\uff1d1+1", "$x$", "\\(x\\)", "\\[x\\]", "$$x$$", "\\begin{align}x\\end{align}", "\\u003c", "\\U0001f5dd",
    "\ud800", "\U000e0067", "\u2028", "plain", "Søren's key", "財務",
]  # fmt: skip
