"""The controls of SEAL Multisig Operations v1.1, and which of them an audit can evidence.

Source: Security Alliance, SEAL Frameworks, *Multisig Operations* checklist v1.1 (2026-04-17). The
ids are theirs, the words are ours. Half of them are a person's: they are named, and never passed.
"""

from __future__ import annotations

from dataclasses import dataclass

FRAMEWORK = "SEAL Multisig Operations v1.1"
PERSONS = "a person’s: nothing here can evidence it"
NOTHING = "unknown: nothing was looked at for it"
LATER = "unknown: no rule looks at it yet"


@dataclass(frozen=True, slots=True)
class Control:
    """One control; ``evidenced``: whether data can show it at all, wholly or in part."""

    id: str
    about: str
    evidenced: bool


_EVIDENCED = {
    "ms-1.1.2": "a complete, current register of who can sign what",
    "ms-2.1.1": "at least three signers, at least half must sign, never all of them",
    "ms-2.1.3": "exceptions with reason, end, compensating control and plan",
    "ms-3.1.1": "each signing key proven to be the intended person’s",
    "ms-3.1.2": "a key of its own for each quorum",
    "ms-3.1.4": "leavers out in time; every quarter each signer shows that the key is theirs",
    "ms-3.1.8": "signers spread over roles, places and companies",
    "ms-4.1.1": "each signer checks by themselves, over two independent interfaces",
    "ms-4.1.2": "records of review, approval and execution kept",
    "ms-6.1.2": "enough signers reachable, tested every quarter",
    "ms-6.1.3": "changes of signers and thresholds watched",
    "ms-6.1.4": "rehearsed every year and after changes",
}
_PERSONS = (
    "ms-1.1.1", "ms-2.1.2", "ms-2.1.4", "ms-3.1.3", "ms-3.1.5", "ms-3.1.6", "ms-3.1.7",
    "ms-4.1.3", "ms-4.1.4", "ms-5.1.1", "ms-5.1.2", "ms-6.1.1",
)  # fmt: skip
CONTROLS = tuple(
    sorted(
        (
            *(Control(each, about, True) for each, about in _EVIDENCED.items()),
            *(Control(each, "", False) for each in _PERSONS),
        ),
        key=lambda control: control.id,
    )
)
