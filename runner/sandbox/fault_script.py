"""Reads a script of misbehaviour, in YAML or JSON: which request is answered wrongly, and how."""

import json
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeVar

import yaml

from runner.core.nearest import did_you_mean
from runner.sandbox.faults import DEFAULT_WAIT, Fault, FaultScript, Moment, Rule, Word, words_at

_FIELDS: Final = frozenset(
    {"on", "do", "gateway", "operation", "says", "nth", "every", "chance", "times", "wait", "error"}
)
_Kind = TypeVar("_Kind", bound=StrEnum)


class FaultScriptTrouble(ValueError):
    """A script that cannot be followed. The message names file and rule."""


def read_fault_script(text: str, source: str) -> FaultScript:
    """A list of rules, or `{seed: 7, rules: [...]}`, in YAML or JSON."""
    try:
        written = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (yaml.YAMLError, json.JSONDecodeError):
        # What begins with a brace may be YAML all the same.
        written = _load_yaml(text, source)
    seed = 0
    if isinstance(written, dict):
        _refuse_unknown(written, frozenset({"seed", "rules"}), source)
        seed = _whole(written.get("seed", 0), 0, f"{source}: `seed`")
        written = written.get("rules")
    if not isinstance(written, list):
        raise FaultScriptTrouble(f"{source}: expected a list of rules, or `rules:` with such a list")
    return FaultScript(tuple(_rule(item, f"{source}: rule {number}") for number, item in enumerate(written, 1)), seed)


def _load_yaml(text: str, source: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as trouble:
        raise FaultScriptTrouble(f"{source}: cannot be read: {trouble}") from None


def _rule(written: Any, place: str) -> Rule:
    if not isinstance(written, dict):
        _refuse(place, "expected a mapping such as `{on: create, do: too-fast}`")
    # YAML 1.1 reads a bare `on` as true.
    written = {"on" if name is True else name: value for name, value in written.items()}
    _refuse_unknown(written, _FIELDS, place)
    moment = _known(written, "on", Moment, place)
    word = _known(written, "do", Word, place)
    if word not in words_at(moment):
        fitting = ", ".join(f"`{each}`" for each in Moment if word in words_at(each))
        _refuse(place, f"`{word}` cannot happen on `{moment}`, only on {fitting}")
    if len({"nth", "every", "chance"} & written.keys()) > 1:
        _refuse(place, "only one of `nth`, `every` and `chance` can say when")
    chance = written.get("chance")
    if chance is not None and (isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1):
        _refuse(place, f"`chance` must be between 0 and 1, is {chance!r}")
    wait = written.get("wait", DEFAULT_WAIT)
    if isinstance(wait, bool) or not isinstance(wait, int | float) or wait < 0:
        _refuse(place, f"`wait` must be a number of seconds, is {wait!r}")
    return Rule(
        moment,
        Fault(word, float(wait), _error(written, word, place)),
        gateway=_name(written, "gateway", place),
        operation=_name(written, "operation", place),
        says=_name(written, "says", place),
        nth=_numbers(written.get("nth"), place),
        every=_whole(written["every"], 1, f"{place}: `every`") if "every" in written else None,
        chance=None if chance is None else float(chance),
        times=_whole(written["times"], 1, f"{place}: `times`") if "times" in written else None,
    )


def _known(written: dict[Any, Any], name: str, kind: type[_Kind], place: str) -> _Kind:
    word = written.get(name)
    known = [each.value for each in kind]
    if word is None:
        _refuse(place, f"`{name}` is missing: one of {', '.join(known)}")
    if word not in known:
        _refuse(place, f"`{name}: {word}` is unknown; {did_you_mean(str(word), known, 'known: ' + ', '.join(known))}")
    return kind(word)


def _name(written: dict[Any, Any], name: str, place: str) -> str | None:
    value = written.get(name)
    if value is not None and not isinstance(value, str):
        _refuse(place, f"`{name}` must be a name, is {value!r}")
    return value


def _error(written: dict[Any, Any], word: Word, place: str) -> str:
    """A code or a status is a name too, though YAML reads a number."""
    if (word is Word.ERROR) != ("error" in written):
        _refuse(place, "`error` names what `do: error` answers: both, or neither")
    if word is Word.ERROR and "gateway" not in written:
        _refuse(place, "`do: error` needs `gateway`: each has errors of its own")
    return str(written.get("error", ""))


def _numbers(written: Any, place: str) -> frozenset[int] | None:
    if written is None:
        return None
    items = written if isinstance(written, list) else [written]
    return frozenset(_whole(item, 1, f"{place}: `nth`") for item in items)


def _whole(written: Any, least: int, place: str) -> int:
    if isinstance(written, bool) or not isinstance(written, int) or written < least:
        raise FaultScriptTrouble(f"{place} must be a whole number from {least}, is {written!r}")
    return written


def _refuse_unknown(written: dict[Any, Any], known: frozenset[str], place: str) -> None:
    for name in written:
        if name not in known:
            listed = "known: " + ", ".join(sorted(known))
            _refuse(place, f"`{name}` is unknown; {did_you_mean(str(name), known, listed)}")


def _refuse(place: str, what: str) -> NoReturn:
    raise FaultScriptTrouble(f"{place}: {what}")
