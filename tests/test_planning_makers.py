"""What stands beside the key under a gateway's name, and when another gateway's take stays current."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from planning_builders import (
    PLACE,
    Production,
    actions,
    chained,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    only_shot,
    paid,
    picture,
    reason_codes,
    say,
    set_value,
)
from studio_manifest import BY_PICTURES, NO_RESOURCES, SAID_IN_WORDS, changed, read_text, studio

from runner.core.canonical import Json
from runner.model.manifest import Manifest
from runner.model.storyboard import Shot, Sound, Storyboard
from runner.planning.makers import makers_part

SAMPLE = Sound("gruff.wav", None, picture("sample").digest, PLACE)
ELEMENTS = {
    "keeper": make_element("keeper", frontal="front", ids={"studio": "e-keeper", "other": "o-keeper"}),
    "gull": make_element("gull"),
}
VOICES = {"gruff": make_voice("gruff", ids={"studio": "v-gruff"}), "clear": make_voice("clear", "high and clear")}


def board(shot: Shot, **more: Any) -> Storyboard:
    return make_storyboard(
        replace(shot, model=set_value("loud-2")), **{"elements": ELEMENTS, "voices": VOICES, **more}
    )  # fmt: skip


def content(shot: Shot, manifest: Manifest | None = None, **more: Any) -> Mapping[str, Json]:
    storyboard = board(shot, **more)
    part = makers_part(storyboard, storyboard.shots[0], manifest or studio())
    assert part.gateway == (manifest or studio()).name
    return part.content


def describing(shot: Shot) -> Shot:
    return replace(shot, unsupported=set_value("describe"))


# --- what stands in it


def test_a_shot_that_asks_nothing_of_a_gateway_has_an_empty_one() -> None:
    assert content(make_shot("a")) == {}


def test_only_the_gateways_own_options_and_ids_stand_in_it() -> None:
    options: dict[str, dict[str, Json]] = {"studio": {"style": "calm"}, "other": {"speed": 3}}
    shot = make_shot("a", (mention("keeper"),), first=chained("b"), dialogue=(say("Stay."),), options=options)
    assert content(shot) == {
        "options": {"style": "calm"},
        "element_ids": {"keeper": "e-keeper"},
        "voice_ids": {"gruff": "v-gruff"},
    }


def test_an_id_that_was_written_for_its_library_is_its_own_unless_it_has_another() -> None:
    shot = make_shot("a", (mention("keeper"),), first=picture("f"))
    newer = replace(studio(), name="studio-next", shared_library="studio")
    assert content(shot, newer) == {"element_ids": {"keeper": "e-keeper"}}
    both = make_element("keeper", frontal="front", ids={"studio": "e-keeper", "studio-next": "e-new"})
    assert content(shot, newer, elements={"keeper": both}) == {"element_ids": {"keeper": "e-new"}}


def test_ids_of_whom_nobody_mentions_do_not() -> None:
    assert content(make_shot("a", dialogue=(say("Hm.", spoken=False),))) == {}


def test_whom_the_gateway_cannot_be_given_stands_in_it_as_words_with_leave_alone() -> None:
    shot = make_shot("a", (mention("keeper"), mention("gull")), first=chained("b"), dialogue=(say("Go.", "clear"),))
    told = content(describing(shot))
    assert told["described"] == {"elements": {"gull": "the gull"}, "voices": {"clear": "high and clear"}}
    assert "described" not in content(shot)


def test_where_the_task_takes_no_elements_all_of_them_are_words() -> None:
    assert content(describing(make_shot("a", (mention("keeper"),))))["described"] == {
        "elements": {"keeper": "the keeper"}
    }


def test_who_can_be_made_there_is_no_words() -> None:
    voices = {"gruff": replace(make_voice("gruff"), sample=SAMPLE)}
    shot = describing(make_shot("a", dialogue=(say("Stay."),)))
    assert content(shot, voices=voices) == {}
    assert content(shot, studio(NO_RESOURCES), voices=voices) == {
        "described": {"voices": {"gruff": "low and hoarse"}}
    }  # fmt: skip


def test_pictures_are_no_part_of_it_where_they_are_sent_as_such() -> None:
    shot = make_shot("a", (mention("keeper"), mention("gull")), first=chained("b"))
    assert content(describing(shot), studio(BY_PICTURES)) == {
        "element_ids": {"keeper": "e-keeper"},
        "described": {"elements": {"gull": "the gull"}},
    }


def test_a_description_that_is_said_beside_the_id_is_part_of_it() -> None:
    shot = make_shot("a", dialogue=(say("Stay."),))
    assert content(shot, studio(SAID_IN_WORDS)) == {
        "voice_ids": {"gruff": "v-gruff"},
        "said": {"voices": {"gruff": "low and hoarse"}},
    }


def test_a_model_that_is_not_offered_there_has_options_and_ids_and_no_words() -> None:
    shot = describing(make_shot("a", (mention("gull"),), last=picture("l"), dialogue=(say("Stay."),)))
    assert content(shot) == {"voice_ids": {"gruff": "v-gruff"}}


# --- takes that were made at another gateway

TALK = make_shot("talk", (mention("gull"), " waits"), first=picture("f"), dialogue=(say("Stay.", by="keeper"),))


@pytest.fixture
def moved() -> Production:
    """Made at the studio, then planned elsewhere; the studio's manifest is at hand."""
    production = Production(board(describing(TALK)), studio())
    assert production.run() == ["talk"]
    assert actions(production.plan()) == {"talk": "keep"}
    production.manifest = sister()
    return production


