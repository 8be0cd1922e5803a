"""Which gateway a request is for: all their paths stand side by side on one port, and none has another's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runner.sandbox.dialect import Dialect, Operation

_PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    dialect: Dialect
    operation: Operation
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Known:
    dialect: Dialect
    operation: Operation
    pattern: re.Pattern[str]
    # Paths without places go before those with.
    places: int


class Routes:
    def __init__(self, dialects: Sequence[Dialect]) -> None:
        known = [
            _Known(dialect, operation, _compile(operation.path), len(_PLACE.findall(operation.path)))
            for dialect in dialects
            for operation in dialect.operations
        ]
        self._known = sorted(known, key=lambda each: each.places)

    def find(self, method: str, path: str) -> Route | None:
        for each in self._known:
            found = each.pattern.fullmatch(path) if each.operation.method == method else None
            if found is not None:
                return Route(each.dialect, each.operation, found.groupdict())
        return None

    def find_nearest(self, path: str) -> Dialect | None:
        """Whose path it is most like, to say in its words that there is no such path."""
        steps = path.strip("/").split("/")
        best, most = None, 0
        for each in self._known:
            alike = _count_alike(steps, each.operation.path.strip("/").split("/"))
            if alike > most:
                best, most = each.dialect, alike
        return best


def _compile(path: str) -> re.Pattern[str]:
    """A slash at the end is taken too, as vendors' own samples have it."""
    pieces = _PLACE.split(path)
    written = "".join(f"(?P<{piece}>[^/]+)" if odd % 2 else re.escape(piece) for odd, piece in enumerate(pieces))
    return re.compile(f"{written}/?")


def _count_alike(steps: Sequence[str], known: Sequence[str]) -> int:
    alike = 0
    for step, other in zip(steps, known, strict=False):
        if step != other:
            break
        alike += 1
    return alike
