"""Plans after failures, with open questions, and with jobs of earlier requests."""

from decimal import Decimal

from planning_builders import (
    CHAIN,
    FREE_GUARD,
    Production,
    actions,
    chain,
    chained,
    fail,
    made_of,
    make_shot,
    make_storyboard,
    only_shot,
    paid,
    reason_codes,
    reason_texts,
    set_value,
)

from runner.model.journal import WasAccepted
from runner.model.money import Price
from runner.model.plan import Action
from runner.planning.lost_attempts import doubt, lost_key


def test_a_failed_shot_blocks_what_hangs_on_it_and_nothing_else() -> None:
    production = Production(make_storyboard(*CHAIN, make_shot("later", after=["harbour"])), paid())
    fail(production, "harbour")
    plan = production.plan()
    assert actions(plan) == {
        "harbour": "blocked",
        "climb": "blocked",
        "lamp": "blocked",
        "gull": "make",
        "later": "blocked",
    }
    assert reason_texts(plan.shot("harbour")) == ["the last attempt at it failed: out of order"]
    assert reason_codes(plan.shot("lamp")) == ["source-blocked"]
    assert reason_texts(plan.shot("later")) == ["`harbour` cannot be made"]


def test_a_failed_roll_blocks_nothing_where_another_roll_is_there() -> None:
    production = Production(make_storyboard(make_shot("a", rolls=2), make_shot("b", first=chained("a"))), paid())
    fail(production, "a", roll=1)
    assert actions(production.plan()) == {"a": "blocked", "b": "make"}
    assert production.run() == ["a", "b"]
    plan = production.plan()
    assert [roll.action.value for roll in plan.shot("a").rolls] == ["blocked", "keep"]
    assert actions(plan) == {"a": "blocked", "b": "keep"}


def test_a_roll_that_may_have_been_lost_with_the_journal_is_asked_about_and_one_that_stands_is_gone_on_from() -> None:
    shots = [make_shot("a"), make_shot("b", first=chained("a")), make_shot("c", first=chained("b"))]
    production = Production(make_storyboard(*shots), paid())
    production.run(only=frozenset({"a", "b"}))
    production.edit("b", rolls=set_value(2))
    lost = production.intend("b", roll=2, key=lost_key("b", None, 2))
    production.record(doubt(lost.attempt, "nobody could say"))
    plan = production.plan()
    assert actions(plan) == {"a": "keep", "b": "ask", "c": "make"}
    assert [roll.action.value for roll in plan.shot("b").rolls] == ["keep", "ask"]


def test_it_is_asked_about_as_well_where_another_roll_runs_and_what_runs_goes_on() -> None:
    production = Production(make_storyboard(make_shot("a", rolls=2)), paid())
    production.record(WasAccepted(production.intend("a").attempt, "job"))
    lost = production.intend("a", roll=2, key=lost_key("a", None, 2))
    production.record(doubt(lost.attempt, "nobody could say"))
    shot = only_shot(production)
    assert [roll.action.value for roll in shot.rolls] == ["resume", "ask"]
    assert (shot.action, shot.price) == (Action.ASK, Price(Decimal(0), Decimal(0), "USD"))
    assert shot.hint == "say what became of it: `framechain resolve a`"
    assert reason_codes(shot)[:2] == ["submit-unanswered", "job-runs"]


def test_a_failed_roll_is_no_mere_consequence_of_its_source() -> None:
    production = made_of([make_shot("a"), make_shot("b", first=chained("a"), rolls=2)], paid())
    production.edit("a", prompt=("Edited.",))
    production.run(only=frozenset({"a"}))
    fail(production, "b", roll=1)
    for no_cascade in (False, True):
        shot = production.plan(no_cascade=no_cascade).shot("b")
        assert [roll.action.value for roll in shot.rolls] == ["blocked", "make"]
        assert (shot.action, shot.is_cascade) == (Action.BLOCKED, False)


def test_a_shot_that_is_current_is_not_held_up_by_what_it_only_comes_after() -> None:
    production = made_of([make_shot("a"), make_shot("b", after=["a"])], paid())
    production.edit("a", prompt=("Edited.",))
    fail(production, "a")
    assert actions(production.plan()) == {"a": "blocked", "b": "keep"}


