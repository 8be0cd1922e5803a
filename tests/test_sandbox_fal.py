"""fal in the sandbox: its queue, the fields and prices of its Kling endpoints, voices, failures told in the result."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
from dialect_bench import (
    CLIP,
    JOB_ID,
    ORIGIN,
    PICTURE_URL,
    Caller,
    asking,
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
from runner.sandbox.dialect import FailureKind, OperationKind, Phase, RefusalKind, Reply, Strictness, Wanted
from runner.sandbox.dialects.fal import Fal
from runner.sandbox.dialects.fal_models import MODELS

FAL: Final = Caller(Fal(), {"authorization": "Key a-key"})
V1: Final = "v1/standard/image-to-video"
V2_6: Final = "v2.6/pro/image-to-video"
V3: Final = "v3/pro/image-to-video"
O3: Final = "o3/standard/reference-to-video"
# The body of the model's own page.
DOCUMENTED: Final[Mapping[str, Json]] = {
    "prompt": 'A king walks slowly and says "My people, here I am! I am here to save you all"',
    "start_image_url": PICTURE_URL,
}
OPENED: Final[Mapping[str, Json]] = {"prompt": "a", "start_image_url": PICTURE_URL}
ROOT: Final = "/fal-ai/kling-video"


def accept(name: str, body: Mapping[str, Json], strictness: Strictness = Strictness.STRICT) -> Wanted:
    return taken(FAL, FAL.create(name, body), strictness)


def complaint(name: str, body: Json, strictness: Strictness = Strictness.STRICT) -> tuple[list[str | int], str]:
    reply = refused(FAL, FAL.create(name, body), strictness)
    assert reply.status == 422
    first = body_of(reply)["detail"][0]
    assert set(first) == {"loc", "msg", "type", "url"}
    assert first["loc"][0] == "body"
    return list(first["loc"][1:]), first["msg"]


def test_the_documented_body_is_taken_with_sound_and_its_price() -> None:
    wanted = accept(V2_6, DOCUMENTED)
    assert (wanted.seconds, wanted.has_sound, wanted.mode, wanted.price) == (5, True, "pro", Decimal("0.70"))
    assert wanted.first_frame == PICTURE_URL


def test_every_endpoint_takes_what_it_needs_and_misses_what_is_left_out() -> None:
    for name, model in MODELS.items():
        body: dict[str, Json] = {"prompt": "a", **dict.fromkeys(model.fields.required - {"prompt"}, PICTURE_URL)}
        assert accept(name, body).product == "video", name
        for field in sorted(model.fields.required):
            without = {given: value for given, value in body.items() if given != field}
            assert complaint(name, without) == ([field], "is required"), name


@pytest.mark.parametrize(
    ("name", "change", "price"),
    [
        (V2_6, {"generate_audio": False, "duration": "10"}, "0.70"),
        (V2_6, {"prompt": "<<<voice_1>>>", "voice_ids": ["1"]}, "0.84"),
        (V3, {"generate_audio": False}, "0.56"),
        (V3, {}, "0.84"),
        (V3, {"voice_ids": ["1"]}, "0.98"),
        ("v3/standard/image-to-video", {"generate_audio": False, "duration": "3"}, "0.252"),
        ("v3/standard/image-to-video", {"duration": "15"}, "1.89"),
        ("v3/4k/image-to-video", {}, "2.10"),
        ("o3/4k/reference-to-video", {}, "2.10"),
        (O3, {}, "0.42"),
        (O3, {"generate_audio": True, "duration": "15"}, "1.68"),
    ],
)
def test_the_price_goes_by_the_second(name: str, change: dict[str, Json], price: str) -> None:
    assert accept(name, {**OPENED, **change}).price == Decimal(price)


def test_a_price_that_no_page_names_is_unknown() -> None:
    assert accept(V1, {"prompt": "a", "image_url": PICTURE_URL}).price == Decimal("0.225")
    assert accept("v1.6/pro/image-to-video", {"prompt": "a", "image_url": PICTURE_URL}).price is None
    assert accept("o3/pro/text-to-video", {"prompt": "a"}).price is None


def test_the_lenient_take_lengths_as_numbers_and_unknown_fields() -> None:
    wanted = accept(V2_6, {**OPENED, "duration": 10, "image_url": PICTURE_URL}, Strictness.LENIENT)
    assert wanted.seconds == 10


def test_a_picture_may_be_webp_but_not_small() -> None:
    webp = f"data:image/webp;base64,{picture(640, 360, 'WEBP')}"
    assert accept(V2_6, {**OPENED, "start_image_url": webp}).first_frame == webp
    assert complaint(V2_6, {**OPENED, "start_image_url": data_uri(640, 299)})[0] == ["start_image_url"]


def test_the_scale_of_v1_stays_within_its_bounds() -> None:
    body: dict[str, Json] = {"prompt": "a", "image_url": PICTURE_URL}
    assert accept(V1, {**body, "cfg_scale": 1}).mode == "std"
    assert complaint(V1, {**body, "cfg_scale": 1.1}) == (["cfg_scale"], "must be at most 1, is 1.1")


# --- 3.0 Omni and 1.0, by their own pages


def test_the_documented_bodies_of_omni_are_taken_without_sound() -> None:
    still: dict[str, Json] = {
        "prompt": "The character walks forward slowly, with the camera following from behind.",
        "image_url": PICTURE_URL,
        "end_image_url": PICTURE_URL,
        "duration": "10",
        "generate_audio": False,
        "multi_prompt": None,
        "shot_type": "customize",
    }
    wanted = accept("o3/standard/image-to-video", still)
    assert (wanted.seconds, wanted.mode, wanted.first_frame, wanted.last_frame) == (10, "std", PICTURE_URL, PICTURE_URL)
    mecha: dict[str, Json] = {"prompt": "A mecha lands.", "duration": "5", "aspect_ratio": "16:9"}
    for tier in ("standard", "pro", "4k"):
        assert not accept(f"o3/{tier}/text-to-video", mecha).has_sound
    assert accept("v3/pro/text-to-video", mecha).has_sound


@pytest.mark.parametrize(
    ("task", "change", "where", "told"),
    [
        ("text-to-video", {"cfg_scale": 0.5}, ["cfg_scale"], "is no field of this request"),
        ("text-to-video", {"start_image_url": PICTURE_URL}, ["start_image_url"], "is no field of this request"),
        ("text-to-video", {"aspect_ratio": "4:3"}, ["aspect_ratio"], 'must be one of "16:9", "9:16", "1:1", is "4:3"'),
        ("image-to-video", {"aspect_ratio": "16:9"}, ["aspect_ratio"], "is no field of this request"),
        ("reference-to-video", {"prompt": "@Element1"}, ["prompt"], "@Element1 has no entry in elements"),
    ],
)
def test_what_omni_does_not_have_is_refused(task: str, change: dict[str, Json], where: list[str], told: str) -> None:
    base: dict[str, Json] = {"prompt": "a", **({"image_url": PICTURE_URL} if task == "image-to-video" else {})}
    assert accept(f"o3/pro/{task}", base).product == "video"
    assert complaint(f"o3/pro/{task}", {**base, **change}) == (where, told)


def test_beats_of_omni_from_words_go_beside_a_prompt_since_its_page_leaves_that_open() -> None:
    beats: Json = [{"prompt": "a", "duration": "2"}, {"prompt": "b", "duration": "3"}]
    assert accept("o3/pro/text-to-video", {"prompt": "a", "multi_prompt": beats}).product == "video"


def test_older_models_call_their_last_frame_a_tail() -> None:
    body: dict[str, Json] = {"prompt": "a", "image_url": PICTURE_URL, "tail_image_url": PICTURE_URL}
    assert accept(V1, body).last_frame == PICTURE_URL


def test_a_voice_is_made_from_an_address() -> None:
    wanted = accept("create-voice", {"voice_url": "https://example.com/a.mp3"})
    assert (wanted.product, wanted.price) == ("voice", Decimal("0.007"))


def test_what_is_no_object_is_refused() -> None:
    assert complaint(V2_6, None) == ([], "must be a JSON object")


# --- the queue


def test_a_submit_is_answered_with_addresses_without_the_sub_path() -> None:
    call = FAL.create(V2_6, {**DOCUMENTED})
    reply = FAL.dialect.accept(call, job(call.operation, taken(FAL, call)))
    root = f"{ORIGIN}{ROOT}/requests/{JOB_ID}"
    assert call.operation.path == f"{ROOT}/{V2_6}"
    assert reply == Reply(
        200,
        {
            "request_id": JOB_ID,
            "response_url": root,
            "status_url": f"{root}/status",
            "cancel_url": f"{root}/cancel",
            "queue_position": 0,
        },
    )


def test_status_result_and_cancel_are_asked_below_the_app() -> None:
    paths = {operation.name: (operation.method, operation.path) for operation in FAL.dialect.operations}
    assert paths["status"] == ("GET", f"{ROOT}/requests/{{id}}/status")
    assert paths["result"] == ("GET", f"{ROOT}/requests/{{id}}")
    assert paths["cancel"] == ("PUT", f"{ROOT}/requests/{{id}}/cancel")


def asked(kind: OperationKind, name: str, phase: Phase, **more: Any) -> Reply:
    create = FAL.create(V2_6, {**DOCUMENTED})
    call = FAL.call(kind, name, places={"id": JOB_ID})
    assert FAL.dialect.job_ids(call) == ((JOB_ID,), ())
    jobs = [job(create.operation, taken(FAL, create), phase, **more)]
    answer = FAL.dialect.answer_other if kind is OperationKind.CANCEL else FAL.dialect.show
    return answer(call, jobs)


@pytest.mark.parametrize(
    ("phase", "word", "status"),
    [
        (Phase.SUBMITTED, "IN_QUEUE", 202),
        (Phase.PROCESSING, "IN_PROGRESS", 202),
        (Phase.SUCCEEDED, "COMPLETED", 200),
        (Phase.FAILED, "COMPLETED", 200),
    ],
)
def test_a_failure_too_is_completed(phase: Phase, word: str, status: int) -> None:
    reply = asked(OperationKind.POLL, "status", phase)
    assert (reply.status, body_of(reply)["status"]) == (status, word)
    assert ("queue_position" in body_of(reply)) == (phase is Phase.SUBMITTED)


def test_an_odd_word_is_shown_as_it_is() -> None:
    assert body_of(asked(OperationKind.POLL, "status", Phase.PROCESSING, odd_word="DREAMING"))["status"] == "DREAMING"


def test_the_result_is_the_clip_or_why_there_is_none() -> None:
    done = asked(OperationKind.RESULT, "result", Phase.SUCCEEDED)
    assert done.status == 200
    assert body_of(done)["video"]["url"] == CLIP
    for failure, status, kind in (
        (FailureKind.MODERATION, 422, "content_policy_violation"),
        (FailureKind.BAD_PICTURE, 422, "image_load_error"),
        (FailureKind.UPSTREAM, 500, "internal_server_error"),
    ):
        failed = asked(OperationKind.RESULT, "result", Phase.FAILED, failure=failure)
        assert (failed.status, body_of(failed)["detail"][0]["type"]) == (status, kind)
    assert asked(OperationKind.RESULT, "result", Phase.PROCESSING).status == 400
    assert asked(OperationKind.RESULT, "result", Phase.DELETED).status == 499


def test_the_result_of_a_voice_is_its_id() -> None:
    create = FAL.create("create-voice", {"voice_url": "https://example.com/a.mp3"})
    made = job(create.operation, taken(FAL, create), Phase.SUCCEEDED, product_id="829877809978941442")
    call = FAL.call(OperationKind.RESULT, "result", places={"id": JOB_ID})
    assert FAL.dialect.show(call, [made]).body == {"voice_id": "829877809978941442"}


def test_what_has_ended_cannot_be_cancelled() -> None:
    assert asked(OperationKind.CANCEL, "cancel", Phase.SUBMITTED).status == 202
    ended = asked(OperationKind.CANCEL, "cancel", Phase.SUCCEEDED)
    assert (ended.status, ended.body) == (400, {"status": "ALREADY_COMPLETED"})
    call = FAL.call(OperationKind.CANCEL, "cancel", places={"id": JOB_ID})
    assert FAL.dialect.answer_other(call, []).status == 404
    assert FAL.dialect.answer_other(FAL.create(V2_6, {}), []) == FAL.dialect.refuse(RefusalKind.NO_SUCH_PATH)


def test_an_unknown_job_is_not_found() -> None:
    call = FAL.call(OperationKind.POLL, "status", places={"id": "x"})
    assert FAL.dialect.show(call, []) == FAL.dialect.refuse(RefusalKind.NO_SUCH_JOB)
    assert FAL.dialect.refuse(RefusalKind.NO_SUCH_JOB).status == 404


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
        (RefusalKind.NAME_TAKEN, 409),
    ],
)
def test_every_refusal_of_the_platform_has_its_status_and_kind(kind: RefusalKind, status: int) -> None:
    reply = FAL.dialect.refuse(kind, "more")
    assert reply.status == status
    assert set(body_of(reply)) == {"detail", "error_type"}


def test_content_refused_at_once_is_a_422() -> None:
    reply = FAL.dialect.refuse(RefusalKind.MODERATION)
    assert (reply.status, body_of(reply)["detail"][0]["type"]) == (422, "content_policy_violation")


@pytest.mark.parametrize("header", ["", "Bearer a-key", "Key ", "Key invalid"])
def test_without_a_good_key_nothing_is_answered(header: str) -> None:
    reply = FAL.dialect.authorize(Caller(Fal(), {"authorization": header}).create(V2_6, {}), 0.0)
    assert reply is not None
    assert reply.status == 401
    assert FAL.dialect.authorize(FAL.create(V2_6, {}), 0.0) is None


@given(
    bodies_of("prompt", "start_image_url", "multi_prompt", "duration", "elements", "voice_ids", "generate_audio"),
    strategies.sampled_from(Strictness),
)
def test_no_body_breaks_it(body: Json, strictness: Strictness) -> None:
    reading = FAL.dialect.read(FAL.create(V3, body), strictness)
    assert isinstance(reading, Wanted) or 400 <= reading.status < 500


# --- over HTTP


def test_over_http_a_clip_is_made_found_and_downloaded() -> None:
    with asking(FAL) as (sandbox, client):
        made = client.post(f"{ROOT}/{V2_6}", json={**DOCUMENTED})
        assert made.status_code == 200
        assert made.json()["status_url"].startswith(f"{sandbox.url}{ROOT}/requests/")
        fetch_until(client, made.json()["status_url"], "status", "COMPLETED")
        fetch_clip(client.get(made.json()["response_url"]).json()["video"]["url"])
        voice = client.post(f"{ROOT}/create-voice", json={"voice_url": "https://example.com/a.mp3"}).json()
        fetch_until(client, voice["status_url"], "status", "COMPLETED")
        assert client.get(voice["response_url"]).json()["voice_id"]
        assert client.put(voice["cancel_url"]).json() == {"status": "ALREADY_COMPLETED"}
        assert client.get(f"{ROOT}/requests/{JOB_ID}/status").status_code == 404
        prices = [charge["price"] for charge in sandbox.till()["charges"]]
        assert [Decimal(price) for price in prices] == [Decimal("0.70"), Decimal("0.007")]


def test_over_http_what_waits_can_be_cancelled() -> None:
    with asking(FAL, latency=60) as (_, client):
        made = client.post(f"{ROOT}/{V2_6}", json={**DOCUMENTED}).json()
        assert client.put(made["cancel_url"]).json() == {"status": "CANCELLATION_REQUESTED"}
        assert client.get(made["status_url"]).json()["status"] == "COMPLETED"
        assert client.get(made["response_url"]).status_code == 499
