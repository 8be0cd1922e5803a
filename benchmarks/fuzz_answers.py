"""Throws mangled answers at the runner, as gateways or whoever stands in their place might give them.

    python benchmarks/fuzz_answers.py --answers 20000 --seed 1

A production runs at each gateway's double in turn. The double's own answer to a create, a poll, a look-up or a download
is mangled on its way: other values, other JSON, other bytes, other status words and headers; every eighth production
over a real line on loopback, where the framing lies as well. Then the gateway becomes honest, and the run goes on.

It fails where an exception comes through, or a job is forgotten: a create that was charged is taken for unsent, or for
refused without an answer the manifest lists as a refusal; or its clip does not come home once the answers are honest.
What a gateway says in plain words is believed, and is no such case: that a job failed, is gone, or bears another id.

Prints one line. Traffic goes to loopback only; it stops by itself. A quick form runs in the test suite.
"""

import argparse
import asyncio
import contextlib
import itertools
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fuzz_witness import Witness
from jumping_clock import JumpingClock
from mangled_line import IN_MEMORY, QUICK, Mangler, MemoryClient, real_line

from runner import api
from runner.adapters.http.client import Client
from runner.adapters.http.gateway import HttpGateway
from runner.adapters.journal import SqliteJournal
from runner.adapters.media import PyavMedia
from runner.adapters.store import FolderStore
from runner.api.gateways import open_gateway
from runner.api.plans import JOURNAL_FILE, Planned, Selection, plan_production
from runner.api.production import open_production, write_lock_of
from runner.model.journal import WasAbandoned, WasAccepted
from runner.model.ledger import Attempt, AttemptState
from runner.model.run import RunOptions, RunResult
from runner.planning.ledger import fold
from runner.running.executor import execute
from runner.running.outside import Outside
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import build_app
from runner.showing.plan_text import plan_text

GATEWAYS: Final = (*("kling", "kling-next", "mulerouter", "mulerun", "kkiai", "aimlapi", "fal", "replicate", "piapi"),)
SHOTS: Final = 6
LINE_EVERY: Final = 8
# Productions at a time.
LANES: Final = 12
# The longest a production may take, a hang being as bad as a traceback.
SECONDS_EACH: Final = 120.0
STORYBOARD: Final = """\
storyboard: 1
id: {name}
title: Fuzzed
provider: {gateway}
model: kling-v3
defaults: {{mode: pro, duration: 5}}
shots:
"""


@dataclass
class Tally:
    answers: Counter[str] = field(default_factory=Counter)
    productions: int = 0
    charges: int = 0
    # Over a real line.
    on_the_line: int = 0
    # What the gateway said in plain words and was believed.
    believed: int = 0
    tracebacks: int = 0
    forgotten: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    def line(self, seconds: float) -> str:
        each = " ".join(f"{name}={self.answers[name]}" for name in GATEWAYS if name in self.answers)
        return (
            f"answers={self.total} ({each}) productions={self.productions} charges={self.charges} "
            f"line={self.on_the_line} believed={self.believed} tracebacks={self.tracebacks} "
            f"forgotten={self.forgotten} seconds={seconds:.0f}"
        )


class Silence:
    def started(self, shots: object) -> None: ...
    def shot(self, shot: str, state: str, detail: str = "") -> None: ...
    def said(self, message: str) -> None: ...
    def ended(self) -> None: ...


@dataclass
class Production:
    """A film of some shots at one gateway, run by what `framechain run` is made of, over another line."""

    folder: Path
    gateway: str
    number: int
    mangler: Mangler
    is_real_line: bool
    shots: int = SHOTS
    clock: JumpingClock = field(default_factory=JumpingClock)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        name = f"fuzz-{self.gateway}-{self.number}"
        shots = "".join(f"  - {{id: s{one}, prompt: Picture {one} of {name}.}}\n" for one in range(self.shots))
        text = STORYBOARD.format(name=name, gateway=self.gateway) + shots
        (self.folder / "storyboard.yaml").write_text(text, encoding="utf-8")

    def plan(self, url: str, journal: SqliteJournal) -> Planned:
        environment = {"FRAMECHAIN_HOME": str(self.folder / "home"), "HOME": str(self.folder)}
        production = open_production(api.Target(self.folder, environment=environment, endpoints={self.gateway: url}))
        production.home.mkdir(parents=True, exist_ok=True)
        return plan_production(production, journal.entries(), Selection())

    @property
    def journal_path(self) -> Path:
        home = self.folder / "home" / "productions" / f"fuzz-{self.gateway}-{self.number}"
        home.mkdir(parents=True, exist_ok=True)
        return home / JOURNAL_FILE

    async def run(self, url: str, journal: SqliteJournal, witness_of: "Callable[[HttpGateway], Witness]") -> RunResult:
        planned = self.plan(url, journal)
        production = planned.production
        gateway = open_gateway(planned)
        assert isinstance(gateway, HttpGateway)
        gateway.client = Client(QUICK) if self.is_real_line else MemoryClient(self.mangler)
        witness = witness_of(gateway)
        outside = Outside(
            gateway=witness,
            journal=journal,
            store=FolderStore(production.home),
            media=PyavMedia(),
            files=production.files,
            clock=self.clock,
            save_lock=lambda lock: write_lock_of(production, lock),
        )
        try:
            # One at a time, so that each answer belongs to the call under way.
            return await execute(planned.plan, planned.inputs, outside, RunOptions(jobs=1), Silence())
        finally:
            await gateway.close()


