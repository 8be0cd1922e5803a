"""From an accepted job to a stored take: asking how it goes, fetching, looking at what came, keeping it.

Nothing here costs, so all of it is tried again with patience, and giving up for now leaves the job where it is.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from runner.core.canonical import Digest, Json
from runner.model.gateway import (
    Failed,
    Failure,
    FailureClass,
    Fetched,
    FetchFailed,
    Gone,
    LinkExpired,
    Running,
    Succeeded,
    Unreadable,
)
from runner.model.journal import HasFailed, HasSucceeded, WasRegistered, WasStored
from runner.model.ledger import Attempt
from runner.model.money import Money
from runner.model.outside import MediaTrouble
from runner.model.request import Identity
from runner.model.run import Outcome
from runner.planning.questions import hint_for_unfit, say_unfit
from runner.planning.takes import ANIMATIC
from runner.running.pace import grow_pause, meet_tick, poll_pause, spread
from runner.running.pools import Slot
from runner.running.shared import RollEnd, SharedRun

_UNREADABLE_ANSWERS: Final = 10
# A job may show a little later than its acceptance; a paid one is not given up at the first word.
_GONE_ANSWERS: Final = 3
_FETCHES: Final = 6
_DAMAGED_FETCHES: Final = 2
# By how much a charge may differ from its price before it is told.
_ODD_SHARE: Final = Decimal("0.15")


async def follow_job(run: SharedRun, attempt: Attempt, slot: Slot) -> Attempt | RollEnd:
    """Until the job has ended, the wait has, or the run is to stop. Only the job's own end is written down."""
    slot.occupy()
    job, clock = attempt.job or "", run.outside.clock
    started = clock.monotonic()
    unreadable = gone = 0
    while not run.is_stopping:
        if not await _wait_until_asked(run, attempt, started):
            break
        match state := await run.outside.gateway.poll(job, attempt.intent.route):
            case Succeeded():
                tell_odd_charge(run, attempt, state.charge)
                return run.books.record(HasSucceeded(attempt.id, state.result, state.charge))
            case Failed():
                attempt = run.books.record(HasFailed(attempt.id, state.failure, state.charged, state.charge))
                return run.failed(attempt, state.failure)
            case Running():
                unreadable = gone = 0
                run.tell(attempt, "running", "" if state.progress is None else f"{state.progress:.0%}")
            case Unreadable():
                unreadable += 1
                run.polls.hold(state.retry_after_seconds or 0.0, clock.monotonic())
                if unreadable == _UNREADABLE_ANSWERS:
                    return run.waiting(attempt, f"job `{job}` cannot be asked about: {state.cause}")
            case Gone():
                gone += 1
                if run.manifest.free or gone == _GONE_ANSWERS:
                    return _miss_job(run, attempt)
        waited = clock.monotonic() - started
        if waited >= run.options.wait_seconds:
            return run.waiting(attempt, f"job `{job}` still runs after {waited:.0f} s")
        await run.pause(_pause_of(run, attempt, waited, unreadable + gone))
    return run.interrupted(attempt)


async def _wait_until_asked(run: SharedRun, attempt: Attempt, started: float) -> bool:
    """A gateway that asked for patience has it, whichever job it said it of, within what a job is waited for."""
    clock = run.outside.clock
    while (held := run.polls.seconds_to_wait(clock.monotonic())) > 0:
        left = started + run.options.wait_seconds - clock.monotonic()
        if left <= 0:
            break
        await run.pause(min(left, spread(held, attempt.id)))
        if run.is_stopping:
            return False
    return True


def _pause_of(run: SharedRun, attempt: Attempt, waited: float, troubled: int) -> float:
    if troubled:
        return spread(grow_pause(troubled - 1, 2.0), attempt.id)
    seconds = poll_pause(waited, _expect(run, attempt), is_free=run.manifest.free)
    interface = run.manifest.interface
    if interface is not None and interface.poll.batch is not None:
        return meet_tick(seconds, run.outside.clock.monotonic())
    return seconds if run.manifest.free else spread(seconds, attempt.id)


