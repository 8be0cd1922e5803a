"""Refusals for good at each gateway's double, counted by its till: nothing but what was under way is sent."""

import json
from pathlib import Path

import pytest
from PIL import Image

from runner.cli import run_command
from runner.sandbox.faults import Fault, FaultScript, Moment, Rule, Word
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

SHOTS = 40
AT_ONCE = 4
NO_BALANCE = Fault(Word.NO_BALANCE)


def error(code: str) -> Fault:
    return Fault(Word.ERROR, error=code)


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMECHAIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "400")


def make_film(folder: Path, gateway: str) -> Path:
    folder.mkdir()
    shots = [{"id": f"s{number}", "prompt": f"Picture {number}."} for number in range(SHOTS)]
    # One in four hangs on another.
    for number in range(3, SHOTS, 4):
        shots[number]["after"] = [f"s{number - 1}"]  # type: ignore[assignment]  # as the format has it
    storyboard = {
        "storyboard": 1,
        "id": f"refused-{gateway}",
        "title": "Refused",
        "provider": gateway,
        "model": "kling-v2.5-turbo" if gateway in {"piapi", "replicate"} else "kling-v2.6",
        "defaults": {"mode": "pro", "duration": 5},
        "shots": shots,
    }
    (folder / "storyboard.yaml").write_text(json.dumps(storyboard), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("gateway", "fault"),
    [
        *(("kling", error(code)) for code in ("1100", "1101", "1102", "1304")),
        *(("kling-next", error(code)) for code in ("1100", "1101", "1102", "1304")),
        *(("kkiai", error(code)) for code in ("1101", "1102", "1304")),
        ("mulerouter", error("402")),
        ("aimlapi", error("403")),
        *((gateway, NO_BALANCE) for gateway in ("kling", "kkiai", "mulerun", "mulerouter", "aimlapi", "fal", "piapi")),
    ],
    ids=lambda value: value if isinstance(value, str) else value.error or "no-balance",
)
def test_what_is_refused_for_good_costs_no_more_submits_than_were_under_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gateway: str, fault: Fault
) -> None:
    film = make_film(tmp_path / "film", gateway)
    # Its two hosts are one to the double.
    rule = Rule(Moment.CREATE, fault, gateway="mule" if gateway.startswith("mule") else gateway)
    with running_sandbox(SandboxOptions(faults=FaultScript((rule,)))) as sandbox:
        endpoint = f"{gateway}={sandbox.url}"
        code = run_command(["run", str(film), "--yes", "--jobs", str(AT_ONCE), "--endpoint", endpoint])
        till = sandbox.till()
    told = capsys.readouterr()
    text = told.out + told.err
    assert code == 1, text
    assert 1 <= till["submits"] <= AT_ONCE
    assert till["charges"] == []
    assert text.count("nothing more is sent to") == 1
    # Once for those that were sent, once for all that were left.
    assert text.count("not sent, because") == 1
    assert text.count(f"and {SHOTS - till['submits'] - 4} more: not sent, because") == 1


def test_who_waits_for_an_element_is_left_with_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "film"
    film.mkdir()
    Image.new("RGB", (544, 306), "#204060").save(film / "front.png")
    keeper = {"description": "a keeper", "frontal": "front.png", "references": ["front.png"]}
    plain = [{"id": f"s{number}", "prompt": f"Picture {number}."} for number in range(10)]
    with_her = [
        {"id": f"e{number}", "prompt": f"{{{{ element('keeper') }}}} in {number}.", "first_frame": "front.png"}
        for number in range(10)
    ]
    storyboard = {
        "storyboard": 1,
        "title": "Refused",
        "provider": "kling",
        "model": "kling-v3",
        "elements": {"keeper": keeper},
        "shots": [*plain, *with_her],
    }
    (film / "storyboard.yaml").write_text(json.dumps(storyboard), encoding="utf-8")
    rule = Rule(Moment.CREATE, error("1102"), gateway="kling")
    with running_sandbox(SandboxOptions(faults=FaultScript((rule,)))) as sandbox:
        run_command(["run", str(film), "--yes", "--jobs", "1", "--endpoint", f"kling={sandbox.url}"])
        assert sandbox.till()["submits"] == 1
    told = capsys.readouterr()
    assert (told.out + told.err).count("not sent, because") == 1
