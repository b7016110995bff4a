"""Who must sign a change: the members of a quorum as it is now, and whose keys are here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ipywidgets as w

from toolkit.cards import render
from toolkit.errors import InputError, Problem
from toolkit.forms import OURS
from toolkit.keys import P256Key, is_private, spoken
from toolkit.privy import models
from toolkit.privy.forms.members import called, fields_of
from toolkit.privy.powers import quorum_of
from toolkit.widgets import box, styled


@dataclass(frozen=True, slots=True)
class Signing:
    """Whose signatures a change needs, and which are at hand. Pure.

    ``chosen``: as few of the keys at hand as are enough, all of them where they are not. ``enough``: whether they are.
    ``rows``: (mark, who, what) of every member.
    """

    need: int
    chosen: tuple[P256Key, ...]
    enough: bool
    rows: tuple[tuple[str, str, str], ...]


def signing_of(quorum: models.KeyQuorum, nested: Mapping[str, models.KeyQuorum], keys: Iterable[P256Key]) -> Signing:
    """What the members of a quorum, as it is now, must do for a change of it.

    Raises:
        InputError: the quorum has a threshold that cannot be reached.
    """
    power = quorum_of(quorum, nested=nested.values())
    held = {key.fingerprint: key for key in keys}
    mine = [each for each in power.ids if each in held]
    enough = power.can_sign(set(mine))
    if enough:
        for each in list(mine):  # Privy's documentation wants exactly as many as the threshold
            rest = [other for other in mine if other != each]
            if power.can_sign(set(rest)):
                mine = rest
    rows = tuple(_rows(quorum, nested, held, mine, ""))
    return Signing(quorum.required, tuple(held[each] for each in mine), enough, rows)


def _rows(
    quorum: models.KeyQuorum,
    nested: Mapping[str, models.KeyQuorum],
    held: Mapping[str, P256Key],
    chosen: Sequence[str],
    where: str,
) -> Iterator[tuple[str, str, str]]:
    for at, (kind, text) in enumerate(fields_of(quorum).members, 1):
        identity = models.member_identity(text) if kind == "Key" else text
        name = f"Key {spoken(identity)}" if kind == "Key" and identity != text else called(kind, text, at, nested)
        if kind == "Quorum" and text in nested:
            yield "", f"{where}{name}", f"any {nested[text].required} of its {nested[text].size} members"
            yield from _rows(nested[text], {}, held, chosen, f"{name} › ")
        elif kind == "Key":
            here = (
                "its key is here; it signs when you send" if identity in chosen else "its key is here, and not needed"
            )
            yield (
                ("good", f"{where}{name}", here) if identity in held else ("", f"{where}{name}", "its key is not here")
            )
        else:
            what = "users cannot sign with this toolkit" if kind == "User" else "unknown members"
            yield "", f"{where}{name}", what


class Signers:
    """The panel: who must sign, and a field that takes a key from a file or a variable. No secret is ever in a field."""

    def __init__(self, keys: Iterable[P256Key], changed: Callable[..., None]) -> None:
        self.keys: list[P256Key] = list(keys)
        self._changed = changed
        self._table, self._said = w.HTML(), w.HTML()
        self.place = styled(
            w.Text(description="A signer’s key: file or $VARIABLE", placeholder="~/keys/alice.pem or $ALICE_KEY"),
            "tk-mono",
        )
        self.load = w.Button(description="Load key")
        self.load.on_click(lambda _: self._load())
        self.place.observe(self._guard, "value")
        self._loading = w.VBox([box("tk-pair", self.place, self.load), self._said])
        self.view = w.VBox([self._table, self._loading])

    def _guard(self, change: dict[str, str]) -> None:
        if is_private(change["new"]):
            self.place.value = ""
            self._tell("high", "That was a PRIVATE key; it was removed and went nowhere. Name the file that holds it.")

    def _load(self) -> None:
        place = self.place.value.strip()
        try:
            key = P256Key.from_env(place[1:]) if place.startswith("$") else P256Key.from_file(place)
        except InputError as error:
            self._tell("high", str(error))
            return
        if key not in self.keys:
            self.keys.append(key)
        self.place.value = ""
        self._tell("good", f"Key {spoken(key.fingerprint)} was loaded.")
        self._changed()

    def _tell(self, kind: str, text: str) -> None:
        self._said.value = render("under.html", lines=[(kind, text)])

    def show(self, signing: Signing | None, by: str) -> None:
        """The members and what each does; nothing where nobody has to sign."""
        self._loading.layout.display = None if signing else "none"
        if signing is None:
            self._table.value = render("status.html", kind="note", text=by)
            return
        have = len(signing.chosen)
        strangers = [
            f"Key {spoken(key.fingerprint)}: no member, so it does not sign"
            for key in self.keys
            if not any(spoken(key.fingerprint) in who for _, who, _ in signing.rows)
        ]
        self._table.value = render(
            "signers.html", people=signing.rows, have=have, need=signing.need, by=by, strangers=strangers
        )

    def problems(self, signing: Signing | None) -> Iterator[Problem]:
        """Too few keys at hand."""
        if signing is not None and not signing.enough:
            have = len(signing.chosen)
            sentence = f"{signing.need} must sign, and {have or 'none'} of their keys {'is' if have < 2 else 'are'} here. Load the keys, or pass signers=[…]."
            yield Problem("form.signers", "signers", sentence, True, OURS)
