"""The Kling endpoints of fal: the fields of each and its price a second. The rules between fields: `fal_rules`.

From the model pages (fal.ai/models/… and fal.ai/docs/model-api-reference). Lengths are strings. What a page leaves
open (whether the older pro tiers take a last frame) is told where it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from runner.sandbox.dialects.fields import (
    URL_OR_DATA_URI,
    Anything,
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
from runner.sandbox.dialects.pictures import PictureLimits

_Fields = Mapping[str, Kind]

# The formats of its playgrounds; size and ratio are Kling's.
_PICTURE: Final = Picture(URL_OR_DATA_URI, limits=PictureLimits(formats=("JPEG", "PNG", "WEBP", "GIF", "AVIF")))
_RATIO: Final[_Fields] = {"aspect_ratio": Choice(("16:9", "9:16", "1:1"))}
_SCALE: Final[_Fields] = {"cfg_scale": Number(0, 1)}
_CORE: Final[_Fields] = {
    "prompt": Text(longest=2500),
    "duration": Choice(("5", "10")),
    "negative_prompt": Text(longest=2500),
}
_SOUND: Final[_Fields] = {"generate_audio": Flag()}
_VOICES: Final[_Fields] = {"voice_ids": Many(Text(shortest=1), most=2)}
_BEAT: Final = Record(
    {"prompt": Text(longest=512), "duration": Choice(tuple(str(seconds) for seconds in range(1, 16)))},
    frozenset({"prompt"}),
)
_POINT: Final = Record({"x": Whole(), "y": Whole()}, frozenset({"x", "y"}))
_MASKS: Final[_Fields] = {
    "static_mask_url": _PICTURE,
    # How many of them and of their points is nowhere said.
    "dynamic_masks": Many(Record({"mask_url": _PICTURE, "trajectories": Many(_POINT)}, frozenset({"mask_url"}))),
}
_CAMERA: Final[_Fields] = {
    "camera_control": Choice(("down_back", "forward_up", "right_turn_forward", "left_turn_forward")),
    # The page names its type and not its fields.
    "advanced_camera_control": Anything(),
}
_ELEMENT: Final = Record(
    {
        "frontal_image_url": _PICTURE,
        "reference_image_urls": Many(_PICTURE, 1, 3),
        "video_url": Link(),
    }
)
_THIRD: Final[_Fields] = {
    **_CORE,
    **_SCALE,
    **_SOUND,
    "duration": Choice(tuple(str(seconds) for seconds in range(3, 16))),
    "multi_prompt": Many(_BEAT, 1, 6),
    "shot_type": Choice(("customize", "intelligent")),
}
# 3.0 Omni has no negative prompt and no scale, and of the ways to divide a clip its pages name one.
_OMNI: Final[_Fields] = {
    **{name: _THIRD[name] for name in ("prompt", "duration", "generate_audio", "multi_prompt")},
    "shot_type": Choice(("customize",)),
}


@dataclass(frozen=True, slots=True)
class Price:
    """In USD a second; None where no page names it."""

    silent: Decimal | None = None
    heard: Decimal | None = None
    voiced: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Model:
    # Below `fal-ai/kling-video/`.
    path: str
    fields: Record
    price: Price = Price()
    # True where either `prompt` or `multi_prompt` is given, never both.
    has_beats: bool = False
    # True where the page asks for one of them and does not forbid both.
    takes_both: bool = False
    # What `generate_audio` is where it is not given.
    is_heard_unasked: bool = True

    @property
    def mode(self) -> str:
        tier = self.path.split("/")[1]
        return {"standard": "std", "4k": "4k"}.get(tier, "pro")


def _flat(amount: str) -> Price:
    return Price(Decimal(amount))


def _two(silent: str, heard: str) -> Price:
    return Price(Decimal(silent), Decimal(heard))


def _three(silent: str, heard: str, voiced: str) -> Price:
    return Price(Decimal(silent), Decimal(heard), Decimal(voiced))


# By each model's own page. An older page of v3 said twice as much.
_PRICES: Final[Mapping[str, Price]] = {
    "v1/standard": _flat("0.045"),
    "v2.1/standard": _flat("0.056"),
    "v2.1/pro": _flat("0.098"),
    "v2.1/master": _flat("0.28"),
    "v2.5-turbo/standard": _flat("0.042"),
    "v2.5-turbo/pro": _flat("0.07"),
    "v2.6/pro": _three("0.07", "0.14", "0.168"),
    "v3/standard": _three("0.084", "0.126", "0.154"),
    "v3/pro": _three("0.112", "0.168", "0.196"),
    "v3/4k": _three("0.42", "0.42", "0.42"),
    # Of the page for a first frame. What o3 pro costs is on no page that was found.
    "o3/standard": _two("0.084", "0.112"),
    "o3/4k": _two("0.42", "0.42"),
}
_OLDER_TOLD: Final = (
    "v1/standard",
    "v1/pro",
    "v1.5/pro",
    "v1.6/standard",
    "v1.6/pro",
    "v2/master",
    "v2.1/master",
    "v2.5-turbo/pro",
)
_OLDER_STILL: Final = (
    "v1/standard",
    "v1/pro",
    "v1.5/pro",
    "v1.6/standard",
    "v1.6/pro",
    "v2/master",
    "v2.1/standard",
    "v2.1/pro",
    "v2.1/master",
    "v2.5-turbo/standard",
    "v2.5-turbo/pro",
)
# The pages of 1.0 standard and 2.5 turbo pro have a last frame; for the other pro tiers it is assumed, and the lenient
# take it everywhere.
_TAILED: Final = frozenset({"v1/standard", "v1/pro", "v1.5/pro", "v1.6/pro", "v2.1/pro", "v2.5-turbo/pro"})


def _model(version: str, task: str, fields: _Fields, *required: str, also: _Fields | None = None) -> Model:
    record = Record(fields, frozenset(required), also or {})
    return Model(f"{version}/{task}", record, _PRICES.get(version, Price()), has_beats="multi_prompt" in fields)


def _list_models() -> list[Model]:
    told: _Fields = {**_CORE, **_SCALE, **_RATIO}
    still: _Fields = {**_CORE, **_SCALE, "image_url": _PICTURE}
    tail: _Fields = {"tail_image_url": _PICTURE}
    opened: _Fields = {"start_image_url": _PICTURE, "end_image_url": _PICTURE}
    made = []
    for version in _OLDER_TOLD:
        # The page of 1.0 pro was found without its list of fields: there they are those of the other versions.
        moved = _CAMERA if version == "v1/standard" else {}
        also = _CAMERA if version == "v1/pro" else {}
        made.append(_model(version, "text-to-video", {**told, **moved}, "prompt", also=also))
    for version in _OLDER_STILL:
        brushed = _MASKS if version == "v1/standard" else {}
        fields = {**still, **brushed, **(tail if version in _TAILED else {})}
        made.append(_model(version, "image-to-video", fields, "prompt", "image_url", also=tail))
    made += [
        _model("v2.6/pro", "text-to-video", {**told, **_SOUND}, "prompt", also=_VOICES),
        _model("v2.6/pro", "image-to-video", {**_CORE, **_SOUND, **_VOICES, **opened}, "prompt", "start_image_url"),
    ]
    for version in ("v3/standard", "v3/pro", "v3/4k"):
        seen: _Fields = {**_THIRD, **_VOICES, **opened, "elements": Many(_ELEMENT)}
        made.append(_model(version, "text-to-video", {**_THIRD, **_RATIO}, also=_VOICES))
        made.append(_model(version, "image-to-video", seen, "start_image_url"))
    return made + [model for version in ("o3/standard", "o3/pro", "o3/4k") for model in _list_omni(version)]


def _list_omni(version: str) -> list[Model]:
    """The pages of pro and 4k for a first frame were not found: they are taken to be as that of standard."""
    still: _Fields = {**_OMNI, "image_url": _PICTURE, "end_image_url": _PICTURE}
    shown: _Fields = {
        **_OMNI,
        **_RATIO,
        "start_image_url": _PICTURE,
        "end_image_url": _PICTURE,
        "image_urls": Many(_PICTURE),
        "elements": Many(_ELEMENT),
    }
    made = (
        replace(_model(version, "text-to-video", {**_OMNI, **_RATIO}), takes_both=True),
        _model(version, "image-to-video", still, "image_url"),
        _model(version, "reference-to-video", shown),
    )
    return [replace(model, is_heard_unasked=False) for model in made]


MODELS: Final[Mapping[str, Model]] = {model.path: model for model in _list_models()}
VOICE: Final = Record({"voice_url": Link()}, frozenset({"voice_url"}))
VOICE_PRICE: Final = Decimal("0.007")
