"""Clears up a submit nobody knows the end of, by what the manifest's guard says of the gateway. Without proof: ask."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    FailureClass,
    FindAnswer,
    Found,
    Gone,
    LookupFailed,
    NotFound,
    NotSent,
    Rejected,
    Uncertain,
)
from runner.model.journal import WasAbandoned, WasAccepted, WasFoundUncharged, WasLost, WasNotSent, WasRejected
from runner.model.ledger import Attempt
from runner.model.manifest import Proof
from runner.planning.lost_attempts import is_by_loss
from runner.planning.trust import is_by_trust
from runner.running.pace import grow_pause
from runner.running.pools import Slot
from runner.running.shared import Order, RollEnd, SharedRun
from runner.running.submitting import call_submit, record_open

# A job shows in a gateway's look-up at the latest after this many seconds.
_UNTIL_SHOWN: Final = 60.0
_LOOKS: Final = 4
# The pauses between these are that long together.
_LATE_LOOKS: Final = 7
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
            return _take_up(run, attempt, answer)
        is_removed = attempt.is_resource and isinstance(answer, NotFound)
        if run.books.exists_unfound(attempt) and not is_removed and not _is_unreached(answer):
            return run.ask(attempt, f"{_doubt(run, attempt)} It says one of this name exists, but does not find it.")
        if order is None or not _is_refused_twice(run) or run.books.exists_unfound(attempt):
            return await _wait_until_shown(run, attempt, answer)
        if run.may_not_spend:
            return run.waiting(attempt, "it may have to be sent again, and `--no-spend` sends nothing that costs")
        await run.wait_at_gate()
        if run.is_stopping:
            return run.interrupted(attempt)
        if run.shut is not None:
            return run.waiting(attempt, f"{_doubt(run, attempt)} It is {run.shut.message}.")
        refusal = _refuse_again(run, order, attempt)
        if refusal is not None:
            return run.waiting(attempt, f"it would have to be sent again, and {refusal}")
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
    look = 0
    while not run.is_stopping:
        answer = await run.outside.gateway.find(attempt.intent.name, attempt.intent.route)
        if isinstance(answer, Found) and (other := _other_shot_of(run, attempt, answer.job)) is not None:
            return LookupFailed(f"it names job `{answer.job}`, which it had given to `{other}` before")
        is_late = isinstance(answer, NotFound) and run.books.exists_unfound(attempt)
        if not is_late and not _is_unreached(answer):
            return answer
        look += 1
        # One that was removed does not show either; its minute is waited for elsewhere.
        if look >= (_LATE_LOOKS if is_late and not attempt.is_resource else _LOOKS):
            return answer
        if not await run.pause(grow_pause(look - 1)):
            return None
    return None


def _other_shot_of(run: SharedRun, attempt: Attempt, job: str) -> str | None:
    """Whose job it is by journal or lock: without the journal, a name may be one that an earlier request was given."""
    other = run.books.other_request_of(attempt, job)
    return run.locked.other_shot_of(attempt.intent, job) if other is None else other.intent.shot


async def _send_again(run: SharedRun, order: Order, attempt: Attempt) -> tuple[Attempt, bool]:
    """Under the same name, which the gateway refuses if it has it already; the intent is on disk since the first time.

    What says only that this second sending came to nothing is not written down: it says nothing of the first. With it,
    whether sending once more is of no use.
    """
    run.tell(attempt, "submitting", "again under the same name")
    if _is_by_trust(run):
        return await _send_by_trust(run, order, attempt)
    was_sent_now = run.books.was_sent_now(attempt)
    # Ahead of the call: what others may still spend is asked while it is under way.
    run.books.note_sent(attempt)
    answer = await call_submit(run, order, attempt, is_again=True)
    if isinstance(answer, Accepted | Uncertain):
        return record_open(run, attempt, answer), False
    if not was_sent_now:
        run.books.forget_sent(attempt)
    match answer:
        case AlreadyExists():
            return record_open(run, attempt, answer), False
        case NotSent():
            return attempt, False
        case Rejected():
            return attempt, answer.failure.kind is not FailureClass.LIMIT


async def _send_by_trust(run: SharedRun, order: Order, first: Attempt) -> tuple[Attempt, bool]:
    """Where nobody has proved that the gateway takes only one of a name, the second is an attempt of its own: it may
    have been paid for beside the first.
    """
    account, again = run.outside.gateway.account, run.books.next_attempt_id(first.intent.key)
    second = run.books.record(replace(first.intent, attempt=again, account=account, price=order.price))
    match answer := await call_submit(run, order, second):
        case Accepted() | Uncertain():
            second = record_open(run, second, answer)
            if second.job is not None:
                _let_go_of_doubts(run, second)
            return second, False
        case AlreadyExists():
            run.books.record(WasFoundUncharged(second.id, "refused as the second of its name"))
            return record_open(run, first, answer), False
        case NotSent():
            run.books.record(WasNotSent(second.id, answer.cause))
            return first, False
        case Rejected():
            run.books.record(WasRejected(second.id, answer.failure, answer.retry_after_seconds))
            return first, answer.failure.kind is not FailureClass.LIMIT


def _let_go_of_doubts(run: SharedRun, taken: Attempt) -> None:
    """There is a job under their name now. Whether they were paid for is not known: booked as paid, they count."""
    for one in run.books.attempts_of(taken.intent.key):
        if one.state.is_doubtful and one.intent.name == taken.intent.name:
            run.books.record(WasAbandoned(one.id, charged=True))


async def _wait_until_shown(run: SharedRun, attempt: Attempt, answer: FindAnswer) -> Attempt | RollEnd:
    """A look-up that can be trusted says after a minute that there is no such job: then nothing was charged."""
    if isinstance(answer, LookupFailed) and run.guard.found in _SURE:
        return run.waiting(attempt, f"{_doubt(run, attempt)} It cannot be looked up now: {answer.cause}.")
    if isinstance(answer, LookupFailed) or (run.guard.found not in _SURE and not run.manifest.free):
        return run.ask(attempt, _doubt(run, attempt))
    missing = _seconds_until_shown(run, attempt)
    if missing > 0:
        run.tell(attempt, "waiting", f"looking it up again in {missing:.0f} s")
        if not await run.pause(min(missing, _UNTIL_SHOWN)):
            return run.interrupted(attempt)
        looked = await _look_up(run, attempt)
        if looked is None:
            return run.interrupted(attempt)
        if isinstance(looked, Found):
            return _take_up(run, attempt, looked)
        if isinstance(looked, LookupFailed):
            return run.waiting(attempt, f"{_doubt(run, attempt)} It cannot be looked up now: {looked.cause}.")
    if run.books.exists_unfound(attempt):
        return run.books.record(WasLost(attempt.id))
    return run.books.record(WasFoundUncharged(attempt.id, "look-up"))


def _seconds_until_shown(run: SharedRun, attempt: Attempt) -> float:
    """Where it may be sent again under its name, a run that was killed may have done so a moment ago without a word."""
    if run.manifest.free:
        return 0.0
    if _is_refused_twice(run):
        return _UNTIL_SHOWN
    return _UNTIL_SHOWN - _seconds_between(attempt.changed, run.outside.clock.now())


def _refuse_again(run: SharedRun, order: Order, attempt: Attempt) -> str | None:
    """A budget counts what is in doubt already; what a run may cost does not know of an earlier one's."""
    if run.manifest.free:
        return None
    return run.purse.refuse(order.price) if _is_by_trust(run) else run.purse.refuse_again(attempt)


def _take_up(run: SharedRun, attempt: Attempt, found: Found) -> Attempt:
    """A voice or an element that was made and removed is lost: the next is made under a fresh name."""
    if attempt.is_resource and isinstance(found.state, Gone):
        return run.books.record(WasLost(attempt.id))
    return run.books.record(WasAccepted(attempt.id, found.job))


def _is_unreached(answer: FindAnswer) -> bool:
    """Nobody has said that it does not find it."""
    return isinstance(answer, LookupFailed) and not answer.is_final


def _is_by_trust(run: SharedRun) -> bool:
    return is_by_trust(run.manifest.guard) and not run.manifest.free


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
