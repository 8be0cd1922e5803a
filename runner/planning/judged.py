"""A shot put into a gateway's words with blanks where something is not known yet: what the rules about it look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from runner.core.canonical import Json
from runner.model.manifest import Manifest
from runner.model.mapping import Way
from runner.model.storyboard import Shot, Storyboard
from runner.planning.body import Attachment
from runner.planning.compiling import Circumstances, Compiled, compile_request, compile_resource
from runner.planning.makers import makers_part
from runner.planning.request import outline_request
from runner.planning.resources import needed_by, resource_makers, resource_request
from runner.planning.tasks import Kind

# Standing for the id of a voice or an element that is still to be made, and for our name and address.
_BLANK: Final = "-"


@dataclass(frozen=True, slots=True)
class Judged:
    """A shot as a gateway would be sent it, with blanks where something is not known yet."""

    storyboard: Storyboard
    shot: Shot
    manifest: Manifest
    compiled: Compiled
    canonical: Mapping[str, Json]
    # Each picture and sound that is asked for, by the call or by the making of who is in it, and its ways.
    given: tuple[tuple[Attachment, tuple[Way, ...]], ...]


@dataclass(slots=True)
class _Noting:
    """Gives a blank for each picture, and notes that it was asked for."""

    given: list[tuple[Attachment, tuple[Way, ...]]] = field(default_factory=list)

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        self.given.append((attachment, ways))
        return _BLANK


def judge_shot(storyboard: Storyboard, shot: Shot, manifest: Manifest) -> Judged | None:
    canonical = outline_request(storyboard, shot, manifest.medium)
    noting = _Noting()
    makers = makers_part(storyboard, shot, manifest)
    made = {("element", name): _BLANK for name in shot.mentioned_elements} | {
        ("voice", name): _BLANK for name in shot.mentioned_voices
    }
    callback = storyboard.callbacks.get(manifest.name)
    around = Circumstances(_BLANK, None if callback is None else callback.value, made)
    compiled = compile_request(manifest, canonical, makers, noting, around)
    if compiled is None:
        return None
    for named in needed_by(storyboard, shot, manifest):
        label = resource_makers(storyboard, named, manifest.name)
        compile_resource(manifest, resource_request(storyboard, named), label, noting, _BLANK)
    return Judged(storyboard, shot, manifest, compiled, canonical, tuple(noting.given))


def native_names(judged: Judged, kind: Kind) -> tuple[str, ...]:
    """Those of a shot that the gateway is given as such, and not in words."""
    listed = judged.compiled.view.get(f"{kind}s")
    return tuple(str(one["name"]) for one in listed if isinstance(one, Mapping)) if isinstance(listed, list) else ()
