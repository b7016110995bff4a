"""The rule of a TSS node: what it may take part in, for the file in which its owner keeps it.

A node that follows a rule refuses every request that the rule does not name, whoever asks. That the
node ids of a request differ from those in the node's own configuration is what Cobo names first
where key generation fails. Source: Cobo's guide on embedded risk controls and its best practices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from toolkit.base.card import Card, Carded, Sentence
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


@dataclass(frozen=True, slots=True, repr=False)
class NodeRules(Carded):
    """``embedded_risk_control_rules`` for the nodes of a group, for one purpose.

    ``threshold`` and ``node_ids`` are the group's, Cobo's node first; ``xpubkeys`` are the vault's
    root public keys, one for each curve (only for ``key_reshare``). ``yaml`` is the text to copy
    into the node's configuration. ``source`` is of the rule, ``per_curve`` of the entry for each.

    >>> print(cobo.node_rules(main, purpose="key_sign"), end="")
    embedded_risk_control_rules:
      enable: true
      key_gen:
        reject_all: true
      key_sign:
        reject_all: false
      key_reshare:
        reject_all: true
      key_share_sign:
        reject_all: true
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
        group: as answered, or as it is asked for. Of a recovery group better as answered: Cobo's
            pages disagree on whether it has a share of Cobo's.
        vault: for its root public keys, which the rule for every group names but the first.
        cobo_holders: from ``cobo.list_cobo_key_holders()``: for Cobo's node, where a group is only
            asked for.
        purpose: ``key_gen``, ``key_reshare`` or, once the keys are made, ``key_sign``. Otherwise
            ``key_gen`` for a main group of a vault without keys, and ``key_reshare`` for any other
            group: signing, recovery, and the main group of a recovery.

    Raises:
        InputError: what a rule needs is not known: Cobo's node, the nodes of the holders, the
            vault's root keys; or an id or key is not the Base58 that can be copied safely.

    >>> vault = custody.send(cobo.get_mpc_vault_by_id(emulator.vault_id))
    >>> rules = cobo.node_rules(signing, vault)
    >>> rules.purpose, rules.threshold, len(rules.node_ids)
    ('key_reshare', 2, 3)
    """
    kind, holders = _kind_and_holders(group)
    seat_left = len(holders) < (group.participants or 0)  # in a recovery group perhaps Cobo's
    own = _own_holders(holders, kind in models.WITH_COBO or seat_left, tuple(cobo_holders))
    keys = _root_keys(vault)
    purpose = _purpose(purpose, kind, bool(keys))
    if purpose == "key_reshare" and not keys:
        what = "vault: its root public keys are not known, which the rule for this group names."
        raise InputError(what, hint="Pass what cobo.get_mpc_vault_by_id answers.")
    threshold = group.threshold
    if type(threshold) is not int:
        raise InputError("group: its threshold is not known.", hint="Read the group again.")
    theirs = [holder for holder in holders if holder.type != "Cobo"]
    nodes = [_base58(each.tss_node_id, _called(each), PREFIX) for each in (*own, *theirs)]
    return NodeRules(purpose, threshold, tuple(nodes), keys if purpose == "key_reshare" else ())


def _purpose(purpose: Purpose | None, kind: str | None, has_keys: bool) -> Purpose:
    """The purpose that is asked for, or what the group needs next."""
    if purpose is None:
        return "key_gen" if kind == "MainGroup" and not has_keys else "key_reshare"
    if purpose not in PURPOSES:
        raise InputError(f"purpose: {purpose!r} is none.", hint=f"It is {', '.join(PURPOSES)}.")
    return purpose


def _root_keys(vault: models.MPCVault | None) -> tuple[str, ...]:
    """The vault's root public keys, each one safe to be copied."""
    roots = (vault.root_pubkeys if vault else None) or ()
    return tuple(_base58(root.root_pubkey, "The vault’s root public key") for root in roots)


_Holder = models.KeyShareHolder | models.CreateKeyShareHolder


def _kind_and_holders(group: object) -> tuple[str | None, list[_Holder]]:
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
    return kind, holders


def _own_holders(
    holders: Sequence[_Holder], with_cobo: bool, listed: Sequence[models.KeyShareHolder]
) -> list[_Holder]:
    """Cobo's own holder: as the group has it, or as Cobo lists it where it will add one."""
    own = [holder for holder in holders if holder.type == "Cobo"]
    if own or not with_cobo:
        return own
    if len(listed) != 1:
        number = f"{len(listed)} are listed" if listed else "none is listed"
        what = f"cobo_holders: Cobo adds one holder of its own to this group, and {number}."
        hint = "Pass client.send(cobo.list_cobo_key_holders()), or the group once it is made."
        raise InputError(what, hint=hint)
    return list(listed)


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
