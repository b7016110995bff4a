"""Drive a real JupyterLab in headless Chromium (python ``playwright``, the browser that is on the machine).

Two context managers: ``lab(root)`` runs a throw-away server, ``browser_page()`` gives a page. Nothing of the
user's own Jupyter or IPython configuration is read or written.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import find

# The page is looked at until it is as expected, never once while it may still change.
expect.set_options(timeout=30_000)

ROOT = Path(__file__).parents[2]
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Written as JupyterLab user settings. windowingMode "none" keeps every cell in the DOM, so that
# a locator never misses a cell that is scrolled out of view (the default "contentVisibility"/"full" may).
BASE_SETTINGS = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}


@dataclass
class Lab:
    url: str
    token: str
    root: Path  # the folder that the server shows
    home: Path  # throw-away HOME: config, data, runtime, .ipython (history.sqlite is here)
    log: Path

    def notebook_url(self, name: str) -> str:
        # /lab/tree/... opens the file; ?reset drops any remembered workspace layout
        return f"{self.url}/lab/tree/{name}?reset&token={self.token}"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def private(home: Path) -> dict[str, str]:
    """An environment whose Jupyter and IPython read and write below ``home`` alone, and whose kernels import this
    checkout, wherever it is installed from."""
    return {
        **os.environ,
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "share"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
    }


def write_settings(home: Path, settings: dict) -> None:
    """A person's settings, by plugin, where JupyterLab and Notebook 7 look for them."""
    for plugin, value in settings.items():
        path = home / "settings" / (plugin + ".jupyterlab-settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))


@contextlib.contextmanager
def running(command: list, root: Path, home: Path, status: str, timeout: float = 60.0):
    """Run this server in ``root`` until ``status`` answers, and end it (and only it) on exit. Gives its log."""
    log = home / "server.log"
    with log.open("wb") as out:
        proc = subprocess.Popen(
            command,
            cwd=root,
            env=private(home),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + timeout
        while True:
            if proc.poll() is not None:
                raise RuntimeError("the server ended early:\n" + log.read_text()[-3000:])
            try:
                urllib.request.urlopen(status, timeout=2).read()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise RuntimeError(
                        "the server did not answer:\n" + log.read_text()[-3000:]
                    ) from None
                time.sleep(0.1)
        yield log
    finally:
        # the server shuts its kernels down on SIGTERM; start_new_session kept us out of its group
        with contextlib.suppress(ProcessLookupError):
            os.killpg(proc.pid, signal.SIGTERM)
        try:
            proc.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(proc.pid, signal.SIGKILL)
            proc.wait(5)


@contextlib.contextmanager
def lab(root, settings: dict | None = None, timeout: float = 60.0, home=None):
    """Run `jupyter lab` on 127.0.0.1 with a random token; end it (and only it) on exit."""
    root = Path(root).resolve()
    home = Path(home) if home else Path(tempfile.mkdtemp(prefix="labhome-"))
    write_settings(home, {**BASE_SETTINGS, **(settings or {})})
    port, token = free_port(), secrets.token_hex(16)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",  # gives window.jupyterapp (what Galata uses too)
        "--LabApp.news_url=",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    ]
    url = f"http://127.0.0.1:{port}"
    with running(command, root, home, f"{url}/api/status?token={token}", timeout) as log:
        yield Lab(url, token, root, home, log)


@contextlib.contextmanager
def browser_page(timeout: float = 30_000, **context):
    """A headless page that cannot leave this machine; what it tried to reach is listed in page.blocked.

    The names are blocked in Chromium itself. Do not use page.route("**/*") for this: with the sync API
    the handler runs in this process, so the page stalls whenever Python sleeps or waits in evaluate().
    """
    with sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path=find(),
            headless=True,
            args=[*CHROMIUM_ARGS, "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
        )
        page = browser.new_context(viewport={"width": 1280, "height": 900}, **context).new_page()
        page.set_default_timeout(timeout)
        page.blocked = []
        local = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")
        page.on(
            "request", lambda r: None if r.url.startswith(local) else page.blocked.append(r.url)
        )
        try:
            yield page
        finally:
            browser.close()


# ---- steps inside the page -------------------------------------------------------------------


def open_notebook(page, server: Lab, name: str):
    page.goto(server.notebook_url(name))
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext")
    wait_kernel(page)


def wait_kernel(page):
    """Wait until the kernel answers. The toolbar's data-status is "idle" before it is connected, too."""
    page.evaluate("""async () => {
        const ctx = window.jupyterapp.shell.currentWidget.sessionContext;
        await ctx.ready;
        await ctx.session.kernel.info;               // resolved by the kernel's first kernel_info_reply
    }""")
    page.wait_for_function("""() => {
        const k = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
        return k && k.connectionStatus === 'connected' && k.status === 'idle' }""")


def command(page, name: str, **args):
    """Run any JupyterLab command: notebook:run-all-cells, docmanager:save, notebook:restart-run-all..."""
    return page.evaluate(
        "([n, a]) => window.jupyterapp.commands.execute(n, a).then(() => null)", [name, args]
    )


def run_all(page):
    """Run every cell; raise with the first error output, as a failed cell does not fail the command."""
    command(page, "notebook:run-all-cells")
    wait_kernel(page)
    failed = troubles(page)
    if failed:
        raise AssertionError(failed[0])


def troubles(page, index: int | None = None) -> list[str]:
    """What went wrong in a cell, or in any: errors, and what was written to stderr. Read from the notebook, not from the
    screen, which may be drawn later."""
    return page.evaluate(
        """index => [...window.jupyterapp.shell.currentWidget.content.model.cells]
            .filter((cell, at) => cell.type === "code" && (index === null || at === index))
            .flatMap(cell => cell.outputs.toJSON())
            .filter(output => output.output_type === "error" || output.name === "stderr")
            .map(output => output.output_type === "error" ? output.traceback.join("\\n") : [output.text].flat().join(""))""",
        index,
    )


def save(page):
    """Save, and wait until the file is written."""
    command(page, "docmanager:save")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
