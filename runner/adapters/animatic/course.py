"""What each frame of a clip shows before anything is laid over it: how it gets from its first picture to its last."""

from typing import Protocol

from PIL import Image, ImageChops, ImageStat

from runner.adapters.animatic.chance import Dice
from runner.adapters.animatic.job import AnimaticJob
from runner.adapters.animatic.motion import Pose, Stage, ease, end_pose
from runner.adapters.animatic.pictures import Planes, blend

# When a given last frame begins to come through, and when nothing of the first is left: shares of the clip.
_ARRIVAL, _ARRIVED = 0.5, 0.82
# Levels a clip must move by at the least, on average, to be seen to move.
_SEEN = 1.5
_LIGHT_LEVELS = 46


class Course(Protocol):
    def at(self, share: float) -> Planes:
        """0 gives the very planes the clip opens on, 1 those it ends on."""
        ...


def plot_course(job: AnimaticJob, first: Planes, last: Planes | None) -> Course:
    end = end_pose(job.camera, job.key)
    if last is not None:
        return _Arriving(first, end, last)
    drifting = _Drifting(first, end)
    if _difference(first.luma, drifting.at(1).luma) < _SEEN:
        return _Lighting(first, drifting, job.key)
    return drifting


class _Drifting:
    """The camera's move over one picture."""

    def __init__(self, first: Planes, end: Pose) -> None:
        self._stage = Stage(first, end)

    def at(self, share: float) -> Planes:
        return self._stage.at(ease(share))


class _Arriving:
    """The camera's move, dissolving into a slow push onto the given last picture."""

    def __init__(self, first: Planes, end: Pose, last: Planes) -> None:
        self._leaving = Stage(first, end)
        self._coming = Stage(last, Pose(0.92))

    def at(self, share: float) -> Planes:
        if share < _ARRIVAL:
            return self._left(share)
        if share >= _ARRIVED:
            return self._come(share)
        through = ease((share - _ARRIVAL) / (_ARRIVED - _ARRIVAL))
        return blend(self._left(share), self._come(share), through)

    def _left(self, share: float) -> Planes:
        return self._leaving.at(ease(share / _ARRIVED))

    def _come(self, share: float) -> Planes:
        return self._coming.at(1 - ease((share - _ARRIVAL) / (1 - _ARRIVAL)))


class _Lighting:
    """For a picture in which no move would be seen, a plain colour say: light comes or goes over it."""

    def __init__(self, first: Planes, drifting: Course, key: str) -> None:
        self._first = first
        self._drifting = drifting
        self._lit = _lit(drifting.at(1), key)

    def at(self, share: float) -> Planes:
        if share == 0:
            return self._first
        return blend(self._drifting.at(share), self._lit, ease(share))


def _lit(planes: Planes, key: str) -> Planes:
    dice = Dice("light", key)
    dark = ImageStat.Stat(planes.luma).mean[0] < 128
    # Nothing at the edges: the gradient is round, its picture square.
    ray = Image.radial_gradient("L").point(lambda level: max(0, 180 - level) * _LIGHT_LEVELS // 180)
    width, height = planes.size
    centre = (dice.between(0.2, 0.8) * width, dice.between(0.1, 0.5) * height)
    light = Image.new("L", planes.size)
    corner = (round(centre[0]) - width, round(centre[1]) - height)
    light.paste(ray.resize((width * 2, height * 2), Image.Resampling.BICUBIC), corner)
    luma = ImageChops.add(planes.luma, light) if dark else ImageChops.subtract(planes.luma, light)
    return Planes(luma, planes.blue, planes.red)


def _difference(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]
