"""Voices and elements a gateway makes: which a plan needs, which there are, and what stands in the way of the others.

Made once for each account of a gateway, and found by the content of sample or pictures, whatever they are called.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from runner.core.canonical import Json
from runner.model.gateway import FailureClass
from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.model.lock import Lock
from runner.model.manifest import Manifest
from runner.model.money import Price
from runner.model.plan import Action, PlanInputs, Reason, Resource
from runner.model.request import Key, MakersPart
from runner.model.resource import RESOURCE, MadeResource, ResourceKind
from runner.model.storyboard import Shot, Storyboard
from runner.planning.makers import known_id
from runner.planning.price import planning_currency
from runner.planning.questions import say_resolve
from runner.planning.request import outline_request, request_key
from runner.planning.takes import unsaid_price
from runner.planning.tasks import KINDS, cast_of, find_offer, is_makeable, is_native, takes_by_id
from runner.planning.trust import effective_guard
from runner.planning.verdict import clears_up

Named = tuple[ResourceKind, str]


def needed_by(storyboard: Storyboard, shot: Shot, manifest: Manifest) -> tuple[Named, ...]:
    """Those the gateway has to make for a shot: given by id, and the author knows none."""
    if manifest.interface is None or not manifest.interface.resources:
        return ()
    canonical = outline_request(storyboard, shot, manifest.medium)
    offer = find_offer(manifest, canonical)
    if offer is None or offer.task is None:
        return ()
    cast = cast_of(canonical, {}, {})
    needed: list[Named] = []
    for kind in KINDS:
        known = storyboard.elements if kind == "element" else storyboard.voices
        entries = cast.elements if kind == "element" else cast.voices
        for name, whom in entries.items():
            has_id = name in known and known_id(known[name], manifest.name, manifest.library) is not None
            if has_id or not takes_by_id(offer.task, kind) or not is_native(offer, manifest, kind, whom):
                continue
            if is_makeable(manifest, kind, whom):
                needed.append((kind, name))
    return tuple(needed)


def resource_request(storyboard: Storyboard, named: Named) -> dict[str, Json]:
    """Canonical: what it is made from."""
    kind, name = named
    canonical: dict[str, Json] = {"medium": RESOURCE, "kind": kind}
    if kind == "voice":
        sample = storyboard.voices[name].sample
        return canonical if sample is None else {**canonical, "sample": _file(sample.digest, sample.url)}
    element = storyboard.elements[name]
    frontal = element.frontal
    if frontal is not None:
        canonical["frontal"] = _file(frontal.digest, frontal.url)
    return {**canonical, "references": [_file(picture.digest, picture.url) for picture in element.references]}


def resource_key(storyboard: Storyboard, named: Named) -> Key:
    return request_key(resource_request(storyboard, named))


def resource_makers(storyboard: Storyboard, named: Named, gateway: str) -> MakersPart:
    """What it is called there: sent with it, and no reason to make it again."""
    kind, name = named
    whom = storyboard.elements[name] if kind == "element" else storyboard.voices[name]
    return MakersPart(gateway, {"label": name, "description": whom.description})


def find_made(
    key: Key, lock: Lock, ledger: Ledger, gateways: frozenset[str], account: str | None, *, sandbox: bool
) -> MadeResource | None:
    """`gateways`: those of one library. `account` None: nobody has looked for a key, and any account's counts."""
    made = [*(one for one in lock.resources if one.key == key), *made_in(ledger, key)]
    lost = {attempt.result_id for attempt in _attempts_of(ledger, key) if attempt.state is AttemptState.LOST}
    fitting = [
        one
        for one in made
        if one.gateway in gateways and one.sandbox == sandbox and account in {None, one.account} and one.id not in lost
    ]
    # The latest: one before it was removed since, and perhaps only the machine that made the next was told.
    return max(fitting, key=lambda one: one.made, default=None)


def made_in(ledger: Ledger, key: Key | None = None) -> list[MadeResource]:
    return [
        resource_from(attempt)
        for attempt in ledger.attempts.values()
        if attempt.state is AttemptState.REGISTERED and key in {None, attempt.intent.key}
    ]


def resource_from(attempt: Attempt) -> MadeResource:
    intent = attempt.intent
    return MadeResource(
        kind="voice" if intent.canonical.get("kind") == "voice" else "element",
        key=intent.key,
        gateway=intent.gateway,
        account=intent.account,
        id=attempt.result_id,
        job=attempt.job,
        made=attempt.changed,
        charge=None if attempt.charged is False else attempt.charge,
        sandbox=intent.sandbox,
        price=unsaid_price(attempt),
    )


