"""Pictures as the encoder wants them: read upright from files, fitted to a clip's size, split into their planes.

All moving, blending and pasting is done on planes: that is half the work of doing it in RGB, and what is not moved
reaches the encoder untouched. Colours are tagged and converted as BT.709, limited range.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.video.frame import VideoFrame
from PIL import Image, ImageOps

from runner.adapters.animatic.job import AnimaticJob, InputTrouble
from runner.adapters.media.pixels import SCALER_FLAGS, picture_graph, run_graph
from runner.adapters.picture_files import as_seen

Resampling = Image.Resampling
Size = tuple[int, int]
# Left, top, right, bottom in pixels of the luma plane; may lie between pixels.
Box = tuple[float, float, float, float]

_SHORT_SIDES = {"std": 720, "pro": 1080, "4k": 2160}
# Beyond this a clip would be a ribbon no encoder level allows.
_WIDEST = Fraction(4)
# A picture within this of the clip's ratio is stretched onto it, any other is cropped to it.
_SAME_RATIO = 0.02
_TO_PLANES = f"out_color_matrix=bt709:out_range=tv:flags={SCALER_FLAGS}+full_chroma_inp"


@dataclass(frozen=True, slots=True)
class Planes:
    """Luma at full size, both chromas at half."""

    luma: Image.Image
    blue: Image.Image
    red: Image.Image

    @property
    def size(self) -> Size:
        return self.luma.size

    def scaled(self, box: Box, size: Size) -> "Planes":
        """What lies in the box, at this size."""
        half: Box = (box[0] / 2, box[1] / 2, box[2] / 2, box[3] / 2)
        small = (size[0] // 2, size[1] // 2)
        return Planes(
            # Chroma can do with the quicker filter; nobody sees the difference.
            self.luma.resize(size, Resampling.BICUBIC, box=box),
            self.blue.resize(small, Resampling.BILINEAR, box=half),
            self.red.resize(small, Resampling.BILINEAR, box=half),
        )

    def copied(self) -> "Planes":
        return Planes(self.luma.copy(), self.blue.copy(), self.red.copy())

    def fill(self, frame: VideoFrame) -> None:
        for plane, picture in zip(frame.planes, (self.luma, self.blue, self.red), strict=True):
            plane.update(picture.tobytes("raw", "L", plane.line_size))


def blend(one: Planes, other: Planes, share: float) -> Planes:
    """`share` of the other."""
    return Planes(
        Image.blend(one.luma, other.luma, share),
        Image.blend(one.blue, other.blue, share),
        Image.blend(one.red, other.red, share),
    )


def split_planes(picture: Image.Image) -> Planes:
    """An RGB picture with even sides, converted with the accuracy its way back will have."""
    frame = VideoFrame(picture.width, picture.height, "rgb24")
    frame.planes[0].update(picture.tobytes("raw", "RGB", frame.planes[0].line_size))
    converted = run_graph(picture_graph(frame, [("scale", _TO_PLANES), ("format", "yuv420p")]), frame)
    luma, blue, red = (
        Image.frombytes("L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size)
        for plane in converted.planes
    )
    return Planes(luma, blue, red)


def read_picture(path: Path) -> Image.Image:
    """Upright RGB; what is transparent becomes black."""
    try:
        with Image.open(path) as opened:
            return as_seen(opened)
    except FileNotFoundError:
        raise InputTrouble(f"`{path.name}` is not there any more, expected the picture the request names") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as trouble:
        raise InputTrouble(f"`{path.name}` cannot be read as a picture: {trouble}") from None


def fit_picture(picture: Image.Image, size: Size) -> Image.Image:
    """Scaled to a clip's size, never touched where it has that size already."""
    if picture.size == size:
        return picture
    ratio = (picture.width / picture.height) / (size[0] / size[1])
    if abs(ratio - 1) < _SAME_RATIO:
        return picture.resize(size, Resampling.LANCZOS)
    return ImageOps.fit(picture, size, Resampling.LANCZOS)


def clip_size(job: AnimaticJob, pictures: Sequence[Image.Image]) -> Size:
    """Short side by mode, ratio of the first given picture; both sides even."""
    short = _SHORT_SIDES.get(job.mode, _SHORT_SIDES["std"])
    ratio = Fraction(*pictures[0].size) if pictures else _asked_ratio(job.aspect_ratio or "16:9")
    ratio = max(1 / _WIDEST, min(_WIDEST, ratio))
    if ratio >= 1:
        return _even(short * ratio), short
    return short, _even(short / ratio)


def _asked_ratio(text: str) -> Fraction:
    width, _, height = text.partition(":")
    try:
        return Fraction(width) / Fraction(height)
    except (ValueError, ZeroDivisionError):
        raise InputTrouble(f"found the aspect ratio `{text}`, expected something like `16:9`") from None


def _even(length: Fraction) -> int:
    return 2 * round(length / 2)
