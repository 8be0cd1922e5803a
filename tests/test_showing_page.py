"""The review page: everything on it, nothing but our own script in it, nothing asked of the network."""

import base64
import hashlib
import math
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from runner.core.canonical import Digest
from runner.model.money import Money
from runner.model.plan import Action, Reason, Total
from runner.model.review import Review, ReviewClip, ReviewLine, ReviewScene, ReviewShot, ReviewTake, Seam
from runner.showing.page import make_source, render_page

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "page"
PARTS = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.iterdir()}
PIXEL = "data:image/png;base64,iVBORw0KGgo="
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</style></title>"


class Page(HTMLParser):
    """Every tag with its attributes, and the text in between by the tag it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self.words = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside].append(data)
        else:
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def policy(self) -> str:
        return next(meta["content"] or "" for meta in self.all("meta") if "http-equiv" in meta)


def make_take(name: str = "v001", *, is_in_use: bool = True, problems: tuple[str, ...] = ()) -> ReviewTake:
    return ReviewTake(
        name=name,
        roll=1,
        clip=ReviewClip(f"clips/{name} 1.mp4", PIXEL, 640, 360),
        is_in_use=is_in_use,
        origin="generated",
        gateway="mulerouter",
        model="kling-v3",
        key="ab" * 32,
        digest=Digest("cd" * 32),
        made="2026-11-21T08:15:30Z",
        charge=Money(Decimal("1.4"), "USD"),
        problems=problems,
    )


def make_shot(name: str = "harbour", **changes: object) -> ReviewShot:
    shot = ReviewShot(
        id=name,
        prompt="A harbour at first light.",
        model="kling-v3",
        mode="std",
        duration=5,
        sound=True,
        key="ef" * 32,
        action=Action.KEEP,
        takes=(make_take(),),
    )
    return replace(shot, **changes)  # type: ignore[arg-type]


def make_review(*shots: ReviewShot, **changes: object) -> Review:
    review = Review(
        title="The Keeper",
        production="keeper-7f3a",
        profile="draft",
        provider="animatic",
        scenes=(ReviewScene("dawn", "Dawn", shots),),
    )
    return replace(review, **changes)  # type: ignore[arg-type]


def render(review: Review) -> Page:
    return Page(render_page(review, PARTS))


def test_the_page_shows_shots_in_film_order_grouped_by_scene() -> None:
    second = ReviewScene("storm", None, (make_shot("lamp"),))
    review = make_review(make_shot("quay"), make_shot("climb"))
    page = render(replace(review, scenes=(*review.scenes, second)))
    assert [article["id"] for article in page.all("article")] == ["shot-1", "shot-2", "shot-3"]
    order = [page.words.rindex(word) for word in ("Dawn", "quay", "climb", "storm", "lamp")]
    assert order == sorted(order)


def test_a_shot_shows_prompt_take_roll_key_maker_and_length() -> None:
    page = render(
        make_review(make_shot(dialogue=(ReviewLine("keeper", "One more night."), ReviewLine("he", "…", False))))
    )
    for words in (
        "A harbour at first light.",
        "v001, roll 1",
        "efefefefefef",
        "abababababab",
        "cdcdcdcdcdcd",
        "mulerouter kling-v3, 2026-11-21",
        "kling-v3, std, 5 s, with sound",
        "1.40 USD",
        "One more night.",
        "(caption only)",
    ):
        assert words in page.words
    assert page.all("video")[0]["src"] == "clips/v001%201.mp4"
    assert page.all("video")[0]["poster"] == PIXEL


def test_a_shot_tells_why_it_would_be_made() -> None:
    reasons = (Reason("first-frame-changed", "first frame changed because `climb` will be made again"),)
    text = render_page(make_review(make_shot(action=Action.MAKE, reasons=reasons, hint="wait")), PARTS)
    assert "<li>first frame changed because <code>climb</code> will be made again</li>" in text
    assert '<li class="hint">wait</li>' in text


@pytest.mark.parametrize(("key", "said"), [("ab" * 32, False), ("ef" * 32, True), (None, True)])
def test_a_request_is_named_only_where_the_take_was_made_for_another(key: str | None, *, said: bool) -> None:
    assert ("request" in render(make_review(make_shot(key=key))).words) is said


def test_a_pinned_shot_says_why() -> None:
    assert "pinned: the client likes it" in render(make_review(make_shot(pinned="the client likes it"))).words


def test_a_seam_is_a_pair_of_pictures_with_their_difference() -> None:
    seam = Seam("first_frame", "harbour", "2.5", PIXEL, PIXEL, 41.27)
    page = render(make_review(make_shot("harbour"), make_shot("climb", seams=(seam,))))
    pictures = [image["alt"] for image in page.all("img") if image.get("src")]
    assert pictures == ["the frame handed over by harbour", "the first frame of climb"]
    assert "41.3 dB, encoding loss only" in page.words
    assert "handed over by harbour (2.5 s)" in page.words
    assert {"href": "#shot-1"} in page.all("a")


@pytest.mark.parametrize(
    ("psnr", "said"),
    [(None, "not measured"), (24.0, "24.0 dB, worth a look"), (math.inf, "the same picture")],
)
def test_a_seam_says_what_its_figure_means(psnr: float | None, said: str) -> None:
    seam = Seam("last_frame", "harbour", "first", PIXEL, None, psnr)
    page = render(make_review(make_shot("climb", seams=(seam,))))
    assert said in page.words
    assert "ended with" in page.words
    assert "not here" in page.words


def test_other_takes_are_folded_away_and_can_be_played() -> None:
    page = render(make_review(make_shot(takes=(make_take(), make_take("v002", is_in_use=False, problems=("black",))))))
    assert "1 other take" in page.words
    assert "black" in page.words
    assert [video["aria-label"] for video in page.all("video")] == [
        "shot harbour, take v001",
        "shot harbour, take v002",
    ]


def test_a_shot_without_a_take_or_clip_says_so() -> None:
    gone = replace(make_take(), clip=None)
    page = render(make_review(make_shot("a", takes=()), make_shot("b", takes=(gone,)), make_shot("c", key=None)))
    assert "no take yet" in page.words
    assert "the clip is not on this machine" in page.words
    assert "pending" in page.words


def test_the_money_and_the_film_stand_on_top() -> None:
    page = render(
        make_review(
            make_shot(),
            film=ReviewClip("film.mp4"),
            film_is_outdated=True,
            spent=(Money(Decimal("12.6"), "USD"),),
            budget=Money(Decimal(20), "USD"),
            planned=Total(Decimal("2.8"), Decimal("4.2"), "USD", 1),
        )
    )
    assert page.all("video")[0]["src"] == "film.mp4"
    assert page.all("video")[0]["preload"] == "metadata"
    for words in ("12.60 USD of 20.00 USD", "2.80-4.20 USD and 1 price unknown", "framechain cut", "0:05"):
        assert words in page.words


def test_no_word_of_data_becomes_a_tag_or_an_attribute() -> None:
    hostile_take = replace(
        make_take(), name=HOSTILE, origin=HOSTILE, gateway=HOSTILE, model=HOSTILE, key=HOSTILE, made=HOSTILE,
        problems=(HOSTILE,),
    )  # fmt: skip
    hostile_shot = make_shot(
        HOSTILE, prompt=HOSTILE, model=HOSTILE, mode=HOSTILE, key=HOSTILE, hint=HOSTILE, pinned=HOSTILE,
        reasons=(Reason("failed", f"`{HOSTILE}` {HOSTILE}"), Reason("failed", f"` {HOSTILE}")),
        dialogue=(ReviewLine(HOSTILE, HOSTILE),),
        seams=(Seam(HOSTILE, HOSTILE, HOSTILE, PIXEL, PIXEL), Seam("first_frame", "nobody", HOSTILE)),
        takes=(hostile_take, replace(hostile_take, is_in_use=False)),
    )  # fmt: skip
    hostile = make_review(title=HOSTILE, production=HOSTILE, profile=HOSTILE, provider=HOSTILE)
    page = render(replace(hostile, scenes=(ReviewScene(HOSTILE, HOSTILE, (hostile_shot,)),)))
    calm = render(
        replace(
            make_review(),
            scenes=(ReviewScene("s", "t", (make_shot("x", hint="h", pinned="p", reasons=hostile_shot.reasons),)),),
        )
    )
    assert page.raw["script"] == calm.raw["script"] == [PARTS["page.js"]]
    assert page.raw["style"] == [PARTS["page.css"]]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not [image for image in page.all("img") if image.get("src") == "x"]
    known = (
        "html head meta title style body header h1 h2 h3 h4 p dl div dt dd main section nav ol ul li a span img b kbd"
    )
    known += " article video code figure figcaption details summary script"
    assert {tag for tag, _ in page.tags} <= set(known.split())
    assert "{{ 7*7 }}" in page.words


def test_the_policy_lets_only_our_own_style_and_script_run_and_nothing_be_fetched() -> None:
    page = render(make_review(make_shot()))
    policy = dict(rule.split(" ", 1) for rule in page.policy().split("; "))
    assert policy["default-src"] == "'none'"
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind][0].encode()).digest()).decode()
        assert policy[f"{kind}-src"] == f"'sha256-{digest}'"
    assert policy["img-src"] == policy["media-src"] == "'self' file: data:"


def test_the_page_names_no_address_of_the_network() -> None:
    text = render_page(make_review(make_shot()), PARTS)
    assert re.search(r"https?://|url\(|@import", text) is None
    assert not [attributes for _, attributes in Page(text).tags if "style" in attributes]


def test_windows_line_ends_in_our_own_files_do_not_shut_the_script_out() -> None:
    parts = {name: text.replace("\n", "\r\n") for name, text in PARTS.items()}
    page = Page(render_page(make_review(make_shot()), parts))
    digest = base64.b64encode(hashlib.sha256(PARTS["page.js"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.policy()
    assert page.raw["script"] == [PARTS["page.js"]]


@pytest.mark.parametrize(
    "source",
    [
        "javascript:alert(1)",
        "https://bad.example/a.mp4",
        "//bad.example/a.mp4",
        "\\\\bad.example\\a.mp4",
        "/etc/passwd",
        "../secret.mp4",
        "clips/../../secret.mp4",
        "data:text/html;base64,AAAA",
        "data:image/svg+xml;base64,AAAA",
        'data:image/png;base64,AA"onerror=',
    ],
)
def test_a_player_refuses_what_is_no_clip_below_the_page(source: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        make_source(source)


def test_a_path_is_only_a_path() -> None:
    assert make_source("clips/a b#c?d%.mp4") == "clips/a%20b%23c%3Fd%25.mp4"
    assert make_source(PIXEL) == PIXEL


def test_half_a_character_does_not_keep_the_page_from_being_written() -> None:
    assert render_page(make_review(make_shot(prompt="a \ud800 b")), PARTS).encode("utf-8")


def test_every_picture_has_words_and_every_target_is_there() -> None:
    seam = Seam("first_frame", "harbour", "last", PIXEL, PIXEL)
    page = render(make_review(make_shot("harbour"), make_shot("climb", seams=(seam,))))
    assert all("alt" in image for image in page.all("img"))
    assert all(video.get("aria-label") for video in page.all("video"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(link["href"] or "").removeprefix("#") for link in page.all("a")}
    assert targets <= set(ids)
    named = {attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes}
    assert named <= set(ids)


def test_takes_and_money_of_a_sandbox_are_marked_as_such() -> None:
    spent = (Money(Decimal("1.4"), "USD"),)
    real = render_page(make_review(make_shot(), spent=spent), PARTS)
    double = replace(make_take(), sandbox=True)
    shown = render_page(make_review(make_shot(takes=(double,)), spent=spent, sandbox=True), PARTS)
    assert "sandbox" not in Page(real).words
    assert "mulerouter kling-v3 at a sandbox, 2026-11-21" in Page(shown).words
    assert "1.40 USD, a sandbox's count" in Page(shown).words


def test_what_has_no_known_price_is_never_told_as_nothing() -> None:
    assert "14 submits of unknown price" in render_page(make_review(make_shot(), unpriced=14), PARTS)
    both = render_page(make_review(make_shot(), spent=(Money(Decimal("1.4"), "USD"),), unpriced=1), PARTS)
    assert "1.40 USD and 1 submit of unknown price" in both
