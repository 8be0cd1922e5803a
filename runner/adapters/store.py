"""Takes by the digest of their bytes and the frames cut from them, in the user's data folder; and where that folder is.

Below the store's folder: `takes/<2 hex>/<digest>.mp4`, `frames/<2 hex>/<identity>-<at>.png`, and `incoming/` for files
that are not whole yet. Paid work lies here, so nothing is ever removed but what lies in `incoming/`.
"""

import errno
import hashlib
import shutil
import sys
from pathlib import Path
from uuid import uuid4

from runner.adapters.durable import make_folder, sync_file, sync_folder
from runner.core.canonical import Digest
from runner.model.outside import Environment
from runner.model.request import Identity
from runner.model.storyboard import At

_CHUNK = 1 << 20


class FolderStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def clip(self, digest: Digest) -> Path | None:
        path = self._clip_path(digest)
        return path if path.is_file() else None

    def clips(self) -> frozenset[Digest]:
        """Every clip whose file is here, its bytes not looked at."""
        return frozenset(Digest(path.stem) for path in (self._folder / "takes").glob("??/*.mp4"))

    def keep(self, file: Path) -> tuple[Digest, int]:
        digest, size = _read_digest(file)
        sync_file(file)
        path = self._clip_path(digest)
        make_folder(path.parent)
        self._move(file, path)
        sync_folder(path.parent)
        return digest, size

    def verify(self, digest: Digest) -> bool:
        path = self.clip(digest)
        return path is None or _read_digest(path)[0] == digest

    def new_file(self, suffix: str) -> Path:
        make_folder(self._incoming)
        return self._incoming / f"{uuid4().hex}{suffix}"

    def frame(self, identity: Identity, at: At) -> Path:
        name = at if isinstance(at, str) else f"{at.normalize():f}s"
        path = self._folder / "frames" / identity[:2] / f"{identity}-{name}.png"
        make_folder(path.parent)
        return path

    def sweep(self) -> int:
        """Removes what killed processes left unfinished; only for who holds the run lock. How many files went."""
        left = [path for path in self._incoming.glob("*") if path.is_file()]
        left += (self._folder / "frames").glob("*/*.partial")
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    @property
    def _incoming(self) -> Path:
        return self._folder / "incoming"

    def _clip_path(self, digest: Digest) -> Path:
        return self._folder / "takes" / digest[:2] / f"{digest}.mp4"

    def _move(self, file: Path, path: Path) -> None:
        try:
            file.replace(path)
        except OSError as trouble:
            if trouble.errno != errno.EXDEV:
                raise
            copy = self.new_file(path.suffix)
            shutil.copyfile(file, copy)
            sync_file(copy)
            copy.replace(path)
            file.unlink()


def data_home(environment: Environment) -> Path:
    """The folder for all productions of this user."""
    if environment.get("FRAMECHAIN_HOME"):
        return Path(environment["FRAMECHAIN_HOME"]).expanduser().absolute()
    user = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    if sys.platform == "darwin":
        return user / "Library" / "Application Support" / "framechain"
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or user / "AppData" / "Local") / "framechain"
    # The rule of that variable: a relative path is as good as none.
    given = Path(environment.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else user / ".local" / "share") / "framechain"


def production_home(home: Path, production: str) -> Path:
    """Where one production's journal, takes and frames lie."""
    return home / "productions" / production


def _read_digest(path: Path) -> tuple[Digest, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Digest(digest.hexdigest()), size
