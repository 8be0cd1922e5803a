"""One-shot storyboards for the manifests that speak as Kling does: what is sent for one, and what is told of one."""

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


def in_full(word: str) -> str:
    """`first`: the line of a shot that is meant."""
    return _WORDS.get(word, word)


def board(shot: str, *lines: str, head: str = "") -> str:
    """A storyboard with one shot. `kling-v2.6; first; mode: pro`: a model, and lines or words for them.

    A prompt is put in where none of its lines gives the clip's words.
    """
    model, *words = shot.split("; ")
    texts = [*map(in_full, words), *map(dedent, lines)]
    if not any(text.startswith(("prompt:", "beats: [", "beats:\n")) for text in texts):
        texts.insert(0, "prompt: A harbour at first light.")
    body = indent("\n".join(texts), "    ")
    return f"{_HEAD}{dedent(head)}model: {model}\nshots:\n  - id: one\n{body}\n"


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
