"""Replicate in the sandbox: the inputs of its Kling models, predictions, callbacks, what is removed after an hour."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from dialect_bench import (
    CLIP,
    CREATED,
    JOB_ID,
    ORIGIN,
    PICTURE_URL,
    Caller,
    Walk,
    asking,
    bodies_of,
    body_of,
    data_uri,
    job,
    refused,
    taken,
)
from hypothesis import given, strategies

from runner.core.canonical import Json
from runner.sandbox.dialect import Call, FailureKind, OperationKind, Phase, RefusalKind, Reply, Strictness, Wanted
from runner.sandbox.dialects.replicate import Replicate
from runner.sandbox.dialects.replicate_models import MODELS

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


def test_what_stays_within_the_bounds_is_taken() -> None:
    shots = json.dumps([{"prompt": "a", "duration": 7}, {"prompt": "b", "duration": 8}])
    body: dict[str, Json] = {"start_image": PICTURE_URL, "end_image": data_uri(), "duration": 15, "multi_prompt": shots}
    wanted = accept(V3, {**body, "generate_audio": True})
    assert (wanted.first_frame, wanted.last_frame, wanted.has_sound) == (PICTURE_URL, data_uri(), True)
    assert wanted.aspect_ratio is None


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

PATH: Final = f"/v1/models/kwaivgi/{V3}/predictions"


def test_over_http_a_clip_is_made_found_and_downloaded() -> None:
    bodies: tuple[Json, Json] = {"input": {**PROMPT, "start_image": data_uri()}}, {"input": {**PROMPT, "duration": 2}}
    walk = Walk(PATH, *bodies, "id", "/v1/predictions/{id}", "status", "succeeded", "output")
    (charge,) = walk.take(API, created=201, refused=422)
    assert charge["gateway"] == "replicate"


def test_over_http_what_waits_can_be_cancelled_where_its_answer_says() -> None:
    with asking(API, latency=60) as (sandbox, client):
        made = client.post(PATH, json={"input": {**PROMPT}}).json()
        assert made["urls"]["get"].startswith(f"{sandbox.url}/v1/predictions/")
        assert client.post(made["urls"]["cancel"]).json()["status"] == "canceled"
        assert client.get(made["urls"]["get"]).json()["status"] == "canceled"
