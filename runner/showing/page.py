"""The review page: one HTML file that opens from disk and asks the network for nothing.

Nothing in it can run but our own script: all data is escaped, and its policy names style and script by their digests.
The template, style and script are handed in as texts; what they show is `runner.model.review`.
"""

import base64
import hashlib
import math
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from runner.model.review import Review, ReviewScene, ReviewShot, Seam
from runner.showing.wording import say_clock, say_spent, say_total

_KEY_DIGITS = 12
# From here on a seam shows nothing but the loss of encoding.
_CLEAN_SEAM_DECIBELS = 35.0
# What a player or picture may show beside files: pictures a browser only paints, and clips.
_DATA_URI: Final = re.compile(
    r"data:(?:image/(?:png|jpeg|webp)|video/(?:mp4|webm|quicktime));base64,[A-Za-z0-9+/]*={0,2}"
)


def render_page(review: Review, parts: Mapping[str, str]) -> str:
    """`parts`: the texts of `page.html`, `page.css` and `page.js`."""
    # A browser reads line ends as one character before it compares digests.
    style, script = (parts[name].replace("\r\n", "\n") for name in ("page.css", "page.js"))
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "clock": say_clock,
        "handed_title": _say_handed_over,
        "marked": _mark_code,
        "seam_verdict": _say_seam,
        "short": lambda key: key[:_KEY_DIGITS],
        "source": make_source,
        "spent": say_spent,
        "total": say_total,
    }
    numbers = {shot.id: number for number, shot in enumerate(review.shots, start=1)}
    page = environment.from_string(parts["page.html"]).render(
        review=review,
        scenes=_number_shots(review, numbers),
        numbers=numbers,
        # Our own texts, not data.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        policy=_write_policy(style, script),
    )
    # Half a character that YAML let through cannot be written to a file.
    return page.encode("utf-8", "replace").decode("utf-8")


def make_source(source: str) -> str:
    """A data URI as it is, a path so that no character of it is read as more than a path; ValueError for all else."""
    if source.startswith("data:"):
        if _DATA_URI.fullmatch(source) is None:
            raise ValueError(f"not a picture or clip as data: {source[:40]!r}")
        return source
    if source.startswith(("/", "\\")) or ":" in source or ".." in source.split("/"):
        raise ValueError(f"not a path below the page: {source[:200]!r}")
    return quote(source, safe="/")


def _number_shots(review: Review, numbers: Mapping[str, int]) -> list[tuple[ReviewScene, list[tuple[int, ReviewShot]]]]:
    return [(scene, [(numbers[shot.id], shot) for shot in scene.shots]) for scene in review.scenes]


def _write_policy(style: str, script: str) -> str:
    # `self` is the page's own folder on a server; from disk some browsers want `file:` said.
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {_digest_source(style)}",
            f"script-src {_digest_source(script)}",
            "img-src 'self' file: data:",
            "media-src 'self' file: data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        ]
    )


def _digest_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _mark_code(text: str) -> Markup:
    """Words between backticks as code, everything escaped."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    marked = (Markup("<code>{}</code>").format(piece) if number % 2 else piece for number, piece in enumerate(pieces))
    return Markup("").join(marked)


def _say_seam(seam: Seam) -> str:
    if seam.psnr is None:
        return "not measured"
    if math.isinf(seam.psnr):
        return "the same picture"
    verdict = "encoding loss only" if seam.psnr >= _CLEAN_SEAM_DECIBELS else "worth a look"
    return f"{seam.psnr:.1f} dB, {verdict}"


def _say_handed_over(seam: Seam) -> str:
    which = seam.at if seam.at in {"first", "last"} else f"{seam.at} s"
    return f"handed over by {seam.source} ({which})"
