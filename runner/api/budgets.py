"""Whether a plan keeps to what it may cost: `--max-cost` for one run, the storyboard's `budget` for all of them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from runner.api.plans import Planned
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Refused
from runner.core.place import Place
from runner.model.ledger import Ledger
from runner.model.money import Money
from runner.model.plan import Action, Plan
from runner.model.resource import ResourceKind
from runner.planning.resources import open_attempt, resource_key
from runner.planning.trust import is_by_trust
from runner.running.spending import count_unpriced, counting, spent_in
from runner.showing.wording import count

_LESS: Final = "`framechain plan` shows what each shot costs: make less with `--only`, or cheaper, or raise the limit"
_PRICED: Final = "say what it costs under `prices` in the storyboard, or agree with `--allow-unknown-price`"


@dataclass(frozen=True, slots=True)
class _Limit:
    most: Money
    spent: Decimal
    # What earlier runs may have paid beside that, and nobody knows.
    unpriced: int
    name: str
    place: Place | None


def refuse_over_budget(planned: Planned, max_cost: Money | None, *, allow_unknown_price: bool) -> None:
    """By the highest it may cost. What has no price is over every limit, unless the caller agrees to it."""
    total = planned.plan.total
    if not total.high and not total.unknown:
        return
    for limit in _limits(planned, max_cost):
        unknown = total.unknown or (total.high and total.currency != limit.most.currency)
        if (unknown or limit.unpriced) and not allow_unknown_price:
            raise Refused(_refusal(_say_unknown(planned.plan, limit), limit, _hint_for_unknown(planned.plan, limit)))
        if total.currency == limit.most.currency and limit.spent + total.high > limit.most.amount:
            raise Refused(_refusal(_say_excess(planned.plan, limit), limit, _LESS))


def _limits(planned: Planned, max_cost: Money | None) -> list[_Limit]:
    inputs = planned.inputs
    limits = [] if max_cost is None else [_Limit(max_cost, Decimal(0), 0, "`--max-cost`", None)]
    budget = inputs.storyboard.budget
    if budget is not None:
        ledger = _without_attached(planned)
        spent = spent_in(budget.value.currency, inputs.lock, ledger, sandbox=inputs.sandbox)
        unpriced = count_unpriced(counting(ledger, sandbox=inputs.sandbox))
        limits.append(_Limit(budget.value, spent, unpriced, "the budget", budget.place))
    return limits


def _without_attached(planned: Planned) -> Ledger:
    """Doubt that the plan has a price for costs once; but twice where an author's word alone says it does not."""
    inputs, plan = planned.inputs, planned.plan
    manifest, ledger = inputs.manifest, inputs.ledger
    if is_by_trust(manifest.guard):
        return ledger
    attached = {roll.attempt for shot in plan.shots for roll in shot.rolls if roll.action is Action.ATTACH}
    for made in plan.resources:
        if made.action is Action.ATTACH:
            kind: ResourceKind = "voice" if made.kind == "voice" else "element"
            key = resource_key(inputs.storyboard, (kind, made.name))
            doubt = open_attempt(ledger, key, manifest.name, inputs.account, sandbox=inputs.sandbox)
            attached |= set() if doubt is None else {doubt.id}
    return Ledger({name: one for name, one in ledger.attempts.items() if name not in attached})


def _say_unknown(plan: Plan, limit: _Limit) -> str:
    if plan.total.unknown:
        return f"{count(plan.total.unknown, 'price')} cannot be known, so {limit.name} of {limit.most} cannot be kept"
    if plan.total.currency != limit.most.currency:
        cost = Money(plan.total.high, plan.total.currency)
        return f"the plan may cost {cost}, which cannot be held against {limit.name} of {limit.most}"
    earlier = count(limit.unpriced, "earlier job")
    return f"what {earlier} may have cost is not known, so {limit.name} of {limit.most} cannot be kept"


def _hint_for_unknown(plan: Plan, limit: _Limit) -> str:
    if plan.total.unknown:
        return _PRICED
    if plan.total.currency != limit.most.currency:
        return f"give {limit.name} in {plan.total.currency}, or agree with `--allow-unknown-price`"
    return f"`framechain status` shows what was spent; go on in spite of {limit.name} with `--allow-unknown-price`"


def _say_excess(plan: Plan, limit: _Limit) -> str:
    high = Money(plan.total.high, plan.total.currency)
    after = f" after {Money(limit.spent, limit.most.currency)} already spent" if limit.spent else ""
    return f"the plan may cost {high}{after}, which is more than {limit.name} of {limit.most}"


def _refusal(message: str, limit: _Limit, hint: str) -> Diagnostic:
    return Diagnostic("budget-exceeded", Severity.ERROR, message, limit.place, hint)
