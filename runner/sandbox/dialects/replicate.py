"""How Replicate speaks: predictions of models by `kwaivgi`. The models' inputs are in `replicate_models`.

Everything about a prediction but its being there is removed an hour after it ended.
"""

from collections.abc import Collection, Mapping, Sequence
from secrets import choice
from typing import Final

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
from runner.sandbox.dialects.bodies import flag_in, text_in, whole_in
from runner.sandbox.dialects.fields import Body, Fault, FaultKind
from runner.sandbox.dialects.replicate_models import CALL, MODELS, Model, find_conflicts
from runner.sandbox.dialects.tokens import has_good_key, print_moment

_PREDICTION: Final = "/v1/predictions/{id}"
_KEPT_SECONDS: Final = 3600
_STATUS: Final[Mapping[Phase, str]] = {
    Phase.SUBMITTED: "starting",
    Phase.PROCESSING: "processing",
    Phase.SUCCEEDED: "succeeded",
    Phase.FAILED: "failed",
    Phase.DELETED: "canceled",
}
_TYPES: Final[Mapping[FaultKind, str]] = {
    FaultKind.MISSING: "required",
    FaultKind.UNKNOWN: "additional_property_not_allowed",
    FaultKind.TYPE: "invalid_type",
    FaultKind.VALUE: "enum",
    FaultKind.PICTURE: "format",
}
# Title and detail by HTTP status: of its page on limits, and of answers that its users recorded.
_ERRORS: Final[Mapping[str, tuple[str, str]]] = {
    "401": ("Unauthenticated", "You did not pass a valid authentication token"),
    "402": ("Insufficient credit", "You have insufficient credit to run this model."),
    "404": ("Not found", "The requested resource could not be found."),
    "422": ("Input validation failed", "- input.prompt: is required\n"),
    "429": ("Too many requests", "Request was throttled. Your rate limit resets in ~30s."),
}
_REFUSALS: Final[Mapping[RefusalKind, tuple[int, str, str]]] = {
    RefusalKind.TOO_FAST: (429, "Too many requests", "Request was throttled. Expected available in 1 second."),
    RefusalKind.TOO_MANY: (429, "Too many requests", "Request was throttled. Too many predictions at once."),
    RefusalKind.NO_BALANCE: (402, "Insufficient credit", "You have insufficient credit to run this model."),
    RefusalKind.SERVER_ERROR: (500, "Internal server error", "An internal error occurred."),
    RefusalKind.BAD_GATEWAY: (502, "Bad gateway", "The upstream gave no valid answer."),
    RefusalKind.UNAVAILABLE: (503, "Service unavailable", "The service is temporarily unavailable."),
    RefusalKind.TIMED_OUT: (504, "Gateway timeout", "The request timed out."),
    RefusalKind.NAME_TAKEN: (409, "Conflict", "The request conflicts with another."),
    RefusalKind.NO_SUCH_JOB: (404, "Not found", "The requested resource could not be found."),
    RefusalKind.NO_SUCH_PATH: (404, "Not found", "The requested resource could not be found."),
    RefusalKind.PRODUCT_GONE: (404, "Not found", "The requested resource could not be found."),
    RefusalKind.MODERATION: (422, "Content flagged", "The input was flagged as sensitive."),
}
_FAILURES: Final[Mapping[FailureKind, str]] = {
    FailureKind.MODERATION: "The input or output was flagged as sensitive. Please try again with different inputs.",
    FailureKind.BAD_PICTURE: "The resolution or aspect ratio of the input image is invalid.",
    FailureKind.UPSTREAM: "Prediction failed: the upstream could not complete the task.",
}


