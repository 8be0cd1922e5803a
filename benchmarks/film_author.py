"""What people do between two runs of a film: decide on takes, answer questions, lose a disk or a lock.

Each is done to the lock and the journal just as `runner.api.choices` and `runner.api.questions` do it.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from random_film import RandomFilm
from scripted_gateway import ScriptedJob

from runner.adapters.journal import SqliteJournal
from runner.model.journal import Event, WasAbandoned, WasAccepted, WasFoundUncharged
from runner.model.ledger import Attempt, AttemptState
from runner.model.lock import DEFAULT_PROFILE, Lock, LockedShot
from runner.model.request import Identity
from runner.model.resource import RESOURCE
from runner.model.take import Take
from runner.planning.takes import name_after


class Author:
    def __init__(self, film: RandomFilm) -> None:
        self.film = film
        self.dice = film.dice
        # Jobs whose clips nobody expects any more: let go of, or known to nobody after a loss.
        self.let_go: set[str] = set()
        self._before_loss: set[str] = set()
        # From then on takes may be made again on request, and names of failed jobs be used again.
        self.has_lost_home = False
        self.has_lost_lock = False

    # --- decisions

    def decide(self) -> str:
        name = self.dice.choice(self.film.shots).id
        block = self._block(name)
        words = self.dice.choice(("use", "pin", "unpin", "accept", "adopt"))
        match words:
            case "use" if self.film.bench.lock.takes_of(name):
                take = self.dice.choice(self.film.bench.lock.takes_of(name))
                listed = block.takes if block.take(take.name) else (*block.takes, take)
                self._choose(name, replace(block, takes=listed), take)
            case "pin" if block.current is not None:
                self._write(name, replace(block, pinned="it is good"))
            case "unpin":
                self._write(name, replace(block, pinned=None))
            case "accept" if block.current is not None:
                self._write(name, replace(block, accepted=self._sources(name)))
            case "adopt" if self.dice.random() < 0.5:
                self._adopt(name, block)
            case _:
                return "nothing"
        return f"{words} {name}"

    def unpin_all(self) -> None:
        for one in self.film.shots:
            if self._block(one.id).pinned is not None:
                self._write(one.id, replace(self._block(one.id), pinned=None))

    def _block(self, name: str) -> LockedShot:
        return self.film.bench.lock.block(name, self.film.profile)

    def _write(self, name: str, block: LockedShot) -> None:
        bench = self.film.bench
        bench.lock = bench.lock.with_block(name, self.film.profile or DEFAULT_PROFILE, block)

    def _choose(self, name: str, block: LockedShot, take: Take) -> None:
        key = self.film.bench.plan()[0].shot(name).rolls[0].key
        known = key if isinstance(key, str) else None
        self._write(name, replace(block, chosen=take.name, by_hand=True, accepted=None, key=known))

    def _sources(self, name: str) -> dict[str, Identity]:
        chained = self.film.bench.film.shot(name).chained
        takes = {field: self._block(frame.shot).current for field, frame in chained}
        return {field: take.identity for field, take in takes.items() if take is not None}

    def _adopt(self, name: str, block: LockedShot) -> None:
        bench = self.film.bench
        file = bench.store.new_file(".mp4")
        file.write_text(f'{{"duration": 5, "content": "footage {self.dice.random()}"}}', encoding="utf-8")
        digest, _ = bench.store.keep(file)
        named = name_after(bench.lock.takes_of(name))
        take = Take(
            named, "adopted", None, None, 1, Identity(digest), digest, None, None, None, None, bench.clock.now(), {}
        )
        self._choose(name, replace(block, takes=(*block.takes, take)), take)
        self._record(one for one in self._unfit() if one.intent.shot == name)

    # --- questions

    def answer(self, chance: float) -> None:
        """Truly, from the till; what came and is no clip of the right length is let go of."""
        gateway, ledger = self.film.gateway, self.film.bench.ledger
        known = {one.job for one in ledger.attempts.values()}
        events: list[Event] = []
        for one in ledger.open_attempts:
            if not one.state.is_doubtful or self.dice.random() >= chance:
                continue
            taken = [job for job in gateway.jobs.values() if job.name == one.intent.name and job.id not in known]
            # The latest: names begin anew where the journal of earlier jobs was lost.
            events.append(self._say(one, taken[-1:]))
            known |= {job.id for job in taken[-1:]}
        self._append(events)
        self._record(one for one in self._unfit() if self.dice.random() < chance)

    def _say(self, asked: Attempt, taken: list[ScriptedJob]) -> Event:
        if not taken:
            return WasFoundUncharged(asked.id, by="a person")
        if self.dice.random() < 0.1:
            self.let_go.add(taken[0].id)
            return WasAbandoned(asked.id, charged=True)
        return WasAccepted(asked.id, taken[0].id)

    def _unfit(self) -> list[Attempt]:
        return [one for one in self.film.bench.ledger.open_attempts if one.unfit is not None]

    def _record(self, let_go: Iterator[Attempt]) -> None:
        gone = list(let_go)
        self.let_go |= {one.job for one in gone if one.job is not None}
        self._append([WasAbandoned(one.id, charged=True) for one in gone])

    def _append(self, events: list[Event]) -> None:
        with closing(SqliteJournal(self.film.bench.journal_path, self.film.bench.clock)) as journal:
            for event in events:
                journal.append(event)

    # --- losses

    def lose(self) -> str:
        """A fresh clone, or a lock that is gone. Only one of both, and at rest: see docs/money.md."""
        bench = self.film.bench
        if self.dice.random() < 0.5 and not self.has_lost_lock and self._lock_names_all():
            self.has_lost_home = True
            self._before_loss |= set(bench.gateway.jobs)
            self.let_go |= set(bench.gateway.jobs) - self._locked_jobs()
            for inside in bench.folder.iterdir():
                shutil.rmtree(inside) if inside.is_dir() else inside.unlink()
            return "home"
        if not self.has_lost_home:
            self.has_lost_lock = True
            bench.lock = Lock("bench")
            return "lock"
        return "nothing"

    def forgotten_jobs(self) -> set[str]:
        """What was paid for before a loss and is not in the lock. A voice or an element leaves that when it is removed,
        and one that is found again at the gateway counts as made elsewhere.
        """
        jobs = self.film.gateway.jobs
        makings = {job for job in self._before_loss if jobs[job].request.canonical["medium"] == RESOURCE}
        return makings | (self._before_loss - self._locked_jobs())

    def _locked_jobs(self) -> set[str]:
        lock = self.film.bench.lock
        jobs = {take.job for take in lock.all_takes()} | {made.job for made in lock.resources}
        return {job for job in jobs if job is not None}

    def _lock_names_all(self) -> bool:
        """Nothing is in flight, and what was stored a moment before a kill has come into the lock."""
        ledger = self.film.bench.ledger
        made = {AttemptState.STORED, AttemptState.REGISTERED}
        jobs = {one.job for one in ledger.attempts.values() if one.state in made}
        return not ledger.open_attempts and jobs <= self._locked_jobs()
