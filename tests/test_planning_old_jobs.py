"""Jobs of requests that were edited since, as a plan tells them: what is theirs alone, and what a person is told to do.

The plainest cases stand in `test_planning_troubles`.
"""

from planning_builders import (
    FREE_GUARD,
    Production,
    fail,
    made_of,
    make_shot,
    make_storyboard,
    only_shot,
    paid,
    reason_codes,
    reason_texts,
)

from runner.model.journal import HasSucceeded, WasAccepted
from runner.model.manifest import Manifest
from runner.model.plan import Action
from runner.planning.lost_attempts import doubt, lost_key

ABANDON = "let go of it: `framechain resolve a abandon --attempt attempt-9`"


def with_old_job(*, manifest: Manifest | None = None, unfit: str | None = None) -> Production:
    """A shot that is kept, with a job of the request it was for a while."""
    production = made_of([make_shot("a", "One."), make_shot("b", "Other.")], manifest or paid())
    production.edit("a", prompt=("Two.",))
    intent = production.intend("a")
    production.record(WasAccepted(intent.attempt, "job"))
    if unfit is not None:
        production.record(HasSucceeded(intent.attempt, {}, None, unfit))
    production.edit("a", prompt=("One.",))
    return production


def test_a_job_of_the_present_request_is_no_old_one() -> None:
    production = Production(make_storyboard(make_shot("a")), paid())
    production.record(WasAccepted(production.intend("a").attempt, "job"))
    assert reason_codes(only_shot(production)) == ["job-runs"]


def test_a_clip_that_nobody_asked_for_is_told_with_how_to_let_go_of_it_and_not_fetched_again() -> None:
    shot = with_old_job(unfit="it lasts 3 s").plan().shot("a")
    assert (shot.action, shot.hint) == (Action.KEEP, ABANDON)
    told = "of an earlier request: what came is not the clip that was asked for: it lasts 3 s (job job)"
    assert reason_texts(shot) == [told]


def test_a_shot_that_is_not_selected_is_not_visited_for_its_old_job() -> None:
    production = with_old_job()
    assert production.plan(only=frozenset({"a"})).shot("a").action is Action.RESUME
    assert production.plan(only=frozenset({"b"})).shot("a").action is Action.KEEP


def test_a_doubt_that_clears_itself_up_asks_nothing_of_anybody() -> None:
    production = made_of([make_shot("a", "One.")], paid(guard=FREE_GUARD))
    production.edit("a", prompt=("Two.",))
    production.intend("a")
    production.edit("a", prompt=("One.",))
    assert (only_shot(production).action, only_shot(production).hint) == (Action.ATTACH, None)


def test_a_job_that_runs_is_hinted_at_with_nothing() -> None:
    assert with_old_job().plan().shot("a").hint is None


def test_a_doubt_is_cleared_up_by_a_run_with_its_own_gateway_alone() -> None:
    production = made_of([make_shot("a", "One.")], paid("kkiai", guard=FREE_GUARD))
    production.edit("a", prompt=("Two.",))
    production.intend("a")
    production.edit("a", prompt=("One.",))
    production.manifest = paid("mulerouter", guard=FREE_GUARD)
    shot = only_shot(production)
    assert (shot.action, shot.hint) == (Action.KEEP, "say what became of it: `framechain resolve a`")


def test_what_hinders_the_shot_itself_is_hinted_at_first() -> None:
    production = with_old_job(unfit="it lasts 3 s")
    production.edit("a", prompt=("Three.",))
    fail(production, "a")
    shot = production.plan().shot("a")
    assert shot.action is Action.BLOCKED
    assert shot.hint == "make it again with `framechain run --remake a`"


def test_what_a_lost_journal_may_have_held_is_asked_about_only_where_something_would_be_sent() -> None:
    production = made_of([make_shot("a", "One.")], paid())
    lost = production.intend("a", key=lost_key("a", None, 1))
    production.record(doubt(lost.attempt, "nobody could say"))
    assert (only_shot(production).action, reason_codes(only_shot(production))) == (Action.KEEP, ["old-job-open"])
    production.edit("a", prompt=("Two.",))
    shot = only_shot(production)
    assert (shot.action, shot.hint) == (Action.ASK, "say what became of it: `framechain resolve a`")
    # Once it has a job that is known, it is one like any other.
    production.record(WasAccepted(lost.attempt, "job"))
    assert only_shot(production).action is Action.MAKE
