"""Which bytes a text stands for, and how bytes are written where they stand in a longer text.

For whoever has to find a secret again in what somebody else wrote.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
# bytes ahead of the secret in a group of three → characters of base64 that they have a part in
_SHARED = {0: 0, 1: 2, 2: 3}


def bytes_meant(text: str) -> bytes:
    """The bytes that hex digits or base64 stand for; none for another text."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""  # a plain text: it stands for itself


def in_base64(content: bytes) -> Iterator[str]:
    """The characters of base64 that these bytes decide alone, wherever they begin.

    In either alphabet, so up to six texts; nothing of the bytes around them is in one.
    """
    for ahead, first in _SHARED.items():
        padded = bytes(ahead) + content
        whole = len(padded) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(padded).decode()[first:whole]
