"""A small paid production run by the real command in a process of its own, against a double that keeps a till."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.adapters.journal import read_entries
from runner.model.ledger import AttemptState, Ledger
from runner.planning.ledger import fold
from runner.sandbox.server import Sandbox

SHOTS = ("harbour", "climb", "lamp")
# `climb` opens on the last frame of `harbour`; the others stand for themselves.
STORYBOARD = """\
storyboard: 1
id: faulted
title: Faulted
provider: {provider}
model: kling-v2.6
defaults: {{mode: pro, duration: 5, aspect_ratio: "1:1", sound: off}}
budget: {budget} USD
prices: {{{provider}: {{kling-v2.6: [{{price: 1 USD/clip}}]}}}}
shots:
  - {{id: harbour, prompt: A harbour.}}
  - {{id: climb, from: harbour, prompt: The stairs.}}
  - {{id: lamp, prompt: The lamp.}}
"""


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        return self.out + self.err


@dataclass
class PaidProduction:
    folder: Path
    data: Path
    provider: str
    sandbox: Sandbox
    environment: Mapping[str, str] = field(default_factory=dict)
    budget: int = 50

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write(STORYBOARD.format(provider=self.provider, budget=self.budget))

    def write(self, storyboard: str) -> None:
        (self.folder / "storyboard.yaml").write_text(storyboard, encoding="utf-8")

    @property
    def home(self) -> Path:
        return self.data / "productions" / "faulted"

    @property
    def journal(self) -> Path:
        return self.home / "journal.sqlite3"

    @property
    def lock(self) -> Path:
        return self.folder / "storyboard.lock"

    @property
    def ledger(self) -> Ledger:
        return fold(read_entries(self.journal))

    def states(self) -> dict[str, list[AttemptState]]:
        found: dict[str, list[AttemptState]] = {}
        for attempt in self.ledger.attempts.values():
            found.setdefault(attempt.intent.shot, []).append(attempt.state)
        return found

    def command(self, *words: str) -> list[str]:
        endpoint = () if "--endpoint" in words else ("--endpoint", f"{self.provider}={self.sandbox.url}")
        return [sys.executable, "-m", "runner", *words, *endpoint]

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        environment = {**os.environ, "FRAMECHAIN_HOME": str(self.data), "NO_COLOR": "1", **self.environment}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen(self.command(*words), cwd=self.folder, env=environment, **options)

    def do(self, *words: str, **options: Any) -> Ran:
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(timeout=100)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert "Traceback" not in (err or "")
        return Ran(process.returncode, out or "", err or "")

    def run(self, *words: str, **options: Any) -> Ran:
        return self.do("run", "--yes", *words, **options)

    def kill_when(self, is_time: Callable[[], bool], *words: str) -> None:
        """`kill -9` as soon as that is so."""
        process = self.start("run", "--yes", *words)
        wait_for(is_time, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def charges(self) -> int:
        return len(self.sandbox.till()["charges"])

    def assert_finished(self, *, charges: int = len(SHOTS)) -> None:
        """The film is there, and nothing was paid for twice."""
        assert (self.folder / "out" / "film.mp4").is_file()
        till = self.sandbox.till()
        assert (len(till["charges"]), till["twice"], till["troubles"]) == (charges, 0, [])
        told = self.do("plan", "--detailed-exitcode")
        assert told.code == 0, told.told


def wait_for(is_time: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    give_up = time.monotonic() + 60
    while not is_time():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < give_up
        time.sleep(0.01)
