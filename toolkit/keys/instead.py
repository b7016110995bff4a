"""What people have in the place of a key: a stand-in for it, or a file of another kind."""

from __future__ import annotations

import re

_INSTEAD: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), what, remedy)
    for pattern, what, remedy in (
        (
            r"(?s)version https://git-lfs\.github\.com/.*",
            "a pointer of Git LFS, not the file itself",
            "Fetch the file: git lfs pull",
        ),
        (
            r"(?is)(?:<!--.{0,2000}?-->|<\?xml[^>]*>|\s)*<(?:!doctype html|html|head|body)\b.*",
            "a web page (HTML), such as that of a login",
            "Download it again, signed in.",
        ),
        (
            r"(?s)\$ANSIBLE_VAULT;.*",
            "a file encrypted with Ansible Vault",
            "Decrypt it first: ansible-vault view",
        ),
        (
            r"(?s)ENC\[AES256_GCM,.*",
            "a value encrypted with SOPS",
            "Decrypt it first: sops decrypt",
        ),
        (
            r"(?:op|vault|secretref|awssm|gcpsm|azkv|ref\+\w+)://\S*|arn:aws:\S+",
            "the address of a secret in a secret manager",
            "Read the secret with the program of that manager, and pass what it gives.",
        ),
        (
            r"[<\[{(]{1,2}\s?[A-Za-z][A-Za-z _-]{1,60}[>\]})]{1,2}",
            "what stands for a key until it is there",
            "Put the key itself in its place.",
        ),
        (
            r"(?s)[*\u2022\u25cf\u2219.]{4,}|.{0,200}(?:\[REDACTED\]|\[MASKED\]|\*{6,}|\u2022{4,}).*",
            "a key that was made unreadable (masked)",
            "Copy it where it is shown whole.",
        ),
    )
)
# Files by their first bytes, which no program takes for text
_FILES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"PK\x03\x04", "a ZIP archive, or a document made of one"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program (Windows)"),
    (b"age-encryption.org/", "a file encrypted with age"),
    (b"\x03\xd9\xa2\x9a", "a KeePass database"),
)
# what nobody has as a key, and perhaps as a password
_WORDS = re.compile(
    r"(?i)(?:your|my|insert|paste|enter|replace|change|todo|example)[-_ ][a-z_ -]{2,60}"
    r"|x{3,}|none|null|nil|undefined|nan|n/a|tbd|changeme|redacted|secret"
)
LONGEST = 20_000  # characters; a longer text is looked at no further


def instead_of_key(text: str) -> tuple[str, str] | None:
    """What a text is that only stands for a key, and what to do; None for any other."""
    if _WORDS.fullmatch(text[:LONGEST].strip()):
        return "words that stand for a key until it is there", "Put the key itself in their place."
    return instead_of_secret(text)


def instead_of_secret(text: str) -> tuple[str, str] | None:
    """The same of any secret, which may be words."""
    text = text[:LONGEST].strip()
    for pattern, what, remedy in _INSTEAD:
        if pattern.fullmatch(text):
            return what, remedy
    return None


def kind_of_file(content: bytes) -> str:
    """What a file is by its first bytes; nothing for one that is not known."""
    return next((what for begins, what in _FILES if content.startswith(begins)), "")
