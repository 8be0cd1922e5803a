"""A run as it happens: a live view on a terminal, else one plain line a change.

What is done scrolls by above; the live part shows what is under way and the count of all, and fits any terminal.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, cast

from runner.showing.wording import count, make_harmless, say_clock

if TYPE_CHECKING:
    from rich.table import Table

# Every state of the port, with the colour of its word.
_STATES: Final[Mapping[str, str]] = {
    "waiting": "dim",
    "submitting": "cyan",
    "running": "cyan",
    "fetching": "cyan",
    "stored": "green",
    "kept": "green",
    "failed": "red",
    "blocked": "red",
    "open": "magenta",
    "interrupted": "yellow",
}
_ACTIVE: Final = frozenset({"submitting", "running", "fetching"})
# Told as a number only, unless there is something to say: of thousands of shots most are one of these.
_COUNTED_ONLY: Final = frozenset({"waiting", "kept"})
# Rows of the live part that are not a shot: the count, and what does not fit.
_OTHER_ROWS: Final = 3


@dataclass(slots=True)
class _Shown:
    state: str = "waiting"
    detail: str = ""
    # When work on it began, and when it came to an end.
    began: float | None = None
    ended: float | None = None


class _View(Protocol):
    def changed(self, line: str, state: str) -> None: ...

    def said(self, line: str) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Board:
    """The state of every shot in a run. Read by the view's own thread, hence the lock."""

    monotonic: Callable[[], float]
    shots: dict[str, _Shown] = field(default_factory=dict)
    # What the run set out to make; voices and elements are shown among the shots and not counted with them.
    wanted: frozenset[str] = frozenset()
    began: float = 0.0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, shots: Sequence[str]) -> None:
        with self.guard:
            self.began = self.monotonic()
            self.shots = {shot: _Shown() for shot in shots}
            self.wanted = frozenset(shots)

    def change(self, shot: str, state: str, detail: str) -> bool:
        """False when there is nothing new to tell: polls repeat what they see, with another percentage."""
        with self.guard:
            shown = self.shots.setdefault(shot, _Shown())
            is_new = shown.state != state or (state not in _ACTIVE and shown.detail != detail)
            shown.state, shown.detail = state, detail
            if state in _ACTIVE:
                shown.began = self.monotonic() if shown.began is None else shown.began
            shown.ended = None if state in _ACTIVE else self.monotonic()
            return is_new and (state not in _COUNTED_ONLY or bool(detail))

    def line(self, shot: str) -> str:
        """State, shot, time it took so far, detail."""
        with self.guard:
            shown = self.shots[shot]
            ended = self.monotonic() if shown.ended is None else shown.ended
            took = "" if shown.began is None else say_clock(ended - shown.began)
            parts = [f"{shown.state:<11}", make_harmless(shot), took, make_harmless(shown.detail)]
        return "  ".join(part for part in parts if part)

    def active(self) -> list[str]:
        with self.guard:
            return [shot for shot, shown in self.shots.items() if shown.state in _ACTIVE]

    def counts(self) -> str:
        """`12 of 40 done, 2 running, 1 failed, 25 waiting, 1:23`"""
        with self.guard:
            states = [shown.state for shown in self.shots.values()]
            elapsed = say_clock(self.monotonic() - self.began)
            done = sum(self.shots[shot].state in {"stored", "kept"} for shot in self.wanted)
        told = [f"{done} of {count(len(self.wanted), 'shot')} done"]
        for state in _STATES:
            number = states.count(state)
            if number and state not in {"stored", "kept"}:
                told.append(f"{number} {state}")
        return ", ".join([*told, elapsed])


class TerminalProgress:
    """The port `Progress` on a text stream. Nothing stays open after `ended`."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stream = cast("TextIO", _Lenient(stream))
        self._board = Board(monotonic)
        self._view: _View | None = None

    def started(self, shots: Sequence[str]) -> None:
        self._board.begin(shots)
        self._view = _LiveView(self._stream, self._board) if _is_lively(self._stream) else _PlainView(self._stream)

    def shot(self, shot: str, state: str, detail: str = "") -> None:
        if self._board.change(shot, state, detail) and self._view is not None:
            self._view.changed(self._board.line(shot), state)

    def said(self, message: str) -> None:
        if self._view is None:
            print(make_harmless(message), file=self._stream, flush=True)
        else:
            self._view.said(make_harmless(message))

    def ended(self) -> None:
        """May be called twice: an interrupted run ends wherever it stands."""
        if self._view is None:
            return
        view, self._view = self._view, None
        view.close()
        if self._board.shots:
            print(self._board.counts(), file=self._stream, flush=True)


class _Lenient:
    """A terminal that was closed hears nothing more; that must not stop what is told to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _is_lively(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class _PlainView:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def changed(self, line: str, state: str) -> None:
        del state
        self.said(line)

    def said(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def close(self) -> None:
        pass


class _LiveView:
    """What changed scrolls by; below it stands what is under way, drawn again four times a second."""

    def __init__(self, stream: TextIO, board: Board) -> None:
        from rich.console import Console
        from rich.live import Live

        self._board = board
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live = Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start()

    def changed(self, line: str, state: str) -> None:
        # Submitting and running are seen in the live part; only ends are worth a line that stays.
        if state not in _ACTIVE:
            self._print(line, _STATES.get(state, "dim"))

    def said(self, line: str) -> None:
        self._print(line, "")

    def close(self) -> None:
        self._live.stop()

    def _print(self, line: str, style: str) -> None:
        from rich.text import Text

        self._console.print(Text(line, style=style))

    def _draw(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid()
        active = self._board.active()
        room = max(1, self._console.height - _OTHER_ROWS)
        for shot in active[:room]:
            table.add_row(Text(self._board.line(shot), style="cyan", no_wrap=True, overflow="ellipsis"))
        if len(active) > room:
            table.add_row(Text(f"and {len(active) - room} more under way"))
        table.add_row(Text(self._board.counts(), style="bold", no_wrap=True, overflow="ellipsis"))
        return table