def _expect(run: SharedRun, attempt: Attempt) -> float | None:
    """Seconds such a job usually takes, as far as the manifest knows."""
    pace, length = run.manifest.seconds_per_second, attempt.intent.canonical.get("duration")
    return None if pace is None or not isinstance(length, int) else pace * length


async def bring_home(run: SharedRun, attempt: Attempt) -> Attempt | RollEnd:
    """The finished clip into the store; the attempt again where a free job has to be made once more."""
    visit = _Visit(attempt.result or {})
    while not run.is_stopping:
        run.tell(attempt, "fetching")
        try:
            end = await _fetch_once(run, attempt, visit)
        except OSError as trouble:
            return run.waiting(attempt, f"its clip cannot be stored: {trouble.strerror or trouble}")
        if end is not None:
            return end
        await run.pause(grow_pause(visit.failures))
    return run.interrupted(attempt)


def tell_odd_charge(run: SharedRun, attempt: Attempt, charge: Money | None) -> None:
    """A gateway that charges otherwise than its prices say: the next plan would be wrong as well."""
    price = attempt.intent.price
    if charge is None or price is None or charge.currency != price.currency:
        return
    low, high = price.low * (1 - _ODD_SHARE), price.high * (1 + _ODD_SHARE)
    if not low <= charge.amount <= high:
        told = f"{attempt.intent.shot}: {run.manifest.title} charged {charge}, the plan had {price}"
        run.progress.said(f"{told}; `prices:` in the storyboard corrects that")


def register(run: SharedRun, attempt: Attempt) -> RollEnd:
    """A voice or an element is there as soon as its id is known: nothing has to be fetched."""
    found = (attempt.result or {}).get("id")
    if not isinstance(found, str):
        return run.ask(attempt, f"job `{attempt.job}` is done, and {run.manifest.title} does not say under which id")
    attempt = run.books.record(WasRegistered(attempt.id, found))
    run.tell(attempt, "stored", f"as `{found}`")
    return RollEnd(Outcome.MADE if run.books.was_sent_now(attempt) else Outcome.RESUMED, attempt=attempt.id)


@dataclass(slots=True)
class _Visit:
    """What has been tried while fetching one clip."""

    result: Mapping[str, Json]
    failures: int = 0
    damaged: int = 0
    has_fresh_link: bool = False

    def count_failure(self, run: SharedRun, attempt: Attempt, cause: str) -> RollEnd | None:
        self.failures += 1
        if self.failures < _FETCHES:
            return None
        return run.waiting(attempt, f"its clip is made, but could not be fetched: {cause}")


async def _fetch_once(run: SharedRun, attempt: Attempt, visit: _Visit) -> Attempt | RollEnd | None:
    """None where it is worth another try."""
    file = run.outside.store.new_file(".mp4")
    try:
        match answer := await run.outside.gateway.fetch(attempt.job or "", visit.result, file):
            case Fetched():
                return await _take_in(run, attempt, file, visit)
            case LinkExpired():
                return await _refresh_link(run, attempt, visit)
            case FetchFailed():
                return await _go_on_fetching(run, attempt, visit, answer.cause)
    finally:
        file.unlink(missing_ok=True)


async def _go_on_fetching(run: SharedRun, attempt: Attempt, visit: _Visit, cause: str) -> RollEnd | None:
    """An expired link is not always told as such, so before this is given up for now another link is asked for."""
    end = visit.count_failure(run, attempt, cause)
    if end is None or visit.has_fresh_link:
        return end
    state = await run.outside.gateway.poll(attempt.job or "", attempt.intent.route)
    if not isinstance(state, Succeeded) or state.result == visit.result:
        return end
    run.books.record(HasSucceeded(attempt.id, state.result, state.charge))
    visit.has_fresh_link, visit.result, visit.failures = True, state.result, 0
    return None


