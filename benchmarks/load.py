"""Sends a thousand jobs to a double that takes fifty at once, and lets its till say whether the limits held.

    python benchmarks/load.py --jobs 1000 --limit 50

The shots hang on nothing, so all are ready at once, and the runner is told twice the number the gateway takes: that it
holds is the gateway's word, not its own. Prints one line; it fails where a bound is broken: more in flight than the
limit, a job lost or sent twice, too much memory, more polls than docs/money.md allows.

Traffic goes to loopback only; it stops by itself. A quick form runs in the test suite.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from double import double, read_till

from runner.adapters.journal import read_entries
from runner.model.ledger import AttemptState
from runner.planning.ledger import fold

LONGEST_RUN_SECONDS: Final = 1800.0
MOST_MEGABYTES: Final = 300.0
# Like the gateway it is named after, but for what it believes of the limit: that is for the gateway to say.
MANIFEST: Final = """
manifest: 1
name: load
title: Load
like: {gateway}
keys: [{{kind: bearer, key: LOAD_API_KEY}}]
limits:
  concurrent: {jobs}
  pictures: {{formats: [jpeg, png], shortest_side: 300, widest_ratio: 2.5, bytes: 10000000}}
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for."""

    jobs: int
    limit: int
    at_once: int
    latency: float
    gateway: str


@dataclass(frozen=True, slots=True)
class Measured:
    load: Load
    stored: int
    most_in_flight: int
    refused: int
    submits: int
    charges: int
    twice: int
    polls: int
    megabytes: float
    until_first_submit: float
    seconds: float
    code: int

    @property
    def polls_each(self) -> float:
        return self.polls / self.load.jobs

    @property
    def line(self) -> str:
        return (
            f"jobs={self.load.jobs} stored={self.stored} in_flight={self.most_in_flight} refused={self.refused} "
            f"submits={self.submits} charges={self.charges} twice={self.twice} polls_each={self.polls_each:.2f} "
            f"megabytes={self.megabytes:.0f} first_submit={self.until_first_submit:.1f} seconds={self.seconds:.1f}"
        )

    def find_broken(self) -> Iterator[str]:
        """Every bound that did not hold, in words."""
        load = self.load
        if self.code != 0:
            yield f"the run ended with exit code {self.code}"
        if self.stored != load.jobs or self.charges != load.jobs:
            yield f"of {load.jobs} jobs {self.charges} were taken and {self.stored} are stored"
        if self.twice:
            yield f"{self.twice} were paid twice"
        if self.most_in_flight > load.limit:
            yield f"{self.most_in_flight} were in flight at once, {load.limit} may be"
        if self.submits != self.charges + self.refused:
            yield f"{self.submits} submits: {self.charges} were taken and {self.refused} refused"
        if self.megabytes > MOST_MEGABYTES:
            yield f"the runner took {self.megabytes:.0f} MB"
        if self.polls_each > most_polls(load.latency):
            yield f"{self.polls_each:.1f} polls a job, at most {most_polls(load.latency):.1f} may be"


def most_polls(seconds: float) -> float:
    """As docs/money.md has it: of a job that takes so long."""
    return min(2 + seconds / 2, 22 + seconds / 15)


def write_production(folder: Path, load: Load) -> None:
    (folder / "gateways").mkdir(parents=True)
    manifest = MANIFEST.format(gateway=load.gateway, jobs=load.at_once)
    (folder / "gateways" / "load.yaml").write_text(manifest, encoding="utf-8")
    storyboard = {
        "storyboard": 1,
        "id": "load",
        "title": "Load",
        "provider": "load",
        "model": "kling-v2.6",
        "defaults": {"mode": "pro", "duration": 5},
        "shots": [{"id": f"s{number}", "prompt": f"Picture {number}."} for number in range(load.jobs)],
    }
    (folder / "storyboard.yaml").write_text(json.dumps(storyboard), encoding="utf-8")


def measure(folder: Path, url: str, load: Load) -> Measured:
    production, home = folder / "load", folder / "home"
    write_production(production, load)
    command = [sys.executable, "-m", "runner", "run", str(production), "--yes", "--jobs", str(load.at_once)]
    environment = {**os.environ, "FRAMECHAIN_HOME": str(home), "NO_COLOR": "1", "LOAD_API_KEY": "key-of-the-load"}
    began = time.monotonic()
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [*command, "--endpoint", f"load={url}"],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    ending = threading.Timer(LONGEST_RUN_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    ending.start()
    first = _wait_for_first_submit(url, process)
    # Not `process.wait`, which says nothing of what it took.
    _, status, used = os.wait4(process.pid, 0)
    ending.cancel()
    process.returncode = code = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    till = read_till(url)
    entries = read_entries(home / "productions" / "load" / "journal.sqlite3")
    attempts = fold(entries).attempts.values()
    return Measured(
        load=load,
        stored=len({one.intent.key for one in attempts if one.state is AttemptState.STORED}),
        most_in_flight=till["most_in_flight"],
        refused=sum(type(entry.event).__name__ == "WasRejected" for entry in entries),
        submits=till["submits"],
        charges=len(till["charges"]),
        twice=till["twice"],
        polls=till["polls"],
        megabytes=used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024),
        until_first_submit=first - began,
        seconds=seconds,
        code=code,
    )


def _wait_for_first_submit(url: str, process: "subprocess.Popen[bytes]") -> float:
    """The moment, as far as looking four times a second tells."""
    # Not `process.poll`, which would take away what `wait4` is to say.
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if read_till(url)["submits"]:
            break
        time.sleep(0.25)
    return time.monotonic()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000, help="shots of the production")
    parser.add_argument("--limit", type=int, default=50, help="how many the gateway takes at once")
    parser.add_argument("--at-once", type=int, help="how many the runner begins with; twice the limit if left out")
    parser.add_argument("--latency", type=float, default=4.0, help="seconds a job takes")
    parser.add_argument("--gateway", default="kling-next", help="whose manifest is used")
    given = parser.parse_args(arguments)
    load = Load(given.jobs, given.limit, given.at_once or 2 * given.limit, given.latency, given.gateway)
    # In a process of its own, so that the runner's memory is the runner's.
    options = ("--clips", "small", "--latency", str(load.latency), "--concurrency", str(load.limit))
    with tempfile.TemporaryDirectory(prefix="framechain-load-") as scratch, double(*options) as url:
        measured = measure(Path(scratch), url, load)
        broken = list(measured.find_broken())
        if broken:
            print((Path(scratch) / "output.txt").read_text(encoding="utf-8")[-3000:], file=sys.stderr)
    for bound in broken:
        print(f"broken: {bound}", file=sys.stderr)
    print(measured.line)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
