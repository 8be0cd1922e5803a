"""A process that dies at any entry of the journal, before or after it is on disk, and the run after it: the till is the
judge. And Ctrl-C: the first sends nothing new and awaits what is under way, the second cuts."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from run_bench import LOOK_UP_ONLY, PROVEN, Bench, Killed, manifest, outcomes, shot, storyboard
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING, SubmitScript

from runner.core.errors import ExitCode
from runner.model.gateway import Failure, FailureClass, FetchFailed, LinkExpired, NotSent, Rejected, Running, Succeeded
from runner.model.ledger import AttemptState
from runner.model.manifest import Guard
from runner.model.request import Request
from runner.model.run import Outcome, RunOptions, RunResult
from runner.model.storyboard import Storyboard
from runner.running.outside import Outside

BUSY = Rejected(Failure(FailureClass.LIMIT, "too many jobs"), 5.0)
CHAIN = storyboard(shot("harbour", rolls=2), shot("climb", source="harbour"), shot("lamp"))
# A provider in every mood at once, so that a kill meets every kind of entry.
MOODS: list[SubmitScript] = [CUT_AFTER_CHARGING, NotSent("no route"), CUT_BEFORE_CHARGING, BUSY]


def moody_bench(folder: Path, guard: Guard) -> Bench:
    bench = Bench(folder, CHAIN, manifest(guard, concurrent=2))
    bench.gateway.refuses_second = guard is PROVEN
    bench.gateway.submits = list(MOODS)
    bench.gateway.fetches = [LinkExpired(), FetchFailed("reset")]
    return bench


def assert_paid_once_and_all_kept(bench: Bench) -> None:
    assert set(Counter(bench.gateway.till).values()) == {1}
    # Two rolls of one shot and one of each other: four jobs, whatever happened on the way.
    assert len(bench.gateway.till) == 4
    clips = list((bench.folder / "takes").rglob("*.mp4"))
    assert len(clips) == 4
    assert all(hashlib.sha256(clip.read_bytes()).hexdigest() == clip.stem for clip in clips)
    chosen = {name: bench.lock.block(name, None).current for name in ("harbour", "climb", "lamp")}
    assert {name: take and take.roll for name, take in chosen.items()} == {"harbour": 1, "climb": 1, "lamp": 1}
    assert len(bench.lock.takes_of("harbour")) == 2


def count_entries(folder: Path, guard: Guard) -> int:
    bench = moody_bench(folder, guard)
    bench.run()
    assert_paid_once_and_all_kept(bench)
    return len(bench.entries)


@pytest.mark.parametrize("guard", [PROVEN, LOOK_UP_ONLY], ids=["proven", "look-up-only"])
@pytest.mark.parametrize("is_after", [False, True], ids=["before-it-is-on-disk", "after-it-is-on-disk"])
def test_a_kill_at_any_entry_pays_nothing_twice_and_loses_nothing(
    tmp_path: Path, guard: Guard, *, is_after: bool
) -> None:
    entries = count_entries(tmp_path / "whole", guard)
    assert entries > 15
    for number in range(1, entries + 1):
        bench = moody_bench(tmp_path / str(number), guard)
        with pytest.raises(Killed):
            bench.run(kill=(number, is_after))
        assert len(bench.entries) == number - (not is_after)
        result = bench.run()
        assert set(outcomes(result).values()) <= {Outcome.KEPT, Outcome.MADE, Outcome.RESUMED}, f"killed at {number}"
        assert_paid_once_and_all_kept(bench)


def test_a_kill_at_every_second_entry_on_end_still_pays_once(tmp_path: Path) -> None:
    bench = moody_bench(tmp_path, PROVEN)
    kills = 0
    while True:
        try:
            result = bench.run(kill=(len(bench.entries) + 2, True))
        except Killed:
            kills += 1
            continue
        break
    assert kills > 5
    assert result.exit_code is ExitCode.DONE
    assert_paid_once_and_all_kept(bench)


# --- Ctrl-C


def one_shot(folder: Path, *more: str) -> Bench:
    film: Storyboard = storyboard(shot("harbour"), *(shot(name) for name in more))
    return Bench(folder, film, manifest(concurrent=1))


def stop_at_submit(bench: Bench, then: Callable[[Outside, "asyncio.Task[RunResult]"], object]) -> RunResult:
    """Calls `then` while the first submit is under way; the provider answers a little later."""

    def during(outside: Outside, task: "asyncio.Task[RunResult]") -> None:
        gate = bench.gateway.submit_gate = asyncio.Event()
        loop = asyncio.get_running_loop()

        def on_submit(request: Request, name: str) -> None:
            loop.call_soon(then, outside, task)
            loop.call_later(0.05, gate.set)

        bench.gateway.on_submit = on_submit

    result = bench.run(during=during)
    bench.gateway.submit_gate = None
    bench.gateway.on_submit = lambda request, name: None
    return result


def test_the_first_interruption_sends_nothing_new_and_awaits_the_answer(tmp_path: Path) -> None:
    bench = one_shot(tmp_path, "climb", "lamp")
    bench.film = storyboard(shot("harbour"), shot("climb", source="harbour"), shot("lamp"))
    result = stop_at_submit(bench, lambda outside, task: outside.stop.set())
    assert set(outcomes(result).values()) == {Outcome.INTERRUPTED}
    assert result.exit_code is ExitCode.INTERRUPTED
    assert bench.states == [AttemptState.ACCEPTED]
    assert [one.jobs for one in result.shots if one.jobs] == [("job-1",)]
    assert len(bench.gateway.till) == 1
    assert set(outcomes(bench.run()).values()) == {Outcome.RESUMED, Outcome.MADE}
    assert len(bench.gateway.till) == 3


def test_a_cancellation_that_comes_first_still_awaits_the_answer(tmp_path: Path) -> None:
    bench = one_shot(tmp_path, "climb")
    result = stop_at_submit(bench, lambda outside, task: task.cancel())
    assert set(outcomes(result).values()) == {Outcome.INTERRUPTED}
    assert len(bench.gateway.till) == 1
    assert bench.states == [AttemptState.ACCEPTED]


def test_the_second_interruption_cuts_and_the_doubt_is_on_disk(tmp_path: Path) -> None:
    bench = one_shot(tmp_path)

    def twice(outside: Outside, task: "asyncio.Task[RunResult]") -> None:
        outside.stop.set()
        task.cancel()

    result = stop_at_submit(bench, twice)
    assert outcomes(result) == {"harbour": Outcome.INTERRUPTED}
    assert bench.events == ["Intended", "BecameUncertain"]
    assert outcomes(bench.run()) in ({"harbour": Outcome.MADE}, {"harbour": Outcome.RESUMED})
    assert len(bench.gateway.till) == 1


def test_an_interruption_while_waiting_for_a_job_leaves_the_job(tmp_path: Path) -> None:
    bench = one_shot(tmp_path)
    bench.gateway.polls = [Running()] * 1_000_000

    def during(outside: Outside, task: "asyncio.Task[RunResult]") -> None:
        asyncio.get_running_loop().call_later(0.05, outside.stop.set)

    result = bench.run(RunOptions(wait_seconds=1e12), during=during)
    assert result.exit_code is ExitCode.INTERRUPTED
    assert bench.states == [AttemptState.ACCEPTED]
    assert list((tmp_path / "incoming").glob("*")) == []


def test_a_shot_that_is_cut_off_with_one_roll_under_way_is_not_called_made(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour", rolls=2)))
    bench.gateway.endings = [Succeeded({"clip": 1}), Running()]

    def during(outside: Outside, task: "asyncio.Task[RunResult]") -> None:
        def cancel_when_stored() -> None:
            if AttemptState.STORED in bench.states:
                task.cancel()
            else:
                asyncio.get_running_loop().call_later(0.02, cancel_when_stored)

        cancel_when_stored()

    result = bench.run(RunOptions(wait_seconds=1e12), during=during)
    assert sorted(bench.states) == [AttemptState.ACCEPTED, AttemptState.STORED]
    assert (outcomes(result), result.exit_code) == ({"harbour": Outcome.INTERRUPTED}, ExitCode.INTERRUPTED)


def test_a_fault_while_sending_leaves_the_doubt_on_disk(tmp_path: Path) -> None:
    bench = one_shot(tmp_path)

    def fail(request: Request, name: str) -> None:
        raise RuntimeError("a bug in an adapter")

    bench.gateway.on_submit = fail
    with pytest.raises(RuntimeError, match="a bug in an adapter"):
        bench.run()
    assert bench.states == [AttemptState.UNCERTAIN]
