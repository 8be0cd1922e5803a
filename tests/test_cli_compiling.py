"""`compile`: the exact request for a shot, the line of each value, and what is made before it."""

import re
from pathlib import Path

import pytest
from lamp_production import KEY, STORYBOARD, json_of, make_lamp, print_of, write
from PIL import Image

from runner.cli import run_command


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MULEROUTER_API_KEY", KEY)
    return make_lamp(tmp_path / "lamp")


def test_a_request_is_shown_with_the_line_of_each_value(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = print_of(capsys, "compile", "climb", production)
    assert "POST https://api.mulerouter.ai/vendors/klingai/v1/kling-v2.6/image-to-video/generation\n" in told
    assert "Authorization: Bearer $MULEROUTER_API_KEY\n" in told
    assert '  "image": "<last frame of harbour as base64>",\n' in told
    assert '  "prompt": "an old keeper climbs. an old keeper <<<voice_1>>> says: \\"One more night.\\"",\n' in told
    for row in (
        "address      model            defaults    storyboard.yaml:4",
        "/image       first_frame      shot        storyboard.yaml:16",
        "/prompt      prompt           shot        storyboard.yaml:17",
        "/prompt      dialogue         shot        storyboard.yaml:19",
        "/prompt      elements.keeper  storyboard  storyboard.yaml:7",
        "/voice_list  voices.gruff     storyboard  storyboard.yaml:9",
        "/duration    duration         built-in\n",
    ):
        assert f"  {row}" in told
    assert "left out:\n  aspect_ratio 16:9  built-in" in told
    assert re.search(r"cfg_scale 0\.4 +defaults, storyboard\.yaml:5 +`kling-v2\.6` from a picture at MuleRouter", told)
    assert "needs no field:\n  watermark false  built-in  is what happens anyway\n" in told
    assert told.endswith("nothing was sent, and no key was read\n")


def test_pictures_are_told_by_name_size_and_weight(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weight = round((production / "frames" / "dusk.png").stat().st_size / 1000)
    made = json_of(capsys, "compile", "compile", "harbour", production)
    assert made["request"]["body"]["image"] == f"<frames/dusk.png: 1280x720 png, {weight} kB as base64>"
    bridge = json_of(capsys, "compile", "compile", "bridge", production)["request"]["body"]
    assert (bridge["image"], bridge["image_tail"]) == (
        "<last frame of climb as base64>",
        "<frame of harbour at 2.5 s as base64>",
    )


def test_what_only_a_run_can_know_is_told_by_what_it_will_be(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = "sample: {url: 'https://example.com/gruff.mp3'}"
    write(production, STORYBOARD.replace('ids: {mulerouter: "829824295735410756"}', sample))
    made = json_of(capsys, "compile", "compile", "climb", production, "--provider", "kling")
    body = made["request"]["body"]
    assert body["voice_list"] == [{"voice_id": "<id of voice gruff, made first>"}]
    assert body["external_task_id"] == "<fc- and 40 hex digits: the job's name>"
    assert {one["field"]: one["layer"] for one in made["origins"]}["job_name"] == "framechain"


def test_every_value_of_the_body_has_an_origin(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for shot in ("harbour", "climb", "bridge"):
        made = json_of(capsys, "compile", "compile", shot, production)
        pointers = {one["pointer"].split("/")[1] for one in made["origins"] if one["pointer"]}
        assert pointers == set(made["request"]["body"])


def test_a_layer_is_told_as_it_was_laid(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, f"{STORYBOARD}profiles:\n  draft: {{mode: std, sound: off}}\n")
    made = json_of(capsys, "compile", "compile", "harbour", production, "--profile", "draft")
    layers = {one["field"]: (one["layer"], one["line"]) for one in made["origins"]}
    assert layers["mode"] == ("profile", 26)
    assert layers["duration"] == ("shot", 14)
    assert layers["model"] == ("defaults", 4)


def test_what_is_wrong_with_another_shot_is_no_hindrance(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = STORYBOARD.replace("prompt: Over the water.", "promt: '{{ nobody }}'").replace("at: 2.5", "at: 99")
    write(production, broken)
    assert run_command(["check", str(production)]) == 2
    capsys.readouterr()
    assert "One more night." in print_of(capsys, "compile", "climb", production)


def test_what_is_wrong_with_the_shot_itself_is_told(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("prompt: Over the water.", "prompt: '{{ nobody }}'\n    camera: {pan: 2}"))
    told = print_of(capsys, "compile", "bridge", production, code=2)
    assert "template-undefined" in told
    assert "takes no `camera`" in told
    write(production, STORYBOARD.replace("    duration: 10", "    duration: 7"))
    assert "write `duration: 5`" in print_of(capsys, "compile", "harbour", production, code=2)


def test_a_request_that_is_not_as_documented_is_shown_all_the_same(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = STORYBOARD.replace("model: kling-v2.6", "model: kling-v3")
    element = "  lamp: {description: a lamp, ids: {kling: my-lamp}}\nvoices:"
    shot = "prompt: \"{{ element('lamp') }} over the water.\""
    write(production, board.replace("voices:", element, 1).replace("prompt: Over the water.", shot))
    assert run_command(["compile", "bridge", str(production), "--provider", "kling"]) == 2
    printed = capsys.readouterr()
    assert "error[not-documented]" in printed.err
    assert '"element_id": "my-lamp"' in printed.out


def test_an_element_that_lacks_what_it_is_made_from_is_told_what_that_is(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = STORYBOARD.replace("model: kling-v2.6", "model: kling-v3")
    element = "  lamp: {description: a lamp, frontal: frames/dusk.png}\nvoices:"
    shot = "prompt: \"{{ element('lamp') }} over the water.\""
    write(production, board.replace("voices:", element, 1).replace("prompt: Over the water.", shot))
    assert run_command(["compile", "bridge", str(production), "--provider", "kling"]) == 2
    printed = capsys.readouterr()
    assert "Kling makes an element from `frontal` and `references`, and `lamp` has only" in printed.err
    assert "hint: give it `references`: pictures of it from other sides" in printed.err
    assert '"element_id": "<id of element lamp, made first>"' in printed.out


def test_what_is_wrong_with_all_shots_is_wrong_with_this_one(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(production, STORYBOARD.replace("mode: pro", "mode: best"))
    assert "best" in print_of(capsys, "compile", "climb", production, code=2)


def test_a_shot_or_provider_that_is_not_there_is_told(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean `climb`?" in print_of(capsys, "compile", "clim", production, code=2)
    told = print_of(capsys, "compile", "climb", production, "--provider", "mulerooter", code=2)
    assert "did you mean `mulerouter`?" in told
    assert "is not there" in print_of(capsys, "compile", "climb", production / "nowhere", code=2)


def test_another_endpoint_is_in_the_address(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = "mulerouter=http://127.0.0.1:9100"
    told = print_of(capsys, "compile", "climb", production, "--endpoint", endpoint)
    assert "POST http://127.0.0.1:9100/vendors/klingai/" in told


def test_the_animatic_says_that_it_is_sent_nothing(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = print_of(capsys, "compile", "climb", production, "--provider", "animatic")
    assert told.startswith("climb on animatic: it is made on this machine, so there is no request and no body\n")
    made = json_of(capsys, "compile", "compile", "climb", production, "--provider", "animatic")
    assert made["request"] is None


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("{kind: header, header: X-Key, prefix: Key, key: OWN_API_KEY}", "\nX-Key: Key $OWN_API_KEY\n"),
        ("{kind: query, parameter: secret, key: OWN_API_KEY}", "/generation?secret=$OWN_API_KEY\n"),
        (
            "{kind: token, access: OWN_API_KEY, secret: OWN_API_KEY}",
            "\nAuthorization: Bearer <token of $OWN_API_KEY, signed with $OWN_API_KEY>\n",
        ),
    ],
)
def test_a_key_is_shown_by_its_name_wherever_it_goes(
    keys: str, shown: str, production: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_API_KEY", KEY)
    (production / "gateways").mkdir()
    text = f"manifest: 1\nname: own\ntitle: Our Own\nlike: mulerouter\nkeys: [{keys}]\n"
    (production / "gateways" / "own.yaml").write_text(text, encoding="utf-8")
    write(production, STORYBOARD.replace("ids: {mulerouter:", "ids: {own:"))
    assert shown in print_of(capsys, "compile", "climb", production, "--provider", "own")


def test_nothing_of_a_prompt_steers_the_terminal(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(production, STORYBOARD.replace("prompt: A harbour.", 'prompt: "A \\u202eharbour \\e[2J."'))
    told = print_of(capsys, "compile", "harbour", production)
    assert "\u202e" not in told
    assert "\x1b" not in told


def write_with_what_is_made_first(production: Path) -> None:
    """At Kling, `bridge` needs an element and `climb` a voice that no id is written for."""
    Image.new("RGB", (1280, 720), "orange").save(production / "frames" / "dawn.png")
    element = "  lamp: {description: a lamp, frontal: frames/dusk.png, references: [frames/dawn.png]}\nvoices:"
    sample = "sample: {url: 'https://example.com/gruff.mp3'}"
    board = STORYBOARD.replace("voices:", element, 1).replace('ids: {mulerouter: "829824295735410756"}', sample)
    shot = "model: kling-v3\n    prompt: \"{{ element('lamp') }} over the water.\""
    write(production, board.replace("prompt: Over the water.", shot))


def test_an_element_that_would_be_made_first_is_shown_with_a_request_of_its_own(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_with_what_is_made_first(production)
    told = print_of(capsys, "compile", "bridge", production, "--provider", "kling")
    assert "element lamp, made first where the account does not have it yet (free; storyboard.yaml:8):\n" in told
    assert "POST https://api-singapore.klingai.com/v1/general/advanced-custom-elements\n" in told
    assert '"image_url": "<frames/dawn.png: 1280x720 png, ' in told
    assert told.count("Authorization: Bearer $KLING_API_KEY\n") == 2
    (made,) = json_of(capsys, "compile", "compile", "bridge", production, "--provider", "kling")["made_first"]
    assert (made["kind"], made["name"], made["line"]) == ("element", "lamp", 8)
    assert made["request"]["body"]["element_name"] == "lamp"


def test_so_is_a_voice_with_its_price(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_with_what_is_made_first(production)
    (made,) = json_of(capsys, "compile", "compile", "climb", production, "--provider", "kling")["made_first"]
    assert (made["kind"], made["name"], made["line"]) == ("voice", "gruff", 10)
    assert made["price"] == {"low": "0.007", "high": "0.007", "currency": "USD"}
    assert made["request"]["body"]["voice_url"] == "https://example.com/gruff.mp3"
    told = print_of(capsys, "compile", "climb", production, "--provider", "kling")
    assert "voice gruff, made first where the account does not have it yet (0.007 USD; storyboard.yaml:10):\n" in told


def test_what_is_known_by_its_id_or_sent_with_the_shot_is_not_made_first(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json_of(capsys, "compile", "compile", "climb", production)["made_first"] == []
    assert "made first" not in print_of(capsys, "compile", "climb", production)
    write_with_what_is_made_first(production)
    told = json_of(capsys, "compile", "compile", "harbour", production, "--provider", "kling")
    assert told["made_first"] == []
