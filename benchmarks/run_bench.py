"""A production on a bench: real journal, real store, real planning, a scripted provider, and a clock that jumps.

`Bench.run` plans and executes as `framechain run` does; what a process remembers is forgotten between two calls.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from jumping_clock import JumpingClock
from scripted_gateway import ScriptedGateway, ScriptedMedia
from threads_at_once import ThreadsAtOnce

from runner.adapters.journal import SqliteJournal, read_entries
from runner.adapters.store import FolderStore
from runner.core.place import Place, Source
from runner.model.gateway import Failure, FailureClass
from runner.model.journal import Entry, Event, Intended
from runner.model.ledger import AttemptState, Ledger
from runner.model.lock import Lock
from runner.model.manifest import Guard, Manifest, PictureLimits, Proof
from runner.model.money import Money
from runner.model.outside import Journal, ProductionFiles
from runner.model.plan import Plan, PlanInputs
from runner.model.run import Outcome, RunOptions, RunResult
from runner.model.storyboard import Chained, Film, Layer, PriceRow, Scene, Setting, Shot, Storyboard
from runner.planning.ledger import fold
from runner.planning.plan import make_plan
from runner.running.executor import execute
from runner.running.outside import Outside

Value = TypeVar("Value")
PLACE = Place(Source("storyboard.yaml", ""), 1, 1)
PROVEN = Guard(Proof.PROVEN, Proof.PROVEN, Proof.PROVEN)
LOOK_UP_ONLY = Guard(Proof.DOCUMENTED, Proof.DOCUMENTED, Proof.UNKNOWN)
REFUSAL_ONLY = Guard(Proof.DOCUMENTED, Proof.UNKNOWN, Proof.DOCUMENTED)
NOTHING_KNOWN = Guard(Proof.UNKNOWN, Proof.UNKNOWN, Proof.UNKNOWN)
BUSY = Failure(FailureClass.LIMIT, "too many jobs")
FORBIDDEN = Failure(FailureClass.CONTENT, "the prompt is not allowed", "1301", "prompt")


class Killed(BaseException):
    """The process ends here: nothing after it is written down."""


class KillingJournal:
    """The real journal, until a given entry: the process dies just before or just after that is on disk."""

    def __init__(self, journal: Journal, number: int, *, is_after: bool) -> None:
        self._journal = journal
        self._number = number
        self._is_after = is_after
        self.is_dead = False

    def append(self, event: Event) -> Entry:
        is_last = len(self._journal.entries()) + 1 == self._number
        if self.is_dead or (is_last and not self._is_after):
            self.is_dead = True
            raise Killed
        entry = self._journal.append(event)
        if is_last:
            self.is_dead = True
            raise Killed
        return entry

    def entries(self) -> tuple[Entry, ...]:
        return self._journal.entries()

    def close(self) -> None:
        self._journal.close()


class NoFiles:
    """A production without pictures and sounds."""

    def location(self, path: str) -> Path:
        raise AssertionError(path)

    text = picture = sound = names = location


class HeardProgress:
    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []

    def started(self, shots: object) -> None:
        self.heard.append(("", "started", ""))

    def shot(self, shot: str, state: str, detail: str = "") -> None:
        self.heard.append((shot, state, detail))

    def said(self, message: str) -> None:
        self.heard.append(("", "said", message))

    def ended(self) -> None:
        self.heard.append(("", "ended", ""))


def setting(value: Value) -> Setting[Value]:
    return Setting(value, Layer.SHOT, PLACE)


def shot(
    name: str, prompt: str = "", *, source: str | None = None, rolls: int = 1, after: tuple[str, ...] = ()
) -> Shot:
    return Shot(
        id=name,
        scene=None,
        place=PLACE,
        model=setting("kling-v3"),
        mode=setting("std"),
        duration=setting(5),
        aspect_ratio=setting("16:9"),
        sound=setting(value=False),
        watermark=setting(value=False),
        rolls=setting(rolls),
        unsupported=setting("refuse"),
        convert=setting(()),
        prompt=(prompt or f"picture of {name}",),
        prompt_place=PLACE,
        first_frame=None if source is None else Chained(source, "last", PLACE),
        after=after,
    )


def storyboard(*shots: Shot, budget: Money | None = None, trust_guard: str | None = None) -> Storyboard:
    return Storyboard(
        id="bench",
        id_is_written=True,
        title="Bench",
        profile=None,
        provider=setting("scripted"),
        elements={},
        voices={},
        scenes=(Scene(None, None, tuple(one.id for one in shots)),),
        shots=shots,
        film=Film(),
        budget=None if budget is None else setting(budget),
        trust_guard=trust_guard,
    )


def manifest(guard: Guard = PROVEN, *, concurrent: int | None = 4, free: bool = False) -> Manifest:
    return Manifest(
        name="scripted",
        title="Scripted",
        medium="animatic" if free else "generated",
        guard=guard,
        concurrent=concurrent,
        pictures=PictureLimits((), 1, 100.0, 1),
        models={},
        # 0.10 a second: 0.50 for each of the shots here.
        prices={"kling-v3": (PriceRow(Decimal("0.10"), "USD", "second"),)},
        seconds_per_second=None,
        free=free,
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line narrows a plan by."""

    only: frozenset[str] | None = None
    no_cascade: bool = False
    remake: frozenset[str] = frozenset()


