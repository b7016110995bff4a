"""No parameter is without effect on the emulator, and the page of all operations is current."""

from __future__ import annotations

from typing import Any

import pytest

from tests import parameters
from tests.parameters import OPERATIONS, PARAMETERS, Parameter
from toolkit import cobo, frames
from toolkit.emulator.vaults import Vaults


@pytest.fixture(scope="module")
def effects() -> dict[str, str]:
    """What another value of each parameter changes; without what is not told of yet."""
    return {} if untold() else parameters.effects()


def untold() -> list[str]:
    """What nobody has thought of, each with what to add."""
    missing = [
        f"{operation.name}: add a good request of it to REQUESTS in tests/parameters.py"
        for operation in OPERATIONS
        if parameters.told_of(parameters.REQUESTS, operation) is None
    ]
    for each in PARAMETERS:
        if not set(parameters.keys_of(each)) & set(parameters.OTHERS):
            missing.append(f"{each.key}: add another value of it to OTHERS in tests/parameters.py")
    for name in sorted(parameters.forms() - _filled()):
        missing.append(f"{name}: add its form, filled in, to FORMS in tests/parameters.py")
    return missing


def _filled() -> set[str]:
    """The own names of the operations whose form is filled in."""
    return {name.rpartition(".")[2] for name in parameters.FORMS}


def test_everything_is_told() -> None:
    """Each operation has a good request, each parameter another value, each form a filled one; nothing more."""
    assert untold() == []
    own = [operation.name for operation in OPERATIONS]
    once = {name for name in own if own.count(name) == 1}
    full = {parameters.full_name(operation) for operation in OPERATIONS}
    assert sorted(set(parameters.REQUESTS) - once - full) == []
    assert _filled() == parameters.forms()
    known = {key for each in PARAMETERS for key in parameters.keys_of(each)}
    assert sorted(set(parameters.OTHERS) - known) == []
    models = {parameters.answer_of(operation) for operation in OPERATIONS}
    assert sorted(set(parameters.TABLES) - models) == []
    tables = {name for names in parameters.TABLES.values() for name in names}
    assert {name.lower() for name in tables} <= set(frames.__all__)


@pytest.mark.parametrize("operation", OPERATIONS, ids=parameters.full_name)
def test_the_request_is_good(operation: Any) -> None:
    """It is carried out, with the documented status, and twice with the same outcome: only a parameter can differ."""
    if parameters.told_of(parameters.REQUESTS, operation) is None:
        pytest.fail(
            f"{operation.name}: add a good request of it to REQUESTS in tests/parameters.py"
        )
    first = parameters.outcome(operation)
    assert first[0] == operation.status, first[1]
    assert parameters.outcome(operation) == first


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if parameters.headers_of(each)],
    ids=parameters.full_name,
)
def test_the_headers_are_good(operation: Any) -> None:
    """With credentials, signatures and its own headers it is carried out: only a changed header can make a difference."""
    status, body, _ = parameters.with_headers(operation, {})
    assert status == operation.status, body


def test_every_parameter_has_an_effect(effects: dict[str, str]) -> None:
    """Another value of it changes the answer, the world after it, or whether it is refused at all."""
    assert untold() == []
    assert [key for key, effect in effects.items() if not effect] == []


def test_every_parameter_is_in_the_client() -> None:
    """The function that builds the call takes what the operation table names."""
    assert [each.key for each in PARAMETERS if not parameters.in_client(each)] == []


def test_a_parameter_without_effect_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the emulator overlooks a filter, or a field of a body, the outcome is the same, and that is seen."""
    kind = Parameter(
        cobo.operations.LIST_KEY_SHARE_HOLDER_GROUPS, "query", "key_share_holder_group_type"
    )
    assert parameters.effect(
        parameters.outcome(kind.operation), parameters.outcome(kind.operation, kind)
    )
    listed = Vaults.list_key_share_holder_groups

    def deaf(self: Vaults, received: Any, line: Any, vault_id: str) -> Any:
        target = received.target.partition("?")[0]
        plain = type(received)(
            received.method, received.scheme, received.host, target, received.headers, received.body
        )
        return listed(self, plain, line, vault_id)

    monkeypatch.setattr(Vaults, "list_key_share_holder_groups", deaf)
    good = parameters.outcome(kind.operation)
    assert parameters.effect(good, parameters.outcome(kind.operation, kind)) == ""


def test_the_page_is_current(effects: dict[str, str]) -> None:
    """docs/reference/operations.md is what the operation tables say now: run ``python -m tests.parameters``."""
    assert untold() == []
    assert parameters.PAGE.read_text() == parameters.page(effects)
