"""Which values of a field a task takes, where it takes the field and not the value a shot asks for.

Read off the conditions and tables its body is written with: "takes none" would be less than half of the truth there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from runner.core.canonical import Json
from runner.model.interface import Task
from runner.model.mapping import Condition, Path, Reference, Spec, Test
from runner.planning.body import View, find, holds, text_of
from runner.planning.tasks import parts_of, references_in

# How an author writes what the request holds there.
_BEFORE: Final[Mapping[Path, str]] = {("camera", "amount"): "a move by "}
_AS_WRITTEN: Final[Mapping[tuple[Path, str], str]] = {(("camera", "type"), "simple"): "one move, as `{zoom: 5}`"}


def say_taken(task: Task, name: str, view: View) -> str:
    """`std` or `pro`; empty where the task takes the field with no value at all, or with any."""
    ways = dict.fromkeys(_ways(task.submit.body, name, view))
    return ", or ".join(" with ".join(_say(test) for test in way) for way in ways)


def _ways(spec: Spec | None, name: str, view: View) -> Iterator[tuple[Test, ...]]:
    """For each part that would say the field, the tests of it that its value does not pass."""
    if spec is None:
        return
    failed = [test for test in spec.when.tests if not holds(Condition((test,)), view)]
    if failed:
        is_of_value = all(test.path[0] == name and test.values for test in failed)
        if is_of_value and any(reference.path[0] == name for reference in references_in(spec)):
            yield tuple(failed)
        return
    if isinstance(spec, Reference) and spec.path[0] == name and spec.table:
        held = find(spec.path, view)
        if not isinstance(held, str | bool | int | float) or text_of(held) not in spec.table:
            yield (Test(spec.path, tuple(spec.table)),)
    for part in parts_of(spec):
        yield from _ways(part, name, view)


def _say(test: Test) -> str:
    whole = _whole_numbers(test.values)
    if whole and len(whole) > 2 and whole == list(range(whole[0], whole[-1] + 1)):
        said = f"a whole number from {whole[0]} to {whole[-1]}"
    else:
        said = _list(_say_value(test.path, value) for value in test.values)
    return _BEFORE.get(test.path, "") + said


def _whole_numbers(values: Sequence[Json]) -> list[int]:
    """In order; none where one of them is something else."""
    numbers = [
        Decimal(str(value)) for value in values if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    is_whole = len(numbers) == len(values) and all(number == int(number) for number in numbers)
    return sorted(int(number) for number in numbers) if is_whole else []


def _say_value(path: Path, value: Json) -> str:
    text = f"{value:g}" if isinstance(value, float) else text_of(value)
    return _AS_WRITTEN.get((path, text), f"`{text}`")


def _list(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
