"""Takes out of attempts: what a stored attempt is called once it stands in the lock, and which bytes are its."""

from collections.abc import Iterable

from runner.core.canonical import Digest
from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.model.money import Money, counted
from runner.model.request import Key
from runner.model.take import Take
from runner.planning.request import request_parts

ANIMATIC = "animatic"
_SECONDS = len("2026-11-21T08:15:30")


def take_from_attempt(attempt: Attempt, name: str) -> Take:
    """The take a stored attempt came to."""
    if attempt.identity is None or attempt.state is not AttemptState.STORED:
        raise ValueError(f"attempt {attempt.id!r} is {attempt.state}, not stored")
    intent = attempt.intent
    origin = str(intent.canonical["medium"])
    return Take(
        name=name,
        origin=origin,
        key=intent.key,
        makers_part=intent.makers_part.digest,
        roll=intent.roll,
        identity=attempt.identity,
        digest=None if origin == ANIMATIC else attempt.digest,
        gateway=intent.gateway,
        model=intent.model,
        job=attempt.job,
        charge=attempt.charge,
        made=attempt.changed[:_SECONDS] + "Z",
        sources=intent.sources,
        parts=request_parts(intent.canonical),
        sandbox=intent.sandbox,
        price=unsaid_price(attempt),
    )


def unsaid_price(attempt: Attempt) -> Money | None:
    """For the lock, so that a budget counts it even where the journal is gone; what is free is not worth a line."""
    price = attempt.intent.price
    if attempt.charged is False or price is None or not price.high:
        return None
    most = Money(price.high, price.currency)
    return most if counted(attempt.charge, most) is most else None


def name_after(takes: Iterable[Take]) -> str:
    """The next free running number; numbers are never given twice, even when a take in between is gone."""
    numbers = [int(take.name[1:]) for take in takes if take.name[:1] == "v" and take.name[1:].isdecimal()]
    return f"v{max(numbers, default=0) + 1:03}"


def digest_of_take(take: Take, ledger: Ledger) -> Digest | None:
    """Of its bytes. An animatic take's differ from machine to machine, so only this machine's ledger knows them."""
    if take.digest is not None or take.key is None:
        return take.digest
    return latest_digest(take, ledger.of_key(take.key))


def latest_digest(take: Take, attempts_of_its_key: Iterable[Attempt]) -> Digest | None:
    digests = [attempt.digest for attempt in attempts_of_its_key if is_made_by(take, attempt)]
    return digests[-1] if digests else None


def is_made_by(take: Take, attempt: Attempt) -> bool:
    """True when the attempt is stored and came to just this take."""
    return (
        attempt.state is AttemptState.STORED
        and attempt.intent.key == take.key
        and attempt.identity == take.identity
        and attempt.intent.makers_part.digest == take.makers_part
    )


def known_key(key: object) -> Key | None:
    """The key, or None where it is pending."""
    return Key(key) if isinstance(key, str) else None
