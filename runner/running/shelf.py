"""The takes of a run as they come in: the lock settled after each, the choice of each shot, and where clips lie."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

from runner.model.lock import Lock
from runner.model.plan import PlanInputs
from runner.model.request import Identity, Key, MakersPart
from runner.model.storyboard import At, Shot
from runner.model.take import Take
from runner.planning.choice import settle
from runner.planning.records import Records
from runner.planning.takes import digest_of_take
from runner.running.books import Books
from runner.running.outside import Outside

# Of the time a run takes, at most about this share goes into writing the lock.
_SAVING_SHARE = 0.1


Name = TypeVar("Name")
Found = TypeVar("Found")


class Shelf:
    def __init__(self, inputs: PlanInputs, books: Books, outside: Outside) -> None:
        self._inputs = inputs
        self._books = books
        self._outside = outside
        self._lock = inputs.lock
        self._saved = inputs.lock
        self._next_saving = 0.0
        self._cutting: dict[Path, asyncio.Lock] = {}
        self._here = inputs.here
        self._counted = 0
        self._takes_by_key: dict[Key, list[Take]] = {}
        for take in inputs.lock.all_takes():
            self._list(take)

    @property
    def lock(self) -> Lock:
        return self._lock

    def inputs_now(self) -> PlanInputs:
        """What a verdict depends on, as it stands at this moment."""
        stored = self._books.stored_now
        if len(stored) > self._counted:
            self._here, self._counted = self._here.union(stored[self._counted :]), len(stored)
        return replace(self._inputs, lock=self._lock, ledger=self._books.ledger, here=self._here)

    def records(self) -> Records:
        """Lock and ledger indexed, kept in step: a run that reads both for each of ten thousand takes gets nowhere."""
        return Records(
            self._lock,
            _Lookup(lambda key: self._takes_by_key.get(key, ())),
            _Lookup(self._books.attempts_of),
            _Lookup(lambda shot: self._books.attempts_of_shot(*shot)),
        )

    def settle(self, shot: Shot, keys: Sequence[Key], makers: MakersPart) -> None:
        """Takes that were stored join the shot's block; with keys, one of them is chosen."""
        now = self.inputs_now()
        self._lock = settle(
            now.lock,
            now.ledger,
            now.storyboard,
            shot,
            keys,
            makers,
            here=now.here,
            sandbox=now.sandbox,
            records=self.records(),
            manifests=now.manifests,
            let_go=shot.id in now.remake,
        )
        for take in self._lock.block(shot.id, now.storyboard.profile).takes:
            self._list(take)
        self.save(is_last=False)

    def note(self, write: Callable[[Lock], Lock]) -> None:
        """What belongs into the lock beside takes."""
        self._lock = write(self._lock)
        self.save(is_last=False)

    def save(self, *, is_last: bool) -> None:
        """A lock of ten thousand shots takes its time, and the journal knows everything in it: not after each take."""
        clock = self._outside.clock
        began = clock.monotonic()
        if not is_last and (self._lock is self._saved or began < self._next_saving):
            return
        self._outside.save_lock(self._lock)
        self._saved = self._lock
        ended = clock.monotonic()
        self._next_saving = ended + (ended - began) / _SAVING_SHARE

    def take_in_use(self, shot: str) -> Take | None:
        return self._lock.block(shot, self._inputs.storyboard.profile).current

    def clip_of(self, take: Take) -> Path | None:
        digest = digest_of_take(take, self._books.ledger)
        return None if digest is None else self._outside.store.clip(digest)

    async def frame_of(self, take: Take, at: At) -> Path | None:
        """The picture handed over, cut when it is needed first; None when the clip is not on this machine."""
        path = self._outside.store.frame(take.identity, at)
        async with self._cutting.setdefault(path, asyncio.Lock()):
            if path.exists():
                return path
            clip = self.clip_of(take)
            if clip is None:
                return None
            partial = self._outside.store.new_file(path.suffix)
            await asyncio.to_thread(self._outside.media.cut_frame, clip, at, partial)
            partial.replace(path)
            return path

    def _list(self, take: Take) -> None:
        """Each once, though it may stand under several shots and profiles."""
        if take.key is not None:
            known = self._takes_by_key.setdefault(take.key, [])
            if take not in known:
                known.append(take)


class _Lookup(Generic[Name, Found]):
    """Finds when it is asked, so that what was stored meanwhile is found as well."""

    def __init__(self, find: Callable[[Name], Sequence[Found]]) -> None:
        self._find = find

    def get(self, name: Name, default: Sequence[Found], /) -> Sequence[Found]:
        return self._find(name) or default


def identities_of(shot: Shot, shelf: Shelf) -> dict[str, Identity] | None:
    """Of the takes its chained frames are cut from, by field; None while one of them has none."""
    takes = {field: shelf.take_in_use(frame.shot) for field, frame in shot.chained}
    known = {field: take.identity for field, take in takes.items() if take is not None}
    return known if len(known) == len(takes) else None
