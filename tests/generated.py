"""Values at random: every model, every call and every prepared request, from their types alone.

A model or an operation that is added tomorrow is generated tomorrow, without a word here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec import inspect as types

from toolkit.cobo import models as cobo_models
from toolkit.cobo import operations as cobo_operations
from toolkit.privy import intents as privy_intents
from toolkit.privy import models as privy_models
from toolkit.privy import operations as privy_operations
from toolkit.request.call import CURSORS, Call, Operation

#: Texts that lead somewhere else than they look.
HOSTILE = (
    "", " ", "<b onmouseover=alert(1)>", "</div><script>alert(1)</script>", "{{ 7*7 }}", "$x$",
    "=1+1", "a\u202eb", "a\u200bb", "a\nb", "\x1b[31m", "\\u003c", "\0", "NaN", "null", "None", "é",
)  # fmt: skip
TEXT = st.text(max_size=12) | st.sampled_from(HOSTILE)
NUMBER = st.integers(-(2**53) + 1, 2**53 - 1)  # what canonical JSON can write
ID = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12
).filter(lambda text: text.strip() and text not in (".", ".."))


# ---- models --------------------------------------------------------------------------------------


def _structs(module: ModuleType) -> Iterable[Any]:
    for kind in vars(module).values():
        ours = isinstance(kind, type) and kind.__module__ == module.__name__
        if ours and issubclass(kind, msgspec.Struct) and not getattr(kind, "__parameters__", ()):
            yield kind


def _pages(module: ModuleType) -> Iterable[Any]:
    """A page is of something: of each thing that an operation lists."""
    kinds = [operation.returns for operation in module.OPERATIONS]
    return [kind for kind in kinds if get_origin(kind) not in (None, list)]


#: Every model by its name: ``cobo.Page[MPCVault]``.
MODELS: dict[str, Any] = {}
for _vendor, _module, _operations in (
    ("cobo", cobo_models, cobo_operations),
    ("privy", privy_models, privy_operations),
    ("privy", privy_intents, privy_operations),
):
    for _kind in (*_structs(_module), *_pages(_operations)):
        _item = "".join(f"[{each.__name__}]" for each in getattr(_kind, "__args__", ()))
        MODELS[f"{_vendor}.{_kind.__name__}{_item}"] = _kind


def models(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a model, or of anything that can stand in one."""
    return _values(types.type_info(kind))


def _values(kind: types.Type) -> st.SearchStrategy[Any]:
    return _BY_TYPE[type(kind)](kind)


def _built(kind: Any) -> st.SearchStrategy[Any]:
    """A struct or a dataclass: what has a default may be left out, too."""
    required = {each.name: _field(each) for each in kind.fields if each.required}
    optional = {each.name: _field(each) for each in kind.fields if not each.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: kind.cls(**given))


def _field(field: types.Field) -> st.SearchStrategy[Any]:
    if field.default is UNSET:
        return st.just(UNSET) | _values(field.type)
    return _values(field.type)


def _listed(kind: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(_values(kind.item_type), max_size=3)


_BY_TYPE: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    types.StructType: _built,
    types.DataclassType: _built,
    types.UnionType: lambda kind: st.one_of(*map(_values, kind.types)),
    types.ListType: _listed,
    types.VarTupleType: lambda kind: _listed(kind).map(tuple),
    types.DictType: lambda kind: st.dictionaries(
        _values(kind.key_type), _values(kind.value_type), max_size=3
    ),
    types.StrType: lambda kind: TEXT,
    types.IntType: lambda kind: NUMBER,
    types.FloatType: lambda kind: NUMBER.map(float),  # JSON has one kind of number
    types.BoolType: lambda kind: st.booleans(),
    types.NoneType: lambda kind: st.none(),
    # what a service's JSON may be where its models do not say
    types.AnyType: lambda kind: (
        st.none()
        | TEXT
        | NUMBER
        | st.lists(TEXT, max_size=2)
        | st.dictionaries(TEXT, NUMBER, max_size=2)
    ),
}


# ---- calls ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """An operation, and the function of ours that asks for it."""

    service: str
    operation: Operation[Any]
    ask: Callable[..., Call[Any]]


ASKED = {
    f"{service}.{operation.name}": Asked(service, operation, getattr(module, operation.name))
    for service, module in (("cobo", cobo_operations), ("privy", privy_operations))
    for operation in module.OPERATIONS
}


def calls(asked: Asked) -> st.SearchStrategy[Call[Any]]:
    """Calls with arguments of every kind that the function takes."""
    hints = get_type_hints(asked.ask)
    required, optional = {}, {}
    for name, parameter in inspect.signature(asked.ask).parameters.items():
        values = _arguments(hints[name], is_id=name in asked.operation.placeholders)
        if name in asked.operation.query and name not in CURSORS:
            values = values.filter(_looks_for_something)
        if parameter.default is parameter.empty:
            required[name] = values
        else:
            optional[name] = values
    given = st.fixed_dictionaries(required, optional=optional)
    return given.map(lambda arguments: asked.ask(**arguments))


def _looks_for_something(value: object) -> bool:
    """An empty filter is refused before there is a call."""
    return value not in ("", [], [""])


def _arguments(hint: Any, *, is_id: bool) -> st.SearchStrategy[Any]:
    if is_id:
        return ID
    if Iterable in {get_origin(each) for each in (hint, *get_args(hint))}:
        return st.lists(TEXT, max_size=3)
    return models(hint)
