"""Two checkouts side by side: is the newer one slower? ``python benchmarks/before_after.py OLDER NEWER [ROUNDS]``

Each round runs every piece of work once in each checkout, in fresh processes, one after the other, so that whatever else
the machine does falls on both. What is compared is CPU time. A line has the ratio of each round (older / newer, so
above 1 is faster), its median and its range.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

WORK = r"""
import gc, json, sys, time
began = time.process_time()
import toolkit
from toolkit import Emulator, cobo, frames, privy
taken = {"import and names": time.process_time() - began}

def measured(name, work, times, rounds=5):
    best = None
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        for _ in range(times):
            work()
        spent = (time.process_time() - began) / times
        best = spent if best is None else min(best, spent)
    taken[name] = best

emulator = Emulator.seeded(choices={"cobo.node_in_two_groups": "accepted"})
emulator.explains = False
custody, app = emulator.cobo_client(), emulator.privy_client()
holders = [cobo.CreateKeyShareHolder(name="A", type="API", tss_node_id=f"n{at}", signer=at == 0) for at in range(2)]
request = cobo.CreateKeyShareHolderGroupRequest(key_share_holder_group_type="SigningGroup", participants=3, threshold=2, key_share_holders=holders)
call = cobo.create_key_share_holder_group(emulator.vault_id, request)
allowed = {"acknowledge": {"cobo.node-in-group", "cobo.node-shape"}}
measured("prepare", lambda: custody.prepare(call), 200)
measured("create, emulator and journal in memory", lambda: custody.send(call, **allowed), 20)
emulator.cobo.state.groups[emulator.vault_id].clear()
for _ in range(50):
    custody.send(call, **allowed)
emulator.ledger.clear()
listing = cobo.list_key_share_holder_groups(emulator.vault_id, limit=50)
measured("list of 50 groups", lambda: custody.send(listing), 10)
measured("problems of a request", lambda: custody.problems(call), 200)

groups = [cobo.KeyShareHolderGroup(key_share_holder_group_id=f"g{at}", type="MainGroup", key_share_holders=[
    cobo.KeyShareHolder(name=f"Holder {at}-{seat}", type="API", tss_node_id=f"coboNode{at:030d}", online=True, signer=False, status="Valid")
    for seat in range(3)]) for at in range(20_000)]
measured("60,000 holders to a frame", lambda: frames.holders(groups), 1, 3)
measured("100 groups to a frame", lambda: frames.groups(groups[:100]), 20)

def typed():
    form = privy.forms.create_key_quorum(app)
    form.members.display_name.value = "Ops"
measured("a quorum form, drawn and typed in", typed, 3)
measured("a group form, drawn", lambda: cobo.forms.create_key_share_holder_group(custody), 3)
print(json.dumps(taken))
"""


def run(checkout: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORK],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main(older: str, newer: str, rounds: str = "5") -> None:
    ratios: dict[str, list[float]] = {}
    for _ in range(int(rounds)):
        before, after = run(Path(older)), run(Path(newer))
        for name, seconds in after.items():
            ratios.setdefault(name, []).append(before[name] / seconds)
    print(f"{'older / newer, CPU time':<42} median   range")
    for name, each in ratios.items():
        print(f"{name:<42} {statistics.median(each):6.2f}   {min(each):.2f} to {max(each):.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
