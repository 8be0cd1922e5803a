"""Storyboards, manifests and whole productions for the planning tests, built in code and made by a pretended run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from runner.core.canonical import Digest, Json, digest_bytes
from runner.core.place import Place, Source
from runner.model.gateway import Failure, FailureClass
from runner.model.journal import Entry, Event, HasFailed, HasSucceeded, Intended, WasAccepted, WasStored
from runner.model.ledger import Ledger
from runner.model.lock import DEFAULT_PROFILE, Lock, LockedShot
from runner.model.manifest import Guard, Manifest, PictureLimits, Proof
from runner.model.money import Money
from runner.model.plan import Action, Plan, PlanInputs, PlannedShot
from runner.model.request import Identity, Key
from runner.model.storyboard import (
    Chained,
    Element,
    Film,
    Frame,
    Layer,
    Line,
    Mention,
    Picture,
    PriceRow,
    Prompt,
    Scene,
    Setting,
    Shot,
    Storyboard,
    Voice,
)
from runner.planning.choice import settle
from runner.planning.ledger import apply, fold
from runner.planning.makers import makers_part
from runner.planning.plan import make_plan
from runner.planning.request import canonical_request, request_key

SOURCE = Source("storyboard.yaml", "")
PLACE = Place(SOURCE, 1, 1)
FREE_GUARD = Guard(Proof.PROVEN, Proof.PROVEN, Proof.PROVEN)
NO_GUARD = Guard(Proof.UNKNOWN, Proof.UNKNOWN, Proof.UNKNOWN)


def place(line: int) -> Place:
    return Place(SOURCE, line, 1)


def chained(shot: str, at: Literal["first", "last"] | Decimal = "last") -> Chained:
    return Chained(shot, at, PLACE)


def picture(content: str) -> Picture:
    return Picture(f"{content}.png", None, digest_bytes(content.encode()), 1280, 720, PLACE)


def make_shot(
    shot_id: str,
    prompt: str | Prompt | None = None,
    *,
    first: Frame | None = None,
    last: Frame | None = None,
    after: Sequence[str] = (),
    rolls: int = 1,
    duration: int = 5,
    scene: str | None = None,
    mode: str = "std",
    model: str = "kling-v3",
    sound: bool = False,
    options: Mapping[str, Mapping[str, Json]] | None = None,
    **more: Any,
) -> Shot:
    words = f"a picture of {shot_id}" if prompt is None else prompt
    return Shot(
        id=shot_id,
        scene=scene,
        place=PLACE,
        model=_built_in(model),
        mode=_built_in(mode),
        duration=_built_in(duration),
        aspect_ratio=_built_in("16:9"),
        sound=_built_in(sound),
        watermark=_built_in(False),
        rolls=_built_in(rolls),
        unsupported=_built_in("refuse"),
        convert=_built_in(()),
        prompt=(words,) if isinstance(words, str) else words,
        prompt_place=PLACE,
        first_frame=first,
        last_frame=last,
        after=tuple(after),
        options={name: _built_in(dict(value)) for name, value in (options or {}).items()},
        **more,
    )


def _built_in(value: Any) -> Setting[Any]:
    return Setting(value, Layer.BUILT_IN, None)


def set_value(value: Any) -> Setting[Any]:
    return Setting(value, Layer.SHOT, PLACE)


def make_element(name: str, *, frontal: str | None = None, ids: Mapping[str, str] | None = None) -> Element:
    return Element(name, f"the {name}", None if frontal is None else picture(frontal), (), ids or {}, PLACE)


def make_voice(name: str, description: str = "low and hoarse", ids: Mapping[str, str] | None = None) -> Voice:
    return Voice(name, description, None, ids or {}, PLACE)


def say(text: str, voice: str = "gruff", by: str | None = None, *, spoken: bool = True) -> Line:
    return Line(voice, by, (text,), spoken, PLACE)


def mention(name: str) -> Mention:
    return Mention("element", name)


def make_storyboard(*shots: Shot, **more: Any) -> Storyboard:
    by_scene: dict[str | None, list[str]] = {}
    for shot in shots:
        by_scene.setdefault(shot.scene, []).append(shot.id)
    named: dict[str, Any] = {
        "id": "keeper",
        "id_is_written": True,
        "title": "Keeper",
        "profile": None,
        "provider": _built_in("animatic"),
        "elements": {},
        "voices": {"gruff": make_voice("gruff")},
        "scenes": tuple(Scene(scene, None, tuple(ids)) for scene, ids in by_scene.items()),
        "shots": shots,
        "film": Film(),
    }
    return Storyboard(**{**named, **more})


def budget(amount: str, currency: str = "USD") -> Setting[Money]:
    return set_value(Money(Decimal(amount), currency))


def change(storyboard: Storyboard, shot_id: str, **fields: Any) -> Storyboard:
    """The storyboard with some fields of one shot edited."""
    shots = tuple(replace(shot, **fields) if shot.id == shot_id else shot for shot in storyboard.shots)
    return replace(storyboard, shots=shots)


def animatic(name: str = "animatic", **more: Any) -> Manifest:
    return _manifest(name, "animatic", guard=FREE_GUARD, free=True, **more)


def paid(name: str = "mulerouter", guard: Guard = NO_GUARD, **more: Any) -> Manifest:
    return _manifest(name, "generated", guard=guard, free=False, **more)


def _manifest(
    name: str, medium: Literal["animatic", "generated"], *, guard: Guard, free: bool, **more: Any
) -> Manifest:
    named: dict[str, Any] = {
        "concurrent": None,
        "pictures": PictureLimits(("png",), 300, 2.5, 10_000_000),
        "models": {},
        "prices": {"kling-v3": (PriceRow(Decimal("0.10"), "USD", "second"),)},
        "seconds_per_second": 2.0,
    }
    return Manifest(name=name, title=name, medium=medium, guard=guard, free=free, **{**named, **more})


@dataclass(slots=True)
class Production:
    """A production with its lock and ledger, whose runs are pretended: what the plan makes is stored at once."""

    storyboard: Storyboard
    manifest: Manifest
    lock: Lock = field(default_factory=lambda: Lock("keeper"))
    ledger: Ledger = field(default_factory=Ledger)
    here: set[Digest] = field(default_factory=set)
    number: int = 0
    # What the next bytes are made of, so that no two generated takes are equal.
    salt: int = 0

    def inputs(self, **more: Any) -> PlanInputs:
        return PlanInputs(self.storyboard, self.manifest, self.lock, self.ledger, frozenset(self.here), **more)

    def plan(self, **more: Any) -> Plan:
        return make_plan(self.inputs(**more))

    def edit(self, shot_id: str, **fields: Any) -> None:
        self.storyboard = change(self.storyboard, shot_id, **fields)

    def record(self, *events: Event) -> None:
        for event in events:
            self.number += 1
            self.ledger = apply(self.ledger, Entry(self.number, f"2026-11-21T08:00:{self.number % 60:02}.123Z", event))

    def intend(self, shot_id: str, roll: int = 1, **changes: Any) -> Intended:
        """An intent for the shot as it is now, on disk and without an answer."""
        shot = self.storyboard.shot(shot_id)
        sources = {name: self.identity(frame.shot) for name, frame in shot.chained}
        canonical = canonical_request(self.storyboard, shot, roll, self.manifest.medium, sources)
        intent = Intended(
            attempt=f"attempt-{self.number + 1}",
            name=f"fc-{self.number + 1}",
            shot=shot_id,
            profile=self.storyboard.profile,
            key=request_key(canonical),
            makers_part=makers_part(self.storyboard, shot, self.manifest),
            canonical=canonical,
            roll=roll,
            model=shot.model.value,
            gateway=self.manifest.name,
            endpoint="https://example.org",
            account="",
            sandbox=False,
            body=Digest("0" * 64),
            price=None,
            sources=sources,
        )
        intent = replace(intent, **changes)
        self.record(intent)
        return intent

    def store(self, intent: Intended) -> Digest:
        """Takes an intent all the way to a stored clip."""
        self.salt += 1
        digest = digest_bytes(f"clip {self.salt}".encode())
        identity = Identity(intent.key if intent.canonical["medium"] == "animatic" else digest)
        self.record(
            WasAccepted(intent.attempt, f"job-{intent.attempt}"),
            HasSucceeded(intent.attempt, {"url": "x"}, None),
            WasStored(intent.attempt, digest, 100, identity),
        )
        self.here.add(digest)
        return digest

    def settle(self, shot_id: str) -> None:
        shot = self.storyboard.shot(shot_id)
        keys = self.keys(shot_id)
        makers = makers_part(self.storyboard, shot, self.manifest)
        self.lock = settle(self.lock, self.ledger, self.storyboard, shot, keys, makers, here=frozenset(self.here))

    def keys(self, shot_id: str) -> list[Key]:
        shot = self.storyboard.shot(shot_id)
        sources = {name: self.identity(frame.shot) for name, frame in shot.chained}
        medium = self.manifest.medium
        requests = [
            canonical_request(self.storyboard, shot, roll, medium, sources) for roll in range(1, shot.rolls.value + 1)
        ]
        return [request_key(canonical) for canonical in requests]

    def identity(self, shot_id: str) -> Identity:
        current = self.block(shot_id).current
        assert current is not None, f"{shot_id} has no take"
        return current.identity

    def block(self, shot_id: str) -> LockedShot:
        return self.lock.block(shot_id, self.storyboard.profile)

    def set_block(self, shot_id: str, **fields: Any) -> None:
        block = replace(self.block(shot_id), **fields)
        self.lock = self.lock.with_block(shot_id, self.storyboard.profile or DEFAULT_PROFILE, block)

    def run(self, **more: Any) -> list[str]:
        """Makes what a plan says, shot by shot as a run does; the ids made, a shot once for each roll."""
        plan = self.plan(**more)
        made: list[str] = []
        for shot_id in plan.order:
            for planned in plan.shot(shot_id).rolls:
                # Judged again when its turn comes: a source may have come out as before.
                now = (
                    self.plan(**more).shot(shot_id).rolls[planned.roll - 1]
                    if planned.action is Action.MAKE
                    else planned
                )
                if now.action is Action.MAKE:
                    self.store(self.intend(shot_id, planned.roll))
                    made.append(shot_id)
            if any(roll.action in {Action.MAKE, Action.KEEP} for roll in plan.shot(shot_id).rolls):
                self.settle(shot_id)
        return made

    def forget_bytes(self) -> None:
        """As on a fresh clone: the lock is there, nothing else."""
        self.here.clear()
        self.ledger = fold([])


def reason_codes(shot: PlannedShot) -> list[str]:
    return [reason.code for reason in shot.reasons]


def reason_texts(shot: PlannedShot) -> list[str]:
    return [reason.text for reason in shot.reasons]


def actions(plan: Plan) -> dict[str, str]:
    return {shot.id: shot.action.value for shot in plan.shots}


def with_action(plan: Plan, action: Action) -> set[str]:
    return {shot.id for shot in plan.shots if shot.action is action}


def made_of(shots: Iterable[Shot], manifest: Manifest | None = None, **more: Any) -> Production:
    """A production of these shots, all of them made."""
    production = Production(make_storyboard(*shots, **more), manifest or animatic())
    production.run()
    return production


CHAIN = [
    make_shot("harbour"),
    make_shot("climb", first=chained("harbour")),
    make_shot("lamp", first=chained("climb"), last=picture("lit")),
    make_shot("gull"),
]


def chain(manifest: Manifest | None = None) -> Production:
    return made_of(CHAIN, manifest)


def only_shot(production: Production, **more: object) -> PlannedShot:
    (shot,) = production.plan(**more).shots
    return shot


def fail(production: Production, shot: str, roll: int = 1) -> None:
    intent = production.intend(shot, roll)
    production.record(HasFailed(intent.attempt, Failure(FailureClass.GATEWAY, "out of order"), None, None))
