"""What a form is: its operation, its words, and how what stands in its fields becomes a call and a
meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import ipywidgets as w

from toolkit.client.client import Client
from toolkit.findings import Finding, Path, path_text
from toolkit.forms.preview import Spelling
from toolkit.keys.signer import Signer
from toolkit.request.call import Call, Operation
from toolkit.request.prepared import Prepared

T = TypeVar("T")


def _nothing(*_: Any) -> None:
    """A form that has nothing to do there."""


@dataclass(frozen=True, kw_only=True)
class FormSpec(Generic[T]):
    """Everything that a form is. ``CallForm`` only draws it.

    ``insists``: inferred rules that this form does not let anyone break. ``told_elsewhere``: rules
    that the form tells in its own words, or knows better, just now. ``alarming``: rules that may be
    acknowledged and are drawn in red, such as that another group ends.
    """

    operation: Operation[Any]
    client_class: type[Client]
    spelling: Spelling
    title: str
    act: str = "Send"
    done: str = "Done"
    then: str = "Change a field to make another."
    undone: str = "made"
    insists: frozenset[str] = frozenset()
    alarming: frozenset[str] = frozenset()

    #: The call that the fields make. Raises InputError where they make none.
    call: Callable[[], Call[T]]
    #: What the fields say, as one value that ``fill`` takes; None for a form without fields.
    fields: Callable[[], Any] = field(default=lambda: None)
    #: Set every field, as if it was typed.
    fill: Callable[[Any], None] = _nothing
    #: Of the fields, what may come back when the cell is run again: nothing that may be a secret.
    to_keep: Callable[[Any], Any] = field(default=lambda fields: fields)
    #: The fields as the form begins, where that changes with what it has done.
    begins_with: Callable[[], Any] | None = None
    #: What else than the operation this form is about, such as the quorum that is changed.
    subject: tuple[Hashable, ...] = ()
    #: Ids of what it shows: when one of them is changed elsewhere, it may be older than the truth.
    ground: Callable[[], Collection[str]] = tuple
    #: Before and after, line by line, where it changes what is there.
    changes: Callable[[], Sequence[tuple[str, str]]] = tuple
    #: HTML for the result.
    result: Callable[[T], str]
    #: Put each finding beside its field, and redraw what it all means.
    show: Callable[[Sequence[Finding]], None] = _nothing
    #: What only the form can see, such as an empty row.
    findings: Callable[[], Iterable[Finding]] = tuple
    told_elsewhere: Callable[[], frozenset[str]] = frozenset
    #: The keys that sign, where members must.
    signers: Callable[[], Sequence[Signer]] = tuple
    #: The form's word for a field of the request, given by where it stands there.
    label: Callable[[Path], str] = path_text
    #: What the preview shows of it, where the form knows more than the request.
    as_shown: Callable[[Prepared[T]], Prepared[T]] = field(default=lambda prepared: prepared)
    #: What was prepared for a call before, and signed elsewhere: it is shown and sent as it is.
    ready_made: Callable[[Call[T]], Prepared[T] | None] = field(default=lambda call: None)
    #: Further pages of the preview, by their titles, drawn from the request.
    pages: Mapping[str, Callable[[Prepared[T]], str]] = field(default_factory=dict)
    #: Whether a call of an earlier run is about the same thing as this form.
    about: Callable[[Call[T]], bool] = field(default=lambda call: True)
    #: What the form itself takes from a result, e.g. that the quorum is another one now.
    learn: Callable[[T], None] = _nothing
    #: What is at hand once it is done: the next step.
    follow: Callable[[T], Sequence[w.Widget]] = field(default=lambda value: ())
    #: Whether something that it has begun goes on, such as following a TSS request.
    goes_on: Callable[[], bool] = field(default=lambda: False)
    #: Read once more what could not be read before.
    read_again: Callable[[], None] = _nothing
    #: Called after the form has looked at its fields.
    looked: Callable[[], None] = _nothing
    #: Whether, once it is done, the fields say what is there by now.
    nothing_left: Callable[[], bool] = field(default=lambda: False)
    #: Whether each press is a new question, as for a read without fields.
    asks_anew: bool = False