def sister() -> Manifest:
    """Another gateway of the same kind, that knows nobody by an id and makes nobody."""
    manifest, diagnostics = read_text(changed(("name: studio", "name: sister"), NO_RESOURCES))
    assert diagnostics == ()
    assert manifest is not None
    return manifest


def planned(production: Production) -> Any:
    return only_shot(production, manifests={"studio": studio(), "sister": sister()})


def test_a_take_of_one_gateway_is_current_when_another_plans(moved: Production) -> None:
    assert content(describing(TALK)) != content(describing(TALK), sister())
    assert planned(moved).action == "keep"


def test_changing_the_maker_gateways_id_makes_it_again(moved: Production) -> None:
    ids = {"studio": "e-another", "other": "o-keeper"}
    moved.storyboard = replace(
        moved.storyboard, elements={**ELEMENTS, "keeper": replace(ELEMENTS["keeper"], ids=ids)}
    )  # fmt: skip
    assert planned(moved).action == "make"


def test_changing_a_third_gateways_id_does_not(moved: Production) -> None:
    ids = {"studio": "e-keeper", "other": "o-changed"}
    moved.storyboard = replace(
        moved.storyboard, elements={**ELEMENTS, "keeper": replace(ELEMENTS["keeper"], ids=ids)}
    )  # fmt: skip
    assert planned(moved).action == "keep"


def test_changing_words_that_were_put_in_there_makes_it_again(moved: Production) -> None:
    gull = replace(ELEMENTS["gull"], description="another gull")
    moved.storyboard = replace(moved.storyboard, elements={**ELEMENTS, "gull": gull})
    assert planned(moved).action == "make"
    assert reason_codes(planned(moved)) != []


def test_changing_words_that_were_not_put_in_there_does_not(moved: Production) -> None:
    # At the sister the keeper would be described: at the studio, which made the take, it has an id.
    keeper = replace(ELEMENTS["keeper"], description="another keeper")
    moved.storyboard = replace(moved.storyboard, elements={**ELEMENTS, "keeper": keeper})
    assert planned(moved).action == "keep"


def test_without_the_makers_manifest_its_options_and_ids_still_decide() -> None:
    shot = make_shot("a", (mention("keeper"),), options={"gone": {"style": "calm"}})
    elements = {"keeper": make_element("keeper", frontal="front", ids={"gone": "e-1"})}
    production = Production(make_storyboard(shot, elements=elements), paid("gone"))
    production.run()
    production.manifest = paid("mulerouter")
    assert only_shot(production).action == "keep"
    production.storyboard = replace(
        production.storyboard, elements={"keeper": make_element("keeper", frontal="front", ids={"gone": "e-2"})}
    )
    assert only_shot(production).action == "make"
