"""What names itself: blocks of PEM, prefixes, and the words that other programs put beside keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from toolkit.keys import wrappings
from toolkit.keys.der import Private, Recognised, of_der, of_native

# The Privy Dashboard hands private keys out with these.
PREFIXES = ("wallet-auth:", "wallet-api:")
_EDGE = re.compile(r"-{2,6}[ \t]{0,8}(BEGIN|END) ([A-Za-z0-9 ]{1,40}?)[ \t]{0,8}-{2,6}")
_WORDS = r"BEGIN[A-Z0-9_ ]{0,30}PRIVATE[ _]KEY|END[A-Z0-9_ ]{0,30}PRIVATE[ _]KEY-"
_BECH32 = r"(?i)\b[a-z0-9_]{0,16}(?:sec|priv|privkey|privatekey|_x?sk|xprv)1[02-9ac-hj-np-z]{50,}"
_OF_CHAINS = (  # Aptos (AIP-80), EOS, XRPL, NEAR, Cardano, BIP-93
    r"(?:ed25519|secp256k1)-priv-0x[0-9a-fA-F]{64}|\bPVT_(?:K1|R1)_[1-9A-HJ-NP-Za-km-z]{40,}"
    r"|\bsEd[1-9A-HJ-NP-Za-km-z]{28}\b|\bsecp256k1:[1-9A-HJ-NP-Za-km-z]{43,44}\b"
    r"|SigningKey\w{0,30}_(?:ed25519|bip32)|(?i:\bms1[02-9ac-hj-np-z]{45,})"
)
_KEYSTORE = (
    r"['\"]ciphertext['\"].{0,400}['\"](?:kdf|mac)['\"]"
    r"|['\"](?:kdf|mac)['\"].{0,600}['\"]ciphertext['\"]"
    r"|['\"]kdf['\"]\s{0,4}:\s{0,4}\{.{0,200}['\"]function['\"]"  # EIP-2335
)
_OF_EXTENSIONS = (  # what wallets in a browser keep or export: Polkadot, MetaMask
    r"['\"]encoding['\"].{0,200}['\"](?:pkcs8|scrypt)['\"]"
    r"|['\"]iv['\"]\s{0,4}:.{0,200}['\"]salt['\"]\s{0,4}:"
)
_OF_TINK = r"ASYMMETRIC_PRIVATE|crypto\.tink\.\w{0,40}PrivateKey"
_PRIVATE_MARKS = tuple(
    (re.compile(pattern, re.DOTALL), what)
    for pattern, what in (
        (r"BEGIN[A-Z0-9 ]{0,30}PGP PRIVATE KEY", "a PGP private key"),
        (r"BEGIN OPENSSH PRIVATE KEY|BEGIN SSH2 [A-Z ]{0,20}PRIVATE KEY", "an SSH private key"),
        (r"b3BlbnNzaC1rZXktdjE", "an SSH private key"),  # "openssh-key-v1" in base64
        (_WORDS, "a private key (PEM)"),
        (r"PuTTY-User-Key-File-|(?m:^Private-(?:Lines|MAC):)", "a PuTTY private key"),
        (r"(?i)AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{20,}", "an age private key"),
        (r"(?i)AGE-PLUGIN-[A-Z0-9]{1,30}-1[02-9AC-HJ-NP-Z]{10,}", "an age identity"),
        (_BECH32, "a private key (bech32)"),
        (_OF_CHAINS, "a wallet’s private key"),
        (r"untrusted comment:.{0,60}secret key", "a minisign or signify secret key"),
        (r"\bRWRTY0Iy|\bRWRCS", "a minisign or signify secret key"),  # how they begin in base64
        (r"== ?\w{1,30}-secret: type\d ?==", "a key of a Tor service"),
        (r"\((?:protected-)?private-key\s", "a private key of GnuPG"),
        (r"(?m:^privateExponent:)", "an RSA private key"),
        (r"<(?:D|InverseQ)>[A-Za-z0-9+/=\s]{16,}<", "an RSA private key (XML)"),
        (r"['\"]?(?<![\w])d['\"]?\s{0,4}[:=]\s{0,4}['\"][A-Za-z0-9_-]{20,}", "a private JWK"),
        (_KEYSTORE, "an encrypted Ethereum keystore"),
        (_OF_EXTENSIONS, "an encrypted key of a wallet"),
        (_OF_TINK, "a private key of Tink"),
    )
)
_SSH = re.compile(
    r"(?:ecdsa-sha2-nistp\d{3}|ssh-(?:ed25519|rsa|dss)|sk-[\w-]{6,40}@openssh\.com)"
    r"\s+AAAA[A-Za-z0-9+/=]+"
)
_PARAMETERS = "EC PARAMETERS"


def marked(text: str) -> Iterator[Recognised]:
    """What names itself: blocks, prefixes, and the words of other programs."""
    yield from _blocks(text)
    for mark, what in _PRIVATE_MARKS:
        if mark.search(text):
            yield Recognised(what, "yes", whole=False)
            break
    for prefix in PREFIXES:
        if prefix in text:
            content = text.rpartition(prefix)[2].strip(" \t\r\n'\"")
            yield from _behind_prefix(content, whole=text.lstrip(" '\"").startswith(prefix))
    ssh = _SSH.search(text)
    if ssh:
        yield _of_ssh(ssh[0], whole=text.strip().startswith(ssh[0]))


def _behind_prefix(content: str, whole: bool) -> Iterator[Recognised]:
    known = of_der(wrappings.of_base64(wrappings.joined_lines(content)))
    if known is None:
        yield Recognised("a Privy authorization key, which is private", "yes", whole=False)
    else:
        yield replace(known, whole=whole)


def _blocks(text: str) -> Iterator[Recognised]:
    blocks, rest, begun = _split(text)
    keys = [block for block in blocks if block[0] != _PARAMETERS]
    for label, content in keys:
        yield replace(_of_block(label, content), whole=len(keys) == 1 and not rest)
    if begun and not keys:
        private: Private = "yes" if "PRIVATE" in begun else "no"
        trouble = "has no complete PEM block: its END line is missing"
        yield Recognised("the beginning of a PEM block", private, trouble=trouble)
    elif blocks and not keys:
        yield Recognised(
            "an EC PARAMETERS block, which holds no key", hint="Copy the key below it."
        )


def blocks_of(text: str) -> list[str]:
    """The labels of the blocks of PEM in a text that this module knows, in their order."""
    labels = [label for label, _ in _split(text)[0] if label != _PARAMETERS]
    return [label if label in _LABELS else "unknown block" for label in labels]


def _split(text: str) -> tuple[list[tuple[str, str]], str, str]:
    """The blocks of PEM (label and content), what stands around them, and the label of one that
    does not end.
    """
    blocks, rest, begun, start, end = [], "", "", 0, 0
    for edge in _EDGE.finditer(text):
        label = edge[2].strip().upper()
        if edge[1] == "BEGIN":
            rest += text[end : edge.start()]
            begun, start, end = label, edge.end(), edge.end()
        elif label == begun:
            blocks.append((label, text[start : edge.start()]))
            begun, end = "", edge.end()
    return blocks, (rest + text[end:]).strip(" \t\r\n'\"`,;"), begun


def _of_block(label: str, content: str) -> Recognised:
    """One block of PEM, by its label and by what it holds."""
    private: Private = "yes" if _SAYS_PRIVATE.search(label) else "no"
    half = "private" if private == "yes" else "public"
    if "Proc-Type:" in content and "ENCRYPTED" in content:
        what = "an encrypted private key (PEM, Proc-Type: 4,ENCRYPTED)"
        return Recognised(what, "yes", trouble="is encrypted")
    for says, what in ((_OF_PGP, f"a PGP {half} key block"), (_OF_SSH, f"an SSH {half} key")):
        if says.search(label):
            return Recognised(what, private)
    body = re.sub(r"(?m)^[A-Za-z-]+:.*$", "", content)
    body = re.sub(r"[>\"',]", "", wrappings.joined_lines(body))
    what = _LABELS.get(label, "a PEM block of a kind that is not known")
    stray = re.search(r"[^A-Za-z0-9+/=_-]", body)
    if stray is not None:
        trouble = f"has a character that base64 has not (U+{ord(stray[0]):04X})"
        return Recognised(what, private, trouble=trouble)
    return _of_body(of_der(wrappings.of_base64(body)), private) or Recognised(what, private)


def _of_body(known: Recognised | None, private: Private) -> Recognised | None:
    """What a block holds, which may be another half than its label says."""
    if known is None or private == "no" or known.private == "yes":
        return known
    what = f"{known.what} in a block that says PRIVATE KEY"
    return Recognised(what, "yes", hint="Take the file that holds the private half.")


_SAYS_PRIVATE = re.compile(r"PRIVATE|STATIC KEY")
_OF_PGP, _OF_SSH = re.compile(r"PGP .*KEY"), re.compile("SSH")
_LABELS = {
    "PUBLIC KEY": "a PUBLIC KEY block",
    "PRIVATE KEY": "a PRIVATE KEY block",
    "EC PRIVATE KEY": "an EC PRIVATE KEY block",
    "ENCRYPTED PRIVATE KEY": "an encrypted private key (PKCS#8)",
    "RSA PRIVATE KEY": "an RSA private key (PEM)",
    "RSA PUBLIC KEY": "an RSA public key (PKCS#1)",
    "DSA PRIVATE KEY": "a DSA private key (PEM)",
    "CERTIFICATE": "a certificate (X.509)",
    "TRUSTED CERTIFICATE": "a certificate (X.509)",
    "CERTIFICATE REQUEST": "a certificate request (PKCS#10)",
    "NEW CERTIFICATE REQUEST": "a certificate request (PKCS#10)",
    "PKCS7": "a PKCS#7 file",
    "PGP MESSAGE": "a message encrypted with PGP",
    "AGE ENCRYPTED FILE": "a file encrypted with age",
    "ENCRYPTED COSIGN PRIVATE KEY": "an encrypted private key of cosign",
    "ENCRYPTED SIGSTORE PRIVATE KEY": "an encrypted private key of cosign",
    "DH PARAMETERS": "a DH PARAMETERS block, which holds no key",
}


def _of_ssh(text: str, whole: bool) -> Recognised:
    try:
        native = serialization.load_ssh_public_key(" ".join(text.split()).encode())
    except (ValueError, UnsupportedAlgorithm):
        return Recognised("an SSH public key", whole=whole)
    return replace(of_native(native, "SSH"), whole=whole)
