"""A production's folder on disk. Whatever a storyboard names, nothing outside that folder is ever opened.

Only plain files of a bearable size are read; `picture_files` and `sound_files` know what is in them.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from runner.core.canonical import Digest, digest_bytes
from runner.core.nearest import nearest
from runner.core.place import Source
from runner.model.outside import FileTrouble, PictureFacts

_TEXT_BYTES: Final = 4 * 1024 * 1024
_PICTURE_BYTES: Final = 50 * 1024 * 1024
_SOUND_BYTES: Final = 100 * 1024 * 1024
_LONGEST_PATH: Final = 1000

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A file that was looked at: read again only when one of these has moved."""

    modified_nanoseconds: int
    size: int
    inode: int


class FolderFiles:
    """The port `ProductionFiles` over a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], tuple[_Stamp, Any]] = {}

    @cached_property
    def _root(self) -> Path:
        return Path(os.path.realpath(self._folder))

    def text(self, path: str) -> Source:
        return self._look("text", path, _TEXT_BYTES, lambda content: Source(path, _decode(path, content)))

    def picture(self, path: str) -> PictureFacts:
        from runner.adapters.picture_files import look_at_picture  # Pillow only where a picture is named

        return self._look("picture", path, _PICTURE_BYTES, lambda content: look_at_picture(path, content))

    def sound(self, path: str) -> Digest:
        from runner.adapters.sound_files import check_sound

        def look(content: bytes) -> Digest:
            check_sound(path, content)
            return digest_bytes(content)

        return self._look("sound", path, _SOUND_BYTES, look)

    def sound_seconds(self, path: str) -> float | None:
        from runner.adapters.sound_files import measure_sound  # the media library only where a voice has a sample

        return self._look("seconds", path, _SOUND_BYTES, measure_sound)

    def location(self, path: str) -> Path:
        _refuse_strange(path)
        inside = Path(os.path.realpath(self._root / path))
        if inside != self._root and self._root not in inside.parents:
            raise _outside(path)
        return inside

    def names(self, folder: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        try:
            found = _list_folder(self.location(folder))
        except FileTrouble:
            return ()
        fitting = (name for name in found if any(name.endswith(suffix) for suffix in suffixes))
        paths = [f"{folder.rstrip('/')}/{name}" if folder not in {"", "."} else name for name in sorted(fitting)]
        return tuple(path for path in paths if self._is_file(path))

    def _is_file(self, path: str) -> bool:
        try:
            return self.location(path).is_file()
        except (FileTrouble, OSError):
            return False

    def _look(self, kind: str, path: str, most_bytes: int, understand: Callable[[bytes], Content]) -> Content:
        location = self.location(path)
        with self._opened(path, location) as (descriptor, found):
            stamp = _Stamp(found.st_mtime_ns, found.st_size, found.st_ino)
            known = self._known.get((kind, path))
            if known is not None and known[0] == stamp:
                remembered: Content = known[1]
                return remembered
            if found.st_size > most_bytes:
                raise _too_large(path, found.st_size, most_bytes)
            content = _read(path, descriptor, most_bytes)
        understood = understand(content)
        self._known[kind, path] = (stamp, understood)
        return understood

    @contextmanager
    def _opened(self, path: str, location: Path) -> Iterator[tuple[int, os.stat_result]]:
        try:
            # Looked at before it is opened: opening a device may already do something.
            _refuse_special(path, location.stat(follow_symlinks=False))
            # Should it be exchanged in between, a pipe must not hold us up and a link must not lead us out.
            descriptor = os.open(location, os.O_RDONLY | _flag("O_NONBLOCK") | _flag("O_NOFOLLOW") | _flag("O_BINARY"))
        except FileNotFoundError:
            raise self._missing(path) from None
        except NotADirectoryError:
            raise self._missing(path) from None
        except (OSError, ValueError) as cause:
            raise _unreadable(path, cause) from None
        try:
            found = os.fstat(descriptor)
            _refuse_special(path, found)
            yield descriptor, found
        finally:
            os.close(descriptor)

    def _missing(self, path: str) -> FileTrouble:
        folder, _, name = path.rpartition("/")
        try:
            there = _list_folder(self.location(folder or "."))
        except FileTrouble:
            there = []
        likely = nearest(name, there)
        hint = "put it there, or mend the path; paths count from the production's folder"
        if likely is not None:
            # As it would be written, so that it can be copied.
            hint = f"did you mean `{folder}/{likely}`?" if folder else f"did you mean `{likely}`?"
        return FileTrouble("file-missing", f"`{path}` is not there", hint)


def place_to_write(folder: Path, *names: str) -> Path:
    """Below a production's folder. FileTrouble where a link stands on the way: it may have come with a clone."""
    place = folder
    for number, name in enumerate(names, start=1):
        place /= name
        if place.is_symlink():
            message = f"`{'/'.join(names[:number])}` is a link, and nothing is written or shown through one"
            raise FileTrouble("path-outside", message, "remove the link: what belongs there is made anew")
    return place


