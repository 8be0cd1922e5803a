"""What the offline check passes without a word, the strict double never refuses: over storyboards drawn at random.

The double is written from the gateways' pages and knows nothing of our manifests, so that a rule that one
of them lacks shows.
"""

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from gateway_bodies import NAME
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from runner.adapters import package_data
from runner.api.manifests import built_in
from runner.api.production import Examined, examine
from runner.api.targets import Target
from runner.model.manifest import Manifest
from runner.model.mapping import Way
from runner.planning.body import Attachment
from runner.planning.compiling import Circumstances, compile_request
from runner.planning.makers import makers_part
from runner.planning.request import outline_request
from runner.sandbox.dialect import Call, Strictness, Wanted
from runner.sandbox.dialects import make_dialects
from runner.sandbox.options import SandboxOptions
from runner.sandbox.routes import Routes

PROVIDERS = [name for name in package_data.gateway_names() if name != "animatic"]
ROUTES = Routes(make_dialects(SandboxOptions()))
IDS = dict.fromkeys(PROVIDERS, "829824295735410756")


def _packed(size: tuple[int, int]) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, "#406080").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


# Take pictures by a public address only: from a file they would take none, and nothing with a picture would be tried.
BY_ADDRESS = frozenset({"piapi"})
NEEDED = frozenset({"id", "model", "mode", "duration", "sound", "prompt"})
ROUNDS = 5
PICTURE = _packed((320, 320))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("drawn")
    (made / "picture.png").write_bytes(base64.b64decode(PICTURE))
    return made


