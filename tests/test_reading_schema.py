import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runner.core.diagnostic import Diagnostic, Findings
from runner.core.place import Source
from runner.reading.document import read_document
from runner.reading.schema import Schema

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "schemas" / "storyboard.schema.json").read_text(encoding="utf-8")
)
STORYBOARD = Schema(DOCUMENT)
HEAD = "storyboard: 1\ntitle: T\n"
WHOLE = """\
storyboard: 1
id: keeper-7f3a
title: The Keeper's Last Night
provider: animatic
model: kling-v3
defaults: {mode: std, duration: 5, aspect_ratio: "16:9", sound: on, unsupported: describe, convert: [jpeg, scale]}
budget: 20 USD
prices: {mulerouter: {kling-v3: [{price: 0.126 USD/s, mode: pro, sound: off}, {price: 1.40 USD/clip, duration: 5}]}}
vars: {look: 35mm film, more: {deep: [1, 2.5, null]}}
elements:
  keeper:
    description: an old keeper
    frontal: elements/front.png
    references: [elements/left.png, {file: a.png, url: "https://example.com/a.png"}, {url: "https://example.com/b.png"}]
    ids: {kling: "12"}
voices:
  gruff: {description: low, sample: {file: voices/gruff.wav}, ids: {kling: "829824295735410756"}}
profiles: {draft: {mode: std, duration: 3, provider: animatic}, final: {mode: pro}}
scenes:
  - id: dawn
    title: Dawn
    defaults: {duration: 10, rolls: 2}
    shots:
      - {id: harbour, prompt: "{{ look }}", seed: 7, cfg_scale: 0.5, negative_prompt: blur, watermark: false}
      - id: climb
        from: harbour
        template: action.j2
        with: {who: "{{ element('keeper') }}", does: climbs}
        dialogue: [{voice: gruff, by: keeper, text: One more., spoken: false}]
        options: {kling: {callback: {a: [1]}}}
      - {id: lamp, from: {shot: climb, at: last}, last_frame: frames/lit.png, prompt: x, camera: {zoom: -2.5}}
      - {id: gull, first_frame: {file: a.png}, last_frame: {shot: lamp, at: first}, prompt: x, camera: down_back}
      - {id: far, first_frame: {shot: lamp, at: 2.5}, prompt: x, beats: auto, after: [gull, lamp]}
      - id: storm
        beats: [{prompt: a, duration: 2}, {template: t.j2, with: {a: 1}, duration: 3}]
        masks: {static: m.png, dynamic: [{mask: {file: n.png}, trajectory: [[0, 1], [20, 30]]}]}
  - include: scenes/storm.yaml
film: {size: 1920x1080, fps: 24, music: {file: music/tide.wav, gain: -18 dB}, captions: true}
store: s3://studio/keeper
trust_guard: kling
"""


def check(text: str, schema: Schema = STORYBOARD) -> tuple[Diagnostic, ...]:
    findings = Findings()
    node = read_document(Source("storyboard.yaml", text), findings)
    assert node is not None
    schema.check(node, findings)
    return findings.in_order()


def check_shot(fields: str) -> tuple[Diagnostic, ...]:
    return check(f"{HEAD}shots:\n  - {{id: a, {fields}}}\n")


def told(found: Diagnostic) -> tuple[str, str, str | None]:
    return found.code, found.message, found.hint


def pointed(found: Diagnostic) -> str:
    place = found.place
    assert place is not None
    return place.source.line(place.line)[place.column - 1 :][: place.length]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(DOCUMENT)


def test_every_field_has_a_title_and_a_description() -> None:
    def fields(value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            yield from value.get("properties", {}).items() if isinstance(value.get("properties"), dict) else ()
            for inner in value.values():
                yield from fields(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from fields(inner)

    found = list(fields(DOCUMENT))
    assert len(found) > 80
    for name, field in found:
        if field == {"type": "array"}:
            continue  # a condition on a field, not a field
        meaning = DOCUMENT["$defs"][field["$ref"].rsplit("/", 1)[1]] | field if "$ref" in field else field
        assert meaning.get("title"), name
        assert meaning.get("description"), name


def test_every_mapping_with_named_fields_takes_no_others() -> None:
    text = json.dumps(DOCUMENT)
    assert text.count('"properties": {') - text.count('"properties": {"beats": {"type": "array"}}') == text.count(
        '"additionalProperties": false'
    )


def test_every_definition_is_used() -> None:
    used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(DOCUMENT)))
    assert set(DOCUMENT["$defs"]) - used == {"included"}


def test_the_whole_format_is_accepted() -> None:
    assert check(WHOLE) == ()


def test_the_schema_as_it_lies_in_the_file_says_the_same() -> None:
    as_written = Draft202012Validator(DOCUMENT)
    assert as_written.is_valid(
        {"storyboard": 1, "title": "T", "shots": [{"id": "a", "prompt": "x", "camera": {"pan": 1}}]}
    )
    assert not as_written.is_valid({"storyboard": 1, "title": "T", "shots": [{"id": "a", "prompt": "x", "camera": {}}]})


