"""Holds a tree of nodes against a JSON Schema (draft 2020-12) and tells each fault at its place in the text.

Which words a fault is told in is decided in `runner.reading.schema_words`; the law itself lies in `schemas/`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from runner.core.canonical import Json
from runner.core.diagnostic import Findings
from runner.core.node import Node, plain
from runner.reading.schema_faults import report_fault

_DEFINITIONS: Final = "#/$defs/"
# What may stand beside a `$ref` without adding a rule to it.
_ANNOTATIONS: Final = frozenset({"title", "description", "examples", "default", "deprecated", "$comment"})


class Schema:
    """A schema ready for use: built once, then held against any number of trees."""

    def __init__(self, document: Json) -> None:
        if not isinstance(document, Mapping):
            raise TypeError("a schema is a mapping")
        self._document = document
        self._validator = _Validator(_inlined(document))

    def part(self, name: str) -> "Schema":
        """One of its definitions as a schema of its own."""
        definitions = self._document["$defs"]
        return Schema({"$ref": f"{_DEFINITIONS}{name}", "$defs": definitions})

    def check(self, node: Node, findings: Findings) -> None:
        for error in self._validator.iter_errors(plain(node)):
            report_fault(error, node, findings)


def _is_whole(_checker: Any, value: object) -> bool:
    """`5.0` is no whole number here: whoever counts with it gets what was written."""
    return isinstance(value, int) and not isinstance(value, bool)


def _match_pattern(_validator: Any, pattern: str, value: object, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and _compiled(pattern).search(value) is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """`$` is the very end, as in the schema's own language; in Python's it would let a line end pass."""
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))


_Validator: Final = extend(  # type: ignore[no-untyped-call]  # jsonschema's stubs leave it without types
    Draft202012Validator,
    validators={"pattern": _match_pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)


def _inlined(document: Mapping[str, Json]) -> dict[str, Any]:
    """Each definition in the place of its references: looking them up takes most of the time a check takes."""
    definitions: Any = document.get("$defs", {})
    known: dict[str, Any] = {}
    # Definitions on the way; one that refers to itself keeps its reference.
    open_names: list[str] = []

    def inline(value: Any) -> Any:
        if isinstance(value, Mapping):
            reference = value.get("$ref")
            if isinstance(reference, str):
                return inline_reference(reference, value)
            return {name: inline(item) for name, item in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [inline(item) for item in value]
        return value

    def inline_reference(reference: str, value: Mapping[str, Any]) -> dict[str, Any]:
        name = reference.removeprefix(_DEFINITIONS)
        beside = {key: item for key, item in value.items() if key not in {"$ref", "$defs"}}
        if name not in definitions or name in open_names or not beside.keys() <= _ANNOTATIONS:
            return dict(value)
        if name not in known:
            open_names.append(name)
            known[name] = inline(definitions[name])
            open_names.pop()
        return {**known[name], **beside} if beside else known[name]

    root = inline({key: item for key, item in document.items() if key != "$defs"})
    return {**root, "$defs": definitions}
