"""The strip at the lower edge: shot id, settings, prompt and the elements' pictures on a dark ground.

Long prompts turn pages; beats have pages of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from runner.adapters.animatic.brushes import Colour
from runner.adapters.animatic.job import AnimaticJob, ShownElement, Words
from runner.adapters.animatic.overlay import (
    AMBER,
    INK,
    PAPER,
    Patch,
    Sheet,
    beat_frames,
    draw_progress,
    make_patch,
    tell_settings,
    to_even,
    write_line,
)
from runner.adapters.animatic.pictures import Resampling, Size, read_picture
from runner.adapters.animatic.typeface import wrap_words

_QUIET: Colour = (176, 178, 184)
_TRACK: Colour = (66, 67, 72)
_OPACITY = 224
# The text's sizes, largest first: as large as lets the words stand on one page.
_TEXT_SIZES = (25, 22, 19, 17)
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Page:
    # From this frame on.
    begin: int
    patch: Patch


def draw_pages(sheet: Sheet) -> list[Page]:
    """In the order of their beginnings; each stands until the next."""
    cards = _draw_cards(sheet)
    pages: list[Page] = []
    for begin, end, paragraphs in _scenes(sheet.job):
        sets = _split_pages(sheet, paragraphs, _text_width(sheet, cards))
        for number, (font_size, lines) in enumerate(sets):
            page_begin = begin + (end - begin) * number // len(sets)
            mark = f"{number + 1}/{len(sets)}" if len(sets) > 1 else ""
            pages.append(Page(page_begin, _draw_strip(sheet, cards, font_size, lines, mark)))
    return pages


def _scenes(job: AnimaticJob) -> list[tuple[int, int, list[list[Words]]]]:
    """From frame, to frame, and the paragraphs shown between."""
    prompt = [list(job.prompt)] if job.prompt else []
    begins = beat_frames(job)
    if not begins:
        return [(0, job.frames, prompt)]
    ends = [begin for begin, _ in begins[1:]] + [job.frames]
    return [
        (begin, end, [*prompt, [Words(f"{number}/{len(begins)} ", mention=True), *beat.words]])
        for number, ((begin, beat), end) in enumerate(zip(begins, ends, strict=True), start=1)
    ]


def _split_pages(
    sheet: Sheet, paragraphs: Sequence[list[Words]], width: float
) -> list[tuple[float, list[list[Words]]]]:
    spelled = [[Words(sheet.face.spell(words.text), words.mention) for words in paragraph] for paragraph in paragraphs]
    most = _MOST_LINES + (3 if sheet.upright else 0)
    lines: list[list[Words]] = []
    size = _TEXT_SIZES[0] * sheet.unit
    for points in _TEXT_SIZES:
        size = points * sheet.unit
        font = sheet.face.at(size)
        lines = [line for paragraph in spelled for line in wrap_words(paragraph, font, width)]
        if len(lines) <= (3 if points == _TEXT_SIZES[0] else most):
            break
    return [(size, lines[start : start + most]) for start in range(0, len(lines), most)] or [(size, [])]


def _draw_cards(sheet: Sheet) -> list[Image.Image]:
    return [_draw_card(sheet, element) for element in sheet.job.elements if element.picture is not None]


def _draw_card(sheet: Sheet, element: ShownElement) -> Image.Image:
    """A small square of the element's picture with its name under it."""
    side, unit = sheet.card, sheet.unit
    card = Image.new("RGBA", (side, side + round(22 * unit)), (*INK, 0))
    if element.picture is not None:
        small = ImageOps.fit(read_picture(element.picture), (side, side), Resampling.LANCZOS, centering=(0.5, 0.3))
        corners = Image.new("L", (side * 2, side * 2))
        ImageDraw.Draw(corners).rounded_rectangle((0, 0, side * 2 - 1, side * 2 - 1), 20 * unit, fill=255)
        card.paste(small, (0, 0), corners.resize((side, side), Resampling.BOX))
    font = sheet.face.at(15 * unit)
    name = _shortened(sheet.face.spell(element.name), font, side)
    left = (side - font.getlength(name)) / 2
    ImageDraw.Draw(card).text((left, side + 3 * unit), name, font=font, fill=(*AMBER, 255))
    return card


