"""Cobo's forms: a new group, the keys for it, what ends one, and what the API key in use may do."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.cobo.client import Client
from toolkit.cobo.forms.api_key import ApiKeyForm
from toolkit.cobo.forms.ending import DeleteForm, UpgradeForm
from toolkit.cobo.forms.group import GroupForm
from toolkit.cobo.forms.tss import TssForm
from toolkit.cobo.models import KeyShareHolderGroup
from toolkit.cobo.seats import GroupFields
from toolkit.forms.in_doubt import pending

__all__ = [
    "ApiKeyForm",
    "DeleteForm",
    "GroupFields",
    "GroupForm",
    "TssForm",
    "UpgradeForm",
    "api_key_info",
    "create_key_share_holder_group",
    "create_tss_request",
    "delete_key_share_holder_group_by_id",
    "pending",
    "update_key_share_holder_group_by_id",
]


def create_key_share_holder_group(
    client: Client, *, vault_id: str | None = None, nodes: Sequence[str] = ()
) -> GroupForm:
    """A form that makes a key share holder group, and then its keys.

    Args:
        vault_id: the vault to begin with; the first one otherwise.
        nodes: TSS node ids to offer in the seats, e.g. those that their owners told you.

    >>> from toolkit import Emulator, cobo
    >>> form = cobo.forms.create_key_share_holder_group(Emulator.seeded().cobo_client())
    >>> form.fields.type
    'SigningGroup'
    """
    return GroupForm(client, vault_id, nodes)


def create_tss_request(client: Client, vault_id: str, group: KeyShareHolderGroup | str) -> TssForm:
    """A form that asks the holders of a New group to make its keys, and shows how far they are.

    Args:
        group: the target group, or its id (it is read then).

    Raises:
        ToolkitError: the vault's groups cannot be read.

    >>> form = cobo.forms.create_tss_request(custody, emulator.vault_id, signing)
    >>> form.request.type
    'KeyGenFromKeyGroup'
    """
    return TssForm(client, vault_id, group)


def update_key_share_holder_group_by_id(
    client: Client, vault_id: str, group: KeyShareHolderGroup | str
) -> UpgradeForm:
    """A form that makes a Valid signing group the main group.

    Args:
        group: the signing group, or its id; it is read anew.

    Raises:
        InputError: it is not in this vault.
        ToolkitError: the vault's groups cannot be read.

    >>> form = cobo.forms.update_key_share_holder_group_by_id(custody, emulator.vault_id, signing)
    >>> for problem in form.problems:
    ...     print(problem.severity, problem.sentence)
    medium This signing group is New: a Valid signing group can become the main group.
    """
    return UpgradeForm(client, vault_id, group)


def delete_key_share_holder_group_by_id(
    client: Client, vault_id: str, group: KeyShareHolderGroup | str
) -> DeleteForm:
    """A form that submits the deletion of a signing or recovery group.

    Args:
        group: the group, or its id; it is read anew.

    Raises:
        InputError: it is not in this vault.
        ToolkitError: the vault's groups cannot be read.

    >>> form = cobo.forms.delete_key_share_holder_group_by_id(custody, emulator.vault_id, signing)
    >>> form.acknowledge = {"cobo.delete-group"}
    >>> form.submit().submitted
    True
    """
    return DeleteForm(client, vault_id, group)


def api_key_info(client: Client) -> ApiKeyForm:
    """A form that asks Cobo about the API key in use, and shows what it may do.

    >>> from toolkit import Emulator, cobo
    >>> form = cobo.forms.api_key_info(Emulator.seeded().cobo_client())
    >>> _ = form.submit()
    >>> form.result.name
    'treasury-bot'
    """
    return ApiKeyForm(client)


def __dir__() -> list[str]:
    return __all__
