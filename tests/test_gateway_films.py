"""Each of the five interfaces the project began from: a storyboard that uses all its page documents becomes a film.

All of it: every field of its request schema, with each value that is listed, stands in one of the bodies, but for what
is named with its reason. The double on the other side is strict and written from the same pages, not from our
manifests. Chained frames must come as the next request's picture, pixel for pixel.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from gateway_bodies import assert_keeps_to
from gateway_films import body_with, clip_of, last_frame_of, left_unused, make_production, run_to_a_film, unpack
from PIL import Image

from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxOptions(clips="small")) as running:
        yield running


def assert_chained(body: dict[str, Any], field: str, production: Path, source: str) -> None:
    handed = unpack(body[field])
    assert handed.size == last_frame_of(clip_of(production, source)).size
    assert handed.tobytes() == last_frame_of(clip_of(production, source)).tobytes()


def assert_is_file(text: str, path: Path) -> None:
    with Image.open(path) as picture:
        assert unpack(text).tobytes() == picture.convert("RGB").tobytes()


def assert_uses_all(
    request: str, bodies: list[dict[str, Any]], unused: Mapping[str, Iterable[str]] | None = None
) -> None:
    """`unused`: reasons, each with what it is of."""
    for body in bodies:
        assert_keeps_to(request, body)
    assert left_unused(request, bodies) == {word for words in (unused or {}).values() for word in words}


MULERUN = """\
storyboard: 1
id: all-of-2-6
title: All of 2.6
model: kling-v2.6
defaults: {mode: pro, duration: 5, sound: on, aspect_ratio: "16:9"}
voices:
  gruff: {description: "low, hoarse", ids: {mulerun: "829824295735410756"}}
  clear: {description: "bright, quick", ids: {mulerun: "829824295735410757"}}
shots:
  - id: harbour
    prompt: A wide harbour.
    negative_prompt: ugly, bad, distorted
  - id: tall
    prompt: A tall mast.
    aspect_ratio: "9:16"
    duration: 10
    sound: off
    mode: std
  - id: square
    prompt: A square stone.
    aspect_ratio: "1:1"
    sound: off
  - id: talk
    from: harbour
    prompt: Two people talk.
    negative_prompt: blur
    dialogue:
      - {voice: gruff, text: One more night.}
      - {voice: clear, text: One more.}
  - id: drift
    first_frame: frames/dusk.png
    prompt: The boat drifts off.
    sound: off
    mode: std
    duration: 10
    masks:
      static: masks/still.png
      dynamic:
        - {mask: masks/boat.png, trajectory: [[100, 100], [300, 120], [500, 140]]}
  - id: bridge
    from: talk
    last_frame: frames/lit.png
    prompt: The light comes up.
    sound: off
"""


def test_kling_2_6_at_mulerun(tmp_path: Path, sandbox: Sandbox) -> None:
    production = make_production(tmp_path / "film", MULERUN)
    creates = run_to_a_film(production, "mulerun", sandbox)
    words = body_with(creates, "A wide harbour")
    assert words == {
        "prompt": "A wide harbour.",
        "negative_prompt": "ugly, bad, distorted",
        "sound": "on",
        "mode": "pro",
        "aspect_ratio": "16:9",
        "duration": 5,
    }
    assert body_with(creates, "A tall mast")["duration"] == 10
    assert body_with(creates, "A square stone")["aspect_ratio"] == "1:1"
    talk = body_with(creates, "Two people talk")
    assert talk["prompt"] == ('Two people talk. <<<voice_1>>> says: "One more night." <<<voice_2>>> says: "One more."')
    assert talk["voice_list"] == [{"voice_id": "829824295735410756"}, {"voice_id": "829824295735410757"}]
    assert_chained(talk, "image", production, "harbour")
    drift = body_with(creates, "The boat drifts off")
    assert_is_file(drift["image"], production / "frames/dusk.png")
    assert_is_file(drift["static_mask"], production / "masks/still.png")
    assert_is_file(drift["dynamic_masks"][0]["mask"], production / "masks/boat.png")
    assert drift["dynamic_masks"][0]["trajectories"] == [
        {"x": 100, "y": 100},
        {"x": 300, "y": 120},
        {"x": 500, "y": 140},
    ]
    bridge = body_with(creates, "The light comes up")
    assert_chained(bridge, "image", production, "talk")
    assert_is_file(bridge["image_tail"], production / "frames/lit.png")
    bodies = [create["body"] for create in creates]
    assert_uses_all("mulerouter-image-to-video", [body for body in bodies if "image" in body])
    assert_uses_all("mulerouter-text-to-video", [body for body in bodies if "image" not in body])


MULEROUTER = """\
storyboard: 1
id: all-of-3
title: All of 3.0
model: kling-v3
defaults: {mode: std, duration: 5, sound: off}
elements:
  keeper:
    description: a weathered keeper
    frontal: elements/keeper-front.png
    references: [elements/keeper-left.png]
  lamp:
    description: a brass lamp
    frontal: elements/lamp-front.png
    references: [elements/lamp-side.png]
