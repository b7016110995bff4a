"""What DER bytes are: a key that loads, or the shape of one that does not.

The shape is looked at because libraries refuse what is private all the same: PKCS#8 of version 2
(RFC 5958), SEC1 without a curve, what is cut short.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

Private = Literal["yes", "possibly", "no"]
SEQUENCE, INTEGER, OCTETS, OID = 0x30, 0x02, 0x04, 0x06
INDEFINITE = 0x80  # a length that is told by an end
# SPKI of our two curves with a whole point: its size, and the curve's identifier
_POINTS = ((91, bytes.fromhex("2a8648ce3d030107")), (88, bytes.fromhex("2b8104000a")))
# X9.62's prime-field, which stands where a curve is described instead of named
PRIME_FIELD = bytes.fromhex("2a8648ce3d0101")
# PBES2 of PKCS#5, and the older ways of PKCS#5 and PKCS#12
_ENCRYPTIONS = ("2a864886f70d0105", "2a864886f70d010c01")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What something is, in the field's words, and whether it is private.

    ``native`` is cryptography's key where it could be loaded. ``number`` are the bare bytes of a
    key whose curve nothing names: 32 of a private key or of an Ed25519 public key, 33 or 65 of a
    point, 64 of an Ed25519 private key with its public half. ``trouble`` says why it does not load.
    """

    what: str
    private: Private = "no"
    native: Any = field(default=None, repr=False, compare=False)
    number: bytes = field(default=b"", repr=False, compare=False)
    trouble: str = ""
    hint: str = ""
    whole: bool = True  # whether it is all of the text that it stands in


CERTIFICATE = "a certificate (X.509)"
PIECE = Recognised("a piece of a private key", "yes", whole=False)
# What stands only inside private keys, in DER: the public half of SEC1, behind its tag; the number
# of SEC1, behind its version; the seed of Ed25519 and X25519, behind their names.
_PIECES = tuple(
    bytes.fromhex(digits)
    for digits in (
        *("a144034200", "a164036200", "0201010420", "0201010430"),
        *("2b657004220420", "2b656e04220420"),
    )
)


def is_a_piece(content: bytes) -> bool:
    """Whether bytes are of a private key, though its beginning or its end is missing."""
    return any(piece in content for piece in _PIECES)


def is_a_piece_in_base64(word: str) -> bool:
    """The same of base64, of which the first letters may be missing."""
    return _PIECES_IN_BASE64.search(word) is not None


