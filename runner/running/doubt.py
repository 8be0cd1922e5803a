"""Clears up a submit nobody knows the end of, by what the manifest's guard says of the gateway. Without proof: ask."""

from datetime import datetime
from typing import Final

from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    FailureClass,
    FindAnswer,
    Found,
    LookupFailed,
    NotFound,
    NotSent,
    Rejected,
    Uncertain,
)
from runner.model.journal import WasAccepted, WasFoundUncharged
from runner.model.ledger import Attempt
from runner.model.manifest import Proof
from runner.planning.lost_attempts import is_by_loss
from runner.running.pace import grow_pause
from runner.running.pools import Slot
from runner.running.shared import Order, RollEnd, SharedRun
from runner.running.submitting import call_submit, record_open

# A job shows in a gateway's look-up at the latest after this many seconds.
_UNTIL_SHOWN: Final = 60.0
_LOOKS: Final = 4
_SENDINGS: Final = 4
_SURE = frozenset({Proof.PROVEN, Proof.DOCUMENTED})


async def clear_doubt(run: SharedRun, order: Order | None, attempt: Attempt, slot: Slot) -> Attempt | RollEnd:
    """The attempt in a state that is known, or why it stays open.

    Without an order (its request is not asked for any more) nothing is sent again, whatever the guard allows.
    """
    slot.occupy()
    for tries in range(_SENDINGS):
        answer = await _look_up(run, attempt)
        if answer is None:
            return run.interrupted(attempt)
        if isinstance(answer, Found):
            return run.books.record(WasAccepted(attempt.id, answer.job))
        if run.books.exists_unfound(attempt):
            return run.ask(attempt, f"{_doubt(run, attempt)} It says one of this name exists, but does not find it.")
        if order is None or not _is_refused_twice(run):
            return await _wait_until_shown(run, attempt, answer)
        if run.may_not_spend:
            return run.waiting(attempt, "it may have to be sent again, and `--no-spend` sends nothing that costs")
        await run.wait_at_gate()
        if run.is_stopping:
            return run.interrupted(attempt)
        if run.shut is not None:
            return run.waiting(attempt, f"{_doubt(run, attempt)} It is {run.shut.message}.")
        attempt, is_over = await _send_again(run, order, attempt)
        if not attempt.state.is_doubtful:
            return attempt
        if is_over:
            return await _wait_until_shown(run, attempt, answer)
        if not await run.pause(grow_pause(tries)):
            return run.interrupted(attempt)
    return run.waiting(attempt, f"{_doubt(run, attempt)} Asking again brought no answer.")


async def _look_up(run: SharedRun, attempt: Attempt) -> FindAnswer | None:
    """None when the run is to stop. What exists by the gateway's own word may only be late in showing."""
    answer: FindAnswer = LookupFailed("")
    for look in range(_LOOKS):
        if run.is_stopping:
            return None
        answer = await run.outside.gateway.find(attempt.intent.name, attempt.intent.route)
        is_late = isinstance(answer, NotFound) and run.books.exists_unfound(attempt)
        if not is_late and not (isinstance(answer, LookupFailed) and not answer.is_final):
            return answer
        if look < _LOOKS - 1 and not await run.pause(grow_pause(look)):
            return None
    return answer


async def _send_again(run: SharedRun, order: Order, attempt: Attempt) -> tuple[Attempt, bool]:
    """Under the same name, which the gateway refuses if it has it already; the intent is on disk since the first time.

    What says only that this second sending came to nothing is not written down: it says nothing of the first. With it,
    whether sending once more is of no use.
    """
    run.tell(attempt, "submitting", "again under the same name")
    answer = await call_submit(run, order, attempt)
    match answer:
        case Accepted() | AlreadyExists() | Uncertain():
            return record_open(run, attempt, answer), False
        case NotSent():
            return attempt, False
        case Rejected():
            return attempt, answer.failure.kind is not FailureClass.LIMIT


async def _wait_until_shown(run: SharedRun, attempt: Attempt, answer: FindAnswer) -> Attempt | RollEnd:
    """A look-up that can be trusted says after a minute that there is no such job: then nothing was charged."""
    if isinstance(answer, LookupFailed) and run.guard.found in _SURE:
        return run.waiting(attempt, f"{_doubt(run, attempt)} It cannot be looked up now: {answer.cause}.")
    if isinstance(answer, LookupFailed) or (run.guard.found not in _SURE and not run.manifest.free):
        return run.ask(attempt, _doubt(run, attempt))
    missing = 0.0 if run.manifest.free else _UNTIL_SHOWN - _seconds_between(attempt.changed, run.outside.clock.now())
    if missing > 0:
        run.tell(attempt, "waiting", f"looking it up again in {missing:.0f} s")
        if not await run.pause(min(missing, _UNTIL_SHOWN)):
            return run.interrupted(attempt)
        looked = await _look_up(run, attempt)
        if looked is None:
            return run.interrupted(attempt)
        if isinstance(looked, Found):
            return run.books.record(WasAccepted(attempt.id, looked.job))
        if isinstance(looked, LookupFailed):
            return run.waiting(attempt, f"{_doubt(run, attempt)} It cannot be looked up now: {looked.cause}.")
    return run.books.record(WasFoundUncharged(attempt.id, "look-up"))


def _is_refused_twice(run: SharedRun) -> bool:
    return run.guard.named in _SURE and run.guard.refused in _SURE


def _seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def _doubt(run: SharedRun, attempt: Attempt) -> str:
    why = attempt.cause or "the process ended before the answer came"
    if is_by_loss(attempt):
        return f"whether {run.manifest.title} was sent `{attempt.intent.shot}` before is not known ({why})."
    # Where no name of ours goes out nobody would find it by that, and take it for never sent.
    named = f"job `{attempt.intent.name}`"
    what = named if run.guard.named in _SURE else f"what was sent for `{attempt.intent.shot}` at {attempt.intended}"
    return f"whether {run.manifest.title} took {what} is not known ({why})."
