"""Checks how shots hang together: circles, times outside a clip, and chains so long that the picture drifts."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from runner.core.diagnostic import Findings
from runner.core.place import Place
from runner.model.storyboard import Chained, Shot, Storyboard

# Faces and colours are seen to drift after three or four clips that each open on the last frame of the one before.
_DEEPEST: Final = 4
# A knot of many shots holds more circles than anybody could read.
_MOST_CIRCLES: Final = 20
_MOST_NAMES: Final = 12
_NO_DEPTH: Final = -1_000_000_000


def check_chains(storyboard: Storyboard, findings: Findings) -> None:
    shots = {shot.id: shot for shot in storyboard.shots}
    for circle in _find_circles(shots):
        _tell_circle(circle, shots, findings)
    for shot in storyboard.shots:
        _check_times(shot, shots, findings)
    _check_depth(shots, findings)


def _needs(shot: Shot, shots: Mapping[str, Shot]) -> dict[str, Place]:
    """The shots this one waits for, each with the place of the link."""
    links = dict.fromkeys(shot.after, shot.place)
    links |= {frame.shot: frame.place for _, frame in reversed(shot.chained)}
    return {name: place for name, place in links.items() if name in shots}


def _find_circles(shots: Mapping[str, Shot]) -> list[tuple[str, ...]]:
    """Walks every link once, keeping the way it came: a link back onto that way closes a circle."""
    order = {name: number for number, name in enumerate(shots)}
    found: dict[tuple[str, ...], None] = {}
    done: set[str] = set()
    for start in shots:
        if start in done:
            continue
        way: dict[str, Iterator[str]] = {start: iter(_needs(shots[start], shots))}
        while way:
            here = next(reversed(way))
            step = next(way[here], None)
            if step is None:
                done.add(here)
                del way[here]
            elif step in way:
                names = list(way)
                found.setdefault(_from_earliest(names[names.index(step) :], order))
                if len(found) == _MOST_CIRCLES:
                    return list(found)
            elif step not in done:
                way[step] = iter(_needs(shots[step], shots))
    return list(found)


def _from_earliest(circle: list[str], order: Mapping[str, int]) -> tuple[str, ...]:
    """Told from the shot that comes first in the film, wherever the walk came upon it."""
    start = circle.index(min(circle, key=order.__getitem__))
    return (*circle[start:], *circle[:start])


def _tell_circle(circle: tuple[str, ...], shots: Mapping[str, Shot], findings: Findings) -> None:
    first = shots[circle[0]]
    link = _needs(first, shots)[circle[1 % len(circle)]]
    others = tuple(
        (f"`{name}` waits for `{after}`", _needs(shots[name], shots)[after])
        for name, after in zip(circle[1:_MOST_NAMES], (*circle[2:], circle[0]), strict=False)
    )
    what = "a shot waits for itself" if len(circle) == 1 else "shots wait for each other in a circle"
    message = f"{what}: {_name_circle(circle)}"
    hint = "let one of them open on a picture of its own, or remove its `from`, `first_frame`, `last_frame` or `after`"
    findings.error("chain-cycle", message, link, hint, others)


def _name_circle(circle: tuple[str, ...]) -> str:
    if len(circle) <= _MOST_NAMES:
        shown: Iterable[str] = circle
    else:
        half = _MOST_NAMES // 2
        shown = (*circle[:half], f"({len(circle) - _MOST_NAMES:,} more)", *circle[-half:])
    return " -> ".join([*shown, circle[0]])


def _check_times(shot: Shot, shots: Mapping[str, Shot], findings: Findings) -> None:
    for field, frame in shot.chained:
        source = shots.get(frame.shot)
        if source is None or not isinstance(frame.at, Decimal) or frame.at <= source.duration.value:
            continue
        message = (
            f"`{field}` is taken from `{frame.shot}` at {frame.at} s, but that clip ends at {source.duration.value} s"
        )
        related = () if source.duration.place is None else (("its duration", source.duration.place),)
        hint = f"choose a time up to {source.duration.value}, or `at: last`"
        findings.error("at-outside-clip", message, frame.place, hint, related)


def _check_depth(shots: Mapping[str, Shot], findings: Findings) -> None:
    depths: dict[str, int] = {}
    for name in shots:
        way: list[str] = []
        here: str | None = name
        while here is not None and here not in depths:
            # Stands if the walk comes back here: a circle has no depth, and has been told as such.
            depths[here] = _NO_DEPTH
            way.append(here)
            here = _opens_on_last_of(shots[here], shots)
        depth = depths[here] if here is not None else 0
        for passed in reversed(way):
            depth += 1
            depths[passed] = depth
            if depth == _DEEPEST + 1:
                _tell_depth(shots[passed], findings)


def _opens_on_last_of(shot: Shot, shots: Mapping[str, Shot]) -> str | None:
    frame = shot.first_frame
    return frame.shot if isinstance(frame, Chained) and frame.at == "last" and frame.shot in shots else None


def _tell_depth(shot: Shot, findings: Findings) -> None:
    place = shot.first_frame.place if isinstance(shot.first_frame, Chained) else shot.place
    message = f"`{shot.id}` is the {_DEEPEST + 1}th clip in a row that opens on the last frame of the one before"
    hint = "pictures drift along a chain: give a fresh `first_frame` picture now and then"
    findings.warning("chain-depth", message, place, hint)
