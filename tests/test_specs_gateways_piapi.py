"""PiAPI: documented tasks in their envelope, pictures by address only, and its answers."""

from decimal import Decimal
from pathlib import Path

import pytest
from gateway_bodies import compiled
from gateway_films import make_production, run_to_a_film
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
from runner.model.money import Money
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox


def task_for(shot: str) -> dict[str, Json]:
    """The `input`, when the rest is what every task has."""
    body = sent_to("piapi", shot)
    wanted = body.pop("input")
    assert body == {"model": "kling", "task_type": "video_generation", "config": {"service_mode": "public"}}
    assert isinstance(wanted, dict)
    return wanted


# --- bodies: the examples of its pages, whose empty fields and web hooks are not sent --------------------------------


def test_the_example_with_a_camera_is_asked_for_as_documented() -> None:
    # It names no version, and we always do.
    shot = "kling-v1; prompt: White egrets fly over the vast paddy fields; cfg_scale: 0.5; camera: {pan: -10}"
    assert task_for(f'{shot}; aspect_ratio: "1:1"') == {
        "prompt": "White egrets fly over the vast paddy fields",
        "cfg_scale": 0.5,
        "duration": 5,
        "aspect_ratio": "1:1",
        "camera_control": {
            "type": "simple",
            "config": {"horizontal": 0, "vertical": 0, "pan": -10, "tilt": 0, "roll": 0, "zoom": 0},
        },
        "mode": "std",
        "version": "1.0",
    }


def test_the_example_with_elements_is_asked_for_as_documented() -> None:
    # Two toy figures there; here one lamp from three sides.
    assert task_for("kling-v1.6; lamp") == {
        "prompt": "a brass lamp",
        "duration": 5,
        "elements": [{"image_url": f"https://example.com/lamp{which}.png"} for which in ("", "-lit", "-out")],
        "mode": "std",
        "aspect_ratio": "16:9",
        "version": "1.6",
    }


def test_the_example_of_3_0_is_asked_for_as_documented() -> None:
    words = "Close-up, static camera, a woman near the sea is introducing herself."
    assert task_for(f"kling-v3; prompt: '{words}'") == {
        "prompt": words,
        "duration": 5,
        "aspect_ratio": "16:9",
        "enable_audio": False,
        "prefer_multi_shots": False,
        "mode": "std",
        "version": "3.0",
    }


def test_the_task_of_3_0_with_shots_is_asked_for_as_its_answer_shows_it() -> None:
    # The length, which is ignored there, goes along.
    first, second = "A dog running near the sea", "The dog stop before a cat on beach"
    dog = f"beats: [{{prompt: {first}, duration: 3}}, {{prompt: {second}, duration: 2}}]"
    assert task_for(f"kling-v3; loud; {dog}") == {
        "aspect_ratio": "16:9",
        "duration": 5,
        "enable_audio": True,
        "mode": "std",
        "multi_shots": [
            {"duration": 3, "prompt": first},
            {"duration": 2, "prompt": second},
        ],
        "prefer_multi_shots": True,
        "version": "3.0",
    }


def test_the_example_of_3_0_omni_is_asked_for_as_documented() -> None:
    body = sent_to("piapi", "kling-v3-omni; duration: 3; prompt: A woman near the sea.")
    assert (body["model"], body["task_type"]) == ("kling", "omni_video_generation")
    assert body["input"] == {
        "prompt": "A woman near the sea.",
        "version": "3.0",
        "resolution": "720p",
        "duration": 3,
        "aspect_ratio": "16:9",
        "enable_audio": False,
    }


def test_beats_that_are_divided_there_keep_the_prompt() -> None:
    wanted = task_for("kling-v3; beats: auto")
    assert (wanted["prefer_multi_shots"], "prompt" in wanted, "multi_shots" in wanted) == (True, True, False)


def test_a_web_hook_is_part_of_the_settings() -> None:
    told = board("kling-v3", head='callbacks: {piapi: "https://example.com/told"}\n')
    body = compiled("piapi", told, "one", is_real=True).call.body
    assert isinstance(body, dict)
    hook = {"endpoint": "https://example.com/told", "secret": ""}
    assert body["config"] == {"service_mode": "public", "webhook_config": hook}


VERSIONS = [
    ("kling-v1.5; first; pro", "1.5"),
    ("kling-v2.1-master", "2.1-master"),
    ("kling-v2.5-turbo; first", "2.5"),
    ("kling-v2.6; pro; loud", "2.6"),
]


@pytest.mark.parametrize(("shot", "version"), VERSIONS)
def test_a_model_is_a_version(shot: str, version: str) -> None:
    wanted = task_for(shot)
    assert wanted["version"] == version
    assert wanted.get("enable_audio") == (True if "loud" in shot else None)


def test_both_frames_go_by_their_addresses() -> None:
    wanted = task_for("kling-v1.6; pro; first; last")
    assert (wanted["image_url"], wanted["image_tail_url"], "aspect_ratio" in wanted) == (FIRST, LAST, False)


# --- what is refused, beside what is in tests/facts -----------------------------------------------------------------


def test_a_frame_of_another_shot_has_no_address() -> None:
    chained = board("kling-v3") + "  - {id: two, from: one, prompt: It goes on.}\n"
    (told,) = refusals("piapi", chained)
    assert told == ("PiAPI takes `first_frame` by a public address only", "- {id: two, from: one, prompt: It goes on.}")


# --- answers --------------------------------------------------------------------------------------------------------


