"""What can go wrong, at which moment, by which rule; deciding it request by request. `fault_script` reads the rules.

How each fault is carried out is the business of `house` (what is answered) and `server` (what goes over the wire).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final


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
    # One that the gateway's pages list, named by the rule's `error`: "1101".
    ERROR = "error"


_CREATE: Final = frozenset({Moment.CREATE})
_DOWNLOAD: Final = frozenset({Moment.DOWNLOAD})
_ANY: Final = frozenset(Moment)
_CALLS: Final = _ANY - _DOWNLOAD
_WHERE: Final[Mapping[Word, frozenset[Moment]]] = {
    **dict.fromkeys(Word, _ANY),
    **dict.fromkeys((Word.WRONG_TYPE, Word.ODD_WORD, Word.ERROR), _CALLS),
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


def words_at(moment: Moment) -> list[Word]:
    """What can happen then."""
    return [word for word in Word if moment in _WHERE[word]]


DEFAULT_WAIT: Final = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    word: Word
    # Seconds: to be silent for, or to be named in `Retry-After`.
    wait: float = DEFAULT_WAIT
    # Which of those a gateway's pages list.
    error: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    on: Moment
    fault: Fault
    gateway: str | None = None
    # The dialect's name of what is called: `image2video`, `custom-voices`.
    operation: str | None = None
    # Words of the request that made the job: only it and what is asked about it are meant.
    says: str | None = None
    # Which of the requests this rule is for, counted from 1. Without any of the three: each.
    nth: frozenset[int] | None = None
    every: int | None = None
    chance: float | None = None
    times: int | None = None

    def is_for(self, moment: Moment, gateway: str, operation: str, words: str) -> bool:
        is_named = self.gateway in {None, gateway} and self.operation in {None, operation}
        return self.on is moment and is_named and (self.says is None or self.says in words)


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

    @property
    def listens(self) -> bool:
        """True where a request must be read before it is known what becomes of it."""
        return any(rule.says is not None for rule in self.script.rules)

    def next_fault(self, moment: Moment, gateway: str, operation: str, words: str = "") -> Fault | None:
        chosen: tuple[Rule, _Count] | None = None
        for rule, count in zip(self.script.rules, self._counts, strict=True):
            if rule.is_for(moment, gateway, operation, words):
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
