"""The fields of a file that goes to another person and comes back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spellings import PRIVATE
from toolkit.errors import InputError
from toolkit.forms.by_file import ByFile, Compared, Texts

TEXTS = Texts("reader", "a.json", "A file that came back", "b.json", "Add it", "this file")


class Saved:
    """What was saved: its digits are those of three words."""

    def digits(self, words: str) -> str:
        if len(words.split()) != 3:
            raise InputError("words: three are drawn.")
        return "0123 4567 8901"


class Panel(ByFile):
    """One that writes down what was pressed."""

    def __init__(self) -> None:
        self.pressed: list[str] = []
        self.thing: Saved | None = None
        super().__init__(TEXTS)

    def _save(self, _: Any = None) -> None:
        self.pressed.append("save")

    def _add(self, _: Any = None) -> None:
        self.pressed.append("add")

    def _compared(self) -> Compared | None:
        return self.thing


def test_buttons() -> None:
    """Each button does its own, once a press."""
    panel = Panel()
    panel.save.click()
    panel.add.click()
    assert panel.pressed == ["save", "add"]
    assert panel.save.description == "Save for a reader"


def test_digits() -> None:
    """They are said for three words of what was saved; until then what is missing is said, and nothing without words."""
    panel = Panel()
    panel.words.value = "duck coral cry"
    assert "Save it for a reader first." in panel.digits.value
    panel.thing = Saved()
    panel.words.value = "duck coral"
    assert "three are drawn" in panel.digits.value
    panel.words.value = "duck coral cry "
    assert "0123 4567 8901" in panel.digits.value
    assert "Over these words and this file. The reader types what he hears." in panel.digits.value
    panel.words.value = " "
    assert panel.digits.value == ""


@pytest.mark.parametrize("field", ["file", "words", "back"])
def test_no_field_keeps_a_private_key(field: str) -> None:
    """A private key that is pasted is taken out of each of them."""
    panel = Panel()
    getattr(panel, field).value = PRIVATE["PKCS#8"]
    assert getattr(panel, field).value == ""
