"""What is written down when something happened that is our fault, so that it can be mended."""

import platform
import sys
import traceback

from runner import __version__


def report_text(cause: BaseException, arguments: list[str]) -> str:
    """For a file, never for the terminal. It holds the command line and the stack; no environment, no keys."""
    return "\n".join(
        [
            f"framechain {__version__}, Python {sys.version.split()[0]}, {platform.platform()}",
            f"command: framechain {' '.join(arguments)}",
            "",
            "".join(traceback.format_exception(cause)),
        ]
    )
