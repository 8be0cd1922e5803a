"""Ctrl-C in the middle of a run: told in words, and the next run goes on."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.cli import run_command

SHOTS = "".join(f"  - {{id: s{number}, prompt: Picture {number}.}}\n" for number in range(8))
STORYBOARD = (
    "storyboard: 1\nid: stopped\ntitle: Stopped\nmodel: kling-v3\n"
    f'defaults: {{duration: 3, aspect_ratio: "1:1"}}\nshots:\n{SHOTS}'
)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_so_and_the_next_one_goes_on(
    tmp_path: Path, data_folder: Path, number: signal.Signals
) -> None:
    (tmp_path / "storyboard.yaml").write_text(STORYBOARD, encoding="utf-8")
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    takes = data_folder / "productions" / "stopped" / "takes"
    give_up = time.monotonic() + 60
    while not list(takes.rglob("*.mp4")) and time.monotonic() < give_up:
        time.sleep(0.02)
    process.send_signal(number)
    printed, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert printed.endswith("the next `framechain run` goes on from here\n")
    assert run_command(["run", str(tmp_path)]) == 0
    assert len(list(takes.rglob("*.mp4"))) == 8
    left = data_folder / "productions" / "stopped"
    assert [*left.glob("incoming/*"), *left.glob("animatic/*")] == []
