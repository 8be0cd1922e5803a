"""Every row of the money table but the doubtful ones, each by what the journal says and what the till counted."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from run_bench import (
    BUSY,
    FORBIDDEN,
    LOOK_UP_ONLY,
    Bench,
    Choices,
    bench_of,
    manifest,
    only_outcome,
    outcomes,
    shot,
    storyboard,
)
from scripted_gateway import CUT_BEFORE_CHARGING

from runner.core.errors import ExitCode
from runner.model.gateway import (
    Failed,
    Failure,
    FailureClass,
    FetchFailed,
    Gone,
    LinkExpired,
    LookupFailed,
    NotSent,
    Rejected,
    Running,
    Succeeded,
    Unreadable,
)
from runner.model.ledger import AttemptState
from runner.model.money import Money
from runner.model.request import Request
from runner.model.run import Outcome, RunOptions

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


def test_a_link_that_keeps_failing_is_asked_for_afresh_before_it_is_left_for_later(tmp_path: Path) -> None:
    """Some stores answer 400, or with a page, once a link has expired."""
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Succeeded({"clip": "a link that has expired"}, None)]
    bench.gateway.fetches = [FetchFailed("the link was answered with status 400")] * 6
    assert only_outcome(bench) is Outcome.MADE
    assert bench.events == ["Intended", "WasAccepted", "HasSucceeded", "HasSucceeded", "WasStored"]
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


def test_a_clip_that_stays_damaged_is_told_and_its_bytes_are_kept(tmp_path: Path) -> None:
    came = "no clip at all"
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [came] * 2
    told = bench.run().shots[0]
    assert told.outcome is Outcome.FAILED
    assert told.hint is not None
    assert Path(told.hint.removeprefix("look at it: ")).read_text(encoding="utf-8") == came
    assert bench.states == [AttemptState.SUCCEEDED]
    assert len(bench.gateway.till) == 1


def test_a_clip_whose_length_stays_wrong_is_kept_and_asked_about_and_not_fetched_again(tmp_path: Path) -> None:
    came = '{"duration": 2, "content": "too short"}'
    bench = bench_of(tmp_path)
    bench.gateway.fetches = [came] * 2
    told = bench.run().shots[0]
    assert told.outcome is Outcome.OPEN
    kept = told.message.partition("kept as ")[2].partition(" (job ")[0]
    assert Path(kept).read_text(encoding="utf-8") == came
    # It would come whole now, and nobody asks for it.
    assert bench.run().shots[0].outcome is Outcome.OPEN
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


@pytest.mark.parametrize(
    ("amount", "is_told"), [("0.50", False), ("0.57", False), ("0.43", False), ("0.58", True), ("0.42", True)]
)
def test_a_charge_that_is_far_from_its_price_is_told(tmp_path: Path, amount: str, *, is_told: bool) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.charge = Money(Decimal(amount), "USD")
    bench.run()
    told = [detail for _, state, detail in bench.progress.heard if state == "said"]
    assert [f"charged {amount} USD, the plan had 0.50 USD" in detail for detail in told] == [True] * is_told


def test_a_charge_in_another_currency_is_not_compared(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.charge = Money(Decimal(9), "EUR")
    bench.run()
    assert not [heard for heard in bench.progress.heard if heard[1] == "said"]


def test_a_success_without_a_charge_counts_at_its_highest_price(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.endings = [Succeeded({"clip": "job-1"})]
    assert [str(money) for money in bench.run().spent] == ["0.50 USD"]


def test_what_may_have_cost_an_unknown_price_is_counted(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.manifest = replace(bench.manifest, prices={})
    result = bench.run()
    assert (result.spent, result.unpriced) == ((), 1)
