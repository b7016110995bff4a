"""Whose signatures count for a change: the quorum as it is now, and which signatures hold.

A signature that was made elsewhere is verified here, against the message and the members, before
anything is sent. Of those that hold, exactly as many are taken as are needed, chosen by the order
of the members and by nothing else.

Source: Privy's pages on owners and on key quorums: a change of a quorum is signed by a threshold of
its members as they are now, a change of a wallet by its owner's. Either half of S is right there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from toolkit.base.text import and_words, plural
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import P256PublicKey
from toolkit.keys.public import spoken
from toolkit.keys.signer import Signature, Signed, Signer
from toolkit.privy import operations, signing
from toolkit.privy.models import KeyQuorum, Wallet, member_identity, member_key
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared

if TYPE_CHECKING:
    from toolkit.quorum import Quorum

Send = Callable[[Call[Any]], Any]


@dataclass(frozen=True, slots=True)
class Authority:
    """Who must sign a change: a quorum, as it was read at a moment.

    ``nested`` are its nested quorums; one that could not be read is missing, and counts for nobody.
    ``wallet``: the wallet that it owns, where that is changed. ``read_ms``: Unix milliseconds.
    """

    quorum: KeyQuorum
    nested: tuple[KeyQuorum, ...] = ()
    wallet: Wallet | None = None
    read_ms: int = field(default=0, compare=False)

    @property
    def power(self) -> Quorum:
        """Who can sign. Raises InputError for a threshold that cannot be reached."""
        from toolkit.privy.powers import quorum_of  # only once that is asked

        return quorum_of(self.quorum, nested=self.nested)

    @property
    def keys(self) -> Mapping[str, P256PublicKey]:
        """The members' keys by fingerprint, those inside nested quorums included.

        In the order in which they stand; what is no key is left out.
        """
        keys = {}
        for quorum in (self.quorum, *self.nested):
            for each in quorum.authorization_keys:
                try:
                    key = member_key(each.public_key)
                except KeyRefused:  # Privy took it; it can sign nothing here
                    continue
                keys[key.fingerprint] = key
        return keys

    def enough(self, signed: Iterable[str]) -> tuple[str, ...]:
        """Of these members, by fingerprint, as many as are needed and none to spare.

        The first ones in the order of the members; those in nested quorums go first. All of them
        where they are not enough.
        """
        return enough_of(self.quorum, self.power, signed)

    def suffices(self, signed: Iterable[str]) -> bool:
        """Whether these members together are enough."""
        return suffices(self.quorum, self.power, signed)


def authority_of(call: Call[Any], send: Send, now_ms: int) -> Authority:
    """Who must sign this call, read now.

    Args:
        send: sends a read and gives its value.

    Raises:
        InputError: nobody has to sign it: another operation, or a wallet without an owner.
        ToolkitError: the quorum, or a nested one, cannot be read.
    """
    operation = call.operation
    wallet = None
    if operation.co_signed:
        quorum_id = str(call.argument("key_quorum_id"))
    elif operation.owner_signs:
        wallet = send(operations.get_wallet(str(call.argument("wallet_id"))))
        if not wallet.owner_id:
            raise InputError(
                f"Wallet {wallet.id} has no owner, so nobody has to sign this.",
                hint="Leave signers and signatures out.",
            )
        quorum_id = wallet.owner_id
    else:
        raise InputError(
            f"{operation.name} is not signed.", hint="Leave signers and signatures out."
        )
    return replace(quorum_as_it_is(quorum_id, send, now_ms), wallet=wallet)


def quorum_as_it_is(quorum_id: str, send: Send, now_ms: int) -> Authority:
    """A quorum and its nested ones, read now.

    Raises:
        ToolkitError: one of them cannot be read.
    """
    quorum = send(operations.get_key_quorum(quorum_id))
    nested = [send(operations.get_key_quorum(each)) for each in quorum.key_quorum_ids or ()]
    return Authority(quorum, tuple(nested), None, now_ms)


def suffices(quorum: KeyQuorum, power: Quorum, signed: Iterable[str]) -> bool:
    """Whether these members are enough: as signatures, too, since Privy counts those."""
    some = set(signed)
    return len(some) >= quorum.required and power.can_sign(some)


def enough_of(quorum: KeyQuorum, power: Quorum, signed: Iterable[str]) -> tuple[str, ...]:
    """Of these members, by fingerprint, enough and none to spare; all where they are too few.

    Privy's documentation wants exactly as many as the threshold. Who goes is decided from the last
    member on, so that those in nested quorums go first.
    """
    there = set(signed)
    chosen = [each for each in power.ids if each in there]
    if not suffices(quorum, power, chosen):
        return tuple(chosen)
    for each in reversed(chosen):
        rest = [other for other in chosen if other != each]
        if suffices(quorum, power, rest):
            chosen = rest
    return tuple(chosen)


# ---- which signatures hold -----------------------------------------------------------------------


def who_signed(
    signature: Signature, message: str, keys: Iterable[P256PublicKey]
) -> P256PublicKey | None:
    """Whose signature over this message it is; None for none of these keys."""
    content = message.encode()
    for key in keys:
        if key.verify(signature.reveal(), content):
            return key
    return None


def cosigners(
    authority: Authority,
    prepared: Prepared[Any],
    signers: Sequence[Signer],
    signatures: Sequence[Signature],
) -> tuple[Signed, ...]:
    """Exactly as many signatures as are needed, each verified over what is prepared.

    Signers who are not needed are not asked to sign.

    Raises:
        InputError: one of them does not fit, with which and why; the same member twice; or too few.
    """
    keys = authority.keys
    message = prepared.message.encode()
    given: dict[str, Signed] = {}
    asked: dict[str, tuple[str, Signer]] = {}
    where: dict[str, str] = {}
    for at, signature in enumerate(signatures):
        what = f"signatures[{at}]"
        key = who_signed(signature, prepared.message, keys.values())
        if key is None:
            raise InputError(
                f"{what} does not fit: {why_not(signature, prepared, keys)}.", hint=_SIGN_THIS
            )
        _must_be_first(key.fingerprint, what, where)
        given[key.fingerprint] = Signed(key, message, signature)
    for at, signer in enumerate(signers):
        what = f"signers[{at}]"
        public = signing.public_of(signer)
        if public is None or public.fingerprint not in keys:
            raise InputError(
                f"{what} does not fit: {_key(public)} is not a member of {_name(authority)} as it "
                "is now.",
                hint="Pass members only.",
            )
        _must_be_first(public.fingerprint, what, where)
        asked[public.fingerprint] = what, signer
    present = (*given, *asked)
    if not authority.suffices(present):
        raise InputError(_too_few(authority, present), hint="Gather the others first.")
    for each in authority.enough(present):
        if each not in given:
            given[each] = _signed(*asked[each], keys, prepared)
    return tuple(given[each] for each in authority.enough(present))


_SIGN_THIS = "Sign exactly the message of what is sent: the prepared’s .message, as UTF-8."


def _must_be_first(fingerprint: str, what: str, where: dict[str, str]) -> None:
    first = where.setdefault(fingerprint, what)
    if first != what:
        raise InputError(
            f"{what} is by key {spoken(fingerprint)}, the same member as {first}: it would count "
            "once.",
            hint="Leave one of them out.",
        )


def _signed(
    what: str, signer: Signer, keys: Mapping[str, P256PublicKey], prepared: Prepared[Any]
) -> Signed:
    """What a signer makes of the message, verified."""
    public = signing.public_of(signer)
    assert public is not None  # it is a member
    message = prepared.message.encode()
    signature = Signature(signer.sign(message), f"What {what} signed")
    if not public.verify(signature.reveal(), message):
        raise InputError(
            f"{what}, key {spoken(public.fingerprint)}: its signature does not fit: "
            f"{why_not(signature, prepared, keys)}.",
            hint=_SIGN_THIS,
        )
    return Signed(public, message, signature)


def why_not(
    signature: Signature, prepared: Prepared[Any], keys: Mapping[str, P256PublicKey]
) -> str:
    """Why a signature fits no member over this message, as far as looking can tell."""
    owner = who_signed(signature, prepared.message, keys.values())
    if owner is not None:
        return f"it was made with another key, {_key(owner)}"
    comes_in = who_signed(signature, prepared.message, _keys_in(prepared))
    if comes_in is not None:
        return (
            f"{_key(comes_in)} made it, and that is not a member now (this change would bring "
            "it in)"
        )
    for name, text in _other_messages(prepared):
        for key in keys.values():
            if key.verify(signature.reveal(), text):
                return f"{_key(key)} made it over another message: {name}"
    return (
        "no member made it over this message. It was made over another message (another moment is "
        "another message, too), or with another key, one that is not a member"
    )


def _other_messages(prepared: Prepared[Any]) -> Iterator[tuple[str, bytes]]:
    """What people and programs sign by mistake, each with its name."""
    message = prepared.message.encode()
    digest = hashlib.sha256(message)
    yield "with a line end after it", message + b"\n"
    yield "with a line end after it", message + b"\r\n"
    yield "its SHA-256, hashed once more", digest.digest()
    yield "the hex of its SHA-256", digest.hexdigest().encode()
    yield "its base64", base64.b64encode(message)
    if prepared.body:
        yield "the body alone", prepared.body


def _keys_in(prepared: Prepared[Any]) -> Iterator[P256PublicKey]:
    """Keys that the request itself names: members to be."""
    owner: Any = prepared.call.argument("owner")
    spellings: Any = prepared.call.argument("public_keys") or ()
    for spelling in (*spellings, getattr(owner, "public_key", None)):
        try:
            yield member_key(spelling or "")
        except KeyRefused:  # a rule says what is wrong with it
            continue


def _too_few(authority: Authority, present: Sequence[str]) -> str:
    need = authority.quorum.required
    who = and_words([f"key {spoken(each)}" for each in present])
    verb = "does" if len(present) == 1 else "do"
    sentence = (
        f"{plural(need, 'member')} of {_name(authority)} must sign, by the quorum as it is now"
    )
    if len(present) >= need:
        return f"{sentence}, and {who} together are not enough."
    return f"{sentence}; {len(present)} {verb}{f': {who}' if who else ''}."


def _key(key: P256PublicKey | None) -> str:
    return "its key" if key is None else f"key {spoken(key.fingerprint)}"


def _name(authority: Authority) -> str:
    return f"quorum {authority.quorum.id}"


# ---- what has changed since ----------------------------------------------------------------------


def difference(before: Authority, now: Authority) -> str:
    """What is different between who must sign, as it was read then and now; empty for nothing.

    Keys are compared as keys, whatever their spelling, and lists as sets.
    """
    if before.quorum.id != now.quorum.id:
        return f"the owner was quorum {before.quorum.id} and is quorum {now.quorum.id}"
    for old, new in _pairs(before, now):
        sentence = _quorum_difference(old, new)
        if sentence:
            return f"quorum {new.id}: {sentence}"
    if before.wallet is not None and now.wallet is not None:
        return _wallet_difference(before.wallet, now.wallet)
    return ""


def _pairs(before: Authority, now: Authority) -> Iterator[tuple[KeyQuorum, KeyQuorum]]:
    yield before.quorum, now.quorum
    known = {each.id: each for each in before.nested}
    for each in now.nested:
        if each.id in known:  # another list of nested ones was told already
            yield known[each.id], each


def _quorum_difference(old: KeyQuorum, new: KeyQuorum) -> str:
    if old.required != new.required:
        return f"{old.required} had to sign, and now {new.required}"
    for kind, then, now in zip(_KINDS, _members(old), _members(new), strict=True):
        if then != now:
            return " and ".join(_came_and_left(kind, then, now))
    if (old.display_name or "") != (new.display_name or ""):
        return "it has another name"
    return ""


def _came_and_left(kind: str, then: set[str], now: set[str]) -> Iterator[str]:
    for members, verb in ((then - now, "left"), (now - then, "came in")):
        if members:
            names = [f"{kind} {_short(each)}" for each in sorted(members)]
            yield f"{and_words(names)} {verb}"


_KINDS = ("key", "user", "quorum")


def _members(quorum: KeyQuorum) -> tuple[set[str], set[str], set[str]]:
    keys = {member_identity(each.public_key) for each in quorum.authorization_keys}
    return keys, set(quorum.user_ids or ()), set(quorum.key_quorum_ids or ())


def _short(identity: str) -> str:
    return spoken(identity) if len(identity) == 64 else identity


def _wallet_difference(old: Wallet, new: Wallet) -> str:
    if (old.display_name or "") != (new.display_name or ""):
        return f"wallet {new.id} has another name"
    signers = [{each.signer_id for each in wallet.additional_signers} for wallet in (old, new)]
    if signers[0] != signers[1]:
        return f"wallet {new.id} has other additional signers"
    return ""
