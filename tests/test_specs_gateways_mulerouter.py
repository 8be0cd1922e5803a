"""MuleRouter, and MuleRun beside it: documented bodies, and every documented answer.

What is refused where stands in `facts/mulerouter*.yaml`.
"""

import pytest
from dialect_bench import Caller, job, taken
from gateway_bodies import BASE64, compiled
from kling_boards import FIRST, LAST, board, refusals
from reseller_boards import (
    CLIP,
    JOB,
    asked,
    board_at,
    interface_of,
    job_state,
    path_to,
    refusal,
    sent_to,
    submit_answer,
    taken_shots,
    told_by_double,
)

from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.model.gateway import (
    Accepted,
    Failed,
    Failure,
    FailureClass,
    Gone,
    Running,
    Succeeded,
    Uncertain,
    Unreadable,
)
from runner.model.interface import Bearer
from runner.sandbox.dialect import FailureKind, Phase
from runner.sandbox.dialects.mule import Mule

MODELS = ["kling-v2.5-turbo", "kling-v2.6", "kling-v3", "kling-v3-omni"]

# --- bodies ---------------------------------------------------------------------------------------------------------


def test_the_example_from_words_is_asked_for_as_documented() -> None:
    # MuleRun's page, in full. Sound in mode `std` is disputed, and sent.
    shot = "kling-v2.6; prompt: A beautiful woman is dancing in a room; negative_prompt: ugly, bad, distorted; loud"
    body = sent_to("mulerun", shot.replace("ugly, bad, distorted", '"ugly, bad, distorted"'))
    assert body == {
        "prompt": "A beautiful woman is dancing in a room",
        "negative_prompt": "ugly, bad, distorted",
        "mode": "std",
        "aspect_ratio": "16:9",
        "duration": 5,
        "sound": "on",
    }


@pytest.mark.parametrize(
    ("shot", "documented"),
    [
        (
            "kling-v2.6; prompt: Cinematic shot; negative; pro; duration: 10; loud",
            {"prompt": "Cinematic shot", "negative_prompt": "blur", "mode": "pro", "duration": 10, "sound": "on"},
        ),
        (
            "kling-v2.6; prompt: A person walking",
            {"prompt": "A person walking", "mode": "std", "duration": 5, "sound": "off"},
        ),
    ],
)
def test_its_other_examples_from_words_are_asked_for_as_documented(shot: str, documented: dict[str, Json]) -> None:
    # The ratio, which they leave to its default, is always said.
    assert sent_to("mulerun", shot) == {**documented, "aspect_ratio": "16:9"}


def test_a_custom_voice_speaks_from_a_picture() -> None:
    body = sent_to("mulerouter", "kling-v2.6; first; gruff; loud; pro")
    assert body["voice_list"] == [{"voice_id": "829824295735410756"}]
    assert body["prompt"] == "<<<voice_1>>> hums"
    assert body["image"] == FIRST


def test_a_silent_model_is_told_nothing_of_sound() -> None:
    assert "sound" not in sent_to("mulerouter", "kling-v2.5-turbo")


def test_elements_of_3_0_go_with_their_pictures() -> None:
    body = sent_to("mulerouter", "kling-v3; first; last; keeper and lamp; pro; loud")
    assert body["elements"] == [
        {
            "type": "image",
            "frontal_image": "https://example.com/keeper.png",
            "reference_images": ["https://example.com/keeper-left.png"],
        },
        {
            "type": "image",
            "frontal_image": "https://example.com/lamp.png",
            "reference_images": ["https://example.com/lamp-lit.png", "https://example.com/lamp-out.png"],
        },
    ]
    assert body["prompt"] == "<<<element_1>>>, <<<element_2>>>"
    assert (body["first_frame"], body["last_frame"], body["multi_shot"]) == (FIRST, LAST, False)


def test_an_element_with_one_picture_is_given_it_twice() -> None:
    alone = board_at("mulerouter", "kling-v3; first; keeper").replace(
        "    references: [{url: https://example.com/keeper-left.png}]\n", ""
    )
    body = compiled("mulerouter", alone, "one", is_real=True).call.body
    assert isinstance(body, dict)
    frontal = "https://example.com/keeper.png"
    assert body["elements"] == [{"type": "image", "frontal_image": frontal, "reference_images": [frontal]}]


