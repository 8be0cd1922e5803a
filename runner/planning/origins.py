"""What one shot would be sent as, with the line each value came from. Nothing here sends, and no key is known.

How a picture or a name that is not known yet is shown is the business of the `Supply` handed in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.core.canonical import Json
from runner.core.place import Place
from runner.model.manifest import Manifest
from runner.model.mapping import Path
from runner.model.money import Price
from runner.model.request import MakersPart
from runner.model.storyboard import Shot, Storyboard
from runner.planning.asked_for import place_of, setting_of
from runner.planning.body import Supply
from runner.planning.compiling import Circumstances, Compiled, WireCall, compile_request, compile_resource
from runner.planning.gateway_rules import left_out
from runner.planning.judged import judge_shot
from runner.planning.makers import makers_part
from runner.planning.offering import paths_in
from runner.planning.request import outline_request
from runner.planning.resources import needed_by, price_of_resource, resource_makers, resource_request
from runner.planning.tasks import KINDS, Kind
from runner.planning.view import SPOKEN_OF

# Where a value that is no setting of a shot stands: at the storyboard's top, in the manifest, nowhere.
STORYBOARD: Final = "storyboard"
MANIFEST: Final = "manifest"
FRAMECHAIN: Final = "framechain"
_SHOT: Final = "shot"
# The pointer of what stands in the address and not in the body.
ADDRESS: Final = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value of a call came from."""

    # A JSON pointer into the body; empty for the address.
    pointer: str
    # As a storyboard writes it.
    field: str
    # A layer's name, or one of the words above.
    layer: str
    # None for what is built in, comes from the command line, or is no text of the author's.
    place: Place | None


