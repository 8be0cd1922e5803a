"""The quick form of benchmarks/plan_holds.py, and that it sees what it looks for."""

from collections.abc import Sequence
from typing import Any

import pytest
from plan_holds import main, try_film
from plan_judge import Tally

from runner.model.journal import WasFoundUncharged
from runner.model.ledger import Attempt
from runner.model.money import Money
from runner.model.plan import PlannedShot
from runner.model.run import Outcome
from runner.model.take import Take
from runner.running import executor, spending
from runner.running.rolls import RollMaker
from runner.running.shared import RollEnd, SharedRun
from runner.running.shelf import Shelf
from runner.running.spending import Purse

pytestmark = pytest.mark.slow

FIRST = 7_000_000


def try_until(kind: str, most: int = 80) -> Tally:
    """Films until one shows such a trouble."""
    tally = Tally()
    for seed in range(FIRST, FIRST + most):
        tally.add(try_film(seed))
        if getattr(tally, kind):
            break
    return tally


@pytest.mark.parametrize("part", range(3))
def test_what_a_run_spends_is_what_its_plan_showed(part: int) -> None:
    tally = Tally()
    for seed in range(FIRST + part * 8, FIRST + part * 8 + 8):
        tally.add(try_film(seed))
    assert tally.troubles == []
    assert (tally.films, tally.steps > 100, tally.charges > 40) == (8, True, True)


def test_the_same_seed_is_the_same_film(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        assert main(["--only", str(FIRST)]) == 0
        told.append(capsys.readouterr().out.partition(" seconds=")[0])
    assert told[0] == told[1]
    assert "run " in told[0]


def test_what_is_made_though_the_plan_left_it_alone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_any(planned: PlannedShot) -> bool:
        return True

    monkeypatch.setattr(executor, "_has_work", is_any)
    assert try_until("unplanned").unplanned > 0


def test_what_is_made_from_another_take_than_the_plan_went_by_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_of_all(shelf: Shelf, shot: str) -> Take | None:
        block = shelf.lock.block(shot, None)
        return block.takes[0] if block.takes else None

    monkeypatch.setattr(Shelf, "take_in_use", first_of_all)
    tally = try_until("unplanned")
    assert tally.unplanned > 0
    assert "charged for" in tally.troubles[-1]


def test_a_job_that_is_not_fetched_once_nobody_asks_for_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def leave(maker: RollMaker, attempt: object) -> RollEnd:
        return RollEnd(Outcome.LEFT)

    monkeypatch.setattr(RollMaker, "finish", leave)
    assert try_until("lost").lost > 0


def test_a_choice_that_is_not_written_down_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(run: object, shot: object, planned: object) -> None:
        return None

    monkeypatch.setattr(executor._PlanRun, "_write_down_choice", forget)
    assert try_until("never_done").never_done > 0


def test_a_doubt_taken_for_a_verdict_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def decided(run: SharedRun, order: object, attempt: Attempt, slot: object) -> Attempt:
        return run.books.record(WasFoundUncharged(attempt.id, "nobody"))

    monkeypatch.setattr("runner.running.attempt.clear_doubt", decided)
    assert try_until("twice").twice > 0


def test_a_doubt_that_our_books_do_not_count_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    cost_of = spending.cost_of

    def of_what_is_sure(attempt: Attempt) -> Money | None:
        return None if attempt.state.is_doubtful else cost_of(attempt)

    monkeypatch.setattr(spending, "cost_of", of_what_is_sure)
    tally = try_until("dearer")
    assert tally.dearer > 0
    assert "our books say" in tally.troubles[-1]


def test_a_budget_that_is_not_kept_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(purse: Purse, price: object) -> None:
        return None

    monkeypatch.setattr(Purse, "_refuse_by_budget", never)
    tally = try_until("dearer")
    assert tally.dearer > 0
    assert "the budget is" in tally.troubles[-1]


def test_an_exception_is_a_trouble_of_its_film_and_ends_the_command_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumbling(plan: Any, inputs: Any, outside: Any, options: Any, progress: Sequence[object]) -> None:
        raise KeyError("shelf")

    monkeypatch.setattr("run_bench.execute", stumbling)
    assert main(["--only", str(FIRST)]) == 1
    assert f"seed {FIRST}: KeyError: 'shelf'" in capsys.readouterr().err
