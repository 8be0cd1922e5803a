"""Attempts of a rebuilt journal: a take of the lock put back as one, and a doubt where a submit may have been lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.core.canonical import Digest, Json, digest_bytes, digest_value
from runner.model.journal import BecameUncertain, Event, HasSucceeded, Intended, WasAccepted, WasStored
from runner.model.ledger import Attempt
from runner.model.lock import DEFAULT_PROFILE
from runner.model.manifest import Guard, Manifest, Proof
from runner.model.mapping import Way
from runner.model.money import Price
from runner.model.request import Identity, Key, MakersPart
from runner.model.resource import RESOURCE
from runner.model.take import Take
from runner.planning.body import Attachment
from runner.planning.compiling import Circumstances, compile_request, compile_resource
from runner.planning.tasks import KINDS, mentioned_in

# The first words of what is known of a submit that nothing is known of.
LOST: Final = "the journal was lost"
_SURE: Final = frozenset({Proof.PROVEN, Proof.DOCUMENTED})
# No body is known of what was sent: of nothing, then.
_NO_BODY: Final = digest_bytes(b"")


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing the storyboard asks of a gateway, said again."""

    # Of the shot, or of the voice or element.
    label: str
    profile: str | None
    roll: int
    model: str
    key: Key
    canonical: Mapping[str, Json]
    makers: MakersPart
    sources: Mapping[str, Identity]
    price: Price | None


@dataclass(frozen=True, slots=True)
class Where:
    """The gateway something was asked of."""

    manifest: Manifest
    endpoint: str
    # Empty where no key is at hand: it may have been any.
    account: str
    sandbox: bool


def lost_key(shot: str, profile: str | None, roll: int) -> Key:
    """Stands for a request that cannot be said again, since the takes it chained from are not known."""
    return Key(digest_value("lost/1", {"shot": shot, "profile": profile or DEFAULT_PROFILE, "roll": roll}))


def is_of_lost_request(attempt: Attempt) -> bool:
    intent = attempt.intent
    return intent.key == lost_key(intent.shot, intent.profile, intent.roll)


def is_by_loss(attempt: Attempt) -> bool:
    """True when the attempt stands for what a lost journal may have held."""
    return attempt.state.is_doubtful and (attempt.cause or "").startswith(LOST)


def can_look_up(guard: Guard) -> bool:
    return guard.named in _SURE and guard.found in _SURE


def put_back(asked: Asked, take: Take, attempt: str, size: int | None, name: str) -> Iterator[Event]:
    """`size` of its file, where that is here and whole."""
    yield Intended(
        attempt=attempt,
        name=name,
        shot=asked.label,
        profile=asked.profile,
        key=asked.key,
        makers_part=asked.makers,
        canonical=asked.canonical,
        roll=take.roll,
        model=take.model or asked.model,
        gateway=take.gateway or asked.makers.gateway,
        endpoint="",
        account="",
        sandbox=take.sandbox,
        body=_NO_BODY,
        price=asked.price if take.price is None else Price(take.price.amount, take.price.amount, take.price.currency),
        sources=take.sources,
    )
    if take.job is not None:
        yield WasAccepted(attempt, take.job)
        if take.charge is not None:
            yield HasSucceeded(attempt, {}, take.charge)
    yield WasStored(attempt, take.digest or Digest(take.identity), size or 0, take.identity)


def intend(asked: Asked, where: Where, attempt: str, name: str) -> Intended:
    return Intended(
        attempt=attempt,
        name=name,
        shot=asked.label,
        profile=asked.profile,
        key=asked.key,
        makers_part=asked.makers,
        canonical=asked.canonical,
        roll=asked.roll,
        model=asked.model,
        gateway=where.manifest.name,
        endpoint=where.endpoint,
        account=where.account,
        sandbox=where.sandbox,
        body=_NO_BODY,
        price=asked.price,
        sources=asked.sources,
        route=route_of(asked, where.manifest, name),
    )


def doubt(attempt: str, why: str) -> BecameUncertain:
    return BecameUncertain(attempt, f"{LOST}, and {why}")


def route_of(asked: Asked, manifest: Manifest, name: str) -> Mapping[str, str]:
    """Where the gateway is asked about such a job, as when it is sent."""
    canonical, supply = asked.canonical, _NoFiles()
    if canonical.get("medium") == RESOURCE:
        made = compile_resource(manifest, canonical, asked.makers, supply, name)
        route = {"resource": str(canonical["kind"]), "job_name": name}
        return route if made is None else {**route, "path": made.call.path}
    somebody: dict[tuple[str, str], str] = {(kind, one): "0" for kind in KINDS for one in mentioned_in(canonical, kind)}
    compiled = compile_request(manifest, canonical, asked.makers, supply, Circumstances(name, None, somebody))
    if compiled is None:
        return {"job_name": name}
    return {"task": compiled.task.name, "spelling": compiled.spelling, "path": compiled.call.path, "job_name": name}


class _NoFiles:
    """Where a job is asked about does not hang on what its pictures hold."""

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        return f"{attachment.label} {ways}"


def asked_again(attempt: Attempt) -> Asked:
    """What an attempt asked for, to be looked up once more."""
    intent = attempt.intent
    return Asked(
        label=intent.shot,
        profile=intent.profile,
        roll=intent.roll,
        model=intent.model,
        key=intent.key,
        canonical=intent.canonical,
        makers=intent.makers_part,
        sources=intent.sources,
        price=intent.price,
    )
