"""How AI/ML API speaks: one path to make and to ask, an older one beside it. Its models are in `aimlapi_models`.

No cancel, list, callback or price is documented, nor the names of a task's errors: those here are ours.
"""

from collections.abc import Collection, Mapping, Sequence
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
from runner.sandbox.dialects.aimlapi_models import MODELS, OLDER_MODELS, Model
from runner.sandbox.dialects.bodies import flag_in, text_in, whole_in
from runner.sandbox.dialects.fields import Body, FaultKind
from runner.sandbox.dialects.tokens import has_good_key, print_moment

_NEWER: Final = "/v2/video/generations"
_OLDER: Final = "/v2/generate/video/kling/generation"
_STATUS: Final[Mapping[Phase, str]] = {
    Phase.SUBMITTED: "queued",
    Phase.PROCESSING: "generating",
    Phase.SUCCEEDED: "completed",
    Phase.FAILED: "error",
    Phase.DELETED: "error",
}
# Those its schemas and its page of errors list, by HTTP status; one status stands for two things.
_ERRORS: Final[Mapping[str, tuple[int, str]]] = {
    "400": (400, "Body validation error!"),
    "401": (401, "Unauthorized"),
    "403": (403, "You've run out of credits. Please top up your balance or update your payment method"),
    "404": (404, "Not Found"),
    "429": (429, "Too Many Requests"),
    "free-tier": (429, "Free-tier limit: You've reached your free limit for the hour."),
    "500": (500, "Internal server error"),
    "502": (502, "Bad Gateway"),
    "503": (503, "Service Unavailable"),
    "504": (504, "Generation timeout"),
}
_REFUSALS: Final[Mapping[RefusalKind, tuple[int, str]]] = {
    RefusalKind.TOO_FAST: (429, "Too Many Requests"),
    RefusalKind.TOO_MANY: (429, "Too Many Requests"),
    RefusalKind.NO_BALANCE: (
        403,
        "You've run out of credits. Please top up your balance or update your payment method",
    ),
    RefusalKind.SERVER_ERROR: (500, "Internal server error"),
    RefusalKind.BAD_GATEWAY: (502, "Bad Gateway"),
    RefusalKind.UNAVAILABLE: (503, "Service Unavailable"),
    RefusalKind.TIMED_OUT: (504, "Generation timeout"),
    RefusalKind.NAME_TAKEN: (400, "Body validation error!"),
    RefusalKind.NO_SUCH_JOB: (404, "Generation not found"),
    RefusalKind.NO_SUCH_PATH: (404, "Not Found"),
    RefusalKind.PRODUCT_GONE: (404, "Not Found"),
    RefusalKind.MODERATION: (400, "The request was rejected by the content policy"),
}
_FAILURES: Final[Mapping[FailureKind, tuple[str, str]]] = {
    FailureKind.MODERATION: ("ContentPolicyError", "Failure to pass the risk control system"),
    FailureKind.BAD_PICTURE: ("InvalidImageError", "The resolution or aspect ratio of the input image is invalid"),
    FailureKind.UPSTREAM: ("GenerationError", "Something wrong with the server. Please, try again later."),
}
# What a clip costs is not known; the schema's example of a usage is 120000, here taken for five seconds.
_CREDITS_A_SECOND: Final = 24000


