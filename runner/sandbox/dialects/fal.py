"""How fal's queue speaks: submit, status, result, cancel. Its Kling endpoints are in `fal_models`.

A job that failed is COMPLETED all the same: what went wrong is the answer to asking for its result.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
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
from runner.sandbox.dialects.bodies import flag_in, items_in, text_in, whole_in
from runner.sandbox.dialects.fal_errors import MODEL_ERRORS, PLATFORM_ERRORS
from runner.sandbox.dialects.fal_models import MODELS, VOICE, VOICE_PRICE, Model
from runner.sandbox.dialects.fal_rules import find_conflicts
from runner.sandbox.dialects.fields import Body, Fault, FaultKind
from runner.sandbox.dialects.tokens import has_good_key

_APP: Final = "/fal-ai/kling-video"
_VOICE_NAME: Final = "create-voice"
_REQUEST: Final = f"{_APP}/requests/{{id}}"
_TYPES: Final[Mapping[FaultKind, str]] = {
    FaultKind.MISSING: "missing",
    FaultKind.UNKNOWN: "extra_forbidden",
    FaultKind.TYPE: "type_error",
    FaultKind.VALUE: "value_error",
    FaultKind.PICTURE: "image_load_error",
}
# Of the platform: flat, with a kind. Those of a model are a list.
_REFUSALS: Final[Mapping[RefusalKind, tuple[int, str, str]]] = {
    RefusalKind.TOO_FAST: (429, "Too many requests", "rate_limited"),
    RefusalKind.TOO_MANY: (429, "Too many concurrent requests", "concurrency_limited"),
    # The page of errors names no such case; a locked account is what users report.
    RefusalKind.NO_BALANCE: (403, "User is locked. Reason: Exhausted balance.", "forbidden"),
    RefusalKind.SERVER_ERROR: (500, "Internal server error", "internal_error"),
    RefusalKind.BAD_GATEWAY: (502, "The runner sent an incomplete response", "runner_incomplete_response"),
    RefusalKind.UNAVAILABLE: (503, "No runner could be allocated", "runner_scheduling_failure"),
    RefusalKind.TIMED_OUT: (504, "Request timed out", "request_timeout"),
    RefusalKind.NAME_TAKEN: (409, "Conflict", "bad_request"),
    RefusalKind.NO_SUCH_JOB: (404, "Request not found", "not_found"),
    RefusalKind.NO_SUCH_PATH: (404, "Path not found", "not_found"),
    RefusalKind.PRODUCT_GONE: (404, "Voice not found", "not_found"),
}
_FAILURES: Final[Mapping[FailureKind, tuple[int, str, str]]] = {
    FailureKind.MODERATION: (422, "content_policy_violation", "The content could not be processed"),
    FailureKind.BAD_PICTURE: (422, "image_load_error", "The image could not be loaded or has a wrong ratio"),
    FailureKind.UPSTREAM: (500, "internal_server_error", "The model could not complete the request"),
}
_STATUS: Final[Mapping[Phase, str]] = {Phase.SUBMITTED: "IN_QUEUE", Phase.PROCESSING: "IN_PROGRESS"}


class Fal:
    @property
    def name(self) -> str:
        return "fal"

    @property
    def operations(self) -> Sequence[Operation]:
        # The sub-path of a model is part of where it is made, not of where it is asked for.
        return (
            *(Operation(OperationKind.CREATE, "POST", f"{_APP}/{path}", path) for path in (*MODELS, _VOICE_NAME)),
            Operation(OperationKind.POLL, "GET", f"{_REQUEST}/status", "status"),
            Operation(OperationKind.RESULT, "GET", _REQUEST, "result"),
            Operation(OperationKind.CANCEL, "PUT", f"{_REQUEST}/cancel", "cancel"),
        )

    def make_id(self) -> str:
        return str(uuid4())

    def authorize(self, call: Call, now: float) -> Reply | None:  # noqa: ARG002  # keys here never end
        if has_good_key(call.headers, "authorization", "Key"):
            return None
        return Reply(401, {"detail": "Authentication is required to access this application."})

    def read(self, call: Call, strictness: Strictness) -> Reading:
        """Refuses at once. The real queue may take a wrong body and answer so only when asked for the result."""
        if not isinstance(call.body, Mapping):
            return _invalid([Fault(FaultKind.TYPE, (), "must be a JSON object")])
        if call.operation.name == _VOICE_NAME:
            faults = list(VOICE.find_faults(call.body, (), strictness))
            return _invalid(faults) if faults else Wanted(product="voice", price=VOICE_PRICE)
        model = MODELS[call.operation.name]
        faults = list(model.fields.find_faults(call.body, (), strictness))
        faults = faults or find_conflicts(model, call.body, strictness)
        return _invalid(faults) if faults else _want(model, call.body)

    def accept(self, call: Call, job: Job) -> Reply:
        root = f"{call.origin}{_APP}/requests/{job.id}"
        body: dict[str, Json] = {
            "request_id": job.id,
            "response_url": root,
            "status_url": f"{root}/status",
            "cancel_url": f"{root}/cancel",
            "queue_position": 0,
        }
        return Reply(200, body)

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:
        if not jobs:
            return self.refuse(RefusalKind.NO_SUCH_JOB)
        if call.operation.kind is OperationKind.RESULT:
            return _show_result(jobs[0])
        return _show_status(call, jobs[0])

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        return (call.places["id"],), ()

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:
        if call.operation.kind is not OperationKind.CANCEL:
            return self.refuse(RefusalKind.NO_SUCH_PATH)
        if not jobs:
            return Reply(404, {"status": "NOT_FOUND"})
        if jobs[0].phase in {Phase.SUCCEEDED, Phase.FAILED}:
            return Reply(400, {"status": "ALREADY_COMPLETED"})
        return Reply(202, {"status": "CANCELLATION_REQUESTED"})

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        if kind is RefusalKind.MODERATION:
            return _model_error(FailureKind.MODERATION)
        status, text, error = _REFUSALS[kind]
        return _platform_error(status, f"{text}: {detail}" if detail else text, error)

    @property
    def errors(self) -> Collection[str]:
        return [*PLATFORM_ERRORS, *MODEL_ERRORS]

    def answer_error(self, error: str) -> Reply:
        if error in PLATFORM_ERRORS:
            return _platform_error(*PLATFORM_ERRORS[error], error)
        return Reply(MODEL_ERRORS[error], {"detail": [_error(("body", "prompt"), f"the model says {error}", error)]})

    def callback_body(self, job: Job) -> Json:  # noqa: ARG002  # webhooks are asked for in the query, which is not served
        return None


def _want(model: Model, body: Body) -> Wanted:
    seconds = whole_in(body, "duration", 5)
    has_switch = "generate_audio" in model.fields.fields
    has_sound = has_switch and flag_in(body, "generate_audio", default=model.is_heard_unasked)
    return Wanted(
        product="video",
        price=_price(model, seconds, has_sound=has_sound, has_voices=bool(items_in(body, "voice_ids"))),
        seconds=seconds,
        mode=model.mode,
        has_sound=has_sound,
        aspect_ratio=text_in(body, "aspect_ratio"),
        first_frame=text_in(body, "start_image_url") or text_in(body, "image_url"),
        last_frame=text_in(body, "end_image_url") or text_in(body, "tail_image_url"),
    )


def _price(model: Model, seconds: int, *, has_sound: bool, has_voices: bool) -> Decimal | None:
    heard = model.price.voiced if has_voices else model.price.heard
    each = heard if has_sound else model.price.silent
    return None if each is None else each * seconds


def _show_status(call: Call, job: Job) -> Reply:
    word = job.odd_word or _STATUS.get(job.phase, "COMPLETED")
    body: dict[str, Json] = {
        "status": word,
        "request_id": job.id,
        "response_url": f"{call.origin}{_APP}/requests/{job.id}",
    }
    if job.phase is Phase.SUBMITTED:
        body["queue_position"] = 0
    else:
        body["logs"] = []
    # 202 until it is done: not in the pages, but so their own client's logs show it.
    return Reply(200 if job.phase not in _STATUS else 202, body)


def _show_result(job: Job) -> Reply:
    if job.phase in _STATUS:
        # The pages do not say what comes too early; a refusal is what their client expects.
        return Reply(400, {"detail": "Request is still in progress"})
    if job.phase is Phase.DELETED:
        return Reply(499, {"detail": "The request was cancelled by the client", "error_type": "client_cancelled"})
    if job.phase is Phase.FAILED:
        return _model_error(job.failure or FailureKind.UPSTREAM)
    if job.wanted.product == "voice":
        return Reply(200, {"voice_id": job.product_id})
    video: dict[str, Json] = {"url": job.url, "content_type": "video/mp4", "file_name": "output.mp4"}
    return Reply(200, {"video": video})


def _platform_error(status: int, text: str, error: str) -> Reply:
    return Reply(status, {"detail": text, "error_type": error}, {"x-fal-error-type": error})


def _model_error(kind: FailureKind) -> Reply:
    status, error, text = _FAILURES[kind]
    return Reply(status, {"detail": [_error(("body", "prompt"), text, error)]}, {"x-fal-retryable": "false"})


def _invalid(faults: Sequence[Fault]) -> Reply:
    return Reply(422, {"detail": [_error(("body", *fault.where), fault.text, _TYPES[fault.kind]) for fault in faults]})


def _error(where: tuple[str | int, ...], text: str, error: str) -> dict[str, Json]:
    return {"loc": where, "msg": text, "type": error, "url": f"https://docs.fal.ai/errors/#{error}"}
