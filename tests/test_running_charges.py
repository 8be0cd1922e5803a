"""What counts as spent: charges in a currency no limit is in, answers that were given to somebody else before, and what
is sent again.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest
from run_bench import BUSY, LOOK_UP_ONLY, NOTHING_KNOWN, PROVEN, Bench, Killed, manifest, outcomes, shot, storyboard
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING, ScriptedGateway

from runner.adapters.journal import SqliteJournal
from runner.core.diagnostic import Findings
from runner.core.place import Source
from runner.model.gateway import Accepted, Found, LookupFailed, Rejected, Running, SubmitAnswer
from runner.model.journal import WasAccepted
from runner.model.ledger import AttemptState, Ledger
from runner.model.lock import Lock
from runner.model.money import Money
from runner.model.request import Request
from runner.model.run import Outcome, RunOptions
from runner.model.storyboard import PriceRow, Storyboard
from runner.reading.lock import read_lock, write_lock
from runner.running.spending import spent_by

DOLLAR = Money(Decimal(1), "USD")
HALF = Money(Decimal("0.50"), "USD")


def film(*names: str, budget: str | None = None) -> Storyboard:
    limit = None if budget is None else Money(Decimal(budget), "EUR")
    return storyboard(*(shot(name) for name in names), budget=limit)


def in_euros(folder: Path, made: Storyboard) -> Bench:
    """Its prices are in euros, fifty cents a shot, and the gateway says what it charged in dollars."""
    rows = {"kling-v3": (PriceRow(Decimal("0.10"), "EUR", "second"),)}
    bench = Bench(folder, made, replace(manifest(PROVEN), prices=rows))
    bench.gateway.charge = DOLLAR
    return bench


def test_a_budget_bites_where_the_gateway_tells_charges_in_another_currency(tmp_path: Path) -> None:
    bench = in_euros(tmp_path, film("a", "b", "c", budget="1.20"))
    result = bench.run()
    assert sorted(outcomes(result).values()) == sorted([Outcome.MADE, Outcome.MADE, Outcome.BLOCKED])
    assert len(bench.gateway.till) == 2
    assert spent_by(bench.lock, bench.ledger, sandbox=False) == (Money(Decimal("1.00"), "EUR"),)


def test_so_does_the_most_one_run_may_cost(tmp_path: Path) -> None:
    bench = in_euros(tmp_path, film("a", "b", "c"))
    bench.run(RunOptions(max_cost=Money(Decimal("1.20"), "EUR")))
    assert len(bench.gateway.till) == 2


def test_what_no_limit_can_measure_is_made_where_that_is_agreed_to(tmp_path: Path) -> None:
    bench = in_euros(tmp_path, film("a", "b"))
    assert set(outcomes(bench.run(RunOptions(max_cost=DOLLAR))).values()) == {Outcome.BLOCKED}
    agreed = RunOptions(max_cost=DOLLAR, allow_unknown_price=True)
    assert set(outcomes(bench.run(agreed)).values()) == {Outcome.MADE}


def test_the_lock_alone_counts_as_the_journal_does(tmp_path: Path) -> None:
    bench = in_euros(tmp_path, film("a", "b"))
    bench.run()
    lock = read_lock(Source("storyboard.lock", write_lock(bench.lock)), Findings())
    assert lock is not None
    assert {(take.charge, take.price) for take in lock.all_takes()} == {(DOLLAR, Money(Decimal("0.50"), "EUR"))}
    assert spent_by(lock, Ledger(), sandbox=False) == (Money(Decimal("1.00"), "EUR"),)


def test_a_charge_of_nothing_is_nothing_in_any_currency(tmp_path: Path) -> None:
    bench = in_euros(tmp_path, film("a"))
    bench.gateway.charge = Money(Decimal(0), "USD")
    bench.run()
    assert spent_by(bench.lock, bench.ledger, sandbox=False) == ()


@dataclass(slots=True)
class Forgetful(ScriptedGateway):
    """Charges each submit and answers all of them with the first one's job."""

    first: list[str] = field(default_factory=list)

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        answer = await ScriptedGateway.submit(self, request, name)
        if not isinstance(answer, Accepted):
            return answer
        self.first.append(answer.job)
        return Accepted(self.first[0])


def test_an_answer_with_the_job_of_another_shot_is_no_acceptance_and_counts(tmp_path: Path) -> None:
    gateway = Forgetful(finds_jobs=False, refuses_second=False)
    bench = Bench(tmp_path, film("a", "b"), manifest(NOTHING_KNOWN), gateway=gateway)
    result = bench.run()
    assert sorted(outcomes(result).values()) == sorted([Outcome.MADE, Outcome.OPEN])
    assert sorted(bench.states) == sorted([AttemptState.STORED, AttemptState.UNCERTAIN])
    told = next(one.message for one in result.shots if one.outcome is Outcome.OPEN)
    assert f"it answered with job `{gateway.first[0]}`, which it had given to `" in told
    assert result.spent == spent_by(bench.lock, bench.ledger, sandbox=False) == (DOLLAR,)


