"""A voice or an element made at a gateway from the author's sample or pictures, and known there by an id."""

from dataclasses import dataclass
from typing import Literal

from runner.model.money import Money, counted
from runner.model.request import Key

ResourceKind = Literal["voice", "element"]
# The medium of its canonical request, beside `animatic` and `generated`.
RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class MadeResource:
    kind: ResourceKind
    # Of the sample or pictures alone: what an author calls it, or says of it, makes no other.
    key: Key
    gateway: str
    # Of the key in use; ids of one account mean nothing to another.
    account: str
    id: str
    job: str | None
    made: str
    charge: Money | None = None
    sandbox: bool = False
    # The highest it may have cost, where the gateway did not say, or said it in another currency.
    price: Money | None = None

    @property
    def cost(self) -> Money | None:
        return counted(self.charge, self.price)


def label_of(kind: str, name: str) -> str:
    """As attempts are called. No shot has a `:` in its id."""
    return f"{kind}:{name}"
