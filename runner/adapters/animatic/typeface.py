"""Letters: one face for a whole clip, wrapping, and what to write where a face lacks a letter.

Noto Sans comes as a wheel and has what is written in Latin, Greek, Cyrillic and Devanagari. Other letters come from a
face of the machine if one has them, else without their accents; what remains is an empty box.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from PIL import ImageFont

from runner.adapters.animatic.job import Words

# Faces found on the usual systems, the plain ones first.
_FACES_OF_MACHINES = (
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "segoeui.ttf",
    "Arial Unicode.ttf",
    "arial.ttf",
    "Arial.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "msyh.ttc",
    "msgothic.ttc",
    "malgun.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
)
# Dashes, minus, bullet, times, ellipsis, hard spaces: in the letters every face has.
_PLAIN = str.maketrans(
    {
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2022": "*",
        "\u00d7": "x",
        "\u2026": "...",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_UNASSIGNED = "\uffff"


@dataclass(frozen=True, slots=True)
class Face:
    """`path` None: the face that was installed with us, the same on every machine."""

    path: str | None = None
    _sizes: dict[int, ImageFont.FreeTypeFont] = field(default_factory=dict, compare=False, repr=False)

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        pixels = max(6, round(size))
        if pixels not in self._sizes:
            self._sizes[pixels] = _open_face(self.path, pixels)
        return self._sizes[pixels]

    def lacks(self, letters: Iterable[str]) -> set[str]:
        font = self.at(24)
        empty = _shape_of(font, _UNASSIGNED)
        return {letter for letter in letters if not letter.isspace() and _shape_of(font, letter) == empty}

    def spell(self, text: str) -> str:
        """The text in letters this face has, as far as that goes."""
        visible = _visible(text)
        missing = self.lacks(set(visible))
        return "".join(_spelled(letter, self) if letter in missing else letter for letter in visible)


def choose_face(texts: Sequence[str]) -> Face:
    """Our own where it has all that is to be written, else the face at hand that lacks least."""
    letters = set(_visible("".join(texts)).translate(_PLAIN))
    best = Face()
    lacking = len(best.lacks(letters))
    for path in _FACES_OF_MACHINES:
        if not lacking:
            break
        if not _is_here(path):
            continue
        face = Face(path)
        missing = len(face.lacks(letters))
        if missing < lacking:
            best, lacking = face, missing
    return best


def wrap_words(words: Sequence[Words], font: ImageFont.FreeTypeFont, width: float) -> list[list[Words]]:
    """Lines no wider than that; a word that is wider by itself is broken."""
    space = font.getlength(" ")
    lines: list[list[Words]] = [[]]
    used = 0.0
    for piece, glued in _pieces(words, font, width):
        long = font.getlength(piece.text)
        gap = 0.0 if glued or not lines[-1] else space
        if lines[-1] and used + gap + long > width:
            lines.append([])
            used = gap = 0.0
        lines[-1].append(Words((" " if gap else "") + piece.text, piece.mention))
        used += gap + long
    return [line for line in lines if line]


def _pieces(words: Sequence[Words], font: ImageFont.FreeTypeFont, width: float) -> Iterable[tuple[Words, bool]]:
    """Word by word; True where nothing parts it from the one before."""
    glued = True
    for run in words:
        for number, part in enumerate(run.text.split(" ")):
            glued = glued and number == 0
            for chunk in _chunks(part.strip("\n\t"), font, width):
                yield Words(chunk, run.mention), glued
                glued = True
        glued = not run.text.endswith((" ", "\n", "\t")) and bool(run.text)


def _chunks(word: str, font: ImageFont.FreeTypeFont, width: float) -> Iterable[str]:
    """A word in parts that fit a line: writing without spaces is one long word."""
    start = 0
    while start < len(word):
        end = len(word)
        while end - start > 1 and font.getlength(word[start:end]) > width:
            end = start + max(1, int((end - start) * 0.7))
        yield word[start:end]
        start = end


def _visible(text: str) -> str:
    """Composed letters, breaks as spaces, nothing that has no shape."""
    flat = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    return "".join(letter for letter in flat if unicodedata.category(letter) not in {"Cc", "Cf", "Cs"})


def _spelled(letter: str, face: Face) -> str:
    plain = letter.translate(_PLAIN)
    if plain == letter:
        plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return plain if plain and not face.lacks(plain) else letter


def _shape_of(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


def _open_face(path: str | None, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_installed_face() if path is None else path, pixels)


@cache
def _installed_face() -> str:
    return str(files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf")


@cache
def _is_here(path: str) -> bool:
    try:
        ImageFont.truetype(path, 12)
    except OSError:
        return False
    return True
