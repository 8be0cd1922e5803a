"""A gateway is a file: the program names none, and what comes with it works as well from a production's own folder."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from gateway_films import make_production, run_to_a_film

from runner.adapters import package_data
from runner.api.manifests import built_in
from runner.cli import run_command
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

RUNNER: Final = Path(__file__).parent.parent / "runner"
GATEWAYS: Final = [name for name in package_data.gateway_names() if built_in(name).interface is not None]


@pytest.mark.parametrize("name", GATEWAYS)
def test_the_program_names_no_gateway(name: str) -> None:
    """But for the double, which is written from each one's pages. `kling-v3` is a model and no gateway."""
    named = re.compile(rf"(?<![\w-]){name}(?![\w-])")
    told = [
        f"{file.relative_to(RUNNER)}:{number}"
        for file in sorted(RUNNER.rglob("*.py"))
        if file.relative_to(RUNNER).parts[0] != "sandbox"
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if named.search(line)
    ]
    assert told == []


def test_nothing_outside_the_double_is_called_like_a_gateway() -> None:
    files = [file for file in RUNNER.rglob("*.py") if file.relative_to(RUNNER).parts[0] != "sandbox"]
    assert [file for file in files if file.stem in {name.replace("-", "_") for name in GATEWAYS}] == []


BOARD: Final = """\
storyboard: 1
title: The same manifest by another name
model: kling-v3
shots:
  - {id: harbour, prompt: A harbour at first light., sound: on}
  - {id: mole, prompt: "Waves on the mole.", duration: 3}
"""
CHAINED: Final = BOARD + "  - {id: lamp, from: harbour, prompt: A lamp is lit., mode: pro}\n"
# PiAPI takes pictures by their addresses alone, and a shot's last frame has none.
BOARDS: Final = {"fal": CHAINED, "replicate": CHAINED, "piapi": BOARD}


def as_own(production: Path, gateway: str) -> str:
    """The built-in manifest under a name of the production's, with its own key and nothing else changed."""
    text = package_data.gateway_source(gateway).text
    own = f"my-{gateway}"
    changed = [
        (rf"^name: {gateway}$", f"name: {own}"),
        (rf"\b{gateway.upper()}_API_KEY\b", f"MY_{gateway.upper()}_API_KEY"),
    ]
    for pattern, written in changed:
        text, count = re.subn(pattern, written, text, flags=re.MULTILINE)
        assert count
    (production / "gateways").mkdir()
    (production / "gateways" / f"{own}.yaml").write_text(text, encoding="utf-8")
    return own


def compiled_for(production: Path, provider: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run_command(["compile", "harbour", str(production), "--provider", provider, "--json"]) == 0
    request: dict[str, Any] = json.loads(capsys.readouterr().out)["request"]
    return request


@pytest.mark.parametrize("gateway", BOARDS)
def test_one_that_came_last_is_checked_and_compiled_the_same_from_a_productions_own_folder(
    gateway: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    production = make_production(tmp_path / "film", BOARDS[gateway])
    own = as_own(production, gateway)
    assert run_command(["check", str(production), "--provider", own]) == 0
    assert f"on {own}: nothing is wrong" in capsys.readouterr().out
    theirs, ours = compiled_for(production, gateway, capsys), compiled_for(production, own, capsys)
    assert (ours["url"], ours["body"]) == (theirs["url"], theirs["body"])
    assert f"$MY_{gateway.upper()}_API_KEY" in str(ours["headers"])


@pytest.mark.slow
@pytest.mark.parametrize("gateway", BOARDS)
def test_one_that_came_last_runs_to_a_film_from_a_productions_own_folder(
    gateway: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = make_production(tmp_path / "film", BOARDS[gateway])
    own = as_own(production, gateway)
    monkeypatch.setenv(f"MY_{gateway.upper()}_API_KEY", "a-key-of-ours")
    with running_sandbox(SandboxOptions(clips="small")) as sandbox:
        creates = run_to_a_film(production, own, sandbox)
        assert {charge["gateway"] for charge in sandbox.till()["charges"]} == {gateway}
    assert len(creates) == BOARDS[gateway].count("id:")
