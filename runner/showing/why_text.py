"""One shot explained: what would be done and every reason, what it hangs on, its takes, and what its key is made of."""

from collections.abc import Iterator

from runner.model.lock import Lock
from runner.model.plan import Plan, PlannedRoll, PlannedShot
from runner.model.request import PendingKey
from runner.model.take import Take
from runner.showing.wording import Style, list_names, make_harmless

_MOST_UPSTREAM = 20
_MOST_DOWNSTREAM = 10
_KEY_DIGITS = 12


def why_text(plan: Plan, lock: Lock, shot_id: str, *, color: bool) -> str:
    style = Style(color)
    shot = plan.shot(shot_id)
    block = lock.block(shot_id, plan.profile)
    lines = [*_verdict(shot, style)]
    for heading, body in (
        ("rolls", list(_rolls(shot))),
        ("hangs on", list(_upstream(plan, shot_id, style))),
        ("hangs on it", _downstream(plan, shot_id)),
        ("takes", list(_takes(lock.takes_of(shot_id), block.chosen))),
        ("what the take in use was made from", _parts(shot.take)),
    ):
        if body:
            lines += ["", f"{style.bold(heading)}:", *body]
    return "\n".join(lines)


def _verdict(shot: PlannedShot, style: Style) -> Iterator[str]:
    yield f"{style.bold(make_harmless(shot.id))}: {style.action(shot.action, shot.action.value)}"
    texts = [make_harmless(reason.text) for reason in shot.reasons] or ["its take is what the storyboard asks for"]
    yield from (f"  because: {text}" for text in texts)
    if shot.hint:
        yield f"  hint: {make_harmless(shot.hint)}"
    if shot.is_cascade:
        yield "  nothing was edited at the shot itself; `--no-cascade` would leave it alone"
    if shot.price is None or shot.price.high > 0:
        yield f"  price: {'unknown' if shot.price is None else shot.price}"


def _rolls(shot: PlannedShot) -> Iterator[str]:
    for roll in shot.rolls:
        take = f", take {roll.take.name}" if roll.take is not None else ""
        yield f"  roll {roll.roll}  {roll.action.value:<7}  {_say_key(roll)}{take}"


def _say_key(roll: PlannedRoll) -> str:
    if isinstance(roll.key, PendingKey):
        return f"key pending: waits for {list_names(roll.key.waits_for)}"
    return f"key {roll.key[:_KEY_DIGITS]}"


def _upstream(plan: Plan, shot_id: str, style: Style) -> Iterator[str]:
    """Nearest first, each once, indented by how far away it is."""
    by_id = {shot.id: shot for shot in plan.shots}
    seen = {shot_id}
    ahead = [(1, source) for source in reversed(plan.needs.get(shot_id, ()))]
    shown = 0
    while ahead:
        depth, name = ahead.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        shown += 1
        if shown <= _MOST_UPSTREAM:
            yield f"{'  ' * depth}{make_harmless(name)}: {_say_briefly(by_id[name], style)}"
        ahead += [(depth + 1, source) for source in reversed(plan.needs.get(name, ()))]
    yield from _and_more(shown - _MOST_UPSTREAM, " further up")


def _and_more(number: int, where: str) -> list[str]:
    return [f"  and {number} more{where}"] if number > 0 else []


def _say_briefly(shot: PlannedShot, style: Style) -> str:
    action = style.action(shot.action, shot.action.value)
    return f"{action}, {make_harmless(shot.reasons[0].text)}" if shot.reasons else action


def _downstream(plan: Plan, shot_id: str) -> list[str]:
    names = [make_harmless(name) for name, needs in plan.needs.items() if shot_id in needs]
    return [f"  {name}" for name in names[:_MOST_DOWNSTREAM]] + _and_more(len(names) - _MOST_DOWNSTREAM, "")


def _takes(takes: tuple[Take, ...], chosen: str | None) -> Iterator[str]:
    for take in takes:
        made_by = " ".join(part for part in (take.gateway, take.model) if part) or take.origin
        key = f"key {take.key[:_KEY_DIGITS]}" if take.key else "no key"
        charge = f"  {take.charge}" if take.charge is not None else ""
        mark = "  in use" if take.name == chosen else ""
        where = " at a sandbox" if take.sandbox else ""
        yield f"  {take.name}  roll {take.roll}  {take.made[:10]}  {make_harmless(made_by)}{where}  {key}{charge}{mark}"


def _parts(take: Take | None) -> list[str]:
    if take is None or not take.parts:
        return []
    width = max(len(name) for name in take.parts)
    return [f"  {make_harmless(name).ljust(width)}  {part}" for name, part in sorted(take.parts.items())]
