"""Pictures and sounds a storyboard names: each looked at once, and told at every line that names an unusable one."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from runner.core.canonical import Digest
from runner.core.diagnostic import Findings
from runner.core.node import Mapping, Node, Scalar
from runner.core.place import Place
from runner.model.outside import FileTrouble, PictureFacts, ProductionFiles
from runner.model.storyboard import Picture, Sound
from runner.reading.node_values import text_in

Facts = TypeVar("Facts")


class Inputs:
    def __init__(self, files: ProductionFiles, findings: Findings) -> None:
        self._files = files
        self._findings = findings
        self._pictures: dict[str, PictureFacts | FileTrouble] = {}
        self._sounds: dict[str, Digest | FileTrouble] = {}

    def picture(self, node: Node | None) -> Picture | None:
        """A picture written as a path, or as a mapping of `file` and `url`; None when it is neither."""
        named = _named_file(node)
        if named is None:
            return None
        path, url, place = named
        facts = None if path is None else self._look(path, place, self._files.picture, self._pictures)
        if facts is None:
            return Picture(path, url, None, None, None, place)
        return Picture(path, url, facts.digest, facts.width, facts.height, place)

    def sound(self, node: Node | None) -> Sound | None:
        named = _named_file(node)
        if named is None:
            return None
        path, url, place = named
        digest = None if path is None else self._look(path, place, self._files.sound, self._sounds)
        return Sound(path, url, digest, place)

    def sample(self, node: Node | None) -> Sound | None:
        """A voice's: a sound whose length matters."""
        sound = self.sound(node)
        if sound is None or sound.path is None or sound.digest is None:
            return sound
        return replace(sound, seconds=self._files.sound_seconds(sound.path))

    def _look(
        self, path: str, place: Place, look: Callable[[str], Facts], known: dict[str, Facts | FileTrouble]
    ) -> Facts | None:
        if path not in known:
            try:
                known[path] = look(path)
            except FileTrouble as trouble:
                known[path] = trouble
        found = known[path]
        if isinstance(found, FileTrouble):
            self._findings.error(found.code, found.message, place, found.hint)
            return None
        return found


def _named_file(node: Node | None) -> tuple[str | None, str | None, Place] | None:
    if isinstance(node, Scalar):
        return (node.value, None, node.place) if isinstance(node.value, str) else None
    if not isinstance(node, Mapping):
        return None
    path, url = text_in(node.get("file")), text_in(node.get("url"))
    if path is None and url is None:
        return None
    named = node.get("file") if path is not None else node.get("url")
    return path, url, node.place if named is None else named.place
