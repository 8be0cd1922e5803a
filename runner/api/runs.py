"""Runs a production, one run at a time, after its plan was agreed to; then shows the clips and cuts the film."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal
from runner.adapters.lock_file import prove_writable
from runner.adapters.media import PyavMedia
from runner.adapters.store import FolderStore
from runner.api.budgets import refuse_over_budget
from runner.api.films import cut_planned, is_complete, is_cut, show_clips, sweep_out
from runner.api.gateways import check_host, known_account, open_gateway
from runner.api.plans import JOURNAL_FILE, Planned, Selection, plan_production
from runner.api.production import Production, hold, keep_id, open_production, reread_lock, write_lock_of
from runner.api.targets import Target
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import FramechainError, Refused
from runner.model.money import Money
from runner.model.outside import Clock, Journal, Progress
from runner.model.plan import Plan
from runner.model.run import RunOptions, RunResult
from runner.running.executor import execute
from runner.running.outside import Outside
from runner.showing.wording import count

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))


@dataclass(frozen=True, slots=True)
class RunChoices:
    selection: Selection = field(default_factory=Selection)
    max_cost: Money | None = None
    # True: what has no price may be sent all the same.
    allow_unknown_price: bool = False
    jobs: int | None = None
    no_spend: bool = False
    # Hosts of the production's own manifests that the caller agrees to.
    allow_hosts: tuple[str, ...] = ()
    # How long one job is waited for; None: as long as usual.
    wait_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    result: RunResult
    diagnostics: tuple[Diagnostic, ...]
    # None while some shot has no take.
    film: Path | None
    # Why clips and film could not be shown; what was made is stored all the same.
    trouble: FramechainError | OSError | None = None


def run(target: Target, choices: RunChoices, progress: Progress, agree: Callable[[Planned, bool], bool]) -> Ran:
    """Makes what the plan says. `agree` sees the plan before anything is sent, and whether it may cost something."""
    clock = SystemClock()
    with hold(open_production(target), "run"):
        # Read again under the lock: what another run stored or wrote until now counts.
        production = open_production(target)
        with closing(SqliteJournal(production.home / JOURNAL_FILE, clock)) as journal:
            FolderStore(production.home).sweep()
            sweep_out(production)
            planned = plan_production(production, journal.entries(), choices.selection, known_account(production))
            # What is made already is fetched whatever it may cost to go on.
            if not choices.no_spend:
                refuse_over_budget(planned, choices.max_cost, allow_unknown_price=choices.allow_unknown_price)
            check_host(production, choices.allow_hosts)
            if planned.plan.has_work:
                # Found out before anything is paid for.
                prove_writable(production.lock_path)
            if not agree(planned, planned.plan.may_cost and not choices.no_spend):
                raise Refused(_no_go_ahead(planned.plan))
            if planned.plan.has_work:
                keep_id(production)
            result = asyncio.run(_execute(planned, journal, clock, choices, progress))
            try:
                film = _show(production, journal, choices.selection)
            except (FramechainError, OSError) as trouble:
                return Ran(result, production.diagnostics, None, trouble)
    return Ran(result, production.diagnostics, film)


async def _execute(
    planned: Planned, journal: Journal, clock: Clock, choices: RunChoices, progress: Progress
) -> RunResult:
    production = planned.production
    gateway = open_gateway(planned)
    outside = Outside(
        gateway=gateway,
        journal=journal,
        store=FolderStore(production.home),
        media=PyavMedia(),
        files=production.files,
        clock=clock,
        save_lock=lambda lock: write_lock_of(production, lock),
    )
    options = RunOptions(
        jobs=choices.jobs,
        max_cost=choices.max_cost,
        allow_unknown_price=choices.allow_unknown_price,
        no_spend=choices.no_spend,
    )
    if choices.wait_seconds is not None:
        options = replace(options, wait_seconds=choices.wait_seconds)
    with _stopping_on_signals(outside.stop):
        try:
            return await execute(planned.plan, planned.inputs, outside, options, progress)
        finally:
            await gateway.close()


@contextmanager
def _stopping_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM asks to stop, as does a terminal that is closed; the second cuts."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    before = {number: signal.getsignal(number) for number in _STOPPING}
    # Started with `nohup`, it is to go on.
    answered = [number for number, way in before.items() if way is not signal.SIG_IGN or number != signal.SIGHUP]

    def interrupt() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    for number in answered:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number in answered:
            loop.remove_signal_handler(number)
            # The loop puts back the system's way, not the one it found.
            signal.signal(number, before[number])


def _show(production: Production, journal: Journal, selection: Selection) -> Path | None:
    """Clips by shot and take, and the film once every shot has its take; what is there already stays."""
    # The storyboard as it was run: somebody may be in the middle of writing in it.
    production = reread_lock(production)
    planned = plan_production(production, journal.entries(), replace(selection, only=(), remake=()))
    show_clips(planned)
    if not is_complete(planned):
        return None
    if is_cut(planned):
        return production.out / "film.mp4"
    return cut_planned(planned, PyavMedia()).path


def _no_go_ahead(plan: Plan) -> Diagnostic:
    cost = Money(plan.total.high, plan.total.currency)
    unknown = f" and {count(plan.total.unknown, 'unknown price')}" if plan.total.unknown else ""
    return Diagnostic(
        "no-go-ahead",
        Severity.ERROR,
        f"the plan may cost {cost}{unknown}, and nobody agreed to it",
        None,
        "`framechain run --yes` agrees beforehand",
    )
