"""KKIAI in the sandbox: its own sample, and each shape its answers may have.

What its fields may be stands in `facts/kkiai*.yaml`.
"""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest
from dialect_bench import PICTURE_URL, Caller, body_of, fetch_clip, fetch_until, job, taken

from runner.core.canonical import Json
from runner.sandbox.dialect import OperationKind, Phase, RefusalKind, Reply, Strictness, Wanted
from runner.sandbox.dialects.kkiai import Answers, Kkiai
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

HEADERS: Final = {"authorization": "Bearer a-key"}
KKIAI: Final = Caller(Kkiai(), HEADERS)
STILL: Final = "image2video"
IMAGE: Final = "https://h2.inkwai.com/bs2/upload-ylab-stunt/se/picture.jpg"

WHOLE: Final[Mapping[str, Json]] = {
    "model_name": "kling-v2-6",
    "image": PICTURE_URL,
    "prompt": "she turns",
    "mode": "pro",
    "duration": "5",
}
# The page's own sample, its comments and its trailing comma left out. It sends masks without saying `pro` or 1.5.
DOCUMENTED: Final[Mapping[str, Json]] = {
    "model_name": "kling-v1",
    "image": IMAGE,
    "image_tail": "",
    "prompt": "",
    "negative_prompt": "",
    "cfg_scale": 0.5,
    "mode": "std",
    "static_mask": "",
    "dynamic_masks": [{"mask": IMAGE, "trajectories": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]}],
    "duration": 5,
    "callback_url": "",
    "external_task_id": "",
}


def written(changes: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in {**WHOLE, **changes}.items() if value is not None}


def test_its_own_sample_is_taken_when_lenient() -> None:
    reading = KKIAI.dialect.read(KKIAI.create(STILL, DOCUMENTED), Strictness.LENIENT)
    assert isinstance(reading, Wanted)
    assert (reading.seconds, reading.mode, reading.last_frame, reading.external_id) == (5, "std", None, None)


def test_text_to_video_omni_and_voices_are_klings_with_no_price_known() -> None:
    told = taken(KKIAI, KKIAI.create("text2video", {"prompt": "a harbour", "duration": 5, "model_name": "kling-v2-6"}))
    omni: Json = {"model_name": "kling-v3-omni", "prompt": "a harbour", "aspect_ratio": "1:1"}
    voice: Json = {"voice_name": "gruff", "voice_url": "https://example.com/gruff.wav"}
    assert told.price is None
    assert taken(KKIAI, KKIAI.create("omni-video", omni)).product == "video"
    assert taken(KKIAI, KKIAI.create("custom-voices", voice)).product == "voice"


def test_a_key_is_needed() -> None:
    assert KKIAI.dialect.authorize(KKIAI.create(STILL, {}), 0) is None
    for headers in ({}, {"authorization": "Bearer invalid"}, {"authorization": "a-key"}):
        refusal = KKIAI.dialect.authorize(Caller(KKIAI.dialect, headers).create(STILL, {}), 0)
        assert isinstance(refusal, Reply)
        assert refusal.status == 401


# --- shapes ----------------------------------------------------------------------------------------------------------


def show(shape: Answers, phase: Phase) -> dict[str, Any]:
    caller = Caller(Kkiai(shape), HEADERS)
    wanted = taken(caller, caller.create(STILL, written({})))
    made = job(caller.operation(OperationKind.CREATE, STILL), wanted, phase)
    return body_of(caller.dialect.show(caller.poll(STILL), [made]))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Answers.FLAT, ["queued", "in_progress", "completed", "failed"]),
        (Answers.WRAPPED, ["queued", "processing", "succeeded", "failed"]),
        (Answers.RAW, ["SUBMITTED", "IN_PROGRESS", "SUCCESS", "FAILURE"]),
    ],
)
def test_each_shape_has_its_words(shape: Answers, words: list[str]) -> None:
    phases = (Phase.SUBMITTED, Phase.PROCESSING, Phase.SUCCEEDED, Phase.FAILED)
    answers = [show(shape, phase) for phase in phases]
    assert [answer.get("data", answer)["status"] for answer in answers] == words


def test_what_each_shape_says_of_a_clip_and_of_a_failure() -> None:
    native = show(Answers.NATIVE, Phase.SUCCEEDED)
    assert native["data"]["task_status"] == "succeed"
    assert show(Answers.FLAT, Phase.SUCCEEDED)["url"].endswith(".mp4")
    assert show(Answers.WRAPPED, Phase.SUCCEEDED)["data"]["url"].endswith(".mp4")
    raw = show(Answers.RAW, Phase.SUCCEEDED)["data"]["data"]
    assert raw["data"]["task_result"]["videos"][0]["url"].endswith(".mp4")
    assert show(Answers.WRAPPED, Phase.FAILED)["data"]["error"] == {
        "code": "task_failed",
        "message": "content moderation failed",
    }
    assert show(Answers.FLAT, Phase.FAILED)["error"]["message"] == "content moderation failed"
    assert show(Answers.RAW, Phase.FAILED)["data"]["fail_reason"] == "content moderation failed"


@pytest.mark.parametrize("shape", Answers)
def test_refusals_are_in_the_shape_asked_for(shape: Answers) -> None:
    reply = Kkiai(shape).refuse(RefusalKind.NO_BALANCE)
    assert reply.status == 429
    message = body_of(reply)["error"]["message"] if shape is Answers.FLAT else body_of(reply)["message"]
    assert message == "Account balance not enough"


@pytest.mark.parametrize(
    ("shape", "id_at", "status_at", "done", "url_at"),
    [
        ("native", "data.task_id", "data.task_status", "succeed", "data.task_result.videos.0.url"),
        ("flat", "task_id", "status", "completed", "url"),
        ("wrapped", "data.task_id", "data.status", "succeeded", "data.url"),
        ("raw", "data.task_id", "data.status", "SUCCESS", "data.data.data.task_result.videos.0.url"),
    ],
)
def test_a_clip_is_made_and_taken_home_in_each_shape(
    shape: Any, id_at: str, status_at: str, done: str, url_at: str
) -> None:
    path = f"/kling/v1/videos/{STILL}"
    with (
        running_sandbox(SandboxOptions(kkiai_answers=shape)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        made = client.post(path, json=written({"external_task_id": "fc-1"}))
        assert made.status_code == 200
        number = at(made.json(), id_at)
        ended = fetch_until(client, f"{path}/{number}", status_at, done)
        fetch_clip(at(ended, url_at))
        # Whether our own names are known there nobody says: they are neither refused twice nor found.
        assert client.get(f"{path}/fc-1").status_code == 400
        assert client.post(path, json=written({"external_task_id": "fc-1"})).status_code == 200


def test_voices_are_shown_as_kling_shows_them_whatever_the_shape() -> None:
    path = "/kling/v1/general/custom-voices"
    with (
        running_sandbox(SandboxOptions(kkiai_answers="flat")) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        voice = {"voice_name": "gruff", "voice_url": "https://example.com/gruff.wav"}
        number = client.post(path, json=voice).json()["data"]["task_id"]
        shown = fetch_until(client, f"{path}/{number}", "data.task_status", "succeed")
        assert shown["data"]["task_result"]["voices"][0]["voice_name"] == "gruff"
        assert len(client.get(path).json()["data"]) == 1


def at(body: Any, place: str) -> str:
    for step in place.split("."):
        body = body[int(step)] if step.isdigit() else body[step]
    assert isinstance(body, str)
    return body
