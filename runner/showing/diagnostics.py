"""Diagnostics for people, with the line and a caret under it, and for programs as JSON.

What comes from a file is shown, never obeyed: no control character of it reaches the terminal.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from runner.core.diagnostic import Diagnostic, Severity
from runner.core.place import Place, Source

_WIDEST: Final = 100
_NARROWEST: Final = 40
# Columns of the line's number, the bar and the signs of what is left out at both ends.
_ROOM_AROUND: Final = 10
# Columns kept before the mark on a line that is cut.
_ROOM_BEFORE: Final = 40
_TAB: Final = "    "
_ELLIPSIS: Final = "…"
_MOST_RELATED: Final = 3
# Makes one emoji of several.
_JOINER: Final = "\u200d"
_PLAIN: Final = "\x1b[0m"
_COLORS: Final = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}
_FAINT: Final = "\x1b[2m"
_BOLD: Final = "\x1b[1m"


@dataclass(slots=True)
class _Lines:
    """Lines by number, each text split once however many diagnostics point into it."""

    # Columns there are for one.
    room: int
    _by_text: dict[int, tuple[Source, list[str]]] = field(default_factory=dict)

    def get(self, place: Place) -> str:
        known = self._by_text.get(id(place.source))
        if known is None:
            known = (place.source, place.source.text.split("\n"))
            self._by_text[id(place.source)] = known
        lines = known[1]
        return lines[place.line - 1].removesuffix("\r") if 0 < place.line <= len(lines) else ""


def render_diagnostic(diagnostic: Diagnostic, *, color: bool = False, width: int | None = None) -> str:
    return _render(diagnostic, _Lines(_room_for_lines(width)), color=color)


def render_all(diagnostics: Iterable[Diagnostic], *, color: bool = False, width: int | None = None) -> str:
    """Each with its line, no wider than the terminal, and how many there were; empty for none."""
    found = tuple(diagnostics)
    if not found:
        return ""
    lines = _Lines(_room_for_lines(width))
    return "\n\n".join([*(_render(one, lines, color=color) for one in found), count_diagnostics(found)])


def count_diagnostics(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`, leaving out what there is none of."""
    counts = (
        (sum(one.severity is severity for one in diagnostics), severity.value)
        for severity in (Severity.ERROR, Severity.WARNING)
    )
    return ", ".join(f"{number} {word}" if number == 1 else f"{number} {word}s" for number, word in counts if number)


def diagnostic_to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "file": place.source.name if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "hint": diagnostic.hint,
    }


def _render(diagnostic: Diagnostic, lines: _Lines, *, color: bool) -> str:
    tint = _COLORS[diagnostic.severity]
    place = diagnostic.place
    at = f"{_harmless(str(place))}: " if place else ""
    kind = _tinted(f"{diagnostic.severity.value}[{diagnostic.code}]", tint, color=color)
    parts = [f"{at}{kind}: {_tinted(_harmless(diagnostic.message), _BOLD, color=color)}"]
    margin = 5
    if place is not None:
        margin = max(5, len(str(place.line)) + 1)
        parts += _excerpt(place, lines, margin, tint if color else None)
    parts += [
        f"{' ' * (margin - 1)}{_harmless(words)}: {_harmless(str(other))}"
        for words, other in diagnostic.related[:_MOST_RELATED]
    ]
    if diagnostic.hint is not None:
        parts.append(f"{' ' * (margin - 1)}hint: {_harmless(diagnostic.hint)}")
    return "\n".join(parts)


def _room_for_lines(width: int | None) -> int:
    return _WIDEST if width is None else min(_WIDEST, max(width - _ROOM_AROUND, _NARROWEST))


def _excerpt(place: Place, lines: _Lines, margin: int, tint: str | None) -> list[str]:
    """The line, and a caret under as much of it as is meant."""
    line = lines.get(place)
    if not line.strip():
        return []
    start = min(max(place.column - 1, 0), len(line))
    end = min(start + max(place.length, 1), max(len(line), start + 1))
    before, shown, marked = _cut_round(line, start, end, lines.room)
    caret = "^" * max(marked, 1)
    gutter = f"{place.line:>{margin}} | "
    bar = f"{' ' * margin} | "
    if tint is not None:
        gutter, bar = f"{_FAINT}{gutter}{_PLAIN}", f"{_FAINT}{bar}{_PLAIN}"
        caret = f"{tint}{caret}{_PLAIN}"
    return [f"{gutter}{shown}", f"{bar}{' ' * before}{caret}"]


def _cut_round(line: str, start: int, end: int, widest: int) -> tuple[int, str, int]:
    """As much of a line as fits round the marked part: columns before the mark, the text, columns of the mark."""
    whole = _harmless(line) if len(line) <= widest else ""
    if whole and _width(whole) <= widest:
        return _width(_harmless(line[:start])), whole.rstrip(), _width(_harmless(line[start:end]))
    room_before = max(widest - _width(_harmless(line[start : start + widest])), min(_ROOM_BEFORE, widest // 2))
    first = start
    while first > 0 and _width(_harmless(line[first - 1 : start])) <= room_before:
        first -= 1
    last = start
    while last < len(line) and _width(_harmless(line[first : last + 1])) <= widest:
        last += 1
    before = (_ELLIPSIS if first > 0 else "") + _harmless(line[first:start])
    marked = _harmless(line[start : min(end, last)])
    after = _harmless(line[min(end, last) : last]) + (_ELLIPSIS if last < len(line) else "")
    return _width(before), f"{before}{marked}{after}".rstrip(), _width(marked)


def _harmless(text: str) -> str:
    """Tabs as spaces; what steers a terminal or turns text about is shown by its code."""
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character == "\t":
        return _TAB
    if character.isprintable() or character == _JOINER or unicodedata.category(character) == "Zs":
        return character
    return f"<U+{ord(character):04X}>"


def _width(text: str) -> int:
    """Columns a terminal gives it: two for wide characters, none for what joins the one before."""
    if text.isascii():
        return len(text)
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _tinted(text: str, tint: str, *, color: bool) -> str:
    return f"{tint}{text}{_PLAIN}" if color else text
