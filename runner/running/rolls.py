"""One roll of one shot within a run: judged again by what is stored now, made once however many shots ask for it."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runner.core.canonical import Digest
from runner.model.ledger import Attempt, AttemptState
from runner.model.plan import Action
from runner.model.request import Identity, Key, MakersPart
from runner.model.run import Outcome
from runner.model.storyboard import Shot, Storyboard
from runner.planning.makers import voices_in_words
from runner.planning.price import planning_currency, price_of
from runner.planning.questions import say_resolve
from runner.planning.request import canonical_request
from runner.planning.resources import Named
from runner.planning.verdict import RollVerdict, judge_roll
from runner.running.attempt import finish_old, make_roll
from runner.running.pace import do_for_all
from runner.running.requests import complete_request
from runner.running.shared import Order, RollEnd, SharedRun
from runner.running.shelf import Shelf

JobIdentity = tuple[Key, Digest]


@dataclass(frozen=True, slots=True)
class Wish:
    """A roll whose sources all have takes, so that its key is known."""

    shot: Shot
    roll: int
    key: Key
    makers: MakersPart
    sources: Mapping[str, Identity]
    weight: float
    # Ids of the voices and elements made for it, by kind and name.
    made: Mapping[Named, str] = field(default_factory=dict)
    # How it ends where it would have to be made, though the plan holds it back; None where the plan does not.
    held_back: RollEnd | None = None

    @property
    def job(self) -> JobIdentity:
        return (self.key, self.makers.digest)


class RollMaker:
    """Shots with equal keys share one job; a job an earlier run left open is one of them."""

    def __init__(self, run: SharedRun, shelf: Shelf, storyboard: Storyboard) -> None:
        self._run = run
        self._shelf = shelf
        self._storyboard = storyboard
        self._under_way: dict[JobIdentity, asyncio.Future[RollEnd]] = {}
        self._wished: set[JobIdentity] = set()

    async def grant(self, wish: Wish) -> RollEnd:
        """Until there is a take for it, or a reason why not."""
        end: RollEnd | None = None
        self._wished.add(wish.job)
        while True:
            now = self._shelf.inputs_now()
            verdict = judge_roll(now, wish.shot, wish.roll, wish.key, wish.makers, records=self._shelf.records())
            if verdict.action not in {Action.MAKE, Action.RESUME, Action.ATTACH}:
                return _end_without_work(verdict, end)
            under_way = self._under_way.get(wish.job)
            if under_way is None and verdict.action is Action.MAKE and wish.held_back is not None:
                return wish.held_back
            if under_way is None:
                return await self._share(wish.job, self._make(wish, verdict))
            end = await asyncio.shield(under_way)
            if not self._is_worth_another_look(end):
                return end
            # Of all who waited for it the first makes it anew, and the others wait for that.
            if self._under_way.get(wish.job) is under_way:
                del self._under_way[wish.job]

    async def finish(self, attempt: Attempt) -> RollEnd:
        """An open attempt of an earlier run, whoever asks for it now."""
        return await self._share(job_of(attempt), finish_old(self._run, attempt))

    def is_wished(self, attempt: Attempt) -> bool:
        """True when some shot asks for just this now."""
        return job_of(attempt) in self._wished

    def is_ours(self, attempt: Attempt) -> bool:
        """An open attempt belongs to the gateway, endpoint and account that took it."""
        gateway, intent = self._run.outside.gateway, attempt.intent
        # No account: written down by a rebuilt journal that did not know it, so it may be any.
        return (intent.gateway, intent.endpoint) == (gateway.name, gateway.endpoint) and (
            intent.account in {gateway.account, ""}
        )

    def is_under_other_key(self, attempt: Attempt) -> bool:
        gateway, intent = self._run.outside.gateway, attempt.intent
        is_here = (intent.gateway, intent.endpoint) == (gateway.name, gateway.endpoint)
        return is_here and attempt.job is not None and not self.is_ours(attempt)

    async def _share(self, job: JobIdentity, work: Coroutine[Any, Any, RollEnd]) -> RollEnd:
        promise = self._under_way[job] = asyncio.get_running_loop().create_future()
        return await do_for_all(promise, work)

    async def _make(self, wish: Wish, verdict: RollVerdict) -> RollEnd:
        attempt = None if verdict.attempt is None else self._run.books.attempt(verdict.attempt)
        if attempt is not None and not self.is_ours(attempt):
            return open_elsewhere(attempt)
        storyboard, shot = self._storyboard, wish.shot
        medium = self._run.manifest.medium
        canonical = canonical_request(storyboard, shot, wish.roll, medium, wish.sources)
        files = self._run.outside.files
        request = await complete_request(storyboard, shot, canonical, wish.key, wish.makers, files, self._shelf)
        if isinstance(request, RollEnd):
            return request
        order = Order(
            request=replace(request, made={(kind, name): made for (kind, name), made in wish.made.items()}),
            production=storyboard.id,
            profile=storyboard.profile,
            roll=wish.roll,
            model=shot.model.value,
            price=price_of(
                shot,
                self._run.manifest,
                storyboard.prices,
                planning_currency(storyboard),
                voices_in_words(wish.makers),
            ),
            sources=wish.sources,
            weight=wish.weight,
        )
        return await make_roll(self._run, order, attempt)

    def _is_worth_another_look(self, end: RollEnd) -> bool:
        """What ended without a verdict on this request: an old attempt that was never taken, or stayed in doubt."""
        if self._run.is_stopping:
            return False
        if end.outcome in {Outcome.MADE, Outcome.RESUMED} or end.attempt is None:
            return end.attempt is not None
        attempt = self._run.books.attempt(end.attempt)
        is_from_before = not self._run.books.was_sent_now(attempt)
        # A failure is a verdict. That it was asked for again was said of earlier ones, and the plan showed no price.
        is_verdict = attempt.state is AttemptState.FAILED and not self._run.manifest.free
        return is_from_before and not is_verdict and (attempt.state.is_doubtful or not attempt.state.is_open)


def job_of(attempt: Attempt) -> JobIdentity:
    return (attempt.intent.key, attempt.intent.makers_part.digest)


def _end_without_work(verdict: RollVerdict, end: RollEnd | None) -> RollEnd:
    if end is not None:
        return end
    message = "; ".join(reason.text for reason in verdict.reasons)
    outcome = {Action.ASK: Outcome.OPEN, Action.BLOCKED: Outcome.BLOCKED}.get(verdict.action, Outcome.KEPT)
    return RollEnd(outcome, "" if outcome is Outcome.KEPT else message, verdict.hint, verdict.attempt)


def open_elsewhere(attempt: Attempt) -> RollEnd:
    intent = attempt.intent
    return RollEnd(
        Outcome.OPEN,
        f"its job is open at `{intent.endpoint}` under another key than the one in use",
        f"run with that endpoint and key, or let go of it: {say_resolve(attempt, 'abandon')}",
        attempt.id,
        attempt.job,
    )
