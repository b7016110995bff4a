"""What has to work wherever the toolkit runs: ``python -m tests.smoke FOLDER`` prints a line for each part that did."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

import toolkit
from toolkit import Approval, Emulator, Journal, cobo, frames, privy
from toolkit.__main__ import main
from toolkit.base.processes import alive, this_process
from toolkit.keys import Ed25519Key, P256Key


def first_cells(folder: Path) -> None:
    """The README's first cells: a form, a group, a quorum and its change, a table as a file."""
    emulator = Emulator.seeded()
    custody, app = emulator.cobo_client(), emulator.privy_client()
    nodes = emulator.spare_nodes
    form = cobo.forms.create_key_share_holder_group(custody, nodes=nodes)
    assert form.problems
    form.close()
    holders = [
        cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node)
        for name, node in zip(["Jon", "Kaya"], nodes, strict=False)
    ]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="RecoveryGroup",
        participants=2,
        threshold=2,
        key_share_holders=holders,
    )
    group = custody.send(cobo.create_key_share_holder_group(emulator.vault_id, request))
    assert len(frames.holders([group])) == 2
    keys = [P256Key.generate() for _ in range(3)]
    members = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in keys], authorization_threshold=2
    )
    quorum = app.send(privy.create_key_quorum(members))
    named = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    app.send(privy.update_key_quorum(quorum.id, named), signers=keys[:2])
    table = frames.role_scopes(custody.send(cobo.get_api_key_info()))
    frames.save(table, folder / "scopes.csv")
    assert (folder / "scopes.csv").stat().st_size


def submitted_form(folder: Path) -> None:
    """A form is filled in and submitted; its receipt is there."""
    emulator = Emulator.seeded()
    app = emulator.privy_client()
    form = privy.forms.create_key_quorum(app)
    mine = P256Key.generate().public.to_base64()
    fields = privy.forms.QuorumFields(display_name="Mine", members=(("Key", mine),), threshold=1)
    form.fill(fields)
    form.submit()
    assert form.exchange.outcome == "answered"
    assert form.receipt is not None
    form.close()


def journal_on_disk(folder: Path) -> None:
    """A change is written into a journal in a file, and found there when it is opened anew."""
    path = folder / "journal.sqlite"
    emulator = Emulator.seeded("empty")
    custody = emulator.cobo_client(journal=Journal(path))
    vault = cobo.CreateMpcVaultRequest(name="Payouts", vault_type="Org-Controlled")
    custody.send(cobo.create_mpc_vault(vault))
    custody.journal.close()
    (entry,) = Journal(path).entries()
    assert entry.state == "answered"
    assert entry.process == this_process()
    assert alive(entry.process)


def state_in_a_file(folder: Path) -> None:
    """An emulator's world is kept in a file for it alone, and is the same when it starts again."""
    path = folder / "world.jsonl"
    emulator = Emulator.seeded("empty", state=path)
    vault = cobo.CreateMpcVaultRequest(name="Payouts", vault_type="Org-Controlled")
    made = emulator.cobo_client(journal=Journal()).send(cobo.create_mpc_vault(vault))
    emulator.close()
    again = Emulator.seeded("empty", state=path)
    assert made.vault_id in {each.vault_id for each in again.cobo_client().every_vault()}
    again.close()


def many_reads(folder: Path) -> None:
    """Many reads at once, or one after the other where there are no threads; and an audit of all of it, saved."""
    emulator = Emulator.seeded()
    custody, app = emulator.cobo_client(), emulator.privy_client()
    exchanges = custody.send_many([cobo.get_api_key_info()] * 5, progress=True)
    assert [each.outcome for each in exchanges] == ["answered"] * 5
    inventory = toolkit.collect(custody, app, progress=False)
    inventory.save(folder / "today")
    report = toolkit.audit(toolkit.Inventory.load(folder / "today"))
    report.save(folder / "findings.html")
    assert report.findings


def keys_and_approval(folder: Path) -> None:
    """Keys are saved and loaded; an approval goes round as a file, is signed twice, and is sent."""
    app = Emulator.seeded().privy_client()
    keys = [P256Key.generate() for _ in range(3)]
    saved = keys[0].save(folder / "member.pem")
    members = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in keys], authorization_threshold=2
    )
    quorum = app.send(privy.create_key_quorum(members))
    change = privy.update_key_quorum(
        quorum.id, privy.UpdateKeyQuorumRequest(display_name="Vendors")
    )
    path = Approval.of(app, change).save(folder / "vendors.approval.json")
    signed = Approval.load(path).sign(P256Key.from_file(saved)).sign(keys[1])
    signed.save(path)
    assert app.send(Approval.load(path)).display_name == "Vendors"
    toolkit.names.give(keys[0], "Łucja’s laptop")
    assert toolkit.names.of(keys[0]) == "Łucja’s laptop"


def commands(folder: Path) -> None:
    """The commands that need no account."""
    key = folder / "cobo.pem"
    lines = [
        ["check", "--emulator", "--json"],
        ["audit", "--emulator", "--out", str(folder / "audit.md"), "--fail-on", "high"],
        ["keypair", str(key)],
        ["notebooks", str(folder / "walkthroughs")],
        ["compare", str(folder / "today"), str(folder / "today")],
    ]
    for arguments in lines:
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code in (0, 14), (arguments, done.output, done.exception)
    json.loads(CliRunner().invoke(main, lines[0]).output)
    assert Ed25519Key.from_file(key).public


PARTS: list[Callable[[Path], None]] = [
    first_cells,
    submitted_form,
    journal_on_disk,
    state_in_a_file,
    many_reads,
    keys_and_approval,
    commands,
]


def run(folder: Path, say: Callable[[str], None] = print) -> None:
    """Every part, and a line for each; the first one that does not work ends it with its error."""
    for part in PARTS:
        part(folder)
        say(f"{part.__name__.replace('_', ' ')}: works")


if __name__ == "__main__":
    run(Path(sys.argv[1]))
