"""Every row of the money table and every rule of the guard, each by what the journal says and what the till counted."""

from decimal import Decimal
from pathlib import Path

import pytest
from run_bench import (
    ALL,
    LOOK_UP_ONLY,
    NOTHING_KNOWN,
    PROVEN,
    REFUSAL_ONLY,
    Bench,
    Choices,
    Killed,
    manifest,
    outcomes,
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
    FetchFailed,
    Gone,
    LinkExpired,
    LookupFailed,
    NotFound,
    NotSent,
    Rejected,
    Running,
    Succeeded,
    Unreadable,
)
from runner.model.ledger import AttemptState
from runner.model.manifest import Guard
from runner.model.money import Money
from runner.model.request import Request
from runner.model.run import Outcome, RunOptions
from runner.running.spending import spent_in

BUSY = Failure(FailureClass.LIMIT, "too many jobs")
FORBIDDEN = Failure(FailureClass.CONTENT, "the prompt is not allowed", "1301", "prompt")


def bench_of(folder: Path, guard: Guard = PROVEN, *, free: bool = False, trust: str | None = None) -> Bench:
    return Bench(folder, storyboard(shot("harbour"), trust_guard=trust), manifest(guard, free=free))


def only_outcome(bench: Bench, options: RunOptions | None = None, choices: Choices = ALL) -> Outcome:
    return bench.run(options, choices).shots[0].outcome


# --- an answer with a job, and what follows


def test_an_accepted_job_is_polled_fetched_stored_and_paid_once(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.MADE}
    assert bench.events == ["Intended", "WasAccepted", "HasSucceeded", "WasStored"]
    assert len(bench.gateway.till) == 1
    stored = next(iter(bench.ledger.attempts.values()))
    assert stored.digest is not None
    assert bench.store.verify(stored.digest)
    assert bench.store.clip(stored.digest) is not None
    assert bench.gateway.released == ["job-1"]
    assert result.exit_code is ExitCode.DONE


def test_what_is_stored_is_never_asked_for_again(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.run()
    calls = list(bench.gateway.calls)
    assert only_outcome(bench) is Outcome.KEPT
    assert bench.gateway.calls == calls


def test_the_intent_is_on_disk_before_anything_is_sent(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    seen: list[tuple[list[str], bool]] = []

    def look(request: Request, name: str) -> None:
        seen.append((bench.events, bench.names == [name]))

    bench.gateway.on_submit = look
    bench.run()
    assert seen == [(["Intended"], True)]


def test_a_job_still_running_when_the_wait_is_over_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Running()] * 40
    result = bench.run(RunOptions(wait_seconds=60))
    assert outcomes(result) == {"harbour": Outcome.WAITING}
    assert result.exit_code is ExitCode.SOME_FAILED
    assert result.shots[0].jobs == ("job-1",)
    assert bench.states == [AttemptState.ACCEPTED]
    assert only_outcome(bench) is Outcome.RESUMED
    assert bench.gateway.submitted == ["harbour"]
    assert len(bench.gateway.till) == 1


@pytest.mark.parametrize("charged", [True, False])
def test_a_failed_job_is_reported_and_made_again_only_on_request(tmp_path: Path, *, charged: bool) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.endings = [Failed(Failure(FailureClass.GATEWAY, "out of memory"), charged)]
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.FAILED}
    assert "out of memory" in result.shots[0].message
    assert next(iter(bench.ledger.attempts.values())).charged is charged
    assert only_outcome(bench) is Outcome.BLOCKED
    assert len(bench.gateway.till) == 1
    assert only_outcome(bench, choices=Choices(remake=frozenset({"harbour"}))) is Outcome.MADE
    first, second = bench.names
    assert first != second, "the name of a failed job is used up"
    assert len(bench.gateway.till) == 2


def test_a_job_failed_for_its_content_is_refused_and_names_the_input(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.endings = [Failed(FORBIDDEN, charged=False)]
    told = bench.run().shots[0]
    assert told.outcome is Outcome.REFUSED
    assert told.message == "Scripted says: the prompt is not allowed (1301)"
    assert told.hint == "change its `prompt`"


def test_answers_that_cannot_be_read_are_no_verdict(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Unreadable("502"), Running(), *[Unreadable("not JSON")] * 3]
    assert only_outcome(bench) is Outcome.MADE
    assert len(bench.gateway.till) == 1


def test_a_job_that_cannot_be_asked_about_for_long_is_kept(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Unreadable("502")] * 10
    assert only_outcome(bench) is Outcome.WAITING
    assert bench.states == [AttemptState.ACCEPTED]
    assert only_outcome(bench) is Outcome.RESUMED
    assert len(bench.gateway.till) == 1


def test_a_paid_job_nobody_knows_any_more_is_a_question(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Gone()] * 3
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.OPEN}
    assert result.exit_code is ExitCode.QUESTION_OPEN
    assert bench.states == [AttemptState.ACCEPTED]
    assert len(bench.gateway.till) == 1


