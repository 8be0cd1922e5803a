"""The Kling models of AI/ML API and the fields of each, from the schemas in its documentation (`aimlapi/api-docs`).

The quality stands in the model's name. The newer path and the older one differ in their fields, so each has its table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from runner.sandbox.dialects.fields import (
    EVERY_WAY,
    URL_OR_DATA_URI,
    Choice,
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

# "An online image or a Base64-encoded local image" in a field of format uri: a data URI is one, raw base64 is not.
_PICTURE: Final = Picture(URL_OR_DATA_URI, also=EVERY_WAY)
_RATIO: Final = Choice(("16:9", "9:16", "1:1"))
_SHORT: Final = Choice((5, 10))
_LONG: Final = Choice(tuple(range(3, 16)))
_AXES: Final = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
_MOVES: Final = ("down_back", "forward_up", "right_turn_forward", "left_turn_forward")
_POINT: Final = Record({"x": Whole(), "y": Whole()}, frozenset({"x", "y"}), refuses_null=True)

_Fields = Mapping[str, Kind]

_BASE: Final[_Fields] = {
    "prompt": Text(),
    "duration": _SHORT,
    "negative_prompt": Text(),
    "cfg_scale": Number(0, 1),
}
_STILL: Final[_Fields] = {**_BASE, "image_url": _PICTURE}
_TAIL: Final[_Fields] = {"tail_image_url": _PICTURE}
_PROVIDER: Final[_Fields] = {"provider": Text()}
_BRUSHED: Final[_Fields] = {
    **_STILL,
    "static_mask": _PICTURE,
    "dynamic_masks": Many(
        Record({"mask": Text(), "trajectories": Many(_POINT, 2, 77)}, frozenset({"mask", "trajectories"})), most=6
    ),
    "camera_control": Record(
        {"type": Choice(("simple", *_MOVES)), "config": Record(dict.fromkeys(_AXES, Number(-10, 10)))}
    ),
}
_TOLD: Final[_Fields] = {**_BASE, "aspect_ratio": _RATIO}
_MOVED: Final[_Fields] = {
    **_TOLD,
    "camera_control": Choice(_MOVES),
    "advanced_camera_control": Record(
        {"movement_type": Choice(_AXES), "movement_value": Whole(-10, 10)},
        frozenset({"movement_type", "movement_value"}),
    ),
}
_HEARD: Final[_Fields] = {
    "prompt": Text(longest=2500),
    "duration": _SHORT,
    "negative_prompt": Text(),
    "generate_audio": Flag(),
    **_PROVIDER,
}
_ELEMENT: Final[_Fields] = {"reference_image_urls": Many(_PICTURE, 1, 4), "frontal_image_url": _PICTURE}
_ELEMENTS: Final = Many(Record({**_ELEMENT, "video_url": Link()}, frozenset({"reference_image_urls"})), most=4)
_O1_ELEMENTS: Final = Many(Record(_ELEMENT, frozenset(_ELEMENT)), most=4)
_V3: Final[_Fields] = {
    "prompt": Text(),
    "multi_prompt": Many(Text()),
    "duration": _LONG,
    "shot_type": Choice(("customize", "intelligent")),
    "generate_audio": Flag(),
    "negative_prompt": Text(),
    "cfg_scale": Number(0, 1),
    "provider": Choice(("auto", "kling", "fal")),
}
_V3_STILL: Final[_Fields] = {**_V3, **_TAIL, "image_url": _PICTURE, "elements": _ELEMENTS}
_V3_TOLD: Final[_Fields] = {**_V3, "aspect_ratio": _RATIO}
_OMNI_SHOTS: Final[_Fields] = {"shot_type": Choice(("customize", "intelligent", "intelligence"))}
_TURBO: Final[_Fields] = {
    "prompt": Text(longest=3072),
    "multi_prompt": Many(
        Record({"prompt": Text(longest=3072), "duration": Choice(tuple(range(1, 16)))}, frozenset({"prompt"})), 1, 6
    ),
    "duration": _LONG,
}
_O1: Final[_Fields] = {"prompt": Text(longest=2500), "duration": _SHORT, **_PROVIDER}
_O1_GUIDED: Final[_Fields] = {**_O1, "aspect_ratio": _RATIO, "elements": _O1_ELEMENTS}
_O1_CLIP: Final[_Fields] = {"video_url": Link(), "keep_audio": Flag()}
_MOTION: Final[_Fields] = {
    "prompt": Text(),
    "image_url": _PICTURE,
    "video_url": Link(),
    "character_orientation": Choice(("image", "video")),
    "keep_audio": Flag(),
    "mode": Choice(("std", "pro")),
}


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    fields: Record
    # True where the model always has sound and no switch for it.
    is_loud: bool = False

    @property
    def mode(self) -> str:
        return "pro" if any(word in self.name for word in ("pro", "master", "1080p", "video-o1")) else "std"


def _model(name: str, fields: _Fields, *required: str, is_loud: bool = False, also: _Fields | None = None) -> Model:
    every = {"model": Text(), **fields}
    return Model(name, Record(every, frozenset({"model", *required}), also or {}, refuses_null=True), is_loud)


def _list_models() -> list[Model]:
    made = [
        _model(f"kling-video/{version}/image-to-video", {**_BRUSHED, **_TAIL}, "image_url")
        for version in ("v1/standard", "v1/pro", "v1.5/standard", "v1.5/pro", "v1.6/pro")
    ]
    made += [
        _model(f"kling-video/{version}/text-to-video", _MOVED, "prompt")
        for version in ("v1/standard", "v1/pro", "v1.5/pro", "v1.6/pro")
    ]
    made += [_model(f"kling-video/v2.1/{tier}/image-to-video", _BRUSHED, "image_url") for tier in ("standard", "pro")]
    for version in ("v2-master", "v2.1-master"):
        made.append(_model(f"klingai/{version}-image-to-video", {**_BRUSHED, **_PROVIDER}, "image_url"))
        made.append(_model(f"klingai/{version}-text-to-video", {**_MOVED, **_PROVIDER}, "prompt"))
    # One page has a last frame for 2.6, the other has none.
    heard_still: _Fields = {**_HEARD, "image_url": _PICTURE}
    heard_told: _Fields = {**_HEARD, "aspect_ratio": _RATIO, "cfg_scale": Number(0, 1)}
    several: _Fields = {
        "image_list": Many(_PICTURE, 2, 4),
        "prompt": Text(),
        "aspect_ratio": _RATIO,
        "duration": _SHORT,
        "negative_prompt": Text(),
    }
    made += [
        _model("kling-video/v1.6/standard/image-to-video", {**_STILL, **_PROVIDER}, "image_url", "prompt"),
        _model("kling-video/v1.6/standard/text-to-video", {**_TOLD, **_PROVIDER}, "prompt"),
        _model("kling-video/v1.6/standard/multi-image-to-video", several, "image_list"),
        _model("klingai/v2.5-turbo/pro/image-to-video", {**_STILL, **_PROVIDER}, "image_url", "prompt"),
        _model("klingai/v2.5-turbo/pro/text-to-video", {**_TOLD, **_PROVIDER}, "prompt"),
        _model("klingai/video-v2-6-pro-image-to-video", heard_still, "image_url", "prompt", also=_TAIL),
        _model("klingai/video-v2-6-pro-text-to-video", heard_told, "prompt"),
        *_list_third_models(),
        *_list_other_models(),
    ]
    return made


def _list_third_models() -> list[Model]:
    made = []
    # The schemas say `tail_image_url`, the page's example `last_image_url`.
    last: _Fields = {"last_image_url": _PICTURE}
    for name in ("standard", "pro", "omni-720p", "omni-1080p"):
        shots: _Fields = _OMNI_SHOTS if "omni" in name else {}
        looser: _Fields = {**last, **_OMNI_SHOTS}
        made.append(_model(f"klingai/video-v3-{name}-image-to-video", {**_V3_STILL, **shots}, "image_url", also=looser))
        made.append(_model(f"klingai/video-v3-{name}-text-to-video", {**_V3_TOLD, **shots}, also=_OMNI_SHOTS))
    for name in ("standard-turbo", "turbo-pro"):
        still: _Fields = {**_TURBO, "image_url": _PICTURE}
        told: _Fields = {**_TURBO, "aspect_ratio": _RATIO}
        made.append(_model(f"klingai/video-v3-{name}-image-to-video", still, "image_url", is_loud=True))
        made.append(_model(f"klingai/video-v3-{name}-text-to-video", told, is_loud=True))
    return made


def _list_other_models() -> list[Model]:
    pictures: _Fields = {"image_list": Many(_PICTURE, 1, 7)}
    still: _Fields = {**_O1, "image_url": _PICTURE, "last_image_url": _PICTURE}
    edit: _Fields = {**_O1_CLIP, **pictures, **_PROVIDER, "prompt": Text(longest=2500), "elements": _O1_ELEMENTS}
    guide: _Fields = {**_O1_GUIDED, **_O1_CLIP, "image_list": Many(_PICTURE, 1, 4)}
    face: _Fields = {"image_url": _PICTURE, "audio_url": Link(), "prompt": Text(longest=2500), **_PROVIDER}
    # The schemas list hundreds of scenes; which exist is not our business.
    effect: _Fields = {"image_url": _PICTURE, "effect_scene": Text(shortest=1), "duration": _SHORT}
    return [
        _model("klingai/video-o1-image-to-video", still, "image_url", "prompt"),
        _model("klingai/video-o1-reference-to-video", {**_O1_GUIDED, **pictures}, "prompt"),
        _model("klingai/video-o1-video-to-video-edit", edit, "prompt", "video_url"),
        _model("klingai/video-o1-video-to-video-reference", guide, "prompt", "video_url"),
        _model("klingai/video-v2-6-motion-control", _MOTION, "image_url", "video_url"),
        _model("klingai/video-v3-motion-control", _MOTION, "image_url", "video_url"),
        _model("klingai/avatar-standard", face, "image_url", "audio_url", is_loud=True),
        _model("klingai/avatar-pro", face, "image_url", "audio_url", is_loud=True),
        _model("klingai/kling-video-v1.6-standard-effects", effect, "image_url", "effect_scene"),
        _model("klingai/kling-video-v1.6-pro-effects", effect, "image_url", "effect_scene"),
    ]


def _list_older_models() -> list[Model]:
    """The older path: the ratio under two names. Its examples write lengths as strings, which is for the lenient."""
    ratios: _Fields = {"ratio": _RATIO, "aspect_ratio": _RATIO}
    still: _Fields = {**_STILL, **_TAIL, **ratios}
    named: _Fields = {
        **_BRUSHED,
        **_TAIL,
        "type": Choice(("image-to-video",)),
        "external_task_id": Text(),
    }
    made = [
        _model(f"kling-video/{version}/image-to-video", still, "image_url", "prompt", also={"type": Text()})
        for version in ("v1/standard", "v1/pro", "v1.6/standard", "v1.6/pro")
    ]
    made += [
        _model(f"kling-video/{version}/text-to-video", {**_BASE, **ratios}, "prompt", also={"type": Text()})
        for version in ("v1/standard", "v1/pro", "v1.6/standard")
    ]
    return [*made, _model("kling-video/v1.5/standard/image-to-video", named, "image_url")]


MODELS: Final[Mapping[str, Model]] = {model.name: model for model in _list_models()}
OLDER_MODELS: Final[Mapping[str, Model]] = {model.name: model for model in _list_older_models()}
