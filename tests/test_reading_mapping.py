"""A manifest's verbs and conditions as values: each verb, each kind of test, and every slip of the pen at its place."""

import pytest

from runner.core.diagnostic import Diagnostic, Findings
from runner.core.place import Source
from runner.model.mapping import (
    ALWAYS,
    Cases,
    Condition,
    Each,
    Fields,
    Form,
    Listed,
    Reference,
    Spec,
    Text,
    Value,
    Way,
)
from runner.model.mapping import Test as Told
from runner.reading.document import read_document
from runner.reading.mapping import JOB_NAMES, RESOURCE_NAMES, SHOT_NAMES, MappingReader

PROMPT = Reference(("prompt",))
NUMBER = Reference(("item", "number"))


def read(text: str, names: frozenset[str] = SHOT_NAMES) -> tuple[Spec, tuple[Diagnostic, ...]]:
    findings = Findings()
    node = read_document(Source("studio.yaml", text), findings)
    assert node is not None, findings.diagnostics
    return MappingReader(names, findings).spec(node), findings.in_order()


def read_condition(text: str) -> tuple[Condition, tuple[Diagnostic, ...]]:
    findings = Findings()
    node = read_document(Source("studio.yaml", text), findings)
    return MappingReader(SHOT_NAMES, findings).condition(node), findings.in_order()


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("{reference: prompt}", PROMPT),
        ("{reference: duration, as: text}", Reference(("duration",), form=Form.TEXT)),
        ("{reference: duration, as: integer}", Reference(("duration",), form=Form.INTEGER)),
        ("{reference: cfg_scale, as: number}", Reference(("cfg_scale",), form=Form.NUMBER)),
        ("{reference: beats, as: json}", Reference(("beats",), form=Form.JSON)),
        ("{reference: first_frame, as: url}", Reference(("first_frame",), ways=(Way.URL,))),
        (
            "{reference: first_frame, as: [base64, data-uri, url]}",
            Reference(("first_frame",), ways=(Way.BASE64, Way.DATA_URI, Way.URL)),
        ),
        (
            "{reference: mode, table: {std: 720p, pro: null}}",
            Reference(("mode",), table={"std": "720p", "pro": None}),
        ),
        ("{reference: seed, default: 7}", Reference(("seed",), default=7)),
        ("{reference: prompt, characters: 20}", Reference(("prompt",), characters=20)),
        (
            "{reference: mode, when: {model: kling-v3}}",
            Reference(("mode",), when=Condition((Told(("model",), values=("kling-v3",)),))),
        ),
        ("{text: [/v1/, {reference: prompt}, 2]}", Text(("/v1/", PROMPT, "2"))),
        ("{text: whole}", Text(("whole",))),
        ("{value: null}", Value(None)),
        ("{value: [1, {a: b}]}", Value([1, {"a": "b"}])),
        (
            "{value: true, when: {sound: 'on'}}",
            Value(value=True, when=Condition((Told(("sound",), values=("on",)),))),
        ),
        ("{fields: {a: {reference: prompt}, b: 5}}", Fields({"a": PROMPT, "b": Value(5)})),
        ("{each: voices, give: {reference: item.number}}", Each(("voices",), NUMBER)),
        (
            "{each: masks.dynamic, give: {each: item.trajectory, give: {reference: item.x}}}",
            Each(("masks", "dynamic"), Each(("item", "trajectory"), Reference(("item", "x")))),
        ),
        ("{list: [{reference: prompt}, 1]}", Listed((PROMPT, Value(1)))),
        ("{cases: [{reference: prompt}, {value: 1}]}", Cases((PROMPT, Value(1)))),
        ("plain", Value("plain")),
        ("true", Value(value=True)),
        ("2.5", Value(2.5)),
        ("{fields: {a: null}}", Fields({"a": Value(None)})),
        ("{reference: item}", Reference(("item",))),
        ("{reference: options.style.deep}", Reference(("options", "style", "deep"))),
        ("{reference: camera.zoom}", Reference(("camera", "zoom"))),
    ],
)
def test_each_verb_becomes_its_value(text: str, spec: Spec) -> None:
    assert read(text) == (spec, ())


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("{mode: pro}", Condition((Told(("mode",), values=("pro",)),))),
        ("{mode: [std, pro]}", Condition((Told(("mode",), values=("std", "pro")),))),
        ("{watermark: false}", Condition((Told(("watermark",), values=(False,)),))),
        ("{mode: pro, seed: 5}", Condition((Told(("mode",), values=("pro",)), Told(("seed",), values=(5,))))),
        ("{first_frame: present}", Condition((Told(("first_frame",), is_present=True),))),
        ("{masks: absent}", Condition((Told(("masks",), is_present=False),))),
        ("{voices: {at_least: 1}}", Condition((Told(("voices",), at_least=1),))),
        ("{elements: {at_least: 1, at_most: 3}}", Condition((Told(("elements",), at_least=1, at_most=3),))),
        ("{item.id: present}", Condition((Told(("item", "id"), is_present=True),))),
    ],
)  # fmt: skip
def test_each_condition_becomes_its_tests(text: str, condition: Condition) -> None:
    assert read_condition(text) == (condition, ())