@pytest.mark.parametrize("model", ["kling-v3", "kling-v3-omni"])
def test_listed_beats_take_the_place_of_the_prompt_and_have_no_number(model: str) -> None:
    body = sent_to("mulerouter", f"{model}; two beats")
    assert (body["multi_shot"], body["shot_type"]) == (True, "customize")
    assert body["multi_prompt"] == [{"prompt": "One.", "duration": 2}, {"prompt": "Two.", "duration": 3}]
    assert "prompt" not in body
    divided = sent_to("mulerouter", f"{model}; beats: auto")
    assert (divided["multi_shot"], divided["shot_type"]) == (True, "intelligence")
    assert "prompt" in divided


PATHS = [
    ("kling-v2.5-turbo", "kling-v2.5-turbo/text-to-video"),
    ("kling-v2.5-turbo; first", "kling-v2.5-turbo/image-to-video"),
    ("kling-v2.6", "kling-v2.6/text-to-video"),
    ("kling-v2.6; first", "kling-v2.6/image-to-video"),
    ("kling-v3", "kling-v3/text-to-video"),
    ("kling-v3; first", "kling-v3/image-to-video"),
    ("kling-v3-omni", "kling-v3-omni/text-to-video"),
    ("kling-v3-omni; first; last", "kling-v3-omni/image-to-video"),
    ("kling-v3-omni; keeper", "kling-v3-omni/reference-image-to-video"),
    ("kling-v3-omni; first; keeper", "kling-v3-omni/reference-image-to-video"),
    ("kling-v3-omni; nobody; unsupported: describe", "kling-v3-omni/text-to-video"),
]


@pytest.mark.parametrize(("shot", "path"), PATHS)
def test_every_kind_of_clip_has_its_path(shot: str, path: str) -> None:
    assert path_to("mulerouter", shot) == f"/vendors/klingai/v1/{path}/generation"


@pytest.mark.parametrize("model", MODELS)
def test_every_body_keeps_to_its_schema_and_is_taken_by_the_double(model: str) -> None:
    shots = list(taken_shots("mulerouter", model))
    assert shots
    for shot in shots:
        sent_to("mulerouter", shot)
        is_disputed = model == "kling-v2.6" and "loud" in shot and "mode: pro" not in shot
        told = told_by_double(Mule(), compiled("mulerouter", board_at("mulerouter", shot), "one", is_real=True))
        assert (told is None) != is_disputed, (shot, told)


def test_a_frame_of_another_shot_goes_as_bare_base64() -> None:
    chained = board("kling-v3; first") + "  - {id: two, from: one, prompt: It goes on.}\n"
    body = compiled("mulerouter", chained, "two", is_real=True).call.body
    assert isinstance(body, dict)
    assert body["first_frame"] == BASE64


def test_mulerun_is_the_same_at_another_host_with_another_key() -> None:
    run, router = built_in("mulerun"), built_in("mulerouter")
    assert (run.models, run.offers, run.notes) == (router.models, router.offers, router.notes)
    assert interface_of("mulerun").host == "https://api.mulerun.com"
    assert interface_of("mulerun").keys == (Bearer("MULERUN_API_KEY"),)
    assert interface_of("mulerouter").keys == (Bearer("MULEROUTER_API_KEY"),)
    assert interface_of("mulerun").answers == interface_of("mulerouter").answers


@pytest.mark.parametrize("provider", ["mulerouter", "mulerun"])
def test_a_callback_is_not_taken_in_silence(provider: str) -> None:
    head = f"callbacks:\n  {provider}: https://example.com/told\n"
    told = [
        (place, "tells no address of its jobs" in says)
        for says, place in refusals(provider, board("kling-v3", head=head))
    ]
    assert told == [(f"{provider}: https://example.com/told", True)]
    elsewhere = head.replace(provider, "kkiai")
    assert refusals(provider, board("kling-v3", head=elsewhere)) == []


# --- answers --------------------------------------------------------------------------------------------------------


def info(status: str, **more: Json) -> dict[str, Json]:
    moment = "2025-09-21T00:00:00.000Z"
    return {"task_info": {"id": JOB, "status": status, "created_at": moment, "updated_at": moment, **more}}


