"""The rule of a TSS node: what it may take part in, for the file in which its owner keeps it.

A node that follows a rule refuses every request that the rule does not name, whoever asks. That the
node ids of a request differ from those in the node's own configuration is what Cobo names first
where key generation fails. Source: Cobo's guide on embedded risk controls and its best practices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from toolkit.base.card import Card, Sentence
from toolkit.base.text import and_words
from toolkit.cobo import models
from toolkit.cobo.node_ids import PREFIX
from toolkit.errors import InputError
from toolkit.findings import Source, documented, ours
from toolkit.keys.base58 import ALPHABET

#: The first keys of a vault; shares made from those of another group; signing, day to day.
Purpose = Literal["key_gen", "key_reshare", "key_sign"]
PURPOSES: dict[Purpose, str] = {
    "key_gen": "the first keys",
    "key_reshare": "new shares of keys that are there",
    "key_sign": "daily work",
}
FILE = "configs/cobo-tss-node-config.yaml"
GUIDE = documented("Cobo guide on embedded risk controls")
A_CURVE_EACH = ours("inferred: a vault has a root key for each curve, and a rule names one")
LONGEST_KEY = 120  # characters; an extended public key has 111
_RULES = ("key_gen", "key_sign", "key_reshare", "key_share_sign")


@dataclass(frozen=True, slots=True)
class NodeRules:
    """``embedded_risk_control_rules`` for the nodes of a group, for one purpose.

    ``threshold`` and ``node_ids`` are the group's, Cobo's node first; ``xpubkeys`` are the vault's
    root public keys, one for each curve (only for ``key_reshare``). ``yaml`` is the text to copy
    into the node's configuration. ``source`` is of the rule, ``per_curve`` of the entry for each.
    """

    purpose: Purpose
    threshold: int
    node_ids: tuple[str, ...]
    xpubkeys: tuple[str, ...] = ()
    source: Source = GUIDE
    per_curve: Source = A_CURVE_EACH

    @property
    def yaml(self) -> str:
        """The rule as YAML. Ids and keys in it are Base58, and nothing else is copied into it."""
        lines = ["embedded_risk_control_rules:", "  enable: true"]
        for rule in _RULES:
            lines += [f"  {rule}:", f"    reject_all: {_word(rule != self.purpose)}"]
            if rule == self.purpose and rule != "key_sign":
                lines += ["    allow_list:", *self._allowed()]
        return "\n".join(lines) + "\n"

    def _allowed(self) -> list[str]:
        nodes = [f"          - {node_id}" for node_id in self.node_ids]
        if self.purpose == "key_gen":
            return [f"      - threshold: {self.threshold}", "        node_ids:", *nodes]
        lines = []
        for xpubkey in self.xpubkeys:
            lines += [
                f'      - xpubkey: "{xpubkey}"',
                f"        new_threshold: {self.threshold}",
                "        new_node_ids:",
                *nodes,
            ]
        return lines

    def __str__(self) -> str:
        """The text to copy."""
        return self.yaml

    def __repr__(self) -> str:
        return self._card().line()

    def _repr_html_(self) -> str:
        return self._card().html()

    def _card(self) -> Card:
        facts = [
            ("for", Sentence(PURPOSES[self.purpose])),
            ("threshold", self.threshold),
            ("nodes", len(self.node_ids)),
        ]
        foot = f"Each owner copies it into {FILE} of the node, and starts the node anew."
        return Card("cobo.NodeRules", facts, texts=[("YAML", self.yaml)], foot=foot)


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def node_rules(
    group: models.KeyShareHolderGroup | models.CreateKeyShareHolderGroupRequest,
    vault: models.MPCVault | None = None,
    *,
    cobo_holders: Iterable[models.KeyShareHolder] = (),
    purpose: Purpose | None = None,
) -> NodeRules:
    """The rule that each TSS node of a group needs, so that it takes part in making its keys; and
    where the keys come from another group, each node that gives shares.

    Args:
        group: as answered, or as it is asked for.
        vault: for its root public keys, which the rule for every group names but the first.
        cobo_holders: from ``cobo.list_cobo_key_holders()``: for Cobo's node, where a group is only
            asked for.
        purpose: ``key_gen``, ``key_reshare`` or, once the keys are made, ``key_sign``. Otherwise
            ``key_gen`` for a main group of a vault without keys, and ``key_reshare`` for any other
            group: signing, recovery, and the main group of a recovery.

    Raises:
        InputError: what a rule needs is not known: Cobo's node, the nodes of the holders, the
            vault's root keys; or an id or key is not the Base58 that can be copied safely.
    """
    kind, holders = _kind_and_holders(group, tuple(cobo_holders))
    keys = tuple(root.root_pubkey or "" for root in (vault.root_pubkeys if vault else None) or ())
    if purpose is None:
        first = kind == "MainGroup" and not keys
        purpose = "key_gen" if first else "key_reshare"
    if purpose not in PURPOSES:
        raise InputError(f"purpose: {purpose!r} is none.", hint=f"It is {', '.join(PURPOSES)}.")
    if purpose != "key_reshare":
        keys = ()
    elif not keys:
        what = "vault: its root public keys are not known, which the rule for this group names."
        raise InputError(what, hint="Pass what cobo.get_mpc_vault_by_id answers.")
    threshold = group.threshold
    if type(threshold) is not int:
        raise InputError("group: its threshold is not known.", hint="Read the group again.")
    nodes = [_base58(each.tss_node_id, _called(each), PREFIX) for each in holders]
    for key in keys:
        _base58(key, "The vault’s root public key")
    return NodeRules(purpose, threshold, tuple(nodes), keys)


_Holder = models.KeyShareHolder | models.CreateKeyShareHolder


def _kind_and_holders(
    group: object, cobo_holders: Sequence[models.KeyShareHolder]
) -> tuple[str | None, list[_Holder]]:
    """The group's type and its holders, Cobo's own first."""
    if isinstance(group, models.KeyShareHolderGroup):
        kind, holders = group.type, list[_Holder](group.key_share_holders or ())
    elif isinstance(group, models.CreateKeyShareHolderGroupRequest):
        kind, holders = group.key_share_holder_group_type, list[_Holder](group.key_share_holders)
    else:
        raise InputError(
            f"group must be a group or the request for one, not {type(group).__name__}.",
            hint="Pass a cobo.KeyShareHolderGroup or a cobo.CreateKeyShareHolderGroupRequest.",
        )
    if not holders:
        raise InputError("group: its holders are not known.", hint="Read the group by its id.")
    own = [holder for holder in holders if holder.type == "Cobo"]
    if kind in models.WITH_COBO and not own:
        own = list[_Holder](cobo_holders)
        if len(own) != 1:
            listed = f"{len(own)} are listed" if own else "none is listed"
            what = f"cobo_holders: Cobo adds one holder of its own to this group, and {listed}."
            hint = "Pass client.send(cobo.list_cobo_key_holders()), or the group once it is made."
            raise InputError(what, hint=hint)
    return kind, [*own, *(holder for holder in holders if holder.type != "Cobo")]


def _called(holder: _Holder) -> str:
    return "The node of Cobo’s holder" if holder.type == "Cobo" else "The node of a holder"


def _base58(text: str | None, what: str, prefix: str = "") -> str:
    """The text, if nothing but Base58 is in it: it is copied into a configuration."""
    digits = text or ""
    strange = sorted(set(digits) - set(ALPHABET))
    if not digits:
        why = "is not known"
    elif strange:
        why = f"has what Base58 has not: {and_words([f'U+{ord(each):04X}' for each in strange])}"
    elif not digits.startswith(prefix):
        why = f"does not begin with {prefix}"
    elif len(digits) > LONGEST_KEY:
        why = f"has {len(digits)} characters"
    else:
        return digits
    raise InputError(f"{what} {why}.", hint="Compare it with its owner, letter by letter.")
