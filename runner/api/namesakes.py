"""Keeps two films of one title apart: an id made from a title is noted with the storyboard that had it first.

Copies of one production (clones, worktrees) share takes and journal on purpose: by the lock that came with them, or by
an id both of them write. What a copy has neither of could as well be another film.
"""

import os
from pathlib import Path

from runner.adapters.durable import make_folder, write_durably
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid

NOTE = "storyboard.path"


def claim_id(home: Path, storyboard: Path, production: str, *, is_agreed: bool) -> None:
    """Invalid where the id is that of another storyboard here. `is_agreed`: it is written, or in the lock."""
    first = _read(home / NOTE)
    is_there = first is not None and first.is_file()
    if first is not None and is_there:
        if is_agreed or first.samefile(storyboard):
            return
        raise Invalid(_tell(production, first))
    make_folder(home)
    partial = home / f".{NOTE}.{os.getpid()}"
    write_durably(home / NOTE, os.fsencode(storyboard.resolve()), partial)


def _read(note: Path) -> Path | None:
    try:
        return Path(os.fsdecode(note.read_bytes()))
    except FileNotFoundError:
        return None


def _tell(production: str, first: Path) -> Diagnostic:
    return Diagnostic(
        "id-shared",
        Severity.ERROR,
        f"`{production}`, made from the title, is the id of `{first}` already",
        None,
        f"write an `id` of its own into this storyboard, or `id: {production}` if both are the same production",
    )
