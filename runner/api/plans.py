"""Plans: what a run would do, from the storyboard, the lock and the ledger on this machine."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from runner.adapters.git_files import checked_out
from runner.adapters.journal import read_entries
from runner.adapters.store import FolderStore
from runner.api.manifests import find_manifests
from runner.api.production import Production, check_shot, open_production
from runner.api.targets import Target, locate
from runner.core.canonical import Digest
from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.core.errors import Invalid
from runner.model.journal import Entry
from runner.model.ledger import Ledger
from runner.model.lock import Lock
from runner.model.manifest import Manifest
from runner.model.outside import Store
from runner.model.plan import Plan, PlanInputs
from runner.planning.against import assume_made, digests_in
from runner.planning.ledger import fold
from runner.planning.plan import make_plan
from runner.planning.selectors import select

JOURNAL_FILE = "journal.sqlite3"


@dataclass(frozen=True, slots=True)
class Selection:
    """What narrows a plan, as selectors."""

    only: tuple[str, ...] = ()
    no_cascade: bool = False
    remake: tuple[str, ...] = ()
    # How many clips may be made at once; it decides how long a run takes, not what it makes.
    jobs: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    production: Production
    inputs: PlanInputs
    plan: Plan


def plan(target: Target, selection: Selection | None = None) -> Planned:
    """What a run would do now. Reads only; needs no key."""
    production = open_production(target)
    return plan_production(production, recorded(production), selection or Selection())


def plan_production(
    production: Production, entries: Iterable[Entry], selection: Selection, account: str | None = None
) -> Planned:
    """`account`: whose key a run has found; a plan alone looks for none."""
    ledger = fold(entries)
    inputs = PlanInputs(
        storyboard=production.storyboard,
        manifest=production.manifest,
        lock=production.lock,
        ledger=ledger,
        here=clips_here(production.lock, ledger, FolderStore(production.home)),
        no_cascade=selection.no_cascade,
        account=account,
        sandbox=production.endpoint is not None and production.endpoint.is_sandbox,
        manifests=_makers(production, ledger),
        jobs=production.manifest.most_jobs(selection.jobs, os.cpu_count() or 1),
    )
    whole = make_plan(inputs)
    if not selection.only and not selection.remake:
        return Planned(production, inputs, whole)
    findings = Findings()
    storyboard = production.storyboard
    only = select(selection.only, storyboard, whole, findings) if selection.only else None
    remake = select(selection.remake, storyboard, whole, findings)
    if findings.has_errors:
        raise Invalid(*findings.in_order())
    inputs = replace(inputs, only=only, remake=remake)
    return Planned(production, inputs, make_plan(inputs))


def _makers(production: Production, ledger: Ledger) -> dict[str, Manifest]:
    """Manifests of every gateway that made a take, a voice or an element, or was asked for one."""
    asked = {attempt.intent.gateway for attempt in ledger.attempts.values()}
    asked |= {made.gateway for made in production.lock.resources}
    missing = sorted(asked - production.makers.keys())
    return find_manifests(missing, production.files) | production.makers


def plan_against(target: Target, revision: str) -> Planned:
    """What the storyboard here would make if all of that revision's had been made."""
    production = open_production(target)
    folder, main = locate(target.path)
    with checked_out(folder, revision) as earlier_folder:
        earlier = _open_earlier(replace(target, path=earlier_folder / main), revision)
        lock = assume_made(earlier.storyboard, earlier.manifest)
    inputs = PlanInputs(
        storyboard=production.storyboard,
        manifest=production.manifest,
        lock=replace(lock, production=production.storyboard.id),
        ledger=Ledger(),
        here=digests_in(lock),
    )
    return Planned(production, inputs, make_plan(inputs))


def plan_shot(target: Target, shot: str) -> Planned:
    """The plan, once it is sure that it has such a shot."""
    planned = plan(target)
    check_shot(planned.production, shot)
    return planned


def _open_earlier(target: Target, revision: str) -> Production:
    try:
        return open_production(target)
    except Invalid as wrong:
        message = f"the storyboard at `{revision}` has errors of its own, so nothing can be compared with it: {wrong}"
        hint = "name a revision whose storyboard has none"
        raise Invalid(Diagnostic("unknown-revision", Severity.ERROR, message, None, hint)) from wrong


def recorded(production: Production) -> tuple[Entry, ...]:
    """The journal's entries; none where nothing was ever sent."""
    return read_entries(production.home / JOURNAL_FILE)


def clips_here(lock: Lock, ledger: Ledger, store: Store) -> frozenset[Digest]:
    """Of all digests that lock and ledger name, those whose clips are on this machine.

    A clip that is shorter or longer than it was when it was stored is none; `verify` looks at every byte.
    """
    sizes = {attempt.digest: attempt.bytes for attempt in ledger.attempts.values()}
    named = {*sizes, *(take.digest for take in lock.all_takes())}
    return frozenset(
        digest for digest in named if digest is not None and _is_whole(store.clip(digest), sizes.get(digest))
    )


def _is_whole(clip: Path | None, size: int | None) -> bool:
    # No clip is empty: 0 stands for one whose size nobody knows.
    return clip is not None and (not size or clip.stat().st_size == size)