ALL = Choices()


@dataclass
class Bench:
    folder: Path
    film: Storyboard
    manifest: Manifest = field(default_factory=manifest)
    gateway: ScriptedGateway = field(default_factory=ScriptedGateway)
    media: ScriptedMedia = field(default_factory=ScriptedMedia)
    clock: JumpingClock = field(default_factory=JumpingClock)
    lock: Lock = field(default_factory=lambda: Lock("bench"))
    saved: list[Lock] = field(default_factory=list)
    progress: HeardProgress = field(default_factory=HeardProgress)

    @property
    def journal_path(self) -> Path:
        return self.folder / "journal.sqlite3"

    @property
    def store(self) -> FolderStore:
        return FolderStore(self.folder)

    def plan(self, journal: Journal | None = None, choices: Choices = ALL) -> tuple[Plan, PlanInputs]:
        entries = read_entries(self.journal_path) if journal is None else journal.entries()
        inputs = PlanInputs(
            self.film,
            self.manifest,
            self.lock,
            fold(entries),
            self.store.clips(),
            only=choices.only,
            no_cascade=choices.no_cascade,
            remake=choices.remake,
        )
        return make_plan(inputs), inputs

    def run(
        self,
        options: RunOptions | None = None,
        choices: Choices = ALL,
        *,
        kill: tuple[int, bool] | None = None,
        during: Callable[[Outside, "asyncio.Task[RunResult]"], object] | None = None,
    ) -> RunResult:
        real = SqliteJournal(self.journal_path, self.clock)
        journal = real if kill is None else KillingJournal(real, kill[0], is_after=kill[1])
        try:
            plan, inputs = self.plan(journal, choices)
            return asyncio.run(self._execute(plan, inputs, journal, options or RunOptions(), during))
        finally:
            journal.close()

    async def _execute(
        self,
        plan: Plan,
        inputs: PlanInputs,
        journal: Journal,
        options: RunOptions,
        during: Callable[[Outside, "asyncio.Task[RunResult]"], object] | None,
    ) -> RunResult:
        def save_lock(lock: Lock) -> None:
            if not (isinstance(journal, KillingJournal) and journal.is_dead):
                self.lock = lock
                self.saved.append(lock)

        files: ProductionFiles = NoFiles()  # type: ignore[assignment]  # nothing of it is asked for
        outside = Outside(self.gateway, journal, self.store, self.media, files, self.clock, save_lock)
        asyncio.get_running_loop().set_default_executor(ThreadsAtOnce())
        task = asyncio.ensure_future(execute(plan, inputs, outside, options, self.progress))
        if during is not None:
            during(outside, task)
        return await task

    @property
    def entries(self) -> tuple[Entry, ...]:
        return read_entries(self.journal_path)

    @property
    def events(self) -> list[str]:
        """What the journal holds, each event by its name."""
        return [type(entry.event).__name__ for entry in self.entries]

    @property
    def ledger(self) -> Ledger:
        return fold(self.entries)

    @property
    def states(self) -> list[AttemptState]:
        return [attempt.state for attempt in self.ledger.attempts.values()]

    @property
    def names(self) -> list[str]:
        """Our name of each sending that was written down, in order."""
        return [entry.event.name for entry in self.entries if isinstance(entry.event, Intended)]


def outcomes(result: RunResult) -> Mapping[str, Outcome]:
    return {one.shot: one.outcome for one in result.shots}


def bench_of(folder: Path, guard: Guard = PROVEN, *, free: bool = False, trust: str | None = None) -> Bench:
    return Bench(folder, storyboard(shot("harbour"), trust_guard=trust), manifest(guard, free=free))


def only_outcome(bench: Bench, options: RunOptions | None = None, choices: Choices = ALL) -> Outcome:
    return bench.run(options, choices).shots[0].outcome
