"""An API key for a real account: made, and checked."""

from __future__ import annotations

import json

import click

from toolkit.commands.terminal import examples, refusals, say
from toolkit.findings import Finding


@click.command(
    epilog=examples("keypair ~/cobo-api.pem", "keypair ~/cobo-api.pem --curve SECP256K1")
)
@click.argument("path")
@click.option(
    "--curve", type=click.Choice(["ED25519", "SECP256K1"]), default="ED25519", show_default=True
)
def keypair(path: str, curve: str) -> None:
    """Make a Cobo API key: the private half goes into PATH, the public half is printed.

    Paste the public half into the Portal (Developer console, API keys). Once an Admin has approved
    it, confirm with the command that is printed.
    """
    from toolkit.base.owner_only import privacy
    from toolkit.keys import Ed25519Key, Secp256k1Key
    from toolkit.request.snippets import quoted_path

    key = Ed25519Key.generate() if curve == "ED25519" else Secp256k1Key.generate()
    with refusals():
        saved = key.save(path)
    say(f"Private half: {saved} ({privacy()}; never share it)")
    # for bash and zsh; -- because a name may begin with a dash
    say(
        f'Confirm with:  COBO_API_SECRET="$(cat -- {quoted_path(saved)})" '
        f"COBO_CURVE_TYPE={curve} python -m toolkit check"
    )
    say(f"Public half:  {key.public.to_hex()}")


@click.command(epilog=examples("check", "check --emulator", "check --env-file .env --json"))
@click.option(
    "--emulator",
    "emulated",
    is_flag=True,
    help="Check the built-in emulator instead of real accounts.",
)
@click.option("--proxy", metavar="URL", help="A company's proxy; HTTPS_PROXY is not read.")
@click.option(
    "--ca-bundle", type=click.Path(dir_okay=False), help="A company's certificates (PEM)."
)
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False),
    help="Read the variables from this file of NAME=value lines, instead of the environment.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document, once all was looked at.")
def check(
    emulated: bool, proxy: str | None, ca_bundle: str | None, env_file: str | None, as_json: bool
) -> None:
    """Read-only: do the credentials of the environment work, where, and what may the key do?

    Reads COBO_API_SECRET (with COBO_CURVE_TYPE, COBO_ENV, COBO_ENVIRONMENT or COBO_API_HOST) and
    PRIVY_APP_ID, PRIVY_APP_SECRET (with PRIVY_API_BASE_URL), whichever are set. Ends with 1 if
    anything is bad, with 3 if something could not be judged: nobody was reached, or no usable
    answer came.
    """
    from toolkit.app.check import checked, document, exit_code, line_of

    findings: list[Finding] = []
    with refusals():
        for finding in checked(emulated, env_file, {"proxy": proxy, "ca_bundle": ca_bundle}):
            findings.append(finding)
            if not as_json:
                say(line_of(finding))
    if not findings:
        raise click.ClickException(
            "No credentials: set COBO_API_SECRET, or PRIVY_APP_ID and PRIVY_APP_SECRET, or use "
            "--emulator."
        )
    if as_json:
        say(json.dumps(document(findings)))
    raise SystemExit(exit_code(findings))
