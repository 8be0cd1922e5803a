"""What scenery is drawn with: a canvas, its colours, and the parts every place shares. Which places there are is not
said here.
"""

import math
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from runner.adapters.animatic.chance import Dice

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    zenith: Colour
    middle: Colour
    horizon: Colour
    light: Colour
    ground: Colour
    # How plain the stars are, 0 to 1.
    night: float = 0.0


@dataclass(frozen=True, slots=True)
class Canvas:
    picture: Image.Image
    palette: Palette
    dice: Dice

    @property
    def width(self) -> int:
        return self.picture.width

    @property
    def height(self) -> int:
        return self.picture.height

    @property
    def unit(self) -> float:
        return min(self.picture.size) / 720

    def pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.picture)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    first, second, third = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return first, second, third


def mix_picture(picture: Image.Image, colour: Colour, share: float) -> Image.Image:
    return Image.blend(picture, Image.new("RGB", picture.size, colour), share)


def make_gradient(size: tuple[int, int], colours: list[Colour]) -> Image.Image:
    """From top to bottom."""
    column = Image.new("RGB", (1, 256))
    for row in range(256):
        place = row / 255 * (len(colours) - 1)
        step = min(int(place), len(colours) - 2)
        column.putpixel((0, row), mix(colours[step], colours[step + 1], place - step))
    return column.resize(size, Image.Resampling.BILINEAR)


def draw_sky(canvas: Canvas, horizon: int, across: float) -> tuple[float, float]:
    """Where its light stands."""
    palette = canvas.palette
    sky = make_gradient((canvas.width, horizon), [palette.zenith, palette.middle, palette.horizon])
    canvas.picture.paste(sky, (0, 0))
    if palette.night:
        draw_stars(canvas, horizon, palette.night)
    height = canvas.dice.between(0.3, 0.42) if palette.night else canvas.dice.between(0.6, 0.86)
    sun = (canvas.width * across, horizon * height)
    radius = min(canvas.picture.size) * (0.045 if palette.night else 0.07)
    draw_glow(canvas, sun, radius * 7, palette.light, 0.6)
    draw_glow(canvas, sun, radius * 2.6, palette.light, 0.7)
    draw_disc(canvas, sun, radius, mix(palette.light, (255, 255, 255), 0.45))
    return sun


def draw_disc(canvas: Canvas, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    canvas.pen().ellipse((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), fill=colour)


def draw_glow(canvas: Canvas, centre: tuple[float, float], radius: float, colour: Colour, strength: float) -> None:
    """Soft light around a point, blurred where it is small and cheap."""
    shrink = 16
    size = (math.ceil(canvas.width / shrink), math.ceil(canvas.height / shrink))
    mask = Image.new("L", size)
    x, y, small = centre[0] / shrink, centre[1] / shrink, radius / shrink * 0.55
    ImageDraw.Draw(mask).ellipse((x - small, y - small, x + small, y + small), fill=round(255 * strength))
    mask = mask.filter(ImageFilter.GaussianBlur(small * 0.7)).resize(canvas.picture.size, Image.Resampling.BICUBIC)
    canvas.picture.paste(colour, (0, 0), mask)


def draw_stars(canvas: Canvas, horizon: int, strength: float) -> None:
    dice, pen = canvas.dice, canvas.pen()
    for _ in range(round(150 * strength)):
        x, y = dice.throw() * canvas.width, dice.throw() ** 1.5 * horizon
        radius = dice.between(0.5, 1.5) * canvas.unit
        colour = mix(canvas.palette.zenith, (255, 250, 240), dice.between(0.3, 0.95))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def draw_ridge(canvas: Canvas, base: float, rise: float, colour: Colour, rough: float) -> None:
    """A line of hills filled down to the lower edge; `rise` is a share of the height."""
    dice, width = canvas.dice, canvas.width
    waves = [
        (dice.between(0.6, 1.6) * 2**octave, dice.between(0, math.tau), 0.5**octave * (1 if octave < 2 else rough))
        for octave in range(6)
    ]
    total = sum(weight for _, _, weight in waves)
    points = [(0.0, float(canvas.height))]
    for step in range(241):
        x = step / 240
        swing = sum(weight * math.sin(count * math.tau * x + phase) for count, phase, weight in waves) / total
        points.append((x * width, base - (0.5 + 0.5 * swing) * rise * canvas.height))
    points.append((width, canvas.height))
    canvas.pen().polygon(points, fill=colour)
