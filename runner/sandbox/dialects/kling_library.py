"""Voices and elements of an account at Kling: what may be made, how it is shown, and what everybody has."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from runner.core.canonical import Json
from runner.sandbox.dialect import Job, Phase, Strictness, Wanted
from runner.sandbox.dialects.bodies import given, text_in
from runner.sandbox.dialects.fields import Body
from runner.sandbox.dialects.kling_prices import ELEMENT, VOICE

_SAMPLE_ENDINGS: Final = (".mp3", ".wav", ".mp4", ".mov")
CLIP_ENDINGS: Final = (".mp4", ".mov")
# The creator's number in `owned_by`; what is everybody's is owned by "kling".
_OWNER: Final = "10000001"
_PRESET_VOICES: Final = {"829824295735410756": "Gravel", "829824295735410757": "Morning"}
_PRESET_ELEMENTS: Final = {161: "Lantern", 163: "Harbour"}


def find_voice_complaints(body: Body, strictness: Strictness) -> Iterator[str]:
    if len(given(body, "voice_url", "video_id")) != 1:
        yield "voice_url, video_id: exactly one is required"
    if strictness is Strictness.STRICT and not may_be(text_in(body, "voice_url"), _SAMPLE_ENDINGS):
        yield "voice_url: must be mp3, wav, mp4 or mov"


def find_element_complaints(body: Body, strictness: Strictness) -> Iterator[str]:
    wanted = "element_image_list" if body["reference_type"] == "image_refer" else "element_video_list"
    if not given(body, wanted):
        yield f"{wanted}: is required when reference_type is {body['reference_type']}"
    videos = body.get("element_video_list")
    for video in videos.get("refer_videos", ()) if isinstance(videos, Mapping) else ():  # type: ignore[union-attr]  # an array of records: it was checked
        if strictness is Strictness.STRICT and not may_be(text_in(video, "video_url"), CLIP_ENDINGS):  # type: ignore[arg-type]  # see above
            yield "element_video_list: must be mp4 or mov"


def want_voice(body: Body) -> Wanted:
    return Wanted(
        product="voice",
        price=VOICE,
        external_id=text_in(body, "external_task_id"),
        callback_url=text_in(body, "callback_url"),
        echo={"name": body["voice_name"], "url": body.get("voice_url", "")},
    )


def want_element(body: Body) -> Wanted:
    bound = text_in(body, "element_voice_id")
    return Wanted(
        product="element",
        price=ELEMENT,
        external_id=text_in(body, "external_task_id"),
        callback_url=text_in(body, "callback_url"),
        uses=(bound,) if bound else (),
        echo={
            "element_name": body["element_name"],
            "element_description": body["element_description"],
            "reference_type": body["reference_type"],
            "tag_list": body.get("tag_list", []),
        },
    )


def show_product(job: Job) -> dict[str, Json]:
    """The `task_result` of a voice or an element that is there, or was."""
    if job.wanted.product == "voice":
        gone = job.phase is Phase.DELETED
        voice = _voice(job.product_id or "", str(job.wanted.echo["name"]), str(job.wanted.echo["url"]), _OWNER)
        # That a voice is deleted shows by its not being there.
        return {"voices": [] if gone else [voice]}
    status = "deleted" if job.phase is Phase.DELETED else "succeed"
    return {
        "elements": [{"element_id": int(job.product_id or 0), **job.wanted.echo, "owned_by": _OWNER, "status": status}]
    }


def list_preset_voices() -> list[Json]:
    return [
        _preset(number, {"voices": [_voice(voice, name, "", "kling")]})
        for number, (voice, name) in enumerate(_PRESET_VOICES.items())
    ]


def list_preset_elements() -> list[Json]:
    return [
        _preset(number, {"elements": [_element(element, name)]})
        for number, (element, name) in enumerate(_PRESET_ELEMENTS.items())
    ]


def _voice(voice: str, name: str, url: str, owner: str) -> dict[str, Json]:
    return {"voice_id": voice, "voice_name": name, "trial_url": url, "owned_by": owner}


def _element(element: int, name: str) -> dict[str, Json]:
    return {
        "element_id": element,
        "element_name": name,
        "element_description": name,
        "reference_type": "image_refer",
        "tag_list": [],
        "owned_by": "kling",
        "status": "succeed",
    }


def _preset(number: int, result: dict[str, Json]) -> dict[str, Json]:
    # Times of the vendor's samples.
    made = 1722769557708 + number
    return {
        "task_id": f"8000000000000000{number:02}",
        "task_status": "succeed",
        "task_status_msg": "",
        "task_result": result,
        "created_at": made,
        "updated_at": made,
    }


def may_be(url: str | None, endings: tuple[str, ...]) -> bool:
    """An address that does not say what it is may be anything."""
    name = urlsplit(url or "").path.rsplit("/", 1)[-1].lower()
    return "." not in name or name.endswith(endings)
