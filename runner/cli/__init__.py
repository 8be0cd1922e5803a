"""Arguments to `runner.api`, its values to `runner.showing`, and an exit code. Nothing is decided here.

Everything heavy is imported inside the commands, so that `--help` and `--version` answer at once. This door itself
imports the commands only when it is opened, so that even an interruption while they load is answered in words.
"""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `framechain`."""
    try:
        from runner.cli.boundary import serve

        code = serve(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = 130
    sys.exit(code)


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code."""
    from runner.cli.boundary import run_command as run

    return run(arguments)