def test_a_paid_job_that_shows_late_is_not_given_up(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Gone(), Gone(), Running()]
    assert only_outcome(bench) is Outcome.MADE


def test_a_free_job_nobody_knows_any_more_is_made_again(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, free=True)
    bench.gateway.polls = [Gone()]
    assert only_outcome(bench) is Outcome.MADE
    assert bench.states == [AttemptState.FAILED, AttemptState.STORED]
    assert bench.names[0] != bench.names[1]


# --- fetching


def test_a_failed_download_is_repeated_apart_from_generation(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [FetchFailed("reset")] * 3
    assert only_outcome(bench) is Outcome.MADE
    assert bench.gateway.calls.count("fetch") == 4
    assert len(bench.gateway.till) == 1


def test_a_clip_that_cannot_be_fetched_now_waits_and_is_only_fetched_later(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [FetchFailed("reset")] * 6
    assert only_outcome(bench) is Outcome.WAITING
    assert bench.states == [AttemptState.SUCCEEDED]
    polls = bench.gateway.calls.count("poll")
    assert only_outcome(bench) is Outcome.RESUMED
    assert bench.gateway.calls.count("poll") == polls
    assert len(bench.gateway.till) == 1


def test_an_expired_link_is_asked_for_afresh(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [LinkExpired()]
    assert only_outcome(bench) is Outcome.MADE
    assert bench.events == ["Intended", "WasAccepted", "HasSucceeded", "HasSucceeded", "WasStored"]
    assert len(bench.gateway.till) == 1


def test_a_link_that_has_expired_for_good_is_a_question_and_never_a_second_job(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [LinkExpired()] * 4
    assert only_outcome(bench) is Outcome.OPEN
    assert only_outcome(bench) is Outcome.OPEN
    assert bench.states == [AttemptState.SUCCEEDED]
    assert bench.gateway.submitted == ["harbour"]


@pytest.mark.parametrize("came", ["no clip at all", '{"duration": 2, "content": "too short"}'])
def test_a_clip_that_is_not_what_was_asked_for_is_fetched_again(tmp_path: Path, came: str) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [came]
    assert only_outcome(bench) is Outcome.MADE
    assert len(bench.gateway.till) == 1


@pytest.mark.parametrize("came", ["no clip at all", '{"duration": 2, "content": "too short"}'])
def test_a_clip_that_stays_wrong_is_told_and_its_bytes_are_kept(tmp_path: Path, came: str) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [came] * 2
    told = bench.run().shots[0]
    assert told.outcome is Outcome.FAILED
    assert told.hint is not None
    assert Path(told.hint.removeprefix("look at it: ")).read_text(encoding="utf-8") == came
    assert bench.states == [AttemptState.SUCCEEDED]
    assert len(bench.gateway.till) == 1


def test_nothing_of_a_run_is_left_among_what_is_on_its_way(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [FetchFailed("reset"), LinkExpired(), "no clip"]
    bench.run()
    assert list((tmp_path / "incoming").iterdir()) == []


# --- what was not sent, and what was refused


def test_what_was_not_sent_is_sent_again_after_growing_pauses(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [NotSent("no route")] * 3
    assert only_outcome(bench) is Outcome.MADE
    assert bench.events[:6] == ["Intended", "WasNotSent"] * 3
    assert len(set(bench.names)) == 1
    assert bench.clock.time >= 1 + 2 + 4
    assert len(bench.gateway.till) == 1


def test_a_provider_that_cannot_be_reached_is_left_for_a_later_run(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [NotSent("no route")] * 5
    assert only_outcome(bench) is Outcome.FAILED
    assert bench.states == [AttemptState.NOT_SENT]
    assert bench.gateway.till == []
    assert only_outcome(bench) is Outcome.MADE
    assert len(bench.gateway.till) == 1


def test_one_too_many_waits_as_long_as_it_was_told_and_fewer_run_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(*(shot(f"shot-{number}") for number in range(6))), manifest(concurrent=3))
    # Two are taken, the third is one too many.
    bench.gateway.submits = ["accept", "accept", Rejected(BUSY, 90.0)]
    result = bench.run()
    assert set(outcomes(result).values()) == {Outcome.MADE}
    assert bench.gateway.most_running == 2
    assert bench.clock.time >= 90
    assert len(bench.gateway.till) == 6


def test_a_refusal_is_told_with_its_input_and_not_sent_again_as_it_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("climb", source="harbour"), shot("lamp")))
    bench.gateway.on_submit = lambda request, name: bench.gateway.submits.append(
        Rejected(FORBIDDEN) if request.label == "harbour" else "accept"
    )
    result = bench.run()
    assert outcomes(result) == {
        "harbour": Outcome.REFUSED,
        "climb": Outcome.BLOCKED,
        "lamp": Outcome.MADE,
    }
    assert result.exit_code is ExitCode.SOME_FAILED
    assert AttemptState.REJECTED in bench.states
    bench.run()
    assert sorted(bench.gateway.submitted) == ["harbour", "lamp"]
    assert len(bench.gateway.till) == 1


def test_without_credit_nothing_more_is_sent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(*(shot(f"shot-{number}") for number in range(5))), manifest(concurrent=1))
    bench.gateway.submits = [Rejected(Failure(FailureClass.BALANCE, "no credit"))]
    result = bench.run()
    assert bench.gateway.submitted == ["shot-0"]
    assert sorted(outcomes(result).values()) == [*[Outcome.BLOCKED] * 4, Outcome.FAILED]
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}


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
    assert only_outcome(bench) is Outcome.RESUMED
    assert len(bench.gateway.till) == 1


def test_after_a_kill_a_guard_that_refuses_twice_needs_no_minute(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    with pytest.raises(Killed):
        bench.run(kill=(1, True))
    assert bench.states == [AttemptState.INTENDED]
    assert only_outcome(bench) is Outcome.RESUMED
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
    assert spent_in("USD", bench.lock, bench.ledger) == Decimal("0.50")


# --- requests that were edited, accounts that were changed


def test_a_job_of_an_edited_request_is_fetched_and_kept_as_a_take(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Running()] * 40
    bench.run(RunOptions(wait_seconds=10))
    bench.film = storyboard(shot("harbour", "another picture"))
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.MADE}
    assert [(old.shot, old.outcome) for old in result.old_jobs] == [("harbour", Outcome.RESUMED)]
    block = bench.lock.block("harbour", None)
    assert len(block.takes) == 2
    assert block.current is not None
    assert block.current.key == bench.plan()[0].shot("harbour").rolls[0].key
    assert len(bench.gateway.till) == 2


def test_a_doubtful_submit_of_an_edited_request_is_looked_up_and_never_sent_again(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    bench.gateway.finds = [LookupFailed("503")] * 4
    bench.manifest = manifest(LOOK_UP_ONLY)
    assert only_outcome(bench) is Outcome.WAITING
    bench.film = storyboard(shot("harbour", "another picture"))
    assert only_outcome(bench) is Outcome.MADE
    assert bench.states == [AttemptState.UNCHARGED, AttemptState.STORED]
    assert len(bench.gateway.till) == 1


def test_an_open_job_belongs_to_the_account_that_took_it(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Running()] * 40
    bench.run(RunOptions(wait_seconds=10))
    bench.gateway.account = "another key"
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.OPEN}
    assert bench.gateway.submitted == ["harbour"]
    assert bench.gateway.calls.count("poll") > 0
    bench.gateway.account = "abcd"
    assert only_outcome(bench) is Outcome.RESUMED
    assert len(bench.gateway.till) == 1


def test_what_a_gateway_says_it_charged_is_written_down(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.charge = Money(Decimal("0.42"), "USD")
    result = bench.run()
    assert result.spent == (Money(Decimal("0.42"), "USD"),)
    taken = result.shots[0].take
    assert taken is not None
    assert taken.charge == Money(Decimal("0.42"), "USD")


def test_a_success_without_a_charge_counts_at_its_highest_price(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.endings = [Succeeded({"clip": "job-1"})]
    assert [str(money) for money in bench.run().spent] == ["0.50 USD"]
