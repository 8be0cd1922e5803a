"""Words for what the system refuses: a full disk, a folder nobody may write to. That is no bug of ours."""

import errno
from collections.abc import Sequence

from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import FramechainError

_ROOM = "make room, then give the same command again: nothing that was made is lost"
_RIGHTS = (
    "see who may write there, and whether its disk takes writes; `FRAMECHAIN_HOME` moves journal and takes elsewhere"
)
_IN_THE_WAY = "a file stands where a folder is needed, or a folder where a file is: move it away"
_HINTS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EISDIR: _IN_THE_WAY,
}
_OTHERWISE = "see whether its folder is there and may be written to, then give the same command again"


def diagnostics_of(cause: FramechainError | OSError) -> Sequence[Diagnostic]:
    if isinstance(cause, FramechainError):
        return cause.diagnostics
    # Of a copy, the first name is what was read.
    found = cause.filename2 or cause.filename
    name = "a file" if found is None else f"`{found}`"
    why = (cause.strerror or "the system refuses").lower()
    hint = _HINTS.get(cause.errno or 0, _OTHERWISE)
    return (Diagnostic("file-unwritable", Severity.ERROR, f"{name} cannot be written: {why}", None, hint),)
