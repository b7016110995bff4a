"""From JSON and plain values to models.

msgspec learns a model's fields when the model is first read into, and keeps them on the class while
it still learns. A second thread that reads into the same model meanwhile works with the unfinished
half, and the interpreter dies. So models are learned here, one thread at a time, before anything is
read into them; nothing else in the package asks msgspec to.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Any, TypeVar, cast

import msgspec

from toolkit.base.forked import renewed_in_a_child

T = TypeVar("T")


class _Models:
    """A decoder for each model that was read into."""

    def __init__(self) -> None:
        self._decoders: dict[Hashable, msgspec.json.Decoder[Any]] = {}
        self.begin_anew()
        renewed_in_a_child(self)

    def begin_anew(self) -> None:
        """Another thread of the parent may have had the lock. What it learned is kept."""
        self._learning = threading.Lock()

    def decoder(self, kind: Any) -> msgspec.json.Decoder[Any]:
        """The one of this model, which is learned by now."""
        name = cast("Hashable", kind)
        decoder = self._decoders.get(name)
        if decoder is not None:
            return decoder
        with self._learning:
            return self._decoders.setdefault(name, msgspec.json.Decoder(kind))


_MODELS = _Models()


def decoded(content: bytes | str, kind: type[T]) -> T:
    """JSON as a ``kind``.

    Raises:
        msgspec.DecodeError: it is no JSON, or of another shape.
        UnicodeDecodeError: it is not in UTF-8.
        RecursionError: it is nested too deeply.
    """
    value: T = _MODELS.decoder(kind).decode(content)
    return value


def converted(value: object, kind: type[T]) -> T:
    """Plain values as a ``kind``. Raises msgspec.ValidationError, or RecursionError."""
    _MODELS.decoder(kind)
    return msgspec.convert(value, kind)
