"""Kling by its older interface: documented bodies, what its models refuse, and what its answers mean."""

import pytest
from gateway_bodies import BASE64, compiled
from kling_boards import FIRST, FRAME, LAST, TAIL, board, in_full, refusals, sent, sent_as_documented

from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.model.interface import Bearer, Interface, SignedToken
from runner.model.manifest import Proof

MODELS = ["kling-v1", "kling-v1.5", "kling-v1.6", "kling-v2-master", "kling-v2.1", "kling-v2.1-master"]
MODELS += ["kling-v2.5-turbo", "kling-v2.6", "kling-v3", "kling-v3-omni", "kling-o1"]
SIX_BEATS = """\
beats:
  - {duration: 2, prompt: "Two friends talking under a streetlight at night."}
  - {duration: 3, prompt: "A runner sprinting through a forest, leaves flying."}
  - {duration: 3, prompt: "A woman hugging a cat, smiling."}
  - {duration: 3, prompt: "A door creaking open, shadowy hallway."}
  - {duration: 3, prompt: "A man slipping on a banana peel."}
  - {duration: 1, prompt: "A sunset over mountains."}
"""
# As its pages have it, the words shortened here and there.
SIX_PROMPTS: list[Json] = [
    {"index": 1, "prompt": "Two friends talking under a streetlight at night.", "duration": "2"},
    {"index": 2, "prompt": "A runner sprinting through a forest, leaves flying.", "duration": "3"},
    {"index": 3, "prompt": "A woman hugging a cat, smiling.", "duration": "3"},
    {"index": 4, "prompt": "A door creaking open, shadowy hallway.", "duration": "3"},
    {"index": 5, "prompt": "A man slipping on a banana peel.", "duration": "3"},
    {"index": 6, "prompt": "A sunset over mountains.", "duration": "1"},
]


def interface() -> Interface:
    found = built_in("kling").interface
    assert found is not None
    return found


# --- bodies ---------------------------------------------------------------------------------------------------------
# Of every documented example, fields that are sent empty are left out: an empty field is one that is not there.


def test_a_clip_from_words_is_asked_for_as_documented() -> None:
    rabbit = "A cute little rabbit wearing glasses, sitting at a table, reading a newspaper"
    shot = board("kling-v2.6", f"prompt: {rabbit}", "mode: pro", "sound: on", 'aspect_ratio: "1:1"')
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-v2-6",
        "prompt": rabbit,
        "duration": "5",
        "mode": "pro",
        "sound": "on",
        "aspect_ratio": "1:1",
    }


def test_beats_from_words_are_asked_for_as_documented() -> None:
    shot = board("kling-v3", SIX_BEATS, "duration: 15", "mode: pro", "sound: on", 'aspect_ratio: "9:16"')
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-v3",
        "multi_prompt": SIX_PROMPTS,
        "multi_shot": True,
        "shot_type": "customize",
        "duration": "15",
        "mode": "pro",
        "sound": "on",
        "aspect_ratio": "9:16",
    }


def test_a_clip_between_two_pictures_is_asked_for_as_documented() -> None:
    shot = board("kling-v2.6", "prompt: Camera zooms out, the girl smiles", FRAME, TAIL, "mode: pro")
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-v2-6",
        "image": FIRST,
        "image_tail": LAST,
        "prompt": "Camera zooms out, the girl smiles",
        "duration": "5",
        "mode": "pro",
        "sound": "off",
    }


def test_beats_from_a_picture_are_asked_for_as_documented() -> None:
    shot = board("kling-v3", SIX_BEATS, FRAME, "duration: 15", "mode: pro", "sound: on")
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-v3",
        "image": FIRST,
        # The page has the text "true" here, and a boolean in its table and its other examples.
        "multi_shot": True,
        "shot_type": "customize",
        "multi_prompt": SIX_PROMPTS,
        "duration": "15",
        "mode": "pro",
        "sound": "on",
    }


def test_a_chosen_voice_is_asked_for_as_documented() -> None:
    words = "Ask the people in the picture to say the following words, 'Welcome everyone'"
    shot = board("kling-v2.6", f"prompt: \"{{{{ voice('gruff') }}}}{words}\"", FRAME, "mode: pro", "sound: on")
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-v2-6",
        "image": FIRST,
        "prompt": f"<<<voice_1>>>{words}",
        "voice_list": [{"voice_id": "829824295735410756"}],
        "duration": "5",
        "mode": "pro",
        "sound": "on",
    }


