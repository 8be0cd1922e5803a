"""What a plan costs, who shares a job, and how long it takes."""

from dataclasses import replace
from decimal import Decimal

from planning_builders import (
    CHAIN,
    FREE_GUARD,
    Production,
    animatic,
    budget,
    chain,
    chained,
    make_shot,
    make_storyboard,
    only_shot,
    paid,
    reason_texts,
    set_value,
    with_action,
)

from runner.model.money import Price
from runner.model.plan import Action
from runner.model.storyboard import PriceRow


def test_a_plan_adds_up_what_is_to_be_sent() -> None:
    production = chain(paid())
    production.edit("climb", prompt=("Edited.",), duration=set_value(10))
    plan = production.plan()
    assert plan.shot("climb").price == Price(Decimal("1.00"), Decimal("1.00"), "USD")
    assert (plan.total.low, plan.total.high, plan.total.currency) == (Decimal("1.50"), Decimal("1.50"), "USD")


def test_an_unknown_price_is_null_and_counted() -> None:
    plan = Production(make_storyboard(*CHAIN), paid(prices={})).plan()
    assert plan.shot("gull").price is None
    assert (plan.total.high, plan.total.unknown) == (Decimal(0), 4)


def test_a_submit_that_may_be_repeated_costs_between_nothing_and_its_price() -> None:
    production = Production(make_storyboard(make_shot("a")), paid(guard=FREE_GUARD))
    production.intend("a")
    shot = only_shot(production)
    assert (shot.action, shot.price) == (Action.ATTACH, Price(Decimal(0), Decimal("0.50"), "USD"))


def test_what_is_free_is_told_in_the_currency_of_the_budget() -> None:
    production = Production(make_storyboard(make_shot("a"), budget=budget("20", "EUR")), animatic())
    plan = production.plan()
    assert plan.shot("a").price == Price(Decimal(0), Decimal(0), "EUR")
    assert plan.total.currency == "EUR"


def test_a_price_in_another_currency_than_the_budget_counts_as_unknown() -> None:
    manifest = paid(prices={"kling-v3": (PriceRow(Decimal(1), "USD", "clip"),)})
    production = Production(make_storyboard(make_shot("a"), budget=budget("20", "EUR")), manifest)
    assert (production.plan().total.high, production.plan().total.unknown) == (Decimal(0), 1)


def test_shots_that_ask_for_the_same_share_one_job_and_its_price() -> None:
    production = Production(make_storyboard(make_shot("a", "Up."), make_shot("b", "Up.")), paid())
    plan = production.plan()
    assert reason_texts(plan.shot("b")) == ["it has no take yet", "shares the job of `a`, which asks for the same"]
    assert plan.shot("b").price == Price(Decimal(0), Decimal(0), "USD")
    assert plan.total.high == Decimal("0.50")
    assert production.run() == ["a"]
    assert not production.plan().has_work


def test_shots_with_other_options_share_nothing() -> None:
    shots = [make_shot("a", "Up."), make_shot("b", "Up.", options={"mulerouter": {"fast": True}})]
    production = Production(make_storyboard(*shots), paid())
    assert production.plan().total.high == Decimal("1.00")
    assert production.run() == ["a", "b"]


def test_the_plan_knows_who_needs_whom_and_who_goes_first() -> None:
    plan = Production(make_storyboard(*CHAIN), paid(seconds_per_second=10.0)).plan()
    assert plan.order == ("harbour", "climb", "lamp", "gull")
    assert plan.needs == {"harbour": (), "climb": ("harbour",), "lamp": ("climb",), "gull": ()}
    assert plan.weights == {"harbour": 150.0, "climb": 100.0, "lamp": 50.0, "gull": 50.0}
    assert plan.longest_chain == ("harbour", "climb", "lamp")
    assert plan.expected_seconds == 150.0


def test_the_expected_time_minds_how_many_jobs_run_at_once() -> None:
    production = Production(make_storyboard(*(make_shot(f"s{n}") for n in range(8))), paid(concurrent=4))
    assert production.plan().expected_seconds == 8 * 5 * 2.0 / 4
    assert production.plan(jobs=2).expected_seconds == 8 * 5 * 2.0 / 2
    production.manifest = paid(seconds_per_second=None)
    assert production.plan().expected_seconds is None


def test_only_work_takes_time() -> None:
    production = chain(paid())
    assert production.plan().expected_seconds == 0
    assert production.plan().longest_chain == ()
    production.edit("lamp", prompt=("Edited.",))
    assert production.plan().longest_chain == ("lamp",)
    assert production.plan().expected_seconds == 10.0


def test_a_plan_is_in_film_order_and_names_its_scenes() -> None:
    shots = [make_shot("b", first=chained("a"), scene="one"), make_shot("a", scene="two")]
    plan = Production(make_storyboard(*shots), animatic()).plan()
    assert [(shot.id, shot.scene) for shot in plan.shots] == [("b", "one"), ("a", "two")]
    assert plan.order == ("a", "b")


def test_profiles_have_choices_of_their_own_and_share_takes_of_equal_requests() -> None:
    production = chain(paid())
    production.storyboard = replace(production.storyboard, profile="final")
    assert not production.plan().has_work
    production.edit("gull", mode=set_value("pro"))
    plan = production.plan()
    assert with_action(plan, Action.MAKE) == {"gull"}
    assert reason_texts(plan.shot("gull")) == ["it has no take yet under profile `final`"]
