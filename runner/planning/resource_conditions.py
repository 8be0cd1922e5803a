"""What making a voice or an element there asks of its words and its sample, told at the author's line.

Words too long are cut, as the manifest says: a warning. A sample of a length nobody takes is an error.
"""

from collections.abc import Iterator

from runner.core.place import Place
from runner.model.interface import ResourceCall
from runner.model.storyboard import Voice
from runner.planning.asked_for import Asked, Complaint
from runner.planning.judged import Judged
from runner.planning.resources import Named, needed_by
from runner.planning.tasks import references_in

# Encoders add a little before and after, and headers round.
_TOLERANCE_SECONDS = 0.1


def complain_of_making(judged: Judged) -> Iterator[Complaint]:
    interface = judged.manifest.interface
    if interface is None or not (judged.shot.mentioned_elements or judged.shot.mentioned_voices):
        return
    for named in needed_by(judged.storyboard, judged.shot, judged.manifest):
        call = interface.resources[named[0]]
        yield from _cut(judged, named, call)
        if named[0] == "voice":
            yield from _sample(judged, judged.storyboard.voices[named[1]], call)


def _cut(judged: Judged, named: Named, call: ResourceCall) -> Iterator[Complaint]:
    kind, name = named
    whom = judged.storyboard.elements[name] if kind == "element" else judged.storyboard.voices[name]
    described: tuple[str, Place] = whom.description, whom.description_place or whom.place
    words = {"label": (name, whom.place), "description": described}
    for reference in references_in(call.submit.body):
        text, place = words.get(".".join(reference.path), ("", whom.place))
        if reference.characters is not None and len(text) > reference.characters:
            what = "name" if reference.path == ("label",) else "description"
            title, most = judged.manifest.title, reference.characters
            message = f"of the {what} of {kind} `{name}` {title} is told the first {most} characters of {len(text)}"
            hint = f"up to `{text[:most][-30:].strip()}`: say there what matters most"
            yield Complaint("limit-exceeded", message, Asked(place, is_shots_own=False), hint, is_warning=True)


def _sample(judged: Judged, voice: Voice, call: ResourceCall) -> Iterator[Complaint]:
    """Of a file that is here; what stands behind an address is not fetched."""
    sample = voice.sample
    if call.seconds is None or sample is None or sample.seconds is None:
        return
    shortest, longest = call.seconds
    if not shortest - _TOLERANCE_SECONDS <= sample.seconds <= longest + _TOLERANCE_SECONDS:
        lasts = f"`{sample.path}` lasts {sample.seconds:.1f} seconds"
        message = f"{lasts}, and {judged.manifest.title} makes a voice from {shortest} to {longest}"
        hint = "give a longer sample" if sample.seconds < shortest else "give a shorter sample"
        yield Complaint("limit-exceeded", message, Asked(sample.place, is_shots_own=False), hint)
