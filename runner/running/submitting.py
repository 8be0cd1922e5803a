"""The one paid call: intent on disk, then the call, then its answer on disk. Sent again only if uncharged."""

import asyncio
import contextlib

from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    CannotAsk,
    FailureClass,
    Gateway,
    NotSent,
    Rejected,
    SubmitAnswer,
    Uncertain,
)
from runner.model.journal import BecameUncertain, Intended, WasAccepted, WasNotSent, WasRejected
from runner.model.ledger import Attempt, AttemptState
from runner.model.request import Request
from runner.model.resource import RESOURCE
from runner.model.run import Outcome
from runner.planning.verdict import next_name
from runner.running.pace import finish_call, grow_pause, spread
from runner.running.pools import Slot
from runner.running.shared import HINTS, Order, RollEnd, SharedRun

# After these many tries a provider that cannot be reached, or is busy, is left for a later run.
_UNREACHED_TRIES = 5
_BUSY_TRIES = 20
# The next one would be told the same, whatever it asks for.
_SAID_OF_ALL = frozenset({FailureClass.BALANCE, FailureClass.ACCESS})
# By the gateway's own word, unlike one a person or a look-up has let go of.
_NEVER_TAKEN = frozenset({AttemptState.NOT_SENT, AttemptState.REJECTED})
_EXISTS = "the provider says that a job of this name exists"
_CUT_OFF = "cut off before the answer came"


async def send_new(run: SharedRun, order: Order, attempt: Attempt | None, slot: Slot) -> Attempt | RollEnd:
    """Until the provider has answered; an attempt that is open afterwards, or why there is none."""
    unreached = busy = 0
    is_new = attempt is None and _is_first_of_its_name(run, order)
    # Reads and packs the pictures ahead, off the loop; between asking for leave and the intent nothing is awaited.
    await asyncio.to_thread(_try_to_prepare, run.outside.gateway, order.request, _name_job(run, order, attempt))
    while True:
        hindrance = await _enter(run, order, attempt, slot)
        if hindrance is not None:
            return hindrance
        try:
            intent = _intend(run, order, attempt)
        except CannotAsk as trouble:
            return RollEnd(Outcome.BLOCKED, trouble.message, trouble.hint)
        attempt = run.books.record(intent)
        run.tell(attempt, "submitting")
        match answer := await call_submit(run, order, attempt):
            case Accepted() | AlreadyExists() | Uncertain():
                if isinstance(answer, Accepted):
                    run.pool.grow(order.model)
                return record_open(run, attempt, answer, is_new=is_new)
            case NotSent():
                attempt = run.books.record(WasNotSent(attempt.id, answer.cause))
                unreached += 1
                seconds = spread(grow_pause(unreached - 1), attempt.id)
            case Rejected():
                attempt = run.books.record(WasRejected(attempt.id, answer.failure, answer.retry_after_seconds))
                if answer.failure.kind is not FailureClass.LIMIT:
                    return run.failed(attempt, answer.failure)
                run.pool.shrink(order.model)
                busy += 1
                seconds = spread(answer.retry_after_seconds or grow_pause(busy - 1), attempt.id)
        slot.leave()
        if unreached == _UNREACHED_TRIES or busy == _BUSY_TRIES:
            return _given_up(run, attempt, answer)
        run.tell(attempt, "waiting", f"again in {seconds:.0f} s")
        await run.pause_before_sending(seconds)


async def call_submit(run: SharedRun, order: Order, attempt: Attempt, *, is_again: bool = False) -> SubmitAnswer:
    """Torn by nothing but a second Ctrl-C or a fault of ours, and then it is on disk that nobody knows.

    `is_again`: the attempt has been sent before, and is in doubt.
    """
    is_trial = run.gate.begin(run.outside.clock.monotonic())
    try:
        call = run.outside.gateway.submit(order.request, attempt.intent.name)
        answer, is_cancelled = await finish_call(call, run.outside.stop)
    except asyncio.CancelledError:
        run.books.record(BecameUncertain(attempt.id, _CUT_OFF))
        raise
    except Exception as fault:
        run.books.record(BecameUncertain(attempt.id, f"{type(fault).__name__} while it was sent"))
        raise
    _learn(run, answer, is_trial=is_trial)
    if is_cancelled:
        _record_answer(run, attempt, answer, is_again=is_again)
        raise asyncio.CancelledError
    return answer


def record_open(
    run: SharedRun, attempt: Attempt, answer: Accepted | AlreadyExists | Uncertain, *, is_new: bool = False
) -> Attempt:
    """`is_new`: nothing was sent under its name before this."""
    match answer:
        case Accepted():
            return _accept(run, attempt, answer.job)
        case AlreadyExists():
            return run.books.record(BecameUncertain(attempt.id, _EXISTS, exists=True, was_there=is_new))
        case Uncertain():
            return run.books.record(BecameUncertain(attempt.id, answer.cause))


def _accept(run: SharedRun, attempt: Attempt, job: str) -> Attempt:
    """An answer that was given before, to another request, says nothing of this one."""
    other = run.books.other_request_of(attempt, job)
    if other is None:
        return run.books.record(WasAccepted(attempt.id, job))
    cause = f"it answered with job `{job}`, which it had given to `{other.intent.shot}` before"
    return run.books.record(BecameUncertain(attempt.id, cause))


