"""A submit nobody knows the end of: what the guard of a manifest clears up, and what only a person can."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from run_bench import (
    BUSY,
    FORBIDDEN,
    LOOK_UP_ONLY,
    NOTHING_KNOWN,
    PROVEN,
    REFUSAL_ONLY,
    Bench,
    Choices,
    Killed,
    bench_of,
    only_outcome,
    shot,
    storyboard,
)
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING, ScriptedGateway

from runner.core.errors import ExitCode
from runner.model.gateway import (
    AlreadyExists,
    Failed,
    Failure,
    FailureClass,
    Found,
    LinkExpired,
    LookupFailed,
    NotFound,
    NotSent,
    Rejected,
    Running,
)
from runner.model.ledger import AttemptState
from runner.model.manifest import Guard, Proof
from runner.model.money import Money
from runner.model.run import Outcome, RunOptions
from runner.running.spending import spent_in

# --- the guard


def test_an_uncertain_submit_that_is_found_is_attached_to(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    assert only_outcome(bench) is Outcome.MADE
    assert bench.events == ["Intended", "BecameUncertain", "WasAccepted", "HasSucceeded", "WasStored"]
    assert bench.gateway.submitted == ["harbour"]
    assert len(bench.gateway.till) == 1


@pytest.mark.parametrize("guard", [PROVEN, REFUSAL_ONLY])
def test_an_uncertain_submit_not_found_is_sent_again_under_its_name_where_that_is_refused_twice(
    tmp_path: Path, guard: Guard
) -> None:
    bench = bench_of(tmp_path, guard)
    bench.gateway.finds_jobs = guard is PROVEN
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    assert only_outcome(bench) is Outcome.MADE
    assert bench.gateway.submitted == ["harbour"] * 2
    assert len(bench.names) == 1
    assert len(bench.gateway.till) == 1


def test_a_job_that_shows_late_refuses_the_second_submit_and_is_found_then(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.looks_until_shown = 2
    assert only_outcome(bench) is Outcome.MADE
    assert bench.gateway.submitted == ["harbour"] * 2
    assert len(bench.gateway.till) == 1


def test_a_job_that_shows_only_within_the_minute_after_that_is_no_question(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.looks_until_shown = 7
    assert only_outcome(bench) is Outcome.MADE
    assert bench.clock.time < 90
    assert len(bench.gateway.till) == 1


def test_by_look_up_alone_a_minute_passes_before_it_is_sent_again(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, LOOK_UP_ONLY)
    bench.gateway.refuses_second = False
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    sent_at: list[float] = []
    bench.gateway.on_submit = lambda request, name: sent_at.append(bench.clock.time)
    assert only_outcome(bench) is Outcome.MADE
    assert sent_at[1] - sent_at[0] >= 60
    assert bench.events[:4] == ["Intended", "BecameUncertain", "WasFoundUncharged", "Intended"]
    assert len(bench.gateway.till) == 1


def test_by_look_up_alone_a_job_that_shows_within_the_minute_is_attached_to(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, LOOK_UP_ONLY)
    bench.gateway.refuses_second = False
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.looks_until_shown = 1
    assert only_outcome(bench) is Outcome.MADE
    assert bench.gateway.submitted == ["harbour"]
    assert len(bench.gateway.till) == 1


def test_a_look_up_that_fails_decides_nothing(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, LOOK_UP_ONLY)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.finds = [LookupFailed("503")] * 4
    assert only_outcome(bench) is Outcome.WAITING
    assert bench.states == [AttemptState.UNCERTAIN]
    bench.gateway.finds = [LookupFailed("503")] * 2
    assert only_outcome(bench) is Outcome.RESUMED
    assert len(bench.gateway.till) == 1


@pytest.mark.parametrize("finds_jobs", [False, True])
def test_where_nothing_is_known_a_person_is_asked_and_nothing_is_sent_again(
    tmp_path: Path, *, finds_jobs: bool
) -> None:
    bench = bench_of(tmp_path, NOTHING_KNOWN)
    bench.gateway.finds_jobs, bench.gateway.refuses_second = finds_jobs, False
    # A look-up nobody vouches for proves nothing by not finding it.
    bench.gateway.looks_until_shown = 99
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    result = bench.run()
    assert result.exit_code is ExitCode.QUESTION_OPEN
    assert bench.states == [AttemptState.UNCERTAIN]
    assert only_outcome(bench) is Outcome.OPEN
    assert bench.gateway.submitted == ["harbour"]
    assert len(bench.gateway.till) == 1


def test_an_author_may_trust_a_guard_nobody_has_proved(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, NOTHING_KNOWN, trust="scripted")
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    assert only_outcome(bench) is Outcome.MADE
    assert len(bench.gateway.till) == 1


def test_with_journal_and_lock_gone_the_first_job_is_found_instead_of_paid_again(tmp_path: Path) -> None:
    gateway = ScriptedGateway()
    Bench(tmp_path / "lost", storyboard(shot("harbour")), gateway=gateway).run()
    bench = Bench(tmp_path / "new", storyboard(shot("harbour")), gateway=gateway)
    assert only_outcome(bench) is Outcome.MADE
    assert bench.events[:3] == ["Intended", "BecameUncertain", "WasAccepted"]
    assert len(gateway.till) == 1


@pytest.mark.parametrize("guard", [PROVEN, LOOK_UP_ONLY, REFUSAL_ONLY])
def test_what_exists_but_is_not_found_is_a_question_for_good(tmp_path: Path, guard: Guard) -> None:
    bench = bench_of(tmp_path, guard)
    bench.gateway.submits = [AlreadyExists()]
    bench.gateway.finds = [NotFound()] * 4
    assert only_outcome(bench) is Outcome.OPEN
    bench.clock.time += 3600
    assert only_outcome(bench) is Outcome.OPEN
    assert bench.states == [AttemptState.UNCERTAIN]
    assert bench.gateway.submitted == ["harbour"]
    assert bench.gateway.till == []


def test_what_exists_and_cannot_be_looked_up_now_is_left_for_a_later_run(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING, CUT_BEFORE_CHARGING]
    bench.gateway.finds = [NotFound(), *[LookupFailed("502")] * 9]
    result = bench.run()
    assert result.shots[0].outcome is Outcome.WAITING
    assert "It cannot be looked up now: 502." in result.shots[0].message
    bench.gateway.finds = []
    assert only_outcome(bench) is Outcome.RESUMED
    assert len(bench.gateway.till) == 1


@pytest.mark.parametrize("late", [4, 5, 6])
def test_so_is_what_shows_late_at_a_gateway_that_fails_meanwhile(tmp_path: Path, late: int) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [AlreadyExists()]
    bench.gateway.finds = [*[NotFound()] * late, *[LookupFailed("502")] * 9, Found("other", Running())]
    assert only_outcome(bench) is Outcome.WAITING
    assert bench.gateway.calls.count("find") == late + 1


def test_what_exists_and_shows_late_is_attached_to(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.finds = [NotFound(), NotFound(), NotFound()]
    assert only_outcome(bench) is Outcome.MADE
    assert len(bench.gateway.till) == 1


def test_a_job_found_failed_counts_as_a_known_failure(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.endings = [Failed(Failure(FailureClass.GATEWAY, "broke"), charged=True)]
    assert only_outcome(bench) is Outcome.FAILED
    assert only_outcome(bench, choices=Choices(remake=frozenset({"harbour"}))) is Outcome.MADE
    assert bench.names[0] != bench.names[1]
    assert len(bench.gateway.till) == 2


def test_a_job_found_with_its_result_expired_is_a_question(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.fetches = [LinkExpired()] * 2
    assert only_outcome(bench) is Outcome.OPEN
    assert len(bench.gateway.till) == 1


def test_a_second_sending_that_comes_to_nothing_leaves_the_first_in_doubt(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, REFUSAL_ONLY)
    bench.gateway.finds_jobs = False
    bench.gateway.submits = [CUT_AFTER_CHARGING, *[NotSent("no route")] * 4]
    assert only_outcome(bench) is Outcome.WAITING
    assert bench.events == ["Intended", "BecameUncertain"]
    bench.gateway.submits = [Rejected(FORBIDDEN)]
    assert only_outcome(bench) is Outcome.OPEN
    assert bench.states == [AttemptState.UNCERTAIN]
    assert len(bench.gateway.till) == 1


def test_a_second_sending_that_is_refused_is_settled_by_the_look_up(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_BEFORE_CHARGING, Rejected(FORBIDDEN), Rejected(FORBIDDEN)]
    assert only_outcome(bench) is Outcome.REFUSED
    assert bench.states == [AttemptState.REJECTED]
    assert bench.gateway.till == []


def test_a_second_sending_that_is_one_too_many_is_tried_again(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, REFUSAL_ONLY)
    bench.gateway.finds_jobs = False
    bench.gateway.submits = [CUT_BEFORE_CHARGING, Rejected(BUSY)]
    assert only_outcome(bench) is Outcome.MADE
    assert len(bench.gateway.till) == 1


def test_without_spending_a_doubtful_submit_is_looked_up_and_not_sent_again(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    bench.gateway.finds = [LookupFailed("503")] * 4
    with pytest.raises(Killed):
        bench.run(kill=(2, True))
    bench.gateway.finds = []
    assert only_outcome(bench, RunOptions(no_spend=True)) is Outcome.WAITING
    assert bench.gateway.submitted == ["harbour"]
    assert only_outcome(bench) is Outcome.MADE
    assert len(bench.gateway.till) == 1


def test_after_a_kill_a_guard_that_refuses_twice_needs_no_minute(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    with pytest.raises(Killed):
        bench.run(kill=(1, True))
    assert bench.states == [AttemptState.INTENDED]
    assert only_outcome(bench) is Outcome.MADE
    assert bench.clock.time < 30
    assert len(bench.gateway.till) == 1


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_the_minute(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, LOOK_UP_ONLY)
    bench.clock.time = 100_000.0
    with pytest.raises(Killed):
        bench.run(kill=(1, True))
    bench.clock.time = 0.0
    assert only_outcome(bench) is Outcome.MADE
    assert 60 <= bench.clock.time < 120


def test_an_old_submit_that_a_killed_run_sent_again_a_moment_ago_is_still_given_its_minute(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    with pytest.raises(Killed):
        bench.run(kill=(2, True))
    bench.clock.time += 300
    with pytest.raises(Killed):
        bench.run(kill=(3, False))
    assert len(bench.gateway.till) == 1
    bench.film = storyboard(shot("harbour", "another picture"))
    bench.gateway.looks_until_shown = 1
    (old,) = bench.run().old_jobs
    assert old.outcome is Outcome.RESUMED
    assert spent_in("USD", bench.lock, bench.ledger, sandbox=False) == Decimal("1.00")


def test_a_free_job_lost_between_two_runs_is_made_again_in_the_second(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, free=True)
    bench.gateway.polls = [Running()] * 40
    bench.run(RunOptions(wait_seconds=5))
    bench.gateway.jobs.clear()
    assert only_outcome(bench) is Outcome.MADE
    assert bench.states == [AttemptState.FAILED, AttemptState.STORED]


def test_a_lost_clip_whose_job_is_still_known_is_fetched_again_and_paid_once(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run()
    for clip in (tmp_path / "takes").rglob("*.mp4"):
        clip.unlink()
    assert only_outcome(bench) is Outcome.BLOCKED
    assert only_outcome(bench, choices=Choices(remake=frozenset({"harbour"}))) is Outcome.MADE
    assert len(bench.gateway.till) == 1
    assert spent_in("USD", bench.lock, bench.ledger, sandbox=False) == Decimal("0.50")


def test_what_a_sandbox_charged_is_not_held_against_the_budget_of_the_real_gateway(tmp_path: Path) -> None:
    film = storyboard(shot("harbour"), budget=Money(Decimal("0.60"), "USD"))
    bench = Bench(tmp_path, film, gateway=ScriptedGateway(sandbox=True))
    assert only_outcome(bench) is Outcome.MADE
    bench.gateway = ScriptedGateway()
    assert only_outcome(bench) is Outcome.MADE
    assert spent_in("USD", bench.lock, bench.ledger, sandbox=False) == Decimal("0.50")


def test_a_question_calls_a_job_by_our_name_only_where_the_gateway_was_given_it(tmp_path: Path) -> None:
    """Somebody who looks in vain for a name that never went out would say that nothing was charged."""
    for guard, is_named in ((NOTHING_KNOWN, False), (replace(NOTHING_KNOWN, named=Proof.DOCUMENTED), True)):
        bench = bench_of(tmp_path / str(is_named), guard)
        bench.gateway.finds_jobs = False
        bench.gateway.submits = [CUT_AFTER_CHARGING]
        told = bench.run().shots[0]
        assert told.outcome is Outcome.OPEN
        assert (bench.names[0] in told.message) == is_named
        assert ("harbour" in told.message) != is_named


def test_a_job_under_another_key_is_told_at_the_end_also_when_its_shot_asks_for_something_else(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Running()] * 999
    assert only_outcome(bench, RunOptions(wait_seconds=1)) is Outcome.WAITING
    bench.gateway.account = "another"
    result = bench.run(RunOptions(wait_seconds=1))
    assert (result.shots[0].outcome, result.old_jobs) == (Outcome.OPEN, ())
    bench.film = storyboard(shot("harbour", "another picture"))
    bench.gateway.polls = []
    result = bench.run()
    assert result.shots[0].outcome is Outcome.MADE
    (old,) = result.old_jobs
    assert (old.shot, old.outcome, len(old.jobs)) == ("harbour", Outcome.OPEN, 1)
    assert "under another key" in old.message
    assert result.exit_code is ExitCode.QUESTION_OPEN


def test_what_failed_at_a_double_changes_no_name_at_the_gateway_itself(tmp_path: Path) -> None:
    """Another machine, which never saw the double, must ask for the same under the same name."""
    tried, fresh = bench_of(tmp_path / "tried"), bench_of(tmp_path / "fresh")
    tried.gateway = ScriptedGateway(
        sandbox=True, endings=[Failed(Failure(FailureClass.GATEWAY, "broke"), charged=False)]
    )
    assert only_outcome(tried) is Outcome.FAILED
    tried.gateway = ScriptedGateway()
    assert (only_outcome(tried), only_outcome(fresh)) == (Outcome.MADE, Outcome.MADE)
    assert tried.names[-1] == fresh.names[-1]


def test_a_job_that_fails_after_it_was_asked_for_again_is_not_made_anew_by_the_same_run(tmp_path: Path) -> None:
    """The plan said that it goes on, and showed no price."""
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Running()] * 9
    bench.gateway.endings = [Failed(Failure(FailureClass.GATEWAY, "broke"), charged=True)]
    assert only_outcome(bench, RunOptions(wait_seconds=1)) is Outcome.WAITING
    asked_again = Choices(remake=frozenset({"harbour"}))
    assert not bench.plan(choices=asked_again)[0].may_cost
    assert only_outcome(bench, choices=asked_again) is Outcome.FAILED
    assert len(bench.gateway.till) == 1
    assert only_outcome(bench, choices=asked_again) is Outcome.MADE
    assert len(bench.gateway.till) == 2
