"""A written storyboard resolved: layers, names, templates, pictures, and every problem told at its line."""

from decimal import Decimal
from pathlib import Path

import pytest
from written_builder import CAST, HEAD, fill_folder, fine, line_of, resolved, told

from runner.core.place import Source
from runner.model.money import Money
from runner.model.storyboard import Camera, Chained, Layer, Mention, Picture, PriceRow
from runner.reading.resolve import slug_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill_folder(tmp_path)


def test_built_in_values_hold_where_nothing_is_written(folder: Path) -> None:
    shot = fine(HEAD + "shots: [{id: a, prompt: A harbour.}]", folder).shot("a")
    settings = (shot.mode, shot.duration, shot.aspect_ratio, shot.sound, shot.watermark, shot.rolls, shot.unsupported)
    assert [setting.value for setting in settings] == ["std", 5, "16:9", False, False, 1, "refuse"]
    assert {setting.layer for setting in settings} == {Layer.BUILT_IN}
    assert shot.convert.value == ()
    assert shot.prompt == ("A harbour.",)


LAYERS = """
defaults: {duration: 6, mode: pro, sound: on, seed: 1}
profiles:
  draft: {mode: std, seed: 4}
scenes:
  - id: dawn
    defaults: {duration: 7, mode: 4k, seed: 2}
    shots:
      - {id: plain, prompt: x}
      - {id: own, prompt: x, seed: 5, duration: 8}
  - id: dusk
    shots:
      - {id: late, prompt: x}
"""


def test_a_stronger_layer_wins_and_keeps_its_place(folder: Path) -> None:
    storyboard = fine(HEAD + LAYERS, folder, profile="draft")
    plain, own, late = storyboard.shots
    assert (plain.duration.value, plain.duration.layer) == (7, Layer.SCENE)
    assert (plain.mode.value, plain.mode.layer) == ("std", Layer.PROFILE)
    assert (own.duration.value, own.duration.layer, line_of(own.duration.place)) == (
        8,
        Layer.SHOT,
        "storyboard.yaml:13",
    )
    assert (late.duration.value, late.duration.layer) == (6, Layer.DEFAULTS)
    assert [shot.seed.value for shot in storyboard.shots if shot.seed is not None] == [4, 5, 4]
    assert (plain.model.value, plain.model.layer) == ("kling-v3", Layer.DEFAULTS)


def test_without_a_profile_its_layer_is_not_there(folder: Path) -> None:
    storyboard = fine(HEAD + LAYERS, folder)
    assert (storyboard.profile, storyboard.profiles) == (None, ("draft",))
    assert [shot.mode.value for shot in storyboard.shots] == ["4k", "4k", "pro"]


def test_options_are_merged_name_by_name(folder: Path) -> None:
    text = (
        HEAD
        + "defaults: {options: {kling: {a: 1, b: 1}, other: {c: 1}}}\n"
        + "shots:\n  - {id: a, prompt: x, options: {kling: {b: 2}}}"
    )
    options = fine(text, folder).shot("a").options
    assert {provider: dict(setting.value) for provider, setting in options.items()} == {
        "kling": {"a": 1, "b": 2},
        "other": {"c": 1},
    }
    assert (options["kling"].layer, options["other"].layer) == (Layer.SHOT, Layer.DEFAULTS)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("on", True), ("off", False), ("true", True), ("false", False), ('"on"', True)],
)
def test_sound_is_switched_by_words(folder: Path, written: str, expected: bool) -> None:  # noqa: FBT001  # a table's column
    assert fine(HEAD + f"shots: [{{id: a, prompt: x, sound: {written}}}]", folder).shot("a").sound.value is expected


def test_the_provider_is_the_strongest_named(folder: Path) -> None:
    text = HEAD + "provider: kling\nprofiles: {real: {provider: mulerouter}}\nshots: [{id: a, prompt: x}]"
    chosen = [fine(text, folder), fine(text, folder, profile="real"), fine(text, folder, provider="kkiai")]
    assert [(one.provider.value, one.provider.layer) for one in chosen] == [
        ("kling", Layer.DEFAULTS),
        ("mulerouter", Layer.PROFILE),
        ("kkiai", Layer.COMMAND),
    ]
    bare = fine(HEAD + "shots: [{id: a, prompt: x}]", folder).provider
    assert (bare.value, bare.layer, bare.place) == ("animatic", Layer.BUILT_IN, None)


def test_a_template_is_rendered_with_what_the_shot_passes(folder: Path) -> None:
    text = (
        HEAD
        + CAST
        + """
shots:
  - id: a
    template: action.j2
    with: {who: "{{ element('keeper') }}", does: "climbs {{ shot.duration }} s in {{ look }}"}
"""
    )
    shot = fine(text, folder).shot("a")
    assert shot.prompt == (Mention("element", "keeper"), " climbs 5 s in 35mm film.")
    assert shot.mentioned_elements == ("keeper",)


