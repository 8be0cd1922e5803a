"""Journal events as JSON text and back. The form is written down in schemas/journal-event.schema.json.

A kind this version does not know raises UnknownKind: the journal is newer. Anything else that does not fit raises
ValueError, KeyError or TypeError: the journal is damaged.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from runner.core.canonical import Digest
from runner.model.gateway import Failure, FailureClass
from runner.model.journal import (
    BecameUncertain,
    Event,
    HasFailed,
    HasSucceeded,
    Intended,
    WasAbandoned,
    WasAccepted,
    WasFoundUncharged,
    WasLost,
    WasNotSent,
    WasRegistered,
    WasRejected,
    WasStored,
)
from runner.model.money import Money, Price
from runner.model.request import Identity, Key, MakersPart


class UnknownKind(Exception):
    """An event written by a newer version."""


def encode_event(event: Event) -> str:
    """One line of ASCII: an answer may hold what no UTF-8 can, like half a surrogate pair."""
    kind, fields = _encode(event)
    return json.dumps({"kind": kind, "attempt": event.attempt, **fields}, sort_keys=True, separators=(",", ":"))


def decode_event(text: str) -> Event:
    document = json.loads(text)
    decode = _DECODERS.get(document["kind"])
    if decode is None:
        raise UnknownKind(document["kind"])
    return decode(document)


def _encode(event: Event) -> tuple[str, dict[str, Any]]:
    match event:
        case Intended():
            return "intended", _encode_intent(event)
        case WasNotSent():
            return "not-sent", {"cause": event.cause}
        case WasRejected():
            wait = event.retry_after_seconds
            return "rejected", {"failure": _encode_failure(event.failure), "retry_after_seconds": wait}
        case BecameUncertain():
            return "uncertain", {"cause": event.cause, "exists": event.exists, "was_there": event.was_there}
        case WasAccepted():
            return "accepted", {"job": event.job}
        case HasFailed():
            failure, charge = _encode_failure(event.failure), _encode_money(event.charge)
            return "failed", {"failure": failure, "charged": event.charged, "charge": charge}
        case HasSucceeded():
            unfit = {} if event.unfit is None else {"unfit": event.unfit}
            return "succeeded", {"result": event.result, "charge": _encode_money(event.charge), **unfit}
        case WasStored():
            return "stored", {"digest": event.digest, "bytes": event.bytes, "identity": event.identity}
        case WasRegistered():
            return "registered", {"id": event.id}
        case WasLost():
            return "lost", {}
        case WasFoundUncharged():
            return "found-uncharged", {"by": event.by}
        case WasAbandoned():
            return "abandoned", {"charged": event.charged}


def _encode_intent(event: Intended) -> dict[str, Any]:
    part, price = event.makers_part, event.price
    return {
        "name": event.name,
        "shot": event.shot,
        "profile": event.profile,
        "key": event.key,
        "makers_part": {"gateway": part.gateway, "content": part.content},
        "canonical": event.canonical,
        "roll": event.roll,
        "model": event.model,
        "gateway": event.gateway,
        "endpoint": event.endpoint,
        "account": event.account,
        "sandbox": event.sandbox,
        "body": event.body,
        "price": None
        if price is None
        else {"low": str(price.low), "high": str(price.high), "currency": price.currency},
        "sources": dict(event.sources),
        "route": dict(event.route),
    }


def _decode_intent(document: Mapping[str, Any]) -> Intended:
    part, price = document["makers_part"], document["price"]
    return Intended(
        attempt=_text(document["attempt"]),
        name=_text(document["name"]),
        shot=_text(document["shot"]),
        profile=document["profile"],
        key=Key(_text(document["key"])),
        makers_part=MakersPart(_text(part["gateway"]), dict(part["content"])),
        canonical=dict(document["canonical"]),
        roll=int(document["roll"]),
        model=_text(document["model"]),
        gateway=_text(document["gateway"]),
        endpoint=_text(document["endpoint"]),
        account=_text(document["account"]),
        sandbox=bool(document["sandbox"]),
        body=Digest(_text(document["body"])),
        price=None if price is None else Price(_decimal(price["low"]), _decimal(price["high"]), price["currency"]),
        sources={field: Identity(_text(identity)) for field, identity in document["sources"].items()},
        route={name: _text(text) for name, text in document.get("route", {}).items()},
    )


_DECODERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Event]]] = {
    "intended": _decode_intent,
    "not-sent": lambda said: WasNotSent(said["attempt"], _text(said["cause"])),
    "rejected": lambda said: WasRejected(
        said["attempt"], _decode_failure(said["failure"]), said["retry_after_seconds"]
    ),
    "uncertain": lambda said: BecameUncertain(
        said["attempt"], _text(said["cause"]), bool(said["exists"]), bool(said.get("was_there"))
    ),
    "accepted": lambda said: WasAccepted(said["attempt"], _text(said["job"])),
    "failed": lambda said: HasFailed(
        said["attempt"], _decode_failure(said["failure"]), said["charged"], _decode_money(said["charge"])
    ),
    "succeeded": lambda said: HasSucceeded(
        said["attempt"], dict(said["result"]), _decode_money(said["charge"]), said.get("unfit")
    ),
    "stored": lambda said: WasStored(
        said["attempt"], Digest(_text(said["digest"])), int(said["bytes"]), Identity(_text(said["identity"]))
    ),
    "registered": lambda said: WasRegistered(said["attempt"], _text(said["id"])),
    "lost": lambda said: WasLost(said["attempt"]),
    "found-uncharged": lambda said: WasFoundUncharged(said["attempt"], _text(said["by"])),
    "abandoned": lambda said: WasAbandoned(said["attempt"], bool(said["charged"])),
}


def _encode_failure(failure: Failure) -> dict[str, Any]:
    return {"kind": failure.kind.value, "message": failure.message, "code": failure.code, "input": failure.input}


def _decode_failure(document: Mapping[str, Any]) -> Failure:
    return Failure(FailureClass(document["kind"]), _text(document["message"]), document["code"], document["input"])


def _encode_money(money: Money | None) -> dict[str, str] | None:
    return None if money is None else {"amount": str(money.amount), "currency": money.currency}


def _decode_money(document: Mapping[str, Any] | None) -> Money | None:
    return None if document is None else Money(_decimal(document["amount"]), _text(document["currency"]))


def _decimal(text: Any) -> Decimal:
    try:
        return Decimal(_text(text))
    except ArithmeticError as cause:
        raise ValueError(text) from cause


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
