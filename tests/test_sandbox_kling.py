"""Kling's older interface in the sandbox: what is taken and refused, strictly and leniently; how jobs are shown."""

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import httpx
import jwt
import pytest
from dialect_bench import (
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
from hypothesis import given

from runner.core.canonical import Json
from runner.sandbox.dialect import FailureKind, OperationKind, Phase, RefusalKind, Reply, Strictness, Wanted
from runner.sandbox.dialects.kling import Kling
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

# Long enough for every algorithm.
SECRET: Final = "0123456789abcdef" * 4
KEYS: Final = {"sandbox-access": SECRET}
KLING: Final = Caller(Kling(KEYS), {"authorization": "Bearer a-key"})
NOW: Final = 1_790_000_000.0
TOLD, STILL, MANY, OMNI = "text2video", "image2video", "multi-image2video", "omni-video"
VOICES, ELEMENTS = "custom-voices", "advanced-custom-elements"

WHOLE: Final[Mapping[str, dict[str, Json]]] = {
    TOLD: {"model_name": "kling-v2-6", "mode": "pro", "prompt": "a harbour at dawn", "duration": "5"},
    STILL: {
        "model_name": "kling-v2-6",
        "mode": "pro",
        "prompt": "she turns",
        "duration": "5",
        "image": PICTURE_URL,
    },
    MANY: {"model_name": "kling-v1-6", "prompt": "two friends", "image_list": [{"image": PICTURE_URL}]},
    OMNI: {"model_name": "kling-v3-omni", "prompt": "he waits", "aspect_ratio": "16:9", "duration": "5"},
    VOICES: {"voice_name": "gruff", "voice_url": "https://example.com/gruff.wav"},
    ELEMENTS: {
        "element_name": "keeper",
        "element_description": "a lighthouse keeper",
        "reference_type": "image_refer",
        "element_image_list": {"frontal_image": PICTURE_URL, "refer_images": [{"image_url": PICTURE_URL}]},
    },
}
V3: Final[dict[str, Json]] = {"model_name": "kling-v3"}
VOICED: Final[dict[str, Json]] = {
    "sound": "on",
    "prompt": 'the man<<<voice_1>>> says: "hello"',
    "voice_list": [{"voice_id": "829824295735410756"}],
}
BEATS: Final[Json] = [
    {"index": 1, "prompt": "he climbs", "duration": "2"},
    {"index": 2, "prompt": "he waits", "duration": "3"},
]
SHOTS: Final[dict[str, Json]] = {**V3, "multi_shot": True, "shot_type": "customize", "multi_prompt": BEATS}
PAN: Final[dict[str, Json]] = {"type": "simple", "config": {"pan": 5, "tilt": 0, "zoom": 0.0}}
CAMERA: Final[dict[str, Json]] = {"model_name": "kling-v1", "mode": "std", "camera_control": PAN}
STILL_CAMERA: Final[dict[str, Json]] = {"model_name": "kling-v1-5", "mode": "pro", "camera_control": PAN}
PATH: Final[list[Json]] = [{"x": 10, "y": 20}, {"x": 30, "y": 20}]
BRUSH: Final[dict[str, Json]] = {
    "model_name": "kling-v1-5",
    "static_mask": PICTURE_URL,
    "dynamic_masks": [{"mask": PICTURE_URL, "trajectories": PATH}],
}
FIRST: Final[Json] = {"image_url": PICTURE_URL, "type": "first_frame"}
LAST: Final[Json] = {"image_url": PICTURE_URL, "type": "end_frame"}
CLIP_IN: Final[Json] = {"video_url": "https://example.com/a.mp4"}
O1: Final[dict[str, Json]] = {"model_name": "kling-video-o1"}


def written(name: str, changes: Mapping[str, Json]) -> dict[str, Json]:
    """The whole body of an operation with changes; what is changed to null is left out."""
    return {key: value for key, value in {**WHOLE[name], **changes}.items() if value is not None}


def read(name: str, changes: Mapping[str, Json], strictness: Strictness) -> Wanted | Reply:
    return KLING.dialect.read(KLING.create(name, written(name, changes)), strictness)


def say(reading: Wanted | Reply) -> str:
    """The message of a refusal; nothing for what was taken."""
    if isinstance(reading, Wanted):
        return ""
    assert reading.status == 400
    assert body_of(reading)["code"] in {1200, 1201}
    assert body_of(reading)["request_id"]
    return str(body_of(reading)["message"])


TAKEN: Final[tuple[tuple[str, dict[str, Json]], ...]] = (
    (TOLD, {}),
    (TOLD, {"model_name": None, "mode": None, "duration": None}),
    (TOLD, {"prompt": "x" * 2500, "negative_prompt": "y" * 2500, "aspect_ratio": "9:16", "sound": "on"}),
    (TOLD, {"sound": "off", "mode": "std", "callback_url": "", "external_task_id": ""}),
    (TOLD, {"model_name": "kling-v1", "cfg_scale": 0.5}),
    (TOLD, {**V3, "cfg_scale": 1, "duration": "15", "mode": "4k", "sound": "on"}),
    (TOLD, {**V3, "duration": "3"}),
    (TOLD, {"model_name": "kling-v2-master"}),
    (TOLD, {"model_name": "kling-v2-1-master", "mode": None}),
    (TOLD, CAMERA),
    (TOLD, {**CAMERA, "camera_control": {"type": "down_back"}}),
    (TOLD, SHOTS),
    (TOLD, {**SHOTS, "prompt": ""}),
    (TOLD, {**SHOTS, "multi_shot": "true"}),
    (TOLD, {**V3, "multi_shot": True, "shot_type": "intelligence"}),
    (TOLD, {"watermark_info": {"enabled": True}, "callback_url": "https://example.com/told"}),
    (STILL, {}),
    (STILL, {"image": picture()}),
    (STILL, {"image_tail": PICTURE_URL}),
    (STILL, {**V3, "image_tail": PICTURE_URL, "mode": "std", "sound": "on"}),
    (STILL, {"model_name": "kling-v2-5-turbo", "image_tail": PICTURE_URL}),
    (STILL, {"model_name": "kling-v2-1", "image_tail": PICTURE_URL}),
    (STILL, {"model_name": "kling-v1-6", "image": None, "image_tail": PICTURE_URL}),
    (STILL, {"model_name": "kling-v1", "mode": "std", "image_tail": PICTURE_URL}),
    (STILL, BRUSH),
    (STILL, {**BRUSH, "image": picture(), "static_mask": picture(1280, 720)}),
    (STILL, STILL_CAMERA),
    (STILL, VOICED),
    (STILL, {**VOICED, "voice_list": [{"voice_id": "1"}, {"voice_id": "2"}]}),
    (STILL, {**V3, "element_list": [{"element_id": 1}, {"element_id": 2}, {"element_id": 3}]}),
    (STILL, SHOTS),
    (MANY, {}),
    (MANY, {"image_list": [{"image": picture()}] * 4, "mode": "pro", "duration": "10", "aspect_ratio": "1:1"}),
    (OMNI, {}),
    (OMNI, {"aspect_ratio": None, "image_list": [FIRST, LAST], "duration": "7", "sound": "on"}),
    (OMNI, {"image_list": [{"image_url": PICTURE_URL}] * 4, "element_list": [{"element_id": 7}] * 3}),
    (OMNI, {"prompt": "<<<image_1>>> and <<<element_1>>>", "image_list": [FIRST], "element_list": [{"element_id": 7}]}),
    (OMNI, {"duration": None, "aspect_ratio": None, "video_list": [CLIP_IN]}),
    (OMNI, {"video_list": [{"video_url": "https://example.com/a.mp4", "refer_type": "feature"}], "duration": "7"}),
    (OMNI, {"multi_shot": True, "shot_type": "customize", "multi_prompt": BEATS, "prompt": None}),
    (OMNI, {**O1, "duration": "10"}),
    (OMNI, {**O1, "duration": "7", "image_list": [FIRST, {"image_url": PICTURE_URL}]}),
    (VOICES, {}),
    (VOICES, {"voice_url": "", "video_id": "123", "callback_url": ""}),
    (VOICES, {"voice_url": "https://example.com/voice"}),
    (ELEMENTS, {}),
    (ELEMENTS, {"tag_list": [{"tag_id": "o_102"}], "element_voice_id": "9"}),
    (
        ELEMENTS,
        {
            "reference_type": "video_refer",
            "element_image_list": None,
            "element_video_list": {"refer_videos": [{"video_url": "https://example.com/a.mp4"}]},
        },
    ),
)

# Never taken: what the notes of the fields say.
REFUSED: Final[tuple[tuple[str, dict[str, Json], str], ...]] = (
    (TOLD, {"model_name": "kling-v9"}, "model is not supported"),
    (TOLD, {"model_name": "kling-v1-5"}, "model is not supported"),
    (TOLD, {"prompt": None}, "prompt: is required"),
    (TOLD, {"prompt": ""}, "prompt: is required"),
    (TOLD, {"prompt": "x" * 2501}, "prompt: must have at most 2500"),
    (TOLD, {"negative_prompt": "x" * 2501}, "negative_prompt: must have at most 2500"),
    (TOLD, {"sound": "yes"}, "sound: must be one of"),
    (TOLD, {"sound": True}, "sound: must be one of"),
    (TOLD, {"model_name": "kling-v1-6", "sound": "on"}, "sound: is only supported by kling-v2-6"),
    (TOLD, {"model_name": "kling-v1", "cfg_scale": 1.5}, "cfg_scale: must be at most 1"),
    (TOLD, {"cfg_scale": 0.5}, "cfg_scale: is not supported by kling-v2-6"),
    (TOLD, {"mode": "best"}, "mode: must be one of"),
    (TOLD, {"mode": "4k"}, "mode: 4k is not supported"),
    (TOLD, {"aspect_ratio": "4:3"}, "aspect_ratio: must be one of"),
    (TOLD, {"duration": "7"}, "duration: must be one of 5, 10"),
    (TOLD, {**V3, "duration": "16"}, "duration: must be one of"),
    (TOLD, {"external_task_id": 7}, "external_task_id: must be a string"),
    (TOLD, {"callback_url": "ftp://x"}, "callback_url: must be an http"),
    (TOLD, {"watermark_info": {"enabled": "yes"}}, "watermark_info.enabled: must be a boolean"),
    (TOLD, {**CAMERA, "camera_control": {"type": "spin"}}, "camera_control.type: must be one of"),
    (TOLD, {**CAMERA, "camera_control": {"type": "simple"}}, "camera_control.config: is required"),
    (TOLD, {**CAMERA, "camera_control": {"type": "simple", "config": {}}}, "exactly one"),
    (TOLD, {**CAMERA, "camera_control": {"type": "simple", "config": {"pan": 1, "zoom": 1}}}, "exactly one"),
    (TOLD, {**CAMERA, "camera_control": {"type": "simple", "config": {"pan": 11}}}, "config.pan: must be at most 10"),
    (TOLD, {**CAMERA, "camera_control": {**PAN, "type": "forward_up"}}, "config: must be empty"),
    (TOLD, {**SHOTS, "shot_type": None}, "shot_type: is required"),
    (TOLD, {**SHOTS, "multi_prompt": None}, "multi_prompt: is required"),
    (TOLD, {**SHOTS, "duration": "6"}, "multi_prompt: the sum"),
    (TOLD, {**SHOTS, "multi_prompt": [{"prompt": "a", "duration": "5"}]}, "multi_prompt[0].index: is required"),
    (
        TOLD,
        {**SHOTS, "multi_prompt": [{"index": 1, "prompt": "x" * 513, "duration": "5"}]},
        "multi_prompt[0].prompt: must have at most 512",
    ),
    (
        TOLD,
        {**SHOTS, "duration": "7", "multi_prompt": [{"index": n, "prompt": "a", "duration": "1"} for n in range(7)]},
        "multi_prompt: must have at most 6",
    ),
    (TOLD, {**V3, "multi_shot": True, "shot_type": "intelligence", "prompt": None}, "prompt: is required"),
    (STILL, {"image": None}, "image, image_tail: at least one"),
    (STILL, {"image": ""}, "image, image_tail: at least one"),
    (STILL, {"image": data_uri()}, "image: must not have a data: prefix"),
    (STILL, {"image": "no picture"}, "image: is neither"),
    (STILL, {"image": picture(299, 300)}, "image: must have at least 300 px"),
    (STILL, {"image": picture(301, 760)}, "image: must have a ratio between"),
    (STILL, {"image": picture(400, 400, "GIF")}, "image: must be jpg/jpeg/png, is gif"),
    (STILL, {"image": picture()[:-200]}, "image: is no picture that can be read"),
    (STILL, {**BRUSH, "image_tail": PICTURE_URL}, "image_tail, static_mask: cannot be used at the same time"),
    (STILL, {**STILL_CAMERA, "image_tail": PICTURE_URL}, "image_tail, camera_control: cannot be used"),
    (STILL, {**STILL_CAMERA, **BRUSH}, "static_mask, camera_control: cannot be used"),
    (STILL, {**BRUSH, "dynamic_masks": [{"mask": PICTURE_URL, "trajectories": PATH}] * 7}, "must have at most 6"),
    (STILL, {**BRUSH, "dynamic_masks": [{"mask": PICTURE_URL, "trajectories": [{"x": 1, "y": 1}]}]}, "at least 2"),
    (STILL, {**BRUSH, "dynamic_masks": [{"mask": PICTURE_URL, "trajectories": [*PATH] * 39}]}, "at most 77"),
    (STILL, {**BRUSH, "image": picture(), "static_mask": picture(600, 600)}, "must have the ratio of the image"),
    (STILL, {**VOICED, "sound": "off"}, "voice_list: sound must be on"),
    (STILL, {**VOICED, "voice_list": [{"voice_id": "1"}] * 3}, "voice_list: must have at most 2"),
    (STILL, {**VOICED, "element_list": [{"element_id": 1}]}, "voice_list, element_list: cannot be used"),
    (STILL, {**V3, "element_list": [{"element_id": 1}] * 4}, "element_list: must have at most 3"),
    (MANY, {"model_name": "kling-v2-6"}, "model is not supported"),
    (MANY, {"image_list": []}, "image_list: must have at least 1"),
    (MANY, {"image_list": [{"image": PICTURE_URL}] * 5}, "image_list: must have at most 4"),
    (MANY, {"prompt": ""}, "prompt: is required"),
    (OMNI, {"model_name": None}, "model_name: is required"),
    (OMNI, {"model_name": "kling-v3"}, "model is not supported"),
    (OMNI, {"prompt": None}, "prompt: is required"),
    (OMNI, {"image_list": [{"image_url": PICTURE_URL}] * 5, "element_list": [{"element_id": 7}] * 3}, "at most 7"),
    (
        OMNI,
        {"video_list": [CLIP_IN], "duration": None, "element_list": [{"element_id": 7}] * 5},
        "must have at most 4 items together",
    ),
    (OMNI, {"image_list": [FIRST, LAST, {"image_url": PICTURE_URL}]}, "not supported with more than 2"),
    (OMNI, {"image_list": [LAST]}, "an end_frame needs a first_frame"),
    (OMNI, {"image_list": [FIRST, FIRST]}, "at most one first_frame"),
    (OMNI, {"video_list": [CLIP_IN, CLIP_IN]}, "video_list: must have at most 1"),
    (OMNI, {"video_list": [CLIP_IN], "duration": None, "sound": "on"}, "sound: must be off"),
    (OMNI, {"video_list": [CLIP_IN]}, "duration: is not supported with a video to be edited"),
    (OMNI, {"video_list": [CLIP_IN], "duration": None, "image_list": [FIRST]}, "has no first_frame"),
    (OMNI, {**O1, "duration": "11", "element_list": [{"element_id": 7}]}, "duration: must be at most 10"),
    (OMNI, {**O1, "duration": "7"}, "duration: must be one of 5, 10"),
    (OMNI, {**O1, "duration": "7", "image_list": [FIRST]}, "duration: must be one of 5, 10"),
    (OMNI, {**O1, "mode": "4k"}, "mode: 4k is not supported"),
    (VOICES, {"voice_name": None}, "voice_name: is required"),
    (VOICES, {"voice_name": "x" * 21}, "voice_name: must have at most 20"),
    (VOICES, {"voice_url": None}, "exactly one is required"),
    (VOICES, {"video_id": "1"}, "exactly one is required"),
    (VOICES, {"voice_url": "UklGRg=="}, "voice_url: must be an http"),
    (ELEMENTS, {"element_name": "x" * 21}, "element_name: must have at most 20"),
    (ELEMENTS, {"element_description": "x" * 101}, "element_description: must have at most 100"),
    (ELEMENTS, {"element_description": ""}, "element_description: is required"),
    (ELEMENTS, {"reference_type": "video_refer"}, "element_video_list: is required"),
    (ELEMENTS, {"element_image_list": None}, "element_image_list: is required"),
    (ELEMENTS, {"element_image_list": {"frontal_image": PICTURE_URL, "refer_images": []}}, "must have at least 1"),
    (ELEMENTS, {"tag_list": [{"tag_id": "o_109"}]}, "tag_list[0].tag_id: must be one of"),
)

# Only refused when strict: the capability map, and what would otherwise be ignored in silence.
MAPPED: Final[tuple[tuple[str, dict[str, Json], str], ...]] = (
    (TOLD, {"promt": "misspelt"}, "promt: is no field"),
    (TOLD, {"image": PICTURE_URL}, "image: is no field"),
    (TOLD, {"voice_list": [{"voice_id": "1"}], "sound": "on"}, "voice_list: is no field"),
    (TOLD, {"duration": 5}, "duration: must be one of"),
    (TOLD, {"mode": "std", "sound": "on"}, "sound: is only supported in pro mode by kling-v2-6"),
    (TOLD, {"model_name": "kling-v2-master", "mode": "std"}, "mode: std is not supported"),
    (TOLD, {**CAMERA, "mode": "pro"}, "camera_control is only supported in std mode with 5s duration and kling-v1"),
    (TOLD, {**CAMERA, "duration": "10"}, "camera_control is only supported in std mode"),
    (TOLD, {**CAMERA, "model_name": "kling-v1-6"}, "camera_control is only supported in std mode"),
    (TOLD, {**SHOTS, "model_name": "kling-v2-6"}, "multi_shot: is only supported by kling-v3"),
    (TOLD, {"prompt": "<<<voice_1>>> speaks"}, "<<<voice_1>>> has no entry in voice_list"),
    (STILL, {"aspect_ratio": "16:9"}, "aspect_ratio: is no field"),
    (STILL, {"prompt": None}, "prompt: is required"),
    (STILL, {"mode": "std", "image_tail": PICTURE_URL}, "image_tail: is not supported by kling-v2-6 in std mode"),
    (STILL, {"sound": "on", "image_tail": PICTURE_URL}, "image_tail: is only supported without sound"),
    (STILL, {"image": None, "image_tail": PICTURE_URL}, "image_tail: without image is not supported"),
    (STILL, {**V3, "image": None, "image_tail": PICTURE_URL}, "image_tail: without image is not supported"),
    (STILL, {"model_name": "kling-v2-1-master", "image_tail": PICTURE_URL}, "image_tail: is not supported"),
    (STILL, {"model_name": "kling-v2-5-turbo", "mode": "std", "image_tail": PICTURE_URL}, "image_tail: is not"),
    (STILL, {"model_name": "kling-v1", "duration": "10", "image_tail": PICTURE_URL}, "only supported with 5s"),
    (STILL, {**STILL_CAMERA, "camera_control": {"type": "down_back"}}, "camera_control is only supported with type"),
    (STILL, {**STILL_CAMERA, **V3}, "camera_control is only supported with type simple"),
    (STILL, {**BRUSH, "model_name": "kling-v2-6"}, "masks: are not supported by kling-v2-6"),
    (STILL, {**BRUSH, "duration": "10"}, "masks: are not supported by kling-v1-5"),
    (STILL, {**BRUSH, "mode": "std"}, "masks: are not supported by kling-v1-5"),
    (STILL, {**VOICED, **V3}, "voice_list: is only supported in pro mode by kling-v2-6"),
    (STILL, {**VOICED, "prompt": "<<<voice_2>>> speaks"}, "<<<voice_2>>> has no entry"),
    (STILL, {"element_list": [{"element_id": 1}]}, "element_list: is not supported by kling-v2-6"),
    (OMNI, {"aspect_ratio": None}, "aspect_ratio: is required"),
    (OMNI, {**O1, "sound": "on"}, "sound: is not supported by kling-video-o1"),
    (OMNI, {**O1, "multi_shot": True, "shot_type": "intelligence"}, "multi_shot: is not supported"),
    (OMNI, {"prompt": "<<<image_2>>>", "image_list": [FIRST]}, "<<<image_2>>> has no entry"),
    (VOICES, {"voice_url": "https://example.com/voice.ogg"}, "voice_url: must be mp3"),
)


@pytest.mark.parametrize(("name", "changes"), TAKEN)
@pytest.mark.parametrize("strictness", Strictness)
def test_what_the_pages_say_is_taken_strictly_and_leniently(
    name: str, changes: dict[str, Json], strictness: Strictness
) -> None:
    assert say(read(name, changes, strictness)) == ""


@pytest.mark.parametrize(("name", "changes", "complaint"), REFUSED)
@pytest.mark.parametrize("strictness", Strictness)
def test_what_the_notes_of_the_fields_exclude_is_never_taken(
    name: str, changes: dict[str, Json], complaint: str, strictness: Strictness
) -> None:
    assert complaint in say(read(name, changes, strictness))


@pytest.mark.parametrize(("name", "changes", "complaint"), MAPPED)
def test_what_only_the_capability_map_excludes_is_taken_when_lenient(
    name: str, changes: dict[str, Json], complaint: str
) -> None:
    assert complaint in say(read(name, changes, Strictness.STRICT))
    assert say(read(name, changes, Strictness.LENIENT)) == ""


@pytest.mark.parametrize("name", WHOLE)
@given(body=bodies_of("model_name", "prompt", "image", "image_list", "multi_prompt", "duration", "sound", "type"))
def test_no_body_whatever_breaks_it(name: str, body: Json) -> None:
    for strictness in Strictness:
        reading = KLING.dialect.read(KLING.create(name, body), strictness)
        assert isinstance(reading, Wanted) or reading.status == 400


@pytest.mark.parametrize(
    ("name", "changes", "price"),
    [
        (TOLD, {"mode": "std"}, "0.210"),
        (TOLD, {}, "0.35"),
        (TOLD, {"sound": "on"}, "0.70"),
        (TOLD, {"sound": "on", "duration": "10"}, "1.40"),
        (STILL, VOICED, "0.84"),
        # A voice that nobody speaks with is not charged.
        (STILL, {**VOICED, "prompt": "nobody speaks"}, "0.70"),
        (TOLD, {**V3, "mode": "std"}, "0.42"),
        (TOLD, {**V3, "sound": "on", "duration": "15"}, "2.52"),
        (TOLD, {**V3, "mode": "4k"}, "2.10"),
        (TOLD, {"model_name": "kling-v1", "mode": None}, "0.14"),
        (TOLD, {"model_name": "kling-v2-master"}, "1.40"),
        (MANY, {}, "0.28"),
        (OMNI, {}, "0.56"),
        (OMNI, {"video_list": [CLIP_IN], "duration": None}, "0.84"),
        (VOICES, {}, "0.007"),
        (ELEMENTS, {}, "0"),
    ],
)
def test_prices_are_those_of_the_list(name: str, changes: dict[str, Json], price: str) -> None:
    reading = read(name, changes, Strictness.STRICT)
    assert isinstance(reading, Wanted)
    assert reading.price == Decimal(price)
    assert reading.currency == "USD"


def test_what_the_list_has_no_price_for_has_none() -> None:
    reading = read(TOLD, {"mode": "std", "sound": "on"}, Strictness.LENIENT)
    assert isinstance(reading, Wanted)
    assert reading.price is None


def test_a_create_is_read_into_what_is_wanted() -> None:
    body = written(STILL, {**VOICED, "duration": "10", "external_task_id": "fc-1", "watermark_info": {"enabled": True}})
    wanted = taken(KLING, KLING.create(STILL, body))
    assert (wanted.seconds, wanted.mode, wanted.has_sound) == (10, "pro", True)
    assert (wanted.first_frame, wanted.last_frame, wanted.aspect_ratio) == (PICTURE_URL, None, None)
    assert (wanted.external_id, wanted.has_watermark) == ("fc-1", True)
    assert list(wanted.uses) == ["829824295735410756"]


def test_what_is_no_object_is_a_bad_parameter() -> None:
    assert body_of(refused(KLING, KLING.create(TOLD, [1])))["code"] == 1200


# --- keys ------------------------------------------------------------------------------------------------------------


def authorize(authorization: str) -> tuple[int, int] | None:
    call = Caller(KLING.dialect, {"authorization": authorization}).create(TOLD, {})
    refusal = KLING.dialect.authorize(call, NOW)
    return None if refusal is None else (refusal.status, body_of(refusal)["code"])


def token(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    whole = {"iss": "sandbox-access", "exp": NOW + 1800, "nbf": NOW - 5, **claims}
    made = jwt.encode({name: value for name, value in whole.items() if value is not None}, secret, algorithm)
    return f"Bearer {made}"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("Bearer a-key", None),
        ("bearer a-key", None),
        ("", 1001),
        ("Basic a-key", 1002),
        ("Bearer ", 1002),
        ("Bearer invalid", 1002),
        (f"Bearer {SECRET}", 1002),
        ("Bearer a.b.c", 1002),
        (token(), None),
        (token(iss="nobody"), 1002),
        (token(iss=None), 1002),
        (token(SECRET[::-1]), 1000),
        (token(algorithm="HS512"), 1002),
        (token(exp=None), 1002),
        (token(nbf=NOW + 5), 1003),
        (token(exp=NOW), 1004),
    ],
)
def test_static_keys_and_tokens_are_proven(authorization: str, code: int | None) -> None:
    assert authorize(authorization) == (None if code is None else (401, code))


