"""``docs/reference/choices.md``: every point that the vendors do not document, and what the emulator does there."""

from __future__ import annotations

from toolkit.emulator.choices import KNOWN

HEAD = """# Choices of the emulator

<!-- Made from `emulator/choices.py` by `python -m tests.docs`; a test keeps it whole. -->

Where the vendors document nothing, the emulator has to choose. None of this is the vendors' word. Switch one with `Emulator.seeded(choices={"cobo.high_s": "accepted"})` or `--choice cobo.high_s=accepted`; `emulator.choices` lists those in force. The first option is the default.

| choice | options | about |
|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    rows = [
        f"| `{each.name}` | {', '.join(f'`{option}`' for option in each.options)} | {each.about} |\n"
        for each in KNOWN
    ]
    return HEAD + "".join(rows)