def chance(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly left out: a shot that asks for everything at once is refused by everybody."""
    return st.one_of(*[st.none()] * 4, strategy)


CAMERAS = st.one_of(
    st.sampled_from(["down_back", "forward_up", "right_turn_forward", "left_turn_forward"]),
    st.builds(
        lambda move, amount: {move: amount},
        st.sampled_from(["horizontal", "vertical", "pan", "tilt", "roll", "zoom"]),
        st.integers(-10, 10).filter(bool),
    ),
)
MASKS = st.builds(
    lambda static, count: {
        **({"static": "picture.png"} if static or not count else {}),
        "dynamic": [{"mask": "picture.png", "trajectory": [[1, 1], [100, 50]]}] * count,
    },
    st.booleans(),
    st.integers(0, 2),
)


WORDS = (
    *("A harbour.", "A wide sea.", "Gulls.", "A lamp."),
    *("{{ element('keeper') }} waves.", "Wind, and {{ voice('gruff') }}."),
)
# Signs of one gateway or another, as somebody writes them who knows its pages; most of them are words elsewhere.
SIGNS = (
    *(
        "<<<element_1>>> waves.",
        "<<<voice_1>>> hums.",
        "Like <<<image_3>>>.",
        "{{ element('keeper') }} and <<<Element_2>>>.",
    ),
    *("@Element1 waves.", "As @Image2.", "@1 hums.", "@element_1 waves.", "{{ element('keeper') }}0 waves."),
    *("Rain; wind.", "shot 1, 9, a lamp;", "Shot 2,2,a lamp"),
)
PROMPTS = st.one_of(*[st.sampled_from(WORDS)] * 3, st.sampled_from(SIGNS))


def dialogue_of(text: str) -> list[dict[str, str]]:
    return [{"voice": "gruff", "by": "keeper", "text": text}]


@st.composite
def shots(draw: st.DrawFn, manifest: Manifest) -> dict[str, Any]:
    """One shot that may ask for anything the format has, at a model, length and mode there are."""
    model = draw(st.sampled_from(sorted(manifest.models)))
    limits = manifest.models[model]
    duration = draw(st.sampled_from(limits.durations))
    sounds = ["on", "off"] if limits.has_sound else ["off", "off", "off", "on"]
    shot: dict[str, Any] = {
        "id": "one",
        "model": model,
        "mode": draw(st.sampled_from(limits.modes or ("std",))),
        "duration": duration,
        "sound": draw(st.sampled_from(sounds)),
        "prompt": draw(PROMPTS),
        "first_frame": draw(st.sampled_from([None, "picture.png", "picture.png"])),
        "last_frame": draw(chance(st.just("picture.png"))),
        "negative_prompt": draw(chance(st.sampled_from(["blur", "<<<voice_2>>>"]))),
        "cfg_scale": draw(chance(st.sampled_from([0, 0.5, 1]))),
        "camera": draw(chance(CAMERAS)),
        "masks": draw(chance(MASKS)),
        "watermark": draw(chance(st.booleans())),
        "aspect_ratio": draw(chance(st.sampled_from(["16:9", "9:16", "1:1"]))),
        "unsupported": draw(chance(st.just("describe"))),
        "dialogue": draw(chance(st.builds(dialogue_of, PROMPTS))),
    }
    beats = draw(chance(st.sampled_from(["auto", "listed"])))
    if beats == "listed":
        first = duration // 2
        lengths = [first, duration - first]
        shot["beats"] = [{"prompt": draw(PROMPTS), "duration": each} for each in lengths]
        del shot["prompt"]
    elif beats == "auto":
        shot["beats"] = "auto"
    return {name: value for name, value in shot.items() if value is not None}


def storyboard_of(shot: Mapping[str, Any]) -> str:
    board = {
        "storyboard": 1,
        "title": "Drawn",
        "elements": {
            "keeper": {"description": "a keeper", "frontal": "picture.png", "references": ["picture.png"], "ids": IDS}
        },
        "voices": {"gruff": {"description": "low and hoarse", "ids": IDS}},
        "shots": [shot],
    }
    # JSON is YAML.
    return json.dumps(board)


class Real:
    """The same little picture everywhere, in the form the gateway wants."""

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        del attachment
        way = ways[0]
        if way is Way.URL:
            return "https://example.com/picture.png"
        return PICTURE if way is Way.BASE64 else f"data:image/png;base64,{PICTURE}"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_passed_without_a_word_is_never_refused(provider: str, folder: Path) -> None:
    passed: list[str] = []

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(shots(built_in(provider)))
    def hold(shot: dict[str, Any]) -> None:
        for _ in range(ROUNDS):
            examined = examined_as(provider, folder, shot)
            if not examined.diagnostics:
                passed.append(shot["model"])
                assert_taken(provider, examined, shot)
                return
            shot = without_what_is_wrong(shot, examined, built_in(provider))

    hold()
    # Were nothing ever passed, the property would say nothing.
    assert len(passed) >= 25


def without_what_is_wrong(shot: Mapping[str, Any], examined: Examined, manifest: Manifest) -> dict[str, Any]:
    """As an author would mend it, so that what passes lies close to what does not."""
    told = " ".join(f"{found.message} {found.hint}" for found in examined.diagnostics)
    named = [name for name in shot if f"`{name}`" in told or f"`{name}:" in told]
    mended = {name: value for name, value in shot.items() if name not in named or name in NEEDED}
    modes = manifest.models[shot["model"]].modes
    if "mode" in named and len(modes) > 1:
        mended["mode"] = modes[(modes.index(shot["mode"]) + 1) % len(modes)]
    if "sound" in named:
        mended["sound"] = "off" if shot["sound"] == "on" else "on"
    if "first_frame" in named or "picture" in told:
        mended["first_frame"] = "picture.png"
    if "gruff" in told or "keeper" in told or "voices" in told or "elements" in told:
        mended = {**mended, "prompt": "A harbour."}
        mended.pop("dialogue", None)
    if "as words" in told or "run on" in told:
        mended = {
            name: value
            for name, value in mended.items()
            if name not in {"prompt", "beats", "dialogue", "negative_prompt"}
        }
    if "prompt" not in mended and "beats" not in mended:
        mended["prompt"] = "A harbour."
    return mended


def examined_as(provider: str, folder: Path, shot: Mapping[str, Any]) -> Examined:
    board = storyboard_of(shot)
    if provider in BY_ADDRESS:
        board = board.replace('"picture.png"', json.dumps({"url": "https://example.com/picture.png"}))
    (folder / "storyboard.yaml").write_text(board, encoding="utf-8")
    return examine(Target(folder, provider=provider, environment={}))


def assert_taken(provider: str, examined: Examined, shot: Mapping[str, Any]) -> None:
    assert examined.production is not None
    board, manifest = examined.production.storyboard, examined.production.manifest
    asked = board.shots[0]
    makers = makers_part(board, asked, manifest)
    canonical = outline_request(board, asked, manifest.medium)
    done = compile_request(manifest, canonical, makers, Real(), Circumstances(NAME))
    assert done is not None
    route = ROUTES.find(done.call.method, done.call.path)
    assert route is not None, done.call.path
    call = Call(route.operation, route.places, done.call.query, {}, done.call.body, True, "http://127.0.0.1:1")
    reading = route.dialect.read(call, Strictness.STRICT)
    assert isinstance(reading, Wanted), f"{provider} refuses {json.dumps(shot)}: {reading.body}"
