"""Who waits for whom, who goes first, and what one shot's end means for the others."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from run_bench import LOOK_UP_ONLY, NOTHING_KNOWN, Bench, Choices, manifest, outcomes, shot, storyboard
from scripted_gateway import CUT_AFTER_CHARGING

from runner.core.errors import ExitCode, QuestionOpen
from runner.model.gateway import Failed, Failure, FailureClass, Running
from runner.model.journal import Event
from runner.model.ledger import Attempt, AttemptState
from runner.model.lock import Lock
from runner.model.money import Money
from runner.model.request import Key
from runner.model.run import Outcome, RunOptions, RunResult
from runner.running.books import Books
from runner.running.outside import Outside

FAILURE = Failed(Failure(FailureClass.GATEWAY, "broke"), charged=False)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


# --- chains


def test_a_chained_shot_opens_on_the_frame_cut_from_its_source(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("climb", source="harbour")))
    assert bench.run().exit_code is ExitCode.DONE
    source = bench.lock.block("harbour", None).current
    job = bench.gateway.jobs["job-2"]
    assert source is not None
    assert job.request.canonical["first_frame"] == {"take": source.identity, "at": "last"}
    handed = job.request.frames["first_frame"]
    assert handed == bench.store.frame(source.identity, "last")
    assert handed.read_text(encoding="utf-8") == f"{source.key} last"


def test_a_frame_is_cut_once_however_many_shots_open_on_it(tmp_path: Path) -> None:
    chained = [shot(f"shot-{number}", source="harbour") for number in range(5)]
    bench = Bench(tmp_path, storyboard(shot("harbour"), *chained))
    bench.run()
    assert len(bench.media.cuts) == 1


def test_a_shot_that_only_follows_another_waits_for_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("lamp", after=("harbour",)), shot("harbour")))
    bench.run()
    assert bench.gateway.submitted == ["harbour", "lamp"]


def test_a_failure_stops_only_what_hangs_on_it(tmp_path: Path) -> None:
    film = storyboard(shot("harbour"), shot("climb", source="harbour"), shot("stairs", source="climb"), shot("lamp"))
    bench = Bench(tmp_path, film, manifest(concurrent=1))
    bench.gateway.endings = [FAILURE]
    result = bench.run()
    assert outcomes(result) == {
        "harbour": Outcome.FAILED,
        "climb": Outcome.BLOCKED,
        "stairs": Outcome.BLOCKED,
        "lamp": Outcome.MADE,
    }
    assert "`harbour`" in result.shots[1].message
    assert result.exit_code is ExitCode.SOME_FAILED


def test_a_source_made_again_with_the_same_bytes_makes_nothing_after_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("climb", source="harbour")))
    bench.gateway.content = lambda request: request.label
    bench.run()
    bench.film = storyboard(shot("harbour", "other words"), shot("climb", source="harbour"))
    planned, _ = bench.plan()
    assert planned.shot("climb").action == "make"
    assert outcomes(bench.run()) == {"harbour": Outcome.MADE, "climb": Outcome.KEPT}
    assert bench.gateway.submitted == ["harbour", "climb", "harbour"]


def test_a_source_made_again_with_other_bytes_is_followed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("climb", source="harbour")))
    bench.run()
    bench.film = storyboard(shot("harbour", "other words"), shot("climb", source="harbour"))
    assert outcomes(bench.run()) == {"harbour": Outcome.MADE, "climb": Outcome.MADE}
    assert len(bench.gateway.till) == 4


def test_without_cascade_what_only_chains_is_left_as_it_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("climb", source="harbour")))
    bench.run()
    bench.film = storyboard(shot("harbour", "other words"), shot("climb", source="harbour"))
    result = bench.run(choices=Choices(no_cascade=True))
    assert outcomes(result) == {"harbour": Outcome.MADE, "climb": Outcome.STALE}
    assert result.exit_code is ExitCode.DONE


def test_what_was_not_selected_is_left_and_no_failure(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("lamp")))
    result = bench.run(choices=Choices(only=frozenset({"lamp"})))
    assert outcomes(result) == {"harbour": Outcome.LEFT, "lamp": Outcome.MADE}
    assert result.exit_code is ExitCode.DONE


def test_a_source_whose_clip_is_gone_blocks_what_needs_its_frame(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour")))
    bench.run()
    bench.film = storyboard(shot("harbour", "other words"), shot("climb", source="harbour"))
    for clip in (tmp_path / "takes").rglob("*.mp4"):
        clip.unlink()
    result = bench.run(choices=Choices(only=frozenset({"climb"})))
    assert outcomes(result)["climb"] is Outcome.BLOCKED
    assert len(bench.gateway.till) == 1


# --- order and places


def test_the_longest_way_goes_first(tmp_path: Path) -> None:
    film = storyboard(
        shot("alone"),
        shot("pair"),
        shot("its-end", source="pair"),
        shot("first"),
        shot("second", source="first"),
        shot("third", source="second"),
    )
    bench = Bench(tmp_path, film, manifest(concurrent=1))
    bench.run()
    assert [name for name in bench.gateway.submitted if name in {"alone", "pair", "first"}] == [
        "first",
        "pair",
        "alone",
    ]


@pytest.mark.parametrize(("concurrent", "jobs", "most"), [(3, None, 3), (3, 2, 2), (2, 8, 2)])
def test_never_more_run_at_once_than_provider_and_user_allow(
    tmp_path: Path, concurrent: int, jobs: int | None, most: int
) -> None:
    film = storyboard(*(shot(f"shot-{number}") for number in range(9)))
    bench = Bench(tmp_path, film, manifest(concurrent=concurrent))
    bench.run(RunOptions(jobs=jobs))
    assert bench.gateway.most_running == most


def test_jobs_in_flight_take_their_places_before_anything_new(tmp_path: Path) -> None:
    film = storyboard(shot("first"), shot("second"), shot("heavy"), shot("hanging", source="heavy"))
    bench = Bench(tmp_path, film, manifest(concurrent=2))
    bench.gateway.polls = [Running()] * 100
    bench.run(RunOptions(wait_seconds=1), choices=Choices(only=frozenset({"first"})))
    bench.gateway.polls = [Running()] * 100
    bench.run(RunOptions(wait_seconds=1), choices=Choices(only=frozenset({"second"})))
    assert bench.states == [AttemptState.ACCEPTED] * 2
    running_before = [bench.gateway.running]
    bench.gateway.on_submit = lambda request, name: running_before.append(bench.gateway.running)
    bench.run()
    assert running_before[0] == 2
    assert max(running_before[1:]) <= 1
    assert len(bench.gateway.till) == 4


# --- rolls, and shots that ask for the same


def test_the_first_roll_is_chosen_though_the_second_is_ready_before(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour", rolls=2), shot("climb", source="harbour")))
    bench.gateway.polls = [Running()] * 20
    bench.run()
    block = bench.lock.block("harbour", None)
    assert len(block.takes) == 2
    assert block.current is not None
    assert block.current.roll == 1


def test_shots_with_equal_requests_share_one_job(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour", "the same"), shot("again", "the same")))
    result = bench.run()
    assert set(outcomes(result).values()) == {Outcome.MADE}
    assert len(bench.gateway.till) == 1
    takes = [bench.lock.block(name, None).current for name in ("harbour", "again")]
    assert takes[0] is not None
    assert takes[1] is not None
    assert takes[0].identity == takes[1].identity


def test_one_failed_roll_does_not_keep_the_other_from_being_used(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour", rolls=2), shot("climb", source="harbour")))
    bench.gateway.endings = [FAILURE]
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.FAILED, "climb": Outcome.MADE}


# --- the lock


def test_the_lock_is_written_after_each_take(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("climb", source="harbour")))
    bench.run()
    assert [len(lock.all_takes()) for lock in bench.saved] == [1, 2, 2]


def test_a_lock_in_which_nothing_changed_is_written_once_at_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("lamp")))
    bench.gateway.endings = [FAILURE, FAILURE]
    bench.run()
    assert bench.saved == [Lock("bench")]


def test_a_take_stored_before_a_kill_is_in_the_lock_after_the_next_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour")))
    bench.run()
    bench.lock = Lock("bench")
    assert outcomes(bench.run()) == {"harbour": Outcome.KEPT}
    assert bench.lock.block("harbour", None).chosen == "v001"


def test_a_journal_that_cannot_be_written_stops_the_run_with_its_own_words(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("lamp")))

    def during(outside: Outside, task: "asyncio.Task[RunResult]") -> None:
        def refuse(event: Event) -> None:
            outside.journal.close()
            write(event)

        write = outside.journal.append
        outside.journal.append = refuse  # type: ignore[method-assign, assignment]  # the disk is full from here on

    with pytest.raises(QuestionOpen, match="the journal"):
        bench.run(during=during)
    assert bench.gateway.till == []


# --- money


def test_each_submit_is_held_against_the_budget_by_its_high_end(tmp_path: Path) -> None:
    film = storyboard(*(shot(f"shot-{number}") for number in range(4)), budget=usd("1.20"))
    bench = Bench(tmp_path, film)
    result = bench.run()
    assert len(bench.gateway.till) == 2
    assert sorted(outcomes(result).values()) == [Outcome.BLOCKED] * 2 + [Outcome.MADE] * 2
    blocked = result.of(Outcome.BLOCKED)[0]
    assert blocked.message == "with up to 0.50 USD, after 1.00 USD, it may cost more than the budget of 1.20 USD"
    bench.run()
    assert len(bench.gateway.till) == 2, "the budget is for all runs"


def test_the_cost_of_a_run_is_for_that_run_alone(tmp_path: Path) -> None:
    film = storyboard(*(shot(f"shot-{number}") for number in range(4)))
    bench = Bench(tmp_path, film)
    bench.run(RunOptions(max_cost=usd("1")))
    assert len(bench.gateway.till) == 2
    bench.run(RunOptions(max_cost=usd("1")))
    assert len(bench.gateway.till) == 4


def test_doubt_counts_at_its_highest_price(tmp_path: Path) -> None:
    film = storyboard(shot("harbour"), shot("lamp"), budget=usd("0.99"))
    bench = Bench(tmp_path, film, manifest(LOOK_UP_ONLY, concurrent=1))
    bench.gateway.finds_jobs = False
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    assert sorted(outcomes(bench.run()).values()) == [Outcome.BLOCKED, Outcome.WAITING]
    assert len(bench.gateway.till) == 1


def test_an_uncharged_failure_gives_its_money_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("lamp"), budget=usd("0.50")), manifest(concurrent=1))
    bench.gateway.endings = [FAILURE]
    assert sorted(outcomes(bench.run()).values()) == [Outcome.FAILED, Outcome.MADE]


def test_an_unknown_price_cannot_be_held_against_a_limit(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour")), replace(manifest(), prices={}))
    assert outcomes(bench.run(RunOptions(max_cost=usd("5")))) == {"harbour": Outcome.BLOCKED}
    assert bench.gateway.till == []
    assert outcomes(bench.run()) == {"harbour": Outcome.MADE}


def test_without_spending_jobs_are_fetched_and_none_is_sent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("lamp")), manifest(concurrent=1))
    bench.gateway.polls = [Running()] * 100
    bench.run(RunOptions(wait_seconds=5), choices=Choices(only=frozenset({"harbour"})))
    result = bench.run(RunOptions(no_spend=True))
    assert outcomes(result) == {"harbour": Outcome.RESUMED, "lamp": Outcome.BLOCKED}
    assert len(bench.gateway.till) == 1


def test_progress_hears_each_shot_through_to_its_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour")))
    bench.run()
    told = [state for _, state, _ in bench.progress.heard]
    assert told == ["started", "submitting", "running", "fetching", "stored", "ended"]


def test_a_clip_for_which_there_is_no_folder_waits_and_stops_nothing_else(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour"), shot("lamp")), manifest(concurrent=1))
    (tmp_path / "incoming").write_text("no folder", encoding="utf-8")
    assert outcomes(bench.run()) == {"harbour": Outcome.WAITING, "lamp": Outcome.WAITING}
    (tmp_path / "incoming").unlink()
    assert outcomes(bench.run()) == {"harbour": Outcome.RESUMED, "lamp": Outcome.RESUMED}
    assert len(bench.gateway.till) == 2


def test_shots_that_ask_for_the_same_make_it_anew_once_when_an_earlier_job_of_it_is_gone(tmp_path: Path) -> None:
    film = storyboard(*(shot(name, "The sea.") for name in ("harbour", "climb", "lamp")))
    bench = Bench(tmp_path, film, manifest(NOTHING_KNOWN, free=True))
    bench.gateway.refuses_second = False
    bench.gateway.polls = [Running()] * 999
    bench.run(RunOptions(wait_seconds=1))
    bench.gateway.jobs.clear()
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert len(bench.gateway.till) == 2


def test_what_was_sent_is_read_by_one_thread_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another would come upon a table that changes while it reads."""
    readers: set[threading.Thread] = set()
    read = Books.attempts_of

    def attempts_of(books: Books, key: Key) -> Sequence[Attempt]:
        readers.add(threading.current_thread())
        return read(books, key)

    monkeypatch.setattr(Books, "attempts_of", attempts_of)
    Bench(tmp_path, storyboard(shot("harbour"))).run()
    assert readers == {threading.main_thread()}
