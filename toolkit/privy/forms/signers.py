"""Who must sign a change: the members of a quorum as it is now, and whose keys are here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ipywidgets as w

from toolkit.base.html import render
from toolkit.errors import InputError, Problem
from toolkit.forms.form import OURS
from toolkit.forms.secret_field import SecretField
from toolkit.forms.widgets import shown
from toolkit.keys import P256Key
from toolkit.keys.private import PrivateKey
from toolkit.keys.public import spoken
from toolkit.keys.secret import Secret
from toolkit.privy import models
from toolkit.privy.forms.members import called, fields_of, identity_of, needed
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum


@dataclass(frozen=True, slots=True)
class Signing:
    """Whose signatures a change needs, and which are at hand. Pure.

    ``need``: how many members must sign; ``ready``: how many of them can, with the keys at hand (a nested quorum is
    one member). ``chosen``: of the keys at hand, enough and none to spare; all of them where they are not enough.
    ``enough``: whether they are: as signatures, too, since Privy counts those. ``possible``: whether keys alone can be
    enough, without a user. ``rows``: (mark, who, what).
    """

    need: int
    ready: int
    chosen: tuple[P256Key, ...]
    enough: bool
    possible: bool
    rows: tuple[tuple[str, str, str], ...]


def signing_of(
    quorum: models.KeyQuorum, nested: Mapping[str, models.KeyQuorum], keys: Iterable[P256Key]
) -> Signing:
    """What the members of a quorum, as it is now, must do for a change of it.

    Raises:
        InputError: the quorum has a threshold that cannot be reached.
    """
    power = quorum_of(quorum, nested=nested.values())
    held = {key.fingerprint: key for key in keys}
    mine = [each for each in power.ids if each in held]

    def suffice(some: Sequence[str]) -> bool:
        return len(some) >= quorum.required and power.can_sign(set(some))

    enough = suffice(mine)
    if enough:
        # Privy's documentation wants exactly as many as the threshold; those in nested quorums go first
        for each in reversed(mine):
            rest = [other for other in mine if other != each]
            if suffice(rest):
                mine = rest
    ready = sum(m.can_sign(mine) if isinstance(m, Quorum) else m in mine for m in power.members)
    keys_alone = [each for each in power.ids if not each.startswith("did:privy:")]
    return Signing(
        need=quorum.required,
        ready=ready,
        chosen=tuple(held[each] for each in mine),
        enough=enough,
        possible=power.can_sign(keys_alone),
        rows=tuple(_rows(quorum, nested, held, mine, "")),
    )


def _rows(
    quorum: models.KeyQuorum,
    nested: Mapping[str, models.KeyQuorum],
    held: Mapping[str, P256Key],
    chosen: Sequence[str],
    where: str,
) -> Iterator[tuple[str, str, str]]:
    for at, (kind, text) in enumerate(fields_of(quorum).members, 1):
        identity = identity_of(kind, text)
        name = (
            f"Key {spoken(identity)}"
            if kind == "Key" and identity != text
            else called(kind, text, at, nested)
        )
        if kind == "Quorum" and text in nested:
            yield (
                "",
                f"{where}{name}",
                f"one yes: {needed(nested[text].required, nested[text].size)}",
            )
            yield from _rows(nested[text], {}, held, chosen, f"{name} › ")
        elif kind == "Key":
            here = (
                "its key is here; it signs when you send"
                if identity in chosen
                else "its key is here, and not needed"
            )
            yield (
                ("good", f"{where}{name}", here)
                if identity in held
                else ("", f"{where}{name}", "its key is not here")
            )
        else:
            what = "users cannot sign with this toolkit" if kind == "User" else "unknown members"
            yield "", f"{where}{name}", what


class Signers:
    """The panel: who must sign, and a field that takes a key, of which nothing stays in the field."""

    def __init__(self, keys: Iterable[P256Key], changed: Callable[..., None]) -> None:
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
        self._changed = changed
        self._table = w.HTML()
        self.field = SecretField("A signer’s key", self._take)
        self.view = w.VBox([self._table, self.field.view])

    def _take(self, secret: Secret, origin: str) -> str:
        key = P256Key.parse(secret.reveal())
        if key not in self.keys:
            self.keys.append(key)
        self._changed()
        return f"Key {spoken(key.fingerprint)} taken {origin}. It signs when you send; this form keeps it in memory only."

    def show(self, signing: Signing | None, by: str, mark: str) -> None:
        """The members and what each does; nothing where nobody has to sign. ``mark``: of what is still missing."""
        shown(self.field.view, signing is not None)
        if signing is None:
            self._table.value = render("status.html", kind="note", text=by)
            return
        strangers = [
            f"Key {spoken(key.fingerprint)}: no member, so it does not sign"
            for key in self.keys
            if not any(spoken(key.fingerprint) in who for _, who, _ in signing.rows)
        ]
        lines = [("note", text) for text in strangers]
        lines += [(mark, problem.sentence) for problem in self.problems(signing)]
        self._table.value = render(
            "signers.html",
            people=signing.rows,
            have=signing.ready,
            need=signing.need,
            by=by,
            lines=lines,
        )

    def problems(self, signing: Signing | None) -> Iterator[Problem]:
        """Too few keys at hand."""
        if signing is not None and not signing.enough:
            if signing.possible:
                members = f"{signing.ready} of {signing.need} members {'are' if signing.need > 1 else 'is'} ready"
                sentence = f"{members}: load the key of another one, or pass signers=[…]."
            else:
                sentence = (
                    "This needs the signature of a user, and users cannot sign with this toolkit."
                )
            yield Problem("form.signers", "signers", sentence, True, OURS)
