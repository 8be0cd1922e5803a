"""Where something stands in a text somebody wrote. Lines and columns count from 1, columns in characters."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was read, under the name its author knows it by (relative to the production's folder)."""

    name: str
    text: str = field(compare=False, repr=False)

    def line(self, number: int) -> str:
        """The text of one line without its line end; empty when there is no such line."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Place:
    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"
