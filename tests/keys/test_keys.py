"""Keys: every spelling in, one identity out, and no way to see the private half."""

from __future__ import annotations

import base64
import copy
import json
import os
import pickle
import stat
import traceback
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from tests.inside import native_of
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import (
    Ed25519Key,
    Ed25519PublicKey,
    P256Key,
    P256PublicKey,
    Secp256k1Key,
    Secp256k1PublicKey,
)
from toolkit.keys.detect import is_private
from toolkit.keys.private import P256_ORDER, PrivateKey
from toolkit.keys.public import SECP256K1_ORDER, PublicKey, is_low_s, spoken

KINDS: list[type[PrivateKey]] = [Ed25519Key, Secp256k1Key, P256Key]
PUBLIC: dict[type[PrivateKey], type[PublicKey]] = {
    Ed25519Key: Ed25519PublicKey,
    Secp256k1Key: Secp256k1PublicKey,
    P256Key: P256PublicKey,
}
SECRET = "11" * 31 + "22"
BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.curve)


def pkcs8(kind: type[PrivateKey], secret: str = SECRET, *, form: str = "PEM") -> bytes:
    encoding = getattr(serialization.Encoding, form)
    return native_of(kind.from_hex(secret)).private_bytes(  # type: ignore[no-any-return]
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@each
def test_spellings(kind: type[PrivateKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hex, PEM, base64 with either prefix, file, environment and prompt all give the same key."""
    der, pem = b64(pkcs8(kind, form="DER")), pkcs8(kind).decode()
    file = tmp_path / "key"
    file.write_text(pem)
    monkeypatch.setenv("MY_KEY", "wallet-auth:" + der)
    monkeypatch.setattr("getpass.getpass", lambda prompt: SECRET)
    spellings = [
        kind.from_hex(SECRET),
        kind.from_hex("0x" + SECRET.upper()),
        kind.from_pem(pem),
        kind.from_pem(pem.replace("\n", " ")),
        kind.from_base64(der),
        kind.from_base64("wallet-auth:" + der),
        kind.from_base64(" wallet-api:" + der[:20] + "\n" + der[20:]),
        kind.parse(der),
        kind.from_file(file),
        kind.from_env("MY_KEY"),
        kind.prompt(),
    ]
    assert {key.fingerprint for key in spellings} == {kind.from_hex(SECRET).fingerprint}


@each
def test_public_spellings(kind: type[PrivateKey]) -> None:
    """A public key is the same key in hex, PEM and base64, and its fingerprint is SHA-256 of its SPKI."""
    public: PublicKey = kind.from_hex(SECRET).public
    loaded = PUBLIC[kind]
    spellings = [
        public.to_hex(),
        public.to_pem(),
        public.to_base64(),
        public.to_base64()[:64] + "\n" + public.to_base64()[64:],
    ]
    assert {loaded.parse(text) for text in spellings} == {public}
    import hashlib

    assert public.fingerprint == hashlib.sha256(base64.b64decode(public.to_base64())).hexdigest()
    assert len(public.spki) == {"Ed25519": 44, "secp256k1": 88, "P-256": 91}[loaded.curve]


def test_compressed_points_have_the_same_identity() -> None:
    """An SPKI with a compressed point is re-encoded: the same key has one fingerprint."""
    key = P256Key.generate()
    short = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + bytes.fromhex(
        key.public.to_hex()
    )
    assert P256PublicKey.from_base64(b64(short)) == key.public


DER = {kind: pkcs8(kind, form="DER") for kind in KINDS}
OFF_CURVE = {
    "secp256k1": "3056301006072a8648ce3d020106052b8104000a03420004" + "11" * 64,
    "P-256": "3059301306072a8648ce3d020106082a8648ce3d03010703420004" + "11" * 64,
}
rsa_pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
p384_pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
encrypted_pem = native_of(P256Key.generate()).private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(b"x"),
)
REFUSED: list[tuple[str, Any, str, str]] = [
    ("hex too short", Ed25519Key.from_hex, SECRET[:-1], "1 too few"),
    ("hex too long", Secp256k1Key.from_hex, SECRET + "00", "2 too many"),
    ("not hex", P256Key.from_hex, "zz" * 32, "only the digits"),
    ("scalar zero", Secp256k1Key.from_hex, "00" * 32, "zero or not below the order"),
    (
        "scalar at the order",
        Secp256k1Key.from_hex,
        f"{SECP256K1_ORDER:064x}",
        "zero or not below the order",
    ),
    (
        "scalar at the order, P-256",
        P256Key.from_hex,
        f"{P256_ORDER:064x}",
        "zero or not below the order",
    ),
    ("scalar beyond the order", P256Key.from_hex, "ff" * 32, "zero or not below the order"),
    ("base64 cut", P256Key.from_base64, b64(DER[P256Key])[:-3], "truncated"),
    ("DER cut", P256Key.from_base64, b64(DER[P256Key][:-6]), "truncated"),
    (
        "DER with a tail",
        Ed25519Key.from_base64,
        b64(DER[Ed25519Key] + b"junk"),
        "followed by 4 bytes",
    ),
    ("not DER", Secp256k1Key.from_base64, b64(b"hello there, key"), "not a DER structure"),
    (
        "DER of something else",
        P256Key.from_base64,
        b64(bytes.fromhex("3003020101")),
        "not a private key",
    ),
    ("PEM cut", P256Key.from_pem, pkcs8(P256Key).decode()[:-10], "no complete PEM block"),
    ("PEM with a tail", P256Key.from_pem, pkcs8(P256Key).decode() + "more", "before or after"),
    (
        "PEM of a public key",
        P256Key.from_pem,
        P256Key.generate().public.to_pem(),
        "a P-256 public key",
    ),
    ("encrypted", P256Key.from_pem, encrypted_pem.decode(), "encrypted"),
    (
        "secp256k1 for P-256",
        P256Key.from_base64,
        b64(DER[Secp256k1Key]),
        "wrong curve: secp256k1, not P-256",
    ),
    (
        "P-256 for secp256k1",
        Secp256k1Key.from_base64,
        b64(DER[P256Key]),
        "wrong curve: P-256, not secp256k1",
    ),
    ("Ed25519 for P-256", P256Key.from_base64, b64(DER[Ed25519Key]), "wrong curve: Ed25519"),
    ("P-256 for Ed25519", Ed25519Key.from_base64, b64(DER[P256Key]), "wrong curve: P-256"),
    ("P-384", P256Key.from_pem, p384_pem.decode(), "wrong curve: secp384r1"),
    ("RSA", P256Key.from_pem, rsa_pem.decode(), "RSA, which has no curve"),
    ("public hex too short", Secp256k1PublicKey.from_hex, "02" * 31, "68 too few"),
    ("64 digits for a point", Secp256k1PublicKey.from_hex, "02" * 32, "64 digits"),
    (
        "public off the curve, Ed25519",
        Ed25519PublicKey.from_hex,
        "02" + "00" * 31,
        "not a point on the curve",
    ),
    ("public of small order", Ed25519PublicKey.from_hex, "00" * 32, "not a point on the curve"),
    (
        "public off the curve, hex",
        Secp256k1PublicKey.from_hex,
        "04" + "11" * 64,
        "not a point on the curve",
    ),
    (
        "public off the curve, SPKI k1",
        Secp256k1PublicKey.from_base64,
        b64(bytes.fromhex(OFF_CURVE["secp256k1"])),
        "not on the curve",
    ),
    (
        "public off the curve, SPKI r1",
        P256PublicKey.from_base64,
        b64(bytes.fromhex(OFF_CURVE["P-256"])),
        "not on the curve",
    ),
    (
        "public of another curve",
        P256PublicKey.from_base64,
        Secp256k1Key.generate().public.to_base64(),
        "wrong curve: secp256k1",
    ),
    (
        "public with a tail",
        P256PublicKey.from_base64,
        b64(P256Key.generate().public.spki + b"!"),
        "followed by 1 bytes",
    ),
    (
        "public cut",
        P256PublicKey.from_base64,
        b64(P256Key.generate().public.spki[:-1]),
        "truncated",
    ),
]


@pytest.mark.parametrize(
    ("load", "text", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refused(load: Any, text: str, sentence: str) -> None:
    """Bad key material is refused with a sentence that says which kind of bad, and never repeats it."""
    with pytest.raises(KeyRefused, match=sentence) as caught:
        load(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "case", [case for case in REFUSED if case[1].__self__ in KINDS], ids=lambda case: case[0]
)
def test_a_refusal_holds_no_secret(case: tuple[str, Any, str, str]) -> None:
    """No frame that travels with a refusal has the text in its locals, and nothing is chained to it."""
    _, load, text, _ = case
    with pytest.raises(KeyRefused) as caught:
        load(text)
    assert caught.value.__context__ is None
    frames = list(traceback.walk_tb(caught.value.__traceback__))[1:]  # the first is this test's own
    assert frames
    for frame, _ in frames:
        assert text not in repr(frame.f_locals)


@each
def test_no_spelling(kind: type[PrivateKey]) -> None:
    """Nothing that prints, copies or stores a private key shows it."""
    key = kind.from_hex(SECRET)
    for text in (repr(key), str(key), f"{key}", f"{key:>80}", repr([key]), repr({"key": key})):
        assert "private half hidden" in text
        assert SECRET not in text
    for store in (
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        lambda k: k.__getstate__(),
        json.dumps,
        vars,
    ):
        with pytest.raises(TypeError):
            store(key)


@each
def test_save(kind: type[PrivateKey], tmp_path: Path) -> None:
    """A saved key is a PKCS#8 PEM file for its owner alone; it loads again, and is never written over."""
    key = kind.generate()
    path = key.save(tmp_path / "key.pem")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith(BEGIN)
    assert kind.from_file(path) == key
    with pytest.raises(InputError, match="never written over"):
        kind.generate().save(path)
    assert kind.from_file(path) == key
    with pytest.raises(InputError, match="cannot be written"):
        key.save(tmp_path / "no" / "such" / "folder")


@each
@given(message=st.binary(max_size=200), flip=st.integers(min_value=0))
def test_sign_and_verify(kind: type[PrivateKey], message: bytes, flip: int) -> None:
    """A signature fits its message and key, and no longer once a bit of either is flipped."""
    key = kind.from_hex(SECRET)
    signature = key.sign(message)
    assert key.public.verify(signature, message)
    assert not kind.from_hex("33" * 32).public.verify(signature, message)
    assert not key.public.verify(signature, message + b"!")
    at = flip % (len(signature) * 8)
    bent = bytearray(signature)
    bent[at // 8] ^= 1 << at % 8
    assert not key.public.verify(bytes(bent), message)


def test_secp256k1_is_low_s() -> None:
    """Our secp256k1 signatures are low-S; verify stays neutral and takes the high twin as well."""
    from cryptography.hazmat.primitives.asymmetric.utils import (
        decode_dss_signature,
        encode_dss_signature,
    )

    key = Secp256k1Key.from_hex(SECRET)
    for number in range(50):
        signature = key.sign(bytes([number]))
        assert is_low_s(signature)
        r, s = decode_dss_signature(signature)
        high = encode_dss_signature(r, SECP256K1_ORDER - s)
        assert not is_low_s(high)
        assert key.public.verify(high, bytes([number]))
    assert not is_low_s(b"not DER")


def test_sources_name_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A missing variable, file or person is named, with what to do instead."""
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(InputError, match="NOT_SET is not set"):
        P256Key.from_env("NOT_SET")
    with pytest.raises(InputError, match="No such file"):
        P256Key.from_file(tmp_path / "nothing")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no text in UTF-8, UTF-16 or UTF-32"):
        P256Key.from_file(tmp_path / "binary")

    def nobody(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", nobody)
    with pytest.raises(InputError, match="nobody is at the keyboard"):
        P256Key.prompt()


def test_spoken() -> None:
    """A fingerprint is read out as twelve hex digits in groups of four."""
    assert spoken("9b4177e0c2d5" + "f" * 52) == "9b41 77e0 c2d5"


def test_half_a_key_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills while a key is written leaves no file, and says so."""

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        P256Key.generate().save(tmp_path / "key.pem")
    assert list(tmp_path.iterdir()) == []


SCALAR = "0f" * 32
PRIVATE_TEXTS = [
    ("hex", SCALAR), ("behind a name", f"COBO_API_SECRET={SCALAR}"), ("exported", f"export KEY='{SCALAR}'"),
    ("colons", ":".join([SCALAR[at : at + 2] for at in range(0, 64, 2)])), ("blanks", " ".join([SCALAR[:32], SCALAR[32:]])),
    ("with its public half", SCALAR * 2), ("raw base64", base64.b64encode(bytes(range(32))).decode()),
    ("PKCS#8 in hex", "308187020100301306072a8648ce3d0201"), ("a JSON Web Key", '{"kty":"EC","d":"abc"}'),
]  # fmt: skip


@pytest.mark.parametrize(
    "text", [case[1] for case in PRIVATE_TEXTS], ids=[case[0] for case in PRIVATE_TEXTS]
)
def test_private_spellings(text: str) -> None:
    """Every usual spelling of a private key is known as one."""
    assert is_private(text)


def test_public_texts_are_not_private() -> None:
    """Names, ids, addresses, node ids and public keys are left alone."""
    key = P256Key.generate().public
    for text in (
        "Alice Moreau", "did:privy:cm4k0z7gq00aol70f2m9x1c3b", "coboA1pQe7Zr5TnVw3Xy9Ks2Hd8LgJf4Mb6Cq5Eu1Ri7Yo5Nt", key.to_base64(),
        key.to_pem(), key.to_hex(), "7c1f4a90-52de-4c0b-9a35-0f3f5a6f2f11", "arh0t2k4l15um5ftu3vtq322", "a=b", "0x" + "ab" * 20,
    ):  # fmt: skip
        assert not is_private(text), text


def test_a_fingerprint_without_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of canonical SPKI the fingerprint is the loaded key's; its point is looked at once, and any other spelling is not taken."""
    look, looked = P256PublicKey._from_point, []

    def counted(point: bytes) -> Any:
        looked.append(point)
        return look(point)

    monkeypatch.setattr(P256PublicKey, "_from_point", counted)
    public = P256Key.generate().public
    text = public.to_base64()
    looked.clear()
    assert [P256PublicKey.fingerprint_of(text) for _ in range(3)] == 3 * [public.fingerprint]
    assert len(looked) == 1
    off_the_curve = base64.b64encode(public.spki[:-1] + bytes([public.spki[-1] ^ 1])).decode()
    secp256k1 = Secp256k1Key.generate().public.to_base64()
    others = [off_the_curve, secp256k1, public.to_pem(), public.to_hex(), f" {text}", text[:-4], ""]
    longer = public.spki[:27] + b"\0" + public.spki[26:]  # as many characters, and ends like a key
    others.append(base64.b64encode(longer).decode())
    assert len(others[-1]) == len(text)
    others += [text[:60] + "*" + text[61:], text[:60] + "ü" + text[61:]]
    assert [P256PublicKey.fingerprint_of(other) for other in others] == len(others) * [None]
