"""Names of jobs of shots that differ only in what their maker is told: none is taken for another's, nor is a job."""

from dataclasses import replace
from pathlib import Path

import pytest
from planning_builders import set_value
from run_bench import BUSY, LOOK_UP_ONLY, PROVEN, Bench, Choices, Killed, manifest, outcomes, shot, storyboard
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING

from runner.model.gateway import Failed, Failure, FailureClass, Found, Rejected
from runner.model.ledger import AttemptState
from runner.model.manifest import Guard
from runner.model.run import Outcome
from runner.model.storyboard import Shot


def styled(name: str, style: str) -> Shot:
    """All of these ask for the same picture, with other options."""
    return replace(shot(name, "The sea."), options={"scripted": set_value({"style": style})})


def bench_of_two(folder: Path, guard: Guard = PROVEN) -> Bench:
    bench = Bench(folder, storyboard(styled("calm", "calm"), styled("wild", "wild")), manifest(guard))
    bench.gateway.content = lambda request: str(request.makers_part.content)
    return bench


def has_its_own_clip(bench: Bench, name: str) -> bool:
    take = bench.lock.block(name, None).current
    path = None if take is None or take.digest is None else bench.store.clip(take.digest)
    return path is not None and f"'style': '{name}'" in path.read_text(encoding="utf-8")


def test_who_is_refused_for_being_too_many_is_not_sent_on_under_the_name_of_the_other(tmp_path: Path) -> None:
    bench = bench_of_two(tmp_path)
    bench.gateway.submits = [Rejected(BUSY, 5.0), "accept"]
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert bench.names == [bench.names[0], bench.names[1], bench.names[0]]
    assert sorted(bench.gateway.till) == sorted({*bench.names})
    assert has_its_own_clip(bench, "calm")
    assert has_its_own_clip(bench, "wild")


def test_a_name_of_which_nothing_came_is_left_to_who_took_it_meanwhile(tmp_path: Path) -> None:
    bench = bench_of_two(tmp_path)
    bench.manifest = manifest(concurrent=1)
    bench.gateway.submits = [Rejected(BUSY)]
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert bench.gateway.submitted == ["calm", "wild", "calm"]
    assert bench.names[0] == bench.names[1] != bench.names[2]
    assert has_its_own_clip(bench, "calm")
    assert has_its_own_clip(bench, "wild")


def test_what_was_never_taken_is_sent_on_under_its_own_name(tmp_path: Path) -> None:
    bench = bench_of_two(tmp_path, LOOK_UP_ONLY)
    bench.gateway.refuses_second = False
    bench.gateway.submits = [CUT_BEFORE_CHARGING, "accept"]
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert bench.names == [bench.names[0], bench.names[1], bench.names[0]]
    assert len({*bench.gateway.till}) == 2


def test_a_name_that_another_has_had_meanwhile_is_gone(tmp_path: Path) -> None:
    bench = bench_of_two(tmp_path)
    both = bench.film
    bench.film = storyboard(styled("calm", "calm"))
    bench.run()
    bench.film = storyboard(styled("calm", "wild"))
    bench.run()
    # Made anew under the first options: one job is counted that has others, and its name is not used again.
    for clip in (tmp_path / "takes").rglob("*.mp4"):
        clip.unlink()
    bench.film = both
    bench.run(choices=Choices(remake=frozenset({"calm", "wild"})))
    assert has_its_own_clip(bench, "calm")
    assert has_its_own_clip(bench, "wild")


def test_a_look_up_that_names_the_job_of_other_options_is_not_believed(tmp_path: Path) -> None:
    bench = bench_of_two(tmp_path, LOOK_UP_ONLY)
    bench.film = storyboard(styled("calm", "calm"))
    bench.run()
    (job,) = bench.gateway.jobs.values()
    bench.film = storyboard(styled("wild", "wild"))
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    bench.gateway.finds = [Found(job.id, job.ending)] * 4
    result = bench.run()
    assert outcomes(result) == {"wild": Outcome.WAITING}
    assert "which it had given to `calm` before" in result.shots[0].message


def test_a_submit_with_earlier_options_is_cleared_up_by_the_run_that_asks_with_others(tmp_path: Path) -> None:
    bench = bench_of_two(tmp_path)
    bench.film = storyboard(styled("calm", "calm"))
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    with pytest.raises(Killed):
        bench.run(kill=(2, True))
    bench.film = storyboard(styled("calm", "wild"))
    (old,) = bench.run().old_jobs
    assert old.outcome is Outcome.RESUMED
    assert bench.states == [AttemptState.STORED] * 2


def on_another_machine(first: Bench, folder: Path, style: str) -> Bench:
    """With its lock and nothing else; there the options are others."""
    film = storyboard(styled("calm", style))
    return replace(first, folder=folder, film=film, saved=[])


def test_a_machine_that_has_only_the_lock_does_not_take_the_clip_of_earlier_options_for_that_of_others(
    tmp_path: Path,
) -> None:
    first = bench_of_two(tmp_path / "one")
    first.film = storyboard(styled("calm", "calm"))
    first.run()
    second = on_another_machine(first, tmp_path / "two", "wild")
    assert outcomes(second.run()) == {"calm": Outcome.MADE}
    take = second.lock.block("calm", None).current
    path = None if take is None or take.digest is None else second.store.clip(take.digest)
    assert path is not None
    assert "'style': 'wild'" in path.read_text(encoding="utf-8")
    assert [second.gateway.charges_of(name) for name in (*first.names, *second.names)] == [1, 1]


def test_nor_where_that_job_has_the_name_it_would_have(tmp_path: Path) -> None:
    first = bench_of_two(tmp_path / "one")
    first.film = storyboard(styled("calm", "calm"))
    first.gateway.endings = [Failed(Failure(FailureClass.GATEWAY, "broke"), charged=True)]
    first.run()
    first.run(choices=Choices(remake=frozenset({"calm"})))
    second = on_another_machine(first, tmp_path / "two", "wild")
    (waiting,) = second.run().shots
    assert (waiting.outcome, second.names[-1]) == (Outcome.WAITING, first.names[-1])
    assert "which it had given to `calm` before" in waiting.message
    assert len(second.gateway.till) == 2
