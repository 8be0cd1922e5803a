"""Removes voices and elements at a gateway that nothing in the storyboard is made from any more. Only on request."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from runner.adapters.clock import SystemClock
from runner.adapters.http.gateway import HttpGateway
from runner.adapters.journal import SqliteJournal
from runner.api.gateways import check_host, open_gateway
from runner.api.plans import JOURNAL_FILE, Planned, Selection, plan_production, recorded
from runner.api.production import Production, hold, open_production, reread_lock, write_lock_of
from runner.api.targets import Target
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Refused
from runner.model.gateway import Gone, Succeeded
from runner.model.journal import WasLost
from runner.model.ledger import AttemptState
from runner.model.resource import MadeResource, ResourceKind
from runner.planning.ledger import fold
from runner.planning.resources import made_in, resource_from, resource_key


@dataclass(frozen=True, slots=True)
class Cleaned:
    removed: tuple[MadeResource, ...]
    # Those that could not be, and why.
    kept: tuple[tuple[MadeResource, str], ...]
    # How many of that gateway the storyboard refers to.
    in_use: int


def clean_resources(
    target: Target, agree: Callable[[Sequence[MadeResource]], bool], allow_hosts: tuple[str, ...] = ()
) -> Cleaned:
    """`agree` sees what would be removed at the provider; other productions of the same account may use it."""
    with hold(open_production(target), "gc"):
        production = open_production(target)
        planned = plan_production(production, recorded(production), Selection())
        unused, in_use = _divide(production, planned)
        # A key is asked for only where something may be removed with it.
        gateway = _open(planned, allow_hosts) if unused else None
        unused = [] if gateway is None else [one for one in unused if one.account == gateway.account]
        if gateway is None or not unused:
            return Cleaned((), (), in_use)
        if not agree(unused):
            raise Refused(_not_agreed(production))
        ends = asyncio.run(_remove(gateway, unused))
        gone = tuple(made for made, end in zip(unused, ends, strict=True) if end is None)
        _write_down(production, gone)
    kept = tuple((made, end) for made, end in zip(unused, ends, strict=True) if end is not None)
    return Cleaned(gone, kept, in_use)


def _open(planned: Planned, allow_hosts: tuple[str, ...]) -> HttpGateway | None:
    check_host(planned.production, allow_hosts)
    gateway = open_gateway(planned)
    return gateway if isinstance(gateway, HttpGateway) else None


def _divide(production: Production, planned: Planned) -> tuple[list[MadeResource], int]:
    """Those of this gateway whose sample or pictures no voice and no element of the storyboard has; how many have."""
    storyboard = production.storyboard
    kinds: list[tuple[ResourceKind, str]] = [("voice", name) for name, one in storyboard.voices.items() if one.sample]
    kinds += [("element", name) for name, one in storyboard.elements.items() if one.frontal]
    wanted = {resource_key(storyboard, named) for named in kinds}
    mates, sandbox = planned.inputs.library_mates, planned.inputs.sandbox
    known = (*production.lock.resources, *made_in(planned.inputs.ledger))
    # Two gateways with one library give one id: it is one thing.
    made = {_identify(one): one for one in known if one.gateway in mates and one.sandbox == sandbox}
    unused = [one for one in made.values() if one.key not in wanted]
    return unused, len(made) - len(unused)


def _identify(made: MadeResource) -> tuple[str, bool, str, str]:
    """Under one key an id is one thing, whichever gateway it was made by."""
    return (made.account, made.sandbox, made.kind, made.id)


async def _remove(gateway: HttpGateway, unused: Sequence[MadeResource]) -> list[str | None]:
    """For each, None when it is gone."""
    try:
        return [await _remove_one(gateway, made) for made in unused]
    finally:
        await gateway.close()


async def _remove_one(gateway: HttpGateway, made: MadeResource) -> str | None:
    match state := await gateway.remove(made.kind, made.id):
        case Succeeded() | Gone():
            return None
        case _:
            return f"{gateway.manifest.title} says: {getattr(state, 'cause', 'no')}"


def _write_down(production: Production, gone: Sequence[MadeResource]) -> None:
    gone_things = {_identify(one) for one in gone}
    with closing(SqliteJournal(production.home / JOURNAL_FILE, SystemClock())) as journal:
        for attempt in fold(journal.entries()).attempts.values():
            if attempt.state is AttemptState.REGISTERED and _identify(resource_from(attempt)) in gone_things:
                journal.append(WasLost(attempt.id))
    lock = reread_lock(production).lock
    kept = tuple(one for one in lock.resources if _identify(one) not in gone_things)
    if kept != lock.resources:
        write_lock_of(production, replace(lock, resources=kept))


def _not_agreed(production: Production) -> Diagnostic:
    message = f"nothing was removed at {production.manifest.title}, since nobody agreed to it"
    return Diagnostic(
        "no-go-ahead", Severity.ERROR, message, None, "`framechain gc --resources --yes` agrees beforehand"
    )
