"""What the fields of a body must look like, as data: their kinds and bounds, and which are required.

What is wrong comes back as faults, which each dialect words as its gateway does. The rules between fields are theirs.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from runner.core.canonical import Json
from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.pictures import PictureLimits, check_picture

Where: TypeAlias = tuple[str | int, ...]
Body: TypeAlias = Mapping[str, Json]

URL_ONLY: Final = frozenset({"url"})
URL_OR_BASE64: Final = frozenset({"url", "base64"})
URL_OR_DATA_URI: Final = frozenset({"url", "data-uri"})
EVERY_WAY: Final = frozenset({"url", "data-uri", "base64"})
# As some pages write lengths; longer ones are none.
_WRITTEN_WHOLE: Final = re.compile(r"[0-9]{1,9}")


class FaultKind(StrEnum):
    MISSING = "missing"
    UNKNOWN = "unknown"
    TYPE = "type"
    VALUE = "value"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    where: Where
    text: str

    @property
    def place(self) -> str:
        """`multi_prompt[0].duration`."""
        words = ""
        for step in self.where:
            words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
        return words


class Kind(Protocol):
    def find_faults(self, value: Json, where: Where, strictness: Strictness, /) -> Iterator[Fault]: ...


@dataclass(frozen=True, slots=True)
class Text:
    longest: int | None = None
    shortest: int = 0

    def find_faults(self, value: Json, where: Where, _: Strictness, /) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield _wrong_type(where, "a string", value)
        elif self.longest is not None and len(value) > self.longest:
            yield Fault(FaultKind.VALUE, where, f"must have at most {self.longest} characters, has {len(value)}")
        elif len(value) < self.shortest:
            yield Fault(FaultKind.VALUE, where, f"must have at least {self.shortest} characters")


@dataclass(frozen=True, slots=True)
class Choice:
    values: tuple[str | int, ...]

    def find_faults(self, value: Json, where: Where, strictness: Strictness, /) -> Iterator[Fault]:
        """Numbers are no strings, except where gateways' own pages mix them up."""
        is_exact = any(value == known and type(value) is type(known) for known in self.values)
        is_meant = (
            strictness is Strictness.LENIENT and not isinstance(value, bool) and str(value) in map(str, self.values)
        )
        if not is_exact and not is_meant:
            expected = ", ".join(map(_show, self.values))
            yield Fault(FaultKind.VALUE, where, f"must be one of {expected}, is {_show(value)}")


@dataclass(frozen=True, slots=True)
class Whole:
    least: int | None = None
    most: int | None = None

    def find_faults(self, value: Json, where: Where, strictness: Strictness, /) -> Iterator[Fault]:
        if strictness is Strictness.LENIENT and isinstance(value, str) and _WRITTEN_WHOLE.fullmatch(value):
            value = int(value)
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not is_whole or not isinstance(value, int | float):
            yield _wrong_type(where, "an integer", value)
        else:
            yield from _outside(where, value, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Number:
    least: float | None = None
    most: float | None = None

    def find_faults(self, value: Json, where: Where, strictness: Strictness, /) -> Iterator[Fault]:
        if strictness is Strictness.LENIENT and isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                yield _wrong_type(where, "a number", value)
                return
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield _wrong_type(where, "a number", value)
        else:
            yield from _outside(where, value, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Flag:
    # True where shipped clients send "true" and "false".
    takes_words: bool = False

    def find_faults(self, value: Json, where: Where, _: Strictness, /) -> Iterator[Fault]:
        if not isinstance(value, bool) and not (self.takes_words and value in {"true", "false"}):
            yield _wrong_type(where, "a boolean", value)


@dataclass(frozen=True, slots=True)
class Link:
    """An address of something that is no picture: a clip, a sound, a callback."""

    def find_faults(self, value: Json, where: Where, _: Strictness, /) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield _wrong_type(where, "a string", value)
        elif not value.startswith(("http://", "https://")):
            yield Fault(FaultKind.VALUE, where, f"must be an http(s) URL, is {_show(value)}")


@dataclass(frozen=True, slots=True)
class Picture:
    ways: frozenset[str]
    # What only one of the vendor's pages says is taken.
    also: frozenset[str] = frozenset()
    limits: PictureLimits = field(default_factory=PictureLimits)

    def find_faults(self, value: Json, where: Where, strictness: Strictness, /) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield _wrong_type(where, "a string", value)
            return
        ways = self.ways | self.also if strictness is Strictness.LENIENT else self.ways
        complaint = check_picture(value, ways, self.limits)
        if complaint is not None:
            yield Fault(FaultKind.PICTURE, where, complaint)


@dataclass(frozen=True, slots=True)
class Anything:
    """An object that is looked at elsewhere."""

    def find_faults(self, value: Json, where: Where, _: Strictness, /) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield _wrong_type(where, "an object", value)


@dataclass(frozen=True, slots=True)
class Many:
    item: Kind
    least: int = 0
    most: int | None = None

    def find_faults(self, value: Json, where: Where, strictness: Strictness, /) -> Iterator[Fault]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield _wrong_type(where, "an array", value)
            return
        if len(value) < self.least:
            yield Fault(FaultKind.VALUE, where, f"must have at least {self.least} items, has {len(value)}")
        if self.most is not None and len(value) > self.most:
            yield Fault(FaultKind.VALUE, where, f"must have at most {self.most} items, has {len(value)}")
        for number, item in enumerate(value):
            yield from self.item.find_faults(item, (*where, number), strictness)


@dataclass(frozen=True, slots=True)
class Record:
    """An object. Where a field is absent, null counts as absent unless the gateway refuses it."""

    fields: Mapping[str, Kind]
    required: frozenset[str] = frozenset()
    # Fields only one of the vendor's pages or clients has: unknown when strict.
    also: Mapping[str, Kind] = field(default_factory=dict)
    refuses_null: bool = False
    # True where the gateway's own samples send `""` for what is not given.
    drops_empty: bool = False

    def find_faults(self, value: Json, where: Where, strictness: Strictness, /) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield _wrong_type(where, "an object", value)
            return
        given = self.keep_given(value)
        known = {**self.fields, **self.also} if strictness is Strictness.LENIENT else self.fields
        for name in sorted(self.required - given.keys()):
            yield Fault(FaultKind.MISSING, (*where, name), "is required")
        for name, item in given.items():
            if name in known:
                yield from known[name].find_faults(item, (*where, name), strictness)
            elif strictness is Strictness.STRICT:
                yield Fault(FaultKind.UNKNOWN, (*where, name), "is no field of this request")

    def keep_given(self, value: Body) -> dict[str, Json]:
        """Without what counts as absent."""
        return {
            name: item
            for name, item in value.items()
            if (item is not None or self.refuses_null) and not (self.drops_empty and item == "")
        }


def _outside(where: Where, value: float, least: float | None, most: float | None) -> Iterator[Fault]:
    if least is not None and value < least:
        yield Fault(FaultKind.VALUE, where, f"must be at least {least:g}, is {_show(value)}")
    if most is not None and value > most:
        yield Fault(FaultKind.VALUE, where, f"must be at most {most:g}, is {_show(value)}")


def _wrong_type(where: Where, expected: str, value: Json) -> Fault:
    return Fault(FaultKind.TYPE, where, f"must be {expected}, is {_show(value)}")


def _show(value: Json) -> str:
    """A value in a message: short, since it may be a picture."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 60 else f"{written[:57]}..."
