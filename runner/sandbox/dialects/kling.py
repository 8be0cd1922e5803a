"""How Kling's older interface speaks (`/v1`): clips of five kinds of operations, voices and elements.

Its rules are in `kling_rules` and its neighbours, the words of its answers in `kling_answers`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import randbelow
from typing import Final, Literal

from runner.core.canonical import Json
from runner.sandbox.dialect import (
    Call,
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
from runner.sandbox.dialects import kling_fields as fields
from runner.sandbox.dialects.bodies import bodies_in, flag_in, items_in, text_in
from runner.sandbox.dialects.fields import Body, Record
from runner.sandbox.dialects.kling_keys import issuer_of, refuse_key
from runner.sandbox.dialects.kling_library import (
    find_element_complaints,
    find_voice_complaints,
    list_preset_elements,
    list_preset_voices,
    show_product,
    want_element,
    want_voice,
)
from runner.sandbox.dialects.kling_omni_rules import find_omni_complaints, frame_of
from runner.sandbox.dialects.kling_prices import price_clip
from runner.sandbox.dialects.kling_rules import Asked, find_complaints, has_spoken_voice

VOICES: Final = "custom-voices"
ELEMENTS: Final = "advanced-custom-elements"
_FIELDS: Final[Mapping[str, Record]] = {
    "text2video": fields.TEXT,
    "image2video": fields.IMAGE,
    "multi-image2video": fields.MULTI_IMAGE,
    "omni-video": fields.OMNI,
    VOICES: fields.VOICE,
    ELEMENTS: fields.ELEMENT,
}
_MODELS: Final[Mapping[str, tuple[str, ...]]] = {
    "text2video": fields.TEXT_MODELS,
    "image2video": fields.IMAGE_MODELS,
    "multi-image2video": fields.MULTI_IMAGE_MODELS,
    "omni-video": fields.OMNI_MODELS,
}
_PRESETS: Final[Mapping[str, Callable[[], list[Json]]]] = {
    "presets-voices": list_preset_voices,
    "advanced-presets-elements": list_preset_elements,
}
# There at Kling, and not here: refused in Kling's words.
_COSTS: Final = "costs"
# What is deleted where, and by which field. Both names for elements act on one library.
_DELETES: Final = {
    "delete-voices": "voice_id",
    "delete-advanced-elements": "element_id",
    "delete-elements": "element_id",
}


@dataclass(frozen=True, slots=True)
class Kling:
    # Secrets by access key.
    keys: Mapping[str, str]

    @property
    def name(self) -> str:
        return "kling"

    @property
    def house(self) -> str:
        return "kling"

    @property
    def refuses_names_twice(self) -> Literal[True]:
        return True

    @property
    def operations(self) -> Sequence[Operation]:
        return (
            *(operation for name in _MODELS for operation in tasks_at(f"/v1/videos/{name}", name)),
            *(operation for name in (VOICES, ELEMENTS) for operation in tasks_at(f"/v1/general/{name}", name)),
            *(Operation(OperationKind.OTHER, "GET", f"/v1/general/{name}", name) for name in _PRESETS),
            Operation(OperationKind.OTHER, "GET", "/account/costs", _COSTS),
            *(Operation(OperationKind.DELETE, "POST", f"/v1/general/{name}", name) for name in _DELETES),
        )

    def make_id(self) -> str:
        return make_task_id()

    def account_of(self, call: Call) -> str:
        key = call.headers.get("authorization", "").partition(" ")[2].strip()
        return issuer_of(key) or key

    def authorize(self, call: Call, now: float) -> Reply | None:
        return refuse_key(call.headers.get("authorization", ""), self.keys, now)

    def read(self, call: Call, strictness: Strictness) -> Reading:
        return read_task(call, _FIELDS[call.operation.name], strictness)

    def accept(self, call: Call, job: Job) -> Reply:  # noqa: ARG002  # the answer is the job alone
        return answers.envelope(answers.show_created(job))

    def show(self, call: Call, jobs: Sequence[Job]) -> Reply:
        # A task is found below the path it was made at, nowhere else.
        found = [job for job in jobs if job.operation.name == call.operation.name]
        if call.operation.kind is OperationKind.LIST:
            # Voices that are gone are in no list any more; elements are, and say so.
            kept = [job for job in found if job.phase is not Phase.DELETED or job.wanted.product != "voice"]
            page = answers.page_of(kept, call.query, 1000 if call.operation.name == VOICES else 500)
            return page if isinstance(page, Reply) else answers.envelope([show_record(job) for job in page])
        if not found:
            return self.refuse(RefusalKind.NO_SUCH_JOB, call.places["id"])
        return answers.envelope(show_record(found[0]))

    def job_ids(self, call: Call) -> tuple[Sequence[str], Sequence[str]]:
        if call.operation.kind is OperationKind.DELETE:
            wanted = call.body.get(_DELETES[call.operation.name]) if isinstance(call.body, Mapping) else None
            return ((str(wanted),) if wanted is not None else ()), ()
        one = (call.places["id"],) if "id" in call.places else ()
        return one, one

    def answer_other(self, call: Call, jobs: Sequence[Job]) -> Reply:
        name = call.operation.name
        if name in _PRESETS:
            return answers.envelope(_PRESETS[name]())
        if name == _COSTS:
            return self.refuse(RefusalKind.NO_SUCH_PATH)
        if not jobs:
            return answers.complain(f"{'Voice' if name == 'delete-voices' else 'Element'} id not found")
        return answers.envelope({"task_id": jobs[0].id, "task_status": "succeed"})

    def refuse(self, kind: RefusalKind, detail: str = "") -> Reply:
        return answers.refuse(kind, detail)

    @property
    def errors(self) -> Collection[str]:
        return answers.ERRORS.keys()

    def answer_error(self, error: str) -> Reply:
        return answers.answer_error(error)

    def callback_body(self, job: Job) -> Json:
        return show_record(job)


def tasks_at(path: str, name: str) -> tuple[Operation, ...]:
    return (
        Operation(OperationKind.CREATE, "POST", path, name),
        Operation(OperationKind.POLL, "GET", f"{path}/{{id}}", name),
        Operation(OperationKind.LIST, "GET", path, name),
    )


def make_task_id() -> str:
    """Eighteen digits."""
    return str(10**17 + randbelow(9 * 10**17))


def show_record(job: Job) -> dict[str, Json]:
    return answers.show_task(job, None if job.wanted.product == "video" else show_product(job))


def read_task(call: Call, record: Record, strictness: Strictness, default_model: str = "kling-v1") -> Reading:
    """Also for gateways that take Kling's bodies with fields of their own."""
    if not isinstance(call.body, Mapping):
        return answers.error(400, 1200, "the body must be a JSON object")
    name = call.operation.name
    body = record.keep_given(call.body)
    model = body.get("model_name", default_model)
    if name in _MODELS and "model_name" in body and model not in _MODELS[name]:
        return answers.complain(f"model is not supported: {model}")
    for fault in record.find_faults(call.body, (), strictness):
        return answers.complain(f"{fault.place}: {fault.text}")
    for complaint in _find_complaints(name, body, strictness, default_model):
        return answers.complain(complaint)
    return _want(name, body, default_model)


