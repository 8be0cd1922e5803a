"""What one roll of a shot costs at a provider, and what a whole plan comes to. None where nobody knows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from runner.model.manifest import Manifest
from runner.model.money import Price
from runner.model.plan import Total
from runner.model.storyboard import PriceRow, Shot, Storyboard

DEFAULT_CURRENCY = "USD"
_NOTHING = Decimal(0)

# By provider, then model: as an author overrides a manifest's prices.
Prices = Mapping[str, Mapping[str, Sequence[PriceRow]]]


def price_of(
    shot: Shot,
    manifest: Manifest,
    prices: Prices,
    currency: str = DEFAULT_CURRENCY,
    described: Collection[str] = (),
) -> Price | None:
    """One roll's price. `currency` is what nothing is counted in where making is free; `described`: voices in words."""
    has_voices = any(voice not in described for voice in shot.mentioned_voices)
    if manifest.free:
        return Price(_NOTHING, _NOTHING, currency)
    model = shot.model.value
    written = _price_by(prices.get(manifest.name, {}).get(model, ()), shot, has_voices=has_voices)
    return written or _price_by(manifest.prices.get(model, ()), shot, has_voices=has_voices)


def planning_currency(storyboard: Storyboard) -> str:
    """The budget's, so that a plan is told in the words the author thinks in."""
    return DEFAULT_CURRENCY if storyboard.budget is None else storyboard.budget.value.currency


def add_up(prices: Iterable[Price | None], currency: str | None, otherwise: str = DEFAULT_CURRENCY) -> Total:
    """The sum in one currency; prices in another are counted as unknown, never converted.

    Without a currency it is that of the first price that is more than nothing.
    """
    known = list(prices)
    costing = (price.currency for price in known if price is not None and price.high)
    currency = currency or next(costing, otherwise)
    counted = [price for price in known if price is not None and (price.currency == currency or not price.high)]
    low = sum((price.low for price in counted), _NOTHING)
    high = sum((price.high for price in counted), _NOTHING)
    return Total(low, high, currency, unknown=len(known) - len(counted))


def _price_by(rows: Sequence[PriceRow], shot: Shot, *, has_voices: bool) -> Price | None:
    """By the rows that say most about this shot; where such rows differ, the range they span."""
    fitting = [row for row in rows if _applies(row, shot) and row.voices in {None, has_voices}]
    if not fitting:
        return None
    most = max(_count_conditions(row) for row in fitting)
    best = [row for row in fitting if _count_conditions(row) == most]
    if len({row.currency for row in best}) > 1:
        return None
    amounts = [row.amount * shot.duration.value if row.per == "second" else row.amount for row in best]
    return Price(min(amounts), max(amounts), best[0].currency)


def _applies(row: PriceRow, shot: Shot) -> bool:
    return (
        row.mode in {None, shot.mode.value}
        and row.sound in {None, shot.sound.value}
        and row.duration in {None, shot.duration.value}
    )


def _count_conditions(row: PriceRow) -> int:
    return sum(condition is not None for condition in (row.mode, row.sound, row.duration, row.voices))
