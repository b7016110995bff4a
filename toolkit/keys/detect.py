"""Whether a text is a private key: something not to show or send."""

from __future__ import annotations

import re

from toolkit.keys.encoding import PREFIXES

# How PKCS#8 and SEC1 private keys of our three curves begin, in base64.
_PRIVATE_BEGINNINGS = (
    "MIGHAgEAMBMG",
    "MIGEAgEAMBAG",
    "MEECAQAwEwYH",
    "MHcCAQEE",
    "MHQCAQEE",
    "MC4CAQAwBQYDK2Vw",
)
# The same in hex.
_PRIVATE_HEX = (
    "308187020100301306",
    "308184020100301006",
    "3041020100301306",
    "30770201010420",
    "302e020100300506032b6570",
)


def is_private(text: str) -> bool:
    """Whether a text is, or begins like, a private key: something not to show or send.

    It counts even if it is cut or quoted: PEM, base64 and base64url PKCS#8, with the Dashboard's
    prefixes; a JSON Web Key; and bare numbers: 32 bytes (or 64, with the public half) in hex, with
    or without blanks, colons or commas between, or 32 bytes in padded base64. All of it behind
    ``NAME=``, too, and in quotes.
    """
    return _has_its_marks(text) or _is_its_number(text)


def _has_its_marks(text: str) -> bool:
    if "PRIVATE KEY" in text:
        return True
    if re.search(r'"d"\s*:\s*"', text):  # the private number of a JSON Web Key
        return True
    plain = text
    if "-----" not in text:  # no PEM: then - and _ are letters of base64url
        plain = text.replace("-", "+").replace("_", "/")
    prefixes = [prefix.replace("-", "+") for prefix in PREFIXES]
    return any(mark in plain for mark in (*prefixes, *_PRIVATE_BEGINNINGS))


def _is_its_number(text: str) -> bool:
    without_name = re.sub(r"^\s*(export\s+)?\w+\s*=(?=.)", "", text)
    bare = without_name.strip(" \t\r\n'\"")
    digits = re.sub(r"[\s:,]", "", bare).lower().removeprefix("0x")
    if digits.startswith(_PRIVATE_HEX):
        return True
    if re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{128}", digits):
        return True
    return re.fullmatch(r"[A-Za-z0-9+/_-]{43}=", bare) is not None
