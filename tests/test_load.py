"""The quick form of benchmarks/load.py: more jobs at once than the gateway takes; its till is the oracle."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from load import Load, Measured

LOAD = Path(__file__).parent.parent / "benchmarks" / "load.py"


@pytest.mark.slow
@pytest.mark.parametrize("gateway", ["kling", "kling-next"])
def test_the_limit_of_a_gateway_holds_and_no_job_is_lost(gateway: str) -> None:
    command = [sys.executable, str(LOAD), "--jobs", "40", "--limit", "10", "--latency", "0.4", "--gateway", gateway]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    told = dict(pair.split("=") for pair in done.stdout.split())
    assert (told["jobs"], told["stored"], told["charges"], told["twice"]) == ("40", "40", "40", "0")
    # Full, and no fuller; more were tried.
    assert told["in_flight"] == "10"
    assert int(told["refused"]) >= 10
    assert 0 < float(told["megabytes"]) < 300
    assert 0 < float(told["polls_each"]) <= 2.2


def test_every_bound_of_the_benchmark_is_told_when_it_is_broken() -> None:
    asked = Load(jobs=10, limit=2, at_once=4, latency=4.0, gateway="kling")
    held = Measured(asked, 10, 2, 3, 13, 10, 0, 40, 299.0, 1.0, 9.0, 0)
    assert list(held.find_broken()) == []
    broken: dict[str, Any] = {
        "code": 1,
        "stored": 9,
        "charges": 11,
        "twice": 1,
        "most_in_flight": 3,
        "submits": 14,
        "polls": 41,
        "megabytes": 301.0,
    }
    for name, value in broken.items():
        assert list(replace(held, **{name: value}).find_broken()), name
