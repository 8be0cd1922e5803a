"""The lint for shots that ask for exactly the same clip: they share one job, which is seldom what was meant."""

from runner.core.canonical import Json, digest_value
from runner.core.diagnostic import Findings
from runner.model.request import Identity
from runner.model.storyboard import Shot, Storyboard
from runner.planning.request import canonical_request


def check_same_requests(storyboard: Storyboard, findings: Findings) -> None:
    """Told at the later shot, with the place of the first. Shots in a circle are passed over."""
    shots = {shot.id: shot for shot in storyboard.shots}
    symbols: dict[str, Identity] = {}
    endless: set[str] = set()
    for shot in storyboard.shots:
        _name_requests(storyboard, shots, shot, symbols, endless)
    first_with: dict[Identity, Shot] = {}
    for shot in storyboard.shots:
        symbol = symbols.get(shot.id)
        if symbol is None:
            continue
        first = first_with.setdefault(symbol, shot)
        if first is not shot:
            _tell(first, shot, findings)


def _name_requests(
    storyboard: Storyboard, shots: dict[str, Shot], shot: Shot, symbols: dict[str, Identity], endless: set[str]
) -> None:
    """Gives the shot and all it chains from a symbol of what is asked for, whatever its takes come to.

    `endless` are the shots that lead into a circle or to no shot at all: each is walked once.
    """
    path = [shot]
    on_path = {shot.id}
    while path:
        last = path[-1]
        needed = [frame.shot for _, frame in last.chained if frame.shot not in symbols]
        if any(name not in shots or name in on_path or name in endless for name in needed):
            endless |= on_path
            return
        if needed:
            path.append(shots[needed[0]])
            on_path.add(needed[0])
            continue
        sources = {field: symbols[frame.shot] for field, frame in last.chained}
        # Which medium it will be changes nothing about two requests being equal.
        canonical = canonical_request(storyboard, last, 1, "generated", sources)
        # Beside the key, and no less asked for: with other options it is another clip.
        options: dict[str, Json] = {provider: setting.value for provider, setting in last.options.items()}
        symbols.setdefault(last.id, Identity(digest_value("symbol/1", {"request": canonical, "options": options})))
        on_path.discard(path.pop().id)


def _tell(first: Shot, shot: Shot, findings: Findings) -> None:
    findings.warning(
        "same-request",
        f"`{shot.id}` asks for exactly the same clip as `{first.id}`, so both get the same take",
        shot.place,
        "change a word, or write `rolls: 2` at one shot and choose a take for each",
        ((f"`{first.id}` asks for it here", first.place),),
    )
