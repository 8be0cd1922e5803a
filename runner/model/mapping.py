"""The verbs a manifest writes request bodies with, as values: reference, text, value, fields, each, cases, and `when`.

They can choose, rename and list what a request holds, and nothing else: no loops of their own, no arithmetic. What the
references may name is told in docs/providers.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from runner.core.canonical import Json

# `voices`, `item.id`, `camera.amount`: names one below the other.
Path: TypeAlias = tuple[str, ...]


class Way(StrEnum):
    """How a picture or a sound may be given."""

    BASE64 = "base64"
    DATA_URI = "data-uri"
    URL = "url"


class Form(StrEnum):
    """What a value is written as."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    # JSON inside a text.
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Test:
    """Of one reference: that it is one of these values, is there or is not, is a list of so many."""

    path: Path
    values: tuple[Json, ...] = ()
    is_present: bool | None = None
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds where each of its tests does."""

    tests: tuple[Test, ...]


ALWAYS = Condition(())


@dataclass(frozen=True, slots=True)
class Reference:
    """What the request holds under a name; nothing where it holds nothing."""

    path: Path
    form: Form | None = None
    # For pictures and sounds, the best way first.
    ways: tuple[Way, ...] = ()
    # From the value, as text, to what is sent in its place.
    table: Mapping[str, Json] | None = None
    # Instead of nothing.
    default: Json = None
    # Of a text at most so many characters are sent.
    characters: int | None = None
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Text:
    """Parts one behind the other; nothing where one of them is nothing."""

    parts: "tuple[str | Spec, ...]"
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Value:
    """Always the same. Under a condition it tells the gateway that the condition holds."""

    value: Json
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Fields:
    """An object; nothing where it would be empty."""

    fields: "Mapping[str, Spec]"
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Each:
    """A list with one entry for each of another, which `item` then names; nothing where it would be empty."""

    over: Path
    give: "Spec"
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of parts, each of which may be nothing, one entry, or (an `each`) several."""

    parts: "tuple[Spec, ...]"
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Cases:
    """The first whose condition holds."""

    cases: "tuple[Spec, ...]"
    when: Condition = ALWAYS


Spec: TypeAlias = Reference | Text | Value | Fields | Each | Listed | Cases
