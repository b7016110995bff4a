"""``python -m tests.docs`` writes the pages that are made from the code."""

from __future__ import annotations

from tests.docs.pages import DOCS, PAGES

for name, page in PAGES.items():
    (DOCS / name).write_text(page())
