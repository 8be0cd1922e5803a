"""The verbs at work: what is built of a request, what is not sent at all, and which part came from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.canonical import Digest, Json
from runner.model.mapping import (
    ALWAYS,
    Cases,
    Condition,
    Each,
    Fields,
    Form,
    Listed,
    Path,
    Reference,
    Spec,
    Text,
    Value,
    Way,
)
from runner.model.mapping import Test as Told
from runner.planning.body import NOTHING, Account, Attachment, Builder, Built, Held, find, holds, text_of

FRAME: Final = Attachment("first_frame", Digest("ab" * 32), frame="first_frame")
VIEW: Final[Mapping[str, Held]] = {
    "prompt": "a storm",
    "mode": "pro",
    "duration": 5,
    "cfg_scale": 0.5,
    "sound": "on",
    "watermark": False,
    "empty": "",
    "voices": [{"id": "v-1", "number": 1}, {"id": None, "number": 2}],
    "elements": [],
    "masks": {"dynamic": [{"trajectory": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}, {"trajectory": [{"x": 5, "y": 6}]}]},
    "camera": {"type": "simple", "zoom": 2.0, "pan": 0.0},
    "first_frame": FRAME,
    "beats": [{"prompt": "one", "duration": 2}, {"prompt": "two", "duration": 3}],
}
PROMPT: Final = Reference(("prompt",))
SEED: Final = Reference(("seed",))


@dataclass(slots=True)
class Noting:
    asked: list[tuple[str, tuple[Way, ...]]] = field(default_factory=list)

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        self.asked.append((attachment.label, ways))
        return f"<{attachment.label}>"


def build(spec: Spec, item: Held = None) -> Built:
    return Builder(VIEW, Noting()).build(spec, item=item)


def uses(spec: Spec) -> dict[str, set[Path]]:
    """By pointer, what stood there was made from."""
    account = Account()
    Builder(VIEW, Noting(), account).build(spec)
    found: dict[str, set[Path]] = {}
    for use in account.uses:
        found.setdefault(use.pointer, set()).add(use.path)
    return found


def when(name: str, *values: Json, **more: Any) -> Condition:
    return Condition((Told(tuple(name.split(".")), values=values, **more),))


# --- each verb, and nothing


@pytest.mark.parametrize(
    ("spec", "built"),
    [
        (PROMPT, "a storm"),
        (Reference(("empty",)), ""),
        (Reference(("watermark",)), False),
        (SEED, NOTHING),
        (Reference(("prompt", "deeper")), NOTHING),
        (Reference(("seed",), default=7), 7),
        (Reference(("prompt",), default=7), "a storm"),
        (Reference(("prompt",), when=when("mode", "pro")), "a storm"),
        (Reference(("prompt",), when=when("mode", "std")), NOTHING),
        (Reference(("seed",), default=7, when=when("mode", "std")), NOTHING),
        (Reference(("prompt",), characters=3), "a s"),
        (Reference(("duration",), form=Form.TEXT), "5"),
        (Reference(("cfg_scale",), form=Form.TEXT), "0.5"),
        (Reference(("watermark",), form=Form.TEXT), "false"),
        (Reference(("duration",), form=Form.NUMBER), 5.0),
        (Reference(("duration",), form=Form.INTEGER), 5),
        (Reference(("camera",), form=Form.JSON), '{"type":"simple","zoom":2.0,"pan":0.0}'),
        (Reference(("mode",), table={"pro": "professional"}), "professional"),
        (Reference(("mode",), table={"pro": None}), None),
        (Reference(("mode",), table={"std": "standard"}), NOTHING),
        (Reference(("duration",), table={"5": 1}), 1),
        (Reference(("watermark",), table={"false": "none"}), "none"),
        (Reference(("seed",), table={"std": 1}, default=9), 9),
        (Value(None), None),
        (Value([1, 2]), [1, 2]),
        (Value(1, when=when("mode", "std")), NOTHING),
        (Text(("a ", PROMPT, " ", Reference(("duration",)))), "a a storm 5"),
        (Text(("a ", SEED)), NOTHING),
        (Text(("a ", Text(("b", SEED)))), NOTHING),
        (Text(("a",), when=when("mode", "std")), NOTHING),
        (Text(("n: ", Each(("voices",), Reference(("item", "number"))))), "n: 12"),
        (Fields({"a": PROMPT, "b": SEED, "c": Value(None)}), {"a": "a storm", "c": None}),
        (Fields({"a": SEED}), NOTHING),
        (Fields({"a": Fields({"b": SEED}), "c": Value(1)}), {"c": 1}),
        (Fields({"a": PROMPT}, when=when("mode", "std")), NOTHING),
        (Each(("voices",), Reference(("item", "id"))), ["v-1"]),
        (Each(("elements",), Reference(("item", "id"))), NOTHING),
        (Each(("prompt",), Value(1)), NOTHING),
        (Each(("nobody",), Value(1)), NOTHING),
        (Each(("voices",), Reference(("item", "name"))), NOTHING),
        (Each(("voices",), Value(1, when=when("item.number", 2))), [1]),
        (Listed((PROMPT, SEED, Value(None))), ["a storm", None]),
        (Listed((SEED,)), NOTHING),
        (Listed((Value(0), Each(("voices",), Reference(("item", "number"))), Value(9))), [0, 1, 2, 9]),
        (Listed((Listed((PROMPT,)), Value(1))), [["a storm"], 1]),
        (Listed((Each(("elements",), Value(1)), Value(1))), [1]),
        (Cases((Value("a", when=when("mode", "std")), Value("b", when=when("mode", "pro")), Value("c"))), "b"),
        (Cases((Value("a", when=when("mode", "std")), Value("c"))), "c"),
        (Cases((Value("a", when=when("mode", "std")),)), NOTHING),
        # The first that holds decides, also where it comes to nothing.
        (Cases((Reference(("seed",), when=when("mode", "pro")), Value("c"))), NOTHING),
        (Cases((Value("a"),), when=when("mode", "std")), NOTHING),
    ],
)
def test_each_verb_builds_its_part_or_nothing(spec: Spec, built: Built) -> None:
    assert build(spec) == built
    assert type(build(spec)) is type(built)


def test_an_each_within_an_each_goes_over_the_list_of_its_item() -> None:
    point = Fields({"x": Reference(("item", "x")), "y": Reference(("item", "y"))})
    ways = Each(("masks", "dynamic"), Fields({"way": Each(("item", "trajectory"), point)}))
    assert build(ways) == [{"way": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}, {"way": [{"x": 5, "y": 6}]}]


def test_an_item_stands_for_the_whole_entry_too() -> None:
    builder = Builder({"names": ["a", "b"]}, Noting())
    assert builder.build(Each(("names",), Reference(("item",)))) == ["a", "b"]


def test_a_picture_is_asked_for_in_the_ways_it_may_be_given_and_only_where_it_is_sent() -> None:
    supply = Noting()
    builder = Builder(VIEW, supply)
    image = Reference(("first_frame",), ways=(Way.BASE64, Way.URL))
    assert builder.build(Fields({"image": image, "no": Reference(("first_frame",), when=when("mode", "std"))})) == {
        "image": "<first_frame>"
    }
    assert supply.asked == [("first_frame", (Way.BASE64, Way.URL))]


def test_a_text_for_a_path_is_empty_where_nothing_is() -> None:
    builder = Builder(VIEW, Noting())
    assert builder.text(SEED) == ""
    assert builder.text(Text(("/v1/", PROMPT))) == "/v1/a storm"


# --- conditions


@pytest.mark.parametrize(
    ("condition", "is_held"),
    [
        (ALWAYS, True),
        (when("mode", "pro"), True),
        (when("mode", "std", "pro"), True),
        (when("mode", "std"), False),
        (when("seed", 5), False),
        (when("watermark", False), True),
        # A number is no truth value, though Python has them equal.
        (when("watermark", 0), False),
        (when("duration", 5), True),
        (when("duration", "5"), False),
        (when("seed", is_present=True), False),
        (when("seed", is_present=False), True),
        (when("mode", is_present=True), True),
        (when("mode", is_present=False), False),
        (when("elements", is_present=True), False),
        (when("elements", is_present=False), True),
        (when("first_frame", is_present=True), True),
        (when("camera.zoom", is_present=True), True),
        (when("camera.roll", is_present=True), False),
        (when("voices", at_least=2), True),
        (when("voices", at_least=3), False),
        (when("voices", at_most=2), True),
        (when("voices", at_most=1), False),
        (when("voices", at_least=1, at_most=3), True),
        (when("elements", at_least=1), False),
        (when("elements", at_most=0), True),
        (when("nobody", at_most=0), True),
        (when("nobody", at_least=1), False),
        (when("prompt", at_least=1), False),
        (Condition((Told(("mode",), values=("pro",)), Told(("sound",), values=("off",)))), False),
        (Condition((Told(("mode",), values=("pro",)), Told(("sound",), values=("on",)))), True),
    ],
)
def test_a_condition_holds_where_each_of_its_tests_does(condition: Condition, *, is_held: bool) -> None:
    assert holds(condition, VIEW) is is_held


def test_what_is_named_below_something_that_has_nothing_below_is_not_there() -> None:
    assert find(("prompt", "x"), VIEW) is None
    assert find(("item", "x"), VIEW, "text") is None
    assert find(("item", "x"), VIEW, {"x": 1}) == 1


# --- where each part came from


def test_each_part_is_known_by_its_pointer_and_what_it_was_made_from() -> None:
    body = Fields(
        {
            "prompt": PROMPT,
            "line": Text((PROMPT, " for ", Reference(("duration",)))),
            "camera": Fields({"zoom": Reference(("camera", "zoom"))}),
            "list": Listed((Value(1), PROMPT)),
            "fixed": Value(1),
        }
    )
    assert uses(body) == {
        "/prompt": {("prompt",)},
        "/line": {("prompt",), ("duration",)},
        "/camera/zoom": {("camera", "zoom")},
        "/list/1": {("prompt",)},
    }


def test_a_list_is_made_from_what_it_goes_over_and_its_entries_from_no_more_than_that() -> None:
    assert uses(Fields({"voices": Each(("voices",), Fields({"id": Reference(("item", "id"))}))})) == {
        "/voices": {("voices",)}
    }
    assert uses(Fields({"voices": Each(("voices",), Fields({"id": Reference(("item", "id")), "p": PROMPT}))})) == {
        "/voices": {("voices",)},
        "/voices/0/p": {("prompt",)},
        "/voices/1/p": {("prompt",)},
    }


def test_a_value_under_a_condition_tells_the_gateway_that_it_holds() -> None:
    assert uses(Fields({"loud": Value(value=True, when=when("sound", "on"))})) == {"/loud": {("sound",)}}
    assert uses(Fields({"loud": Text(("yes",), when=when("sound", "on"))})) == {"/loud": {("sound",)}}
    assert uses(Fields({"loud": Value(value=True, when=when("sound", "off"))})) == {}
    cases = Cases((Value(1, when=when("mode", "std")), Value(2, when=when("mode", "pro"))))
    assert uses(Fields({"quality": cases})) == {"/quality": {("mode",)}}


def test_a_reference_under_a_condition_tells_of_itself_alone() -> None:
    assert uses(Fields({"prompt": Reference(("prompt",), when=when("mode", "pro"))})) == {"/prompt": {("prompt",)}}


@pytest.mark.parametrize(
    "spec",
    [
        Reference(("mode",), table={"std": "standard"}),
        Text((PROMPT, SEED)),
        Listed((Text((PROMPT, SEED)),)),
        Fields({"a": Reference(("mode",), table={"std": 1})}),
        Each(("voices",), Reference(("item", "name"))),
        Cases((Text((PROMPT, SEED)), PROMPT)),
        Reference(("seed",), default=7),
        Value("always"),
    ],
)
def test_what_was_looked_at_and_is_not_sent_does_not_count_as_sent(spec: Spec) -> None:
    assert uses(Fields({"part": spec, "kept": Reference(("duration",))})) == {"/kept": {("duration",)}}


# --- for all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_a_value_is_sent_as_it_is(value: Json) -> None:
    assert build(Fields({"a": Value(value)})) == {"a": value}


@pytest.mark.parametrize("form", [Form.INTEGER, Form.NUMBER])
@pytest.mark.parametrize("written", ["1e400000", "-1e400", "1e-400000", "NaN", "abc"])
def test_an_id_that_is_no_usable_number_stays_as_it_is(written: str, form: Form) -> None:
    builder = Builder({"n": written}, Noting())
    assert builder.build(Reference(("n",), form=form)) == written


@given(st.integers(-(10**9), 10**9) | st.decimals(-1000, 1000, places=3).map(float))
def test_a_number_is_the_same_number_in_each_form(number: float) -> None:
    builder = Builder({"n": number}, Noting())
    written = builder.build(Reference(("n",), form=Form.TEXT))
    assert isinstance(written, str)
    assert Decimal(written) == Decimal(str(number))
    assert builder.build(Reference(("n",), form=Form.NUMBER)) == float(number)


def test_text_of_a_text_has_no_quotes_and_letters_stay_as_they_are() -> None:
    assert text_of("grün") == "grün"
    assert text_of(["grün", True]) == '["grün", true]'
