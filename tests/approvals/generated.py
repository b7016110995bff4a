"""Random approvals: any request that members sign, anywhere, of any quorum whose keys can sign it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.samples import KEYS
from toolkit import Approval, privy
from toolkit.privy.authority import Authority
from toolkit.privy.client import unsigned_request
from toolkit.privy.models import AdditionalSigner, AuthorizationKey, KeyQuorum, Wallet
from toolkit.request import body as bodies
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared

LAST_MS = 253_402_300_799_999  # of the year 9999
# what escapes, what is longer in UTF-8, what is two units in UTF-16, and what a path or a query must not be
odd = st.sampled_from(list('ab"\\/?#%&= \u2028éß\ufb33🔑'))
texts = st.text(odd | st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
#: Anything that a text of a body may hold, controls included.
any_texts = st.text(odd | st.characters(exclude_categories=["Cs"]), max_size=12)
slashed = st.sampled_from(["a/b", "/", "../a", "a/../b"])  # an id that would be another path
ids = (slashed | texts).filter(lambda text: text.strip() and text not in (".", ".."))
whole = st.integers(-(2**53) + 1, 2**53 - 1)
lists = st.lists(any_texts, max_size=3)
PLACES = [
    privy.PROD,
    privy.Environment("https://api.staging.privy.io", "STAGING"),
    privy.Environment("https://emulator.invalid", "EMULATOR"),
    privy.Environment("http://127.0.0.1:8000/a/b", "MINE"),
    privy.Environment("https://[::1]:444", "MINE"),
]


def said(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


spellings = st.sampled_from(KEYS).flatmap(
    lambda key: st.sampled_from([key.public.to_base64(), key.public.to_pem()])
)
signers = st.builds(
    AdditionalSigner, signer_id=any_texts, override_policy_ids=st.none() | lists.map(tuple)
)
owners = said(public_key=spellings, user_id=any_texts).map(lambda given: privy.WalletOwner(**given))
quorum_changes = said(
    public_keys=st.lists(spellings, max_size=3),
    user_ids=lists,
    key_quorum_ids=lists,
    authorization_threshold=whole,
    display_name=any_texts,
).map(lambda given: privy.UpdateKeyQuorumRequest(**given))
wallet_changes = said(
    owner_id=st.none() | any_texts,
    owner=st.none() | owners,
    additional_signers=st.lists(signers, max_size=2),
    display_name=st.none() | any_texts,
    policy_ids=lists,
    external_id=any_texts,
).map(lambda given: privy.UpdateWalletRequest(**given))


@st.composite
def quorums(draw: st.DrawFn, quorum_id: str) -> KeyQuorum:
    """One whose keys alone are enough."""
    keys = [
        AuthorizationKey(each) for each in draw(st.permutations([k.public.to_pem() for k in KEYS]))
    ]
    return KeyQuorum(
        id=quorum_id,
        authorization_keys=keys[: draw(st.integers(1, 3))],
        display_name=draw(st.none() | any_texts),
        authorization_threshold=1,
        user_ids=draw(st.lists(ids.map("did:privy:{}".format), max_size=2, unique=True)),
    )


@st.composite
def calls(draw: st.DrawFn) -> tuple[Call[Any], Authority]:
    """What is asked, and who must sign it."""
    quorum = draw(quorums(draw(ids)))
    kind = draw(st.sampled_from(["update", "delete", "wallet"]))
    read_ms = draw(st.integers(0, LAST_MS))
    if kind == "update":
        return privy.update_key_quorum(quorum.id, draw(quorum_changes)), Authority(
            quorum, read_ms=read_ms
        )
    if kind == "delete":
        return privy.delete_key_quorum(quorum.id), Authority(quorum, read_ms=read_ms)
    wallet = Wallet(
        id=draw(ids),
        address=draw(any_texts),
        chain_type="ethereum",
        created_at=0,
        owner_id=quorum.id,
        additional_signers=[],
    )
    return privy.update_wallet(wallet.id, draw(wallet_changes)), Authority(
        quorum, (), wallet, read_ms
    )


@st.composite
def approvals(draw: st.DrawFn) -> Approval:
    """Any of them, as ours would write it."""
    call, authority = draw(calls())
    environment, identity = draw(st.sampled_from(PLACES)), draw(ids)
    expires_ms = draw(st.integers(0, LAST_MS))
    content = bodies.canonical(call.body) if call.body is not None else b""
    url = environment.base_url + call.path
    unsigned = unsigned_request(identity, call, url, content, expires_ms)
    prepared = Prepared(
        call=call,
        environment=environment,
        identity=identity,
        url=url,
        fields=tuple(unsigned.headers.items()),
        body=content,
        message=unsigned.message,
        signed=True,
        made_ms=authority.read_ms,
        fresh_until_ms=expires_ms,
    )
    return Approval(prepared=prepared, as_read=authority, note=draw(any_texts))
