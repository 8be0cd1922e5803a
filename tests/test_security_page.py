"""Words of a stranger's storyboard on their way out: page, terminal, JSON and a pull request's comment show them all,
and none of them is obeyed.
"""

import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest

from runner.cli import run_command
from runner.showing.wording import json_text

# What steers a terminal, turns text about, opens a tag or an attribute, calls a person, makes a link.
EVIL = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202egnp\u2066\u200b\ufeff"
    "\"'><script>document.documentElement.dataset.owned=1</script><img src=x onerror=owned()>"
    "<style>*{display:none}</style>"
    "{{ '{{' }} 7*7 }} @team #1 [a](javascript:owned()) ![x](http://evil.example/x) www.evil.example `code` | a | -->"
)
WRITTEN = json.dumps(EVIL)
STORYBOARD = f"""\
storyboard: 1
id: evil
title: {WRITTEN}
model: kling-v3
defaults: {{sound: on, unsupported: describe}}
elements: {{face: {{description: {WRITTEN}, frontal: face.png}}}}
voices: {{low: {{description: {WRITTEN}}}}}
scenes:
  - id: one
    title: {WRITTEN}
    shots:
      - id: a
        prompt: {WRITTEN}
        negative_prompt: {WRITTEN}
        dialogue: [{{voice: low, text: {WRITTEN}}}]
      - {{id: b, from: a, prompt: {WRITTEN}}}
"""
LOOKING = (
    *("check", "check --json", "check --provider all", "check --provider all --json", "plan", "plan -v", "plan --json"),
    *("plan --markdown", "plan --provider kling", "plan --markdown --provider kling", "status", "status --json"),
    *("graph", "graph --format dot", "why a", "why b", "takes a", "compile a --provider kling"),
    *("compile a --provider kling --json", "verify", "providers --json", "providers studio", "providers studio --json"),
)
WRONG = {
    "prompt": "prompt: Sea.=>prompt: EVIL {{ nobody }}",
    "provider": "model: kling-v3=>model: kling-v3\nprovider: EVIL",
    "file": "prompt: Sea.=>prompt: Sea., first_frame: EVIL",
    "field": "prompt: Sea.=>prompt: Sea., EVIL: 1",
    "source": "prompt: Sea.=>prompt: Sea., from: EVIL",
    "include": "shots:=>scenes: [{include: EVIL}]\nx:",
    "profile": "shots:=>profiles: {EVIL: {mode: EVIL}}\nshots:",
}
PLAIN = "storyboard: 1\nid: evil\ntitle: Evil\nmodel: kling-v3\nshots:\n  - {id: a, prompt: Sea.}\n"


@pytest.fixture
def production(tmp_path: Path) -> Path:
    from PIL import Image
    from studio_manifest import changed

    folder = tmp_path / "film"
    (folder / "gateways").mkdir(parents=True)
    Image.new("RGB", (640, 360), "#284a60").save(folder / "face.png")
    (folder / "storyboard.yaml").write_text(STORYBOARD, encoding="utf-8")
    manifest = changed(("title: The Studio", f"title: {WRITTEN}"))
    (folder / "gateways" / "studio.yaml").write_text(manifest, encoding="utf-8")
    return folder


def steering(text: str) -> set[str]:
    """Characters a terminal would obey, or that turn what stands beside them about."""
    kinds = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return {f"U+{ord(one):04X}" for one in text if one != "\n" and unicodedata.category(one) in kinds}


def words_of(command: str, production: Path) -> list[str]:
    name, *arguments = command.split()
    first = (
        [arguments.pop(0)] if name in {"why", "takes", "compile", "providers"} and arguments[:1] != ["--json"] else []
    )
    return [name, *first, str(production), *arguments]


def test_no_word_of_a_storyboard_steers_the_terminal(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", str(production), "--yes"]) == 0
    shown = 0
    for command in (*LOOKING, "review", "cut"):
        assert run_command(words_of(command, production)) in {0, 2}, command
        printed = capsys.readouterr()
        assert steering(printed.out + printed.err) == set(), command
        shown += "owned" in printed.out + printed.err
    # They are shown, not left out.
    assert shown >= 8


@pytest.mark.parametrize("place", WRONG)
def test_no_word_of_what_is_wrong_steers_the_terminal_either(
    tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before, _, after = WRONG[place].partition("=>")
    assert before in PLAIN
    (tmp_path / "storyboard.yaml").write_text(PLAIN.replace(before, after.replace("EVIL", WRITTEN)), encoding="utf-8")
    for command in ("check", "check --json", "check --provider all", "plan", "plan --json", "compile a"):
        assert run_command(words_of(command, tmp_path)) == 2, command
        printed = capsys.readouterr()
        assert steering(printed.out + printed.err) == set(), command


@pytest.mark.parametrize("words", ["--profile", "--provider", "--only", "--against", "--remake"])
def test_no_word_of_the_command_line_steers_the_terminal(
    tmp_path: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may have been put together by a script from a pull request's texts."""
    (tmp_path / "storyboard.yaml").write_text(PLAIN, encoding="utf-8")
    assert run_command(["plan", str(tmp_path), words, EVIL.replace("\0", "")]) == 2
    printed = capsys.readouterr()
    assert steering(printed.out + printed.err) == set()


def test_json_for_the_terminal_is_the_same_json_with_nothing_to_obey() -> None:
    value = {"a": EVIL, "é漢\U0001f3ac": ["\U000e0041", "\u2028", "\u00ad"]}
    assert json.loads(json_text(value)) == value
    assert steering(json_text(value)) == set()
    assert "é漢\U0001f3ac" in json_text(value)


# --- a pull request's comment


def test_no_word_of_a_storyboard_is_more_than_text_in_a_comment(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["plan", str(production), "--markdown", "--provider", "kling"]) == 0
    comment = capsys.readouterr().out
    assert_only_text(comment)


def assert_only_text(comment: str) -> None:
    bare = re.sub(r"`[^`\n]*`", "", comment)
    for tag in re.findall(r"(?<!\\)<[^>\n]*>", bare):
        assert tag in {"<details>", "</details>", "<summary>", "</summary>", "<br>", "<!-- -->"}, tag
    assert not re.search(r"[@#](?=[A-Za-z0-9])", bare)
    assert not re.search(r"(?<!\\)\]\(", bare)
    assert not re.search(r"https?://|www\.", bare)


# --- the page


class Owned(HTMLParser):
    """What is in a page that only our own words may bring."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.policy = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        given = dict(attrs)
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""


def test_the_page_of_a_hostile_storyboard_is_only_our_page(production: Path) -> None:
    assert run_command(["run", str(production), "--yes"]) == 0
    assert run_command(["review", str(production)]) == 0
    page = Owned((production / "out" / "review.html").read_text(encoding="utf-8"))
    assert (page.tags.count("script"), page.tags.count("style")) == (1, 1)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    links = [value for name, value in page.attributes if name in {"href", "src", "poster", "action", "srcdoc"}]
    assert links
    assert all(value.startswith(("#", "data:image/webp;base64,", "data:video/mp4;base64,")) for value in links)
    assert page.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in page.policy
