"""Replicate: what stands below `input` for each model, beats as JSON in a text, and its answers."""

import json
from pathlib import Path

import pytest
from gateway_bodies import compiled
from gateway_films import make_production, run_to_a_film
from kling_boards import FIRST, LAST, board
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
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox


def input_to(shot: str) -> dict[str, Json]:
    body = sent_to("replicate", shot)
    wanted = body.pop("input")
    assert body == {}
    assert isinstance(wanted, dict)
    return wanted


# --- bodies ---------------------------------------------------------------------------------------------------------


def test_the_example_of_2_5_turbo_is_asked_for_as_documented() -> None:
    assert input_to("kling-v2.5-turbo; pro; prompt: A woman is dancing") == {
        "duration": 5,
        "prompt": "A woman is dancing",
        "aspect_ratio": "16:9",
    }


def test_the_example_of_2_1_is_asked_for_as_documented() -> None:
    assert input_to("kling-v2.1; first; prompt: a woman points at the words") == {
        "mode": "standard",
        "duration": 5,
        "prompt": "a woman points at the words",
        "start_image": FIRST,
    }


def test_everything_its_page_has_for_3_0_is_asked_for() -> None:
    assert input_to("kling-v3; pro; loud; first; last; negative; duration: 15; prompt: Waves.") == {
        "prompt": "Waves.",
        "negative_prompt": "blur",
        "start_image": FIRST,
        "end_image": LAST,
        "mode": "pro",
        "duration": 15,
        "generate_audio": True,
    }


def test_beats_are_a_list_written_as_json_in_a_text() -> None:
    said = '"He says \\"No\\"."'
    beats = f"beats: [{{prompt: {said}, duration: 2}}, {{prompt: Näher., duration: 2}}, {{prompt: Out., duration: 1}}]"
    wanted = input_to(f"kling-v3; {beats}")
    assert isinstance(wanted["multi_prompt"], str)
    assert json.loads(wanted["multi_prompt"]) == [
        {"prompt": 'He says "No".', "duration": 2},
        {"prompt": "Näher.", "duration": 2},
        {"prompt": "Out.", "duration": 1},
    ]
    assert "prompt" not in wanted
    assert json.loads(str(input_to("kling-v3-omni; one beat")["multi_prompt"])) == [{"prompt": "One.", "duration": 5}]


def test_elements_of_3_0_omni_and_o1_are_numbered_reference_pictures() -> None:
    lone = board("kling-o1; keeper and lamp")
    for pictures in (
        "    references: [{url: https://example.com/keeper-left.png}]\n",
        "    references: [{url: https://example.com/lamp-lit.png}, {url: https://example.com/lamp-out.png}]\n",
    ):
        lone = lone.replace(pictures, "")
    for storyboard in (lone, lone.replace("model: kling-o1", "model: kling-v3-omni")):
        body = compiled("replicate", storyboard, "one", is_real=True).call.body
        assert isinstance(body, dict)
        wanted = body["input"]
        assert isinstance(wanted, dict)
        assert wanted["reference_images"] == ["https://example.com/keeper.png", "https://example.com/lamp.png"]
        assert wanted["prompt"] == "<<<image_1>>>, <<<image_2>>>"


def test_elements_of_1_6_are_pictures_and_said_in_words() -> None:
    wanted = input_to("kling-v1.6; pro; first; lamp; cfg_scale: 0.4")
    assert wanted["reference_images"] == [f"https://example.com/lamp{which}.png" for which in ("", "-lit", "-out")]
    assert (wanted["prompt"], wanted["cfg_scale"]) == ("a brass lamp", 0.4)


def test_a_webhook_is_told_of_the_end_only() -> None:
    told = board("kling-v3", head='callbacks: {replicate: "https://example.com/told"}\n')
    body = compiled("replicate", told, "one", is_real=True).call.body
    assert isinstance(body, dict)
    assert (body["webhook"], body["webhook_events_filter"]) == ("https://example.com/told", ["completed"])


PATHS = [
    ("kling-v1.6; pro; first", "kling-v1.6-pro"),
    ("kling-v2.1; first", "kling-v2.1"),
    ("kling-v2.5-turbo; pro; first", "kling-v2.5-turbo-pro"),
    ("kling-v3", "kling-v3-video"),
    ("kling-v3-omni", "kling-v3-omni-video"),
    ("kling-o1", "kling-o1"),
]


@pytest.mark.parametrize(("shot", "name"), PATHS)
def test_every_model_has_its_path(shot: str, name: str) -> None:
    assert path_to("replicate", shot) == f"/v1/models/kwaivgi/{name}/predictions"


