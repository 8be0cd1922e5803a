"""A script of misbehaviour: which request is answered wrongly, and how. Reading it, and deciding request by request.

How each fault is carried out is the business of `house` (what is answered) and `server` (what goes over the wire).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final, NoReturn, TypeVar

import yaml

from runner.core.nearest import did_you_mean


class FaultScriptTrouble(ValueError):
    """A script that cannot be followed. The message names file and rule."""


class Moment(StrEnum):
    """What a request asks for, as rules name it."""

    CREATE = "create"
    POLL = "poll"
    RESULT = "result"
    # By our own name for the job, or in the list of all.
    FIND = "find"
    DOWNLOAD = "download"


class Word(StrEnum):
    TOO_FAST = "too-fast"
    TOO_FAST_WAIT = "too-fast-wait"
    NO_BALANCE = "no-balance"
    MODERATION_NOW = "moderation-now"
    SERVER_ERROR_BEFORE = "server-error-before"
    SERVER_ERROR_AFTER = "server-error-after"
    BAD_GATEWAY_BEFORE = "bad-gateway-before"
    BAD_GATEWAY_AFTER = "bad-gateway-after"
    UNAVAILABLE_BEFORE = "unavailable-before"
    UNAVAILABLE_AFTER = "unavailable-after"
    TIMEOUT_BEFORE = "timeout-504-before"
    TIMEOUT_AFTER = "timeout-504-after"
    CUT_BEFORE_READING = "cut-before-reading"
    CUT_AFTER_READING = "cut-after-reading"
    CUT_AFTER_CHARGING = "cut-after-charging"
    CUT_MID_ANSWER = "cut-mid-answer"
    SLOW = "slow"
    GARBAGE = "garbage"
    EMPTY = "empty"
    WRONG_TYPE = "wrong-type"
    ODD_WORD = "odd-word"
    MODERATION = "moderation"
    BAD_PICTURE = "bad-picture"
    FAIL = "fail"
    STUCK = "stuck"
    LINK_EXPIRED = "link-expired"
    LINK_GONE = "link-gone"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    NOT_A_CLIP = "not-a-clip"
    REDIRECT_LOOP = "redirect-loop"
    REDIRECT_PRIVATE = "redirect-private"


_CREATE: Final = frozenset({Moment.CREATE})
_DOWNLOAD: Final = frozenset({Moment.DOWNLOAD})
_ANY: Final = frozenset(Moment)
_CALLS: Final = _ANY - _DOWNLOAD
_WHERE: Final[Mapping[Word, frozenset[Moment]]] = {
    **dict.fromkeys(Word, _ANY),
    **dict.fromkeys((Word.WRONG_TYPE, Word.ODD_WORD), _CALLS),
    **dict.fromkeys(
        (
            *(Word.NO_BALANCE, Word.MODERATION_NOW, Word.MODERATION, Word.BAD_PICTURE, Word.FAIL, Word.STUCK),
            *(Word.SERVER_ERROR_AFTER, Word.BAD_GATEWAY_AFTER, Word.UNAVAILABLE_AFTER, Word.TIMEOUT_AFTER),
            Word.CUT_AFTER_CHARGING,
        ),
        _CREATE,
    ),
    **dict.fromkeys(
        (
            *(Word.LINK_EXPIRED, Word.LINK_GONE, Word.TRUNCATED, Word.CORRUPT, Word.NOT_A_CLIP),
            *(Word.REDIRECT_LOOP, Word.REDIRECT_PRIVATE),
        ),
        _DOWNLOAD,
    ),
}
_FIELDS: Final = frozenset({"on", "do", "gateway", "operation", "nth", "every", "chance", "times", "wait"})
_DEFAULT_WAIT: Final = 1.0
_Kind = TypeVar("_Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fault:
    word: Word
    # Seconds: to be silent for, or to be named in `Retry-After`.
    wait: float = _DEFAULT_WAIT


@dataclass(frozen=True, slots=True)
class Rule:
    on: Moment
    fault: Fault
    gateway: str | None = None
    # The dialect's name of what is called: `image2video`, `custom-voices`.
    operation: str | None = None
    # Which of the requests this rule is for, counted from 1. Without any of the three: each.
    nth: frozenset[int] | None = None
    every: int | None = None
    chance: float | None = None
    times: int | None = None

    def is_for(self, moment: Moment, gateway: str, operation: str) -> bool:
        return self.on is moment and self.gateway in {None, gateway} and self.operation in {None, operation}


@dataclass(frozen=True, slots=True)
class FaultScript:
    rules: tuple[Rule, ...] = ()
    seed: int = 0


@dataclass(slots=True)
class _Count:
    seen: int = 0
    done: int = 0


@dataclass(slots=True)
class FaultPlayer:
    """Counts requests rule by rule. Each rule counts all it is for; of those that are due the first one acts."""

    script: FaultScript
    _counts: list[_Count] = field(init=False)
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self._counts = [_Count() for _ in self.script.rules]
        self._chance = Random(self.script.seed)  # noqa: S311  # dice to be thrown alike each time, no secret

    def next_fault(self, moment: Moment, gateway: str, operation: str) -> Fault | None:
        chosen: tuple[Rule, _Count] | None = None
        for rule, count in zip(self.script.rules, self._counts, strict=True):
            if rule.is_for(moment, gateway, operation):
                count.seen += 1
                if self._is_due(rule, count) and chosen is None:
                    chosen = rule, count
        if chosen is None:
            return None
        chosen[1].done += 1
        return chosen[0].fault

    def _is_due(self, rule: Rule, count: _Count) -> bool:
        if rule.times is not None and count.done >= rule.times:
            return False
        if rule.nth is not None:
            return count.seen in rule.nth
        if rule.every is not None:
            return count.seen % rule.every == 0
        return rule.chance is None or self._chance.random() < rule.chance


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
    if moment not in _WHERE[word]:
        fitting = ", ".join(f"`{each}`" for each in Moment if each in _WHERE[word])
        _refuse(place, f"`{word}` cannot happen on `{moment}`, only on {fitting}")
    if len({"nth", "every", "chance"} & written.keys()) > 1:
        _refuse(place, "only one of `nth`, `every` and `chance` can say when")
    chance = written.get("chance")
    if chance is not None and (isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1):
        _refuse(place, f"`chance` must be between 0 and 1, is {chance!r}")
    wait = written.get("wait", _DEFAULT_WAIT)
    if isinstance(wait, bool) or not isinstance(wait, int | float) or wait < 0:
        _refuse(place, f"`wait` must be a number of seconds, is {wait!r}")
    return Rule(
        moment,
        Fault(word, float(wait)),
        gateway=_name(written, "gateway", place),
        operation=_name(written, "operation", place),
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
