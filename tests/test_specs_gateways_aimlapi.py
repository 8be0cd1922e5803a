"""AI/ML API: its examples, the quality in the model's name, and every documented answer."""

import pytest
from gateway_bodies import compiled
from kling_boards import FIRST, LAST, board, refusals
from reseller_boards import (
    CLIP,
    JOB,
    asked,
    interface_of,
    job_state,
    refusal,
    sent_to,
    submit_answer,
    taken_shots,
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

MONA = "https://raw.githubusercontent.com/aimlapi/api-docs/main/reference-files/mona_lisa_extended.jpg"
GLASSES = "prompt: Mona Lisa puts on glasses with her hands."
RACCOON = "prompt: A cheerful white raccoon running through a sequoia forest"

# --- bodies: its pages' examples write lengths as texts, against the schemas, and leave defaults unsaid ---------------


@pytest.mark.parametrize(
    ("shot", "model"),
    [
        ("kling-v1", "kling-video/v1/standard/image-to-video"),
        ("kling-v1.6; pro", "kling-video/v1.6/pro/image-to-video"),
        ("kling-v2.1; pro", "kling-video/v2.1/pro/image-to-video"),
        ("kling-o1", "klingai/video-o1-image-to-video"),
    ],
)
def test_the_examples_from_a_picture_are_asked_for_as_documented(shot: str, model: str) -> None:
    body = sent_to("aimlapi", f"{shot}; {GLASSES}; first_frame: {{url: {MONA}}}")
    assert body == {
        "model": model,
        "prompt": "Mona Lisa puts on glasses with her hands.",
        "image_url": MONA,
        "duration": 5,
    }


def test_the_example_of_2_6_from_a_picture_says_that_it_is_heard() -> None:
    # It says nothing and would be; we never leave that to a default.
    body = sent_to("aimlapi", f"kling-v2.6; pro; loud; {GLASSES}; first_frame: {{url: {MONA}}}")
    assert body == {
        "model": "klingai/video-v2-6-pro-image-to-video",
        "prompt": "Mona Lisa puts on glasses with her hands.",
        "image_url": MONA,
        "duration": 5,
        "generate_audio": True,
    }


@pytest.mark.parametrize(
    ("shot", "documented"),
    [
        ("kling-v1; pro", {"model": "kling-video/v1/pro/text-to-video"}),
        ("kling-v2.5-turbo; pro; cfg_scale: 0.9", {"model": "klingai/v2.5-turbo/pro/text-to-video", "cfg_scale": 0.9}),
        ("kling-v2.6; pro; loud", {"model": "klingai/video-v2-6-pro-text-to-video", "generate_audio": True}),
    ],
)
def test_the_examples_from_words_are_asked_for_as_documented(shot: str, documented: dict[str, Json]) -> None:
    prompt = "A cheerful white raccoon running through a sequoia forest"
    common: dict[str, Json] = {"prompt": prompt, "aspect_ratio": "16:9", "duration": 5}
    assert sent_to("aimlapi", f"{shot}; {RACCOON}") == {**common, **documented}


def test_the_example_of_3_0_with_beats_says_the_length_of_each_in_words() -> None:
    three = [("A raccoon runs.", 3), ("Its face.", 2), ("A bird.", 3)]
    beats = f"beats: [{', '.join(f'{{prompt: {words}, duration: {seconds}}}' for words, seconds in three)}]"
    assert sent_to("aimlapi", f"kling-v3; pro; loud; duration: 8; {beats}") == {
        "model": "klingai/video-v3-pro-text-to-video",
        "multi_prompt": ["A raccoon runs. 3 seconds.", "Its face. 2 seconds.", "A bird. 3 seconds."],
        "shot_type": "customize",
        "aspect_ratio": "16:9",
        "duration": 8,
        "generate_audio": True,
    }


def test_the_example_of_3_0_with_two_pictures_is_asked_for_as_its_schema_has_it() -> None:
    # The example calls the second picture `last_image_url`, the schema `tail_image_url`.
    assert sent_to("aimlapi", "kling-v3; pro; loud; duration: 10; first; last; prompt: The camera glides.") == {
        "model": "klingai/video-v3-pro-image-to-video",
        "prompt": "The camera glides.",
        "image_url": FIRST,
        "tail_image_url": LAST,
        "duration": 10,
        "generate_audio": True,
    }


def test_pictures_of_elements_make_a_clip_of_1_6() -> None:
    assert sent_to("aimlapi", "kling-v1.6; lamp") == {
        "model": "kling-video/v1.6/standard/multi-image-to-video",
        "prompt": "a brass lamp",
        "image_list": [f"https://example.com/lamp{which}.png" for which in ("", "-lit", "-out")],
        "aspect_ratio": "16:9",
        "duration": 5,
    }


@pytest.mark.parametrize(("shot", "list_name"), [("kling-v3; first; lamp", "elements"), ("kling-o1; lamp", "elements")])
def test_elements_go_as_pictures_beside_their_description(shot: str, list_name: str) -> None:
    body = sent_to("aimlapi", shot)
    lit = ["https://example.com/lamp-lit.png", "https://example.com/lamp-out.png"]
    assert body[list_name] == [
        {"frontal_image_url": "https://example.com/lamp.png", "reference_image_urls": lit},
    ]
    assert body["prompt"] == "a brass lamp"


@pytest.mark.parametrize(
    ("shot", "element"),
    [
        ("kling-v3; first; keeper", {"reference_image_urls": ["https://example.com/keeper.png"]}),
        (
            "kling-o1; keeper",
            {
                "frontal_image_url": "https://example.com/keeper.png",
                "reference_image_urls": ["https://example.com/keeper.png"],
            },
        ),
    ],
)
def test_an_element_with_one_picture_has_it_where_the_schema_asks_for_one(shot: str, element: Json) -> None:
    alone = board(shot).replace("    references: [{url: https://example.com/keeper-left.png}]\n", "")
    body = compiled("aimlapi", alone, "one", is_real=True).call.body
    assert isinstance(body, dict)
    assert body["elements"] == [element]


def test_a_camera_is_said_in_three_ways() -> None:
    named = sent_to("aimlapi", "kling-v1; sweep")
    assert (named["camera_control"], "advanced_camera_control" in named) == ("forward_up", False)
    moved = sent_to("aimlapi", "kling-v1; camera: {pan: -3}")
    assert moved["advanced_camera_control"] == {"movement_type": "pan", "movement_value": -3}
    assert "camera_control" not in moved
    drawn = sent_to("aimlapi", "kling-v1; first; camera: {zoom: 2.5}")["camera_control"]
    still = dict.fromkeys(["horizontal", "vertical", "pan", "tilt", "roll"], 0.0)
    assert drawn == {"type": "simple", "config": {**still, "zoom": 2.5}}
    assert sent_to("aimlapi", "kling-v1; first; sweep")["camera_control"] == {"type": "forward_up"}


def test_masks_and_the_choice_of_a_route_go_along() -> None:
    body = sent_to("aimlapi", "kling-v1.5; first; masks")
    assert body["dynamic_masks"] == [{"mask": FIRST, "trajectories": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]}]
    assert sent_to("aimlapi", "kling-v3; options: {aimlapi: {provider: kling}}")["provider"] == "kling"
    assert refusals("aimlapi", board("kling-v3; options: {aimlapi: {provider: nobody}}"))
    assert sent_to("aimlapi", "kling-v1.6; first; options: {aimlapi: {provider: fal}}")["provider"] == "fal"
    for shot in ("kling-v1.6; first; pro", "kling-v1.6; first; masks", "kling-v1.5; first; pro"):
        assert refusals("aimlapi", board(f"{shot}; options: {{aimlapi: {{provider: fal}}}}"))


