"""A film of forty shots in chains at one gateway, with the cast that gateway takes; its runs, and what they left."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from one_shot import Child
from PIL import Image

from runner import api
from runner.adapters.journal import read_entries
from runner.cli import run_command
from runner.model.ledger import AttemptState, Ledger
from runner.planning.ledger import fold

SHOTS: Final = 40
CHAIN: Final = 4


@dataclass(frozen=True, slots=True)
class Cast:
    """What the gateway takes, so that the film has it; voices and elements in every chain."""

    model: str = "kling-v2.6"
    voices: Literal["", "by sample", "by id"] = ""
    # The model whose clips can show an element.
    elements: str = ""
    # Else every shot is from words: where pictures are taken by address only, no frame can be handed on.
    chains: bool = True


CASTS: Final[Mapping[str, Cast]] = {
    "kling": Cast(voices="by sample", elements="kling-v3"),
    "kling-next": Cast(voices="by sample", elements="kling-v3"),
    "mulerouter": Cast(voices="by id", elements="kling-v3"),
    "mulerun": Cast(voices="by id", elements="kling-v3"),
    "kkiai": Cast(voices="by id"),
    "aimlapi": Cast(elements="kling-v3"),
    "fal": Cast(voices="by id", elements="kling-v3"),
    "replicate": Cast(model="kling-v3"),
    "piapi": Cast(chains=False),
}


class ChaosFilm:
    def __init__(self, folder: Path, gateway: str, url: str, number: int) -> None:
        self.id = f"chaos-{gateway}-{number}"
        self.folder = folder / self.id
        self.home = folder / f"{self.id}-home"
        self.gateway = gateway
        self.url = url
        self._cast = CASTS[gateway]
        self.folder.mkdir()
        Image.new("RGB", (544, 306), "#204060").save(self.folder / "head.png")
        Image.new("RGB", (544, 306), "#a06020").save(self.folder / "side.png")
        (self.folder / "gruff.wav").write_bytes(b"RIFF0000WAVE" + bytes(1000))
        (self.folder / "storyboard.yaml").write_text(json.dumps(self._storyboard()), encoding="utf-8")

    def _storyboard(self) -> dict[str, Any]:
        return {
            "storyboard": 1,
            "id": self.id,
            "title": self.id,
            "provider": self.gateway,
            "model": self._cast.model,
            "defaults": {"mode": "pro", "duration": 5},
            **self._voices(),
            **self._elements(),
            "shots": [self._shot(number) for number in range(SHOTS)],
        }

    def _voices(self) -> dict[str, Any]:
        if not self._cast.voices:
            return {}
        sample = {"sample": {"file": "gruff.wav", "url": f"https://example.com/{self.id}.wav"}}
        ids = {"ids": {self.gateway: "829824295735410756"}}
        return {"voices": {"gruff": {"description": "low", **(sample if self._cast.voices == "by sample" else ids)}}}

    def _elements(self) -> dict[str, Any]:
        if not self._cast.elements:
            return {}
        return {"elements": {"keeper": {"description": "a keeper", "frontal": "head.png", "references": ["side.png"]}}}

    def _shot(self, number: int) -> dict[str, Any]:
        """Of a chain the second speaks and the third shows the keeper."""
        shot: dict[str, Any] = {"id": f"s{number}", "prompt": f"Picture {number} of {self.id}."}
        if not self._cast.chains:
            return shot
        if number % CHAIN:
            shot["from"] = f"s{number - 1}"
        else:
            shot["first_frame"] = "head.png"
        if number % CHAIN == 1 and self._cast.voices:
            shot |= {"sound": "on", "dialogue": [{"voice": "gruff", "text": f"Line {number}."}]}
        if number % CHAIN == 2 and self._cast.elements:
            shot |= {"model": self._cast.elements, "prompt": f"{{{{ element('keeper') }}}} in picture {number}."}
        return shot

    def start(self) -> Child:
        return Child(self._run, self.folder / "output.txt")

    def _run(self) -> int:
        os.environ |= self.environment
        endpoint = f"{self.gateway}={self.url}"
        return int(run_command(["run", str(self.folder), "--yes", "--jobs", "12", "--endpoint", endpoint]))

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "FRAMECHAIN_HOME": str(self.home), "NO_COLOR": "1"}

    @property
    def target(self) -> api.Target:
        return api.Target(self.folder, environment=self.environment, endpoints={self.gateway: self.url})

    @property
    def ledger(self) -> Ledger:
        return fold(read_entries(self.home / "productions" / self.id / "journal.sqlite3"))

    def count_events(self) -> int:
        path = self.home / "productions" / self.id / "journal.sqlite3"
        return len(read_entries(path)) if path.exists() else 0

    @property
    def is_done(self) -> bool:
        stored = [one for one in self.ledger.attempts.values() if one.state is AttemptState.STORED]
        return len({one.intent.key for one in stored}) >= SHOTS
