"""The functions other programs call."""

import subprocess
import sys

import pytest

from runner import api


def test_every_name_that_is_promised_is_there() -> None:
    assert all(getattr(api, name) is not None for name in api.__all__)


def test_a_name_that_is_not_promised_is_an_error_that_says_so() -> None:
    with pytest.raises(AttributeError, match="no_such_function"):
        _ = api.no_such_function


def test_a_check_waits_for_nothing_that_only_a_run_needs() -> None:
    program = (
        "import sys; from runner import api; from pathlib import Path; api.check(api.Target(Path('/nowhere'))); "
        "print(sorted({'av', 'rich', 'asyncio', 'sqlite3', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