async def fuzz_production(production: Production, tally: Tally) -> None:
    witnesses: list[Witness] = []

    def witness_of(gateway: HttpGateway) -> Witness:
        witnesses.append(Witness(gateway, production.mangler))
        return witnesses[-1]

    journal = SqliteJournal(production.journal_path, production.clock)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(journal.close)
        url = await stack.enter_async_context(real_line(production.mangler)) if production.is_real_line else IN_MEMORY
        results = [await production.run(url, journal, witness_of)]
        production.mangler.is_honest = True
        for _ in range(4):
            results.append(await production.run(url, journal, witness_of))
            if not answer_questions(journal, witnesses):
                break
        plan = plan_text(production.plan(url, journal).plan, color=False)
    tally.charges += sum(len(jobs) for one in witnesses for jobs in one.charged.values())
    tally.believed += sum(len(one.believed) for one in witnesses)
    wrong = [trouble for one in witnesses for trouble in one.wrong]
    wrong += find_forgotten(SqliteJournal, production, witnesses)
    tally.forgotten += len(wrong)
    tally.troubles += [f"{production.gateway} {production.number}: {trouble}" for trouble in wrong]
    for text in (plan, *(shot.message for result in results for shot in result.shots)):
        if not all(letter.isprintable() or letter == "\n" for letter in text):
            tally.troubles.append(f"{production.gateway} {production.number}: it steers the terminal: {text!r}")


def answer_questions(journal: SqliteJournal, witnesses: Sequence[Witness]) -> int:
    """As a person would who looks at the gateway's own list: this is the job, or it cannot be had any more."""
    answered = 0
    charged = {name: jobs for one in witnesses for name, jobs in one.charged.items()}
    believed = {name for one in witnesses for name in one.believed}
    for attempt in fold(journal.entries()).open_attempts:
        jobs = charged.get(attempt.intent.name, [])
        if attempt.state.is_doubtful and jobs:
            journal.append(WasAccepted(attempt.id, jobs[-1]))
            answered += 1
        elif attempt.intent.name in believed or attempt.job in believed:
            journal.append(WasAbandoned(attempt.id, charged=True))
            answered += 1
    return answered


def find_forgotten(opened: Any, production: Production, witnesses: Sequence[Witness]) -> list[str]:
    with contextlib.closing(opened(production.journal_path, production.clock)) as journal:
        ledger = fold(journal.entries())
    by_name: dict[str, list[Attempt]] = {}
    for attempt in ledger.attempts.values():
        by_name.setdefault(attempt.intent.name, []).append(attempt)
    believed = {name for one in witnesses for name in one.believed}
    forgotten = []
    charged = {name: jobs for one in witnesses for name, jobs in one.charged.items()}
    for name, jobs in charged.items():
        attempts = by_name.get(name, [])
        if any(one.state is AttemptState.STORED for one in attempts):
            continue
        if name in believed or any(one.job in believed for one in attempts):
            continue
        states = [(one.state.value, one.job, one.cause, one.result) for one in attempts]
        forgotten.append(f"{name}: charged as {jobs}, and no clip of it came home: {states}")
    return forgotten


def fuzz(
    answers: int, seed: int, gateways: Sequence[str] = GATEWAYS, only: int | None = None, shots: int = SHOTS
) -> Tally:
    """`only`: the number of one production, to see it again."""
    return asyncio.run(_fuzz(answers, seed, gateways, only, shots))


async def _fuzz(answers: int, seed: int, gateways: Sequence[str], only: int | None, shots: int) -> Tally:
    tally = Tally()
    numbers = itertools.count() if only is None else iter((only,))
    with tempfile.TemporaryDirectory(prefix="framechain-fuzz-") as scratch:
        (Path(scratch) / "clips").mkdir()
        double = build_app(SandboxOptions(), Path(scratch) / "clips")

        async def work() -> None:
            for number in numbers:
                if tally.total >= answers:
                    return
                dice = random.Random(f"{seed} {number}")  # noqa: S311  # to be repeated
                # Of each gateway one after the other, then all again.
                round_number, which = divmod(number, len(gateways))
                is_real_line = round_number % LINE_EVERY == LINE_EVERY - 1
                folder, mangler = Path(scratch) / str(number), Mangler(double, dice)
                await _watch(Production(folder, gateways[which], number, mangler, is_real_line, shots), tally)

        # Several at a time: pauses between the tries of a download are real.
        await asyncio.gather(*(work() for _ in range(LANES)))
    return tally


async def _watch(production: Production, tally: Tally) -> None:
    try:
        await asyncio.wait_for(fuzz_production(production, tally), SECONDS_EACH)
    except Exception:  # noqa: BLE001  # just what this looks for
        tally.tracebacks += 1
        tally.troubles.append(f"{production.gateway} {production.number}: {traceback.format_exc()}")
    tally.productions += 1
    tally.answers[production.gateway] += production.mangler.mangled
    tally.on_the_line += production.mangler.mangled if production.is_real_line else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gateways", default=",".join(GATEWAYS))
    parser.add_argument("--only", type=int, help="the number of one production, to see it again")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    tally = fuzz(given.answers, given.seed, given.gateways.split(","), given.only)
    for trouble in tally.troubles:
        print(trouble, file=sys.stderr)
    print(tally.line(time.monotonic() - began))
    is_short = given.only is None and tally.total < given.answers
    return 1 if tally.troubles or tally.tracebacks or tally.forgotten or is_short else 0


if __name__ == "__main__":
    sys.exit(main())
