"""``make demo``: the main job on the emulator, printed; and the quickstart notebook, executed.

Everything is made in process. Nothing leaves this computer, and no account is needed.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from execute import execute

from toolkit import Emulator, audit, cobo, collect, frames, privy
from toolkit.keys import P256Key

HERE = Path(__file__).parent
REPORT_LINES = 14
EXECUTED = HERE.parent / "build" / "01_quickstart.executed.ipynb"


def main_job() -> None:
    """Make a group and a quorum, ask about the API key, and print all of it as tables."""
    emulator = Emulator.seeded()
    custody, app = emulator.cobo_client(), emulator.privy_client()

    holders = [
        cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node, signer=signer)
        for name, node, signer in zip(
            ["Grace Novak", "Hugo Brandt"], emulator.spare_nodes, [True, False], strict=False
        )
    ]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup",
        participants=3,
        threshold=2,
        key_share_holders=holders,
    )
    group = custody.send(cobo.create_key_share_holder_group(emulator.vault_id, request))
    show("Key share holder group, created at Cobo", frames.groups([group]))
    show(
        "Its holders",
        frames.holders([group]).drop(columns=["key_share_holder_group_id", "account_id"]),
    )

    keys = [P256Key.generate() for _ in range(3)]
    public_keys = [key.public for key in keys]
    wanted = privy.CreateKeyQuorumRequest(
        display_name="Payouts", public_keys=public_keys, authorization_threshold=2
    )
    quorum = app.send(privy.create_key_quorum(wanted))
    show("Key quorum, created at Privy", frames.key_quorums([quorum]))
    show("Its members", frames.quorum_members([quorum])[["quorum_name", "kind", "fingerprint"]])

    info = custody.send(cobo.get_api_key_info())
    show(
        "API key in use",
        frames.api_key(info)[["name", "curve_type", "kind", "created", "expires", "callback_url"]],
    )
    show("Its roles and scopes", frames.role_scopes(info).drop(columns=["api_key"]))

    report = audit(collect(custody, app, progress=False))
    lines = report.written("text").splitlines()
    print("\nWhat an audit of all of it begins with (toolkit.audit)\n")
    print("\n".join(lines[:REPORT_LINES]))
    print(f"… and {len(lines) - REPORT_LINES} more lines: python -m toolkit audit --emulator")


def show(title: str, frame: pd.DataFrame) -> None:
    """One table, its environment beside the title."""
    print(f"\n{title}  [{frame.attrs['environment']}; {frame.attrs['verification']}]\n")
    moments = {
        name: column.dt.strftime("%Y-%m-%d %H:%M UTC")
        for name, column in frame.items()
        if column.dtype.kind == "M"
    }
    print(frame.assign(**moments).to_string(index=False, max_colwidth=44, na_rep="–"))


if __name__ == "__main__":
    print("The main job, on the emulator: every signature below was checked.")
    main_job()
    print()
    execute(HERE / "01_quickstart.ipynb", EXECUTED)
    print(f"\nThe executed notebook: {EXECUTED.relative_to(HERE.parent)}")
    print("Open it, or try it yourself: make lab")
