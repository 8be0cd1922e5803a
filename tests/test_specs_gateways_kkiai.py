"""KKIAI: its documented body, and the answers it may give, of which none is documented."""

import pytest
from gateway_bodies import BASE64, NAME, Abbreviating, compiled
from kling_boards import FIRST, FRAME, MASKS, board, in_full, refusals, sent, sent_as_documented

from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    Failed,
    Failure,
    FailureClass,
    Gone,
    Rejected,
    Running,
    Succeeded,
    Uncertain,
    Unreadable,
)
from runner.model.interface import Bearer, Interface
from runner.model.manifest import Proof
from runner.planning.answers import read_state, read_submit
from runner.planning.body import Builder, View
from runner.planning.compiling import build_call

FROM_PICTURES = ["kling-v1", "kling-v1.5", "kling-v1.6", "kling-v2-master", "kling-v2.1", "kling-v2.1-master"]
FROM_PICTURES += ["kling-v2.5-turbo", "kling-v2.6", "kling-v3"]
FROM_WORDS = ["kling-v1", "kling-v1.6", "kling-v2-master", "kling-v2.1-master"]
FROM_WORDS += ["kling-v2.5-turbo", "kling-v2.6", "kling-v3"]


def interface() -> Interface:
    found = built_in("kkiai").interface
    assert found is not None
    return found


# --- bodies ---------------------------------------------------------------------------------------------------------


def test_its_example_is_asked_for_as_documented() -> None:
    # There the length is a number against its own table, a brush lies beside an empty prompt, and what is empty or
    # commented out is not sent; ours has a prompt, since a shot has one.
    shot = board("kling-v1", "prompt: It moves.", FRAME, MASKS, "cfg_scale: 0.5")
    assert sent_as_documented("kkiai", shot) == {
        "model_name": "kling-v1",
        "image": FIRST,
        "prompt": "It moves.",
        "cfg_scale": 0.5,
        "mode": "std",
        "dynamic_masks": [{"mask": FIRST, "trajectories": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]}],
        "duration": "5",
    }


def test_two_voices_speak_in_the_order_they_are_listed() -> None:
    lines = ("prompt: \"{{ voice('bright') }} calls.\"", "dialogue: [{voice: gruff, text: Hello}]")
    body = sent("kkiai", board("kling-v2.6", *lines, FRAME, "mode: pro", "sound: on"))
    assert body["voice_list"] == [{"voice_id": "829824295735410757"}, {"voice_id": "829824295735410756"}]
    assert body["prompt"] == '<<<voice_1>>> calls. <<<voice_2>>> says: "Hello"'


def test_a_camera_goes_with_all_its_moves_and_beats_as_a_list() -> None:
    moved = sent("kkiai", board("kling-v1.5", FRAME, "mode: pro", "camera: {horizontal: 1}"))
    still = {"vertical": 0, "pan": 0, "tilt": 0, "roll": 0, "zoom": 0}
    assert moved["camera_control"] == {"type": "simple", "config": {"horizontal": 1, **still}}
    body = sent("kkiai", board("kling-v3", FRAME, in_full("two beats")))
    assert (body["multi_shot"], body["shot_type"]) == (True, "customize")
    assert body["multi_prompt"] == [
        {"index": 1, "prompt": "One.", "duration": "2"},
        {"index": 2, "prompt": "Two.", "duration": "3"},
    ]


@pytest.mark.parametrize("model", FROM_PICTURES)
def test_what_its_page_requires_is_always_there(model: str) -> None:
    body = sent("kkiai", board(model, FRAME), is_real=True)
    assert {"model_name", "image", "mode", "duration"} <= set(body)


@pytest.mark.parametrize("model", FROM_WORDS)
def test_clips_from_words_are_offered_and_not_called_proven(model: str) -> None:
    done = compiled("kkiai", board(model), "one", is_real=True)
    assert done.call.path == "/kling/v1/videos/text2video"
    assert not done.task.is_proven
    assert isinstance(done.call.body, dict)
    assert done.call.body["multi_shot"] is False


def test_a_master_is_asked_for_in_the_one_quality_it_has() -> None:
    assert sent("kkiai", board("kling-v2-master", FRAME))["mode"] == "pro"


SHOTS = [
    "kling-v1; sweep",
    "kling-v1.5; first; last; pro",
    "kling-v2.6; first; last; pro; negative; watermark: true",
    "kling-v3; two beats; loud",
    "kling-v3; first; last; duration: 10",
    "kling-v3-omni; duration: 3; loud",
    "kling-v3-omni; first; last; two beats",
    "kling-o1; first; last; duration: 7",
]


@pytest.mark.parametrize("shot", SHOTS)
def test_every_body_keeps_to_its_schema(shot: str) -> None:
    assert refusals("kkiai", board(shot)) == []
    sent("kkiai", board(shot), is_real=True)


