"""A validator's errors as diagnostics: the kind of fault, the node it is about, the edit that mends it.

An unknown field is told at its key, a wrong value at the value, a missing field at the mapping that lacks it.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from jsonschema.exceptions import ValidationError

from runner.core import node as nodes
from runner.core.diagnostic import Findings
from runner.core.nearest import nearest
from runner.core.node import Node, Scalar
from runner.core.place import Place
from runner.reading.schema_branches import asks_for_fields, extra_fields, narrow_error, schema_of, value_of
from runner.reading.schema_hints import hint_at_fields, hint_at_meaning, hint_at_type, hint_at_value, lower_first
from runner.reading.schema_words import (
    count_things,
    describe_expected,
    describe_found,
    describe_kind,
    either,
    example_of,
    first_sentence,
    show_json,
    show_text,
)

_Path: TypeAlias = tuple[str | int, ...]


def report_fault(error: ValidationError, root: Node, findings: Findings) -> None:
    for fault in narrow_error(error):
        _report(fault, root, findings)


def _report(error: ValidationError, root: Node, findings: Findings) -> None:
    path: _Path = tuple(error.absolute_path)
    node = _node_at(root, path)
    if "propertyNames" in error.absolute_schema_path:
        _report_name(error, node, path, findings)
        return
    report = _REPORTS.get(str(error.validator), _report_value)
    report(error, node, path, findings)


def _report_unknown(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    known = list(schema_of(error).get("properties", ()))
    for name in extra_fields(error):
        likely = nearest(name, known)
        hint = f"did you mean `{likely}`?" if likely else hint_at_fields(known)
        message = f"`{name}` is not a field of {_owner(node, path, error)}"
        findings.error("unknown-field", message, _key_place(node, name), hint)


def _report_missing(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    schema = schema_of(error)
    # The validator makes an error for each field that lacks; all but this one's own name stand in its others.
    name = next(name for name in value_of(error) if error.message.startswith(repr(name)))
    field = schema.get("properties", {}).get(name, {})
    meaning = first_sentence(field)
    example = example_of(field)
    line = f"`{name}: {example}`" if example else f"`{name}:`"
    hint = f"add {line}" + (f" ({lower_first(meaning)})" if meaning else "")
    findings.error("missing-field", f"{_owner(node, path, error)} has no `{name}`", node.place, hint)


def _report_choice(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    """`anyOf`: none of the forms fits, or none of the fields is there."""
    if not asks_for_fields(error):
        _report_value(error, node, path, findings)
        return
    expected = schema_of(error).get("title") or either([f"`{branch['required'][0]}`" for branch in value_of(error)])
    message = f"{_owner(node, path, error)} needs {expected}, and has none"
    findings.error("missing-field", message, node.place, f"add {expected}")


def _report_together(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    """`not` with `required`: fields that exclude each other."""
    names = value_of(error).get("required") if isinstance(value_of(error), dict) else None
    if not names:
        _report_value(error, node, path, findings)
        return
    first, *_, last = sorted(((_key_place(node, name), name) for name in names), key=_by_position)
    message = f"`{first[1]}` and `{last[1]}` cannot stand together in {_owner(node, path, error)}"
    hint = f"remove `{first[1]}` or `{last[1]}`"
    findings.error("bad-value", message, last[0], hint, ((f"`{first[1]}` stands here", first[0]),))


def _report_companion(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    """`dependentRequired`: a field that means nothing without another."""
    entries = node.entries if isinstance(node, nodes.Mapping) else {}
    for name, needed in value_of(error).items():
        for other in needed:
            if name in entries and other not in entries:
                message = f"`{name}` stands without `{other}` in {_owner(node, path, error)}"
                hint = f"add `{other}:`, or remove `{name}`"
                findings.error("missing-field", message, _key_place(node, name), hint)


def _report_name(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    name = str(error.instance)
    schema = schema_of(error)
    if error.validator == "not":
        expected = f"another name than {show_json(value_of(error).get('const'))}"
        hint = "choose another name; this one is taken by framechain itself"
    elif error.validator == "maxLength":
        expected = f"{value_of(error)} characters at most"
        hint = "choose a shorter name"
    else:
        expected = describe_expected(schema)
        hint = "choose another name"
    message = f"{show_text(name)} cannot be a name in {_subject(path)}, expected {expected}"
    findings.error("bad-value", message, _key_place(node, name), hint)


def _report_type(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    schema = schema_of(error)
    message = f"{_subject(path)} is {describe_found(node)}, expected {describe_kind(schema)}"
    findings.error(
        "wrong-type", message, node.place, hint_at_type(node, schema) or hint_at_meaning(schema, _subject(path))
    )


def _report_value(error: ValidationError, node: Node, path: _Path, findings: Findings) -> None:
    schema = schema_of(error)
    size = _size_words(error, node)
    message = f"{_subject(path)} " + (size or f"is {describe_found(node)}, expected {describe_expected(schema)}")
    is_wrong_kind = error.validator in {"anyOf", "oneOf", "enum", "const"} and not isinstance(node, Scalar)
    code = "wrong-type" if is_wrong_kind else "bad-value"
    findings.error(code, message, node.place, hint_at_value(node, schema) or hint_at_meaning(schema, _subject(path)))


def _size_words(error: ValidationError, node: Node) -> str | None:
    """What is to be said where not the value but its size is wrong."""
    limit = value_of(error)
    size = len(error.instance) if isinstance(error.instance, str | list | dict) else 0
    match error.validator:
        case "minLength" | "minItems" | "minProperties" if size == 0:
            return f"is {describe_found(node)} with nothing in it" if not isinstance(node, Scalar) else "is empty text"
        case "maxLength":
            return f"has {count_things(size, 'character')}, expected {limit} at most"
        case "minItems":
            return f"has {count_things(size, 'item')}, expected at least {limit}"
        case "maxItems":
            return f"has {count_things(size, 'item')}, expected {limit} at most"
        case "minProperties":
            return f"has {count_things(size, 'field')}, expected at least {limit}"
        case "maxProperties":
            return f"has {count_things(size, 'field')}, expected {limit} at most"
        case "uniqueItems":
            return "holds the same item twice"
        case _:
            return None


def _node_at(root: Node, path: _Path) -> Node:
    node = root
    for step in path:
        if isinstance(node, nodes.Sequence) and isinstance(step, int):
            node = node.items[step]
        elif isinstance(node, nodes.Mapping) and isinstance(step, str):
            node = node.entries[step].value
    return node


def _key_place(node: Node, name: str) -> Place:
    return node.key_place(name) if isinstance(node, nodes.Mapping) and name in node.entries else node.place


def _by_position(named: tuple[Place, str]) -> tuple[int, int]:
    return (named[0].line, named[0].column)


def _subject(path: _Path) -> str:
    """The value at a path: `` `duration` ``, `` item 2 of `after` ``, or the file as a whole."""
    if not path:
        return "the file"
    last = path[-1]
    return f"`{last}`" if isinstance(last, str) else f"item {last + 1} of {_subject(path[:-1])}"


def _owner(node: Node, path: _Path, error: ValidationError) -> str:
    """A mapping by its id, where it has one."""
    own_id = node.get("id") if isinstance(node, nodes.Mapping) else None
    if path and isinstance(path[-1], int) and isinstance(own_id, Scalar) and isinstance(own_id.value, str):
        kind = {"shots": "shot", "scenes": "scene"}.get(str(path[-2])) if len(path) > 1 else None
        return f"{kind or str(schema_of(error).get('title', 'item')).lower()} `{own_id.value}`"
    return _subject(path)


_REPORTS: Final[dict[str, Callable[[ValidationError, Node, _Path, Findings], None]]] = {
    "additionalProperties": _report_unknown,
    "anyOf": _report_choice,
    "dependentRequired": _report_companion,
    "not": _report_together,
    "oneOf": _report_choice,
    "required": _report_missing,
    "type": _report_type,
}
