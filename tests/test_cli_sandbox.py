"""`sandbox`: how it is started, reached and ended, and what it is told to do wrong."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from lamp_production import KEY, json_of, make_lamp

from runner import api
from runner.cli import run_command


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MULEROUTER_API_KEY", KEY)
    return make_lamp(tmp_path / "lamp")


class Running:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.lines = []
        for line in process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        self.url = re.findall(r"http://[\d.:]+", self.lines[0])[0]

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=30)
        return self.process.returncode, rest


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Running]:
    options = getattr(request, "param", [])
    program = "from runner.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_says_how_to_reach_it_and_ends_in_peace(sandbox: Running, number: signal.Signals) -> None:
    for name in api.gateways_of_sandbox():
        assert any(line.endswith(f" --endpoint {name}={sandbox.url}") for line in sandbox.lines)
    assert f"{sandbox.url}/till" in sandbox.lines[-3]
    assert httpx.get(f"{sandbox.url}/till", trust_env=False).json()["charges"] == []
    assert sandbox.interrupt(number) == (0, "the sandbox has ended\n")


@pytest.mark.slow
def test_a_storyboard_runs_to_a_film_on_the_sandbox(
    sandbox: Running, production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = f"mulerouter={sandbox.url}"
    assert run_command(["run", str(production), "--endpoint", endpoint, "--yes"]) == 0
    assert (production / "out" / "film.mp4").is_file()
    charges = httpx.get(f"{sandbox.url}/till", trust_env=False).json()["charges"]
    assert len(charges) == 3
    # What was compiled beforehand is what was sent, pictures apart.
    sent = httpx.get(f"{sandbox.url}/requests", trust_env=False).json()["requests"]
    by_prompt = {one["body"]["prompt"]: one for one in sent}
    capsys.readouterr()
    for shot in ("harbour", "climb", "bridge"):
        made = json_of(capsys, "compile", "compile", shot, production, "--endpoint", endpoint)["request"]
        answered = by_prompt[made["body"]["prompt"]]
        assert made["url"] == sandbox.url + answered["path"]
        assert _without_pictures(made["body"]) == _without_pictures(answered["body"])


def _without_pictures(body: dict[str, Any]) -> dict[str, Any]:
    return {name: None if name.startswith("image") else value for name, value in body.items()}


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        assert run_command(["sandbox", "--port", str(port)]) == 2
    assert f"{port} is taken; `--port 0` takes a free one" in capsys.readouterr().err


def test_a_script_that_cannot_be_followed_is_told_by_its_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("- {on: create, do: too-slow}\n", encoding="utf-8")
    assert run_command(["sandbox", "--port", "0", "--faults", str(script)]) == 2
    assert "faults.yaml: rule 1: `do: too-slow` is unknown" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            '{on: create, do: error, gateway: kling, error: "9999"}',
            "`error: 9999` is unknown to kling; known: 1000, 1001",
        ),
        ("{on: create, do: error, gateway: nobody, error: 1}", "`gateway: nobody` is unknown; known: mule, kkiai"),
    ],
)
def test_an_error_no_page_lists_is_told_before_anything_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, message: str
) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text(f"- {rule}\n", encoding="utf-8")
    assert run_command(["sandbox", "--port", "0", "--faults", str(script)]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""
    assert run_command(["sandbox", "--port", "0", "--faults", str(tmp_path / "nowhere")]) == 2
    assert "is not there" in capsys.readouterr().err
    script.write_bytes(b"\xff\xfe")
    assert run_command(["sandbox", "--port", "0", "--faults", str(script)]) == 2
    assert "is not UTF-8 text" in capsys.readouterr().err


@pytest.mark.parametrize("sandbox", [["--lenient", "--latency", "0.5", "--concurrency", "1"]], indirect=True)
def test_what_is_chosen_for_the_sandbox_reaches_it(sandbox: Running) -> None:
    url = f"{sandbox.url}/vendors/klingai/v1/kling-v2.6/text-to-video/generation"
    body = {"prompt": "A harbour.", "sound": "on", "mode": "std", "duration": 5}
    key = {"Authorization": "Bearer any-key-will-do"}
    # Sound in mode std: the vendor's own example, which only the lenient sandbox takes.
    first = httpx.post(url, json=body, headers=key, trust_env=False)
    assert first.status_code == 202
    assert httpx.post(url, json=body, headers=key, trust_env=False).status_code == 429
    job = first.json()["task_info"]["id"]
    state = httpx.get(f"{url}/{job}", headers=key, trust_env=False).json()["task_info"]["status"]
    assert state in {"pending", "processing"}
