"""The commands about providers: what each can make, and where a storyboard runs."""

import re
from pathlib import Path

import pytest
from lamp_production import KEY, STORYBOARD, json_of, make_lamp, print_of, write

from runner import api
from runner.cli import run_command


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MULEROUTER_API_KEY", KEY)
    return make_lamp(tmp_path / "lamp")


# --- providers --------------------------------------------------------------------------------------------------------


def test_every_provider_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    told = print_of(capsys, "providers")
    for name in api.provider_names():
        assert re.search(rf"^{name}  ", told, re.MULTILINE)


def test_one_provider_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    told = print_of(capsys, "providers", "mulerouter")
    assert "how it is paid for:\n  MULEROUTER_API_KEY: set in the environment" in told
    assert "animatic" not in told
    assert [one["name"] for one in json_of(capsys, "providers", "providers", "mulerouter")["providers"]] == [
        "mulerouter"
    ]


def test_a_provider_nobody_describes_is_told_with_the_likely_one(capsys: pytest.CaptureFixture[str]) -> None:
    told = print_of(capsys, "providers", "mulerooter", code=2)
    assert "`mulerooter` is not a provider" in told
    assert "did you mean `mulerouter`?" in told


def test_a_broken_manifest_of_the_production_is_told_beside_the_others(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (production / "gateways").mkdir()
    (production / "gateways" / "own.yaml").write_text("manifest: 1\nname: own\n", encoding="utf-8")
    assert run_command(["providers", str(production)]) == 2
    printed = capsys.readouterr()
    assert "mulerouter  MuleRouter" in printed.out
    assert "gateways/own.yaml:1:1: error[missing-field]" in printed.err


def test_the_current_folder_is_the_production_when_none_is_named(
    production: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (production / "gateways").mkdir()
    text = "manifest: 1\nname: own\ntitle: Our Own\nlike: mulerouter\nkeys: [{kind: bearer, key: OWN_API_KEY}]\n"
    (production / "gateways" / "own.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(production)
    assert "own  Our Own, https://api.mulerouter.ai, of this production" in print_of(capsys, "providers")
    assert "OWN_API_KEY" in print_of(capsys, "providers", "own")


def test_a_table_follows_the_width_of_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        lines = print_of(capsys, "providers").splitlines()
        assert max(map(len, lines)) <= int(width)


# --- check --provider all ---------------------------------------------------------------------------------------------


def test_each_provider_says_what_stops_it(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("    duration: 10\n", "    duration: 10\n    camera: {pan: 3}\n"))
    told = print_of(capsys, "check", production, "--provider", "all")
    assert "  animatic" in told
    assert re.search(r"^  mulerouter +does not run: 1 error at 1 line$", told, re.MULTILINE)
    assert "what stops it at mulerouter:\n\nstoryboard.yaml:15:13: error[field-not-supported]" in told
    verdicts = {
        one["name"]: one for one in json_of(capsys, "check", "check", production, "--provider", "all")["providers"]
    }
    assert verdicts["animatic"]["runs"]
    assert [found["line"] for found in verdicts["mulerouter"]["diagnostics"]] == [15]


def test_it_says_the_same_as_a_check_at_each_provider(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("mode: pro", "mode: std"))
    everywhere = json_of(capsys, "check", "check", production, "--provider", "all")
    for verdict in everywhere["providers"]:
        alone = api.check(api.Target(production, provider=verdict["name"])).diagnostics
        # Whether speech is installed here says nothing of a provider.
        told = [(found.code, found.message) for found in alone if found.code != "speech-missing"]
        assert [(one["code"], one["message"]) for one in verdict["diagnostics"]] == told
        assert verdict["runs"] == (api.check(api.Target(production, provider=verdict["name"])).production is not None)


def test_a_storyboard_that_is_wrong_in_itself_ends_in_2(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("from: climb", "from: clim"))
    assert run_command(["check", str(production), "--provider", "all"]) == 2
    told = capsys.readouterr().out
    assert told.count("`clim` is not a shot") == 1
    write(production, "storyboard: [")
    assert run_command(["check", str(production), "--provider", "all"]) == 2
    assert "yaml-syntax" in capsys.readouterr().out


def test_one_that_nobody_could_make_ends_in_2(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("kling-v2.6", "sora-9"))
    assert run_command(["check", str(production), "--provider", "all"]) == 2
    assert re.search(r"^  animatic +does not run", capsys.readouterr().out, re.MULTILINE)


PORTABLE = Path(__file__).parent.parent / "specs" / "storyboards" / "portable"


@pytest.mark.parametrize("provider", ["animatic", "mulerouter", "mulerun", "kkiai", "kling"])
def test_the_portable_example_has_nothing_wrong_or_doubtful(provider: str) -> None:
    examined = api.check(api.Target(PORTABLE, provider=provider))
    assert examined.diagnostics == ()
    assert examined.production is not None


def test_the_portable_example_is_made_of_what_they_share(capsys: pytest.CaptureFixture[str]) -> None:
    production = api.check(api.Target(PORTABLE)).production
    assert production is not None
    shots = production.storyboard.shots
    assert len(shots) >= 6
    assert {(shot.model.value, shot.mode.value) for shot in shots} == {("kling-v2.6", "pro")}
    assert all(shot.first_frame is not None for shot in shots)
    bridges = [shot for shot in shots if shot.last_frame is not None]
    assert bridges
    assert not any(shot.sound.value for shot in bridges)
    for shot in ("closing", "answer"):
        for provider in ("mulerouter", "kkiai", "kling"):
            made = json_of(capsys, "compile", "compile", shot, PORTABLE, "--provider", provider)
            assert re.fullmatch(r"\d{18}", made["request"]["body"]["voice_list"][0]["voice_id"])
            # Elements are put into words.
            assert "an old woman in a red railway coat" in made["request"]["body"]["prompt"]
