"""Signers and signatures from elsewhere: each verified here, exactly as many as are needed sent."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.emulated import changes, last_change, lost
from tests.inside import switch
from tests.kms import kms
from tests.samples import KEYS
from toolkit import Emulator, cobo, privy
from toolkit.errors import InputError, RequestRefused
from toolkit.keys import Ed25519Key, P256Key
from toolkit.keys.private import P256_ORDER
from toolkit.keys.signer import Signature
from toolkit.privy.authority import Authority, difference
from toolkit.privy.models import AuthorizationKey, KeyQuorum

STRANGER = P256Key.from_hex(f"{99:064x}")
RENAME = privy.UpdateKeyQuorumRequest(display_name="Payouts")


@dataclass
class Elsewhere:
    """A signer that is no private key of ours: it counts how often it is asked."""

    key: P256Key
    asked: int = 0

    @property
    def public(self) -> Any:
        return self.key.public

    def sign(self, message: bytes) -> bytes:
        self.asked += 1
        return self.key.sign(message)


def made(key: P256Key, message: str | bytes) -> str:
    """A signature as it comes from elsewhere."""
    content = message.encode() if isinstance(message, str) else message
    return base64.b64encode(key.sign(content)).decode()


def quorum_of(app: privy.Client, keys: list[P256Key] = KEYS, threshold: int = 2) -> KeyQuorum:
    request = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in keys], authorization_threshold=threshold
    )
    return app.send(privy.create_key_quorum(request))


@pytest.fixture
def strict(emulator: Emulator) -> Emulator:
    """An emulator that refuses a signature too many."""
    switch(emulator, {"privy.extra_signatures": "refused"})
    return emulator


def test_signatures_made_elsewhere_are_sent(strict: Emulator) -> None:
    """Two signatures that were made elsewhere over what was prepared change the quorum; of three, two are sent."""
    app = strict.privy_client()
    quorum = quorum_of(app)
    for keys in (KEYS[:2], KEYS, KEYS[::-1]):
        prepared = app.prepare(privy.update_key_quorum(quorum.id, RENAME), expires_in_s=86_400)
        signatures = [made(key, prepared.message) for key in keys]
        exchange = app.exchange(prepared, signatures=signatures)
        assert exchange.value.display_name == "Payouts"
        # the same two, in whatever order they came: the first in the order of the members
        assert [who.split()[1] for who in exchange.signed_by] == [
            key.fingerprint[:4] for key in KEYS[:2]
        ]


def test_who_is_not_needed_is_not_asked(strict: Emulator) -> None:
    """Of three signers elsewhere two are asked, once; with a signature that is there, one."""
    app = strict.privy_client()
    quorum = quorum_of(app)
    signers = [Elsewhere(key) for key in KEYS]
    app.send(privy.update_key_quorum(quorum.id, RENAME), signers=signers[::-1])
    assert [signer.asked for signer in signers] == [1, 1, 0]
    prepared = app.prepare(privy.delete_key_quorum(quorum.id))
    app.send(prepared, signers=signers[1:2], signatures=[made(KEYS[0], prepared.message)])
    assert [signer.asked for signer in signers] == [1, 2, 0]


def test_private_keys_and_signers_elsewhere_mix(strict: Emulator) -> None:
    """A key that is here and a signer elsewhere are enough together, and so is the owner of a wallet."""
    app = strict.privy_client()
    quorum = quorum_of(app)
    both = [KEYS[0], Elsewhere(KEYS[2])]
    assert app.send(privy.update_key_quorum(quorum.id, RENAME), signers=both).id == quorum.id
    wallet = app.send(
        privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum.id))
    )
    named = privy.UpdateWalletRequest(display_name="Cold")
    prepared = app.prepare(privy.update_wallet(wallet.id, named))
    signatures = [made(key, prepared.message) for key in KEYS[1:]]
    assert app.send(prepared, signatures=signatures).display_name == "Cold"


def test_a_kms_signs(strict: Emulator) -> None:
    """A key in another process, asked over a socket, signs as a member."""
    app = strict.privy_client()
    with kms() as service:
        request = privy.CreateKeyQuorumRequest(
            public_keys=[KEYS[0].public, service.public], authorization_threshold=2
        )
        quorum = app.send(privy.create_key_quorum(request))
        changed = app.send(privy.update_key_quorum(quorum.id, RENAME), signers=[KEYS[0], service])
        assert changed.display_name == "Payouts"
        assert service.asked == 1


def test_a_change_in_doubt_is_signed_anew_elsewhere(strict: Emulator) -> None:
    """Where a person sends a lost change again, a signer elsewhere is asked again, and verified as before."""
    app = strict.privy_client()
    quorum = quorum_of(app)
    lost(strict, "update_key_quorum", "status-before")
    signers = [Elsewhere(key) for key in KEYS[:2]]
    exchange = app.exchange(privy.update_key_quorum(quorum.id, RENAME), signers=signers)
    assert exchange.outcome == "unknown"
    again = app.resolve(exchange, send_again=True, signers=signers)
    assert again.value.display_name == "Payouts"
    assert [signer.asked for signer in signers] == [2, 2]


def test_high_s_holds(strict: Emulator) -> None:
    """Either half of S is right at Privy: a signature and its mirror are both taken, as one member's."""
    app = strict.privy_client()
    quorum = quorum_of(app)
    prepared = app.prepare(privy.update_key_quorum(quorum.id, RENAME))
    r, s = decode_dss_signature(KEYS[0].sign(prepared.message.encode()))
    one, other = (
        base64.b64encode(encode_dss_signature(r, each)).decode() for each in (s, P256_ORDER - s)
    )
    with pytest.raises(InputError, match=r"signatures\[1\] .*the same member as signatures\[0\]"):
        app.send(prepared, signatures=[one, other])
    high = other if s < P256_ORDER // 2 else one
    assert app.send(prepared, signatures=[high, made(KEYS[1], prepared.message)]).id == quorum.id


