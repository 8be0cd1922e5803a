"""The kinds of values templates know, and how each becomes text, a number or a list, charged to the budget."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

from runner.reading.template_faults import LARGEST_NUMBER, Budget, Complaint, TemplateFault, too_costly


class Missing:
    """Stands for a name nobody gave, where a template may ask whether it is there."""

    __slots__ = ("_tell",)

    def __init__(self, tell: Callable[[], TemplateFault]) -> None:
        self._tell = tell

    @property
    def fault(self) -> TemplateFault:
        """Worked out only when it is needed: looking for the likely name takes a while."""
        return self._tell()


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def kind_of(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "a yes or no"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def text_of(value: object, budget: Budget) -> str:
    """Text and numbers as words. All else has no one spelling a prompt could want."""
    if isinstance(value, str):
        return value
    if is_number(value):
        budget.spend()
        return str(value)
    if is_list(value):
        raise Complaint("a list is no text", "join it: `| join(', ')`")
    if isinstance(value, Mapping):
        raise Complaint("a mapping is no text", "name one of its members with a dot")
    if value is None:
        raise Complaint("there is nothing here to write", "give it a value, or `| default('…')` with an `if`")
    raise Complaint("a yes or no is no text", "choose the words: `{{ 'lit' if it else 'dark' }}`")


def checked_number(value: float) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        too_costly("a number in the template is too large")
    if abs(value) > LARGEST_NUMBER:
        too_costly("a number in the template is too large")
    return value


def number_of(value: object, what: str) -> int | float:
    if not is_number(value):
        raise Complaint(f"{what} needs a number, found {kind_of(value)}")
    return value


def whole_of(value: object, what: str) -> int:
    if not is_number(value) or not isinstance(value, int):
        raise Complaint(f"{what} needs a whole number, found {kind_of(value)}")
    return value


def items_of(value: object, budget: Budget, what: str) -> list[Any]:
    """A list as it is, a mapping's keys, a text's characters."""
    if not isinstance(value, str | Mapping | Sequence):
        raise Complaint(f"{what} needs a list, found {kind_of(value)}")
    budget.room_for_list(len(value))
    return list(value)


def scalars_of(value: object, budget: Budget, what: str) -> list[Any]:
    found = items_of(value, budget, what)
    for item in found:
        if is_list(item) or isinstance(item, Mapping):
            raise Complaint(f"{what} needs a list of plain values, found {kind_of(item)} in it")
    return found


def equal(one: object, other: object, budget: Budget) -> bool:
    """Step by step, since two small lists of lists of lists may hold more pairs than there are atoms."""
    waiting: list[tuple[object, object]] = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        budget.spend()
        if isinstance(left, str) and isinstance(right, str):
            budget.spend(min(len(left), len(right)) // 50)
        if is_list(left) and is_list(right):
            if len(left) != len(right):
                return False
            budget.spend(len(left))
            waiting.extend(zip(left, right, strict=True))
        elif isinstance(left, Mapping) and isinstance(right, Mapping):
            if left.keys() != right.keys():
                return False
            budget.spend(len(left))
            waiting.extend((left[name], right[name]) for name in left)
        elif kind_of(left) != kind_of(right) or left != right:
            return False
    return True
