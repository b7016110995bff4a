"""Why a text is not the key that is needed: in refusals that carry none of it."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from toolkit.base import outside
from toolkit.base.home import at_home
from toolkit.base.text import and_words, plural
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import wrappings
from toolkit.keys.der import CERTIFICATE, PIECE, SEQUENCE, Recognised, curve_of
from toolkit.keys.detect import EMPTY, FEW_DIGITS, MANY_DIGITS, UNKNOWN
from toolkit.keys.marks import blocks_of

P = ParamSpec("P")
R = TypeVar("R")


def without_text(load: Callable[P, R]) -> Callable[P, R]:
    """A loader whose refusal carries no frame, argument or context with the text it was given.

    Whatever the libraries raise becomes a KeyRefused: what they raise for damaged keys changes with
    their releases, and a panic of cryptography's Rust half is not even an Exception.
    """

    @functools.wraps(load)
    def sealed(*args: P.args, **kwargs: P.kwargs) -> R:
        kind: type[InputError] = KeyRefused
        stopped: type[BaseException] | None = None
        try:
            return load(*args, **kwargs)
        except InputError as refused:
            kind, what, hint = type(refused), refused.what, refused.hint
        except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError) as ending:
            stopped = type(ending)
        except BaseException:  # noqa: BLE001  # said as a refusal, below
            what, hint = _why_no_key(type((*args, *kwargs.values())[-1]))
        del args, kwargs
        if stopped is not None:
            raise stopped
        raise kind(what, hint=hint)

    return sealed


def _why_no_key(given: type) -> tuple[str, str]:
    """What to say of something of this type that is no key, and what to do."""
    if issubclass(given, str):
        return (
            "That is no key: it is damaged, or of a kind that is not known.",
            "Copy it again, whole.",
        )
    return (
        f"Key material must be text, not {given.__name__}.",
        "Decode it first, or use from_file.",
    )


def must_be_of_curve(native: object, curve: str, what: str) -> None:
    """Raises KeyRefused for a key of another curve, or of a kind that has none."""
    kind = curve_of(native)
    if kind == curve:
        return
    trouble = f"is of the wrong curve: {kind}, not {curve}"
    if kind in _WITHOUT_CURVE:
        trouble = f"is needed, and this key is {kind}, which has no curve"
    article = "an" if curve == "Ed25519" else "a"
    raise KeyRefused(f"{what} {trouble}.", hint=f"Use {article} {curve} key here.")


_WITHOUT_CURVE = ("RSA", "DSA", "DH")


def hex_digits(text: str) -> str:
    """The digits of a text that is nothing but hex, with or without ``0x``; nothing for another."""
    digits = wrappings.unquoted(wrappings.tidied(text))
    if digits[:2] in ("0x", "0X"):
        digits = digits[2:]
    return digits if re.fullmatch(r"[0-9a-fA-F]+", digits) else ""


def why_not_hex(text: str, sizes: tuple[int, ...], what: str) -> KeyRefused:
    """A refusal of what should have been hex of one of these sizes (bytes), and is no other key."""
    digits = hex_digits(text)
    if not digits:
        return KeyRefused(
            f"{what} in hex has only the digits 0-9 and a-f.",
            hint="Remove everything else.",
        )
    wanted = " or ".join(str(2 * size) for size in sizes)
    if len(digits) == 64:
        return KeyRefused(
            f"{what} in hex has {wanted} digits, and these are 64: a private key, or an Ed25519 "
            "public key.",
            hint="Pass the point of the public key.",
        )
    missing, hint = 2 * max(sizes) - len(digits), "Copy it again, whole."
    if missing in LOST_ZEROS and "private" in what:
        hint = (
            "If your program leaves zeros at the beginning out, put them back; else copy it again."
        )
    state = f"{missing} too few" if missing > 0 else f"{-missing} too many"
    return KeyRefused(
        f"{what} in hex has {wanted} digits; this has {len(digits)}: {state}.", hint=hint
    )


# What to do with what was recognised, by a word of it. The first that fits is said.
_REMEDIES = (
    ("as often as a public one", "Pass the public key as SPKI, or its point (66 or 130 digits)."),
    (
        "written out in numbers",
        "Name its curve first: openssl ec -in key.pem -param_enc named_curve",
    ),
    ("encrypted with PGP", "Decrypt it first: gpg --decrypt"),
    ("encrypted with age", "Decrypt it first: age --decrypt"),
    ("of cosign", "Keys of cosign are not used here: make a key of the curve that is needed."),
    ("encrypted private key", "Decrypt it first: openssl pkey -in key.pem -out plain.pem"),
    ("encrypted", "Decrypt it first, with the program that made it."),
    ("SSH private", "Convert a copy of it first: ssh-keygen -p -m PKCS8 -f copy-of-key"),
    ("PuTTY", "Export it with PuTTYgen (Conversions), as an OpenSSH key, and convert that."),
    ("certificate request", "Take the key that it was made with."),
    ("certificate", "Take its key out: openssl x509 -in cert.pem -pubkey -noout"),
    (
        "PKCS#12",
        "Take its key out: openssl pkcs12 -in file.p12 -nodes -nocerts | openssl pkey -out key.pem",
    ),
    ("Java keystore", "Take its key out, by way of PKCS#12: keytool -importkeystore"),
    ("PGP", "PGP keys are not used here: make a key of the curve that is needed."),
    (
        "recovery phrase",
        "A wallet's phrase does not belong here, nor anywhere else it is asked for.",
    ),
    ("Solana private", "It is a wallet's key. Take the key that was made for this service."),
    ("Bitcoin", "It is a wallet's key. Take the key that was made for this service."),
    ("extended", "It is a wallet's key. Take the key that was made for this service."),
    ("variable", "Use from_env, with the name without a $."),
    ("id", "Pass the key itself, not the id of something."),
    ("address", "Pass the key itself."),
)
ACCEPTED = "Accepted: PEM, base64 or base64url of DER, hex, a JWK"
# How a path looks; base64 has slashes, too
_PATH = re.compile(
    r"(?:~|\.{1,2}[/\\]|/|[A-Za-z]:\\).*"
    r"|.*\.(?:pem|key|p8|der|txt|json|env|pub|ppk|p12|pfx|crt|cer)"
)


def why_refused(known: Recognised, what: str, half: str, text: str) -> KeyRefused:
    """A refusal that names what was recognised, and what to do.

    Args:
        what: the key that is needed, e.g. ``The P-256 private key``.
        half: of it that is needed, ``private`` or ``public``.
    """
    if known == EMPTY:
        return KeyRefused(f"{what} is empty.", hint="Paste it, whole.")
    from toolkit.keys.instead import instead_of_key  # only once something is refused

    place = instead_of_key(text) or (_place(text) if known.private != "yes" else None)
    if place and known.native is None:
        return KeyRefused(f"{what} is needed, and this is {place[0]}.", hint=place[1])
    wrong_half = _why_wrong_half(known, what, half)
    if wrong_half is not None:
        return wrong_half
    of_a_piece = bool(known.trouble) and not known.whole  # the trouble is what stands around it
    if of_a_piece or known.what in (UNKNOWN.what, PIECE.what):
        return _why_unknown(text, what, known)
    if known.trouble == "is encrypted":
        return KeyRefused("The private key is encrypted.", hint=_remedy(known))
    if known.trouble:
        return KeyRefused(f"{what} {known.trouble}.", hint=known.hint or "Copy it again, whole.")
    if not known.whole and (known.native is not None or known.number):
        return _why_not_alone(known, text)
    return KeyRefused(f"{what} is needed, and this is {known.what}.", hint=_remedy(known, half))


def _why_wrong_half(known: Recognised, what: str, half: str) -> KeyRefused | None:
    if half == "public" and known.private == "yes":
        return KeyRefused(
            f"{what} is needed, and this is {known.what}. Do not share it.",
            hint="Pass the public half of it.",
        )
    if half == "private" and known.private == "no" and "public" in known.what:
        return KeyRefused(
            f"{what} is needed, and this is a public key: {known.what}.",
            hint="Pass the private half (the API secret), not the public one (the API key).",
        )
    return None


def _why_not_alone(known: Recognised, text: str) -> KeyRefused:
    """A key that is there, with something beside it: what that is, as far as it is known."""
    blocks = blocks_of(text)
    if len(blocks) > 1:
        shown = and_words([plural(count, label) for label, count in Counter(blocks).items()])
        return KeyRefused(
            f"More than one block of PEM is there: {shown}.", hint="Leave only the key."
        )
    if len(re.findall(r"(?m)^\s*(?:export\s+)?[A-Z][A-Z0-9_]*=", text)) > 1:
        return KeyRefused(
            f"Several variables are there (NAME=value), one of them {known.what}.",
            hint="Name the file as env_file=…, or leave only the key.",
        )
    return KeyRefused(
        f"Other text stands before or after {known.what}.", hint="Leave only the key."
    )


def _remedy(known: Recognised, half: str = "") -> str:
    if known.hint:
        return known.hint
    if half == "private" and known.what == CERTIFICATE:
        return "It has the public half alone: pass the private key that it was made for."
    for word, remedy in _REMEDIES:
        if word in known.what:
            return remedy
    return f"{ACCEPTED}."


def _place(text: str) -> tuple[str, str] | None:
    """What a text is that only says where a key is, and what to do with it. It is looked there."""
    text = text.strip()
    if len(text) > LONGEST_PATH or "\n" in text or "\0" in text or "://" in text:
        return None
    if re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]{1,60}", text):
        state = "is set" if outside.variable(text) else "is not set"
        return f"the name of a variable, which {state}", "Use from_env."
    if not _PATH.fullmatch(text):
        return None
    if _is_file(text):
        return "the path of a file, which exists", "Use from_file."
    if re.fullmatch(r"/[A-Za-z0-9+/=]{40,}", text):  # which base64 may begin with
        return None
    return "the path of a file, and there is no such file", "Use from_file, with its path."


def _is_file(path: str) -> bool:
    try:
        return at_home(path).is_file()
    except (OSError, ValueError):  # no path at all, or nobody's home
        return False


_STRAY = re.compile(r"[^A-Za-z0-9+/=_-]")  # what base64 has not
LONGEST_PATH = 1_024  # characters
LOST_ZEROS = range(1, 5)  # digits; a number that begins with more zeros is seldom


def is_just_hex(known: Recognised) -> bool:
    """Whether nothing more than its digits is known of a text that should be hex."""
    return known.what in (UNKNOWN.what, FEW_DIGITS.what, MANY_DIGITS.what)


def _why_unknown(text: str, what: str, known: Recognised) -> KeyRefused:
    """What can be said of a text that is nothing known: only what was looked at."""
    if "://" in text:
        return KeyRefused(f"{what} is needed, and this is an address (URL).", hint=f"{ACCEPTED}.")
    word = wrappings.joined_lines(wrappings.unquoted(wrappings.tidied(text)))
    stray = _STRAY.search(word)
    if stray is not None and len(_STRAY.sub("", word)) > max(30, 0.9 * len(word)):
        code, place = f"U+{ord(stray[0]):04X}", stray.start() + 1
        return KeyRefused(
            f"{what} has a character that base64 has not, {code}, at place {place}.",
            hint="Copy it again.",
        )
    if known.what == PIECE.what:
        return KeyRefused(f"This is only {known.what}.", hint="Copy the key again, whole.")
    content = b"" if stray else wrappings.of_base64(word)
    if content[:1] == b"\x30" or (len(content) >= 12 and " " not in text.strip()):
        return _why_not_these(content, what)
    if known.private != "no":
        return _why_not_alone(known, text)
    return KeyRefused(
        f"{what} is needed, and this is no known spelling of a key ({len(word)} characters).",
        hint=f"{ACCEPTED}.",
    )


def _why_not_these(content: bytes, what: str) -> KeyRefused:
    """What can be said of bytes, read as base64, that are no key."""
    size = len(content)
    if content[0] != SEQUENCE:
        return KeyRefused(
            f"{what} is needed; read as base64 this has {size} bytes, which are not a DER "
            "structure and no key by their number.",
            hint=f"{ACCEPTED}.",
        )
    if size > 1 and (content[1] == 0x80 or content[1] > 0x84):
        return KeyRefused(
            f"{what} is damaged: it announces an impossible length.",
            hint="Copy it again, whole.",
        )
    half = "private key (PKCS#8)" if "private" in what else "public key (SPKI)"
    return KeyRefused(
        f"{what} is needed, and this DER is not a {half}.", hint="Copy it again from its owner."
    )
