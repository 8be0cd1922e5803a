"""Removes voices and elements at a gateway that nothing in the storyboard is made from any more. Only on request."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from runner.adapters.clock import SystemClock
from runner.adapters.http.gateway import HttpGateway
from runner.adapters.journal import SqliteJournal
from runner.api.gateways import check_host, open_gateway
from runner.api.plans import JOURNAL_FILE, Selection, plan_production, recorded
from runner.api.production import Production, hold, open_production, reread_lock, write_lock_of
from runner.api.targets import Target
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Refused
from runner.model.gateway import Gone, Succeeded
from runner.model.journal import WasLost
from runner.model.ledger import AttemptState, Ledger
from runner.model.lock import Lock
from runner.model.resource import MadeResource, ResourceKind
from runner.model.storyboard import Storyboard
from runner.planning.ledger import fold
from runner.planning.resources import made_in, resource_key


@dataclass(frozen=True, slots=True)
class Cleaned:
    removed: tuple[MadeResource, ...]
    # Those that could not be, and why.
    kept: tuple[tuple[MadeResource, str], ...]


def clean_resources(
    target: Target, agree: Callable[[Sequence[MadeResource]], bool], allow_hosts: tuple[str, ...] = ()
) -> Cleaned:
    """`agree` sees what would be removed at the provider; other productions of the same account may use it."""
    with hold(open_production(target), "gc"):
        production = open_production(target)
        check_host(production, allow_hosts)
        planned = plan_production(production, recorded(production), Selection())
        gateway = open_gateway(planned)
        if not isinstance(gateway, HttpGateway):
            return Cleaned((), ())
        unused = _unused(production.storyboard, production.lock, planned.inputs.ledger, gateway)
        if not unused:
            return Cleaned((), ())
        if not agree(unused):
            raise Refused(_not_agreed(production))
        ends = asyncio.run(_remove(gateway, unused))
        gone = tuple(made for made, end in zip(unused, ends, strict=True) if end is None)
        _write_down(production, gone)
    return Cleaned(gone, tuple((made, end) for made, end in zip(unused, ends, strict=True) if end is not None))


def _unused(storyboard: Storyboard, lock: Lock, ledger: Ledger, gateway: HttpGateway) -> list[MadeResource]:
    """Those of this account whose sample or pictures no voice and no element of the storyboard has."""
    kinds: list[tuple[ResourceKind, str]] = [("voice", name) for name, one in storyboard.voices.items() if one.sample]
    kinds += [("element", name) for name, one in storyboard.elements.items() if one.frontal]
    wanted = {resource_key(storyboard, named) for named in kinds}
    made = {one.id: one for one in (*lock.resources, *made_in(ledger))}
    here = (gateway.name, gateway.account, gateway.sandbox)
    return [one for one in made.values() if (one.gateway, one.account, one.sandbox) == here and one.key not in wanted]


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
    ids = {one.id for one in gone}
    with closing(SqliteJournal(production.home / JOURNAL_FILE, SystemClock())) as journal:
        for attempt in fold(journal.entries()).attempts.values():
            if attempt.state is AttemptState.REGISTERED and attempt.result_id in ids:
                journal.append(WasLost(attempt.id))
    lock = reread_lock(production).lock
    kept = tuple(one for one in lock.resources if one.id not in ids)
    if kept != lock.resources:
        write_lock_of(production, replace(lock, resources=kept))


def _not_agreed(production: Production) -> Diagnostic:
    message = f"nothing was removed at {production.manifest.title}, since nobody agreed to it"
    return Diagnostic(
        "no-go-ahead", Severity.ERROR, message, None, "`framechain gc --resources --yes` agrees beforehand"
    )
