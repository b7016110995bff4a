"""The vendors' OpenAPI files, read from beside the project: what they document of an operation.

They are not copied into the project. Where they are absent CI fails, and elsewhere the tests say that they did not run.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

#: Beside the project, or beside the folder of its worktrees.
PLACES = [
    folder / "shared" / "reference" / "specs" for folder in Path(__file__).resolve().parents[2:4]
]
SPECS = next((place for place in PLACES if place.is_dir()), PLACES[0])
FILES = {"cobo": "cobo_openapi.yaml", "privy": "privy_openapi.json"}
Schema = Mapping[str, Any]


def needed() -> None:
    """To be called first: without the files nothing runs, and in CI that is a failure."""
    if all((SPECS / name).exists() for name in FILES.values()):
        return
    if os.environ.get("CI"):
        pytest.fail(f"{SPECS} is absent: the specifications must be compared in CI")
    pytest.skip(f"NOT RUN: the specifications are not at {SPECS}")


@functools.cache
def file_of(service: str) -> Any:
    text = (SPECS / FILES[service]).read_text()
    if service == "privy":
        return json.loads(text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506  # both are safe loaders


def resolved(service: str, thing: Any) -> Any:
    """What a reference leads to; anything else as it is."""
    while isinstance(thing, Mapping) and "$ref" in thing:
        target: Any = file_of(service)
        for part in thing["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        thing = target
    return thing


def documented(operation: Any) -> Any:
    """The vendor's description of an operation; None where there is none."""
    item = file_of(operation.service)["paths"].get(operation.path, {})
    return item.get(operation.method.lower())


def parameters(operation: Any, place: str) -> dict[str, Schema]:
    """The documented parameters of an operation in a place: ``path``, ``query``, ``header``."""
    service = operation.service
    there = [resolved(service, each) for each in documented(operation).get("parameters", ())]
    return {each["name"]: each for each in there if each["in"] == place}


def _json(service: str, thing: Any) -> Schema | None:
    for kind, content in resolved(service, thing).get("content", {}).items():
        if "json" in kind:
            schema: Schema = content["schema"]
            return schema
    return None


def asked(operation: Any) -> Schema | None:
    """The schema of the body that an operation takes; None where it takes none."""
    body = documented(operation).get("requestBody")
    return None if body is None else _json(operation.service, body)


def statuses(operation: Any) -> set[int]:
    """The documented statuses of success."""
    return {int(code) for code in documented(operation)["responses"] if code.startswith("2")}


def answered(operation: Any) -> Schema | None:
    """The schema of the answer to an operation that went well."""
    answers = documented(operation)["responses"]
    return _json(operation.service, answers[str(operation.status)])


def variants(service: str, schema: Any) -> Iterator[Schema]:
    """What a schema may be: each of its alternatives, with what it is made of merged in."""
    schema = resolved(service, schema)
    for name in ("oneOf", "anyOf"):
        if name in schema:
            for each in schema[name]:
                yield from variants(service, each)
            if not schema.get("properties"):
                return
    merged: dict[str, Any] = dict(schema)
    for part in schema.get("allOf", ()):
        for each in variants(service, part):
            properties = {**merged.get("properties", {}), **each.get("properties", {})}
            required = [*merged.get("required", ()), *each.get("required", ())]
            merged = {**each, **merged, "properties": properties, "required": required}
    yield merged


def fields(service: str, schema: Any) -> dict[str, tuple[Schema, bool]]:
    """The fields of an object by name, each with whether every variant of the object must have it."""
    found: dict[str, Schema] = {}
    needs: list[set[str]] = []
    for variant in variants(service, schema):
        if not variant.get("properties"):
            continue
        needs.append(set(variant.get("required", ())))
        for name, field in variant["properties"].items():
            found.setdefault(name, field)
    always = set.intersection(*needs) if needs else set()
    return {name: (field, name in always) for name, field in found.items()}


def items(service: str, schema: Any) -> Schema | None:
    """The schema of what stands in an array; None where it is no array."""
    for variant in variants(service, schema):
        if variant.get("type") == "array" or "items" in variant:
            content: Schema = variant["items"]
            return content
    return None


def words(service: str, schema: Any) -> set[str]:
    """The words that a text may be, where they are listed; empty where it may be any."""
    listed: set[str] = set()
    for variant in variants(service, schema):
        if "const" in variant:
            listed.add(str(variant["const"]))
        elif "enum" in variant:
            listed |= {str(word) for word in variant["enum"] if word is not None}
        elif variant.get("type") == "string":
            return set()
    return listed


def limits(service: str, schema: Any) -> dict[str, Any]:
    """Lengths, sizes and bounds that a schema states."""
    names = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern")
    stated: dict[str, Any] = {}
    for variant in variants(service, schema):
        for name in names:
            if name in variant:
                stated[name] = variant[name]
    return stated
