"""The maker's part of a request: what stands beside the key under a gateway's name, and says nothing of any other.

Its options, the ids it knows voices and elements by, and the words put in for whom it cannot be given.
"""

from collections.abc import Collection, Iterator, Mapping

from runner.core.canonical import Json
from runner.model.manifest import Manifest
from runner.model.mapping import Reference, Text
from runner.model.request import MakersPart
from runner.model.storyboard import Element, Shot, Storyboard, Voice
from runner.planning.request import outline_request
from runner.planning.tasks import KINDS, Kind, Offer, cast_of, find_offer, is_native

ANIMATIC = "animatic"


def makers_part(storyboard: Storyboard, shot: Shot, manifest: Manifest) -> MakersPart:
    content = _own_part(storyboard, shot, manifest.name, manifest.library)
    if manifest.medium == ANIMATIC:
        content.update(_described_voices(storyboard, shot))
    elif shot.mentioned_elements or shot.mentioned_voices:
        content.update(_words_for(storyboard, shot, manifest, content))
    return MakersPart(manifest.name, content)


def voices_in_words(part: MakersPart) -> Collection[str]:
    """Those that no gateway's voice speaks: described, and so priced as none."""
    described = part.content.get("described")
    voices = described.get("voices") if isinstance(described, Mapping) else None
    return tuple(voices) if isinstance(voices, Mapping) else ()


def makers_part_without(storyboard: Storyboard, shot: Shot, gateway: str, medium: str) -> MakersPart:
    """At a gateway nobody has a manifest of any more: all that can be said without one."""
    content = _own_part(storyboard, shot, gateway, gateway)
    if medium == ANIMATIC:
        content.update(_described_voices(storyboard, shot))
    return MakersPart(gateway, content)


def known_id(whom: Element | Voice, gateway: str, library: str) -> str | None:
    """The id an author wrote for it there, or for whoever has one library with it."""
    return whom.ids.get(gateway, whom.ids.get(library))


def _own_part(storyboard: Storyboard, shot: Shot, gateway: str, library: str) -> dict[str, Json]:
    content: dict[str, Json] = {}
    if gateway in shot.options:
        content["options"] = shot.options[gateway].value
    for kind, names, known in _mentioned(storyboard, shot):
        ids: dict[str, Json] = {
            name: its_id for name in names if (its_id := known_id(known[name], gateway, library)) is not None
        }
        if ids:
            content[f"{kind}_ids"] = ids
    return content


def _mentioned(
    storyboard: Storyboard, shot: Shot
) -> Iterator[tuple[Kind, list[str], Mapping[str, Element] | Mapping[str, Voice]]]:
    elements, voices = storyboard.elements, storyboard.voices
    yield "element", [name for name in shot.mentioned_elements if name in elements], elements
    yield "voice", [name for name in shot.mentioned_voices if name in voices], voices


def _described_voices(storyboard: Storyboard, shot: Shot) -> dict[str, Json]:
    """The animatic picks its speaking voice by these words."""
    voices = [
        storyboard.voices[line.voice] for line in shot.dialogue if line.spoken and line.voice in storyboard.voices
    ]
    described: dict[str, Json] = {voice.name: voice.description for voice in voices if voice.description}
    return {"described": {"voices": described}} if described else {}


def _words_for(storyboard: Storyboard, shot: Shot, manifest: Manifest, content: Mapping[str, Json]) -> dict[str, Json]:
    """`described`: in place of somebody; `said`: beside the pictures, where a mention is the description."""
    canonical = outline_request(storyboard, shot, manifest.medium)
    offer = find_offer(manifest, canonical)
    if offer is None:
        return {}
    cast = cast_of(canonical, content, {})
    words: dict[str, dict[str, Json]] = {"described": {}, "said": {}}
    for kind, names, known in _mentioned(storyboard, shot):
        entries = cast.elements if kind == "element" else cast.voices
        native = [name for name in names if is_native(offer, manifest, kind, entries.get(name))]
        described: dict[str, Json] = {name: known[name].description for name in names if name not in native}
        if described and shot.unsupported.value == "describe":
            words["described"][f"{kind}s"] = described
        if native and _is_said_in_words(offer, kind):
            words["said"][f"{kind}s"] = {name: known[name].description for name in native}
    return {name: told for name, told in words.items() if told}


def _is_said_in_words(offer: Offer, kind: Kind) -> bool:
    mentions = None if offer.task is None else offer.task.mentions
    spec = None if mentions is None else mentions.element if kind == "element" else mentions.voice
    parts = spec.parts if isinstance(spec, Text) else (spec,)
    return any(isinstance(part, Reference) and part.path == ("item", "description") for part in parts)


__all__ = ["KINDS", "known_id", "makers_part", "makers_part_without", "voices_in_words"]
