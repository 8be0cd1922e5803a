"""What the fields of the bodies of Kling's older interface look like. What they mean together is in `kling_rules`."""

from collections.abc import Mapping
from typing import Final

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

TEXT_MODELS: Final = (
    *("kling-v1", "kling-v1-6", "kling-v2-master", "kling-v2-1-master"),
    *("kling-v2-5-turbo", "kling-v2-6", "kling-v3"),
)
IMAGE_MODELS: Final = (
    *("kling-v1", "kling-v1-5", "kling-v1-6", "kling-v2-master", "kling-v2-1", "kling-v2-1-master"),
    *("kling-v2-5-turbo", "kling-v2-6", "kling-v3"),
)
OMNI_MODELS: Final = ("kling-video-o1", "kling-v3-omni")
MULTI_IMAGE_MODELS: Final = ("kling-v1-6",)
MOVES: Final = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")

PICTURE: Final = Picture(URL_OR_BASE64)
PROMPT: Final = Text(2500)
SOUND: Final = Choice(("on", "off"))
RATIO: Final = Choice(("16:9", "9:16", "1:1"))
SECONDS: Final = Choice(tuple(str(seconds) for seconds in range(3, 16)))
WATERMARK: Final = Record({"enabled": Flag()}, drops_empty=True)
CAMERA: Final = Record(
    {
        "type": Choice(("simple", "down_back", "forward_up", "right_turn_forward", "left_turn_forward")),
        "config": Record(dict.fromkeys(MOVES, Number(-10, 10))),
    },
    required=frozenset({"type"}),
)
BEAT: Final = Record(
    {"index": Whole(), "prompt": Text(512, 1), "duration": Choice(tuple(str(seconds) for seconds in range(1, 16)))},
    required=frozenset({"index", "prompt", "duration"}),
)
DYNAMIC_MASK: Final = Record(
    {"mask": PICTURE, "trajectories": Many(Record({"x": Whole(), "y": Whole()}, frozenset({"x", "y"})), 2, 77)},
    required=frozenset({"mask", "trajectories"}),
)
VOICES: Final = Many(Record({"voice_id": Text(shortest=1)}, required=frozenset({"voice_id"})), most=2)
ELEMENT_ID: Final = Record({"element_id": Whole(1)}, required=frozenset({"element_id"}))

# Every create has these.
_TASK: Final[Mapping[str, Kind]] = {"callback_url": Link(), "external_task_id": Text()}
_CLIP: Final[Mapping[str, Kind]] = {
    **_TASK,
    "prompt": PROMPT,
    "negative_prompt": Text(2500),
    "mode": Choice(("std", "pro", "4k")),
    "duration": SECONDS,
    "watermark_info": WATERMARK,
}
_BEATS: Final[Mapping[str, Kind]] = {
    # Kling's own example and shipped clients send it as a word.
    "multi_shot": Flag(takes_words=True),
    "shot_type": Choice(("customize", "intelligence")),
    "multi_prompt": Many(BEAT, most=6),
}
_SINGLE: Final[Mapping[str, Kind]] = {
    **_CLIP,
    **_BEATS,
    "model_name": Text(),
    "sound": SOUND,
    "cfg_scale": Number(0, 1),
    "camera_control": CAMERA,
}

TEXT: Final = Record({**_SINGLE, "aspect_ratio": RATIO}, drops_empty=True)
IMAGE: Final = Record(
    {
        **_SINGLE,
        "image": PICTURE,
        "image_tail": PICTURE,
        "static_mask": PICTURE,
        "dynamic_masks": Many(DYNAMIC_MASK, most=6),
        "voice_list": VOICES,
        "element_list": Many(ELEMENT_ID, most=3),
    },
    drops_empty=True,
)
MULTI_IMAGE: Final = Record(
    {
        **_CLIP,
        "model_name": Text(),
        "image_list": Many(Record({"image": PICTURE}, required=frozenset({"image"})), 1, 4),
        "aspect_ratio": RATIO,
        "mode": Choice(("std", "pro")),
        "duration": Choice(("5", "10")),
    },
    required=frozenset({"image_list", "prompt"}),
    drops_empty=True,
)
# What is not to be seen is said in the prompt.
OMNI: Final = Record(
    {
        **{name: kind for name, kind in _CLIP.items() if name != "negative_prompt"},
        **_BEATS,
        "model_name": Text(),
        "image_list": Many(
            Record(
                {"image_url": PICTURE, "type": Choice(("first_frame", "end_frame"))},
                required=frozenset({"image_url"}),
                drops_empty=True,
            ),
            most=7,
        ),
        "element_list": Many(ELEMENT_ID, most=7),
        "video_list": Many(
            Record(
                {
                    "video_url": Link(),
                    "refer_type": Choice(("feature", "base")),
                    "keep_original_sound": Choice(("yes", "no")),
                },
                required=frozenset({"video_url"}),
                drops_empty=True,
            ),
            most=1,
        ),
        "sound": SOUND,
        "aspect_ratio": RATIO,
    },
    required=frozenset({"model_name"}),
    drops_empty=True,
)
VOICE: Final = Record(
    {**_TASK, "voice_name": Text(20, 1), "voice_url": Link(), "video_id": Text()},
    required=frozenset({"voice_name"}),
    drops_empty=True,
)
ELEMENT: Final = Record(
    {
        **_TASK,
        "element_name": Text(20, 1),
        "element_description": Text(100, 1),
        "reference_type": Choice(("image_refer", "video_refer")),
        "element_image_list": Record(
            {
                "frontal_image": PICTURE,
                "refer_images": Many(Record({"image_url": PICTURE}, required=frozenset({"image_url"})), 1, 3),
            },
            required=frozenset({"frontal_image", "refer_images"}),
        ),
        "element_video_list": Record(
            {"refer_videos": Many(Record({"video_url": Link()}, required=frozenset({"video_url"})), 1, 1)},
            required=frozenset({"refer_videos"}),
        ),
        "element_voice_id": Text(),
        "tag_list": Many(
            Record(
                {"tag_id": Choice(tuple(f"o_{number}" for number in range(101, 109)))}, required=frozenset({"tag_id"})
            )
        ),
    },
    required=frozenset({"element_name", "element_description", "reference_type"}),
    drops_empty=True,
)
