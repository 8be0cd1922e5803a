"""The filters and tests templates may use: small functions over plain values, bounded before they build anything."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runner.reading.template_faults import Budget, Complaint, too_costly
from runner.reading.template_kinds import (
    Missing,
    checked_number,
    equal,
    is_number,
    items_of,
    kind_of,
    number_of,
    scalars_of,
    text_of,
    whole_of,
)

# In the place of a default: the argument must be given.
NEEDED: Final = object()


@dataclass(frozen=True, slots=True)
class Word:
    """A filter or test: what it takes besides the value, with the defaults, and its work on (budget, value, ...)."""

    parameters: Mapping[str, object]
    apply: Callable[..., Any]


def _text(value: object, budget: Budget, what: str) -> str:
    if not isinstance(value, str) and not is_number(value):
        raise Complaint(f"`{what}` needs text, found {kind_of(value)}")
    text = text_of(value, budget)
    budget.room_for_text(len(text))
    return text


def _change_case(what: str, change: Callable[[str], str]) -> Word:
    def apply(budget: Budget, value: object) -> str:
        changed = change(_text(value, budget, what))
        budget.room_for_text(len(changed))
        return changed

    return Word({}, apply)


def _trim(budget: Budget, value: object, characters: object) -> str:
    return _text(value, budget, "trim").strip(None if characters is None else _text(characters, budget, "trim"))


def _join(budget: Budget, value: object, between: object) -> str:
    separator = _text(between, budget, "join")
    texts = [text_of(item, budget) for item in scalars_of(value, budget, "`join`")]
    budget.room_for_text(sum(map(len, texts)) + len(separator) * max(len(texts) - 1, 0))
    return separator.join(texts)


def _default(_: Budget, value: object, otherwise: object, boolean: object) -> object:
    if isinstance(value, Missing) or (boolean is True and not value):
        return otherwise
    return value


def _replace(budget: Budget, value: object, old: object, new: object, count: object) -> str:
    text, old_text, new_text = (_text(item, budget, "replace") for item in (value, old, new))
    if not old_text:
        raise Complaint("`replace` needs to know which words to replace")
    found = text.count(old_text)
    times = found if count is None else min(found, max(whole_of(count, "`replace`"), 0))
    budget.room_for_text(len(text) + times * (len(new_text) - len(old_text)))
    return text.replace(old_text, new_text, times)


def _length(_: Budget, value: object) -> int:
    if isinstance(value, str | Mapping | Sequence):
        return len(value)
    raise Complaint(f"`length` needs text, a list or a mapping, found {kind_of(value)}")


def _first(budget: Budget, value: object) -> object:
    return _end_of(items_of(value, budget, "`first`"), 0, "first")


def _last(budget: Budget, value: object) -> object:
    return _end_of(items_of(value, budget, "`last`"), -1, "last")


def _end_of(items: list[Any], index: int, what: str) -> object:
    if not items:
        raise Complaint(f"`{what}` of an empty list", "ask first: `{% if list %}`")
    return items[index]


def _round(_: Budget, value: object, precision: object, method: object) -> int | float:
    number, places = number_of(value, "`round`"), whole_of(precision, "`round`")
    if not -15 <= places <= 15:
        too_costly("`round` takes between -15 and 15 places")
    if method == "common":
        return round(float(number), places)
    if method not in ("ceil", "floor"):
        raise Complaint("`round` knows the methods 'common', 'ceil' and 'floor'")
    scale = 10.0**places
    scaled = checked_number(number * scale)
    return (math.ceil(scaled) if method == "ceil" else math.floor(scaled)) / scale


def _int(_: Budget, value: object, otherwise: object) -> object:
    if is_number(value) or (isinstance(value, str) and len(value) <= 40):
        try:
            return checked_number(int(float(value)) if not isinstance(value, int) else value)
        except (ValueError, OverflowError):
            return otherwise
    return otherwise


def _string(budget: Budget, value: object) -> str:
    return text_of(value, budget)


def _list(budget: Budget, value: object) -> list[Any]:
    return items_of(value, budget, "`list`")


def _sort(budget: Budget, value: object, reverse: object) -> list[Any]:
    found = scalars_of(value, budget, "`sort`")
    budget.spend(len(found))
    if all(isinstance(item, str) for item in found):
        budget.spend(sum(map(len, found)) // 50)
        return sorted(found, key=str.lower, reverse=reverse is True)
    if all(is_number(item) for item in found):
        return sorted(found, reverse=reverse is True)
    raise Complaint("`sort` needs a list of texts or of numbers, not of both")


def _unique(budget: Budget, value: object) -> list[Any]:
    """The first of equal ones stays; upper and lower case are equal."""
    found = scalars_of(value, budget, "`unique`")
    budget.spend(sum(len(item) for item in found if isinstance(item, str)) // 50)
    by_value: dict[tuple[str, object], Any] = {}
    for item in found:
        by_value.setdefault((kind_of(item), item.lower() if isinstance(item, str) else item), item)
    return list(by_value.values())


def _reverse(budget: Budget, value: object) -> object:
    if isinstance(value, str):
        budget.room_for_text(len(value))
        return value[::-1]
    return items_of(value, budget, "`reverse`")[::-1]


def _truncate(budget: Budget, value: object, length: object, killwords: object, end: object) -> str:
    text, ending = _text(value, budget, "truncate"), _text(end, budget, "truncate")
    longest = whole_of(length, "`truncate`")
    if longest < len(ending):
        raise Complaint(f"`truncate` needs a length of at least {len(ending)}, its ending included")
    # Jinja2 lets a text pass that is only a few characters over.
    if len(text) <= longest + 5:
        return text
    kept = text[: longest - len(ending)]
    return (kept if killwords is True else kept.rsplit(" ", 1)[0]) + ending


def _wordcount(budget: Budget, value: object) -> int:
    return len(_text(value, budget, "wordcount").split())


def _pairs(budget: Budget, value: object) -> list[list[object]]:
    if not isinstance(value, Mapping):
        raise Complaint(f"`items` needs a mapping, found {kind_of(value)}")
    budget.room_for_list(len(value))
    return [[name, item] for name, item in value.items()]


def _capitalize_words(text: str) -> str:
    """Each word's first letter; `don't` stays one word."""
    return re.sub(r"[^\s\-(\[{<]+", lambda word: word.group()[:1].upper() + word.group()[1:].lower(), text)


FILTERS: Final[dict[str, Word]] = {
    "capitalize": _change_case("capitalize", str.capitalize),
    "default": Word({"default_value": "", "boolean": False}, _default),
    "first": Word({}, _first),
    "int": Word({"default": 0}, _int),
    "items": Word({}, _pairs),
    "join": Word({"d": ""}, _join),
    "last": Word({}, _last),
    "length": Word({}, _length),
    "list": Word({}, _list),
    "lower": _change_case("lower", str.lower),
    "replace": Word({"old": NEEDED, "new": NEEDED, "count": None}, _replace),
    "reverse": Word({}, _reverse),
    "round": Word({"precision": 0, "method": "common"}, _round),
    "sort": Word({"reverse": False}, _sort),
    "string": Word({}, _string),
    "title": _change_case("title", _capitalize_words),
    "trim": Word({"chars": None}, _trim),
    "truncate": Word({"length": 255, "killwords": False, "end": "..."}, _truncate),
    "unique": Word({}, _unique),
    "upper": _change_case("upper", str.upper),
    "wordcount": Word({}, _wordcount),
}


def _is_divisible(value: object, divisor: int, rest: int) -> bool:
    return whole_of(value, "`even` and `odd`") % divisor == rest


TESTS: Final[dict[str, Word]] = {
    "defined": Word({}, lambda _, value: not isinstance(value, Missing)),
    "undefined": Word({}, lambda _, value: isinstance(value, Missing)),
    "none": Word({}, lambda _, value: value is None),
    "string": Word({}, lambda _, value: isinstance(value, str)),
    "number": Word({}, lambda _, value: is_number(value)),
    "mapping": Word({}, lambda _, value: isinstance(value, Mapping)),
    "sequence": Word({}, lambda _, value: isinstance(value, Sequence)),
    "equalto": Word({"other": NEEDED}, lambda budget, value, other: equal(value, other, budget)),
    "even": Word({}, lambda _, value: _is_divisible(value, 2, 0)),
    "odd": Word({}, lambda _, value: _is_divisible(value, 2, 1)),
}
# The words that may be asked of a name nobody gave.
FORGIVING: Final = frozenset({"default", "defined", "undefined"})
