"""A clip's sound: the spoken lines one after another over a hardly audible room, exactly as long as the pictures.

How a voice sounds is the business of `speech`. Where it is not installed the lines keep their captions and stay
silent, which is said elsewhere.
"""

import operator
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import shake_256

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from runner.adapters.animatic.job import AnimaticJob, SpokenLine
from runner.adapters.animatic.speech import Speech, SpeechTrouble, speak_lines, speech_available

SAMPLE_RATE = 48_000
# Quiet before, between and after the lines: seconds at the most, and shares of a short clip.
_LEAD = (0.35, 0.1)
_PAUSE = (0.3, 0.06)
_TAIL = (0.2, 0.04)
# Beyond this nobody follows what is said; the rest is cut.
_QUICKEST = 1.6
_FADE_SECONDS = 0.08
# Where nothing speaks, captions stand about as long as reading aloud takes.
_CHARACTERS_A_SECOND = 15
# Of full scale: about -52 decibels.
_ROOM_LEVEL = 82
_ROOM_LOOP_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """A line and the seconds of the clip it is heard in."""

    line: SpokenLine
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Soundtrack:
    lines: tuple[Placed, ...]
    # Signed 16-bit mono, exactly as long as the clip; empty for a clip without sound.
    samples: "array[int]"
    # What is to be said of it in the picture: lines that are not heard, or not to their end.
    remark: str | None = None


def make_soundtrack(job: AnimaticJob) -> Soundtrack:
    """Also for a silent clip: its captions have their times too."""
    if not job.sound:
        return Soundtrack(_place_lines(job, _reading_seconds(job)), array("h"))
    samples = _room(job)
    if not job.dialogue:
        return Soundtrack((), samples)
    try:
        speech = _speak(job)
    except SpeechTrouble as trouble:
        return Soundtrack(_place_lines(job, _reading_seconds(job)), samples, f"voices not heard: {trouble}")
    placed = _place_lines(job, speech.seconds)
    whole = len(placed) == len(job.dialogue) and placed[-1].end - placed[-1].begin > speech.seconds[-1] - _FADE_SECONDS
    for place, spoken in zip(placed, speech.lines, strict=False):
        _lay(samples, _resampled(spoken, speech.sample_rate), place)
    return Soundtrack(placed, samples, None if whole else "more is said than the clip is long")


def _speak(job: AnimaticJob) -> Speech:
    if not speech_available():
        raise SpeechTrouble("the speech extra is not installed")
    speech = speak_lines(job.dialogue)
    needed, room = sum(speech.seconds), _room_for_lines(job)
    return speak_lines(job.dialogue, min(_QUICKEST, needed / room * 1.03)) if needed > room else speech


def _room_for_lines(job: AnimaticJob) -> float:
    quiet = _quiet(_LEAD, job) + _quiet(_TAIL, job) + _quiet(_PAUSE, job) * (len(job.dialogue) - 1)
    return max(job.seconds / 3, job.seconds - quiet)


def _quiet(length: tuple[float, float], job: AnimaticJob) -> float:
    return min(length[0], length[1] * job.seconds)


def _reading_seconds(job: AnimaticJob) -> list[float]:
    """All of them together as long as there is room."""
    seconds = [max(0.8, len(line.text) / _CHARACTERS_A_SECOND) for line in job.dialogue]
    tight = min(1.0, _room_for_lines(job) / max(0.1, sum(seconds)))
    return [each * tight for each in seconds]


def _place_lines(job: AnimaticJob, seconds: Sequence[float]) -> tuple[Placed, ...]:
    """One after another; what does not fit is cut at the clip's end, a line that begins behind it is left out."""
    placed = []
    begin, last = _quiet(_LEAD, job), job.seconds - _quiet(_TAIL, job) / 2
    for line, length in zip(job.dialogue, seconds, strict=True):
        if begin < last:
            placed.append(Placed(line, begin, min(begin + length, last)))
        begin += length + _quiet(_PAUSE, job)
    return tuple(placed)


def _lay(ground: "array[int]", spoken: "array[int]", place: Placed) -> None:
    begin = round(place.begin * SAMPLE_RATE)
    room = round((place.end - place.begin) * SAMPLE_RATE)
    heard = spoken[:room]
    if len(spoken) > room + SAMPLE_RATE // 100:
        _fade_out(heard)
    for position, level in enumerate(map(operator.add, ground[begin : begin + len(heard)], heard), start=begin):
        ground[position] = max(-32768, min(32767, level))


def _fade_out(samples: "array[int]") -> None:
    length = min(len(samples), round(_FADE_SECONDS * SAMPLE_RATE))
    for step in range(length):
        samples[-1 - step] = samples[-1 - step] * step // length


def _resampled(spoken: bytes, sample_rate: int) -> "array[int]":
    samples = array("h")
    if len(spoken) < 2:
        return samples
    frame = AudioFrame(format="s16", layout="mono", samples=len(spoken) // 2)
    frame.sample_rate = sample_rate
    frame.planes[0].update(spoken.ljust(frame.planes[0].buffer_size, b"\0"))
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    for piece in (*resampler.resample(frame), *resampler.resample(None)):
        samples.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
    return samples


def _room(job: AnimaticJob) -> "array[int]":
    """A hush that differs from shot to shot, so that a cut is heard; a loop whose ends meet."""
    count = SAMPLE_RATE * _ROOM_LOOP_SECONDS
    noise = shake_256(b"room " + job.key.encode()).digest(count)
    # The lower, the darker the room sounds.
    openness = 0.02 + noise[0] / 255 * 0.06
    level, levels = 0.0, []
    # Twice round, so that the filter enters the loop as it leaves it.
    for byte in noise + noise:
        level += (byte - 127.5 - level) * openness
        levels.append(level)
    loop = levels[count:]
    loudest = max(abs(min(loop)), abs(max(loop))) or 1.0
    hush = array("h", [round(level / loudest * _ROOM_LEVEL * 2) for level in loop])
    whole = hush * (job.seconds // _ROOM_LOOP_SECONDS + 1)
    return whole[: job.seconds * SAMPLE_RATE]
