"""`framechain` with a tally: each finished render writes its job to a file before anybody else hears of it.

A program of its own, started by test_killed_runs: the tally must not depend on the journal it is held against.
"""

import os
import sys
from pathlib import Path
from typing import Any

from runner.adapters.animatic import gateway
from runner.cli import main

_render = gateway.render


def render_and_count(job: Any, into: Path, *rest: Any) -> None:
    _render(job, into, *rest)
    descriptor = os.open(os.environ["RENDER_TALLY"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{into.parent.name}\n".encode())
    os.close(descriptor)


gateway.render = render_and_count  # type: ignore[assignment]  # any arguments are handed on
main(sys.argv[1:])
