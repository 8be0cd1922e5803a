"""Lock and ledger by key and by shot, so that judging ten thousand shots does not read them ten thousand times."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from runner.core.canonical import Digest
from runner.model.ledger import Attempt, AttemptState, Ledger
from runner.model.lock import DEFAULT_PROFILE, Lock
from runner.model.request import Key
from runner.model.take import Take
from runner.planning.takes import latest_digest

Name = TypeVar("Name", contravariant=True)  # noqa: PLC0105  # a name says what it is, not how it varies
Found = TypeVar("Found")


class Lookup(Protocol[Name, Found]):
    """All that is asked of a table."""

    def get(self, name: Name, default: Sequence[Found], /) -> Sequence[Found]: ...


@dataclass(frozen=True, slots=True)
class Records:
    lock: Lock
    # Of every shot and profile: a take counts by its key, whoever asked for it first.
    takes_by_key: Lookup[Key, Take]
    # In the order of their intents.
    attempts_by_key: Lookup[Key, Attempt]
    # By shot and the profile's name in the lock.
    attempts_by_shot: Lookup[tuple[str, str], Attempt]

    def takes_of(self, key: Key) -> Sequence[Take]:
        return self.takes_by_key.get(key, ())

    def attempts_of(self, key: Key) -> Sequence[Attempt]:
        return self.attempts_by_key.get(key, ())

    def stored_of(self, key: Key) -> list[Attempt]:
        return [attempt for attempt in self.attempts_of(key) if attempt.state is AttemptState.STORED]

    def attempts_of_shot(self, shot: str, profile: str | None) -> Sequence[Attempt]:
        return self.attempts_by_shot.get((shot, profile or DEFAULT_PROFILE), ())

    def has_bytes(self, take: Take, here: frozenset[Digest]) -> bool:
        """True when the take's clip is on this machine."""
        digest = take.digest
        if digest is None and take.key is not None:
            digest = latest_digest(take, self.attempts_of(take.key))
        return digest is not None and digest in here


def index_records(lock: Lock, ledger: Ledger) -> Records:
    takes: dict[Key, list[Take]] = {}
    for blocks in lock.shots.values():
        for block in blocks.values():
            for take in block.takes:
                if take.key is not None:
                    takes.setdefault(take.key, []).append(take)
    by_key: dict[Key, list[Attempt]] = {}
    by_shot: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in ledger.attempts.values():
        by_key.setdefault(attempt.intent.key, []).append(attempt)
        by_shot.setdefault((attempt.intent.shot, attempt.intent.profile or DEFAULT_PROFILE), []).append(attempt)
    return Records(lock, takes, by_key, by_shot)
