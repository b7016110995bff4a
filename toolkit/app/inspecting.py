"""What commands look at: a saved inventory, or what the credentials of the environment can see."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from toolkit import cobo, privy
from toolkit.base.outside import Variables
from toolkit.client.client import Client
from toolkit.errors import InputError
from toolkit.inventory.audit import audit
from toolkit.inventory.collect import collect
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.people import People
from toolkit.inventory.report import Report


def inventory_at(
    folder: str | Path | None,
    emulated: bool = False,
    env_file: str | None = None,
    quorum_ids: Iterable[str] = (),
) -> Inventory:
    """The inventory of a folder; without one, what can be seen now.

    Raises:
        InputError: no saved inventory, no credentials, or what reading them refuses.
    """
    if folder is not None:
        return Inventory.load(folder)
    with _clients(emulated, env_file) as clients:
        return collect(*clients, quorum_ids=quorum_ids, progress=sys.stderr.isatty())


@contextmanager
def _clients(emulated: bool, env_file: str | None) -> Iterator[list[Client]]:
    """A client for each pair of credentials that there is; closed in the end."""
    clients: list[Client] = []
    if emulated:
        from toolkit.emulator import Emulator

        world = Emulator.seeded()
        clients = [world.cobo_client(), world.privy_client()]
    else:
        variables = Variables(env_file)
        if variables.get("COBO_API_SECRET"):
            clients.append(cobo.Client.from_env(env_file=env_file))
        if variables.get("PRIVY_APP_ID"):
            clients.append(privy.Client.from_env(env_file=env_file))
    if not clients:
        raise InputError(
            "Nothing to look at: no folder and no credentials.",
            hint="Name a saved inventory, set COBO_API_SECRET, or PRIVY_APP_ID and "
            "PRIVY_APP_SECRET, or use --emulator.",
        )
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def report_of(inventory: Inventory, people: str | None, exclusions: str | None) -> Report:
    """The audit of an inventory, with the files that were named.

    Raises:
        InputError: a file that is none of ours.
    """
    directory = None if people is None else People.load(people)
    return audit(inventory, people=directory, exclusions=exclusions)


def written_to(report: Report, path: str, form: str | None, names: bool | None) -> Path:
    """A report in a file: in this form, or in the one that the file's ending says.

    Raises:
        InputError: an ending that says none, or a place that cannot be written.
    """
    if form is None:
        return report.save(path, names=names)
    return report.save_as(form, path, names=names)
