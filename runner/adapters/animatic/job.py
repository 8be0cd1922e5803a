"""One clip to be sketched: the canonical request with the files it names, as values the drawing rooms can use.

How a job is written down and found again is the business of `gateway`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.core.canonical import Json

FRAMES_PER_SECOND = 24


class InputTrouble(Exception):
    """Something the request names cannot be used. The message is for people."""


class Stopped(Exception):
    """Nobody wants the clip any more; nothing is left of it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A run of prompt text; `mention` when it is the name of an element or a voice."""

    text: str
    mention: bool = False


@dataclass(frozen=True, slots=True)
class SpokenLine:
    voice: str
    # Who is seen to speak: the element, else the voice.
    speaker: str
    text: str
    # How the author describes the voice; empty where nothing is said of it.
    description: str


@dataclass(frozen=True, slots=True)
class BeatWords:
    words: tuple[Words, ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class CameraMove:
    type: str
    move: str | None = None
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class ShownElement:
    name: str
    # None where the request has no picture of it on this machine.
    picture: Path | None


@dataclass(frozen=True, slots=True)
class AnimaticJob:
    # Of the request: what is drawn without being asked for follows from it, so that it is the same each time.
    key: str
    # The shot's id.
    label: str
    model: str
    mode: str
    seconds: int
    roll: int
    sound: bool
    # None where a first or last frame decides.
    aspect_ratio: str | None
    prompt: tuple[Words, ...] = ()
    beats: tuple[BeatWords, ...] = ()
    dialogue: tuple[SpokenLine, ...] = ()
    camera: CameraMove | None = None
    elements: tuple[ShownElement, ...] = ()
    # What cannot be drawn is told in small words: "without: blur", "static mask", ...
    notes: tuple[str, ...] = ()
    first_frame: Path | None = None
    last_frame: Path | None = None

    @property
    def frames(self) -> int:
        return self.seconds * FRAMES_PER_SECOND


def read_job(
    key: str,
    label: str,
    canonical: Mapping[str, Json],
    makers: Mapping[str, Json],
    files: Mapping[str, Path],
    frames: Mapping[str, Path],
) -> AnimaticJob:
    """`makers` is the content of the maker's part; `files` are by digest, `frames` by field."""
    beats = canonical.get("beats")
    ratio = canonical.get("aspect_ratio")
    return AnimaticJob(
        key=key,
        label=label,
        model=str(canonical["model"]),
        mode=str(canonical["mode"]),
        seconds=int(_number(canonical["duration"])),
        roll=int(_number(canonical.get("roll", 1))),
        sound=canonical.get("sound") is True,
        aspect_ratio=None if ratio is None else str(ratio),
        prompt=_words(canonical.get("prompt")),
        beats=() if isinstance(beats, str) else tuple(_beat(_fields(beat)) for beat in _items(beats)),
        dialogue=_dialogue(canonical, makers),
        camera=_camera(_fields(canonical.get("camera"))),
        elements=tuple(
            ShownElement(name, _picture_of(_fields(element), files))
            for name, element in _in_order(canonical, _fields(canonical.get("elements")))
        ),
        notes=tuple(_notes(canonical, makers)),
        first_frame=_frame("first_frame", canonical, files, frames),
        last_frame=_frame("last_frame", canonical, files, frames),
    )


def _words(prompt: Json) -> tuple[Words, ...]:
    return tuple(
        Words(part) if isinstance(part, str) else Words(_name(_fields(part)), mention=True) for part in _items(prompt)
    )


def _name(mention: Mapping[str, Json]) -> str:
    return " ".join(str(name) for name in mention.values())


def _beat(beat: Mapping[str, Json]) -> BeatWords:
    return BeatWords(_words(beat.get("prompt")), int(_number(beat.get("duration", 1))))


