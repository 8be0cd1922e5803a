"""A validator's error looked into: what it was about, and which of several allowed forms was probably meant."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError


def narrow_error(error: ValidationError) -> Iterable[ValidationError]:
    """Where one of several forms was allowed, what is wrong with the form that was probably meant."""
    if error.validator not in {"anyOf", "oneOf"} or asks_for_fields(error):
        return (error,)
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [faults for faults in branches.values() if not any(_is_other_kind(fault) for fault in faults)]
    if not meant:
        return (error,)
    likeliest = min(meant, key=lambda faults: sum(_weight(fault) for fault in faults))
    return [narrow for fault in likeliest for narrow in narrow_error(fault)]


def asks_for_fields(error: ValidationError) -> bool:
    """A choice between fields of which one is needed, rather than between forms of a value."""
    branches = value_of(error)
    return all(isinstance(branch, dict) and "required" in branch and "type" not in branch for branch in branches)


def _is_other_kind(fault: ValidationError) -> bool:
    """True when the value as a whole is of another form than this branch describes."""
    return not fault.relative_path and fault.validator in {"type", "enum", "const"}


def _weight(fault: ValidationError) -> int:
    """Fields the form does not have speak against it more than fields it lacks."""
    return 2 * len(extra_fields(fault)) if fault.validator == "additionalProperties" else 1


def extra_fields(error: ValidationError) -> list[str]:
    schema = schema_of(error)
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    instance = error.instance if isinstance(error.instance, dict) else {}
    others = (name for name in instance if name not in known)
    return [name for name in others if not any(re.search(pattern, name) for pattern in patterns)]


def schema_of(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}


def value_of(error: ValidationError) -> Any:
    """What stands behind the keyword that failed."""
    return error.validator_value
