"""Every diagnostic code has an example that shows it, its exact text, and a page in the docs.

An example is a folder tests/invalid/<code>/<case>/ with a production; `expected.txt` is what `check`, or the command in
`command.txt`, prints. What cannot lie in a repository (huge files, wrong states) is made by `tests/arrangements.py`.
"""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from arrangements import HELD, arrange

from runner.cli import run_command
from runner.core.codes import CODES

INVALID = Path(__file__).parent / "invalid"
PAGES = Path(__file__).parent.parent / "docs" / "diagnostics"
CASES = sorted(path.parent for path in INVALID.glob("*/*/expected.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_an_example_is_told_in_exactly_these_words(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    production = tmp_path / "production"
    shutil.copytree(case, production)
    monkeypatch.chdir(production)
    arrange(case.parent.name, case.name, production, monkeypatch)
    command = production / "command.txt"
    line = command.read_text(encoding="utf-8") if command.is_file() else "check"
    capfd.readouterr()
    code = run_command(shlex.split(line))
    printed = capfd.readouterr()
    while HELD:
        os.close(HELD.pop())
    told = _without_what_differs(f"{printed.out}{printed.err}exit code {code}\n", tmp_path)
    assert told == (case / "expected.txt").read_text(encoding="utf-8")
    assert f"[{case.parent.name}]" in told


def _without_what_differs(told: str, folder: Path) -> str:
    """Where the example was put, and digests of clips: another encoder draws other bytes."""
    for place in (str(folder), os.environ["FRAMECHAIN_HOME"]):
        told = told.replace(place, "…")
    return re.sub(r"takes/[0-9a-f]{2}/|[0-9a-f]{12,}", lambda found: "takes/…/" if "/" in found[0] else "…", told)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_has_an_example(code: str) -> None:
    assert [case for case in CASES if case.parent.name == code]


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_has_a_page_that_shows_what_it_looks_like(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    shown = page.split("```text\n")[1].split("```")[0]
    examples = [(case / "expected.txt").read_text(encoding="utf-8") for case in CASES if case.parent.name == code]
    assert any(shown in example for example in examples)
    assert CODES[code] in page


def test_there_is_no_page_or_example_of_a_code_that_does_not_exist() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} == set(CODES)
    assert {case.parent.name for case in CASES} <= set(CODES)
