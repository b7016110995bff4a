"""The Cobo side: verifies every request signature over the bytes received, signs every answer.

It judges for itself and shares no rule with the client: models, operation table and signing text only.
What is not documented is a named choice (``choices.py``).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from toolkit.cobo import models, signing
from toolkit.cobo.operations import OPERATIONS
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, Entry, Received, Refusal, Reply, Routed, route, to_json
from toolkit.errors import KeyRefused
from toolkit.keys import Ed25519Key, Secp256k1PublicKey, is_low_s, spoken

BASE = "/v2"
COBO_NODE = "coboA1pQe7Zr5TnVw3Xy9Ks2Hd8LgJf4Mb6Cq0Eu1Ri7Yo5"  # the node of Cobo's own share
# The one text that Cobo documents for code 2024 (cobo-auth, environments); the others are ours.
NOT_REGISTERED = (
    "Your API key is not registered in this environment. Development and Production environments use separate API keys."
)


class Cobo:
    """State and behaviour of one emulated organisation."""

    def __init__(self, response_key: Ed25519Key, choices: Choices, clock: Clock, random: Random) -> None:
        self.response_key = response_key
        self.choices = choices
        self.clock = clock
        self.random = random
        self.keys: dict[str, models.ApiKeyInfo] = {}
        self.vaults: dict[str, models.MPCVault] = {}
        self.groups: dict[str, dict[str, models.KeyShareHolderGroup]] = {}  # by vault, in order of creation
        self.nodes: dict[str, models.KeyShareHolder] = {}  # what is known of a TSS node: online, status, account
        self._nonces: set[tuple[str, str]] = set()

    # ---- a request, from the signature to the signed answer ----

    def handle(self, received: Received, entry: Entry) -> Reply:
        try:
            self._authenticate(received, entry)
            routed = route(OPERATIONS, received.method, received.path.removeprefix(BASE))
            if not isinstance(routed, Routed):
                raise Refusal(routed, "The endpoint is not implemented.", 2021)
            entry.operation = routed.operation.name
            status, value = routed.operation.status, getattr(self, routed.operation.name)(received, entry, **routed.ids)
            return self._signed(status, to_json(value))
        except Refusal as refusal:
            entry.verdict, entry.reason = "refused", refusal.text
            error_id = f"{self.random.getrandbits(128):032x}"
            code = int(refusal.code or 2000)
            return self._signed(refusal.status, to_json(models.ErrorResponse(code, refusal.text, error_id)))

    def _signed(self, status: int, body: bytes) -> Reply:
        timestamp = str(self.clock.now_ms())
        content = signing.digest(signing.response_content(body, timestamp))
        signature = self.response_key.sign(content).hex()
        headers = [("Content-Type", "application/json")]
        for name, value in ((signing.TIMESTAMP, timestamp), (signing.RESPONSE_SIGNATURE, signature)):
            headers += [(name, value), (name.replace("-", "_"), value)]  # SDKs read either spelling
        return Reply(status, body, tuple(headers))

    def _authenticate(self, received: Received, entry: Entry) -> None:
        legacy = self.choices["cobo.auth_codes"] == "2022-2023"
        names = (signing.API_KEY, signing.API_NONCE, signing.API_SIGNATURE)
        key_hex, nonce, signature_hex = (received.header(name.lower()) for name in names)
        entry.identity = key_hex
        body = received.body.decode("utf-8", "surrogateescape")
        entry.message = signing.message(received.method, received.path, nonce, received.query, body)
        missing = [name for name, value in zip(names, (key_hex, nonce, signature_hex), strict=True) if not value]
        if missing:
            raise Refusal(401, f"Required header missing: {', '.join(missing)}.", 2022 if legacy else 2024)
        info = self.keys.get(key_hex.lower())
        if info is None:
            raise Refusal(401, NOT_REGISTERED, 2024)
        expires = info.expired_timestamp
        if isinstance(expires, int) and expires <= self.clock.now_ms():
            raise Refusal(401, "Your API key has expired.", 2024)
        if not self._fits(info, entry, received, nonce, signature_hex, body):
            raise Refusal(401, "API key authentication failed: invalid signature.", 2023 if legacy else 2024)
        if self.choices["cobo.nonce"] == "never-twice":
            if (key_hex, nonce) in self._nonces:
                raise Refusal(401, "API key authentication failed: the nonce was used before.", 2024)
            self._nonces.add((key_hex, nonce))

    def _fits(
        self, info: models.ApiKeyInfo, entry: Entry, received: Received, nonce: str, signature_hex: str, body: str
    ) -> bool:
        try:
            signature = bytes.fromhex(signature_hex)
            public = signing.api_public_key(info.key)
        except (ValueError, KeyRefused):
            return False
        if (
            isinstance(public, Secp256k1PublicKey)
            and self.choices["cobo.high_s"] == "refused"
            and not is_low_s(signature)
        ):
            return False
        texts = [entry.message]
        if received.query and self.choices["cobo.query"] == "raw-or-reencoded":
            again = urlencode(parse_qsl(received.query, keep_blank_values=True))
            if again != received.query:
                texts.append(signing.message(received.method, received.path, nonce, again, body))
        return any(signing.fits(public, signature, text.encode("utf-8", "surrogateescape")) for text in texts)

    # ---- operations, named as in the table ----

    def get_api_key_info(self, received: Received, entry: Entry) -> models.ApiKeyInfo:
        return self.keys[entry.identity.lower()]

    def list_mpc_vaults(self, received: Received, entry: Entry) -> models.Page[models.MPCVault]:
        query = _query(received)
        kind = query.get("vault_type", "")
        if not kind:
            raise Refusal(400, "Required parameter missing: vault_type", 2003)
        if kind not in models.VAULT_TYPES:
            raise Refusal(400, f"Invalid parameter: vault_type {kind!r}", 2006)
        if kind == "User-Controlled" and "project_id" not in query:
            raise Refusal(400, "Required parameter missing: project_id", 2003)
        if kind == "Org-Controlled" and "project_id" in query:
            raise Refusal(400, "Invalid parameter: project_id is for User-Controlled vaults", 2006)
        found = [v for v in self.vaults.values() if v.type == kind and v.project_id == query.get("project_id")]
        return self._page(found, query, lambda vault: vault.vault_id or "")

    def list_key_share_holder_groups(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.Page[models.KeyShareHolderGroup]:
        query = _query(received)
        kind = query.get("key_share_holder_group_type")
        if kind is not None and kind not in models.GROUP_TYPES:
            raise Refusal(400, f"Invalid parameter: key_share_holder_group_type {kind!r}", 2006)
        found = [g for g in self._groups(vault_id).values() if kind in (None, g.type)]
        return self._page(found, query, lambda group: group.key_share_holder_group_id or "")

    def get_key_share_holder_group_by_id(
        self, received: Received, entry: Entry, vault_id: str, key_share_holder_group_id: str
    ) -> models.KeyShareHolderGroup:
        group = self._groups(vault_id).get(key_share_holder_group_id)
        if group is None:
            raise Refusal(404, f"Key share holder group {key_share_holder_group_id} not found", 2028)
        return group

    def create_key_share_holder_group(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.KeyShareHolderGroup:
        groups = self._groups(vault_id)
        body = _body(received)
        self._known(body, ("key_share_holder_group_type", "participants", "threshold", "key_share_holders"), "")
        kind = _required(body, "key_share_holder_group_type", str)
        participants = _required(body, "participants", int)
        threshold = _required(body, "threshold", int)
        seats = _required(body, "key_share_holders", list)
        if kind not in models.GROUP_TYPES:
            raise Refusal(400, f"Invalid parameter: key_share_holder_group_type {kind!r}", 2006)
        if (threshold, participants) not in models.SCHEMES:
            raise Refusal(
                400, f"Invalid parameter: threshold {threshold} of participants {participants} is not supported", 2006
            )
        holders = [self._holder(seat, at, threshold == participants) for at, seat in enumerate(seats)]
        self._judge_holders(kind, threshold, participants, holders, groups.values())
        if kind in models.WITH_COBO:
            holders.insert(0, cobo_holder())
        group = models.KeyShareHolderGroup(
            key_share_holder_group_id=self.uuid(),
            type=kind,
            tss_key_share_groups=[],
            key_share_holders=holders,
            participants=participants,
            threshold=threshold,
            status="New",
            created_timestamp=self.clock.now_ms(),
        )
        groups[group.key_share_holder_group_id or ""] = group
        entry.made = group.key_share_holder_group_id or ""
        return group

    # ---- what they are made of ----

    def _groups(self, vault_id: str) -> dict[str, models.KeyShareHolderGroup]:
        if vault_id not in self.vaults:
            raise Refusal(404, f"Vault {vault_id} not found", 2028)
        return self.groups.setdefault(vault_id, {})

    def _known(self, body: dict[str, Any], names: tuple[str, ...], where: str) -> None:
        unknown = sorted(set(body) - set(names))
        if unknown and self.choices["cobo.unknown_fields"] == "refused":
            raise Refusal(400, f"Invalid parameter: {where}{unknown[0]} is not known", 2006)

    def _holder(self, seat: Any, at: int, all_sign: bool) -> models.KeyShareHolder:
        where = f"key_share_holders[{at}]"
        if not isinstance(seat, dict):
            raise Refusal(400, f"Invalid parameter: {where} must be an object", 2006)
        self._known(seat, ("name", "type", "tss_node_id", "signer"), f"{where}.")
        for name in ("name", "type", "tss_node_id"):
            if not isinstance(seat.get(name), str | None):
                raise Refusal(400, f"Invalid parameter: {where}.{name} must be a string", 2006)
        kind, node = seat.get("type"), seat.get("tss_node_id")
        if kind is not None and kind not in models.HOLDER_TYPES:
            raise Refusal(400, f"Invalid parameter: {where}.type {kind!r}", 2006)
        if kind == "Cobo" and self.choices["cobo.own_holder"] == "refused":
            raise Refusal(400, f"Invalid parameter: {where}.type Cobo is added automatically", 2006)
        signer = seat.get("signer")
        if not isinstance(signer, bool | None):
            raise Refusal(400, f"Invalid parameter: {where}.signer must be a boolean", 2006)
        if signer is None:
            signer = all_sign and self.choices["cobo.signer_omitted"] == "all-if-all-sign"
        known = self.nodes.get(node or "")
        return models.KeyShareHolder(
            name=seat.get("name"),
            type=kind,
            tss_node_id=node,
            online=known.online if known else False,
            signer=signer,
            status=known.status if known else "NotActivated" if kind == "Mobile" else "Valid",
            account_id=known.account_id if known else None,
        )

    def _judge_holders(
        self, kind: str, threshold: int, participants: int, holders: list[models.KeyShareHolder], groups: Any
    ) -> None:
        seats = participants - (kind in models.WITH_COBO)
        if len(holders) != seats and self.choices["cobo.holder_count"] == "refused":
            raise Refusal(
                400, f"Invalid parameter: key_share_holders must have {seats} items, not {len(holders)}", 2006
            )
        nodes = [holder.tss_node_id for holder in holders if holder.tss_node_id]
        if len(set(nodes)) < len(nodes) and self.choices["cobo.node_twice"] == "refused":
            raise Refusal(400, "Invalid parameter: key_share_holders name one tss_node_id twice", 2006)
        taken = {holder.tss_node_id for group in groups for holder in group.key_share_holders or ()}
        twice = sorted(taken & set(nodes))
        if twice and self.choices["cobo.node_in_two_groups"] == "refused":
            raise Refusal(400, f"Invalid parameter: tss_node_id {twice[0]} is in another group of this vault", 2006)
        signers = sum(bool(holder.signer) for holder in holders)
        strict = self.choices["cobo.signer_count"] == "threshold-1" and kind in models.WITH_COBO
        if strict and signers != threshold - 1:
            raise Refusal(
                400, f"Invalid parameter: signer must be true for {threshold - 1} holders, not {signers}", 2006
            )

    def _page(self, found: Sequence[Any], query: dict[str, str], id_of: Callable[[Any], str]) -> models.Page[Any]:
        """Creation order; a backward page comes in list order, too; cursors leave their object out."""
        limit = _limit(query)
        before, after = query.get("before"), query.get("after")
        if before is not None and after is not None:
            raise Refusal(400, "Invalid parameter: before and after exclude each other", 2006)
        ids = [id_of(item) for item in found]
        if before is not None:
            end = len(ids) if before == "infinity" else _position(ids, before)
            start = max(0, end - limit)
        else:
            start = 0 if after is None else _position(ids, after) + 1
            end = min(len(ids), start + limit)
        return models.Page(
            data=list(found[start:end]),
            pagination=models.Pagination(
                before=_cursor(ids[start]) if start > 0 and start < end else "",
                after=_cursor(ids[end - 1]) if start < end < len(ids) else "",
                total_count=len(ids),
            ),
        )

    def uuid(self) -> str:
        """A random-looking uuid (version 4) from the world's own seed."""
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) % 4]}{digits[17:20]}-{digits[20:]}"

    def __repr__(self) -> str:
        return f"<emulated Cobo, answers signed by {spoken(self.response_key.fingerprint)}>"


