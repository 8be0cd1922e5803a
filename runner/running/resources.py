"""Voices and elements within a run: each made once, before the first shot that needs it, by the same steps as a clip.

What was made earlier is asked about once: one that was removed at the gateway is told, never silently paid for again.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from runner.core.canonical import Digest
from runner.model.gateway import Failed, Gone, JobState
from runner.model.journal import WasLost
from runner.model.ledger import AttemptState
from runner.model.lock import Lock
from runner.model.outside import FileTrouble
from runner.model.plan import PlanInputs
from runner.model.request import Key, Request
from runner.model.resource import MadeResource, label_of
from runner.model.run import Outcome
from runner.model.storyboard import Picture, Shot, Sound
from runner.planning.resources import (
    Named,
    find_made,
    made_in,
    needed_by,
    open_attempt,
    price_of_resource,
    resource_key,
    resource_makers,
    resource_request,
)
from runner.running.attempt import make_roll
from runner.running.pace import do_all, do_for_all
from runner.running.rolls import open_elsewhere
from runner.running.shared import Order, RollEnd, SharedRun

# Their names at the gateway are the same whatever production asks for them: the account's, not a film's.
_PRODUCTION: Final = "resource"

_Place: TypeAlias = tuple[str, str, str, str, bool]


class Workshop:
    def __init__(self, run: SharedRun, inputs: PlanInputs) -> None:
        self._run = run
        self._inputs = inputs
        # Whatever it is called: two names for one sample are one voice.
        self._under_way: dict[Key, asyncio.Future[str | RollEnd]] = {}
        self._lost: set[str] = set()

    async def provide(self, shot: Shot, weight: float) -> Mapping[Named, str] | RollEnd:
        """By kind and name the ids a shot needs; or why one of them cannot be had."""
        needed = needed_by(self._inputs.storyboard, shot, self._inputs.manifest)
        found = await do_all(*(self._share(named, weight) for named in needed))
        missing = next((end for end in found if isinstance(end, RollEnd)), None)
        if missing is not None:
            return missing
        return {named: one for named, one in zip(needed, found, strict=True) if isinstance(one, str)}

    def recall(self, shot: Shot) -> Mapping[Named, str]:
        """Ids that are known already: nothing is made, and nothing asked."""
        needed = needed_by(self._inputs.storyboard, shot, self._inputs.manifest)
        made = {named: self._find(named) for named in needed}
        return {named: one.id for named, one in made.items() if one is not None}

    def keys_for(self, shots: Iterable[Shot]) -> frozenset[Key]:
        """Of the voices and elements these need: an open attempt at one is followed from there."""
        storyboard, manifest = self._inputs.storyboard, self._inputs.manifest
        needed = {named for shot in shots for named in needed_by(storyboard, shot, manifest)}
        return frozenset(resource_key(storyboard, named) for named in needed)

    def write_into(self, lock: Lock) -> Lock:
        """The lock with what the journal knows to be made, and without what is gone."""
        known: dict[_Place, MadeResource] = {}
        for one in (*lock.resources, *made_in(self._run.books.ledger)):
            other = known.get(_place_of(one))
            # What is in the lock may have been made elsewhere, after what this machine's journal knows was removed.
            if one.id not in self._lost and (other is None or other.made <= one.made):
                known[_place_of(one)] = one
        kept = tuple(known.values())
        return lock if kept == lock.resources else replace(lock, resources=kept)

    async def _share(self, named: Named, weight: float) -> str | RollEnd:
        key = resource_key(self._inputs.storyboard, named)
        if key in self._under_way:
            return await asyncio.shield(self._under_way[key])
        promise = self._under_way[key] = asyncio.get_running_loop().create_future()
        return await do_for_all(promise, self._bring(named, weight))

    async def _bring(self, named: Named, weight: float) -> str | RollEnd:
        made = self._find(named)
        if made is not None:
            return await self._check(named, made)
        end = await self._make(named, resource_key(self._inputs.storyboard, named), weight)
        if end.outcome not in {Outcome.MADE, Outcome.RESUMED} or end.attempt is None:
            kind, name = named
            if end == self._run.shut:
                return end
            return replace(end, message=f"its {kind} `{name}`: {end.message}")
        return self._run.books.attempt(end.attempt).result_id

    def _find(self, named: Named) -> MadeResource | None:
        gateway, key = self._run.outside.gateway, resource_key(self._inputs.storyboard, named)
        ledger = self._run.books.ledger
        mates = self._inputs.library_mates
        return find_made(key, self._inputs.lock, ledger, mates, gateway.account, sandbox=gateway.sandbox)

    async def _check(self, named: Named, made: MadeResource) -> str | RollEnd:
        """Still there, or told to be gone; where nobody can say, it is taken to be there."""
        kind, name = named
        route = {"resource": kind, "check": "yes", "id": made.id}
        state: JobState = await self._run.outside.gateway.poll(made.job or made.id, route)
        if not isinstance(state, Gone | Failed):
            return made.id
        self._lost.add(made.id)
        for attempt in self._run.books.attempts_of(made.key):
            if attempt.state is AttemptState.REGISTERED and attempt.result_id == made.id:
                self._run.books.record(WasLost(attempt.id))
        message = f"its {kind} `{name}` (`{made.id}`) is not at {self._run.manifest.title} any more"
        return RollEnd(Outcome.BLOCKED, message, "run again: the plan then shows what making it again costs")

    async def _make(self, named: Named, key: Key, weight: float) -> RollEnd:
        kind, name = named
        storyboard = self._inputs.storyboard
        try:
            files = dict(self._locate(named))
        except FileTrouble as trouble:
            return RollEnd(Outcome.BLOCKED, trouble.message, trouble.hint)
        request = Request(
            key=key,
            canonical=resource_request(storyboard, named),
            makers_part=resource_makers(storyboard, named, self._run.outside.gateway.name),
            label=label_of(kind, name),
            files={digest: path for digest, (path, _) in files.items()},
            frames={},
            addresses={digest: url for digest, (_, url) in files.items() if url is not None},
        )
        price = price_of_resource(self._run.manifest, kind)
        order = Order(request, _PRODUCTION, None, 1, kind, price, {}, weight)
        gateway = self._run.outside.gateway
        attempt = open_attempt(self._run.books.ledger, key, gateway.name, gateway.account, sandbox=gateway.sandbox)
        if attempt is not None and attempt.intent.endpoint != gateway.endpoint:
            return open_elsewhere(attempt)
        return await make_roll(self._run, order, attempt)

    def _locate(self, named: Named) -> list[tuple[Digest, tuple[Path, str | None]]]:
        return [
            (file.digest, (self._run.outside.files.location(file.path), file.url))
            for file in self._files(named)
            if file.digest is not None and file.path is not None
        ]

    def _files(self, named: Named) -> list[Picture | Sound]:
        kind, name = named
        if kind == "voice":
            sample = self._inputs.storyboard.voices[name].sample
            return [] if sample is None else [sample]
        element = self._inputs.storyboard.elements[name]
        return [*([] if element.frontal is None else [element.frontal]), *element.references]


def _place_of(made: MadeResource) -> _Place:
    """What a lock has one of."""
    return (made.gateway, made.account, made.kind, made.key, made.sandbox)
