"""A text that is no key of the kind that is needed: read where it is unambiguous, named where it is not."""

from __future__ import annotations

import json
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization as s

from tests import spellings as sp
from tests.spellings import b58, b64, b64url, element, lines, pem
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import (
    Ed25519Key,
    Ed25519PublicKey,
    P256Key,
    P256PublicKey,
    Secp256k1Key,
    Secp256k1PublicKey,
)
from toolkit.privy import CreateKeyQuorumRequest
from toolkit.privy.models import is_taken, member_key

P256 = P256Key.from_hex(sp.HEX)
ED = Ed25519Key.from_hex(sp.SEED.hex())
K1 = Secp256k1Key.from_hex(sp.HEX)
K1_POINT = sp.K1.public_key().public_bytes(s.Encoding.X962, s.PublicFormat.UncompressedPoint)
K1_JWK = {"kty": "EC", "crv": "secp256k1", "x": b64url(K1_POINT[1:33]), "y": b64url(K1_POINT[33:])}

#: Texts that are read, with what reads them.
READ: list[tuple[str, type[Any], str]] = [
    ("PKCS#8", P256Key, b64(sp.PKCS8)),
    ("PKCS#8 of Java", P256Key, b64(sp.pkcs8(sp.sec1()))),
    ("PKCS#8 without its public half", P256Key, b64(sp.pkcs8(sp.sec1(curve=False, public=False)))),
    ("PKCS#8 version 2", P256Key, b64(sp.pkcs8(sp.sec1(curve=False), 1, element(0x81, b"\0" + sp.POINT)))),
    ("PKCS#8 in base64url", P256Key, b64url(sp.PKCS8)),
    ("PKCS#8 in hex", P256Key, sp.PKCS8.hex()),
    ("PKCS#8 in base64 of base64", P256Key, b64(b64(sp.PKCS8).encode())),
    ("PKCS#8 in quotes", P256Key, f'"{b64(sp.PKCS8)}"'),
    ("PKCS#8 wrapped", P256Key, lines(b64(sp.PKCS8), 20)),
    ("PKCS#8 percent-encoded", P256Key, b64(sp.PKCS8).replace("+", "%2B").replace("/", "%2F")),
    ("wallet-auth", P256Key, "wallet-auth:" + b64(sp.PKCS8)),
    ("wallet-auth in quotes", P256Key, f"'wallet-auth:{b64(sp.PKCS8)}'"),
    ("SEC1", P256Key, b64(sp.sec1())),
    ("SEC1 without its curve", P256Key, b64(sp.sec1(curve=False))),
    ("PEM", P256Key, sp.PEM),
    ("PEM with \\n written out", P256Key, sp.PEM.replace("\n", "\\n")),
    ("PEM with \\n written out, in quotes", P256Key, '"' + sp.PEM.replace("\n", "\\n") + '"'),
    ("PEM with CRLF", P256Key, sp.PEM.replace("\n", "\r\n")),
    ("PEM with blanks for line ends", P256Key, sp.PEM.replace("\n", " ")),
    ("PEM at 20 columns", P256Key, pem(sp.PKCS8, "PRIVATE KEY", 20)),
    ("PEM indented", P256Key, textwrap.indent(sp.PEM, "   ")),
    ("PEM behind a mark of the byte order", P256Key, "\ufeff" + sp.PEM),
    ("PEM of SEC1", P256Key, sp.PEM_SEC1),
    ("EC PARAMETERS before PEM", P256Key, sp.PARAMETERS + sp.PEM_SEC1),
    ("JWK", P256Key, json.dumps(sp.JWK)),
    ("JWK over lines", P256Key, json.dumps(sp.JWK, indent=2)),
    ("hex", P256Key, sp.HEX),
    ("hex with 0X", P256Key, "0X" + sp.HEX.upper()),
    ("hex with colons", P256Key, lines(sp.HEX, 2, ":")),
    ("the number in base64", P256Key, b64(sp.NUMBER)),
    ("the number in base64url", P256Key, b64url(sp.NUMBER)),
    ("X9.63 of Apple", P256Key, b64(sp.POINT + sp.NUMBER)),
    ("Ed25519 PKCS#8", Ed25519Key, b64(sp.ED_PKCS8)),
    ("Ed25519 PKCS#8 version 2", Ed25519Key, pem(sp.ED_V2, "PRIVATE KEY")),
    ("Ed25519 JWK", Ed25519Key, json.dumps(sp.ED_JWK)),
    ("64 bytes in hex", Ed25519Key, sp.ED_64.hex()),
    ("64 bytes in base64", Ed25519Key, b64(sp.ED_64)),
    ("64 bytes in base58", Ed25519Key, b58(sp.ED_64)),
    ("64 numbers", Ed25519Key, json.dumps(list(sp.ED_64))),
    ("SPKI", P256PublicKey, b64(sp.SPKI)),
    ("SPKI in base64url", P256PublicKey, b64url(sp.SPKI)),
    ("SPKI in hex", P256PublicKey, sp.SPKI.hex()),
    ("SPKI in quotes", P256PublicKey, f"'{b64(sp.SPKI)}'"),
    ("SPKI in PEM with \\n written out", P256PublicKey, sp.PUBLIC_PEM.replace("\n", "\\n")),
    ("SPKI in PEM behind a mark", P256PublicKey, "\ufeff" + sp.PUBLIC_PEM),
    ("public JWK", P256PublicKey, json.dumps(sp.JWK_PUBLIC)),
    ("public SSH", P256PublicKey, sp.SSH_PUBLIC),
    ("public SSH with its comment", P256PublicKey, sp.SSH_PUBLIC + " alice@example.com"),
    ("a compressed point", P256PublicKey, sp.COMPRESSED.hex()),
    ("a compressed point with 0x", P256PublicKey, "0x" + sp.COMPRESSED.hex()),
    ("a whole point", P256PublicKey, sp.POINT.hex()),
    ("a point without its 04", P256PublicKey, sp.POINT[1:].hex()),
    ("a point in base64", P256PublicKey, b64(sp.POINT)),
    ("a compressed point in base64", P256PublicKey, b64(sp.COMPRESSED)),
    ("Ed25519 SPKI", Ed25519PublicKey, b64(sp.ED_SPKI)),
    ("Ed25519 SSH", Ed25519PublicKey, sp.ED_SSH),
    ("Ed25519 hex", Ed25519PublicKey, sp.ED_PUBLIC.hex()),
    ("Ed25519 base64", Ed25519PublicKey, b64(sp.ED_PUBLIC)),
    ("secp256k1 JWK", Secp256k1PublicKey, json.dumps(K1_JWK)),
    ("secp256k1 point", Secp256k1PublicKey, K1_POINT.hex()),
]  # fmt: skip
WANTED = {
    P256Key: P256, Ed25519Key: ED, P256PublicKey: P256.public, Ed25519PublicKey: ED.public, Secp256k1PublicKey: K1.public,
}  # fmt: skip