def test_tokens_of_one_access_key_are_one_account() -> None:
    def account(authorization: str) -> str:
        dialect = Kling(KEYS)
        return dialect.account_of(Caller(dialect, {"authorization": authorization}).create(TOLD, {}))

    assert account(token()) == account(token(exp=NOW + 9)) == "sandbox-access"
    assert account("Bearer a-key") != account("Bearer another")


# --- answers ---------------------------------------------------------------------------------------------------------


def show(name: str, phase: Phase, changes: Mapping[str, Json] | None = None, **more: Any) -> dict[str, Any]:
    wanted = taken(KLING, KLING.create(name, written(name, changes or {})))
    shown = KLING.dialect.show(
        KLING.poll(name), [job(KLING.operation(OperationKind.CREATE, name), wanted, phase, **more)]
    )
    assert shown.status == 200
    assert body_of(shown)["code"] == 0
    data = body_of(shown)["data"]
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize(
    ("phase", "word"),
    [
        (Phase.SUBMITTED, "submitted"),
        (Phase.PROCESSING, "processing"),
        (Phase.SUCCEEDED, "succeed"),
        (Phase.FAILED, "failed"),
    ],
)
def test_each_phase_has_its_word(phase: Phase, word: str) -> None:
    data = show(TOLD, phase)
    assert data["task_status"] == word
    assert ("task_result" in data) == (phase is Phase.SUCCEEDED)


