"""Throw-away keys, spelled as other programs and people spell them. Nothing here is anybody's key."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import quopri
import textwrap
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def b64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def b58(content: bytes) -> str:
    number, text = int.from_bytes(content, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _LETTERS[rest] + text
    return text


def b58check(content: bytes) -> str:
    return b58(content + hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4])


def element(tag: int, content: bytes) -> bytes:
    size = len(content)
    head = bytes([size]) if size < 128 else bytes([0x81, size])
    return bytes([tag]) + head + content


def pem(der: bytes, label: str, width: int = 64) -> str:
    lines = textwrap.wrap(b64(der), width)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def lines(text: str, width: int, between: str = "\n") -> str:
    return between.join(text[at : at + width] for at in range(0, len(text), width))


def full_width(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


# ---- P-256 ----
NUMBER = hashlib.sha256(b"a number of the tests").digest()
KEY = ec.derive_private_key(int.from_bytes(NUMBER, "big"), ec.SECP256R1())
_X962 = s.Encoding.X962
POINT = KEY.public_key().public_bytes(_X962, s.PublicFormat.UncompressedPoint)
COMPRESSED = KEY.public_key().public_bytes(_X962, s.PublicFormat.CompressedPoint)
SPKI = KEY.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
PKCS8 = KEY.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
_CURVE = bytes.fromhex("a00a06082a8648ce3d030107")


def sec1(*, curve: bool = True, public: bool = True) -> bytes:
    half = element(0xA1, element(3, b"\0" + POINT)) if public else b""
    inside = b"\x02\x01\x01" + element(4, NUMBER) + (_CURVE if curve else b"") + half
    return element(0x30, inside)


def pkcs8(inner: bytes, version: int = 0, more: bytes = b"") -> bytes:
    return element(0x30, bytes([2, 1, version]) + _ALGORITHM + element(4, inner) + more)


PEM = pem(PKCS8, "PRIVATE KEY")
PEM_SEC1 = pem(sec1(), "EC PRIVATE KEY")
PARAMETERS = pem(bytes.fromhex("06082a8648ce3d030107"), "EC PARAMETERS")
PUBLIC_PEM = pem(SPKI, "PUBLIC KEY")
JWK_PUBLIC = {"kty": "EC", "crv": "P-256", "x": b64url(POINT[1:33]), "y": b64url(POINT[33:])}
JWK = JWK_PUBLIC | {"d": b64url(NUMBER)}
SSH_PUBLIC = KEY.public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH).decode()
ENCRYPTED = KEY.private_bytes(
    s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b"x")
).decode()
LEGACY = KEY.private_bytes(
    s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.BestAvailableEncryption(b"x")
).decode()

# ---- Ed25519 ----
SEED = hashlib.sha256(b"a seed of the tests").digest()
ED = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
ED_PUBLIC = ED.public_key().public_bytes_raw()
ED_SPKI = ED.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
ED_PKCS8 = ED.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
ED_V2 = element(
    0x30,
    bytes.fromhex("020101300506032b6570")
    + element(4, element(4, SEED))
    + element(0x81, b"\0" + ED_PUBLIC),
)
ED_64 = SEED + ED_PUBLIC
SSH = ED.private_bytes(s.Encoding.PEM, s.PrivateFormat.OpenSSH, s.NoEncryption()).decode()
ED_JWK = {"kty": "OKP", "crv": "Ed25519", "x": b64url(ED_PUBLIC), "d": b64url(SEED)}
ED_SSH = ED.public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH).decode()

# ---- others ----
K1 = ec.derive_private_key(int.from_bytes(NUMBER, "big"), ec.SECP256K1())
K1_PKCS8 = K1.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
K1_SPKI = K1.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
P384 = ec.generate_private_key(ec.SECP384R1())
P384_PKCS8 = P384.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
P384_SPKI = P384.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA_PKCS1 = RSA.private_bytes(s.Encoding.DER, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption())
RSA_SPKI = RSA.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
X25519_SPKI = x25519.X25519PrivateKey.generate().public_key().public_bytes(
    s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo
)  # fmt: skip
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
HEX = NUMBER.hex()
_NODE = b"\0" * 9 + b"\1" * 32
XPRV, TPRV, YPRV, ZPRV = (
    b58check(bytes.fromhex(version) + _NODE + b"\0" + NUMBER)
    for version in ("0488ade4", "04358394", "049d7878", "04b2430c")
)
XPUB = b58check(bytes.fromhex("0488b21e") + _NODE + COMPRESSED)

#: Spellings that can be nothing else than a private key.
PRIVATE: dict[str, str] = {
    "PKCS#8": b64(PKCS8),
    "PKCS#8, the curve named inside (Java, Apple)": b64(pkcs8(sec1())),
    "PKCS#8 without the public half": b64(pkcs8(sec1(curve=False, public=False))),
    "PKCS#8, the curve inside, no public half": b64(pkcs8(sec1(public=False))),
    "PKCS#8 version 2, P-256": b64(pkcs8(sec1(curve=False), 1, element(0x81, b"\0" + POINT))),
    "SEC1": b64(sec1()),
    "SEC1 without the public half": b64(sec1(public=False)),
    "SEC1 without the curve": b64(sec1(curve=False)),
    "SEC1 with the number alone": b64(sec1(curve=False, public=False)),
    "Ed25519 PKCS#8": b64(ED_PKCS8),
    "Ed25519 PKCS#8 version 2 (Java, Rust)": b64(ED_V2),
    "secp256k1 PKCS#8": b64(K1_PKCS8),
    "P-384 PKCS#8": b64(P384_PKCS8),
    "RSA PKCS#1": b64(RSA_PKCS1),
    "PEM": PEM,
    "PEM of SEC1": PEM_SEC1,
    "PEM of PKCS#8 version 2": pem(ED_V2, "PRIVATE KEY"),
    "PEM of RSA": pem(RSA_PKCS1, "RSA PRIVATE KEY"),
    "EC PARAMETERS before PEM": PARAMETERS + PEM_SEC1,
    "PEM in a line": PEM.replace("\n", " "),
    "PEM without line ends": PEM.replace("\n", ""),
    "PEM with \\n written out": PEM.replace("\n", "\\n"),
    "PEM with \\\\n written out": PEM.replace("\n", "\\\\n"),
    "PEM with CRLF": PEM.replace("\n", "\r\n"),
    "PEM at 20 columns": pem(PKCS8, "PRIVATE KEY", 20),
    "PEM with text around it": f"Here it is:\n{PEM}\nThanks",
    "PEM indented": textwrap.indent(PEM, "    "),
    "PEM quoted in a mail": textwrap.indent(PEM, "> "),
    "PEM with four dashes": PEM.replace("-----", "----"),
    "PEM without dashes": PEM.replace("-----", ""),
    "PEM without its end": PEM[:90],
    "PEM, encrypted": ENCRYPTED,
    "PEM, encrypted in the old way": LEGACY,
    "PEM in an inner member of JSON": json.dumps({"type": "service_account", "private_key": PEM}),
    "an encrypted key's base64": "".join(ENCRYPTED.split("\n")[1:-2]),
    "SSH": SSH,
    "the body of SSH": "".join(SSH.split("\n")[1:-2]),
    "SSH2": "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/5\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    "PGP": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
    "PuTTY": "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nAAAA",
    "JWK": json.dumps(JWK),
    "JWK over lines": json.dumps(JWK, indent=2),
    "JWK as Python shows it": str(JWK),
    "JWK as a text in JSON": json.dumps(json.dumps(JWK)),
    "JWK of Ed25519": json.dumps(ED_JWK),
    "a set of JWKs": json.dumps({"keys": [JWK_PUBLIC, JWK]}),
    "base64url": b64url(PKCS8),
    "64 bytes in base64": b64(ED_64),
    "64 bytes in base64url": b64url(ED_64),
    "64 bytes in base58 (Solana)": b58(ED_64),
    "64 numbers (Solana)": json.dumps(list(ED_64)),
    "64 numbers, as a browser shows them": f"Uint8Array(64) {list(ED_64)}",
    "64 numbers, as JSON writes a Uint8Array": json.dumps(
        {str(at): byte for at, byte in enumerate(ED_64)}
    ),
    "a Buffer in JSON": json.dumps({"type": "Buffer", "data": list(PKCS8)}),
    "64 numbers with commas": ",".join(map(str, ED_64)),
    "64 signed numbers (Java)": str([byte - 256 if byte > 127 else byte for byte in ED_64]),
    "64 numbers of C": "{" + ", ".join(f"0x{byte:02x}" for byte in ED_64) + "}",
    "64 bytes in hex": ED_64.hex(),
    "64 bytes in HEX with 0x": "0x" + ED_64.hex().upper(),
    "PKCS#8 in hex": PKCS8.hex(),
    "PKCS#8 in hex with colons": lines(PKCS8.hex(), 2, ":"),
    "SEC1 in hex with 0x": "0x" + sec1().hex(),
    "PEM in hex": PEM.encode().hex(),
    "PEM in base64": b64(PEM.encode()),
    "PEM in base64 of UTF-16": b64(PEM.encode("utf-16-le")),
    "JWK in base64": b64(json.dumps(JWK).encode()),
    "base64 in base64": b64(b64(PKCS8).encode()),
    "percent-encoded PEM": quote(PEM),
    "percent-encoded base64": quote(b64(PKCS8), safe=""),
    "HTML-escaped JWK": html.escape(json.dumps(JWK)),
    "quoted-printable PEM": quopri.encodestring(PEM.encode()).decode(),
    "base64 with PHP's slashes": b64(PKCS8).replace("/", "\\/") + "\\n",
    "a data URL": "data:application/octet-stream;base64," + b64(PKCS8),
    "bytes of Python": repr(PKCS8),
    "bytes of Python, escaped": "b'" + "".join(f"\\x{byte:02x}" for byte in PKCS8) + "'",
    "a bytearray of Python": f"bytearray({PKCS8!r})",
    "as openssl shows it": f"Private-Key: (256 bit)\npriv:\n    {lines(lines(HEX, 2, ':'), 45, chr(10) + '    ')}\npub:",
    "a JWK in YAML": f"kty: EC\ncrv: P-256\nd: {b64url(NUMBER)}",
    "X9.63 (Apple)": b64(POINT + NUMBER),
    "X9.63 in hex": (POINT + NUMBER).hex(),
    "WIF": b58check(b"\x80" + NUMBER + b"\x01"),
    "WIF, uncompressed": b58check(b"\x80" + NUMBER),
    "WIF, testnet": b58check(b"\xef" + NUMBER + b"\x01"),
    "xprv": XPRV,
    "tprv": TPRV,
    "yprv": YPRV,
    "zprv": ZPRV,
    "age": "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
    "nsec": "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5",
    "Cardano": "ed25519_sk1" + "q" * 58,
    "Aptos": "ed25519-priv-0x" + HEX,
    "EOS": "PVT_K1_" + b58check(NUMBER),
    "minisign": "untrusted comment: minisign encrypted secret key\nRWRTY0Iy",
    "NEAR": "ed25519:" + b58(ED_64),
    "an Ethereum keystore": '{"version":3,"crypto":{"ciphertext":"aa","kdf":"scrypt","mac":"b"}}',
    "wallet-auth": "wallet-auth:" + b64(PKCS8),
    "wallet-api": "wallet-api:" + b64(PKCS8),
    "behind NAME=": "PRIVY_KEY=" + b64(PKCS8),
    "exported": f"export K='{b64(PKCS8)}'",
    "behind YAML's name": "private_key: " + b64(PKCS8),
    "in a line of Go": f'key := "{b64(PKCS8)}"',
    "hex behind the name of a secret": "COBO_API_SECRET=" + HEX,
    "hex behind privateKey in JSON": json.dumps({"privateKey": "0x" + HEX}),
    "what cobo keys generate writes": f"COBO_API_KEY={ED_PUBLIC.hex()}\nCOBO_API_SECRET={SEED.hex()}",
    "a phrase that says so": "seed phrase: " + WORDS,
    "12 words": WORDS,
    "12 words over lines": WORDS.replace(" ", "\n"),
    "12 words with numbers": " ".join(f"{at}. {word}" for at, word in enumerate(WORDS.split(), 1)),
    "12 words in JSON": json.dumps(WORDS.split()),
    "24 words": " ".join(["zoo"] * 23 + ["vote"]),
    "a phrase in a sentence": f"keep this for me: {WORDS}, and tell nobody",
    "in quotes": f'"{b64(PKCS8)}"',
    "in quotes of quotes": f"'\"{b64(PKCS8)}\"'",
    "in backticks": f"`{b64(PKCS8)}`",
    "a block of Markdown": f"```\n{PEM}```",
    "wrapped over lines": lines(b64(PKCS8), 64),
    "in groups of four": lines(b64(PKCS8), 4, " "),
    "joined strings": f'"{b64(PKCS8)[:60]}" +\n  "{b64(PKCS8)[60:]}"',
    "a mark of the byte order before it": "\ufeff" + b64(PKCS8),
    "a zero width inside": b64(PKCS8)[:50] + "\u200b" + b64(PKCS8)[50:],
    "full-width letters": full_width(b64(PKCS8)),
    "cut in the middle": b64(PKCS8)[:40],
    "cut at the end": b64(PKCS8)[:-5],
    "behind other letters": "key" + b64(PKCS8),
    "in a sentence": f"Alice has {b64(PKCS8)} for now",
}

_DUMP = [PKCS8[at : at + 16] for at in range(0, len(PKCS8), 16)]
_TAIL = b64(PKCS8)[70:]  # from the middle on, the public half's beginning included
#: What else can be nothing but private, seldom pasted: looked at by the recogniser and one field.
RARE: dict[str, str] = {
    "the last lines of PEM": lines(_TAIL, 64),
    "a piece from the middle": b64(PKCS8)[30:90],
    "a piece in hex": PKCS8.hex()[60:200],
    "as xxd shows it": "\n".join(
        f"{16 * at:08x}: {lines(row.hex(), 4, ' ')}" for at, row in enumerate(_DUMP)
    ),
    "as hexdump -C shows it": "\n".join(
        f"{16 * at:08x}  {row[:8].hex(' ')}  {row[8:].hex(' ')}  |......|"
        for at, row in enumerate(_DUMP)
    ),
    "bytes of Java": ", ".join(f"(byte)0x{byte:02X}" for byte in ED_64),
    "numbers of Rust": ", ".join(f"{byte}u8" for byte in ED_64),
    "numbers between bars": "|".join(map(str, ED_64)),
    "numbers as texts in JSON": json.dumps(list(map(str, ED_64))),
    "numbers as fractions in JSON": json.dumps(list(map(float, ED_64))),
    "hex numbers in JSON": json.dumps(list(map(hex, ED_64))),
    "braces of JavaScript": "".join(f"\\u{{{ord(letter):x}}}" for letter in b64(PKCS8)),
    "a JWK in an address": f"https://x.example/?kty=EC&crv=P-256&d={b64url(NUMBER)}",
    "hex behind a name in an address": f"https://x.example/#private_key=0x{HEX}",
    "a COSE key": (b"\xa4\x01\x02\x21\x58\x20" + POINT[1:33] + b"\x23\x58\x20" + NUMBER).hex(),
    "a Java keystore": b64(b"\xfe\xed\xfe\xed\0\0\0\x02" + bytes(40)),
    "PKCS#12 of Bouncy Castle": b64(b"\x30\x80\x02\x01\x03\x30\x80" + bytes(40)),
    "PGP in base64": b64(b"\x95\x03\xbe\x04" + bytes(4) + b"\x01" + NUMBER),
    "minisign without its comment": b64(b"EdScB2" + bytes(60)),
    "libp2p": b64(b"\x08\x01\x12\x40" + ED_64),
    "multibase": "z" + b58(b"\x80\x26" + SEED),
    "PKCS#8 in base58": b58(ED_PKCS8),
    "XRPL": "sn259rEFXrQrWyx3Q7XneWcwV6dfL",
    "a mini key": "S6c56bnXQiBjk9mqSYE7ykVQ7NzrRy",
    "NEAR, secp256k1": "secp256k1:" + b58(NUMBER),
    "xprv behind other letters": "key" + XPRV,
    "BIP-93": "ms12namea320zyxwvutsrqpnmlkjhgfedcaxrpp870hkkqrm",
    "age, post-quantum": "AGE-SECRET-KEY-PQ-1" + "Q" * 40,
    "an age plugin": "AGE-PLUGIN-YUBIKEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "Tor": "== ed25519v1-secret: type0 ==" + "x" * 8,
    "GnuPG": f"(private-key (ecc (curve Ed25519)(q #40{ED_PUBLIC.hex()}#)(d #{SEED.hex()}#)))",
    "Tink": '{"keyData": {"keyMaterialType": "ASYMMETRIC_PRIVATE", "value": "EkQ"}}',
    "Cardano's file": json.dumps(
        {"type": "PaymentSigningKeyShelley_ed25519", "cborHex": "5820" + HEX}
    ),
    "EIP-2335": '{"crypto": {"kdf": {"function": "scrypt"}, "cipher": {"message": "aa"}}}',
    "Polkadot": '{"encoded": "AAAA", "encoding": {"content": ["pkcs8", "sr25519"], "type": ["scrypt"]}}',
    "MetaMask": '{"data": "AAAA", "iv": "BBBB", "salt": "CCCC"}',
    "OpenVPN": "-----BEGIN OpenVPN Static key V1-----\naa\n-----END OpenVPN Static key V1-----",
    "a public key in a block that says PRIVATE": pem(SPKI, "PRIVATE KEY"),
    "as openssl shows RSA": "Private-Key: (2048 bit)\nmodulus:\n    00:c8\nprivateExponent:\n    01:02",
    "12 words in tags": "".join(f"<li>{word}</li>" for word in WORDS.split()),
    "12 words without blanks between": "".join(word.title() for word in WORDS.split()),
    "the first four letters of 12 words": " ".join(word[:4] for word in WORDS.split()),
    "SeedQR": "0" * 44 + "0003",
    "12 words of Japanese": "あいこくしん\u3000" * 11 + "あおぞら",
    "12 words of Chinese": "的 " * 11 + "在",
    "12 words of Spanish": "ábaco " * 11 + "abierto",
    "12 words of Spanish without accents": "abaco " * 11 + "abierto",
    "12 words of French": "abaisser " * 11 + "abeille",
    "12 words of Italian": "abaco " * 11 + "abete",
    "12 words of Korean": "가격 " * 11 + "가능",
    "12 words of Czech": "abdikace " * 11 + "agrese",
    "12 words of Portuguese": "abacate " * 11 + "abater",
}

#: Spellings that a public key, an id or a sentence could have as well.
POSSIBLY: dict[str, str] = {
    "hex": HEX,
    "HEX": HEX.upper(),
    "0x": "0x" + HEX,
    "0X": "0X" + HEX.upper(),
    "hex in quotes": f"'{HEX}'",
    "hex with blanks": lines(HEX, 8, " "),
    "hex with colons": lines(HEX, 2, ":"),
    "hex with dashes": lines(HEX, 4, "-"),
    "hex with underscores": lines(HEX, 4, "_"),
    "hex with dots": lines(HEX, 2, "."),
    "hex over lines": lines(HEX, 32),
    "hex behind a name": "KEY=" + HEX,
    "hex behind a person's name": "Bob " + HEX,
    "hex in a call": f"bytes.fromhex('{HEX}')",
    "hex as Node shows it": f"<Buffer {lines(HEX, 2, ' ')}>",
    "hex with a zero before it (Java)": "00" + HEX,
    "hex with a digit missing": HEX[:-1],
    "hex in full width": full_width(HEX),
    "hex with a zero width": HEX[:9] + "\u200b" + HEX[9:],
    "hex with a no-break space": HEX[:32] + "\u00a0" + HEX[32:],
    "a public key in hex": ED_PUBLIC.hex(),
    "64 bytes without a half": (NUMBER + SEED).hex(),
    "base64": b64(NUMBER),
    "base64url": b64url(NUMBER),
    "base32": base64.b32encode(NUMBER).decode(),
    "decimal": str(int(HEX, 16)),
    "32 numbers": json.dumps(list(NUMBER)),
    "hex in a path": f"/keys/{HEX}.txt",
    "hex behind other letters": "alice" + HEX,
    "hex before other letters": HEX + "h",
    "hex with a digit too many": HEX + "0",
    "hex with a zero at its end": HEX + "00",
    "hex, digit by digit": " ".join(HEX),
    "hex with CBOR before it": "5820" + HEX,
    "hex as xxd shows it": "\n".join(
        f"{at // 2:08x}: {lines(HEX[at : at + 32], 4, ' ')}" for at in (0, 32)
    ),
    "decimal with underscores": f"{int(HEX, 16):_}",
    "decimal with commas": f"{int(HEX, 16):,}",
    "decimal of JavaScript": f"{int(HEX, 16)}n",
    "a share of a secret": "1-" + HEX + "ab",
    "WIF with a letter wrong": b58check(b"\x80" + NUMBER + b"\x01")[:-1] + "1",
    "Stellar with a letter wrong": "S" + "A" * 54 + "B",
    "11 words of 12": WORDS.rsplit(" ", 1)[0],
    "12 words in another order": " ".join(sorted(WORDS.split())),
    "25 words of Monero": " ".join(["sequence", "atlas", "unveil", "different", "vegan"] * 5),
    "12 words, one of them mistyped": WORDS.rsplit(" ", 1)[0] + " zzyzx",
    "33 words of SLIP-39": " ".join(["academic", "acid", "acne"] * 11),
}

#: What people write into these fields, and what is public.
ORDINARY: dict[str, str] = {
    "a name": "Alice Moreau",
    "a name with brackets": "Alice (treasury)",
    "a long name": "International Treasury Operations Committee New York",
    "a name in one word": "InternationalTreasuryOperationsCommitteeNY1",
    "a sentence": "please make the two new keys for the vault before the end of march",
    "twelve words": "please send the new shares to alice before friday and call bob",
    "words about private keys": "Bob, custodian of the PRIVATE KEY ceremony",
    "words about secrets": "Secret santa committee, seed: none",
    "a node in a place": "seed: node in Frankfurt 1",
    "a phone number": "Key holder #1 of 3 (Zurich); phone +41 44 123 45 67",
    "a moment": "Recovery group for EU, 2026-11-26 12:00:00",
    "Arabic": "مرحبا بكم في الخزنة",
    "Russian": "Ключ хранителя номер один",
    "Japanese": "鍵の保管者\u3000田中",
    "an assignment": "a=b",
    "a user id": "did:privy:cm4k0z7gq00aol70f2m9x1c3b",
    "a node id": "coboA1pQe7Zr5TnVw3Xy9Ks2Hd8LgJf4Mb6Cq5Eu1Ri7Yo5Nt",
    "an id": "arh0t2k4l15um5ftu3vtq322",
    "a UUID": "7c1f4a90-52de-4c0b-9a35-0f3f5a6f2f11",
    "two UUIDs": "7c1f4a90-52de-4c0b-9a35-0f3f5a6f2f11 0c1f4a90-52de-4c0b-9a35-0f3f5a6f2f12",
    "an Ethereum address": "0x" + "ab" * 20,
    "a Bitcoin address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "a Solana address": b58(ED_PUBLIC),
    "xpub": XPUB,
    "a fingerprint of SSH": "SHA256:" + b64(NUMBER)[:43],
    "a URL": "https://example.com/a/b?c=d",
    "the address of a transaction": f"https://etherscan.io/tx/0x{HEX}",
    "Chinese": "国际资金管理委员会负责人和保管人名单",
    "Spanish": "la clave de la tesorería para los pagos de cada mes de marzo",
    "Korean": "재무 위원회 서명자 그룹",
    "a list of dates": "2026-01-02, 2026-02-03, 2026-03-04, 2026-04-05",
    "a version": "1.2.3 of 2026, build 4567",
    "SPKI": b64(SPKI),
    "SPKI in hex": SPKI.hex(),
    "PEM of a public key": PUBLIC_PEM,
    "a compressed point": COMPRESSED.hex(),
    "a point": POINT.hex(),
    "a point in base64": b64(POINT),
    "a public JWK": json.dumps(JWK_PUBLIC),
    "a public key of SSH": SSH_PUBLIC,
    "a public key of RSA": b64(RSA_SPKI),
}
