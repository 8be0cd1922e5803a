"""Drives one roll of one shot to its end, from whatever state the ledger says it is in, by the table of docs/money.md.

Each step does one thing outside and records what came of it; a process that dies between two steps goes on from there.
"""

from typing import Final

from runner.model.ledger import Attempt, AttemptState
from runner.model.run import Outcome
from runner.running.delivery import bring_home, follow_job, register
from runner.running.doubt import clear_doubt
from runner.running.pools import Slot
from runner.running.shared import Order, RollEnd, SharedRun
from runner.running.submitting import send_new

# A free job that is lost again and again is not made for ever.
_SENDINGS: Final = 4
# Nor are names of voices and elements that were removed gone through for ever.
_LOST_NAMES: Final = 50


async def make_roll(run: SharedRun, order: Order, attempt: Attempt | None) -> RollEnd:
    """From an open attempt at just this request, or from none."""
    return await _drive(run, order, attempt)


async def finish_old(run: SharedRun, attempt: Attempt) -> RollEnd:
    """An open attempt nobody asks for any more: its clip is fetched and kept, and nothing is ever sent again for it."""
    return await _drive(run, None, attempt)


async def _drive(run: SharedRun, order: Order | None, attempt: Attempt | None) -> RollEnd:
    slot = Slot(run.pool, _model_of(order, attempt))
    sendings = lost = 0
    try:
        while True:
            if attempt is None or not attempt.state.is_open:
                is_lost = attempt is not None and attempt.state is AttemptState.LOST
                sendings, lost = sendings + (not is_lost), lost + is_lost
                if order is None or sendings > _SENDINGS or lost > _LOST_NAMES:
                    return _end_closed(attempt)
            step = await _step(run, order, attempt, slot)
            if isinstance(step, RollEnd):
                return step
            attempt = step
    finally:
        slot.leave()


async def _step(run: SharedRun, order: Order | None, attempt: Attempt | None, slot: Slot) -> Attempt | RollEnd:
    if attempt is not None and attempt.state.is_doubtful:
        return await clear_doubt(run, order, attempt, slot)
    if attempt is not None and attempt.state is AttemptState.ACCEPTED:
        return await follow_job(run, attempt, slot)
    if attempt is not None and attempt.state is AttemptState.SUCCEEDED:
        slot.leave()
        if attempt.is_resource:
            return register(run, attempt)
        return await bring_home(run, attempt)
    if order is None:
        return _end_closed(attempt)
    return await send_new(run, order, _sendable(attempt), slot)


def _model_of(order: Order | None, attempt: Attempt | None) -> str:
    if order is not None:
        return order.model
    return "" if attempt is None else attempt.intent.model


def _sendable(attempt: Attempt | None) -> Attempt | None:
    """What was never taken is sent on under the same attempt; what failed or was removed was one of its own."""
    is_over = attempt is None or attempt.state in {AttemptState.FAILED, AttemptState.LOST}
    return None if is_over else attempt


def _end_closed(attempt: Attempt | None) -> RollEnd:
    if attempt is not None and attempt.state is AttemptState.LOST:
        return RollEnd(Outcome.LEFT, "what had been made was removed at the provider", "run again", attempt=attempt.id)
    if attempt is None or attempt.failure is None:
        return RollEnd(Outcome.LEFT, "the provider never took it", attempt=attempt.id if attempt else None)
    return RollEnd(Outcome.FAILED, attempt.failure.message, "run again", attempt=attempt.id)
