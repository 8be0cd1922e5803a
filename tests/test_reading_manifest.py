"""A provider's manifest: what it says is what planning works with, and what is wrong with it is told at its place."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from runner.adapters import package_data
from runner.api.manifests import built_in_source
from runner.core.diagnostic import Diagnostic, Findings
from runner.core.place import Source
from runner.model.manifest import Guard, Manifest, ModelLimits, PictureLimits, Proof
from runner.model.storyboard import PriceRow
from runner.reading.manifest import read_manifest
from runner.reading.schema import Schema

GATEWAYS = Path(__file__).parent.parent / "specs" / "gateways"
MANIFESTS = sorted(GATEWAYS.glob("*.yaml"))

STUDIO = """\
manifest: 1
name: studio
title: The Studio
medium: generated
guard: {named: documented, found: proven, refused: unknown}
limits:
  concurrent: 5
  pictures: {formats: [jpeg], shortest_side: 512, widest_ratio: 2, bytes: 5000000}
speed: {seconds_per_second: 16.5}
models:
  loud-2:
    durations: {from: 3, to: 5}
    modes: [std, pro]
    sound: true
    prompt_characters: 2500
    voices: 2
  still-1:
    durations: [10, 5]
    sound: false
prices:
  date: "2026-11-01"
  models:
    loud-2:
      - price: 0.126 USD/s
        sound: true
      - {price: 1.40 USD/clip, mode: pro, duration: 5}
"""


def read(text: str) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
    findings = Findings()
    schema = Schema(package_data.schema_document("manifest"))
    return read_manifest(Source("studio.yaml", text), schema, findings, built_in_source), findings.in_order()


def read_well(text: str) -> Manifest:
    manifest, diagnostics = read(text)
    assert diagnostics == ()
    assert manifest is not None
    return manifest


def test_everything_a_manifest_says_is_there() -> None:
    assert read_well(STUDIO) == Manifest(
        name="studio",
        title="The Studio",
        medium="generated",
        guard=Guard(named=Proof.DOCUMENTED, found=Proof.PROVEN, refused=Proof.UNKNOWN),
        concurrent=5,
        pictures=PictureLimits(("jpeg",), shortest_side=512, widest_ratio=2.0, bytes=5_000_000),
        models={
            "loud-2": ModelLimits((3, 4, 5), ("std", "pro"), 2500, None, 2, None, has_sound=True),
            "still-1": ModelLimits((5, 10), (), None, None, None, None, has_sound=False),
        },
        prices={
            "loud-2": (
                PriceRow(Decimal("0.126"), "USD", "second", sound=True),
                PriceRow(Decimal("1.40"), "USD", "clip", mode="pro", duration=5),
            )
        },
        seconds_per_second=16.5,
        free=False,
        prices_date="2026-11-01",
    )


def test_what_is_left_out_is_unknown_and_costs() -> None:
    short = STUDIO.partition("prices:")[0].replace("  concurrent: 5\n", "").replace("speed", "# speed")
    manifest = read_well(short)
    assert (manifest.concurrent, manifest.seconds_per_second, manifest.prices, manifest.free) == (None, None, {}, False)


@pytest.mark.parametrize(
    ("written", "instead", "code", "line"),
    [
        ("title: The Studio\n", "", "missing-field", 1),
        ("medium: generated", "medium: dreamt", "bad-value", 4),
        ("named: documented", "named: perhaps", "bad-value", 5),
        ("concurrent: 5", "concurrent: 0", "bad-value", 7),
        ("concurrent: 5", "concurent: 5", "unknown-field", 7),
        ("shortest_side: 512", "shortest_side: wide", "wrong-type", 8),
        ("{from: 3, to: 5}", "{from: 9, to: 5}", "bad-value", 12),
        ("sound: false", "sound: sometimes", "wrong-type", 19),
        ("0.126 USD/s", "cheap", "bad-value", 24),
        ("    loud-2:\n      -", "    loud-3:\n      -", "unknown-model", 24),
        ("manifest: 1", "manifest: 2", "bad-value", 1),
        ("name: studio", "name: studio\nname: other", "duplicate-key", 3),
    ],
)
def test_a_fault_is_told_at_its_place_and_nothing_is_read(written: str, instead: str, code: str, line: int) -> None:
    assert written in STUDIO
    manifest, diagnostics = read(STUDIO.replace(written, instead, 1))
    assert manifest is None
    assert [(found.code, found.place and found.place.line) for found in diagnostics] == [(code, line)]
    assert diagnostics[0].hint


def test_a_newer_manifest_is_told_as_such_and_not_taken_apart() -> None:
    _, diagnostics = read("manifest: 3\nwires: {copper: true}\n")
    assert [found.message for found in diagnostics] == [
        "the manifest is of version 3, and this framechain reads version 1"
    ]


@pytest.mark.parametrize("text", ["", "- manifest: 1\n", "manifest\n", "manifest: {1: 2}\n", "<<<<<<< a\n"])
def test_what_is_no_manifest_is_told(text: str) -> None:
    manifest, diagnostics = read(text)
    assert manifest is None
    assert diagnostics != ()


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_shipped_manifest_reads_well_and_is_called_like_its_file(path: Path) -> None:
    assert read_well(path.read_text(encoding="utf-8")).name == path.stem


def test_every_body_has_its_schema_and_every_schema_its_body() -> None:
    """A name without a schema would let any body pass."""
    named: set[str] = set()
    for path in MANIFESTS:
        interface = read_well(path.read_text(encoding="utf-8")).interface
        if interface is not None:
            named |= {task.request or f"none: {task.name}" for task in interface.tasks.values()}
            named |= {call.request or f"none: {call.kind}" for call in interface.resources.values()}
    folder = GATEWAYS.parent.parent / "schemas" / "requests"
    assert named == {path.name.removesuffix(".schema.json") for path in folder.iterdir()}
    for path in folder.iterdir():
        Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_the_schema_is_a_schema() -> None:
    document = json.loads((GATEWAYS.parent.parent / "schemas" / "manifest.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(document)


@pytest.fixture(scope="module")
def animatic() -> Manifest:
    return read_well((GATEWAYS / "animatic.yaml").read_text(encoding="utf-8"))


def test_the_animatic_is_free_and_never_in_doubt(animatic: Manifest) -> None:
    assert (animatic.medium, animatic.free, animatic.concurrent) == ("animatic", True, None)
    assert animatic.guard == Guard(Proof.PROVEN, Proof.PROVEN, Proof.PROVEN)
    assert animatic.prices == {}


def test_the_animatic_holds_each_model_to_its_own_lengths(animatic: Manifest) -> None:
    lengths = {name: (limits.durations[0], limits.durations[-1], len(limits.durations))
               for name, limits in animatic.models.items()}  # fmt: skip
    older = ["v1", "v1.5", "v1.6", "v2-master", "v2.1", "v2.1-master", "v2.5-turbo", "v2.6"]
    assert lengths == {
        **{f"kling-{name}": (5, 10, 2) for name in older},
        "kling-v3": (3, 15, 13),
        "kling-v3-omni": (3, 15, 13),
        "kling-o1": (3, 10, 8),
    }


def test_the_animatic_knows_which_models_have_sound_and_which_come_in_one_quality(animatic: Manifest) -> None:
    sounding = {name for name, limits in animatic.models.items() if limits.has_sound}
    single = {name for name, limits in animatic.models.items() if not limits.modes}
    assert sounding == {"kling-v2.6", "kling-v3", "kling-v3-omni"}
    assert single == {"kling-v2-master", "kling-v2.1-master"}
