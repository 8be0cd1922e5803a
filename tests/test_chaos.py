"""The quick form of benchmarks/chaos.py: films under random faults, killed at random; the till is the oracle."""

import subprocess
import sys
from pathlib import Path

import pytest

CHAOS = Path(__file__).parent.parent / "benchmarks" / "chaos.py"


# A hundred in all; what is said to be proven of a guard is tried the most.
KILLS = {
    "kling": 20,
    "kling-next": 20,
    "mulerouter": 10,
    "mulerun": 5,
    "kkiai": 10,
    "aimlapi": 10,
    "fal": 10,
    "replicate": 10,
    "piapi": 5,
}


@pytest.mark.slow
@pytest.mark.parametrize(("gateway", "kills"), KILLS.items())
def test_nothing_is_paid_twice_and_nothing_is_lost(gateway: str, kills: int) -> None:
    command = [sys.executable, str(CHAOS), "--kills", str(kills), "--lanes", "1", "--seed", "7", "--gateways", gateway]
    done = subprocess.run(command, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    told = dict(pair.split("=") for pair in done.stdout.split())
    assert (told["twice"], told["lost"], told["needless"]) == ("0", "0", "0")
    assert int(told["kills"]) >= kills
    assert int(told["faults"]) > 0
