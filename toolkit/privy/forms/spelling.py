"""How a Privy request is shown in a form's preview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolkit.forms.preview import Spelling, Step
from toolkit.privy import snippets
from toolkit.privy.signing import SIGNATURE
from toolkit.request.prepared import Prepared


def hidden(prepared: Prepared[Any]) -> Sequence[str]:
    """The app secret always; signatures where members sign."""
    return ("Authorization", SIGNATURE) if prepared.signed else ("Authorization",)


def steps(prepared: Prepared[Any]) -> list[Step]:
    """The text, and who signs it how."""
    return [
        Step("Text", "RFC 8785 JSON", prepared.message),
        Step(
            "Signature",
            "one of each signer",
            "ECDSA P-256 over SHA-256 of the text, made when you send it; none is ever shown",
        ),
    ]


SPELLING = Spelling(hidden=hidden, steps=steps, curl=snippets.as_curl, python=snippets.as_python)
