"""How runs of a random film are asked for, how long they live, and how its gateway behaves meanwhile."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from random_film import RandomFilm
from run_bench import FORBIDDEN, Choices
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING

from runner.model.gateway import (
    Failed,
    Failure,
    FailureClass,
    FetchFailed,
    JobState,
    NotSent,
    Rejected,
    Running,
    Succeeded,
)
from runner.model.money import Money
from runner.model.plan import Action
from runner.model.run import RunOptions

_BROKE: Final = Failure(FailureClass.GATEWAY, "broke")
_BUSY: Final = Failure(FailureClass.LIMIT, "too many jobs")
# A clip that plays and is of another length than any that is asked for.
_UNFIT: Final = '{"duration": 3, "content": "short"}'


class Weather:
    def __init__(self, film: RandomFilm, dice: random.Random) -> None:
        self._film = film
        self._dice = dice

    # --- what is asked of a run

    def choices(self) -> Choices:
        dice, names = self._dice, [one.id for one in self._film.shots]
        if dice.random() < 0.12:
            return self._retry()
        only = frozenset(dice.sample(names, dice.randint(1, len(names)))) if dice.random() < 0.25 else None
        remake = frozenset(dice.sample(names, dice.randint(1, len(names)))) if dice.random() < 0.3 else frozenset()
        return Choices(only, no_cascade=dice.random() < 0.2, remake=remake)

    def _retry(self) -> Choices:
        plan, _ = self._film.bench.plan()
        failed = frozenset(one.id for one in plan.shots if any(reason.code == "failed" for reason in one.reasons))
        return Choices(only=failed, remake=failed)

    def options(self) -> RunOptions:
        most = Money(Decimal(self._dice.choice(("0.60", "1.20"))), "USD") if self._dice.random() < 0.15 else None
        return RunOptions(wait_seconds=self._dice.choice((1.0, 3600.0)), max_cost=most)

    def kill(self) -> tuple[int, bool] | None:
        """Before or after which entry of the journal the process dies."""
        if self._dice.random() < 0.6:
            return None
        return (len(self._film.bench.entries) + self._dice.randint(1, 14), self._dice.random() < 0.5)

    # --- the gateway

    def storm(self) -> None:
        dice, gateway = self._dice, self._film.gateway
        submits = ("accept", "accept", CUT_BEFORE_CHARGING, CUT_AFTER_CHARGING)
        refusals = (Rejected(FORBIDDEN), Rejected(_BUSY), NotSent("no route"))
        gateway.submits = [dice.choice((*submits, *refusals)) for _ in range(dice.randint(0, 5))]
        gateway.endings = self._draw(self._ending, 3)
        gateway.makings = self._draw(self._making, 2)
        gateway.polls = [Running()] * dice.choice((0, 0, 5, 200))
        gateway.fetches = [dice.choice((FetchFailed("cut"), "no clip", _UNFIT)) for _ in range(dice.choice((0, 0, 1)))]
        # A job shows within a minute: one that may be older does so at once.
        is_doubted = any(one.state.is_doubtful for one in self._film.bench.ledger.open_attempts)
        gateway.looks_until_shown = 0 if is_doubted else dice.choice((0, 0, 1))
        if self._film.has_cast and dice.random() < 0.15:
            gateway.removed |= {made.id for made in self._film.bench.lock.resources}

    def calm(self) -> None:
        gateway = self._film.gateway
        gateway.submits, gateway.endings, gateway.makings, gateway.polls, gateway.fetches = [], [], [], [], []
        gateway.looks_until_shown = 0

    def _draw(self, one: Callable[[], JobState], most: int) -> list[JobState]:
        return [one() for _ in range(self._dice.randint(0, most))]

    def _ending(self) -> JobState:
        told = self._dice.choice((None, None, Money(Decimal("0.30"), "USD")))
        well = Succeeded({"clip": "told"}, told)
        return self._dice.choice((well, well, Failed(_BROKE, None), Failed(FORBIDDEN, charged=False)))

    def _making(self) -> JobState:
        return self._dice.choice((Succeeded({"id": f"v-{self._dice.random()}"}), Failed(_BROKE, None)))

    def hindered(self) -> frozenset[str]:
        """Shots that are made only if asked for once more: failed, refused, or their clips are gone."""
        plan, _ = self._film.bench.plan()
        return frozenset(one.id for one in plan.shots if any(roll.action is Action.BLOCKED for roll in one.rolls))