def price_of_resource(manifest: Manifest, kind: ResourceKind) -> Price | None:
    call = None if manifest.interface is None else manifest.interface.resources.get(kind)
    return None if call is None or call.price is None else Price(call.price, call.price, call.currency)


@dataclass(frozen=True, slots=True)
class Judged:
    resource: Resource
    # What the shots that need it wait for; None where a run brings it.
    hindrance: Reason | None = None
    hint: str | None = None


def judge_resources(
    inputs: PlanInputs, needed: Iterable[Named], *, is_asked_again: bool = False
) -> Mapping[Key, Judged]:
    """Those that are not there yet, each once however many names it has.

    `is_asked_again`: also where the last attempt failed.
    """
    judged: dict[Key, Judged] = {}
    for named in needed:
        key = resource_key(inputs.storyboard, named)
        made = find_made(key, inputs.lock, inputs.ledger, inputs.library_mates, inputs.account, sandbox=inputs.sandbox)
        if made is None:
            judged.setdefault(key, _judge(inputs, named, key, is_asked_again=is_asked_again))
    return judged


def _judge(inputs: PlanInputs, named: Named, key: Key, *, is_asked_again: bool) -> Judged:
    kind, name = named
    price = price_of_resource(inputs.manifest, kind)
    nothing = Price(Decimal(0), Decimal(0), planning_currency(inputs.storyboard))
    attempt = open_attempt(inputs.ledger, key, inputs.manifest.name, inputs.account, sandbox=inputs.sandbox)
    if attempt is None:
        failed = None if is_asked_again else _failed_attempt(inputs, named, key)
        if failed is not None and failed.failure is not None:
            told = f"{inputs.manifest.title} could not make {kind} `{name}`: {failed.failure.message}"
            again = "change what it is made from, or try it again with `framechain run --remake SHOT`"
            return Judged(Resource(kind, name, Action.BLOCKED, nothing), Reason("resource-failed", told), again)
        return Judged(Resource(kind, name, Action.MAKE, price))
    if not attempt.state.is_doubtful:
        return Judged(Resource(kind, name, Action.RESUME, nothing))
    if clears_up(effective_guard(inputs.manifest, inputs.storyboard)):
        at_most = None if price is None else replace(price, low=nothing.low)
        return Judged(Resource(kind, name, Action.ATTACH, at_most))
    hindrance = f"whether {inputs.manifest.title} took the submit for {kind} `{name}` is not known"
    hint = f"say what became of it: {say_resolve(attempt)}"
    return Judged(Resource(kind, name, Action.ASK, nothing), Reason("resource-open", hindrance), hint)


def _failed_attempt(inputs: PlanInputs, named: Named, key: Key) -> Attempt | None:
    """The last one at just this, where sending it again as it is would only cost again or be refused again."""
    attempts = _attempts_at(inputs.ledger, key, inputs.manifest.name, inputs.account, sandbox=inputs.sandbox)
    last = attempts[-1] if attempts else None
    if last is None or last.failure is None:
        return None
    is_refusal = last.failure.kind in {FailureClass.CONTENT, FailureClass.INPUT}
    is_final = last.state is AttemptState.FAILED or (last.state is AttemptState.REJECTED and is_refusal)
    makers = resource_makers(inputs.storyboard, named, inputs.manifest.name)
    return last if is_final and last.intent.makers_part.digest == makers.digest else None


def open_attempt(ledger: Ledger, key: Key, gateway: str, account: str | None, *, sandbox: bool) -> Attempt | None:
    """Another account's is none of ours, nor is a double's."""
    attempts = _attempts_at(ledger, key, gateway, account, sandbox=sandbox)
    still_open = [attempt for attempt in attempts if attempt.state.is_open]
    return still_open[-1] if still_open else None


def _attempts_at(ledger: Ledger, key: Key, gateway: str, account: str | None, *, sandbox: bool) -> list[Attempt]:
    return [
        attempt
        for attempt in _attempts_of(ledger, key)
        if (attempt.intent.gateway, attempt.intent.sandbox) == (gateway, sandbox)
        # No account: of a rebuilt journal that did not know it, so it may be any.
        and (account in {None, attempt.intent.account} or not attempt.intent.account)
    ]


def _attempts_of(ledger: Ledger, key: Key) -> list[Attempt]:
    return [attempt for attempt in ledger.attempts.values() if attempt.intent.key == key]


def _file(digest: str | None, url: str | None) -> dict[str, Json]:
    return {"url": url} if digest is None else {"digest": digest}
