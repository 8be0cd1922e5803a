"""A plan that was saved is carried out exactly, or not at all."""

import json
from pathlib import Path

import pytest

from runner.cli import run_command

STORYBOARD = (
    "storyboard: 1\nid: saved\ntitle: Saved\nmodel: kling-v3\n"
    'defaults: {duration: 3, aspect_ratio: "1:1"}\nprofiles:\n  other: {duration: 4}\nshots:\n'
    "  - {id: harbour, prompt: A harbour.}\n  - {id: sea, prompt: The sea.}\n"
)


@pytest.fixture
def production(tmp_path: Path) -> Path:
    (tmp_path / "storyboard.yaml").write_text(STORYBOARD, encoding="utf-8")
    return tmp_path


def takes_made(data_folder: Path) -> int:
    return len(list((data_folder / "productions" / "saved" / "takes").rglob("*.mp4")))


@pytest.mark.slow
def test_a_saved_plan_is_run_as_it_was_narrowed(production: Path, data_folder: Path) -> None:
    file = str(production / "plan.json")
    assert run_command(["plan", str(production), "--only", "sea", "--profile", "other", "-o", file]) == 0
    assert run_command(["apply", file, str(production)]) == 0
    assert takes_made(data_folder) == 1
    assert (production / "out" / "clips" / "sea" / "v001.mp4").is_file()
    # The plan was for a shot that had no take.
    assert run_command(["apply", file, str(production)]) == 3
    assert takes_made(data_folder) == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("The sea.", "The open sea.", "`sea`"),
        ("  - {id: sea, prompt: The sea.}\n", "", "`sea`"),
        ("id: saved", "id: another", "its production"),
    ],
)
def test_a_plan_that_has_moved_is_refused_and_says_what_moved(
    production: Path, data_folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    file = str(production / "plan.json")
    assert run_command(["plan", str(production), "-o", file]) == 0
    (production / "storyboard.yaml").write_text(STORYBOARD.replace(old, new), encoding="utf-8")
    capsys.readouterr()
    assert run_command(["apply", file, str(production)]) == 3
    assert f"{told} changed since it was saved" in capsys.readouterr().err
    assert takes_made(data_folder) == 0


def test_a_comment_moves_no_plan(production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = production / "plan.json"
    assert run_command(["plan", str(production), "-o", str(file)]) == 0
    (production / "storyboard.yaml").write_text("# a comment\n" + STORYBOARD, encoding="utf-8")
    again = production / "again.json"
    assert run_command(["plan", str(production), "-o", str(again)]) == 0
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"plan": 1}', "[" * 100_000, "\x00"])
def test_what_is_no_saved_plan_is_told(production: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    (production / "plan.json").write_text(content, encoding="utf-8")
    assert run_command(["apply", str(production / "plan.json"), str(production)]) == 2
    assert "plan-unreadable" in capsys.readouterr().err


def test_what_plan_prints_as_json_is_no_saved_plan(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It does not say what narrowed it."""
    assert run_command(["plan", str(production), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert "selection" not in printed
    (production / "plan.json").write_text(json.dumps(printed), encoding="utf-8")
    assert run_command(["apply", str(production / "plan.json"), str(production)]) == 2


def test_a_plan_saved_for_a_sandbox_is_refused_at_the_real_gateway(
    production: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLING_API_KEY", "sk-worth-something")
    for name in ("KLING_BASE_URL", "KLING_ACCESS_KEY", "KLING_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    text = STORYBOARD.replace("title: Saved\n", "title: Saved\nprovider: kling\n")
    (production / "storyboard.yaml").write_text(text, encoding="utf-8")
    file = str(production / "plan.json")
    assert run_command(["plan", str(production), "--endpoint", "kling=http://127.0.0.1:9", "-o", file]) == 0
    capsys.readouterr()
    assert run_command(["apply", file, str(production)]) == 3
    assert "its endpoint changed since it was saved" in capsys.readouterr().err
