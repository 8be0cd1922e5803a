"""A production of one shot at a gateway's double, run by processes that may die, and what the double's till says of it.

For the programs that try every kill and every fault. Keys are made up by the sandbox's endpoints themselves.
"""

import importlib
import json
import os
import pkgutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from double import read_till
from PIL import Image

import runner
from runner import api
from runner.adapters.journal import read_entries
from runner.cli import run_command
from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.planning.ledger import fold

# A model that makes clips from words in mode pro; one gateway does not have the usual one.
MODELS: Final = {"replicate": "kling-v3"}
_KEPT: Final = frozenset({AttemptState.STORED, AttemptState.REGISTERED})


def load_all() -> None:
    """Once, here: every process that is forked off would load them again."""
    for module in pkgutil.walk_packages(runner.__path__, "runner."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("av", "anyio._backends._asyncio", "h11", "httpcore", "networkx", "rich.live", "rich.progress"):
        importlib.import_module(name)


@dataclass(frozen=True)
class OneShot:
    folder: Path
    home: Path
    gateway: str
    url: str
    prompt: str = "A harbour."
    # A voice made from a sample, which is a job of its own; only where the gateway makes such.
    has_voice: bool = False

    def write(self) -> None:
        self.folder.mkdir(parents=True)
        Image.new("RGB", (544, 306), "#204060").save(self.folder / "head.png")
        (self.folder / "gruff.wav").write_bytes(b"RIFF0000WAVE" + bytes(1000))
        (self.folder / "storyboard.yaml").write_text(json.dumps(self._storyboard()), encoding="utf-8")

    def _storyboard(self) -> dict[str, Any]:
        shot: dict[str, Any] = {"id": "one", "prompt": self.prompt}
        board: dict[str, Any] = {
            "storyboard": 1,
            "id": "one-shot",
            "title": "One shot",
            "provider": self.gateway,
            "model": MODELS.get(self.gateway, "kling-v2.6"),
            "defaults": {"mode": "pro", "duration": 5},
            "shots": [shot],
        }
        if self.has_voice:
            sample = {"file": "gruff.wav", "url": "https://example.com/gruff.wav"}
            board["voices"] = {"gruff": {"description": "low", "sample": sample}}
            shot |= {"first_frame": "head.png", "sound": "on", "dialogue": [{"voice": "gruff", "text": "One more."}]}
        return board

    def command(self, name: str, *options: str) -> int:
        """In this process; its exit code."""
        os.environ["FRAMECHAIN_HOME"] = str(self.home)
        what = ("one", *options, str(self.folder)) if name == "resolve" else (str(self.folder), *options)
        return int(run_command([name, *what, "--endpoint", f"{self.gateway}={self.url}"]))

    @property
    def ledger(self) -> Ledger:
        path = self.home / "productions" / "one-shot" / "journal.sqlite3"
        return fold(read_entries(path) if path.exists() else ())

    @property
    def last_state(self) -> AttemptState:
        return list(self.ledger.attempts.values())[-1].state

    @property
    def is_made(self) -> bool:
        return self.last_state is AttemptState.STORED

    def charges(self) -> list[dict[str, Any]]:
        """Of requests that this production meant to send, byte for byte."""
        sent = {attempt.intent.body for attempt in self.ledger.attempts.values()}
        return [charge for charge in self._all_charges() if charge["wire"] in sent]

    def count_all_charges(self) -> int:
        """Whoever sent them, since the sandbox was reset."""
        return len(self._all_charges())

    def _all_charges(self) -> list[dict[str, Any]]:
        charges: list[dict[str, Any]] = read_till(self.url)["charges"]
        return charges

    def paid_twice(self) -> list[str]:
        """Jobs beyond the first for one request that ended in a clip."""
        clips = [charge for charge in self.charges() if charge["end"] == "clip"]
        first = {charge["body"]: charge["job"] for charge in reversed(clips)}
        return [charge["job"] for charge in clips if first[charge["body"]] != charge["job"]]

    def lost(self) -> list[str]:
        """Clips and voices that were paid for and are not kept."""
        kept = {attempt.job for attempt in self.ledger.attempts.values() if attempt.state in _KEPT}
        return [charge["job"] for charge in self.charges() if charge["end"] == "clip" and charge["job"] not in kept]

    def answer_questions(self) -> int:
        """From the till, as a person would from the gateway's list of jobs. How many there were."""
        os.environ["FRAMECHAIN_HOME"] = str(self.home)
        target = api.Target(self.folder, environment=dict(os.environ), endpoints={self.gateway: self.url})
        ledger = self.ledger
        asked = [attempt for attempt in ledger.open_attempts if attempt.state.is_doubtful]
        for attempt in asked:
            job = self._job_of(attempt, ledger)
            answer = "not-charged" if job is None else "charged"
            api.resolve(target, attempt.intent.shot, answer, job, attempt=attempt.id)
        return len(asked)

    def _job_of(self, attempt: Attempt, ledger: Ledger) -> str | None:
        known = {one.job for one in ledger.attempts.values()}
        mine = (charge for charge in self.charges() if charge["wire"] == attempt.intent.body)
        return next((charge["job"] for charge in mine if charge["job"] not in known), None)


class Child:
    """A process forked off this one, in a group of its own so that whatever it starts dies with it."""

    def __init__(self, work: Callable[[], int], output: Path) -> None:
        self.code: int | None = None
        self.number = os.fork()
        if self.number == 0:
            _be_child(work, output)

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it, or None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self, seconds: float | None = None) -> int:
        """TimeoutError when it takes longer."""
        if seconds is None:
            self._reap(0)
        until = time.monotonic() + (seconds or 0)
        while self.poll() is None:
            if time.monotonic() > until:
                raise TimeoutError(f"process {self.number} still runs after {seconds} s")
            time.sleep(0.02)
        assert self.code is not None
        return self.code

    def kill(self) -> None:
        """All of its group, as `kill -9` does."""
        if self.poll() is None:
            os.killpg(self.number, signal.SIGKILL)
            self._reap(0)

    def _reap(self, how: int) -> int | None:
        if self.code is None:
            number, status = os.waitpid(self.number, how)
            self.code = os.waitstatus_to_exitcode(status) if number else None
        return self.code


def in_child(work: Callable[[], int], output: Path) -> int:
    """Its exit code, or minus the signal that ended it. What it says goes to `output`."""
    return Child(work, output).wait()


def _be_child(work: Callable[[], int], output: Path) -> NoReturn:
    code = 99
    try:
        os.setsid()
        speak_into(output)
        code = work()
    except BaseException:  # noqa: BLE001  # whatever it was, it is told and the process ends
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def speak_into(output: Path) -> None:
    """From here on, for good: only for a process that has nothing else to say."""
    sys.stdout.flush()
    sys.stderr.flush()
    with output.open("a", encoding="utf-8") as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
