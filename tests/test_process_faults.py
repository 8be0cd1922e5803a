"""What happens to the process of a paid run: signals, a terminal that is closed, a second run, a clock set back. By the
real command; afterwards the same command ends the film, and the till shows nothing twice. No question is left open.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from jumping_clock import JumpingClock
from paid_production import PaidProduction, wait_for
from run_bench import LOOK_UP_ONLY, PROVEN, Bench, bench_of
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING

from runner.adapters.http.gateway import HttpGateway
from runner.adapters.journal import head_path, read_entries
from runner.adapters.journal_chain import read_head
from runner.cli import run_command
from runner.model.gateway import SubmitAnswer
from runner.model.journal import Intended
from runner.model.manifest import Guard
from runner.model.request import Request
from runner.model.run import Outcome
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

slow = pytest.mark.slow


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxOptions(clips="small", latency=0.8)) as running:
        yield running


@pytest.fixture(params=["kling", "mulerouter"])
def film(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> PaidProduction:
    """At a gateway that finds a job by its name, and at one that finds none."""
    return PaidProduction(tmp_path / "film", tmp_path / "data", request.param, sandbox)


def are_accepted(film: PaidProduction) -> bool:
    return film.journal.exists() and sum(one.job is not None for one in film.ledger.attempts.values()) >= 2


# --- signals and the terminal


@slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_told_and_the_next_run_goes_on(film: PaidProduction, number: signal.Signals) -> None:
    process = film.start("run", "--yes")
    wait_for(lambda: film.charges() >= 1, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert "the next `framechain run` goes on from here" in out
    # The answers under way were awaited: nothing is in doubt.
    assert not any(one.state.is_doubtful for one in film.ledger.attempts.values())
    done = film.run()
    assert done.code == 0, done.told
    film.assert_finished()


@slow
def test_a_run_that_is_to_outlive_its_terminal_does(film: PaidProduction) -> None:
    process = film.start("run", "--yes", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_for(lambda: film.charges() >= 1, process)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    film.assert_finished()


@slow
def test_output_that_nobody_reads_any_more_costs_nothing(film: PaidProduction) -> None:
    read, write = os.pipe()
    process = film.start("run", "--yes", stdout=write, stderr=write)
    os.close(write)
    wait_for(lambda: film.charges() >= 1, process)
    os.close(read)
    process.wait(timeout=60)
    # Nobody told it to end.
    assert (film.folder / "out" / "film.mp4").is_file()
    film.assert_finished()


@slow
def test_a_kill_is_gone_on_from(film: PaidProduction) -> None:
    film.kill_when(lambda: are_accepted(film))
    done = film.run()
    assert done.code == 0, done.told
    assert "2 fetched from an earlier run" in done.out
    film.assert_finished()


@slow
def test_of_two_runs_at_once_the_second_is_refused_by_name(film: PaidProduction) -> None:
    process = film.start("run", "--yes")
    wait_for(lambda: film.charges() >= 1, process)
    second = film.run()
    assert second.code == 3
    assert "error[run-in-progress]: `framechain run` (process" in second.err
    assert process.wait(timeout=60) == 0
    process.communicate()
    film.assert_finished()


# --- power: what is on disk when the paid call goes out


@slow
def test_the_intent_and_the_head_are_forced_to_disk_before_each_paid_call(
    tmp_path: Path, sandbox: Sandbox, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That each entry of the database is forced is SQLite's word: test_adapters_journal asks it."""
    film = PaidProduction(tmp_path / "film", data_folder, "kling", sandbox)
    forced: list[tuple[str, int]] = []
    seen: list[tuple[bool, bool, bool]] = []
    fsync, submit = os.fsync, HttpGateway.submit

    def note_and_force(descriptor: int) -> None:
        fsync(descriptor)
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        forced.append((name, len(read_entries(film.journal)) if name == "journal.head.partial" else 0))

    async def look_and_submit(self: HttpGateway, request: Request, name: str) -> SubmitAnswer:
        entries = read_entries(film.journal)
        mine = [entry for entry in entries if isinstance(entry.event, Intended) and entry.event.name == name]
        head = read_head(head_path(film.journal))
        is_in_head = bool(mine) and head is not None and head.number >= mine[-1].number
        names = [file for file, _ in forced]
        at = max((at for at, (file, count) in enumerate(forced) if count >= mine[-1].number), default=-1)
        # The head's own bytes, then its name in the folder.
        seen.append((bool(mine), is_in_head, at >= 0 and film.home.name in names[at + 1 :]))
        return await submit(self, request, name)

    monkeypatch.setattr(os, "fsync", note_and_force)
    monkeypatch.setattr(HttpGateway, "submit", look_and_submit)
    monkeypatch.chdir(film.folder)
    assert run_command(["run", "--yes", "--endpoint", f"kling={sandbox.url}"]) == 0
    assert seen == [(True, True, True)] * 3


# --- the clock


class SetBack(JumpingClock):
    """What people read off it is earlier than before; the time that passes is not."""

    def __init__(self, time: float, back: float) -> None:
        super().__init__()
        self.time = time
        self.back = back

    def now(self) -> str:
        moment = datetime.fromisoformat(super().now()) - timedelta(seconds=self.back)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize("back", [600.0, 86_400.0, 10 * 365 * 86_400.0])
@pytest.mark.parametrize("guard", [PROVEN, LOOK_UP_ONLY], ids=["proven", "look-up-only"])
@pytest.mark.parametrize("cut", [CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING], ids=["charged", "uncharged"])
def test_a_clock_that_was_set_back_makes_nobody_wait_longer_and_pays_nothing_twice(
    tmp_path: Path, guard: Guard, cut: str, back: float
) -> None:
    bench = bench_of(tmp_path, guard)
    bench.gateway.submits = [cut]
    bench.gateway.refuses_second = guard is PROVEN
    stop_after_the_first_answer(bench)
    assert [entry.event.attempt for entry in bench.entries]
    bench.clock = SetBack(bench.clock.time, back)
    began = bench.clock.monotonic()
    result = bench.run()
    assert result.shots[0].outcome in {Outcome.MADE, Outcome.RESUMED}
    # A minute until a look-up can be trusted, and what a job takes.
    assert 0 <= bench.clock.monotonic() - began < 180
    assert len(bench.gateway.till) == 1
    moments = [entry.when for entry in bench.entries]
    assert moments != sorted(moments)


def stop_after_the_first_answer(bench: Bench) -> None:
    def during(outside: object, task: "asyncio.Task[object]") -> None:
        stop = outside.stop  # type: ignore[attr-defined]  # the bench hands in what a run has
        bench.gateway.on_submit = lambda request, name: stop.set()

    bench.run(during=during)
    bench.gateway.on_submit = lambda request, name: None
