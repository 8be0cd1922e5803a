"""Nodes as plain values of one kind; None where something else stands, which the schema has told already."""

from runner.core.node import Mapping, Node, Scalar, Sequence

_YES = frozenset({"on", "yes", "true"})
_NO = frozenset({"off", "no", "false"})


def scalar_of(node: Node | None) -> Scalar | None:
    """A scalar that holds text."""
    return node if isinstance(node, Scalar) and isinstance(node.value, str) else None


def text_in(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def whole_in(node: Node | None) -> int | None:
    is_whole = isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool)
    return node.value if is_whole else None  # type: ignore[union-attr, return-value]  # narrowed by the line above


def number_in(node: Node | None) -> float | None:
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    return None


def yes_or_no_in(node: Node | None) -> bool | None:
    """YAML 1.2 reads `on` and `off` as text, and authors write them."""
    if not isinstance(node, Scalar):
        return None
    if isinstance(node.value, bool):
        return node.value
    if isinstance(node.value, str):
        return True if node.value in _YES else False if node.value in _NO else None
    return None


def mapping_in(node: Node | None) -> Mapping | None:
    return node if isinstance(node, Mapping) else None


def items_in(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def texts_in(node: Node | None) -> dict[str, str]:
    """A mapping's members that are text."""
    members = node.items() if isinstance(node, Mapping) else ()
    return {name: text for name, member in members if (text := text_in(member)) is not None}


def strings_below(node: Node) -> list[Scalar]:
    """Every text in a tree."""
    found: list[Scalar] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        match one:
            case Scalar():
                if isinstance(one.value, str):
                    found.append(one)
            case Sequence():
                waiting.extend(one.items)
            case Mapping():
                waiting.extend(value for _, value in one.items())
    return found
