"""Kills a run at every entry of the journal and at every phase of every HTTP call, one by one, at each gateway.

    python benchmarks/every_kill.py --gateways kling,mulerouter

A clean run says which points there are. Then, point by point, a process is killed there (`kill -9`, by its own hand),
the run goes on to the end, questions are answered from the double's till, and the till says what was paid. Prints a
line a gateway; it fails where anything was paid twice, lost, or asked without need, or a point was not reached.

Traffic goes to loopback only; it stops by itself. The test suite runs it for each gateway.
"""

import argparse
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from chaos import PROVEN
from double import double
from one_shot import OneShot, in_child, load_all

from runner.adapters.journal import SqliteJournal
from runner.adapters.package_data import gateway_names
from runner.model.journal import Entry, Event

FREE: Final = "animatic"
# Where a voice is made of a sample, so that such a job is killed as well.
MAKES_VOICES: Final = frozenset({"kling", "kling-next"})
# More runs than these after one kill: something goes round in circles.
MOST_RUNS: Final = 4
_FIRST: Final = re.compile(r" 1 \w+\.\w+$")
_OUR_NAME: Final = re.compile(r"fc-[0-9a-f]{40}")
_ID: Final = re.compile(r"(?=[\w-]*\d)[\w-]{20,}|\d{8,}")


@dataclass
class Tally:
    points: int = 0
    unreached: int = 0
    asked: int = 0
    needless: int = 0
    charges: int = 0
    twice: int = 0
    lost: int = 0
    troubles: list[str] = field(default_factory=list)

    def line(self, gateway: str) -> str:
        return (
            f"gateway={gateway} points={self.points} unreached={self.unreached} charges={self.charges} "
            f"asked={self.asked} needless={self.needless} twice={self.twice} lost={self.lost}"
        )


# --- points ----------------------------------------------------------------------------------------------------------


class Watch:
    """Names every point a run passes, in order; at the one it was given the process ends as by `kill -9`."""

    def __init__(self, deadly: str | None) -> None:
        self.passed: list[str] = []
        self._deadly = deadly
        self._counts: dict[str, int] = {}

    def passes(self, point: str) -> None:
        self.passed.append(point)
        if point == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def count(self, label: str) -> int:
        """Of those named so, which one this is, from 1."""
        self._counts[label] = self._counts.get(label, 0) + 1
        return self._counts[label]


def watch_all(deadly: str | None) -> Watch:
    """For a process that ends soon: nothing is put back."""
    watch = Watch(deadly)
    _watch_journal(watch)
    _watch_calls(watch)
    return watch


def _watch_journal(watch: Watch) -> None:
    append = SqliteJournal.append

    def watched_append(self: SqliteJournal, event: Event) -> Entry:
        name = f"entry {type(event).__name__} {watch.count(type(event).__name__)}"
        watch.passes(f"{name} before")
        entry = append(self, event)
        watch.passes(f"{name} after")
        return entry

    SqliteJournal.append = watched_append  # type: ignore[method-assign]  # as a debugger would


def _watch_calls(watch: Watch) -> None:
    """By the library's own account of a call: connected, headers sent, body sent, headers read, body read, closed."""
    handle = httpx.AsyncHTTPTransport.handle_async_request

    async def watched_handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        kind = _kind_of(request)
        call = f"{kind} {watch.count(kind)}"

        async def trace(event: str, info: Mapping[str, Any]) -> None:  # the library hands it over
            # What begins is what the one before has ended with, but for the first.
            if event.endswith(".complete") or event == "connection.connect_tcp.started":
                watch.passes(f"{call} {event.partition('.')[2]}")

        request.extensions["trace"] = trace
        return await handle(self, request)

    httpx.AsyncHTTPTransport.handle_async_request = watched_handle  # type: ignore[method-assign]  # as a debugger would


def _kind_of(request: httpx.Request) -> str:
    """Polls of one kind of job are alike, whatever its id; a look-up by our name is not like them."""
    path = _ID.sub("*", request.url.path)
    if request.method == "POST":
        return f"submit {path}"
    if path.startswith("/files/"):
        return "download"
    return f"find {path}" if _OUR_NAME.search(str(request.url)) else f"ask {path}"


def _find_true_doubts(passed: Sequence[str]) -> frozenset[str]:
    """Where an intent is on disk and no answer: only a person can know, but where the gateway can be asked."""
    doubts: set[str] = set()
    is_open = False
    for point in passed:
        if point.startswith("entry Accepted") and point.endswith("after"):
            is_open = False
        if point.startswith("entry Intended") and point.endswith("after"):
            is_open = True
        if is_open:
            doubts.add(point)
    return frozenset(doubts)


