"""The storyboard as written: shaped by the schema, its names and templates not yet looked up.

Leaves stay nodes with their places, because layers (defaults, scene, profile, shot) are laid over each other later
and every message must name the line that asked. What it all comes to is `runner.model.storyboard`.
"""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from runner.core.node import Mapping, Node, Scalar
from runner.core.place import Place, Source


@dataclass(frozen=True, slots=True)
class WrittenShot:
    # None where the author left the id out or wrote something else than text: already reported.
    id: Scalar | None
    # Every field of the shot but `id`, as written; the schema has checked its shape.
    fields: Mapping


@dataclass(frozen=True, slots=True)
class WrittenScene:
    """A scene, or the nameless one that holds a storyboard's plain `shots:`."""

    id: Scalar | None
    title: Scalar | None
    defaults: Mapping | None
    shots: tuple[WrittenShot, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class WrittenStoryboard:
    """One production: the main file with every included scene in its place."""

    # The main file's whole mapping: provider, model, defaults, vars, elements, voices, profiles, film ...
    fields: Mapping
    scenes: tuple[WrittenScene, ...]
    # Every text that was read, main file first: the reading's inputs.
    sources: tuple[Source, ...]

    def field(self, name: str) -> Node | None:
        return self.fields.get(name)


# The template texts of `templates/` by the name a shot uses; the production's own come before the built-in ones.
Templates = MappingOf[str, Source]
