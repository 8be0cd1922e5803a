"""One run at a time: a second one is told who holds the first, and a killed one holds nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from jumping_clock import JumpingClock

from runner.adapters.clock import SystemClock
from runner.adapters.run_lock import RunLock
from runner.core.errors import Busy, ExitCode

HOLDER = """
import sys, time
from pathlib import Path
from runner.adapters.clock import SystemClock
from runner.adapters.run_lock import RunLock
with RunLock(Path(sys.argv[1]), SystemClock(), "framechain run"):
    print("held", flush=True)
    time.sleep(60)
"""


def take(path: Path) -> RunLock:
    return RunLock(path, JumpingClock(), "framechain run")


def start_holder(path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: "subprocess.Popen[str]", number: int) -> None:
    process.send_signal(number)
    process.communicate(timeout=20)


def test_a_second_run_is_told_who_holds_the_first(tmp_path: Path) -> None:
    path = tmp_path / "home" / "run.lock"
    process = start_holder(path)
    try:
        with pytest.raises(Busy) as told, take(path):
            pass
    finally:
        end(process, signal.SIGTERM)
    found = told.value.diagnostics[0]
    assert found.code == "run-in-progress"
    assert found.message.startswith(f"`framechain run` (process {process.pid} of ")
    assert "has been running this production since 2" in found.message
    assert told.value.exit_code is ExitCode.REFUSED


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    end(start_holder(path), signal.SIGKILL)
    with take(path):
        pass


def test_it_can_be_taken_again_after_it_was_let_go(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    for _ in range(2):
        with take(path):
            assert str(os.getpid()).encode() in path.read_bytes()
        assert path.read_bytes() == b""


def test_two_in_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with take(path), pytest.raises(Busy), take(path):
        pass


def test_a_holder_that_has_not_said_who_it_is_is_told_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with take(path):
        path.write_bytes(b"")
        with pytest.raises(Busy, match="another process runs this production"), take(path):
            pass


def test_it_is_let_go_when_a_run_fails(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with pytest.raises(RuntimeError), take(path):
        raise RuntimeError
    with take(path):
        pass


def test_one_that_could_not_say_who_it_is_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    # Locked like any file, and takes not a byte.
    path.symlink_to("/dev/full")
    for _ in range(2):
        with pytest.raises(OSError, match=r"."), take(path):
            pass


def test_the_clock_says_the_time_in_utc_to_the_millisecond() -> None:
    now = SystemClock().now()
    assert len(now) == len("2026-11-21T08:15:30.123Z")
    assert now[-1] == "Z"
    assert now[19] == "."
