"""The inputs of Replicate's Kling models, from the version pages on replicate.com, and the rules between their fields.

For three of them no page was seen; they are marked so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from runner.core.canonical import Json
from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.bodies import given, items_in, sum_of_beats, text_in, whole_in
from runner.sandbox.dialects.fields import (
    URL_OR_DATA_URI,
    Anything,
    Body,
    Choice,
    Fault,
    FaultKind,
    Flag,
    Kind,
    Link,
    Many,
    Number,
    Picture,
    Record,
    Text,
    Whole,
)

_Fields = Mapping[str, Kind]

_PICTURE: Final = Picture(URL_OR_DATA_URI)
_TOLD: Final[_Fields] = {
    "prompt": Text(),
    "negative_prompt": Text(),
    "aspect_ratio": Choice(("16:9", "9:16", "1:1")),
    "start_image": _PICTURE,
    "duration": Choice((5, 10)),
}
_SCALE: Final[_Fields] = {"cfg_scale": Number(0, 1)}
_END: Final[_Fields] = {"end_image": _PICTURE}
_THIRD: Final[_Fields] = {
    **_TOLD,
    **_END,
    "prompt": Text(longest=2500),
    "negative_prompt": Text(longest=2500),
    "mode": Choice(("standard", "pro")),
    "duration": Whole(3, 15),
    "generate_audio": Flag(),
    "multi_prompt": Text(),
}
_GUIDED: Final[_Fields] = {
    "reference_images": Many(_PICTURE, most=7),
    "reference_video": Link(),
    "video_reference_type": Choice(("feature", "base")),
    "keep_original_sound": Flag(),
}
_FIRST_OMNI: Final[_Fields] = {
    **{name: _TOLD[name] for name in _TOLD if "negative" not in name},
    **_END,
    **_GUIDED,
    "mode": Choice(("std", "pro")),
    "duration": Whole(3, 10),
}
# Of reference pictures.
_MOST_BESIDE_A_CLIP: Final = 4
_BEATS: Final = Many(
    Record({"prompt": Text(shortest=1), "duration": Whole(1)}, frozenset({"prompt", "duration"})), 1, 6
)
# The body of a call: what is beside `input` is known exactly.
CALL: Final = Record(
    {
        "input": Anything(),
        "webhook": Link(),
        "webhook_events_filter": Many(Choice(("start", "output", "logs", "completed"))),
        "stream": Flag(),
    },
    frozenset({"input"}),
)


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    fields: Record
    mode: str = "pro"
    # At least one of these, where any is named.
    either: tuple[str, ...] = ()
    # Where the last frame is for one mode only.
    end_needs_pro: bool = False
    # Without a reference clip, which leaves more; None where that makes no difference.
    seconds: tuple[int, ...] | None = None


def _model(
    name: str,
    fields: _Fields,
    *required: str,
    mode: str = "pro",
    either: tuple[str, ...] = (),
    also: _Fields | None = None,
) -> Model:
    record = Record(fields, frozenset(required), also or {})
    return Model(name, record, mode, either, end_needs_pro=name == "kling-v2.1")


_STILL: Final[_Fields] = {name: kind for name, kind in _TOLD.items() if name != "aspect_ratio"}
_ENDS: Final = ("start_image", "end_image")
_LIST: Final = (
    _model("kling-v3-video", _THIRD),
    # It has no negative prompt.
    _model("kling-v3-omni-video", {**{name: _THIRD[name] for name in _THIRD if "negative" not in name}, **_GUIDED}),
    replace(_model("kling-o1", _FIRST_OMNI, "prompt"), seconds=(5, 10)),
    _model("kling-v2.0", {**_TOLD, **_SCALE}, "prompt"),
    _model("kling-v2.1", {**_STILL, **_END, "mode": Choice(("standard", "pro"))}, "prompt", "start_image", mode="std"),
    # The copy of its page that was seen has no last frame.
    _model("kling-v2.5-turbo-pro", {**_TOLD, "image": _PICTURE}, "prompt", also=_END),
    _model(
        "kling-v1.6-pro",
        {**_TOLD, **_SCALE, **_END, "reference_images": Many(_PICTURE, most=4)},
        "prompt",
        either=_ENDS,
    ),
    # No page was seen for these: their inputs are those of their neighbours.
    _model(
        "kling-v1.6-standard", {**_TOLD, **_SCALE, "reference_images": Many(_PICTURE, most=4)}, "prompt", mode="std"
    ),
    _model("kling-v2.1-master", _TOLD, "prompt"),
    _model("kling-v2.6", {**_TOLD, "generate_audio": Flag()}, "prompt"),
)
MODELS: Final[Mapping[str, Model]] = {model.name: model for model in _LIST}


def find_conflicts(model: Model, body: Body) -> list[Fault]:
    """Rules between fields, as the descriptions of the fields tell them."""
    if model.either and not given(body, *model.either):
        return [_fault(model.either[0], "a start or end image is required")]
    if given(body, "end_image") and not given(body, "start_image") and not model.either:
        return [_fault("end_image", "requires start_image")]
    if model.end_needs_pro and given(body, "end_image") and (text_in(body, "mode") or "standard") != "pro":
        return [_fault("end_image", "is for mode pro only")]
    return _find_clip_faults(model, body) or _find_beat_faults(body)


def _find_clip_faults(model: Model, body: Body) -> list[Fault]:
    """What a reference clip leaves and what it takes away."""
    if not given(body, "reference_video"):
        if model.seconds is None or whole_in(body, "duration", 5) in model.seconds:
            return []
        expected = ", ".join(map(str, model.seconds))
        return [_fault("duration", f"must be one of {expected} without reference_video")]
    if body.get("generate_audio") is True:
        return [_fault("generate_audio", "cannot be used with reference_video")]
    if len(items_in(body, "reference_images")) > _MOST_BESIDE_A_CLIP:
        return [_fault("reference_images", f"must have at most {_MOST_BESIDE_A_CLIP} items with reference_video")]
    return []


def _find_beat_faults(body: Body) -> list[Fault]:
    """The shots come as JSON within a string."""
    written = text_in(body, "multi_prompt")
    if written is None or "multi_prompt" not in body:
        return []
    beats = _parse(written)
    if beats is None:
        return [_fault("multi_prompt", "must be a JSON array of shots")]
    faults = list(_BEATS.find_faults(beats, ("input", "multi_prompt"), Strictness.LENIENT))
    if faults:
        return faults
    total = whole_in(body, "duration", 5)
    found = sum_of_beats([beat for beat in beats if isinstance(beat, Mapping)])
    if found == total:
        return []
    return [_fault("multi_prompt", f"durations add up to {found}, duration is {total}")]


def _parse(written: str) -> Sequence[Json] | None:
    try:
        value = json.loads(written)
    except ValueError:
        return None
    return value if isinstance(value, list) else None


def _fault(name: str, text: str) -> Fault:
    return Fault(FaultKind.VALUE, ("input", name), text)
