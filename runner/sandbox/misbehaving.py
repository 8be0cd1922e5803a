"""What each fault does to a call at a gateway: which refusal, in place of what; which end of a job."""

from collections.abc import Mapping
from typing import Final

from runner.sandbox.dialect import FailureKind, RefusalKind
from runner.sandbox.faults import Word

ODD_WORD: Final = "reticulating"
# Answered instead of anything else; nothing is taken or charged.
BEFORE: Final[Mapping[Word, RefusalKind]] = {
    Word.TOO_FAST: RefusalKind.TOO_FAST,
    Word.TOO_FAST_WAIT: RefusalKind.TOO_FAST,
    Word.SERVER_ERROR_BEFORE: RefusalKind.SERVER_ERROR,
    Word.BAD_GATEWAY_BEFORE: RefusalKind.BAD_GATEWAY,
    Word.UNAVAILABLE_BEFORE: RefusalKind.UNAVAILABLE,
    Word.TIMEOUT_BEFORE: RefusalKind.TIMED_OUT,
}
# A good request is refused.
INSTEAD: Final[Mapping[Word, RefusalKind]] = {
    Word.NO_BALANCE: RefusalKind.NO_BALANCE,
    Word.MODERATION_NOW: RefusalKind.MODERATION,
}
# The request is taken and charged, and then answered so.
AFTER: Final[Mapping[Word, RefusalKind]] = {
    Word.SERVER_ERROR_AFTER: RefusalKind.SERVER_ERROR,
    Word.BAD_GATEWAY_AFTER: RefusalKind.BAD_GATEWAY,
    Word.UNAVAILABLE_AFTER: RefusalKind.UNAVAILABLE,
    Word.TIMEOUT_AFTER: RefusalKind.TIMED_OUT,
}
FAILURES: Final[Mapping[Word, FailureKind]] = {
    Word.MODERATION: FailureKind.MODERATION,
    Word.BAD_PICTURE: FailureKind.BAD_PICTURE,
    Word.FAIL: FailureKind.UPSTREAM,
}