# --- answers --------------------------------------------------------------------------------------------------------


def prediction(status: str, **more: Json) -> dict[str, Json]:
    root = f"https://api.replicate.com/v1/predictions/{JOB}"
    urls: Json = {"get": root, "cancel": f"{root}/cancel"}
    return {"id": JOB, "status": status, "error": None, "output": None, "urls": urls, **more}


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_created_prediction_is_taken_by_its_id(status: int) -> None:
    assert submit_answer("replicate", status, prediction("starting")) == Accepted(JOB)


REJECTED = [
    (401, "access", "Unauthenticated", "You did not pass a valid authentication token"),
    (402, "balance", "Insufficient credit", "You have insufficient credit to run this model."),
    (403, "access", "Forbidden", "No right"),
    (404, "input", "Not found", "The requested resource could not be found."),
    (422, "input", "Input validation failed", "- input.duration: must be one of 5, 10"),
    (422, "content", "Content flagged", "The input was flagged as sensitive."),
    (429, "limit", "Too many requests", "Request was throttled."),
]


@pytest.mark.parametrize(("status", "kind", "title", "detail"), REJECTED)
def test_a_refused_submit_was_not_charged(status: int, kind: str, title: str, detail: str) -> None:
    body: dict[str, Json] = {"title": title, "detail": detail, "status": status}
    assert refusal("replicate", status, body) == (kind, detail, title)


@pytest.mark.parametrize(
    ("status", "body"),
    [(201, {}), (201, {"id": JOB}), (302, None), (408, {}), (409, {}), (500, {}), (502, None), (503, {})],
)
def test_what_is_not_plainly_a_refusal_stays_uncertain(status: int, body: Json) -> None:
    assert isinstance(submit_answer("replicate", status, body), Uncertain)


@pytest.mark.parametrize("word", ["starting", "processing"])
def test_a_prediction_that_is_not_done_is_waited_for(word: str) -> None:
    assert job_state("replicate", 200, prediction(word)) == Running()


def test_a_succeeded_prediction_gives_its_clip_for_an_hour() -> None:
    assert job_state("replicate", 200, prediction("succeeded", output=CLIP)) == Succeeded({"url": CLIP})
    assert job_state("replicate", 200, prediction("succeeded", data_removed=True)) == Gone()
    assert isinstance(job_state("replicate", 200, prediction("succeeded")), Unreadable)


@pytest.mark.parametrize(
    ("word", "error", "kind"),
    [
        ("failed", "The input or output was flagged as sensitive.", FailureClass.CONTENT),
        ("failed", "Prediction failed", FailureClass.GATEWAY),
        ("canceled", "canceled by its owner", FailureClass.GATEWAY),
    ],
)
def test_a_failed_prediction_says_why(word: str, error: str, kind: FailureClass) -> None:
    state = job_state("replicate", 200, prediction(word, error=error))
    assert state == Failed(Failure(kind, error, "200"), None)


def test_an_unknown_word_is_kept_and_an_unknown_prediction_is_gone() -> None:
    assert isinstance(job_state("replicate", 200, prediction("paused")), Unreadable)
    assert job_state("replicate", 404, {"detail": "Not found"}) == Gone()


def test_a_prediction_is_asked_about_by_its_id() -> None:
    assert asked(interface_of("replicate").poll).path == f"/v1/predictions/{JOB}"
    assert interface_of("replicate").keys == (Bearer("REPLICATE_API_KEY"),)


# --- against the double ---------------------------------------------------------------------------------------------

FILM = """\
storyboard: 1
title: Everything Replicate is asked for
model: kling-v3
shots:
  - {id: one, prompt: A harbour., sound: on}
  - {id: two, from: one, prompt: It goes on., last_frame: frames/lit.png}
  - {id: three, from: two, mode: pro, beats: [{prompt: One., duration: 2}, {prompt: Two., duration: 3}]}
"""


@pytest.mark.slow
def test_a_film_is_made_at_the_double(tmp_path: Path) -> None:
    production = make_production(tmp_path / "film", FILM)
    with running_sandbox(SandboxOptions(clips="small")) as sandbox:
        bodies = [create["body"] for create in run_to_a_film(production, "replicate", sandbox)]
    assert [body["input"].get("start_image", "")[:22] for body in bodies] == ["", *["data:image/png;base64,"] * 2]
    assert json.loads(bodies[2]["input"]["multi_prompt"])[1] == {"prompt": "Two.", "duration": 3}
