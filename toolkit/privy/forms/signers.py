"""Who must sign a change: the panel, and a quorum as it is now with those who sign for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import ipywidgets as w

from toolkit.base.html import render
from toolkit.base.validate import text as must_be_text
from toolkit.client.names import known_names
from toolkit.errors import InputError
from toolkit.findings import Finding, hidden_name, needed
from toolkit.forms.form import CallForm
from toolkit.forms.secret_field import SecretField
from toolkit.forms.widgets import shown
from toolkit.keys import P256Key
from toolkit.keys.private import PrivateKey
from toolkit.keys.public import spoken
from toolkit.keys.secret import Secret
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.cosigning import Ready, Signing, signing_of, too_few_keys
from toolkit.privy.forms.together import Together
from toolkit.request.call import Call

BY = "by the quorum as it is now"


class Signers:
    """The panel: who must sign, and a field that takes a key, of which nothing stays in
    the field.
    """

    def __init__(
        self,
        form: CallForm[Any],
        keys: Iterable[P256Key],
        call: Callable[[], Call[Any]],
    ) -> None:
        if isinstance(keys, PrivateKey) or not isinstance(keys, Iterable):
            raise InputError(
                "signers must be a list of keys.",
                hint="Put a single key in brackets: signers=[key].",
            )
        self.keys: list[P256Key] = list(keys)
        for at, key in enumerate(self.keys):
            if not isinstance(key, P256Key):
                raise InputError(
                    f"signers[{at}] must be a P256Key, not {type(key).__name__}.",
                    hint="Load it with toolkit.keys.",
                )
        self._changed = form.refresh
        self._table = w.HTML()
        self.field = SecretField("A signer’s key", self._take)
        assert isinstance(form.client, Client)
        #: What goes to co-signers by file, and what comes back.
        self.together = Together(
            form.client,
            call,
            lambda: self.keys,
            lambda: form.submission.asked.acknowledged,
            form.refresh,
            form.aside,
        )
        self.view = w.VBox([self._table, self.field.view, self.together.view])

    @property
    def ready(self) -> tuple[Ready, ...]:
        """Keys that are here, and signatures that are: who has signed need not sign again."""
        return (*self.keys, *self.together.signed())

    def _take(self, secret: Secret, origin: str) -> str:
        key = P256Key.parse(secret.reveal())
        if key not in self.keys:
            self.keys.append(key)
        self._changed()
        name = spoken(key.fingerprint)
        return (
            f"Key {name} taken {origin}. It signs when you send; this form keeps it in memory only."
        )

    def show(self, signing: Signing | None, by: str, mark: str) -> None:
        """The members and what each does; nothing where nobody has to sign.

        ``mark``: of what is still missing.
        """
        shown(self.field.view, signing is not None)
        shown(self.together.view, signing is not None)
        if signing is None:
            self._table.value = render("status.html", kind="note", text=by)
            return
        strangers = [
            f"Key {spoken(key.fingerprint)}: no member, so it does not sign"
            for key in self.keys
            if key.fingerprint not in signing.members
        ]
        lines = [("note", text) for text in strangers]
        lines += [(mark, finding.text) for finding in too_few_keys(signing)]
        self._table.value = render(
            "signers.html",
            title="Who must sign now",
            here="signers are here",
            people=signing.rows,
            have=signing.ready,
            need=signing.need,
            by=by,
            lines=lines,
        )


class Cosigned:
    """A quorum as it is now, read anew, its nested quorums, and the panel of those who sign."""

    def __init__(
        self,
        form: CallForm[Any],
        quorum: models.KeyQuorum | str,
        keys: Iterable[P256Key],
        call: Callable[[], Call[Any]],
    ) -> None:
        client = form.client
        #: What people call keys, by fingerprint.
        self.names = known_names()
        wanted = must_be_text(getattr(quorum, "id", quorum), "quorum")
        #: The quorum as it was when this was made, and after each change of it.
        self.quorum = client.send(operations.get_key_quorum(wanted))
        self.nested: dict[str, models.KeyQuorum] = {}
        self._unread = ""
        for nested_id in self.quorum.key_quorum_ids or ():
            exchange = client.exchange(operations.get_key_quorum(nested_id))
            if exchange.error is None:
                self.nested[nested_id] = exchange.value
            else:
                self._unread = f"A nested quorum could not be read: {exchange.error.what}"
        self.signers = Signers(form, keys, call)

    @property
    def signing(self) -> Signing | None:
        """Who signs, by the quorum as it is now; None where its threshold cannot be reached."""
        try:
            return signing_of(self.quorum, self.nested, self.signers.ready, self.names)
        except InputError:
            return None

    def chosen(self) -> Sequence[Ready]:
        """The keys that sign."""
        signing = self.signing
        return signing.chosen if signing else ()

    def is_about(self, call: Call[Any]) -> bool:
        """Whether a call of an earlier run is about this quorum."""
        return call.argument("key_quorum_id") == self.quorum.id

    def findings(self) -> Iterator[Finding]:
        """Nobody can sign, too few keys are here, or its name hides something."""
        name = self.quorum.display_name or ""
        yield from hidden_name("privy.hidden-characters", ("quorum",), "quorum’s name", name)
        signing = self.signing
        if signing is None:
            sentence = "Its threshold cannot be reached: nobody can sign this."
            yield needed("form.unreachable", ("signers",), sentence)
        yield from too_few_keys(signing)

    def show(self, pressed: bool) -> None:
        """The panel."""
        by = f"{BY}. {self._unread}" if self._unread else BY
        self.signers.show(self.signing, by, "high" if pressed else "note")

    def learn(self, quorum: models.KeyQuorum, known: dict[str, models.KeyQuorum]) -> None:
        """From now on the members of this one sign."""
        self.quorum = quorum
        self.nested = {each: known[each] for each in quorum.key_quorum_ids or () if each in known}
