"""Where a production stands, shot by shot, as `status` tells it. What a run would do about it is for the plan."""

from dataclasses import dataclass
from enum import StrEnum

from runner.core.canonical import Digest
from runner.model.money import Money, Price
from runner.model.plan import Action, PlannedShot


class ShotState(StrEnum):
    CURRENT = "current"  # its take is what the storyboard asks for
    NEVER_MADE = "never-made"
    OUTDATED = "outdated"  # has a take, and the storyboard asks for another
    STALE = "stale"  # the same, and it is left so on purpose
    MISSING = "missing"  # has a take whose clip is not on this machine
    RUNNING = "running"  # a job of it runs, or has ended, at the provider
    UNANSWERED = "unanswered"  # a submit got no answer; the next run clears it up
    OPEN = "open"  # only a person can say
    FAILED = "failed"
    REFUSED = "refused"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class ShotStatus:
    id: str
    scene: str | None
    state: ShotState
    # The take in use: its name, the digest of its clip's bytes on this machine, and where that clip lies.
    take: str | None
    digest: Digest | None
    path: str | None
    # How many takes the shot has, and how many rolls the storyboard asks for.
    takes: int
    rolls: int
    # The first reason why it is not current; empty when it is.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A paid call whose end is not known, or whose clip is still to be fetched."""

    shot: str
    # A state of the ledger: `accepted`, `uncertain` ...
    state: str
    gateway: str
    job: str | None
    # ISO 8601, of its intent.
    since: str
    # What it may cost; None where nobody knows.
    price: Price | None


@dataclass(frozen=True, slots=True)
class Status:
    production: str
    title: str
    profile: str | None
    provider: str
    # Where journal, takes and frames lie on this machine.
    data: str
    # In film order.
    shots: tuple[ShotStatus, ...]
    open_attempts: tuple[OpenAttempt, ...] = ()
    # How many of those only a person can say the end of.
    questions: int = 0
    # Over all runs; uncertain attempts at their high price. One entry a currency.
    spent: tuple[Money, ...] = ()
    # How many submits may have cost what nobody knows.
    unpriced: int = 0
    # A sandbox answers in the provider's place, and what it charged is in `spent`.
    sandbox: bool = False
    budget: Money | None = None
    # The film as it was last cut, if it was.
    film: str | None = None

    def count(self, state: ShotState) -> int:
        return sum(shot.state is state for shot in self.shots)


_STATES = {
    Action.KEEP: ShotState.CURRENT,
    Action.STALE: ShotState.STALE,
    Action.RESUME: ShotState.RUNNING,
    Action.ATTACH: ShotState.UNANSWERED,
    Action.ASK: ShotState.OPEN,
}
# What the code of a reason says of a shot that is to be made or cannot be.
_STATES_BY_REASON = {
    "failed": ShotState.FAILED,
    "refused": ShotState.REFUSED,
    "take-missing": ShotState.MISSING,
    "clip-not-here": ShotState.MISSING,
}


def state_of(planned: PlannedShot) -> ShotState:
    """The state a shot is in, from what the plan says must be done about it."""
    if planned.action in _STATES:
        return _STATES[planned.action]
    for reason in planned.reasons:
        if reason.code in _STATES_BY_REASON:
            return _STATES_BY_REASON[reason.code]
    if planned.action is Action.BLOCKED:
        return ShotState.BLOCKED
    return ShotState.NEVER_MADE if planned.take is None else ShotState.OUTDATED
