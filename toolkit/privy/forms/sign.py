"""The form in which a co-signer reads an approval, compares it by voice, and signs. Sends nothing.

An approval stands on a floor above the forms: it comes as a value, or is loaded by the name that a
user would write (``toolkit.Approval``). The key is in this form's memory until it has signed, and
in no widget.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from toolkit.base.home import at_home
from toolkit.base.html import code, render
from toolkit.base.text import plain_line
from toolkit.base.times import wall_clock_ms
from toolkit.errors import InputError, ToolkitError
from toolkit.forms.secret_field import SecretField
from toolkit.forms.widgets import Panel, box, html, public, shown, styled
from toolkit.keys import P256Key
from toolkit.keys.public import spoken
from toolkit.keys.secret import Secret
from toolkit.request.environment import EMULATOR

if TYPE_CHECKING:
    from toolkit.approvals.approval import Approval

PLACES = 12  # decimal digits that are said on the call
_CALL = (
    "Call whoever sent it, at a number that you know, and say these words: nobody chose them. "
    "Their program shows 12 digits for them. Type what you hear; this file’s own digits are shown "
    "only then."
)
_OTHERS = (
    "These are not the digits of this file: one of you has another one, or a digit was misheard. "
    "Nothing was signed. Start again with the new words above; if they differ again, do not sign."
)
_BEGIN = "Nothing has been signed. Signing sends nothing: it adds your signature to the file."


class SignForm(Panel):
    """What is asked, the words to say, the digits that are heard, a key, and *Sign*.

    In code: ``.hear(digits)``, ``.take(key)``, ``.sign()``; ``.approval`` is the copy that is here,
    None where the file was refused.

    >>> from toolkit import Approval
    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> approval = Approval.of(app, privy.update_key_quorum(quorum.id, change))
    >>> form = privy.forms.sign(approval)
    >>> form.hear("000 000 000 000"), form.compared
    (False, False)
    """

    def __init__(
        self,
        approval: Approval | str | Path,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._key: P256Key | None = None
        self._mine = ""  # the fingerprint of the key, once one was named
        self.compared = False
        #: Why a file was refused; empty for one that holds.
        self.refused = ""
        self.approval = self._loaded(approval)
        self._make_widgets(approval)
        if self.approval is not None:
            self._begin(self.approval)
        self.children = [self._head(), self.card, self._steps, self._foot]
        styled(self, "tk")
        self._draw()

    def _loaded(self, approval: Approval | str | Path) -> Approval | None:
        if isinstance(approval, _approvals()):
            return approval
        if not isinstance(approval, str | Path):
            raise InputError(
                f"approval must be an Approval or a path, not {type(approval).__name__}.",
                hint="Pass what toolkit.Approval.load(path) gives, or the path.",
            )
        try:
            return _approvals().load(approval)
        except InputError as error:
            self.refused = str(error)
        return None

    def _make_widgets(self, approval: Approval | str | Path) -> None:
        self.card, self.status, self.words, self.said = w.HTML(), w.HTML(), w.HTML(), w.HTML()
        self.digits = public(
            w.Text(
                description="The 12 digits that you hear",
                placeholder="0000 0000 0000",
                continuous_update=False,
            )
        )
        self.key = SecretField("Your key", self._take)
        place = "" if isinstance(approval, _approvals()) else str(approval)
        self.file = public(w.Text(value=place, description="Save the signed file as"))
        self.sign_button = w.Button(description="Sign", button_style="primary")
        self.digits.observe(self._typed, "value")
        self.sign_button.on_click(self._press)
        call = [
            html("section.html", title="Compare it on a call", hint=""),
            self.words,
            self.digits,
            self.said,
        ]
        sign = [
            html("section.html", title="Sign", hint="nothing of the key is kept in this page"),
            self.key.view,
            self.file,
        ]
        self._steps = w.VBox([styled(w.VBox(each), "tk-follow") for each in (call, sign)])
        self._foot = box("tk-foot", self.sign_button, self.status)
        shown(self._steps, self.approval is not None)
        shown(self.sign_button, self.approval is not None)

    def _head(self) -> w.HTML:
        place = "no file that holds"
        if self.approval is not None:
            environment = self.approval.prepared.environment
            place = f"{environment.name} · {environment.host}"
            if environment.name == EMULATOR:
                place = "EMULATOR · no account, no real keys"
        live = place.startswith("PROD")
        self.title = "Sign together"
        return html("head.html", title=self.title, place=place, call="privy.forms.sign", live=live)

    # ---- on the screen ----

    def _begin(self, approval: Approval) -> None:
        """Words for one comparison. They are drawn here, once the file is loaded."""
        self._comparison = approval.compare()
        words = " ".join(self._comparison.words)
        self.words.value = render("fingerprint.html", text=words, what=_CALL)

    def _draw(self) -> None:
        approval = self.approval
        if approval is None:
            self.say("high", f"Do not sign. {self.refused}")
            return
        self.card.value = approval.card(self._now_ms(), [self._mine])
        trouble = self._trouble()
        if trouble:
            self.say("high", f"Do not sign. {trouble}")
        else:
            self.say("note", f"{approval.standing}. {_BEGIN}")

    def _now_ms(self) -> int:
        return self._clock()

    def _trouble(self) -> str:
        """Why it must not be signed by now: too late, or two programs read it differently."""
        assert self.approval is not None
        return " ".join(self.approval.reading(self._now_ms()).trouble)

    def say(self, kind: str, text: str) -> None:
        """What the status line says."""
        self.status.value = render("status.html", kind=kind, text=text)

    # ---- the call ----

    def hear(self, digits: str) -> bool:
        """Whether these digits, which were heard, are those of this file; others end this try.

        The next one has new words.

        Raises:
            InputError: the file was refused, or these are not twelve digits.
        """
        approval = self._whole()
        typed = re.sub(r"[\s-]", "", digits)
        if not typed.isascii() or not typed.isdigit():
            raise InputError("digits: these are not digits alone.", hint="Type what you hear.")
        if len(typed) != PLACES:
            raise InputError(f"digits: {len(typed)} were typed, and there are {PLACES}.")
        self.compared = self._comparison.heard(digits)
        if not self.compared:
            self._begin(approval)
        self._say_compared(approval)
        return self.compared

    def _say_compared(self, approval: Approval) -> None:
        if not self.compared:
            self.said.value = render("status.html", kind="high", text=_OTHERS)
            return
        self.digits.disabled = True
        own = approval.digits(" ".join(self._comparison.words))
        self.said.value = render(
            "own_digits.html",
            digits=own,
            facts=[("approval", code(approval.id)), ("request", code(approval.fingerprint))],
        )

    def _typed(self, _: Any) -> None:
        text = self.digits.value.strip()  # what is there by now: a pasted key is taken out before
        if not text or self.compared:
            return
        try:
            if not self.hear(text):
                self.digits.value = ""
        except InputError as error:
            self.said.value = render("status.html", kind="note", text=str(error))

    # ---- the key ----

    def take(self, key: P256Key) -> None:
        """The key that signs; this form holds it until it has signed.

        Raises:
            InputError: the file was refused, it is no P256Key, or it is no member's.
        """
        approval = self._whole()
        if not isinstance(key, P256Key):
            raise InputError(
                f"key must be a P256Key, not {type(key).__name__}.", hint="See toolkit.keys."
            )
        if key.fingerprint not in approval.as_read.keys:
            raise InputError(
                f"Key {spoken(key.fingerprint)} is no member of this quorum: it would not count.",
                hint="Name the key of a member.",
            )
        self._key, self._mine = key, key.fingerprint
        self._draw()

    def _take(self, secret: Secret, origin: str) -> str:
        key = P256Key.parse(secret.reveal())
        self.take(key)
        members = list(self._whole().as_read.keys)
        at = members.index(key.fingerprint) + 1
        return (
            f"Key {spoken(key.fingerprint)} taken {origin}. You: key {at} of {len(members)}. "
            "It is in memory until you have signed, and nowhere else."
        )

    # ---- signing ----

    def sign(self) -> Approval:
        """Sign, and save the file. Signatures that came into it meanwhile are kept.

        Raises:
            InputError: something is missing, it must not be signed, or it cannot be saved; nothing
                was signed then.
        """
        approval = self._whole()
        missing = list(self._missing(approval))
        if missing:
            raise InputError(f"Nothing was signed. {' '.join(missing)}")
        key = self._key
        assert key is not None  # else it is missing
        path = at_home(self.file.value.strip())
        signed = approval.sign(key, signed_ms=self._now_ms())
        if path.exists():
            signed = _approvals().merge(signed, path)
        place = signed.save(path)
        self.approval, self._key = signed, None
        self._draw()
        self.say("good", f"Signed. {signed.outlook} Saved {plain_line(place)}.")
        return signed

    def _missing(self, approval: Approval) -> Iterator[str]:
        trouble = self._trouble()
        if trouble:
            yield f"Do not sign. {trouble}"
        elif self._mine in approval.signed_by:
            yield f"You have signed it already, with key {spoken(self._mine)}."
        else:
            if not self.compared:
                yield "Type the digits that you hear on the call."
            if self._key is None:
                yield "Name your key."
            if not self.file.value.strip():
                yield "Name a file to save it as."

    def _whole(self) -> Approval:
        if self.approval is None:
            raise InputError(f"Nothing was signed. {self.refused}")
        return self.approval

    def _press(self, _: Any = None) -> None:
        try:
            self.sign()
        except ToolkitError as error:
            self.say("high", str(error))

    def close(self) -> None:
        """Free every widget, and forget the key."""
        self._key = None
        super().close()


def _approvals() -> type[Approval]:
    import toolkit

    return toolkit.Approval
