"""Speed beside the official SDKs and bare httpx, measured in one run on one machine: ratios, not seconds.

``make bench`` runs it in the test environment. Each line prints both figures, the ratio, and what we aim for.
"""

from __future__ import annotations

import gc
import hashlib
import itertools
import json
import os
import ssl
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cobo_waas2
import httpx
import nbformat
import trustme
from cobo_waas2.crypto.local_ed25519_signer import LocalEd25519Signer
from cobo_waas2.crypto.local_secp256k1_signer import LocalSecp256k1Signer
from ipywidgets import HTML, VBox
from ipywidgets.widgets.widget import _instances as widgets_alive
from privy import PrivyClient
from row import beside
from row import show as show_row

from tests.browser.chromium import find
from tests.browser.labdriver import browser_page, lab, open_notebook, run_all
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import Journal
from toolkit.cobo import signing
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key

ROUNDS = 7
OWN = httpx.Limits(
    max_keepalive_connections=0
)  # the rule of our changes: nobody shares a connection


def best(work: Callable[[], Any], times: int) -> float:
    """Seconds of one call: the best of some rounds."""
    return min(seconds(work, times) for _ in range(ROUNDS))


def seconds(work: Callable[[], Any], times: int) -> float:
    """Seconds of one call, of so many in a row."""
    gc.collect()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def process(code: str) -> float:
    """Seconds from process start to the end of this code: the median of some."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def show(what: str, ours: float, other: str, theirs: float, aim: str) -> None:
    ratio = f"{theirs / ours:.1f} x faster" if ours <= theirs else f"{ours / theirs:.2f} x as long"
    print(
        f"{what:<46} ours {ours * 1000:9.3f} ms   {other:<12} {theirs * 1000:9.3f} ms   {ratio:<16} aim: {aim}"
    )


def write_and_sync(path: Path) -> float:
    """Seconds of one small write that is on disk afterwards: what nothing that survives a kill can do without."""

    def write() -> None:
        with path.open("ab") as file:
            file.write(b"x" * 500)
            file.flush()
            os.fsync(file.fileno())

    return best(write, 20)


@contextmanager
def another_process() -> Iterator[dict[str, Any]]:
    """An emulator of its own process, as a service is: it does not share our interpreter's lock."""
    command = [
        sys.executable,
        "-m",
        "toolkit",
        "emulator",
        "--choice",
        "cobo.node_in_two_groups=accepted",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        try:
            yield json.loads(served.stdout.readline())
        finally:
            served.terminate()


def start_up() -> None:
    bare = process("pass")
    show(
        "process start and import toolkit",
        process("import toolkit"),
        "python",
        bare,
        "0.1 s at most",
    )


def requests() -> None:
    lenient = {"cobo.node_in_two_groups": "accepted"}
    emulator = Emulator.seeded(choices=lenient)
    holders = [
        cobo.CreateKeyShareHolder(name="A", type="API", tss_node_id=node, signer=at == 0)
        for at, node in enumerate(emulator.spare_nodes[:2])
    ]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup",
        participants=3,
        threshold=2,
        key_share_holders=holders,
    )
    create = cobo.create_key_share_holder_group(emulator.vault_id, request)
    custody = emulator.cobo_client()
    kept: list[httpx.Request] = []
    recorder = httpx.MockTransport(lambda request: kept.append(request) or emulator.handle(request))  # type: ignore[func-returns-value]
    emulator.cobo_client(transport=recorder).send(create)
    alone, whole = (
        best(lambda: emulator.handle(kept[0]), 100),
        best(lambda: custody.send(create), 100),
    )
    aim = f"{'':<40} aim: 0.5 ms at most"
    print(f"{'emulator in process, one signed create':<46} ours {alone * 1000:9.3f} ms   {aim}")
    print(f"{'the same through our client and its journal':<46} ours {whole * 1000:9.3f} ms")
    with another_process() as facts:
        api_key = Ed25519Key.from_hex(facts["cobo"]["api_private_key"])
        place = cobo.Environment(
            facts["cobo"]["base_url"], facts["cobo"]["response_public_key"], "EMULATOR"
        )

        class Configuration(cobo_waas2.Configuration):
            resp_pubkey = property(lambda self: facts["cobo"]["response_public_key"])

        configuration = Configuration(
            api_private_key=facts["cobo"]["api_private_key"], host=facts["cobo"]["base_url"]
        )
        vault = facts["cobo"]["vault_id"]
        create = cobo.create_key_share_holder_group(vault, request)
        with (
            TemporaryDirectory() as folder,
            cobo.Client(api_key, environment=place, journal=Journal()) as ours,
            cobo.Client(
                api_key, environment=place, journal=Path(folder) / "journal.sqlite"
            ) as safe,
            cobo_waas2.ApiClient(configuration) as api,
            httpx.Client(trust_env=False) as bare,
            httpx.Client(trust_env=False, limits=OWN) as alone,
        ):
            sdk = cobo_waas2.WalletsMPCWalletsApi(api)
            body = cobo_waas2.CreateKeyShareHolderGroupRequest.from_json(
                ours.prepare(create).body.decode()
            )
            prepared = ours.prepare(create)
            headers = {
                **prepared.headers,
                signing.API_SIGNATURE: signing.sign(api_key, prepared.message),
            }
            shared = best(
                lambda: bare.post(prepared.url, headers=headers, content=prepared.body), 100
            )
            raw = best(
                lambda: alone.post(prepared.url, headers=headers, content=prepared.body), 100
            )
            show("a connection for each change, raw httpx", raw, "shared", shared, "printed")
            mine = best(lambda: ours.send(create), 100)
            theirs = best(
                lambda: sdk.create_key_share_holder_group(
                    vault, create_key_share_holder_group_request=body
                ),
                100,
            )
            show(
                "one signed create, journal in memory",
                mine,
                "raw, its own",
                raw,
                "1.3 x raw httpx at most",
            )
            show("", mine, "cobo-waas2", theirs, "")
            synced, price = (
                best(lambda: safe.send(create), 50),
                write_and_sync(Path(folder) / "file"),
            )
            show("the same, journal on disk", synced, "in memory", mine, "two synced writes more")
            print(
                f"{'':<46} price {(synced - mine) * 1000:8.3f} ms   one synced write of a file here: {price * 1000:.3f} ms"
            )
            listing = cobo.list_key_share_holder_groups(vault, limit=50)
            asked = ours.prepare(listing)
            signed = {**asked.headers, signing.API_SIGNATURE: signing.sign(api_key, asked.message)}
            raw = best(lambda: bare.get(asked.url, headers=signed), 50)
            mine = best(lambda: ours.send(listing), 50)
            theirs = best(lambda: sdk.list_key_share_holder_groups(vault, limit=50), 50)
            show(
                "50 groups listed, verified, decoded",
                mine,
                "raw httpx",
                raw,
                "1.5 x raw httpx at most",
            )
            show("", mine, "cobo-waas2", theirs, "1.7 x faster")
            here = privy.Environment(facts["url"])
            app = privy.Client(
                facts["privy"]["app_id"],
                facts["privy"]["app_secret"],
                environment=here,
                journal=Journal(),
            )
            official = PrivyClient(**facts["privy"])
            made = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
            mine = best(lambda: app.send(made), 100)
            theirs = best(lambda: official.key_quorums.create(user_ids=["did:privy:x"]), 100)
            show("one quorum created, loopback", mine, "privy-client", theirs, "")
            official._client.close()
            app.close()


