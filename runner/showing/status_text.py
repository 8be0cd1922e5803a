"""Where a production stands, for the terminal: each shot's state and take, what is open, money, where things lie."""

from collections.abc import Iterator
from typing import Final

from runner.model.status import OpenAttempt, ShotState, ShotStatus, Status
from runner.showing.tables import break_lines
from runner.showing.wording import Style, count, make_harmless, say_price, say_spent

_COLORS: Final = {
    ShotState.CURRENT: "green",
    ShotState.NEVER_MADE: "cyan",
    ShotState.OUTDATED: "cyan",
    ShotState.MISSING: "cyan",
    ShotState.RUNNING: "blue",
    ShotState.UNANSWERED: "blue",
    ShotState.STALE: "yellow",
    ShotState.OPEN: "magenta",
    ShotState.FAILED: "red",
    ShotState.REFUSED: "red",
    ShotState.BLOCKED: "red",
}


def status_text(status: Status, *, color: bool, width: int | None = None) -> str:
    """`width`: where the terminal's edge is; None: nowhere."""
    style = Style(color)
    profile = f", profile {make_harmless(status.profile)}" if status.profile else ""
    heading = f"{make_harmless(status.title)} ({make_harmless(status.production)}) on {status.provider}{profile}"
    lines = [style.bold(heading), "", *_shots(status, style, width), "", _counts(status)]
    if status.open_attempts:
        lines += ["", f"{style.bold('open at a provider')}:", *(_attempt(one) for one in status.open_attempts)]
    if status.questions:
        lines.append("hint: `framechain resolve` lists what only you can say, with the commands to answer it")
    return "\n".join([*lines, "", *_closing(status)])


def _shots(status: Status, style: Style, edge: int | None) -> Iterator[str]:
    states = max((len(shot.state) for shot in status.shots), default=0)
    names = min(28, max((len(shot.id) for shot in status.shots), default=0))
    scene: str | None = None
    for shot in status.shots:
        if shot.scene != scene:
            scene = shot.scene
            yield style.dim(f"scene {make_harmless(scene or '')}")
        state = style.paint(shot.state.value.ljust(states), _COLORS[shot.state])
        take, what = _take(shot)
        head = f"{make_harmless(shot.id).ljust(names)}  {take}  "
        indent = states + 4 + min(len(head), names + len(take) + 4)
        lines = [what] if edge is None else break_lines(what, edge - indent, "")
        if edge is not None and indent < states + 4 + len(head):
            # Its name takes the line.
            lines.insert(0, "")
        yield f"  {state}  {head}{lines[0]}".rstrip()
        yield from (" " * indent + line for line in lines[1:] if line)


def _take(shot: ShotStatus) -> tuple[str, str]:
    """The take in use, and why it is not current, or else where it lies."""
    others = shot.takes - 1 if shot.take else shot.takes
    of_all = f" (and {count(others, 'other')})" if shot.take and others > 0 else ""
    take = f"{shot.take}{of_all}" if shot.take else "----"
    if shot.reason and shot.state is not ShotState.CURRENT:
        return take, make_harmless(shot.reason)
    return take, "" if shot.path is None else make_harmless(shot.path)


def _counts(status: Status) -> str:
    counts = [(state.value, status.count(state)) for state in ShotState]
    told = ", ".join(f"{number} {state}" for state, number in counts if number)
    return f"{count(len(status.shots), 'shot')}: {told}"


def _attempt(attempt: OpenAttempt) -> str:
    job = f" job {make_harmless(attempt.job)}" if attempt.job else ""
    gateway, since = make_harmless(attempt.gateway), attempt.since[:16].replace("T", " ")
    return (
        f"  {make_harmless(attempt.shot)}: {attempt.state} at {gateway}{job}, since {since}, {say_price(attempt.price)}"
    )


def _closing(status: Status) -> Iterator[str]:
    spent = say_spent(status.spent, status.unpriced)
    budget = f" of a budget of {status.budget}" if status.budget is not None else ""
    counted = " (a sandbox's count, no money)" if status.sandbox and spent != "nothing" else ""
    yield f"spent: {spent}{budget}{counted}"
    if status.film is not None:
        yield f"film:  {make_harmless(status.film)}"
    yield f"data:  {make_harmless(status.data)}"
