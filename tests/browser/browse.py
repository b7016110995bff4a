"""Goes through the built site in a browser: ``python -m tests.browser.browse build/docs``, at the end of ``make docs``.

Every page is opened from a server on loopback. No page may ask anybody else for anything, fail to get something,
throw, or have a link, within the site or to a place in a page, that leads nowhere.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import find

UNLINKED = {"genindex.html", "search.html"}  # Sphinx makes them; the search box leads to one
ELSEWHERE = ("http://", "https://", "mailto:")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WHAT_IS_THERE = """() => ({
    links: [...document.querySelectorAll("a[href]")].map(each => each.href),
    ids: [...document.querySelectorAll("[id]")].map(each => each.id),
})"""


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, and no line for each."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on loopback; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Walk:
    """A walk through every page that can be reached: what is wrong, and what was seen."""

    def __init__(self, page: Page, start: str) -> None:
        self.page, self.start = page, start
        self.trouble: list[str] = []
        self.ids: dict[str, set[str]] = {}
        self.links: list[tuple[str, str]] = []
        page.on("request", lambda request: self._must_be_ours(request.url))
        page.on("requestfailed", lambda request: self._say(f"could not get {request.url}"))
        page.on("response", lambda response: self._must_be_there(response.status, response.url))
        page.on("pageerror", lambda error: self._say(f"a script failed: {error}"))

    def _say(self, what: str) -> None:
        self.trouble.append(f"{self.page.url}: {what}")

    def _must_be_ours(self, url: str) -> None:
        if not url.startswith((self.start, "data:", "blob:")):
            self._say(f"asks elsewhere: {url}")

    def _must_be_there(self, status: int, url: str) -> None:
        if status >= 400:
            self._say(f"{status} for {url}")

    def through(self) -> None:
        """Every page, each once; then every link to a place in one."""
        waiting, known = [f"{self.start}index.html"], {f"{self.start}index.html"}
        while waiting:
            url = waiting.pop()
            for target in self._opened(url):
                if target.startswith(self.start) and target not in known:
                    known.add(target)
                    waiting.append(target)
        for source, link in self.links:
            place, fragment = urldefrag(link)
            if fragment and place in self.ids and unquote(fragment) not in self.ids[place]:
                self.trouble.append(f"{source}: no such place: {link}")

    def _opened(self, url: str) -> list[str]:
        """Where the links of a page lead, without places; nothing for a file that is no page."""
        if not url.endswith((".html", "/")):
            self._must_be_there(self.page.request.get(url).status, url)
            return []
        self.page.goto(url, wait_until="load")
        there = self.page.evaluate(WHAT_IS_THERE)
        self.ids[url] = set(there["ids"])
        self.links += [(url, link) for link in there["links"]]
        return [urldefrag(link)[0] for link in there["links"]]


def main(folder: Path) -> int:
    """0 where nothing is wrong."""
    with served(folder) as start, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
        walk = Walk(browser.new_page(), start)
        walk.through()
        browser.close()
    built = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")} - UNLINKED
    reached = {url.removeprefix(start) for url in walk.ids}
    trouble = [line.replace(start, "") for line in walk.trouble]
    trouble += [f"{name}: no page leads there" for name in sorted(built - reached)]
    for line in trouble:
        print(line)
    links = {link for _, link in walk.links}
    foreign = {link for link in links if link.startswith(ELSEWHERE) and not link.startswith(start)}
    print(
        f"{len(walk.ids)} pages, {len(walk.links)} links, {len(foreign)} of them to elsewhere "
        f"(not followed), {len(trouble)} in trouble."
    )
    return int(bool(trouble) or not built)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