@pytest.mark.parametrize("model", list(built_in("aimlapi").models))
def test_sound_is_always_said_where_there_is_a_switch(model: str) -> None:
    has_switch = model in {"kling-v2.6", "kling-v3", "kling-v3-omni"}
    for shot in taken_shots("aimlapi", model):
        assert sent_to("aimlapi", shot).get("generate_audio") == (("loud" in shot) if has_switch else None), shot


NAMES = [
    ("kling-v1.5; pro", "kling-video/v1.5/pro/text-to-video"),
    ("kling-v1.5; first", "kling-video/v1.5/standard/image-to-video"),
    ("kling-v1.6", "kling-video/v1.6/standard/text-to-video"),
    ("kling-v2-master", "klingai/v2-master-text-to-video"),
    ("kling-v2-master; first", "klingai/v2-master-image-to-video"),
    ("kling-v2.1-master; first", "klingai/v2.1-master-image-to-video"),
    ("kling-v3", "klingai/video-v3-standard-text-to-video"),
    ("kling-v3-omni", "klingai/video-v3-omni-720p-text-to-video"),
    ("kling-v3-omni; first; pro", "klingai/video-v3-omni-1080p-image-to-video"),
    ("kling-o1; keeper", "klingai/video-o1-reference-to-video"),
]


@pytest.mark.parametrize(("shot", "name"), NAMES)
def test_the_quality_stands_in_the_name(shot: str, name: str) -> None:
    assert sent_to("aimlapi", shot)["model"] == name


