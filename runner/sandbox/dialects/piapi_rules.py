"""What PiAPI takes for its Kling tasks that make a clip, the rules between the fields, and what they cost.

From piapi.ai/docs/kling-api and its price pages. Which versions there are is nowhere listed in one place. Extending,
lip-sync and effects need a clip made here before; they are not served.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
_SETTINGS: Final = Record({"service_mode": Choice(("public", "private")), "webhook_config": _HOOK}, drops_empty=True)
# 3.0 Omni, as its example and the answer to it have it. How long a prompt may be and how many shots there may be is
# told on the page of 3.0 alone.
_OMNI_MODES: Final[Mapping[str, str]] = {"720p": "std", "1080p": "pro"}
_OMNI_INPUT: Final[Mapping[str, Kind]] = {
    **{name: _INPUT[name] for name in ("prompt", "duration", "aspect_ratio", "enable_audio", "multi_shots")},
    "version": Choice(("3.0",)),
    "resolution": Choice(tuple(_OMNI_MODES)),
}
# Clients send pictures so; the page of prices only says that a prompt refers to them.
_OMNI_PICTURES: Final[Mapping[str, Kind]] = {"images": Many(_PICTURE)}
_KINDS: Final = ("video_generation", "omni_video_generation")

# USD for five seconds without sound, std and pro. What ten cost is on no page.
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


@dataclass(frozen=True, slots=True)
class Task:
    """One `task_type`. What its functions are given is an input whose fields were found right."""

    body: Record
    input: Record
    find_conflicts: Callable[[Body, Strictness], list[Fault]]
    price_of: Callable[[Body], Decimal | None]
    seconds_of: Callable[[Body], int]
    mode_of: Callable[[Body], str]
    # True where the result is a bare address, which is empty until there is one.
    is_bare: bool = False


def task_of(body: object) -> Task:
    """The first of them where the body names none."""
    kind = body.get("task_type") if isinstance(body, Mapping) else None
    return TASKS[kind] if isinstance(kind, str) and kind in TASKS else TASKS[_KINDS[0]]


def _find_conflicts(body: Body, strictness: Strictness) -> list[Fault]:
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


def _price_of(body: Body) -> Decimal | None:
    """None where no page names it."""
    version, seconds = text_in(body, "version") or "", _seconds_of(body)
    mode = _mode_of(body)
    has_sound = flag_in(body, "enable_audio", default=False)
    if version == "3.0":
        return Decimal(_A_SECOND[mode][has_sound]) * seconds
    if version == "3.0-turbo":
        return Decimal(_TURBO_A_SECOND[mode]) * seconds
    if version in _FOR_FIVE and not has_sound and seconds == 5:
        return Decimal(_FOR_FIVE[version][mode == "pro"])
    return None


def _seconds_of(body: Body) -> int:
    return whole_in(body, "duration", 5)


def _mode_of(body: Body) -> str:
    return text_in(body, "mode") or "std"


def _find_omni_conflicts(body: Body, strictness: Strictness) -> list[Fault]:
    if not given(body, "prompt", "multi_shots"):
        return [_fault("prompt", "is required")]
    if strictness is Strictness.STRICT and _omni_seconds_of(body) not in _LONG:
        # Kling's own: the page says of shots only that they take the place of the duration.
        return [_fault("multi_shots", f"durations add up to {_omni_seconds_of(body)}, which is not within 3 to 15")]
    return []


def _omni_price_of(body: Body) -> Decimal:
    """By the page of prices; the older one of the interface asks for more."""
    has_sound = flag_in(body, "enable_audio", default=False)
    return Decimal(_A_SECOND[_omni_mode_of(body)][has_sound]) * _omni_seconds_of(body)


def _omni_seconds_of(body: Body) -> int:
    """Where shots are given, "prompt and duration will be ignored"."""
    return sum_of_beats(bodies_in(body, "multi_shots")) or whole_in(body, "duration", 5)


def _omni_mode_of(body: Body) -> str:
    return _OMNI_MODES[text_in(body, "resolution") or "720p"]


def _fault(name: str, text: str) -> Fault:
    return Fault(FaultKind.VALUE, ("input", name), text)


def _envelope_of(wanted: Record, *models: str) -> Record:
    fields: Mapping[str, Kind] = {
        "model": Choice(models),
        "task_type": Choice(_KINDS),
        "input": wanted,
        "config": _SETTINGS,
    }
    return Record(fields, frozenset({"model", "task_type", "input"}))


def _list_tasks() -> tuple[Task, Task]:
    usual = Record(_INPUT, drops_empty=True)
    omni = Record(_OMNI_INPUT, also=_OMNI_PICTURES, drops_empty=True)
    return (
        Task(_envelope_of(usual, "kling", "kling-turbo"), usual, _find_conflicts, _price_of, _seconds_of, _mode_of),
        Task(
            _envelope_of(omni, "kling"),
            omni,
            _find_omni_conflicts,
            _omni_price_of,
            _omni_seconds_of,
            _omni_mode_of,
            is_bare=True,
        ),
    )


TASKS: Final[Mapping[str, Task]] = dict(zip(_KINDS, _list_tasks(), strict=True))
