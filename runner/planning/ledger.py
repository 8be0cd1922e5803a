"""The journal folded into a ledger: where each attempt stands after everything that was written of it.

An event that cannot follow is our bug, never a user's: ValueError.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from runner.model import journal
from runner.model.journal import Entry, Event, Intended
from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.model.request import Key

_STATE_AFTER: Final[Mapping[type, AttemptState]] = {
    journal.WasNotSent: AttemptState.NOT_SENT,
    journal.WasRejected: AttemptState.REJECTED,
    journal.BecameUncertain: AttemptState.UNCERTAIN,
    journal.WasAccepted: AttemptState.ACCEPTED,
    journal.HasFailed: AttemptState.FAILED,
    journal.HasSucceeded: AttemptState.SUCCEEDED,
    journal.WasStored: AttemptState.STORED,
    journal.WasRegistered: AttemptState.REGISTERED,
    journal.WasLost: AttemptState.LOST,
    journal.WasFoundUncharged: AttemptState.UNCHARGED,
    journal.WasAbandoned: AttemptState.ABANDONED,
}
# Closed without a charge: the same attempt may be intended once more.
_MAY_BE_INTENDED_AGAIN = frozenset({AttemptState.NOT_SENT, AttemptState.REJECTED, AttemptState.UNCHARGED})


def fold(entries: Iterable[Entry]) -> Ledger:
    attempts: dict[str, Attempt] = {}
    for entry in entries:
        attempts[entry.event.attempt] = _advance(attempts.get(entry.event.attempt), entry)
    return Ledger(attempts)


def apply(ledger: Ledger, entry: Entry) -> Ledger:
    """The ledger one event later. It costs a copy of the table of attempts, whatever the event."""
    attempt = _advance(ledger.attempts.get(entry.event.attempt), entry)
    return Ledger({**ledger.attempts, attempt.id: attempt})


def keep_fitting(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Of entries with gaps between them, those that can still follow; what hangs on a lost one is left out."""
    attempts: dict[str, Attempt] = {}
    kept: list[Entry] = []
    for entry in entries:
        before = attempts.get(entry.event.attempt)
        # Done without a job says nothing of where its clip could be fetched: in doubt, it can be looked up.
        if isinstance(entry.event, journal.HasSucceeded) and (before is None or before.job is None):
            continue
        try:
            attempts[entry.event.attempt] = _advance(before, entry)
        except ValueError:
            continue
        kept.append(entry)
    return tuple(kept)


def new_attempt_id(attempts: Collection[str], key: Key) -> str:
    """By its number; a rebuilt journal may lack some before it, so that one may be taken."""
    number = len(attempts) + 1
    while (name := f"{number:06}-{key[:8]}") in attempts:
        number += 1
    return name


def _advance(before: Attempt | None, entry: Entry) -> Attempt:
    event = entry.event
    if isinstance(event, Intended):
        return _intend(before, event, entry)
    if before is None:
        raise ValueError(f"event {entry.number} is about attempt {event.attempt!r}, which nobody intended")
    is_lost = isinstance(event, journal.WasLost) and before.state is AttemptState.REGISTERED
    if not before.state.is_open and not is_lost:
        raise ValueError(f"event {entry.number} is about attempt {event.attempt!r}, which is {before.state} for good")
    return replace(before, state=_STATE_AFTER[type(event)], changed=entry.when, **_learned(event))


def _intend(before: Attempt | None, event: Intended, entry: Entry) -> Attempt:
    if before is not None and before.state not in _MAY_BE_INTENDED_AGAIN:
        raise ValueError(f"event {entry.number} intends attempt {event.attempt!r} again, which is {before.state}")
    number = entry.number if before is None else before.number
    return Attempt(event, AttemptState.INTENDED, intended=entry.when, changed=entry.when, number=number)


def _learned(event: Event) -> dict[str, Any]:
    """What an event adds to what is known of its attempt. What an earlier one said stays where this one is silent."""
    match event:
        case journal.BecameUncertain(cause=cause, was_there=True):
            return {"cause": cause, "charged": False}
        case journal.WasNotSent(cause=cause) | journal.BecameUncertain(cause=cause):
            return {"cause": cause}
        case journal.WasRejected():
            return {"failure": event.failure, "retry_after_seconds": event.retry_after_seconds, "charged": False}
        case journal.WasAccepted():
            # Of a job that a person has corrected, nothing the wrong one came to may stay.
            return {"job": event.job, "result": None, "charge": None, "unfit": None}
        case journal.HasFailed():
            return {"failure": event.failure, "charged": event.charged, **_charge(event)}
        case journal.HasSucceeded():
            return {"result": event.result, "unfit": event.unfit, **_charge(event)}
        case journal.WasStored():
            return {"digest": event.digest, "bytes": event.bytes, "identity": event.identity}
        case journal.WasRegistered():
            return {"result_id": event.id}
        case journal.WasFoundUncharged():
            return {"cause": event.by, "charged": False}
        case journal.WasAbandoned():
            return {"charged": event.charged}
        case _:
            return {}


def _charge(event: journal.HasFailed | journal.HasSucceeded) -> dict[str, Any]:
    return {} if event.charge is None else {"charge": event.charge}
