"""What was charged and what was asked: the books of a sandbox, as `GET /till` and `GET /requests` show them.

Keys are never kept, only their fingerprints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from runner.core.canonical import Digest, Json, canonical_bytes, digest_bytes
from runner.sandbox.dialect import Wanted

# How gateways call our own name for a job.
_NAMES: Final = frozenset({"external_task_id"})
_LONGEST: Final = 2**53 - 1
_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "x-api-key", "cookie"})


@dataclass(frozen=True, slots=True)
class Charge:
    gateway: str
    # Where it was sent: with some gateways a part of what was asked for.
    path: str
    job: str
    body: Digest
    wanted: Wanted
    key: str
    # Of the body's bytes as they came, our own name for the job among them.
    wire: str = ""
    # What becomes of it: `clip`, `failure`, or `nothing` where it never ends.
    end: str = "clip"

    def as_json(self) -> dict[str, Json]:
        return {
            "gateway": self.gateway,
            "job": self.job,
            "body": self.body,
            "external_id": self.wanted.external_id,
            "price": None if self.wanted.price is None else f"{self.wanted.price:f}",
            "currency": self.wanted.currency,
            "product": self.wanted.product,
            "wire": self.wire,
            "end": self.end,
            "key": self.key,
        }


@dataclass(slots=True)
class Till:
    charges: list[Charge] = field(default_factory=list)
    requests: list[dict[str, Json]] = field(default_factory=list)
    # What went wrong here, not at a gateway: a clip that could not be made, a callback nobody took.
    troubles: list[str] = field(default_factory=list)
    most_in_flight: int = 0
    submits: int = 0
    polls: int = 0
    finds: int = 0
    downloads: int = 0
    callbacks: int = 0
    # Requests that a script had answered wrongly.
    faults: int = 0

    def can_pay(self, balance: Decimal, wanted: Wanted) -> bool:
        spent = sum((charge.wanted.price or Decimal(0) for charge in self._in(wanted.currency)), Decimal(0))
        return spent + (wanted.price or Decimal(0)) <= balance

    def as_json(self) -> dict[str, Json]:
        distinct = len({(charge.gateway, charge.path, charge.body) for charge in self.charges})
        return {
            "charges": [charge.as_json() for charge in self.charges],
            "distinct": distinct,
            "twice": len(self.charges) - distinct,
            "most_in_flight": self.most_in_flight,
            "submits": self.submits,
            "polls": self.polls,
            "finds": self.finds,
            "downloads": self.downloads,
            "callbacks": self.callbacks,
            "faults": self.faults,
            "troubles": tuple(self.troubles),
        }

    def _in(self, currency: str) -> list[Charge]:
        return [charge for charge in self.charges if charge.wanted.currency == currency]


def digest_body(body: Json) -> Digest:
    """Our own name for the job left out: the same request sent twice has it twice."""
    return digest_bytes(canonical_bytes(_without_names(body)))


def fingerprint(account: str) -> str:
    return digest_bytes(account.encode())[:12]


def show_headers(headers: Mapping[str, str]) -> dict[str, Json]:
    return {name: value for name, value in headers.items() if name not in _SECRET_HEADERS}


def _without_names(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _without_names(item) for name, item in value.items() if name not in _NAMES}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_names(item) for item in value]
    # RFC 8785 has no longer ones, and Kling's ids are.
    return str(value) if isinstance(value, int) and abs(value) > _LONGEST else value
