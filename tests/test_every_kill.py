"""A kill at every entry of the journal and phase of every HTTP call, at each gateway: benchmarks/every_kill.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.adapters.package_data import gateway_names

EVERY_KILL = Path(__file__).parent.parent / "benchmarks" / "every_kill.py"
GATEWAYS = sorted(name for name in gateway_names() if name != "animatic")
# Where a job is found by our name nobody is asked; elsewhere from the intent on disk to the answer on disk.
FINDS_JOBS = {"kling", "kling-next"}


@pytest.mark.slow
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_wherever_a_run_is_killed_nothing_is_paid_twice_and_nothing_is_lost(gateway: str) -> None:
    command = [sys.executable, str(EVERY_KILL), "--gateways", gateway]
    done = subprocess.run(command, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    told = dict(pair.split("=") for pair in done.stdout.split())
    assert (told["twice"], told["lost"], told["needless"], told["unreached"]) == ("0", "0", "0", "0")
    assert int(told["points"]) >= 25
    assert (int(told["asked"]) == 0) == (gateway in FINDS_JOBS)
