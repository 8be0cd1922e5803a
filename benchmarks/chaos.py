"""Kills runs at random moments under random faults until films are done, and lets the double's till say what was paid.

    python benchmarks/chaos.py --kills 2000 --seed 1

Each production has forty shots in chains, with voices and elements where the gateway takes them. Its run is killed
again and again (`kill -9`); in a quarter of the cases the gateway's connections are cut first. What only a person can
know the harness answers from the till. Prints one line; it fails where anything was paid twice or lost.

Traffic goes to loopback only; it stops by itself. A quick form runs in the test suite.
"""

import argparse
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from one_shot import Child, load_all
from PIL import Image

from runner import api
from runner.adapters.journal import read_entries
from runner.cli import run_command
from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.planning.ledger import fold

SHOTS: Final = 40
CHAIN: Final = 4
# A production is let finish after so many kills: a film that is never done proves nothing.
KILLS_EACH: Final = 25
LONGEST_RUN_SECONDS: Final = 300.0
# How long a run lives before it is killed.
LIVES_SECONDS: Final = (0.1, 2.0)
# Of each kind of request, how often it is answered so. What ends a job for good has no place here: it is no doubt.
FAULTS: Final = {
    "create": (
        *("too-fast", "too-fast-wait", "server-error-before", "server-error-after", "unavailable-after"),
        *("timeout-504-after", "cut-before-reading", "cut-after-reading", "cut-after-charging", "cut-mid-answer"),
        *("garbage", "empty", "wrong-type", "slow"),
    ),
    "poll": ("server-error-before", "cut-after-reading", "cut-mid-answer", "garbage", "odd-word", "too-fast", "slow"),
    "find": ("server-error-before", "cut-after-reading", "garbage", "slow"),
    "download": ("server-error-before", "truncated", "not-a-clip", "link-expired", "cut-mid-answer", "corrupt"),
}
CHANCE: Final = {"create": 0.015, "poll": 0.01, "find": 0.04, "download": 0.02}
# By gateway: what it takes of a film's cast.
VOICES_BY_SAMPLE: Final = ("kling", "kling-next")
VOICES_BY_ID: Final = ("mulerouter", "kkiai")
ELEMENTS: Final = ("kling", "kling-next", "mulerouter")
GATEWAYS: Final = ("kling", "kling-next", "mulerouter", "kkiai", "aimlapi")
PROVEN: Final = frozenset({"kling", "kling-next"})


