"""What a model takes in another of its tasks at the same gateway, and what of a shot to change to get there.

Where a model takes something from a picture and not from words, "takes none" would be half of the truth.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from runner.model.interface import Task
from runner.model.manifest import Manifest, ModelLimits
from runner.model.mapping import Way
from runner.model.storyboard import Shot
from runner.planning.body import Account, Attachment, Builder
from runner.planning.compiling import Compiled, build_call


class _Unasked:
    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        return f"{attachment.label} {ways}"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another task that the shot could be."""

    # `from a picture`
    title: str
    limits: ModelLimits
    # What to change: `give it a `first_frame``.
    way: str
    task: Task
    compiled: Compiled

    def sends(self, names: Collection[str]) -> bool:
        """One of these fields, `masks.dynamic` among them as such. Costs a body: ask where something is wrong."""
        account = Account()
        view = {**self.compiled.view, "task": self.task.name}
        build_call(self.task.submit, Builder(view, _Unasked(), account))
        return any(use.path[0] in names or ".".join(use.path) in names for use in account.uses)


def find_elsewhere(manifest: Manifest, shot: Shot, compiled: Compiled) -> tuple[Elsewhere, ...]:
    """By the order of the manifest; those that a frame more or less leads to."""
    return tuple(_others(manifest, shot, compiled))


def first_that(others: tuple[Elsewhere, ...], allows: Callable[[ModelLimits], bool]) -> Elsewhere | None:
    return next((other for other in others if allows(other.limits)), None)


def _others(manifest: Manifest, shot: Shot, compiled: Compiled) -> Iterator[Elsewhere]:
    tasks = {} if manifest.interface is None else manifest.interface.tasks
    for name, limits in manifest.offers.get(shot.model.value, {}).items():
        task = tasks[name]
        way = _way_to(task, shot)
        if way and task.title != compiled.task.title:
            yield Elsewhere(task.title, limits, way, task, compiled)


def _way_to(task: Task, shot: Shot) -> str:
    """Nothing where other things than frames decide."""
    frames = {"first_frame": shot.first_frame, "last_frame": shot.last_frame}
    steps = []
    for test in task.when.tests:
        name = test.path[0]
        if name in frames and test.is_present is not None and test.is_present != (frames[name] is not None):
            steps.append(f"give it a `{name}`" if test.is_present else f"remove its `{name}`")
    return " and ".join(steps)
