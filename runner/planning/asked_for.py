"""What is wrong with shots, gathered by the line that asked: one in `defaults` is told once, with its shots."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from runner.core.diagnostic import Findings
from runner.core.place import Place
from runner.model.storyboard import Layer, Mention, Setting, Shot

_ALWAYS_SET: Final = frozenset({"model", "mode", "duration", "sound", "watermark", "aspect_ratio"})
_OR: Final = ", or "
_OPTIONAL: Final = frozenset({"negative_prompt", "cfg_scale", "seed", "camera", "beats"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A place, and whether it is plain from it which shot asks."""

    place: Place
    is_shots_own: bool = True


@dataclass(frozen=True, slots=True)
class Complaint:
    code: str
    message: str
    asked: Asked
    hint: str
    is_warning: bool = False


@dataclass(slots=True)
class Complaints:
    _shots: dict[Complaint, dict[str, None]] = field(default_factory=dict)

    def add(self, shot: Shot, *complaints: Complaint) -> None:
        for complaint in complaints:
            self._shots.setdefault(complaint, {})[shot.id] = None

    def tell(self, findings: Findings) -> None:
        for complaint, shots in self._shots.items():
            about = "" if complaint.asked.is_shots_own and len(shots) == 1 else f" ({_name_shots(tuple(shots))})"
            tell = findings.warning if complaint.is_warning else findings.error
            tell(complaint.code, complaint.message + about, complaint.asked.place, complaint.hint)


def fold(complaints: Iterable[Complaint]) -> Iterator[Complaint]:
    """What is wrong with one line is told once: all that is wrong with it, and one way out of all of it."""
    told: dict[tuple[str, Asked, bool], list[Complaint]] = {}
    for complaint in complaints:
        told.setdefault((complaint.code, complaint.asked, complaint.is_warning), []).append(complaint)
    for (code, asked, is_warning), same in told.items():
        message = "; ".join(dict.fromkeys(one.message for one in same))
        yield Complaint(code, message, asked, _fold_hints([one.hint for one in same]), is_warning)


def _fold_hints(hints: Sequence[str]) -> str:
    """`write A, or remove C` and `write B, or remove C`: `write A and write B, or remove C`."""
    ways = [hint.partition(_OR) for hint in dict.fromkeys(hints)]
    if len({otherwise for _, _, otherwise in ways}) > 1:
        return "; ".join(dict.fromkeys(hints))
    otherwise = ways[0][2]
    return " and ".join(way for way, _, _ in ways) + (f"{_OR}{otherwise}" if otherwise else "")


def asked_by(shot: Shot, setting: Setting[Any]) -> Asked:
    """Where a setting was written; what is built in or came from the command line is told at the shot."""
    if setting.place is None:
        return Asked(shot.place)
    return Asked(setting.place, is_shots_own=setting.layer is Layer.SHOT)


def setting_of(shot: Shot, name: str) -> Setting[Any] | None:
    if name in _ALWAYS_SET | _OPTIONAL:
        setting: Setting[Any] | None = getattr(shot, name)
        return setting
    return None


def place_of(shot: Shot, name: str) -> Asked:
    """The line that asked for a field."""
    setting = setting_of(shot, name)
    if setting is not None:
        return asked_by(shot, setting)
    if name.startswith("masks") and shot.masks is not None:
        return Asked(shot.masks.place)
    frame = {"first_frame": shot.first_frame, "last_frame": shot.last_frame}.get(name)
    if frame is not None:
        return Asked(frame.place)
    spoken = [line for line in shot.dialogue if line.spoken]
    if name in {"dialogue", "voices"} and spoken:
        return Asked(spoken[0].place)
    return Asked(place_of_mentions(shot))


def place_of_mentions(shot: Shot) -> Place:
    return shot.prompt_place or shot.place


def place_of_mention(shot: Shot, kind: str, name: str) -> Place:
    """Where an element or a voice is named first."""
    return next(iter(places_of_mention(shot, kind, name)), place_of_mentions(shot))


def places_of_mention(shot: Shot, kind: str, name: str) -> tuple[Place, ...]:
    """Everywhere it is named: in the prompt, in beats, in lines of dialogue and as who speaks them."""
    mention = Mention("element" if kind == "element" else "voice", name)
    beats = shot.beats.value if shot.beats is not None and shot.beats.value != "auto" else ()
    lines = [line for line in shot.dialogue if line.spoken]
    places = [place_of_mentions(shot)] * (mention in shot.prompt)
    places += [beat.place for beat in beats if mention in beat.prompt]
    for line in lines:
        speaker = line.by if kind == "element" else line.voice
        if speaker == name or mention in line.text:
            places.append(line.place)
    return tuple(dict.fromkeys(places))


def list_names(names: Collection[str]) -> str:
    """`a`, `b` and `c`, each in backticks."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else "".join(quoted)


def count_things(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _name_shots(shots: tuple[str, ...]) -> str:
    if len(shots) > 4:
        return f"shots {', '.join(f'`{shot}`' for shot in shots[:3])} and {len(shots) - 3} more"
    return f"{'shot' if len(shots) == 1 else 'shots'} {list_names(shots)}"
