"""Places drawn from a handful of colours: sea, hills, town, wood, room, sky. Flat shapes, haze towards the horizon.

Which place and which colours suit a request's words is the business of `opening`.
"""

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from runner.adapters.animatic.brushes import (
    Canvas,
    Colour,
    draw_disc,
    draw_glow,
    draw_ridge,
    draw_sky,
    draw_stars,
    make_gradient,
    mix,
    mix_picture,
)


def draw_sea(canvas: Canvas) -> None:
    dice, palette = canvas.dice, canvas.palette
    horizon = round(canvas.height * dice.between(0.5, 0.6))
    sun = draw_sky(canvas, horizon, dice.between(0.25, 0.75))
    draw_ridge(canvas, horizon, 0.05, mix(palette.ground, palette.horizon, 0.55), 0.0)
    water = make_gradient((canvas.width, canvas.height - horizon), [palette.horizon, palette.middle, palette.ground])
    canvas.picture.paste(mix_picture(water, palette.ground, 0.25), (0, horizon))
    _draw_glitter(canvas, horizon, sun)
    side = dice.pick((-1, 1))
    for step, share in enumerate((0.35, 0.12)):
        _draw_headland(canvas, horizon, side if step == 0 else -side, share, 0.34 - 0.1 * step)


def draw_hills(canvas: Canvas) -> None:
    dice, palette = canvas.dice, canvas.palette
    horizon = round(canvas.height * dice.between(0.52, 0.6))
    draw_sky(canvas, horizon, dice.between(0.25, 0.75))
    for layer in range(5):
        share = layer / 4
        base = horizon + share * (canvas.height - horizon) * 0.78
        rise = 0.24 - 0.03 * layer
        draw_ridge(canvas, base, rise, mix(palette.horizon, palette.ground, 0.25 + 0.75 * share), 0.35 + 0.15 * layer)


def draw_town(canvas: Canvas) -> None:
    dice, palette = canvas.dice, canvas.palette
    horizon = round(canvas.height * 0.66)
    draw_sky(canvas, horizon, dice.between(0.3, 0.7))
    for layer in range(3):
        _draw_street_front(canvas, layer, horizon + round(layer * canvas.height * 0.07))
    floor = make_gradient((canvas.width, canvas.height - round(canvas.height * 0.84)), [palette.ground, (8, 9, 12)])
    canvas.picture.paste(floor, (0, canvas.height - floor.height))


def draw_wood(canvas: Canvas) -> None:
    dice, palette = canvas.dice, canvas.palette
    horizon = round(canvas.height * 0.68)
    draw_sky(canvas, horizon, dice.between(0.35, 0.65))
    for layer in range(4):
        share = 0.22 + 0.26 * layer
        colour = mix(palette.horizon, palette.ground, share)
        foot = horizon + round(canvas.height * 0.1 * layer)
        _draw_trunks(canvas, layer, foot, colour)
        draw_ridge(canvas, foot, 0.03, colour, 0.8)


def draw_room(canvas: Canvas) -> None:
    """A bare room seen straight on, lit from one window."""
    palette, dice = canvas.palette, canvas.dice
    width, height, pen = canvas.width, canvas.height, canvas.pen()
    wall = mix(palette.ground, palette.middle, 0.45)
    left, top, right, bottom = width * 0.2, height * 0.12, width * 0.8, height * 0.66
    pen.rectangle((0, 0, width, height), fill=mix(palette.ground, wall, 0.35))
    pen.polygon(((0, height), (left, bottom), (right, bottom), (width, height)), fill=mix(palette.ground, wall, 0.65))
    pen.polygon(((0, 0), (left, top), (left, bottom), (0, height)), fill=mix(palette.ground, wall, 0.5))
    pen.polygon(((width, 0), (right, top), (right, bottom), (width, height)), fill=mix(palette.ground, wall, 0.25))
    pen.rectangle((left, top, right, bottom), fill=wall)
    for board in range(1, 12):
        share = board / 12
        foot = (width * share, height)
        pen.line(((left + (right - left) * share, bottom), foot), fill=palette.ground, width=round(2 * canvas.unit))
    _draw_window(canvas, (left, top, right, bottom), dice.between(0.25, 0.55))


def draw_planet(canvas: Canvas) -> None:
    """Nothing but sky, with the edge of a world in it."""
    dice, palette = canvas.dice, canvas.palette
    draw_sky(canvas, canvas.height, dice.between(0.2, 0.8))
    draw_stars(canvas, canvas.height, 0.9)
    radius = canvas.width * dice.between(0.75, 1.0)
    centre = (canvas.width * dice.between(0.3, 0.7), canvas.height * 0.74 + radius)
    draw_glow(canvas, centre, radius * 1.06, palette.light, 0.55)
    for step in range(24):
        share = step / 23
        inner = radius * (1 - 0.05 * share)
        draw_disc(canvas, centre, inner, mix(palette.light, palette.ground, min(1.0, share * 1.1)))


PLACES: dict[str, Callable[[Canvas], None]] = {
    "sea": draw_sea,
    "hills": draw_hills,
    "town": draw_town,
    "wood": draw_wood,
    "room": draw_room,
    "sky": draw_planet,
}


# --- what stands in them ---------------------------------------------------------------------------------------------


