"""What `+`, `//`, `<`, `in` and their like do in a template: numbers with numbers, text with text, all bounded."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes

from runner.reading.template_faults import Budget, Complaint
from runner.reading.template_kinds import checked_number, equal, is_list, is_number, kind_of, number_of

Operation = Callable[[object, object, Budget], Any]


def _add(left: object, right: object, budget: Budget) -> object:
    if isinstance(left, str) and isinstance(right, str):
        budget.room_for_text(len(left) + len(right))
        return left + right
    if is_list(left) and is_list(right):
        budget.room_for_list(len(left) + len(right))
        return [*left, *right]
    if isinstance(left, str) or isinstance(right, str):
        raise Complaint(f"`+` cannot put {kind_of(left)} and {kind_of(right)} together", "`~` joins anything as text")
    return _calculate("+", operator.add)(left, right, budget)


def _calculate(sign: str, calculate: Callable[[Any, Any], Any]) -> Operation:
    def apply(left: object, right: object, _: Budget) -> object:
        numbers = number_of(left, f"`{sign}`"), number_of(right, f"`{sign}`")
        try:
            return checked_number(calculate(*numbers))
        except ZeroDivisionError:
            raise Complaint(f"`{sign}` by zero") from None

    return apply


def _order(sign: str, compare: Callable[[Any, Any], bool]) -> Operation:
    def apply(left: object, right: object, budget: Budget) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            budget.spend(min(len(left), len(right)) // 50)
        elif not (is_number(left) and is_number(right)):
            raise Complaint(f"`{sign}` cannot compare {kind_of(left)} with {kind_of(right)}")
        return compare(left, right)

    return apply


def _contains(item: object, holder: object, budget: Budget) -> bool:
    if isinstance(holder, str) and isinstance(item, str):
        budget.spend((len(holder) + len(item)) // 50)
        return item in holder
    if isinstance(holder, Mapping):
        return isinstance(item, str) and item in holder
    if is_list(holder):
        return any(equal(item, held, budget) for held in holder)
    raise Complaint(f"`in` needs a list, a mapping or text to look in, found {kind_of(holder)}")


OPERATORS: Final[dict[type[nodes.Node], Operation]] = {
    nodes.Add: _add,
    nodes.Sub: _calculate("-", operator.sub),
    nodes.Mul: _calculate("*", operator.mul),
    nodes.Div: _calculate("/", operator.truediv),
    nodes.FloorDiv: _calculate("//", operator.floordiv),
    nodes.Mod: _calculate("%", operator.mod),
}
# By Jinja2's own names for them.
COMPARISONS: Final[dict[str, Operation]] = {
    "eq": equal,
    "ne": lambda left, right, budget: not equal(left, right, budget),
    "lt": _order("<", operator.lt),
    "lteq": _order("<=", operator.le),
    "gt": _order(">", operator.gt),
    "gteq": _order(">=", operator.ge),
    "in": _contains,
    "notin": lambda item, holder, budget: not _contains(item, holder, budget),
}
