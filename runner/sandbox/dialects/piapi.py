"""How PiAPI speaks: one path for tasks of every kind, an envelope round each answer. What it takes: `piapi_rules`.

The codes of its errors are not known: the envelope's `code` is the HTTP status, a task's own error is 10000.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import uuid4

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
from runner.sandbox.dialects.bodies import flag_in, text_in
from runner.sandbox.dialects.fields import Body, Fault
from runner.sandbox.dialects.piapi_rules import TASKS, Task, task_of
from runner.sandbox.dialects.tokens import has_good_key, print_moment

_PATH: Final = "/api/v1/task"
_STATUS: Final[Mapping[Phase, str]] = {
    Phase.SUBMITTED: "pending",
    Phase.PROCESSING: "processing",
    Phase.SUCCEEDED: "completed",
    Phase.FAILED: "failed",
    Phase.DELETED: "failed",
}
_REFUSALS: Final[Mapping[RefusalKind, tuple[int, str]]] = {
    RefusalKind.TOO_FAST: (429, "too many requests"),
    RefusalKind.TOO_MANY: (429, "too many concurrent tasks"),
    RefusalKind.NO_BALANCE: (402, "insufficient credits"),
    RefusalKind.SERVER_ERROR: (500, "internal server error"),
    RefusalKind.BAD_GATEWAY: (502, "bad gateway"),
    RefusalKind.UNAVAILABLE: (503, "service unavailable"),
    RefusalKind.TIMED_OUT: (504, "gateway timeout"),
    RefusalKind.NAME_TAKEN: (409, "conflict"),
    RefusalKind.NO_SUCH_JOB: (404, "task not found"),
    RefusalKind.NO_SUCH_PATH: (404, "not found"),
    RefusalKind.PRODUCT_GONE: (404, "not found"),
    RefusalKind.MODERATION: (400, "the prompt contains prohibited content"),
}
_FAILURES: Final[Mapping[FailureKind, str]] = {
    FailureKind.MODERATION: "Failure to pass the risk control system",
    FailureKind.BAD_PICTURE: "The resolution or aspect ratio of the input image is invalid",
    FailureKind.UPSTREAM: "The task failed at the upstream",
}
_NO_MOMENT: Final = "0001-01-01T00:00:00Z"
# Points of the account: one US dollar is ten million of them in the documented sample of a usage (2800000 for $0.28).
_POINTS_A_DOLLAR: Final = 10_000_000


class Piapi:
    @property
    def name(self) -> str:
        return "piapi"

    @property
    def operations(self) -> Sequence[Operation]:
        return (
            Operation(OperationKind.CREATE, "POST", _PATH, "task"),
            Operation(OperationKind.POLL, "GET", f"{_PATH}/{{id}}", "task"),
        )

    def make_id(self) -> str:
        return str(uuid4())

    def authorize(self, call: Call, now: float) -> Reply | None:  # noqa: ARG002  # keys here never end
        return None if has_good_key(call.headers, "x-api-key") else _refused(401, "invalid API key")

    def read(self, call: Call, strictness: Strictness) -> Reading:
        body = call.body
        task = task_of(body)
        faults = list(task.body.find_faults(body, (), strictness))
        if not faults and isinstance(body, Mapping):
            wanted = body["input"]
            assert isinstance(wanted, Mapping)  # noqa: S101  # its kind was checked above
            wanted = task.input.keep_given(wanted)
            faults = task.find_conflicts(wanted, strictness)
            if not faults:
                return _want(task, body, wanted)
        return _refused(400, _say(faults))

    def accept(self, call: Call, job: Job) -> Reply:  # noqa: ARG002  # the answer is the job alone
        return _enveloped(job)

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:  # noqa: ARG002  # there is one way to ask
        return _enveloped(jobs[0]) if jobs else self.refuse(RefusalKind.NO_SUCH_JOB)

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        return (call.places["id"],), ()

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:  # noqa: ARG002  # a cancel exists, but not how it is asked
        return self.refuse(RefusalKind.NO_SUCH_PATH)

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        status, text = _REFUSALS[kind]
        return _refused(status, f"{text}: {detail}" if detail else text)

    @property
    def errors(self) -> Collection[str]:
        """No page lists any."""
        return ()

    def answer_error(self, error: str) -> Reply:
        raise KeyError(error)

    def callback_body(self, job: Job) -> Json:
        """The pages do not print it; the envelope's content with the moment is taken."""
        return {"timestamp": job.updated // 1000, "data": _show_job(job)}


def _want(task: Task, body: Body, wanted: Body) -> Wanted:
    settings = body.get("config")
    hook = settings.get("webhook_config") if isinstance(settings, Mapping) else None
    return Wanted(
        product="video",
        price=task.price_of(wanted),
        seconds=task.seconds_of(wanted),
        mode=task.mode_of(wanted),
        has_sound=flag_in(wanted, "enable_audio", default=False),
        aspect_ratio=text_in(wanted, "aspect_ratio"),
        first_frame=text_in(wanted, "image_url"),
        last_frame=text_in(wanted, "image_tail_url"),
        callback_url=text_in(hook, "endpoint") if isinstance(hook, Mapping) else None,
        echo={
            "model": body["model"],
            "task_type": body["task_type"],
            "input": wanted,
            "config": settings if settings is not None else {},
        },
    )


def _show_job(job: Job) -> dict[str, Json]:
    failed = job.phase in {Phase.FAILED, Phase.DELETED}
    text = _FAILURES[job.failure or FailureKind.UPSTREAM] if failed else ""
    points = int((job.wanted.price or 0) * _POINTS_A_DOLLAR)
    has_ended = job.phase not in {Phase.SUBMITTED, Phase.PROCESSING}
    return {
        "task_id": job.id,
        "model": job.wanted.echo["model"],
        "task_type": job.wanted.echo["task_type"],
        "status": job.odd_word or _STATUS[job.phase],
        "config": job.wanted.echo["config"],
        "input": job.wanted.echo["input"],
        "output": _show_output(job),
        "meta": {
            "created_at": print_moment(job.created),
            "started_at": _NO_MOMENT if job.phase is Phase.SUBMITTED else print_moment(job.created),
            "ended_at": print_moment(job.updated) if has_ended else _NO_MOMENT,
            "usage": {"type": "point", "frozen": 0 if has_ended else points, "consume": 0 if failed else points},
        },
        "detail": None,
        "logs": [],
        "error": {"code": 10000 if failed else 0, "raw_message": text, "message": text, "detail": None},
    }


def _show_output(job: Job) -> dict[str, Json] | None:
    """Both forms the pages have, since which version answers in which is not said; of 3.0 Omni there is only one."""
    if TASKS[str(job.wanted.echo["task_type"])].is_bare:
        return {"video": job.url if job.phase is Phase.SUCCEEDED else ""}
    if job.phase is not Phase.SUCCEEDED:
        return None
    video: dict[str, Json] = {
        "resource": job.url,
        "resource_without_watermark": job.url,
        "duration": int(float(job.length or job.wanted.seconds) * 1000),
    }
    return {"video": job.url, "works": [{"status": 99, "type": "m2v_video", "video": video}]}


def _enveloped(job: Job) -> Reply:
    return Reply(200, {"code": 200, "data": _show_job(job), "message": "success"})


def _refused(status: int, message: str) -> Reply:
    error: dict[str, Json] = {"code": 10000, "raw_message": message, "message": message, "detail": None}
    return Reply(status, {"code": status, "data": {"task_id": "", "status": "", "error": error}, "message": message})


def _say(faults: Sequence[Fault]) -> str:
    return "; ".join(f"{fault.place}: {fault.text}" if fault.where else fault.text for fault in faults)
