"""The docs say what is so: their storyboards are clean, their names are names of the code, their links lead somewhere.

That every message has its page is the business of the invalid examples.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from runner import api
from runner.cli import boundary
from runner.cli.group import framechain

HOUSE = Path(__file__).resolve().parent.parent
README = HOUSE / "README.md"
STORYBOARD = HOUSE / "docs" / "storyboard.md"
DOCS = (README, HOUSE / "CONTRIBUTING.md", HOUSE / "CHANGELOG.md", *sorted((HOUSE / "docs").rglob("*.md")))
# Importing the door is what hangs the commands on the group.
COMMANDS: Mapping[str, click.Command] = framechain.commands if boundary else {}
# What the scripts and the shell do; everything else in a console block is framechain.
_SHELL = frozenset({".", "./scripts/demo", "./scripts/test", "./scripts/lint"})
_FILE = re.compile(r"(runner|docs|specs|schemas|templates|tests|scripts|\.ci)/[\w./-]+")
_WINGS = "core|model|reading|planning|running|showing|adapters|api|cli"


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def blocks_in(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def prose_of(path: Path) -> str:
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def spoken_code_in(path: Path) -> list[str]:
    """What stands in backticks in running text."""
    return re.findall(r"`([^`\n]+)`", prose_of(path))


def storyboards() -> Iterator[tuple[str, str]]:
    for path in DOCS:
        for number, block in enumerate(blocks_in(path, "yaml"), 1):
            if block.startswith("storyboard: 1\n"):
                yield f"{name_of(path)}, block {number}", block


def links() -> Iterator[tuple[Path, str]]:
    for path in DOCS:
        for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(path)):
            if "://" not in link:
                yield path, link


def headings_of(path: Path) -> set[str]:
    """As the anchors that lead to them."""
    titles = re.findall(r"^#+ (.+)$", prose_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def options_of(*commands: str) -> set[str]:
    chosen = [COMMANDS[name] for name in commands] if commands else [framechain, *COMMANDS.values()]
    found = {"--help", "-h"}
    for command in chosen:
        for parameter in command.params:
            found.update(parameter.opts, parameter.secondary_opts)
    return found


def fields_in(schema: Any) -> set[str]:
    """The name of every field anywhere in a schema."""
    match schema:
        case dict():
            properties = schema.get("properties")
            own = set(properties) if isinstance(properties, dict) else set()
            return own.union(*(fields_in(value) for key, value in schema.items() if key != "examples"))
        case list():
            return set().union(*(fields_in(item) for item in schema))
        case _:
            return set()


def test_the_docs_hold_whole_storyboards() -> None:
    files = {name.split(",")[0] for name, _ in storyboards()}
    assert files >= {"README.md", "docs/storyboard.md"}


@pytest.mark.parametrize("block", [pytest.param(block, id=name) for name, block in storyboards()])
def test_a_storyboard_in_the_docs_checks_without_a_word(block: str, tmp_path: Path) -> None:
    (tmp_path / "storyboard.yaml").write_text(block, encoding="utf-8")
    examined = api.check(api.Target(tmp_path, environment={"FRAMECHAIN_HOME": str(tmp_path / "home")}))
    assert [(found.code, found.message) for found in examined.diagnostics] == []
    assert examined.production is not None


def test_a_new_production_checks_without_a_word(tmp_path: Path) -> None:
    folder = api.new(tmp_path / "my-film")
    examined = api.check(api.Target(folder, environment={"FRAMECHAIN_HOME": str(tmp_path / "home")}))
    assert [(found.code, found.message) for found in examined.diagnostics] == []


def test_every_field_of_the_schema_is_told_in_the_docs() -> None:
    fields = fields_in(api.schema("storyboard"))
    assert {"storyboard", "trust_guard", "from", "trajectory", "gain", "spoken"} <= fields
    told = set(re.findall(r"\w+", " ".join(spoken_code_in(STORYBOARD))))
    assert sorted(fields - told) == []


def test_the_tables_of_the_docs_name_no_field_the_schema_lacks() -> None:
    fields = fields_in(api.schema("storyboard"))
    first_cells = re.findall(r"^\| (`[^|]+`) \|", prose_of(STORYBOARD), re.MULTILINE)
    assert len(first_cells) > 40
    named = {word for cell in first_cells for word in re.findall(r"`(\w+)", cell)}
    assert sorted(named - fields) == []


def test_the_readme_tells_of_every_command() -> None:
    table = "\n".join(line for line in prose_of(README).splitlines() if line.startswith("|"))
    told = {code.split()[0] for code in re.findall(r"`([^`]+)`", table)}
    assert len(COMMANDS) > 10
    assert sorted(set(COMMANDS) - told) == []


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_commands_in_console_blocks_are_real(path: Path) -> None:
    for line in (line for block in blocks_in(path, "console") for line in block.splitlines()):
        words = line.split()
        if words[0] in _SHELL:
            assert words[0] == "." or (HOUSE / words[0]).is_file(), line
        else:
            assert words[0] == "framechain", line
            check_command_line(words[1:], line)


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_commands_in_running_text_are_real(path: Path) -> None:
    for code in spoken_code_in(path):
        words = code.split()
        if words[0] == "framechain" and len(words) > 1 and not words[1].startswith("-") and words[1] != "COMMAND":
            check_command_line(words[1:], code)
        elif re.match("--[a-z]", code):
            assert words[0] in options_of(), code


def check_command_line(words: list[str], line: str) -> None:
    assert words[0] in COMMANDS, line
    assert {word for word in words if word.startswith("-")} <= options_of(words[0]), line


@pytest.mark.parametrize(("path", "link"), list(links()))
def test_a_link_leads_to_what_is_there(path: Path, link: str) -> None:
    file, _, anchor = link.partition("#")
    goal = (path.parent / file).resolve() if file else path
    assert goal.exists(), f"{name_of(path)}: {link}"
    if anchor:
        assert anchor in headings_of(goal), f"{name_of(path)}: {link}"


@pytest.mark.parametrize(
    "path", [README, HOUSE / "CONTRIBUTING.md", *sorted((HOUSE / "docs").glob("*.md"))], ids=name_of
)
def test_modules_and_files_in_the_docs_are_real(path: Path) -> None:
    for code in spoken_code_in(path):
        if re.fullmatch(rf"(runner\.)?({_WINGS})\.[a-z_]+", code):
            room = HOUSE / "runner" / Path(*code.removeprefix("runner.").split("."))
            assert room.is_dir() or room.with_suffix(".py").is_file(), code
        elif _FILE.fullmatch(code) and "_data" not in code and path != STORYBOARD:
            assert (HOUSE / code).exists(), code


def test_types_in_the_docs_are_types_of_the_code() -> None:
    table = [line for line in prose_of(HOUSE / "docs" / "architecture.md").splitlines() if line.startswith("|")]
    named = {code for line in table for code in re.findall(r"`([A-Z][A-Za-z]+)`", line)}
    assert "PendingKey" in named
    code = "\n".join(path.read_text(encoding="utf-8") for path in (HOUSE / "runner" / "model").glob("*.py"))
    known = set(re.findall(r"^(?:class )?([A-Z][A-Za-z]+)\b(?:\(|:| =)", code, re.MULTILINE))
    assert sorted(named - known) == []