@pytest.mark.parametrize(
    ("fields", "code", "message", "hint", "caret"),
    [
        (
            "prompt: x, duration: ten",
            "wrong-type",
            "`duration` is `ten`, expected a whole number from 1 to 60",
            "`duration`: length of the clip in whole seconds",
            "ten",
        ),
        (
            "prompt: x, duration: 5.0",
            "wrong-type",
            "`duration` is `5.0`, expected a whole number from 1 to 60",
            "write `5`",
            "5.0",
        ),
        (
            'prompt: x, duration: "5"',
            "wrong-type",
            "`duration` is `5`, expected a whole number from 1 to 60",
            "write it without quotes: `5`",
            '"5"',
        ),
        (
            "prompt: x, duration: true",
            "wrong-type",
            "`duration` is `true`, expected a whole number from 1 to 60",
            "`duration`: length of the clip in whole seconds",
            "true",
        ),
        (
            "prompt: x, rolls: 21",
            "bad-value",
            "`rolls` is `21`, expected a whole number from 1 to 20",
            "`rolls`: how many takes of the same request to make, to choose from",
            "21",
        ),
        (
            "prompt: x, durashun: 5",
            "unknown-field",
            "`durashun` is not a field of shot `a`",
            "did you mean `duration`?",
            "durashun",
        ),
        ("prompt: 1.5", "wrong-type", "`prompt` is `1.5`, expected text", 'put it in quotes: `"1.5"`', "1.5"),
        (
            "prompt: x, unsupported: described",
            "bad-value",
            "`unsupported` is `described`, expected `refuse` or `describe`",
            "did you mean `describe`?",
            "described",
        ),
        (
            "prompt: x, sound: yes",
            "bad-value",
            "`sound` is `yes`, expected `on`, `off`, `true` or `false`",
            "write `on`",
            "yes",
        ),
        (
            "prompt: x, watermark: on",
            "wrong-type",
            "`watermark` is `on`, expected `true` or `false`",
            "write `true`",
            "on",
        ),
        ("prompt: x, after: b", "wrong-type", "`after` is `b`, expected a list", "write it as a list: `[b]`", "b"),
        (
            "prompt: x, from: {shot: b, at: -1}",
            "bad-value",
            "`at` is `-1`, expected a number of 0 or more",
            "`at`: seconds from the clip's beginning",
            "-1",
        ),
        (
            "prompt: x, first_frame: {fil: b}",
            "unknown-field",
            "`fil` is not a field of `first_frame`",
            "did you mean `file`?",
            "fil",
        ),
        (
            "prompt: x, dialogue: [{voice: g, text: a}, {voice: g, txt: a, text: b}]",
            "unknown-field",
            "`txt` is not a field of item 2 of `dialogue`",
            "did you mean `text`?",
            "txt",
        ),
        (
            "prompt: x, camera: {pan: 1, tilt: 2}",
            "bad-value",
            "`camera` has 2 fields, expected 1 at most",
            "`camera`: exactly one move with its amount",
            "{",
        ),
        (
            "prompt: x, camera: {pan: 11}",
            "bad-value",
            "`pan` is `11`, expected a number from -10 to 10",
            "`pan`: the camera turns about its upright axis",
            "11",
        ),
        (
            "prompt: x, template: t.j2",
            "bad-value",
            "`prompt` and `template` cannot stand together in shot `a`",
            "remove `prompt` or `template`",
            "template",
        ),
        (
            "prompt: x, first_frame: a.png, from: b",
            "bad-value",
            "`first_frame` and `from` cannot stand together in shot `a`",
            "remove `first_frame` or `from`",
            "from",
        ),
        (
            "prompt: x, with: {}",
            "missing-field",
            "`with` stands without `template` in shot `a`",
            "add `template:`, or remove `with`",
            "with",
        ),
        (
            "duration: 5",
            "missing-field",
            "shot `a` needs a `prompt`, a `template` or a list of `beats`, and has none",
            "add a `prompt`, a `template` or a list of `beats`",
            "{",
        ),
        (
            "beats: auto",
            "missing-field",
            "shot `a` needs a `prompt`, a `template` or a list of `beats`, and has none",
            "add a `prompt`, a `template` or a list of `beats`",
            "{",
        ),
        (
            "beats: [{prompt: x}]",
            "missing-field",
            "item 1 of `beats` has no `duration`",
            "add `duration:` (its share of the clip, in whole seconds)",
            "{",
        ),
        (
            "prompt: ''",
            "bad-value",
            "`prompt` is empty text",
            "write something like `{{ look }}. {{ element('keeper') }} lights the lamp.`",
            "''",
        ),
        (
            "prompt: ",
            "wrong-type",
            "`prompt` is empty, expected text",
            "write something like `{{ look }}. {{ element('keeper') }} lights the lamp.`",
            "}",
        ),
        (
            "prompt: x, masks: {dynamic: [{mask: m.png, trajectory: [[1, 2]]}]}",
            "bad-value",
            "`trajectory` has 1 item, expected at least 2",
            "`trajectory`: the points the part moves along, `[x, y]` in pixels from the picture's lower left corner",
            "[",
        ),
        ("prompt: x, convert: [jpeg, jpeg]", "bad-value", "`convert` holds the same item twice", None, "["),
        (
            "prompt: x, camera: [1]",
            "wrong-type",
            (
                "`camera` is a list, expected `down_back`, `forward_up`, `right_turn_forward`, `left_turn_forward` "
                "or a mapping"
            ),
            None,
            "[",
        ),
        ("prompt: x, options: {kling: 3}", "wrong-type", "`kling` is `3`, expected a mapping", None, "3"),
    ],
)
def test_a_fault_of_a_shot_is_told_at_its_place(
    fields: str, code: str, message: str, hint: str | None, caret: str
) -> None:
    found = check_shot(fields)
    assert len(found) == 1, found
    assert (found[0].code, found[0].message, pointed(found[0])) == (code, message, caret)
    assert found[0].hint is not None
    assert hint is None or found[0].hint == hint


