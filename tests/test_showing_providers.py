"""The capability matrix says what the check would say, fits the terminal, and is what its schema promises."""

import itertools
import json
import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from runner.adapters import package_data
from runner.api.manifests import built_in
from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.core.place import Place, Source
from runner.model import mapping
from runner.model.manifest import Manifest
from runner.model.money import Price
from runner.model.portability import Portability, ProviderVerdict
from runner.model.storyboard import PriceRow, Storyboard
from runner.planning.capability import check_capability
from runner.planning.judged import judge_shot
from runner.planning.offering import Offering, Provider, list_offerings
from runner.reading.resolve import resolve
from runner.reading.schema import Schema
from runner.reading.written import read_written
from runner.showing.portability_text import portability_text
from runner.showing.provider_forms import portability_to_json, providers_to_json
from runner.showing.provider_text import provider_text, say_condition
from runner.showing.providers_text import providers_text
from runner.showing.tables import break_lines, lay_out

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
EVERY = [built_in(name) for name in package_data.gateway_names()]
MULEROUTER = built_in("mulerouter")


def provider(manifest: Manifest) -> Provider:
    return Provider(manifest, list_offerings(manifest), is_own=False)


def offering(model: str, task: str, manifest: Manifest = MULEROUTER) -> Offering:
    (found,) = [one for one in list_offerings(manifest) if (one.model, one.task) == (model, task)]
    return found


def validate(name: str, value: Any) -> Any:
    document = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    told = json.loads(json.dumps(value))
    jsonschema.Draft202012Validator(document).validate(told)
    return told


# --- what the matrix says ---------------------------------------------------------------------------------------------


def test_a_field_is_carried_where_the_body_refers_to_it() -> None:
    assert "last_frame" in offering("kling-v2.6", "image-to-video").carries
    assert "last_frame" not in offering("kling-v2.6", "text-to-video").carries
    assert "aspect_ratio" in offering("kling-v2.6", "text-to-video").carries
    assert "camera" not in offering("kling-v2.6", "image-to-video").carries


def test_beats_are_carried_where_a_value_is_sent_because_of_them() -> None:
    assert "beats" in offering("kling-v3", "text-to-video-3").carries


def test_what_a_model_takes_none_of_is_not_carried_though_its_task_could() -> None:
    assert "voices" in offering("kling-v2.6", "image-to-video").carries
    assert "voices" not in offering("kling-v2.5-turbo", "image-to-video").carries
    assert "elements" not in offering("kling-v3", "text-to-video-3").carries


def test_what_a_rule_refuses_of_a_model_whatever_stands_beside_it_is_not_carried() -> None:
    interface = MULEROUTER.interface
    assert interface is not None
    rule = replace(
        interface.rules[1],
        when=mapping.Condition((mapping.Test(("model",), ("kling-v2.6",)), mapping.Test(("masks",), is_present=True))),
    )
    manifest = replace(MULEROUTER, interface=replace(interface, rules=(*interface.rules, rule)))
    assert "masks" not in offering("kling-v2.6", "image-to-video", manifest).carries
    assert "masks" in offering("kling-v2.5-turbo", "image-to-video", manifest).carries


def test_a_part_that_is_for_another_model_carries_nothing_for_this_one() -> None:
    interface = MULEROUTER.interface
    assert interface is not None
    # Sound is sent for 2.6 only, by the same task.
    assert offering("kling-v2.6", "image-to-video").sound_is_chosen
    assert not offering("kling-v2.5-turbo", "image-to-video").sound_is_chosen


