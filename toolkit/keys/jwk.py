"""JSON Web Keys. Source: RFC 7517, RFC 7518 and RFC 8037."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from toolkit.keys import wrappings
from toolkit.keys.der import Recognised, of_native

# What is told by the JWK as a whole: its public members, and the private ones.
TOLD_MEMBERS = frozenset(
    [
        *("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops", "ext"),
        *("x5t", "x5t#S256", "x5c", "x5u", "iat", "nbf", "exp"),
        *("d", "p", "q", "dp", "dq", "qi", "k"),
    ]
)
_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "secp256k1": ec.SECP256K1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
# What a refusal repeats; another word could be anything.
_SAID = (*_CURVES, "Ed25519", "Ed448", "X25519", "X448", "EC", "OKP", "RSA", "oct")


def of_jwk(members: dict[str, Any]) -> Recognised:
    """What a JWK is: a key that loads, or one of another curve or kind."""
    curve, kty = str(members.get("crv", "")), str(members.get("kty", ""))
    shown = next((word for word in (curve, kty) if word in _SAID), "an unknown kind")
    private = "d" in members or kty == "oct"
    half = "private" if private else "public"
    plain = Recognised(f"a {half} JWK (JSON Web Key) of {shown}", "yes" if private else "no")
    try:
        native = _native_of_jwk(members, curve)
    except (KeyError, TypeError, ValueError, AttributeError, UnsupportedAlgorithm):
        return replace(plain, trouble="does not load: its numbers are not those of a key")
    return plain if native is None else of_native(native, "JWK")


def _native_of_jwk(members: dict[str, Any], curve: str) -> Any:
    numbers = {
        name: wrappings.of_base64(members[name]) for name in ("x", "y", "d") if name in members
    }
    if curve == "Ed25519":
        public = ed25519.Ed25519PublicKey.from_public_bytes(numbers["x"])
        if "d" not in numbers:
            return public
        private = ed25519.Ed25519PrivateKey.from_private_bytes(numbers["d"])
        return _with_its_half(private, public)
    if curve not in _CURVES:
        return None
    x, y = (int.from_bytes(numbers[name], "big") for name in ("x", "y"))
    point = ec.EllipticCurvePublicNumbers(x, y, _CURVES[curve]).public_key()
    if "d" not in numbers:
        return point
    return _with_its_half(
        ec.derive_private_key(int.from_bytes(numbers["d"], "big"), _CURVES[curve]), point
    )


def _with_its_half(private: Any, public: Any) -> Any:
    if private.public_key() != public:
        raise ValueError("the halves are of two keys")
    return private
