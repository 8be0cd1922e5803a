"""Which production a command is about, and under which choices."""

import os
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path

STORYBOARD_FILE = "storyboard.yaml"


@dataclass(frozen=True, slots=True)
class Target:
    """Which production a command is about, and under which choices."""

    path: Path = Path()
    profile: str | None = None
    provider: str | None = None
    environment: MappingOf[str, str] = field(default_factory=lambda: dict(os.environ))
    # By provider, where it is reached instead of its own host.
    endpoints: MappingOf[str, str] = field(default_factory=dict)


def locate(path: Path) -> tuple[Path, str]:
    """The production's folder and its main file, from either of them."""
    if path.is_file() or (path.suffix and not path.is_dir()):
        return path.parent, path.name
    return path, STORYBOARD_FILE
