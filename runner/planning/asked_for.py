"""What is wrong with shots, gathered by the line that asked: one in `defaults` is told once, with its shots."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from runner.core.diagnostic import Findings
from runner.core.place import Place
from runner.model.storyboard import Layer, Setting, Shot


@dataclass(frozen=True, slots=True)
class Asked:
    """A place, and whether it is plain from it which shot asks."""

    place: Place
    is_shots_own: bool = True


@dataclass(frozen=True, slots=True)
class Complaint:
    code: str
    message: str
    asked: Asked
    hint: str


@dataclass(slots=True)
class Complaints:
    _shots: dict[Complaint, dict[str, None]] = field(default_factory=dict)

    def add(self, shot: Shot, *complaints: Complaint) -> None:
        for complaint in complaints:
            self._shots.setdefault(complaint, {})[shot.id] = None

    def tell(self, findings: Findings) -> None:
        for complaint, shots in self._shots.items():
            about = "" if complaint.asked.is_shots_own and len(shots) == 1 else f" ({_name_shots(tuple(shots))})"
            findings.error(complaint.code, complaint.message + about, complaint.asked.place, complaint.hint)


def asked_by(shot: Shot, setting: Setting[Any]) -> Asked:
    """Where a setting was written; what is built in or came from the command line is told at the shot."""
    if setting.place is None:
        return Asked(shot.place)
    return Asked(setting.place, is_shots_own=setting.layer is Layer.SHOT)


def list_names(names: Collection[str]) -> str:
    """`a`, `b` and `c`, each in backticks."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else "".join(quoted)


def count_things(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _name_shots(shots: tuple[str, ...]) -> str:
    if len(shots) > 4:
        return f"shots {', '.join(f'`{shot}`' for shot in shots[:3])} and {len(shots) - 3} more"
    return f"{'shot' if len(shots) == 1 else 'shots'} {list_names(shots)}"
