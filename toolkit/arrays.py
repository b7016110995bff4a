"""The values of a column as pandas has them: each kind its dtype, texts inert, whatever is missing
told as missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import UNSET

from toolkit.base.inert import inert_texts

LATEST_MS = 253_402_300_800_000  # the year 10000
LARGEST = 2**63 - 1  # a larger number is missing in a table, as is a moment that no calendar has
MISSING = (None, UNSET)
_SAID: Mapping[Any, int] = {False: 0, True: 1, **dict.fromkeys(MISSING, 2)}
NOT_A_TIME = np.iinfo(np.int64).min  # as numpy has it


def array(kind: str, words: Sequence[str], values: Sequence[Any]) -> Any:
    """The values of one column, None or UNSET where one is missing, as an array of the kind's
    dtype.
    """
    if len(values) > 1 and values[0] is values[-1] and values.count(values[0]) == len(values):
        return repeated(array(kind, words, values[:1]), [len(values)])
    match kind:
        case "integer":
            return _numbers(values)
        case "flag":
            return _flags(values)
        case "moment":
            return pd.DatetimeIndex(_stamps(values).view("datetime64[ms]")).tz_localize("UTC")
        case "word":
            return _categorical(words, values)
    return _texts(values)


def repeated(values: Any, counts: Sequence[int]) -> Any:
    """Each value as often as its count says."""
    return values.take(np.repeat(np.arange(len(counts)), counts))


def _ints(values: Sequence[Any]) -> npt.NDArray[np.int64] | None:
    """All at once, as most columns can be; None where one is missing, too large or no int."""
    if set(map(type, values)) != {int}:
        return None
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return None


def _numbers(values: Sequence[Any]) -> Any:
    numbers = _ints(values)
    if numbers is None or numbers.min() < -LARGEST:
        return pd.array([_number(value) for value in values], dtype="Int64")
    return pd.arrays.IntegerArray(numbers, np.zeros(len(numbers), dtype=bool))


def _number(value: Any) -> int | None:
    return None if value in MISSING or abs(value) > LARGEST else value


def _stamps(values: Sequence[Any]) -> npt.NDArray[np.int64]:
    stamps = _ints(values)
    if stamps is None:
        return np.fromiter(map(_stamp, values), dtype=np.int64, count=len(values))
    stamps[(stamps >= LATEST_MS) | (stamps <= -LATEST_MS)] = NOT_A_TIME
    return stamps


def _stamp(value: Any) -> int:
    return NOT_A_TIME if value in MISSING or abs(value) >= LATEST_MS else value


def _flags(values: Sequence[Any]) -> Any:
    said = np.fromiter(map(_SAID.__getitem__, values), dtype=np.int8, count=len(values))
    return pd.arrays.BooleanArray(said == _SAID[True], said == _SAID[None])


def _categorical(words: Sequence[str], values: Sequence[Any]) -> pd.Categorical:
    categories = list(words)
    try:
        codes = _codes(categories, values)
    except KeyError:  # a word that is new; values are looked through twice only then
        categories += sorted(word for word in set(values) - set(words) if word not in MISSING)
        codes = _codes(categories, values)
    labels = pd.Index(inert_texts(categories), dtype=object)
    return pd.Categorical.from_codes(codes, categories=labels)


def _codes(categories: Sequence[str], values: Sequence[Any]) -> npt.NDArray[np.int64]:
    position: dict[Any, int] = {word: at for at, word in enumerate(categories)}
    position |= dict.fromkeys(MISSING, -1)
    return np.fromiter(map(position.__getitem__, values), dtype=np.int64, count=len(values))


def _texts(values: Sequence[Any]) -> Any:
    texts = np.empty(len(values), dtype=object)
    try:
        texts[:] = inert_texts(values)
    except TypeError:  # something is missing; most columns are looked through once only
        texts[:] = values
        present = np.array([value is not None and value is not UNSET for value in values])
        texts[present] = inert_texts(texts[present].tolist())
        texts[~present] = pd.NA
    return pd.array(texts, dtype=pd.StringDtype("python"), copy=False)
