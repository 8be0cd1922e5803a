"""The canonical request of one roll of one shot, and its key. The maker's part beside it is next door, in `makers`.

What is in a key and what is not is told in docs/key.md. A field that is not set is absent, so that a field added to the
format later changes no key of today.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from runner.core.canonical import Json, digest_value
from runner.model.request import Identity, Key
from runner.model.storyboard import (
    At,
    Beat,
    Chained,
    Element,
    Line,
    Masks,
    Mention,
    Picture,
    Prompt,
    Shot,
    Sound,
    Storyboard,
    Voice,
)

FRAME_FIELDS = ("first_frame", "last_frame")


def canonical_request(
    storyboard: Storyboard, shot: Shot, roll: int, medium: str, sources: Mapping[str, Identity]
) -> dict[str, Json]:
    """`sources`: by frame field, the take a chained frame is cut from; all of them must be known."""
    return complete_request(own_request(storyboard, shot, medium), shot, roll, sources)


def own_request(storyboard: Storyboard, shot: Shot, medium: str) -> dict[str, Json]:
    """All of a request that the storyboard alone decides: neither its roll nor frames of other shots."""
    request: dict[str, Json] = {
        "medium": medium,
        "model": shot.model.value,
        "mode": shot.mode.value,
        "duration": shot.duration.value,
        "sound": shot.sound.value,
        "watermark": shot.watermark.value,
        **_optional_settings(shot),
        **_words(shot),
        **_mentioned(storyboard, shot),
    }
    if shot.first_frame is None and shot.last_frame is None:
        request["aspect_ratio"] = shot.aspect_ratio.value
    if shot.masks is not None:
        request["masks"] = _masks(shot.masks)
    for name, frame in (("first_frame", shot.first_frame), ("last_frame", shot.last_frame)):
        if isinstance(frame, Picture):
            request[name] = _file(frame)
    return request


def complete_request(
    own: Mapping[str, Json], shot: Shot, roll: int, sources: Mapping[str, Identity]
) -> dict[str, Json]:
    frames: dict[str, Json] = {name: chained_frame(frame, sources[name]) for name, frame in shot.chained}
    return {**own, **frames, "roll": roll}


def outline_request(storyboard: Storyboard, shot: Shot, medium: str) -> dict[str, Json]:
    """A request with a blank for each chained frame: enough to know what kind of request it is, never sent."""
    return complete_request(own_request(storyboard, shot, medium), shot, 1, dict.fromkeys(FRAME_FIELDS, Identity("")))


def chained_frame(frame: Chained, source: Identity) -> dict[str, Json]:
    return {"take": source, "at": at_text(frame.at)}


def at_text(at: At) -> str:
    """`first`, `last`, or seconds without needless zeros: `2.50` and `2.5` are the same picture."""
    return f"{at.normalize():f}" if isinstance(at, Decimal) else at


def request_key(canonical: Mapping[str, Json]) -> Key:
    return Key(digest_value("request/1", canonical))


def request_parts(canonical: Mapping[str, Json]) -> dict[str, str]:
    """A short digest of each field, so that a later plan can name what changed."""
    return {name: part_of(value) for name, value in canonical.items()}


def part_of(value: Json) -> str:
    return _plain_part(value) if isinstance(value, bool | int | str) else _part(value)


def _part(value: Json) -> str:
    return digest_value("part/1", value)[:16]


# Models, modes and durations are the same few words in every shot of a film.
_plain_part = lru_cache(maxsize=4096, typed=True)(_part)


def job_name(production: str, key: Key, known_failures: int) -> str:
    """Our name for a job: derived, not drawn, so that whoever asks for the same asks under the same name."""
    value: dict[str, Json] = {"production": production, "key": key, "known_failures": known_failures}
    return "fc-" + digest_value("job/1", value)[:40]


def _optional_settings(shot: Shot) -> dict[str, Json]:
    settings: dict[str, Json] = {}
    if shot.negative_prompt is not None:
        settings["negative_prompt"] = shot.negative_prompt.value
    if shot.cfg_scale is not None:
        settings["cfg_scale"] = shot.cfg_scale.value
    if shot.seed is not None:
        settings["seed"] = shot.seed.value
    if shot.camera is not None:
        camera = shot.camera.value
        fields: dict[str, Json] = {"type": camera.type, "move": camera.move, "amount": camera.amount}
        settings["camera"] = {name: value for name, value in fields.items() if value is not None}
    return settings


def _words(shot: Shot) -> dict[str, Json]:
    words: dict[str, Json] = {}
    if shot.prompt:
        words["prompt"] = _prompt(shot.prompt)
    if shot.beats is not None:
        beats = shot.beats.value
        words["beats"] = "auto" if beats == "auto" else [_beat(beat) for beat in beats]
    spoken: list[Json] = [_line(line) for line in shot.dialogue if line.spoken]
    if spoken:
        words["dialogue"] = spoken
    return words


def _prompt(prompt: Prompt) -> list[Json]:
    return [{part.kind: part.name} if isinstance(part, Mention) else part for part in prompt]


def _beat(beat: Beat) -> dict[str, Json]:
    return {"prompt": _prompt(beat.prompt), "duration": beat.duration}


def _line(line: Line) -> dict[str, Json]:
    by: dict[str, Json] = {} if line.by is None else {"by": line.by}
    return {"voice": line.voice, **by, "text": _prompt(line.text)}


def _mentioned(storyboard: Storyboard, shot: Shot) -> dict[str, Json]:
    elements: dict[str, Json] = {
        name: _element(storyboard.elements[name]) for name in shot.mentioned_elements if name in storyboard.elements
    }
    voices: dict[str, Json] = {
        name: _voice(storyboard.voices[name]) for name in shot.mentioned_voices if name in storyboard.voices
    }
    mentioned: dict[str, Json] = {"elements": elements, "voices": voices}
    return {kind: named for kind, named in mentioned.items() if named}


def _element(element: Element) -> dict[str, Json]:
    frontal: dict[str, Json] = {} if element.frontal is None else {"frontal": _file(element.frontal)}
    return {**frontal, "references": [_file(picture) for picture in element.references]}


def _voice(voice: Voice) -> dict[str, Json]:
    return {} if voice.sample is None else {"sample": _file(voice.sample)}


def _masks(masks: Masks) -> dict[str, Json]:
    static: dict[str, Json] = {} if masks.static is None else {"static": _file(masks.static)}
    dynamic: list[Json] = [
        {"mask": _file(mask.mask), "trajectory": [list(point) for point in mask.trajectory]} for mask in masks.dynamic
    ]
    return {**static, "dynamic": dynamic}


def _file(file: Picture | Sound) -> dict[str, Json]:
    if file.digest is not None:
        return {"digest": file.digest}
    if file.url is not None:
        return {"url": file.url}
    # A file that could not be read has been told; lints still look at the other shots.
    return {"unread": file.path}