def test_several_pictures_are_asked_for_as_documented() -> None:
    head = """\
        storyboard: 1
        title: One shot
        model: kling-v1.6
        elements:
          dog: {description: A white Bichon Frise, frontal: {url: https://example.com/dog.png}}
          coat: {description: a red floral cotton jacket, frontal: {url: https://example.com/coat.png}}
        shots:
          - id: one
            prompt: "{{ element('dog') }} wearing {{ element('coat') }}, licking its paw"
            mode: pro
        """
    assert sent_as_documented("kling", "\n".join(line[8:] for line in head.splitlines())) == {
        "model_name": "kling-v1-6",
        "image_list": [{"image": "https://example.com/dog.png"}, {"image": "https://example.com/coat.png"}],
        # No token stands for a picture there: whom it shows is said.
        "prompt": "A white Bichon Frise wearing a red floral cotton jacket, licking its paw",
        "mode": "pro",
        "duration": "5",
        "aspect_ratio": "16:9",
    }


def test_omni_from_words_is_asked_for_as_documented() -> None:
    words = "prompt: The person in the video is dancing."
    shot = board("kling-o1", words, "mode: pro", "duration: 7", 'aspect_ratio: "1:1"')
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-video-o1",
        "prompt": "The person in the video is dancing.",
        "mode": "pro",
        "aspect_ratio": "1:1",
        "duration": "7",
    }


def test_omni_between_two_pictures_is_asked_for_as_documented() -> None:
    shot = board("kling-o1", "prompt: The person in the video is dancing.", FRAME, TAIL, "mode: pro")
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-video-o1",
        "prompt": "The person in the video is dancing.",
        "image_list": [{"image_url": FIRST, "type": "first_frame"}, {"image_url": LAST, "type": "end_frame"}],
        "mode": "pro",
        # Left to its default there, and always said here.
        "duration": "5",
    }


def test_omni_beats_are_asked_for_as_documented() -> None:
    shot = board("kling-v3-omni", SIX_BEATS, "duration: 15", "mode: pro", "sound: on")
    assert sent_as_documented("kling", shot) == {
        "model_name": "kling-v3-omni",
        "multi_shot": True,
        "shot_type": "customize",
        "multi_prompt": SIX_PROMPTS,
        "sound": "on",
        "mode": "pro",
        "aspect_ratio": "16:9",
        "duration": "15",
    }


def test_masks_and_a_camera_are_asked_for_in_the_documented_shape() -> None:
    moved = sent("kling", board("kling-v1.5", FRAME, "mode: pro", "camera: {zoom: 3}", "cfg_scale: 0.4"))
    still = {"horizontal": 0, "vertical": 0, "pan": 0, "tilt": 0, "roll": 0}
    assert moved["camera_control"] == {"type": "simple", "config": {**still, "zoom": 3}}
    assert moved["cfg_scale"] == 0.4
    named = sent("kling", board("kling-v1", "camera: forward_up"))
    assert named["camera_control"] == {"type": "forward_up"}
    masks = f"masks: {{static: {{url: {LAST}}}, dynamic: [{{mask: {{url: {FIRST}}}, trajectory: [[0, 0], [9, 8]]}}]}}"
    masked = sent("kling", board("kling-v1", FRAME, masks))
    assert masked["static_mask"] == LAST
    assert masked["dynamic_masks"] == [{"mask": FIRST, "trajectories": [{"x": 0, "y": 0}, {"x": 9, "y": 8}]}]


def test_elements_go_by_number_and_a_mark_is_asked_for_in_so_many_words() -> None:
    words = "prompt: \"{{ element('lamp') }} beside {{ element('keeper') }}, and {{ element('lamp') }} again\""
    shot = board("kling-v3", words, FRAME, "watermark: true", head="callbacks: {kling: https://example.com/told}\n")
    body = sent("kling", shot)
    assert body["element_list"] == [{"element_id": 162}, {"element_id": 321922438904313}]
    assert body["prompt"] == "<<<element_1>>> beside <<<element_2>>>, and <<<element_1>>> again"
    assert (body["watermark_info"], body["callback_url"]) == ({"enabled": True}, "https://example.com/told")


def test_beats_of_the_models_own_making_keep_the_prompt() -> None:
    body = sent("kling", board("kling-v3", "beats: auto"))
    assert (body["multi_shot"], body["shot_type"]) == (True, "intelligence")
    assert body["prompt"] == "A harbour at first light."
    assert "multi_prompt" not in body


def test_a_frame_of_another_shot_goes_as_bare_base64() -> None:
    chained = board("kling-v2.6") + "  - {id: two, from: one, prompt: It goes on.}\n"
    body = compiled("kling", chained, "two", is_real=True).call.body
    assert isinstance(body, dict)
    assert body["image"] == BASE64


