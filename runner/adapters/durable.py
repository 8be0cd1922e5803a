"""Files that are either whole or not there, also after a power cut: written beside, synced, and moved into place."""

import os
from pathlib import Path


def write_durably(path: Path, content: bytes, partial: Path) -> None:
    """`partial` is where it grows: in the same folder, under a name only one writer uses at a time."""
    # What a killed writer left, or a link somebody put there, which must not be written through.
    partial.unlink(missing_ok=True)
    with partial.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes names in a folder durable: a file's own sync does not."""
    if os.name == "posix":
        sync_file(folder)


def make_folder(folder: Path) -> None:
    """The folder with all above it, their names durable; nothing is done when it is there."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)
