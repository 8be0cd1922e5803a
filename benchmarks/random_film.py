"""A film drawn by dice, and the edits its author makes: of shots, chains, rolls, options, profile and budget.

How its gateway behaves stands in `film_weather`, what its author decides in `film_author`.
"""

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from run_bench import (
    LOOK_UP_ONLY,
    NOTHING_KNOWN,
    PLACE,
    PROVEN,
    REFUSAL_ONLY,
    Bench,
    manifest,
    setting,
    shot,
    storyboard,
)
from scripted_studio import Studio
from studio_manifest import studio

from runner.core.canonical import Json
from runner.model.manifest import Proof
from runner.model.money import Money
from runner.model.storyboard import Chained, Element, Line, Mention, Picture, Shot, Sound, Voice

# Few, so that some shots ask for the same.
PROMPTS: Final = ("Sea.", "Fog.", "Lamp.")
STYLES: Final = ("calm", "wild")
DRAFT: Final = "draft"
_MODEL: Final = "loud-2"


def _voice(name: str, sample: str) -> Voice:
    return Voice(name, f"the {name} one", Sound(None, f"https://example.com/{sample}.wav", None, PLACE), {}, PLACE)


# Two names for one sample are one voice.
VOICES: Final = {name: _voice(name, sample) for name, sample in (("gruff", "a"), ("low", "a"), ("clear", "b"))}
_FACE: Final = Picture(None, "https://example.com/face.png", None, 1280, 720, PLACE)
ELEMENTS: Final = {"keeper": Element("keeper", "the keeper", _FACE, (), {}, PLACE)}


