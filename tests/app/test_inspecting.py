"""``python -m toolkit audit``: a saved inventory, or what the credentials can see; exit codes that machines can trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.inventory.organisation import World
from toolkit import Inventory
from toolkit.__main__ import main
from toolkit.app.inspecting import inventory_at
from toolkit.errors import InputError
from toolkit.inventory.exclusions import Exclusions


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A saved inventory with one low finding and one high one."""
    world = World()
    world.quorum(1, "Zenobia Ben")
    world.quorum(2, "Ann Ben Cem Dee")
    return str(world.inventory().save(tmp_path / "look"))


@pytest.mark.parametrize(("fail_on", "code"), [("high", 14), ("low", 14), ("note", 14)])
def test_by_the_worst(folder: str, fail_on: str, code: int) -> None:
    """It ends by the worst that was found, and prints the report."""
    result = run(folder, "--fail-on", fail_on)
    assert result.exit_code == code
    assert "HIGH    One person can approve alone" in result.stdout


def test_well_is_zero(tmp_path: Path) -> None:
    """Where nothing from --fail-on up is found it ends with 0; an empty inventory with 3."""
    world = World()
    world.quorum(2, "Ann Ben Cem Dee")
    place = str(world.inventory().save(tmp_path / "look"))
    assert run(place, "--fail-on", "high").exit_code == 0
    assert run(place).exit_code == 12
    empty = str(Inventory(0, 0).save(tmp_path / "empty"))
    assert run(empty, "--fail-on", "high").exit_code == 3


def test_wrong_arguments_are_two(folder: str, tmp_path: Path) -> None:
    """A folder that is not there, an unknown form or severity, credentials beside a folder: 2. A folder of something else: 1."""
    assert run(str(tmp_path / "nowhere")).exit_code == 2
    assert run(folder, "--format", "pdf").exit_code == 2
    assert run(folder, "--fail-on", "good").exit_code == 2
    assert run(folder, "--emulator").exit_code == 2
    result = run(str(tmp_path))
    assert result.exit_code == 1
    assert "no saved inventory" in result.output


def test_without_anything_it_says_what_to_do() -> None:
    """Without a folder and without credentials, it names both."""
    result = run()
    assert result.exit_code == 1
    assert "COBO_API_SECRET" in result.output
    with pytest.raises(InputError, match="no folder and no credentials"):
        inventory_at(None)


def test_the_emulator() -> None:
    """--emulator looks at the built-in world, through clients."""
    result = run("--emulator", "--fail-on", "high", "--format", "json")
    assert result.exit_code == 14
    document = json.loads(result.stdout)
    assert document["environments"] == ["EMULATOR"]
    assert document["findings"]


def test_into_a_file(folder: str, tmp_path: Path) -> None:
    """The ending says the form, or --format does; names stand in SARIF only where they are asked for."""
    for name, more, named in (
        ("a.sarif", (), False),
        ("b.sarif", ("--names",), True),
        ("c.html", (), True),
        ("d.txt", ("--no-names",), False),
    ):
        place = tmp_path / name
        result = run(folder, "--out", str(place), *more)
        assert result.exit_code == 14
        assert result.stdout.startswith("Written: ")
        assert ("Zenobia" in place.read_text()) == named
    forced = tmp_path / "e.out"
    assert run(folder, "--format", "junit", "--out", str(forced)).exit_code == 14
    assert forced.read_text().startswith("<?xml")
    assert run(folder, "--out", str(tmp_path / "f.out")).exit_code == 1


def test_files_beside_it(tmp_path: Path) -> None:
    """Exclusions and people come from the files that are named."""
    world = World()
    quorum = world.quorum(1, "Ann Ben")
    world.exclude("quorum.alone", {"quorum": quorum.id})
    inventory = world.inventory()
    place = str(inventory.save(tmp_path / "look"))
    aside = str(Exclusions(tuple(world.exclusions)).save(tmp_path / "aside.json"))
    people = str(inventory.people.with_seat("another", "Xanthe").save(tmp_path / "people.json"))
    assert run(place, "--fail-on", "high").exit_code == 14
    result = run(place, "--fail-on", "high", "--exclusions", aside, "--people", people)
    assert result.exit_code == 0, result.output
    assert "ASIDE" in result.stdout
