"""One-shot storyboards for the manifests that speak as Kling does: what is sent for one, and what is told of one."""

from collections.abc import Callable, Mapping
from textwrap import dedent, indent
from typing import Final

from gateway_bodies import NAME, body_of, compiled, problems

from runner.core.canonical import Json
from runner.core.diagnostic import Severity

FIRST: Final = "https://example.com/first.png"
LAST: Final = "https://example.com/last.png"
FRAME: Final = f"first_frame: {{url: {FIRST}}}"
TAIL: Final = f"last_frame: {{url: {LAST}}}"
MASKS: Final = f"masks: {{dynamic: [{{mask: {{url: {FIRST}}}, trajectory: [[0, 0], [1, 1]]}}]}}"

_HEAD: Final = """\
storyboard: 1
title: One shot
elements:
  keeper:
    description: a keeper in oilskin
    frontal: {url: https://example.com/keeper.png}
    references: [{url: https://example.com/keeper-left.png}]
    ids: {kling: "321922438904313", kling-next: "321922438904313"}
  lamp:
    description: a brass lamp
    frontal: {url: https://example.com/lamp.png}
    references: [{url: https://example.com/lamp-lit.png}, {url: https://example.com/lamp-out.png}]
    ids: {kling: "162", kling-next: "162"}
  nobody:
    description: a man nobody has drawn
  crowd:
    description: a crowd seen from too many sides
    frontal: {url: https://example.com/crowd.png}
    references:
      - {url: https://example.com/crowd-1.png}
      - {url: https://example.com/crowd-2.png}
      - {url: https://example.com/crowd-3.png}
      - {url: https://example.com/crowd-4.png}
    ids: {kling: "163", kling-next: "163"}
  e1: {description: one of many, frontal: {url: https://example.com/e1.png}, ids: {kling: "1", kling-next: "1"}}
  e2: {description: one of many, frontal: {url: https://example.com/e2.png}, ids: {kling: "2", kling-next: "2"}}
  e3: {description: one of many, frontal: {url: https://example.com/e3.png}, ids: {kling: "3", kling-next: "3"}}
  e4: {description: one of many, frontal: {url: https://example.com/e4.png}, ids: {kling: "4", kling-next: "4"}}
  e5: {description: one of many, frontal: {url: https://example.com/e5.png}, ids: {kling: "5", kling-next: "5"}}
  e6: {description: one of many, frontal: {url: https://example.com/e6.png}, ids: {kling: "6", kling-next: "6"}}
  e7: {description: one of many, frontal: {url: https://example.com/e7.png}, ids: {kling: "7", kling-next: "7"}}
  e8: {description: one of many, frontal: {url: https://example.com/e8.png}, ids: {kling: "8", kling-next: "8"}}
voices:
  gruff:
    description: low and hoarse
    ids: {kling: "829824295735410756", kling-next: "829824295735410756", kkiai: "829824295735410756"}
  bright:
    description: high and quick
    ids: {kling: "829824295735410757", kling-next: "829824295735410757", kkiai: "829824295735410757"}
  young:
    description: a boy's
    ids: {kling: "829824295735410758", kling-next: "829824295735410758", kkiai: "829824295735410758"}
  stranger:
    description: known nowhere
"""


# What the shots of the tests are made of, by the word that stands for it.
_WORDS: Final = {
    "first": FRAME,
    "last": TAIL,
    "masks": MASKS,
    "lamp": "prompt: \"{{ element('lamp') }}\"",
    "keeper": "prompt: \"{{ element('keeper') }}\"",
    "gruff": "prompt: \"{{ voice('gruff') }} hums\"",
    "keeper and lamp": "prompt: \"{{ element('keeper') }}, {{ element('lamp') }}\"",
    "tale": f"prompt: \"{{{{ element('lamp') }}}} {'x' * 2500}\"",
    "crowd": "prompt: \"{{ element('crowd') }}\"",
    "stranger": "prompt: \"{{ voice('stranger') }} hums\"",
    "nobody": "prompt: \"{{ element('nobody') }}\"",
    "two voices": "prompt: \"{{ voice('gruff') }} {{ voice('bright') }}\"",
    "three voices": "prompt: \"{{ voice('gruff') }} {{ voice('bright') }} {{ voice('young') }}\"",
    "pro": "mode: pro",
    "4k": "mode: 4k",
    "loud": "sound: on",
    "pan": "camera: {pan: 1}",
    "sweep": "camera: forward_up",
    "negative": "negative_prompt: blur",
    "one beat": "beats: [{duration: 5, prompt: One.}]",
    "two beats": "beats: [{duration: 2, prompt: One.}, {duration: 3, prompt: Two.}]",
}