def test_the_productions_own_template_comes_before_the_built_in_one(folder: Path) -> None:
    text = HEAD + "shots:\n  - {id: a, template: action.j2, with: {who: A, does: b}}\n  - {id: c, template: other.j2}"
    built_in = {name: Source(f"templates/{name}", "built in") for name in ("action.j2", "other.j2")}
    storyboard, findings = resolved(text, folder, built_in=built_in)
    assert storyboard is not None
    assert findings.diagnostics == []
    assert [shot.prompt for shot in storyboard.shots] == [("A b.",), ("built in",)]


def test_a_name_a_template_needs_is_missed_at_the_shot_that_uses_it(folder: Path) -> None:
    text = (
        HEAD
        + "shots:\n  - {id: a, template: action.j2, with: {wo: A, does: b}}\n"
        + "  - {id: b, template: action.j2, with: {who: A}}"
    )
    _, findings = resolved(text, folder)
    assert told(findings) == [
        ("template-undefined", "storyboard.yaml:5", "action.j2"),
        ("template-undefined", "storyboard.yaml:6", "action.j2"),
    ]
    first, second = findings.in_order()
    assert (first.message, first.hint) == ("`who` is not given to the template", "did you mean `wo`?")
    assert second.hint == "add `does` under `with:`"
    assert [str(place) for _, place in second.related] == ["templates/action.j2:1:14"]


@pytest.mark.parametrize("holder", ["vars", "with"])
def test_who_names_what_holds_a_value_is_told_to_name_the_value(holder: str, folder: Path) -> None:
    (folder / "templates" / "own.j2").write_text(f"{{{{ {holder}.who }}}}", encoding="utf-8")
    shots = (
        f"shots:\n  - {{id: a, template: own.j2, with: {{who: x}}}}\n  - {{id: b, prompt: '{{{{ {holder}.who }}}}'}}"
    )
    _, findings = resolved(HEAD + "vars: {who: x}\n" + shots, folder)
    hint = f"what stands under `{holder}:` is called by its own name: `{{{{ who }}}}`, not `{{{{ {holder}.who }}}}`"
    assert [found.hint for found in findings.in_order()] == [hint, hint]


def test_variables_are_plain_values(folder: Path) -> None:
    text = HEAD + "vars: {look: '{{ not a template }}'}\nshots: [{id: a, prompt: '{{ look }}'}]"
    assert fine(text, folder).shot("a").prompt == ("{{ not a template }}",)


def test_how_a_prompt_is_folded_changes_nothing(folder: Path) -> None:
    ways = [
        "'A harbour at dawn.'",
        "|\n      A harbour\n      at dawn.\n",
        ">-\n      A harbour\n      at dawn.",
        "A harbour\n      at dawn.",
    ]
    prompts = {fine(HEAD + f"shots:\n  - id: a\n    prompt: {way}\n", folder).shot("a").prompt for way in ways}
    assert prompts == {("A harbour at dawn.",)}


def test_dialogue_and_beats_are_rendered_too(folder: Path) -> None:
    text = (
        HEAD
        + CAST
        + """
defaults: {sound: on}
shots:
  - id: a
    beats:
      - {prompt: "{{ look }} one", duration: 2}
      - {template: action.j2, with: {who: "{{ element('keeper') }}", does: waits}, duration: 3}
    dialogue:
      - {voice: gruff, by: keeper, text: "{{ look }}, old girl."}
      - {voice: gruff, text: caption, spoken: false}
"""
    )
    shot = fine(text, folder).shot("a")
    assert shot.beats is not None
    assert shot.beats.value != "auto"
    assert [(beat.prompt, beat.duration) for beat in shot.beats.value] == [
        (("35mm film one",), 2),
        ((Mention("element", "keeper"), " waits."), 3),
    ]
    assert [(line.voice, line.by, line.text, line.spoken) for line in shot.dialogue] == [
        ("gruff", "keeper", ("35mm film, old girl.",), True),
        ("gruff", None, ("caption",), False),
    ]
    assert (shot.prompt, shot.prompt_place) == ((), None)


def test_frames_are_pictures_or_come_from_other_shots(folder: Path) -> None:
    text = (
        HEAD
        + """
shots:
  - {id: a, prompt: x, first_frame: frames/lit.png}
  - {id: b, prompt: x, from: a, last_frame: {shot: a, at: first}}
  - {id: c, prompt: x, from: {shot: b, at: 2.50}, after: [a, b, a]}
  - {id: d, prompt: x, first_frame: {shot: c}, last_frame: {url: "https://example.org/x.png"}}
"""
    )
    a, b, c, d = fine(text, folder).shots
    assert isinstance(a.first_frame, Picture)
    assert (a.first_frame.width, a.first_frame.height) == (640, 360)
    links = [(frame.shot, frame.at) for shot in (b, c, d) for _, frame in shot.chained]
    assert links == [("a", "last"), ("a", "first"), ("b", Decimal("2.5")), ("c", "last")]
    assert str(links[2][1]) == "2.5"
    assert c.after == ("a", "b")
    assert isinstance(d.last_frame, Picture)
    assert (d.last_frame.path, d.last_frame.url, d.last_frame.digest) == (None, "https://example.org/x.png", None)


