"""The threat model names a test for each of its lines, and each of them is there and is collected."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
TEXT = (HOUSE / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| threat |")
]
NAMED = re.compile(r"`(tests/test_\w+\.py)::(test_\w+)`")


def named_in(row: list[str]) -> list[tuple[str, str]]:
    return NAMED.findall(row[-1])


def test_the_tables_are_read() -> None:
    assert len(ROWS) > 30
    assert {len(row) for row in ROWS} == {3}


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_every_line_has_its_test(row: list[str]) -> None:
    assert named_in(row)
    # Nothing else stands in its place.
    assert NAMED.sub("", row[-1]).strip(", ") == ""


@cache
def collected() -> frozenset[str]:
    """As pytest itself finds them, whatever marks and parameters they have."""
    files = sorted({path for row in ROWS for path, _ in named_in(row)})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    command += ["-o", "addopts=", *files]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout[-2000:]
    return frozenset(line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line)


def test_every_test_it_names_is_collected() -> None:
    named = {f"{path}::{name}" for row in ROWS for path, name in named_in(row)}
    assert sorted(named - collected()) == []
