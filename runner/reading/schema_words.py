"""What a piece of JSON Schema expects, and what a value is, in words an author understands."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from runner.core import node as nodes
from runner.core.node import Node, Scalar

_TYPES: Final = {
    "array": "a list",
    "boolean": "`true` or `false`",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}
_LONGEST_VALUE: Final = 48
_MOST_FIELDS: Final = 3
_LINE_ENDS: Final = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t"})


def describe_expected(schema: Mapping[str, Any]) -> str:
    """`a whole number from 1 to 60`, `` `std`, `pro` or `4k` ``, `text, or a mapping with `file` or `url``."""
    return either(list(dict.fromkeys(_forms(schema))))


def _forms(schema: Mapping[str, Any]) -> list[str]:
    """Everything that would do, one by one."""
    if "const" in schema:
        return [show_json(schema["const"])]
    if "enum" in schema:
        return [show_json(value) for value in schema["enum"]]
    if "anyOf" in schema:
        return [form for branch in schema["anyOf"] for form in _forms(branch)]
    if "if" in schema:
        return [form for name in ("then", "else") for form in _forms(schema.get(name, {}))]
    if "patternErrorMessage" in schema:
        return [str(schema["patternErrorMessage"])]
    if "pattern" in schema:
        example = example_of(schema)
        return [f"text like `{example}`" if example else f"text of the form `{schema['pattern']}`"]
    return [describe_kind(schema)]


def describe_kind(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds == ["object"]:
        return f"a mapping{_fields_of(schema)}"
    words = either([_TYPES[kind] for kind in kinds]) or str(schema.get("title", "something else")).lower()
    return f"{words}{_range_of(schema)}"


def _fields_of(schema: Mapping[str, Any]) -> str:
    required = [f"`{name}`" for name in schema.get("required", ())]
    if required:
        return f" with {' and '.join(required)}"
    fields = [f"`{name}`" for name in schema.get("properties", ())]
    return f" with {either(fields)}" if 0 < len(fields) <= _MOST_FIELDS else ""


def _range_of(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" of {least} or more"
    return f" of {most} or less" if most is not None else ""


def describe_found(node: Node) -> str:
    """What stands there, to follow `is`."""
    match node:
        case nodes.Mapping():
            return "a mapping"
        case nodes.Sequence():
            return "a list"
        case Scalar(value=None):
            return "empty"
        case Scalar(text=""):
            return "empty text"
        case Scalar(text=text):
            return show_text(text)


def show_text(text: str) -> str:
    text = text.translate(_LINE_ENDS)
    short = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    return f"`{short}`"


def show_json(value: object) -> str:
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return "nothing" if value is None else f"`{value}`"


def either(words: Sequence[str]) -> str:
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def example_of(schema: Mapping[str, Any]) -> str | None:
    """The first example, where it is one short text or number."""
    for example in schema.get("examples", ()):
        if isinstance(example, str | int | float) and not isinstance(example, bool):
            return str(example)
    return None


def first_sentence(schema: Mapping[str, Any]) -> str | None:
    """Of the description, to be read after a colon."""
    description = schema.get("description")
    if not isinstance(description, str):
        return None
    return description.split(". ", 1)[0].rstrip(".")


def count_things(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
