"""fal: documented bodies, the two steps to a clip, voices that are made there, and every documented answer."""

from pathlib import Path

import pytest
from gateway_bodies import Abbreviating, assert_keeps_to, compiled
from gateway_films import make_production, run_to_a_film
from kling_boards import FIRST, LAST, board, refusals
from reseller_boards import (
    CLIP,
    JOB,
    asked,
    interface_of,
    job_state,
    path_to,
    refusal,
    sent_to,
    submit_answer,
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
from runner.model.interface import HeaderKey
from runner.model.request import MakersPart
from runner.planning.answers import read_state, read_submit
from runner.planning.compiling import compile_resource
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

VOICE_ID = "829877809978941442"

# --- bodies ---------------------------------------------------------------------------------------------------------


def test_the_example_of_1_6_from_a_picture_is_asked_for_as_documented() -> None:
    # The page of 1.6 standard, in full.
    snow = "Snowflakes fall as a car moves forward along the road."
    blur = '"blur, distort, and low quality"'
    shot = f"kling-v1.6; prompt: {snow}; first; negative_prompt: {blur}; cfg_scale: 0.5"
    assert sent_to("fal", shot) == {
        "prompt": snow,
        "image_url": FIRST,
        "duration": "5",
        "negative_prompt": "blur, distort, and low quality",
        "cfg_scale": 0.5,
    }


def test_the_example_of_2_6_from_a_picture_is_asked_for_as_documented() -> None:
    # It leaves the length and the sound to their defaults.
    king = 'A king walks slowly and says "My people, here I am! I am here to save you all"'
    assert sent_to("fal", f"kling-v2.6; pro; loud; first; prompt: '{king}'") == {
        "prompt": king,
        "start_image_url": FIRST,
        "duration": "5",
        "generate_audio": True,
    }


def test_the_example_of_3_0_omni_from_words_is_asked_for_as_documented() -> None:
    # The page of o3 pro, but for `multi_prompt: null` and the `shot_type` beside it, which say that there are no shots.
    mecha = 'A mecha lands on the ground to save the city, and says "I\'m here", in anime style'
    written = mecha.replace("'", "''")
    assert sent_to("fal", f"kling-v3-omni; pro; prompt: '{written}'") == {
        "prompt": mecha,
        "duration": "5",
        "aspect_ratio": "16:9",
        "generate_audio": False,
    }


def test_the_example_of_3_0_omni_from_a_picture_is_asked_for_as_documented() -> None:
    words = "The character walks forward slowly, camera following from behind."
    assert sent_to("fal", f"kling-v3-omni; first; last; duration: 10; prompt: '{words}'") == {
        "prompt": words,
        "image_url": FIRST,
        "end_image_url": LAST,
        "duration": "10",
        "generate_audio": False,
    }


def test_masks_and_a_camera_of_1_0_go_along() -> None:
    still = "masks: {static: {url: https://example.com/still.png}}"
    assert sent_to("fal", f"kling-v1; first; {still}")["static_mask_url"] == "https://example.com/still.png"
    moving = [{"mask_url": FIRST, "trajectories": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]}]
    assert sent_to("fal", "kling-v1; first; masks")["dynamic_masks"] == moving
    assert sent_to("fal", "kling-v1; sweep")["camera_control"] == "forward_up"


def test_the_example_of_3_0_from_a_picture_is_asked_for_as_documented() -> None:
    words = "Slow cinematic push-in. Golden light. No people."
    assert sent_to("fal", f"kling-v3; pro; loud; first; duration: 10; prompt: {words}") == {
        "start_image_url": FIRST,
        "prompt": words,
        "duration": "10",
        "generate_audio": True,
    }


