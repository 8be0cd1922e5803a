"""What is known of each gateway, fact by fact: `tests/facts/<gateway>.yaml` is read, and made into calls and shots.

A rule is one sentence of a gateway's pages with two sides. Its body goes to the sandbox, once as it is taken and once
as it is refused; its shot goes through the offline check of the manifest, once passing and once stopped at its line.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from dialect_bench import PICTURE_URL, Caller, data_uri, picture

from runner.core.canonical import Json
from runner.sandbox.dialect import Call, Dialect
from runner.sandbox.dialects import make_dialects
from runner.sandbox.options import SandboxOptions

FOLDER: Final = Path(__file__).parent / "facts"
_RULE: Final = frozenset(
    {"fact", "notes", "call", "body", "taken", "refused", "answer", "lenient", "double"}
    | {"shot", "passes", "stopped", "warned", "line", "says", "offline"}
)
_ERROR: Final = frozenset({"error", "notes", "fact", "status", "means"})


@dataclass(frozen=True)
class Rule:
    """Either side may be missing, with the reason in `double` or `offline`."""

    gateway: str
    fact: str
    # Where the collected notes have it, by section.
    notes: str
    call: str
    taken: Sequence[Mapping[str, Json]]
    refused: Sequence[Mapping[str, Json]]
    # Words of each refusal.
    answers: Sequence[str]
    # True where the lenient double takes what the strict one refuses.
    is_lenient: bool
    double: str
    passes: Sequence[str]
    stopped: Sequence[str]
    # True where it is said as a warning, and sent.
    is_disputed: bool
    line: str
    says: str
    offline: str

    def __str__(self) -> str:
        return f"{self.gateway}: {self.fact}"


@dataclass(frozen=True)
class DocumentedError:
    """An error a gateway's pages list, and what it means for money: a kind of failure, or `uncertain`."""

    gateway: str
    error: str
    notes: str
    fact: str
    status: int
    means: str

    def __str__(self) -> str:
        return f"{self.gateway}: {self.error}"


@dataclass(frozen=True)
class Facts:
    gateway: str
    dialect: Dialect
    headers: Mapping[str, str]
    # Whole bodies that are taken, by call.
    calls: Mapping[str, Mapping[str, Json]]
    rules: Sequence[Rule]
    errors: Sequence[DocumentedError]

    def create(self, call: str, body: Json) -> Call:
        """`task omni`: one of several bodies of a call. `predictions model=kling-o1`: and what stands in its path."""
        name, *more = call.split()
        in_path = dict(place.split("=", 1) for place in more if "=" in place)
        return Caller(self.dialect, self.headers).create(name, _filled(body), places=in_path)

    def joined(self, more: "Facts") -> "Facts":
        calls = {**self.calls, **more.calls}
        return replace(self, calls=calls, rules=[*self.rules, *more.rules], errors=[*self.errors, *more.errors])


@cache
def all_facts() -> tuple[Facts, ...]:
    """The files of one gateway add up."""
    found: dict[str, Facts] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for facts in _read(file):
            before = found.get(facts.gateway)
            found[facts.gateway] = facts if before is None else before.joined(facts)
    return tuple(found.values())


def all_rules() -> list[Rule]:
    return [rule for facts in all_facts() for rule in facts.rules]


def all_errors() -> list[DocumentedError]:
    return [error for facts in all_facts() for error in facts.errors]


def facts_of(gateway: str) -> Facts:
    return next(facts for facts in all_facts() if facts.gateway == gateway)


def _read(file: Path) -> Iterator[Facts]:
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(written) <= {"gateways", "double", "headers", "calls", "rules", "errors"}, file
    for gateway in written.get("gateways", [file.stem]):
        yield _facts(gateway, written)


