"""A small file that a key has signed, which can never pass for a request of either vendor.

What is signed begins with words of ours: it is neither JSON (Privy) nor ``METHOD|path|…`` (Cobo).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import rfc8785

from toolkit.approvals import file
from toolkit.base.files import replace_file
from toolkit.base.hidden import hidden_at
from toolkit.base.home import at_home
from toolkit.base.text import plain_line
from toolkit.base.typed import converted
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import P256PublicKey
from toolkit.keys.openly import open_text
from toolkit.keys.signer import Signature
from toolkit.privy.models import taken_key

T = TypeVar("T", bound=msgspec.Struct)


def text_of(title: str, facts: Mapping[str, Any]) -> bytes:
    """What is signed: a title of ours, then the facts as canonical JSON, on a line each.

    Raises:
        InputError: a title that could be taken for something else.
    """
    if not title.startswith("quorum toolkit, ") or set(title) & set("\n|{}"):
        raise InputError("title: it must be words of ours.", hint="Begin it with quorum toolkit.")
    return title.encode() + b"\n" + rfc8785.dumps(dict(facts))


def read(path: str | Path, model: type[T], what: str) -> T:
    """A file of this model, read strictly.

    Raises:
        InputError: it cannot be read, or is something else: with its name, and what is wrong.
    """
    place = at_home(path)
    name = plain_line(place.name)
    trouble = ""
    try:
        with place.open("rb") as opened:
            facts = file.strict_json(opened.read(file.LARGEST + 1))
        if facts.get("what") != what or facts.get("format") != 1:
            trouble = "it is another kind of file, or of a newer toolkit"
        else:
            return converted(facts, model)
    except (OSError, ValueError, RecursionError) as error:
        trouble = getattr(error, "what", None) or getattr(error, "strerror", None) or f"{error}"
    raise InputError(
        f"{name} cannot be read: {trouble.rstrip('.')}.", hint="Ask for the file anew."
    )


def write(path: str | Path, document: msgspec.Struct) -> Path:
    """Write it, over what is there. Raises InputError where that cannot be."""
    place = at_home(path)
    content = json.dumps(msgspec.to_builtins(document), indent=1) + "\n"
    replace_file(place, content.encode(), private=True)
    return place


def holder(public_key: str, signature: str, message: bytes) -> P256PublicKey:
    """Whose signature it is.

    Raises:
        InputError: no P-256 key, no signature, one that does not fit, or one that is spelled in
            another way than ours, which is an alteration that base64 alone would let pass.
    """
    try:
        key = taken_key(public_key)
    except KeyRefused as refused:
        raise InputError(f"public_key: {refused.what}") from None
    given = Signature.from_base64(signature)
    if not key.verify(given.reveal(), message) or given.reveal_base64() != signature:
        raise InputError("signature: it does not fit: something was altered")
    return key


def must_be_words(value: str, field: str, longest: int) -> None:
    """Raises InputError for what people cannot read as it stands, more characters than fit, or a
    private key.
    """
    if len(open_text(value, field)) > longest:
        raise InputError(f"{field} has {len(value)} characters; {longest} fit.", hint="Shorten it.")
    if hidden_at(value):
        raise InputError(f"{field} has characters that nobody sees.", hint="Type it by hand.")
