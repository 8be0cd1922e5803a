"""What a compiled request shows in place of pictures and sounds: their names and sizes, and how they are given.

Frames of other shots are told by which they will be; no file is packed.
"""

from collections.abc import Iterator

from runner.api.storyboards import ReadStoryboard, pictures_of
from runner.core.canonical import Digest
from runner.model.mapping import Way
from runner.model.storyboard import Chained, Picture, Shot, Sound, Storyboard
from runner.planning.body import Attachment


class Labels:
    """Pictures and sounds by what they are."""

    def __init__(self, read: ReadStoryboard, shot: Shot) -> None:
        self._read = read
        self._shot = shot
        board = read.storyboard
        self._paths: dict[Digest, str] = {}
        self._addresses: dict[Digest, str] = {}
        files: list[Picture | Sound] = [*pictures_of(board), *_samples(board)]
        for file in files:
            if file.digest is not None and file.path is not None:
                self._paths.setdefault(file.digest, file.path)
            if file.digest is not None and file.url is not None:
                self._addresses.setdefault(file.digest, file.url)

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        url = attachment.url
        if attachment.digest is not None:
            url = url or self._addresses.get(attachment.digest)
        has_bytes = attachment.digest is not None or attachment.url is None
        way = next((one for one in ways if (url is not None if one is Way.URL else has_bytes)), Way.URL)
        if way is Way.URL:
            return url or f"<public address of {self._name(attachment)}>"
        return f"<{self._name(attachment)} as {'base64' if way is Way.BASE64 else 'data URI'}>"

    def _name(self, attachment: Attachment) -> str:
        frames = {"first_frame": self._shot.first_frame, "last_frame": self._shot.last_frame}
        frame = frames.get(attachment.frame or "")
        if isinstance(frame, Chained):
            return f"frame of {frame.shot} at {frame.at} s" if frame.at not in {"first", "last"} else _end_of(frame)
        path = None if attachment.digest is None else self._paths.get(attachment.digest)
        if path is None:
            return attachment.label
        facts = self._read.pictures.get(path)
        if facts is None:
            return f"{path}: {_say_size(self._read.files.location(path).stat().st_size)}"
        return f"{path}: {facts.width}x{facts.height} {facts.format}, {_say_size(facts.bytes)}"


def _end_of(frame: Chained) -> str:
    return f"{frame.at} frame of {frame.shot}"


def _say_size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


def _samples(storyboard: Storyboard) -> Iterator[Sound]:
    return (voice.sample for voice in storyboard.voices.values() if voice.sample is not None)
