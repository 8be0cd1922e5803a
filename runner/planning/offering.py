"""What a provider offers, model by model and kind of generation, read off its manifest: the capability matrix.

Nothing is stated here about any provider. What a kind of generation carries is found by walking the body its task is
sent with; what its rules refuse outright is taken away again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from runner.core.canonical import Json
from runner.model.interface import HttpCall, Interface, Rule, Task
from runner.model.manifest import Manifest, ModelLimits
from runner.model.mapping import Cases, Condition, Each, Fields, Listed, Path, Reference, Spec, Test, Text, Value
from runner.model.money import Price
from runner.model.storyboard import PriceRow

# Fields of a shot a gateway may carry or not, in the order people meet them.
FEATURES: Final = (
    *("first_frame", "last_frame", "voices", "elements", "masks", "camera", "beats"),
    *("negative_prompt", "cfg_scale", "seed", "watermark", "aspect_ratio"),
)
# Under which other name a field may stand in a body.
_AS: Final = {"beats_are": "beats", "element_pictures": "elements"}
_COUNTED: Final = ("voices", "elements", "beats", "masks")


@dataclass(frozen=True, slots=True)
class Offering:
    """One model for one kind of generation."""

    model: str
    # None for a provider that works on this machine: it has no tasks.
    task: str | None
    # `from words`, `from a picture`.
    title: str
    is_proven: bool
    note: str | None
    limits: ModelLimits
    # Of FEATURES, those it carries.
    carries: tuple[str, ...]
    # False where clips have sound whatever is asked for.
    sound_is_chosen: bool
    # Per second, one a currency; empty where nobody knows.
    prices: tuple[Price, ...]

    def most_of(self, name: str) -> int | None:
        """How many voices, elements, beats or masks at most; None where no limit is known."""
        number: int | None = getattr(self.limits, name)
        return number


@dataclass(frozen=True, slots=True)
class Provider:
    manifest: Manifest
    offerings: tuple[Offering, ...]
    # Described by a production and not by framechain.
    is_own: bool


def list_offerings(manifest: Manifest) -> tuple[Offering, ...]:
    """In the manifest's order."""
    interface = manifest.interface
    if interface is None:
        return tuple(_sketch(manifest, model, limits) for model, limits in manifest.models.items())
    return tuple(
        _offering(manifest, interface, model, interface.tasks[name], limits)
        for model, offers in manifest.offers.items()
        for name, limits in offers.items()
    )


def _sketch(manifest: Manifest, model: str, limits: ModelLimits) -> Offering:
    """On this machine everything is drawn that the model itself has."""
    carries = tuple(name for name in FEATURES if name not in _COUNTED or getattr(limits, name) != 0)
    return Offering(
        model=model,
        task=None,
        title="as a sketch",
        is_proven=True,
        note=None,
        limits=limits,
        carries=carries,
        sound_is_chosen=True,
        prices=_prices_of(manifest, model, limits),
    )


def _offering(manifest: Manifest, interface: Interface, model: str, task: Task, limits: ModelLimits) -> Offering:
    known: dict[str, Json] = {"model": model, "task": task.name}
    spelling = interface.spellings[model][task.name]
    named = {_AS.get(path[0], path[0]) for path in [*_carried(task.submit, known), *_paths_in(spelling, known)]}
    refused = {*_refused_outright(interface.rules, task, known), *_excluded(task)}
    carries = tuple(
        name for name in FEATURES if name in named and name not in refused and _can_be_asked_for(name, task, limits)
    )
    return Offering(
        model=model,
        task=task.name,
        title=task.title,
        is_proven=task.is_proven,
        note=task.note,
        limits=limits,
        carries=carries,
        sound_is_chosen="sound" in named,
        prices=_prices_of(manifest, model, limits),
    )


def _can_be_asked_for(name: str, task: Task, limits: ModelLimits) -> bool:
    """Voices and elements need a way to be named in the prompt, and counted things a count that is not none."""
    mention = {"voices": task.mentions.voice, "elements": task.mentions.element}
    return not (name in _COUNTED and getattr(limits, name) == 0) and mention.get(name, task) is not None


