"""Asks a gateway, by our names for them, for jobs a lost journal may have held. Nothing is submitted here."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from runner.adapters.clock import SystemClock
from runner.api.gateways import check_host, open_gateway
from runner.api.plans import Planned
from runner.core.errors import FramechainError
from runner.model.gateway import Failed, FindAnswer, Found, Gateway, Gone, LookupFailed, NotFound
from runner.model.ledger import Ledger
from runner.model.resource import RESOURCE
from runner.planning.lost_attempts import Asked, Where, route_of
from runner.planning.request import job_name
from runner.planning.verdict import count_known_failures

# What goes into the name of a voice or an element in place of a production: they are the account's.
_OF_THE_ACCOUNT = "resource"
_AT_ONCE = 8
_TRIES = 3
# A person may have let go of a job that never was, which counts in the next one's name: so many names in a row must be
# unknown before the one asked for is taken for never sent. And no request fails for ever.
_UNKNOWN_IN_A_ROW = 2
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class Finding:
    asked: Asked
    # Our name of the job below; where there is none, of the first that was looked for.
    name: str
    job: str | None = None
    # Jobs before it that failed, by their names.
    failed: tuple[tuple[str, str, Failed], ...] = ()
    # Why it could not be looked up.
    cause: str | None = None


@dataclass(slots=True)
class _Search:
    gateway: Gateway
    planned: Planned
    ledger: Ledger
    # That the journal or the lock knows: another request's, with the same key, has the same name.
    known_jobs: Collection[str]
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    # One that cannot be reached is not asked once more for each shot.
    trouble: str | None = None


def look_up_all(
    planned: Planned, asked: Sequence[Asked], ledger: Ledger, *, can_look_up: bool
) -> tuple[Where, tuple[Finding, ...], str | None]:
    """Who was asked, what of each was found, and why it could not be asked."""
    production = planned.production
    endpoint = production.endpoint
    where = Where(production.manifest, "" if endpoint is None else endpoint.url, "", sandbox=planned.inputs.sandbox)
    try:
        # Never a key to a host nobody has agreed to.
        check_host(production, ())
        gateway = open_gateway(planned)
    except FramechainError as trouble:
        return where, tuple(_unasked(planned, one, ledger, str(trouble)) for one in asked), str(trouble)
    where = Where(where.manifest, where.endpoint, gateway.account, where.sandbox)
    if not can_look_up:
        asyncio.run(gateway.close())
        why = f"{production.manifest.title} finds no job by a name of ours"
        return where, tuple(_unasked(planned, one, ledger, why) for one in asked), None
    jobs = [*(one.job for one in production.lock.all_takes()), *(one.job for one in ledger.attempts.values())]
    known = {job for job in jobs if job is not None}
    search = _Search(gateway, planned, ledger, known)
    findings = asyncio.run(_look_for_all(search, asked))
    return where, findings, search.trouble


async def _look_for_all(search: _Search, asked: Sequence[Asked]) -> tuple[Finding, ...]:
    try:
        return tuple(await asyncio.gather(*(_look_for(search, one) for one in asked)))
    finally:
        await search.gateway.close()


async def _look_for(search: _Search, asked: Asked) -> Finding:
    failures = count_failures(search.planned, asked, search.ledger)
    first = name_job(search.planned, asked, failures)
    failed: list[tuple[str, str, Failed]] = []
    unknown = 0
    async with search.places:
        for count in range(failures, failures + _MOST_NAMES):
            name = name_job(search.planned, asked, count)
            match await _ask(search, asked, name):
                case LookupFailed(cause=cause):
                    return Finding(asked, first, failed=tuple(failed), cause=cause)
                case Found(job=job, state=state) if job in search.known_jobs or isinstance(state, Gone):
                    unknown = 0
                case Found(job=job, state=Failed() as state):
                    failed.append((name, job, state))
                    unknown = 0
                case Found(job=job):
                    return Finding(asked, name, job, tuple(failed))
                case NotFound():
                    unknown += 1
            if unknown == _UNKNOWN_IN_A_ROW:
                break
    return Finding(asked, first, failed=tuple(failed))


async def _ask(search: _Search, asked: Asked, name: str) -> FindAnswer:
    answer: FindAnswer = LookupFailed(search.trouble or "")
    for tries in range(_TRIES):
        if search.trouble is not None:
            return LookupFailed(search.trouble)
        answer = await search.gateway.find(name, route_of(asked, search.planned.production.manifest, name))
        if not isinstance(answer, LookupFailed) or answer.is_final:
            return answer
        if tries < _TRIES - 1:
            await SystemClock().sleep(0.5 * 2**tries)
    if isinstance(answer, LookupFailed):
        search.trouble = answer.cause
    return answer


def _unasked(planned: Planned, asked: Asked, ledger: Ledger, why: str) -> Finding:
    name = name_job(planned, asked, count_failures(planned, asked, ledger))
    return Finding(asked, name, cause=why)


def count_failures(planned: Planned, asked: Asked, ledger: Ledger) -> int:
    where = (planned.production.manifest.name, planned.inputs.sandbox)
    earlier = [one for one in ledger.of_key(asked.key) if (one.intent.gateway, one.intent.sandbox) == where]
    return count_known_failures(earlier, asked.makers)


def name_job(planned: Planned, asked: Asked, failures: int) -> str:
    is_resource = asked.canonical.get("medium") == RESOURCE
    return job_name(_OF_THE_ACCOUNT if is_resource else planned.production.storyboard.id, asked.key, failures)
