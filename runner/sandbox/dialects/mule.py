"""How MuleRun and MuleRouter speak: one interface on two hosts. What they take is in `mule_tasks`.

The body of a refused call is nowhere printed: `{"detail": …}` is what both vendors' clients read first.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from runner.core.canonical import Json
from runner.sandbox.dialect import (
    Call,
    FailureKind,
    Job,
    Operation,
    OperationKind,
    Phase,
    Reading,
    RefusalKind,
    Reply,
    Strictness,
    Wanted,
)
from runner.sandbox.dialects.bodies import text_in, whole_in
from runner.sandbox.dialects.fields import Body
from runner.sandbox.dialects.mule_tasks import TASKS, Task
from runner.sandbox.dialects.tokens import has_good_key, print_moment

_ROOT: Final = "/vendors/klingai/v1/"


class StatusWords(StrEnum):
    # MuleRun's pages and the pages of the endpoints: pending, processing, completed, failed.
    PENDING = "pending"
    # MuleRouter's page on asynchronous tasks: queued, running, succeeded, failed.
    QUEUED = "queued"


_WORDS: Final[Mapping[StatusWords, Mapping[Phase, str]]] = {
    StatusWords.PENDING: {
        Phase.SUBMITTED: "pending",
        Phase.PROCESSING: "processing",
        Phase.SUCCEEDED: "completed",
    },
    StatusWords.QUEUED: {
        Phase.SUBMITTED: "queued",
        Phase.PROCESSING: "running",
        Phase.SUCCEEDED: "succeeded",
    },
}

_REFUSALS: Final[Mapping[RefusalKind, tuple[int, str]]] = {
    RefusalKind.TOO_FAST: (429, "Rate limit exceeded"),
    RefusalKind.TOO_MANY: (429, "Quota exceeded: too many tasks at once"),
    RefusalKind.NO_BALANCE: (402, "Insufficient balance or subscription"),
    RefusalKind.SERVER_ERROR: (500, "Internal server error"),
    RefusalKind.BAD_GATEWAY: (502, "Bad gateway"),
    RefusalKind.UNAVAILABLE: (503, "Service unavailable"),
    RefusalKind.TIMED_OUT: (504, "Gateway timeout"),
    RefusalKind.NAME_TAKEN: (409, "Conflict"),
    RefusalKind.NO_SUCH_JOB: (404, "Task not found"),
    RefusalKind.NO_SUCH_PATH: (404, "Not found"),
    RefusalKind.PRODUCT_GONE: (404, "Not found"),
    RefusalKind.MODERATION: (451, "The prompt contains prohibited content"),
}

# The page of errors lists HTTP codes; what they stand beside there, for the lack of a printed body.
_ERRORS: Final[Mapping[str, str]] = {
    "400": "Bad request",
    "401": "Invalid or missing API key",
    "402": "Insufficient balance or subscription",
    "403": "Forbidden",
    "404": "Not found",
    "405": "Method not allowed",
    "409": "Conflict",
    "423": "Locked",
    "429": "Rate limit, quota or daily spend limit exceeded",
    "451": "Unavailable for legal reasons",
    "500": "Internal server error",
    "502": "Bad gateway",
}
_FAILURES: Final[Mapping[FailureKind, tuple[int, str, str]]] = {
    FailureKind.MODERATION: (400, "Invalid Request", "The prompt contains prohibited content"),
    FailureKind.BAD_PICTURE: (400, "Invalid Request", "The resolution or aspect ratio of the input image is invalid"),
    # 3001 to 3005: the upstream could not complete the task.
    FailureKind.UPSTREAM: (3001, "Task Execution Error", "The upstream provider could not complete the task"),
}


class Mule:
    def __init__(self, words: StatusWords = StatusWords.PENDING) -> None:
        self._words = _WORDS[words]
        self._operations = tuple(_operations())

    @property
    def name(self) -> str:
        return "mule"

    @property
    def operations(self) -> Sequence[Operation]:
        return self._operations

    def make_id(self) -> str:
        return str(uuid4())

    def authorize(self, call: Call, now: float) -> Reply | None:  # noqa: ARG002  # keys here never end
        if has_good_key(call.headers, "authorization", "Bearer"):
            return None
        return _refused(401, "Invalid or missing API key")

    def read(self, call: Call, strictness: Strictness) -> Reading:
        task = TASKS[call.operation.name]
        if not isinstance(call.body, Mapping):
            return _refused(400, "the body must be a JSON object")
        complaints = list(task.find_complaints(call.body, strictness))
        return _refused(400, "; ".join(complaints)) if complaints else _want(task, task.fields.keep_given(call.body))

    def accept(self, call: Call, job: Job) -> Reply:  # noqa: ARG002  # the answer is the job alone
        return Reply(202, {"task_info": self._task_info(job)}, _trace(job))

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:
        # A task is found below the path it was made at, nowhere else.
        found = [job for job in jobs if job.operation.name == call.operation.name]
        if not found:
            return self.refuse(RefusalKind.NO_SUCH_JOB)
        job = found[0]
        body: dict[str, Json] = {"task_info": self._task_info(job)}
        if job.phase is Phase.SUCCEEDED and job.url is not None:
            body["videos"] = [job.url]
        return Reply(200, body, _trace(job))

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        return (call.places["id"],), ()

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:  # noqa: ARG002  # there is nothing else to ask
        return self.refuse(RefusalKind.NO_SUCH_PATH)

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        status, text = _REFUSALS[kind]
        return _refused(status, f"{text}: {detail}" if detail else text)

    @property
    def errors(self) -> Collection[str]:
        return _ERRORS.keys()

    def answer_error(self, error: str) -> Reply:
        return _refused(int(error), _ERRORS[error])

    def callback_body(self, job: Job) -> Json:  # noqa: ARG002  # no callbacks are documented
        return None

    def _task_info(self, job: Job) -> dict[str, Json]:
        failed = job.phase in {Phase.FAILED, Phase.DELETED}
        info: dict[str, Json] = {
            "id": job.id,
            "status": job.odd_word or ("failed" if failed else self._words[job.phase]),
            "created_at": print_moment(job.created),
            "updated_at": print_moment(job.updated),
        }
        if failed:
            code, title, detail = _FAILURES[job.failure or FailureKind.UPSTREAM]
            info["error"] = {"code": code, "title": title, "detail": detail}
        return info


def _operations() -> list[Operation]:
    made = []
    for name, task in TASKS.items():
        path = f"{_ROOT}{task.path}"
        made.append(Operation(OperationKind.CREATE, "POST", path, name))
        made.append(Operation(OperationKind.POLL, "GET", f"{path}/{{id}}", name))
    return made


def _want(task: Task, body: Body) -> Wanted:
    return Wanted(
        product="video",
        # Neither site names a price for Kling.
        price=None,
        seconds=whole_in(body, "duration", 5),
        mode=text_in(body, "mode") or task.default_mode,
        has_sound=body.get("sound") == "on",
        aspect_ratio=text_in(body, "aspect_ratio") or task.default_ratio,
        first_frame=text_in(body, task.first),
        last_frame=text_in(body, task.last),
    )


def _refused(status: int, detail: str) -> Reply:
    return Reply(status, {"detail": detail})


def _trace(job: Job) -> dict[str, str]:
    """The header that names the request, as their support asks for it."""
    trace = uuid5(NAMESPACE_URL, job.id).hex
    return {"traceparent": f"00-{trace}-{trace[:16]}-01"}
