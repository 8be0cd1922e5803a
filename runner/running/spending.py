"""What has been spent, by lock and ledger, and whether one more submit may be. Doubt counts as the highest price."""

from collections.abc import Iterable
from decimal import Decimal

from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.model.lock import Lock
from runner.model.money import Money, Price, counted
from runner.model.request import Key
from runner.model.resource import MadeResource
from runner.model.take import Take
from runner.running.books import Books

_NOTHING = Decimal(0)
_UNCHARGED = frozenset({AttemptState.NOT_SENT, AttemptState.REJECTED, AttemptState.UNCHARGED})


def cost_of(attempt: Attempt) -> Money | None:
    """What was reported, else the highest it may be; None where neither is known.

    A charge in another currency than the price's could be held against no limit, since nothing is converted.
    """
    if attempt.state in _UNCHARGED or attempt.charged is False:
        return None if attempt.intent.price is None else Money(_NOTHING, attempt.intent.price.currency)
    price = attempt.intent.price
    return counted(attempt.charge, None if price is None else Money(price.high, price.currency))


def add_costs(attempts: Iterable[Attempt]) -> tuple[Money, ...]:
    """By currency; free work adds nothing, and a job that was attached to twice by one request counts once."""
    sums: dict[str, Decimal] = {}
    jobs: set[tuple[str, str, Key]] = set()
    for attempt in attempts:
        cost = cost_of(attempt)
        job = None if attempt.job is None else (attempt.intent.gateway, attempt.job, attempt.intent.key)
        if cost is not None and cost.amount and job not in jobs:
            if job is not None:
                jobs.add(job)
            sums[cost.currency] = sums.get(cost.currency, _NOTHING) + cost.amount
    return tuple(Money(amount, currency) for currency, amount in sorted(sums.items()))


def count_unpriced(attempts: Iterable[Attempt]) -> int:
    """How many may have cost what nobody knows: no price, no charge told, and not known to be uncharged."""
    unpriced = [
        attempt
        for attempt in attempts
        if attempt.state not in _UNCHARGED
        and attempt.charged is not False
        and attempt.charge is None
        and attempt.intent.price is None
    ]
    return len({(attempt.intent.gateway, attempt.intent.key, attempt.job or attempt.id) for attempt in unpriced})


def counting(ledger: Ledger, *, sandbox: bool) -> list[Attempt]:
    """Those whose cost is money: what a sandbox charged counts only while the sandbox is in use."""
    return [attempt for attempt in ledger.attempts.values() if sandbox or not attempt.intent.sandbox]


def spent_by(lock: Lock, ledger: Ledger, *, sandbox: bool) -> tuple[Money, ...]:
    """By this production in all its runs, by currency: what the journal knows, and what only the lock knows of."""
    known = {
        (attempt.intent.gateway, attempt.job, attempt.intent.key)
        for attempt in ledger.attempts.values()
        if attempt.job is not None
    }
    locked: tuple[Take | MadeResource, ...] = (*lock.all_takes(), *lock.resources)
    elsewhere = {
        (made.gateway, made.job, made.key): made.cost
        for made in locked
        if made.cost is not None and (made.gateway, made.job, made.key) not in known and (sandbox or not made.sandbox)
    }
    sums: dict[str, Decimal] = {}
    for cost in (*add_costs(counting(ledger, sandbox=sandbox)), *elsewhere.values()):
        sums[cost.currency] = sums.get(cost.currency, _NOTHING) + cost.amount
    return tuple(Money(amount, currency) for currency, amount in sorted(sums.items()))


def spent_in(currency: str, lock: Lock, ledger: Ledger, *, sandbox: bool) -> Decimal:
    spent = spent_by(lock, ledger, sandbox=sandbox)
    return next((money.amount for money in spent if money.currency == currency), _NOTHING)


class Purse:
    """Asked before each submit. What the plan was held against may have been spent otherwise meanwhile."""

    def __init__(
        self,
        lock: Lock,
        books: Books,
        budget: Money | None,
        max_cost: Money | None,
        *,
        sandbox: bool,
        allow_unknown_price: bool = False,
    ) -> None:
        self._lock = lock
        self._books = books
        self._sandbox = sandbox
        self._budget = budget
        self._max_cost = max_cost
        self._allows_unknown = allow_unknown_price

    def refuse(self, price: Price | None) -> str | None:
        """Why this may not be sent; None when it may."""
        if price is None and self._allows_unknown:
            return None
        return self._refuse_by_max_cost(price) or self._refuse_by_budget(price)

    def refuse_again(self, attempt: Attempt) -> str | None:
        """Why one in doubt may not be sent once more under its name: it costs once, and every budget counts it."""
        price = attempt.intent.price
        if self._books.was_sent_now(attempt) or (price is None and self._allows_unknown):
            return None
        return self._refuse_by_max_cost(price)

    def _refuse_by_max_cost(self, price: Price | None) -> str | None:
        if self._max_cost is None:
            return None
        now = add_costs(self._books.sent_now)
        spent = sum((cost.amount for cost in now if cost.currency == self._max_cost.currency), _NOTHING)
        return self._refuse_by(price, spent, self._max_cost, "`--max-cost`")

    def _refuse_by_budget(self, price: Price | None) -> str | None:
        if self._budget is None:
            return None
        spent = spent_in(self._budget.currency, self._lock, self._books.ledger, sandbox=self._sandbox)
        return self._refuse_by(price, spent, self._budget, "the budget")

    def _refuse_by(self, price: Price | None, spent: Decimal, limit: Money, name: str) -> str | None:
        if self._allows_unknown and (price is None or price.currency != limit.currency):
            return None
        return _refuse(price, spent, limit, name)


def _refuse(price: Price | None, spent: Decimal, limit: Money, name: str) -> str | None:
    if price is None:
        return f"its price is not known, so {name} of {limit} cannot be kept"
    if price.currency != limit.currency:
        return f"its price of {price} cannot be held against {name} of {limit}"
    if spent + price.high > limit.amount:
        return f"with up to {price}, after {Money(spent, limit.currency)}, it may cost more than {name} of {limit}"
    return None
