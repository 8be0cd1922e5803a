"""One run at a time per production. The kernel holds the lock, so that it ends with the process however that ends."""

import fcntl
import getpass
import json
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from runner.adapters.durable import make_folder
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Busy
from runner.model.outside import Clock


class RunLock:
    """Held from `with` to its end; Busy, naming the holder, when another process has it."""

    def __init__(self, path: Path, clock: Clock, command: str) -> None:
        self._path = path
        self._clock = clock
        self._command = command
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        make_folder(self._path.parent)
        # The file stays when the lock is let go: removing it would let two processes lock two files of one name.
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._take(descriptor)
        except BaseException:
            # Whoever could not say that it holds the lock must not go on holding it.
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(_busy(os.pread(descriptor, 4096, 0))) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, self._describe_holder(), 0)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            try:
                os.ftruncate(descriptor, 0)
            finally:
                os.close(descriptor)

    def _describe_holder(self) -> bytes:
        holder = {
            "pid": os.getpid(),
            "user": _user(),
            "host": socket.gethostname(),
            "since": self._clock.now(),
            "command": self._command,
        }
        return json.dumps(holder).encode()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number without a name.
        return str(os.getuid())


def _busy(holder: bytes) -> Diagnostic:
    try:
        told = json.loads(holder)
        who = (
            f"`{told['command']}` (process {told['pid']} of {told['user']} on {told['host']}) "
            f"has been running this production since {told['since']}"
        )
    except (ValueError, KeyError, TypeError):
        # It has the lock but has not written yet who it is.
        who = "another process runs this production"
    return Diagnostic("run-in-progress", Severity.ERROR, who, None, "wait until it ends, or stop it, then run again")