def _dialogue(canonical: Mapping[str, Json], makers: Mapping[str, Json]) -> tuple[SpokenLine, ...]:
    described = _fields(_fields(makers.get("described")).get("voices"))
    lines = [_fields(line) for line in _items(canonical.get("dialogue"))]
    return tuple(
        SpokenLine(
            voice=str(line["voice"]),
            speaker=str(line.get("by", line["voice"])),
            text="".join(words.text for words in _words(line.get("text"))),
            description=str(described.get(str(line["voice"]), "")),
        )
        for line in lines
    )


def _camera(camera: Mapping[str, Json]) -> CameraMove | None:
    if not camera:
        return None
    move = camera.get("move")
    return CameraMove(str(camera["type"]), None if move is None else str(move), _number(camera.get("amount", 0)))


def _in_order(canonical: Mapping[str, Json], elements: Mapping[str, Json]) -> list[tuple[str, Json]]:
    """As they are mentioned: a written request has its names sorted."""
    prompts = [canonical.get("prompt"), *(_fields(beat).get("prompt") for beat in _beat_items(canonical))]
    lines = [_fields(line) for line in _items(canonical.get("dialogue"))]
    mentioned = [
        *(words.text for prompt in prompts for words in _words(prompt) if words.mention),
        *(str(line["by"]) for line in lines if "by" in line),
    ]
    order = {name: place for place, name in reversed(list(enumerate(mentioned)))}
    return sorted(elements.items(), key=lambda item: (order.get(item[0], len(mentioned)), item[0]))


def _beat_items(canonical: Mapping[str, Json]) -> Sequence[Json]:
    beats = canonical.get("beats")
    return () if isinstance(beats, str) else _items(beats)


def _picture_of(element: Mapping[str, Json], files: Mapping[str, Path]) -> Path | None:
    for picture in (element.get("frontal"), *_items(element.get("references"))):
        digest = _fields(picture).get("digest")
        if digest is not None:
            return _file(str(digest), files)
    return None


def _frame(
    name: str, canonical: Mapping[str, Json], files: Mapping[str, Path], frames: Mapping[str, Path]
) -> Path | None:
    if name not in canonical:
        return None
    if name in frames:
        return frames[name]
    picture = _fields(canonical[name])
    if "digest" in picture:
        return _file(str(picture["digest"]), files)
    if "take" in picture:
        raise InputTrouble(f"no picture was handed over for `{name}`, expected the frame cut from its source's take")
    return None


def _file(digest: str, files: Mapping[str, Path]) -> Path:
    if digest not in files:
        raise InputTrouble(f"no file was handed over for the picture with the digest `{digest[:12]}`")
    return files[digest]


def _notes(canonical: Mapping[str, Json], makers: Mapping[str, Json]) -> list[str]:
    masks = _fields(canonical.get("masks"))
    notes = [f"{name} only by address" for name in ("first_frame", "last_frame") if _is_remote(canonical.get(name))]
    if canonical.get("beats") == "auto":
        notes.append("beats: the model divides")
    if "static" in masks:
        notes.append("static mask")
    if dynamic := _items(masks.get("dynamic")):
        notes.append("1 dynamic mask" if len(dynamic) == 1 else f"{len(dynamic)} dynamic masks")
    notes += [f"{title} {canonical[name]}" for name, title in _SETTINGS.items() if name in canonical]
    if canonical.get("watermark") is True:
        notes.append("watermark")
    if options := _fields(makers.get("options")):
        notes.append("options: " + ", ".join(sorted(options)))
    if "negative_prompt" in canonical:
        notes.append(f"without: {canonical['negative_prompt']}")
    return [note.replace("_", " ") for note in notes]


_SETTINGS = {"cfg_scale": "cfg", "seed": "seed"}


def _is_remote(frame: Json) -> bool:
    return "url" in _fields(frame)


# --- JSON as what it must be here: a request is checked long before it becomes a job -------------------------------


def _fields(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _number(value: Json) -> float:
    if isinstance(value, int | float):
        return value
    raise InputTrouble(f"found `{value}` in the request, expected a number")