def _record_answer(run: SharedRun, attempt: Attempt, answer: SubmitAnswer, *, is_again: bool) -> None:
    match answer:
        case NotSent() | Rejected() if is_again:
            # It says nothing of the first time.
            return
        case NotSent():
            run.books.record(WasNotSent(attempt.id, answer.cause))
        case Rejected():
            run.books.record(WasRejected(attempt.id, answer.failure, answer.retry_after_seconds))
        case _:
            record_open(run, attempt, answer)


async def _enter(run: SharedRun, order: Order, attempt: Attempt | None, slot: Slot) -> RollEnd | None:
    """Waits for a place; then all that may stand against sending is asked, with nothing awaited before the intent."""
    if not run.is_stopping and run.shut is None and not run.may_not_spend:
        await slot.enter(order.weight)
        await run.wait_at_gate()
    if run.is_stopping:
        return run.interrupted(attempt)
    if run.shut is not None:
        return run.shut
    if run.may_not_spend:
        return RollEnd(Outcome.BLOCKED, "it would have to be made, and `--no-spend` sends nothing that costs")
    refusal = None if run.manifest.free else run.purse.refuse(order.price)
    return None if refusal is None else RollEnd(Outcome.BLOCKED, refusal, "raise the limit, or state its price")


def _try_to_prepare(gateway: Gateway, request: Request, name: str) -> None:
    """Runs in a thread."""
    with contextlib.suppress(CannotAsk):
        gateway.prepare(request, name)


def _name_job(run: SharedRun, order: Order, attempt: Attempt | None = None) -> str:
    """What was never taken is sent on under the name it had."""
    gateway, request = run.outside.gateway, order.request
    earlier = [one for one in _earlier(run, order) if one.intent.gateway == gateway.name]
    own = None if attempt is None else attempt.intent.name
    elsewhere = run.locked.count_others(request.key, request.makers_part, earlier, sandbox=gateway.sandbox)
    return next_name(order.production, request.key, earlier, request.makers_part, own, elsewhere)


def _earlier(run: SharedRun, order: Order) -> list[Attempt]:
    """At just this: what became of it at a double is nothing the gateway knows of, nor the other way round."""
    is_double = run.outside.gateway.sandbox
    return [one for one in run.books.attempts_of(order.request.key) if one.intent.sandbox == is_double]


def _is_first_of_its_name(run: SharedRun, order: Order) -> bool:
    """Of a voice or an element, whose name is the account's: what exists then was made, and paid for, elsewhere."""
    name, earlier = _name_job(run, order), _earlier(run, order)
    is_resource = order.request.canonical.get("medium") == RESOURCE
    return is_resource and all(one.intent.name != name or one.state in _NEVER_TAKEN for one in earlier)


def _intend(run: SharedRun, order: Order, attempt: Attempt | None) -> Intended:
    gateway, request = run.outside.gateway, order.request
    name = _name_job(run, order, attempt)
    prepared = gateway.prepare(request, name)
    return Intended(
        attempt=run.books.next_attempt_id(request.key) if attempt is None else attempt.id,
        name=name,
        shot=request.label,
        profile=order.profile,
        key=request.key,
        makers_part=request.makers_part,
        canonical=request.canonical,
        roll=order.roll,
        model=order.model,
        gateway=gateway.name,
        endpoint=gateway.endpoint,
        account=gateway.account,
        sandbox=gateway.sandbox,
        body=prepared.body,
        price=order.price,
        sources=order.sources,
        route=prepared.route,
    )


def _learn(run: SharedRun, answer: SubmitAnswer, *, is_trial: bool) -> None:
    """What an answer says of those that are still to be sent. At once, before anybody else can send."""
    now = run.outside.clock.monotonic()
    match answer:
        case NotSent(cause=cause) | Uncertain(cause=cause):
            _note_ill(run, cause, now, is_trial=is_trial)
        case Rejected(failure=failure) if failure.kind is FailureClass.GATEWAY:
            _note_ill(run, failure.message, now, is_trial=is_trial)
        case _ if run.gate.breaker is not None:
            run.gate.breaker.note_well()
    if isinstance(answer, Rejected):
        if answer.failure.kind in _SAID_OF_ALL:
            run.shut_down(run.quote(answer.failure), HINTS[answer.failure.kind])
        elif answer.failure.kind is FailureClass.LIMIT and answer.retry_after_seconds is not None:
            run.gate.hold(answer.retry_after_seconds, now)


def _note_ill(run: SharedRun, cause: str, now: float, *, is_trial: bool) -> None:
    breaker = run.gate.breaker
    if breaker is None or not breaker.note_ill(cause, now, is_trial=is_trial):
        return
    if breaker.is_given_up:
        hint = "its jobs are kept: `framechain run` goes on when it is well again"
        run.shut_down(f"{run.manifest.title} has ailed for too long ({cause})", hint)
    else:
        seconds = breaker.seconds_to_wait(now)
        run.progress.said(f"{run.manifest.title} ails ({cause}): nothing more is sent to it for {seconds:.0f} s")


def _given_up(run: SharedRun, attempt: Attempt, answer: NotSent | Rejected) -> RollEnd:
    if isinstance(answer, Rejected):
        return run.failed(attempt, answer.failure)
    message = f"{run.manifest.title} could not be reached: {answer.cause}"
    return RollEnd(Outcome.FAILED, message, "nothing was sent; run again when it can be reached", attempt=attempt.id)
