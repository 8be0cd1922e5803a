"""Lines in columns for the terminal: each as wide as its widest cell, and what is too long broken into lines."""

import textwrap
from collections.abc import Sequence


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
    """A sentence over as many lines as it needs; `first` stands before the first, `rest` before the others."""
    rest = " " * len(first) if rest is None else rest
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]