def test_a_price_is_told_by_the_second_however_it_is_stated() -> None:
    rows = (
        PriceRow(Decimal("0.70"), "USD", "clip", mode="std", duration=10),
        PriceRow(Decimal("0.14"), "USD", "second", mode="pro"),
        PriceRow(Decimal(9), "USD", "second", mode="4k"),
        PriceRow(Decimal(8), "USD", "second", voices=True),
    )
    manifest = replace(MULEROUTER, prices={"kling-v2.5-turbo": rows})
    found = offering("kling-v2.5-turbo", "image-to-video", manifest)
    # 4k and voices are nothing this model has.
    assert found.prices == (Price(Decimal("0.07"), Decimal("0.14"), "USD"),)
    assert offering("kling-v2.6", "image-to-video", manifest).prices == ()


@pytest.mark.parametrize("manifest", EVERY, ids=lambda manifest: manifest.name)
def test_every_kind_of_generation_of_every_provider_is_in_the_matrix(manifest: Manifest) -> None:
    told = [(one.model, one.task) for one in list_offerings(manifest)]
    assert {model for model, _ in told} == set(manifest.models)
    for model, offers in manifest.offers.items():
        assert [task for name, task in told if name == model] == list(offers)


# --- that it says what the check says ---------------------------------------------------------------------------------

_WAVES = "{{ element('keeper') }} waves."
_ALONE = "{{ element('lamp') }} shines."
# Some kinds of generation are for shots with elements only, and some take no more than one picture of each.
_FIELDS = {
    "last_frame": "last_frame: {url: 'https://example.com/last.png'}",
    "last_frame with elements": f"prompt: \"{_WAVES}\", last_frame: {{url: 'https://example.com/last.png'}}",
    "camera": "camera: {pan: 3}",
    "named camera": "camera: down_back",
    "masks": "masks: {static: {url: 'https://example.com/still.png'}}",
    "beats": "beats: [{prompt: One., duration: SECONDS}]",
    "beats with elements": f'beats: [{{prompt: "{_WAVES}", duration: SECONDS}}]',
    "beats of the model's own": "prompt: Words., beats: auto",
    "voices": "dialogue: [{voice: gruff, text: Here.}]",
    "elements": f'prompt: "{_WAVES}"',
    "elements of one picture": f'prompt: "{_ALONE}"',
}


def tried_at(manifest: Manifest, offered: Offering, field: str) -> bool:
    """Whether some combination with the field passes the offline check at this model and kind of generation."""
    limits = offered.limits
    lengths = sorted({limits.durations[0], limits.durations[-1]})
    for mode, sound, seconds in itertools.product(limits.modes or ("std",), ("off", "on"), lengths):
        if field == "voices" and sound == "off":
            continue
        for frame in (True, False):
            for written in [text for name, text in _FIELDS.items() if field in name.split()]:
                if _passes(manifest, offered, mode, sound, seconds, frame=frame, written=written):
                    return True
    return False


def _passes(
    manifest: Manifest, offered: Offering, mode: str, sound: str, seconds: int, *, frame: bool, written: str
) -> bool:
    own = written.replace("SECONDS", str(seconds))
    words = "" if own.startswith(("prompt", "beats")) else "prompt: Words., "
    first = "first_frame: {url: 'https://example.com/first.png'}, " if frame else ""
    quality = f"mode: {mode}, " if offered.limits.modes else ""
    storyboard = _resolved(f"{offered.model}, {words}{quality}sound: {sound}, duration: {seconds}, {first}{own}")
    judged = judge_shot(storyboard, storyboard.shots[0], manifest)
    if judged is None or judged.compiled.task.name != offered.task:
        return False
    findings = Findings()
    check_capability(storyboard, manifest, {}, findings)
    return not findings.has_errors


@cache
def _resolved(shot: str) -> Storyboard:
    """One shot, of which the model is named first; everybody in it has an id at every provider."""
    text = f"""\
storyboard: 1
title: T
elements:
  keeper:
    description: a keeper
    frontal: {{url: 'https://example.com/a.png'}}
    references: [{{url: 'https://example.com/b.png'}}]
    ids: {_IDS}
  lamp: {{description: a lamp, frontal: {{url: 'https://example.com/c.png'}}, ids: {_IDS}}}
voices:
  gruff: {{description: low, ids: {_IDS}}}
shots:
  - {{id: a, model: {shot}}}
"""
    findings = Findings()
    files = _OneText(text)
    read = read_written(files, "storyboard.yaml", _SCHEMA, findings)  # type: ignore[arg-type]  # all it reads is one text
    storyboard = None if read is None else resolve(read, files, {}, None, None, findings)  # type: ignore[arg-type]
    assert storyboard is not None
    assert not findings.has_errors, findings.in_order()
    return storyboard


