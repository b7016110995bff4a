"""The values of a column as pandas has them: each kind its dtype, texts inert, whatever is missing
told as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from msgspec import UNSET

from toolkit.base.inert import inert_texts

LATEST_MS = 253_402_300_800_000  # the year 10000
LARGEST = 2**63 - 1  # a larger number is missing in a table, as is a moment that no calendar has
NOT_A_TIME = np.iinfo(np.int64).min  # as numpy has it


def array(kind: str, words: Sequence[str], values: Sequence[Any]) -> Any:
    """The values of one column, None or UNSET where one is missing, as an array of the kind's
    dtype.
    """
    if UNSET in values:
        values = [None if value is UNSET else value for value in values]
    match kind:
        case "integer":
            return pd.array([_number(value) for value in values], dtype="Int64")
        case "flag":
            return pd.array(values, dtype="boolean")
        case "moment":
            stamps = np.fromiter(map(_stamp, values), dtype=np.int64, count=len(values))
            return pd.DatetimeIndex(stamps.view("datetime64[ms]")).tz_localize("UTC")
        case "word":
            return _categorical(words, values)
    return _texts(values)


def repeated(values: Any, counts: Sequence[int]) -> Any:
    """Each value as often as its count says."""
    return values.take(np.repeat(np.arange(len(counts)), counts))


def _number(value: int | None) -> int | None:
    return None if value is None or abs(value) > LARGEST else value


def _stamp(value: int | None) -> int:
    return NOT_A_TIME if value is None or abs(value) >= LATEST_MS else value


def _categorical(words: Sequence[str], values: Sequence[str | None]) -> pd.Categorical:
    new = sorted({value for value in values if value is not None} - set(words))
    categories = [*words, *new]
    position = {word: at for at, word in enumerate(categories)}
    codes = np.fromiter(
        (-1 if value is None else position[value] for value in values),
        dtype=np.int64,
        count=len(values),
    )
    labels = pd.Index(inert_texts(categories), dtype=object)
    return pd.Categorical.from_codes(codes, categories=labels)


def _texts(values: Sequence[str | None]) -> Any:
    texts: Any = [pd.NA if text is None else text for text in inert_texts(values)]
    return pd.array(texts, dtype=pd.StringDtype("python"))