class RandomFilm:
    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.dice = dice
        self.guard = dice.choice((PROVEN, LOOK_UP_ONLY, REFUSAL_ONLY, NOTHING_KNOWN))
        self.has_cast = dice.random() < 0.3
        self.profile: str | None = None
        self.budget: Money | None = None
        self.born = 0
        self.shots: list[Shot] = []
        for _ in range(dice.randint(2, 5)):
            self._add()
        gateway = Studio(name="studio" if self.has_cast else "scripted")
        gateway.finds_jobs = self.guard.found is not Proof.UNKNOWN
        gateway.refuses_second = self.guard.refused is not Proof.UNKNOWN
        if dice.random() < 0.8:
            # As everywhere but in a test: no two jobs bring the same clip.
            gateway.content = lambda request: f"{request.key} {len(gateway.jobs)}"
        self.gateway = gateway
        known = replace(studio(), guard=self.guard) if self.has_cast else manifest(self.guard)
        self.bench = Bench(folder, storyboard(), known, gateway)
        self.write()

    def write(self) -> None:
        """The storyboard as its author has it now. A draft has one roll of each shot."""
        shots = [replace(one, rolls=setting(1)) if self.profile == DRAFT else one for one in self.shots]
        film = storyboard(*shots, budget=self.budget)
        voices, elements = (VOICES, ELEMENTS) if self.has_cast else ({}, {})
        self.bench.film = replace(film, profile=self.profile, profiles=(DRAFT,), voices=voices, elements=elements)

    # --- edits

    def edit(self) -> str:
        """One edit, said in a few words."""
        words, change = self.dice.choice(
            (
                ("prompt", self._edit_prompt),
                ("rolls", self._edit_rolls),
                ("style", self._edit_style),
                ("source", self._edit_source),
                ("removed", self._remove),
                ("renamed", self._rename),
                ("moved", self._move),
                ("added", self._add),
                ("profile", self._turn_profile),
                ("budget", self._edit_budget),
            )
        )
        change()
        self.write()
        return words

    def _pick(self) -> int:
        return self.dice.randrange(len(self.shots))

    def _edit_prompt(self) -> None:
        number = self._pick()
        self.shots[number] = self._cast(replace(self.shots[number], prompt=(self.dice.choice(PROMPTS),), dialogue=()))

    def _edit_rolls(self) -> None:
        number = self._pick()
        self.shots[number] = replace(self.shots[number], rolls=setting(self.dice.randint(1, 3)))

    def _edit_style(self) -> None:
        number = self._pick()
        style: Mapping[str, Json] = {"style": self.dice.choice(STYLES)}
        self.shots[number] = replace(self.shots[number], options={self.gateway.name: setting(style)})

    def _edit_source(self) -> None:
        number = self._pick()
        one = self.shots[number]
        sources = [other.id for other in self.shots if one.id not in self._behind(other.id)]
        self.shots[number] = self._cast(self._chain(replace(one, first_frame=None, last_frame=None), sources))

    def _behind(self, name: str) -> set[str]:
        """The shot and all it needs."""
        one = next(other for other in self.shots if other.id == name)
        needs = {frame.shot for _, frame in one.chained} | set(one.after)
        return {name}.union(*(self._behind(need) for need in needs))

    def _remove(self) -> None:
        if len(self.shots) > 1:
            gone = self.shots.pop(self._pick()).id
            self.shots = [self._point(one, gone, None) for one in self.shots]

    def _rename(self) -> None:
        number, self.born = self._pick(), self.born + 1
        before, now = self.shots[number].id, f"s{self.born}"
        self.shots = [self._point(one, before, now) for one in self.shots]
        self.shots[number] = replace(self.shots[number], id=now)

    def _point(self, one: Shot, before: str, now: str | None) -> Shot:
        """A shot that goes on from `now` where it went on from `before`."""
        for field, frame in one.chained:
            if frame.shot == before:
                one = replace(one, **{field: None if now is None else replace(frame, shot=now)})  # type: ignore[arg-type]
        named = [now if name == before else name for name in one.after]
        return self._cast(replace(one, after=tuple(name for name in named if name is not None)))

    def _move(self) -> None:
        self.shots.insert(self._pick(), self.shots.pop(self._pick()))

    def _add(self) -> None:
        if len(self.shots) < 5:
            name, self.born = f"s{self.born + 1}", self.born + 1
            one = shot(name, self.dice.choice(PROMPTS), rolls=self.dice.choice((1, 1, 2, 3)))
            model = setting(_MODEL) if self.has_cast else one.model
            others = [other.id for other in self.shots]
            after = (self.dice.choice(others),) if others and self.dice.random() < 0.1 else ()
            self.shots.append(self._cast(self._chain(replace(one, model=model, after=after), others)))

    def _chain(self, one: Shot, sources: list[str]) -> Shot:
        if not sources or self.dice.random() < 0.4:
            return one
        first = Chained(self.dice.choice(sources), self.dice.choice(("last", "last", "first")), PLACE)
        last = Chained(self.dice.choice(sources), "first", PLACE) if self.dice.random() < 0.15 else None
        return replace(one, first_frame=first, last_frame=last)

    def _cast(self, one: Shot) -> Shot:
        """Who speaks and who is seen; only what goes on from a picture may show an element."""
        if not self.has_cast:
            return one
        words = tuple(part for part in one.prompt if isinstance(part, str))
        is_seen = one.first_frame is not None and self.dice.random() < 0.3
        line = Line(self.dice.choice(tuple(VOICES)), None, ("Go.",), spoken=True, place=PLACE)
        dialogue = one.dialogue or ((line,) if self.dice.random() < 0.6 else ())
        return replace(one, prompt=(*words, Mention("element", "keeper")) if is_seen else words, dialogue=dialogue)

    def _turn_profile(self) -> None:
        self.profile = DRAFT if self.profile is None else None

    def _edit_budget(self) -> None:
        most = self.dice.choice((None, None, "0.40", "1.60", "3.00"))
        self.budget = None if most is None else Money(Decimal(most), "USD")

    def lift_budget(self) -> None:
        self.budget = None
        self.write()
