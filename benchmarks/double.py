"""The gateways' double in a process of its own, and its till: what the programs here believe instead of the runner."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


@contextmanager
def double(*options: str) -> Iterator[str]:
    """Its address. Only the runner is killed and measured, not this."""
    command = [sys.executable, "-m", "runner", "sandbox", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert found is not None
        yield found[0]
    finally:
        process.terminate()
        process.wait()


def read_till(url: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{url}/till", trust_env=False, timeout=60).json()
    return answer


def cut_connections(url: str) -> None:
    """Every connection there is to it, at once."""
    httpx.post(f"{url}/cut", trust_env=False)
