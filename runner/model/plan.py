"""What a run would do, as a value: per shot the action, its reasons by name, and the price. A test can poke it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from runner.core.canonical import Digest
from runner.model.ledger import Ledger
from runner.model.lock import Lock
from runner.model.manifest import Manifest
from runner.model.money import Price
from runner.model.request import Key, PendingKey
from runner.model.storyboard import Storyboard
from runner.model.take import Take


class Action(StrEnum):
    KEEP = "keep"
    MAKE = "make"
    RESUME = "resume"
    ATTACH = "attach"
    STALE = "stale"
    BLOCKED = "blocked"
    ASK = "ask"


WORK: Final = frozenset({Action.MAKE, Action.RESUME, Action.ATTACH})
# What is attached to may have to be sent once more.
_MAY_BE_SENT: Final = frozenset({Action.MAKE, Action.ATTACH})


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """All that a plan depends on. The same inputs give the same plan."""

    storyboard: Storyboard
    manifest: Manifest
    lock: Lock
    ledger: Ledger
    # Digests of the clips whose bytes are on this machine.
    here: frozenset[Digest]
    # Shots that may be made; None: all of them.
    only: frozenset[str] | None = None
    no_cascade: bool = False
    # Shots to make again although their take cannot be had or their last attempt failed.
    remake: frozenset[str] = frozenset()
    # Sandbox takes count only while the endpoint is overridden to one.
    sandbox: bool = False
    # Whose key is in use, where anybody has looked; None: any account's voices and elements count.
    account: str | None = None
    # Of the gateways that made the takes there are, to work their maker's parts out again; and of those that made
    # voices and elements, for whose library they belong to.
    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    # How many jobs this run may have at once; None: as many as the manifest says. Only the expected time depends on it.
    jobs: int | None = None

    @property
    def library_mates(self) -> frozenset[str]:
        """The gateways whose voices and elements are those of the plan's: itself, and those of one library with it."""
        mates = (name for name, other in self.manifests.items() if other.library == self.manifest.library)
        return frozenset({self.manifest.name, self.manifest.library, *mates})


@dataclass(frozen=True, slots=True)
class Reason:
    # Kebab-case: prompt-changed, first-frame-changed, roll-asked-for ...
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedRoll:
    """What becomes of one roll of a shot."""

    roll: int
    action: Action
    key: Key | PendingKey
    # The open attempt that `resume`, `attach` or `ask` is about.
    attempt: str | None = None
    # The stored take that `keep` keeps, or the one a stale shot has.
    take: Take | None = None


@dataclass(frozen=True, slots=True)
class PlannedShot:
    id: str
    scene: str | None
    action: Action
    reasons: tuple[Reason, ...]
    # Only what is still to be sent costs; None where the price is unknown.
    price: Price | None
    rolls: tuple[PlannedRoll, ...]
    # True when it would be made only because it chains from what was edited.
    is_cascade: bool = False
    hint: str | None = None
    # The take in use now, if any.
    take: Take | None = None

    @property
    def has_work(self) -> bool:
        """A shot is called by the worst of its rolls: one that is asked about may have others that are made."""
        return self.action in WORK or any(roll.action in WORK for roll in self.rolls)

    @property
    def sendings(self) -> int:
        """How many of its rolls may be sent, and so may cost."""
        return sum(roll.action in _MAY_BE_SENT for roll in self.rolls)


@dataclass(frozen=True, slots=True)
class Resource:
    """A voice or element to be made at the gateway first."""

    kind: str
    name: str
    action: Action
    price: Price | None


@dataclass(frozen=True, slots=True)
class Total:
    low: Decimal
    high: Decimal
    currency: str
    # How many things have no known price.
    unknown: int


@dataclass(frozen=True, slots=True)
class Plan:
    production: str
    profile: str | None
    provider: str
    # In film order.
    shots: tuple[PlannedShot, ...]
    resources: tuple[Resource, ...]
    total: Total
    # Shot ids from first to last of the chain that takes longest, of what is to be made.
    longest_chain: tuple[str, ...]
    # None where the provider's speed is unknown.
    expected_seconds: float | None
    # Every shot after what it needs: the order steps may start in.
    order: tuple[str, ...]
    # By shot: the shots it needs (chained from, or after).
    needs: Mapping[str, tuple[str, ...]]
    # Seconds of the longest way from each shot's start to the film's end: who goes first.
    weights: Mapping[str, float]

    def shot(self, shot_id: str) -> PlannedShot:
        return next(shot for shot in self.shots if shot.id == shot_id)

    @property
    def has_work(self) -> bool:
        return any(shot.has_work for shot in self.shots)

    @property
    def may_cost(self) -> bool:
        """True when something may be sent whose price is more than nothing, or unknown."""
        sent = [shot.price for shot in self.shots if shot.sendings]
        sent += [resource.price for resource in self.resources if resource.action in _MAY_BE_SENT]
        return any(price is None or price.high > 0 for price in sent)