def test_a_look_up_that_names_the_job_of_another_shot_finds_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, film("a"), manifest(LOOK_UP_ONLY))
    bench.run()
    (job,) = bench.gateway.jobs
    bench.film = film("a", "b")
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    bench.gateway.finds = [Found(job, Running())] * 9
    assert outcomes(bench.run()) == {"a": Outcome.KEPT, "b": Outcome.WAITING}
    assert bench.states == [AttemptState.STORED, AttemptState.UNCERTAIN]


def test_a_job_a_person_took_for_that_of_another_shot_and_corrected_is_found_for_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path, film("a", "b"), manifest(LOOK_UP_ONLY))
    bench.gateway.submits = [CUT_AFTER_CHARGING] * 2
    bench.gateway.finds = [LookupFailed("502")] * 8
    assert set(outcomes(bench.run()).values()) == {Outcome.WAITING}
    jobs = {job.name: job.id for job in bench.gateway.jobs.values()}
    first, second = bench.ledger.attempts.values()
    journal = SqliteJournal(bench.journal_path, bench.clock)
    for name in (second.intent.name, first.intent.name):
        journal.append(WasAccepted(first.id, jobs[name]))
    journal.close()
    assert outcomes(bench.run()) == {"a": Outcome.RESUMED, "b": Outcome.RESUMED}


def test_jobs_that_are_called_alike_count_each_for_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path, film("a", "b"), manifest(PROVEN))
    bench.run()
    one, other = bench.ledger.attempts.values()
    alike = Ledger({one.id: one, other.id: replace(other, job=one.job)})
    assert spent_by(Lock("bench"), alike, sandbox=False) == (DOLLAR,)
    twice = Ledger({one.id: one, "again": one})
    assert spent_by(Lock("bench"), twice, sandbox=False) == (HALF,)


def left_in_doubt(folder: Path, *names: str) -> Bench:
    """By an earlier run whose submits were cut: nothing was taken."""
    bench = Bench(folder, film(*(names or "a")), manifest(PROVEN))
    bench.gateway.submits = [CUT_BEFORE_CHARGING] * 9
    with pytest.raises(Killed):
        bench.run(kill=(2 * max(1, len(names)), True))
    bench.gateway.submits = []
    return bench


def test_what_an_earlier_run_did_not_get_through_is_sent_again_within_what_this_one_may_cost(tmp_path: Path) -> None:
    bench = left_in_doubt(tmp_path)
    result = bench.run(RunOptions(max_cost=Money(Decimal("0.49"), "USD")))
    assert outcomes(result) == {"a": Outcome.WAITING}
    assert "may cost more than `--max-cost` of 0.49 USD" in result.shots[0].message
    assert bench.gateway.till == []
    result = bench.run(RunOptions(max_cost=HALF))
    assert (outcomes(result), result.spent) == ({"a": Outcome.MADE}, (HALF,))


def test_so_it_is_where_several_are_sent_again_at_once(tmp_path: Path) -> None:
    bench = left_in_doubt(tmp_path, "a", "b", "c")
    result = bench.run(RunOptions(max_cost=Money(Decimal("0.99"), "USD")))
    assert sorted(outcomes(result).values()) == sorted([Outcome.MADE, Outcome.WAITING, Outcome.WAITING])
    assert (len(bench.gateway.till), result.spent) == (1, (HALF,))


def test_what_comes_to_nothing_when_it_is_sent_again_costs_this_run_nothing(tmp_path: Path) -> None:
    bench = left_in_doubt(tmp_path)
    bench.gateway.submits = [Rejected(BUSY), Rejected(BUSY), Rejected(BUSY), Rejected(BUSY)]
    result = bench.run(RunOptions(max_cost=HALF))
    assert (outcomes(result), result.spent) == ({"a": Outcome.WAITING}, ())


def test_what_is_sent_again_and_again_counts_once(tmp_path: Path) -> None:
    bench = left_in_doubt(tmp_path)
    bench.gateway.submits = [CUT_BEFORE_CHARGING] * 3
    result = bench.run(RunOptions(max_cost=HALF))
    assert (outcomes(result), result.spent) == ({"a": Outcome.MADE}, (HALF,))
    assert len(bench.gateway.till) == 1


def test_a_job_that_was_taken_by_an_earlier_run_costs_this_one_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, film("a"), manifest(PROVEN))
    with pytest.raises(Killed):
        bench.run(kill=(2, False))
    result = bench.run(RunOptions(max_cost=Money(Decimal("0.01"), "USD")))
    assert (outcomes(result), result.spent) == ({"a": Outcome.RESUMED}, ())
