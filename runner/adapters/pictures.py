"""Pictures for the page: small copies as data URIs, and how far two of them differ."""

import base64
import io
import math
from pathlib import Path


def picture_uri(picture: Path, width: int) -> str:
    """A small copy, good enough to look at and light enough to stand in a page."""
    from PIL import Image

    with Image.open(picture) as opened:
        small = opened.convert("RGB")
        small.thumbnail((width, width), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    small.save(packed, "WEBP", quality=82, method=4)
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"


def clip_uri(clip: Path) -> str:
    return f"data:video/mp4;base64,{base64.b64encode(clip.read_bytes()).decode()}"


def measure_difference(one: Path, other: Path) -> float | None:
    """Peak signal-to-noise ratio in decibels, infinite for equal pictures; None when their sizes differ."""
    from PIL import Image, ImageChops, ImageStat

    with Image.open(one) as first, Image.open(other) as second:
        if first.size != second.size:
            return None
        difference = ImageStat.Stat(ImageChops.difference(first.convert("RGB"), second.convert("RGB")))
    mean = sum(band**2 for band in difference.rms) / 3
    return math.inf if mean == 0 else 10 * math.log10(255**2 / mean)