class Aimlapi:
    """Its error bodies name the path and the time of the call, which only `authorize` is told: it keeps them."""

    def __init__(self) -> None:
        self._path = _NEWER
        self._moment = 0
        self._model = "kling-video/v1/standard/image-to-video"

    @property
    def name(self) -> str:
        return "aimlapi"

    @property
    def operations(self) -> Sequence[Operation]:
        return (
            Operation(OperationKind.CREATE, "POST", _NEWER, "generations"),
            Operation(OperationKind.POLL, "GET", _NEWER, "generations"),
            Operation(OperationKind.CREATE, "POST", _OLDER, "generation"),
            Operation(OperationKind.POLL, "GET", _OLDER, "generation"),
        )

    def make_id(self) -> str:
        """As its pages show them: with the model behind, slashes and all."""
        return f"{uuid4()}:{self._model}"

    def authorize(self, call: Call, now: float) -> Reply | None:
        self._path = call.operation.path
        self._moment = int(now * 1000)
        if has_good_key(call.headers, "authorization", "Bearer"):
            return None
        return self._refused(401, "Unauthorized")

    def read(self, call: Call, strictness: Strictness) -> Reading:
        if not isinstance(call.body, Mapping):
            return self._refused(400, "Body validation error!\nExpected object")
        models = MODELS if call.operation.path == _NEWER else OLDER_MODELS
        name = call.body.get("model")
        model = models.get(name) if isinstance(name, str) else None
        if model is None:
            expected = " | ".join(f"'{known}'" for known in models)
            hint = f"model: Invalid enum value. Expected {expected}, received '{name}'"
            return self._refused(400, f"Body validation error!\n{hint}")
        faults = list(model.fields.find_faults(call.body, (), strictness))
        if faults:
            # A missing field is first said to be required; unknown ones come last.
            faults.sort(key=lambda fault: fault.kind is FaultKind.UNKNOWN)
            hints = "\n".join(f"{fault.place}: {fault.text}" for fault in faults)
            return self._refused(400, f"Body validation error!\n{hints}")
        self._model = str(name)
        return _want(model, call.body)

    def accept(self, call: Call, job: Job) -> Reply:
        return Reply(200 if call.operation.path == _NEWER else 201, _show_job(job))

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:
        if not call.query.get("generation_id"):
            return self._refused(400, "Query validation error!\ngeneration_id: Required")
        return Reply(200, _show_job(jobs[0])) if jobs else self.refuse(RefusalKind.NO_SUCH_JOB)

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        wanted = call.query.get("generation_id")
        return ((wanted,) if wanted else ()), ()

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:  # noqa: ARG002  # there is nothing else to ask
        return self.refuse(RefusalKind.NO_SUCH_PATH)

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        status, text = _REFUSALS[kind]
        return self._refused(status, f"{text}: {detail}" if detail else text)

    @property
    def errors(self) -> Collection[str]:
        return _ERRORS.keys()

    def answer_error(self, error: str) -> Reply:
        return self._refused(*_ERRORS[error])

    def callback_body(self, job: Job) -> Json:  # noqa: ARG002  # no callbacks are documented
        return None

    def _refused(self, status: int, message: str) -> Reply:
        body: dict[str, Json] = {
            "message": message,
            "path": self._path,
            "requestId": str(uuid5(NAMESPACE_URL, f"{self._path} {self._moment} {message}")),
            "statusCode": status,
            "timestamp": print_moment(self._moment),
        }
        return Reply(status, body)


def _want(model: Model, body: Body) -> Wanted:
    has_switch = "generate_audio" in model.fields.fields
    return Wanted(
        product="video",
        price=None,
        seconds=whole_in(body, "duration", 5),
        mode=text_in(body, "mode") or model.mode,
        # On unless switched off, where there is a switch.
        has_sound=model.is_loud or (has_switch and flag_in(body, "generate_audio", default=True)),
        aspect_ratio=text_in(body, "aspect_ratio") or text_in(body, "ratio"),
        first_frame=text_in(body, "image_url"),
        last_frame=text_in(body, "tail_image_url") or text_in(body, "last_image_url"),
        external_id=text_in(body, "external_task_id"),
    )


def _show_job(job: Job) -> dict[str, Json]:
    failed = job.phase in {Phase.FAILED, Phase.DELETED}
    name, message = _FAILURES[job.failure or FailureKind.UPSTREAM]
    is_done = job.phase is Phase.SUCCEEDED
    usage: Json = {"usage": {"credits_used": _CREDITS_A_SECOND * job.wanted.seconds}}
    return {
        "id": job.id,
        "status": job.odd_word or _STATUS[job.phase],
        "video": {"url": job.url} if is_done else None,
        "error": {"name": name, "message": message} if failed else None,
        "meta": usage if is_done else None,
    }
