"""Money as decimals with a currency, and prices that may be a range or unknown."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{plain_amount(self.amount)} {self.currency}"


@dataclass(frozen=True, slots=True)
class Price:
    """What something will cost, between low and high."""

    low: Decimal
    high: Decimal
    currency: str

    def __str__(self) -> str:
        low, high = plain_amount(self.low), plain_amount(self.high)
        return f"{low} {self.currency}" if self.low == self.high else f"{low}-{high} {self.currency}"

    def times(self, count: int) -> "Price":
        return Price(self.low * count, self.high * count, self.currency)


def counted(charge: Money | None, most: Money | None) -> Money | None:
    """What counts of a charge that was told and the highest price it was expected at, either of which may be unknown.

    In another currency than the price's it could be held against no budget, since nothing is converted: then the price
    counts.
    """
    if charge is None or (most is not None and most.amount and charge.amount and charge.currency != most.currency):
        return most
    return charge


def parse_money(text: str) -> Money:
    """`20 USD` as money; ValueError when it is not of that form."""
    amount, _, currency = text.strip().partition(" ")
    if not (currency.isalpha() and currency.isupper() and len(currency) == 3):
        raise ValueError(text)
    try:
        number = Decimal(amount)
    except ArithmeticError as cause:
        raise ValueError(text) from cause
    if not number.is_finite() or number < 0:
        raise ValueError(text)
    return Money(number, currency)


def plain_amount(amount: Decimal) -> str:
    """At least two places, no exponent, no trailing zeros beyond."""
    text = f"{amount.normalize():f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"
