"""Notices a gateway that ails and keeps paid work from it: for a while, then but for one trial, at last for good.

Pure: the time is handed in, in seconds of a clock that never goes back. What an answer means for it is for the caller
to say; here is only what follows from it.
"""

from dataclasses import dataclass, field
from typing import Final

# So many answers in a row that are the gateway's own fault.
ILL_IN_A_ROW: Final = 5
# Seconds without a submit before each trial; when the last one fails as well, the run sends nothing more.
PAUSES: Final = (15.0, 30.0, 60.0, 120.0)
# A gateway nobody has had a good answer of in this run is given up after the first of them: waiting longer rarely helps
# where the line is down, the address wrong or the key of somebody else's.
_PAUSES_OF_A_STRANGER: Final = 1
# While a trial is under way nobody knows when its answer comes.
_LOOK_AGAIN: Final = 1.0


@dataclass(slots=True)
class Breaker:
    # What was wrong with the last answer that was the gateway's own fault.
    cause: str = ""
    _in_a_row: int = field(default=0)
    # How often it was opened since the gateway was last well; none of the pauses before that counts.
    _opened: int = field(default=0)
    _was_well: bool = field(default=False)
    # When the next trial may be sent; None while all may be.
    _trial_from: float | None = field(default=None)
    _is_on_trial: bool = field(default=False)

    @property
    def is_open(self) -> bool:
        return self._trial_from is not None

    @property
    def is_given_up(self) -> bool:
        return self._opened > (len(PAUSES) if self._was_well else _PAUSES_OF_A_STRANGER)

    def seconds_to_wait(self, now: float) -> float:
        """Until something may be sent, as far as is known; 0 where it may be now."""
        if self._trial_from is None:
            return 0.0
        return _LOOK_AGAIN if self._is_on_trial else max(0.0, self._trial_from - now)

    def begin(self) -> bool:
        """A submit goes out, right after `seconds_to_wait` was 0: whether it is the trial."""
        self._is_on_trial = self.is_open
        return self._is_on_trial

    def note_well(self) -> None:
        """Whoever it was that was answered: what is well is well."""
        self._was_well = True
        self._in_a_row = self._opened = 0
        self._trial_from, self._is_on_trial = None, False

    def note_ill(self, cause: str, now: float, *, is_trial: bool) -> bool:
        """True when that opened it. Late answers to what was sent before it was opened say nothing new."""
        if self.is_open and not is_trial:
            return False
        self.cause = cause
        self._in_a_row += 1
        if self._in_a_row < ILL_IN_A_ROW and not is_trial:
            return False
        self._opened += 1
        self._is_on_trial = False
        self._trial_from = now if self.is_given_up else now + PAUSES[self._opened - 1]
        return True