# --- trying them -----------------------------------------------------------------------------------------------------


class Bench:
    def __init__(self, folder: Path, gateway: str, url: str) -> None:
        self._folder = folder
        self._gateway = gateway
        self._url = url
        self._count = 0
        self._true_doubts: frozenset[str] = frozenset()
        self.tally = Tally()

    def points(self) -> list[str]:
        """Of a clean run: each entry, and each phase of the first call of each kind. How many polls come is chance."""
        passed = self._pass_through(self._fresh())
        self._true_doubts = _find_true_doubts(passed)
        return [point for point in dict.fromkeys(passed) if point.startswith("entry") or _FIRST.search(point)]

    def points_of_a_look_up(self, points: Sequence[str]) -> list[tuple[str, str]]:
        """After a submit that went out, and whose answer nobody heard: what the run after it asks by our name."""
        found = []
        for cut in (point for point in points if point.startswith("submit") and "send_request_body" in point):
            production = self._fresh()
            self._kill(production, cut)
            found += [(cut, point) for point in self._pass_through(production) if point.startswith("find")]
        return found

    def try_point(self, *deadly: str) -> None:
        """Killed at each of them in turn; then to the end."""
        production = self._fresh()
        for point in deadly:
            self.tally.points += 1
            if not self._kill(production, point):
                self.tally.unreached += 1
                said = (production.folder / "output.txt").read_text(encoding="utf-8")
                self.tally.troubles.append(f"{self._gateway}: not reached: {point}\n{said}")
        self._finish(production, deadly)

    def _fresh(self) -> OneShot:
        self._count += 1
        httpx.post(f"{self._url}/reset", trust_env=False).raise_for_status()
        folder = self._folder / f"{self._gateway}-{self._count}"
        has_voice = self._gateway in MAKES_VOICES
        production = OneShot(folder / "film", folder / "home", self._gateway, self._url, has_voice=has_voice)
        production.write()
        return production

    def _pass_through(self, production: OneShot) -> list[str]:
        listed, output = self._folder / "points.json", production.folder / "output.txt"

        def work() -> int:
            watch = watch_all(None)
            code = production.command("run", "--yes")
            listed.write_text(json.dumps(watch.passed), encoding="utf-8")
            return code

        if in_child(work, output) not in {0, 4}:
            raise SystemExit(output.read_text(encoding="utf-8"))
        passed: list[str] = json.loads(listed.read_text(encoding="utf-8"))
        return passed

    def _kill(self, production: OneShot, point: str) -> bool:
        def work() -> int:
            watch_all(point)
            return production.command("run", "--yes")

        return in_child(work, production.folder / "output.txt") == -signal.SIGKILL

    def _finish(self, production: OneShot, deadly: Sequence[str]) -> None:
        output, code = production.folder / "output.txt", 4
        for _ in range(MOST_RUNS):
            code = in_child(lambda: production.command("run", "--yes"), output)
            if code != 4:
                break
            asked = production.answer_questions()
            self.tally.asked += asked
            self.tally.needless += 0 if self._true_doubts.intersection(deadly) else asked
        where = f"{self._gateway}: killed at {' and '.join(deadly)}"
        if code != 0:
            self.tally.troubles.append(f"{where}: exit code {code}\n{output.read_text(encoding='utf-8')}")
        twice, lost = production.paid_twice(), production.lost()
        if production.count_all_charges() != len(production.charges()):
            self.tally.troubles.append(f"{where}: something was sent of which no intent is on disk")
        self.tally.charges += len(production.charges())
        self.tally.twice += len(twice)
        self.tally.lost += len(lost)
        if twice or lost:
            self.tally.troubles.append(f"{where}: {twice=} {lost=}")


def kill_everywhere(gateway: str) -> Tally:
    with tempfile.TemporaryDirectory(prefix="framechain-kills-") as scratch, double() as url:
        bench = Bench(Path(scratch), gateway, url)
        points = bench.points()
        for point in points:
            bench.try_point(point)
        for cut, point in bench.points_of_a_look_up(points):
            bench.try_point(cut, point)
        return bench.tally


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    every = ",".join(name for name in gateway_names() if name != FREE)
    parser.add_argument("--gateways", default=every)
    gateways = parser.parse_args(arguments).gateways.split(",")
    is_wrong = False
    load_all()
    for gateway in gateways:
        tally = kill_everywhere(gateway)
        for trouble in tally.troubles:
            print(trouble, file=sys.stderr)
        print(tally.line(gateway), flush=True)
        is_wrong |= bool(tally.troubles or tally.unreached or tally.twice or tally.lost or tally.needless)
        is_wrong |= gateway in PROVEN and tally.asked > 0
    return 1 if is_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
