"""An approval: a change of a Privy quorum or wallet that several people sign, each in their place.

It is a value. It holds no key, and takes nothing but signatures from others: what is asked, and of
whom, is what its first copy says, or it is another approval. Whoever counts its signatures verifies
each. Enough of them, and the app secret, are the power to make this one change until it expires.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import msgspec

from toolkit.approvals import file
from toolkit.approvals.as_read import read_quorum, read_wallet, written_quorum, written_wallet
from toolkit.approvals.digits import Compared
from toolkit.approvals.file import Document, Mark, Place
from toolkit.approvals.reading import Reading, read
from toolkit.approvals.registered import Registered, Subject
from toolkit.approvals.shown import card_of
from toolkit.base.card import Card, Sentence
from toolkit.base.files import replace_file
from toolkit.base.home import at_home
from toolkit.base.text import plain_line
from toolkit.base.times import day, wall_clock_ms
from toolkit.client.names import known_names
from toolkit.errors import InputError, RequestRefused, ToolkitError
from toolkit.keys import P256PublicKey
from toolkit.keys.openly import open_text
from toolkit.keys.public import spoken
from toolkit.keys.secret import Veiled
from toolkit.keys.signer import Signature, Signed, Signer
from toolkit.privy import operations, signing
from toolkit.privy.authority import Authority, authority_of, who_signed, why_not
from toolkit.privy.client import Client, Environment, unsigned_request
from toolkit.privy.models import (
    member_key,
)
from toolkit.request import body as bodies
from toolkit.request.call import Call
from toolkit.request.disclosure import must_be_public
from toolkit.request.prepared import BOUND, Prepared

EXPIRES_IN_S = 86_400  # a day: people are asked, not programs
LONGEST_NOTE = 280  # characters
_ANEW = "Ask whoever sent it for the file anew."
# Rules about who signs: that is what an approval is for.
_ABOUT_SIGNERS = frozenset({"privy.signers", "privy.owner-signs"})


@dataclass(frozen=True, slots=True)
class Given:
    """A signature that was verified: whose, when by the word of whoever gave it, and itself.

    ``signed_ms``: Unix milliseconds.
    """

    key: P256PublicKey
    signed_ms: int
    signature: Signature = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Of the key, 64 hex digits."""
        return self.key.fingerprint

    def mark(self) -> Mark:
        """As it stands in the file."""
        return Mark(
            public_key=self.key.to_base64(),
            signed_at=file.written_moment(self.signed_ms),
            signature=self.signature.reveal_base64(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Compared):
    """A prepared change, the quorum as it was read, an expiry for people, the signatures so far.

    Make one with ``Approval.of``, read one with ``Approval.load``. ``sign``, ``add`` and ``merge``
    give a new one. ``client.send(approval)`` sends it, once enough have signed.

    ``not_counted`` says which signatures of a file did not hold, ``dropped`` what else was not
    taken from a file; ``source`` is the file's name.

    >>> from toolkit import Approval, Emulator, privy
    >>> from toolkit.keys import P256Key
    >>> app = Emulator.seeded().privy_client()
    >>> bob, carol = P256Key.generate(), P256Key.generate()
    >>> members = privy.CreateKeyQuorumRequest(public_keys=[bob.public, carol.public])
    >>> quorum = app.send(privy.create_key_quorum(members))
    >>> rename = privy.UpdateKeyQuorumRequest(display_name="Vendors")
    >>> approval = Approval.of(app, privy.update_key_quorum(quorum.id, rename))
    >>> signed = approval.sign(bob).sign(carol)
    >>> approval.ready, signed.ready
    (False, True)
    >>> app.send(signed).display_name
    'Vendors'
    """

    #: The exact bytes, and the message that members sign.
    prepared: Prepared[Any]
    #: Who must sign, as it was read: not looked at again until it is sent.
    as_read: Authority
    #: A word of whoever made it to the others.
    note: str = ""
    given: tuple[Given, ...] = ()
    not_counted: tuple[str, ...] = field(default=(), compare=False)
    dropped: tuple[str, ...] = field(default=(), compare=False)
    source: str = field(default="", compare=False)
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    #: The very bytes that were read, for the second opinion; None once anything was added.
    original: Veiled | None = field(default=None, compare=False, repr=False)
    #: What its reader has reviewed, and the fingerprints of the reader's own keys: ``against``.
    registered: Registered | None = field(default=None, compare=False, repr=False)
    mine: tuple[str, ...] = field(default=(), compare=False, repr=False)

    # ---- making one ----

    @classmethod
    def of(
        cls,
        client: Client,
        call: Call[Any],
        *,
        expires_in_s: int = EXPIRES_IN_S,
        note: str = "",
        acknowledge: Collection[str] = (),
    ) -> Self:
        """Prepare a change for others to sign: read who must, and write down both.

        Args:
            call: of an operation that members sign: update or delete a key quorum, update a wallet.
            expires_in_s: until when it may be signed and sent, whole seconds, at most 7 days. How
                long Privy takes is documented nowhere; its SDKs use 15 minutes.
            note: a word to the others, at most 280 characters.
            acknowledge: ids of inferred rules that it may break.

        Raises:
            InputError: nobody signs this, or an expiry or note that does not fit.
            RequestRefused: it breaks a rule.
            CredentialsRefused: a text of it, or the note, is a private key, or the client's own
                secret.
            ToolkitError: who must sign cannot be read.
        """
        if len(open_text(note, "note")) > LONGEST_NOTE:
            raise InputError(
                f"note has {len(note)} characters; {LONGEST_NOTE} fit.", hint="Shorten it."
            )
        if not isinstance(client, Client):
            raise InputError(
                f"An approval is prepared by a client, not by {type(client).__name__}.",
                hint="Pass the privy.Client that will send it.",
            )
        prepared = client.prepare(call, expires_in_s=expires_in_s)
        broken = [
            finding
            for finding in client.problems(call)
            if finding.rule not in _ABOUT_SIGNERS and finding.holds_up(acknowledge)
        ]
        if broken:
            raise RequestRefused(broken, f"{call.operation.name} on {client.environment.name}")
        authority = authority_of(call, client.send, client.now_ms())
        made = cls(prepared=prepared, as_read=authority, note=note)
        return cls._from(made.document(made.id))  # what is saved is what is here

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file, and verify everything that it says of itself, and every signature.

        No network is used: who must sign is what the file says.

        Raises:
            InputError: it cannot be read, or does not hold: with its name, and the first field that
                is wrong.
        """
        name = plain_line(Path(path).name)
        content = file.content_of(path)
        document, unknown, names = file.parsed(content, name)
        try:
            approval = cls._from(document)
        except (ToolkitError, ValueError) as error:
            trouble = getattr(error, "what", None) or "body: it is not what the operation takes"
        else:
            return replace(
                approval, source=name, unknown=unknown, dropped=names, original=Veiled(content)
            )
        raise InputError(
            f"{name} does not hold: {trouble.rstrip('.')}. Nothing of it was used.", hint=_ANEW
        )

    @classmethod
    def _from(cls, document: Document) -> Self:
        """What a document says, each part checked against the others.

        Raises:
            InputError: the first field that does not fit.
        """
        facts = msgspec.to_builtins(document)
        expires_ms = file.read_moment(document.good_until, "good_until")
        authority = authority_in(document)
        call = call_in(document)
        must_be_about(call, authority)
        prepared = prepared_in(document, call, expires_ms, authority.read_ms)
        if document.id != file.id_of(facts):
            raise InputError(
                "id: it is not that of what stands in the file, so something was altered"
            )
        if len(document.note) > LONGEST_NOTE:
            raise InputError(f"note: it has more than {LONGEST_NOTE} characters")
        approval = cls(prepared=prepared, as_read=authority, note=document.note)
        given, not_counted = approval.verified(document.signatures)
        return replace(approval, given=given, not_counted=not_counted)

    def verified(self, marks: Iterable[Mark]) -> tuple[tuple[Given, ...], tuple[str, ...]]:
        """Of the signatures in a file, those that hold, and why others do not."""
        holding, not_counted = [], []
        for at, mark in enumerate(marks):
            try:
                holding.append(self._given(mark))
            except InputError as error:
                not_counted.append(f"signatures[{at}]: {error.what}")
        return self.in_order(holding), tuple(not_counted)

    def _given(self, mark: Mark) -> Given:
        signed_ms = file.read_moment(mark.signed_at, "signed_at")
        signature = Signature.from_base64(mark.signature)
        key = member_key(mark.public_key)
        if (key.to_base64(), signature.reveal_base64()) != (mark.public_key, mark.signature):
            raise InputError("it is not spelled as this format spells keys and signatures")
        if key.fingerprint not in self.as_read.keys:
            raise InputError(f"key {spoken(key.fingerprint)} is not a member, so it does not count")
        if not key.verify(signature.reveal(), self.message.encode()):
            why = why_not(signature, self.prepared, self.as_read.keys)
            raise InputError(f"it does not fit key {spoken(key.fingerprint)}: {why}")
        return Given(key, signed_ms, signature)

    def in_order(self, given: Iterable[Given]) -> tuple[Given, ...]:
        """One for each member, in the order of the members: the same whatever order they came in.

        A member who signed twice is taken by the earlier one.
        """
        first: dict[str, Given] = {}
        for each in sorted(given, key=lambda g: (g.signed_ms, g.signature.reveal())):
            first.setdefault(each.fingerprint, each)
        return tuple(first[member] for member in self.as_read.keys if member in first)

    # ---- what it says ----

    @property
    def id(self) -> str:
        """64 hex digits over everything that is asked, and of whom; not over the signatures."""
        return file.id_of(msgspec.to_builtins(self.document("")))

    @property
    def call(self) -> Call[Any]:
        """What is asked."""
        return self.prepared.call

    @property
    def message(self) -> str:
        """The text that members sign, as UTF-8."""
        return self.prepared.message

    @property
    def fingerprint(self) -> str:
        """Of the request, as in preview, journal and receipt: 64 hex digits."""
        return self.prepared.fingerprint

    @property
    def expires_ms(self) -> int:
        """Until when it may be signed and sent, Unix milliseconds."""
        return self.prepared.fresh_until_ms

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures that hold."""
        return tuple(each.signature for each in self.given)

    def as_signers(self) -> tuple[Signed, ...]:
        """Those who signed, each as a signer of exactly this: for a client or a form."""
        message = self.message.encode()
        return tuple(Signed(each.key, message, each.signature, self.as_read) for each in self.given)

    @property
    def signed_by(self) -> tuple[str, ...]:
        """Whose signatures hold: fingerprints of keys, 64 hex digits."""
        return tuple(each.fingerprint for each in self.given)

    @property
    def need(self) -> int:
        """How many members must sign, by the quorum as it was read."""
        return self.as_read.quorum.required

    @property
    def missing(self) -> tuple[str, ...]:
        """Who has not signed and can, by fingerprint; nobody once it is ready."""
        if self.ready:
            return ()
        return tuple(member for member in self.as_read.keys if member not in self.signed_by)

    @property
    def ready(self) -> bool:
        """Whether enough have signed, by the quorum as it was read. Sending reads it anew."""
        return self.as_read.suffices(self.signed_by)

    def is_expired(self, now_ms: int) -> bool:
        """Whether it is too late to sign or send it."""
        return self.prepared.is_stale(now_ms)

    def against(
        self,
        registered: Registered | str | Path,
        mine: Iterable[P256PublicKey] = (),
        *,
        now_ms: int | None = None,
    ) -> Self:
        """To be read against a registered quorum, itself or its file.

        Where the quorum is what was reviewed, the card shows only what changes; where it is not,
        it says so in red, and the command line does not sign.

        Args:
            mine: public keys of whoever reads it: only what one of them has registered counts as
                reviewed.
            now_ms: now otherwise. Unix milliseconds.

        Raises:
            InputError: it cannot be read or does not hold, it is about another environment, app or
                quorum, or it is too old.
        """
        if not isinstance(registered, Registered):
            registered = Registered.load(registered)
        moment = wall_clock_ms() if now_ms is None else now_ms
        registered.must_be_about(Subject.in_approval(self), moment)
        fingerprints = tuple(key.fingerprint for key in mine)
        return replace(self, registered=registered, mine=fingerprints)

    @property
    def deviations(self) -> tuple[str, ...]:
        """How its quorum differs from the registered one, a sentence each: see ``against``."""
        if self.registered is None:
            return ()
        return self.registered.deviations(self.as_read, known_names())

    # ---- gathering ----

    def sign(self, signer: Signer, *, signed_ms: int | None = None) -> Self:
        """With this signer's signature over the message. Who has signed already is not asked.

        Args:
            signed_ms: when, for the file; now otherwise. Unix milliseconds.

        Raises:
            InputError: it is no member, or what it signs does not fit.
        """
        public = signing.public_of(signer)
        if public is None:
            raise InputError(
                f"signer: a P256Key signs here, not {type(signer).__name__}.",
                hint="Pass a key, or anything with .public and .sign(message).",
            )
        if public.fingerprint not in self.as_read.keys:
            raise InputError(
                f"Key {spoken(public.fingerprint)} is not a member of quorum "
                f"{plain_line(self.as_read.quorum.id)} as it was read, so it would not count. "
                "Nothing was signed.",
                hint="Sign with a member's key.",
            )
        if public.fingerprint in self.signed_by:
            return self
        signature = Signature(signer.sign(self.message.encode()), "What the signer signed")
        return self.add(signature, signed_ms=signed_ms)

    def add(self, signature: str | Signature, *, signed_ms: int | None = None) -> Self:
        """With a signature that was made elsewhere over the message: base64 of its DER.

        Raises:
            InputError: it does not fit, with why.
        """
        try:
            if not isinstance(signature, Signature):
                signature = Signature.from_base64(signature)
            keys = self.as_read.keys
            key = who_signed(signature, self.message, keys.values())
            if key is None:
                why = why_not(signature, self.prepared, keys)
                raise InputError(
                    f"The signature does not fit: {why}.", hint="Sign exactly approval.message."
                )
            moment = wall_clock_ms() if signed_ms is None else signed_ms
            given = Given(key, moment, signature)
        finally:
            del signature
        return replace(self, given=self.in_order((*self.given, given)), original=None)

    @classmethod
    def merge(cls, *approvals: Approval | str | Path) -> Approval:
        """The first one, with the signatures of all others: approvals, files, or folders of files.

        The first is our own copy: from the others only signatures are taken. In whatever order they
        come, the signatures are the same.

        Raises:
            InputError: there is none, one cannot be read, or one is about something else: with its
                name, and the first field that differs.
        """
        copies = list(_copies(approvals))
        if not copies:
            raise InputError("There is nothing to merge.", hint="Name the files that came back.")
        own, others = copies[0], copies[1:]
        given = list(own.given)
        dropped = [each for each in own.dropped if each not in own.unknown]
        not_counted = list(own.not_counted)
        for at, other in enumerate(others, 1):
            name = other.source or f"Approval {at + 1}"
            field_name = first_difference(own, other)
            if field_name:
                raise InputError(
                    f"{name} is another approval than {own.source or 'the first one'}: "
                    f"{field_name} differs. Nothing was taken from it.",
                    hint="Ask whoever sent it: one of the two is not what was agreed.",
                )
            given += other.given
            dropped += [f"{name}: {each}" for each in other.dropped]
            not_counted += [f"{name}: {each}" for each in other.not_counted]
        return replace(
            own,
            given=own.in_order(given),
            dropped=tuple(dropped),
            not_counted=tuple(not_counted),
            original=None,
        )

    # ---- the file ----

    def save(self, path: str | Path) -> Path:
        """Write the file (mode 0600), over an older copy of this approval and nothing else.

        Raises:
            InputError: another file is there, or it cannot be written.
        """
        place = at_home(path)
        if place.exists():
            try:
                older = Approval.load(place)
            except InputError:
                older = None
            if older is None or older.id != self.id:
                raise InputError(
                    f"{plain_line(place)} exists, and is not a copy of this approval.",
                    hint="Choose another name.",
                )
        replace_file(place, self.to_bytes(), private=True)
        return place

    def to_bytes(self) -> bytes:
        """The file's content: the same for the same approval and signatures."""
        return file.written(self.document(self.id), self.unknown)

    def document(self, approval_id: str) -> Document:
        """What stands in the file, under this id."""
        environment, who = self.prepared.environment, self.as_read
        return Document(
            what=file.WHAT,
            format=file.FORMAT,
            id=approval_id,
            environment=Place(environment.name, environment.base_url),
            identity=self.prepared.identity,
            operation=self.call.operation.name,
            arguments=dict(self.call.arguments),
            body=self.prepared.body.decode(),
            message=self.message,
            good_until=file.written_moment(self.expires_ms),
            read_at=file.written_moment(who.read_ms),
            quorum=written_quorum(who.quorum),
            nested=tuple(map(written_quorum, who.nested)),
            wallet=None if who.wallet is None else written_wallet(who.wallet),
            note=self.note,
            signatures=tuple(each.mark() for each in self.given),
        )

    # ---- shown ----

    @property
    def standing(self) -> str:
        """``1 of 2 signed``: a verification, not a count."""
        return f"{len(self.given)} of {self.need} signed"

    @property
    def outlook(self) -> str:
        """How many have signed, and what to do with the file now."""
        if self.ready:
            return f"{self.standing}: enough. Send it back to whoever sends it."
        return f"{self.standing}. Send it on, or back."

    def _card(self) -> Card:
        facts: list[tuple[str, object]] = [
            ("request", Sentence(f"{self.prepared.method} {self.call.path}")),
            ("signatures", Sentence(self.standing)),
            ("good until", day(self.expires_ms)),
        ]
        return Card(
            f"Approval {self.call.operation.name}",
            facts,
            environment=self.prepared.environment.name,
        )

    @property
    def compared(self) -> str:
        """What is compared by voice: its ``id``."""
        return self.id

    def __repr__(self) -> str:
        return self._card().line()

    def reading(self, now_ms: int, mine: Sequence[str] = ()) -> Reading:
        """What it says at this moment (Unix ms), in words; ``mine``: this person's fingerprints."""
        return read(self, now_ms, known_names(), mine)

    def card(self, now_ms: int, mine: Sequence[str] = ()) -> str:
        """The same as HTML, without widget or script."""
        return card_of(self, now_ms, known_names(), mine)

    def _repr_html_(self) -> str:
        return self.card(wall_clock_ms())


# ---- parts of a document -------------------------------------------------------------------------


def authority_in(document: Document) -> Authority:
    """Who must sign, as the document has it.

    Raises:
        InputError: parts of it do not fit together.
    """
    wallet = None
    if document.wallet is not None:
        wallet = read_wallet(document.wallet)
    authority = Authority(
        read_quorum(document.quorum),
        tuple(map(read_quorum, document.nested)),
        wallet,
        file.read_moment(document.read_at, "read_at"),
    )
    if tuple(each.id for each in document.nested) != document.quorum.key_quorum_ids:
        raise InputError("nested: these are not the quorums that quorum.key_quorum_ids names")
    must_be_possible(authority)
    return authority


def must_be_possible(authority: Authority) -> None:
    """Raises InputError where keys alone can never sign: users cannot with this toolkit."""
    if not authority.suffices(authority.keys):
        raise InputError(
            f"quorum: the keys of {plain_line(authority.quorum.id)} alone can never be enough",
            hint="Users cannot sign with this toolkit.",
        )


def call_in(document: Document) -> Call[Any]:
    """What the document asks for.

    Raises:
        InputError: no operation that members sign, or arguments or a body that are none of it.
        CredentialsRefused: a text of it is a private key.
    """
    signed = [each for each in operations.OPERATIONS if each.co_signed or each.owner_signs]
    body = json.loads(document.body) if document.body else None
    facts = {
        "operation": document.operation,
        "arguments": document.arguments,
        "query": {},
        "body": body,
    }
    call = Call.from_dict(facts, signed)
    must_be_public(call, lambda text: False)
    return call


def must_be_about(call: Call[Any], authority: Authority) -> None:
    """Raises InputError where the quorum that was read is not the one that the call is about."""
    if call.operation.co_signed:
        if authority.quorum.id != call.argument("key_quorum_id"):
            raise InputError("quorum: it is not the one that arguments names")
        if authority.wallet is not None:
            raise InputError("wallet: this is about none")
        return
    wallet = authority.wallet
    if wallet is None or wallet.id != call.argument("wallet_id"):
        raise InputError("wallet: it is not the one that arguments names")
    if wallet.owner_id != authority.quorum.id:
        raise InputError("quorum: it is not the owner of the wallet")


def prepared_in(
    document: Document, call: Call[Any], expires_ms: int, read_ms: int
) -> Prepared[Any]:
    """The request anew from its parts, byte for byte what the document says.

    Raises:
        InputError: the document says something else: which field.
    """
    environment = environment_in(document.environment)
    content = bodies.canonical(call.body) if call.body is not None else b""
    if content.decode() != document.body:
        raise InputError("body: it is not what this toolkit would send for it")
    url = environment.base_url + call.path
    unsigned = unsigned_request(document.identity, call, url, content, expires_ms)
    if unsigned.message != document.message:
        raise InputError(
            "message: it is not that of the environment, identity, operation, arguments, body and "
            "good_until beside it"
        )
    return Prepared(
        call=call,
        environment=environment,
        identity=document.identity,
        url=url,
        fields=tuple(unsigned.headers.items()),
        body=content,
        message=unsigned.message,
        signed=True,
        made_ms=read_ms,
        fresh_until_ms=expires_ms,
        ticket=BOUND + document.id,
    )


def environment_in(place: Place) -> Environment:
    """Where it is for: a name that is the vendor's own stands for the vendor's own address.

    Raises:
        InputError: another address, or none.
    """
    environment = Environment(place.base_url, place.name)
    official = {name: url for url, name in Environment.official.items()}
    known_url = official.get(place.name, environment.base_url)
    if (environment.name, environment.base_url) != (place.name, place.base_url):
        raise InputError("environment: name and base_url do not belong together")
    if known_url != environment.base_url:
        raise InputError(f"environment: {place.name} is at {known_url}, not there")
    return environment


# ---- copies --------------------------------------------------------------------------------------


def first_difference(one: Approval, other: Approval) -> str:
    """The first covered field that differs; empty for copies of one approval."""
    ours = msgspec.to_builtins(one.document(""))
    theirs = msgspec.to_builtins(other.document(""))
    return next((name for name in file.COVERED if ours[name] != theirs[name]), "")


def _copies(approvals: Sequence[Approval | str | Path]) -> Iterator[Approval]:
    for each in approvals:
        if isinstance(each, Approval):
            yield each
            continue
        place = at_home(each)
        if place.is_dir():
            yield from map(Approval.load, sorted(place.glob("*.json")))
        else:
            yield Approval.load(place)
