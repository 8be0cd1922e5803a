"""Which kind of generation a request is, what the model may do there, and who is given as what."""

from dataclasses import replace
from typing import Any

import pytest
from planning_builders import (
    PLACE,
    chained,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    picture,
    say,
    set_value,
)
from studio_manifest import BY_PICTURES, NO_RESOURCES, interface_of, studio

from runner.model.storyboard import Beat, Masks, Shot, Sound
from runner.planning.body import Attachment
from runner.planning.request import outline_request
from runner.planning.tasks import (
    cast_of,
    find_offer,
    is_makeable,
    is_native,
    mentioned_in,
    takes_by_id,
)

SAMPLE = Sound("gruff.wav", "https://example.com/gruff.wav", picture("sample").digest, PLACE)
ELEMENTS = {"keeper": make_element("keeper", frontal="front"), "gull": make_element("gull")}
VOICES = {"gruff": replace(make_voice("gruff"), sample=SAMPLE), "clear": make_voice("clear")}


def canonical_of(shot: Shot) -> dict[str, Any]:
    shot = replace(shot, model=set_value("loud-2")) if shot.model.value == "kling-v3" else shot
    return outline_request(make_storyboard(shot, elements=ELEMENTS, voices=VOICES), shot, "generated")


def task_of(shot: Shot, *changes: tuple[str, str]) -> str | None:
    offer = find_offer(studio(*changes), canonical_of(shot))
    return None if offer is None or offer.task is None else offer.task.name


WORDS, FRAME = make_shot("a"), make_shot("a", first=chained("b"))


@pytest.mark.parametrize(
    ("shot", "task"),
    [
        (WORDS, "words"),
        (FRAME, "picture"),
        (make_shot("a", first=picture("f"), last=picture("l")), "picture"),
        (make_shot("a", last=picture("l")), None),
        (make_shot("a", masks=Masks(None, (), PLACE)), None),
        (make_shot("a", model="still-1"), None),
        (make_shot("a", model="still-1", first=chained("b")), "picture"),
        (make_shot("a", model="quiet-9"), None),
    ],
)
def test_the_first_task_that_suits_and_has_the_model_is_taken(shot: Shot, task: str | None) -> None:
    assert task_of(shot) == task


@pytest.mark.parametrize(
    ("condition", "shot", "is_suited"),
    [
        ("{elements: present}", make_shot("a", (mention("keeper"),)), True),
        ("{elements: present}", WORDS, False),
        ("{voices: {at_least: 1}}", make_shot("a", dialogue=(say("Stay."),)), True),
        ("{voices: {at_least: 1}}", WORDS, False),
        ("{prompt: present}", WORDS, True),
        ("{prompt: present}", make_shot("a", (), beats=set_value((Beat(("one",), 5, PLACE),))), False),
        ("{beats: {at_least: 2}}", make_shot("a", beats=set_value((Beat(("one",), 5, PLACE),) * 2)), True),
        ("{beats: {at_least: 2}}", make_shot("a", beats=set_value((Beat(("one",), 5, PLACE),))), False),
        ("{beats_are: auto}", make_shot("a", beats=set_value("auto")), True),
        ("{beats_are: auto}", WORDS, False),
        ("{element_pictures: {at_most: 0}}", make_shot("a", (mention("gull"),)), True),
        ("{element_pictures: {at_most: 0}}", make_shot("a", (mention("keeper"),)), False),
    ],
)
def test_all_that_a_request_holds_can_decide_its_task(condition: str, shot: Shot, *, is_suited: bool) -> None:
    change = ("when: {first_frame: absent, last_frame: absent, masks: absent}", f"when: {condition}")
    assert (task_of(shot, change) == "words") is is_suited


def test_the_limits_are_those_of_the_model_at_that_task() -> None:
    manifest = studio()
    words, frame = find_offer(manifest, canonical_of(WORDS)), find_offer(manifest, canonical_of(FRAME))
    assert words is not None
    assert frame is not None
    assert (words.limits.elements, frame.limits.elements) == (0, 2)


def test_a_provider_without_an_interface_has_limits_and_no_task() -> None:
    offer = find_offer(replace(studio(), interface=None), canonical_of(FRAME))
    assert offer is not None
    assert (offer.task, offer.limits.elements) == (None, 2)


# --- who is mentioned


def test_whoever_speaks_stands_behind_whoever_is_named() -> None:
    beats = set_value((Beat((mention("gull"),), 5, PLACE),))
    shot = make_shot("a", (), beats=beats, dialogue=(say("Stay.", "clear", "keeper"), say("Go.", by="gull")))
    canonical = canonical_of(shot)
    assert mentioned_in(canonical, "element") == ("gull", "keeper")
    assert mentioned_in(canonical, "voice") == ("clear", "gruff")


