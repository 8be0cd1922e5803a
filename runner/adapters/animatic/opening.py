"""The picture a clip opens on when none is given: a place in colours its words suggest, with the elements set into it.

No lettering: what a clip opens on may be handed to another shot. How places are drawn is the business of `scenery`.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageFilter, ImageOps

from runner.adapters.animatic.brushes import Canvas, Palette
from runner.adapters.animatic.chance import Dice, grain
from runner.adapters.animatic.job import AnimaticJob
from runner.adapters.animatic.pictures import Size, read_picture
from runner.adapters.animatic.scenery import PLACES

Choice = TypeVar("Choice")

_PLACE_WORDS = {
    "sea": "sea ocean harbour harbor wave waves ship boat lighthouse shore coast water lake river tide beach pier bay",
    "town": "city town street skyline tower office building rooftop market alley square traffic crowd bridge station",
    "wood": "forest tree trees wood woods jungle garden grove pine branch leaf leaves park swamp",
    "room": "room kitchen stairs corridor interior door window hall cabin inside workshop desk table bed house cellar",
    "sky": "sky space star stars planet galaxy cloud clouds orbit moonrise comet satellite rocket",
    "hills": "mountain mountains hill hills cliff valley desert dune dunes field meadow road rock rocks canyon plain",
}
_DAWN = Palette((38, 54, 92), (150, 116, 140), (244, 176, 132), (255, 222, 168), (24, 30, 46))
_DUSK = Palette((34, 24, 62), (146, 58, 92), (240, 122, 74), (255, 196, 112), (20, 14, 30))
_NIGHT = Palette((6, 10, 26), (16, 30, 62), (44, 74, 112), (206, 222, 240), (5, 9, 18), night=0.9)
_STORM = Palette((36, 42, 52), (72, 82, 94), (124, 134, 140), (206, 214, 214), (18, 22, 28))
_DAY = Palette((58, 120, 176), (124, 176, 208), (214, 228, 224), (255, 246, 214), (34, 58, 62))
_GREEN = Palette((40, 74, 72), (98, 140, 110), (206, 214, 158), (250, 240, 188), (16, 34, 28))
_WINTER = Palette((92, 116, 146), (158, 180, 200), (222, 230, 234), (255, 250, 240), (46, 62, 82))
_FIRE = Palette((34, 10, 14), (120, 26, 20), (226, 92, 36), (255, 196, 98), (18, 6, 8))
_LAMP = Palette((28, 18, 14), (96, 58, 34), (190, 124, 66), (255, 214, 146), (20, 13, 12))
_TEAL = Palette((8, 34, 44), (20, 84, 96), (92, 168, 160), (226, 240, 206), (5, 20, 28))
_NEON = Palette((18, 10, 46), (82, 24, 108), (220, 66, 140), (124, 232, 240), (10, 8, 26), night=0.4)
_MOODS = {
    _DAWN: "dawn sunrise morning first early daybreak",
    _DUSK: "dusk sunset evening golden twilight",
    _NIGHT: "night midnight moon moonlight dark darkness stars space starlit",
    _STORM: "storm rain grey gray fog mist thunder wind overcast",
    _DAY: "day noon sunny bright summer blue",
    _GREEN: "forest green jungle spring garden moss",
    _WINTER: "winter snow ice frost cold frozen",
    _FIRE: "fire flame lava red burning explosion blood",
    _LAMP: "lamp candle warm interior amber kitchen cabin",
    _TEAL: "teal underwater deep undersea ocean",
    _NEON: "neon cyberpunk club synth arcade hologram",
}
_MAIN_ELEMENTS = 4


def draw_opening(job: AnimaticJob, size: Size) -> Image.Image:
    dice = Dice("opening", job.key)
    words = re.findall(r"[a-z]+", _text(job).lower())
    palette = _suggested(words, _MOODS, dice)
    place = _suggested(words, _PLACE_WORDS, dice)
    # Twice as large where that is cheap: scaling down is what smooths the edges.
    enlarged = 2 if min(size) < 1080 else 1
    canvas = Canvas(Image.new("RGB", (size[0] * enlarged, size[1] * enlarged)), palette, dice)
    PLACES[place](canvas)
    picture = _finished(canvas.picture.resize(size, Image.Resampling.BOX), job.key)
    pictures = [element.picture for element in job.elements if element.picture is not None]
    return _with_elements(picture, pictures[:_MAIN_ELEMENTS])


def _text(job: AnimaticJob) -> str:
    first_beat = job.beats[0].words if job.beats else ()
    return " ".join(words.text for words in (*job.prompt, *first_beat))


def _suggested(words: Sequence[str], choices: Mapping[Choice, str], dice: Dice) -> Choice:
    """What most of the words speak of, the earlier word counting more; any of them when none does."""
    weights = dict.fromkeys(choices, 0.0)
    for choice, known in choices.items():
        for place, word in enumerate(words):
            if word in known.split():
                weights[choice] += 1 + 1 / (1 + place)
    best = max(weights.values())
    return dice.pick([choice for choice, weight in weights.items() if weight == best])


def _finished(picture: Image.Image, key: str) -> Image.Image:
    """Darker corners, and a breath of grain against bands in the gradients."""
    corners = Image.radial_gradient("L").point(lambda level: max(0, level - 110) * 0.75)
    shade = corners.resize(picture.size, Image.Resampling.BICUBIC)
    picture = picture.copy()
    picture.paste((0, 0, 0), (0, 0), shade)
    noise = grain(key, picture.size)
    return Image.blend(picture, Image.merge("RGB", (noise, noise, noise)), 0.022)


def _with_elements(picture: Image.Image, files: Sequence[Path]) -> Image.Image:
    """Each as a print standing in the place, above where words will be written; cut-outs stand without a frame."""
    if not files:
        return picture
    width, height = picture.size
    column = width * 0.84 / len(files)
    tall = min(height * 0.58, column * 1.15)
    for number, file in enumerate(files):
        middle = (round(width * 0.08 + column * (number + 0.5)), round(height * 0.4))
        _stand(picture, file, middle, (round(column * 0.86), round(tall)))
    return picture


def _stand(picture: Image.Image, file: Path, middle: tuple[int, int], room: Size) -> None:
    print_, mask = _print_of(file, room)
    left, top = middle[0] - print_.width // 2, middle[1] - print_.height // 2
    soft = max(4, room[1] // 28)
    shadow = ImageOps.expand(mask, soft * 3).filter(ImageFilter.GaussianBlur(soft)).point(lambda level: level * 0.62)
    picture.paste((0, 0, 0), (left - soft * 3, top - soft * 2), shadow)
    picture.paste(print_, (left, top), mask)


def _print_of(file: Path, room: Size) -> tuple[Image.Image, Image.Image]:
    """The picture within that room, and its outline."""
    outline = _outline_of(file)
    print_ = ImageOps.contain(read_picture(file), room, Image.Resampling.LANCZOS)
    if outline is not None:
        return print_, ImageOps.contain(outline, room, Image.Resampling.LANCZOS)
    edge = max(2, room[1] // 90)
    print_ = ImageOps.expand(print_, edge, (238, 234, 226))
    return print_, Image.new("L", print_.size, 255)


def _outline_of(file: Path) -> Image.Image | None:
    """The opaque part of a cut-out; None for a picture that fills its frame."""
    with Image.open(file) as opened:
        if not opened.has_transparency_data:
            return None
        alpha = ImageOps.exif_transpose(opened).convert("RGBA").getchannel("A")
    return alpha if any(alpha.histogram()[:128]) else None
