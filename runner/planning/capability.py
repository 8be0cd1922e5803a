"""What the provider's models cannot do, told at the line that asked, before any money.

A rule looks at one shot and says what is wrong with it; which rules there are is the table at the end. What is true of
pictures is next door in `picture_conditions`; what a gateway's own manifest refuses, in `gateway_rules`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from runner.core.diagnostic import Findings
from runner.core.nearest import did_you_mean
from runner.model.manifest import Manifest, ModelLimits
from runner.model.outside import PictureFacts
from runner.model.storyboard import Beat, Layer, Mention, Prompt, Shot, Storyboard
from runner.planning.asked_for import (
    Asked,
    Complaint,
    Complaints,
    asked_by,
    count_things,
    list_names,
    place_of_mention,
    place_of_mentions,
    places_of_mention,
)
from runner.planning.elsewhere import Elsewhere, find_elsewhere, first_that
from runner.planning.gateway_rules import complain, complain_not_offered
from runner.planning.judged import judge_shot, native_names
from runner.planning.picture_conditions import check_pictures
from runner.planning.tasks import KINDS


@dataclass(frozen=True, slots=True)
class Case:
    """A shot beside what its model may do."""

    shot: Shot
    limits: ModelLimits
    # Those the provider is given as such, where that is known; else all who are mentioned.
    elements: tuple[str, ...] | None = None
    voices: tuple[str, ...] | None = None
    # The kind of clip it is, and the other kinds the model makes: `from words`, `from a picture`.
    title: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()

    def where(self, allows: Callable[[ModelLimits], bool]) -> tuple[str, Elsewhere | None]:
        """The model's name, with the kind of clip where another kind would do; and that other kind."""
        other = first_that(self.elsewhere, allows)
        name = f"`{self.shot.model.value}`"
        return (name if other is None else f"{name} {self.title}"), other


Rule = Callable[[Case], Iterator[Complaint]]


def check_capability(
    storyboard: Storyboard, manifest: Manifest, pictures: Mapping[str, PictureFacts], findings: Findings
) -> None:
    """`pictures` by their path in the production; one that is not there is not judged."""
    complaints = Complaints()
    for shot in storyboard.shots:
        if shot.model.value not in manifest.models:
            complaints.add(shot, _unknown_model(shot, manifest))
        elif manifest.interface is None:
            complaints.add(shot, *_check_limits(Case(shot, manifest.models[shot.model.value])))
        else:
            complaints.add(shot, *_check_at_gateway(storyboard, shot, manifest))
    check_pictures(storyboard, manifest, pictures, complaints)
    complaints.tell(findings)
    _check_callback(storyboard, manifest, findings)


def _check_callback(storyboard: Storyboard, manifest: Manifest, findings: Findings) -> None:
    """Of the whole production, and of no shot."""
    callback, interface = storyboard.callbacks.get(manifest.name), manifest.interface
    if callback is not None and interface is not None and not interface.takes_callback:
        message = f"{manifest.title} tells no address of its jobs, and `callbacks` names one for it"
        findings.error("field-not-supported", message, callback.place, "remove it: a run asks about its jobs by itself")


def _check_at_gateway(storyboard: Storyboard, shot: Shot, manifest: Manifest) -> Iterator[Complaint]:
    judged = judge_shot(storyboard, shot, manifest)
    if judged is None:
        yield complain_not_offered(shot, manifest, takes_it_unmasked=_is_offered_unmasked(storyboard, shot, manifest))
        return
    told = {kind: native_names(judged, kind) for kind in KINDS}
    compiled = judged.compiled
    elsewhere = find_elsewhere(manifest, shot, compiled)
    limits = compiled.offer.limits
    yield from _check_limits(Case(shot, limits, told["element"], told["voice"], compiled.task.title, elsewhere))
    yield from complain(judged, elsewhere)


def _is_offered_unmasked(storyboard: Storyboard, shot: Shot, manifest: Manifest) -> bool:
    return shot.masks is not None and judge_shot(storyboard, replace(shot, masks=None), manifest) is not None


def _check_limits(case: "Case") -> Iterator[Complaint]:
    for rule in RULES:
        yield from rule(case)


def _unknown_model(shot: Shot, manifest: Manifest) -> Complaint:
    name = shot.model.value
    hint = did_you_mean(name, manifest.models, f"there are {list_names(manifest.models)}")
    return Complaint("unknown-model", f"`{name}` is not a model of `{manifest.name}`", asked_by(shot, shot.model), hint)