def _draw_glitter(canvas: Canvas, horizon: int, sun: tuple[float, float]) -> None:
    """Light on water, wider and looser towards the viewer; elsewhere a few darker swells."""
    dice, pen = canvas.dice, canvas.pen()
    for step in range(110):
        share = (step / 110) ** 1.6
        y = horizon + share * (canvas.height - horizon)
        reach = canvas.width * (0.015 + 0.12 * share)
        x = sun[0] + dice.between(-1, 1) * reach
        half = canvas.width * dice.between(0.008, 0.03) * (0.5 + share)
        thick = max(1, round(canvas.unit * (0.8 + 4 * share)))
        below = mix(canvas.palette.horizon, canvas.palette.ground, share)
        colour = mix(below, canvas.palette.light, 0.7 * (1 - share) + 0.12)
        pen.rounded_rectangle((x - half, y, x + half, y + thick), thick / 2, fill=colour)
        if step % 3 == 0:
            x, half = dice.throw() * canvas.width, canvas.width * dice.between(0.02, 0.06)
            pen.rounded_rectangle(
                (x - half, y, x + half, y + thick), thick / 2, fill=mix(below, canvas.palette.ground, 0.35)
            )


def _draw_headland(canvas: Canvas, horizon: int, side: int, haze: float, reach: float) -> None:
    """Land coming in from one side and falling to the water."""
    dice, palette = canvas.dice, canvas.palette
    top, foot = horizon - canvas.height * reach * 0.5, horizon + canvas.height * (0.02 + (0.35 - haze) * 0.4)
    points = []
    for step in range(61):
        share = step / 60
        bump = math.sin(share * 9 + dice.between(0, 0.5)) * 0.02 * canvas.height * (1 - share)
        x = share * canvas.width * reach * 1.3
        points.append((x, top + (foot - top) * share**1.7 + bump))
    points = [(0.0, foot), *points]
    if side > 0:
        points = [(canvas.width - x, y) for x, y in points]
    canvas.pen().polygon(points, fill=mix(palette.ground, palette.horizon, haze))


def _draw_street_front(canvas: Canvas, layer: int, foot: int) -> None:
    dice, palette, pen = canvas.dice, canvas.palette, canvas.pen()
    colour = mix(palette.horizon, palette.ground, 0.35 + 0.32 * layer)
    x = -dice.between(0, 0.05) * canvas.width
    while x < canvas.width:
        wide = canvas.unit * dice.between(55, 120) * (1 + 0.25 * layer)
        high = canvas.height * dice.between(0.1, 0.44 - 0.08 * layer)
        pen.rectangle((x, foot - high, x + wide, canvas.height), fill=colour)
        if layer:
            _draw_lit_windows(canvas, (x, foot - high, x + wide, canvas.height * 0.84), colour)
        x += wide + canvas.unit * dice.between(0, 14)


def _draw_lit_windows(canvas: Canvas, house: tuple[float, float, float, float], wall: Colour) -> None:
    dice, pen, unit = canvas.dice, canvas.pen(), canvas.unit
    y = house[1] + 14 * unit
    while y < house[3] - 14 * unit:
        x = house[0] + 12 * unit
        while x < house[2] - 14 * unit:
            lit = dice.throw()
            if lit > 0.45:
                glow = mix(wall, canvas.palette.light, 0.15 if lit < 0.8 else 0.8)
                pen.rectangle((x, y, x + 7 * unit, y + 10 * unit), fill=glow)
            x += 17 * unit
        y += 22 * unit


def _draw_trunks(canvas: Canvas, layer: int, foot: int, colour: Colour) -> None:
    dice, pen = canvas.dice, canvas.pen()
    count = 26 - 6 * layer
    for trunk in range(count):
        x = (trunk + dice.between(-0.4, 0.4)) / (count - 1) * canvas.width
        half = canvas.unit * dice.between(2.5, 5) * (1 + 1.1 * layer)
        lean = canvas.unit * dice.between(-14, 14)
        pen.polygon(
            ((x - half, foot + half), (x - half * 0.7 + lean, 0), (x + half * 0.7 + lean, 0), (x + half, foot + half)),
            fill=colour,
        )


def _draw_window(canvas: Canvas, wall: tuple[float, float, float, float], across: float) -> None:
    palette, unit = canvas.palette, canvas.unit
    left, top, right, bottom = wall
    wide, high = (right - left) * 0.22, (bottom - top) * 0.5
    x, y = left + (right - left) * across, top + (bottom - top) * 0.18
    draw_glow(canvas, (x + wide / 2, y + high / 2), wide * 2.4, palette.light, 0.5)
    pane = make_gradient((round(wide), round(high)), [palette.light, mix(palette.light, palette.horizon, 0.8)])
    canvas.picture.paste(pane, (round(x), round(y)))
    pen = canvas.pen()
    bar = max(2, round(5 * unit))
    frame = mix(palette.ground, (0, 0, 0), 0.3)
    pen.rectangle((x, y, x + wide, y + high), outline=frame, width=bar)
    pen.line(((x + wide / 2, y), (x + wide / 2, y + high)), fill=frame, width=bar)
    pen.line(((x, y + high / 2), (x + wide, y + high / 2)), fill=frame, width=bar)
    slant = wide * 0.7
    patch = Image.new("L", canvas.picture.size)
    floor = (
        (x + slant, bottom),
        (x + wide + slant, bottom),
        (x + wide * 1.9 + slant, bottom + high * 0.8),
        (x + wide * 0.4 + slant, bottom + high * 0.8),
    )
    ImageDraw.Draw(patch).polygon(floor, fill=110)
    canvas.picture.paste(palette.light, (0, 0), patch)