# So many letters, beats of a second each, elements, masks, points of one mask's way: by the word before the number.
_COUNTED: Final[Mapping[str, Callable[[int], str]]] = {
    "long": lambda count: f"prompt: {'x' * count}",
    "negative": lambda count: f"negative_prompt: {'x' * count}",
    "beat": lambda count: f"beats: [{{duration: 5, prompt: {'x' * count}}}]",
    "beats": lambda count: f"beats: [{', '.join(['{duration: 1, prompt: One.}'] * count)}]",
    "elements": lambda count: f'prompt: "{" ".join(mention_element(f"e{one}") for one in range(1, count + 1))}"',
    "masks": lambda count: f"masks: {{dynamic: [{', '.join([_brush(2)] * count)}]}}",
    "points": lambda count: f"masks: {{dynamic: [{_brush(count)}]}}",
}


def mention_element(name: str) -> str:
    return f"{{{{ element('{name}') }}}}"


def _brush(points: int) -> str:
    return f"{{mask: {{url: {FIRST}}}, trajectory: [{', '.join(['[1, 1]'] * points)}]}}"


def in_full(word: str) -> str:
    """`first`: the line of a shot that is meant. `long 2501`: a prompt of so many letters."""
    kind, _, count = word.partition(" ")
    return _COUNTED[kind](int(count)) if kind in _COUNTED and count.isdecimal() else _WORDS.get(word, word)


def board(shot: str, *lines: str, head: str = "") -> str:
    """A storyboard with one shot. `kling-v2.6; first; mode: pro`: a model, and lines or words for them.

    A prompt is put in where none of its lines gives the clip's words. `+elements drawn: {…}`: one more of the
    storyboard's elements, `+callbacks kling: …` and so on for what does not stand in the shot.
    """
    model, *written = shot.split("; ")
    words = [word for word in written if not word.startswith("+")]
    top = _HEAD
    for word in written:
        section, _, entry = word.removeprefix("+").partition(" ")
        if word.startswith("+"):
            heading = f"{section}:\n"
            top = top.replace(heading, f"{heading}  {entry}\n") if heading in top else f"{top}{heading}  {entry}\n"
    texts = [*map(in_full, words), *map(dedent, lines)]
    if not any(text.startswith(("prompt:", "beats: [", "beats:\n")) for text in texts):
        texts.insert(0, "prompt: A harbour at first light.")
    body = indent("\n".join(texts), "    ")
    return f"{top}{dedent(head)}model: {model}\nshots:\n  - id: one\n{body}\n"


def sent(provider: str, storyboard: str, *, is_real: bool = False) -> dict[str, Json]:
    return body_of(compiled(provider, storyboard, "one", is_real=is_real))


def sent_as_documented(provider: str, storyboard: str) -> dict[str, Json]:
    """Without what no example shows and every body has: our name for the job, and that no mark is wanted."""
    body = sent(provider, storyboard)
    assert body.pop("external_task_id") == NAME
    assert body.pop("watermark_info") == {"enabled": False}
    return body


def refusals(provider: str, storyboard: str) -> list[tuple[str, str]]:
    """Each error with the line it is told at."""
    return _told(provider, storyboard, Severity.ERROR)


def warnings(provider: str, storyboard: str) -> list[tuple[str, str]]:
    return _told(provider, storyboard, Severity.WARNING)


def _told(provider: str, storyboard: str, severity: Severity) -> list[tuple[str, str]]:
    lines = storyboard.splitlines()
    found = [one for one in problems(provider, storyboard) if one.severity is severity]
    return [(one.message, "" if one.place is None else lines[one.place.line - 1].strip()) for one in found]