def test_an_id_the_author_wrote_comes_before_one_that_was_made() -> None:
    canonical = canonical_of(make_shot("a", (mention("keeper"), mention("gull"))))
    made = {("element", "keeper"): "made-1", ("element", "gull"): "made-2", ("voice", "keeper"): "no"}
    cast = cast_of(canonical, {"element_ids": {"keeper": "own-1"}}, made)
    ids = {name: one["id"] for name, one in cast.elements.items()}  # type: ignore[index, call-overload]
    assert ids == {"keeper": "own-1", "gull": "made-2"}


def test_an_element_brings_its_pictures_and_a_voice_its_sample() -> None:
    element = replace(ELEMENTS["keeper"], references=(picture("left"), picture("back")))
    shot = make_shot("a", (mention("keeper"),), dialogue=(say("Stay."), say("Go.", "clear")))
    canonical = outline_request(make_storyboard(shot, elements={"keeper": element}, voices=VOICES), shot, "generated")
    cast = cast_of(canonical, {}, {})
    keeper, gruff, clear = cast.elements["keeper"], cast.voices["gruff"], cast.voices["clear"]
    assert isinstance(keeper, dict)
    assert isinstance(gruff, dict)
    assert isinstance(clear, dict)
    front, left, back = (Attachment("keeper", picture(name).digest) for name in ("front", "left", "back"))
    assert (keeper["frontal"], keeper["references"], keeper["pictures"]) == (front, [left, back], [front, left, back])
    assert gruff["sample"] == Attachment("gruff", SAMPLE.digest)
    assert "sample" not in clear


# --- native or not


def judged(kind: str, name: str, *changes: tuple[str, str], ids: dict[str, str] | None = None) -> bool:
    """Whether that element or voice is given as such in a shot that opens on a picture."""
    manifest = studio(*changes)
    shot = make_shot("a", (mention("keeper"), mention("gull")), first=chained("b"),
                     dialogue=(say("Stay."), say("Go.", "clear")))  # fmt: skip
    canonical = canonical_of(shot)
    offer = find_offer(manifest, canonical)
    assert offer is not None
    cast = cast_of(canonical, {f"{kind}_ids": ids or {}}, {})
    return is_native(offer, manifest, "element" if kind == "element" else "voice",
                     (cast.elements if kind == "element" else cast.voices)[name])  # fmt: skip


def test_by_id_is_native_who_has_one_or_can_be_made() -> None:
    assert judged("element", "keeper")
    assert not judged("element", "gull")
    assert judged("element", "gull", ids={"gull": "e-1"})
    assert judged("voice", "gruff")
    assert not judged("voice", "clear")


def test_where_nothing_is_made_only_an_id_helps() -> None:
    assert not judged("element", "keeper", NO_RESOURCES)
    assert judged("element", "keeper", NO_RESOURCES, ids={"keeper": "e-1"})


def test_by_pictures_is_native_who_has_some() -> None:
    assert judged("element", "keeper", BY_PICTURES, NO_RESOURCES)
    assert not judged("element", "gull", BY_PICTURES)
    assert not judged("element", "gull", BY_PICTURES, ids={"gull": "e-1"})


def test_nobody_is_native_where_the_model_takes_none_or_the_prompt_cannot_name_them() -> None:
    assert not judged("voice", "gruff", ("    voices: 2", "    voices: 0"))
    silent = ('  voice: {text: ["<<<voice_", {reference: item.number}, ">>>"]}\n', "")
    assert not judged("voice", "gruff", silent)
    assert judged("element", "keeper", silent)


def test_whether_a_body_takes_ids_is_seen_from_its_verbs_however_deep() -> None:
    by_id, by_pictures = interface_of(studio()).tasks["picture"], interface_of(studio(BY_PICTURES)).tasks["picture"]
    assert takes_by_id(by_id, "element")
    assert not takes_by_id(by_pictures, "element")
    assert takes_by_id(by_pictures, "voice")
    cases = "elements: {cases: [{list: [{each: elements, give: {text: [id-, {reference: item.id}]}}]}]}"
    assert takes_by_id(interface_of(studio((BY_PICTURES[0], cases))).tasks["picture"], "element")


def test_made_is_only_what_the_gateway_makes_from_what_there_is() -> None:
    manifest = studio()
    front, sample = Attachment("keeper"), Attachment("gruff")
    assert is_makeable(manifest, "element", {"frontal": front})
    assert not is_makeable(manifest, "element", {"frontal": None, "references": [front]})
    assert is_makeable(manifest, "voice", {"sample": sample})
    assert not is_makeable(manifest, "voice", {"frontal": front})
    assert not is_makeable(studio(NO_RESOURCES), "voice", {"sample": sample})
    assert not is_makeable(replace(manifest, interface=None), "voice", {"sample": sample})
