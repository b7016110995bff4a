"""What stands for a key is told from keys and from ordinary secrets."""

from __future__ import annotations

import pytest

from tests.spellings import ORDINARY, PRIVATE
from toolkit.keys.instead import instead_of_key, instead_of_secret, kind_of_file

INSTEAD = {
    "<your-private-key>": "stands for a key",
    "{{ PRIVATE_KEY }}": "stands for a key",
    "your-secret-here": "words that stand",
    "undefined": "words that stand",
    "********": "masked",
    "\u2022" * 12: "masked",
    "op://vault/item": "secret manager",
    "arn:aws:secretsmanager:eu:1:secret:x": "secret manager",
    "\n<html><body>Sign in": "web page",
}


@pytest.mark.parametrize("text", INSTEAD)
def test_instead(text: str) -> None:
    """It is named, with what to do."""
    told = instead_of_key(text)
    assert told is not None
    assert INSTEAD[text] in told[0]
    assert told[1]


@pytest.mark.parametrize("name", PRIVATE)
def test_keys_are_themselves(name: str) -> None:
    """No key is taken for a stand-in, in any spelling."""
    assert instead_of_key(PRIVATE[name]) is None


@pytest.mark.parametrize("name", ORDINARY)
def test_names_are_themselves(name: str) -> None:
    """Nor is a name."""
    assert instead_of_key(ORDINARY[name]) is None


@pytest.mark.parametrize("text", ["secret", "my-secret", "s3cr3t of ours", "a"])
def test_secrets_may_be_words(text: str) -> None:
    """An app secret may be what no key is."""
    assert instead_of_secret(text) is None


def test_kinds_of_files() -> None:
    """Files that are no text are known by their first bytes; text is not."""
    assert kind_of_file(b"%PDF-1.7") == "a PDF"
    assert kind_of_file(b"-----BEGIN") == ""