shots:
  - id: head
    first_frame: frames/dusk.png
    prompt: "{{ element('keeper') }} carries {{ element('lamp') }}."
    negative_prompt: blur
    sound: on
    mode: pro
    duration: 15
  - id: next
    from: head
    last_frame: frames/lit.png
    prompt: The lamp is lit.
    duration: 3
  - id: listed
    from: next
    duration: 7
    beats:
      - {prompt: Waves below the tower., duration: 4}
      - {prompt: The beam goes round., duration: 3}
  - id: divided
    first_frame: frames/lit.png
    prompt: Three views of one storm.
    beats: auto
    duration: 9
"""


def test_kling_3_at_mulerouter(tmp_path: Path, sandbox: Sandbox) -> None:
    production = make_production(tmp_path / "film", MULEROUTER)
    creates = run_to_a_film(production, "mulerouter", sandbox)
    head = body_with(creates, "carries")
    assert head["prompt"] == "<<<element_1>>> carries <<<element_2>>>."
    assert [element["type"] for element in head["elements"]] == ["image", "image"]
    assert_is_file(head["elements"][0]["frontal_image"], production / "elements/keeper-front.png")
    assert_is_file(head["elements"][1]["reference_images"][0], production / "elements/lamp-side.png")
    assert (head["sound"], head["mode"], head["duration"], head["multi_shot"]) == ("on", "pro", 15, False)
    following = body_with(creates, "The lamp is lit")
    assert_chained(following, "first_frame", production, "head")
    assert_is_file(following["last_frame"], production / "frames/lit.png")
    listed = body_with(creates, "Waves below")
    assert_chained(listed, "first_frame", production, "next")
    assert (listed["multi_shot"], listed["shot_type"]) == (True, "customize")
    assert [(beat["prompt"], beat["duration"]) for beat in listed["multi_prompt"]] == [
        ("Waves below the tower.", 4),
        ("The beam goes round.", 3),
    ]
    assert "prompt" not in listed
    divided = body_with(creates, "Three views")
    assert (divided["multi_shot"], divided["shot_type"]) == (True, "intelligence")
    assert_uses_all("mulerouter-image-to-video-3", [create["body"] for create in creates])


KKIAI = """\
storyboard: 1
id: all-of-image2video
title: All of image2video
model: kling-v2.6
defaults: {mode: pro, duration: 5, sound: off}
callbacks: {kkiai: "https://example.com/told"}
voices:
  gruff: {description: "low, hoarse", ids: {kkiai: "829824295735410756"}}
