import json
from pathlib import Path

from runner.adapters.production_files import FolderFiles
from runner.core.diagnostic import Findings
from runner.core.place import Place
from runner.model.written import WrittenStoryboard
from runner.reading.schema import Schema
from runner.reading.written import read_written

STORYBOARD = Schema(
    json.loads((Path(__file__).parent.parent / "schemas" / "storyboard.schema.json").read_text(encoding="utf-8"))
)
HEAD = "storyboard: 1\ntitle: T\n"


def read(folder: Path, **texts: str) -> tuple[WrittenStoryboard | None, Findings]:
    """Writes each text as `<name>.yaml`, with `__` for a folder, and reads `main.yaml`."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    findings = Findings()
    return read_written(FolderFiles(folder), "main.yaml", STORYBOARD, findings), findings


def ids_of(written: WrittenStoryboard | None) -> list[tuple[str | None, list[str]]]:
    assert written is not None
    return [
        (scene.id.text if scene.id else None, [shot.id.text for shot in scene.shots if shot.id])
        for scene in written.scenes
    ]


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(found.code, str(found.place)) for found in findings.in_order()]


def scene(own_id: str, *shots: str) -> str:
    return f"id: {own_id}\nshots:\n" + "".join(f"  - {{id: {shot}, prompt: x}}\n" for shot in shots)


def test_plain_shots_are_one_nameless_scene(tmp_path: Path) -> None:
    written, findings = read(tmp_path, main=f"{HEAD}shots: [{{id: a, prompt: x}}, {{id: b, prompt: y, duration: 3}}]\n")
    assert findings.diagnostics == []
    assert ids_of(written) == [(None, ["a", "b"])]
    assert written is not None
    assert list(written.scenes[0].shots[1].fields.entries) == ["prompt", "duration"]


def test_included_scenes_stand_where_they_are_included(tmp_path: Path) -> None:
    written, findings = read(
        tmp_path,
        main=f"{HEAD}scenes:\n  - include: scenes/one.yaml\n  - {{id: s2, shots: [{{id: c, prompt: x}}]}}\n"
        "  - include: scenes/more.yaml\n",
        scenes__one=scene("s1", "a", "b"),
        scenes__more="- id: s3\n  title: Third\n  defaults: {duration: 3}\n  shots: [{id: d, prompt: x}]\n"
        "- include: scenes/last.yaml\n",
        scenes__last=scene("s4", "e"),
    )
    assert findings.diagnostics == []
    assert ids_of(written) == [("s1", ["a", "b"]), ("s2", ["c"]), ("s3", ["d"]), ("s4", ["e"])]
    assert written is not None
    assert [source.name for source in written.sources] == [
        "main.yaml",
        "scenes/one.yaml",
        "scenes/more.yaml",
        "scenes/last.yaml",
    ]
    third = written.scenes[2]
    assert third.title is not None
    assert third.defaults is not None
    assert third.place.source.name == "scenes/more.yaml"


def test_a_main_file_that_is_missing_gives_nothing(tmp_path: Path) -> None:
    written, findings = read(tmp_path)
    assert written is None
    assert [found.code for found in findings.diagnostics] == ["file-missing"]


def test_a_main_file_that_is_no_mapping_gives_nothing(tmp_path: Path) -> None:
    written, findings = read(tmp_path, main="- a\n")
    assert written is None
    assert told(findings) == [("wrong-type", "main.yaml:1:1")]


def test_an_included_file_that_is_missing_is_told_at_the_include(tmp_path: Path) -> None:
    written, findings = read(
        tmp_path,
        main=f"{HEAD}scenes:\n  - include: scenes/strom.yaml\n  - {{id: s, shots: [{{id: a, prompt: x}}]}}\n",
        scenes__storm=scene("s1", "b"),
    )
    assert told(findings) == [("file-missing", "main.yaml:4:14")]
    assert "storm.yaml" in (findings.diagnostics[0].hint or "")
    assert ids_of(written) == [("s", ["a"])]


def test_a_circle_of_includes_is_named(tmp_path: Path) -> None:
    written, findings = read(
        tmp_path,
        main=f"{HEAD}scenes:\n  - include: a.yaml\n",
        a="- id: s\n  shots: [{id: x, prompt: x}]\n- include: b.yaml\n",
        b="- include: ./a.yaml\n",
    )
    assert told(findings) == [("include-cycle", "b.yaml:1:12")]
    assert findings.diagnostics[0].message == "`./a.yaml` includes itself: a.yaml -> b.yaml -> a.yaml"
    assert ids_of(written) == [("s", ["x"])]


def test_the_main_file_is_part_of_a_circle(tmp_path: Path) -> None:
    _, findings = read(tmp_path, main=f"{HEAD}scenes:\n  - include: main.yaml\n")
    assert [found.message for found in findings.diagnostics] == ["`main.yaml` includes itself: main.yaml -> main.yaml"]


def test_a_file_included_twice_is_told_and_read_once(tmp_path: Path) -> None:
    """However files include each other, no more is read than there is."""
    texts = {f"f{n}": f"- include: f{n + 1}.yaml\n- include: f{n + 1}.yaml\n" for n in range(20)}
    written, findings = read(tmp_path, main=f"{HEAD}scenes: [{{include: f0.yaml}}]\n", **texts, f20=scene("s", "a"))
    assert [found.code for found in findings.diagnostics] == ["duplicate-id"] * 20
    assert ids_of(written) == [("s", ["a"])]


def test_includes_go_only_so_deep(tmp_path: Path) -> None:
    texts = {f"f{n}": f"include: f{n + 1}.yaml\n" for n in range(100)}
    _, findings = read(tmp_path, main=f"{HEAD}scenes: [{{include: f0.yaml}}]\n", **texts)
    assert [found.code for found in findings.diagnostics] == ["too-deep"]


def test_what_holds_no_scene_is_told_at_the_include(tmp_path: Path) -> None:
    _, findings = read(
        tmp_path,
        main=f"{HEAD}scenes:\n  - include: whole.yaml\n  - include: shots.yaml\n  - include: word.yaml\n"
        "  - include: shot.yaml\n",
        whole=f"{HEAD}shots: [{{id: a, prompt: x}}]\n",
        shots="- {id: b, prompt: x}\n",
        word="storm\n",
        shot="id: c\nprompt: x\n",
    )
    assert [(found.code, found.message) for found in findings.in_order()] == [
        ("include-not-a-scene", "`whole.yaml` holds a whole storyboard, expected a scene or a list of scenes"),
        ("include-not-a-scene", "`shots.yaml` holds a list of shots, expected a scene or a list of scenes"),
        ("include-not-a-scene", "`word.yaml` holds a single value, expected a scene or a list of scenes"),
        ("include-not-a-scene", "`shot.yaml` holds a shot, expected a scene or a list of scenes"),
    ]
    assert str(findings.in_order()[0].related[0][1]) == "whole.yaml:1:1"


def test_a_fault_in_an_included_file_is_told_there(tmp_path: Path) -> None:
    written, findings = read(
        tmp_path,
        main=f"{HEAD}scenes:\n  - include: a.yaml\n  - include: b.yaml\n",
        a="id: s\nshots:\n  - {id: a, prompt: x, duration: ten}\n",
        b="id: t\nshots:\n\t- {id: b}\n",
    )
    assert told(findings) == [("wrong-type", "a.yaml:3:34"), ("yaml-tab", "b.yaml:3:1")]
    assert ids_of(written) == [("s", ["a"])]


def test_an_id_used_twice_names_both_places(tmp_path: Path) -> None:
    _, findings = read(
        tmp_path,
        main=f"{HEAD}scenes:\n  - {{id: s, shots: [{{id: a, prompt: x}}]}}\n  - include: b.yaml\n",
        b=scene("s", "b", "a"),
    )
    assert told(findings) == [("duplicate-id", "b.yaml:1:5"), ("duplicate-id", "b.yaml:4:10")]
    shot = findings.in_order()[1]
    assert shot.message == "two shots are called `a`, the other one at main.yaml:4:26"
    related = shot.related[0][1]
    assert isinstance(related, Place)
    assert str(related) == "main.yaml:4:26"


def test_a_shot_repeated_by_an_alias_has_its_id_twice(tmp_path: Path) -> None:
    _, findings = read(tmp_path, main=f"{HEAD}shots: [&a {{id: a, prompt: x}}, *a]\n")
    assert [found.code for found in findings.diagnostics] == ["duplicate-id"]


def test_shots_and_scenes_may_share_a_name(tmp_path: Path) -> None:
    _, findings = read(tmp_path, main=f"{HEAD}scenes: [{{id: a, shots: [{{id: a, prompt: x}}]}}]\n")
    assert findings.diagnostics == []


def test_what_is_of_the_wrong_shape_is_left_out_and_the_rest_read(tmp_path: Path) -> None:
    written, findings = read(
        tmp_path,
        main=f"{HEAD}scenes: [5, {{id: [], shots: [3, {{prompt: x}}, {{id: b, prompt: x}}]}}, {{include: 7}}]\n",
    )
    codes = [found.code for found in findings.in_order()]
    assert codes == ["wrong-type", "wrong-type", "wrong-type", "missing-field", "wrong-type"]
    assert ids_of(written) == [(None, ["b"])]
    assert written is not None
    assert len(written.scenes[0].shots) == 2
