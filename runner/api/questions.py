"""Answers to what only a person can know: what became of a submit that ended without a clear answer."""

from contextlib import closing

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal
from runner.api.plans import JOURNAL_FILE, Selection, plan_production
from runner.api.production import Production, check_shot, hold, open_production
from runner.api.targets import Target
from runner.model.journal import Entry, Event, WasAbandoned, WasAccepted, WasFoundUncharged
from runner.model.ledger import Attempt
from runner.model.request import Key
from runner.planning.ledger import fold
from runner.planning.questions import about_answer, about_label, check_job, check_single


def resolve(
    target: Target,
    shot: str,
    answer: str,
    job: str | None = None,
    *,
    roll: int | None = None,
    attempt: str | None = None,
) -> tuple[Attempt, ...]:
    """The open attempts an answer is about, as they were before it was written down; one, unless it is `later`.

    `charged` with a job goes on with that job, without one books it as lost; `not-charged` sends it again at the
    next run; `abandon` lets go of it knowingly; `later` writes nothing. While an attempt is in doubt the answer is
    about that; an attempt whose job is known can be let go of, or given the job that is truly its own.
    """
    production = open_production(target)
    clock = SystemClock()
    with (
        hold(production, "resolve"),
        closing(SqliteJournal(production.home / JOURNAL_FILE, clock)) as journal,
    ):
        entries = journal.entries()
        ledger = fold(entries)
        found = [
            one
            for one in about_label(
                ledger.open_attempts, shot, target.profile, _keys_now(production, shot, tuple(entries))
            )
            if roll in {None, one.intent.roll}
        ]
        if attempt is not None:
            found = [one for one in ledger.open_attempts if one.id == attempt]
        if not found and not _is_voice_or_element(production, shot):
            check_shot(production, shot)
        asked = about_answer(found, answer, job)
        if answer != "later":
            check_single(asked, shot, answer, job)
        for one in asked:
            if job is not None:
                check_job(ledger.attempts.values(), one, job)
            event = _event_of(one, answer, job)
            if event is not None:
                journal.append(event)
    return tuple(asked)


def _keys_now(production: Production, shot: str, entries: tuple[Entry, ...]) -> frozenset[Key]:
    """What the shot asks for now: it may have been sent under another's name, or under the one it had before."""
    if shot not in {one.id for one in production.storyboard.shots}:
        return frozenset()
    planned = plan_production(production, entries, Selection()).plan.shot(shot)
    return frozenset(roll.key for roll in planned.rolls if isinstance(roll.key, str))


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
