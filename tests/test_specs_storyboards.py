"""The example storyboards are what the docs show: nothing is wrong with them, and `keeper` has what it is there for."""

from pathlib import Path

import pytest
from PIL import Image

from runner import api
from runner.adapters import package_data
from runner.adapters.production_files import FolderFiles
from runner.core.diagnostic import Diagnostic, Findings
from runner.model.outside import PictureFacts
from runner.model.storyboard import Chained, Picture, Shot, Storyboard
from runner.model.written import WrittenStoryboard
from runner.planning.capability import check_capability
from runner.reading.chains import check_chains
from runner.reading.manifest import read_manifest
from runner.reading.resolve import resolve
from runner.reading.schema import Schema
from runner.reading.written import read_written

STORYBOARDS = Path(__file__).parent.parent / "specs" / "storyboards"
PRODUCTIONS = sorted(path.parent for path in STORYBOARDS.glob("*/storyboard.yaml"))
KEEPER = STORYBOARDS / "keeper"
CASES = [
    (folder, profile)
    for folder in PRODUCTIONS
    for profile in ((None, "draft", "final") if folder == KEEPER else (None,))
]


def examine(folder: Path, profile: str | None = None) -> tuple[WrittenStoryboard, Storyboard, tuple[Diagnostic, ...]]:
    findings = Findings()
    files = FolderFiles(folder)
    written = read_written(files, "storyboard.yaml", Schema(package_data.schema_document("storyboard")), findings)
    assert written is not None, findings.in_order()
    storyboard = resolve(written, files, package_data.prompt_templates(), profile, None, findings)
    assert storyboard is not None, findings.in_order()
    check_chains(storyboard, findings)
    source = package_data.gateway_source(storyboard.provider.value)
    manifest = read_manifest(source, Schema(package_data.schema_document("manifest")), findings)
    assert manifest is not None, findings.in_order()
    check_capability(storyboard, manifest, picture_facts(storyboard, files), findings)
    return written, storyboard, findings.in_order()


def picture_facts(storyboard: Storyboard, files: FolderFiles) -> dict[str, PictureFacts]:
    elements = storyboard.elements.values()
    named = [one.frontal for one in elements] + [picture for one in elements for picture in one.references]
    frames = [frame for shot in storyboard.shots for frame in (shot.first_frame, shot.last_frame)]
    pictures = [one for one in (*named, *frames) if isinstance(one, Picture)]
    return {picture.path: files.picture(picture.path) for picture in pictures if picture.path is not None}


@pytest.fixture(scope="module")
def keeper() -> Storyboard:
    return examine(KEEPER)[1]


@pytest.mark.parametrize(("folder", "profile"), CASES, ids=str)
def test_an_example_has_nothing_wrong_or_doubtful(folder: Path, profile: str | None) -> None:
    assert examine(folder, profile)[2] == ()


@pytest.mark.parametrize("folder", PRODUCTIONS, ids=lambda folder: folder.name)
def test_an_example_tells_editors_where_its_schema_is(folder: Path) -> None:
    for path in folder.rglob("*.yaml"):
        first, _, _ = path.read_text(encoding="utf-8").partition("\n")
        where = first.removeprefix("# yaml-language-server: $schema=").partition("#")[0]
        assert (path.parent / where).resolve() == STORYBOARDS.parent.parent / "schemas" / "storyboard.schema.json"


def test_quickstart_is_three_shots_and_one_chain() -> None:
    shots = examine(STORYBOARDS / "quickstart")[1].shots
    assert len(shots) == 3
    assert [shot.id for shot in shots if shot.chained] == ["gutter"]


def test_keeper_is_a_film_of_about_a_minute_in_three_scenes(keeper: Storyboard) -> None:
    assert len(keeper.shots) >= 12
    assert [scene.id for scene in keeper.scenes] == ["dusk", "storm", "morning"]
    assert 60 <= sum(shot.duration.value for shot in keeper.shots) <= 75
    assert (keeper.film.width, keeper.film.frames_per_second) == (1280, 24)
    assert (keeper.film.width, keeper.film.height, keeper.film.frames_per_second) == (1280, 720, 24)


