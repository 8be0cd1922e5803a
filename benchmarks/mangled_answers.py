"""How `fuzz_answers` mangles a gateway's answer, and an own reading of what a manifest lists as a refusal.

The reading shares no line with the runner's: it is what the runner's is held against.
"""

import gzip
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from runner.model.interface import AnswerRule, AnswerTest, Verdict

BIG: Final = 9 * 1024 * 1024
TEXTS: Final = (
    *(
        "",
        " ",
        "0",
        "-1",
        "null",
        "a\x00b",
        "\x1b[2J\x1b]0;owned\x07",
        "line\nerror[x]: fake\r\n",
        "\u202egnp.exe\u2066",
    ),
    *("\x9b31m", "\ud800", "../../../etc/passwd", "a/../b", "..", "/", "?x=1#y", "%2e%2e%2f", "x" * 300, "y" * 10_000),
    *("<script>alert(1)</script>", "@team #1 [a](javascript:alert(1))", "file:///etc/passwd", "ftp://127.0.0.1/x"),
    *("http://169.254.169.254/latest", "http://user:pass@127.0.0.1/x", "https://[::1", "http://127.0.0.1:99999/x"),
    *(
        "http://127.0.0.1:1/clip.mp4",
        "javascript:alert(1)",
        "data:video/mp4;base64,AAAA",
        "http://xn--/x",
        "nan",
        "1e999",
    ),
    *("succeeded", "succeed", "completed", "COMPLETED", "failed", "processing", "queued", "IN_QUEUE", "starting"),
    *("canceled", "pending", "Completed", "Failed", "generating", "task not found", "balance not enough"),
)
NUMBERS: Final = (
    "0",
    "-1",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "9" * 400,
    "9" * 5000,
    "0.1",
    "1e-400",
    "1201",
    "1303",
)
STATUSES: Final = (
    *(200, 201, 202, 204, 206, 299, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 416),
    *(422, 423, 425, 429, 451, 499, 500, 501, 502, 503, 504, 507, 520, 529, 599, 100, 103, 600, 999),
)
HEADERS: Final[tuple[dict[str, str], ...]] = (
    {"Retry-After": "-1"},
    {"Retry-After": "9" * 400},
    {"Retry-After": "Wed, 99 Foo 99999 99:99:99 GMT"},
    {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"},
    {"Retry-After": " "},
    {"Retry-After": "\u00b2".encode().decode("latin-1")},
    {"Retry-After": "1e9"},
    {"Retry-After": "Mon, 01 Jan 0001 00:00:00 +2359"},
    {"Content-Type": "text/html; charset=utf-16"},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "br"},
    {"Content-Encoding": "deflate, gzip, identity"},
    {"Location": "file:///etc/passwd"},
    {"Location": "//[::1"},
    {"Content-Range": "bytes 9-1/*"},
    {"Content-Range": "bytes 0-0/99999999999999999999"},
    {"ETag": '"' + "x" * 5000 + '"'},
    {"Set-Cookie": "a=b; Domain=.com", "Transfer-Encoding": "identity"},
    {"X-Long": "z" * 20_000},
    {"Content-Length": "-5"},
)


