"""A run goes by the takes its plan went by: what it makes is what was shown, and afterwards nothing is left to make."""

import shutil
from dataclasses import replace
from pathlib import Path

from planning_builders import set_value
from run_bench import NOTHING_KNOWN, Bench, Choices, manifest, outcomes, shot, storyboard

from runner.adapters.journal import SqliteJournal
from runner.model.gateway import Failed, Failure, FailureClass, Running
from runner.model.lock import DEFAULT_PROFILE
from runner.model.run import Outcome, RunOptions
from runner.model.storyboard import Storyboard
from runner.planning.lost_attempts import doubt, lost_key

FAILURE = Failed(Failure(FailureClass.GATEWAY, "broke"), charged=False)


def test_a_take_of_a_roll_that_is_not_asked_for_any_more_gives_way_as_the_plan_says(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour", rolls=2), shot("climb", source="harbour")))
    bench.gateway.content = lambda request: f"{request.label} {request.canonical['roll']}"
    bench.gateway.endings = [FAILURE]
    bench.run()
    bench.run(choices=Choices(remake=frozenset({"harbour"})))
    second = bench.lock.block("harbour", None).current
    assert second is not None
    assert second.roll == 2
    bench.film = storyboard(shot("harbour"), shot("climb", source="harbour"))
    assert outcomes(bench.run()) == {"harbour": Outcome.KEPT, "climb": Outcome.MADE}
    first = bench.lock.block("harbour", None).current
    assert first is not None
    assert first.roll == 1
    assert not bench.plan()[0].has_work


def styled_film(style: str, rolls: int = 1, prompt: str = "") -> Storyboard:
    options = {"scripted": set_value({"style": style})}
    return storyboard(replace(shot("harbour", rolls=rolls), options=options), shot("climb", prompt, source="harbour"))


def made_calm_and_then_wild(folder: Path) -> Bench:
    bench = Bench(folder, styled_film("calm"))
    bench.gateway.content = lambda request: f"{request.label} {request.makers_part.content}"
    bench.run()
    bench.film = styled_film("wild")
    bench.run()
    return bench


def test_going_back_to_earlier_options_goes_back_to_their_take_as_the_plan_says(tmp_path: Path) -> None:
    bench = made_calm_and_then_wild(tmp_path)
    bench.film = styled_film("calm")
    assert set(outcomes(bench.run()).values()) == {Outcome.KEPT}
    assert [bench.lock.block(name, None).chosen for name in ("harbour", "climb")] == ["v001", "v001"]
    assert not bench.plan()[0].has_work


def made_but_for_its_first_roll(folder: Path) -> Bench:
    bench = Bench(folder, storyboard(shot("harbour", rolls=2), shot("climb", source="harbour")))
    bench.gateway.content = lambda request: f"{request.label} {request.key}"
    bench.gateway.endings = [FAILURE]
    bench.run()
    return bench


def test_a_chosen_roll_stays_chosen_while_one_before_it_is_made_as_the_plan_says(tmp_path: Path) -> None:
    bench = made_but_for_its_first_roll(tmp_path)
    again = Choices(remake=frozenset({"harbour"}))
    plan = bench.plan(choices=again)[0]
    assert [roll.action.value for roll in plan.shot("harbour").rolls] == ["make", "keep"]
    assert plan.shot("climb").action.value == "keep"
    assert outcomes(bench.run(choices=again)) == {"harbour": Outcome.MADE, "climb": Outcome.KEPT}
    assert not bench.plan()[0].has_work


def test_of_rolls_none_is_chosen_of_yet_the_first_is_though_another_is_there_as_the_plan_says(tmp_path: Path) -> None:
    bench = made_but_for_its_first_roll(tmp_path)
    bench.film = storyboard(shot("harbour", "Edited."), shot("climb", source="harbour"))
    bench.run()
    bench.film = storyboard(shot("harbour", rolls=2), shot("climb", source="harbour"))
    again = Choices(remake=frozenset({"harbour"}))
    plan = bench.plan(choices=again)[0]
    assert [roll.action.value for roll in plan.shot("harbour").rolls] == ["make", "keep"]
    assert (plan.shot("climb").action.value, plan.shot("climb").sendings) == ("make", 1)
    assert outcomes(bench.run(choices=again)) == {"harbour": Outcome.MADE, "climb": Outcome.MADE}
    chosen = bench.lock.block("harbour", None).current
    assert chosen is not None
    assert chosen.roll == 1
    assert not bench.plan()[0].has_work


def test_what_hangs_on_a_shot_that_is_left_alone_is_made_from_the_take_the_plan_went_by(tmp_path: Path) -> None:
    bench = made_calm_and_then_wild(tmp_path)
    bench.film = styled_film("calm", rolls=2, prompt="Edited.")
    only = Choices(only=frozenset({"climb"}))
    planned = bench.plan(choices=only)[0].shot("climb").rolls[0].key
    assert outcomes(bench.run(choices=only)) == {"harbour": Outcome.STALE, "climb": Outcome.MADE}
    assert bench.lock.block("climb", None).key == planned
    assert not bench.plan(choices=only)[0].has_work


def test_a_roll_the_plan_holds_back_is_not_sent_because_another_one_of_its_shot_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour")), manifest(NOTHING_KNOWN))
    bench.gateway.polls = [Running()] * 3
    bench.run(RunOptions(wait_seconds=0))
    (running,) = bench.ledger.attempts.values()
    lost = replace(running.intent, attempt="lost", key=lost_key("harbour", None, 2), roll=2)
    journal = SqliteJournal(bench.journal_path, bench.clock)
    journal.append(lost)
    journal.append(doubt("lost", "nobody could say"))
    journal.close()
    bench.film = storyboard(shot("harbour", rolls=2))
    plan = bench.plan()[0].shot("harbour")
    assert [roll.action.value for roll in plan.rolls] == ["resume", "ask"]
    assert (plan.price is not None and plan.price.high, plan.sendings) == (0, 0)
    assert outcomes(bench.run()) == {"harbour": Outcome.OPEN}
    assert (len(bench.gateway.till), bench.gateway.calls.count("submit harbour")) == (1, 1)


def made_and_lost(folder: Path) -> Bench:
    """At a gateway that knows no names, so that what is asked for again is another clip."""
    bench = Bench(folder, storyboard(shot("harbour"), shot("climb", source="harbour")), manifest(NOTHING_KNOWN))
    bench.gateway.finds_jobs = bench.gateway.refuses_second = False
    bench.gateway.content = lambda request: f"{request.label} {len(bench.gateway.jobs)}"
    bench.run(choices=Choices(only=frozenset({"harbour"})))
    by_hand = replace(bench.lock.block("harbour", None), by_hand=True)
    bench.lock = bench.lock.with_block("harbour", DEFAULT_PROFILE, by_hand)
    shutil.rmtree(folder / "takes")
    return bench


def test_a_lost_take_chosen_by_hand_gives_way_to_the_one_it_was_asked_for_again_by(tmp_path: Path) -> None:
    bench = made_and_lost(tmp_path)
    assert bench.plan()[0].shot("harbour").action.value == "blocked"
    again = Choices(remake=frozenset({"harbour"}))
    assert outcomes(bench.run(choices=again)) == {"harbour": Outcome.MADE, "climb": Outcome.MADE}
    assert bench.lock.block("harbour", None).chosen == "v002"
    assert not bench.plan()[0].has_work


def test_another_clip_does_not_stand_in_for_a_lost_take_chosen_by_hand_unless_it_is_asked_for_again(
    tmp_path: Path,
) -> None:
    bench = made_and_lost(tmp_path)
    kept = bench.lock
    again = Choices(only=frozenset({"harbour"}), remake=frozenset({"harbour"}))
    bench.run(choices=again)
    # As after a kill between the clip and the lock.
    bench.lock = kept
    plan = bench.plan()[0]
    assert [plan.shot(name).action.value for name in ("harbour", "climb")] == ["blocked", "blocked"]
    plan = bench.plan(choices=Choices(remake=frozenset({"harbour"})))[0]
    assert [plan.shot(name).action.value for name in ("harbour", "climb")] == ["keep", "make"]
    assert outcomes(bench.run(choices=Choices(remake=frozenset({"harbour"}))))["climb"] == Outcome.MADE
    assert len(bench.gateway.till) == 3


def test_a_job_that_runs_is_gone_on_with_as_the_plan_says_though_what_it_comes_after_failed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("climb")))
    bench.gateway.polls = [Running()] * 5
    bench.run(RunOptions(wait_seconds=1))
    bench.film = storyboard(shot("harbour"), shot("climb", after=("harbour",)), shot("lamp", source="climb"))
    bench.gateway.endings = [FAILURE]
    plan = bench.plan()[0]
    assert [plan.shot(name).action.value for name in ("harbour", "climb", "lamp")] == ["make", "resume", "make"]
    assert outcomes(bench.run()) == {"harbour": Outcome.FAILED, "climb": Outcome.RESUMED, "lamp": Outcome.MADE}
    assert not bench.plan()[0].has_work
