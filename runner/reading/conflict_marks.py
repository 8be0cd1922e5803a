"""Finds what an unfinished merge left in a text, before anything else is made of it."""

import re
from typing import Final

from runner.core.diagnostic import Findings
from runner.core.place import Place, Source

# Seven of a kind at the start of a line. `=======` may carry nothing after it, or it could be a ruler under a heading.
_MARK: Final = re.compile(r"^(?:(?:<{7}|>{7}|\|{7})(?=[ \n]|\Z)|={7}(?=\n|\Z))", re.MULTILINE)
_SHOWN: Final = 6


def find_conflict_marks(source: Source, findings: Findings) -> bool:
    """True when there are any: one diagnostic names them all, since what YAML makes of such a text says nothing."""
    text = source.text
    if not any(mark in text for mark in ("<<<<<<<", "=======", ">>>>>>>")):
        return False
    marks = [_place(source, found) for found in _MARK.finditer(text)]
    if not marks:
        return False
    findings.error(
        "merge-conflict",
        f"{_lines(marks)} a merge that was not finished",
        marks[0],
        "keep one of the two sides, and remove the lines beginning with `<<<<<<<`, `=======` and `>>>>>>>`",
        tuple(("another mark", mark) for mark in marks[1:3]),
    )
    return True


def _place(source: Source, found: re.Match[str]) -> Place:
    return Place(source, source.text.count("\n", 0, found.start()) + 1, 1, len(found[0]))


def _lines(marks: list[Place]) -> str:
    if len(marks) == 1:
        return f"line {marks[0].line} is a mark of"
    numbers = [str(mark.line) for mark in marks]
    if len(numbers) > _SHOWN:
        return f"lines {', '.join(numbers[:_SHOWN])} and {len(numbers) - _SHOWN} more are the marks of"
    return f"lines {', '.join(numbers[:-1])} and {numbers[-1]} are the marks of"