def _flag(name: str) -> int:
    """Not every system has each of them."""
    return int(getattr(os, name, 0))


def _refuse_strange(path: str) -> None:
    parts = path.split("/")
    if "\0" in path or "\\" in path:
        message = f"`{path[:80]!a}` is no path of a production"
        raise FileTrouble("path-outside", message, "part folders with `/`, and use no other marks")
    if len(path) > _LONGEST_PATH:
        raise FileTrouble("file-unreadable", f"a path has {len(path):,} characters", "write a shorter one")
    has_drive = len(parts[0]) == 2 and parts[0].endswith(":")
    if path.startswith(("/", "~")) or ".." in parts or has_drive:
        raise _outside(path)


def _outside(path: str) -> FileTrouble:
    hint = "put the file into the production's folder and name it from there"
    return FileTrouble("path-outside", f"`{path[:200]}` leads out of the production's folder", hint)


def _refuse_special(path: str, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise FileTrouble("file-unreadable", f"`{path}` is a folder, expected a file", "name a file in it")
    if not stat.S_ISREG(found.st_mode):
        raise FileTrouble("file-unreadable", f"`{path}` is no plain file", "name a plain file")


def _unreadable(path: str, cause: Exception) -> FileTrouble:
    why = cause.strerror if isinstance(cause, OSError) and cause.strerror else "it cannot be opened"
    hint = "see who may read it" if isinstance(cause, PermissionError) else "mend the path, or look at the file itself"
    return FileTrouble("file-unreadable", f"`{path}` cannot be read: {why.lower()}", hint)


def _too_large(path: str, size: int, most_bytes: int) -> FileTrouble:
    found, most = size / 1024 / 1024, most_bytes // 1024 // 1024
    message = f"`{path}` has {found:,.1f} MB, at most {most} MB are read"
    return FileTrouble("file-too-large", message, "is it the right file? make it smaller")


def _read(path: str, descriptor: int, most_bytes: int) -> bytes:
    """To its end, however much its size has moved since."""
    pieces: list[bytes] = []
    room = most_bytes + 1
    try:
        while room > 0 and (piece := os.read(descriptor, min(room, 1024 * 1024))):
            pieces.append(piece)
            room -= len(piece)
    except OSError as cause:
        raise _unreadable(path, cause) from None
    if room <= 0:
        raise _too_large(path, most_bytes + 1, most_bytes)
    return b"".join(pieces)


def _decode(path: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as cause:
        line = content.count(b"\n", 0, cause.start) + 1
        message = f"`{path}` is not UTF-8 text: line {line} holds the byte 0x{content[cause.start]:02x}"
        raise FileTrouble("not-text", message, "save it as UTF-8") from None
    if "\0" in text:
        raise FileTrouble("not-text", f"`{path}` is not text: it holds zero bytes", "save it as UTF-8 text")
    return text


def _list_folder(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except (OSError, ValueError):
        return []
