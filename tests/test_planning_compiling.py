"""From a request to the call a gateway is sent: path, query, headers, body, and where each value came from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
from studio_manifest import BY_PICTURES, SAID_IN_WORDS, studio

from runner.core.canonical import Json
from runner.model.mapping import Way
from runner.model.request import MakersPart
from runner.model.storyboard import Beat, Camera, DynamicMask, Masks, Shot, Sound
from runner.planning.body import Attachment
from runner.planning.compiling import Circumstances, Compiled, CompiledResource, compile_request, compile_resource
from runner.planning.makers import makers_part
from runner.planning.request import outline_request
from runner.planning.resources import resource_makers, resource_request

ELEMENTS = {
    "keeper": replace(make_element("keeper", frontal="front"), references=(picture("left"),)),
    "gull": make_element("gull", ids={"studio": "e-gull"}),
}
SAMPLE = Sound("gruff.wav", "https://example.com/gruff.wav", picture("sample").digest, PLACE)
VOICES = {"gruff": replace(make_voice("gruff", ids={"studio": "v-gruff"}), sample=SAMPLE)}


class Naming:
    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        return f"<{attachment.label} {' '.join(ways)}>"


def compiled(shot: Shot, *changes: tuple[str, str], made: Mapping[tuple[str, str], str] | None = None) -> Compiled:
    manifest = studio(*changes)
    shot = replace(shot, model=set_value("loud-2"))
    storyboard = make_storyboard(shot, elements=ELEMENTS, voices=VOICES)
    around = Circumstances("fc-1", "https://example.com/told", made or {})
    makers = makers_part(storyboard, shot, manifest)
    done = compile_request(manifest, outline_request(storyboard, shot, "generated"), makers, Naming(), around)
    assert done is not None
    return done


def body(shot: Shot, *changes: tuple[str, str], **more: Any) -> Json:
    return compiled(shot, *changes, **more).call.body


def test_a_shot_from_words_is_one_call_with_all_it_asks_for() -> None:
    shot = make_shot("a", "Sea.", cfg_scale=set_value(0.5), mode="pro", options={"studio": {"style": "calm"}})
    call = compiled(shot).call
    assert (call.method, call.path, call.query, call.headers) == (
        "POST", "/v1/loud-two/words", {"style": "calm"}, {"X-Studio": "1"}
    )  # fmt: skip
    assert call.body == {
        "name": "fc-1",
        "tell": "https://example.com/told",
        "prompt": "Sea.",
        "seconds": "5",
        "quality": "professional",
        "ratio": "16:9",
        "sound": False,
        "strength": 0.5,
    }


def test_a_path_never_becomes_a_part_of_the_host() -> None:
    """`https://api.studio.example` and `@elsewhere.example` would be an address elsewhere, with the key."""
    for path in ("@elsewhere.example/v1", ".elsewhere.example/v1", ":8080/v1"):
        change = ("path: {text: [/v1/, {reference: spelling}, /words]}", f"path: '{path}'")
        assert compiled(make_shot("a", "Sea."), change).call.path == f"/{path}"


def test_without_options_there_is_no_query() -> None:
    assert compiled(make_shot("a")).call.query == {}


def test_a_shot_from_a_picture_is_another_call_with_frames_masks_and_camera() -> None:
    masks = Masks(picture("static"), (DynamicMask(picture("moving"), ((1, 2), (3, 4))),), PLACE)
    camera = set_value(Camera("simple", "zoom", 2.0))
    shot = make_shot("a", "Sea.", first=chained("b"), last=picture("lit"), masks=masks, camera=camera)
    done = compiled(shot)
    assert (done.task.name, done.spelling, done.call.path) == (
        "picture", "loud-two-fast", "/v1/loud-two-fast/picture"
    )  # fmt: skip
    assert done.call.body == {
        "name": "fc-1",
        "image": "<first_frame base64 url>",
        "tail": "<last_frame data-uri>",
        "prompt": "Sea.",
        "seconds": 5,
        "sound": "off",
        "still": "<masks.static base64 url>",
        "moving": [{"mask": "<masks.dynamic base64 url>", "way": [[1, 2], [3, 4]]}],
        "camera": {"type": "simple", "move": {"zoom": 2.0, "pan": 0.0}},
    }


def test_beats_take_the_place_of_the_prompt_or_are_left_to_the_model() -> None:
    beats = set_value((Beat(("one",), 2, PLACE), Beat(("two",), 3, PLACE)))
    listed = body(make_shot("a", (), beats=beats))
    assert isinstance(listed, dict)
    assert listed["cuts"] == [
        {"index": 1, "prompt": "one", "seconds": 2}, {"index": 2, "prompt": "two", "seconds": 3}
    ]  # fmt: skip
    assert "prompt" not in listed
    auto = body(make_shot("a", "Sea.", beats=set_value("auto")))
    assert isinstance(auto, dict)
    assert (auto["cuts"], auto["prompt"]) == ("by-model", "Sea.")


def test_ids_come_from_the_author_or_from_what_was_made() -> None:
    shot = make_shot("a", (mention("keeper"), " and ", mention("gull")), first=chained("b"), dialogue=(say("Stay."),))
    done = body(shot, made={("element", "keeper"): "e-made"})
    assert isinstance(done, dict)
    assert done["elements"] == [{"id": "e-made"}, {"id": "e-gull"}]
    assert done["voices"] == [{"id": "v-gruff"}]
    assert done["prompt"] == '<<<element_1>>> and <<<element_2>>> <<<voice_1>>> says: "Stay."'


def test_pictures_of_elements_go_along_where_the_gateway_wants_those() -> None:
    done = body(make_shot("a", (mention("keeper"),), first=chained("b")), BY_PICTURES)
    assert isinstance(done, dict)
    assert done["elements"] == [["<keeper base64 url>", "<keeper base64 url>"]]


def test_a_voice_may_be_listed_by_its_id_and_said_by_its_words() -> None:
    done = body(make_shot("a", "Sea.", dialogue=(say("Stay."),)), SAID_IN_WORDS)
    assert isinstance(done, dict)
    assert (done["voices"], done["prompt"]) == (["v-gruff"], 'Sea. low and hoarse says: "Stay."')


def test_who_is_described_is_named_in_words_and_listed_nowhere() -> None:
    shot = make_shot("a", (mention("gull"), " at sea"), dialogue=(say("Stay.", by="keeper"),))
    done = body(replace(shot, unsupported=set_value("describe")))
    assert isinstance(done, dict)
    assert done["prompt"] == 'the gull at sea the keeper <<<voice_1>>> says: "Stay."'
    assert "elements" not in done


def test_each_part_of_the_body_is_known_by_where_it_came_from() -> None:
    uses = {use.pointer: use.path for use in compiled(make_shot("a", dialogue=(say("Stay."),))).uses}
    assert uses["/seconds"] == ("duration",)
    assert uses["/voices"] == ("voices",)
    assert uses["/quality"] == ("mode",)
    assert "/tell" in uses
    assert "/strength" not in uses
    sent = compiled(make_shot("a", first=chained("b"))).sent
    # `mode` stands in the model's spelling alone.
    assert {"mode", "first_frame", "duration", "sound"} <= sent
    assert sent.isdisjoint({"watermark", "camera", "masks", "last_frame", "elements"})


def test_a_mode_the_spelling_has_no_word_for_does_not_count_as_sent() -> None:
    assert "mode" not in compiled(make_shot("a", first=chained("b"), mode="4k")).sent


def test_what_is_not_offered_compiles_to_nothing() -> None:
    shot = make_shot("a", last=picture("l"), model="loud-2")
    canonical = outline_request(make_storyboard(shot), shot, "generated")
    assert compile_request(studio(), canonical, MakersPart("studio", {}), Naming()) is None
    assert compile_request(replace(studio(), interface=None), canonical, MakersPart("studio", {}), Naming()) is None


# --- what is made at the gateway first


def made_of(kind: str, name: str, manifest: Any = None) -> CompiledResource | None:
    storyboard = make_storyboard(make_shot("a"), elements=ELEMENTS, voices=VOICES)
    named: Any = (kind, name)
    request = resource_request(storyboard, named)
    return compile_resource(
        manifest or studio(), request, resource_makers(storyboard, named, "studio"), Naming(), "fc-2"
    )


def test_a_voice_is_made_from_its_sample_and_called_as_the_author_does() -> None:
    done = made_of("voice", "gruff")
    assert done is not None
    assert (done.request, done.call.method, done.call.path) == (None, "POST", "/v1/voices")
    # The label is cut to what the gateway takes.
    assert done.call.body == {"name": "fc-2", "label": "gruf", "sample": "<gruff url>"}


def test_an_element_is_made_from_its_pictures() -> None:
    done = made_of("element", "keeper")
    assert done is not None
    assert done.request == "studio-element"
    assert done.call.body == {
        "name": "fc-2", "front": "<keeper base64>", "more": ["<keeper base64 url>"], "about": "the keeper"
    }  # fmt: skip


def test_a_gateway_that_makes_no_such_thing_is_not_asked() -> None:
    interface = studio().interface
    assert interface is not None
    none = replace(studio(), interface=replace(interface, resources={}))
    assert made_of("voice", "gruff", none) is None
    assert made_of("voice", "gruff", replace(studio(), interface=None)) is None
