"""The camera: which part of the picture each frame shows. It always begins on the whole picture, untouched.

A sketch has one flat picture, so a move is a window wandering and shrinking over it. Widening alone needs more than
the picture has; there the window grows over a border that mirrors the picture's edges.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageFilter

from runner.adapters.animatic.job import CameraMove
from runner.adapters.animatic.pictures import Box, Planes, Size

# How much of the picture a border adds on each side, and so how far a camera may widen.
_BORDER = 0.16
# What the strongest move does to the window.
_STRONGEST_ZOOM = 0.55
_STRONGEST_SHIFT = 0.2
_STRONGEST_ROLL_DEGREES = 9.0


@dataclass(frozen=True, slots=True)
class Pose:
    """The window: its size as a share of the picture, how far its centre went (shares too), and its turn."""

    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0
    degrees: float = 0.0

    def part_way(self, share: float) -> "Pose":
        return Pose(1 + (self.scale - 1) * share, self.right * share, self.down * share, self.degrees * share)


def end_pose(camera: CameraMove | None, key: str) -> Pose:
    """Where the window is when the clip ends."""
    if camera is None:
        return _gentle_pose(key)
    if camera.type != "simple" or camera.move is None:
        return _NAMED.get(camera.type, _gentle_pose(key))
    strength = max(-1.0, min(1.0, camera.amount / 10))
    return _MOVES[camera.move](strength)


def ease(share: float) -> float:
    """Sets off and arrives softly."""
    return share * share * (3 - 2 * share)


class Stage:
    """A picture prepared for one camera move."""

    def __init__(self, planes: Planes, end: Pose) -> None:
        self._planes = planes
        self._end = end
        self._ground = _with_border(planes) if end.scale > 1 else planes

    def at(self, share: float) -> Planes:
        """After that share of the move; 0 is the picture itself."""
        pose = self._end.part_way(share)
        if pose == Pose():
            return self._planes
        if pose.degrees:
            return _turned(self._planes, pose)
        return self._ground_moved(window(pose, self._planes.size))

    def _ground_moved(self, box: Box) -> Planes:
        if self._ground is self._planes:
            return self._planes.scaled(box, self._planes.size)
        aside, above = _border_of(self._planes.size)
        wider = (box[0] + aside, box[1] + above, box[2] + aside, box[3] + above)
        return self._ground.scaled(wider, self._planes.size)


def window(pose: Pose, size: Size) -> Box:
    """The part of the picture that is seen, kept inside it unless the pose is wider than the picture."""
    width, height = size[0] * pose.scale, size[1] * pose.scale
    left = (size[0] - width) / 2 + pose.right * size[0]
    top = (size[1] - height) / 2 + pose.down * size[1]
    if pose.scale <= 1:
        left, top = max(0.0, min(size[0] - width, left)), max(0.0, min(size[1] - height, top))
    return (left, top, left + width, top + height)


def turned_scale(degrees: float, size: Size) -> float:
    """The largest turned window whose corners stay on the picture."""
    angle = math.radians(abs(degrees))
    return 1 / (math.cos(angle) + max(size) / min(size) * math.sin(angle))


def _shift(right: float, down: float) -> Pose:
    """Only as much closer as the shift needs to stay on the picture."""
    return Pose(1 - 2 * max(abs(right), abs(down)), right, down)


def _zoom(strength: float) -> Pose:
    """Below 0 the field of view narrows, above it widens."""
    return Pose(1 + strength * (_STRONGEST_ZOOM if strength < 0 else 2 * _BORDER))


_MOVES: dict[str, Callable[[float], Pose]] = {
    "horizontal": lambda strength: _shift(strength * _STRONGEST_SHIFT, 0),
    "vertical": lambda strength: _shift(0, -strength * _STRONGEST_SHIFT),
    "pan": lambda strength: _shift(strength * _STRONGEST_SHIFT, 0),
    "tilt": lambda strength: _shift(0, -strength * _STRONGEST_SHIFT),
    # How close a turned window must come depends on the picture: see `turned_scale`.
    "roll": lambda strength: Pose(degrees=strength * _STRONGEST_ROLL_DEGREES),
    "zoom": _zoom,
}
_NAMED = {
    "down_back": Pose(1 + 2 * _BORDER * 0.8, 0, _BORDER * 0.2),
    "forward_up": Pose(0.72, 0, -0.14),
    "right_turn_forward": Pose(0.72, 0.14, 0),
    "left_turn_forward": Pose(0.72, -0.14, 0),
}


def _gentle_pose(key: str) -> Pose:
    """Nobody asked for a move: a slow push towards a point that differs from shot to shot."""
    digest = sha256(b"push " + key.encode()).digest()
    return Pose(0.88, (digest[0] / 255 - 0.5) * 0.08, (digest[1] / 255 - 0.5) * 0.05)


# --- planes beyond the picture's edge, and turned --------------------------------------------------------------------


def _border_of(size: Size) -> Size:
    """Even, so that chroma has whole pixels of it."""
    return 2 * math.ceil(size[0] * _BORDER / 2), 2 * math.ceil(size[1] * _BORDER / 2)


def _with_border(planes: Planes) -> Planes:
    aside, above = _border_of(planes.size)
    return Planes(
        _mirrored(planes.luma, aside, above),
        _mirrored(planes.blue, aside // 2, above // 2),
        _mirrored(planes.red, aside // 2, above // 2),
    )


def _mirrored(plane: Image.Image, aside: int, above: int) -> Image.Image:
    width, height = plane.size
    ground = Image.new("L", (width + 2 * aside, height + 2 * above))
    over = plane.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    under = plane.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    for row, (straight, flipped) in (
        (above - height, (under, under.transpose(Image.Transpose.FLIP_LEFT_RIGHT))),
        (above, (plane, over)),
        (above + height, (under, under.transpose(Image.Transpose.FLIP_LEFT_RIGHT))),
    ):
        for column, part in ((aside - width, flipped), (aside, straight), (aside + width, flipped)):
            ground.paste(part, (column, row))
    # Out of focus, so that nobody takes it for part of the picture.
    soft = ground.filter(ImageFilter.GaussianBlur(max(aside, above) / 12))
    soft.paste(plane, (aside, above))
    return soft


def _turned(planes: Planes, pose: Pose) -> Planes:
    return Planes(
        _turned_plane(planes.luma, pose),
        _turned_plane(planes.blue, pose),
        _turned_plane(planes.red, pose),
    )


def _turned_plane(plane: Image.Image, pose: Pose) -> Image.Image:
    """The camera turns clockwise above 0, so what it sees turns the other way."""
    width, height = plane.size
    angle = math.radians(pose.degrees)
    scale = turned_scale(pose.degrees, plane.size)
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    across, down = width / 2, height / 2
    return plane.transform(
        plane.size,
        Image.Transform.AFFINE,
        (
            cosine,
            -sine,
            across - cosine * across + sine * down,
            sine,
            cosine,
            down - sine * across - cosine * down,
        ),
        Image.Resampling.BILINEAR,
    )
