"""What every test shares: a data folder of its own, so that no test touches the user's."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("FRAMECHAIN_HOME", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    # Whoever runs the tests may have a narrow terminal.
    monkeypatch.delenv("COLUMNS", raising=False)
    return folder
