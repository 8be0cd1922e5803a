"""The sandbox's clips as the animatic draws them: they open on the first frame of the request and end on the last one.

Pictures that came as an address are not fetched; such a clip opens as one without a frame.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from runner.adapters.animatic.job import AnimaticJob, Words
from runner.core.canonical import Json, digest_bytes, digest_value
from runner.sandbox.dialect import Wanted
from runner.sandbox.dialects.pictures import decode_picture

_RATIO: Final = re.compile(r"[1-9]\d*:[1-9]\d*")


@dataclass(frozen=True, slots=True)
class AnimaticClips:
    """A maker of clips for a sandbox."""

    def kind_of(self, wanted: Wanted) -> str:
        return digest_value("sandbox-clip/1", _content(wanted))

    def seconds_of(self, wanted: Wanted) -> float:
        return float(_seconds(wanted))

    def make(self, wanted: Wanted, into: Path) -> None:
        # PyAV and Pillow: only when a clip is made.
        from runner.adapters.animatic.renderer import render_clip

        with _pictures_of(wanted) as pictures:
            prompt = _text(wanted.echo, "prompt")
            job = AnimaticJob(
                key=self.kind_of(wanted),
                label="sandbox",
                model=_text(wanted.echo, "model") or "sandbox",
                mode=wanted.mode,
                seconds=_seconds(wanted),
                roll=1,
                sound=wanted.has_sound,
                aspect_ratio=None if pictures else _ratio(wanted),
                prompt=(Words(prompt),) if prompt else (),
                first_frame=pictures.get("first"),
                last_frame=pictures.get("last"),
            )
            render_clip(job, into, lambda: False)


@contextmanager
def _pictures_of(wanted: Wanted) -> Iterator[dict[str, Path]]:
    with TemporaryDirectory(prefix="framechain-sandbox-") as folder:
        pictures = {}
        for name, written in (("first", wanted.first_frame), ("last", wanted.last_frame)):
            content = None if written is None else decode_picture(written)
            if content is not None:
                pictures[name] = Path(folder, name)
                pictures[name].write_bytes(content)
        yield pictures


def _content(wanted: Wanted) -> dict[str, Json]:
    """All that shows in the clip."""
    return {
        "seconds": _seconds(wanted),
        "mode": wanted.mode,
        "sound": wanted.has_sound,
        "ratio": _ratio(wanted),
        "model": _text(wanted.echo, "model"),
        "prompt": _text(wanted.echo, "prompt"),
        "first": _digest(wanted.first_frame),
        "last": _digest(wanted.last_frame),
    }


def _digest(picture: str | None) -> str | None:
    return None if picture is None else digest_bytes(picture.encode())


def _seconds(wanted: Wanted) -> int:
    return max(1, wanted.seconds)


def _ratio(wanted: Wanted) -> str:
    """Gateways have words such as `auto` beside ratios."""
    return wanted.aspect_ratio if wanted.aspect_ratio and _RATIO.fullmatch(wanted.aspect_ratio) else "16:9"


def _text(echo: Mapping[str, Json], name: str) -> str:
    value = echo.get(name)
    return value if isinstance(value, str) else ""
