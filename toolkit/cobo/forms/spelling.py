"""How a Cobo request is shown in a form's preview."""

from __future__ import annotations

from typing import Any

from toolkit.cobo import signing, snippets
from toolkit.forms.preview import Spelling, Step
from toolkit.request.prepared import Prepared

PARTS = ("method", "path", "nonce", "query", "body")


def steps(prepared: Prepared[Any]) -> list[Step]:
    """Text, digest, signature. Only the last part, the body, may hold a ``|`` of its own."""
    parts = prepared.message.split("|", len(PARTS) - 1)
    ended = [f"{part}|" for part in parts[:-1]] + parts[-1:]
    return [
        Step("Text", "five parts, joined by |", parts=list(zip(PARTS, ended, strict=True))),
        Step("Digest", "SHA-256, twice", signing.digest(prepared.message.encode()).hex()),
        Step(
            "Signature",
            "by your API key",
            "made when you send it; none exists before, and none is ever shown",
        ),
    ]


SPELLING = Spelling(
    hidden=lambda prepared: (signing.API_SIGNATURE,),
    steps=steps,
    curl=snippets.as_curl,
    python=snippets.as_python,
)
