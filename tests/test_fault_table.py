"""Each fault of the sandbox, at every gateway, is met as the table in docs/money.md says: benchmarks/fault_table.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.adapters.package_data import gateway_names

FAULT_TABLE = Path(__file__).parent.parent / "benchmarks" / "fault_table.py"
GATEWAYS = sorted(name for name in gateway_names() if name != "animatic")


@pytest.mark.slow
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_every_fault_is_met_as_the_table_says(gateway: str) -> None:
    command = [sys.executable, str(FAULT_TABLE), "--gateways", gateway]
    done = subprocess.run(command, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    told = dict(pair.split("=") for pair in done.stdout.split())
    assert (told["different"], told["troubles"]) == ("0", "0")
    assert int(told["cells"]) >= 50