def _shortened(name: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    if font.getlength(name) <= width:
        return name
    while name and font.getlength(name + "..") > width:
        name = name[:-1]
    return name + ".."


def _text_width(sheet: Sheet, cards: Sequence[Image.Image]) -> float:
    width = sheet.size[0] - 2 * sheet.margin
    return width if sheet.upright or not cards else width - _cards_width(sheet, cards) - 28 * sheet.unit


def _cards_width(sheet: Sheet, cards: Sequence[Image.Image]) -> float:
    return len(cards) * (sheet.card + 14 * sheet.unit) - 14 * sheet.unit


def _draw_strip(
    sheet: Sheet, cards: Sequence[Image.Image], text_size: float, lines: Sequence[list[Words]], mark: str
) -> Patch:
    unit, (width, height) = sheet.unit, sheet.size
    notes = _notes_line(sheet)
    leading = round(text_size * 1.32)
    head, foot = round(40 * unit), round(26 * unit)
    text = head + leading * len(lines) + (round(26 * unit) if notes else 0)
    shelf = cards[0].height if cards else 0
    inner = text + (shelf + round(14 * unit) if sheet.upright and cards else 0)
    fade = round(70 * unit)
    tall = min(to_even(height), to_even(max(inner, 0 if sheet.upright else shelf) + fade + foot))
    picture = Image.new("RGBA", (to_even(width), tall), (*INK, 0))
    picture.putalpha(_scrim_mask(picture.size, fade))
    top = tall - foot - inner
    if cards:
        row = top if sheet.upright else tall - foot - shelf
        _set_cards(picture, sheet, cards, row)
    pen = ImageDraw.Draw(picture)
    top = tall - foot - text
    _write_head(pen, sheet, top, mark, _text_width(sheet, cards))
    font = sheet.face.at(text_size)
    for number, line in enumerate(lines):
        write_line(pen, line, (sheet.margin, top + head + number * leading), font, PAPER)
    if notes:
        pen.text((sheet.margin, tall - foot - 21 * unit), notes, font=sheet.face.at(15 * unit), fill=(*_QUIET, 255))
    progress = draw_progress(sheet)
    for begin, end in progress.stretches():
        pen.rectangle((begin, tall - progress.thickness, end - 1, tall), fill=(*_TRACK, 255))
    return make_patch(picture, 0, height - tall)


def _set_cards(picture: Image.Image, sheet: Sheet, cards: Sequence[Image.Image], top: int) -> None:
    left = sheet.margin if sheet.upright else round(sheet.size[0] - sheet.margin - _cards_width(sheet, cards))
    for card in cards:
        picture.alpha_composite(card, (left, max(0, top)))
        left += sheet.card + round(14 * sheet.unit)


def _write_head(pen: ImageDraw.ImageDraw, sheet: Sheet, top: float, mark: str, width: float) -> None:
    """Shot id, settings, and at the right the page."""
    unit, left = sheet.unit, float(sheet.margin)
    label, small = sheet.face.at(27 * unit), sheet.face.at(17 * unit)
    base = top + 26 * unit
    name = _shortened(sheet.face.spell(sheet.job.label), label, width * 0.5)
    pen.text((left, base), name, font=label, fill=(*AMBER, 255), anchor="ls")
    left += label.getlength(name) + 18 * unit
    pen.text((left, base), sheet.face.spell(tell_settings(sheet.job)), font=small, fill=(*_QUIET, 255), anchor="ls")
    if mark:
        pen.text((sheet.margin + width, base), mark, font=small, fill=(*_QUIET, 255), anchor="rs")


def _notes_line(sheet: Sheet) -> str:
    """One line; what is longer is cut."""
    font, width = sheet.face.at(15 * sheet.unit), sheet.size[0] - 2 * sheet.margin
    text = sheet.face.spell("  ·  ".join(sheet.job.notes))
    lines = wrap_words((Words(text),), font, width * 0.94)
    first = "".join(words.text for words in lines[0]) if lines else ""
    return first + (" ..." if len(lines) > 1 else "")


def _scrim_mask(size: Size, fade: int) -> Image.Image:
    """Clear at the top, dark below the fade."""
    column = Image.new("L", (1, size[1]), _OPACITY)
    for row in range(min(fade, size[1])):
        share = row / fade
        column.putpixel((0, row), round(_OPACITY * share * share * (3 - 2 * share)))
    return column.resize(size)
