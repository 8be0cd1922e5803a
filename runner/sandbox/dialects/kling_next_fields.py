"""What the bodies of Kling's newer interface look like, operation by operation and model by model.

What they mean together is in `kling_next_rules`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.core.canonical import Json
from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.fields import (
    URL_OR_BASE64,
    Choice,
    Fault,
    FaultKind,
    Flag,
    Kind,
    Link,
    Many,
    Picture,
    Record,
    Text,
    Where,
)
from runner.sandbox.dialects.pictures import PictureLimits

FRAMES: Final = ("first_frame", "last_frame")
PICTURES: Final = (*FRAMES, "refer_image")
VIDEOS: Final = ("feature_video", "base_video")


@dataclass(frozen=True, slots=True)
class ByType:
    """A record whose `type` says which one it is."""

    records: Mapping[str, Record]

    def find_faults(self, value: Json, where: Where, strictness: Strictness) -> Iterator[Fault]:
        kind = value.get("type") if isinstance(value, Mapping) else None
        record = self.records.get(kind) if isinstance(kind, str) else None
        if record is None:
            known = ", ".join(self.records)
            yield Fault(FaultKind.VALUE, (*where, "type"), f"must be one of {known}, is {kind}")
        else:
            yield from record.find_faults(value, where, strictness)


@dataclass(frozen=True, slots=True)
class Task:
    """An operation with one of its models."""

    operation: str
    model: str
    # As the older interface and the price list spell it.
    older_name: str
    fields: Record
    # Several shots, written into the prompt.
    has_shots: bool = False

    @property
    def path(self) -> str:
        return f"/{self.operation}/{self.model}"


_PICTURE: Final = Picture(URL_OR_BASE64, limits=PictureLimits(most_bytes=50 * 1024 * 1024))
_RATIO: Final = Choice(("16:9", "9:16", "1:1"))
_OPTIONS: Final = Record(
    {
        "callback_url": Link(),
        "external_task_id": Text(),
        "watermark_info": Record({"enabled": Flag()}, drops_empty=True),
    },
    drops_empty=True,
)
_LONG: Final = tuple(range(3, 16))
_SHORT: Final = (5, 10)


def _settings(
    resolutions: tuple[str, ...],
    seconds: tuple[int, ...],
    audio: tuple[str, ...],
    *,
    has_shots: bool = False,
    has_ratio: bool = False,
) -> Record:
    fields: dict[str, Kind] = {"resolution": Choice(resolutions), "duration": Choice(seconds)}
    if audio:
        fields["audio"] = Choice(audio)
    if has_shots:
        fields["multi_shot"] = Flag()
    if has_ratio:
        fields["aspect_ratio"] = _RATIO
    return Record(fields, drops_empty=True)


def _content(kind: str, longest: int) -> Record:
    tag: dict[str, Kind] = {"type": Choice((kind,))}
    index: dict[str, Kind] = {"id": Text()}
    match kind:
        case "prompt":
            return Record({**tag, "text": Text(longest, 1)}, required=frozenset({"type", "text"}))
        case "voice" | "element":
            named = f"{kind}_id"
            return Record({**tag, **index, named: Text(shortest=1)}, required=frozenset({"type", "id", named}))
        case "feature_video" | "base_video":
            return Record({**tag, **index, "url": Link()}, required=frozenset({"type", "url"}), drops_empty=True)
        case _:
            return Record({**tag, **index, "url": _PICTURE}, required=frozenset({"type", "url"}), drops_empty=True)


def _with_contents(kinds: tuple[str, ...], settings: Record, longest: int) -> Record:
    contents = Many(ByType({kind: _content(kind, longest) for kind in kinds}), 1)
    return Record({"contents": contents, "settings": settings, "options": _OPTIONS}, required=frozenset({"contents"}))


def _with_prompt(settings: Record, longest: int) -> Record:
    return Record(
        {"prompt": Text(longest, 1), "settings": settings, "options": _OPTIONS}, required=frozenset({"prompt"})
    )


def _make_tasks() -> Iterator[Task]:
    two, three = ("720p", "1080p"), ("720p", "1080p", "4k")
    onoff = ("native", "off")
    shapes = (
        # Model, its older name, longest prompt, resolutions, seconds, audio, whether it has shots, what goes into it.
        ("kling-3.0-turbo", "kling-v3-turbo", 3072, two, _LONG, (), False, ("prompt", "first_frame")),
        ("kling-3.0", "kling-v3", 3072, three, _LONG, onoff, True, ("prompt", *FRAMES, "element")),
        ("kling-2.6", "kling-v2-6", 2500, two, _SHORT, onoff, False, ("prompt", *FRAMES, "voice")),
        ("kling-2.5-turbo", "kling-v2-5-turbo", 2500, two, _SHORT, (), False, ("prompt", *FRAMES)),
    )
    for model, older, longest, resolutions, seconds, audio, has_shots, kinds in shapes:
        text = _settings(resolutions, seconds, audio, has_shots=has_shots, has_ratio=True)
        yield Task("text-to-video", model, older, _with_prompt(text, longest), has_shots)
        image = _settings(resolutions, seconds, audio, has_shots=has_shots)
        yield Task("image-to-video", model, older, _with_contents(kinds, image, longest), has_shots)
    everything = ("prompt", *PICTURES, *VIDEOS, "element")
    omni = _settings(three, _LONG, ("native", "original", "off"), has_shots=True, has_ratio=True)
    yield Task("omni-video", "kling-3.0-omni", "kling-v3-omni", _with_contents(everything, omni, 3072), has_shots=True)
    o1 = _settings(two, tuple(range(3, 11)), ("original", "off"), has_ratio=True)
    yield Task("omni-video", "kling-o1", "kling-video-o1", _with_contents(everything, o1, 2500))


TASKS: Final[Mapping[str, Task]] = {f"{task.operation}/{task.model}": task for task in _make_tasks()}
