"""Places at a provider: who gets the next one, and what happens to their number."""

import asyncio

from runner.running.pools import Pool, Slot


async def enter_all(pool: Pool, weights: list[float]) -> list[float]:
    """The order in which they got in, each leaving as the next is let in."""
    entered: list[float] = []

    async def visit(weight: float) -> None:
        assert await pool.enter(weight)
        entered.append(weight)
        await asyncio.sleep(0)
        pool.leave()

    await asyncio.gather(*(visit(weight) for weight in weights))
    return entered


def test_the_heaviest_gets_the_next_place_also_among_those_who_come_at_once() -> None:
    assert asyncio.run(enter_all(Pool(1), [5, 20, 10, 15])) == [20, 15, 10, 5]


def test_whoever_weighs_the_same_goes_in_the_order_they_came() -> None:
    async def run() -> list[int]:
        pool, entered = Pool(1), list[int]()

        async def visit(number: int) -> None:
            await pool.enter(1.0)
            entered.append(number)
            pool.leave()

        await asyncio.gather(*(visit(number) for number in range(5)))
        return entered

    assert asyncio.run(run()) == [0, 1, 2, 3, 4]


def test_a_job_that_runs_already_has_its_place_beyond_the_limit() -> None:
    async def run() -> tuple[int, bool]:
        pool = Pool(1)
        pool.occupy()
        pool.occupy()
        waiting = asyncio.ensure_future(pool.enter(1.0))
        pool.leave()
        await asyncio.sleep(0)
        running, still_waits = pool.running, not waiting.done()
        pool.leave()
        assert await waiting
        return running, still_waits

    assert asyncio.run(run()) == (1, True)


def test_one_too_many_makes_it_as_many_as_were_taken_and_never_none() -> None:
    pool = Pool(8)
    for _ in range(4):
        pool.occupy()
    pool.shrink()
    assert pool.limit() == 3
    for _ in range(3):
        pool.leave()
    pool.shrink()
    assert pool.limit() == 1


def test_it_recovers_step_by_step_and_never_beyond_what_it_began_with() -> None:
    pool = Pool(4)
    pool.grow()
    assert pool.limit() == 4
    for _ in range(3):
        pool.occupy()
    pool.shrink()
    assert pool.limit() == 2
    limits = []
    for _ in range(40):
        pool.grow()
        limits.append(pool.limit())
    assert limits == [2] * 9 + [3] * 10 + [4] * 21


def test_a_new_complaint_starts_the_count_anew() -> None:
    pool = Pool(4)
    for _ in range(3):
        pool.occupy()
    pool.shrink()
    for _ in range(9):
        pool.grow()
    pool.shrink()
    for _ in range(9):
        pool.grow()
    assert pool.limit() == 2


def test_a_closed_pool_turns_everybody_away() -> None:
    async def run() -> list[bool]:
        pool = Pool(1)
        pool.occupy()
        waiting = asyncio.ensure_future(pool.enter(1.0))
        await asyncio.sleep(0)
        pool.close()
        return [await waiting, await pool.enter(1.0)]

    assert asyncio.run(run()) == [False, False]


def test_a_place_given_to_one_who_was_cancelled_goes_to_the_next() -> None:
    async def run() -> int:
        pool = Pool(1)
        pool.occupy()
        first, second = (asyncio.ensure_future(pool.enter(weight)) for weight in (2.0, 1.0))
        await asyncio.sleep(0)
        pool.leave()
        first.cancel()
        assert await second
        return pool.running

    assert asyncio.run(run()) == 1


def test_a_slot_is_left_once_however_often_it_is_let_go() -> None:
    async def run() -> int:
        pool = Pool(2)
        slot = Slot(pool)
        await slot.enter(1.0)
        await slot.enter(1.0)
        slot.occupy()
        assert pool.running == 1
        slot.leave()
        slot.leave()
        return pool.running

    assert asyncio.run(run()) == 0


# --- models


def run_by_model(pool: Pool, wishes: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Who got in while nobody left."""

    async def run() -> list[tuple[str, float]]:
        waiting = [(wish, asyncio.ensure_future(pool.enter(wish[1], wish[0]))) for wish in wishes]
        for _ in range(5):
            await asyncio.sleep(0)
        entered = [wish for wish, task in waiting if task.done()]
        for _, task in waiting:
            task.cancel()
        return entered

    return asyncio.run(run())


def test_a_model_with_a_limit_of_its_own_holds_up_no_other() -> None:
    wishes = [("slow", 9.0), ("slow", 8.0), ("slow", 7.0), ("quick", 2.0), ("quick", 1.0)]
    assert run_by_model(Pool(4, {"slow": 2}), wishes) == [("slow", 9.0), ("slow", 8.0), ("quick", 2.0), ("quick", 1.0)]


def test_all_models_together_stay_within_what_may_run_in_all() -> None:
    wishes = [("slow", 1.0), ("quick", 3.0), ("slow", 2.0), ("quick", 4.0)]
    assert sorted(run_by_model(Pool(3, {"slow": 2, "quick": 2}), wishes)) == [
        ("quick", 3.0),
        ("quick", 4.0),
        ("slow", 2.0),
    ]


def test_a_refusal_lowers_the_number_of_its_model_alone() -> None:
    pool = Pool(8)
    for _ in range(3):
        pool.occupy("slow")
    pool.shrink("slow")
    assert (pool.limit("slow"), pool.limit("quick")) == (2, 8)


def test_a_place_of_one_model_that_is_left_goes_to_one_who_waits_for_that_model() -> None:
    async def run() -> list[bool]:
        pool = Pool(8, {"slow": 1})
        slot = Slot(pool, "slow")
        await slot.enter(1.0)
        waiting = asyncio.ensure_future(pool.enter(1.0, "slow"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = waiting.done()
        slot.leave()
        return [before, await waiting]

    assert asyncio.run(run()) == [False, True]
