"""The journal folded into a ledger."""

from decimal import Decimal

import pytest
from planning_builders import Production, animatic, make_shot, make_storyboard

from runner.core.canonical import Digest
from runner.model.gateway import Failure, FailureClass
from runner.model.journal import (
    BecameUncertain,
    Entry,
    Event,
    HasFailed,
    HasSucceeded,
    Intended,
    WasAbandoned,
    WasAccepted,
    WasFoundUncharged,
    WasNotSent,
    WasRejected,
    WasStored,
)
from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.model.money import Money
from runner.model.request import Identity
from runner.planning.ledger import apply, fold

DIGEST = Digest("d" * 64)
FAILURE = Failure(FailureClass.CONTENT, "no", "1301", "prompt")


def intent() -> Intended:
    return Production(make_storyboard(make_shot("a")), animatic()).intend("a")


def entries(*events: Event) -> list[Entry]:
    return [Entry(number, f"2026-11-21T08:00:0{number}.000Z", event) for number, event in enumerate(events, start=1)]


def fold_one(*events: Event) -> Attempt:
    (attempt,) = fold(entries(*events)).attempts.values()
    return attempt


def test_an_intent_alone_is_an_open_doubt() -> None:
    meant = intent()
    attempt = fold_one(meant)
    assert attempt == Attempt(
        meant, AttemptState.INTENDED, "2026-11-21T08:00:01.000Z", "2026-11-21T08:00:01.000Z", number=1
    )
    assert attempt.state.is_open
    assert attempt.state.is_doubtful


def test_the_straight_way_ends_stored_with_all_that_was_learned_on_it() -> None:
    meant = intent()
    charge = Money(Decimal(1), "USD")
    attempt = fold_one(
        meant,
        WasAccepted(meant.attempt, "job-1"),
        HasSucceeded(meant.attempt, {"url": "x"}, charge),
        WasStored(meant.attempt, DIGEST, 10, Identity(DIGEST)),
    )
    assert attempt.state is AttemptState.STORED
    assert not attempt.state.is_open
    assert (attempt.job, attempt.result, attempt.digest, attempt.identity) == (
        "job-1",
        {"url": "x"},
        DIGEST,
        Identity(DIGEST),
    )
    assert attempt.charge == charge
    assert (attempt.intended, attempt.changed) == ("2026-11-21T08:00:01.000Z", "2026-11-21T08:00:04.000Z")


@pytest.mark.parametrize(
    ("event", "state", "is_open"),
    [
        (WasNotSent("attempt-1", "refused"), AttemptState.NOT_SENT, False),
        (WasRejected("attempt-1", FAILURE, 3.0), AttemptState.REJECTED, False),
        (BecameUncertain("attempt-1", "cut"), AttemptState.UNCERTAIN, True),
        (WasAccepted("attempt-1", "job"), AttemptState.ACCEPTED, True),
        (HasFailed("attempt-1", FAILURE, True, None), AttemptState.FAILED, False),
        (HasSucceeded("attempt-1", {}, None), AttemptState.SUCCEEDED, True),
        (WasStored("attempt-1", DIGEST, 1, Identity(DIGEST)), AttemptState.STORED, False),
        (WasFoundUncharged("attempt-1", "look-up"), AttemptState.UNCHARGED, False),
        (WasAbandoned("attempt-1", True), AttemptState.ABANDONED, False),
    ],
)
def test_each_event_leads_to_its_state_also_after_a_doubt(event: Event, state: AttemptState, *, is_open: bool) -> None:
    direct = fold_one(intent(), event)
    doubted = fold_one(intent(), BecameUncertain("attempt-1", "cut"), event)
    assert direct.state is doubted.state is state
    assert state.is_open is is_open


def test_a_refusal_and_a_failure_keep_what_the_gateway_said() -> None:
    rejected = fold_one(intent(), WasRejected("attempt-1", FAILURE, 3.0))
    assert (rejected.failure, rejected.retry_after_seconds, rejected.charged) == (FAILURE, 3.0, False)
    failed = fold_one(intent(), WasAccepted("attempt-1", "job"), HasFailed("attempt-1", FAILURE, None, None))
    assert (failed.failure, failed.charged, failed.job) == (FAILURE, None, "job")


def test_an_attempt_that_was_never_taken_may_be_intended_again() -> None:
    meant = intent()
    attempt = fold_one(meant, WasNotSent(meant.attempt, "no route"), meant)
    assert attempt.state is AttemptState.INTENDED
    assert attempt.number == 1
    assert attempt.cause is None


def test_an_attempt_that_may_cost_is_never_intended_again() -> None:
    meant = intent()
    with pytest.raises(ValueError, match="again"):
        fold(entries(meant, WasAccepted(meant.attempt, "job"), meant))


def test_an_event_nobody_intended_is_our_bug() -> None:
    with pytest.raises(ValueError, match="nobody intended"):
        fold(entries(WasAccepted("attempt-9", "job")))


def test_nothing_follows_what_is_stored() -> None:
    meant = intent()
    stored = WasStored(meant.attempt, DIGEST, 1, Identity(DIGEST))
    with pytest.raises(ValueError, match="stored for good"):
        fold(entries(meant, stored, WasAbandoned(meant.attempt, True)))


def test_applying_entries_one_by_one_comes_to_the_same_as_folding_them() -> None:
    meant = intent()
    written = entries(
        meant,
        BecameUncertain(meant.attempt, "cut"),
        WasAccepted(meant.attempt, "job"),
        HasSucceeded(meant.attempt, {"url": "x"}, None),
    )
    ledger = Ledger()
    for entry in written:
        earlier = ledger
        ledger = apply(ledger, entry)
        assert earlier is not ledger
    assert ledger == fold(written)
