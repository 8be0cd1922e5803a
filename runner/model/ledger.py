"""The journal folded: where each attempt stands. This is the truth about money."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runner.core.canonical import Digest, Json
from runner.model.gateway import Failure
from runner.model.journal import Intended
from runner.model.money import Money
from runner.model.request import Identity, Key
from runner.model.resource import RESOURCE


class AttemptState(StrEnum):
    INTENDED = "intended"  # no answer on disk: a kill
    NOT_SENT = "not-sent"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    STORED = "stored"
    REGISTERED = "registered"  # a voice or an element: it is made and has its id
    LOST = "lost"  # and was removed at the gateway since
    UNCHARGED = "uncharged"
    ABANDONED = "abandoned"

    @property
    def is_open(self) -> bool:
        """It belongs to its gateway, endpoint and account; its shot is submitted nowhere else."""
        return self in _OPEN

    @property
    def is_doubtful(self) -> bool:
        return self in {AttemptState.INTENDED, AttemptState.UNCERTAIN}


_OPEN = frozenset({AttemptState.INTENDED, AttemptState.UNCERTAIN, AttemptState.ACCEPTED, AttemptState.SUCCEEDED})


@dataclass(frozen=True, slots=True)
class Attempt:
    intent: Intended
    state: AttemptState
    # Of the intent, and of the last event.
    intended: str
    changed: str
    # The order of its intent in the journal.
    number: int
    job: str | None = None
    result: Mapping[str, Json] | None = None
    failure: Failure | None = None
    retry_after_seconds: float | None = None
    # Of a failed or abandoned attempt, and of one attached to what was paid for before it; None where nobody knows.
    charged: bool | None = None
    charge: Money | None = None
    digest: Digest | None = None
    # How long its clip's file is.
    bytes: int | None = None
    identity: Identity | None = None
    cause: str | None = None
    # What is wrong with the clip of its job; it is not fetched again until a person has decided.
    unfit: str | None = None
    # Of a voice or an element; empty for a clip.
    result_id: str = ""

    @property
    def id(self) -> str:
        return self.intent.attempt

    @property
    def is_resource(self) -> bool:
        """A voice or an element, which are the account's: another production may have made it, or removed it."""
        return self.intent.canonical.get("medium") == RESOURCE


@dataclass(frozen=True, slots=True)
class Ledger:
    # By attempt id, in the order of their intents.
    attempts: Mapping[str, Attempt] = field(default_factory=dict)

    def of_key(self, key: Key) -> tuple[Attempt, ...]:
        return tuple(attempt for attempt in self.attempts.values() if attempt.intent.key == key)

    @property
    def open_attempts(self) -> tuple[Attempt, ...]:
        return tuple(attempt for attempt in self.attempts.values() if attempt.state.is_open)