def _find_complaints(name: str, body: Body, strictness: Strictness, default_model: str) -> Iterator[str]:
    match name:
        case "text2video" | "image2video":
            asked = Asked.of(body, default_model)
            return find_complaints(asked, has_picture=name == "image2video", strictness=strictness)
        case "omni-video":
            return find_omni_complaints(Asked.of(body, default_model), strictness)
        case "custom-voices":
            return find_voice_complaints(body, strictness)
        case "advanced-custom-elements":
            return find_element_complaints(body, strictness)
        case _:
            return iter(())


def _want(name: str, body: Body, default_model: str) -> Wanted:
    if name == VOICES:
        return want_voice(body)
    if name == ELEMENTS:
        return want_element(body)
    asked = Asked.of(body, "kling-v1-6" if name == "multi-image2video" else default_model)
    mode = text_in(body, "mode") or ("pro" if name == "omni-video" else asked.mode)
    watermark = body.get("watermark_info")
    first = asked.image or frame_of(body, "first_frame")
    price = price_clip(
        *(asked.model, mode, asked.seconds),
        has_sound=asked.has_sound,
        has_voice=has_spoken_voice(asked),
        has_video=bool(items_in(body, "video_list")),
    )
    return Wanted(
        product="video",
        price=price,
        seconds=asked.seconds,
        mode=mode,
        has_sound=asked.has_sound,
        aspect_ratio=None if first else text_in(body, "aspect_ratio") or "16:9",
        first_frame=first,
        last_frame=asked.tail or frame_of(body, "end_frame"),
        external_id=text_in(body, "external_task_id"),
        callback_url=text_in(body, "callback_url"),
        has_watermark=isinstance(watermark, Mapping) and flag_in(watermark, "enabled", default=False),
        uses=[
            *(str(voice["voice_id"]) for voice in bodies_in(body, "voice_list")),
            *(str(element["element_id"]) for element in bodies_in(body, "element_list")),
        ],
        echo={"model": asked.model, "prompt": text_in(body, "prompt") or ""},
    )
