"""What all attempts of one run share, what one of them is asked to do, and how it ends."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.model.gateway import Failure, FailureClass
from runner.model.ledger import Attempt
from runner.model.manifest import Guard, Manifest
from runner.model.money import Price
from runner.model.outside import Progress
from runner.model.request import Identity, Request
from runner.model.run import Outcome, RunOptions
from runner.planning.questions import say_resolve
from runner.running.books import Books
from runner.running.gate import Gate
from runner.running.locked import LockedJobs
from runner.running.outside import Outside
from runner.running.pace import PollHold, pause
from runner.running.pools import Pool
from runner.running.spending import Purse


@dataclass(frozen=True, slots=True)
class Order:
    """One roll of one shot, ready to be sent."""

    request: Request
    production: str
    profile: str | None
    roll: int
    model: str
    price: Price | None
    sources: Mapping[str, Identity]
    # Seconds of the longest way from here to the film's end.
    weight: float


@dataclass(frozen=True, slots=True)
class RollEnd:
    outcome: Outcome
    message: str = ""
    hint: str | None = None
    attempt: str | None = None
    # A job that is kept at the provider.
    job: str | None = None


@dataclass(slots=True)
class SharedRun:
    outside: Outside
    books: Books
    locked: LockedJobs
    pool: Pool
    purse: Purse
    manifest: Manifest
    guard: Guard
    options: RunOptions
    progress: Progress
    gate: Gate
    polls: PollHold = field(default_factory=PollHold)
    # The end of everything that was not sent yet, once this provider takes nothing more: no credit, its key refused,
    # ailing for too long. Jobs it has are followed all the same.
    shut: RollEnd | None = field(default=None)
    _has_shut: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_stopping(self) -> bool:
        return self.outside.stop.is_set()

    @property
    def may_not_spend(self) -> bool:
        return self.options.no_spend and not self.manifest.free

    async def pause(self, seconds: float) -> bool:
        """False when the run is to stop."""
        return await pause(seconds, self.outside.clock, self.outside.stop)

    async def pause_before_sending(self, seconds: float) -> None:
        """Cut short when the run is to stop, or nothing can be sent any more."""
        await pause(seconds, self.outside.clock, self.outside.stop, self._has_shut)

    async def wait_at_gate(self) -> None:
        """Until a submit may go out in this very moment, or none may any more."""
        clock = self.outside.clock
        while not self.is_stopping and self.shut is None:
            seconds = self.gate.seconds_to_wait(clock.monotonic())
            if seconds <= 0:
                return
            await self.pause_before_sending(seconds)

    def shut_down(self, why: str, hint: str | None) -> None:
        """Told once, here: of the shots that wait only their number is said later."""
        if self.shut is not None:
            return
        self.shut = RollEnd(Outcome.BLOCKED, f"not sent, because {why}", hint)
        self._has_shut.set()
        self.progress.said(f"nothing more is sent to {self.manifest.title}: {why}")

    def tell(self, attempt: Attempt, state: str, detail: str = "") -> None:
        roll = f"roll {attempt.intent.roll}" if attempt.intent.roll > 1 else ""
        self.progress.shot(attempt.intent.shot, state, " ".join(part for part in (roll, detail) if part))

    def interrupted(self, attempt: Attempt | None) -> RollEnd:
        if attempt is None or not attempt.state.is_open:
            return RollEnd(Outcome.INTERRUPTED, "nothing was sent")
        return RollEnd(Outcome.INTERRUPTED, _where_it_stands(attempt), attempt=attempt.id, job=attempt.job)

    def waiting(self, attempt: Attempt, message: str) -> RollEnd:
        hint = "`framechain run` goes on with it"
        return RollEnd(Outcome.WAITING, message, hint, attempt=attempt.id, job=attempt.job)

    def ask(self, attempt: Attempt, message: str) -> RollEnd:
        hint = f"look it up at {self.manifest.title}, then {say_resolve(attempt)}"
        if not attempt.state.is_doubtful:
            lets_go = f"{say_resolve(attempt, 'abandon')} lets go of it"
            hint = f"look for it at {self.manifest.title}; {lets_go}"
        return RollEnd(Outcome.OPEN, message, hint, attempt=attempt.id, job=attempt.job)

    def failed(self, attempt: Attempt, failure: Failure) -> RollEnd:
        """By what the gateway said: a refusal of words or pictures needs other words, a failure perhaps another try."""
        message = self.quote(failure)
        if failure.kind in {FailureClass.CONTENT, FailureClass.INPUT}:
            named = f"its `{failure.input}`" if failure.input else "its words or pictures"
            return RollEnd(Outcome.REFUSED, message, f"change {named}", attempt=attempt.id)
        return RollEnd(Outcome.FAILED, message, HINTS.get(failure.kind), attempt=attempt.id)

    def quote(self, failure: Failure) -> str:
        code = "" if failure.code is None else f" ({failure.code})"
        return f"{self.manifest.title} says: {failure.message}{code}"


HINTS: Mapping[FailureClass, str] = {
    FailureClass.BALANCE: "add credit at the provider, then run again",
    FailureClass.ACCESS: "check the key and what it may do, then run again",
    FailureClass.LIMIT: "run again later, or with fewer `--jobs`",
    FailureClass.GATEWAY: "`framechain retry` makes it again",
}


def _where_it_stands(attempt: Attempt) -> str:
    if attempt.job is None:
        return "it is not known yet whether the provider took it"
    return "its job is kept at the provider"
