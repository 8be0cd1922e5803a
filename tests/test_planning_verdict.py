"""The verdict on one roll: each rule, and the order they are asked in."""

from dataclasses import replace

import pytest
from planning_builders import (
    FREE_GUARD,
    NO_GUARD,
    Production,
    animatic,
    made_of,
    make_shot,
    make_storyboard,
    paid,
)

from runner.model.gateway import Failure, FailureClass
from runner.model.journal import (
    BecameUncertain,
    Event,
    HasFailed,
    HasSucceeded,
    Intended,
    WasAbandoned,
    WasAccepted,
    WasFoundUncharged,
    WasNotSent,
    WasRejected,
)
from runner.model.manifest import Guard, Manifest, Proof
from runner.model.plan import Action
from runner.planning.makers import makers_part
from runner.planning.verdict import RollVerdict, clears_up, count_known_failures, judge_roll

KNOWN, UNKNOWN = Proof.DOCUMENTED, Proof.UNKNOWN


def fresh(manifest: Manifest | None = None) -> Production:
    return Production(make_storyboard(make_shot("a")), manifest or paid())


def judge(production: Production, roll: int = 1, **more: object) -> RollVerdict:
    inputs = replace(production.inputs(), **more)  # type: ignore[arg-type]  # fields by name
    shot = production.storyboard.shot("a")
    makers = makers_part(production.storyboard, shot, production.manifest)
    return judge_roll(inputs, shot, roll, production.keys("a")[roll - 1], makers)


def codes(verdict: RollVerdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


def test_what_was_never_asked_for_is_made() -> None:
    assert judge(fresh()) == RollVerdict(Action.MAKE)


# --- what is stored


def test_a_current_take_whose_clip_is_here_is_kept() -> None:
    production = made_of([make_shot("a")], paid())
    verdict = judge(production)
    assert verdict.action is Action.KEEP
    assert verdict.take == production.block("a").current


def test_a_clip_that_was_stored_before_the_lock_was_written_is_kept_by_the_ledger() -> None:
    production = fresh()
    production.store(intent := production.intend("a"))
    verdict = judge(production)
    assert verdict.action is Action.KEEP
    assert verdict.stored is not None
    assert verdict.stored.id == intent.attempt


def test_a_take_of_another_shot_that_asks_for_the_same_is_kept() -> None:
    production = made_of([make_shot("first", "Up.")], paid())
    production.storyboard = make_storyboard(make_shot("a", "Up."))
    assert judge(production).take == production.lock.block("first", None).current


def test_a_take_made_with_other_options_is_not_current() -> None:
    production = made_of([make_shot("a", options={"mulerouter": {"fast": True}})], paid())
    production.edit("a", options={})
    assert judge(production).action is Action.MAKE


def test_moving_to_another_gateway_makes_nothing_again() -> None:
    production = made_of([make_shot("a", options={"mulerouter": {"fast": True}})], paid())
    production.manifest = paid("kkiai")
    assert judge(production).action is Action.KEEP


def test_options_of_the_gateway_that_made_the_take_still_count_after_a_move() -> None:
    production = made_of([make_shot("a", options={"mulerouter": {"fast": True}})], paid())
    production.manifest = paid("kkiai")
    production.edit("a", options={})
    assert judge(production).action is Action.MAKE


def test_an_animatic_take_does_not_count_for_a_generated_shot() -> None:
    production = made_of([make_shot("a")], animatic())
    production.manifest = paid()
    assert judge(production).action is Action.MAKE


def test_a_take_from_a_sandbox_counts_only_in_one() -> None:
    production = fresh()
    production.store(production.intend("a", sandbox=True))
    assert judge(production).action is Action.MAKE
    assert judge(production, sandbox=True).action is Action.KEEP


def test_a_real_take_counts_in_a_sandbox_too() -> None:
    assert judge(made_of([make_shot("a")], paid()), sandbox=True).action is Action.KEEP


def test_an_animatic_clip_that_is_not_here_is_simply_made_again() -> None:
    production = made_of([make_shot("a")], animatic())
    production.here.clear()
    verdict = judge(production)
    assert (verdict.action, codes(verdict)) == (Action.MAKE, ["clip-not-here"])


def test_a_paid_take_that_is_not_here_is_never_made_again_unasked() -> None:
    production = made_of([make_shot("a")], paid())
    production.forget_bytes()
    verdict = judge(production)
    assert (verdict.action, codes(verdict)) == (Action.BLOCKED, ["take-missing"])
    assert verdict.hint is not None
    assert "framechain run --remake a" in verdict.hint
    again = judge(production, remake=frozenset({"a"}))
    assert (again.action, codes(again)) == (Action.MAKE, ["made-again"])


def test_a_stored_attempt_that_is_not_here_is_not_made_again_either() -> None:
    production = fresh()
    production.store(production.intend("a"))
    production.here.clear()
    assert judge(production).action is Action.BLOCKED


# --- what is open


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([WasAccepted("attempt-1", "job")], "job-runs"),
        ([WasAccepted("attempt-1", "job"), HasSucceeded("attempt-1", {}, None)], "job-done"),
    ],
)
def test_a_job_that_runs_or_waits_is_resumed(events: list[Event], code: str) -> None:
    production = fresh()
    production.intend("a")
    production.record(*events)
    verdict = judge(production)
    assert (verdict.action, verdict.attempt, codes(verdict)) == (Action.RESUME, "attempt-1", [code])


