"""A gateway that ails: after how many answers it is left alone, for how long, and when a run gives it up."""

from pathlib import Path

import pytest
from run_bench import NOTHING_KNOWN, Bench, bench_of, manifest, outcomes, shot, storyboard
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING, SubmitScript

from runner.model.gateway import Failure, FailureClass, NotSent, Rejected, Running
from runner.model.ledger import AttemptState
from runner.model.request import Request
from runner.model.run import Outcome
from runner.running.breaker import ILL_IN_A_ROW, PAUSES, Breaker

DOWN = Rejected(Failure(FailureClass.GATEWAY, "internal error", "500"))
REFUSED = Rejected(Failure(FailureClass.CONTENT, "not allowed"))


def make_ill(breaker: Breaker, times: int = ILL_IN_A_ROW, now: float = 0.0) -> None:
    for _ in range(times):
        breaker.note_ill("500", now, is_trial=breaker.begin())


# --- by itself


def test_a_few_faults_close_nothing_and_a_good_answer_between_begins_the_count_anew() -> None:
    breaker = Breaker()
    make_ill(breaker, ILL_IN_A_ROW - 1)
    breaker.note_well()
    make_ill(breaker, ILL_IN_A_ROW - 1)
    assert breaker.seconds_to_wait(0.0) == 0
    make_ill(breaker, 1)
    assert breaker.seconds_to_wait(0.0) == PAUSES[0]


def test_after_the_pause_one_goes_as_a_trial_and_the_others_wait_for_its_answer() -> None:
    breaker = Breaker()
    make_ill(breaker)
    assert breaker.seconds_to_wait(PAUSES[0]) == 0
    assert breaker.begin()
    assert breaker.seconds_to_wait(PAUSES[0]) > 0
    breaker.note_well()
    assert breaker.seconds_to_wait(PAUSES[0]) == 0
    assert not breaker.begin()


@pytest.mark.parametrize(("was_well", "pauses"), [(True, PAUSES), (False, PAUSES[:1])], ids=["known", "stranger"])
def test_each_trial_that_fails_is_followed_by_a_longer_pause_until_it_is_given_up(
    *, was_well: bool, pauses: tuple[float, ...]
) -> None:
    """A gateway that gave no good answer in this run is waited for once."""
    breaker, now, waited = Breaker(), 0.0, []
    if was_well:
        breaker.note_well()
    make_ill(breaker)
    while not breaker.is_given_up:
        waited.append(breaker.seconds_to_wait(now))
        now += waited[-1]
        make_ill(breaker, 1, now)
    assert tuple(waited) == pauses


def test_late_answers_to_what_was_sent_before_change_nothing_but_a_good_one_does() -> None:
    breaker = Breaker()
    make_ill(breaker)
    for _ in range(20):
        assert not breaker.note_ill("500", 10.0, is_trial=False)
    assert breaker.seconds_to_wait(10.0) == PAUSES[0] - 10
    breaker.note_well()
    assert not breaker.is_open


def test_a_gateway_that_was_well_again_begins_with_the_shortest_pause() -> None:
    breaker = Breaker()
    make_ill(breaker)
    make_ill(breaker, 1, PAUSES[0])
    breaker.note_well()
    make_ill(breaker)
    assert breaker.seconds_to_wait(0.0) == PAUSES[0]


# --- in a run


def bench_with(tmp_path: Path, number: int, *, concurrent: int = 1, free: bool = False) -> Bench:
    film = storyboard(*(shot(f"shot-{each}") for each in range(number)))
    return Bench(tmp_path, film, manifest(NOTHING_KNOWN, concurrent=concurrent, free=free))


def note_times(bench: Bench, answers: dict[int, SubmitScript], otherwise: SubmitScript = "accept") -> list[float]:
    """When each submit came; what the one of that number is answered."""
    times: list[float] = []

    def look(request: Request, name: str) -> None:
        times.append(bench.clock.time)
        bench.gateway.submits.append(answers.get(len(times), otherwise))

    bench.gateway.on_submit = look
    return times


def test_a_run_leaves_an_ailing_gateway_alone_and_goes_on_once_it_is_well(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 12)
    # After a first good answer: a stranger is waited for once only.
    times = note_times(bench, dict.fromkeys(range(2, ILL_IN_A_ROW + 3), DOWN))
    made = list(outcomes(bench.run()).values())
    assert made.count(Outcome.FAILED) == ILL_IN_A_ROW + 1
    assert made.count(Outcome.MADE) == 12 - ILL_IN_A_ROW - 1
    assert times[ILL_IN_A_ROW + 1] - times[ILL_IN_A_ROW] >= PAUSES[0]
    assert times[ILL_IN_A_ROW + 2] - times[ILL_IN_A_ROW + 1] >= PAUSES[1]
    told = [said for _, state, said in bench.progress.heard if state == "said"]
    assert told == [
        f"Scripted ails (internal error): nothing more is sent to it for {pause:.0f} s" for pause in (15, 30)
    ]


@pytest.mark.parametrize("answer", [DOWN, NotSent("no route"), CUT_BEFORE_CHARGING, CUT_AFTER_CHARGING])
def test_a_gateway_that_stays_ill_ends_the_run_with_one_message(tmp_path: Path, answer: SubmitScript) -> None:
    bench = bench_with(tmp_path, 40, concurrent=4)
    times = note_times(bench, {}, answer)
    result = bench.run()
    # Those under way when it was opened, and the trials.
    assert len(times) <= ILL_IN_A_ROW + 3 + len(PAUSES)
    left = result.of(Outcome.BLOCKED)
    assert len(left) >= 40 - len(times)
    (message,) = {one.message for one in left}
    (hint,) = {one.hint for one in left}
    assert message.startswith("not sent, because Scripted has ailed for too long (")
    assert hint == "its jobs are kept: `framechain run` goes on when it is well again"
    assert sum(said.startswith("nothing more is sent") for _, _, said in bench.progress.heard) == 1
    assert not [one for one in bench.progress.heard if one[1] == "blocked"]


def test_jobs_that_run_are_followed_while_nothing_is_sent(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 30, concurrent=2)
    bench.gateway.polls = [Running()] * 60
    note_times(bench, {1: "accept"}, DOWN)
    assert outcomes(bench.run())["shot-0"] is Outcome.MADE
    assert bench.states.count(AttemptState.STORED) == 1


def test_a_later_run_makes_what_was_left(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 10)
    note_times(bench, {}, NotSent("no route"))
    bench.run()
    bench.gateway.on_submit = lambda request, name: None
    bench.gateway.submits = []
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert len(bench.gateway.till) == 10


def test_refusals_of_single_shots_are_no_illness(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 20)
    times = note_times(bench, {}, REFUSED)
    assert set(outcomes(bench.run()).values()) == {Outcome.REFUSED}
    assert times == [0.0] * 20


def test_the_free_provider_is_never_left_alone(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 20, free=True)
    times = note_times(bench, {}, DOWN)
    assert set(outcomes(bench.run()).values()) == {Outcome.FAILED}
    assert times == [0.0] * 20


def test_a_doubtful_submit_is_not_sent_again_to_a_gateway_that_is_given_up(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.film = storyboard(*(shot(f"shot-{each}") for each in range(20)))
    times = note_times(bench, {}, CUT_BEFORE_CHARGING)
    result = bench.run()
    assert len(times) <= ILL_IN_A_ROW + 3 + len(PAUSES)
    assert len(bench.gateway.till) == 0
    assert set(outcomes(result).values()) == {Outcome.BLOCKED, Outcome.WAITING}