async def _take_in(run: SharedRun, attempt: Attempt, file: Path, visit: _Visit) -> RollEnd | None:
    fault = await asyncio.to_thread(_find_fault, run, attempt, file)
    if fault is not None:
        visit.damaged += 1
        if visit.damaged < _DAMAGED_FETCHES:
            return None
        digest, _ = await asyncio.to_thread(run.outside.store.keep, file)
        kept = run.outside.store.clip(digest)
        if fault.is_length and not run.manifest.free:
            # It would come again just so; no more of it until a person has said what it is to be.
            unfit = HasSucceeded(attempt.id, visit.result, None, unfit=f"{fault.words}, kept as {kept}")
            attempt = run.books.record(unfit)
            return RollEnd(Outcome.OPEN, say_unfit(attempt), hint_for_unfit(attempt), attempt.id)
        message = f"what came is not the clip that was asked for: {fault.words}"
        return RollEnd(Outcome.FAILED, message, f"look at it: {kept}", attempt.id, attempt.job)
    digest, size = await asyncio.to_thread(run.outside.store.keep, file)
    attempt = run.books.record(WasStored(attempt.id, digest, size, _identify(attempt, digest)))
    await run.outside.gateway.release(attempt.job or "")
    run.tell(attempt, "stored")
    return RollEnd(Outcome.MADE if run.books.was_sent_now(attempt) else Outcome.RESUMED, attempt=attempt.id)


@dataclass(frozen=True, slots=True)
class _Fault:
    words: str
    # It plays, and is longer or shorter than was asked for.
    is_length: bool


def _find_fault(run: SharedRun, attempt: Attempt, file: Path) -> _Fault | None:
    """Runs in a thread: it decodes all of the clip."""
    try:
        facts = run.outside.media.probe(file)
    except MediaTrouble as trouble:
        return _Fault(str(trouble), is_length=False)
    asked = attempt.intent.canonical.get("duration")
    if not isinstance(asked, int) or abs(float(facts.duration) - asked) <= max(1.5, asked / 4):
        return None
    return _Fault(f"it lasts {float(facts.duration):.1f} s, asked for were {asked} s", is_length=True)


def _identify(attempt: Attempt, digest: Digest) -> Identity:
    is_animatic = attempt.intent.canonical.get("medium") == ANIMATIC
    return Identity(attempt.intent.key if is_animatic else digest)


async def _refresh_link(run: SharedRun, attempt: Attempt, visit: _Visit) -> Attempt | RollEnd | None:
    if visit.has_fresh_link:
        return run.ask(attempt, f"the clip of job `{attempt.job}` is made, but its link has expired for good")
    match state := await run.outside.gateway.poll(attempt.job or "", attempt.intent.route):
        case Succeeded():
            visit.has_fresh_link, visit.result = True, state.result
            run.books.record(HasSucceeded(attempt.id, state.result, state.charge))
            return None
        case Gone():
            return _miss_job(run, attempt)
        case Failed() if run.manifest.free:
            attempt = run.books.record(HasFailed(attempt.id, state.failure, state.charged, state.charge))
            return run.failed(attempt, state.failure)
        case Failed():
            message = f"job `{attempt.job}` had succeeded and now says it failed: {state.failure.message}"
            return run.ask(attempt, message)
        case Running():
            return visit.count_failure(run, attempt, "its link has expired, and the job runs again")
        case Unreadable():
            return visit.count_failure(run, attempt, f"its link has expired: {state.cause}")


def _miss_job(run: SharedRun, attempt: Attempt) -> Attempt | RollEnd:
    """A free job is made again; what became of a paid one is for a person to say."""
    if not run.manifest.free:
        return run.ask(attempt, f"{run.manifest.title} does not know job `{attempt.job}` any more")
    lost = Failure(FailureClass.OURS, f"job `{attempt.job}` was lost before its clip was stored")
    return run.books.record(HasFailed(attempt.id, lost, charged=False, charge=None))