def own_connections() -> None:
    """What a connection for each change costs over TLS, to a server of this computer; a far one adds its round trips."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        def log_message(self, *arguments: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://127.0.0.1:{server.server_address[1]}/"
        with (
            httpx.Client(verify=trusting, trust_env=False) as bare,
            httpx.Client(verify=trusting, trust_env=False, limits=OWN) as alone,
        ):
            shared, own = (
                best(lambda c=client: c.post(url, content=b"{}"), 30) for client in (bare, alone)
            )  # type: ignore[misc]
            show("a connection for each change, over TLS", own, "shared", shared, "printed")
        server.shutdown()


def signed(what: str, ours: Callable[[], Any], theirs: Callable[[], Any], times: int) -> None:
    """A signature beside that of the SDK's, in turns."""
    rounds = [(seconds(ours, times), seconds(theirs, times)) for _ in range(ROUNDS)]
    mine, other = zip(*rounds, strict=True)
    show_row(beside(what, mine, "cobo-waas2", other, 1.05))


def signatures() -> None:
    digest = hashlib.sha256(b"x").digest()
    key = Emulator.seeded().api_key
    sdk: Any = LocalEd25519Signer("01" * 32)
    signed("sign, Ed25519", lambda: key.sign(digest), lambda: sdk.sign(digest), 500)
    k1, sdk = Secp256k1Key.generate(), LocalSecp256k1Signer("01" * 32)
    signed("sign, secp256k1", lambda: k1.sign_digest(digest), lambda: sdk.sign(digest), 50)
    p256 = P256Key.generate()
    print(f"{'sign, P-256':<46} ours {best(lambda: p256.sign(digest), 200) * 1000:9.3f} ms")


