"""``docs/reference/request-rules.md``: what is looked at before a request is signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import toolkit.cobo.checks
import toolkit.privy.checks
from toolkit.findings import Rule

#: What each rule is about; its rows below say how bad each case is, and who says so.
LOOKS_FOR = {
    "cobo.signers": "Co-signers of a Cobo request, which the API key alone signs",
    "cobo.group-type": "A type of group that does not exist",
    "cobo.scheme": "Threshold and participants that Cobo does not offer",
    "cobo.holder-count": "Fewer or more holders than seats, Cobo's own share counted",
    "cobo.holder-name": "A holder without a name",
    "cobo.hidden-characters": "Characters that nobody sees, in a name, a description or a node id",
    "cobo.holder-type": "A type of holder that does not exist, or none",
    "cobo.own-holder": "A holder of type Cobo: Cobo adds its own",
    "cobo.node-missing": "A holder without a TSS node id",
    "cobo.node-shape": "A node id that does not look like one",
    "cobo.node-twice": "One TSS node in two seats",
    "cobo.signer-count": "More or fewer holders marked as signer than can sign beside Cobo",
    "cobo.vault-type": "A type of vault that does not exist",
    "cobo.project-id": "A project where there can be none, or none where one is needed",
    "cobo.one-cursor": "A page asked for with before and after at once",
    "cobo.limit": "A page size out of range",
    "cobo.vault-name": "A vault's name that the Portal would not take",
    "cobo.update-action": "An action on a group that does not exist",
    "cobo.main-group-handling": "A handling of the old main group that does not exist",
    "cobo.upgrade-invalidates": "An upgrade that ends the present main group",
    "cobo.tss-type": "A type of TSS request that does not exist",
    "cobo.recovery-deletes": "A recovery, which ends another group",
    "cobo.tss-source": "A source group that is missing or not wanted",
    "cobo.tss-group": "A list of TSS requests that names no group",
    "cobo.project-name": "A project without a name",
    "cobo.wallet-type": "A type of wallet that does not exist, or cannot stand in a vault",
    "cobo.wallet-subtype": "A subtype of wallet that does not exist, or is not the vault's",
    "cobo.wallet-name": "A wallet's name that is too long or has characters that Cobo refuses",
    "privy.no-members": "A quorum without members",
    "privy.empty-list": "A list of members that is there and empty",
    "privy.threshold": "A threshold below one, or above the number of members",
    "privy.public-key": "What is no P-256 public key",
    "privy.key-twice": "One key twice, in any spelling",
    "privy.user-id": "What does not look like a user id",
    "privy.quorum-id": "An empty quorum id",
    "privy.member-twice": "One user or quorum twice",
    "privy.nested": "More nested quorums than Privy takes",
    "privy.hidden-characters": "Characters that nobody sees, in a name",
    "privy.display-name": "A name that is too long",
    "privy.no-change": "A change that changes nothing",
    "privy.chain-type": "No chain, or one that Privy's SDK does not list",
    "privy.external-id": "An external id with characters that Privy refuses, or an empty one",
    "privy.policies": "Policies that are no ids, or more than one",
    "privy.entity": "An entity without an id, or of a type that does not exist",
    "privy.one-owner": "Two ways to say who owns a wallet",
    "privy.owner": "An owner that is a key and a user at once",
    "privy.limit": "A page size out of range",
    "privy.filters": "A list filtered by a key and a user at once",
    "privy.address": "An empty address",
    "privy.batch": "A batch of wallets that is empty or too large",
    "privy.archives": "Archiving a wallet, which cannot be taken back",
    "privy.word": "A filter or order that does not exist",
    "privy.signature": "An authorization of an intent without a signature",
    "privy.timestamp": "An authorization of an intent without a moment",
    "privy.signers": "Signatures that are missing where members must sign, not wanted, or by keys of another curve",
    "privy.owner-signs": "A wallet's change without signatures, which its owner may have to give",
    "privy.signer-twice": "One signer twice",
}
HEAD = """# Rules of a request

<!-- Made from the rule tables of both services by `python -m tests.docs`; a test keeps it whole. -->

What is looked at before a request is signed. What an audit looks for stands on its [own page](rules.md).

A Cobo request takes no co-signers at all (`cobo.signers`, high). *high* refuses: nothing is signed or sent. *medium* warns, and a person who knows better passes `acknowledge={"the.rule"}` or ticks a box in the form. *Documented* is what the vendor says at that place; *ours* is what we infer or ask for, and why. One rule may look at several things.
"""


def rules() -> dict[str, Sequence[Rule[Any]]]:
    """Every rule of a request, by service."""
    return {"Cobo": toolkit.cobo.checks.RULES, "Privy": toolkit.privy.checks.RULES}


def page() -> str:
    """The page as it should be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD.rstrip("\n")
    for service, known in rules().items():
        yield ""
        yield f"## {service}"
        yield ""
        yield "| rule | severity | looks for | remedy | source |"
        yield "|---|---|---|---|---|"
        yield from dict.fromkeys(map(_row, known))


def _row(rule: Rule[Any]) -> str:
    about = LOOKS_FOR.get(rule.id, "")
    return f"| `{rule.id}` | {rule.severity} | {about} | {rule.remedy} | {rule.source} |"
