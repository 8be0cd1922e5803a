"""What a look at a journal came to that may have been damaged, and what could be recovered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.model.ledger import Attempt


@dataclass(frozen=True, slots=True)
class Rebuilt:
    # What was wrong with the journal; None where it was whole.
    damage: str | None
    # Where the old one lies now.
    kept: Path | None
    # How many of its entries were lost; None where nobody knows.
    missing: int | None = None
    # Attempts, by where they are known from.
    from_journal: int = 0
    from_lock: int = 0
    from_gateway: int = 0
    # What only a person can say, or nobody could be asked about.
    questions: tuple[Attempt, ...] = ()
    # By gateway, why it could not be asked.
    not_asked: Mapping[str, str] = field(default_factory=dict)
    # Clips in the store that no take is known of.
    unclaimed: int = 0
    home: Path = Path()