def test_keeper_includes_two_files_and_uses_its_own_and_built_in_templates() -> None:
    written = examine(KEEPER)[0]
    assert [source.name for source in written.sources[1:]] == ["scenes/storm.yaml", "scenes/morning.yaml"]
    used = {
        str(field.value)
        for scene in written.scenes
        for shot in scene.shots
        if (field := shot.fields.get("template")) is not None and hasattr(field, "value")
    }
    own = {path.name for path in (KEEPER / "templates").iterdir()}
    assert own
    assert own <= used
    assert used - own <= set(package_data.prompt_templates())
    assert len(used - own) >= 3


def test_keeper_shows_three_elements_with_pictures_and_two_voices_with_descriptions(keeper: Storyboard) -> None:
    assert len(keeper.elements) == 3
    for element in keeper.elements.values():
        assert element.frontal is not None
        assert element.references
    assert len(keeper.voices) == 2
    assert all(voice.description for voice in keeper.voices.values())
    mentioned = {name for shot in keeper.shots for name in (*shot.mentioned_elements, *shot.mentioned_voices)}
    assert mentioned == {*keeper.elements, *keeper.voices}


def test_keeper_speaks_and_has_a_line_that_is_only_a_caption(keeper: Storyboard) -> None:
    lines = [line for shot in keeper.shots for line in shot.dialogue]
    assert any(line.by == "keeper" and line.spoken for line in lines)
    assert [line.spoken for line in lines].count(False) == 1


def test_keeper_chains_in_every_way_there_is(keeper: Storyboard) -> None:
    chained = [(field, frame.at) for shot in keeper.shots for field, frame in shot.chained]
    assert ("last_frame", "first") in chained
    assert ("first_frame", "last") in chained
    assert ("first_frame", "first") in chained
    assert any(shot.after for shot in keeper.shots)
    assert any(isinstance(shot.first_frame, Picture) for shot in keeper.shots)
    assert 3 <= max(depth(keeper, shot) for shot in keeper.shots) <= 4


def depth(storyboard: Storyboard, shot: Shot) -> int:
    """Clips in the longest chain that ends in this shot."""
    frames = [frame for frame in (shot.first_frame, shot.last_frame) if isinstance(frame, Chained)]
    return 1 + max((depth(storyboard, storyboard.shot(frame.shot)) for frame in frames), default=0)


def test_keeper_asks_for_two_rolls_for_beats_and_for_camera_moves(keeper: Storyboard) -> None:
    assert [shot.rolls.value for shot in keeper.shots if shot.rolls.value > 1] == [2]
    assert [len(shot.beats.value) for shot in keeper.shots if shot.beats is not None] == [3]
    assert sum(shot.camera is not None for shot in keeper.shots) >= 4
    assert keeper.profiles == ("draft", "final")


def test_a_draft_of_keeper_is_shorter_and_the_final_one_is_finer(keeper: Storyboard) -> None:
    draft, final = examine(KEEPER, "draft")[1], examine(KEEPER, "final")[1]
    assert sum(shot.duration.value for shot in draft.shots) < sum(shot.duration.value for shot in keeper.shots)
    assert {shot.mode.value for shot in final.shots} == {"pro"}


@pytest.mark.parametrize("path", sorted(KEEPER.glob("*/*.png")), ids=lambda path: path.name)
def test_a_picture_of_keeper_is_large_enough_to_use_and_small_enough_to_keep(path: Path) -> None:
    with Image.open(path) as picture:
        assert min(picture.size) >= 720
    assert path.stat().st_size < 150_000


@pytest.mark.parametrize("folder", PRODUCTIONS, ids=lambda folder: folder.name)
def test_the_committed_lock_is_of_the_storyboard_as_it_is(folder: Path) -> None:
    """On a machine that has no clips, and so also a proof that keys are what they were when the lock was written."""
    plan = api.plan(api.Target(folder)).plan
    assert {reason.code for shot in plan.shots for reason in shot.reasons} == {"clip-not-here"}
    assert all(isinstance(roll.key, str) for shot in plan.shots for roll in shot.rolls)
