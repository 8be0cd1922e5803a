"""AI/ML API in the sandbox: every model with its fields, both paths, the body of its errors, how jobs are shown."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from dialect_bench import (
    CLIP,
    CREATED,
    JOB_ID,
    PICTURE_URL,
    Caller,
    Walk,
    bodies_of,
    body_of,
    data_uri,
    job,
    refused,
    taken,
)
from hypothesis import given, strategies

from runner.core.canonical import Json
from runner.sandbox.dialect import FailureKind, OperationKind, Phase, RefusalKind, Strictness, Wanted
from runner.sandbox.dialects.aimlapi import Aimlapi
from runner.sandbox.dialects.aimlapi_models import MODELS, OLDER_MODELS

API: Final = Caller(Aimlapi(), {"authorization": "Bearer a-key"})
NEWER: Final = "generations"
OLDER: Final = "generation"
V1: Final = "kling-video/v1/standard/image-to-video"
V2_6: Final = "klingai/video-v2-6-pro-image-to-video"
V3: Final = "klingai/video-v3-pro-image-to-video"

# The create body of the documentation's own example.
DOCUMENTED: Final[Mapping[str, Json]] = {
    "model": V1,
    "prompt": "Mona Lisa puts on glasses with her hands.",
    "image_url": "https://raw.githubusercontent.com/aimlapi/api-docs/main/reference-files/mona_lisa_extended.jpg",
}
LIGHT: Final[Mapping[str, Json]] = {"model": V1, "image_url": PICTURE_URL}


def accept(body: Mapping[str, Json], strictness: Strictness = Strictness.STRICT, path: str = NEWER) -> Wanted:
    return taken(API, API.create(path, body), strictness)


def complaint(body: Json, strictness: Strictness = Strictness.STRICT, path: str = NEWER) -> str:
    reply = refused(API, API.create(path, body), strictness)
    assert reply.status == 400
    first, _, rest = str(body_of(reply)["message"]).partition("\n")
    assert first == "Body validation error!"
    return rest


def test_the_documented_body_is_taken() -> None:
    wanted = accept(DOCUMENTED)
    assert (wanted.seconds, wanted.mode, wanted.has_sound, wanted.price) == (5, "std", False, None)
    assert wanted.first_frame == DOCUMENTED["image_url"]


# What each family needs at least.
LEAST: Final[Mapping[str, Json]] = {
    "prompt": "a",
    "image_url": PICTURE_URL,
    "image_list": [PICTURE_URL, PICTURE_URL],
    "video_url": "https://example.com/a.mp4",
    "audio_url": "https://example.com/a.mp3",
    "effect_scene": "pet_chef",
}


@pytest.mark.parametrize(("path", "models"), [(NEWER, MODELS), (OLDER, OLDER_MODELS)])
def test_every_model_takes_what_it_needs_and_misses_what_is_left_out(path: str, models: Mapping[str, Any]) -> None:
    for name, model in models.items():
        needed = sorted(model.fields.required - {"model"})
        body = {"model": name, **{field: LEAST[field] for field in needed}}
        assert accept(body, path=path).product == "video", name
        for field in needed:
            without = {given: value for given, value in body.items() if given != field}
            assert complaint(without, path=path) == f"{field}: is required", name
        assert complaint({**body, "sound": "on"}, path=path) == "sound: is no field of this request", name


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (V1, "std"),
        ("kling-video/v1.6/pro/image-to-video", "pro"),
        ("klingai/v2.1-master-image-to-video", "pro"),
        ("klingai/video-v3-omni-720p-image-to-video", "std"),
        ("klingai/video-v3-omni-1080p-image-to-video", "pro"),
        ("klingai/video-v3-turbo-pro-image-to-video", "pro"),
        ("klingai/video-v3-standard-turbo-image-to-video", "std"),
    ],
)
def test_the_quality_stands_in_the_name(name: str, mode: str) -> None:
    assert accept({"model": name, "prompt": "a", "image_url": PICTURE_URL}).mode == mode


def test_null_is_no_way_to_leave_a_field_out() -> None:
    assert complaint({**LIGHT, "duration": None}) == "duration: must be one of 5, 10, is null"


def test_a_last_frame_is_known_by_both_of_its_names() -> None:
    third: dict[str, Json] = {"model": V3, "image_url": PICTURE_URL}
    assert accept({**third, "tail_image_url": PICTURE_URL}).last_frame == PICTURE_URL
    assert accept({**third, "last_image_url": PICTURE_URL}, Strictness.LENIENT).last_frame == PICTURE_URL


def test_what_is_no_object_is_refused() -> None:
    assert complaint(None) == "Expected object"


def test_sound_is_on_unless_it_is_switched_off() -> None:
    body: dict[str, Json] = {"model": V2_6, "prompt": "a", "image_url": PICTURE_URL}
    assert accept(body).has_sound
    assert not accept({**body, "generate_audio": False}).has_sound
    assert accept({"model": "klingai/video-v3-turbo-pro-text-to-video", "prompt": "a"}).has_sound


def test_an_unknown_model_is_told_the_known_ones() -> None:
    told = complaint({"model": "kling-v3", "prompt": "a"})
    assert told.startswith("model: Invalid enum value. Expected 'kling-video/v1/standard/image-to-video' | ")
    assert told.endswith("received 'kling-v3'")
    assert "received 'None'" in complaint({"prompt": "a"})


def test_the_older_path_has_the_ratio_under_two_names_and_strings_for_the_lenient() -> None:
    body: dict[str, Json] = {"model": V1, "prompt": "a", "image_url": PICTURE_URL, "ratio": "9:16"}
    assert accept(body, path=OLDER).aspect_ratio == "9:16"
    assert accept({**body, "duration": "10", "type": "image-to-video"}, Strictness.LENIENT, OLDER).seconds == 10
    assert complaint(body) == "ratio: is no field of this request"
    named: dict[str, Json] = {"model": "kling-video/v1.5/standard/image-to-video", "image_url": PICTURE_URL}
    assert accept({**named, "external_task_id": "mine"}, path=OLDER).external_id == "mine"


@pytest.mark.parametrize(("path", "status"), [(NEWER, 200), (OLDER, 201)])
def test_a_create_is_answered_as_documented(path: str, status: int) -> None:
    call = API.create(path, {**DOCUMENTED})
    reply = API.dialect.accept(call, job(call.operation, taken(API, call)))
    assert reply.status == status
    assert reply.body == {"id": JOB_ID, "status": "queued", "video": None, "error": None, "meta": None}


def shown(phase: Phase, **more: Any) -> dict[str, Any]:
    call = API.create(NEWER, {**DOCUMENTED})
    poll = API.call(OperationKind.POLL, NEWER, query={"generation_id": JOB_ID})
    assert API.dialect.job_ids(poll) == ((JOB_ID,), ())
    return body_of(API.dialect.show(poll, [job(call.operation, taken(API, call), phase, **more)]))


def test_a_job_is_shown_as_documented() -> None:
    assert shown(Phase.PROCESSING)["status"] == "generating"
    done = shown(Phase.SUCCEEDED)
    assert done["status"] == "completed"
    assert done["video"] == {"url": CLIP}
    assert done["meta"] == {"usage": {"credits_used": 120000}}
    failed = shown(Phase.FAILED, failure=FailureKind.MODERATION)
    assert failed["status"] == "error"
    assert failed["video"] is None
    assert set(failed["error"]) == {"name", "message"}
    assert shown(Phase.PROCESSING, odd_word="dreaming")["status"] == "dreaming"


def test_a_poll_names_a_job_that_is_there() -> None:
    poll = API.call(OperationKind.POLL, NEWER, query={})
    assert API.dialect.job_ids(poll) == ((), ())
    assert API.dialect.show(poll, []).status == 400
    unknown = API.call(OperationKind.POLL, NEWER, query={"generation_id": "x"})
    assert API.dialect.show(unknown, []).status == 404
    assert API.dialect.refuse(RefusalKind.NO_SUCH_JOB).status == 404


def test_an_error_names_the_path_and_the_moment_of_the_call() -> None:
    dialect = Aimlapi()
    call = API.create(OLDER, {})
    assert dialect.authorize(call, CREATED / 1000) is None
    body = body_of(dialect.refuse(RefusalKind.NO_BALANCE))
    assert set(body) == {"message", "path", "requestId", "statusCode", "timestamp"}
    assert body["path"] == "/v2/generate/video/kling/generation"
    assert body["timestamp"] == "2025-09-21T00:00:00.000Z"
    assert body["statusCode"] == 403


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (RefusalKind.TOO_FAST, 429),
        (RefusalKind.TOO_MANY, 429),
        (RefusalKind.NO_BALANCE, 403),
        (RefusalKind.SERVER_ERROR, 500),
        (RefusalKind.BAD_GATEWAY, 502),
        (RefusalKind.UNAVAILABLE, 503),
        (RefusalKind.TIMED_OUT, 504),
        (RefusalKind.NO_SUCH_PATH, 404),
        (RefusalKind.PRODUCT_GONE, 404),
        (RefusalKind.MODERATION, 400),
        (RefusalKind.NAME_TAKEN, 400),
    ],
)
def test_every_refusal_has_its_status(kind: RefusalKind, status: int) -> None:
    reply = API.dialect.refuse(kind)
    assert (reply.status, body_of(reply)["statusCode"]) == (status, status)


def test_without_a_good_key_nothing_is_answered() -> None:
    for header in ("", "Bearer ", "Key a-key"):
        reply = API.dialect.authorize(Caller(Aimlapi(), {"authorization": header}).create(NEWER, {}), 0.0)
        assert reply is not None
        assert (reply.status, body_of(reply)["message"]) == (401, "Unauthorized")


def test_there_is_no_callback_and_nothing_else_to_ask() -> None:
    call = API.create(NEWER, {**DOCUMENTED})
    assert API.dialect.callback_body(job(call.operation, taken(API, call))) is None
    assert API.dialect.answer_other(call, []).status == 404


@given(
    bodies_of(
        "prompt", "image_url", "tail_image_url", "duration", "cfg_scale", "camera_control", "config", "dynamic_masks"
    ),
    strategies.sampled_from(Strictness),
)
def test_no_body_breaks_it(body: Json, strictness: Strictness) -> None:
    reading = API.dialect.read(API.create(NEWER, {**body, "model": V1} if isinstance(body, dict) else body), strictness)
    assert isinstance(reading, Wanted) or 400 <= reading.status < 500


# --- over HTTP


def test_over_http_a_clip_is_made_found_and_downloaded() -> None:
    path = "/v2/video/generations"
    bodies = {**LIGHT, "image_url": data_uri()}, {**LIGHT, "duration": 7}
    walk = Walk(path, *bodies, "id", f"{path}?generation_id={{id}}", "status", "completed", "video.url")
    (charge,) = walk.take(API, created=200, refused=400)
    assert charge["gateway"] == "aimlapi"
