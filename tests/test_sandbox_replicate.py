"""Replicate in the sandbox: the inputs of its Kling models, predictions, callbacks, what is removed after an hour."""

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest
from dialect_bench import (
    CLIP,
    CREATED,
    JOB_ID,
    ORIGIN,
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
from runner.sandbox.dialect import Call, FailureKind, OperationKind, Phase, RefusalKind, Reply, Strictness, Wanted
from runner.sandbox.dialects.replicate import Replicate
from runner.sandbox.dialects.replicate_models import MODELS
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

API: Final = Caller(Replicate(), {"authorization": "Bearer a-key"})
V3: Final = "kling-v3-video"
V1_6: Final = "kling-v1.6-pro"
PROMPT: Final[Mapping[str, Json]] = {"prompt": "a lighthouse"}


def create(model: str, wanted: Json, **beside: Json) -> Call:
    return API.create("predictions", {"input": wanted, **beside}, places={"model": model})


def accept(model: str, wanted: Mapping[str, Json], strictness: Strictness = Strictness.STRICT) -> Wanted:
    return taken(API, create(model, wanted), strictness)


def complaint(call: Call, strictness: Strictness = Strictness.STRICT) -> dict[str, Any]:
    reply = refused(API, call, strictness)
    body = body_of(reply)
    assert (reply.status, body["status"], body["title"]) == (422, 422, "Input validation failed")
    found = body["invalid_fields"][0]
    assert isinstance(found, dict)
    return found


def told(model: str, wanted: Json, strictness: Strictness = Strictness.STRICT) -> str:
    return str(complaint(create(model, wanted), strictness)["description"])


def test_defaults_are_pro_silent_and_wide() -> None:
    wanted = accept(V3, PROMPT)
    assert (wanted.seconds, wanted.mode, wanted.has_sound, wanted.aspect_ratio) == (5, "pro", False, "16:9")
    assert wanted.price is None
    assert accept(V3, {**PROMPT, "mode": "standard"}).mode == "std"


LEAST: Final[Mapping[str, Json]] = {"prompt": "a", "start_image": PICTURE_URL}


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_takes_what_it_needs_and_misses_what_is_left_out(model: str) -> None:
    needed = sorted(MODELS[model].fields.required)
    body = {name: LEAST[name] for name in (*needed, *MODELS[model].either[:1])}
    assert accept(model, body).product == "video"
    for name in needed:
        without = {given: value for given, value in body.items() if given != name}
        assert complaint(create(model, without)) == {
            "type": "required",
            "field": f"input.{name}",
            "description": f"input.{name} is required",
        }


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"prompt": "p" * 2501}, "input.prompt must have at most 2500 characters, has 2501"),
        ({"negative_prompt": "p" * 2501}, "input.negative_prompt must have at most 2500 characters, has 2501"),
        ({"duration": 2}, "input.duration must be at least 3, is 2"),
        ({"duration": 16}, "input.duration must be at most 15, is 16"),
        ({"duration": "5"}, 'input.duration must be an integer, is "5"'),
        ({"mode": "std"}, 'input.mode must be one of "standard", "pro", is "std"'),
        ({"generate_audio": "on"}, 'input.generate_audio must be a boolean, is "on"'),
        ({"end_image": PICTURE_URL}, "input.end_image requires start_image"),
        ({"sound": "on"}, "input.sound is no field of this request"),
        ({"multi_prompt": [{"prompt": "a", "duration": 5}]}, "input.multi_prompt must be a string"),
        ({"multi_prompt": "a"}, "input.multi_prompt must be a JSON array of shots"),
        ({"multi_prompt": '{"prompt": "a"}'}, "input.multi_prompt must be a JSON array of shots"),
        ({"multi_prompt": '[{"prompt": "a"}]'}, "input.multi_prompt[0].duration is required"),
        (
            {"multi_prompt": '[{"prompt": "a", "duration": 4}]'},
            "input.multi_prompt durations add up to 4, duration is 5",
        ),
        (
            {"multi_prompt": json.dumps([{"prompt": "a", "duration": 1}] * 7)},
            "input.multi_prompt must have at most 6 items",
        ),
    ],
)
def test_a_wrong_field_is_refused_by_its_place(change: dict[str, Json], text: str) -> None:
    assert told(V3, {**PROMPT, **change}).startswith(text)


def test_what_stays_within_the_bounds_is_taken() -> None:
    shots = json.dumps([{"prompt": "a", "duration": 7}, {"prompt": "b", "duration": 8}])
    body: dict[str, Json] = {"start_image": PICTURE_URL, "end_image": data_uri(), "duration": 15, "multi_prompt": shots}
    wanted = accept(V3, {**body, "generate_audio": True})
    assert (wanted.first_frame, wanted.last_frame, wanted.has_sound) == (PICTURE_URL, data_uri(), True)
    assert wanted.aspect_ratio is None


