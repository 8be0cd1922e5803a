"""docs/providers.md can be followed to the letter: its made-up gateway runs, and its tables are those of the code."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lantern import Lantern, lantern_lit
from PIL import Image

from runner.api.manifests import built_in, key_names
from runner.cli import run_command
from runner.reading import mapping
from runner.sandbox.fault_script import read_fault_script

PAGE = (Path(__file__).parent.parent / "docs" / "providers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def block(start: str) -> str:
    (found,) = [one for one in BLOCKS if one.startswith(start)]
    return str(found)


def names_in_table(introduction: str) -> list[str]:
    """What stands in backticks in the first column of the table behind a sentence."""
    table = PAGE.split(introduction)[1].split("|---|---|\n")[1].split("\n\n")[0]
    return [name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.fixture
def production(tmp_path: Path) -> Path:
    folder = tmp_path / "production"
    (folder / "gateways").mkdir(parents=True)
    (folder / "frames").mkdir()
    (folder / "gateways" / "lantern.yaml").write_text(block("manifest: 1"), encoding="utf-8")
    (folder / "storyboard.yaml").write_text(block("# storyboard.yaml"), encoding="utf-8")
    Image.new("RGB", (640, 360), "#101830").save(folder / "frames" / "window.png")
    return folder


@pytest.fixture
def lantern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lantern]:
    monkeypatch.setenv("LANTERN_API_KEY", "a-key-for-the-lantern")
    (tmp_path / "served").mkdir()
    with lantern_lit(tmp_path / "served") as lit:
        yield lit


def run(production: Path, lantern: Lantern, *more: str) -> int:
    return run_command(
        ["run", str(production), "--provider", "lantern", "--endpoint", f"lantern={lantern.url}", "--yes", *more]
    )


def test_the_made_up_gateway_checks_without_a_word(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", str(production), "--provider", "lantern"]) == 0
    assert "2 shots, 10 s on lantern: nothing is wrong\n" in capsys.readouterr().out


def test_its_prices_are_in_the_plan(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", str(production), "--provider", "lantern", "--json"]) == 0
    total = json.loads(capsys.readouterr().out)["total"]
    assert (total["low"], total["high"], total["currency"]) == ("0.50", "0.50", "USD")


def test_it_is_listed_beside_the_built_in_ones(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["providers", str(production)]) == 0
    assert "lantern  Lantern, https://api.lantern.example, of this production" in capsys.readouterr().out
    assert run_command(["providers", "lantern", str(production)]) == 0
    told = capsys.readouterr().out
    assert "LANTERN_API_KEY" in told
    assert "0.05 USD/s (std); 0.09 USD/s (pro)" in told


def test_its_request_can_be_looked_at_before(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["compile", "path", str(production), "--provider", "lantern", "--json"]) == 0
    request = json.loads(capsys.readouterr().out)["request"]
    assert request["url"] == "https://api.lantern.example/v1/clips"
    assert request["headers"]["X-Lantern-Key"] == "$LANTERN_API_KEY"
    body = request["body"]
    assert (body["opening"], body["engine"]) == ("<last frame of window as data URI>", "lantern-quick")
    assert (body["features"], body["mute"], body["seconds"]) == (["smooth"], True, "5")


def test_it_runs_to_a_film_and_hands_the_last_frame_over(production: Path, lantern: Lantern, data_folder: Path) -> None:
    assert run(production, lantern) == 0
    assert (production / "out" / "film.mp4").is_file()
    assert lantern.keys == ["a-key-for-the-lantern"] * 2
    first, second = lantern.bodies
    assert first["words"] == "A dark house, and one window in it. A hand lights a lamp."
    assert first["opening"] == data_uri(production / "frames" / "window.png")
    assert second["opening"] in [data_uri(frame) for frame in data_folder.rglob("frames/**/*.png")]
    assert [body["tag"][:3] for body in lantern.bodies] == ["fc-", "fc-"]


def test_a_submit_whose_answer_is_lost_is_found_and_not_paid_twice(production: Path, lantern: Lantern) -> None:
    lantern.hangs_up = True
    assert run(production, lantern) == 0
    assert len(lantern.bodies) == 2
    assert len({body["tag"] for body in lantern.bodies}) == 2


def test_its_own_host_is_not_sent_to_before_somebody_agrees(
    production: Path, lantern: Lantern, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", str(production), "--provider", "lantern", "--yes"]) == 3
    assert "--allow-host api.lantern.example" in capsys.readouterr().err
    assert lantern.bodies == []


def data_uri(picture: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()


# --- the tables -------------------------------------------------------------------------------------------------------


def test_every_name_a_mapping_can_refer_to_is_told_and_no_other() -> None:
    assert sorted(names_in_table("In tasks, spellings, mentions and rules:")) == sorted(mapping.SHOT_NAMES)
    assert sorted(names_in_table("In `poll`, `result` and `find`:")) == sorted(mapping.JOB_NAMES)
    assert sorted(names_in_table("In `resources`, which say")) == sorted(mapping.RESOURCE_NAMES)
    items = names_in_table("Inside `each`, and in `mentions`:")
    assert sorted(items) == sorted(["item", *(f"item.{name}" for name in mapping._ITEM)])


def test_every_verb_is_told() -> None:
    from runner.core.diagnostic import Findings

    verbs = mapping.MappingReader(frozenset(), Findings())._verbs
    assert [
        name.strip("{").partition(":")[0] for name in names_in_table("A body is written with seven verbs.")
    ] == list(verbs)


def test_every_built_in_provider_is_told_with_its_keys() -> None:
    from runner.adapters import package_data

    rows = PAGE.split("## The built-in ones")[1].split("|---|---|---|\n")[1].split("\n\n")[0].splitlines()
    keys_of = {
        name: set(re.findall(r"`([^`]+)`", row.split("|")[3]))
        for row in rows
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert sorted(keys_of) == sorted(package_data.gateway_names())
    for name, told in keys_of.items():
        interface = built_in(name).interface
        needed = set() if interface is None else {key for way in interface.keys for key in key_names(way)}
        assert needed <= told, name


def test_the_rules_of_misbehaviour_can_be_followed() -> None:
    assert len(read_fault_script(block("- {on: create"), "docs/providers.md").rules) == 5
