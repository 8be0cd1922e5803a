"""Where a character of a text stands in its file, also inside a YAML scalar with its quotes, escapes and folds."""

import re
from dataclasses import dataclass
from functools import lru_cache

from runner.core.node import Scalar
from runner.core.place import Place, Source

_LINE_STARTS = re.compile(r"^", re.MULTILINE)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_BLOCK_HEADER = re.compile(r"[|>][^\n]*\n?")
# What a backslash begins in double quotes: a code of fixed length, a line end with the indent after it, one character.
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r?\n[ \t]*|.)")
_BLANK = " \t\r\n"
_ESCAPED_BLANK = frozenset("ntr \n\r")


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text, and how to find any of its characters again."""

    text: str
    written_in: Scalar | Source

    @property
    def file(self) -> Source | None:
        """The whole file, when the text is one."""
        return self.written_in if isinstance(self.written_in, Source) else None

    def place_of(self, offset: int, length: int = 1) -> Place:
        if isinstance(self.written_in, Source):
            return place_in(self.written_in, offset, length)
        return place_in_scalar(self.written_in, offset, length)


def text_of_scalar(scalar: Scalar) -> WrittenText:
    return WrittenText(scalar.value if isinstance(scalar.value, str) else scalar.text, scalar)


def text_of_file(source: Source) -> WrittenText:
    text = source.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return WrittenText(text, Source(source.name, text))


def place_in(source: Source, offset: int, length: int = 1) -> Place:
    starts = _line_starts(source.text)
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= offset else (low, middle)
    return Place(source, low + 1, offset - starts[low] + 1, max(length, 1))


def place_in_scalar(scalar: Scalar, offset: int, length: int = 1) -> Place:
    """The exact place where the value can be followed through the raw text, else the scalar's own."""
    source = scalar.place.source
    starts = _line_starts(source.text)
    if not (isinstance(scalar.value, str) and 0 < scalar.place.line <= len(starts)):
        return scalar.place
    raw_offset = _raw_offset(source.text, starts[scalar.place.line - 1] + scalar.place.column - 1, scalar.value, offset)
    return scalar.place if raw_offset is None else place_in(source, raw_offset, length)


def _raw_offset(raw: str, start: int, value: str, offset: int) -> int | None:
    """Walks value and raw text side by side. Blanks are skipped in both, since folding may have changed any of them."""
    position = _match_end(_PROPERTIES, raw, start)
    style = raw[position : position + 1]
    if style in {"|", ">"}:
        position = _match_end(_BLOCK_HEADER, raw, position)
    elif style in {'"', "'"}:
        position += 1
    for character in value[:offset]:
        if character not in _BLANK:
            found = _step(raw, _skip_blanks(raw, position, style), character, style)
            if found is None:
                return None
            position = found
    return _at_target(raw, position, value[offset : offset + 1], style)


def _at_target(raw: str, position: int, character: str, style: str) -> int | None:
    if not character or character in _BLANK:
        return position
    position = _skip_blanks(raw, position, style)
    return None if _step(raw, position, character, style) is None else position


def _skip_blanks(raw: str, position: int, style: str) -> int:
    while position < len(raw):
        if raw[position] in _BLANK:
            position += 1
        elif style == '"' and raw[position] == "\\" and raw[position + 1 : position + 2] in _ESCAPED_BLANK:
            position = _match_end(_ESCAPE, raw, position)
        else:
            break
    return position


def _step(raw: str, position: int, character: str, style: str) -> int | None:
    """Past the raw spelling of one character that is no blank; None when something else stands there."""
    found = raw[position : position + 1]
    if style == '"' and found == "\\":
        return _match_end(_ESCAPE, raw, position)
    if found != character:
        return None
    return position + (2 if style == "'" and found == "'" else 1)


def _match_end(pattern: re.Pattern[str], raw: str, position: int) -> int:
    found = pattern.match(raw, position)
    return found.end() if found else position


# A storyboard is a handful of files; their lines are counted once, however many messages point into them.
@lru_cache(maxsize=64)
def _line_starts(text: str) -> tuple[int, ...]:
    return tuple(found.start() for found in _LINE_STARTS.finditer(text))
