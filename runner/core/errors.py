"""What stops a command, with the exit code it ends in.

FramechainError
  Invalid          2   the storyboard or a manifest is wrong
  Refused          3   budget, or no go-ahead
    Busy           3   another run holds the production
  QuestionOpen     4   something only a person can answer, or a journal that cannot be trusted

Anything else that reaches the command line is our bug (70).
"""

from enum import IntEnum

from runner.core.diagnostic import Diagnostic, Severity


class ExitCode(IntEnum):
    DONE = 0
    SOME_FAILED = 1
    INVALID = 2
    REFUSED = 3
    QUESTION_OPEN = 4
    BUG = 70
    INTERRUPTED = 130


class FramechainError(Exception):
    """Carries the diagnostics that tell why; the first error among them is its message."""

    exit_code = ExitCode.SOME_FAILED

    def __init__(self, *diagnostics: Diagnostic) -> None:
        self.diagnostics = diagnostics
        errors = [found for found in diagnostics if found.severity is Severity.ERROR]
        super().__init__(errors[0].message if errors else "")


class Invalid(FramechainError):
    exit_code = ExitCode.INVALID


class Refused(FramechainError):
    exit_code = ExitCode.REFUSED


class Busy(Refused):
    """Another process runs this production."""


class QuestionOpen(FramechainError):
    exit_code = ExitCode.QUESTION_OPEN
