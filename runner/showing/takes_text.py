"""The takes of one shot as a list for the terminal."""

from collections.abc import Iterable

from runner.model.lock import LockedShot
from runner.model.take import Take
from runner.showing.wording import make_harmless


def takes_text(shot: str, block: LockedShot, takes: Iterable[Take]) -> str:
    """One line a take; the one in use is marked."""
    lines = [_line(take, is_in_use=take.name == block.chosen) for take in takes]
    if not lines:
        return f"{shot} has no takes yet"
    if block.pinned is not None:
        lines.append(f"pinned: {make_harmless(block.pinned)}")
    return "\n".join([f"takes of {shot}:", *lines])


def _line(take: Take, *, is_in_use: bool) -> str:
    made_by = make_harmless(" ".join(part for part in (take.gateway, take.model) if part) or take.origin)
    charge = f", {take.charge}" if take.charge is not None else ""
    mark = "in use" if is_in_use else ""
    where = " at a sandbox" if take.sandbox else ""
    return (
        f"  {take.name}  roll {take.roll}  {make_harmless(take.made[:10])}  {made_by}{where}{charge}  {mark}".rstrip()
    )
