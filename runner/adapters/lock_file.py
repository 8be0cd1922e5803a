"""Moves the text of `storyboard.lock` to and from its file; what it says is the business of `runner.reading.lock`."""

from pathlib import Path

from runner.adapters.durable import write_durably


def read_lock_file(path: Path) -> str | None:
    """None when there is no lock yet."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None


def prove_writable(path: Path) -> None:
    """OSError when the lock could not be written now; nothing is left behind."""
    partial = _partial(path)
    partial.touch()
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