def test_a_finished_clip_has_texts_for_numbers() -> None:
    data = show(TOLD, Phase.SUCCEEDED, {"external_task_id": "fc-1"})
    video = data["task_result"]["videos"][0]
    assert video["duration"] == "5.041"
    assert video["url"].endswith(".mp4")
    assert "watermark_url" not in video
    assert data["final_unit_deduction"] == "2.5"
    assert data["task_info"] == {"external_task_id": "fc-1"}


def test_a_watermarked_clip_is_only_there_when_it_was_asked_for() -> None:
    data = show(TOLD, Phase.SUCCEEDED, {"watermark_info": {"enabled": True}})
    assert data["task_result"]["videos"][0]["watermark_url"]
    assert data["watermark_info"] == {"enabled": True}


def test_a_failure_says_why() -> None:
    assert show(TOLD, Phase.FAILED)["task_status_msg"] == "Failure to pass the risk control system"
    bad_picture = show(STILL, Phase.FAILED, failure=FailureKind.BAD_PICTURE)
    assert bad_picture["task_status_msg"].startswith("The resolution or aspect ratio of the input image is invalid.")


def test_voices_and_elements_show_their_ids_and_that_they_are_gone() -> None:
    voice = show(VOICES, Phase.SUCCEEDED, product_id="850087542757535")["task_result"]["voices"][0]
    assert (voice["voice_id"], voice["voice_name"]) == ("850087542757535", "gruff")
    element = show(ELEMENTS, Phase.SUCCEEDED, product_id="321922438904313")["task_result"]["elements"][0]
    assert (element["element_id"], element["status"]) == (321922438904313, "succeed")
    gone = show(ELEMENTS, Phase.DELETED, product_id="321922438904313")["task_result"]["elements"][0]
    assert gone["status"] == "deleted"
    assert show(VOICES, Phase.DELETED, product_id="850087542757535")["task_result"]["voices"] == []


