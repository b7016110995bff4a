"""Pages of a Cobo form's preview: what approvers will see, and the rule that the nodes need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from toolkit.base.html import Rows, code, render
from toolkit.cobo import models
from toolkit.cobo.approvers import Shown, what_approvers_see
from toolkit.cobo.node_rule import FILE, PURPOSES, Purpose, node_rules
from toolkit.errors import InputError
from toolkit.request.call import Call

APPROVERS, NODE_RULE = "Approvers", "Node rule"


def approvers_page(
    call: Call[Any],
    vault_name: str = "",
    groups: Iterable[models.KeyShareHolderGroup] = (),
) -> Markup:
    """What Cobo shows those who approve this call, as far as it is known."""
    vault = models.MPCVault(name=vault_name or None)
    shown = what_approvers_see(call, vault=vault, groups=groups)
    source = "cobo.what_approvers_see(form.prepared.call)"
    tables = [
        Rows(title, source, Shown._fields, [_row(each) for each in rows])
        for title, rows in (("Holders", shown.holders), ("From the holders", shown.givers))
        if rows
    ]
    return render(
        "statement.html", title=shown.title, lines=shown.lines, tables=tables, notes=shown.notes
    )


def _row(shown: Shown) -> tuple[object, ...]:
    """A holder as the page shows it: what is empty is said, for it will be empty there."""
    return (shown.holder or "no name", code(shown.tss_node_id or "no node"))


def node_rule_page(
    group: models.KeyShareHolderGroup, kind: str, source: models.KeyShareHolderGroup | None
) -> Markup:
    """The rule that each node needs to make the keys of a group, to be copied; or why there is
    none.

    ``kind``: the type of the TSS request. ``source``: the group that gives the shares, for the root
    keys that the rule names.
    """
    shares = (source.tss_key_share_groups if source else None) or ()
    roots = [models.RootPubkey(share.root_pubkey, share.curve) for share in shares]
    purpose: Purpose = "key_gen" if kind == "KeyGen" else "key_reshare"
    try:
        rules = node_rules(group, models.MPCVault(root_pubkeys=roots), purpose=purpose)
    except InputError as error:
        text = f"No rule can be written for this group: {error.what} {error.hint}"
        return render("status.html", kind="note", text=text)
    hint = (
        f"For {PURPOSES[rules.purpose]}: each owner of a node that follows a rule copies it into "
        f"{FILE} and starts the node anew, before the request is sent. A node whose rule names "
        "other nodes refuses."
    )
    return render("code.html", text=rules.yaml, hint=hint)
