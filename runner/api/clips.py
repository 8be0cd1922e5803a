"""Where the clips of takes lie on this machine. Lock and ledger are looked through once for however many takes."""

from pathlib import Path

from runner.adapters.store import FolderStore
from runner.api.production import Production
from runner.core.canonical import Digest
from runner.model.ledger import Ledger
from runner.model.plan import PlannedShot
from runner.model.take import Take
from runner.planning.records import index_records
from runner.planning.takes import latest_digest


class Clips:
    def __init__(self, production: Production, ledger: Ledger) -> None:
        self.store = FolderStore(production.home)
        self._records = index_records(production.lock, ledger)

    def digest(self, take: Take) -> Digest | None:
        """Of the take's bytes; an animatic take's are known only where it was made."""
        if take.digest is not None or take.key is None:
            return take.digest
        return latest_digest(take, self._records.attempts_of(take.key))

    def file(self, take: Take | None) -> Path | None:
        """None when there is no take, or its bytes are not here."""
        digest = None if take is None else self.digest(take)
        return None if digest is None else self.store.clip(digest)

    def in_use(self, shot: PlannedShot) -> Path | None:
        return self.file(shot.take)