@pytest.mark.parametrize(
    ("kind", "status", "code", "message"),
    [
        (RefusalKind.TOO_FAST, 429, 1302, ""),
        (RefusalKind.TOO_MANY, 429, 1303, "parallel task over resource pack limit"),
        (RefusalKind.NO_BALANCE, 429, 1102, "Account balance not enough"),
        (RefusalKind.SERVER_ERROR, 500, 5000, ""),
        (RefusalKind.UNAVAILABLE, 503, 5001, ""),
        (RefusalKind.TIMED_OUT, 504, 5002, ""),
        (RefusalKind.NAME_TAKEN, 400, 1201, "External_task_id fc-1 already exists"),
        (RefusalKind.NO_SUCH_JOB, 400, 1201, "Task not found by id/external id: fc-1"),
        (RefusalKind.NO_SUCH_PATH, 404, 1203, ""),
        (RefusalKind.MODERATION, 400, 1301, ""),
        (RefusalKind.PRODUCT_GONE, 400, 1201, "fc-1 already be deleted"),
    ],
)
def test_refusals_have_klings_codes(kind: RefusalKind, status: int, code: int, message: str) -> None:
    reply = KLING.dialect.refuse(kind, "fc-1")
    assert (reply.status, body_of(reply)["code"]) == (status, code)
    assert message in body_of(reply)["message"]
    assert "data" not in body_of(reply)


