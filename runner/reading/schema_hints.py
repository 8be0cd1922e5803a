"""The edit that mends a wrong value, as far as value and schema tell it."""

import re
from collections.abc import Mapping as MappingOf
from typing import Any, Final

from runner.core.nearest import nearest
from runner.core.node import Mapping, Node, Scalar, Sequence
from runner.reading.schema_words import example_of, first_sentence

_YES: Final = frozenset({"on", "yes", "y"})
_NO: Final = frozenset({"off", "no", "n"})


def hint_at_type(node: Node, schema: MappingOf[str, Any]) -> str | None:
    kind = schema.get("type")
    if not isinstance(node, Scalar):
        return _hint_at_shape(node, kind)
    if node.value is None:
        return None
    if kind == "string" and ("pattern" not in schema or re.search(schema["pattern"], node.text)):
        return f'put it in quotes: `"{node.text}"`'
    if kind in {"integer", "number"} and isinstance(node.value, str) and node.text.replace(".", "", 1).isdecimal():
        return f"write it without quotes: `{node.text}`"
    if kind == "integer" and isinstance(node.value, float) and node.value.is_integer():
        return f"write `{int(node.value)}`"
    if kind == "boolean" and node.text.lower() in _YES | _NO:
        return f"write `{'true' if node.text.lower() in _YES else 'false'}`"
    if kind == "array":
        return f"write it as a list: `[{node.text}]`"
    return None


def _hint_at_shape(node: Mapping | Sequence, kind: object) -> str | None:
    if kind == "object":
        return "write its fields as `name: value`, without dashes"
    if kind == "array":
        return "begin each item with `- `"
    return "write one value in its place" if isinstance(node, Sequence) else None


def hint_at_value(node: Node, schema: MappingOf[str, Any]) -> str | None:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    words = [value for value in _choices(schema) if isinstance(value, str)]
    if {"on", "off"} <= {*words} and node.value.lower() in _YES | _NO:
        return f"write `{'on' if node.value.lower() in _YES else 'off'}`"
    likely = nearest(node.value, words)
    return f"did you mean `{likely}`?" if likely else None


def _choices(schema: MappingOf[str, Any]) -> list[Any]:
    branches = [choice for branch in schema.get("anyOf", ()) for choice in _choices(branch)]
    return [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else []), *branches]


def hint_at_meaning(schema: MappingOf[str, Any], subject: str) -> str | None:
    """What the field is for, from the schema itself."""
    example = example_of(schema)
    if example and schema.get("type") == "string":
        return f"write something like `{example}`"
    meaning = first_sentence(schema)
    return f"{subject}: {lower_first(meaning)}" if meaning else None


def hint_at_fields(names: list[str]) -> str:
    if len(names) <= 1:
        return f"`{names[0]}` stands here alone" if names else "it has no fields"
    *others, last = names
    return f"its fields are {', '.join(f'`{name}`' for name in others)} and `{last}`"


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
