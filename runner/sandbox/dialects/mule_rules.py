"""The rules between the fields of MuleRun's and MuleRouter's tasks. The fields themselves are in `mule_tasks`.

What is told by Kling's capability map and not by the gateway's own pages holds only when strict.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

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

# A complaint, or None.
Rule: TypeAlias = Callable[[Body, Strictness], str | None]

MASKS: Final = ("static_mask", "dynamic_masks")


def sound_needs_pro(body: Body, strictness: Strictness) -> str | None:
    """Kling's map and the router's own server say so; MuleRun's page shows std with sound, so lenient takes it."""
    is_std = (text_in(body, "mode") or "std") == "std"
    if strictness is Strictness.STRICT and body.get("sound") == "on" and is_std:
        return "sound: `on` requires mode `pro`"
    return None


def both_frames_need_pro_and_silence(body: Body, strictness: Strictness) -> str | None:
    """Kling's map; the gateway's own page does not say it."""
    if strictness is Strictness.LENIENT or len(given(body, "image", "image_tail")) < 2:
        return None
    if (text_in(body, "mode") or "std") == "std":
        return "image_tail: a first and a last frame require mode `pro`"
    return "image_tail: a first and a last frame require sound `off`" if body.get("sound") == "on" else None


def needs_either(*names: str) -> Rule:
    def rule(body: Body, _: Strictness) -> str | None:
        return None if given(body, *names) else f"at least one of {' and '.join(names)} must be provided"

    return rule


def last_is_not_alone(first: str, last: str) -> Rule:
    """Kling's map: no current model ends on a picture and opens on none. The gateway's own pages ask for either."""

    def rule(body: Body, strictness: Strictness) -> str | None:
        is_alone = given(body, last) and not given(body, first)
        return f"{last}: requires {first}" if is_alone and strictness is Strictness.STRICT else None

    return rule


def tail_excludes_masks(body: Body, _: Strictness) -> str | None:
    masks = given(body, *MASKS)
    return f"image_tail and {masks[0]} cannot be used at the same time" if masks and given(body, "image_tail") else None


def one_of_last_masks_camera(body: Body, _: Strictness) -> str | None:
    groups = (given(body, "last_frame"), given(body, *MASKS), given(body, "camera_control"))
    used = [group[0] for group in groups if group]
    return f"{' and '.join(used)} are mutually exclusive" if len(used) > 1 else None


def voices_are_heard(body: Body, _: Strictness) -> str | None:
    voices = items_in(body, "voice_list")
    if voices and body.get("sound") != "on":
        return "voice_list: sound must be `on`"
    loose = find_loose_token([text_in(body, "prompt") or ""], r"<<<voice_(\d+)>>>", len(voices))
    return f"prompt: {loose} has no entry in voice_list" if loose else None


def elements_are_listed(body: Body, strictness: Strictness) -> str | None:
    prompts = [
        text_in(body, "prompt") or "",
        *(text_in(beat, "prompt") or "" for beat in bodies_in(body, "multi_prompt")),
    ]
    elements = bodies_in(body, "elements")
    loose = find_loose_token(prompts, r"<<<element_(\d+)>>>", len(elements))
    if loose:
        return f"prompt: {loose} has no entry in elements"
    for number, element in enumerate(elements):
        kind = text_in(element, "type")
        # The vendor's client says the type is required; their page shows elements without one.
        if kind is None and strictness is Strictness.STRICT:
            return f"elements[{number}].type: is required"
        wanted = ("reference_videos",) if kind == "video" else ("frontal_image", "reference_images")
        missing = [name for name in wanted if not given(element, name)]
        if missing:
            return f"elements[{number}].{missing[0]}: is required"
    return None


def beats_add_up(body: Body, _: Strictness) -> str | None:
    kind = text_in(body, "shot_type")
    if not flag_in(body, "multi_shot", default=False):
        return None if text_in(body, "prompt") else "prompt: is required when multi_shot is false"
    if kind is None:
        return "shot_type: is required when multi_shot is true"
    if kind == "intelligence":
        return None if text_in(body, "prompt") else "prompt: is required when shot_type is `intelligence`"
    beats = bodies_in(body, "multi_prompt")
    if not beats:
        return "multi_prompt: is required when shot_type is `customize`"
    total, found = whole_in(body, "duration", 5), sum_of_beats(beats)
    return None if found == total else f"multi_prompt: durations add up to {found}, duration is {total}"


def simple_camera_has_one_move(body: Body, _: Strictness) -> str | None:
    camera = body.get("camera_control")
    if not isinstance(camera, Mapping):
        return None
    config = camera.get("config")
    if camera.get("type") != "simple":
        return "camera_control.config: only for type `simple`" if config else None
    moves = [axis for axis, value in config.items() if value] if isinstance(config, Mapping) else []
    return None if len(moves) == 1 else "camera_control.config: exactly one value must not be zero"


def masks_fit(body: Body, strictness: Strictness) -> str | None:
    """Only for pictures that came along: what stands behind a URL is not looked at."""
    frame = text_in(body, "image") or text_in(body, "first_frame")
    if strictness is Strictness.LENIENT or frame is None:
        return None
    masks = [("static_mask", text_in(body, "static_mask"))]
    brushes = bodies_in(body, "dynamic_masks")
    masks += [(f"dynamic_masks[{number}].mask", text_in(brush, "mask")) for number, brush in enumerate(brushes)]
    for place, mask in masks:
        if mask is not None and not are_alike((find_ratio(frame), find_ratio(mask))):
            return f"{place}: must have the aspect ratio of the image"
    return None


def last_needs_first(body: Body, _: Strictness) -> str | None:
    if given(body, "last_frame") and not given(body, "first_frame"):
        return "last_frame: requires first_frame"
    many = len(items_in(body, "images")) > 1
    return "last_frame: not with more than one image" if many and given(body, "last_frame") else None


def ratio_without_first(body: Body, _: Strictness) -> str | None:
    return None if given(body, "first_frame", "aspect_ratio") else "aspect_ratio: is required without first_frame"


def references_at_most(most: int) -> Rule:
    def rule(body: Body, _: Strictness) -> str | None:
        listed = len(items_in(body, "images")) + len(items_in(body, "elements"))
        count = listed + len(given(body, "first_frame", "last_frame"))
        return f"elements, images and frames must be at most {most} together, are {count}" if count > most else None

    return rule


def clip_is_for(use: str) -> Rule:
    def rule(body: Body, _: Strictness) -> str | None:
        for clip in bodies_in(body, "video"):
            if text_in(clip, "refer_type") not in (None, use):
                return f"video[0].refer_type: must be `{use}` here"
        return None

    return rule
