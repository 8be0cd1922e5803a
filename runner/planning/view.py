"""What a manifest's conditions and references can name: one request as plain values, mentions put into words.

Built from the canonical request and the maker's part alone, so that what is sent can always be worked out again from
what was written down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from runner.core.canonical import Digest, Json
from runner.model.interface import Mentions
from runner.planning.body import Attachment, Builder, Held, Supply, View

_MOVES: Final = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
# Sent as they stand in the canonical request.
_PLAIN: Final = ("model", "mode", "duration", "watermark", "aspect_ratio", "negative_prompt", "cfg_scale", "seed")


# Names of the view that stand for a field an author writes under another.
SPOKEN_OF: Final[Mapping[str, str]] = {"spelling": "model", "beats_are": "beats", "element_pictures": "elements"}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is mentioned, and by what: an id at the gateway, pictures, or words under `unsupported: describe`."""

    # By name, in the order they are mentioned.
    elements: Mapping[str, Held] = field(default_factory=dict)
    voices: Mapping[str, Held] = field(default_factory=dict)
    described: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def view_of(canonical: Mapping[str, Json], cast: Cast, extras: Mapping[str, Held]) -> dict[str, Held]:
    """All but the words, which depend on how the task mentions people. `extras`: spelling, job_name, options ..."""
    view: dict[str, Held] = {name: _held(canonical[name]) for name in _PLAIN if name in canonical}
    view["sound"] = "on" if canonical.get("sound") else "off"
    view["beats_are"] = _kind_of_beats(canonical.get("beats"))
    view["elements"] = list(cast.elements.values())
    view["voices"] = list(cast.voices.values())
    pictures = [picture for one in cast.elements.values() for picture in _pictures_of(one)]
    view["element_pictures"] = pictures
    for name in ("first_frame", "last_frame"):
        if name in canonical:
            view[name] = attachment(name, canonical[name], frame=name)
    if "camera" in canonical:
        view["camera"] = _camera(_fields(canonical["camera"]))
    if "masks" in canonical:
        view["masks"] = _masks(_fields(canonical["masks"]))
    if "dialogue" in canonical:
        view["dialogue"] = _held(canonical["dialogue"])
    return {**view, **extras}


def put_into_words(
    view: View, canonical: Mapping[str, Json], cast: Cast, mentions: Mentions, supply: Supply
) -> dict[str, Held]:
    """The view with its prompt and beats as the gateway reads them."""
    words = _Words(view, cast, mentions, supply)
    told = dict(view)
    prompt = [*_list(canonical.get("prompt"))]
    lines = [words.line(_fields(line)) for line in _list(canonical.get("dialogue"))]
    whole = " ".join(part for part in (words.join(prompt), *lines) if part)
    if whole:
        told["prompt"] = whole
    beats = canonical.get("beats")
    if isinstance(beats, Sequence) and not isinstance(beats, str):
        told["beats"] = [
            {
                "number": number,
                "prompt": words.join(_list(_fields(beat).get("prompt"))),
                "duration": _held(_fields(beat).get("duration")),
            }
            for number, beat in enumerate(beats, 1)
        ]
    return told


def attachment(label: str, written: Json, frame: str | None = None) -> Attachment:
    """A picture or sound as the canonical request has it: its digest, its address, or the take it is cut from."""
    fields = _fields(written)
    digest, url = fields.get("digest"), fields.get("url")
    return Attachment(
        label,
        Digest(digest) if isinstance(digest, str) else None,
        url if isinstance(url, str) else None,
        frame,
    )


class _Words:
    """Prompts with their mentions said as the gateway understands them."""

    def __init__(self, view: View, cast: Cast, mentions: Mentions, supply: Supply) -> None:
        self._builder = Builder(view, supply)
        self._cast = cast
        self._mentions = mentions

    def join(self, parts: Sequence[Json]) -> str:
        return "".join(part if isinstance(part, str) else self._mention(_fields(part)) for part in parts)

    def line(self, line: Mapping[str, Json]) -> str:
        """`<by> <voice> says: "..."`, and with a described voice `<by>, <description>, says: "..."`."""
        text = self.join(_list(line.get("text")))
        by = line.get("by")
        speaker = self._name("element", str(by)) if isinstance(by, str) else ""
        name = str(line.get("voice", ""))
        voice = self._name("voice", name)
        if name in self._cast.voices:
            return f'{speaker} {voice} says: "{text}"'.lstrip()
        return f'{speaker}, {voice}, says: "{text}"' if speaker else f'{voice} says: "{text}"'

    def _mention(self, part: Mapping[str, Json]) -> str:
        kind, name = next(iter(part.items()))
        return self._name(kind, str(name))

    def _name(self, kind: str, name: str) -> str:
        native = self._cast.elements if kind == "element" else self._cast.voices
        spec = self._mentions.element if kind == "element" else self._mentions.voice
        if name in native and spec is not None:
            return self._builder.text(spec, native[name])
        return self._cast.described.get(kind, {}).get(name, name)


def _kind_of_beats(beats: Json) -> str:
    if beats is None:
        return "none"
    return "auto" if beats == "auto" else "listed"


def _camera(camera: Mapping[str, Json]) -> Held:
    """One move of six, the others zero; or a movement's name alone."""
    move = camera.get("move")
    if move is None:
        return {"type": _held(camera.get("type"))}
    amount = _held(camera.get("amount"))
    moves = {name: amount if name == move else 0.0 for name in _MOVES}
    return {"type": _held(camera.get("type")), "move": _held(move), "amount": amount, **moves}


def _masks(masks: Mapping[str, Json]) -> Held:
    held: dict[str, Held] = {"dynamic": [_moving(_fields(one)) for one in _list(masks.get("dynamic"))]}
    if "static" in masks:
        held["static"] = attachment("masks.static", masks["static"])
    return held


def _moving(mask: Mapping[str, Json]) -> Held:
    points = [[*_list(point)] for point in _list(mask.get("trajectory"))]
    trajectory: list[Held] = [{"x": _held(x), "y": _held(y)} for x, y in points]
    return {"mask": attachment("masks.dynamic", mask.get("mask")), "trajectory": trajectory}


def _pictures_of(element: Held) -> Sequence[Any]:
    pictures = element.get("pictures") if isinstance(element, Mapping) else None
    return pictures if isinstance(pictures, Sequence) else ()


def _held(value: Json) -> Held:
    return value


def _fields(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
