"""Kills runs at random moments under random faults until films are done, and lets the double's till say what was paid.

    python benchmarks/chaos.py --kills 2000 --seed 1

Each film has forty shots in chains, with voices and elements where the gateway takes them. Its run is killed
again and again (`kill -9`); in a quarter of the cases the gateway's connections are cut first. What only a person can
know the harness answers from the till. Prints one line; it fails where anything was paid twice or lost.

Traffic goes to loopback only; it stops by itself. A quick form runs in the test suite.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chaos_film import CASTS, ChaosFilm
from double import cut_connections, double, read_till
from one_shot import Child, load_all

from runner import api
from runner.model.ledger import Attempt, AttemptState, Ledger

# A film is let finish after so many kills: a film that is never done proves nothing.
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
GATEWAYS: Final = tuple(CASTS)
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


def drive(film: ChaosFilm, dice: random.Random, kills: int) -> Tally:
    """Kills, goes on, answers questions, until the film is done."""
    tally, fruitless = Tally(), 0
    while True:
        process, before = film.start(), tally.kills
        # One that was killed before it did anything is let live longer: else nothing is ever done on a slow machine.
        life = dice.uniform(*LIVES_SECONDS) * (1 + fruitless)
        code = _kill_somewhere(film, process, dice, tally, life) if tally.kills < kills else _wait(process)
        fruitless = 0 if tally.kills > before else fruitless + 1
        if code == 4:
            _answer_questions(film, tally)
        elif code == 0:
            break
        elif code not in {None, 1}:
            tally.troubles.append(f"{film.id}: exit code {code}")
            break
    _settle(film, tally)
    return tally


def _wait(process: Child) -> int:
    try:
        return process.wait(LONGEST_RUN_SECONDS)
    except TimeoutError:
        process.kill()
        return 70


def _kill_somewhere(film: ChaosFilm, process: Child, dice: random.Random, tally: Tally, life: float) -> int | None:
    """None where it was killed; else how it ended before that."""
    before = film.count_events()
    deadline = time.monotonic() + life
    cuts_first = dice.random() < 0.25
    while time.monotonic() < deadline:
        code = process.poll()
        if code is not None:
            return code
        time.sleep(0.02)
    if cuts_first:
        cut_connections(film.url)
        time.sleep(dice.uniform(0, 0.2))
    if process.poll() is not None:
        return process.wait()
    process.kill()
    # Only what interrupted work: a process that had not begun, or a film that is done, is no kill.
    tally.kills += film.count_events() > before and not film.is_done
    return None


def _answer_questions(film: ChaosFilm, tally: Tally) -> None:
    ledger = film.ledger
    for attempt in ledger.open_attempts:
        if not attempt.state.is_doubtful:
            continue
        tally.asked += 1
        if film.gateway in PROVEN:
            tally.troubles.append(f"{film.id}: {attempt.intent.shot} was asked about, though its job can be found")
        # A question is a true one where no answer with a verdict is on disk.
        tally.asked_needlessly += attempt.job is not None
        job = _job_of(film, attempt, ledger)
        answer = "not-charged" if job is None else "charged"
        api.resolve(film.target, attempt.intent.shot, answer, job, attempt=attempt.id)


def _job_of(film: ChaosFilm, attempt: Attempt, ledger: Ledger) -> str | None:
    """From the till: a charge for these very bytes that no attempt has the job of."""
    known = {one.job for one in ledger.attempts.values()}
    for charge in read_till(film.url)["charges"]:
        if charge["wire"] == attempt.intent.body and charge["job"] not in known:
            return str(charge["job"])
    return None


def _settle(film: ChaosFilm, tally: Tally) -> None:
    till, ledger = read_till(film.url), film.ledger
    kept = {AttemptState.STORED, AttemptState.REGISTERED}
    jobs = {one.job for one in ledger.attempts.values() if one.state in kept}
    tally.faults += till["faults"]
    tally.charges += len(till["charges"])
    tally.distinct += till["distinct"]
    tally.twice += till["twice"]
    lost = [charge for charge in till["charges"] if charge["end"] == "clip" and charge["job"] not in jobs]
    tally.lost += len(lost)
    tally.troubles += [f"{film.id}: lost {charge['job']} ({charge['external_id']})" for charge in lost]
    tally.troubles += list(till["troubles"])
    tally.films += film.is_done


def run_lane(lane: int, kills: int, seed: int, gateways: Sequence[str]) -> Tally:
    """One film behind the other, each gateway in turn, until there were so many kills."""
    dice, tally, number = random.Random(f"{seed} {lane}"), Tally(), 0  # noqa: S311  # to be repeated
    with tempfile.TemporaryDirectory(prefix="framechain-chaos-") as scratch:
        while tally.kills < kills:
            gateway = gateways[(number + lane) % len(gateways)]
            faults = write_faults(Path(scratch), dice.randrange(10**6))
            with double("--latency", "0.5", "--faults", faults) as url:
                film = ChaosFilm(Path(scratch), gateway, url, number)
                done = drive(film, dice, min(KILLS_EACH, kills - tally.kills))
            if done.troubles:
                kept = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-{lane}-{number}-"))
                for folder in (film.folder, film.home):
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
    parser.add_argument("--lanes", type=int, default=2, help="how many films at once")
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
