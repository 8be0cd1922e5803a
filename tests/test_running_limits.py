"""What a gateway allows holds in a run: how many of a model at once, how many a minute, the wait it asks for; and what
is said once of everything ends everything.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from run_bench import BUSY, PROVEN, Bench, manifest, outcomes, setting, shot, storyboard
from scripted_gateway import CUT_BEFORE_CHARGING

from runner.model.gateway import Failure, FailureClass, FetchFailed, LookupFailed, NotFound, Rejected, Running
from runner.model.manifest import Manifest, ModelLimits
from runner.model.request import Request
from runner.model.run import Outcome
from runner.running.gate import Gate, Spacing
from runner.running.pace import spread

NO_CREDIT = Failure(FailureClass.BALANCE, "Account balance not enough", "1102")
BLOCKED_KEY = Failure(FailureClass.ACCESS, "IP is not whitelisted", "1304")


def bench_with(tmp_path: Path, number: int, chosen: Manifest) -> Bench:
    return Bench(tmp_path, storyboard(*(shot(f"shot-{each}") for each in range(number))), chosen)


def note_times(bench: Bench) -> list[float]:
    times: list[float] = []
    bench.gateway.on_submit = lambda request, name: times.append(bench.clock.time)
    return times


# --- submits a minute


@pytest.mark.parametrize("a_minute", [1, 2, 5, 10, 30, 60, 1000])
def test_no_minute_sees_more_submits_than_it_may_and_almost_none_is_given_away(a_minute: int) -> None:
    spacing, now, times = Spacing(a_minute), 0.0, []
    while now < 300:
        now += spacing.seconds_to_wait(now)
        spacing.take(now)
        times.append(now)
    assert all(sum(begin <= one < begin + 59.999 for one in times) <= a_minute for begin in times)
    assert len(times) >= a_minute * 4.4


def test_after_a_calm_only_a_tenth_goes_at_once() -> None:
    spacing = Spacing(30)
    now = 1000.0
    spacing.take(now)
    later = now + 600
    waits = []
    for _ in range(5):
        waits.append(spacing.seconds_to_wait(later))
        spacing.take(later)
    assert [wait > 0 for wait in waits] == [False, False, False, True, True]


def test_a_wait_the_gateway_asked_for_is_never_shortened_by_another() -> None:
    gate = Gate()
    gate.hold(90.0, 10.0)
    gate.hold(5.0, 20.0)
    assert gate.seconds_to_wait(20.0) == 80.0
    assert gate.seconds_to_wait(100.0) <= 0.0


def test_a_run_keeps_to_the_submits_a_minute_of_its_manifest(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 40, replace(manifest(concurrent=40), submits_a_minute=10))
    times = note_times(bench)
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert len(times) == 40
    assert all(sum(begin <= one < begin + 59.999 for one in times) <= 10 for begin in times)
    assert max(times) < 4.5 * 60


# --- at once


def test_a_run_keeps_to_what_one_model_may_have_and_others_go_on(tmp_path: Path) -> None:
    shots = [shot(f"shot-{each}") for each in range(12)]
    models = ["kling-v3" if each % 2 else "kling-v2.6" for each in range(12)]
    film = storyboard(*(replace(one, model=setting(model)) for one, model in zip(shots, models, strict=True)))
    bench = Bench(tmp_path, film, replace(manifest(concurrent=6), concurrent_by_model={"kling-v3": 1}))
    sent: dict[str, str] = {}
    of_one: list[int] = []

    def look(request: Request, name: str) -> None:
        ended = {bench.gateway.jobs[job].name for job in bench.gateway._ended}
        sent[name] = str(request.canonical["model"])
        of_one.append(sum(model == "kling-v3" for one, model in sent.items() if one not in ended))

    bench.gateway.on_submit = look
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert max(of_one) == 1
    assert bench.gateway.most_running == 6


@pytest.mark.parametrize(
    ("concurrent", "by_model", "jobs", "most"),
    [
        (None, {}, None, 5),
        (None, {"kling-v3": 3, "kling-v2.6": 4}, None, 7),
        (None, {"kling-v3": 3}, None, 5),
        (None, {"kling-v3": 3, "kling-v2.6": 4}, 2, 2),
        (6, {"kling-v3": 3, "kling-v2.6": 4}, None, 6),
    ],
)
def test_the_number_of_all_is_said_by_manifest_or_caller_or_adds_up(
    concurrent: int | None, by_model: dict[str, int], jobs: int | None, most: int
) -> None:
    models = dict.fromkeys(("kling-v3", "kling-v2.6"), ModelLimits((), (), None, None, None, None, has_sound=True))
    chosen = replace(manifest(concurrent=concurrent), concurrent_by_model=by_model, models=models)
    assert chosen.most_jobs(jobs, 5) == most


def test_while_a_gateway_has_asked_for_a_wait_nobody_sends(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 8, manifest(concurrent=3))
    bench.gateway.submits = ["accept", "accept", Rejected(BUSY, 90.0)]
    times = note_times(bench)
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert times[:3] == [0.0] * 3
    assert min(times[3:]) >= 90


def test_what_may_be_sent_a_second_time_waits_as_well(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 2, manifest(PROVEN, concurrent=2))
    bench.gateway.submits = [CUT_BEFORE_CHARGING, Rejected(BUSY, 90.0)]
    bench.gateway.finds = [LookupFailed("503"), NotFound()]
    times = note_times(bench)
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert times[:2] == [0.0, 0.0]
    assert min(times[2:]) >= 90
    assert len(bench.gateway.till) == 2


def test_after_ten_that_were_taken_one_more_runs_at_once_again(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 20, manifest(concurrent=3))
    bench.gateway.submits = ["accept", "accept", Rejected(BUSY)]
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert bench.gateway.most_running == 3


def test_what_is_refused_for_being_too_many_twenty_times_is_left_for_a_later_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour")))
    bench.gateway.submits = [Rejected(BUSY)] * 99
    assert outcomes(bench.run()) == {"harbour": Outcome.FAILED}
    assert len(bench.gateway.submitted) == 20
    bench.gateway.submits = []
    assert outcomes(bench.run()) == {"harbour": Outcome.MADE}


def test_a_job_that_is_done_has_left_its_place_while_its_clip_is_fetched(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 2, manifest(concurrent=1))
    bench.gateway.fetches = [FetchFailed("503")] * 3
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    calls = bench.gateway.calls
    fetches = [place for place, call in enumerate(calls) if call == "fetch"]
    assert calls.index("submit shot-1") < fetches[3]


def test_those_refused_together_do_not_come_back_together() -> None:
    pauses = {spread(8.0, f"{number:06}-abc") for number in range(20)}
    assert len(pauses) > 10
    assert 8.0 <= min(pauses) <= max(pauses) < 10.0
    assert spread(8.0, "000001-abc") == spread(8.0, "000001-abc")


# --- what is said of everything


@pytest.mark.parametrize("failure", [NO_CREDIT, BLOCKED_KEY])
def test_what_is_refused_for_good_stops_everything_not_yet_sent_and_is_told_once(
    tmp_path: Path, failure: Failure
) -> None:
    bench = bench_with(tmp_path, 40, manifest(concurrent=4))
    bench.gateway.submits = [Rejected(failure)] * 40
    result = bench.run()
    assert len(bench.gateway.submitted) <= 4
    left = result.of(Outcome.BLOCKED)
    assert len(left) + len(bench.gateway.submitted) == 40
    (told,) = {(one.message, one.hint) for one in left}
    assert told[0] == f"not sent, because Scripted says: {failure.message} ({failure.code})"
    assert told[1] is not None
    assert told[1].endswith("then run again")
    assert sum("nothing more is sent to Scripted" in said for _, _, said in bench.progress.heard) == 1
    assert not [one for one in bench.progress.heard if one[1] == "blocked"]


def test_who_waits_to_send_again_does_not_wait_for_a_gateway_that_takes_nothing(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 2, manifest(concurrent=2))
    bench.gateway.submits = [Rejected(BUSY, 500.0), Rejected(NO_CREDIT)]
    assert sorted(outcomes(bench.run()).values()) == [Outcome.BLOCKED, Outcome.FAILED]
    assert bench.clock.time < 10


def test_a_chain_that_hangs_on_what_was_left_says_the_same(tmp_path: Path) -> None:
    film = storyboard(shot("a"), shot("b"), shot("c", source="b"), shot("d", source="c"))
    bench = Bench(tmp_path, film, manifest(PROVEN, concurrent=1))
    bench.gateway.submits = [Rejected(NO_CREDIT)] * 4
    messages = {one.message for one in bench.run().of(Outcome.BLOCKED)}
    assert messages == {"not sent, because Scripted says: Account balance not enough (1102)"}


def test_jobs_that_run_are_brought_home_though_nothing_more_is_sent(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, 3, manifest(concurrent=1))
    bench.gateway.polls = [Running()] * 5
    bench.gateway.submits = ["accept", Rejected(NO_CREDIT)]
    assert sorted(outcomes(bench.run()).values()) == [Outcome.BLOCKED, Outcome.FAILED, Outcome.MADE]
