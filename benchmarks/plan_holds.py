"""Random films, edited and run again and again: what a run spends is what its plan showed, and nothing is paid twice.

    python benchmarks/plan_holds.py --films 2000 --seed 1

Each film is drawn, run under random faults and kills, edited, decided on, answered for, and at last finished in good
weather. A scripted gateway's till is the judge of every single run. Prints one line; it fails on any trouble, each told
with its film's seed: `--only SEED` shows that film again, with all that happened to it. It stops by itself, and
sends nothing anywhere. A quick form runs in the test suite.
"""

import argparse
import contextlib
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from film_author import Author
from film_weather import Weather
from plan_judge import Judge, Tally, Troubled
from random_film import RandomFilm
from run_bench import ALL, Choices, Killed

from runner.model.plan import Plan
from runner.model.run import RunOptions

_STEPS: Final = 8
# In good weather until a film is done: a chain of five, each of them failed once and asked about once.
_LAST_RUNS: Final = 12
# Films of one `--seed`: their own go on from it by this.
_SEEDS_EACH: Final = 1_000_000
_GOOD_WEATHER: Final = RunOptions()


class Trial:
    """One film, from its first run to its last."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._dice = random.Random(seed)  # noqa: S311  # to be repeated
        self._film = RandomFilm(folder, self._dice)
        self._author = Author(self._film)
        self._weather = Weather(self._film, self._dice)
        self.judge = Judge(seed, self._film, self._author)

    def carry_out(self) -> None:
        with contextlib.suppress(Troubled):
            for _ in range(_STEPS):
                self._step()
                self._between()
            self._finish()

    def _step(self) -> None:
        bench, weather = self._film.bench, self._weather
        if self._dice.random() < 0.6:
            weather.storm()
            self._run(weather.choices(), weather.options(), weather.kill())
            return
        weather.calm()
        choices = weather.choices()
        whole = self._is_whole(choices)
        plan = self._run(choices)
        if whole:
            again = Choices(choices.only, no_cascade=choices.no_cascade)
            self.judge.judge_rest(plan, again)
            sent = len(bench.gateway.submitted)
            if not self._run(again).may_cost and len(bench.gateway.submitted) > sent:
                self.judge.tell("never_done", "a second run sends what the first had made")

    def _is_whole(self, choices: Choices) -> bool:
        """What comes for a shot that is left out, by a job of its own or of a twin, may make others out of date."""
        needs = self._film.bench.plan()[0].needs
        only = choices.only
        return only is None or all(need in only for name in only for need in needs.get(name, ()))

    def _between(self) -> None:
        self._author.answer(self._dice.choice((0.0, 0.7, 0.7, 1.0)))
        while self._dice.random() < 0.45:
            self.judge.note(f"edit: {self._film.edit()}")
        if self._dice.random() < 0.3:
            self.judge.note(f"decision: {self._author.decide()}")
        if self._dice.random() < 0.03:
            self.judge.note(f"lost: {self._author.lose()}")

    def _finish(self) -> None:
        self._weather.calm()
        self._film.lift_budget()
        for _ in range(_LAST_RUNS):
            self._author.answer(1.0)
            self._author.unpin_all()
            self._run(Choices(remake=self._weather.hindered()))
        self.judge.judge_end(_LAST_RUNS)

    def _run(
        self, choices: Choices = ALL, options: RunOptions = _GOOD_WEATHER, kill: tuple[int, bool] | None = None
    ) -> Plan:
        """The plan it went by."""
        bench, judge = self._film.bench, self.judge
        plan, _ = bench.plan(choices=choices)
        judge.note(f"run {_say(choices)}{_say_plan(plan)}{'' if kill is None else f', killed at {kill}'}")
        known, spent = len(bench.gateway.jobs), judge.spent()
        try:
            result = bench.run(options, choices, kill=kill)
            judge.note(f"ends: {'; '.join(f'{one.shot} {one.outcome} {one.message}' for one in result.shots)}")
        except Killed:
            pass
        except BaseExceptionGroup as raised:
            if raised.subgroup(Killed) is None:
                raise
        new = list(bench.gateway.jobs.values())[known:]
        judge.note(f"charged: {[f'{job.id} {job.request.label} {job.request.key[:6]}' for job in new]}")
        judge.judge_run(plan, options, new, spent)
        return plan


def _say(choices: Choices) -> str:
    only = "" if choices.only is None else f"--only {sorted(choices.only)} "
    remake = f"--remake {sorted(choices.remake)} " if choices.remake else ""
    return f"{only}{remake}{'--no-cascade ' if choices.no_cascade else ''}"


def _say_plan(plan: Plan) -> str:
    resources = {f"{one.kind}:{one.name}": str(one.action) for one in plan.resources}
    return str({one.id: [str(roll.action) for roll in one.rolls] for one in plan.shots} | resources)


def try_film(seed: int, *, tells: bool = False) -> Tally:
    """`tells`: with its history, on stdout."""
    with tempfile.TemporaryDirectory(prefix="framechain-plan-") as scratch:
        trial = Trial(seed, Path(scratch))
        tally = trial.judge.tally
        try:
            trial.carry_out()
        except Exception as raised:  # noqa: BLE001  # a traceback is a trouble of its film, and the others go on
            tally.troubles.append(f"seed {seed}: {type(raised).__name__}: {raised}")
    if tells:
        print("\n".join(trial.judge.history))
    return tally


def try_films(seeds: Sequence[int], lanes: int) -> Tally:
    tally = Tally()
    with ProcessPoolExecutor(lanes, multiprocessing.get_context("fork")) as pool:
        for done in pool.map(try_film, seeds, chunksize=4):
            tally.add(done)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="SEED", help="one film, with its history")
    parser.add_argument("--lanes", type=int, default=2, help="how many films at once")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    if given.only is not None:
        tally = try_film(given.only, tells=True)
    else:
        first = given.seed * _SEEDS_EACH
        tally = try_films(range(first, first + given.films), given.lanes)
    for trouble in tally.troubles:
        print(trouble, file=sys.stderr)
    print(tally.line(time.monotonic() - began))
    return 1 if tally.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