def _duration(case: Case) -> Iterator[Complaint]:
    shot, limits = case.shot, case.limits
    seconds = shot.duration.value
    if seconds not in limits.durations:
        name, other = case.where(lambda limits: seconds in limits.durations)
        message = f"`duration` is {seconds}, and {name} makes clips of {_lengths(limits)} seconds"
        message += "" if other is None else f"; {other.title} of {_lengths(other.limits)}"
        closest = min(limits.durations, key=lambda allowed: (abs(allowed - seconds), allowed))
        yield Complaint("limit-exceeded", message, asked_by(shot, shot.duration), f"write `duration: {closest}`")


def _mode(case: Case) -> Iterator[Complaint]:
    shot, limits = case.shot, case.limits
    mode = shot.mode.value
    asked = asked_by(shot, shot.mode)
    if limits.modes and mode not in limits.modes:
        hint = f"write `mode: {limits.modes[-1]}`, or take another model"
        name, other = case.where(lambda limits: mode in limits.modes)
        message = f"{name} has no mode `{mode}`, it has {list_names(limits.modes)}"
        message += "" if other is None else f"; {other.title} it has `{mode}` too"
        yield Complaint("field-not-supported", message, asked, hint)
    if not limits.modes and shot.mode.layer is Layer.SHOT:
        message = f"`{shot.model.value}` comes in one quality, and `mode` has no meaning for it"
        yield Complaint("field-not-supported", message, asked, "remove `mode` from this shot")


def _sound(case: Case) -> Iterator[Complaint]:
    shot, limits = case.shot, case.limits
    if shot.sound.value and not limits.has_sound:
        name, other = case.where(lambda limits: limits.has_sound)
        message = f"`sound` is on, and {name} makes silent clips"
        message += "" if other is None else f"; {other.title} it makes sound"
        hint = "write `sound: off`, or take a model with sound"
        yield Complaint("field-not-supported", message, asked_by(shot, shot.sound), hint)


def _prompt(case: Case) -> Iterator[Complaint]:
    shot, limits = case.shot, case.limits
    most = limits.prompt_characters
    if most is None:
        return
    spoken = [line for line in shot.dialogue if line.spoken]
    length = _count_characters(shot)
    if length > most:
        words = "the prompt with its dialogue" if spoken else "the prompt"
        message = f"{words} comes to {length:,} characters, and `{shot.model.value}` takes {most:,}"
        asked = Asked(shot.prompt_place or (spoken[0].place if spoken else shot.place))
        yield Complaint("limit-exceeded", message, asked, f"shorten it by {length - most:,}, or divide the shot")
    negative = shot.negative_prompt
    if negative is not None and len(negative.value) > most:
        length = len(negative.value)
        message = f"`negative_prompt` has {length:,} characters, and `{shot.model.value}` takes {most:,}"
        yield Complaint("limit-exceeded", message, asked_by(shot, negative), f"shorten it by {length - most:,}")


def _elements(case: Case) -> Iterator[Complaint]:
    names = case.shot.mentioned_elements if case.elements is None else case.elements
    yield from _mentions(case, "element", names, lambda limits: limits.elements)


def _voices(case: Case) -> Iterator[Complaint]:
    if case.shot.sound.value and not case.limits.has_sound:
        # Told already, at `sound`.
        return
    names = case.shot.mentioned_voices if case.voices is None else case.voices
    yield from _mentions(case, "voice", names, lambda limits: limits.voices)


def _mentions(
    case: Case, kind: str, names: tuple[str, ...], count: Callable[[ModelLimits], int | None]
) -> Iterator[Complaint]:
    shot, most = case.shot, count(case.limits)
    if most is None or len(names) <= most:
        return
    name, other = case.where(lambda limits: (taken := count(limits)) is None or taken > most)
    elsewhere = "" if other is None else f"; {other.title} it takes {count(other.limits) or 'them'}"
    if most:
        told = f"{count_things(len(names), kind)} are mentioned ({list_names(names)})"
        asked = Asked(place_of_mention(shot, kind, names[most]))
        hint = f"mention {most} at most, or divide the shot"
        yield Complaint("limit-exceeded", f"{told}, and {name} takes {most}{elsewhere}", asked, hint)
    elif shot.unsupported.value != "describe":
        way = "take a model that does" if other is None else other.way
        hint = f"{way}, or write `unsupported: describe` to have each {kind} put into words"
        places = {name: places_of_mention(shot, kind, name) or (place_of_mentions(shot),) for name in names}
        for place in dict.fromkeys(place for one in names for place in places[one]):
            here = [one for one in names if place in places[one]]
            message = f"the shot mentions {list_names(here)}, and {name} takes no {kind}s{elsewhere}"
            yield Complaint("field-not-supported", message, Asked(place), hint)


