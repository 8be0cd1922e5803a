"""Answers to what only a person can know: what became of a submit that ended without a clear answer."""

from contextlib import closing

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal
from runner.api.plans import JOURNAL_FILE
from runner.api.production import Production, check_shot, hold, open_production
from runner.api.targets import Target
from runner.model.journal import Event, WasAbandoned, WasAccepted, WasFoundUncharged
from runner.model.ledger import Attempt
from runner.planning.ledger import fold


def resolve(target: Target, shot: str, answer: str, job: str | None = None) -> tuple[Attempt, ...]:
    """The attempts of that shot that were open, after writing the answer down.

    `charged` with a job goes on with that job, without one books it as lost; `not-charged` sends it again at the
    next run; `abandon` lets go of it knowingly; `later` writes nothing. Of an attempt whose job is known only
    `later`, `abandon` and `charged` without another job can be said.
    """
    production = open_production(target)
    if not _is_voice_or_element(production, shot):
        check_shot(production, shot)
    clock = SystemClock()
    with (
        hold(production, "resolve"),
        closing(SqliteJournal(production.home / JOURNAL_FILE, clock)) as journal,
    ):
        attempts = tuple(
            attempt
            for attempt in fold(journal.entries()).open_attempts
            if attempt.intent.shot == shot and (attempt.state.is_doubtful or _suits_a_job(answer, job))
        )
        for attempt in attempts:
            event = _event_of(attempt, answer, job)
            if event is not None:
                journal.append(event)
    return attempts


def _suits_a_job(answer: str, job: str | None) -> bool:
    """A clip that cannot be had any more is a question too, though not whether its job was taken."""
    return answer in {"abandon", "later"} or (answer == "charged" and job is None)


def _is_voice_or_element(production: Production, label: str) -> bool:
    """`voice:gruff`, as its attempts are called."""
    kind, _, name = label.partition(":")
    return name in {"voice": production.storyboard.voices, "element": production.storyboard.elements}.get(kind, {})


def _event_of(attempt: Attempt, answer: str, job: str | None) -> Event | None:
    match answer:
        case "charged" if job is not None:
            return WasAccepted(attempt.id, job)
        case "not-charged":
            return WasFoundUncharged(attempt.id, by="a person")
        case "charged" | "abandon":
            # Booked at its high price: what may have been paid counts against the budget.
            return WasAbandoned(attempt.id, charged=True)
        case _:
            return None
