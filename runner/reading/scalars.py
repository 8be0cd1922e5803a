"""What an unquoted YAML scalar means by the YAML 1.2 core schema: nothing, truth, a number, else text.

`no`, `on`, `1:30`, `16:9` and dates stay text here, unlike in YAML 1.1.
"""

import math
import re
from typing import Final

_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# No other first character begins anything but text.
_FIRST: Final = frozenset("~nNtTfF+-.0123456789")
_WHOLE: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL: Final = re.compile(r"0o[0-7]+")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# Beyond it a whole number is no longer the same in every program that reads JSON.
LARGEST_WHOLE: Final = 2**53 - 1
# Enough for every number in range; int() of very long text takes time that grows with its square.
_MOST_DIGITS: Final = 400


class UnfitNumberError(ValueError):
    """A number as YAML has it that no field can hold; its text says why."""


def read_plain(text: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar; UnfitNumberError for infinities, not-a-numbers and whole numbers past 2^53."""
    if not text:
        return None
    if text[0] not in _FIRST:
        return text
    if text in _NOTHING:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    return _read_number(text)


def _read_number(text: str) -> int | float | str:
    for pattern, base in ((_WHOLE, 10), (_OCTAL, 8), (_HEX, 16)):
        if pattern.fullmatch(text):
            return _read_whole(text, base)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise UnfitNumberError("is larger than any number can be")
        return number
    if _NO_NUMBER.fullmatch(text):
        raise UnfitNumberError("is no number that can be counted with")
    return text


def _read_whole(text: str, base: int) -> int:
    digits = text if base == 10 else text[2:]
    number = int(digits, base) if len(digits) <= _MOST_DIGITS else None
    if number is None or abs(number) > LARGEST_WHOLE:
        raise UnfitNumberError("is a larger whole number than can be kept exactly")
    return number
