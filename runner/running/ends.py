"""What became of each shot and of each job of earlier runs: told as the run goes on, and summed up when it is over."""

from collections.abc import Sequence
from typing import Final

from runner.model.plan import Plan
from runner.model.run import Outcome, RunResult, ShotOutcome
from runner.running.rolls import RollMaker, open_elsewhere
from runner.running.shared import RollEnd, SharedRun
from runner.running.shelf import Shelf
from runner.running.spending import add_costs, count_unpriced

# Of what nothing else is said when the run is over.
_CUT_OFF: Final = RollEnd(Outcome.INTERRUPTED, "it was cut off")
_WITH_A_TAKE: Final = frozenset({Outcome.KEPT, Outcome.MADE, Outcome.RESUMED})
# How a shot's end is called while the run goes on.
_TOLD: Final = {
    Outcome.KEPT: "kept",
    Outcome.FAILED: "failed",
    Outcome.REFUSED: "failed",
    Outcome.BLOCKED: "blocked",
    Outcome.OPEN: "open",
    Outcome.WAITING: "waiting",
    Outcome.INTERRUPTED: "interrupted",
}


class Ends:
    def __init__(self, shared: SharedRun) -> None:
        self._shared = shared
        # By shot, one for each of its rolls, or one for all.
        self._of_shots: dict[str, list[RollEnd]] = {}
        # By attempt.
        self._of_old_jobs: dict[str, RollEnd] = {}

    def expect(self, shot: str, rolls: int) -> None:
        """Until a roll has ended it was cut off."""
        self._of_shots[shot] = [_CUT_OFF] * rolls

    def note_roll(self, shot: str, place: int, end: RollEnd) -> None:
        self._of_shots[shot][place] = end

    def note_shot(self, shot: str, end: RollEnd) -> None:
        """As a whole: none of its rolls was begun."""
        self._of_shots[shot] = [end]

    def note_old_job(self, attempt: str, end: RollEnd) -> None:
        self._of_old_jobs[attempt] = end

    def all_have_takes(self, shot: str) -> bool:
        """True when no roll of it ended without."""
        return {end.outcome for end in self._of_shots.get(shot, ())} <= _WITH_A_TAKE

    def tell(self, shot: str) -> None:
        end = _worst(self._of_shots[shot])
        # Why everything stopped was told once for all.
        if end != self._shared.shut and end.outcome in _TOLD:
            self._shared.progress.shot(shot, _TOLD[end.outcome], end.message)

    def sum_up(self, plan: Plan, shelf: Shelf, maker: RollMaker) -> RunResult:
        sent = self._shared.books.sent_now
        return RunResult(
            tuple(self._outcome(shot.id, shelf) for shot in plan.shots),
            spent=add_costs(sent),
            unpriced=count_unpriced(sent),
            old_jobs=tuple(self._outcome_of_old_job(*one) for one in self._untold_jobs(maker)),
        )

    def _outcome(self, shot: str, shelf: Shelf) -> ShotOutcome:
        ends = self._of_shots.get(shot) or [_CUT_OFF]
        end = _worst(ends)
        jobs = tuple(one.job for one in ends if one.job is not None)
        return ShotOutcome(shot, end.outcome, shelf.take_in_use(shot), end.message, end.hint, jobs)

    def _untold_jobs(self, maker: RollMaker) -> list[tuple[str, RollEnd]]:
        """Of earlier runs, and those that cannot be followed with the key in use; a shot's own request it has told."""
        elsewhere = {
            attempt.id: open_elsewhere(attempt)
            for attempt in self._shared.books.ledger.open_attempts
            if maker.is_under_other_key(attempt)
        }
        ended = [*self._of_old_jobs.items(), *elsewhere.items()]
        return [(attempt, end) for attempt, end in ended if not maker.is_wished(self._shared.books.attempt(attempt))]

    def _outcome_of_old_job(self, attempt: str, end: RollEnd) -> ShotOutcome:
        shot = self._shared.books.attempt(attempt).intent.shot
        jobs = () if end.job is None else (end.job,)
        return ShotOutcome(shot, end.outcome, None, end.message, end.hint, jobs)


def _worst(ends: Sequence[RollEnd]) -> RollEnd:
    return max(ends, key=lambda end: end.outcome.severity)