def unfit(key: P256Key, text: str) -> str:
    return made(key, text)


#: What is passed beside one good signature, and what the refusal must say.
UNFIT = {
    "another message": (lambda m, b: [unfit(KEYS[1], m + " ")], r"signatures\[1\].*another message.*another key.*not a member"),
    "a line end": (lambda m, b: [unfit(KEYS[1], m + "\n")], r"signatures\[1\].*another message: with a line end"),
    "hashed twice": (lambda m, b: [made(KEYS[1], hashlib.sha256(m.encode()).digest())], r"hashed once more"),
    "the digest in hex": (lambda m, b: [unfit(KEYS[1], hashlib.sha256(m.encode()).hexdigest())], r"the hex of its SHA-256"),
    "the body alone": (lambda m, b: [made(KEYS[1], b)], r"another message: the body alone"),
    "a stranger's": (lambda m, b: [unfit(STRANGER, m)], r"signatures\[1\].*with another key, one that is not a member"),
    "a member twice": (lambda m, b: [unfit(KEYS[0], m)], r"signatures\[1\].*the same member as signatures\[0\]"),
    "too few": (lambda m, b: [], r"2 members of quorum .* must sign.*; 1 does: key"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_what_does_not_fit_is_named(emulator: Emulator, name: str) -> None:
    """A signature that does not fit is refused before anything is sent, with which one and why; it is never repeated."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    before = changes(emulator)
    prepared = app.prepare(privy.update_key_quorum(quorum.id, RENAME))
    bad, words = UNFIT[name]
    signatures = [made(KEYS[0], prepared.message), *bad(prepared.message, prepared.body)]
    with pytest.raises(InputError, match=words) as refused:
        app.send(prepared, signatures=signatures)
    assert changes(emulator) == before
    assert app.pending() == ()
    for each in signatures:
        assert each not in str(refused.value)


def test_a_member_to_be_is_no_member(emulator: Emulator) -> None:
    """Whom a change brings in does not sign for it: the refusal says so."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    request = privy.UpdateKeyQuorumRequest(
        public_keys=[KEYS[0].public, STRANGER.public], authorization_threshold=2
    )
    prepared = app.prepare(privy.update_key_quorum(quorum.id, request))
    signatures = [made(key, prepared.message) for key in (KEYS[0], STRANGER)]
    with pytest.raises(InputError, match=r"not a member now .this change would bring"):
        app.send(prepared, signatures=signatures)


def test_the_quorum_counts_as_it_is_now(emulator: Emulator) -> None:
    """Who was a member when it was prepared, and is none any more, does not count."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    prepared = app.prepare(privy.update_key_quorum(quorum.id, RENAME))
    signatures = [made(key, prepared.message) for key in (KEYS[0], KEYS[2])]
    fewer = privy.UpdateKeyQuorumRequest(
        public_keys=[key.public for key in KEYS[:2]], authorization_threshold=2
    )
    app.send(privy.update_key_quorum(quorum.id, fewer), signers=KEYS[:2])
    with pytest.raises(InputError, match=r"signatures\[1\] does not fit"):
        app.send(prepared, signatures=signatures)
    assert changes(emulator).count("update_key_quorum") == 1


class Liar(Elsewhere):
    """Signs something else than it is asked to."""

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message + b"!")


class Impostor(Elsewhere):
    """Gives a public half that is not its own."""

    def sign(self, message: bytes) -> bytes:
        return KEYS[0].sign(message)


@pytest.mark.parametrize(
    ("signer", "words"),
    [
        (Elsewhere(STRANGER), r"signers\[1\] .*is not a member"),
        (Liar(KEYS[1]), r"signers\[1\].*does not fit.*another message"),
        (Impostor(KEYS[1]), r"signers\[1\].*another key, key "),
    ],
    ids=["stranger", "another message", "another key"],
)
def test_a_signer_elsewhere_is_verified(emulator: Emulator, signer: Elsewhere, words: str) -> None:
    """What a signer elsewhere gives is believed only where it fits its own key and these bytes."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    before = changes(emulator)
    with pytest.raises(InputError, match=words):
        app.send(privy.update_key_quorum(quorum.id, RENAME), signers=[KEYS[0], signer])
    assert changes(emulator) == before


def test_what_is_no_signature(emulator: Emulator) -> None:
    """Texts that are no signature, a single one, and signatures without a Prepared are refused by name."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    call = privy.update_key_quorum(quorum.id, RENAME)
    prepared = app.prepare(call)
    raw = base64.b64encode(bytes(range(64))).decode()
    cases: dict[str, Any] = {
        r"signatures\[0\] is not base64": ["not base64!"],
        r"signatures\[0\] is not a DER signature": [base64.b64encode(b"DER").decode()],
        r"signatures\[0\] has 64 bytes: that is r and s side by side": [raw],
        r"signatures\[0\] is int, not text": [7],
        r"signatures\[0\] has 100 bytes": [base64.b64encode(bytes(100)).decode()],
        "signatures must be a list": raw,
    }
    for words, signatures in cases.items():
        with pytest.raises(InputError, match=words) as refused:
            app.send(prepared, signatures=signatures)
        assert raw not in str(refused.value)
    with pytest.raises(InputError, match="a call has neither"):
        app.send(call, signatures=[made(KEYS[0], prepared.message)])
    with pytest.raises(RequestRefused, match="get_key_quorum is not signed"):
        app.send(privy.get_key_quorum(quorum.id), signers=[Elsewhere(KEYS[0])])
    with pytest.raises(RequestRefused, match="A P256Key signs here, not Elsewhere"):
        app.send(call, signers=[Elsewhere(Ed25519Key.generate())])  # type: ignore[arg-type]
    with pytest.raises(RequestRefused, match="signed by the API key alone"):
        emulator.cobo_client().send(cobo.list_mpc_vaults(), signers=[Elsewhere(KEYS[0])])


def test_signatures_are_sealed() -> None:
    """A signature shows itself nowhere, and is never pickled or copied."""
    text = made(KEYS[0], "message")
    signature = Signature.from_base64(text)
    assert text not in f"{signature!r} {signature!s} {signature:>3}"
    assert signature.reveal_base64() == text
    with pytest.raises(TypeError):
        signature.__reduce_ex__(2)


def test_an_expiry_for_people(emulator: Emulator) -> None:
    """An expiry chosen for people is what is signed, and until then it may be sent; others are refused by name."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    call = privy.update_key_quorum(quorum.id, RENAME)
    prepared = app.prepare(call, expires_in_s=86_400)
    assert prepared.fresh_until_ms == prepared.made_ms + 86_400_000
    assert prepared.headers["privy-request-expiry"] == str(prepared.fresh_until_ms)
    assert f'"privy-request-expiry":"{prepared.fresh_until_ms}"' in prepared.message
    signatures = [made(key, prepared.message) for key in KEYS[:2]]
    emulator.advance(86_000_000)
    assert app.send(prepared, signatures=signatures).display_name == "Payouts"
    assert last_change(emulator).status == 200
    late = app.prepare(call, expires_in_s=60)
    emulator.advance(61_000)
    with pytest.raises(InputError, match="too long ago"):
        app.send(late, signatures=[made(key, late.message) for key in KEYS[:2]])
    for wrong in (0, -1, 7 * 86_400 + 1, True, 1.5):
        with pytest.raises(InputError, match="expires_in_s"):
            app.prepare(call, expires_in_s=wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is not signed, so it has no expiry"):
        app.prepare(privy.get_key_quorum(quorum.id), expires_in_s=60)
    with pytest.raises(InputError, match="a Cobo request carries its moment"):
        emulator.cobo_client().prepare(cobo.list_mpc_vaults(), expires_in_s=60)


def test_a_wallet_without_owner_needs_nobody(emulator: Emulator) -> None:
    """Where nobody has to sign, signatures are refused before anything is sent."""
    app = emulator.privy_client()
    wallet = app.send(privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum")))
    prepared = app.prepare(
        privy.update_wallet(wallet.id, privy.UpdateWalletRequest(display_name="x"))
    )
    with pytest.raises(InputError, match="has no owner"):
        app.send(prepared, signatures=[made(KEYS[0], prepared.message)])


def member(key: P256Key, *, pem: bool = False) -> AuthorizationKey:
    return AuthorizationKey(key.public.to_pem() if pem else key.public.to_base64())


def authority(*keys: AuthorizationKey, threshold: int = 1, **more: Any) -> Authority:
    return Authority(KeyQuorum("q", list(keys), authorization_threshold=threshold, **more))


DIFFERENT = {
    "threshold": (authority(member(KEYS[0]), member(KEYS[1]), threshold=2), "1 had to sign, and now 2"),
    "key in": (authority(member(KEYS[0]), member(KEYS[1]), member(KEYS[2])), f"key {KEYS[2].fingerprint[:4]} .* came in"),
    "key out": (authority(member(KEYS[0])), f"key {KEYS[1].fingerprint[:4]} .* left"),
    "user": (authority(member(KEYS[0]), member(KEYS[1]), user_ids=["did:privy:x"]), "user did:privy:x came in"),
    "nested": (authority(member(KEYS[0]), member(KEYS[1]), key_quorum_ids=["n"]), "quorum n came in"),
    "name": (authority(member(KEYS[0]), member(KEYS[1]), display_name="n"), "another name"),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_has_changed_is_told(name: str) -> None:
    """What is different between a quorum as it was read and as it is now is told in words."""
    now, words = DIFFERENT[name]
    told = difference(authority(member(KEYS[0]), member(KEYS[1])), now)
    assert re.search(words, told)


def test_another_spelling_is_no_change() -> None:
    """Keys are compared as keys and lists as sets: spelling and order are no difference."""
    before = authority(member(KEYS[0]), member(KEYS[1]), user_ids=[])
    assert difference(before, authority(member(KEYS[1], pem=True), member(KEYS[0]))) == ""


@given(st.sets(st.integers(0, 5)), st.integers(1, 6), st.randoms(use_true_random=False))
def test_as_many_as_needed_and_no_more(signed: set[int], threshold: int, random: Any) -> None:
    """Whoever signs in whatever order: exactly the threshold is taken, the same ones each time, or all where they are too few."""
    keys = [P256Key.from_hex(f"{number + 1:064x}") for number in range(6)]
    who = authority(*map(member, keys), threshold=threshold)
    fingerprints = [keys[each].fingerprint for each in sorted(signed)]
    shuffled = random.sample(fingerprints, len(fingerprints))
    chosen = who.enough(shuffled)
    assert chosen == tuple(fingerprints[:threshold])
    assert who.suffices(shuffled) == (len(fingerprints) >= threshold)


@pytest.mark.parametrize("wrong", ["another message", "no signature"])
def test_no_frame_of_ours_holds_a_signature(emulator: Emulator, wrong: str) -> None:
    """Where one is refused, no local of ours in the traceback spells any of them."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    prepared = app.prepare(privy.update_key_quorum(quorum.id, RENAME))
    bad = made(KEYS[1], "another") if wrong == "another message" else "bm90IGEgc2lnbmF0dXJl"
    signatures = [made(KEYS[0], prepared.message), bad]
    with pytest.raises(InputError) as refused:
        app.send(prepared, signatures=signatures)
    frames = [entry.frame for entry in refused.traceback if "toolkit" in str(entry.path)]
    assert frames
    for frame in frames:
        for value in frame.f_locals.values():
            assert not any(each in repr(value) for each in signatures)
