"""Privy: key quorums, and who must sign to change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.privy.client import PROD, STAGING, Client, Environment
from toolkit.privy.models import (
    AuthorizationKey,
    CreateKeyQuorumRequest,
    KeyQuorum,
    Success,
    UpdateKeyQuorumRequest,
)
from toolkit.privy.operations import (
    OPERATIONS,
    create_key_quorum,
    delete_key_quorum,
    get_key_quorum,
    update_key_quorum,
)

if TYPE_CHECKING:
    from toolkit.privy import forms

__all__ = [
    "OPERATIONS",
    "PROD",
    "STAGING",
    "AuthorizationKey",
    "Client",
    "CreateKeyQuorumRequest",
    "Environment",
    "KeyQuorum",
    "Success",
    "UpdateKeyQuorumRequest",
    "create_key_quorum",
    "delete_key_quorum",
    "forms",
    "get_key_quorum",
    "update_key_quorum",
]


def __getattr__(name: str) -> Any:
    if name == "forms":  # widgets are heavy, and only forms need them
        import importlib

        return importlib.import_module("toolkit.privy.forms")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
