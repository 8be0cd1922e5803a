"""Answers to what only a person can know: what became of a submit that ended without a clear answer."""

from collections.abc import Sequence
from contextlib import closing

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal
from runner.api.manifests import find_manifests
from runner.api.plans import JOURNAL_FILE, Selection, plan_production, recorded
from runner.api.production import Production, check_shot, examine, hold
from runner.api.targets import Target
from runner.core.diagnostic import has_errors
from runner.core.errors import Invalid
from runner.model.journal import Entry, Event, WasAbandoned, WasAccepted, WasFoundUncharged
from runner.model.ledger import Attempt
from runner.model.manifest import Guard
from runner.model.request import Key
from runner.planning.ledger import fold
from runner.planning.lost_attempts import is_by_loss
from runner.planning.questions import (
    OpenQuestion,
    OpenQuestions,
    about_answer,
    about_label,
    check_job,
    check_locked_job,
    check_single,
    name_open,
)
from runner.planning.trust import effective_guard
from runner.planning.verdict import clears_up


def list_questions(target: Target) -> OpenQuestions:
    """Every open attempt of the production, whatever its shot, roll and profile. Busy while a run may still end one."""
    production = _open_recorded(target)
    with hold(production, "resolve"):
        still_open = fold(recorded(production)).open_attempts
    asked = frozenset(one.id for one in only_a_person_knows(production, still_open))
    questions = [OpenQuestion(one, name_open(one, still_open, production.storyboard.profiles)) for one in still_open]
    return OpenQuestions(
        tuple(one for one in questions if one.attempt.id in asked),
        tuple(one for one in questions if one.attempt.id not in asked),
    )


def only_a_person_knows(production: Production, still_open: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """Of open attempts, those no run clears up or goes on with by itself."""
    manifests = find_manifests({one.intent.gateway for one in still_open}, production.files)
    guards = {name: effective_guard(manifest, production.storyboard) for name, manifest in manifests.items()}
    return tuple(one for one in still_open if one.unfit is not None or _is_doubt(one, guards.get(one.intent.gateway)))


def _is_doubt(attempt: Attempt, guard: Guard | None) -> bool:
    """`guard`: of its gateway; None where nobody describes that any more."""
    return attempt.state.is_doubtful and (guard is None or is_by_loss(attempt) or not clears_up(guard))


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
    production = _open_recorded(target)
    clock = SystemClock()
    with (
        hold(production, "resolve"),
        closing(SqliteJournal(production.home / JOURNAL_FILE, clock)) as journal,
    ):
        entries = journal.entries()
        ledger = fold(entries)
        found = _meant(production, shot, tuple(entries), roll, attempt)
        if not found:
            _check_label(production, shot)
        asked = about_answer(found, answer, job)
        if answer != "later":
            check_single(asked, shot, target.profile, answer, job)
        for one in asked:
            if job is not None:
                check_job(ledger.attempts.values(), one, job)
                check_locked_job(production.lock, one, job)
            event = _event_of(one, answer, job)
            if event is not None:
                journal.append(event)
    return tuple(asked)


def _open_recorded(target: Target) -> Production:
    """The production for what was sent: its storyboard may have errors by now."""
    examined = examine(target)
    production = examined.production or examined.faulty
    if production is None:
        raise Invalid(*examined.diagnostics)
    return production


def _meant(
    production: Production, shot: str, entries: tuple[Entry, ...], roll: int | None, attempt: str | None
) -> list[Attempt]:
    """An attempt's own id says which of the shot's is meant; it makes no other shot's of it."""
    still_open, keys = fold(entries).open_attempts, _keys_now(production, shot, entries)
    if attempt is not None:
        of_shot = [one for one in still_open if one.intent.shot == shot or one.intent.key in keys]
        return [one for one in of_shot if one.id == attempt and roll in {None, one.intent.roll}]
    return [
        one for one in about_label(still_open, shot, production.target.profile, keys) if roll in {None, one.intent.roll}
    ]


def _keys_now(production: Production, shot: str, entries: tuple[Entry, ...]) -> frozenset[Key]:
    """What the shot asks for now: it may have been sent under another's name, or under the one it had before.

    A storyboard with errors asks for nothing yet.
    """
    if has_errors(production.diagnostics) or shot not in {one.id for one in production.storyboard.shots}:
        return frozenset()
    planned = plan_production(production, entries, Selection()).plan.shot(shot)
    return frozenset(roll.key for roll in planned.rolls if isinstance(roll.key, str))


def _check_label(production: Production, label: str) -> None:
    """Invalid where it is no shot, voice or element, or where what is wrong keeps that from being known."""
    if has_errors(production.diagnostics):
        raise Invalid(*production.diagnostics)
    if not _is_voice_or_element(production, label):
        check_shot(production, label)


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
