"""Cases about API keys."""

from __future__ import annotations

from msgspec import UNSET

from tests.inventory.organisation import DAY_MS, NOW_MS, SCOPED, Case

NO_WALLETS = {"vault_ids": ["some vault"]}
NO_VAULTS = {"wallet_ids": ["some wallet"]}
CASES: dict[str, list[Case]] = {
    "api.both-powers": [
        Case("two roles", lambda w: w.api_key("API_Operator", "API_Spender"), ("api.both-powers",)),
        Case("an admin", lambda w: w.api_key("API_Admin"), ("api.both-powers", "api.edits-keys")),
        Case("near: withdraws, and only reads groups", lambda w: w.api_key("API_Spender", "API_Viewer")),
        Case("near: changes groups, and only reads money", lambda w: w.api_key("API_Operator", "API_Viewer")),
    ],
    "api.ended": [
        Case("yesterday", lambda w: w.api_key("API_Viewer", expired_timestamp=NOW_MS - DAY_MS), ("api.ended",)),
        Case("this very moment", lambda w: w.api_key("API_Viewer", expired_timestamp=NOW_MS), ("api.ended",)),
        Case("near: a moment later", lambda w: w.api_key("API_Viewer", expired_timestamp=NOW_MS + 1), ("api.ends-soon",)),
    ],
    "api.ends-soon": [
        Case("in an hour", lambda w: w.api_key("API_Viewer", expired_timestamp=NOW_MS + 3_600_000), ("api.ends-soon",)),
        Case("in seven days", lambda w: w.api_key("API_Viewer", expired_timestamp=NOW_MS + 7 * DAY_MS), ("api.ends-soon",)),
        Case("near: a moment more than seven days", lambda w: w.api_key("API_Viewer", expired_timestamp=NOW_MS + 7 * DAY_MS + 1)),
        Case("near: its end is not said", lambda w: w.api_key("API_Viewer", expired_timestamp=UNSET)),
    ],
    "api.no-addresses": [
        Case("an empty list", lambda w: w.api_key("API_Viewer", expired_timestamp=None, valid_ips=[]), ("api.no-addresses",)),
        Case("no list", lambda w: w.api_key("API_Viewer", expired_timestamp=None, valid_ips=UNSET), ("api.no-addresses",)),
        Case("near: it has an end", lambda w: w.api_key("API_Viewer", valid_ips=[])),
        Case("near: it has addresses", lambda w: w.api_key("API_Viewer", expired_timestamp=None)),
    ],
    "api.wide-addresses": [
        Case("512 addresses", lambda w: w.api_key("API_Viewer", valid_ips=["203.0.114.7", "198.51.0.0/23"]), ("api.wide-addresses",)),
        Case("everybody", lambda w: w.api_key("API_Viewer", valid_ips=["0.0.0.0/0"]), ("api.wide-addresses",)),
        Case("near: 256 addresses", lambda w: w.api_key("API_Viewer", valid_ips=["198.51.100.0/24"])),
        Case("near: no address at all", lambda w: w.api_key("API_Viewer", valid_ips=["somewhere"])),
    ],
    "api.callback": [
        Case("not https", lambda w: w.api_key("API_Viewer", callback_url="http://hooks.example.com/cobo"), ("api.callback",)),
        Case("private", lambda w: w.api_key("API_Viewer", callback_url="https://10.0.0.12:8080/cobo"), ("api.callback",)),
        Case("this computer", lambda w: w.api_key("API_Viewer", callback_url="https://localhost/cobo"), ("api.callback",)),
        Case("no address", lambda w: w.api_key("API_Viewer", callback_url="https://[::1"), ("api.callback",)),
        Case("near: none", lambda w: w.api_key("API_Viewer", callback_url=None)),
        Case("near: https, by a public number", lambda w: w.api_key("API_Viewer", callback_url="https://8.8.8.8/cobo")),
    ],
    "api.edits-keys": [
        Case("a manager", lambda w: w.api_key("API_Manager"), ("api.edits-keys",)),
        Case("a manager by the Portal’s name", lambda w: w.api_key("Manager"), ("api.edits-keys",)),
        Case("near: an operator", lambda w: w.api_key("API_Operator")),
    ],
    "api.no-wallet-limit": [
        Case("a spender without a list", lambda w: w.api_key(("API_Spender", NO_WALLETS)), ("api.no-wallet-limit",)),
        Case("an empty list", lambda w: w.api_key(("API_Spender", {**NO_WALLETS, "wallet_ids": []})), ("api.no-wallet-limit",)),
        Case("near: a list", lambda w: w.api_key("API_Spender")),
        Case("near: a viewer without a list", lambda w: w.api_key(("API_Viewer", {}))),
    ],
    "api.no-vault-limit": [
        Case("an operator without a list", lambda w: w.api_key(("API_Operator", NO_VAULTS)), ("api.no-vault-limit",)),
        Case("an empty list", lambda w: w.api_key(("API_Operator", {**SCOPED, "vault_ids": []})), ("api.no-vault-limit",)),
        Case("near: a list", lambda w: w.api_key("API_Operator")),
        Case("near: a spender without a list of vaults", lambda w: w.api_key(("API_Spender", NO_VAULTS))),
    ],
    "api.custom-role": [
        Case("a name of one’s own", lambda w: w.api_key("Treasury"), ("api.custom-role",)),
        Case("beside a role of Cobo’s", lambda w: w.api_key("API_Viewer", "Night desk"), ("api.custom-role",)),
        Case("near: Cobo’s own, written otherwise", lambda w: w.api_key("compliance officer")),
    ],
    "api.no-role": [
        Case("an empty list", lambda w: w.api_key(), ("api.no-role",)),
        Case("no list", lambda w: w.api_key(role_scopes=UNSET), ("api.no-role",)),
        Case("near: one", lambda w: w.api_key("API_Viewer")),
    ],
}  # fmt: skip
