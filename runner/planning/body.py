"""Evaluates a manifest's verbs over what a request holds, and keeps account of what each part was made from.

Pure: a picture becomes text only through the `Supply` handed in, so that nothing is read where nothing is sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, Protocol, TypeAlias

from runner.core.canonical import Digest, Json
from runner.model.mapping import (
    Cases,
    Condition,
    Each,
    Fields,
    Form,
    Listed,
    Path,
    Reference,
    Spec,
    Test,
    Text,
    Value,
    Way,
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or a sound of a request: a file by its digest, an address, or a frame that is cut from a take."""

    # What people call it: the field it stands in, or the name of whom it shows.
    label: str
    digest: Digest | None = None
    url: str | None = None
    # `first_frame` or `last_frame`, where the picture is one.
    frame: str | None = None


Held: TypeAlias = "bool | int | float | str | Attachment | Sequence[Held] | Mapping[str, Held] | None"
View: TypeAlias = Mapping[str, Held]


class Supply(Protocol):
    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        """The picture or sound in the best of these ways it can be given in."""
        ...


@dataclass(frozen=True, slots=True)
class Use:
    """One part of a body, as a JSON pointer, and what it was made from."""

    pointer: str
    path: Path


@dataclass(slots=True)
class Account:
    uses: list[Use] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """Of the request's fields, those that have been sent."""
        return frozenset(use.path[0] for use in self.uses)


class Nothing:
    """What stands for a field that is not sent. Not null, which can be."""


NOTHING: Final = Nothing()
Built: TypeAlias = "Json | Nothing"


class Builder:
    """Builds bodies, paths and queries from one view."""

    def __init__(self, view: View, supply: Supply, account: Account | None = None) -> None:
        self._view = view
        self._supply = supply
        self.account = account or Account()

    def build(self, spec: Spec, pointer: str = "", item: Held = None) -> Built:
        if not holds(spec.when, self._view, item):
            return NOTHING
        noted = len(self.account.uses)
        built = self._make(spec, pointer, item)
        if isinstance(built, Nothing):
            # What went into a part that is not sent after all has not been sent.
            del self.account.uses[noted:]
        return built

    def _make(self, spec: Spec, pointer: str, item: Held) -> Built:
        match spec:
            case Reference():
                return self._refer(spec, pointer, item)
            case Text():
                return self._join(spec, pointer, item)
            case Value():
                self._tell(spec.when, pointer)
                return spec.value
            case Fields():
                return self._gather(spec, pointer, item)
            case Each() | Listed():
                return self._list(spec, pointer, item) or NOTHING
            case Cases():
                return self._choose(spec, pointer, item)

    def text(self, spec: Spec, item: Held = None) -> str:
        """For paths, queries and mentions: nothing is empty."""
        built = self.build(spec, item=item)
        return "" if isinstance(built, Nothing) else text_of(built)

    def _refer(self, spec: Reference, pointer: str, item: Held) -> Built:
        held = find(spec.path, self._view, item)
        if held is None:
            return NOTHING if spec.default is None else spec.default
        if spec.path[0] != "item":
            self.account.uses.append(Use(pointer, spec.path))
        if isinstance(held, Attachment):
            return self._supply.give(held, spec.ways)
        value = _plain(held)
        if spec.characters is not None:
            value = text_of(value)[: spec.characters]
        if spec.table is not None:
            return spec.table.get(text_of(value), NOTHING)
        return _write_as(value, spec.form)

    def _join(self, spec: Text, pointer: str, item: Held) -> Built:
        words: list[str] = []
        for part in spec.parts:
            built = part if isinstance(part, str) else self.build(part, pointer, item)
            if isinstance(built, Nothing):
                return NOTHING
            words.append("".join(map(text_of, built)) if isinstance(built, list) else text_of(built))
        self._tell(spec.when, pointer)
        return "".join(words)

    def _gather(self, spec: Fields, pointer: str, item: Held) -> Built:
        built = {name: self.build(one, f"{pointer}/{name}", item) for name, one in spec.fields.items()}
        there: dict[str, Json] = {name: one for name, one in built.items() if not isinstance(one, Nothing)}
        return there or NOTHING

    def _list(self, spec: Each | Listed, pointer: str, item: Held) -> list[Json]:
        entries: list[Json] = []
        if isinstance(spec, Listed):
            for part in spec.parts:
                # An `each` inside a list adds its entries to it, not a list of its own.
                built = self.build(part, f"{pointer}/{len(entries)}", item)
                if isinstance(part, Each) and isinstance(built, list):
                    entries.extend(built)
                elif not isinstance(built, Nothing):
                    entries.append(built)
            return entries
        over = find(spec.over, self._view, item)
        if not isinstance(over, Sequence) or isinstance(over, str):
            return entries
        if over and spec.over[0] != "item":
            self.account.uses.append(Use(pointer, spec.over))
        for one in over:
            built = self.build(spec.give, f"{pointer}/{len(entries)}", one)
            if not isinstance(built, Nothing):
                entries.append(built)
        return entries

    def _choose(self, spec: Cases, pointer: str, item: Held) -> Built:
        for case in spec.cases:
            if holds(case.when, self._view, item):
                return self.build(case, pointer, item)
        return NOTHING

    def _tell(self, condition: Condition, pointer: str) -> None:
        """What is sent because something holds tells the gateway that it does."""
        self.account.uses.extend(Use(pointer, test.path) for test in condition.tests if test.path[0] != "item")


def holds(condition: Condition, view: View, item: Held = None) -> bool:
    return all(_passes(test, find(test.path, view, item)) for test in condition.tests)


def find(path: Path, view: View, item: Held = None) -> Held:
    """None where there is nothing under that name."""
    held: Held = view
    if path[0] == "item":
        held, path = item, path[1:]
    for name in path:
        if not isinstance(held, Mapping) or name not in held:
            return None
        held = held[name]
    return held


def _passes(test: Test, held: Held) -> bool:
    if test.is_present is not None:
        return (held is not None and held not in ([], ())) == test.is_present
    if test.at_least is not None or test.at_most is not None:
        count = len(held) if isinstance(held, Sequence | Mapping) and not isinstance(held, str) else 0
        return (test.at_least or 0) <= count and (test.at_most is None or count <= test.at_most)
    return any(type(value) is type(held) and value == held for value in test.values)


def _plain(held: Held) -> Json:
    match held:
        case Attachment():
            return None
        case Mapping():
            return {name: _plain(one) for name, one in held.items()}
        case bool() | int() | float() | str() | None:
            return held
        case _:
            return [_plain(one) for one in held]


def _write_as(value: Json, form: Form | None) -> Json:
    match form:
        case None:
            return value
        case Form.TEXT:
            return text_of(value)
        case Form.INTEGER | Form.NUMBER:
            return _number(text_of(value), form)
        case Form.JSON:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# A number with more is an id somebody made up, and written out it could be of any length.
_MOST_DIGITS: Final = 100


def _number(text: str, form: Form) -> Json:
    """What is no number stays as it is, and is then told by the body's schema before anything is sent."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return text
    return int(number) if form is Form.INTEGER and number == int(number) else float(number)


def text_of(value: Json) -> str:
    """As JSON writes it, without a text's quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
