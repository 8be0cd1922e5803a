"""A film whose shots speak with a voice that is made at the gateway, on the bench."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from planning_builders import (
    PLACE,
    make_shot,
    make_storyboard,
    make_voice,
    say,
)
from run_bench import PROVEN, Bench
from scripted_gateway import ScriptedGateway
from scripted_studio import Studio
from studio_manifest import studio

from runner.model.gateway import (
    Failure,
    FailureClass,
)
from runner.model.manifest import Guard
from runner.model.resource import MadeResource
from runner.model.storyboard import Shot, Sound, Storyboard

VOICES = {"gruff": replace(make_voice("gruff"), sample=Sound(None, "https://example.com/gruff.wav", None, PLACE))}
TALK = make_shot("talk", "Sea.", model="loud-2", dialogue=(say("Stay."),))
SHOUT = make_shot("shout", "Storm.", model="loud-2", dialogue=(say("Go!"),))
SILENT = make_shot("silent", "Fog.", model="loud-2")
BROKE = Failure(FailureClass.GATEWAY, "out of order")
VOICE = "voice:gruff"


def film(*shots: Shot, **more: Any) -> Storyboard:
    return make_storyboard(*shots, **{"id": "bench", "voices": VOICES, **more})


def bench_of(
    folder: Path, *shots: Shot, guard: Guard = PROVEN, gateway: Studio | None = None, **more: Any
) -> tuple[Bench, Studio]:
    studio_double = gateway or Studio()
    manifest = replace(studio(), guard=guard)
    return Bench(folder, film(*shots, **more), manifest, studio_double), studio_double


def makings(gateway: ScriptedGateway) -> int:
    return gateway.submitted.count(VOICE)


def voices(bench: Bench) -> Sequence[MadeResource]:
    return bench.lock.resources


def edit(bench: Bench, shot: Shot, **fields: Any) -> None:
    shots = tuple(replace(one, **fields) if one.id == shot.id else one for one in bench.film.shots)
    bench.film = replace(bench.film, shots=shots)
