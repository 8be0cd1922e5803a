"""What a gateway refuses of a shot, by its manifest: who cannot be given, what does not go together, what is not sent.

Every field an author wrote is sent, satisfied by what happens anyway, left out where it came from further up and has no
meaning, or refused at its line. Nothing is dropped in silence.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from runner.core.canonical import Json
from runner.core.place import Place
from runner.model.interface import Task
from runner.model.manifest import Manifest
from runner.model.mapping import Way
from runner.model.storyboard import Chained, Layer, Picture, Shot, Sound
from runner.planning.asked_for import (
    Asked,
    Complaint,
    asked_by,
    fold,
    list_names,
    place_of,
    place_of_mention,
    setting_of,
)
from runner.planning.body import Attachment, View, holds
from runner.planning.elsewhere import Elsewhere
from runner.planning.judged import Judged, native_names
from runner.planning.makers import makers_part
from runner.planning.reserved_words import complain_of_reserved
from runner.planning.resource_conditions import complain_of_making
from runner.planning.taken_values import say_taken
from runner.planning.tasks import KINDS, Kind, Offer, cast_of, is_native, takes_by_id

# What may be left out where it is no shot's own: a default that has no meaning here.
LEFT_OUT: Final = frozenset({"mode", "aspect_ratio", "cfg_scale", "negative_prompt", "seed", "watermark"})
# Under which names a field may stand in a body.
_ALSO: Final[dict[str, tuple[str, ...]]] = {
    "dialogue": ("prompt",),
    "beats": ("beats_are",),
    "elements": ("element_pictures",),
}
_NO_CHAIN: Final = "a frame of another shot has no address: take a provider that is given pictures as they are"


def complain(judged: Judged, elsewhere: tuple[Elsewhere, ...] = ()) -> Iterator[Complaint]:
    yield from _strangers(judged)
    yield from fold(_rules(judged))
    yield from complain_of_reserved(judged)
    yield from complain_of_making(judged)
    yield from _unsent(judged, elsewhere)
    yield from _unreachable(judged)
    yield from _options(judged)


def complain_not_offered(shot: Shot, manifest: Manifest, *, takes_it_unmasked: bool = False) -> Complaint:
    """The model is there, but for shots of another kind."""
    model = shot.model.value
    if shot.masks is not None and takes_it_unmasked:
        hint = "remove the masks, or take another model or provider"
        return Complaint(
            "field-not-supported", f"`{model}` at {manifest.title} takes no masks", Asked(shot.masks.place), hint
        )
    interface = manifest.interface
    names = () if interface is None else manifest.offers.get(model, {})
    kinds = list(dict.fromkeys(interface.tasks[name].title for name in names)) if interface is not None else []
    message = f"`{model}` at {manifest.title} makes clips {' or '.join(kinds)}, and this shot asks for another kind"
    if shot.last_frame is not None and shot.first_frame is None:
        hint = "give it a `first_frame` as well, or remove the last one"
        return Complaint("field-not-supported", message, Asked(shot.last_frame.place), hint)
    hint = "give it a `first_frame`" if shot.first_frame is None else "take another model for it"
    return Complaint("field-not-supported", message, asked_by(shot, shot.model), hint)


def left_out(judged: Judged) -> tuple[str, ...]:
    """Fields with a value that are not sent, since they have no meaning here."""
    return tuple(name for name in _fields_asked(judged) if name in LEFT_OUT and not _is_sent(judged, name))


# --- voices and elements the gateway cannot be given ----------------------------------------------------------------


def _strangers(judged: Judged) -> Iterator[Complaint]:
    offer, shot = judged.compiled.offer, judged.shot
    cast = cast_of(judged.canonical, makers_part(judged.storyboard, shot, judged.manifest).content, {})
    for kind in KINDS:
        entries = cast.elements if kind == "element" else cast.voices
        limit = offer.limits.elements if kind == "element" else offer.limits.voices
        if limit == 0:
            # Told with the limits.
            continue
        for name, whom in entries.items():
            if not is_native(offer, judged.manifest, kind, whom):
                yield _stranger(judged, offer, kind, name)


def _stranger(judged: Judged, offer: Offer, kind: Kind, name: str) -> Complaint:
    title, provider = judged.manifest.title, judged.manifest.name
    asked = Asked(place_of_mention(judged.shot, kind, name))
    describe = "or write `unsupported: describe` to have it put into words"
    if offer.task is None or takes_by_id(offer.task, kind):
        interface = judged.manifest.interface
        is_made = interface is not None and kind in interface.resources
        material = "`frontal` picture" if kind == "element" else "`sample`"
        made = f"give `{name}` a {material} to make it from, " if is_made else ""
        message = f"{title} knows no {kind} `{name}`: it takes {kind}s by an id of its own"
        hint = f'{made}write `ids: {{{provider}: "..."}}` at `{name}`, {describe}'
    else:
        message = f"`{name}` has no {'pictures' if kind == 'element' else 'sample'} that {title} could be given"
        hint = f"give it a {'`frontal` picture' if kind == 'element' else '`sample`'}, {describe}"
    return Complaint("field-not-supported", message, asked, hint)


# --- what does not go together --------------------------------------------------------------------------------------


def _rules(judged: Judged) -> Iterator[Complaint]:
    interface = judged.manifest.interface
    for rule in () if interface is None else interface.rules:
        if holds(rule.when, judged.compiled.view):
            asked = place_of(judged.shot, rule.at)
            yield Complaint(rule.code, rule.says, asked, rule.hint, is_warning=rule.is_warning)


# --- what nothing would be made of ----------------------------------------------------------------------------------


def _unsent(judged: Judged, elsewhere: tuple[Elsewhere, ...]) -> Iterator[Complaint]:
    for name in _fields_asked(judged):
        if _is_sent(judged, name):
            continue
        setting = setting_of(judged.shot, name)
        if name in LEFT_OUT and setting is not None and setting.layer is not Layer.SHOT:
            continue
        yield _refuse(judged, name, next((one for one in elsewhere if one.sends(_names_in_bodies(name))), None))
    yield from _ratio_of_a_picture(judged.shot)


def _refuse(judged: Judged, name: str, other: Elsewhere | None) -> Complaint:
    """`other`: where it is sent."""
    setting, task = setting_of(judged.shot, name), judged.compiled.task
    what = f"`{judged.shot.model.value}` {task.title} at {judged.manifest.title}"
    taken = say_taken(task, name, judged.compiled.view)
    message = f"{what} takes as `{name}` only {taken}" if taken else f"{what} takes no `{name}`"
    message += "" if other is None else f"; {other.title} it {'takes this' if taken else 'does'}"
    hint = _how_to_do_without(name, is_own=setting is None or setting.layer is Layer.SHOT)
    for way in (*([] if other is None else [other.way]), *(["write what it takes"] if taken else [])):
        hint = f"{way}{', ' if ', or ' in hint else ', or '}{hint}"
    return Complaint("field-not-supported", message, place_of(judged.shot, name), hint)


def _ratio_of_a_picture(shot: Shot) -> Iterator[Complaint]:
    if shot.aspect_ratio.layer is Layer.SHOT and (shot.first_frame is not None or shot.last_frame is not None):
        message = "`aspect_ratio` has no meaning for a shot that is given a picture: it has the picture's"
        yield Complaint("field-not-supported", message, asked_by(shot, shot.aspect_ratio), "remove it from this shot")


def _fields_asked(judged: Judged) -> list[str]:
    """In the order of the canonical request."""
    names = [
        name for name in judged.canonical if name not in {"medium", "model", "roll", "elements", "voices", "masks"}
    ]
    masks = judged.shot.masks
    limits = judged.compiled.offer.limits
    # Where none is taken at all, that has been told with the limits.
    counts = {"element": limits.elements, "voice": limits.voices}
    told = ["beats"] * (limits.beats == 0) + ["sound"] * (judged.shot.sound.value and not limits.has_sound)
    told += ["mode"] * bool(limits.modes and judged.shot.mode.value not in limits.modes)
    names = [name for name in names if name not in told]
    names += [f"{kind}s" for kind in KINDS if native_names(judged, kind) and counts[kind] != 0]
    if masks is not None:
        names += ["masks.static"] * (masks.static is not None) + ["masks.dynamic"] * bool(
            masks.dynamic and limits.masks != 0
        )
    return names


def _is_sent(judged: Judged, name: str) -> bool:
    sent = {".".join(use.path) for use in judged.compiled.uses} | judged.compiled.sent
    if _names_in_bodies(name) & sent:
        return True
    return _is_satisfied(judged, judged.compiled.task, name)


def _names_in_bodies(name: str) -> set[str]:
    return {name, *_ALSO.get(name, ())}


def _is_satisfied(judged: Judged, task: Task, name: str) -> bool:
    if name == "sound":
        return (not judged.shot.sound.value and not judged.compiled.offer.limits.has_sound) or _holds_for(
            task, judged, name
        )
    if name == "mode":
        # One quality: said with the limits where a shot asks for a mode of its own.
        return not judged.compiled.offer.limits.modes or _holds_for(task, judged, name)
    return _holds_for(task, judged, name)


def _holds_for(task: Task, judged: Judged, name: str) -> bool:
    tests = [test for test in task.satisfied.tests if test.path == (name,)]
    view: View = judged.compiled.view
    return any(
        any(type(value) is type(view.get(name)) and value == view.get(name) for value in test.values) for test in tests
    )


def _how_to_do_without(name: str, *, is_own: bool) -> str:
    if name == "sound":
        return "write `sound: off`, or take a model with sound"
    if name == "watermark":
        return "write `watermark: false`"
    if name == "dialogue":
        return "write the line into a prompt, or say `spoken: false` for a caption only"
    which = f"`{name}` from this shot" if is_own else f"`{name}`"
    return f"remove {which}, or take another model or provider"


# --- pictures and sounds that cannot be given -----------------------------------------------------------------------


def _unreachable(judged: Judged) -> Iterator[Complaint]:
    seen: set[Attachment] = set()
    for attachment, ways in judged.given:
        has_bytes = attachment.digest is not None or (attachment.frame is not None and attachment.url is None)
        may_go = (has_bytes and (Way.BASE64 in ways or Way.DATA_URI in ways)) or (
            Way.URL in ways and _has_url(judged, attachment)
        )
        if may_go or attachment in seen:
            continue
        seen.add(attachment)
        place, is_own = _place_of_attachment(judged, attachment)
        if Way.URL not in ways:
            message = f"{judged.manifest.title} takes `{attachment.label}` as a file only"
            hint = "write its `file:` in place of the `url:`"
            yield Complaint("field-not-supported", message, Asked(place, is_own), hint)
            continue
        message = f"{judged.manifest.title} takes `{attachment.label}` by a public address only"
        frame = {"first_frame": judged.shot.first_frame, "last_frame": judged.shot.last_frame}.get(
            attachment.frame or ""
        )
        hint = _NO_CHAIN if isinstance(frame, Chained) else "write its `url:` beside the `file:`"
        yield Complaint("needs-public-url", message, Asked(place, is_own), hint)


def _has_url(judged: Judged, attachment: Attachment) -> bool:
    if attachment.url is not None:
        return True
    return any(file.url is not None for file in _files(judged) if file.digest == attachment.digest)


def _files(judged: Judged) -> Iterator[Picture | Sound]:
    shot = judged.shot
    yield from (frame for frame in (shot.first_frame, shot.last_frame) if isinstance(frame, Picture))
    if shot.masks is not None:
        yield from (moving.mask for moving in shot.masks.dynamic)
        if shot.masks.static is not None:
            yield shot.masks.static
    for name in shot.mentioned_elements:
        element = judged.storyboard.elements.get(name)
        if element is not None:
            yield from element.references if element.frontal is None else (element.frontal, *element.references)
    for name in shot.mentioned_voices:
        voice = judged.storyboard.voices.get(name)
        if voice is not None and voice.sample is not None:
            yield voice.sample


def _place_of_attachment(judged: Judged, attachment: Attachment) -> tuple[Place, bool]:
    shot = judged.shot
    frame = {"first_frame": shot.first_frame, "last_frame": shot.last_frame}.get(attachment.frame or "")
    if frame is not None:
        return frame.place, True
    for file in _files(judged):
        same_digest = file.digest is not None and file.digest == attachment.digest
        if same_digest or (file.url is not None and file.url == attachment.url):
            return file.place, False
    return shot.place, True


# --- options --------------------------------------------------------------------------------------------------------


def _options(judged: Judged) -> Iterator[Complaint]:
    setting = judged.shot.options.get(judged.manifest.name)
    if setting is None:
        return
    known = judged.compiled.task.options
    asked = asked_by(judged.shot, setting)
    for name, value in setting.value.items():
        if name not in known:
            listed = (
                f"there {'is' if len(known) == 1 else 'are'} {list_names(list(known))}" if known else "there are none"
            )
            message = f"`{name}` is not an option of {judged.manifest.title} for clips {judged.compiled.task.title}"
            yield Complaint("field-not-supported", message, asked, listed)
            continue
        fault = _fault_of(value, known[name].schema)
        if fault is not None:
            yield Complaint(
                "bad-value",
                f"option `{name}`: {fault}",
                asked,
                f"see `framechain schema` and {judged.manifest.name}'s own pages",
            )


def _fault_of(value: Json, schema: Mapping[str, Json]) -> str | None:
    from jsonschema import Draft202012Validator

    error = next(iter(Draft202012Validator(dict(schema)).iter_errors(value)), None)
    return None if error is None else str(error.message)
