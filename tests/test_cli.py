"""The door to the shell: words and exit codes, never a traceback; and quick to answer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runner import __version__, api
from runner.cli import run_command
from runner.sandbox.fault_script import read_fault_script
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

ONE_SHOT = (
    "storyboard: 1\nid: one\ntitle: One\nmodel: kling-v3\nshots:\n  - {id: harbour, prompt: A harbour., duration: 3}\n"
)


@pytest.fixture
def production(tmp_path: Path) -> Path:
    (tmp_path / "storyboard.yaml").write_text(ONE_SHOT, encoding="utf-8")
    return tmp_path


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--version"]) == 0
    assert capsys.readouterr().out == f"framechain {__version__}\n"


def test_help_lists_every_command_in_the_order_people_meet_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--help"]) == 0
    shown = capsys.readouterr().out
    commands = [
        "new",
        "check",
        "plan",
        "run",
        "status",
        "why",
        "graph",
        "takes",
        "use",
        "cut",
        "review",
        "verify",
        "schema",
    ]
    positions = [shown.index(f"\n  {command} ") for command in commands]
    assert positions == sorted(positions)


def test_help_and_version_import_nothing_heavy() -> None:
    heavy = {"av", "PIL", "rich", "networkx", "jsonschema", "jinja2", "httpx", "yaml", "asyncio", "sqlite3"}
    program = (
        "import sys; from runner.cli import run_command; run_command(['--help']); "
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_an_unknown_option_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", "--no-such"]) == 2
    assert "--no-such" in capsys.readouterr().err


def test_check_says_what_a_storyboard_amounts_to(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", str(production)]) == 0
    assert capsys.readouterr().out == "One: 1 shot, 3 s on animatic: nothing is wrong\n"
    assert run_command(["check", str(production / "storyboard.yaml")]) == 0


def test_check_as_json_holds_the_diagnostics(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (production / "storyboard.yaml").write_text(ONE_SHOT.replace("prompt", "promt"), encoding="utf-8")
    assert run_command(["check", str(production), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {"unknown-field"} <= {one["code"] for one in found}
    assert {"code", "severity", "message", "file", "line", "column", "hint"} <= set(found[0])


def test_a_bug_of_ours_is_told_with_a_report_and_no_traceback(
    production: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: api.Target) -> api.Examined:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(api, "check", fail)
    assert run_command(["check", str(production)]) == 70
    told = capsys.readouterr().err
    assert "Traceback" not in told
    report = Path(told.strip().rsplit(" ", 1)[1])
    assert "ZeroDivisionError: a bug" in report.read_text(encoding="utf-8")
    report.unlink()


def test_an_interruption_ends_in_130(
    production: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: api.Target) -> api.Examined:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "check", interrupt)
    assert run_command(["check", str(production)]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"


def test_new_makes_a_production_that_checks_and_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my-film"
    assert run_command(["new", str(folder)]) == 0
    assert run_command(["check", str(folder)]) == 0
    assert run_command(["plan", str(folder), "--detailed-exitcode"]) == 2
    assert "@" not in (folder / "storyboard.yaml").read_text(encoding="utf-8").replace("@id", "")
    assert json.loads((folder / ".storyboard.schema.json").read_text(encoding="utf-8"))["title"]


def test_each_schema_is_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    import jsonschema

    for name in api.schema_names():
        assert run_command(["schema", name]) == 0
        jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_a_plan_against_a_revision_needs_no_takes(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=An Author", "-c", "user.email=author@example.org"]
        subprocess.run(["git", "-C", str(production), *identity, *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    (production / "storyboard.yaml").write_text(
        ONE_SHOT + "  - {id: climb, prompt: Stairs., from: harbour}\n", encoding="utf-8"
    )
    capsys.readouterr()
    assert run_command(["plan", str(production), "--against", "HEAD", "--json"]) == 0
    shots = json.loads(capsys.readouterr().out)["shots"]
    assert [(shot["id"], shot["action"]) for shot in shots] == [("harbour", "keep"), ("climb", "make")]


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=An Author", "-c", "user.email=author@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_a_plan_against_a_revision_finds_a_production_below_the_top(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "films" / "one"
    folder.mkdir(parents=True)
    (folder / "storyboard.yaml").write_text(ONE_SHOT, encoding="utf-8")
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "--quiet", "--message", "first")
    assert run_command(["plan", str(folder), "--against", "HEAD", "--json"]) == 0
    assert [shot["action"] for shot in json.loads(capsys.readouterr().out)["shots"]] == ["keep"]


def test_a_link_that_leads_out_of_a_revision_is_left_out(production: Path) -> None:
    (production / "elsewhere").symlink_to("/etc/hostname")
    _git(production, "init", "--quiet")
    _git(production, "add", ".")
    _git(production, "commit", "--quiet", "--message", "first")
    assert run_command(["plan", str(production), "--against", "HEAD", "--detailed-exitcode"]) == 0


@pytest.mark.parametrize("narrowing", [["--only", "harbour"], ["--remake", "harbour"], ["--no-cascade"]])
def test_what_narrows_a_plan_is_not_passed_over_in_silence(
    narrowing: list[str], production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["plan", str(production), "--against", "HEAD", *narrowing]) == 2
    assert "`--against` compares whole storyboards" in capsys.readouterr().err


def test_an_empty_revision_is_no_revision(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", str(production), "--against", ""]) == 2
    assert "unknown-revision" in capsys.readouterr().err


def test_one_plan_is_printed_in_one_form(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", str(production), "--json", "--markdown"]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_no_title_and_no_path_steers_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "film\u202e"
    assert run_command(["new", str(folder)]) == 0
    storyboard = folder / "storyboard.yaml"
    storyboard.write_text(ONE_SHOT.replace("title: One", 'title: "\\e[2JOne"'), encoding="utf-8")
    assert run_command(["check", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "\u202e" not in printed
    assert "\\u{1b}[2JOne: 1 shot" in printed


def test_a_second_run_is_refused_and_told_who_holds_the_production(
    production: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from runner.adapters.clock import SystemClock
    from runner.adapters.run_lock import RunLock

    with RunLock(data_folder / "productions" / "one" / "run.lock", SystemClock(), "framechain run"):
        assert run_command(["run", str(production)]) == 3
    assert "run-in-progress" in capsys.readouterr().err


def test_a_misspelt_command_is_told_with_the_likely_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["chek"]) == 2
    assert "`chek` is not a command; did you mean `check`?" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", str(tmp_path / "nowhere")]) == 2
    told = capsys.readouterr().err
    assert f"`{tmp_path}/nowhere` is not there" in told
    assert f"`framechain new {tmp_path}/nowhere`" in told


def test_a_question_takes_its_production_with_and_without_an_answer(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # An answer nobody took is no success.
    for line, code in ((["harbour", str(production)], 0), (["harbour", "abandon", str(production)], 2)):
        assert run_command(["resolve", *line]) == code
        assert capsys.readouterr().out == "there is no open question about harbour\n"
    assert run_command(["resolve", "harbour", "perhaps", str(production)]) == 2
    assert "`perhaps` is no answer" in capsys.readouterr().err


@pytest.mark.slow
def test_a_clip_that_is_gone_is_a_question_that_can_be_answered(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ONE_SHOT.replace("title: One\n", "title: One\nprovider: kling\n")
    (production / "storyboard.yaml").write_text(text, encoding="utf-8")
    script = read_fault_script("- {on: download, do: link-gone}", "faults.yaml")
    with running_sandbox(SandboxOptions(faults=script)) as sandbox:
        where = [str(production), "--endpoint", f"kling={sandbox.url}"]
        assert run_command(["run", *where, "--yes"]) == 4
        assert "`framechain resolve harbour abandon --attempt 000001-" in capsys.readouterr().out
        for line, code in ((["harbour"], 0), (["harbour", "not-charged"], 2)):
            assert run_command(["resolve", *line, str(production)]) == code
        told = capsys.readouterr().out
        assert f"`framechain resolve harbour abandon {production}` lets go of it, booked as charged" in told
        assert "there is no open question about harbour" in told
        assert run_command(["resolve", "harbour", "abandon", str(production)]) == 0
        capsys.readouterr()
        assert run_command(["plan", *where, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["shots"][0]["action"] == "make"


def test_an_interruption_while_the_program_loads_is_told_in_words() -> None:
    program = (
        "import sys; sys.modules['click'] = None; import builtins; real = builtins.__import__\n"
        "def interrupt(name, *rest):\n"
        "    if name == 'runner.cli.boundary': raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "import runner.cli; builtins.__import__ = interrupt; runner.cli.main(['--version'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_an_earlier_storyboard_with_errors_is_told_as_the_earlier_one(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (production / "storyboard.yaml").write_text("storyboard: [", encoding="utf-8")
    _git(production, "init", "--quiet")
    _git(production, "add", ".")
    _git(production, "commit", "--quiet", "--message", "broken")
    (production / "storyboard.yaml").write_text(ONE_SHOT, encoding="utf-8")
    assert run_command(["plan", str(production), "--against", "HEAD"]) == 2
    assert "the storyboard at `HEAD` has errors of its own" in capsys.readouterr().err


def test_a_file_without_a_suffix_is_read_as_a_storyboard(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (production / "storyboard.yaml").rename(production / "film")
    assert run_command(["check", str(production / "film")]) == 0
    assert "nothing is wrong" in capsys.readouterr().out
