"""The storyboard resolved for one profile: layers laid over each other, names looked up, templates rendered.

Everything an author asked for is here with the place that asked; nothing here is about a gateway or about money spent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, TypeAlias, TypeVar

from runner.core.canonical import Digest, Json
from runner.core.place import Place
from runner.model.money import Money

Value = TypeVar("Value")


class Layer(StrEnum):
    """Where a value came from, weakest first."""

    BUILT_IN = "built-in"
    DEFAULTS = "defaults"
    SCENE = "scene"
    PROFILE = "profile"
    SHOT = "shot"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    value: Value
    layer: Layer
    # None for what is built in or came from the command line.
    place: Place | None


@dataclass(frozen=True, slots=True)
class Mention:
    """`element('keeper')` or `voice('gruff')` in a prompt: a name, until a provider's compiler makes it a number."""

    kind: Literal["element", "voice"]
    name: str


# A rendered prompt: words, and mentions among them.
Prompt: TypeAlias = tuple[str | Mention, ...]
# Which picture of a clip: its first or last frame, or a time in seconds.
At: TypeAlias = Literal["first", "last"] | Decimal


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or mask file of the production (or only a URL, then nothing is known of its content)."""

    path: str | None
    url: str | None
    digest: Digest | None
    width: int | None
    height: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Sound:
    path: str | None
    url: str | None
    digest: Digest | None
    place: Place
    # Of a voice's sample, where it is here and can be measured.
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Chained:
    """A frame of another shot's take."""

    shot: str
    at: At
    place: Place


Frame: TypeAlias = Picture | Chained


@dataclass(frozen=True, slots=True)
class Element:
    name: str
    description: str
    frontal: Picture | None
    references: tuple[Picture, ...]
    # The gateway's own id, by provider.
    ids: Mapping[str, str]
    place: Place
    description_place: Place | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    name: str
    description: str
    sample: Sound | None
    ids: Mapping[str, str]
    place: Place
    description_place: Place | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of dialogue. Not `spoken`: a caption only, no part of the request."""

    voice: str
    by: str | None
    text: Prompt
    spoken: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Beat:
    """One of up to six prompts within one clip, with its share of the duration in seconds."""

    prompt: Prompt
    duration: int
    place: Place


@dataclass(frozen=True, slots=True)
class Camera:
    """`simple` with the one move it makes, or a named movement without one."""

    type: str
    move: Literal["horizontal", "vertical", "pan", "tilt", "roll", "zoom"] | None
    amount: float | None


@dataclass(frozen=True, slots=True)
class DynamicMask:
    mask: Picture
    # Pixels from the picture's lower left corner.
    trajectory: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Masks:
    static: Picture | None
    dynamic: tuple[DynamicMask, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Shot:
    id: str
    scene: str | None
    place: Place
    model: Setting[str]
    mode: Setting[str]
    # Seconds.
    duration: Setting[int]
    aspect_ratio: Setting[str]
    sound: Setting[bool]
    watermark: Setting[bool]
    rolls: Setting[int]
    # "refuse", or "describe": the author's leave to say in words what a provider cannot be given.
    unsupported: Setting[str]
    # Of "jpeg", "scale": the author's leave to change a picture that a provider would not take.
    convert: Setting[tuple[str, ...]]
    prompt: Prompt
    # None when the shot has no prompt of its own (its beats have).
    prompt_place: Place | None
    negative_prompt: Setting[str] | None = None
    cfg_scale: Setting[float] | None = None
    seed: Setting[int] | None = None
    camera: Setting[Camera] | None = None
    # A tuple of beats, or "auto": the model divides the prompt itself.
    beats: Setting[tuple[Beat, ...] | Literal["auto"]] | None = None
    masks: Masks | None = None
    dialogue: tuple[Line, ...] = ()
    first_frame: Frame | None = None
    last_frame: Frame | None = None
    # Shots that must be made before this one, without a picture passing between them.
    after: tuple[str, ...] = ()
    # By provider: what only that provider knows.
    options: Mapping[str, Setting[Mapping[str, Json]]] = field(default_factory=dict)

    @property
    def chained(self) -> tuple[tuple[str, Chained], ...]:
        """The frames this shot takes from other shots, by field name."""
        frames = (("first_frame", self.first_frame), ("last_frame", self.last_frame))
        return tuple((name, frame) for name, frame in frames if isinstance(frame, Chained))

    @property
    def mentioned_elements(self) -> tuple[str, ...]:
        """Names in the order they first appear in prompt, beats and spoken dialogue."""
        names = [part.name for part in self._prompt_parts() if isinstance(part, Mention) and part.kind == "element"]
        speakers = [line.by for line in self.dialogue if line.spoken and line.by is not None]
        return tuple(dict.fromkeys([*names, *speakers]))

    @property
    def mentioned_voices(self) -> tuple[str, ...]:
        names = [part.name for part in self._prompt_parts() if isinstance(part, Mention) and part.kind == "voice"]
        return tuple(dict.fromkeys([*names, *(line.voice for line in self.dialogue if line.spoken)]))

    def _prompt_parts(self) -> tuple[str | Mention, ...]:
        beats = self.beats.value if self.beats is not None and self.beats.value != "auto" else ()
        spoken = [part for line in self.dialogue if line.spoken for part in line.text]
        return (*self.prompt, *(part for beat in beats for part in beat.prompt), *spoken)


@dataclass(frozen=True, slots=True)
class Scene:
    # None for the nameless scene of a storyboard with plain `shots:`.
    id: str | None
    title: str | None
    shots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Music:
    file: Sound
    # Decibels.
    gain: Decimal


@dataclass(frozen=True, slots=True)
class Film:
    """How the cut is finished. None of it is in any shot's key."""

    width: int | None = None
    height: int | None = None
    frames_per_second: int | None = None
    music: Music | None = None
    captions: bool = False


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price an author states: it applies where every given condition holds."""

    amount: Decimal
    currency: str
    per: Literal["second", "clip"]
    mode: str | None = None
    sound: bool | None = None
    duration: int | None = None
    # With voices of the author's choice, or without.
    voices: bool | None = None


@dataclass(frozen=True, slots=True)
class Storyboard:
    # The production's name for good; the title's slug where the author wrote none.
    id: str
    id_is_written: bool
    title: str
    profile: str | None
    provider: Setting[str]
    elements: Mapping[str, Element]
    voices: Mapping[str, Voice]
    scenes: tuple[Scene, ...]
    # In film order.
    shots: tuple[Shot, ...]
    film: Film
    budget: Setting[Money] | None = None
    # By provider, then model.
    prices: Mapping[str, Mapping[str, tuple[PriceRow, ...]]] = field(default_factory=dict)
    trust_guard: str | None = None
    # By provider, the address it tells when a job changes; no part of any request.
    callbacks: Mapping[str, Setting[str]] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()

    def shot(self, shot_id: str) -> Shot:
        return next(shot for shot in self.shots if shot.id == shot_id)