_IDS = "{" + ", ".join(f"{manifest.name}: '123456789012345678'" for manifest in EVERY) + "}"


class _OneText:
    def __init__(self, text: str) -> None:
        self._source = Source("storyboard.yaml", text)

    def text(self, path: str) -> Source:
        assert path == "storyboard.yaml"
        return self._source

    def names(self, folder: str, suffixes: object) -> tuple[str, ...]:
        return ()


_SCHEMA = Schema(package_data.schema_document("storyboard"))


_CLAIMS = [
    pytest.param(manifest, offered, id=f"{manifest.name}: {offered.model} {offered.title}")
    for manifest in EVERY
    if manifest.interface is not None
    for offered in list_offerings(manifest)
]


@pytest.mark.parametrize(("manifest", "offered"), _CLAIMS)
def test_the_matrix_agrees_with_the_check(manifest: Manifest, offered: Offering) -> None:
    """In both directions: what is carried passes in some combination, and what is not passes in none."""
    for field in ("last_frame", "camera", "masks", "beats", "voices", "elements"):
        assert tried_at(manifest, offered, field) == (field in offered.carries), field


# --- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("manifest", EVERY, ids=lambda manifest: manifest.name)
def test_nothing_is_wider_than_the_terminal(manifest: Manifest, width: int) -> None:
    for text in (
        providers_text([provider(manifest)], width=width, color=False),
        provider_text(provider(manifest), width=width, color=False),
    ):
        assert [line for line in text.splitlines() if len(line) > width] == []
        assert "\x1b" not in text


def test_a_table_that_does_not_fit_is_told_in_sentences() -> None:
    manifest = replace(MULEROUTER, offers={"kling-v2.6": MULEROUTER.offers["kling-v2.6"]})
    wide = providers_text([provider(manifest)], width=120, color=False)
    assert "    from a picture  std pro  5, 10    yes    2       -         yes   6      -       -      unknown" in wide
    assert "last: ends on a given frame." in wide
    narrow = providers_text([provider(manifest)], width=80, color=False)
    # What only the table's heads need explained.
    assert "last: " not in narrow
    assert "*: no recorded request proves it yet." in narrow
    assert "    from a picture: std, pro; 5, 10 s; sound; up to 2 voices; up to 6 masks; a\n      last frame;" in narrow


def test_one_provider_is_told_in_full() -> None:
    told = provider_text(provider(MULEROUTER), width=100, color=False)
    assert "MULEROUTER_API_KEY: set in the environment" in told
    assert "  a second submit under that name is refused  unknown\n" in told
    assert "  refused: `model` kling-v2.6, with `last_frame`, `sound` on\n" in told
    assert "  warned of: `model` kling-v2.6, `sound` on, `mode` std\n" in told
    assert "made there first" not in told


def test_prices_are_told_with_their_day() -> None:
    rows = (PriceRow(Decimal("0.168"), "USD", "second", mode="pro", sound=True, voices=True),)
    manifest = replace(MULEROUTER, prices={"kling-v2.6": rows}, prices_date="2026-08-13", notes=("Say so.",))
    told = provider_text(provider(manifest), width=100, color=False)
    assert "prices:\n  as of 2026-08-13\n  kling-v2.6: 0.168 USD/s (pro, with sound, with voices)\n" in told
    assert told.endswith("notes:\n  - Say so.")


