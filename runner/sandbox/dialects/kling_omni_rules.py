"""What the fields of a clip mean together in Kling's older `omni-video`: pictures, elements and a clip by reference."""

from collections.abc import Iterator
from typing import Final

from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.bodies import bodies_in, items_in, text_in
from runner.sandbox.dialects.fields import Body
from runner.sandbox.dialects.kling_library import CLIP_ENDINGS, may_be
from runner.sandbox.dialects.kling_rules import Asked, find_beat_complaints, find_loose_references

O1: Final = "kling-video-o1"
_MOST_REFERENCES: Final = 7
_MOST_WITH_VIDEO: Final = 4
_MOST_WITH_LAST_FRAME: Final = 2


def find_omni_complaints(asked: Asked, strictness: Strictness) -> Iterator[str]:
    body = asked.body
    yield from find_beat_complaints(asked, needs_prompt=True)
    yield from _find_in_references(body)
    yield from _find_in_seconds(asked)
    if asked.has_sound and items_in(body, "video_list"):
        yield "sound: must be off when there is a video"
    if asked.mode == "4k" and asked.model == O1:
        yield f"mode: 4k is not supported by {O1}"
    if strictness is Strictness.LENIENT:
        return
    if not text_in(body, "aspect_ratio") and not frame_of(body, "first_frame") and not _is_edit(body):
        yield "aspect_ratio: is required without a first frame or a video to be edited"
    if asked.model == O1 and asked.has_sound:
        yield f"sound: is not supported by {O1}"
    if asked.model == O1 and asked.is_multi:
        yield f"multi_shot: is not supported by {O1}"
    if any(not may_be(text_in(video, "video_url"), CLIP_ENDINGS) for video in bodies_in(body, "video_list")):
        yield "video_list: must be mp4 or mov"
    yield from find_loose_references(body, asked.prompts)


def frame_of(body: Body, kind: str) -> str | None:
    """The picture that is the `first_frame` or the `end_frame`."""
    for picture in bodies_in(body, "image_list"):
        if picture.get("type") == kind:
            return text_in(picture, "image_url")
    return None


def _find_in_references(body: Body) -> Iterator[str]:
    pictures, elements = bodies_in(body, "image_list"), items_in(body, "element_list")
    most = _MOST_WITH_VIDEO if items_in(body, "video_list") else _MOST_REFERENCES
    if len(pictures) + len(elements) > most:
        yield f"image_list, element_list: must have at most {most} items together"
    for kind in ("first_frame", "end_frame"):
        if sum(picture.get("type") == kind for picture in pictures) > 1:
            yield f"image_list: must have at most one {kind}"
    if frame_of(body, "end_frame"):
        if not frame_of(body, "first_frame"):
            yield "image_list: an end_frame needs a first_frame"
        if len(pictures) > _MOST_WITH_LAST_FRAME:
            yield f"image_list: an end_frame is not supported with more than {_MOST_WITH_LAST_FRAME} images"
    if _is_edit(body) and (frame_of(body, "first_frame") or frame_of(body, "end_frame")):
        yield "image_list: a video to be edited has no first_frame or end_frame"


def _find_in_seconds(asked: Asked) -> Iterator[str]:
    body = asked.body
    if asked.model == O1:
        if asked.seconds > 10:
            yield f"duration: must be at most 10 for {O1}, is {asked.seconds}"
        pictures = bodies_in(body, "image_list")
        is_plain = not items_in(body, "video_list") and not items_in(body, "element_list")
        is_plain = is_plain and all(picture.get("type") == "first_frame" for picture in pictures)
        if is_plain and asked.seconds not in {5, 10}:
            yield f"duration: must be one of 5, 10 without references for {O1}, is {asked.seconds}"
    if _is_edit(body) and text_in(body, "duration"):
        yield "duration: is not supported with a video to be edited"


def _is_edit(body: Body) -> bool:
    return any(video.get("refer_type", "base") == "base" for video in bodies_in(body, "video_list"))
