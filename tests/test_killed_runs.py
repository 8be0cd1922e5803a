"""A run that is killed at any moment goes on at the next: nothing is made twice, nothing is left lying about."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.adapters.journal import read_entries
from runner.model.ledger import AttemptState
from runner.planning.ledger import fold

KILLS = 50
SHOTS = 20
COUNTED_RUN = Path(__file__).with_name("counted_run.py")


class Production:
    """Twenty shots in four chains of five, and the processes that run them."""

    def __init__(self, folder: Path, number: int) -> None:
        self.id = f"killed-{number}"
        self.folder = folder / self.id
        self.home = folder / "home"
        self.tally = folder / f"{self.id}.tally"
        self.folder.mkdir(parents=True)
        (self.folder / "storyboard.yaml").write_text("\n".join(self._lines()) + "\n", encoding="utf-8")

    def _lines(self) -> Iterator[str]:
        yield from ("storyboard: 1", f"id: {self.id}", f"title: Killed {self.id}", "model: kling-v3")
        yield from ('defaults: {duration: 3, aspect_ratio: "1:1"}', "shots:")
        for shot in range(SHOTS):
            yield f"  - id: shot-{shot}"
            yield f"    prompt: Picture {shot} of {self.id}."
            if shot % 5:
                yield f"    from: shot-{shot - 1}"

    def start(self) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "FRAMECHAIN_HOME": str(self.home), "RENDER_TALLY": str(self.tally)}
        command = [sys.executable, str(COUNTED_RUN), "run", str(self.folder)]
        with (self.folder / "output.txt").open("ab") as output:
            return subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)

    @property
    def data(self) -> Path:
        return self.home / "productions" / self.id

    def stored_names(self) -> set[str]:
        """Our names of the jobs whose take is stored."""
        ledger = fold(read_entries(self.data / "journal.sqlite3"))
        return {one.intent.name for one in ledger.attempts.values() if one.state is AttemptState.STORED}

    def rendered_names(self) -> list[str]:
        return self.tally.read_text(encoding="utf-8").split() if self.tally.exists() else []


def kill_at_random(production: Production, moments: random.Random) -> bool:
    """True when the kill interrupted unfinished work."""
    stored = production.stored_names()
    rendered = len(production.rendered_names())
    process = production.start()
    try:
        process.wait(timeout=moments.uniform(0.4, 2.2))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    again = set(production.rendered_names()[rendered:]) & stored
    assert not again, f"made although its take was stored: {again}"
    return process.returncode == -signal.SIGKILL


def assert_nothing_is_lost_or_left(production: Production) -> None:
    assert len(production.stored_names()) == SHOTS
    stored = list((production.data / "takes").rglob("*.mp4"))
    assert len(stored) == SHOTS
    assert all(hashlib.sha256(clip.read_bytes()).hexdigest() == clip.stem for clip in stored)
    assert (production.folder / "out" / "film.mp4").is_file()
    assert list((production.data / "incoming").glob("*")) == []
    assert list((production.data / "animatic").glob("*")) == []
    left = [path for folder in (production.folder, production.home) for path in folder.rglob("*partial*")]
    assert left == []


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_fifty_kills_make_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    moments = random.Random(20)  # noqa: S311  # moments to kill at, the same each time
    kills, number = 0, 0
    began = time.monotonic()
    while kills < KILLS:
        assert time.monotonic() - began < 240, f"only {kills} kills interrupted work"
        number += 1
        production = Production(tmp_path, number)
        while kills < KILLS and kill_at_random(production, moments):
            kills += 1
        finished = production.start()
        assert finished.wait(timeout=120) == 0, (production.folder / "output.txt").read_text(encoding="utf-8")
        assert_nothing_is_lost_or_left(production)
    assert kills == KILLS
