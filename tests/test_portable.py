"""One storyboard, every gateway: `portable` runs unchanged on several, and moving between them makes nothing again."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.cli import run_command
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.slow

STORYBOARDS = Path(__file__).parent.parent / "specs" / "storyboards"
GATEWAYS = ("mulerouter", "kkiai", "kling")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxOptions(clips="small")) as running:
        yield running


@pytest.fixture
def portable(tmp_path: Path) -> Path:
    """Without its lock: nothing of it has been made."""
    folder = tmp_path / "portable"
    shutil.copytree(STORYBOARDS / "portable", folder, ignore=shutil.ignore_patterns("out", "*.lock"))
    return folder


def at(provider: str, sandbox: Sandbox) -> list[str]:
    return ["--provider", provider, "--endpoint", f"{provider}={sandbox.url}"]


def actions(capsys: pytest.CaptureFixture[str], production: Path, *options: str) -> set[str]:
    capsys.readouterr()
    assert run_command(["plan", str(production), "--json", *options]) == 0
    planned: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {shot["action"] for shot in planned["shots"]}


@pytest.mark.parametrize("provider", GATEWAYS)
def test_it_is_checked_without_a_word_and_becomes_a_film(
    provider: str, portable: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["check", str(portable), "--provider", provider, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["diagnostics"] == []
    assert run_command(["run", str(portable), *at(provider, sandbox), "--yes"]) == 0
    assert (portable / "out" / "film.mp4").is_file()
    till = sandbox.till()
    assert till["twice"] == 0
    # The elements are said in words, since not all of the three take them.
    bodies = " ".join(create["body"].get("prompt", "") for create in sandbox.requests())
    assert "<<<element_" not in bodies
    assert "<<<voice_1>>> says" in bodies


def test_what_was_made_at_one_gateway_is_kept_at_the_others(
    portable: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", str(portable), *at("mulerouter", sandbox), "--yes"]) == 0
    charged = len(sandbox.till()["charges"])
    for provider in GATEWAYS:
        assert actions(capsys, portable, *at(provider, sandbox)) == {"keep"}
    assert run_command(["run", str(portable), *at("kkiai", sandbox), "--yes"]) == 0
    assert len(sandbox.till()["charges"]) == charged
    # What a double made counts for nothing once the endpoint is the real one.
    assert actions(capsys, portable, "--provider", "kkiai") == {"make"}


def test_a_sketch_is_never_taken_for_the_real_thing(
    portable: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", str(portable), "--provider", "animatic"]) == 0
    assert actions(capsys, portable, "--provider", "animatic") == {"keep"}
    for provider in GATEWAYS:
        assert actions(capsys, portable, *at(provider, sandbox)) == {"make"}


def test_an_id_of_another_gateway_makes_nothing_again_and_one_of_its_own_does(
    portable: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", str(portable), *at("mulerouter", sandbox), "--yes"]) == 0
    storyboard = portable / "storyboard.yaml"
    text = storyboard.read_text(encoding="utf-8")
    storyboard.write_text(with_other_id(text, "kling"), encoding="utf-8")
    assert actions(capsys, portable, *at("mulerouter", sandbox)) == {"keep"}
    assert actions(capsys, portable, *at("kling", sandbox)) == {"keep"}
    storyboard.write_text(with_other_id(text, "mulerouter"), encoding="utf-8")
    assert "make" in actions(capsys, portable, *at("mulerouter", sandbox))
    # Whoever made the takes: their own id is what was asked with.
    assert "make" in actions(capsys, portable, *at("kling", sandbox))


def with_other_id(storyboard: str, provider: str) -> str:
    changed, count = re.subn(rf'( {provider}: )"\d{{18}}"', r'\1"829824295735410799"', storyboard, count=1)
    assert count == 1
    return changed


def test_check_everywhere_names_the_lines_that_stop_keeper_at_each_gateway(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_command(["check", str(STORYBOARDS / "keeper"), "--provider", "all", "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    stopped = {one["name"]: one for one in told["providers"] if not one["runs"]}
    assert set(stopped) == {
        *("mulerouter", "mulerun", "kkiai", "kling", "kling-next", "aimlapi", "fal", "replicate", "piapi")
    }
    for one in stopped.values():
        errors = [found for found in one["diagnostics"] if found["severity"] == "error"]
        assert errors
        assert all(found["file"] and found["line"] for found in errors)


def test_what_aimlapi_cannot_do_is_named_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "storyboard.yaml").write_text(WITH_A_CAST, encoding="utf-8")
    assert run_command(["check", str(tmp_path), "--provider", "aimlapi", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)["diagnostics"]
    lines = WITH_A_CAST.splitlines()
    stopped = {number for number, line in enumerate(lines, 1) if "# stopped" in line}
    assert {found["line"] for found in told} == stopped
    assert {found["code"] for found in told} == {"field-not-supported"}


WITH_A_CAST = """\
storyboard: 1
title: Two
model: kling-v2.6
defaults: {mode: pro, sound: on}
voices:
  gruff: {description: low}
elements:
  keeper: {description: a keeper}
shots:
  - id: a
    prompt: "{{ element('keeper') }} waves."  # stopped
    dialogue:
      - {voice: gruff, by: keeper, text: One more night.}  # stopped
      - {voice: gruff, text: And one.}  # stopped
      - {voice: gruff, text: A caption only., spoken: false}
  - id: b
    prompt: A lamp.
"""


def test_a_last_frame_without_a_first_is_told_at_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shot = '{id: a, prompt: A lamp., last_frame: {url: "https://example.com/lit.png"}}'
    text = f"storyboard: 1\ntitle: Lit\nmodel: kling-v3\nshots:\n  - {shot}\n"
    (tmp_path / "storyboard.yaml").write_text(text, encoding="utf-8")
    for provider in ("aimlapi", "kkiai", "kling"):
        assert run_command(["check", str(tmp_path), "--provider", provider, "--json"]) == 2
        (found, *_) = json.loads(capsys.readouterr().out)["diagnostics"]
        assert (found["line"], found["column"]) == (5, text.splitlines()[4].index("https"))


def test_what_new_makes_runs_at_gateways_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["new", "first"]) == 0
    for provider in ("kling", "mulerouter", "aimlapi"):
        assert run_command(["check", "first", "--provider", provider]) == 0, capsys.readouterr().out
