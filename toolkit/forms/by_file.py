"""What a form saves in a file for another person, the digits of it for a call, and what comes back.

The panels of a review and of signing together are made of it. What is in the file they know.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import ipywidgets as w

from toolkit.base.html import render
from toolkit.errors import InputError
from toolkit.forms.widgets import public


class Compared(Protocol):
    """What two people compare by voice."""

    def digits(self, words: str) -> str:
        """The digits for these words. Raises InputError for other words than a program draws."""


@dataclass(frozen=True, slots=True)
class Texts:
    """How its fields and buttons are called."""

    whom: str  # it is for: ``co-signer``
    file: str  # such as is proposed
    back: str  # the field for what came back
    back_file: str  # such as comes back
    add: str
    over: str  # what the digits are over, beside the words


class ByFile(ABC):
    """The fields of a file that goes to another person and comes back.

    A panel arranges them: ``file``, ``save``, ``saved``, ``words``, ``digits``, ``back``, ``add``
    and ``added``.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self.file = public(w.Text(description="File", placeholder=texts.file))
        self.save = w.Button(description=f"Save for a {texts.whom}")
        self.saved = w.HTML()
        self.words = public(
            w.Text(
                description=f"Words that the {texts.whom} says",
                placeholder="three words, with blanks",
            )
        )
        self.digits = w.HTML()
        self.back = public(w.Text(description=texts.back, placeholder=texts.back_file))
        self.add = w.Button(description=texts.add)
        self.added = w.HTML()
        self.save.on_click(self._save)
        self.add.on_click(self._add)
        self.words.observe(self._say_digits, "value")

    @abstractmethod
    def _save(self, _: Any = None) -> None:
        """Save it, and say so in ``saved``."""

    @abstractmethod
    def _add(self, _: Any = None) -> None:
        """Take what came back, and say so in ``added``."""

    @abstractmethod
    def _compared(self) -> Compared | None:
        """What the digits are of; None where nothing was saved."""

    def _say_digits(self, _: Any = None) -> None:
        self.digits.value = ""
        if not self.words.value.strip():
            return
        thing = self._compared()
        if thing is None:
            self._say(self.digits, "note", f"Save it for a {self._texts.whom} first.")
            return
        try:
            digits = thing.digits(self.words.value)
        except InputError as error:
            self._say(self.digits, "note", str(error))
            return
        texts = self._texts
        what = f"Over these words and {texts.over}. The {texts.whom} types what he hears."
        self.digits.value = render("fingerprint.html", text=digits, what=what)

    @staticmethod
    def _say(place: w.HTML, kind: str, text: str) -> None:
        place.value = render("status.html", kind=kind, text=text)
