"""Voices and elements that nothing refers to any more go from the gateway, on request, and from lock and journal."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_films import make_production

from runner.cli import run_command
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.slow

STORYBOARD = """\
storyboard: 1
id: cast
title: Cast
model: kling-v3
defaults: {duration: 3}
elements:
  keeper: {description: a keeper, frontal: elements/keeper-front.png, references: [elements/keeper-left.png]}
shots:
  - {id: one, first_frame: frames/dusk.png, prompt: "{{ element('keeper') }} waves."}
"""
OTHER = STORYBOARD.replace("keeper-front.png", "lamp-front.png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxOptions(clips="small")) as running:
        yield running


def command(name: str, production: Path, sandbox: Sandbox, *options: str) -> int:
    return run_at("kling", name, production, sandbox, *options)


def run_at(provider: str, name: str, production: Path, sandbox: Sandbox, *options: str) -> int:
    endpoint = f"{provider}={sandbox.url}"
    return run_command([name, str(production), "--provider", provider, "--endpoint", endpoint, *options])


def listed(production: Path) -> list[str]:
    return re.findall(r"kling \S+ (?:element|voice) [0-9a-f]+", (production / "storyboard.lock").read_text("utf-8"))


def test_what_nothing_refers_to_is_removed_on_request_and_made_again_when_it_is(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    production = make_production(tmp_path / "film", STORYBOARD)
    assert command("run", production, sandbox, "--yes") == 0
    assert command("gc", production, sandbox, "--resources", "--yes") == 0
    assert "nothing to remove" in capsys.readouterr().out
    (production / "storyboard.yaml").write_text(OTHER, encoding="utf-8")
    assert command("run", production, sandbox, "--yes") == 0
    assert len(listed(production)) == 2
    # Without a terminal nobody agrees.
    assert command("gc", production, sandbox, "--resources") == 3
    assert len(listed(production)) == 2
    assert command("gc", production, sandbox, "--resources", "--yes") == 0
    assert len(re.findall(r"removed element \d+ at kling", capsys.readouterr().out)) == 1
    assert len(listed(production)) == 1
    # A third look: what is left is in use, and what is gone stays gone.
    assert command("gc", production, sandbox, "--resources", "--yes") == 0
    (production / "storyboard.yaml").write_text(STORYBOARD.replace("waves", "sits"), encoding="utf-8")
    assert command("plan", production, sandbox) == 0
    assert "make element keeper" in capsys.readouterr().out
    assert command("run", production, sandbox, "--yes") == 0
    elements = [create for create in sandbox.requests() if create["operation"] == "advanced-custom-elements"]
    assert len(elements) == 3


def test_it_says_what_is_to_be_removed(tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    production = make_production(tmp_path / "film", STORYBOARD)
    assert command("gc", production, sandbox) == 2
    assert "--resources" in capsys.readouterr().err


def test_where_nothing_was_made_it_says_so_and_needs_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("KLING_API_KEY", "KLING_ACCESS_KEY", "KLING_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    production = make_production(tmp_path / "film", STORYBOARD)
    assert run_command(["gc", str(production), "--provider", "kling", "--resources", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "no voice and no element was made here" in said
    assert "refers to all" not in said


@pytest.mark.parametrize(("first", "second"), [("kling", "kling-next"), ("kling-next", "kling")])
def test_between_gateways_with_one_library_nothing_is_made_twice_and_what_is_unused_is_found(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str], first: str, second: str
) -> None:
    production = make_production(tmp_path / "film", STORYBOARD)
    assert run_at(first, "run", production, sandbox, "--yes") == 0
    (production / "storyboard.yaml").write_text(STORYBOARD.replace("waves", "sits"), encoding="utf-8")
    capsys.readouterr()
    assert run_at(second, "plan", production, sandbox) == 0
    assert "element" not in capsys.readouterr().out
    assert run_at(second, "run", production, sandbox, "--yes") == 0
    sent = [asked["operation"] for asked in sandbox.requests()]
    assert (sent.count("advanced-custom-elements"), len(sent)) == (1, 3)
    (production / "storyboard.yaml").write_text(OTHER, encoding="utf-8")
    capsys.readouterr()
    assert run_at(second, "gc", production, sandbox, "--resources", "--yes") == 0
    assert len(re.findall(r"removed element \d+ at kling", capsys.readouterr().out)) == 1
    # It is gone for both: it was one thing.
    assert "element" not in (production / "storyboard.lock").read_text("utf-8").partition("shots:")[0]


def test_another_production_of_the_account_goes_on_without_a_question(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    first = make_production(tmp_path / "one", STORYBOARD)
    assert command("run", first, sandbox, "--yes") == 0
    (first / "storyboard.yaml").write_text(OTHER, encoding="utf-8")
    assert command("gc", first, sandbox, "--resources", "--yes") == 0
    second = make_production(tmp_path / "two", STORYBOARD.replace("id: cast", "id: crew"))
    assert command("run", second, sandbox, "--yes") == 0
    assert len(listed(second)) == 1