def certificate() -> str:
    name = x509.Name([])
    month = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    builder = x509.CertificateBuilder(name, name, sp.ED.public_key(), 1, *month)
    return builder.sign(sp.ED, None).public_bytes(s.Encoding.PEM).decode()


#: Whole texts that are refused, and what must be said of each.
REFUSED: list[tuple[str, type[Any], str, str]] = [
    ("encrypted PKCS#8", P256Key, sp.ENCRYPTED, "encrypted.*openssl pkey"),
    ("encrypted in the old way", P256Key, sp.LEGACY, "encrypted.*openssl pkey"),
    ("SSH private", P256Key, sp.SSH, "an SSH private key.*ssh-keygen"),
    ("PGP", P256Key, sp.PRIVATE["PGP"], "a PGP private key"),
    ("PuTTY", P256Key, sp.PRIVATE["PuTTY"], "a PuTTY private key"),
    ("PKCS#8 of another curve", P256Key, b64(sp.K1_PKCS8), "wrong curve: secp256k1, not P-256"),
    ("PKCS#8 of P-384", P256Key, b64(sp.P384_PKCS8), "wrong curve: secp384r1"),
    ("PKCS#8 of Ed25519", P256Key, b64(sp.ED_PKCS8), "wrong curve: Ed25519"),
    ("RSA", P256Key, pem(sp.RSA_PKCS1, "RSA PRIVATE KEY"), "RSA, which has no curve"),
    ("JWK of Ed25519", P256Key, json.dumps(sp.ED_JWK), "wrong curve: Ed25519"),
    ("JWK of RSA", P256Key, '{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}', r"a private JWK \(JSON Web Key\) of RSA"),
    ("JWK of a symmetric key", P256Key, '{"kty":"oct","k":"AQAB"}', "a private JWK .* of oct"),
    ("JWK with the wrong half", P256Key, json.dumps(sp.JWK | {"d": b64url(sp.SEED)}), "its numbers are not those of a key"),
    ("a public key for a private one", P256Key, b64(sp.SPKI), "this is a public key: a P-256 public key"),
    ("its PEM", P256Key, sp.PUBLIC_PEM, "this is a public key"),
    ("its point", P256Key, sp.COMPRESSED.hex(), "this is a public key: a compressed point"),
    ("its JWK", P256Key, json.dumps(sp.JWK_PUBLIC), r"this is a public key: a P-256 public key \(JWK\)"),
    ("its SSH spelling", P256Key, sp.SSH_PUBLIC, r"this is a public key: a P-256 public key \(SSH\)"),
    ("a certificate", P256Key, certificate(), "a certificate"),
    ("a certificate request", P256Key, "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----", "a certificate request"),
    ("EC PARAMETERS alone", P256Key, sp.PARAMETERS, "EC PARAMETERS"),
    ("a PEM block of another kind", P256Key, "-----BEGIN HUSH-----\nMAA=\n-----END HUSH-----", "a kind that is not known"),
    ("two private keys", P256Key, sp.PEM + sp.PEM_SEC1, "More than one block of PEM is there: 1 PRIVATE KEY and 1 EC PRIVATE KEY"),
    ("a private key in a sentence", P256Key, f"Here: {b64(sp.PKCS8)} thanks", "Other text stands before or after"),
    ("WIF", Secp256k1Key, sp.PRIVATE["WIF"], r"a Bitcoin private key \(WIF\)"),
    ("xprv", Secp256k1Key, sp.XPRV, "an extended private key"),
    ("xpub", Secp256k1Key, sp.XPUB, "an extended public key"),
    ("a phrase", Ed25519Key, sp.WORDS, "a recovery phrase"),
    ("a Solana address", Ed25519Key, b58(sp.ED_PUBLIC), "such as a Solana address"),
    ("an Ethereum address", Secp256k1Key, "0x" + "ab" * 20, "an Ethereum address"),
    ("an id", P256PublicKey, "clx2k4l15um5ftu3vtq322abc", "an id of 24 or 25"),
    ("a UUID", P256PublicKey, "7c1f4a90-52de-4c0b-9a35-0f3f5a6f2f11", "UUID"),
    ("a user id", P256PublicKey, "did:privy:cm4k0z7gq00aol70f2m9x1c3b", "a user id"),
    ("a node id", P256PublicKey, sp.ORDINARY["a node id"], "a TSS node id"),
    ("a URL", P256PublicKey, "https://example.com/key.pem", r"an address \(URL\)"),
    ("an e-mail address", P256PublicKey, "alice@example.com", "an e-mail address"),
    ("a variable with $", P256Key, "$PRIVY_KEY", "the name of a variable"),
    ("a variable", P256Key, "PRIVY_MEMBER_KEY", "the name of a variable, which is not set"),
    ("a path that is not there", P256Key, "./keys/alice.pem", "the path of a file, and there is no such file"),
    ("nothing", P256Key, "  \n", "is empty"),
    ("nothing public", P256PublicKey, "''", "empty|no known spelling"),
    ("a private key for a public one", P256PublicKey, b64(sp.PKCS8), r"this is a P-256 private key \(PKCS#8\). Do not share it"),
    ("its JWK, for a public one", P256PublicKey, json.dumps(sp.JWK), r"this is a P-256 private key \(JWK\). Do not share"),
    ("64 digits for a point", P256PublicKey, sp.HEX, "32 bytes in hex .64 digits., which are a private key as often as a public one.*its point"),
    ("SPKI of another curve", P256PublicKey, b64(sp.K1_SPKI), "wrong curve: secp256k1"),
    ("SPKI of RSA", P256PublicKey, b64(sp.RSA_SPKI), "RSA, which has no curve"),
    ("SPKI of X25519", Ed25519PublicKey, b64(sp.X25519_SPKI), "wrong curve: X25519"),
    ("SPKI of P-384", P256PublicKey, b64(sp.P384_SPKI), "wrong curve: secp384r1"),
    ("a letter of another alphabet", P256Key, b64(sp.PKCS8)[:20] + "é" + b64(sp.PKCS8)[20:], r"U\+00E9, at place 21"),
    ("a point off the curve", P256PublicKey, "04" + "11" * 64, "not a point on the curve"),
    ("a number of zero", P256Key, "00" * 32, "zero or not below the order"),
    ("a word", P256Key, "hello", "no known spelling of a key|not a DER structure"),
    ("a sentence", P256Key, "please ask alice for it", "no known spelling of a key"),
    ("a PKCS#12 file", P256Key, sp.PRIVATE["PKCS#8"].replace(b64(sp.PKCS8), b64(bytes.fromhex("30820040020103300c" + "00" * 59))), "a PKCS#12 file|truncated"),
]  # fmt: skip