@pytest.mark.parametrize(
    ("guard", "action"),
    [
        (NO_GUARD, Action.ASK),
        (FREE_GUARD, Action.ATTACH),
        (Guard(named=UNKNOWN, found=KNOWN, refused=UNKNOWN), Action.ATTACH),
        (Guard(named=KNOWN, found=UNKNOWN, refused=KNOWN), Action.ATTACH),
        (Guard(named=UNKNOWN, found=UNKNOWN, refused=KNOWN), Action.ASK),
        (Guard(named=KNOWN, found=UNKNOWN, refused=UNKNOWN), Action.ASK),
    ],
)
@pytest.mark.parametrize("events", [[], [BecameUncertain("attempt-1", "cut")]])
def test_a_doubt_is_cleared_up_by_the_guard_or_by_a_person(guard: Guard, action: Action, events: list[Event]) -> None:
    production = fresh(paid(guard=guard))
    production.intend("a")
    production.record(*events)
    verdict = judge(production)
    assert (verdict.action, verdict.attempt) == (action, "attempt-1")
    assert clears_up(guard) is (action is Action.ATTACH)
    assert (verdict.hint is not None and "framechain resolve a" in verdict.hint) is (action is Action.ASK)


def test_a_production_may_trust_a_guard_nobody_has_proved() -> None:
    production = fresh()
    production.intend("a")
    production.storyboard = replace(production.storyboard, trust_guard="mulerouter")
    assert judge(production).action is Action.ATTACH
    production.storyboard = replace(production.storyboard, trust_guard="kkiai")
    assert judge(production).action is Action.ASK


def test_a_known_job_comes_before_a_doubtful_one() -> None:
    production = fresh(paid(guard=FREE_GUARD))
    production.intend("a")
    production.record(WasAccepted("attempt-1", "job"))
    production.intend("a")
    assert judge(production).attempt == "attempt-1"


def test_a_job_open_at_another_gateway_keeps_the_shot_from_being_sent_here() -> None:
    production = fresh(paid("kkiai"))
    production.intend("a")
    production.record(WasAccepted("attempt-1", "job"))
    production.manifest = paid("mulerouter")
    verdict = judge(production)
    assert (verdict.action, codes(verdict)) == (Action.BLOCKED, ["open-elsewhere"])
    assert (
        verdict.hint
        == "run with `--provider kkiai`, or let go of it: `framechain resolve a abandon --attempt attempt-1`"
    )


def test_a_job_of_an_edited_request_holds_nothing_up() -> None:
    production = fresh()
    production.intend("a")
    production.record(WasAccepted("attempt-1", "job"))
    production.edit("a", prompt=("Other words.",))
    assert judge(production).action is Action.MAKE


def test_a_job_with_other_options_is_another_request() -> None:
    production = fresh()
    production.edit("a", options=make_shot("a", options={"mulerouter": {"fast": True}}).options)
    production.intend("a")
    production.record(WasAccepted("attempt-1", "job"))
    production.edit("a", options={})
    assert judge(production).action is Action.MAKE


def test_an_open_job_in_a_sandbox_is_no_business_of_a_real_run() -> None:
    production = fresh()
    production.intend("a", sandbox=True)
    production.record(WasAccepted("attempt-1", "job"))
    assert judge(production).action is Action.MAKE
    assert judge(production, sandbox=True).action is Action.RESUME


def test_an_open_job_of_a_real_run_is_not_asked_after_in_a_sandbox() -> None:
    production = fresh()
    production.record(WasAccepted(production.intend("a").attempt, "job"))
    assert judge(production, sandbox=True).action is Action.MAKE


def test_a_stored_take_comes_before_an_open_job() -> None:
    production = made_of([make_shot("a")], paid())
    production.record(WasAccepted(production.intend("a").attempt, "job"))
    assert judge(production).action is Action.KEEP


# --- what is closed


def end(kind: FailureClass, **more: str) -> Failure:
    return Failure(kind, "no such luck", **more)


def failed(failure: Failure) -> list[Event]:
    return [WasAccepted("attempt-1", "job"), HasFailed("attempt-1", failure, None, None)]


