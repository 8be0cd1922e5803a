"""PiAPI in the sandbox: the fields of its Kling tasks, the rules between them, prices, the envelope of its answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
from dialect_bench import (
    CLIP,
    JOB_ID,
    PICTURE_URL,
    Caller,
    Walk,
    bodies_of,
    body_of,
    data_uri,
    job,
    picture,
    refused,
    taken,
)
from hypothesis import given, strategies

from runner.core.canonical import Json
from runner.sandbox.dialect import Call, FailureKind, Phase, RefusalKind, Strictness, Wanted
from runner.sandbox.dialects.piapi import Piapi

API: Final = Caller(Piapi(), {"x-api-key": "a-key"})
ASKED: Final[Mapping[str, Json]] = {
    "prompt": "Close-up, static camera, a woman in swim suit near the sea is introducing herself.",
    "duration": 5,
    "aspect_ratio": "16:9",
    "mode": "pro",
    "version": "2.5-turbo",
}
# The create body of the vendor's own page, with its empty strings.
DOCUMENTED: Final[Mapping[str, Json]] = {
    "model": "kling-turbo",
    "task_type": "video_generation",
    "input": {**ASKED, "negative_prompt": "", "image_url": ""},
    "config": {"webhook_config": {"endpoint": "https://webhook.site/20d9b15f", "secret": ""}},
}
BEATS: Final[Json] = [{"prompt": "a", "duration": 2}, {"prompt": "b", "duration": 3}]


# The create body of the page of 3.0 Omni.
OMNI: Final[Mapping[str, Json]] = {
    "prompt": "Close-up, static camera, a woman in swim suit near the sea is introducing herself.",
    "version": "3.0",
    "resolution": "720p",
    "duration": 3,
    "aspect_ratio": "16:9",
    "enable_audio": False,
}


def create(wanted: Json, **beside: Json) -> Call:
    return API.create("task", {"model": "kling", "task_type": "video_generation", "input": wanted, **beside})


def accept(wanted: Mapping[str, Json], strictness: Strictness = Strictness.STRICT) -> Wanted:
    return taken(API, create({"prompt": "a", **wanted}), strictness)


def complaint(call: Call, strictness: Strictness = Strictness.STRICT) -> str:
    reply = refused(API, call, strictness)
    body = body_of(reply)
    assert (reply.status, body["code"]) == (400, 400)
    assert body["data"]["error"]["message"] == body["message"]
    return str(body["message"])


def told(wanted: Mapping[str, Json], strictness: Strictness = Strictness.STRICT) -> str:
    return complaint(create({"prompt": "a", **wanted}), strictness)


def test_the_documented_body_is_taken_and_its_empty_strings_count_as_absent() -> None:
    wanted = taken(API, API.create("task", {**DOCUMENTED}))
    assert (wanted.seconds, wanted.mode, wanted.aspect_ratio, wanted.first_frame) == (5, "pro", "16:9", None)
    assert wanted.callback_url == "https://webhook.site/20d9b15f"


def test_the_lenient_take_what_the_pages_do_not_forbid_in_so_many_words() -> None:
    lenient = Strictness.LENIENT
    assert (
        accept({"image_url": PICTURE_URL, "aspect_ratio": "16:9", "seed": 1, "duration": "10"}, lenient).seconds == 10
    )
    assert accept({"enable_audio": True, "version": "1.6"}, lenient).has_sound
    assert told({"image_tail_url": PICTURE_URL}, lenient).startswith("input.image_tail_url")


def test_pictures_are_urls_and_data_uris_for_the_lenient() -> None:
    assert accept({"image_url": PICTURE_URL}).first_frame == PICTURE_URL
    assert told({"image_url": data_uri()}).startswith("input.image_url: ")
    assert accept({"image_url": data_uri()}, Strictness.LENIENT).first_frame == data_uri()
    assert told({"image_url": picture()}, Strictness.LENIENT).startswith("input.image_url: ")


# --- 3.0 Omni


def omni(**change: Json) -> Call:
    return create({**OMNI, **change}, task_type="omni_video_generation")


def test_the_documented_body_of_omni_is_taken() -> None:
    wanted = taken(API, omni())
    assert (wanted.seconds, wanted.mode, wanted.has_sound, wanted.price) == (3, "std", False, Decimal("0.30"))
    assert taken(API, omni(resolution="1080p")).mode == "pro"


def test_shots_of_omni_take_the_place_of_its_prompt_and_its_length() -> None:
    wanted = taken(API, omni(multi_shots=BEATS, prompt="", enable_audio=True))
    assert (wanted.seconds, wanted.has_sound, wanted.price) == (5, True, Decimal("0.75"))
    short: Json = [{"prompt": "a", "duration": 1}]
    assert complaint(omni(multi_shots=short)).startswith("input.multi_shots: durations add up to 1, which is not")
    assert taken(API, omni(multi_shots=short), Strictness.LENIENT).seconds == 1


def test_pictures_of_omni_are_known_from_clients_alone() -> None:
    assert taken(API, omni(images=[PICTURE_URL]), Strictness.LENIENT).product == "video"
    assert complaint(omni(images=[picture()]), Strictness.LENIENT).startswith("input.images[0]: ")


def test_an_answer_about_omni_has_a_bare_address_that_is_empty_until_there_is_one() -> None:
    call = omni()
    made = body_of(API.dialect.accept(call, job(call.operation, taken(API, call))))["data"]
    assert (made["task_type"], made["output"]) == ("omni_video_generation", {"video": ""})
    done = job(call.operation, taken(API, call), Phase.SUCCEEDED)
    assert body_of(API.dialect.show(API.poll("task"), [done]))["data"]["output"] == {"video": CLIP}


# --- tasks, prices


def test_only_its_kling_video_tasks_are_served() -> None:
    assert complaint(create({"prompt": "a"}, task_type="lip_sync")).startswith("task_type: must be one of")
    assert complaint(create({"prompt": "a"}, task_type=["lip_sync"])).startswith("task_type: must be one of")
    assert complaint(create({"prompt": "a"}, model="luma")).startswith("model: must be one of")
    assert complaint(create({"prompt": "a"}, config={"service_mode": "both"})).startswith("config.service_mode")
    assert complaint(API.create("task", {"model": "kling"})).count("is required") == 2
    assert complaint(API.create("task", None)).startswith("must be an object")
    assert complaint(create("a")).startswith("input: must be an object")


@pytest.mark.parametrize(
    ("wanted", "price"),
    [
        ({"version": "3.0"}, "0.50"),
        ({"version": "3.0", "enable_audio": True}, "0.75"),
        ({"version": "3.0", "mode": "pro"}, "0.75"),
        ({"version": "3.0", "mode": "pro", "enable_audio": True, "duration": 15}, "3.00"),
        ({"version": "3.0-turbo", "mode": "pro"}, "0.95"),
        ({"version": "2.6"}, "0.20"),
        ({"version": "2.6", "mode": "pro"}, "0.33"),
        ({"version": "2.1-master"}, "0.96"),
    ],
)
def test_what_a_page_prices_has_its_price(wanted: dict[str, Json], price: str) -> None:
    assert accept(wanted).price == Decimal(price)


@pytest.mark.parametrize(
    "wanted",
    [
        *({}, {"version": "1.0"}, {"version": "2.6", "mode": "pro", "enable_audio": True}),
        *({"version": version, "duration": 10} for version in ("1.6", "2.1-master", "2.5", "2.6")),
    ],
)
def test_what_no_page_prices_is_unknown(wanted: dict[str, Json]) -> None:
    assert accept(wanted).price is None


# --- answers


def shown(phase: Phase, **more: Any) -> dict[str, Any]:
    call = create({"prompt": "a", "version": "3.0"})
    poll = API.poll("task")
    assert API.dialect.job_ids(poll) == ((JOB_ID,), ())
    reply = API.dialect.show(poll, [job(call.operation, taken(API, call), phase, **more)])
    body = body_of(reply)
    assert (reply.status, body["code"], body["message"]) == (200, 200, "success")
    data = body["data"]
    assert isinstance(data, dict)
    return data


def test_a_create_is_answered_in_the_envelope_with_what_was_asked() -> None:
    call = API.create("task", {**DOCUMENTED})
    body = body_of(API.dialect.accept(call, job(call.operation, taken(API, call))))
    data = body["data"]
    assert (body["code"], data["task_id"], data["status"], data["output"]) == (200, JOB_ID, "pending", None)
    assert data["input"] == ASKED
    assert data["error"] == {"code": 0, "raw_message": "", "message": "", "detail": None}


def test_a_finished_task_has_its_clip_in_both_documented_places() -> None:
    done = shown(Phase.SUCCEEDED)
    assert done["status"] == "completed"
    assert done["output"]["video"] == CLIP
    assert done["output"]["works"][0]["video"]["resource_without_watermark"] == CLIP
    assert done["output"]["works"][0]["video"]["duration"] == 5041
    assert done["meta"]["usage"] == {"type": "point", "frozen": 0, "consume": 5_000_000}


def test_a_failed_task_says_why_and_consumes_nothing() -> None:
    failed = shown(Phase.FAILED, failure=FailureKind.MODERATION)
    assert (failed["status"], failed["output"]) == ("failed", None)
    assert failed["error"]["code"] == 10000
    assert "risk control" in failed["error"]["message"]
    assert failed["meta"]["usage"]["consume"] == 0


def test_what_runs_is_processing_or_an_odd_word() -> None:
    assert shown(Phase.PROCESSING)["status"] == "processing"
    assert shown(Phase.PROCESSING, odd_word="staged-twice")["status"] == "staged-twice"


def test_a_webhook_gets_the_task() -> None:
    call = API.create("task", {**DOCUMENTED})
    body = API.dialect.callback_body(job(call.operation, taken(API, call), Phase.SUCCEEDED))
    assert isinstance(body, dict)
    assert body["data"]["task_id"] == JOB_ID


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (RefusalKind.TOO_FAST, 429),
        (RefusalKind.TOO_MANY, 429),
        (RefusalKind.NO_BALANCE, 402),
        (RefusalKind.SERVER_ERROR, 500),
        (RefusalKind.BAD_GATEWAY, 502),
        (RefusalKind.UNAVAILABLE, 503),
        (RefusalKind.TIMED_OUT, 504),
        (RefusalKind.NAME_TAKEN, 409),
        (RefusalKind.NO_SUCH_JOB, 404),
        (RefusalKind.NO_SUCH_PATH, 404),
        (RefusalKind.PRODUCT_GONE, 404),
        (RefusalKind.MODERATION, 400),
    ],
)
def test_every_refusal_is_in_the_envelope(kind: RefusalKind, status: int) -> None:
    reply = API.dialect.refuse(kind, "more")
    body = body_of(reply)
    assert (reply.status, body["code"]) == (status, status)
    assert body["message"].endswith(": more")


def test_an_unknown_task_is_not_found_and_nothing_else_is_served() -> None:
    assert API.dialect.show(API.poll("task"), []).status == 404
    assert API.dialect.answer_other(create({"prompt": "a"}), []).status == 404


@pytest.mark.parametrize(
    ("headers", "is_good"),
    [
        ({}, False),
        ({"authorization": "Bearer k"}, False),
        ({"x-api-key": "invalid"}, False),
        ({"x-api-key": "k"}, True),
    ],
)
def test_the_key_has_a_header_of_its_own(headers: Mapping[str, str], *, is_good: bool) -> None:
    reply = API.dialect.authorize(Caller(Piapi(), headers).poll("task"), 0.0)
    assert (reply is None) == is_good


@given(
    bodies_of(
        "prompt", "image_url", "multi_shots", "duration", "version", "enable_audio", "elements", "camera_control"
    ),
    strategies.sampled_from(Strictness),
    strategies.sampled_from(["video_generation", "omni_video_generation"]),
)
def test_no_body_breaks_it(body: Json, strictness: Strictness, kind: str) -> None:
    reading = API.dialect.read(create(body, task_type=kind), strictness)
    assert isinstance(reading, Wanted) or 400 <= reading.status < 500


# --- over HTTP


def test_over_http_a_clip_is_made_found_and_downloaded() -> None:
    path = "/api/v1/task"
    clip = "data.output.works.0.video.resource_without_watermark"
    walk = Walk(
        path, {**DOCUMENTED}, {"model": "kling"}, "data.task_id", f"{path}/{{id}}", "data.status", "completed", clip
    )
    (charge,) = walk.take(API, created=200, refused=400)
    assert charge["price"] == "0.33"
