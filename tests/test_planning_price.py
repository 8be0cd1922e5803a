"""Prices of rolls, and what a plan comes to."""

from decimal import Decimal

from planning_builders import animatic, make_shot, paid

from runner.model.money import Price
from runner.model.plan import Total
from runner.model.storyboard import PriceRow
from runner.planning.price import add_up, price_of


def row(amount: str, per: str = "second", currency: str = "USD", **conditions: object) -> PriceRow:
    return PriceRow(Decimal(amount), currency, per, **conditions)  # type: ignore[arg-type]  # words of a table


def usd(low: str, high: str | None = None) -> Price:
    return Price(Decimal(low), Decimal(high or low), "USD")


def test_a_price_a_second_grows_with_the_duration_and_one_a_clip_does_not() -> None:
    shot = make_shot("a", duration=10)
    assert price_of(shot, paid(prices={"kling-v3": (row("0.10"),)}), {}) == usd("1.00")
    assert price_of(shot, paid(prices={"kling-v3": (row("0.30", "clip"),)}), {}) == usd("0.30")


def test_the_row_that_says_most_about_the_shot_is_its_price() -> None:
    rows = (
        row("1", "clip"),
        row("2", "clip", mode="pro"),
        row("3", "clip", mode="pro", sound=True),
        row("9", "clip", duration=10),
    )
    manifest = paid(prices={"kling-v3": rows})
    assert price_of(make_shot("a"), manifest, {}) == usd("1")
    assert price_of(make_shot("a", mode="pro"), manifest, {}) == usd("2")
    assert price_of(make_shot("a", mode="pro", sound=True), manifest, {}) == usd("3")


def test_rows_that_say_as_much_as_each_other_give_a_range() -> None:
    manifest = paid(prices={"kling-v3": (row("2", "clip"), row("5", "clip"), row("3", "clip"))})
    assert price_of(make_shot("a"), manifest, {}) == usd("2", "5")


def test_what_nobody_knows_has_no_price() -> None:
    assert price_of(make_shot("a", model="kling-o1"), paid(), {}) is None
    assert price_of(make_shot("a"), paid(prices={"kling-v3": (row("1", mode="pro"),)}), {}) is None


def test_the_authors_prices_come_before_the_manifests_for_that_provider_alone() -> None:
    prices = {"mulerouter": {"kling-v3": (row("7", "clip"),)}}
    assert price_of(make_shot("a"), paid(), prices) == usd("7")
    assert price_of(make_shot("a"), paid("kkiai"), prices) == usd("0.50")


def test_what_is_free_costs_nothing_in_the_currency_asked_for() -> None:
    assert price_of(make_shot("a"), animatic(), {}, "EUR") == Price(Decimal(0), Decimal(0), "EUR")


def test_a_sum_counts_what_is_unknown_and_what_is_in_another_currency() -> None:
    euro = Price(Decimal(4), Decimal(4), "EUR")
    assert add_up([usd("1", "2"), None, euro, usd("3")], "USD") == Total(Decimal(4), Decimal(5), "USD", 2)


def test_without_a_budget_a_sum_is_in_the_currency_of_what_costs() -> None:
    euro = Price(Decimal(4), Decimal(4), "EUR")
    assert add_up([usd("0"), euro], None) == Total(Decimal(4), Decimal(4), "EUR", 0)


def test_rows_in_two_currencies_that_say_as_much_as_each_other_give_no_price() -> None:
    manifest = paid(prices={"kling-v3": (row("2", "clip"), row("5", "clip", "EUR"))})
    assert price_of(make_shot("a"), manifest, {}) is None
