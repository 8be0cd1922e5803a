"""The port to whoever makes clips, and every answer it may give. Money hangs on these words: see docs/money.md.

A gateway says what happened and never decides what to do about it; it never sends anything twice by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from runner.core.canonical import Digest, Json
from runner.model.money import Money
from runner.model.request import Request


class FailureClass(StrEnum):
    CONTENT = "content"  # a policy refused the words or a picture
    INPUT = "input"  # the request itself is wrong
    BALANCE = "balance"
    LIMIT = "limit"  # too many at once, or too fast: later
    ACCESS = "access"  # the key, or its rights
    GATEWAY = "gateway"  # a fault on their side
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Failure:
    kind: FailureClass
    message: str
    code: str | None = None
    # Which input was refused, where the gateway says so: a field of the request.
    input: str | None = None


# --- answers to a submit -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    job: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing reached the gateway."""

    cause: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal that is known to be uncharged."""

    failure: Failure
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AlreadyExists:
    """A job under our name is there already."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have been charged, or not."""

    cause: str


SubmitAnswer: TypeAlias = Accepted | NotSent | Rejected | AlreadyExists | Uncertain

# --- what a job is doing -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Running:
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    # What `fetch` needs: opaque here, written down as it is.
    result: Mapping[str, Json]
    charge: Money | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    failure: Failure
    # None where the gateway does not say.
    charged: bool | None
    charge: Money | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer we cannot interpret, or none: no verdict on the job, which is kept."""

    cause: str
    # How long the gateway asks to be left alone.
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The gateway does not know this job (any more)."""


JobState: TypeAlias = Running | Succeeded | Failed | Unreadable | Gone

# --- looking a job up by our name -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    job: str
    state: JobState


@dataclass(frozen=True, slots=True)
class NotFound:
    pass


@dataclass(frozen=True, slots=True)
class LookupFailed:
    cause: str
    # True where this gateway has no look-up at all: asking once more is of no use.
    is_final: bool = False


FindAnswer: TypeAlias = Found | NotFound | LookupFailed

# --- fetching a result ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetched:
    pass


@dataclass(frozen=True, slots=True)
class LinkExpired:
    pass


@dataclass(frozen=True, slots=True)
class FetchFailed:
    cause: str


FetchAnswer: TypeAlias = Fetched | LinkExpired | FetchFailed


# --- before a submit ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prepared:
    # Of what would be sent; recorded, never compared.
    body: Digest
    # What asking about the job will need, beside its id: written down with the intent, so that a later version of us,
    # or of the manifest, asks at the place where the job was taken.
    route: Mapping[str, str]


class CannotAsk(Exception):
    """The request cannot be put into this gateway's words: nothing is sent. `hint` mends it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Gateway(Protocol):
    """One provider at one endpoint under one account."""

    @property
    def name(self) -> str: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def account(self) -> str:
        """A fingerprint of the key in use; empty where there is none."""
        ...

    @property
    def sandbox(self) -> bool:
        """True when the endpoint has been overridden to a double."""
        ...

    def prepare(self, request: Request, name: str) -> Prepared:
        """Puts together what would be sent; CannotAsk where that cannot be done. Blocking: it reads pictures."""
        ...

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        """The one paid call. `name` is ours for the job, sent where the gateway takes one."""
        ...

    async def find(self, name: str, route: Mapping[str, str]) -> FindAnswer: ...
    async def poll(self, job: str, route: Mapping[str, str]) -> JobState: ...
    async def fetch(self, job: str, result: Mapping[str, Json], into: Path) -> FetchAnswer:
        """Writes the finished clip to `into`."""
        ...

    async def release(self, job: str) -> None:
        """The take is stored: whatever the gateway holds on this machine for the job may go."""
        ...

    async def close(self) -> None: ...