def test_what_is_unproven_is_marked() -> None:
    interface = MULEROUTER.interface
    assert interface is not None
    tasks = {name: replace(task, is_proven=False) for name, task in interface.tasks.items()}
    told = provider_text(
        provider(replace(MULEROUTER, interface=replace(interface, tasks=tasks))), width=120, color=False
    )
    assert re.search(r"^    from a picture \* +std pro", told, re.MULTILINE)
    assert "  image-to-video: from a picture; unproven: no recorded request shows it\n" in told


def test_conditions_are_put_in_words() -> None:
    tests = (
        mapping.Test(("mode",), ("std", "pro")),
        mapping.Test(("first_frame",), is_present=False),
        mapping.Test(("voices",), at_least=1, at_most=2),
        mapping.Test(("elements",), at_most=3),
        mapping.Test(("watermark",), (True,)),
    )
    told = say_condition(mapping.Condition(tests))
    assert told == "`mode` std or pro, without `first_frame`, 1 to 2 `voices`, 3 `elements` at most, `watermark` true"
    assert say_condition(mapping.Condition(())) == "always"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert lay_out([("a", "bb", "c"), ("aaa", "", "d")]) == ["a    bb  c", "aaa      d"]
    assert lay_out([]) == []
    assert break_lines("one two three", 40, "- ") == ["- one two three"]


# --- where a storyboard runs ------------------------------------------------------------------------------------------

_SOURCE = Source("storyboard.yaml", "storyboard: 1\nmode: 4k\n")
_WRONG = Diagnostic("field-not-supported", Severity.ERROR, "no mode `4k`", Place(_SOURCE, 2, 7), "write `mode: pro`")
_DOUBTFUL = Diagnostic("combination-disputed", Severity.WARNING, "doubtful", Place(_SOURCE, 2, 7), "take care")


def portability(*diagnostics: Diagnostic) -> Portability:
    verdicts = (
        ProviderVerdict("kling", "Kling", (_DOUBTFUL,)),
        ProviderVerdict("kkiai", "KKIAI", (_WRONG, _DOUBTFUL)),
    )
    return Portability("A Film", 3, diagnostics, verdicts)


def test_each_provider_has_a_line_and_what_stops_it_follows() -> None:
    told = portability_text(portability(), color=False)
    assert told.startswith(
        "A Film, 3 shots:\n  kling  runs, 1 warning\n  kkiai  does not run: 1 error at 1 line, 1 warning\n\n"
    )
    assert "what stops it at kkiai:\n\nstoryboard.yaml:2:7: error[field-not-supported]: no mode `4k`\n" in told
    assert "what stops it at kling" not in told
    assert "doubtful" not in told


def test_a_storyboard_that_is_wrong_in_itself_runs_nowhere() -> None:
    assert portability().runs_somewhere
    assert not portability(_WRONG).runs_somewhere
    told = validate("check", portability_to_json(portability(_WRONG)))
    assert [one["runs"] for one in told["providers"]] == [False, False]
    assert [one["code"] for one in told["diagnostics"]] == ["field-not-supported"]


def test_a_verdict_as_json_keeps_to_the_schema_of_a_check() -> None:
    told = validate("check", portability_to_json(portability()))
    assert [(one["name"], one["runs"], len(one["diagnostics"])) for one in told["providers"]] == [
        ("kling", True, 1),
        ("kkiai", False, 2),
    ]


def test_every_provider_as_json_keeps_to_its_schema() -> None:
    told = validate("providers", providers_to_json([provider(manifest) for manifest in EVERY]))
    (found,) = [one for one in told["providers"] if one["name"] == "mulerouter"]
    assert found["keys"] == [["MULEROUTER_API_KEY"]]
    offers = {(one["model"], one["title"]): one for one in found["offers"]}
    assert offers["kling-v2.6", "from a picture"]["voices"] == 2
    assert offers["kling-v2.6", "from words"]["voices"] == 0
    assert offers["kling-v2.6", "from a picture"]["carries"]["last_frame"]
