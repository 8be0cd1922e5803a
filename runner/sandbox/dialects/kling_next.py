"""How Kling's newer interface speaks: the model is in the path, every task is asked for at `/tasks`.

It sees the tasks of the older interface too, and takes no signed tokens.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

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
from runner.sandbox.dialects import kling_answers as answers
from runner.sandbox.dialects.bodies import flag_in, text_in, whole_in
from runner.sandbox.dialects.kling import make_task_id
from runner.sandbox.dialects.kling_keys import is_token, refuse_key
from runner.sandbox.dialects.kling_next_fields import TASKS
from runner.sandbox.dialects.kling_next_rules import Asked, find_complaints
from runner.sandbox.dialects.kling_prices import price_clip

_NO_TOKENS: Final = (
    "Authentication error. The current API does not support AK/SK; "
    "please go to the console (https://kling.ai/dev/api-key) to create API key."
)
_STATUS: Final[Mapping[Phase, str]] = {
    Phase.SUBMITTED: "submitted",
    Phase.PROCESSING: "processing",
    Phase.SUCCEEDED: "succeeded",
    Phase.FAILED: "failed",
    Phase.DELETED: "succeeded",
}
_MODES: Final = {"720p": "std", "1080p": "pro", "4k": "4k"}
_MOST_IDS: Final = 20
_MOST_LISTED: Final = 500
_FILTERS: Final = frozenset({"status", "product_type"})


@dataclass(frozen=True, slots=True)
class KlingNext:
    @property
    def name(self) -> str:
        return "kling-next"

    @property
    def house(self) -> str:
        return "kling"

    @property
    def refuses_names_twice(self) -> Literal[True]:
        return True

    @property
    def operations(self) -> Sequence[Operation]:
        return (
            *(Operation(OperationKind.CREATE, "POST", task.path, name) for name, task in TASKS.items()),
            Operation(OperationKind.POLL, "GET", "/tasks", "tasks"),
            Operation(OperationKind.LIST, "POST", "/tasks", "tasks"),
        )

    def make_id(self) -> str:
        return make_task_id()

    def account_of(self, call: Call) -> str:
        return call.headers.get("authorization", "").partition(" ")[2].strip()

    def authorize(self, call: Call, now: float) -> Reply | None:
        written = call.headers.get("authorization", "")
        if is_token(written):
            return answers.error(401, 1002, _NO_TOKENS)
        return refuse_key(written, {}, now)

    def read(self, call: Call, strictness: Strictness) -> Reading:
        if not isinstance(call.body, Mapping):
            return answers.error(400, 1200, "the body must be a JSON object")
        task = TASKS[call.operation.name]
        for fault in task.fields.find_faults(call.body, (), strictness):
            return answers.complain(f"{fault.place}: {fault.text}")
        asked = Asked.of(task, call.body)
        for complaint in find_complaints(asked, strictness):
            return answers.complain(complaint)
        return _want(asked)

    def accept(self, call: Call, job: Job) -> Reply:  # noqa: ARG002  # the answer is the job alone
        return answers.envelope(_show_created(job))

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:
        if call.operation.kind is OperationKind.LIST:
            return _list(call, jobs)
        ids, names = self.job_ids(call)
        if bool(ids) == bool(names):
            return answers.complain("task_ids and external_task_ids: exactly one is required")
        if len(ids) + len(names) > _MOST_IDS:
            return answers.complain(f"task_ids and external_task_ids cannot exceed {_MOST_IDS} in total")
        return answers.envelope([_show_task(job) for job in jobs])

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        return _listed(call, "task_ids"), _listed(call, "external_task_ids")

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:  # noqa: ARG002  # there is nothing else to ask
        return self.refuse(RefusalKind.NO_SUCH_PATH)

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        return answers.refuse(kind, detail)

    @property
    def errors(self) -> Collection[str]:
        return answers.ERRORS.keys()

    def answer_error(self, error: str) -> Reply:
        return answers.answer_error(error)

    def callback_body(self, job: Job) -> Json:
        return _show_task(job)


def _want(asked: Asked) -> Wanted:
    watermark = asked.options.get("watermark_info")
    first = asked.url_of("first_frame")
    mode = _MODES[asked.resolution]
    price = price_clip(
        *(asked.task.older_name, mode, asked.seconds),
        has_sound=asked.has_sound,
        has_voice=bool(asked.of_type("voice")),
        has_video=bool(asked.of_type("feature_video", "base_video")),
    )
    return Wanted(
        product="video",
        price=price,
        seconds=asked.seconds,
        mode=mode,
        has_sound=asked.has_sound,
        aspect_ratio=None if first else text_in(asked.settings, "aspect_ratio") or "16:9",
        first_frame=first,
        last_frame=asked.url_of("last_frame"),
        external_id=text_in(asked.options, "external_task_id"),
        callback_url=text_in(asked.options, "callback_url"),
        has_watermark=isinstance(watermark, Mapping) and flag_in(watermark, "enabled", default=False),
        uses=[
            *(str(voice["voice_id"]) for voice in asked.of_type("voice")),
            *(str(element["element_id"]) for element in asked.of_type("element")),
        ],
        echo={"model": asked.task.model, "prompt": asked.prompt},
    )


def _show_created(job: Job) -> dict[str, Json]:
    return {
        "id": job.id,
        "status": job.odd_word or _STATUS[job.phase],
        "create_time": job.created,
        "update_time": job.updated,
        "external_id": job.wanted.external_id or "",
    }


def _show_task(job: Job) -> dict[str, Json]:
    record = _show_created(job)
    failure = job.failure or FailureKind.UPSTREAM
    record["message"] = answers.FAILURES[failure] if job.phase is Phase.FAILED else ""
    if job.phase in {Phase.SUCCEEDED, Phase.DELETED}:
        record["outputs"] = [_show_output(job)]
        record["billing"] = [
            {"charge_type": "unit", "amount": answers.count_units(job.wanted.price), "package_type": "video"}
        ]
    return record


def _show_output(job: Job) -> dict[str, Json]:
    if job.wanted.product == "video":
        output: dict[str, Json] = {"type": "video", "id": f"{job.id}1", "url": job.url, "duration": job.length}
        if job.wanted.has_watermark:
            output["watermark_url"] = answers.watermarked(job.url)
        return output
    named = job.wanted.echo.get("name", job.wanted.echo.get("element_name", ""))
    status = "deleted" if job.phase is Phase.DELETED else "succeeded"
    return {"type": job.wanted.product, "id": job.product_id, "name": named, "status": status}


def _list(call: Call, jobs: Sequence[Job]) -> Reply:
    """Newest first. `cursor` is how many have been shown."""
    asked = call.body if isinstance(call.body, Mapping) else {}
    limit, cursor = whole_in(asked, "limit", 100), whole_in(asked, "cursor", 0)
    if not 1 <= limit <= _MOST_LISTED:
        return answers.complain(f"limit must be between 1 and {_MOST_LISTED}, is {limit}")
    filters = asked.get("filters") or ()
    if isinstance(filters, str) or not isinstance(filters, Sequence):
        return answers.complain("filters must be an array")
    kept = list(jobs)
    for each in filters:
        if not isinstance(each, Mapping) or each.get("key") not in _FILTERS:
            return answers.complain("filters: key must be status or product_type")
        values = each.get("values")
        values = values if isinstance(values, Sequence) else ()
        kept = [job for job in kept if _value_of(job, str(each["key"])) in values]
    begin, end = whole_in(asked, "start_time", 0), whole_in(asked, "end_time", 2**62)
    kept = [job for job in kept if begin <= job.created <= end]
    shown = kept[cursor : cursor + limit]
    has_more = len(kept) > cursor + limit
    data: dict[str, Json] = {"count": len(shown), "has_more": has_more}
    if shown:
        data["result"] = [_show_task(job) for job in shown]
    if has_more:
        data["next_cursor"] = str(cursor + limit)
    return answers.envelope(data)


def _value_of(job: Job, key: str) -> str:
    return _STATUS[job.phase] if key == "status" else job.wanted.product


def _listed(call: Call, name: str) -> list[str]:
    return [one for one in call.query.get(name, "").split(",") if one]
