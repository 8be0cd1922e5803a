"""Arguments to `runner.api`, its values to `runner.showing`, and an exit code. Nothing is decided here.

Everything heavy is imported inside the commands, so that `--help` and `--version` answer at once.
"""

from runner.cli.boundary import main, run_command

__all__ = ["main", "run_command"]
