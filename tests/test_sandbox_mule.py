"""MuleRun and MuleRouter in the sandbox: what is read of a body, how jobs are shown, and a clip over HTTP.

What each task takes and refuses stands in `facts/mulerouter*.yaml`.
"""

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


# --- what is read of a body; what is taken and refused is in facts/mulerouter*.yaml


def test_the_documented_body_is_taken_by_the_lenient_and_refused_by_the_strict() -> None:
    assert accept(TOLD, DOCUMENTED, Strictness.LENIENT) == Wanted(
        product="video", price=None, seconds=5, mode="std", has_sound=True, aspect_ratio="16:9"
    )
    assert complaint(TOLD, DOCUMENTED) == "sound: `on` requires mode `pro`"


def test_what_is_not_given_has_the_documented_default() -> None:
    wanted = accept(TOLD, {"prompt": "a"})
    assert (wanted.seconds, wanted.mode, wanted.has_sound, wanted.aspect_ratio) == (5, "std", False, "16:9")
    assert accept(f"{OMNI}/text-to-video", {"prompt": "a"}).mode == "pro"


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert complaint(TOLD, {"duration": 6, "mode": "x"}).count(";") == 2


def test_the_lenient_take_unknown_fields_and_lengths_written_as_strings() -> None:
    assert accept(TOLD, {"prompt": "a", "cfg_scale": 0.5, "duration": "10"}, Strictness.LENIENT).seconds == 10


def test_what_is_no_object_is_refused() -> None:
    assert complaint(TOLD, ["prompt"]) == "the body must be a JSON object"


def test_pictures_come_raw_or_as_a_url_and_become_frames() -> None:
    wanted = accept(STILL, {"image": picture(), "image_tail": PICTURE_URL, "mode": "pro"})
    assert (wanted.first_frame, wanted.last_frame) == (picture(), PICTURE_URL)


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