#: What is cut, where that was looked at.
CUT: list[tuple[str, type[Any], str, str]] = [
    ("base64", P256Key, b64(sp.PKCS8)[:-4], "announces 138 bytes and has 135"),
    ("DER", P256PublicKey, b64(sp.SPKI[:-1]), "announces 91 bytes and has 90"),
    ("PEM", P256Key, sp.PEM[:-10], "its END line is missing"),
    ("hex", P256Key, sp.HEX[:-1], "has 64 digits; this has 63"),
]


def test_enough_texts() -> None:
    """The tables are as long as what people paste."""
    assert len(READ) + len(REFUSED) + len(CUT) >= 92


@pytest.mark.parametrize(("kind", "text"), [c[1:] for c in READ], ids=[c[0] for c in READ])
def test_read(kind: type[Any], text: str) -> None:
    """What is unambiguous is simply read, and is the same key."""
    assert kind.parse(text) == WANTED[kind]


@pytest.mark.parametrize(
    ("kind", "text", "said"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_refused(kind: type[Any], text: str, said: str) -> None:
    """What is refused is called what it is, with what to do; never truncated, for it is whole."""
    with pytest.raises(KeyRefused, match=said) as caught:
        kind.parse(text)
    if "PKCS#12" not in said:
        assert "truncated" not in str(caught.value)
    assert "mistyped" not in str(caught.value)
    assert caught.value.hint
    assert len(text.strip()) < 8 or text.strip() not in str(caught.value)


@pytest.mark.parametrize(("kind", "text", "said"), [c[1:] for c in CUT], ids=[c[0] for c in CUT])
def test_cut(kind: type[Any], text: str, said: str) -> None:
    """What is cut is told with what was counted."""
    with pytest.raises(KeyRefused, match=said):
        kind.parse(text)


def test_a_path_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path where the key belongs is told as that, and whether the file is there; so is a variable."""
    path = P256.save(tmp_path / "alice.pem")
    with pytest.raises(KeyRefused, match=r"the path of a file, which exists.*from_file"):
        P256Key.parse(str(path))
    monkeypatch.setenv("ALICES_KEY", "set")
    with pytest.raises(KeyRefused, match=r"the name of a variable, which is set.*from_env"):
        P256Key.parse("ALICES_KEY")


def test_a_file_of_der(tmp_path: Path) -> None:
    """A file of DER is read as it is; one of another key is named."""
    (tmp_path / "key.der").write_bytes(sp.PKCS8)
    assert P256Key.from_file(tmp_path / "key.der") == P256
    (tmp_path / "public.der").write_bytes(sp.SPKI)
    with pytest.raises(KeyRefused, match="this is a public key"):
        P256Key.from_file(tmp_path / "public.der")


CERTIFICATE = b64(bytes.fromhex("3082010030819fa003020102") + bytes(248))
_IN_NUMBERS = element(0xA0, element(0x30, bytes.fromhex("020101300c06072a8648ce3d0101020107")))
EXPLICIT = element(0x30, b"\x02\x01\x01" + element(4, sp.NUMBER) + _IN_NUMBERS)
FILES: list[tuple[str, bytes, str]] = [
    ("a web page", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "a web page .*signed in"),
    ("Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"ab" * 32, "Git LFS.*git lfs pull"),
    ("Ansible Vault", b"$ANSIBLE_VAULT;1.1;AES256\n3132", "Ansible Vault.*ansible-vault"),
    ("SOPS", b"ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]", "SOPS.*sops"),
    ("a secret manager", b"op://vault/item/field", "secret manager"),
    ("words in its place", b"<your-private-key>", "stands for a key"),
    ("a word in its place", b"changeme", "stand for a key"),
    ("masked", "\u2022".encode() * 40, "masked"),
    ("masked PEM", b"-----BEGIN PRIVATE KEY-----\n[REDACTED]\n-----END PRIVATE KEY-----", "masked"),
    ("a PDF", b"%PDF-1.4\n%\xe2\xe3", "it is a PDF"),
    ("a ZIP", b"PK\x03\x04\x14\0", "a ZIP archive"),
    ("a database", b"SQLite format 3\0" + bytes(80), "a database"),
    ("Latin-1", b"# cl\xe9\n" + sp.PEM.encode(), "no text in UTF-8, UTF-16 or UTF-32"),
    ("a Java keystore", b"\xfe\xed\xfe\xed\0\0\0\x02" + bytes(60), "a Java keystore.*keytool"),
    ("a certificate", f"-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----".encode(), "certificate.*public half alone"),
    ("two keys", (sp.PEM + sp.PEM).encode(), "More than one block of PEM is there: 2 PRIVATE KEYs"),
    ("a file of variables", f"COBO_API_KEY={sp.ED_PUBLIC.hex()}\nCOBO_API_SECRET={sp.HEX}\n".encode(), "Several variables.*env_file"),
    ("public in a private block", pem(sp.SPKI, "PRIVATE KEY").encode(), "a P-256 public key .* in a block that says PRIVATE KEY"),
    ("a message of PGP", b"-----BEGIN PGP MESSAGE-----\nhQ\n-----END PGP MESSAGE-----", "encrypted with PGP.*gpg"),
    ("a file of age", b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----", "encrypted with age.*age --decrypt"),
    ("cosign", b"-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\neyJr\n-----END ENCRYPTED COSIGN PRIVATE KEY-----", "of cosign"),
    ("a curve in numbers", EXPLICIT, "written out in numbers.*-param_enc named_curve"),
    ("the last lines of PEM", sp.RARE["the last lines of PEM"].encode(), "a piece of a private key.*whole"),
    ("a zero left out", sp.HEX[:-1].encode(), "1 too few.*zeros at the beginning"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"), [case[1:] for case in FILES], ids=[case[0] for case in FILES]
)
def test_files_of_another_kind(content: bytes, said: str, tmp_path: Path) -> None:
    """A file that is no key is named by what it is, with what to do; nothing of it is repeated."""
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(InputError, match=f"(?s){said}") as caught:
        P256Key.from_file(tmp_path / "k")
    assert caught.value.hint
    assert "Leave only the key" not in str(caught.value) or "block" in str(caught.value)


RAW = [
    ("32 bytes", sp.NUMBER, P256Key, P256),
    ("a seed", sp.SEED, Ed25519Key, ED),
    ("a seed and its half", sp.ED_64, Ed25519Key, ED),
    ("UTF-32", sp.PEM.encode("utf-32"), P256Key, P256),
    ("UTF-16 without a mark", sp.PEM.encode("utf-16-be"), P256Key, P256),
]


@pytest.mark.parametrize(
    ("content", "kind", "key"), [case[1:] for case in RAW], ids=[case[0] for case in RAW]
)
def test_files_of_bytes(content: bytes, kind: type[Any], key: Any, tmp_path: Path) -> None:
    """A file of the bare number is read, as are texts in each encoding."""
    (tmp_path / "k").write_bytes(content)
    assert kind.from_file(tmp_path / "k") == key


@pytest.mark.parametrize(
    "text",
    [c[2] for c in READ if c[1] is P256PublicKey],
    ids=[c[0] for c in READ if c[1] is P256PublicKey],
)
def test_members_are_sent_as_privy_takes_them(text: str) -> None:
    """A member's key in any spelling is the same member, and is sent as base64 SPKI or PEM."""
    assert member_key(text) == P256.public
    (sent,) = CreateKeyQuorumRequest(public_keys=[text]).public_keys
    assert is_taken(sent)
    assert member_key(sent) == P256.public
    assert sent == text or not is_taken(text)