def _in_base64(piece: bytes, shift: int) -> str:
    """The letters that bytes surely have in base64, ``shift`` others (0 to 2) before them."""
    spelled = base64.b64encode(bytes(shift) + piece).decode()
    first = (8 * shift + 5) // 6
    return re.escape(spelled[first : 8 * (shift + len(piece)) // 6])


_PIECES_IN_BASE64 = re.compile(
    "|".join(_in_base64(piece, shift) for piece in _PIECES for shift in range(3))
)


def curve_of(native: object) -> str:
    """The curve of one of cryptography's keys, as we call it."""
    if isinstance(native, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return "Ed25519"
    if isinstance(native, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        if native.curve.name == "secp256r1":
            return "P-256"
        return native.curve.name
    kind = type(native).__name__
    kind = kind.removesuffix("PublicKey").removesuffix("PrivateKey")
    return kind.strip("_") or "another kind of"


def called(native: object, form: str) -> str:
    """A key in words: ``a P-256 private key (PKCS#8)``."""
    half = "private" if hasattr(native, "private_bytes") else "public"
    curve = curve_of(native)
    article = "an" if curve[0] in "AEIOR" else "a"
    return f"{article} {curve} {half} key ({form})"


def of_native(native: Any, form: str) -> Recognised:
    """One of cryptography's keys."""
    private: Private = "yes" if hasattr(native, "private_bytes") else "no"
    return Recognised(called(native, form), private, native)


def of_der(der: bytes) -> Recognised | None:
    """What DER bytes are; None for what has no known shape."""
    if len(der) < 6 or der[0] != SEQUENCE:
        return None
    if der[1] == INDEFINITE:  # as some write PKCS#12
        shape = _shape(der)
        return None if shape is None else Recognised(*shape)
    announced = _announced(der)
    if announced is None:
        return None
    shape = _shape(der)
    if len(der) < announced:
        if shape is None:
            return None
        what, private = shape
        trouble = f"is truncated: it announces {announced} bytes and has {len(der)}"
        return Recognised(what, private, trouble=trouble, hint="Copy it again, whole.")
    whole = _loaded(der[:announced], shape)
    more = len(der) - announced
    if whole is None or not more:
        return whole
    trouble = f"is followed by {more} bytes of something else"
    return Recognised(whole.what, whole.private, trouble=trouble, hint="Remove them.")


def _announced(der: bytes) -> int | None:
    """How many bytes the element says that it has, its head included; None: no key is so long."""
    size, head = der[1], 2
    if size & 0x80:
        digits = size & 0x7F
        if not 1 <= digits <= 4:
            return None
        head += digits
        size = int.from_bytes(der[2:head], "big")
    return head + size


def _loaded(der: bytes, shape: tuple[str, Private] | None) -> Recognised | None:
    if shape is None:
        return None
    what, private = shape
    if private == "no":
        return _loaded_public(der, what)
    form = "SEC1" if "SEC1" in what else "PKCS#8"
    try:
        return of_native(serialization.load_der_private_key(der, password=None), form)
    except TypeError:
        return Recognised("an encrypted private key (PKCS#8)", "yes", trouble="is encrypted")
    except (ValueError, UnsupportedAlgorithm):
        pass
    if PRIME_FIELD in der:
        what = f"{what}, with its curve written out in numbers instead of its name"
    return _taken_apart(der) or Recognised(what, private)


def _loaded_public(der: bytes, what: str) -> Recognised:
    try:
        return of_native(serialization.load_der_public_key(der), "SPKI")
    except (ValueError, UnsupportedAlgorithm):
        pass
    if any(size == len(der) and oid in der for size, oid in _POINTS):
        return Recognised(what, trouble="names a point that is not on the curve")
    return Recognised(what)


def _taken_apart(der: bytes) -> Recognised | None:
    """A private key of our kinds that the library refuses: PKCS#8 version 2, SEC1 with no curve."""
    parts = list(elements(_content(der)))
    tags = [tag for tag, _ in parts]
    if tags[:3] == [INTEGER, SEQUENCE, OCTETS] and parts[0][1] == b"\x01":
        return _of_version_2(parts)
    if tags[:2] == [INTEGER, OCTETS] and 0xA0 not in tags and len(parts[1][1]) == 32:
        named = "a private key (SEC1, its curve not named)"
        return Recognised(named, "yes", number=parts[1][1])
    return None


def _of_version_2(parts: list[tuple[int, bytes]]) -> Recognised | None:
    """PKCS#8 of version 2 (RFC 5958), read as version 1 without its attributes and public half."""
    plain = _element(SEQUENCE, _element(INTEGER, b"\x00") + b"".join(map(_joined, parts[1:3])))
    try:
        native = serialization.load_der_private_key(plain, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return None
    whole = of_native(native, "PKCS#8, version 2")
    public = next((content[1:] for tag, content in parts[3:] if tag == 0x81), None)
    if public is None or public in _public_halves(native):
        return whole
    trouble = "holds a public half that is not its own"
    return Recognised(whole.what, "yes", trouble=trouble, hint="Export it again.")


def _public_halves(native: Any) -> tuple[bytes, ...]:
    """How the public half of a key may stand in PKCS#8 of version 2."""
    public = native.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        forms = serialization.PublicFormat
        layouts = (forms.UncompressedPoint, forms.CompressedPoint)
        return tuple(public.public_bytes(serialization.Encoding.X962, form) for form in layouts)
    if isinstance(public, ed25519.Ed25519PublicKey):
        return (public.public_bytes_raw(),)
    return ()


def _joined(part: tuple[int, bytes]) -> bytes:
    return _element(*part)


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element, as far as they are whole."""
    at = 0
    while at + 2 <= len(content):
        announced = _announced(content[at:])
        if announced is None or at + announced > len(content):
            return
        size = content[at + 1]
        head = 2 + (size & 0x7F if size & 0x80 else 0)
        yield content[at], content[at + head : at + announced]
        at += announced


def _content(der: bytes) -> bytes:
    size = der[1] if len(der) > 1 else 0
    return der[2 + (size & 0x7F if size & 0x80 else 0) :]


def _shape(der: bytes) -> tuple[str, Private] | None:
    """What a sequence is by how it begins, even where its end is missing."""
    body = _content(der)
    if body[:2] == b"\x02\x01" and len(body) > 4:
        return _of_version(body[2], body[3], body[4:])
    if body[:1] == b"\x30":
        return _of_algorithm(body)
    return None


def _of_version(version: int, following: int, rest: bytes) -> tuple[str, Private] | None:
    """A sequence that begins with a version number, and the tag after it."""
    match version, following:
        case (0 | 1, 0x30) if _begins_with_oid(rest):
            return "a private key (PKCS#8)", "yes"
        case (1, 0x04) if rest[0] in (32, 48, 66):
            return "a private key (SEC1)", "yes"
        case (0, 0x02) if rest[0] >= 0x40:
            return "an RSA or DSA private key (PKCS#1)", "yes"
        case (3, 0x30):
            return "a PKCS#12 file", "yes"
    return None


def _begins_with_oid(rest: bytes) -> bool:
    """Whether what follows a sequence's tag is its length and then an object identifier."""
    size = rest[0]
    head = 1 + (size & 0x7F if size & 0x80 else 0)
    return len(rest) <= head or rest[head] == OID


def _of_algorithm(body: bytes) -> tuple[str, Private] | None:
    """A sequence that begins with another one: what is encrypted, public, or a certificate."""
    inner = _content(body)
    if inner[:1] == b"\x06" and len(inner) > 2:
        oid = inner[2 : 2 + inner[1]].hex()
        if oid.startswith(_ENCRYPTIONS):
            return "an encrypted private key (PKCS#8)", "yes"
        return "a public key (SPKI)", "no"
    if inner[:3] == b"\xa0\x03\x02":
        return CERTIFICATE, "no"
    if inner[:3] == b"\x02\x01\x00":
        return "a certificate request (PKCS#10)", "no"
    return None