# --- what is refused, beside what is in tests/facts -----------------------------------------------------------------


def test_each_line_of_a_film_with_voices_and_elements_is_named() -> None:
    film = board(
        "kling-v2.6",
        """\
        dialogue:
          - {voice: bright, text: Once more.}
          - {voice: gruff, by: lamp, text: Never.}""",
        "prompt: \"{{ element('keeper') }} comes in.\"",
        "mode: pro",
        "sound: on",
    )
    told = {place: message for message, place in refusals("aimlapi", film)}
    assert "`keeper`" in told["prompt: \"{{ element('keeper') }} comes in.\""]
    assert "`bright`" in told["- {voice: bright, text: Once more.}"]
    assert "- {voice: gruff, by: lamp, text: Never.}" in told


# --- answers --------------------------------------------------------------------------------------------------------


def error(status: int, message: str) -> dict[str, Json]:
    moment = "2025-03-11T07:13:27.813Z"
    return {
        "message": message,
        "path": "/v2/video/generations",
        "requestId": JOB,
        "statusCode": status,
        "timestamp": moment,
    }


@pytest.mark.parametrize("status", [200, 201])
def test_a_created_generation_is_taken_by_its_id(status: int) -> None:
    # 201 is what the older path answers.
    assert submit_answer("aimlapi", status, {"id": JOB, "status": "queued"}) == Accepted(JOB)
    assert submit_answer("aimlapi", status, {"id": "789339022468063304", "status": "queued"}) == Accepted(
        "789339022468063304"
    )


def test_an_answer_without_an_id_is_uncertain() -> None:
    assert isinstance(submit_answer("aimlapi", 200, {"status": "queued"}), Uncertain)


FREE = "Free-tier limit: You've reached your free limit for the hour."
REJECTED = [
    (400, "input", "Body validation error!"),
    (401, "access", "This request requires a valid API key."),
    (403, "balance", "You've run out of credits. Please top up your balance or update your payment method"),
    (403, "access", "Forbidden"),
    (404, "input", "Not Found"),
    (429, "limit", "Too Many Requests"),
    (429, "balance", FREE),
]


@pytest.mark.parametrize(("status", "kind", "message"), REJECTED)
def test_a_documented_refusal_was_not_charged(status: int, kind: str, message: str) -> None:
    assert refusal("aimlapi", status, error(status, message)) == (kind, message, str(status))


@pytest.mark.parametrize("status", [302, 408, 409, 500, 502, 503, 504])
def test_what_is_not_plainly_a_refusal_stays_uncertain(status: int) -> None:
    assert isinstance(submit_answer("aimlapi", status, error(status, "Bad Gateway")), Uncertain)


@pytest.mark.parametrize("word", ["queued", "generating", "waiting", "active"])
def test_a_generation_that_is_not_done_is_waited_for(word: str) -> None:
    assert job_state("aimlapi", 200, {"id": JOB, "status": word, "video": None}) == Running()


def test_a_completed_generation_gives_its_clip() -> None:
    done: dict[str, Json] = {"id": JOB, "status": "completed", "video": {"url": CLIP}, "error": None}
    assert job_state("aimlapi", 200, {**done, "meta": {"usage": {"credits_used": 120000}}}) == Succeeded({"url": CLIP})
    assert isinstance(job_state("aimlapi", 200, {**done, "video": None}), Unreadable)


@pytest.mark.parametrize(
    ("name", "message", "kind"),
    [
        ("ContentPolicyError", "Failure to pass the risk control system", FailureClass.CONTENT),
        ("GenerationError", "Generation timeout", FailureClass.GATEWAY),
    ],
)
def test_a_generation_in_error_says_why(name: str, message: str, kind: FailureClass) -> None:
    body: dict[str, Json] = {"id": JOB, "status": "error", "error": {"name": name, "message": message}}
    assert job_state("aimlapi", 200, body) == Failed(Failure(kind, message, name), None)


def test_an_unknown_word_is_kept_and_an_unknown_generation_is_gone() -> None:
    assert isinstance(job_state("aimlapi", 200, {"id": JOB, "status": "paused"}), Unreadable)
    assert isinstance(job_state("aimlapi", 500, error(500, "Internal server error")), Unreadable)
    assert job_state("aimlapi", 404, error(404, "Not Found")) == Gone()


def test_a_generation_is_asked_about_where_it_was_made() -> None:
    call = asked(interface_of("aimlapi").poll)
    assert (call.method, call.path, call.query) == ("GET", "/v2/video/generations", {"generation_id": JOB})
    assert interface_of("aimlapi").keys == (Bearer("AIMLAPI_API_KEY"),)
