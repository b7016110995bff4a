"""A second person's review, in a form: save the change for a reviewer, and bring the review back.

It stands above the submit button where the client asks for a review. What is saved and brought back
is a ``Review``, which stands on a floor above the forms. So it is asked for at a press, by the name
that a user would write: ``toolkit.Review``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from toolkit.base.html import render
from toolkit.base.text import plain_line
from toolkit.base.times import day
from toolkit.client.client import Client
from toolkit.client.names import known_names
from toolkit.client.reviews import Given
from toolkit.client.submission import Asked
from toolkit.errors import ToolkitError
from toolkit.forms.by_file import ByFile, Texts
from toolkit.forms.widgets import box, html, styled
from toolkit.keys.public import spoken
from toolkit.request.prepared import Prepared

if TYPE_CHECKING:
    from toolkit.approvals.review import Review

TITLE = "Reviewed by a second person"
_FILE = "one file, no server, no key in it; a review sends nothing and approves nothing"
_DAY = "it counts for a day, for exactly this request, and in every kernel that reads its file"
_NEXT = (
    "Send it to one of them, who runs: python -m toolkit review FILE --key FILE. On a call, their "
    "program draws three words: type them below, and say the digits that then stand there."
)
_FIRST = "Put right first what is marked: only a whole request is reviewed."
_TEXTS = Texts(
    whom="reviewer",
    file="change.review.json",
    back="A reviewed file",
    back_file="change.review.json, as it came back",
    add="Add review",
    over="this request",
)


class ReviewPanel(ByFile):
    """Who is asked, and who has reviewed what the fields say; a file for them, and back.

    ``asked`` is what the fields say now; ``changed`` is called when a review has come.
    """

    def __init__(
        self,
        client: Client,
        asked: Callable[[], Asked[Any]],
        changed: Callable[[], None],
    ) -> None:
        self._client, self._asked, self._changed = client, asked, changed
        self._saved_as: Review | None = None
        self._people = w.HTML()
        super().__init__(_TEXTS)
        self.view = styled(
            w.VBox(
                [
                    self._people,
                    html("section.html", title="Save for a reviewer", hint=_FILE),
                    box("tk-pair", self.file, self.save),
                    self.saved,
                    self.words,
                    self.digits,
                    html("section.html", title="Bring a review back", hint=_DAY),
                    box("tk-pair", self.back, self.add),
                    self.added,
                ]
            ),
            "tk-follow",
        )

    # ---- who ----

    def show(self, prepared: Prepared[Any] | None) -> None:
        """Who is asked, and what each has done for this request."""
        given = {} if prepared is None else self._given(prepared)
        people = list(self._rows(given))
        have = sum(kind == "good" for kind, _, _ in people)
        self._people.value = render(
            "signers.html",
            title=TITLE,
            here="reviewed",
            people=people,
            have=have,
            need=len(people),
            by="one is enough",
            lines=[],
        )
        if self._saved_as is not None and not self._is_of(self._saved_as, prepared):
            self._saved_as = None  # no digits of what the fields do not say any more
            self.saved.value = ""
            self._say_digits()

    def _given(self, prepared: Prepared[Any]) -> dict[str, Given]:
        return {each.key.fingerprint: each for each in self._client.reviews_of(prepared)}

    def _rows(self, given: dict[str, Given]) -> Iterator[tuple[str, str, str]]:
        """A mark, a name and a sentence for each key that is asked for."""
        names, now_ms = known_names(), self._client.now_ms()
        for key in self._client.reviewers:
            who = f"Key {spoken(key.fingerprint)}"
            if key.fingerprint in names:
                who = f"{names[key.fingerprint]} · {who}"
            review = given.get(key.fingerprint)
            if review is None:
                yield "", who, "can review"
            elif review.counts(now_ms):
                at, until = day(review.reviewed_ms), day(review.until_ms)
                yield "good", who, f"reviewed {at} by its own word; counts until {until}"
            else:
                yield "", who, "reviewed more than a day ago, or by a clock that is not right"

    @staticmethod
    def _is_of(review: Review, prepared: Prepared[Any] | None) -> bool:
        return prepared is not None and review.request == prepared.fingerprint

    # ---- saving ----

    def _save(self, _: Any = None) -> None:
        asked = self._asked()
        if asked.prepared is None or asked.is_draft:
            self._say(self.saved, "high", _FIRST)
            return
        name = f"{asked.prepared.call.operation.name}.review.json"
        try:
            review = _reviews().of(self._client, asked.prepared)
            path = review.save(Path(self.file.value.strip() or name))
        except ToolkitError as error:
            self._say(self.saved, "high", f"Nothing was saved. {error}")
            return
        self._saved_as = review
        self._say(self.saved, "good", f"Saved {plain_line(path)}. {_NEXT}")
        self._say_digits()

    def _compared(self) -> Review | None:
        return self._saved_as

    # ---- bringing back ----

    def _add(self, _: Any = None) -> None:
        path = self.back.value.strip()
        if not path:
            self._say(self.added, "high", "Name the file that came back.")
            return
        prepared = self._asked().prepared
        if prepared is None:
            self._say(self.added, "high", _FIRST)
            return
        try:
            review = _reviews().of(self._client, prepared).merge(_reviews().load(path))
            self._client.reviewed(review)
        except ToolkitError as error:
            self._say(self.added, "high", str(error))
            return
        kind, sentence = self._what_came(review, prepared)
        self._say(self.added, kind, sentence)
        self._changed()

    def _what_came(self, review: Review, prepared: Prepared[Any]) -> tuple[str, str]:
        missing = self._client.unreviewed(prepared)
        if missing is not None:
            return "medium", missing.what
        until = max(each.until_ms for each in self._client.reviews_of(prepared))
        return "good", f"{review.standing}. It counts until {day(until)}."


def _reviews() -> type[Review]:
    import toolkit

    return toolkit.Review