def test_a_failed_job_is_made_again_only_on_request() -> None:
    production = fresh()
    production.intend("a")
    production.record(*failed(end(FailureClass.GATEWAY)))
    verdict = judge(production)
    assert (verdict.action, codes(verdict)) == (Action.BLOCKED, ["failed"])
    assert verdict.reasons[0].text == "the last attempt at it failed: no such luck"
    assert verdict.hint == "make it again with `framechain run --remake a`"
    assert judge(production, remake=frozenset({"a"})).action is Action.MAKE


def test_a_refused_input_is_named() -> None:
    production = fresh()
    production.intend("a")
    production.record(WasRejected("attempt-1", end(FailureClass.CONTENT, input="prompt"), None))
    verdict = judge(production)
    assert (verdict.action, codes(verdict)) == (Action.BLOCKED, ["refused"])
    assert verdict.reasons[0].text == "`mulerouter` refused `prompt` of it: no such luck"
    assert judge(production, remake=frozenset({"a"})).action is Action.MAKE


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (WasRejected("attempt-1", end(FailureClass.INPUT), None), "refused"),
        (HasFailed("attempt-1", end(FailureClass.CONTENT), False, None), "refused"),
        (HasFailed("attempt-1", end(FailureClass.INPUT), False, None), "failed"),
        (HasFailed("attempt-1", end(FailureClass.OURS), False, None), "failed"),
    ],
)
def test_what_would_end_the_same_way_again_is_blocked(event: Event, code: str) -> None:
    production = fresh()
    production.intend("a")
    production.record(event)
    assert codes(judge(production)) == [code]


@pytest.mark.parametrize(
    "event",
    [
        *(
            WasRejected("attempt-1", end(kind), None)
            for kind in (FailureClass.LIMIT, FailureClass.BALANCE, FailureClass.ACCESS, FailureClass.GATEWAY)
        ),
        WasNotSent("attempt-1", "no route"),
        WasFoundUncharged("attempt-1", "look-up"),
        WasAbandoned("attempt-1", True),
    ],
)
def test_what_was_never_taken_or_was_let_go_of_is_made(event: Event) -> None:
    production = fresh()
    production.intend("a")
    production.record(event)
    assert judge(production).action is Action.MAKE


def test_a_fault_of_ours_at_a_free_provider_is_made_again_without_asking() -> None:
    production = fresh(animatic())
    production.intend("a")
    production.record(*failed(end(FailureClass.OURS)))
    assert judge(production).action is Action.MAKE


def test_only_the_last_attempt_at_a_request_decides() -> None:
    production = fresh()
    production.intend("a")
    production.record(*failed(end(FailureClass.GATEWAY)))
    second: Intended = production.intend("a")
    production.record(WasNotSent(second.attempt, "no route"))
    assert judge(production).action is Action.MAKE


def test_a_failure_elsewhere_says_nothing_about_this_gateway() -> None:
    production = fresh(paid("kkiai"))
    production.intend("a")
    production.record(*failed(end(FailureClass.GATEWAY)))
    production.manifest = paid("mulerouter")
    assert judge(production).action is Action.MAKE


def test_a_roll_is_named_where_there_are_several() -> None:
    production = Production(make_storyboard(make_shot("a", rolls=2)), paid())
    production.intend("a", roll=2)
    production.record(*failed(end(FailureClass.GATEWAY)))
    assert judge(production, roll=1).action is Action.MAKE
    assert judge(production, roll=2).reasons[0].text == "the last attempt at roll 2 failed: no such luck"


def test_failed_and_abandoned_jobs_and_those_of_other_makers_use_up_their_names() -> None:
    production = fresh()
    production.intend("a")
    production.record(*failed(end(FailureClass.GATEWAY)))
    production.record(WasAbandoned(production.intend("a").attempt, False))
    production.record(WasNotSent(production.intend("a").attempt, "no route"))
    attempts = list(production.ledger.attempts.values())
    makers = attempts[0].intent.makers_part
    assert count_known_failures(attempts) == count_known_failures(attempts, makers) == 2
    production.intend("a", makers_part=replace(makers, content={"options": {"fast": True}}))
    attempts = list(production.ledger.attempts.values())
    assert count_known_failures(attempts) == 2
    assert count_known_failures(attempts, makers) == 3


def test_a_take_chosen_by_hand_for_just_this_request_is_kept_whatever_it_was_made_from() -> None:
    production = made_of([make_shot("a", "One.")], paid())
    production.edit("a", prompt=("Two.",))
    assert judge(production).action is Action.MAKE
    production.set_block("a", key=production.keys("a")[0], by_hand=True)
    verdict = judge(production)
    assert (verdict.action, codes(verdict)) == (Action.KEEP, ["chosen-by-hand"])
    production.here.clear()
    assert judge(production).action is Action.MAKE
