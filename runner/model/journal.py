"""What was sent and what came back, one event at a time, appended and never changed.

An attempt is one paid call and all that follows from it; every event but the notes names its attempt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from runner.core.canonical import Digest, Json
from runner.model.gateway import Failure
from runner.model.money import Money, Price
from runner.model.request import Identity, Key, MakersPart


@dataclass(frozen=True, slots=True)
class Intended:
    """Written before the paid call. Everything a later process needs to clear it up, however that call ends."""

    attempt: str
    # Our name for the job: derived, so that two machines send the same.
    name: str
    shot: str
    profile: str | None
    key: Key
    makers_part: MakersPart
    canonical: Mapping[str, Json]
    roll: int
    model: str
    gateway: str
    endpoint: str
    account: str
    sandbox: bool
    body: Digest
    # None where the price is unknown.
    price: Price | None
    sources: Mapping[str, Identity]
    # Where the gateway is asked about the job; see `Prepared`.
    route: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WasNotSent:
    attempt: str
    cause: str


@dataclass(frozen=True, slots=True)
class WasRejected:
    attempt: str
    failure: Failure
    retry_after_seconds: float | None


@dataclass(frozen=True, slots=True)
class BecameUncertain:
    attempt: str
    cause: str
    # True when the gateway says that a job of our name is there: looked up next.
    exists: bool = False
    # True when that was so before anything was sent for the attempt: whoever made it has paid.
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class WasAccepted:
    """The gateway has it as this job. Written once more when a person says that its job is another."""

    attempt: str
    job: str


@dataclass(frozen=True, slots=True)
class HasFailed:
    attempt: str
    failure: Failure
    charged: bool | None
    charge: Money | None


@dataclass(frozen=True, slots=True)
class HasSucceeded:
    attempt: str
    result: Mapping[str, Json]
    charge: Money | None
    # What is wrong with its clip, where that came whole and is another than was asked for; a person decides then.
    unfit: str | None = None


@dataclass(frozen=True, slots=True)
class WasStored:
    """The clip's bytes and their digest are on disk."""

    attempt: str
    digest: Digest
    bytes: int
    identity: Identity


@dataclass(frozen=True, slots=True)
class WasRegistered:
    """A voice or an element is made, and known at the gateway by this id."""

    attempt: str
    id: str


@dataclass(frozen=True, slots=True)
class WasLost:
    """A voice or an element that had been made, here or elsewhere, is not there any more."""

    attempt: str


@dataclass(frozen=True, slots=True)
class WasFoundUncharged:
    """A look-up or a person says that an uncertain submit was never taken."""

    attempt: str
    by: str


@dataclass(frozen=True, slots=True)
class WasAbandoned:
    """A person let go of it: `charged` when it is booked as paid and lost."""

    attempt: str
    charged: bool


Event: TypeAlias = (
    Intended
    | WasNotSent
    | WasRejected
    | BecameUncertain
    | WasAccepted
    | HasFailed
    | HasSucceeded
    | WasStored
    | WasRegistered
    | WasLost
    | WasFoundUncharged
    | WasAbandoned
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the journal holds it."""

    number: int
    # ISO 8601, UTC, to the millisecond.
    when: str
    event: Event