def test_voices_and_elements_are_mentioned_each_in_its_way() -> None:
    spoken = sent_to("fal", "kling-v2.6; pro; loud; first; two voices")
    assert spoken["voice_ids"] == ["829824295735410756", "829824295735410757"]
    assert spoken["prompt"] == "<<<voice_1>>> <<<voice_2>>>"
    shown = sent_to("fal", "kling-v3; first; last; keeper and lamp")
    assert shown["prompt"] == "@Element1, @Element2"
    assert shown["elements"] == [
        {
            "frontal_image_url": "https://example.com/keeper.png",
            "reference_image_urls": ["https://example.com/keeper-left.png"],
        },
        {
            "frontal_image_url": "https://example.com/lamp.png",
            "reference_image_urls": ["https://example.com/lamp-lit.png", "https://example.com/lamp-out.png"],
        },
    ]
    assert shown["end_image_url"] == LAST


def test_an_element_with_one_picture_is_given_it_twice() -> None:
    alone = board("kling-v3; first; keeper").replace(
        "    references: [{url: https://example.com/keeper-left.png}]\n", ""
    )
    body = compiled("fal", alone, "one", is_real=True).call.body
    assert isinstance(body, dict)
    frontal = "https://example.com/keeper.png"
    assert body["elements"] == [{"frontal_image_url": frontal, "reference_image_urls": [frontal]}]


@pytest.mark.parametrize("model", ["kling-v3", "kling-v3-omni"])
def test_listed_beats_take_the_place_of_the_prompt(model: str) -> None:
    body = sent_to("fal", f"{model}; two beats")
    assert body["multi_prompt"] == [{"prompt": "One.", "duration": "2"}, {"prompt": "Two.", "duration": "3"}]
    assert body["shot_type"] == "customize"
    assert "prompt" not in body


def test_beats_that_3_0_divides_itself_keep_the_prompt() -> None:
    body = sent_to("fal", "kling-v3; beats: auto")
    assert (body["shot_type"], "prompt" in body, "multi_prompt" in body) == ("intelligent", True, False)


PATHS = [
    ("kling-v1", "v1/standard/text-to-video"),
    ("kling-v1.5; pro; first", "v1.5/pro/image-to-video"),
    ("kling-v1.6; pro", "v1.6/pro/text-to-video"),
    ("kling-v2-master; first", "v2/master/image-to-video"),
    ("kling-v2.1; first", "v2.1/standard/image-to-video"),
    ("kling-v2.1-master", "v2.1/master/text-to-video"),
    ("kling-v2.5-turbo; first", "v2.5-turbo/standard/image-to-video"),
    ("kling-v2.6; pro", "v2.6/pro/text-to-video"),
    ("kling-v3; 4k; first", "v3/4k/image-to-video"),
    ("kling-v3-omni; 4k", "o3/4k/text-to-video"),
    ("kling-v3-omni; first", "o3/standard/image-to-video"),
    ("kling-v3-omni; first; keeper", "o3/standard/reference-to-video"),
]


@pytest.mark.parametrize(("shot", "path"), PATHS)
def test_the_quality_stands_in_the_path(shot: str, path: str) -> None:
    assert path_to("fal", shot) == f"/fal-ai/kling-video/{path}"


# --- answers --------------------------------------------------------------------------------------------------------


def model_error(kind: str, message: str) -> dict[str, Json]:
    return {"detail": [{"loc": ["body", "prompt"], "msg": message, "type": kind, "url": "https://docs.fal.ai/errors/"}]}


def test_a_queued_request_is_taken_by_its_id() -> None:
    root = f"https://queue.fal.run/fal-ai/kling-video/requests/{JOB}"
    body: dict[str, Json] = {
        "request_id": JOB,
        "response_url": root,
        "status_url": f"{root}/status",
        "queue_position": 0,
    }
    assert submit_answer("fal", 200, body) == Accepted(JOB)
    assert isinstance(submit_answer("fal", 200, {"status": "IN_QUEUE"}), Uncertain)


