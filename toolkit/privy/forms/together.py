"""Signing together, in a form: save the change for a co-signer, and bring signatures back.

What is saved, signed and brought back is an ``Approval``, which stands on a floor above the forms.
So it is asked for at a press, by the name that a user would write: ``toolkit.Approval``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from toolkit.base.text import plain_line
from toolkit.base.times import day
from toolkit.errors import InputError, ToolkitError
from toolkit.forms.by_file import ByFile, Texts
from toolkit.forms.job import Job
from toolkit.forms.widgets import box, html, public, shown, styled
from toolkit.keys import P256Key
from toolkit.keys.signer import Signed
from toolkit.privy.client import Client
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared

if TYPE_CHECKING:
    from toolkit.approvals.approval import Approval

HOURS = (("24 hours", 86_400), ("3 days", 259_200), ("7 days", 604_800))
_POWER = (
    "one file, no server, no key in it. With enough signatures whoever has the app secret can send "
    "this change until it ends, and nothing else"
)
_ANY_ORDER = "files may come in any order; the same key counts once"
_TEXTS = Texts(
    whom="co-signer",
    file="change.approval.json",
    back="A file that came back",
    back_file="change.carol.approval.json",
    add="Add signatures",
    over="this approval",
)
_EXPIRY = "How long Privy accepts it is documented nowhere; its SDKs use 15 minutes."
Aside = Callable[[Callable[[], Any], Callable[[Job[Any]], None]], None]


class Together(ByFile):
    """The panel below those who sign: what goes to a co-signer, and what comes back.

    ``call`` makes what the fields say, ``keys`` are those at hand: they sign what is saved.
    ``changed`` is called when another signature is here, ``aside`` works off the main loop.
    """

    def __init__(
        self,
        client: Client,
        call: Callable[[], Call[Any]],
        keys: Callable[[], Sequence[P256Key]],
        acknowledged: Callable[[], Collection[str]],
        changed: Callable[..., None],
        aside: Aside,
    ) -> None:
        self._client, self._call, self._keys = client, call, keys
        self._acknowledged, self._changed, self._aside = acknowledged, changed, aside
        #: What was saved last, with the signatures that are here.
        self.approval: Approval | None = None
        self.good_for = w.Dropdown(options=HOURS, description="Good for")
        self.note = public(w.Text(description="A word to the co-signers"))
        super().__init__(_TEXTS)
        self._call_view = w.VBox([self.words, self.digits])
        self.view = styled(
            w.VBox(
                [
                    html("section.html", title="Save for a co-signer", hint=_POWER),
                    box("tk-foot", self.good_for, self.note, self.file, self.save),
                    self.saved,
                    self._call_view,
                    styled(
                        html("section.html", title="Bring a signature back", hint=_ANY_ORDER),
                        "tk-apart",
                    ),
                    box("tk-pair", self.back, self.add),
                    self.added,
                ]
            ),
            "tk-follow",
        )
        shown(self._call_view, False)

    # ---- what it adds to the form ----

    def ready_made(self, call: Call[Any]) -> Prepared[Any] | None:
        """What people have signed, if the fields still say that; it is sent as it is."""
        approval = self.approval
        if approval is None or approval.call != call:
            return None
        if approval.is_expired(self._client.now_ms()):
            return None
        return approval.prepared

    def signed(self) -> tuple[Signed, ...]:
        """The signatures that are here, for what the fields say now."""
        try:
            call = self._call()
        except InputError:  # they say nothing that could be sent
            return ()
        if self.approval is None or self.ready_made(call) is None:
            return ()
        return self.approval.as_signers()

    # ---- saving ----

    def _save(self, _: Any = None) -> None:
        seconds, note, keys = self.good_for.value, self.note.value.strip(), tuple(self._keys())
        kept, acknowledged = self.approval, tuple(self._acknowledged())
        try:
            call = self._call()
            path = Path(self.file.value.strip() or _name_for(call))
        except InputError as error:
            self._say(self.saved, "high", str(error))
            return

        def made() -> tuple[Approval, Path]:
            approval = kept
            if approval is None or self.ready_made(call) is None or approval.note != note:
                approval = _approvals().of(
                    self._client, call, expires_in_s=seconds, note=note, acknowledge=acknowledged
                )
            for key in keys:
                if key.fingerprint in approval.as_read.keys:
                    approval = approval.sign(key, signed_ms=self._client.now_ms())
            return approval, approval.save(path)

        self._aside(made, self._is_saved)

    def _is_saved(self, job: Job[tuple[Approval, Path]]) -> None:
        try:
            self.approval, path = job.result()
        except ToolkitError as error:
            self._say(self.saved, "high", f"Nothing was saved. {error}")
            return
        until = day(self.approval.expires_ms)
        size = path.stat().st_size / 1024
        sentence = (
            f"Saved {plain_line(path)}, {size:.1f} KB, {self.approval.standing}. Good until "
            f"{until}. {_EXPIRY} Send it to each co-signer; on a call, their program draws three "
            "words: type them below, and say the digits that then stand there."
        )
        self._say(self.saved, "good", sentence)
        shown(self._call_view, True)
        self._changed()

    def _compared(self) -> Approval | None:
        return self.approval

    # ---- bringing back ----

    def _add(self, _: Any = None) -> None:
        path = self.back.value.strip()
        if not path:
            self._say(self.added, "high", "Name the file that came back, or their folder.")
            return
        try:
            before = self.approval
            if before is None:
                self.approval = _approvals().merge(path)
            else:
                self.approval = _approvals().merge(before, path)
        except ToolkitError as error:
            self._say(self.added, "high", str(error))
            return
        self._say(self.added, "good", self._what_came(before))
        self._changed()

    def _what_came(self, before: Approval | None) -> str:
        approval = self.approval
        assert approval is not None
        had = set(before.signed_by) if before is not None else set()
        new = len(set(approval.signed_by) - had)
        sentence = f"{new} more; {approval.standing}."
        if not self.signed() and approval.signed_by:
            sentence += " The fields say something else than the file, so they do not count."
        for each in (*approval.not_counted, *approval.dropped):
            sentence += f" Not taken: {each}."
        return sentence


def _approvals() -> type[Approval]:
    import toolkit

    return toolkit.Approval


def _name_for(call: Call[Any]) -> str:
    name = str(call.argument("display_name") or call.operation.name)
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]
    return f"{plain or call.operation.name}.approval.json"
