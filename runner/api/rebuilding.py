"""Rebuilds a damaged journal: what is left of it, what the lock knows, what the gateway finds; and asks for the rest.

Nothing is ever submitted here. What may have been lost is concluded in `planning.rebuilding`, where it may have been
sent in `views`; `adapters.journal_swap` exchanges the files, and keeps the old journal.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal, read_entries
from runner.adapters.journal_salvage import Salvage, examine_journal
from runner.adapters.journal_swap import finish_swap, replace_journal
from runner.adapters.store import FolderStore
from runner.api.gateways import known_account
from runner.api.lookups import Finding, look_up_all, name_job
from runner.api.plans import JOURNAL_FILE, Planned, Selection, plan_production
from runner.api.production import Production, hold, keep_id, open_production
from runner.api.questions import only_a_person_knows
from runner.api.targets import Target
from runner.api.views import guard_of, paid_views
from runner.model.journal import Entry, Event, HasFailed, WasAccepted, WasFoundUncharged
from runner.model.ledger import Attempt, Ledger
from runner.model.rebuilt import Rebuilt
from runner.model.request import Key
from runner.planning.ledger import fold, keep_fitting, new_attempt_id
from runner.planning.lost_attempts import (
    Asked,
    Where,
    asked_again,
    can_look_up,
    doubt,
    intend,
    is_by_loss,
    is_of_lost_request,
    put_back,
)
from runner.planning.rebuilding import locked_takes, suspects, suspects_behind

_UNANSWERABLE: Final = "no gateway could say what became of it"


@dataclass(slots=True)
class _Draft:
    """The journal as it grows."""

    ledger: Ledger
    write_entry: Callable[[Event, str | None], None]
    from_lock: int = 0
    from_gateway: int = 0
    not_asked: dict[str, str] = field(default_factory=dict)
    attempts: set[str] = field(default_factory=set)

    def write(self, *events: Event, moment: str | None = None) -> None:
        for event in events:
            self.write_entry(event, moment)
            self.attempts.add(event.attempt)

    def new_attempt(self, key: Key) -> str:
        return new_attempt_id(self.attempts, key)


def rebuild_journal(target: Target) -> Rebuilt:
    """Changes nothing where the journal is whole and nothing of an earlier loss can be cleared up."""
    with hold(open_production(target), "resolve --journal"):
        production = open_production(target)
        path = production.home / JOURNAL_FILE
        finished = finish_swap(path)
        salvage = examine_journal(path)
        if salvage is None and not read_entries(path) and _may_have_been_sent(production):
            salvage = Salvage("it holds nothing, and the lock says that runs were begun", (), None)
        if salvage is None:
            return _look_again(target, production, path, finished)
        return _rebuild(target, production, path, salvage)


def _may_have_been_sent(production: Production) -> bool:
    """The lock is written before anything is sent, so that with none nothing was."""
    return production.lock_path.exists()


def _rebuild(target: Target, production: Production, path: Path, salvage: Salvage) -> Rebuilt:
    clock = SystemClock()
    entries = list(keep_fitting(salvage.entries))
    attempts = {entry.event.attempt for entry in entries}

    def write(event: Event, moment: str | None) -> None:
        entries.append(Entry(len(entries) + 1, moment or clock.now(), event))

    draft = _Draft(fold(entries), write, attempts=set(attempts))
    views = tuple(paid_views(target, production, draft.ledger))
    for view in views:
        _put_back_locked(view, draft, entries)
    for view in views:
        _clear_up(view, draft, entries)
    keep_id(production)
    kept = replace_journal(path, entries)
    # Opened as a run would: what was built must pass.
    with closing(SqliteJournal(path, clock)) as journal:
        ledger = fold(journal.entries())
    rebuilt = Rebuilt(
        damage=salvage.found,
        kept=kept,
        missing=salvage.missing,
        from_journal=len(attempts),
        from_lock=draft.from_lock,
        from_gateway=draft.from_gateway,
        not_asked=draft.not_asked,
    )
    return _conclude(rebuilt, production, ledger)


def _look_again(target: Target, production: Production, path: Path, kept: Path | None) -> Rebuilt:
    """What could not be looked up when the journal was rebuilt."""
    if not path.exists():
        return Rebuilt(None, kept)
    with closing(SqliteJournal(path, SystemClock())) as journal:
        ledger = fold(journal.entries())
        draft = _Draft(ledger, lambda event, _moment: _append(journal, event), attempts=set(ledger.attempts))
        for view in paid_views(target, production, ledger):
            _ask_again(view, draft)
        rebuilt = Rebuilt(None, kept, from_gateway=draft.from_gateway, not_asked=draft.not_asked)
        return _conclude(rebuilt, production, fold(journal.entries()))


def _append(journal: SqliteJournal, event: Event) -> None:
    journal.append(event)


def _conclude(rebuilt: Rebuilt, production: Production, ledger: Ledger) -> Rebuilt:
    questions = only_a_person_knows(production, ledger.open_attempts)
    known = {take.digest for take in production.lock.all_takes()} | {one.digest for one in ledger.attempts.values()}
    unclaimed = len(FolderStore(production.home).clips() - known) if rebuilt.damage is not None else 0
    return replace(rebuilt, questions=questions, unclaimed=unclaimed, home=production.home)


# --- what is concluded


def _plan(view: Production, entries: list[Entry]) -> Planned:
    return plan_production(view, entries, Selection(), known_account(view))


def _put_back_locked(view: Production, draft: _Draft, entries: list[Entry]) -> None:
    planned, store = _plan(view, entries), FolderStore(view.home)
    for asked, take in tuple(locked_takes(planned.inputs, planned.plan, planned.inputs.ledger)):
        clip = None if take.digest is None else store.clip(take.digest)
        is_whole = clip is not None and take.digest is not None and store.verify(take.digest)
        size = clip.stat().st_size if clip is not None and is_whole else None
        name = name_job(planned, asked, 0)
        moment = f"{take.made.removesuffix('Z')}.000Z"
        draft.write(*put_back(asked, take, draft.new_attempt(asked.key), size, name), moment=moment)
        draft.from_lock += 1


def _clear_up(view: Production, draft: _Draft, entries: list[Entry]) -> None:
    planned, guard = _plan(view, entries), guard_of(view)
    asked = tuple(suspects(planned.inputs, planned.plan))
    if not asked:
        return
    ledger = planned.inputs.ledger
    where, findings, trouble = look_up_all(planned, asked, ledger, can_look_up=can_look_up(guard))
    if trouble is not None:
        draft.not_asked[view.manifest.name] = trouble
    for finding in findings:
        _write_finding(draft, finding, where)
        if finding.cause is not None:
            _write_doubt(draft, finding.asked, where, finding.name)
    if can_look_up(guard):
        return
    doubted = frozenset(finding.asked.label for finding in findings)
    planned = _plan(view, entries)
    for behind in tuple(suspects_behind(planned.inputs, planned.plan, doubted)):
        _write_doubt(draft, behind, where, name_job(planned, behind, 0))


def _ask_again(view: Production, draft: _Draft) -> None:
    doubts = [
        one
        for one in draft.ledger.open_attempts
        if is_by_loss(one) and not is_of_lost_request(one) and _belongs(one, view)
    ]
    if not doubts or not can_look_up(guard_of(view)):
        return
    planned = plan_production(view, (), Selection())
    others = Ledger({name: one for name, one in draft.ledger.attempts.items() if one not in doubts})
    asked = tuple(asked_again(one) for one in doubts)
    where, findings, trouble = look_up_all(planned, asked, others, can_look_up=True)
    if trouble is not None:
        draft.not_asked[view.manifest.name] = trouble
    for attempt, finding in zip(doubts, findings, strict=True):
        if finding.cause is None:
            draft.write(WasFoundUncharged(attempt.id, "look-up"))
            _write_finding(draft, finding, where)


def _belongs(attempt: Attempt, view: Production) -> bool:
    """Each is asked after once, whatever other profiles have the same gateway."""
    intent, endpoint = attempt.intent, view.endpoint
    is_here = endpoint is not None and intent.endpoint == endpoint.url and intent.gateway == view.manifest.name
    return is_here and intent.profile == view.storyboard.profile


def _write_finding(draft: _Draft, finding: Finding, where: Where) -> None:
    for name, job, state in finding.failed:
        attempt = draft.new_attempt(finding.asked.key)
        draft.write(intend(finding.asked, where, attempt, name), WasAccepted(attempt, job))
        draft.write(HasFailed(attempt, state.failure, state.charged, state.charge))
        draft.from_gateway += 1
    if finding.job is not None:
        attempt = draft.new_attempt(finding.asked.key)
        draft.write(intend(finding.asked, where, attempt, finding.name), WasAccepted(attempt, finding.job))
        draft.from_gateway += 1


def _write_doubt(draft: _Draft, asked: Asked, where: Where, name: str) -> None:
    attempt = draft.new_attempt(asked.key)
    draft.write(intend(asked, where, attempt, name), doubt(attempt, _UNANSWERABLE))
