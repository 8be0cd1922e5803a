"""How one gateway is spoken to, as its manifest says: calls, what their answers mean, keys, and what it refuses.

The limits of its models are next door in `manifest`; here is what only a gateway with an interface has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from runner.core.canonical import Json
from runner.model.gateway import FailureClass
from runner.model.mapping import ALWAYS, Condition, Path, Spec, Way


@dataclass(frozen=True, slots=True)
class Bearer:
    """`Authorization: Bearer KEY`."""

    key: str


@dataclass(frozen=True, slots=True)
class HeaderKey:
    name: str
    prefix: str
    key: str


@dataclass(frozen=True, slots=True)
class QueryKey:
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A bearer token signed with HS256 by an access key and its secret."""

    access: str
    secret: str


# Each names the environment variables its keys stand in.
Authentication = Bearer | HeaderKey | QueryKey | SignedToken


@dataclass(frozen=True, slots=True)
class HttpCall:
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: Spec
    query: Mapping[str, Spec] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Spec | None = None


@dataclass(frozen=True, slots=True)
class AnswerTest:
    """Of one place in an answer's JSON, written as `data.videos[0].url`."""

    at: str
    values: tuple[Json, ...] = ()
    contains: tuple[str, ...] = ()
    is_present: bool | None = None


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    EXISTS = "exists"  # a job under our name is there already
    REJECTED = "rejected"  # and known to be uncharged
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    GONE = "gone"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class ChargeAt:
    """Where an answer says what was charged, and what one of its units costs."""

    at: str
    unit: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """What one kind of answer means. The first rule that fits decides; an answer that fits none is not understood."""

    verdict: Verdict
    # From, to.
    http: tuple[tuple[int, int], ...] = ((200, 299),)
    where: tuple[AnswerTest, ...] = ()
    # Where the job's id stands.
    job: str | None = None
    kind: FailureClass | None = None
    # Where to read what went wrong, the first that is there.
    message: tuple[str, ...] = ()
    code: str | None = None
    # Which field of the request was refused, if the rule knows.
    input: str | None = None
    # By name, where it stands: `url` of the clip, `id` of a voice or an element.
    result: Mapping[str, str] = field(default_factory=dict)
    charge: ChargeAt | None = None
    charged: bool | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """How one question asks about many jobs: their ids joined where one stands, each job's part in a list of them."""

    most: int
    between: str
    # Where the list stands in the answer, and the job's id in its items.
    list: str
    job: str


@dataclass(frozen=True, slots=True)
class Question:
    """A free call and what its answers mean."""

    call: HttpCall
    answers: tuple[AnswerRule, ...]
    # None: it asks about one job.
    batch: Batch | None = None
    # Where its answers repeat the id they were asked with; None where that is not known of them.
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Mentions:
    """How a prompt names who is listed beside it. None: it cannot, and a description has to do."""

    element: Spec | None = None
    voice: Spec | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a gateway finds in a prompt and does not read as words: no author's to write."""

    # In each, `#` stands for a number, and a blank for any blanks or none.
    words: tuple[str, ...]
    when: Condition
    hint: str | None


@dataclass(frozen=True, slots=True)
class OptionRule:
    """One of a task's `options`: what a gateway knows and the format has no word for."""

    schema: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of generation: what asks for it, and how it is sent."""

    name: str
    # For people: `from words`, `from a picture`.
    title: str
    # What a shot must be like to be this task.
    when: Condition
    submit: HttpCall
    mentions: Mentions
    # A JSON Schema of ours for its body, by name.
    request: str | None
    # Names of fields whose value needs no field of the body, because it is what happens anyway.
    satisfied: Condition
    options: Mapping[str, OptionRule] = field(default_factory=dict)
    # False where no recorded request proves it.
    is_proven: bool = True
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What does not go together, in the words an author reads."""

    when: Condition
    says: str
    # The field of the shot at whose line it is told.
    at: str
    hint: str
    code: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class ResourceCall:
    """How a voice or an element is made, followed, found again and removed."""

    kind: Literal["voice", "element"]
    submit: HttpCall
    answers: tuple[AnswerRule, ...]
    poll: Question
    find: Question | None
    remove: Question | None
    # Whether one that was made is still there.
    check: Question | None
    request: str | None
    # What is charged for one; None where nobody says.
    price: Decimal | None
    currency: str
    # How its sound or pictures may be given.
    ways: tuple[Way, ...] = ()
    # The shortest and the longest sample; None where nobody says.
    seconds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    # `https://api.example.com`, without a path.
    host: str
    # In order of preference.
    keys: tuple[Authentication, ...]
    tasks: Mapping[str, Task]
    # By model, then task: how the gateway spells the model there.
    spellings: Mapping[str, Mapping[str, Spec]]
    answers: tuple[AnswerRule, ...]
    poll: Question
    # Where the clip stands apart from the status.
    result: Question | None = None
    find: Question | None = None
    rules: tuple[Rule, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    resources: Mapping[str, ResourceCall] = field(default_factory=dict)
    takes_callback: bool = False


__all__ = [
    "ALWAYS",
    "AnswerRule",
    "AnswerTest",
    "Authentication",
    "Batch",
    "Bearer",
    "ChargeAt",
    "HeaderKey",
    "HttpCall",
    "Interface",
    "Mentions",
    "OptionRule",
    "Path",
    "QueryKey",
    "Question",
    "Reserved",
    "ResourceCall",
    "Rule",
    "SignedToken",
    "Task",
    "Verdict",
]
