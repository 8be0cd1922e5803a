"""A parsed text as a tree that keeps every position: what YAML says, before anybody knows what it means."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from runner.core.canonical import Json
from runner.core.place import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    value: bool | int | float | str | None
    place: Place
    # As written, without quotes: `2.50` stays `2.50`.
    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: dict[str, Entry]
    place: Place

    def get(self, name: str) -> "Node | None":
        entry = self.entries.get(name)
        return None if entry is None else entry.value

    def key_place(self, name: str) -> Place:
        return self.entries[name].key.place

    def items(self) -> "Iterator[tuple[str, Node]]":
        return ((name, entry.value) for name, entry in self.entries.items())


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> Json:
    """The tree as plain JSON values, positions left behind."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {name: plain(value) for name, value in node.items()}
