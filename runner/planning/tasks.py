"""Which kind of generation a request is at a gateway, what the model may do there, and who is mentioned by what.

An element or a voice is *native* where the gateway takes it as such: by an id it knows, one that is made there, or its
pictures. Who is not native has to be described in words, with the author's leave.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from runner.core.canonical import Json
from runner.model.interface import Interface, Mentions, Task
from runner.model.manifest import Manifest, ModelLimits
from runner.model.mapping import Cases, Each, Fields, Listed, Path, Reference, Spec, Text, Value, Way
from runner.planning.body import Attachment, Held, View, holds
from runner.planning.view import Cast, attachment, put_into_words, view_of

Kind = Literal["element", "voice"]
KINDS: Final[tuple[Kind, ...]] = ("element", "voice")


@dataclass(frozen=True, slots=True)
class Offer:
    """What one request finds at a gateway."""

    # None for a provider without an interface.
    task: Task | None
    limits: ModelLimits


def find_offer(manifest: Manifest, canonical: Mapping[str, Json]) -> Offer | None:
    """None where the model is not offered, or not for a request like this."""
    model = str(canonical["model"])
    limits = manifest.models.get(model)
    if limits is None or manifest.interface is None:
        return None if limits is None else Offer(None, limits)
    cast = everybody(canonical)
    view = put_into_words(view_of(canonical, cast, {}), canonical, cast, Mentions(), _Unasked())
    task = _choose_task(manifest.interface, manifest.offers.get(model, {}), view)
    return None if task is None else Offer(task, manifest.offers[model][task.name])


class _Unasked:
    """Which task a request is does not hang on what its pictures hold."""

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        return f"{attachment.label} {ways}"


def _choose_task(interface: Interface, offers: Mapping[str, ModelLimits], view: View) -> Task | None:
    """The first of the manifest's tasks that suits and that has this model."""
    return next((task for task in interface.tasks.values() if task.name in offers and holds(task.when, view)), None)


def everybody(canonical: Mapping[str, Json]) -> Cast:
    """All who are mentioned, as if each could be taken as such."""
    return cast_of(canonical, {}, {})


def cast_of(canonical: Mapping[str, Json], makers: Mapping[str, Json], made: Mapping[tuple[str, str], str]) -> Cast:
    """`makers`: the maker's part's content; `made`: ids of what was made at the gateway, by kind and name."""
    told, said = _fields(makers.get("described")), _fields(makers.get("said"))
    described: dict[str, dict[str, str]] = {
        kind: {name: str(text) for name, text in _fields(told.get(f"{kind}s")).items()} for kind in KINDS
    }
    cast: dict[str, dict[str, Held]] = {"element": {}, "voice": {}}
    position = 0
    for kind in KINDS:
        ids = _fields(makers.get(f"{kind}_ids"))
        for name in mentioned_in(canonical, kind):
            if name in described[kind]:
                continue
            position += 1
            known = ids.get(name, made.get((kind, name)))
            content = _fields(_fields(canonical.get(f"{kind}s")).get(name))
            cast[kind][name] = {
                **_whom(kind, name, content),
                "number": len(cast[kind]) + 1,
                "position": position,
                "name": name,
                "id": known if isinstance(known, str) else None,
                "description": _text(_fields(said.get(f"{kind}s")).get(name)),
            }
    return Cast(cast["element"], cast["voice"], described)


def _whom(kind: Kind, name: str, content: Mapping[str, Json]) -> dict[str, Held]:
    if kind == "voice":
        return {"sample": attachment(name, content["sample"])} if "sample" in content else {}
    references: list[Held] = [attachment(name, one) for one in _list(content.get("references"))]
    frontal = attachment(name, content["frontal"]) if "frontal" in content else None
    return {"frontal": frontal, "references": references, "pictures": [*([frontal] if frontal else []), *references]}


def mentioned_in(canonical: Mapping[str, Json], kind: Kind) -> tuple[str, ...]:
    """Names in the order they are first mentioned; who speaks stands behind who is named in the prompt."""
    beats = canonical.get("beats")
    prompts = [canonical.get("prompt"), *(_fields(beat).get("prompt") for beat in _list(beats))]
    lines = [_fields(line) for line in _list(canonical.get("dialogue"))]
    prompts += [line.get("text") for line in lines]
    names = [
        str(part[kind]) for prompt in prompts for part in _list(prompt) if isinstance(part, Mapping) and kind in part
    ]
    speaking = [line.get("by" if kind == "element" else "voice") for line in lines]
    return tuple(dict.fromkeys([*names, *(name for name in speaking if isinstance(name, str))]))


def takes_by_id(task: Task, kind: Kind) -> bool:
    """Whether the task's body names an element or a voice by its id; else by its pictures or its sound."""
    return ("item", "id") in set(_paths_over(task.submit.body, f"{kind}s"))


def is_native(offer: Offer, manifest: Manifest, kind: Kind, whom: Held) -> bool:
    """`whom`: one entry of a cast."""
    limit = offer.limits.elements if kind == "element" else offer.limits.voices
    if limit == 0 or not isinstance(whom, Mapping):
        return False
    if offer.task is None:
        return True
    mention = offer.task.mentions.element if kind == "element" else offer.task.mentions.voice
    if mention is None:
        return False
    if not takes_by_id(offer.task, kind):
        return bool(whom.get("pictures") or whom.get("sample"))
    return whom.get("id") is not None or is_makeable(manifest, kind, whom)


def is_makeable(manifest: Manifest, kind: Kind, whom: Held) -> bool:
    """Whether the gateway makes such a one from the picture or the sound there is."""
    if manifest.interface is None or kind not in manifest.interface.resources or not isinstance(whom, Mapping):
        return False
    return isinstance(whom.get("frontal" if kind == "element" else "sample"), Attachment)


def _paths_over(spec: Spec | None, over: str) -> Iterator[Path]:
    """What is referred to below each `each` over a list."""
    for each in _each_in(spec):
        if each.over == (over,):
            yield from _paths_in(each.give)


def _each_in(spec: Spec | None) -> Iterator[Each]:
    if isinstance(spec, Each):
        yield spec
    for part in parts_of(spec):
        yield from _each_in(part)


def _paths_in(spec: Spec) -> Iterator[Path]:
    return (reference.path for reference in references_in(spec))


def references_in(spec: Spec | None) -> Iterator[Reference]:
    if isinstance(spec, Reference):
        yield spec
    for part in parts_of(spec):
        yield from references_in(part)


def parts_of(spec: Spec | None) -> Sequence[Spec]:
    match spec:
        case Text():
            return [part for part in spec.parts if not isinstance(part, str)]
        case Fields():
            return list(spec.fields.values())
        case Each():
            return [spec.give]
        case Listed():
            return spec.parts
        case Cases():
            return spec.cases
        case Reference() | Value() | None:
            return []


def _fields(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
