"""What lies over the picture between a clip's first and last frame: pieces drawn once and pasted onto every frame.

Here are the pieces, the captions and the line that shows progress; the strip with the prompt is in `strip`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from runner.adapters.animatic.brushes import Colour
from runner.adapters.animatic.job import AnimaticJob, BeatWords, Words
from runner.adapters.animatic.pictures import Planes, Resampling, Size, split_planes
from runner.adapters.animatic.typeface import Face, choose_face, wrap_words

AMBER: Colour = (246, 186, 92)
PAPER: Colour = (244, 241, 234)
INK: Colour = (10, 11, 14)


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
        reached = to_even(width * frame / max(1, self.frames - 1))
        for begin, end in self.stretches():
            if min(reached, end) > begin:
                self._fill(ground, begin, height - self.thickness, min(reached, end), height)

    @property
    def thickness(self) -> int:
        return to_even(min(self.size) / 720 * 4)

    def stretches(self) -> Iterator[tuple[int, int]]:
        """From and to where each beat's part of the line runs; all of it in a clip without beats."""
        begin = 0
        for cut in (*self.cuts, self.frames):
            end = to_even(self.size[0] * cut / self.frames)
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


def draw_caption(sheet: Sheet, speaker: str, text: str, lowest: int) -> Patch:
    """A spoken line, its lower edge at `lowest`."""
    unit, width = sheet.unit, sheet.size[0]
    font = sheet.face.at(29 * unit)
    words = (Words(sheet.face.spell(speaker).upper() + ":", mention=True), Words(" " + sheet.face.spell(text)))
    lines = wrap_words(words, font, width * 0.8 - 48 * unit)[:4]
    high = round(38 * unit)
    box = (
        to_even(max(_length(line, font) for line in lines) + 52 * unit),
        to_even(high * len(lines) + 24 * unit),
    )
    picture = Image.new("RGBA", box, (*INK, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, box[0] - 1, box[1] - 1), 14 * unit, fill=(*INK, 214))
    for number, line in enumerate(lines):
        left = (box[0] - _length(line, font)) / 2
        write_line(pen, line, (left, 10 * unit + number * high), font, PAPER)
    return make_patch(picture, to_even((width - box[0]) / 2), to_even(lowest - box[1]))


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


def tell_settings(job: AnimaticJob) -> str:
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
    return [job.label, tell_settings(job), *(words.text for words in runs), *spoken, *names, *job.notes]


def write_line(
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


def make_patch(picture: Image.Image, left: int, top: int) -> Patch:
    """A drawn piece, its sides even, as what can be pasted onto frames."""
    mask = picture.getchannel("A")
    half = (picture.width // 2, picture.height // 2)
    return Patch(left, top, split_planes(picture.convert("RGB")), mask, mask.resize(half, Resampling.BOX))


def to_even(length: float) -> int:
    return 2 * max(1, round(length / 2))