def _beats(case: Case) -> Iterator[Complaint]:
    shot, limits = case.shot, case.limits
    if shot.beats is None:
        return
    asked = asked_by(shot, shot.beats)
    if limits.beats == 0:
        name, other = case.where(lambda limits: limits.beats != 0)
        hint = "make each beat a shot of its own, or take a model with beats"
        elsewhere = "" if other is None else f"; {other.title} it does"
        yield Complaint("field-not-supported", f"{name} makes no beats{elsewhere}", asked, hint)
    elif shot.beats.value != "auto":
        yield from _counted_beats(shot, shot.beats.value, limits, asked)


def _counted_beats(shot: Shot, beats: tuple[Beat, ...], limits: ModelLimits, asked: Asked) -> Iterator[Complaint]:
    most, seconds = limits.beats, sum(beat.duration for beat in beats)
    if most is not None and len(beats) > most:
        message = f"the shot has {len(beats)} beats, and `{shot.model.value}` takes {most}"
        yield Complaint("limit-exceeded", message, asked, f"keep {most} at most, and go on in a shot of its own")
    if seconds != shot.duration.value:
        message = f"the beats come to {seconds} seconds, and the shot's `duration` is {shot.duration.value}"
        fitting = f"write `duration: {seconds}`, or " if seconds in limits.durations else ""
        yield Complaint("bad-value", message, asked, f"{fitting}make the beats come to {shot.duration.value}")
    for beat in beats:
        length = _length(beat.prompt)
        if limits.beat_characters is not None and length > limits.beat_characters:
            message = f"the beat's prompt comes to {length:,} characters, and `{shot.model.value}` takes "
            hint = f"shorten it by {length - limits.beat_characters:,}"
            yield Complaint("limit-exceeded", f"{message}{limits.beat_characters:,}", Asked(beat.place), hint)


def _masks(case: Case) -> Iterator[Complaint]:
    shot, limits = case.shot, case.limits
    if shot.masks is None or limits.masks is None or len(shot.masks.dynamic) <= limits.masks:
        return
    asked = Asked(shot.masks.place)
    if limits.masks == 0:
        name, other = case.where(lambda limits: limits.masks != 0)
        message = f"{name} takes no moving masks" + ("" if other is None else f"; {other.title} it does")
        yield Complaint("field-not-supported", message, asked, "remove `dynamic`, or take another model or provider")
        return
    told = count_things(len(shot.masks.dynamic), "moving mask")
    message = f"the shot has {told}, and `{shot.model.value}` takes {limits.masks}"
    yield Complaint("limit-exceeded", message, asked, "remove those that matter least")


def _camera(case: Case) -> Iterator[Complaint]:
    camera = case.shot.camera
    if camera is not None and camera.value.move is not None and camera.value.amount == 0:
        hint = "write how far it moves, from -10 to 10, or remove the camera"
        yield Complaint("bad-value", "`camera` moves by 0", asked_by(case.shot, camera), hint)


def _lengths(limits: ModelLimits) -> str:
    """`5 or 10`, `3 to 15`."""
    allowed = limits.durations
    if len(allowed) > 2 and allowed == tuple(range(allowed[0], allowed[-1] + 1)):
        return f"{allowed[0]} to {allowed[-1]}"
    return " or ".join(str(seconds) for seconds in allowed)


def _count_characters(shot: Shot) -> int:
    """Of the prompt as it will be sent: dialogue follows it, and a token stands for each mention."""
    words = _length(shot.prompt)
    for line in shot.dialogue:
        if line.spoken:
            speaker: Prompt = () if line.by is None else (Mention("element", line.by), " ")
            words += _length((" ", *speaker, Mention("voice", line.voice), ' says: "', *line.text, '"'))
    return words


def _length(prompt: Prompt) -> int:
    return sum(len(f"<<<{part.kind}_1>>>" if isinstance(part, Mention) else part) for part in prompt)


RULES: Final[tuple[Rule, ...]] = (_duration, _mode, _sound, _prompt, _elements, _voices, _beats, _masks, _camera)
