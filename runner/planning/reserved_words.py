"""Words a gateway does not read as words, written by an author: tokens that name somebody, signs that divide beats.

`{{ element('x') }}` and `{{ voice('x') }}` write tokens, with the number that is right; one written by hand names
nobody, or somebody else. What is reserved is the manifest's to say.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from runner.model.interface import Reserved
from runner.model.mapping import Reference, Text
from runner.model.storyboard import Mention, Prompt
from runner.planning.asked_for import Asked, Complaint, asked_by
from runner.planning.body import holds
from runner.planning.judged import Judged, native_names
from runner.planning.makers import makers_part
from runner.planning.tasks import KINDS

_OWN_NUMBERS = frozenset({("item", "number"), ("item", "position"), ("item", "id")})
_MENTION = "take it out: `{{ element('name') }}` and `{{ voice('name') }}` put it where somebody is meant"


def complain_of_reserved(judged: Judged) -> Iterator[Complaint]:
    interface = judged.manifest.interface
    held = (
        () if interface is None else tuple(one for one in interface.reserved if holds(one.when, judged.compiled.view))
    )
    described = _described(judged)
    for prompt, asked in _texts(judged):
        for part in prompt:
            if isinstance(part, str):
                yield from _find(part, held, judged.manifest.title, asked)
        yield from _find_run_on(prompt, judged, described, asked)
    for (kind, name), words in described.items():
        known = judged.storyboard.elements if kind == "element" else judged.storyboard.voices
        if name in known:
            yield from _find(words, held, judged.manifest.title, Asked(known[name].place, is_shots_own=False))


def _texts(judged: Judged) -> Iterator[tuple[Prompt, Asked]]:
    """Every text of the shot that is sent, with the line that asked for it."""
    shot = judged.shot
    yield shot.prompt, Asked(shot.prompt_place or shot.place)
    if shot.beats is not None and shot.beats.value != "auto":
        yield from ((beat.prompt, Asked(beat.place)) for beat in shot.beats.value)
    yield from ((line.text, Asked(line.place)) for line in shot.dialogue if line.spoken)
    if shot.negative_prompt is not None:
        yield (shot.negative_prompt.value,), asked_by(shot, shot.negative_prompt)


def _described(judged: Judged) -> Mapping[tuple[str, str], str]:
    """Who is put into words, and in which."""
    content = makers_part(judged.storyboard, judged.shot, judged.manifest).content
    told: dict[tuple[str, str], str] = {}
    for way in ("said", "described"):
        for kind in KINDS:
            of_way = content.get(way)
            words = of_way.get(f"{kind}s") if isinstance(of_way, Mapping) else None
            told |= {(kind, name): str(text) for name, text in (words.items() if isinstance(words, Mapping) else ())}
    return told


def _find(text: str, reserved: Sequence[Reserved], title: str, asked: Asked) -> Iterator[Complaint]:
    for one in reserved:
        for words in one.words:
            found = _pattern(words).search(text)
            if found is not None:
                message = f"{title} does not read `{found.group()[:60]}` as words"
                yield Complaint("bad-value", message, asked, one.hint or _MENTION)


@cache
def _pattern(words: str) -> re.Pattern[str]:
    """Possessive: what a number or a blank has taken is never given back, so that no manifest can make it slow."""
    signs = {"#": r"\d++", " ": r"\s*+"}
    return re.compile("".join(signs.get(sign) or re.escape(sign) for sign in words), re.IGNORECASE)


def _find_run_on(
    prompt: Prompt, judged: Judged, described: Mapping[tuple[str, str], str], asked: Asked
) -> Iterator[Complaint]:
    """`{{ element('keeper') }}0` would be `@Element10`: somebody else, or nobody."""
    for part, following in pairwise(prompt):
        if not isinstance(part, Mention) or not _ends_in_number(judged, part):
            continue
        words = following if isinstance(following, str) else described.get((following.kind, following.name), "")
        if words[:1].isalnum() or words.startswith("_"):
            message = f"{part.kind} `{part.name}` becomes a number, and `{words[:20]}` would run on from it"
            yield Complaint("bad-value", message, asked, "write a blank between them")


def _ends_in_number(judged: Judged, mention: Mention) -> bool:
    mentions = judged.compiled.task.mentions
    spec = mentions.element if mention.kind == "element" else mentions.voice
    last = spec.parts[-1] if isinstance(spec, Text) and spec.parts else spec
    is_number = isinstance(last, Reference) and last.path in _OWN_NUMBERS
    return is_number and mention.name in native_names(judged, mention.kind)
