"""Dialogue spoken by espeak-ng, which comes with the `speech` extra: who sounds how, and the samples of each line.

A voice follows from its name, so that it is the same in every shot, and from how its author describes it. Placing
lines in a clip is the business of `sound`.
"""

import json
import re
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from runner.adapters.animatic.job import SpokenLine

# Words a minute.
_USUAL_RATE = 160
_SLOWEST, _FASTEST = 90, 300
_SECONDS_A_LINE = 20.0

_MEN = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
_WOMEN = ("f1", "f2", "f3", "f4", "f5")
_WOMAN_WORDS = "woman female girl lady she her mother grandmother queen sister daughter"
_MAN_WORDS = "man male boy he his him father grandfather king brother son"
_LOW_WORDS = "low deep hoarse gruff rough dark bass gravelly old heavy baritone"
_HIGH_WORDS = "high young child bright light girl boy thin shrill squeaky soprano"
_SLOW_WORDS = "slow slowly unhurried calm tired measured weary drawling"
_FAST_WORDS = "fast quick quickly hurried excited breathless nervous brisk"
_FLAT_WORDS = "flat monotone robot robotic machine cold"
_LIVELY_WORDS = "lively singing excited melodic theatrical warm cheerful"
_LANGUAGES = {
    "british": "en-gb",
    "scottish": "en-gb-scotland",
    "american": "en-us",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "mexican": "es-419",
    "italian": "it",
    "portuguese": "pt",
    "brazilian": "pt-br",
    "dutch": "nl",
    "swedish": "sv",
    "norwegian": "nb",
    "danish": "da",
    "finnish": "fi",
    "polish": "pl",
    "czech": "cs",
    "russian": "ru",
    "ukrainian": "uk",
    "greek": "el",
    "turkish": "tr",
    "hungarian": "hu",
    "romanian": "ro",
    "japanese": "ja",
    "chinese": "cmn",
    "mandarin": "cmn",
    "cantonese": "yue",
    "korean": "ko",
    "hindi": "hi",
    "arabic": "ar",
    "hebrew": "he",
    "vietnamese": "vi",
}
# A line in one of these writings is read in its language, whatever is said of the voice.
_WRITINGS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("cmn", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a voice speaks: language and variant as espeak-ng names them, words a minute, pitch and its range to 100."""

    language: str
    variant: str
    rate: int
    pitch: int
    range: int


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said, as signed 16-bit mono samples."""

    sample_rate: int
    lines: tuple[bytes, ...]

    @property
    def seconds(self) -> tuple[float, ...]:
        return tuple(len(samples) / 2 / self.sample_rate for samples in self.lines)


class SpeechTrouble(Exception):
    """The extra is there and could not speak."""


def speech_available() -> bool:
    """True when the extra is installed."""
    return find_spec("espeakng_loader") is not None


def speak_lines(lines: Sequence[SpokenLine], quicker: float = 1.0) -> Speech:
    """`quicker`: how much faster than they would by themselves. SpeechTrouble when nothing can be heard."""
    # An extra: only who has it comes here.
    import espeakng_loader

    asked = {
        "library": espeakng_loader.get_library_path(),
        "data": espeakng_loader.get_data_path(),
        "lines": [_asked(line, quicker) for line in lines],
    }
    program = Path(__file__).with_name("speaking.py")
    try:
        spoken = subprocess.run(
            [sys.executable, "-I", "-S", str(program)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=_SECONDS_A_LINE * len(lines),
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as trouble:
        raise SpeechTrouble(f"espeak-ng did not speak: {trouble}") from trouble
    return _heard(spoken.stdout, len(lines))


def manner_of(voice: str, description: str, text: str) -> Manner:
    """The same for the same voice everywhere; a person who is described as deep is never drawn high."""
    dice = sha256(b"voice " + voice.encode()).digest()
    words = [*re.findall(r"[a-z]+", description.lower()), *re.findall(r"[a-z]+", voice.lower())]
    woman = _count(words, _WOMAN_WORDS) > _count(words, _MAN_WORDS) or (
        _count(words, _WOMAN_WORDS + " " + _MAN_WORDS + " " + _LOW_WORDS) == 0 and dice[0] % 2 == 1
    )
    kinds = _WOMEN if woman else _MEN
    low, high = _count(words, _LOW_WORDS), _count(words, _HIGH_WORDS)
    rate = _USUAL_RATE + dice[3] % 25 - 12 + 30 * _lean(words, _FAST_WORDS, _SLOW_WORDS)
    return Manner(
        language=_language(words, text),
        variant=_whisper(words, woman=woman) or kinds[dice[1] % len(kinds)],
        rate=rate,
        pitch=_within(0, 99, 38 + dice[2] % 25 + (18 * high - 18 * low if high != low else 0)),
        range=_within(10, 90, 45 + dice[4] % 15 + 25 * _lean(words, _LIVELY_WORDS, _FLAT_WORDS)),
    )


def _asked(line: SpokenLine, quicker: float) -> dict[str, str | int]:
    manner = manner_of(line.voice, line.description, line.text)
    return {
        "voice": f"{manner.language}+{manner.variant}",
        "rate": _within(_SLOWEST, _FASTEST, round(manner.rate * quicker)),
        "pitch": manner.pitch,
        "range": manner.range,
        # A zero byte would end it early.
        "text": line.text.replace("\0", " "),
    }


def _heard(answer: bytes, count: int) -> Speech:
    try:
        (sample_rate,) = struct.unpack_from("<i", answer)
        lines, position = [], 4
        for _ in range(count):
            (length,) = struct.unpack_from("<i", answer, position)
            lines.append(answer[position + 4 : position + 4 + length])
            position += 4 + length
    except struct.error as trouble:
        raise SpeechTrouble("espeak-ng fell silent before the last line") from trouble
    return Speech(sample_rate, tuple(lines))


def _language(words: Sequence[str], text: str) -> str:
    written = next((language for language, letters in _WRITINGS if letters.search(text)), None)
    named = next((_LANGUAGES[word] for word in words if word in _LANGUAGES), None)
    return written or named or "en"


def _whisper(words: Sequence[str], *, woman: bool) -> str | None:
    if not any(word.startswith("whisper") for word in words):
        return None
    return "whisperf" if woman else "whisper"


def _count(words: Sequence[str], known: str) -> int:
    return sum(word in known.split() for word in words)


def _lean(words: Sequence[str], up: str, down: str) -> int:
    ups, downs = _count(words, up), _count(words, down)
    return (ups > downs) - (ups < downs)


def _within(low: int, high: int, number: int) -> int:
    return max(low, min(high, number))
