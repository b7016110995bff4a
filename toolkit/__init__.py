"""Tools for people who decide who can sign: Cobo key share holder groups, Privy key quorums, API
keys.

Everything is loaded when it is first used, so that importing this costs nothing.

The examples in docstrings begin where these lines end::

    from toolkit import Emulator, cobo, frames, privy
    from toolkit.keys import P256Key

    emulator = Emulator.seeded()
    custody, app = emulator.cobo_client(), emulator.privy_client()

    # the groups of the first vault
    main, recovery, signing = custody.send(cobo.list_key_share_holder_groups(emulator.vault_id))

    # a quorum of two, both of whom must sign
    alice, bob = P256Key.generate(), P256Key.generate()
    members = privy.CreateKeyQuorumRequest(public_keys=[alice.public, bob.public])
    quorum = app.send(privy.create_key_quorum(members))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit import cobo, frames, privy
    from toolkit.app import plots
    from toolkit.app.connect import connect
    from toolkit.app.desk.desk import open_desk
    from toolkit.approvals.approval import Approval
    from toolkit.approvals.drill import drill
    from toolkit.approvals.member_card import MemberCard
    from toolkit.approvals.plan import plan
    from toolkit.approvals.registered import Registered
    from toolkit.approvals.review import Review
    from toolkit.client import names
    from toolkit.client.journal import Journal
    from toolkit.emulator import Emulator
    from toolkit.forms.explore import explore
    from toolkit.inventory.audit import audit
    from toolkit.inventory.cluster import audit_dataset
    from toolkit.inventory.collect import collect, collect_into
    from toolkit.inventory.compare import compare
    from toolkit.inventory.exclusions import Exclusion
    from toolkit.inventory.expectations import expect
    from toolkit.inventory.inventory import Inventory
    from toolkit.inventory.people import People
    from toolkit.inventory.what_if import what_if

__all__ = [
    "Approval",
    "Emulator",
    "Exclusion",
    "Inventory",
    "Journal",
    "MemberCard",
    "People",
    "Registered",
    "Review",
    "__version__",
    "audit",
    "audit_dataset",
    "cobo",
    "collect",
    "collect_into",
    "compare",
    "connect",
    "drill",
    "expect",
    "explore",
    "frames",
    "names",
    "open_desk",
    "plan",
    "plots",
    "privy",
    "what_if",
]
__version__ = "0.1.0"

#: Where each name is.
_HOMES = {
    "Approval": "toolkit.approvals.approval",
    "Emulator": "toolkit.emulator",
    "Exclusion": "toolkit.inventory.exclusions",
    "Inventory": "toolkit.inventory.inventory",
    "Journal": "toolkit.client.journal",
    "MemberCard": "toolkit.approvals.member_card",
    "Registered": "toolkit.approvals.registered",
    "Review": "toolkit.approvals.review",
    "People": "toolkit.inventory.people",
    "audit": "toolkit.inventory.audit",
    "audit_dataset": "toolkit.inventory.cluster",
    "collect": "toolkit.inventory.collect",
    "collect_into": "toolkit.inventory.collect",
    "compare": "toolkit.inventory.compare",
    "connect": "toolkit.app.connect",
    "drill": "toolkit.approvals.drill",
    "expect": "toolkit.inventory.expectations",
    "explore": "toolkit.forms.explore",
    "open_desk": "toolkit.app.desk.desk",
    "plan": "toolkit.approvals.plan",
    "what_if": "toolkit.inventory.what_if",
}
_MODULES = {
    "cobo": "toolkit.cobo",
    "frames": "toolkit.frames",
    "names": "toolkit.client.names",
    "plots": "toolkit.app.plots",
    "privy": "toolkit.privy",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