# --- through the house -----------------------------------------------------------------------------------------------


def test_a_clip_is_made_found_by_either_id_and_taken_home() -> None:
    path = f"/v1/videos/{STILL}"
    body = written(STILL, {"image": picture(), "external_task_id": "fc-1"})
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        made = client.post(path, json=body)
        number = made.json()["data"]["task_id"]
        assert len(number) == 18
        assert number.isdigit()
        done = fetch_until(client, f"{path}/{number}", "data.task_status", "succeed")
        fetch_clip(done["data"]["task_result"]["videos"][0]["url"])
        assert client.get(f"{path}/fc-1").json()["data"]["task_id"] == number
        assert client.get(f"/v1/videos/{TOLD}/fc-1").json()["message"] == "Task not found by id/external id: fc-1"
        assert client.get(f"{path}/{JOB_ID}").status_code == 400
        again = client.post(path, json=body)
        assert (again.status_code, again.json()["message"]) == (400, "External_task_id fc-1 already exists")
        # The name is taken for every operation of the account, and for no other account.
        assert client.post(f"/v1/videos/{TOLD}", json=written(TOLD, {"external_task_id": "fc-1"})).status_code == 400
        stranger = {"Authorization": "Bearer another"}
        assert client.get(f"{path}/fc-1", headers=stranger).status_code == 400
        assert client.post(path, json=body, headers=stranger).status_code == 200
        assert len(sandbox.till()["charges"]) == 2


