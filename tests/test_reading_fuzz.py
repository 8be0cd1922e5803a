"""The quick form of benchmarks/fuzz_reader.py."""

import pytest
from fuzz_reader import fuzz


@pytest.mark.slow
def test_mangled_storyboards_are_answered_with_diagnostics_only() -> None:
    tally = fuzz(inputs=400, seed_number=7)
    assert tally.inputs >= 400
    assert len(tally.codes) > 8