BALANCE = "User is locked. Reason: Exhausted balance."
REJECTED: list[tuple[int, Json, tuple[str, str, str]]] = [
    (401, {"detail": "Authentication is required"}, ("access", "Authentication is required", "401")),
    (403, {"detail": BALANCE}, ("balance", BALANCE, "403")),
    (403, {"detail": "Forbidden"}, ("access", "Forbidden", "403")),
    (404, {"detail": "Path not found"}, ("input", "Path not found", "404")),
    (429, {"detail": "Too many requests"}, ("limit", "Too many requests", "429")),
    (422, model_error("missing", "Field required"), ("input", "Field required", "missing")),
    (
        422,
        model_error("content_policy_violation", "Not allowed"),
        ("content", "Not allowed", "content_policy_violation"),
    ),
]


@pytest.mark.parametrize(("status", "body", "told"), REJECTED)
def test_a_refused_submit_was_not_charged(status: int, body: Json, told: tuple[str, str, str]) -> None:
    assert refusal("fal", status, body) == told


@pytest.mark.parametrize("status", [302, 408, 409, 499, 500, 502, 503, 504])
def test_what_is_not_plainly_a_refusal_stays_uncertain(status: int) -> None:
    assert isinstance(submit_answer("fal", status, {"detail": "?"}), Uncertain)


@pytest.mark.parametrize(("status", "word"), [(202, "IN_QUEUE"), (202, "IN_PROGRESS"), (200, "IN_QUEUE")])
def test_a_queued_request_is_waited_for(status: int, word: str) -> None:
    assert job_state("fal", status, {"status": word, "request_id": JOB}) == Running()


def test_completed_says_only_that_the_result_can_be_asked_for() -> None:
    assert job_state("fal", 200, {"status": "COMPLETED", "request_id": JOB}) == Succeeded({})
    assert isinstance(job_state("fal", 200, {"status": "PAUSED"}), Unreadable)
    assert job_state("fal", 404, {"detail": "Request not found"}) == Gone()


def result_state(status: int, body: Json) -> object:
    question = interface_of("fal").result
    assert question is not None
    return read_state(question.answers, status, body)


def test_the_result_is_a_clip_or_why_there_is_none() -> None:
    file: Json = {"url": CLIP, "content_type": "video/mp4", "file_name": "output.mp4", "file_size": 13096952}
    assert result_state(200, {"video": file}) == Succeeded({"url": CLIP})
    refused = result_state(422, model_error("content_policy_violation", "Not allowed"))
    assert refused == Failed(Failure(FailureClass.CONTENT, "Not allowed", "content_policy_violation"), None)
    unread = result_state(422, model_error("image_load_error", "Cannot load"))
    assert unread == Failed(Failure(FailureClass.INPUT, "Cannot load", "image_load_error"), None)
    for kind in ("downstream_service_error", "no_media_generated"):
        upstream = result_state(400, model_error(kind, "It gave up"))
        assert upstream == Failed(Failure(FailureClass.GATEWAY, "It gave up", kind), None)
    broken = result_state(500, model_error("internal_server_error", "Gave up"))
    assert broken == Failed(Failure(FailureClass.GATEWAY, "Gave up", "internal_server_error"), None)


@pytest.mark.parametrize("status", [400, 500, 502, 503])
def test_trouble_of_the_platform_is_no_end_of_a_request(status: int) -> None:
    assert isinstance(
        result_state(status, {"detail": "Internal server error", "error_type": "internal_error"}), Unreadable
    )


def test_a_request_is_asked_about_without_the_models_own_path() -> None:
    interface = interface_of("fal")
    assert asked(interface.poll).path == f"/fal-ai/kling-video/requests/{JOB}/status"
    assert interface.result is not None
    assert asked(interface.result).path == f"/fal-ai/kling-video/requests/{JOB}"
    assert interface.keys == (HeaderKey("Authorization", "Key", "FAL_API_KEY"),)


# --- voices ---------------------------------------------------------------------------------------------------------