SHOTS = [
    "kling-v1; camera: {pan: -2.5}",
    "kling-v1; first; last",
    "kling-v1; first; masks; cfg_scale: 1",
    "kling-v1.5; first; pro; masks",
    "kling-v1.5; last; pro",
    "kling-v1.6; keeper; negative; duration: 10",
    "kling-v1.6; last; pro; duration: 10",
    "kling-v2-master; first",
    "kling-v2.1; first; last; pro",
    'kling-v2.1-master; aspect_ratio: "1:1"',
    "kling-v2.5-turbo; first; last; pro",
    "kling-v2.6; first; pro; loud; dialogue: [{voice: gruff, text: Hello}]",
    "kling-v2.6; negative",
    "kling-v3; 4k; duration: 3; beats: auto",
    "kling-v3; two beats; first; last",
    "kling-v3; first; keeper; loud",
    "kling-v3-omni; keeper; 4k",
    "kling-v3-omni; first; last; keeper; watermark: true",
    "kling-o1; first; last; duration: 7",
]


@pytest.mark.parametrize("shot", SHOTS)
def test_every_body_keeps_to_its_schema(shot: str) -> None:
    assert refusals("kling", board(shot)) == []
    sent("kling", board(shot), is_real=True)


# --- what its models refuse -----------------------------------------------------------------------------------------

REFUSED: list[tuple[str, str, str, str]] = [
    # What is said, the line it is said at, a shot of which it is said, and one just beside it: what is in no page of
    # the notes that `facts/` is from, and several things at once.
    ("no elements beside a first and a last", "lamp", "kling-o1; first; last; lamp", "kling-o1; first; lamp"),
    (
        "makes clips of 3 to 10",
        "duration: 11",
        "kling-o1; first; last; duration: 11",
        "kling-o1; first; last; duration: 9",
    ),
    ("comes in one quality", "pro", "kling-v2-master; pro", "kling-v2.1; first; pro"),
]


@pytest.mark.parametrize(("says", "line", "shot", "beside"), REFUSED)
def test_what_a_model_cannot_do_is_told_at_its_line(says: str, line: str, shot: str, beside: str) -> None:
    told = [place for message, place in refusals("kling", board(shot)) if says in message]
    assert told, refusals("kling", board(shot))
    assert in_full(line) in told
    assert refusals("kling", board(beside)) == []


ONE_CAUSE = [
    # The provider, a shot with one thing wrong in several ways, its line, and all that is said.
    (
        "kling",
        "kling-v1.5; first; sweep; duration: 10",
        "sweep",
        (
            "`kling-v1.5` takes a camera in mode `pro` only; `kling-v1.5` knows no camera movement by name; "
            "a camera is for clips of 5 seconds"
        ),
    ),
    (
        "kling",
        "kling-v2.6; gruff",
        "gruff",
        "the shot mentions `gruff`, and `kling-v2.6` from words takes no voices; from a picture it takes 2",
    ),
    (
        "kling-next",
        "kling-v2.6; gruff",
        "gruff",
        "the shot mentions `gruff`, and `kling-v2.6` from words takes no voices; from a picture it takes 2",
    ),
    (
        "kling",
        "kling-v1.6; elements 5",
        "elements 5",
        "5 elements are mentioned (`e1`, `e2`, `e3`, `e4` and `e5`), and `kling-v1.6` takes 4",
    ),
]


@pytest.mark.parametrize(("provider", "shot", "line", "says"), ONE_CAUSE)
def test_one_cause_at_one_line_is_told_once(provider: str, shot: str, line: str, says: str) -> None:
    assert refusals(provider, board(shot)) == [(says, in_full(line))]


def test_a_default_without_a_meaning_is_left_out() -> None:
    shot = board("kling-v2-master", head="defaults: {mode: pro, cfg_scale: 0.7}\n")
    assert refusals("kling", shot) == []
    body = sent("kling", shot)
    assert "mode" not in body
    assert "cfg_scale" not in body


# --- what is true of all of it --------------------------------------------------------------------------------------


def test_it_has_all_models_two_kinds_of_key_and_a_guard() -> None:
    manifest = built_in("kling")
    assert list(manifest.models) == MODELS
    assert interface().keys == (Bearer("KLING_API_KEY"), SignedToken("KLING_ACCESS_KEY", "KLING_SECRET_KEY"))
    guard = manifest.guard
    assert (guard.named, guard.found, guard.refused) == (Proof.PROVEN, Proof.PROVEN, Proof.DOCUMENTED)
    assert set(manifest.prices) == set(MODELS)
