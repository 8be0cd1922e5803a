"""What YAML anchors name, and how much all aliases of a file may stand for together."""

from dataclasses import dataclass, field
from typing import Final

from runner.core.node import Mapping, Node, Scalar, Sequence

MOST_NODES: Final = 100_000
# Characters: ten times the file, but never less than this.
_LEAST_CHARACTERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Measure:
    """A node with all in it, as if every alias were written out."""

    nodes: int
    characters: int
    height: int


@dataclass(slots=True)
class Aliases:
    file_characters: int
    _nodes: dict[str, Node] = field(default_factory=dict)
    _measures: dict[int, _Measure] = field(default_factory=dict)
    # Measures are kept by identity: each node measured stays alive, so that no other takes its place.
    _measured: list[Node] = field(default_factory=list)
    _spent_nodes: int = 0
    _spent_characters: int = 0

    def keep(self, name: str, node: Node) -> None:
        self._nodes[name] = node
        self._measured.append(node)
        self._measures[id(node)] = self._measure(node)

    def get(self, name: str) -> Node | None:
        return self._nodes.get(name)

    def height(self, name: str) -> int:
        return self._measures[id(self._nodes[name])].height

    def spend(self, name: str) -> bool:
        """False when the aliases so far, written out, would be more than is allowed."""
        measure = self._measures[id(self._nodes[name])]
        self._spent_nodes += measure.nodes
        self._spent_characters += measure.characters
        most_characters = max(_LEAST_CHARACTERS, 10 * self.file_characters)
        return self._spent_nodes <= MOST_NODES and self._spent_characters <= most_characters

    def _measure(self, node: Node) -> _Measure:
        """Each node is walked once: whatever is shared was anchored, and whatever was anchored is measured."""
        known = self._measures.get(id(node))
        if known is not None:
            return known
        if isinstance(node, Scalar):
            return _Measure(1, len(node.text), 0)
        inner = [self._measure(child) for child in _children(node)]
        keys = sum(len(key) for key in node.entries) if isinstance(node, Mapping) else 0
        return _Measure(
            1 + sum(measure.nodes for measure in inner),
            keys + sum(measure.characters for measure in inner),
            1 + max((measure.height for measure in inner), default=0),
        )


def _children(node: Mapping | Sequence) -> list[Node]:
    return [value for _, value in node.items()] if isinstance(node, Mapping) else list(node.items)
