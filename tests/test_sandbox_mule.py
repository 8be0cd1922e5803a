"""MuleRun and MuleRouter in the sandbox: what each task takes and refuses, strict and lenient; how jobs are shown."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest
from dialect_bench import (
    CLIP,
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
from runner.sandbox.dialect import FailureKind, Phase, RefusalKind, Reply, Strictness, Wanted
from runner.sandbox.dialects.mule import Mule, StatusWords
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

MULE: Final = Caller(Mule(), {"authorization": "Bearer a-key"})
TOLD: Final = "kling-v2.6/text-to-video"
STILL: Final = "kling-v2.6/image-to-video"
TOLD_3: Final = "kling-v3/text-to-video"
STILL_3: Final = "kling-v3/image-to-video"
OMNI: Final = "kling-v3-omni"

# The create body of MuleRun's own text-to-video page.
DOCUMENTED: Final[Mapping[str, Json]] = {
    "prompt": "A beautiful woman is dancing in a room",
    "negative_prompt": "ugly, bad, distorted",
    "mode": "std",
    "aspect_ratio": "16:9",
    "duration": 5,
    "sound": "on",
}
MASK: Final[Mapping[str, Json]] = {"mask": PICTURE_URL, "trajectories": [{"x": 10, "y": 20}, {"x": 30, "y": 20}]}
FACE: Final[Mapping[str, Json]] = {
    "type": "image",
    "frontal_image": PICTURE_URL,
    "reference_images": [PICTURE_URL],
}
BEATS: Final[Json] = [{"prompt": "he climbs", "duration": 2}, {"prompt": "he waits", "duration": 3}]


def shots(**more: Json) -> dict[str, Json]:
    return {"multi_shot": True, "shot_type": "customize", "multi_prompt": BEATS, "duration": 5, **more}


def accept(name: str, body: Mapping[str, Json], strictness: Strictness = Strictness.STRICT) -> Wanted:
    return taken(MULE, MULE.create(name, body), strictness)


def complaint(name: str, body: Json, strictness: Strictness = Strictness.STRICT) -> str:
    reply = refused(MULE, MULE.create(name, body), strictness)
    assert reply.status == 400
    assert list(body_of(reply)) == ["detail"]
    return str(body_of(reply)["detail"])


def test_every_documented_path_can_be_made_and_asked_for() -> None:
    paths = {operation.path for operation in MULE.dialect.operations if operation.method == "POST"}
    root = "/vendors/klingai/v1"
    assert paths == {
        *(f"{root}/kling-{version}/{task}/generation" for version in ("v2.5-turbo", "v2.6", "v3") for task in TASKS),
        f"{root}/{OMNI}/text-to-video/generation",
        f"{root}/{OMNI}/image-to-video/generation",
        f"{root}/{OMNI}/reference-image-to-video/generation",
        f"{root}/{OMNI}/reference-video-to-video/generation",
        f"{root}/{OMNI}/video-to-video/edit",
    }
    polls = {operation.path for operation in MULE.dialect.operations if operation.method == "GET"}
    assert polls == {f"{path}/{{id}}" for path in paths}


TASKS: Final = ("text-to-video", "image-to-video")


# --- v2.6, text


def test_the_documented_body_is_taken_by_the_lenient_and_refused_by_the_strict() -> None:
    assert accept(TOLD, DOCUMENTED, Strictness.LENIENT) == Wanted(
        product="video", price=None, seconds=5, mode="std", has_sound=True, aspect_ratio="16:9"
    )
    assert complaint(TOLD, DOCUMENTED) == "sound: `on` requires mode `pro`"


@pytest.mark.parametrize(
    "body",
    [
        {
            "prompt": "waves",
            "negative_prompt": "ugly",
            "mode": "pro",
            "aspect_ratio": "16:9",
            "duration": 10,
            "sound": "on",
        },
        {"prompt": "A person walking through a city at night", "mode": "std", "duration": 5, "sound": "off"},
        {"prompt": "nothing else"},
        {"prompt": "p" * 2500},
    ],
)
def test_silent_or_pro_bodies_are_taken(body: dict[str, Json]) -> None:
    assert accept(TOLD, body).product == "video"


def test_what_is_not_given_has_the_documented_default() -> None:
    wanted = accept(TOLD, {"prompt": "a"})
    assert (wanted.seconds, wanted.mode, wanted.has_sound, wanted.aspect_ratio) == (5, "std", False, "16:9")
    assert accept(f"{OMNI}/text-to-video", {"prompt": "a"}).mode == "pro"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prompt": None}, "prompt: is required"),
        ({"prompt": "p" * 2501}, "prompt: must have at most 2500 characters, has 2501"),
        ({"negative_prompt": "n" * 2501}, "negative_prompt: must have at most 2500 characters, has 2501"),
        ({"duration": 7}, "duration: must be one of 5, 10, is 7"),
        ({"duration": "5"}, 'duration: must be one of 5, 10, is "5"'),
        ({"mode": "4k"}, 'mode: must be one of "std", "pro", is "4k"'),
        ({"sound": True}, 'sound: must be one of "on", "off", is true'),
        ({"aspect_ratio": "4:3"}, 'aspect_ratio: must be one of "16:9", "9:16", "1:1", is "4:3"'),
        ({"voice_list": [{"voice_id": "1"}]}, "voice_list: is no field of this request"),
        ({"promt": "typo"}, "promt: is no field of this request"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(change: dict[str, Json], told: str) -> None:
    assert complaint(TOLD, {"prompt": "a", **change}) == told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image": 5}, "image: must be a string, is 5"),
        ({"prompt": ["a"]}, 'prompt: must be a string, is ["a"]'),
        ({"dynamic_masks": "a"}, 'dynamic_masks: must be an array, is "a"'),
        ({"dynamic_masks": {"mask": "a"}}, 'dynamic_masks: must be an array, is {"mask": "a"}'),
        ({"dynamic_masks": ["a"]}, 'dynamic_masks[0]: must be an object, is "a"'),
        ({"voice_list": [{"voice_id": ""}]}, "voice_list[0].voice_id: must have at least 1 characters"),
    ],
)
def test_a_value_of_another_type_is_refused(change: dict[str, Json], told: str) -> None:
    for strictness in Strictness:
        assert complaint(STILL, {"image": PICTURE_URL, **change}, strictness) == told


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert complaint(TOLD, {"duration": 6, "mode": "x"}).count(";") == 2


def test_the_lenient_take_unknown_fields_and_lengths_written_as_strings() -> None:
    assert accept(TOLD, {"prompt": "a", "cfg_scale": 0.5, "duration": "10"}, Strictness.LENIENT).seconds == 10


def test_what_is_no_object_is_refused() -> None:
    assert complaint(TOLD, ["prompt"]) == "the body must be a JSON object"


# --- v2.6, pictures


def test_pictures_come_raw_or_as_a_url_and_become_frames() -> None:
    wanted = accept(STILL, {"image": picture(), "image_tail": PICTURE_URL, "mode": "pro"})
    assert (wanted.first_frame, wanted.last_frame) == (picture(), PICTURE_URL)


@pytest.mark.parametrize("strictness", list(Strictness))
def test_a_data_uri_is_refused(strictness: Strictness) -> None:
    assert complaint(STILL, {"image": data_uri()}, strictness).startswith("image: ")


@pytest.mark.parametrize("size", [(299, 400), (800, 310)])
def test_a_picture_too_small_or_too_long_is_refused(size: tuple[int, int]) -> None:
    assert complaint(STILL, {"image": picture(*size)}).startswith("image: ")


def test_a_picture_is_a_jpeg_or_a_png() -> None:
    assert accept(STILL, {"image": picture(kind="JPEG")}).first_frame == picture(kind="JPEG")
    assert complaint(STILL, {"image": picture(kind="WEBP")}) == "image: must be jpg/jpeg/png, is webp"
    assert complaint(STILL, {"image": "no picture"}).startswith("image: ")


def test_a_picture_at_the_limits_is_taken() -> None:
    assert accept(STILL, {"image": picture(750, 300)}).first_frame == picture(750, 300)


@pytest.mark.parametrize("strictness", list(Strictness))
def test_at_least_one_frame_is_needed(strictness: Strictness) -> None:
    assert complaint(STILL, {"prompt": "a"}, strictness) == "at least one of image and image_tail must be provided"
    assert accept(STILL, {"image_tail": PICTURE_URL}, strictness).last_frame == PICTURE_URL


@pytest.mark.parametrize("masks", [{"static_mask": PICTURE_URL}, {"dynamic_masks": [MASK]}])
def test_a_last_frame_excludes_masks(masks: dict[str, Json]) -> None:
    both = {"image": PICTURE_URL, "image_tail": PICTURE_URL, "mode": "pro", **masks}
    assert complaint(STILL, both, Strictness.LENIENT).endswith("cannot be used at the same time")
    assert accept(STILL, {"image": PICTURE_URL, **masks}).first_frame == PICTURE_URL


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        (
            {**MASK, "trajectories": [{"x": 1, "y": 1}]},
            "dynamic_masks[0].trajectories: must have at least 2 items, has 1",
        ),
        (
            {**MASK, "trajectories": [{"x": 1, "y": 1}] * 78},
            "dynamic_masks[0].trajectories: must have at most 77 items, has 78",
        ),
        (
            {**MASK, "trajectories": [{"x": 1.5, "y": 1}] * 2},
            "dynamic_masks[0].trajectories[0].x: must be an integer, is 1.5",
        ),
        ({"trajectories": MASK["trajectories"]}, "dynamic_masks[0].mask: is required"),
        ({"mask": PICTURE_URL}, "dynamic_masks[0].trajectories: is required"),
        ({**MASK, "trajectory": []}, "dynamic_masks[0].trajectory: is no field of this request"),
    ],
)
def test_a_mask_is_a_picture_and_a_way(mask: dict[str, Json], told: str) -> None:
    assert told in complaint(STILL, {"image": PICTURE_URL, "dynamic_masks": [mask]})


def test_six_masks_are_taken_and_a_seventh_is_not() -> None:
    assert accept(STILL, {"image": PICTURE_URL, "dynamic_masks": [MASK] * 6}).product == "video"
    assert "at most 6" in complaint(STILL, {"image": PICTURE_URL, "dynamic_masks": [MASK] * 7})


def test_a_mask_has_the_ratio_of_its_picture() -> None:
    for masks in ({"static_mask": picture(400, 400)}, {"dynamic_masks": [{**MASK, "mask": picture(400, 400)}]}):
        body: dict[str, Json] = {"image": picture(), **masks}
        assert complaint(STILL, body).endswith("must have the aspect ratio of the image")
    assert accept(STILL, {"image": picture(), "static_mask": picture(1280, 720)}).first_frame == picture()
    square: dict[str, Json] = {"image": picture(), "static_mask": picture(400, 400)}
    assert accept(STILL, square, Strictness.LENIENT).first_frame == picture()
    # Without a first frame there is nothing to compare it with.
    assert accept(STILL_3, {"prompt": "a", "last_frame": PICTURE_URL}).last_frame == PICTURE_URL


def test_two_frames_need_pro_and_silence_when_strict() -> None:
    both: dict[str, Json] = {"image": PICTURE_URL, "image_tail": PICTURE_URL}
    assert "require mode `pro`" in complaint(STILL, both)
    assert "require sound `off`" in complaint(STILL, {**both, "mode": "pro", "sound": "on"})
    assert accept(STILL, {**both, "mode": "pro"}).mode == "pro"
    assert accept(STILL, {**both, "mode": "pro", "sound": "on"}, Strictness.LENIENT).has_sound


# --- v2.6, voices


def test_voices_are_taken_where_they_are_heard() -> None:
    body: dict[str, Json] = {
        "image": PICTURE_URL,
        "mode": "pro",
        "sound": "on",
        "prompt": 'The man <<<voice_1>>> said, "Hello." <<<voice_2>>> nods.',
        "voice_list": [{"voice_id": "829824295735410756"}, {"voice_id": "829824295735410757"}],
    }
    assert accept(STILL, body).has_sound
    for strictness in Strictness:
        assert complaint(STILL, {**body, "sound": "off"}, strictness) == "voice_list: sound must be `on`"
        third: Json = [{"voice_id": str(number)} for number in range(3)]
        assert (
            complaint(STILL, {**body, "voice_list": third}, strictness)
            == "voice_list: must have at most 2 items, has 3"
        )
        one: Json = [{"voice_id": "1"}]
        told = complaint(STILL, {**body, "voice_list": one}, strictness)
        assert told == "prompt: <<<voice_2>>> has no entry in voice_list"
    assert "voice_list[0].voice_id: is required" in complaint(STILL, {**body, "voice_list": [{"voiceId": "1"}]})


# --- v2.5 turbo


@pytest.mark.parametrize(("task", "opening"), [(TASKS[0], {}), (TASKS[1], {"image": PICTURE_URL})])
def test_the_turbo_has_no_sound(task: str, opening: dict[str, Json]) -> None:
    name = f"kling-v2.5-turbo/{task}"
    assert complaint(name, {"prompt": "a", "sound": "off", **opening}) == "sound: is no field of this request"
    assert not accept(name, {"prompt": "a", "mode": "pro", **opening}).has_sound


# --- v3


@pytest.mark.parametrize("switch", [True, "true"])
@pytest.mark.parametrize("strictness", list(Strictness))
def test_shots_are_switched_on_by_a_boolean_or_the_word_of_their_own_client(
    switch: Json, strictness: Strictness
) -> None:
    assert accept(TOLD_3, {**shots(), "multi_shot": switch}, strictness).seconds == 5
    assert "multi_shot: must be a boolean" in complaint(TOLD_3, {**shots(), "multi_shot": "yes"}, strictness)


def test_switched_off_by_the_word_it_wants_a_prompt() -> None:
    assert accept(TOLD_3, {"multi_shot": "false", "prompt": "a"}).product == "video"
    assert complaint(TOLD_3, {"multi_shot": "false"}) == "prompt: is required when multi_shot is false"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "prompt: is required when multi_shot is false"),
        ({"multi_shot": True, "prompt": "a"}, "shot_type: is required when multi_shot is true"),
        ({"multi_shot": True, "shot_type": "intelligence"}, "prompt: is required when shot_type is `intelligence`"),
        ({"multi_shot": True, "shot_type": "customize"}, "multi_prompt: is required when shot_type is `customize`"),
        (shots(duration=6), "multi_prompt: durations add up to 5, duration is 6"),
        (shots(shot_type="clever"), 'shot_type: must be one of "customize", "intelligence", is "clever"'),
        (shots(multi_prompt=[]), "multi_prompt: must have at least 1 items, has 0"),
        (
            shots(multi_prompt=[{"prompt": "a", "duration": 1}] * 7, duration=7),
            "multi_prompt: must have at most 6 items, has 7",
        ),
        (shots(multi_prompt=[{"prompt": "a", "duration": 0}]), "multi_prompt[0].duration: must be at least 1, is 0"),
        (
            shots(multi_prompt=[{"prompt": "p" * 513, "duration": 5}]),
            "multi_prompt[0].prompt: must have at most 512 characters, has 513",
        ),
        (shots(multi_prompt=[{"prompt": "a"}]), "multi_prompt[0].duration: is required"),
        ({"prompt": "a", "duration": 2}, "duration: must be at least 3, is 2"),
        ({"prompt": "a", "duration": 16}, "duration: must be at most 15, is 16"),
        ({"prompt": "a", "first_frame": PICTURE_URL}, "first_frame: is no field of this request"),
    ],
)
def test_a_wrong_shot_list_is_refused(body: dict[str, Json], told: str) -> None:
    assert complaint(TOLD_3, body) == told


def test_shots_found_by_the_model_need_only_a_prompt_and_sound_goes_with_std() -> None:
    body: dict[str, Json] = {
        "multi_shot": True,
        "shot_type": "intelligence",
        "prompt": "a",
        "duration": 15,
        "sound": "on",
    }
    wanted = accept(TOLD_3, body)
    assert (wanted.seconds, wanted.has_sound, wanted.mode) == (15, True, "std")


def test_frames_for_text_are_taken_by_the_lenient_since_one_page_lists_them() -> None:
    body: dict[str, Json] = {"prompt": "a", "first_frame": picture()}
    assert accept(TOLD_3, body, Strictness.LENIENT).first_frame == picture()


def test_a_v3_picture_task_needs_a_frame_and_has_no_ratio() -> None:
    assert "first_frame and last_frame" in complaint(STILL_3, {"prompt": "a"})
    assert accept(STILL_3, {"prompt": "a", "last_frame": PICTURE_URL}).last_frame == PICTURE_URL
    told = complaint(STILL_3, {"prompt": "a", "first_frame": PICTURE_URL, "aspect_ratio": "16:9"})
    assert told == "aspect_ratio: is no field of this request"


@pytest.mark.parametrize("strictness", list(Strictness))
def test_last_frame_masks_and_camera_exclude_each_other(strictness: Strictness) -> None:
    opening: dict[str, Json] = {"prompt": "a", "first_frame": PICTURE_URL}
    parts: list[dict[str, Json]] = [
        {"last_frame": PICTURE_URL},
        {"static_mask": PICTURE_URL, "dynamic_masks": [MASK]},
        {"camera_control": {"type": "down_back"}},
    ]
    for number, part in enumerate(parts):
        assert accept(STILL_3, {**opening, **part}, strictness).first_frame == PICTURE_URL
        other = parts[(number + 1) % 3]
        assert complaint(STILL_3, {**opening, **part, **other}, strictness).endswith("are mutually exclusive")


@pytest.mark.parametrize(
    ("camera", "told"),
    [
        ({"type": "simple"}, "exactly one"),
        ({"type": "simple", "config": {"pan": 1, "zoom": 1}}, "exactly one"),
        ({"type": "simple", "config": {"pan": 11}}, "must be at most 10"),
        ({"type": "forward_up", "config": {"pan": 1}}, "only for type `simple`"),
        ({"type": "spin"}, "must be one of"),
        ({"config": {"pan": 1}}, "camera_control.type: is required"),
    ],
)
def test_a_wrong_camera_is_refused(camera: Json, told: str) -> None:
    assert told in complaint(STILL_3, {"prompt": "a", "first_frame": PICTURE_URL, "camera_control": camera})


def test_a_simple_camera_makes_one_move() -> None:
    camera: Json = {"type": "simple", "config": {"pan": 5, "zoom": 0}}
    assert accept(STILL_3, {"prompt": "a", "first_frame": PICTURE_URL, "camera_control": camera}).product == "video"


def elements(*listed: Json, prompt: str = "<<<element_1>>> waits") -> dict[str, Json]:
    return {"prompt": prompt, "first_frame": PICTURE_URL, "elements": list(listed)}


def test_elements_are_pictures_or_clips_that_the_prompt_can_name() -> None:
    clip: Json = {"type": "video", "reference_videos": ["https://example.com/a.mp4"]}
    assert accept(STILL_3, elements(FACE, clip, FACE, prompt="<<<element_3>>>")).product == "video"
    assert complaint(STILL_3, elements(FACE, FACE, FACE, FACE)) == "elements: must have at most 3 items, has 4"
    assert (
        complaint(STILL_3, elements(FACE, prompt="<<<element_2>>>"))
        == "prompt: <<<element_2>>> has no entry in elements"
    )
    bare: Json = {"type": "image", "frontal_image": PICTURE_URL}
    assert complaint(STILL_3, elements(bare)) == "elements[0].reference_images: is required"
    assert complaint(STILL_3, elements({"type": "video"})) == "elements[0].reference_videos: is required"
    crowd: Json = {**FACE, "reference_images": [PICTURE_URL] * 4}
    assert "at most 3" in complaint(STILL_3, elements(crowd))


def test_shots_too_can_name_only_listed_elements() -> None:
    body = {**shots(multi_prompt=[{"prompt": "<<<element_2>>>", "duration": 5}]), **elements(FACE, prompt="")}
    assert complaint(STILL_3, body) == "prompt: <<<element_2>>> has no entry in elements"


def test_the_lenient_take_an_element_without_its_type() -> None:
    untyped = {name: value for name, value in FACE.items() if name != "type"}
    assert accept(STILL_3, elements(untyped), Strictness.LENIENT).product == "video"
    assert complaint(STILL_3, elements(untyped)) == "elements[0].type: is required"


# --- v3 omni


def test_omni_needs_a_ratio_without_a_first_frame_and_a_first_for_a_last() -> None:
    name = f"{OMNI}/image-to-video"
    assert complaint(name, {"prompt": "a"}) == "aspect_ratio: is required without first_frame"
    assert accept(name, {"prompt": "a", "aspect_ratio": "1:1"}).aspect_ratio == "1:1"
    assert accept(name, {"prompt": "a", "first_frame": PICTURE_URL, "last_frame": PICTURE_URL}).mode == "pro"
    alone: dict[str, Json] = {"prompt": "a", "aspect_ratio": "1:1", "last_frame": PICTURE_URL}
    assert complaint(name, alone) == "last_frame: requires first_frame"


def test_omni_takes_seven_references_with_its_frames() -> None:
    name = f"{OMNI}/reference-image-to-video"
    body: dict[str, Json] = {"prompt": "a", "first_frame": PICTURE_URL, "elements": [FACE, FACE]}
    assert accept(name, {**body, "images": [PICTURE_URL] * 4}).first_frame == PICTURE_URL
    assert "at most 7 together, are 8" in complaint(name, {**body, "images": [PICTURE_URL] * 5})
    two: dict[str, Json] = {**body, "images": [PICTURE_URL] * 2, "last_frame": PICTURE_URL}
    assert complaint(name, two) == "last_frame: not with more than one image"
    assert accept(name, {**two, "images": [PICTURE_URL]}).last_frame == PICTURE_URL


@pytest.mark.parametrize(("task", "use"), [("reference-video-to-video", "feature"), ("video-to-video", "base")])
def test_omni_takes_one_clip_for_the_right_use(task: str, use: str) -> None:
    name = f"{OMNI}/{task}"
    clip: dict[str, Json] = {"video_url": "https://example.com/a.mp4", "refer_type": use, "keep_original_sound": "no"}
    body: dict[str, Json] = {"prompt": "like @Video1", "video": [clip]}
    assert accept(name, body).mode == "pro"
    assert complaint(name, {"prompt": "a"}) == "video: is required"
    assert "at most 1" in complaint(name, {**body, "video": [clip, clip]})
    wrong = {**clip, "refer_type": "base" if use == "feature" else "feature"}
    assert complaint(name, {**body, "video": [wrong]}) == f"video[0].refer_type: must be `{use}` here"
    assert complaint(name, {**body, "sound": "off"}) == "sound: is no field of this request"
    assert "at most 4 together" in complaint(name, {**body, "images": [PICTURE_URL] * 5})


def test_an_edit_takes_its_length_from_the_clip() -> None:
    clip: Json = [{"video_url": "https://example.com/a.mp4"}]
    assert complaint(f"{OMNI}/video-to-video", {"prompt": "a", "video": clip, "duration": 5}).startswith("duration")


# --- answers


def shown(phase: Phase, dialect: Mule | None = None, **more: Any) -> Reply:
    caller = Caller(dialect or Mule(), MULE.headers)
    call = caller.create(TOLD, {"prompt": "a"})
    made = job(call.operation, taken(caller, call), phase, **more)
    return caller.dialect.show(caller.poll(TOLD), [made])


def test_a_create_is_answered_as_documented() -> None:
    call = MULE.create(TOLD, {"prompt": "a"})
    reply = MULE.dialect.accept(call, job(call.operation, taken(MULE, call)))
    assert reply.status == 202
    assert reply.body == {
        "task_info": {
            "id": JOB_ID,
            "status": "pending",
            "created_at": "2025-09-21T00:00:00.000Z",
            "updated_at": "2025-09-21T00:00:28.000Z",
        }
    }
    assert reply.headers["traceparent"].startswith("00-")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (StatusWords.PENDING, ["pending", "processing", "completed", "failed"]),
        (StatusWords.QUEUED, ["queued", "running", "succeeded", "failed"]),
    ],
)
def test_the_words_of_either_page_can_be_spoken(words: StatusWords, told: list[str]) -> None:
    phases = [Phase.SUBMITTED, Phase.PROCESSING, Phase.SUCCEEDED, Phase.FAILED]
    assert [body_of(shown(phase, Mule(words)))["task_info"]["status"] for phase in phases] == told


def test_only_a_finished_job_has_videos_as_a_list_of_strings() -> None:
    assert body_of(shown(Phase.SUCCEEDED))["videos"] == [CLIP]
    assert "videos" not in body_of(shown(Phase.PROCESSING))


@pytest.mark.parametrize(
    ("failure", "code", "title"),
    [
        (FailureKind.MODERATION, 400, "Invalid Request"),
        (FailureKind.BAD_PICTURE, 400, "Invalid Request"),
        (FailureKind.UPSTREAM, 3001, "Task Execution Error"),
    ],
)
def test_a_failed_job_says_why_under_200(failure: FailureKind, code: int, title: str) -> None:
    reply = shown(Phase.FAILED, failure=failure)
    assert reply.status == 200
    error = body_of(reply)["task_info"]["error"]
    assert (error["code"], error["title"]) == (code, title)


def test_a_word_nobody_knows_can_be_shown() -> None:
    assert body_of(shown(Phase.PROCESSING, odd_word="dreaming"))["task_info"]["status"] == "dreaming"


def test_a_job_is_found_only_below_the_path_it_was_made_at() -> None:
    call = MULE.create(TOLD, {"prompt": "a"})
    made = job(call.operation, taken(MULE, call))
    assert MULE.dialect.show(MULE.poll(STILL), [made]).status == 404
    assert MULE.dialect.show(MULE.poll(TOLD), []) == MULE.dialect.refuse(RefusalKind.NO_SUCH_JOB)
    assert MULE.dialect.job_ids(MULE.poll(TOLD)) == ((JOB_ID,), ())


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
        (RefusalKind.NO_SUCH_JOB, 404),
        (RefusalKind.NO_SUCH_PATH, 404),
        (RefusalKind.PRODUCT_GONE, 404),
        (RefusalKind.MODERATION, 451),
        (RefusalKind.NAME_TAKEN, 409),
    ],
)
def test_every_refusal_has_its_status_and_a_detail(kind: RefusalKind, status: int) -> None:
    reply = MULE.dialect.refuse(kind, "more")
    assert reply.status == status
    assert body_of(reply)["detail"].endswith(": more")


@pytest.mark.parametrize("header", ["", "Bearer ", "Key a-key", "Bearer invalid"])
def test_without_a_good_key_nothing_is_answered(header: str) -> None:
    reply = MULE.dialect.authorize(Caller(Mule(), {"authorization": header}).poll(TOLD), 0.0)
    assert reply is not None
    assert reply.status == 401
    assert MULE.dialect.authorize(MULE.poll(TOLD), 0.0) is None


def test_there_is_no_callback_and_nothing_else_to_ask() -> None:
    call = MULE.create(TOLD, {"prompt": "a"})
    assert MULE.dialect.callback_body(job(call.operation, taken(MULE, call))) is None
    assert MULE.dialect.answer_other(call, []).status == 404


@given(
    bodies_of(
        "prompt", "image", "image_tail", "mode", "sound", "duration", "voice_list", "voice_id", "dynamic_masks", "mask"
    ),
    strategies.sampled_from(Strictness),
)
def test_no_body_breaks_it(body: Json, strictness: Strictness) -> None:
    reading = MULE.dialect.read(MULE.create(STILL, body), strictness)
    assert isinstance(reading, Wanted) or 400 <= reading.status < 500


# --- over HTTP


def test_over_http_a_clip_is_made_found_and_downloaded() -> None:
    path = "/vendors/klingai/v1/kling-v2.6/image-to-video/generation"
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=MULE.headers) as client,
    ):
        made = client.post(path, json={"image": picture(), "mode": "pro"})
        assert made.status_code == 202
        done = fetch_until(client, f"{path}/{made.json()['task_info']['id']}", "task_info.status", "completed")
        fetch_clip(done["videos"][0])
        assert client.get(f"{path}/{JOB_ID}").json() == {"detail": "Task not found"}
        other = path.replace("v2.6", "v3")
        assert client.get(f"{other}/{made.json()['task_info']['id']}").status_code == 404
        assert client.post(path, json={}).status_code == 400
        assert [charge["gateway"] for charge in sandbox.till()["charges"]] == ["mule"]