def enveloped(status: str, **more: Json) -> dict[str, Json]:
    nothing: Json = {"code": 0, "raw_message": "", "message": "", "detail": None}
    usage: Json = {"usage": {"type": "point", "frozen": 0, "consume": 2800000}}
    data: dict[str, Json] = {
        "task_id": JOB,
        "model": "kling",
        "status": status,
        "error": nothing,
        "meta": usage,
        **more,
    }
    return {"code": 200, "data": data, "message": "success"}


def test_a_created_task_is_taken_by_its_id() -> None:
    assert submit_answer("piapi", 200, enveloped("pending", output={"video": ""})) == Accepted(JOB)
    assert isinstance(submit_answer("piapi", 200, {"code": 500, "data": {"task_id": JOB}}), Uncertain)
    assert isinstance(submit_answer("piapi", 200, {"code": 200, "data": {"task_id": ""}}), Uncertain)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "input"),
        (401, "access"),
        (402, "balance"),
        (403, "access"),
        (404, "input"),
        (422, "input"),
        (429, "limit"),
    ],
)
def test_a_refused_submit_was_not_charged(status: int, kind: str) -> None:
    error: Json = {"code": 10000, "raw_message": "raw", "message": "told", "detail": None}
    body: dict[str, Json] = {"code": status, "data": {"task_id": "", "status": "", "error": error}, "message": "told"}
    assert refusal("piapi", status, body) == (kind, "told", "10000")


@pytest.mark.parametrize("status", [302, 408, 409, 500, 502, 503])
def test_what_is_not_plainly_a_refusal_stays_uncertain(status: int) -> None:
    assert isinstance(submit_answer("piapi", status, {"code": status, "message": "?"}), Uncertain)


@pytest.mark.parametrize("word", ["pending", "processing", "staged", "Pending", "Processing", "Staged"])
def test_a_task_that_is_not_done_is_waited_for(word: str) -> None:
    assert job_state("piapi", 200, enveloped(word)) == Running()


CHARGED = Money(Decimal("0.2800000"), "USD")


@pytest.mark.parametrize("word", ["completed", "Completed"])
def test_both_forms_of_a_result_give_the_clip_and_its_charge(word: str) -> None:
    video: Json = {"resource": "https://example.com/marked.mp4", "resource_without_watermark": CLIP, "duration": 5100}
    works: Json = {"type": "m2v_txt2video_hq", "status": 99, "works": [{"status": 99, "video": video}]}
    assert job_state("piapi", 200, enveloped(word, output=works)) == Succeeded({"url": CLIP}, CHARGED)
    assert job_state("piapi", 200, enveloped(word, output={"video": CLIP})) == Succeeded({"url": CLIP}, CHARGED)
    assert isinstance(job_state("piapi", 200, enveloped(word, output={"video": ""})), Unreadable)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Failure to pass the risk control system", FailureClass.CONTENT),
        ("The task failed at the upstream", FailureClass.GATEWAY),
    ],
)
def test_a_failed_task_says_why(message: str, kind: FailureClass) -> None:
    error: Json = {"code": 10000, "raw_message": message, "message": message, "detail": None}
    assert job_state("piapi", 200, enveloped("failed", error=error)) == Failed(Failure(kind, message, "10000"), None)


def test_an_unknown_word_is_kept_and_an_unknown_task_is_gone() -> None:
    assert isinstance(job_state("piapi", 200, enveloped("paused")), Unreadable)
    assert job_state("piapi", 404, {"code": 404, "message": "task not found"}) == Gone()


def test_a_task_is_asked_about_by_its_id() -> None:
    assert asked(interface_of("piapi").poll).path == f"/api/v1/task/{JOB}"
    assert interface_of("piapi").keys == (HeaderKey("x-api-key", "", "PIAPI_API_KEY"),)


def test_a_price_known_as_a_span_is_told_as_one() -> None:
    rows = built_in("piapi").prices["kling-v2.6"]
    assert [(str(row.amount), row.per, row.duration) for row in rows] == [("0.20", "clip", 5), ("0.66", "clip", 5)]
    spoken = {(row.mode, row.sound): str(row.amount) for row in built_in("piapi").prices["kling-v3"]}
    assert spoken["pro", True] == "0.20"
    assert spoken["std", False] == "0.10"
    # Its two pages differ on 3.0 Omni, and neither is left out.
    omni = [str(row.amount) for row in built_in("piapi").prices["kling-v3-omni"] if row.mode == "pro" and row.sound]
    assert omni == ["0.20", "0.30"]


# --- against the double ---------------------------------------------------------------------------------------------

FILM = """\
storyboard: 1
title: Everything PiAPI is asked for
model: kling-v3
elements:
  lamp: {description: a brass lamp, frontal: {url: "https://example.com/lamp.png"}}
shots:
  - {id: one, prompt: A harbour., sound: on}
  - {id: two, mode: pro, beats: [{prompt: One., duration: 2}, {prompt: Two., duration: 3}]}
  - {id: three, model: kling-v1.6, prompt: "{{ element('lamp') }} on a table."}
  - {id: four, model: kling-v3-omni, sound: on, beats: [{prompt: One., duration: 1}, {prompt: Two., duration: 4}]}
"""


@pytest.mark.slow
def test_a_film_is_made_at_the_double(tmp_path: Path) -> None:
    production = make_production(tmp_path / "film", FILM)
    with running_sandbox(SandboxOptions(clips="small")) as sandbox:
        bodies = [create["body"] for create in run_to_a_film(production, "piapi", sandbox)]
    assert sorted(body["input"]["version"] for body in bodies) == ["1.6", "3.0", "3.0", "3.0"]
    (omni,) = [body for body in bodies if body["task_type"] == "omni_video_generation"]
    assert omni["input"]["multi_shots"] == [{"prompt": "One.", "duration": 1}, {"prompt": "Two.", "duration": 4}]