@dataclass(frozen=True, slots=True)
class Unsent:
    """A field with a value that no part of the call says."""

    field: str
    value: Json
    layer: str
    place: Place | None
    # Why none is needed, or why it has no meaning here.
    why: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The call for one shot, and the account of it."""

    provider: str
    title: str
    shot: str
    task: str
    is_proven: bool
    call: WireCall
    origins: tuple[Origin, ...]
    left_out: tuple[Unsent, ...]
    satisfied: tuple[Unsent, ...]


@dataclass(frozen=True, slots=True)
class MadeFirst:
    """A voice or an element of the shot that is made at the gateway before it, and the call for that."""

    kind: Kind
    name: str
    # Where it is defined, which is where all of its body came from.
    place: Place
    # None where nobody says.
    price: Price | None
    call: WireCall


def outline_made_first(
    storyboard: Storyboard, shot: Shot, manifest: Manifest, supply: Supply, job_name: str
) -> tuple[MadeFirst, ...]:
    """Each as it would be made if the account did not have it yet: whether it has is for the plan."""
    found = []
    for kind, name in needed_by(storyboard, shot, manifest):
        named = (kind, name)
        makers = resource_makers(storyboard, named, manifest.name)
        made = compile_resource(manifest, resource_request(storyboard, named), makers, supply, job_name)
        if made is not None:
            place = (storyboard.voices if kind == "voice" else storyboard.elements)[name].place
            found.append(MadeFirst(kind, name, place, price_of_resource(manifest, kind), made.call))
    return tuple(found)


def outline_call(
    storyboard: Storyboard, shot: Shot, manifest: Manifest, supply: Supply, around: Circumstances
) -> Outline | None:
    """None where nothing is sent: by a provider of this machine, or for a model that is not offered for such a shot."""
    canonical = outline_request(storyboard, shot, manifest.medium)
    makers = makers_part(storyboard, shot, manifest)
    compiled = compile_request(manifest, canonical, makers, supply, around)
    judged = judge_shot(storyboard, shot, manifest)
    if compiled is None or judged is None:
        return None
    tracer = _Tracer(storyboard, shot, manifest, makers)
    dropped = tuple(tracer.left_out(canonical, compiled, left_out(judged)))
    names = {unsent.field for unsent in dropped}
    return Outline(
        provider=manifest.name,
        title=manifest.title,
        shot=shot.id,
        task=compiled.task.title,
        is_proven=compiled.task.is_proven,
        call=compiled.call,
        origins=tuple(dict.fromkeys(tracer.origins(compiled))),
        left_out=dropped,
        satisfied=tuple(one for one in tracer.satisfied(canonical, compiled) if one.field not in names),
    )


class _Tracer:
    """Follows the fields of one shot back to the lines that wrote them."""

    def __init__(self, storyboard: Storyboard, shot: Shot, manifest: Manifest, makers: MakersPart) -> None:
        self._storyboard = storyboard
        self._shot = shot
        self._manifest = manifest
        self._makers = makers

    def origins(self, compiled: Compiled) -> Iterator[Origin]:
        task = compiled.task
        for spec in (task.submit.path, *task.submit.query.values()):
            for path in paths_in(spec):
                yield from self._origins_of(ADDRESS, path, compiled)
        # By pointer, in the body's order, which the account of uses need not have.
        uses: dict[str, list[Path]] = {}
        for use in compiled.uses:
            if use.pointer:
                uses.setdefault(use.pointer, []).append(use.path)
        for pointer, is_leaf in _pointers_in(compiled.call.body):
            for path in dict.fromkeys(uses.get(pointer, ())):
                yield from self._origins_of(pointer, path, compiled)
            if is_leaf and not any(_is_below(pointer, known) for known in uses):
                yield Origin(pointer, "", MANIFEST, None)

    def _origins_of(self, pointer: str, path: Path, compiled: Compiled) -> Iterator[Origin]:
        name = path[0]
        if name == "spelling":
            yield self._origin(pointer, "model")
            spelling = self._spelling_paths(compiled)
            yield from (self._origin(pointer, known[0]) for known in spelling if known[0] != "model")
        elif name == "prompt":
            yield from self._words(pointer)
        elif name in {"voices", "elements", "element_pictures"}:
            yield from self._people(pointer, "voice" if name == "voices" else "element", compiled)
        else:
            yield self._origin(pointer, ".".join((SPOKEN_OF.get(name, name), *path[1:])))

    def _spelling_paths(self, compiled: Compiled) -> tuple[Path, ...]:
        interface = self._manifest.interface
        model = self._shot.model.value
        return () if interface is None else paths_in(interface.spellings[model][compiled.task.name])

    def _words(self, pointer: str) -> Iterator[Origin]:
        if self._shot.prompt_place is not None:
            yield Origin(pointer, "prompt", _SHOT, self._shot.prompt_place)
        spoken = [line for line in self._shot.dialogue if line.spoken]
        yield from (Origin(pointer, "dialogue", _SHOT, line.place) for line in spoken)
        for kind in KINDS:
            names = _names(self._makers.content, "described", f"{kind}s") + _names(
                self._makers.content, "said", f"{kind}s"
            )
            yield from self._defined(pointer, kind, names)

    def _people(self, pointer: str, kind: Kind, compiled: Compiled) -> Iterator[Origin]:
        """Who is listed is defined at the storyboard's top, wherever they are mentioned."""
        listed = compiled.view.get(f"{kind}s")
        entries = listed if isinstance(listed, list) else []
        yield from self._defined(pointer, kind, [str(one["name"]) for one in entries if isinstance(one, Mapping)])

    def _defined(self, pointer: str, kind: Kind, names: Iterable[str]) -> Iterator[Origin]:
        defined = self._storyboard.voices if kind == "voice" else self._storyboard.elements
        for name in names:
            if name in defined:
                yield Origin(pointer, f"{kind}s.{name}", STORYBOARD, defined[name].place)

    def _origin(self, pointer: str, field: str) -> Origin:
        layer, place = self._layer_and_place(field)
        return Origin(pointer, field, layer, place)

    def _layer_and_place(self, field: str) -> tuple[str, Place | None]:
        shot, name = self._shot, field.partition(".")[0]
        setting = setting_of(shot, name)
        if name == "options":
            setting = shot.options.get(self._manifest.name)
        if setting is not None:
            return setting.layer.value, setting.place
        if name == "callback":
            callback = self._storyboard.callbacks.get(self._manifest.name)
            return STORYBOARD, None if callback is None else callback.place
        if name == "job_name":
            return FRAMECHAIN, None
        if name == "task":
            return MANIFEST, None
        return _SHOT, place_of(shot, field).place

    def left_out(self, canonical: Mapping[str, Json], compiled: Compiled, names: tuple[str, ...]) -> Iterator[Unsent]:
        if "aspect_ratio" not in canonical:
            why = "the clip has the ratio of the picture it is given"
            yield self._unsent("aspect_ratio", self._shot.aspect_ratio.value, why)
        what = f"`{self._shot.model.value}` {compiled.task.title} at {self._manifest.title}"
        for name in names:
            yield self._unsent(name, canonical[name], f"{what} takes none")

    def satisfied(self, canonical: Mapping[str, Json], compiled: Compiled) -> Iterator[Unsent]:
        sent = {use.path[0] for use in compiled.uses}
        may_be = ["sound", "mode", *(test.path[0] for test in compiled.task.satisfied.tests)]
        for name in dict.fromkeys(may_be):
            if name in canonical and name not in sent:
                why = "is what happens anyway"
                if name == "mode" and not compiled.offer.limits.modes:
                    why = f"`{self._shot.model.value}` comes in one quality"
                yield self._unsent(name, canonical[name], why)

    def _unsent(self, field: str, value: Json, why: str) -> Unsent:
        layer, place = self._layer_and_place(field)
        return Unsent(field, value, layer, place, why)


def _names(content: Mapping[str, Json], *below: str) -> list[str]:
    held: Json = content
    for name in below:
        held = held.get(name) if isinstance(held, Mapping) else None
    return list(held) if isinstance(held, Mapping) else []


def _pointers_in(value: Json, pointer: str = "") -> Iterator[tuple[str, bool]]:
    """Every place of a body, outer before inner, and whether it is a plain value."""
    match value:
        case str() | bool() | int() | float() | None:
            yield pointer, True
            return
        case Mapping():
            members = [(str(name).replace("~", "~0").replace("/", "~1"), one) for name, one in value.items()]
        case _:
            members = [(str(number), one) for number, one in enumerate(value)]
    yield pointer, False
    for name, one in members:
        yield from _pointers_in(one, f"{pointer}/{name}")


def _is_below(pointer: str, known: str) -> bool:
    """Entries of a list that was made from something are made from it too."""
    return pointer == known or pointer.startswith(f"{known}/")
