"""What lies over the picture between a clip's first and last frame, drawn once and pasted onto every frame.

A scrim at the lower edge with shot id, settings, prompt and the elements' pictures; captions above it. Long prompts
turn pages; beats have pages of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from runner.adapters.animatic.job import AnimaticJob, BeatWords, ShownElement, Words
from runner.adapters.animatic.pictures import Planes, Resampling, Size, read_picture, split_planes
from runner.adapters.animatic.scenery import Colour
from runner.adapters.animatic.typeface import Face, choose_face, wrap_words

AMBER: Colour = (246, 186, 92)
PAPER: Colour = (244, 241, 234)
_QUIET: Colour = (176, 178, 184)
_TRACK: Colour = (66, 67, 72)
_SCRIM: Colour = (10, 11, 14)
_SCRIM_OPACITY = 224
# The strip's text, largest first: as large as lets the words stand on one page.
_TEXT_SIZES = (25, 22, 19, 17)
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of overlay and where it goes; sides and place are even."""

    left: int
    top: int
    planes: Planes
    mask: Image.Image
    small_mask: Image.Image

    def paste_onto(self, ground: Planes) -> None:
        ground.luma.paste(self.planes.luma, (self.left, self.top), self.mask)
        half = (self.left // 2, self.top // 2)
        ground.blue.paste(self.planes.blue, half, self.small_mask)
        ground.red.paste(self.planes.red, half, self.small_mask)


@dataclass(frozen=True, slots=True)
class Page:
    # From this frame on.
    begin: int
    patch: Patch


@dataclass(frozen=True, slots=True)
class Progress:
    """The hairline at the lower edge: how much of the clip has been seen, beat by beat where it has beats."""

    size: Size
    frames: int
    # Frames on which a beat begins, without the first.
    cuts: tuple[int, ...]
    # Of the line's colour: luma and both chromas.
    levels: tuple[int, int, int]

    def draw_onto(self, ground: Planes, frame: int) -> None:
        width, height = self.size
        reached = _even(width * frame / max(1, self.frames - 1))
        for begin, end in self.stretches():
            if min(reached, end) > begin:
                self._fill(ground, begin, height - self.thickness, min(reached, end), height)

    @property
    def thickness(self) -> int:
        return _even(min(self.size) / 720 * 4)

    def stretches(self) -> Iterator[tuple[int, int]]:
        """From and to where each beat's part of the line runs; all of it in a clip without beats."""
        begin = 0
        for cut in (*self.cuts, self.frames):
            end = _even(self.size[0] * cut / self.frames)
            yield begin, end - (self.thickness if cut != self.frames else 0)
            begin = end

    def _fill(self, ground: Planes, left: int, top: int, right: int, bottom: int) -> None:
        luma, blue, red = self.levels
        ground.luma.paste(luma, (left, top, right, bottom))
        box = (left // 2, top // 2, right // 2, bottom // 2)
        ground.blue.paste(blue, box)
        ground.red.paste(red, box)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One job's measures and face."""

    job: AnimaticJob
    size: Size
    face: Face

    @property
    def unit(self) -> float:
        return min(self.size) / 720

    @property
    def margin(self) -> int:
        return round(34 * self.unit)

    @property
    def upright(self) -> bool:
        return self.size[0] < self.size[1] * 1.1

    @property
    def card(self) -> int:
        return round((66 if self.upright else 92) * self.unit)


def lay_sheet(job: AnimaticJob, size: Size) -> Sheet:
    return Sheet(job, size, choose_face(_all_texts(job)))


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


def draw_caption(sheet: Sheet, speaker: str, text: str, lowest: int) -> Patch:
    """A spoken line, its lower edge at `lowest`."""
    unit, width = sheet.unit, sheet.size[0]
    font = sheet.face.at(29 * unit)
    words = (Words(sheet.face.spell(speaker).upper() + ":", mention=True), Words(" " + sheet.face.spell(text)))
    lines = wrap_words(words, font, width * 0.8 - 48 * unit)[:4]
    high = round(38 * unit)
    box = (
        _even(max(_length(line, font) for line in lines) + 52 * unit),
        _even(high * len(lines) + 24 * unit),
    )
    picture = Image.new("RGBA", box, (*_SCRIM, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, box[0] - 1, box[1] - 1), 14 * unit, fill=(*_SCRIM, 214))
    for number, line in enumerate(lines):
        left = (box[0] - _length(line, font)) / 2
        _write(pen, line, (left, 10 * unit + number * high), font, PAPER)
    return _patch(picture, _even((width - box[0]) / 2), _even(lowest - box[1]))


def draw_progress(sheet: Sheet) -> Progress:
    cuts = tuple(begin for begin, _ in beat_frames(sheet.job))[1:]
    amber = split_planes(Image.new("RGB", (2, 2), AMBER))
    levels = (amber.luma.tobytes()[0], amber.blue.tobytes()[0], amber.red.tobytes()[0])
    return Progress(sheet.size, sheet.job.frames, cuts, levels)


def beat_frames(job: AnimaticJob) -> list[tuple[int, BeatWords]]:
    """On which frame each beat begins: its share of the seconds, should they not add up to the clip's."""
    total = sum(beat.seconds for beat in job.beats) or 1
    begins, passed = [], 0
    for beat in job.beats:
        begins.append((job.frames * passed // total, beat))
        passed += beat.seconds
    return begins


# --- what is written -------------------------------------------------------------------------------------------------


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


def _settings(job: AnimaticJob) -> str:
    camera = job.camera
    words = [job.model, job.mode, f"{job.seconds} s"]
    if job.roll > 1:
        words.append(f"roll {job.roll}")
    if job.sound:
        words.append("sound")
    if camera is not None:
        amount = f" {camera.amount:+g}" if camera.move else ""
        words.append(f"camera {(camera.move or camera.type).replace('_', ' ')}{amount}")
    return "  ·  ".join(words)


def _all_texts(job: AnimaticJob) -> list[str]:
    runs = [*job.prompt, *(words for beat in job.beats for words in beat.words)]
    spoken = [text for line in job.dialogue for text in (line.speaker, line.text)]
    names = [element.name for element in job.elements]
    return [job.label, _settings(job), *(words.text for words in runs), *spoken, *names, *job.notes]


# --- how it is drawn -------------------------------------------------------------------------------------------------


def _draw_cards(sheet: Sheet) -> list[Image.Image]:
    return [_draw_card(sheet, element) for element in sheet.job.elements if element.picture is not None]


def _draw_card(sheet: Sheet, element: ShownElement) -> Image.Image:
    """A small square of the element's picture with its name under it."""
    side, unit = sheet.card, sheet.unit
    card = Image.new("RGBA", (side, side + round(22 * unit)), (*_SCRIM, 0))
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
    tall = min(_even(height), _even(max(inner, 0 if sheet.upright else shelf) + fade + foot))
    picture = Image.new("RGBA", (_even(width), tall), (*_SCRIM, 0))
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
        _write(pen, line, (sheet.margin, top + head + number * leading), font, PAPER)
    if notes:
        pen.text((sheet.margin, tall - foot - 21 * unit), notes, font=sheet.face.at(15 * unit), fill=(*_QUIET, 255))
    progress = draw_progress(sheet)
    for begin, end in progress.stretches():
        pen.rectangle((begin, tall - progress.thickness, end - 1, tall), fill=(*_TRACK, 255))
    return _patch(picture, 0, height - tall)


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
    name = sheet.face.spell(sheet.job.label)
    pen.text((left, base), name, font=label, fill=(*AMBER, 255), anchor="ls")
    left += label.getlength(name) + 18 * unit
    pen.text((left, base), sheet.face.spell(_settings(sheet.job)), font=small, fill=(*_QUIET, 255), anchor="ls")
    if mark:
        pen.text((sheet.margin + width, base), mark, font=small, fill=(*_QUIET, 255), anchor="rs")


def _notes_line(sheet: Sheet) -> str:
    """One line; what is longer is cut."""
    font, width = sheet.face.at(15 * sheet.unit), sheet.size[0] - 2 * sheet.margin
    text = sheet.face.spell("  ·  ".join(sheet.job.notes))
    lines = wrap_words((Words(text),), font, width * 0.94)
    first = "".join(words.text for words in lines[0]) if lines else ""
    return first + (" ..." if len(lines) > 1 else "")


def _write(
    pen: ImageDraw.ImageDraw,
    line: Sequence[Words],
    place: tuple[float, float],
    font: ImageFont.FreeTypeFont,
    colour: Colour,
) -> None:
    left = place[0]
    for words in line:
        pen.text((left, place[1]), words.text, font=font, fill=(*(AMBER if words.mention else colour), 255))
        left += font.getlength(words.text)


def _length(line: Sequence[Words], font: ImageFont.FreeTypeFont) -> float:
    return sum(font.getlength(words.text) for words in line)


def _scrim_mask(size: Size, fade: int) -> Image.Image:
    """Clear at the top, dark below the fade."""
    column = Image.new("L", (1, size[1]), _SCRIM_OPACITY)
    for row in range(min(fade, size[1])):
        share = row / fade
        column.putpixel((0, row), round(_SCRIM_OPACITY * share * share * (3 - 2 * share)))
    return column.resize(size)


def _patch(picture: Image.Image, left: int, top: int) -> Patch:
    """A drawn piece, its sides even, as what can be pasted onto frames."""
    mask = picture.getchannel("A")
    half = (picture.width // 2, picture.height // 2)
    return Patch(left, top, split_planes(picture.convert("RGB")), mask, mask.resize(half, Resampling.BOX))


def _even(length: float) -> int:
    return 2 * max(1, round(length / 2))