def test_camera_masks_and_the_rest_have_their_place(folder: Path) -> None:
    text = (
        HEAD
        + """
shots:
  - id: a
    prompt: x
    camera: {zoom: -3}
    cfg_scale: 0.5
    negative_prompt: "blur,\\n text"
    convert: [jpeg, scale]
    masks: {static: frames/lit.png, dynamic: [{mask: frames/lit.png, trajectory: [[1, 2], [3, 4]]}]}
  - {id: b, prompt: x, camera: down_back, beats: auto}
"""
    )
    a, b = fine(text, folder).shots
    assert a.camera is not None
    assert a.camera.value == Camera("simple", "zoom", -3.0)
    assert a.negative_prompt is not None
    assert a.negative_prompt.value == "blur, text"
    assert a.convert.value == ("jpeg", "scale")
    assert a.masks is not None
    assert a.masks.dynamic[0].trajectory == ((1, 2), (3, 4))
    assert b.camera is not None
    assert b.camera.value == Camera("down_back", None, None)
    assert b.beats is not None
    assert b.beats.value == "auto"


def test_film_budget_and_prices_are_read(folder: Path) -> None:
    text = (
        HEAD
        + """
budget: 20 USD
prices: {kling: {kling-v3: [{price: 0.126 USD/s, mode: pro}, {price: 1.40 USD/clip, sound: on, duration: 5}]}}
film: {size: 1920x1080, fps: 24, music: {file: music/tide.wav, gain: -18 dB}, captions: true}
trust_guard: kling
shots: [{id: a, prompt: x}]
"""
    )
    storyboard = fine(text, folder)
    assert storyboard.budget is not None
    assert storyboard.budget.value == Money(Decimal(20), "USD")
    assert storyboard.prices["kling"]["kling-v3"] == (
        PriceRow(Decimal("0.126"), "USD", "second", "pro"),
        PriceRow(Decimal("1.40"), "USD", "clip", None, True, 5),
    )
    film = storyboard.film
    assert (film.width, film.height, film.frames_per_second, film.captions) == (1920, 1080, 24, True)
    assert film.music is not None
    assert film.music.gain == Decimal(-18)
    assert film.music.file.digest is not None
    assert storyboard.trust_guard == "kling"


def test_an_author_may_write_the_id_or_leave_it_to_the_title(folder: Path) -> None:
    bare = fine(HEAD + "shots: [{id: a, prompt: x}]", folder)
    named = fine(HEAD + "id: keeper-7f3a\nshots: [{id: a, prompt: x}]", folder)
    assert (bare.id, bare.id_is_written, named.id, named.id_is_written) == (
        "the-keepers-night",
        False,
        "keeper-7f3a",
        True,
    )


@pytest.mark.parametrize(
    ("title", "slug"),
    [("The Keeper's Last Night", "the-keepers-last-night"), ("Käthe & Zoë!", "kathe-zoe"), ("  2001: A  ", "2001-a")],
)
def test_a_title_becomes_an_id(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_titles_that_lose_letters_keep_apart() -> None:
    slugs = {
        slug_of("灯台守"),
        slug_of("灯台"),
        slug_of("Film 灯"),
        slug_of("Film 台"),
        slug_of(""),
        slug_of("x" * 100),
        slug_of("x" * 101),
    }
    assert len(slugs) == 7
    assert all(0 < len(slug) <= 64 and slug.replace("-", "").isalnum() and slug[0] != "-" for slug in slugs)


def test_renaming_a_shot_does_not_change_its_words(folder: Path) -> None:
    text = HEAD + "shots: [{id: %s, prompt: 'A harbour.', from: %s}, {id: z, prompt: x}]"
    first, second = fine(text % ("a", "z"), folder).shot("a"), fine(text % ("b", "z"), folder).shot("b")
    assert first.prompt == second.prompt
    assert isinstance(first.first_frame, Chained)


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_places_are_right_whatever_the_line_ends(folder: Path, line_end: str) -> None:
    first = "  - id: a\n    prompt: |\n      A harbour,\n      {{ lok }} at dawn.\n"
    text = HEAD + "shots:\n" + first + "  - {id: b, prompt: '{{ lok }}'}\n"
    _, findings = resolved(text.replace("\n", line_end), folder)
    assert told(findings) == [
        ("template-undefined", "storyboard.yaml:8", "lok"),
        ("template-undefined", "storyboard.yaml:9", "lok"),
    ]
