"""How KKIAI may speak: Kling's older bodies below `/kling/v1` with fields of its own page. Rules are Kling's.

What it answers is not documented: Kling's envelope, or one of the shapes its sister gateways have, as asked for.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from secrets import token_hex
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
)
from runner.sandbox.dialects import kling_answers as answers
from runner.sandbox.dialects import kling_fields as fields
from runner.sandbox.dialects.fields import Choice, Record
from runner.sandbox.dialects.kling import VOICES, read_task, show_record, tasks_at
from runner.sandbox.dialects.tokens import has_good_key


class Answers(StrEnum):
    # Kling's own envelope unchanged, as 302.ai passes it on.
    NATIVE = "native"
    # One level, words like OpenAI's.
    FLAT = "flat"
    # `{"code": "success", "data": {…}}` with the same content.
    WRAPPED = "wrapped"
    # The envelope of `wrapped` with words in capitals, Kling's own answer within.
    RAW = "raw"


_STATUS: Final[Mapping[Answers, Mapping[Phase, str]]] = {
    Answers.FLAT: {
        Phase.SUBMITTED: "queued",
        Phase.PROCESSING: "in_progress",
        Phase.SUCCEEDED: "completed",
        Phase.FAILED: "failed",
    },
    Answers.WRAPPED: {
        Phase.SUBMITTED: "queued",
        Phase.PROCESSING: "processing",
        Phase.SUCCEEDED: "succeeded",
        Phase.FAILED: "failed",
    },
    Answers.RAW: {
        Phase.SUBMITTED: "SUBMITTED",
        Phase.PROCESSING: "IN_PROGRESS",
        Phase.SUCCEEDED: "SUCCESS",
        Phase.FAILED: "FAILURE",
    },
}
_FAILURES: Final[Mapping[FailureKind, str]] = {
    FailureKind.MODERATION: "content moderation failed",
    FailureKind.BAD_PICTURE: answers.FAILURES[FailureKind.BAD_PICTURE],
    FailureKind.UPSTREAM: "the upstream could not complete the task",
}
# Text against number: its own sample has a number where its table says text.
_SECONDS: Final = Choice(("5", "10", 5, 10))
_BEATS: Final = {"shot_type": Choice(("customize",))}
_IMAGE: Final = Record(
    {
        **{name: kind for name, kind in fields.IMAGE.fields.items() if name != "element_list"},
        **_BEATS,
        "mode": Choice(("std", "pro")),
        "duration": _SECONDS,
        "camera_control": replace(fields.CAMERA, required=frozenset({"type", "config"})),
        "watermark_info": replace(fields.WATERMARK, required=frozenset({"enabled"})),
    },
    required=frozenset({"model_name", "image", "mode", "duration"}),
    drops_empty=True,
)
_RECORDS: Final[Mapping[str, Record]] = {
    "image2video": _IMAGE,
    # Kling's own, since KKIAI has no page for them.
    "text2video": replace(
        fields.TEXT, fields={**fields.TEXT.fields, "duration": Choice((*fields.SECONDS.values, *range(3, 16)))}
    ),
    "omni-video": fields.OMNI,
    VOICES: fields.VOICE,
}


@dataclass(frozen=True, slots=True)
class Kkiai:
    shape: Answers = Answers.NATIVE

    @property
    def name(self) -> str:
        return "kkiai"

    @property
    def operations(self) -> Sequence[Operation]:
        made = [
            operation
            for name in _RECORDS
            for operation in tasks_at(f"/kling/v1/{'general' if name == VOICES else 'videos'}/{name}", name)
        ]
        # No list is known there, but for what is Kling's own interface.
        return tuple(each for each in made if each.kind is not OperationKind.LIST or each.name == VOICES)

    def make_id(self) -> str:
        return f"kling_{token_hex(12)}"

    def authorize(self, call: Call, now: float) -> Reply | None:  # noqa: ARG002  # keys here never end
        if has_good_key(call.headers, "authorization", "Bearer"):
            return None
        return self._refused(401, 1002, "Invalid token")

    def read(self, call: Call, strictness: Strictness) -> Reading:
        reading = read_task(call, _RECORDS[call.operation.name], strictness)
        if isinstance(reading, Reply):
            return self._reworded(reading)
        # What it charges is not known.
        return replace(reading, price=None)

    def accept(self, call: Call, job: Job) -> Reply:  # noqa: ARG002  # the answer is the job alone
        if self._is_native(job):
            return answers.envelope(answers.show_created(job))
        return self._show_one(job)

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:
        found = [job for job in jobs if job.operation.name == call.operation.name]
        if call.operation.kind is OperationKind.LIST:
            page = answers.page_of(found, call.query, 1000)
            return page if isinstance(page, Reply) else answers.envelope([show_record(job) for job in page])
        if not found:
            return self.refuse(RefusalKind.NO_SUCH_JOB, call.places["id"])
        return answers.envelope(show_record(found[0])) if self._is_native(found[0]) else self._show_one(found[0])

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        """Whether it can be asked by our own name is not known: it cannot."""
        return (call.places["id"],) if "id" in call.places else (), ()

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:  # noqa: ARG002  # there is nothing else to ask
        return self.refuse(RefusalKind.NO_SUCH_PATH)

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        return self._reworded(answers.refuse(kind, detail))

    @property
    def errors(self) -> Collection[str]:
        """Its page lists none; these are Kling's, as whoever hands them on does."""
        return answers.ERRORS.keys()

    def answer_error(self, error: str) -> Reply:
        return self._reworded(answers.answer_error(error))

    def callback_body(self, job: Job) -> Json:
        return show_record(job)

    def _is_native(self, job: Job) -> bool:
        """Voices have no other shape anywhere."""
        return self.shape is Answers.NATIVE or job.wanted.product != "video"

    def _show_one(self, job: Job) -> Reply:
        phase = Phase.FAILED if job.phase is Phase.DELETED else job.phase
        status = job.odd_word or _STATUS[self.shape][phase]
        if self.shape is Answers.RAW:
            within: Json = {"code": 0, "message": "SUCCEED", "request_id": job.id, "data": show_record(job)}
            reason = _FAILURES[job.failure or FailureKind.UPSTREAM] if phase is Phase.FAILED else ""
            return _wrapped({"task_id": job.id, "status": status, "fail_reason": reason, "data": within})
        record: dict[str, Json] = {"task_id": job.id, "status": status}
        if phase is Phase.SUCCEEDED:
            record |= {"url": job.url, "format": "mp4", "metadata": _metadata(job)}
        if phase is Phase.FAILED:
            message = _FAILURES[job.failure or FailureKind.UPSTREAM]
            code: Json = "task_failed" if self.shape is Answers.WRAPPED else 500
            record["error"] = {"code": code, "message": message}
        return _wrapped(record) if self.shape is Answers.WRAPPED else Reply(200, record)

    def _reworded(self, reply: Reply) -> Reply:
        body = reply.body if isinstance(reply.body, Mapping) else {}
        return self._refused(reply.status, body.get("code"), str(body.get("message")))

    def _refused(self, status: int, code: Json, message: str) -> Reply:
        match self.shape:
            case Answers.NATIVE:
                return Reply(status, {"code": code, "message": message, "request_id": token_hex(8)})
            case Answers.FLAT:
                return Reply(status, {"error": {"code": code, "message": message}})
            case _:
                return Reply(status, {"code": "error", "message": message, "data": None})


def _wrapped(data: Mapping[str, Json]) -> Reply:
    return Reply(200, {"code": "success", "message": "", "data": data})


def _metadata(job: Job) -> dict[str, Json]:
    return {"duration": job.wanted.seconds, "fps": 24, "width": 544, "height": 306, "seed": 0}
