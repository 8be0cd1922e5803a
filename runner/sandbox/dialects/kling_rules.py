"""What the fields of a clip mean together in Kling's older interface, and what its capability map says of each model.

Purely complaints in words. The map is followed only when strict; what the fields' own notes say holds always.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from runner.core.canonical import Json
from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.bodies import (
    bodies_in,
    find_loose_token,
    flag_in,
    given,
    items_in,
    sum_of_beats,
    text_in,
    whole_in,
)
from runner.sandbox.dialects.fields import Body
from runner.sandbox.dialects.pictures import are_alike, find_ratio

_V3: Final = "kling-v3"
_WITH_SOUND: Final = frozenset({"kling-v2-6", "kling-v3"})
_MASTERS: Final = frozenset({"kling-v2-master", "kling-v2-1-master"})
# First and last frame: the modes it is for.
_BOTH_FRAMES: Final[Mapping[str, frozenset[str]]] = {
    "kling-v1": frozenset({"std", "pro"}),
    "kling-v1-5": frozenset({"pro"}),
    "kling-v1-6": frozenset({"pro"}),
    "kling-v2-1": frozenset({"pro"}),
    "kling-v2-5-turbo": frozenset({"pro"}),
    "kling-v2-6": frozenset({"pro"}),
    "kling-v3": frozenset({"std", "pro", "4k"}),
}
_TAIL_ALONE: Final = frozenset({"kling-v1-5", "kling-v1-6"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A body, its fields found right, as the rules look at it."""

    body: Body
    model: str
    mode: str
    seconds: int
    has_sound: bool
    is_multi: bool
    beats: Sequence[Body]
    prompts: Sequence[str]
    image: str | None
    tail: str | None
    # Which of the exclusive ones are there: a tail, masks, a camera.
    extras: Sequence[str]

    @classmethod
    def of(cls, body: Body, default_model: str) -> Self:
        model = text_in(body, "model_name") or default_model
        masks = given(body, "static_mask", "dynamic_masks")
        beats = bodies_in(body, "multi_prompt")
        is_multi = flag_in(body, "multi_shot", default=False)
        return cls(
            body=body,
            model=model,
            mode=text_in(body, "mode") or ("pro" if model in _MASTERS else "std"),
            seconds=whole_in(body, "duration", 5),
            has_sound=body.get("sound") == "on",
            is_multi=is_multi,
            beats=beats,
            prompts=[text_in(body, "prompt") or "", *(text_in(beat, "prompt") or "" for beat in beats if is_multi)],
            image=text_in(body, "image"),
            tail=text_in(body, "image_tail"),
            extras=[*given(body, "image_tail"), *masks[:1], *given(body, "camera_control")],
        )


def find_complaints(asked: Asked, *, has_picture: bool, strictness: Strictness) -> Iterator[str]:
    yield from _find_in_notes(asked)
    yield from find_beat_complaints(asked, needs_prompt=not has_picture or strictness is Strictness.STRICT)
    if has_picture:
        yield from _find_in_pictures(asked)
    if strictness is Strictness.STRICT:
        yield from _find_in_map(asked, has_picture=has_picture)
        yield from find_loose_references(asked.body, asked.prompts)


def find_beat_complaints(asked: Asked, *, needs_prompt: bool) -> Iterator[str]:
    shot_type = text_in(asked.body, "shot_type")
    is_customized = asked.is_multi and shot_type == "customize"
    if asked.is_multi and shot_type is None:
        yield "shot_type: is required when multi_shot is true"
    if is_customized and not asked.beats:
        yield "multi_prompt: is required when shot_type is customize"
    if is_customized and asked.beats and sum_of_beats(asked.beats) != asked.seconds:
        total = sum_of_beats(asked.beats)
        yield f"multi_prompt: the sum of all shot durations must equal the duration {asked.seconds}, is {total}"
    if needs_prompt and not is_customized and not asked.prompts[0]:
        yield "prompt: is required"


def find_loose_references(body: Body, prompts: Sequence[str]) -> Iterator[str]:
    """`<<<voice_2>>>` where there is one voice."""
    for kind in ("voice", "element", "image", "video"):
        loose = find_loose_token(prompts, rf"<<<{kind}_(\d+)>>>", len(items_in(body, f"{kind}_list")))
        if loose is not None:
            yield f"prompt: {loose} has no entry in {kind}_list"


def has_spoken_voice(asked: Asked) -> bool:
    """Charged as such: a voice in the list, and the prompt names one."""
    return bool(items_in(asked.body, "voice_list")) and any("<<<voice_" in prompt for prompt in asked.prompts)