def _facts(gateway: str, written: Mapping[str, Any]) -> Facts:
    dialect = next(one for one in make_dialects(SandboxOptions()) if one.name == written.get("double", gateway))
    calls = written["calls"]
    return Facts(
        gateway,
        dialect,
        written.get("headers", {"authorization": "Bearer a-key"}),
        calls,
        [_rule(gateway, row, calls) for row in written["rules"]],
        [_error(gateway, row) for row in written.get("errors", ())],
    )


def _rule(gateway: str, row: Mapping[str, Any], calls: Mapping[str, Mapping[str, Json]]) -> Rule:
    unknown = set(row) - _RULE
    assert not unknown, f"{gateway}: {row['fact']}: {unknown}"
    shot = row.get("shot", "")
    return Rule(
        gateway=gateway,
        fact=row["fact"],
        notes=str(row["notes"]),
        call=row.get("call", ""),
        taken=[_body(row, calls, changes) for changes in _each(row.get("taken"))],
        refused=[_body(row, calls, changes) for changes in _each(row.get("refused"))],
        answers=_for_each(row.get("answer"), len(_each(row.get("refused")))),
        is_lenient=row.get("lenient") == "taken",
        double=row.get("double", ""),
        passes=[_joined(shot, more) for more in _each(row.get("passes"))],
        stopped=[_joined(shot, more) for more in _each(row.get("stopped", row.get("warned")))],
        is_disputed="warned" in row,
        line=row.get("line", ""),
        says=row.get("says", ""),
        offline=row.get("offline", ""),
    )


def _error(gateway: str, row: Mapping[str, Any]) -> DocumentedError:
    assert set(row) == _ERROR, f"{gateway}: {row}"
    return DocumentedError(gateway, str(row["error"]), str(row["notes"]), row["fact"], int(row["status"]), row["means"])


def _body(
    row: Mapping[str, Any], calls: Mapping[str, Mapping[str, Json]], changes: Mapping[str, Json]
) -> Mapping[str, Json]:
    """The whole body of the call with both changes; what is changed to null is left out."""
    merged: dict[str, Any] = {**calls[row["call"]]}
    for name, value in [*row.get("body", {}).items(), *changes.items()]:
        _put(merged, name, value)
    return merged


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    """`input.duration` is within `input`, which is not shared with other bodies."""
    outer, _, inner = name.partition(".")
    if inner:
        body[outer] = {**body.get(outer, {})}
        _put(body[outer], inner, value)
    elif value is None:
        body.pop(name, None)
    else:
        body[name] = value


def _each(written: Any) -> Sequence[Any]:
    """Several in a list, or one alone."""
    return [] if written is None else written if isinstance(written, list) else [written]


def _for_each(written: Any, count: int) -> Sequence[str]:
    """One for all, or a list of one for each."""
    return list(written) if isinstance(written, list) else [written] * count


def _joined(shot: str, more: str) -> str:
    return "; ".join(part for part in (shot, more) if part)


def _filled(written: Any) -> Any:
    """`{picture: 300x400, bytes: 9}`, `{data_uri: 300x400}`, `{letters: 9}`, `{times: 4, of: …}`, `URL` made real."""
    if isinstance(written, list):
        return [_filled(each) for each in written]
    if written == "URL":
        return PICTURE_URL
    if not isinstance(written, dict):
        return written
    match written:
        case {"picture": str(size), **rest}:
            return _weighing(picture(*_size(size), str(rest.get("kind", "PNG"))), rest.get("bytes", 0))
        case {"data_uri": str(size)}:
            return data_uri(*_size(size))
        case {"letters": int(count)}:
            return "x" * count
        case {"times": int(count), "of": each}:
            return [_filled(each)] * count
        case _:
            return {name: _filled(value) for name, value in written.items()}


def _weighing(packed: str, weight: int) -> str:
    """What follows a picture's end makes it heavier, and no other picture."""
    content = base64.b64decode(packed)
    return base64.b64encode(content.ljust(weight, b"\0")).decode()


def _size(written: str) -> tuple[int, int]:
    width, _, height = written.partition("x")
    return int(width), int(height)
