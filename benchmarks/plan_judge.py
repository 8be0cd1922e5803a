"""Judges single runs of a random film by the till: sent as planned, no dearer, nothing twice, nothing lost.

What happens to the film is drawn in `plan_holds`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from film_author import Author
from random_film import RandomFilm
from run_bench import Choices
from scripted_gateway import ScriptedJob

from runner.model.gateway import Failed, Succeeded
from runner.model.ledger import AttemptState
from runner.model.plan import WORK, Action, Plan, PlannedShot
from runner.model.request import Key
from runner.model.resource import RESOURCE
from runner.model.run import RunOptions
from runner.planning.resources import Named, price_of_resource, resource_key
from runner.running.spending import spent_in

_SENDS: Final = frozenset({Action.MAKE, Action.ATTACH})
_COUNTED: Final = ("films", "steps", "charges", "unplanned", "dearer", "twice", "lost", "never_done")
_NOTHING: Final = Decimal(0)
# As the manifests of the bench say.
_CLIP_COSTS: Final = Decimal("0.50")


@dataclass
class Tally:
    films: int = 0
    steps: int = 0
    charges: int = 0
    # Charged where the plan shows no sending of that shot, voice or element; or for another request.
    unplanned: int = 0
    # More than the plan's total or a limit; or in our books less than in the till.
    dearer: int = 0
    twice: int = 0
    lost: int = 0
    # Still to be made right after it was; or not done however often it is run.
    never_done: int = 0
    troubles: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.troubles += other.troubles

    def line(self, seconds: float) -> str:
        return f"{' '.join(f'{name}={getattr(self, name)}' for name in _COUNTED)} seconds={seconds:.0f}"


class Troubled(Exception):
    """What comes after the first trouble of a film may hang on it."""


class Judge:
    def __init__(self, seed: int, film: RandomFilm, author: Author) -> None:
        self._seed = seed
        self._film = film
        self._author = author
        self.tally = Tally(films=1)
        # What happened to the film, in order.
        self.history: list[str] = []

    def note(self, words: str) -> None:
        self.history.append(words)

    def tell(self, kind: str, words: str) -> None:
        setattr(self.tally, kind, getattr(self.tally, kind) + 1)
        self.tally.troubles.append(f"seed {self._seed}: {kind}: {words}")
        self.note(f"!! {kind}: {words}")
        raise Troubled

    def judge_run(self, plan: Plan, options: RunOptions, new: Sequence[ScriptedJob], spent_before: Decimal) -> None:
        """`new`: what the run was charged for."""
        self.tally.steps += 1
        self.tally.charges += len(new)
        self._judge_clips(plan, [job for job in new if not _is_resource(job)])
        self._judge_makings(plan, [job for job in new if _is_resource(job)])
        self._judge_names()
        self._judge_requests()
        self._judge_costs(plan, options, self._cost_of(new), spent_before)
        self._judge_books()

    # --- sent as planned

    def _judge_clips(self, plan: Plan, clips: Sequence[ScriptedJob]) -> None:
        planned = {one.id: one for one in plan.shots}
        for label, count in Counter(job.request.label for job in clips).items():
            if label not in planned or count > planned[label].sendings:
                self.tell("unplanned", f"{count} of `{label}` charged")
        for job in clips:
            if not _is_sent_by(planned[job.request.label], job.request.key):
                self.tell("unplanned", f"`{job.request.label}` charged for {job.request.key[:6]}")
        requests = Counter((job.request.key, job.request.makers_part.digest) for job in clips)
        for (key, _), count in requests.items():
            if count > 1:
                self.tell("unplanned", f"{key[:6]} charged {count} times in one run")

    def _judge_makings(self, plan: Plan, makings: Sequence[ScriptedJob]) -> None:
        """By what they are made from: two names for one sample are one voice."""
        planned: Counter[Key] = Counter()
        for one in plan.resources:
            named: Named = ("voice" if one.kind == "voice" else "element", one.name)
            planned[resource_key(self._film.bench.film, named)] += one.action in _SENDS
        for key, count in Counter(job.request.key for job in makings).items():
            if count > planned[key]:
                self.tell("unplanned", f"{count} of voice or element {key[:6]} charged")

    # --- no dearer

    def _judge_costs(self, plan: Plan, options: RunOptions, cost: Decimal, spent_before: Decimal) -> None:
        budget, spent = self._film.budget, self.spent()
        if cost > plan.total.high:
            self.tell("dearer", f"{cost} was charged, and the plan said {plan.total.high}")
        if options.max_cost is not None and cost > options.max_cost.amount:
            self.tell("dearer", f"{cost} was charged, and --max-cost was {options.max_cost}")
        if budget is not None and spent > max(budget.amount, spent_before):
            self.tell("dearer", f"{spent} is spent after {spent_before}, and the budget is {budget}")

    def _judge_books(self) -> None:
        if self._begins_names_anew:
            return
        forgotten = self._author.forgotten_jobs()
        paid = self._cost_of(job for job in self._film.gateway.jobs.values() if job.id not in forgotten)
        if self.spent() < paid:
            self.tell("dearer", f"our books say {self.spent()}, the till {paid}")

    def spent(self) -> Decimal:
        return spent_in("USD", self._film.bench.lock, self._film.bench.ledger, sandbox=False)

    def _cost_of(self, jobs: Iterable[ScriptedJob]) -> Decimal:
        return sum(map(self._cost, jobs), _NOTHING)

    def _cost(self, job: ScriptedJob) -> Decimal:
        if isinstance(job.ending, Failed) and job.ending.charged is False:
            return _NOTHING
        if isinstance(job.ending, Succeeded) and job.ending.charge is not None:
            return job.ending.charge.amount
        if not _is_resource(job):
            return _CLIP_COSTS
        kind = job.request.canonical["kind"]
        price = price_of_resource(self._film.bench.manifest, "voice" if kind == "voice" else "element")
        return _NOTHING if price is None else price.high

    # --- nothing twice

    @property
    def _begins_names_anew(self) -> bool:
        """After a loss, where a second of one name is not refused: a look-up may find the older job of a name."""
        return self._author.has_lost_home and not self._film.gateway.refuses_second

    def _judge_names(self) -> None:
        if self._begins_names_anew:
            return
        for name, count in Counter(self._film.gateway.till).items():
            if count > 1:
                self.tell("twice", f"{name} is in the till {count} times")

    def _judge_requests(self) -> None:
        """A clip that came is not paid for again; but for one that was let go of, or lost and asked for again."""
        if self._author.has_lost_home:
            return
        clips = Counter(
            (job.request.key, job.request.makers_part.digest)
            for job in self._film.gateway.jobs.values()
            if isinstance(job.ending, Succeeded) and job.id not in self._author.let_go and not _is_resource(job)
        )
        for (key, _), count in clips.items():
            if count > 1:
                self.tell("twice", f"clips of {key[:6]} were paid for {count} times")

    # --- nothing left

    def judge_rest(self, before: Plan, choices: Choices) -> None:
        """Right after an undisturbed run. What was blocked or left alone may have been freed by what was made for
        another; a voice that turned out to be removed at the gateway is made by a run whose plan shows it.
        """
        plan, _ = self._film.bench.plan(choices=choices)
        if self._film.budget is not None or plan.resources or self._is_stuck(plan):
            return
        free = [one.id for one in before.shots if one.action not in {Action.BLOCKED, Action.STALE}]
        left = [name for name in free if any(roll.action in WORK for roll in plan.shot(name).rolls)]
        if left:
            self.tell("never_done", f"right after a run that nothing disturbed {left} are to be made")

    def _is_stuck(self, plan: Plan) -> bool:
        """Where jobs are not found by name, one that is said to exist is tried again by each run, and asked about."""
        is_tried = any(roll.action is Action.ATTACH for one in plan.shots for roll in one.rolls)
        return is_tried and not self._film.gateway.finds_jobs

    def judge_end(self, runs: int) -> None:
        bench = self._film.bench
        made = {AttemptState.STORED, AttemptState.REGISTERED, AttemptState.LOST}
        kept = {one.job for one in bench.ledger.attempts.values() if one.state in made}
        kept |= {take.job for take in bench.lock.all_takes()} | {one.job for one in bench.lock.resources}
        kept |= self._author.let_go | self._author.forgotten_jobs()
        twofold = {name for name, count in Counter(bench.gateway.till).items() if count > 1}
        for job in self._film.gateway.jobs.values():
            if self._begins_names_anew and job.name in twofold:
                continue
            if isinstance(job.ending, Succeeded) and job.id not in kept:
                self.tell("lost", f"{job.id} of `{job.request.label}` is not stored")
        plan, _ = bench.plan()
        left = [f"{one.id}: {one.action}" for one in plan.shots if one.action is not Action.KEEP]
        left += [f"{one.intent.shot}: {one.state}" for one in bench.ledger.open_attempts]
        if left:
            self.tell("never_done", f"after {runs} runs in good weather {left}")


def _is_sent_by(planned: PlannedShot, key: Key) -> bool:
    """A key that hangs on a source is not known beforehand."""
    keys = [roll.key for roll in planned.rolls if roll.action in _SENDS]
    return key in keys or any(not isinstance(one, str) for one in keys)


def _is_resource(job: ScriptedJob) -> bool:
    return job.request.canonical["medium"] == RESOURCE
