"""How often a job is asked about: by the time it is expected to take, never more than a stated number, and not at all
while the gateway wants to be left alone.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from run_bench import Bench, bench_of, manifest, only_outcome, outcomes, shot, storyboard

from runner.api.manifests import built_in
from runner.model.gateway import Running, Unreadable
from runner.model.run import Outcome, RunOptions
from runner.running.pace import PollHold, meet_tick, poll_pause


def count_polls(seconds: float, expected: float | None, *, meets: bool = False) -> int:
    """Of a job that takes so long, up to the poll that finds it done."""
    now, polls = 0.0, 1
    while now < seconds:
        pause = poll_pause(now, expected, is_free=False)
        now += meet_tick(pause, now) if meets else pause
        polls += 1
    return polls


def most_polls(seconds: float) -> float:
    """As docs/money.md has it."""
    return min(2 + seconds / 2, 22 + seconds / 15)


@pytest.mark.parametrize("expected", [None, *range(5, 600, 7)])
def test_no_job_is_asked_about_more_often_than_is_stated(expected: float | None) -> None:
    for tenths in (*range(400), *range(400, 36_000, 97)):
        seconds = tenths / 10
        assert count_polls(seconds, expected) <= most_polls(seconds)
        assert count_polls(seconds, expected, meets=True) <= most_polls(seconds)


@pytest.mark.parametrize("expected", [60, 100, 200, 300])
def test_where_it_is_known_how_long_it_takes_fewer_questions_tell_as_much(expected: int) -> None:
    assert count_polls(expected, expected) < count_polls(expected, None)


@pytest.mark.parametrize("expected", [None, 30, 100, 400])
def test_a_job_is_known_to_be_done_soon_after_it_is(expected: float | None) -> None:
    for seconds in (1, 5, 20, 60, 100, 400, 1000):
        near, now = 0.6 * (expected or 0), 0.0
        while now < seconds:
            now += poll_pause(now, expected, is_free=False)
        # One that is done long before anybody could expect it may be found a little later.
        assert now - seconds <= (15 if seconds >= near else max(2, seconds))


@pytest.mark.parametrize("now", [0.0, 0.3, 1.999, 7.5, 1234.567])
@pytest.mark.parametrize("seconds", [2.0, 3.1, 7.9, 8.0, 15.0])
def test_jobs_of_different_ages_become_due_in_the_same_moments(now: float, seconds: float) -> None:
    pause = meet_tick(seconds, now)
    tick = 2 if seconds < 8 else 4
    assert seconds - 1e-6 <= pause <= seconds + tick
    assert (now + pause) % tick == pytest.approx(0, abs=1e-6) or (now + pause) % tick == pytest.approx(tick, abs=1e-6)


def test_a_wait_is_for_every_job_and_only_ever_grows() -> None:
    polls = PollHold()
    polls.hold(30.0, 100.0)
    polls.hold(1.0, 110.0)
    assert [polls.seconds_to_wait(now) for now in (100.0, 120.0, 131.0)] == [30.0, 10.0, 0.0]


# --- in a run


def test_a_job_of_a_known_pace_is_asked_about_as_stated(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.manifest = replace(manifest(), seconds_per_second=20.0)
    bench.gateway.polls = [Running()] * 9
    assert only_outcome(bench) is Outcome.MADE
    polls = bench.gateway.calls.count("poll")
    assert polls == 10
    # Ten polls have seen most of the hundred seconds its five take.
    assert bench.clock.time > 75


def test_no_job_is_asked_about_while_the_gateway_wants_to_be_left_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(*(shot(f"shot-{each}") for each in range(4))))
    times: list[float] = []
    poll = bench.gateway.poll

    async def watched(job: str, route: object) -> object:
        times.append(bench.clock.time)
        return Unreadable("429", 40.0) if len(times) == 1 else await poll(job, {})

    bench.gateway = _Watching(bench.gateway, watched)  # type: ignore[assignment]  # the same, but for one question
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    # Whoever asked in the same moment could not know.
    assert not [one for one in times if 0 < one < 40]


def test_a_gateway_that_is_never_ready_to_be_asked_keeps_nobody_for_ever(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Unreadable("429", 500.0)] * 40
    assert only_outcome(bench, RunOptions(wait_seconds=900)) is Outcome.WAITING
    assert 900 <= bench.clock.time < 950


def test_only_kling_next_is_known_to_be_asked_about_many_jobs() -> None:
    polls = {name: built_in(name).interface for name in ("kling", "kling-next", "mulerouter", "kkiai", "aimlapi")}
    batches = {name: one.poll.batch for name, one in polls.items() if one is not None and one.poll.batch is not None}
    assert {name: (one.most, one.between, one.list, one.job) for name, one in batches.items()} == {
        "kling-next": (20, ",", "data", "id")
    }


class _Watching:
    def __init__(self, gateway: object, poll: object) -> None:
        self._gateway, self.poll = gateway, poll

    def __getattr__(self, name: str) -> object:
        return getattr(self._gateway, name)


def test_answers_that_cannot_be_read_count_only_in_a_row(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.polls = [Unreadable("502"), Running()] * 12
    assert only_outcome(bench) is Outcome.MADE