class Replicate:
    """`authorize` alone is told the time: it is kept, for what is removed after an hour."""

    def __init__(self) -> None:
        self._now = 0.0

    @property
    def name(self) -> str:
        return "replicate"

    @property
    def operations(self) -> Sequence[Operation]:
        create = "/v1/models/kwaivgi/{model}/predictions"
        return (
            Operation(OperationKind.CREATE, "POST", create, "predictions"),
            Operation(OperationKind.POLL, "GET", _PREDICTION, "prediction"),
            Operation(OperationKind.CANCEL, "POST", f"{_PREDICTION}/cancel", "cancel"),
        )

    def make_id(self) -> str:
        return "".join(choice("abcdefghjkmnpqrstvwxyz0123456789") for _ in range(26))

    def authorize(self, call: Call, now: float) -> Reply | None:
        self._now = now
        # `Token` is what their older clients send.
        if any(has_good_key(call.headers, "authorization", scheme) for scheme in ("Bearer", "Token")):
            return None
        return self.answer_error("401")

    def read(self, call: Call, strictness: Strictness) -> Reading:
        model = MODELS.get(call.places["model"])
        if model is None:
            return self.refuse(RefusalKind.NO_SUCH_PATH)
        if not isinstance(call.body, Mapping):
            return _invalid([Fault(FaultKind.TYPE, (), "must be a JSON object")])
        # Misspelt names beside `input` are refused by the real one too; those within it only by the strict one here.
        faults = list(CALL.find_faults(call.body, (), Strictness.STRICT))
        if faults:
            return _invalid(faults)
        body = call.body["input"]
        assert isinstance(body, Mapping)  # noqa: S101  # its kind was checked above
        faults = list(model.fields.find_faults(body, ("input",), strictness)) or find_conflicts(model, body)
        return _invalid(faults) if faults else _want(model, body, call.body, call.origin)

    def accept(self, call: Call, job: Job) -> Reply:  # noqa: ARG002  # the answer is the job alone
        return Reply(201, self._show_job(job))

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:  # noqa: ARG002  # there is one way to ask
        return Reply(200, self._show_job(jobs[0])) if jobs else self.refuse(RefusalKind.NO_SUCH_JOB)

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        return (call.places["id"],), ()

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:
        if call.operation.kind is not OperationKind.CANCEL:
            return self.refuse(RefusalKind.NO_SUCH_PATH)
        if not jobs:
            return self.refuse(RefusalKind.NO_SUCH_JOB)
        shown = self._show_job(jobs[0])
        if jobs[0].phase in {Phase.SUBMITTED, Phase.PROCESSING}:
            shown["status"] = _STATUS[Phase.DELETED]
        return Reply(200, shown)

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        status, title, text = _REFUSALS[kind]
        return _problem(status, title, f"{text} {detail}".rstrip())

    @property
    def errors(self) -> Collection[str]:
        return _ERRORS.keys()

    def answer_error(self, error: str) -> Reply:
        return _problem(int(error), *_ERRORS[error])

    def callback_body(self, job: Job) -> Json:
        return self._show_job(job)

    def _show_job(self, job: Job) -> dict[str, Json]:
        has_ended = job.phase not in {Phase.SUBMITTED, Phase.PROCESSING}
        is_removed = has_ended and self._now - job.updated / 1000 > _KEPT_SECONDS
        root = f"{job.wanted.echo['origin']}{_PREDICTION.format(id=job.id)}"
        is_done = job.phase is Phase.SUCCEEDED and not is_removed
        failure = _FAILURES[job.failure or FailureKind.UPSTREAM] if job.phase is Phase.FAILED else None
        return {
            "id": job.id,
            "model": job.wanted.echo["model"],
            "version": "hidden",
            "input": {} if is_removed else job.wanted.echo["input"],
            "logs": None if is_removed else "",
            "output": job.url if is_done else None,
            "data_removed": is_removed,
            "error": failure,
            "status": job.odd_word or _STATUS[job.phase],
            "created_at": print_moment(job.created),
            "started_at": None if job.phase is Phase.SUBMITTED else print_moment(job.created),
            "completed_at": print_moment(job.updated) if has_ended else None,
            "metrics": {"predict_time": (job.updated - job.created) / 1000} if has_ended else {},
            "urls": {"get": root, "cancel": f"{root}/cancel"},
        }


def _want(model: Model, body: Body, beside: Body, origin: str) -> Wanted:
    return Wanted(
        product="video",
        # Replicate's prices are not known.
        price=None,
        seconds=whole_in(body, "duration", 5),
        mode="std" if (text_in(body, "mode") or model.mode) in {"std", "standard"} else "pro",
        has_sound=flag_in(body, "generate_audio", default=False),
        # Ignored where a picture sets it.
        aspect_ratio=None if text_in(body, "start_image") else text_in(body, "aspect_ratio") or "16:9",
        first_frame=text_in(body, "start_image"),
        last_frame=text_in(body, "end_image"),
        callback_url=text_in(beside, "webhook"),
        echo={"model": f"kwaivgi/{model.name}", "input": body, "origin": origin},
    )


def _invalid(faults: Sequence[Fault]) -> Reply:
    """Both forms of it: the list for programs, the text for people."""
    listed: list[Json] = [
        {"type": _TYPES[fault.kind], "field": fault.place, "description": f"{fault.place or 'body'} {fault.text}"}
        for fault in faults
    ]
    detail = "".join(f"- {fault.place or 'body'}: {fault.text}\n" for fault in faults)
    return Reply(422, {"title": "Input validation failed", "detail": detail, "status": 422, "invalid_fields": listed})


def _problem(status: int, title: str, detail: str) -> Reply:
    return Reply(status, {"title": title, "detail": detail, "status": status})
