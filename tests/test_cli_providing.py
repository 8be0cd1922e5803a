"""The commands about providers: what each can make, where a storyboard runs, the exact request, and the sandbox."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from PIL import Image

from runner import api
from runner.cli import run_command

STORYBOARD = """\
storyboard: 1
title: The Lamp
provider: mulerouter
model: kling-v2.6
defaults: {mode: pro, sound: on, cfg_scale: 0.4, unsupported: describe}
elements:
  keeper: {description: an old keeper}
voices:
  gruff: {description: low, ids: {mulerouter: "829824295735410756"}}
shots:
  - id: harbour
    first_frame: frames/dusk.png
    prompt: A harbour.
    duration: 10
  - id: climb
    from: harbour
    prompt: "{{ element('keeper') }} climbs."
    dialogue:
      - {voice: gruff, by: keeper, text: "One more night."}
  - id: bridge
    from: climb
    last_frame: {shot: harbour, at: 2.5}
    sound: off
    prompt: Over the water.
"""
KEY = "sk-never-to-be-seen-1234567890"


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MULEROUTER_API_KEY", KEY)
    folder = tmp_path / "lamp"
    (folder / "frames").mkdir(parents=True)
    Image.new("RGB", (1280, 720), "teal").save(folder / "frames" / "dusk.png")
    write(folder, STORYBOARD)
    return folder


def write(folder: Path, text: str) -> None:
    (folder / "storyboard.yaml").write_text(text, encoding="utf-8")


def print_of(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> str:
    """What a command prints, key and all colours known to be absent."""
    assert run_command([str(one) for one in arguments]) == code
    printed = capsys.readouterr()
    assert KEY not in printed.out + printed.err
    return printed.out if code == 0 or printed.out else printed.err


def json_of(capsys: pytest.CaptureFixture[str], schema: str, *arguments: str | Path, code: int = 0) -> Any:
    told = json.loads(print_of(capsys, *arguments, "--json", code=code))
    document = api.schema(schema)
    assert isinstance(document, dict)
    jsonschema.Draft202012Validator(document).validate(told)
    return told


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


# --- compile ----------------------------------------------------------------------------------------------------------


def test_a_request_is_shown_with_the_line_of_each_value(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = print_of(capsys, "compile", "climb", production)
    assert "POST https://api.mulerouter.ai/vendors/klingai/v1/kling-v2.6/image-to-video/generation\n" in told
    assert "Authorization: Bearer $MULEROUTER_API_KEY\n" in told
    assert '  "image": "<last frame of harbour as base64>",\n' in told
    assert '  "prompt": "an old keeper climbs. an old keeper <<<voice_1>>> says: \\"One more night.\\"",\n' in told
    for row in (
        "address      model            defaults    storyboard.yaml:4",
        "/image       first_frame      shot        storyboard.yaml:16",
        "/prompt      prompt           shot        storyboard.yaml:17",
        "/prompt      dialogue         shot        storyboard.yaml:19",
        "/prompt      elements.keeper  storyboard  storyboard.yaml:7",
        "/voice_list  voices.gruff     storyboard  storyboard.yaml:9",
        "/duration    duration         built-in\n",
    ):
        assert f"  {row}" in told
    assert "left out:\n  aspect_ratio 16:9  built-in" in told
    assert re.search(r"cfg_scale 0\.4 +defaults, storyboard\.yaml:5 +`kling-v2\.6` from a picture at MuleRouter", told)
    assert "needs no field:\n  watermark false  built-in  is what happens anyway\n" in told
    assert told.endswith("nothing was sent, and no key was read\n")


def test_pictures_are_told_by_name_size_and_weight(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weight = round((production / "frames" / "dusk.png").stat().st_size / 1000)
    made = json_of(capsys, "compile", "compile", "harbour", production)
    assert made["request"]["body"]["image"] == f"<frames/dusk.png: 1280x720 png, {weight} kB as base64>"
    bridge = json_of(capsys, "compile", "compile", "bridge", production)["request"]["body"]
    assert (bridge["image"], bridge["image_tail"]) == (
        "<last frame of climb as base64>",
        "<frame of harbour at 2.5 s as base64>",
    )


def test_what_only_a_run_can_know_is_told_by_what_it_will_be(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = "sample: {url: 'https://example.com/gruff.mp3'}"
    write(production, STORYBOARD.replace('ids: {mulerouter: "829824295735410756"}', sample))
    made = json_of(capsys, "compile", "compile", "climb", production, "--provider", "kling")
    body = made["request"]["body"]
    assert body["voice_list"] == [{"voice_id": "<id of voice gruff, made first>"}]
    assert body["external_task_id"] == "<fc- and 40 hex digits: the job's name>"
    assert {one["field"]: one["layer"] for one in made["origins"]}["job_name"] == "framechain"


def test_every_value_of_the_body_has_an_origin(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for shot in ("harbour", "climb", "bridge"):
        made = json_of(capsys, "compile", "compile", shot, production)
        pointers = {one["pointer"].split("/")[1] for one in made["origins"] if one["pointer"]}
        assert pointers == set(made["request"]["body"])


def test_a_layer_is_told_as_it_was_laid(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, f"{STORYBOARD}profiles:\n  draft: {{mode: std, sound: off}}\n")
    made = json_of(capsys, "compile", "compile", "harbour", production, "--profile", "draft")
    layers = {one["field"]: (one["layer"], one["line"]) for one in made["origins"]}
    assert layers["mode"] == ("profile", 26)
    assert layers["duration"] == ("shot", 14)
    assert layers["model"] == ("defaults", 4)


def test_what_is_wrong_with_another_shot_is_no_hindrance(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = STORYBOARD.replace("prompt: Over the water.", "promt: '{{ nobody }}'").replace("at: 2.5", "at: 99")
    write(production, broken)
    assert run_command(["check", str(production)]) == 2
    capsys.readouterr()
    assert "One more night." in print_of(capsys, "compile", "climb", production)


def test_what_is_wrong_with_the_shot_itself_is_told(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("prompt: Over the water.", "prompt: '{{ nobody }}'\n    camera: {pan: 2}"))
    told = print_of(capsys, "compile", "bridge", production, code=2)
    assert "template-undefined" in told
    assert "takes no `camera`" in told
    write(production, STORYBOARD.replace("    duration: 10", "    duration: 7"))
    assert "write `duration: 5`" in print_of(capsys, "compile", "harbour", production, code=2)


def test_a_request_that_is_not_as_documented_is_shown_all_the_same(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = STORYBOARD.replace("model: kling-v2.6", "model: kling-v3")
    element = "  lamp: {description: a lamp, ids: {kling: my-lamp}}\nvoices:"
    shot = "prompt: \"{{ element('lamp') }} over the water.\""
    write(production, board.replace("voices:", element, 1).replace("prompt: Over the water.", shot))
    assert run_command(["compile", "bridge", str(production), "--provider", "kling"]) == 2
    printed = capsys.readouterr()
    assert "error[not-documented]" in printed.err
    assert '"element_id": "my-lamp"' in printed.out


def test_an_element_that_lacks_what_it_is_made_from_is_told_what_that_is(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = STORYBOARD.replace("model: kling-v2.6", "model: kling-v3")
    element = "  lamp: {description: a lamp, frontal: frames/dusk.png}\nvoices:"
    shot = "prompt: \"{{ element('lamp') }} over the water.\""
    write(production, board.replace("voices:", element, 1).replace("prompt: Over the water.", shot))
    assert run_command(["compile", "bridge", str(production), "--provider", "kling"]) == 2
    printed = capsys.readouterr()
    assert "Kling makes an element from `frontal` and `references`, and `lamp` has only" in printed.err
    assert "hint: give it `references`: pictures of it from other sides" in printed.err
    assert '"element_id": "<id of element lamp, made first>"' in printed.out


def test_what_is_wrong_with_all_shots_is_wrong_with_this_one(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(production, STORYBOARD.replace("mode: pro", "mode: best"))
    assert "best" in print_of(capsys, "compile", "climb", production, code=2)


def test_a_shot_or_provider_that_is_not_there_is_told(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean `climb`?" in print_of(capsys, "compile", "clim", production, code=2)
    told = print_of(capsys, "compile", "climb", production, "--provider", "mulerooter", code=2)
    assert "did you mean `mulerouter`?" in told
    assert "is not there" in print_of(capsys, "compile", "climb", production / "nowhere", code=2)


def test_another_endpoint_is_in_the_address(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = "mulerouter=http://127.0.0.1:9100"
    told = print_of(capsys, "compile", "climb", production, "--endpoint", endpoint)
    assert "POST http://127.0.0.1:9100/vendors/klingai/" in told


def test_the_animatic_says_that_it_is_sent_nothing(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = print_of(capsys, "compile", "climb", production, "--provider", "animatic")
    assert told.startswith("climb on animatic: it is made on this machine, so there is no request and no body\n")
    made = json_of(capsys, "compile", "compile", "climb", production, "--provider", "animatic")
    assert made["request"] is None


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("{kind: header, header: X-Key, prefix: Key, key: OWN_API_KEY}", "\nX-Key: Key $OWN_API_KEY\n"),
        ("{kind: query, parameter: secret, key: OWN_API_KEY}", "/generation?secret=$OWN_API_KEY\n"),
        (
            "{kind: token, access: OWN_API_KEY, secret: OWN_API_KEY}",
            "\nAuthorization: Bearer <token of $OWN_API_KEY, signed with $OWN_API_KEY>\n",
        ),
    ],
)
def test_a_key_is_shown_by_its_name_wherever_it_goes(
    keys: str, shown: str, production: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_API_KEY", KEY)
    (production / "gateways").mkdir()
    text = f"manifest: 1\nname: own\ntitle: Our Own\nlike: mulerouter\nkeys: [{keys}]\n"
    (production / "gateways" / "own.yaml").write_text(text, encoding="utf-8")
    write(production, STORYBOARD.replace("ids: {mulerouter:", "ids: {own:"))
    assert shown in print_of(capsys, "compile", "climb", production, "--provider", "own")


def test_nothing_of_a_prompt_steers_the_terminal(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("prompt: A harbour.", 'prompt: "A \\u202eharbour \\e[2J."'))
    told = print_of(capsys, "compile", "harbour", production)
    assert "\u202e" not in told
    assert "\x1b" not in told


# --- sandbox ----------------------------------------------------------------------------------------------------------


class Running:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.lines = []
        for line in process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        self.url = re.findall(r"http://[\d.:]+", self.lines[0])[0]

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=30)
        return self.process.returncode, rest


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Running]:
    options = getattr(request, "param", [])
    program = "from runner.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_says_how_to_reach_it_and_ends_in_peace(sandbox: Running, number: signal.Signals) -> None:
    for name in api.gateways_of_sandbox():
        assert any(line.endswith(f" --endpoint {name}={sandbox.url}") for line in sandbox.lines)
    assert f"{sandbox.url}/till" in sandbox.lines[-3]
    assert httpx.get(f"{sandbox.url}/till", trust_env=False).json()["charges"] == []
    assert sandbox.interrupt(number) == (0, "the sandbox has ended\n")


@pytest.mark.slow
def test_a_storyboard_runs_to_a_film_on_the_sandbox(
    sandbox: Running, production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = f"mulerouter={sandbox.url}"
    assert run_command(["run", str(production), "--endpoint", endpoint, "--yes"]) == 0
    assert (production / "out" / "film.mp4").is_file()
    charges = httpx.get(f"{sandbox.url}/till", trust_env=False).json()["charges"]
    assert len(charges) == 3
    # What was compiled beforehand is what was sent, pictures apart.
    sent = httpx.get(f"{sandbox.url}/requests", trust_env=False).json()["requests"]
    by_prompt = {one["body"]["prompt"]: one for one in sent}
    capsys.readouterr()
    for shot in ("harbour", "climb", "bridge"):
        made = json_of(capsys, "compile", "compile", shot, production, "--endpoint", endpoint)["request"]
        answered = by_prompt[made["body"]["prompt"]]
        assert made["url"] == sandbox.url + answered["path"]
        assert _without_pictures(made["body"]) == _without_pictures(answered["body"])


def _without_pictures(body: dict[str, Any]) -> dict[str, Any]:
    return {name: None if name.startswith("image") else value for name, value in body.items()}


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        assert run_command(["sandbox", "--port", str(port)]) == 2
    assert f"{port} is taken; `--port 0` takes a free one" in capsys.readouterr().err


def test_a_script_that_cannot_be_followed_is_told_by_its_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("- {on: create, do: too-slow}\n", encoding="utf-8")
    assert run_command(["sandbox", "--port", "0", "--faults", str(script)]) == 2
    assert "faults.yaml: rule 1: `do: too-slow` is unknown" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            '{on: create, do: error, gateway: kling, error: "9999"}',
            "`error: 9999` is unknown to kling; known: 1000, 1001",
        ),
        ("{on: create, do: error, gateway: nobody, error: 1}", "`gateway: nobody` is unknown; known: mule, kkiai"),
    ],
)
def test_an_error_no_page_lists_is_told_before_anything_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, message: str
) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text(f"- {rule}\n", encoding="utf-8")
    assert run_command(["sandbox", "--port", "0", "--faults", str(script)]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""
    assert run_command(["sandbox", "--port", "0", "--faults", str(tmp_path / "nowhere")]) == 2
    assert "is not there" in capsys.readouterr().err
    script.write_bytes(b"\xff\xfe")
    assert run_command(["sandbox", "--port", "0", "--faults", str(script)]) == 2
    assert "is not UTF-8 text" in capsys.readouterr().err


@pytest.mark.parametrize("sandbox", [["--lenient", "--latency", "0.5", "--concurrency", "1"]], indirect=True)
def test_what_is_chosen_for_the_sandbox_reaches_it(sandbox: Running) -> None:
    url = f"{sandbox.url}/vendors/klingai/v1/kling-v2.6/text-to-video/generation"
    body = {"prompt": "A harbour.", "sound": "on", "mode": "std", "duration": 5}
    key = {"Authorization": "Bearer any-key-will-do"}
    # Sound in mode std: the vendor's own example, which only the lenient sandbox takes.
    first = httpx.post(url, json=body, headers=key, trust_env=False)
    assert first.status_code == 202
    assert httpx.post(url, json=body, headers=key, trust_env=False).status_code == 429
    job = first.json()["task_info"]["id"]
    state = httpx.get(f"{url}/{job}", headers=key, trust_env=False).json()["task_info"]["status"]
    assert state in {"pending", "processing"}
