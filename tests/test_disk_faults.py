"""What a disk does to a paid run, by the real command: a clear word, and once the fault is gone the same command ends
the film and the till shows nothing twice.

Disks that are really full or really read-only are mounted in a namespace of the test's own. Where the system allows
none, a limit on the size of files stands for the full disk, which any system has. See also test_refused_by_the_disk.
"""

import resource
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from paid_production import PaidProduction, Ran

from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.slow
NAMESPACE = ["unshare", "--map-root-user", "--mount"]


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="this system lets no test mount a disk of its own")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxOptions(clips="small")) as running:
        yield running


@pytest.fixture
def film(tmp_path: Path, sandbox: Sandbox) -> PaidProduction:
    made = PaidProduction(tmp_path / "film", tmp_path / "data", "kling", sandbox)
    made.data.mkdir()
    return made


def run_on_disk(film: PaidProduction, folder: Path, fault: str, mended: str) -> tuple[Ran, Ran]:
    """Twice on the same disk: as it is, and after it was mended. What is on it then is copied out."""
    out, disk = film.folder.parent / "copied", shlex.quote(str(folder))
    run = shlex.join(film.command("run", "--yes"))
    script = (
        f"{fault.format(disk=disk)} && cd {shlex.quote(str(film.folder))} || exit 99\n"
        f"{run}; echo '--- ended' $?; echo '--- ended' >&2\n{mended.format(disk=disk)} || exit 99\n"
        f"{run}; echo '--- ended' $?; cp -a {disk}/. {shlex.quote(str(out))}\n"
    )
    environment = {"FRAMECHAIN_HOME": str(film.data), "NO_COLOR": "1", "HOME": str(film.data), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*NAMESPACE, "sh", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    first, second, _ = done.stdout.split("--- ended ")
    errors = done.stderr.split("--- ended\n")
    codes = [int(part.split("\n", 1)[0]) for part in done.stdout.split("--- ended ")[1:]]
    return Ran(codes[0], first, errors[0]), Ran(codes[1], second, errors[1])


@needs_mounts
@pytest.mark.parametrize("size", ["24k", "64k", "400k", "700k"])
def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(film: PaidProduction, size: str) -> None:
    fault = f"mount -t tmpfs -o size={size} none {{disk}}"
    first, second = run_on_disk(film, film.data, fault, "mount -o remount,size=50m {disk}")
    assert first.code in {1, 4}, first.told
    # What SQLite shares between processes cannot grow: that is all it says of it.
    words = ("no space left on device", "database or disk is full", "disk i/o error")
    assert any(word in first.told.lower() for word in words), first.told
    assert second.code == 0, second.told
    shutil.copytree(film.folder.parent / "copied", film.data, dirs_exist_ok=True)
    film.assert_finished()


@needs_mounts
@pytest.mark.parametrize("which", ["data", "folder"])
def test_a_read_only_disk_is_told_before_anything_is_sent(film: PaidProduction, which: str) -> None:
    folder: Path = getattr(film, which)
    fault = "mount --bind {disk} {disk} && mount -o remount,ro,bind {disk}"
    first, second = run_on_disk(film, folder, fault, "mount -o remount,rw,bind {disk}")
    assert first.code == 1, first.told
    assert "read-only file system" in first.err
    assert "submitting" not in first.err
    assert second.code == 0, second.told
    film.assert_finished()


@pytest.mark.parametrize("most", [9000, 100_000])
def test_files_that_may_grow_no_further_are_told_and_the_run_goes_on_when_they_may(
    film: PaidProduction, most: int
) -> None:
    limited = film.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    assert limited.code in {1, 4}, limited.told
    assert "cannot be" in limited.told, limited.told
    done = film.run()
    assert done.code == 0, done.told
    film.assert_finished()


def test_a_newer_journal_stops_paid_work_until_the_newer_version_is_there(film: PaidProduction) -> None:
    assert film.run("--only", "harbour").code == 0
    set_format(film, 99)
    stopped = film.run()
    assert stopped.code == 4
    assert "error[journal-newer]" in stopped.err
    assert film.charges() == 1
    set_format(film, 1)
    assert film.run().code == 0
    film.assert_finished()


def set_format(film: PaidProduction, number: int) -> None:
    database = sqlite3.connect(film.journal)
    database.execute(f"PRAGMA user_version = {number}")
    database.close()


def test_git_clean_takes_nothing_that_was_paid_for(film: PaidProduction) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a film"]):
        subprocess.run([*git, *words], cwd=film.folder, check=True)
    assert film.run().code == 0
    subprocess.run(["git", "add", "storyboard.lock"], cwd=film.folder, check=True)
    subprocess.run(["git", "clean", "-fdxq"], cwd=film.folder, check=True)
    assert not (film.folder / "out").exists()
    again = film.run()
    assert (again.code, "nothing to make" in again.out) == (0, True)
    film.assert_finished()


def test_even_the_lock_can_be_cleaned_away_on_the_machine_that_paid(film: PaidProduction) -> None:
    assert film.run().code == 0
    film.lock.unlink()
    assert film.run().code == 0
    film.assert_finished()


@pytest.mark.parametrize("is_gone", [False, True], ids=["damaged", "gone"])
def test_a_take_that_was_damaged_or_is_gone_is_never_paid_for_again_unasked(
    film: PaidProduction, *, is_gone: bool
) -> None:
    assert film.run().code == 0
    clips = list((film.home / "takes").rglob("*.mp4"))
    kept = {clip: clip.read_bytes() for clip in clips}
    for clip in clips:
        clip.unlink() if is_gone else clip.write_bytes(kept[clip][:1000])
    shutil.rmtree(film.folder / "out")
    stopped = film.run()
    assert stopped.code == 1, stopped.told
    assert "its clip is not on this machine" in stopped.told or "take" in stopped.told
    assert "--remake harbour" in stopped.told
    assert film.charges() == 3
    for clip, content in kept.items():
        clip.write_bytes(content)
    assert film.run().code == 0
    film.assert_finished()


def test_a_damage_that_keeps_the_length_is_found_by_verify(film: PaidProduction) -> None:
    assert film.run().code == 0
    clip = next((film.home / "takes").rglob("*.mp4"))
    content = bytearray(clip.read_bytes())
    content[len(content) // 2] ^= 0xFF
    clip.write_bytes(content)
    told = film.do("verify", "--endpoint", f"kling={film.sandbox.url}")
    assert told.code == 1, told.told
    assert "damaged" in told.told


def test_a_lost_data_folder_pays_for_nothing_the_lock_names(film: PaidProduction) -> None:
    assert film.run().code == 0
    shutil.move(film.data, film.data.with_name("elsewhere"))
    stopped = film.run()
    assert stopped.code == 1, stopped.told
    assert film.charges() == 3
    shutil.rmtree(film.data)
    shutil.move(film.data.with_name("elsewhere"), film.data)
    assert film.run().code == 0
    film.assert_finished()