def test_lists_are_of_one_operation_newest_first_and_in_pages() -> None:
    path = f"/v1/videos/{TOLD}"
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        made = [client.post(path, json=written(TOLD, {})).json()["data"]["task_id"] for _ in range(3)]
        client.post(f"/v1/videos/{STILL}", json=written(STILL, {}))
        listed = client.get(path).json()["data"]
        assert [task["task_id"] for task in listed] == made[::-1]
        second = client.get(path, params={"pageNum": 2, "pageSize": 2}).json()["data"]
        assert [task["task_id"] for task in second] == made[:1]
        for query in ({"pageNum": 0}, {"pageNum": 1001}, {"pageSize": 501}, {"pageSize": "x"}):
            assert client.get(path, params=query).json()["code"] == 1201


@pytest.mark.parametrize(
    ("name", "field", "delete"),
    [
        (VOICES, "voice_id", "delete-voices"),
        (ELEMENTS, "element_id", "delete-advanced-elements"),
        (ELEMENTS, "element_id", "delete-elements"),
    ],
)
def test_what_was_deleted_cannot_be_used_or_deleted_again(name: str, field: str, delete: str) -> None:
    kind = field.partition("_")[0]
    model: dict[str, Json] = {} if kind == "voice" else {**V3}
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        made = client.post(f"/v1/general/{name}", json=WHOLE[name]).json()["data"]
        shown = fetch_until(client, f"/v1/general/{name}/{made['task_id']}", "data.task_status", "succeed")
        product = shown["data"]["task_result"][f"{kind}s"][0][field]
        use = written(STILL, {**model, "sound": "on", f"{kind}_list": [{field: product}]})
        assert client.post(f"/v1/videos/{STILL}", json=use).status_code == 200
        assert client.post(f"/v1/general/{delete}", json={field: product}).json()["data"]["task_status"] == "succeed"
        again = client.post(f"/v1/general/{delete}", json={field: product})
        assert "already be deleted" in again.json()["message"]
        assert "already be deleted" in client.post(f"/v1/videos/{STILL}", json=use).json()["message"]
        listed = client.get(f"/v1/general/{name}").json()["data"]
        assert len(listed) == (0 if kind == "voice" else 1)
        assert client.post(f"/v1/general/{delete}", json={field: "1"}).json()["code"] == 1201


def test_everybody_has_the_presets() -> None:
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        voices = client.get("/v1/general/presets-voices").json()["data"]
        assert {voice["owned_by"] for task in voices for voice in task["task_result"]["voices"]} == {"kling"}
        elements = client.get("/v1/general/advanced-presets-elements").json()["data"]
        assert isinstance(elements[0]["task_result"]["elements"][0]["element_id"], int)


def test_a_token_signed_by_another_library_is_good_here() -> None:
    now = time.time()
    with running_sandbox(SandboxOptions(kling_keys={"mine": SECRET})) as sandbox:
        signed = token(iss="mine", exp=now + 1800, nbf=now - 5)
        made = httpx.post(f"{sandbox.url}/v1/videos/{TOLD}", json=written(TOLD, {}), headers={"Authorization": signed})
        assert made.json()["code"] == 0
        assert "mine" not in str(sandbox.till())
        assert signed.split()[1] not in str(sandbox.requests())
