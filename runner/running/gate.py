"""When the next submit may go out: so many a minute, not before a wait the gateway asked for, not while it ails.

Pure: the time is handed in. Who waits, and for how long altogether, is the business of `submitting`.
"""

from dataclasses import dataclass, field
from typing import Final

from runner.running.breaker import Breaker

_MINUTE: Final = 60.0
# This share of a minute's submits may go out at once.
_AT_ONCE: Final = 0.1


class Spacing:
    """At most so many in any minute: a few at once, the others evenly spread."""

    def __init__(self, a_minute: int) -> None:
        self._most = max(1, int(a_minute * _AT_ONCE))
        # Those at once and those that follow are a minute's number together.
        self._seconds_each = _MINUTE / (a_minute - self._most + 1)
        self._left = float(self._most)
        self._counted_at: float | None = None

    def seconds_to_wait(self, now: float) -> float:
        missing = 1.0 - self._count(now)
        # What is left of rounding is no reason to wait once more.
        return missing * self._seconds_each if missing > 1e-9 else 0.0

    def take(self, now: float) -> None:
        self._left = self._count(now) - 1.0
        self._counted_at = now

    def _count(self, now: float) -> float:
        if self._counted_at is None:
            return self._left
        return min(float(self._most), self._left + (now - self._counted_at) / self._seconds_each)


@dataclass(slots=True)
class Gate:
    # None: nobody says how many a minute.
    spacing: Spacing | None = None
    # None for a provider on this machine: what it does costs nothing.
    breaker: Breaker | None = field(default_factory=Breaker)
    _held_until: float = field(default=0.0)

    def seconds_to_wait(self, now: float) -> float:
        """0 where a submit may go out in this very moment."""
        spaced = 0.0 if self.spacing is None else self.spacing.seconds_to_wait(now)
        ailing = 0.0 if self.breaker is None else self.breaker.seconds_to_wait(now)
        return max(spaced, ailing, self._held_until - now)

    def hold(self, seconds: float, now: float) -> None:
        """The gateway has asked to be left alone for so long."""
        self._held_until = max(self._held_until, now + seconds)

    def begin(self, now: float) -> bool:
        """A submit goes out: whether it is a trial at a gateway that ails."""
        if self.spacing is not None:
            self.spacing.take(now)
        return self.breaker is not None and self.breaker.begin()
