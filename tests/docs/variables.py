"""``docs/reference/variables.md``: every environment variable that the toolkit knows."""

from __future__ import annotations

#: Name, who reads it, what it says.
READ = {
    "COBO_API_SECRET": "Private half of the Cobo API key: hex or PEM. `cobo.Client.from_env()`, `check`, `audit`.",
    "COBO_CURVE_TYPE": "Its curve: `ED25519` (the default) or `SECP256K1`.",
    "COBO_ENV": "Cobo's environment, as its command line exports it: `dev` (the default), `prod` or `sandbox`.",
    "COBO_ENVIRONMENT": "The same in its other spelling; where both are set they must agree.",
    "COBO_API_HOST": "The same as an address; it must be one of Cobo's own, and agree with the others.",
    "COBO_API_KEY": "Public half of the API key: where it is set it must belong to the private one.",
    "PRIVY_APP_ID": "Id of the Privy app. `privy.Client.from_env()`, `check`, `audit`.",
    "PRIVY_APP_SECRET": "Its secret.",
    "PRIVY_API_BASE_URL": "Another address than `https://api.privy.io`, such as an emulator's.",
    "QUORUM_TOOLKIT_JOURNAL": "Another place for the journal than the user's state folder; `:memory:` for none that stays.",
    "QUORUM_TOOLKIT_NAMES": "Another place for your names of keys; `:memory:` for none that stays.",
    "QUORUM_TOOLKIT_ALLOW_CREDENTIALS_ON_BINDER": "`yes`: real credentials are taken on Binder, where others may read them.",
}
#: Names that stand only in the curl and Python that a form shows.
SHOWN = {
    "COBO_API_SIGNATURE": "Signature of the request, made elsewhere.",
    "PRIVY_AUTHORIZATION_SIGNATURE": "Signatures of the members, joined by commas.",
    "PRIVY_AUTHORIZATION_KEY_": "And a number: a member's private key.",
    "PRIVY_INTENT_SIGNATURE": "A member's signature over an intent.",
}
HEAD = """# Environment variables

<!-- Made from `tests/docs/variables.py` by `python -m tests.docs`; a test keeps it whole. -->

None is read from a file unless you name the file: `from_env(env_file=".env")`, `check --env-file .env`. A value is cleaned of what programs leave around it and never repeated in an error. `HTTPS_PROXY` and `SSL_CERT_FILE` are not read: see [proxies and certificates](../how-to/proxies.md).

| variable | what it says |
|---|---|
"""
MIDDLE = """
## Only in generated code

The curl and Python that a form shows take secrets and signatures from these; the toolkit itself reads none of them.

| variable | what it says |
|---|---|
"""


def page() -> str:
    """The page as it should be."""
    return HEAD + _rows(READ) + MIDDLE + _rows(SHOWN)


def _rows(variables: dict[str, str]) -> str:
    return "".join(f"| `{name}` | {what} |\n" for name, what in variables.items())
