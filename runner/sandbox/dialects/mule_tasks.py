"""What MuleRun and MuleRouter take: every task with its fields. The rules between fields are in `mule_rules`.

From the vendors' pages on Kling v2.6 and v3, and from their own client for v3-omni. No page on v2.5-turbo is known:
its fields are taken to be those of v2.6 less sound and voices.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.core.canonical import Json
from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.fields import (
    URL_OR_BASE64,
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
from runner.sandbox.dialects.mule_rules import (
    Rule,
    beats_add_up,
    both_frames_need_pro_and_silence,
    clip_is_for,
    elements_are_listed,
    last_is_not_alone,
    last_needs_first,
    masks_fit,
    needs_either,
    one_of_last_masks_camera,
    ratio_without_first,
    references_at_most,
    simple_camera_has_one_move,
    sound_needs_pro,
    tail_excludes_masks,
    voices_are_heard,
)

_PICTURE: Final = Picture(URL_OR_BASE64)
_RATIO: Final = Choice(("16:9", "9:16", "1:1"))
_SWITCH: Final = Choice(("on", "off"))
_AXES: Final = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")

_PROMPTS: Final[Mapping[str, Kind]] = {"prompt": Text(longest=2500), "negative_prompt": Text(longest=2500)}
_CORE: Final[Mapping[str, Kind]] = {**_PROMPTS, "mode": Choice(("std", "pro"))}
_SHORT: Final[Mapping[str, Kind]] = {**_CORE, "duration": Choice((5, 10))}
_LONG: Final[Mapping[str, Kind]] = {**_CORE, "duration": Whole(3, 15)}
_POINT: Final = Record({"x": Whole(), "y": Whole()}, frozenset({"x", "y"}))
_BRUSHES: Final[Mapping[str, Kind]] = {
    "static_mask": _PICTURE,
    "dynamic_masks": Many(
        # The pages do not print an item's shape; Kling's own is taken.
        Record({"mask": _PICTURE, "trajectories": Many(_POINT, 2, 77)}, frozenset({"mask", "trajectories"})),
        most=6,
    ),
}
_BEATS: Final[Mapping[str, Kind]] = {
    "multi_shot": Flag(takes_words=True),
    "shot_type": Choice(("customize", "intelligence")),
    "multi_prompt": Many(
        Record(
            {"prompt": Text(longest=512), "duration": Whole(1)},
            frozenset({"prompt", "duration"}),
            # Kling numbers the shots itself; no page of this gateway does.
            also={"index": Whole()},
        ),
        1,
        6,
    ),
}
_ELEMENT: Final = Record(
    {
        "type": Choice(("image", "video")),
        "frontal_image": _PICTURE,
        "reference_images": Many(_PICTURE, 1, 3),
        "reference_videos": Many(Link(), 1),
    }
)
_CAMERA: Final = Record(
    {
        "type": Choice(("simple", "down_back", "forward_up", "right_turn_forward", "left_turn_forward")),
        "config": Record(dict.fromkeys(_AXES, Number(-10, 10))),
    },
    frozenset({"type"}),
)
_CLIP: Final = Record(
    {
        "video_url": Link(),
        "refer_type": Choice(("feature", "base")),
        "keep_original_sound": Choice(("yes", "no")),
    },
    frozenset({"video_url"}),
)


@dataclass(frozen=True, slots=True)
class Task:
    """One create path below `/vendors/klingai/v1/`."""

    path: str
    fields: Record
    rules: tuple[Rule, ...] = ()
    default_mode: str = "std"
    first: str = "first_frame"
    last: str = "last_frame"
    default_ratio: str | None = None

    def find_complaints(self, body: Json, strictness: Strictness) -> Iterator[str]:
        faults = list(self.fields.find_faults(body, (), strictness))
        yield from (f"{fault.place}: {fault.text}" if fault.where else fault.text for fault in faults)
        if not faults and isinstance(body, Mapping):
            for rule in self.rules:
                complaint = rule(body, strictness)
                if complaint is not None:
                    yield complaint


_FRAMES: Final[Mapping[str, Kind]] = {"first_frame": _PICTURE, "last_frame": _PICTURE}
_OMNI: Final[Mapping[str, Kind]] = {**_LONG, "model_name": Choice(("kling-v3-omni",)), "aspect_ratio": _RATIO}
_OMNI_TOLD: Final[Mapping[str, Kind]] = {**_OMNI, **_BEATS, "sound": _SWITCH}
_GUIDES: Final[Mapping[str, Kind]] = {"images": Many(_PICTURE), "elements": Many(_ELEMENT)}
_CLIPS: Final[Mapping[str, Kind]] = {"video": Many(_CLIP, 1, 1)}
_EDIT: Final[Mapping[str, Kind]] = {**_CORE, **_GUIDES, **_CLIPS, "model_name": Choice(("kling-v3-omni",))}
_PROMPT: Final = frozenset({"prompt"})
_STILLS: Final[Mapping[str, Kind]] = {**_SHORT, **_BRUSHES, "image": _PICTURE, "image_tail": _PICTURE}
_VOICES: Final[Mapping[str, Kind]] = {
    "voice_list": Many(Record({"voice_id": Text(shortest=1)}, frozenset({"voice_id"})), most=2)
}
_STILL_RULES: Final[tuple[Rule, ...]] = (
    needs_either("image", "image_tail"),
    last_is_not_alone("image", "image_tail"),
    tail_excludes_masks,
    masks_fit,
    both_frames_need_pro_and_silence,
)

_TASKS: Final = (
    Task(
        "kling-v2.5-turbo/text-to-video/generation",
        Record({**_SHORT, "aspect_ratio": _RATIO}, _PROMPT),
        default_ratio="16:9",
    ),
    Task("kling-v2.5-turbo/image-to-video/generation", Record(_STILLS), _STILL_RULES, first="image", last="image_tail"),
    Task(
        "kling-v2.6/text-to-video/generation",
        Record({**_SHORT, "aspect_ratio": _RATIO, "sound": _SWITCH}, _PROMPT),
        (sound_needs_pro,),
        default_ratio="16:9",
    ),
    Task(
        "kling-v2.6/image-to-video/generation",
        Record({**_STILLS, **_VOICES, "sound": _SWITCH}),
        (*_STILL_RULES, sound_needs_pro, voices_are_heard),
        first="image",
        last="image_tail",
    ),
    Task(
        "kling-v3/text-to-video/generation",
        # One of the router's pages lists frames and elements here, its other page does not.
        Record(
            {**_LONG, **_BEATS, "sound": _SWITCH, "aspect_ratio": _RATIO},
            also={**_FRAMES, "elements": Many(_ELEMENT, most=3)},
        ),
        (beats_add_up,),
        default_ratio="16:9",
    ),
    Task(
        "kling-v3/image-to-video/generation",
        Record(
            {
                **_LONG,
                **_BEATS,
                **_FRAMES,
                **_BRUSHES,
                "sound": _SWITCH,
                "elements": Many(_ELEMENT, 1, 3),
                "camera_control": _CAMERA,
            }
        ),
        (
            needs_either("first_frame", "last_frame"),
            last_is_not_alone("first_frame", "last_frame"),
            beats_add_up,
            one_of_last_masks_camera,
            masks_fit,
            elements_are_listed,
            simple_camera_has_one_move,
        ),
    ),
    Task(
        "kling-v3-omni/text-to-video/generation",
        Record(_OMNI_TOLD),
        (beats_add_up,),
        default_mode="pro",
        default_ratio="16:9",
    ),
    Task(
        "kling-v3-omni/image-to-video/generation",
        # The client's own text speaks of elements here and has no field for them.
        Record({**_OMNI_TOLD, **_FRAMES}, also=_GUIDES),
        (beats_add_up, last_needs_first, ratio_without_first),
        default_mode="pro",
    ),
    Task(
        "kling-v3-omni/reference-image-to-video/generation",
        Record({**_OMNI_TOLD, **_FRAMES, **_GUIDES}),
        (beats_add_up, last_needs_first, references_at_most(7), elements_are_listed),
        default_mode="pro",
        default_ratio="16:9",
    ),
    Task(
        "kling-v3-omni/reference-video-to-video/generation",
        Record({**_OMNI, **_FRAMES, **_GUIDES, **_CLIPS}, _PROMPT | {"video"}),
        (clip_is_for("feature"), last_needs_first, references_at_most(4), elements_are_listed),
        default_mode="pro",
    ),
    Task(
        "kling-v3-omni/video-to-video/edit",
        Record(_EDIT, _PROMPT | {"video"}),
        (clip_is_for("base"), references_at_most(4), elements_are_listed),
        default_mode="pro",
    ),
)
TASKS: Final[Mapping[str, Task]] = {task.path.rpartition("/")[0]: task for task in _TASKS}
