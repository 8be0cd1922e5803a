"""Commands that only look reach nothing: no network, no key, no program, no file outside the production.

Each runs in a process of its own under an audit hook, which Python itself tells of every such act, whoever does it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli import run_command

# What Python calls them; `socket.__new__` alone reaches nothing.
PROBE = """
import json, os, sys
told = {"reached": [], "opened": [], "imported": []}
REACHING = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.getnameinfo", "socket.sendto",
            "socket.bind", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "pty.",
            "urllib.", "http.client", "ftplib", "smtplib", "webbrowser")
def hook(event, arguments):
    if event.startswith(REACHING):
        told["reached"].append(f"{event} {arguments!r:.200}")
    elif event == "open" and isinstance(arguments[0], (str, bytes)):
        told["opened"].append(os.fsdecode(arguments[0]))
    elif event == "import" and arguments[0].partition(".")[0] in {"keyring", "dotenv"}:
        told["imported"].append(arguments[0])
sys.addaudithook(hook)
from runner.adapters.secrets import KeyFinder
def refuse(*_):
    told["reached"].append("a key was looked for")
KeyFinder.find = refuse
from runner.cli import run_command
code = run_command(sys.argv[1:])
sys.stdout.flush()
print("\\n=>" + json.dumps({**told, "code": int(code)}))
"""
LOOKING = (
    "check",
    "check --json",
    "check --provider all",
    "check --provider kling",
    "plan",
    "plan --json",
    "plan --markdown",
    "plan --provider mulerouter",
    "status",
    "why lamp",
    "graph",
    "takes harbour",
    "compile harbour --provider kling",
    "review",
    "verify",
)
STORYBOARD = """\
storyboard: 1
id: looked-at
title: Looked at
model: kling-v3
callbacks: {kling: "https://evil.example/told"}
elements: {keeper: {description: a keeper, frontal: head.png, references: [side.png]}}
voices: {gruff: {description: low, sample: {file: low.wav, url: "https://evil.example/low.wav"}}}
shots:
  - {id: harbour, prompt: Sea., first_frame: head.png}
  - {id: lamp, from: harbour, prompt: "{{ element('keeper') }} looks up."}
  - {id: far, first_frame: {url: "https://evil.example/x.png"}, prompt: Far.}
"""
KEYS = {name: f"sk-MARKED-{name}" for name in ("KLING_API_KEY", "MULEROUTER_API_KEY", "STUDIO_API_KEY")}


def look(production: Path, command: str, data_folder: Path) -> dict[str, list[str]]:
    """What it reached, opened and imported on its way."""
    name, *arguments = command.split()
    shot = [arguments.pop(0)] if name in {"why", "takes", "compile"} else []
    # A proxy nobody listens at: whoever followed it would be seen.
    environment = {**os.environ, **KEYS, "FRAMECHAIN_HOME": str(data_folder), "HTTPS_PROXY": "http://127.0.0.1:9"}
    words = [name, *shot, str(production), *arguments]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=False, timeout=60, env=environment
    )
    assert "\n=>" in done.stdout, done.stderr
    told = json.loads(done.stdout.rpartition("\n=>")[2])
    assert told["code"] in {0, 2}, done.stderr
    assert not [key for key in KEYS.values() if key in done.stdout.rpartition("\n=>")[0] + done.stderr]
    return {name: told[name] for name in ("reached", "opened", "imported")}


def draw(folder: Path) -> None:
    from PIL import Image

    for name in ("head.png", "side.png"):
        Image.new("RGB", (640, 360), "#284a60").save(folder / name)
    (folder / "low.wav").write_bytes(b"RIFF0000WAVE" + bytes(1000))


@pytest.fixture
def production(tmp_path: Path) -> Path:
    """With takes to look at, and a `.env` beside it."""
    folder = tmp_path / "film"
    folder.mkdir()
    draw(folder)
    (folder / "storyboard.yaml").write_text(STORYBOARD.replace("  - {id: far, first", "  # {id: far, first"), "utf-8")
    assert run_command(["run", str(folder), "--yes"]) == 0
    (folder / "storyboard.yaml").write_text(STORYBOARD, encoding="utf-8")
    (folder / ".env").write_text("KLING_API_KEY=sk-MARKED-file\n", encoding="utf-8")
    return folder


def test_no_command_that_looks_reaches_the_network_a_program_or_a_key(production: Path, data_folder: Path) -> None:
    for command in LOOKING:
        told = look(production, command, data_folder)
        assert told["reached"] == [], command
        assert told["imported"] == [], command
        assert not [path for path in told["opened"] if path.endswith(".env")], command


def test_the_hook_sees_what_it_looks_for(production: Path, data_folder: Path) -> None:
    """A run does reach for keys, and a plan against a revision starts git."""
    told = look(production, "plan --against HEAD", data_folder)
    assert any(act.startswith("subprocess.Popen") and "git" in act for act in told["reached"])
    sent = look(production, "run --provider kling --yes", data_folder)
    assert "a key was looked for" in sent["reached"]


OUTWARD = {
    "scene.yaml": "include",
    "frame.png": "frame",
    "own.j2": "template",
    "low.wav": "voice",
    "face.png": "element",
    "mask.png": "mask",
    "studio.yaml": "manifest",
    "keys.env": "keys",
    "storyboard.lock": "lock",
}
LINKED = """\
storyboard: 1
id: linked
title: Linked
provider: {provider}
model: {model}
elements: {{face: {{description: x, frontal: face.png}}}}
voices: {{low: {{description: low, sample: low.wav}}}}
scenes:
  - include: scene.yaml
  - include: ../away/scene.yaml
  - include: deep/scene.yaml
  - shots:
      - {{id: a, template: own.j2}}
      - {{id: b, prompt: x, first_frame: frame.png, masks: {{static: mask.png}}}}
      - {{id: c, prompt: "{{% include '../away/own.j2' %}}{{% include 'own.j2' %}}"}}
      - {{id: d, prompt: x, first_frame: ../away/frame.png, last_frame: {away}/frame.png}}
