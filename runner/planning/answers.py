"""What a gateway's answer means, by its manifest's rules. An answer is untrusted: anything may stand anywhere in it.

What no rule covers is never guessed: a submit stays uncertain, a job is kept.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from runner.core.canonical import Json
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    Failed,
    Failure,
    FailureClass,
    FindAnswer,
    Found,
    Gone,
    JobState,
    LookupFailed,
    NotFound,
    Rejected,
    Running,
    SubmitAnswer,
    Succeeded,
    Uncertain,
    Unreadable,
)
from runner.model.interface import AnswerRule, AnswerTest, ChargeAt, Verdict
from runner.model.money import Money

Rules: TypeAlias = Sequence[AnswerRule]

_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d{1,4})\]")
# Longer ids and texts than these are no gateway's; they would only fill journals and terminals.
_LONGEST_ID: Final = 200
_LONGEST_TEXT: Final = 500
_LONGEST_ADDRESS: Final = 8000
# Outside of these it is no price, and written out it could fill a lock.
_LEAST_CHARGE: Final = Decimal("1e-9")
_MOST_CHARGE: Final = Decimal("1e9")


def read_submit(rules: Rules, status: int, body: Json, retry_after: float | None = None) -> SubmitAnswer:
    rule = _match(rules, status, body)
    match None if rule is None else rule.verdict:
        case Verdict.ACCEPTED if rule is not None:
            job = _id_at(rule.job, body)
            return Uncertain(f"it answered {status} without a job's id") if job is None else Accepted(job)
        case Verdict.EXISTS:
            return AlreadyExists()
        case Verdict.REJECTED if rule is not None:
            return Rejected(_failure(rule, status, body), retry_after)
        case _:
            return Uncertain(f"it answered {status}{_quote(body)}")


def read_state(rules: Rules, status: int, body: Json) -> JobState:
    rule = _match(rules, status, body)
    return Unreadable(f"it answered {status}{_quote(body)}") if rule is None else _state(rule, status, body)


def find_other_job(place: str | None, body: Json, job: str) -> str | None:
    """Which job an answer is about, where it says so and that is another than the one that was asked about."""
    told = None if place is None else _plain_at(place, body, _LONGEST_ID)
    return None if told == job or not job else told


def read_finding(rules: Rules, status: int, body: Json) -> FindAnswer:
    rule = _match(rules, status, body)
    if rule is None:
        return LookupFailed(f"it answered {status}{_quote(body)}")
    if rule.verdict is Verdict.NOT_FOUND:
        return NotFound()
    job = _id_at(rule.job, body)
    if job is None:
        return LookupFailed(f"it answered {status} without a job's id")
    return Found(job, _state(rule, status, body))


def _state(rule: AnswerRule, status: int, body: Json) -> JobState:
    match rule.verdict:
        case Verdict.RUNNING | Verdict.ACCEPTED:
            return Running()
        case Verdict.SUCCEEDED:
            result: dict[str, Json] = {}
            for name, place in rule.result.items():
                found = _plain_at(place, body, _LONGEST_ADDRESS)
                if found is None:
                    return Unreadable(f"it says the job is done, and does not say its `{name}`")
                result[name] = found
            return Succeeded(result, _charge(rule.charge, body))
        case Verdict.FAILED | Verdict.REJECTED:
            return Failed(_failure(rule, status, body), rule.charged, _charge(rule.charge, body))
        case Verdict.GONE | Verdict.NOT_FOUND:
            return Gone()
        case _:
            return Unreadable(f"it answered {status}{_quote(body)}")


def find_at(place: str, body: Json) -> Json:
    """`data.videos[0].url`; None where there is nothing."""
    held = body
    for name, number in _STEP.findall(place):
        if number:
            is_there = isinstance(held, Sequence) and not isinstance(held, str) and int(number) < len(held)
            held = held[int(number)] if is_there and isinstance(held, Sequence) else None
        else:
            held = held.get(name) if isinstance(held, Mapping) else None
    return held


def _match(rules: Rules, status: int, body: Json) -> AnswerRule | None:
    return next((rule for rule in rules if _fits(rule, status, body)), None)


def _fits(rule: AnswerRule, status: int, body: Json) -> bool:
    is_status = any(low <= status <= high for low, high in rule.http)
    return is_status and all(_passes(test, find_at(test.at, body)) for test in rule.where)


def _passes(test: AnswerTest, held: Json) -> bool:
    if test.is_present is not None:
        return (held is not None and held not in ("", [], {})) == test.is_present
    if test.contains:
        text = held.casefold() if isinstance(held, str) else ""
        return any(word.casefold() in text for word in test.contains)
    return any(type(value) is type(held) and value == held for value in test.values)


def _failure(rule: AnswerRule, status: int, body: Json) -> Failure:
    texts = (_text_at(place, body) for place in rule.message)
    message = next((text for text in texts if text), f"it answered {status}{_quote(body)}")
    code = None if rule.code is None else _text_at(rule.code, body)
    return Failure(rule.kind or FailureClass.GATEWAY, message, code or str(status), rule.input)


def _charge(at: ChargeAt | None, body: Json) -> Money | None:
    """None where the answer does not say it as a number one can pay."""
    held = None if at is None else find_at(at.at, body)
    if at is None or isinstance(held, bool) or not isinstance(held, int | float | str):
        return None
    try:
        amount = Decimal(str(held)) * at.unit
    except ArithmeticError:
        # No number, or one beyond all measure.
        return None
    is_payable = amount.is_finite() and (amount == 0 or _LEAST_CHARGE <= amount < _MOST_CHARGE)
    return Money(amount, at.currency) if is_payable else None


def _id_at(place: str | None, body: Json) -> str | None:
    """An id of plain characters: it is put into addresses, and shown. One gateway's hold slashes."""
    found = None if place is None else _plain_at(place, body, _LONGEST_ID)
    is_plain = found is not None and not set(found) & _NOT_IN_IDS and not set(found.split("/")) & {"", ".", ".."}
    return found if is_plain else None


def _plain_at(place: str, body: Json, longest: int) -> str | None:
    held = find_at(place, body)
    if isinstance(held, bool) or not isinstance(held, str | int):
        return None
    text = str(held)
    return text if 0 < len(text) <= longest and text.isprintable() and " " not in text else None


def _text_at(place: str, body: Json) -> str | None:
    held = find_at(place, body)
    if isinstance(held, bool) or not isinstance(held, str | int | float):
        return None
    return _shown(str(held)) or None


def _quote(body: Json) -> str:
    """A little of what it said, where it said anything in words."""
    for place in _USUAL_PLACES:
        text = _text_at(place, body)
        if text:
            return f": {text}"
    return ""


def _shown(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text[: _LONGEST_TEXT * 2])
    words = " ".join(printable.split())
    return words if len(words) <= _LONGEST_TEXT else f"{words[:_LONGEST_TEXT]}..."


_NOT_IN_IDS: Final = frozenset("?#%&\\ \"'<>")
_USUAL_PLACES: Final = ("message", "detail", "error.message", "error", "title")
