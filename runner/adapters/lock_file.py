"""Moves the text of `storyboard.lock` to and from its file; what it says is the business of `runner.reading.lock`.

Only a plain file is one: a link in its place could lead to anything on this machine, a pipe would never end.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from runner.adapters.durable import write_durably

# It grows with the takes it names: this is some hundred thousand of them.
_MOST_BYTES: Final = 128 * 1024 * 1024


def read_lock_file(path: Path) -> str | None:
    """None when there is no lock yet. OSError where it is no plain file of a bearable size."""
    try:
        _refuse_special(path.stat(follow_symlinks=False))
        # Should it be exchanged in between, a pipe must not hold us up and a link must not lead us elsewhere.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        _refuse_special(os.fstat(descriptor))
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise OSError(errno.EFBIG, "it is too large for a lock")
    return content.decode("utf-8")


def _refuse_special(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no plain file")


def prove_writable(path: Path) -> None:
    """OSError when the lock could not be written now; nothing is left behind."""
    partial = _partial(path)
    partial.unlink(missing_ok=True)
    partial.touch(exist_ok=False)
    partial.unlink()


def write_lock_file(path: Path, text: str) -> bool:
    """True when the file changed. What a killed writer left beside it is gone afterwards."""
    partial = _partial(path)
    content = text.encode("utf-8")
    if path.exists() and path.read_bytes() == content:
        partial.unlink(missing_ok=True)
        return False
    write_durably(path, content, partial)
    return True


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")
