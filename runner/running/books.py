"""The journal and the ledger it folds into, kept in step: what is recorded here is on disk when the call returns."""

from collections.abc import Sequence

from runner.core.canonical import Digest
from runner.model.journal import BecameUncertain, Event, Intended, WasAccepted, WasStored
from runner.model.ledger import Attempt, Ledger
from runner.model.lock import DEFAULT_PROFILE
from runner.model.outside import Journal
from runner.model.request import Key
from runner.planning.ledger import apply as apply_entry
from runner.planning.ledger import fold, new_attempt_id


class Books:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        entries = journal.entries()
        self._ledger = fold(entries)
        self._by_key: dict[Key, dict[str, None]] = {}
        self._by_shot: dict[tuple[str, str], dict[str, None]] = {}
        self._stored_now: list[Digest] = []
        self._exists_unfound: set[str] = set()
        self._sent_now: dict[str, None] = {}
        # By gateway, endpoint and job: the attempt that was given it first, and has it still.
        self._by_job: dict[tuple[str, str, str], str] = {}
        for entry in entries:
            self._note(entry.event)

    @property
    def ledger(self) -> Ledger:
        return self._ledger

    def record(self, event: Event) -> Attempt:
        entry = self._journal.append(event)
        self._ledger = apply_entry(self._ledger, entry)
        self._note(event)
        if isinstance(event, Intended):
            self.note_sent(self.attempt(event.attempt))
        if isinstance(event, WasStored):
            self._stored_now.append(event.digest)
        return self.attempt(event.attempt)

    def attempt(self, attempt: str) -> Attempt:
        return self._ledger.attempts[attempt]

    def attempts_of(self, key: Key) -> Sequence[Attempt]:
        return [self.attempt(attempt) for attempt in self._by_key.get(key, ())]

    def attempts_of_shot(self, shot: str, profile: str) -> Sequence[Attempt]:
        """`profile` by its name in the lock."""
        return [self.attempt(attempt) for attempt in self._by_shot.get((shot, profile), ())]

    def next_attempt_id(self, key: Key) -> str:
        return new_attempt_id(self._ledger.attempts, key)

    def exists_unfound(self, attempt: Attempt) -> bool:
        """True when the gateway said that a job of that name exists, and it was not found since."""
        return attempt.id in self._exists_unfound

    def other_request_of(self, attempt: Attempt, job: str) -> Attempt | None:
        """Who was given that job there before, for another request than this one's, or with another maker's part."""
        intent = attempt.intent
        first = self._by_job.get((intent.gateway, intent.endpoint, job))
        other = None if first is None else self.attempt(first)
        if other is None or other.job != job or _is_same_request(other.intent, intent):
            return None
        return other

    def note_sent(self, attempt: Attempt) -> None:
        """What it costs is this run's, though an earlier one may have meant to send it."""
        self._sent_now[attempt.id] = None

    def forget_sent(self, attempt: Attempt) -> None:
        """It came to nothing in this run."""
        self._sent_now.pop(attempt.id, None)

    def was_sent_now(self, attempt: Attempt) -> bool:
        """True when this run sent it, rather than an earlier one."""
        return attempt.id in self._sent_now

    @property
    def sent_now(self) -> Sequence[Attempt]:
        return [self.attempt(attempt) for attempt in self._sent_now]

    @property
    def stored_now(self) -> Sequence[Digest]:
        """Of the clips this run has stored so far."""
        return self._stored_now

    def _note(self, event: Event) -> None:
        if isinstance(event, Intended):
            self._by_key.setdefault(event.key, {})[event.attempt] = None
            self._by_shot.setdefault((event.shot, event.profile or DEFAULT_PROFILE), {})[event.attempt] = None
        if isinstance(event, WasAccepted):
            self._note_job(self.attempt(event.attempt).intent, event.job)
        if isinstance(event, BecameUncertain) and event.exists:
            self._exists_unfound.add(event.attempt)

    def _note_job(self, intent: Intended, job: str) -> None:
        """A person may have named a wrong one, and corrected it: then it is nobody's again."""
        place = (intent.gateway, intent.endpoint, job)
        holder = self._by_job.get(place)
        if holder is None or self.attempt(holder).job != job:
            self._by_job[place] = intent.attempt


def _is_same_request(one: Intended, other: Intended) -> bool:
    return (one.key, one.makers_part.digest) == (other.key, other.makers_part.digest)
