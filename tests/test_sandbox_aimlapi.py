"""AI/ML API in the sandbox: every model with its fields, both paths, the body of its errors, how jobs are shown."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest
from dialect_bench import (
    CLIP,
    CREATED,
    JOB_ID,
    PICTURE_URL,
    Caller,
    bodies_of,
    body_of,
    data_uri,
    fetch_clip,
    fetch_until,
    job,
    picture,
    refused,
    taken,
)
from hypothesis import given, strategies

from runner.core.canonical import Json
from runner.sandbox.dialect import FailureKind, OperationKind, Phase, RefusalKind, Strictness, Wanted
from runner.sandbox.dialects.aimlapi import Aimlapi
from runner.sandbox.dialects.aimlapi_models import MODELS, OLDER_MODELS
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

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
MASK: Final[Mapping[str, Json]] = {"mask": PICTURE_URL, "trajectories": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}


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


def test_pictures_are_urls_or_data_uris_and_raw_only_for_the_lenient() -> None:
    assert accept({**LIGHT, "image_url": data_uri(), "tail_image_url": PICTURE_URL}).first_frame == data_uri()
    assert complaint({**LIGHT, "image_url": picture()}).startswith("image_url: ")
    assert accept({**LIGHT, "image_url": picture()}, Strictness.LENIENT).first_frame == picture()


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


def test_no_model_takes_a_mode_of_its_own() -> None:
    assert complaint({**LIGHT, "mode": "pro"}) == "mode: is no field of this request"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"duration": 7}, "duration: must be one of 5, 10, is 7"),
        ({"duration": "5"}, 'duration: must be one of 5, 10, is "5"'),
        ({"duration": None}, "duration: must be one of 5, 10, is null"),
        ({"cfg_scale": 1.5}, "cfg_scale: must be at most 1, is 1.5"),
        ({"cfg_scale": True}, "cfg_scale: must be a number, is true"),
        ({"cfg_scale": "0.5"}, 'cfg_scale: must be a number, is "0.5"'),
        ({"cfg_scale": -0.1}, "cfg_scale: must be at least 0, is -0.1"),
        ({"dynamic_masks": [MASK] * 7}, "dynamic_masks: must have at most 6 items, has 7"),
        ({"dynamic_masks": [{"mask": PICTURE_URL}]}, "dynamic_masks[0].trajectories: is required"),
        ({"camera_control": {"type": "spin"}}, "camera_control.type: must be one of"),
        ({"camera_control": {"config": {"pan": 11}}}, "camera_control.config.pan: must be at most 10, is 11"),
        ({"generate_audio": True}, "generate_audio: is no field of this request"),
        ({"voice_list": []}, "voice_list: is no field of this request"),
        ({"aspect_ratio": "16:9"}, "aspect_ratio: is no field of this request"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(change: dict[str, Json], told: str) -> None:
    assert complaint({**LIGHT, **change}).startswith(told)


def test_the_lenient_take_numbers_written_as_strings_but_no_words() -> None:
    assert accept({**LIGHT, "cfg_scale": "0.5"}, Strictness.LENIENT).product == "video"
    assert complaint({**LIGHT, "cfg_scale": "half"}, Strictness.LENIENT) == 'cfg_scale: must be a number, is "half"'
    assert complaint({**LIGHT, "cfg_scale": [0.5]}, Strictness.LENIENT) == "cfg_scale: must be a number, is [0.5]"


def test_what_is_no_object_is_refused() -> None:
    assert complaint(None) == "Expected object"


def test_the_fields_at_their_limits_are_taken() -> None:
    body: dict[str, Json] = {
        **LIGHT,
        "duration": 10,
        "cfg_scale": 1,
        "negative_prompt": "ugly",
        "static_mask": PICTURE_URL,
        "dynamic_masks": [MASK] * 6,
        "camera_control": {"type": "simple", "config": {"pan": -10}},
    }
    assert accept(body).seconds == 10


def test_a_text_model_moves_its_camera_by_a_word() -> None:
    body: dict[str, Json] = {
        "model": "kling-video/v1/standard/text-to-video",
        "prompt": "a",
        "camera_control": "down_back",
    }
    assert accept(body).product == "video"
    assert "camera_control: must be one of" in complaint({**body, "camera_control": "simple"})
    advanced: Json = {"movement_type": "zoom", "movement_value": 10}
    assert accept({**body, "advanced_camera_control": advanced}).product == "video"
    far: Json = {"movement_type": "zoom", "movement_value": 11}
    assert "must be at most 10" in complaint({**body, "advanced_camera_control": far})
    model = "kling-video/v1.6/standard/text-to-video"
    assert complaint({**body, "model": model}) == "camera_control: is no field of this request"


def test_two_to_four_pictures_make_one_clip() -> None:
    body: dict[str, Json] = {"model": "kling-video/v1.6/standard/multi-image-to-video"}
    assert accept({**body, "image_list": [PICTURE_URL] * 4}).product == "video"
    assert "at least 2" in complaint({**body, "image_list": [PICTURE_URL]})
    assert "at most 4" in complaint({**body, "image_list": [PICTURE_URL] * 5})


def test_sound_is_on_unless_it_is_switched_off() -> None:
    body: dict[str, Json] = {"model": V2_6, "prompt": "a", "image_url": PICTURE_URL}
    assert accept(body).has_sound
    assert not accept({**body, "generate_audio": False}).has_sound
    assert complaint({**body, "generate_audio": "off"}) == 'generate_audio: must be a boolean, is "off"'
    assert accept({"model": "klingai/video-v3-turbo-pro-text-to-video", "prompt": "a"}).has_sound


def test_where_its_pages_differ_the_strict_follow_the_schema() -> None:
    body: dict[str, Json] = {"model": V2_6, "prompt": "a", "image_url": PICTURE_URL, "tail_image_url": PICTURE_URL}
    assert complaint(body) == "tail_image_url: is no field of this request"
    assert accept(body, Strictness.LENIENT).last_frame == PICTURE_URL
    third: dict[str, Json] = {"model": V3, "image_url": PICTURE_URL}
    assert accept({**third, "tail_image_url": PICTURE_URL}).last_frame == PICTURE_URL
    assert complaint({**third, "last_image_url": PICTURE_URL}) == "last_image_url: is no field of this request"
    assert accept({**third, "last_image_url": PICTURE_URL}, Strictness.LENIENT).last_frame == PICTURE_URL
    assert complaint({**third, "shot_type": "intelligence"}).startswith("shot_type: must be one of")
    assert accept({**third, "shot_type": "intelligence"}, Strictness.LENIENT).product == "video"
    omni = "klingai/video-v3-omni-720p-image-to-video"
    assert accept({**third, "model": omni, "shot_type": "intelligence"}).product == "video"


def test_v3_has_prompts_as_strings_and_four_elements() -> None:
    face: Json = {"reference_image_urls": [PICTURE_URL], "frontal_image_url": PICTURE_URL}
    body: dict[str, Json] = {"model": V3, "image_url": PICTURE_URL, "multi_prompt": ["a", "b"], "elements": [face] * 4}
    assert accept({**body, "duration": 15}).seconds == 15
    assert "must be one of" in complaint({**body, "duration": 16})
    assert complaint({**body, "elements": [face] * 5}) == "elements: must have at most 4 items, has 5"
    assert complaint({**body, "elements": [{}]}) == "elements[0].reference_image_urls: is required"
    shot: Json = {"prompt": "a", "duration": 3}
    assert complaint({**body, "multi_prompt": [shot]}).startswith("multi_prompt[0]: must be a string")
    turbo: dict[str, Json] = {"model": "klingai/video-v3-turbo-pro-text-to-video"}
    assert accept({**turbo, "multi_prompt": [shot]}).product == "video"
    assert "must be an object" in complaint({**turbo, "multi_prompt": ["a"]})


def test_prompts_have_the_longest_their_model_allows() -> None:
    body: dict[str, Json] = {"model": V2_6, "image_url": PICTURE_URL}
    assert accept({**body, "prompt": "p" * 2500}).product == "video"
    assert "at most 2500" in complaint({**body, "prompt": "p" * 2501})
    turbo: dict[str, Json] = {"model": "klingai/video-v3-turbo-pro-text-to-video"}
    assert accept({**turbo, "prompt": "p" * 3072}).product == "video"
    assert "at most 3072" in complaint({**turbo, "prompt": "p" * 3073})


def test_an_unknown_model_is_told_the_known_ones() -> None:
    told = complaint({"model": "kling-v3", "prompt": "a"})
    assert told.startswith("model: Invalid enum value. Expected 'kling-video/v1/standard/image-to-video' | ")
    assert told.endswith("received 'kling-v3'")
    assert "received 'None'" in complaint({"prompt": "a"})


def test_the_older_path_has_the_ratio_under_two_names_and_strings_for_the_lenient() -> None:
    body: dict[str, Json] = {"model": V1, "prompt": "a", "image_url": PICTURE_URL, "ratio": "9:16"}
    assert accept(body, path=OLDER).aspect_ratio == "9:16"
    assert complaint({**body, "duration": "10"}, path=OLDER).startswith("duration")
    assert accept({**body, "duration": "10", "type": "image-to-video"}, Strictness.LENIENT, OLDER).seconds == 10
    assert complaint(body) == "ratio: is no field of this request"
    named: dict[str, Json] = {"model": "kling-video/v1.5/standard/image-to-video", "image_url": PICTURE_URL}
    assert accept({**named, "external_task_id": "mine"}, path=OLDER).external_id == "mine"
    assert complaint({**body, "external_task_id": "mine"}, path=OLDER).startswith("external_task_id")


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
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=API.headers) as client,
    ):
        made = client.post(path, json={**LIGHT, "image_url": data_uri()})
        assert (made.status_code, made.json()["status"]) == (200, "queued")
        done = fetch_until(client, f"{path}?generation_id={made.json()['id']}", "status", "completed")
        fetch_clip(done["video"]["url"])
        assert client.get(f"{path}?generation_id={JOB_ID}").status_code == 404
        refused_body = client.post(path, json={**LIGHT, "duration": 7}).json()
        assert (refused_body["statusCode"], refused_body["path"]) == (400, path)
        assert [charge["gateway"] for charge in sandbox.till()["charges"]] == ["aimlapi"]