"""


@pytest.mark.parametrize("command", ["check", "plan", "status", "review", "compile a --provider kling", "providers"])
@pytest.mark.parametrize("provider", ["animatic", "studio"])
def test_nothing_outside_the_production_is_opened_whatever_its_files_name(
    tmp_path: Path, data_folder: Path, provider: str, command: str
) -> None:
    away, folder = tmp_path / "away", tmp_path / "film"
    for path in (away, folder, folder / "gateways", folder / "templates"):
        path.mkdir()
    for name in OUTWARD:
        (away / name).write_text("shots: []\n", encoding="utf-8")
    for name in ("scene.yaml", "frame.png", "low.wav", "face.png", "mask.png", "storyboard.lock"):
        (folder / name).symlink_to(away / name)
    (folder / "deep").symlink_to(away)
    (folder / "templates" / "own.j2").symlink_to(away / "own.j2")
    (folder / "gateways" / "studio.yaml").symlink_to(away / "studio.yaml")
    (folder / ".env").symlink_to(away / "keys.env")
    (folder / "out").symlink_to(away)
    model = "kling-v3" if provider == "animatic" else "loud-2"
    text = LINKED.format(provider=provider, model=model, away=away)
    (folder / "storyboard.yaml").write_text(text, encoding="utf-8")
    told = look(folder, command, data_folder)
    assert any(path.endswith("storyboard.yaml") for path in told["opened"]) or command == "providers"
    reached = [path for path in told["opened"] if Path(os.path.realpath(path)).is_relative_to(away)]
    assert reached == []


@pytest.mark.parametrize("provider", ["animatic", "kling"])
def test_a_run_opens_nothing_outside_either(tmp_path: Path, data_folder: Path, provider: str) -> None:
    away, folder = tmp_path / "away", tmp_path / "film"
    away.mkdir()
    folder.mkdir()
    (away / "keys.env").write_text("KLING_API_KEY=sk-of-somebody-else\n", encoding="utf-8")
    (folder / ".env").symlink_to(away / "keys.env")
    (folder / "out").symlink_to(away)
    (folder / "storyboard.yaml").write_text(
        "storyboard: 1\nid: x\ntitle: x\nmodel: kling-v3\nshots: [{id: a, prompt: x}]\n"
    )
    told = look(folder, f"run --yes --provider {provider}", data_folder)
    assert not [path for path in told["opened"] if Path(os.path.realpath(path)).is_relative_to(away)]
