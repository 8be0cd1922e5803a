"""What the YAML parser could not go on with, and what is to be said about it."""

from dataclasses import dataclass

from runner.core.place import Place, Source


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """What the parser said, and the text around it. Lines and columns count from 0, as the parser's do."""

    source: Source
    problem: str
    context: str
    line: int
    column: int
    # Where the thing began that could not be finished.
    context_line: int
    context_column: int

    def text_of(self, line: int) -> str:
        return self.source.line(line + 1)

    @property
    def here(self) -> str:
        return self.text_of(self.line)

    @property
    def character(self) -> str:
        return self.here[self.column : self.column + 1]

    def place(self, length: int = 1) -> Place:
        return Place(self.source, self.line + 1, self.column + 1, length)

    def place_of(self, line: int, column: int, length: int = 1) -> Place:
        return Place(self.source, line + 1, column + 1, max(length, 1))

    @property
    def context_place(self) -> Place:
        return self.place_of(self.context_line, self.context_column)


@dataclass(frozen=True, slots=True)
class Verdict:
    message: str
    place: Place
    hint: str
    code: str = "yaml-syntax"
