"""A plan for the terminal: what was edited apart from what follows, reasons and prices by shot, the total, the time.

Colour only repeats what the words say.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.model.plan import Action, Plan, PlannedShot
from runner.showing.tables import break_lines
from runner.showing.wording import (
    Style,
    count,
    list_names,
    make_harmless,
    say_all_have,
    say_duration,
    say_price,
    say_total,
)

_WIDEST_NAME = 28
_LONGEST_CHAIN_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """Shots of which the same is to be said."""

    heading: str
    shots: tuple[PlannedShot, ...]


def plan_text(plan: Plan, *, color: bool, verbose: bool = False, width: int | None = None) -> str:
    """`width`: where the terminal's edge is; None: nowhere."""
    style = Style(color)
    lines = [style.bold(plan_heading(plan))]
    for group in group_shots(plan, with_kept=verbose):
        lines += ["", f"{style.bold(group.heading)}:", *_shot_lines(group.shots, style, width)]
    return "\n".join([*lines, "", *_closing(plan, style, with_kept=verbose)])


def plan_heading(plan: Plan) -> str:
    profile = f", profile {make_harmless(plan.profile)}" if plan.profile else ""
    return f"plan for {make_harmless(plan.production)} on {make_harmless(plan.provider)}{profile}"


def group_shots(plan: Plan, *, with_kept: bool) -> list[PlanGroup]:
    """In the order people want to know: open questions first, what is well last. Groups without shots are left out."""
    made = [shot for shot in plan.shots if shot.action is Action.MAKE]
    groups = [
        ("only you can say", _with_action(plan, Action.ASK)),
        ("cannot be made now", [shot for shot in _with_action(plan, Action.BLOCKED) if not _is_left_out(shot)]),
        ("to be made", [shot for shot in made if not shot.is_cascade]),
        ("made again because they chain from those", [shot for shot in made if shot.is_cascade]),
        ("goes on from an earlier run", _with_action(plan, Action.RESUME, Action.ATTACH)),
        ("out of date, and left as it is", _with_action(plan, Action.STALE)),
        ("kept", _with_action(plan, Action.KEEP) if with_kept else []),
    ]
    return [PlanGroup(heading, tuple(shots)) for heading, shots in groups if shots]


def say_verdict(plan: Plan) -> str:
    """In one line, what a run would do."""
    going = len(_with_action(plan, Action.RESUME, Action.ATTACH))
    # One that is asked about or blocked may have other rolls that are made.
    made = sum(shot.has_work for shot in plan.shots) - going
    if made or going:
        told = [f"{count(made, 'shot')} to make"] if made else []
        told += [f"{count(going, 'shot')} to go on with"] if going else []
        return f"{', '.join(told)}: {say_total(plan.total)}"
    if any(shot.action in {Action.ASK, Action.BLOCKED} for shot in plan.shots):
        return "nothing can be made now"
    return "nothing to do"


def say_kept(plan: Plan) -> str:
    """How many shots are as they should be; empty when none is."""
    kept = len(_with_action(plan, Action.KEEP))
    if not kept:
        return ""
    if kept == len(plan.shots):
        return f"{say_all_have(kept)} the take the storyboard asks for"
    return f"{count(kept, 'shot')} kept"


def say_left_out(plan: Plan) -> str:
    """Shots that have no take and were not selected: by name, since nobody asked for more. Empty when there is none."""
    left = [shot.id for shot in plan.shots if _is_left_out(shot)]
    return f"not selected, and without a take: {list_names([make_harmless(name) for name in left])}" if left else ""


def _is_left_out(shot: PlannedShot) -> bool:
    return shot.action is Action.BLOCKED and any(reason.code == "not-selected" for reason in shot.reasons)


def say_time(plan: Plan) -> str:
    """The chain that takes longest and how long all will take; empty when nothing is to be made."""
    chain = [make_harmless(shot) for shot in plan.longest_chain]
    if len(chain) > _LONGEST_CHAIN_SHOWN:
        half = _LONGEST_CHAIN_SHOWN // 2
        chain = [*chain[:half], f"({len(chain) - 2 * half} more)", *chain[-half:]]
    parts = []
    if len(chain) > 1:
        parts.append(f"longest chain: {' > '.join(chain)}")
    if plan.has_work:
        known = plan.expected_seconds is not None
        parts.append(f"expected time: {say_duration(plan.expected_seconds or 0.0) if known else 'unknown'}")
    return "\n".join(parts)


def _with_action(plan: Plan, *actions: Action) -> list[PlannedShot]:
    return [shot for shot in plan.shots if shot.action in actions]


def _shot_lines(shots: Iterable[PlannedShot], style: Style, edge: int | None) -> Iterator[str]:
    shots = tuple(shots)
    width = min(_WIDEST_NAME, max(len(shot.id) for shot in shots))
    indent = " " * (width + 13)
    for shot in shots:
        texts = [make_harmless(reason.text) for reason in shot.reasons] or [""]
        name = make_harmless(shot.id).ljust(width)
        is_wide = edge is not None and len(name) > width
        price = _price_note(shot)
        first, *more = _break_reason(texts[0], price, len(indent), edge)
        head = f"  {style.action(shot.action, f'{shot.action.value:<7}')}  {name}  "
        if is_wide:
            yield head.rstrip()
            head = indent
        yield f"{head}{_dim_price(first, price, style)}".rstrip()
        yield from (f"{indent}{_dim_price(line, price, style)}" for line in more)
        yield from (f"{indent}{line}" for text in texts[1:] for line in _break_reason(text, "", len(indent), edge))
        if shot.hint:
            hint = _break_reason(make_harmless(shot.hint), "", len(indent) + 6, edge)
            yield f"{indent}{style.dim('hint:')} {hint[0]}"
            yield from (f"{indent}      {line}" for line in hint[1:])


def _break_reason(text: str, price: str, indent: int, edge: int | None) -> list[str]:
    """As many lines as it takes up to the edge, with the price behind the last, or where that is full below it."""
    if edge is None or indent + len(text) + len(price) <= edge:
        return [text + price]
    room = edge - indent
    lines = break_lines(text, room, "")
    if len(lines[-1]) + len(price) <= room:
        return [*lines[:-1], lines[-1] + price]
    return [*lines, price.strip()] if price else lines


def _dim_price(line: str, price: str, style: Style) -> str:
    told = price.strip()
    if not told or not line.endswith(told):
        return line
    return f"{line.removesuffix(told)}{style.dim(told)}"


def _price_note(shot: PlannedShot) -> str:
    """Only where something may be sent that costs."""
    if not shot.sendings:
        return ""
    price = say_price(shot.price)
    is_all_of_it = shot.sendings == 1 and shot.action in {Action.MAKE, Action.ATTACH}
    return f"  ({price})" if is_all_of_it else f"  ({count(shot.sendings, 'roll')}, {price})"


def _closing(plan: Plan, style: Style, *, with_kept: bool) -> Iterator[str]:
    kept = say_kept(plan)
    if kept:
        is_hidden = not with_kept and len(_with_action(plan, Action.KEEP)) < len(plan.shots)
        yield f"{kept} (`--verbose` lists them)" if is_hidden else kept
    left_out = say_left_out(plan)
    if left_out:
        yield left_out
    for resource in plan.resources:
        name = make_harmless(resource.name)
        yield f"{resource.action.value} {resource.kind} {name}: {say_price(resource.price)}"
    yield style.bold(say_verdict(plan))
    time = say_time(plan)
    if time:
        yield time
