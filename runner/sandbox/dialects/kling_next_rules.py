"""What the fields of a clip mean together in Kling's newer interface. Purely complaints in words.

The pages' own samples break some of these rules: those hold only when strict.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.bodies import bodies_in, flag_in, text_in, whole_in
from runner.sandbox.dialects.fields import Body
from runner.sandbox.dialects.kling_library import CLIP_ENDINGS, may_be
from runner.sandbox.dialects.kling_next_fields import PICTURES, VIDEOS, Task

# `shot 1, 3, a lamp is lit; shot 2, 2, it goes out;`
_SHOT: Final = re.compile(r"\s*shot\s*(\d+)\s*,\s*(\d+)\s*,(.*)", re.IGNORECASE | re.DOTALL)
_MOST_SHOTS: Final = 6
_LONGEST_SHOT: Final = 512
_MOST_VOICES: Final = 2
_MOST_ELEMENTS: Final = 3
_MOST_REFERENCES: Final = 7
_MOST_WITH_VIDEO: Final = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A body, its fields found right, as the rules look at it."""

    task: Task
    prompt: str
    settings: Body
    options: Body
    contents: Sequence[Body]

    @classmethod
    def of(cls, task: Task, body: Body) -> Self:
        contents = bodies_in(body, "contents")
        prompts = [text_in(content, "text") or "" for content in contents if content["type"] == "prompt"]
        return cls(
            task=task,
            prompt=text_in(body, "prompt") or "".join(prompts[:1]),
            settings=_mapping(body, "settings"),
            options=_mapping(body, "options"),
            contents=contents,
        )

    @property
    def seconds(self) -> int:
        return whole_in(self.settings, "duration", 5)

    @property
    def resolution(self) -> str:
        return text_in(self.settings, "resolution") or "720p"

    @property
    def has_sound(self) -> bool:
        """Turbo always has."""
        return self.settings.get("audio") == "native" or self.task.model == "kling-3.0-turbo"

    def of_type(self, *kinds: str) -> list[Body]:
        return [content for content in self.contents if content["type"] in kinds]

    def url_of(self, kind: str) -> str | None:
        return next((text_in(content, "url") for content in self.of_type(kind)), None)


def find_complaints(asked: Asked, strictness: Strictness) -> Iterator[str]:
    for kind in ("prompt", "first_frame", "last_frame"):
        if len(asked.of_type(kind)) > 1:
            yield f"contents: must have at most one {kind}"
    if asked.task.operation != "text-to-video" and not asked.prompt:
        yield "contents: prompt is required"
    if asked.task.operation == "image-to-video" and not asked.of_type("first_frame"):
        yield "contents: first_frame is required"
    if asked.of_type("last_frame") and not asked.of_type("first_frame"):
        yield "contents: last_frame without first_frame is not supported"
    yield from _find_in_ids(asked)
    yield from _find_in_model(asked)
    if asked.task.operation == "omni-video":
        yield from _find_in_omni(asked)
    if strictness is Strictness.STRICT:
        yield from _find_in_shots(asked)
        yield from _find_in_references(asked)
        if any(not may_be(text_in(video, "url"), CLIP_ENDINGS) for video in asked.of_type(*VIDEOS)):
            yield "contents: a video must be mp4 or mov"
        needs_ratio = asked.task.operation == "omni-video" and not asked.of_type("first_frame", *VIDEOS)
        # The vendor's own sample of a prompt alone has none.
        if needs_ratio and not text_in(asked.settings, "aspect_ratio"):
            yield "settings.aspect_ratio: is required without a first frame or a reference video"


def _find_in_ids(asked: Asked) -> Iterator[str]:
    ids = [index for content in asked.contents if (index := text_in(content, "id"))]
    for index in ids:
        if ids.count(index) > 1:
            yield f"contents: the id {index} is used more than once"
            return


def _find_in_model(asked: Asked) -> Iterator[str]:
    has_both = bool(asked.of_type("last_frame"))
    voices = asked.of_type("voice")
    if asked.task.model == "kling-2.6" and asked.has_sound and asked.resolution != "1080p":
        yield "settings.audio: native is only supported at 1080p"
    if asked.task.model == "kling-2.6" and has_both and asked.has_sound:
        yield "settings.audio: native is not supported with a last frame"
    if asked.task.model in {"kling-2.6", "kling-2.5-turbo"} and has_both and asked.resolution != "1080p":
        yield "settings.resolution: first and last frame are only supported at 1080p"
    if len(voices) > _MOST_VOICES:
        yield f"contents: must have at most {_MOST_VOICES} voices"
    if voices and not asked.has_sound:
        yield "settings.audio: must not be off when a voice is used"
    if asked.task.operation == "image-to-video" and len(asked.of_type("element")) > _MOST_ELEMENTS:
        yield f"contents: must have at most {_MOST_ELEMENTS} elements"


def _find_in_omni(asked: Asked) -> Iterator[str]:
    videos, elements = asked.of_type(*VIDEOS), asked.of_type("element")
    frames = asked.of_type("first_frame", "last_frame")
    if len(videos) > 1:
        yield "contents: must have at most one video"
    most = _MOST_WITH_VIDEO if videos else _MOST_REFERENCES
    if len(asked.of_type(*PICTURES)) + len(elements) > most:
        yield f"contents: must have at most {most} images and elements together"
    if frames and len(elements) > _MOST_ELEMENTS:
        yield f"contents: must have at most {_MOST_ELEMENTS} elements with a first frame"
    if asked.of_type("base_video") and frames:
        yield "contents: a base_video has no first or last frame"
    if videos and asked.settings.get("audio") == "native":
        yield "settings.audio: native is not supported with a video"
    if not videos and asked.settings.get("audio") == "original":
        yield "settings.audio: original needs a video"
    if asked.task.model == "kling-o1":
        yield from _find_in_o1(asked)


def _find_in_o1(asked: Asked) -> Iterator[str]:
    if asked.of_type("last_frame") and asked.of_type("refer_image", "element", "feature_video"):
        yield "contents: first and last frame are not supported with references"
    is_plain = bool(asked.of_type("first_frame")) and not asked.of_type("refer_image", "element", *VIDEOS)
    if is_plain and asked.seconds not in {5, 10}:
        yield f"settings.duration: must be one of 5, 10 with a first frame alone, is {asked.seconds}"


def _find_in_shots(asked: Asked) -> Iterator[str]:
    """Shots written into the prompt, where the model takes them and nobody switched them off."""
    if not asked.task.has_shots or not flag_in(asked.settings, "multi_shot", default=True):
        return
    shots = [_SHOT.fullmatch(part) for part in asked.prompt.split(";") if part.strip()]
    found = [shot for shot in shots if shot is not None]
    if not found or len(found) < len(shots):
        return
    if len(found) > _MOST_SHOTS:
        yield f"prompt: must have at most {_MOST_SHOTS} shots"
    if any(len(shot[3].strip()) > _LONGEST_SHOT for shot in found):
        yield f"prompt: a shot must have at most {_LONGEST_SHOT} characters"
    total = sum(int(shot[2]) for shot in found)
    if total != asked.seconds or any(int(shot[2]) < 1 for shot in found):
        yield f"prompt: the sum of all shot durations must equal the duration {asked.seconds}, is {total}"


def _find_in_references(asked: Asked) -> Iterator[str]:
    """Voices must be named to be heard; whether any other `@` is meant as a name cannot be known."""
    for voice in asked.of_type("voice"):
        if f"@{voice['id']}" not in asked.prompt:
            yield f"contents: the voice @{voice['id']} is not named in the prompt"


def _mapping(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}
