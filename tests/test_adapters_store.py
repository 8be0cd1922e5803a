"""Takes by the digest of their bytes, where they lie, and files that are whole or not there."""

import errno
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from runner.adapters.durable import make_folder
from runner.adapters.lock_file import read_lock_file, write_lock_file
from runner.adapters.store import FolderStore, data_home, production_home
from runner.core.canonical import Digest, digest_bytes
from runner.model.request import Identity


def incoming(store: FolderStore, content: bytes = b"a clip") -> Path:
    file = store.new_file(".mp4")
    file.write_bytes(content)
    return file


def test_a_clip_is_kept_under_the_digest_of_its_bytes(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    file = incoming(store)
    digest, size = store.keep(file)
    assert digest == hashlib.sha256(b"a clip").hexdigest()
    assert size == 6
    kept = store.clip(digest)
    assert kept == tmp_path / "takes" / digest[:2] / f"{digest}.mp4"
    assert kept.read_bytes() == b"a clip"
    assert not file.exists()
    assert store.clips() == frozenset({digest})


def test_keeping_the_same_bytes_twice_is_no_harm(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert store.keep(incoming(store)) == store.keep(incoming(store))
    assert len(store.clips()) == 1


def test_keeping_a_clip_again_mends_damaged_bytes(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest, _ = store.keep(incoming(store))
    kept = store.clip(digest)
    assert kept is not None
    kept.write_bytes(b"damaged")
    assert not store.verify(digest)
    store.keep(incoming(store))
    assert store.verify(digest)


def test_nothing_is_said_against_a_clip_that_is_not_here(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    missing = digest_bytes(b"never seen")
    assert store.clip(missing) is None
    assert store.verify(missing)
    assert store.clips() == frozenset()


def test_a_clip_from_another_disk_is_copied_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path / "store")
    file = tmp_path / "footage.mp4"
    file.write_bytes(b"footage")
    move = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self == file:
            raise OSError(errno.EXDEV, "another disk")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    digest, _ = store.keep(file)
    assert store.verify(digest)
    assert store.clip(digest) is not None
    assert not file.exists()


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest, _ = store.keep(incoming(store))
    left = incoming(store, b"half a cl")
    frame = store.frame(Identity(digest), "last")
    frame.write_bytes(b"picture")
    assert store.sweep() == 1
    assert not left.exists()
    assert frame.exists()
    assert store.clip(digest) is not None
    assert store.sweep() == 0


def test_two_files_on_their_way_never_share_a_name(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert len({store.new_file(".mp4") for _ in range(100)}) == 100


def test_equal_times_name_the_same_frame(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    identity = Identity("ab" * 32)
    assert store.frame(identity, Decimal("2.50")) == store.frame(identity, Decimal("2.5"))
    assert store.frame(identity, Decimal(10)).name == f"{identity}-10s.png"
    names = {store.frame(identity, at) for at in ("first", "last", Decimal("2.5"), Decimal(0))}
    assert len(names) == 4


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"FRAMECHAIN_HOME": "/data/films", "HOME": "/home/ada"}, "/data/films"),
        ({"XDG_DATA_HOME": "/xdg", "HOME": "/home/ada"}, "/xdg/framechain"),
        ({"XDG_DATA_HOME": "not/absolute", "HOME": "/home/ada"}, "/home/ada/.local/share/framechain"),
        ({"HOME": "/home/ada"}, "/home/ada/.local/share/framechain"),
    ],
)
def test_the_data_folder_is_where_the_user_says_or_the_system_does(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert data_home(environment) == Path(expected)


def test_other_systems_have_their_usual_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert data_home({"HOME": "/Users/ada"}) == Path("/Users/ada/Library/Application Support/framechain")
    monkeypatch.setattr("sys.platform", "win32")
    assert data_home({"LOCALAPPDATA": "/local", "HOME": "/ada"}) == Path("/local/framechain")


def test_each_production_has_a_folder_of_its_own() -> None:
    assert production_home(Path("/data"), "keeper-7f3a") == Path("/data/productions/keeper-7f3a")


def test_a_folder_that_is_there_already_is_no_trouble(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_digest_found_in_the_store_is_that_of_a_file(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest, _ = store.keep(incoming(store))
    assert all(isinstance(name, str) and len(name) == 64 for name in store.clips())
    assert Digest(digest) in store.clips()


# --- the lock's file


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "storyboard.lock"
    assert read_lock_file(path) is None
    assert write_lock_file(path, "lock: 1\ntitle: é\n")
    assert read_lock_file(path) == "lock: 1\ntitle: é\n"
    assert [file.name for file in tmp_path.iterdir()] == ["storyboard.lock"]


def test_an_unchanged_lock_is_not_touched_and_what_a_killed_writer_left_goes(tmp_path: Path) -> None:
    path = tmp_path / "storyboard.lock"
    write_lock_file(path, "lock: 1\n")
    before = path.stat()
    left = tmp_path / ".storyboard.lock.partial"
    left.write_text("lock", encoding="utf-8")
    assert not write_lock_file(path, "lock: 1\n")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino
    assert not left.exists()


def test_a_writer_that_fails_leaves_the_lock_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "storyboard.lock"
    write_lock_file(path, "lock: 1\n")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        write_lock_file(path, "lock: 1\nshots: {}\n")
    assert read_lock_file(path) == "lock: 1\n"