# --- what a body is made from ---------------------------------------------------------------------------------------


def _carried(call: HttpCall, known: Mapping[str, Json]) -> Iterator[Path]:
    for spec in (call.path, *call.query.values(), *(() if call.body is None else (call.body,))):
        yield from _paths_in(spec, known)


def paths_in(spec: Spec) -> tuple[Path, ...]:
    """All that a spec may refer to, whatever the request."""
    return tuple(dict.fromkeys(_paths_in(spec, {})))


def _paths_in(spec: Spec, known: Mapping[str, Json]) -> Iterator[Path]:
    """What is told to the gateway where `known` holds: references, and conditions under which something is said."""
    if not _may_hold(spec.when, known):
        return
    match spec:
        case Reference():
            yield from _of_the_shot([spec.path])
        case Text():
            yield from _tested(spec.when)
            for part in spec.parts:
                if not isinstance(part, str):
                    yield from _paths_in(part, known)
        case Value():
            yield from _tested(spec.when)
        case Fields():
            for member in spec.fields.values():
                yield from _paths_in(member, known)
        case Each():
            yield from _of_the_shot([spec.over])
            yield from _paths_in(spec.give, known)
        case Listed():
            for part in spec.parts:
                yield from _paths_in(part, known)
        case Cases():
            for case in spec.cases:
                yield from _paths_in(case, known)


def _tested(condition: Condition) -> Iterator[Path]:
    return _of_the_shot([test.path for test in condition.tests])


def _of_the_shot(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path[0] != "item")


def _may_hold(condition: Condition, known: Mapping[str, Json]) -> bool:
    return all(_agrees(test, known) for test in condition.tests if test.path[0] in known)


def _agrees(test: Test, known: Mapping[str, Json]) -> bool:
    if test.is_present is not None:
        return test.is_present
    return known[test.path[0]] in test.values


# --- what no combination helps with ---------------------------------------------------------------------------------


def _refused_outright(rules: Iterable[Rule], task: Task, known: Mapping[str, Json]) -> Iterator[str]:
    """Fields refused of this model and task whatever stands beside them."""
    for rule in rules:
        open_tests = [test for test in rule.when.tests if test.path[0] not in known and test not in task.when.tests]
        if rule.is_warning or len(open_tests) != 1 or not _may_hold(rule.when, known):
            continue
        (test,) = open_tests
        if test.is_present or test.at_least == 1:
            yield test.path[0]


def _excluded(task: Task) -> Iterator[str]:
    """Fields with which a shot is another kind of generation."""
    return (test.path[0] for test in task.when.tests if test.is_present is False and len(test.path) == 1)


# --- prices ---------------------------------------------------------------------------------------------------------


def _prices_of(manifest: Manifest, model: str, limits: ModelLimits) -> tuple[Price, ...]:
    """From the cheapest to the dearest second, of the rows that can apply here at all."""
    if manifest.free:
        return (Price(Decimal(0), Decimal(0), "USD"),)
    rows = [row for row in manifest.prices.get(model, ()) if _can_apply(row, limits)]
    amounts: dict[str, list[Decimal]] = {}
    for row in rows:
        amounts.setdefault(row.currency, []).extend(_per_second(row, limits))
    return tuple(Price(min(each), max(each), currency) for currency, each in amounts.items() if each)


def _can_apply(row: PriceRow, limits: ModelLimits) -> bool:
    return (
        (row.mode is None or not limits.modes or row.mode in limits.modes)
        and (not row.sound or limits.has_sound)
        and (row.duration is None or row.duration in limits.durations)
        and (not row.voices or limits.voices != 0)
    )


def _per_second(row: PriceRow, limits: ModelLimits) -> list[Decimal]:
    if row.per == "second":
        return [row.amount]
    lengths = limits.durations if row.duration is None else (row.duration,)
    # To a tenth of a cent: enough to compare by.
    return [(row.amount / length).quantize(Decimal("0.001")) for length in lengths]
