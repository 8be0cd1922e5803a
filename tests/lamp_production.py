"""A small production for the commands that only look, and what they print of it."""

import json
from pathlib import Path
from typing import Any

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


def make_lamp(folder: Path) -> Path:
    """The storyboard above with its picture."""
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
