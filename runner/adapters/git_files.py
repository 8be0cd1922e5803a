"""A production as it was at a git revision, unpacked for as long as it is looked at. Git is asked, never changed."""

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid

_NAME_ONE = "name a commit, branch or tag that holds this production, e.g. `--against HEAD~1`"
_LONGEST_SECONDS = 60


@contextmanager
def checked_out(folder: Path, revision: str) -> Iterator[Path]:
    """The folder's content at that revision, in a temporary place."""
    top = _ask(folder, "rev-parse", "--show-toplevel")
    prefix = _ask(folder, "rev-parse", "--show-prefix")
    if top is None or prefix is None:
        raise _unusable(f"`{folder}` is not in a git repository", "plan without `--against`")
    wanted = f"{revision}^{{commit}}"
    commit = _ask(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    if commit is None:
        raise _unusable(f"`{revision}` is not a revision of this repository", _NAME_ONE)
    tree = f"{commit.decode().strip()}:{_path_of(prefix).rstrip('/')}"
    # From below the top, git takes the tree for one that must hold the current folder once more.
    archive = _ask(Path(_path_of(top)), "archive", "--format=tar", tree)
    if archive is None:
        raise _unusable(f"at `{revision}` there was no such production", _NAME_ONE)
    with tempfile.TemporaryDirectory(prefix="framechain-") as place:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(place, filter=_keep_inside)  # noqa: S202  # that filter is `data`, short of its refusals
        yield Path(place)


def _path_of(printed: bytes) -> str:
    """Git ends it with a line end; a folder's name may hold anything else."""
    return os.fsdecode(printed.removesuffix(b"\n"))


def _keep_inside(member: tarfile.TarInfo, place: str) -> tarfile.TarInfo | None:
    """Links that lead out are left out: a storyboard that names one is told that its file is missing."""
    try:
        return tarfile.data_filter(member, place)
    except tarfile.FilterError:
        return None


def _ask(folder: Path, *arguments: str) -> bytes | None:
    """What git prints; None when it says no."""
    # A folder that came with a clone may be made to look like a repository, whose settings name programs to run.
    command = ["git", "-c", "safe.bareRepository=explicit", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_LONGEST_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise _unusable(f"git could not be asked: {cause}", "install git, or plan without `--against`") from cause
    return done.stdout if done.returncode == 0 else None


def _unusable(message: str, hint: str) -> Invalid:
    return Invalid(Diagnostic("unknown-revision", Severity.ERROR, message, None, hint))