@dataclass(frozen=True)
class Given:
    """An answer as it goes out."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    # In place of an answer.
    breaks: Exception | None = None
    # False where the line lies about where it ends, so that nobody can say what a reader makes of it.
    is_framed: bool = True

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def header_list(self) -> list[tuple[bytes, bytes]]:
        return [
            (name.encode("latin-1", "replace"), text.encode("latin-1", "replace"))
            for name, text in self.headers.items()
        ]


def mangle(dice: random.Random, honest: Given, moment: str) -> Given:
    ways = _ANY_WAYS + (_CLIP_WAYS if moment == "download" else _JSON_WAYS)
    given = honest
    for _ in range(1 if dice.random() < 0.7 else 2):
        given = dice.choice(ways)(dice, given)
    return given if given is not honest else replace(honest)


# --- any answer -------------------------------------------------------------------------------------------------------


def _another_status(dice: random.Random, given: Given) -> Given:
    return replace(given, status=dice.choice(STATUSES))


def _another_header(dice: random.Random, given: Given) -> Given:
    return replace(given, headers={**given.headers, **dice.choice(HEADERS)})


def _cut(dice: random.Random, given: Given) -> Given:
    return replace(given, body=given.body[: dice.randrange(len(given.body) + 1)])


def _bytes(dice: random.Random, given: Given) -> Given:
    return replace(given, body=dice.randbytes(dice.choice((0, 1, 7, 100, 5000))))


def _scratch(dice: random.Random, given: Given) -> Given:
    body = bytearray(given.body)
    for _ in range(dice.randint(1, 4)):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)
    return replace(given, body=bytes(body))


def _break(dice: random.Random, given: Given) -> Given:
    """Only what can happen once the request is out."""
    kinds = (httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.WriteError, httpx.CloseError, OSError)
    return replace(given, breaks=dice.choice(kinds)("fuzzed"))


def _pack(dice: random.Random, given: Given) -> Given:
    body = gzip.compress(bytes(BIG) if dice.random() < 0.2 else given.body, mtime=0)
    if dice.random() < 0.3:
        body = body[: len(body) // 2]
    return replace(given, body=body, headers={**given.headers, "Content-Encoding": "gzip"}, is_framed=False)


# --- JSON -------------------------------------------------------------------------------------------------------------


def _change_values(dice: random.Random, given: Given) -> Given:
    """A few values replaced, removed, doubled or moved, the rest as it was."""
    document = given.json()
    for _ in range(dice.randint(1, 3)):
        document = _change_one(dice, document)
    return replace(given, body=_write(dice, document))


def _change_one(dice: random.Random, document: Any) -> Any:
    holders = [one for one in _walk(document) if one]
    if not holders:
        return _value(dice, 2)
    holder = dice.choice(holders)
    name = dice.choice(list(holder)) if isinstance(holder, dict) else dice.randrange(len(holder))
    match dice.randrange(6):
        case 0:
            del holder[name]
        case 1 if isinstance(holder, dict):
            holder[dice.choice(TEXTS)] = holder.pop(name)
        case 2:
            holder[name] = [holder[name]] * dice.choice((0, 1, 2))
        case 3:
            holder[name] = {"": holder[name]}
        case _:
            holder[name] = _value(dice, 2)
    return document


def _walk(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(one for item in value.values() for one in _walk(item))]
    if isinstance(value, list):
        return [value, *(one for item in value for one in _walk(item))]
    return []


def _other_json(dice: random.Random, given: Given) -> Given:
    return replace(given, body=_write(dice, _value(dice, 4)))


def _deep(dice: random.Random, given: Given) -> Given:
    opening = dice.choice((b"[", b'{"data":', b'{"a":['))
    return replace(given, body=opening * dice.choice((200, 3000, 100_000)))


def _doubled_names(dice: random.Random, given: Given) -> Given:
    document = given.json()
    if not isinstance(document, dict) or not document:
        return _other_json(dice, given)
    name = dice.choice(list(document))
    head = f"{json.dumps(name)}: {_text_of(dice, _value(dice, 1))}, "
    return replace(given, body=b"{" + _bytes_of(head) + given.body.strip()[1:])


def _big(dice: random.Random, given: Given) -> Given:
    if dice.random() < 0.9:
        return _other_json(dice, given)
    return replace(given, body=b'{"message": "' + b"x" * BIG + b'"}')


def _another_coding(dice: random.Random, given: Given) -> Given:
    text = given.body.decode("utf-8", "replace")
    return replace(given, body=text.encode(dice.choice(("utf-16", "utf-8-sig", "utf-32", "utf-7")), "replace"))


def _value(dice: random.Random, depth: int) -> Any:
    if depth and dice.random() < 0.35:
        if dice.random() < 0.5:
            return [_value(dice, depth - 1) for _ in range(dice.randrange(4))]
        names = (
            "data",
            "task_id",
            "id",
            "status",
            "task_status",
            "code",
            "error",
            "message",
            "videos",
            "url",
            "output",
            "detail",
        )
        return {dice.choice((*names, *TEXTS)): _value(dice, depth - 1) for _ in range(dice.randrange(5))}
    return dice.choice((None, True, False, _Number(dice.choice(NUMBERS)), dice.choice(TEXTS), dice.choice(TEXTS)))


@dataclass(frozen=True)
class _Number:
    """As it is written: no Python number can hold some of them."""

    text: str


def _text_of(dice: random.Random, value: Any) -> str:
    marks: dict[str, str] = {}

    def say(number: Any) -> str:
        mark = f"mark-{dice.random()}"
        marks[f'"{mark}"'] = number.text
        return mark

    text = json.dumps(value, default=say, ensure_ascii=dice.random() < 0.5)
    for mark, number in marks.items():
        text = text.replace(mark, number)
    return text


def _write(dice: random.Random, value: Any) -> bytes:
    return _bytes_of(_text_of(dice, value))


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# --- clips ------------------------------------------------------------------------------------------------------------


def _page(dice: random.Random, given: Given) -> Given:
    return replace(
        given, body=dice.choice((b"<html>expired</html>", b'{"error": "gone"}', b"#EXTM3U\nfile:///etc/passwd\n"))
    )


def _no_clip_inside(dice: random.Random, given: Given) -> Given:
    return replace(given, body=given.body[:64] + dice.randbytes(dice.choice((0, 100, 10_000))))


def _led_on(dice: random.Random, given: Given) -> Given:
    links = (
        "file:///etc/passwd",
        "//127.0.0.1:1/x",
        "http://169.254.169.254/",
        "/files/x",
        "",
        "http://a:b@127.0.0.1/",
        "\x00",
    )
    return replace(
        given, status=dice.choice((301, 302, 303, 307, 308)), headers={**given.headers, "Location": dice.choice(links)}
    )


def _lying_length(dice: random.Random, given: Given) -> Given:
    length = dice.choice((0, 1, len(given.body) // 2, len(given.body) + 10, 10**12, 10**30))
    return replace(given, headers={**given.headers, "Content-Length": str(length)})


Way = Callable[[random.Random, Given], Given]
_ANY_WAYS: Final[tuple[Way, ...]] = (_another_status, _another_header, _cut, _bytes, _scratch, _break, _pack)
_JSON_WAYS: Final[tuple[Way, ...]] = (
    *(_change_values, _change_values, _change_values, _other_json, _deep, _doubled_names, _big, _another_coding),
)
_CLIP_WAYS: Final[tuple[Way, ...]] = (_page, _no_clip_inside, _led_on, _lying_length)


# --- the line ---------------------------------------------------------------------------------------------------------


def mangle_line(dice: random.Random, given: Given, *, is_honest: bool) -> tuple[bytes, bool]:
    """The bytes of an answer, mostly with lies in its framing; and whether the line hangs behind them."""
    if given.breaks is not None:
        return b"", dice.random() < 0.1
    names = {name.lower() for name in given.headers}
    lines = [f"{name}: {text}" for name, text in given.headers.items()]
    if "content-length" not in names:
        lines.append(f"Content-Length: {len(given.body)}")
    head = f"HTTP/1.1 {given.status} Fuzzed\r\n" + "".join(f"{line}\r\n" for line in (*lines, "Connection: close"))
    whole = head.encode("latin-1", "replace") + b"\r\n" + given.body
    if is_honest:
        return whole, False
    match dice.randrange(12):
        case 0:
            return b"HTTP/1.1 100 Continue\r\n\r\n" + whole, False
        case 1:
            return whole[: dice.randrange(len(whole))], dice.random() < 0.1
        case 2:
            return dice.randbytes(200), False
        case 3:
            return whole.replace(b"HTTP/1.1", dice.choice((b"HTTP/0.9", b"ICY", b"HTTP/1.1\x00", b"HTTP/3"))), False
        case 4:
            return whole.replace(b"\r\n", b"\r\nbroken header\r\n", 1), False
        case 5:
            chunk = dice.choice((b"ffffffffffff\r\n", b"-1\r\nx", b"zz\r\n", b"5\r\nab", b"0\r\n\r\n"))
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, False
        case 6:
            return whole.replace(b"\r\n", b"\r\nContent-Length: 3\r\n", 1), False
        case _:
            return whole, False


# --- what a manifest lists as a refusal -------------------------------------------------------------------------------


def is_listed_refusal(rules: Sequence[AnswerRule], given: Given) -> bool:
    """Whether the first of the rules that fits this answer is a refusal; where nobody can say what was read, it is."""
    if not given.is_framed:
        return True
    body = given.json()
    for rule in rules:
        if any(low <= given.status <= high for low, high in rule.http) and all(
            _holds(test, body) for test in rule.where
        ):
            return rule.verdict is Verdict.REJECTED
    return False


def _holds(test: AnswerTest, body: Any) -> bool:
    there = body
    for step in re.split(r"[.\[\]]+", test.at.strip("]")):
        try:
            there = there[int(step)] if isinstance(there, list) else there[step]
        except (KeyError, IndexError, TypeError, ValueError):
            there = None
    if test.is_present is not None:
        return test.is_present is not (there in (None, "", [], {}))
    if test.contains:
        return isinstance(there, str) and any(word.lower() in there.lower() for word in test.contains)
    return any(type(there) is type(value) and there == value for value in test.values)
