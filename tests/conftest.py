"""What every test shares: a data folder of its own, so that no test touches the user's."""

import signal
from pathlib import Path

import pytest

# Who started the tests may ignore these (`nohup`, a job in the background); what is started here would inherit that.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("FRAMECHAIN_HOME", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    # Whoever runs the tests may have a narrow terminal.
    monkeypatch.delenv("COLUMNS", raising=False)
    return folder


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
