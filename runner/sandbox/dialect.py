"""How one gateway speaks: what a dialect reads in a call, and how it words each answer. No socket or clock here.

The house around it (`house`) keeps jobs, charges, faults and clips, and asks the dialect for words. A dialect is
written from the gateway's documentation and knows nothing of our manifests, so that a mistake in one of them shows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from runner.core.canonical import Json


class Strictness(StrEnum):
    # Follows the vendor's capability map to the letter.
    STRICT = "strict"
    # Takes what the vendors' own pages and clients send, contradictions included.
    LENIENT = "lenient"


class OperationKind(StrEnum):
    CREATE = "create"
    POLL = "poll"
    RESULT = "result"  # where the clip stands apart from the status
    FIND = "find"  # by our own name for the job
    LIST = "list"
    CANCEL = "cancel"
    DELETE = "delete"
    OTHER = "other"  # presets, balances


@dataclass(frozen=True, slots=True)
class Operation:
    kind: OperationKind
    method: Literal["GET", "POST", "PUT", "DELETE"]
    # With `{names}` as in a route table.
    path: str
    # What the dialect calls it: `image2video`, `custom-voices`.
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    operation: Operation
    # The values of the path's `{names}`.
    places: Mapping[str, str]
    query: Mapping[str, str]
    # Names in lower case.
    headers: Mapping[str, str]
    # None where there is no body.
    body: Json
    # False where a body came that is not JSON.
    is_json: bool
    # `http://127.0.0.1:9100`: as the caller wrote it, for the addresses in answers.
    origin: str
    # Of the body's bytes, as they came.
    wire: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a valid create asks for. Pictures are as they came: raw base64, a data URI or a URL."""

    product: Literal["video", "voice", "element"]
    # What would be charged; None where the vendor names no price.
    price: Decimal | None
    currency: str = "USD"
    seconds: int = 0
    mode: str = "std"
    has_sound: bool = False
    aspect_ratio: str | None = None
    first_frame: str | None = None
    last_frame: str | None = None
    # The caller's own name for the job; unique per account where the gateway says so.
    external_id: str | None = None
    callback_url: str | None = None
    has_watermark: bool = False
    # Ids of voices and elements it names: one that was made here and is deleted cannot be used.
    uses: Sequence[str] = ()
    # What answers repeat: the voice's name, the model, the size, whatever the dialect wants to see again.
    echo: Mapping[str, Json] = field(default_factory=dict)


class Phase(StrEnum):
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DELETED = "deleted"  # a voice or an element that is gone


class FailureKind(StrEnum):
    """Why a job failed after it had been taken."""

    MODERATION = "moderation"
    BAD_PICTURE = "bad picture"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands at the moment of asking."""

    id: str
    operation: Operation
    wanted: Wanted
    phase: Phase
    # Milliseconds since 1970.
    created: int
    updated: int
    # Of the finished clip; the id of a finished voice or element is `product_id`.
    url: str | None = None
    # The clip's real length, as vendors print it: "5.041".
    length: str | None = None
    product_id: str | None = None
    failure: FailureKind | None = None
    # A status word nobody documented, when a fault script asks for one: to be shown instead of the right one.
    odd_word: str | None = None


class RefusalKind(StrEnum):
    """What the house itself refuses, in the dialect's words."""

    TOO_FAST = "too fast"
    TOO_MANY = "too many"
    NO_BALANCE = "no balance"
    SERVER_ERROR = "server error"  # 500
    BAD_GATEWAY = "bad gateway"  # 502
    UNAVAILABLE = "unavailable"  # 503
    TIMED_OUT = "timed out"  # 504
    NAME_TAKEN = "name taken"  # the external id is there already
    NO_SUCH_JOB = "no such job"
    NO_SUCH_PATH = "no such path"
    MODERATION = "moderation"  # refused at once, uncharged
    PRODUCT_GONE = (
        "product gone"  # a voice or an element that was deleted; only for what sets `Wanted.uses` or has deletes
    )


# A call is taken or answered with a refusal.
Reading: TypeAlias = Wanted | Reply


class Dialect(Protocol):
    @property
    def name(self) -> str:
        """As charges name it: `kling`, `mule`, `fal`."""
        ...

    @property
    def operations(self) -> Sequence[Operation]: ...

    def authorize(self, call: Call, now: float) -> Reply | None:
        """A refusal, or None when the key is good. `now` in seconds since 1970."""
        ...

    def read(self, call: Call, strictness: Strictness) -> Reading:
        """Validates a create as the gateway does. Empty strings are absent where its own samples send them."""
        ...

    def accept(self, call: Call, job: Job) -> Reply: ...

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:
        """Answers poll, result, find and list; `jobs` are those the call names (see `job_ids`), in its order."""
        ...

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        """What a poll, result, find, cancel or delete names: job or product ids, and external ids."""
        ...

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:
        """Presets, deletes, cancels, balances. For a delete the house has marked the job already."""
        ...

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply: ...

    @property
    def errors(self) -> Collection[str]:
        """What its pages list as errors of a call, by the code or status they list them under."""
        ...

    def answer_error(self, error: str) -> Reply:
        """One of `errors`, in its words."""
        ...

    def callback_body(self, job: Job) -> Json:
        """What is POSTed to a callback URL at each change; None where the gateway has none."""
        ...


# What only some dialects have beyond that; the house asks whether they do.


@runtime_checkable
class MakesIds(Protocol):
    """Its ids look like the gateway's. Without it the house makes some of its own."""

    def make_id(self) -> str: ...


@runtime_checkable
class TellsAccounts(Protocol):
    """Several keys, or tokens that change, are one account. Without it each key is one."""

    def account_of(self, call: Call) -> str: ...


@runtime_checkable
class RefusesNamesTwice(Protocol):
    """An external id that an account has used is refused."""

    @property
    def refuses_names_twice(self) -> Literal[True]: ...


@runtime_checkable
class SharesJobs(Protocol):
    """Dialects of one house see each other's jobs: an older and a newer interface of one gateway."""

    @property
    def house(self) -> str: ...
