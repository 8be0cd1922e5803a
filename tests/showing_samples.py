"""Plans and storyboards for the tests of what is shown: built from the real types, small enough to read."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from runner.core.canonical import Digest
from runner.core.place import Place, Source
from runner.model.money import Price
from runner.model.plan import Action, Plan, PlannedRoll, PlannedShot, Reason, Total
from runner.model.request import Identity, Key, PendingKey
from runner.model.storyboard import At, Chained, Film, Layer, Scene, Setting, Shot, Storyboard
from runner.model.take import Take

PLACE = Place(Source("storyboard.yaml", "storyboard: 1\n"), 1, 1)
PRICE = Price(Decimal("0.70"), Decimal("1.40"), "USD")
FREE = Price(Decimal(0), Decimal(0), "USD")


def make_take(name: str = "v001", *, key: str = "ab" * 32) -> Take:
    return Take(
        name=name,
        origin="generated",
        key=Key(key),
        makers_part=None,
        roll=1,
        identity=Identity("cd" * 32),
        digest=Digest("cd" * 32),
        gateway="mulerouter",
        model="kling-v3",
        job="job-1",
        charge=None,
        made="2026-11-21T08:15:30Z",
        sources={},
        parts={"prompt": "0123456789abcdef", "duration": "fedcba9876543210"},
    )


def make_planned(
    name: str,
    action: Action,
    *reasons: tuple[str, str],
    price: Price | None = FREE,
    waits_for: tuple[str, ...] = (),
    rolls: int = 1,
    is_cascade: bool = False,
    hint: str | None = None,
    scene: str | None = "dawn",
) -> PlannedShot:
    has_take = action in {Action.KEEP, Action.STALE}
    take = make_take() if has_take else None
    key = PendingKey(waits_for) if waits_for else Key("ab" * 32)
    return PlannedShot(
        id=name,
        scene=scene,
        action=action,
        reasons=tuple(Reason(code, text) for code, text in reasons),
        price=price,
        rolls=tuple(PlannedRoll(roll, action, key, take=take) for roll in range(1, rolls + 1)),
        is_cascade=is_cascade,
        hint=hint,
        take=take,
    )


def make_plan(*shots: PlannedShot, needs: Mapping[str, tuple[str, ...]] | None = None, unknown: int = 0) -> Plan:
    prices = [shot.price for shot in shots if shot.price is not None]
    working = [shot.id for shot in shots if shot.action is Action.MAKE]
    return Plan(
        production="keeper-7f3a",
        profile=None,
        provider="mulerouter",
        shots=shots,
        resources=(),
        total=Total(
            sum((price.low for price in prices), Decimal(0)),
            sum((price.high for price in prices), Decimal(0)),
            "USD",
            unknown,
        ),
        longest_chain=tuple(working),
        expected_seconds=200.0 if working else 0.0,
        order=tuple(shot.id for shot in shots),
        needs=needs or {},
        weights={shot.id: 1.0 for shot in shots},
    )


def edited_plan() -> Plan:
    """Every action once: `climb` was edited, `lamp` follows from it."""
    return make_plan(
        make_planned("harbour", Action.KEEP),
        make_planned("climb", Action.MAKE, ("prompt-changed", "prompt changed"), price=PRICE),
        make_planned(
            "lamp",
            Action.MAKE,
            ("first-frame-changed", "first frame changed because `climb` will be made again"),
            price=None,
            waits_for=("climb",),
            rolls=2,
            is_cascade=True,
        ),
        make_planned("swell", Action.RESUME, ("job-runs", "a job for it runs at `mulerouter`")),
        make_planned("rocks", Action.ATTACH, ("submit-unanswered", "a submit was never answered"), price=PRICE),
        make_planned("boat", Action.STALE, ("pinned", "pinned: the client likes it")),
        make_planned(
            "signal", Action.BLOCKED, ("failed", "the last attempt failed: no"), hint="`framechain retry signal`"
        ),
        make_planned(
            "answer", Action.ASK, ("submit-unanswered", "was it charged?"), hint="`framechain resolve answer`"
        ),
        needs={"climb": ("harbour",), "lamp": ("climb",)},
        unknown=1,
    )


def kept_plan() -> Plan:
    return make_plan(make_planned("harbour", Action.KEEP), make_planned("climb", Action.KEEP))


def make_shot(
    name: str, *, chains: Sequence[tuple[str, At]] = (), after: tuple[str, ...] = (), scene: str | None = "dawn"
) -> Shot:
    """`chains`: the shots its first and last frames come from, each with which frame."""
    frames = [Chained(source, at, PLACE) for source, at in chains]
    return Shot(
        id=name,
        scene=scene,
        place=PLACE,
        model=Setting("kling-v3", Layer.BUILT_IN, None),
        mode=Setting("std", Layer.BUILT_IN, None),
        duration=Setting(5, Layer.BUILT_IN, None),
        aspect_ratio=Setting("16:9", Layer.BUILT_IN, None),
        sound=Setting(value=False, layer=Layer.BUILT_IN, place=None),
        watermark=Setting(value=False, layer=Layer.BUILT_IN, place=None),
        rolls=Setting(1, Layer.BUILT_IN, None),
        unsupported=Setting("refuse", Layer.BUILT_IN, None),
        convert=Setting((), Layer.BUILT_IN, None),
        prompt=("A prompt.",),
        prompt_place=PLACE,
        first_frame=frames[0] if frames else None,
        last_frame=frames[1] if len(frames) > 1 else None,
        after=after,
    )


def make_storyboard(*shots: Shot, title: str = "Dawn") -> Storyboard:
    """One scene called `dawn` with those of its shots, and the nameless rest."""
    named = tuple(shot.id for shot in shots if shot.scene is not None)
    rest = tuple(shot.id for shot in shots if shot.scene is None)
    scenes = [Scene("dawn", title, named)] if named else []
    scenes += [Scene(None, None, rest)] if rest else []
    return Storyboard(
        id="keeper-7f3a",
        id_is_written=True,
        title="The Keeper",
        profile=None,
        provider=Setting("animatic", Layer.BUILT_IN, None),
        elements={},
        voices={},
        scenes=tuple(scenes),
        shots=shots,
        film=Film(),
    )