@pytest.mark.parametrize(
    ("text", "told_as"),
    [
        ("[]", ("wrong-type", "the file is a list, expected a mapping with `storyboard` and `title`")),
        (HEAD, ("missing-field", "the file needs `scenes` or `shots`, and has none")),
        (f"{HEAD}shots: []", ("bad-value", "`shots` is a list with nothing in it")),
        (f"{HEAD}shots: [{{prompt: x}}]", ("missing-field", "item 1 of `shots` has no `id`")),
        (f"{HEAD}shots: [3]", ("wrong-type", "item 1 of `shots` is `3`, expected a mapping with `id`")),
        (f"{HEAD}scenes: [{{id: s}}]", ("missing-field", "scene `s` has no `shots`")),
        (f"{HEAD}scenes: [{{include: a.yaml, id: s}}]", ("unknown-field", "`id` is not a field of scene `s`")),
        (
            f"{HEAD}shots: [{{id: 'a\n\n', prompt: x}}]",
            ("bad-value", r"`id` is `a\n`, expected letters, digits, `_` and `-`, beginning with a letter or a digit"),
        ),
    ],
)
def test_a_fault_of_the_file_is_told(text: str, told_as: tuple[str, str]) -> None:
    assert [told(found)[:2] for found in check(text)] == [told_as]


def test_scenes_and_shots_exclude_each_other() -> None:
    found = check(f"{HEAD}shots: [{{id: a, prompt: x}}]\nscenes: [{{include: a.yaml}}]\n")
    assert [told(one)[:2] for one in found] == [("bad-value", "`shots` and `scenes` cannot stand together in the file")]
    assert (pointed(found[0]), found[0].related[0][1].line) == ("scenes", 3)


def test_the_name_default_is_kept_for_no_profile() -> None:
    found = check(f"{HEAD}shots: [{{id: a, prompt: x}}]\nprofiles: {{default: {{}}}}\n")
    assert [told(one)[:2] for one in found] == [
        ("bad-value", "`default` cannot be a name in `profiles`, expected another name than `default`")
    ]
    assert pointed(found[0]) == "default"


def test_a_variable_is_named_as_templates_can_use_it() -> None:
    found = check(f"{HEAD}shots: [{{id: a, prompt: x}}]\nvars: {{my-look: 1}}\n")
    assert [(one.code, pointed(one)) for one in found] == [("bad-value", "my-look")]


def test_a_number_for_an_id_is_told_to_be_quoted() -> None:
    found = check(f"{HEAD}shots: [{{id: a, prompt: x}}]\nvoices: {{g: {{description: x, ids: {{kling: 829}}}}}}\n")
    assert [told(one) for one in found] == [
        ("wrong-type", "`kling` is `829`, expected text", 'put it in quotes: `"829"`')
    ]


def test_all_faults_are_told_at_once() -> None:
    found = check(
        f"{HEAD}budget: twenty\nfilm: {{fps: 0, size: big}}\nshots: [{{id: a, prompt: x, mode: hd, seed: -1}}]\n"
    )
    assert [one.code for one in found] == ["bad-value"] * 5
    assert [pointed(one) for one in found] == ["twenty", "0", "big", "hd", "-1"]


def test_a_part_of_a_schema_is_a_schema() -> None:
    included = STORYBOARD.part("included")
    assert check("id: s\nshots: [{id: a, prompt: x}]\n", included) == ()
    assert check("- id: s\n  shots: [{id: a, prompt: x}]\n- include: b.yaml\n", included) == ()
    assert [one.message for one in check("- id: s\n", included)] == ["scene `s` has no `shots`"]


def test_a_definition_that_refers_to_itself_is_followed() -> None:
    tree: dict[str, Any] = {
        "type": "object",
        "properties": {"inner": {"$ref": "#/$defs/tree"}},
        "additionalProperties": False,
    }
    found = check("inner: {inner: {iner: {}}}\n", Schema({"$ref": "#/$defs/tree", "$defs": {"tree": tree}}))
    assert [(one.code, pointed(one)) for one in found] == [("unknown-field", "iner")]