def cobo_holder() -> models.KeyShareHolder:
    """The share that Cobo adds to main and signing groups. That it shows as a signer is our choice."""
    return models.KeyShareHolder(
        name="Cobo", type="Cobo", tss_node_id=COBO_NODE, online=True, signer=True, status="Valid"
    )


def _query(received: Received) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(received.query, keep_blank_values=True) if value}


def _limit(query: dict[str, str]) -> int:
    text = query.get("limit", "10")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 50):
        raise Refusal(400, f"Invalid parameter: limit {unquote(text)!r} is not from 1 to 50", 2006)
    return int(text)


def _cursor(item_id: str) -> str:
    return base64.urlsafe_b64encode(item_id.encode()).decode().rstrip("=")


def _position(ids: Sequence[str], cursor: str) -> int:
    try:
        return ids.index(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (ValueError, binascii.Error):
        pass
    raise Refusal(400, "Invalid parameter: unknown cursor", 2006)


def _body(received: Received) -> dict[str, Any]:
    if not received.body:
        raise Refusal(400, "Required parameter missing: the request has no body", 2003)
    if "json" not in received.header("content-type"):
        raise Refusal(406, "The request content must be JSON", 2006)
    try:
        value = json.loads(received.body)
    except ValueError:
        raise Refusal(400, "Invalid parameter: the body is not JSON", 2006) from None
    if not isinstance(value, dict):
        raise Refusal(400, "Invalid parameter: the body must be an object", 2006)
    return value


def _required(body: dict[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if value is None:
        raise Refusal(400, f"Required parameter missing: {name}", 2003)
    if type(value) is not kind:  # True is no int here, and 2.0 is none either
        raise Refusal(400, f"Invalid parameter: {name} must be {_WORDS[kind]}", 2006)
    return value


_WORDS: dict[type, str] = {str: "a string", int: "an integer", list: "an array"}
