"""What files and records of keys are, by how their bytes begin: what is no DER, and private."""

from __future__ import annotations

from toolkit.keys.der import Recognised

# Files that keep keys. Sources: the JDK's JavaKeyStore and JceKeyStore; minisign's documentation;
# OpenBSD's signify(1).
_BEGINNINGS = (
    (b"\xfe\xed\xfe\xed", "a Java keystore (JKS)"),
    (b"\xce\xce\xce\xce", "a Java keystore (JCEKS)"),
    (b"EdScB2", "a minisign secret key"),
    (b"EdBK", "a signify secret key"),
    # protobuf of libp2p: the kind of key, then its 64 or 32 bytes
    (b"\x08\x01\x12\x40", "an Ed25519 private key of libp2p"),
    (b"\x08\x02\x12\x20", "a secp256k1 private key of libp2p"),
)
# multicodec's codes of Ed25519, secp256k1 and P-256 private keys, before 32 bytes
_MULTICODEC = (b"\x80\x26", b"\x81\x26", b"\x86\x26")
# COSE_Key (RFC 9052): the members x and d, each a string of 32 bytes
_COSE_X, _COSE_D = b"\x21\x58\x20", b"\x23\x58\x20"
# OpenPGP (RFC 9580): tags of secret keys and subkeys, old and new; versions; their algorithms
_PGP_OLD, _PGP_NEW = frozenset(range(0x94, 0x98)) | frozenset(range(0x9C, 0xA0)), (0xC5, 0xC7)
_PGP_VERSIONS = (4, 5, 6)
_PGP_ALGORITHMS = (1, 2, 3, 16, 17, 18, 19, 22, 25, 26, 27, 28)
LEAST = 24  # bytes; a shorter beginning is one by chance


def of_container(content: bytes) -> Recognised | None:
    """What bytes are that begin as a file or a record of private keys does; None for others."""
    if len(content) < LEAST:
        return None
    for begins, what in _BEGINNINGS:
        if content.startswith(begins):
            return Recognised(what, "yes")
    if content.startswith(_MULTICODEC) and len(content) == 34:
        return Recognised("a private key with its multicodec", "yes")
    if _COSE_X in content and _COSE_D in content:
        return Recognised("a private key (COSE)", "yes")
    if _is_pgp(content):
        return Recognised("a PGP private key", "yes")
    return None


def _is_pgp(content: bytes) -> bool:
    """Whether bytes begin with a packet of a secret key, its version, its moment and algorithm."""
    heads = _heads_of_pgp(content[0], content[1])
    return any(
        content[head] in _PGP_VERSIONS and content[head + 5] in _PGP_ALGORITHMS for head in heads
    )


def _heads_of_pgp(tag: int, size: int) -> tuple[int, ...]:
    """How many bytes tag and length may have."""
    if tag in _PGP_NEW:
        return (2,) if size < 192 else (3,)
    return ((2, 3, 5, 1)[tag & 3],) if tag in _PGP_OLD else ()
