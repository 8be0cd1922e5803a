"""What is wrong (or doubtful) at a place, as data. Rendering is the business of `runner.showing`.

A message is lower case, names things in backticks and says what was found and what was expected; the hint is the
command or the edit that mends it. Every code is listed in `runner.core.codes`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from runner.core.codes import CODES
from runner.core.place import Place


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    code: str
    severity: Severity
    message: str
    place: Place | None = None
    hint: str | None = None
    # Other places that take part: "first written here".
    related: tuple[tuple[str, Place], ...] = ()

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise LookupError(f"diagnostic code {self.code!r} is not listed in runner.core.codes")


@dataclass(slots=True)
class Findings:
    """Collects diagnostics, so that all problems are told at once."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def error(
        self,
        code: str,
        message: str,
        place: Place | None = None,
        hint: str | None = None,
        related: tuple[tuple[str, Place], ...] = (),
    ) -> None:
        self.diagnostics.append(Diagnostic(code, Severity.ERROR, message, place, hint, related))

    def warning(
        self,
        code: str,
        message: str,
        place: Place | None = None,
        hint: str | None = None,
        related: tuple[tuple[str, Place], ...] = (),
    ) -> None:
        self.diagnostics.append(Diagnostic(code, Severity.WARNING, message, place, hint, related))

    @property
    def has_errors(self) -> bool:
        return any(found.severity is Severity.ERROR for found in self.diagnostics)

    def in_order(self) -> tuple[Diagnostic, ...]:
        """By file and place, those without a place last, equal ones once."""
        return tuple(sorted(dict.fromkeys(self.diagnostics), key=_order))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(found.severity is Severity.ERROR for found in diagnostics)


def _order(found: Diagnostic) -> tuple[bool, str, int, int, str]:
    if found.place is None:
        return (True, "", 0, 0, found.code)
    return (False, found.place.source.name, found.place.line, found.place.column, found.code)