def test_a_frame_of_another_shot_goes_as_bare_base64() -> None:
    chained = board("kling-v2.5-turbo") + "  - {id: two, from: one, prompt: It goes on.}\n"
    body = compiled("kkiai", chained, "two", is_real=True).call.body
    assert isinstance(body, dict)
    assert body["image"] == BASE64


def test_a_silent_model_is_told_of_its_sound_once() -> None:
    # What is refused where stands in `facts/kkiai*.yaml`; this is how often.
    for shot in ("kling-v1.5; first; loud", "kling-v1.6; loud", "kling-o1; loud"):
        assert [(place, "takes no" in says) for says, place in refusals("kkiai", board(shot))] == [("sound: on", False)]


# --- answers: Kling's own, and the shapes of gateways like it -------------------------------------------------------

CLIP = "https://cdn.klingai.com/bs2/clip.mp4"
MODERATED = "content moderation failed"


def native(**data: Json) -> dict[str, Json]:
    return {"code": 0, "message": "SUCCEED", "request_id": "r-1", "data": {"task_id": "831922345719271433", **data}}


def wrapped(**data: Json) -> dict[str, Json]:
    return {"code": "success", "message": "", "data": {"task_id": "task_abc123", **data}}


def both_ways(code: int, message: str) -> list[Json]:
    """An error as Kling words it, and as the flat form does."""
    return [{"code": code, "message": message}, {"error": {"code": code, "message": message}}]


def flat(**more: Json) -> dict[str, Json]:
    return {"task_id": "task_abc123", **more}


@pytest.mark.parametrize(
    ("body", "job"),
    [
        (native(task_status="submitted", task_info={}), "831922345719271433"),
        (wrapped(status="queued", url=""), "task_abc123"),
        (wrapped(status="SUBMITTED"), "task_abc123"),
        (flat(status="queued"), "task_abc123"),
    ],
)
def test_a_submit_is_accepted_in_every_known_form(body: Json, job: str) -> None:
    assert read_submit(interface().answers, 200, body) == Accepted(job)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        # What its page shows as the answer.
        (200, {}),
        (200, {"code": "success", "message": "", "data": None}),
        (200, {"code": 0, "message": "SUCCEED"}),
        (200, {"code": "error", "message": "something"}),
        (500, {"code": 5000, "message": "Server internal error"}),
        (504, {"code": 5002, "message": "Server internal timeout"}),
        (409, None),
    ],
)
def test_an_answer_in_no_known_form_leaves_the_question_open(status: int, body: Json) -> None:
    assert isinstance(read_submit(interface().answers, status, body), Uncertain)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (401, 1002, "Invalid token", FailureClass.ACCESS),
        (403, 1103, "no right to this model", FailureClass.ACCESS),
        (429, 1101, "Account in arrears", FailureClass.BALANCE),
        (429, 1102, "Account balance not enough", FailureClass.BALANCE),
        (429, 1303, "parallel task over resource pack limit", FailureClass.LIMIT),
        (400, 1301, "Trigger the content security policy of the platform", FailureClass.CONTENT),
        (400, 1201, "a value is wrong", FailureClass.INPUT),
    ],
)
def test_a_refusal_has_its_kind_in_every_form(status: int, code: int, message: str, kind: FailureClass) -> None:
    answers = interface().answers
    plain = read_submit(answers, status, {"code": code, "message": message})
    assert plain == Rejected(Failure(kind, message, str(code)))
    others: list[Json] = [
        *both_ways(code, message)[1:],
        {"code": "error", "message": message, "data": None},
    ]
    for body in others:
        read = read_submit(answers, status, body)
        assert isinstance(read, Rejected), body
        assert (read.failure.kind, read.failure.message) == (kind, message)


def test_a_refusal_without_words_still_has_a_kind() -> None:
    answers = interface().answers
    kinds = {402: FailureClass.BALANCE, 429: FailureClass.LIMIT, 422: FailureClass.INPUT}
    for status, kind in kinds.items():
        read = read_submit(answers, status, None)
        assert isinstance(read, Rejected)
        assert read.failure.kind is kind
    refused = read_submit(answers, 429, {"error": {"code": 1304, "message": "IP whitelist"}})
    assert refused == Rejected(Failure(FailureClass.ACCESS, "IP whitelist", "1304"))


def test_a_name_that_is_there_already_is_no_refusal() -> None:
    for body in both_ways(1201, f"External_task_id {NAME} already exists"):
        assert read_submit(interface().answers, 400, body) == AlreadyExists()


def raw(status: str, **inner: Json) -> dict[str, Json]:
    return wrapped(status=status, fail_reason="", data=native(**inner))


