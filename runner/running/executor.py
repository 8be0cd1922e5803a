"""Carries out a plan: every shot after what it needs, longest way first, within the limits; a failure stops only what
hangs on it. What becomes of one roll is decided in `rolls` and below; here is who waits for whom.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence

from runner.core.errors import FramechainError
from runner.model.ledger import Attempt
from runner.model.outside import Progress
from runner.model.plan import Action, Plan, PlanInputs, PlannedRoll, PlannedShot
from runner.model.request import Key, MakersPart
from runner.model.run import Outcome, RunOptions, RunResult
from runner.model.storyboard import Shot
from runner.model.take import Take
from runner.planning.lost_attempts import is_of_lost_request
from runner.planning.makers import makers_part
from runner.planning.request import canonical_request, request_key
from runner.planning.resources import Named
from runner.planning.takes import known_key
from runner.planning.trust import effective_guard
from runner.running.books import Books
from runner.running.breaker import Breaker
from runner.running.ends import Ends
from runner.running.gate import Gate, Spacing
from runner.running.locked import LockedJobs
from runner.running.outside import Outside
from runner.running.pace import do_all
from runner.running.pools import Pool
from runner.running.resources import Workshop
from runner.running.rolls import RollMaker, Wish, job_of
from runner.running.shared import RollEnd, SharedRun
from runner.running.shelf import Shelf, identities_of
from runner.running.spending import Purse

_WORK = frozenset({Action.MAKE, Action.RESUME, Action.ATTACH})
# A doubt about such a roll is cleared up there, or asked there.
_TOLD_AT_SHOT = _WORK | {Action.ASK}


async def execute(
    plan: Plan, inputs: PlanInputs, outside: Outside, options: RunOptions, progress: Progress
) -> RunResult:
    """Never raises for what a provider or a clip does; only for a journal or lock that cannot be written."""
    run = _PlanRun(plan, inputs, outside, options, progress)
    progress.started([shot.id for shot in plan.shots if _has_work(shot)])
    try:
        await run.carry_out()
    except BaseExceptionGroup as raised:
        raise _most_telling(raised) from raised
    finally:
        run.shelf.save(is_last=True)
        progress.ended()
    return run.ends.sum_up(plan, run.shelf, run.maker)


class _PlanRun:
    def __init__(
        self, plan: Plan, inputs: PlanInputs, outside: Outside, options: RunOptions, progress: Progress
    ) -> None:
        self._plan = plan
        self._inputs = inputs
        self._outside = outside
        self._books = Books(outside.journal)
        self._shared = _share(inputs, outside, options, progress, self._books)
        self.shelf = Shelf(inputs, self._books, outside)
        self._workshop = Workshop(self._shared, inputs)
        self.maker = RollMaker(self._shared, self.shelf, inputs.storyboard)
        self.ends = Ends(self._shared)
        self._shots = {shot.id: shot for shot in inputs.storyboard.shots}
        self._planned = {shot.id: shot for shot in plan.shots}
        # Resolved once a shot has a take to chain from, or will have none in this run.
        self._usable = {shot: asyncio.get_running_loop().create_future() for shot in self._planned}

    async def carry_out(self) -> None:
        """Cancelled, it returns with what it has: the result says what was interrupted and what still runs."""
        closing = asyncio.ensure_future(self._close_on_stop())
        # Made by a run that was killed before it wrote the lock.
        self.shelf.note(self._workshop.write_into)
        try:
            async with asyncio.TaskGroup() as group:
                for attempt in self._left_open():
                    group.create_task(self._finish(attempt))
                for shot_id in sorted(self._plan.order, key=lambda shot: -self._plan.weights.get(shot, 0.0)):
                    group.create_task(self._visit(shot_id))
        except asyncio.CancelledError:
            self._outside.stop.set()
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
        finally:
            closing.cancel()

    async def _close_on_stop(self) -> None:
        await self._outside.stop.wait()
        self._shared.pool.close()

    # --- jobs of earlier runs

    def _left_open(self) -> list[Attempt]:
        """Jobs in flight take their places first. Doubt about a request that is asked for again is cleared up there."""
        open_attempts = self._books.ledger.open_attempts
        in_doubt = {attempt.intent.key for attempt in open_attempts if attempt.state.is_doubtful}
        asked_for = {
            (roll.key, self._makers(self._shots[shot.id]).digest)
            for shot in self._plan.shots
            for roll in shot.rolls
            if roll.action in _TOLD_AT_SHOT and roll.key in in_doubt
        }
        # A voice or an element is followed by the shots that need it, whatever state it is in.
        needed = self._workshop.keys_for(self._shots[shot.id] for shot in self._plan.shots if _is_made(shot))
        return [
            attempt
            for attempt in open_attempts
            if self.maker.is_ours(attempt)
            and attempt.intent.key not in needed
            and attempt.unfit is None
            and not (attempt.state.is_doubtful and (job_of(attempt) in asked_for or self._is_asked_first(attempt)))
        ]

    def _is_asked_first(self, attempt: Attempt) -> bool:
        """What a lost journal may have held is the question its shot is."""
        planned = self._planned.get(attempt.intent.shot)
        return is_of_lost_request(attempt) and planned is not None and planned.action is Action.ASK

    async def _finish(self, attempt: Attempt) -> None:
        end = await self.maker.finish(attempt)
        self.ends.note_old_job(attempt.id, end)
        self.shelf.note(self._workshop.write_into)
        shot = self._shots.get(attempt.intent.shot)
        if shot is not None and attempt.intent.profile == self._inputs.storyboard.profile:
            self.shelf.settle(shot, (), self._makers(shot))

    # --- shots

    async def _visit(self, shot_id: str) -> None:
        shot, planned = self._shots[shot_id], self._planned[shot_id]
        usable = self._usable[shot_id]
        try:
            self._write_down_choice(shot, planned)
            if not _has_work(planned):
                self.ends.note_shot(shot_id, _end_as_planned(planned))
                return
            hindrance = await self._wait_for_needs(shot)
            if hindrance is None or (hindrance.outcome is Outcome.BLOCKED and not planned.sendings):
                # A job that runs is gone on with, whatever became of the shots it comes after.
                await self._make(shot, planned)
            else:
                self.ends.note_shot(shot_id, hindrance)
            self.ends.tell(shot_id)
        finally:
            if not usable.done():
                usable.set_result(self._has_take_to_chain_from(planned))

    def _write_down_choice(self, shot: Shot, planned: PlannedShot) -> None:
        """The take the plan went by: those that hang on it are made from it. It may have been stored by a run that was
        killed before it wrote the lock, made for another shot or profile, or be asked for again.
        """
        keys = [key for roll in planned.rolls if (key := known_key(roll.key)) is not None]
        block = self.shelf.lock.block(shot.id, self._inputs.storyboard.profile)
        is_known = block.current == planned.take
        if planned.action is Action.KEEP:
            is_listed = block.key in keys[:1] and {take.key for take in block.takes}.issuperset(keys)
            is_known = is_known and is_listed and planned.take is not None and self._is_here(planned.take)
        if keys and not is_known:
            self.shelf.settle(shot, keys, self._makers(shot))

    def _is_here(self, take: Take) -> bool:
        return self.shelf.clip_of(take) is not None

    async def _wait_for_needs(self, shot: Shot) -> RollEnd | None:
        needs = self._plan.needs.get(shot.id, ())
        missing = [need for need in needs if not await asyncio.shield(self._usable[need])]
        if self._shared.is_stopping:
            return RollEnd(Outcome.INTERRUPTED, "nothing was sent")
        if not missing:
            return None
        if self._shared.shut is not None:
            return self._shared.shut
        return RollEnd(
            Outcome.BLOCKED, f"`{missing[0]}` has no clip to go on from", f"see what became of `{missing[0]}` first"
        )

    async def _make(self, shot: Shot, planned: PlannedShot) -> None:
        sources = identities_of(shot, self.shelf)
        if sources is None:
            self.ends.note_shot(shot.id, RollEnd(Outcome.BLOCKED, "a shot it chains from has no take"))
            return
        made = await self._provide(shot, planned)
        if isinstance(made, RollEnd):
            self.ends.note_shot(shot.id, made)
            return
        storyboard, medium = self._inputs.storyboard, self._inputs.manifest.medium
        makers = self._makers(shot)
        weight = self._plan.weights.get(shot.id, 0.0)
        keys = [
            request_key(canonical_request(storyboard, shot, roll, medium, sources))
            for roll in range(1, shot.rolls.value + 1)
        ]
        wishes = [
            Wish(shot, roll.roll, keys[roll.roll - 1], makers, sources, weight, made, _hold_back(planned, roll))
            for roll in planned.rolls
        ]
        ends: dict[int, RollEnd] = {}
        self.ends.expect(shot.id, len(wishes))
        await do_all(*(self._grant(wish, wishes, ends, keys) for wish in wishes))

    async def _provide(self, shot: Shot, planned: PlannedShot) -> Mapping[Named, str] | RollEnd:
        """Only what is to be sent needs its voices and elements; a job that runs was given them.

        What is in doubt may be sent once more, with just what it was sent with before.
        """
        if not _is_made(planned):
            return self._workshop.recall(shot)
        made = await self._workshop.provide(shot, self._plan.weights.get(shot.id, 0.0))
        self.shelf.note(self._workshop.write_into)
        return made

    async def _grant(self, wish: Wish, wishes: Sequence[Wish], ends: dict[int, RollEnd], keys: Sequence[Key]) -> None:
        ends[wish.roll] = end = await self.maker.grant(wish)
        self.ends.note_roll(wish.shot.id, wishes.index(wish), end)
        # The first roll is chosen, not the first that happened to be ready: while one before is out, nothing is.
        is_turn = all(other.roll in ends for other in wishes if other.roll < wish.roll)
        self.shelf.settle(wish.shot, keys if is_turn else (), wish.makers)
        usable = self._usable[wish.shot.id]
        take = self.shelf.take_in_use(wish.shot.id)
        if is_turn and take is not None and take.key in keys and not usable.done():
            usable.set_result(True)

    def _has_take_to_chain_from(self, planned: PlannedShot) -> bool:
        take = self.shelf.take_in_use(planned.id)
        if take is None:
            return False
        if not _has_work(planned):
            # Asked about or blocked as a whole, it may still have a roll that stands.
            return planned.action in {Action.KEEP, Action.STALE} or any(
                roll.action is Action.KEEP for roll in planned.rolls
            )
        block = self.shelf.lock.block(planned.id, self._inputs.storyboard.profile)
        has_takes = self.ends.all_have_takes(planned.id)
        return (has_takes or block.pinned is not None) and self.shelf.clip_of(take) is not None

    def _makers(self, shot: Shot) -> MakersPart:
        return makers_part(self._inputs.storyboard, shot, self._inputs.manifest)


def _share(inputs: PlanInputs, outside: Outside, options: RunOptions, progress: Progress, books: Books) -> SharedRun:
    manifest, budget = inputs.manifest, inputs.storyboard.budget
    pace, most = manifest.submits_a_minute, manifest.most_jobs(options.jobs, os.cpu_count() or 1)
    return SharedRun(
        outside=outside,
        books=books,
        locked=LockedJobs(inputs.lock),
        pool=Pool(most, manifest.concurrent_by_model),
        purse=Purse(
            inputs.lock,
            books,
            None if budget is None else budget.value,
            options.max_cost,
            sandbox=inputs.sandbox,
            allow_unknown_price=options.allow_unknown_price,
        ),
        manifest=manifest,
        guard=effective_guard(manifest, inputs.storyboard),
        options=options,
        progress=progress,
        gate=Gate(None if pace is None else Spacing(pace), None if manifest.free else Breaker()),
    )


def _has_work(planned: PlannedShot) -> bool:
    return any(roll.action in _WORK for roll in planned.rolls)


def _is_made(planned: PlannedShot) -> bool:
    return any(roll.action is Action.MAKE for roll in planned.rolls)


def _end_as_planned(planned: PlannedShot) -> RollEnd:
    """Nothing is to be made: the plan has said why."""
    why = "; ".join(reason.text for reason in planned.reasons)
    match planned.action:
        case Action.STALE:
            return RollEnd(Outcome.STALE, why, planned.hint)
        case Action.ASK:
            return RollEnd(Outcome.OPEN, why, planned.hint)
        case Action.BLOCKED if any(reason.code == "not-selected" for reason in planned.reasons):
            return RollEnd(Outcome.LEFT, why, planned.hint)
        case Action.BLOCKED:
            return RollEnd(Outcome.BLOCKED, why, planned.hint)
        case _:
            return RollEnd(Outcome.KEPT)


def _hold_back(planned: PlannedShot, roll: PlannedRoll) -> RollEnd | None:
    """What the plan neither shows nor prices is not sent because another roll of its shot has work to do."""
    return _end_as_planned(planned) if roll.action in {Action.ASK, Action.BLOCKED} else None


def _most_telling(raised: BaseExceptionGroup[BaseException]) -> BaseException:
    """What a person can do something about, before a bug of ours."""
    single = [_most_telling(one) if isinstance(one, BaseExceptionGroup) else one for one in raised.exceptions]
    return next((one for one in single if isinstance(one, FramechainError)), single[0])
