"""What a run was asked to do and what became of each shot. How it gets there is the business of `runner.running`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from runner.core.errors import ExitCode
from runner.model.money import Money
from runner.model.take import Take


@dataclass(frozen=True, slots=True)
class RunOptions:
    # How many jobs at once at most; None: as many as the provider takes.
    jobs: int | None = None
    # What this run may cost at most.
    max_cost: Money | None = None
    # True: what has no price may be sent in spite of a limit.
    allow_unknown_price: bool = False
    # True: nothing that costs is sent; what runs already is fetched.
    no_spend: bool = False
    # How long one job is waited for; running out is no verdict on it.
    wait_seconds: float = 3600.0


class Outcome(StrEnum):
    KEPT = "kept"
    MADE = "made"
    # Made by a job an earlier run had sent.
    RESUMED = "resumed"
    # Has a take, is out of date, and was left alone on purpose.
    STALE = "stale"
    # Has no take and was not selected.
    LEFT = "left"
    FAILED = "failed"
    # The provider refused the words or a picture.
    REFUSED = "refused"
    BLOCKED = "blocked"
    # Its job is kept at the provider; a later run goes on with it.
    WAITING = "waiting"
    # Only a person can say what became of it.
    OPEN = "open"
    INTERRUPTED = "interrupted"

    @property
    def severity(self) -> int:
        """The worst of several rolls is what a shot is called by."""
        return _SEVERITIES[self]


_SEVERITIES = {
    Outcome.KEPT: 0,
    Outcome.RESUMED: 1,
    Outcome.MADE: 2,
    Outcome.STALE: 3,
    Outcome.LEFT: 4,
    Outcome.WAITING: 5,
    Outcome.BLOCKED: 6,
    Outcome.FAILED: 7,
    Outcome.REFUSED: 8,
    Outcome.OPEN: 9,
    Outcome.INTERRUPTED: 10,
}
_UNFINISHED = frozenset({Outcome.FAILED, Outcome.REFUSED, Outcome.BLOCKED, Outcome.WAITING})


@dataclass(frozen=True, slots=True)
class ShotOutcome:
    shot: str
    outcome: Outcome
    # The take in use after the run, if there is one.
    take: Take | None = None
    # What went wrong or is still to be known; empty when there is nothing to say.
    message: str = ""
    hint: str | None = None
    # Jobs of this shot that still run at the provider, or whose clip waits there.
    jobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    # In film order.
    shots: tuple[ShotOutcome, ...]
    # What this run may have cost: reported charges, else the highest price. One entry a currency.
    spent: tuple[Money, ...] = ()
    # How many submits may have cost what nobody knows.
    unpriced: int = 0
    # Jobs that no shot of this run asks for, as after an edit: `resumed` where the clip was fetched and kept as a take.
    old_jobs: tuple[ShotOutcome, ...] = ()

    def of(self, *outcomes: Outcome) -> Sequence[ShotOutcome]:
        return [shot for shot in self.shots if shot.outcome in outcomes]

    @property
    def made(self) -> Sequence[ShotOutcome]:
        return self.of(Outcome.MADE, Outcome.RESUMED)

    @property
    def exit_code(self) -> ExitCode:
        asked_for = {shot.outcome for shot in self.shots}
        all_outcomes = asked_for | {old.outcome for old in self.old_jobs}
        if Outcome.INTERRUPTED in all_outcomes:
            return ExitCode.INTERRUPTED
        if Outcome.OPEN in all_outcomes:
            return ExitCode.QUESTION_OPEN
        return ExitCode.SOME_FAILED if asked_for & _UNFINISHED else ExitCode.DONE