shots:
  - id: one
    first_frame: frames/dusk.png
    prompt: A light on the water.
    negative_prompt: blur
    watermark: true
  - id: two
    from: one
    prompt: Somebody speaks.
    sound: on
    duration: 10
    dialogue:
      - {voice: gruff, text: One more night.}
  - id: three
    from: two
    last_frame: frames/lit.png
    prompt: The light comes up.
  - id: brush
    first_frame: frames/dusk.png
    model: kling-v1.5
    cfg_scale: 0.4
    prompt: The boat drifts off.
    masks:
      static: masks/still.png
      dynamic:
        - {mask: masks/boat.png, trajectory: [[100, 100], [300, 120]]}
  - id: pan
    first_frame: frames/dusk.png
    model: kling-v1.5
    prompt: The camera turns.
    camera: {pan: 3}
  - id: beats
    first_frame: frames/lit.png
    model: kling-v3
    duration: 5
    beats:
      - {prompt: Waves below the tower., duration: 2}
      - {prompt: The beam goes round., duration: 3}
  - {id: v3, model: kling-v3, first_frame: frames/lit.png, prompt: Take 3.0., mode: std}
  - {id: v1, model: kling-v1, first_frame: frames/lit.png, prompt: Take 1.0.}
  - {id: v1-6, model: kling-v1.6, first_frame: frames/lit.png, prompt: Take 1.6.}
  - {id: v2-master, model: kling-v2-master, first_frame: frames/lit.png, prompt: Take 2.0.}
  - {id: v2-1, model: kling-v2.1, first_frame: frames/lit.png, prompt: Take 2.1.}
  - {id: v2-1-master, model: kling-v2.1-master, first_frame: frames/lit.png, prompt: Take 2.1 of the master.}
  - {id: v2-5-turbo, model: kling-v2.5-turbo, first_frame: frames/lit.png, prompt: Take 2.5.}
"""
KKIAI_UNUSED = {
    "from a picture only 1.5 takes a camera, and knows no movement by name": [
        f'camera_control.type: "{word}"'
        for word in ("down_back", "forward_up", "right_turn_forward", "left_turn_forward")
    ],
    "any number of seconds as text: two of them are enough": [
        f'multi_prompt.duration: "{seconds}"' for seconds in (1, *range(4, 16))
    ],
}


def test_image2video_at_kkiai(tmp_path: Path, sandbox: Sandbox) -> None:
    production = make_production(tmp_path / "film", KKIAI)
    creates = run_to_a_film(production, "kkiai", sandbox)
    one = body_with(creates, "A light on the water")
    assert (one["model_name"], one["mode"], one["duration"]) == ("kling-v2-6", "pro", "5")
    assert (one["watermark_info"], one["callback_url"]) == ({"enabled": True}, "https://example.com/told")
    assert one["external_task_id"].startswith("fc-")
    two = body_with(creates, "Somebody speaks")
    assert_chained(two, "image", production, "one")
    assert (two["sound"], two["voice_list"], two["duration"]) == ("on", [{"voice_id": "829824295735410756"}], "10")
    three = body_with(creates, "The light comes up")
    assert_chained(three, "image", production, "two")
    assert_is_file(three["image_tail"], production / "frames/lit.png")
    brush = body_with(creates, "The boat drifts off")
    assert brush["cfg_scale"] == 0.4
    assert_is_file(brush["static_mask"], production / "masks/still.png")
    assert brush["dynamic_masks"][0]["trajectories"] == [{"x": 100, "y": 100}, {"x": 300, "y": 120}]
    pan = body_with(creates, "The camera turns")
    assert pan["camera_control"]["type"] == "simple"
    assert pan["camera_control"]["config"]["pan"] == 3
    beats = body_with(creates, "Waves below")
    assert (beats["multi_shot"], beats["shot_type"]) == (True, "customize")
    assert [beat["duration"] for beat in beats["multi_prompt"]] == ["2", "3"]
    assert_uses_all("kkiai-image2video", [create["body"] for create in creates], KKIAI_UNUSED)


TWO_SHOTS = """\
storyboard: 1
id: two
title: Two
model: kling-v2.6
defaults: {mode: pro}
shots:
  - {id: one, first_frame: frames/dusk.png, prompt: A light on the water.}
  - {id: two, from: one, prompt: It goes out.}