def test_raw_base64_is_no_file() -> None:
    for strictness in Strictness:
        assert told(V3, {"start_image": picture()}, strictness).startswith("input.start_image ")


def test_v1_6_needs_a_start_or_an_end_and_takes_four_references() -> None:
    assert told(V1_6, PROMPT) == "input.start_image a start or end image is required"
    assert accept(V1_6, {**PROMPT, "end_image": PICTURE_URL}).last_frame == PICTURE_URL
    body: dict[str, Json] = {**PROMPT, "start_image": PICTURE_URL, "cfg_scale": 0.5}
    assert accept(V1_6, {**body, "reference_images": [PICTURE_URL] * 4}).seconds == 5
    assert "at most 4" in told(V1_6, {**body, "reference_images": [PICTURE_URL] * 5})
    assert "must be one of 5, 10" in told(V1_6, {**body, "duration": 7})


def test_the_end_of_v2_1_is_for_pro_and_a_clip_excludes_sound() -> None:
    body: dict[str, Json] = {**PROMPT, "start_image": PICTURE_URL, "end_image": PICTURE_URL}
    assert told("kling-v2.1", body) == "input.end_image is for mode pro only"
    assert accept("kling-v2.1", {**body, "mode": "pro"}).last_frame == PICTURE_URL
    clip: dict[str, Json] = {**PROMPT, "reference_video": "https://example.com/a.mp4"}
    assert "cannot be used" in told("kling-v3-omni-video", {**clip, "generate_audio": True})
    assert accept("kling-v3-omni-video", clip).product == "video"


def test_the_lenient_take_unknown_inputs_but_nobody_takes_unknown_names_beside_them() -> None:
    assert accept(V3, {**PROMPT, "seed": 1}, Strictness.LENIENT).product == "video"
    for strictness in Strictness:
        found = complaint(create(V3, PROMPT, webhok="x"), strictness)
        assert (found["type"], found["field"]) == ("additional_property_not_allowed", "webhok")
    nothing = API.create("predictions", {}, places={"model": V3})
    assert complaint(nothing)["description"] == "input is required"
    assert complaint(API.create("predictions", [], places={"model": V3}))["description"] == "body must be a JSON object"
    for strictness in Strictness:
        assert told(V3, "a prompt", strictness).startswith("input must be an object")


def test_an_unknown_model_is_not_found() -> None:
    assert refused(API, create("kling-v9", PROMPT)).status == 404


# --- predictions


def shown(phase: Phase, **more: Any) -> dict[str, Any]:
    call = create(V3, {**PROMPT})
    poll = API.poll("prediction")
    assert API.dialect.job_ids(poll) == ((JOB_ID,), ())
    return body_of(API.dialect.show(poll, [job(call.operation, taken(API, call), phase, **more)]))


def test_a_create_is_answered_with_the_prediction() -> None:
    call = create(V3, {**PROMPT})
    reply = API.dialect.accept(call, job(call.operation, taken(API, call)))
    body = body_of(reply)
    assert reply.status == 201
    assert (body["id"], body["status"], body["output"], body["error"]) == (JOB_ID, "starting", None, None)
    assert body["model"] == f"kwaivgi/{V3}"
    assert body["input"] == PROMPT
    root = f"{ORIGIN}/v1/predictions/{JOB_ID}"
    assert body["urls"] == {"get": root, "cancel": f"{root}/cancel"}


def test_the_output_is_one_string_when_it_succeeded() -> None:
    done = shown(Phase.SUCCEEDED)
    assert (done["status"], done["output"], done["completed_at"]) == ("succeeded", CLIP, "2025-09-21T00:00:28.000Z")
    assert shown(Phase.PROCESSING)["status"] == "processing"
    assert shown(Phase.PROCESSING, odd_word="dreaming")["status"] == "dreaming"


@pytest.mark.parametrize("failure", list(FailureKind))
def test_a_failure_says_why(failure: FailureKind) -> None:
    failed = shown(Phase.FAILED, failure=failure)
    assert (failed["status"], failed["output"]) == ("failed", None)
    assert isinstance(failed["error"], str)


