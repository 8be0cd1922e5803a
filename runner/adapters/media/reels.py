"""The clips in their places in the film, and the shape every picture of it has. Nothing is read or written here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from runner.adapters.media.survey import Survey
from runner.model.outside import FilmFormat, MediaTrouble, Segment

_FASTEST_CHOSEN = Fraction(60)
# FFmpeg's number for colours stored without a matrix.
_RGB = 0


@dataclass(frozen=True, slots=True)
class Reel:
    """A clip in its place in the film. Both counts are in pictures of the film."""

    clip: Path
    label: str
    survey: Survey
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What every picture of the film is made to fit."""

    width: int
    height: int
    rate: Fraction
    # Matrix and range when all clips agree on them; None: converted to those of high definition.
    colours: tuple[int, int] | None


@contextmanager
def naming_its_shot(label: str) -> Iterator[None]:
    """A clip's file is named by its digest; people know it by its label."""
    try:
        yield
    except MediaTrouble as trouble:
        raise MediaTrouble(f"the clip of `{label}` cannot be joined: {trouble}") from trouble


def can_copy(surveys: Sequence[Survey], film_format: FilmFormat) -> bool:
    first = surveys[0].coding
    if first is None or any(survey.coding != first for survey in surveys):
        return False
    wanted = (film_format.width, film_format.height, film_format.frames_per_second)
    have = (first.width, first.height, first.rate)
    return all(want is None or want == value for want, value in zip(wanted, have, strict=True))


def choose_shape(surveys: Sequence[Survey], film_format: FilmFormat) -> Shape:
    """What was asked for; else the size of the largest clip and the rate of the quickest, so that nothing is lost."""
    width, height = _choose_size(surveys, film_format)
    fastest = max(survey.facts.frames_per_second for survey in surveys)
    rate = Fraction(film_format.frames_per_second or min(fastest, _FASTEST_CHOSEN))
    colours = {survey.colours for survey in surveys if survey.colours[0] != _RGB}
    agreed = len(colours) == 1 and all(survey.colours in colours for survey in surveys)
    return Shape(width, height, rate.limit_denominator(1001), colours.pop() if agreed else None)


def place_reels(segments: Sequence[Segment], surveys: Sequence[Survey], rate: Fraction) -> list[Reel]:
    """Each clip begins on the picture nearest to the sum of all lengths before it, so that rounding adds up nowhere."""
    reels: list[Reel] = []
    begin, elapsed = 0, Fraction(0)
    for segment, survey in zip(segments, surveys, strict=True):
        elapsed += survey.facts.duration
        end = max(begin + 1, round(elapsed * rate))
        reels.append(Reel(segment.clip, segment.label, survey, begin, end - begin))
        begin = end
    return reels


def _choose_size(surveys: Sequence[Survey], film_format: FilmFormat) -> tuple[int, int]:
    largest = max(surveys, key=lambda survey: survey.facts.width * survey.facts.height)
    match film_format.width, film_format.height:
        case None, None:
            height = largest.facts.height
            return even(height * largest.ratio), even(Fraction(height))
        case int(width), None:
            return even(Fraction(width)), even(width / largest.ratio)
        case None, int(height):
            return even(height * largest.ratio), even(Fraction(height))
        case int(width), int(height):
            return even(Fraction(width)), even(Fraction(height))
    raise AssertionError("sizes are whole numbers or absent")


def even(length: Fraction) -> int:
    """Colours are stored for two pixels at a time."""
    return max(2, 2 * round(length / 2))
