"""Pieces of text that several renderings share: harmless words, durations, prices, colours.

Whole sentences stand where they are shown.
"""

import json
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runner.model.money import Money, Price
from runner.model.plan import Action, Total

# Unicode categories that move the cursor, hide text or turn it round: never sent to a terminal as they are.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COLORS: Final = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}
_ACTION_COLORS: Final = {
    Action.KEEP: "green",
    Action.MAKE: "cyan",
    Action.RESUME: "blue",
    Action.ATTACH: "blue",
    Action.STALE: "yellow",
    Action.BLOCKED: "red",
    Action.ASK: "magenta",
}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints words for a terminal, or leaves them as they are."""

    color: bool

    def paint(self, text: str, name: str) -> str:
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self.color and text else text

    def bold(self, text: str) -> str:
        return self.paint(text, "bold")

    def dim(self, text: str) -> str:
        return self.paint(text, "dim")

    def action(self, action: Action, text: str) -> str:
        return self.paint(text, _ACTION_COLORS[action])


def make_harmless(text: str) -> str:
    """One line without anything a terminal would obey: line ends become spaces, other controls their number."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_make_character_harmless(character) for character in text)


def json_text(value: Any) -> str:
    """JSON in which nothing is left that a terminal would obey; to who reads it as JSON it is the same."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(one if one == "\n" or one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _make_character_harmless(character: str) -> str:
    if character in "\n\r\t\u2028\u2029":
        return " "
    if unicodedata.category(character) in _UNPRINTABLE:
        return f"\\u{{{ord(character):x}}}"
    return character


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def say_all_have(shots: int) -> str:
    return {1: "the one shot has", 2: "both shots have"}.get(shots, f"all {shots} shots have")


def list_names(names: Sequence[str], most: int = 5) -> str:
    """`a`, `b` and 3 more."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def say_duration(seconds: float) -> str:
    """Roughly, as people say it: about 40 s, about 4 min, about 1 h 20 min."""
    if seconds < 1:
        return "under a second"
    if seconds < 60:
        return f"about {math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"about {minutes} min"
    return f"about {hours} h {rest} min" if rest else f"about {hours} h"


def say_clock(seconds: float) -> str:
    """Elapsed time as a clock shows it: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def say_price(price: Price | None) -> str:
    if price is None:
        return "price unknown"
    return "free" if price.high == 0 else str(price)


def say_total(total: Total) -> str:
    known = Price(total.low, total.high, total.currency)
    if not total.unknown:
        return say_price(known)
    unknown = f"{count(total.unknown, 'price')} unknown"
    return unknown if total.high == 0 else f"{known} and {unknown}"


def say_spent(spent: Iterable[Money], unpriced: int) -> str:
    """What nobody knows the price of is never told as nothing."""
    told = [str(money) for money in spent if money.amount]
    if unpriced:
        told.append(f"{count(unpriced, 'submit')} of unknown price")
    return " and ".join([", ".join(told[:-1]), told[-1]]) if len(told) > 1 else "".join(told) or "nothing"
