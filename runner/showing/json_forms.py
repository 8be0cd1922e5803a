"""What `check`, `plan` and `status` print with `--json`. Their schemas say what other programs may rely on.

Money is a decimal in a string, so that no reader rounds it; a value that is not known is null, never left out.
"""

from collections.abc import Iterable

from runner.core.canonical import Json
from runner.core.diagnostic import Diagnostic
from runner.core.place import Place
from runner.model.money import Money, Price, plain_amount
from runner.model.plan import Plan, PlannedRoll, PlannedShot, Resource
from runner.model.request import PendingKey
from runner.model.status import OpenAttempt, ShotStatus, Status

# Of the plan's form: a saved plan of another one is not applied.
PLAN_VERSION = 1


def check_to_json(diagnostics: Iterable[Diagnostic]) -> dict[str, Json]:
    return {"diagnostics": [diagnostic_form(found) for found in diagnostics]}


def plan_to_json(plan: Plan) -> dict[str, Json]:
    """Also what a saved plan holds: everything a later `apply` compares stands in it."""
    total = plan.total
    return {
        "plan": PLAN_VERSION,
        "production": plan.production,
        "profile": plan.profile,
        "provider": plan.provider,
        "shots": [_planned_shot(plan, shot) for shot in plan.shots],
        "resources": [_resource(resource) for resource in plan.resources],
        "total": {
            "low": plain_amount(total.low),
            "high": plain_amount(total.high),
            "currency": total.currency,
            "unknown": total.unknown,
        },
        "longest_chain": list(plan.longest_chain),
        "expected_seconds": plan.expected_seconds,
    }


def status_to_json(status: Status) -> dict[str, Json]:
    return {
        "production": status.production,
        "title": status.title,
        "profile": status.profile,
        "provider": status.provider,
        "data": status.data,
        "film": status.film,
        "shots": [_shot_status(shot) for shot in status.shots],
        "open": [_open_attempt(attempt) for attempt in status.open_attempts],
        "spent": [_money(amount) for amount in status.spent],
        "unpriced": status.unpriced,
        "budget": None if status.budget is None else _money(status.budget),
    }


def diagnostic_form(found: Diagnostic) -> dict[str, Json]:
    return {
        "code": found.code,
        "severity": found.severity.value,
        "message": found.message,
        **place_form(found.place),
        "hint": found.hint,
        "related": [{"message": message, **place_form(place)} for message, place in found.related],
    }


def place_form(place: Place | None) -> dict[str, Json]:
    if place is None:
        return {"file": None, "line": None, "column": None}
    return {"file": place.source.name, "line": place.line, "column": place.column}


def _planned_shot(plan: Plan, shot: PlannedShot) -> dict[str, Json]:
    return {
        "id": shot.id,
        "scene": shot.scene,
        "action": shot.action.value,
        "reasons": [{"code": reason.code, "text": reason.text} for reason in shot.reasons],
        "price": _price(shot.price),
        "cascade": shot.is_cascade,
        "hint": shot.hint,
        "take": None if shot.take is None else shot.take.name,
        "needs": list(plan.needs.get(shot.id, ())),
        "rolls": [_planned_roll(roll) for roll in shot.rolls],
    }


def _planned_roll(roll: PlannedRoll) -> dict[str, Json]:
    return {
        "roll": roll.roll,
        "action": roll.action.value,
        # Of key and waits_for one says something: a pending key waits for takes of other shots.
        "key": None if isinstance(roll.key, PendingKey) else roll.key,
        "waits_for": list(roll.key.waits_for) if isinstance(roll.key, PendingKey) else [],
        "attempt": roll.attempt,
        "take": None if roll.take is None else roll.take.name,
    }


def _resource(resource: Resource) -> dict[str, Json]:
    return {
        "kind": resource.kind,
        "name": resource.name,
        "action": resource.action.value,
        "price": _price(resource.price),
    }


def _shot_status(shot: ShotStatus) -> dict[str, Json]:
    return {
        "id": shot.id,
        "scene": shot.scene,
        "state": shot.state.value,
        "take": shot.take,
        "digest": shot.digest,
        "path": shot.path,
        "takes": shot.takes,
        "rolls": shot.rolls,
        "reason": shot.reason or None,
    }


def _open_attempt(attempt: OpenAttempt) -> dict[str, Json]:
    return {
        "shot": attempt.shot,
        "state": attempt.state,
        "gateway": attempt.gateway,
        "job": attempt.job,
        "since": attempt.since,
        "price": _price(attempt.price),
    }


def _price(price: Price | None) -> dict[str, Json] | None:
    if price is None:
        return None
    return {"low": plain_amount(price.low), "high": plain_amount(price.high), "currency": price.currency}


def _money(money: Money) -> dict[str, Json]:
    return {"amount": plain_amount(money.amount), "currency": money.currency}