def test_everything_is_removed_an_hour_after_the_end() -> None:
    dialect = Replicate()
    caller = Caller(dialect, API.headers)
    call = create(V3, {**PROMPT})
    done = job(call.operation, taken(caller, call), Phase.SUCCEEDED)
    poll = caller.poll("prediction")
    ended = CREATED / 1000 + 28
    assert dialect.authorize(poll, ended + 3600) is None
    assert body_of(dialect.show(poll, [done]))["output"] == CLIP
    assert dialect.authorize(poll, ended + 3601) is None
    removed = body_of(dialect.show(poll, [done]))
    assert (removed["status"], removed["output"], removed["input"], removed["logs"]) == ("succeeded", None, {}, None)
    assert removed["data_removed"] is True


def cancelled(phase: Phase) -> Reply:
    call = create(V3, {**PROMPT})
    cancel = API.call(OperationKind.CANCEL, "cancel", places={"id": JOB_ID})
    return API.dialect.answer_other(cancel, [job(call.operation, taken(API, call), phase)])


def test_only_what_runs_can_be_cancelled() -> None:
    assert body_of(cancelled(Phase.PROCESSING))["status"] == "canceled"
    assert body_of(cancelled(Phase.SUCCEEDED))["status"] == "succeeded"
    assert shown(Phase.DELETED)["status"] == "canceled"
    cancel = API.call(OperationKind.CANCEL, "cancel", places={"id": JOB_ID})
    assert API.dialect.answer_other(cancel, []).status == 404
    made = create(V3, {**PROMPT})
    running = job(made.operation, taken(API, made))
    assert API.dialect.answer_other(made, [running]) == API.dialect.refuse(RefusalKind.NO_SUCH_PATH)


def test_a_webhook_gets_the_prediction() -> None:
    call = create(V3, {**PROMPT}, webhook="http://127.0.0.1:9/hook", webhook_events_filter=["completed"])
    wanted = taken(API, call)
    assert wanted.callback_url == "http://127.0.0.1:9/hook"
    body = API.dialect.callback_body(job(call.operation, wanted, Phase.SUCCEEDED))
    assert isinstance(body, dict)
    assert body["output"] == CLIP
    assert complaint(create(V3, PROMPT, webhook="file:///x"))["field"] == "webhook"


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
        (RefusalKind.MODERATION, 422),
    ],
)
def test_every_refusal_has_a_title_and_a_detail(kind: RefusalKind, status: int) -> None:
    reply = API.dialect.refuse(kind, "more")
    body = body_of(reply)
    assert (reply.status, body["status"]) == (status, status)
    assert body["title"]
    assert body["detail"].endswith("more")


def test_an_unknown_prediction_is_not_found() -> None:
    assert API.dialect.show(API.poll("prediction"), []).status == 404


@pytest.mark.parametrize(("header", "is_good"), [("", False), ("Key k", False), ("Bearer k", True), ("Token k", True)])
def test_only_a_token_opens(header: str, *, is_good: bool) -> None:
    reply = API.dialect.authorize(Caller(Replicate(), {"authorization": header}).poll("prediction"), 0.0)
    assert (reply is None) == is_good
    assert reply is None or (reply.status, body_of(reply)["title"]) == (401, "Unauthenticated")


@given(
    bodies_of("prompt", "start_image", "end_image", "multi_prompt", "duration", "mode", "reference_images"),
    strategies.sampled_from(Strictness),
)
def test_no_body_breaks_it(body: Json, strictness: Strictness) -> None:
    reading = API.dialect.read(create(V3, body), strictness)
    assert isinstance(reading, Wanted) or 400 <= reading.status < 500


# --- over HTTP


def test_over_http_a_clip_is_made_found_and_downloaded() -> None:
    path = f"/v1/models/kwaivgi/{V3}/predictions"
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=API.headers) as client,
    ):
        made = client.post(path, json={"input": {**PROMPT, "start_image": data_uri()}})
        assert made.status_code == 201
        assert made.json()["urls"]["get"].startswith(f"{sandbox.url}/v1/predictions/")
        fetch_clip(fetch_until(client, made.json()["urls"]["get"], "status", "succeeded")["output"])
        assert client.get(f"/v1/predictions/{JOB_ID}").status_code == 404
        assert client.post(path, json={"input": {**PROMPT, "duration": 2}}).status_code == 422
        assert [charge["gateway"] for charge in sandbox.till()["charges"]] == ["replicate"]


def test_over_http_what_waits_can_be_cancelled() -> None:
    options = SandboxOptions(latency=60)
    with running_sandbox(options) as sandbox, httpx.Client(base_url=sandbox.url, headers=API.headers) as client:
        made = client.post(f"/v1/models/kwaivgi/{V3}/predictions", json={"input": {**PROMPT}}).json()
        assert client.post(made["urls"]["cancel"]).json()["status"] == "canceled"
        assert client.get(made["urls"]["get"]).json()["status"] == "canceled"
