"""Jobs as the lock knows them, of which the journal may know nothing: made on another machine, or before it was lost.

Which names they have is not in the lock. What is here keeps such a job from being taken for another request's.
"""

from runner.model.journal import Intended
from runner.model.ledger import Attempt
from runner.model.lock import Lock
from runner.model.request import Key, MakersPart
from runner.model.take import Take


class LockedJobs:
    def __init__(self, lock: Lock) -> None:
        # By gateway and job: the shot it was for.
        self._by_job: dict[tuple[str | None, str], tuple[str, Take]] = {}
        self._by_key: dict[Key, dict[str, Take]] = {}
        for shot in lock.shots:
            for take in lock.takes_of(shot):
                if take.key is not None and take.job is not None:
                    self._by_job.setdefault((take.gateway, take.job), (shot, take))
                    self._by_key.setdefault(take.key, {})[take.job] = take

    def other_shot_of(self, intent: Intended, job: str) -> str | None:
        """Whose job that is, where it was made for another request or with another maker's part."""
        shot, take = self._by_job.get((intent.gateway, job), ("", None))
        if take is None or take.sandbox != intent.sandbox:
            return None
        is_same = (take.key, take.makers_part) == (intent.key, intent.makers_part.digest)
        return None if is_same else shot

    def count_others(self, key: Key, makers: MakersPart, known: list[Attempt], *, sandbox: bool) -> int:
        """How many jobs of that key were made there with another maker's part, beside those `known` of the journal."""
        jobs = {attempt.job for attempt in known}
        takes = [take for job, take in self._by_key.get(key, {}).items() if job not in jobs]
        return sum(
            (take.gateway, take.sandbox) == (makers.gateway, sandbox) and take.makers_part != makers.digest
            for take in takes
        )
