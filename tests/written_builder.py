"""Storyboards for tests of what comes after the schema: real YAML, shaped without being checked."""

from collections.abc import Mapping as MappingOf
from pathlib import Path

from PIL import Image

from runner.adapters.production_files import FolderFiles
from runner.core.diagnostic import Findings
from runner.core.node import Mapping
from runner.core.place import Place, Source
from runner.model.storyboard import Storyboard
from runner.model.written import WrittenScene, WrittenShot, WrittenStoryboard
from runner.reading.document import read_document
from runner.reading.node_values import items_in, mapping_in, scalar_of
from runner.reading.resolve import resolve

HEAD = """\
storyboard: 1
title: The Keeper's Night
model: kling-v3
"""
CAST = """
vars: {look: "35mm   film"}
elements:
  keeper: {description: a weathered keeper, frontal: elements/keeper.png}
voices:
  gruff: {description: low}
"""


def written_of(source: Source, findings: Findings) -> WrittenStoryboard:
    node = read_document(source, findings)
    assert isinstance(node, Mapping), findings.diagnostics
    if "scenes" in node.entries:
        scenes = [_scene_of(scene) for item in items_in(node.get("scenes")) if (scene := mapping_in(item)) is not None]
    else:
        scenes = [_scene_of(Mapping({"shots": node.entries["shots"]}, node.place))]
    return WrittenStoryboard(node, tuple(scenes), (source,))


def resolved(
    text: str,
    folder: Path,
    *,
    profile: str | None = None,
    provider: str | None = None,
    built_in: MappingOf[str, Source] | None = None,
) -> tuple[Storyboard | None, Findings]:
    findings = Findings()
    written = written_of(Source("storyboard.yaml", text), findings)
    storyboard = resolve(written, FolderFiles(folder), built_in or {}, profile, provider, findings)
    return storyboard, findings


def fine(text: str, folder: Path, **choices: str | None) -> Storyboard:
    """A storyboard that must be without any fault."""
    storyboard, findings = resolved(text, folder, profile=choices.get("profile"), provider=choices.get("provider"))
    assert findings.diagnostics == []
    assert storyboard is not None
    return storyboard


def told(findings: Findings) -> list[tuple[str, str, str]]:
    """Code, file and line, and the words the caret stands under, in order."""
    return [(found.code, line_of(found.place), pointed_at(found.place)) for found in findings.in_order()]


def line_of(place: Place | None) -> str:
    return "" if place is None else f"{place.source.name}:{place.line}"


def pointed_at(place: Place | None) -> str:
    return "" if place is None else place.source.line(place.line)[place.column - 1 :][: place.length]


def _scene_of(fields: Mapping) -> WrittenScene:
    shots = (shot for item in items_in(fields.get("shots")) if (shot := mapping_in(item)) is not None)
    return WrittenScene(
        scalar_of(fields.get("id")),
        scalar_of(fields.get("title")),
        mapping_in(fields.get("defaults")),
        tuple(_shot_of(shot) for shot in shots),
        fields.place,
    )


def _shot_of(fields: Mapping) -> WrittenShot:
    others = {name: entry for name, entry in fields.entries.items() if name != "id"}
    return WrittenShot(scalar_of(fields.get("id")), Mapping(others, fields.place))


def fill_folder(folder: Path) -> Path:
    """Pictures, a sound and a template, as productions have them."""
    for name in ("elements", "frames", "templates", "music"):
        (folder / name).mkdir()
    Image.new("RGB", (640, 480), "teal").save(folder / "elements" / "keeper.png")
    Image.new("RGB", (640, 360), "teal").save(folder / "frames" / "lit.png")
    (folder / "music" / "tide.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(200))
    (folder / "templates" / "action.j2").write_text("{{ who }} {{ does }}.\n", encoding="utf-8")
    return folder