"""


@pytest.mark.parametrize("answers", ["native", "flat", "wrapped", "raw"])
def test_whichever_of_its_sisters_kkiai_answers_like(
    tmp_path: Path, answers: Literal["native", "flat", "wrapped", "raw"]
) -> None:
    with running_sandbox(SandboxOptions(clips="small", kkiai_answers=answers)) as sandbox:
        run_to_a_film(make_production(tmp_path / "film", TWO_SHOTS), "kkiai", sandbox)


@pytest.mark.parametrize("words", ["pending", "queued"])
def test_whichever_words_mulerouter_has_for_a_state(tmp_path: Path, words: Literal["pending", "queued"]) -> None:
    with running_sandbox(SandboxOptions(clips="small", mule_words=words)) as sandbox:
        run_to_a_film(make_production(tmp_path / "film", TWO_SHOTS), "mulerouter", sandbox)


AIMLAPI = """\
storyboard: 1
id: all-of-v1-standard
title: All of v1 standard
model: kling-v1
defaults: {mode: std, duration: 5}
shots:
  - id: one
    first_frame: frames/dusk.png
    prompt: A light on the water.
    negative_prompt: blur
    cfg_scale: 0.7
  - id: two
    from: one
    last_frame: frames/lit.png
    prompt: The light comes up.
  - id: three
    from: two
    prompt: The boat drifts off.
    duration: 10
    masks:
      static: masks/still.png
  - id: brush
    first_frame: frames/dusk.png
    prompt: The gull glides.
    masks:
      dynamic:
        - {mask: masks/boat.png, trajectory: [[100, 100], [300, 120]]}
  - {id: pan, first_frame: frames/dusk.png, prompt: The camera turns., camera: {pan: 3}}
  - {id: down, first_frame: frames/dusk.png, prompt: The camera sinks., camera: down_back}
  - {id: up, first_frame: frames/dusk.png, prompt: The camera climbs., camera: forward_up}
  - {id: right, first_frame: frames/dusk.png, prompt: The camera goes right., camera: right_turn_forward}
  - {id: left, first_frame: frames/dusk.png, prompt: The camera goes left., camera: left_turn_forward}
"""
AIMLAPI_UNUSED = {
    "the page is of 1.0 standard; the others have pages of their own, and the same fields": [
        *(f'model: "kling-video/{name}/image-to-video"' for name in ("v1/pro", "v1.5/standard", "v1.5/pro")),
        *(f'model: "kling-video/{name}/image-to-video"' for name in ("v1.6/standard", "v1.6/pro")),
        *(f'model: "kling-video/{name}/image-to-video"' for name in ("v2.1/standard", "v2.1/pro")),
        *(f'model: "klingai/{name}-image-to-video"' for name in ("v2-master", "v2.1-master")),
    ],
}


def test_kling_1_standard_at_aimlapi(tmp_path: Path, sandbox: Sandbox) -> None:
    text = AIMLAPI.replace("masks/still.png", "masks/small.png")
    production = make_production(tmp_path / "film", text)
    # What the double makes is small: the mask of a chained frame has that frame's ratio.
    Image.new("RGB", (544, 306), "black").save(production / "masks/small.png")
    creates = run_to_a_film(production, "aimlapi", sandbox)
    one = body_with(creates, "A light on the water")
    assert one["model"] == "kling-video/v1/standard/image-to-video"
    assert (one["duration"], one["cfg_scale"], one["negative_prompt"]) == (5, 0.7, "blur")
    assert one["image_url"].startswith("data:image/png;base64,")
    two = body_with(creates, "The light comes up")
    assert_chained(two, "image_url", production, "one")
    assert_is_file(two["tail_image_url"], production / "frames/lit.png")
    three = body_with(creates, "The boat drifts off")
    assert three["duration"] == 10
    assert_is_file(three["static_mask"], production / "masks/small.png")
    assert_uses_all("aimlapi-v1-image-to-video", [create["body"] for create in creates], AIMLAPI_UNUSED)
