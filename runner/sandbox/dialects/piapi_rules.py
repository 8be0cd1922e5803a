"""What PiAPI takes for its Kling task `video_generation`, the rules between the fields, and what it costs.

From piapi.ai/docs/kling-api and its price pages. Which versions there are is nowhere listed in one place.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.bodies import bodies_in, flag_in, given, sum_of_beats, text_in, whole_in
from runner.sandbox.dialects.fields import (
    URL_ONLY,
    URL_OR_DATA_URI,
    Anything,
    Body,
    Choice,
    Fault,
    FaultKind,
    Flag,
    Kind,
    Many,
    Number,
    Picture,
    Record,
    Text,
    Whole,
)

# The fields are called URLs and nothing else is documented.
_PICTURE: Final = Picture(URL_ONLY, also=URL_OR_DATA_URI)
_SHORT: Final = frozenset({5, 10})
_LONG: Final = frozenset(range(3, 16))
_LONG_VERSIONS: Final = frozenset({"3.0", "3.0-turbo"})
_HEARD_VERSIONS: Final = frozenset({"2.6", "3.0", "3.0-turbo"})
# Named on the pages of the interface or of prices.
_VERSIONS: Final = ("1.0", "1.5", "1.6", "2.0", "2.1", "2.1-master", "2.5", "2.5-turbo", "2.6", "3.0", "3.0-turbo")
_BEAT: Final = Record({"prompt": Text(longest=512), "duration": Whole(1)}, frozenset({"prompt", "duration"}))
_INPUT: Final[Mapping[str, Kind]] = {
    "prompt": Text(longest=2500),
    "negative_prompt": Text(longest=2500),
    "cfg_scale": Number(0, 1),
    "duration": Whole(3, 15),
    "aspect_ratio": Choice(("16:9", "9:16", "1:1")),
    "mode": Choice(("std", "pro")),
    "version": Choice(_VERSIONS),
    "image_url": _PICTURE,
    "image_tail_url": _PICTURE,
    # Its form is that of the website: taken as it is.
    "camera_control": Anything(),
    "enable_audio": Flag(),
    "prefer_multi_shots": Flag(),
    "multi_shots": Many(_BEAT, 1, 6),
    "elements": Many(Record({"image_url": _PICTURE}, also={"name": Text(), "images": Many(_PICTURE)}), 1, 4),
}
_HOOK: Final = Record({"endpoint": Text(), "secret": Text()}, drops_empty=True)
INPUT: Final = Record(_INPUT, drops_empty=True)
TASK: Final = Record(
    {
        "model": Choice(("kling", "kling-turbo")),
        # Extending, lip-sync and effects need a clip made here before; they are not served.
        "task_type": Choice(("video_generation",)),
        "input": INPUT,
        "config": Record({"service_mode": Choice(("public", "private")), "webhook_config": _HOOK}, drops_empty=True),
    },
    frozenset({"model", "task_type", "input"}),
)

# USD for five seconds without sound, std and pro; for ten, twice that (inferred).
_FOR_FIVE: Final[Mapping[str, tuple[str, str]]] = {
    "1.6": ("0.26", "0.46"),
    "2.1-master": ("0.96", "0.96"),
    "2.5": ("0.20", "0.33"),
    "2.5-turbo": ("0.20", "0.33"),
    "2.6": ("0.20", "0.33"),
}
# USD a second by mode: without and with sound.
_A_SECOND: Final[Mapping[str, tuple[str, str]]] = {"std": ("0.10", "0.15"), "pro": ("0.15", "0.20")}
_TURBO_A_SECOND: Final[Mapping[str, str]] = {"std": "0.13", "pro": "0.19"}


def find_conflicts(body: Body, strictness: Strictness) -> list[Fault]:
    """Rules between the fields of an input. Those the pages do not tell are Kling's own and hold only when strict."""
    version = text_in(body, "version")
    is_still = bool(given(body, "image_url"))
    if given(body, "image_tail_url") and not is_still:
        return [_fault("image_tail_url", "needs to be used with image_url")]
    if not given(body, "prompt", "multi_shots", "image_url"):
        return [_fault("prompt", "is required")]
    allowed = _LONG if version in _LONG_VERSIONS else _SHORT
    if whole_in(body, "duration", 5) not in allowed:
        return [_fault("duration", f"must be one of {', '.join(map(str, sorted(allowed)))} for version {version}")]
    if strictness is Strictness.LENIENT:
        return []
    for name in given(body, "camera_control", "aspect_ratio") if is_still else ():
        return [_fault(name, "is only accepted for text-to-video tasks")]
    if flag_in(body, "enable_audio", default=False) and version not in _HEARD_VERSIONS:
        return [_fault("enable_audio", f"version {version} has no sound")]
    beats = bodies_in(body, "multi_shots")
    if beats and version not in _LONG_VERSIONS:
        return [_fault("multi_shots", f"version {version} has no shots")]
    total, found = whole_in(body, "duration", 5), sum_of_beats(beats)
    if beats and total != found:
        return [_fault("multi_shots", f"durations add up to {found}, duration is {total}")]
    return []


def price_of(body: Body) -> Decimal | None:
    """None where no page names it."""
    version, seconds = text_in(body, "version") or "", whole_in(body, "duration", 5)
    mode = text_in(body, "mode") or "std"
    has_sound = flag_in(body, "enable_audio", default=False)
    if version == "3.0":
        return Decimal(_A_SECOND[mode][has_sound]) * seconds
    if version == "3.0-turbo":
        return Decimal(_TURBO_A_SECOND[mode]) * seconds
    if version in _FOR_FIVE and not has_sound:
        return Decimal(_FOR_FIVE[version][mode == "pro"]) * seconds / 5
    return None


def _fault(name: str, text: str) -> Fault:
    return Fault(FaultKind.VALUE, ("input", name), text)
