"""Finished clips over HTTP: whole or in ranges, and every way of getting them wrong."""

from collections.abc import Iterator, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import ASGIApp

from runner.sandbox.clips import Clip
from runner.sandbox.faults import Fault, Word
from runner.sandbox.wire import Cut

_STATUS: Final[Mapping[Word, int]] = {
    Word.TOO_FAST: 429,
    Word.TOO_FAST_WAIT: 429,
    Word.SERVER_ERROR_BEFORE: 500,
    Word.BAD_GATEWAY_BEFORE: 502,
    Word.UNAVAILABLE_BEFORE: 503,
    Word.TIMEOUT_BEFORE: 504,
    Word.LINK_EXPIRED: 403,
    Word.LINK_GONE: 403,
}
_PAGE: Final = b"<!doctype html><title>Sign in</title><p>Please sign in to continue."
# A host that no gateway has: clouds tell their machines' secrets there.
_PRIVATE: Final = "http://169.254.169.254/latest/clip.mp4"
_FLIP_EVERY: Final = 97


def answer_download(request: Request, clip: Clip, fault: Fault | None) -> ASGIApp:
    word = None if fault is None else fault.word
    if fault is not None and fault.word in _STATUS:
        wait = {"Retry-After": f"{fault.wait:g}"} if word is Word.TOO_FAST_WAIT else None
        return Response("refused", _STATUS[fault.word], wait)
    if word in {Word.CUT_BEFORE_READING, Word.CUT_AFTER_READING}:
        return Cut(request)
    if word in {Word.NOT_A_CLIP, Word.GARBAGE}:
        return Response(_PAGE, media_type="text/html")
    if word is Word.EMPTY:
        return Response(b"", media_type="video/mp4")
    if word is Word.REDIRECT_LOOP:
        return RedirectResponse(request.url.include_query_params(hop=_next_hop(request)), 302)
    if word is Word.REDIRECT_PRIVATE:
        return RedirectResponse(_PRIVATE, 302)
    return _send(request, clip, word)


def _send(request: Request, clip: Clip, word: Word | None) -> ASGIApp:
    size = clip.size
    tag = f'"{clip.mark[8:].decode()}-{size}"'
    span = _find_span(request, size, tag)
    headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "ETag": tag}
    if span is None:
        return Response(b"", 416, {**headers, "Content-Range": f"bytes */{size}"})
    begin, end = span
    is_part = end - begin < size
    headers["Content-Length"] = str(end - begin)
    if is_part:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    if word in {Word.TRUNCATED, Word.CUT_MID_ANSWER}:
        part = b"".join(clip.read(begin, begin + (end - begin) // 2))
        return Cut(request, 206 if is_part else 200, headers, part)
    pieces = clip.read(begin, end)
    return StreamingResponse(_flip(pieces) if word is Word.CORRUPT else pieces, 206 if is_part else 200, headers)


def _find_span(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """From where to where; None for a range past the end. What is not understood counts as not asked."""
    asked = request.headers.get("range", "")
    first, dash, last = asked.removeprefix("bytes=").partition("-")
    is_understood = asked.startswith("bytes=") and dash and (first or last) and f"{first}{last}".isdecimal()
    if not is_understood or request.headers.get("if-range", tag) != tag:
        return 0, size
    if not first:
        return max(0, size - int(last)), size
    begin, end = int(first), min(size, int(last) + 1 if last else size)
    return (begin, end) if begin < end else None


def _flip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """As long as it was, and wrong from the first byte on."""
    for piece in pieces:
        flipped = bytearray(piece)
        flipped[::_FLIP_EVERY] = bytes(byte ^ 0xFF for byte in flipped[::_FLIP_EVERY])
        yield bytes(flipped)


def _next_hop(request: Request) -> int:
    hop = request.query_params.get("hop", "0")
    return int(hop) + 1 if hop.isdecimal() and len(hop) < 6 else 1