def test_a_voice_is_made_from_a_sound_with_an_address() -> None:
    canonical: dict[str, Json] = {"medium": "resource", "kind": "voice", "sample": {"url": "https://example.com/v.wav"}}
    makers = MakersPart("fal", {"label": "gruff", "description": "low"})
    made = compile_resource(built_in("fal"), canonical, makers, Abbreviating(is_real=True), "fc-1")
    assert made is not None
    assert (made.call.path, made.call.body) == (
        "/fal-ai/kling-video/create-voice",
        {"voice_url": "https://example.com/v.wav"},
    )
    assert made.request == "fal-create-voice"
    assert_keeps_to(made.request, made.call.body)


def test_a_voice_without_an_address_is_refused_at_its_line() -> None:
    sampled = "    sample: {url: https://example.com/v.wav}\n"
    storyboard = board("kling-v2.6; pro; first; gruff; loud")
    with_sample = storyboard.replace("    description: low and hoarse\n", f"    description: low and hoarse\n{sampled}")
    assert refusals("fal", storyboard) == [
        ("fal knows no voice `gruff`: it takes voices by an id of its own", "prompt: \"{{ voice('gruff') }} hums\"")
    ]
    assert refusals("fal", with_sample) == []


def test_a_voices_answers_are_understood() -> None:
    voice = interface_of("fal").resources["voice"]
    assert (str(voice.price), voice.currency) == ("0.007", "USD")
    assert read_submit(voice.answers, 200, {"request_id": JOB}) == Accepted(JOB)
    assert read_state(voice.poll.answers, 200, {"voice_id": VOICE_ID}) == Succeeded({"id": VOICE_ID})
    assert read_state(voice.poll.answers, 400, {"detail": "Request is still in progress"}) == Running()
    failed = read_state(voice.poll.answers, 422, model_error("audio_duration_too_short", "Too short"))
    assert failed == Failed(Failure(FailureClass.INPUT, "Too short", "audio_duration_too_short"), None)
    assert read_state(voice.poll.answers, 404, {"detail": "Request not found"}) == Gone()


# --- prices ---------------------------------------------------------------------------------------------------------


def test_prices_are_known_where_a_page_names_them() -> None:
    prices = built_in("fal").prices
    rows = {(row.mode, row.sound, row.voices): str(row.amount) for row in prices["kling-v3"]}
    assert rows["pro", True, True] == "0.196"
    assert rows["std", False, None] == "0.084"
    assert rows["4k", None, None] == "0.42"
    assert "kling-v1.6" not in prices
    assert [(row.mode, str(row.amount)) for row in prices["kling-v3-omni"]] == [("4k", "0.42")]


# --- against the double ---------------------------------------------------------------------------------------------

FILM = """\
storyboard: 1
title: Everything fal is asked for
model: kling-v2.6
defaults: {mode: pro}
voices:
  gruff: {description: low, sample: {url: "https://example.com/gruff.wav"}}
shots:
  - {id: one, prompt: A harbour., sound: on}
  - {id: two, from: one, prompt: It goes on., last_frame: frames/lit.png}
  - {id: three, from: two, prompt: He speaks., sound: on, dialogue: [{voice: gruff, text: Hello.}]}
  - {id: four, from: three, model: kling-v3, beats: [{prompt: One., duration: 2}, {prompt: Two., duration: 3}]}
  - {id: five, from: four, model: kling-v3-omni, mode: std, prompt: It ends.}
"""


@pytest.mark.slow
def test_a_film_is_made_at_the_double(tmp_path: Path) -> None:
    production = make_production(tmp_path / "film", FILM)
    with running_sandbox(SandboxOptions(clips="small")) as sandbox:
        bodies = [create["body"] for create in run_to_a_film(production, "fal", sandbox)]
    assert {"voice_url": "https://example.com/gruff.wav"} in bodies
    chained = [body["start_image_url"][:22] for body in bodies if "start_image_url" in body]
    assert chained == ["data:image/png;base64,"] * 3
    (last,) = [body for body in bodies if "image_url" in body]
    assert last["image_url"].startswith("data:image/png;base64,")
    (spoken,) = [body for body in bodies if body.get("voice_ids")]
    assert spoken["prompt"] == 'He speaks. <<<voice_1>>> says: "Hello."'