def test_a_created_task_is_taken_by_its_id() -> None:
    assert submit_answer("mulerouter", 202, info("pending")) == Accepted(JOB)


REJECTED = [
    (400, "input", {"detail": "prompt is too long"}),
    (401, "access", {"error": {"message": "bad key"}}),
    (402, "balance", {"detail": "insufficient balance"}),
    (403, "access", {"message": "no right"}),
    (404, "input", {"error": "no such path"}),
    (405, "input", {"detail": "POST it"}),
    (429, "limit", {"detail": "daily spend limit"}),
    (451, "content", {"detail": "not here"}),
]


@pytest.mark.parametrize(("status", "kind", "body"), REJECTED)
def test_a_listed_refusal_was_not_charged(status: int, kind: str, body: Json) -> None:
    found, words, code = refusal("mulerouter", status, body)
    assert (found, code) == (kind, str(status))
    assert words in str(body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (202, {"task_info": {}}),
        (202, None),
        (302, None),
        (409, info("pending")),
        (423, {}),
        (500, {}),
        (502, None),
        (504, {}),
    ],
)
def test_what_is_not_plainly_a_refusal_stays_uncertain(status: int, body: Json) -> None:
    assert isinstance(submit_answer("mulerouter", status, body), Uncertain)


@pytest.mark.parametrize("word", ["pending", "processing", "queued", "running"])
def test_both_vocabularies_of_waiting_are_understood(word: str) -> None:
    assert job_state("mulerouter", 200, info(word)) == Running()


@pytest.mark.parametrize("word", ["completed", "succeeded"])
def test_both_vocabularies_of_success_are_understood(word: str) -> None:
    assert job_state("mulerouter", 200, {**info(word), "videos": [CLIP]}) == Succeeded({"url": CLIP})
    assert isinstance(job_state("mulerouter", 200, {**info(word), "videos": []}), Unreadable)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (
            {"code": 400, "title": "Invalid Request", "detail": "The prompt contains prohibited content"},
            Failure(FailureClass.CONTENT, "The prompt contains prohibited content", "400"),
        ),
        (
            {"code": 3001, "title": "Task Execution Error", "detail": "The upstream gave up"},
            Failure(FailureClass.GATEWAY, "The upstream gave up", "3001"),
        ),
    ],
)
def test_a_failed_task_says_why(error: Json, failure: Failure) -> None:
    assert job_state("mulerouter", 200, info("failed", error=error)) == Failed(failure, None)


@pytest.mark.parametrize("code", [3001, 3002, 3003, 3004, 3005, 4002, 4008])
def test_what_failed_behind_it_or_at_it_is_the_gateways_and_keeps_its_code(code: int) -> None:
    # 3001 to 3005: whoever is behind it could not complete the task. 4002 and 4008: MuleRouter itself.
    error: Json = {"code": code, "title": "Task Execution Error", "detail": "The task could not be completed"}
    failure = Failure(FailureClass.GATEWAY, "The task could not be completed", str(code))
    assert job_state("mulerouter", 200, info("failed", error=error)) == Failed(failure, None)


def test_the_failure_the_double_shows_is_read_with_its_code() -> None:
    double = Caller(Mule(), {"authorization": "Bearer a-key"})
    create = double.create("kling-v3/text-to-video", {"prompt": "a"})
    failed = job(create.operation, taken(double, create), Phase.FAILED, failure=FailureKind.UPSTREAM)
    shown = double.dialect.show(double.poll("kling-v3/text-to-video"), [failed])
    state = job_state("mulerouter", shown.status, shown.body)
    assert isinstance(state, Failed)
    assert (state.failure.kind, state.failure.code) == (FailureClass.GATEWAY, "3001")


def test_an_unknown_word_is_kept_and_an_unknown_task_is_gone() -> None:
    assert isinstance(job_state("mulerouter", 200, info("paused")), Unreadable)
    assert isinstance(job_state("mulerouter", 503, None), Unreadable)
    assert job_state("mulerouter", 404, {"detail": "Task not found"}) == Gone()


def test_a_task_is_asked_about_below_the_path_it_was_made_at() -> None:
    made_at = path_to("mulerouter", "kling-v3-omni; keeper")
    call = asked(interface_of("mulerouter").poll, made_at)
    assert (call.method, call.path, call.body) == ("GET", f"{made_at}/{JOB}", None)