def test_an_open_question_is_asked_once_and_blocks_what_hangs_on_it() -> None:
    production = Production(make_storyboard(*CHAIN), paid())
    production.intend("harbour")
    plan = production.plan()
    assert actions(plan) == {"harbour": "ask", "climb": "blocked", "lamp": "blocked", "gull": "make"}
    assert plan.shot("harbour").rolls[0].attempt == "attempt-1"
    assert plan.shot("harbour").hint == "say what became of it: `framechain resolve harbour`"


def test_a_running_job_is_resumed_and_what_hangs_on_it_waits() -> None:
    production = Production(make_storyboard(*CHAIN), paid())
    production.intend("harbour")
    production.record(WasAccepted("attempt-1", "job"))
    plan = production.plan()
    assert actions(plan) == {"harbour": "resume", "climb": "make", "lamp": "make", "gull": "make"}
    assert plan.shot("harbour").price == Price(Decimal(0), Decimal(0), "USD")


def test_a_source_under_way_is_told_as_such() -> None:
    production = chain(paid())
    production.edit("harbour", prompt=("Edited.",))
    production.intend("harbour")
    production.record(WasAccepted(production.intend("harbour").attempt, "job"))
    texts = reason_texts(production.plan().shot("climb"))
    assert texts == ["first frame changed because `harbour` is being made"]


def test_a_shot_is_called_by_its_worst_roll() -> None:
    production = Production(make_storyboard(make_shot("a", rolls=3)), paid())
    production.store(production.intend("a", roll=1))
    fail(production, "a", roll=2)
    shot = only_shot(production)
    assert [roll.action.value for roll in shot.rolls] == ["keep", "blocked", "make"]
    assert shot.action is Action.BLOCKED
    production.intend("a", roll=3)
    assert only_shot(production).action is Action.ASK


def test_a_job_of_an_earlier_request_is_told_and_holds_nothing_up() -> None:
    production = Production(make_storyboard(make_shot("a")), paid())
    production.intend("a")
    production.record(WasAccepted("attempt-1", "job"))
    production.edit("a", prompt=("Edited.",))
    shot = only_shot(production)
    assert shot.action is Action.MAKE
    assert reason_codes(shot) == ["never-made", "old-job-open"]
    assert reason_texts(shot)[1] == "a job of an earlier request still runs; it will be fetched and kept as a take"


def test_a_kept_shot_with_an_old_job_is_visited_so_that_nothing_paid_for_is_lost() -> None:
    production = made_of([make_shot("a", "One.")], paid())
    production.edit("a", prompt=("Two.",))
    intent = production.intend("a")
    production.record(WasAccepted(intent.attempt, "job"))
    production.edit("a", prompt=("One.",))
    shot = only_shot(production)
    assert (shot.action, shot.rolls[0].action) == (Action.RESUME, Action.KEEP)
    assert reason_codes(shot) == ["old-job-open"]
    assert shot.price == Price(Decimal(0), Decimal(0), "USD")


def test_an_old_job_in_a_sandbox_is_told_only_there() -> None:
    production = made_of([make_shot("a", "One.")], paid())
    production.edit("a", prompt=("Two.",))
    production.record(WasAccepted(production.intend("a", sandbox=True).attempt, "job"))
    production.edit("a", prompt=("One.",))
    assert only_shot(production).reasons == ()
    assert reason_codes(only_shot(production, sandbox=True)) == ["old-job-open"]


def test_a_doubt_about_an_old_request_is_told_with_what_to_do() -> None:
    production = made_of([make_shot("a", "One.")], paid())
    production.edit("a", prompt=("Two.",))
    production.intend("a")
    production.edit("a", prompt=("One.",))
    shot = only_shot(production)
    assert (shot.action, shot.hint) == (Action.KEEP, "say what became of it: `framechain resolve a`")
    assert reason_texts(shot) == ["a submit of an earlier request at `mulerouter` was never answered"]
    production.manifest = paid(guard=FREE_GUARD)
    assert only_shot(production).action is Action.ATTACH


def test_an_old_job_at_another_gateway_is_told_and_left_to_a_run_with_that_provider() -> None:
    production = made_of([make_shot("a", "One.")], paid("kkiai"))
    production.edit("a", prompt=("Two.",))
    production.record(WasAccepted(production.intend("a").attempt, "job"))
    production.edit("a", prompt=("One.",))
    production.manifest = paid("mulerouter")
    shot = only_shot(production)
    assert shot.action is Action.KEEP
    assert reason_texts(shot) == [
        "a job of an earlier request still runs at `kkiai`; a run with that provider fetches it"
    ]
