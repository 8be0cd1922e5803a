"""What a sound file is, by the marks at its beginning, and how long it lasts."""

from io import BytesIO
from typing import Final

from runner.model.outside import FileTrouble

_HINT: Final = "use a WAV, MP3, M4A or MP4 file"
# What is a list of other files could make the library open them.
_FORMATS: Final = "wav,mp3,mov"
# RIFF header, format and data chunk of a WAV without a single sample.
_WAV_HEADER_BYTES: Final = 44


def check_sound(path: str, content: bytes) -> None:
    """FileTrouble when it is empty or no sound."""
    if not content:
        raise FileTrouble("not-a-sound", f"`{path}` is empty", _HINT)
    if _is_wav(content):
        if len(content) <= _WAV_HEADER_BYTES:
            raise FileTrouble("not-a-sound", f"`{path}` is a WAV file without any sound in it", "export it again")
        return
    if not (_is_mp3(content) or _is_mp4(content)):
        raise FileTrouble("not-a-sound", f"`{path}` is not a sound", _HINT)


def measure_sound(content: bytes) -> float | None:
    """Seconds of the first sound in it, counted and not taken from a header; None where it cannot be read."""
    import av

    try:
        with av.open(BytesIO(content), "r", options={"format_whitelist": _FORMATS}) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None or stream.time_base is None:
                return None
            ticks = sum(packet.duration or 0 for packet in container.demux(stream))
            return float(ticks * stream.time_base) or None
    except (av.FFmpegError, ValueError):
        return None


def _is_wav(content: bytes) -> bool:
    return content[:4] in {b"RIFF", b"RF64"} and content[8:12] == b"WAVE"


def _is_mp3(content: bytes) -> bool:
    if content[:3] == b"ID3":
        return len(content) > 10
    # Eleven bits of sync, then a version, a layer, a bit rate and a sampling rate that exist.
    return (
        len(content) > 4
        and content[0] == 0xFF
        and content[1] & 0xE0 == 0xE0
        and content[1] & 0x18 != 0x08
        and content[1] & 0x06 == 0x02
        and content[2] & 0xF0 not in {0x00, 0xF0}
        and content[2] & 0x0C != 0x0C
    )


def _is_mp4(content: bytes) -> bool:
    return len(content) > 16 and content[4:8] == b"ftyp"
