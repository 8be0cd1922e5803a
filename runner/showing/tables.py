"""Lines in columns for the terminal: each as wide as its widest cell, and what is too long broken into lines."""

import re
import textwrap
from collections.abc import Sequence
from typing import Final

# Between backticks: a command, to be copied as one.
_COMMAND: Final = re.compile(r"`[^`]*`")
# Stands for a blank no line is broken at; no text that is shown has it.
_TIED: Final = "\0"


def lay_out(rows: Sequence[Sequence[str]], gap: int = 2) -> list[str]:
    """Rows of equal length as lines; the last column is never padded."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def width_of(lines: Sequence[str]) -> int:
    return max((len(line) for line in lines), default=0)


def break_lines(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    """A sentence over as many lines as it needs; `first` stands before the first, `rest` before the others.

    A command in it stays on one line where there is a line that holds it.
    """
    rest = " " * len(first) if rest is None else rest
    room = max(width, 40)

    def tie(command: re.Match[str]) -> str:
        whole = command.group()
        return whole.replace(" ", _TIED) if len(rest) + len(whole) < room else whole

    lines = textwrap.wrap(
        _COMMAND.sub(tie, text),
        room,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_TIED, " ") for line in lines] or [first.rstrip()]


def fit_lines(text: str, width: int | None) -> str:
    """Whole lines broken at the terminal's edge, under their own indent; None: there is no edge.

    A line that is a command is left whole, to be copied.
    """
    if width is None:
        return text
    fitted: list[str] = []
    for line in text.split("\n"):
        words = line.lstrip(" ")
        indent = " " * (len(line) - len(words))
        is_left = len(line) <= width or words.startswith("framechain ")
        fitted += [line] if is_left else break_lines(words, width, indent, f"{indent}  ")
    return "\n".join(fitted)
