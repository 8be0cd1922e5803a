"""Reads a production's main file and everything it includes into one `WrittenStoryboard`, all problems at once.

Nothing is looked up or laid over here; that is the business of `runner.reading.resolve`.
"""

import posixpath
from dataclasses import dataclass, field
from typing import Final

from runner.core.diagnostic import Findings
from runner.core.node import Mapping, Node, Scalar, Sequence
from runner.core.place import Place, Source
from runner.model.outside import FileTrouble, ProductionFiles
from runner.model.written import WrittenScene, WrittenShot, WrittenStoryboard
from runner.reading.document import read_document
from runner.reading.schema import Schema

_DEEPEST_INCLUDE: Final = 32
_ONE_SCENE: Final = "an included file holds one scene (`id`, `shots`), or a list of scenes"


def read_written(files: ProductionFiles, path: str, schema: Schema, findings: Findings) -> WrittenStoryboard | None:
    """`path` is the main file's. None when it holds no mapping at all, which has then been told."""
    try:
        source = files.text(path)
    except FileTrouble as trouble:
        findings.error(trouble.code, trouble.message, hint=trouble.hint)
        return None
    node = read_document(source, findings)
    if node is None:
        return None
    schema.check(node, findings)
    if not isinstance(node, Mapping):
        return None
    reader = _SceneReader(files, schema, findings, [source], {_plain_path(path): None}, [_plain_path(path)])
    scenes = reader.read_main(node)
    _check_ids(scenes, findings)
    return WrittenStoryboard(node, tuple(scenes), tuple(reader.sources))


def _plain_path(path: str) -> str:
    return posixpath.normpath(path)


@dataclass(slots=True)
class _SceneReader:
    files: ProductionFiles
    schema: Schema
    findings: Findings
    sources: list[Source]
    # Every file read so far, with the place that includes it: a file is included once.
    included: dict[str, Place | None]
    # The files from the main one to the one being read.
    way: list[str]
    _included_schema: Schema | None = field(default=None)

    def read_main(self, main: Mapping) -> list[WrittenScene]:
        scenes = main.get("scenes")
        if isinstance(scenes, Sequence):
            return [scene for item in scenes.items for scene in self._read_item(item)]
        shots = main.get("shots")
        if shots is None:
            return []
        return [WrittenScene(None, None, None, _read_shots(shots), shots.place)]

    def _read_item(self, item: Node) -> list[WrittenScene]:
        if not isinstance(item, Mapping):
            return []
        include = item.get("include")
        if include is not None:
            return self._read_include(include)
        defaults = item.get("defaults")
        return [
            WrittenScene(
                _text(item.get("id")),
                _text(item.get("title")),
                defaults if isinstance(defaults, Mapping) else None,
                _read_shots(item.get("shots")),
                item.place,
            )
        ]

    def _read_include(self, include: Node) -> list[WrittenScene]:
        name = _text(include)
        if name is None or not isinstance(name.value, str) or not name.value:
            return []
        path = _plain_path(name.value)
        if not self._may_be_read(path, name):
            return []
        self.included[path] = name.place
        node = self._read_file(name)
        if node is None:
            return []
        self.way.append(path)
        items = node.items if isinstance(node, Sequence) else (node,)
        scenes = [scene for item in items for scene in self._read_item(item)]
        self.way.pop()
        return scenes

    def _may_be_read(self, path: str, name: Scalar) -> bool:
        if path in self.way:
            circle = " -> ".join([*self.way[self.way.index(path) :], path])
            message = f"`{name.value}` includes itself: {circle}"
            self.findings.error("include-cycle", message, name.place, "remove one of these includes")
            return False
        if path in self.included:
            first = self.included[path]
            self.findings.error(
                "duplicate-id",
                f"`{name.value}` is included twice, so each of its ids would be there twice",
                name.place,
                "remove one of the two includes",
                (("first included here", first),) if first is not None else (),
            )
            return False
        if len(self.way) > _DEEPEST_INCLUDE:
            message = f"files include each other more than {_DEEPEST_INCLUDE} deep"
            self.findings.error("too-deep", message, name.place, "name the files under `scenes:` of the main file")
            return False
        return True

    def _read_file(self, name: Scalar) -> Node | None:
        """A scene or a list of scenes; None for anything else."""
        try:
            source = self.files.text(str(name.value))
        except FileTrouble as trouble:
            self.findings.error(trouble.code, trouble.message, name.place, trouble.hint)
            return None
        self.sources.append(source)
        node = read_document(source, self.findings)
        if node is None:
            return None
        found = _what_else(node)
        if found is not None:
            what, place = found
            message = f"`{name.value}` holds {what}, expected a scene or a list of scenes"
            self.findings.error(
                "include-not-a-scene", message, name.place, _ONE_SCENE, ((f"{what} begins here", place),)
            )
            return None
        if self._included_schema is None:
            self._included_schema = self.schema.part("included")
        self._included_schema.check(node, self.findings)
        return node


def _what_else(node: Node) -> tuple[str, Place] | None:
    """What an included file holds where it plainly holds no scenes."""
    if isinstance(node, Scalar):
        return "a single value", node.place
    if isinstance(node, Mapping):
        for name in ("storyboard", "scenes"):
            if name in node.entries:
                return "a whole storyboard", node.key_place(name)
        if "shots" not in node.entries and "include" not in node.entries and _is_like_shot(node):
            return "a shot", node.place
        return None
    first = node.items[0] if node.items else None
    return ("a list of shots", first.place) if isinstance(first, Mapping) and _is_like_shot(first) else None


def _is_like_shot(item: Mapping) -> bool:
    return "shots" not in item.entries and bool({"prompt", "template", "beats", "from"} & item.entries.keys())


def _read_shots(shots: Node | None) -> tuple[WrittenShot, ...]:
    if not isinstance(shots, Sequence):
        return ()
    return tuple(_read_shot(item) for item in shots.items if isinstance(item, Mapping))


def _read_shot(shot: Mapping) -> WrittenShot:
    fields = {name: entry for name, entry in shot.entries.items() if name != "id"}
    return WrittenShot(_text(shot.get("id")), Mapping(fields, shot.place))


def _text(node: Node | None) -> Scalar | None:
    return node if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _check_ids(scenes: list[WrittenScene], findings: Findings) -> None:
    """Shots are named from anywhere in the production, and scenes by selectors, so each id stands once."""
    _check_unique("scene", [scene.id for scene in scenes], findings)
    _check_unique("shot", [shot.id for scene in scenes for shot in scene.shots], findings)


def _check_unique(kind: str, ids: list[Scalar | None], findings: Findings) -> None:
    first: dict[str, Scalar] = {}
    for own_id in ids:
        if own_id is None:
            continue
        earlier = first.get(own_id.text)
        if earlier is None:
            first[own_id.text] = own_id
        else:
            findings.error(
                "duplicate-id",
                f"two {kind}s are called `{own_id.text}`, the other one at {earlier.place}",
                own_id.place,
                "give one of them another id",
                (("the first one", earlier.place),),
            )