def test_no_condition_always_holds() -> None:
    findings = Findings()
    assert MappingReader(SHOT_NAMES, findings).condition(None) == ALWAYS
    assert findings.diagnostics == []


@pytest.mark.parametrize(
    ("text", "name", "column", "hint"),
    [
        ("{reference: promt}", "promt", 13, "did you mean `prompt`?"),
        ("{reference: item.idd}", "item.idd", 13, "docs/providers.md lists what can be named"),
        ("{reference: camera.spin}", "camera.spin", 13, None),
        ("{reference: masks.static.deep}", "masks.static.deep", 13, None),
        ("{each: voice, give: 1}", "voice", 8, "did you mean `voices`?"),
        ("{text: [a, {reference: jobname}]}", "jobname", 24, "did you mean `job_name`?"),
        ("{fields: {a: {value: 1, when: {modus: std}}}}", "modus", 32, "did you mean `mode`?"),
        ("{cases: [{list: [{reference: xyzzy}]}]}", "xyzzy", 30, "docs/providers.md lists what can be named"),
    ],
)
def test_a_name_that_no_request_holds_is_told_at_its_place(text: str, name: str, column: int, hint: str | None) -> None:
    _, (found,) = read(text)
    assert (found.code, found.message) == ("unknown-reference", f"`{name}` is nothing a request holds")
    assert found.place is not None
    assert found.place.column == column
    assert hint is None or found.hint == hint


@pytest.mark.parametrize("name", sorted(SHOT_NAMES))
def test_every_name_of_a_request_may_be_named(name: str) -> None:
    assert read(f"{{reference: {name}}}")[1] == ()


def test_a_question_about_a_job_and_the_making_of_a_voice_know_names_of_their_own() -> None:
    assert read("{reference: job}", JOB_NAMES)[1] == ()
    assert read("{reference: sample}", RESOURCE_NAMES)[1] == ()
    for name in ("job", "sample"):
        assert [found.code for found in read(f"{{reference: {name}}}")[1]] == ["unknown-reference"]
    assert [found.code for found in read("{reference: prompt}", JOB_NAMES)[1]] == ["unknown-reference"]
    assert [found.code for found in read("{reference: prompt}", RESOURCE_NAMES)[1]] == ["unknown-reference"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{reference: prompt, value: 1}", "expected one verb, found `reference` and `value`"),
        ("{when: {mode: std}}", "expected one verb, found none"),
        ("{give: 1}", "expected one verb, found none"),
    ],
)
def test_what_has_not_just_one_verb_is_told(text: str, message: str) -> None:
    spec, (found,) = read(text)
    assert spec == Value(None)
    assert (found.code, found.message) == ("bad-value", message)
    assert found.hint is not None
    assert "`each`" in found.hint
