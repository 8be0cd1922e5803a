"""`retry` makes again what failed, and nothing else."""

import re
import time
from pathlib import Path

import pytest
from gateway_films import make_production

from runner.cli import run_command
from runner.sandbox.fault_script import read_fault_script
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

pytestmark = pytest.mark.slow

STORYBOARD = """\
storyboard: 1
id: retried
title: Retried
model: kling-v2.6
defaults: {mode: pro}
shots:
  - {id: one, prompt: A harbour.}
  - {id: two, prompt: The stairs.}
  - {id: three, prompt: The lamp.}
"""


def test_only_what_failed_is_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    production = make_production(tmp_path / "film", STORYBOARD)
    faults = read_fault_script("rules: [{on: create, do: fail, nth: [2]}]", "faults.yaml")
    with running_sandbox(SandboxOptions(clips="small", faults=faults)) as sandbox:
        where = [str(production), "--provider", "kling", "--endpoint", f"kling={sandbox.url}", "--yes"]
        assert run_command(["run", *where]) == 1
        assert "`framechain retry` makes it again" in capsys.readouterr().out
        # A run leaves alone what failed: whether it is to be paid for once more is not for it to say.
        assert run_command(["run", *where]) == 1
        assert len(sandbox.till()["charges"]) == 3
        assert run_command(["retry", *where]) == 0
        assert len(sandbox.till()["charges"]) == 4
        capsys.readouterr()
        assert run_command(["retry", *where]) == 0
        assert capsys.readouterr().out == "nothing has failed: `framechain plan` shows where things stand\n"
        assert len(sandbox.till()["charges"]) == 4
        assert run_command(["run", *where]) == 0
    assert (production / "out" / "film.mp4").is_file()


def test_what_was_refused_has_not_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    production = make_production(tmp_path / "film", STORYBOARD)
    faults = read_fault_script("rules: [{on: create, do: moderation-now, nth: [2]}]", "faults.yaml")
    with running_sandbox(SandboxOptions(clips="small", faults=faults)) as sandbox:
        where = [str(production), "--provider", "kling", "--endpoint", f"kling={sandbox.url}", "--yes"]
        assert run_command(["run", *where]) == 1
        capsys.readouterr()
        assert run_command(["retry", *where]) == 0
        assert re.fullmatch(
            r"nothing has failed; `\w+` was refused: change the words or pictures, or `framechain run --remake SHOT`\n",
            capsys.readouterr().out,
        )
        assert len(sandbox.till()["charges"]) == 2


def test_what_was_never_sent_has_not_failed_and_is_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    production = make_production(tmp_path / "film", STORYBOARD)
    faults = read_fault_script("rules: [{on: create, do: no-balance, nth: [2]}]", "faults.yaml")
    with running_sandbox(SandboxOptions(clips="small", faults=faults)) as sandbox:
        where = [str(production), "--provider", "kling", "--endpoint", f"kling={sandbox.url}", "--yes"]
        assert run_command(["run", *where, "--jobs", "1"]) == 1
        capsys.readouterr()
        assert run_command(["retry", *where]) == 0
        assert capsys.readouterr().out == "nothing has failed; `framechain run` makes what was never sent\n"


def test_a_job_that_still_runs_is_waited_for_no_longer_than_was_said(tmp_path: Path) -> None:
    production = make_production(tmp_path / "film", STORYBOARD)
    faults = read_fault_script("rules: [{on: create, do: fail, nth: [1]}, {on: create, do: stuck}]", "faults.yaml")
    with running_sandbox(SandboxOptions(clips="small", faults=faults)) as sandbox:
        where = [str(production), "--provider", "kling", "--endpoint", f"kling={sandbox.url}", "--yes", "--wait", "1"]
        assert run_command(["run", *where]) == 1
        began = time.monotonic()
        assert run_command(["retry", *where]) == 1
        assert time.monotonic() - began < 60
        assert len(sandbox.till()["charges"]) == 4
