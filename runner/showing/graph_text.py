"""The shots and their chains as mermaid or dot: scenes as frames, chains labelled with the frame handed over, a colour
an action.

Nodes get numbers for names and their ids only as escaped labels, so that no id can be read as syntax.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from runner.model.plan import Action, Plan
from runner.model.storyboard import At, Shot, Storyboard
from runner.showing.wording import make_harmless

# Fill and line of each action: readable in light and dark.
_COLORS: Final[Mapping[Action, tuple[str, str]]] = {
    Action.KEEP: ("#d7ecd9", "#3f7d4a"),
    Action.MAKE: ("#cfe6f5", "#2b6f9e"),
    Action.RESUME: ("#dcd9f5", "#5a4fa3"),
    Action.ATTACH: ("#dcd9f5", "#5a4fa3"),
    Action.STALE: ("#f6ecc6", "#94761a"),
    Action.BLOCKED: ("#f6d5d0", "#a8402f"),
    Action.ASK: ("#f3d3ea", "#96357a"),
}
_TEXT_COLOR: Final = "#1b1b1b"


def mermaid(storyboard: Storyboard, plan: Plan | None = None) -> str:
    numbers, actions = _numbers(storyboard), _actions(plan)
    lines = ["flowchart LR"]
    for scene_number, scene in enumerate(storyboard.scenes):
        is_named = scene.id is not None
        if is_named:
            lines.append(f'  subgraph s{scene_number}["{_mermaid_escaped(scene.title or scene.id or "")}"]')
        indent = "    " if is_named else "  "
        lines += [f"{indent}{_mermaid_node(shot, numbers, actions)}" for shot in scene.shots]
        if is_named:
            lines.append("  end")
    for source, target, label, is_chain in _edges(storyboard, numbers):
        arrow = "-->" if is_chain else "-.->"
        lines.append(f'  n{source} {arrow}|"{_mermaid_escaped(label)}"| n{target}')
    for action in sorted(set(actions.values())):
        fill, line = _COLORS[action]
        lines.append(f"  classDef {action.value} fill:{fill},stroke:{line},color:{_TEXT_COLOR}")
    return "\n".join(lines)


def dot(storyboard: Storyboard, plan: Plan | None = None) -> str:
    numbers, actions = _numbers(storyboard), _actions(plan)
    lines = ["digraph film {", "  rankdir=LR;", '  node [shape=box, style="rounded,filled", fillcolor="#f2f2f2"];']
    for scene_number, scene in enumerate(storyboard.scenes):
        is_named = scene.id is not None
        if is_named:
            label = _dot_quoted(scene.title or scene.id or "")
            lines += [f"  subgraph cluster_{scene_number} {{", f"    label={label};"]
        indent = "    " if is_named else "  "
        lines += [f"{indent}{_dot_node(shot, numbers, actions)}" for shot in scene.shots]
        if is_named:
            lines.append("  }")
    for source, target, label, is_chain in _edges(storyboard, numbers):
        style = "" if is_chain else ", style=dashed"
        lines.append(f"  n{source} -> n{target} [label={_dot_quoted(label)}{style}];")
    return "\n".join([*lines, "}"])


def _numbers(storyboard: Storyboard) -> dict[str, int]:
    return {shot.id: number for number, shot in enumerate(storyboard.shots)}


def _actions(plan: Plan | None) -> dict[str, Action]:
    return {} if plan is None else {shot.id: shot.action for shot in plan.shots}


def _edges(storyboard: Storyboard, numbers: Mapping[str, int]) -> Iterator[tuple[int, int, str, bool]]:
    """Source, dependent, label, and whether a picture passes between them."""
    for shot in storyboard.shots:
        for source, label, is_chain in _sources(shot):
            if source in numbers:
                yield numbers[source], numbers[shot.id], label, is_chain


def _sources(shot: Shot) -> Iterator[tuple[str, str, bool]]:
    for field, frame in shot.chained:
        ends = "" if field == "first_frame" else " to end on"
        yield frame.shot, f"{_say_at(frame.at)}{ends}", True
    chained = {frame.shot for _, frame in shot.chained}
    for source in shot.after:
        if source not in chained:
            yield source, "after", False


def _say_at(at: At) -> str:
    return at if isinstance(at, str) else f"{at:f} s"


def _mermaid_node(shot: str, numbers: Mapping[str, int], actions: Mapping[str, Action]) -> str:
    action = f":::{actions[shot].value}" if shot in actions else ""
    return f'n{numbers[shot]}["{_mermaid_escaped(shot)}"]{action}'


def _dot_node(shot: str, numbers: Mapping[str, int], actions: Mapping[str, Action]) -> str:
    if shot not in actions:
        return f"n{numbers[shot]} [label={_dot_quoted(shot)}];"
    fill, line = _COLORS[actions[shot]]
    tip = _dot_quoted(actions[shot].value)
    return f'n{numbers[shot]} [label={_dot_quoted(shot)}, fillcolor="{fill}", color="{line}", tooltip={tip}];'


def _mermaid_escaped(text: str) -> str:
    """As numbered entities, for all but plain letters, digits and what no renderer reads as syntax."""
    return "".join(
        character if character.isalnum() or character in " _-.,'" else f"#{ord(character)};"
        for character in make_harmless(text)
    )


def _dot_quoted(text: str) -> str:
    escaped = make_harmless(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