def _find_in_notes(asked: Asked) -> Iterator[str]:
    if asked.model != _V3 and asked.seconds not in {5, 10}:
        yield f"duration: must be one of 5, 10 for {asked.model}, is {asked.seconds}"
    if asked.mode == "4k" and asked.model != _V3:
        yield f"mode: 4k is not supported by {asked.model}"
    if "cfg_scale" in asked.body and asked.model.startswith("kling-v2"):
        yield f"cfg_scale: is not supported by {asked.model}"
    if asked.has_sound and asked.model not in _WITH_SOUND:
        yield f"sound: is only supported by kling-v2-6 and later, not by {asked.model}"
    if len(asked.extras) > 1:
        yield f"{', '.join(asked.extras)}: cannot be used at the same time"
    yield from _find_in_camera(asked.body.get("camera_control"))
    if items_in(asked.body, "voice_list") and not asked.has_sound:
        yield "voice_list: sound must be on"
    if items_in(asked.body, "voice_list") and items_in(asked.body, "element_list"):
        yield "voice_list, element_list: cannot be used at the same time"


def _find_in_camera(camera: Json) -> Iterator[str]:
    if not isinstance(camera, Mapping):
        return
    moves = camera.get("config")
    if camera["type"] != "simple":
        if moves is not None:
            yield f"camera_control.config: must be empty when type is {camera['type']}"
    elif not isinstance(moves, Mapping):
        yield "camera_control.config: is required when type is simple"
    elif sum(1 for amount in moves.values() if amount) != 1:
        yield "camera_control.config: exactly one of its values must be other than 0"


def _find_in_pictures(asked: Asked) -> Iterator[str]:
    if not asked.image and not asked.tail:
        yield "image, image_tail: at least one is required"
    masks = [text_in(asked.body, "static_mask"), *(text_in(each, "mask") for each in _dynamic(asked))]
    ratio = find_ratio(asked.image) if asked.image else None
    for mask in masks:
        if mask is not None and not are_alike([ratio, find_ratio(mask)]):
            yield "static_mask, dynamic_masks: must have the ratio of the image"
            return


def _dynamic(asked: Asked) -> Sequence[Body]:
    return bodies_in(asked.body, "dynamic_masks")


def _find_in_map(asked: Asked, *, has_picture: bool) -> Iterator[str]:
    model, mode = asked.model, asked.mode
    if asked.is_multi and model != _V3:
        yield f"multi_shot: is only supported by {_V3}, not by {model}"
    if model in _MASTERS and mode != "pro":
        yield f"mode: {mode} is not supported by {model}"
    if model == "kling-v2-6" and mode == "std" and asked.has_sound:
        yield "sound: is only supported in pro mode by kling-v2-6"
    if items_in(asked.body, "element_list") and model != _V3:
        yield f"element_list: is not supported by {model}"
    if items_in(asked.body, "voice_list") and (model, mode) != ("kling-v2-6", "pro"):
        yield "voice_list: is only supported in pro mode by kling-v2-6"
    yield from _find_camera_in_map(asked, has_picture=has_picture)
    if asked.tail:
        yield from _find_tail_in_map(asked)
    if given(asked.body, "static_mask", "dynamic_masks"):
        modes = {"kling-v1": ("std", "pro"), "kling-v1-5": ("pro",)}.get(model, ())
        if mode not in modes or asked.seconds != 5:
            where = f"by {model} in {mode} mode with {asked.seconds}s duration"
            yield f"static_mask, dynamic_masks: are not supported {where}"


def _find_camera_in_map(asked: Asked, *, has_picture: bool) -> Iterator[str]:
    camera = asked.body.get("camera_control")
    if not isinstance(camera, Mapping):
        return
    if not has_picture:
        if (asked.model, asked.mode, asked.seconds) != ("kling-v1", "std", 5):
            yield "camera_control is only supported in std mode with 5s duration and kling-v1"
    elif (asked.model, asked.mode, asked.seconds, camera["type"]) != ("kling-v1-5", "pro", 5, "simple"):
        yield "camera_control is only supported with type simple in pro mode with 5s duration and kling-v1-5"


def _find_tail_in_map(asked: Asked) -> Iterator[str]:
    model, mode = asked.model, asked.mode
    if not asked.image and model not in _TAIL_ALONE:
        yield f"image_tail: without image is not supported by {model}"
    if mode not in _BOTH_FRAMES.get(model, frozenset()):
        yield f"image_tail: is not supported by {model} in {mode} mode"
    if model == "kling-v1" and asked.seconds != 5:
        yield "image_tail: is only supported with 5s duration by kling-v1"
    if model == "kling-v2-6" and asked.has_sound:
        yield "image_tail: is only supported without sound by kling-v2-6"