def forms() -> None:
    """The forms beside the same number of bare widgets; and a keystroke, in the kernel and in a real page."""
    emulator = Emulator.seeded()
    custody, app = emulator.cobo_client(), emulator.privy_client()
    wanted = {
        "group": lambda: cobo.forms.create_key_share_holder_group(
            custody, nodes=emulator.spare_nodes
        ),
        "quorum": lambda: privy.forms.create_key_quorum(app),
    }
    for name, build in wanted.items():
        build()  # the templates are compiled once
        before = len(widgets_alive)
        build()
        count = len(widgets_alive) - before  # each with a layout and a style of its own
        bare = best(lambda count=count: VBox([HTML("") for _ in range(count // 3)]), 5)  # type: ignore[misc]  # bound at once
        show(
            f"{name} form, {count} widgets, built", best(build, 5), "bare widgets", bare, "printed"
        )
    form = wanted["group"]()
    for row, name, node in zip(form.rows, ["Alice", "Bob"], emulator.spare_nodes, strict=False):
        row.fields["name"].value, row.fields["tss_node_id"].value = name, node
    form.rows[0].fields["signer"].value = True
    names = itertools.count()

    def keystroke() -> None:
        form.rows[0].fields["name"].value = f"Alice {next(names)}"

    print(f"{'keystroke to preview, in the kernel':<46} ours {best(keystroke, 50) * 1000:9.3f} ms")
    if find() is None:
        print("keystroke to preview, in a page: NOT MEASURED, there is no browser here")
        return
    print(
        f"{'keystroke to preview, in a page':<46} ours {in_a_page() * 1000:9.3f} ms   mock-up 65-100 ms"
    )


CELL = """from toolkit import Emulator, cobo
emulator = Emulator.seeded()
cobo.forms.create_key_share_holder_group(emulator.cobo_client(), nodes=emulator.spare_nodes)"""
TYPED = """async () => {
    const field = [...document.querySelectorAll('.tk input')].find(f => f.labels[0]?.innerText.trim() === 'Seat 2 name');
    const taken = [];
    for (let n = 0; n < 25; n++) {
        const text = 'Name ' + n, began = performance.now();
        field.value = text;
        field.dispatchEvent(new Event('input', {bubbles: true}));
        while (!document.querySelector('.tk-bytes')?.innerText.includes(`"${text}"`)) await new Promise(requestAnimationFrame);
        taken.push(performance.now() - began);
    }
    return taken.sort((a, b) => a - b)[12] / 1000;
}"""


def in_a_page() -> float:
    """Seconds from a key to the bytes that show it, in JupyterLab and Chromium: the median of 25."""
    with TemporaryDirectory() as folder:
        metadata = {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        }
        cells = [nbformat.v4.new_code_cell(CELL)]
        (Path(folder) / "work").mkdir()
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata=metadata),
            Path(folder) / "work" / "form.ipynb",
        )
        with (
            lab(Path(folder) / "work", home=Path(folder) / "home") as server,
            browser_page() as page,
        ):
            open_notebook(page, server, "form.ipynb")
            run_all(page)
            page.locator(".tk-bytes").first.wait_for()
            seconds: float = page.evaluate(TYPED)
            return seconds


if __name__ == "__main__":
    start_up()
    signatures()
    requests()
    own_connections()
    forms()