@dataclass
class Tally:
    kills: int = 0
    faults: int = 0
    charges: int = 0
    distinct: int = 0
    asked: int = 0
    asked_needlessly: int = 0
    twice: int = 0
    lost: int = 0
    films: int = 0
    troubles: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for name in ("kills", "faults", "charges", "distinct", "asked", "asked_needlessly", "twice", "lost", "films"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.troubles += other.troubles

    def line(self, seconds: float) -> str:
        return (
            f"kills={self.kills} faults={self.faults} films={self.films} charges={self.charges} "
            f"distinct={self.distinct} asked={self.asked} needless={self.asked_needlessly} "
            f"twice={self.twice} lost={self.lost} minutes={seconds / 60:.1f}"
        )


@contextmanager
def sandbox(*options: str) -> Iterator[str]:
    """A double in a process of its own, so that only the runner is killed. Its address."""
    command = [sys.executable, "-m", "runner", "sandbox", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert found is not None
        yield found[0]
    finally:
        process.terminate()
        process.wait()


def write_faults(folder: Path, seed: int) -> str:
    """The script's path."""
    rules = [
        {"on": moment, "do": word, "chance": CHANCE[moment], "wait": 0.3}
        for moment, words in FAULTS.items()
        for word in words
    ]
    script = folder / "faults.json"
    script.write_text(json.dumps({"seed": seed, "rules": rules}), encoding="utf-8")
    return str(script)


class Production:
    """A film of forty shots, the runs that make it, and what is known of it afterwards."""

    def __init__(self, folder: Path, gateway: str, url: str, number: int) -> None:
        self.id = f"chaos-{gateway}-{number}"
        self.folder = folder / self.id
        self.home = folder / f"{self.id}-home"
        self.gateway = gateway
        self.url = url
        self.folder.mkdir()
        Image.new("RGB", (544, 306), "#204060").save(self.folder / "head.png")
        Image.new("RGB", (544, 306), "#a06020").save(self.folder / "side.png")
        (self.folder / "gruff.wav").write_bytes(b"RIFF0000WAVE" + bytes(1000))
        (self.folder / "storyboard.yaml").write_text(json.dumps(self._storyboard()), encoding="utf-8")

    def _storyboard(self) -> dict[str, Any]:
        return {
            "storyboard": 1,
            "id": self.id,
            "title": self.id,
            "provider": self.gateway,
            "model": "kling-v2.6",
            "defaults": {"mode": "pro", "duration": 5},
            **self._cast(),
            "shots": [self._shot(number) for number in range(SHOTS)],
        }

    def _cast(self) -> dict[str, Any]:
        cast: dict[str, Any] = {}
        if self.gateway in VOICES_BY_SAMPLE:
            sample = {"file": "gruff.wav", "url": f"https://example.com/{self.id}.wav"}
            cast["voices"] = {"gruff": {"description": "low", "sample": sample}}
        elif self.gateway in VOICES_BY_ID:
            cast["voices"] = {"gruff": {"description": "low", "ids": {self.gateway: "829824295735410756"}}}
        if self.gateway in ELEMENTS:
            cast["elements"] = {
                "keeper": {"description": "a keeper", "frontal": "head.png", "references": ["side.png"]}
            }
        return cast

    def _shot(self, number: int) -> dict[str, Any]:
        shot: dict[str, Any] = {"id": f"s{number}", "prompt": f"Picture {number} of {self.id}."}
        if number % CHAIN:
            shot["from"] = f"s{number - 1}"
        else:
            shot["first_frame"] = "head.png"
        if number % CHAIN == 1 and self.gateway in (*VOICES_BY_SAMPLE, *VOICES_BY_ID):
            shot |= {"sound": "on", "dialogue": [{"voice": "gruff", "text": f"Line {number}."}]}
        if number % CHAIN == 2 and self.gateway in ELEMENTS:
            shot |= {"model": "kling-v3", "prompt": f"{{{{ element('keeper') }}}} in picture {number}."}
        return shot

    def start(self) -> Child:
        return Child(self._run, self.folder / "output.txt")

    def _run(self) -> int:
        os.environ |= self.environment
        endpoint = f"{self.gateway}={self.url}"
        return int(run_command(["run", str(self.folder), "--yes", "--jobs", "12", "--endpoint", endpoint]))

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "FRAMECHAIN_HOME": str(self.home), "NO_COLOR": "1"}

    @property
    def target(self) -> api.Target:
        return api.Target(self.folder, environment=self.environment, endpoints={self.gateway: self.url})

    @property
    def ledger(self) -> Ledger:
        return fold(read_entries(self.home / "productions" / self.id / "journal.sqlite3"))

    def count_events(self) -> int:
        path = self.home / "productions" / self.id / "journal.sqlite3"
        return len(read_entries(path)) if path.exists() else 0

    @property
    def is_done(self) -> bool:
        stored = [one for one in self.ledger.attempts.values() if one.state is AttemptState.STORED]
        return len({one.intent.key for one in stored}) >= SHOTS


def drive(production: Production, dice: random.Random, kills: int) -> Tally:
    """Kills, goes on, answers questions, until the film is done."""
    tally, fruitless = Tally(), 0
    while True:
        process, before = production.start(), tally.kills
        # One that was killed before it did anything is let live longer: else nothing is ever done on a slow machine.
        life = dice.uniform(*LIVES_SECONDS) * (1 + fruitless)
        code = _kill_somewhere(production, process, dice, tally, life) if tally.kills < kills else _wait(process)
        fruitless = 0 if tally.kills > before else fruitless + 1
        if code == 4:
            _answer_questions(production, tally)
        elif code == 0:
            break
        elif code not in {None, 1}:
            tally.troubles.append(f"{production.id}: exit code {code}")
            break
    _settle(production, tally)
    return tally


def _wait(process: Child) -> int:
    try:
        return process.wait(LONGEST_RUN_SECONDS)
    except TimeoutError:
        process.kill()
        return 70


def _kill_somewhere(
    production: Production, process: Child, dice: random.Random, tally: Tally, life: float
) -> int | None:
    """None where it was killed; else how it ended before that."""
    before = production.count_events()
    deadline = time.monotonic() + life
    cuts_first = dice.random() < 0.25
    while time.monotonic() < deadline:
        code = process.poll()
        if code is not None:
            return code
        time.sleep(0.02)
    if cuts_first:
        httpx.post(f"{production.url}/cut", trust_env=False)
        time.sleep(dice.uniform(0, 0.2))
    if process.poll() is not None:
        return process.wait()
    process.kill()
    # Only what interrupted work: a process that had not begun, or a film that is done, is no kill.
    tally.kills += production.count_events() > before and not production.is_done
    return None


def _answer_questions(production: Production, tally: Tally) -> None:
    ledger = production.ledger
    for attempt in ledger.open_attempts:
        if not attempt.state.is_doubtful:
            continue
        tally.asked += 1
        if production.gateway in PROVEN:
            tally.troubles.append(
                f"{production.id}: {attempt.intent.shot} was asked about, though its job can be found"
            )
        # A question is a true one where no answer with a verdict is on disk.
        tally.asked_needlessly += attempt.job is not None
        job = _job_of(production, attempt, ledger)
        answer = "not-charged" if job is None else "charged"
        api.resolve(production.target, attempt.intent.shot, answer, job, attempt=attempt.id)


def _job_of(production: Production, attempt: Attempt, ledger: Ledger) -> str | None:
    """From the till: a charge for these very bytes that no attempt has the job of."""
    known = {one.job for one in ledger.attempts.values()}
    for charge in _till(production)["charges"]:
        if charge["wire"] == attempt.intent.body and charge["job"] not in known:
            return str(charge["job"])
    return None


def _settle(production: Production, tally: Tally) -> None:
    till, ledger = _till(production), production.ledger
    kept = {AttemptState.STORED, AttemptState.REGISTERED}
    jobs = {one.job for one in ledger.attempts.values() if one.state in kept}
    tally.faults += till["faults"]
    tally.charges += len(till["charges"])
    tally.distinct += till["distinct"]
    tally.twice += till["twice"]
    lost = [charge for charge in till["charges"] if charge["end"] == "clip" and charge["job"] not in jobs]
    tally.lost += len(lost)
    tally.troubles += [f"{production.id}: lost {charge['job']} ({charge['external_id']})" for charge in lost]
    tally.troubles += list(till["troubles"])
    tally.films += production.is_done


def _till(production: Production) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{production.url}/till", trust_env=False, timeout=60).json()
    return answer


def run_lane(lane: int, kills: int, seed: int, gateways: Sequence[str]) -> Tally:
    """One film behind the other, each gateway in turn, until there were so many kills."""
    dice, tally, number = random.Random(f"{seed} {lane}"), Tally(), 0  # noqa: S311  # to be repeated
    with tempfile.TemporaryDirectory(prefix="framechain-chaos-") as scratch:
        while tally.kills < kills:
            gateway = gateways[(number + lane) % len(gateways)]
            faults = write_faults(Path(scratch), dice.randrange(10**6))
            with sandbox("--latency", "0.5", "--faults", faults) as url:
                production = Production(Path(scratch), gateway, url, number)
                done = drive(production, dice, min(KILLS_EACH, kills - tally.kills))
            if done.troubles:
                kept = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-{lane}-{number}-"))
                for folder in (production.folder, production.home):
                    if folder.exists():
                        folder.rename(kept / folder.name)
                done.troubles.append(f"left for you to look at: {kept}")
            tally.add(done)
            number += 1
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=2, help="how many productions at once")
    parser.add_argument("--gateways", default=",".join(GATEWAYS))
    given = parser.parse_args(arguments)
    began = time.monotonic()
    shares = [given.kills // given.lanes + (lane < given.kills % given.lanes) for lane in range(given.lanes)]
    gateways = given.gateways.split(",")
    tally = Tally()
    load_all()
    lanes = [(lane, shares[lane], given.seed, gateways) for lane in range(given.lanes)]
    # Processes and not threads: runs are forked off them.
    with ProcessPoolExecutor(given.lanes, multiprocessing.get_context("fork")) as pool:
        for done in pool.map(run_lane, *zip(*lanes, strict=True)):
            tally.add(done)
    for trouble in tally.troubles:
        print(trouble, file=sys.stderr)
    print(tally.line(time.monotonic() - began))
    return 1 if tally.twice or tally.lost or tally.asked_needlessly or tally.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
