"""Texts that other people read, such as a word to co-signers or a reason in a report."""

from __future__ import annotations

from toolkit.base import validate
from toolkit.errors import CredentialsRefused
from toolkit.keys.detect import is_private


def open_text(value: object, field: str) -> str:
    """The value, if it is text and no private key.

    Raises:
        InputError: no text.
        CredentialsRefused: it is, or may be, a private key; it is not repeated.
    """
    if not is_private(validate.text(value, field)):
        return str(value)
    del value
    raise CredentialsRefused(
        f"{field}: that is, or may be, a private key; it is neither kept nor repeated.",
        hint="Write words there: others read it.",
    )