VIDEO: Json = {"videos": [{"id": "v-1", "url": CLIP, "duration": "5.1"}]}
MARKED: Json = {"videos": [{"id": "v-1", "url": CLIP, "watermark_url": f"{CLIP}?marked", "duration": "5.1"}]}


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (native(task_status="succeed", task_result=VIDEO), CLIP),
        (native(task_status="succeed", task_result=MARKED), f"{CLIP}?marked"),
        (raw("SUCCESS", task_status="succeed", task_result=VIDEO), CLIP),
        (raw("SUCCESS", task_status="succeed", task_result=MARKED), f"{CLIP}?marked"),
        (wrapped(status="succeeded", url=CLIP, format="mp4", metadata=None, error=None), CLIP),
        (flat(status="completed", url=CLIP, format="mp4", metadata={"duration": 5}), CLIP),
    ],
)
def test_a_finished_job_gives_its_clip_in_every_known_form(body: Json, url: str) -> None:
    assert read_state(interface().poll.answers, 200, body) == Succeeded({"url": url})


@pytest.mark.parametrize(
    "body",
    [
        *(native(task_status=word) for word in ("submitted", "processing")),
        *(raw(word, task_status="processing") for word in ("SUBMITTED", "IN_PROGRESS")),
        *(wrapped(status=word, url="") for word in ("queued", "processing")),
        *(flat(status=word) for word in ("queued", "in_progress")),
    ],
)
def test_a_job_under_way_is_waited_for_in_every_known_form(body: Json) -> None:
    assert read_state(interface().poll.answers, 200, body) == Running()


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (
            native(task_status="failed", task_status_msg="Failure to pass the risk control system"),
            Failure(FailureClass.CONTENT, "Failure to pass the risk control system", "failed"),
        ),
        (
            native(task_status="failed", task_status_msg="aspect ratio of the input image is invalid"),
            Failure(FailureClass.INPUT, "aspect ratio of the input image is invalid", "failed"),
        ),
        (
            native(task_status="failed", task_status_msg="Internal error"),
            Failure(FailureClass.GATEWAY, "Internal error", "failed"),
        ),
        (
            wrapped(status="FAILURE", fail_reason=MODERATED, data=None),
            Failure(FailureClass.CONTENT, MODERATED, "FAILURE"),
        ),
        (
            raw("FAILURE", task_status="failed", task_status_msg="Failure to pass the risk control system"),
            Failure(FailureClass.CONTENT, "Failure to pass the risk control system", "FAILURE"),
        ),
        (
            wrapped(status="FAILURE", fail_reason="upstream", data=None),
            Failure(FailureClass.GATEWAY, "upstream", "FAILURE"),
        ),
        (
            wrapped(status="failed", error={"message": MODERATED, "code": "task_failed"}, url=""),
            Failure(FailureClass.CONTENT, MODERATED, "task_failed"),
        ),
        (
            wrapped(status="failed", error={"message": "upstream", "code": "task_failed"}),
            Failure(FailureClass.GATEWAY, "upstream", "task_failed"),
        ),
        (
            flat(status="failed", error={"code": 500, "message": MODERATED}),
            Failure(FailureClass.CONTENT, MODERATED, "500"),
        ),
        (
            flat(status="failed", error={"code": 500, "message": "upstream"}),
            Failure(FailureClass.GATEWAY, "upstream", "500"),
        ),
    ],
)
def test_a_failed_job_says_why_in_every_known_form(body: Json, failure: Failure) -> None:
    assert read_state(interface().poll.answers, 200, body) == Failed(failure, charged=None)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (200, native(task_status="paused")),
        (200, wrapped(status="paused")),
        (200, flat(status="paused")),
        (200, wrapped(status="succeeded", url="")),
        # The path is inferred: a 404 may mean the path and not the job.
        (404, None),
        (404, {"code": 1203, "message": "The requested resource does not exist"}),
    ],
)
def test_an_answer_that_says_nothing_of_the_job_keeps_it(status: int, body: Json) -> None:
    assert isinstance(read_state(interface().poll.answers, status, body), Unreadable)


def test_a_job_it_does_not_know_is_gone() -> None:
    for body in both_ways(1201, "Task not found by id/external id: task_abc123"):
        assert read_state(interface().poll.answers, 400, body) == Gone()


# --- what is true of all of it --------------------------------------------------------------------------------------


def test_a_job_is_asked_about_below_the_path_it_was_taken_at() -> None:
    view: View = {"path": "/kling/v1/videos/image2video", "job": "task_abc123"}
    path = build_call(interface().poll.call, Builder(view, Abbreviating())).path
    assert path == "/kling/v1/videos/image2video/task_abc123"


def test_what_nobody_knows_of_it_is_not_claimed() -> None:
    manifest = built_in("kkiai")
    guard = manifest.guard
    assert (guard.named, guard.found, guard.refused) == (Proof.DOCUMENTED, Proof.UNKNOWN, Proof.UNKNOWN)
    assert interface().find is None
    assert not interface().resources
    assert not manifest.prices
    assert {name for name, task in interface().tasks.items() if task.is_proven} == {"image2video"}
    assert interface().keys == (Bearer("KKIAI_API_KEY"),)


def test_it_offers_the_models_its_pages_list() -> None:
    offers = built_in("kkiai").offers
    assert [model for model in offers if "image2video" in offers[model]] == FROM_PICTURES
    assert [model for model in offers if "text2video" in offers[model]] == FROM_WORDS
